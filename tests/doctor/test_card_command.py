"""`kiosk card test`: what is described or shown, step by step, and whom it names."""

import json
import threading
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kiosk import cli
from kiosk.cards import CardSettings, PcscCards
from kiosk.circulation.values import Device
from kiosk.doctor import card
from kiosk.rfid import cards as rfid
from kiosk.rfid import errors
from kiosk.rfid.tags import LibraryTag, NdefMessage, Usage
from kiosk.settings import Settings
from tests.cards.one_thread import OneThread

SETTINGS = """
[cards]
driver = "pcsc"
proximity = ["text", "uri", "uid"]

[ids]
patron_chain = ["after-last:/", "strip-prefix:K"]
uid_chain = ["reverse-bytes", "hex-to-decimal"]
patron_prefix = "21"
"""
FELICA = "3B8F8001804F0CA00000030611003B0000000042"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "kiosk.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    return file


def nobody(_kind: Device, _settings: Settings) -> None:
    raise AssertionError("no reader is needed for a card that was described")


class Reader:
    """A reader on which one card is shown, or one that cannot be read, or nothing."""

    def __init__(self, *reports: rfid.CardReport) -> None:
        self.reports = list(reports)
        self.thread = OneThread("cards")
        self.over = threading.Event()

    def __call__(self, kind: Device, settings: Settings) -> PcscCards:
        assert kind is Device.CARDS
        naming, ids = settings.cards.naming, settings.ids
        return PcscCards(CardSettings(), self.thread, ids, Random(1), naming, watcher=self)

    def next(self, timeout_s: float) -> list[rfid.CardReport]:
        if self.reports:
            return [self.reports.pop(0)]
        self.over.wait(timeout_s)
        return []

    def stop(self) -> None:
        self.over.set()


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_uri_step_by_step(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    uri = "https://lib.example/p/K21000001"
    assert card(["test", "--config", str(config), "--json", uri], nobody) == 0
    assert told(capsys) == {
        "kind": "unknown",
        "atr": None,
        "uid": None,
        "raw_uid": None,
        "text": None,
        "uri": uri,
        "texts": [],
        "uris": [uri],
        "library": None,
        "source": "uri",
        "steps": [
            {"step": "clean", "value": uri, "problem": None},
            {"step": "after-last:/", "value": "K21000001", "problem": None},
            {"step": "strip-prefix:K", "value": "21000001", "problem": None},
            {"step": "prefix:21", "value": "21000001", "problem": None},
        ],
        "patron": "21000001",
        "why": None,
    }


def test_the_step_that_refuses_is_named(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert card(["test", "--config", str(config), "--json", "--text", "K31000001"], nobody) == 1
    said = told(capsys)
    assert (said["patron"], said["why"]) == (None, "prefix:21: it begins in another way")
    assert said["steps"][-1] == {"step": "prefix:21", "value": None, "problem": "wrong-prefix"}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--uid", "08 A1 B2 C3"], "its uid is another one each time, so it can name nobody"),
        (["--uid", "01:02:03:04:05"], "its uid has another length than 4, 7, 8 or 10 bytes"),
        (
            ["--uid", "01390102030405E0", "--atr", FELICA],
            "it carries nothing of what may name a patron here ([cards] says what may)",
        ),
    ],
)
def test_a_uid_that_names_nobody(
    config: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], why: str
) -> None:
    assert card(["test", "--config", str(config), "--json", *arguments], nobody) == 1
    assert told(capsys)["why"] == why


def test_a_uid_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text('[cards]\ndriver = "pcsc"\nvicinity = ["uid"]\n', encoding="utf-8")
    assert card(["test", "--config", str(file), "--uid", "78563412000104E0"], nobody) == 0
    lines = [line.split(None, 1) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["kind", "iso15693"],
        ["uid", "E004010012345678 (backwards 78563412000104E0; the reader gave 78563412000104E0)"],
        ["the", "id is in           uid"],
        ["clean", "E004010012345678"],
        ["patron", "E004010012345678"],
    ]


def test_a_card_is_waited_for(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = rfid.Card("04112233445566", b"", ndef=NdefMessage(("K21000002", "\x1b[2J")))
    reader = Reader(rfid.ReadersChanged(("Desk",)), rfid.CardRead("Desk", shown))
    assert card(["test", "--config", str(config)], reader) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[-1].split() == ["patron", "21000002"]
    assert "\x1b" not in said


def test_a_book_is_no_card(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = rfid.Card("E004010012345678", b"", rfid.CardKind.ISO15693, memory=LibraryTag("3100000123"))
    assert card(["test", "--config", str(config), "--json"], Reader(rfid.CardRead("Desk", book))) == 1
    said = told(capsys)
    assert said["why"] == "this is the tag of an item, and no card"
    assert said["library"] == {
        "model": "iso28560-3",
        "why": "",
        "item_id": "3100000123",
        "owner_isil": None,
        "usage": "circulating",
        "patron_card": False,
    }


def test_a_library_s_own_card(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tag = LibraryTag("21000003", "DE-Heu1", usage=Usage.PATRON_CARD)
    own = rfid.Card("E004010012345678", b"", rfid.CardKind.ISO15693, memory=tag)
    assert card(["test", "--config", str(config)], Reader(rfid.CardRead("Desk", own))) == 0
    assert "library tag            iso28560-3, patron-card, 21000003, DE-Heu1" in capsys.readouterr().out


def test_nobody_shows_a_card(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert card(["test", "--config", str(config), "--json", "--seconds", "0.1"], Reader()) == 1
    assert told(capsys) == {"patron": None, "why": "nobody has shown a card, or there is no reader"}


def test_a_card_that_cannot_be_read(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed = rfid.CardFailed("Desk", errors.CardPulled("too quick"))
    assert card(["test", "--config", str(config)], Reader(failed)) == 1
    assert capsys.readouterr().out == "the card could not be read: too quick\n"


def test_settings_without_a_reader(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text('[cards]\ndriver = "none"\n', encoding="utf-8")
    assert cli.main(["card", "test", "--config", str(file)]) == 1
    assert capsys.readouterr().out == "these settings name no card reader\n"


def test_through_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["card", "test", "--json", "21000001"]) == 0
    assert told(capsys)["patron"] == "21000001"
    wrong = tmp_path / "kiosk.toml"
    wrong.write_text('[cards]\ndriver = "pcsc"\nfelica = ["library"]\n', encoding="utf-8")
    assert cli.main(["card", "test", "21000001"]) == 2
    assert "felica" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["card", "test", "--uid", "XY"])
