"""Changing a setting in the file: nothing else changes, and no power cut leaves half a file."""

import os
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.maintenance.views import FieldKind
from kiosk.settings import Keeper, RealFiles, SettingsError, load, parse

FILE = """\
# The kiosk at the entrance: ask Maria before you change this.
[library]
name.default = "Lanternfield Library"   # as on the door
name.ar = "مكتبة لانترنفيلد"

[ils]                       # the library's system
driver = "sip2"
host = "ils.example.org"    # moved in May
port = 6001
login_user = 'kiosk1'
login_password = "not for your eyes"

[policy]
languages = [
    "ar",   # first
    "en",   # second
]
mode = "loans"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(FILE, encoding="utf-8")
    path.chmod(0o640)
    return path


def test_one_value_changes_and_every_other_byte_stays(file: Path) -> None:
    Keeper(file).keep({"ils.port": "6443"})
    assert file.read_text(encoding="utf-8") == FILE.replace("6001", "6443")


def test_the_old_file_is_kept_beside_it(file: Path) -> None:
    Keeper(file).keep({"ils.port": "6443"})
    before = file.with_name("kiosk.toml.before")
    assert before.read_text(encoding="utf-8") == FILE
    assert {stat.S_IMODE(each.stat().st_mode) for each in (file, before)} == {0o640}
    assert sorted(each.name for each in file.parent.iterdir()) == ["kiosk.toml", "kiosk.toml.before"]
    Keeper(file).keep({"ils.port": "6444"})
    assert "6443" in before.read_text(encoding="utf-8")


def test_nothing_is_written_when_nothing_changed(file: Path) -> None:
    Keeper(file).keep({"ils.port": "6001", "ils.host": "ils.example.org"})
    assert [each.name for each in file.parent.iterdir()] == ["kiosk.toml"]


def test_a_key_that_is_absent_is_added_to_its_section(file: Path) -> None:
    kept = Keeper(file).keep({"ils.institution": "LNF", "policy.receipt": "always"})
    assert kept == load(file)
    assert kept.ils.sip2 is not None
    assert kept.ils.sip2.institution == "LNF"
    text = file.read_text(encoding="utf-8")
    assert text.index('institution = "LNF"') < text.index("[policy]") < text.index('receipt = "always"')
    assert all(line in text for line in FILE.splitlines())


def test_an_empty_file_gets_its_section_and_its_driver(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.touch()
    kept = Keeper(path).keep({"ils.host": "ils.example.org", "staff.kiosk_name": "Kiosk 2"})
    assert kept.ils.driver == "sip2"
    assert load(path) == kept


def test_who_gives_a_simulated_ils_an_address_wants_it_spoken_to(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text('[ils]\ndriver = "simulated" # for now\n')
    Keeper(path).keep({"ils.host": "ils.example.org"})
    assert path.read_text() == '[ils]\ndriver = "sip2" # for now\nhost = "ils.example.org"\n'


PADS = {
    "feig-serial": (
        FieldKind.CHOICE,
        "38400",
        ("4800", "9600", "19200", "38400", "57600", "115200", "230400"),
    ),
    "m3-serial": (FieldKind.NUMBER, "19200", ()),
}


@pytest.mark.parametrize("driver", PADS)
def test_a_key_that_several_drivers_have_is_that_of_the_one_in_the_file(tmp_path: Path, driver: str) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(f'[pad]\ndriver = "{driver}"\n')
    keeper = Keeper(path)
    shown = keeper.setting("pad.baud")
    assert (shown.kind, shown.value, shown.choices) == PADS[driver]
    assert keeper.keep({"pad.device": "/dev/ttyUSB3"}).pad.driver == driver
    assert 'device = "/dev/ttyUSB3"' in path.read_text()


@pytest.mark.parametrize("names", [("pad.baud", "pad.driver"), ("pad.driver", "pad.baud")])
def test_with_the_driver_its_keys_change(tmp_path: Path, names: tuple[str, str]) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text('[pad]\ndriver = "feig-serial"\n')
    values = {"pad.driver": "m3-serial", "pad.baud": "14400"}
    kept = Keeper(path).keep({name: values[name] for name in names})
    assert kept.pad.driver == "m3-serial"
    assert kept.pad.m3 is not None
    assert kept.pad.m3.baud == 14400


def test_a_file_that_need_not_be_named_is_named_and_taken_back(file: Path) -> None:
    keeper = Keeper(file)
    assert keeper.setting("ils.tls_ca").value == ""
    before = file.read_text(encoding="utf-8")
    kept = keeper.keep({"ils.tls": "on", "ils.tls_ca": "ca.pem"})
    assert kept.ils.sip2 is not None
    assert kept.ils.sip2.tls_ca == file.parent / "ca.pem"
    assert keeper.setting("ils.tls_ca").value == "ca.pem"
    wrong = keeper.problems({"ils.tls": "off"})
    assert list(wrong) == ["ils.tls"]
    kept = keeper.keep({"ils.tls": "off", "ils.tls_ca": ""})
    assert kept.ils.sip2 is not None
    assert kept.ils.sip2.tls_ca is None
    assert file.read_text(encoding="utf-8").replace('tls = "off"\n', "") == before


def test_the_own_language_is_moved_to_the_front(file: Path) -> None:
    keeper = Keeper(file)
    chosen = keeper.setting("policy.languages")
    assert (chosen.kind, chosen.value, set(chosen.choices)) == (FieldKind.CHOICE, "ar", {"ar", "de", "en"})
    assert keeper.keep({"policy.languages": "en"}).policy.languages == ("en", "ar")
    assert keeper.keep({"policy.languages": "de"}).policy.languages == ("de", "en", "ar")


def test_the_name_of_the_library_changes_and_its_translation_stays(file: Path) -> None:
    assert Keeper(file).setting("library.name").value == "Lanternfield Library"
    kept = Keeper(file).keep({"library.name": "Lampionfeld"})
    assert kept.policy.library_name("en") == "Lampionfeld"
    assert kept.policy.library_name("ar") == "مكتبة لانترنفيلد"


def test_each_setting_says_how_it_is_edited(file: Path) -> None:
    keeper = Keeper(file)
    kinds = {name: keeper.setting(name).kind for name in ("ils.host", "ils.port", "ils.login_password")}
    assert kinds == {
        "ils.host": FieldKind.TEXT,
        "ils.port": FieldKind.NUMBER,
        "ils.login_password": FieldKind.SECRET,
    }
    assert keeper.setting("policy.mode").choices == ("loans-and-returns", "loans", "returns")
    assert keeper.setting("policy.receipt").value == "ask"
    assert "standard" in keeper.setting("ils.profile").choices
    with pytest.raises(KeyError):
        keeper.setting("ils.colour")


# ---- what is wrong --------------------------------------------------------------------------


def test_a_wrong_value_is_named_at_its_field_and_nothing_is_written(file: Path) -> None:
    keeper = Keeper(file)
    changes = {"ils.port": "70000", "ils.host": "ils.example.net", "policy.mode": "sometimes"}
    problems = keeper.problems(changes)
    assert problems["ils.port"] == "must be a whole number from 1 to 65535"
    assert problems["policy.mode"].startswith('must be one of "loans-and-returns"')
    assert "ils.host" not in problems
    with pytest.raises(SettingsError):
        keeper.keep(changes)
    assert [each.name for each in file.parent.iterdir()] == ["kiosk.toml"]


@pytest.mark.parametrize("port", ["", "x", "6 001", "-", "٦٠٠١", "9" * 5000])
def test_what_is_no_number_is_said_too(file: Path, port: str) -> None:
    assert set(Keeper(file).problems({"ils.port": port})) == {"ils.port"}


def test_a_rule_of_the_room_itself_is_said_at_its_field(file: Path) -> None:
    said = Keeper(file).problems({"ils.profile": "kohaa"})
    assert set(said) == {"ils.profile"}


def test_what_is_wrong_with_the_rest_of_the_file_is_about_the_file(file: Path) -> None:
    file.write_text('[ils]\ndriver = "sip2"\nport = "high"\n')
    assert list(Keeper(file).problems({"ils.host": "x"})) == [""]
    file.write_text("[ils\n")
    assert list(Keeper(file).problems({"ils.host": "x"})) == [""]
    file.unlink()
    assert "No such file" in Keeper(file).problems({"ils.host": "x"})[""]
    with pytest.raises(OSError, match="No such file"):
        Keeper(file).setting("ils.host")


def test_a_secret_is_in_no_message(file: Path) -> None:
    keeper = Keeper(file)
    changes = {"ils.login_password": "hush-hush", "ils.port": "0"}
    assert "hush" not in str(keeper.problems(changes))
    with pytest.raises(SettingsError) as caught:
        keeper.keep(changes)
    assert "hush" not in str(caught.value)
    assert "not for your eyes" not in str(caught.value)


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "etc" / "kiosk.toml"
    link.parent.mkdir()
    link.symlink_to(file)
    Keeper(link).keep({"ils.port": "6443"})
    assert link.is_symlink()
    assert "6443" in file.read_text(encoding="utf-8")
    assert file.with_name("kiosk.toml.before").exists()


def test_a_draft_that_somebody_planted_is_not_followed(file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    file.with_name(".kiosk.toml.new").symlink_to(elsewhere)
    Keeper(file).keep({"ils.port": "6443"})
    assert elsewhere.read_text() == "mine"
    assert not file.is_symlink()


# ---- power cuts -----------------------------------------------------------------------------


class PowerCut(BaseException):
    """Nothing runs after it, not even a clean-up."""


class FailingFiles(RealFiles):
    """The disk until its n-th act: that one is not done, or half done, and `how` is raised."""

    def __init__(self, acts: int, how: Callable[[], BaseException], *, half: bool = False) -> None:
        self._left = acts
        self._how = how
        self._half = half
        self.over = False

    def _act(self) -> None:
        if self.over or self._left == 0:
            self.over = True
            raise self._how()
        self._left -= 1

    def write(self, path: Path, data: bytes, like: os.stat_result, mode: int) -> None:
        if self._half and self._left == 0:
            path.write_bytes(data[: len(data) // 2])
        self._act()
        super().write(path, data, like, mode)

    def rename(self, path: Path, to: Path) -> None:
        self._act()
        super().rename(path, to)

    def sync_folder(self, folder: Path) -> None:
        self._act()
        super().sync_folder(folder)

    def remove(self, path: Path) -> None:
        self._act()
        super().remove(path)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("acts", range(8))
def test_a_power_cut_between_any_two_steps_leaves_a_whole_file(file: Path, acts: int, half: bool) -> None:
    new = FILE.replace("6001", "6443")
    files = FailingFiles(acts, PowerCut, half=half)
    if acts < 7:
        with pytest.raises(PowerCut):
            Keeper(file, files).keep({"ils.port": "6443"})
    else:
        Keeper(file, files).keep({"ils.port": "6443"})
    now = file.read_text(encoding="utf-8")
    assert now in {FILE, new}
    assert (now == new) == (acts >= 6)
    if now == new:
        assert file.with_name("kiosk.toml.before").read_text(encoding="utf-8") == FILE
    # and the next attempt works, whatever was left behind
    Keeper(file).keep({"ils.port": "7000"})
    assert file.read_text(encoding="utf-8") == FILE.replace("6001", "7000")
    assert not file.with_name(".kiosk.toml.new").exists()


@pytest.mark.parametrize("acts", range(6))
def test_a_full_disk_leaves_the_old_file_and_says_so(file: Path, acts: int) -> None:
    files = FailingFiles(acts, lambda: OSError(28, "No space left on device"))
    with pytest.raises(OSError, match="No space left"):
        Keeper(file, files).keep({"ils.port": "6443"})
    assert file.read_text(encoding="utf-8") == FILE


# ---- any file, any change -------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
changes = st.fixed_dictionaries(
    {},
    optional={
        "ils.host": words,
        "ils.port": st.integers(1, 65535).map(str),
        "ils.login_user": words,
        "ils.login_password": words,
        "ils.institution": words,
        "ils.profile": st.just("standard"),
        "policy.languages": st.sampled_from(["en", "de", "ar"]),
        "policy.mode": st.sampled_from(["loans", "returns", "loans-and-returns"]),
        "policy.receipt": st.sampled_from(["ask", "always", "never"]),
        "library.name": words,
        "staff.kiosk_name": words,
    },
)

PIECES = {
    "library": [
        '[library]\nname = "L" # sign\n',
        "[library]\nname.ar = 'ل'\n",
        '[library.name]\nde = "B"\n',
        "",
    ],
    "ils": [
        '[ils]\n# spoken to\ndriver = "sip2"\nhost = "h" # old\nport=6_001\n\n',
        "[ils]\ndriver = 'simulated'\n",
        'ils.driver = "sip2"\nils.host = "h" # dotted\n',
        'ils = { driver = "sip2", port = 7 } # in one line\n',
        '["ils"]\r\ndriver = "sip2" # quoted\r\n"host" = "h"\r\n',
        "",
    ],
    "policy": [
        '[policy]\nlanguages = ["en", "ar"] # two\n',
        "[policy]\nlanguages = [ # mine\n  'de', # own\n  'en',\n] # end\nidle_s = 45\n",
        "[policy]\nidle_s = 1e2\n",
        "",
    ],
    "staff": ["[staff]\nkiosk_name = '''\nK''' # odd\n", "# the end\n[staff]\n", ""],
    "screen": ["[screen]\nfullscreen = false # for the workshop\n", ""],
}


@st.composite
def files(draw: st.DrawFn) -> str:
    pieces = [draw(st.sampled_from(PIECES[name])) for name in draw(st.permutations(sorted(PIECES)))]
    # what stands in no section has to come first
    return "".join(sorted(pieces, key=lambda piece: not piece.startswith("ils")))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(text=files(), change=changes)
def test_the_file_says_the_change_and_nothing_else(text: str, change: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "any.toml"
    path.write_bytes(text.encode())
    old = tomllib.loads(text.replace("\r\n", "\n"))
    keeper = Keeper(path)
    if keeper.problems(change):
        return
    kept = keeper.keep(change)
    new_text = path.read_bytes().decode()
    new = tomllib.loads(new_text.replace("\r\n", "\n"))
    assert parse(new_text, str(path), path.parent) == kept
    for name, value in change.items():
        assert keeper.setting(name).value == value
    # nothing but the changed keys, and the driver that an ILS needs to have an address
    for section in old.keys() | new.keys():
        before, after = old.get(section, {}), new.get(section, {})
        differ = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        allowed = {name.partition(".")[2] for name in change if name.startswith(f"{section}.")}
        assert differ <= allowed | ({"driver"} if section == "ils" and allowed else set())
    for line in text.splitlines():
        _, mark, comment = line.partition("#")
        if mark:
            assert f"#{comment.rstrip()}" in new_text
