"""Facts: what happened at the desk, told once each to whoever listens.

Sound, statistics, the recorder and (later) gate forensics listen to this one stream; nobody
compares views to find out what happened. A fact holds no name, title or patron id.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert, Condition, Device, ItemKey, PaperKind, Proof, SagaId, Uid


@dataclass(frozen=True, slots=True)
class SessionBegan:
    """A card was shown and a session opened."""

    session: int


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session is over and forgotten."""

    session: int


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """An item arrived on the pad or was scanned: the tick."""

    item: ItemKey


@dataclass(frozen=True, slots=True)
class ItemLent:
    """The ILS lent it and the journal holds the answer; its tag is not yet proved."""

    item: ItemKey


@dataclass(frozen=True, slots=True)
class ItemSafe:
    """Every tag of the item was read back as on loan: the chime."""

    item: ItemKey


@dataclass(frozen=True, slots=True)
class ItemRefused:
    """The item was not lent."""

    item: ItemKey
    reason: Reason


@dataclass(frozen=True, slots=True)
class ItemNeedsStaff:
    """The item ended in a state that only staff can mend."""

    item: ItemKey
    reason: Reason


@dataclass(frozen=True, slots=True)
class PutBackAsked:
    """An item left the pad before it was safe: the repeating sound."""

    item: ItemKey


@dataclass(frozen=True, slots=True)
class LeftOnPad:
    """A tag was still on the pad when its session ended."""

    uid: Uid


@dataclass(frozen=True, slots=True)
class StaffCalled:
    """Somebody pressed Help or Call staff."""

    session: int


@dataclass(frozen=True, slots=True)
class DeviceNow:
    """A device changed its condition."""

    device: Device
    condition: Condition
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class ItemReturned:
    """The ILS took it back and every tag of it was read back as armed (or it has none)."""

    item: ItemKey
    alert: Alert | None = None
    bin: str = ""


@dataclass(frozen=True, slots=True)
class ItemRenewed:
    """The ILS renewed the loan."""

    item: ItemKey


@dataclass(frozen=True, slots=True)
class HoldCame:
    """The patron has a hold on the item."""

    item: ItemKey


@dataclass(frozen=True, slots=True)
class FeePaid:
    """A fee payment came to its end: booked by the ILS, or (`pending`) for staff to look at."""

    saga: SagaId
    pending: bool


@dataclass(frozen=True, slots=True)
class MatterClosed:
    """Staff have closed what a saga left open."""

    saga: SagaId


@dataclass(frozen=True, slots=True)
class PaperCame:
    """A print came to its end, whatever that was."""

    kind: PaperKind
    proof: Proof
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class GateOpened:
    """The gate was released (`done` False: it should have been, and its line did not follow)."""

    session: int
    done: bool


@dataclass(frozen=True, slots=True)
class GateSounded:
    """The gate's alarm contact closed."""


@dataclass(frozen=True, slots=True)
class StaffCame:
    """Staff asked for the maintenance screen; nobody can begin a session until they have left."""


@dataclass(frozen=True, slots=True)
class StaffWent:
    """The kiosk serves patrons again."""


Fact = (
    SessionBegan
    | SessionEnded
    | ItemSeen
    | ItemLent
    | ItemSafe
    | ItemRefused
    | ItemNeedsStaff
    | PutBackAsked
    | LeftOnPad
    | StaffCalled
    | DeviceNow
    | ItemReturned
    | ItemRenewed
    | HoldCame
    | FeePaid
    | MatterClosed
    | PaperCame
    | GateOpened
    | GateSounded
    | StaffCame
    | StaffWent
)
