"""Promise 6: nothing personal rests on the disk. Searches every byte in the folders that a kiosk wrote to.

A canary is a name, a patron's id, a PIN, a title or an e-mail address that was seeded through the journey.
It is looked for as it is, in every charset that could be in a file, escaped for JSON or a URL, in
hexadecimal and in base64 wherever it begins; in files and their names, and in what is packed in a gzip or
zip file, cut off or not.

First all bytes together are searched in one go for each form, letters in either case and zero bytes left out
(that makes UTF-16 plain, and free pages short): that is quick, and finds too much rather than too little.
Only where it finds something is the file searched again, exactly.
"""

from __future__ import annotations

import base64
import io
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from kiosk.lab.case import OutOfReach
from kiosk.lab.evidence import Canary

SHORT = 8
"""Digits alone, fewer than this, are only a find where no other digit or point touches them: a PIN may
stand inside a time stamp by chance."""

BASE64_FROM = 6
"""Shortest text, in bytes, that is looked for in base64: four digits there are five letters, which chance
makes in any encrypted row."""

CHARSETS = ("utf-8", "utf-16-le", "utf-16-be", "cp850", "latin-1")
"""How a text could lie in a file; CP850 is the charset of SIP2."""

GZIP_MAGIC = b"\x1f\x8b\x08"

ZIP_MAGIC = b"PK\x03\x04"

NESTED = 3
"""How many times packed files are opened inside packed files."""

BY_CHANCE = re.compile(
    rb"(?<![0-9A-Za-z])"
    rb"(?:E0[0-9A-F]{14}(?![0-9A-Za-z])|[A-Z][0-9a-f]{1,16}-[0-9]{1,9}(?![0-9A-Za-z])|id[0-9a-f]{16})"
)
"""A tag's uid, a saga's id and (behind its name) the journal's own: a few digits in them may be anybody's."""

TOUCHED_BEFORE = re.compile(rb"[0-9.]")
TOUCHED_AFTER = re.compile(rb"[0-9]|\.[0-9]")

GRAM = 4
"""Bytes that are looked up at once: what has a piece of so many that is nowhere is nowhere itself."""

MANY = 64_000_000
"""Bytes that are too many for a table of all pieces."""

WHOLE = 2 * GRAM - 1
"""Bytes that hold a whole piece wherever the cuts go."""

_GZIP = 31
"""`wbits` of zlib for a gzip file (zlib manual)."""


BESIDE = ("capsule.jsonl.gz", "kiosk.log", "tmp")
"""What else a kiosk may have written, beside its data folder: a capsule, its log with what a fault left
there, and temporary files, where the run has sent them there."""


def p6(canaries: Sequence[Canary] | None, data: Path) -> Iterator[str]:
    """No canary in any byte of any file in `data`, its name or its free pages and WAL; nor in what lies
    beside it (`BESIDE`)."""
    if not canaries:
        raise OutOfReach("no canaries were set")
    if not data.is_dir():
        raise OutOfReach(f"there is no data folder {data.name}")
    yield from hunt(canaries, data, *(data.parent / name for name in BESIDE))


def hunt(canaries: Sequence[Canary], *places: Path) -> Iterator[str]:
    """A sentence for each canary in each file of these folders (and in these files). What is not there is
    passed over."""
    layers = [layer for place in places for layer in _layers_of(place)]
    everything = b"\n".join(content.translate(None, b"\0") for _, content in layers).lower()
    pieces = _pieces(everything)
    for canary in {(each.kind, each.text): each for each in canaries if each.text}.values():
        openings = _openings(canary.text)
        if pieces is not None and openings is not None and openings.isdisjoint(pieces):
            continue
        if any(_may_be(needle, pieces) and needle in everything for needle in _needles(canary.text)):
            forms = _forms(canary.text)
            short = canary.text.isdigit() and len(canary.text) < SHORT
            for name, content in layers:
                if any(_found(form, content, short=short) for form in forms):
                    yield f"the {canary.kind} {canary.text!r} rests in {name}"


def _pieces(content: bytes) -> set[int] | None:
    """The content cut into pieces: wherever a needle stands in it, some of its own pieces are among them.
    None when there is too much."""
    if len(content) > MANY:
        return None
    whole = len(content) - len(content) % GRAM
    return set(memoryview(content)[:whole].cast("I"))


@lru_cache(maxsize=4096)
def _openings(text: str) -> frozenset[int] | None:
    """The first pieces of a canary's needles, wherever the cuts go: where none of them occurs, the canary is
    not. None when a needle is too short to hold a piece wherever the cuts go."""
    needles = _needles(text)
    if min(map(len, needles)) < WHOLE:
        return None
    return frozenset([_piece(needle, shift) for needle in needles for shift in range(GRAM)])


def _may_be(needle: bytes, pieces: set[int] | None) -> bool:
    """Whether all pieces of a needle occur, for one way in which the cuts may go."""
    if pieces is None or len(needle) < WHOLE:
        return True
    return any(
        all(_piece(needle, at) in pieces for at in range(shift, len(needle) - GRAM + 1, GRAM))
        for shift in range(GRAM)
    )


def _piece(needle: bytes, at: int) -> int:
    return int.from_bytes(needle[at : at + GRAM], sys.byteorder)


# ---- what is searched -----------------------------------------------------------------------


def _layers_of(place: Path) -> Iterator[tuple[str, bytes]]:
    """Every file with its name and its bytes, and what is packed in it."""
    if not place.exists():
        return
    paths = sorted(place.rglob("*")) if place.is_dir() else [place]
    for path in paths:
        name = str(path.relative_to(place)) if path != place else path.name
        content = path.name.encode("utf-8", "surrogateescape") + b"\n"
        raw = b""
        if path.is_symlink():
            raw = str(path.readlink()).encode("utf-8", "surrogateescape")
        elif path.is_file():
            raw = path.read_bytes()
        yield name, content + raw
        yield from _unpacked(name, raw, NESTED)


def _unpacked(name: str, raw: bytes, nested: int) -> Iterator[tuple[str, bytes]]:
    if not nested:
        return
    if raw.startswith(GZIP_MAGIC):
        inside = [(f"{name} (unpacked)", _gunzipped(raw))]
    elif raw.startswith(ZIP_MAGIC):
        inside = [(f"{name}/{member}", content) for member, content in _unzipped(raw)]
    else:
        return
    for inner, content in inside:
        yield inner, content
        yield from _unpacked(inner, content, nested - 1)


def _gunzipped(raw: bytes) -> bytes:
    """What a gzip file holds, member after member, as far as it goes."""
    parts = []
    while raw.startswith(GZIP_MAGIC):
        unpacker = zlib.decompressobj(_GZIP)
        try:
            parts.append(unpacker.decompress(raw))
        except zlib.error:
            # damaged in the middle: what comes out before that is found byte by byte
            parts.append(_as_far_as_it_goes(raw))
            break
        raw = unpacker.unused_data
    return b"".join(parts)


def _as_far_as_it_goes(raw: bytes) -> bytes:
    unpacker, found = zlib.decompressobj(_GZIP), b""
    for at in range(len(raw)):
        try:
            found += unpacker.decompress(raw[at : at + 1])
        except zlib.error:
            break
    return found


def _unzipped(raw: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for member in archive.infolist():
                content = b"" if member.flag_bits & 1 else archive.read(member)
                yield member.filename, content
    except (zipfile.BadZipFile, NotImplementedError, OSError, zlib.error):
        return


# ---- what is looked for ---------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _needles(text: str) -> frozenset[bytes]:
    """What must be in all bytes together, in small letters and without zero bytes, where a canary is. Made
    once: the same people and books come day after day."""
    return frozenset(needle.translate(None, b"\0").lower() for needle in _forms(text)) - {b""}


def _forms(text: str) -> set[bytes]:
    """A text as it may lie in a file."""
    raw = text.encode("utf-8", "surrogatepass")
    forms = {raw}
    for charset in CHARSETS:
        try:
            forms.add(text.encode(charset))
        except UnicodeEncodeError:
            continue
    escaped = json.dumps(text)[1:-1]
    quoted = quote(text, safe="", errors="replace")
    for form in (
        escaped,
        _upper_hex(escaped),
        quoted,
        quote(text, errors="replace"),
        quoted.replace("%20", "+"),
    ):
        forms |= {form.encode(), _lower_percent(form).encode()}
    forms |= _in_hex(raw)
    if len(raw) >= BASE64_FROM:
        forms |= {form for shift in range(3) for form in _in_base64(raw, shift)}
    return forms


def _in_hex(raw: bytes) -> set[bytes]:
    return {raw.hex().encode(), raw.hex().upper().encode()}


def _in_base64(raw: bytes, shift: int) -> Iterator[bytes]:
    """The letters that a text surely becomes in base64, when `shift` bytes stand before it in its three."""
    whole = base64.b64encode(bytes(shift) + raw)
    first = (0, 2, 3)[shift]
    last = (len(raw) + shift) * 8 // 6
    yield whole[first:last]
    yield whole[first:last].translate(bytes.maketrans(b"+/", b"-_"))


def _found(form: bytes, content: bytes, *, short: bool) -> bool:
    """Whether a form of a text stands in these bytes, not by chance."""
    at = content.find(form)
    while at >= 0:
        if not short or not _by_chance(content, at, at + len(form)):
            return True
        at = content.find(form, at + 1)
    return False


def _by_chance(content: bytes, start: int, end: int) -> bool:
    """Whether a few digits are a part of a number or an id that has nothing to do with them."""
    if TOUCHED_BEFORE.match(content, max(0, start - 1), start) or TOUCHED_AFTER.match(content, end):
        return True
    around = BY_CHANCE.finditer(content, max(0, start - 32), end + 32)
    return any(each.start() <= start and end <= each.end() for each in around)


def _upper_hex(escaped: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda hit: "\\u" + hit[1].upper(), escaped)


def _lower_percent(quoted: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda hit: hit[0].lower(), quoted)
