"""A settings file to begin with: every key there is, commented out, with what it means."""

from __future__ import annotations

import dataclasses
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from kiosk.settings.schema import Key, hints_of, keys_of
from kiosk.settings.sections import Settings
from kiosk.settings.versions import VERSION, newest

FIRST = ("policy", "library", "network", "clock", "ils", "pad", "cards", "printer", "staff")
"""The sections that nearly every library changes something in, in the order in which they are thought of."""

WIDTH = 96
"""Longest line of a comment."""

HEAD = """\
The settings of this kiosk. What nearly every library changes comes first: languages, name, network, library
system, readers, printer, staff. Whatever this file does not say is as it stands here behind a #.

To change something, take away the # in front of its name and write your own value. Text stands between
quotation marks ("), numbers do not; true and false are yes and no. A line with "# " and a space is only an
explanation. Each device has a driver; one whose driver is "simulated" is played by the kiosk itself, until
there are a real library system and a real pad; then it is taken for not there.

Passwords may be written here as they are. On the boot partition of an appliance the kiosk takes them out of
this file when it starts for the first time, and overwrites them.\
"""


def template() -> str:
    """The text of a settings file, TOML. It says nothing but the defaults, and can be read with all its keys
    uncommented, too."""
    sections = {each.name for each in dataclasses.fields(Settings)}
    first = [name for name in FIRST if name in sections]
    rest = [each.name for each in dataclasses.fields(Settings) if each.name not in first]
    parts = [*_comment(HEAD), "", f"{VERSION} = {newest()}"]
    for name in first:
        parts += _section(name)
    parts += ["", "", *_comment("Seldom changed: all that follows.")]
    for name in rest:
        parts += _section(name)
    return "\n".join(parts) + "\n"


def _section(name: str) -> Iterator[str]:
    """The lines of a section. A name that several drivers have stands there once."""
    kind = hints_of(Settings)[name]
    driver = getattr(getattr(Settings(), name), "driver", "")
    yield from ("", "", f"# {'-' * (WIDTH - 2)}")
    yield from _comment(" ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split()))
    variants: dict[str, list[Key]] = {}
    for key in keys_of(name):
        variants.setdefault(key.name, []).append(key)
    needed = any(_is_needed(key) for found in variants.values() for key in found)
    yield f"#[{name}]" if needed else f"[{name}]"
    for key_name, found in variants.items():
        yield ""
        yield from _comment(_about(found))
        if key_name == "driver":
            yield f"driver = {_toml(driver)}"
        else:
            yield f"#{key_name} = {_toml(_value(found[0]))}"


def _is_needed(key: Key) -> bool:
    return key.default is dataclasses.MISSING and key.driver is None and key.name != "driver"


def _about(found: Sequence[Key]) -> str:
    """What a key is, what it may be, and with which drivers; of several, what differs."""
    key = found[0]
    said = [f"{key.help[:1].upper()}{key.help[1:].rstrip('.')}."] if key.help else []
    said.append(f"{key.plain_allowed[:1].upper()}{key.plain_allowed[1:]}.")
    if key.secret:
        said.append("A secret.")
    if key.default is None:
        said.append("This is an example.")
    drivers = [each.driver for each in found if each.driver is not None]
    if drivers:
        said.append(f"Only with driver {', '.join(_toml(driver) for driver in drivers)}.")
    needing = [
        each.driver for each in found if each.default is dataclasses.MISSING and each.driver is not None
    ]
    if needing:
        said.append(f"With {', '.join(_toml(driver) for driver in needing)} it must be given.")
    said += [
        f"With {_toml(each.driver)}: {each.plain_allowed}; unset: {_toml(_value(each))}."
        for each in found[1:]
        if (each.plain_allowed, each.default) != (key.plain_allowed, key.default)
    ]
    return " ".join(said)


def _value(key: Key) -> object:
    """The default, or where there is none, something that is allowed."""
    if key.default is not None and key.default is not dataclasses.MISSING:
        return key.default
    if "like" in key.meta:
        return key.meta["like"]
    if "choices" in key.meta:
        return key.meta["choices"][0]
    if key.hint in {int, float}:
        return key.hint(key.meta.get("at_least", key.meta.get("at_most", 1)))
    return key.hint() if key.hint in {str, bool, tuple} else "FILE"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return _toml(value.get("", ""))
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    if isinstance(value, Enum):
        return _toml(value.value)
    return json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)


def _comment(text: str) -> list[str]:
    """The text as lines of comment, each with `# ` in front."""
    return [
        f"# {line}".rstrip()
        for part in text.split("\n\n")
        for line in (*textwrap.wrap(part, WIDTH - 2, break_long_words=False, break_on_hyphens=False), "")
    ][:-1]
