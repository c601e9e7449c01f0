"""The screen of a kiosk whose settings cannot be used: which line, what is allowed there, and what helps.

Nobody knows the kiosk's language then, so that title and remedy stand there in every one; what is wrong is
said in English, as in the file. It is no view of the desk's, since there is no desk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Unpack

from kiosk.circulation.views import Theme
from kiosk.screens.kivy_window import KivyWindow, Opening
from kiosk.screens.scene import Control, Origin, Role, Scene
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import Metrics
from kiosk.typeset import SetText, Typesetter
from kiosk.words import Words, languages

NAME = "wrong-settings"
"""The screen's name, as it stands in records of what was drawn."""

CARD_FILE = "kiosk.toml"
"""What the settings are called on a card."""

FIRST = "en"
"""The language whose title is the large one; it is that of the messages."""

_MOST_LARGE = 2
"""So many mistakes are said in large letters; of more, each is smaller."""

_MESSAGE = re.compile(r"(?P<file>[^:]+):(?P<line>\d+): (?P<said>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WrongSettings:
    """What is wrong.

    Attributes:
        messages: each mistake, `FILE:LINE: what`, or without a line; at least one.
        file: the file that they are about.
        on_card: it is the one on the card, which a technician takes out.
        by_card: that card is how this machine gets its settings.
        missing: there is no such file yet.
        lost: there can be none, since the part of the card that keeps it cannot be used.
    """

    messages: tuple[str, ...]
    file: str
    on_card: bool
    by_card: bool
    missing: bool = False
    lost: bool = False


def compose_wrong_settings(size: tuple[int, int], wrong: WrongSettings, typesetter: Typesetter) -> Scene:
    """The picture, for a window of `size` (pixels)."""
    spoken = {tag: Words(tag) for tag in languages()}
    stage = Stage(Theme.LIGHT, Metrics.of(size, 100), spoken[FIRST], typesetter)
    others = sorted((words for tag, words in spoken.items() if tag != FIRST), key=lambda words: words.rtl)
    top = _titles(stage, wrong, others)
    bottom = _remedies(stage, wrong, [spoken[FIRST], *others])
    _mistakes(stage, wrong, top, bottom)
    return stage.scene(NAME, None)


def _titles(stage: Stage, wrong: WrongSettings, others: Sequence[Words]) -> float:
    """The titles on a band of their own; returns where it ends."""
    m, palette = stage.m, stage.palette
    key = f"wrong-settings.{'lost' if wrong.lost else 'none' if wrong.missing else 'title'}"
    disc, gap = m.px(112, 62), m.px(28, 14)
    left = m.inset + m.px(12, 6)
    room = m.width - left - disc - gap - m.inset
    title = stage.fit(stage.words.say(key), "display", room, 1)
    lines = [Line(title, palette.ink)]
    more = "   ".join(words.say(key) for words in others)
    lines.append(Line(stage.fit(more, "h2", room, 1), palette.ink2, above=m.px(6, 2)))
    height = sum(line.setting.height + line.above for line in lines)
    band = max(height, disc) + 2 * m.px(20, 10)
    stage.panel((0, 0, m.width, band), palette.staff.tint)
    stage.disc(left + disc / 2, band / 2, disc / 2, palette.alarm)
    stage.icon("warn", left + disc / 2, band / 2, disc * 0.6, palette.on_alarm)
    stage.stack(lines, left + disc + gap, (band - height) / 2, width=room)
    stage.control(
        Control("heading", Role.HEADING, title.text, title.text, (0, 0, m.width, round(band)), None, 0)
    )
    return band


def _remedies(stage: Stage, wrong: WrongSettings, spoken: Sequence[Words]) -> float:
    """What helps, in a column for each language, at the bottom; returns where that begins."""
    m, palette = stage.m, stage.palette
    key = f"wrong-settings.remedy.{_remedy(wrong)}"
    gap = m.px(32, 16)
    width = (m.width - 2 * m.inset - (len(spoken) - 1) * gap) / len(spoken)
    said = [
        words.say(key, name=CARD_FILE) if _remedy(wrong) == "card" else words.say(key) for words in spoken
    ]
    set_up = [stage.set(text, "label", width=width, lines=9, own_direction=True) for text in said]
    height = max(each.height for each in set_up)
    top = m.height - height - 2 * m.px(22, 10)
    stage.panel((0, top, m.width, m.height - top), palette.surface)
    stage.panel((0, top, m.width, max(2, round(palette.outline * m.unit))), palette.hair)
    x: float = m.inset
    for each, words in zip(set_up, spoken, strict=True):
        place = x + width - each.width if words.rtl else x
        stage.put(each, place, top + m.px(22, 10), palette.ink)
        x += width + gap
    box = (0, round(top), m.width, m.height - round(top))
    stage.control(Control("remedy", Role.STATUS, said[0], " ".join(said), box, None, 0))
    return top


def _remedy(wrong: WrongSettings) -> str:
    """Which of the remedies."""
    if wrong.lost:
        return "lost"
    return "card" if wrong.by_card else "file"


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One mistake, set: its line, if it has one, and what is wrong there."""

    mark: SetText | None
    body: SetText
    spoken: str

    @property
    def height(self) -> int:
        """Of the higher of both."""
        return max(self.body.height, self.mark.height if self.mark is not None else 0)


def _mistakes(stage: Stage, wrong: WrongSettings, top: float, bottom: float) -> None:
    """As many of the mistakes as there is room for, the first ones first."""
    m, palette, words = stage.m, stage.palette, stage.words
    key = "wrong-settings.on-card" if wrong.on_card else "wrong-settings.in-file"
    where = stage.set(words.say(key, name=wrong.file), "title", width=m.width - 2 * m.inset, lines=1)
    y = top + m.px(18, 8)
    stage.put(where, m.inset, y, palette.ink2, may_cut=True)
    y += where.height + m.px(10, 5)
    pad, between, inside = m.px(22, 12), m.px(12, 6), m.px(18, 8)
    room = m.width - 2 * m.inset - 2 * pad
    mistakes = _set_mistakes(stage, wrong, room, "title", "h2")
    if len(large := _set_mistakes(stage, wrong, room, "h2", "h1")) <= _MOST_LARGE:
        mistakes = large
    more = stage.set(words.count("wrong-settings.more", len(mistakes)), "body")
    column = max((each.mark.width + m.px(26, 14) for each in mistakes if each.mark is not None), default=0)
    for at, each in enumerate(mistakes):
        rest = len(mistakes) - at
        height = each.height + 2 * inside
        if y + height + (more.height + between if rest > 1 else 0) > bottom - between and at > 0:
            more = stage.set(words.count("wrong-settings.more", rest), "body")
            stage.put(more, m.inset + pad, y, palette.ink2)
            break
        box = (m.inset, round(y), m.width - 2 * m.inset, round(height))
        stage.card(box, radius=min(m.radius_row, height / 3))
        if each.mark is not None:
            stage.put(each.mark, m.inset + pad, y + (height - each.mark.height) / 2, palette.refused.text)
        middle = y + (height - each.body.height) / 2
        stage.put(
            each.body, m.inset + pad + column, middle, palette.ink, origin=Origin.UNTRUSTED, may_cut=True
        )
        control = Control(f"mistake-{at}", Role.STATUS, each.body.text, each.spoken, box, None, m.radius_row)
        stage.control(control)
        y += height + between


def _set_mistakes(
    stage: Stage, wrong: WrongSettings, room: float, role: str, mark_role: str
) -> tuple[_Mistake, ...]:
    pairs = [_numbered(stage.words, message) for message in wrong.messages]
    marks = [stage.set(number, mark_role) if number else None for number, _ in pairs]
    column = max((mark.width + stage.m.px(26, 14) for mark in marks if mark is not None), default=0)
    return tuple(
        _Mistake(mark, stage.set(said, role, width=room - column, lines=4, weight=500), f"{number} {said}")
        for mark, (number, said) in zip(marks, pairs, strict=True)
    )


def _numbered(words: Words, message: str) -> tuple[str, str]:
    """A message as its line, in words, and the rest of it."""
    found = _MESSAGE.fullmatch(message)
    if found is None:
        return "", message
    return words.say("wrong-settings.line", n=int(found["line"])), found["said"]


class WrongSettingsWindow(KivyWindow):
    """The window of that screen. Nothing in it can be pressed."""

    def __init__(self, **opening: Unpack[Opening]) -> None:
        """Open the window; raises as `KivyWindow`."""
        super().__init__("kiosk", still=True, **opening)
        self._wrong: WrongSettings | None = None
        self._scene: Scene | None = None
        self._flip: Callable[[], None] = lambda: None
        self._window.bind(on_flip=lambda _: self._flip())

    def show(self, wrong: WrongSettings) -> None:
        """Draw this, from the next frame on, and such a frame in any case. In the main thread."""
        if wrong != self._wrong:
            self._wrong = wrong
            self._scene = compose_wrong_settings(self.size, wrong, self._typesetter)
            self._draw()
        self._window.canvas.ask_update()

    def every(self, seconds: float, do: Callable[[], None], *, drawn: Callable[[], None]) -> None:
        """Call `do` in the main thread so often, and `drawn` after each frame that was really drawn."""
        self._flip = drawn
        self._clock.schedule_interval(lambda _: do(), seconds)

    def _draw(self) -> None:
        if self._scene is not None:
            self._drawn = self._painter.paint(self._scene, focus=None, pressed=None, now=0.0)
