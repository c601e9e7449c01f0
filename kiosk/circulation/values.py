"""The words of circulation: the values that every room speaks of.

All are frozen, comparable and free of I/O, as are `answers` and `reports`. Adapters may import these modules
(with `reasons` and `facts`) and nothing else of circulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from kiosk.circulation.reasons import Reason

Uid = NewType("Uid", str)
"""A tag's unique id: 16 upper-case hex digits, most significant byte first (`E004...`)."""

SagaId = NewType("SagaId", str)
"""One loan, return, renewal, hold or fee payment from its intent to its settling; unique for ever."""

AFI_IN_STOCK = 0x07
"""Application family identifier of an armed item (ISO 28560-1; registered for libraries)."""

AFI_ON_LOAN = 0xC2
"""Application family identifier of an item that may leave (ISO 28560-1)."""


@dataclass(frozen=True, slots=True)
class PatronId:
    """The id that the ILS knows a patron by (SIP2 AA). Never printed: its repr is masked."""

    value: str

    def __repr__(self) -> str:
        return "PatronId(***)"


@dataclass(frozen=True, slots=True)
class Pin:
    """A patron's PIN (SIP2 AD). Lives in memory for one session; its repr is masked."""

    value: str

    def __repr__(self) -> str:
        return "Pin(***)"


@dataclass(frozen=True, slots=True)
class Untrusted:
    """Text that somebody else wrote (SIP2 AF): may choose words, never a transition (promise 7)."""

    raw: str

    def shown(self, limit: int = 160) -> str:
        """The text as a screen may show it: printable characters only, one line, at most `limit`."""
        kept = "".join(ch if ch.isprintable() else " " for ch in self.raw)
        return " ".join(kept.split())[:limit]


@dataclass(frozen=True, slots=True, order=True)
class ItemKey:
    """An item: its id as the ILS knows it (SIP2 AB) and its owner (ISIL, empty when unknown)."""

    id: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """When an item is due: a day, a moment, or text that only the ILS understands."""

    value: date | datetime | Untrusted


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217, such as `EUR`; empty when the ILS does not say)."""

    amount: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """How an answer was learnt: the ILS profile by name, and the sequence number (SIP2 AY) of the message
    that asked; None where the ILS counts none, or nothing was sent. The journal keeps it for staff."""

    profile: str
    sequence: int | None = None


class Media(StrEnum):
    """What an item is made of, as far as its security depends on it. The tag says it (ISO 28560), or the ILS
    (SIP2 CK)."""

    UNKNOWN = "unknown"
    BOOK = "book"
    MAGAZINE = "magazine"
    TAPE = "tape"
    """Sound on a tape."""
    VIDEO = "video"
    """Pictures on a tape."""
    CD = "cd"
    DVD = "dvd"
    """Pictures on a disc."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ItemTag:
    """A tag that carries an item: part `part` of `parts` (both from 1; `parts` 0 is unknown). A part may
    claim a number that its set does not have."""

    item: ItemKey
    part: int = 1
    parts: int = 1
    media: Media = Media.UNKNOWN


@dataclass(frozen=True, slots=True)
class CardTag:
    """A patron card that lies on the pad (ISO 28560 type of usage 8): never written, never lent."""

    patron: PatronId


@dataclass(frozen=True, slots=True)
class UnreadTag:
    """A tag whose content says nothing that we understand; `reason` says in which way."""

    reason: Reason


TagContent = ItemTag | CardTag | UnreadTag


AFI_UNKNOWN = 0
"""AFI of a tag that was not asked for it, or never told it (ISO 15693-3: 00 is "no family")."""


class Security(StrEnum):
    """What a tag is to a gate, by all that the library's security goes by: its AFI, its EAS bit, both."""

    ARMED = "armed"
    """It makes a gate sound."""
    RELEASED = "released"
    """It may leave."""
    UNKNOWN = "unknown"
    """Nobody was told, or it is neither wholly."""


class Switched(StrEnum):
    """What came of switching a tag's security. Only the first two, and `not-needed`, are proof."""

    SECURED = "secured"
    """Armed, and read back so by all that secures it."""
    RELEASED = "released"
    """Released, and read back so by all that secures it."""
    NOT_NEEDED = "not-needed"
    """Nothing that could be switched secures such an item."""
    LEFT = "left"
    """It did not answer, or is wanted no more: nobody knows how it is."""
    PROTECTED = "protected"
    """It is there and refuses: locked, or protected by a password that is not ours."""
    FAILED = "failed"
    """It is there and does not keep what was written (half of it may be switched), or is no item of ours."""


@dataclass(frozen=True)
class SeenTag:
    """One tag in the field: its content, its AFI byte, 0 when the pad was not told it, and what it is to a
    gate as far as that follows: whoever must know asks (`ReadAfi`)."""

    uid: Uid
    afi: int
    content: TagContent
    security: Security = Security.UNKNOWN


class Device(StrEnum):
    """What the desk watches over."""

    ILS = "ils"
    PAD = "pad"
    CARDS = "cards"
    JOURNAL = "journal"
    PRINTER = "printer"
    GATE = "gate"
    SCANNER = "scanner"
    TILL = "till"


class Condition(StrEnum):
    """How a device is: `missing` does nothing, `degraded` does some of its work."""

    READY = "ready"
    DEGRADED = "degraded"
    MISSING = "missing"


class TerminalState(StrEnum):
    """How the kiosk is, as the ILS may know it (SIP2 99)."""

    READY = "ready"
    PAPER_OUT = "paper-out"
    """It works, but prints no receipts."""
    CLOSING = "closing"
    """It is about to shut down."""


class Alert(StrEnum):
    """What staff (or the patron, at a sorting shelf) must do with an item that came back (SIP2 CV)."""

    HOLD_HERE = "hold-here"
    """Somebody waits for it here: hold shelf."""
    HOLD_ELSEWHERE = "hold-elsewhere"
    """Somebody waits for it at another branch."""
    TRANSIT = "transit"
    """It belongs to another branch."""
    ILL = "ill"
    """It belongs to another library (interlibrary loan)."""
    OTHER = "other"
    """The ILS wants staff to look at it and does not say why."""


# ---- paper ----------------------------------------------------------------------------------


class PaperKind(StrEnum):
    """What a piece of paper is for."""

    LOANS = "loans"
    """A patron's receipt of loans (and renewals)."""
    RETURNS = "returns"
    """A patron's receipt of returns."""
    SLIP = "slip"
    """A slip that lies in one returned item and says where it goes."""
    TEST = "test"
    """A test print for staff: every script, the width, the cut."""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One item on paper. An empty `title` (policy, or unknown) is printed as the masked item id. `renewed`:
    it was on loan before."""

    title: str
    item: ItemKey | None
    due: Due | None = None
    alert: Alert | None = None
    destination: str = ""
    bin: str = ""
    see_staff: bool = False
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """A fee payment as a patron learns of it. `pending`: the money was taken, or may have been, and nobody
    knows whether the ILS has booked it; `reference` is the till's own number, where it gave one."""

    amount: Money
    reference: str = ""
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """One piece of paper: no name, no card number. `wall`: when, in seconds since 1970; `payment` the fee
    that was paid in this session."""

    kind: PaperKind
    language: str
    library: str
    wall: float
    lines: tuple[PaperLine, ...] = ()
    payment: Payment | None = None


class Proof(StrEnum):
    """What is known of a print: the printer said that the paper came out, nobody knows, or it did not."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Printout:
    """What became of one piece of paper; `reason` says why it is not proven."""

    proof: Proof
    reason: Reason | None = None


# ---- the journal ----------------------------------------------------------------------------


class RowKind(StrEnum):
    """Kinds of journal rows of a saga, in the order in which they may follow each other. `TAKEN`: the till
    has taken the money of a fee payment, which the ILS is to be told."""

    INTENT = "intent"
    TAKEN = "taken"
    ANSWER = "answer"
    SETTLED = "settled"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the journal. `payload` holds nothing personal; `sealed` may, encrypted.

    A row with `closes` set settles its saga: the keys of the saga's sealed parts are destroyed
    in the same flush. `payload` values are JSON scalars or lists of them.
    """

    saga: SagaId
    kind: RowKind
    payload: Mapping[str, object] = field(default_factory=dict)
    sealed: Mapping[str, str] | None = None
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Flushed:
    """Proof that a row is on the disk: made by the journal's worker only, asked for by effects."""

    seq: int
    saga: SagaId
    kind: RowKind


@dataclass(frozen=True, slots=True)
class OpenRows:
    """What a journal gives when it is opened: all rows of sagas that no row has closed, oldest first, sealed
    parts opened. `opening` is larger at each opening of the same journal; `reason` is what staff should
    know although it works."""

    rows: tuple[Row, ...] = ()
    opening: int = 0
    reason: Reason | None = None
