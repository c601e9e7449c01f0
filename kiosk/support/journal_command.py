"""`kiosk journal`: what is open, what was written, and how to go on when the file is doubted."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from kiosk.circulation.values import Row, RowKind, SagaId
from kiosk.commands import USAGE_ERROR, add_config
from kiosk.journal import (
    Adopted,
    JournalError,
    JournalSettings,
    Readable,
    SqliteJournal,
    StoredRow,
    read_what_can_be_read,
)
from kiosk.maintenance.matters import matters_in
from kiosk.maintenance.views import MatterView
from kiosk.settings import SettingsError, load
from kiosk.words import Words

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

RESOLVED: Mapping[str, object] = {"state": "resolved", "by": "staff"}
"""What the closing row says of a saga that staff have seen to."""

NO_ISOLATES = str.maketrans("", "", "\u2068\u2069")
"""A terminal shows the marks that keep directions apart as rubbish."""


@dataclass(frozen=True)
class Call:
    """One call of the command: the journal's settings and the doors to the world."""

    journal: JournalSettings
    as_json: bool
    wall: Callable[[], float]
    mono: Callable[[], float]
    credentials: Path | None

    def opened(self) -> SqliteJournal:
        """The journal for writing; it touches nothing before it is used."""
        return SqliteJournal(
            self.journal,
            run_blocking=_inline,
            mono=self.mono,
            wall=self.wall,
            credentials=self.credentials,
        )


def main(
    argv: Sequence[str],
    *,
    wall: Callable[[], float],
    mono: Callable[[], float],
    credentials: Path | None = None,
) -> int:
    """Carry out the command; returns its exit status: 0 all is well, 1 something is wrong with the journal or
    it could not be done (the text says what), 2 a wrong call or settings file.

    Args:
        argv: what follows `kiosk journal`.
        wall: seconds since 1970.
        mono: seconds of the monotonic clock, for the stamps of rows.
        credentials: the folder of systemd credentials, where there is one.
    """
    given = _parser().parse_args(argv)
    try:
        settings = load(given.config, secrets=False).journal
    except SettingsError as error:
        _complain(str(error))
        return USAGE_ERROR
    call = Call(settings, given.json, wall, mono, credentials)
    try:
        match given.command:
            case "list":
                return _list(call, everything=given.all)
            case "show":
                return _show(call, given.saga)
            case "resolve":
                return _resolve(call, given.sagas)
            case "export":
                return _export(call, given.out)
            case _:
                return _adopt(call)
    except JournalError as error:
        _complain(f"{error.filename}: {error.problem}. {error.remedy}")
    except OSError as error:
        _complain(f"{error.filename}: {error.strerror}")
    return 1


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    add_config(common)
    common.add_argument("--json", action="store_true", help="for programs")
    parser = argparse.ArgumentParser(
        prog="kiosk journal", description="What this kiosk must not forget: its journal."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about, parents=[common])

    listing = add("list", "what is open, one sentence each")
    listing.add_argument("--all", action="store_true", help="what is settled too, as long as it is kept")
    show = add("show", "all rows of one saga; sealed parts are never shown")
    show.add_argument("saga", metavar="SAGA", help="its number, as list gives it")
    resolve = add("resolve", "close sagas that staff have seen to (not while a kiosk runs)")
    resolve.add_argument("sagas", nargs="+", metavar="SAGA", help="their numbers, as list gives them")
    export = add("export", "all rows as JSON, one a line, without sealed parts")
    export.add_argument("--out", type=Path, metavar="FILE", help="into this file")
    add("adopt", "go on with a journal that is older, damaged, too new or gone; the old file is kept aside")
    return parser


# ---- looking --------------------------------------------------------------------------------


def _list(call: Call, *, everything: bool) -> int:
    found = read_what_can_be_read(call.journal, only_open=not everything)
    words = Words("en")
    matters = matters_in(found.rows)
    settled = _settled(found.rows)
    if call.as_json:
        said: dict[str, Any] = {
            "journal": str(call.journal.path),
            **_problems(found),
            "matters": [_matter(each, words) for each in matters],
        }
        if everything:
            said["settled"] = settled
        _print_json(said)
        return 1 if found.error else 0
    if not matters and not found.error:
        _print(words.say("matter.none"))
    for each in matters:
        _print(f"{each.saga}  {_minute(each.wall)}  {_sentence(each, words)}")
    if everything:
        for saga in settled:
            _print(f"{saga['saga']}  {_minute(saga['wall'])}  {saga['state']}")
    return _warn(found)


def _matter(matter: MatterView, words: Words) -> dict[str, Any]:
    return {
        "saga": matter.saga,
        "key": matter.key,
        "code": matter.code,
        "item": matter.item,
        "since": _moment(matter.wall),
        "says": _sentence(matter, words),
    }


def _sentence(matter: MatterView, words: Words) -> str:
    book = matter.item or words.say("matter.nameless")
    try:
        said = words.say(f"matter.{matter.key}", book=book)
    except KeyError:
        said = words.say("matter.other", book=book)
    return said.translate(NO_ISOLATES)


def _settled(rows: Sequence[StoredRow]) -> list[dict[str, Any]]:
    """Closed sagas by their closing row, oldest first."""
    return [
        {
            "saga": row.saga,
            "state": str(row.payload.get("state", "closed")),
            "when": _moment(row.wall),
            "wall": row.wall,
        }
        for row in rows
        if row.closes
    ]


def _show(call: Call, saga: str) -> int:
    found = read_what_can_be_read(call.journal)
    rows = [row for row in found.rows if row.saga == saga]
    if call.as_json:
        _print_json({"journal": str(call.journal.path), **_problems(found), "rows": [*map(as_json, rows)]})
    for row in () if call.as_json else rows:
        said = "  ".join(f"{name}={_value(value)}" for name, value in row.payload.items())
        more = ("  (with a sealed part)" if row.sealed else "") + ("  closed" if row.closes else "")
        _print(f"{row.seq:6}  {_second(row.wall)}  {row.kind:8}  {said}{more}")
    if not rows:
        _complain(f"the journal has no saga {saga}")
    return max(_warn(found, silent=call.as_json), 0 if rows else 1)


def _export(call: Call, out: Path | None) -> int:
    found = read_what_can_be_read(call.journal)
    lines = "".join(json.dumps(as_json(row), ensure_ascii=False) + "\n" for row in found.rows)
    if out is None:
        sys.stdout.write(lines)
    else:
        out.write_text(lines, encoding="utf-8")
        _print(f"{len(found.rows)} rows: {out}") if not call.as_json else _print_json(
            {"rows": len(found.rows), "out": str(out), **_problems(found)}
        )
    return _warn(found)


def as_json(row: StoredRow) -> dict[str, Any]:
    """A row for programs. `sealed` says that there is a sealed part, which is never shown; `mono` and `wall`
    are seconds, `when` is `wall` in ISO 8601 (UTC)."""
    return {
        "seq": row.seq,
        "saga": row.saga,
        "kind": row.kind,
        "schema": row.schema,
        "closes": row.closes,
        "sealed": row.sealed,
        "when": _moment(row.wall),
        "wall": row.wall,
        "mono": row.mono,
        "payload": dict(row.payload),
    }


def _problems(found: Readable) -> dict[str, Any]:
    error = found.error
    return {
        "reason": None if error is None else error.reason.value,
        "remedy": None if error is None else error.remedy,
        "problems": list(found.problems),
    }


def _warn(found: Readable, *, silent: bool = False) -> int:
    if found.error is None:
        return 0
    if not silent:
        _complain(f"{found.error.filename}: {'; '.join(found.problems)}. {found.error.remedy}")
    return 1


# ---- changing -------------------------------------------------------------------------------


def _resolve(call: Call, sagas: Sequence[str]) -> int:
    found = read_what_can_be_read(call.journal)
    if found.error is not None:
        return _warn(found)
    known = {row.saga for row in found.rows}
    wanted = list(dict.fromkeys(map(SagaId, sagas)))
    closed = {row.saga for row in found.rows if row.closes}
    if wrong := [saga for saga in wanted if saga not in known or saga in closed]:
        # none is closed when one of them was mistyped
        for saga in wrong:
            _complain(
                f"saga {saga} is closed already" if saga in known else f"the journal has no saga {saga}"
            )
        return 1

    async def close_them() -> None:
        journal = call.opened()
        try:
            still_open = {row.saga for row in (await journal.open_rows()).rows}
            await journal.append(
                [Row(saga, RowKind.SETTLED, RESOLVED, closes=True) for saga in wanted if saga in still_open]
            )
        finally:
            await journal.close()

    asyncio.run(close_them())
    if call.as_json:
        _print_json({"resolved": wanted})
    else:
        _print(f"closed: {', '.join(wanted)}")
    return 0


def _adopt(call: Call) -> int:
    async def adopt() -> Adopted:
        return await call.opened().adopt()

    done = asyncio.run(adopt())
    if call.as_json:
        aside = [str(path) for path in done.aside]
        _print_json({"doubts": list(done.doubts), "aside": aside, "carried": done.carried})
        return 0
    if not done.doubts:
        _print("Nothing is wrong with the journal; nothing was changed.")
        return 0
    for doubt in done.doubts:
        _print(f"Was wrong: {doubt}.")
    for path in done.aside:
        _print(f"Kept aside: {path}")
    if done.aside:
        _print(f"Rows of open matters that the new journal has from it: {done.carried}")
    _print("The kiosk can go on. Look up in the library system what was lent and returned last.")
    return 0


async def _inline(fn: Callable[[*Ts], T], /, *args: *Ts) -> T:
    return fn(*args)


# ---- speaking -------------------------------------------------------------------------------


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="seconds")


def _minute(wall: float) -> str:
    return f"{datetime.fromtimestamp(wall, UTC).astimezone():%Y-%m-%d %H:%M}"


def _second(wall: float) -> str:
    return f"{datetime.fromtimestamp(wall, UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def _print(text: str) -> None:
    print(text)  # noqa: T201


def _print_json(value: object) -> None:
    _print(json.dumps(value, indent=2, ensure_ascii=False))


def _complain(text: str) -> None:
    print(f"kiosk journal: {text}", file=sys.stderr)  # noqa: T201
