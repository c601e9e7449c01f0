"""The paper: rows of dots on a roll, pieces that were cut off, and the picture of all of it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

DOTS_PER_MM = 8
"""203 dots an inch."""

SEAM = bytes([0xF0])
"""One byte of the dashed row that stands in a picture where the paper was cut."""


@dataclass(slots=True)
class Piece:
    """One piece of paper. `t` is when its first dots were printed, `t_cut` when it came off; `cut` is
    `full`, `partial`, `end` (the roll ended in it) or None (it still hangs in the printer)."""

    t: float
    rows: bytes
    t_cut: float | None = None
    cut: str | None = None


class Roll:
    """The paper of one printer. `width` in dots, a multiple of 8; `mm` what is left (None: plenty).

    `behind` is how many rows lie between the print head and the cutter: what was printed last is still
    inside when the paper is cut, and comes out at the head of the next piece.
    """

    def __init__(self, width: int, behind: int) -> None:
        self.width, self.behind = width, behind
        self.near_end = False
        self.pieces: list[Piece] = []
        self._left: int | None = None
        self._begun: float | None = None
        self._out = bytearray(self._blank(behind))

    # --- what is left -----------------------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Whether there is none left."""
        return self._left == 0

    @property
    def begun(self) -> bool:
        """Whether there are dots on the paper that hangs in the printer."""
        return self._begun is not None

    @property
    def state(self) -> str:
        """`plenty`, `near-end` or `out`."""
        return "out" if self.ended else "near-end" if self.near_end else "plenty"

    def room(self, rows: int) -> int:
        """How many of so many rows still fit."""
        return rows if self._left is None else min(rows, self._left)

    def put_in(self, state: str, mm: float | None, now: float) -> None:
        """Make the roll what `state` says; `mm` more until it is out. A new roll begins a new piece."""
        if state not in {"plenty", "near-end", "out"}:
            raise ValueError(f"paper is plenty, near-end or out, not {state!r}")
        if mm is not None and mm < 0:
            raise ValueError("mm is less than nothing")
        if self.ended and state != "out":
            self._come_off(len(self._out), "end", now)
            self._out = bytearray(self._blank(self.behind))
        self.near_end = state != "plenty"
        self._left = 0 if state == "out" else None if mm is None else round(mm * DOTS_PER_MM)

    # --- printing ---------------------------------------------------------------------------------------

    def print(self, rows: bytes, now: float) -> bool:
        """Let rows pass the head; True when they are the first dots of a piece."""
        self._out += rows
        if self._left is not None:
            self._left -= len(rows) // (self.width // 8)
        if self._begun is None and any(rows):
            self._begun = now
            return True
        return False

    def cut(self, kind: str, now: float) -> None:
        """Cut where the cutter is."""
        self._come_off(len(self._out) - self.behind * (self.width // 8), kind, now)

    def tear(self) -> None:
        """Somebody takes the paper away, what still hangs in the printer too."""
        self.pieces.clear()
        self._begun = None
        self._out = bytearray(self._blank(self.behind))

    def _come_off(self, size: int, kind: str, now: float) -> None:
        begun = now if self._begun is None else self._begun
        self.pieces.append(Piece(begun, bytes(self._out[:size]), now, kind))
        del self._out[:size]
        self._begun = now if any(self._out) else None

    def _blank(self, rows: int) -> bytes:
        return bytes(rows * (self.width // 8))

    # --- looking at it ----------------------------------------------------------------------------------

    def all(self) -> list[Piece]:
        """All pieces, and what hangs in the printer if there is a dot on it."""
        if self._begun is None:
            return list(self.pieces)
        return [*self.pieces, Piece(self._begun, bytes(self._out))]

    def height(self, piece: Piece) -> int:
        """Rows of a piece."""
        return len(piece.rows) // (self.width // 8)

    def picture(self, only: int | None = None) -> tuple[bytes, int]:
        """A one-bit PNG of all paper, one piece below the other with a dashed row at each cut, or of
        one piece alone; and its height. Without paper it is one row high.

        Raises:
            ValueError: there is no such piece.
        """
        pieces = self.all()
        if only is not None:
            if not -len(pieces) <= only < len(pieces):
                raise ValueError(f"there are {len(pieces)} pieces")
            pieces = [pieces[only]]
        stride = self.width // 8
        rows = (SEAM * stride).join(piece.rows for piece in pieces) or bytes(stride)
        height = len(rows) // stride
        paper = Image.frombytes("1", (self.width, height), bytes(byte ^ 0xFF for byte in rows))
        file = io.BytesIO()
        paper.save(file, "PNG")
        return file.getvalue(), height
