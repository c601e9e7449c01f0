"""Sheets from below: "Are you still there?" with its countdown inside Finish, "Please ask staff", the
questions before a renewal, a fee, a hold, a payment and a set that nobody can count, and what the card
terminal is doing."""

from __future__ import annotations

from kiosk.circulation.intents import Do
from kiosk.circulation.views import (
    AskFee,
    AskHold,
    AskParts,
    AskPayment,
    AskRenewal,
    AskRenewAll,
    Errand,
    HelpCalled,
    Paying,
    RowView,
    StillThere,
)
from kiosk.screens.payments import say_money
from kiosk.screens.sayings import say_row
from kiosk.screens.scene import Control, Enter, Loop, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import SCRIM_IDLE, Tone
from kiosk.screens.widgets.button import Countdown, button, mark_size, primary_width
from kiosk.typeset import SetText


def still_there(stage: Stage, view: StillThere) -> None:
    """Draw the question over the screen."""
    words = stage.words
    if view.errand is Errand.RETURN:
        nothing = words.say("idle.nothing-returned")
        more = words.count("farewell.returned", view.borrowed) if view.borrowed else nothing
    elif not view.borrowed:
        more = words.say("idle.nothing")
    elif view.safe >= view.borrowed:
        more = words.count("farewell.all-safe", view.borrowed)
    else:
        more = words.count("farewell.some-safe", view.borrowed, safe=view.safe)
    top = _sheet(stage, "still-there", words.say("idle.title"), more, "clock", stage.palette.staff)
    m = stage.m
    finish, stay = words.say("button.finish"), words.say("button.more-time")
    wide = primary_width(stage, finish, mark_size(stage, countdown=True))
    wide = max(wide, m.px(420, 240)) if m.k < 1.6 else wide
    edge = m.width - m.inset - wide
    gap = m.px(20, 12)
    button(
        stage,
        "more-time",
        (m.inset, top, edge - gap - m.inset, m.primary),
        stay,
        Do.MORE_TIME,
        icon="clock",
        icon_size=m.px(46, 34),
    )
    button(
        stage,
        "finish",
        (edge, top, wide, m.primary),
        finish,
        Do.FINISH,
        primary=True,
        countdown=Countdown(view.seconds, view.of_seconds),
    )


def help_called(stage: Stage, view: HelpCalled) -> None:
    """Say who can help. Nobody is paged by it, so it must not say that somebody comes."""
    words, m = stage.words, stage.m
    label = words.say("button.go-on")
    wide = primary_width(stage, label, m.px(40, 30), share=0.36)
    top = _sheet(
        stage,
        "help",
        words.say("help.title"),
        words.say("help.more"),
        "staff",
        stage.palette.staff,
        beside=wide,
    )
    box = (m.width - m.inset - wide, top, wide, m.primary)
    button(stage, "close-help", box, label, Do.CLOSE_HELP, icon="check", primary=True)


def ask_renewal(stage: Stage, view: AskRenewal) -> None:
    """Ask before anything is sent."""
    title = stage.words.say("renew.title")
    _about(stage, view.row, "ask-renewal", title, "refresh", stage.palette.lent)


def ask_renew_all(stage: Stage, view: AskRenewAll) -> None:
    """Ask before all loans are renewed."""
    words = stage.words
    more = words.count("renew-all.more", max(1, view.count))
    top = _sheet(stage, "ask-renew-all", words.say("renew-all.title"), more, "refresh", stage.palette.lent)
    _yes_or_no(stage, top)


def ask_fee(stage: Stage, view: AskFee) -> None:
    """Ask before a loan that costs something."""
    title = stage.words.say("fee.title", amount=say_money(view.fee, stage.words))
    _about(stage, view.row, "ask-fee", title, "coins", stage.palette.staff)


def ask_parts(stage: Stage, view: AskParts) -> None:
    """Ask whether what lies there is all of it."""
    title = stage.words.count("parts.title", max(1, view.parts))
    _about(stage, view.row, "ask-parts", title, "part", stage.palette.staff)


def ask_hold(stage: Stage, view: AskHold) -> None:
    """Ask before a hold."""
    title = stage.words.say("hold.title")
    _about(stage, view.row, "ask-hold", title, "hold", stage.palette.lent)


def ask_payment(stage: Stage, view: AskPayment) -> None:
    """Ask before the card terminal is."""
    words = stage.words
    title = words.say("pay.title", amount=say_money(view.amount, words))
    top = _sheet(stage, "ask-payment", title, words.say("pay.more"), "coins", stage.palette.lent)
    _yes_or_no(stage, top)


def paying(stage: Stage, view: Paying) -> None:
    """The card terminal has the patron's attention, or the ILS is being told. Nothing can be pressed here:
    the terminal ends it."""
    words = stage.words
    step = "paying.booking" if view.booking else "paying.title"
    more = "paying.booking-more" if view.booking else "paying.more"
    amount = say_money(view.amount, words)
    _sheet(
        stage,
        "booking" if view.booking else "paying",
        words.say(step),
        words.say(more, amount=amount),
        "asking" if view.booking else "till",
        stage.palette.asking if view.booking else stage.palette.lent,
        bare=True,
    )


def _about(stage: Stage, row: RowView, key: str, title: str, icon: str, tone: Tone) -> None:
    """A question about one book, whose title stands below it."""
    saying = say_row(row, stage.words)
    stage.row_key = row.key
    top = _sheet(stage, key, title, saying.title, icon, tone, origin=saying.title_origin)
    stage.row_key = ""
    _yes_or_no(stage, top)


def _yes_or_no(stage: Stage, top: float) -> None:
    words, m = stage.words, stage.m
    wide = (m.width - 2 * m.inset - m.px(20, 12)) / 2
    between = m.px(22, 13)
    no, yes = words.say("button.no"), words.say("button.yes")
    button(stage, "no", (m.inset, top, wide, m.primary), no, Do.NO, icon="no", gap=between)
    place = (m.width - m.inset - wide, top, wide, m.primary)
    button(stage, "yes", place, yes, Do.YES, icon="check", gap=between, primary=True)


def _sheet(
    stage: Stage,
    key: str,
    title: str,
    more: str,
    icon: str,
    tone: Tone,
    *,
    beside: float = 0.0,
    bare: bool = False,
    origin: Origin = Origin.OURS,
) -> float:
    """The sheet with its heading; returns where its buttons begin: below the heading, or at its side
    where they are `beside` pixels wide; a `bare` one has none, and its icon lives. `more` may be a title
    (`origin`), which keeps its own direction."""
    m, palette = stage.m, stage.palette
    stage.panel((0, m.header, m.width, m.height - m.header), palette.scrim, alpha=SCRIM_IDLE)
    disc = m.px(96, 60)
    inset = m.inset + m.px(16, 8)
    text_x = inset + disc + m.px(24, 16)
    room = m.width - m.inset - text_x - (beside + m.px(24, 14) if beside else 0)
    head: SetText = stage.fit(title, "sheet", room, 2)
    if origin is Origin.OURS:
        second = stage.fit(more, "body", room, 2)
    else:
        second = stage.set(more, "body", width=room, lines=2, own_direction=True, weight=600)
    words_high = head.height + second.height + m.px(2)
    foot = m.px(12, 10)
    head_high = max(disc, words_high)
    high = head_high + m.px(44, 24) + m.primary + foot
    if beside:
        head_high = max(head_high, m.primary)
        high = head_high + m.px(24, 16) + foot
    elif bare:
        head_high = max(head_high, m.primary)
        high = head_high + m.px(40, 24)
    top = m.height - high
    outline = palette.hair if palette.boxed else None
    with stage.group((0, top, m.width, high), key=key, enter=Enter.SHEET):
        radius = m.radius_sheet
        stage.panel(
            (0, top, m.width, high),
            palette.surface,
            radius=(radius, radius, 0, 0),
            shadow=palette.sheet_shadow,
            outline=outline,
        )
        middle = top + m.px(24, 16) + head_high / 2 if beside else top + m.px(20, 12) + head_high / 2
        ring = tone.text if palette.boxed else None
        stage.disc(inset + disc / 2, middle, disc / 2, tone.tint, outline=ring, width=palette.outline)
        place = (inset, middle - disc / 2, disc, disc)
        with stage.group(place, key=f"{key}-sign" if bare else "", loop=Loop.DOTS if bare else None):
            stage.icon(icon, inset + disc / 2, middle, disc * 0.6, tone.text)
        stage.stack(
            [
                Line(head, palette.ink),
                Line(second, palette.ink2, origin, m.px(2), may_cut=origin is not Origin.OURS),
            ],
            text_x,
            middle - words_high / 2,
            width=room,
        )
    box = (
        round(inset),
        round(top + m.px(12, 8)),
        round(text_x + room - inset),
        round(head_high + m.px(12, 6)),
    )
    stage.control(Control("heading", Role.HEADING, title, f"{title} {more}", box, None, m.radius_button))
    return m.height - foot - m.primary if not beside else middle - m.primary / 2
