"""What a library system decides: who has which item, what may be lent, where a returned item goes.

The simulated ILS asks here and tells it in SIP2; nothing here knows of messages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from kiosk.simulator.accounts import Accounts
from kiosk.simulator.holds import HoldRecord, Holds
from kiosk.simulator.opening import Calendar, is_past
from kiosk.simulator.scenery import Item, Patron, Scenery

ALERT_HOLD_HERE = "01"
ALERT_HOLD_ELSEWHERE = "02"
ALERT_OTHER_BRANCH = "04"
ALERT_OTHER = "99"
"""Alert types (CV, the 3M extension that real ILSes send with 10)."""

AVAILABLE, CHARGED, NOT_RECALLABLE, RECALLED = "03", "04", "05", "07"
HOLD_SHELF, TO_RESHELVE, IN_TRANSIT, CLAIMED_RETURNED, LOST = "08", "09", "10", "11", "12"
"""Circulation status of 18 (3M SIP 2.00, "circulation status")."""

BLOCKED = ("charge denied", "renewal denied", "recall denied", "hold denied")
"""What a patron whose card was blocked (01) may no longer do."""


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
        self.holds = Holds(scenery.items, scenery.holds)
        self.accounts = Accounts(scenery)
        self.properties: dict[str, str] = {}
        manners = scenery.ils
        self._put = {item.barcode: HOLD_SHELF for item in scenery.items if item.held_for}
        self._put |= {hold.item: HOLD_SHELF for hold in scenery.holds if hold.ready}
        self._renewed = {loan.item: loan.renewed for loan in scenery.loans if loan.renewed}
        self._charged_as = {loan.item: loan.status for loan in scenery.loans if loan.status != CHARGED}
        self._overdue = {loan.item for loan in scenery.loans if loan.overdue}
        self._counts_days = manners.loan_days > 0
        self.may_be_late = bool(self._counts_days or self._overdue or self._charged_as or manners.recalls)
        """Whether anything here can ever be overdue or recalled."""
        self._last_holder: dict[str, str] = {}
        self._limits = bool(manners.fine_limit or manners.overdue_limit)
        closed = next((each.closed for each in scenery.branches if each.code == manners.institution), ())
        self._calendar = Calendar(closed)
        self._pickups = {"", manners.institution, *(each.code for each in scenery.branches)}

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

    def overdue(self, who: str, today: str) -> list[str]:
        """Those of a patron's loans that are overdue `today` (18 characters)."""
        known, counts = self._overdue, self._counts_days
        if not known and not counts:
            return []
        held = [(item, due) for item, (holder, due) in self.held_by.items() if holder == who]
        return [item for item, due in held if item in known or (counts and is_past(due, today))]

    def recalled(self, who: str) -> list[str]:
        """Those of a patron's loans that somebody recalled."""
        if not self._charged_as:
            return []
        called = [item for item, status in self._charged_as.items() if status == RECALLED]
        return [item for item in called if self.holder(item) == who]

    def standing(self, who: str, today: str) -> frozenset[str]:
        """The flags of a patron's status that follow from what they have and owe (`answers.STATUS_FLAGS`)."""
        patron = self.patrons[who]
        manners = self.scenery.ils
        charged, overdue = self.charged(who), self.overdue(who, today)
        called = {self._charged_as.get(each) for each in charged}
        limits = self.limits_passed(who, today)
        flags = set(limits)
        if len(charged) >= patron.max_loans:
            flags.add("too many charged")
        if CLAIMED_RETURNED in called:
            flags.add("claims returned")
        if LOST in called:
            flags.add("too many lost")
        if set(overdue) & set(self.recalled(who)):
            flags.add("recall overdue")
        if flags & {"too many charged", "too many lost", "recall overdue"} or limits:
            flags.add("charge denied")
        if limits or "recall overdue" in flags:
            flags.add("renewal denied")
        if manners.fine_limit and "excessive fines" in flags:
            flags |= {"recall denied", "hold denied"}
        return frozenset(flags)

    def limits_passed(self, who: str, today: str) -> frozenset[str]:
        """The limits of the library that a patron has passed: debts, overdue loans."""
        manners, flags = self.scenery.ils, set()
        if manners.fine_limit and self.accounts.balance(who) > Decimal(manners.fine_limit):
            flags.add("excessive fines")
        if 0 < manners.overdue_limit <= len(self.overdue(who, today)):
            flags.add("too many overdue")
        return frozenset(flags)

    def _due(self, item: Item, today: str, *, renewal: bool) -> str:
        """The due date of a loan or renewal that is granted `today`."""
        manners = self.scenery.ils
        if manners.loan_days:
            days = (manners.renewal_days if renewal else 0) or manners.loan_days
            counted = "" if item.due and not renewal else self._calendar.due(today, days)
            if counted:
                return counted
        return manners.renewed_due if renewal else item.due or manners.due

    def held_for(self, item: Item) -> str:
        """For whom an item is kept; "" for nobody, and once they have fetched it."""
        first = self.holds.first(item.barcode)
        return first.patron if first is not None else ""

    def status(self, item: Item) -> str:
        """Its circulation status."""
        if item.barcode in self.held_by:
            return self._charged_as.get(item.barcode, CHARGED)
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

    def refusal(self, who: str, what: str, today: str = "") -> str:
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
        if self._limits and self.limits_passed(who, today):
            return _blocked(patron)
        return ""

    def _has_too_many(self, patron: Patron) -> bool:
        """Whether a patron may have no more; who has how many is only counted when it can matter."""
        return len(self.held_by) >= patron.max_loans <= len(self.charged(patron.id))

    def costs(self, who: str, what: str) -> str:
        """The fee of this loan, "" for none; what its patron already has costs nothing again."""
        return self.items[what].fee if self.holder(what) != who else ""

    def lend(
        self, who: str, what: str, now: float, today: str = "", due: str = "", *, free: bool = False
    ) -> LoanRecord:
        """Lend an item that is not refused, and charge its fee (`free`: not); what its patron already has is
        renewed without a word. `due` is a due date that is already given."""
        renewal = self.holder(what) == who
        if not renewal and not free and self.items[what].fee:
            self.accounts.charge(who, self.items[what], now)
        if not due:
            due = self._due(self.items[what], today, renewal=renewal)
        self.held_by[what] = (who, due)
        self._put.pop(what, None)
        if self.held_for(self.items[what]) == who:
            self.holds.leave(who, what)
        self._renewed[what] = self._renewed.get(what, 0) + 1 if renewal else 0
        self._overdue.discard(what)
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
        if patron is not None:
            self._last_holder[item.barcode] = patron
            self._charged_as.pop(item.barcode, None)
            self._overdue.discard(item.barcode)
        alert, destination, status = None, "", TO_RESHELVE if manners.reshelves else item.circulation
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

    def wanted_elsewhere(self, item: Item) -> bool:
        """Whether an item that comes back is on hold, or belongs to another branch."""
        return self.holds.first(item.barcode) is not None or item.home not in {
            "",
            self.scenery.ils.institution,
        }

    def undo_return(self, what: str, now: float, today: str) -> LoanRecord | None:
        """Give an item back to whoever had it last; None where somebody has it, or nobody ever did."""
        who = self._last_holder.get(what)
        return self.lend(who, what, now, today) if who is not None and what not in self.held_by else None

    # --- renewals ---------------------------------------------------------------------------------------

    def renewal_refusal(self, who: str, what: str, today: str = "") -> str:
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
        if self._charged_as and self._charged_as.get(what) in {RECALLED, CLAIMED_RETURNED, LOST}:
            return (
                "Item has been recalled." if self._charged_as[what] == RECALLED else "Item cannot be renewed."
            )
        if self._renewed.get(what, 0) >= item.renewals:
            return "Item cannot be renewed: TOO_MANY"
        if self._limits and self.limits_passed(who, today):
            return _blocked(patron)
        return ""

    def renew(self, who: str, what: str, now: float, today: str = "") -> RenewalRecord:
        """Renew a loan that is not refused."""
        due = self._due(self.items[what], today, renewal=True)
        self._overdue.discard(what)
        self.held_by[what] = (who, due)
        self._renewed[what] = self._renewed.get(what, 0) + 1
        record = RenewalRecord(now, who, what, due)
        self.renewals.append(record)
        return record

    # --- holds ------------------------------------------------------------------------------------------

    def knows_branch(self, code: str) -> bool:
        """Whether something can be fetched there: anywhere, unless the scenery names branches."""
        return not self.scenery.branches or code in self._pickups

    def hold_refusal(self, mode: str, who: str, what: str, pickup: str = "") -> str:
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
        if not self.knows_branch(pickup):
            return "Invalid pickup location"
        return item.refusal

    def hold(self, mode: str, who: str, what: str, pickup: str, now: float) -> HoldRecord:
        """Place, delete or change a hold that is not refused."""
        record = self.holds.ask(mode, who, what, pickup, now)
        if self.holds.first(what) is None and self._put.get(what) == HOLD_SHELF:
            self._put[what] = self.items[what].circulation
        if mode == "+" and self.scenery.ils.recalls and self.status(self.items[what]) == CHARGED:
            self._charged_as[what] = RECALLED
        return record

    # --- cards ------------------------------------------------------------------------------------------

    def block(self, who: str, message: str, *, lost: bool) -> None:
        """Block a patron's card (01); `lost`: it was retained."""
        patron = self.patrons.get(who)
        if patron is not None:
            flags = (*BLOCKED, "card lost") if lost else BLOCKED
            self.patrons[who] = replace(patron, blocked=flags, message=message)

    def enable(self, who: str) -> None:
        """Lift what was stated against a patron (25)."""
        patron = self.patrons.get(who)
        if patron is not None:
            self.patrons[who] = replace(patron, blocked=(), message="")


def _blocked(patron: Patron) -> str:
    return patron.message or "Patron Blocked"
