"""A library in one small file of TOML: branches, patrons, items, loans, holds, fees, and how its ILS behaves.

The names are those of `scenery`'s values. What is wrong is told with its line and what is allowed. A file
that names neither patrons nor items has those of Lanternfield.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, get_type_hints

from kiosk.simulator import scenery as sc
from kiosk.simulator.lanternfield import lanternfield
from kiosk.simulator.makes import MAKES
from kiosk.simulator.opening import Calendar
from kiosk.simulator.patronside import STATUS_FLAGS

TABLES: dict[str, type] = {
    "ils": sc.IlsManners,
    "reader": sc.ReaderManners,
    "printer": sc.PrinterManners,
    "chip": sc.ChipManners,
}
"""The sections, `[ils]`, and what they are made into."""


@dataclasses.dataclass(frozen=True, slots=True)
class Fee:
    """A fee that a patron owes; it becomes one of `Patron.owes`."""

    patron: str
    amount: str
    reason: str = ""
    id: str = ""


LISTS: dict[str, type] = {
    "branches": sc.Branch,
    "patrons": sc.Patron,
    "items": sc.Item,
    "loans": sc.Loan,
    "holds": sc.Hold,
    "fees": Fee,
    "tags": sc.Tag,
}
"""The sections that may come several times, `[[patrons]]`."""

_CIRCULATION = tuple(f"{number:02d}" for number in range(1, 14))
_MARKERS = ("00", "01", "02", "03")


def read_library(text: str) -> sc.Scenery:
    """The scenery of a file.

    Raises:
        ValueError: it is no TOML, or something in it is unknown or does not fit; with the line.
    """
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(str(error)) from error
    reading = _Reading(text)
    for name in value:
        if name not in TABLES and name not in LISTS:
            raise reading.wrong(name, 0, "", f"is no section; there are {', '.join([*TABLES, *LISTS])}")
    for name, kind in TABLES.items():
        reading.check(name, 0, kind, value.get(name, {}))
    for name, kind in LISTS.items():
        entries = value.get(name, [])
        if not isinstance(entries, list):
            raise reading.wrong(name, 0, "", f"is written [[{name}]], once for each")
        for number, entry in enumerate(entries):
            reading.check(name, number, kind, entry)
    reading.check_names(value)
    return _made(value)


def _made(value: dict[str, Any]) -> sc.Scenery:
    """The scenery of values that were found to be sound."""
    if not value.get("patrons") and not value.get("items"):
        plain = lanternfield().to_json()
        value = {**{name: plain[name] for name in ("patrons", "items", "loans", "tags")}, **value}
    fees = value.pop("fees", [])
    for patron in value.get("patrons", ()):
        owes = patron["owes"] = list(patron.get("owes", ()))
        for fee in fees:
            if fee["patron"] == patron["id"]:
                owes.append([fee.get("id") or f"F{len(owes) + 1}", fee["amount"], fee.get("reason", "")])
    ils = value.get("ils", {})
    return sc.Scenery.from_json({**value, "ils": {**ils, "login": None} if ils.get("login") == [] else ils})


class _Reading:
    """The text of one file, for the lines of what is wrong in it."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def wrong(self, section: str, number: int, key: str, what: str) -> ValueError:
        """What is wrong with one key of the `number`-th section of a name (from 0), "" for all of it."""
        return ValueError(f"line {self._line(section, number, key)}: {key or section} {what}")

    def _line(self, section: str, number: int, key: str) -> int:
        head = re.compile(rf"\s*\[\[?\s*{re.escape(section)}[\s.\]]|\s*{re.escape(section)}\s*=")
        starts = [line for line, text in enumerate(self._lines) if head.match(text)]
        if number >= len(starts):
            return starts[-1] + 1 if starts else 1
        start = starts[number]
        for line in range(start, len(self._lines)):
            text = self._lines[line]
            if line > start and text.lstrip().startswith("["):
                break
            if key and re.search(rf"(?:^|[\s,{{.\[]){re.escape(key)}\s*=", text):
                return line + 1
        return start + 1

    def check(self, section: str, number: int, kind: type, entry: Any) -> None:
        """That each key is known, and each value of its kind."""
        if not isinstance(entry, dict):
            raise self.wrong(section, number, "", "is a section of its own")
        hints = _hints(kind)
        for key, value in entry.items():
            if key not in hints:
                raise self.wrong(section, number, key, f"is not known; there are {', '.join(hints)}")
            fits, allowed = _KINDS[hints[key]]
            if not fits(value):
                raise self.wrong(section, number, key, f"must be {allowed}, not {value!r}")
            rule = _RULES.get((section, key))
            if rule is not None and not rule[0](value):
                raise self.wrong(section, number, key, f"must be {rule[1]}, not {value!r}")
        for each in dataclasses.fields(kind):
            if each.default is dataclasses.MISSING and each.name not in entry:
                raise self.wrong(section, number, "", f"lacks {each.name}")

    def check_names(self, value: dict[str, Any]) -> None:
        """That nothing is named that is not there, or twice."""
        names = {
            "patrons": [each["id"] for each in value.get("patrons", ())],
            "items": [each["barcode"] for each in value.get("items", ())],
            "branches": [each["code"] for each in value.get("branches", ())],
        }
        for section, key in (("patrons", "id"), ("items", "barcode"), ("branches", "code")):
            for number, name in enumerate(names[section]):
                if name in names[section][:number]:
                    raise self.wrong(section, number, key, f"{name!r} is there already")
        if not names["patrons"] and not names["items"]:
            plain = lanternfield()
            names["patrons"] = [each.id for each in plain.patrons]
            names["items"] = [each.barcode for each in plain.items]
        for section, key, there in (
            ("loans", "item", names["items"]),
            ("loans", "patron", names["patrons"]),
            ("holds", "item", names["items"]),
            ("holds", "patron", names["patrons"]),
            ("fees", "patron", names["patrons"]),
        ):
            for number, entry in enumerate(value.get(section, ())):
                if entry[key] not in there:
                    raise self.wrong(section, number, key, f"{entry[key]!r} is none of the {key}s above")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _are_debts(value: Any) -> bool:
    return isinstance(value, list) and all(_are_texts(each) and len(each) in {2, 3} for each in value)


def _is_amount(value: str) -> bool:
    try:
        return value == "" or Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _are_flags(value: list[str]) -> bool:
    return set(value) <= set(STATUS_FLAGS)


def _are_days(value: list[str]) -> bool:
    try:
        Calendar(value)
    except ValueError:
        return False
    return True


_KINDS: dict[Any, tuple[Callable[[Any], bool], str]] = {
    str: (_is_text, "a text"),
    int: (_is_whole, "a whole number"),
    float: (_is_number, "a number"),
    bool: (_is_switch, "true or false"),
    tuple[str, ...]: (_are_texts, "a list of texts"),
    tuple[str, str] | None: (
        lambda value: _are_texts(value) and len(value) in {0, 2},
        "two texts: user, password",
    ),
    tuple[sc.Debt, ...]: (_are_debts, "a list of [id, amount, reason]"),
    float | None: (_is_number, "a number"),
    str | None: (_is_text, "a text"),
}
"""What fits a type of the scenery, and how that is said."""


def _one_of(*values: str) -> tuple[Callable[[Any], bool], str]:
    return (lambda value: value in values), f"one of {', '.join(values)}"


_AMOUNT = (_is_amount, 'an amount as "2.50"')
_THREE = (lambda value: len(value) == 3), "three characters"

_RULES: dict[tuple[str, str], tuple[Callable[[Any], bool], str]] = {
    ("ils", "personality"): _one_of(*MAKES),
    ("ils", "timeout"): _THREE,
    ("ils", "retries"): _THREE,
    ("ils", "currency"): (
        (lambda value: re.fullmatch("[A-Z]{3}", value) is not None),
        "three capital letters",
    ),
    ("ils", "zone"): _one_of("", "Z"),
    ("ils", "fine_limit"): _AMOUNT,
    ("ils", "charset"): _one_of("ascii", "cp850", "latin-1", "utf-8"),
    ("branches", "closed"): (_are_days, "weekdays (monday...) and dates (2026-12-24)"),
    ("patrons", "blocked"): (_are_flags, f"of {', '.join(STATUS_FLAGS)}"),
    ("patrons", "language"): ((lambda value: re.fullmatch(r"\d{3}", value) is not None), "three digits"),
    ("items", "circulation"): _one_of(*_CIRCULATION),
    ("items", "marker"): _one_of(*_MARKERS),
    ("items", "fee"): _AMOUNT,
    ("loans", "status"): _one_of("04", "05", "07", "11", "12"),
    ("fees", "amount"): _AMOUNT,
}
"""What some values must be besides."""
