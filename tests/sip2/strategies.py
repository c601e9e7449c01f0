"""Any message that may be sent, made from the message's own table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from kiosk.sip2.fields import (
    ACCEPTED,
    COUNT,
    DATE,
    FLAG,
    HOLD_MODE,
    LANGUAGE,
    MOMENT,
    PATRON_FLAGS,
    SUMMARY,
    SYNC_DATE,
    TEXT,
    TRISTATE,
    YES_NO,
    ZERO_ONE,
    FieldSpec,
    HoldMode,
    PatronFlag,
    Summary,
    Tristate,
)
from kiosk.sip2.messages import MESSAGES, Message
from kiosk.sip2.money import AMOUNT, CURRENCY

CHARACTERS = st.characters(exclude_characters="|\u2028\u2029", exclude_categories=("Cc", "Cs"))
VALUES = st.text(CHARACTERS, min_size=1, max_size=40)
DATES = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.sampled_from([None, UTC])).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
_BY_KIND: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (ZERO_ONE, st.booleans()),
    (YES_NO, st.booleans()),
    (ACCEPTED, st.booleans()),
    (HOLD_MODE, st.sampled_from(HoldMode)),
    (AMOUNT, st.decimals(0, 10**6, places=2)),
    (CURRENCY, st.just("") | st.from_regex(r"[A-Z]{3}", fullmatch=True)),
    (MOMENT, DATES),
    (FLAG, st.booleans()),
    (TRISTATE, st.sampled_from(Tristate)),
    (DATE, DATES),
    (SYNC_DATE, st.none() | DATES),
    (PATRON_FLAGS, st.frozensets(st.sampled_from(PatronFlag))),
    (SUMMARY, st.none() | st.sampled_from(Summary)),
    (LANGUAGE, st.from_regex(r"[0-9]{3}", fullmatch=True)),
    (COUNT, st.integers(1, 9999)),
    (TEXT, VALUES),
]


def _values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    if spec.repeated:
        return st.lists(VALUES, max_size=4).map(tuple)
    for kind, strategy in _BY_KIND:
        if spec.kind is kind:
            return strategy if not spec.id or spec.required else st.none() | strategy
    width = spec.kind.width or 0
    if spec.kind.read("1" * width) == int("1" * width):
        return st.none() | st.integers(0, 10**width - 1)
    if spec.name == "version":
        return st.just("2.00")
    return st.from_regex(rf"[0-9]{{{width}}}", fullmatch=True)


def messages_of(cls: type[Message]) -> st.SearchStrategy[Message]:
    """Messages of one class."""
    return st.builds(cls, **{spec.name: _values(spec) for spec in cls.specs})


MESSAGES_ANY = st.one_of([messages_of(cls) for cls in MESSAGES.values()])
