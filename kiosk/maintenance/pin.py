"""The staff PIN: what is too easy to guess, how it rests on the disk, and how slowly it can be tried.

A PIN of a few digits is not protected by its hash: whoever has the file tries all of them. What protects
it is the file's mode, the lock after wrong tries, and that nobody but staff gets near either. The hash
only sees to it that a backup or a support file does not show the PIN at a glance, and that trying costs.
"""

from __future__ import annotations

import errno
import itertools
import os
from dataclasses import dataclass, replace
from pathlib import Path

from argon2 import PasswordHasher, Type

# `InvalidHash` by the name that Debian 13's argon2 (21.1) knows it by, too
from argon2.exceptions import HashingError, InvalidHash, VerificationError, VerifyMismatchError

PIN_LEAST = 4
"""Fewest digits of a PIN."""

PIN_MOST = 12
"""Most digits of a PIN."""

LONGEST_LOCK_S = 3600.0
"""The lock doubles up to this: five tries an hour need months for half of all four-digit PINs."""

TIME_COST = 2
MEMORY_KIB = 19 * 1024
LANES = 1
"""Argon2id with 19 MiB, two passes, one lane: the first set of the OWASP Password Storage Cheat Sheet. The 64
MiB of RFC 9106 section 4 would be a tenth of what a Pi 3 has left beside the window. 0.05 s on the machine
that this was written on; a Cortex-A53 is some ten times slower, which stays below a second (estimated, not
measured)."""

SALT_BYTES = 16
HASH_BYTES = 32


class PinBroken(ValueError):
    """What rests in the PIN's file is no Argon2 hash."""


def hash_pin(pin: str) -> str:
    """The PIN as an Argon2id hash (PHC string). Takes a part of a second: call it through `run_blocking`.

    Raises:
        OSError: there is not enough memory.
    """
    try:
        return _hasher().hash(pin)
    except HashingError as error:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)) from error


def is_right(hashed: str, pin: str) -> bool:
    """Whether this is the PIN. Takes a part of a second: call it through `run_blocking`.

    Raises:
        PinBroken: `hashed` is no Argon2 hash.
    """
    try:
        return _hasher().verify(hashed, pin)
    except VerifyMismatchError:
        return False
    except (InvalidHash, VerificationError) as error:
        raise PinBroken("this is not a PIN's hash") from error


def _hasher() -> PasswordHasher:
    return PasswordHasher(TIME_COST, MEMORY_KIB, LANES, HASH_BYTES, SALT_BYTES, type=Type.ID)


def is_weak(pin: str) -> bool:
    """Whether it is among the first that anybody tries: one digit again and again, or digits that count
    up or down (`0000`, `1234`, `9876`, `7890`)."""
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    return len(steps) <= 1 and steps <= {0, 1, 9}


@dataclass(frozen=True, slots=True)
class Lock:
    """How often the PIN was wrong. `until` is the loop time from which the pad takes digits again; `locks`
    counts how often it was locked since somebody last knew the PIN. Only memory holds it."""

    wrong: int = 0
    locks: int = 0
    until: float = float("-inf")

    def wrong_at(self, now: float, tries: int, lock_s: float) -> Lock:
        """One more wrong PIN at `now`; after `tries` of them the pad is locked, twice as long each time."""
        if self.wrong + 1 < tries:
            return replace(self, wrong=self.wrong + 1)
        doubled = lock_s * 2.0 ** min(self.locks, 32)
        return Lock(0, self.locks + 1, now + max(lock_s, min(doubled, LONGEST_LOCK_S)))

    def wait(self, now: float) -> float:
        """Seconds until the pad takes digits again; 0.0: it does."""
        return max(0.0, self.until - now)


class FilePinStore:
    """The hash in a file of its own, mode 0600 (meets `ports.PinStore`)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> str | None:
        """The hash, or None when there is no such file.

        Raises:
            OSError: it cannot be read.
        """
        try:
            with self._path.open(encoding="ascii", errors="replace") as file:
                return file.read(1024).strip()
        except FileNotFoundError:
            return None

    def save(self, hashed: str) -> None:
        """Keep it: the old one or the new one stands, whenever the power goes.

        Raises:
            OSError: it cannot be written.
        """
        folder = self._path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}.new")
        draft.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(f"{hashed}\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        finally:
            draft.unlink(missing_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
