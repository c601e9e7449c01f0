"""`kiosk doctor ils` as somebody calls it: a table, JSON, exit status, and what must not stand there."""

import asyncio
import dataclasses
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kiosk.app import real_doors
from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.doctor import About, main
from kiosk.doctor.ils_command import as_json, as_text
from kiosk.ils import IlsSettings
from kiosk.simulator import Scenery, World
from kiosk.simulator.serve import Stage
from tests.doctor.examined import ANNA, BOOK, EVERYTHING, FREE, NOW, PIN, Visit, scenery, visit, visits

PROJECT = Path(__file__).resolve().parent.parent.parent


def config(folder: Path, port: int, password: str = "lantern") -> Path:
    file = folder / "kiosk.toml"
    file.write_text(
        f"""
[ils]
driver = "sip2"
port = {port}
institution = "LANTERN"
login_user = "selfcheck"
login_password = "{password}"
[pad]
driver = "feig-tcp"
"""
    )
    return file


@contextmanager
def an_ils(make: str) -> Iterator[tuple[int, World]]:
    """A simulated ILS beside this thread."""
    world = World(scenery(make), wall=time.time)
    ready, port = threading.Event(), [0]
    over: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        async with Stage(world, {"ils": 0}, control=None) as stage:
            port[0] = stage.ports["ils"]
            over.append((asyncio.get_running_loop(), asyncio.Event()))
            ready.set()
            await over[0][1].wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(20)
    try:
        yield port[0], world
    finally:
        loop, event = over[0]
        loop.call_soon_threadsafe(event.set)
        thread.join()


def doctor(*argv: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kiosk", "doctor", "ils", *argv]
    return subprocess.run(
        command, check=False, cwd=PROJECT, input=stdin, capture_output=True, text=True, timeout=120
    )


def test_a_table_from_the_command_line_and_a_profile_in_it(tmp_path: Path) -> None:
    with an_ils("koha") as (port, world):
        file = config(tmp_path, port)
        args = ("--config", str(file), "--patron", ANNA, "--item", BOOK, "--pin", "-")
        said = doctor(*args, stdin=f"{PIN}\n")
    assert said.returncode == 0, said.stderr
    assert re.search(r"^paging +ok +Windows", said.stdout, re.MULTILINE)
    assert "credentials     look    Easily guessed" in said.stdout
    assert said.stdout.startswith(f"127.0.0.1:{port}, as standard\n")
    assert "In the way of lending: nothing.\nTo be looked at: credentials" in said.stdout
    assert re.search(
        r"^63 the patron's record and account +\d+ +[\d.]+ ms +[\d.]+ ms", said.stdout, re.MULTILINE
    )
    assert 'based_on = "standard"' in said.stdout
    for secret in (ANNA, BOOK, "Kern", "Crème"):
        assert secret not in said.stdout + said.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["kiosk.toml"], "nothing is kept"
    assert not world.ils.loans


def test_an_exercise_from_the_command_line(tmp_path: Path) -> None:
    with an_ils("koha") as (port, world):
        args = ("--json", "--config", str(config(tmp_path, port)), "--exercise", ANNA, FREE)
        said = doctor(*args, stdin=f"{PIN}\n")
    assert said.returncode == 0, said.stdout
    assert "is lent to this patron, once" in said.stderr
    told = json.loads(said.stdout)
    checks = {each["check"]: each for each in told["checks"]}
    assert checks["loan-security"]["seen"]["desensitize"] == "Y"
    assert checks["return"]["state"] == "ok"
    assert len(world.ils.loans) == len(world.ils.returns) == 1


def test_help_tells_the_exit_status() -> None:
    said = doctor("--help")
    assert said.returncode == 0
    assert "Exit status: 0 nothing stands in the way of lending; 1" in said.stdout
    assert "--exercise PATRON ITEM" in said.stdout


def test_nobody_there_is_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = config(tmp_path, 1)
    assert call("--json", "--config", str(file)) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["well"] is False
    assert told["proposal"] is None
    assert told["checks"][0]["check"] == "address"
    assert told["when"] == "2026-09-21T14:13:20+00:00", "by the clock that the command line was given"


@pytest.mark.parametrize(
    "argv",
    [
        ("--pin", "-"),
        ("--pin", PIN, "--patron", ANNA),
        ("--exercise", ANNA),
        ("--exercise", ANNA, BOOK, "--item", BOOK),
        ("--patron", f"{ANNA}|AD"),
        ("--patron", ""),
    ],
    ids=["no patron", "no dash", "no item", "two items", "a delimiter", "empty"],
)
def test_a_wrong_call_is_status_2_and_repeats_no_number(
    argv: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call("--config", str(config(tmp_path, 6001)), *argv)
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert ANNA not in said.err + said.out
    assert f"'{PIN}'" not in said.err


def test_wrong_settings_are_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--config", str(tmp_path / "none.toml")) == 2
    file = tmp_path / "kiosk.toml"
    file.write_text('[library]\nname.default = "Town"\n')
    assert call("--config", str(file)) == 2
    assert "there is no library system to ask" in capsys.readouterr().err


def call(*argv: str) -> int:
    doors = dataclasses.replace(real_doors(Path()), wall=lambda: NOW)
    return main(("ils", *argv), lambda device, settings: None, doors)


KEYS = {
    "version",
    "when",
    "host",
    "port",
    "profile",
    "well",
    "checks",
    "latency",
    "unknown_texts",
    "rules",
    "evidence",
    "assumed",
    "changes",
    "proposal",
}


def test_the_keys_of_the_document_are_those_that_the_documentation_lists() -> None:
    document = as_json(visits(EVERYTHING)["koha"].report, IlsSettings(), 0.0)
    assert set(document) == KEYS
    assert all(set(each) == {"check", "state", "says", "seen"} for each in document["checks"])
    assert {each["state"] for each in document["checks"]} <= {"ok", "warning", "failed", "unknown"}
    assert set(document["latency"][0]) == {"message", "count", "p50_ms", "p95_ms"}
    page = (PROJECT / "docs" / "integration.md").read_text("utf-8")
    for name in KEYS | {each["check"] for each in document["checks"]}:
        assert f"`{name}`" in page, name
    assert json.loads(json.dumps(document)) == document


NUMBERS = st.text("0123456789ABCDEFGHK", min_size=5, max_size=14).map("Q7{}".format)
PINS = st.text("0123456789", min_size=5, max_size=9)
NAMES = st.text(st.characters(codec="utf-8", categories=("Lu", "Ll", "Lo")), min_size=5, max_size=20).map(
    "Ж{}".format
)  # not a word that the doctor says itself


@settings(max_examples=30, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(card=NUMBERS, pin=PINS, name=NAMES, title=NAMES, barcode=NUMBERS)
def test_whatever_they_are_called_they_do_not_stand_in_the_output(
    card: str, pin: str, name: str, title: str, barcode: str
) -> None:
    told = scenery_of(card, pin, name, title, barcode)
    about = About(PatronId(card), Pin(pin), ItemKey(barcode), exercise=True)
    checked: Visit = visit(told, about)
    document = as_json(checked.report, IlsSettings(), 0.0)
    said = "\n".join((as_text(checked.report), json.dumps(document, ensure_ascii=False), *checked.said))
    for secret in (card, pin, barcode):
        assert not re.search(rf"(?<![0-9.]){re.escape(secret)}(?![0-9.])", said)
    for secret in (name, title):
        assert secret not in said


def scenery_of(card: str, pin: str, name: str, title: str, barcode: str) -> Scenery:
    """A library of one patron and one book, whose ILS greets them both by name."""
    told = scenery("koha")
    patron = dataclasses.replace(
        told.patrons[0], id=card, pin=pin, name=name, message=f"{name} ({card}), {pin}: {title} {barcode}"
    )
    item = dataclasses.replace(told.items[0], barcode=barcode, title=title)
    return dataclasses.replace(told, patrons=(patron,), items=(item,), tags=(), loans=(), holds=())
