"""Codec: a message as the text between code and trailer, and back. Driven by the message's own table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from kiosk.sip2.errors import DecodeError, EncodeError
from kiosk.sip2.fields import VALUE_LIMIT
from kiosk.sip2.kinds import FORBIDDEN, check_value
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
    parts = [message.code]
    for name, write in layout.fixed_written:
        try:
            parts.append(write(values[name]))
        except EncodeError as error:
            raise EncodeError(name, str(error)) from None
    fixed = len(parts)
    for name, id_, write_field, required, repeated in layout.written:
        value = values[name]
        if value is None:
            if required:
                raise EncodeError(id_, "is missing")
        elif repeated:
            texts = value if write_field is None else map(write_field, value)
            parts += [f"{id_}{text}{delimiter}" for text in texts]
        else:
            text = value if write_field is None else write_field(value)
            # An empty optional field is left out: some ACS take `AJ|` for a question about a title.
            if text or required:
                parts.append(f"{id_}{text}{delimiter}")
    for id_, value in message.extras:
        if len(id_) != CODE_WIDTH:
            raise EncodeError(id_, "is no two-letter id")
        parts.append(f"{id_}{value}{delimiter}")
    whole = "".join(parts)
    # One look at all of it, and at each value only where there is something to be found.
    if not _is_sound(whole, parts, fields=len(parts) - fixed, delimiter=delimiter):
        _check_each(message, delimiter)
    return whole


_AROUND: Final = len("AA|")
"""Characters of a variable field that are not its value."""


def _is_sound(whole: str, parts: list[str], *, fields: int, delimiter: str) -> bool:
    """Whether no part is longer than a value may be, and all of them hold neither a delimiter nor a control
    character of their own."""
    return (
        whole.count(delimiter) == fields
        and max(map(len, parts)) <= VALUE_LIMIT + _AROUND
        and ((whole.isascii() and whole.isprintable()) or not FORBIDDEN.search(whole))
    )


def _check_each(message: Message, delimiter: str) -> None:
    """Look at each value of a message that can be written.

    Raises:
        EncodeError: one of them may not stand in a frame.
    """
    values = vars(message)
    for spec in message.specs:
        value = values[spec.name]
        if value is not None or not spec.id:
            for one in value if spec.repeated else (value,):
                check_value(spec.id or spec.name, spec.kind.write(one), delimiter)
    for id_, value in message.extras:
        check_value(id_, value, delimiter)
        check_value(id_, id_, delimiter)


def decode(text: str, *, delimiter: str = "|") -> Message | Unrecognised:
    """The message in a text without trailer and terminator.

    What the message has no place for is kept in `extras` (see `Message`); a field without an id is dropped; a
    required field that is missing is empty.

    Raises:
        DecodeError: too short for its code's fixed fields, or a fixed field that must not be guessed.
    """
    code = text[:CODE_WIDTH]
    cls = MESSAGES.get(code)
    if cls is None:
        return Unrecognised(code, text[CODE_WIDTH:])
    layout = cls.layout
    if len(text) < layout.width:
        raise DecodeError(f"{code} ends within its fixed fields")
    values: dict[str, Any] = {name: read(text[place]) for name, read, place in layout.fixed_read}
    several: dict[str, list[Any]] = {}
    extras: list[tuple[str, str]] = []
    known = layout.read
    for part in text[layout.width :].split(delimiter):
        id_ = part[:CODE_WIDTH]
        if id_ not in known:
            if len(id_) == CODE_WIDTH:
                extras.append((id_, part[CODE_WIDTH:]))
            continue
        name, read_field, repeated = known[id_]
        raw = part[CODE_WIDTH:]
        value = raw if read_field is None else read_field(raw)
        if repeated:
            if name in several:
                several[name].append(value)
            else:
                several[name] = [value]
        elif name in values or (value is None and raw):
            extras.append((id_, raw))
        else:
            values[name] = value
    for name, found in several.items():
        values[name] = tuple(found)
    for spec in layout.required:
        if spec.name not in values:
            values[spec.name] = spec.kind.read("")
    if extras:
        values["extras"] = tuple(extras)
    return cls.of(values)


FIXED_WIDTHS: Final = {code: cls.layout.width - CODE_WIDTH for code, cls in MESSAGES.items()}
"""Width of all fixed fields of a message together, by its code."""


def well_ended(text: str, *, delimiter: str = "|") -> bool:
    """Whether a text ends where a message may end: behind its fixed fields or a delimiter.

    Without a checksum this is all that tells a whole frame from a torn one.
    """
    return text.endswith(delimiter) or len(text) - CODE_WIDTH == FIXED_WIDTHS.get(text[:CODE_WIDTH])
