"""Settings of the room: for how long, and how much."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    """The flight recorder: the last hours without anything personal, for support."""

    hours: float = field(
        default=8.0,
        metadata={"help": "hours that are kept; 0 keeps nothing", "at_least": 0.0, "at_most": 168.0},
    )
    megabytes: int = field(
        default=4, metadata={"help": "the most that is kept", "at_least": 1, "at_most": 64}
    )
