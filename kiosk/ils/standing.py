"""Standing: why a patron may not borrow, as a 64 or a 24 says. Pure functions, no I/O.

Whether they may is decided by the patron's flags alone, and by which of those this library takes seriously.
Why not is read from the flags first, then from limits and dates, then from the ILS's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

from kiosk.circulation.answers import Denied
from kiosk.circulation.reasons import PRIVATE, Reason
from kiosk.circulation.values import Untrusted
from kiosk.ils.notes import note_of
from kiosk.sip2.fields import PatronFlag
from kiosk.sip2.messages import PatronInformationResponse, PatronStatusResponse
from kiosk.sip2.profiles import Profile

Answer = PatronInformationResponse | PatronStatusResponse

OF_FLAG: Final[Mapping[PatronFlag, Reason]] = MappingProxyType(
    {
        PatronFlag.CARD_LOST: Reason.CARD_LOST,
        PatronFlag.RECALL_OVERDUE: Reason.RECALL_OVERDUE,
        PatronFlag.TOO_MANY_OVERDUE: Reason.TOO_MANY_OVERDUE,
        PatronFlag.TOO_MANY_LOST: Reason.TOO_MANY_LOST,
        PatronFlag.TOO_MANY_BILLED: Reason.TOO_MANY_BILLED,
        PatronFlag.TOO_MANY_CLAIMS_RETURNED: Reason.CLAIMS_RETURNED,
        PatronFlag.EXCESSIVE_FINES: Reason.FINES_OWED,
        PatronFlag.EXCESSIVE_FEES: Reason.FEES_OWED,
        PatronFlag.TOO_MANY_CHARGED: Reason.TOO_MANY_LOANS,
    }
)
"""What a flag of the patron status says of the patron, the most telling first. (The first four say only what
is denied; *too many renewals* bars nobody from borrowing.)"""

OF_DENIAL: Final[Mapping[PatronFlag, Reason]] = MappingProxyType(
    {
        PatronFlag.RENEWAL_DENIED: Reason.RENEWALS_DENIED,
        PatronFlag.HOLD_DENIED: Reason.HOLDS_DENIED,
    }
)
"""What a flag says of the patron once a renewal or a hold was refused, and the answer did not say why. It
keeps nobody from asking: some ILSes set it and do it all the same."""

PATRON_WORDS: Final = PRIVATE
"""The reasons that a screen message may choose for a patron who may not borrow."""


def barred(flags: frozenset[PatronFlag], blocking: Iterable[int]) -> Reason | None:
    """The reason that the patron may not borrow, by the flags that this library takes seriously."""
    if not flags & {PatronFlag(position) for position in blocking}:
        return None
    # Some ILSes set every flag of somebody whom they bar: then none of them says anything.
    if flags >= OF_FLAG.keys():
        return Reason.PATRON_BLOCKED
    return next((reason for flag, reason in OF_FLAG.items() if flag in flags), Reason.PATRON_BLOCKED)


def denied(answer: Answer, blocking: Iterable[int], profile: Profile) -> Denied | None:
    """The patron may not borrow, and why; None: they may, as far as their flags say."""
    reason = barred(answer.flags, blocking)
    if reason is None:
        return None
    note = note_of(answer.screen_messages, profile)
    if reason is Reason.PATRON_BLOCKED:
        # An ILS that does not say whether it knows the patron (BL) may have set the flags of a stranger.
        words = PATRON_WORDS if answer.valid_patron else PATRON_WORDS | {Reason.CARD_UNKNOWN}
        reason = _by_fields(answer, profile) or _by_words(note, profile, words) or reason
    return Denied(reason, note)


def _by_fields(answer: Answer, profile: Profile) -> Reason | None:
    """What dates and limits say of somebody who is barred."""
    until = _expiry(answer, profile)
    if until is not None and answer.date is not None and until < answer.date.date():
        return Reason.PATRON_EXPIRED
    if isinstance(answer, PatronInformationResponse):
        if _reached(answer.overdue_count, answer.overdue_limit):
            return Reason.TOO_MANY_OVERDUE
        if _reached(answer.charged_count, answer.charged_limit):
            return Reason.TOO_MANY_LOANS
    return None


_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)(?!\d)", re.ASCII)


def _expiry(answer: Answer, profile: Profile) -> date | None:
    """Until when the card is valid, in the field that this ILS has for it."""
    id_ = profile.expiry_field
    named = (getattr(answer, spec.name) for spec in answer.specs if id_ and spec.id == id_)
    said = next(named, None) or next((value for each, value in answer.extras if each == id_), "")
    match = _DAY.match(getattr(said, "raw", said))
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _reached(count: int | None, limit: object) -> bool:
    """Whether a count has come to its limit. A limit of 0 is mostly one that nobody has set."""
    text = str(limit or "").strip()
    most = int(text) if text.isascii() and text.isdigit() else 0
    return count is not None and 0 < most <= count


def _by_words(note: Untrusted | None, profile: Profile, words: frozenset[Reason]) -> Reason | None:
    name = profile.reason_of(note.raw) if note else None
    return next((reason for reason in words if reason == name), None)
