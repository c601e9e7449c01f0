"""The ring on the disk: a folder of segments, the oldest of which go first. Blocking; used in one thread.

A segment is a gzip file that grows: after each write it can be read up to there, by this room even when its
end is missing. Nothing is flushed to the medium here: a recorder must not make a kiosk wait for its disk, so
after a power cut the last second, or whatever the system had not written by then, may be missing.

A file's name is its number in eight digits: no name says anything of what is in it.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ENDING = ".jsonl.gz"

NAME = re.compile(r"[0-9]{8,}" + re.escape(ENDING))

GZIP = 31
"""`wbits` of zlib for a gzip file with the largest window (zlib manual)."""

LEVEL = 3
"""A third of the work of the usual 6, for a tenth more bytes (measured on recorded events)."""

CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be written. `begins`: it is the head of a new segment; `at` is its wall time then."""

    text: str
    begins: bool = False
    at: float = 0.0


class Ring:
    """The segments in a folder. Everything may raise OSError; afterwards it may be used on.

    Args:
        folder: made when it is not there.
        bytes_: the most that all segments together may take, the one being written left out of the count.
        seconds: how long a segment is kept after it was begun.
    """

    def __init__(self, folder: Path, bytes_: int, seconds: float) -> None:
        """Nothing is touched before the first call."""
        self._folder = folder
        self._bytes = bytes_
        self._seconds = seconds
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
        self._begun: dict[Path, float] = {}

    def write(self, lines: Sequence[Line]) -> None:
        """Write lines; the first that is ever written must begin a segment."""
        for line in lines:
            if line.begins:
                self._begin(line.at)
            assert self._file is not None
            self._file.write(self._packer.compress(line.text.encode() + b"\n"))
        if self._file is not None and lines:
            self._file.write(self._packer.flush(zlib.Z_SYNC_FLUSH))

    def _begin(self, at: float) -> None:
        self.end()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        numbers = [int(path.name.removesuffix(ENDING)) for path in paths_of(self._folder)]
        path = self._folder / f"{max(numbers, default=0) + 1:08}{ENDING}"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._path, self._begun[path] = path, at
        self._file = os.fdopen(handle, "wb", buffering=0)
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)

    def abandon(self) -> None:
        """Let go of the segment as a power cut would: nothing more is written."""
        file, self._file, self._path = self._file, None, None
        if file is not None:
            file.close()

    def end(self) -> None:
        """End the segment that is being written, if one is."""
        file, self._file, self._path = self._file, None, None
        if file is not None:
            try:
                file.write(self._packer.flush())
            finally:
                file.close()

    def prune(self, now: float) -> None:
        """Let the oldest go: those that were begun too long before `now` (seconds since 1970), and more
        while all together are too large. The one that is being written stays."""
        paths = [path for path in paths_of(self._folder) if path != self._path]
        sizes = {path: path.stat().st_size for path in paths}
        left = sum(sizes.values())
        for path in paths:
            if path not in self._begun:
                self._begun[path] = _began(path)
            if left > self._bytes or self._begun[path] < now - self._seconds:
                path.unlink(missing_ok=True)
                self._begun.pop(path, None)
                left -= sizes[path]


def paths_of(folder: Path) -> list[Path]:
    """The segments of a ring, oldest first; empty where there is none."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if NAME.fullmatch(path.name))


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a segment or a capsule, as far as they can be read. Raises OSError."""
    unpacker = zlib.decompressobj(GZIP)
    rest = b""
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                rest += unpacker.decompress(chunk)
                *whole, rest = rest.split(b"\n")
                for line in whole:
                    yield line.decode("utf-8", "replace")
        except zlib.error:
            # cut off, or damaged: what was read stands
            return
    if rest:
        yield rest.decode("utf-8", "replace")


def _began(path: Path) -> float:
    """When a segment was begun, by its first event; long ago where nobody can tell."""
    for number, line in enumerate(lines_of(path)):
        try:
            raw = json.loads(line)
        except ValueError:
            return 0.0
        if number:
            return _number(raw[1]) if isinstance(raw, list) and len(raw) > 1 else 0.0
    return 0.0


def _number(raw: object) -> float:
    try:
        return float(str(raw))
    except ValueError:
        return 0.0
