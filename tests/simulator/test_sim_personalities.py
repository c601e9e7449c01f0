"""The makes of ILS: what each does in its own way, a story for every oddity."""

import dataclasses

import pytest

from kiosk.simulator import Hangup, Scenery, Send, World, lanternfield
from kiosk.simulator.makes import MAKES, make_of
from kiosk.simulator.personality import BX_CODES, Evidence
from kiosk.simulator.scenery import Branch, Hold, Item, Loan
from tests.simulator.raw_kiosk import (
    LOGIN,
    TODAY,
    Kiosk,
    agree,
    checked,
    checkin,
    checkout,
    hold,
    information,
    pay,
)

ANNA = b"21000001"
DAY = TODAY.decode()
CHARGED = b"  Y       "
HOLDS = b"Y         "
STATUS = b"9900802.00"


def scenery_of(make: str, **manners: object) -> Scenery:
    scenery = lanternfield().owing("21000001", "12.50").speaking_as(make)
    ils = dataclasses.replace(scenery.ils, **manners)  # type: ignore[arg-type]
    return dataclasses.replace(scenery, ils=ils, branches=(Branch("LANTERN"), Branch("HILLTOP")))


class Terminal(Kiosk):
    """A kiosk that takes answers as they end at this make, and is let in without words."""

    def __init__(self, make: str, **manners: object) -> None:
        super().__init__(World(scenery_of(make, **{"telnet": False, **manners})))
        assert self.say(checked(LOGIN)).startswith(b"941")

    def asks(self, text: bytes, wait: float = 5.0) -> str:
        self.digit = (self.digit + 1) % 10
        frame = checked(text + b"AY%dAZ" % self.digit)
        answer = self.say(frame, wait)
        return answer.decode(self.world.scenery.ils.charset, "replace").rpartition("AY")[0]


def fields(answer: str, name: str) -> list[str]:
    return [field[2:] for field in answer.split("|") if field.startswith(name)]


def return_of(item: bytes) -> bytes:
    return checkin(item, 0).rpartition(b"AY")[0]


def renewal(item: bytes, more: bytes = b"") -> bytes:
    return b"29NN" + TODAY + TODAY + b"AOLANTERN|AA21000001|AB" + item + b"|" + more


# --- of all -----------------------------------------------------------------------------------------------


EVERYTHING = {
    "99": STATUS,
    "23": b"23001" + TODAY + b"AOLANTERN|AA21000001|AC|AD1234|",
    "63": information(ANNA, CHARGED) + b"AD1234|",
    "11": agree(b"39000001", ANNA, b"") + b"AD1234|",
    "29": renewal(b"39000011", b"AD1234|"),
    "09": return_of(b"39000001"),
    "17": b"17" + TODAY + b"AOLANTERN|AB39000001|",
    "37": pay(ANNA, b"1.00") + b"AD1234|",
    "15": hold(ANNA, b"39000002"),
    "35": b"35" + TODAY + b"AOLANTERN|AA21000001|",
    "65": b"65" + TODAY + b"AOLANTERN|AA21000001|AD1234|",
    "19": b"19" + TODAY + b"AOLANTERN|AB39000001|CHx|",
    "25": b"25" + TODAY + b"AOLANTERN|AA21000001|AD1234|",
    "01": b"01N" + TODAY + b"AOLANTERN|ALx|AA21000001|AC|",
}
PAIRS = "99 98, 23 24, 63 64, 11 12, 29 30, 09 10, 17 18, 37 38, 15 16, 35 36, 65 66, 19 20, 25 26, 01 24"
ANSWERED_BY = {pair[:2]: pair[3:] for pair in PAIRS.split(", ")}


@pytest.mark.parametrize("make", MAKES)
def test_each_make_serves_what_it_says_it_serves(make: str) -> None:
    made = make_of(make)
    for code, message in EVERYTHING.items():
        kiosk = Terminal(make)
        answer = kiosk.asks(message)
        if code in made.unserved | made.crashes:
            assert answer[:2] in {"", "96"}
        else:
            assert answer[:2] == ANSWERED_BY[code]
        if made.bx:
            says = made.bx[BX_CODES.index(code)]
            assert (says == "Y") == (code not in made.unserved | made.crashes) or code in made.ineffective
    assert fields(Terminal(make).asks(STATUS), "BX") == ([made.bx] if made.bx else [])


@pytest.mark.parametrize("make", MAKES)
def test_nothing_is_said_of_a_make_without_saying_how_we_know(make: str) -> None:
    notes = make_of(make).notes
    assert make == "lantern" or notes
    for note in notes:
        assert note.source or note.how is Evidence.ASSUMED
    assert Scenery.from_json({"ils": {"personality": make}}).ils == Scenery().speaking_as(make).ils
    assert Scenery.from_json(scenery_of(make).to_json()) == scenery_of(make)


def test_a_make_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="one of lantern, standard, koha"):
        Scenery.from_json({"ils": {"personality": "nonesuch"}})


# --- the line ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "times"), [("koha", 2), ("evergreen", 2), ("pysip2-strict", 1), ("folio", 1), ("standard", 1)]
)
def test_a_payment_that_comes_twice(make: str, times: int) -> None:
    kiosk = Terminal(make)
    frame = checked(pay(ANNA, b"1.00") + b"AD1234|AY1AZ")
    assert kiosk.say(frame) == kiosk.say(frame)
    assert len(kiosk.world.ils.payments) == times


def test_evergreen_forgets_the_patron_of_a_return_that_comes_twice() -> None:
    kiosk = Terminal("evergreen")
    frame = checkin(b"39000019", 1)
    assert b"|AA21000099|" in kiosk.say(frame)
    again = kiosk.say(frame)
    assert again.startswith(b"100")
    assert b"|AA" not in again


@pytest.mark.parametrize("make", MAKES)
def test_a_bad_checksum_is_asked_for_again_by_all(make: str) -> None:
    kiosk = Terminal(make)
    frame = checked(information(ANNA) + b"AY1AZ")
    assert kiosk.say(frame[:-5] + b"0000\r").strip() == b"96AZFEF6"


@pytest.mark.parametrize(
    ("make", "answer"),
    [("koha", b"96\r\n"), ("evergreen", None), ("pysip2-strict", b""), ("eos", b"96AZFEF6\r")],
)
def test_a_message_that_it_does_not_know(make: str, answer: bytes | None) -> None:
    kiosk = Terminal(make)
    said = kiosk.say(checked(b"77AY1AZ"))
    if answer is None:
        assert kiosk.out == [Hangup(1)]
    else:
        assert said == answer
        assert Hangup(1) not in kiosk.out


@pytest.mark.parametrize(
    ("make", "second"), [("koha", b"98"), ("evergreen", b"98"), ("pysip2-strict", b"96")]
)
def test_crlf_is_no_matter_to_some(make: str, second: bytes) -> None:
    kiosk = Terminal(make)
    assert kiosk.say(checked(STATUS + b"AY1AZ") + b"\n").startswith(b"98")
    assert kiosk.say(checked(STATUS + b"AY2AZ") + b"\n").startswith(second)


@pytest.mark.parametrize("make", ["koha", "evergreen", "pysip2-strict"])
def test_a_lone_lf_ends_nothing(make: str) -> None:
    kiosk = Terminal(make)
    assert kiosk.say(checked(STATUS + b"AY1AZ")[:-1] + b"\n", wait=1000.0) == b""
    assert kiosk.out == []


def test_before_login_koha_hangs_up_and_evergreen_tells_of_others() -> None:
    koha = Kiosk(World(scenery_of("koha")))
    koha.say(checked(STATUS + b"AY0AZ"))
    assert koha.out == [Hangup(1)]
    evergreen = Kiosk(World(scenery_of("evergreen")))
    assert b"AOOTHERTOWN|" in evergreen.say(checked(STATUS + b"AY0AZ"))
    evergreen.say(checked(information(ANNA) + b"AY1AZ"))
    assert evergreen.out == [Hangup(1)]


@pytest.mark.parametrize(("make", "stays"), [("koha", False), ("evergreen", True)])
def test_after_a_bad_login(make: str, *, stays: bool) -> None:
    kiosk = Kiosk(World(scenery_of(make)))
    assert kiosk.say(checked(LOGIN.replace(b"lantern", b"wrong"))).startswith(b"940")
    assert (Hangup(1) not in kiosk.out) == stays
    assert kiosk.say(checked(LOGIN)).startswith(b"941") == stays


@pytest.mark.parametrize(
    ("make", "times"),
    [("koha", "100005"), ("evergreen", "600003"), ("invenio", " 10 10"), ("pysip2-strict", "030003")],
)
def test_the_times_that_98_tells(make: str, times: str) -> None:
    assert Terminal(make).asks(STATUS)[8:14] == times


@pytest.mark.parametrize(
    "message",
    [
        b"11YN" + TODAY + b" " * 18 + b"AOLANTERN|AA21000001|AB39000001|AC|",
        b"11YN" + TODAY + TODAY + b"AOLANTERN|AA21000001|AB39000001|",
        b"11YN" + TODAY + TODAY + b"AOLANTERN|AA21000001|AB39000001|AC|AO|",
        b"11YN" + TODAY + TODAY + b"AOLANTERN|AA21000001|AC|AB39000001",
        b"11YN" + TODAY + TODAY + b"AOLANTERN|AA21000001|AC|CH" + b"x" * 256 + b"|AB39000001|",
        b"11YN" + TODAY + TODAY + b"AOLANTERN|AA21000001|AC|AB39000001||||",
    ],
)
def test_what_the_strict_one_takes_for_an_end_others_take(message: bytes) -> None:
    strict, lenient = Terminal("pysip2-strict"), Terminal("koha")
    strict.asks(message)
    assert strict.out == [Hangup(1)]
    assert lenient.asks(message).startswith("121")


def test_folio_answers_what_it_cannot_read_by_words_that_are_no_message() -> None:
    kiosk = Terminal("folio")
    start, end = b"11YN" + TODAY, b"AOLANTERN|AA21000001|AB39000001"
    for odd in (start + TODAY + end, start + b"202611210000101500" + end + b"|"):
        assert kiosk.say(checked(odd + b"AY1AZ")).startswith(b"Problems with the request: 11: ")
        assert kiosk.out == [Send(1, kiosk.out[0].data)]  # type: ignore[attr-defined]
    assert kiosk.asks(start + b" " * 18 + end + b"|").startswith("121")
    assert [loan.item for loan in kiosk.world.ils.loans] == ["39000001"]


@pytest.mark.parametrize("make", [each for each in MAKES if make_of(each).sequence != "96"])
def test_all_can_be_strict(make: str) -> None:
    blank = b"11YN" + TODAY + b" " * 18 + b"AOLANTERN|AA21000001|AB39000001|AC|AD1234|"
    refused = {"drop": b"", "96": b"96AZFEF6", "words": b"Problems with the request: 11: blanks for a date"}
    kiosk = Terminal(make, strict=True)
    assert kiosk.say(checked(blank + b"AY1AZ")).rstrip() == refused[make_of(make).malformed]
    assert kiosk.world.ils.loans == []
    jumping = Terminal(make, strict=True)
    jumping.digit = 5
    jumping.asks(STATUS)
    assert jumping.out == [Hangup(1)]


def test_what_is_too_short_is_too_short_for_anybody() -> None:
    kiosk = Terminal("koha")
    kiosk.asks(b"11YN2026")
    assert kiosk.out == [Hangup(1)]


def test_letters_that_cannot_be_read_do_not_stop_a_lenient_one() -> None:
    assert "|AFInvalid Item|" in Terminal("koha").asks(b"17" + TODAY + b"AOLANTERN|AB\xff|")


def test_symphony_wants_what_is_left_out_again() -> None:
    kiosk = Terminal("symphony")
    assert kiosk.say(checked(b"23001" + TODAY + b"AOLANTERN|AA21000001|AY1AZ")) == b"96AZFEF6\r"
    assert kiosk.say(checked(STATUS + b"AY12AZ")) == b"96AZFEF6\r"


def test_invenio_takes_one_read_for_one_message() -> None:
    kiosk = Terminal("invenio")
    frame = checked(STATUS + b"AY1AZ")
    assert kiosk.say(frame + checked(b"35" + TODAY + b"AOLANTERN|AA1|AY2AZ")).count(b"\r") == 1
    assert kiosk.say(checked(STATUS + b"AY3AZ")) == b"96AZFEF6\r", "the digit must go up by one"
    assert kiosk.say(checked(STATUS + b"AY2AZ")).startswith(b"98")
    kiosk.say(checked(information(ANNA) + b"AY3AZ")[:30])
    assert kiosk.out == [Hangup(1)]


def test_renewing_all_takes_invenio_down_for_everybody() -> None:
    kiosk = Terminal("invenio")
    kiosk.world.ils.opened(2, kiosk.now)
    kiosk.asks(b"65" + TODAY + b"AOLANTERN|AA21000001|", wait=1.0)
    assert kiosk.out == [Hangup(1), Hangup(2)]
    assert not kiosk.world.ils.reachable
    kiosk.world.ils.take(kiosk.now + 60)
    assert kiosk.world.ils.reachable
    assert kiosk.world.ils.renewals == []


def test_at_sierra_a_terminal_logs_in_at_prompts_and_alone() -> None:
    world = World(scenery_of("sierra"))
    kiosk = Kiosk(world)
    assert kiosk.say(b"") == b"login: "
    assert kiosk.say(b"selfcheck\r\n") == b"password: "
    assert kiosk.say(b"wrong\r\n") == b"Invalid login\r\nlogin: "
    assert kiosk.say(b"selfcheck\rlan") == b"password: "
    assert kiosk.say(b"tern\r") == b"Login OK.  Initiating SIP\r\n"
    assert kiosk.say(checked(STATUS + b"AY0AZ")).startswith(b"98")
    second = Kiosk(world, link=2)
    second.say(b"")
    assert second.out == [Hangup(2)]
    world.ils.closed(1, second.now)
    third = Kiosk(world, link=3)
    for _ in range(3):
        third.say(b"nobody\r\n")
        third.say(b"knows\r\n")
    assert third.out[-1] == Hangup(3)


def test_with_error_detection_off_nothing_is_checked_and_nothing_sent() -> None:
    kiosk = Kiosk(World(scenery_of("folio", error_detection=False)))
    assert kiosk.say(LOGIN + b"0000\r") == b"941\r"
    answer = kiosk.say(STATUS + b"AY7AZFFFF\r")
    assert b"AZ" not in answer
    assert answer.startswith(b"98")


# --- patrons ----------------------------------------------------------------------------------------------


def lent(kiosk: Terminal, count: int) -> list[str]:
    """The first items that anybody may have, lent to Anna."""
    items = ["39000001", "39000002", "39000003", "39000004", "39000005", "39000009", "39000010"][:count]
    for item in items:
        kiosk.asks(agree(item.encode(), ANNA, b"") + b"AD1234|")
    return ["39000011", *items]


@pytest.mark.parametrize(
    ("make", "first", "second"),
    [
        ("koha", slice(0, 4), slice(3, 7)),
        ("evergreen", slice(0, 7), slice(0, 7)),
        ("standard", slice(0, 3), slice(3, 6)),
    ],
)
def test_windows_of_a_list(make: str, first: slice, second: slice) -> None:
    kiosk = Terminal(make)
    items = lent(kiosk, 6)
    assert fields(kiosk.asks(information(ANNA, CHARGED) + b"BP1|BQ3|"), "AU") == items[first]
    assert fields(kiosk.asks(information(ANNA, CHARGED) + b"BP4|BQ6|"), "AU") == items[second]


def test_evergreen_fills_a_window_of_no_holds() -> None:
    assert fields(Terminal("evergreen").asks(information(ANNA, HOLDS) + b"BP1|BQ5|"), "AS") == [""] * 5
    assert fields(Terminal("koha").asks(information(ANNA, HOLDS) + b"BP1|BQ5|"), "AS") == []


@pytest.mark.parametrize(
    ("make", "count", "listed"),
    [("koha", "0001", ["39000002"]), ("evergreen", "0002", ["39000002", "39000003"])],
)
def test_which_holds_are_counted(make: str, count: str, listed: list[str]) -> None:
    scenery = scenery_of(make)
    holds = (Hold("21000001", "39000002", ready=True), Hold("21000001", "39000003"))
    kiosk = Kiosk(World(dataclasses.replace(scenery, holds=holds)))
    kiosk.say(checked(LOGIN))
    answer = kiosk.asks(information(ANNA, HOLDS))
    assert (answer[37:41], answer[57:61]) == (count, "0001")
    assert fields(answer, "AS") == listed


@pytest.mark.parametrize("make", ["koha", "evergreen"])
def test_two_lists_at_once_are_none(make: str) -> None:
    assert "|AU" not in Terminal(make).asks(information(ANNA, b"Y Y       "))


def test_who_gives_no_pin_gave_a_wrong_one() -> None:
    ask = b"23001" + TODAY + b"AOLANTERN|AA21000003|AC|AD|"
    assert "|CQN|" in Terminal("koha").asks(ask)
    assert "|CQY|" in Terminal("lantern").asks(ask)
    invenio = Terminal("invenio").asks(ask)
    assert "|BL" not in invenio
    assert "|CQ" not in invenio


def test_koha_tells_of_debts_each_time_and_of_itself_last() -> None:
    answer = Terminal("koha").asks(information(ANNA))
    assert fields(answer, "AF") == ["Greetings from Koha.  -- Patron owes 12.50"]
    assert fields(answer, "BV") == ["12.5"]
    assert answer[16:19] == "000"
    assert answer.endswith("|AOLANTERN|")
    assert fields(Terminal("koha").asks(information(b"9")), "AF") == ["Invalid cardnumber"]


@pytest.mark.parametrize(
    ("make", "owed", "said"),
    [
        ("koha", "1234.50", ["1234.5"]),
        ("koha", "3.00", ["3"]),
        ("folio", "1234.50", ["1,234.50"]),
        ("evergreen", "3.00", []),
        ("standard", "3.00", ["3.00"]),
    ],
)
def test_how_an_amount_is_written(make: str, owed: str, said: list[str]) -> None:
    kiosk = Kiosk(World(scenery_of(make).owing("21000001", owed)))
    kiosk.say(checked(LOGIN))
    assert fields(kiosk.asks(information(ANNA)), "BV") == said


def test_the_standard_tells_limits() -> None:
    answer = Terminal("standard", fine_limit="20.00", overdue_limit=3).asks(information(ANNA))
    assert "|BZ9999|CA0003|CB0050|CC20.00|" in answer


def test_invenio_fills_only_the_numbers_of_98_with_blanks() -> None:
    kiosk = Terminal("invenio")
    assert kiosk.asks(STATUS)[8:14] == " 10 10"
    assert kiosk.asks(information(ANNA))[37:61] == "000000000001000100000000"


def test_invenio_writes_a_checksum_without_its_leading_zeros() -> None:
    sizes = set()
    for books in range(75, 115):
        held = tuple(f"{number:08d}" for number in range(books))
        scenery = dataclasses.replace(
            scenery_of("invenio"),
            items=tuple(Item(each, "A Book") for each in held),
            loans=tuple(Loan(ANNA.decode(), each) for each in held),
        )
        kiosk = Kiosk(World(scenery))
        kiosk.say(checked(LOGIN))
        answer = kiosk.say(checked(information(ANNA, CHARGED) + b"AY1AZ")).rstrip(b"\r")
        through, _, digits = answer.rpartition(b"AZ")
        assert (sum(through + b"AZ") + int(digits, 16)) & 0xFFFF == 0
        sizes.add(len(digits))
    assert sizes == {3, 4}


def test_what_invenio_says_again_has_no_end() -> None:
    kiosk = Terminal("invenio")
    said = kiosk.say(checked(information(ANNA) + b"AY1AZ"))
    assert said.endswith(b"\r")
    assert kiosk.say(b"97AZFEF5\r") == said[:-1]


def test_the_flag_of_a_payment_stands_behind_the_date_at_invenio() -> None:
    assert Terminal("invenio").asks(pay(ANNA, b"1.00")).startswith(f"38{DAY}Y")
    assert Terminal("koha").asks(pay(ANNA, b"1.00")).startswith(f"38Y{DAY}")


# --- loans and returns ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "flags", "renewal_flags"),
    [
        ("koha", "121NNY", "301YNY"),
        ("invenio", "121NUY", "301YUU"),
        ("folio", "121NUY", "301NUY"),
        ("fsip2", "121NNU", "301YNU"),
        ("standard", "121NNY", "301YNY"),
    ],
)
def test_the_flags_of_a_loan_and_of_a_renewal(make: str, flags: str, renewal_flags: str) -> None:
    kiosk = Terminal(make)
    assert kiosk.asks(agree(b"39000001", ANNA, b"") + b"AD1234|").startswith(flags)
    assert kiosk.asks(renewal(b"39000001", b"AD1234|")).startswith(renewal_flags)


def test_what_must_stay_armed_stays_so_at_koha_and_not_at_folio() -> None:
    assert Terminal("koha").asks(agree(b"39000007", ANNA, b"")).startswith("121NNN")
    assert Terminal("folio").asks(agree(b"39000007", ANNA, b"")).startswith("121NUY")


@pytest.mark.parametrize(
    ("make", "flag"), [("koha", b"N"), ("evergreen", b"N"), ("alma", b"N"), ("standard", b"Y")]
)
def test_a_second_loan_of_the_same_renews(make: str, flag: bytes) -> None:
    kiosk = Terminal(make)
    ask = b"11" + flag + b"N" + TODAY + TODAY + b"AOLANTERN|AA21000001|AB39000001|AC|AD1234|"
    assert kiosk.asks(ask).startswith("121N")
    assert kiosk.asks(ask).startswith("121Y")
    assert [loan.renewal for loan in kiosk.world.ils.loans] == [False, True]


def test_the_standard_renews_only_where_it_may() -> None:
    kiosk = Terminal("standard")
    ask = b"11NN" + TODAY + TODAY + b"AOLANTERN|AA21000001|AB39000011|AC|AD1234|"
    assert "already checked out" in kiosk.asks(ask)


@pytest.mark.parametrize(
    ("make", "lends"), [("koha", True), ("evergreen", True), ("standard", False), ("polaris", False)]
)
def test_a_wrong_pin_on_a_loan(make: str, *, lends: bool) -> None:
    kiosk = Terminal(make)
    assert kiosk.asks(agree(b"39000001", ANNA, b"") + b"AD9999|").startswith("121" if lends else "120")
    assert len(kiosk.world.ils.loans) == lends
    assert kiosk.asks(pay(ANNA, b"1.00") + b"AD9999|").startswith("38Y" if lends else "38N")
    assert kiosk.asks(renewal(b"39000011", b"AD9999|")).startswith("301" if lends else "300")


def test_a_cancelled_return_is_a_return_at_koha() -> None:
    koha, standard = Terminal("koha"), Terminal("standard")
    for kiosk in (koha, standard):
        kiosk.asks(return_of(b"39000019"))
        kiosk.asks(return_of(b"39000019") + b"BIY|")
    assert "39000019" not in koha.world.ils.held_by
    assert len(koha.world.ils.returns) == 2
    assert standard.world.ils.held_by["39000019"][0] == "21000099"


def test_a_cancelled_loan_is_a_loan_at_koha() -> None:
    koha, standard = Terminal("koha"), Terminal("standard")
    for kiosk in (koha, standard):
        kiosk.asks(agree(b"39000001", ANNA, b"") + b"AD1234|")
        kiosk.asks(agree(b"39000001", ANNA, b"") + b"AD1234|BIY|")
    assert "39000001" in koha.world.ils.held_by
    assert "39000001" not in standard.world.ils.held_by
    assert standard.asks(agree(b"39000001", ANNA, b"") + b"AD1234|BIY|").startswith("120")
    assert standard.asks(return_of(b"39000001") + b"BIY|").startswith("101")


def test_what_was_lent_offline_is_lent_by_the_standard_with_its_date() -> None:
    due = b"20261231    235900"
    ask = b"11NY" + TODAY + due + b"AOLANTERN|AA21000002|AB39000012|AC|"
    koha, standard = Terminal("koha"), Terminal("standard")
    assert koha.asks(ask).startswith("120")
    assert "|AH20261231    235900|" in standard.asks(ask)
    assert standard.world.ils.held_by["39000012"] == ("21000002", due.decode())


def test_evergreen_falls_over_an_unknown_item_and_koha_over_an_unknown_branch() -> None:
    evergreen, koha = Terminal("evergreen"), Terminal("koha")
    evergreen.asks(return_of(b"39999999"))
    assert evergreen.out == [Hangup(1)]
    assert "|CV99|AFInvalid Item|" in koha.asks(return_of(b"39999999"))
    koha.asks(hold(ANNA, b"39000001", more=b"BSMOON|"))
    assert koha.out == [Hangup(1)]
    assert koha.world.ils.holds == []


def test_an_empty_title_is_a_title_at_evergreen() -> None:
    assert Terminal("evergreen").asks(renewal(b"39000011", b"AJ|")).startswith("300")
    assert Terminal("evergreen").asks(renewal(b"39000011")).startswith("301")
    assert Terminal("koha").asks(renewal(b"39000011", b"AJ|")).startswith("301")


def test_koha_leaves_its_own_inside_in_an_answer() -> None:
    kiosk = Terminal("koha")
    raw = kiosk.say(checked(b"65" + TODAY + b"AOLANTERN|AA21000001|AY1AZ"))
    assert raw.startswith(b"6610001")
    end = raw.rstrip(b"\r\n")
    assert end[:-9].endswith(b"|BM39000011|" + b"C4::SIP::SIPServer=HASH(0x55d6c2f1a8e0)" * 2)
    assert (sum(end[:-4]) + int(end[-4:], 16)) & 0xFFFF == 0
    kiosk.digit = 1
    assert "|CYC4::SIP" in kiosk.asks(return_of(b"39000019"))
    assert "|CV01|CTLANTERN|CY21000004|DAMara Ostrander|" in kiosk.asks(return_of(b"39000015"))


def test_sierra_keeps_what_is_wanted_elsewhere() -> None:
    kiosk = Terminal("sierra")
    said = kiosk.asks(return_of(b"39000016"))
    assert said.startswith("100NNY")
    assert "|CTRIVERSIDE|" in said
    assert "39000016" in kiosk.world.ils.held_by
    assert kiosk.asks(return_of(b"39000019")).startswith("101")


def test_folio_raises_no_alert() -> None:
    assert Terminal("folio").asks(return_of(b"39000015")).startswith("101YUN")


@pytest.mark.parametrize(("make", "asks"), [("koha", True), ("evergreen", False)])
def test_who_asks_before_a_fee(make: str, *, asks: bool) -> None:
    kiosk = Kiosk(World(scenery_of(make).costing("2.50", "39000001")))
    kiosk.say(checked(LOGIN))
    assert kiosk.asks(agree(b"39000001", ANNA, b"N")).startswith("120" if asks else "121")
    assert kiosk.world.ils.charges == []


@pytest.mark.parametrize(
    ("make", "due"),
    [
        ("koha", "20261212    235900"),
        ("evergreen", "2026-12-12"),
        ("symphony", "12/12/2026"),
        ("voyager", "2026-12-12 23:59:00"),
    ],
)
def test_how_a_due_date_is_written(make: str, due: str) -> None:
    assert fields(Terminal(make).asks(agree(b"39000001", ANNA, b"")), "AH") == [due]
    free = lanternfield().speaking_as(make)
    free = dataclasses.replace(free, ils=dataclasses.replace(free.ils, due="in three weeks"))
    kiosk = Kiosk(World(free))
    kiosk.say(checked(LOGIN))
    assert fields(kiosk.asks(agree(b"39000001", ANNA, b"")), "AH") == ["in three weeks"]


def test_a_clock_of_its_own_may_be_wrong_and_elsewhere() -> None:
    scenery = scenery_of("koha", clock_ahead_s=3600.0, zone="Z")
    kiosk = Kiosk(World(scenery, wall=lambda: 1_790_000_000.0))
    kiosk.say(checked(LOGIN))
    assert kiosk.asks(b"17" + TODAY + b"AOLANTERN|AB39000001|")[8:26] == "20260921   Z151320"
    assert kiosk.say(checkout(b"39000001", ANNA, 2)).startswith(b"121")
