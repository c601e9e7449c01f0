"""Keeping changed settings: the same file with other values, its comments and its order as they were.

Nothing is written that was not read back as exactly these settings first. Then, in this order:

1. each changed secret that stands in a file of its own goes to a new file beside that one, flushed,
2. the old text goes to `<name>.before`, by way of a draft and a rename,
3. the new text, which names the new secrets, goes to a draft beside the file, flushed,
4. the draft takes the file's name, and the folder is flushed,
5. secrets that nothing names any more are removed.

A power cut between any two of them leaves the old file or the new one, whole, each with its own secrets: the
rename decides about all of them. A symbolic link stays one: the file that it leads to is replaced.
"""

from __future__ import annotations

import contextlib
import copy
import errno
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from kiosk.maintenance.views import FieldKind
from kiosk.settings.disk import Files, RealFiles
from kiosk.settings.parting import FOLDER, fresh, named_in, own_name, unnamed
from kiosk.settings.reading import (
    SettingsError,
    brought_forward,
    finder,
    settings_of,
    tables_of,
)
from kiosk.settings.references import Reference, SecretUnusable, Way, reference_of, storable
from kiosk.settings.schema import Key, keys_of
from kiosk.settings.sections import Settings
from kiosk.settings.text import NOT_HERE, edited
from kiosk.sip2.profiles import names as profiles
from kiosk.words import languages

BEFORE = ".before"
"""What is added to the name of the file that was kept last."""

LANGUAGES = "policy.languages"
"""Edited as a choice: the library's own language, which is the first of the list."""

GIVEN = "is a credential, which the system hands to the kiosk: change it in /etc/credstore (docs/service.md)"


@dataclass(frozen=True, slots=True)
class SettingView:
    """One setting: how it is edited, its value as text, and what can be chosen."""

    kind: FieldKind
    value: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _NewSecret:
    """A secret that is to stand in a file of its own, in place of the one of this name."""

    text: str = field(repr=False)
    name: str


class Keeper:
    """The settings file, to be looked at and changed. Values are texts, named by their path (`ils.host`).

    Everything here reads or writes the disk, and blocks.
    """

    def __init__(self, path: Path, files: Files | None = None, credentials: Path | None = None) -> None:
        """`path` is the file that `load` reads, `credentials` the folder of systemd credentials, None when
        there is none."""
        self._path = path
        self._files: Files = files or RealFiles()
        self._find = finder(path.parent, credentials)

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
        if key.secret:
            return self._secret(value)
        if name == LANGUAGES:
            tags = tuple(str(each) for each in value)
            more = tuple(tag for tag in languages() if tag not in tags)
            return SettingView(FieldKind.CHOICE, tags[0] if tags else "", tags + more)
        choices = _choices(name, key)
        kind = FieldKind.TEXT
        if choices:
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
        wanted, wrong = self._changed(tables, changes)
        if wrong:
            return wrong
        try:
            settings_of(_as_texts(wanted), text, self._path.name, self._path.parent, self._find)
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
        wanted, wrong = self._changed(self._readable(text), changes)
        if wrong:
            raise SettingsError([f"{name}: {said}" for name, said in wrong.items()])
        return settings_of(_as_texts(wanted), text, self._path.name, self._path.parent, self._find)

    def keep(self, changes: Mapping[str, str]) -> Settings:
        """Write the file anew with these changes, the old one beside it; gives back what it now says.

        Raises:
            OSError: it could not be written; the old file stands.
            SettingsError: something in it would be wrong; nothing was written.
        """
        settings = self.settings(changes)
        text = self._text()
        tables = self._readable(text)
        wanted, _ = self._changed(tables, changes)
        if wanted != tables:
            secrets: dict[str, str] = {}
            self._write(edited(text, self._as_references(wanted, secrets), self._path), secrets)
        return settings

    def bring_forward(self) -> bool:
        """Write a file of an older version as this one has it; whether there was anything to write. Reading
        does the same for itself each time, so this can wait until nobody goes back to the older kiosk.

        Raises:
            OSError: it could not be written, or not understood; the old file stands.
            SettingsError: something in it is wrong; nothing was written.
        """
        text = self._text()
        if text == self._raw():
            return False
        self.settings({})
        self._write(text, {})
        return True

    def _raw(self) -> str:
        """The file's text, with its line ends as they are."""
        try:
            return self._path.read_bytes().decode()
        except UnicodeDecodeError:
            raise OSError(errno.EILSEQ, "not UTF-8 text", str(self._path)) from None

    def _text(self) -> str:
        """The file's text as this version has it."""
        try:
            return brought_forward(self._raw(), self._path.name)
        except SettingsError as error:
            raise OSError(errno.EILSEQ, str(error), str(self._path)) from None

    def _readable(self, text: str) -> dict[str, Any]:
        try:
            return tables_of(text, self._path.name)
        except SettingsError as error:
            raise OSError(errno.EILSEQ, str(error), str(self._path)) from None

    def _changed(
        self, tables: Mapping[str, Any], changes: Mapping[str, str]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """The sections with these changes, and what is no value at all, by name.

        A key that belongs to a driver makes it the section's driver: whoever gives the ILS an address wants
        it to be spoken to there.
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
            now = table.get(key.name, _plain(key.default))
            try:
                value = (
                    self._new_secret(section, key, text, now) if key.secret else _from_text(key, text, now)
                )
            except _Given:
                wrong[name] = GIVEN
                continue
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

    # ---- secrets --------------------------------------------------------------------------------

    def _secret(self, value: object) -> SettingView:
        """A secret as it is edited; one that cannot be had is empty, and can be given anew."""
        if isinstance(value, str):
            return SettingView(FieldKind.SECRET, value)
        with contextlib.suppress(ValueError):
            reference = reference_of(value)
            if reference is not None and reference.way is Way.CREDENTIAL:
                return SettingView(FieldKind.GIVEN, reference.name)
            if reference is not None:
                return SettingView(FieldKind.SECRET, self._find(reference))
        return SettingView(FieldKind.SECRET, "")

    def _new_secret(self, section: str, key: Key, text: str, now: object) -> object:
        """The value for the file: a text where one stands, or where it says that there is none; else a file.

        Raises:
            _Given: a credential, which is not ours to change.
            ValueError: no file can hold it.
        """
        name = f"{FOLDER}/{own_name(section, key.name)}"
        if isinstance(now, Mapping):
            reference = None
            with contextlib.suppress(ValueError):
                reference = reference_of(now)
            if reference is not None:
                if reference.way is Way.CREDENTIAL:
                    raise _Given
                with contextlib.suppress(SecretUnusable):
                    if self._find(reference) == text:
                        return now
                name = reference.name
        if not text or (isinstance(now, str) and now):
            return text
        return _NewSecret(text, name) if storable(text) else _no(text)

    def _as_references(self, wanted: Mapping[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
        """The same with a new file for each new secret; they are put into `secrets`, by the file's name."""
        found: dict[str, Any] = {}
        for name, value in wanted.items():
            if isinstance(value, _NewSecret):
                new = fresh(value.name, self._path.parent, secrets)
                secrets[new] = value.text
                found[name] = Reference(Way.FILE, new)
            else:
                found[name] = self._as_references(value, secrets) if isinstance(value, dict) else value
        return found

    # ---- the disk -------------------------------------------------------------------------------

    def _write(self, text: str, secrets: Mapping[str, str]) -> None:
        """Put the text in place of the file, with the secrets, by their file's name, that it names."""
        files, real = self._files, self._path.resolve(strict=True)
        like = real.stat()
        mode = stat.S_IMODE(like.st_mode)
        draft = real.with_name(f".{real.name}.new")
        kept = real.with_name(real.name + BEFORE)
        before = self._raw()
        named = named_in(self._path.parent, before) | named_in(self._path.parent, _text_of(kept))
        made = {self._path.parent / name for name in secrets}
        try:
            for name, secret in secrets.items():
                path = self._path.parent / name
                files.make_folder(path.parent, like)
                files.write(path, f"{secret}\n".encode(), like, 0o600)
            for folder in {path.parent for path in made}:
                files.sync_folder(folder)
            for data, path in ((before, kept), (text, real)):
                files.remove(draft)  # of an attempt that the power cut short
                try:
                    files.write(draft, data.encode(), like, mode)
                    files.rename(draft, path)
                except OSError:
                    with contextlib.suppress(OSError):
                        files.remove(draft)
                    raise
            files.sync_folder(real.parent)
        except OSError:
            self._tidy(made)
            raise
        self._tidy(named)

    def _tidy(self, named: set[Path]) -> None:
        """Remove those of these secrets that no settings file here names any more."""
        with contextlib.suppress(OSError):
            for path in unnamed(named, self._path):
                self._files.remove(path)


class _Given(Exception):
    """The secret is a credential."""


# ---- names and values -----------------------------------------------------------------------


def _find(name: str, tables: Mapping[str, Any]) -> tuple[str, Key]:
    """The section and the key of a setting: of several drivers that have one so named, that of the driver in
    these tables, else of the first. Raises KeyError."""
    section, _, wanted = name.partition(".")
    table = tables.get(section)
    driver = table.get("driver") if isinstance(table, Mapping) else None
    found = [key for key in keys_of(section) if key.name == wanted]
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


def _as_texts(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The same with new secrets as texts, to see whether they may be what they are."""
    return {
        name: value.text
        if isinstance(value, _NewSecret)
        else _as_texts(value)
        if isinstance(value, dict)
        else value
        for name, value in wanted.items()
    }


def _text_of(path: Path) -> str:
    """The text of a file that may be missing, or rubbish."""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return ""


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
