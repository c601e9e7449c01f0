"""What loans and returns do alike: keeping rows, securing tags, and not giving up too early.

A tag has at most one write and its read-back in the air, whichever saga wants it (`State.air`): what is read
back then is what was written last. The writes themselves stand in `lending` and `giving_back`, one each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum, auto
from typing import TypeVar

from kiosk.circulation.effects import AppendRow, SetTimer, Timer
from kiosk.circulation.facts import ItemNeedsStaff
from kiosk.circulation.loan import Loan
from kiosk.circulation.reasons import Reason
from kiosk.circulation.renewal import Renewal
from kiosk.circulation.returning import Return
from kiosk.circulation.saga import Saga, Signal
from kiosk.circulation.state import Draft
from kiosk.circulation.values import Device, ItemKey, Row, RowKind, SagaId, Uid

TAG_RETRY_S = 0.3
"""Pause before a tag that did not answer is written again; two polls of a full pad fit into it."""

AFI_UNKNOWN = 0
"""AFI of a tag between a write and its read-back (ISO 15693-3: 00 is "no family")."""

MUTE_TRIES = 20
"""Attempts at a tag that is there and never answers (six seconds), before staff are asked: some tags
answer the inventory and know no AFI (ISO 15693-3 has Write AFI and Get system info as optional)."""

AnySaga = Loan | Return | Renewal

_Tagged = TypeVar("_Tagged", Loan, Return)


class Check(Enum):
    """What a read-back says of a saga's tags."""

    OPEN = auto()
    """Something is still to be proved."""
    PROVED = auto()
    """Every tag was read back as it should be."""
    REFUSES = auto()
    """A tag does not take its AFI."""


# ---- rows -----------------------------------------------------------------------------------


def new_id(d: Draft, letter: str) -> SagaId:
    """An id that no other saga has: its kind's letter, the wall clock in ms (hex), and a counter."""
    counter = d.state.counter + 1
    d.set(counter=counter)
    return SagaId(f"{letter}{int(d.state.now.wall * 1000):x}-{counter}")


def cannot_ask(d: Draft) -> Reason | None:
    """Why the ILS can be asked nothing now: then nothing is written and nothing is asked."""
    for device, reason in ((Device.ILS, Reason.ILS_DOWN), (Device.JOURNAL, Reason.JOURNAL_FAILED)):
        if not d.state.ready(device):
            return reason
    return None


def keep_intent(d: Draft, saga: AnySaga, more: Mapping[str, object], sealed: Mapping[str, str]) -> None:
    """Put the intent on the disk; what may be personal only sealed. A later one of the same saga, with more
    tags, takes its place."""
    # what it held before, where that is known: None where nobody has asked
    afi = [d.state.pad[uid].tag.afi or None for uid in saga.uids if uid in d.state.pad]
    payload: dict[str, object] = {
        "item": saga.written_item,
        "owner": saga.item.owner,
        "uids": list(saga.uids),
        "afi": afi,
        **more,
    }
    secret = {**sealed, "item": saga.item.id} if saga.nameless else dict(sealed)
    d.do(AppendRow(Row(saga.id, RowKind.INTENT, payload, secret or None)))


def intended(row: Row) -> tuple[ItemKey, tuple[Uid, ...], bool]:
    """What an intent row was about: the item (its id empty when the seal is broken), its tags, and whether
    its number stands there only sealed."""
    sealed = row.sealed or {}
    name = sealed.get("item")
    item = ItemKey(name or str(row.payload.get("item", "")), str(row.payload.get("owner", "")))
    return item, tags_of(row), name is not None


def tags_of(row: Row) -> tuple[Uid, ...]:
    """The tags that a row names."""
    uids = row.payload.get("uids")
    return tuple(Uid(str(uid)) for uid in uids) if isinstance(uids, list | tuple) else ()


def with_tags(row: Row, saga: Saga) -> Row:
    """The row, naming the saga's tags: those of the intent are no longer all."""
    return replace(row, payload={**row.payload, "uids": list(saga.uids)})


def for_staff(d: Draft, saga: Saga, reason: Reason) -> None:
    """Name an item for staff, on the disk and to the listeners."""
    payload = {"item": saga.written_item, "reason": reason.value}
    d.do(AppendRow(Row(saga.id, RowKind.STAFF, payload), urgent=False))
    d.tell(ItemNeedsStaff(saga.item, reason))


def close(d: Draft, saga: Loan | Return, end: str) -> None:
    """Close a saga on the disk."""
    payload = {"item": saga.written_item, "state": end}
    # it shares the flush of the next answer; the last of its session has none to wait for
    last = all(other.ended for other in d.state.tagged() if other.epoch == saga.epoch and other.id != saga.id)
    d.do(AppendRow(Row(saga.id, RowKind.SETTLED, payload, closes=True), urgent=last))


# ---- moving ---------------------------------------------------------------------------------


def move(d: Draft, saga: AnySaga, signal: Signal) -> bool:
    """Move a saga by its table, keeping the other changes of `saga`; False when it does not move."""
    moved = saga.moved(signal)
    if moved is None:
        return False
    d.put(moved)
    return True


def of_session(d: Draft, saga: Saga) -> bool:
    """Whether the saga belongs to whoever is here now."""
    return d.state.session is not None and saga.epoch == d.state.epoch


def claimed(d: Draft, saga: Loan | Return) -> bool:
    """Whether another saga is at work on the same item: until that has ended, this one leaves it alone."""
    return any(
        other.item.id == saga.item.id and other.id != saga.id and not other.at_rest
        for other in d.state.tagged()
    )


def settled_nothing(d: Draft, saga: Loan | Return) -> None:
    """Nobody could say what became of it: try again after a pause, and at last ask staff."""
    tried = replace(saga, settles=saga.settles + 1)
    if tried.settles < d.state.policy.settle_tries:
        d.put(tried)
        d.do(SetTimer(Timer.SETTLE, d.state.policy.settle_pause_s))
    elif move(d, replace(tried, reason=Reason.OUTCOME_UNKNOWN, settles=0), Signal.NEVER_KNOWN):
        for_staff(d, saga, Reason.OUTCOME_UNKNOWN)


def session_over(d: Draft, saga: Loan | Return) -> None:
    """Its session has ended or its tag has gone: what is not proved waits, and is named for staff."""
    if move(d, saga, Signal.SESSION_OVER):
        for_staff(d, saga, Reason.TAG_GONE)


# ---- tags -----------------------------------------------------------------------------------


def to_write(d: Draft, saga: Loan | Return) -> Iterator[Uid]:
    """The saga's tags that can be written now; each is in the air from here on."""
    if not d.state.ready(Device.PAD):
        return
    for uid in saga.unproved:
        if uid not in d.state.air and d.state.there(uid):
            # what it held before proves nothing any more, even if this write stays without an answer
            presence = d.state.pad[uid]
            d.put_presence(uid, replace(presence, tag=replace(presence.tag, afi=AFI_UNKNOWN)))
            d.set(air={**d.state.air, uid: saga.id})
            for other in list(d.state.tagged()):
                if other.id != saga.id:
                    distrust(d, other, uid)
            yield uid


def distrust(d: Draft, saga: Loan | Return, uid: Uid) -> None:
    """What was once read back from this tag for this saga holds no longer."""
    if uid in saga.proved:
        d.put(replace(saga, proved=saga.proved - {uid}))


def late_tags(d: Draft, saga: Loan | Return) -> tuple[Uid, ...]:
    """Tags that turned up while a closing answer was on its way to the disk: its saga does not know them."""
    line = d.session.lines.get(saga.item.id) if of_session(d, saga) else None
    known = line is not None and line.saga == saga.id
    return tuple(uid for uid in line.uids if uid not in saga.uids) if line is not None and known else ()


def continue_as(d: Draft, saga: Loan | Return) -> None:
    """The list's line follows the saga that goes on where a closed one ended."""
    d.put(saga)
    line = d.session.lines.get(saga.item.id)
    if line is not None:
        d.put_line(replace(line, saga=saga.id))


def checked(d: Draft, saga: _Tagged, uid: Uid, afi: int | None, wanted: int) -> tuple[_Tagged, Check]:
    """A tag of the saga was read back as `afi` (None: it did not answer) after a write of `wanted`."""
    if afi == wanted:
        saga = replace(saga, proved=saga.proved | {uid})
        d.put(saga)
        return saga, Check.OPEN if saga.unproved else Check.PROVED
    if afi is not None:
        saga = replace(saga, tries=saga.tries + 1)
    elif d.state.there(uid) and d.state.ready(Device.PAD):
        saga = replace(saga, mute=saga.mute + 1)
    d.put(saga)
    if saga.tries >= d.state.policy.write_tries or saga.mute >= MUTE_TRIES:
        return saga, Check.REFUSES
    if d.state.there(uid):
        d.do(SetTimer(Timer.TAG_RETRY, TAG_RETRY_S))
    return saga, Check.OPEN
