"""What an ESC/POS printer says of itself: our own reading of Epson's ESC/POS reference.

- `DLE EOT n` (10 04 n) is answered at once, whatever the printer is doing, with one byte:
  n = 1 printer, 2 offline cause, 3 error cause, 4 roll paper sensor. In each of them bits 0 and 7
  are 0 and bits 1 and 4 are 1: a byte that is otherwise is none.
- `GS r 1` (1D 72 01) is answered *in order*, after all that was sent before it was processed, with
  one byte whose bits 4 and 7 are 0. A printer that is offline does not process it.
- A model may be set to send its whole status unasked (automatic status back, ASB): four bytes, the
  first with bits 0, 1 and 7 at 0 and bit 4 at 1, the others with bits 4 and 7 at 0.
- `DLE DC4 8` is answered with 37 25 00, and other blocks begin with 37 and end with 00, too.
- XON and XOFF (11, 13) belong to the serial line.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition

REALTIME_MASK, REALTIME = 0b1001_0011, 0b0001_0010
"""The fixed bits of an answer to DLE EOT, and their values."""
IN_ORDER_MASK, IN_ORDER = 0b1001_0000, 0b0000_0000
"""The fixed bits of an answer to GS r (and of the second to fourth byte of ASB)."""
ASB_MASK, ASB = 0b1001_0011, 0b0001_0000
"""The fixed bits of the first byte of ASB."""
XON, XOFF = 0x11, 0x13
BLOCK, BLOCK_END, BLOCK_CLEARED = 0x37, 0x00, 0x25
BLOCK_LONGEST = 64
"""Bytes after which a block that does not end is none."""


class Garbled(ValueError):
    """Bytes that no printer sends."""


@dataclass(frozen=True, slots=True)
class Status:
    """All that the four answers to DLE EOT say, bit by bit; unknown bits are left out."""

    drawer_pin_high: bool = False
    offline: bool = False
    waiting_for_recovery: bool = False
    feed_pressed: bool = False
    cover_open: bool = False
    feeding_by_button: bool = False
    stopped_by_paper_end: bool = False
    error: bool = False
    recoverable_error: bool = False
    cutter_error: bool = False
    unrecoverable_error: bool = False
    auto_recoverable_error: bool = False
    paper_near_end: bool = False
    paper_end: bool = False

    @classmethod
    def of(cls, printer: int, offline: int, error: int, paper: int) -> Status:
        """Read the answers to DLE EOT 1, 2, 3 and 4.

        Raises:
            Garbled: a byte is no such answer.
        """
        for byte in (printer, offline, error, paper):
            if byte & REALTIME_MASK != REALTIME:
                raise Garbled(f"no status of a printer: {byte:02X}")
        return cls(
            drawer_pin_high=bool(printer & 0x04),
            offline=bool(printer & 0x08),
            waiting_for_recovery=bool(printer & 0x20),
            feed_pressed=bool(printer & 0x40),
            cover_open=bool(offline & 0x04),
            feeding_by_button=bool(offline & 0x08),
            stopped_by_paper_end=bool(offline & 0x20),
            error=bool(offline & 0x40),
            recoverable_error=bool(error & 0x04),
            cutter_error=bool(error & 0x08),
            unrecoverable_error=bool(error & 0x20),
            auto_recoverable_error=bool(error & 0x40),
            # two bits each, which go together; one of them is enough to be careful
            paper_near_end=bool(paper & 0x0C),
            paper_end=bool(paper & 0x60),
        )

    @property
    def trouble(self) -> Reason | None:
        """Why nothing can be printed now; None when it can. An open cover comes first, since a
        printer that is open sees no paper either."""
        if self.cover_open:
            return Reason.COVER_OPEN
        if self.paper_end or self.stopped_by_paper_end:
            return Reason.PAPER_OUT
        errors = self.recoverable_error, self.cutter_error, self.unrecoverable_error
        if self.error or self.auto_recoverable_error or any(errors) or self.offline:
            return Reason.PRINTER_ERROR
        return None

    @property
    def condition(self) -> tuple[Condition, Reason | None]:
        """How the printer is, as the desk reports it."""
        if self.trouble is not None:
            return Condition.MISSING, self.trouble
        if self.paper_near_end:
            return Condition.DEGRADED, Reason.PAPER_LOW
        return Condition.READY, None


@dataclass(frozen=True, slots=True)
class InOrder:
    """An answer to GS r 1: what was sent before it has been processed. Bits 0 and 1 together: near
    the end; bits 2 and 3 together: no paper."""

    byte: int

    @property
    def paper_end(self) -> bool:
        """There was no paper when the printer came to it."""
        return self.byte & 0x0C == 0x0C


class Heard(Enum):
    """What a printer may say besides its status."""

    CLEARED = "cleared"
    """Its buffers are empty (the answer to DLE DC4 8)."""
    GARBAGE = "garbage"
    """Something that no printer says."""


class Ear:
    """Takes the bytes that a printer sends apart. Answers to DLE EOT come out as numbers."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self._asb = 0
        """How many bytes of an automatic status are still to come."""
        self._block: bytearray | None = None

    def hear(self, data: bytes) -> list[int | InOrder | Heard]:
        """What `data` says, in order; automatic status and flow control say nothing that was asked."""
        heard = [self._byte(byte) for byte in data]
        return [each for each in heard if each is not None]

    def _byte(self, byte: int) -> int | InOrder | Heard | None:
        if self._block is not None:
            return self._in_block(byte)
        if self._asb and byte & IN_ORDER_MASK == IN_ORDER:
            self._asb -= 1
            return None
        self._asb = 0
        if byte in (XON, XOFF):
            return None
        if byte == BLOCK:
            self._block = bytearray()
            return None
        if byte & REALTIME_MASK == REALTIME:
            return byte
        if byte & ASB_MASK == ASB:
            self._asb = 3
            return None
        if byte & IN_ORDER_MASK == IN_ORDER:
            return InOrder(byte)
        return Heard.GARBAGE

    def _in_block(self, byte: int) -> Heard | None:
        assert self._block is not None
        if byte != BLOCK_END:
            self._block.append(byte)
            if len(self._block) <= BLOCK_LONGEST:
                return None
            self._block = None
            return Heard.GARBAGE
        block, self._block = bytes(self._block), None
        return Heard.CLEARED if block == bytes((BLOCK_CLEARED,)) else None
