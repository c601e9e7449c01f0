"""The window, from outside: views go in, pictures and intents come out."""

from dataclasses import replace

import pytest
from PIL import Image

from kiosk.circulation.intents import Digit, Do, Hold, Language, Pressed, Renew
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Untrusted
from kiosk.circulation.views import Message, Notice, SeeStaffView, Theme, Weight
from kiosk.screens.examples import EXAMPLES, example
from kiosk.screens.scene import Origin, Role

NO_ISOLATES = str.maketrans("", "", "\u2068\u2069")

TAB, ENTER, BACKSPACE, ESCAPE, F1 = 9, 13, 8, 27, 282
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
    kiosk.type(" ")
    kiosk.wait(lambda: kiosk.sent)
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


def focus_on(kiosk, key):
    while kiosk.window.drawn().focus != key:
        kiosk.key(TAB)


@pytest.mark.parametrize("name", ["loan-refused", "return", "attract", "see-staff", "farewell-print", "pin"])
@pytest.mark.parametrize("code", ["30001", "A 30 001", " 30001", "1 2"])
def test_a_scan_presses_nothing_even_where_a_button_has_the_focus(kiosk, name, code):
    kiosk.show(example(name))
    buttons = [each.key for each in kiosk.window.drawn().controls if each.role is Role.BUTTON]
    focus_on(kiosk, buttons[-1])
    kiosk.type(code)
    kiosk.key(ENTER)
    # Some scanners send CR and LF.
    kiosk.key(ENTER)
    kiosk.rest()
    assert (kiosk.scanned, kiosk.sent) == ([code], [])
    assert kiosk.window.drawn().focus == buttons[-1]


def test_a_scan_that_ends_with_a_tab_does_not_move_the_focus(kiosk):
    kiosk.show(example("loan-refused"))
    focus_on(kiosk, "finish")
    kiosk.type("30001")
    kiosk.key(TAB)
    assert kiosk.scanned == ["30001"]
    assert kiosk.window.drawn().focus == "finish"


def test_a_scan_that_is_cut_short_says_nothing(kiosk):
    kiosk.show(example("pin"))
    kiosk.type("3000")
    kiosk.rest()
    assert (kiosk.scanned, kiosk.sent) == ([], [])


def test_a_persons_digit_becomes_the_pin_after_a_moment_and_before_what_is_deleted(kiosk):
    view = kiosk.show(example("pin"))
    kiosk.type("7")
    kiosk.wait(lambda: kiosk.sent)
    kiosk.type("8")
    kiosk.key(BACKSPACE)
    assert kiosk.sent == [Pressed(view.session, 1, each) for each in (Digit("7"), Digit("8"), Do.DELETE)]


# ---- returns, receipts, renewals ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "control", "intent"),
    [
        ("attract", "return", Do.RETURN),
        ("attract-return-only", "return", Do.RETURN),
        ("farewell-print", "print", Do.PRINT),
        ("farewell-return-print", "print", Do.PRINT),
        ("ask-renewal", "yes", Do.YES),
        ("ask-renewal", "no", Do.NO),
        ("return", "finish", Do.FINISH),
        ("farewell-failed", "done", Do.FINISH),
        ("loan-renew", "renew-30021", Renew("30021")),
        ("loan-hold", "hold-30040", Hold("30040")),
        ("loan-payable-empty", "pay", Do.PAY),
        ("loan-payable-one", "pay", Do.PAY),
        ("ask-fee", "yes", Do.YES),
        ("ask-fee", "no", Do.NO),
        ("ask-hold", "yes", Do.YES),
        ("ask-hold", "no", Do.NO),
        ("ask-payment", "yes", Do.YES),
        ("ask-payment", "no", Do.NO),
    ],
)
def test_what_can_be_pressed_says_what_is_wanted(kiosk, name, control, intent):
    kiosk.show(example(name))
    if control not in {each.key for each in kiosk.window.drawn().controls}:
        kiosk.touch("page-up")
    kiosk.touch(control)
    assert [pressed.intent for pressed in kiosk.sent] == [intent]


def test_while_the_terminal_is_at_it_nothing_can_be_pressed_but_the_header(kiosk):
    for name, words in (("paying", "Please follow the card terminal"), ("paying-booking", "Please wait")):
        kiosk.show(example(name))
        drawn = kiosk.window.drawn()
        buttons = {each.key for each in drawn.controls if each.role is Role.BUTTON}
        assert buttons == {"text-size", "contrast", "language", "help"}
        said = next(each.spoken for each in drawn.controls if each.key == "heading")
        assert words in said
        assert "12.40" in said
        assert drawn.modal == "paying"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ask-fee", "Borrowing this costs €2.50. Borrow it? Der Krieg der Knöpfe"),
        ("ask-fee-long", "Borrowing this costs 12,500.00. Borrow it?"),
        ("ask-payment", "Pay €12.40 now?"),
        ("ask-hold", "Keep this book for you? The Orchard Keepers"),
    ],
)
def test_a_question_is_asked_with_all_that_it_is_about(kiosk, name, said):
    kiosk.show(example(name))
    heading = next(each for each in kiosk.window.drawn().controls if each.key == "heading")
    assert heading.spoken.translate(NO_ISOLATES).startswith(said)


@pytest.mark.parametrize("name", ["loan-payable", "loan-payable-one", "loan-paid", "loan-not-paid"])
def test_how_much_somebody_owes_is_not_for_neighbours(kiosk, name):
    kiosk.show(example(name))
    drawn = kiosk.window.drawn()
    assert not any("12" in text.text and "40" in text.text for text in drawn.texts)
    assert not any("12.40" in each.spoken for each in drawn.controls)


def test_fees_are_paid_below_the_pad_or_after_the_last_book(kiosk):
    kiosk.show(example("loan-payable"))

    def there():
        return "pay" in {each.key for each in kiosk.window.drawn().controls}

    # the page follows the latest change, which here is the last of the list
    assert there()
    kiosk.touch("page-up")
    assert not there()
    kiosk.touch("page-down")
    kiosk.touch("pay")
    assert [pressed.intent for pressed in kiosk.sent] == [Do.PAY]


def test_what_is_kept_says_where_it_will_wait(kiosk):
    kiosk.show(example("loan-held"))
    rows = {each.key: each.spoken for each in kiosk.window.drawn().controls if each.role is Role.ROW}
    assert "It will wait for you: Fernhollow Branch Library" in rows["row-30004"].translate(NO_ISOLATES)
    assert "It is reserved for you." in rows["row-30041"]
    texts = {text.text.translate(NO_ISOLATES): text.origin for text in kiosk.window.drawn().texts}
    assert texts["It will wait for you: Fernhollow Branch Library."] is Origin.DATA


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("farewell-paid", "€12.40 paid."),
        ("farewell-paid-only", "€12.40 paid."),
        ("farewell-pending", "Payment of €12.40 pending. Please keep the receipt, staff will check."),
        ("farewell-pending-alone", "Payment of €12.40 pending. Staff will check it."),
        ("farewell-pending-failed", "Payment of €12.40 pending. Staff will check it."),
    ],
)
def test_what_became_of_a_payment_is_said_at_the_end(kiosk, name, said):
    kiosk.show(example(name))
    heading = next(each for each in kiosk.window.drawn().controls if each.key == "heading")
    assert said in heading.spoken.translate(NO_ISOLATES)
    assert "Nothing was borrowed" not in heading.spoken


def test_a_receipt_on_the_screen_has_the_payment_too(kiosk):
    kiosk.show(example("farewell-pending-failed"))
    lines = [each.spoken for each in kiosk.window.drawn().controls if each.key == "row-payment"]
    assert [line.translate(NO_ISOLATES) for line in lines] == [
        "Payment pending. €12.40 · Payment number: T-0042-118."
    ]


def test_there_is_no_return_where_the_kiosk_takes_none_back(kiosk):
    kiosk.show(example("attract-loans-only"))
    assert "return" not in {control.key for control in kiosk.window.drawn().controls}


def test_each_returned_book_says_where_it_goes(kiosk):
    kiosk.show(example("return"))
    kiosk.touch("page-up")
    drawn = kiosk.window.drawn()
    said = {row.key: {text.text for text in drawn.texts if text.row == row.key} for row in drawn.rows}
    assert said["30004"] >= {"Someone is waiting for it.", "Returned", "2"}
    assert said["30027"] >= {"It goes to another library.", "Returned", "3"}
    assert said["39999"] >= {"We do not know this book.", "Not returned"}
    spoken = {control.key: control.spoken for control in drawn.controls}
    assert "Bin \u20682\u2069" in spoken["row-30004"]
    assert "To staff" in spoken["row-39999"]


def test_where_it_goes_is_data(kiosk):
    kiosk.show(example("return-page"))
    kiosk.touch("page-up")
    origins = {text.text: text.origin for text in kiosk.window.drawn().texts if text.row == "30046"}
    assert origins["It goes to \u2068Fernhollow\u2069."] is Origin.DATA
    assert origins["A 12"] is Origin.DATA


def test_a_receipt_that_could_not_be_printed_stands_on_the_screen(kiosk):
    kiosk.show(example("farewell-return-failed"))
    texts = {text.text for text in kiosk.window.drawn().texts}
    assert {"The Orchard Keepers", "The printer does not work right now."} <= texts
    kiosk.show(example("farewell-return-print"))
    assert "The Orchard Keepers" not in {text.text for text in kiosk.window.drawn().texts}


def test_done_says_that_there_is_no_receipt_only_while_one_is_offered(kiosk):
    for name, label in (
        ("farewell", "Done"),
        ("farewell-print", "Done, no receipt"),
        ("farewell-printing", "Done"),
        ("farewell-unproven", "Done"),
    ):
        kiosk.show(example(name))
        assert next(each.name for each in kiosk.window.drawn().controls if each.key == "done") == label


def test_a_return_asks_to_put_the_book_back_in_words_of_its_own(kiosk):
    kiosk.show(example("return-put-back"))
    texts = " ".join(text.text for text in kiosk.window.drawn().texts)
    assert "Keep it here until it says Returned." in texts
    assert "lent" not in texts


# ---- staff ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["attract", "attract-return-only", "cannot-lend"])
def test_five_presses_on_the_mark_are_for_staff(kiosk, name):
    view = kiosk.show(example(name))
    assert kiosk.window.drawn().controls[-1].key == "mark"
    assert kiosk.window.drawn().controls[-1].spoken == "For staff"
    for _ in range(4):
        kiosk.touch("mark")
    assert kiosk.sent == []
    kiosk.touch("mark")
    assert kiosk.sent == [Pressed(view.session, 1, Do.STAFF)]


def test_another_press_between_them_begins_anew(kiosk):
    kiosk.show(example("attract"))
    for control in ("mark", "mark", "mark", "mark", "contrast", "mark"):
        kiosk.touch(control)
    assert [pressed.intent for pressed in kiosk.sent] == [Do.CONTRAST]


def test_five_times_ok_on_the_mark_are_for_staff(kiosk):
    kiosk.show(example("attract"))
    focus_on(kiosk, "mark")
    for _ in range(5):
        kiosk.key(ENTER)
    assert [pressed.intent for pressed in kiosk.sent] == [Do.STAFF]


def test_the_mark_does_not_look_like_something_to_press(kiosk, picture):
    kiosk.show(example("attract"))
    kiosk.window.grab(picture)
    before = picture.read_bytes()
    kiosk.finger("down", "mark")
    kiosk.window.pump()
    kiosk.window.grab(picture)
    assert picture.read_bytes() == before
    kiosk.finger("up", "mark")


@pytest.mark.parametrize("name", ["loan", "return", "pin", "farewell", "see-staff", "put-back", "staff"])
def test_patrons_have_no_door_to_maintenance(kiosk, name):
    kiosk.show(example(name))
    assert "mark" not in {control.key for control in kiosk.window.drawn().controls}


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
