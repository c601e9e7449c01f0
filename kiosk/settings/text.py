"""A TOML text with other values: its comments and its order stay as they were."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from kiosk.settings.reading import SettingsError, tables_of
from kiosk.settings.references import Reference

NOT_HERE = "is written in a way that cannot be changed here: edit the file"


def edited(text: str, wanted: Mapping[str, Any], path: Path) -> str:
    """The text with these sections, all else as it was; proved by reading it. A `Reference` among the values
    stands there as an inline table.

    Raises:
        OSError: (EILSEQ) what came out would not say exactly this.
    """
    try:
        document = tomlkit.parse(text)
        _assign(document, wanted)
        new = tomlkit.dumps(document)
        same = tables_of(new) == as_written(wanted)
    except (TOMLKitError, SettingsError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        same, new = False, text
    if not same:
        raise OSError(errno.EILSEQ, NOT_HERE, str(path))
    return new


def as_written(value: Any) -> Any:
    """Values as they are read from a file: references are tables."""
    if isinstance(value, Reference):
        return value.table
    return {name: as_written(each) for name, each in value.items()} if isinstance(value, Mapping) else value


def _assign(table: Any, wanted: Mapping[str, Any]) -> None:
    """Set what differs, and only that."""
    for name in [each for each in table if each not in wanted]:
        del table[name]
    for name, value in wanted.items():
        now = table.get(name)
        if isinstance(value, Reference):
            if isinstance(now, Mapping):
                _assign(now, value.table)
            else:
                table[name] = _inline(value.table)
        elif isinstance(value, Mapping) and isinstance(now, Mapping):
            _assign(now, value)
        elif isinstance(value, Mapping):
            fresh = tomlkit.table()
            _assign(fresh, value)
            table[name] = fresh
        elif name not in table:
            table[name] = value
        elif (was := now.unwrap() if hasattr(now, "unwrap") else now) != value or type(was) is not type(
            value
        ):
            if isinstance(now, list) and isinstance(value, list):
                _assign_list(now, value)
            else:
                table[name] = value


def _assign_list(now: list[Any], wanted: list[Any]) -> None:
    """Move what must come first; whatever stands between the others stays there."""
    for at, value in enumerate(wanted):
        if at < len(now) and now[at] == value:
            continue
        if value in now[at:]:
            now.remove(value)
        now.insert(at, value)
    del now[len(wanted) :]


def _inline(values: Mapping[str, str]) -> Any:
    table = tomlkit.inline_table()
    table.update(values)
    return table
