"""Promise 6: the judge searches every byte of the data folder."""

import base64
import gzip
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.lab import folder
from kiosk.lab.canaries import hunt
from kiosk.lab.evidence import Canary
from kiosk.lab.judge import judge
from tests.lab import honest
from tests.lab.honest import ANNA, KEPT, judged

FORMS = {
    "plain": b"Anna Kowalska",
    "UTF-16": "Anna Kowalska".encode("utf-16-le"),
    "UTF-16, the other way": "Anna Kowalska".encode("utf-16-be"),
    "in JSON": json.dumps("Moby-Dick; or, Çetus 鯨").encode(),
    "in a URL": b"q=Moby-Dick%3B%20or%2C%20%C3%87etus%20%E9%AF%A8",
    "in a URL, small": b"q=Moby-Dick%3b%20or%2c%20%c3%87etus%20%e9%af%a8",
    "in a form": b"q=Anna+Kowalska",
    "UTF-16 of other letters": "x Moby-Dick; or, Çetus 鯨".encode("utf-16-le"),
    "in hex": b"0f" + b"Anna Kowalska".hex().encode() + b"0a",
    "in hex, large": b"Anna Kowalska".hex().upper().encode(),
    "in base64": base64.b64encode(b"Anna Kowalska"),
    "in the middle of base64": base64.b64encode(b"x: Anna Kowalska, 12"),
    "in base64 for a URL": base64.urlsafe_b64encode("x Moby-Dick; or, Çetus 鯨.".encode()),
    "a patron's id": ANNA.encode(),
    "a PIN": b'{"pin": "4711"}',
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("file", ["journal.db", "journal.db-wal", "log/kiosk.log"])
def test_a_canary_on_the_disk_is_found(tmp_path: Path, form: str, file: str) -> None:
    path = honest.data_folder(tmp_path / "data") / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\x00free page" + FORMS[form] + b"\xff")
    folder.write(tmp_path, honest.evidence())
    verdict = judge(tmp_path, tmp_path / "data")
    assert verdict.promises == {**KEPT, "p6": False}
    assert file in verdict.findings[0].sentence


@pytest.mark.parametrize("bytes_before", range(9))
def test_a_canary_is_found_wherever_it_begins(tmp_path: Path, bytes_before: int) -> None:
    (tmp_path / "journal.db").write_bytes(b"-" * bytes_before + b"Anna Kowalska")
    assert list(hunt([Canary("name", "Anna Kowalska")], tmp_path))
    assert not list(hunt([Canary("name", "Anna Kowalski")], tmp_path))


@pytest.mark.parametrize("file", ["kiosk.log", "tmp/print.dots", "capsule.jsonl.gz"])
def test_a_canary_beside_the_data_folder_is_found(tmp_path: Path, file: str) -> None:
    data = honest.data_folder(tmp_path / "data")
    folder.write(tmp_path, honest.evidence())
    (tmp_path / "tmp").mkdir()
    (tmp_path / file).write_bytes(
        gzip.compress(b"Anna Kowalska") if file.endswith("gz") else b"Anna Kowalska"
    )
    verdict = judge(tmp_path, data)
    assert verdict.broken == ("p6",)
    assert file.rpartition("/")[2] in verdict.findings[0].sentence


def test_a_canary_in_a_file_name_is_found(tmp_path: Path) -> None:
    data = honest.data_folder(tmp_path / "data")
    (data / f"{ANNA}.tmp").touch()
    folder.write(tmp_path, honest.evidence())
    assert judge(tmp_path, data).broken == ("p6",)


def test_without_canaries_nobody_can_say(tmp_path: Path) -> None:
    for number, canaries in enumerate([None, ()]):
        place = tmp_path / str(number)
        verdict = judged(place, replace(honest.evidence(), canaries=canaries))
        assert verdict.promises == {**KEPT, "p6": None}
        assert [str(each) for each in verdict.missing] == ["p6: no canaries were set"]


CANARIES = (Canary("name", "Anna Kowalska"), Canary("pin", "4711"), Canary("e-mail", "anna@example.org"))


def found(place: Path) -> list[str]:
    return list(hunt(CANARIES, place))


def test_what_is_packed_is_unpacked(tmp_path: Path) -> None:
    inner = gzip.compress(b"a\n" * 5000 + b"mail to anna@example.org")
    (tmp_path / "capsule.jsonl.gz").write_bytes(gzip.compress(b"first") + inner)
    with zipfile.ZipFile(tmp_path / "logs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("old.gz", inner)
        archive.writestr("Anna Kowalska.txt", "")
    assert sorted(found(tmp_path)) == [
        "the e-mail 'anna@example.org' rests in capsule.jsonl.gz (unpacked)",
        "the e-mail 'anna@example.org' rests in logs.zip/old.gz (unpacked)",
        "the name 'Anna Kowalska' rests in logs.zip",
    ]


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-30], lambda raw: raw[:-30] + bytes(60)])
def test_a_packed_file_that_is_cut_off_or_damaged_is_searched_as_far_as_it_goes(
    tmp_path: Path, spoil: Any
) -> None:
    text = b"Anna Kowalska\n" + b"".join(str(number).encode() for number in range(9000, 9900))
    (tmp_path / "000.jsonl.gz").write_bytes(spoil(gzip.compress(text)))
    assert len(found(tmp_path)) == 1


def test_damaged_archives_are_searched_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 Anna Kowalska")
    (tmp_path / "a.gz").write_bytes(b"\x1f\x8b\x08 Anna Kowalska")
    assert len(found(tmp_path)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "147110",
        "0.4711",
        "4711.25",
        "E0040150A4711B22",
        "L1f-4711",
        "R18bcff4711-3",
        "4_711",
        "-ida4711b2200aacc31",
    ],
)
def test_a_pin_inside_another_number_is_chance(tmp_path: Path, text: str) -> None:
    (tmp_path / "log").write_text(f"at {text} it was well")
    assert found(tmp_path) == []


@pytest.mark.parametrize("text", ["4711", "PIN4711-1", "4711.", "(4711)"])
def test_a_pin_alone_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "log").write_text(f"at {text}\n")
    assert len(found(tmp_path)) == 1


def test_a_link_says_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/home/anna@example.org/x")
    assert found(tmp_path) == ["the e-mail 'anna@example.org' rests in link"]


def test_several_places_and_single_files_are_searched_at_once(tmp_path: Path) -> None:
    for name in ("data", "tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("Anna Kowalska")
    (tmp_path / "kiosk.log").write_text("4711")
    places = (tmp_path / "data", tmp_path / "tmp", tmp_path / "kiosk.log", tmp_path / "not-there")
    assert len(list(hunt(CANARIES, *places))) == 3
