"""What the screen shows, worked out from the state: `view_of(state) -> View`. Pure.

Counts are true: *on the pad* is what the pad senses, *borrowed* what the ILS lent in this session.
One message at a time: security before refusal before information.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kiosk.circulation.listing import leftover_items, parts_missing
from kiosk.circulation.loan import Loan, LoanState
from kiosk.circulation.policy import NameRule, Policy
from kiosk.circulation.reasons import Reason
from kiosk.circulation.state import Line, Phase, State
from kiosk.circulation.values import CardTag, Device, ItemKey, ItemTag, Lent, NotLent
from kiosk.circulation.views import (
    AttractView,
    CannotLendView,
    FarewellView,
    Header,
    HelpCalled,
    ItemState,
    LeftoversView,
    LoanView,
    Message,
    Modal,
    Notice,
    PinView,
    PutBack,
    RowView,
    ScreenView,
    SeeStaffView,
    StillThere,
    View,
    WaitView,
    Weight,
)

PROGRESS: dict[LoanState, ItemState] = {
    LoanState.INTENDED: ItemState.ASKING,
    LoanState.ASKED: ItemState.ASKING,
    LoanState.DOUBTED: ItemState.ASKING,
    LoanState.ANSWERED: ItemState.ASKING,
    LoanState.RELEASING: ItemState.LENT,
    LoanState.AWAITED: ItemState.LENT,
    LoanState.CONFIRMING: ItemState.LENT,
    LoanState.SAFE: ItemState.SAFE,
    LoanState.REFUSED: ItemState.REFUSED,
    LoanState.ARMED: ItemState.ATTENTION,
    LoanState.UNTAGGED: ItemState.NO_TAG,
    LoanState.FOR_STAFF: ItemState.ATTENTION,
    LoanState.GONE: ItemState.REFUSED,
}
"""What a patron sees of each state of a loan."""

BEING_FINISHED = frozenset({LoanState.ANSWERED, LoanState.RELEASING})
"""States of a loan of an earlier session whose tags, on the pad again, are about to be written."""

ORDER = {ItemState.ATTENTION: 0, ItemState.REFUSED: 0}
"""Rows that need the patron come first; the others keep the order in which they arrived."""

WEIGHTS = (Weight.SECURITY, Weight.REFUSAL, Weight.INFO)
"""Messages in the order of their priority."""

LENT_TO_ME = frozenset({ItemState.LENT, ItemState.SAFE, ItemState.NO_TAG})


def view_of(state: State) -> View:
    """The whole screen for this state."""
    return View(
        session=state.epoch,
        revision=state.revision,
        since=state.since,
        header=_header(state),
        screen=_screen(state),
        modal=_modal(state),
    )


def screen_key(state: State) -> tuple[object, ...]:
    """What must be the same for an intent to mean what the patron saw: screen and modal."""
    view = view_of(state)
    modal = view.modal
    kind = modal.row.key if isinstance(modal, PutBack) else ""
    return (state.epoch, type(view.screen), type(modal), kind)


def rows_of(state: State) -> tuple[RowView, ...]:
    """The list, needs-you first, then in the order of arrival."""
    if state.session is None:
        return ()
    rows = [_row(state, line) for line in state.session.lines.values()]
    return tuple(sorted(rows, key=lambda row: ORDER.get(row.state, 1)))


# ---- header ---------------------------------------------------------------------------------


def _header(state: State) -> Header:
    prefs, policy = state.prefs, state.policy
    name = state.session.name if state.session is not None else ""
    return Header(
        library=policy.library_name(prefs.language),
        patron=_shown_name(policy, name),
        language=prefs.language,
        languages=policy.languages,
        text_size=prefs.text_size,
        theme=prefs.theme,
    )


def _shown_name(policy: Policy, name: str) -> str:
    words = name.replace(",", " ").split()
    if "," in name and len(words) > 1:
        # the ILS sends "Family, First"
        family = name.split(",", 1)[0].split()
        words = [*name.split(",", 1)[1].split(), *family]
    if not words or policy.show_name is NameRule.NONE:
        return ""
    initials = [f"{word[0]}." for word in words]
    if policy.show_name is NameRule.INITIALS:
        return " ".join((initials[0], initials[-1])) if len(words) > 1 else initials[0]
    return f"{words[0]} {initials[-1]}" if len(words) > 1 else words[0]


# ---- screens --------------------------------------------------------------------------------


def _screen(state: State) -> ScreenView:
    session = state.session
    if session is None:
        return _nobody_here(state)
    match state.phase:
        case Phase.SIGNING_IN:
            return WaitView()
        case Phase.PIN:
            left = state.policy.pin_tries - session.wrong_pins
            return PinView(len(session.typed), wrong=session.wrong_pins > 0, tries_left=left)
        case Phase.LEFTOVERS:
            return LeftoversView(tuple(_leftover_row(state, item) for item in leftover_items(state)))
        case Phase.FAREWELL:
            return _farewell(state)
        case Phase.SEE_STAFF:
            seconds = state.policy.farewell_s
            reason = session.reason or Reason.PATRON_BLOCKED
            return SeeStaffView(reason, session.note, state.countdown or 0, seconds)
        case _:
            return _loan(state)


def _nobody_here(state: State) -> ScreenView:
    for device, reason in (
        (Device.ILS, Reason.ILS_DOWN),
        (Device.JOURNAL, Reason.JOURNAL_FAILED),
        (Device.PAD, Reason.READER_MISSING),
    ):
        if not state.ready(device):
            known = state.devices.get(device)
            return CannotLendView((known.reason if known else None) or reason)
    message = None
    if state.notice is not None:
        message = Message(Weight.INFO, state.notice[0], reason=state.notice[1])
    return AttractView(message)


def _loan(state: State) -> LoanView:
    rows = rows_of(state)
    messages = _messages(state, rows)
    following = next((m for m in messages[1:] if m.weight is not Weight.INFO), None)
    return LoanView(
        rows=rows,
        on_pad=_on_pad(state),
        scanned=sum(1 for row in rows if row.state is ItemState.NO_TAG),
        borrowed=_borrowed(state, rows),
        not_borrowed=sum(1 for row in rows if _not_borrowed(state, row)),
        attention=sum(1 for row in rows if row.state is ItemState.ATTENTION),
        message=messages[0],
        next_message=following,
        closing=state.phase is Phase.CLOSING,
    )


def _farewell(state: State) -> FarewellView:
    rows = rows_of(state)
    messages = [m for m in _messages(state, rows) if m.weight is Weight.REFUSAL]
    return FarewellView(
        rows=rows,
        borrowed=_borrowed(state, rows),
        safe=sum(1 for row in rows if row.state is ItemState.SAFE and row.reason is None),
        not_borrowed=sum(1 for row in rows if _not_borrowed(state, row)),
        attention=sum(1 for row in rows if row.state is ItemState.ATTENTION),
        message=messages[0] if messages else Message(Weight.INFO, Notice.TAKE_CARD),
        seconds=state.countdown or 0,
        of_seconds=state.policy.farewell_s,
    )


# ---- rows -----------------------------------------------------------------------------------


def _row(state: State, line: Line) -> RowView:
    on_pad = any(state.there(uid) for uid in line.uids)
    loan = state.sagas.get(line.saga) if line.saga is not None else None
    if loan is not None:
        row = _loan_row(line, loan, on_pad=on_pad)
        if line.copied and row.state is ItemState.SAFE:
            # the other tag was not written, and may be in this very book (promise 2)
            return replace(row, state=ItemState.ATTENTION, reason=Reason.STAYS_ARMED)
        return row
    parts, missing = parts_missing(state, line)
    item_state, reason = _troubled(state, line)
    return RowView(
        key=line.key,
        item=line.item,
        title=line.title,
        author=line.author,
        state=item_state,
        reason=reason,
        on_pad=on_pad,
        parts=parts,
        parts_missing=missing,
    )


def _loan_row(line: Line, loan: Loan, *, on_pad: bool) -> RowView:
    reply = loan.reply if loan.state is not LoanState.ANSWERED else None
    lent = reply if isinstance(reply, Lent) else None
    refused = reply if isinstance(reply, NotLent) else None
    title = reply.title if reply is not None else ""
    return RowView(
        key=line.key,
        item=line.item,
        title=title or line.title,
        author=line.author,
        state=PROGRESS[loan.state],
        reason=loan.reason if loan.state is not LoanState.ANSWERED else None,
        note=refused.note if refused else None,
        due=lent.due if lent else None,
        late=loan.late,
        on_pad=on_pad,
        parts=max(1, len(loan.uids)),
    )


def _troubled(state: State, line: Line) -> tuple[ItemState, Reason | None]:
    if line.trouble is not Reason.ALREADY_YOURS:
        return (ItemState.SEEN if line.trouble is None else ItemState.ATTENTION), line.trouble
    if not line.uids:
        return ItemState.NO_TAG, Reason.ALREADY_YOURS
    if any(
        loan.item == line.item and loan.state in BEING_FINISHED and set(loan.uids) & set(line.uids)
        for loan in state.sagas.values()
    ):
        # lent in an earlier session and finished now: what its tags said before no longer counts
        return ItemState.LENT, Reason.ALREADY_YOURS
    loan_afi = state.policy.afi_on_loan
    proved = all(uid in state.pad and state.pad[uid].tag.afi == loan_afi for uid in line.uids)
    return (ItemState.SAFE if proved else ItemState.ATTENTION), Reason.ALREADY_YOURS


def _leftover_row(state: State, item: ItemKey) -> RowView:
    known = state.session.titles.get(item.id) if state.session is not None else None
    title, author = (known.title, known.author) if known is not None else ("", "")
    return RowView(item.id, item, title, author, ItemState.SEEN)


# ---- counts ---------------------------------------------------------------------------------


def _on_pad(state: State) -> int:
    """Items that the pad senses: a set counts once, a tag that names no item counts as one."""
    sensed: set[object] = set()
    for uid, presence in state.pad.items():
        if presence.there and not isinstance(presence.tag.content, CardTag):
            content = presence.tag.content
            sensed.add(content.item if isinstance(content, ItemTag) else uid)
    return len(sensed)


def _borrowed(state: State, rows: Iterable[RowView]) -> int:
    """Items lent in this session, also those that staff must still look at."""
    loans = {loan.item for loan in state.sagas.values() if loan.epoch == state.epoch and loan.lent}
    return sum(1 for row in rows if row.item in loans and row.reason is not Reason.ALREADY_YOURS)


def _not_borrowed(state: State, row: RowView) -> bool:
    if row.state is ItemState.REFUSED:
        return True
    lent = {loan.item for loan in state.sagas.values() if loan.epoch == state.epoch and loan.lent}
    return (
        row.state is ItemState.ATTENTION
        and row.item not in lent
        and row.reason not in (Reason.CARD_ON_PAD, Reason.ALREADY_YOURS)
    )


# ---- messages -------------------------------------------------------------------------------


def _messages(state: State, rows: tuple[RowView, ...]) -> list[Message]:
    """Everything that is to be said, the most pressing first; never empty."""
    found = [*_pressing(state, rows), _progress(state, rows)]
    if state.notice is not None:
        found.insert(-1, Message(Weight.INFO, state.notice[0], reason=state.notice[1]))
    return sorted(found, key=lambda message: WEIGHTS.index(message.weight))


def _pressing(state: State, rows: tuple[RowView, ...]) -> Iterable[Message]:
    waiting = [row for row in rows if row.state in (ItemState.LENT, ItemState.ASKING)]
    if not state.ready(Device.PAD):
        weight = Weight.SECURITY if waiting else Weight.INFO
        yield Message(weight, Notice.READER_AWAY, count=len(waiting))
    refused = [row for row in rows if row.state is ItemState.REFUSED and row.on_pad]
    if refused:
        reasons = {row.reason for row in refused}
        note = refused[0].note if len(refused) == 1 else None
        reason = refused[0].reason if len(reasons) == 1 else None
        yield Message(Weight.REFUSAL, Notice.LEAVE_HERE, len(refused), reason, note)
    troubled = [row for row in rows if row.state is ItemState.ATTENTION]
    unread = [row for row in troubled if row.item is None and row.reason is not Reason.CARD_ON_PAD]
    cards = [row for row in troubled if row.reason is Reason.CARD_ON_PAD]
    staff = [row for row in troubled if row.item is not None]
    if unread:
        yield Message(Weight.REFUSAL, Notice.SCAN_BARCODE, len(unread), unread[0].reason)
    if staff:
        yield Message(Weight.REFUSAL, Notice.SEE_STAFF, len(staff), staff[0].reason)
    if cards:
        yield Message(Weight.REFUSAL, Notice.CARD_ON_PAD, len(cards))
    if state.session is not None and any(state.there(uid) for uid in state.session.not_mine):
        yield Message(Weight.INFO, Notice.TAKE_AWAY_LEFT)


def _progress(state: State, rows: tuple[RowView, ...]) -> Message:
    busy = [row for row in rows if row.state in (ItemState.SEEN, ItemState.ASKING, ItemState.LENT)]
    if state.phase is Phase.CLOSING and busy:
        return Message(Weight.INFO, Notice.ONE_MOMENT, len(busy))
    if busy:
        return Message(Weight.INFO, Notice.KEEP_ON_PAD, len(busy))
    done = [row for row in rows if row.state in (ItemState.SAFE, ItemState.NO_TAG)]
    if done:
        # a refused book that was lifted is off the pad, and still not safe
        notice = Notice.ALL_SAFE if len(done) == len(rows) else Notice.SOME_SAFE
        return Message(Weight.INFO, notice, len(done))
    return Message(Weight.INFO, Notice.PUT_BOOKS)


# ---- modals ---------------------------------------------------------------------------------


def _modal(state: State) -> Modal | None:
    session = state.session
    if session is None:
        return HelpCalled() if state.help_open else None
    put_back = _put_back(state)
    if put_back is not None:
        return put_back
    if state.countdown is not None and state.phase not in (Phase.FAREWELL, Phase.SEE_STAFF):
        # before the help sheet: a countdown that nobody sees is no warning (WCAG 2.2.1)
        rows = rows_of(state)
        safe = sum(1 for row in rows if row.state in LENT_TO_ME - {ItemState.LENT})
        return StillThere(state.countdown, state.policy.warning_s, _borrowed(state, rows), safe)
    return HelpCalled() if state.help_open else None


def _put_back(state: State) -> PutBack | None:
    """A lent item of this session is not on the pad and not proved. Silent while the pad is away."""
    if not state.ready(Device.PAD) or state.session is None or state.session.abandoned:
        return None
    away: list[RowView] = []
    for row_line in state.session.lines.values():
        loan = state.sagas.get(row_line.saga) if row_line.saga is not None else None
        if loan is None or loan.state is not LoanState.RELEASING:
            continue
        if any(uid not in loan.proved and not state.there(uid) for uid in loan.uids):
            away.append(_row(state, row_line))
    if not away:
        return None
    after = next((m for m in _messages(state, rows_of(state)) if m.weight is Weight.REFUSAL), None)
    return PutBack(away[0], len(away) - 1, after, state.session.staff_called)
