"""A 3M pad for tests, written from its document: frames to the tags that lie there and back.

Where the document is silent it does what the driver assumes: each poll begins with a fresh field, sizes that
pass through have two bytes, and the reader makes and takes off the CRC of what it passes on.
"""

from dataclasses import dataclass, field

from kiosk.rfid.readers import M3Settings, Reader, m3_opener
from tests.rfid.far_side import Line, Trouble
from tests.rfid.tag_in_air import Tag, crc


def frame(body: bytes, start: int = 0xD6) -> bytes:
    """CMD and what follows, as a frame."""
    counted = (len(body) + 2).to_bytes(2) + body
    value = 0xFFFF
    for byte in counted:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return bytes([start]) + counted + (value ^ 0xFFFF).to_bytes(2)


ERRORS = {0x10: 0x11, 0x12: 0x12, 0x0F: 0x16, 0x01: 0x21, 0x03: 0x23}
"""How a tag's error is told; 0F as "not written"."""


@dataclass
class M3FarSide:
    """Meets `FarSide`. `plain`: an 810 that knows neither tag info nor passing through; `host_crc`: the host
    makes the CRC of what passes through; `twice`: names each tag two times."""

    plain: bool = False
    host_crc: bool = False
    twice: bool = False
    tags: dict[str, Tag] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    trouble: list[Trouble] = field(default_factory=list)
    plugged: bool = True

    def __post_init__(self) -> None:
        self.line = Line(self, self.length_of, self.answer, keeps=True)

    async def open(self) -> Reader:
        settings = M3Settings(pass_through="host" if self.host_crc else "reader")
        return await m3_opener(self.line.open, settings)()

    @staticmethod
    def length_of(sent: bytes) -> int:
        return 3 + int.from_bytes(sent[1:3]) if len(sent) > 2 else 0

    def answer(self, request: bytes) -> bytes | None:
        body = request[3:-2]
        if frame(body, request[0]) != request:
            return None
        if request[0] == 0xD5:
            return frame(bytes.fromhex("0400110A05021B"), 0xD5)
        error, data = self.carry_out(body[0], body[1:])
        return frame(bytes([body[0], error]) + data)

    def carry_out(self, command: int, data: bytes) -> tuple[int, bytes]:
        if self.plain and command in {0x0D, 0x14}:
            return 0x02, b""
        if command == 0xFE:
            return self.poll(data[0], data[1])
        if command == 0x14:
            return self.pass_on(data)
        uid, rest = data[:8], data[8:]
        match command:
            case 0x02:
                return self.read(uid, rest[0], rest[1])
            case 0x04:
                return self.write(uid, rest[0], rest[3:])
            case 0x03:
                error, _ = self.ask(uid, 0xA5, custom=True)
                return (
                    (0, uid + b"\x01") if not error else (0, uid + b"\x00") if self.there(uid) else (6, b"")
                )
            case 0x0C:
                return self.done(uid, self.ask(uid, 0xA2 if rest[0] else 0xA3, custom=True))
            case 0x09:
                return self.done(uid, self.ask(uid, 0x27, rest))
            case 0x0B:
                return self.done(uid, self.ask(uid, 0x29, rest))
            case 0x0A | 0x0D | 0x0F:
                error, info = self.ask(uid, 0x2B)
                if error:
                    return error, b""
                dsfid, afi, blocks, size, chip = info[9:]
                told = {0x0A: [afi], 0x0F: [dsfid], 0x0D: [0x0F, dsfid, afi, size, blocks, 0, chip]}
                return 0, uid + bytes(told[command])
        return 0x02, b""

    def poll(self, afi: int, options: int) -> tuple[int, bytes]:
        for tag in self.tags.values():
            tag.lose_power()
        told = b""
        named = [tag for tag in self.tags.values() if not afi or tag.afi == afi] * (2 if self.twice else 1)
        for tag in named:
            told += bytes([tag.dsfid]) if options & 2 else b""
            told += bytes.fromhex(tag.uid) if options & 1 else b""
        return 0, bytes([afi, options, len(named)]) + told

    def read(self, uid: bytes, first: int, count: int) -> tuple[int, bytes]:
        error, data = self.ask(uid, 0x23, bytes([first, count - 1]), option=True)
        if error:
            return error, b""
        blocks = [bytes([first + number]) + data[number * 5 : number * 5 + 5] for number in range(count)]
        return 0, uid + bytes([count]) + b"".join(blocks)

    def write(self, uid: bytes, first: int, data: bytes) -> tuple[int, bytes]:
        for number in range(len(data) // 4):
            error, _ = self.ask(uid, 0x21, bytes([first + number]) + data[number * 4 : number * 4 + 4])
            if error:
                return error, uid + bytes([first + number])
        return 0, uid + bytes([first + len(data) // 4])

    def pass_on(self, data: bytes) -> tuple[int, bytes]:
        size, longest = int.from_bytes(data[0:2]), int.from_bytes(data[2:4])
        request = data[6:]
        assert (len(request), data[4:6]) == (size, b"\0\0")
        if self.host_crc:
            assert crc(request) == 0xF0B8
            request = request[:-2]
        for tag in self.tags.values():
            answer = tag.hear(request)
            if answer is not None:
                answer = answer if self.host_crc else answer[:-2]
                assert len(answer) <= longest
                return 0, b"\0" + len(answer).to_bytes(2) + answer
        return 0x06, b""

    def ask(
        self, uid: bytes, command: int, rest: bytes = b"", *, custom: bool = False, option: bool = False
    ) -> tuple[int, bytes]:
        """What one tag says: the reader's error, and the data behind the tag's flags."""
        option |= uid[1] == 0x07 and command in {0x21, 0x27, 0x29}
        maker = b"\x04" if custom else b""
        request = bytes([0x62 if option else 0x22, command]) + maker + uid[::-1] + rest
        tag = self.tags.get(uid.hex().upper())
        answer = tag.hear(request) if tag else None
        if answer is None:
            return 0x06, b""
        return (ERRORS[answer[1]], b"") if answer[0] else (0, answer[1:-2])

    def there(self, uid: bytes) -> bool:
        return uid.hex().upper() in self.tags

    @staticmethod
    def done(uid: bytes, outcome: tuple[int, bytes]) -> tuple[int, bytes]:
        return outcome[0], b"" if outcome[0] else uid
