"""Any value of circulation, made from its type hints alone."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from kiosk.circulation.policy import Policy

TEXTS = st.text(max_size=12) | st.sampled_from(("", " ", "tag:E004", "1234", "L3-12"))
FLOATS = st.floats(allow_nan=False)
LEAVES = st.none() | st.booleans() | st.integers() | FLOATS | TEXTS
LOOSE = LEAVES | st.lists(LEAVES, max_size=3)
SCALARS: Mapping[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.integers(-(10**12), 10**12),
    float: FLOATS,
    bool: st.booleans(),
    object: LOOSE,
    type(None): st.none(),
    Decimal: st.decimals(allow_nan=False),
    date: st.dates(),
    datetime: st.datetimes(timezones=st.none() | st.sampled_from((UTC, timezone(timedelta(hours=-3.5))))),
}


@cache
def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type."""
    if isinstance(hint, NewType):
        return anything(hint.__supertype__)
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(anything, args))
    if origin is tuple and Ellipsis in args:
        return st.lists(anything(args[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(anything, args))
    if origin is frozenset:
        return st.frozensets(anything(args[0]), max_size=3)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(anything(args[0]), anything(args[1]), max_size=3)
    if hint in SCALARS:
        return SCALARS[hint]
    if hint is Policy:
        # it refuses values with which promises could not be kept
        return st.builds(
            Policy,
            library=st.dictionaries(TEXTS, TEXTS, max_size=2),
            languages=st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
        )
    if is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        return st.deferred(
            lambda: st.builds(hint, **{each.name: anything(hints[each.name]) for each in fields(hint)})
        )
    assert isinstance(hint, type), f"what is {hint}?"
    return st.sampled_from(hint)
