"""Shape: what all messages have in common. A message is a frozen dataclass whose attributes are the table
of its fields; a request knows the class of its answer; a verdict says whether something was done.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final, Generic, Self, TypeVar, dataclass_transform

from kiosk.sip2.fields import FieldSpec, defaults_of, fixed, repeated, specs_of, variable

M = TypeVar("M", bound="Message")
A_co = TypeVar("A_co", bound="Message", covariant=True)


CODE_WIDTH: Final = 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of one message stand, worked out once for all that are written and read."""

    fixed: tuple[tuple[FieldSpec, slice], ...]
    """Each with its place in the text of a message, code included."""
    variable: tuple[FieldSpec, ...]
    required: tuple[FieldSpec, ...]
    """The variable ones that must stand there."""
    of_id: Mapping[str, FieldSpec]
    """The variable ones."""
    width: int
    """Characters of code and fixed fields together."""
    defaults: dict[str, Any]
    """Of the fields that have one."""

    @staticmethod
    def of(specs: tuple[FieldSpec, ...], defaults: dict[str, Any]) -> Layout:
        """The layout of a message with these fields and defaults."""
        fixed, at = [], CODE_WIDTH
        for spec in specs:
            if not spec.id:
                end = at + (spec.kind.width or 0)
                fixed.append((spec, slice(at, end)))
                at = end
        variable = tuple(spec for spec in specs if spec.id)
        return Layout(
            tuple(fixed),
            variable,
            tuple(spec for spec in variable if spec.required),
            MappingProxyType({spec.id: spec for spec in variable}),
            at,
            defaults,
        )


@dataclass(frozen=True, kw_only=True)
class Message:
    """The base of all messages.

    `extras` are the fields that the class does not name, in the order in which they came: extensions
    of one ACS or another, and second copies of a field that may stand only once.
    """

    code: ClassVar[str] = ""
    specs: ClassVar[tuple[FieldSpec, ...]] = ()
    layout: ClassVar[Layout] = Layout.of((), {"extras": ()})

    extras: tuple[tuple[str, str], ...] = dataclasses.field(default=(), repr=False)

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """The message with these fields, as the constructor makes it of them and of the defaults: past the
        frozen class, which sets thirty fields one by one."""
        made = object.__new__(cls)
        object.__setattr__(made, "__dict__", cls.layout.defaults | fields)
        return made


class Request(Message, Generic[A_co]):
    """A message that asks for an answer of one class."""

    answer: ClassVar[type[Message]]

    def answered_by(self, answer: Message) -> bool:
        """Whether `answer` speaks of the same thing, as far as one can see without a sequence number."""
        return isinstance(answer, self.answer)


class Verdict(Message):
    """The answer to a message that changes something (or to a login)."""

    ok: bool
    """Whether the ACS has done it."""


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(fixed, variable, repeated))
def message(code: str, answer: type[Message] | None = None) -> Callable[[type[M]], type[M]]:
    """Make a class the message with this code (and, for a request, this class of answer)."""

    def make(cls: type[M]) -> type[M]:
        made: Any = dataclass(frozen=True, kw_only=True)(cls)
        made.code = code
        made.specs = specs_of(made)
        made.layout = Layout.of(made.specs, defaults_of(made))
        if answer is not None:
            made.answer = answer
        made_class: type[M] = made
        return made_class

    return make
