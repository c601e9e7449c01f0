"""What a FEIG reader is asked (H60301 clauses 5 to 8).

Frames are made here only, so that there is none with a command that has no name: what goes to a tag is an
`iso15693.Command`, and those cannot lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from kiosk.rfid.iso15693 import CRC_BYTES, NXP, Command, Request, crc16, whole_blocks, writes_with_option
from kiosk.rfid.wire.feig.frames import ANY_ADDRESS, LONGEST_STANDARD, STX


class Control(IntEnum):
    """The commands of a reader that we use (H60301 clauses 5, 6.1, 8; 72: H01113 clause 6.11)."""

    RF_RESET = 0x69
    SET_OUTPUT = 0x71
    SET_OUTPUTS = 0x72
    ISO_HOST = 0xB0
    CUSTOM = 0xB1
    TRANSPARENT = 0xBF


MODE_ADDRESSED = 0x01
MODE_NEW_INVENTORY = 0x00
MODE_MORE = 0x80
"""Fetch what status 94 said is left of the last inventory."""
BLOCKS_AT_MOST = 32
"""Blocks of 4 bytes in one answer (128 bytes; H60301 clause 6.1.4)."""
BYTES_AT_MOST = 128
"""Memory in one request or answer (H20800; others name their buffers, of 255 bytes at least)."""


class Transparent(IntEnum):
    """How the reader listens for the answer to a frame that it passes on (H60301 clause 8.6)."""

    WRITE = 2
    """At once, and then every 302 us for 20 ms; takes an error's length, too."""
    WRITE_WITH_OPTION = 3
    """At once, and after a second EOF."""


ANSWER_DELAY = 0x021F
"""Time from the request's end to the answer (t1 = 320 us) in 590 ns. H40801 clause 7.6 has it where H60301
clause 8.6 says *reserved*; it is assumed that a reader to which it means nothing ignores it."""
EOF_DELAY = 0x846A
"""Time until the second EOF: 20 ms, the longest that a tag writes, in 590 ns (H60301 clause 8.6)."""

TICK_S = 0.1
"""Unit of an output's time (H60301 clause 5.8)."""
FOR_EVER = 0xFFFF
SWITCH_ON = 0b01
SWITCH_OFF = 0b10
STATE_PAIRS = 8
"""Outputs whose state command 71 carries, two bits each: the first is the green lamp, the second the red or
blue one, the third the beeper (H60301 clause 5.8); the eighth a relay (H40801 clause 5.11)."""
OUTPUT_MODE = 0x01
RELAY = 0b100 << 5
"""Type of an output in command 72: a relay. Assumed from FEIG's newer manuals; that of the MR102 could not be
seen at this place."""


def _frame(address: int, advanced: bool, control: Control, data: bytes) -> bytes:
    """A request frame; advanced when asked for or too long for a standard one."""
    length = len(data) + 5
    if advanced or length > LONGEST_STANDARD:
        body = bytes([STX]) + (length + 2).to_bytes(2) + bytes([address, control]) + data
    else:
        body = bytes([length, address, control]) + data
    return body + crc16(body).to_bytes(2, "little")


def _addressed(address: int, advanced: bool, command: Command, uid: str, *parameters: int) -> bytes:
    """A request to one tag; NXP's own commands travel in another envelope."""
    uid_bytes = bytes.fromhex(uid)
    if len(uid_bytes) != 8:
        raise ValueError(f"not a uid: {uid!r}")
    data = bytes([Command(command), MODE_ADDRESSED]) + uid_bytes + bytes(parameters)
    if command.custom:
        return _frame(address, advanced, Control.CUSTOM, bytes([NXP]) + data)
    return _frame(address, advanced, Control.ISO_HOST, data)


@dataclass(frozen=True, slots=True)
class Requests:
    """Builds request frames for one reader."""

    address: int = ANY_ADDRESS
    advanced: bool = False

    def rf_reset(self) -> bytes:
        """Switch the field off and on: all tags forget quiet, selected and password states."""
        return self._frame(Control.RF_RESET)

    def inventory(self, *, more: bool = False) -> bytes:
        """Which tags are there? `more` fetches what status 94 left over."""
        mode = MODE_MORE if more else MODE_NEW_INVENTORY
        return self._frame(Control.ISO_HOST, bytes([Command.INVENTORY, mode]))

    def read_blocks(self, uid: str, first: int, count: int) -> bytes:
        """Read `count` memory blocks (1 to 32) from block `first`."""
        if not (0 <= first <= 255 and 1 <= count <= BLOCKS_AT_MOST):
            raise ValueError(f"cannot read {count} blocks from block {first}")
        return self._addressed(Command.READ_MULTIPLE, uid, first, count)

    def write_blocks(self, uid: str, first: int, data: bytes, block_size: int = 4) -> bytes:
        """Write whole blocks from block `first` on (128 bytes at most)."""
        count = whole_blocks(data, block_size)
        if not (0 <= first <= 255 and len(data) <= BYTES_AT_MOST):
            raise ValueError(f"cannot write {len(data)} bytes in blocks of {block_size} from block {first}")
        turned = b"".join(data[at : at + block_size][::-1] for at in range(0, len(data), block_size))
        return self._addressed(Command.WRITE_MULTIPLE, uid, first, count, block_size, *turned)

    def write_afi(self, uid: str, afi: int) -> bytes:
        """Write the application family identifier."""
        return self._addressed(Command.WRITE_AFI, uid, afi)

    def write_dsfid(self, uid: str, dsfid: int) -> bytes:
        """Write the data storage format identifier."""
        return self._addressed(Command.WRITE_DSFID, uid, dsfid)

    def system_info(self, uid: str) -> bytes:
        """Get System Information."""
        return self._addressed(Command.SYSTEM_INFO, uid)

    def set_eas(self, uid: str, armed: bool) -> bytes:
        """Set or reset the EAS bit of an NXP tag."""
        return self._addressed(Command.SET_EAS if armed else Command.RESET_EAS, uid)

    def eas_alarm(self, uid: str) -> bytes:
        """Does that tag sound the EAS alarm? Answered by status 00 or 01 (H60301 clause 8.3.4)."""
        return self._addressed(Command.EAS_ALARM, uid)

    def passed_on(self, request: Request, answer_bytes: int) -> bytes:
        """Pass a frame on to the tags, and the answer back; `answer_bytes` of it stand between its flags and
        its CRC when it is no error."""
        if writes_with_option(_whom(request)):
            mode, more = Transparent.WRITE_WITH_OPTION, EOF_DELAY.to_bytes(2)
        else:
            mode, more = Transparent.WRITE, b""
        bits = 8 * (1 + answer_bytes + CRC_BYTES)
        head = bytes([mode]) + bits.to_bytes(2) + ANSWER_DELAY.to_bytes(2) + more
        return self._frame(Control.TRANSPARENT, head + request.frame)

    def set_output(self, number: int, seconds: float) -> bytes:
        """Switch output `number` (1 to 8, `STATE_PAIRS`) on for so long (0: off; inf: for ever)."""
        if not 1 <= number <= STATE_PAIRS:
            raise ValueError(f"there is no output {number}")
        state = (SWITCH_ON if seconds > 0 else SWITCH_OFF) << 2 * (number - 1)
        # two times, of lamps and of outputs: the reader takes the one that is meant
        words = (state, 0, _ticks(seconds), _ticks(seconds))
        return self._frame(Control.SET_OUTPUT, b"".join(word.to_bytes(2) for word in words))

    def set_relay(self, number: int, seconds: float) -> bytes:
        """The same for relay `number` (1 to 15) of a reader that knows command 72 only."""
        if not 1 <= number <= 15:
            raise ValueError(f"there is no relay {number}")
        state = SWITCH_ON if seconds > 0 else SWITCH_OFF
        one = bytes([OUTPUT_MODE, 1, RELAY | number, state])
        return self._frame(Control.SET_OUTPUTS, one + _ticks(seconds).to_bytes(2))

    def _addressed(self, command: Command, uid: str, *parameters: int) -> bytes:
        return _addressed(self.address, self.advanced, command, uid, *parameters)

    def _frame(self, control: Control, data: bytes = b"") -> bytes:
        return _frame(self.address, self.advanced, control, data)


def _whom(request: Request) -> str:
    """The uid that an addressed frame is for."""
    return request.body[7::-1].hex()


def _ticks(seconds: float) -> int:
    """Tenths of a second, at least one (0 would leave the output's time as it is)."""
    return FOR_EVER if seconds * 10 >= FOR_EVER else max(1, round(seconds / TICK_S))


ANSWERED_AS = frozenset({(Control.SET_OUTPUTS, Control.SET_OUTPUT)})
"""Requests that may be answered under another command's number: H90701 clause 9.9 has it so."""


def control_of(request: bytes) -> int:
    """The command that a request frame carries."""
    return request[4] if request[0] == STX else request[2]
