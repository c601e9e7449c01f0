"""Ports: what the desk asks of each outside party. Adapters meet them by shape, not by inheritance.

Every method may be cancelled. None raises for what the world does (unplugged, silent, garbage):
that comes back as a value. A port that is away answers at once instead of keeping a patron waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from kiosk.circulation.answers import (
    AccountAnswer,
    FeeAnswer,
    HoldAnswer,
    ItemDescription,
    LoanAnswer,
    RenewalAnswer,
    RenewAllAnswer,
    ReturnAnswer,
    SignInAnswer,
    TillAnswer,
)
from kiosk.circulation.effects import Effect
from kiosk.circulation.events import Stamped
from kiosk.circulation.facts import Fact
from kiosk.circulation.reports import CardReport, DeviceChanged, GateReport, PadReport, ScanReport
from kiosk.circulation.state import State
from kiosk.circulation.values import (
    Flushed,
    ItemKey,
    Media,
    Money,
    OpenRows,
    Paper,
    PatronId,
    Pin,
    Printout,
    Row,
    SagaId,
    Security,
    Switched,
    TerminalState,
    Uid,
)
from kiosk.circulation.views import View


class Ils(Protocol):
    """The library's system. One question at a time; the desk orders them. Only `account`, which is several
    questions, may be under way beside another: its parts take turns with that."""

    async def run(self, post: Callable[[DeviceChanged], None]) -> None:
        """Keep the connection: open, log in, watch, reopen with back-off; report each change."""

    async def sign_in(self, patron: PatronId, pin: Pin | None, language: str) -> SignInAnswer:
        """Who is this, and may they borrow? Changes nothing in the ILS."""

    async def lend(
        self,
        patron: PatronId,
        pin: Pin | None,
        item: ItemKey,
        late: Callable[[], None],
        *,
        agreed: bool = False,
    ) -> LoanAnswer:
        """Ask for one loan, once. Calls `late` when the answer is overdue and doubt begins. `agreed`: the
        patron has agreed to the fee (11 with BO Y); without that the answer may be `FeeAsked`.

        `NotLent` with a reason of `UNASKED` means that nothing was sent. `Doubt` means that it was sent and
        even a 97 on the same socket brought no answer.
        """

    async def settle(self, patron: PatronId, item: ItemKey) -> LoanAnswer:
        """Learn on a fresh connection what became of a loan in doubt (63, then 17); changes nothing."""

    async def take_back(self, item: ItemKey, late: Callable[[], None]) -> ReturnAnswer:
        """Ask the ILS to take one item back, once (09). Calls `late` when the answer is overdue.

        `NotReturned` with a reason of `UNASKED` means that nothing was sent; `Doubt` as with `lend`.
        """

    async def settle_return(self, item: ItemKey) -> ReturnAnswer:
        """Learn on a fresh connection what became of a return in doubt (17); changes nothing."""

    async def renew(
        self, patron: PatronId, pin: Pin | None, item: ItemKey, late: Callable[[], None]
    ) -> RenewalAnswer:
        """Ask for one renewal, once (29). `NotRenewed` with a reason of `UNASKED`: nothing was sent."""

    async def renew_all(self, patron: PatronId, pin: Pin | None, late: Callable[[], None]) -> RenewAllAnswer:
        """Ask for the renewal of everything that the patron has, once (65). `NotRenewed` with a reason of
        `UNASKED`, and `Unsupported`: nothing was sent."""

    async def hold(
        self, patron: PatronId, pin: Pin | None, item: ItemKey, late: Callable[[], None]
    ) -> HoldAnswer:
        """Ask for one hold, once (15). `HoldNotPlaced` with a reason of `UNASKED`: nothing was sent."""

    async def book_fee(
        self,
        patron: PatronId,
        pin: Pin | None,
        amount: Money,
        reference: str,
        late: Callable[[], None],
    ) -> FeeAnswer:
        """Tell the ILS of a payment, once (37). `FeeNotBooked` with a reason of `UNASKED`: nothing was
        sent."""

    async def account(self, patron: PatronId, pin: Pin | None) -> AccountAnswer:
        """What the ILS has about a patron: loans, holds, fees (63 for each list). Changes nothing in the
        ILS. Ends early, with whatever answer, when the patron's session has ended meanwhile."""

    async def describe(self, item: ItemKey) -> ItemDescription | None:
        """The item's title, or None when it is not to be had."""

    async def end_session(self, patron: PatronId, pin: Pin | None) -> None:
        """Tell the ILS that the patron is done (35). Its answer changes nothing."""

    async def terminal_status(self, status: TerminalState) -> None:
        """Tell the ILS how the kiosk is (99), now and from now on. Its answer changes nothing."""


class Pad(Protocol):
    """The one owner of the field."""

    async def run(self, post: Callable[[PadReport], None]) -> None:
        """Watch the field: post each tag once when it is read, each uid when it has left."""


class Switch(Protocol):
    """The security switch: the only one who writes a tag, with proof. It works on the tags of the pad."""

    async def switch(
        self, uid: Uid, permit: Flushed, wanted: Callable[[], bool], *, armed: bool, media: Media
    ) -> tuple[Switched, int]:
        """Arm or release one tag, and read it back. Gives what came of it, and the AFI as it was last read
        (0: it was not). `permit` is the flushed row that allows it, `wanted` says before each write whether
        it is wanted still."""

    async def look(self, uid: Uid, media: Media) -> tuple[int | None, Security]:
        """The AFI of that very tag, None when it did not answer, and what it is to a gate."""


class Cards(Protocol):
    """The card readers."""

    async def run(self, post: Callable[[CardReport], None]) -> None:
        """Follow the readers; post each card once while it lies there."""


class Printer(Protocol):
    """The receipt printer."""

    async def run(self, post: Callable[[DeviceChanged], None]) -> None:
        """Watch the printer: open, ask its status, reopen with back-off; report each change."""

    async def print(self, paper: Paper) -> Printout:
        """Print one piece of paper and learn whether it came out; at once `FAILED` when it is away."""


class Gate(Protocol):
    """The gate's line: released for one patron, for as long as the settings say."""

    async def run(self, post: Callable[[GateReport], None]) -> None:
        """Hold the lines in their safe state; report each change and each alarm."""

    async def release(self) -> bool:
        """Pulse the release line. True when the line followed; at once False when it is away."""


class Till(Protocol):
    """Whatever takes money: a payment terminal. It asks the patron for a card itself, and tells no more than
    what became of the amount."""

    async def run(self, post: Callable[[DeviceChanged], None]) -> None:
        """Watch the till: open, ask its status, reopen with back-off; report each change."""

    async def take(self, amount: Money, saga: SagaId) -> TillAnswer:
        """Take this amount, once; the saga's id goes along as our own number of the payment. At once
        `MoneyNotTaken` when the till is away; `Doubt` when it was asked and nobody knows."""


class Scanner(Protocol):
    """A barcode scanner with a line of its own (one that types is heard by the window)."""

    async def run(self, post: Callable[[ScanReport], None]) -> None:
        """Follow the scanner; post each code."""


class Journal(Protocol):
    """The disk. One call is one flush."""

    async def append(self, rows: Sequence[Row]) -> tuple[Flushed, ...]:
        """Write the rows and flush them, all or none.

        Raises:
            OSError: the disk did not take them; nothing was written.
        """

    async def look_for_room(self) -> None:
        """Look whether there is room for rows, as far as that can be told without writing any.

        Raises:
            OSError: there is none, or the journal cannot be opened.
        """

    async def open_rows(self) -> OpenRows:
        """Open the journal, or open it again, and give what is not closed in it.

        Raises:
            OSError: it cannot be used now; its attribute `reason`, where it has one, says why.
        """


class Recorder(Protocol):
    """The flight recorder."""

    def stepped(self, before: State, stamped: Stamped, after: State, effects: tuple[Effect, ...]) -> None:
        """One step of circulation; must return at once and must not raise."""

    def fell(self, before: State, stamped: Stamped, error: Exception) -> None:
        """The step itself failed, which is a fault of the program; as `stepped`."""

    async def run(self) -> None:
        """Bring to the disk what was recorded, until cancelled."""


class Screen(Protocol):
    """Where views go: the latest one counts."""

    def show(self, view: View) -> None:
        """Take the newest view; must return at once."""


class Listener(Protocol):
    """Whoever wants to know what happens at the desk."""

    def heard(self, fact: Fact) -> None:
        """One fact; must return at once and must not raise."""
