"""The wish sagas, renewals and holds: their states and their table. `wishing` turns events into its signals.

A wish is what a patron asks for beside lending: another due date for a loan, or for all of them, or a hold on
an item that somebody else has. The kiosk asks back first, and only *Yes* sends anything, once. No tag is
touched for it.
Its answer row closes it, whatever the answer was: a wish of which nobody knows what became leaves the patron
with a later date, or a place in a queue, that they were not told of, and there is nothing to mend.

All of them are renewed by one message (65) where the ILS knows it and where that does no more than was asked
for: had this visit lent or renewed some of them already, it would renew those too. Otherwise they are renewed
one after the other, each by a saga of its own, so that one of which nobody learns anything stops no other.

After a restart one that was cut off is closed as unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kiosk.circulation.answers import (
    Doubt,
    HoldNotPlaced,
    HoldPlaced,
    NotRenewed,
    Renewed,
    RenewedAll,
    Unsupported,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.saga import Act, Saga, Signal, Table, table
from kiosk.circulation.values import ItemKey, SagaId


class WishKind(StrEnum):
    """What is wished for; the value stands in the journal."""

    RENEWAL = "renewal"
    RENEW_ALL = "renew-all"
    HOLD = "hold"


class WishState(StrEnum):
    """Where a wish is. The first five are on their way, the others are ends."""

    ASKS = "asks"
    """The patron is asked whether they mean it; nothing was sent."""
    INTENDED = "intended"
    """The intent row is on its way to the disk; nothing was asked."""
    ASKED = "asked"
    """The 29, the 65 or the 15 is with the ILS, at most once."""
    ANSWERED = "answered"
    """The answer row is on its way to the disk."""
    SINGLY = "singly"
    """All loans are being renewed, one after the other."""

    GRANTED = "granted"
    """The loan has a new due date; the patron has a hold."""
    NOT_GRANTED = "not-granted"
    """Everything stands as it was."""
    UNKNOWN = "unknown"
    """It was asked and nobody knows what became of it."""
    DECLINED = "declined"
    """The patron did not mean it."""
    GONE_THROUGH = "gone-through"
    """All loans had their turn, as far as the ILS could be asked."""


_S, _G, _A = WishState, Signal, Act

TABLE: Table[WishState] = table(
    (_S.ASKS, _G.YES, (_A.KEEP_INTENT,), _S.INTENDED),
    (_S.ASKS, _G.CANNOT_ASK, (), _S.NOT_GRANTED),
    (_S.ASKS, _G.NO, (), _S.DECLINED),
    (_S.INTENDED, _G.INTENT_KEPT, (_A.ASK,), _S.ASKED),
    (_S.INTENDED, _G.INTENT_LOST, (), _S.NOT_GRANTED),
    (_S.ASKED, _G.ANSWER_CAME, (_A.KEEP_ANSWER,), _S.ANSWERED),
    (_S.ANSWERED, _G.GRANTED, (_A.TELL,), _S.GRANTED),
    (_S.ANSWERED, _G.NOT_GRANTED, (), _S.NOT_GRANTED),
    (_S.ANSWERED, _G.UNKNOWN, (), _S.UNKNOWN),
    (_S.ASKS, _G.SINGLY, (), _S.SINGLY),
    (_S.ANSWERED, _G.NOT_DONE_HERE, (), _S.SINGLY),
    (_S.SINGLY, _G.NEXT, (_A.RENEW_NEXT,), _S.SINGLY),
    (_S.SINGLY, _G.ALL_ENDED, (), _S.GONE_THROUGH),
)
"""State, signal, what is done, next state. What is not here does not happen. (A disk that does not take the
answer changes nothing for the patron: it is true, and no tag waits for its proof.)"""

ENDS = frozenset({_S.GRANTED, _S.NOT_GRANTED, _S.UNKNOWN, _S.DECLINED, _S.GONE_THROUGH})
"""States in which a patron need not wait any more."""


@dataclass(frozen=True)
class Wish(Saga):
    """One wish saga. `lost`: the disk did not take its answer row, which is to be written yet. `rest`: of a
    renewal of all loans, those that have not had their turn. `part_of`: it is one of them, in turn."""

    reply: Renewed | NotRenewed | RenewedAll | Unsupported | HoldPlaced | HoldNotPlaced | Doubt | None = None
    kind: WishKind = WishKind.RENEWAL
    state: WishState = WishState.ASKS
    lost: bool = False
    rest: tuple[ItemKey, ...] = ()
    part_of: SagaId | None = None

    TABLE: ClassVar = TABLE
    ASKS: ClassVar = WishState.ASKS

    @property
    def ended(self) -> bool:
        """Whether a patron need not wait for it any more."""
        return self.state in ENDS

    @property
    def never_sent(self) -> bool:
        """A wish that the ILS does not serve is not offered again in the same visit."""
        return super().never_sent and self.reason is not Reason.NOT_SERVED


def verdict(wish: Wish) -> Signal:
    """What its answer means."""
    match wish.reply:
        case Renewed() | RenewedAll() | HoldPlaced():
            return Signal.GRANTED
        case Unsupported():
            return Signal.NOT_DONE_HERE
        case NotRenewed() | HoldNotPlaced():
            return Signal.NOT_GRANTED
        case _:
            return Signal.UNKNOWN
