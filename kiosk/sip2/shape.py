"""Shape: what all messages have in common. A message is a frozen dataclass whose attributes are the table
of its fields; a request knows the class of its answer, and whether it changes anything; a verdict says
whether that was done.

A *fixed* field has a width and no id; a *variable* field has a two-letter id and ends with the delimiter. The
order of the fixed fields is the order of the class's attributes; variable fields may come in any order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final, Generic, Self, TypeVar, dataclass_transform

from kiosk.sip2.fields import SECRET_IDS
from kiosk.sip2.kinds import TEXT, Kind

M = TypeVar("M", bound="Message")
A_co = TypeVar("A_co", bound="Message", covariant=True)

CODE_WIDTH: Final = 2
DELIMITER: Final = "|"
"""What ends a variable field, unless somebody has agreed on something else."""

_METADATA_KEY: Final = "sip2"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a message: its attribute `name`, its `id` (empty for a fixed field), its kind."""

    name: str
    id: str
    kind: Kind[Any]
    required: bool = True
    repeated: bool = False


# ---- what a message class says of its fields --------------------------------------------------


def fixed(kind: Kind[Any], *, default: Any = dataclasses.MISSING) -> Any:
    """A fixed field of a message class."""
    return _field(FieldSpec("", "", kind), default)


def variable(id: str, *, kind: Kind[Any] = TEXT, default: Any = dataclasses.MISSING) -> Any:  # noqa: A002
    """A variable field. Without `default` it is required and stands on the wire even when empty;
    with it, it is left out when it is None or empty (an empty field is a question to some ACS)."""
    return _field(FieldSpec("", id, kind, required=default is dataclasses.MISSING), default)


def repeated(id: str, *, kind: Kind[Any] = TEXT, default: Any = dataclasses.MISSING) -> Any:  # noqa: A002
    """A variable field that may stand several times: a tuple."""
    return _field(FieldSpec("", id, kind, required=False, repeated=True), default)


def _field(spec: FieldSpec, default: Any) -> Any:
    return dataclasses.field(default=default, repr=spec.id not in SECRET_IDS, metadata={_METADATA_KEY: spec})


def _specs_of(cls: type) -> tuple[FieldSpec, ...]:
    """The field specifications of a message class, in the order of its attributes."""
    return tuple(
        dataclasses.replace(field.metadata[_METADATA_KEY], name=field.name)
        for field in dataclasses.fields(cls)
        if _METADATA_KEY in field.metadata
    )


def _defaults_of(cls: type) -> dict[str, Any]:
    fields = dataclasses.fields(cls)
    return {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}


# ---- how they stand on the wire, worked out once ------------------------------------------------


# Plain tuples, which Python takes apart faster than named ones.

Written = tuple[str, str, Callable[[Any], str] | None, bool, bool]
"""A variable field for a message that is written: its name, its id, how it is written (None: the value is the
text), whether it is required, whether it is repeated."""

Read = tuple[str, Callable[[str], Any] | None]
"""A variable field for a message that is read: its name, and how it is read (None: the text is the value)."""


Marked = tuple[str, str, Callable[[str], Any] | None]
"""A variable field that is repeated, for a message that is read: what it begins with (the usual delimiter and
its id), its name, and how it is read."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of one message stand: flat tables, since every field of every message that comes or
    goes is looked up here."""

    width: int
    """Characters of code and fixed fields together."""
    fixed_written: tuple[tuple[str, Callable[[Any], str]], ...]
    fixed_read: tuple[tuple[str, Callable[[str], Any], slice], ...]
    """Each with its place in the text of a message, code included."""
    written: tuple[Written, ...]
    read: dict[str, Read]
    """All of them, by their ids; one that may be repeated as if it stood there once."""
    lists: tuple[Marked, ...]
    """Those that are repeated."""
    blank: dict[str, Any]
    """All values of a message that says nothing: a variable field that is required is empty."""

    @staticmethod
    def of(specs: tuple[FieldSpec, ...], defaults: dict[str, Any]) -> Layout:
        """The layout of a message with these fields and defaults."""
        at = CODE_WIDTH
        places = []
        for spec in specs:
            if not spec.id:
                end = at + (spec.kind.width or 0)
                # A fixed field is short and has few values: what was read lately is not read again.
                read = lru_cache(maxsize=64)(spec.kind.read)
                places.append((spec.name, read, slice(at, end)))
                at = end
        variable = [spec for spec in specs if spec.id]
        return Layout(
            at,
            tuple((spec.name, spec.kind.write) for spec in specs if not spec.id),
            tuple(places),
            tuple(
                (spec.name, spec.id, _unless_str(spec.kind.write), spec.required, spec.repeated)
                for spec in variable
            ),
            {
                spec.id: (
                    spec.name,
                    _the_only(spec.kind.read) if spec.repeated else _unless_str(spec.kind.read),
                )
                for spec in variable
            },
            tuple(
                (DELIMITER + spec.id, spec.name, _unless_str(spec.kind.read))
                for spec in variable
                if spec.repeated
            ),
            {
                **{spec.name: spec.kind.read("") if spec.id and spec.required else None for spec in specs},
                **defaults,
            },
        )


def _unless_str(convert: Callable[[Any], Any]) -> Callable[[Any], Any] | None:
    return None if convert is str else convert


def _the_only(read: Callable[[str], Any]) -> Callable[[str], tuple[Any]]:
    return lambda text: (read(text),)


# ---- messages -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Message:
    """The base of all messages.

    `extras` is what the class has no place for, in the order in which it came: fields that it does not
    name (extensions of one ACS or another), second copies of a field that may stand only once, and values
    that the field's kind cannot read.
    """

    code: ClassVar[str] = ""
    specs: ClassVar[tuple[FieldSpec, ...]] = ()
    layout: ClassVar[Layout] = Layout.of((), {"extras": ()})

    extras: tuple[tuple[str, str], ...] = dataclasses.field(default=(), repr=False)

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """The message with these fields (all of them), as the constructor makes it: past the frozen class,
        which sets thirty fields one by one. The dictionary is the message's from now on."""
        made = object.__new__(cls)
        object.__setattr__(made, "__dict__", fields)
        return made


class Request(Message, Generic[A_co]):
    """A message that asks for an answer of one class."""

    answer: ClassVar[type[Message]]

    def answered_by(self, answer: Message) -> bool:
        """Whether `answer` speaks of the same item (AB), or of the same patron (AA) where the request names
        no item, as far as one can see without a sequence number."""
        return isinstance(answer, self.answer) and (
            _same(self, answer, "item") if getattr(self, "item", None) else _same(self, answer, "patron")
        )


class Question(Request[A_co]):
    """A request that changes nothing: it may be said again."""


class Verdict(Message):
    """An answer that begins with whether it was done, to a message that changes something (or to a login)."""

    ok: bool
    """Whether the ACS has done it."""


class Change(Request[A_co]):
    """A request that changes something in the ILS: it is said once."""

    def done_by(self, answer: Message) -> bool:
        """Whether the ACS has done it, as this answer to it says."""
        return isinstance(answer, Verdict) and answer.ok


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(fixed, variable, repeated))
def message(code: str, answer: type[Message] | None = None) -> Callable[[type[M]], type[M]]:
    """Make a class the message with this code (and, for a request, this class of answer)."""

    def make(cls: type[M]) -> type[M]:
        made: Any = dataclass(frozen=True, kw_only=True)(cls)
        made.code = code
        made.specs = _specs_of(made)
        made.layout = Layout.of(made.specs, _defaults_of(made))
        if answer is not None:
            made.answer = answer
        made_class: type[M] = made
        return made_class

    return make


def same_id(asked: str, answered: str) -> bool:
    """Ids as different ACS write them: an empty one says nothing, blanks and leading zeros vary."""
    if asked == answered:
        return True
    left, right = ("".join(one.split()).casefold().lstrip("0") for one in (asked, answered))
    return not left or not right or left == right


def _same(asked: Message, answered: Message, name: str) -> bool:
    return same_id(getattr(asked, name, None) or "", getattr(answered, name, None) or "")
