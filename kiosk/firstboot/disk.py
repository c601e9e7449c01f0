"""The doors of first boot: to files, and to what only root may tell the system."""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from kiosk.settings import RealNames

KIOSK_USER = "kiosk"

MOUNT_TIMEOUT_S = 20.0


class Disk(Protocol):
    """The door to files. Everything may raise OSError; each change is a step that a power cut may end."""

    def names(self, folder: Path) -> list[str]:
        """The names in a folder."""

    def read(self, path: Path) -> bytes:
        """A whole file."""

    def folder(self, path: Path, mode: int) -> None:
        """Make a folder, unless it is there."""

    def write(self, path: Path, data: bytes, mode: int) -> None:
        """Make a new file with this content, flushed."""

    def overwrite(self, path: Path, data: bytes) -> None:
        """Write over a file's own bytes, as many as it has, flushed."""

    def rename(self, path: Path, to: Path) -> None:
        """Give a file another name, in place of what had it."""

    def link(self, path: Path, to: Path) -> None:
        """Make a symbolic link at `path`."""

    def sync_folder(self, folder: Path) -> None:
        """Flush the folder's own entries."""

    def remove(self, path: Path) -> None:
        """Remove a file, if there is one."""


class System(Protocol):
    """The door to what only root may do. Everything may raise OSError."""

    def writable(self, folder: Path) -> AbstractContextManager[None]:
        """Meanwhile the file system of this folder, mounted read-only, can be written to."""

    def as_owner_of(self, folder: Path) -> AbstractContextManager[None]:
        """Meanwhile this process has the rights of whoever owns the folder, and no more: what that one may
        have put there (a link that leads elsewhere) gains nothing by our being root."""

    def give(self, folder: Path) -> None:
        """Make a folder of the kiosk's user, unless it is there."""

    def keeps(self, folder: Path) -> bool:
        """Whether what is written to this folder is there at the next start."""

    def set_host_name(self, name: str) -> None:
        """Tell the kernel the machine's name."""


class RealDisk(RealNames):
    """The disk."""

    def names(self, folder: Path) -> list[str]:
        """The names in a folder."""
        return [each.name for each in folder.iterdir()]

    def read(self, path: Path) -> bytes:
        """A whole file."""
        return path.read_bytes()

    def folder(self, path: Path, mode: int) -> None:
        """mkdir(2), with the folders above it."""
        path.mkdir(mode, parents=True, exist_ok=True)

    def write(self, path: Path, data: bytes, mode: int) -> None:
        """FAT has no modes: whoever mounted it has chosen one for all."""
        with self.new_file(path, data) as handle, contextlib.suppress(PermissionError):
            os.fchmod(handle, mode)

    def overwrite(self, path: Path, data: bytes) -> None:
        """The same clusters of a FAT; what a flash chip does beneath them is its own affair."""
        with path.open("r+b") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def link(self, path: Path, to: Path) -> None:
        """symlink(2)."""
        path.symlink_to(to)


class RealSystem:
    """The system that we run on. Only root mounts anything and takes the rights of others.

    `trial`: whether the files go to other folders than the machine's own. Then it takes no name from the
    settings, and any folder will do.
    """

    def __init__(self, *, trial: bool = True) -> None:
        self._trial = trial

    @contextlib.contextmanager
    def writable(self, folder: Path) -> Iterator[None]:
        """Mounted anew for writing, if it is a file system of its own, and read-only again."""
        if not os.path.ismount(folder) or not os.statvfs(folder).f_flag & os.ST_RDONLY:
            yield
            return
        _mount("rw", folder)
        try:
            yield
        finally:
            _mount("ro", folder)

    @contextlib.contextmanager
    def as_owner_of(self, folder: Path) -> Iterator[None]:
        """By the effective ids of the process, which has one thread now."""
        owner = folder.stat()
        if os.geteuid() != 0 or owner.st_uid == 0:
            yield
            return
        groups = os.getgroups()
        os.setgroups([])
        os.setegid(owner.st_gid)
        os.seteuid(owner.st_uid)
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups(groups)

    def give(self, folder: Path) -> None:
        """As systemd makes a StateDirectory=."""
        if folder.exists():
            return
        folder.mkdir(0o700, parents=True)
        with contextlib.suppress(KeyError, PermissionError):
            user = pwd.getpwnam(KIOSK_USER)
            os.chown(folder, user.pw_uid, user.pw_gid)

    def keeps(self, folder: Path) -> bool:
        """An appliance keeps only what lies on its data partition: its /var is memory."""
        return self._trial or os.path.ismount(folder)

    def set_host_name(self, name: str) -> None:
        """sethostname(2)."""
        if not self._trial:
            socket.sethostname(name)


def _mount(how: str, folder: Path) -> None:
    try:
        subprocess.run(
            ["mount", "-o", f"remount,{how}", str(folder)],
            check=True,
            capture_output=True,
            timeout=MOUNT_TIMEOUT_S,
        )
    except subprocess.SubprocessError as error:
        raise OSError(f"{folder} cannot be mounted anew ({how}): {error}") from error
