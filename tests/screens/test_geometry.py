"""Nothing is cut, nothing overlaps, all can be hit: on both panels, in every text size and language."""

import itertools
from dataclasses import replace

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.views import (
    TEXT_SIZES,
    CannotLendView,
    Message,
    Notice,
    ScreenView,
    SeeStaffView,
    Theme,
    Weight,
)
from kiosk.screens.compose import HEADER_CONTROLS, Composer
from kiosk.screens.examples import EXAMPLES, example
from kiosk.screens.scene import Box, Control, Enter, Group, Node, Panel, Role, Scene, Text, texts
from kiosk.screens.theme import Metrics
from kiosk.typeset import Typesetter
from kiosk.words import Words, languages

LARGE, SMALL = (1280, 800), (800, 480)
PX_PER_MM = {LARGE: 5.9, SMALL: 5.2}

# Said in look/TOKENS.md: the header's targets are 12 mm, and so is the pager's width.
LESS_THAN_20_MM = HEADER_CONTROLS | {"page-up", "page-down", "mark"}


@pytest.fixture(scope="module")
def composers(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, int], Composer]:
    typesetter = Typesetter(tmp_path_factory.mktemp("fonts"))
    words = {language: Words(language) for language in languages()}
    return {size: Composer(size, typesetter, words) for size in (LARGE, SMALL)}


@pytest.fixture(scope="module")
def pictures(composers: dict[tuple[int, int], Composer]) -> list[tuple[str, tuple[int, int], Scene]]:
    """Every example on both panels in every text size and language, with a name for the report.

    Colours change no place but for the wider outlines of high contrast, so every other picture has them.
    """
    made = []
    for number, ((size, composer), text_size, language, name) in enumerate(
        itertools.product(composers.items(), TEXT_SIZES, languages(), EXAMPLES)
    ):
        theme = (Theme.LIGHT, Theme.CONTRAST)[number % 2]
        view = example(name, language=language, text_size=text_size, theme=theme)
        title = f"{name} {language} {text_size} % {size[0]}x{size[1]} {theme}"
        pages = 1
        while pages > 0:
            scene = composer.compose(view, page=pages - 1)
            made.append((f"{title} page {pages}", size, scene))
            pages = pages + 1 if pages < scene.pages else 0
    return made


def front(scene: Scene) -> tuple[Node, ...]:
    """What lies in front: all, or, with a modal, what was drawn after its scrim."""
    if scene.modal is None:
        return scene.nodes
    height = scene.size[1]
    scrim = max(
        at
        for at, node in enumerate(scene.nodes)
        if isinstance(node, Panel) and node.box[0] == 0 and node.box[3] > height / 2
    )
    return scene.nodes[scrim:]


def overlap(one: Box, other: Box) -> float:
    """The smaller of the two sides of what both share, 0 when they share nothing."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0.0, min(across, down))


def inside(inner: Box, outer: Box) -> bool:
    x, y, w, h = inner
    left, top, width, height = outer
    return x >= left and y >= top and x + w <= left + width and y + h <= top + height


def test_our_own_texts_are_never_cut_or_broken_inside_a_word(pictures):
    wrong = [
        f"{name}: {text.setting.text!r}"
        for name, _, scene in pictures
        for text in texts(scene.nodes)
        if not text.may_cut and (text.setting.cut or text.setting.split)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_notice_and_every_reason_has_room(composers):
    """Also those that no example has."""
    wrong = []
    for composer, language, text_size in itertools.product(composers.values(), languages(), TEXT_SIZES):
        plain = example("loan", language=language, text_size=text_size)
        screens: list[ScreenView] = [
            replace(plain.screen, message=Message(Weight.REFUSAL, notice, 3)) for notice in Notice
        ]
        screens += [CannotLendView(reason) for reason in Reason]
        screens += [SeeStaffView(reason, None, 20, 30) for reason in Reason]
        for screen in screens:
            scene = composer.compose(replace(plain, screen=screen))
            wrong += [
                f"{language} {text_size} % {composer.size}: {text.setting.text!r}"
                for text in texts(scene.nodes)
                if not text.may_cut and (text.setting.cut or text.setting.split)
            ]
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_texts_stand_within_the_window_and_not_on_each_other(pictures):
    wrong = []
    for name, size, scene in pictures:
        found: list[Text] = texts(front(scene))
        whole = (0, 0, *size)
        wrong += [f"{name}: outside: {each.setting.text!r}" for each in found if not inside(each.box, whole)]
        for one, other in itertools.combinations(found, 2):
            # Ink leaves room above and below itself in a line: 4 px of two boxes may touch.
            if overlap(one.box, other.box) > 4:
                wrong.append(f"{name}: {one.setting.text!r} on {other.setting.text!r}")
    assert not wrong, "\n".join(wrong)


def buttons(scene: Scene) -> list[Control]:
    return [control for control in scene.controls if control.role is Role.BUTTON]


def test_targets_are_large_enough_and_apart(pictures):
    wrong = []
    for name, size, scene in pictures:
        metrics = Metrics.of(size, 100)
        for control in buttons(scene):
            _, _, w, h = control.box
            large = control.primary or control.key in {
                "call-staff",
                "back",
                "more-time",
                "not-mine",
                "mine",
                "return",
                "print",
                "yes",
                "no",
            }
            least = 20 * PX_PER_MM[size] - 1 if large else metrics.target
            if control.key in LESS_THAN_20_MM or not large:
                least = min(least, 11.9 * PX_PER_MM[size])
            if w < least or h < least:
                wrong.append(f"{name}: {control.key} is {w} x {h}")
            if not inside(control.box, (0, 0, *size)):
                wrong.append(f"{name}: {control.key} is outside")
        for one, other in itertools.combinations(buttons(scene), 2):
            x, y, w, h = one.box
            if overlap((x - 11.5, y - 11.5, w + 23, h + 23), other.box) > 0:
                wrong.append(f"{name}: {one.key} is too near to {other.key}")
    assert not wrong, "\n".join(wrong)


def test_a_button_holds_its_own_text(pictures):
    wrong = []
    for name, _, scene in pictures:
        for control, text in itertools.product(buttons(scene), texts(front(scene))):
            if overlap(control.box, text.box) > 4 and not inside(text.box, control.box):
                wrong.append(f"{name}: {text.setting.text!r} leaves {control.key}")
    assert not wrong, "\n".join(wrong)


def test_rows_hold_their_texts(pictures):
    def groups(nodes):
        for node in nodes:
            if isinstance(node, Group):
                yield node
                yield from groups(node.nodes)

    wrong = []
    for name, _, scene in pictures:
        for group in groups(front(scene)):
            if group.enter in {Enter.ROW, Enter.STATUS}:
                x, y, w, h = group.box
                wrong += [
                    f"{name}: {text.setting.text!r} leaves its {group.enter}"
                    for text in texts(group.nodes)
                    if not inside(text.box, (x, y - 1, w, h + 2))
                ]
    assert not wrong, "\n".join(wrong)


def test_arabic_is_the_mirror_image_of_the_regions(composers):
    for size, composer in composers.items():
        for name in EXAMPLES:
            left = composer.compose(example(name, language="en"))
            right = composer.compose(example(name, language="ar"))
            assert right.rtl
            assert not left.rtl
            for control in right.controls:
                if control.key.startswith("row-"):
                    twin = next(each for each in left.controls if each.key == control.key)
                    x, y, w, h = twin.box
                    assert control.box == (size[0] - x - w, y, w, h), (name, control.key)
            # Help is last in the header: at the right in English, at the left in Arabic.
            help_left = next(each for each in left.controls if each.key == "help").box
            help_right = next(each for each in right.controls if each.key == "help").box
            assert help_left[0] > size[0] / 2 > help_right[0] + help_right[2]


def test_the_keypad_is_not_mirrored(composers):
    for composer in composers.values():
        scene = composer.compose(example("pin", language="ar"))
        at = {control.key: control.box for control in scene.controls}
        assert at["digit-1"][0] < at["digit-2"][0] < at["digit-3"][0]


def test_titles_keep_their_own_direction_and_stand_at_the_start(composers):
    scene = composers[LARGE].compose(example("loan", language="ar"))
    starts = {text.box[0] + text.box[2] for text in texts(scene.nodes) if text.row and text.may_cut}
    titles = {
        text.setting.text: text.box[0] + text.box[2]
        for text in texts(scene.nodes)
        if text.setting.text in {"The Wind in the Willows", "كليلة ودمنة", "红楼梦"}
    }
    assert len(titles) == 3
    assert len(set(titles.values())) == 1
    assert starts
