"""Sealing: the part of a row that may name a patron is encrypted, and forgotten when its saga ends.

Each sealed part has a random key of its own (ChaCha20-Poly1305, RFC 8439), and that key lies beside
it wrapped by the kiosk key, which lies outside the journal. Whoever copies the journal, its backup
or a support file without the kiosk key reads nothing; once the wrapped key is destroyed, nobody
does, with or without the kiosk key.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from kiosk.journal.errors import KeyUnusable
from kiosk.journal.mark import belongs_to_owner_of

KEY_BYTES = 32
"""Length of a ChaCha20-Poly1305 key (RFC 8439 section 2.8)."""

NONCE_BYTES = 12
"""Length of its nonce (RFC 8439 section 2.8)."""

HEADER = "kiosk-journal-key-1"
"""First word of the key file; the second is the key, as hex digits."""

PAD_TO = 64
"""The sealed text is filled with blanks to a multiple of this, so that its length says little."""


AS_SEALED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed part on the disk: its wrapped key, and the text encrypted under that key."""

    key: bytes
    box: bytes


class KioskKey:
    """The key that wraps the keys of rows. Its repr shows nothing of it."""

    def __init__(self, key: bytes) -> None:
        self._wrap = ChaCha20Poly1305(key)

    def seal(self, parts: Mapping[str, str], bound_to: str) -> Sealed:
        """Encrypt `parts` under a new key. `bound_to` names the row: the seal opens for it only."""
        text = AS_SEALED.encode(dict(parts)).encode()
        text += b" " * (-len(text) % PAD_TO)
        key = secrets.token_bytes(KEY_BYTES)
        bound = bound_to.encode()
        return Sealed(_encrypt(self._wrap, key, bound), _encrypt(ChaCha20Poly1305(key), text, bound))

    def open(self, sealed: Sealed, bound_to: str) -> dict[str, str]:
        """Decrypt what `seal` made.

        Raises:
            ValueError: another kiosk key, another row, or changed bytes.
        """
        bound = bound_to.encode()
        key = _decrypt(self._wrap, sealed.key, bound)
        if len(key) != KEY_BYTES:
            raise ValueError("the key of the row has a wrong length")
        parts = json.loads(_decrypt(ChaCha20Poly1305(key), sealed.box, bound))
        return {str(name): str(value) for name, value in parts.items()}


def _encrypt(cipher: ChaCha20Poly1305, text: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, text, bound)


def _decrypt(cipher: ChaCha20Poly1305, box: bytes, bound: bytes) -> bytes:
    try:
        return cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], bound)
    except InvalidTag as error:
        raise ValueError("the seal does not open") from error


class KeyOpen(KeyUnusable):
    """Everybody may read the kiosk key."""


def load_key(path: Path) -> KioskKey | None:
    """The kiosk key in this file; None when there is no such file.

    Raises:
        KeyUnusable: malformed, not readable, or readable by everybody (KeyOpen).
        OSError: the file cannot be read.
    """
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            mode = os.fstat(file.fileno()).st_mode
            words = file.read(1024).split()
    except FileNotFoundError:
        return None
    except PermissionError as error:
        remedy = "Give the file to the kiosk's user, for itself only (chmod 600)."
        raise KeyUnusable("the kiosk may not read its key", path, remedy) from error
    if mode & stat.S_IRWXO:
        raise KeyOpen("everybody may read the kiosk key", path, f"Run: chmod 600 {path}")
    try:
        header, digits = words
        key = bytes.fromhex(digits)
        if header != HEADER or len(key) != KEY_BYTES:
            raise ValueError("not a key")
    except ValueError as error:
        remedy = "Put back the key file from the kiosk's own backup; sealed rows need exactly this key."
        raise KeyUnusable("this is not a kiosk key", path, remedy) from error
    return KioskKey(key)


def create_key(path: Path) -> KioskKey:
    """Make a kiosk key and write its file (mode 0600), whole or not at all.

    Raises:
        OSError: it could not be written, or there is one already (FileExistsError).
    """
    key = secrets.token_bytes(KEY_BYTES)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{HEADER} {key.hex()}\n")
            file.flush()
            belongs_to_owner_of(path.parent, file.fileno())
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, this replaces nothing
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)
    return KioskKey(key)


def sync_folder(folder: Path) -> None:
    """Flush a folder's own entries, so that a file just made in it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
