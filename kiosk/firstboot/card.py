"""The card's own file after it was taken over: written anew without its secrets, whatever the power does.

Its bytes are written over in place first, so that the clusters which held a password hold another text; then
the file is replaced by one with references. What a flash card keeps in cells that nothing reads any more, no
program can reach. `Wiping` is remembered beside the settings before the first byte changes: by it a file that
a power cut has left half written is known at the next start from one that somebody has edited since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECTOR = 512
"""The least that a card writes at once (SD Physical Layer, block length of an SDHC card)."""

FILLER = b"# The kiosk has taken this file over and is writing it anew.\n"

NOTE = """\
# The kiosk has taken this file over; kiosk-result.txt says what it read. The PIN and the passwords are in the
# kiosk now, and here is where each is kept. To change one, write it in quotes in that place again.
"""

MEMORY = "setup.json"
"""The memory's file, beside the settings."""


def digest(data: bytes) -> str:
    """What a file is known by."""
    return hashlib.sha256(data).hexdigest()


def filler(length: int) -> bytes:
    """So many bytes of comment."""
    return (FILLER * (length // len(FILLER) + 1))[:length]


def noted(text: str) -> str:
    """The text with the note above it that says where its secrets are."""
    if text.replace("\r\n", "\n").startswith(NOTE):
        return text
    note = NOTE.replace("\n", "\r\n") if "\r\n" in text else NOTE
    return note + text


@dataclass(frozen=True, slots=True)
class Wiping:
    """A file that is being written over: how long it was, and the digest of each of its sectors."""

    length: int
    sectors: tuple[str, ...]

    @classmethod
    def of(cls, data: bytes) -> Wiping:
        """Of this file."""
        return cls(len(data), tuple(digest(each) for each in _sectors(data)))

    def begun_on(self, data: bytes) -> bool:
        """Whether this is that file, with none, some or all of its sectors written over."""
        if len(data) != self.length:
            return False
        pairs = zip(_sectors(data), _sectors(filler(self.length)), self.sectors, strict=True)
        return all(here == filled or digest(here) == before for here, filled, before in pairs)


def _sectors(data: bytes) -> list[bytes]:
    return [data[at : at + SECTOR] for at in range(0, len(data), SECTOR)]


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known from the last start: the digest of the card's file as it then was left, and whether its
    secrets may still be there."""

    taken: str = ""
    wiping: Wiping | None = None

    @classmethod
    def parsed(cls, data: bytes) -> Memory:
        """From its file. What cannot be read is not known: the card's file is then taken over once more."""
        try:
            held: Mapping[str, Any] = json.loads(data)
            wiping = held["wiping"]
            return cls(
                str(held["taken"]),
                None if wiping is None else Wiping(int(wiping["length"]), tuple(wiping["sectors"])),
            )
        except (ValueError, KeyError, TypeError):
            return cls()

    def written(self) -> bytes:
        """For its file."""
        wiping = self.wiping and {"length": self.wiping.length, "sectors": self.wiping.sectors}
        return json.dumps({"taken": self.taken, "wiping": wiping}).encode()


def draft_of(path: Path) -> Path:
    """The name under which a new file is written before it takes the place of this one."""
    return path.with_name(f".{path.name}.new")
