"""Any message that may be sent, made from the message's own table."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from kiosk.sip2.fields import PatronFlag, Summary, Tristate
from kiosk.sip2.kinds import (
    ACCEPTED,
    ALERT_TYPE,
    CIRCULATION_STATUS,
    COUNT,
    CURRENCY_CODE,
    DATE,
    DATE_OR_BLANKS,
    FEE_TYPE,
    FLAG,
    FREE_TEXT,
    HOLD_MODE,
    HOLD_TYPE,
    LANGUAGE,
    LIMIT,
    LOAN_FEE_TYPE,
    MEDIA_TYPE,
    MOMENT,
    PATRON_FLAGS,
    PAYMENT_TYPE,
    SECURITY_MARKER,
    SUMMARY,
    SYNC_DATE,
    TERMINAL_STATUS,
    TEXT,
    TRISTATE,
    YES_NO,
    ZERO_ONE,
)
from kiosk.sip2.messages import MESSAGES, Message
from kiosk.sip2.money import AMOUNT, CURRENCY
from kiosk.sip2.shape import FieldSpec
from kiosk.sip2.terminal_messages import SUPPORTED, Supported
from kiosk.sip2.untrusted import Untrusted

CHARACTERS = st.characters(exclude_characters="|\u2028\u2029", exclude_categories=("Cc", "Cs"))
VALUES = st.text(CHARACTERS, min_size=1, max_size=40)
ZONES = st.none() | st.integers(-12, 12).map(lambda hours: timezone(timedelta(hours=hours)))
DATES = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=ZONES).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
_BY_KIND: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (ZERO_ONE, st.booleans()),
    (YES_NO, st.booleans()),
    (ACCEPTED, st.booleans()),
    (AMOUNT, st.decimals(0, 10**6, places=2)),
    (CURRENCY, st.just("") | st.from_regex(r"[A-Z]{3}", fullmatch=True)),
    (CURRENCY_CODE, st.from_regex(r"[A-Z]{3}", fullmatch=True) | st.just("?")),
    (MOMENT, DATES),
    (FLAG, st.booleans()),
    (TRISTATE, st.sampled_from(Tristate)),
    (DATE, DATES),
    (DATE_OR_BLANKS, st.none() | DATES),
    (SYNC_DATE, st.none() | DATES),
    (PATRON_FLAGS, st.frozensets(st.sampled_from(PatronFlag))),
    (SUMMARY, st.none() | st.sampled_from(Summary)),
    (COUNT, st.integers(1, 9999)),
    (LIMIT, st.integers(0, 9999)),
    (SUPPORTED, st.text("YN", min_size=1, max_size=16).map(Supported)),
    (FREE_TEXT, VALUES.map(Untrusted)),
    (TEXT, VALUES),
    # Numbers of enumerations, known and unknown.
    *(
        (kind, st.from_regex(rf"[0-9]{{{width}}}", fullmatch=True).map(kind.read))
        for kind, width in [
            (LANGUAGE, 3), (TERMINAL_STATUS, 1), (CIRCULATION_STATUS, 2), (SECURITY_MARKER, 2), (FEE_TYPE, 2),
            (PAYMENT_TYPE, 2), (LOAN_FEE_TYPE, 2), (MEDIA_TYPE, 3), (ALERT_TYPE, 2), (HOLD_TYPE, 1),
        ]
    ),
    (HOLD_MODE, st.sampled_from(["+", "-", "*", "?"]).map(HOLD_MODE.read)),
]  # fmt: skip


def _values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    return st.lists(_one(spec), max_size=4).map(tuple) if spec.repeated else _one(spec)


def _one(spec: FieldSpec) -> st.SearchStrategy[Any]:
    for kind, strategy in _BY_KIND:
        if spec.kind is kind:
            return strategy if not spec.id or spec.required or spec.repeated else st.none() | strategy
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
