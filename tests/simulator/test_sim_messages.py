"""Every pair of messages of SIP2, and what follows from what patrons have: flags, lists, dates."""

import dataclasses

import pytest

from kiosk.simulator import Scenery, World, lanternfield
from kiosk.simulator.opening import WEEKDAYS
from kiosk.simulator.patronside import STATUS_FLAGS
from kiosk.simulator.scenery import Branch, Debt, Hold, Item, Loan, Patron
from tests.simulator.raw_kiosk import TODAY, Kiosk, agree, checkin, hold, information

ANNA, BRUNO = b"21000001", b"21000002"
DAY = TODAY.decode()


@pytest.fixture
def world() -> World:
    return World(lanternfield())


def logged_in(scenery: Scenery) -> Kiosk:
    return Kiosk(World(scenery)).login()


def library(*items: Item, **manners: object) -> Scenery:
    """Lanternfield with more items, and with an ILS of other manners."""
    scenery = lanternfield()
    ils = dataclasses.replace(scenery.ils, **manners)  # type: ignore[arg-type]
    return dataclasses.replace(scenery, items=(*scenery.items, *items), ils=ils)


def fields(answer: str, name: str) -> list[str]:
    return [field[2:] for field in answer.split("|") if field.startswith(name)]


def flags_of(answer: str) -> set[str]:
    return {name for name, flag in zip(STATUS_FLAGS, answer[2:16], strict=True) if flag == "Y"}


def return_of(item: bytes) -> bytes:
    """A return, as `Kiosk.asks` takes it."""
    return checkin(item, 0).rpartition(b"AY")[0]


def renew_all(patron: bytes) -> bytes:
    return b"65" + TODAY + b"AOLANTERN|AA" + patron + b"|"


def renewal(item: bytes, patron: bytes = ANNA) -> bytes:
    return b"29NN" + TODAY + TODAY + b"AOLANTERN|AA" + patron + b"|AB" + item + b"|"


def item_information(item: bytes) -> bytes:
    return b"17" + TODAY + b"AOLANTERN|AB" + item + b"|"


# --- cards ------------------------------------------------------------------------------------------------


def test_a_blocked_card_may_do_nothing_until_it_is_enabled(world: World) -> None:
    kiosk = Kiosk(world).login()
    blocked = kiosk.asks(b"01Y" + TODAY + b"AOLANTERN|ALFound on the floor|AA21000001|AC|")
    assert blocked[:16] == "24YYYYY         "
    assert "Found on the floor" in fields(blocked, "AF")
    assert kiosk.asks(agree(b"39000001", ANNA, b"")).startswith("120")
    enabled = kiosk.asks(b"25" + TODAY + b"AOLANTERN|AA21000001|AD1234|")
    who = "AOLANTERN|AA21000001|AEAnna Kern|BLY|CQY|AFWelcome to Lanternfield Library.|"
    assert enabled == f"26{' ' * 14}001{DAY}{who}"
    assert kiosk.asks(agree(b"39000001", ANNA, b"")).startswith("121")


def test_a_card_of_nobody_can_be_blocked_and_nothing_comes_of_it(world: World) -> None:
    kiosk = Kiosk(world).login()
    assert "|BLN|" in kiosk.asks(b"01N" + TODAY + b"AOLANTERN|AL|AA99|AC|")
    assert "|BLN|" in kiosk.asks(b"25" + TODAY + b"AOLANTERN|AA99|")


def test_what_is_told_of_an_item_is_told_again(world: World) -> None:
    kiosk = Kiosk(world).login()
    told = kiosk.asks(b"19" + TODAY + b"AOLANTERN|AB39000001|CHCD missing|")
    assert told == f"201{DAY}AB39000001|AJThe Wind in the Willows|CHCD missing|"
    assert fields(kiosk.asks(item_information(b"39000001")), "CH") == ["CD missing"]
    assert kiosk.asks(b"19" + TODAY + b"AOLANTERN|AB1|CH|").startswith("200")


# --- renew all --------------------------------------------------------------------------------------------


def test_all_loans_are_renewed_but_those_that_are_wanted(world: World) -> None:
    kiosk = Kiosk(world).login()
    kiosk.asks(agree(b"39000001", ANNA, b""))
    kiosk.asks(agree(b"39000002", ANNA, b""))
    kiosk.asks(hold(b"21000003", b"39000001"))
    answer = kiosk.asks(renew_all(ANNA))
    assert answer == f"66100020001{DAY}AOLANTERN|BM39000011|BM39000002|BN39000001|"
    assert [each.item for each in world.ils.renewals] == ["39000011", "39000002"]


def test_nobody_has_nothing_to_renew(world: World) -> None:
    kiosk = Kiosk(world).login()
    assert kiosk.asks(renew_all(b"99")) == f"66000000000{DAY}AOLANTERN|AFInvalid patron|"
    assert kiosk.asks(renew_all(b"21000003")).startswith("66100000000")
    assert kiosk.asks(renew_all(BRUNO)).startswith("66100000000")


# --- what a patron has ------------------------------------------------------------------------------------


def full() -> Scenery:
    """A patron with something in each of the six lists."""
    patron = Patron("1", "Full Lists", owes=(Debt("F1", "2.50", "Overdue"), Debt("F2", "1.00")))
    items = tuple(Item(name, f"Title of {name}") for name in ("A", "B", "C", "D", "E", "F"))
    return dataclasses.replace(
        library(),
        patrons=(patron,),
        items=items,
        loans=(Loan("1", "A", overdue=True), Loan("1", "B", status="07"), Loan("1", "C")),
        holds=(Hold("1", "D", ready=True), Hold("1", "E"), Hold("1", "F", pickup="HILLTOP")),
    )


@pytest.mark.parametrize(
    ("position", "name", "entries"),
    [
        (0, "AS", ["D"]),
        (1, "AT", ["A"]),
        (2, "AU", ["A", "B", "C"]),
        (3, "AV", ["F1 2.50 Overdue", "F2 1.00"]),
        (4, "BU", ["B"]),
        (5, "CD", ["E", "F"]),
    ],
)
def test_each_of_the_six_lists(position: int, name: str, entries: list[str]) -> None:
    kiosk = logged_in(full())
    summary = (" " * position + "Y").ljust(10).encode()
    answer = kiosk.asks(information(b"1", summary))
    assert answer[37:61] == "000100010003000200010002"
    assert fields(answer, name) == entries
    others = {"AS", "AT", "AU", "AV", "BU", "CD"} - {name}
    assert not [other for other in others if fields(answer, other)]
    paged = kiosk.asks(information(b"1", summary) + b"BP2|BQ2|")
    assert fields(paged, name) == entries[1:2]
    assert paged[37:61] == answer[37:61], "the counts are of all, whatever the window"


def test_a_long_list_comes_in_windows_where_the_library_wants_it() -> None:
    base = full()
    kiosk = logged_in(dataclasses.replace(base, ils=dataclasses.replace(base.ils, window=2)))
    charged = information(b"1", b"  Y       ")
    whole, rest = kiosk.asks(charged), kiosk.asks(charged + b"BP3|BQ9|")
    assert [fields(whole, "AU"), fields(rest, "AU")] == [["A", "B"], ["C"]]
    assert whole[45:49] == rest[45:49] == "0003"


def test_a_summary_beyond_the_six_gets_no_list() -> None:
    assert "|AU" not in logged_in(full()).asks(information(b"1", b"         Y"))


def test_flags_follow_from_what_a_patron_has_where_the_library_tells() -> None:
    base = full()
    told = dataclasses.replace(base.ils, tells_standing=True, overdue_limit=1, fine_limit="3.00")
    kiosk = logged_in(dataclasses.replace(base, ils=told))
    assert flags_of(kiosk.asks(information(b"1"))) == {
        "charge denied",
        "renewal denied",
        "recall denied",
        "hold denied",
        "too many overdue",
        "excessive fines",
    }
    assert kiosk.asks(agree(b"D", b"1", b"")).startswith("120")
    assert kiosk.asks(renewal(b"C", b"1")).startswith("300")
    quiet = logged_in(dataclasses.replace(base, ils=dataclasses.replace(base.ils, overdue_limit=1)))
    assert flags_of(quiet.asks(information(b"1"))) == set(), "the limit counts, and is not told"
    assert quiet.asks(agree(b"D", b"1", b"")).startswith("120")


@pytest.mark.parametrize(
    ("loan", "flag"),
    [
        (Loan("1", "A", status="11"), "claims returned"),
        (Loan("1", "A", status="12"), "too many lost"),
        (Loan("1", "A", status="07", overdue=True), "recall overdue"),
    ],
)
def test_what_became_of_a_loan_is_told_of_its_patron(loan: Loan, flag: str) -> None:
    base = full()
    ils = dataclasses.replace(base.ils, tells_standing=True)
    kiosk = logged_in(dataclasses.replace(base, ils=ils, loans=(loan,)))
    assert flag in flags_of(kiosk.asks(information(b"1")))
    assert kiosk.asks(item_information(b"A"))[2:4] == loan.status
    assert kiosk.asks(renewal(b"A", b"1")).startswith("300")
    assert kiosk.asks(return_of(b"A")).startswith("101")
    assert flag not in flags_of(kiosk.asks(information(b"1")))
    assert kiosk.asks(item_information(b"A"))[2:4] == "03"


def test_who_has_as_many_as_they_may_is_told_so() -> None:
    base = library(tells_standing=True)
    kiosk = logged_in(base)
    assert flags_of(kiosk.asks(information(b"21000004"))) == set()
    kiosk.asks(agree(b"39000001", b"21000004", b""))
    assert flags_of(kiosk.asks(information(b"21000004"))) == {"charge denied", "too many charged"}


def test_where_a_patron_lives_is_told() -> None:
    patron = Patron("1", "At Home", address="1 Mill Lane", phone="555-0199", email="home@lantern.example")
    kiosk = logged_in(dataclasses.replace(library(), patrons=(patron,)))
    assert "|BD1 Mill Lane|BEhome@lantern.example|BF555-0199|" in kiosk.asks(information(b"1"))


# --- dates ------------------------------------------------------------------------------------------------


def dated(closed: tuple[str, ...], **manners: object) -> Scenery:
    return dataclasses.replace(library(**manners), branches=(Branch("LANTERN", closed=closed),))


@pytest.mark.parametrize(
    ("closed", "due"),
    [
        ((), "20261205"),
        (("saturday",), "20261206"),
        (("saturday", "Sunday"), "20261207"),
        (("saturday", "sunday", "2026-12-07"), "20261208"),
        (WEEKDAYS, "20261205"),
    ],
)
def test_a_loan_never_ends_on_a_closed_day(closed: tuple[str, ...], due: str) -> None:
    """TODAY is Saturday, 21 November 2026; the loan is for two weeks."""
    kiosk = logged_in(dated(closed, loan_days=14))
    assert fields(kiosk.asks(agree(b"39000001", ANNA, b"")), "AH") == [f"{due}    235900"]


def test_a_renewal_counts_from_the_day_when_it_is_asked_for() -> None:
    kiosk = logged_in(dated(("sunday",), loan_days=14, renewal_days=8))
    assert fields(kiosk.asks(renewal(b"39000011")), "AH") == ["20261130    235900"]
    item = logged_in(dated((), loan_days=14))
    assert fields(item.asks(agree(b"39000002", ANNA, b"")), "AH") == ["20261128    235900"], "its own date"


def test_what_is_past_its_date_is_overdue_until_it_is_renewed() -> None:
    base = dated((), loan_days=14)
    kiosk = logged_in(dataclasses.replace(base, loans=(Loan("21000001", "39000011", "20261120    235900"),)))
    assert fields(kiosk.asks(information(ANNA, b" Y        ")), "AT") == ["39000011"]
    kiosk.asks(renewal(b"39000011"))
    assert kiosk.asks(information(ANNA))[41:45] == "0000"
    fixed = logged_in(
        dataclasses.replace(library(), loans=(Loan("21000001", "39000011", "20261120    235900"),))
    )
    assert fixed.asks(information(ANNA))[41:45] == "0000", "without loan periods there is no today"


# --- holds and transit ------------------------------------------------------------------------------------


def test_a_hold_on_what_is_on_loan_recalls_it() -> None:
    world = World(library(recalls=True))
    kiosk = Kiosk(world).login()
    kiosk.asks(hold(b"21000003", b"39000011"))
    recalled = kiosk.asks(item_information(b"39000011"))
    assert recalled[2:4] == "07"
    assert fields(recalled, "CJ") == ["20261128    235900"]
    assert fields(kiosk.asks(information(ANNA, b"    Y     ")), "BU") == ["39000011"]
    assert kiosk.asks(renewal(b"39000011")).startswith("300")
    kiosk.asks(return_of(b"39000011"))
    assert kiosk.asks(item_information(b"39000011"))[2:4] == "08"


def test_what_was_brought_back_here_is_on_its_way(world: World) -> None:
    kiosk = Kiosk(world).login()
    kiosk.asks(hold(b"21000003", b"39000011", more=b"BSHILLTOP|"))
    assert "|CV02|CTHILLTOP|" in kiosk.asks(return_of(b"39000011"))
    assert kiosk.asks(item_information(b"39000011"))[2:4] == "10"
    later = kiosk.asks(information(b"21000003", b"     Y    "))
    assert fields(later, "CD") == ["39000011"]


def test_what_came_back_waits_for_its_shelf() -> None:
    kiosk = logged_in(library(reshelves=True))
    kiosk.asks(return_of(b"39000019"))
    assert kiosk.asks(item_information(b"39000019"))[2:4] == "09"
    assert kiosk.asks(agree(b"39000019", ANNA, b"")).startswith("121")


def test_a_branch_that_is_not_there_can_be_no_pickup_branch() -> None:
    scenery = dataclasses.replace(library(), branches=(Branch("LANTERN"), Branch("HILLTOP")))
    kiosk = logged_in(scenery)
    assert "|AFInvalid pickup location|" in kiosk.asks(hold(ANNA, b"39000001", more=b"BSMOON|"))
    assert kiosk.asks(hold(ANNA, b"39000001", more=b"BSHILLTOP|")).startswith("161")


def test_an_item_says_what_it_is() -> None:
    disc = Item("D1", "A Disc", media="006", magnetic=True, marker="03", inhibit=True, properties="one disc")
    kiosk = logged_in(library(disc))
    told = kiosk.asks(item_information(b"D1"))
    assert told[:8] == "18030301"
    assert (fields(told, "CK"), fields(told, "CH")) == (["006"], ["one disc"])
    lent = kiosk.asks(agree(b"D1", ANNA, b""))
    assert lent.startswith("121NYY")
    assert lent.endswith("|CIY|CK006|")
    assert kiosk.asks(return_of(b"D1")).startswith("101YYN")
