"""The whole loan with ILSes whose manners differ, as those of real ones do (the facts that were
collected about SIP2 servers): three books become safe, with each of them."""

import pytest

from kiosk.circulation import views
from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from tests.journeys.desk_story import ANNA, KALILA, MOSSES, WILLOWS, Desk, play
from tests.journeys.odd_ils import DATE, OddIls

BOOKS = (WILLOWS, KALILA, MOSSES)
SAFE = dict.fromkeys(BOOKS, "safe")


async def three_books(desk: Desk) -> None:
    desk.puts(*BOOKS)
    await desk.signs_in(ANNA)
    assert await desk.settles(*BOOKS, within=90) == SAFE
    assert [desk.asked(book) for book in BOOKS] == [1, 1, 1]
    await desk.finishes()
    assert desk.screen.safe == 3


MANNERS = {
    "as the standard says": OddIls(),
    "wants no login": OddIls(login=False),
    "no checksums": OddIls(checksums=False),
    "ends with CR LF": OddIls(end=b"\r\n"),
    "ends with LF": OddIls(end=b"\n"),
    "talks in every answer": OddIls(noise="Greetings from Koha.  -- Patron owes 12.50"),
    "says nothing of the patron but the name": OddIls(without={"BL", "CQ"}),
    "no titles and no due dates": OddIls(without={"AJ", "AH"}),
    "no title, empty due date, no institution": OddIls(without={"AJ", "AO"}, due=""),
    "a due date in words": OddIls(due="next Tuesday"),
    "fields in any order, and unknown ones": OddIls(backwards=True),
    "byte by byte": OddIls(pieces=True),
    "the first loan takes 2.6 s, 98 promises 2.5": OddIls(
        first_loan_takes=2.6, status=f"98YYYNYN025003{DATE}2.00AOLIB|BXYYYYYYYYYYYYYYYY|"
    ),
    "a 98 without BX": OddIls(status=f"98YYYNYN100003{DATE}2.00AOLIB|"),
    "no 63": OddIls(no_63=True),
    "never ends a session": OddIls(ends_sessions=False),
    "a long list, paged": OddIls(loans=[f"4900{n:04d}" for n in range(45)]),
    "a long list, always whole": OddIls(loans=[f"4900{n:04d}" for n in range(45)], everything=True),
}


@pytest.mark.parametrize("odd", MANNERS.values(), ids=MANNERS)
def test_three_books_whatever_the_manners(odd):
    play(three_books, ils=odd.open, about_ils={} if odd.login else {"login_user": ""})


def test_latin_1():
    odd = OddIls(charset="latin-1", checksums=False)

    async def story(desk: Desk) -> None:
        await desk.signs_in(ANNA)
        assert desk.view.header.patron == "Émilie B."

    play(story, ils=odd.open, about_ils={"charset": "latin-1"})


def test_without_titles_the_barcode_stands_in_their_place():
    async def story(desk: Desk) -> None:
        await desk.signs_in(ANNA)
        desk.puts(WILLOWS)
        await desk.settles(WILLOWS)
        assert (desk.rows[WILLOWS].title, desk.rows[WILLOWS].due) == ("", None)

    play(story, ils=OddIls(without={"AJ", "AH"}).open)


@pytest.mark.parametrize("flag", ["N", "U"])
def test_lent_but_not_to_be_unlocked(flag):
    odd = OddIls(desensitise=flag)

    async def story(desk: Desk) -> None:
        await desk.signs_in(ANNA)
        desk.puts(WILLOWS)
        assert await desk.settles(WILLOWS) == {WILLOWS: "attention stays-armed"}
        assert desk.afi(WILLOWS) == ["07"]
        odd.desensitise = "Y"

    play(story, ils=odd.open)


def test_a_connection_that_is_dropped_while_nobody_is_there():
    odd = OddIls()

    async def story(desk: Desk) -> None:
        for _ in range(3):
            odd.acs.wires[-1].hang_up()
            await desk.wait(30)
        assert len(odd.acs.wires) == 4
        await three_books(desk)

    play(story, ils=odd.open)


def test_a_connection_that_is_dropped_between_the_card_and_the_books():
    odd = OddIls()

    async def story(desk: Desk) -> None:
        await desk.signs_in(ANNA)
        odd.acs.wires[-1].hang_up()
        await desk.wait(5)
        desk.puts(*BOOKS)
        assert await desk.settles(*BOOKS) == SAFE

    play(story, ils=odd.open)


def test_a_login_that_is_refused_is_said_and_tried_again():
    odd = OddIls()
    greet = odd.acs.on["93"]

    async def story(desk: Desk) -> None:
        odd.acs.on["93"] = lambda frame, wire: (wire.answer(frame, "940"), wire.hang_up(0.1))
        odd.acs.wires[-1].hang_up()
        await desk.sees(views.CannotLendView, within=60)
        await desk.wait(60)
        assert desk.screen.reason is Reason.ILS_LOGIN_REFUSED
        odd.acs.on["93"] = greet
        await desk.sees(views.AttractView, within=60)

    play(story, ils=odd.open)


def test_what_the_ils_writes_decides_nothing():
    odd = OddIls(noise="Item is on hold shelf for another patron. Patron Blocked. Invalid Item")

    async def story(desk: Desk) -> None:
        await three_books(desk)
        desk.presses(Do.FINISH)

    play(story, ils=odd.open)
