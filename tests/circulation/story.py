"""A story at the kiosk: events in, effects and views out, told through `step` and `view_of`.

A `Story` plays the desk and the world around it: it stamps events, keeps the clock and the timers,
holds rows until the disk takes them (`flush`) and questions until somebody answers them. Nothing is
answered by itself. Every step is watched: a story cannot pass while a promise is broken.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Self, TypeVar

from kiosk.circulation.answers import (
    Account,
    AccountAnswer,
    AccountLoan,
    FeeAnswer,
    FeeAsked,
    FeeBooked,
    HoldAnswer,
    ItemDescription,
    Lent,
    LoanAnswer,
    MoneyTaken,
    RenewalAnswer,
    RenewAllAnswer,
    ReturnAnswer,
    Returned,
    SignInAnswer,
    TillAnswer,
    Welcome,
)
from kiosk.circulation.effects import (
    AppendRow,
    AskAccount,
    AskHold,
    AskLoan,
    AskRenewal,
    AskRenewAll,
    AskReturn,
    BookFee,
    DescribeItem,
    Effect,
    PrintPaper,
    ReadAfi,
    ReleaseGate,
    SetTimer,
    SettleLoan,
    SettleReturn,
    SignIn,
    StopTimer,
    SwitchTag,
    TakeMoney,
    Tell,
    Timer,
)
from kiosk.circulation.events import (
    AccountAnswered,
    AfiRead,
    Event,
    FeeAnswered,
    FlushFailed,
    HoldAnswered,
    ItemDescribed,
    LoanAnswered,
    LoanSettled,
    Moment,
    PaperPrinted,
    RenewalAnswered,
    RenewAllAnswered,
    Restarted,
    ReturnAnswered,
    ReturnSettled,
    RowsFlushed,
    SignInAnswered,
    Stamped,
    TagSwitched,
    TillAnswered,
    TimerFired,
)
from kiosk.circulation.facts import Fact
from kiosk.circulation.intents import Digit, Do, Intent, Pressed
from kiosk.circulation.policy import Policy
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardShown, CodeScanned, DeviceChanged, TagRead, TagsLeft, TagsNamed
from kiosk.circulation.show import view_of
from kiosk.circulation.step import initial
from kiosk.circulation.values import (
    AFI_IN_STOCK,
    AFI_ON_LOAN,
    AFI_UNKNOWN,
    CardTag,
    Condition,
    Device,
    Flushed,
    ItemKey,
    ItemTag,
    Money,
    PatronId,
    Printout,
    Proof,
    Row,
    SagaId,
    Security,
    SeenTag,
    Switched,
    Uid,
    UnreadTag,
)
from kiosk.circulation.views import AccountLoanRow, AccountView, LoanView, ReturnView, RowView, View
from tests.circulation.watch import Watch

T = TypeVar("T")

FEE = Money(Decimal("2.50"), "EUR")
"""What borrowing costs, and what is owed, in most stories."""

# ---- tags -----------------------------------------------------------------------------------


def uid(name: str) -> Uid:
    return Uid(f"E00401{zlib.crc32(name.encode()):010X}")


def security_of(afi: int | None) -> Security:
    """What the pad says of a tag where an AFI alone secures it."""
    meaning = {AFI_IN_STOCK: Security.ARMED, AFI_ON_LOAN: Security.RELEASED}
    return meaning.get(afi or 0, Security.UNKNOWN)


def outcome_of(afi: int | None, *, armed: bool) -> Switched:
    """What the switch makes of a tag that was read back like this (None: it did not answer)."""
    if afi is None:
        return Switched.LEFT
    if armed:
        return Switched.SECURED if afi == AFI_IN_STOCK else Switched.FAILED
    return Switched.RELEASED if afi == AFI_ON_LOAN else Switched.FAILED


def item_tag(name: Uid, afi: int, content: ItemTag) -> SeenTag:
    return SeenTag(name, afi, content, security_of(afi))


def book(barcode: str, afi: int = AFI_IN_STOCK) -> SeenTag:
    return item_tag(uid(barcode), afi, ItemTag(ItemKey(barcode)))


def part(barcode: str, number: int, of: int, afi: int = AFI_IN_STOCK, *, owner: str = "") -> SeenTag:
    return item_tag(uid(f"{barcode} {number}{owner}"), afi, ItemTag(ItemKey(barcode, owner), number, of))


def copy(barcode: str) -> SeenTag:
    """A second tag that says the same as the first."""
    return item_tag(uid(f"{barcode} again"), AFI_IN_STOCK, ItemTag(ItemKey(barcode)))


def damaged(reason: Reason = Reason.TAG_DAMAGED) -> SeenTag:
    return SeenTag(uid(reason.value), 0, UnreadTag(reason))


def card_tag(patron: str) -> SeenTag:
    return SeenTag(uid(patron), 0, CardTag(PatronId(patron)))


def tag_of(what: str | SeenTag) -> SeenTag:
    return what if isinstance(what, SeenTag) else book(what)


# ---- the story ------------------------------------------------------------------------------


class Story:
    """One kiosk, from its start (or its restart over `disk`) on."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        at: float = 1000.0,
        disk: list[Row] | None = None,
        opening: int = 1,
    ):
        self.state = initial(policy or Policy())
        self.now = at
        self.effects: list[Effect] = []
        self.disk: list[Row] = [] if disk is None else disk
        self.opening = opening
        self.pending: list[AppendRow] = []
        self.timers: dict[Timer, float] = {}
        self.watch = Watch()

    def began(self) -> Self:
        """The kiosk has started and every device is ready."""
        closed = {row.saga for row in self.disk if row.closes}
        kept = tuple(row for row in self.disk if row.saga not in closed)
        self.tell(Restarted(kept, self.opening))
        return self.ready(Device.JOURNAL, Device.PAD, Device.CARDS, Device.ILS)

    def power_cut(self) -> Story:
        """What was not flushed is lost; a new story begins on the same disk."""
        return Story(self.state.policy, at=self.now + 60, disk=self.disk, opening=self.opening + 1)

    def tell(self, event: Event, *, epoch: int | None = None) -> Self:
        moment = Moment(self.now, 1.7e9 + self.now)
        stamped = Stamped(moment, self.state.epoch if epoch is None else epoch, event)
        self.state, effects = self.watch.step(self.state, stamped)
        for effect in effects:
            self.effects.append(effect)
            match effect:
                case AppendRow():
                    self.pending.append(effect)
                case SetTimer(timer, seconds):
                    self.timers[timer] = self.now + seconds
                case StopTimer(timer):
                    self.timers.pop(timer, None)
                case _:
                    pass
        return self

    def wait(self, seconds: float) -> Self:
        end = self.now + seconds
        while self.timers and min(self.timers.values()) <= end:
            timer = min(self.timers, key=lambda known: self.timers[known])
            self.now = max(self.now, self.timers.pop(timer))
            self.tell(TimerFired(timer))
        self.now = end
        return self

    # ---- the pad --------------------------------------------------------------------------

    def name(self, *tags: str | SeenTag) -> Self:
        """An inventory has named these, and nobody has read them yet."""
        return self.tell(TagsNamed(tuple(tag_of(tag).uid for tag in tags)))

    def put(self, *tags: str | SeenTag) -> Self:
        for tag in tags:
            self.tell(TagRead(tag_of(tag)))
        return self

    def lay(self, *tags: str | SeenTag) -> Self:
        """The first look at the field found these, and they are read now."""
        for tag in tags:
            self.tell(TagRead(tag_of(tag), lay_there=True))
        return self

    def lift(self, *tags: str | SeenTag) -> Self:
        return self.tell(TagsLeft(tuple(tag_of(tag).uid for tag in tags)))

    def tag_says(self, tag: str | SeenTag, afi: int | None) -> Self:
        """The switch of this tag is over, or the look at it, and it was last read as `afi` (None: it did not
        answer)."""
        name = tag_of(tag).uid
        if name not in self.state.air:
            return self.tell(AfiRead(name, afi, security_of(afi)))
        armed = [effect.armed for effect in self.all(SwitchTag) if effect.uid == name][-1]
        return self.switched(tag, outcome_of(afi, armed=armed), afi or AFI_UNKNOWN)

    def switched(self, tag: str | SeenTag, outcome: Switched, afi: int = AFI_UNKNOWN) -> Self:
        """What came of the switch of this tag."""
        return self.tell(TagSwitched(tag_of(tag).uid, outcome, afi))

    def proves(self, *tags: str | SeenTag) -> Self:
        for tag in tags:
            assert tag_of(tag).uid in self.written, f"{tag} was not written"
            self.tag_says(tag, AFI_ON_LOAN)
        return self

    # ---- card, screen, devices ------------------------------------------------------------

    def shows(self, patron: str) -> Self:
        return self.tell(CardShown(PatronId(patron)))

    def describes(self, item: str, description: ItemDescription | None) -> Self:
        return self.tell(ItemDescribed(ItemKey(item), description))

    def signed(self, answer: SignInAnswer) -> Self:
        return self.tell(SignInAnswered(self.all(SignIn)[-1].attempt, answer))

    def card(
        self,
        patron: str = "p1",
        name: str = "Anna Kern",
        charged: tuple[str, ...] = (),
        owed: Money | None = None,
    ) -> Self:
        return self.shows(patron).signed(Welcome(name, frozenset(charged), owed))

    def scan(self, barcode: str) -> Self:
        return self.tell(CodeScanned(item=ItemKey(barcode)))

    def press(self, *intents: Intent) -> Self:
        for intent in intents:
            self.tell(Pressed(self.view.session, self.view.revision, intent))
        return self

    def types(self, pin: str) -> Self:
        return self.press(*(Digit(digit) for digit in pin), Do.CONTINUE)

    def ready(self, *devices: Device) -> Self:
        for device in devices:
            self.tell(DeviceChanged(device, Condition.READY))
        return self

    def missing(self, device: Device, reason: Reason | None = None) -> Self:
        return self.tell(DeviceChanged(device, Condition.MISSING, reason))

    # ---- the ILS --------------------------------------------------------------------------

    def answers(self, barcode: str, answer: LoanAnswer) -> Self:
        return self.tell(LoanAnswered(self.saga(barcode), answer))

    def settles(self, barcode: str, answer: LoanAnswer) -> Self:
        return self.tell(LoanSettled(self.saga(barcode), answer))

    def lends(self, *barcodes: str) -> Self:
        """The ILS says yes to each, and the disk takes its answer."""
        for barcode in barcodes:
            assert barcode in self.asked, f"{barcode} was not asked"
            self.answers(barcode, Lent(release=True, title=f"Title of {barcode}"))
        return self.flush()

    def borrows(self, *barcodes: str) -> Self:
        """The whole way of plain books, from the pad to safe."""
        return self.put(*barcodes).flush().lends(*barcodes).proves(*barcodes)

    # ---- returns and renewals -------------------------------------------------------------

    def takes_back(self, *barcodes: str, **more: Any) -> Self:
        """The ILS takes each of them back, and the disk takes its answer."""
        for barcode in barcodes:
            assert barcode in self.brought, f"{barcode} was not asked"
            self.says_of(barcode, Returned(title=f"Title of {barcode}", **more))
        return self.flush()

    def says_of(self, barcode: str, answer: ReturnAnswer) -> Self:
        return self.tell(ReturnAnswered(self.returning(barcode), answer))

    def settles_return(self, barcode: str, answer: ReturnAnswer) -> Self:
        return self.tell(ReturnSettled(self.returning(barcode), answer))

    def arms(self, *tags: str | SeenTag) -> Self:
        for tag in tags:
            assert tag_of(tag).uid in self.written, f"{tag} was not written"
            self.tag_says(tag, AFI_IN_STOCK)
        return self

    def brings(self, *barcodes: str, **more: Any) -> Self:
        """The whole way back of plain books that were on loan, from the pad to returned."""
        self.put(*(book(barcode, AFI_ON_LOAN) for barcode in barcodes)).flush()
        return self.takes_back(*barcodes, **more).arms(*barcodes)

    def renews(self, barcode: str, answer: RenewalAnswer) -> Self:
        saga = [effect.intent.saga for effect in self.all(AskRenewal) if effect.item.id == barcode][-1]
        return self.tell(RenewalAnswered(saga, answer)).flush()

    def renews_all(self, answer: RenewAllAnswer) -> Self:
        """The ILS answers the 65, and the disk takes that."""
        return self.tell(RenewAllAnswered(self.all(AskRenewAll)[-1].intent.saga, answer)).flush()

    # ---- the account ----------------------------------------------------------------------

    def accounts(self, answer: AccountAnswer) -> Self:
        """The ILS answers the last question about the account."""
        return self.tell(AccountAnswered(self.all(AskAccount)[-1].attempt, answer))

    def has(self, *barcodes: str, overdue: tuple[str, ...] = (), **more: Any) -> Self:
        """The ILS lists these as on loan."""
        loans = tuple(AccountLoan(ItemKey(each), overdue=each in overdue) for each in barcodes)
        return self.accounts(Account(loans, **more))

    # ---- fees and holds -------------------------------------------------------------------

    def asks_fee(self, *barcodes: str, fee: Money | None = None) -> Self:
        """The ILS lends each of them for a fee only, and the disk takes its answer."""
        for barcode in barcodes:
            assert barcode in self.asked, f"{barcode} was not asked"
            self.answers(barcode, FeeAsked(fee or FEE, title=f"Title of {barcode}"))
        return self.flush()

    def holds(self, barcode: str, answer: HoldAnswer) -> Self:
        saga = [effect.intent.saga for effect in self.all(AskHold) if effect.item.id == barcode][-1]
        return self.tell(HoldAnswered(saga, answer)).flush()

    def till_says(self, answer: TillAnswer) -> Self:
        """The till has ended the payment that it was asked for last."""
        return self.tell(TillAnswered(self.all(TakeMoney)[-1].intent.saga, answer))

    def till_takes(self, reference: str = "T-1") -> Self:
        """The till takes the money, and the disk the row that says so."""
        return self.till_says(MoneyTaken(reference)).flush()

    def books(self, answer: FeeAnswer | None = None) -> Self:
        """The ILS answers the last payment that it was told of; the disk has not taken that yet."""
        return self.tell(FeeAnswered(self.all(BookFee)[-1].taken.saga, answer or FeeBooked()))

    # ---- paper ----------------------------------------------------------------------------

    def prints(self, proof: Proof, reason: Reason | None = None) -> Self:
        """The last piece of paper that was sent comes to its end."""
        return self.tell(PaperPrinted(self.all(PrintPaper)[-1].job, Printout(proof, reason)))

    # ---- the disk -------------------------------------------------------------------------

    def flush(self) -> Self:
        """The disk takes every row that waits."""
        rows = [effect.row for effect in self.pending]
        self.pending.clear()
        first = len(self.disk) + 1
        self.disk.extend(rows)
        proofs = tuple(Flushed(first + n, row.saga, row.kind) for n, row in enumerate(rows))
        return self.tell(RowsFlushed(proofs)) if proofs else self

    def disk_refuses(self) -> Self:
        sagas = tuple(dict.fromkeys(effect.row.saga for effect in self.pending))
        self.pending.clear()
        self.tell(FlushFailed(sagas))
        return self.missing(Device.JOURNAL, Reason.JOURNAL_FAILED)

    # ---- what came of it ------------------------------------------------------------------

    def all(self, kind: type[T]) -> list[T]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def asked(self) -> list[str]:
        return [effect.item.id for effect in self.all(AskLoan)]

    @property
    def settled(self) -> list[str]:
        return [effect.item.id for effect in self.all(SettleLoan)]

    @property
    def brought(self) -> list[str]:
        """Items of which the ILS was asked to take them back."""
        return [effect.item.id for effect in self.all(AskReturn)]

    @property
    def settled_returns(self) -> list[str]:
        return [effect.item.id for effect in self.all(SettleReturn)]

    @property
    def renewed(self) -> list[str]:
        """Items of which the ILS was asked to renew them."""
        return [effect.item.id for effect in self.all(AskRenewal)]

    @property
    def agreed(self) -> list[str]:
        """Items of which the ILS was told that the patron agrees to the fee."""
        return [effect.item.id for effect in self.all(AskLoan) if effect.agreed]

    @property
    def held(self) -> list[str]:
        """Items of which the ILS was asked to keep them for the patron."""
        return [effect.item.id for effect in self.all(AskHold)]

    @property
    def taken(self) -> list[Money]:
        """What the till was asked to take."""
        return [effect.amount for effect in self.all(TakeMoney)]

    @property
    def booked(self) -> list[Money]:
        """What the ILS was told of."""
        return [effect.amount for effect in self.all(BookFee)]

    @property
    def paying(self) -> SagaId:
        """The latest fee payment."""
        return list(self.state.payments)[-1]

    def rows_of(self, saga: SagaId) -> list[Row]:
        """What the disk has of a saga, oldest first."""
        return [row for row in self.disk if row.saga == saga]

    @property
    def released(self) -> list[int]:
        """Sessions for which the gate was released."""
        return [effect.session for effect in self.all(ReleaseGate)]

    @property
    def described(self) -> list[str]:
        return [effect.item.id for effect in self.all(DescribeItem)]

    @property
    def written(self) -> list[Uid]:
        return [effect.uid for effect in self.all(SwitchTag)]

    @property
    def looked_at(self) -> list[Uid]:
        return [effect.uid for effect in self.all(ReadAfi)]

    @property
    def facts(self) -> list[Fact]:
        return [effect.fact for effect in self.all(Tell)]

    def saga(self, barcode: str) -> SagaId:
        """The latest loan of an item."""
        return [loan.id for loan in self.state.loans.values() if loan.item.id == barcode][-1]

    def returning(self, barcode: str) -> SagaId:
        """The latest return of an item."""
        return [saga.id for saga in self.state.returns.values() if saga.item.id == barcode][-1]

    @property
    def view(self) -> View:
        return view_of(self.state)

    @property
    def screen(self) -> Any:
        return self.view.screen

    @property
    def modal(self) -> Any:
        return self.view.modal

    @property
    def loan(self) -> LoanView:
        assert isinstance(self.screen, LoanView), self.screen
        return self.screen

    @property
    def account(self) -> AccountView:
        assert isinstance(self.screen, AccountView), self.screen
        return self.screen

    def loan_row(self, key: str) -> AccountLoanRow:
        return next(row for row in self.account.loans if row.key == key)

    @property
    def marks(self) -> dict[str, str]:
        """Each loan of the account and what is said of it."""
        return {row.key: row.mark.value for row in self.account.loans}

    @property
    def back(self) -> ReturnView:
        assert isinstance(self.screen, ReturnView), self.screen
        return self.screen

    def rows(self) -> Iterator[RowView]:
        return iter(self.screen.rows)

    def row(self, key: str) -> RowView:
        return next(row for row in self.rows() if row.key == key)

    @property
    def states(self) -> dict[str, str]:
        """Each row and its state, in the order of the screen."""
        return {row.key: row.state.value for row in self.rows()}

    def open_on_disk(self) -> list[str]:
        """Items whose sagas no row has closed."""
        closed = {row.saga for row in self.disk if row.closes}
        kept = (row for row in self.disk if row.saga not in closed)
        return sorted({str(row.payload.get("item", "")) for row in kept})


def kiosk(policy: Policy | None = None, **changes: Any) -> Story:
    """A kiosk that is ready for its first patron."""
    return Story(policy or Policy(**changes)).began()
