"""`kiosk capsule` as support and staff see it."""

import asyncio
import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kiosk.circulation.values import Row, RowKind, SagaId
from kiosk.journal import JournalSettings, SqliteJournal
from kiosk.recorder import lines_of
from kiosk.support.capsule import capsule_lines
from kiosk.support.capsule_command import main
from tests.recorder.recorded import WALL, Step, at_once, record, steps_of

PRIVATE = ("21000001", "Anna", "Kern", "39000017", "sip.library.example", "hunter", "kiosk-7", "Lantern")

SETTINGS = """
[library]
name = "Lantern Street"

[ils]
driver = "sip2"
host = "sip.library.example"
login_user = "kiosk-7"
login_password = "hunter"

[journal]
folder = "{home}/data"
key_file = "{home}/journal.key"
"""

INTENT = Row(
    SagaId("L3-12"),
    RowKind.INTENT,
    {"item": "39000017", "uids": ["E004015012345678"], "reason": "tag-gone"},
    {"patron": "21000001"},
)


class Place:
    """A machine with a kiosk on it: settings, a journal, a ring."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.out = home / "capsule.jsonl.gz"
        self.config = home / "kiosk.toml"
        self.config.write_text(SETTINGS.format(home=home))

    async def keep(self) -> None:
        """A row that is still open."""
        journal = await SqliteJournal.open(
            JournalSettings(self.home / "data", self.home / "journal.key"),
            run_blocking=at_once,
            mono=lambda: 1000.0,
            wall=lambda: WALL,
        )
        await journal.append([INTENT])
        await journal.close()

    def make(self) -> int:
        return main(["--config", str(self.config), "--out", str(self.out)], lambda: WALL)

    def replay(self, path: Path | None = None) -> int:
        return main(["--replay", str(path or self.out)])

    def parts(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for line in lines_of(self.out):
            raw = json.loads(line)
            found |= raw if isinstance(raw, dict) else {}
        return found


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    """What happened at the desk."""
    return steps_of(5, acts=30)


@pytest.fixture
def place(tmp_path: Path, steps: list[Step]) -> Place:
    record(tmp_path / "data" / "recorder", steps)
    place = Place(tmp_path)
    asyncio.run(place.keep())
    return place


def test_a_capsule_is_made_and_tells_its_story(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert place.make() == 0
    assert str(place.out) in capsys.readouterr().out
    assert place.replay() == 0
    told = capsys.readouterr().out
    assert "journal: 1 open rows" in told
    assert "1 L3-12 intent" in told
    assert "== segment 1: 2023-11-14, kiosk 1.2.3, " in told
    assert "DeviceChanged device=ils condition=ready" in told
    assert told.endswith("agrees: yes\n")


def test_it_names_nobody_and_no_place(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.make()
    place.replay()
    everything = gzip.decompress(place.out.read_bytes()).decode() + capsys.readouterr().out
    inside = everything.replace(str(place.out), "")
    assert not [private for private in (*PRIVATE, str(place.home)) if private in inside]
    assert place.out.stat().st_mode & 0o077 == 0


def test_settings_are_told_without_secrets_and_places(place: Place) -> None:
    place.make()
    said = place.parts()["settings"]
    assert said["ils"]["driver"] == "sip2"
    ils = said["ils"]["sip2"]
    assert (ils["profile"], ils["port"], ils["backoff_s"]) == ("standard", "6_001", 1.0)
    assert (ils["host"], ils["login_user"], ils["login_password"]) == ("***", "***", "***")
    assert ils["terminal_password"] == ""
    assert said["policy"]["languages"] == ["en", "ar"]
    assert said["library"]["name"] == {"": "***"}
    assert said["journal"]["folder"] == "***"


def test_a_password_of_its_own_is_masked_and_one_that_is_lost_keeps_nobody_from_a_capsule(
    place: Place,
) -> None:
    secret = place.home / "secret"
    secret.touch(0o600)
    secret.write_text("hunter")
    text = place.config.read_text()
    place.config.write_text(text.replace('"hunter"', '{ file = "secret" }'))
    for there, told in ((True, "***"), (False, "")):
        if not there:
            secret.unlink()
        assert place.make() == 0
        ils = place.parts()["settings"]["ils"]["sip2"]
        assert (ils["login_user"], ils["login_password"]) == ("***", told)
        assert b"hunter" not in gzip.decompress(place.out.read_bytes())
        place.out.unlink()


def test_rows_keep_their_saga_and_lose_their_items(place: Place) -> None:
    place.make()
    [row] = place.parts()["journal"]
    assert (row["saga"], row["kind"]) == ("L3-12", "intent")
    payload = dict(row["payload"])
    assert payload["reason"] == "tag-gone"
    assert len(payload["item"]) == 12


def test_a_damaged_journal_is_said_inside(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    [path] = (place.home / "data").glob("*.db")
    path.write_bytes(b"Anna Kern has been here" * 1000)
    assert place.make() == 0
    assert place.parts()["trouble"]
    assert b"Anna" not in gzip.decompress(place.out.read_bytes())
    capsys.readouterr()
    assert place.replay() == 0
    assert "journal: 0 open rows (Journal" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["[ils]\nhost = 7\npassword = 'hunter'", "Anna = [", None])
def test_settings_that_cannot_be_read_are_said_and_a_capsule_is_made(
    place: Place, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    if text is None:
        place.config.unlink()
    else:
        place.config.write_text(text)
    assert place.make() == 0
    assert "made without settings" in capsys.readouterr().err
    assert place.replay() == 1
    told = capsys.readouterr().out
    assert "settings: could not be read" in told
    assert "there is nothing to replay in it" in told


def test_what_diverges_is_told_and_ends_with_status_1(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.make()
    lines = list(lines_of(place.out))
    at = next(number for number, line in enumerate(lines) if '"Tell:DeviceNow"' in line)
    lines[at] = lines[at].replace('"Tell:DeviceNow"', '"Tell:DeviceNow ReleaseGate"')
    other = place.home / "other.jsonl.gz"
    other.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert place.replay(other) == 1
    told = capsys.readouterr().out
    assert "!! something else follows than in the kiosk: there it was Tell:DeviceNow ReleaseGate" in told
    assert told.endswith("agrees: no\n")


def test_a_segment_alone_can_be_replayed(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    [first, *_] = sorted((place.home / "data" / "recorder").iterdir())
    assert place.replay(first) == 0
    assert capsys.readouterr().out.endswith("agrees: yes\n")


@pytest.mark.parametrize(
    "content",
    [b"", b"no capsule", gzip.compress(b"[]\n7\nnull\n{}\n", mtime=0)],
    ids=("empty", "text", "json"),
)
def test_what_is_no_capsule_does_not_agree(place: Place, content: bytes) -> None:
    place.out.write_bytes(content)
    assert place.replay() == 1


def test_files_that_cannot_be_read_or_written_are_named(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.replay(place.home / "nothing") == 1
    assert "nothing: No such file" in capsys.readouterr().err
    place.out = place.home / "no" / "folder" / "capsule.gz"
    assert place.make() == 1
    assert "kiosk capsule:" in capsys.readouterr().err


def test_a_wrong_call_says_how() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--rewind"])
    assert ended.value.code == 2


@dataclass(frozen=True)
class Tomorrow:
    words: object
    numbers: tuple[int, ...] = (1, 2)


def test_settings_of_tomorrow_are_masked_too() -> None:
    def said(words: object) -> Any:
        lines = capsule_lines(kiosk="1", wall=WALL, settings=Tomorrow(words), journal=None, ring=None)
        return json.loads(list(lines)[1])["settings"]

    assert said("Anna Kern") == {"words": "***", "numbers": [1, 2]}
    assert said(SimpleNamespace(name="Anna"))["words"] == "***"
    assert said(["Anna", ""])["words"] == ["***", ""]
