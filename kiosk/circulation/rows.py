"""The rows of the list, worked out from the state, and what is counted in them. Pure.

A row's state is never kept: it follows from the saga of its line, or from the line's trouble.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kiosk.circulation.answers import FeeAsked, HoldPlaced, Lent, NotLent, NotReturned, Renewed, Returned
from kiosk.circulation.counting import counted, lacks, swapped
from kiosk.circulation.frozen import changed
from kiosk.circulation.loan import Loan, LoanState
from kiosk.circulation.reasons import Reason
from kiosk.circulation.returning import Return, ReturnState
from kiosk.circulation.sets import Counted, UnknownSize
from kiosk.circulation.state import Line, State
from kiosk.circulation.values import ItemKey, ItemTag, Security, UnreadTag
from kiosk.circulation.views import ItemState, RowView
from kiosk.circulation.wish import Wish, WishState
from kiosk.circulation.wishing import holdable, renewable

PROGRESS: dict[LoanState, ItemState] = {
    LoanState.INTENDED: ItemState.ASKING,
    LoanState.ASKED: ItemState.ASKING,
    LoanState.DOUBTED: ItemState.ASKING,
    LoanState.ANSWERED: ItemState.ASKING,
    LoanState.ASKS: ItemState.ASKING,
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

COMING_BACK: dict[ReturnState, ItemState] = {
    ReturnState.INTENDED: ItemState.ASKING,
    ReturnState.ASKED: ItemState.ASKING,
    ReturnState.DOUBTED: ItemState.ASKING,
    ReturnState.ANSWERED: ItemState.ASKING,
    ReturnState.ARMING: ItemState.ASKING,
    ReturnState.GUARDING: ItemState.REFUSED,
    ReturnState.AWAITED: ItemState.ASKING,
    ReturnState.CONFIRMING: ItemState.ASKING,
    ReturnState.RETURNED: ItemState.RETURNED,
    ReturnState.UNARMED: ItemState.ATTENTION,
    ReturnState.REFUSED: ItemState.REFUSED,
    ReturnState.FOR_STAFF: ItemState.ATTENTION,
    ReturnState.GONE: ItemState.REFUSED,
}
"""What is seen of each state of a return: nothing is called returned before it is proved."""

BEING_FINISHED = frozenset({LoanState.ANSWERED, LoanState.RELEASING})
"""States of a loan of an earlier session whose tags, on the pad again, are about to be written."""

UNDER_WAY = frozenset({ReturnState.INTENDED, ReturnState.ASKED, ReturnState.DOUBTED, ReturnState.ANSWERED})
"""States of a return in which the ILS can be late with its answer."""

NEEDS_YOU = frozenset({ItemState.ATTENTION, ItemState.REFUSED})
"""Rows that need somebody come first; the others keep the order in which they arrived."""


PROVED = frozenset({ItemState.SAFE, ItemState.NO_TAG, ItemState.RENEWED, ItemState.RETURNED})
"""States of which the ILS and, where there is one, the tag have given proof."""

ALMOST = {
    ItemState.SAFE: ItemState.LENT,
    ItemState.NO_TAG: ItemState.LENT,
    ItemState.RENEWED: ItemState.ASKING,
    ItemState.RETURNED: ItemState.ASKING,
}
"""What is seen of a row with all its proof while a tag is unread that may be in its book."""

ANY_ROW = RowView("", None, "", "", ItemState.SEEN)
"""What rows are made of: to change one takes half as long as to make one of its twenty fields."""


class Made(NamedTuple):
    """A row of a loan or a return, and all that it was made of."""

    line: Line
    saga: Loan | Return
    on_pad: bool
    row: RowView


def proved_lines(state: State) -> frozenset[str]:
    """The lines that are proved, by key."""
    return frozenset(row.key for row in rows_of(state) if row.state in PROVED)


def rows_of(state: State, kept: dict[str, Made] | None = None) -> tuple[RowView, ...]:
    """The list, needs-you first, then in the order of arrival. `kept`: see `row_of`."""
    if state.session is None:
        return ()
    first: list[RowView] = []
    others: list[RowView] = []
    for line in state.session.lines.values():
        row = row_of(state, line, kept)
        needs_you = row.state in NEEDS_YOU or row.alert is not None
        (first if needs_you else others).append(row)
    return (*first, *others)


def row_of(state: State, line: Line, kept: dict[str, Made] | None = None) -> RowView:
    """One line of the list, as it is shown. `kept` has the rows that were made before, by their keys: one
    that would be made of the very same values (frozen, so that they still say the same) is not made again.

    What was proved stays so when a new tag is named, and what is proved meanwhile waits for its being read.
    """
    on_pad = state.any_there(line.uids)
    saga = state.saga_of(line)
    wish = state.wishes.get(line.wish) if line.wish is not None else None
    if saga is None:
        row = _row_without_saga(state, line, on_pad=on_pad)
        if wish is not None:
            row = _renewed_row(row, wish)
    else:
        made = kept.get(line.key) if kept is not None else None
        if made is None or made.line is not line or made.saga is not saga or made.on_pad is not on_pad:
            made = Made(line, saga, on_pad, _row_of_saga(state, line, saga, on_pad=on_pad))
            if kept is not None:
                kept[line.key] = made
        row = made.row
        if row.state is ItemState.REFUSED and holdable(state, line):
            row = changed(row, holdable=True)
        if wish is not None:
            row = _held_row(row, wish)
    if state.named and row.state in PROVED and state.session is not None:
        return row if line.key in state.session.proved else changed(row, state=ALMOST[row.state])
    return row


def _row_without_saga(state: State, line: Line, *, on_pad: bool) -> RowView:
    """A line about which the ILS was not asked: in trouble, or its patron's already."""
    parts = counted(state, line)
    odd, odd_of = _odd(state, line, parts)
    item_state, reason = _troubled(state, line)
    if odd_of:
        # the part that it lacks lies there, in the wrong case
        reason = Reason.PART_FOREIGN
    if line.copied and item_state is ItemState.SAFE:
        # theirs already, and the other tag is not proved
        item_state, reason = ItemState.ATTENTION, line.copied
    return changed(
        ANY_ROW,
        key=line.key,
        item=line.item,
        title=line.title,
        author=line.author,
        state=item_state,
        reason=reason,
        on_pad=on_pad,
        parts=parts.parts,
        parts_missing=parts.missing,
        parts_odd=odd,
        odd_of=odd_of,
        renewable=renewable(state, line),
    )


def _odd(state: State, line: Line, parts: Counted) -> tuple[tuple[int, ...], str]:
    """The parts of an item that was not asked about which do not belong there, or are there twice; and what
    the item on the list is called that they are of."""
    match line.trouble:
        case Reason.PART_EXTRA:
            return parts.beyond, ""
        case Reason.PART_FOREIGN:
            return parts.strange, ""
        case Reason.TAG_DUPLICATE:
            return (parts.twice if parts.parts > 1 else ()), ""
        case Reason.PART_MISSING if state.session is not None:
            found = swapped(state, line)
            if found:
                of = found[0].item
                title = state.session.lines[of.id].title or of.id
                return tuple(stray.part for stray in found if stray.item == of), title
    return (), ""


def _row_of_saga(state: State, line: Line, saga: Loan | Return, *, on_pad: bool) -> RowView:
    """What a line and its saga say. One that lacks a part is not done, whatever is proved of the others."""
    row = _row_of_parts(line, saga, on_pad=on_pad)
    lacking = lacks(state, line) if row.state in PROVED and line.uids else None
    if lacking is None:
        return row
    attention, reason = ItemState.ATTENTION, Reason.PART_MISSING
    return changed(row, state=attention, reason=reason, parts=lacking.parts, parts_missing=lacking.missing)


def _row_of_parts(line: Line, saga: Loan | Return, *, on_pad: bool) -> RowView:
    """The same, as far as its parts were seen."""
    if isinstance(saga, Loan):
        row = _loan_row(line, saga, on_pad=on_pad)
        if line.copied and row.state is ItemState.SAFE:
            # the other tag was not written, and may be in this very book (promise 2)
            return changed(row, state=ItemState.ATTENTION, reason=Reason.STAYS_ARMED)
        return row
    row = _return_row(line, saga, on_pad=on_pad)
    if line.copied and row.state is ItemState.RETURNED:
        return changed(row, state=ItemState.ATTENTION, reason=line.copied)
    return row


def _loan_row(line: Line, loan: Loan, *, on_pad: bool) -> RowView:
    known = loan.state is not LoanState.ANSWERED or loan.after is not None
    reply = loan.reply if known else None
    due, note = None, None
    match reply:
        case Lent():
            due = reply.due
        case NotLent() | FeeAsked():
            note = reply.note
    return changed(
        ANY_ROW,
        key=line.key,
        item=line.item,
        title=(reply.title if reply is not None else "") or line.title,
        author=line.author,
        state=PROGRESS[LoanState.RELEASING if loan.state is LoanState.ANSWERED and known else loan.state],
        reason=loan.reason if known else None,
        note=note,
        due=due,
        late=loan.late,
        on_pad=on_pad,
        parts=len(loan.uids) or 1,
    )


def _return_row(line: Line, saga: Return, *, on_pad: bool) -> RowView:
    reply = saga.reply if saga.state is not ReturnState.ANSWERED or saga.after is not None else None
    row = changed(
        ANY_ROW,
        key=line.key,
        item=line.item,
        title=(reply.title if reply is not None else "") or line.title,
        author=line.author,
        state=COMING_BACK[saga.state],
        reason=saga.reason if saga.state is not ReturnState.ANSWERED else None,
        late=saga.late and saga.state in UNDER_WAY,
        on_pad=on_pad,
        parts=len(saga.uids) or 1,
    )
    match reply:
        case NotReturned():
            return changed(row, note=reply.note, bin=reply.bin)
        case Returned() if row.state is not ItemState.ASKING:
            return changed(
                row,
                alert=reply.alert,
                destination=reply.destination,
                bin=reply.bin,
                was_on_loan=reply.was_on_loan,
            )
        case _:
            return row


def _held_row(row: RowView, hold: Wish) -> RowView:
    if hold.state is WishState.GRANTED and isinstance(hold.reply, HoldPlaced):
        return changed(row, held=True, pickup=hold.reply.pickup)
    return row if hold.ended or hold.asks else changed(row, state=ItemState.ASKING, late=hold.late)


def _renewed_row(row: RowView, renewal: Wish) -> RowView:
    if renewal.asks:
        return row
    if not renewal.ended:
        return changed(row, state=ItemState.ASKING, reason=None, late=renewal.late)
    if renewal.state is WishState.GRANTED and isinstance(renewal.reply, Renewed):
        row = changed(row, due=renewal.reply.due, title=renewal.reply.title or row.title)
        if row.state in (ItemState.SAFE, ItemState.NO_TAG):
            # one that is armed although it is this patron's still needs staff
            return changed(row, state=ItemState.RENEWED, reason=None)
    return row


def _troubled(state: State, line: Line) -> tuple[ItemState, Reason | None]:
    if line.trouble is Reason.PARTS_UNKNOWN and line.all_there is None and _asks(state):
        return ItemState.ASKING, line.trouble
    if line.trouble is not Reason.ALREADY_YOURS:
        return (ItemState.SEEN if line.trouble is None else ItemState.ATTENTION), line.trouble
    if not line.uids and line.unread_near:
        # the tag that could not be read may be in this very book, and armed (promise 2)
        return ItemState.ATTENTION, Reason.ALREADY_YOURS
    if not line.uids:
        return ItemState.NO_TAG, Reason.ALREADY_YOURS
    if any(
        loan.state in BEING_FINISHED and loan.item == line.item and set(loan.uids) & set(line.uids)
        for loan in state.loans.values()
    ):
        # lent in an earlier session and finished now: what its tags said before no longer counts
        return ItemState.LENT, Reason.ALREADY_YOURS
    if state.session is not None and state.session.proving & set(line.uids):
        return ItemState.ASKING, None
    released = Security.RELEASED
    proved = all(uid in state.pad and state.pad[uid].tag.security is released for uid in line.uids)
    return (ItemState.SAFE if proved else ItemState.ATTENTION), Reason.ALREADY_YOURS


def _asks(state: State) -> bool:
    """Whether the patron is asked about sets that nobody can count."""
    return state.policy.unknown_sets is UnknownSize.ASK


def leftover_row(state: State, item: ItemKey) -> RowView:
    """A book that lay there before."""
    known = state.session.titles.get(item.id) if state.session is not None else None
    title, author = (known.title, known.author) if known is not None else ("", "")
    return RowView(item.id, item, title, author, ItemState.SEEN)


# ---- counts ---------------------------------------------------------------------------------


def sensed(state: State) -> int:
    """Items that the pad senses: a set counts once, a tag that names no item counts as one."""
    found: set[tuple[str, ...]] = set()
    for uid, presence in state.pad.items():
        if presence.left_at is None:
            match presence.tag.content:
                case ItemTag(item):
                    found.add((item.id, item.owner))
                case UnreadTag():
                    found.add((uid,))
    return len(found)


def _lent(state: State) -> set[str]:
    """Keys of the rows of items that were lent in this session."""
    return {loan.item.id for loan in state.loans.values() if loan.epoch == state.epoch and loan.lent}


def borrowed(state: State, rows: Iterable[RowView]) -> int:
    """Items lent in this session, also those that staff must still look at."""
    lent = _lent(state)
    return len([row for row in rows if row.key in lent and row.reason is not Reason.ALREADY_YOURS])


def not_borrowed(state: State, rows: Iterable[RowView]) -> int:
    """Items that were refused, or that could not be asked about."""
    out = [row for row in rows if row.state in NEEDS_YOU]
    if not out:
        return 0
    lent = _lent(state)
    return len([row for row in out if row.state is ItemState.REFUSED or _left_out(row, lent)])


def _left_out(row: RowView, lent: set[str]) -> bool:
    """Whether a row that needs attention is of an item that was not lent."""
    return row.key not in lent and row.reason not in (Reason.CARD_ON_PAD, Reason.ALREADY_YOURS)


def returned(rows: Iterable[RowView]) -> int:
    """Items that the ILS has taken back and that are armed."""
    return [row.state for row in rows].count(ItemState.RETURNED)


def attention(rows: Iterable[RowView]) -> int:
    """Items that staff must look at."""
    return [row.state for row in rows].count(ItemState.ATTENTION)


def to_staff(rows: Iterable[RowView]) -> int:
    """Items of a return that go to staff: not taken back, or not armed. A patron's card is none."""
    return len([row for row in rows if row.state in NEEDS_YOU and row.reason is not Reason.CARD_ON_PAD])
