"""`kiosk doctor ils --exercise`: one loan, one return, and never a guess in between."""

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.doctor import About
from kiosk.doctor.duedates import layout_of
from kiosk.simulator import World
from kiosk.simulator.makes import MAKES
from kiosk.simulator.scenery import Hold
from kiosk.sip2.profiles import Evidence, load
from tests.doctor.examined import ANNA, FREE, PIN, Visit, no_fault, scenery, visit, visits

NOON = 1_789_900_000.0
"""In September 2026."""


def exercise(item: str = FREE, pin: str = PIN, patron: str = ANNA) -> About:
    return About(PatronId(patron), Pin(pin), ItemKey(item), exercise=True)


def with_fault(**command: Any) -> Callable[[World], object]:
    def prepare(world: World) -> None:
        done = world.do({"device": "ils", **command}, asyncio.get_running_loop().time())
        assert done["ok"], done

    return prepare


def trial(about: About | None = None, make: str = "lantern", **command: Any) -> Visit:
    """An exercise that meets this fault, at an ILS that is not waited for for long."""
    prepare = with_fault(**command) if command else no_fault
    told = scenery(make, timeout="003")
    return visit(told, about or exercise(), prepare=prepare, answer_timeout_s=0.3)


@pytest.mark.parametrize("make", sorted(MAKES))
def test_one_loan_and_one_return_with_the_flags_of_the_make(make: str, tmp_path: Path) -> None:
    checked, played = visits(exercise())[make], MAKES[make]
    ils, found = checked.world.ils, checked.found
    assert [each.item for each in ils.loans] == [FREE]
    assert [each.item for each in ils.returns] == [FREE]
    assert FREE not in ils.held_by
    assert not ils.renewals
    assert not ils.payments
    assert len(checked.sent("11")) == len(checked.sent("09")) == 1
    assert found["loan-security"].seen["desensitize"] == ("U" if played.desensitise == "unknown" else "Y")
    assert found["loan-security"].seen["magnetic"] == (played.magnetic or "N")
    assert found["return-security"].seen["resensitize"] is True
    assert found["return-security"].seen["alert"] is False
    layout = {"sip": "sip2", "iso": "iso", "iso-time": "iso", "us": None}[played.due]
    assert found["due-date"].seen["layout"] == layout
    assert found["left"].seen == {"on_loan": False}
    assert checked.said[0].startswith("This changes something")
    claims = {one.knob: one for one in checked.profile(tmp_path).claims}
    assert claims["nb_due"].how is Evidence.OBSERVED
    assert (claims["desensitize_unknown_as_yes"].how is Evidence.OBSERVED) == (
        played.desensitise != "unknown"
    )
    assert not checked.profile(tmp_path).desensitize_unknown_as_yes
    everything = repr(checked.report) + repr(checked.said)
    assert ANNA not in everything
    assert FREE not in everything
    assert "Paper Boats" not in everything
    assert "Kern" not in everything


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ("39000008", "the patron has it"),
        ("39000099", "not seem to know the item"),
        ("39000006", "somebody waits for it"),
        ("39000011", "somebody waits for it"),
        ("39000012", "waits"),
    ],
    ids=["on loan to her", "not known", "on the hold shelf for another", "held for her", "wanted"],
)
def test_what_may_be_on_loan_or_is_wanted_is_not_touched(item: str, why: str) -> None:
    checked = visit(scenery("koha"), exercise(item))
    assert why in checked.found["exercise"].says
    assert not any("This changes something" in each for each in checked.said), "nothing is changed"
    assert not checked.report.well
    assert not checked.sent("11")
    assert not checked.sent("09")
    assert checked.changes() == []


def test_what_another_has_is_not_touched() -> None:
    told = scenery("koha")
    theirs = dataclasses.replace(told.loans[0], patron="21000003", item=FREE)
    checked = visit(dataclasses.replace(told, loans=(theirs,)), exercise())
    assert "may be on loan to somebody (circulation status: charged)" in checked.found["exercise"].says
    assert checked.changes() == []


def test_with_a_wrong_pin_nothing_is_lent() -> None:
    checked = visit(scenery("koha"), exercise(pin="9999"))
    assert "PIN is wrong" in checked.found["exercise"].says
    assert checked.changes() == []
    assert sum("AD9999" in each.request for each in checked.world.ils.messages) == 1


def test_a_refusal_is_told_and_nothing_is_taken_back() -> None:
    checked = visit(scenery("koha"), exercise("39000013"))
    assert checked.found["loan"].seen == {"outcome": "refused"}
    assert checked.changes() == []
    assert not checked.sent("09")


def test_an_ils_that_takes_nothing_back_is_lent_nothing() -> None:
    checked = trial(do="lie", how="denies", message="99", count=99)
    assert checked.changes() == []
    assert "Nothing was lent" in checked.found["exercise"].says


@pytest.mark.parametrize("fault", [{"do": "hang-up"}, {"do": "silent"}], ids=str)
def test_a_loan_whose_answer_is_lost_is_found_out_about_and_taken_back(fault: dict[str, Any]) -> None:
    checked = trial(**fault, message="11", execute=True)
    assert len(checked.sent("11")) == len(checked.sent("09")) == 1
    assert FREE not in checked.world.ils.held_by
    if fault["do"] == "hang-up":
        assert "the patron's list has it" in checked.found["loan"].says
    assert checked.found["left"].seen == {"on_loan": False}


def test_a_loan_that_never_arrived_is_called_unknown_and_not_said_again() -> None:
    checked = trial(do="hang-up", message="11", execute=False)
    assert len(checked.sent("11")) == 1
    assert not checked.sent("09")
    assert checked.changes() == []
    assert "THE OUTCOME IS UNKNOWN" in checked.found["loan"].says
    assert not checked.report.well
    assert any("THE OUTCOME IS UNKNOWN" in said for said in checked.said)


def test_a_return_whose_answer_is_lost_is_found_out_about() -> None:
    checked = trial(do="hang-up", message="09", execute=True)
    assert len(checked.sent("09")) == 1
    assert checked.found["return"].seen == {"outcome": "unknown"}
    assert checked.found["left"].seen == {"on_loan": False}
    assert checked.report.well


def test_a_return_that_never_arrived_leaves_the_item_on_loan_and_that_is_said_aloud() -> None:
    checked = trial(do="hang-up", message="09", execute=False)
    assert FREE in checked.world.ils.held_by
    assert len(checked.sent("09")) == 1
    assert checked.found["left"].seen == {"on_loan": True}
    assert "THE ITEM IS ON LOAN" in checked.said[-1]
    assert not checked.report.well


def test_an_item_that_somebody_began_to_wait_for_is_not_lent() -> None:
    told = scenery("evergreen")
    waits = Hold("21000003", FREE)
    checked = visit(dataclasses.replace(told, holds=(*told.holds, waits)), exercise())
    assert checked.changes() == []
    assert checked.state("exercise") == "failed"


@pytest.mark.parametrize(
    ("text", "layout", "words"),
    [
        ("20261012    235900", "sip2", "as the standard writes dates"),
        ("2026-10-12", "iso", "as ISO 8601 has it (2026-11-28)"),
        ("20261012", "compact", "as ISO 8601 has it"),
        ("25.10.2026", "%d.%m.%Y", "day first (28.11.2026)"),
        ("25/10/2026 23:59", "%d/%m/%Y %H:%M", "day first (28/11/2026 23:59)"),
        ("10/25/2026", "%m/%d/%Y", "month first (11/28/2026)"),
        ("25 Oct 2026", "%d %b %Y", "day first (28 Nov 2026)"),
        ("10/12/2026", None, "day first (28/11/2026) or month first (11/28/2026); an item that is due after"),
        ("next week", None, "patrons will read it as it comes"),
        ("", None, "AH is empty"),
        ("25.10.1999", None, "patrons will read it as it comes"),
    ],
)
def test_the_layout_of_a_due_date_is_told_where_it_can_be(text: str, layout: str | None, words: str) -> None:
    finding, knob = layout_of([text], load("standard"), NOON)
    assert finding.seen["layout"] == layout
    assert words in finding.says
    assert "%" not in finding.says
    assert (knob is not None) == (layout is not None)


def test_a_second_due_date_settles_what_the_first_leaves_open() -> None:
    finding, knob = layout_of(["10/12/2026", "10/25/2026"], load("standard"), NOON)
    assert finding.seen["layout"] == "%m/%d/%Y"
    assert knob is not None
    assert knob.value == ("%m/%d/%Y",)


def test_a_layout_that_the_profile_only_believes_in_is_no_observation() -> None:
    told = load("standard").told({"due_formats": ("%d/%m/%Y",)}, "hearsay")
    finding, knob = layout_of(["10/12/2026"], told, NOON)
    assert finding.state == "ok"
    assert "It may be month first (11/28/2026) as well" in finding.says
    assert knob is None
    finding, knob = layout_of(["25/10/2026"], told, NOON)
    assert "Understood: day first (28/11/2026)" in finding.says
    assert knob is not None, "now it was seen"
    finding, knob = layout_of(["10/25/2026"], told, NOON)
    assert knob is not None
    assert knob.value == ("%m/%d/%Y",), "what is refuted would read other days wrongly"


@pytest.mark.parametrize(("due", "layout"), [("11/28/2026", "%m/%d/%Y"), ("20261128    235900", "sip2")])
def test_an_item_on_loan_tells_the_layout_without_an_exercise(due: str, layout: str, tmp_path: Path) -> None:
    told = scenery("koha")
    loans = tuple(dataclasses.replace(each, due=due) for each in told.loans)
    asked = About(PatronId(ANNA), Pin(PIN), ItemKey(told.loans[0].item))
    checked = visit(dataclasses.replace(told, loans=loans), asked)
    assert checked.found["due-date"].seen["layout"] == layout
    claims = {one.knob: one for one in checked.profile(tmp_path).claims}
    assert claims["due_formats"].how is Evidence.OBSERVED
    assert checked.changes() == []
