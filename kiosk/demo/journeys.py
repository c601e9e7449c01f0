"""The journeys: fixed scripts of what a patron does, what goes wrong, and how every item must end.

A script is a generator. It acts through a `Person` (put, lift, show the card, press what is on the
screen) and yields what it waits to see next. The docs page `docs/journeys.md` tells the same in words.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol

from kiosk.circulation.intents import Digit, Do, Intent, Look, Renew
from kiosk.circulation.views import (
    AccountView,
    AskRenewal,
    AskRenewAll,
    AttractView,
    CannotLendView,
    FarewellView,
    ItemState,
    LeftoversView,
    LoanMark,
    LoanView,
    PinView,
    PutBack,
    ReceiptState,
    ReturnView,
    RowView,
    Section,
    SeeStaffView,
    View,
)
from kiosk.simulator.scenery import Debt, Hold, Loan, Scenery

PATRON = "21000001"
"""Anna Kern, whose card the demo shows."""


@dataclass(frozen=True, slots=True)
class Sees:
    """Something to wait for on the screen; `what` names it when it never comes."""

    what: str
    test: Callable[[View], bool]


Script = Generator[Sees, None, None]


class Person(Protocol):
    """What a patron can do, and what they brought."""

    @property
    def books(self) -> tuple[str, ...]:
        """Barcodes of the books in their bag, in order."""

    @property
    def pin(self) -> str:
        """Their PIN; empty when they have none."""

    @property
    def view(self) -> View:
        """What is on the screen."""

    def put(self, *barcodes: str) -> None:
        """Put books on the pad."""

    def lift(self, *barcodes: str) -> None:
        """Take books off the pad."""

    def show_card(self) -> None:
        """Lay the card on the card reader."""

    def take_card(self) -> None:
        """Take the card away."""

    def press(self, intent: Intent) -> None:
        """Touch the control that means `intent`."""

    def fate(self, *commands: Mapping[str, Any]) -> None:
        """What happens to the world, all at one instant (commands of the control socket)."""

    def puts(self, *barcodes: str) -> dict[str, Any]:
        """The command that puts books on the pad, for `fate`."""

    def lifts(self, *barcodes: str) -> dict[str, Any]:
        """The command that lifts books, for `fate`."""


def as_it_is(scenery: Scenery) -> Scenery:
    """Nothing else."""
    return scenery


@dataclass(frozen=True, slots=True)
class Journey:
    """One journey: its books, its script, and the end state of each book.

    `least` books are needed to tell it. `plays` names the devices that it makes do things (by their
    sections in the settings): those must be simulated. `finds` is what else the patron has with the
    library, where that is simulated.
    """

    name: str
    story: str
    books: tuple[str, ...]
    script: Callable[[Person], Script]
    ends: Mapping[str, ItemState] = field(default_factory=dict)
    least: int = 1
    plays: frozenset[str] = frozenset()
    finds: Callable[[Scenery], Scenery] = as_it_is


# ---- what can be waited for -----------------------------------------------------------------


def on(kind: type[Any], what: str) -> Sees:
    """A screen of this kind."""
    return Sees(what, lambda view: isinstance(view.screen, kind))


NOBODY = Sees("the attract screen", lambda view: isinstance(view.screen, AttractView))
REST = Sees(
    "the attract screen, or that nothing can be lent",
    lambda view: isinstance(view.screen, AttractView | CannotLendView),
)
LIST = on(LoanView, "the list")
RETURN_LIST = on(ReturnView, "the list of returns")
FAREWELL = on(FarewellView, "the farewell")
RECEIPT = Sees(
    "what became of the receipt",
    lambda view: (
        isinstance(view.screen, FarewellView)
        and view.screen.receipt is not None
        and view.screen.receipt.state not in {ReceiptState.OFFERED, ReceiptState.PRINTING}
    ),
)
PUT_BACK = Sees("'Put it back on the pad'", lambda view: isinstance(view.modal, PutBack))
NO_MODAL = Sees("that the demand is gone", lambda view: view.modal is None)

FINAL = frozenset(
    {
        ItemState.SAFE,
        ItemState.REFUSED,
        ItemState.ATTENTION,
        ItemState.NO_TAG,
        ItemState.RETURNED,
        ItemState.RENEWED,
    }
)
"""States that do not change any more by themselves."""


def rows(view: View) -> tuple[RowView, ...]:
    """The rows of a list or a farewell."""
    return view.screen.rows if isinstance(view.screen, LoanView | ReturnView | FarewellView) else ()


def typed(count: int) -> Sees:
    """The PIN pad with so many digits."""
    return Sees(
        f"{count} digits of the PIN",
        lambda view: isinstance(view.screen, PinView) and view.screen.typed == count,
    )


def all_final(count: int) -> Sees:
    """Every one of `count` books has come to an end."""
    return Sees(
        f"{count} books that are all settled",
        lambda view: len(rows(view)) >= count and all(row.state in FINAL for row in rows(view)),
    )


def in_account(what: str, test: Callable[[AccountView], bool]) -> Sees:
    """The account, as it was asked for, with nothing in front of it."""
    return Sees(
        what,
        lambda view: view.modal is None and isinstance(view.screen, AccountView) and test(view.screen),
    )


ASKED = Sees("'Renew it?'", lambda view: isinstance(view.modal, AskRenewal | AskRenewAll))
KNOWN = in_account("the account", lambda account: account.known and not account.asking)
ANSWERED = frozenset({LoanMark.RENEWED, LoanMark.NOT_RENEWED, LoanMark.UNCLEAR})


def some(state: ItemState) -> Sees:
    """At least one book is in this state."""
    return Sees(f"a book {state}", lambda view: any(row.state is state for row in rows(view)))


# ---- pieces of scripts ----------------------------------------------------------------------


def sign_in(person: Person) -> Script:
    """Show the card, type the PIN if it is asked for, get the list.

    Raises:
        LookupError: a PIN is asked for, and the patron has none.
    """
    person.show_card()
    yield Sees(
        "the PIN pad or the list",
        lambda view: isinstance(view.screen, PinView | LoanView | LeftoversView | SeeStaffView),
    )
    if isinstance(person.view.screen, PinView):
        if not person.pin:
            raise LookupError("a PIN is asked for; give it with --pin -")
        for count, digit in enumerate(person.pin, start=1):
            person.press(Digit(digit))
            yield typed(count)
        person.press(Do.CONTINUE)
    yield LIST


def account_of(person: Person) -> AccountView:
    """The account on the screen."""
    screen = person.view.screen
    assert isinstance(screen, AccountView)
    return screen


def look(person: Person, section: Section) -> Script:
    """Another section of the account."""
    person.press(Look(section))
    yield in_account(f"the account, {section}", lambda account: account.section is section)


def renew(person: Person, intent: Intent) -> Script:
    """Renew one loan, or all: say yes, and wait for what comes of it."""
    person.press(intent)
    yield ASKED
    person.press(Do.YES)
    yield in_account(
        "what came of the renewals",
        lambda account: (
            not any(loan.mark is LoanMark.ASKING for loan in account.loans)
            and any(loan.mark in ANSWERED for loan in account.loans)
        ),
    )


def go(person: Person, *left: str) -> Script:
    """Finish, take the receipt if one is offered, take everything but `left`, take the card, and leave."""
    person.press(Do.FINISH)
    yield FAREWELL
    farewell = person.view.screen
    if isinstance(farewell, FarewellView) and farewell.receipt is not None:
        if farewell.receipt.state is ReceiptState.OFFERED:
            person.press(Do.PRINT)
        yield RECEIPT
    person.lift(*(barcode for barcode in person.books if barcode not in left))
    person.take_card()
    person.press(Do.FINISH)
    yield REST


# ---- the journeys ---------------------------------------------------------------------------


def _loan(person: Person) -> Script:
    yield NOBODY
    person.put(*person.books)
    yield from sign_in(person)
    yield all_final(len(person.books))
    yield from go(person)


def _lifted(person: Person) -> Script:
    book = person.books[1]
    yield NOBODY
    # the hand moves at the very instant of the loan: after the ILS said yes, before any write
    person.fate(
        {"do": "when", "event": {"kind": "loan", "item": book}, "steps": [person.lifts(book)]},
        person.puts(*person.books),
    )
    yield from sign_in(person)
    yield PUT_BACK
    person.put(book)
    yield NO_MODAL
    yield all_final(len(person.books))
    yield from go(person)


def _ils_down(person: Person) -> Script:
    yield NOBODY
    yield from sign_in(person)
    person.fate({"do": "unplug", "device": "ils"}, person.puts(*person.books))
    yield all_final(len(person.books))
    yield from go(person)


def _reader_unplugged(person: Person) -> Script:
    yield NOBODY
    person.put(*person.books)
    # a slow ILS: the reader goes away while the next book is still being asked
    person.fate({"do": "slow", "device": "ils", "message": "11", "seconds": 0.8})
    yield from sign_in(person)
    yield some(ItemState.SAFE)
    person.fate({"do": "unplug", "device": "reader"})
    yield Sees(
        "that the pad is away",
        lambda view: isinstance(view.screen, LoanView) and view.screen.message.notice == "reader-away",
    )
    yield some(ItemState.LENT)
    person.fate({"do": "plug", "device": "reader"})
    yield all_final(len(person.books))
    yield from go(person)


def _return(person: Person) -> Script:
    yield NOBODY
    person.press(Do.RETURN)
    yield RETURN_LIST
    person.put(*person.books)
    yield all_final(len(person.books))
    yield from go(person)


def _account(person: Person) -> Script:
    yield NOBODY
    person.put(*person.books)
    yield from sign_in(person)
    yield all_final(len(person.books))
    person.press(Do.ACCOUNT)
    yield KNOWN
    yield from look(person, Section.HOLDS)
    yield from look(person, Section.FEES)
    yield from look(person, Section.LOANS)
    if loan := next((loan for loan in account_of(person).loans if loan.renewable), None):
        yield from renew(person, Renew(loan.key))
    if account_of(person).renew_all:
        yield from renew(person, Do.RENEW_ALL)
    person.press(Do.BACK)
    yield LIST
    yield from go(person)


def _annas_account(scenery: Scenery) -> Scenery:
    """Anna Kern has four books at home, one of them overdue, waits for two others, and owes a little."""
    more = (
        Loan(PATRON, "39000009", "20261107    235900", overdue=True),
        Loan(PATRON, "39000010", "20261205    235900"),
        Loan(PATRON, "39000005", "20261212    235900"),
    )
    return replace(
        scenery,
        patrons=tuple(
            replace(each, owes=(Debt("F1", "1.40", "Seven Winters"), Debt("F2", "3.00", "Lost card")))
            if each.id == PATRON
            else each
            for each in scenery.patrons
        ),
        loans=(*scenery.loans, *more),
        holds=(*scenery.holds, Hold(PATRON, "39000017", ready=True), Hold(PATRON, "39000012")),
    )


_WILLOWS, _KALILA, _MOSSES, _ORCHARD = "39000001", "39000002", "39000003", "39000006"
_THREE = (_WILLOWS, _KALILA, _MOSSES)
_ALL_SAFE = dict.fromkeys(_THREE, ItemState.SAFE)
_BACK = ("39000019", "39000020")
_AT_HOME = ("39000009", "39000011", "39000010", "39000005")
_ALERTED = ("39000015", "39000016", "39000017")

JOURNEYS: Mapping[str, Journey] = MappingProxyType(
    {
        journey.name: journey
        for journey in (
            Journey("loan", "Three books lie on the pad before the card is shown.", _THREE, _loan, _ALL_SAFE),
            Journey(
                "refused",
                "Three books; somebody is waiting for one of them.",
                (_WILLOWS, _ORCHARD, _MOSSES),
                _loan,
                {_WILLOWS: ItemState.SAFE, _ORCHARD: ItemState.REFUSED, _MOSSES: ItemState.SAFE},
            ),
            Journey(
                "lifted",
                "Three books; one is lifted after the ILS said yes and before its tag was written.",
                _THREE,
                _lifted,
                _ALL_SAFE,
                least=2,
                plays=frozenset({"ils", "pad"}),
            ),
            Journey(
                "ils-down",
                "The patron is signed in, two books are put down, and the ILS goes away.",
                (_WILLOWS, _KALILA),
                _ils_down,
                dict.fromkeys((_WILLOWS, _KALILA), ItemState.REFUSED),
                plays=frozenset({"ils"}),
            ),
            Journey(
                "reader-unplugged",
                "Three books; the reader goes away after the first is safe, and comes back.",
                _THREE,
                _reader_unplugged,
                _ALL_SAFE,
                least=2,
                plays=frozenset({"pad"}),
            ),
            Journey(
                "return",
                "Two books come back.",
                _BACK,
                _return,
                dict.fromkeys(_BACK, ItemState.RETURNED),
            ),
            Journey(
                "return-alert",
                "Three books come back: somebody waits for one, one belongs to another branch, and one was "
                "not on loan.",
                _ALERTED,
                _return,
                dict.fromkeys(_ALERTED, ItemState.RETURNED),
                plays=frozenset({"ils"}),
            ),
            Journey(
                "account",
                "One book is borrowed; then the patron opens their account, renews one loan and then all.",
                (_WILLOWS,),
                _account,
                {_WILLOWS: ItemState.SAFE, **dict.fromkeys(_AT_HOME, ItemState.RENEWED)},
                finds=_annas_account,
            ),
        )
    }
)
"""All journeys by name."""
