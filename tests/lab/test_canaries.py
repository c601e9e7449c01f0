"""Promise 6: the judge searches every byte of the data folder."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.lab import folder
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
