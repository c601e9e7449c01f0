"""All devices: what needs somebody first, large; what is ready below it, in two columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from kiosk.circulation.values import Condition, Device
from kiosk.maintenance.intents import StaffDo
from kiosk.maintenance.views import DeviceCard, MaintenanceView, OverviewScreen, TestState, TestView
from kiosk.screens.maintenance import sayings
from kiosk.screens.maintenance.cards import fits_half, large_card, small_cards
from kiosk.screens.maintenance.flow import Block, flow
from kiosk.screens.maintenance.foot import Push, Saying, pushes, say
from kiosk.screens.maintenance.frame import bar_start, frame, title_of
from kiosk.screens.maintenance.steps import step_blocks
from kiosk.screens.scene import Foreign, Origin
from kiosk.screens.stage import Stage

_FEW = 2
"""Steps that a card of half the width may have below it."""


def overview(stage: Stage, view: MaintenanceView, screen: OverviewScreen, today: date) -> None:
    """Draw the page."""
    m, words = stage.m, stage.words
    box = frame(stage, view, title_of(stage, view.page))
    flow(stage, box, lambda width: _blocks(stage, screen, width, today))
    test_all = words.say("maintenance.button.test-all")
    testing = words.say("maintenance.test.running")
    act = None if screen.busy else Foreign(StaffDo.TEST_ALL)
    spoken = f"{test_all}. {testing}" if screen.busy else test_all
    button = Push("test-all", test_all, "flask", act, primary=True, spoken=spoken)
    end = pushes(stage, [button], m.width - m.inset)
    say(stage, _saying(stage, screen), bar_start(stage), end - m.px(20, 12))


def _blocks(stage: Stage, screen: OverviewScreen, width: float, today: date) -> list[Block]:
    m = stage.m
    roomy = width / m.unit / m.k >= m.px(560, 480) / m.unit
    columns = 2 if roomy and all(fits_half(stage, card, width) for card in screen.cards) else 1
    blocks: list[Block] = []
    pairs: list[DeviceCard] = []
    for card in screen.cards:
        if not _needs(card) and (card.test is None or len(card.test.steps) <= _FEW):
            pairs.append(card)
            continue
        large = large_card if _needs(card) else _wide
        blocks.append(large(stage, card, width, screen, today))
        if card.test is not None:
            blocks[-1] = replace(blocks[-1], heads=1)
            blocks += _steps(stage, card.device, card.test, width, today, columns=columns)
    room = m.height - m.header - m.bar - 2 * m.padding
    for at in range(0, len(pairs), columns):
        pair = _pair(stage, pairs[at : at + columns], width, columns, screen, today)
        blocks += (
            [pair] if pair.height <= room else _apart(stage, pairs[at : at + columns], width, screen, today)
        )
    return blocks


def _apart(
    stage: Stage, cards: Sequence[DeviceCard], width: float, screen: OverviewScreen, today: date
) -> list[Block]:
    """Small cards one below the other, with steps that may go over to the next page."""
    blocks = []
    for card in cards:
        card_block = _wide(stage, card, width, screen, today)
        steps = [] if card.test is None else _steps(stage, card.device, card.test, width, today)
        blocks += [replace(card_block, heads=min(1, len(steps))), *steps]
    return blocks


def _steps(
    stage: Stage, device: Device, test: TestView, width: float, today: date, *, columns: int = 1
) -> list[Block]:
    m, words = stage.m, stage.words
    title = words.say("maintenance.test.at", time=sayings.moment(words, test.at, today))
    inset = m.px(40, 16)
    columns = min(columns, max(1, len(test.steps)))
    return step_blocks(stage, device.value, test.steps, width, inset=inset, columns=columns, title=title)


def _wide(stage: Stage, card: DeviceCard, width: float, screen: OverviewScreen, today: date) -> Block:
    return small_cards(stage, [card], width, 1, screen, today)


def _pair(
    stage: Stage,
    cards: Sequence[DeviceCard],
    width: float,
    columns: int,
    screen: OverviewScreen,
    today: date,
) -> Block:
    """Small cards side by side, each with the few steps of its test below it."""
    m = stage.m
    row = small_cards(stage, cards, width, columns, screen, today)
    each = (width - m.gap * (columns - 1)) / columns
    below = [
        _steps(stage, card.device, card.test, each, today) if card.test is not None else [] for card in cards
    ]

    def draw(x: float, y: float) -> None:
        row.draw(x, y)
        for column, steps in enumerate(below):
            at = y + row.height
            for step in steps:
                step.draw(x + column * (each + m.gap), at + step.above)
                at += step.above + step.height

    high = max(sum(step.above + step.height for step in steps) for steps in below)
    follow = any(step.follow for steps in below for step in steps)
    return Block(row.height + high, draw, row.above, count=len(cards), follow=follow)


def _needs(card: DeviceCard) -> bool:
    return card.fitted and (card.condition is not Condition.READY or card.warned)


def _saying(stage: Stage, screen: OverviewScreen) -> Saying:
    """The next thing to do: what the running test waits for, or the first device that needs somebody."""
    words, palette = stage.words, stage.palette
    running = next(
        (card for card in screen.cards if card.test is not None and card.test.state is TestState.RUNNING),
        None,
    )
    if running is not None and running.test is not None:
        name = sayings.device(words, running.device)
        waits = [step for step in running.test.steps if step.state is TestState.RUNNING]
        if not waits:
            return Saying("flask", palette.asking, words.say("maintenance.test.running"), name)
        return Saying("flask", palette.asking, sayings.step(words, waits[-1]), name)
    matters = words.count("maintenance.matters", screen.matters) if screen.matters else ""
    needing = [card for card in screen.cards if _needs(card)]
    if not needing:
        tone = palette.staff if screen.matters else palette.safe
        icon = "list" if screen.matters else "ready"
        return Saying(icon, tone, words.say("maintenance.all-ready"), matters)
    first = needing[0]
    missing = first.condition is Condition.MISSING
    title = words.say("maintenance.next", remedy=sayings.remedy(words, first))
    parts = [sayings.device(words, first.device), words.count("maintenance.need", len(needing)), matters]
    tone = palette.refused if missing else palette.staff
    more = " · ".join(part for part in parts if part)
    return Saying("missing" if missing else "warn", tone, title, more, Origin.OURS)
