"""What can be wrong with an update: one sentence and a remedy for each, and the exit status that tells them
apart for programs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple


class Exit(IntEnum):
    """Exit statuses of `kiosk update`; 2 is a wrong call, as argparse has it."""

    DONE = 0
    FAILED = 1
    REFUSED = 3
    """The bundle is none that this kiosk takes."""
    BUSY = 4
    """Another installation is under way, or an earlier one is not confirmed."""
    NO_ROOM = 5
    NO_APPLIANCE = 6
    """There are no slots here: the machine gets its updates from its own administrators."""
    NETWORK = 7


class UpdateFailed(Exception):
    """It was not done. `says` is why, `remedy` what helps, `status` the exit status."""

    def __init__(self, says: str, remedy: str, status: Exit = Exit.FAILED) -> None:
        super().__init__(f"{says}. {remedy}")
        self.says = says
        self.remedy = remedy
        self.status = status


UNTOUCHED = "The kiosk runs on as it was"


def not_here() -> UpdateFailed:
    """This machine is no appliance."""
    return UpdateFailed(
        "this machine is no appliance: RAUC is not installed here",
        "Update it as it was installed, with its Debian package (apt)",
        Exit.NO_APPLIANCE,
    )


class _Known(NamedTuple):
    says: str
    remedy: str
    status: Exit


KNOWN: Mapping[str, _Known] = {
    "certificate has expired": _Known(
        "the certificate that signed this bundle has expired, by the clock of this kiosk",
        f"Get a bundle that is signed with a valid certificate, or set the clock if it is wrong. {UNTOUCHED}",
        Exit.REFUSED,
    ),
    "certificate is not yet valid": _Known(
        "the certificate that signed this bundle is not valid yet, by the clock of this kiosk",
        f"The clock is probably behind: set it, or wait for the network's time. {UNTOUCHED}",
        Exit.REFUSED,
    ),
    "unsupported certificate purpose": _Known(
        "the certificate that signed this bundle is not meant for signing updates",
        f"Sign it with a certificate for code signing (docs/update.md). {UNTOUCHED}",
        Exit.REFUSED,
    ),
    "unsuitable certificate purpose": _Known(
        "the certificate that signed this bundle is not meant for signing updates",
        f"Sign it with a certificate for code signing (docs/update.md). {UNTOUCHED}",
        Exit.REFUSED,
    ),
    "signature verification failed": _Known(
        "nobody whom this kiosk trusts has signed this bundle",
        f"Get it from whoever made this kiosk's image. {UNTOUCHED}",
        Exit.REFUSED,
    ),
    "Compatible mismatch": _Known(
        "the bundle is for another kind of machine",
        f"Get the one for this machine. {UNTOUCHED}",
        Exit.REFUSED,
    ),
    "Invalid bundle format": _Known(
        "this is no update bundle, or not a whole one", f"Fetch it again. {UNTOUCHED}", Exit.REFUSED
    ),
    "Already processing a different method": _Known(
        "another installation is under way", "Wait until it is done; it takes a minute or two", Exit.BUSY
    ),
    "too small": _Known(
        "the slots of this card are too small for this bundle",
        f"Write the card anew with the newer image; keep its kiosk.toml. {UNTOUCHED}",
        Exit.NO_ROOM,
    ),
    "No space left on device": _Known(
        "there is no room left for it",
        f"Remove what lies in /data/update, or write the card anew with the newer image. {UNTOUCHED}",
        Exit.NO_ROOM,
    ),
    "Input/output error": _Known(
        "the bundle was changed after it was signed, or the card fails",
        f"Fetch it again; if that does not help, replace the card. {UNTOUCHED}",
        Exit.REFUSED,
    ),
    "AccessDenied": _Known("only root may do that", "Put sudo before the command", Exit.FAILED),
    "Permission denied": _Known("only root may do that", "Put sudo before the command", Exit.FAILED),
    "No such file: ": _Known("there is no such file", "Look at its name and its place", Exit.FAILED),
    "de.pengutronix.rauc": _Known(
        "RAUC does not answer on this machine",
        "Look at it with: systemctl status rauc. It works only where boot.scr has chosen a slot",
        Exit.FAILED,
    ),
    "creating proxy": _Known(
        "RAUC cannot be reached: there is no system bus", "Look at: systemctl status dbus", Exit.FAILED
    ),
}
"""By what RAUC 1.13 says of it, the more particular first. `tests/update/recorded` has its words."""


LAST_ERROR = "LastError: "
"""What `rauc install` puts before its reason."""


def of_rauc(said: str) -> UpdateFailed:
    """What RAUC said, in our words."""
    for words, known in KNOWN.items():
        if words in said:
            return UpdateFailed(known.says, known.remedy, known.status)
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["nothing"]
    why = next((line for line in lines if line.startswith(LAST_ERROR)), lines[-1])
    return UpdateFailed(f"RAUC could not do it, and says: {why.removeprefix(LAST_ERROR)}", UNTOUCHED)
