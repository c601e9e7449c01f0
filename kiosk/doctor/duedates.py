"""How an ILS writes due dates (AH), by those that were seen."""

from __future__ import annotations

from collections.abc import Sequence
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

EXAMPLE: Final = datetime(2026, 11, 28, 23, 59)  # noqa: DTZ001 - no moment, but a day to be written down
"""A day that cannot be mistaken, in which layouts are shown."""

ANOTHER_DAY: Final = "an item that is due after the 12th of a month would tell"


def layout_of(texts: Sequence[str], profile: Profile, now: float) -> tuple[Finding, Observed | None]:
    """In which layout these due dates are written (one at least), and the knob `due_formats` if that tells.

    A day is neither past by more than the longest loan nor years ahead; where two layouts are left over, both
    may be meant, and none is proposed. `now`: seconds since 1970.
    """
    said = [text for text in (each.strip() for each in texts) if text]
    if not said:
        return _found(State.WARNING, "There is none (AH is empty)", None), None
    unread = [text for text in said if not _understood(text, profile)]
    today = moment_of(now).date()
    if not unread:
        return _known(said, profile, today)
    layouts = [each for each in _layouts() if all(_likely(text, each, today) for text in unread)]
    if len(layouts) == 1:
        says = f"Not understood so far; it is written {_shown(layouts[0])}"
        kept = [each for each in profile.due_formats if each != _swapped(layouts[0])]
        return _found(State.WARNING, says, layouts[0]), Observed(
            (*kept, layouts[0]), "the due date of a loan"
        )
    if layouts:
        says = f"Not understood, since it may be {' or '.join(map(_shown, layouts))}; {ANOTHER_DAY}"
        return _found(State.WARNING, says, None), None
    return _found(State.WARNING, "Not understood; patrons will read it as it comes", None), None


def _known(said: Sequence[str], profile: Profile, today: date) -> tuple[Finding, Observed | None]:
    """Of due dates that the profile can read."""
    names = {_name(text, profile) for text in said}
    name = min(names)
    says = f"Understood: {' and '.join(sorted(map(_shown, names)))}"
    doubtful = [each for each in names if "%" in each and _swapped(each) != each]
    if any(all(_likely(text, _swapped(each), today) for text in said) for each in doubtful):
        says += f", as the profile has it. It may be {_shown(_swapped(doubtful[0]))} as well: {ANOTHER_DAY}"
        return _found(State.OK, says, name), None
    return _found(State.OK, says, name), Observed(
        profile.due_formats, f"the due date of a loan is {_shown(name)}"
    )


def _understood(text: str, profile: Profile) -> bool:
    known = due_of(text, profile)
    return known is not None and not isinstance(known.value, Untrusted)


def _name(text: str, profile: Profile) -> str:
    """How a due date that was understood is written: one of `NAMES`, or a layout."""
    if read_date(text) is not None:
        return "sip2"
    if text[4:5] == "-":
        return "iso"
    return next((each for each in profile.due_formats if _read(text, each) is not None), "compact")


NAMES: Final = {
    "sip2": "as the standard writes dates (20261128    235900)",
    "iso": "as ISO 8601 has it (2026-11-28)",
    "compact": "as ISO 8601 has it (20261128)",
}


def _shown(layout: str) -> str:
    """A layout for who does not know its letters: `month first (11/28/2026)`."""
    if layout in NAMES:
        return NAMES[layout]
    first = {layout.find(sign): words for sign, words in _FIRST.items() if sign in layout}
    return f"{first[min(first)]} first ({EXAMPLE.strftime(layout)})"


_FIRST: Final = {"%d": "day", "%m": "month", "%b": "month", "%B": "month", "%Y": "year", "%y": "year"}


def _swapped(layout: str) -> str:
    """The same with day and month in each other's place."""
    return layout.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m") if "%m" in layout else layout


def _layouts() -> list[str]:
    return [day + hour for day in DAYS for hour in HOURS]


def _likely(text: str, layout: str, today: date) -> bool:
    """Whether it can be read so and is a day on which a loan may end."""
    day = _read(text, layout)
    return day is not None and today - LONGEST_LOAN <= day <= today + LONGEST_LOAN


def _read(text: str, layout: str) -> date | None:
    try:
        return datetime.strptime(text, layout).date()  # noqa: DTZ007 - naive is the library's local time
    except ValueError:
        return None


def _found(state: State, says: str, layout: str | None) -> Finding:
    return Finding("due-date", state, says, {"layout": layout})
