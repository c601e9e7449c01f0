"""The maintenance screens: their look in every state, and how they are walked by finger and by keys."""

import itertools
import string
from dataclasses import replace

import pytest

from kiosk.circulation.events import Moment
from kiosk.circulation.facts import DeviceNow, MatterClosed, StaffCame
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device, SagaId
from kiosk.circulation.views import TEXT_SIZES, Theme
from kiosk.maintenance import state as events
from kiosk.maintenance import support_code
from kiosk.maintenance.codes import NUMBERS
from kiosk.maintenance.intents import StaffDo, Test, TypeText
from kiosk.maintenance.show import view_of
from kiosk.maintenance.state import Setting, State
from kiosk.maintenance.step import step
from kiosk.maintenance.views import (
    DeviceCard,
    FieldKind,
    MattersScreen,
    MatterView,
    OverviewScreen,
    Page,
    TestState,
    TestStep,
)
from kiosk.screens.compose import Composer
from kiosk.screens.examples import example as patrons_view
from kiosk.screens.hands import Key
from kiosk.screens.maintenance import compose
from kiosk.screens.maintenance.examples import EXAMPLES, NOW, example
from kiosk.screens.maintenance.field import is_rtl
from kiosk.screens.maintenance.layouts import DIGITS, layout_of
from kiosk.screens.maintenance.sayings import LONGEST, plain
from kiosk.screens.scene import Foreign, Local, Origin, Role, Turn, texts
from kiosk.screens.theme import Metrics
from kiosk.typeset import Typesetter
from kiosk.words import Words, languages

LARGE, SMALL = (1280, 800), (800, 480)
TODAY = NOW.date()
TAB, ENTER, BACKSPACE = 9, 13, 8


@pytest.fixture(scope="module")
def composers(tmp_path_factory):
    typesetter = Typesetter(tmp_path_factory.mktemp("fonts"))
    words = {language: Words(language) for language in languages()}
    return {size: Composer(size, typesetter, words) for size in (LARGE, SMALL)}


def scene_of(composer, view, page=None):
    stage = composer.stage(view.theme, view.text_size, view.language, page)
    return compose(stage, view, TODAY)


@pytest.fixture(scope="module")
def pictures(composers):
    """Every example on both panels in every text size and language, all of its pages; every other one in
    high contrast, whose outlines are wider."""
    made = []
    for number, ((size, composer), text_size, language, name) in enumerate(
        itertools.product(composers.items(), TEXT_SIZES, languages(), EXAMPLES)
    ):
        theme = (Theme.LIGHT, Theme.CONTRAST)[number % 2]
        view = example(name, language=language, text_size=text_size, theme=theme)
        title = f"{name} {language} {text_size} % {size[0]}x{size[1]} {theme}"
        first = scene_of(composer, view, 0)
        scenes = [first, *(scene_of(composer, view, page) for page in range(1, first.pages))]
        made += [(f"{title} page {page}", size, scene) for page, scene in enumerate(scenes)]
    return made


def overlap(one, other):
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0.0, min(across, down))


def inside(inner, outer, slack=0.0):
    x, y, w, h = inner
    left, top, width, height = outer
    return (
        x >= left - slack
        and y >= top - slack
        and x + w <= left + width + slack
        and y + h <= top + height + slack
    )


def buttons(scene):
    return [control for control in scene.controls if control.role is Role.BUTTON]


# ---- geometry -------------------------------------------------------------------------------


def test_our_own_texts_are_never_cut_or_broken_inside_a_word(pictures):
    wrong = [
        f"{name}: {text.setting.text!r}"
        for name, _, scene in pictures
        for text in texts(scene.nodes)
        if not text.may_cut and (text.setting.cut or text.setting.split)
    ]
    assert not wrong, "\n".join(wrong)


def test_texts_stand_within_the_window_and_not_on_each_other(pictures):
    wrong = []
    for name, size, scene in pictures:
        found = texts(scene.nodes)
        wrong += [
            f"{name}: outside: {text.setting.text!r} {text.box}"
            for text in found
            if not inside(text.box, (0, 0, *size))
        ]
        wrong += [
            f"{name}: {one.setting.text!r} on {other.setting.text!r}"
            for one, other in itertools.combinations(found, 2)
            # Ink leaves room above and below itself in a line: 4 px of two boxes may touch.
            if overlap(one.box, other.box) > 4
        ]
    assert not wrong, "\n".join(wrong)


def test_targets_are_large_enough_and_apart(pictures):
    """12 mm, and the keyboard's keys as large as eleven of them can be."""
    wrong = []
    for name, size, scene in pictures:
        target = Metrics.of(size, 100).target
        keyboard = any(control.key == "done" for control in scene.controls)
        for control in buttons(scene):
            _, _, w, h = control.box
            least = target - (4 if keyboard else 0)
            if w < least or h < least:
                wrong.append(f"{name}: {control.key} is {w} x {h}")
            if not inside(control.box, (0, 0, *size)):
                wrong.append(f"{name}: {control.key} is outside: {control.box}")
        apart = 7.5 if keyboard else 11.5
        for one, other in itertools.combinations(buttons(scene), 2):
            x, y, w, h = one.box
            if overlap((x - apart, y - apart, w + 2 * apart, h + 2 * apart), other.box) > 0:
                wrong.append(f"{name}: {one.key} is too near to {other.key}")
    assert not wrong, "\n".join(wrong)


def test_the_keys_are_12_mm_on_a_small_panel_at_100_percent(composers):
    scene = scene_of(composers[SMALL], example("maintenance-ils-edit-host"))
    keys = [control.box for control in buttons(scene) if control.key.startswith("key-")]
    assert min(min(w, h) for _, _, w, h in keys) >= 62


def test_a_button_holds_its_own_text(pictures):
    wrong = []
    for name, _, scene in pictures:
        for control, text in itertools.product(buttons(scene), texts(scene.nodes)):
            if overlap(control.box, text.box) > 4 and not inside(text.box, control.box, 1):
                wrong.append(f"{name}: {text.setting.text!r} leaves {control.key}")
    assert not wrong, "\n".join(wrong)


def test_nothing_stands_on_the_bar_that_belongs_above_it(pictures):
    wrong = []
    for name, _, scene in pictures:
        bar = next((each for each in scene.controls if each.key in {"keep", "test-all"}), None)
        if bar is None:
            continue
        edge = bar.box[1] - 2
        for control in scene.controls:
            _, y, _, h = control.box
            menu = control.key.startswith("menu-")
            if not menu and y < edge < y + h - 6:
                wrong.append(f"{name}: {control.key} reaches into the bar")
    assert not wrong, "\n".join(wrong)


def test_every_control_can_be_told_and_reached(pictures):
    for name, _, scene in pictures:
        keys = [control.key for control in scene.controls]
        assert len(set(keys)) == len(keys), name
        assert all(control.name.strip() and control.spoken.strip() for control in scene.controls), name
        assert {"heading", "leave", "text-size", "contrast", "language"} <= set(keys), name


def test_every_press_is_for_staff_or_stays_here(pictures):
    for name, _, scene in pictures:
        for control in buttons(scene):
            assert isinstance(control.act, Foreign | Local | Turn), (name, control.key)


# ---- what is said ---------------------------------------------------------------------------


def shown(scene):
    return {plain(text.setting.text) for text in texts(scene.nodes)}


def controls(scene):
    return {control.key: control for control in scene.controls}


@pytest.mark.parametrize("size", [LARGE, SMALL])
def test_a_device_that_needs_somebody_says_why_since_when_and_what_to_do(composers, size):
    scene = scene_of(composers[size], example("maintenance-overview"))
    assert {
        "Receipt printer",
        "Missing",
        "since 13:52",
        "It does not answer.",
        "Check its power and its cable.",
        "K-PRN-002",
    } <= shown(scene)
    assert controls(scene)["test-printer"].act == Foreign(Test(Device.PRINTER))
    spoken = controls(scene)["device-printer"].spoken
    assert "Missing" in spoken
    assert "K-PRN-002" in spoken


def test_every_reason_of_every_device_has_room(composers):
    """Also those that no example has."""
    wrong = []
    for (size, composer), language, text_size in itertools.product(
        composers.items(), ("en", "de", "ar"), TEXT_SIZES
    ):
        plain_view = example("maintenance-overview", language=language, text_size=text_size)
        for device, reason in NUMBERS:
            code = support_code(device, Condition.MISSING, reason)
            card = DeviceCard(device, Condition.MISSING, reason, NOW.timestamp(), code)
            scene = scene_of(composer, replace(plain_view, screen=OverviewScreen((card,), 0)))
            wrong += [
                f"{language} {text_size} % {size}: {text.setting.text!r}"
                for text in texts(scene.nodes)
                if not text.may_cut
                and (text.setting.cut or text.setting.split or not inside(text.box, (0, 0, *size)))
            ]
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_since_another_day_is_told_as_that_day(composers):
    assert "Ready since 19 November" in shown(scene_of(composers[LARGE], example("maintenance-overview")))


def test_a_device_that_is_not_fitted_has_no_test(composers):
    scene = scene_of(composers[LARGE], example("maintenance-overview-unfitted"))
    assert "test-printer" not in controls(scene)
    assert controls(scene)["device-printer"].role is Role.ROW
    assert "Not fitted" in shown(scene)


def test_the_bar_names_the_next_thing_to_do(composers):
    def message(name):
        return controls(scene_of(composers[LARGE], example(name)))["message"].spoken

    assert "Check its power and its cable." in message("maintenance-overview")
    assert "All devices are ready." in message("maintenance-overview-ready")
    assert "Put a book on the pad" in message("maintenance-overview-testing")


def test_while_a_test_runs_no_other_can_be_begun(composers):
    scene = scene_of(composers[LARGE], example("maintenance-overview-testing"))
    assert not [each for each in buttons(scene) if each.key.startswith("test-")]


def test_keep_can_be_pressed_only_when_it_may_be(composers):
    for name in EXAMPLES:
        view = example(name)
        for size, composer in composers.items():
            keep = controls(scene_of(composer, view)).get("keep")
            if keep is not None:
                assert (keep.act is not None) is view.screen.may_keep, (name, size)


def test_a_secret_is_told_by_its_length_only(composers):
    field = controls(scene_of(composers[LARGE], example("maintenance-ils")))["field-ils.login_password"]
    assert plain(field.spoken) == "Password: 6 characters"


def test_a_credential_is_told_by_its_name_and_where_it_is_changed(composers):
    shown = controls(scene_of(composers[LARGE], example("maintenance-ils-given")))
    field = shown["field-ils.login_password"]
    assert field.act is None
    assert "kiosk.ils-password. A credential" in plain(field.spoken)


def test_data_cannot_turn_what_stands_beside_it_and_ends_somewhere():
    assert plain("a\u202eb\u2066c\r\nd\x00e\u200f") == "abc d e"
    assert len(plain("x" * 999)) == LONGEST


@pytest.mark.parametrize("size", [LARGE, SMALL])
def test_words_of_the_far_side_are_data_and_keep_their_own_direction(composers, size):
    scene = scene_of(composers[size], example("maintenance-ils-failed", language="ar"))
    origins = {text.setting.text: text.origin for text in texts(scene.nodes)}
    wordy = next(text for text in origins if text.startswith("the far side"))
    assert origins[wordy] is Origin.DATA


def test_no_example_shows_a_text_of_a_test_as_ours(pictures):
    for name, _, scene in pictures:
        for text in texts(scene.nodes):
            if "example.net" in text.setting.text or "far side of this line" in text.setting.text:
                assert text.origin is not Origin.OURS, (name, text.setting.text)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "-journal-" in name and "adopt" not in name])
def test_what_is_wrong_with_the_journal_has_its_code_and_one_thing_to_do(composers, name):
    for composer in composers.values():
        view = example(name)
        scene = scene_of(composer, view)
        if not isinstance(view.screen, MattersScreen) or view.screen.journal is None:
            continue
        said = " ".join(each.spoken for each in scene.controls)
        assert view.screen.journal.code in said
        assert ("adopt" in controls(scene)) is view.screen.journal.adoptable


ASKED = ("matters-asking", "matters-adopt-journal-damaged", "matters-adopt-journal-key")


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("text_size", TEXT_SIZES)
def test_a_question_is_answered_with_yes_only_when_all_of_it_was_shown(composers, name, text_size):
    for composer in composers.values():
        view = example(f"maintenance-{name}", language="de", text_size=text_size)
        pages = scene_of(composer, view).pages
        for page in range(pages):
            found = controls(scene_of(composer, view, page))
            assert (found["yes"].act is not None) is (page == pages - 1)
            assert found["no"].act is not None


@pytest.mark.parametrize("text_size", TEXT_SIZES)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_a_second_tap_on_the_button_that_asks_does_not_hit_yes(composers, text_size, language):
    for before, after, key in (
        ("matters-loan-unknown", "matters-asking", "close-matter"),
        ("matters-journal-older", "matters-adopt-journal-older", "adopt"),
    ):
        for composer in composers.values():
            scenes = [
                scene_of(composer, example(f"maintenance-{name}", language=language, text_size=text_size))
                for name in (before, after)
            ]
            pressed, yes = controls(scenes[0])[key], controls(scenes[1])["yes"]
            assert overlap(pressed.box, yes.box) == 0


def test_a_matter_tells_what_is_known_of_it(composers):
    scene = scene_of(composers[LARGE], example("maintenance-matters-payment-not-booked"))
    facts = {plain(each.spoken) for key, each in controls(scene).items() if key.startswith("fact-")}
    assert "Amount: €12.40." in facts
    assert "Payment number: T-0042-118." in facts
    assert "Why it is open: The library system has not booked the payment." in facts


def test_no_open_matters_are_told_in_words(composers):
    assert "There are no open matters." in shown(
        scene_of(composers[LARGE], example("maintenance-matters-none"))
    )


# ---- the keyboard ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_all_of_ascii_can_be_typed_in_every_language(language):
    layout = layout_of(language)
    caps = {cap.text for layer in layout.layers for row in layer.rows for cap in row if not cap.name}
    printable = set(string.digits + string.ascii_letters + string.punctuation)
    assert printable <= caps
    for layer in layout.layers:
        assert all(sum(cap.units for cap in row) <= layout.units for row in layer.rows), layer.name
        assert {"erase", "done"} <= {cap.name for row in layer.rows for cap in row}, layer.name


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_every_layer_of_the_keyboard_can_be_reached_from_every_other(language):
    layers = layout_of(language).layers
    ways = {
        at: {cap.to for row in layer.rows for cap in row if cap.to is not None}
        for at, layer in enumerate(layers)
    }
    for start in ways:
        reached, new = {start}, {start}
        while new:
            new = set().union(*(ways[at] for at in new)) - reached
            reached |= new
        assert reached == set(ways)


def test_numbers_have_a_keypad_of_digits(composers):
    scene = scene_of(composers[SMALL], example("maintenance-ils-edit-port"))
    keys = {key.removeprefix("key-") for key in controls(scene) if key.startswith("key-")}
    assert keys == set(string.digits)
    assert len(DIGITS.layers) == 1


def test_keys_are_not_mirrored(composers):
    for name in ("maintenance-ils-edit-host", "maintenance-ils-edit-port"):
        scene = scene_of(composers[SMALL], example(name, language="ar"))
        at = {key: control.box[0] for key, control in controls(scene).items()}
        first, second = ("key-q", "key-p") if name.endswith("host") else ("key-1", "key-3")
        assert at[first] < at[second]


def test_the_edited_field_stands_above_the_keyboard_with_the_end_of_its_value(pictures):
    for name, _, scene in pictures:
        if "edit" not in name:
            continue
        field = next(each for each in scene.controls if each.key.startswith("field-"))
        keys = [each.box for each in scene.controls if each.key.startswith("key-")]
        assert field.box[1] + field.box[3] < min(y for _, y, _, _ in keys), name
        if "edit-host" in name:
            assert any(text.setting.text.endswith("example.net") for text in texts(scene.nodes)), name


def test_a_value_goes_on_where_it_is_read_to():
    assert not is_rtl("ils.example.net")
    assert not is_rtl("6001")
    assert is_rtl("12 مكتبة")


# ---- a desk behind the window ---------------------------------------------------------------

SETTINGS = {
    Page.ILS: (
        Setting("ils.host", FieldKind.TEXT, "ils.example.net"),
        Setting("ils.port", FieldKind.NUMBER, "6001"),
        Setting("ils.login_password", FieldKind.SECRET, "secret"),
        Setting("ils.profile", FieldKind.CHOICE, "standard", ("standard", "other")),
    ),
    Page.SETTINGS: (Setting("policy.receipt", FieldKind.CHOICE, "ask", ("ask", "always", "never")),),
}


class Desk:
    """The maintenance room behind the window: what staff press is stepped, its acts are answered at once."""

    def __init__(self, kiosk, *, language="en", pin="4711"):
        self.kiosk, self.pin, self.left = kiosk, pin, False
        self.kept = {}
        self.adopted = 0
        self.matters = (
            MatterView("30013", "loan-unknown", NOW.timestamp(), SagaId("L1-1"), "K-MAT-001"),
            MatterView("", "payment-not-booked", NOW.timestamp(), SagaId("F1-2"), "K-MAT-008"),
        )
        self.state = State(version="0.1.0", languages=(language, "de"))
        kiosk.show(patrons_view("staff"))
        for device in Device:
            self.take(events.Heard(DeviceNow(device, Condition.READY, None)))
        self.take(events.Heard(DeviceNow(Device.PRINTER, Condition.MISSING, Reason.PRINTER_SILENT)))
        self.take(events.Heard(StaffCame()))

    def take(self, event):
        self.state, acts = step(self.state, event, Moment(100.0, NOW.timestamp()))
        for act in acts:
            self.do(act)

    def do(self, act):
        match act:
            case events.LoadPin():
                self.take(events.PinLoaded("hash"))
            case events.TryPin(ticket, _, pin):
                self.take(events.PinTried(ticket, pin == self.pin))
            case events.ReadFields(page):
                self.take(events.FieldsRead(page, SETTINGS[page]))
            case events.Check(page, changes):
                self.take(events.Checked(page, changes, {}))
            case events.RunTest(ticket, device):
                self.take(events.StepCame(ticket, TestStep("journal-read", TestState.PASSED, device.value)))
                self.take(events.TestEnded(ticket))
            case events.RunTrial(ticket, _):
                self.take(events.StepCame(ticket, TestStep("address", TestState.PASSED, "0.01 s")))
                self.take(events.TestEnded(ticket))
            case events.AskMatters():
                self.take(events.MattersCame(self.matters))
            case events.CloseMatter(ticket, saga):
                self.matters = tuple(each for each in self.matters if each.saga != saga)
                self.take(events.Heard(MatterClosed(saga)))
                self.take(events.CloseOver(ticket))
            case events.AdoptJournal():
                self.adopted += 1
                self.take(events.JournalAdopted())
            case events.KeepSettings(page, changes):
                self.kept.update(changes)
                self.take(events.Kept(page))
            case events.Leave():
                self.left = True

    def turn(self):
        """Hear what was pressed, and show what came of it."""
        pressed, self.kiosk.sent_to_staff[:] = list(self.kiosk.sent_to_staff), []
        for each in pressed:
            self.take(each)
        self.kiosk.window.show_staff(view_of(self.state))
        self.kiosk.window.pump()
        return self.kiosk.window.drawn()

    @property
    def view(self):
        return view_of(self.state)

    def touch(self, *keys):
        for key in keys:
            self.kiosk.touch(key)
            self.turn()

    def go(self, key):
        """Go to a control with the five keys."""
        for _ in range(90):
            if self.kiosk.window.drawn().focus == key:
                return
            self.kiosk.window.five(Key.NEXT)
        raise AssertionError(f"the focus never came to {key}")

    def keys(self, *keys):
        for key in keys:
            self.go(key)
            self.kiosk.key(ENTER)
            self.turn()


@pytest.fixture
def desk(kiosk):
    made = Desk(kiosk)
    made.turn()
    return made


@pytest.mark.parametrize("how", ["touch", "keys"])
def test_all_pages_are_walked(desk, how):
    press = getattr(desk, how)
    press("digit-4", "digit-7", "digit-1", "digit-1", "continue")
    assert desk.kiosk.window.drawn().screen == "maintenance-overview"
    for page in (Page.ILS, Page.MATTERS, Page.SETTINGS, Page.OVERVIEW):
        press(f"menu-{page.value}")
        assert desk.kiosk.window.drawn().screen == f"maintenance-{page.value}"
        assert desk.view.page is page
    press("leave")
    assert desk.left
    assert desk.kiosk.window.drawn().screen == "staff"


@pytest.mark.parametrize("how", ["touch", "keys"])
def test_the_address_is_edited_tested_and_kept(desk, how):
    press = getattr(desk, how)
    press("digit-4", "digit-7", "digit-1", "digit-1", "continue", "menu-ils", "field-ils.host")
    assert desk.view.screen.fields[0].editing
    press("erase", "erase", "erase")
    press("layer-shift", "key-O", "layer-shift", "key-r", "key-g", "key--", "layer-signs", "key-2", "key-_")
    press("done")
    assert desk.view.screen.fields[0].value == "ils.example.Org-2_"
    press("field-ils.port", "key-7", "done", "field-ils.profile")
    assert desk.kiosk.window.drawn().screen == "maintenance-ils"
    assert "keep" not in {each.key for each in desk.kiosk.window.drawn().controls if each.act is not None}
    press("test-settings")
    press("keep")
    assert desk.kept == {"ils.host": "ils.example.Org-2_", "ils.port": "60017", "ils.profile": "other"}
    assert desk.view.screen.kept


@pytest.mark.parametrize("how", ["touch", "keys"])
def test_a_matter_is_read_and_closed(desk, how):
    press = getattr(desk, how)
    press("digit-4", "digit-7", "digit-1", "digit-1", "continue", "menu-matters", "matter-1")
    said = " ".join(each.spoken for each in desk.kiosk.window.drawn().controls)
    assert "K-MAT-008" in said
    assert "book it there, once." in said
    press("back", "matter-1", "close-matter")
    said = " ".join(each.spoken for each in desk.kiosk.window.drawn().controls)
    assert "Close this matter?" in said
    press("no", "close-matter", "yes")
    assert [each.saga for each in desk.view.screen.matters] == ["L1-1"]
    assert "matter-0" in {each.key for each in desk.kiosk.window.drawn().controls}


@pytest.mark.parametrize("how", ["touch", "keys"])
def test_staff_go_on_with_an_older_journal(desk, how):
    desk.matters = None
    desk.take(events.Heard(DeviceNow(Device.JOURNAL, Condition.MISSING, Reason.JOURNAL_OLDER)))
    press = getattr(desk, how)
    press("digit-4", "digit-7", "digit-1", "digit-1", "continue", "menu-matters", "adopt", "no", "adopt")
    said = " ".join(each.spoken for each in desk.kiosk.window.drawn().controls)
    assert "Compare the books since then with the library system." in said
    assert desk.adopted == 0
    press("yes")
    assert desk.adopted == 1
    assert "within ten seconds" in " ".join(each.spoken for each in desk.kiosk.window.drawn().controls)


@pytest.mark.parametrize("how", ["touch", "keys"])
def test_devices_are_tested_one_and_all(desk, how):
    press = getattr(desk, how)
    press("digit-4", "digit-7", "digit-1", "digit-1", "continue", "test-printer")
    tested = {card.device for card in desk.view.screen.cards if card.test is not None}
    assert tested == {Device.PRINTER}
    press("test-all")
    assert all(card.test is not None for card in desk.view.screen.cards)
    texts_shown = {text.text for text in desk.kiosk.window.drawn().texts}
    assert "Journal read" in texts_shown
    assert desk.kiosk.window.drawn().controls[-1].key == "message"


def test_a_wrong_pin_stays_outside(desk):
    desk.touch("digit-1", "digit-1", "digit-1", "digit-1", "continue")
    assert desk.kiosk.window.drawn().screen == "maintenance-pin"
    assert "This PIN is wrong." in {text.text for text in desk.kiosk.window.drawn().texts}


def test_a_locked_pad_has_no_keys_and_says_how_long(desk):
    for _ in range(5):
        desk.touch("digit-1", "digit-1", "digit-1", "digit-1", "continue")
    drawn = desk.kiosk.window.drawn()
    assert not [each for each in drawn.controls if each.key.startswith("digit-")]
    assert any("30" in text.text for text in drawn.texts)


def test_the_digits_of_the_pin_are_nowhere_on_the_screen(desk):
    desk.touch("digit-4", "digit-7")
    drawn = desk.kiosk.window.drawn()
    assert not any("47" in text.text for text in drawn.texts)
    assert not any("47" in each.spoken for each in drawn.controls)


def test_the_form_comes_back_on_its_page_after_the_keyboard(kiosk):
    kiosk.compose_staff = lambda stage, view: compose(stage, view, TODAY)
    kiosk.show(patrons_view("staff"))

    def show(name, **changes):
        view = example(name, text_size=160)
        kiosk.window.show_staff(replace(view, **changes))
        kiosk.window.pump()

    def fields():
        return {each.key for each in kiosk.window.drawn().controls if each.key.startswith("field-")}

    show("maintenance-ils")
    kiosk.touch("page-down")
    kiosk.touch("page-down")
    second = fields()
    assert "field-ils.login_password" in second
    show("maintenance-ils-edit-password", revision=2)
    kiosk.touch("layer-shift")
    assert "key-Q" in {each.key for each in kiosk.window.drawn().controls}
    show("maintenance-ils", revision=3)
    assert fields() == second


def test_a_test_that_begins_is_seen_at_once(kiosk):
    kiosk.compose_staff = lambda stage, view: compose(stage, view, TODAY)
    kiosk.show(patrons_view("staff"))
    for revision, name in enumerate(["maintenance-ils-changed", "maintenance-ils-testing"]):
        kiosk.window.show_staff(replace(example(name, text_size=160), revision=revision))
        kiosk.window.pump()
        if revision == 0:
            kiosk.touch("page-down")
    assert "step-ils-1" in {each.key for each in kiosk.window.drawn().controls}


def test_keys_of_the_keyboard_repeat_and_say_what_they_type(kiosk):
    kiosk.show(patrons_view("staff"))
    kiosk.window.show_staff(example("maintenance-ils-edit-host"))
    kiosk.window.pump()
    kiosk.touch("key-l")
    kiosk.touch("key-l")
    kiosk.touch("erase")
    kiosk.touch("erase")
    assert [each.intent for each in kiosk.sent_to_staff] == [
        TypeText("l"),
        TypeText("l"),
        StaffDo.DELETE,
        StaffDo.DELETE,
    ]
    assert next(each.spoken for each in kiosk.window.drawn().controls if each.key == "key-.") == "Dot"


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_five_keys_reach_every_control_once(kiosk, name, language):
    kiosk.show(patrons_view("staff"))
    kiosk.window.show_staff(example(name, language=language))
    kiosk.window.pump()
    wanted = [control.key for control in kiosk.window.drawn().controls]
    reached = []
    for _ in wanted:
        kiosk.key(TAB)
        reached.append(kiosk.window.drawn().focus)
    assert sorted(reached) == sorted(wanted)
