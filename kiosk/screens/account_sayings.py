"""What the account says: from loans, holds and fees to texts, icons and colours, in rows like the list's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.circulation.values import Due, ItemKey, Money, Untrusted
from kiosk.circulation.views import (
    AccountFeeRow,
    AccountHoldRow,
    AccountLoanRow,
    AccountView,
    ItemState,
    LoanMark,
    RowView,
    Section,
)
from kiosk.screens.payments import say_money
from kiosk.screens.sayings import RowSaying, StatusSaying, initial
from kiosk.screens.scene import Origin
from kiosk.words import Words, isolate

_MARKS: Mapping[LoanMark, StatusSaying] = MappingProxyType(
    {
        LoanMark.ON_LOAN: StatusSaying("calendar", "on-loan", None, "lent"),
        LoanMark.OVERDUE: StatusSaying("clock", "overdue", None, "refused"),
        LoanMark.ASKING: StatusSaying("asking", "asking", None, "asking"),
        LoanMark.RENEWED: StatusSaying("refresh", "renewed", None, "safe"),
        LoanMark.NOT_RENEWED: StatusSaying("refused", "not-renewed", None, "refused"),
        LoanMark.UNCLEAR: StatusSaying("staff", "unclear", None, "staff"),
    }
)

_WAITING = StatusSaying("hold", "to-fetch", None, "safe")
_NOT_YET = StatusSaying("transit", "not-yet", None, "asking")
_FEE = StatusSaying("coins", "see-staff-word", None, "staff")

ICONS: Mapping[Section, str] = MappingProxyType(
    {Section.LOANS: "bag", Section.HOLDS: "hold", Section.FEES: "coins"}
)
"""The icon of each section."""

WORDS: Mapping[Section, tuple[str, ...]] = MappingProxyType(
    {
        Section.LOANS: ("on-loan", "overdue", "renewed", "asking", "checking", "unclear"),
        Section.HOLDS: ("to-fetch", "not-yet"),
        Section.FEES: ("see-staff-word",),
    }
)
"""What mostly stands in the status cells of a section; fees have their amounts there."""

Said = tuple[RowView, RowSaying]
"""A row as the list's widget draws it, and what stands in it."""


def say_section(view: AccountView, words: Words) -> list[Said]:
    """The rows of the section that is shown."""
    match view.section:
        case Section.LOANS:
            return [say_loan(row, words) for row in view.loans]
        case Section.HOLDS:
            return [say_hold(row, words) for row in view.holds]
        case _:
            total = [say_total(view.owed, words)] if view.owed is not None else []
            return [*total, *(say_fee(row, words) for row in view.fees)]


def number_of(view: AccountView, section: Section) -> str:
    """How many there are in a section; empty where that is not known, and a plus behind what may be more."""
    if not view.known:
        return ""
    rows = {Section.LOANS: view.loans, Section.HOLDS: view.holds, Section.FEES: view.fees}[section]
    if not rows:
        return "0" if view.complete else ""
    # a plus behind a number stays behind it in Arabic too
    return str(len(rows)) if view.complete else f"\u2066{len(rows)}+\u2069"


def say_loan(row: AccountLoanRow, words: Words) -> Said:
    """A loan: its title, its day, and how it stands."""
    status = _MARKS[row.mark]
    title, origin, letter = _title(row.title, row.item, words)
    subs, sub_origin = _day(row.due, words)
    tone = status.tone if row.mark is LoanMark.OVERDUE else None
    if row.reason is not None and row.mark in (LoanMark.NOT_RENEWED, LoanMark.UNCLEAR):
        subs, sub_origin, tone = (words.reason(row.reason),), Origin.OURS, status.tone
    elif row.late:
        subs, sub_origin, tone = (words.say("row.late"),), Origin.OURS, status.tone
    view = RowView(
        row.key,
        row.item if row.item.id else None,
        row.title,
        "",
        ItemState.ASKING if row.mark is LoanMark.ASKING else ItemState.SEEN,
        renewable=row.renewable,
    )
    word = words.say("status.checking" if row.late else f"status.{status.word}")
    spoken = _spoken(isolate(title), word, subs[0])
    return view, RowSaying(title, origin, letter, None, subs, sub_origin, tone, status, word, None, spoken)


def say_hold(row: AccountHoldRow, words: Words) -> Said:
    """A hold: its title, and whether it can be fetched."""
    status = _WAITING if row.waiting else _NOT_YET
    title, origin, letter = _title(row.title, row.item, words)
    word = words.say(f"status.{status.word}")
    view = RowView(row.key, row.item, row.title, "", ItemState.SEEN)
    spoken = _spoken(isolate(title), word)
    return view, RowSaying(title, origin, letter, None, ("",), Origin.OURS, None, status, word, None, spoken)


def say_fee(row: AccountFeeRow, words: Words) -> Said:
    """A fee: our word for it, below that the ILS's own, and how much."""
    title = words.say("account.fee")
    text = row.text.shown(160)
    word = say_money(row.amount, words) if row.amount is not None else words.say("status.see-staff-word")
    return _money_row(row.key, title, text, word)


def say_total(owed: Money, words: Words) -> Said:
    """The sum of all fees."""
    return _money_row("owed", words.say("account.fees-total"), "", say_money(owed, words))


def _money_row(key: str, title: str, text: str, word: str) -> Said:
    saying = RowSaying(
        title,
        Origin.OURS,
        "",
        "coins",
        (text,),
        Origin.UNTRUSTED,
        None,
        _FEE,
        word,
        None,
        _spoken(title, isolate(text), isolate(word)),
    )
    return RowView(key, None, title, "", ItemState.SEEN), saying


def _title(title: str, item: ItemKey | None, words: Words) -> tuple[str, Origin, str]:
    if title:
        return title, Origin.DATA, initial(title)
    if item is not None and item.id:
        return item.id, Origin.DATA, "?"
    return words.say("account.untitled"), Origin.OURS, "?"


def _day(due: Due | None, words: Words) -> tuple[tuple[str, ...], Origin]:
    """When it is due, and shorter forms of that."""
    if due is None:
        return ("",), Origin.OURS
    if isinstance(due.value, Untrusted):
        return (words.say("row.due", day=due.value.shown(60)),), Origin.UNTRUSTED
    day = due.value
    return tuple(
        words.say("row.due", day=words.day(day, form)) for form in ("long", "middle", "short")
    ), Origin.DATA


def _spoken(*parts: str) -> str:
    return ". ".join(part.rstrip(".…") for part in parts if part) + "."
