"""The gate's line over a real wire: one pulse for each patron who may go, idle whatever else happens."""

from kiosk.circulation import views
from kiosk.circulation.intents import Do
from kiosk.circulation.views import ReceiptState
from kiosk.security_gate import GateLines
from tests.journeys.kiosk_apart import KioskApart
from tests.journeys.wired_desk import (
    LEILA,
    MOSSES,
    ON_HOLD,
    RELEASE,
    WILLOWS,
    Desk,
    Plan,
    desk,
    message_of,
)

KIOSK = "kiosk gate"
PULSE = [(1, KIOSK), (0, KIOSK)]
OPENS = {"kind": "gate-edge", "line": RELEASE, "level": 1}
LONG_PULSE = Plan(lines=GateLines(pulse_s=20.0))
BOOKS = (WILLOWS, MOSSES, "39000004", "39000005", "39000009")


def goes(it: Desk, item: str) -> None:
    """Leila borrows it and stands before the farewell."""
    it.signs_in(LEILA)
    it.puts(item)
    assert it.settles(item) == {item: "safe"}
    it.finishes()


def goes_through(it: Desk, item: str) -> None:
    """She borrows it, and the line is pulsed for her."""
    before = it.edges()
    goes(it, item)
    it.reports(lambda _: it.edges() == before + PULSE)
    assert message_of(it.view) == "take-card"
    it.leaves(item)


def goes_to_staff(it: Desk, item: str) -> None:
    """She borrows it, and is told that the gate does not let her through; her session ends all the same."""
    goes(it, item)
    it.says("gate-away")
    it.leaves(item)


def test_a_gate_that_does_not_follow_is_said_and_the_next_patron_is_let_through(tmp_path):
    a, b, c, d, e = BOOKS
    with desk(tmp_path) as it:
        goes_through(it, a)

        it.world("jam", line=RELEASE, level=0)
        goes_to_staff(it, b)
        assert it.edges() == PULSE
        it.world("unjam", line=RELEASE)
        goes_through(it, c)

        # the relay sticks in the middle of a pulse: the gate stands open until it lets go
        it.when(OPENS, {"do": "jam", "line": RELEASE, "level": 1})
        goes_to_staff(it, d)
        it.finds("gate", "degraded gate-stuck")
        goes_to_staff(it, e)
        it.world("unjam", line=RELEASE)
        it.finds("gate", "ready")
        goes_through(it, "39000010")


def test_a_chip_that_is_away_is_said_and_taken_again_when_it_is_back(tmp_path):
    with desk(tmp_path) as it:
        it.world("unplug", device="chip")
        it.finds("gate", "missing gate-missing")
        goes_to_staff(it, WILLOWS)
        it.world("plug", device="chip")
        it.finds("gate", "ready")
        goes_through(it, MOSSES)


def test_garbage_from_the_chip_is_no_gate(tmp_path):
    with desk(tmp_path) as it:
        it.world("garble", device="chip", how="garbage", count=10_000)
        it.finds("gate", "missing gate-missing")
        goes_to_staff(it, WILLOWS)
        it.world("well", device="chip")
        it.finds("gate", "ready")
        goes_through(it, MOSSES)
        assert it.edges() == PULSE


def test_a_refused_book_must_be_off_the_pad_first(tmp_path):
    with desk(tmp_path) as it:
        it.signs_in(LEILA)
        it.puts(WILLOWS, ON_HOLD)
        assert it.settles(WILLOWS, ON_HOLD) == {WILLOWS: "safe", ON_HOLD: "refused on-hold"}
        it.finishes()
        it.lifts(WILLOWS)
        it.sees(lambda view: not it.rows[WILLOWS].on_pad)
        assert it.prints().state is ReceiptState.PRINTED  # as much time as a release would have taken
        assert it.edges() == []
        it.lifts(ON_HOLD)
        it.reports(lambda _: it.edges() == PULSE)
        it.presses(Do.FINISH)
        it.sees(views.AttractView)


def stands_in_the_gate(it: Desk) -> None:
    goes(it, WILLOWS)
    it.reports(lambda _: it.edges() == PULSE[:1])


def test_a_kiosk_that_is_stopped_closes_the_gate_first(tmp_path):
    with desk(tmp_path, LONG_PULSE) as it:
        stands_in_the_gate(it)
        it.ends_well()
        assert it.edges() == PULSE


def test_a_kiosk_that_is_killed_lets_go_of_the_line(tmp_path):
    """No program can set a line when it is killed; that it is let go is all there is (docs/hardware.md)."""
    with desk(tmp_path, LONG_PULSE, make=KioskApart) as it:
        stands_in_the_gate(it)
        it.kiosk.kill()
        it.reports(lambda _: it.edges() == [(1, KIOSK), (0, "released")])
        it.lifts(WILLOWS)
        it.start(KioskApart)
        goes(it, MOSSES)
        it.reports(lambda _: it.edges()[2:] == PULSE[:1])
