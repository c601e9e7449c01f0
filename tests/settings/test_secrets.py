"""Secrets in files of their own, or handed over by systemd: read, guarded, changed, and never shown."""

import contextlib
import os
import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.maintenance.views import FieldKind
from kiosk.settings import (
    Keeper,
    RealFiles,
    SettingsError,
    load,
    parse,
    part_secrets,
    secrets_as_text,
)

SECRET = "not for your eyes"

FILE = """\
# ask Maria
[ils]
driver = "sip2"
host = "ils.example.org"    # moved in May
login_user = "kiosk1"
login_password = { file = "secrets/ils-password" }   # rests there
"""


def write_secret(path: Path, data: bytes = f"{SECRET}\n".encode(), mode: int = 0o600) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(FILE)
    path.chmod(0o640)
    write_secret(tmp_path / "secrets" / "ils-password")
    return path


def password(path: Path) -> str:
    sip2 = load(path).ils.sip2
    assert sip2 is not None
    return sip2.login_password


def refused(path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert SECRET not in str(caught.value)
    return str(caught.value)


# ---- reading --------------------------------------------------------------------------------


def test_a_password_is_read_from_the_file_that_the_settings_name(file: Path) -> None:
    assert password(file) == SECRET
    assert SECRET not in repr(load(file))


@pytest.mark.parametrize("data", [SECRET.encode(), f"{SECRET}\n".encode()])
def test_a_line_end_behind_it_is_not_a_part_of_it(file: Path, data: bytes) -> None:
    write_secret(file.parent / "secrets" / "ils-password", data)
    assert password(file) == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622, 0o777])
def test_one_that_others_may_read_is_refused(file: Path, mode: int) -> None:
    path = write_secret(file.parent / "secrets" / "ils-password", mode=mode)
    assert refused(file) == (
        f"{file}:6: [ils] login_password: {path}: "
        f"others may read or change it (mode {mode:04o}): chmod 600 it"
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty: write the password into it"),
        (b"\n", "empty: write the password into it"),
        (b"caf\xe9\n", "not UTF-8 text"),
        (f"{SECRET}\r\n".encode(), "a line end of Windows is one"),
        (f"{SECRET}\nmore\n".encode(), "more than one line"),
        (SECRET.encode() * 1000, "longer than 4096 bytes"),
    ],
)
def test_what_can_be_no_password_is_refused(file: Path, data: bytes, said: str) -> None:
    write_secret(file.parent / "secrets" / "ils-password", data)
    assert said in refused(file)


def test_one_that_is_missing_or_no_file_is_said_with_its_line(file: Path) -> None:
    path = file.parent / "secrets" / "ils-password"
    path.unlink()
    assert refused(file).startswith(f"{file}:6: [ils] login_password: {path}: there is no such file: write")
    path.mkdir()
    assert "this is no file" in refused(file)
    path.rmdir()
    os.mkfifo(path, 0o600)
    assert "this is no file" in refused(file), "and nobody waits for a writer"


def test_one_of_somebody_else_is_refused() -> None:
    path = Path("/etc/shadow")  # root's
    with nobody():
        with pytest.raises(SettingsError) as caught:
            parse(f'[security]\npassword = {{ file = "{path}" }}\n')
        asked = f"chown it to the user that the kiosk runs as (uid {os.geteuid()})"
    assert str(caught.value) == (
        f"kiosk.toml:2: [security] password: {path}: the kiosk may not read it: {asked}"
    )


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """Be another user, who is not root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize(
    "value",
    [
        "{ file = 1 }",
        "{ fille = 'x' }",
        "{ file = '' }",
        "{ file = 'x', credential = 'x' }",
        "{}",
        "{ credential = '../x' }",
        "{ credential = '..' }",
        "{ credential = '' }",
    ],
)
def test_what_is_no_reference_is_refused_and_the_ways_are_named(file: Path, value: str) -> None:
    file.write_text(f'[ils]\ndriver = "sip2"\nlogin_password = {value}\n')
    said = refused(file)
    assert said.startswith(
        f"{file}:3: [ils] login_password = ***: must be a text, or where it stands: {{ file"
    )


def test_only_secrets_may_stand_elsewhere(file: Path) -> None:
    file.write_text('[ils]\ndriver = "sip2"\nhost = { file = "host" }\n')
    assert "host" in refused(file)


def test_a_password_that_is_read_must_be_allowed_too(file: Path) -> None:
    file.write_text('[security]\npassword = { file = "secrets/ils-password" }\n')
    assert refused(file).startswith(f'{file}:2: [security] password = ***: must be a text such as "0F0F0F0F"')
    write_secret(file.parent / "secrets" / "ils-password", b"0F0F0F0F\n")
    assert load(file).security.password == "0F0F0F0F"


def test_who_needs_no_secret_need_not_have_it(file: Path) -> None:
    (file.parent / "secrets" / "ils-password").unlink()
    sip2 = load(file, secrets=False).ils.sip2
    assert sip2 is not None
    assert (sip2.login_user, sip2.login_password) == ("kiosk1", "")


# ---- credentials ----------------------------------------------------------------------------


@pytest.fixture
def by_credential(file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file.write_text(FILE.replace('{ file = "secrets/ils-password" }', '{ credential = "ils-password" }'))
    folder = file.parent / "credentials"
    # systemd gives them with an ACL, which shows as a mode for the group
    write_secret(folder / "ils-password", mode=0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return file


def test_a_password_may_be_a_credential_of_systemd(by_credential: Path) -> None:
    assert password(by_credential) == SECRET


def test_a_credential_that_the_unit_does_not_give_is_said_with_the_remedy(
    by_credential: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (by_credential.parent / "credentials" / "ils-password").unlink()
    assert "write it to /etc/credstore/ils-password" in refused(by_credential)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert "to the kiosk's own service only" in refused(by_credential)
    assert "CREDENTIALS_DIRECTORY=/run/credentials/kiosk.service" in refused(by_credential)


def test_the_journal_s_key_is_named_in_the_same_way(tmp_path: Path) -> None:
    for said in ('"credential:journal.key"', '{ credential = "journal.key" }'):
        journal = parse(f"[journal]\nkey_file = {said}\n", folder=tmp_path).journal
        assert journal.credential == "journal.key"
    named = parse('[journal]\nkey_file = { file = "k" }\n', folder=tmp_path).journal
    assert (named.credential, named.key_file) == ("", tmp_path / "k")


# ---- changed on the maintenance screen ------------------------------------------------------


def test_a_changed_password_goes_to_a_file_and_the_old_one_stays_with_the_old_settings(file: Path) -> None:
    keeper = Keeper(file)
    shown = keeper.setting("ils.login_password")
    assert (shown.kind, shown.value) == (FieldKind.SECRET, SECRET)
    kept = keeper.keep({"ils.login_password": "new", "ils.host": "ils.example.net"})
    assert kept == load(file)
    assert password(file) == "new"
    changed = FILE.replace("example.org", "example.net")
    assert file.read_text() == changed.replace("secrets/ils-password", "secrets/ils-password.2")
    new = file.parent / "secrets" / "ils-password.2"
    assert (new.read_text(), stat.S_IMODE(new.stat().st_mode)) == ("new\n", 0o600)
    file.with_name("kiosk.toml.before").replace(file)
    assert password(file) == SECRET, "whoever puts the file back has its password back"


def test_no_more_than_two_passwords_are_kept(file: Path) -> None:
    for n in range(5):
        Keeper(file).keep({"ils.login_password": f"password {n}"})
        assert password(file) == f"password {n}"
    assert len(list((file.parent / "secrets").iterdir())) == 2


def test_a_file_that_another_settings_file_names_is_left_alone(file: Path) -> None:
    file.with_name("workshop.toml").write_text(FILE)
    for n in range(3):
        Keeper(file).keep({"ils.login_password": f"password {n}"})
    assert password(file.with_name("workshop.toml")) == SECRET


def test_files_that_are_not_ours_are_left_alone(file: Path) -> None:
    elsewhere = write_secret(file.parent / "etc" / "password")
    mine = write_secret(file.parent / "secrets" / "wifi")
    file.write_text(FILE.replace("secrets/ils-password", str(elsewhere)))
    for n in range(4):
        Keeper(file).keep({"ils.login_password": f"password {n}"})
        assert password(file) == f"password {n}"
    assert elsewhere.read_text() == f"{SECRET}\n"
    assert mine.exists()
    assert len(list(elsewhere.parent.iterdir())) == 3, "the first, and two of ours"


def test_one_that_is_the_same_changes_nothing(file: Path) -> None:
    Keeper(file).keep({"ils.login_password": SECRET})
    assert file.read_text() == FILE
    assert [each.name for each in (file.parent / "secrets").iterdir()] == ["ils-password"]


def test_one_that_is_lost_can_be_given_anew(file: Path) -> None:
    (file.parent / "secrets" / "ils-password").unlink()
    keeper = Keeper(file)
    assert keeper.setting("ils.login_password").value == ""
    assert "there is no such file" in keeper.problems({"ils.host": "h"})[""]
    assert keeper.problems({"ils.login_password": "found"}) == {}
    keeper.keep({"ils.login_password": "found"})
    assert password(file) == "found"


def test_a_new_password_gets_a_file_and_a_text_stays_a_text(file: Path) -> None:
    file.write_text('[ils]\ndriver = "sip2"\nterminal_password = "text"\n')
    Keeper(file).keep({"ils.login_password": "new", "ils.terminal_password": "other"})
    tables = tomllib.loads(file.read_text())
    assert tables["ils"]["login_password"] == {"file": "secrets/ils-login-password"}
    assert tables["ils"]["terminal_password"] == "other"
    assert password(file) == "new"
    folder = file.parent / "secrets"
    assert stat.S_IMODE((folder / "ils-login-password").stat().st_mode) == 0o600


def test_the_folder_of_secrets_is_nobody_else_s(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.touch()
    Keeper(path).keep({"ils.login_password": "new"})
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_no_password_at_all_needs_no_file(file: Path) -> None:
    Keeper(file).keep({"ils.login_password": ""})
    assert tomllib.loads(file.read_text())["ils"]["login_password"] == ""
    assert password(file) == ""


def test_two_keys_with_one_file_part_when_one_of_them_changes(file: Path) -> None:
    file.write_text(f'{FILE}terminal_password = {{ file = "secrets/ils-password" }}\n')
    kept = Keeper(file).keep({"ils.login_password": "new"})
    assert kept == load(file)
    assert kept.ils.sip2 is not None
    assert (kept.ils.sip2.login_password, kept.ils.sip2.terminal_password) == ("new", SECRET)


def test_a_credential_is_named_and_cannot_be_changed(by_credential: Path) -> None:
    keeper = Keeper(by_credential, credentials=by_credential.parent / "credentials")
    shown = keeper.setting("ils.login_password")
    assert (shown.kind, shown.value) == (FieldKind.GIVEN, "ils-password")
    problems = keeper.problems({"ils.login_password": "new"})
    assert "change it in /etc/credstore" in problems["ils.login_password"]
    kept = keeper.keep({"ils.host": "ils.example.net"})
    assert kept.ils.sip2 is not None
    assert kept.ils.sip2.login_password == SECRET


# ---- power cuts -----------------------------------------------------------------------------


class PowerCut(BaseException):
    """Nothing runs after it, not even a clean-up."""


class FailingFiles(RealFiles):
    """The disk until its n-th act: that one is not done, or half done, and `how` is raised."""

    def __init__(self, acts: int, how: Callable[[], BaseException], *, half: bool = False) -> None:
        self._left = acts
        self._how = how
        self._half = half

    def _act(self) -> None:
        if self._left <= 0:
            raise self._how()
        self._left -= 1

    def write(self, path: Path, data: bytes, like: os.stat_result, mode: int) -> None:
        if self._half and self._left == 0:
            path.write_bytes(data[: len(data) // 2])
        self._act()
        super().write(path, data, like, mode)

    def make_folder(self, folder: Path, like: os.stat_result) -> None:
        self._act()
        super().make_folder(folder, like)

    def rename(self, path: Path, to: Path) -> None:
        self._act()
        super().rename(path, to)

    def sync_folder(self, folder: Path) -> None:
        self._act()
        super().sync_folder(folder)

    def remove(self, path: Path) -> None:
        self._act()
        super().remove(path)


CHANGES = {"ils.login_password": "new", "ils.host": "ils.example.net"}


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("acts", range(11))
def test_a_power_cut_never_parts_a_password_from_its_settings(file: Path, acts: int, half: bool) -> None:
    try:
        Keeper(file, FailingFiles(acts, PowerCut, half=half)).keep(CHANGES)
    except PowerCut:
        assert acts < 10
    else:
        assert acts == 10
    for each in (file, file.with_name("kiosk.toml.before")):
        if each.exists():
            sip2 = load(each).ils.sip2
            assert sip2 is not None
            both = sip2.host, sip2.login_password
            assert both in {("ils.example.org", SECRET), ("ils.example.net", "new")}
    # and the next attempt works, whatever was left behind, and leaves no more than it needs
    Keeper(file).keep({"ils.login_password": "newer"})
    Keeper(file).keep({"ils.login_password": "newest"})
    assert password(file) == "newest"
    assert len(list((file.parent / "secrets").iterdir())) == 2


@pytest.mark.parametrize("acts", range(9))
def test_a_full_disk_leaves_the_old_settings_and_no_new_password(file: Path, acts: int) -> None:
    class Full(FailingFiles):
        """Nothing can be written any more; removing always works."""

        def remove(self, path: Path) -> None:
            RealFiles.remove(self, path)

    files = Full(acts, lambda: OSError(28, "No space left on device"))
    if acts < 8:
        with pytest.raises(OSError, match="No space left"):
            Keeper(file, files).keep(CHANGES)
    else:
        Keeper(file, files).keep(CHANGES)
    assert password(file) == ("new" if acts >= 7 else SECRET)
    assert len(list((file.parent / "secrets").iterdir())) == (2 if acts >= 7 else 1)


# ---- parted ---------------------------------------------------------------------------------

WITH_TEXTS = """\
# from the library's letter
[security]
password = "0F0F0F0F"  # of our tags

[ils]
driver = "sip2"
login_password = "not for your eyes"   # of May
terminal_password = ""
"""


def test_a_text_is_parted_from_its_secrets(tmp_path: Path) -> None:
    text, secrets = part_secrets(WITH_TEXTS, tmp_path)
    assert secrets == {"security-password": "0F0F0F0F", "ils-login-password": SECRET}
    assert text == WITH_TEXTS.replace('"0F0F0F0F"', '{file = "secrets/security-password"}').replace(
        f'"{SECRET}"', '{file = "secrets/ils-login-password"}'
    )
    assert part_secrets(text, tmp_path) == (text, {})


def test_no_secret_that_is_in_use_is_written_over(file: Path) -> None:
    write_secret(file.parent / "secrets" / "ils-login-password")
    _, secrets = part_secrets(WITH_TEXTS, file.parent)
    assert set(secrets) == {"security-password", "ils-login-password.2"}


def test_a_secret_that_no_file_can_hold_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        part_secrets('[ils]\ndriver = "sip2"\nlogin_password = "a\\nb"\n', tmp_path)
    assert str(caught.value) == "kiosk.toml:3: [ils] login_password: must be one line of text"


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
hidden = words.map(lambda word: f"hush-{word}") | st.just("")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(login=hidden, terminal=hidden, comment=words)
def test_whatever_the_secrets_are_the_same_come_back(
    login: str, terminal: str, comment: str, tmp_path: Path
) -> None:
    text = (
        f'[ils] # said: {comment}\ndriver = "sip2"\nlogin_password = {tomlkit.item(login).as_string()} '
        f"# said: {comment}\nterminal_password = {tomlkit.item(terminal).as_string()}\n"
    )
    parted, secrets = part_secrets(text, tmp_path)
    assert "hush-" not in parted
    assert parted.count(f"# said: {comment}\n") == 2
    for name, secret in secrets.items():
        write_secret(tmp_path / "secrets" / name, secret.encode())
    assert parse(parted, folder=tmp_path) == parse(text, folder=tmp_path)


def test_secrets_that_stand_in_the_file_are_named_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(WITH_TEXTS)
    bare = secrets_as_text(path)
    assert [(each.line, each.section, each.key) for each in bare] == [
        (3, "security", "password"),
        (7, "ils", "login_password"),
    ]
    assert bare[0].says == "[security] password stands in the settings file as a text."
    assert SECRET not in repr(bare)
