"""The one table of what is recorded as it is. Everything else that is text gets a stand-in.

Enumerations, flags, counts, moments, days, amounts and AFI bytes are kept by their type, and so is a
`SagaId`, which names nobody and leads staff to the journal's rows. A text is kept only when its field stands
below, and only when it also has the shape that is given: a patron's number in the field of a language is
still replaced. Who adds a field of text to a value of circulation need do nothing for it to be safe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType


class Secret(Enum):
    """How a text that is not kept is replaced."""

    STAND_IN = auto()
    """By a stand-in (`names`)."""
    DIGITS = auto()
    """By as many zeros."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that stays as it is if it has this shape (whole)."""

    shape: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping whose keys are treated in one way and whose values in another."""

    keys: Secret | Kept
    values: Secret | Kept


class Payload(Enum):
    """A mapping of JSON values, treated by `PAYLOAD`."""

    BY_KEY = auto()


Treatment = Secret | Kept | Pairs | Payload

LANGUAGE = Kept(re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}"))
WORD = Kept(re.compile(r"[a-z][a-z-]{0,31}"))
FIELD = Kept(re.compile(r"[a-z][a-z_]{0,31}"))
SAGA = Kept(re.compile(r"[A-Z][0-9a-f]{1,16}-[0-9]{1,9}"))
CURRENCY = Kept(re.compile(r"[A-Z]{3}"))
AMOUNT = Kept(re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,4})?"))

FIELDS: Mapping[str, Treatment] = MappingProxyType(
    {
        "Digit.value": Secret.DIGITS,
        "Exchange.profile": WORD,
        "Language.tag": LANGUAGE,
        "Money.currency": CURRENCY,
        "Paper.language": LANGUAGE,
        "Pin.value": Secret.DIGITS,
        "Policy.languages": LANGUAGE,
        "Policy.library": Pairs(LANGUAGE, Secret.STAND_IN),
        "Prefs.language": LANGUAGE,
        "Row.payload": Payload.BY_KEY,
        "Row.sealed": Pairs(FIELD, Secret.STAND_IN),
        "Session.typed": Secret.DIGITS,
        "SignIn.language": LANGUAGE,
    }
)
"""By class and field. What is not here gets a stand-in, and so does what a line here does not fit."""

TYPES: Mapping[str, Treatment] = MappingProxyType({"SagaId": SAGA, "Uid": Secret.STAND_IN})
"""By the name of a new type of text, wherever it stands."""

PAYLOAD: Mapping[str, Treatment] = MappingProxyType(
    {
        "act": WORD,
        "after": SAGA,
        "agreed": AMOUNT,
        "amount": AMOUNT,
        "booked": WORD,
        "currency": CURRENCY,
        "fee": AMOUNT,
        "held": WORD,
        "item": Secret.STAND_IN,
        "media": WORD,
        "owner": Secret.STAND_IN,
        "profile": WORD,
        "reason": WORD,
        "reference": Secret.STAND_IN,
        "renewed": WORD,
        "state": WORD,
        "uids": Secret.STAND_IN,
    }
)
"""By the key of a row's payload. A text under any other key gets a stand-in, and is not compared when it is
replayed, since the reducer may have made it itself."""
