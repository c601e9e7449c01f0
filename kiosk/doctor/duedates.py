"""How an ILS writes due dates (AH), by one that was seen."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from kiosk.circulation.values import Untrusted
from kiosk.doctor.findings import Finding, Observed, State
from kiosk.ils.reading import due_of
from kiosk.sip2.dates import moment_of, read_date
from kiosk.sip2.profiles import Profile

DAYS: Final = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d.%m.%y", "%d/%m/%y",
    "%m/%d/%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip

HOURS: Final = ("", " %H:%M", " %H:%M:%S", ", %H:%M", " %I:%M %p")

LONGEST_LOAN: Final = timedelta(days=730)


def layout_of(text: str, profile: Profile, now: float) -> tuple[Finding, Observed | None]:
    """In which layout this due date is written, and the knob `due_formats` if that takes one more.

    A day is neither past nor years ahead; where two layouts are left over, both may be meant, and none is
    proposed. `now`: seconds since 1970.
    """
    text = text.strip()
    if not text:
        return _found(State.WARNING, "None (AH is empty)", None), None
    known = due_of(text, profile)
    if known is not None and not isinstance(known.value, Untrusted):
        name = "sip2" if read_date(text) is not None else _name(text, profile)
        return _found(State.OK, f"Understood ({name})", name), None
    layouts = _layouts(text, moment_of(now).date())
    if len(layouts) == 1:
        says = f"Not understood so far; it is written as {layouts[0]}"
        knob = Observed((*profile.due_formats, layouts[0]), "the due date of a loan")
        return _found(State.WARNING, says, layouts[0]), knob
    if layouts:
        says = f"Not understood, since it may be {' or '.join(layouts)}; another day would tell"
        return _found(State.WARNING, says, None), None
    return _found(State.WARNING, "Not understood; patrons will read it as it comes", None), None


def _name(text: str, profile: Profile) -> str:
    if text[4:5] == "-":
        return "iso"
    return next((each for each in profile.due_formats if _read(text, each) is not None), "compact")


def _layouts(text: str, today: date) -> list[str]:
    found = []
    for layout in (day + hour for day in DAYS for hour in HOURS):
        day = _read(text, layout)
        if day is not None and today <= day <= today + LONGEST_LOAN:
            found.append(layout)
    return found


def _read(text: str, layout: str) -> date | None:
    try:
        return datetime.strptime(text, layout).date()  # noqa: DTZ007 - naive is the library's local time
    except ValueError:
        return None


def _found(state: State, says: str, layout: str | None) -> Finding:
    return Finding("due-date", state, says, {"layout": layout})
