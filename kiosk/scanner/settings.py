"""The settings of a barcode scanner with a line of its own."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SerialScanner:
    """A scanner on a serial line (also USB in its serial mode). Times in seconds.

    Attributes:
        device: the line, such as `/dev/ttyACM0`.
        baud: its speed in bits a second.
        rest_s: a code without an end (CR, LF, TAB) is over when nothing follows for so long.
        reopen_first_s: rest before the first attempt to open a lost line; then it doubles.
        reopen_longest_s: the longest such rest.
    """

    device: str = "/dev/ttyACM0"
    baud: int = field(default=9600, metadata={"at_least": 1200})
    rest_s: float = field(default=0.2, metadata={"at_least": 0.02})
    reopen_first_s: float = field(default=0.5, metadata={"at_least": 0.05})
    reopen_longest_s: float = field(default=5.0, metadata={"at_least": 0.05})
