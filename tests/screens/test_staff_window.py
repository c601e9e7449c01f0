"""The maintenance screen's side of the window: its views cover the patron's, and what is typed goes to it.
What it looks like is not asked here: a scene of three buttons stands for it."""

from dataclasses import replace

import pytest

from kiosk.circulation.intents import Do, Pressed
from kiosk.circulation.views import Theme
from kiosk.maintenance.intents import GoTo, StaffDo, StaffPressed, TypeText
from kiosk.maintenance.views import (
    FieldKind,
    FieldView,
    FormScreen,
    MaintenanceView,
    OverviewScreen,
    Page,
    PinPurpose,
    PinScreen,
)
from kiosk.screens.examples import example
from kiosk.screens.scene import Foreign, Scene
from kiosk.screens.stage import Stage
from kiosk.screens.widgets.button import button

TAB, ENTER, BACKSPACE = 9, 13, 8

OVERVIEW = MaintenanceView(
    7, Page.OVERVIEW, "Kiosk 2", "1.0", "en", ("en", "ar"), 100, Theme.LIGHT, 0, OverviewScreen((), 0)
)
PIN = replace(OVERVIEW, screen=PinScreen(PinPurpose.ENTER, 0))
FIELD = FieldView("ils.host", FieldKind.TEXT, "ils.example.org", editing=True)
EDITING = replace(OVERVIEW, page=Page.ILS, screen=FormScreen((FIELD,), None, False, False, False))


def draw(stage: Stage, view: MaintenanceView) -> Scene:
    for at, (key, act) in enumerate(
        (("leave", StaffDo.LEAVE), ("matters", GoTo(Page.MATTERS)), ("delete", StaffDo.DELETE))
    ):
        repeats = act is StaffDo.DELETE
        button(stage, key, (20 + 200 * at, 100, 180, 104), key.title(), Foreign(act, repeats))
    return stage.scene(f"maintenance-{view.page.value}", None)


@pytest.fixture
def staff(kiosk):
    kiosk.compose_staff = draw
    kiosk.show(example("staff"))

    def show(view):
        kiosk.window.show_staff(view)
        kiosk.window.pump()
        return kiosk

    return show


def intents(kiosk):
    return [pressed.intent for pressed in kiosk.sent_to_staff]


def test_it_covers_the_patrons_screen_until_it_is_closed(staff):
    kiosk = staff(OVERVIEW)
    assert kiosk.window.drawn().screen == "maintenance-overview"
    assert [view for view, _, _ in kiosk.staff_drawn] == [OVERVIEW]
    kiosk.drawn.clear()
    kiosk.show(example("attract"))
    assert kiosk.window.drawn().screen == "maintenance-overview"
    assert kiosk.drawn == []
    staff(None)
    assert kiosk.window.drawn().screen == "attract"
    assert len(kiosk.drawn) == 1


def test_a_press_carries_the_revision_that_the_finger_saw(staff):
    kiosk = staff(OVERVIEW)
    kiosk.finger("down", "matters")
    staff(replace(OVERVIEW, revision=8))
    kiosk.finger("up", "matters")
    assert kiosk.sent_to_staff == [StaffPressed(7, GoTo(Page.MATTERS))]
    assert kiosk.sent == []


def test_a_finger_and_a_focus_do_not_outlive_the_screen(staff):
    kiosk = staff(OVERVIEW)
    kiosk.key(TAB)
    kiosk.finger("down", "leave")
    staff(None)
    assert kiosk.window.drawn().focus is None
    kiosk.window.show_staff(OVERVIEW)
    kiosk.window.pump()
    kiosk.finger("up", "leave")
    assert kiosk.sent_to_staff == []


def test_keys_of_a_keypad_may_repeat(staff):
    kiosk = staff(PIN)
    kiosk.touch("delete")
    kiosk.touch("delete")
    assert intents(kiosk) == [StaffDo.DELETE, StaffDo.DELETE]


def test_a_persons_digits_go_to_the_pin(staff):
    kiosk = staff(PIN)
    kiosk.type("4")
    kiosk.wait(lambda: kiosk.sent_to_staff)
    kiosk.type("x")
    kiosk.rest()
    kiosk.key(BACKSPACE)
    kiosk.key(ENTER)
    assert intents(kiosk) == [TypeText("4"), StaffDo.DELETE, StaffDo.CONTINUE]
    assert kiosk.sent == []


def test_a_persons_characters_go_to_the_field(staff):
    kiosk = staff(EDITING)
    for character in "s 2":
        kiosk.type(character)
        kiosk.rest()
    kiosk.key(BACKSPACE)
    kiosk.key(ENTER)
    assert intents(kiosk) == [
        TypeText("s"),
        TypeText(" "),
        TypeText("2"),
        StaffDo.DELETE,
        StaffDo.CLOSE_FIELD,
    ]


@pytest.mark.parametrize("view", [PIN, EDITING, OVERVIEW])
@pytest.mark.parametrize("focused", [False, True])
def test_a_scan_reaches_neither_the_pin_nor_a_field_nor_a_button(staff, view, focused):
    kiosk = staff(view)
    if focused:
        kiosk.key(TAB)
    kiosk.type("3000 1")
    kiosk.key(ENTER)
    kiosk.key(ENTER)
    kiosk.rest()
    assert kiosk.scanned == ["3000 1"]
    assert (kiosk.sent, kiosk.sent_to_staff) == ([], [])


@pytest.mark.parametrize("view", [PIN, EDITING])
def test_a_scan_that_is_cut_short_reaches_nothing(staff, view):
    kiosk = staff(view)
    kiosk.type("30001")
    kiosk.rest()
    assert (kiosk.scanned, kiosk.sent_to_staff) == ([], [])


def test_what_was_begun_for_staff_never_reaches_the_patrons_screen(staff):
    kiosk = staff(PIN)
    kiosk.type("4")
    staff(None)
    view = kiosk.show(example("pin"))
    kiosk.rest()
    assert kiosk.sent == []
    kiosk.type("5")
    kiosk.wait(lambda: kiosk.sent)
    kiosk.key(ENTER)
    assert kiosk.sent[-1] == Pressed(view.session, 1, Do.CONTINUE)


def test_nothing_that_is_typed_is_drawn_by_the_window_itself(staff):
    kiosk = staff(PIN)
    kiosk.type("4711")
    assert not any("4711" in text.text for text in kiosk.window.drawn().texts)
