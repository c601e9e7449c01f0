"""What `kiosk setup` says: to the technician on the card, and to the kiosk's screen."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import PurePosixPath

from kiosk.firstboot.reading import NAME
from kiosk.settings import Settings

RESULT = "kiosk-result.txt"
"""The answer's file on the card."""

REFUSED_FILE = PurePosixPath("kiosk-setup/refused.txt")
"""Where, below /run, the messages about a refused file stand, one a line; no such file: none was refused."""

LOST_FILE = PurePosixPath("kiosk-setup/lost.txt")
"""The same where the card's data partition is not there: nothing could be kept."""

LOST = "The data partition, the fourth, could not be used: the kiosk keeps settings and journal there."

_TAKEN = """\
kiosk.toml was taken over. The kiosk works with it.

What it read there:

{rows}

The PIN and the passwords are in the kiosk now and no longer in kiosk.toml. A memory card may keep old copies
in cells that nothing reads any more: break a card that you throw away.
{simulated}
To change something: switch the kiosk off, put the card into a laptop, edit kiosk.toml, put the card back, and
switch it on. All of the file counts then, also in place of what staff have changed at the kiosk since.
"""

_SIMULATED = """
Only simulated, because kiosk.toml does not name a driver: {names}. This kiosk lends no real books.
"""

_REFUSED = """\
kiosk.toml was NOT taken over. {stays}

What is wrong:

{rows}

What to do: switch the kiosk off, put the card into a laptop, correct these lines in kiosk.toml (with an
editor for plain text, such as Notepad), put the card back, and switch it on.
"""

_LOST = """\
kiosk.toml was NOT read. {why}

What to do: switch the kiosk off and on once. If its screen says the same again, write the image to another
card, and keep this one: it may show which loans were open.
"""

STAYS = "The kiosk works with its old settings."
NOTHING_STAYS = "The kiosk has no settings yet, and waits for them."


def taken(settings: Settings) -> str:
    """The answer about a file that was taken over."""
    place = settings.network.place
    wired = {"wifi": f"wireless, {settings.network.wifi.ssid}" if settings.network.wifi else "", "none": ""}
    rows = {
        "library": settings.library.name.get("", ""),
        "languages": ", ".join(settings.policy.languages),
        "network": wired.get(settings.network.driver, "wired")
        and f"{wired.get(settings.network.driver, 'wired')}, address {place.address}, name {place.hostname}",
        "time zone": settings.clock.zone,
        "ILS": _device(settings.ils.driver, settings.ils.sip2),
        "pad": _device(
            settings.pad.driver,
            settings.pad.feig or settings.pad.feig_serial or settings.pad.m3 or settings.pad.pcsc,
        ),
        "cards": settings.cards.driver,
        "printer": _device(
            settings.printer.driver, settings.printer.tcp or settings.printer.serial or settings.printer.usb
        ),
        "gate": settings.gate.driver,
        "kiosk": settings.staff.kiosk_name,
    }
    shown = "\n".join(f"  {name:<10} {value or '(nothing said)'}" for name, value in rows.items())
    alone = {"ils", "pad"} & set(settings.simulated)
    simulated = _SIMULATED.format(names=", ".join(settings.simulated)) if alone else ""
    return _TAKEN.format(rows=shown, simulated=simulated)


def refused(messages: Sequence[str], *, stays: str) -> str:
    """The answer about a file in which these mistakes are."""
    rows = "\n".join(f"  {_plain(message)}" for message in messages)
    return _REFUSED.format(stays=stays, rows=rows)


def lost() -> str:
    """The answer where nothing could be kept."""
    return _LOST.format(why=LOST)


def _plain(message: str) -> str:
    name, _, rest = message.partition(":")
    line, colon, said = rest.partition(": ")
    return f"line {line}: {said}" if name == NAME and colon and line.isdigit() else message


def _device(driver: str, part: object) -> str:
    """A driver and where its device is."""
    if part is None or not dataclasses.is_dataclass(part):
        return driver
    where = [str(getattr(part, key)) for key in ("host", "device", "port") if getattr(part, key, "")]
    return f"{driver}, {' port '.join(where)}" if where else driver
