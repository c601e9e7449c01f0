"""Secrets out of the settings file, into files of their own; and which of those files are still wanted."""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.settings.lines import line_of
from kiosk.settings.reading import SettingsError, brought_forward, tables_of
from kiosk.settings.references import Reference, Way, reference_of, storable
from kiosk.settings.schema import keys_of
from kiosk.settings.text import edited

FOLDER = "secrets"
"""The folder of secrets, beside the settings file."""

_NUMBER = re.compile(r"\.\d+$")
"""What is added to a name for the next secret of the same key."""


def part_secrets(text: str, folder: Path) -> tuple[str, dict[str, str]]:
    """Part a settings text from its secrets.

    No file that is already there is named, so: write all secrets, flush them, then put the text in place.
    A power cut leaves the old text with its old secrets, or the new one with its new ones.

    Args:
        text: TOML, whose secrets may stand in it.
        folder: the folder that the text is for.

    Returns:
        The text, comments and order kept, each secret a reference `{ file = "secrets/NAME" }`; and the
        secrets by NAME. Empty ones stay, and so do references.

    Raises:
        SettingsError: it is no TOML, of a newer version, or a secret is none that a file can hold.
        OSError: (EILSEQ) it is written in a way that cannot be changed.
    """
    text = brought_forward(text)
    wanted = tables_of(text)
    secrets: dict[str, str] = {}
    for section, key, value in list(_texts(wanted)):
        if not storable(value):
            raise SettingsError(
                [f"kiosk.toml:{line_of(text, section, key)}: [{section}] {key}: must be one line of text"],
                [((section, key), f"[{section}] {key}: must be one line of text")],
            )
        name = fresh(f"{FOLDER}/{own_name(section, key)}", folder, {f"{FOLDER}/{name}" for name in secrets})
        secrets[name.removeprefix(f"{FOLDER}/")] = value
        wanted[section][key] = Reference(Way.FILE, name)
    return (edited(text, wanted, folder / "kiosk.toml") if secrets else text), secrets


@dataclass(frozen=True, slots=True)
class SecretAsText:
    """A secret that stands in the settings file itself; its line counts from 1."""

    line: int
    section: str
    key: str

    code = "K-SET-001"
    remedy = 'Put it into a file of its own: { file = "secrets/NAME" }.'

    @property
    def says(self) -> str:
        """What is so."""
        return f"[{self.section}] {self.key} stands in the settings file as a text."


def secrets_as_text(path: Path) -> tuple[SecretAsText, ...]:
    """The secrets that stand in a settings file itself, by line.

    Raises:
        OSError: it cannot be read.
        SettingsError: it is no TOML.
    """
    text = path.read_bytes().decode(errors="replace").replace("\r\n", "\n")
    found = (SecretAsText(line_of(text, *names), *names) for *names, _ in _texts(tables_of(text, str(path))))
    return tuple(sorted(found, key=lambda each: each.line))


def _texts(tables: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Section, key and value of each secret that is a text, and not empty."""
    for section, table in tables.items():
        secret = {key.name for key in keys_of(section) if key.secret}
        if isinstance(table, Mapping):
            for name, value in table.items():
                if name in secret and isinstance(value, str) and value:
                    yield section, name, value


def own_name(section: str, key: str) -> str:
    """The file of a secret that has had none: `ils-login-password`."""
    return f"{section}-{key}".replace("_", "-")


def fresh(name: str, folder: Path, taken: Container[str]) -> str:
    """A name like this that no file has (they count from `folder`), and that is not `taken`."""
    first = _NUMBER.sub("", name)
    names = itertools.chain([first], (f"{first}.{n}" for n in itertools.count(2)))
    return next(each for each in names if each not in taken and not _is_there(folder / each))


def _is_there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def named_in(folder: Path, text: str) -> set[Path]:
    """The files of secrets that a settings text names, whatever else is wrong with it."""
    try:
        tables = tables_of(text)
    except SettingsError:
        return set()
    found = set()
    for table in tables.values():
        for value in table.values() if isinstance(table, dict) else ():
            try:
                reference = reference_of(value)
            except ValueError:
                continue
            if reference is not None and reference.way is Way.FILE:
                found.add(folder / reference.name)
    return found


def secret_files(path: Path) -> tuple[Path, ...]:
    """The files of secrets that a settings file names, in their order; none, where it cannot be read."""
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(sorted(named_in(path.parent, text)))


def unnamed(named: set[Path], settings: Path) -> set[Path]:
    """Which secrets may go: of these files, and those that we wrote after them, what no settings file beside
    `settings` names. Files that lie elsewhere than in our own folder go only where we wrote them. None, when
    one of the settings files cannot be understood.

    Raises:
        OSError: the folder, or a file in it, cannot be read.
    """
    folder = settings.parent
    still: set[Path] = set()
    for path in {*folder.glob("*.toml*"), *settings.resolve().parent.glob("*.toml*")}:
        try:
            text = path.read_bytes().decode()
            tables_of(text)
        except (UnicodeDecodeError, SettingsError):
            return set()
        still |= named_in(folder, text)
    ours = {path for path in named if path.parent == folder / FOLDER}
    for path in named | still:
        first = _NUMBER.sub("", path.name)
        ours |= {
            each for each in path.parent.glob("*") if re.fullmatch(rf"{re.escape(first)}\.\d+", each.name)
        }
    return ours - still
