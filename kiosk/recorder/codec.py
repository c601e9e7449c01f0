"""Circulation's frozen values as JSON and back, driven by their type hints alone.

`plan(hint)` works out once for each type how it is packed and unpacked. A dataclass becomes an object of its
fields; one whose value is nothing (None, False, 0, empty) and whose default is the same is left out. In a
union the name of the member goes before the value; `X | None` is the value or null. Sets are sorted. No class
is named here: what is added to circulation is packed the same day.

Texts pass through `names` on their way: as they are, or as stand-ins (`table` says which). Numbers of more
than three digits are written in groups (`"1_000.25"`), which Python reads back exactly: so no number in a
file can look like a PIN or a patron's number by chance, and a hunt for those means what it says.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from kiosk.recorder.names import AsIs
from kiosk.recorder.table import FIELD, FIELDS, PAYLOAD, TYPES, Kept, Pairs, Payload, Secret, Treatment

Pack = Callable[[Any, AsIs], Any]
Unpack = Callable[[Any], Any]

_NOTHING = object()
"""The default of a field that has none that could be left out."""

ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), check_circular=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """How values of one type become JSON, and come back.

    `unpack` raises LookupError, TypeError or ValueError for what this version does not know.
    """

    pack: Pack
    unpack: Unpack


@cache
def plan(hint: Any, treatment: Treatment = Secret.STAND_IN) -> Plan:
    """The plan of a type; `treatment` is how the texts in it are treated.

    Raises:
        TypeError: there is no way to write such a type.
    """
    if isinstance(hint, NewType):
        return plan(hint.__supertype__, TYPES.get(hint.__name__, treatment))
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(get_args(hint), treatment)
    if origin is not None and issubclass(origin, Mapping):
        key, value = get_args(hint)
        return _mapping(key, value, treatment)
    if origin is not None and issubclass(origin, Collection):
        return _collection(origin, get_args(hint), treatment)
    if hint in SCALARS:
        return SCALARS[hint]
    if hint is str:
        return _text(treatment)
    if hint in (object, Any):
        return _loose(treatment)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass(hint)
    raise TypeError(f"no plan for {hint}")


def treatment_of(owner: type, name: str) -> Treatment:
    """How the texts of a field are treated."""
    return FIELDS.get(f"{owner.__name__}.{name}", Secret.STAND_IN)


# ---- dataclasses and unions -----------------------------------------------------------------


def _dataclass(cls: type) -> Plan:
    hints = get_type_hints(cls)
    kept = [each for each in fields(cls) if each.init]
    # of each field: name, pack, what may be left out
    packs: list[tuple[str, Pack, object]] = []
    unpacks: dict[str, Unpack] = {}
    # made when it is first wanted: a type may contain itself

    def prepare() -> None:
        for each in kept:
            planned = plan(hints[each.name], treatment_of(cls, each.name))
            packs.append((each.name, planned.pack, _empty_default(each)))
            unpacks[each.name] = planned.unpack

    def pack(value: Any, names: AsIs) -> Any:
        if not packs:
            prepare()
        packed = {}
        for name, pack_field, empty in packs:
            part = getattr(value, name)
            if empty is part or (not part and part == empty):
                continue
            packed[name] = pack_field(part, names)
        return packed

    def unpack(raw: Any) -> Any:
        if not unpacks:
            prepare()
        return cls(**{name: unpacks[name](part) for name, part in raw.items()})

    return Plan(pack, unpack)


def _empty_default(field: Field[Any]) -> object:
    default = field.default
    if field.default_factory is not MISSING:
        default = field.default_factory()
    return default if default is not MISSING and not default else _NOTHING


def _union(members: tuple[Any, ...], treatment: Treatment) -> Plan:
    some = [member for member in members if member is not type(None)]
    optional = len(some) < len(members)
    if len(some) == 1:
        only = plan(some[0], treatment)
        return Plan(
            lambda value, names: None if value is None else only.pack(value, names),
            lambda raw: None if raw is None else only.unpack(raw),
        )
    classes = {_class_of(member): plan(member, treatment) for member in some}
    packs = {cls: (cls.__name__, planned.pack) for cls, planned in classes.items()}
    unpacks = {cls.__name__: planned.unpack for cls, planned in classes.items()}

    def pack(value: Any, names: AsIs) -> Any:
        if value is None and optional:
            return None
        name, pack_member = packs[type(value)]
        return [name, pack_member(value, names)]

    def unpack(raw: Any) -> Any:
        if raw is None and optional:
            return None
        name, part = raw
        return unpacks[name](part)

    return Plan(pack, unpack)


def _class_of(member: Any) -> type:
    while isinstance(member, NewType):
        member = member.__supertype__
    found = get_origin(member) or member
    if not isinstance(found, type):
        raise TypeError(f"no plan for {member} in a union")
    return found


# ---- collections ----------------------------------------------------------------------------


def _mapping(key: Any, value: Any, treatment: Treatment) -> Plan:
    if treatment is Payload.BY_KEY:
        return _payload()
    pairs = treatment if isinstance(treatment, Pairs) else None
    keys = plan(key, pairs.keys if pairs else treatment)
    values = plan(value, pairs.values if pairs else treatment)
    return Plan(
        lambda items, names: [
            [keys.pack(each, names), values.pack(part, names)] for each, part in items.items()
        ],
        lambda raw: {keys.unpack(each): values.unpack(part) for each, part in raw},
    )


def _collection(origin: Any, args: tuple[Any, ...], treatment: Treatment) -> Plan:
    if origin is tuple and Ellipsis not in args:
        parts = [plan(arg, treatment) for arg in args]
        return Plan(
            lambda value, names: [each.pack(v, names) for each, v in zip(parts, value, strict=True)],
            lambda raw: tuple(each.unpack(v) for each, v in zip(parts, raw, strict=True)),
        )
    part = plan(args[0], treatment)
    if issubclass(origin, frozenset):
        return Plan(
            lambda value, names: sorted((part.pack(v, names) for v in value), key=ENCODER.encode),
            lambda raw: frozenset(part.unpack(v) for v in raw),
        )
    return Plan(
        lambda value, names: [part.pack(v, names) for v in value],
        lambda raw: tuple(part.unpack(v) for v in raw),
    )


def _payload() -> Plan:
    """A row's payload: JSON values under keys that are words of ours."""
    by_key = {key: _loose(treatment).pack for key, treatment in PAYLOAD.items()}
    other = _loose(None).pack
    unpack = _loose(None).unpack

    def pack(payload: Mapping[str, object], names: AsIs) -> Any:
        return [
            [names.kept(key, FIELD.shape), by_key.get(key, other)(value, names)]
            for key, value in payload.items()
        ]

    return Plan(pack, lambda raw: {key: unpack(value) for key, value in raw})


def _loose(treatment: Treatment | None) -> Plan:
    """A value without a type: JSON scalars, lists and objects of them. A list is written in a list of one,
    an object in an object of one, so that a big number in letters can be told from a text."""
    text = _text(treatment).pack if treatment is not None else lambda value, names: names.untold(value)

    def pack(value: object, names: AsIs) -> Any:
        match value:
            case None | bool():
                return value
            case str():
                return text(value, names)
            case int():
                number = pack_int(value)
                return number if isinstance(number, int) else {"int": number}
            case float():
                return {"float": repr_float(value)}
            case list() | tuple():
                return [pack(each, names) for each in value]
            case Mapping():
                return {"map": [[text(str(key), names), pack(each, names)] for key, each in value.items()]}
            case _:
                # whatever it is, it is not shown
                return text(type(value).__name__, names)

    def unpack(raw: Any) -> Any:
        match raw:
            case list():
                return [unpack(each) for each in raw]
            case {"int": number}:
                return int(number)
            case {"float": number}:
                return float(number)
            case {"map": pairs}:
                return {key: unpack(each) for key, each in pairs}
            case _:
                return raw

    return Plan(pack, unpack)


# ---- scalars --------------------------------------------------------------------------------


def _text(treatment: Treatment) -> Plan:
    match treatment:
        case Kept(shape):
            return Plan(lambda value, names: names.kept(value, shape), str)
        case Secret.DIGITS:
            return Plan(lambda value, names: names.digits(value), str)
        case _:
            return Plan(lambda value, names: names.personal(value), str)


def _enum(cls: type[Enum]) -> Plan:
    if issubclass(cls, str):
        return Plan(lambda value, names: value, cls)
    return Plan(lambda value, names: value.name, cls.__getitem__)


def pack_int(value: int) -> int | str:
    """A number; grouped where it has four digits or more."""
    return value if -1000 < value < 1000 else f"{value:_}"


def pack_float(value: float) -> float | str:
    """A number; grouped where it has four digits or more."""
    text = repr(value)
    return value if len(text) <= 5 and text[-1].isdigit() else repr_float(value)


def repr_float(value: float) -> str:
    """The shortest text that `float` reads back as exactly this number, in groups of three digits."""
    whole, point, part = repr(value).partition(".")
    if "e" in whole or "e" in part:
        return repr(value)
    if len(whole) > 3 and whole.isdigit():
        whole = f"{int(whole):_}"
    if len(part) > 3:
        part = "_".join(part[at : at + 3] for at in range(0, len(part), 3))
    return whole + point + part


def _pack_day(value: date, names: AsIs) -> str:
    """ISO 8601 with a year in two halves: four digits alone could be somebody's PIN."""
    del names
    text = value.isoformat()
    return f"{text[:2]}_{text[2:]}"


def _pack_decimal(value: Decimal, names: AsIs) -> str:
    del names
    return f"{value:,}".replace(",", "_") if value.is_finite() else str(value)


def _as_is(value: Any, names: AsIs) -> Any:
    del names
    return value


SCALARS: Mapping[Any, Plan] = types.MappingProxyType(
    {
        bool: Plan(_as_is, bool),
        int: Plan(lambda value, names: pack_int(value), int),
        float: Plan(lambda value, names: pack_float(float(value)), float),
        date: Plan(_pack_day, lambda raw: date.fromisoformat(raw.replace("_", ""))),
        datetime: Plan(_pack_day, lambda raw: datetime.fromisoformat(raw.replace("_", ""))),
        Decimal: Plan(_pack_decimal, Decimal),
    }
)
