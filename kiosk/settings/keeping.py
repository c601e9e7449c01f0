"""Keeping changed settings: the same file with other values, its comments and its order as they were.

Nothing is written that was not read back as exactly these settings first. Then, in this order:

1. the old text goes to `<name>.before`, by way of a draft and a rename,
2. the new text goes to a draft beside the file, flushed,
3. the draft takes the file's name, and the folder is flushed.

A power cut between any two of them leaves the old file or the new one, whole. A symbolic link stays one:
the file that it leads to is replaced.
"""

from __future__ import annotations

import contextlib
import copy
import errno
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Protocol, get_args, get_origin, get_type_hints

import tomlkit
from tomlkit.exceptions import TOMLKitError

from kiosk.maintenance.views import FieldKind
from kiosk.settings.reading import Key, SettingsError, keys, settings_of, tables_of
from kiosk.settings.sections import Settings
from kiosk.sip2.profiles import names as profiles
from kiosk.words import languages

BEFORE = ".before"
"""What is added to the name of the file that was kept last."""

LANGUAGES = "policy.languages"
"""Edited as a choice: the library's own language, which is the first of the list."""

NOT_HERE = "is written in a way that cannot be changed here: edit the file"


class Files(Protocol):
    """The door to the folder that the file is in. Everything may raise OSError."""

    def write(self, path: Path, data: bytes, like: os.stat_result) -> None:
        """Make a new file with this content, flushed, with the mode and the owner of `like`."""

    def rename(self, path: Path, to: Path) -> None:
        """Give a file another name, in place of what had it."""

    def sync_folder(self, folder: Path) -> None:
        """Flush the folder's own entries."""

    def remove(self, path: Path) -> None:
        """Remove a file, if there is one."""


class RealFiles:
    """The disk."""

    def write(self, path: Path, data: bytes, like: os.stat_result) -> None:
        """Make a new file; it may hold a password, so nobody else can read it meanwhile."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            with contextlib.suppress(PermissionError):  # only root may give files away
                os.fchown(handle, like.st_uid, like.st_gid)
            os.fchmod(handle, stat.S_IMODE(like.st_mode))
            os.fsync(handle)

    def rename(self, path: Path, to: Path) -> None:
        """Atomic (rename(2))."""
        path.replace(to)

    def sync_folder(self, folder: Path) -> None:
        """fsync(2) on the folder."""
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, path: Path) -> None:
        """unlink(2)."""
        path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class SettingView:
    """One setting: how it is edited, its value as text, and what can be chosen."""

    kind: FieldKind
    value: str
    choices: tuple[str, ...] = ()


class Keeper:
    """The settings file, to be looked at and changed. Values are texts, named by their path (`ils.host`).

    Everything here reads or writes the disk, and blocks.
    """

    def __init__(self, path: Path, files: Files | None = None) -> None:
        """`path` is the file that `load` reads."""
        self._path = path
        self._files: Files = files or RealFiles()

    def setting(self, name: str) -> SettingView:
        """A setting as the file has it (its default, where the file says nothing).

        Raises:
            OSError: the file cannot be read, or not understood (EILSEQ).
            KeyError: there is no such setting.
        """
        tables = self._readable(self._text())
        section, key = _find(name, tables)
        table = tables.get(section, {})
        value = table.get(key.name, key.default) if isinstance(table, dict) else key.default
        if name == LANGUAGES:
            tags = tuple(str(each) for each in value)
            more = tuple(tag for tag in languages() if tag not in tags)
            return SettingView(FieldKind.CHOICE, tags[0] if tags else "", tags + more)
        choices = _choices(name, key)
        kind = FieldKind.TEXT
        if key.secret:
            kind = FieldKind.SECRET
        elif choices:
            kind = FieldKind.CHOICE
        elif key.hint in {int, float}:
            kind = FieldKind.NUMBER
        return SettingView(kind, _as_text(value), choices)

    def problems(self, changes: Mapping[str, str]) -> Mapping[str, str]:
        """What is wrong with these values, by name (`""`: the file as a whole); empty: nothing. A problem
        never shows a secret. Never raises for what the file holds."""
        try:
            text = self._text()
            tables = self._readable(text)
        except OSError as error:
            return {"": f"{error.filename}: {error.strerror}"}
        wanted, wrong = _changed(tables, changes)
        if wrong:
            return wrong
        try:
            settings_of(wanted, text, self._path.name, self._path.parent)
        except SettingsError as error:
            return _by_name(error, changes)
        return {}

    def settings(self, changes: Mapping[str, str]) -> Settings:
        """The settings that the kiosk would have with these changes.

        Raises:
            OSError: the file cannot be read, or not understood (EILSEQ).
            SettingsError: something in it is wrong.
        """
        text = self._text()
        wanted, wrong = _changed(self._readable(text), changes)
        if wrong:
            raise SettingsError([f"{name}: {said}" for name, said in wrong.items()])
        return settings_of(wanted, text, self._path.name, self._path.parent)

    def keep(self, changes: Mapping[str, str]) -> Settings:
        """Write the file anew with these changes, the old one beside it; gives back what it now says.

        Raises:
            OSError: it could not be written; the old file stands.
            SettingsError: something in it would be wrong; nothing was written.
        """
        settings = self.settings(changes)
        text = self._text()
        wanted, _ = _changed(self._readable(text), changes)
        if wanted != self._readable(text):
            self._write(_edited(text, wanted, self._path), text)
        return settings

    def _text(self) -> str:
        """The file's text, with its line ends as they are."""
        try:
            return self._path.read_bytes().decode()
        except UnicodeDecodeError:
            raise OSError(errno.EILSEQ, "not UTF-8 text", str(self._path)) from None

    def _readable(self, text: str) -> dict[str, Any]:
        try:
            return tables_of(text, self._path.name)
        except SettingsError as error:
            raise OSError(errno.EILSEQ, str(error), str(self._path)) from None

    def _write(self, text: str, before: str) -> None:
        files, real = self._files, self._path.resolve(strict=True)
        like = real.stat()
        draft = real.with_name(f".{real.name}.new")
        kept = real.with_name(real.name + BEFORE)
        for data, name in ((before, kept), (text, real)):
            files.remove(draft)  # of an attempt that the power cut short
            try:
                files.write(draft, data.encode(), like)
                files.rename(draft, name)
            except OSError:
                with contextlib.suppress(OSError):
                    files.remove(draft)
                raise
        files.sync_folder(real.parent)


# ---- names and values -----------------------------------------------------------------------


def _find(name: str, tables: Mapping[str, Any]) -> tuple[str, Key]:
    """The section and the key of a setting: of several drivers that have one so named, that of the driver in
    these tables, else of the first. Raises KeyError."""
    section, _, wanted = name.partition(".")
    hints = get_type_hints(Settings)
    table = tables.get(section)
    driver = table.get("driver") if isinstance(table, Mapping) else None
    found = [
        key
        for each in fields(Settings)
        if each.name == section
        for key in keys(hints[section], None, each.metadata.get("elsewhere", ()))
        if key.name == wanted
    ]
    if not found:
        raise KeyError(name)
    return section, next((key for key in found if key.driver == driver), found[0])


def _choices(name: str, key: Key) -> tuple[str, ...]:
    if name == "ils.profile":
        return profiles()
    if key.hint is bool:
        return ("true", "false")
    if get_origin(key.hint) is Literal:
        return tuple(str(choice) for choice in get_args(key.hint))
    if isinstance(key.hint, type) and issubclass(key.hint, Enum):
        return tuple(str(member.value) for member in key.hint)
    return tuple(str(choice) for choice in key.meta.get("choices", ()))


def _as_text(value: object) -> str:
    """A value as it is edited; of a text in several languages the one that serves all."""
    if isinstance(value, Mapping):
        return _as_text(value.get("default", value.get("", next(iter(value.values()), ""))))
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    return str(value.value) if isinstance(value, Enum) else str(value)


def _from_text(key: Key, text: str, now: object) -> object:
    """The value for the file; None: no key at all. Raises ValueError: it cannot be one."""
    if not text and key.default is None:
        return None
    if key.hint is bool:
        return {"true": True, "false": False}[text]
    if key.hint is int:
        return int(text) if text.isascii() else _no(text)
    if key.hint is float:
        return float(text)
    if get_origin(key.hint) is tuple:
        tags = [str(each) for each in now] if isinstance(now, Sequence) and not isinstance(now, str) else []
        return [text, *(tag for tag in tags if tag != text)]
    if isinstance(now, Mapping):  # a text in several languages: the others stay
        default = "default" if "default" in now else next(iter(now), "default")
        return {**now, default: text}
    return text


def _no(text: str) -> object:
    raise ValueError(text)


def _changed(tables: Mapping[str, Any], changes: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The sections with these changes, and what is no value at all, by name.

    A key that belongs to a driver makes it the section's driver: whoever gives the ILS an address wants it
    to be spoken to there.
    """
    wanted = copy.deepcopy(dict(tables))
    wrong: dict[str, str] = {}
    # which driver it is says which of several keys of one name is meant
    for name, text in sorted(changes.items(), key=lambda change: not change[0].endswith(".driver")):
        try:
            section, key = _find(name, wanted)
        except KeyError:
            wrong[name] = "there is no such setting"
            continue
        table = wanted.setdefault(section, {})
        if not isinstance(table, dict):
            wrong[name] = NOT_HERE
            continue
        try:
            value = _from_text(key, text, table.get(key.name, _plain(key.default)))
        except (ValueError, KeyError):
            wrong[name] = f"must be {key.allowed}"
            continue
        if key.driver is not None:
            table["driver"] = key.driver
        if value is None:
            table.pop(key.name, None)
        else:
            table[key.name] = value
    return wanted, wrong


def _plain(default: object) -> object:
    """A default in the way of the file, where a text for all languages is a text."""
    if isinstance(default, Mapping):
        return default.get("", "")
    return list(default) if isinstance(default, tuple) else default


def _by_name(error: SettingsError, changes: Mapping[str, str]) -> dict[str, str]:
    """The problems, each at its field, if it is one of those that were changed."""
    found: dict[str, str] = {}
    for (section, key), said in error.problems:
        name = f"{section}.{key}"
        if name in changes:
            found.setdefault(name, said.removeprefix(f"[{section}] ").partition(": ")[2] or said)
        else:
            found.setdefault("", said)
    return found


# ---- the text -------------------------------------------------------------------------------


def _edited(text: str, wanted: Mapping[str, Any], path: Path) -> str:
    """The text with these sections, all else as it was; proved by reading it.

    Raises:
        OSError: (EILSEQ) what came out would not say exactly this.
    """
    try:
        document = tomlkit.parse(text)
        _assign(document, wanted)
        edited = tomlkit.dumps(document)
        same = tables_of(edited) == wanted
    except (TOMLKitError, SettingsError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        same, edited = False, text
    if not same:
        raise OSError(errno.EILSEQ, NOT_HERE, str(path))
    return edited


def _assign(table: Any, wanted: Mapping[str, Any]) -> None:
    """Set what differs, and only that."""
    for name in [each for each in table if each not in wanted]:
        del table[name]
    for name, value in wanted.items():
        now = table.get(name)
        if isinstance(value, Mapping) and isinstance(now, Mapping):
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
