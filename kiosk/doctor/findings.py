"""Findings: what the doctor has to say of an ILS, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from types import MappingProxyType


class State(StrEnum):
    """How something stands. The values are those of `--json`."""

    OK = "ok"
    WARNING = "warning"
    """The kiosk works, and somebody should look at it."""
    FAILED = "failed"
    """It stands in the way of lending."""
    UNKNOWN = "unknown"
    """It could not be observed; `Finding.says` tells why."""


NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: a stable name, how it stands, a sentence, and the same for programs
    (`seen`: names in lower case with values that JSON knows)."""

    check: str
    state: State
    says: str
    seen: Mapping[str, object] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Observed:
    """A knob of the profile that was seen at work: its value, and by what."""

    value: object
    by: str


@dataclass(frozen=True, slots=True)
class StillAssumed:
    """A knob of the proposed profile of which something is only assumed, and what would show it."""

    knob: str
    to_see: str


@dataclass(frozen=True, slots=True)
class Change:
    """A knob that the proposed profile has otherwise than the present one."""

    knob: str
    present: object
    proposed: object


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the answers to one message took, in milliseconds."""

    message: str
    count: int
    p50_ms: float
    p95_ms: float

    @property
    def enough(self) -> bool:
        """Whether the 95th percentile is another one than the longest."""
        return self.count >= 20

    @classmethod
    def of(cls, message: str, seconds: Sequence[float]) -> Latency:
        """Of one time at least; percentiles are the nearest rank."""
        times = sorted(seconds)

        def rank(share: float) -> float:
            return round(times[max(ceil(share * len(times)), 1) - 1] * 1000, 1)

        return cls(message, len(times), rank(0.50), rank(0.95))


@dataclass(frozen=True, slots=True)
class IlsReport:
    """All that the doctor found. `proposal` is a profile as TOML, empty when there was nobody to observe;
    `evidence` says how many of its knobs were seen just now, observed before, are documented and assumed,
    `assumed` which, and `changes` where it differs from the present one;
    `texts` are screen messages of refusals that no rule knows, scrubbed, and `rules` knows them, as TOML."""

    profile: str
    findings: tuple[Finding, ...]
    latencies: tuple[Latency, ...] = ()
    texts: tuple[str, ...] = ()
    rules: str = ""
    proposal: str = ""
    evidence: Mapping[str, int] = field(default_factory=dict)
    assumed: tuple[StillAssumed, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def well(self) -> bool:
        """Whether nothing stands in the way of lending."""
        return all(each.state is not State.FAILED for each in self.findings)
