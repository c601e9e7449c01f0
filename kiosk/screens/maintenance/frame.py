"""The frame of every maintenance screen: header, menu, and the room that is left for the page."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.circulation.views import Theme
from kiosk.maintenance.intents import GoTo, StaffDo
from kiosk.maintenance.views import MaintenanceView, Page
from kiosk.screens.maintenance.sayings import plain
from kiosk.screens.scene import Box, Control, Foreign, Origin, Role
from kiosk.screens.stage import Stage
from kiosk.screens.widgets.bar import bar
from kiosk.screens.widgets.button import button

_ICONS: Mapping[Page, str] = MappingProxyType(
    {
        Page.OVERVIEW: "home",
        Page.ILS: "server",
        Page.MATTERS: "list",
        Page.CHAIN: "card",
        Page.SETTINGS: "gear",
    }
)


def title_of(stage: Stage, page: Page) -> str:
    """What a page is called in the header."""
    return stage.words.say("maintenance.title" if page is Page.OVERVIEW else f"maintenance.page.{page.value}")


def frame(stage: Stage, view: MaintenanceView, title: str, *, menu: bool = True, foot: bool = True) -> Box:
    """Draw what surrounds a page; returns the room for the page itself. `foot`: it has a bar."""
    m = stage.m
    _header(stage, view, title)
    if foot:
        bar(stage)
    left = float(m.inset)
    if menu and m.compact:
        _rail(stage, view)
        left = rail_width(stage) + m.px(16, 12)
    elif menu:
        wide = _menu(stage, view)
        left += wide + m.px(20, 12)
    top = m.header + m.padding
    height = m.height - top - m.padding - (m.bar if foot else 0)
    return (left, top, m.width - m.inset - left, height)


def bar_start(stage: Stage) -> float:
    """Where the bar begins beside the menu."""
    return float(rail_width(stage) + stage.m.px(16, 12) if stage.m.compact else stage.m.inset)


def rail_width(stage: Stage) -> int:
    """How wide the menu of icons is."""
    return stage.m.target + 2 * stage.m.px(14, 9)


# ---- header ---------------------------------------------------------------------------------


def _header(stage: Stage, view: MaintenanceView, title: str) -> None:
    m, palette, words = stage.m, stage.palette, stage.words
    line = round(palette.outline * m.unit)
    stage.panel((0, 0, m.width, m.header), palette.surface)
    stage.panel((0, m.header - line, m.width, line), palette.hair)
    middle = (m.header - line) / 2
    side = round(m.px(48, 40) * (1 + (m.k - 1) * 0.5))
    stage.panel((m.inset, middle - side / 2, side, side), palette.ink, radius=side / 4)
    stage.icon("gear", m.inset + side / 2, middle, side * 0.64, palette.surface)
    left = m.inset + side + m.px(14, 10)
    until = _controls(stage, view, left + stage.set(title, "brand", scale=0.8).width) - m.px(22, 12)
    about = words.say("maintenance.version", kiosk=plain(view.kiosk), version=plain(view.version))
    head = stage.fit(title, "brand", until - left, 1)
    beside = until - left - head.width - m.px(24, 14)
    if m.compact:
        under = stage.set(about, "small", width=until - left, lines=1, scale=0.999)
        top = middle - (head.height + under.height) / 2
        stage.put(head, left, top, palette.ink)
        at = top + head.height
        stage.put(under, left, at, palette.ink2, origin=Origin.DATA, may_cut=True)
    else:
        stage.put(head, left, middle - head.height / 2, palette.ink)
        aside = stage.set(about, "small", width=beside, lines=1)
        at, x = middle - aside.height / 2, until - beside
        stage.put(aside, x, at, palette.ink2, width=beside, place="end", origin=Origin.DATA, may_cut=True)
    box = (m.inset, round(middle - m.target / 2), round(until - m.inset), m.target)
    stage.control(Control("heading", Role.HEADING, title, f"{title}. {about}.", box, None, m.radius_button))


def _controls(stage: Stage, view: MaintenanceView, least: float) -> float:
    """Text size, contrast, language, Leave; returns where they begin. Leave loses its word where the
    title would not have its room (`least` is where that would end)."""
    m, words = stage.m, stage.words
    leave = words.say("maintenance.button.leave")
    size, gap = round(m.px(34, 26) * (1 + (m.k - 1) * 0.5)), m.px(12, 10)
    text = stage.set(leave, "label")
    wide = round(text.width + size + gap + 2 * m.px(21, 15))
    icons = 3 if len(view.languages) > 1 else 2
    start = m.width - m.inset - wide - icons * (m.target + m.gap)
    worded = start >= least + m.px(24, 14)
    if not worded:
        start += wide - m.target
        wide = m.target
    top = round((m.header - stage.palette.outline * m.unit - m.target) / 2)
    theme = words.say(f"theme.{view.theme.value}")
    tongue = words.language_name(view.language)
    controls = [
        (
            "text-size",
            "textsize",
            words.say("button.text-size"),
            words.say("spoken.text-size", percent=view.text_size),
            StaffDo.TEXT_SIZE,
        ),
        (
            "contrast",
            "contrast",
            words.say("button.contrast"),
            words.say("spoken.contrast", theme=theme),
            StaffDo.CONTRAST,
        ),
        ("language", "globe", tongue, words.say("spoken.language", language=tongue), StaffDo.NEXT_LANGUAGE),
        ("leave", "lock", leave, leave, StaffDo.LEAVE),
    ]
    x = start
    for key, icon, name, spoken, act in controls:
        if key == "language" and icons < 3:
            continue
        width = wide if key == "leave" else m.target
        on = key == "contrast" and view.theme is Theme.CONTRAST
        button(
            stage,
            key,
            (x, top, width, m.target),
            name,
            Foreign(act),
            icon=icon,
            role="label",
            radius=m.radius_button,
            icon_size=size,
            gap=gap,
            worded=worded and key == "leave",
            fill=stage.palette.well if on else None,
            spoken=spoken,
        )
        x += width + m.gap
    return start


# ---- menu -----------------------------------------------------------------------------------


def _menu(stage: Stage, view: MaintenanceView) -> float:
    """The menu with words, at the side; returns its width."""
    m = stage.m
    wide, high = m.px(268), m.px(84)
    y = float(m.header + m.padding)
    for page in Page:
        here = page is view.page
        box = (m.inset, y, wide, high)
        ink = _ground(stage, box, here=here)
        size = m.px(34)
        stage.icon(_ICONS[page], m.inset + m.px(37), y + high / 2, size, ink)
        count = view.open_matters if page is Page.MATTERS else 0
        room = wide - m.px(68) - m.px(12)
        if count:
            badge = stage.set(_number(count), "label", weight=700, tabular=True)
            around = badge.width + m.px(22)
            room -= around
            x, tall = m.inset + wide - around - m.px(8), badge.height + m.px(4)
            _badge(stage, (x, y + (high - tall) / 2, around, tall), count)
        text = stage.fit(stage.words.say(f"maintenance.page.{page.value}"), "label", room, 2)
        stage.put(text, m.inset + m.px(68), y + (high - text.height) / 2, ink)
        _item(stage, view, page, box, count)
        y += high + m.gap
    return wide


def _rail(stage: Stage, view: MaintenanceView) -> None:
    """The menu as a column of icons, from the header to the foot of the window."""
    m, palette = stage.m, stage.palette
    wide, line = rail_width(stage), round(palette.outline * m.unit)
    stage.panel((0, m.header, wide, m.height - m.header), palette.surface)
    stage.panel((wide - line, m.header, line, m.height - m.header), palette.hair)
    inset = (wide - line - m.target) / 2
    top, bottom = m.header + m.px(16, 10), m.height - m.px(16, 10)
    high = int(min((bottom - top - (len(Page) - 1) * m.gap) / len(Page), m.target * 1.4))
    y = float(top)
    for page in Page:
        box = (inset, y, m.target, high)
        ink = _ground(stage, box, here=page is view.page)
        size = round(m.px(38, 32) * (1 + (m.k - 1) * 0.4))
        count = view.open_matters if page is Page.MATTERS else 0
        if count:
            badge = stage.set(_number(count), "tiny", weight=700, tabular=True)
            tall = badge.height + m.px(2)
            between = m.px(4, 2)
            size = min(size, high - tall - 2 * between)
            at = y + (high - size - between - tall) / 2
            stage.icon(_ICONS[page], inset + m.target / 2, at + size / 2, size, ink)
            around = min(m.target - m.px(12, 8), badge.width + m.px(20, 14))
            place = (inset + (m.target - around) / 2, at + size + between, around, tall)
            _badge(stage, place, count, role="tiny")
        else:
            stage.icon(_ICONS[page], inset + m.target / 2, y + high / 2, size, ink)
        _item(stage, view, page, box, count)
        y += high + m.gap


def _ground(stage: Stage, box: Box, *, here: bool) -> str:
    palette = stage.palette
    if here:
        stage.panel(box, palette.primary, radius=stage.m.radius_button)
        return palette.on_primary
    stage.panel(box, palette.surface, radius=stage.m.radius_button, outline=palette.edge)
    return palette.ink


def _badge(stage: Stage, box: Box, count: int, role: str = "label") -> None:
    tone = stage.palette.staff
    x, y, w, h = box
    stage.panel(box, tone.tint, radius=h / 2, outline=tone.text if stage.palette.boxed else None)
    text = stage.set(_number(count), role, weight=700, tabular=True)
    stage.put(text, x, y + (h - text.height) / 2, tone.text, width=w, place="centre")


def _number(count: int) -> str:
    return str(count) if count < 100 else "99+"


def _item(stage: Stage, view: MaintenanceView, page: Page, box: Box, count: int) -> None:
    words = stage.words
    name = words.say(f"maintenance.page.{page.value}")
    spoken = words.say("maintenance.spoken.here", page=name) if page is view.page else name
    if count:
        spoken = f"{spoken}. {words.count('maintenance.matters', count)}"
    x, y, w, h = (round(each) for each in box)
    act = Foreign(GoTo(page))
    control = Control(
        f"menu-{page.value}", Role.BUTTON, name, spoken, (x, y, w, h), act, stage.m.radius_button
    )
    stage.control(control)
