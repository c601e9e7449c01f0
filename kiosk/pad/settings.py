"""The pad's settings."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PadSettings:
    """How the field is watched. Times in seconds.

    Attributes:
        poll_pause_s: rest between two rounds of the poll.
        full_every_s: how often the field is reset and listed anew without any cause.
        misses: how many addressed reads in a row a tag must miss before it has left.
        read_tries: how often reading a new tag may fail before it is called damaged.
        reopen_first_s: rest before the first attempt to reopen a lost reader; then it doubles.
        reopen_longest_s: the longest such rest.
    """

    poll_pause_s: float = field(default=0.02, metadata={"at_least": 0.0, "at_most": 1.0})
    full_every_s: float = field(default=10.0, metadata={"at_least": 1.0})
    misses: int = field(default=2, metadata={"at_least": 1, "at_most": 10})
    read_tries: int = field(default=6, metadata={"at_least": 1, "at_most": 50})
    reopen_first_s: float = field(default=0.2, metadata={"at_least": 0.05})
    reopen_longest_s: float = field(default=5.0, metadata={"at_least": 0.05})
