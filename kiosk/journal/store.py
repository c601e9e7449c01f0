"""The journal's file: SQLite by sqlite-utils. Everything here blocks; `journal.py` is the async face.

Rules of the file:

- WAL with `synchronous=FULL`: a commit returns when the WAL is on the disk. One append is one
  transaction is one flush.
- Rows are only added. Nothing in a row ever changes but its key and its box (the sealed part), which
  are overwritten with zeros, in place, when the saga closes. Rows are never moved or removed while a
  key lives, so no page keeps a stale copy of one; `secure_delete`
  will see to rows that are removed one day; so far none is, and the journal only grows.
- The WAL still holds the old page after that: `tidy` moves it into the file and cuts it to nothing.
- A row's `mono` and `wall` are taken when all rows of the flush are written and just before they are
  flushed: never later than the flush's end, hence never later than what waited for it.
- A row's `digest` is checked at every read: what the disk changed is not taken for what was written.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from kiosk.circulation.values import Flushed, Row, RowKind, SagaId
from kiosk.journal.errors import (
    JournalDamaged,
    JournalError,
    JournalInUse,
    JournalTooNew,
    KeyUnusable,
    SealBroken,
    as_os_error,
)
from kiosk.journal.sealing import Sealed, create_key, load_key, sync_folder

FILE_NAME = "journal.db"

APPLICATION_ID = 0x4C4B4A31
"""Marks a SQLite file as our journal (PRAGMA application_id; `LKJ1`)."""

FILE_VERSION = 1
"""PRAGMA user_version: the tables below."""

ROW_SCHEMA = 1
"""Version of the payloads' shapes, kept with each row."""

BUSY_MS = 2000
"""Longest wait for another process that reads the file (a listing on the command line)."""

COLUMNS: dict[str, type] = {
    "seq": int,
    "saga": str,
    "kind": str,
    "schema": int,
    "closes": int,
    "payload": str,
    "mono": float,
    "wall": float,
    "digest": bytes,
    "key": bytes,
    "box": bytes,
}

NO_KEY = (
    "Put back the key file: the journal has sealed rows that only this key opens. "
    "If it is lost, move the journal to another folder and settle its open loans by hand."
)


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as it lies in the journal, its sealed part left out.

    `mono` (seconds of the monotonic clock of that boot) and `wall` (seconds since 1970, UTC) are of
    its flush; `sealed` says that it has a sealed part whose key still exists.
    """

    seq: int
    saga: SagaId
    kind: str
    schema: int
    closes: bool
    payload: Mapping[str, object]
    mono: float
    wall: float
    sealed: bool


class Store:
    """The open file. Belongs to the thread that made it; one process at a time holds its folder."""

    def __init__(
        self, folder: Path, key_file: Path, mono: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        """Open the journal in `folder`, or make it when there is none.

        Raises:
            JournalError: and its kinds, see `errors.py`; also any other OSError of the folder.
        """
        self.path = folder / FILE_NAME
        self._mono = mono
        self._wall = wall
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held: int | None = _hold(folder)
        self._db: Database | None = None
        try:
            key = load_key(key_file)
            if not self.path.exists():
                self._create()
            self._db = self._open()
            if key is None:
                if self._has_sealed():
                    raise KeyUnusable("the kiosk key is missing", key_file, NO_KEY)
                key = create_key(key_file)
            self._key = key
            self.tidy()  # a key that was destroyed just before a power cut
        except BaseException:
            self.close()
            raise

    # ---- opening ----------------------------------------------------------------------------

    def _create(self) -> None:
        """Make the file under another name first: a half-made journal must never look like an empty one."""
        if (leftover := self.path.with_name(f"{FILE_NAME}-wal")).exists():
            raise JournalDamaged("the journal is gone, but rows of it are left beside it", leftover)
        draft = self.path.with_name(f"{FILE_NAME}.new")
        for rest in (draft, draft.with_name(f"{draft.name}-journal")):
            rest.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with as_os_error(draft):
            db = Database(sqlite3.connect(draft), execute_plugins=False)
            try:
                with db.atomic():
                    rows = db.table("rows")
                    rows.create(COLUMNS, pk="seq", not_null=set(COLUMNS) - {"seq", "key", "box"})
                    rows.create_index(["saga"])
                    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    db.execute(f"PRAGMA user_version = {FILE_VERSION}")
            finally:
                db.close()
        with draft.open("rb") as made:
            os.fsync(made.fileno())
        draft.rename(self.path)
        sync_folder(self.path.parent)

    def _open(self) -> Database:
        with as_os_error(self.path):
            # mode=rw: a file that vanished since is not made anew, empty.
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_MS / 1000
            )
            try:
                db = Database(connection, execute_plugins=False, recursive_triggers=False)
                self._check(db)
                for setting in (
                    "journal_mode = WAL",
                    "synchronous = FULL",
                    "secure_delete = ON",
                    "temp_store = MEMORY",
                ):
                    db.execute(f"PRAGMA {setting}").fetchall()
                if db.journal_mode != "wal":
                    raise JournalError(errno.ENOTSUP, "the disk does not allow a write-ahead log", self.path)
            except BaseException:
                connection.close()
                raise
            return db

    def _check(self, db: Database) -> None:
        ours = db.execute("PRAGMA application_id").fetchone()[0]
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if ours != APPLICATION_ID:
            raise JournalDamaged("this is not a kiosk's journal, or an emptied one", self.path)
        if version > FILE_VERSION:
            raise JournalTooNew(
                f"the journal has version {version}, this kiosk knows {FILE_VERSION}", self.path
            )
        said = [line[0] for line in db.execute("PRAGMA quick_check(3)").fetchall()]
        if said != ["ok"]:
            raise JournalDamaged(f"the journal is damaged ({'; '.join(map(str, said))})", self.path)
        if set(db.table("rows").columns_dict) != set(COLUMNS):
            raise JournalDamaged("the journal's table is not as it should be", self.path)

    # ---- writing ----------------------------------------------------------------------------

    def append(self, rows: Sequence[Row]) -> tuple[Flushed, ...]:
        """Write and flush these rows, all or none (see `desk.ports.Journal.append`)."""
        db = self._opened()
        if not rows:
            return ()
        closed = {row.saga for row in rows if row.closes}
        with as_os_error(self.path), db.atomic():
            closed_before = self._closed(db, {row.saga for row in rows if row.sealed} - closed)
            records = [self._record(row, with_seal=row.saga not in closed | closed_before) for row in rows]
            # The keys die in the flush that closes their saga, not after it.
            for saga in sorted(closed):
                db.execute(
                    "UPDATE rows SET key = zeroblob(length(key)), box = zeroblob(length(box))"
                    " WHERE saga = ? AND key IS NOT NULL",
                    [saga],
                )
            mono, wall = float(self._mono()), float(self._wall())
            flushed = []
            for row, record in zip(rows, records, strict=True):
                record |= {"mono": mono, "wall": wall, "digest": _digest(record, mono, wall)}
                names = ", ".join(record)
                marks = ", ".join("?" * len(record))
                # The names are those of COLUMNS.
                done = db.execute(f"INSERT INTO rows ({names}) VALUES ({marks})", list(record.values()))  # noqa: S608
                assert done.lastrowid is not None
                flushed.append(Flushed(done.lastrowid, row.saga, row.kind))
        return tuple(flushed)

    def _closed(self, db: Database, sagas: Iterable[SagaId]) -> set[SagaId]:
        """Which of these sagas are closed already: a seal that comes too late is never stored."""
        found = "SELECT 1 FROM rows WHERE saga = ? AND closes LIMIT 1"
        return {saga for saga in sagas if db.execute(found, [saga]).fetchone()}

    def _record(self, row: Row, *, with_seal: bool) -> dict[str, object]:
        record: dict[str, object] = {
            "saga": row.saga,
            "kind": str(row.kind),
            "schema": ROW_SCHEMA,
            "closes": int(row.closes),
            "payload": json.dumps(
                dict(row.payload), ensure_ascii=False, separators=(",", ":"), allow_nan=False
            ),
        }
        if row.sealed is not None and with_seal:
            sealed = self._key.seal(row.sealed, _name(row.saga, row.kind))
            record |= {"key": sealed.key, "box": sealed.box}
        return record

    def tidy(self) -> bool:
        """Move the WAL into the file and cut it to nothing, so that no destroyed key is left in it.

        False when somebody reads the file just now: try again later.
        """
        with as_os_error(self.path):
            busy, _, _ = self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    # ---- reading ----------------------------------------------------------------------------

    def open_rows(self) -> tuple[tuple[Row, ...], tuple[SealBroken, ...]]:
        """All rows of sagas that no row has closed, oldest first; and the seals that do not open.

        A row whose seal does not open comes with `sealed` None.
        """
        rows = []
        broken = []
        for record in self._read("saga NOT IN (SELECT saga FROM rows WHERE closes)"):
            stored = self._stored(record)
            sealed = None
            if stored.sealed:
                try:
                    sealed = self._key.open(
                        Sealed(record["key"], record["box"]), _name(stored.saga, stored.kind)
                    )
                except ValueError:
                    broken.append(SealBroken(stored.seq, self.path))
            try:
                kind = RowKind(stored.kind)
            except ValueError as error:
                raise JournalTooNew(f"row {stored.seq} is of an unknown kind", self.path) from error
            rows.append(Row(stored.saga, kind, stored.payload, sealed, stored.closes))
        return tuple(rows), tuple(broken)

    def all_rows(self) -> tuple[StoredRow, ...]:
        """Every row, oldest first."""
        return tuple(self._stored(record) for record in self._read())

    def _read(self, where: str | None = None) -> list[dict[str, bytes]]:
        with as_os_error(self.path):
            return list(self._opened().table("rows").rows_where(where, order_by="seq"))

    def _stored(self, record: Mapping[str, object]) -> StoredRow:
        seq, saga, mono, wall = record["seq"], record["saga"], record["mono"], record["wall"]
        whole = (
            isinstance(seq, int)
            and isinstance(saga, str)
            and isinstance(mono, float)
            and isinstance(wall, float)
            and record["digest"] == _digest(record, mono, wall)
        )
        if not whole:
            raise JournalDamaged(f"row {seq!r} is not what was written", self.path)
        assert isinstance(seq, int)
        assert isinstance(saga, str)
        assert isinstance(mono, float)
        assert isinstance(wall, float)
        key = record["key"]
        return StoredRow(
            seq=seq,
            saga=SagaId(saga),
            kind=str(record["kind"]),
            schema=int(str(record["schema"])),
            closes=bool(record["closes"]),
            payload=json.loads(str(record["payload"])),
            mono=mono,
            wall=wall,
            sealed=isinstance(key, bytes) and any(key),
        )

    def _has_sealed(self) -> bool:
        with as_os_error(self.path):
            rows = self._opened().execute("SELECT key FROM rows WHERE key IS NOT NULL")
            return any(any(key) for (key,) in rows)

    # ---- closing ----------------------------------------------------------------------------

    def _opened(self) -> Database:
        if self._db is None:
            raise JournalError(errno.EBADF, "the journal is closed", self.path, "Open it again.")
        return self._db

    def close(self) -> None:
        """Tidy and let go of the file. May be called again."""
        db, self._db = self._db, None
        held, self._held = self._held, None
        try:
            if db is not None:
                with as_os_error(self.path):
                    db.close()  # the last connection checkpoints and removes the WAL
        finally:
            if held is not None:
                os.close(held)


def _name(saga: str, kind: str) -> str:
    """What a sealed part is bound to."""
    return f"{saga}\n{kind}"


def _digest(record: Mapping[str, object], mono: float, wall: float) -> bytes:
    """16 bytes over all that a row says (not over its sealed part, which has a seal of its own)."""
    said = [record["saga"], record["kind"], record["schema"], record["closes"], record["payload"], mono, wall]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=16).digest()


def _hold(folder: Path) -> int:
    """Hold the folder for this process, until it ends or closes the handle given back."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise JournalInUse(folder) from error
    return handle
