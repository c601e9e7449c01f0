"""A FEIG reader for tests, written from its manuals (H60301; MR200's for command 71): frames to the tags that
lie there and back. It has no time of its own and knows of the settings only what changes its answers."""

from dataclasses import dataclass, field
from typing import Any

from kiosk.rfid.readers import FeigSerialSettings, FeigSettings, Reader, feig_opener
from tests.rfid.far_side import Line, Trouble
from tests.rfid.tag_in_air import Tag, crc


def frame(body: bytes, *, advanced: bool = False) -> bytes:
    """ADR CMD and what follows, as a frame."""
    if advanced or len(body) + 3 > 255:
        whole = b"\x02" + (len(body) + 5).to_bytes(2) + body
    else:
        whole = bytes([len(body) + 3]) + body
    return whole + crc(whole).to_bytes(2, "little")


@dataclass
class FeigFarSide:
    """Meets `FarSide`.

    Attributes:
        serial: it stands on a serial line.
        ont: names a tag once until the field is reset; off: resets the field for each inventory.
        buffer: bytes of its longest answer.
        record_limit: tags in one answer to an inventory.
        sets_option: finds out by the maker whether a tag is written with the option flag.
        too_long: what it says to those that ask for more than the buffer holds.
        extra: how it is spoken to, besides the defaults.
    """

    serial: bool = False
    ont: bool = True
    buffer: int = 255
    record_limit: int = 24
    sets_option: bool = True
    too_long: int = 0x93
    address: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    trouble: list[Trouble] = field(default_factory=list)
    plugged: bool = True
    outputs: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line = Line(self, self.length_of, self.answer, keeps=self.serial)
        self.left: list[Tag] = []

    async def open(self) -> Reader:
        from kiosk.rfid.readers import FeigTalk

        talk = FeigTalk(**self.extra)
        settings = FeigSerialSettings(talk=talk) if self.serial else FeigSettings(talk=talk)
        return await feig_opener(self.line.open, settings)()

    @staticmethod
    def length_of(sent: bytes) -> int:
        if not sent:
            return 0
        if sent[0] == 2:
            return int.from_bytes(sent[1:3]) if len(sent) > 2 else 0
        return sent[0]

    def answer(self, request: bytes) -> bytes | None:
        if crc(request[:-2]) != int.from_bytes(request[-2:], "little"):
            return None
        advanced = request[0] == 2
        body = request[3:-2] if advanced else request[1:-2]
        if body[0] not in {0xFF, self.address}:
            return None
        status, data = self.carry_out(body[1], body[2:])
        return frame(bytes([self.address, body[1], status]) + data, advanced=advanced)

    def carry_out(self, command: int, data: bytes) -> tuple[int, bytes]:
        match command:
            case 0x69:
                self.reset()
                return 0, b""
            case 0x71 | 0x72:
                self.outputs.append(data)
                return 0, b""
            case 0xB0 if data[0] == 0x01:
                return self.inventory(bool(data[1] & 0x80))
            case 0xB0:
                return self.host(data[0], data[2:10].hex().upper(), data[10:])
            case 0xB1 if data[0] == 0x04 and data[1] in {0xA2, 0xA3, 0xA5}:
                return self.to_tag(data[3:11].hex().upper(), data[1], b"")[:2]
            case 0xBF:
                return self.transparent(data)
            case _:
                return 0x80, b""

    def reset(self) -> None:
        for one in self.tags.values():
            one.lose_power()

    def inventory(self, more: bool) -> tuple[int, bytes]:
        if not more:
            if not self.ont:
                self.reset()
            self.left = [one for one in self.tags.values() if not (one.quiet or one.muted)]
            for one in self.left:
                one.quiet = self.ont
        now, self.left = self.left[: self.record_limit], self.left[self.record_limit :]
        if not now:
            return 0x01, b""
        records = b"".join(bytes([3, one.dsfid]) + bytes.fromhex(one.uid) for one in now)
        return 0x94 if self.left else 0x00, bytes([len(now)]) + records

    def host(self, command: int, uid: str, rest: bytes) -> tuple[int, bytes]:
        match command:
            case 0x23:
                return self.read(uid, rest[0], rest[1])
            case 0x24:
                return self.write(uid, rest[0], rest[1], rest[2], rest[3:])
            case 0x27 | 0x29:
                return self.to_tag(uid, command, rest)[:2]
            case 0x2B:
                status, failure, given = self.to_tag(uid, command, b"")
                if status:
                    return status, failure
                dsfid, afi, blocks, size, reference = given[9:14]
                return 0, bytes([dsfid]) + given[1:9][::-1] + bytes([afi, size, blocks, reference])
            case _:
                return 0x80, b""

    def read(self, uid: str, first: int, count: int) -> tuple[int, bytes]:
        if count * 5 + 8 > self.buffer:
            return self.too_long, b""
        status, failure, given = self.to_tag(uid, 0x23, bytes([first, count - 1]))
        if status:
            return status, failure
        size = len(given) // count
        blocks = [given[at : at + size] for at in range(0, len(given), size)]
        return 0, bytes([count, size]) + b"".join(b"\0" + block[::-1] for block in blocks)

    def write(self, uid: str, first: int, count: int, size: int, data: bytes) -> tuple[int, bytes]:
        if len(data) != count * size:
            return 0x81, b""
        if len(data) + 18 > self.buffer:
            return self.too_long, b""
        for number in range(count):
            block = data[number * size : (number + 1) * size][::-1]
            status, failure, _ = self.to_tag(uid, 0x21, bytes([first + number]) + block)
            if status:
                return status, failure + bytes([first + number])
        return 0, b""

    def to_tag(self, uid: str, command: int, rest: bytes) -> tuple[int, bytes, bytes]:
        """Status, what goes with it, and the data that the tag gave."""
        option = self.sets_option and uid.startswith("E007") and command in {0x21, 0x27, 0x29}
        head = bytes([0x62 if option else 0x22, command]) + (b"\x04" if command >= 0xA0 else b"")
        said = self.ask_tags(uid, head + bytes.fromhex(uid)[::-1] + rest)
        if said is None:
            return 0x01, b"", b""
        if said[0] & 1:
            return 0x95, said[1:2], b""
        return 0x00, b"", said[1:-2]

    def ask_tags(self, uid: str, request: bytes) -> bytes | None:
        one = self.tags.get(uid)
        return None if one is None else one.hear(request)

    def transparent(self, data: bytes) -> tuple[int, bytes]:
        mode, bits = data[0] & 0x0F, int.from_bytes(data[1:3])
        request = data[7:] if mode in {3, 4} else data[5:]
        at = 3 if request[1] >= 0xA0 else 2
        said = self.ask_tags(request[at : at + 8][::-1].hex().upper(), request)
        if said is None or (mode == 3) != bool(request[0] & 0x40):
            return 0x01, b""
        fits = len(said) == 4 if said[0] & 1 else len(said) * 8 == bits
        return (0x00, said) if fits else (0x01, b"")
