"""The door to the folder that the settings file is in."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class Files(Protocol):
    """The door to the folder that the file is in. Everything may raise OSError."""

    def write(self, path: Path, data: bytes, like: os.stat_result, mode: int) -> None:
        """Make a new file with this content, flushed, with this mode and the owner of `like`."""

    def make_folder(self, folder: Path, like: os.stat_result) -> None:
        """Make a folder that only its owner may enter, the owner of `like`, unless there is one; its name is
        flushed."""

    def rename(self, path: Path, to: Path) -> None:
        """Give a file another name, in place of what had it."""

    def sync_folder(self, folder: Path) -> None:
        """Flush the folder's own entries."""

    def remove(self, path: Path) -> None:
        """Remove a file, if there is one."""


class RealNames:
    """Names and new files on the disk: what every door to it does alike."""

    @contextlib.contextmanager
    def new_file(self, path: Path, data: bytes) -> Iterator[int]:
        """Make a new file with this content. Meanwhile it is told by its handle whose it is, and then it is
        flushed; it may hold a password, so nobody else can read it until told so, and no link is followed.

        Raises:
            OSError: it cannot be made, or is there.
        """
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            yield handle
            os.fsync(handle)

    def rename(self, path: Path, to: Path) -> None:
        """Atomic (rename(2))."""
        path.replace(to)

    def sync_folder(self, folder: Path) -> None:
        """fsync(2) on the folder."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, path: Path) -> None:
        """unlink(2)."""
        path.unlink(missing_ok=True)


class RealFiles(RealNames):
    """The disk."""

    def write(self, path: Path, data: bytes, like: os.stat_result, mode: int) -> None:
        """Its mode comes last: whom it opens the file to is the new owner's."""
        with self.new_file(path, data) as handle:
            with contextlib.suppress(PermissionError):  # only root may give files away
                os.fchown(handle, like.st_uid, like.st_gid)
            os.fchmod(handle, mode)

    def make_folder(self, folder: Path, like: os.stat_result) -> None:
        """mkdir(2), and the folder above flushed."""
        if folder.is_dir():
            return
        folder.mkdir(mode=0o700)
        with contextlib.suppress(PermissionError):  # only root may give folders away
            os.chown(folder, like.st_uid, like.st_gid)
        self.sync_folder(folder.parent)
