"""The account over SIP2: what 63 lists of a patron, and the 65 that renews all of it.

Each of the lists is a question of its own, in as many messages as it takes. What an entry of a list is, the
standard leaves to the ILS: the number of an item, a number with a text behind it, a text alone, for fees
mostly a text. So each is read as far as it is sure, and kept as text where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from kiosk.circulation.answers import (
    Account,
    AccountAnswer,
    AccountFee,
    AccountHold,
    AccountLoan,
    Doubt,
    NoAnswer,
    NotRenewed,
    RenewAllAnswer,
    RenewedAll,
    Unsupported,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Exchange, ItemKey, Money, PatronId, Pin, Untrusted
from kiosk.ils.fees import money_of, owed
from kiosk.ils.forms import Forms
from kiosk.ils.notes import clean, note_of
from kiosk.ils.reading import not_renewed_all, reason_of
from kiosk.sip2.client import Client, Done, NotSent, Refused, Unknown
from kiosk.sip2.errors import EncodeError, NotSupported, Trouble
from kiosk.sip2.fields import PatronFlag, Summary
from kiosk.sip2.lists import PatronList, count_of, patron_list
from kiosk.sip2.messages import PatronInformationResponse, RenewAllResponse
from kiosk.sip2.profiles import Profile

LEFT: Final = NoAnswer(Reason.ILS_SILENT)
"""What is said of an account whose patron has left meanwhile: to nobody."""

AN_ID: Final = re.compile(r"(?=[^ ]*\d)[0-9A-Za-z][0-9A-Za-z.:/_-]{2,39}", re.ASCII)
"""The number of an item as an entry of a list may begin with it: no blank, and a digit in it."""

AN_AMOUNT: Final = re.compile(
    r"(?<![\w.,])(?:(?P<before>[A-Z]{3}|[€$£])\s?)?(?P<amount>\d{1,6}[.,]\d{2})(?:\s?(?P<after>[A-Z]{3}|[€$£]))?"
    r"(?![\w.,]*\d)"
)
"""An amount with two places in the text of a fee, with or without its currency."""


class Accounts:
    """Asks for accounts. `left()` is called when a patron is done: what is still being asked for them ends
    with the message that is out."""

    def __init__(self, client: Client, forms: Forms, profile: Profile) -> None:
        self._client = client
        self._forms = forms
        self._profile = profile
        self._visit = 0

    def left(self) -> None:
        """The patron is done."""
        self._visit += 1

    async def account(self, patron: PatronId, pin: Pin | None) -> AccountAnswer:
        """63 for each list (see the desk's port). The loans must be told; of the others what can be had."""
        visit = self._visit
        try:
            request = self._forms.patron_information(patron, pin)
            charged = await patron_list(self._client, request, Summary.CHARGED)
        except EncodeError:
            return NoAnswer(Reason.CARD_UNKNOWN)
        except Trouble as trouble:
            return NoAnswer(reason_of(trouble))
        first = charged.answer
        if first.valid_patron is False:
            return NoAnswer(Reason.CARD_UNKNOWN)
        lists: dict[Summary, PatronList] = {Summary.CHARGED: charged}
        whole = charged.complete
        for summary in (Summary.OVERDUE, Summary.HOLD, Summary.UNAVAILABLE_HOLD, Summary.FINE):
            if self._visit != visit:
                return LEFT
            if count_of(first, summary) == 0:
                continue
            try:
                lists[summary] = await patron_list(self._client, request, summary)
            except Trouble:
                whole = False
            else:
                whole = whole and lists[summary].complete
        entries = {summary: listed.entries for summary, listed in lists.items()}
        return Account(
            loans=loans_of(entries[Summary.CHARGED], entries.get(Summary.OVERDUE, ())),
            holds=holds_of(
                entries.get(Summary.HOLD, ()),
                entries.get(Summary.UNAVAILABLE_HOLD, ()),
                all_are_holds=self._profile.hold_count == "all",
            ),
            fees=fees_of(entries.get(Summary.FINE, ()), first),
            complete=whole,
            owed=owed(first),
        )

    async def renew_all(
        self,
        patron: PatronId,
        pin: Pin | None,
        late: Callable[[], None],
        by: Callable[[int | None], Exchange],
        flags: frozenset[PatronFlag] = frozenset(),
    ) -> RenewAllAnswer:
        """65, once (see the desk's port), for a patron with these flags."""
        try:
            outcome = await self._client.change(self._forms.renew_all(patron, pin), late)
        except EncodeError:
            return NotRenewed(Reason.RENEWAL_REFUSED, by=by(None))
        match outcome:
            case Done(answer, sequence):
                return renewed_all(answer, self._profile, by(sequence))
            case Refused(answer, sequence):
                if answer.renewed_items:
                    # ok 0, and yet it names what it has renewed
                    return renewed_all(answer, self._profile, by(sequence))
                return not_renewed_all(answer, self._profile, by(sequence), flags)
            case NotSent(why) if isinstance(why, NotSupported):
                return Unsupported()
            case NotSent():
                return NotRenewed(Reason.ILS_DOWN, by=by(None))
            case Unknown(_, sequence):
                return Doubt(by(sequence))


# ---- reading --------------------------------------------------------------------------------


def parted(entry: str) -> tuple[str, str]:
    """The number at the beginning of an entry, and the text behind it; either may be empty."""
    entry = clean(entry)
    first, _, rest = entry.partition(" ")
    if AN_ID.fullmatch(first.rstrip(",;:")):
        return first.rstrip(",;:"), rest.strip(" ,;:/|-")
    return "", entry


def loans_of(charged: Iterable[str], overdue: Iterable[str]) -> tuple[AccountLoan, ...]:
    """The loans, each item once; those that the other list has too are overdue. The overdue come first."""
    late_entries = tuple(overdue)
    late = {parted(entry)[0] or clean(entry) for entry in late_entries}
    loans: dict[str, AccountLoan] = {}
    for entry in (*charged, *late_entries):
        name, title = parted(entry)
        loans.setdefault(name or title, AccountLoan(ItemKey(name), title, overdue=(name or title) in late))
    return tuple(sorted(loans.values(), key=lambda loan: not loan.overdue))


def holds_of(
    listed: Iterable[str], unavailable: Iterable[str], *, all_are_holds: bool = False
) -> tuple[AccountHold, ...]:
    """The holds, those that wait on the shelf first. `all_are_holds`: the first list has the others too."""
    away = tuple(dict.fromkeys(map(clean, unavailable)))
    here = dict.fromkeys(map(clean, listed))
    if all_are_holds:
        for entry in away:
            here.pop(entry, None)
    return (*(_hold(entry, waiting=True) for entry in here), *(_hold(entry, waiting=False) for entry in away))


def _hold(entry: str, *, waiting: bool) -> AccountHold:
    name, title = parted(entry)
    return AccountHold(title, ItemKey(name) if name else None, waiting)


def fees_of(fines: Iterable[str], answer: PatronInformationResponse) -> tuple[AccountFee, ...]:
    """The fees in the ILS's words; an amount only where a text has exactly one."""
    return tuple(AccountFee(Untrusted(clean(entry)), amount_in(entry, answer.currency)) for entry in fines)


def amount_in(text: str, currency: str | None) -> Money | None:
    """The one amount that a text names; None where it names none, or several."""
    found = list(AN_AMOUNT.finditer(text))
    if len(found) != 1:
        return None
    named = found[0]["before"] or found[0]["after"] or ""
    return money_of(found[0]["amount"], named if named.isascii() and named.isalpha() else currency)


def renewed_all(answer: RenewAllResponse, profile: Profile, by: Exchange | None = None) -> RenewedAll:
    """A 66 with ok 1. What some ILSes put behind a number (BM) is cut off."""
    return RenewedAll(
        renewed=_items(answer.renewed_items),
        not_renewed=_items(answer.unrenewed_items),
        note=note_of(answer.screen_messages, profile),
        by=by,
    )


def _items(entries: Iterable[str]) -> tuple[ItemKey, ...]:
    names = (parted(entry)[0] for entry in entries)
    return tuple(ItemKey(name) for name in dict.fromkeys(names) if name)
