"""The keys of the settings, as the rooms' dataclasses define them: names, types, rules, and what they say."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import itertools
import json
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from kiosk.settings.references import WAYS
from kiosk.settings.sections import Settings

CREDENTIAL = "credential"
"""Metadata of a path that may also be a systemd credential: what its room calls that, before the name."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section: its type, what the metadata says of it, and the dataclass that defines it."""

    name: str
    hint: Any
    meta: Mapping[str, Any]
    default: Any
    owner: type
    driver: str | None
    secret: bool

    @property
    def help(self) -> str:
        """What it is for. Looked up in the source only where somebody asks: who reads a file needs it not."""
        said: str = self.meta.get("help", _attributes(self.owner).get(self.name, ""))
        return said

    @property
    def allowed(self) -> str:
        """What the key may hold, in words."""
        return f"{self.plain_allowed}, or where it stands: {WAYS}" if self.secret else self.plain_allowed

    @property
    def plain_allowed(self) -> str:
        """The same, of a secret without the ways to refer to it."""
        allowed = _allowed(self.hint, self.meta)
        return f'{allowed}, or {{ credential = "NAME" }}' if CREDENTIAL in self.meta else allowed


@functools.cache
def hints_of(kind: type) -> Mapping[str, Any]:
    """The types of a dataclass's fields. Making them of their texts costs more than all else that reading a
    file takes, and they never change."""
    return types.MappingProxyType(get_type_hints(kind))


@functools.cache
def keys(section: type, driver: str | None = None, elsewhere: tuple[str, ...] = ()) -> tuple[Key, ...]:
    """The keys of a section, those of the dataclasses in it included."""
    return tuple(_keys(section, driver, elsewhere))


def _keys(section: type, driver: str | None, elsewhere: tuple[str, ...]) -> Iterator[Key]:
    hints = hints_of(section)
    for each in dataclasses.fields(section):
        hint = bare(hints[each.name])
        if is_part(hint):
            yield from keys(hint, each.metadata.get("driver", driver))
        elif each.name not in elsewhere:
            meta = {**_rules_of_name(each.name, hint), **each.metadata}
            default = each.default
            if each.default_factory is not dataclasses.MISSING:
                default = each.default_factory()
            secret = not each.repr or wraps_text(hint)
            yield Key(each.name, hint, meta, default, section, driver, secret)


def keys_of(section: str) -> tuple[Key, ...]:
    """The keys of a section of the file; none, where there is no such section."""
    hints = hints_of(Settings)
    return tuple(
        key
        for each in dataclasses.fields(Settings)
        if each.name == section
        for key in keys(hints[section], None, each.metadata.get("elsewhere", ()))
    )


def _rules_of_name(name: str, hint: Any) -> dict[str, Any]:
    if name == "port" and hint is int:
        return {"at_least": 1, "at_most": 65535}
    if name.endswith("_s") and hint in {int, float}:
        return {"at_least": 0}
    return {}


@functools.cache
def _attributes(section: type) -> Mapping[str, str]:
    """What the docstring's "Attributes:", or the string below a field, says of it."""
    doc = inspect.getdoc(section) or ""
    found = re.findall(r"^    (\w+): (.+(?:\n        .+)*)", doc.partition("Attributes:\n")[2], re.MULTILINE)
    body = ast.parse(inspect.getsource(section)).body[0]
    assert isinstance(body, ast.ClassDef)
    for statement, next_one in itertools.pairwise(body.body):
        match statement, next_one:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                found.append((name, said))
    return types.MappingProxyType({name: " ".join(said.split()).rstrip(".") for name, said in found})


def bare(hint: Any) -> Any:
    """The type without its `| None`."""
    if get_origin(hint) in {Union, types.UnionType}:
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        if len(kinds) == 1:
            return kinds[0]
    return hint


def wraps_text(hint: Any) -> bool:
    """Whether this is a value class around one text, such as a password that masks itself."""
    return dataclasses.is_dataclass(hint) and [each.name for each in dataclasses.fields(hint)] == ["value"]


def is_part(hint: Any) -> bool:
    """Whether this is a dataclass whose keys stand in the section of the one that holds it."""
    return dataclasses.is_dataclass(hint) and not wraps_text(hint)


# ---- what is allowed, in words --------------------------------------------------------------


def _allowed(hint: Any, meta: Mapping[str, Any]) -> str:
    if get_origin(hint) is tuple:
        return f"a list, each {_allowed(get_args(hint)[0], meta)}"
    if get_origin(hint) in {Mapping, dict}:
        return "a text, or one for each language tag and `default`"
    choices: Sequence[object] = meta.get("choices", ())
    if get_origin(hint) is Literal:
        choices = get_args(hint)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        choices = [member.value for member in hint]
    if choices:
        return "one of " + ", ".join(shown(choice) for choice in choices)
    if hint is bool:
        return "true or false"
    if hint in {int, float}:
        low, high = meta.get("at_least"), meta.get("at_most")
        kind = "a whole number" if hint is int else "a number"
        if low is not None and high is not None:
            return f"{kind} from {low} to {high}"
        return kind if low is None and high is None else f"{kind}, at {_bound(low, high)}"
    if "like" in meta:
        return f"a text such as {shown(meta['like'])}"
    return "a path" if hint is Path else "a text"


def _bound(low: object, high: object) -> str:
    return f"most {high}" if low is None else f"least {low}"


def shown(value: object) -> str:
    """A value as a message or the page shows it, cut short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
