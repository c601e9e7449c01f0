"""What the devices report: adapters make these, and the desk posts them as events."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device, ItemKey, PatronId, Security, SeenTag, Uid


@dataclass(frozen=True, slots=True)
class TagRead:
    """A tag arrived in the field and was read (once for each arrival). `lay_there`: the first look at the
    field found it, so nobody saw it arrive."""

    tag: SeenTag
    lay_there: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class TagsLeft:
    """These tags are no longer in the field (missed twice, by addressed reads)."""

    uids: tuple[Uid, ...]


@dataclass(frozen=True, slots=True)
class TagsNamed:
    """An inventory has named these tags for the first time. Each is read next: a `TagRead` follows, or a
    `TagsLeft` where it only passed by."""

    uids: tuple[Uid, ...]


@dataclass(frozen=True, slots=True)
class AfiSeen:
    """A tag that was read without its AFI has told it since, and what it is to a gate as far as that follows.
    It proves no write: it may be older than one."""

    uid: Uid
    afi: int
    security: Security = Security.UNKNOWN


@dataclass(frozen=True, slots=True)
class CardShown:
    """A patron card was read, on whatever reader."""

    patron: PatronId


@dataclass(frozen=True, slots=True)
class CardUnread:
    """A card was shown that names no patron."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class CodeScanned:
    """A barcode was scanned or typed. Which of the two it can be, `ids` says; both may be set when
    the library's rules do not tell them apart; `problem` when it can be neither."""

    patron: PatronId | None = None
    item: ItemKey | None = None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """A device's condition, as its supervisor sees it."""

    device: Device
    condition: Condition
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class GateAlarmed:
    """The gate's alarm contact closed: something armed went through it."""


PadReport = TagsNamed | TagRead | TagsLeft | AfiSeen | DeviceChanged
"""What the pad's owner reports."""

CardReport = CardShown | CardUnread | DeviceChanged
"""What a card reader's owner reports."""

GateReport = GateAlarmed | DeviceChanged
"""What the gate reports."""

ScanReport = CodeScanned | DeviceChanged
"""What a barcode scanner reports."""
