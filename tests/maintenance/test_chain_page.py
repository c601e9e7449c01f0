"""*Test the chain*: what comes in is shown, for a minute, and to nobody else."""

import asyncio
import dataclasses

from kiosk.circulation.values import Condition, Device
from kiosk.maintenance.intents import GoTo, StaffDo
from kiosk.maintenance.views import Came, ChainEnd, ChainFact, ChainFound, ChainScreen, ChainStage, Page
from tests.maintenance.staff_story import Arriving, Staff, story

CARD = ChainFound(
    Came.CARD,
    (ChainFact("text", "K21000001"),),
    (ChainEnd("patron", "text", (ChainStage("strip-prefix:K", "21000001"),), "21000001"),),
)
CODE = ChainFound(Came.CODE, (ChainFact("code", "7"),), (ChainEnd("patron", "code", why="refused"),))


def shown(staff: Staff) -> ChainFound | None:
    assert isinstance(staff.view.screen, ChainScreen)
    return staff.view.screen.found


def test_what_came_in_last_is_shown_for_a_minute() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.press(GoTo(Page.CHAIN))
        assert shown(staff) is None
        staff.arriving.comes(CARD)
        assert shown(staff) == CARD
        await asyncio.sleep(40)
        staff.arriving.comes(CODE)
        await asyncio.sleep(59)
        assert shown(staff) == CODE
        await asyncio.sleep(2)
        assert shown(staff) is None

    story(tell)


def test_it_is_forgotten_when_staff_say_so_and_when_they_go_to_another_page() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.press(GoTo(Page.CHAIN))
        staff.arriving.comes(CARD)
        await staff.press(StaffDo.FORGET)
        assert shown(staff) is None
        staff.arriving.comes(CARD)
        assert shown(staff) == CARD, "the next one is shown all the same"
        await staff.press(GoTo(Page.OVERVIEW))
        assert staff.arriving.told is None, "nobody listens any more"
        await staff.press(GoTo(Page.CHAIN))
        assert shown(staff) is None

    story(tell)


def test_nothing_of_it_is_there_for_whoever_comes_next() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.press(GoTo(Page.CHAIN))
        staff.arriving.comes(CARD)
        await staff.press(StaffDo.LEAVE)
        assert staff.sees_nothing
        assert staff.arriving.told is None
        await staff.comes_in()
        await staff.press(GoTo(Page.CHAIN))
        assert shown(staff) is None

    story(tell)


def test_what_is_late_falls_through() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.press(GoTo(Page.CHAIN))
        late = staff.arriving.told
        assert late is not None
        await staff.press(GoTo(Page.OVERVIEW), GoTo(Page.CHAIN))
        late(CARD)
        assert shown(staff) is None

    story(tell)


def test_cards_are_a_sign_of_life() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.press(GoTo(Page.CHAIN))
        for _ in range(6):
            await asyncio.sleep(50)
            staff.arriving.comes(CODE)
        assert shown(staff) == CODE
        await asyncio.sleep(200)
        assert staff.sees_nothing

    story(tell)


def test_a_kiosk_that_was_set_up_anew_is_listened_to_and_the_old_one_no_more() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.press(GoTo(Page.CHAIN))
        staff.arriving.comes(CARD)
        other = Arriving()
        staff.room.attach(dataclasses.replace(staff.around, chain=other))
        assert staff.arriving.told is None
        assert shown(staff) is None, "by the rules of before"
        other.comes(CODE)
        assert shown(staff) == CODE
        await asyncio.sleep(1)

    story(tell)


def test_no_number_stands_in_what_a_fault_would_print() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.press(GoTo(Page.CHAIN))
        staff.arriving.comes(CARD)
        staff.says(Device.PAD, Condition.READY)
        assert "21000001" not in repr(staff.view)

    story(tell)
