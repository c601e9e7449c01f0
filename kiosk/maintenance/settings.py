"""The settings of the maintenance screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StaffSettings:
    """Who may open the maintenance screen. There is no PIN until somebody has chosen one.

    Attributes:
        kiosk_name: what this kiosk is called, such as `Kiosk 2, ground floor`.
        pin_file: where the PIN rests, as an Argon2 hash (mode 0600); relative to the settings file.
        pin_tries: wrong PINs until the pad is locked for a while.
        lock_s: seconds for which it is locked; doubled each time, up to an hour.
        leave_s: seconds without a sign of life until the screen closes itself.
    """

    kiosk_name: str = "Kiosk"
    pin_file: Path = Path("staff.pin")
    pin_tries: int = field(default=5, metadata={"at_least": 1, "at_most": 20})
    lock_s: float = field(default=30.0, metadata={"at_least": 1.0})
    leave_s: float = field(default=180.0, metadata={"at_least": 20.0})
