"""The one message line: security before refusal before information. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kiosk.circulation.reasons import Reason
from kiosk.circulation.renewal import RenewalState
from kiosk.circulation.state import Phase, State
from kiosk.circulation.values import Device, NotRenewed
from kiosk.circulation.views import Errand, ItemState, Message, Notice, RowView, Weight

WEIGHTS = (Weight.SECURITY, Weight.REFUSAL, Weight.INFO)
"""Messages in the order of their priority."""

BUSY = (ItemState.SEEN, ItemState.ASKING, ItemState.LENT)
"""States in which something is still to come."""

DONE = (ItemState.SAFE, ItemState.NO_TAG, ItemState.RENEWED, ItemState.RETURNED)
"""States in which all is well."""


def messages_of(state: State, rows: tuple[RowView, ...]) -> list[Message]:
    """Everything that is to be said, the most pressing first; never empty."""
    found = [*_pressing(state, rows), _progress(state, rows)]
    if state.notice is not None:
        found.insert(-1, Message(Weight.INFO, state.notice[0], reason=state.notice[1]))
    return sorted(found, key=lambda message: WEIGHTS.index(message.weight))


def refusals(state: State, rows: tuple[RowView, ...]) -> list[Message]:
    """What is left to be said about items that did not go well."""
    return [message for message in messages_of(state, rows) if message.weight is Weight.REFUSAL]


def _returning(state: State) -> bool:
    return state.session is not None and state.session.errand is Errand.RETURN


def _pressing(state: State, rows: tuple[RowView, ...]) -> Iterator[Message]:
    returning = _returning(state)
    waiting = [row for row in rows if row.state in (ItemState.LENT, ItemState.ASKING)]
    if not state.ready(Device.PAD):
        weight = Weight.SECURITY if waiting else Weight.INFO
        yield Message(weight, Notice.READER_AWAY, count=len(waiting))
    refused = [row for row in rows if row.state is ItemState.REFUSED and row.on_pad]
    if refused:
        reasons = {row.reason for row in refused}
        note = refused[0].note if len(refused) == 1 else None
        reason = refused[0].reason if len(reasons) == 1 else None
        notice = Notice.TO_STAFF if returning else Notice.LEAVE_HERE
        yield Message(Weight.REFUSAL, notice, len(refused), reason, note)
    yield from _not_renewed(state, rows)
    troubled = [row for row in rows if row.state is ItemState.ATTENTION]
    unread = [row for row in troubled if row.item is None and row.reason is not Reason.CARD_ON_PAD]
    cards = [row for row in troubled if row.reason is Reason.CARD_ON_PAD]
    staff = [row for row in troubled if row.item is not None]
    if unread:
        yield Message(Weight.REFUSAL, Notice.SCAN_BARCODE, len(unread), unread[0].reason)
    if staff:
        notice = Notice.TO_STAFF if returning else Notice.SEE_STAFF
        yield Message(Weight.REFUSAL, notice, len(staff), staff[0].reason)
    if cards:
        yield Message(Weight.REFUSAL, Notice.CARD_ON_PAD, len(cards))
    if state.session is not None and any(state.there(uid) for uid in state.session.not_mine):
        yield Message(Weight.INFO, Notice.TAKE_AWAY_LEFT)


def _not_renewed(state: State, rows: Iterable[RowView]) -> Iterator[Message]:
    """The last renewal that the patron wanted and did not get, until its book is taken off the pad."""
    session = state.session
    saga = state.renewals.get(session.renewed) if session and session.renewed is not None else None
    if saga is None or session is None:
        return
    line = session.lines.get(saga.item.id)
    if line is None or (line.uids and not any(state.there(uid) for uid in line.uids)):
        return
    if saga.state is RenewalState.NOT_RENEWED:
        note = saga.reply.note if isinstance(saga.reply, NotRenewed) else None
        yield Message(Weight.REFUSAL, Notice.NOT_RENEWED, 1, saga.reason, note)
    elif saga.state is RenewalState.UNKNOWN:
        yield Message(Weight.REFUSAL, Notice.SEE_STAFF, 1, saga.reason)


def _progress(state: State, rows: tuple[RowView, ...]) -> Message:
    busy = [row for row in rows if row.state in BUSY]
    if state.phase is Phase.CLOSING and busy:
        return Message(Weight.INFO, Notice.ONE_MOMENT, len(busy))
    if busy:
        return Message(Weight.INFO, Notice.KEEP_ON_PAD, len(busy))
    done = [row for row in rows if row.state in DONE]
    returning = _returning(state)
    if not done:
        return Message(Weight.INFO, Notice.PUT_RETURNS if returning else Notice.PUT_BOOKS)
    # a refused book that was lifted is off the pad, and still not safe
    whole = len(done) == len(rows)
    if returning:
        sorted_out = any(row.bin for row in done)
        all_back = Notice.ALL_RETURNED if whole else Notice.SOME_RETURNED
        return Message(Weight.INFO, Notice.USE_BINS if sorted_out else all_back, len(done))
    return Message(Weight.INFO, Notice.ALL_SAFE if whole else Notice.SOME_SAFE, len(done))
