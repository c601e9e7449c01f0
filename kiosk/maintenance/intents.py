"""What staff want, as the maintenance screen reports it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from kiosk.circulation.values import Device, SagaId
from kiosk.maintenance.views import Page


class StaffDo(StrEnum):
    """Intents that need no further word."""

    LEAVE = "leave"
    DELETE = "delete"
    CONTINUE = "continue"
    TEST_ALL = "test-all"
    TEST_SETTINGS = "test-settings"
    KEEP = "keep"
    UNDO = "undo"
    CLOSE_FIELD = "close-field"
    TEXT_SIZE = "text-size"
    CONTRAST = "contrast"
    NEXT_LANGUAGE = "next-language"
    BACK = "back"
    CLOSE_MATTER = "close-matter"
    ADOPT = "adopt"
    FORGET = "forget"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class GoTo:
    """Open a page."""

    page: Page


@dataclass(frozen=True, slots=True)
class Test:
    """Test one device."""

    __test__: ClassVar[bool] = False  # pytest: a name, not a test

    device: Device


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Open the page of one open matter."""

    saga: SagaId


@dataclass(frozen=True, slots=True)
class EditField:
    """Begin to edit a setting (a choice: take the next one)."""

    name: str


@dataclass(frozen=True, slots=True)
class TypeText:
    """Characters for the field that is being edited, or digits for the PIN. Never printed: a fault in the
    program puts what was pressed into the log."""

    text: str = field(repr=False)


StaffIntent = StaffDo | GoTo | Test | OpenMatter | EditField | TypeText


@dataclass(frozen=True, slots=True)
class StaffPressed:
    """An intent together with the revision of the view that it answers."""

    revision: int
    intent: StaffIntent
