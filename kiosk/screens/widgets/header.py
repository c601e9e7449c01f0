"""The header: whose kiosk this is, whose session, and four controls that are always in the same place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.circulation.intents import Do, Intent
from kiosk.circulation.views import Header, Theme
from kiosk.screens.scene import Box, Control, Origin, Role, Taps
from kiosk.screens.stage import Stage
from kiosk.screens.widgets.button import button
from kiosk.typeset import SetText


def header(stage: Stage, header: Header, *, language_button: bool, account: bool = False) -> None:
    """Draw the header. Screens with a strip of languages do without the language's button. `account`: where
    there is no panel for it, *My account* stands here, in the place of the patron's picture."""
    m, palette = stage.m, stage.palette
    account = account and m.compact
    line = round(palette.outline * m.unit)
    stage.panel((0, 0, m.width, m.header), palette.surface)
    stage.panel((0, m.header - line, m.width, line), palette.hair)
    language_button = language_button and len(header.languages) > 1
    with_words = True
    places = _places(stage, header, language_button, language_worded=True, account=account)
    if _room(stage, header, places) < stage.set(header.library, "brand", scale=0.8).width and m.compact:
        with_words = _room(stage, header, places) > m.px(200, 130)
        places = _places(stage, header, language_button, language_worded=with_words, account=account)
    left = _brand(stage, header, places[0][1][0])
    _patron(stage, header, left, places[0][1][0], pictured=not account)
    for key, box in places:
        _control(stage, header, key, box, with_words)


def staff_mark(stage: Stage) -> None:
    """Staff come in by the library's mark, which is not seen to be a button: five presses in four seconds.
    To be called when all other controls are there, since it is the last in the focus order."""
    m, side = stage.m, _mark_side(stage)
    middle = (m.header - stage.palette.outline * m.unit) / 2
    # The focus ring should leave the library's name alone.
    x, y = m.inset + side + m.px(14, 10) - m.px(10) - m.target, middle - m.target / 2
    label = stage.words.say("button.for-staff")
    box = (max(0, round(x)), max(0, round(y)), m.target, m.target)
    stage.control(Control("mark", Role.BUTTON, label, label, box, Taps(Do.STAFF), m.radius_button))


_ICONS: Mapping[str, str] = MappingProxyType(
    {
        "account": "person",
        "text-size": "textsize",
        "contrast": "contrast",
        "language": "globe",
        "help": "help",
    }
)
_ACTS: Mapping[str, Intent] = MappingProxyType(
    {
        "account": Do.ACCOUNT,
        "text-size": Do.TEXT_SIZE,
        "contrast": Do.CONTRAST,
        "language": Do.NEXT_LANGUAGE,
        "help": Do.CALL_STAFF,
    }
)


def _label(stage: Stage, header: Header, key: str) -> str:
    return (
        stage.words.language_name(header.language) if key == "language" else stage.words.say(f"button.{key}")
    )


def _worded(stage: Stage, key: str, language_worded: bool) -> bool:
    if key == "language":
        return language_worded
    return key == "help" or (not stage.m.compact and key != "account")


def _icon_size(stage: Stage) -> int:
    return round(stage.m.px(34, 26) * (1 + (stage.m.k - 1) * 0.5))


def _places(
    stage: Stage, header: Header, language_button: bool, language_worded: bool, account: bool
) -> list[tuple[str, Box]]:
    m = stage.m
    keys = ["text-size", "contrast", *(["language"] if language_button else []), "help"]
    keys = [*(["account"] if account else []), *keys]
    top = round((m.header - stage.palette.outline * m.unit - m.target) / 2)
    edge, places = m.width - m.inset, list[tuple[str, Box]]()
    for key in reversed(keys):
        wide = m.target
        if _worded(stage, key, language_worded):
            text = stage.set(_label(stage, header, key), "label")
            wide = round(text.width + _icon_size(stage) + m.px(12, 10) + 2 * m.px(21, 15))
        places.append((key, (edge - wide, top, wide, m.target)))
        edge -= wide + m.gap
    return list(reversed(places))


def _control(stage: Stage, header: Header, key: str, box: Box, language_worded: bool) -> None:
    words = stage.words
    spoken = {
        "text-size": lambda: words.say("spoken.text-size", percent=header.text_size),
        "contrast": lambda: words.say("spoken.contrast", theme=words.say(f"theme.{header.theme.value}")),
        "language": lambda: words.say("spoken.language", language=words.language_name(header.language)),
        "help": lambda: words.say("spoken.help"),
        "account": lambda: words.say("button.account"),
    }[key]()
    on = key == "contrast" and header.theme is Theme.CONTRAST
    button(
        stage,
        key,
        box,
        _label(stage, header, key),
        _ACTS[key],
        icon=_ICONS[key],
        role="label",
        radius=stage.m.radius_button,
        icon_size=_icon_size(stage),
        gap=stage.m.px(12, 10),
        worded=_worded(stage, key, language_worded),
        fill=stage.palette.well if on else None,
        spoken=spoken,
    )


def _brand(stage: Stage, header: Header, until: float) -> float:
    """The mark and the library's name; returns where they end."""
    m, palette = stage.m, stage.palette
    side = _mark_side(stage)
    middle = (m.header - palette.outline * m.unit) / 2
    stage.panel((m.inset, middle - side / 2, side, side), palette.primary, radius=side / 4)
    stage.icon("logo", m.inset + side / 2, middle, side * 0.6, palette.on_primary)
    x = m.inset + side + m.px(14, 10)
    room = until - m.px(24, 14) - x
    if header.patron:
        room -= _patron_width(stage, header)
    name = _name(stage, header.library, room, m.header - m.px(14, 10))
    if name is None:
        return m.inset + side
    stage.put(name, x, middle - name.height / 2, palette.ink)
    return x + name.width


def _room(stage: Stage, header: Header, places: list[tuple[str, Box]]) -> float:
    """What is left for the library's name."""
    m = stage.m
    room = places[0][1][0] - m.px(24, 14) - m.inset - _mark_side(stage) - m.px(14, 10)
    return room - (_patron_width(stage, header) if header.patron else 0)


def _mark_side(stage: Stage) -> int:
    return round(stage.m.px(48, 40) * (1 + (stage.m.k - 1) * 0.5))


def _name(stage: Stage, library: str, room: float, height: float) -> SetText | None:
    """The library's name on one line, else smaller on two; None where even that has no room."""
    for scale, lines in ((1.0, 1), (0.9, 1), (0.8, 1), (0.76, 2), (0.66, 2), (0.58, 2)):
        tried = stage.set(library, "brand", width=max(1.0, room), lines=lines, scale=scale)
        if not tried.cut and not tried.split and tried.height <= height:
            return tried
    return None


def _patron_setting(stage: Stage, header: Header) -> SetText:
    width = stage.m.px(190, 120) * stage.m.k
    return stage.set(header.patron, "label", width=width, lines=1, own_direction=True)


def _patron_icon(stage: Stage) -> int:
    return round(stage.m.px(32, 25) * (1 + (stage.m.k - 1) * 0.5))


def _patron_width(stage: Stage, header: Header) -> float:
    return _patron_setting(stage, header).width + _patron_icon(stage) + stage.m.px(8, 8) + stage.m.px(24, 16)


def _patron(stage: Stage, header: Header, left: float, until: float, *, pictured: bool) -> None:
    if not header.patron:
        return
    m = stage.m
    name, icon = _patron_setting(stage, header), _patron_icon(stage)
    middle = (m.header - stage.palette.outline * m.unit) / 2
    x = until - m.px(23, 22) - name.width
    if x - (m.px(8) + icon if pictured else 0) < left:
        return
    if pictured:
        stage.icon("person", x - m.px(8, 8) - icon / 2, middle, icon, stage.palette.ink2)
    stage.put(name, x, middle - name.height / 2, stage.palette.ink2, origin=Origin.DATA, may_cut=True)
