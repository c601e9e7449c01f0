"""A restart that costs nobody their visit: it waits until the screen shows what it shows to nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

HEALTH = Path("/run/kiosk/health.json")
"""What the running kiosk says of itself."""

QUIET = frozenset({"attract", "cannot-lend", "blank"})
"""The names of the screens that wait for somebody; `blank` is the dark one of the night."""

LOOK_S = 10.0
QUIET_LOOKS = 6
"""So often in a row nobody must be there, at looks so far apart: a minute (ours)."""


def wait_for_quiet(health: Path, pause: Callable[[float], None]) -> None:
    """Wait until nobody has used the kiosk for a minute. One that does not run has no patron."""
    quiet = 0
    while quiet < QUIET_LOOKS:
        quiet = quiet + 1 if _is_quiet(health) else 0
        pause(LOOK_S)


def _is_quiet(health: Path) -> bool:
    try:
        return bool(json.loads(health.read_text(encoding="utf-8"))["screen"] in QUIET)
    except (OSError, ValueError, KeyError, TypeError):
        return True
