"""Evidence: how somebody came to know what a profile says of an ACS."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Evidence(StrEnum):
    """How something is known. The values stand in the TOML of a profile (`how`)."""

    OBSERVED = "observed"
    """Seen on the wire of a running ACS."""
    DOCUMENTED = "documented"
    """Read in the standard, in the maker's documentation or in the source of the ACS."""
    ASSUMED = "assumed"
    """Neither: likely, and to be looked at."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a profile says of one knob, and how that is known.

    `source` names where it can be looked up (for what is assumed: why), `about` the row of a knob that has
    several (a pattern, an alert type).
    """

    knob: str
    how: Evidence
    source: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class NamedPattern:
    """Text that matches `pattern` (anywhere, in any case) means `reason`."""

    pattern: str
    reason: str
