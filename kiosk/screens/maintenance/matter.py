"""One open matter: what staff should do, what is known, and the button that closes it."""

from __future__ import annotations

from datetime import date

from kiosk.maintenance.intents import StaffDo
from kiosk.maintenance.views import MaintenanceView, MatterFact, MatterScreen
from kiosk.screens.maintenance import sayings
from kiosk.screens.maintenance.flow import Block, flow
from kiosk.screens.maintenance.foot import Push, Saying, either, pushes, say
from kiosk.screens.maintenance.frame import bar_start, frame, title_of
from kiosk.screens.maintenance.prose import caption, heading, question, sentences
from kiosk.screens.scene import Control, Foreign, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.words import isolate


def matter(stage: Stage, view: MaintenanceView, screen: MatterScreen, today: date) -> None:
    """Draw the page, or the question before the matter is closed."""
    m, words = stage.m, stage.words
    sentence = sayings.matter(words, screen.matter)
    if screen.asking:
        question(
            stage,
            view,
            words.say("matter.close-title"),
            words.say("matter.close-more"),
            yes=(words.say("matter.close-yes"), words.say("button.yes")),
            no=(words.say("matter.close-no"), words.say("button.no")),
            about=_named(stage, screen),
        )
        return
    box = frame(stage, view, title_of(stage, view.page))
    flow(stage, box, lambda width: _blocks(stage, screen, sentence, width, today))
    close = words.say("matter.close")
    back = None if screen.closing else Foreign(StaffDo.BACK)
    act = Foreign(StaffDo.CLOSE_MATTER) if screen.may_close else None
    buttons = [
        Push("back", words.say("button.back"), "left", back, turns=True),
        either(
            stage,
            Push("close-matter", close, "check", act, primary=True, spoken=f"{close}. {sentence}"),
            words.say("matter.close-short"),
        ),
    ]
    end = pushes(stage, buttons, m.width - m.inset)
    if (what := _saying(stage, screen)) is not None:
        say(stage, what, bar_start(stage), end - m.px(20, 12))


def _named(stage: Stage, screen: MatterScreen) -> str:
    """The matter in short: its book, if that has a number, and its code."""
    item = sayings.plain(screen.matter.item)
    book = f"{stage.words.say('matter.fact.item')}: {isolate(item)}" if item else ""
    return " · ".join(part for part in (book, screen.matter.code, isolate(screen.matter.saga)) if part)


def _saying(stage: Stage, screen: MatterScreen) -> Saying | None:
    words, palette = stage.words, stage.palette
    if screen.closing:
        return Saying("asking", palette.asking, words.say("matter.closing"))
    if screen.not_closed:
        return Saying("warn", palette.staff, words.say("matter.not-closed"))
    return None


def _blocks(stage: Stage, screen: MatterScreen, sentence: str, width: float, today: date) -> list[Block]:
    words = stage.words
    what = screen.matter
    since = words.say("maintenance.since", time=sayings.moment(words, what.wall, today))
    about = " · ".join(part for part in (since, what.code) if part)
    blocks = [heading(stage, "matter", sentence, about, "warn", stage.palette.staff, width)]
    blocks.append(caption(stage, "to-do", words.say("matter.to-do"), width))
    blocks += sentences(stage, "to-do", sayings.matter_to_do(words, what), width)
    if what.facts:
        blocks.append(caption(stage, "known", words.say("matter.known"), width))
        blocks += [_fact(stage, at, each, width) for at, each in enumerate(what.facts)]
    return blocks


def _fact(stage: Stage, number: int, fact: MatterFact, width: float) -> Block:
    """Its name, and beside it or below it what is known."""
    m, palette, words = stage.m, stage.palette, stage.words
    inset, gap = m.px(6, 4), m.px(20, 12)
    room = width - 2 * inset
    name = words.say(f"matter.fact.{fact.key}")
    value, ours = sayings.matter_fact(words, fact)
    label = stage.fit(name, "label", room, 2)
    column = room * 0.4
    beside = label.lines == 1 and label.width <= column - gap
    space = room - column if beside else room
    if ours:
        setting = stage.fit(value, "label", space, 3, weight=600)
    else:
        setting = stage.set(value, "label", width=space, lines=2, weight=600, own_direction=True)
    height = max(label.height, setting.height) if beside else label.height + setting.height

    def draw(x: float, y: float) -> None:
        stage.put(label, x + inset, y, palette.ink2)
        left, top = (x + inset + column, y) if beside else (x + inset, y + label.height)
        origin = Origin.OURS if ours else Origin.DATA
        stage.stack([Line(setting, palette.ink, origin, may_cut=not ours)], left, top, width=space)
        box = (round(x), round(y), round(width), round(height))
        spoken = f"{name}: {value.rstrip('.')}."
        stage.control(Control(f"fact-{number}", Role.STATUS, name, spoken, box, None, m.radius_button))

    return Block(height, draw, m.px(8, 6), count=0)
