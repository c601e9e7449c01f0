r"""Profiles as files, in TOML. Each thing that one says stands with how it is known:

    charset = { value = "cp850", how = "observed", source = "titles of ours, 2 May" }

    [[screen_reasons]]
    pattern = '\bcard (has )?expired\b'
    reason = "patron-expired"
    how = "documented"
    source = "manual, page 12"

`[[screen_noise]]` needs no reason. `[alert_types]` has one line for each alert type (CV), such as
`"05" = { value = "ill", how = ..., source = ... }`. A file names only what differs: from the standard, or
from the shipped profile that `based_on = "koha"` names. How the rest is known: `Profile.assumed`.
"""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from kiosk.sip2.errors import ProfileError
from kiosk.sip2.profiles.evidence import Claim, Evidence, NamedPattern
from kiosk.sip2.profiles.profile import KNOBS, SHORTEST_WAIT_S, Profile, with_alerts

STANDARD: Final = "standard"

BASED_ON: Final = "based_on"

SUFFIX: Final = ".toml"

_FORM: Final = '{ value = ..., how = "observed", "documented" or "assumed", source = "..." }'

_LISTS: Final = frozenset({"screen_reasons", "screen_noise"})
_TABLES: Final = frozenset({"alert_types"})


def names() -> tuple[str, ...]:
    """The shipped profiles."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(file.name.removesuffix(SUFFIX) for file in files if file.name.endswith(SUFFIX)))


def find(said: str) -> Profile:
    """The profile that somebody names: a shipped one, or (`.toml` at the end) the path of a file.

    Raises:
        ProfileError: there is none, or it cannot be used.
    """
    return load_file(Path(said)) if said.endswith(SUFFIX) else load(said)


@cache  # what is shipped does not change while the kiosk runs
def load(name: str) -> Profile:
    """A shipped profile by its name.

    Raises:
        ProfileError: there is none of this name.
    """
    if name not in names():
        raise ProfileError(
            f"no profile {name!r}; there are: {', '.join(names())}; or give the path of a .toml file"
        )
    text = resources.files(__package__).joinpath(f"{name}{SUFFIX}").read_text("utf-8")
    return from_table(name, tomllib.loads(text))


def load_file(path: Path) -> Profile:
    """A library's own profile; it is called as its file is.

    Raises:
        ProfileError: it cannot be read, or holds what no profile can hold.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ProfileError(f"{path}: cannot be read ({why}); is the path right?") from error
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path}: is not TOML: {error}") from error
    try:
        return from_table(path.stem, table)
    except ProfileError as error:
        raise ProfileError(f"{path}: {error}") from error


def from_table(name: str, table: Mapping[str, Any]) -> Profile:
    """A profile from its TOML table. Rows of its own stand before those that it inherits, so that they
    count first; how the inherited ones are known stays with the profile that claims it, unless this
    one is `based_on` it.

    Raises:
        ProfileError: a key that does not exist, or a value of the wrong type.
    """
    base = _base(name, table)
    values: dict[str, Any] = {}
    claims: list[Claim] = []
    defaults = {each.name: each.default for each in dataclasses.fields(Profile) if each.name in KNOBS}
    for key, value in table.items():
        if key == BASED_ON:
            continue
        if key not in defaults:
            raise ProfileError(f"{key}: there is no such key; docs/sip2.md has them all")
        if key in _LISTS:
            made, said = _rows(key, value)
            values[key] = made + getattr(base, key)
        elif key in _TABLES:
            pairs, said = _pairs(key, value)
            values[key] = with_alerts(getattr(base, key), pairs)
        else:
            how, source = _evidence(key, value)
            values[key] = _converted(key, value["value"], defaults[key])
            said = [Claim(key, how, source)]
        claims += said
    inherited = base.claims if BASED_ON in table else ()
    mine = {(one.knob, one.about) for one in claims}
    claims += [one for one in inherited if (one.knob, one.about) not in mine]
    return dataclasses.replace(base, name=name, claims=tuple(claims), **values)


def _base(name: str, table: Mapping[str, Any]) -> Profile:
    said = table.get(BASED_ON)
    if said is None:
        return Profile() if name == STANDARD else load(STANDARD)
    if not isinstance(said, str) or said not in names():
        raise ProfileError(f"{BASED_ON}: {said!r} is none of {', '.join(names())}")
    return load(said)


def _evidence(key: str, said: object) -> tuple[Evidence, str]:
    if not isinstance(said, dict):
        raise ProfileError(f"{key}: {said!r} must be written as {_FORM}")
    if "value" not in said and "pattern" not in said:
        raise ProfileError(f"{key}: has no value; it is written as {_FORM}")
    unknown = said.keys() - {"value", "pattern", "reason", "how", "source"}
    if unknown:
        raise ProfileError(f"{key}: {sorted(unknown)[0]}: there is no such key; it is written as {_FORM}")
    how, source = said.get("how"), said.get("source")
    if how not in set(Evidence):
        raise ProfileError(f"{key}: how: {how!r} is none of {', '.join(Evidence)}")
    if not isinstance(source, str) or not source.strip():
        raise ProfileError(f"{key}: source: say where it can be looked up, or why it is assumed")
    return Evidence(how), source


def _rows(key: str, value: object) -> tuple[tuple[Any, ...], list[Claim]]:
    """The rows of a list of patterns, and how each is known."""
    wanted = ("pattern", "reason") if key == "screen_reasons" else ("pattern",)
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ProfileError(f"{key}: is written as [[{key}]], with {', '.join(wanted)}, how and source")
    made: list[Any] = []
    claims = []
    for row in value:
        if not all(isinstance(row.get(part), str) for part in wanted):
            raise ProfileError(f"{key}: each [[{key}]] needs {' and '.join(wanted)}, as texts")
        how, source = _evidence(key, row)
        made.append(NamedPattern(row["pattern"], row["reason"]) if len(wanted) > 1 else row["pattern"])
        claims.append(Claim(key, how, source, row["pattern"]))
    return tuple(made), claims


def _pairs(key: str, value: object) -> tuple[list[tuple[str, str]], list[Claim]]:
    """The lines of a table of texts, and how each is known."""
    if not isinstance(value, dict):
        raise ProfileError(f"{key}: is written as [{key}], each line as {_FORM}")
    pairs, claims = [], []
    for name, said in value.items():
        how, source = _evidence(f"{key}: {name}", said)
        if not isinstance(said["value"], str):
            raise ProfileError(f"{key}: {name}: {said['value']!r} is no text")
        pairs.append((name, said["value"]))
        claims.append(Claim(key, how, source, name))
    return pairs, claims


def _converted(key: str, value: object, default: object) -> object:
    if isinstance(default, tuple):
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise ProfileError(f"{key}: {value!r} is no list of texts, such as ['%d.%m.%Y']")
    if isinstance(default, float) and type(value) in {int, float}:
        return _time(key, float(value))  # type: ignore[arg-type]
    if type(value) is not type(default):
        kind = {"str": "a text", "bool": "true or false", "float": "a number", "int": "a whole number"}
        raise ProfileError(f"{key}: {value!r} is not {kind[type(default).__name__]}")
    return value


def _time(key: str, seconds: float) -> float:
    """A time that somebody has written down; in a program it may be shorter, for tests."""
    if not 0 < seconds < math.inf:
        raise ProfileError(f"{key}: {seconds:g} must be more than 0 seconds")
    if key == "timeout_floor_s" and seconds < SHORTEST_WAIT_S:
        raise ProfileError(
            f"{key}: {seconds:g} is too short, since a loan may take as long, and what is not awaited is in "
            f"doubt; say {SHORTEST_WAIT_S:g} or more, or leave it out"
        )
    return seconds
