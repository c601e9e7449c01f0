"""The settings of the maintenance screen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.maintenance.pin import PIN_LEAST, PIN_MOST, is_weak


@dataclass(frozen=True, slots=True)
class StaffSettings:
    """Who may open the maintenance screen. There is no PIN until somebody has chosen one.

    Attributes:
        kiosk_name: what this kiosk is called, such as `Kiosk 2, ground floor`.
        pin_file: where the PIN rests, as an Argon2 hash (mode 0600); relative to the settings file.
        pin_tries: wrong PINs until the pad is locked for a while.
        lock_s: seconds for which it is locked; doubled each time, up to an hour.
        leave_s: seconds without a sign of life until the screen closes itself.
        pin: the first PIN, which `kiosk setup` turns into the hash in `pin_file` and takes out of here; it
            replaces one that was chosen before.

    Raises:
        ValueError: the PIN is none, or one of those that anybody tries first.
    """

    kiosk_name: str = "Kiosk"
    pin_file: Path = Path("staff.pin")
    pin_tries: int = field(default=5, metadata={"at_least": 1, "at_most": 20})
    lock_s: float = field(default=30.0, metadata={"at_least": 1.0})
    leave_s: float = field(default=180.0, metadata={"at_least": 20.0})
    pin: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.pin and not re.fullmatch(rf"[0-9]{{{PIN_LEAST},{PIN_MOST}}}", self.pin):
            raise ValueError(f"pin: it has {PIN_LEAST} to {PIN_MOST} digits, and nothing else")
        if self.pin and is_weak(self.pin):
            raise ValueError("pin: this is one that anybody tries first, such as 1234 or 0000")
