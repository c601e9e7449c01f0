"""The one message line: security before refusal before information. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kiosk.circulation.answers import HoldNotPlaced, NotRenewed
from kiosk.circulation.paying import payment_of_session
from kiosk.circulation.payment import PENDING, FeePayment, PaymentState
from kiosk.circulation.reasons import Reason
from kiosk.circulation.rows import NEEDS_YOU, PROVED
from kiosk.circulation.state import Phase, Session, State
from kiosk.circulation.values import Device, SagaId
from kiosk.circulation.views import Errand, ItemState, Message, Notice, RowView, Weight
from kiosk.circulation.wish import WishKind, WishState

WEIGHTS = (Weight.SECURITY, Weight.REFUSAL, Weight.INFO)
"""Messages in the order of their priority."""

STRAY_PARTS = frozenset({Reason.PART_EXTRA, Reason.PART_FOREIGN})
"""Why a part lies there that does not belong to the item that it names."""

KNOWN_FOR_WHAT_THEY_ARE = STRAY_PARTS | {Reason.CARD_ON_PAD}
"""Tags of no item on the list that nobody need scan."""

BUSY = (ItemState.SEEN, ItemState.ASKING, ItemState.LENT)
"""States in which something is still to come."""


def messages_of(state: State, rows: tuple[RowView, ...]) -> list[Message]:
    """Everything that is to be said, the most pressing first; never empty."""
    found = [*_pressing(state, rows), _progress(state, rows)]
    if state.notice is not None:
        found.insert(-1, Message(Weight.INFO, state.notice[0], reason=state.notice[1]))
    if len(found) == 1:
        return found
    return [message for weight in WEIGHTS for message in found if message.weight is weight]


def refusals(state: State, rows: tuple[RowView, ...]) -> list[Message]:
    """What is left to be said about items that did not go well."""
    return [message for message in messages_of(state, rows) if message.weight is Weight.REFUSAL]


def _pressing(state: State, rows: tuple[RowView, ...]) -> Iterator[Message]:
    session = state.session
    returning = session is not None and session.errand is Errand.RETURN
    if not state.ready(Device.PAD):
        waiting = [row for row in rows if row.state in (ItemState.LENT, ItemState.ASKING)]
        weight = Weight.SECURITY if waiting else Weight.INFO
        yield Message(weight, Notice.READER_AWAY, count=len(waiting))
    if session is not None and session.wished is not None:
        # first what the patron has just asked for
        yield from _not_granted(state, session, session.wished)
    needs_you = [row for row in rows if row.state in NEEDS_YOU]
    refused = [row for row in needs_you if row.state is ItemState.REFUSED and row.on_pad] if needs_you else ()
    if refused:
        reasons = {row.reason for row in refused}
        note = refused[0].note if len(refused) == 1 else None
        reason = refused[0].reason if len(reasons) == 1 else None
        notice = Notice.TO_STAFF if returning else Notice.LEAVE_HERE
        yield Message(Weight.REFUSAL, notice, len(refused), reason, note)
    payment = payment_of_session(state) if state.payments else None
    if payment is not None:
        yield from _not_paid(payment)
    troubled = [row for row in needs_you if row.state is ItemState.ATTENTION] if needs_you else ()
    if troubled:
        yield from _troubles(troubled, Notice.TO_STAFF if returning else Notice.SEE_STAFF)
    if session is not None and session.not_mine and state.any_there(session.not_mine):
        yield Message(Weight.INFO, Notice.TAKE_AWAY_LEFT)


def _troubles(troubled: Sequence[RowView], notice: Notice) -> Iterator[Message]:
    """What is to be done about the rows that need attention."""
    unread = [row for row in troubled if row.item is None and row.reason not in KNOWN_FOR_WHAT_THEY_ARE]
    cards = [row for row in troubled if row.reason is Reason.CARD_ON_PAD]
    staff = [row for row in troubled if row.item is not None or row.reason in STRAY_PARTS]
    if unread:
        yield Message(Weight.REFUSAL, Notice.SCAN_BARCODE, len(unread), unread[0].reason)
    if staff:
        yield Message(Weight.REFUSAL, notice, len(staff), staff[0].reason)
    if cards:
        yield Message(Weight.REFUSAL, Notice.CARD_ON_PAD, len(cards))


def _not_granted(state: State, session: Session, wished: SagaId) -> Iterator[Message]:
    """The last renewal or hold that the patron wanted and did not get, until its book is off the pad; where
    the account is on the screen, it need not lie there."""
    saga = state.wishes.get(wished)
    line = session.lines.get(saga.item.id) if saga is not None else None
    gone = line is None or (line.uids and not state.any_there(line.uids))
    if saga is None or (gone and state.reading_account() is None):
        return
    if saga.state is WishState.NOT_GRANTED:
        note = saga.reply.note if isinstance(saga.reply, NotRenewed | HoldNotPlaced) else None
        notice = Notice.HOLD_NOT_PLACED if saga.kind is WishKind.HOLD else Notice.NOT_RENEWED
        yield Message(Weight.REFUSAL, notice, 1, saga.reason, note)
    elif saga.state is WishState.UNKNOWN:
        yield Message(Weight.REFUSAL, Notice.SEE_STAFF, 1, saga.reason)


def _not_paid(payment: FeePayment) -> Iterator[Message]:
    """What became of the payment that this patron began, unless all went well."""
    if payment.state in PENDING:
        yield Message(Weight.REFUSAL, Notice.PAYMENT_PENDING, 1, payment.reason)
    elif payment.state is PaymentState.NOT_PAID:
        yield Message(Weight.REFUSAL, Notice.NOT_PAID, 1, payment.reason)


def _progress(state: State, rows: tuple[RowView, ...]) -> Message:
    busy = [row for row in rows if row.state in BUSY]
    if state.phase is Phase.CLOSING and busy:
        return Message(Weight.INFO, Notice.ONE_MOMENT, len(busy))
    if busy:
        return Message(Weight.INFO, Notice.KEEP_ON_PAD, len(busy))
    done = [row for row in rows if row.state in PROVED]
    returning = state.session is not None and state.session.errand is Errand.RETURN
    if not rows:
        payment = payment_of_session(state)
        if payment is not None and payment.state is PaymentState.PAID:
            return Message(Weight.INFO, Notice.PAID)
    if not done:
        return Message(Weight.INFO, Notice.PUT_RETURNS if returning else Notice.PUT_BOOKS)
    # a refused book that was lifted is off the pad, and still not safe
    whole = len(done) == len(rows)
    if returning:
        sorted_out = any(row.bin for row in done)
        all_back = Notice.ALL_RETURNED if whole else Notice.SOME_RETURNED
        return Message(Weight.INFO, Notice.USE_BINS if sorted_out else all_back, len(done))
    return Message(Weight.INFO, Notice.ALL_SAFE if whole else Notice.SOME_SAFE, len(done))
