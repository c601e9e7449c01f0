"""Settings of other versions: older ones are brought forward, comments and all; newer ones are refused."""

import tomllib
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from tomlkit import TOMLDocument

from kiosk.settings import Keeper, SettingsError, load, parse
from kiosk.settings.versions import MIGRATIONS, NotThisVersion, forward, newest

# ---- two versions that may come one day -----------------------------------------------------


def colour_becomes_theme(document: TOMLDocument) -> None:
    """To version 2: a key gets another name."""
    screen = document.get("screen")
    if screen is not None and "colour" in screen:
        screen["theme"] = screen.pop("colour")


def minutes_become_seconds(document: TOMLDocument) -> None:
    """To version 3: a key is counted otherwise."""
    policy = document.get("policy")
    if policy is not None and "idle" in policy:
        policy["idle_s"] = policy.pop("idle") * 60


TWO = (colour_becomes_theme, minutes_become_seconds)

OLD = """\
# ask Maria
[screen]   # the one at the door
colour = "dark"

[policy]
idle = 2
languages = ["ar"] # ours
"""


def test_a_file_that_names_no_version_is_of_the_first() -> None:
    assert parse("") == parse("version = 1\n")


def test_one_of_this_version_stays_byte_by_byte() -> None:
    assert forward(OLD, None) == OLD
    assert forward("version=1# mine\n", 1) == "version=1# mine\n"


def test_an_old_one_goes_all_the_way_and_keeps_its_comments() -> None:
    assert forward(OLD, None, TWO) == (
        '# ask Maria\n[screen]   # the one at the door\ntheme = "dark"\n\n'
        '[policy]\nlanguages = ["ar"] # ours\nidle_s = 120\n'
    ).replace("# ask Maria\n", "version = 3\n# ask Maria\n")


def test_one_that_names_its_version_names_the_new_one_there() -> None:
    said = forward("# mine\nversion = 2 # of May\n[policy]\nidle = 1\n", 2, TWO)
    assert said == "# mine\nversion = 3 # of May\n[policy]\nidle_s = 60\n"


def test_each_version_leads_to_the_next_and_nobody_goes_back() -> None:
    with pytest.raises(NotThisVersion) as caught:
        forward("version = 4\n", 4, TWO)
    assert "version = 4" in str(caught.value)
    assert "up to version 3" in str(caught.value)


keys = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)


@given(
    others=st.dictionaries(keys, st.dictionaries(keys, st.integers() | texts | st.booleans())),
    version=st.sampled_from([None, 1, 2, 3]),
    comment=texts,
)
def test_whatever_else_stands_there_stays(
    others: dict[str, dict[str, object]], version: int | None, comment: str
) -> None:
    said = {} if version is None else {"version": version}
    others.pop("screen", None)
    others.pop("policy", None)
    others.pop("version", None)
    text = f"# {comment}\n{tomlkit.dumps({**said, **others})}"
    new = forward(text, version, TWO)
    wanted = {**said, **others} if version == 3 else {"version": 3, **others}
    assert tomllib.loads(new) == wanted
    assert f"# {comment}\n" in new
    assert forward(new, 3, TWO) == new


# ---- the versions that there are ------------------------------------------------------------


def test_a_newer_file_is_refused_with_both_numbers_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    newer = newest() + 1
    path.write_text(f'# of next year\nversion = {newer}\n[moon]\nphase = "full"\n')
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert str(caught.value) == (
        f"{path}:2: version = {newer}: these settings are of a newer kiosk; "
        f"this one reads them up to version {newest()}. Update the kiosk, or put back kiosk.toml.before"
    )
    assert "newer kiosk" in Keeper(path).problems({"ils.host": "h"})[""]
    with pytest.raises(OSError, match="newer kiosk"):
        Keeper(path).keep({"ils.host": "h"})


@pytest.mark.parametrize("said", ["0", "-1", '"1"', "1.0", "true", "[1]"])
def test_what_is_no_version_is_said(said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(f"version = {said}\n")
    assert str(caught.value) == f"kiosk.toml:1: version: must be a whole number from 1 to {newest()}"


def test_every_way_there_is_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text("version = 1\n")
    assert Keeper(path).bring_forward() is bool(MIGRATIONS)
    assert tomllib.loads(path.read_text())["version"] == newest()
