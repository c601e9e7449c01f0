"""The overview: how each device is, and its tests."""

import asyncio
import dataclasses

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device
from kiosk.circulation.views import Theme
from kiosk.maintenance.intents import EditField, GoTo, StaffDo, Test
from kiosk.maintenance.views import MattersScreen, MatterView, Page, TestState, TestStep
from tests.maintenance.staff_story import PIN, Staff, story


def test_what_needs_somebody_stands_first_with_its_reason_and_its_code() -> None:
    async def tell(staff: Staff) -> None:
        await asyncio.sleep(100)
        staff.says(Device.ILS, Condition.READY)
        staff.says(Device.PAD, Condition.READY)
        await asyncio.sleep(100)
        staff.says(Device.PRINTER, Condition.DEGRADED, Reason.PAPER_LOW)
        staff.says(Device.GATE, Condition.MISSING, Reason.GATE_MISSING)
        await staff.comes_in()
        order = [each.device for each in staff.overview.cards]
        assert order.index(Device.GATE) < order.index(Device.PRINTER) < order.index(Device.ILS)
        assert order[-1] is Device.SCANNER
        gate = staff.card(Device.GATE)
        assert (gate.condition, gate.reason, gate.code) == (
            Condition.MISSING,
            Reason.GATE_MISSING,
            "K-GAT-001",
        )
        assert gate.since == 1_000_200.0
        assert (staff.card(Device.ILS).code, staff.card(Device.ILS).since) == ("", 1_000_100.0)
        assert not staff.card(Device.SCANNER).fitted
        silent = staff.card(Device.CARDS)
        assert (silent.condition, silent.since, silent.code) == (Condition.MISSING, None, "K-CRD-000")
        # the same once more (a kiosk that was set up anew): since when does not change
        staff.says(Device.GATE, Condition.MISSING, Reason.GATE_MISSING)
        assert staff.card(Device.GATE).since == 1_000_200.0

    story(tell)


def test_what_works_and_is_to_be_seen_to_all_the_same_stands_there_until_the_settings_change() -> None:
    async def tell(staff: Staff) -> None:
        staff.says(Device.ILS, Condition.READY)
        staff.says(Device.PAD, Condition.READY)
        staff.says(Device.PRINTER, Condition.DEGRADED, Reason.PAPER_LOW)
        plain = dataclasses.replace(staff.around, warnings={Device.ILS: Reason.ILS_EXPOSED})
        staff.room.attach(plain)
        await staff.comes_in()
        told = staff.card(Device.ILS)
        assert (told.condition, told.reason, told.code) == (Condition.READY, Reason.ILS_EXPOSED, "K-ILS-006")
        order = [each.device for each in staff.overview.cards]
        assert order.index(Device.PRINTER) < order.index(Device.ILS) < order.index(Device.PAD)
        staff.says(Device.ILS, Condition.MISSING, Reason.ILS_DOWN)
        assert staff.card(Device.ILS).code == "K-ILS-001", "what is worse comes first"
        staff.says(Device.ILS, Condition.READY)
        assert staff.card(Device.ILS).code == "K-ILS-006", "nor does it go away by itself"
        staff.room.attach(staff.around)
        await asyncio.sleep(1)
        assert (staff.card(Device.ILS).code, staff.card(Device.ILS).reason) == ("", None)

    story(tell)


def test_a_test_shows_its_steps_as_they_end() -> None:
    async def tell(staff: Staff) -> None:
        staff.bench.plans[Device.PAD] = [
            (0.1, TestStep("put-book", TestState.RUNNING)),
            (3.0, TestStep("book-armed", TestState.PASSED, "33330001")),
        ]
        await staff.comes_in()
        await staff.press(Test(Device.PAD))
        shown = staff.card(Device.PAD).test
        assert shown is not None
        assert (shown.state, [each.key for each in shown.steps]) == (TestState.RUNNING, ["put-book"])
        assert staff.overview.busy
        await staff.press(Test(Device.GATE))
        assert staff.bench.tested == [Device.PAD], "one at a time"
        await asyncio.sleep(3)
        shown = staff.card(Device.PAD).test
        assert shown is not None
        assert (shown.state, [each.key for each in shown.steps]) == (TestState.PASSED, ["book-armed"])
        assert not staff.overview.busy

    story(tell)


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ([TestState.PASSED, TestState.PASSED], TestState.PASSED),
        ([TestState.PASSED, TestState.WARNED], TestState.WARNED),
        ([TestState.FAILED, TestState.WARNED], TestState.FAILED),
        ([TestState.PASSED, TestState.RUNNING], TestState.FAILED),
        ([], TestState.FAILED),
    ],
)
def test_the_worst_step_is_the_verdict(steps: list[TestState], verdict: TestState) -> None:
    async def tell(staff: Staff) -> None:
        staff.bench.plans[Device.PRINTER] = [(0.1, TestStep("x", state)) for state in steps]
        await staff.comes_in()
        await staff.press(Test(Device.PRINTER), wait=2)
        test = staff.card(Device.PRINTER).test
        assert test is not None
        assert test.state is verdict

    story(tell)


def test_all_are_tested_one_after_the_other_but_what_is_not_there() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.press(StaffDo.TEST_ALL, wait=30)
        assert set(staff.bench.tested) == set(Device) - {Device.SCANNER}
        assert len(staff.bench.tested) == len(set(staff.bench.tested))
        tests = [staff.card(device).test for device in staff.bench.tested]
        assert all(test is not None and test.state is TestState.PASSED for test in tests)
        begun = [test.at for test in tests if test is not None]
        assert begun == sorted(set(begun))

    story(tell)


def test_a_test_that_never_ends_is_ended() -> None:
    async def tell(staff: Staff) -> None:
        staff.bench.plans[Device.GATE] = [(10_000.0, TestStep("x", TestState.PASSED))]
        await staff.comes_in()
        await staff.press(Test(Device.GATE), wait=45)
        test = staff.card(Device.GATE).test
        assert test is not None
        assert (test.state, [each.key for each in test.steps]) == (TestState.FAILED, ["too-long"])

    story(tell)


def test_a_test_that_falls_over_takes_nothing_with_it() -> None:
    async def tell(staff: Staff) -> None:
        staff.bench.faulty.add(Device.GATE)
        await staff.comes_in()
        await staff.press(StaffDo.TEST_ALL, wait=30)
        test = staff.card(Device.GATE).test
        assert test is not None
        assert (test.state, [each.key for each in test.steps]) == (TestState.FAILED, ["fault"])
        assert staff.bench.tested[-1] is Device.JOURNAL, "the others are tested all the same"

    story(tell)


def test_leaving_stops_the_tests_and_forgets_the_visit() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.press(StaffDo.TEST_ALL, StaffDo.CONTRAST, StaffDo.TEXT_SIZE, wait=0.5)
        assert (staff.view.theme, staff.view.text_size) == (Theme.DARK, 130)
        await staff.press(StaffDo.LEAVE, wait=5)
        assert staff.left == 1
        assert staff.sees_nothing
        assert staff.bench.stopped == [Device.ILS]
        await staff.comes_in()
        assert (staff.view.theme, staff.view.text_size) == (Theme.LIGHT, 100)
        assert staff.card(Device.ILS).test is None

    story(tell)


def test_an_empty_room_closes_the_screen_by_itself() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await asyncio.sleep(170)
        assert staff.overview
        await staff.press(StaffDo.CONTRAST, wait=170)
        assert staff.overview, "any press is a sign of life"
        await asyncio.sleep(15)
        assert staff.sees_nothing
        assert staff.left == 1

    story(tell)


def test_nobody_is_thrown_out_of_a_test() -> None:
    async def tell(staff: Staff) -> None:
        staff.bench.plans[Device.PAD] = [(30.0, TestStep("put-book", TestState.FAILED))]
        await staff.comes_in()
        await staff.press(Test(Device.PAD), wait=35)
        assert staff.overview, "20 s without a press, but not without work"
        await asyncio.sleep(20)
        assert staff.sees_nothing

    story(tell, leave_s=20.0)


def test_a_test_does_not_outlive_the_kiosk_whose_device_it_tries() -> None:
    async def tell(staff: Staff) -> None:
        staff.bench.plans[Device.PAD] = [(30.0, TestStep("book-armed", TestState.PASSED))]
        await staff.comes_in()
        await staff.press(Test(Device.PAD))
        staff.book.found.append(MatterView("33330001", "loan-unknown", 5.0))
        staff.room.attach(staff.around)  # the kiosk fell over and was set up anew
        await asyncio.sleep(1)
        test = staff.card(Device.PAD).test
        assert test is not None
        assert [(each.key, each.state) for each in test.steps] == [("fault", TestState.FAILED)]
        assert staff.bench.stopped == [Device.PAD]
        assert staff.view.open_matters == 1, "its journal was read again"
        await staff.press(Test(Device.GATE), wait=2)
        assert staff.bench.tested == [Device.PAD, Device.GATE]

    story(tell)


def test_nothing_is_tested_while_the_kiosk_is_set_up_anew() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.goes_to(Page.SETTINGS)
        await staff.press(EditField("policy.receipt"))
        await staff.press(StaffDo.KEEP, wait=0.5)
        await staff.press(GoTo(Page.OVERVIEW), Test(Device.PRINTER), StaffDo.TEST_ALL, wait=0.1)
        assert staff.overview.busy
        await asyncio.sleep(1)
        assert not staff.overview.busy
        assert staff.bench.tested == []

    story(tell)


def test_the_pad_in_front_closes_too() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes()
        await asyncio.sleep(181)
        assert staff.left == 1

    story(tell)


def test_the_language_is_the_librarys_own_until_somebody_takes_another() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        seen = [staff.view.language]
        for _ in range(3):
            await staff.press(StaffDo.NEXT_LANGUAGE)
            seen.append(staff.view.language)
        assert seen == ["en", "de", "ar", "en"]
        assert (staff.view.kiosk, staff.view.version) == ("Kiosk 2", "1.4.0")

    story(tell)


def test_a_journal_that_cannot_be_read_is_not_taken_for_an_empty_one() -> None:
    async def tell(staff: Staff) -> None:
        staff.book.torn = True
        await staff.comes_in()
        await staff.press(GoTo(Page.MATTERS))
        assert staff.view.screen == MattersScreen((), unread=True)
        staff.book.torn = False
        await staff.press(GoTo(Page.MATTERS))
        assert staff.view.screen == MattersScreen(())

    story(tell)


def test_open_matters_are_counted_and_listed() -> None:
    async def tell(staff: Staff) -> None:
        matter = MatterView("33330001", "loan-unsecured", 5.0)
        staff.book.found.append(matter)
        await staff.comes_in()
        assert (staff.view.open_matters, staff.overview.matters) == (1, 1)
        staff.book.found.append(MatterView("", "loan-unknown", 6.0))
        await staff.press(GoTo(Page.MATTERS))
        assert isinstance(staff.view.screen, MattersScreen)
        assert [each.key for each in staff.view.screen.matters] == ["loan-unsecured", "loan-unknown"]

    story(tell)


def test_staff_are_here_or_not() -> None:
    async def tell(staff: Staff) -> None:
        assert not staff.room.open
        await staff.comes()
        assert staff.room.open, "also in front of the pad"
        await staff.types_pin(PIN)
        await staff.press(StaffDo.LEAVE)
        assert not staff.room.open

    story(tell)
