"""Whatever happens, in whatever order: the promises hold, nothing raises, every visit ends.

`Wild` turns numbers into events: likely ones (the disk flushes, the ILS answers what it was asked) and
unlikely ones (late, doubled and foreign answers, tags that come and go, devices that flap). The watch
in each `Story` checks every step.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import get_args

from hypothesis import example, given, settings
from hypothesis import strategies as st

from kiosk.circulation.answers import (
    Account,
    AccountAnswer,
    AccountFee,
    AccountHold,
    AccountLoan,
    Denied,
    Doubt,
    FeeAnswer,
    FeeAsked,
    FeeBooked,
    FeeNotBooked,
    HoldAnswer,
    HoldNotPlaced,
    HoldPlaced,
    ItemDescription,
    Lent,
    LoanAnswer,
    MoneyNotTaken,
    MoneyTaken,
    NoAnswer,
    NotLent,
    NotRenewed,
    NotReturned,
    RenewalAnswer,
    RenewAllAnswer,
    Renewed,
    RenewedAll,
    ReturnAnswer,
    Returned,
    SignInAnswer,
    TillAnswer,
    Unsupported,
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
    PrintPaper,
    ReleaseGate,
    SettleLoan,
    SettleReturn,
    SignIn,
    SwitchTag,
    TakeMoney,
    Timer,
)
from kiosk.circulation.events import (
    AccountAnswered,
    AfiRead,
    AnswerLate,
    FeeAnswered,
    FlushFailed,
    GateAnswered,
    HoldAnswered,
    ItemDescribed,
    LoanAnswered,
    LoanSettled,
    MatterResolved,
    PaperPrinted,
    PolicyChanged,
    RenewalAnswered,
    RenewAllAnswered,
    ReturnAnswered,
    ReturnSettled,
    RowsFlushed,
    SignInAnswered,
    StaffLeft,
    TagSwitched,
    TillAnswered,
    TimerFired,
)
from kiosk.circulation.intents import Digit, Do, Hold, Language, Look, Pressed, Renew
from kiosk.circulation.policy import Mode, PinRule, Policy, ReceiptRule
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardUnread, CodeScanned, DeviceChanged
from kiosk.circulation.saga import Saga
from kiosk.circulation.values import (
    AFI_IN_STOCK,
    AFI_ON_LOAN,
    AFI_UNKNOWN,
    Alert,
    Condition,
    Device,
    Due,
    Flushed,
    ItemKey,
    PatronId,
    Printout,
    Proof,
    RowKind,
    SagaId,
    SeenTag,
    Switched,
    Untrusted,
)
from kiosk.circulation.views import AccountView, AttractView, CannotLendView, Section, StaffView, Theme
from tests.circulation.story import FEE, Story, book, card_tag, copy, damaged, outcome_of, part, security_of

PATRONS = ("patron-one", "patron-two")
NAMES = ("Anna Kern", "Ben Lo")
TAGS: tuple[SeenTag, ...] = (
    book("A1"),
    book("A2", 0xC2),
    copy("A1"),
    part("S", 1, 2),
    part("S", 2, 2),
    damaged(),
    card_tag("patron-one"),
)
ITEMS = ("A1", "A2", "S", "C1")
REPLIES: tuple[LoanAnswer, ...] = (
    Lent(release=True, title="Momo", due=Due(date(2026, 8, 1))),
    Lent(release=True),
    Lent(release=False),
    NotLent(Reason.ON_HOLD, "Momo", Untrusted("wait")),
    FeeAsked(FEE, "Momo"),
    NotLent(Reason.ILS_DOWN),
    Doubt(),
)
RETURNS: tuple[ReturnAnswer, ...] = (
    Returned(title="Momo"),
    Returned(was_on_loan=False, alert=Alert.TRANSIT, bin="3"),
    Returned(alert=Alert.HOLD_HERE),
    NotReturned(Reason.RETURN_REFUSED, "Momo"),
    NotReturned(Reason.ILS_DOWN),
    Doubt(),
)
RENEWALS: tuple[RenewalAnswer, ...] = (
    Renewed(Due(date(2026, 9, 1))),
    Renewed(),
    NotRenewed(Reason.ON_HOLD),
    NotRenewed(Reason.RENEWAL_REFUSED),
    NotRenewed(Reason.ILS_DOWN),
    Doubt(),
)
ALL_RENEWALS: tuple[RenewAllAnswer, ...] = (
    RenewedAll((ItemKey("A1"), ItemKey("A2")), (ItemKey("C1"),)),
    Unsupported(),
    RenewedAll(),
    NotRenewed(Reason.RENEWAL_REFUSED),
    NotRenewed(Reason.ILS_DOWN),
    Doubt(),
)
ACCOUNTS: tuple[AccountAnswer, ...] = (
    Account(tuple(AccountLoan(ItemKey(item), overdue=item == "A2") for item in ("A1", "A2", "C1"))),
    Account(
        (AccountLoan(ItemKey("A2"), "Momo"), AccountLoan(ItemKey(""), "Emma"), AccountLoan(ItemKey("S"))),
        (AccountHold("Momo", waiting=True), AccountHold("", ItemKey("H1"))),
        (AccountFee(Untrusted("Momo"), FEE),),
        complete=False,
        owed=FEE,
    ),
    Account(),
    NoAnswer(Reason.ILS_SILENT),
)
HOLDS: tuple[HoldAnswer, ...] = (
    HoldPlaced("Momo", "Main desk"),
    HoldNotPlaced(Reason.HOLD_REFUSED),
    HoldNotPlaced(Reason.ILS_DOWN),
    Doubt(),
)
TAKINGS: tuple[TillAnswer, ...] = (MoneyTaken("T-1"), MoneyNotTaken(Reason.PAYMENT_CANCELLED), Doubt())
BOOKINGS: tuple[FeeAnswer, ...] = (
    FeeBooked(),
    FeeNotBooked(Reason.PAYMENT_REFUSED),
    FeeNotBooked(Reason.ILS_DOWN),
    Doubt(),
)
SIGN_INS: tuple[Callable[[int], SignInAnswer], ...] = (
    lambda n: Welcome(NAMES[n % 2], frozenset(), FEE),
    lambda n: Welcome(NAMES[n % 2], frozenset({"A2"})),
    lambda n: Welcome(NAMES[n % 2], frozenset({"A1", "C1"})),
    lambda n: Denied(Reason.PIN_NEEDED),
    lambda n: Denied(Reason.PIN_WRONG),
    lambda n: Denied(Reason.PATRON_BLOCKED),
    lambda n: NoAnswer(Reason.ILS_SILENT),
)
INTENTS = (
    *Do,
    Digit("1"),
    Digit("2"),
    Language("ar"),
    Language("en"),
    *map(Renew, ITEMS),
    *map(Hold, ITEMS),
    *map(Look, Section),
)

Question = (
    AskLoan
    | SettleLoan
    | AskReturn
    | SettleReturn
    | AskRenewal
    | AskRenewAll
    | AskAccount
    | AskHold
    | BookFee
    | TakeMoney
    | SignIn
    | DescribeItem
    | PrintPaper
    | ReleaseGate
)
KINDS = get_args(Question)


class Wild:
    """A story whose next event is chosen by a number."""

    def __init__(self, policy: Policy) -> None:
        self.story = Story(policy).began().ready(Device.PRINTER, Device.GATE, Device.TILL)
        self.answered = 0  # questions that were answered, in the order in which they were asked
        self.written = 0
        self.afi = {tag.uid: tag.afi for tag in TAGS}  # as the tags really hold it

    def questions(self) -> list[Question]:
        return [effect for effect in self.story.effects if isinstance(effect, KINDS)]

    # ---- likely ---------------------------------------------------------------------------

    def put(self, n: int) -> None:
        tag = TAGS[n % len(TAGS)]
        self.story.put(replace(tag, afi=self.afi[tag.uid], security=security_of(self.afi[tag.uid])))

    def lift(self, n: int) -> None:
        self.story.lift(TAGS[n % len(TAGS)])

    def flush(self, _: int) -> None:
        self.story.flush()

    def card(self, n: int) -> None:
        self.story.shows(PATRONS[n % 2])

    def welcome(self, n: int) -> None:
        """A card, and all goes well."""
        self.story.shows(PATRONS[n % 2])
        self.answer(n // 2 % 3)

    def answer(self, n: int) -> None:
        """The ILS answers the oldest question."""
        waiting = self.questions()[self.answered :]
        if not waiting:
            return
        self.answered += 1
        match waiting[0]:
            case AskLoan(intent):
                self.story.tell(LoanAnswered(intent.saga, REPLIES[n % len(REPLIES)]))
            case SettleLoan(saga):
                self.story.tell(LoanSettled(saga, REPLIES[n % len(REPLIES)]))
            case AskReturn(intent):
                self.story.tell(ReturnAnswered(intent.saga, RETURNS[n % len(RETURNS)]))
            case SettleReturn(saga):
                self.story.tell(ReturnSettled(saga, RETURNS[n % len(RETURNS)]))
            case AskRenewal(intent):
                self.story.tell(RenewalAnswered(intent.saga, RENEWALS[n % len(RENEWALS)]))
            case AskRenewAll(intent):
                every = ALL_RENEWALS[n % len(ALL_RENEWALS)]
                self.story.tell(RenewAllAnswered(intent.saga, every))
            case AskAccount(attempt):
                self.story.tell(AccountAnswered(attempt, ACCOUNTS[n % len(ACCOUNTS)]))
            case AskHold(intent):
                self.story.tell(HoldAnswered(intent.saga, HOLDS[n % len(HOLDS)]))
            case BookFee(taken):
                self.story.tell(FeeAnswered(taken.saga, BOOKINGS[n % len(BOOKINGS)]))
            case TakeMoney(intent):
                self.story.tell(TillAnswered(intent.saga, TAKINGS[n % len(TAKINGS)]))
            case PrintPaper(job):
                self.story.tell(PaperPrinted(job, Printout(tuple(Proof)[n % 3], Reason.PAPER_OUT)))
            case ReleaseGate(session):
                self.story.tell(GateAnswered(session, done=n % 2 == 0))
            case SignIn(attempt):
                self.story.tell(SignInAnswered(attempt, SIGN_INS[n % len(SIGN_INS)](n)))
            case DescribeItem(item):
                self.story.tell(ItemDescribed(item, ItemDescription(item, "Momo") if n % 2 else None))

    def lend(self, _: int) -> None:
        self.answer(0)

    def prove(self, n: int) -> None:
        """The pad carries out the oldest write."""
        writes = self.story.all(SwitchTag)[self.written :]
        if writes:
            self.written += 1
            uid, armed, kept = writes[0].uid, writes[0].armed, n % 5 < 3
            if kept:
                self.afi[uid] = AFI_IN_STOCK if armed else AFI_ON_LOAN
            afi = self.afi[uid] if n % 5 != 2 else None
            outcome = outcome_of(afi, armed=armed)
            if outcome is Switched.FAILED:
                outcome = (Switched.FAILED, Switched.LEFT, Switched.PROTECTED)[n % 3]
            self.story.tell(TagSwitched(uid, outcome, afi or AFI_UNKNOWN))

    def go_on(self, n: int) -> None:
        """The next thing that happens on a good day."""
        if isinstance(self.story.screen, StaffView):
            self.staff_left(n)
        elif self.story.state.session is None and n % 3 == 0:
            self.bring(n)
        elif self.story.state.session is None:
            self.welcome(n)
        elif self.story.pending:
            self.flush(n)
        elif len(self.questions()) > self.answered:
            self.answer(0)
        elif len(self.story.all(SwitchTag)) > self.written:
            self.prove(0)
        else:
            self.want_more(n)

    def want_more(self, n: int) -> None:
        """Nothing is under way: the patron renews what can be renewed, puts a book down, or goes."""
        renewable = [row.key for row in getattr(self.story.screen, "rows", ()) if row.renewable]
        if renewable and n % 3 == 0:
            self.story.press(Renew(renewable[0]), Do.YES)
        elif self.story.state.asking() is not None:
            self.story.press(Do.YES if n % 3 else Do.NO)
        elif getattr(self.story.screen, "payable", None) is not None and n % 3 == 1:
            self.story.press(Do.PAY, Do.YES)
        elif n % 4 == 1:
            self.lift(n)
        elif n % 4 == 2:
            self.finish(n)
        else:
            self.put(n)

    def press(self, n: int) -> None:
        self.story.press(INTENTS[n % len(INTENTS)])

    def bring(self, n: int) -> None:
        """Somebody brings back what lies there, and what they put down."""
        self.story.press(Do.RETURN, Do.MINE)
        self.put(n)

    def account(self, n: int) -> None:
        """Somebody opens their account, renews from it, or leaves it."""
        if not isinstance(self.story.screen, AccountView):
            self.story.press(Do.ACCOUNT)
        elif self.story.screen.renew_all and n % 3:
            self.story.press(Do.RENEW_ALL, Do.YES if n % 5 else Do.NO)
        elif n % 4:
            self.story.press(Renew(ITEMS[n % len(ITEMS)]), Do.YES)
        else:
            self.story.press((Do.BACK, Do.ACCOUNT, Look(Section.HOLDS))[n % 3])

    def renew(self, n: int) -> None:
        self.story.press(Renew(ITEMS[n % len(ITEMS)]), Do.YES if n % 3 else Do.NO)

    def hold(self, n: int) -> None:
        self.story.press(Hold(ITEMS[n % len(ITEMS)]), Do.YES if n % 3 else Do.NO)

    def pay(self, n: int) -> None:
        self.story.press(Do.PAY, Do.YES if n % 3 else Do.NO)

    def resolve(self, n: int) -> None:
        """Staff close what one of the journal's rows is about, whatever that is."""
        if self.story.disk and isinstance(self.story.screen, StaffView):
            self.story.tell(MatterResolved(self.story.disk[n % len(self.story.disk)].saga))

    def staff(self, _: int) -> None:
        self.story.press(Do.STAFF)

    def staff_left(self, _: int) -> None:
        self.story.tell(StaffLeft())

    def finish(self, _: int) -> None:
        self.story.press(Do.FINISH)

    def scan(self, n: int) -> None:
        self.story.scan(ITEMS[n % len(ITEMS)])

    def wait(self, n: int) -> None:
        self.story.wait((0.1, 0.5, 3.0, 10.0, 61.0, 85.0)[n % 6])

    def flap(self, n: int) -> None:
        device = tuple(Device)[n % len(Device)]
        self.story.missing(device).ready(device)

    # ---- unlikely -------------------------------------------------------------------------

    def device(self, n: int) -> None:
        self.story.tell(DeviceChanged(tuple(Device)[n % len(Device)], tuple(Condition)[n // len(Device) % 3]))

    def refuse(self, _: int) -> None:
        if self.story.pending:
            self.story.disk_refuses().ready(Device.JOURNAL)

    def stray(self, n: int) -> None:
        """An answer to nobody, or to somebody who has it already."""
        state = self.story.state
        sagas = [*state.loans, *state.returns, *state.wishes, SagaId("nobody's")]
        saga, reply = sagas[n % len(sagas)], REPLIES[n % len(REPLIES)]
        uid = TAGS[n % len(TAGS)].uid
        lost = SagaId("nobody's")
        told = (
            AnswerLate(saga),
            LoanAnswered(lost, reply),
            LoanSettled(lost, reply),
            ReturnAnswered(saga if saga in state.loans else lost, RETURNS[n % len(RETURNS)]),
            ReturnSettled(saga if saga in state.loans else lost, RETURNS[n % len(RETURNS)]),
            RenewalAnswered(saga if saga in state.loans else lost, RENEWALS[n % len(RENEWALS)]),
            RenewAllAnswered(lost, ALL_RENEWALS[n % len(ALL_RENEWALS)]),
            AccountAnswered(-1, ACCOUNTS[n % len(ACCOUNTS)]),
            HoldAnswered(lost, HOLDS[n % len(HOLDS)]),
            FeeAnswered(lost, BOOKINGS[n % len(BOOKINGS)]),
            TillAnswered(lost, TAKINGS[n % len(TAKINGS)]),
            PaperPrinted(-1, Printout(Proof.PROVEN)),
            GateAnswered(state.epoch - 1, done=False),
            StaffLeft(),
            SignInAnswered(-1, Welcome("Carl Poe", frozenset())),
            RowsFlushed((Flushed(10_000 + n, saga, RowKind.SETTLED),)),
            FlushFailed((lost,)),
            AfiRead(uid, 0x55),
            TimerFired(tuple(Timer)[n % len(Timer)]),
            CardUnread(Reason.CARD_UNREADABLE),
            CodeScanned(PatronId(PATRONS[n % 2]), ItemKey(ITEMS[n % 4])),
            CodeScanned(problem=Reason.CODE_BAD),
            ItemDescribed(ItemKey(ITEMS[n % 4]), None),
            Pressed(self.story.state.epoch - 1, n, Do.FINISH),
            PolicyChanged(self.story.state.policy),
        )
        self.story.tell(told[n % len(told)])

    def cut(self, _: int) -> None:
        """The power is cut; what is in the air is lost, and the pad is read anew."""
        there = [n for n, tag in enumerate(TAGS) if self.story.state.there(tag.uid)]
        self.story = self.story.power_cut().began().ready(Device.PRINTER, Device.GATE, Device.TILL)
        self.answered = self.written = 0
        for n in there:
            self.put(n)


LIKELY = (
    *(Wild.go_on,) * 12,
    Wild.put,
    Wild.put,
    Wild.lift,
    Wild.flush,
    Wild.flush,
    Wild.card,
    Wild.welcome,
    Wild.answer,
    Wild.lend,
    Wild.lend,
    Wild.prove,
    Wild.prove,
    Wild.press,
    Wild.finish,
    Wild.finish,
    Wild.bring,
    Wild.account,
    Wild.account,
    Wild.renew,
    Wild.hold,
    Wild.pay,
    Wild.scan,
    Wild.wait,
)
UNLIKELY = (
    Wild.flap,
    Wild.device,
    Wild.refuse,
    Wild.stray,
    Wild.cut,
    Wild.staff,
    Wild.resolve,
    Wild.staff_left,
)
ACTS = st.tuples(st.sampled_from((*LIKELY, *UNLIKELY)), st.integers(0, 1000))
POLICIES = st.builds(
    Policy,
    pin=st.sampled_from(PinRule),
    settle_tries=st.integers(1, 3),
    mode=st.sampled_from((Mode.LOANS_AND_RETURNS, Mode.LOANS_AND_RETURNS, Mode.LOANS, Mode.RETURNS)),
    receipt=st.sampled_from(ReceiptRule),
    holds=st.booleans(),
)


def live(policy: Policy, acts: list[tuple[Callable[[Wild, int], None], int]]) -> Wild:
    wild = Wild(policy)
    for act, n in acts:
        act(wild, n)
    return wild


def let_it_end(wild: Wild) -> Story:
    """Everything answers again, and nobody touches the screen: the visit ends, the sagas rest."""
    story = wild.story
    story.tell(StaffLeft()).ready(*Device)
    for _ in range(12):
        story.flush()
        for question in range(len(wild.questions()) - wild.answered):
            wild.answer(question)
        for _ in range(len(story.all(SwitchTag)) - wild.written):
            wild.prove(0)
        story.wait(30)
    return story


def known_sagas(story: Story) -> list[Saga]:
    return list(story.state.sagas())


@settings(max_examples=150)
@given(POLICIES, st.lists(ACTS, min_size=5, max_size=70))
def test_whatever_happens_the_promises_hold_and_the_visit_ends(
    policy: Policy, acts: list[tuple[Callable[[Wild, int], None], int]]
) -> None:
    wild = live(policy, acts)
    story = let_it_end(wild)
    assert isinstance(story.screen, AttractView | CannotLendView), story.screen
    assert story.timers.keys() <= {Timer.SETTLE, Timer.MESSAGE, Timer.TAG_RETRY}
    known = {row.saga for row in story.disk}
    assert all(saga.id in known for saga in known_sagas(story) if not saga.ended)


def test_a_loan_that_began_before_the_account_was_told_takes_its_tag():
    wild = Wild(Policy())
    for act, n in (
        (Wild.welcome, 0),
        (Wild.account, 0),
        (Wild.scan, ITEMS.index("S")),
        (Wild.answer, 1),  # the account, which has that book by then
        (Wild.put, TAGS.index(part("S", 2, 2))),
    ):
        act(wild, n)
    intents = [effect.row for effect in wild.story.all(AppendRow)]
    assert [(row.saga, row.payload["uids"]) for row in intents] == [
        ("L1-3", []),
        ("L1-3", [part("S", 2, 2).uid]),
    ]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(LIKELY), st.integers(0, 1000)), min_size=30, max_size=80))
@example([(Wild.welcome, 0), (Wild.put, 0), (Wild.flush, 0), (Wild.lend, 0), (Wild.flush, 0)])
def test_on_a_good_day_nothing_stays_open_on_the_disk_without_a_name(
    acts: list[tuple[Callable[[Wild, int], None], int]],
) -> None:
    """What the journal holds open is a saga that the kiosk still knows, and no other."""
    story = let_it_end(live(Policy(), acts)).flush()
    closed = {row.saga for row in story.disk if row.closes}
    still_open = {row.saga for row in story.disk} - closed
    assert still_open <= {saga.id for saga in known_sagas(story)}


@settings(max_examples=60)
@given(POLICIES, st.lists(ACTS, min_size=10, max_size=60))
def test_nothing_of_a_patron_is_seen_after_the_visit(
    policy: Policy, acts: list[tuple[Callable[[Wild, int], None], int]]
) -> None:
    wild = live(policy, acts)
    view = let_it_end(wild).view
    assert (view.header.language, view.header.text_size, view.header.theme) == ("en", 100, Theme.LIGHT)
    shown = repr(view)
    for secret in (*PATRONS, *NAMES, "Anna", "Ben", "Carl", "Momo", *ITEMS):
        assert secret not in shown


BEFORE_THE_GATE = (
    *(Wild.finish,) * 3,
    *(Wild.go_on,) * 3,
    Wild.put,
    Wild.lift,
    Wild.lift,
    Wild.flush,
    Wild.answer,
    Wild.lend,
    Wild.prove,
    Wild.scan,
    Wild.renew,
    Wild.wait,
    Wild.flap,
    Wild.device,
)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(BEFORE_THE_GATE), st.integers(0, 1000)), max_size=30))
@example([(Wild.finish, 0)])
def test_whoever_has_borrowed_is_let_through_once_and_with_nothing_unsafe_on_the_pad(
    acts: list[tuple[Callable[[Wild, int], None], int]],
) -> None:
    """The watch looks at each release; a visit that goes on to its end without trouble gets its own."""
    wild = Wild(Policy(pin=PinRule.NEVER, receipt=ReceiptRule.ALWAYS))
    story = wild.story.card(charged=("A2",)).borrows("A1")
    wild.afi[book("A1").uid] = 0xC2
    wild.answered, wild.written = len(wild.questions()), len(story.all(SwitchTag))
    for act, n in acts:
        act(wild, n)
    if acts == [(Wild.finish, 0)]:
        assert story.released == [story.state.epoch]
    assert len(set(story.released)) == len(story.released)
