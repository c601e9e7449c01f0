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
from kiosk.simulator.makes import make_of

Value = TypeVar("Value")

ARMED = 0x07
"""AFI of an item in stock (ISO 28560-1)."""

LOANED = 0xC2
"""AFI of an item that may leave (ISO 28560-1)."""

BLOCK = 4
"""Bytes of a block of most tags."""

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
    nothing by themselves. `email`, `address` and `phone` are told to whoever asks who that is (BE, BD, BF).
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
    address: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """Something the library lends.

    `due` is the due date that the ILS would give (AH), "" for the library's usual one. `refusal` makes
    every loan fail with this text; `held_for` keeps it for one patron. `desensitise` False lends it but
    leaves it armed, `resensitise` False takes it back as it is. `circulation` is its status while not on
    loan (SIP2 circulation status). `home` is the branch that it belongs to and `hold_branch` where it is
    held for that patron, "" for this one; `bin` is the sort bin that its return names (CL, "": none).
    `renewals` is how often one loan of it may be renewed; `fee` is what each loan costs ("2.50", "":
    nothing) and `fee_type` what kind of fee that is (BT, "06": rental). `media` is its kind (CK, "001": a
    book; "": not told), `magnetic` whether it must not be demagnetised, `marker` what kind of security marker
    it bears, `inhibit` whether a loan tells to leave that alone (CI), `properties` what CH says.
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
    media: str = ""
    magnetic: bool = False
    marker: str = "00"
    inhibit: bool = False
    properties: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """One ISO 15693 tag as it is before the story begins.

    What it carries: an ISO 28560-3 basic block made of `barcode`, `usage`, `part`, `parts` and `owner`,
    or, when `data` is not None, these bytes (hex). `backwards` writes each block from its last byte,
    `damaged` breaks the CRC. `mute` makes it silent where others answer an error, `weak` is the share
    of requests that it misses, `write_seconds` how long its memory takes (None: the field's usual).

    `copy` numbers the further tags of one UID (0: the first). `eas` is its EAS bit, if it is one of NXP's.
    `guards` is what `password` protects (8 hex digits): `afi`, `eas`, `write` (blocks and DSFID). It does not
    know the commands in `lacks` (two hex digits each; `2B`: it has no system information).
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
    copy: int = 0
    eas: bool = False
    guards: tuple[str, ...] = ()
    password: str = "00000000"
    lacks: tuple[str, ...] = ()
    block_size: int = BLOCK

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Tag:
        """A tag from JSON, where tuples are lists.

        Raises:
            TypeError: a name that is not known.
        """
        return _make(cls, given)

    @property
    def name(self) -> str:
        """What it is called where each tag has a name of its own: its UID, with the number of a copy."""
        return f"{self.uid}#{self.copy}" if self.copy else self.uid

    def memory(self) -> bytes:
        """All blocks, `block_size` bytes each, lowest address first."""
        return _content(
            self.barcode,
            self.owner,
            self.usage,
            self.parts,
            self.part,
            self.data,
            self.blocks,
            self.block_size,
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
    block_size: int,
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
        content = tagdata.backwards(content, block_size)
    size = blocks * block_size
    return content[:size].ljust(size, b"\0")


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan from before the story. `status` is what it is called while it lasts (SIP2 circulation status:
    05 may not be recalled, 07 is recalled, 11 claimed returned, 12 lost), `renewed` how often it was.
    `overdue`: it is, whatever its date; without it only a library with loan periods knows that.
    """

    patron: str
    item: str
    due: str = ""
    status: str = "04"
    renewed: int = 0
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold from before the story. `pickup` is the branch, "" for this one; `ready`: it waits there to be
    fetched. Holds on one item are in the order in which they stand here, after `Item.held_for`."""

    patron: str
    item: str
    pickup: str = ""
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch: its code (AO, CT, BS), and when it is `closed`: weekdays (`sunday`) and dates
    (`2026-12-24`). What is lent here is never due on such a day, but on the next one."""

    code: str
    name: str = ""
    closed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IlsManners:
    """How the ILS behaves.

    `answer_seconds` is what an answer takes, `due` and `renewed_due` the usual AH (free text by the
    document; the 18-character form of other dates is common). `replays` answers a repeated sequence
    number and checksum by the last response, as the document asks; False executes it twice, as two
    widespread ILSes do. `login` None (in TOML: []) lets anyone in. `returns_unlent` says ok when an item
    comes back that nobody had (it is put where it belongs in either case). `institution` is this branch, too.
    `currency` is that of all fees (ISO 4217); `credits` takes a payment of more than is owed and keeps the
    rest for the patron, as one widespread ILS does unless it is told not to; else it is refused.

    `personality` is the make of ILS. `strict` has it refuse all that breaks the document, in the way of its
    make, where it would answer what it can understand. `telnet` asks for user and password at prompts before
    SIP2, `connections` is how many it takes at once (0: any number), `error_detection` off means that AY and
    AZ are neither looked at nor sent. `loan_days` and `renewal_days` make due dates by the calendar of the
    branch (0: `due` and `renewed_due` are given; renewals: as long as a loan). A patron who owes more than
    `fine_limit` ("": no limit) or has `overdue_limit` overdue loans (0: any number) may not borrow.
    `tells_standing`: flags of the patron status follow from what they have and owe (else only what is
    stated of them is told).
    `recalls`: a hold on what is on loan recalls it; `reshelves`: what came back is on its way to the shelf.
    `window`: no 64 lists more than so many entries (0: any number); the rest is asked for by BP and BQ.
    `own_clock`: as a process of its own its dates are its clock's, `clock_ahead_s` ahead, in the `zone` "" of
    the place or "Z" of Greenwich; else they repeat the request's.
    """

    personality: str = "lantern"
    strict: bool = False

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
    telnet: bool = False
    connections: int = 0
    error_detection: bool = True
    loan_days: int = 0
    renewal_days: int = 0
    fine_limit: str = ""
    overdue_limit: int = 0
    tells_standing: bool = False
    recalls: bool = False
    reshelves: bool = False
    window: int = 0
    own_clock: bool = True
    clock_ahead_s: float = 0.0
    zone: str = ""


@dataclass(frozen=True, slots=True)
class ReaderManners:
    """How the reader and the field behave.

    `ont` is the reader's setting "only new transponders" (on, as the MR101 is delivered);
    `persistence_reset` the seconds after the last answer of a tag when the reader frees all silenced
    tags (MR102: 0.2; None: it has no such timer). `tx_buffer` limits an answer in standard frames.
    `capture` is how often the nearest of several tags is heard where others hear a collision, `stutter` how
    often an inventory names a tag twice. `rx_buffer` limits a request (0: nothing does), `most_blocks` how
    many blocks one command may read (H60301-3e, 6.1.4). `baud` is the speed of a serial line and `bits` what
    a byte takes of it (8E1: 11); 0: a network.

    `make` is what stands before the field: `feig`, `m3` (3M 210 and 810, whose line is 19200 8N1 unless
    `baud` says otherwise) or `pcsc`. A PC/SC reader has `transparent` sessions or only storage-card calls,
    gives UIDs from the most significant byte on (`uid_msb_first`) or from the least, reads times so
    (`timer_msb_first`) or so, and tells of collisions as such or as of wrong CRCs (`collisions_as_crc`):
    readers differ in all of it.
    """

    make: str = "feig"
    transparent: bool = True
    uid_msb_first: bool = False
    timer_msb_first: bool = False
    collisions_as_crc: bool = False
    ont: bool = True
    persistence_reset: float | None = None
    write_seconds: float = 0.010
    tx_buffer: int = 255
    answer_seconds: float = 0.0
    capture: float = 0.0
    stutter: float = 0.0
    rx_buffer: int = 0
    most_blocks: int = 32
    baud: int = 0
    bits: int = 11


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
    holds: tuple[Hold, ...] = ()
    branches: tuple[Branch, ...] = ()
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
            scenery = cls(
                patrons=tuple(_patron(each) for each in value.get("patrons", ())),
                items=tuple(_item(each) for each in value.get("items", ())),
                tags=tuple(Tag.from_json(each) for each in value.get("tags", ())),
                loans=tuple(_make(Loan, each) for each in value.get("loans", ())),
                holds=tuple(_make(Hold, each) for each in value.get("holds", ())),
                branches=tuple(_make(Branch, each) for each in value.get("branches", ())),
                ils=_manners(value.get("ils", {})),
                reader=_make(ReaderManners, value.get("reader", {})),
                printer=_make(PrinterManners, value.get("printer", {})),
                chip=_make(ChipManners, value.get("chip", {})),
            )
        except (TypeError, AttributeError, InvalidOperation) as error:
            raise ValueError(f"scenery: {error}") from error
        unknown = {hold.item for hold in scenery.holds} - {item.barcode for item in scenery.items}
        if unknown:
            raise ValueError(f"scenery: holds on {', '.join(sorted(unknown))}, which are no items")
        return scenery

    def speaking_as(self, personality: str) -> Scenery:
        """The same scenery with an ILS of this make, as it comes.

        Raises:
            ValueError: there is no such make.
        """
        manners = make_of(personality).manners
        return dataclasses.replace(
            self, ils=dataclasses.replace(self.ils, personality=personality, **manners)
        )

    def reading_strictly(self) -> Scenery:
        """The same scenery with an ILS that refuses what breaks the document."""
        return dataclasses.replace(self, ils=dataclasses.replace(self.ils, strict=True))

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


def _manners(given: dict[str, Any]) -> IlsManners:
    """How the ILS behaves: as its make does, and as is said."""
    manners = _make(IlsManners, {**make_of(given.get("personality", "lantern")).manners, **given})
    Decimal(manners.fine_limit or 0)
    return manners


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
