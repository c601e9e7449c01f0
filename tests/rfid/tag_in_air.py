"""A tag at the level of the air, for far sides in tests: frames in, frames out. Written from ISO 15693-3 and
NXP's data sheet; a tag that is lifted, muted or quiet says nothing."""

from dataclasses import dataclass, field

EAS_SEQUENCE = bytes.fromhex("2FB36270D5A7907FE8B18038D281497682DA9A866FAF8BB0F19CD112A57237EF")


def crc(data: bytes) -> int:
    """0x8408, preset FFFF, bit by bit."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x8408 if value & 1 else 0)
    return value


def on_air(frame: bytes) -> bytes:
    return frame + (crc(frame) ^ 0xFFFF).to_bytes(2, "little")


@dataclass
class Tag:
    """One tag. `password` protects AFI and EAS; `locked` are blocks that cannot be written. `wants_option`:
    it is written with the option flag only, as those of Texas Instruments."""

    uid: str
    memory: bytearray
    afi: int = 0x07
    dsfid: int = 0x3E
    block_size: int = 4
    eas: bool = False
    password: int | None = None
    locked: set[int] = field(default_factory=set)
    quiet: bool = False
    muted: bool = False
    opened: bool = False
    random: bytes = b"\x5a\xc3"
    writes: int = 0

    @property
    def blocks(self) -> int:
        return len(self.memory) // self.block_size

    @property
    def wants_option(self) -> bool:
        return self.uid.startswith("E007")

    def lose_power(self) -> None:
        """The field went off."""
        self.quiet = self.muted = self.opened = False

    def hear(self, frame: bytes) -> bytes | None:
        """An addressed request without its CRC; the answer with its own, None for silence."""
        flags, command = frame[0], frame[1]
        custom = command >= 0xA0
        body = frame[3:] if custom else frame[2:]
        if self.muted or not flags & 0x20 or body[:8] != bytes.fromhex(self.uid)[::-1]:
            return None
        if custom and (frame[2] != 0x04 or not self.uid.startswith("E004")):
            return None
        answer = self._answer(flags, command, body[8:])
        return None if answer is None else on_air(answer)

    def _answer(self, flags: int, command: int, rest: bytes) -> bytes | None:
        writing = command in {0x21, 0x27, 0x29}
        if writing and self.wants_option != bool(flags & 0x40):
            return b"\x01\x03"
        guarded = command in {0x27, 0xA2, 0xA3}
        if guarded and self.password is not None and not self.opened:
            return b"\x01\x0f"
        self.writes += writing or guarded
        match command:
            case 0x20:
                return self._read(rest[0], 1, bool(flags & 0x40))
            case 0x23:
                return self._read(rest[0], rest[1] + 1, bool(flags & 0x40))
            case 0x21:
                return self._write(rest[0], rest[1:])
            case 0x27:
                self.afi = rest[0]
                return b"\0"
            case 0x29:
                self.dsfid = rest[0]
                return b"\0"
            case 0x2B:
                size = bytes([self.blocks - 1, self.block_size - 1])
                uid = bytes.fromhex(self.uid)[::-1]
                return b"\0\x0f" + uid + bytes([self.dsfid, self.afi]) + size + b"\x01"
            case 0xA2 | 0xA3:
                self.eas = command == 0xA2
                return b"\0"
            case 0xA5:
                return b"\0" + EAS_SEQUENCE if self.eas else None
            case 0xB2:
                return b"\0" + self.random
            case 0xB3:
                return self._password(rest)
            case _:
                return b"\x01\x01"

    def _read(self, first: int, count: int, locks: bool) -> bytes:
        if first + count > self.blocks:
            return b"\x01\x10"
        data = b"\0"
        for block in range(first, first + count):
            at = block * self.block_size
            data += (bytes([block in self.locked]) if locks else b"") + self.memory[at : at + self.block_size]
        return data

    def _write(self, block: int, data: bytes) -> bytes:
        if block >= self.blocks or len(data) != self.block_size:
            return b"\x01\x10"
        if block in self.locked:
            return b"\x01\x12"
        self.memory[block * self.block_size : (block + 1) * self.block_size] = data
        return b"\0"

    def _password(self, rest: bytes) -> bytes | None:
        once = int.from_bytes(self.random, "little")
        given = int.from_bytes(rest[1:5], "little") ^ (once | once << 16)
        if rest[0] != 0x10 or given != self.password:
            self.muted = True
            return None
        self.opened = True
        return b"\0"
