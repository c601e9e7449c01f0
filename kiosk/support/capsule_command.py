"""`kiosk capsule`: makes a capsule for support, or replays one."""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kiosk.commands import add_config, said_of
from kiosk.recorder import FOLDER, lines_of
from kiosk.recorder.segment import Segment, Unreadable, segments_of
from kiosk.recorder.story import day, tell
from kiosk.settings import Settings, SettingsError, load
from kiosk.support.capsule import capsule_lines, write

ENDING = ".jsonl.gz"


def main(argv: Sequence[str], wall: Callable[[], float] = time.time) -> int:
    """Carry out the command; returns its exit status: 0, 1 when a replay does not agree or a file cannot be
    read or written, 2 for a wrong call.

    Args:
        argv: what follows `kiosk capsule`.
        wall: seconds since 1970.
    """
    parser = argparse.ArgumentParser(
        prog="kiosk capsule",
        description="The last hours of this kiosk in one file for support, without anything personal.",
    )
    add_config(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="the capsule (default: a new file here)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="tell and replay a capsule instead")
    given = parser.parse_args(argv)
    try:
        if given.replay is not None:
            return _replay(given.replay)
        return _make(given.config, given.out, wall())
    except OSError as error:
        print(f"kiosk capsule: {said_of(error)}", file=sys.stderr)  # noqa: T201
        return 1


def _make(config: Path, out: Path | None, now: float) -> int:
    settings = _settings(config)
    path = out or Path(f"capsule-{now:.0f}{ENDING}")
    lines = capsule_lines(
        kiosk=importlib.metadata.version("kiosk"),
        wall=now,
        settings=settings,
        journal=settings.journal if settings is not None else None,
        ring=settings.journal.folder / FOLDER if settings is not None else None,
    )
    size = write(path, lines)
    print(f"{path}: {size} bytes. Send it to support; nobody is named in it.")  # noqa: T201
    return 0


def _settings(config: Path) -> Settings | None:
    try:
        with contextlib.suppress(SettingsError):
            return load(config)
        return load(config, secrets=False)  # it is about something else, or about a secret
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        print("The capsule is made without settings, rows and events.", file=sys.stderr)  # noqa: T201
        return None


# ---- replaying ------------------------------------------------------------------------------


def _replay(path: Path) -> int:
    agrees, some = True, False
    heads, segments = read(path)
    for head in heads:
        for line in _head_lines(head):
            print(line)  # noqa: T201
    for number, segment in enumerate(segments, 1):
        some = True
        begins = day(segment.entries[0].when) if segment.entries else "?"
        events = len(segment.entries)
        print(f"\n== segment {number}: {begins}, kiosk {segment.kiosk or '?'}, {events} events")  # noqa: T201
        for line, well in _told(segment):
            print(line)  # noqa: T201
            agrees = agrees and well
        if segment.broken:
            print(f"({segment.broken} lines could not be read)")  # noqa: T201
    if not some:
        print("there is nothing to replay in it")  # noqa: T201
        agrees = False
    print(f"agrees: {'yes' if agrees else 'no'}")  # noqa: T201
    return 0 if agrees else 1


def read(path: Path) -> tuple[list[dict[str, Any]], Iterator[Segment]]:
    """What a capsule says before its segments, and its segments. A single segment of the ring is read too.

    Raises:
        OSError: the file cannot be read.
    """
    lines = list(lines_of(path))
    heads = []
    for line in lines:
        try:
            raw = json.loads(line)
        except ValueError:
            continue
        if isinstance(raw, dict) and "segment" not in raw:
            heads.append(raw)
    return heads, segments_of(lines)


def _told(segment: Segment) -> Iterator[tuple[str, bool]]:
    try:
        yield from tell(segment)
    except Unreadable as error:
        yield f"!! {error}", False


def _head_lines(head: dict[str, Any]) -> Iterator[str]:
    if "capsule" in head:
        parts = (f"{key} {value}" for key, value in head.items() if key != "made")
        yield ", ".join(parts)
        return
    trouble = f" ({head['trouble']})" if "trouble" in head else ""
    for key, value in head.items():
        match value:
            case dict():
                yield from (f"{key}.{name}: {each}" for name, each in value.items())
            case list():
                yield f"{key}: {len(value)} open rows{trouble}"
                yield from (f"  {_row(row)}" for row in value if isinstance(row, dict))
            case None:
                yield f"{key}: could not be read{trouble}"
            case int():
                yield f"{key}: {value} segments"
            case _:
                pass


def _row(row: dict[str, Any]) -> str:
    payload = row.get("payload")
    pairs = [pair for pair in payload if isinstance(pair, list) and len(pair) == 2] if payload else []
    said = " ".join(f"{key}={value}" for key, value in pairs if value not in (None, "", []))
    return f"{row.get('row')} {row.get('saga')} {row.get('kind')} {said}"
