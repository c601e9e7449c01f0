"""Frames in a stream of bytes that comes in any pieces, for codecs whose frames tell their own length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

A = TypeVar("A")


class FrameParser(Generic[A]):
    """Finds answers in what comes from the wire.

    Bytes that cannot begin a frame, and frames whose checksum does not fit, are skipped byte by byte and
    counted in `skipped`. A damaged length can make it wait for bytes that never come: whoever waits
    needs a deadline, and may look at `pending`.
    """

    def __init__(self, length_of: Callable[[bytes], int | None], parse: Callable[[bytes], A | None]) -> None:
        """A parser for one language.

        Args:
            length_of: bytes of the frame that begins with these (one at least); 0 when none can begin so,
                None when that is not known yet.
            parse: the answer in a frame of that length; None when its checksum does not fit.
        """
        self._length_of = length_of
        self._parse = parse
        self._buffer = b""
        self.skipped = 0

    @property
    def pending(self) -> int:
        """Bytes that may be the beginning of a frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[A]:
        """Take the next bytes; give back the answers that are complete now."""
        self._buffer += data
        answers = []
        while self._buffer:
            length = self._length_of(self._buffer)
            if length is None or 0 < length > len(self._buffer):
                break
            answer = self._parse(self._buffer[:length]) if length else None
            if answer is None:
                self._buffer = self._buffer[1:]
                self.skipped += 1
            else:
                self._buffer = self._buffer[length:]
                answers.append(answer)
        return answers
