"""The scenery: who the patrons are, what the library owns, what is written on its tags.

All of it is frozen and goes to JSON and back, so that a file can describe a library. The shipped
scenery is the one that the demo and most tests play in.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from kiosk.simulator import tagdata

Value = TypeVar("Value")

ARMED = 0x07
"""AFI of an item in stock (ISO 28560-1)."""

LOANED = 0xC2
"""AFI of an item that may leave (ISO 28560-1)."""

DSFID_28560_3 = 0x3E
"""Data storage format of ISO 28560-3 tags."""

OWNER = "XX-LANTERN"
"""ISIL-like code of the library that we made up; XX is no country."""


class Debt(NamedTuple):
    """A fee that a patron owes from before the story: its id (CG), its amount ("2.50"), what it is for."""

    id: str
    amount: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Patron:
    """Someone the ILS knows. An empty `pin` means that none is asked for.

    `blocked` names the patron status flags that are Y (`charge denied`, ... see `answers.STATUS_FLAGS`);
    `message` is what the ILS says about it (AF). `owes` are fees in the library's currency; they block
    nothing by themselves. `email` is told to whoever asks who that is (BE).
    """

    id: str
    name: str
    pin: str = ""
    blocked: tuple[str, ...] = ()
    message: str = ""
    max_loans: int = 50
    language: str = "001"
    owes: tuple[Debt, ...] = ()
    email: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """Something the library lends.

    `due` is the due date that the ILS would give (AH), "" for the library's usual one. `refusal` makes
    every loan fail with this text; `held_for` keeps it for one patron. `desensitise` False lends it but
    leaves it armed, `resensitise` False takes it back as it is. `circulation` is its status while not on
    loan (SIP2 circulation status). `home` is the branch that it belongs to and `hold_branch` where it is
    held for that patron, "" for this one; `bin` is the sort bin that its return names (CL, "": none).
    `renewals` is how often one loan of it may be renewed; `fee` is what each loan costs ("2.50", "":
    nothing) and `fee_type` what kind of fee that is (BT, "06": rental).
    """

    barcode: str
    title: str
    author: str = ""
    due: str = ""
    refusal: str = ""
    held_for: str = ""
    desensitise: bool = True
    circulation: str = "03"
    home: str = ""
    hold_branch: str = ""
    bin: str = ""
    renewals: int = 2
    resensitise: bool = True
    fee: str = ""
    fee_type: str = "06"


@dataclass(frozen=True, slots=True)
class Tag:
    """One ISO 15693 tag as it is before the story begins.

    What it carries: an ISO 28560-3 basic block made of `barcode`, `usage`, `part`, `parts` and `owner`,
    or, when `data` is not None, these bytes (hex). `backwards` writes each block from its last byte,
    `damaged` breaks the CRC. `mute` makes it silent where others answer an error, `weak` is the share
    of requests that it misses, `write_seconds` how long its memory takes (None: the field's usual).
    """

    uid: str
    barcode: str = ""
    afi: int = ARMED
    dsfid: int = DSFID_28560_3
    usage: int = 1
    part: int = 1
    parts: int = 1
    owner: str = OWNER
    data: str | None = None
    blocks: int = 28
    backwards: bool = False
    damaged: bool = False
    mute: bool = False
    weak: float = 0.0
    write_seconds: float | None = None

    def memory(self) -> bytes:
        """All blocks, 4 bytes each, lowest address first."""
        return _content(
            self.barcode,
            self.owner,
            self.usage,
            self.parts,
            self.part,
            self.data,
            self.blocks,
            self.backwards,
            self.damaged,
        )


@lru_cache(maxsize=4096)
def _content(
    barcode: str,
    owner: str,
    usage: int,
    parts: int,
    part: int,
    data: str | None,
    blocks: int,
    backwards: bool,
    damaged: bool,
) -> bytes:
    """What `Tag.memory` says; the same books lie on the pad of every day, and a CRC takes its time."""
    if data is not None:
        content = bytes.fromhex(data)
    else:
        content = tagdata.basic_block(barcode, owner, usage=usage, parts=parts, part=part)
    if damaged:
        content = content[:19] + bytes([content[19] ^ 0xFF]) + content[20:]
    if backwards:
        content = tagdata.backwards(content)
    size = blocks * 4
    return content[:size].ljust(size, b"\0")


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan from before the story."""

    patron: str
    item: str
    due: str = ""


@dataclass(frozen=True, slots=True)
class IlsManners:
    """How the ILS behaves.

    `answer_seconds` is what an answer takes, `due` and `renewed_due` the usual AH (free text by the
    document; the 18-character form of other dates is common). `replays` answers a repeated sequence
    number and checksum by the last response, as the document asks; False executes it twice, as two
    widespread ILSes do. `login` None lets anyone in. `returns_unlent` says ok when an item comes back that
    nobody had (the item is put where it belongs in either case). `institution` is this branch, too.
    `currency` is that of all fees (ISO 4217); `credits` takes a payment of more than is owed and keeps the
    rest for the patron, as one widespread ILS does unless it is told not to; else it is refused.
    """

    login: tuple[str, str] | None = ("selfcheck", "lantern")
    institution: str = "LANTERN"
    library: str = "Lanternfield Library"
    charset: str = "utf-8"
    greeting: str = "Welcome to Lanternfield Library."
    due: str = "20261212    235900"
    renewed_due: str = "20270102    235900"
    answer_seconds: float = 0.02
    timeout: str = "100"
    retries: str = "005"
    replays: bool = False
    returns_unlent: bool = False
    currency: str = "EUR"
    credits: bool = False


@dataclass(frozen=True, slots=True)
class ReaderManners:
    """How the reader and the field behave.

    `ont` is the reader's setting "only new transponders" (on, as the MR101 is delivered);
    `persistence_reset` the seconds after the last answer of a tag when the reader frees all silenced
    tags (MR102: 0.2; None: it has no such timer). `tx_buffer` limits an answer in standard frames.
    """

    ont: bool = True
    persistence_reset: float | None = None
    write_seconds: float = 0.010
    tx_buffer: int = 255
    answer_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PrinterManners:
    """How the receipt printer behaves.

    `width` is the paper's in dots (576: 80 mm paper, 384: 58 mm), `mm_per_second` how fast it prints and
    feeds, `cut_seconds` how long its cutter takes; the cutter sits `cutter_mm` after the print head.
    """

    width: int = 576
    mm_per_second: float = 150.0
    cut_seconds: float = 0.2
    cutter_mm: float = 14.0
    answer_seconds: float = 0.002


@dataclass(frozen=True, slots=True)
class ChipManners:
    """The GPIO chip: what its driver calls itself, how many lines it has."""

    label: str = "pinctrl-bcm2711"
    lines: int = 58
    answer_seconds: float = 0.0005


@dataclass(frozen=True, slots=True)
class Scenery:
    """Everything that is there when the story begins."""

    patrons: tuple[Patron, ...] = ()
    items: tuple[Item, ...] = ()
    tags: tuple[Tag, ...] = ()
    loans: tuple[Loan, ...] = ()
    ils: IlsManners = field(default_factory=IlsManners)
    reader: ReaderManners = field(default_factory=ReaderManners)
    printer: PrinterManners = field(default_factory=PrinterManners)
    chip: ChipManners = field(default_factory=ChipManners)

    def to_json(self) -> dict[str, Any]:
        """The scenery as plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Scenery:
        """Read what `to_json` made, or a file written by hand; what is left out has its default.

        Raises:
            ValueError: a name that is not known, or a value that does not fit.
        """
        try:
            return cls(
                patrons=tuple(_patron(each) for each in value.get("patrons", ())),
                items=tuple(_item(each) for each in value.get("items", ())),
                tags=tuple(_make(Tag, each) for each in value.get("tags", ())),
                loans=tuple(_make(Loan, each) for each in value.get("loans", ())),
                ils=_make(IlsManners, value.get("ils", {})),
                reader=_make(ReaderManners, value.get("reader", {})),
                printer=_make(PrinterManners, value.get("printer", {})),
                chip=_make(ChipManners, value.get("chip", {})),
            )
        except (TypeError, AttributeError, InvalidOperation) as error:
            raise ValueError(f"scenery: {error}") from error

    def carrying(self, barcodes: list[str]) -> Scenery:
        """The same scenery with one sound tag for each barcode, instead of its own tags."""
        tags = tuple(tag_for(barcode, number) for number, barcode in enumerate(barcodes, start=1))
        return dataclasses.replace(self, tags=tags)

    def owing(self, patron: str, *amounts: str) -> Scenery:
        """The same scenery where a patron owes these amounts, from F1 on, instead of what they owed."""
        owes = tuple(Debt(f"F{number}", amount, "Overdue") for number, amount in enumerate(amounts, start=1))
        patrons = tuple(
            dataclasses.replace(each, owes=owes) if each.id == patron else each for each in self.patrons
        )
        return dataclasses.replace(self, patrons=patrons)

    def costing(self, fee: str, *barcodes: str) -> Scenery:
        """The same scenery where each loan of these items costs `fee`."""
        items = tuple(
            dataclasses.replace(each, fee=fee) if each.barcode in barcodes else each for each in self.items
        )
        return dataclasses.replace(self, items=items)

    def tag_of(self, barcode: str) -> Tag:
        """The first tag of an item.

        Raises:
            KeyError: no tag carries this barcode.
        """
        for tag in self.tags:
            if tag.barcode == barcode:
                return tag
        raise KeyError(barcode)


def tag_for(barcode: str, number: int) -> Tag:
    """A sound tag for one barcode, its UID made of `number` (NXP ICODE SLIX, E0 04 01)."""
    return Tag(uid=f"E00401509F{number * 0x1F35A7 & 0xFFFFFF:06X}", barcode=barcode)


def _make(kind: type[Value], given: dict[str, Any]) -> Value:
    """One frozen value from JSON, where tuples are lists."""
    return kind(**{name: tuple(each) if isinstance(each, list) else each for name, each in given.items()})


def _patron(given: dict[str, Any]) -> Patron:
    """A patron whose debts are lists of id, amount and reason."""
    patron = _make(Patron, {**given, "owes": [Debt(*each) for each in given.get("owes", ())]})
    for debt in patron.owes:
        Decimal(debt.amount)
    return patron


def _item(given: dict[str, Any]) -> Item:
    item = _make(Item, given)
    Decimal(item.fee or 0)
    return item
