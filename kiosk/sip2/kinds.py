"""Kinds: how each type of value stands on the wire.

- Reading is tolerant (a count that is no number is None, a small letter is a letter, an unknown one is "no",
  an unknown value of an enumeration stays its text), except where a wrong guess would be dangerous:
  `ZERO_ONE` carries whether a loan was made, `ACCEPTED` whether a payment was booked, and both raise.
- Writing is strict: what does not fit raises `EncodeError` before anything is sent. In particular no
  control character and no delimiter leaves inside a value, so nobody can smuggle a field into a
  message by way of a barcode.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Final, Generic, TypeVar

from kiosk.sip2.dates import read_date, write_date
from kiosk.sip2.errors import DecodeError, EncodeError
from kiosk.sip2.fields import (
    DATE_WIDTH,
    VALUE_LIMIT,
    AlertType,
    CirculationStatus,
    FeeType,
    HoldMode,
    HoldType,
    Language,
    MediaType,
    PatronFlag,
    PaymentType,
    SecurityMarker,
    Summary,
    TerminalStatus,
    Tristate,
)
from kiosk.sip2.untrusted import Untrusted

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters (C0, DEL, C1, line and paragraph separators) and surrogates."""

LONGEST_NUMBER: Final = 9
"""Digits of a count that can be one."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A way of writing one type of value; `width` is None for a variable field. A value that cannot be read
    is None where the type has one (and the codec keeps the text)."""

    name: str
    width: int | None
    read: Callable[[str], T]
    write: Callable[[T], str]


# ---- flags --------------------------------------------------------------------------------------


def _read_zero_one(text: str) -> bool:
    if text not in {"0", "1"}:
        raise DecodeError(f"ok is neither 0 nor 1: {text!r}")
    return text == "1"


def _read_yes_or_no(text: str) -> bool:
    if text not in {"Y", "N"}:
        raise DecodeError(f"accepted is neither Y nor N: {text!r}")
    return text == "Y"


def _read_flag(text: str) -> bool:
    return text == "Y" or text.strip().upper() == "Y"


_TRISTATES: Final = {letter: one for one in Tristate for letter in (one.value, one.value.lower())}


def _read_tristate(text: str) -> Tristate:
    # A profile may take U for Y. A letter that is none of the three is a U to nobody.
    return _TRISTATES.get(text) or (Tristate.NO if text.strip() else Tristate.UNKNOWN)


def _read_flags(text: str) -> frozenset[PatronFlag]:
    if "Y" not in text and "y" not in text:
        return frozenset()
    return frozenset(flag for flag in PatronFlag if text[flag] in {"Y", "y"})


_NO_FLAG: Final = " " * len(PatronFlag)


def _write_flags(flags: frozenset[PatronFlag]) -> str:
    return "".join("Y" if flag in flags else " " for flag in PatronFlag) if flags else _NO_FLAG


def _read_summary(text: str) -> Summary | None:
    position = text.find("Y")
    return Summary(position) if position in Summary._value2member_map_ else None


def _write_summary(summary: Summary | None) -> str:
    return "".join("Y" if position == summary else " " for position in range(10))


# ---- numbers, texts, enumerations, dates ---------------------------------------------------------


def _read_number(text: str) -> int | None:
    digits = text if text.isdecimal() else text.strip()  # some ACS pad with blanks instead of zeros
    if len(digits) > LONGEST_NUMBER or not digits.isascii() or not digits.isdecimal():
        return None
    return int(digits)


def text(width: int) -> Kind[str]:
    """A fixed field that is carried as it is."""
    return Kind(f"{width} characters", width, str, _of_width(width))


def _of_width(width: int) -> Callable[[str], str]:
    def write(value: str) -> str:
        if len(value) != width:
            raise EncodeError("fixed field", f"must be {width} characters, is {len(value)}")
        return value

    return write


def number(width: int) -> Kind[int | None]:
    """A fixed count; blank (or no number) is None."""
    blank, limit = " " * width, 10**width

    def write(value: int | None) -> str:
        if value is None:
            return blank
        if not 0 <= value < limit:
            raise EncodeError("fixed field", f"{value} does not fit into {width} digits")
        return str(value).zfill(width)

    return Kind(f"{width} digits", width, _read_number, write)


def _reader(values: type[E]) -> Callable[[str], E | str]:
    known = {member.value: member for member in values}
    width = len(next(iter(known)))

    def read(text: str) -> E | str:
        member = known.get(text)
        if member is not None:
            return member
        bare = text.strip()  # nor is `1` anything else than `01`
        return known.get(bare.zfill(width), text) if bare else text

    return read


def one_of(values: type[E]) -> Kind[E | str]:
    """A variable field with a value of an enumeration, or the text of an unknown one."""
    return Kind(values.__name__, None, _reader(values), str)


def fixed_one_of(values: type[E]) -> Kind[E | str]:
    """The same for a fixed field."""
    width = len(next(iter(values)).value)
    return Kind(values.__name__, width, _reader(values), _of_width(width))


def _write_sync(moment: datetime | None) -> str:
    return "0" * DATE_WIDTH if moment is None else write_date(moment)


def _read_code(text: str) -> str:
    code = text.strip().upper()
    return code if len(code) == 3 and code.isascii() and code.isalpha() else text


ZERO_ONE: Final[Kind[bool]] = Kind("0 or 1", 1, _read_zero_one, lambda ok: "1" if ok else "0")
ACCEPTED: Final[Kind[bool]] = Kind("Y or N", 1, _read_yes_or_no, lambda ok: "Y" if ok else "N")
YES_NO: Final[Kind[bool]] = Kind("Y or N", 1, _read_flag, lambda flag: "Y" if flag else "N")
TRISTATE: Final[Kind[Tristate]] = Kind("Y, N or U", 1, _read_tristate, lambda flag: flag.value)
DATE: Final[Kind[datetime | None]] = Kind("date", DATE_WIDTH, read_date, write_date)
DATE_OR_BLANKS: Final[Kind[datetime | None]] = Kind(
    "date or blanks", DATE_WIDTH, read_date, lambda day: " " * DATE_WIDTH if day is None else write_date(day)
)
"""A no-block due date: it counts only for loans made off-line, and some ACS want blanks where there is none.
Others close the connection on blanks: what is sent is said by the profile (`nb_due`)."""
SYNC_DATE: Final[Kind[datetime | None]] = Kind("date or zeros", DATE_WIDTH, read_date, _write_sync)
"""The clock in a 98: 18 zeros when the ACS has none to offer."""
PATRON_FLAGS: Final[Kind[frozenset[PatronFlag]]] = Kind("14 flags", 14, _read_flags, _write_flags)
SUMMARY: Final[Kind[Summary | None]] = Kind("10 flags", 10, _read_summary, _write_summary)
LANGUAGE: Final = fixed_one_of(Language)
TERMINAL_STATUS: Final = fixed_one_of(TerminalStatus)
CIRCULATION_STATUS: Final = fixed_one_of(CirculationStatus)
SECURITY_MARKER: Final = fixed_one_of(SecurityMarker)
FEE_TYPE: Final = fixed_one_of(FeeType)
PAYMENT_TYPE: Final = fixed_one_of(PaymentType)
HOLD_MODE: Final = fixed_one_of(HoldMode)

TEXT: Final[Kind[str]] = Kind("text", None, str, str)
"""What is ours, or an identifier."""
FREE_TEXT: Final[Kind[Untrusted]] = Kind("free text", None, Untrusted, attrgetter("raw"))
"""What somebody on the far side has written."""
FLAG: Final[Kind[bool]] = Kind("Y or N", None, _read_flag, lambda flag: "Y" if flag else "N")
MOMENT: Final[Kind[datetime | None]] = Kind("date", None, read_date, write_date)
COUNT: Final[Kind[int | None]] = Kind("number", None, _read_number, lambda count: f"{count:d}")
LIMIT: Final[Kind[int | None]] = Kind("4 digits", None, _read_number, number(4).write)
CURRENCY_CODE: Final[Kind[str]] = Kind("currency", None, _read_code, str)
"""Three letters (ISO 4217) in capitals; anything else stays as it came."""
LOAN_FEE_TYPE: Final = one_of(FeeType)
MEDIA_TYPE: Final = one_of(MediaType)
ALERT_TYPE: Final = one_of(AlertType)
HOLD_TYPE: Final = one_of(HoldType)


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
    if found := FORBIDDEN.search(value):
        raise EncodeError(id, f"holds the control character U+{ord(found[0]):04X}")
    return value
