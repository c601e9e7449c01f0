"""Returns: what comes of a 09, against a scripted far side in virtual time."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from kiosk.circulation.answers import Doubt, NotReturned, Returned
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert, ItemKey, Untrusted
from tests.ils.branch import BOOK, Branch, about
from tests.sip2.scripted import DATE, in_turn, sealed, silent


def back(tail="AJMoby Dick|", alert="N"):
    return f"101YN{alert}{DATE}AOlib|AB39000001|AQMain|{tail}"


def not_back(tail="", alert="N"):
    return f"100NN{alert}{DATE}AOlib|AB39000001|AQMain|{tail}"


@pytest.fixture
def branch():
    return Branch(location="Main")


def take_back(branch, answer, of_17=None):
    branch.answers("09", answer)
    if of_17:
        branch.answers("17", of_17)
    return branch.play(branch.take_back)


# ---- taken back -----------------------------------------------------------------------------------------


def test_a_return(branch):
    assert take_back(branch, back("AJMoby Dick /|CLA1|AFThank you|")) == Returned(
        "Moby Dick /", bin="A1", note=Untrusted("Thank you")
    )
    (frame,) = branch.acs.sent("09")
    assert frame[:3] == "09N"
    assert frame[3:21] == frame[21:39]
    assert frame.startswith("2027011", 3)
    assert frame[39:-9] == "APMain|AOlib|AB39000001|AC|"
    assert branch.acs.sent("17") == []


@pytest.mark.parametrize(
    ("settings", "ap"),
    [
        ({}, "lib"),
        ({"location": "Desk 2"}, "Desk 2"),
        ({"location": "Desk 2", "return_branch": "Branch"}, "Branch"),
    ],
)
def test_which_branch_it_comes_back_to(settings, ap):
    branch = Branch(**settings)
    take_back(branch, back())
    assert f"AP{ap}|AOlib|" in branch.acs.sent("09")[0]


@pytest.mark.parametrize("tail", ["", "AJ|", "AJ  |"])
def test_a_title_that_is_missing_is_asked_for_on_the_same_connection(branch, tail):
    assert take_back(branch, back(tail), about("03")) == Returned("Moby Dick")
    assert len(branch.acs.wires) == 1


@pytest.mark.parametrize("how", [silent, lambda f, w: w.hang_up(), lambda f, w: w.say(b"96\r")])
def test_a_title_is_not_worth_a_long_wait(branch, how):
    branch.answers("09", back(""))
    branch.acs.on["17"] = how
    answer, took = branch.seconds(branch.take_back)
    assert answer == Returned("")
    assert took <= 2.0
    assert len(branch.acs.sent("09")) == 1


KOHA_HOLD = "AJMoby Dick|CV01|CY21000002|CTMain|DAÉmilie Brontë|"


def test_koha_s_hold_here_without_who_waits_for_it(branch):
    answer = take_back(branch, back(KOHA_HOLD, alert="Y"))
    assert answer == Returned("Moby Dick", alert=Alert.HOLD_HERE, destination="Main")
    assert "21000002" not in repr(answer)
    assert "Bront" not in repr(answer)


def test_koha_s_garbage_is_not_shown(branch):
    garbage = "AJMoby Dick|CYC4::SIP::SIPServer=HASH(0x55)|DAC4::SIP::SIPServer=HASH(0x55)"
    assert take_back(branch, back(garbage)) == Returned("Moby Dick")


@pytest.mark.parametrize(
    ("tail", "flag", "alert", "destination"),
    [
        ("CV01|CTMain|", "Y", Alert.HOLD_HERE, "Main"),
        ("CV02|CTBranch|", "Y", Alert.HOLD_ELSEWHERE, "Branch"),
        ("CV03|", "Y", Alert.ILL, ""),
        ("CV04|CTBranch|", "Y", Alert.TRANSIT, "Branch"),
        ("CV98|", "Y", Alert.OTHER, ""),
        ("CV99|", "Y", Alert.OTHER, ""),
        ("CV00|", "N", None, ""),
        ("CV00|", "Y", Alert.OTHER, ""),
        ("CV04|CTBranch|", "N", Alert.TRANSIT, "Branch"),
        ("CTBranch|", "Y", Alert.TRANSIT, "Branch"),
        ("CTmain|", "Y", Alert.OTHER, "main"),
        ("CTBranch|", "N", None, "Branch"),
        ("", "Y", Alert.OTHER, ""),
        ("CV|CT|", "Y", Alert.OTHER, ""),
        ("CV77|", "N", None, ""),
    ],
)
def test_alerts(branch, tail, flag, alert, destination):
    answer = take_back(branch, back(f"AJMoby Dick|{tail}", alert=flag))
    assert answer == Returned("Moby Dick", alert=alert, destination=destination)


def test_alerts_that_this_library_means_otherwise():
    branch = Branch(alert_types=("05=ill", "99=none"), alert_alone="none")
    assert take_back(branch, back("AJx|CV05|", alert="Y")).alert is Alert.ILL
    assert take_back(branch, back("AJx|CV99|", alert="Y")).alert is None
    assert take_back(branch, back("AJx|", alert="Y")).alert is None
    assert take_back(branch, back("AJx|CV01|", alert="Y")).alert is Alert.HOLD_HERE


def test_a_destination_is_one_plain_line(branch):
    answer = take_back(branch, back("AJMoby\u202e Dick|CV04|CTBr\x07anch\x1b[2J\u202e|CL A\x001|"))
    assert (answer.title, answer.destination, answer.bin) == ("Moby Dick", "Br anch [2J", "A 1")


# ---- not taken back, or not on loan ----------------------------------------------------------------------


@pytest.mark.parametrize("status", ["02", "03", "06", "08", "09", "10", "13"])
def test_refused_since_it_was_not_on_loan(branch, status):
    answer = take_back(branch, not_back("CLA1|AFItem not checked out|", alert="Y"), about(status))
    by_status = {"08": Alert.HOLD_HERE, "10": Alert.TRANSIT}
    assert answer == Returned(
        "Moby Dick", was_on_loan=False, alert=by_status.get(status), bin="A1",
        note=Untrusted("Item not checked out"),
    )  # fmt: skip
    assert len(branch.acs.wires) == 1


@pytest.mark.parametrize(
    ("status", "tail", "flag", "alert"),
    [
        ("08", "CV02|CTBranch|", "Y", Alert.HOLD_ELSEWHERE),
        ("08", "CV00|", "Y", Alert.HOLD_HERE),
        ("03", "CV01|", "N", Alert.HOLD_HERE),
        ("03", "CV99|", "Y", Alert.OTHER),
        ("03", "CTBranch|", "Y", Alert.TRANSIT),
        ("03", "CTBranch|", "N", None),
        ("03", "CTMain|", "Y", None),
    ],
)
def test_alerts_for_what_was_not_on_loan(branch, status, tail, flag, alert):
    answer = take_back(branch, not_back(tail, alert=flag), about(status))
    assert isinstance(answer, Returned)
    assert answer.was_on_loan is False
    assert answer.alert is alert


@pytest.mark.parametrize("status", ["04", "05", "07", "11", "12", "01", "  ", "99"])
def test_refused_and_perhaps_still_on_loan(branch, status):
    """Koha with `holds_block_checkin`, or a library that does not take this item back here."""
    answer = take_back(branch, not_back("CLA1|AFItem is on hold|", alert="Y"), about(status))
    assert answer == NotReturned(
        Reason.RETURN_REFUSED, title="Moby Dick", bin="A1", note=Untrusted("Item is on hold")
    )


@pytest.mark.parametrize(
    ("tail", "flag", "of_17"),
    [
        ("CV99|AFInvalid Item|", "Y", about("01", title="")),  # Koha
        ("", "N", about("01", title="")),
        ("", "N", about("  ", title="")),
        ("CV98|", "Y", about("04", title="")),
        ("CV99|AJMoby Dick|", "Y", about("04", title="")),
    ],
)
def test_an_item_that_nobody_knows(branch, tail, flag, of_17):
    answer = take_back(branch, not_back(tail, alert=flag), of_17)
    assert isinstance(answer, NotReturned)
    assert answer.reason is Reason.ITEM_UNKNOWN


@pytest.mark.parametrize(
    ("tail", "of_17"),
    [("CV99|", about("12")), ("", about("04", title="")), ("AJMoby Dick|", about("01", title=""))],
)
def test_an_item_that_somebody_knows_is_not_called_unknown(branch, tail, of_17):
    answer = take_back(branch, not_back(tail, alert="Y"), of_17)
    assert isinstance(answer, NotReturned)
    assert answer.reason is Reason.RETURN_REFUSED


@pytest.mark.parametrize("status", ["03", "08", "13"])
def test_a_safe_status_without_a_title_proves_nothing(branch, status):
    assert isinstance(take_back(branch, not_back(), about(status, title="")), NotReturned)


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("", Reason.RETURN_REFUSED),
        ("AFItem not checked out|", Reason.RETURN_REFUSED),
        ("AFInvalid Item|", Reason.ITEM_UNKNOWN),
        ("AFOK returned, thank you|", Reason.RETURN_REFUSED),
        ("CV99|", Reason.ITEM_UNKNOWN),
    ],
)
@pytest.mark.parametrize("how", [silent, lambda f, w: w.hang_up()], ids=["silent", "dropped"])
def test_a_refusal_stays_one_when_17_has_no_answer(branch, tail, reason, how):
    branch.answers("09", not_back(tail))
    branch.acs.on["17"] = how
    answer = branch.play(branch.take_back)
    assert isinstance(answer, NotReturned)
    assert answer.reason is reason
    assert len(branch.acs.sent("09")) == 1


@pytest.mark.parametrize("item", ["", "39|AO", "39\r", "x" * 300])
def test_a_code_that_no_frame_can_carry(branch, item):
    branch.acs.reachable = False
    answer = branch.play(lambda: branch.take_back(ItemKey(item)))
    assert answer == NotReturned(Reason.CODE_BAD)
    assert branch.acs.sent("09") == []


def test_a_branch_that_no_frame_can_carry_is_no_bad_code():
    branch = Branch(return_branch="Main|Desk")
    assert branch.play(branch.take_back) == NotReturned(Reason.RETURN_REFUSED)
    assert branch.acs.sent("09") == []


def test_an_ils_that_takes_nothing_back(branch):
    branch.acs.status = branch.acs.status.replace("BXYYY", "BXYYN")
    assert take_back(branch, back()) == NotReturned(Reason.NOT_SERVED)
    assert branch.acs.sent("09") == []


def test_an_ils_that_is_away(branch):
    async def tale():
        branch.acs.unplug()
        return await branch.take_back()

    answer, took = branch.seconds(tale)
    assert answer == NotReturned(Reason.ILS_DOWN)
    assert took < 2
    assert branch.acs.sent("09") == []


# ---- doubt ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [silent, lambda f, w: w.hang_up(), lambda f, w: w.say(b"#!?\r"), lambda f, w: w.say(b"96\r")],
    ids=["silent", "dropped", "garbage", "96"],
)
def test_whatever_hides_the_answer_it_is_sent_once_and_ends_in_doubt(branch, how):
    """One ACS drops the connection at the 09 of an item that it does not know."""
    branch.acs.on["09"] = how
    assert branch.play(branch.take_back) == Doubt()
    assert len(branch.acs.sent("09")) == 1
    assert branch.acs.sent("17") == []


def test_a_late_answer(branch):
    branch.acs.on["09"] = lambda f, w: w.answer(f, back(), after=12.0)
    answer, took = branch.seconds(branch.take_back)
    assert answer == Returned("Moby Dick")
    assert (branch.late, took) == (1, 12.0)
    assert len(branch.acs.sent("09")) == 1


def test_a_lost_answer_is_recalled(branch):
    last = []
    branch.acs.on["09"] = lambda f, w: last.append(sealed(f, back()))
    branch.acs.on["97"] = lambda f, w: w.say(last[0] + b"\r")
    assert branch.play(branch.take_back) == Returned("Moby Dick")
    assert len(branch.acs.sent("09")) == 1


def test_a_note_with_a_line_break_is_a_note(branch):
    branch.answers("09", back("AJMoby Dick|AFPlease put it\ron the cart|"))
    assert branch.play(branch.take_back).note == Untrusted("Please put it\ron the cart")


def test_a_torn_answer_ends_in_doubt_and_17_settles_it(branch):
    torn = back("AJMoby Dick|AFPlease put it on the cart|")
    branch.acs.on["09"] = branch.acs.on["97"] = lambda f, w: w.say(sealed(f, torn)[:-20] + b"\r")
    branch.answers("17", about("03"))

    async def tale():
        return await branch.take_back(), await branch.ils.settle_return(BOOK)

    assert branch.play(tale) == (Doubt(), Returned("Moby Dick"))
    assert len(branch.acs.sent("09")) == 1


def settle(branch):
    return branch.play(lambda: branch.ils.settle_return(BOOK))


@pytest.mark.parametrize("status", ["02", "03", "06", "08", "09", "10", "13"])
def test_of_a_status_that_no_item_on_loan_has_it_is_back(branch, status):
    branch.answers("17", about(status))
    alert = {"08": Alert.HOLD_HERE, "10": Alert.TRANSIT}.get(status)
    assert settle(branch) == Returned("Moby Dick", was_on_loan=True, alert=alert)
    assert len(branch.acs.wires) == 2  # a fresh connection
    assert branch.acs.sent("09") == []


@pytest.mark.parametrize("status", ["04", "05", "07"])
def test_on_loan_it_is_not_back(branch, status):
    branch.answers("17", about(status))
    assert settle(branch) == NotReturned(Reason.ILS_SILENT, title="Moby Dick")


@pytest.mark.parametrize("status", ["01", "11", "12", "99", "  "])
def test_any_other_status_settles_nothing(branch, status):
    branch.answers("17", about(status))
    assert settle(branch) == Doubt()


@pytest.mark.parametrize("how", [silent, lambda f, w: w.hang_up(), lambda f, w: w.say(b"#\r")])
def test_without_an_18_it_stays_in_doubt(branch, how):
    branch.acs.on["17"] = how
    assert settle(branch) == Doubt()


def test_an_ils_that_is_away_settles_nothing(branch):
    async def tale():
        branch.acs.unplug()
        return await branch.ils.settle_return(BOOK)

    answer, took = branch.seconds(tale)
    assert answer == Doubt()
    assert took < 2


def test_the_answer_of_one_return_is_not_the_next_one_s(branch):
    """Two books at once; the first answer comes late, the second at once."""
    other = dataclasses.replace(BOOK, id="39000002")
    branch.acs.on["09"] = in_turn(
        lambda f, w: w.answer(f, back("AJMoby Dick|"), after=12.0),
        lambda f, w: w.answer(f, back("AJOthello|").replace("39000001", "39000002")),
    )

    async def tale():
        return await asyncio.gather(branch.take_back(), branch.take_back(other))

    assert branch.play(tale) == [Returned("Moby Dick"), Returned("Othello")]
    assert len(branch.acs.sent("09")) == 2
