"""The staff PIN: chosen, typed, mistyped, and kept."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from kiosk.circulation.values import Device
from kiosk.maintenance import FilePinStore
from kiosk.maintenance.intents import GoTo, StaffDo, StaffPressed, Test, TypeText
from kiosk.maintenance.pin import Lock, PinBroken, hash_pin, is_right, is_weak
from kiosk.maintenance.views import Page, PinPurpose
from tests.maintenance.staff_story import PIN, Pins, Staff, story


def test_the_right_pin_opens_the_overview() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes()
        assert staff.pad.purpose is PinPurpose.ENTER
        await staff.press(TypeText("4"), TypeText("7"))
        assert staff.pad.typed == 2
        await staff.press(StaffDo.DELETE)
        assert staff.pad.typed == 1
        await staff.types_pin(PIN[1:])
        assert staff.overview.cards

    story(tell)


def test_a_short_pin_is_not_looked_at() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes()
        await staff.types_pin("471")
        assert staff.pad.typed == 3
        assert not staff.pad.wrong

    story(tell)


def test_a_wrong_pin_is_said_and_forgotten() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes()
        await staff.types_pin("4712")
        assert (staff.pad.wrong, staff.pad.typed) == (True, 0)
        await staff.press(TypeText("4"))
        assert not staff.pad.wrong
        await staff.types_pin(PIN[1:])
        assert staff.overview

    story(tell)


def test_after_too_many_tries_the_pad_is_locked_twice_as_long_each_time() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes()
        for seconds in (30, 60, 120):
            for _ in range(3):
                await staff.types_pin("4712")
            assert seconds - 2 <= staff.pad.wait_s <= seconds
            await staff.types_pin(PIN)
            assert staff.pad.wait_s, "not even the right one, while it is locked"
            assert staff.pad.typed == 0
            seen = len(staff.views)
            for _ in range(seconds // 5 + 1):
                await asyncio.sleep(5)
                if staff.pad.wait_s:
                    await staff.press(StaffDo.CONTRAST, wait=0)  # a sign of life
            assert staff.pad.wait_s == 0
            assert len(staff.views) - seen >= seconds - 2, "each second is counted down"
        await staff.types_pin(PIN)
        assert staff.overview

    story(tell, pin_tries=3)


def test_leaving_and_coming_back_does_not_unlock_the_pad() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes()
        for _ in range(3):
            await staff.types_pin("4712")
        await staff.press(StaffDo.LEAVE)
        assert staff.sees_nothing
        await staff.comes()
        assert staff.pad.wait_s > 20

    story(tell, pin_tries=3)


def test_the_lock_never_takes_more_than_an_hour() -> None:
    lock = Lock()
    for _ in range(500):
        lock = lock.wrong_at(0.0, 1, 30.0)
    assert lock.wait(0.0) == 3600.0
    assert lock.wait(3600.0) == 0.0


def test_while_there_is_no_pin_one_is_chosen_twice() -> None:
    async def tell(staff: Staff) -> None:
        assert await staff.room.needs_pin()
        await staff.comes()
        assert staff.pad.purpose is PinPurpose.CHOOSE
        await staff.types_pin("1234")
        assert staff.pad.weak
        await staff.types_pin(PIN)
        assert (staff.pad.purpose, staff.pad.weak) == (PinPurpose.REPEAT, False)
        await staff.types_pin("4712")
        assert (staff.pad.purpose, staff.pad.wrong) == (PinPurpose.CHOOSE, True)
        await staff.types_pin(PIN)
        await staff.types_pin(PIN)
        assert staff.overview
        assert not await staff.room.needs_pin()

    staff = story(tell, Pins())
    assert staff.pins.hashed is not None
    assert staff.pins.hashed.startswith("$argon2id$")
    assert PIN not in staff.pins.hashed


def test_a_pin_that_cannot_be_kept_is_not_one() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes()
        staff.pins.broken = OSError(30, "Read-only file system", "staff.pin")
        await staff.types_pin(PIN)
        await staff.types_pin(PIN)
        assert staff.pad.purpose is PinPurpose.CHOOSE
        assert staff.pad.problem == "staff.pin: Read-only file system"

    story(tell, Pins())


@pytest.mark.parametrize("pins", [Pins(broken=OSError(13, "Permission denied")), Pins("rubbish"), Pins("")])
def test_a_pin_file_that_cannot_be_used_opens_nothing(pins: Pins) -> None:
    async def tell(staff: Staff) -> None:
        assert not await staff.room.needs_pin()
        await staff.comes()
        assert staff.pad.purpose is PinPurpose.ENTER
        await staff.types_pin(PIN)
        assert staff.pad.problem
        await staff.types_pin(PIN)
        assert staff.pad.typed == 0
        await staff.press(StaffDo.LEAVE)
        assert staff.left == 1

    story(tell, pins)


def test_in_front_of_the_pad_nothing_else_can_be_done() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes()
        await staff.press(GoTo(Page.ILS), Test(Device.GATE), StaffDo.TEST_ALL, StaffDo.KEEP)
        assert staff.pad
        assert staff.bench.tested == []

    story(tell)


def test_no_pin_shows_in_what_is_written_for_developers() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes()
        await staff.press(*(TypeText(digit) for digit in PIN))
        assert PIN not in repr(vars(staff.room))

    story(tell)


def test_a_press_from_before_the_screen_is_dropped() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes()
        on_the_pad = staff.view.revision
        await staff.types_pin(PIN)
        staff.room.press(StaffPressed(on_the_pad, StaffDo.LEAVE))
        assert staff.overview
        staff.room.press(StaffPressed(staff.view.revision, StaffDo.LEAVE))
        assert staff.sees_nothing

    story(tell)


# ---- what is too easy -----------------------------------------------------------------------


@pytest.mark.parametrize("pin", ["0000", "1111", "1234", "4321", "0123", "7890", "987654"])
def test_what_everybody_tries_first_is_refused(pin: str) -> None:
    assert is_weak(pin)


@pytest.mark.parametrize("pin", ["4711", "1212", "1235", "2580", "1357"])
def test_others_are_taken(pin: str) -> None:
    assert not is_weak(pin)


def test_a_hash_is_salted_and_tells_right_from_wrong() -> None:
    first, second = hash_pin(PIN), hash_pin(PIN)
    assert first != second
    assert is_right(first, PIN)
    assert not is_right(first, "4712")
    with pytest.raises(PinBroken):
        is_right("rubbish", PIN)


# ---- on the disk ----------------------------------------------------------------------------


def test_the_file_is_for_the_kiosk_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "staff.pin"
    store = FilePinStore(path)
    assert store.load() is None
    store.save("one")
    store.save("two")
    assert store.load() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["staff.pin"]


def test_a_draft_that_was_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "staff.pin"
    (tmp_path / ".staff.pin.new").symlink_to(tmp_path / "elsewhere")
    FilePinStore(path).save("one")
    assert path.read_text() == "one\n"
    assert not (tmp_path / "elsewhere").exists()


def test_what_cannot_be_read_is_no_missing_pin(tmp_path: Path) -> None:
    path = tmp_path / "staff.pin"
    path.mkdir()
    with pytest.raises(OSError, match=os.strerror(21)):
        FilePinStore(path).load()
