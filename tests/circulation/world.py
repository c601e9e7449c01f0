"""A true world around a story: an ILS that knows who has what, tags that hold an AFI, and a disk.

`Story` answers nothing by itself; this world answers everything, late, twice lost, or not at all, as a seed
wants it. It cries when a tag is released and the ILS has no loan, or when money is taken or booked twice, and
`end` lets everything come to rest and looks for books whose tag and loan do not agree, for money that was
taken and not booked, and for rows of the journal that nobody can explain.
"""

from __future__ import annotations

import random
from dataclasses import replace

from kiosk.circulation.answers import (
    Account,
    AccountLoan,
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
    TillAnswer,
    Unsupported,
    Welcome,
)
from kiosk.circulation.effects import (
    AskAccount,
    AskHold,
    AskLoan,
    AskRenewal,
    AskRenewAll,
    AskReturn,
    BookFee,
    DescribeItem,
    PrintPaper,
    ReadAfi,
    ReleaseGate,
    SettleLoan,
    SettleReturn,
    SignIn,
    SwitchTag,
    TakeMoney,
    Tell,
)
from kiosk.circulation.events import (
    AccountAnswered,
    AfiRead,
    AnswerLate,
    Event,
    FeeAnswered,
    GateAnswered,
    HoldAnswered,
    ItemDescribed,
    LoanAnswered,
    LoanSettled,
    MatterResolved,
    PaperPrinted,
    RenewalAnswered,
    RenewAllAnswered,
    Restarted,
    ReturnAnswered,
    ReturnSettled,
    SignInAnswered,
    StaffLeft,
    TagSwitched,
    TillAnswered,
    TimerFired,
)
from kiosk.circulation.facts import ItemNeedsStaff, MatterClosed
from kiosk.circulation.intents import Do, Hold, Intent, Look, Renew
from kiosk.circulation.matters import open_matters
from kiosk.circulation.policy import Mode, PinRule, Policy, ReceiptRule
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardShown, CodeScanned, DeviceChanged, TagRead, TagsLeft, TagsNamed
from kiosk.circulation.sets import UnknownSize
from kiosk.circulation.state import Phase
from kiosk.circulation.values import (
    AFI_IN_STOCK,
    AFI_ON_LOAN,
    AFI_UNKNOWN,
    Alert,
    Condition,
    Device,
    ItemKey,
    Money,
    PatronId,
    Printout,
    Proof,
    Row,
    SagaId,
    Switched,
    Uid,
)
from kiosk.circulation.views import AccountView, AskFee, AskParts, AskPayment, Section
from kiosk.circulation.views import AskHold as QuestionHold
from kiosk.circulation.views import AskRenewal as QuestionRenewal
from kiosk.circulation.views import AskRenewAll as QuestionAll
from tests.circulation.story import FEE, Story, book, outcome_of, part, security_of

ITEMS = {
    "A1": (book("A1"),),
    "A2": (book("A2"),),
    "S": (part("S", 1, 2), part("S", 2, 2)),
    "U": (part("U", 1, 0), part("U", 2, 0)),
}
TAGS = {tag.uid: tag for tags in ITEMS.values() for tag in tags}
ITEM_OF = {tag.uid: item for item, tags in ITEMS.items() for tag in tags}
PATRONS = ("p1", "p2")

Question = (
    SignIn
    | AskLoan
    | SettleLoan
    | AskReturn
    | SettleReturn
    | AskRenewal
    | AskRenewAll
    | AskHold
    | BookFee
    | DescribeItem
    | AskAccount
    | PrintPaper
    | ReleaseGate
    | TakeMoney
)
ORDER = (
    SignIn,
    AskLoan,
    AskReturn,
    AskRenewal,
    AskRenewAll,
    AskHold,
    BookFee,
    SettleLoan,
    SettleReturn,
    DescribeItem,
    AskAccount,
)
"""What the desk's ILS worker asks first."""

DAILY = (
    *(Device.ILS, Device.PAD, Device.JOURNAL) * 2,
    Device.GATE,
    Device.PRINTER,
    Device.TILL,
)


class World:
    """One seed, one story."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        choose = self.random.choice
        self.policy = Policy(
            pin=PinRule.NEVER,
            mode=choose((Mode.LOANS_AND_RETURNS, Mode.LOANS_AND_RETURNS, Mode.RETURNS)),
            settle_tries=choose((1, 2)),
            receipt=choose(tuple(ReceiptRule)),
            holds=self.chance(0.7),
            unknown_sets=choose(tuple(UnknownSize)),
        )
        self.knows_65 = self.chance(0.6)
        keen = choose((None, None, *PATRONS))  # has everything already
        self.on_loan: dict[str, str | None] = {item: keen or choose((None, *PATRONS)) for item in ITEMS}
        self.stubborn = {item for item in ITEMS if self.chance(0.1)}  # the ILS refuses whatever is wanted
        self.broken = {uid for uid in TAGS if self.chance(0.06)}  # does not take an AFI
        self.afi = {uid: AFI_ON_LOAN if self.on_loan[item] else AFI_IN_STOCK for uid, item in ITEM_OF.items()}
        self.costs = {item for item in ITEMS if self.chance(0.3)}  # lent for a fee only
        self.owed: dict[str, Money | None] = {name: choose((None, FEE, FEE)) for name in PATRONS}
        self.money: dict[SagaId, Money] = {}  # what the till has really taken
        self.told: dict[str, Money] = {}  # what the ILS has really booked, by the till's number
        self.resolved: set[SagaId] = set()
        self.looked_at: dict[SagaId, str] = {}  # what staff have asked to close
        self.there: set[Uid] = set()
        self.armed_anyway: set[str] = set()  # refused returns are armed though they are on loan
        self.excused: set[str] = set()  # staff were told, or no tag of it was ever seen
        self.disk: list[Row] = []
        self.start(Story(self.policy, disk=self.disk))

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def start(self, story: Story) -> None:
        self.story = story
        self.seen: set[Uid] = set()
        self.named: set[Uid] = set()
        self.questions: list[Question] = []
        self.air: list[SwitchTag | ReadAfi | TagSwitched] = []
        self.heard = 0
        closed = {row.saga for row in self.disk if row.closes}
        kept = tuple(row for row in self.disk if row.saga not in closed)
        self.tell(Restarted(kept, story.opening))
        self.all_ready()

    def all_ready(self) -> None:
        for device in self.random.sample(tuple(Device), len(Device)):
            self.tell(DeviceChanged(device, Condition.READY))

    def tell(self, event: Event) -> None:
        self.story.tell(event)
        self.hear()

    def press(self, *intents: Intent) -> None:
        self.story.press(*intents)
        self.hear()

    def hear(self) -> None:
        """Take what the kiosk wants done."""
        for effect in self.story.effects[self.heard :]:
            match effect:
                case SwitchTag() | ReadAfi():
                    self.air.append(effect)
                case Tell(ItemNeedsStaff(item)):
                    self.excused.add(item.id)
                case Tell(MatterClosed(saga)):
                    self.resolved.add(saga)
                    self.excused.add(self.looked_at[saga])
                case _ if isinstance(effect, Question):
                    self.questions.append(effect)
                case _:
                    pass
        self.heard = len(self.story.effects)

    # ---- the far sides ------------------------------------------------------------------------

    def flush(self) -> None:
        if self.story.state.ready(Device.JOURNAL):
            self.story.flush()
            self.hear()

    def wait(self, seconds: float) -> None:
        story, end = self.story, self.story.now + seconds
        while story.timers and min(story.timers.values()) <= end:
            timer = min(story.timers, key=lambda known: story.timers[known])
            story.now = max(story.now, story.timers.pop(timer))
            self.tell(TimerFired(timer))
        story.now = end

    def poll(self) -> None:
        """The pad looks at the field. It may be a while until it has read what it named."""
        if not self.story.state.ready(Device.PAD):
            self.named.clear()
            return
        gone = (self.seen | self.named) - self.there
        self.seen -= gone
        self.named -= gone
        if gone:
            self.tell(TagsLeft(tuple(sorted(gone))))
        new = sorted(self.there - self.seen - self.named)
        self.named |= set(new)
        if new:
            self.tell(TagsNamed(tuple(new)))
        for uid in sorted(self.named):
            if self.chance(0.7):
                self.named.discard(uid)
                self.seen.add(uid)
                self.tell(TagRead(replace(TAGS[uid], afi=self.afi[uid], security=security_of(self.afi[uid]))))

    def air_next(self) -> None:
        """The pad carries out its oldest job."""
        if not self.air:
            return
        job = self.air.pop(0)
        here = job.uid in self.there and self.story.state.ready(Device.PAD)
        match job:
            case ReadAfi(uid):
                afi = self.afi[uid] if here and self.chance(0.97) else None
                self.tell(AfiRead(uid, afi, security_of(afi)))
            case SwitchTag(uid, armed):
                if here and uid not in self.broken and self.chance(0.93):
                    self.write(job)
                # it is read back later, when much may have happened
                afi = self.afi[uid] if here and self.chance(0.95) else None
                outcome = outcome_of(afi, armed=armed)
                if outcome is Switched.FAILED and uid not in self.broken and self.chance(0.7):
                    outcome = Switched.LEFT
                self.air.insert(0, TagSwitched(uid, outcome, afi or AFI_UNKNOWN))
            case TagSwitched():
                self.tell(job)

    def write(self, job: SwitchTag) -> None:
        item = ITEM_OF[job.uid]
        if not job.armed:
            assert self.on_loan[item] is not None, f"{item} is released without a loan"
            self.armed_anyway.discard(item)
        self.afi[job.uid] = AFI_IN_STOCK if job.armed else AFI_ON_LOAN

    def answer_next(self) -> None:
        """One question is answered, in the order of the desk; paper and gate have workers of their own."""
        if not self.questions:
            return
        question = min(self.questions, key=lambda q: ORDER.index(type(q)) if type(q) in ORDER else -1)
        self.questions.remove(question)
        fate = self.random.random()
        if isinstance(question, TakeMoney):
            self.tell(TillAnswered(question.intent.saga, self.till(question)))
        elif not self.story.state.ready(Device.ILS) or 0.5 < fate < 0.52:
            self.tell(self.unsent(question))
        else:
            self.tell(self.answer(question, lost=fate < 0.14, done=fate > 0.06))

    def unsent(self, question: Question) -> Event:
        ready = self.story.state.ready(Device.ILS)
        why = Reason.NOT_SERVED if ready else Reason.ILS_DOWN
        match question:
            case AskLoan(intent):
                return LoanAnswered(intent.saga, NotLent(why))
            case AskReturn(intent):
                return ReturnAnswered(intent.saga, NotReturned(why))
            case AskRenewal(intent):
                return RenewalAnswered(intent.saga, NotRenewed(why))
            case AskRenewAll(intent):
                return RenewAllAnswered(intent.saga, NotRenewed(why))
            case AskHold(intent):
                return HoldAnswered(intent.saga, HoldNotPlaced(why))
            case BookFee(taken):
                return FeeAnswered(taken.saga, FeeNotBooked(why))
            case _:
                return self.answer(question, lost=True, done=False)

    def answer(self, question: Question, *, lost: bool, done: bool) -> Event:
        """What comes back. `done`: the ILS has carried it out; `lost`: its answer was not heard."""
        match question:
            case SignIn(attempt, patron):
                charged = frozenset(item for item, who in self.on_loan.items() if who == patron.value)
                welcome = Welcome("Anna Kern", charged, self.owed.get(patron.value))
                heard = NoAnswer(Reason.ILS_SILENT) if lost else welcome
                return SignInAnswered(attempt, heard)
            case AskLoan(intent, patron, _, item, agreed):
                lent = self.lend(item.id, patron.value, agreed=agreed) if done else Doubt()
                self.tell(AnswerLate(intent.saga))
                return LoanAnswered(intent.saga, Doubt() if lost else lent)
            case SettleLoan(saga, patron, item):
                stands = self.on_loan[item.id] == patron.value
                settled = Lent(release=True) if stands else NotLent(Reason.ITEM_REFUSED)
                return LoanSettled(saga, Doubt() if lost else settled)
            case AskReturn(intent, item):
                back = self.take_back(item.id) if done else Doubt()
                return ReturnAnswered(intent.saga, Doubt() if lost else back)
            case SettleReturn(saga, item):
                if self.on_loan[item.id] is None:
                    return ReturnSettled(saga, Doubt() if lost else Returned(was_on_loan=False))
                self.armed_anyway.add(item.id)
                return ReturnSettled(saga, Doubt() if lost else NotReturned(Reason.RETURN_REFUSED))
            case AskRenewal(intent, patron, _, item):
                stands = self.on_loan[item.id] == patron.value
                renewed: RenewalAnswer = Renewed() if stands else NotRenewed(Reason.RENEWAL_REFUSED)
                return RenewalAnswered(intent.saga, Doubt() if lost else renewed)
            case AskRenewAll(intent, patron):
                if not self.knows_65:
                    return RenewAllAnswered(intent.saga, Unsupported())
                every = tuple(ItemKey(item) for item, who in self.on_loan.items() if who == patron.value)
                some = self.random.randint(0, len(every))
                all_of_them: RenewAllAnswer = RenewedAll(every[:some], every[some:])
                return RenewAllAnswered(intent.saga, Doubt() if lost else all_of_them)
            case AskAccount(attempt, patron):
                loans = [
                    AccountLoan(ItemKey(item)) for item, who in self.on_loan.items() if who == patron.value
                ]
                told = Account(tuple(loans), complete=self.chance(0.8))
                return AccountAnswered(attempt, NoAnswer(Reason.ILS_SILENT) if lost else told)
            case AskHold(intent, patron, _, item):
                free = self.on_loan[item.id] in (None, patron.value)
                held: HoldAnswer = HoldNotPlaced(Reason.HOLD_REFUSED) if free else HoldPlaced()
                return HoldAnswered(intent.saga, Doubt() if lost else held)
            case BookFee(taken):
                booked = self.book(question) if done else Doubt()
                self.tell(AnswerLate(taken.saga))
                return FeeAnswered(taken.saga, Doubt() if lost else booked)
            case TakeMoney(intent):
                return TillAnswered(intent.saga, self.till(question))
            case DescribeItem(item):
                wanted = item.id in self.on_loan
                return ItemDescribed(item, None if lost else ItemDescription(item, "", wanted=wanted))
            case PrintPaper(job):
                return PaperPrinted(job, Printout(self.random.choice(tuple(Proof)), Reason.PAPER_OUT))
            case ReleaseGate(session):
                return GateAnswered(session, done=done)

    def till(self, question: TakeMoney) -> TillAnswer:
        """The till takes the money, or does not, or nobody learns which."""
        saga, fate = question.intent.saga, self.random.random()
        if not self.story.state.ready(Device.TILL):
            return MoneyNotTaken(Reason.TILL_MISSING)
        if fate < 0.2:
            return MoneyNotTaken(Reason.PAYMENT_CANCELLED)
        if fate < 0.9:
            assert saga not in self.money, f"money is taken twice for {saga}"
            self.money[saga] = question.amount
        return Doubt() if fate > 0.8 else MoneyTaken(f"T-{saga}")

    def book(self, question: BookFee) -> FeeAnswer:
        """The ILS books a payment."""
        saga, reference = question.taken.saga, question.reference
        assert self.money[saga] == question.amount, f"{question} is booked, and {self.money} was taken"
        assert reference not in self.told, f"{reference} is booked twice"
        if self.chance(0.1):
            return FeeNotBooked(Reason.PAYMENT_REFUSED)
        self.told[reference] = question.amount
        self.owed[question.patron.value] = None
        return FeeBooked()

    def lend(self, item: str, patron: str, *, agreed: bool) -> LoanAnswer:
        if item in self.stubborn:
            return NotLent(Reason.ITEM_REFUSED)
        if self.on_loan[item] not in (None, patron):
            return NotLent(Reason.ON_LOAN_TO_OTHER)
        if item in self.costs and not agreed:
            return FeeAsked(FEE)
        self.on_loan[item] = patron
        self._count(item)
        return Lent(release=self.chance(0.95))

    def _count(self, item: str) -> None:
        """Of a set that no tag counts, the kiosk knows only what it was shown: the rest is believed to be no
        part of it."""
        session = self.story.state.session
        line = session.lines.get(item) if session is not None else None
        if item == "U" and (line is None or len(line.uids) < len(ITEMS[item])):
            self.excused.add(item)

    def take_back(self, item: str) -> ReturnAnswer:
        if item in self.stubborn:
            self.armed_anyway.add(item)
            return NotReturned(Reason.RETURN_REFUSED)
        was_on_loan = self.on_loan[item] is not None
        self._count(item)
        self.on_loan[item] = None
        return Returned(was_on_loan=was_on_loan, alert=self.random.choice((None, Alert.TRANSIT)))

    # ---- what happens -------------------------------------------------------------------------

    def act(self) -> None:
        likely = (self.work,) * 6 + (self.answer_next, self.air_next, self.flush, self.move, self.move)
        visit = (self.stack, self.clear, self.card, *(self.finger,) * 4, self.scan, self.finish)
        if self.story.state.session is not None and self.story.state.session.patron is not None:
            visit = (*visit, self.account, self.account)
        rare = (self.pause, self.pause, self.device, self.disk_full, self.cut, self.elsewhere, self.staff)
        self.random.choice((*likely, *visit, *(rare if self.chance(0.5) else ())))()

    def work(self) -> None:
        jobs = (self.flush, self.answer_next, self.air_next, self.poll)
        for job in self.random.sample(jobs, len(jobs)):
            job()

    def move(self) -> None:
        self.there ^= {self.random.choice(tuple(TAGS))}
        if self.chance(0.7):
            self.poll()

    def stack(self) -> None:
        self.there |= {tag.uid for tag in ITEMS[self.random.choice(tuple(ITEMS))]}
        self.poll()

    def clear(self) -> None:
        self.there = {uid for uid in sorted(self.there) if self.chance(0.4)}
        self.poll()

    def card(self) -> None:
        self.tell(CardShown(PatronId(self.random.choice(PATRONS))))

    def finish(self) -> None:
        self.press(Do.FINISH)

    def account(self) -> None:
        """Somebody wants to see their account, or does something in it."""
        screen = self.story.screen
        if self.story.modal is not None:
            self.finger()
        elif not isinstance(screen, AccountView):
            self.press(Do.ACCOUNT)
            for _ in range(3):
                self.answer_next()
        elif screen.renew_all and self.chance(0.6):
            self.press(Do.RENEW_ALL, Do.YES)
        elif self.chance(0.5):
            wishes = [Renew(row.key) for row in screen.loans if row.renewable]
            self.press(*([self.random.choice(wishes), Do.YES] if wishes else [Do.RENEW_ALL]))
        else:
            at = self.random.choice(tuple(Section))
            self.press(self.random.choice((Do.BACK, Do.ACCOUNT, Look(at))))

    def finger(self) -> None:
        rows = getattr(self.story.screen, "rows", ())
        wishes: list[Intent] = [Renew(row.key) for row in rows if row.renewable]
        wishes += [Hold(row.key) for row in rows if row.holdable]
        questions = AskFee | AskParts | QuestionHold | AskPayment | QuestionRenewal | QuestionAll
        if isinstance(self.story.modal, questions):
            self.press(self.random.choice((Do.YES, Do.YES, Do.NO, Do.CALL_STAFF)))
        elif self.story.state.help_open:
            self.press(Do.CLOSE_HELP)
        elif getattr(self.story.screen, "payable", None) is not None and self.chance(0.6):
            self.press(Do.PAY, Do.YES)
        elif wishes and self.chance(0.5):
            self.press(self.random.choice(wishes), Do.YES)
        else:
            self.press(self.random.choice((Do.RETURN, Do.RETURN, Do.MINE, Do.MINE, Do.NOT_MINE, Do.PRINT)))

    def scan(self) -> None:
        item = self.random.choice(tuple(ITEMS))
        if not any(tag.uid in self.story.state.pad for tag in ITEMS[item]):
            self.excused.add(item)
        self.tell(CodeScanned(PatronId("nobody") if self.chance(0.2) else None, ItemKey(item)))

    def pause(self) -> None:
        self.wait(self.random.choice((0.3, 1, 3, 5, 30, 61, 85)))

    def device(self) -> None:
        device = self.random.choice(DAILY)
        away = self.story.state.ready(device)
        self.tell(DeviceChanged(device, Condition.MISSING if away else Condition.READY))
        self.poll()

    def disk_full(self) -> None:
        if self.story.pending:
            self.story.disk_refuses()
            self.hear()

    def staff(self) -> None:
        """Staff come to the maintenance screen, and may close a matter that stands there."""
        self.press(Do.STAFF)
        self.poll()
        closed = {row.saga for row in self.disk if row.closes}
        matters = open_matters([row for row in self.disk if row.saga not in closed])
        if matters and self.story.state.phase is Phase.STAFF and self.chance(0.5):
            matter = self.random.choice(matters)
            self.looked_at[matter.saga] = matter.item.id
            self.tell(MatterResolved(matter.saga))
        self.tell(StaffLeft())

    def cut(self) -> None:
        """The power is cut; the next write may have reached its tag, and the question that was out the ILS or
        the till."""
        if self.questions and self.chance(0.5):
            question = min(self.questions, key=lambda q: ORDER.index(type(q)) if type(q) in ORDER else -1)
            away = Device.TILL if isinstance(question, TakeMoney) else Device.ILS
            if self.story.state.ready(away):
                self.answer(question, lost=True, done=True)
        for job in self.air[:1]:
            if isinstance(job, SwitchTag) and job.uid in self.there and self.chance(0.5):
                self.write(job)
        self.start(self.story.power_cut())

    def elsewhere(self) -> None:
        """Another desk of the library lends a book or takes it back; it takes its time."""
        item = self.random.choice(tuple(ITEMS))
        self.there -= {tag.uid for tag in ITEMS[item]}
        self.poll()
        session = self.story.state.session
        listed = session is not None and item in session.lines
        asked = any(getattr(question, "item", None) == ItemKey(item) for question in self.questions)
        under_way = any(ITEM_OF[job.uid] == item for job in self.air)
        if listed or asked or under_way or not self.story.state.ready(Device.PAD) or self.story.pending:
            return
        self.wait(10)
        self.on_loan[item] = self.random.choice((None, *PATRONS))
        for tag in ITEMS[item]:
            self.afi[tag.uid] = AFI_ON_LOAN if self.on_loan[item] else AFI_IN_STOCK
        self.armed_anyway.discard(item)

    # ---- the end ------------------------------------------------------------------------------

    def end(self) -> None:
        """Everything works again and nobody touches anything: all comes to rest, or is named."""
        self.tell(StaffLeft())
        self.all_ready()
        for _ in range(20):
            self.poll()
            self.flush()
            while self.questions or self.air:
                self.answer_next()
                self.air_next()
                self.flush()
            self.wait(10)
        state = self.story.state
        assert state.session is None, f"the visit stays in {state.phase}"
        opened = {row.saga for row in self.disk} - {row.saga for row in self.disk if row.closes}
        for saga in state.sagas():
            assert saga.ended or getattr(saga, "at_rest", False), f"{saga.id} hangs"
            assert saga.ended or saga.id in opened, f"{saga.id} is open here and closed on the disk"
        matters = {matter.saga for matter in open_matters(self.disk)}
        unexplained = opened - matters - {saga.id for saga in state.sagas()}
        assert not unexplained, f"{unexplained} are open on the disk, and nobody knows why"
        for payment in self.money:
            booked = f"T-{payment}" in self.told
            assert booked or payment in matters | self.resolved, f"{payment} is taken and not booked"
        named = {saga.item.id for saga in state.tagged() if saga.id in matters} | self.excused
        for uid, item in ITEM_OF.items():
            loose = self.afi[uid] == AFI_ON_LOAN and self.on_loan[item] is None
            assert not loose or item in named, f"{item} may leave, is not on loan, and nobody is told"
            stuck = self.afi[uid] == AFI_IN_STOCK and self.on_loan[item] is not None
            known = named | self.armed_anyway
            assert not stuck or item in known, f"{item} is on loan, will ring, and nobody is told"
