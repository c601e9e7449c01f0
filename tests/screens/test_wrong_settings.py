"""The screen of a kiosk whose settings cannot be used: what is wrong can be read, and what helps."""

import itertools

import pytest

from kiosk.firstboot import telling
from kiosk.screens import WrongSettings
from kiosk.screens.scene import Scene, texts
from kiosk.screens.wrong_settings import compose_wrong_settings
from kiosk.typeset import Typesetter
from kiosk.words import Words, languages

SIZES = (1280, 800), (800, 480), (1024, 600), (1920, 1080), (480, 800)

LONG = '[pad] driver = "feig": must be one of "feig-tcp", "feig-serial", "m3-serial", "pcsc", "simulated"'

ONE = WrongSettings(
    ('kiosk.toml:14: [ils] port = "high": must be a whole number from 1 to 65535',),
    "kiosk.toml",
    on_card=True,
    by_card=True,
)
MANY = WrongSettings(
    tuple(f"kiosk.toml:{line}: {LONG}" for line in range(101, 130)), "kiosk.toml", on_card=True, by_card=True
)
NONE = WrongSettings(
    ("There is no kiosk.toml on the card.",), "kiosk.toml", on_card=True, by_card=True, missing=True
)
LOST = WrongSettings((telling.LOST,), "/data", on_card=True, by_card=True, lost=True)
FILE = WrongSettings(
    (f"/var/lib/kiosk/kiosk.toml:2: {LONG}", "/var/lib/kiosk/kiosk.toml: cannot be read"),
    "/var/lib/kiosk/kiosk.toml",
    on_card=False,
    by_card=False,
)


@pytest.fixture(scope="module")
def typesetter(tmp_path_factory: pytest.TempPathFactory) -> Typesetter:
    return Typesetter(tmp_path_factory.mktemp("fonts"))


def read(scene: Scene) -> str:
    """Everything that stands there."""
    return "\n".join(each.setting.text for each in texts(scene.nodes))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("wrong", [ONE, MANY, NONE, LOST, FILE], ids=["one", "many", "none", "lost", "file"])
def test_nothing_is_cut_or_lies_over_another(
    wrong: WrongSettings, size: tuple[int, int], typesetter: Typesetter
) -> None:
    placed = list(texts(compose_wrong_settings(size, wrong, typesetter).nodes))
    for text in placed:
        x, y, w, h = text.box
        assert x >= 0, text.setting.text
        assert x + w <= size[0], text.setting.text
        assert y >= 0, text.setting.text
        assert y + h <= size[1], text.setting.text
        assert not text.setting.cut, text.setting.text
    for one, other in itertools.combinations(placed, 2):
        (ax, ay, aw, ah), (bx, by, bw, bh) = one.box, other.box
        apart = ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay
        assert apart, (one.setting.text, other.setting.text)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_line_and_what_is_allowed_stand_there(size: tuple[int, int], typesetter: Typesetter) -> None:
    said = read(compose_wrong_settings(size, ONE, typesetter))
    assert "Line 14" in said.replace("\u2068", "").replace("\u2069", "")
    assert "must be a whole number from 1 to 65535" in said


def test_title_and_remedy_are_said_in_every_language(typesetter: Typesetter) -> None:
    said = read(compose_wrong_settings((800, 480), ONE, typesetter))
    for tag in languages():
        words = Words(tag)
        assert words.say("wrong-settings.title") in said
        assert words.say("wrong-settings.remedy.card", name="kiosk.toml") in said


def test_a_machine_without_a_card_is_not_told_of_one(typesetter: Typesetter) -> None:
    said = read(compose_wrong_settings((1280, 800), FILE, typesetter))
    assert Words("en").say("wrong-settings.remedy.file") in said
    assert "laptop" not in said


def test_a_card_without_its_data_wants_no_file_corrected(typesetter: Typesetter) -> None:
    said = read(compose_wrong_settings((1280, 800), LOST, typesetter))
    for tag in languages():
        assert Words(tag).say("wrong-settings.lost") in said
        assert Words(tag).say("wrong-settings.remedy.lost") in said
    assert "laptop" not in said


def test_what_has_no_room_is_counted(typesetter: Typesetter) -> None:
    scene = compose_wrong_settings((800, 480), MANY, typesetter)
    shown = sum(control.key.startswith("mistake-") for control in scene.controls)
    assert 1 < shown < 29
    assert Words("en").count("wrong-settings.more", 29 - shown) in read(scene)


def test_whoever_listens_hears_all_of_it(typesetter: Typesetter) -> None:
    controls = compose_wrong_settings((800, 480), ONE, typesetter).controls
    spoken = " ".join(control.spoken for control in controls)
    assert "65535" in spoken
    assert Words("de").say("wrong-settings.remedy.card", name="kiosk.toml") in spoken
