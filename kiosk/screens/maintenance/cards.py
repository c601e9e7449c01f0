"""Cards of devices: large ones for what needs somebody, small ones for what is ready or not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kiosk.circulation.values import Condition
from kiosk.maintenance.intents import Test
from kiosk.maintenance.views import DeviceCard, OverviewScreen, TestState
from kiosk.screens.maintenance import sayings
from kiosk.screens.maintenance.flow import Block
from kiosk.screens.scene import Box, Control, Foreign, Role
from kiosk.screens.stage import Line, Stage, fits
from kiosk.screens.widgets.button import button
from kiosk.typeset import SetText

_SIGNS = {Condition.READY: "ready", Condition.DEGRADED: "warn", Condition.MISSING: "missing"}


@dataclass(frozen=True, slots=True)
class _Large:
    """A large card that was set for a width. `narrow`: its condition and its code stand among the words,
    where otherwise there would be no room for these."""

    card: DeviceCard
    narrow: bool
    width: float
    cell: float
    side: float
    icon: float
    name: SetText
    since: SetText | None
    beside: bool
    why: SetText
    remedy: SetText
    code: SetText | None
    said: tuple[str, ...]

    @property
    def head(self) -> float:
        """Height of the line with the name."""
        return max(self.icon, self.name.height)

    def words(self, stage: Stage) -> float:
        """Height of all its words."""
        under = self.since.height if self.since is not None and not self.beside else 0
        return self.head + under + self.why.height + self.remedy.height + stage.m.px(6, 2)

    def button(self, stage: Stage) -> float:
        """Height of its button, with the code below it."""
        return stage.m.target + (stage.m.px(4, 2) + self.code.height if self.code is not None else 0)


def _condition(card: DeviceCard) -> str:
    return "warned" if card.warned else card.condition.value


def large_card(stage: Stage, card: DeviceCard, width: float, screen: OverviewScreen, today: date) -> Block:
    """A device that needs somebody: its condition, since when, why, what to do, its code, its test."""
    made = _set_large(stage, card, width, today)
    height = max(made.words(stage), made.button(stage)) + stage.m.px(26, 12)

    def draw(x: float, y: float) -> None:
        _draw_large(stage, made, screen, (x, y, width, height))

    return Block(height, draw, stage.m.gap)


def _set_large(stage: Stage, card: DeviceCard, width: float, today: date) -> _Large:
    m, words = stage.m, stage.words
    narrow = width / m.unit / m.k < m.px(700, 520) / m.unit
    cell = m.px(84, 60) if narrow else _cell_width(stage)
    side = m.target if narrow else _test_width(stage, width)
    room = width - cell - side - m.px(22, 12) - 2 * m.px(18, 10)
    icon, gap = m.px(32, 24), m.px(12, 8)
    name = stage.fit(sayings.device(words, card.device), "title", room - icon - gap, 2, weight=700)
    condition = words.say(f"maintenance.condition.{_condition(card)}")
    said = ""
    if card.since is not None:
        key = "maintenance.ready-since" if card.warned else "maintenance.since"
        said = words.say(key, time=sayings.moment(words, card.since, today))
    shown = " · ".join(part for part in (condition, said, card.code) if part) if narrow else said
    since = stage.fit(shown, "small", room, 2, weight=600 if narrow else None) if shown else None
    beside = since is not None and not narrow and name.width + icon + 2 * gap + since.width <= room
    return _Large(
        card=card,
        narrow=narrow,
        width=width,
        cell=cell,
        side=side,
        icon=icon,
        name=name,
        since=since,
        beside=beside,
        why=stage.fit(sayings.why(words, card), "second", room, 3),
        remedy=stage.fit(
            sayings.remedy(words, card), "label", room - m.px(28, 22) - m.px(10, 8), 3, weight=700
        ),
        code=None if narrow else stage.set(card.code, "tiny", width=side, lines=1, tabular=True),
        said=(name.text, condition, said),
    )


def _draw_large(stage: Stage, made: _Large, screen: OverviewScreen, box: Box) -> None:
    m, palette = stage.m, stage.palette
    x, y, width, height = box
    card, gap, name, since = made.card, m.px(12, 8), made.name, made.since
    tone = palette.refused if card.condition is Condition.MISSING else palette.staff
    stage.card(box, radius=m.radius_row)
    _status_cell(stage, (x, y, made.cell, height), card, "" if made.narrow else made.said[1])
    left, at = x + made.cell + m.px(22, 12), y + (height - made.words(stage)) / 2
    sign = sayings.DEVICE_ICONS[card.device]
    stage.icon(sign, left + made.icon / 2, at + made.head / 2, made.icon, palette.ink)
    start, above = left + made.icon + gap, at + (made.head - name.height) / 2
    stage.put(name, start, above, palette.ink)
    at += made.head
    if since is not None and made.beside:
        base = above + (name.height - since.height) * 0.72
        stage.put(since, start + name.width + gap, base, palette.ink2)
    elif since is not None:
        stage.put(since, left, at, tone.text if made.narrow else palette.ink2)
        at += since.height
    at = stage.stack([Line(made.why, palette.ink, above=m.px(2, 1))], left, at, width=made.why.width)
    at += m.px(4, 1)
    arrow, first = m.px(28, 22), min(made.remedy.height, m.style("label").px * 1.2)
    stage.icon("arrow", left + arrow / 2, at + first / 2, arrow, palette.ink, turns=True)
    stage.put(made.remedy, left + arrow + m.px(10, 8), at, palette.ink)
    parts = [*made.said, made.why.text, made.remedy.text, card.code]
    spoken = ". ".join(part.rstrip(".") for part in parts if part) + "."
    whole = (round(x), round(y), round(width - made.side - 2 * m.px(18, 10)), round(height))
    key = f"device-{card.device.value}"
    stage.control(Control(key, Role.ROW, name.text, spoken, whole, None, m.radius_row))
    right, high = x + width - m.px(18, 10) - made.side, made.button(stage)
    _test(stage, card, screen, (right, y + (height - high) / 2, made.side, m.target))
    if made.code is not None:
        low = y + (height + high) / 2 - made.code.height
        stage.put(made.code, right, low, palette.ink2, width=made.side, place="centre")


def small_cards(
    stage: Stage,
    cards: Sequence[DeviceCard],
    width: float,
    columns: int,
    screen: OverviewScreen,
    today: date,
) -> Block:
    """A line of devices that are ready (each a button that tests it) or not fitted."""
    m = stage.m
    each = (width - m.gap * (columns - 1)) / columns
    made = [_set_small(stage, card, each, today) for card in cards]
    pad = 2 * m.px(16, 8)
    height = max(m.target, *(first.height + second.height + pad for first, second in made))

    def draw(x: float, y: float) -> None:
        for at, card in enumerate(cards):
            box = (x + at * (each + m.gap), y, each, height)
            _small(stage, card, box, made[at], screen)

    return Block(height, draw, m.gap, count=len(cards))


def fits_half(stage: Stage, card: DeviceCard, width: float) -> bool:
    """Whether a device's name can stand in a small card of half the width."""
    half = (width - stage.m.gap) / 2
    return fits(_small_name(stage, card, half), 2)


def _small_room(stage: Stage, width: float) -> float:
    return width - 2 * _small_icon(stage) - stage.m.px(74, 42)


def _small_name(stage: Stage, card: DeviceCard, width: float) -> SetText:
    name = sayings.device(stage.words, card.device)
    return stage.fit(name, "label", _small_room(stage, width), 2, weight=700)


def _set_small(stage: Stage, card: DeviceCard, width: float, today: date) -> tuple[SetText, SetText]:
    words = stage.words
    if not card.fitted:
        second = words.say("maintenance.condition.not-fitted")
    elif card.reason is not None:
        second = sayings.why(words, card)
    elif card.since is None:
        second = words.say("maintenance.condition.ready")
    else:
        second = words.say("maintenance.ready-since", time=sayings.moment(words, card.since, today))
    room = _small_room(stage, width)
    return _small_name(stage, card, width), stage.fit(second, "small", room, 2)


def _small(
    stage: Stage, card: DeviceCard, box: Box, made: tuple[SetText, SetText], screen: OverviewScreen
) -> None:
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = (round(each) for each in box)
    pressable = card.fitted and not screen.busy
    if pressable:
        stage.panel((x, y, w, h), palette.surface, radius=m.radius_row, outline=palette.edge)
    elif card.fitted:
        stage.card((x, y, w, h), radius=m.radius_row)
    size = _small_icon(stage)
    inset = m.px(20, 12)
    sign, colour = ("ready", palette.safe.text) if card.fitted else ("none", palette.ink2)
    if not card.fitted:
        sign = "no"
    stage.icon(sign, x + inset + size / 2, y + h / 2, size if card.fitted else size * 0.8, colour)
    name, second = made
    ink = palette.ink if card.fitted else palette.ink2
    top = y + (h - name.height - second.height) / 2
    left = x + inset + size + m.px(17, 10)
    stage.stack([Line(name, ink), Line(second, palette.ink2)], left, top, width=w)
    device_icon = round(size * 0.84)
    stage.icon(
        sayings.DEVICE_ICONS[card.device], x + w - inset - device_icon / 2, y + h / 2, device_icon, ink
    )
    parts = [name.text, second.text]
    if card.test is not None and card.test.state is not TestState.RUNNING:
        parts.append(sayings.test_spoken(words, card.test))
    said = ". ".join(parts)
    key = f"test-{card.device.value}" if card.fitted else f"device-{card.device.value}"
    if pressable:
        spoken = f"{words.say('maintenance.button.test')}: {said}"
        act = Foreign(Test(card.device))
        control = Control(key, Role.BUTTON, name.text, spoken, (x, y, w, h), act, m.radius_row)
    else:
        control = Control(key, Role.ROW, name.text, said, (x, y, w, h), None, m.radius_row)
    stage.control(control)


def _small_icon(stage: Stage) -> int:
    return round(stage.m.px(38, 28) * (1 + (stage.m.k - 1) * 0.4))


def _cell_width(stage: Stage) -> float:
    """As wide as the longest of the words that may stand in it, so that all cards are alike."""
    m, words = stage.m, stage.words
    said = [words.say(f"maintenance.condition.{each}") for each in ("missing", "degraded", "warned")]
    widest = max(stage.set(text, _cell_role(stage), weight=700).width for text in said)
    return max(m.px(150, 84), widest + 2 * m.px(14, 8))


def _cell_role(stage: Stage) -> str:
    return "tiny" if stage.m.compact else "label"


def _status_cell(stage: Stage, box: Box, card: DeviceCard, word: str) -> None:
    m, palette = stage.m, stage.palette
    tone = palette.refused if card.condition is Condition.MISSING else palette.staff
    sign = "warn" if card.warned else _SIGNS[card.condition]
    x, y, w, h = box
    radius = m.radius_row
    outline = tone.text if palette.boxed else None
    stage.panel(box, tone.tint, radius=(radius, 0, 0, radius), outline=outline)
    size, gap = m.px(52, 36), m.px(6, 2)
    if not word:
        stage.icon(sign, x + w / 2, y + h / 2, size, tone.text)
        return
    text = stage.set(word, _cell_role(stage), weight=700)
    top = y + (h - size - gap - text.height) / 2
    stage.icon(sign, x + w / 2, top + size / 2, size, tone.text)
    stage.put(text, x, top + size + gap, tone.text, width=w, place="centre")


def _test_width(stage: Stage, width: float) -> float:
    """The test's button has its word where the card is wide enough."""
    m = stage.m
    text = stage.set(stage.words.say("maintenance.button.test"), "label")
    wide = max(m.px(160, 108), text.width + m.px(34, 26) + m.px(14, 10) + 2 * m.px(20, 12))
    code = stage.set("K-PRN-002", "tiny", tabular=True).width + m.px(4, 2)
    return max(wide if wide < width * 0.26 else m.target, code)


def _test(stage: Stage, card: DeviceCard, screen: OverviewScreen, box: Box) -> None:
    m, words = stage.m, stage.words
    label = words.say("maintenance.button.test")
    spoken = f"{label}: {sayings.device(words, card.device)}"
    key = f"test-{card.device.value}"
    if screen.busy:
        stage.panel(box, None, radius=m.radius_button, outline=stage.palette.edge, dash=5)
        x, y, w, h = (round(each) for each in box)
        stage.icon("flask", x + w / 2, y + h / 2, m.px(34, 28), stage.palette.ink2)
        said = f"{spoken}. {words.say('maintenance.test.running')}"
        stage.control(Control(key, Role.STATUS, label, said, (x, y, w, h), None, m.radius_button))
        return
    text = stage.set(label, "label")
    roomy = text.width + m.px(34, 26) + m.px(14, 10) + m.px(24, 16) <= box[2]
    button(
        stage,
        key,
        box,
        label,
        Foreign(Test(card.device)),
        icon="flask",
        role="label",
        radius=m.radius_button,
        icon_size=m.px(34, 26),
        gap=m.px(14, 10),
        worded=roomy,
        spoken=spoken,
    )
