"""What a view says: from items, states and messages to texts, icons and colours.

`words` has the sentences; this table knows which of them belongs to what (TOKENS of the look: *Row*).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert, Untrusted
from kiosk.circulation.views import Errand, ItemState, Message, Notice, RowView, Weight
from kiosk.screens.part_sayings import WRONG_PARTS, say_parts, say_swapped
from kiosk.screens.scene import Origin
from kiosk.words import Words, isolate

ToneName = Literal["asking", "lent", "safe", "refused", "staff"]


@dataclass(frozen=True, slots=True)
class StatusSaying:
    """A status cell: icon, word and second line (keys of words), colour, and the two steps."""

    icon: str
    word: str
    second: str | None
    tone: ToneName
    steps: tuple[float, float] | None = None
    sub: str | None = None
    """What the row's own second line says instead of the due date or the reason."""


_STATES: Mapping[ItemState, StatusSaying] = MappingProxyType(
    {
        ItemState.SEEN: StatusSaying("asking", "seen", None, "asking", (0, 0)),
        ItemState.ASKING: StatusSaying("asking", "asking", None, "asking", (0.5, 0)),
        ItemState.LENT: StatusSaying("lent", "lent", "keep", "lent", (1, 0.5)),
        ItemState.SAFE: StatusSaying("safe", "safe", None, "safe", (1, 1)),
        ItemState.REFUSED: StatusSaying("refused", "not-borrowed", "leave-here", "refused"),
        ItemState.ATTENTION: StatusSaying("staff", "see-staff-word", None, "staff"),
        ItemState.NO_TAG: StatusSaying("notag", "lent", "take-it", "lent"),
        ItemState.RETURNED: StatusSaying("ready", "returned", None, "safe"),
        ItemState.RENEWED: StatusSaying("refresh", "renewed", "safe-second", "lent"),
    }
)

_UNREAD = StatusSaying("scanner", "not-read", "or-staff", "staff")

# In a trouble (refused, attention) the reason may say more than the state.
_TROUBLES: Mapping[Reason, StatusSaying] = MappingProxyType(
    {
        Reason.STAYS_ARMED: StatusSaying("staff", "lent", "see-staff", "staff"),
        Reason.TAG_NOT_WRITTEN: StatusSaying("staff", "lent", "see-staff", "staff"),
        Reason.TAG_PROTECTED: StatusSaying("staff", "lent", "see-staff", "staff"),
        Reason.TAG_GONE: StatusSaying("staff", "lent", "see-staff", "staff"),
        Reason.OUTCOME_UNKNOWN: StatusSaying("staff", "unclear", "see-staff", "staff"),
        Reason.PART_MISSING: StatusSaying("part", "part-missing", "parts", "staff"),
        **dict.fromkeys(WRONG_PARTS, StatusSaying("part", "part-wrong", "see-staff", "staff")),
        Reason.PARTS_UNKNOWN: StatusSaying("part", "see-staff-word", None, "staff"),
        Reason.TAG_BLANK: _UNREAD,
        Reason.TAG_DAMAGED: _UNREAD,
        Reason.TAG_FOREIGN: StatusSaying("refused", "not-borrowed", "leave-here", "refused"),
        Reason.TAG_DUPLICATE: StatusSaying("staff", "not-read", "see-staff", "staff"),
        Reason.CARD_ON_PAD: StatusSaying("refused", "not-a-book", "take-off", "refused"),
    }
)

# What came back: its icon and colour say where it goes.
_ALERTS: Mapping[Alert, StatusSaying] = MappingProxyType(
    {
        Alert.HOLD_HERE: StatusSaying("hold", "returned", None, "lent"),
        Alert.HOLD_ELSEWHERE: StatusSaying("hold", "returned", None, "lent"),
        Alert.TRANSIT: StatusSaying("transit", "returned", None, "lent"),
        Alert.ILL: StatusSaying("transit", "returned", None, "lent"),
        Alert.OTHER: StatusSaying("staff", "returned", None, "staff"),
    }
)

# In a return: what is not so stands in _TROUBLES.
_NOT_RETURNED = StatusSaying("refused", "not-returned", None, "refused")
_RETURN_TROUBLES: Mapping[Reason, StatusSaying] = MappingProxyType(
    {
        Reason.STAYS_ARMED: StatusSaying("staff", "returned", "see-staff", "staff"),
        Reason.TAG_NOT_WRITTEN: StatusSaying("staff", "returned", "see-staff", "staff"),
        Reason.TAG_PROTECTED: StatusSaying("staff", "returned", "see-staff", "staff"),
        Reason.TAG_GONE: StatusSaying("staff", "returned", "see-staff", "staff"),
        Reason.TAG_FOREIGN: _NOT_RETURNED,
    }
)

# Sentences of reasons that speak of a loan, said of a return.
_RETURN_REASONS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.TAG_NOT_WRITTEN: "row.not-secured",
        Reason.TAG_PROTECTED: "row.not-secured",
        Reason.STAYS_ARMED: "row.not-secured",
        Reason.OUTCOME_UNKNOWN: "row.not-sure-returned",
        Reason.ITEM_REFUSED: "row.no-return",
    }
)

# The second line of what the patron had before: while it lies there unproved, it has to stay.
_ALREADY_YOURS: Mapping[ItemState, str] = MappingProxyType(
    {ItemState.SAFE: "safe-second", ItemState.NO_TAG: "take-it"}
)

_UNREADABLE = frozenset({Reason.TAG_BLANK, Reason.TAG_DAMAGED, Reason.TAG_FOREIGN, Reason.TAG_DUPLICATE})


def status_of(row: RowView, errand: Errand = Errand.LOAN) -> StatusSaying:
    """The status cell of a row, in a loan or in a return."""
    if row.state is ItemState.RETURNED and row.alert is not None:
        return _ALERTS[row.alert]
    if errand is Errand.RETURN:
        return _status_of_return(row)
    if row.held:
        return _HELD
    if row.state in {ItemState.REFUSED, ItemState.ATTENTION}:
        trouble = _TROUBLES.get(row.reason) if row.reason is not None else None
        return trouble or _STATES[row.state]
    if row.reason is Reason.ALREADY_YOURS:
        return StatusSaying("lent", "already-yours", _ALREADY_YOURS.get(row.state, "keep"), "lent")
    found = _STATES[row.state]
    if row.late:
        return replace(found, word="checking", second="keep")
    return found


_HELD = StatusSaying("hold", "held", "leave-here", "lent")


def _status_of_return(row: RowView) -> StatusSaying:
    """There are no two steps here: a book is returned, or it is not yet."""
    if row.state in {ItemState.REFUSED, ItemState.ATTENTION}:
        usual = _NOT_RETURNED if row.state is ItemState.REFUSED else _STATES[row.state]
        if row.reason is None:
            return usual
        return _RETURN_TROUBLES.get(row.reason) or _TROUBLES.get(row.reason) or usual
    found = replace(_STATES[row.state], steps=None)
    return replace(found, word="checking", second="keep") if row.late else found


@dataclass(frozen=True, slots=True)
class RowSaying:
    """All texts of a row. `subs`: its second line, and shorter forms of it; `sub_tone`: in which colour
    that stands (None: plain); `plain_sub`: our own words for it, where a name in it takes too much room."""

    title: str
    title_origin: Origin
    letter: str
    cover_icon: str | None
    subs: tuple[str, ...]
    sub_origin: Origin
    sub_tone: ToneName | Literal["ink"] | None
    status: StatusSaying
    word: str
    second: str | None
    spoken: str
    plain_sub: str = ""


SECOND_LINES = ("keep", "leave-here", "see-staff", "or-staff", "take-off", "take-it", "safe-second")
"""Second lines of status cells, by their keys: the cell is as wide as the longest of a language wants."""


RETURN_WORDS = ("returned", "not-returned", "not-read", "part-missing", "unclear", "see-staff-word")
RETURN_SECOND_LINES = ("see-staff", "or-staff", "keep")
"""What may stand in a status cell of a return."""


def say_row(row: RowView, words: Words, errand: Errand = Errand.LOAN) -> RowSaying:
    """Put a row of a loan or a return into words."""
    status = status_of(row, errand)
    title, origin, letter, icon = _title(row, words)
    plain = ""
    tone: ToneName | Literal["ink"] | None
    if row.state is ItemState.RETURNED:
        subs, sub_origin, tone, plain = _came_back(row, status, words)
    elif row.held:
        subs, sub_origin, tone, plain = _held(row, status, words)
    elif (swapped := say_swapped(row, words)) is not None:
        subs, sub_origin, tone, plain = (
            (swapped,),
            Origin.DATA,
            status.tone,
            words.reason(Reason.PART_FOREIGN),
        )
    else:
        subs, sub_origin, tone = _sub(row, status, words, errand)
    word = words.say(f"status.{status.word}")
    second = _second(row, status, words)
    parts = [isolate(title), word, second or "", subs[0]]
    if errand is Errand.RETURN:
        parts.append(say_place(row, words))
    spoken = ". ".join(part.rstrip(".…") for part in parts if part) + "."
    return RowSaying(title, origin, letter, icon, subs, sub_origin, tone, status, word, second, spoken, plain)


class Goes(StrEnum):
    """Where a book goes that came back."""

    BIN = "bin"
    ANY_BIN = "any-bin"
    STAFF = "to-staff"


# What the patron can still put right at the pad.
_STILL_HERE = frozenset(
    {Reason.CARD_ON_PAD, Reason.PART_MISSING, Reason.TAG_BLANK, Reason.TAG_DAMAGED, Reason.TAG_DUPLICATE}
)


def goes_to(row: RowView) -> Goes | None:
    """Where the book of a row in a return goes; None: not known yet, or nowhere."""
    if row.state is ItemState.RETURNED:
        if row.bin:
            return Goes.BIN
        return Goes.ANY_BIN if row.alert is None else Goes.STAFF
    if (
        row.state in {ItemState.REFUSED, ItemState.ATTENTION}
        and row.reason not in _STILL_HERE
        and not row.odd_of
    ):
        return Goes.STAFF
    return None


def say_place(row: RowView, words: Words) -> str:
    """Where the book of a row in a return goes, for the ear; empty when that is not known."""
    goes = goes_to(row)
    if goes is Goes.BIN:
        return words.say("spoken.bin", bin=row.bin)
    return words.say(f"returns.{goes.value}") if goes is not None else ""


def _came_back(
    row: RowView, status: StatusSaying, words: Words
) -> tuple[tuple[str, ...], Origin, ToneName | None, str]:
    """The second line of what was returned: whom it waits for, where it goes, or thanks."""
    if row.alert is None:
        return (words.say("row.thanks" if row.was_on_loan else "row.not-on-loan"),), Origin.OURS, None, ""
    plain, named = {
        Alert.HOLD_HERE: ("row.waited-for", ""),
        Alert.HOLD_ELSEWHERE: ("row.waited-for", "row.waited-for-at"),
        Alert.TRANSIT: ("row.goes-away", "row.goes-to"),
        Alert.ILL: ("row.goes-away", "row.goes-to"),
        Alert.OTHER: ("row.staff-want", ""),
    }[row.alert]
    ours = words.say(plain)
    if not (named and row.destination):
        return (ours,), Origin.OURS, status.tone, ""
    return (words.say(named, place=row.destination),), Origin.DATA, status.tone, ours


def _held(
    row: RowView, status: StatusSaying, words: Words
) -> tuple[tuple[str, ...], Origin, ToneName | None, str]:
    """The second line of what is kept for the patron: where it will wait, if the ILS says so."""
    ours = words.say("row.held")
    if not row.pickup:
        return (ours,), Origin.OURS, status.tone, ""
    return (words.say("row.held-at", place=row.pickup),), Origin.DATA, status.tone, ours


def say_receipt_line(row: RowView, words: Words) -> tuple[str, Origin, tuple[str, ...], Origin]:
    """One line of a receipt on the screen: the title, and below it the day or the bin, or whom to see, with
    shorter forms of that."""
    title, origin, _, _ = _title(row, words)
    if row.state is ItemState.ATTENTION:
        return title, origin, (words.say("status.see-staff"),), Origin.OURS
    if row.state is ItemState.RETURNED:
        say = say_place(row, words) or words.say("status.returned")
        return title, origin, (say,), Origin.DATA if row.bin else Origin.OURS
    if row.due is None:
        return title, origin, (words.say("farewell.no-date"),), Origin.OURS
    if isinstance(row.due.value, Untrusted):
        return title, origin, (words.say("row.due", day=row.due.value.shown(60)),), Origin.UNTRUSTED
    day = row.due.value
    forms = tuple(words.say("row.due", day=words.day(day, form)) for form in ("long", "middle", "short"))
    return title, origin, forms, Origin.DATA


def _title(row: RowView, words: Words) -> tuple[str, Origin, str, str | None]:
    if row.reason is Reason.CARD_ON_PAD:
        return words.say("row.card"), Origin.OURS, "", "card"
    if row.item is None and row.reason in WRONG_PARTS:
        return words.say("row.part"), Origin.OURS, "", "part"
    if row.item is None or (row.reason in _UNREADABLE and not row.title):
        return words.say("row.unread"), Origin.OURS, "?", None
    if not row.title:
        return row.item.id, Origin.DATA, "?", None
    return row.title, Origin.DATA, initial(row.title), None


_ARTICLES = re.compile(
    r"(?:the|a|an|der|die|das|ein|eine|le|la|les|un|une|el|los|las|il|lo|gli|de|het|een)\s+|[ld]['’]",
    re.IGNORECASE,
)


def initial(title: str) -> str:
    """The letter on a cover: the first of the title, without an article of the commoner languages."""
    rest = _ARTICLES.sub("", title, count=1) if _ARTICLES.match(title) else title
    letters = [ch for ch in rest if ch.isalnum()] or [ch for ch in title if ch.isalnum()]
    return letters[0].upper() if letters else "?"


def _sub(
    row: RowView, status: StatusSaying, words: Words, errand: Errand
) -> tuple[tuple[str, ...], Origin, ToneName | Literal["ink"] | None]:
    """The second line: author until lent; then the date; or the trouble, in its colour."""
    if row.state in {ItemState.REFUSED, ItemState.ATTENTION}:
        return (_trouble(row, words, errand),), Origin.OURS, status.tone
    if row.late:
        return (words.say("row.late"),), Origin.OURS, "ink"
    if row.state is ItemState.LENT and not row.on_pad:
        return (words.say("row.put-back"),), Origin.OURS, status.tone
    if row.state in {ItemState.SEEN, ItemState.ASKING}:
        return (row.author,), Origin.DATA, None
    tone = status.tone if row.reason is Reason.ALREADY_YOURS else None
    if row.due is None:
        if row.reason is Reason.ALREADY_YOURS:
            return (words.reason(Reason.ALREADY_YOURS),), Origin.OURS, tone
        return (row.author,), Origin.DATA, tone
    if isinstance(row.due.value, Untrusted):
        return (words.say("row.due", day=row.due.value.shown(60)),), Origin.UNTRUSTED, tone
    due = row.due.value
    forms = tuple(words.say("row.due", day=words.day(due, form)) for form in ("long", "middle", "short"))
    if row.state is ItemState.NO_TAG:
        aside = words.say("row.nothing-to-unlock")
        return (*(f"{form} · {aside}" for form in forms), *forms), Origin.DATA, tone
    return forms, Origin.DATA, tone


def _trouble(row: RowView, words: Words, errand: Errand) -> str:
    if row.reason is None:
        return words.say("status.see-staff") + "."
    if errand is Errand.RETURN and row.reason in _RETURN_REASONS:
        return words.say(_RETURN_REASONS[row.reason])
    return say_parts(row, words) or words.reason(row.reason)


def _second(row: RowView, status: StatusSaying, words: Words) -> str | None:
    if status.second is None:
        return None
    if status.second == "parts":
        return words.say("status.parts", missing=max(1, len(row.parts_missing)), parts=row.parts)
    return words.say(f"status.{status.second}")


# ---- messages -------------------------------------------------------------------------------

_ICONS: Mapping[Notice, str] = MappingProxyType(
    {
        Notice.KEEP_ON_PAD: "pad",
        Notice.PUT_BOOKS: "putback",
        Notice.ALL_SAFE: "bag",
        Notice.SOME_SAFE: "bag",
        Notice.FINISH_FIRST: "card",
        Notice.ONE_MOMENT: "asking",
        Notice.LEAVE_HERE: "refused",
        Notice.SEE_STAFF: "staff",
        Notice.SCAN_BARCODE: "scanner",
        Notice.READER_AWAY: "plug",
        Notice.ALREADY_LISTED: "list",
        Notice.BAD_CODE: "scanner",
        Notice.CARD_ON_PAD: "card",
        Notice.TAKE_AWAY_LEFT: "hold",
        Notice.TAKE_CARD: "card",
        Notice.CARD_UNREADABLE: "card",
        Notice.PUT_RETURNS: "putback",
        Notice.ALL_RETURNED: "ready",
        Notice.SOME_RETURNED: "ready",
        Notice.USE_BINS: "bin",
        Notice.TO_STAFF: "staff",
        Notice.NO_CARD_NEEDED: "card",
        Notice.GATE_AWAY: "gate",
        Notice.NOT_RENEWED: "refresh",
        Notice.HOLD_NOT_PLACED: "hold",
        Notice.NOT_PAID: "coins",
        Notice.PAID: "coins",
        Notice.PAYMENT_PENDING: "coins",
        Notice.ACCOUNT_ASKED: "asking",
        Notice.ACCOUNT_AWAY: "server",
        Notice.ACCOUNT_PARTIAL: "info",
        Notice.OVERDUE: "clock",
        Notice.HOLDS_WAITING: "hold",
        Notice.NOTHING_OVERDUE: "calendar",
        Notice.ALL_RENEWED: "refresh",
        Notice.SOME_RENEWED: "refresh",
        Notice.RENEWING: "refresh",
    }
)

# Reasons that say little by themselves: the ILS's own words may say more.
_VAGUE = frozenset({Reason.ITEM_REFUSED})

_STAFF_CAN_HELP = frozenset(
    {
        Notice.SEE_STAFF,
        Notice.SCAN_BARCODE,
        Notice.TO_STAFF,
        Notice.GATE_AWAY,
        Notice.NOT_RENEWED,
        Notice.HOLD_NOT_PLACED,
        Notice.NOT_PAID,
        Notice.PAYMENT_PENDING,
        Notice.SOME_RENEWED,
    }
)

# Notices that say themselves what is the matter.
_SAYS_WHY = frozenset({Notice.CARD_ON_PAD, Notice.READER_AWAY, Notice.SCAN_BARCODE, Notice.GATE_AWAY})


def message_icon(message: Message) -> tuple[str, str]:
    """The icon of a message, and the name of its tone (`info`, `refused`, `staff`, `alarm`)."""
    tone = {Weight.SECURITY: "alarm", Weight.REFUSAL: "refused", Weight.INFO: "info"}[message.weight]
    if message.notice in _STAFF_CAN_HELP and tone == "refused":
        tone = "staff"
    return _ICONS[message.notice], tone


def notice(message: Message, words: Words) -> str:
    """The sentence of a message."""
    return words.say_or_count(f"notice.{message.notice.value}", max(1, message.count))


def message_lines(message: Message, words: Words, then: Message | None = None) -> list[tuple[str, Origin]]:
    """A message's one or two lines. What the ILS wrote stands in the second, or nowhere; `then` is
    the message that waits behind this one, and is named where the second line is free."""
    lines = [(notice(message, words), Origin.OURS)]
    note = message.note.shown(120) if message.note is not None else ""
    if note and (message.reason is None or message.reason in _VAGUE):
        lines.append((note, Origin.UNTRUSTED))
    elif message.reason is not None and message.notice not in _SAYS_WHY:
        # Only returns have this notice.
        ours = _RETURN_REASONS.get(message.reason) if message.notice is Notice.TO_STAFF else None
        lines.append((words.say(ours) if ours else words.reason(message.reason), Origin.OURS))
    elif then is not None:
        lines.append((f"{words.say('put-back.after')} {notice(then, words)}", Origin.OURS))
    return lines


def message_spoken(message: Message, words: Words, then: Message | None = None) -> str:
    """A message for the ear."""
    return " ".join(text for text, _ in message_lines(message, words, then))


@dataclass(frozen=True, slots=True)
class Group:
    """So many books of a session that have one day, or one bin, in common. `labels`: the name of that, and
    shorter forms of it."""

    labels: tuple[str, ...]
    number: int
    origin: Origin
    icon: str


def bin_groups(rows: tuple[RowView, ...], words: Words) -> list[Group]:
    """For the farewell of a return: each bin with the number of books that go there."""
    bins: dict[str, int] = {}
    for row in rows:
        if goes_to(row) is Goes.BIN:
            bins[row.bin] = bins.get(row.bin, 0) + 1
    return [
        Group((words.say("farewell.bin", bin=each),), number, Origin.DATA, "bin")
        for each, number in sorted(bins.items(), key=lambda item: (len(item[0]), item[0]))
    ]


def due_groups(rows: tuple[RowView, ...], words: Words) -> list[Group]:
    """For the farewell: each day in words with the number of items that are due then, soonest first."""
    days: dict[tuple[int, str], int] = {}
    labels: dict[tuple[int, str], tuple[tuple[str, ...], Origin]] = {}
    for row in rows:
        if row.state not in {ItemState.LENT, ItemState.SAFE, ItemState.NO_TAG, ItemState.RENEWED}:
            continue
        if row.reason is Reason.ALREADY_YOURS:
            continue
        value = row.due.value if row.due is not None else None
        key: tuple[int, str]
        if isinstance(value, date):
            forms = tuple(words.day(value, form) for form in ("long", "middle", "short"))
            key, label = (0, value.isoformat()), (forms, Origin.DATA)
        elif value is None:
            key, label = (2, ""), ((words.say("farewell.no-date"),), Origin.OURS)
        else:
            key, label = (1, value.shown(40)), ((value.shown(40),), Origin.UNTRUSTED)
        days[key] = days.get(key, 0) + 1
        labels[key] = label
    return [Group(labels[key][0], days[key], labels[key][1], "calendar") for key in sorted(days)]
