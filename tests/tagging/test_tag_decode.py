"""`kiosk tag decode`, as somebody at a terminal and a program behind it meet it."""

import json
from pathlib import Path
from typing import Any

import pytest

from kiosk.rfid.tags import Usage, encode_28560_2, encode_28560_3
from kiosk.tagging import main
from tests.rfid import tags_seen

KEYS = {"model", "valid", "item_id", "owner_isil", "part", "parts", "usage", "fields", "why"}


def decoded(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["decode", *words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert isinstance(told, dict)
    assert told.keys() >= KEYS
    assert told["why"]
    return told


@pytest.mark.parametrize("seen", tags_seen.SEEN, ids=[seen.name for seen in tags_seen.SEEN])
def test_every_published_tag(capsys: pytest.CaptureFixture[str], seen: tags_seen.Seen) -> None:
    told = decoded(capsys, seen.memory.hex())
    assert told["valid"]
    assert (told["model"], told["item_id"], told["owner_isil"]) == (
        seen.model,
        seen.item_id,
        seen.owner or None,
    )
    assert (told["part"], told["parts"], told["usage"]) == (seen.part, seen.parts, "circulating")


def test_bytes_may_come_in_any_dress(capsys: pytest.CaptureFixture[str]) -> None:
    memory = tags_seen.ANNEX_D
    spaced = memory.hex(" ").upper()
    dresses = [[spaced], spaced.split(), [memory.hex(":")], ["0x" + memory.hex()], [f"  {spaced}\n"]]
    for words in dresses:
        assert decoded(capsys, *words)["item_id"] == "123456789012"
    half = len(memory) // 2
    words = [memory[:half].hex(), "--dsfid", "06", memory[half:].hex()]
    assert decoded(capsys, *words)["item_id"] == "123456789012"


@pytest.mark.parametrize(
    "words",
    [
        ["xyz"],
        ["9100051"],
        ["91 0g"],
        [],
        [""],
        ["91", "--dsfid", "123"],
        ["91", "--block-size", "0"],
        ["91", "--block-size", "four"],
        ["91", "--config", "/nowhere/kiosk.toml"],
        ["é"],
    ],
)
def test_what_is_no_hex_is_answered_too(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    told = decoded(capsys, *words)
    assert not told["valid"]
    assert (told["model"], told["item_id"], told["fields"]) == ("unknown", None, {})


@pytest.mark.parametrize("memory", [bytes(112), b"\xff" * 32, tags_seen.BLANK_3M, bytes(range(32))])
def test_a_blank_tag_and_noise_are_not_valid(capsys: pytest.CaptureFixture[str], memory: bytes) -> None:
    told = decoded(capsys, memory.hex())
    assert not told["valid"]
    assert told["item_id"] is None


def test_a_tag_with_a_wrong_crc_is_not_valid(capsys: pytest.CaptureFixture[str]) -> None:
    told = decoded(capsys, tags_seen.BERLIN.replace(b"1122", b"1132").hex())
    assert (told["model"], told["valid"], told["item_id"]) == ("iso28560-3", False, None)
    assert told["fields"] == {"item_id": "11323344"}
    assert "CRC" in told["why"]


def test_a_tag_that_was_cut_says_what_stands_there_and_that_it_is_not_proven(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = decoded(capsys, tags_seen.BERLIN[:20].hex())
    assert (told["model"], told["valid"], told["item_id"]) == ("iso28560-3", False, "11223344")
    assert "CRC" in told["why"]


def test_a_patron_card_is_valid_and_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    told = decoded(capsys, encode_28560_3("21000001", usage=Usage.PATRON_CARD).hex())
    assert (told["valid"], told["usage"], told["state"]) == (True, "patron-card", "patron-card")
    told = decoded(capsys, encode_28560_2("21000001", usage=Usage.PATRON_CARD_CHILD).hex())
    assert (told["valid"], told["usage"], told["state"]) == (True, "patron-card-child", "patron-card")


def test_blocks_of_another_size(capsys: pytest.CaptureFixture[str]) -> None:
    memory = tags_seen.BERLIN
    turned = b"".join(memory[at : at + 8][::-1] for at in range(0, 32, 8))
    assert not decoded(capsys, turned.hex())["valid"]
    told = decoded(capsys, turned.hex(), "--block-size", "8")
    assert (told["item_id"], told["written"]) == ("11223344", "reversed")


def test_what_the_settings_say_of_tags(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = tmp_path / "kiosk.toml"
    config.write_text(
        "[pad]\ndriver = 'simulated'\ntag_texts = ['[0-9]{8}']\n"
        "tag_uids = ['e004015012345678=39000077']\ntag_models = ['dsfid:3E=iso28560-3']\n"
    )
    text = b"39000001".ljust(112, b"\0").hex()
    assert decoded(capsys, text)["valid"] is False
    told = decoded(capsys, text, "--config", str(config))
    assert (told["model"], told["valid"], told["item_id"]) == ("ascii", True, "39000001")
    told = decoded(capsys, bytes(112).hex(), "--config", str(config), "--uid", "E0 04 01 50 12 34 56 78")
    assert (told["model"], told["item_id"]) == ("unknown", "39000077")
    told = decoded(capsys, tags_seen.MAMK_2.hex(), "--config", str(config), "--dsfid", "3e")
    assert (told["model"], told["valid"]) == ("iso28560-3", False)


def test_people_get_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["decode", tags_seen.ANNEX_D.hex(" ")]) == 0
    lines = capsys.readouterr().out.splitlines()
    table = dict(line.strip().split(None, 1) for line in lines)
    assert table["item_id"] == "123456789012"
    assert table["shelf_location"] == "QA268.L55"
    assert table["valid"] == "yes"
    assert lines[-1].startswith("why")


def test_an_unknown_option_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["decode", "91", "--jsn"])
    assert ended.value.code == 2
    assert "--jsn" in capsys.readouterr().err
