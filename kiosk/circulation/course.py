"""Courses: how each kind of saga runs. A course turns events into the signals of its table and carries out
the acts that the table names; nothing else changes a saga.

A course keeps nothing: sagas live in the state. What loans and returns do alike stands in `securing`, what
each does in its own way in `lending`, `giving_back`, `wishing` and `paying`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from kiosk.circulation.effects import AppendRow
from kiosk.circulation.facts import ItemNeedsStaff
from kiosk.circulation.frozen import changed
from kiosk.circulation.reasons import Reason
from kiosk.circulation.saga import Act, Saga, Signal
from kiosk.circulation.state import Draft, State
from kiosk.circulation.values import Device, Flushed, ItemKey, Pin, Row, RowKind, SagaId, Uid

T = TypeVar("T", bound=Saga)

FOR_STAFF = "for-staff"
"""The state, of whatever kind, in which staff must look at a saga."""


def new_id(d: Draft, letter: str) -> SagaId:
    """An id that no other saga has: its kind's letter, the number of this opening of the journal (hex), and
    a counter. The wall clock plays no part in it, since that may jump."""
    counter = d.state.counter + 1
    d.set(counter=counter)
    return SagaId(f"{letter}{d.state.opening:x}-{counter}")


NEEDED = ((Device.ILS, Reason.ILS_DOWN), (Device.JOURNAL, Reason.JOURNAL_FAILED))
"""What must be there before the ILS is asked for anything."""


def cannot_ask(d: Draft, *also: tuple[Device, Reason]) -> Reason | None:
    """Why the ILS can be asked nothing now: then nothing is written and nothing is asked. `also`: what else
    is needed, and what is said without it."""
    for device, reason in (*NEEDED, *also):
        if not d.state.ready(device):
            return reason
    return None


def of_session(d: Draft, saga: Saga) -> bool:
    """Whether the saga belongs to whoever is here now."""
    return d.state.session is not None and saga.epoch == d.state.epoch


def pin_for(d: Draft, saga: Saga) -> Pin | None:
    """The PIN to ask with: of the patron who is here, when it is theirs."""
    return d.state.session.pin if d.state.session is not None and of_session(d, saga) else None


def intended(row: Row) -> tuple[ItemKey, bool]:
    """What an intent row was about: the item (its id empty when the seal is broken), and whether its number
    stands there only sealed."""
    name = (row.sealed or {}).get("item")
    item = ItemKey(name or str(row.payload.get("item", "")), str(row.payload.get("owner", "")))
    return item, name is not None


def tags_of(row: Row) -> tuple[Uid, ...]:
    """The tags that a row names."""
    uids = row.payload.get("uids")
    return tuple(Uid(str(uid)) for uid in uids) if isinstance(uids, list | tuple) else ()


class Course(Generic[T]):
    """How one kind of saga runs. `act` is what its intent rows say that they are about."""

    act: str

    def act_of(self, saga: T) -> str:
        """What the intent row of this saga says that it is about."""
        del saga
        return self.act

    # ---- what each kind has of its own ------------------------------------------------------

    def sagas(self, state: State) -> Mapping[SagaId, T]:
        """All sagas of this kind."""
        raise NotImplementedError

    def carry_out(self, d: Draft, saga: T, act: Act) -> None:
        """Do one of the acts that the table names."""
        raise NotImplementedError

    def intent_says(self, saga: T) -> Mapping[str, object]:
        """What an intent row has of its own; nothing personal."""
        raise NotImplementedError

    def answer_says(self, saga: T) -> Mapping[str, object]:
        """What an answer row has of its own; nothing personal."""
        raise NotImplementedError

    def closes(self, d: Draft, saga: T) -> bool:
        """Whether the saga's answer row closes it: nothing is to be done after it."""
        raise NotImplementedError

    def answer_kept(self, d: Draft, saga: T) -> None:
        """The answer row is on the disk (`saga.answer` is its proof)."""
        raise NotImplementedError

    def flush_failed(self, d: Draft, saga_id: SagaId) -> None:
        """The disk did not take a row of this saga."""
        raise NotImplementedError

    # ---- moving -----------------------------------------------------------------------------

    def advance(self, d: Draft, saga: T, signal: Signal) -> bool:
        """Move a saga by its table, keeping the other changes of `saga`, and do what the table says; False
        when it does not move."""
        moved = saga.moved(signal)
        if moved is None:
            return False
        after, acts = moved
        d.put(after)
        for act in acts:
            self.carry_out(d, self.sagas(d.state)[after.id], act)
        return True

    def each(self, d: Draft) -> Iterator[T]:
        """All sagas of this kind, each as it stands when its turn has come."""
        return self.in_turn(d, tuple(self.sagas(d.state)))

    def in_turn(self, d: Draft, ids: Iterable[SagaId]) -> Iterator[T]:
        """These sagas, each as it stands when its turn has come."""
        for saga_id in ids:
            saga = self.sagas(d.state).get(saga_id)
            if saga is not None:
                yield saga

    # ---- the journal ------------------------------------------------------------------------

    def row_flushed(self, d: Draft, token: Flushed) -> None:
        """A row is on the disk: what waited for it goes out."""
        saga = self.sagas(d.state).get(token.saga)
        if saga is None:
            return
        if token.kind is RowKind.INTENT:
            self.advance(d, changed(saga, intent=token), Signal.INTENT_KEPT)
        elif token.kind is RowKind.ANSWER and saga.reply is not None:
            self.answer_kept(d, changed(saga, answer=token))

    def keep_intent(self, d: Draft, saga: T) -> None:
        """Put the intent on the disk; what may be personal only sealed. A later one of the same saga, with
        more tags, takes its place."""
        sealed = {"patron": saga.patron.value} if saga.patron is not None else {}
        if saga.nameless:
            sealed["item"] = saga.item.id
        payload: dict[str, object] = {"act": self.act_of(saga)}
        if saga.item.id:
            payload |= {"item": saga.written_item, "owner": saga.item.owner}
        payload |= {**self.intent_says(saga), **known_before(d.state, saga)}
        d.do(AppendRow(Row(saga.id, RowKind.INTENT, payload, sealed or None)))

    def keep_answer(self, d: Draft, saga: T) -> None:
        """Put the answer on the disk; only then may anything follow from it."""
        d.do(AppendRow(self.answer_row(d, saga)))

    def answer_row(self, d: Draft, saga: T) -> Row:
        """The row of the saga's answer, with how it was learnt."""
        payload: dict[str, object] = {"item": saga.written_item} if saga.item.id else {}
        payload |= {**self.answer_says(saga), **known_before(d.state, saga)}
        by = getattr(saga.reply, "by", None)
        if by is not None:
            payload |= {"profile": by.profile, "sequence": by.sequence}
        return Row(saga.id, RowKind.ANSWER, payload, closes=self.closes(d, saga))

    def close(self, d: Draft, saga: T, end: str) -> None:
        """Close a saga on the disk. Nobody waits for that row: it shares the next flush."""
        payload: dict[str, object] = {"item": saga.written_item} if saga.item.id else {}
        row = Row(saga.id, RowKind.SETTLED, payload | {"state": end}, closes=True)
        d.do(AppendRow(row, urgent=False))

    def name(self, d: Draft, saga: T, reason: Reason) -> None:
        """Name it for staff, on the disk and to the listeners."""
        payload: dict[str, object] = {"item": saga.written_item} if saga.item.id else {}
        row = Row(saga.id, RowKind.STAFF, payload | {"reason": reason.value})
        d.do(AppendRow(row, urgent=False))
        d.tell(ItemNeedsStaff(saga.item, reason))

    def named(self, d: Draft, saga_id: SagaId) -> None:
        """A restart finds a row that names it for staff."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is not None:
            d.put(changed(saga, named=True))

    def recovered(self, d: Draft) -> None:
        """All rows are folded: what is for staff is named, unless it was named before the power went."""
        for saga in self.each(d):
            if saga.state == FOR_STAFF and not saga.named:
                d.put(changed(saga, named=True))
                self.name(d, saga, saga.reason or Reason.OUTCOME_UNKNOWN)

    def resolved(self, d: Draft, saga_id: SagaId) -> bool:
        """Staff have seen to it; False when there is no such saga, or it is on its way."""
        saga = self.sagas(d.state).get(saga_id)
        return saga is not None and self.advance(d, saga, Signal.RESOLVED)


def known_before(state: State, saga: Saga) -> dict[str, object]:
    """What was known of the saga's tags when a row was written: their uids, and the AFI of each, None where
    nobody has asked that tag yet."""
    uids: tuple[Uid, ...] | None = getattr(saga, "uids", None)
    if uids is None:
        return {}
    afi = [state.pad[uid].tag.afi or None if uid in state.pad else None for uid in uids]
    return {"uids": list(uids), "afi": afi}
