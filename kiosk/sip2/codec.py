"""Codec: a message as the text between code and trailer, and back. Driven by the message's own table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from kiosk.sip2.errors import DecodeError, EncodeError
from kiosk.sip2.fields import TEXT, VALUE_LIMIT, check_value
from kiosk.sip2.messages import MESSAGES, Message
from kiosk.sip2.shape import CODE_WIDTH


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
    layout, values = message.layout, vars(message)
    text = message.code
    for spec, _ in layout.fixed:
        try:
            text += spec.kind.write(values[spec.name])
        except EncodeError as error:
            raise EncodeError(spec.name, str(error)) from None
    fields = 0
    for spec in layout.variable:
        value = values[spec.name]
        if value is None:
            if spec.required:
                raise EncodeError(spec.id, "is missing")
        elif spec.repeated:
            text += "".join([f"{spec.id}{one}{delimiter}" for one in value])
            fields += len(value)
        elif value != "" or spec.required:
            # An empty optional field is left out: some ACS take `AJ|` for a question about a title.
            text += f"{spec.id}{value if spec.kind is TEXT else spec.kind.write(value)}{delimiter}"
            fields += 1
    for id_, value in message.extras:
        if len(id_) != CODE_WIDTH:
            raise EncodeError(id_, "is no two-letter id")
        text += f"{id_}{value}{delimiter}"
        fields += 1
    # One look at all of it; only where a long value or a foreign one may stand there, one at each.
    if not _is_plain(text) or text.count(delimiter) != fields:
        _check_each(message, delimiter)
    return text


def _is_plain(text: str) -> bool:
    """Whether a text is of printable ASCII, and no longer than a single value may be."""
    return len(text) <= VALUE_LIMIT and text.isascii() and text.isprintable()


def _check_each(message: Message, delimiter: str) -> None:
    """Look at each value of a message that can be written.

    Raises:
        EncodeError: one of them may not stand in a frame.
    """
    values = vars(message)
    for spec, _ in message.layout.fixed:
        check_value(spec.name, spec.kind.write(values[spec.name]), delimiter)
    for spec in message.layout.variable:
        value = values[spec.name]
        if value is not None:
            for one in value if spec.repeated else (value,):
                check_value(spec.id, spec.kind.write(one), delimiter)
    for id_, value in message.extras:
        check_value(id_, value, delimiter)
    for id_, _ in message.extras:
        check_value(id_, id_, delimiter)


def decode(text: str, *, delimiter: str = "|") -> Message | Unrecognised:
    """The message in a text without trailer and terminator.

    Fields that the message does not name, and second copies of one, are kept in `extras`; a field
    without an id is dropped; a required field that is missing is empty.

    Raises:
        DecodeError: too short for its code's fixed fields, or a fixed field that must not be guessed.
    """
    code = text[:CODE_WIDTH]
    if code not in MESSAGES:
        return Unrecognised(code, text[CODE_WIDTH:])
    cls = MESSAGES[code]
    layout = cls.layout
    if len(text) < layout.width:
        raise DecodeError(f"{code} ends within its fixed fields")
    values: dict[str, Any] = {spec.name: spec.kind.read(text[place]) for spec, place in layout.fixed}
    repeated: dict[str, list[str]] = {}
    extras: list[tuple[str, str]] = []
    of_id = layout.of_id
    for part in text[layout.width :].split(delimiter):
        id_, value = part[:2], part[2:]
        if id_ not in of_id:
            if len(id_) == CODE_WIDTH:
                extras.append((id_, value))
            continue
        known = of_id[id_]
        if known.repeated:
            repeated.setdefault(known.name, []).append(value)
        elif known.name in values:
            extras.append((id_, value))
        else:
            values[known.name] = value if known.kind is TEXT else known.kind.read(value)
    for name, several in repeated.items():
        values[name] = tuple(several)
    for spec in layout.required:
        if spec.name not in values:
            values[spec.name] = spec.kind.read("")
    values["extras"] = tuple(extras)
    return cls.of(values)


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
