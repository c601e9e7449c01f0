"""Staff and what the journal leaves to them: a matter is closed, a journal in trouble is gone on with."""

import asyncio

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device, SagaId
from kiosk.circulation.views import Theme
from kiosk.maintenance import matter_code
from kiosk.maintenance.intents import GoTo, OpenMatter, StaffDo, StaffPressed
from kiosk.maintenance.views import (
    AdoptScreen,
    JournalTrouble,
    MatterScreen,
    MattersScreen,
    MatterView,
    Page,
)
from tests.maintenance.staff_story import Staff, story

BOOK = MatterView("33330001", "loan-unknown", 5.0, SagaId("L1-1"), "K-MAT-001")
FEE = MatterView("", "payment-not-booked", 6.0, SagaId("F1-2"), "K-MAT-008")


async def at_the_matters(staff: Staff, *found: MatterView) -> None:
    staff.book.found[:] = found
    await staff.comes_in()
    await staff.press(GoTo(Page.MATTERS))


def listed(staff: Staff) -> list[str]:
    assert isinstance(staff.view.screen, MattersScreen)
    return [each.saga for each in staff.view.screen.matters]


def page(staff: Staff) -> MatterScreen:
    assert isinstance(staff.view.screen, MatterScreen)
    return staff.view.screen


# ---- a matter -------------------------------------------------------------------------------


def test_a_matter_is_opened_asked_about_and_closed() -> None:
    async def tell(staff: Staff) -> None:
        await at_the_matters(staff, BOOK, FEE)
        await staff.press(OpenMatter(FEE.saga))
        assert page(staff) == MatterScreen(FEE)
        await staff.press(StaffDo.CLOSE_MATTER)
        assert page(staff) == MatterScreen(FEE, asking=True)
        assert staff.resolved == [], "asked first"
        await staff.press(StaffDo.NO)
        assert page(staff) == MatterScreen(FEE)
        await staff.press(StaffDo.CLOSE_MATTER)
        await staff.press(StaffDo.YES, wait=0.1)
        assert page(staff) == MatterScreen(FEE, closing=True, may_close=False)
        await asyncio.sleep(1)
        assert listed(staff) == [BOOK.saga]
        assert (staff.resolved, staff.view.open_matters) == ([FEE.saga], 1)

    story(tell)


def test_back_closes_nothing() -> None:
    async def tell(staff: Staff) -> None:
        await at_the_matters(staff, BOOK)
        await staff.press(OpenMatter(BOOK.saga))
        await staff.press(StaffDo.BACK)
        assert listed(staff) == [BOOK.saga]
        await staff.press(OpenMatter(BOOK.saga))
        await staff.press(StaffDo.YES, StaffDo.NO)
        await staff.press(GoTo(Page.OVERVIEW))
        await staff.press(GoTo(Page.MATTERS))
        assert listed(staff) == [BOOK.saga]
        assert staff.resolved == []

    story(tell)


def test_a_desk_that_does_not_close_it_is_not_believed_to_have() -> None:
    async def tell(staff: Staff) -> None:
        staff.deaf = True
        await at_the_matters(staff, BOOK)
        await staff.press(OpenMatter(BOOK.saga))
        await staff.press(StaffDo.CLOSE_MATTER)
        await staff.press(StaffDo.YES)
        await staff.press(StaffDo.BACK, StaffDo.YES, StaffDo.CLOSE_MATTER)
        assert page(staff).closing
        await asyncio.sleep(5)
        assert page(staff) == MatterScreen(BOOK, not_closed=True)
        staff.deaf = False
        await staff.press(StaffDo.CLOSE_MATTER)
        await staff.press(StaffDo.YES, wait=2)
        assert listed(staff) == []
        assert staff.resolved == [BOOK.saga, BOOK.saga]

    story(tell)


def test_a_second_tap_on_the_button_does_not_answer_the_question() -> None:
    async def tell(staff: Staff) -> None:
        await at_the_matters(staff, BOOK)
        await staff.press(OpenMatter(BOOK.saga))
        seen = staff.view.revision
        for intent in (StaffDo.CLOSE_MATTER, StaffDo.YES):
            staff.room.press(StaffPressed(seen, intent))
        assert page(staff).asking
        assert staff.resolved == []

    story(tell)


def test_what_the_kiosk_has_finished_by_itself_has_no_page_any_more() -> None:
    async def tell(staff: Staff) -> None:
        await at_the_matters(staff, BOOK)
        await staff.press(OpenMatter(BOOK.saga))
        staff.book.found.clear()
        staff.room.attach(staff.around)
        await asyncio.sleep(1)
        assert listed(staff) == []
        await staff.press(StaffDo.CLOSE_MATTER, StaffDo.YES, OpenMatter(BOOK.saga))
        assert (listed(staff), staff.resolved) == ([], [])

    story(tell)


def test_nothing_is_closed_while_the_journal_is_away() -> None:
    async def tell(staff: Staff) -> None:
        await at_the_matters(staff, BOOK)
        await staff.press(OpenMatter(BOOK.saga))
        staff.says(Device.JOURNAL, Condition.MISSING, Reason.JOURNAL_FULL)
        assert not page(staff).may_close
        await staff.press(StaffDo.CLOSE_MATTER, StaffDo.YES)
        assert (page(staff).asking, staff.resolved) == (False, [])

    story(tell)


def test_settings_and_colours_stay_as_they_were_chosen() -> None:
    async def tell(staff: Staff) -> None:
        await at_the_matters(staff, BOOK)
        await staff.press(OpenMatter(BOOK.saga))
        await staff.press(StaffDo.CONTRAST, StaffDo.NEXT_LANGUAGE, StaffDo.TEXT_SIZE)
        assert page(staff) == MatterScreen(BOOK)
        assert (staff.view.theme, staff.view.language) == (Theme.DARK, "de")

    story(tell)


def test_a_kind_that_nobody_knows_yet_has_a_code_too() -> None:
    assert matter_code("of-a-later-version") == "K-MAT-099"


# ---- the journal ----------------------------------------------------------------------------


def trouble(staff: Staff) -> JournalTrouble | None:
    assert isinstance(staff.view.screen, MattersScreen)
    return staff.view.screen.journal


async def with_a_journal_that_is(staff: Staff, reason: Reason) -> None:
    staff.book.torn = True
    staff.says(Device.JOURNAL, Condition.MISSING, reason)
    await at_the_matters(staff)


def test_an_older_journal_is_gone_on_with_after_a_question() -> None:
    async def tell(staff: Staff) -> None:
        await with_a_journal_that_is(staff, Reason.JOURNAL_OLDER)
        assert staff.view.screen == MattersScreen(
            (),
            unread=True,
            journal=JournalTrouble(Reason.JOURNAL_OLDER, "K-JRN-005", 1_000_000.0, adoptable=True),
        )
        await staff.press(StaffDo.ADOPT)
        assert staff.view.screen == AdoptScreen(Reason.JOURNAL_OLDER, "K-JRN-005")
        await staff.press(StaffDo.NO)
        assert staff.book.adopted == 0
        await staff.press(StaffDo.ADOPT)
        await staff.press(StaffDo.YES, wait=0.1)
        shown = trouble(staff)
        assert shown is not None
        assert (shown.adopting, shown.adoptable) == (True, False)
        await asyncio.sleep(1)
        shown = trouble(staff)
        assert shown is not None
        assert (shown.adopted, shown.adoptable, staff.book.adopted) == (True, False, 1)
        await staff.press(StaffDo.ADOPT, StaffDo.YES)
        assert staff.book.adopted == 1, "once"
        # the desk opens it
        staff.book.torn = False
        staff.book.found.append(BOOK)
        staff.says(Device.JOURNAL, Condition.READY)
        await asyncio.sleep(1)
        assert (trouble(staff), listed(staff)) == (None, [BOOK.saga])

    story(tell)


def test_a_journal_that_cannot_be_gone_on_with_says_why_and_may_be_tried_again() -> None:
    async def tell(staff: Staff) -> None:
        staff.book.hopeless = True
        await with_a_journal_that_is(staff, Reason.JOURNAL_DAMAGED)
        for tries in (1, 2):
            await staff.press(StaffDo.ADOPT)
            await staff.press(StaffDo.YES)
            shown = trouble(staff)
            assert shown is not None
            assert shown.problem == "journal.db: No space left on device"
            assert (shown.adoptable, staff.book.adopted) == (True, tries)

    story(tell)


@pytest.mark.parametrize(
    "reason", [Reason.JOURNAL_FULL, Reason.JOURNAL_READ_ONLY, Reason.JOURNAL_IN_USE, Reason.JOURNAL_FAILED]
)
def test_what_a_decision_does_not_help_offers_none(reason: Reason) -> None:
    async def tell(staff: Staff) -> None:
        await with_a_journal_that_is(staff, reason)
        shown = trouble(staff)
        assert shown is not None
        assert not shown.adoptable
        await staff.press(StaffDo.ADOPT)
        await staff.press(StaffDo.YES)
        assert staff.book.adopted == 0
        assert isinstance(staff.view.screen, MattersScreen)

    story(tell)


def test_a_question_about_one_trouble_is_not_answered_for_another() -> None:
    async def tell(staff: Staff) -> None:
        await with_a_journal_that_is(staff, Reason.JOURNAL_OLDER)
        await staff.press(StaffDo.ADOPT)
        staff.says(Device.JOURNAL, Condition.MISSING, Reason.JOURNAL_DAMAGED)
        await staff.press(StaffDo.YES)
        assert staff.book.adopted == 0
        assert isinstance(staff.view.screen, MattersScreen)

    story(tell)


def test_a_clock_that_was_set_back_is_shown_and_stops_nothing() -> None:
    async def tell(staff: Staff) -> None:
        staff.says(Device.JOURNAL, Condition.DEGRADED, Reason.CLOCK_BACK)
        await at_the_matters(staff, BOOK)
        assert (trouble(staff), listed(staff)) == (None, [BOOK.saga])
        await staff.press(GoTo(Page.OVERVIEW))
        assert staff.card(Device.JOURNAL).code == "K-JRN-009"

    story(tell)
