"""`step(state, event) -> (state, effects)`: the one place where the kiosk decides.

Pure: no I/O, no clock, no await. Equal states and events give equal answers.
"""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.circulation import accounting, leaving, listing, sagas, sessions
from kiosk.circulation.answers import ItemDescription
from kiosk.circulation.effects import AppendRow, Effect, FlushRows, Timer
from kiosk.circulation.events import (
    AccountAnswered,
    AfiRead,
    AnswerLate,
    Event,
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
    Restarted,
    ReturnAnswered,
    ReturnSettled,
    RowsFlushed,
    SignInAnswered,
    StaffLeft,
    Stamped,
    TagSwitched,
    TillAnswered,
    TimerFired,
)
from kiosk.circulation.facts import DeviceNow, GateSounded, PutBackAsked
from kiosk.circulation.frozen import changed
from kiosk.circulation.giving_back import GIVING_BACK
from kiosk.circulation.intents import Pressed
from kiosk.circulation.lending import LENDING
from kiosk.circulation.loan import Loan
from kiosk.circulation.paying import PAYING
from kiosk.circulation.policy import Policy
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import (
    AfiSeen,
    CardShown,
    CardUnread,
    CodeScanned,
    DeviceChanged,
    GateAlarmed,
    TagRead,
    TagsLeft,
    TagsNamed,
)
from kiosk.circulation.returning import Return
from kiosk.circulation.rows import proved_lines
from kiosk.circulation.show import screen_key
from kiosk.circulation.state import (
    SIGNED_IN,
    DeviceState,
    Draft,
    Phase,
    Presence,
    State,
    default_prefs,
    item_of,
)
from kiosk.circulation.values import Condition, Device, ItemKey, SagaId, Uid
from kiosk.circulation.views import Errand, Notice
from kiosk.circulation.wishing import WISHING

FIRST_LOOK_S = 3.0
"""How long the pad may take to read everything that lay on it when the kiosk started."""


def initial(policy: Policy) -> State:
    """The state before anything has happened."""
    return State(policy=policy, prefs=default_prefs(policy))


def step(state: State, stamped: Stamped) -> tuple[State, tuple[Effect, ...]]:
    """What follows from one event: the next state, and everything that is to be done."""
    event = stamped.event
    match event:
        case CardShown() | CardUnread() | CodeScanned() if stamped.epoch != state.epoch:
            return state, ()  # it belongs to the epoch in which it arose
        case Pressed() if not _current(state, event):
            return state, ()
        case _:
            pass
    d = Draft(state, stamped.when)
    _react(d, event)
    accounting.go_on(d)
    if d.state.phase is Phase.IDLE:
        sessions.take_back_unasked(d)
    elif d.state.phase is Phase.CLOSING:
        sessions.close_if_done(d)
    sagas.await_absent(d)
    if d.state.phase is Phase.FAREWELL:
        leaving.open_gate(d)
    _forget_unproved(d)
    if d.state.session is None and d.state.watches_field:
        _forget_gone(d)
    away = d.state.to_put_back()
    if away:
        before = [saga.item for saga in state.to_put_back()]
        for saga in away:
            if saga.item not in before:
                d.tell(PutBackAsked(saga.item))
    if d.state.session is None and any(isinstance(effect, AppendRow) for effect in d.effects):
        d.do(FlushRows())  # nobody is here to put down a book whose rows would share the flush
    if d.differs_from(state):
        _revise(d, away)
    return d.state, tuple(d.effects)


def _current(state: State, event: Pressed) -> bool:
    return event.session == state.epoch and event.revision >= state.since


def _revise(d: Draft, away: Sequence[Loan | Return]) -> None:
    """Count the change, and note when it brought another screen."""
    revision = d.state.revision + 1
    key = screen_key(d.state, away)
    if key == d.state.key:
        d.set(revision=revision)
    else:
        d.set(revision=revision, since=revision, key=key)


def _react(d: Draft, event: Event) -> None:
    match event:
        case TagRead(tag, lay_there):
            _tag_read(d, tag.uid, Presence(tag, since=d.state.now.mono), lay_there=lay_there)
        case TagsNamed(uids):
            _tags_named(d, uids)
        case TagsLeft(uids):
            _tags_left(d, uids)
        case AfiSeen(uid, seen, security):
            sagas.afi_seen(d, uid, seen, security)
        case TagSwitched(uid, outcome, afi):
            sagas.tag_switched(d, uid, outcome, afi)
        case AfiRead(uid, read, security):
            sagas.afi_read(d, uid, read, security)
            listing.own_afi_read(d, uid, security, answered=read is not None)
        case CardShown(patron):
            sessions.card_shown(d, patron)
        case CardUnread(reason):
            sessions.card_trouble(d, Notice.CARD_UNREADABLE, reason)
        case CodeScanned():
            _scanned(d, event)
        case SignInAnswered(attempt, answer):
            if d.state.session is not None:
                sessions.sign_in_answered(d, attempt, answer)
        case AnswerLate(saga):
            sagas.late(d, saga)
        case LoanAnswered(saga, loan_answer):
            LENDING.answered(d, saga, loan_answer)
            _stir_for(d, saga)
        case LoanSettled(saga, loan_answer):
            LENDING.settled(d, saga, loan_answer)
            sagas.settled(d, saga)
            _stir_for(d, saga)
        case ReturnAnswered(saga, return_answer):
            GIVING_BACK.answered(d, saga, return_answer)
            _stir_for(d, saga)
        case ReturnSettled(saga, return_answer):
            GIVING_BACK.settled(d, saga, return_answer)
            sagas.settled(d, saga)
            _stir_for(d, saga)
        case RenewalAnswered(saga, renewal_answer):
            WISHING.answered(d, saga, renewal_answer)
            _stir_for(d, saga)
        case RenewAllAnswered(saga, every_answer):
            WISHING.answered(d, saga, every_answer)
            _stir_for(d, saga)
        case HoldAnswered(saga, hold_answer):
            WISHING.answered(d, saga, hold_answer)
            _stir_for(d, saga)
        case TillAnswered(saga, till_answer):
            PAYING.till_answered(d, saga, till_answer)
            _stir_for(d, saga)
        case FeeAnswered(saga, fee_answer):
            PAYING.answered(d, saga, fee_answer)
            _stir_for(d, saga)
        case ItemDescribed(item, description):
            _described(d, item, description)
        case AccountAnswered(attempt, account):
            if accounting.answered(d, attempt, account):
                sessions.stir(d)
        case PaperPrinted(job, printout):
            if leaving.paper_printed(d, job, printout):
                sessions.stir(d)
        case GateAnswered(session, done):
            leaving.gate_answered(d, session, done=done)
        case GateAlarmed():
            d.tell(GateSounded())
        case MatterResolved(saga):
            sagas.matter_resolved(d, saga)
        case StaffLeft():
            sessions.staff_left(d)
        case RowsFlushed(rows):
            sagas.rows_flushed(d, rows)
        case FlushFailed(lost):
            sagas.flush_failed(d, lost)
        case DeviceChanged():
            _device_changed(d, event)
        case TimerFired(timer):
            _timer_fired(d, timer)
        case PolicyChanged(policy):
            d.set(policy=policy)
        case Restarted(rows, opening):
            d.set(interrupted=bool(rows), opening=opening)
            sagas.restarted(d, rows)
            if rows and d.state.session is None:
                # a journal that could only be read now: the pad was read before it
                sessions.leave_behind(d)
            if d.state.ready(Device.ILS):
                sagas.ils_back(d)
        case Pressed(_, _, intent):
            sessions.pressed(d, intent)


def _stir_for(d: Draft, saga: SagaId) -> None:
    """An answer about this session's own books is a sign of life; about an earlier one's it is not."""
    if sagas.of_this_session(d.state, saga):
        sessions.stir(d)


def _tags_named(d: Draft, uids: tuple[Uid, ...]) -> None:
    """Tags that will be read next: until they are, any of them may be in any book on the list, so nothing
    more is called proved."""
    if d.state.session is not None and not d.state.named:
        d.set_session(proved=proved_lines(d.state))
    d.set(named=d.state.named | set(uids))


def _forget_unproved(d: Draft) -> None:
    """What was proved before tags were named, and is not any more, waits like the others."""
    session = d.state.session
    if session is not None and session.proved and d.state.named:
        still = session.proved & proved_lines(d.state)
        if still != session.proved:
            d.set_session(proved=still)


def _unnamed(d: Draft, uids: tuple[Uid, ...]) -> None:
    if not d.state.named.isdisjoint(uids):
        d.set(named=d.state.named - set(uids))
        if not d.state.named:
            sagas.write_again(d)


def _tag_read(d: Draft, uid: Uid, fresh: Presence, *, lay_there: bool) -> None:
    known = d.state.pad.get(uid)
    if known is not None and known.leftover:
        away = 0.0 if known.left_at is None else d.state.now.mono - known.left_at
        fresh = changed(fresh, leftover=away < d.state.policy.leftover_away_s)
    elif d.state.interrupted and (lay_there or (_first_look(d) and not _loan_in_hand(d))):
        # what lies there since before the power went belongs to the patron who was here then. A card may be
        # shown, or a return begun, before all of it was found; and what was found at once may be read when
        # somebody has said already that what they were shown is theirs
        fresh = changed(fresh, leftover=not _listed(d, fresh))
    d.put_presence(uid, fresh)
    _unnamed(d, (uid,))
    if d.state.session is not None:
        if known is not None and not fresh.leftover and not known.there and _away_long(d, known):
            d.set_session(not_mine=d.session.not_mine - {uid})
        elif fresh.leftover and d.state.phase in SIGNED_IN:
            d.set_session(not_mine=d.session.not_mine | {uid})
    phase = d.state.phase
    item = item_of(fresh)
    if phase is Phase.PIN and item is not None:
        sessions.describe(d, (item,))
    sagas.tag_here(d, uid)
    listing.take_tag(d, uid)
    # last, since a book put down during the farewell leads back to the list and its idle clock; a tag at
    # the edge of the field that comes and goes is nobody's sign of life
    if known is None or _away_long(d, known) or d.state.phase is not phase:
        sessions.stir(d)


def _listed(d: Draft, fresh: Presence) -> bool:
    """Whether a tag is of an item that is on the list already: then it is in that very book, or says so."""
    item, session = item_of(fresh), d.state.session
    return item is not None and session is not None and item.id in session.lines


def _loan_in_hand(d: Draft) -> bool:
    """Whether somebody is signed in: the ILS has answered since, and the pad was long read by then. A return
    begins at once."""
    session = d.state.session
    return session is not None and session.errand is Errand.LOAN and d.state.phase in SIGNED_IN


def _first_look(d: Draft) -> bool:
    """Whether the pad is still being read for the first time since the start."""
    since = d.state.pad_since
    return since is None or d.state.now.mono - since < FIRST_LOOK_S


def _away_long(d: Draft, known: Presence) -> bool:
    return known.left_at is not None and d.state.now.mono - known.left_at >= d.state.policy.leftover_away_s


def _tags_left(d: Draft, uids: tuple[Uid, ...]) -> None:
    now, lifted = d.state.now.mono, False
    for uid in uids:
        known = d.state.pad.get(uid)
        if known is not None and known.there:
            lifted = lifted or now - known.since >= d.state.policy.leftover_away_s
            d.put_presence(uid, changed(known, left_at=now))
    _unnamed(d, uids)
    listing.tags_gone(d, uids)
    sessions.leftovers_gone(d)
    if lifted:
        sessions.stir(d)


def _forget_gone(d: Draft) -> None:
    """Between sessions a tag's absence matters only until it counts as new."""
    limit = d.state.now.mono - d.state.policy.leftover_away_s
    kept = {
        uid: presence
        for uid, presence in d.state.pad.items()
        if presence.left_at is None or presence.left_at > limit
    }
    if len(kept) < len(d.state.pad):
        d.set(pad=kept)


def _count_absences_anew(d: Draft) -> None:
    """The reader is back. While nobody looked, a book that had left may have come back: being away counts
    from now, since only what is surely new may do without *Are these yours?*."""
    now = d.state.now.mono
    d.set(
        pad={
            uid: presence if presence.there else changed(presence, left_at=now)
            for uid, presence in d.state.pad.items()
        }
    )


def _scanned(d: Draft, event: CodeScanned) -> None:
    phase = d.state.phase
    own = d.state.session is not None and event.patron is not None and event.patron == d.session.patron
    if event.item is not None and sessions.scanned_back(d, event.item, nameless=event.patron is not None):
        return
    if phase is Phase.LIST and own:
        # the card of this session once more: no item, and its number must not get into the journal
        sessions.stir(d)
    elif phase is Phase.LIST and event.item is not None:
        sessions.stir(d)
        # where the library's rules do not tell a card from a book, the number may be a patron's
        listing.take_scan(d, event.item, nameless=event.patron is not None)
    elif event.patron is not None and (
        phase in (Phase.IDLE, *sessions.COUNTED) or sessions.returning(d.state)
    ):
        sessions.card_shown(d, event.patron)
    elif event.problem is not None or phase in (Phase.IDLE, Phase.LIST):
        sessions.card_trouble(d, Notice.BAD_CODE, event.problem or Reason.CODE_BAD)


def _described(d: Draft, item: ItemKey, description: ItemDescription | None) -> None:
    if d.state.session is None or description is None:
        return
    line = d.session.lines.get(item.id)
    if line is not None:
        named = line.title, line.author
        title, author = named if line.title else (description.title, description.author)
        d.put_line(changed(line, title=title, author=author, wanted=description.wanted))
    if line is None or d.session.account is not None:
        d.set_session(titles={**d.session.titles, item.id: description})


def _device_changed(d: Draft, event: DeviceChanged) -> None:
    was_ready = d.state.ready(event.device)
    known = DeviceState(event.condition, event.reason)
    if d.state.devices.get(event.device) == known:
        return
    d.set(devices={**d.state.devices, event.device: known})
    if event.device is Device.PAD and event.condition is not Condition.READY:
        d.set(named=frozenset())  # nobody is reading them; they are named again when somebody is
    d.tell(DeviceNow(event.device, event.condition, event.reason))
    if was_ready or not d.state.ready(event.device):
        return
    if event.device is Device.PAD:
        if d.state.pad_since is None:
            d.set(pad_since=d.state.now.mono)
        _count_absences_anew(d)
        sagas.pad_back(d)
    elif event.device is Device.JOURNAL:
        sagas.journal_back(d)
    elif event.device is Device.ILS:
        sagas.ils_back(d)
        listing.try_again(d)
        accounting.ils_back(d)


def _timer_fired(d: Draft, timer: Timer) -> None:
    match timer:
        case Timer.IDLE:
            sessions.idle(d)
        case Timer.TICK:
            sessions.tick(d)
        case Timer.MESSAGE:
            d.set(notice=None)
        case Timer.TAG_RETRY:
            sagas.write_again(d)
        case Timer.SETTLE:
            sagas.settle_doubts(d)
