"""Servers that we did not write are silent, are killed and come back: nothing is done twice, all is known."""

from __future__ import annotations

import pytest

from kiosk.circulation.answers import Doubt, Lent, NoAnswer, NotLent, NotReturned, Returned, Welcome
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, ItemKey
from tests.others.desk import EMILIE, PIN, READY, at_the_desk, play
from tests.others.far_side import Server

pytestmark = pytest.mark.others

BOOK, NEXT = "39000001", "39000002"

IMPATIENT = 1.0
"""Seconds after which an answer is overdue; the servers themselves ask for no more."""


def test_an_answer_that_is_late_is_recalled_and_executed_once(far: Server):
    """It comes half a second after the 97, and what the 97 asked for right behind it, from invenio without
    an end. The same connection then goes on."""
    far.has(slow={"11": 1.5})

    async def story():
        async with at_the_desk(far, answer_timeout_s=IMPATIENT) as desk:
            assert isinstance(await desk.lend(BOOK), Lent)
            assert desk.overdue == 1
            assert (len(desk.sent("11")), len(desk.sent("97"))) == (1, 1)
            assert isinstance(await desk.lend(NEXT), Lent)
            assert await desk.ils.sign_in(EMILIE, PIN, "en") == Welcome(
                "Émilie Brontë", frozenset({BOOK, NEXT})
            )
            assert (len(desk.sent("11")), len(desk.sent("93"))) == (2, 1)

    play(story)
    assert far.library.done == [["lent", "21000001", BOOK], ["lent", "21000001", NEXT]]


@pytest.mark.parametrize("code", ["11", "09"])
def test_an_answer_that_never_comes_is_a_doubt_and_settled(far: Server, code: str):
    far.has(slow={code: 4.0}, loans={} if code == "11" else {BOOK: "21000001"})

    async def story():
        async with at_the_desk(far, answer_timeout_s=IMPATIENT) as desk:
            if code == "11":
                assert isinstance(await desk.lend(BOOK), Doubt)
                assert isinstance(await desk.ils.settle(EMILIE, ItemKey(BOOK)), Lent)
            else:
                assert isinstance(await desk.take_back(BOOK), Doubt)
                assert await desk.ils.settle_return(ItemKey(BOOK)) == Returned("Title 1")
            assert len(desk.sent(code)) == 1

    play(story)
    assert len(far.library.done) == 1


def test_a_server_is_killed_and_comes_back(far: Server):
    async def story():
        async with at_the_desk(far, answer_timeout_s=IMPATIENT) as desk:
            assert await desk.ils.sign_in(EMILIE, PIN, "en") == Welcome("Émilie Brontë")
            far.kill()
            gone = await desk.news.get()
            assert (gone.condition, gone.reason) == (Condition.MISSING, Reason.ILS_DOWN)
            assert await desk.ils.sign_in(EMILIE, PIN, "en") == NoAnswer(Reason.ILS_DOWN)
            not_lent = await desk.lend(BOOK)
            assert isinstance(not_lent, NotLent)
            assert not_lent.reason is Reason.ILS_DOWN
            far.start()
            assert await desk.news.get() == READY
            assert isinstance(await desk.lend(BOOK), Lent)

    play(story)
    assert far.library.done == [["lent", "21000001", BOOK]]


@pytest.mark.parametrize("done", [True, False], ids=["after it was done", "before it was done"])
def test_a_server_is_killed_while_it_lends(far: Server, done: bool):
    """Nobody knows then whether the book is lent, until the server is back and asked."""
    far.has(slow={"11": 30.0})

    def power_cut():
        far.kill()
        if not done:
            far.has()

    async def story():
        async with at_the_desk(far, answer_timeout_s=IMPATIENT) as desk:
            desk.late = power_cut
            assert isinstance(await desk.lend(BOOK), Doubt)
            assert (await desk.news.get()).condition is Condition.MISSING
            far.start()
            assert await desk.news.get() == READY
            settled = await desk.ils.settle(EMILIE, ItemKey(BOOK))
            assert isinstance(settled, Lent if done else NotLent)
            assert len(desk.sent("11")) == 1

    play(story)
    assert len(far.library.done) == done


def test_a_server_is_killed_while_it_takes_back(far: Server):
    far.has(slow={"09": 30.0}, loans={BOOK: "21000001", NEXT: "21000001"})

    async def story():
        async with at_the_desk(far, answer_timeout_s=IMPATIENT) as desk:
            desk.late = far.kill
            assert isinstance(await desk.take_back(BOOK), Doubt)
            assert (await desk.news.get()).condition is Condition.MISSING
            far.start()
            assert await desk.news.get() == READY
            assert await desk.ils.settle_return(ItemKey(BOOK)) == Returned("Title 1")
            still_out = await desk.ils.settle_return(ItemKey(NEXT))
            assert still_out == NotReturned(Reason.ILS_SILENT, title="Title 2")

    play(story)
    assert far.library.done == [["returned", "21000001", BOOK]]
