"""A disk that forgets what was not flushed: a power cut for real SQLite files.

    with LossyDisk(folder, random.Random(seed)) as disk:
        ...  # SQLite files below `folder` are opened as ever, and need not know
        disk.cut()

The files themselves play the page cache: whoever reads sees all that was written. Beside them the model
keeps what the platter holds: for each file the bytes as of its last sync and the writes since, for each
folder its entries as of its last sync and the changes since. `cut` makes the files what the platter may
hold. No sync reaches the machine's own disk, so that this is cheap.

What a cut loses, each by the chance that was handed in:

- Each write since the file's last sync is kept, lost, or torn: of a torn one each 512-byte sector is kept
  or lost for itself. A later write may be kept where an earlier one is lost. Bytes beside a write are never
  harmed (SQLite's "powersafe overwrite", which its Unix VFS promises too). A lost write that made the file
  longer may still have made it longer, by zeros.
- Each truncation since the last sync has happened or not.
- The changes of a folder's entries (made, removed, renamed, linked) since that folder was last synced
  survive up to some point and are lost from there on: every file system that a kiosk is put on writes its
  metadata in order. So a file may be gone, be back, or bear its former name.

A folder is synced by `os.fsync`; by SQLite when it first syncs a log that it has made (its Unix VFS does
that, and it is repeated here because it cannot be seen from outside) and when it asks for it in a removal.

What it does not lose: what was synced (no lying disks, no rot); folders themselves; names under which
Python's `open` made a file (but a file that Python wrote, renamed or linked without `os.fsync` is written
anew as if nothing of it had been synced); anything outside `folder`. The index `-shm` is shared memory and
always gone: SQLite makes it anew. Locks are the real ones.

SQLite is reached through its own door to files (`vfs`), in the library that Python's own sqlite3 uses.
"""

from __future__ import annotations

import errno
import functools
import os
import random
import stat
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiosk.lab.platter import Content
from kiosk.lab.vfs import Door, Usual

LOGS = ("-wal", "-journal")
"""What SQLite hangs on the name of a database for its logs."""


class LossyDisk:
    """A disk under every SQLite file that is opened in this process below `folder` while it is entered.

    One at a time in a process; what is open on it is closed before it is left. Safe to use from threads.

    Attributes:
        full: while True, writes of SQLite's that would make a file longer fail (SQLITE_FULL).
        dark: the power is off (`cut_in`): everything fails until `power_returns`.
        syncs: how often was synced, by `db`, `wal`, `journal`, `folder`, and `file` (Python's own).
        turn: held while anything is done to the disk.
        life: counts the cuts.
        operations: how many writes, truncations, syncs and changes of entries there were: places for a cut.
    """

    def __init__(self, folder: Path, chance: random.Random) -> None:
        """Prepare it; `folder` must exist when it is entered."""
        self.full = False
        self.dark = False
        self.syncs: Counter[str] = Counter()
        self.operations = 0
        self._folder = folder
        self._chance = chance
        self.turn = threading.RLock()
        self._root = ""
        self._now: dict[str, Content] = {}
        self._kept: dict[str, Content] = {}
        self._changes: dict[str, list[Mapping[str, Content | None]]] = {}
        self._power_ends: int | None = None
        self._door: Door | None = None
        self._real: dict[str, Any] = {}
        self.life = 0

    def __enter__(self) -> Self:
        """Lie under all files from now on.

        Raises:
            RuntimeError: Python's sqlite3 has an SQLite of its own, whose door is not to be had.
        """
        self._root = os.path.realpath(self._folder)
        self._door = Door(f"lossy-{id(self)}", _Doorman(self))
        for name, ours in self._doors().items():
            self._real[name] = getattr(os, name)
            setattr(os, name, ours)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back what was there before; a handle that is still open is dead."""
        for name, real in self._real.items():
            setattr(os, name, real)
        self._real.clear()
        self.life += 1
        if self._door is not None:
            self._door.shut()

    # ---- the power --------------------------------------------------------------------------

    def cut(self) -> None:
        """Cut the power and bring it back: the files are what the platter held, open handles are dead."""
        with self.turn:
            self._power_ends = None
            self._cut()

    def cut_in(self, operations: int) -> None:
        """Cut the power within that many operations from now (see `operations`); then all is `dark`."""
        with self.turn:
            self._power_ends = self.operations + operations

    def power_returns(self) -> None:
        """The power is back after `cut_in`, or was never cut."""
        with self.turn:
            self._power_ends = None
            self.dark = False

    def _cut(self) -> None:
        self.life += 1
        for _, changes in sorted(self._changes.items()):
            for change in changes[: self._chance.randint(0, len(changes))]:
                _enter(self._kept, change)
        self._changes.clear()
        paths = sorted({*self._now, *self._kept})
        for path in (*paths, *(f"{path}-shm" for path in paths)):
            # Never written over: a handle that is dead keeps its own file, and its locks.
            if Path(path).exists():
                self._do("unlink", path)
        written: dict[Content, str] = {}
        for path, content in sorted(self._kept.items()):
            if content in written:
                self._do("link", written[content], path)
                continue
            content.cut(self._chance)
            content.fresh_log = False
            written[content] = path
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, content.mode), "wb") as file:  # noqa: PTH123
                file.write(content.held)
        self._now = dict(self._kept)

    def happens(self, life: int | None = None) -> None:
        """Something is about to be done to the disk, through a handle of that life (None: through none).

        Raises:
            OSError: not any more.
        """
        if life is not None and life != self.life:
            raise OSError(errno.EIO, "the power was cut")
        self.operations += 1
        if self._power_ends is not None and self.operations >= self._power_ends:
            self._power_ends = None
            self._cut()
            self.dark = True
        if self.dark:
            raise OSError(errno.EIO, "the power is off")

    # ---- what is in which file, under which name ----------------------------------------------

    def below(self, path: str) -> bool:
        """Whether a (real) path lies on this disk."""
        return path.startswith(f"{self._root}/")

    def opened(self, path: str, *, was_there: bool) -> Content:
        """SQLite opens a file."""
        content = self._now.get(path)
        if content is None:
            if was_there:
                content = self._known(path)
            else:
                content = Content(bytearray(), _mode(path), fresh_log=path.endswith(LOGS))
                self.changed(path, {path: content})
        content.by_sqlite = True
        return content

    def synced(self, path: str, content: Content) -> None:
        """SQLite syncs a file."""
        ending = path.rpartition("-")[2]
        self.syncs[ending if path.endswith(LOGS) else "db"] += 1
        content.sync()
        if content.fresh_log:
            content.fresh_log = False
            self.folder_synced(str(Path(path).parent))

    def changed(self, path: str, change: Mapping[str, Content | None]) -> None:
        """Entries of a folder (in which `path` lies) change, all at once: names and what they now name."""
        _enter(self._now, change)
        self._changes.setdefault(str(Path(path).parent), []).append(change)

    def folder_synced(self, folder: str) -> None:
        """A folder's entries are on the platter."""
        self.syncs["folder"] += 1
        for change in self._changes.pop(folder, ()):
            _enter(self._kept, change)

    def _known(self, path: str) -> Content:
        """A file that was there before anybody looked: it is on the platter as it is."""
        content = self._now[path] = self._kept[path] = Content(
            bytearray(Path(path).read_bytes()), _mode(path)
        )
        return content

    # ---- what Python itself does to files and folders -------------------------------------------

    def _doors(self) -> dict[str, Callable[..., Any]]:
        """The functions of `os` that are replaced; `pathlib` and `shutil` use them too."""
        return {
            "fsync": self._fsync,
            "fdatasync": self._fsync,
            "rename": functools.partial(self._entries, "rename"),
            "replace": functools.partial(self._entries, "rename"),
            "link": functools.partial(self._entries, "link"),
            "unlink": self._unlink,
            "remove": self._unlink,
        }

    def _do(self, name: str, *args: Any, **named: Any) -> None:
        self._real[name](*args, **named)

    def _fsync(self, file: Any) -> None:
        number = file if isinstance(file, int) else file.fileno()
        path = str(Path(f"/proc/self/fd/{number}").readlink())
        is_folder = stat.S_ISDIR(os.fstat(number).st_mode)
        if not (self.below(path) or path == self._root):
            self._do("fsync", number)
            return
        with self.turn:
            self.happens()
            if is_folder:
                self.folder_synced(path)
                return
            self.syncs["file"] += 1
            content = self._now.get(path) or self._known(path)
            if not content.by_sqlite:
                content.rewritten(Path(path).read_bytes())
            content.sync()

    def _entries(self, name: str, old: Any, new: Any, **named: Any) -> None:
        source, target = _real(old), _real(new)
        if not (self.below(source) and self.below(target)) or Path(source).is_dir():
            self._do(name, old, new, **named)
            return
        with self.turn:
            self.happens()
            self._do(name, old, new, **named)
            content = self._now.get(source)
            if content is None:
                content = self._kept[source] = self._now[source] = Content(bytearray(), _mode(target))
            if not content.by_sqlite:
                content.rewritten(Path(target).read_bytes())
            self.changed(target, {target: content} | ({source: None} if name == "rename" else {}))

    def _unlink(self, path: Any, **named: Any) -> None:
        where = _real(path)
        if not named and where in self._now:
            with self.turn:
                self.happens()
                self._do("unlink", path)
                self.changed(where, {where: None})
        else:
            self._do("unlink", path, **named)


def _enter(entries: dict[str, Content], change: Mapping[str, Content | None]) -> None:
    for name, content in change.items():
        if content is None:
            entries.pop(name, None)
        else:
            entries[name] = content


def _mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)  # noqa: PTH116 - one call, not two objects


def _real(path: Any) -> str:
    """A path without links in its folder (a link at its end is what it is)."""
    given = Path(os.fsdecode(path))
    return os.path.join(os.path.realpath(given.parent), given.name)  # noqa: PTH118


class _Doorman:
    """In SQLite's door: lets through untouched what does not lie on the disk."""

    def __init__(self, disk: LossyDisk) -> None:
        self._disk = disk

    def opens(self, path: str, usual: Usual) -> _File | None:
        where = _real(path)
        if not self._disk.below(where):
            usual()
            return None
        with self._disk.turn:
            self._disk.happens()
            was_there = Path(where).exists()
            usual()
            return _File(self._disk, where, was_there=was_there)

    def deletes(self, path: str, sync_folder: bool, usual: Usual) -> None:
        where, disk = _real(path), self._disk
        if not disk.below(where):
            usual()
            return
        with disk.turn:
            disk.happens()
            usual()
            disk.changed(where, {where: None})
            if sync_folder:
                disk.folder_synced(str(Path(where).parent))


class _File:
    """One file that SQLite has open on the disk."""

    def __init__(self, disk: LossyDisk, path: str, *, was_there: bool) -> None:
        self._disk, self._path, self._life = disk, path, disk.life
        self._content = disk.opened(path, was_there=was_there)

    def read(self, usual: Usual) -> None:
        self._alive()
        usual()

    def write(self, data: bytes, offset: int, size: Callable[[], int], usual: Usual) -> None:
        with self._disk.turn:
            self._disk.happens(self._life)
            if self._disk.full and offset + len(data) > size():
                raise OSError(errno.ENOSPC, "the disk is full")
            usual()
            self._content.since.append((offset, data))

    def truncate(self, size: int, usual: Usual) -> None:
        with self._disk.turn:
            self._disk.happens(self._life)
            usual()
            self._content.since.append((size, None))

    def sync(self) -> None:
        with self._disk.turn:
            self._disk.happens(self._life)
            self._disk.synced(self._path, self._content)

    def look(self, usual: Usual) -> None:
        self._alive()
        usual()

    def _alive(self) -> None:
        if self._life != self._disk.life or self._disk.dark:
            raise OSError(errno.EIO, "the power was cut")
