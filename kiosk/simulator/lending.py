"""What a library system decides: who has which item, what may be lent, where a returned item goes.

The simulated ILS asks here and tells it in SIP2; nothing here knows of messages.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.simulator.accounts import Accounts
from kiosk.simulator.holds import HoldRecord, Holds
from kiosk.simulator.scenery import Item, Patron, Scenery

ALERT_HOLD_HERE = "01"
ALERT_HOLD_ELSEWHERE = "02"
ALERT_OTHER_BRANCH = "04"
ALERT_OTHER = "99"
"""Alert types (CV, the 3M extension that real ILSes send with 10)."""

AVAILABLE, CHARGED, HOLD_SHELF, IN_TRANSIT = "03", "04", "08", "10"
"""Circulation status of 18 (3M SIP 2.00, "circulation status")."""


@dataclass(slots=True)
class LoanRecord:
    """One loan that was executed (or renewed by asking for it again)."""

    t: float
    patron: str
    item: str
    renewal: bool
    due: str


@dataclass(slots=True)
class ReturnRecord:
    """One return of a known item as it was executed.

    `patron` is who had it (None: nobody, `was_on_loan` is False), `alert` the alert type or None. `ok` is
    what the answer says; an item that nobody had is put where it belongs in either case.
    """

    t: float
    item: str
    patron: str | None
    was_on_loan: bool
    alert: str | None
    ok: bool


@dataclass(slots=True)
class RenewalRecord:
    """One renewal that was asked for as such, and granted."""

    t: float
    patron: str
    item: str
    due: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a return: its record, where the item goes and whom it is kept for ("": neither)."""

    record: ReturnRecord
    destination: str
    held_for: str


class Lending:
    """The loans of one library, its holds and its accounts.

    `held_by` is item -> (patron, due date) for what is on loan.
    """

    def __init__(self, scenery: Scenery) -> None:
        self.scenery = scenery
        self.held_by = {loan.item: (loan.patron, loan.due or scenery.ils.due) for loan in scenery.loans}
        self.loans: list[LoanRecord] = []
        self.returns: list[ReturnRecord] = []
        self.renewals: list[RenewalRecord] = []
        self.patrons = {patron.id: patron for patron in scenery.patrons}
        self.items = {item.barcode: item for item in scenery.items}
        self.holds = Holds(scenery.items)
        self.accounts = Accounts(scenery)
        self._put = {item.barcode: HOLD_SHELF for item in scenery.items if item.held_for}
        self._renewed: dict[str, int] = {}

    # --- who has what -----------------------------------------------------------------------------------

    def holder(self, what: str) -> str:
        """Who has an item; "" for nobody."""
        return self.held_by.get(what, ("", ""))[0]

    def due(self, what: str) -> str:
        """When an item is due; "" while nobody has it."""
        return self.held_by.get(what, ("", ""))[1]

    def charged(self, who: str) -> list[str]:
        """All that a patron has, the oldest loan first."""
        return [item for item, (holder, _) in self.held_by.items() if holder == who]

    def held_for(self, item: Item) -> str:
        """For whom an item is kept; "" for nobody, and once they have fetched it."""
        first = self.holds.first(item.barcode)
        return first.patron if first is not None else ""

    def status(self, item: Item) -> str:
        """Its circulation status."""
        if item.barcode in self.held_by:
            return CHARGED
        return self._put.get(item.barcode, item.circulation)

    def waiting(self, who: str) -> tuple[list[str], list[str]]:
        """What is on hold for a patron: what may be fetched now, and what may not yet."""
        ready: list[str] = []
        later: list[str] = []
        for what in self.holds.of(who):
            item = self.items[what]
            here = self.held_for(item) == who and self.status(item) == HOLD_SHELF
            (ready if here else later).append(what)
        return ready, later

    # --- loans ------------------------------------------------------------------------------------------

    def refusal(self, who: str, what: str) -> str:
        """Why this loan is refused; "" if it is not."""
        patron, item = self.patrons.get(who), self.items.get(what)
        if patron is None:
            return "Invalid patron"
        if item is None:
            return "Invalid item"
        if "charge denied" in patron.blocked:
            return _blocked(patron)
        if item.refusal:
            return item.refusal
        if self.held_for(item) not in {"", who}:
            return "Item is on hold shelf for another patron."
        if self.holder(what) not in {"", who}:
            return "Item is checked out to another patron."
        if not self.holder(what) and self._has_too_many(patron):
            return "Item cannot be issued: TOO_MANY"
        return ""

    def _has_too_many(self, patron: Patron) -> bool:
        """Whether a patron may have no more; who has how many is only counted when it can matter."""
        return len(self.held_by) >= patron.max_loans <= len(self.charged(patron.id))

    def costs(self, who: str, what: str) -> str:
        """The fee of this loan, "" for none; what its patron already has costs nothing again."""
        return self.items[what].fee if self.holder(what) != who else ""

    def lend(self, who: str, what: str, now: float) -> LoanRecord:
        """Lend an item that is not refused, and charge its fee; what its patron already has is renewed
        without a word."""
        renewal = self.holder(what) == who
        if not renewal and self.items[what].fee:
            self.accounts.charge(who, self.items[what], now)
        manners = self.scenery.ils
        due = manners.renewed_due if renewal else self.items[what].due or manners.due
        self.held_by[what] = (who, due)
        self._put.pop(what, None)
        if self.held_for(self.items[what]) == who:
            self.holds.leave(who, what)
        self._renewed[what] = self._renewed.get(what, 0) + 1 if renewal else 0
        record = LoanRecord(now, who, what, renewal, due)
        self.loans.append(record)
        return record

    # --- returns ----------------------------------------------------------------------------------------

    def take_back(self, item: Item, now: float) -> Taken:
        """Take an item back, whoever brings it, and send it where it belongs."""
        manners = self.scenery.ils
        here = manners.institution
        patron = self.held_by.pop(item.barcode, (None, ""))[0]
        self._renewed.pop(item.barcode, None)
        alert, destination, status = None, "", item.circulation
        first = self.holds.first(item.barcode)
        if first is not None and first.pickup in {"", here}:
            alert, destination, status = ALERT_HOLD_HERE, here, HOLD_SHELF
        elif first is not None:
            alert, destination, status = ALERT_HOLD_ELSEWHERE, first.pickup, IN_TRANSIT
        elif item.home not in {"", here}:
            alert, destination, status = ALERT_OTHER_BRANCH, item.home, IN_TRANSIT
        self._put[item.barcode] = status
        was_on_loan = patron is not None
        ok = was_on_loan or manners.returns_unlent
        record = ReturnRecord(now, item.barcode, patron, was_on_loan, alert, ok)
        self.returns.append(record)
        return Taken(record, destination, first.patron if first is not None else "")

    # --- renewals ---------------------------------------------------------------------------------------

    def renewal_refusal(self, who: str, what: str) -> str:
        """Why this renewal is refused; "" if it is not."""
        patron, item = self.patrons.get(who), self.items.get(what)
        if patron is None:
            return "Invalid patron"
        if item is None:
            return "Invalid item"
        if "renewal denied" in patron.blocked:
            return _blocked(patron)
        if self.holder(what) != who:
            return "Item is not checked out to this patron."
        if self.held_for(item) not in {"", who}:
            return "Item is on hold for another patron."
        if self._renewed.get(what, 0) >= item.renewals:
            return "Item cannot be renewed: TOO_MANY"
        return ""

    def renew(self, who: str, what: str, now: float) -> RenewalRecord:
        """Renew a loan that is not refused."""
        due = self.scenery.ils.renewed_due
        self.held_by[what] = (who, due)
        self._renewed[what] = self._renewed.get(what, 0) + 1
        record = RenewalRecord(now, who, what, due)
        self.renewals.append(record)
        return record

    # --- holds ------------------------------------------------------------------------------------------

    def hold_refusal(self, mode: str, who: str, what: str) -> str:
        """Why a hold is not placed ("+"), deleted ("-") or changed ("*"); "" if it is."""
        patron, item = self.patrons.get(who), self.items.get(what)
        if patron is None:
            return "Invalid patron"
        if item is None:
            return "Invalid item"
        waits = self.holds.position(who, what) > 0
        if mode != "+":
            return "" if waits else "Item is not on hold for this patron."
        if "hold denied" in patron.blocked:
            return _blocked(patron)
        if self.holder(what) == who:
            return "Item is already checked out to this patron."
        if waits:
            return "Item is already on hold for this patron."
        return item.refusal

    def hold(self, mode: str, who: str, what: str, pickup: str, now: float) -> HoldRecord:
        """Place, delete or change a hold that is not refused."""
        record = self.holds.ask(mode, who, what, pickup, now)
        if self.holds.first(what) is None and self._put.get(what) == HOLD_SHELF:
            self._put[what] = self.items[what].circulation
        return record


def _blocked(patron: Patron) -> str:
    return patron.message or "Patron Blocked"
