"""Journals that earlier kiosks have written, by their own code (`written/`): each goes on, and loses nothing.

Each holds an intent (L1), an intent with its answer (L2), and a loan that is settled (L3). They were made by
the journal as it first was (`v1-first`), just before version 2 (`v1-last`), by the first of version 2
(`v2-first`) and much work later (`v2-later`). Add one when the tables or the payloads change.
"""

import sqlite3
import tarfile
from pathlib import Path

import pytest

from kiosk.circulation.events import Moment, Restarted, Stamped
from kiosk.circulation.loan import LoanState
from kiosk.circulation.policy import Policy
from kiosk.circulation.step import initial, step
from kiosk.circulation.values import OpenRows, PatronId, SagaId
from kiosk.journal import JournalOlder, JournalTooNew, SqliteJournal, read_rows
from kiosk.journal.rows import digest
from kiosk.journal.schema import FILE_VERSION
from tests.journal.places import names, open_sagas, place, row, with_journal, write

WRITTEN = Path(__file__).parent / "written"

EACH = sorted(path.name.removesuffix(".tar.gz") for path in WRITTEN.glob("*.tar.gz"))

THEN = 1_790_000_100.0
"""Soon after they were written."""


@pytest.fixture(params=EACH)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    unpack(request.param, tmp_path)
    return tmp_path


def unpack(name: str, folder: Path) -> None:
    # Python 3.11 and 3.14 do not agree on how to extract all of an archive
    with tarfile.open(WRITTEN / f"{name}.tar.gz") as packed:
        for each in packed.getmembers():
            if (content := packed.extractfile(each)) is not None:
                path = folder / each.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch(mode=0o600)
                path.write_bytes(content.read())


def opened(folder: Path) -> OpenRows:
    async def story(journal: SqliteJournal) -> OpenRows:
        return await journal.open_rows()

    return with_journal(folder, story, wall=THEN)


def test_there_is_one_of_each_version_that_ever_was() -> None:
    assert {name.split("-")[0] for name in EACH} == {f"v{n}" for n in range(1, FILE_VERSION + 1)}


def test_it_goes_on_and_nothing_is_lost(folder: Path) -> None:
    before = read_rows(folder / "data")
    assert [each.saga for each in before] == ["L1", "L2", "L2", "L3", "L3", "L3"]
    rows = opened(folder).rows
    assert read_rows(folder / "data") == before
    assert [(each.saga, each.kind, each.sealed) for each in rows] == [
        ("L1", "intent", {"patron": "21001"}),
        ("L2", "intent", {"patron": "21002"}),
        ("L2", "answer", None),
    ]
    db = sqlite3.connect(place(folder).path)
    assert db.execute("PRAGMA user_version").fetchone() == (FILE_VERSION,)
    db.close()
    assert names(folder / "data") == ["journal.db"]


def test_what_it_left_open_is_taken_up_again(folder: Path) -> None:
    rows = opened(folder)
    state, _ = step(initial(Policy()), Stamped(Moment(0.0, THEN), 0, Restarted(rows.rows, rows.opening)))
    loans = state.loans
    assert {saga: loan.state for saga, loan in loans.items()} == {
        "L1": LoanState.DOUBTED,
        "L2": LoanState.AWAITED,
    }
    assert loans[SagaId("L1")].patron == PatronId("21001")
    assert loans[SagaId("L2")].item.id == "30002"


def test_it_takes_new_rows_and_can_be_closed_again(folder: Path) -> None:
    async def story(journal: SqliteJournal) -> None:
        await journal.append([row("L1", closes=True), row("new")])

    with_journal(folder, story, wall=THEN)
    assert open_sagas(folder) == ["L2", "L2", "new"]


@pytest.mark.parametrize("name", [name for name in EACH if name.startswith("v1")])
def test_one_from_before_the_mark_is_an_old_copy_where_there_is_one(tmp_path: Path, name: str) -> None:
    unpack(name, tmp_path / "old")
    unpack("v2-later", tmp_path)
    (tmp_path / "old" / "data" / "journal.db").replace(place(tmp_path).path)
    with pytest.raises(JournalOlder):
        opened(tmp_path)


# ---- a later kiosk has written it -----------------------------------------------------------


def test_a_later_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    unpack("v2-later", tmp_path)
    db = sqlite3.connect(place(tmp_path).path)
    db.execute(f"PRAGMA user_version = {FILE_VERSION + 1}")
    db.close()
    before = place(tmp_path).path.read_bytes()
    with pytest.raises(JournalTooNew, match="Install the newer version of the kiosk again") as refused:
        opened(tmp_path)
    assert refused.value.reason.value == "journal-too-new"
    assert place(tmp_path).path.read_bytes() == before
    assert names(tmp_path / "data") == ["journal.db"]


@pytest.mark.parametrize(("is_open", "refused"), [(1, True), (0, False)])
def test_a_later_shape_is_refused_where_somebody_would_have_to_understand_it(
    tmp_path: Path, is_open: int, *, refused: bool
) -> None:
    write(tmp_path, [row("a"), row("b")], wall=THEN)
    db = sqlite3.connect(place(tmp_path).path)
    saga, kind, closes, payload, mono, wall = db.execute(
        "SELECT saga, kind, closes, payload, mono, wall FROM rows WHERE seq = 2"
    ).fetchone()
    said = digest((saga, kind, 2, closes, payload), mono, wall)
    db.execute("UPDATE rows SET schema = 2, digest = ?, open = ? WHERE seq = 2", [said, is_open])
    db.commit()
    db.close()
    if refused:
        with pytest.raises(JournalTooNew, match="row 2 is of a kind or a shape that came later"):
            opened(tmp_path)
    else:
        assert [each.saga for each in opened(tmp_path).rows] == ["a"]
