"""Lanternfield Library: the scenery that the demo and most tests play in. All of it is made up."""

from __future__ import annotations

from kiosk.simulator.scenery import DSFID_28560_3, LOANED, Item, Loan, Patron, Scenery, Tag

SOON = "20261128    235900"
"""The due date of what is lent for two weeks less."""

PATRONS = (
    Patron(
        "21000001",
        "Anna Kern",
        pin="1234",
        email="anna.kern@lanternfield.example",
        address="12 Heron Lane, Lanternfield",
        phone="01632 960417",
    ),
    Patron(
        "21000002",
        "Bruno Vale",
        pin="2222",
        blocked=("charge denied", "renewal denied", "hold denied", "excessive fines"),
        message="Patron owes 42.50",
    ),
    Patron("21000003", "ليلى حداد", language="016", email="layla.haddad@lanternfield.example"),
    Patron("21000004", "Mara Ostrander", pin="4444", max_loans=1),
)

ITEMS = (
    Item("39000001", "The Wind in the Willows", "Kenneth Grahame"),
    Item("39000002", "كليلة ودمنة", "ابن المقفع", due=SOON),
    Item("39000003", "A Field Guide to Mosses and Liverworts of the Northern Woods", "Ines Aldermoor"),
    Item("39000004", "Мастер и Маргарита", "Михаил Булгаков"),
    Item("39000005", "红楼梦", "曹雪芹"),
    Item("39000006", "The Orchard Keepers", "Tobias Renn", held_for="21000099"),
    Item("39000007", "Harbour Lights", "Edda Marlow", desensitise=False),
    Item("39000008", "Tide Tables for Beginners", "Per Sandvik"),
    Item("39000009", "Seven Winters", "Halina Brook"),
    Item("39000010", "Lanterns in the Reeds", "Jun Ashgrove"),
    Item("39000011", "Notes from the Lighthouse", "Cora Lindqvist"),
    Item("39000012", "Salt and Cedar", "Amos Whitlock"),
    Item("39000013", "Atlas of the County, Reading Room", "", refusal="Item is not for loan"),
    Item("39000014", "Stories by the Stove", "Greta Holm"),
    Item("39000015", "Ночной паром", "Вера Соколова", held_for="21000004", bin="2"),
    Item("39000016", "Kite Weather", "Oona Farrow", home="RIVERSIDE", bin="3"),
    Item("39000017", "The Paper Boats", "Lukas Brenner", bin="1"),
    Item("39000018", "Voyages, with a Box of Maps", "Elin Thorsby"),
    Item("39000019", "长夜灯火", "林秋水", bin="1"),
    Item("39000020", "Песни старой мельницы", "Иван Рощин", bin="1"),
)
"""39000006 is on hold for somebody else, 39000007 stays armed, 39000008 has no tag, 39000013 is not for
loan, 39000014 has three parts, 39000018 two. When they come back, 39000015 goes to the hold shelf and
39000016 to another branch; 39000017 comes back although nobody had it, 39000019 and 39000020 as usual."""

LOANS = (
    Loan("21000001", "39000011", SOON),
    Loan("21000099", "39000012", SOON),
    Loan("21000099", "39000015", SOON),
    Loan("21000099", "39000016", SOON),
    Loan("21000099", "39000019", SOON),
    Loan("21000098", "39000020", SOON),
)
"""Anna Kern already has Notes from the Lighthouse; the others are with somebody else."""

TAGS = (
    Tag("E004015012AB3F01", "39000001"),
    Tag("E004015012C7A302", "39000002"),
    Tag("E0040150D01E9913", "39000003"),
    Tag("E0040150D0E47C04", "39000004", dsfid=0),
    Tag("E0040108A2B0C555", "39000005", blocks=80, backwards=True),
    Tag("E00401505CDE6A16", "39000006"),
    Tag("E0040150A17F0D07", "39000007"),
    Tag("E0040150C4427E18", "39000009"),
    Tag("E0040150C4D91A09", "39000010"),
    Tag("E00401500B3C442A", "39000011", afi=LOANED),
    Tag("E00401500BEE710B", "39000012"),
    Tag("E0040150771D230C", "39000013"),
    Tag("E004015031A07C1D", "39000014", part=1, parts=3),
    Tag("E004015031A07C2E", "39000014", part=2, parts=3),
    Tag("E004015031A07C3F", "39000014", part=3, parts=3),
    Tag("E0040150621E5F15", "39000015", afi=LOANED),
    Tag("E004015062B33816", "39000016", afi=LOANED),
    Tag("E0040150627C9417", "39000017"),
    Tag("E004015044D20A18", "39000018", part=1, parts=2),
    Tag("E004015044D20B29", "39000018", part=2, parts=2),
    Tag("E00401501F6A0719", "39000019", afi=LOANED),
    Tag("E00401501F6BC820", "39000020", afi=LOANED),
    Tag("E0040150BAD00010", "39000009", damaged=True),
    Tag("E00780A1F0E1D211", afi=0, dsfid=0, data="E1400E01030D D1010955016578616D706C65FE", mute=True),
    Tag("E00401500000A012", afi=0, dsfid=0, data=""),
    Tag("E00401506C617264", "21000001", afi=0, dsfid=DSFID_28560_3, usage=8),
)

DAMAGED = "E0040150BAD00010"
"""UID of a tag whose CRC does not fit its content."""

FOREIGN = "E00780A1F0E1D211"
"""UID of a tag from outside the library, with an NFC link on it."""

BLANK = "E00401500000A012"
"""UID of a tag with nothing but zeros."""

PATRON_CARD = "E00401506C617264"
"""UID of a patron card that carries a library tag (type of usage 8)."""


def lanternfield() -> Scenery:
    """The shipped scenery."""
    return Scenery(patrons=PATRONS, items=ITEMS, tags=TAGS, loans=LOANS)
