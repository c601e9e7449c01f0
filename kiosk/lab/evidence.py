"""The evidence folder of one run: what the far sides saw, what was on the wire, on the disk and on
the screen. Nothing in it comes from the kiosk's own state, so that the judge need not trust it.

`Evidence` is the folder as values; the module `folder` carries it to files and back. Everywhere `ms` is
float milliseconds of the system-wide monotonic clock since the run began, with three decimals: a
received frame is stamped when it is complete, a sent one before it is sent, an AFI write when it takes
effect on the tag, a journal row in its flush. AFI is two upper-case hex
digits. A part that is None is out of reach (its file is absent), an empty one was looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kiosk.lab.far import (
    EAS,
    MOVED,
    AfiAt,
    Frame,
    GateEdge,
    GateLine,
    GateSeen,
    HoldDone,
    IlsSeen,
    LoanDone,
    MessageDone,
    MoneyDone,
    PasswordGiven,
    PaymentDone,
    Piece,
    PrinterSeen,
    RenewalDone,
    ReturnDone,
    StatusAsked,
    Stay,
    TagSeen,
    TillAsked,
    TillSeen,
)
from kiosk.lab.frames import masked

__all__ = [
    "AfiAt",
    "Canary",
    "Control",
    "EAS",
    "Evidence",
    "FarSides",
    "Frame",
    "GateEdge",
    "GateLine",
    "GateSeen",
    "HoldDone",
    "IlsSeen",
    "JournalRow",
    "LoanDone",
    "MOVED",
    "MessageDone",
    "MoneyDone",
    "PROMISES",
    "PasswordGiven",
    "PaymentDone",
    "Piece",
    "Press",
    "PrinterSeen",
    "RenewalDone",
    "Result",
    "ResultItem",
    "ReturnDone",
    "Shown",
    "ShownHeader",
    "ShownLoan",
    "ShownRow",
    "StatusAsked",
    "Stay",
    "TagSeen",
    "Text",
    "TillAsked",
    "TillSeen",
    "afi_text",
    "far_sides",
    "items_shown",
    "stamp",
]

PROMISES = tuple(f"p{number}" for number in range(1, 10))
"""The names of the promises in `result.json`."""


def stamp(t: float, t0: float) -> float:
    """Monotonic seconds as `ms` since `t0`; rounding keeps the order of instants."""
    return round((t - t0) * 1000, 3)


# ---- the disk, the screen, the end ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A row that is on the disk (`journal.json`); `closes`: it settles its saga."""

    seq: int
    saga: str
    kind: str
    ms: float
    closes: bool = False
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """A drawn text. `origin`: `ours` (our words), `data` (title, name, date, number) or `untrusted`
    (AF, as a second line). `at` names the group that it stands in (`message`, `header`...)."""

    text: str
    origin: str
    at: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """Something that can be touched; `box` is x, y, width, height in pixels from the top left."""

    role: str
    name: str
    order: int
    spoken: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the list as it was drawn."""

    key: str
    barcode: str | None
    state: str
    reason: str | None = None
    title: str = ""
    due: str | None = None
    texts: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownLoan:
    """A loan of the account as it was drawn; `mark` is what is said of it (`asking`, `renewed`...)."""

    key: str
    barcode: str
    mark: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class ShownHeader:
    """What stood above the screen; empty or 0 where it was not recorded."""

    patron: str = ""
    language: str = ""
    text_size: int = 0
    theme: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One drawn view (`screen.json`). `texts` are those outside the rows; `reasons` those of messages
    and of the screen; `about` is the key of the row that the modal speaks of, `payment` what is said
    of a fee payment: `booked` or `pending`. `account` are the loans of the account that lies over the list
    (None: none does). `controls` and `size` None: nothing was really drawn (the laboratory)."""

    ms: float
    session: int
    screen: str
    modal: str | None = None
    header: ShownHeader = ShownHeader()
    rows: tuple[ShownRow, ...] = ()
    texts: tuple[Text, ...] = ()
    reasons: tuple[str, ...] = ()
    controls: tuple[Control, ...] | None = None
    size: tuple[int, int] | None = None
    about: str | None = None
    payment: str | None = None
    account: tuple[ShownLoan, ...] | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """A control that somebody pressed, by the name of what it means (`yes`, `pay`...); or `scan`, about the
    code that was held below the scanner."""

    ms: float
    intent: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Canary:
    """A text that must not be found in the data folder; `kind` is `name`, `title`, `pin`, `patron`."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ResultItem:
    """The end of one item."""

    barcode: str
    title: str
    due: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Result:
    """`result.json`. `cuts`: when the power was cut in this run."""

    journey: str
    ok: bool = False
    items: tuple[ResultItem, ...] = ()
    promises: Mapping[str, bool | None] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    cuts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of one folder. `air` holds, by uid, each AFI that the tag gave out over the air. Where there is no
    `printer` or `gate`, the kiosk has none that anybody could look into. `faint` says, by uid, when a tag
    missed some of what it was asked, or all: nobody can know then whether it lies there (`faint.json`; no
    such file: none ever did), `asked` when a tag was first asked by its UID, each time that it lay there
    (`asked.json`): from then on the kiosk knows of it. `slow` is when the reader took its time for each
    answer (`slow.json`). `till` is what a payment terminal saw, `pressed` what fingers did (None: nobody
    wrote that down, and a yes is taken from what the screen showed next). `locks` is when somebody asked for
    what cannot be undone (`locks.json`; no such file: nobody did)."""

    frames: tuple[Frame, ...] | None = None
    tags: tuple[TagSeen, ...] | None = None
    air: Mapping[str, tuple[AfiAt, ...]] | None = None
    presence: Mapping[str, tuple[Stay, ...]] | None = None
    ils: IlsSeen | None = None
    shown: tuple[Shown, ...] | None = None
    journal: tuple[JournalRow, ...] | None = None
    canaries: tuple[Canary, ...] | None = None
    result: Result | None = None
    printer: PrinterSeen | None = None
    gate: GateSeen | None = None
    faint: Mapping[str, tuple[Stay, ...]] = field(default_factory=dict)
    asked: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    slow: tuple[Stay, ...] = ()
    till: TillSeen | None = None
    pressed: tuple[Press, ...] | None = None
    locks: tuple[float, ...] = ()


# ---- making it ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FarSides:
    """What a simulator's report tells; spread it into `Evidence`."""

    tags: tuple[TagSeen, ...]
    air: Mapping[str, tuple[AfiAt, ...]]
    presence: Mapping[str, tuple[Stay, ...]]
    ils: IlsSeen
    printer: PrinterSeen
    gate: GateSeen


def far_sides(report: Mapping[str, Any], t0: float) -> FarSides:
    """A simulator's report (`{"field": [...], "ils": {...}}`, monotonic seconds) as evidence."""

    def afis(values: Iterable[Mapping[str, Any]]) -> tuple[AfiAt, ...]:
        return tuple(AfiAt(stamp(each["t"], t0), afi_text(each["afi"])) for each in values)

    field_side = list(report.get("field") or ())
    ils = report.get("ils") or {}
    return FarSides(
        tags=tuple(
            TagSeen(
                tag["uid"],
                tag.get("barcode") or None,
                afi_text(tag["afi_before"]),
                afi_text(tag["afi_after"]),
                afis(tag["writes"]),
            )
            for tag in field_side
        ),
        air={tag["uid"]: afis(tag["reads"]) for tag in field_side},
        presence={
            tag["uid"]: tuple(
                Stay(stamp(put, t0), None if lifted is None else stamp(lifted, t0))
                for put, lifted in tag["there"]
            )
            for tag in field_side
        },
        ils=IlsSeen(
            loans=tuple(
                LoanDone(
                    stamp(loan["t"], t0),
                    loan["patron"],
                    loan["item"],
                    bool(loan["renewal"]),
                    loan.get("due") or "",
                )
                for loan in ils.get("loans") or ()
            ),
            messages=tuple(
                MessageDone(
                    stamp(done["t"], t0),
                    masked(done["request"], "AD"),
                    masked(done.get("response") or "", "AD"),
                )
                for done in ils.get("messages") or ()
            ),
            returns=tuple(
                ReturnDone(
                    stamp(back["t"], t0), back["item"], back["patron"], back["was_on_loan"], back["alert"]
                )
                for back in ils.get("returns") or ()
            ),
            payments=tuple(
                PaymentDone(
                    stamp(paid["t"], t0), paid["patron"], paid["amount"], paid["currency"], paid["reference"]
                )
                for paid in ils.get("payments") or ()
            ),
            holds=tuple(
                HoldDone(stamp(hold["t"], t0), hold["patron"], hold["item"])
                for hold in ils.get("holds") or ()
                if hold["mode"] == "+"
            ),
            renewals=tuple(
                RenewalDone(stamp(each["t"], t0), each["patron"], each["item"])
                for each in ils.get("renewals") or ()
            ),
        ),
        printer=_printer(report.get("printer") or {}, t0),
        gate=_gate(report.get("gate") or {}, t0),
    )


def _printer(side: Mapping[str, Any], t0: float) -> PrinterSeen:
    return PrinterSeen(
        tuple(
            Piece(
                stamp(piece["t"], t0),
                None if piece["t_cut"] is None else stamp(piece["t_cut"], t0),
                piece["width"],
                piece["height"],
                piece.get("cut"),
            )
            for piece in side.get("pieces") or ()
        ),
        tuple(
            StatusAsked(stamp(each["t"], t0), each["request"], each["answer"])
            for each in side.get("status") or ()
        ),
        side.get("paper", "plenty"),
        side.get("cover", "closed"),
    )


def _gate(side: Mapping[str, Any], t0: float) -> GateSeen:
    return GateSeen(
        tuple(
            GateLine(each["line"], each["consumer"], each["direction"], each["level"])
            for each in side.get("lines") or ()
        ),
        tuple(
            GateEdge(stamp(each["t"], t0), each["line"], each["level"], each.get("by", ""))
            for each in side.get("edges") or ()
        ),
    )


def afi_text(value: int | str) -> str:
    """An AFI byte as two upper-case hex digits."""
    return f"{value:02X}" if isinstance(value, int) else value.upper()


def items_shown(shown: Sequence[Shown]) -> tuple[ResultItem, ...]:
    """The end of each item, as the screen showed it last (the question about leftovers is no end)."""
    ends: dict[str, ResultItem] = {}
    last: tuple[ShownRow, ...] = ()
    for entry in shown:
        if entry.screen == "leftovers" or entry.rows is last:
            continue
        last = entry.rows
        for row in last:
            if row.barcode is not None:
                before = ends.get(row.barcode)
                title = row.title or (before.title if before else "")
                due = row.due or (before.due if before else None)
                ends[row.barcode] = ResultItem(row.barcode, title, due, row.state)
    return tuple(ends.values())
