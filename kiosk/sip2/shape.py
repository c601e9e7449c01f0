"""Shape: what all messages have in common. A message is a frozen dataclass whose attributes are the table
of its fields; a request knows the class of its answer; a verdict says whether something was done.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar, dataclass_transform

from kiosk.sip2.fields import FieldSpec, fixed, repeated, specs_of, variable

M = TypeVar("M", bound="Message")
A_co = TypeVar("A_co", bound="Message", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The base of all messages.

    `extras` are the fields that the class does not name, in the order in which they came: extensions
    of one ACS or another, and second copies of a field that may stand only once.
    """

    code: ClassVar[str] = ""
    specs: ClassVar[tuple[FieldSpec, ...]] = ()
    fixed_specs: ClassVar[tuple[FieldSpec, ...]] = ()
    variable_specs: ClassVar[tuple[FieldSpec, ...]] = ()
    spec_of_id: ClassVar[Mapping[str, FieldSpec]] = MappingProxyType({})
    required_specs: ClassVar[tuple[FieldSpec, ...]] = ()
    """The variable ones that must stand there."""
    width: ClassVar[int] = 0
    """Characters of the fixed fields together."""

    extras: tuple[tuple[str, str], ...] = dataclasses.field(default=(), repr=False)


class Request(Message, Generic[A_co]):
    """A message that asks for an answer of one class."""

    __slots__ = ()
    answer: ClassVar[type[Message]]

    def answered_by(self, answer: Message) -> bool:
        """Whether `answer` speaks of the same thing, as far as one can see without a sequence number."""
        return isinstance(answer, self.answer)


class Verdict(Message):
    """The answer to a message that changes something (or to a login)."""

    __slots__ = ()

    @property
    def ok(self) -> bool:
        """Whether the ACS has done it."""
        raise NotImplementedError


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(fixed, variable, repeated))
def message(code: str, answer: type[Message] | None = None) -> Callable[[type[M]], type[M]]:
    """Make a class the message with this code (and, for a request, this class of answer)."""

    def make(cls: type[M]) -> type[M]:
        made: Any = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.code = code
        made.specs = specs_of(made)
        made.fixed_specs = tuple(spec for spec in made.specs if not spec.id)
        made.variable_specs = tuple(spec for spec in made.specs if spec.id)
        made.required_specs = tuple(spec for spec in made.variable_specs if spec.required)
        made.spec_of_id = MappingProxyType({spec.id: spec for spec in made.variable_specs})
        made.width = sum(spec.kind.width or 0 for spec in made.fixed_specs)
        if answer is not None:
            made.answer = answer
        made_class: type[M] = made
        return made_class

    return make
