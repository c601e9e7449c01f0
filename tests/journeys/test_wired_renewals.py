"""One renewal over the real wire: asked for on the screen first, and sent once or never."""

from dataclasses import replace

import pytest

from kiosk.circulation import views
from kiosk.circulation.intents import Do, Renew
from kiosk.circulation.reasons import Reason
from kiosk.lab.recorder import due_text
from kiosk.simulator import lanternfield
from tests.journeys.wired_desk import ANNA, ANNAS, Desk, desk

BEFORE = {ANNAS: "safe already-yours"}

_USUAL = lanternfield()
EXHAUSTED = replace(
    _USUAL,
    items=tuple(replace(item, renewals=0) if item.barcode == ANNAS else item for item in _USUAL.items),
)


def puts_it_down(it: Desk) -> None:
    it.signs_in(ANNA)
    it.puts(ANNAS)
    it.sees(lambda view: it.ends == BEFORE)
    assert it.rows[ANNAS].renewable


def asks(it: Desk) -> None:
    it.presses(Renew(ANNAS))
    it.sees(views.AskRenewal)


def sent(it: Desk) -> tuple[int, int]:
    """How many 11 and 29 the ILS has got."""
    return it.asked("11", ANNAS), it.asked("29", ANNAS)


def test_no_sends_nothing_and_yes_sends_one(tmp_path):
    with desk(tmp_path) as it:
        puts_it_down(it)
        asks(it)
        it.presses(Do.NO)
        it.sees(lambda view: view.modal is None)
        assert sent(it) == (0, 0)
        asks(it)
        it.presses(Do.YES)
        it.sees(lambda view: it.ends == {ANNAS: "renewed"})
        assert due_text(it.rows[ANNAS].due).startswith("2027-01-02")
        assert sent(it) == (0, 1)
        assert it.afi(ANNAS) == ["C2"]
        farewell = it.finishes()
        assert farewell.rows[0].state == "renewed"
        assert farewell.receipt is not None
        it.leaves(ANNAS)
        assert sent(it) == (0, 1)


def test_a_refused_renewal_leaves_the_loan_as_it_was(tmp_path):
    with desk(tmp_path, scenery=EXHAUSTED) as it:
        puts_it_down(it)
        asks(it)
        it.presses(Do.YES)
        it.says("not-renewed")
        assert it.screen.message.reason in {Reason.RENEWAL_REFUSED, Reason.TOO_MANY_LOANS}
        assert it.ends == BEFORE
        assert not it.rows[ANNAS].renewable
        assert (sent(it), it.held(ANNAS), it.afi(ANNAS)) == ((0, 1), ANNA, ["C2"])
        it.presses(Renew(ANNAS))
        it.finishes()
        it.leaves(ANNAS)
        assert sent(it) == (0, 1)


def test_a_lost_30_is_brought_by_a_97(tmp_path):
    with desk(tmp_path) as it:
        puts_it_down(it)
        it.world("silent", device="ils", message="29", execute=True, count=5)
        asks(it)
        it.presses(Do.YES)
        it.sees(lambda view: it.ends == {ANNAS: "renewed"})
        assert sent(it) == (0, 1)


@pytest.mark.parametrize("execute", [True, False], ids=["renewed", "not renewed"])
def test_silence_after_a_29_is_never_answered_by_a_second_one(tmp_path, execute):
    with desk(tmp_path) as it:
        puts_it_down(it)
        it.world("silent", device="ils", message="29", execute=execute, count=5)
        it.world("silent", device="ils", message="97", count=5)
        asks(it)
        it.presses(Do.YES)
        it.says("see-staff renewal-unknown")
        assert it.ends == BEFORE
        it.presses(Renew(ANNAS))
        it.finishes()
        it.leaves(ANNAS)
        it.world("well", device="ils")
        it.signs_in(ANNA)
        assert sent(it) == (0, 1)


@pytest.mark.parametrize("how", ["garbage", "half", "flip"])
def test_a_damaged_30_is_sent_again_and_not_asked_for_again(tmp_path, how):
    with desk(tmp_path) as it:
        puts_it_down(it)
        it.world("garble", device="ils", message="29", how=how)
        asks(it)
        it.presses(Do.YES)
        it.sees(lambda view: it.ends == {ANNAS: "renewed"})
        assert sent(it) == (0, 1)
