"""The simulated patron: looks at the screen when it changes, and does what people do.

A visitor knows what a person knows: which books are theirs, what the screen says. Its memory is in the
object and not in a running coroutine, since people outlive a power cut and the kiosk's loop does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from kiosk.circulation.intents import Digit, Do, Hold, Intent, Renew
from kiosk.circulation.reasons import Reason
from kiosk.circulation.views import (
    AccountView,
    AskFee,
    AskHold,
    AskParts,
    AskPayment,
    AskRenewal,
    AskRenewAll,
    AttractView,
    CannotLendView,
    Errand,
    FarewellView,
    ItemState,
    LeftoversView,
    LoanView,
    Modal,
    Paying,
    PinView,
    PutBack,
    ReceiptState,
    ReturnView,
    SeeStaffView,
    StillThere,
    View,
)
from kiosk.lab.plans import Manners
from kiosk.lab.reading import Put, Reading
from kiosk.lab.stock import UNREADABLE
from kiosk.simulator.lanternfield import DAMAGED

FINAL = frozenset(ItemState) - {ItemState.SEEN, ItemState.ASKING, ItemState.LENT}
"""States after which a patron has nothing to wait for."""

GIVES_UP_S = 8.0
"""How long a patron waits before a kiosk that does not take their card, or a book that it demands back
and that they do not want to put back."""

LINGERS_S = 1.5
"""How long somebody stands before the farewell with the books in hand."""

PAPER_S = 20.0
"""How long somebody waits for a receipt."""

GLANCE_S = 3.0
"""How long somebody who waits looks away from a screen on which nothing changes."""

WRONG = "99999999"
"""What a wrong PIN looks like."""


class Hands(Protocol):
    """What a person can do at the kiosk."""

    def now(self) -> float:
        """Seconds."""

    def look(self) -> View | None:
        """What the screen shows; None while it is dark."""

    def press(self, view: View, intent: Intent) -> None:
        """Press a control of this view."""

    def show_card(self, patron: str) -> None:
        """Show the card."""

    def scan(self, code: str) -> None:
        """Hold a barcode below the scanner."""

    def put(self, uids: Iterable[str]) -> None:
        """Put books on the pad."""

    def lift(self, uids: Iterable[str]) -> None:
        """Take books from the pad."""

    def tags_of(self, barcode: str) -> tuple[str, ...]:
        """The tags of a book."""

    def on_pad(self) -> tuple[str, ...]:
        """The tags that lie on the pad."""


class Visitor:
    """One patron's visit: `arrive`, then `look` again and again until `gone`."""

    def __init__(self, manners: Manners, hands: Hands) -> None:
        """Nothing happens before `arrive`."""
        self.manners = manners
        self.gone = False
        self._hands = hands
        self._came_at: float | None = None
        self._shown = 0
        self._waits_until = 0.0
        self._before_me: int | None = None
        self._listed_at: float | None = None
        self._taken = False
        self._to_put = list(manners.after)
        self._to_scan = list(manners.scans)
        self._in_hand = False
        self._wrong_left = manners.wrong_pins
        self._finished_at: float | None = None
        self._demanded_at: float | None = None
        self._answers = list(manners.renews)
        self._pays, self._holds = list(manners.pays), list(manners.holds)
        self._agrees = list(manners.agrees)
        self._reading = Reading(manners)
        self._printed_at: float | None = None
        self._lifted_at: float | None = None
        self._other_card = manners.other_card
        self._acted = False

    @property
    def here(self) -> bool:
        """Whether they have come already."""
        return self._came_at is not None

    def arrive(self) -> None:
        """Come, and put down what goes on the pad before the card."""
        self._came_at = self._hands.now()
        view = self._hands.look()
        if view is not None and isinstance(view.screen, AttractView) and not view.screen.lends:
            # where books are only taken back, putting one down begins it
            self._before_me = view.session
        self._hands.put(self.manners.before)

    def look(self) -> float:
        """Look at the screen and act. How many seconds until the next look, if nothing changes before."""
        self._acted = False
        view = self._hands.look()
        if view is not None:
            self._act(view)
        return self.manners.pace_s if self._acted else self._patient()

    def _patient(self) -> float:
        """How long they look away, having nothing to do."""
        if self._listed_at is None or self.manners.walks_away is None:
            return GLANCE_S
        return min(GLANCE_S, max(0.05, self._listed_at + self.manners.walks_away - self._hands.now()))

    # ---- what they do ----------------------------------------------------------------------

    def _press(self, view: View, intent: Intent) -> None:
        self._acted = True
        self._hands.press(view, intent)

    def _put(self, uids: Iterable[str]) -> None:
        self._acted = True
        self._hands.put(uids)

    def _lift(self, uids: Iterable[str]) -> None:
        self._acted = True
        self._hands.lift(uids)

    def _scan(self, code: str) -> None:
        self._acted = True
        self._hands.scan(code)

    def dark(self) -> None:
        """The screen went dark: whatever session there was, it is over."""
        self._before_me = None
        self._listed_at = self._finished_at = self._demanded_at = None
        self._printed_at = self._lifted_at = None
        self._reading.put_off()
        self._waits_until = 0.0
        if self._in_hand:  # nobody will know any more that this book has a tag
            self._in_hand = False
            self._to_put.append(DAMAGED)

    def _act(self, view: View) -> None:
        screen = view.screen
        idle = isinstance(screen, AttractView | CannotLendView)
        if idle:
            self._at_the_door(view)
            return
        if self._before_me is None or self._before_me == view.session:
            self._somebody_elses(view)
            return
        self._taken = True
        if isinstance(view.modal, PutBack):
            self._demanded(view, view.modal)
            return
        self._demanded_at = None
        if isinstance(view.modal, StillThere):
            self._press(view, Do.MORE_TIME)
            return
        if isinstance(view.modal, AskParts):
            # whoever brings a set brings all of it, as far as they know
            self._press(view, Do.YES)
            return
        if isinstance(view.modal, AskRenewal | AskRenewAll | AskFee | AskHold | AskPayment | Paying):
            self._asked(view, view.modal)
            return
        match screen:
            case PinView():
                self._types(view)
            case LeftoversView():
                self._press(view, Do.MINE if self._claims(screen) else Do.NOT_MINE)
            case LoanView() | ReturnView():
                self._serves(view, screen)
            case AccountView():
                self._reads(view, screen)
            case FarewellView():
                self._parts(view, screen)
            case SeeStaffView():
                self._press(view, Do.FINISH)
                self._leave()
            case _:
                pass

    def _asked(self, view: View, modal: Modal) -> None:
        """A question, or the till: an answer, or they walk off."""
        reading = isinstance(view.screen, AccountView)
        name, answers = {
            AskRenewal: ("renewal", self._reading.answers if reading else self._answers),
            AskRenewAll: ("renew-all", self._reading.answers),
            AskFee: ("fee", self._agrees),
            AskHold: ("hold", self._holds),
            AskPayment: ("payment", self._pays),
        }.get(type(modal), ("paying", []))
        if name == self.manners.walks_off:
            self._lift(uid for uid in self._all() if uid not in self.manners.leaves)
            self.gone = True
        elif not isinstance(modal, Paying):
            self._press(view, answers.pop(0) if answers else Do.NO)

    # ---- at the door ------------------------------------------------------------------------

    def _at_the_door(self, view: View) -> None:
        now = self._hands.now()
        if self._taken and self._before_me is not None:
            self._leave()  # it was my session, and it is over
        elif now < self._waits_until:
            return
        elif self._shown >= self.manners.tries:
            self._leave()
        else:
            self._begin(view)

    def _somebody_elses(self, view: View) -> None:
        """The one before walked away from an open session: the card may be shown all the same."""
        if self._hands.now() >= self._waits_until:
            if self._shown >= self.manners.tries + 6:
                self._leave()
            else:
                self._begin(view)

    def _begin(self, view: View) -> None:
        self._shown += 1
        self._before_me = view.session
        self._waits_until = self._hands.now() + GIVES_UP_S
        if self.manners.errand is Errand.RETURN:
            self._press(view, Do.RETURN)
        else:
            self._acted = True
            self._hands.show_card(self.manners.patron)

    # ---- in the session ---------------------------------------------------------------------

    def _types(self, view: View) -> None:
        pin = self.manners.pin
        if self._wrong_left > 0:
            self._wrong_left -= 1
            pin = WRONG
        for digit in pin:
            self._press(view, Digit(digit))
        self._press(view, Do.CONTINUE)

    def _claims(self, screen: LeftoversView) -> bool:
        """Whether they are mine: they surely are when all of them are of my own stack."""
        mine = {*self.manners.before, *self.manners.after}
        barcodes = [row.item.id for row in screen.rows if row.item is not None]
        own = bool(barcodes) and all(mine & {*self._hands.tags_of(barcode)} for barcode in barcodes)
        return own or self.manners.claims

    def _serves(self, view: View, screen: LoanView | ReturnView) -> None:
        now, manners = self._hands.now(), self.manners
        if self._listed_at is None:
            self._listed_at = now
            for intent in (Do.NEXT_LANGUAGE, Do.TEXT_SIZE) if manners.fiddles else ():
                self._press(view, intent)
        if self._walks_away():
            return
        if self._other_card:
            other, self._other_card = self._other_card, ""
            self._acted = True
            self._hands.show_card(other)
        elif manners.reads_first and self._opens(screen):
            self._press(view, Do.ACCOUNT)
        elif self._to_put:
            self._put([self._to_put.pop(0)])
        elif self._to_scan:
            self._scan(self._to_scan.pop(0))
        elif self._in_hand:
            self._in_hand = False
            self._scan(UNREADABLE)
            if manners.puts_back:
                self._to_put.append(DAMAGED)
        elif self._scans_unreadable(screen):
            if manners.lifts_to_scan:
                self._in_hand = True
                self._lift([DAMAGED])
            else:
                self._scan(UNREADABLE)
        elif self._answers and (key := next((row.key for row in screen.rows if row.renewable), None)):
            self._press(view, Renew(key))
        elif self._holds and (key := next((row.key for row in screen.rows if row.holdable), None)):
            self._press(view, Hold(key))
        elif self._pays and isinstance(screen, LoanView) and screen.payable is not None:
            self._press(view, Do.PAY)
        elif self._finished_at is None:
            quiet = screen.rows and all(row.state in FINAL for row in screen.rows)
            if (quiet or not screen.rows) and self._opens(screen):
                self._press(view, Do.ACCOUNT)
            elif quiet or now - self._listed_at >= manners.patience_s:
                self._finished_at = now
                self._press(view, Do.FINISH)
        elif not screen.closing:
            self._finished_at = None  # one more book led back to the list

    def _walks_away(self) -> bool:
        """Whether they turn and go."""
        manners = self.manners
        if manners.walks_away is None or self._listed_at is None:
            return False
        if self._hands.now() - self._listed_at >= manners.walks_away:
            self._lift(uid for uid in self._all() if manners.leaves and uid not in manners.leaves)
            self.gone = True
        return self.gone

    def _opens(self, screen: LoanView | ReturnView) -> bool:
        """Whether they want to see their account, and can."""
        return self._reading.wanted and isinstance(screen, LoanView) and screen.account

    def _reads(self, view: View, screen: AccountView) -> None:
        """In the account."""
        if self._walks_away():
            return
        step = self._reading.next(screen, self._hands.now())
        if isinstance(step, Put):
            self._put([self._to_put.pop(0)] if self._to_put else [])
        elif step is not None:
            self._press(view, step)

    def _scans_unreadable(self, screen: LoanView | ReturnView) -> bool:
        """The screen says that the tag of my book is damaged: its barcode is scanned, once."""
        mine = DAMAGED in self._all()
        damaged = any(row.reason is Reason.TAG_DAMAGED for row in screen.rows)
        listed = any(row.item is not None and row.item.id == UNREADABLE for row in screen.rows)
        return mine and damaged and not listed

    def _demanded(self, view: View, modal: PutBack) -> None:
        now = self._hands.now()
        if self._demanded_at is None:
            self._demanded_at = now
        elif self.manners.puts_back and modal.row.item is not None:
            tags, there = self._hands.tags_of(modal.row.item.id), self._hands.on_pad()
            if not set(tags) <= set(there):
                self._put(uid for uid in tags if uid not in there)
            elif now - self._demanded_at >= GIVES_UP_S:
                self._demanded_at = now  # it lies there: perhaps it is not seen
                self._lift(tags)
        elif now - self._demanded_at >= GIVES_UP_S / 2:
            self._press(view, Do.CALL_STAFF)
            self._lift(self._all())
            self.gone = True

    def _parts(self, view: View, screen: FarewellView) -> None:
        """The farewell: a receipt, the books in hand, and away."""
        now, state = self._hands.now(), screen.receipt.state if screen.receipt is not None else None
        if self.manners.receipt and state is ReceiptState.OFFERED and self._printed_at is None:
            self._printed_at = now
            self._press(view, Do.PRINT)
            return
        if state is ReceiptState.PRINTING and now - (self._printed_at or now) < PAPER_S:
            return
        if self.manners.lingers:
            if self._lifted_at is None:
                self._lifted_at = now
                self._lift(uid for uid in self._all() if uid not in self.manners.leaves)
            if now - self._lifted_at < LINGERS_S:
                return
        self._press(view, Do.FINISH)
        self._leave()

    def _leave(self) -> None:
        mine, leaves = set(self._all()), self.manners.leaves
        taken = mine.union(self._hands.on_pad()) if self.manners.clears else mine
        self._lift(sorted(taken.difference(leaves)))
        self.gone = True

    def _all(self) -> tuple[str, ...]:
        return (*self.manners.before, *self.manners.after)
