"""Secrets that stand elsewhere: where the settings file names one, and how it is read.

A password in kiosk.toml is a text, or says where it is: `{ file = "secrets/ils-login-password" }`, relative
to the settings' folder, or `{ credential = "kiosk.ils-password" }`, one that systemd hands to the service
(systemd.exec, "Credentials"). It is read when the settings are, and no message here ever shows it.
"""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MOST_BYTES = 4096
"""Longest secret, in bytes with its line end: a page of memory, and nobody's password."""

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""The variable of the environment in which systemd names the folder of credentials (not their values)."""

WAYS = '{ file = "secrets/NAME" } or { credential = "kiosk.NAME" }'
"""The two forms of a reference, for messages."""

_CREDENTIAL_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._:@-]{1,255}")
"""What systemd takes for the name of one (it is that of a file)."""


class Way(StrEnum):
    """How a secret is kept."""

    FILE = "file"
    CREDENTIAL = "credential"


class SecretUnusable(ValueError):
    """A secret cannot be had; the text says why and what to do, and shows nothing of it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret is: the path of a file, or the name of a credential."""

    way: Way
    name: str

    @property
    def table(self) -> dict[str, str]:
        """As it stands in the settings file."""
        return {self.way.value: self.name}


Resolve = Callable[[Reference], str]
"""Gives the secret that is referred to. Raises SecretUnusable."""


def reference_of(value: object) -> Reference | None:
    """The reference that a value of the settings file is; None: it is none.

    Raises:
        ValueError: it looks like one, and is not.
    """
    if not isinstance(value, Mapping):
        return None
    match dict(value):
        case {"file": str(name), **others} if not others and name and "\0" not in name:
            return Reference(Way.FILE, name)
        case {"credential": str(name), **others} if not others and _CREDENTIAL_NAME.fullmatch(name):
            return Reference(Way.CREDENTIAL, name)
    raise ValueError("no reference")


def credentials_folder() -> Path | None:
    """The folder of the credentials that systemd has given to this process; None: it has given none."""
    given = os.environ.get(CREDENTIALS)
    return Path(given) if given else None


def resolve(reference: Reference, folder: Path, credentials: Path | None) -> str:
    """Read the secret (blocks). Files count from `folder`, credentials from `credentials`.

    Raises:
        SecretUnusable: it is missing, others could read or change it, or it is no password.
    """
    if reference.way is Way.FILE:
        path = folder / reference.name
        data = _bytes(path, guarded=True)
        if data is None:
            raise SecretUnusable(f"{path}: there is no such file: write the password into it, with mode 0600")
        return text_of(data, path)
    if credentials is None:
        raise SecretUnusable(
            f"credential {reference.name}: systemd gives credentials to the kiosk's own service only: by "
            f"hand, as root and while it runs, call with {CREDENTIALS}=/run/credentials/kiosk.service"
        )
    path = credentials / reference.name
    # systemd guards it by its folder and by an ACL, which looks like a mode that others may read
    data = _bytes(path, guarded=False)
    if data is None:
        raise SecretUnusable(
            f"credential {reference.name}: the service is not given it: write it to "
            f"/etc/credstore/{reference.name} (the unit takes those whose names begin with `kiosk.`; "
            "docs/service.md), and start the service again"
        )
    return text_of(data, path)


def text_of(data: bytes, path: Path) -> str:
    """The secret in the bytes of a file, without the line end behind it.

    Raises:
        SecretUnusable: there is none in it.
    """
    if len(data) > MOST_BYTES:
        raise SecretUnusable(f"{path}: longer than {MOST_BYTES} bytes: write the password into it, alone")
    try:
        text = data.decode().removesuffix("\n")
    except UnicodeDecodeError:
        raise SecretUnusable(f"{path}: not UTF-8 text: write the password into it as UTF-8") from None
    if not text:
        raise SecretUnusable(f"{path}: empty: write the password into it")
    if not storable(text):
        raise SecretUnusable(
            f"{path}: more than one line, or a control character (a line end of Windows is one): write the "
            "password into it, alone"
        )
    return text


def storable(text: str) -> bool:
    """Whether a file can hold this secret, so that the same comes back."""
    try:
        size = len(text.encode()) + 1
    except UnicodeEncodeError:
        return False
    return 1 < size <= MOST_BYTES and not any(unicodedata.category(ch) == "Cc" for ch in text)


def _bytes(path: Path, *, guarded: bool) -> bytes | None:
    """What stands in a file; None: there is none. `guarded`: nobody but its owner may read it, so that is
    ourselves (or we are root, who may look at everybody's)."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except PermissionError:
        raise SecretUnusable(
            f"{path}: the kiosk may not read it: chown it to the user that the kiosk runs as "
            f"(uid {os.geteuid()})"
        ) from None
    except OSError as error:
        raise SecretUnusable(f"{path}: cannot be read: {error.strerror}") from None
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise SecretUnusable(f"{path}: this is no file: write the password into one, with mode 0600")
        if guarded and about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = stat.S_IMODE(about.st_mode)
            raise SecretUnusable(f"{path}: others may read or change it (mode {mode:04o}): chmod 600 it")
        return os.read(handle, MOST_BYTES + 1)
    except OSError as error:
        raise SecretUnusable(f"{path}: cannot be read: {error.strerror}") from None
    finally:
        os.close(handle)
