"""Reading the settings file: all of it, or every mistake with its line."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import re
import tomllib
import types
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from kiosk.settings.lines import lines_of
from kiosk.settings.references import (
    Reference,
    Resolve,
    SecretUnusable,
    Way,
    credentials_folder,
    reference_of,
    resolve,
)
from kiosk.settings.schema import CREDENTIAL, Key, bare, hints_of, is_part, keys, shown, wraps_text
from kiosk.settings.sections import MOVED, Settings
from kiosk.settings.versions import VERSION, NotThisVersion, forward
from kiosk.sip2.errors import ProfileError
from kiosk.words import languages


class SettingsError(Exception):
    """The file cannot be used. `messages` are all its mistakes, each with file and line; `problems` the same
    as (section and key, what is wrong), the key empty when it is about all of the section, both when it is
    about the file."""

    def __init__(self, messages: Sequence[str], problems: Sequence[tuple[tuple[str, str], str]] = ()) -> None:
        self.messages = tuple(messages)
        self.problems = tuple(problems) or tuple((("", ""), said) for said in self.messages)
        super().__init__("\n".join(self.messages))


def load(path: Path, *, secrets: bool = True) -> Settings:
    """Read a settings file. Relative paths in it count from its folder; credentials are this process's own.

    Args:
        path: the file.
        secrets: whether secrets that stand elsewhere are read; else they are empty (for those who need none).

    Raises:
        SettingsError: it cannot be read, or something in it is wrong.
    """
    find = finder(path.parent, credentials_folder()) if secrets else _empty
    return _parse(_text_of(path), str(path), path.parent, find)


def rotation_of(path: Path) -> int:
    """How the panel hangs, in degrees as `[screen] rotation` has them, whatever else in the file is wrong; 0
    where nothing says so that can be read and is allowed."""
    try:
        text = brought_forward(_text_of(path).replace("\r\n", "\n"))
        screen = tables_of(text).get("screen")
        alone = {"rotation": screen["rotation"]} if isinstance(screen, dict) and "rotation" in screen else {}
        return settings_of({"screen": alone}, text, str(path), path.parent, _empty).screen.rotation
    except SettingsError:
        return 0


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(
            [f"{path}:{line}: not UTF-8 text (byte {error.object[error.start]:#04x})"]
        ) from None


def parse(
    text: str, name: str = "kiosk.toml", folder: Path = Path(), credentials: Path | None = None
) -> Settings:
    """Read settings from text.

    Args:
        text: the file's.
        name: stands in the messages.
        folder: what relative paths count from.
        credentials: the folder of systemd credentials, None when there is none.

    Raises:
        SettingsError: something in it, or in a secret that it refers to, is wrong.
    """
    return _parse(text, name, folder, finder(folder, credentials))


def finder(folder: Path, credentials: Path | None) -> Resolve:
    """What reads secrets: files count from `folder`, credentials from `credentials`."""
    return functools.partial(resolve, folder=folder, credentials=credentials)


def _empty(reference: Reference) -> str:
    del reference
    return ""


def _parse(text: str, name: str, folder: Path, find: Resolve) -> Settings:
    text = brought_forward(text.replace("\r\n", "\n"), name)
    return settings_of(tables_of(text, name), text, name, folder, find)


def brought_forward(text: str, name: str = "kiosk.toml") -> str:
    """The text as this version of the settings has it; the same, where it is of this version.

    Raises:
        SettingsError: it is no TOML, or of a newer version.
    """
    tables = tables_of(text, name)
    try:
        return forward(text, tables.get(VERSION))
    except NotThisVersion as error:
        line = lines_of(text).get((VERSION,), 1)
        raise SettingsError([f"{name}:{line}: {error}"]) from None


def for_patrons(settings: Settings, name: str = "kiosk.toml") -> Settings:
    """These settings as a kiosk for patrons has them (`Settings.in_earnest`); `name` stands in the message.

    Raises:
        SettingsError: a simulated ILS lends whatever it is asked for, and the pad would release real books.
    """
    if settings.unsafe:
        raise SettingsError([f"{name}:1: {settings.unsafe}"])
    return settings.in_earnest


def tables_of(text: str, name: str = "kiosk.toml") -> dict[str, Any]:
    """The sections of a TOML text, as they stand there.

    Raises:
        SettingsError: it is no TOML.
    """
    text = text.replace("\r\n", "\n")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([_syntax_message(error, text, name)]) from None
    except (RecursionError, ValueError) as error:  # nested too deeply; a number of thousands of digits
        raise SettingsError([f"{name}:1: not TOML that can be read: {error}"]) from None


def settings_of(tables: Mapping[str, Any], text: str, name: str, folder: Path, find: Resolve) -> Settings:
    """Settings from sections; `text` is what they were read from, for the lines in the messages, `find` reads
    secrets that stand elsewhere.

    Raises:
        SettingsError: something in them is wrong.
    """
    reading = _Reading(name, folder, lines_of(text), find)
    settings = reading.settings(tables)
    if settings is not None:
        unknown = [tag for tag in settings.policy.languages if tag not in languages()]
        if unknown:
            allowed = ", ".join(languages())
            reading.problem(
                ("policy", "languages"),
                f"[policy] languages: no words for {unknown[0]!r}; there are {allowed}",
            )
        if settings.security.opens_cases and settings.gate.lines.case_line < 0:
            reading.problem(
                ("security", ""),
                "[security] case-lock opens cases by a line of the gate: [gate] case_line is missing",
            )
    if reading.problems:
        problems = sorted(reading.problems)
        raise SettingsError([each[1] for each in problems], [each[2:] for each in problems])
    assert settings is not None
    return dataclasses.replace(
        settings, policy=dataclasses.replace(settings.policy, library=settings.library.name)
    )


def _syntax_message(error: tomllib.TOMLDecodeError, text: str, name: str) -> str:
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
    said = str(error)[: found.start()] if found else str(error)
    line = int(found[1]) if found and found[1] else text.rstrip().count("\n") + 1
    before, equals, _ = text.split("\n")[line - 1].strip().partition("=")
    shown = before[:60] + (equals and "= ...")  # what follows may be a password
    return f"{name}:{line}: not TOML: {said}, in: {shown}"


class _Reading:
    """One reading of one file: collects every problem, each with its line."""

    def __init__(self, name: str, folder: Path, lines: Mapping[tuple[str, ...], int], find: Resolve) -> None:
        self.problems: list[tuple[int, str, tuple[str, str], str]] = []
        self._find = find
        self._name = name
        self._folder = folder
        self._lines = lines

    def problem(self, path: tuple[str, ...], text: str) -> None:
        """Note a mistake at the line of this key, or else of what it stands in."""
        line = next((self._lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._lines), 1)
        section, key = (*path, "", "")[:2]
        self.problems.append((line, f"{self._name}:{line}: {text}", (section, key), text))

    def settings(self, tables: Mapping[str, Any]) -> Settings | None:
        """All sections; None, or half of it, when there are problems."""
        hints = hints_of(Settings)
        sections = {each.name: each for each in dataclasses.fields(Settings)}
        for name, table in tables.items():
            if name == VERSION:
                continue
            if name not in sections:
                what = (
                    f"unknown section [{name}]" if isinstance(table, dict) else f"{name} stands in no section"
                )
                self.problem((name,), f"{what}; {_suggest(name, sections, 'the sections are')}")
            elif not isinstance(table, dict):
                self.problem((name,), f"{name} = {shown(table)}: must be a section, [{name}]")
        read = {}
        for name, each in sections.items():
            table = tables.get(name, {})
            # A device that the file does not name has its default; all else is read, be it empty.
            if isinstance(table, dict) and (name in tables or "driver" not in hints_of(hints[name])):
                read[name] = self._section(name, hints[name], table, each.metadata.get("elsewhere", ()))
        return None if self.problems else Settings(**read)

    def _section(self, name: str, kind: type, table: Mapping[str, Any], elsewhere: tuple[str, ...]) -> Any:
        driver = table.get("driver")
        known: dict[str, Key] = {}
        for each in keys(kind, None, elsewhere):  # of several by one name, the one of this driver
            if each.name not in known or each.driver == driver:
                known[each.name] = each
        values: dict[str, Any] = {}
        troubled = len(self.problems)
        for given, value in table.items():
            if (key := known.get(given)) is None:
                said = f"unknown setting {given}; {_suggest(given, known, 'allowed are')}"
                if moved := MOVED.get((name, given)):
                    said = f"{given} is now {moved}"
                self.problem((name, given), f"[{name}] {said}")
                continue
            try:
                values[given] = self._value(self._looked_up(value, key), key.hint, key.meta)
            except SecretUnusable as error:
                self.problem((name, given), f"[{name}] {given}: {error}")
            except (ValueError, OverflowError):
                text = "***" if key.secret else shown(value)
                self.problem((name, given), f"[{name}] {given} = {text}: must be {key.allowed}")
        for key in known.values():
            needed = key.driver is None or key.driver == driver
            if key.default is dataclasses.MISSING and key.name not in table and needed:
                self.problem((name,), f"[{name}] {key.name} is missing: {key.allowed}")
        if len(self.problems) > troubled:
            return None
        return self._build(name, kind, values, driver)

    def _build(self, name: str, kind: type, values: Mapping[str, Any], driver: object) -> Any:
        hints = hints_of(kind)
        given: dict[str, Any] = {}
        for each in dataclasses.fields(kind):
            hint = bare(hints[each.name])
            if is_part(hint):
                if each.metadata.get("driver", driver) == driver:
                    given[each.name] = self._build(name, hint, values, driver)
            elif each.name in values:
                given[each.name] = values[each.name]
            elif isinstance(each.default, Path):
                given[each.name] = self._folder / each.default
        if None in given.values():
            return None
        try:
            return kind(**given)
        except (ValueError, ProfileError) as error:
            # The room's own rules; its message names the field, as its first, when it is about one.
            named = ((re.search(rf"\b{key}\b", str(error)), key) for key in given)
            about = min(((at.start(), key) for at, key in named if at is not None), default=(0, ""))[1]
            self.problem((name, about), f"[{name}] {error}")
            return None

    def _looked_up(self, value: object, key: Key) -> object:
        """The value itself, of one that stands elsewhere. Raises ValueError for what is no reference."""
        if not isinstance(value, Mapping) or not (key.secret or CREDENTIAL in key.meta):
            return value
        reference = reference_of(value)
        assert reference is not None
        if key.secret:
            return self._find(reference)
        # a file that its room reads itself
        return (
            f"{key.meta[CREDENTIAL]}{reference.name}" if reference.way is Way.CREDENTIAL else reference.name
        )

    def _value(self, value: object, hint: Any, meta: Mapping[str, Any]) -> Any:
        """The value as this type. Raises ValueError for whatever is not allowed."""
        if get_origin(hint) is tuple:
            if not isinstance(value, list):
                raise ValueError("no list")
            return tuple(self._value(each, get_args(hint)[0], meta) for each in value)
        if get_origin(hint) in {Mapping, dict}:
            return _by_language(value)
        if get_origin(hint) is Literal:
            if not isinstance(value, str) or value not in get_args(hint):
                raise ValueError("no choice")
            return value
        if isinstance(hint, type) and issubclass(hint, Enum):
            return hint(value)
        converted = _simple(value, hint, self._folder)
        if "choices" in meta and converted not in meta["choices"]:
            raise ValueError("no choice")
        if "pattern" in meta and not re.fullmatch(meta["pattern"], str(converted)):
            raise ValueError("another form")
        if isinstance(converted, int | float) and not (
            meta.get("at_least", -math.inf) <= converted <= meta.get("at_most", math.inf)
        ):
            raise ValueError("out of range")
        return converted


def _simple(value: object, hint: Any, folder: Path) -> Any:
    """A text, number, yes or no, path, or a class around a text."""
    if hint is bool and isinstance(value, bool):
        return value
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
        if math.isfinite(number):
            return number
    if isinstance(value, str):
        if hint is str:
            return value
        if hint is Path and value and "\0" not in value:
            return folder / value
        if wraps_text(hint):
            return hint(value)
    raise ValueError("another type")


def _by_language(value: object) -> Mapping[str, str]:
    """One text for all languages, or a table of them; '' stands for all others."""
    texts = {"default": value} if isinstance(value, str) else value
    if not isinstance(texts, dict) or not texts or not all(isinstance(each, str) for each in texts.values()):
        raise ValueError("neither a text nor texts")
    rest = dict(texts)
    default = rest.pop("default", next(iter(texts.values())))
    if not all(re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag) for tag in rest):
        raise ValueError("no language tag")
    return types.MappingProxyType({"": default, **rest})


def _suggest(given: str, known: Mapping[str, object], otherwise: str) -> str:
    near = difflib.get_close_matches(given, known, n=1)
    return f"did you mean {near[0]}?" if near else f"{otherwise} {', '.join(known)}"
