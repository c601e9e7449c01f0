"""Codec: a message as the text between code and trailer, and back. Driven by the message's own table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from kiosk.sip2.errors import DecodeError, EncodeError
from kiosk.sip2.fields import FieldSpec, check_value
from kiosk.sip2.messages import MESSAGES, Message


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A frame whose code we do not know: kept as it came."""

    code: str
    text: str = field(repr=False)


def encode(message: Message, *, delimiter: str = "|") -> str:
    """The text of a message, without trailer and terminator.

    Raises:
        EncodeError: a value does not fit its field, or holds what no frame may hold.
    """
    parts = [message.code]
    for spec in message.specs:
        value = getattr(message, spec.name)
        if spec.id:
            parts.extend(_variable(spec, value, delimiter))
        else:
            parts.append(_fixed(spec, value, delimiter))
    for id_, value in message.extras:
        if len(id_) != 2:
            raise EncodeError(id_, "is no two-letter id")
        check_value(id_, id_, delimiter)
        parts.append(f"{id_}{check_value(id_, value, delimiter)}{delimiter}")
    return "".join(parts)


def _fixed(spec: FieldSpec, value: Any, delimiter: str) -> str:
    try:
        return check_value(spec.name, spec.kind.write(value), delimiter)
    except EncodeError as error:
        raise EncodeError(spec.name, str(error)) from None


def _variable(spec: FieldSpec, value: Any, delimiter: str) -> list[str]:
    values = value if spec.repeated else () if value is None else (value,)
    written = (check_value(spec.id, spec.kind.write(one), delimiter) for one in values)
    # An empty optional field is left out: some ACS take `AJ|` for a question about a title.
    kept = written if spec.required or spec.repeated else (one for one in written if one)
    return [f"{spec.id}{one}{delimiter}" for one in kept]


def decode(text: str, *, delimiter: str = "|") -> Message | Unrecognised:
    """The message in a text without trailer and terminator.

    Fields that the message does not name, and second copies of one, are kept in `extras`; a field
    without an id is dropped; a required field that is missing is empty.

    Raises:
        DecodeError: too short for its code's fixed fields, or a fixed field that must not be guessed.
    """
    code, rest = text[:2], text[2:]
    cls = MESSAGES.get(code)
    if cls is None:
        return Unrecognised(code, rest)
    values: dict[str, Any] = {}
    at = 0
    for spec in cls.specs:
        if not spec.id:
            end = at + (spec.kind.width or 0)
            if end > len(rest):
                raise DecodeError(f"{code} ends within its fixed fields")
            values[spec.name] = spec.kind.read(rest[at:end])
            at = end
    by_id = {spec.id: spec for spec in cls.specs if spec.id}
    extras: list[tuple[str, str]] = []
    for part in rest[at:].split(delimiter):
        id_, value = part[:2], part[2:]
        spec_of_id = by_id.get(id_)
        if len(id_) < 2:
            continue
        if spec_of_id is None:
            extras.append((id_, value))
        elif spec_of_id.repeated:
            values[spec_of_id.name] = (*values.get(spec_of_id.name, ()), value)
        elif spec_of_id.name in values:
            extras.append((id_, value))
        else:
            values[spec_of_id.name] = spec_of_id.kind.read(value)
    for spec in cls.specs:
        if spec.id and spec.required and spec.name not in values:
            values[spec.name] = spec.kind.read("")
    return cls(**values, extras=tuple(extras))


FIXED_WIDTHS: Final = {
    "01": 19, "09": 37, "10": 22, "11": 38, "12": 22, "15": 19, "16": 20, "17": 18, "18": 24, "19": 18,
    "20": 19, "23": 21, "24": 35, "25": 18, "26": 35, "29": 38, "30": 22, "35": 18, "36": 19, "37": 25,
    "38": 19, "63": 31, "64": 59, "65": 18, "66": 27, "93": 2, "94": 1, "96": 0, "97": 0, "98": 34, "99": 8,
}  # fmt: skip
"""Width of all fixed fields together, for every message of the standard, also those without a class."""


def well_ended(text: str, *, delimiter: str = "|") -> bool:
    """Whether a text ends where a message may end: behind its fixed fields or a delimiter.

    Without a checksum this is all that tells a whole frame from a torn one.
    """
    return text.endswith(delimiter) or len(text) - 2 == FIXED_WIDTHS.get(text[:2])
