"""The state of circulation: one frozen value, and the `Draft` in which a step prepares the next one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kiosk.circulation.account import OpenAccount
from kiosk.circulation.answers import ItemDescription
from kiosk.circulation.effects import Effect, Tell
from kiosk.circulation.events import Moment
from kiosk.circulation.facts import Fact
from kiosk.circulation.frozen import changed
from kiosk.circulation.loan import Loan
from kiosk.circulation.payment import FeePayment
from kiosk.circulation.policy import Policy
from kiosk.circulation.reasons import Reason
from kiosk.circulation.returning import Return
from kiosk.circulation.saga import Saga
from kiosk.circulation.sets import UnknownSize
from kiosk.circulation.values import (
    Condition,
    Device,
    ItemKey,
    ItemTag,
    Money,
    PaperKind,
    PatronId,
    Pin,
    SagaId,
    Security,
    SeenTag,
    Uid,
    Untrusted,
)
from kiosk.circulation.views import Errand, Notice, ReceiptView, Theme
from kiosk.circulation.wish import Wish

NOWHERE = Moment(0.0, 0.0)


class Phase(StrEnum):
    """Where a session is. `idle` is the attract screen: nobody is here. `list` is the list of books, lent or
    brought back (the session's errand says which)."""

    IDLE = "idle"
    SIGNING_IN = "signing-in"
    PIN = "pin"
    LEFTOVERS = "leftovers"
    LIST = "list"
    CLOSING = "closing"
    FAREWELL = "farewell"
    SEE_STAFF = "see-staff"
    STAFF = "staff"
    """Staff are at the maintenance screen: there is no session, and none can begin."""


SIGNED_IN = frozenset({Phase.LIST, Phase.CLOSING, Phase.FAREWELL})
"""Phases in which a tag that arrives belongs to the session."""


@dataclass(frozen=True)
class Presence:
    """A tag that is in the field, or was there a moment ago (`since`, `left_at`: monotonic seconds).

    `leftover`: it lay there when a session ended and has not been away long enough since.
    """

    tag: SeenTag
    since: float = 0.0
    left_at: float | None = None
    leftover: bool = False

    @property
    def there(self) -> bool:
        """Whether the tag is in the field now, as far as the pad can tell."""
        return self.left_at is None


@dataclass(frozen=True)
class Line:
    """One line of a patron's list. Its state is not kept here: it follows from its saga or trouble.

    `copied`: why one more tag that says that it is this item does not belong to it; nobody can tell which of
    them lies. `all_there`: what the patron has said of the parts of a set that nobody can count (None: was
    not asked). `wish` is the saga of the renewal or the hold that the patron was asked about. `wanted`: the
    ILS says that somebody has the item or waits for it.
    """

    key: str
    item: ItemKey | None
    uids: tuple[Uid, ...] = ()
    saga: SagaId | None = None
    trouble: Reason | None = None
    title: str = ""
    author: str = ""
    unread_near: bool = False
    nameless: bool = False
    copied: Reason | None = None
    all_there: bool | None = None
    wish: SagaId | None = None
    wanted: bool = False


class GateState(StrEnum):
    """What was done about the gate for this session."""

    UNTOUCHED = "untouched"
    RELEASED = "released"
    FAILED = "failed"


@dataclass(frozen=True)
class Session:
    """One visit to the kiosk, from its beginning to the farewell. Forgotten whole at its end.

    `patron` is None for a return, which needs no card. `charged` are the items that the ILS has said are on
    loan to them, `owed` the fees that it says are open, `wished` is the last wish that the patron confirmed.
    `receipt` is how far the receipt has come, once it was asked for, and `job` its print. `scans` are items
    that were scanned while *Are these yours?* stood there, each with whether its number may be a patron's.
    """

    patron: PatronId | None
    errand: Errand = Errand.LOAN
    pin: Pin | None = None
    typed: str = ""
    attempt: int = 0
    wrong_pins: int = 0
    name: str = ""
    charged: frozenset[str] = frozenset()
    owed: Money | None = None
    lines: Mapping[str, Line] = field(default_factory=dict)
    not_mine: frozenset[Uid] = frozenset()
    unread: frozenset[Uid] = frozenset()
    titles: Mapping[str, ItemDescription] = field(default_factory=dict)
    scans: Mapping[ItemKey, bool] = field(default_factory=dict)
    proving: frozenset[Uid] = frozenset()
    """Tags of books that are this patron's already, whose AFI is being read."""
    reason: Reason | None = None
    note: Untrusted | None = None
    abandoned: bool = False
    staff_called: bool = False
    wished: SagaId | None = None
    receipt: ReceiptView | None = None
    job: int | None = None
    gate: GateState = GateState.UNTOUCHED
    proved: frozenset[str] = frozenset()
    """Lines that were proved before the tags were named that are unread now."""
    account: OpenAccount | None = None
    """The patron's account, once they wanted to see it."""

    def __repr__(self) -> str:
        return f"Session({len(self.lines)} lines)"


@dataclass(frozen=True, slots=True)
class Prefs:
    """How this patron wants the screen. Reset when the session ends (promise 9)."""

    language: str = "en"
    text_size: int = 100
    theme: Theme = Theme.LIGHT


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device as its supervisor last reported it."""

    condition: Condition = Condition.MISSING
    reason: Reason | None = None


@dataclass(frozen=True)
class State:
    """All that circulation knows.

    `epoch` counts beginnings and ends of sessions; `revision` counts changes; `since` is the revision
    at which the present screen appeared, and `key` what that is (`show.screen_key`). `opening` is the
    number of this opening of the journal, of which saga ids are made. `interrupted`: the journal held open
    sagas at the start, so a session was cut off; `pad_since` is the moment at which the pad first answered.
    `pad` keeps tags for as long as their absence matters, `named` those that the pad has named and not read
    yet (any of them may be in any book on the list), `air` says which saga has a write or a read-back
    of a tag under way, `papers` the prints that are, `resolving` the sagas that staff are closing.
    `countdown` is the seconds left of the warning or the closing screen, None while none runs.
    """

    policy: Policy = field(default_factory=Policy)
    now: Moment = NOWHERE
    epoch: int = 0
    revision: int = 0
    since: int = 0
    key: str = ""
    phase: Phase = Phase.IDLE
    prefs: Prefs = field(default_factory=Prefs)
    session: Session | None = None
    pad: Mapping[Uid, Presence] = field(default_factory=dict)
    loans: Mapping[SagaId, Loan] = field(default_factory=dict)
    returns: Mapping[SagaId, Return] = field(default_factory=dict)
    wishes: Mapping[SagaId, Wish] = field(default_factory=dict)
    payments: Mapping[SagaId, FeePayment] = field(default_factory=dict)
    named: frozenset[Uid] = frozenset()
    air: Mapping[Uid, SagaId] = field(default_factory=dict)
    papers: Mapping[int, PaperKind] = field(default_factory=dict)
    resolving: frozenset[SagaId] = frozenset()
    counter: int = 0
    opening: int = 0
    interrupted: bool = False
    pad_since: float | None = None
    devices: Mapping[Device, DeviceState] = field(default_factory=dict)
    countdown: int | None = None
    help_open: bool = False
    notice: tuple[Notice, Reason | None] | None = None

    def ready(self, device: Device) -> bool:
        """Whether `device` can do its work now. Half of it will do, but not at the pad: one that only reads
        tags can neither release what is lent nor secure what is brought back."""
        known = self.devices.get(device)
        if known is None or (device is Device.PAD and known.condition is Condition.DEGRADED):
            return False
        return known.condition is not Condition.MISSING

    @property
    def watches_field(self) -> bool:
        """Whether somebody looks at what lies on the pad, ready or not."""
        pad = self.devices.get(Device.PAD)
        return pad is not None and pad.condition is not Condition.MISSING

    def there(self, uid: Uid) -> bool:
        """Whether the tag is in the field now."""
        presence = self.pad.get(uid)
        return presence is not None and presence.left_at is None

    def any_there(self, uids: Iterable[Uid]) -> bool:
        """Whether one of these tags is in the field now."""
        for uid in uids:
            presence = self.pad.get(uid)
            if presence is not None and presence.left_at is None:
                return True
        return False

    def all_there(self, uids: Iterable[Uid]) -> bool:
        """Whether every one of these tags is in the field now."""
        for uid in uids:
            presence = self.pad.get(uid)
            if presence is None or presence.left_at is not None:
                return False
        return True

    @property
    def here(self) -> int | None:
        """The epoch of whoever is here now: the sagas of this session have it."""
        return self.epoch if self.session is not None else None

    def sagas(self) -> tuple[Saga, ...]:
        """All sagas, in the order in which they may ask the patron."""
        return (
            *self.loans.values(),
            *self.returns.values(),
            *self.wishes.values(),
            *self.payments.values(),
        )

    def saga(self, saga_id: SagaId) -> Saga | None:
        """The saga of this id."""
        kinds: tuple[Mapping[SagaId, Saga], ...] = (self.loans, self.returns, self.wishes, self.payments)
        for sagas in kinds:
            if saga_id in sagas:
                return sagas[saga_id]
        return None

    def asking(self) -> Saga | None:
        """The saga whose question the patron of this session is to answer first."""
        if self.session is None or self.phase is not Phase.LIST:
            return None
        kinds: tuple[Mapping[SagaId, Saga], ...] = (self.loans, self.wishes, self.payments)
        for sagas in kinds:  # a return asks nobody
            for saga in sagas.values() if sagas else ():
                if saga.state is saga.ASKS and saga.epoch == self.epoch:
                    return saga
        return None

    def counting(self) -> Line | None:
        """The set of which the patron of this session is to say first whether it is all there."""
        if self.policy.unknown_sets is not UnknownSize.ASK or self.session is None:
            return None
        if self.phase is Phase.LIST:
            for line in self.session.lines.values():
                if line.trouble is Reason.PARTS_UNKNOWN and line.all_there is None:
                    return line
        return None

    def reading_account(self) -> OpenAccount | None:
        """The account that is on the screen, if one is."""
        if self.session is None or self.phase is not Phase.LIST:
            return None
        account = self.session.account
        return account if account is not None and account.shown else None

    def tagged(self) -> tuple[Loan | Return, ...]:
        """All sagas that may have tags to secure."""
        return (*self.loans.values(), *self.returns.values())

    def tagged_of_session(self) -> list[Loan | Return]:
        """Those of them that belong to whoever is here now."""
        if self.session is None:
            return []
        return [saga for saga in self.tagged() if saga.epoch == self.epoch]

    def to_put_back(self) -> list[Loan | Return]:
        """Those of them of which a tag left the pad before it was secured. None while the pad is away."""
        if self.session is None:
            return []
        kinds: tuple[Mapping[SagaId, Loan | Return], ...] = (self.loans, self.returns)
        away = [
            saga
            for sagas in kinds
            for saga in sagas.values()
            if saga.state is saga.SECURES and saga.epoch == self.epoch and not self.all_there(saga.unproved)
        ]
        return away if away and self.ready(Device.PAD) else []

    def saga_of(self, line: Line) -> Loan | Return | None:
        """The saga of a line of the list."""
        if line.saga is None:
            return None
        return self.loans.get(line.saga) or self.returns.get(line.saga)


def default_prefs(policy: Policy) -> Prefs:
    """The preferences with which every session begins."""
    return Prefs(language=policy.languages[0] if policy.languages else "en")


def item_of(presence: Presence) -> ItemKey | None:
    """The item that a tag carries, or None for a card or an unread tag."""
    content = presence.tag.content
    return content.item if isinstance(content, ItemTag) else None


class Draft:
    """The next state in the making, with the effects so far. Lives within one step only.

    `state` is a copy that nobody else has yet, and its fields are replaced in place: a step changes some four
    of them, and makes one state. Once the step is over it is as frozen as it says.
    """

    def __init__(self, state: State, now: Moment) -> None:
        """Begin from `state`, at this moment."""
        self.state = changed(state, now=now)
        self.effects: list[Effect] = []
        self._fields = vars(self.state)

    def set(self, **changes: Any) -> None:
        """Replace fields of the state."""
        self._fields.update(changes)

    def differs_from(self, state: State) -> bool:
        """Whether anything has changed since `state` but the time."""
        # as `!=` of the two, without the tuples of all fields that this makes first
        return self._fields != {**vars(state), "now": self.state.now}

    def do(self, *effects: Effect) -> None:
        """Add effects, in order."""
        self.effects.extend(effects)

    def tell(self, fact: Fact) -> None:
        """Tell a fact to the listeners."""
        self.effects.append(Tell(fact))

    @property
    def session(self) -> Session:
        """The session. Only called in phases that have one."""
        if self.state.session is None:
            message = f"no session in phase {self.state.phase}"
            raise AssertionError(message)
        return self.state.session

    def set_session(self, **changes: Any) -> None:
        """Replace fields of the session."""
        self._fields["session"] = changed(self.session, **changes)

    def put_line(self, line: Line) -> None:
        """Add or replace a line of the list."""
        self.set_session(lines={**self.session.lines, line.key: line})

    def drop_line(self, key: str) -> None:
        """Take a line off the list, if it is there."""
        if key in self.session.lines:
            self.set_session(lines={k: v for k, v in self.session.lines.items() if k != key})

    def put(self, saga: Saga) -> None:
        """Add or replace a saga."""
        match saga:
            case Loan():
                self._fields["loans"] = {**self.state.loans, saga.id: saga}
            case Return():
                self._fields["returns"] = {**self.state.returns, saga.id: saga}
            case Wish():
                self._fields["wishes"] = {**self.state.wishes, saga.id: saga}
            case FeePayment():
                self._fields["payments"] = {**self.state.payments, saga.id: saga}
            case _:
                message = f"no such kind of saga: {saga!r}"
                raise AssertionError(message)

    def know_tag(self, uid: Uid, afi: int, security: Security) -> None:
        """What a tag on the pad holds and is to a gate, as far as is known now."""
        presence = self.state.pad.get(uid)
        if presence is not None and (presence.tag.afi != afi or presence.tag.security is not security):
            self.put_presence(uid, changed(presence, tag=changed(presence.tag, afi=afi, security=security)))

    def put_presence(self, uid: Uid, presence: Presence) -> None:
        """Add or replace a tag of the pad."""
        self._fields["pad"] = {**self.state.pad, uid: presence}
