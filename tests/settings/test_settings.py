"""The settings file: what is right is read, what is wrong is named with its line."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.circulation.policy import PinRule
from kiosk.settings import Settings, SettingsError, describe, load, parse

PROJECT = Path(__file__).resolve().parent.parent.parent

WHOLE = """\
# The kiosk at the entrance
[library]
name.default = "Lanternfield Library"
name.ar = "مكتبة لانترنفيلد"

[screen]
size = "800x480"

[policy]
pin = "always"
idle_s = 45
languages = [
    "ar",   # first
    "en",
]

[ids]
patron_prefix = "2"

[ils]
driver = "sip2"
host = "ils.example.org"
port = 6443
login_user = "kiosk1"
login_password = "not for your eyes"

[pad]
driver = "feig-tcp"
host = "192.0.2.7"

[cards]
driver = "none"

[printer]
driver = "none"

[gate]
driver = "none"

[journal]
folder = "state"
key_file = "/run/credentials/kiosk.key"
"""


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    return caught.value.messages


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(WHOLE, encoding="utf-8")
    settings = load(file)
    assert settings.policy.library_name("ar") == "مكتبة لانترنفيلد"
    assert settings.policy.library_name("en") == "Lanternfield Library"
    assert (settings.screen.width, settings.screen.height) == (800, 480)
    assert settings.policy.pin is PinRule.ALWAYS
    assert settings.policy.idle_s == 45.0
    assert isinstance(settings.policy.idle_s, float)
    assert settings.policy.languages == ("ar", "en")
    assert settings.ids.patron_prefix == "2"
    assert settings.ils.sip2 is not None
    assert (settings.ils.sip2.host, settings.ils.sip2.port) == ("ils.example.org", 6443)
    assert settings.pad.feig is not None
    assert settings.pad.feig.host == "192.0.2.7"
    assert settings.cards.pcsc is None
    assert settings.journal.folder == tmp_path / "state"
    assert settings.journal.key_file == Path("/run/credentials/kiosk.key")
    assert settings.simulated == ()
    assert "not for your eyes" not in repr(settings)


def test_an_empty_file_is_a_simulated_kiosk() -> None:
    assert parse("") == Settings()
    assert parse("", folder=Path("/srv")).journal.folder == Path("/srv/data")
    assert parse("").simulated == ("ils", "cards", "pad", "printer", "gate")
    assert parse("", folder=Path("/srv")).staff.pin_file == Path("/srv/staff.pin")


@pytest.mark.parametrize(
    ("section", "driver", "part"),
    [
        ("ils", "sip2", "sip2"),
        ("pad", "feig-tcp", "feig"),
        ("pad", "feig-serial", "feig_serial"),
        ("cards", "pcsc", "pcsc"),
    ],
)
def test_each_device_can_be_the_only_real_one(section: str, driver: str, part: str) -> None:
    settings = parse(f'[{section}]\ndriver = "{driver}"\n')
    assert set(settings.simulated) == {"ils", "cards", "pad", "printer", "gate"} - {section}
    assert getattr(getattr(settings, section), part) is not None


def test_the_keys_of_another_driver_may_stay_and_are_still_checked() -> None:
    settings = parse('[pad]\ndriver = "simulated"\nhost = "192.0.2.7"\npoll_pause_s = 1\n')
    assert settings.pad.feig is None
    assert settings.pad.watching.poll_pause_s == 1.0
    (said,) = mistakes('[pad]\ndriver = "simulated"\nport = "high"\n')
    assert said.startswith("kiosk.toml:3: ")


def test_a_key_that_several_drivers_have_is_that_of_the_driver_in_use() -> None:
    text = 'device = "/dev/ttyUSB7"\nbaud = 115200\nparity = "none"\naddress = 3\nanswer_timeout_s = 2\n'
    line = parse('[pad]\ndriver = "feig-serial"\n' + text).pad.feig_serial
    assert line is not None
    assert (line.device, line.baud, line.parity) == ("/dev/ttyUSB7", 115200, "none")
    assert (line.talk.address, line.talk.answer_timeout_s) == (3, 2.0)
    (said,) = mistakes('[pad]\ndriver = "feig-serial"\nbaud = 12345\n')
    assert "baud = 12345: must be one of 4800, 9600, 19200, 38400" in said


def test_one_name_serves_all_languages() -> None:
    settings = parse('[library]\nname = "Bücherei"\n')
    assert settings.policy.library_name("ar") == "Bücherei"


# ---- mistakes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '[pad]\ndriver = "feig-tcp"\nport = "10001"\n',
            'kiosk.toml:3: [pad] port = "10001": must be a whole number from 1 to 65535',
        ),
        (
            '[pad]\nport = 70000\ndriver = "feig-tcp"\n',
            "kiosk.toml:2: [pad] port = 70000: must be a whole number from 1 to 65535",
        ),
        (
            "\n\n[policy]\npin_tries = true\n",
            "kiosk.toml:4: [policy] pin_tries = true: must be a whole number from 1 to 10",
        ),
        (
            "[policy]\npin = 'sometimes'\n",
            'kiosk.toml:2: [policy] pin = "sometimes": must be one of "always", "if-asked", "never"',
        ),
        (
            "[policy]\nidle_s = nan\n",
            "kiosk.toml:2: [policy] idle_s = NaN: must be a number, at least 10.0",
        ),
        (
            "policy.idle_s = 3\n",
            "kiosk.toml:1: [policy] idle_s = 3: must be a number, at least 10.0",
        ),
        (
            '[policy]\nlanguages = ["en", 7]\n',
            'kiosk.toml:2: [policy] languages = ["en", 7]: must be a list, each a text',
        ),
        (
            '[screen]\nfullscreen = "yes"\n',
            'kiosk.toml:2: [screen] fullscreen = "yes": must be true or false',
        ),
        (
            '[screen]\nsize = "large"\n',
            'kiosk.toml:2: [screen] size = "large": must be a text such as "1280x800"',
        ),
        (
            "[screen]\nrotation = 45\n",
            "kiosk.toml:2: [screen] rotation = 45: must be one of 0, 90, 180, 270",
        ),
        (
            '[screen]\nblank_from = "24:00"\nblank_to = "07:00"\n',
            'kiosk.toml:2: [screen] blank_from = "24:00": must be a text such as "22:00"',
        ),
        (
            '[screen]\nsize = "800x480"\nblank_from = "22:00"\n',
            "kiosk.toml:3: [screen] blank_from and blank_to go together: one of them is missing",
        ),
        (
            '[screen]\nblank_from = "22:00"\nblank_to = "22:00"\n',
            "kiosk.toml:3: [screen] blank_to is the same as blank_from: from when to when?",
        ),
        (
            '[library]\nname = { english = "x" }\n',
            (
                'kiosk.toml:2: [library] name = {"english": "x"}: '
                "must be a text, or one for each language tag and `default`"
            ),
        ),
        (
            '[journal]\nfolder = ""\n',
            'kiosk.toml:2: [journal] folder = "": must be a path',
        ),
        (
            '[ils]\nhost = "x"\n',
            'kiosk.toml:1: [ils] driver is missing: one of "sip2", "simulated"',
        ),
        (
            '[cards]\ndriver = "nfc"\n',
            'kiosk.toml:2: [cards] driver = "nfc": must be one of "pcsc", "nfcpy", "simulated", "none"',
        ),
        (
            "[pad]\ndriver = 'simulated'\nhsot = 'x'\n",
            "kiosk.toml:3: [pad] unknown setting hsot; did you mean host?",
        ),
        ("[pads]\nx = 1\n", "kiosk.toml:1: unknown section [pads]; did you mean pad?"),
        ("pad = 3\n", "kiosk.toml:1: pad = 3: must be a section, [pad]"),
        ("[[pad]]\nhost = 'x'\n", 'kiosk.toml:1: pad = [{"host": "x"}]: must be a section, [pad]'),
    ],
)
def test_a_mistake_names_line_value_and_what_is_allowed(text: str, says: str) -> None:
    assert mistakes(text) == (says,)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("afi_in_stock", "[security] afi_in_stock"),
        ("afi_on_loan", "[security] afi_on_loan"),
        ("write_tries", "[security] attempts"),
    ],
)
def test_what_has_moved_is_refused_with_its_new_place(old: str, new: str) -> None:
    assert mistakes(f"[policy]\n{old} = 9\n") == (f"kiosk.toml:2: [policy] {old} is now {new}",)


def test_what_resembles_nothing_gets_the_whole_list() -> None:
    (said,) = mistakes("zzz = 1\n")
    assert said == (
        "kiosk.toml:1: zzz stands in no section; "
        "the sections are library, screen, policy, ids, ils, cards, pad, printer, gate, scanner, security, "
        "staff, journal, recorder, network, clock, update"
    )


def test_all_mistakes_come_at_once_in_the_order_of_the_lines() -> None:
    said = mistakes('[policy]\npin_tries = 99\n[pad]\ndriver = "x"\nprot = 1\n[screen]\nsize = 5\n')
    assert [line.split(":")[1] for line in said] == ["2", "4", "5", "7"]


def test_a_rule_of_the_room_itself_has_its_line_too() -> None:
    (said,) = mistakes('[ids]\npatron_prefix = "2"\nitem_pattern = "("\n')
    assert said.startswith("kiosk.toml:3: [ids] item_pattern is no regular expression")
    (said,) = mistakes('[ils]\ndriver = "sip2"\nport = 6001\nprofile = "kohaa"\n')
    assert said.startswith("kiosk.toml:4: [ils] ")
    assert "standard" in said


def test_a_secret_is_never_shown() -> None:
    (said,) = mistakes('[ils]\ndriver = "sip2"\nlogin_password = ["hush"]\n')
    assert said == (
        "kiosk.toml:3: [ils] login_password = ***: must be a text, or where it stands: "
        '{ file = "secrets/NAME" } or { credential = "kiosk.NAME" }'
    )


def test_a_line_that_is_no_toml_does_not_show_its_secret() -> None:
    (said,) = mistakes('[ils]\nlogin_password = "hush\n')
    assert said.startswith("kiosk.toml:2: ")
    assert said.endswith("in: login_password = ...")


@pytest.mark.parametrize(
    ("text", "line"),
    [("[pad\n", 1), ("[pad]\nhost = \n", 2), ("[pad]\n\nhost = 'x", 3), ("[pad]\r\n\r\nhost == 1\r\n", 3)],
)
def test_what_is_no_toml_names_its_line(text: str, line: int) -> None:
    (said,) = mistakes(text)
    assert said.startswith(f"kiosk.toml:{line}: not TOML")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="directory"):
        load(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"[library]\nname = 'B\xfccherei'\n")
    with pytest.raises(SettingsError, match=r"latin\.toml:2: not UTF-8 text \(byte 0xfc\)"):
        load(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "x = " + "[" * 5000, "[policy]\nidle_s = " + "9" * 5000 + "\n"]
)
def test_an_absurd_file_is_refused_like_any_other(text: str) -> None:
    assert mistakes(text)


# ---- anything at all ------------------------------------------------------------------------

values = st.recursive(
    st.one_of(
        st.booleans().map(lambda value: str(value).lower()),
        st.integers().map(str),
        st.floats().map(lambda value: repr(value).replace("e+", "e")),
        st.text('abc"\\ é\n=[]#', max_size=8).map(lambda text: f"'{text.replace(chr(10), ' ')}'"),
        st.sampled_from(["1979-05-27", "07:32:00", '"sip2"', '"simulated"', '"pcsc"', '"""a\nport = 3\n"""']),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from("ab"), inner, max_size=2).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        ),
    ),
    max_leaves=4,
)
KNOWN_KEYS = sorted(
    {line.split("`")[1] for line in describe().splitlines() if line.startswith("| `")}
    | {"name.ar", "x", "'y z'"}
)
headers = st.sampled_from([each.name for each in dataclasses.fields(Settings)] + ["other", "pad.x"])
entries = st.tuples(st.sampled_from(KNOWN_KEYS), values).map(lambda pair: f"{pair[0]} = {pair[1]}")
files = st.lists(headers.map(lambda name: f"[{name}]") | entries, max_size=12).map("\n".join)


@given(st.one_of(files, st.text(max_size=200)))
def test_random_toml_gives_settings_or_a_settings_error(text: str) -> None:
    messages: tuple[str, ...] = ()
    try:
        assert isinstance(parse(text), Settings)
    except SettingsError as error:
        messages = error.messages or ("",)
    last = text.replace("\r\n", "\n").count("\n") + 1
    for message in messages:
        name, line, said = message.split(":", 2)
        assert name == "kiosk.toml"
        assert 1 <= int(line) <= last
        assert said


def test_the_page_in_the_docs_is_true() -> None:
    assert (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8") == describe(), (
        "write it anew: see its first paragraph"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[security]\nafi_on_loan = 7\n", "afi_on_loan: must not be 0 and must differ"),
        ("[security]\nswitches = []\n", "switches: at least one"),
        ('[security]\nswitches_dvd = ["eas", "none"]\n', "switches_dvd: each once, and none only alone"),
        ('[security]\nswitches_cd = ["magnet"]\n', 'must be a list, each one of "afi", "eas", "case-lock"'),
        ('[security]\npassword = "secret"\n', '[security] password = ***: must be a text such as "0F0F0F0F"'),
        (
            '[security]\nswitches_dvd = ["afi", "case-lock"]\n',
            "[security] case-lock opens cases by a line of the gate: [gate] case_line",
        ),
        ("[policy]\nlanguages = []\n", "languages: at least one"),
        ('[policy]\nlanguages = ["en", "xx"]\n', "no words for 'xx'; there are ar, de, en"),
        (
            '[pad]\ndriver = "feig-tcp"\naddress = 300\n',
            "address = 300: must be a whole number",
        ),
        ('[pad]\ndriver = "feig-tcp"\nmisses = 0\n', "misses = 0: must be a whole number from 1 to 10"),
        ('[cards]\ndriver = "pcsc"\nwait_s = 0\n', "wait_s = 0: must be"),
    ],
)
def test_a_value_with_which_the_kiosk_could_not_work_is_refused_at_the_start(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        parse(text)
    assert said in str(wrong.value)


def test_who_reads_settings_waits_for_no_reducer_no_pictures_and_no_database() -> None:
    """At each start of an appliance network and kiosk wait for a command that needs nothing else."""
    ran = subprocess.run(
        [sys.executable, "-c", "import sys, kiosk.firstboot; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(ran.stdout.split())
    assert "kiosk.settings" in loaded
    assert not loaded & {"kiosk.circulation.state", "kiosk.circulation.step", "PIL", "sqlite_utils", "kivy"}
