"""A PC/SC reader for tests, written from part 3 and its supplement: APDUs to the tags that lie there."""

import asyncio
from dataclasses import dataclass, field

from kiosk.rfid import errors
from kiosk.rfid.readers import Apdus, PcscSettings, Reader, pcsc_opener
from tests.rfid.far_side import EXCHANGE_S, LATE_S, NOISE, Trouble
from tests.rfid.tag_in_air import Tag

NO_ANSWER = bytes.fromhex("C0030164019000")
FAREWELL = bytes.fromhex("FFC2000002820000")
"""Asks for nothing, and is not counted among the questions."""


@dataclass
class PcscFarSide:
    """Meets `FarSide`. `collisions`: tells of them by this bit of its status."""

    collisions: int = 0x02
    tags: dict[str, Tag] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)
    trouble: list[Trouble] = field(default_factory=list)
    plugged: bool = True
    in_session: bool = False

    async def open(self) -> Reader:
        async def open_apdus() -> Apdus:
            if not self.plugged:
                raise errors.ReaderGone("nobody is there")
            return SlotInMemory(self)

        return await pcsc_opener(open_apdus, PcscSettings("Pad", answer_timeout_s=1.0))()

    def answer(self, apdu: bytes) -> bytes:
        assert apdu[:3] == b"\xff\xc2\x00"
        assert len(apdu) == 6 + apdu[4]
        data = apdu[5:-1]
        match apdu[3], data[0]:
            case 0, 0x81 | 0x84:
                self.in_session = True
                return bytes.fromhex("C0030090009000")
            case 0, 0x82 | 0x83:
                self.in_session = data[0] == 0x83
                for tag in self.tags.values():
                    tag.lose_power()
                return bytes.fromhex("C0030090009000")
            case 2, 0x8F:
                assert data == bytes.fromhex("8F020203")
                return bytes.fromhex("C0030090008F01009000")
            case 1, 0x5F if self.in_session:
                assert data[1:3] == b"\x46\x04"
                assert 1000 <= int.from_bytes(data[3:7], "little") <= 100_000
                assert data[7] == 0x95
                return self.exchange(data[9:])
        return bytes.fromhex("6985")

    def exchange(self, frame: bytes) -> bytes:
        flags, command = frame[0], frame[1]
        answers = [tag.hear(frame) for tag in self.tags.values()] if not flags & 4 else self.round(frame)
        if not flags & 4 and command == 0x02:
            for tag in self.tags.values():
                tag.quiet |= frame[2:10] == bytes.fromhex(tag.uid)[::-1]
            return NO_ANSWER
        heard = [answer[:-2] for answer in answers if answer is not None]
        if not heard:
            return NO_ANSWER
        if len(heard) > 1:
            return bytes.fromhex("C003009000") + bytes([0x96, 2, self.collisions, 0]) + b"\x90\x00"
        size = bytes([len(heard[0])]) if len(heard[0]) < 0x80 else bytes([0x81, len(heard[0])])
        return bytes.fromhex("C0030090009201009602000097") + size + heard[0] + b"\x90\x00"

    def round(self, frame: bytes) -> list[bytes | None]:
        """Inventories of one slot, plain or with memory; what each tag answers (with two bytes for a CRC)."""
        flags, command = frame[0], frame[1]
        assert flags & 0x22 == 0x22
        rest = frame[3:] if command == 0xA0 else frame[2:]
        afi, rest = (rest[0], rest[1:]) if flags & 0x10 else (0, rest)
        bits, size = rest[0], (rest[0] + 7) // 8
        mask, rest = int.from_bytes(rest[1 : 1 + size], "little"), rest[1 + size :]
        answers: list[bytes | None] = []
        for tag in self.tags.values():
            uid = bytes.fromhex(tag.uid)[::-1]
            fits = int.from_bytes(uid, "little") & (1 << bits) - 1 == mask
            if tag.quiet or tag.muted or not fits or (afi and afi != tag.afi):
                continue
            if command == 0x01:
                answers.append(b"\0" + bytes([tag.dsfid]) + uid + b"\0\0")
            elif tag.uid.startswith("E004"):
                assert flags & 0x40
                memory = tag.memory[rest[0] * 4 : (rest[0] + rest[1] + 1) * 4]
                answers.append(b"\0" + uid[bits // 8 :] + memory + b"\0\0")
        return answers


class SlotInMemory:
    """One opening of the reader; meets `Apdus`."""

    def __init__(self, far: PcscFarSide) -> None:
        self.far = far
        self.open = True

    async def transmit(self, apdu: bytes) -> bytes:
        far = self.far
        if not (self.open and far.plugged):
            raise errors.ReaderGone("gone")
        trouble = far.trouble.pop(0) if far.trouble else None
        if trouble == "hang-up":
            raise errors.ReaderGone("the service lost it")
        if apdu != FAREWELL:
            far.heard.append(apdu)
        answer = far.answer(apdu)
        await asyncio.sleep(LATE_S if trouble in {"late", "silent"} else EXCHANGE_S)
        if not (self.open and far.plugged):
            raise errors.ReaderGone("gone")
        match trouble:
            case "garbage":
                return NOISE
            case "half":
                return answer[: len(answer) // 2]
        return answer

    async def close(self) -> None:
        self.open = False
