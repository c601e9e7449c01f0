"""SQLite's door to files (its VFS), with somebody standing in it: who hears of each thing that is done to a
file, lets it happen as usual, or fails it.

The door belongs to the library that Python's own sqlite3 is linked with, so that what is opened by
`sqlite3.connect` goes through it and need not know. It is a copy of the door that was there, with two of its
functions replaced, and so is the table of each file that is opened through it; all that is not replaced stays
as it was. Numbers and shapes: sqlite3.h of SQLite 3.40, "OS Interface Object" and "OS Interface File Virtual
Methods Object"; they do not change within version 3.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sqlite3
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from typing import Any, Final, Protocol

OK: Final = 0
IOERR: Final = 10
FULL: Final = 13

_METHODS_VERSION: Final = 2
"""Locks and shared memory, but no memory maps (version 3), through which a file could be read unseen."""

_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_CLOSE = CFUNCTYPE(c_int, c_void_p)
_TRANSFER = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_ONE_NUMBER = CFUNCTYPE(c_int, c_void_p, c_int)
_SIZE = CFUNCTYPE(c_int, c_void_p, c_void_p)


class _Methods(Structure):
    """`sqlite3_io_methods`, as far as version 2."""

    _fields_ = (
        ("iVersion", c_int),
        ("xClose", _CLOSE),
        ("xRead", _TRANSFER),
        ("xWrite", _TRANSFER),
        ("xTruncate", _TRUNCATE),
        ("xSync", _ONE_NUMBER),
        ("xFileSize", _SIZE),
        ("xLock", _ONE_NUMBER),
        *((name, c_void_p) for name in ("xUnlock", "xCheckReservedLock", "xFileControl")),
        *((name, c_void_p) for name in ("xSectorSize", "xDeviceCharacteristics")),
        *((name, c_void_p) for name in ("xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap")),
    )


class _File(Structure):
    """`sqlite3_file`: what is behind its first word is the business of who opened it."""

    _fields_ = (("pMethods", POINTER(_Methods)),)


class _Door(Structure):
    """`sqlite3_vfs`, version 3."""

    _fields_ = (
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        ("xOpen", _OPEN),
        ("xDelete", _DELETE),
        *(
            (name, c_void_p)
            for name in ("xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose")
        ),
        *((name, c_void_p) for name in ("xRandomness", "xSleep", "xCurrentTime", "xGetLastError")),
        ("xCurrentTimeInt64", c_void_p),
        *((name, c_void_p) for name in ("xSetSystemCall", "xGetSystemCall", "xNextSystemCall")),
    )


class Failed(OSError):
    """SQLite was told that this did not work; `code` is its result code."""

    def __init__(self, code: int) -> None:
        super().__init__(errno.EIO, f"SQLite's code {code}")
        self.code = code


Usual = Callable[[], None]
"""Does what would have been done without anybody in the door. Raises Failed."""


class OpenFile(Protocol):
    """An open file, from the side of who hears of it. Each may raise OSError: SQLite is told that it failed
    (ENOSPC: that the disk is full)."""

    def read(self, usual: Usual) -> None:
        """Some of it is read."""

    def write(self, data: bytes, offset: int, size: Callable[[], int], usual: Usual) -> None:
        """Bytes are written at an offset; `size` tells how long the file is, in bytes."""

    def truncate(self, size: int, usual: Usual) -> None:
        """It is cut off there."""

    def sync(self) -> None:
        """It is brought to the disk. There is no usual way: no sync of a file that is heard of goes on."""

    def look(self, usual: Usual) -> None:
        """Its size is asked for, or it is locked."""


class Doorman(Protocol):
    """Who stands in the door. Paths are as SQLite gives them. Each may raise OSError, as with `OpenFile`."""

    def opens(self, path: str, usual: Usual) -> OpenFile | None:
        """A file is opened (None: not ours, and nothing more of it is told)."""

    def deletes(self, path: str, sync_folder: bool, usual: Usual) -> None:
        """A file is deleted. `usual` leaves its folder alone if that is asked of it."""


class Door:
    """The door that all files of SQLite go through from now on, until it is shut.

    Who still has a file open when it is shut may close it whenever that is: until then SQLite has the address
    of this, and it is not forgotten.

    Raises:
        RuntimeError: there is no such library, or Python's sqlite3 has another one inside.
    """

    def __init__(self, name: str, doorman: Doorman) -> None:
        self._doorman = doorman
        self._files: dict[int, tuple[OpenFile, _Methods]] = {}
        self._tables: dict[int, _Methods] = {}
        try:
            self._library = ctypes.CDLL("libsqlite3.so.0")
        except OSError as error:
            raise RuntimeError("there is no libsqlite3.so.0: apt-get install libsqlite3-0") from error
        self._library.sqlite3_vfs_find.restype = POINTER(_Door)
        self._usual = self._library.sqlite3_vfs_find(None)
        self._door = _Door.from_buffer_copy(self._usual.contents)
        self._door.zName = name.encode()
        self._door.xOpen = _OPEN(self._opens)
        self._door.xDelete = _DELETE(self._deletes)
        self._library.sqlite3_vfs_register(ctypes.byref(self._door), 1)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))
        try:
            sqlite3.connect(f"file::memory:?vfs={name}", uri=True).close()
        except sqlite3.OperationalError as error:
            self.shut()
            raise RuntimeError("this Python has an SQLite of its own inside; Debian's has not") from error

    def shut(self) -> None:
        """What is opened from now on does not come through here."""
        self._library.sqlite3_vfs_unregister(ctypes.byref(self._door))
        if not self._files:
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(self))

    # ---- what SQLite calls: results are its codes, and nothing may be raised -------------------------

    def _opens(self, door: int, name: int | None, file: int, flags: int, told: int | None) -> int:
        del door
        usual = self._usual.contents.xOpen

        def open_it() -> None:
            _done(usual(ctypes.addressof(self._usual.contents), name, file, flags, told))

        # A file without a name is SQLite's own scratch paper.
        path = None if name is None else os.fsdecode(ctypes.string_at(name))
        handle: OpenFile | None = None
        opened = _File.from_address(file)
        try:
            if path is None:
                open_it()
            else:
                handle = self._doorman.opens(path, open_it)
        except OSError as error:
            opened.pMethods = None  # there is nothing to close
            return _code(error)
        if handle is not None:
            methods = opened.pMethods.contents
            self._files[file] = (handle, methods)
            opened.pMethods = ctypes.pointer(self._table(methods))
        return OK

    def _deletes(self, door: int, name: bytes, sync_folder: int) -> int:
        del door
        usual = self._usual.contents.xDelete

        def delete() -> None:
            _done(usual(ctypes.addressof(self._usual.contents), name, 0))

        return _told(self._doorman.deletes, os.fsdecode(name), bool(sync_folder), delete)

    def _table(self, methods: _Methods) -> _Methods:
        """The table of a file that is heard of: one for each kind that the library has."""
        where = ctypes.addressof(methods)
        if where not in self._tables:
            table = _Methods.from_buffer_copy(methods)
            table.iVersion = min(methods.iVersion, _METHODS_VERSION)
            table.xClose = _CLOSE(self._closes)
            table.xRead = _TRANSFER(self._reads)
            table.xWrite = _TRANSFER(self._writes)
            table.xTruncate = _TRUNCATE(self._truncates)
            table.xSync = _ONE_NUMBER(self._syncs)
            table.xFileSize = _SIZE(self._sizes)
            table.xLock = _ONE_NUMBER(self._locks)
            self._tables[where] = table
        return self._tables[where]

    def _closes(self, file: int) -> int:
        _, usual = self._files.pop(file)
        _File.from_address(file).pMethods = ctypes.pointer(usual)
        result: int = usual.xClose(file)
        return result

    def _reads(self, file: int, into: int, amount: int, offset: int) -> int:
        handle, usual = self._files[file]
        return _told(handle.read, lambda: _done(usual.xRead(file, into, amount, offset)))

    def _writes(self, file: int, data: int, amount: int, offset: int) -> int:
        handle, usual = self._files[file]

        def size() -> int:
            told = c_int64()
            _done(usual.xFileSize(file, ctypes.addressof(told)))
            return told.value

        def write() -> None:
            _done(usual.xWrite(file, data, amount, offset))

        return _told(handle.write, ctypes.string_at(data, amount), offset, size, write)

    def _truncates(self, file: int, size: int) -> int:
        handle, usual = self._files[file]
        return _told(handle.truncate, size, lambda: _done(usual.xTruncate(file, size)))

    def _syncs(self, file: int, flags: int) -> int:
        del flags
        return _told(self._files[file][0].sync)

    def _sizes(self, file: int, size: int) -> int:
        handle, usual = self._files[file]
        return _told(handle.look, lambda: _done(usual.xFileSize(file, size)))

    def _locks(self, file: int, level: int) -> int:
        handle, usual = self._files[file]
        return _told(handle.look, lambda: _done(usual.xLock(file, level)))


def _done(code: int) -> None:
    if code != OK:
        raise Failed(code)


def _told(do: Callable[..., Any], *args: Any) -> int:
    try:
        do(*args)
    except OSError as error:
        return _code(error)
    return OK


def _code(error: OSError) -> int:
    if isinstance(error, Failed):
        return error.code
    return FULL if error.errno == errno.ENOSPC else IOERR
