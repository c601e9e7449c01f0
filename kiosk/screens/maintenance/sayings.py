"""What the maintenance screens say: sentences from keys, and data made safe to stand beside them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Device
from kiosk.maintenance.codes import saying_of
from kiosk.maintenance.views import (
    DeviceCard,
    FieldKind,
    FieldView,
    MatterFact,
    MatterView,
    TestState,
    TestStep,
    TestView,
)
from kiosk.words import Words

LONGEST = 200
"""Characters of data on the screen, at most."""

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

DEVICE_ICONS = {
    Device.ILS: "server",
    Device.PAD: "pad",
    Device.CARDS: "card",
    Device.JOURNAL: "list",
    Device.PRINTER: "printer",
    Device.GATE: "gate",
    Device.SCANNER: "scanner",
    Device.TILL: "till",
}

STATE_ICONS = {
    TestState.RUNNING: "asking",
    TestState.PASSED: "ready",
    TestState.WARNED: "warn",
    TestState.FAILED: "missing",
}


def plain(text: str) -> str:
    """Data as one line: without control characters, and without those that turn the direction of what
    stands beside them."""
    kept = (" " if unicodedata.category(ch) in {"Cc", "Zl", "Zp"} else ch for ch in text if ch not in _BIDI)
    return " ".join("".join(kept).split())[:LONGEST]


def local(wall: float) -> datetime:
    """Wall seconds as the kiosk's own time."""
    return datetime.fromtimestamp(wall, UTC).astimezone()


def moment(words: Words, wall: float, today: date) -> str:
    """A time of today as hours and minutes, else the day."""
    when = local(wall)
    return f"{when:%H:%M}" if when.date() == today else words.day(when.date(), "short")


def device(words: Words, which: Device) -> str:
    """What a device is called."""
    return words.say(f"maintenance.device.{which.value}")


def why(words: Words, card: DeviceCard) -> str:
    """What is wrong with a device, or nothing."""
    saying = saying_of(card.device, card.condition, card.reason)
    return words.say(f"maintenance.reason.{saying}") if saying else ""


def remedy(words: Words, card: DeviceCard) -> str:
    """What to do about it, or nothing."""
    saying = saying_of(card.device, card.condition, card.reason)
    return words.say(f"maintenance.remedy.{saying}") if saying else ""


def reason(words: Words, which: Reason) -> str:
    """A reason for staff, where there are words of their own for it."""
    key = f"maintenance.reason.{which.value}"
    return words.say(key) if key in words.catalogue.keys else words.reason(which)


def step(words: Words, which: TestStep) -> str:
    """A step of a test; some that were not passed have words of their own."""
    key = f"maintenance.step.{which.key}"
    if which.state in {TestState.WARNED, TestState.FAILED} and f"{key}-not" in words.catalogue.keys:
        key += "-not"
    return words.say(key)


def step_spoken(words: Words, which: TestStep) -> str:
    """A step with all that stands beside it."""
    said = reason(words, which.reason) if which.reason else ""
    verdict = words.say(f"maintenance.test.{which.state.value}")
    return ". ".join(part for part in (step(words, which), verdict, plain(which.detail), said) if part)


def test_spoken(words: Words, test: TestView) -> str:
    """A test with its steps."""
    verdict = words.say(f"maintenance.test.{test.state.value}")
    return ". ".join([verdict, *(step_spoken(words, each) for each in test.steps)])


def matter(words: Words, which: MatterView) -> str:
    """An open matter as one sentence."""
    book = plain(which.item) or words.say("matter.nameless")
    return words.say(f"matter.{_kind(words, which)}", book=book)


def matter_to_do(words: Words, which: MatterView) -> str:
    """What staff should do about it."""
    return words.say(f"matter.do.{_kind(words, which)}")


def _kind(words: Words, which: MatterView) -> str:
    """A later version may know more kinds of matters than there are words for."""
    return which.key if f"matter.do.{which.key}" in words.catalogue.keys else "other"


def matter_fact(words: Words, fact: MatterFact) -> tuple[str, bool]:
    """What is known, and whether those are our own words; else they are data."""
    if fact.reason is not None:
        return reason(words, fact.reason), True
    if fact.says:
        return words.say(fact.says, afi=plain(fact.text)), True
    if fact.money is not None:
        return words.money(fact.money.amount, fact.money.currency), False
    if fact.wall is not None:
        return words.day(local(fact.wall), "paper"), False
    return plain(fact.text), False


def label(words: Words, field: FieldView) -> str:
    """What a setting is called."""
    return words.say(f"maintenance.field.{field.name}")


def value(words: Words, field: FieldView, text: str) -> str:
    """A value of a setting as it is shown: of some choices there are words."""
    key = f"maintenance.choice.{field.name}.{text}"
    if field.kind is FieldKind.CHOICE and key in words.catalogue.keys:
        return words.say(key)
    if field.name == "policy.languages" and text:
        return words.language_name(text)
    return plain(text)


def was(words: Words, field: FieldView) -> str:
    """What a changed setting is now, or nothing."""
    if field.was is None:
        return ""
    if not field.was:
        return words.say("maintenance.was-empty")
    return words.say("maintenance.was", value=value(words, field, field.was))


def aside(words: Words, field: FieldView) -> str:
    """What is to be known of a value: that it leaves what is said open to others, that it is not ours to
    change, or how much of an ILS profile nobody has looked at yet."""
    if field.kind is FieldKind.GIVEN:
        return words.say("maintenance.given")
    if field.exposed:
        return words.say("maintenance.exposed")
    return words.count("maintenance.assumed", field.assumed) if field.assumed else ""


def field_spoken(words: Words, field: FieldView) -> str:
    """A setting with its value; of a secret only how long it is."""
    if field.kind is FieldKind.SECRET and field.value:
        now = words.count("maintenance.spoken.secret", len(field.value))
        before = words.say("maintenance.spoken.changed") if field.was is not None else ""
    else:
        now = value(words, field, field.value) or words.say("maintenance.spoken.empty")
        before = was(words, field)
    parts = [f"{label(words, field)}: {now}", before, plain(field.problem), aside(words, field)]
    return ". ".join(part.rstrip(".") for part in parts if part)
