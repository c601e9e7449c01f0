"""The window, from outside: views go in, pictures and intents come out."""

from dataclasses import replace

import pytest
from PIL import Image

from kiosk.circulation.intents import Digit, Do, Language, Pressed
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Untrusted
from kiosk.circulation.views import Message, Notice, SeeStaffView, Theme, Weight
from kiosk.screens.examples import EXAMPLES, example
from kiosk.screens.scene import Origin, Role

TAB, ENTER, SPACE, BACKSPACE, ESCAPE, F1 = 9, 13, 32, 8, 27, 282
UP, DOWN, RIGHT, LEFT = 273, 274, 275, 276


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_screen_is_drawn_and_tells_what_it_shows(kiosk, name):
    view = kiosk.show(example(name))
    drawn = kiosk.window.drawn()
    assert kiosk.drawn[-1][0] == view
    assert drawn.texts
    keys = [control.key for control in drawn.controls]
    assert len(keys) == len(set(keys))
    assert all(control.name and control.spoken for control in drawn.controls)
    assert "help" in keys


def test_a_picture_has_the_size_of_the_window_and_the_colours_of_the_theme(kiosk, picture):
    for theme, paper in (
        (Theme.LIGHT, (246, 241, 231)),
        (Theme.DARK, (27, 24, 20)),
        (Theme.CONTRAST, (0, 0, 0)),
    ):
        kiosk.show(example("loan-refused", theme=theme))
        kiosk.window.grab(picture)
        with Image.open(picture) as image:
            assert image.size == (800, 480)
            assert image.getpixel((400, 340)) == paper


def test_only_the_latest_of_several_views_is_drawn(kiosk):
    first, second = (
        replace(example(name), session=900, revision=at) for at, name in enumerate(["wait", "pin"])
    )
    kiosk.window.show(first)
    kiosk.window.show(second)
    kiosk.window.pump()
    assert [view for view, _, _ in kiosk.drawn] == [second]


def test_what_is_drawn_says_who_wrote_it(kiosk):
    kiosk.show(example("loan-note"))
    origins = {text.text: text.origin for text in kiosk.window.drawn().texts}
    assert origins["The Orchard Keepers"] is Origin.DATA
    assert origins["Anna K."] is Origin.DATA
    assert origins["Not borrowed"] is Origin.OURS
    kiosk.show(example("see-staff-note"))
    origins = {text.text: text.origin for text in kiosk.window.drawn().texts}
    assert origins["Please contact branch office 3."] is Origin.UNTRUSTED


@pytest.mark.parametrize("reason", [Reason.PATRON_BLOCKED, Reason.CARD_LOST])
def test_what_the_ils_wrote_of_a_blocked_patron_is_not_for_neighbours(kiosk, reason):
    note = Untrusted("You owe 12.40")
    view = example("see-staff")
    kiosk.show(replace(view, screen=SeeStaffView(reason, note, 24, 30)))
    assert Origin.UNTRUSTED not in {text.origin for text in kiosk.window.drawn().texts}
    assert not any("12.40" in each.spoken for each in kiosk.window.drawn().controls)
    lent = example("loan-note")
    message = Message(Weight.REFUSAL, Notice.LEAVE_HERE, 1, reason, note)
    kiosk.show(replace(lent, screen=replace(lent.screen, message=message)))
    assert not any("12.40" in text.text for text in kiosk.window.drawn().texts)


def test_call_staff_promises_nobody(kiosk):
    """Nothing listens to the call yet."""
    for name in ("help-called", "put-back-called"):
        kiosk.show(example(name))
        assert "Please ask staff" in {text.text for text in kiosk.window.drawn().texts}


def test_rows_tell_their_item_state_and_texts(kiosk):
    kiosk.show(example("loan-refused"))
    drawn = kiosk.window.drawn()
    orchard = drawn.rows[0]
    assert (orchard.barcode, orchard.state, orchard.reason) == ("30004", "refused", "on-hold")
    assert {text.text for text in drawn.texts if text.row == orchard.key} >= {
        "The Orchard Keepers",
        "Someone is waiting for it.",
        "Not borrowed",
        "Leave it here",
    }


# ---- fingers --------------------------------------------------------------------------------


def test_a_touch_sends_the_intent_with_the_view_that_the_finger_saw(kiosk):
    view = kiosk.show(example("loan"), revision=4)
    kiosk.finger("down", "finish")
    kiosk.show(example("loan-closing"), session=view.session, revision=5)
    kiosk.show(example("loan"), session=view.session, revision=6)
    kiosk.finger("up", "finish")
    assert kiosk.sent == [Pressed(view.session, 4, Do.FINISH)]


def test_a_finger_that_slides_off_does_nothing(kiosk):
    kiosk.show(example("pin"))
    kiosk.touch("digit-1", lift_over="digit-2")
    assert kiosk.sent == []


def test_a_finger_that_came_down_in_one_session_does_nothing_in_the_next(kiosk):
    kiosk.show(example("loan"))
    kiosk.finger("down", "finish")
    kiosk.show(example("loan"))
    kiosk.finger("up", "finish")
    assert kiosk.sent == []


def test_finish_struck_twice_counts_once_and_a_digit_twice(kiosk):
    view = kiosk.show(example("loan"))
    kiosk.touch("finish")
    kiosk.touch("finish")
    assert kiosk.sent == [Pressed(view.session, 1, Do.FINISH)]
    kiosk.sent.clear()
    view = kiosk.show(example("pin"))
    kiosk.touch("digit-1")
    kiosk.touch("digit-1")
    assert [pressed.intent for pressed in kiosk.sent] == [Digit("1"), Digit("1")]


def test_languages_are_chosen_on_the_first_screen(kiosk):
    kiosk.show(example("attract"))
    kiosk.touch("language-ar")
    assert [pressed.intent for pressed in kiosk.sent] == [Language("ar")]


def test_behind_a_modal_nothing_can_be_touched_but_the_header(kiosk):
    kiosk.show(example("put-back"))
    touchable = {each.key for each in kiosk.window.drawn().controls if each.role is Role.BUTTON}
    assert touchable == {"text-size", "contrast", "language", "help", "call-staff"}


def test_the_pager_turns_the_page_and_follows_what_changed(kiosk):
    kiosk.show(example("loan-long"))
    shown = [row.key for row in kiosk.window.drawn().rows]
    assert "30055" in shown
    kiosk.touch("page-up")
    before = [row.key for row in kiosk.window.drawn().rows]
    assert before != shown
    assert kiosk.sent == []


# ---- five keys ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_five_keys_reach_every_control_and_nothing_else(kiosk, name, language):
    kiosk.show(example(name, language=language))
    wanted = [control.key for control in kiosk.window.drawn().controls]
    reached = []
    for _ in wanted:
        kiosk.key(TAB)
        reached.append(kiosk.window.drawn().focus)
    assert sorted(reached) == sorted(wanted)
    kiosk.key(TAB)
    assert kiosk.window.drawn().focus == reached[0]
    kiosk.key(TAB, "shift")
    assert kiosk.window.drawn().focus == reached[-1]


def test_ok_presses_what_has_the_focus(kiosk):
    kiosk.show(example("loan-refused"))
    while kiosk.window.drawn().focus != "finish":
        kiosk.key(TAB)
    kiosk.key(SPACE)
    assert [pressed.intent for pressed in kiosk.sent] == [Do.FINISH]


def test_enter_is_ok_too(kiosk):
    kiosk.show(example("see-staff"))
    while kiosk.window.drawn().focus != "call-staff":
        kiosk.key(TAB)
    kiosk.key(ENTER)
    assert [pressed.intent for pressed in kiosk.sent] == [Do.CALL_STAFF]


def test_arrows_go_where_they_point(kiosk):
    kiosk.show(example("pin"))
    while kiosk.window.drawn().focus != "digit-5":
        kiosk.key(TAB)
    for arrow, there in ((UP, "digit-2"), (DOWN, "digit-5"), (DOWN, "digit-8"), (RIGHT, "digit-9")):
        kiosk.key(arrow)
        assert kiosk.window.drawn().focus == there


def test_the_focus_goes_to_a_modal_when_it_opens_and_away_with_the_session(kiosk):
    view = kiosk.show(example("loan"))
    kiosk.key(TAB)
    kiosk.show(example("still-there"), session=view.session, revision=2)
    assert kiosk.window.drawn().focus == "heading"
    kiosk.show(example("attract"))
    assert kiosk.window.drawn().focus is None


def test_the_focus_ring_is_seen(kiosk, picture):
    kiosk.show(example("loan-refused"))
    while kiosk.window.drawn().focus != "finish":
        kiosk.key(TAB)
    kiosk.window.grab(picture)
    x, y, w, _ = kiosk.box("finish")
    with Image.open(picture) as image:
        assert image.getpixel((int(x + w / 2), int(y) - 5)) == (35, 29, 22)
        assert image.getpixel((int(x + w / 2), int(y) - 1)) == (242, 180, 65)


# ---- typing ---------------------------------------------------------------------------------


def test_a_scanner_types_a_code(kiosk):
    kiosk.show(example("attract"))
    kiosk.type("21000001")
    kiosk.key(ENTER)
    assert kiosk.scanned == ["21000001"]
    assert kiosk.sent == []


def test_digits_of_a_keyboard_become_the_pin_and_a_scan_does_not(kiosk):
    view = kiosk.show(example("pin"))
    kiosk.type("30001")
    kiosk.key(ENTER)
    assert kiosk.scanned == ["30001"]
    assert kiosk.sent == []
    kiosk.key(BACKSPACE)
    kiosk.key(ENTER)
    assert kiosk.sent == [Pressed(view.session, 1, Do.DELETE), Pressed(view.session, 1, Do.CONTINUE)]


def test_what_is_typed_is_never_drawn(kiosk):
    kiosk.show(example("pin"))
    kiosk.type("9876543")
    assert not any("9876543" in text.text for text in kiosk.window.drawn().texts)
    kiosk.key(ENTER)


# ---- Kivy's back doors ----------------------------------------------------------------------


def test_escape_f1_and_the_other_function_keys_do_nothing(kiosk):
    from kivy.base import EventLoop
    from kivy.core.window import Window

    kiosk.show(example("attract"))
    before = list(Window.children)
    for key in (ESCAPE, *range(F1, F1 + 12)):
        kiosk.key(key)
        Window.dispatch("on_keyboard", key, 0, "", [])
    kiosk.window.pump()
    assert EventLoop.status != "closed"
    assert not EventLoop.quit
    assert list(Window.children) == before
    assert kiosk.sent == []


def test_there_is_no_app_whose_settings_could_be_opened():
    from kivy.app import App

    assert App.get_running_app() is None


def test_kivy_is_set_up_shut():
    import os

    from kivy.config import Config

    assert Config.getboolean("kivy", "exit_on_escape") is False
    assert Config.options("modules") == []
    assert Config.items("input") == [("mouse", "mouse,disable_multitouch")]
    assert Config.get("graphics", "multisamples") == "0"
    assert os.environ["KIVY_NO_ARGS"] == os.environ["KIVY_NO_CONFIG"] == os.environ["KIVY_NO_FILELOG"] == "1"
