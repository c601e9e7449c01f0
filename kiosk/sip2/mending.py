"""Mending: fixed fields that an ACS has written in another order, or too short or too long.

Fixed fields have no ids, so whatever is wrong with one of them moves all that stand behind it. Two things
tell where they are all the same: nothing else looks like a date, and the first variable field has an id.
What cannot be read in one way only is left blank, which is *unknown* to every kind of value; whether
something was done, the first character of an answer, is never made up.
"""

from __future__ import annotations

import re

from kiosk.sip2.fields import DATE_WIDTH
from kiosk.sip2.kinds import ACCEPTED, DATE, PATRON_FLAGS, SYNC_DATE, YES_NO, ZERO_ONE
from kiosk.sip2.messages import MESSAGES, Message, Request, Verdict
from kiosk.sip2.shape import CODE_WIDTH

_DATE = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"(?: {4}| {3}[A-Z]|0000)(?:[01]\d|2[0-3])(?:[0-5]\d){2}",
    re.ASCII,
)
"""A date with its zone in one of the three styles, or as some ACS write UTC."""
_DATE_THEN_VERDICT = re.compile(rf"(..)({_DATE.pattern})([YN])", re.ASCII)
_FIELD = re.compile(r"(?<=[0-9 YNUynu])[A-Z][A-Z0-9]")
"""An id behind what a fixed field may end with."""
_FLAGS = re.compile(r"[YNyn]*")

SURPLUS_AT_MOST = 8
"""Characters that all fixed fields of a message may be too long together."""


def verdict_first(text: str, cls: type[Message]) -> str | None:
    """A 38 whose date stands before its verdict (invenio-sip2 writes it so), in the standard's order; None
    where it is none. In order it could not be that: no verdict is a digit."""
    swapped = _DATE_THEN_VERDICT.match(text) if cls.specs[0].kind is ACCEPTED else None
    return swapped and f"{swapped[1]}{swapped[3]}{swapped[2]}{text[swapped.end() :]}"


def realigned(text: str, cls: type[Message], delimiter: str) -> str | None:
    """A message with fixed fields as wide as they should be, where its first variable field shows that they
    are not; None where they are, and where that cannot be seen.

    What stands behind the date (the counts of a 64) is kept only if all of it is there: a date that is too
    short, too, leaves some digits behind it.
    """
    if _FIELD.match(text, cls.layout.width):  # it may be one that we do not know
        return None
    place, begin = _place_of_date(cls), _first_field(text, cls, delimiter)
    if place is None or begin is None:
        return None
    date = _DATE.match(text, place.start, begin) or _DATE.search(text, CODE_WIDTH, begin)
    if date is None and begin < place.start:
        return None
    width = cls.layout.width - place.stop
    rest = "" if date is None else text[date.end() : begin]
    head = text[: place.start]
    if date is not None and date.start() != place.start:
        head = _certain(text[: date.start()], cls)
    return (
        head[: place.start].ljust(place.start)
        + (" " * DATE_WIDTH if date is None else date[0])
        + (rest if len(rest) == width else " " * width)
        + text[begin:]
    )


def run_together(text: str, cls: type[Message]) -> bool:
    """Whether a message that came without a checksum has another one in it: what was torn off has no end, and
    the next one stands right behind it. What it says may be the word of either."""
    place = _place_of_date(cls)
    own = -1 if place is None else place.start
    return any(found.start("date") != own for found in _ANOTHER.finditer(text, 1))


def _place_of_date(cls: type[Message]) -> slice | None:
    """Where the first date of a message belongs; None where it has none."""
    fixed = (spec for spec in cls.specs if not spec.id)
    places = zip(fixed, cls.layout.fixed_read, strict=True)
    return next((place for spec, (_, _, place) in places if spec.kind in (DATE, SYNC_DATE)), None)


_ANOTHER = re.compile(
    "|".join(
        rf"{answer.code}[0-9YNUynu ]{{{place.start - CODE_WIDTH}}}"
        for answer in (cls.answer for cls in MESSAGES.values() if issubclass(cls, Request))
        if (place := _place_of_date(answer)) is not None
    ).join(("(?:", rf")(?P<date>{_DATE.pattern})")),
    re.ASCII,
)
"""What an ACS's message begins with, up to its date."""


def _first_field(text: str, cls: type[Message], delimiter: str) -> int | None:
    """Where the id of a field of this message stands: the one that is nearest to where the first should."""
    width, end = cls.layout.width, text.find(delimiter, CODE_WIDTH)
    found = (
        at
        for at in range(CODE_WIDTH + 1, min(width + SURPLUS_AT_MOST + 1, len(text) if end < 0 else end))
        if text[at : at + CODE_WIDTH] in cls.layout.read and _FIELD.match(text, at)
    )
    return min(found, key=lambda at: abs(at - width), default=None)


def _certain(head: str, cls: type[Message]) -> str:
    """What is certain of the fields before a date that stands elsewhere: the first one, where that is a flag,
    and flags right behind it that are no part of a verdict."""
    first = cls.specs[0].kind
    certain = CODE_WIDTH + (first.width or 0)
    if first not in (ZERO_ONE, ACCEPTED, YES_NO, PATRON_FLAGS) or len(head) < certain:
        return head[:CODE_WIDTH]
    flags = _FLAGS.match(head, certain) if first is YES_NO and not issubclass(cls, Verdict) else None
    return head[: flags.end() if flags else certain]
