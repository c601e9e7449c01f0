"""Sessions: from the card to the farewell, and everything that is forgotten in between."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from kiosk.circulation import accounting, leaving, listing, sagas
from kiosk.circulation.answers import Denied, SignInAnswer, Welcome
from kiosk.circulation.effects import (
    DescribeItem,
    EndIlsSession,
    FlushRows,
    SetTimer,
    SignIn,
    StopTimer,
    Timer,
)
from kiosk.circulation.facts import (
    LeftOnPad,
    SessionBegan,
    SessionEnded,
    StaffCalled,
    StaffCame,
    StaffWent,
)
from kiosk.circulation.frozen import changed
from kiosk.circulation.intents import Digit, Do, Hold, Intent, Language, Look, Renew
from kiosk.circulation.paying import PAYING
from kiosk.circulation.policy import Mode, PinRule
from kiosk.circulation.reasons import Reason
from kiosk.circulation.show import asks_now
from kiosk.circulation.state import Draft, Phase, Session, State, default_prefs
from kiosk.circulation.values import Device, ItemKey, PatronId, Pin
from kiosk.circulation.views import TEXT_SIZES, Errand, Notice, Theme
from kiosk.circulation.wish import WishKind
from kiosk.circulation.wishing import WISHING

_T = TypeVar("_T")

COUNTED = frozenset({Phase.FAREWELL, Phase.SEE_STAFF})
"""Phases that close by themselves, their seconds counted on the screen."""

UNTIL_LIST = frozenset({Phase.SIGNING_IN, Phase.PIN, Phase.LEFTOVERS})
"""Phases before anything can have been lent: who finishes there leaves nothing open."""

NEEDED = (Device.ILS, Device.JOURNAL, Device.PAD)
"""Without any of these nothing can be lent, and the attract screen says so."""

PIN_REASONS = frozenset({Reason.PIN_NEEDED, Reason.PIN_WRONG})
"""Denials that a (better) PIN can mend."""


# ---- beginning ------------------------------------------------------------------------------


def card_shown(d: Draft, patron: PatronId) -> None:
    """A card opens a session, also while the farewell of the one before is still on the screen."""
    phase = d.state.phase
    if not lends(d.state) or (phase not in COUNTED and returning(d.state)):
        card_trouble(d, Notice.CARD_UNREADABLE)
        return
    if phase in COUNTED and d.session.patron != patron:
        end(d)
    elif phase is not Phase.IDLE:
        if phase is Phase.LIST and d.session.patron != patron:
            listing.say(d, Notice.FINISH_FIRST)
        return
    if not _begin(d, Session(patron)):
        return
    if d.state.policy.pin is PinRule.ALWAYS:
        _ask_pin(d)
    else:
        _sign_in(d)
    stir(d)


def return_wanted(d: Draft) -> None:
    """Somebody wants to bring books back: nobody need say who they are."""
    if d.state.phase is not Phase.IDLE or d.state.policy.mode is Mode.LOANS:
        return
    if _begin(d, Session(None, Errand.RETURN)):
        _to_leftovers(d)
        stir(d)


def take_back_unasked(d: Draft) -> None:
    """While nobody is here: a kiosk that only takes books back needs no word from whoever puts one down."""
    if not lends(d.state) and listing.brought(d.state):
        return_wanted(d)


def scanned_back(d: Draft, item: ItemKey, *, nameless: bool) -> bool:
    """Whether a scanned item begins a return, or goes on with one whose list is not on the screen."""
    if d.state.phase is Phase.IDLE and not lends(d.state):
        return_wanted(d)
    elif not returning(d.state) or (nameless and lends(d.state)):
        return False
    match d.state.phase:
        case Phase.LEFTOVERS:
            # kept until it is known whose the other books are
            d.set_session(scans={**d.session.scans, item: nameless})
            stir(d)
        case Phase.LIST | Phase.FAREWELL:
            listing.take_scan(d, item, nameless=nameless)
            stir(d)
        case _:
            return False
    return True


def _begin(d: Draft, session: Session) -> bool:
    if not all(d.state.ready(device) for device in NEEDED):
        return False
    d.set(epoch=d.state.epoch + 1, session=session, help_open=False, notice=None)
    d.tell(SessionBegan(d.state.epoch))
    return True


def lends(state: State) -> bool:
    """Whether this kiosk lends."""
    return state.policy.mode is not Mode.RETURNS


def returning(state: State) -> bool:
    """Whether whoever is here brings books back."""
    return state.session is not None and state.session.errand is Errand.RETURN


def _to_leftovers(d: Draft) -> None:
    d.set(phase=Phase.LEFTOVERS)
    describe(d, listing.leftover_items(d.state))
    leftovers_gone(d)


def sign_in_answered(d: Draft, attempt: int, answer: SignInAnswer) -> None:
    """The ILS said who this is."""
    if d.state.phase is not Phase.SIGNING_IN or attempt != d.session.attempt:
        return
    stir(d)
    match answer:
        case Welcome(name, charged, owed):
            d.set_session(name=name, charged=charged, owed=owed)
            _to_leftovers(d)
        case Denied(reason, note) if reason in PIN_REASONS and d.state.policy.pin is not PinRule.NEVER:
            _pin_denied(d, reason)
        case Denied(reason, note):
            _see_staff(d, reason)
            d.set_session(note=note)
        case _:
            _see_staff(d, answer.reason)


def _sign_in(d: Draft) -> None:
    session = d.session
    if session.patron is None:
        return
    # counted over all sessions: the late answer to one patron must not sign in the next
    attempt = d.state.counter + 1
    d.set(phase=Phase.SIGNING_IN, counter=attempt)
    d.set_session(attempt=attempt)
    d.do(SignIn(attempt, session.patron, session.pin, d.state.prefs.language))


def _ask_pin(d: Draft) -> None:
    d.set(phase=Phase.PIN)
    d.set_session(typed="", pin=None)
    # while the patron types, the ILS has time to say what the books are called
    describe(d, listing.pad_items(d.state))


def describe(d: Draft, items: Iterable[ItemKey]) -> None:
    """Ask what books are called, unless that is known."""
    for item in items:
        if item.id not in d.session.titles:
            d.do(DescribeItem(item))


def _pin_denied(d: Draft, reason: Reason) -> None:
    wrong = d.session.wrong_pins + (1 if d.session.pin is not None else 0)
    d.set_session(wrong_pins=wrong)
    if wrong >= d.state.policy.pin_tries:
        _see_staff(d, Reason.PIN_TOO_MANY)
    else:
        d.set_session(reason=Reason.PIN_WRONG if wrong else reason)
        _ask_pin(d)


def _see_staff(d: Draft, reason: Reason) -> None:
    d.set(phase=Phase.SEE_STAFF)
    d.set_session(reason=reason, pin=None, typed="")
    _count_down(d, d.state.policy.farewell_s)


def _to_list(d: Draft) -> None:
    d.set(phase=Phase.LIST)
    listing.take_pad(d)


# ---- what a finger wants --------------------------------------------------------------------


def pressed(d: Draft, intent: Intent) -> None:
    """Carry out one intent, if it means something in this phase."""
    if d.state.phase is Phase.STAFF:
        return
    answers = intent in (Do.YES, Do.NO) and asks_now(d.state)
    stir(d)
    if d.state.session is None:
        # whoever chooses a language and walks away has no session that could end
        d.do(SetTimer(Timer.IDLE, d.state.policy.idle_s))
    match intent:
        case Language(tag) if tag in d.state.policy.languages:
            d.set(prefs=changed(d.state.prefs, language=tag))
        case Digit(value):
            _digit(d, value)
        case Renew(key):
            WISHING.ask(d, WishKind.RENEWAL, key)
        case Hold(key):
            WISHING.ask(d, WishKind.HOLD, key)
        case Look(at):
            accounting.look(d, at)
        case Do.YES | Do.NO:
            if answers:
                _answered(d, yes=intent is Do.YES)
        case Do():
            _do(d, intent)
        case _:
            pass


def _do(d: Draft, intent: Do) -> None:
    phase, prefs = d.state.phase, d.state.prefs
    match intent:
        case Do.TEXT_SIZE:
            d.set(prefs=changed(prefs, text_size=_following(TEXT_SIZES, prefs.text_size)))
        case Do.CONTRAST:
            d.set(prefs=changed(prefs, theme=_following(tuple(Theme), prefs.theme)))
        case Do.NEXT_LANGUAGE if d.state.policy.languages:
            following = _following(d.state.policy.languages, prefs.language)
            d.set(prefs=changed(prefs, language=following))
        case Do.CALL_STAFF:
            d.tell(StaffCalled(d.state.epoch))
            d.set(help_open=True)
            if d.state.session is not None:
                d.set_session(staff_called=True)
        case Do.CLOSE_HELP:
            d.set(help_open=False)
        case Do.DELETE if phase is Phase.PIN:
            d.set_session(typed=d.session.typed[:-1])
        case Do.CONTINUE if phase is Phase.PIN and d.session.typed:
            d.set_session(pin=Pin(d.session.typed), typed="")
            _sign_in(d)
        case Do.BACK if phase is Phase.PIN:
            end(d)
        case Do.BACK:
            accounting.close(d)
            stir(d)
        case Do.MINE | Do.NOT_MINE if phase is Phase.LEFTOVERS:
            _leftovers_answered(d, mine=intent is Do.MINE)
        case Do.FINISH if phase in COUNTED or phase in UNTIL_LIST:
            end(d)
        case Do.FINISH if phase is Phase.LIST:
            _decline_all(d)
            d.set(phase=Phase.CLOSING)
        case Do.RETURN:
            return_wanted(d)
        case Do.PAY:
            PAYING.ask(d)
        case Do.ACCOUNT:
            accounting.wanted(d)
            stir(d)
        case Do.RENEW_ALL:
            WISHING.ask_all(d)
        case Do.PRINT:
            leaving.print_receipt(d)
        case Do.STAFF if phase is Phase.IDLE:
            _staff_came(d)
        case _:
            pass


def _answered(d: Draft, *, yes: bool) -> None:
    """The patron has answered the question that stands on the screen: about a set, or of a saga."""
    line = d.state.counting()
    if line is not None:
        listing.parts_said(d, line, all_there=yes)
    else:
        sagas.patron_says(d, yes=yes)


def _decline_all(d: Draft) -> None:
    listing.decline_all(d)
    sagas.decline_all(d)


def _digit(d: Draft, value: str) -> None:
    if d.state.phase is not Phase.PIN or len(value) != 1 or value not in "0123456789":
        return
    if len(d.session.typed) < d.state.policy.pin_length:
        d.set_session(typed=d.session.typed + value)


def _leftovers_answered(d: Draft, *, mine: bool) -> None:
    if mine:
        for uid, presence in listing.leftovers(d.state):
            d.put_presence(uid, changed(presence, leftover=False))
    _past_leftovers(d)


def leftovers_gone(d: Draft) -> None:
    """Nobody can be asked about books that do not lie there."""
    if d.state.phase is Phase.LEFTOVERS and not listing.leftover_items(d.state):
        _past_leftovers(d)


def _past_leftovers(d: Draft) -> None:
    d.set_session(not_mine=d.session.not_mine | {uid for uid, _ in listing.leftovers(d.state)})
    scans = d.session.scans
    d.set_session(scans={})
    _to_list(d)
    for item, nameless in scans.items():
        listing.take_scan(d, item, nameless=nameless)


def _following(values: tuple[_T, ...], value: _T) -> _T:
    place = values.index(value) + 1 if value in values else 0
    return values[place % len(values)]


# ---- time -----------------------------------------------------------------------------------


def stir(d: Draft) -> None:
    """A sign of life: the idle clock begins anew, a warning closes."""
    if d.state.session is None:
        return
    if d.state.phase in COUNTED:
        _count_down(d, d.state.policy.farewell_s)
        return
    if d.state.countdown is not None:
        d.set(countdown=None)
    policy = d.state.policy
    # there is more to read in it than on the list
    seconds = policy.account_idle_s if d.state.reading_account() is not None else policy.idle_s
    d.do(SetTimer(Timer.IDLE, seconds), StopTimer(Timer.TICK))


def idle(d: Draft) -> None:
    """Nobody stirred for a while: ask whether somebody is there, and count."""
    if d.state.session is None:
        d.set(prefs=default_prefs(d.state.policy), help_open=False)
    elif d.state.phase not in COUNTED:
        _count_down(d, d.state.policy.warning_s)


def tick(d: Draft) -> None:
    """A second of the countdown is over."""
    left = d.state.countdown
    if left is None or d.state.session is None:
        return
    if left > 1:
        d.set(countdown=left - 1)
        d.do(SetTimer(Timer.TICK, 1.0))
        return
    d.set(countdown=None)
    if d.state.phase in (Phase.LIST, Phase.CLOSING):
        _decline_all(d)
        d.set(phase=Phase.CLOSING, help_open=False)
        d.set_session(abandoned=True)
    else:
        end(d)


def _count_down(d: Draft, seconds: int) -> None:
    d.set(countdown=seconds)
    d.do(SetTimer(Timer.TICK, 1.0), StopTimer(Timer.IDLE))


# ---- ending ---------------------------------------------------------------------------------


def close_if_done(d: Draft) -> None:
    """After *Finish*: as soon as nothing is open any more, say farewell."""
    if _still_open(d.state):
        return
    if d.session.abandoned:
        end(d)
        return
    d.set(phase=Phase.FAREWELL, help_open=False)
    d.do(FlushRows())
    leaving.farewell(d)
    _count_down(d, d.state.policy.farewell_s)


def _still_open(state: State) -> bool:
    if state.named:
        return True
    abandoned = state.session is not None and state.session.abandoned
    for saga in state.tagged_of_session():
        if saga.ended:
            continue
        if not saga.securing or not abandoned:
            return True
        # nobody is there to put a book back; what lies on a working pad is still finished
        if state.ready(Device.PAD) and state.all_there(saga.unproved):
            return True
    others = (*state.wishes.values(), *state.payments.values())
    return any(saga.epoch == state.epoch and not saga.ended for saga in others)


def end(d: Draft) -> None:
    """End the session: name what stays open, mark what stays on the pad, forget the rest."""
    session = d.session
    sagas.session_over(d)
    if session.attempt and session.patron is not None:
        d.do(EndIlsSession(session.patron, session.pin))
    for uid, presence in d.state.pad.items():
        if presence.there:
            d.tell(LeftOnPad(uid))
    leave_behind(d)
    d.tell(SessionEnded(d.state.epoch))
    d.set(
        epoch=d.state.epoch + 1,
        phase=Phase.IDLE,
        session=None,
        prefs=default_prefs(d.state.policy),
        countdown=None,
        help_open=False,
        notice=None,
    )
    d.do(StopTimer(Timer.IDLE), StopTimer(Timer.TICK), StopTimer(Timer.MESSAGE), FlushRows())
    sagas.forget_ended(d)


def leave_behind(d: Draft) -> None:
    """Whoever comes next is asked about what lies there now."""
    left = {
        uid: presence if presence.leftover else changed(presence, leftover=True)
        for uid, presence in d.state.pad.items()
    }
    d.set(pad=left)


def card_trouble(d: Draft, notice: Notice, reason: Reason | None = None) -> None:
    """A card or a code that could not be used: one passing word. Who brings books back needs no card."""
    listed = {Phase.IDLE, Phase.LIST}
    if notice is not Notice.BAD_CODE and (returning(d.state) or not lends(d.state)):
        notice, reason = Notice.NO_CARD_NEEDED, None
        listed |= {Phase.LEFTOVERS, Phase.CLOSING}
    if d.state.phase in listed:
        listing.say(d, notice, reason)


# ---- staff ----------------------------------------------------------------------------------


def _staff_came(d: Draft) -> None:
    """Staff want the maintenance screen: until they leave nobody can begin anything."""
    d.set(phase=Phase.STAFF, help_open=False, notice=None, prefs=default_prefs(d.state.policy))
    d.do(StopTimer(Timer.IDLE), StopTimer(Timer.MESSAGE))
    d.tell(StaffCame())


def staff_left(d: Draft) -> None:
    """The maintenance screen is closed. What staff tried the pad with is nobody's loan or return."""
    if d.state.phase is not Phase.STAFF:
        return
    d.set(phase=Phase.IDLE)
    leave_behind(d)
    d.tell(StaffWent())
