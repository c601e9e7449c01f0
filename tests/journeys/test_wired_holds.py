"""A hold on an item that somebody else has: asked for on the screen first, placed once over the real wire."""

from dataclasses import replace

from kiosk.circulation import views
from kiosk.circulation.intents import Do, Hold
from kiosk.circulation.reasons import Reason
from tests.journeys.wired_desk import LEILA, Desk, Plan, desk

WITH_ANOTHER = "39000012"
HOLDS = Plan(policy={"holds": True})


def puts_it_down(it: Desk) -> None:
    it.signs_in()
    it.puts(WITH_ANOTHER)
    assert it.settles(WITH_ANOTHER) == {WITH_ANOTHER: f"refused {Reason.ON_LOAN_TO_OTHER}"}


def offers_a_hold(it: Desk) -> None:
    it.sees(lambda view: it.rows[WITH_ANOTHER].holdable)


def placed(it: Desk) -> list[tuple[str, str]]:
    """The holds that the ILS has placed."""
    holds = it.world("report")["ils"]["holds"]
    assert {hold["mode"] for hold in holds} <= {"+"}
    return [(hold["patron"], hold["item"]) for hold in holds]


def test_no_places_none_and_yes_places_one(tmp_path):
    with desk(tmp_path, HOLDS) as it:
        puts_it_down(it)
        offers_a_hold(it)
        for answer in (Do.NO, Do.YES):
            assert placed(it) == []
            it.presses(Hold(WITH_ANOTHER))
            assert it.sees(views.AskHold).modal.row.key == WITH_ANOTHER
            it.presses(answer)
            it.sees(lambda view: view.modal is None)
        it.sees(lambda view: it.rows[WITH_ANOTHER].held)
        assert not it.rows[WITH_ANOTHER].holdable
        it.presses(Hold(WITH_ANOTHER))
        it.finishes()
        it.leaves(WITH_ANOTHER)
        assert placed(it) == [(LEILA, WITH_ANOTHER)]
        assert (it.asked("15", WITH_ANOTHER), it.asked("11", WITH_ANOTHER)) == (1, 1)
        assert it.afi(WITH_ANOTHER) == ["07"]
        it.reports(lambda _: it.open_rows() == set())


def test_a_hold_of_which_nobody_knows_is_not_asked_for_again(tmp_path):
    with desk(tmp_path, HOLDS) as it:
        puts_it_down(it)
        offers_a_hold(it)
        for message in ("15", "97"):
            it.world("silent", device="ils", message=message, count=5, execute=True)
        it.presses(Hold(WITH_ANOTHER))
        it.sees(views.AskHold)
        it.presses(Do.YES)
        it.says(f"see-staff {Reason.HOLD_UNKNOWN}")
        assert not it.rows[WITH_ANOTHER].held
        it.presses(Hold(WITH_ANOTHER))
        it.finishes()
        it.leaves(WITH_ANOTHER)
        assert placed(it) == [(LEILA, WITH_ANOTHER)]
        assert it.asked("15", WITH_ANOTHER) == 1


def test_a_library_that_wants_no_holds_here_is_asked_for_none(tmp_path):
    with desk(tmp_path, replace(HOLDS, policy={})) as it:
        puts_it_down(it)
        assert not it.rows[WITH_ANOTHER].holdable
        it.presses(Hold(WITH_ANOTHER))
        it.finishes()
        it.leaves(WITH_ANOTHER)
        assert it.asked("15", WITH_ANOTHER) == 0
