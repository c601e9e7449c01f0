"""The watch: the promises of the pure circulation, checked at every step of every test.

It keeps books of its own about what was asked, flushed, answered and read back, and compares each
effect and each view with them. It never looks into a saga.
"""

from __future__ import annotations

from enum import StrEnum

from kiosk.circulation.answers import (
    Account,
    Doubt,
    FeeAsked,
    FeeBooked,
    FeeNotBooked,
    HoldNotPlaced,
    Lent,
    LoanAnswer,
    MoneyNotTaken,
    MoneyTaken,
    NotLent,
    NotRenewed,
    NotReturned,
    ReturnAnswer,
    Returned,
    TillAnswer,
    Unsupported,
    Welcome,
)
from kiosk.circulation.effects import (
    AppendRow,
    AskHold,
    AskLoan,
    AskRenewal,
    AskRenewAll,
    AskReturn,
    BookFee,
    Effect,
    PrintPaper,
    ReleaseGate,
    SwitchTag,
    TakeMoney,
    Tell,
)
from kiosk.circulation.events import (
    AccountAnswered,
    AfiRead,
    FeeAnswered,
    FlushFailed,
    HoldAnswered,
    LoanAnswered,
    LoanSettled,
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
)
from kiosk.circulation.facts import SessionBegan, SessionEnded
from kiosk.circulation.intents import Do, Pressed
from kiosk.circulation.reasons import UNASKED, Reason
from kiosk.circulation.reports import DeviceChanged, TagRead, TagsLeft, TagsNamed
from kiosk.circulation.securing import PROOFS
from kiosk.circulation.sets import UnknownSize
from kiosk.circulation.show import Views, screen_key, view_of
from kiosk.circulation.state import Phase, State
from kiosk.circulation.step import step
from kiosk.circulation.values import (
    CardTag,
    Condition,
    Device,
    Flushed,
    ItemKey,
    ItemTag,
    PaperKind,
    Payment,
    Row,
    RowKind,
    SagaId,
    Security,
    SeenTag,
    Switched,
    Uid,
)
from kiosk.circulation.views import (
    AccountView,
    AskPayment,
    AttractView,
    CannotLendView,
    Errand,
    FarewellView,
    ItemState,
    LoanView,
    Message,
    ReturnView,
    RowView,
    StaffView,
    View,
)
from kiosk.circulation.views import AskFee as AskFeeView
from kiosk.circulation.views import AskHold as AskHoldView
from kiosk.circulation.views import AskParts as AskPartsView
from kiosk.circulation.views import AskRenewal as AskRenewalView
from kiosk.circulation.views import AskRenewAll as AskRenewAllView

PROVED = (ItemState.SAFE, ItemState.NO_TAG, ItemState.RENEWED, ItemState.RETURNED)
"""What a row says when all is well."""


class Watch:
    """Checks what must hold whatever happens; raises AssertionError when it does not."""

    def __init__(self) -> None:
        self.moves: set[tuple[StrEnum, StrEnum]] = set()
        self._flushed: set[Flushed] = set()
        self._items: dict[SagaId, ItemKey] = {}
        self._replies: dict[SagaId, LoanAnswer | ReturnAnswer] = {}
        self._tags: dict[Uid, SeenTag] = {}
        self._there: set[Uid] = set()
        self._named: set[Uid] = set()
        self._done: set[str] = set()
        self._security: dict[Uid, Security] = {}
        self._read_back: set[Uid] = set()
        self._armed: set[Uid] = set()
        self._in_air: dict[Uid, Security] = {}
        self._consents: list[tuple[str, object]] = []
        self._renewed: set[str] = set()
        self._all_asked = False
        self._every: set[str] = set()
        self._in_account: set[str] = set()
        self._held: set[str] = set()
        self._fees: set[SagaId] = set()
        self._taken: set[SagaId] = set()
        self._booked: set[SagaId] = set()
        self._till: dict[SagaId, TillAnswer] = {}
        self._money: set[SagaId] = set()
        self._paid: set[SagaId] = set()
        self._released: set[int] = set()
        self._listed: set[str] = set()
        self._asked: set[str] = set()
        self._questions: dict[tuple[type[AskLoan | AskReturn], SagaId], str] = {}
        self._charged: frozenset[str] = frozenset()
        self._secrets: set[str] = set()
        self._views = Views()

    def step(self, state: State, stamped: Stamped) -> tuple[State, tuple[Effect, ...]]:
        following, effects = step(state, stamped)
        assert (following, effects) == step(state, stamped), "the same step gave another answer"
        self._note_consent(state, stamped)
        self._note_event(stamped, following)
        for effect in effects:
            self._check_effect(effect, following)
        self._check_moves(state, following)
        self._check_revision(state, following)
        view = self._views.of(following)
        assert view == view_of(following), "a view depends on what was shown before"
        self._check_view(view, following)
        self._check_proved(view, following)
        return following, effects

    # ---- what the world said --------------------------------------------------------------

    def _note_consent(self, state: State, stamped: Stamped) -> None:
        """*Yes*, to the question that is on the screen, and to no other."""
        match stamped.event:
            case Pressed(session, revision, Do.YES) if session == state.epoch and revision >= state.since:
                view = view_of(state)
                match view.modal:
                    case AskRenewAllView(count):
                        assert isinstance(view.screen, AccountView)
                        self._consents.append(("renew-all", None))
                        self._every |= {row.key for row in view.screen.loans}
                        assert count <= len(self._every)
                    case AskFeeView(row):
                        self._consents.append(("fee", row.key))
                    case AskRenewalView(row):
                        self._consents.append(("renewal", row.key))
                    case AskPartsView(row):
                        self._consents.append(("parts", row.key))
                    case AskHoldView(row):
                        self._consents.append(("hold", row.key))
                    case AskPayment(amount):
                        self._consents.append(("payment", amount))
            case _:
                pass

    def _consented(self, kind: str, on: object) -> None:
        """What is done now was agreed to, once."""
        assert (kind, on) in self._consents, f"{kind} of {on}, and nobody said yes to that"
        self._consents.remove((kind, on))

    def _note_event(self, stamped: Stamped, following: State) -> None:
        match stamped.event:
            case RowsFlushed(rows):
                self._flushed.update(rows)
            case FlushFailed(sagas):
                for saga in sagas:
                    if saga in self._items and saga not in self._replies:
                        self._asked.discard(self._items[saga].id)
            case ReturnAnswered(saga, back):
                # to a 09; a stray one says nothing of a loan
                if self._questions.pop((AskReturn, saga), None) is not None:
                    self._replies[saga] = back
                    if isinstance(back, NotReturned) and back.reason in UNASKED:
                        self._asked.discard(self._items[saga].id)
            case ReturnSettled(saga, back):
                unasked = isinstance(back, NotReturned) and back.reason in UNASKED
                if isinstance(self._replies.get(saga), Doubt) and not unasked:
                    self._replies[saga] = back
            case FeeAnswered(saga, FeeNotBooked(reason)) if reason in UNASKED:
                self._booked.discard(saga)
            case FeeAnswered(saga, FeeBooked()) if saga in self._booked:
                self._paid.add(saga)
            case TillAnswered(saga, till) if saga in self._taken:
                self._till.setdefault(saga, till)
            case RenewalAnswered(saga, NotRenewed(reason)) if reason in UNASKED and saga in self._items:
                self._renewed.discard(self._items[saga].id)
            case RenewAllAnswered(_, NotRenewed() | Unsupported()):
                self._all_asked = False
            case AccountAnswered(_, Account() as known) if following.session is not None:
                account = following.session.account
                # rows keep their places, whatever the order of the answer
                if account is not None and frozenset(account.loans) == frozenset(known.loans):
                    self._in_account |= {loan.item.id for loan in known.loans}
            case HoldAnswered(saga, HoldNotPlaced(reason)) if reason in UNASKED and saga in self._items:
                self._held.discard(self._items[saga].id)
            case LoanAnswered(saga, reply):
                if self._questions.pop((AskLoan, saga), None) is not None:
                    self._replies[saga] = reply
                    if isinstance(reply, NotLent) and reply.reason in UNASKED:
                        self._asked.discard(self._items[saga].id)
                    elif isinstance(reply, FeeAsked):
                        self._fees.add(saga)
            case LoanSettled(saga, reply):
                unasked = isinstance(reply, NotLent) and reply.reason in UNASKED
                if isinstance(self._replies.get(saga), Doubt) and not unasked:
                    self._replies[saga] = reply
            case SignInAnswered(_, Welcome(name, charged)) if following.session is not None:
                if following.session.name == name:
                    self._charged = charged
                    self._secrets |= {name} if len(name) > 2 else set()
            case TagsNamed(uids):
                self._named |= set(uids)
            case DeviceChanged(Device.PAD, Condition.MISSING):
                self._named.clear()
            case TagRead(tag):
                self._named.discard(tag.uid)
                self._tags[tag.uid] = tag
                self._security[tag.uid] = tag.security
                self._there.add(tag.uid)
            case TagsLeft(uids):
                self._named -= set(uids)
                self._there -= set(uids)
            case AfiRead(uid, afi, security) if afi is not None and uid not in self._in_air:
                self._learnt(uid, security)
            case TagSwitched(uid, outcome, _) if uid in self._in_air:
                wanted = self._in_air.pop(uid)
                if outcome in PROOFS[wanted]:
                    self._learnt(uid, wanted)
                    self._armed |= {uid} if wanted is Security.ARMED else set()
                elif outcome is not Switched.LEFT:
                    self._learnt(uid, Security.UNKNOWN)
            case Restarted(rows):
                for row in rows:
                    if row.kind is RowKind.INTENT:
                        name = (row.sealed or {}).get("item") or str(row.payload.get("item", ""))
                        self._items[row.saga] = ItemKey(name, str(row.payload.get("owner", "")))
                        self._replies[row.saga] = Doubt()
                    elif row.kind is RowKind.ANSWER and row.payload.get("release"):
                        self._replies[row.saga] = Lent(release=True)
                        self._flushed.add(Flushed(0, row.saga, row.kind))
                    elif row.kind is RowKind.ANSWER and row.payload.get("returned"):
                        self._replies[row.saga] = Returned()
                        self._flushed.add(Flushed(0, row.saga, row.kind))
            case _:
                pass

    def _check_parts(self, item: str, row: Row, state: State) -> None:
        """Nothing is begun of which neither the tags nor the patron say that it is whole, where the library
        wants that; nor with tags that do not agree. A scanned item without tags has nothing to be counted."""
        uids = row.payload.get("uids")
        named = [self._tags[Uid(str(uid))].content for uid in (uids if isinstance(uids, list) else [])]
        claimed = {content.parts for content in named if isinstance(content, ItemTag)}
        assert len(claimed - {0}) <= 1, f"the tags of {item} do not agree"
        if claimed == {0}:
            assert state.policy.unknown_sets is not UnknownSize.STAFF, f"{item} is for staff"
            said = ("parts", item) in self._consents or state.policy.unknown_sets is UnknownSize.ACCEPT
            assert said, f"nobody has said that {item} is whole"

    def _learnt(self, uid: Uid, security: Security) -> None:
        """A tag was read, and is this to a gate."""
        self._security[uid] = security
        self._read_back.discard(uid)
        self._armed.discard(uid)
        if security is Security.RELEASED:
            self._read_back.add(uid)

    # ---- what the kiosk does --------------------------------------------------------------

    def _check_effect(self, effect: Effect, state: State) -> None:
        match effect:
            case AppendRow(row):
                if row.kind is RowKind.INTENT:
                    name = (row.sealed or {}).get("item") or str(row.payload.get("item", ""))
                    about_item = row.payload.get("act") in ("loan", "return")
                    again = row.saga in self._items  # written anew, since its tag was read meanwhile
                    if not again and about_item and "after" not in row.payload:
                        self._check_parts(name, row, state)
                    self._items[row.saga] = ItemKey(name, str(row.payload.get("owner", "")))
                    self._note_successor(row)
                    fresh = not again and row.saga not in self._fees and "after" not in row.payload
                    if row.payload.get("act") == "loan" and fresh:
                        # later it may stand there on account of this very loan
                        assert name not in self._in_account, f"{name} is this patron's already"
                said = repr((row.saga, row.kind, row.payload))
                patron = state.session.patron if state.session else None
                for secret in self._secrets | ({patron.value} if patron else set()):
                    assert secret not in said, f"{secret!r} in an open row: {said}"
                assert row.sealed is None or row.kind is RowKind.INTENT
            case AskLoan(intent, _, _, item, agreed):
                assert intent in self._flushed, "asked before the intent was on the disk"
                assert intent.kind is RowKind.INTENT
                assert agreed == (intent.saga in self._fees), "a fee is agreed to that nobody asked for"
                if agreed:
                    self._consented("fee", item.id)
                    self._fees.discard(intent.saga)
                    self._asked.discard(item.id)
                assert item.id not in self._asked, f"{item.id} is asked twice in a session"
                assert item.id not in self._charged, f"{item.id} is this patron's already"
                self._asked.add(item.id)
                self._questions[AskLoan, intent.saga] = item.id
            case AskReturn(intent, item):
                assert intent in self._flushed, "asked before the intent was on the disk"
                assert intent.kind is RowKind.INTENT
                assert item.id not in self._asked, f"{item.id} is asked twice in a session"
                self._asked.add(item.id)
                self._questions[AskReturn, intent.saga] = item.id
            case AskRenewal(intent, _, _, item):
                assert intent in self._flushed, "asked before the intent was on the disk"
                assert intent.kind is RowKind.INTENT
                theirs = self._charged | self._in_account
                assert item.id in theirs, f"{item.id} is not this patron's"
                assert item.id not in self._renewed, f"{item.id} is renewed twice in a session"
                assert not self._all_asked, f"{item.id} is renewed after all were"
                self._renewed.add(item.id)
                if item.id in self._every:
                    self._every.discard(item.id)
                else:
                    self._consented("renewal", item.id)
            case AskRenewAll(intent):
                assert intent in self._flushed, "asked before the intent was on the disk"
                assert intent.kind is RowKind.INTENT
                assert not self._all_asked, "all are renewed twice in a session"
                assert not self._renewed, f"{self._renewed} were renewed already"
                self._all_asked = True
                self._consented("renew-all", None)
            case AskHold(intent, _, _, item):
                assert intent in self._flushed, "asked before the intent was on the disk"
                assert item.id not in self._held, f"a hold on {item.id} is asked for twice in a session"
                self._held.add(item.id)
                self._consented("hold", item.id)
            case TakeMoney(intent, amount):
                assert intent in self._flushed, "money is taken before the intent was on the disk"
                assert intent.kind is RowKind.INTENT
                assert intent.saga not in self._taken, "money is taken twice"
                self._taken.add(intent.saga)
                self._money.add(intent.saga)
                self._consented("payment", amount)
            case BookFee(taken, _, _, _, reference):
                assert self._till[taken.saga] == MoneyTaken(reference), "booked, and nothing was taken"
                assert taken in self._flushed, "booked before the row was on the disk"
                assert taken.kind is RowKind.TAKEN
                assert taken.saga not in self._booked, "booked twice"
                self._booked.add(taken.saga)
            case SwitchTag(uid, armed, answer):
                assert answer in self._flushed, "written before the answer was on the disk"
                assert answer.kind is RowKind.ANSWER
                reply = self._replies[answer.saga]
                if not armed:
                    assert isinstance(reply, Lent), f"released after {reply}"
                    assert reply.release, "the profile says that it stays armed"
                else:
                    assert isinstance(reply, Returned | NotReturned), f"armed after {reply}"
                self._check_own_tag(uid, answer.saga)
                assert uid not in self._in_air, "two switches of one tag at once"
                wanted = self._in_air[uid] = Security.ARMED if armed else Security.RELEASED
                if self._security[uid] is not wanted:
                    self._read_back.discard(uid)
                    self._armed.discard(uid)
            case ReleaseGate(session):
                self._check_release(session, state)
            case PrintPaper(_, paper) if paper.kind is not PaperKind.SLIP:
                screen = view_of(state).screen
                assert isinstance(screen, FarewellView)
                good = {row.item for row in screen.rows if row.state in PROVED}
                assert paper.lines or paper.payment is not None
                self._check_payment(paper.payment)
                assert all(line.see_staff or line.item in good for line in paper.lines)
            case Tell(SessionBegan() | SessionEnded()):
                self._asked.clear()
                self._renewed.clear()
                self._all_asked = False
                self._every.clear()
                self._in_account.clear()
                self._held.clear()
                self._money.clear()
                self._consents.clear()
                self._charged = frozenset()
            case _:
                pass

    def _note_successor(self, row: Row) -> None:
        """A saga that goes on with the answer of one that is closed: that answer must be on the disk."""
        before = row.payload.get("after")
        if before is None:
            return
        assert isinstance(before, str)
        assert any(f.saga == before and f.kind is RowKind.ANSWER for f in self._flushed), before
        assert self._items[SagaId(before)] == self._items[row.saga]
        self._replies[row.saga] = self._replies[SagaId(before)]

    def _check_own_tag(self, uid: Uid, saga: SagaId) -> None:
        content = self._tags[uid].content
        assert isinstance(content, ItemTag), f"{content} is no item"
        assert content.item == self._items[saga], "a tag of another item is written"
        assert uid in self._there, "a tag that is not there is written"

    def _check_release(self, session: int, state: State) -> None:
        assert session == state.epoch
        assert session not in self._released, "released twice"
        self._released.add(session)
        assert state.session is not None
        assert state.session.errand is Errand.LOAN
        assert state.phase is Phase.FAREWELL
        assert not self._named, f"let through while {self._named} are unread"
        for uid in self._there - state.session.not_mine:
            assert self._security[uid] is Security.RELEASED, f"{uid} on the pad is armed"

    def _check_moves(self, state: State, following: State) -> None:
        known = {saga.id: saga for saga in state.sagas()}
        for saga in following.sagas():
            before = known.get(saga.id)
            if before is not None and before.state is not saga.state:
                self.moves.add((before.state, saga.state))

    def _check_revision(self, state: State, following: State) -> None:
        assert following.revision >= state.revision
        assert following.since <= following.revision
        assert following.key in ("", screen_key(following)), "the key is of another screen"
        if view_of(following) != view_of(state):
            assert following.revision > state.revision, "the view changed without a revision"

    # ---- what the patron sees -------------------------------------------------------------

    def _check_view(self, view: View, state: State) -> None:
        if state.session is None:
            assert view.header.patron == ""
            assert isinstance(view.screen, AttractView | CannotLendView | StaffView)
            return
        if isinstance(view.screen, ReturnView) or (
            isinstance(view.screen, FarewellView) and view.screen.errand is Errand.RETURN
        ):
            self._check_return(view.screen, state)
            return
        if isinstance(view.screen, AccountView):
            self._check_account(view.screen, state)
        screen = _books(view)
        if not isinstance(screen, LoanView | FarewellView):
            return
        rows = screen.rows
        assert isinstance(screen.message, Message)
        assert len({row.key for row in rows}) == len(rows)
        for row in rows:
            self._check_row(row, state)
        by_state = {kind: sum(1 for row in rows if row.state is kind) for kind in ItemState}
        assert screen.attention == by_state[ItemState.ATTENTION]
        assert screen.not_borrowed >= by_state[ItemState.REFUSED]
        fresh = [row for row in rows if row.reason is not Reason.ALREADY_YOURS]
        ours = [row for row in fresh if row.state in (ItemState.LENT, ItemState.SAFE, ItemState.NO_TAG)]
        assert len(ours) <= screen.borrowed <= len(ours) + screen.attention
        assert screen.borrowed + screen.not_borrowed <= len(rows)
        if isinstance(screen, LoanView):
            assert screen.on_pad == self._sensed()
        else:
            self._check_payment(screen.payment)

    def _check_account(self, screen: AccountView, state: State) -> None:
        assert isinstance(screen.message, Message)
        keys = [row.key for row in (*screen.loans, *screen.holds, *screen.fees)]
        assert len(set(keys)) == len(keys)
        assert screen.known or not keys, "something is shown that nobody has told"
        theirs = self._charged | self._in_account
        for row in screen.loans:
            assert not row.renewable or row.item.id in theirs, f"{row.item} is not this patron's"
            assert not row.renewable or row.item.id not in self._renewed
        said = repr((screen.loans, screen.holds))
        for secret in self._secrets:
            assert secret not in said, f"{secret!r} in {said}"

    def _check_payment(self, payment: Payment | None) -> None:
        """What a patron is told of their money at the end is what the till and the ILS have said."""
        gone = {saga for saga in self._money if not isinstance(self._till.get(saga), MoneyNotTaken)}
        assert len(gone) <= 1, "money was taken twice"
        assert (payment is not None) == bool(gone), f"{gone} was taken, and the patron is told {payment}"
        if payment is not None:
            # staff may have closed it meanwhile; never the other way round
            assert payment.pending or gone <= self._paid, "said to be paid, and the ILS has not booked it"

    def _check_proved(self, view: View, state: State) -> None:
        """Nothing more is called proved, printed or let through while a tag on the pad is unread."""
        screen = _books(view)
        rows = screen.rows if isinstance(screen, LoanView | ReturnView | FarewellView) else ()
        done = {row.key for row in rows if row.state in PROVED}
        if self._named:
            assert done <= self._done, f"{done - self._done} proved while {self._named} are unread"
        self._done = done

    def _check_return(self, screen: ReturnView | FarewellView, state: State) -> None:
        back = [row for row in screen.rows if row.state is ItemState.RETURNED]
        assert screen.returned == len(back)
        for row in back:
            assert row.item is not None
            for uid in self._own_tags(row.item, state):
                assert uid in self._armed, f"returned, and {uid} was not read back as armed"
        for row in screen.rows:
            assert row.state not in (ItemState.LENT, ItemState.SAFE, ItemState.NO_TAG)
            if row.state in (ItemState.REFUSED, ItemState.ATTENTION):
                assert row.reason is not None, row
        if isinstance(screen, ReturnView):
            assert screen.on_pad == self._sensed()
            assert screen.returned + screen.attention <= len(screen.rows)
        else:
            assert screen.borrowed == screen.safe == screen.not_borrowed == 0

    def _check_row(self, row: RowView, state: State) -> None:
        if row.state is ItemState.SAFE:
            assert row.item is not None
            tags = self._own_tags(row.item, state)
            assert tags, "safe, and no tag was ever seen"
            for uid in tags:
                assert self._security[uid] is Security.RELEASED, f"safe, and {uid} is armed"
                assert row.reason is Reason.ALREADY_YOURS or uid in self._read_back
        if row.state in (ItemState.REFUSED, ItemState.ATTENTION):
            assert row.reason is not None, row

    def _own_tags(self, item: ItemKey, state: State) -> set[Uid]:
        assert state.session is not None
        line = state.session.lines[item.id]
        return set(line.uids)

    def _sensed(self) -> int:
        sensed: set[object] = set()
        for uid in self._there:
            content = self._tags[uid].content
            if not isinstance(content, CardTag):
                sensed.add(content.item if isinstance(content, ItemTag) else uid)
        return len(sensed)


def _books(view: View) -> object:
    """The list of the visit, also where the account lies over it."""
    return view.screen.books if isinstance(view.screen, AccountView) else view.screen
