"""`kiosk journal`, as somebody at a terminal meets it."""

import json
import shutil
from pathlib import Path

import pytest

from kiosk import lab
from kiosk.circulation.values import Row, RowKind, SagaId
from kiosk.journal import JournalSettings, SqliteJournal, read_rows
from kiosk.support.journal_command import main
from tests.journal.places import inline

PATRON = "21000099887766"
LOAN = Row(SagaId("L1-1"), RowKind.INTENT, {"item": "30001", "afi": [7]}, {"patron": PATRON})
LENT = Row(SagaId("L1-1"), RowKind.ANSWER, {"lent": True, "release": True})
RETURN = Row(SagaId("R1-2"), RowKind.INTENT, {"act": "return", "item": "30002"})
DONE = Row(SagaId("L1-3"), RowKind.INTENT, {"item": "30003"}, {"patron": PATRON})
SETTLED = Row(SagaId("L1-3"), RowKind.SETTLED, {"state": "safe"}, closes=True)


class Machine:
    """A kiosk's folder, and the command called in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.config = folder / "kiosk.toml"
        self.config.write_text("")
        self.settings = JournalSettings(folder / "data", folder / "journal.key")

    def journal(self) -> SqliteJournal:
        return SqliteJournal(self.settings, run_blocking=inline, mono=lambda: 5.0, wall=lambda: 1.75e9)

    def write(self, *rows: Row) -> None:
        async def story() -> None:
            journal = self.journal()
            await journal.append(rows)
            await journal.close()

        lab.run(story())

    def __call__(self, *argv: str) -> tuple[int, str, str]:
        said = main([*argv, "--config", str(self.config)], wall=lambda: 1.75e9 + 60, mono=lambda: 6.0)
        out, err = self._capsys.readouterr()
        assert PATRON not in out + err
        return said, out, err


@pytest.fixture
def machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Machine:
    made = Machine(tmp_path, capsys)
    made.write(LOAN, LENT, RETURN, DONE, SETTLED)
    return made


def test_list_says_in_one_sentence_each_what_is_open(machine: Machine) -> None:
    status, out, err = machine("list")
    assert (status, err) == (0, "")
    first, second = out.splitlines()
    assert first.startswith("L1-1  2025-06-15 ")
    assert "Book 30001: it is lent, but still secured" in first
    assert "Book 30002: nobody knows whether it was returned" in second
    assert "30003" not in out
    status, out, _ = machine("list", "--all")
    assert "L1-3  2025-06-15 " in out
    assert out.splitlines()[-1].endswith("safe")


def test_list_for_programs(machine: Machine) -> None:
    status, out, _ = machine("list", "--json", "--all")
    said = json.loads(out)
    assert (status, said["reason"], said["problems"]) == (0, None, [])
    assert [(each["saga"], each["key"], each["item"]) for each in said["matters"]] == [
        ("L1-1", "loan-unsecured", "30001"),
        ("R1-2", "return-unknown", "30002"),
    ]
    assert said["matters"][0]["since"] == "2025-06-15T15:06:40+00:00"
    assert [(each["saga"], each["state"]) for each in said["settled"]] == [("L1-3", "safe")]


def test_show_gives_the_rows_of_one_saga_and_nothing_sealed(machine: Machine) -> None:
    status, out, _ = machine("show", "L1-1")
    assert status == 0
    first, second = out.splitlines()
    assert "intent    item=30001  afi=[7]  (with a sealed part)" in first
    assert "answer    lent=true  release=true" in second
    said = json.loads(machine("show", "L1-3", "--json")[1])
    assert [(row["seq"], row["kind"], row["closes"], row["sealed"]) for row in said["rows"]] == [
        (4, "intent", False, False),
        (5, "settled", True, False),
    ]
    status, out, err = machine("show", "L9-9")
    assert (status, out) == (1, "")
    assert "no saga L9-9" in err


def test_resolve_closes_what_staff_have_seen_to(machine: Machine) -> None:
    status, out, _ = machine("resolve", "L1-1", "R1-2")
    assert (status, out) == (0, "closed: L1-1, R1-2\n")
    assert read_rows(machine.settings.folder, only_open=True) == ()
    last = read_rows(machine.settings.folder)[-1]
    assert (last.kind, last.payload, last.closes) == ("settled", {"state": "resolved", "by": "staff"}, True)
    assert not any(row.sealed for row in read_rows(machine.settings.folder))
    assert machine("list")[1] == "There are no open matters.\n"


@pytest.mark.parametrize(("saga", "says"), [("L1-3", "closed already"), ("L9-9", "no saga L9-9")])
def test_resolve_closes_none_when_one_is_wrong(machine: Machine, saga: str, says: str) -> None:
    status, out, err = machine("resolve", "L1-1", saga)
    assert (status, out) == (1, "")
    assert says in err
    assert len(read_rows(machine.settings.folder)) == 5


def test_beside_a_running_kiosk_it_looks_and_changes_nothing(machine: Machine) -> None:
    async def story() -> tuple[int, str, str]:
        journal = machine.journal()
        await journal.open_rows()
        assert machine("list")[0] == machine("export")[0] == machine("show", "L1-1")[0] == 0
        try:
            found = json.loads(machine("list", "--json")[1])
            assert len(found["matters"]) == 2
            return resolving()
        finally:
            await journal.close()

    def resolving() -> tuple[int, str, str]:
        # a command has a loop of its own
        import concurrent.futures

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            return pool.submit(machine, "resolve", "L1-1").result()

    status, out, err = lab.run(story())
    assert (status, out) == (1, "")
    assert "maintenance screen" in err
    assert machine("resolve", "L1-1")[0] == 0


def test_export_has_one_line_a_row_and_stable_keys(machine: Machine, tmp_path: Path) -> None:
    status, out, _ = machine("export")
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5]
    assert list(lines[0]) == [
        "seq",
        "saga",
        "kind",
        "schema",
        "closes",
        "sealed",
        "when",
        "wall",
        "mono",
        "payload",
    ]
    assert machine("export", "--out", str(tmp_path / "rows.jsonl"))[:2] == (
        0,
        f"5 rows: {tmp_path / 'rows.jsonl'}\n",
    )
    assert (tmp_path / "rows.jsonl").read_text() == out
    status, _, err = machine("export", "--out", "/proc/nowhere/rows.jsonl")
    assert status == 1
    assert "/proc/nowhere/rows.jsonl" in err


def test_of_a_damaged_journal_it_shows_what_can_be_read_and_adopts_it(machine: Machine) -> None:
    file = machine.settings.path
    file.write_bytes(file.read_bytes().replace(b'"30002"', b'"39999"'))
    status, out, err = machine("list")
    assert status == 1
    assert "30001" in out
    assert "39999" not in out
    assert "row 3 is not what was written" in err
    assert "kiosk journal adopt" in err
    assert json.loads(machine("list", "--json")[1])["reason"] == "journal-damaged"
    assert machine("resolve", "L1-1")[0] == 1
    assert len(machine("export")[1].splitlines()) == 4

    status, out, _ = machine("adopt")
    assert status == 0
    assert "Was wrong: row 3 is not what was written." in out
    assert "Kept aside: " in out
    assert "has from it: 2" in out
    assert machine("list")[0] == 0
    assert machine("resolve", "L1-1")[0] == 0
    assert machine("adopt")[1] == "Nothing is wrong with the journal; nothing was changed.\n"
    assert json.loads(machine("adopt", "--json")[1]) == {"doubts": [], "aside": [], "carried": 0}


def test_a_journal_that_is_gone_is_not_called_empty(machine: Machine) -> None:
    shutil.rmtree(machine.settings.folder)
    status, out, err = machine("list")
    assert (status, out) == (1, "")
    assert "the journal is gone" in err
    assert not machine.settings.folder.exists()
    assert machine("adopt")[0] == 0
    assert machine("list")[:2] == (0, "There are no open matters.\n")


def test_before_the_first_start_there_is_nothing_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(tmp_path, capsys)
    assert machine("list")[:2] == (0, "There are no open matters.\n")
    assert machine("resolve", "L1-1")[0] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kiosk.toml"]


def test_a_wrong_call_and_a_wrong_file(machine: Machine) -> None:
    with pytest.raises(SystemExit) as caught:
        machine("forget")
    assert caught.value.code == 2
    machine.config.write_text("[jurnal]\n")
    status, _, err = machine("list")
    assert status == 2
    assert "kiosk.toml:1" in err
