"""Effects: everything that the kiosk does, as small frozen values. The desk carries them out.

Three kinds of effect on the world want a token, which only a flush can give: what changes something in the
ILS or takes money (`AskLoan`, `AskReturn`, `AskRenewal`, `AskRenewAll`, `AskHold`, `TakeMoney`) the `intent`
row of its saga, `BookFee` the `taken` row, `SwitchTag` the `answer` row, whichever way it switches
(promises 1 and 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.circulation.facts import Fact
from kiosk.circulation.values import (
    Flushed,
    ItemKey,
    Media,
    Money,
    Paper,
    PatronId,
    Pin,
    Row,
    SagaId,
    Uid,
)


class Timer(StrEnum):
    """The timers of circulation; setting one again restarts it."""

    IDLE = "idle"
    TICK = "tick"
    MESSAGE = "message"
    TAG_RETRY = "tag-retry"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Ask the ILS who this is (63)."""

    attempt: int
    patron: PatronId
    pin: Pin | None
    language: str


@dataclass(frozen=True, slots=True)
class AskLoan:
    """Ask the ILS for one loan (11), with the flushed intent in hand. `agreed`: the patron has agreed to the
    fee that the ILS asked for (BO)."""

    intent: Flushed
    patron: PatronId
    pin: Pin | None
    item: ItemKey
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class SettleLoan:
    """Learn what became of a loan in doubt (63, then 17, on a fresh connection)."""

    saga: SagaId
    patron: PatronId
    item: ItemKey


@dataclass(frozen=True, slots=True)
class AskReturn:
    """Ask the ILS to take one item back (09), with the flushed intent in hand. No patron is named."""

    intent: Flushed
    item: ItemKey


@dataclass(frozen=True, slots=True)
class SettleReturn:
    """Learn what became of a return in doubt (17, on a fresh connection)."""

    saga: SagaId
    item: ItemKey


@dataclass(frozen=True, slots=True)
class AskRenewal:
    """Ask the ILS to renew one loan (29), with the flushed intent in hand."""

    intent: Flushed
    patron: PatronId
    pin: Pin | None
    item: ItemKey


@dataclass(frozen=True, slots=True)
class AskRenewAll:
    """Ask the ILS to renew everything that a patron has (65), with the flushed intent in hand."""

    intent: Flushed
    patron: PatronId
    pin: Pin | None


@dataclass(frozen=True, slots=True)
class AskHold:
    """Ask the ILS for one hold (15), with the flushed intent in hand."""

    intent: Flushed
    patron: PatronId
    pin: Pin | None
    item: ItemKey


@dataclass(frozen=True, slots=True)
class TakeMoney:
    """Let the till take a fee, with the flushed intent in hand."""

    intent: Flushed
    amount: Money


@dataclass(frozen=True, slots=True)
class BookFee:
    """Tell the ILS that a fee was paid (37), with the flushed `taken` row in hand."""

    taken: Flushed
    patron: PatronId
    pin: Pin | None
    amount: Money
    reference: str


@dataclass(frozen=True, slots=True)
class DescribeItem:
    """Ask what an item is called (17)."""

    item: ItemKey


@dataclass(frozen=True, slots=True)
class AskAccount:
    """Ask what the ILS has about a patron (63 with its lists); `attempt` names it in the answer."""

    attempt: int
    patron: PatronId
    pin: Pin | None


@dataclass(frozen=True, slots=True)
class EndIlsSession:
    """Tell the ILS that the patron is done (35)."""

    patron: PatronId
    pin: Pin | None


@dataclass(frozen=True, slots=True)
class AppendRow:
    """Put a row on the disk. `urgent` rows are flushed at once, others with the next flush, or after a
    while."""

    row: Row
    urgent: bool = True


@dataclass(frozen=True, slots=True)
class FlushRows:
    """Rows that wait for company need not wait any more: nobody else comes soon."""


@dataclass(frozen=True, slots=True)
class SwitchTag:
    """Arm or release a tag, whatever its security is, and read it back. `answer` is the flushed answer of the
    loan or the return that it follows from; `media` what the item is made of, as far as is known."""

    uid: Uid
    armed: bool
    answer: Flushed
    media: Media = Media.UNKNOWN


@dataclass(frozen=True, slots=True)
class ReadAfi:
    """Learn whether a tag is armed, and its AFI, without changing it."""

    uid: Uid
    media: Media = Media.UNKNOWN


@dataclass(frozen=True, slots=True)
class PrintPaper:
    """Print one piece of paper; `job` names it in the answer."""

    job: int
    paper: Paper


@dataclass(frozen=True, slots=True)
class ReleaseGate:
    """Let the patron of this session through the gate."""

    session: int


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Fire `timer` in `seconds`, once."""

    timer: Timer
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Forget a timer."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell a fact to all listeners."""

    fact: Fact


Effect = (
    SignIn
    | AskLoan
    | SettleLoan
    | AskReturn
    | SettleReturn
    | AskRenewal
    | AskRenewAll
    | AskHold
    | TakeMoney
    | BookFee
    | DescribeItem
    | AskAccount
    | EndIlsSession
    | AppendRow
    | FlushRows
    | SwitchTag
    | ReadAfi
    | PrintPaper
    | ReleaseGate
    | SetTimer
    | StopTimer
    | Tell
)
