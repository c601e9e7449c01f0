"""A capsule: one file that support can read and replay on a laptop, without anything personal in it.

Lines of JSON in a gzip file: who made it (`capsule`), the settings (`settings`), the journal's open rows
(`journal`), then every segment of the recorder's ring as it lies on the disk. What cannot be read is said in
its place: a capsule is made when something is broken, so nothing that is broken may keep it from being made.

Of the settings, numbers, switches and choices are kept. A text is masked unless it stands in `KEPT`, for it
may be a password, a host, a user or a place. Of the journal, sealed parts are left out, and ids are replaced
by stand-ins that fit to no segment; saga ids lead staff from the segments to the rows.
"""

from __future__ import annotations

import dataclasses
import gzip
import os
import platform
import re
import secrets
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from kiosk.journal import JournalSettings, read_what_can_be_read
from kiosk.recorder import StandIns, lines_of, paths_of
from kiosk.recorder.codec import ENCODER, pack_float, pack_int, plan
from kiosk.recorder.names import KEY_BYTES
from kiosk.recorder.table import SAGA, WORD, Payload
from kiosk.recorder.trace import kind_of

FORM = 1
"""Number of this form of a capsule."""

MASK = "***"
"""Stands for a text that is there and is not shown."""

KEPT: Mapping[str, re.Pattern[str]] = {
    "IlsSettings.alert_types": re.compile(r"[0-9]{2}=[a-z-]+"),
    "IlsSettings.charset": re.compile(r"[a-z0-9_-]{1,16}"),
    "IlsSettings.delimiter": re.compile(r"[^A-Za-z0-9]"),
    "IlsSettings.profile": re.compile(r"[a-z][a-z0-9-]{0,31}"),
    "Policy.languages": re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}"),
    "ScreenSection.blank_from": re.compile(r"[0-9]{2}:[0-9]{2}"),
    "ScreenSection.blank_to": re.compile(r"[0-9]{2}:[0-9]{2}"),
    "ScreenSection.size": re.compile(r"[0-9]{3,4}x[0-9]{3,4}"),
}
"""Texts of the settings that are shown, by class and field, if they have this shape."""

_PAYLOAD = plan(Mapping[str, object], Payload.BY_KEY)


def write(path: Path, lines: Iterator[str]) -> int:
    """Write a capsule, readable by its owner only, in place of what has its name; returns its size in bytes.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            for line in lines:
                packed.write(line.encode() + b"\n")
        size = draft.stat().st_size
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return size


def capsule_lines(
    *, kiosk: str, wall: float, settings: object | None, journal: JournalSettings | None, ring: Path | None
) -> Iterator[str]:
    """The lines of a capsule.

    Args:
        kiosk: version of the product.
        wall: now, in seconds since 1970.
        settings: dataclasses of settings; None where the file cannot be understood, as the other two.
        journal: where the journal lies.
        ring: the recorder's folder.
    """
    head = {
        "capsule": FORM,
        "kiosk": kiosk,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "made": pack_float(wall),
    }
    yield ENCODER.encode(head)
    if settings is None:
        yield ENCODER.encode({"settings": None, "trouble": "the settings file"})
    else:
        yield ENCODER.encode({"settings": masked(settings)})
    yield ENCODER.encode(_journal(journal) if journal is not None else _unread("the settings file"))
    paths = paths_of(ring) if ring is not None else []
    yield ENCODER.encode({"recorder": len(paths)})
    for path in paths:
        try:
            yield from lines_of(path)
        except OSError as error:
            # it was let go meanwhile, or cannot be read
            yield ENCODER.encode({"trouble": type(error).__name__})


def _unread(trouble: str) -> dict[str, Any]:
    return {"journal": None, "trouble": trouble}


def _journal(journal: JournalSettings) -> dict[str, Any]:
    try:
        found = read_what_can_be_read(journal, only_open=True)
    except Exception as error:  # noqa: BLE001 - a damaged file may fail in any way; its message may quote it
        return _unread(kind_of(error))
    names = StandIns(secrets.token_bytes(KEY_BYTES))
    told: dict[str, Any] = {
        "journal": [
            {
                "row": pack_int(row.seq),
                "saga": names.kept(row.saga, SAGA.shape),
                "kind": names.kept(row.kind, WORD.shape),
                "wall": pack_float(row.wall),
                "payload": _PAYLOAD.pack(row.payload, names),
            }
            for row in found.rows
        ]
    }
    if found.error is not None or found.problems:
        told["trouble"] = kind_of(found.error) if found.error is not None else "damaged"
    return told


# ---- settings -------------------------------------------------------------------------------


def masked(settings: object) -> dict[str, Any]:
    """Settings by name, texts masked."""
    assert dataclasses.is_dataclass(settings)
    hints = get_type_hints(type(settings))
    shown = {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        shape = KEPT.get(f"{type(settings).__name__}.{field.name}")
        if not field.repr:
            shown[field.name] = MASK if value else ""
        elif isinstance(value, str) and value in _choices(hints[field.name]):
            shown[field.name] = value
        else:
            shown[field.name] = _masked(value, shape)
    return shown


def _choices(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    return tuple(choice for part in get_args(hint) for choice in _choices(part))


def _masked(value: Any, shape: re.Pattern[str] | None) -> Any:
    match value:
        case None | bool():
            return value
        case Enum():
            return value.value
        case int():
            return pack_int(value)
        case float():
            return pack_float(value)
        case str():
            return value if not value or (shape and shape.fullmatch(value)) else MASK
        case Mapping():
            return {MASK if key else "": _masked(each, None) for key, each in value.items()}
        case list() | tuple() | frozenset() | set():
            return [_masked(each, shape) for each in value]
        case _ if dataclasses.is_dataclass(value):
            return masked(value)
        case _:
            return MASK
