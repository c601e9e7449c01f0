"""Promise 6: nothing personal rests on the disk. Searches every byte in the kiosk's data folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from kiosk.lab.case import OutOfReach
from kiosk.lab.evidence import Canary

SHORT = 8
"""Digits alone, fewer than this, are only a find where no other digit or point touches them: a PIN may
stand inside a time stamp by chance."""

CHARSETS = ("utf-8", "utf-16-le", "utf-16-be", "cp850", "latin-1")
"""How a text could lie in a file; CP850 is the charset of SIP2."""


def p6(canaries: Sequence[Canary] | None, data: Path) -> Iterator[str]:
    """No canary in any byte of any file in `data`, its name or its free pages and WAL."""
    if not canaries:
        raise OutOfReach("no canaries were set")
    if not data.is_dir():
        raise OutOfReach(f"there is no data folder {data.name}")
    patterns = [(canary, pattern_of(canary.text)) for canary in canaries if canary.text]
    for path in sorted(data.rglob("*")):
        content = path.name.encode("utf-8", "surrogateescape") + b"\n"
        if path.is_file():
            content += path.read_bytes()
        for canary, pattern in patterns:
            if pattern.search(content):
                yield f"the {canary.kind} {canary.text!r} rests in {path.relative_to(data)}"


def pattern_of(text: str) -> re.Pattern[bytes]:
    """What finds `text` in bytes: plain, in UTF-16, escaped for JSON or a URL, in either case of hex."""
    needles = set()
    for charset in CHARSETS:
        try:
            needles.add(text.encode(charset))
        except UnicodeEncodeError:
            continue
    escaped = json.dumps(text)[1:-1]
    quoted = quote(text, safe="")
    for form in (escaped, _upper_hex(escaped), quoted, quote(text), quoted.replace("%20", "+")):
        needles |= {form.encode(), _lower_percent(form).encode()}
    alternatives = b"|".join(re.escape(needle) for needle in sorted(needles, key=len, reverse=True))
    if text.isdigit() and len(text) < SHORT:
        return re.compile(rb"(?<![0-9.])(?:" + alternatives + rb")(?![0-9])")
    return re.compile(alternatives)


def _upper_hex(escaped: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda hit: "\\u" + hit[1].upper(), escaped)


def _lower_percent(quoted: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda hit: hit[0].lower(), quoted)
