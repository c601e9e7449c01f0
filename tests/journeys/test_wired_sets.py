"""Sets at the wired desk: one that nobody can count, one with a part too many, two that lie in each other's
cases."""

from dataclasses import replace

from kiosk.circulation import views
from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from kiosk.circulation.sets import UnknownSize
from kiosk.simulator import lanternfield
from kiosk.simulator.scenery import Scenery, Tag
from tests.journeys.wired_desk import LEILA, MOSSES, WILLOWS, Desk, Plan, desk

THREE = tuple(f"E004015031A07C{end}" for end in ("1D", "2E", "3F"))
BOX = "39000014"
ONE, TWO = "E004015044D20A18", "E004015044D20B29"
PAIR = "39000018"
MORE = "E004015044D20C3A"
"""A tag of the pair with a number that the pair does not have."""


def written(**changes: dict[str, int]) -> Scenery:
    """The library with these tags written otherwise, and one part too many."""
    scenery = lanternfield()
    tags = [replace(tag, **changes.get(tag.uid, {})) for tag in scenery.tags]
    return replace(scenery, tags=(*tags, Tag(MORE, PAIR, part=3, parts=2)))


UNCOUNTED = written(**{ONE: {"parts": 0}, TWO: {"parts": 0}})
ASKS = Plan(policy={"unknown_sets": UnknownSize.ASK})


def asked_about(it: Desk, parts: int) -> None:
    it.sees(lambda view: isinstance(view.modal, views.AskParts) and view.modal.parts == parts)
    assert it.view.modal.row.key == PAIR


def test_a_set_that_no_tag_counts_is_lent_when_the_patron_says_that_it_is_whole(tmp_path):
    with desk(tmp_path, ASKS, scenery=UNCOUNTED) as it:
        it.signs_in()
        it.puts(ONE, TWO, WILLOWS)
        asked_about(it, 2)
        it.settles(WILLOWS)  # nobody waits for the answer
        assert (it.asked("11", PAIR), it.held(PAIR), it.afi(PAIR)) == (0, None, ["07", "07"])
        it.presses(Do.YES)
        assert it.settles(PAIR, WILLOWS) == {PAIR: "safe", WILLOWS: "safe"}
        assert (it.asked("11", PAIR), it.held(PAIR), it.afi(PAIR)) == (1, LEILA, ["C2", "C2"])
        it.finishes()
        it.leaves(PAIR, WILLOWS)
        it.reports(lambda _: it.open_rows() == set())


def test_a_set_of_which_the_patron_says_that_a_part_is_missing_stays_here(tmp_path):
    with desk(tmp_path, ASKS, scenery=UNCOUNTED) as it:
        it.signs_in()
        it.puts(ONE)
        asked_about(it, 1)
        it.presses(Do.NO)
        assert it.settles(PAIR) == {PAIR: f"attention {Reason.PARTS_UNKNOWN}"}
        it.puts(TWO)  # they have found it
        asked_about(it, 2)
        it.presses(Do.FINISH)  # cannot be reached behind the question, and means no
        it.sees(views.FarewellView)
        assert it.screen.borrowed == 0
        it.leaves(PAIR)
        assert (it.asked("11", PAIR), it.afi(PAIR)) == (0, ["07", "07"])
        it.reports(lambda _: it.open_rows() == set())


def test_a_part_too_many_leaves_the_set_to_staff(tmp_path):
    with desk(tmp_path, scenery=written()) as it:
        it.signs_in()
        it.puts(MORE, WILLOWS)
        too_many = f"attention {Reason.PART_EXTRA}"
        it.sees(lambda view: it.ends == {PAIR: too_many, WILLOWS: "safe"})
        it.puts(ONE, TWO)
        it.sees(lambda view: it.rows[PAIR].parts_odd == (3,) and it.rows[PAIR].parts_missing == ())
        assert it.finishes().borrowed == 1
        it.leaves(PAIR, WILLOWS)
        assert (it.asked("11", PAIR), it.afi(PAIR)) == (0, ["07", "07", "07"])
        it.reports(lambda _: it.open_rows() == set())


def test_parts_in_each_other_s_cases_are_told_with_whose_they_are(tmp_path):
    swapped = written(**{ONE: {"parts": 3}, TWO: {"parts": 3}})
    with desk(tmp_path, scenery=swapped) as it:
        it.signs_in()
        it.puts(THREE[0], THREE[2], TWO, MOSSES)
        swapped_parts = f"attention {Reason.PART_FOREIGN}"
        it.sees(lambda view: it.ends == {BOX: swapped_parts, PAIR: swapped_parts, MOSSES: "safe"})
        assert it.rows[BOX].parts_odd == (2,)
        it.puts(THREE[1])
        it.sees(lambda view: it.ends[BOX] == "safe")
        assert it.ends[PAIR] == f"attention {Reason.PART_MISSING}"
        it.finishes()
        it.leaves(BOX, PAIR, MOSSES)
        it.reports(lambda _: it.open_rows() == set())
