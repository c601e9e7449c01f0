"""Codec: a message as the text between code and trailer, and back. Driven by the message's own table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from kiosk.sip2.errors import DecodeError, EncodeError
from kiosk.sip2.fields import VALUE_LIMIT, check_value
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
    named: list[tuple[str, str]] = []
    for spec in message.fixed_specs:
        try:
            named.append((spec.name, spec.kind.write(getattr(message, spec.name))))
        except EncodeError as error:
            raise EncodeError(spec.name, str(error)) from None
    parts = [message.code, *[value for _, value in named]]
    for spec in message.variable_specs:
        value = getattr(message, spec.name)
        if spec.repeated:
            named.extend([(spec.id, spec.kind.write(one)) for one in value])
        elif value is None:
            if spec.required:
                raise EncodeError(spec.id, "is missing")
        elif value != "" or spec.required:
            # An empty optional field is left out: some ACS take `AJ|` for a question about a title.
            named.append((spec.id, spec.kind.write(value)))
    for id_, value in message.extras:
        if len(id_) != 2:
            raise EncodeError(id_, "is no two-letter id")
        named.append((id_, value))
    variable = named[len(message.fixed_specs) :]
    parts += [f"{id_}{value}{delimiter}" for id_, value in variable]
    text = "".join(parts)
    if not _is_plain(text) or text.count(delimiter) != len(variable):
        # Not one look at all of it, then, but one at each value: a long or a foreign one may stand there.
        for id_, value in named:
            check_value(id_, value, delimiter)
        for id_, _ in message.extras:
            check_value(id_, id_, delimiter)
    return text


def _is_plain(text: str) -> bool:
    """Whether a text is of printable ASCII, and no longer than a single value may be."""
    return len(text) <= VALUE_LIMIT and text.isascii() and text.isprintable()


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
    if len(rest) < cls.width:
        raise DecodeError(f"{code} ends within its fixed fields")
    values: dict[str, Any] = {}
    at = 0
    for spec in cls.fixed_specs:
        end = at + (spec.kind.width or 0)
        values[spec.name] = spec.kind.read(rest[at:end])
        at = end
    repeated: dict[str, list[str]] = {}
    extras: list[tuple[str, str]] = []
    for part in rest[at:].split(delimiter):
        id_, value = part[:2], part[2:]
        known = cls.spec_of_id.get(id_)
        if known is None:
            if len(id_) == 2:
                extras.append((id_, value))
        elif known.repeated:
            repeated.setdefault(known.name, []).append(value)
        elif known.name in values:
            extras.append((id_, value))
        else:
            values[known.name] = known.kind.read(value)
    for name, several in repeated.items():
        values[name] = tuple(several)
    for spec in cls.required_specs:
        if spec.name not in values:
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
