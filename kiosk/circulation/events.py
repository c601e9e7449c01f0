"""Events: everything that happens to circulation. The desk stamps each with a `Moment`.

What the devices report (`TagRead`, `CardShown`, ...) are events too; they live in `values`, because
adapters make them. Every event carries the session epoch under which it arose (`Stamped.epoch`), so
that what belonged to one patron cannot reach the next (promise 9).
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.circulation.answers import (
    AccountAnswer,
    FeeAnswer,
    HoldAnswer,
    ItemDescription,
    LoanAnswer,
    RenewalAnswer,
    RenewAllAnswer,
    ReturnAnswer,
    SignInAnswer,
    TillAnswer,
)
from kiosk.circulation.effects import Timer
from kiosk.circulation.intents import Pressed
from kiosk.circulation.policy import Policy
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
from kiosk.circulation.values import (
    AFI_UNKNOWN,
    Flushed,
    ItemKey,
    Printout,
    Row,
    SagaId,
    Security,
    Switched,
    Uid,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When: `mono` seconds of the monotonic clock, `wall` seconds since 1970 (UTC)."""

    mono: float
    wall: float


# ---- the pad --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TagSwitched:
    """The answer to `SwitchTag`: what came of it, and the AFI as the tag was last read, 0 when it was not."""

    uid: Uid
    outcome: Switched
    afi: int = AFI_UNKNOWN


@dataclass(frozen=True, slots=True)
class AfiRead:
    """The answer to `ReadAfi`: the byte as the tag holds it, or None when it did not answer; and what it is
    to a gate."""

    uid: Uid
    afi: int | None
    security: Security = Security.UNKNOWN


# ---- the ILS --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignInAnswered:
    """The answer to `SignIn`, named by its attempt."""

    attempt: int
    answer: SignInAnswer


@dataclass(frozen=True, slots=True)
class AnswerLate:
    """The ILS is overdue with the answer for this saga, of whatever kind; doubt begins."""

    saga: SagaId


@dataclass(frozen=True, slots=True)
class LoanAnswered:
    """The answer to `AskLoan`."""

    saga: SagaId
    answer: LoanAnswer


@dataclass(frozen=True, slots=True)
class LoanSettled:
    """The answer to `SettleLoan`: what became of a loan in doubt (`Doubt` again: nobody knows)."""

    saga: SagaId
    answer: LoanAnswer


@dataclass(frozen=True, slots=True)
class ReturnAnswered:
    """The answer to `AskReturn`."""

    saga: SagaId
    answer: ReturnAnswer


@dataclass(frozen=True, slots=True)
class ReturnSettled:
    """The answer to `SettleReturn`: what became of a return in doubt (`Doubt` again: nobody knows)."""

    saga: SagaId
    answer: ReturnAnswer


@dataclass(frozen=True, slots=True)
class RenewalAnswered:
    """The answer to `AskRenewal`."""

    saga: SagaId
    answer: RenewalAnswer


@dataclass(frozen=True, slots=True)
class RenewAllAnswered:
    """The answer to `AskRenewAll`."""

    saga: SagaId
    answer: RenewAllAnswer


@dataclass(frozen=True, slots=True)
class HoldAnswered:
    """The answer to `AskHold`."""

    saga: SagaId
    answer: HoldAnswer


@dataclass(frozen=True, slots=True)
class FeeAnswered:
    """The answer to `BookFee`."""

    saga: SagaId
    answer: FeeAnswer


@dataclass(frozen=True, slots=True)
class ItemDescribed:
    """The answer to `DescribeItem`; `description` None when the title is not to be had."""

    item: ItemKey
    description: ItemDescription | None


@dataclass(frozen=True, slots=True)
class AccountAnswered:
    """The answer to `AskAccount`, named by its attempt."""

    attempt: int
    answer: AccountAnswer


# ---- till, paper, gate and staff ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TillAnswered:
    """The answer to `TakeMoney`."""

    saga: SagaId
    answer: TillAnswer


@dataclass(frozen=True, slots=True)
class PaperPrinted:
    """The answer to `PrintPaper`, named by its job."""

    job: int
    printout: Printout


@dataclass(frozen=True, slots=True)
class GateAnswered:
    """The answer to `ReleaseGate`: whether the line followed."""

    session: int
    done: bool


@dataclass(frozen=True, slots=True)
class MatterResolved:
    """Staff have seen to what this saga left open: it is closed."""

    saga: SagaId


@dataclass(frozen=True, slots=True)
class StaffLeft:
    """The maintenance screen was closed."""


# ---- the desk itself ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowsFlushed:
    """These rows are on the disk."""

    rows: tuple[Flushed, ...]


@dataclass(frozen=True, slots=True)
class FlushFailed:
    """The disk did not take the rows of these sagas."""

    sagas: tuple[SagaId, ...]


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer that circulation set has run out."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """Staff changed the policy; it holds from this event on."""

    policy: Policy


@dataclass(frozen=True, slots=True)
class Restarted:
    """The kiosk has started; `rows` are the journal's rows of sagas that are still open, `opening` the
    number of this opening of the journal, which no other has: saga ids are made of it."""

    rows: tuple[Row, ...] = ()
    opening: int = 0


Event = (
    TagRead
    | TagsLeft
    | TagsNamed
    | AfiSeen
    | TagSwitched
    | AfiRead
    | CardShown
    | CardUnread
    | CodeScanned
    | SignInAnswered
    | AnswerLate
    | LoanAnswered
    | LoanSettled
    | ReturnAnswered
    | ReturnSettled
    | RenewalAnswered
    | RenewAllAnswered
    | HoldAnswered
    | TillAnswered
    | FeeAnswered
    | ItemDescribed
    | AccountAnswered
    | PaperPrinted
    | GateAnswered
    | GateAlarmed
    | MatterResolved
    | StaffLeft
    | RowsFlushed
    | FlushFailed
    | DeviceChanged
    | TimerFired
    | PolicyChanged
    | Restarted
    | Pressed
)


@dataclass(frozen=True, slots=True)
class Stamped:
    """An event with its moment and the epoch (number of the session) under which it arose."""

    when: Moment
    epoch: int
    event: Event
