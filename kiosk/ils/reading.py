"""Reading: what a SIP2 answer means to circulation. Pure functions, no I/O.

Flow is decided by flags and by the profile alone. Screen messages (AF) only choose words: the reasons
that one may stand for are in `WORDS`, and circulation treats them all alike. What stands in the way of a
patron is read in `standing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from kiosk.circulation.answers import (
    FeeAsked,
    HoldNotPlaced,
    HoldPlaced,
    ItemDescription,
    Lent,
    NotLent,
    NotRenewed,
    NotReturned,
    Renewed,
    Returned,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert, Due, Exchange, ItemKey, Media, Untrusted
from kiosk.ils.fees import asks_a_fee, fee_of
from kiosk.ils.notes import clean, note_of
from kiosk.ils.standing import OF_DENIAL, PATRON_WORDS
from kiosk.sip2.dates import read_date
from kiosk.sip2.errors import LinkGarbled, LinkSilent, LoginRefused, NotSupported, Trouble
from kiosk.sip2.fields import AlertType, CirculationStatus, MediaType, PatronFlag
from kiosk.sip2.messages import (
    CheckinResponse,
    CheckoutResponse,
    HoldResponse,
    ItemInformationResponse,
    LoanVerdict,
    RenewAllResponse,
    RenewResponse,
)
from kiosk.sip2.profiles import NO_ALERT, Profile

WORDS: Final = PATRON_WORDS | {
    Reason.CARD_UNKNOWN,
    Reason.ITEM_REFUSED,
    Reason.ITEM_UNKNOWN,
    Reason.ON_HOLD,
    Reason.ON_LOAN_TO_OTHER,
    Reason.NOT_FOR_LOAN,
    Reason.TOO_MANY_OF_KIND,
    Reason.LIBRARY_USE,
    Reason.LOAN_NEEDS_STAFF,
    Reason.AGE_RESTRICTED,
    Reason.BRANCH_RESTRICTED,
    Reason.RECALLED,
    Reason.BOOKED,
    Reason.LENT_TO_YOU,
    Reason.HAD_BEFORE,
    Reason.ITEM_LOST,
    Reason.ITEM_MISSING,
    Reason.ITEM_DAMAGED,
    Reason.ITEM_WITHDRAWN,
    Reason.IN_TRANSIT,
    Reason.IN_PROCESS,
    Reason.RENEWAL_LIMIT,
}
"""The reasons that a screen message may choose for an item that the ILS has refused."""

RENEWAL_WORDS: Final = (PATRON_WORDS - {Reason.TOO_MANY_LOANS}) | {
    Reason.CARD_UNKNOWN,
    Reason.ITEM_UNKNOWN,
    Reason.ON_HOLD,
    Reason.NOT_FOR_LOAN,
    Reason.LOAN_NEEDS_STAFF,
    Reason.RECALLED,
    Reason.BOOKED,
    Reason.ITEM_LOST,
    Reason.RENEWAL_REFUSED,
    Reason.RENEWALS_DENIED,
    Reason.RENEWAL_LIMIT,
    Reason.RENEWAL_ON_HOLD,
    Reason.RENEWAL_TOO_SOON,
    Reason.NOT_LENT_TO_YOU,
}
"""The same for a loan that the ILS does not renew. Some would be untrue: it is on loan to this very patron,
and "too many" speaks of renewals."""

HOLD_WORDS: Final = (PATRON_WORDS - {Reason.TOO_MANY_LOANS}) | {
    Reason.CARD_UNKNOWN,
    Reason.ITEM_UNKNOWN,
    Reason.NOT_FOR_LOAN,
    Reason.LIBRARY_USE,
    Reason.AGE_RESTRICTED,
    Reason.BRANCH_RESTRICTED,
    Reason.HOLD_REFUSED,
    Reason.HOLDS_DENIED,
    Reason.HOLD_LIMIT,
}
"""The same for a hold that the ILS does not place: what stands in its way is not that others want it too."""

RETURN_WORDS: Final = frozenset(
    {
        Reason.RETURN_REFUSED,
        Reason.ITEM_LOST,
        Reason.ITEM_WITHDRAWN,
        Reason.BRANCH_RESTRICTED,
        Reason.LOAN_NEEDS_STAFF,
    }
)
"""The same for an item that the ILS knows and does not take back: its words must not speak of borrowing."""

SAFE_STATUSES: Final = frozenset({"02", "03", "06", "08", "09", "10", "13"})
"""Circulation statuses that no item on loan has: on order, available, in process, hold shelf, to be
reshelved, in transit, missing. (Claimed returned and lost items may still be on loan, *other* says
nothing.)"""

CHARGED_STATUSES: Final = frozenset(
    {
        CirculationStatus.CHARGED,
        CirculationStatus.CHARGED_NOT_RECALLABLE,
        CirculationStatus.RECALLED,
    }
)
"""Circulation statuses that only an item on loan has."""

ALERT_OF_STATUS: Final[Mapping[str, Alert]] = MappingProxyType({
    CirculationStatus.HOLD_SHELF: Alert.HOLD_HERE,
    CirculationStatus.IN_TRANSIT: Alert.TRANSIT,
})  # fmt: skip

MEDIA: Final[Mapping[str, Media]] = MappingProxyType({
    MediaType.BOOK: Media.BOOK,
    MediaType.BOUND_JOURNAL: Media.BOOK,
    MediaType.MAGAZINE: Media.MAGAZINE,
    MediaType.AUDIO_TAPE: Media.TAPE,
    MediaType.VIDEO_TAPE: Media.VIDEO,
    MediaType.CD: Media.CD,
    MediaType.DISKETTE: Media.OTHER,
    MediaType.BOOK_WITH_DISKETTE: Media.BOOK,
    MediaType.BOOK_WITH_CD: Media.BOOK,
    MediaType.BOOK_WITH_AUDIO_TAPE: Media.BOOK,
})  # fmt: skip
"""CK in our words. *Other* (000) is what many ILSes send for everything: it says nothing."""

_REASONS: Final[tuple[tuple[type[Trouble], Reason], ...]] = (
    (LinkSilent, Reason.ILS_SILENT),
    (LinkGarbled, Reason.ILS_GARBLED),
    (LoginRefused, Reason.ILS_LOGIN_REFUSED),
    # It answers, but not in the language that we need.
    (NotSupported, Reason.NOT_SERVED),
)


def reason_of(trouble: Trouble) -> Reason:
    """The reason that a trouble with the ILS has on the screen."""
    return next((reason for kind, reason in _REASONS if isinstance(trouble, kind)), Reason.ILS_DOWN)


def charged_ids(entries: Iterable[str]) -> frozenset[str]:
    """The item ids in a charged list. An entry is an id, or on some ILS an id with a text behind it."""
    ids = set()
    for entry in entries:
        ids.add(entry)
        ids.add(entry.split()[0])
    return frozenset(ids)


def lent(answer: CheckoutResponse, profile: Profile, by: Exchange | None = None) -> Lent:
    """A 12 with ok 1."""
    return Lent(
        release=profile.releases(answer.desensitize),
        title=clean(answer.title),
        due=due_of(answer.due.raw, profile),
        renewal=answer.renewal_ok,
        media=media_of(answer.media_type),
        note=note_of(answer.screen_messages, profile),
        by=by,
    )


def media_of(said: str | None) -> Media:
    """What an item is made of (CK). A CD-ROM and a music CD are one to SIP2, a DVD is none of its types."""
    return MEDIA.get(said or "", Media.UNKNOWN)


def refused(
    answer: CheckoutResponse, profile: Profile, *, agreed: bool = False, by: Exchange | None = None
) -> NotLent | FeeAsked:
    """A 12 with ok 0; `agreed`: the patron has agreed to a fee already, and is not asked twice."""
    note = note_of(answer.screen_messages, profile)
    title = clean(answer.title)
    if not agreed and asks_a_fee(answer) and (fee := fee_of(answer)):
        return FeeAsked(fee, title, note, by)
    return NotLent(_refusal(answer, note, profile, WORDS, Reason.ITEM_REFUSED), title, note, by)


def renewed(answer: RenewResponse, profile: Profile, by: Exchange | None = None) -> Renewed:
    """A 30 with ok 1."""
    return Renewed(
        due=due_of(answer.due.raw, profile),
        title=clean(answer.title),
        note=note_of(answer.screen_messages, profile),
        by=by,
    )


def not_renewed(
    answer: RenewResponse,
    profile: Profile,
    by: Exchange | None = None,
    flags: frozenset[PatronFlag] = frozenset(),
) -> NotRenewed:
    """A 30 with ok 0, of a patron with these flags."""
    note = note_of(answer.screen_messages, profile)
    return NotRenewed(_refusal(answer, note, profile, RENEWAL_WORDS, _no_renewal(flags)), note, by)


def not_renewed_all(
    answer: RenewAllResponse,
    profile: Profile,
    by: Exchange | None = None,
    flags: frozenset[PatronFlag] = frozenset(),
) -> NotRenewed:
    """A 66 with ok 0, of a patron with these flags."""
    note = note_of(answer.screen_messages, profile)
    return NotRenewed(_worded(note, profile, RENEWAL_WORDS, _no_renewal(flags)), note, by)


def _no_renewal(flags: frozenset[PatronFlag]) -> Reason:
    return _denied(PatronFlag.RENEWAL_DENIED, flags, Reason.RENEWAL_REFUSED)


def hold_placed(answer: HoldResponse, profile: Profile, by: Exchange | None = None) -> HoldPlaced:
    """A 16 with ok 1."""
    return HoldPlaced(
        title=clean(answer.title or ""),
        pickup=clean(answer.pickup_location or ""),
        available=answer.available,
        note=note_of(answer.screen_messages, profile),
        by=by,
    )


def hold_not_placed(
    answer: HoldResponse,
    profile: Profile,
    by: Exchange | None = None,
    flags: frozenset[PatronFlag] = frozenset(),
) -> HoldNotPlaced:
    """A 16 with ok 0, of a patron with these flags."""
    note = note_of(answer.screen_messages, profile)
    otherwise = _denied(PatronFlag.HOLD_DENIED, flags, Reason.HOLD_REFUSED)
    return HoldNotPlaced(_worded(note, profile, HOLD_WORDS, otherwise), note, by)


def _denied(flag: PatronFlag, flags: frozenset[PatronFlag], otherwise: Reason) -> Reason:
    """Where an answer does not say why, the patron's flags may say that they are denied it altogether."""
    return OF_DENIAL[flag] if flag in flags else otherwise


def _refusal(
    answer: LoanVerdict, note: Untrusted | None, profile: Profile, words: frozenset[Reason], otherwise: Reason
) -> Reason:
    return Reason.FEE if asks_a_fee(answer) else _worded(note, profile, words, otherwise)


def _worded(note: Untrusted | None, profile: Profile, words: frozenset[Reason], otherwise: Reason) -> Reason:
    """The reason that a note speaks of, if it is one of these words."""
    name = profile.reason_of(note.raw) if note else None
    return next((reason for reason in words if reason == name), otherwise)


def taken_back(
    answer: CheckinResponse,
    about: ItemInformationResponse | None,
    profile: Profile,
    branch: str,
    by: Exchange | None = None,
) -> Returned:
    """A 10 with ok 1; `about` only helps out with the title. `branch` is the one that it came back to."""
    return Returned(
        title=_title(answer, about),
        was_on_loan=True,
        alert=_alert(answer, profile, branch),
        destination=clean(answer.destination or ""),
        bin=clean(answer.sort_bin or ""),
        media=media_of(answer.media_type or (about.media_type if about else None)),
        note=note_of(answer.screen_messages, profile),
        by=by,
    )


def not_taken_back(
    answer: CheckinResponse,
    about: ItemInformationResponse | None,
    profile: Profile,
    branch: str,
    by: Exchange | None = None,
) -> Returned | NotReturned:
    """A 10 with ok 0, and what 17 says then (None: nothing).

    Many ILSes refuse to take back what was not on loan. An item that they know, of a status that no item on
    loan has, is therefore back; anything else is not taken back, and staff see to it.
    """
    note = note_of(answer.screen_messages, profile)
    known = clean(about.title) if about else ""
    if about and known and about.circulation_status in SAFE_STATUSES:
        return Returned(
            title=known,
            was_on_loan=False,
            alert=_alert_after_refusal(answer, about.circulation_status, profile, branch),
            destination=clean(answer.destination or ""),
            bin=clean(answer.sort_bin or ""),
            media=media_of(answer.media_type or about.media_type),
            note=note,
            by=by,
        )
    if _nobody_knows(answer, about, note, profile):
        reason = Reason.ITEM_UNKNOWN
    else:
        reason = _worded(note, profile, RETURN_WORDS, Reason.RETURN_REFUSED)
    return NotReturned(
        reason,
        title=_title(answer, about),
        bin=clean(answer.sort_bin or ""),
        note=note,
        by=by,
    )


def described(item: ItemKey, about: ItemInformationResponse, profile: Profile) -> ItemDescription:
    """An 18, for a row of the list."""
    charged = about.circulation_status in CHARGED_STATUSES
    due = due_of(about.due.raw, profile) if charged and about.due is not None else None
    wanted = charged or about.circulation_status == CirculationStatus.HOLD_SHELF or bool(about.hold_queue)
    return ItemDescription(item, clean(about.title), due=due, wanted=wanted)


def back_already(about: ItemInformationResponse, by: Exchange | None = None) -> Returned:
    """An 18 that says that the item is back, for a return whose answer was lost."""
    return Returned(
        title=clean(about.title),
        alert=ALERT_OF_STATUS.get(about.circulation_status),
        media=media_of(about.media_type),
        by=by,
    )


def _title(answer: CheckinResponse, about: ItemInformationResponse | None) -> str:
    return clean(answer.title or "") or (clean(about.title) if about else "")


def _alert(answer: CheckinResponse, profile: Profile, branch: str) -> Alert | None:
    return _named(profile.alert_of(answer.alert, answer.alert_type, elsewhere=_elsewhere(answer, branch)))


def _alert_after_refusal(answer: CheckinResponse, status: str, profile: Profile, branch: str) -> Alert | None:
    """By the alert type, then by where the item is. The bare flag says no more than the refusal itself."""
    if explained := _named(profile.alert_of(False, answer.alert_type, elsewhere=False)):
        return explained
    if status in ALERT_OF_STATUS:
        return ALERT_OF_STATUS[status]
    return Alert.TRANSIT if answer.alert and _elsewhere(answer, branch) else None


def _elsewhere(answer: CheckinResponse, branch: str) -> bool:
    destination = clean(answer.destination or "").casefold()
    return bool(destination) and destination != clean(branch).casefold()


def _named(meant: str) -> Alert | None:
    return None if meant == NO_ALERT else Alert(meant)


def _nobody_knows(
    answer: CheckinResponse, about: ItemInformationResponse | None, note: Untrusted | None, profile: Profile
) -> bool:
    """Whether a refused item is one that the ILS does not know. Chooses words only."""
    if about and clean(about.title):
        return False
    if (answer.alert_type or "").strip() in {AlertType.BAD_DATA, AlertType.OTHER}:
        return True
    if about:
        status = about.circulation_status.strip()
        return not clean(answer.title or "") and status in {"", CirculationStatus.OTHER}
    # No word from 17.
    return note is not None and profile.reason_of(note.raw) == Reason.ITEM_UNKNOWN


_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)\s*", re.ASCII)

END_OF_DAY: Final = frozenset({(0, 0), (23, 59)})
"""Hours and minutes by which an ILS means the whole day."""


def due_of(text: str, profile: Profile) -> Due | None:
    """When an item is due (AH, in any format the ILS likes); None when the ILS says nothing.

    Understood are SIP2's own date, ISO 8601 with or without time, `YYYYMMDD`, and the profile's
    formats. A time of 00:00 or 23:59 means the day. What names a time zone is turned into local time.
    Anything else is kept as text: `01/02/2027` is two different days on two sides of an ocean.
    """
    text = text.strip()
    if not text:
        return None
    moment = _moment(text, profile.due_formats)
    if moment is None:
        return Due(Untrusted(text))
    if not isinstance(moment, datetime):
        return Due(moment)
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone().replace(tzinfo=None)
        except (OverflowError, ValueError, OSError):
            # the first or the last day that there is, in another zone
            return Due(Untrusted(text))
    return Due(moment.date() if (moment.hour, moment.minute) in END_OF_DAY else moment)


def _moment(text: str, formats: Iterable[str]) -> date | datetime | None:
    if (moment := read_date(text)) is not None:
        return moment
    try:
        if match := _COMPACT.fullmatch(text):
            return date(*map(int, match.groups()))
        if len(text) >= len("2027-01-02") and text[4] == text[7] == "-":
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    for layout in formats:
        try:
            return datetime.strptime(text, layout)  # noqa: DTZ007 - naive is the library's local time
        except ValueError:
            continue
    return None
