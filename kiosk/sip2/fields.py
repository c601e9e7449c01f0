"""Fields: how each kind of value stands on the wire, and how a message class names its fields.

The rules of this room:

- A *fixed* field has a width and no id; a *variable* field has a two-letter id and ends with the
  delimiter. The order of the fixed fields is the order of the class's attributes; variable fields
  may come in any order.
- Reading is tolerant (a count that is no number is None, an unknown letter is "no"), except where a
  wrong guess would be dangerous: `ZERO_ONE` carries whether a loan was made, `ACCEPTED` whether a payment
  was booked, and both raise.
- Writing is strict: what does not fit raises `EncodeError` before anything is sent. In particular no
  control character and no delimiter leaves inside a value, so nobody can smuggle a field into a
  message by way of a barcode.

Widths and values: 3M Standard Interchange Protocol, document revision 2.12 (2006).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

from kiosk.sip2.errors import DecodeError, EncodeError

T = TypeVar("T")

VALUE_LIMIT: Final = 255
"""Longest value of a variable field, in characters."""

SECRET_IDS: Final = frozenset({"AA", "AC", "AD", "BK", "CO", "CY", "DA"})
"""Ids whose values name a patron, lead to one or are a password: kept out of `repr` and out of logs.

AA patron id, AC terminal password, AD patron password, BK number of a payment, CO login password; CY and
DA (extensions) the patron on hold."""

DATE_WIDTH: Final = 18
"""Characters of a date."""

_METADATA_KEY: Final = "sip2"

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters (C0, DEL, C1, line and paragraph separators) and surrogates."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A way of writing one type of value; `width` is None for a variable field."""

    width: int | None
    read: Callable[[str], T]
    write: Callable[[T], str]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a message: its attribute `name`, its `id` (empty for a fixed field), its kind."""

    name: str
    id: str
    kind: Kind[Any]
    required: bool = True
    repeated: bool = False


class Tristate(StrEnum):
    """Y, N or U (magnetic media, desensitise). The standard calls U obsolete: "treated as N"."""

    YES = "Y"
    NO = "N"
    UNKNOWN = "U"


class PatronFlag(IntEnum):
    """The 14 positions of the patron status field."""

    CHARGE_DENIED = 0
    RENEWAL_DENIED = 1
    RECALL_DENIED = 2
    HOLD_DENIED = 3
    CARD_LOST = 4
    TOO_MANY_CHARGED = 5
    TOO_MANY_OVERDUE = 6
    TOO_MANY_RENEWALS = 7
    TOO_MANY_CLAIMS_RETURNED = 8
    TOO_MANY_LOST = 9
    EXCESSIVE_FINES = 10
    EXCESSIVE_FEES = 11
    RECALL_OVERDUE = 12
    TOO_MANY_BILLED = 13


class Summary(IntEnum):
    """Which list a 63 asks for: the position of the one Y in its summary field."""

    HOLD = 0
    OVERDUE = 1
    CHARGED = 2
    FINE = 3
    RECALL = 4
    UNAVAILABLE_HOLD = 5


class TerminalStatus(StrEnum):
    """How the terminal is, in a 99."""

    OK = "0"
    PAPER_OUT = "1"
    SHUTTING_DOWN = "2"


class CirculationStatus(StrEnum):
    """Where an item is, in an 18."""

    OTHER = "01"
    ON_ORDER = "02"
    AVAILABLE = "03"
    CHARGED = "04"
    CHARGED_NOT_RECALLABLE = "05"
    IN_PROCESS = "06"
    RECALLED = "07"
    HOLD_SHELF = "08"
    TO_RESHELVE = "09"
    IN_TRANSIT = "10"
    CLAIMED_RETURNED = "11"
    LOST = "12"
    MISSING = "13"


class AlertType(StrEnum):
    """Why a returned item wants attention (CV, an extension of 3M that most ACS send). ACS have further
    values of their own."""

    UNKNOWN = "00"  # and "nothing", from an ACS that sends it with every return
    HOLD_HERE = "01"
    HOLD_ELSEWHERE = "02"
    INTERLIBRARY_LOAN = "03"
    SEND_TO_BRANCH = "04"
    BAD_DATA = "98"  # Koha: the item's data are corrupt
    OTHER = "99"


class FeeType(StrEnum):
    """What a fee is for (37, BT of a 12)."""

    OTHER = "01"
    ADMINISTRATIVE = "02"
    DAMAGE = "03"
    OVERDUE = "04"
    PROCESSING = "05"
    RENTAL = "06"
    REPLACEMENT = "07"
    COMPUTER = "08"
    HOLD = "09"


class PaymentType(StrEnum):
    """How a fee was paid (37)."""

    CASH = "00"
    VISA = "01"
    CREDIT_CARD = "02"


class HoldMode(StrEnum):
    """What a 15 does with a hold."""

    ADD = "+"
    DELETE = "-"
    CHANGE = "*"


class HoldType(StrEnum):
    """What a hold is on (BY of a 15)."""

    OTHER = "1"
    ANY_COPY = "2"
    SPECIFIC_COPY = "3"
    ANY_COPY_AT_BRANCH = "4"


LANGUAGES: Final = {
    "en": "001", "fr": "002", "de": "003", "it": "004", "nl": "005", "sv": "006", "fi": "007",
    "es": "008", "da": "009", "pt": "010", "no": "012", "nb": "012", "nn": "012", "he": "013",
    "ja": "014", "ru": "015", "ar": "016", "pl": "017", "el": "018", "zh": "019", "ko": "020",
}  # fmt: skip
"""SIP2's numbers of languages by ISO 639 code; 000 is "unknown"."""


def language_number(tag: str) -> str:
    """SIP2's three digits for a language tag such as `ar` or `de-AT`; 000 when it has none."""
    return LANGUAGES.get(tag.replace("_", "-").split("-")[0].lower(), "000")


# ---- kinds ----------------------------------------------------------------------------------


def _read_zero_one(text: str) -> bool:
    if text not in {"0", "1"}:
        raise DecodeError(f"ok is neither 0 nor 1: {text!r}")
    return text == "1"


def _read_yes_or_no(text: str) -> bool:
    if text not in {"Y", "N"}:
        raise DecodeError(f"accepted is neither Y nor N: {text!r}")
    return text == "Y"


def _read_hold_mode(text: str) -> HoldMode:
    if text not in HoldMode._value2member_map_:
        raise DecodeError(f"no hold mode: {text!r}")
    return HoldMode(text)


_TRISTATES: Final = {one.value: one for one in Tristate}


def _read_tristate(text: str) -> Tristate:
    return _TRISTATES.get(text, Tristate.UNKNOWN)


def _read_flags(text: str) -> frozenset[PatronFlag]:
    return frozenset(flag for flag in PatronFlag if text[flag] == "Y") if "Y" in text else frozenset()


def _write_flags(flags: frozenset[PatronFlag]) -> str:
    return "".join("Y" if flag in flags else " " for flag in PatronFlag)


def _read_summary(text: str) -> Summary | None:
    position = text.find("Y")
    return Summary(position) if position in Summary._value2member_map_ else None


def _write_summary(summary: Summary | None) -> str:
    return "".join("Y" if position == summary else " " for position in range(10))


_MILITARY: Final = {
    letter: hours
    for letters, start, step in (("ABCDEFGHIKLM", 1, 1), ("NOPQRSTUVWXY", -1, -1), ("Z", 0, 1))
    for hours, letter in zip(range(start, start + step * len(letters), step), letters, strict=True)
}
"""Military time zones: hours east of UTC by letter (J is local time and not used)."""


@lru_cache(maxsize=32)  # answers of one second bear one date, and loans of one day have one due date
def read_date(text: str) -> datetime | None:
    """`YYYYMMDDZZZZHHMMSS` as a datetime: naive when ZZZZ is blank (local time), aware when it is a
    military letter; None when it is no date (blanks, zeros, nonsense)."""
    day, zone, clock = text[:8], text[8:12].strip(), text[12:]
    if len(text) != DATE_WIDTH or not (text.isascii() and day.isdigit() and clock.isdigit()):
        return None
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        return None
    hours = _MILITARY.get(zone.upper()) if zone else None
    if hours is None:
        return moment
    return moment.replace(tzinfo=timezone(timedelta(hours=hours)) if hours else UTC)


@lru_cache(maxsize=8)  # a message has two dates, and a second many messages
def write_date(moment: datetime | None) -> str:
    """A naive datetime as local time (four blanks, which the standard prefers), an aware one as UTC."""
    if moment is None:
        # Some ACS close the connection on a blank date, so none is ever sent.
        raise EncodeError("date", "is missing")
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    zone = "    " if moment.tzinfo is None else "   Z"
    return (
        f"{moment.year:04d}{moment.month:02d}{moment.day:02d}{zone}"
        f"{moment.hour:02d}{moment.minute:02d}{moment.second:02d}"
    )


def _write_sync(moment: datetime | None) -> str:
    return "0" * 18 if moment is None else write_date(moment)


def text(width: int) -> Kind[str]:
    """A fixed field that is carried as it is."""

    def write(value: str) -> str:
        if len(value) != width:
            raise EncodeError("fixed field", f"must be {width} characters, is {len(value)}")
        return value

    return Kind(width, str, write)


def number(width: int) -> Kind[int | None]:
    """A count; blank (or no number) is None. Some ACS pad with blanks instead of zeros."""

    def read(value: str) -> int | None:
        digits = value.strip()
        return int(digits) if digits.isascii() and digits.isdigit() else None

    def write(value: int | None) -> str:
        if value is None:
            return " " * width
        if not 0 <= value < 10**width:
            raise EncodeError("fixed field", f"{value} does not fit into {width} digits")
        return f"{value:0{width}d}"

    return Kind(width, read, write)


ZERO_ONE: Final[Kind[bool]] = Kind(1, _read_zero_one, lambda ok: "1" if ok else "0")
ACCEPTED: Final[Kind[bool]] = Kind(1, _read_yes_or_no, lambda ok: "Y" if ok else "N")
YES_NO: Final[Kind[bool]] = Kind(1, lambda flag: flag == "Y", lambda flag: "Y" if flag else "N")
TRISTATE: Final[Kind[Tristate]] = Kind(1, _read_tristate, lambda flag: flag.value)
DATE: Final[Kind[datetime | None]] = Kind(DATE_WIDTH, read_date, write_date)
SYNC_DATE: Final[Kind[datetime | None]] = Kind(DATE_WIDTH, read_date, _write_sync)
"""The clock in a 98: 18 zeros when the ACS has none to offer."""
HOLD_MODE: Final[Kind[HoldMode]] = Kind(1, _read_hold_mode, lambda mode: mode.value)
PATRON_FLAGS: Final[Kind[frozenset[PatronFlag]]] = Kind(14, _read_flags, _write_flags)
SUMMARY: Final[Kind[Summary | None]] = Kind(10, _read_summary, _write_summary)
LANGUAGE: Final = text(3)

TEXT: Final[Kind[str]] = Kind(None, str, str)
FLAG: Final[Kind[bool]] = Kind(None, lambda flag: flag.strip().upper() == "Y", lambda f: "Y" if f else "N")
MOMENT: Final[Kind[datetime | None]] = Kind(None, read_date, write_date)
COUNT: Final[Kind[int | None]] = Kind(None, number(4).read, lambda count: f"{count:d}")


# ---- what a message class says of its fields --------------------------------------------------


def fixed(kind: Kind[Any], *, default: Any = dataclasses.MISSING) -> Any:
    """A fixed field of a message class."""
    return _field(FieldSpec("", "", kind), default)


def variable(id: str, *, kind: Kind[Any] = TEXT, default: Any = dataclasses.MISSING) -> Any:  # noqa: A002
    """A variable field. Without `default` it is required and stands on the wire even when empty;
    with it, it is left out when it is None or empty (an empty field is a question to some ACS)."""
    return _field(FieldSpec("", id, kind, required=default is dataclasses.MISSING), default)


def repeated(id: str, *, default: Any = dataclasses.MISSING) -> Any:  # noqa: A002
    """A variable field that may stand several times: a tuple of strings."""
    return _field(FieldSpec("", id, TEXT, required=False, repeated=True), default)


def _field(spec: FieldSpec, default: Any) -> Any:
    return dataclasses.field(default=default, repr=spec.id not in SECRET_IDS, metadata={_METADATA_KEY: spec})


def specs_of(cls: type) -> tuple[FieldSpec, ...]:
    """The field specifications of a message class, in the order of its attributes."""
    return tuple(
        dataclasses.replace(field.metadata[_METADATA_KEY], name=field.name)
        for field in dataclasses.fields(cls)
        if _METADATA_KEY in field.metadata
    )


def defaults_of(cls: type) -> dict[str, Any]:
    """The defaults of a message class's attributes."""
    fields = dataclasses.fields(cls)
    return {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}


def check_value(id: str, value: str, delimiter: str) -> str:  # noqa: A002
    """The value, if it may stand in a frame.

    Raises:
        EncodeError: it holds a control character (C0, DEL, C1, line and paragraph separators), a
            surrogate, or the delimiter, or it is longer than 255 characters.
    """
    if len(value) > VALUE_LIMIT:
        raise EncodeError(id, f"longer than {VALUE_LIMIT} characters")
    if delimiter in value:
        raise EncodeError(id, "holds the field delimiter")
    # The first test is quick, and enough for nearly all values.
    if not (value.isascii() and value.isprintable()) and (found := _FORBIDDEN.search(value)):
        raise EncodeError(id, f"holds the control character U+{ord(found[0]):04X}")
    return value
