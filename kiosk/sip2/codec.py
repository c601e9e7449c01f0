"""Codec: a message as the text between code and trailer, and back. Driven by the message's own table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from kiosk.sip2.errors import DecodeError, EncodeError
from kiosk.sip2.fields import VALUE_LIMIT
from kiosk.sip2.kinds import FORBIDDEN, check_value
from kiosk.sip2.mending import realigned, verdict_first
from kiosk.sip2.messages import MESSAGES, Message
from kiosk.sip2.shape import CODE_WIDTH, DELIMITER, Layout, Marked


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A frame whose code we do not know: kept as it came."""

    code: str
    text: str = field(repr=False)


def encode(message: Message, *, delimiter: str = DELIMITER) -> str:
    """The text of a message, without trailer and terminator.

    Raises:
        EncodeError: a value does not fit its field, or holds what no frame may hold.
    """
    layout, values = message.layout, vars(message)
    text = message.code
    for name, write in layout.fixed_written:
        try:
            text += write(values[name])
        except EncodeError as error:
            raise EncodeError(name, str(error)) from None
    fields = 0
    for name, id_, write_one, required, repeated in layout.written:
        value = values[name]
        if value is None:
            if required:
                raise EncodeError(id_, "is missing")
        elif repeated:
            if value:
                texts = value if write_one is None else map(write_one, value)
                text += id_ + f"{delimiter}{id_}".join(texts) + delimiter
                fields += len(value)
        else:
            one = value if write_one is None else write_one(value)
            # An empty optional field is left out: some ACS take `AJ|` for a question about a title.
            if one or required:
                text += id_ + one + delimiter
                fields += 1
    for id_, value in message.extras:
        if len(id_) != CODE_WIDTH:
            raise EncodeError(id_, "is no two-letter id")
        text += id_ + value + delimiter
        fields += 1
    # One look at all of it, and at each value only where there is something to be found.
    if not _is_sound(text, fields, delimiter):
        _check_each(message, delimiter)
    return text


def _is_sound(text: str, fields: int, delimiter: str) -> bool:
    """Whether a text of so many variable fields surely holds neither a delimiter nor a control character
    within a value, and no value that is too long."""
    parts = text.split(delimiter)
    return (
        len(parts) == fields + 1
        and max(map(len, parts)) <= CODE_WIDTH + VALUE_LIMIT
        and (text.isprintable() or not FORBIDDEN.search(text))
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


def decode(text: str, *, delimiter: str = DELIMITER) -> Message | Unrecognised:
    """The message in a text without trailer and terminator.

    What the message has no place for is kept in `extras` (see `Message`); a field without an id is dropped; a
    required field that is missing is empty; fixed fields that are out of place are put there, where that can
    be done in one way only (see `mending`).

    Raises:
        DecodeError: too short for its code's fixed fields, or a fixed field that must not be guessed.
    """
    cls = MESSAGES.get(text[:CODE_WIDTH])
    if cls is None:
        return Unrecognised(text[:CODE_WIDTH], text[CODE_WIDTH:])
    width = cls.layout.width
    if text[width : width + CODE_WIDTH] not in cls.layout.read or text.find(delimiter, 0, width) >= 0:
        text = realigned(text, cls, delimiter) or text  # nearly always one of its fields stands there
    return _decoded(text, cls, delimiter)


def _decoded(text: str, cls: type[Message], delimiter: str) -> Message:
    layout = cls.layout
    if len(text) < layout.width:
        raise DecodeError(f"{cls.code} ends within its fixed fields")
    values = layout.blank.copy()
    try:
        for name, read, place in layout.fixed_read:
            values[name] = read(text[place])
    except DecodeError:
        if (mended := verdict_first(text, cls)) is None:
            raise
        return _decoded(mended, cls, delimiter)
    rest = delimiter + text[layout.width :]
    for mark, name, read_one in layout.lists if delimiter == DELIMITER else _marked(layout, delimiter):
        if rest.count(mark) > 1:  # what stands there once is read like all others
            found, rest = _taken_out(rest, mark)
            values[name] = tuple(found if read_one is None else map(read_one, found))
    parts = rest.split(delimiter)
    left = layout.read.copy()
    over = 0
    for part in parts:
        field = left.pop(part[:CODE_WIDTH], None)
        if field is not None:
            name, read_one = field
            one = part[CODE_WIDTH:] if read_one is None else read_one(part[CODE_WIDTH:])
            if one is None:
                over += 1
            else:
                values[name] = one
        elif part:
            over += 1
    if over:
        values["extras"] = _extras(parts, values, layout)
    return cls.of(values)


def _marked(layout: Layout, delimiter: str) -> Iterable[Marked]:
    return ((delimiter + mark[1:], name, read_one) for mark, name, read_one in layout.lists)


def _taken_out(text: str, mark: str) -> tuple[list[str], str]:
    """The values of all fields that begin with `mark` (a delimiter and an id), and the text without them."""
    delimiter, begin = mark[0], text.find(mark)
    end = text.find(delimiter, text.rfind(mark) + 1)
    if end < 0:
        end = len(text)
    found = text[begin + len(mark) : end].split(mark)
    kept = [text[:begin]]
    if text.count(delimiter, begin, end) != len(found):  # there are others between them
        for at, piece in enumerate(found):
            found[at], *others = piece.partition(delimiter)
            kept += others
    return found, "".join((*kept, text[end:]))


def _extras(parts: list[str], values: dict[str, Any], layout: Layout) -> tuple[tuple[str, str], ...]:
    """The fields that have not become values, in the order in which they came."""
    unread = {id_ for id_, (name, _) in layout.read.items() if values[name] is None}
    read: set[str] = set()
    extras = []
    for part in parts:
        id_, value = part[:CODE_WIDTH], part[CODE_WIDTH:]
        if id_ in layout.read and id_ not in unread and id_ not in read:
            read.add(id_)
        elif len(id_) == CODE_WIDTH and (value or id_ not in layout.read):
            extras.append((id_, value))
    return tuple(extras)


FIXED_WIDTHS: Final = {code: cls.layout.width - CODE_WIDTH for code, cls in MESSAGES.items()}
"""Width of all fixed fields of a message together, by its code."""


def well_ended(text: str, *, delimiter: str = DELIMITER) -> bool:
    """Whether a text ends where a message may end: behind its fixed fields or a delimiter.

    Without a checksum this is all that tells a whole frame from a torn one.
    """
    return text.endswith(delimiter) or len(text) - CODE_WIDTH == FIXED_WIDTHS.get(text[:CODE_WIDTH])
