"""The account over the real wire: read, renewed from one by one and all at once, and forgotten."""

from dataclasses import replace

import pytest

from kiosk.circulation import views
from kiosk.circulation.intents import Do, Look, Renew
from kiosk.circulation.views import Section
from kiosk.lab.recorder import due_text
from kiosk.simulator import lanternfield
from tests.journeys.wired_desk import ANNA, ANNAS, KALILA, ON_LOAN, ON_LOAN_TOO, Desk, desk

_USUAL = lanternfield()
THREE = (ANNAS, ON_LOAN, ON_LOAN_TOO)
ALL_ANNAS = replace(
    _USUAL.owing(ANNA, "2.50"),
    loans=tuple(replace(loan, patron=ANNA) if loan.item in THREE else loan for loan in _USUAL.loans),
    items=tuple(replace(item, renewals=0) if item.barcode == ON_LOAN else item for item in _USUAL.items),
)


def opens(it: Desk) -> None:
    it.signs_in(ANNA)
    assert it.screen.account
    it.presses(Do.ACCOUNT)
    it.sees(lambda view: isinstance(view.screen, views.AccountView) and view.screen.known)


def marks(it: Desk) -> dict[str, str]:
    return {row.key: row.mark.value for row in it.screen.loans}


def test_an_account_is_read_and_left_alone(tmp_path):
    with desk(tmp_path, scenery=ALL_ANNAS) as it:
        opens(it)
        assert marks(it) == dict.fromkeys(THREE, "on-loan")
        it.sees(lambda view: all(row.title and row.due for row in view.screen.loans))
        it.presses(Look(Section.FEES))
        it.sees(lambda view: view.screen.section is Section.FEES)
        assert len(it.screen.fees) == 1
        assert str(it.screen.fees[0].amount.amount) == str(it.screen.owed.amount) == "2.50"
        it.presses(Do.BACK)
        it.sees(views.LoanView)
        assert all(it.asked("29", item) == 0 for item in THREE)
        it.finishes()
        it.leaves()


def test_a_book_at_home_is_renewed_while_another_is_lent(tmp_path):
    with desk(tmp_path, scenery=ALL_ANNAS) as it:
        opens(it)
        it.presses(Renew(ANNAS))
        it.sees(views.AskRenewal)
        it.presses(Do.YES)
        it.puts(KALILA)
        it.sees(lambda view: KALILA in {row.key for row in view.screen.loans})
        it.sees(lambda view: view.screen.books.rows[0].state == "safe")
        renewed = next(row for row in it.screen.loans if row.key == ANNAS)
        assert (renewed.mark, due_text(renewed.due)[:10]) == ("renewed", "2027-01-02")
        assert (it.asked("11", KALILA), it.asked("29", ANNAS), it.asked("11", ANNAS)) == (1, 1, 0)
        farewell = it.finishes()
        assert {row.key: row.state.value for row in farewell.rows} == {KALILA: "safe", ANNAS: "renewed"}
        it.leaves(KALILA)


@pytest.mark.parametrize(("make", "renewals"), [("lantern", [0, 0, 0]), ("alma", [1, 1, 1])])
def test_all_are_renewed_by_a_65_or_in_turn_and_one_refusal_stops_none(tmp_path, make, renewals):
    with desk(tmp_path, scenery=ALL_ANNAS.speaking_as(make)) as it:
        opens(it)
        it.presses(Do.RENEW_ALL)
        it.sees(views.AskRenewAll)
        it.presses(Do.YES)
        it.says("some-renewed")
        assert marks(it) == {ANNAS: "renewed", ON_LOAN: "not-renewed", ON_LOAN_TOO: "renewed"}
        assert [it.asked("29", item) for item in THREE] == renewals
        it.finishes()
        it.leaves()


def test_an_account_that_the_ils_does_not_give_can_be_asked_for_again(tmp_path):
    with desk(tmp_path, scenery=ALL_ANNAS) as it:
        it.signs_in(ANNA)
        it.world("silent", device="ils", message="63", execute=True, count=50)
        it.presses(Do.ACCOUNT)
        it.says("account-away", within=40)
        it.puts(KALILA)
        it.sees(lambda view: view.screen.books.rows and view.screen.books.rows[0].state == "safe", within=40)
        it.world("well", device="ils")
        it.presses(Do.ACCOUNT)
        it.sees(lambda view: view.screen.known, within=40)
        it.finishes()
        it.leaves(KALILA)
