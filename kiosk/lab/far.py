"""What the far sides of a run saw, as values: wire, tags, ILS, printer, gate and till."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """One SIP2 message on the wire, what is personal masked (`sip2.log`)."""

    ms: float
    sent: bool
    text: str


EAS = " EAS"
"""Behind the UID of a tag: its EAS bit (see `TagSeen`)."""


@dataclass(frozen=True, slots=True)
class AfiAt:
    """An AFI value that was written, or that the tag gave out."""

    ms: float
    afi: str


@dataclass(frozen=True, slots=True)
class PasswordGiven:
    """A password that a tag was given."""

    ms: float
    right: bool


@dataclass(frozen=True, slots=True)
class TagSeen:
    """One tag that was in the field (`field.json`); `barcode` None when it names no item. It says that it is
    `part` of `parts` (0: of how many, is not known; `tags.json`, with the passwords that it was given).

    Where a library's gate hears EAS too, the EAS bit of a tag is a tag of its own (`EAS` behind its UID): set
    it is as if 07 stood there, reset as if C2 did, and each question for its alarm gives that out. So all
    that is asked of an AFI is asked of it.
    """

    uid: str
    barcode: str | None
    afi_before: str
    afi_after: str
    writes: tuple[AfiAt, ...] = ()
    passwords: tuple[PasswordGiven, ...] = ()
    part: int = 1
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Stay:
    """A time that a tag spent in the field; `until` None: to the end (`presence.json`)."""

    since: float
    until: float | None


@dataclass(frozen=True, slots=True)
class LoanDone:
    """A loan that the ILS executed; `renewal`: by lending it again to who had it."""

    ms: float
    patron: str
    item: str
    renewal: bool = False
    due: str = ""


@dataclass(frozen=True, slots=True)
class ReturnDone:
    """A return that the ILS executed. `patron` had the item (None: nobody); `alert` is its type (CV)."""

    ms: float
    item: str
    patron: str | None
    was_on_loan: bool = True
    alert: str | None = None


@dataclass(frozen=True, slots=True)
class MessageDone:
    """A message that the ILS executed, and its answer even where that never arrived. AD is masked."""

    ms: float
    request: str
    response: str = ""


@dataclass(frozen=True, slots=True)
class PaymentDone:
    """A payment that the ILS booked; `reference` is the till's number of it (BK)."""

    ms: float
    patron: str
    amount: str
    currency: str
    reference: str


@dataclass(frozen=True, slots=True)
class HoldDone:
    """A hold that the ILS placed."""

    ms: float
    patron: str
    item: str


@dataclass(frozen=True, slots=True)
class RenewalDone:
    """A renewal that the ILS executed because it was asked for one (29, or 65 for all of a patron's)."""

    ms: float
    patron: str
    item: str


@dataclass(frozen=True, slots=True)
class IlsSeen:
    """The ILS's side (`ils.json`)."""

    loans: tuple[LoanDone, ...] = ()
    messages: tuple[MessageDone, ...] = ()
    returns: tuple[ReturnDone, ...] = ()
    payments: tuple[PaymentDone, ...] = ()
    holds: tuple[HoldDone, ...] = ()
    renewals: tuple[RenewalDone, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of paper: its first dots were printed at `ms`, it came off at `ms_cut` (None: it hangs there
    still). Sizes in dots. `cut`: `full`, `partial`, or `end` where the roll ended in it."""

    ms: float
    ms_cut: float | None
    width: int
    height: int
    cut: str | None = None


@dataclass(frozen=True, slots=True)
class StatusAsked:
    """A question for the printer's status, and its answer, both as hex."""

    ms: float
    request: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class PrinterSeen:
    """The receipt printer's side (`printer.json`)."""

    pieces: tuple[Piece, ...] = ()
    status: tuple[StatusAsked, ...] = ()
    paper: str = "plenty"
    cover: str = "closed"


@dataclass(frozen=True, slots=True)
class GateLine:
    """A line of the GPIO chip, as it is in the end."""

    line: int
    consumer: str
    direction: str
    level: int


@dataclass(frozen=True, slots=True)
class GateEdge:
    """A change of a line's level. `by`: the program that drove it, or what else moved it (see `MOVED`)."""

    ms: float
    line: int
    level: int
    by: str = ""


MOVED = frozenset({"requested", "released", "pressed", "jammed", "unjammed", "tied", "unplugged"})
"""What changes a line's level besides the program that drives it."""


@dataclass(frozen=True, slots=True)
class GateSeen:
    """The GPIO chip's side (`gate.json`)."""

    lines: tuple[GateLine, ...] = ()
    edges: tuple[GateEdge, ...] = ()


@dataclass(frozen=True, slots=True)
class TillAsked:
    """The till was asked to take an amount; `saga` is our number of the payment."""

    ms: float
    saga: str
    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class MoneyDone:
    """Money that the till has taken; `reference` is its own number of the payment."""

    ms: float
    saga: str
    amount: str
    currency: str
    reference: str


@dataclass(frozen=True, slots=True)
class TillSeen:
    """The till's side (`till.json`)."""

    asked: tuple[TillAsked, ...] = ()
    taken: tuple[MoneyDone, ...] = ()
