"""The account: loans, holds and fees in sections, in rows like those of the list, while the pad with its
books and its counts keeps its place."""

from __future__ import annotations

from kiosk.circulation.intents import Do, Look
from kiosk.circulation.views import AccountView, Errand, Header, Section
from kiosk.screens.account_sayings import ICONS, WORDS, Said, number_of, say_section
from kiosk.screens.scene import Box, Control, Loop, Role
from kiosk.screens.stage import Stage, fits
from kiosk.screens.widgets.button import button
from kiosk.screens.widgets.counts import counts_of_loan
from kiosk.screens.widgets.header import header
from kiosk.screens.widgets.pager import pager
from kiosk.screens.widgets.row import rows_that_fit, said_row, status_width_for
from kiosk.screens.widgets.shelf import Side, foot, list_box, panel_beside, side
from kiosk.typeset import SetText

_BACK = Side("to-books", "left", Do.BACK, turns=True)
_RENEW_ALL = Side("renew-all", "refresh", Do.RENEW_ALL)
_PAY = Side("pay", "coins", Do.PAY)
_AGAIN = Side("again", "refresh", Do.ACCOUNT)


def account(stage: Stage, view: AccountView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=True)
    m, books = stage.m, view.books
    counts = counts_of_loan(stage, books)
    payable = books.payable is not None
    if not m.compact:
        panel_beside(stage, books.rows, counts, Errand.LOAN, [*([_PAY] if payable else []), _BACK])
    x, y, w, h = list_box(stage)
    _heading(stage, view, (x, y, w, m.target))
    down = m.target + m.gap
    below = (x, y + down, w, h - down)
    rows = say_section(view, stage.words)
    if not view.known:
        _nothing_known(stage, view, below)
    elif rows:
        _rows(stage, view.section, rows, below)
    else:
        _empty(stage, view, below)
    foot(stage, counts, view.message, view.next_message, closing=False)


# ---- the sections ---------------------------------------------------------------------------


def _heading(stage: Stage, view: AccountView, box: Box) -> None:
    """The way back, where there is no panel for it, the sections, and what can be done with all of one."""
    m = stage.m
    x, y, w, h = box
    if m.compact:
        side(stage, _BACK, (x, y, m.target, h), worded=False)
        x, w = x + m.target + m.gap, w - m.target - m.gap
    offer = _offer(view, compact=m.compact)
    if offer is None:
        _sections(stage, view, (x, y, w, h))
        return
    wide = _side_width(stage, offer)
    worded = w - wide - m.gap >= _wanted(stage, view)
    wide = wide if worded else m.target
    _sections(stage, view, (x, y, w - wide - m.gap, h))
    side(stage, offer, (x + w - wide, y, wide, h), worded=worded)


def _offer(view: AccountView, *, compact: bool) -> Side | None:
    if view.section is Section.LOANS and view.renew_all:
        return _RENEW_ALL
    payable = compact and view.books.payable is not None
    return _PAY if payable and view.section is Section.FEES else None


def _side_width(stage: Stage, what: Side) -> float:
    m = stage.m
    text = stage.set(stage.words.say(f"button.{what.key}"), "label")
    icon = m.px(34, 28) * (1 + (m.k - 1) * 0.5)
    return round(text.width + icon + m.px(12, 10) + 2 * m.px(20, 14))


def _labels(stage: Stage, view: AccountView) -> list[tuple[Section, str]]:
    words = stage.words
    named = ((section, words.say(f"account.{section.value}")) for section in Section)
    return [(section, f"{name} {number_of(view, section)}".strip()) for section, name in named]


def _set(stage: Stage, label: str) -> SetText:
    return stage.set(label, "label", weight=600)


def _wanted(stage: Stage, view: AccountView) -> float:
    """How wide the sections are with all their words on one line."""
    m = stage.m
    labels = _labels(stage, view)
    return sum(_set(stage, label).width + 2 * m.px(20, 14) for _, label in labels) + m.gap * (len(labels) - 1)


def _sections(stage: Stage, view: AccountView, box: Box) -> None:
    """One button for each section; the one that is shown is filled. They share the room by their words."""
    m = stage.m
    x, y, w, h = box
    labels = _labels(stage, view)
    room = w - m.gap * (len(labels) - 1)
    wanted = [_set(stage, label).width + 2 * m.px(20, 14) for _, label in labels]
    spare = room - sum(wanted)
    most = m.px(40, 24)  # not wider than they need be to look like what they are
    widths = [
        int(each + (min(most, spare / len(labels)) if spare > 0 else each * spare / sum(wanted)))
        for each in wanted
    ]
    for (section, label), wide in zip(labels, widths, strict=True):
        _section(stage, section, (round(x), y, wide, h), label, shown=section is view.section)
        x += wide + m.gap


def _section(stage: Stage, section: Section, box: Box, label: str, *, shown: bool) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    spoken = stage.words.say("spoken.shown", what=label) if shown else label
    button(
        stage,
        f"section-{section.value}",
        box,
        label,
        Look(section),
        radius=m.radius_button,
        fill=palette.well if shown else None,
        outline=palette.ink if shown else None,
        worded=False,
        spoken=spoken,
    )
    room = w - 2 * m.px(10, 6)
    text = stage.fit(label, "label", room, 1, place="centre")
    if not fits(text, 1):
        # how many there are is said by the rows, and to whoever listens
        text = stage.fit(stage.words.say(f"account.{section.value}"), "label", room, 1, place="centre")
    stage.put(text, x, y + (h - text.height) / 2, palette.ink, width=w, place="centre")
    if shown:
        # the ground alone says too little where colours are few
        edge = m.px(24, 16)
        stage.panel((x + edge, y + h - m.px(12, 9), w - 2 * edge, m.px(5, 4)), palette.primary, radius=2)


# ---- what stands below them -----------------------------------------------------------------


def _rows(stage: Stage, section: Section, rows: list[Said], box: Box) -> None:
    m, words = stage.m, [stage.words.say(f"status.{key}") for key in WORDS[section]]
    if section is Section.FEES:
        words = [saying.word for _, saying in rows]
    status_w = status_width_for(stage, words)
    x, y, w, h = box
    per_page, high = rows_that_fit(stage, h, buttons=any(view.renewable for view, _ in rows))
    pages = max(1, -(-len(rows) // per_page))
    page = min(max(0, stage.page or 0), pages - 1)
    stage.page, stage.pages = page, pages
    if pages > 1:
        w -= m.pager + m.px(20, 12)
    # the last page is full too: it overlaps the one before
    first = max(0, min(page * per_page, len(rows) - per_page))
    for at, (view, saying) in enumerate(rows[first : first + per_page]):
        said_row(stage, (x, y + at * (high + m.row_gap), w, high), view, saying, status_w=status_w)
    if pages > 1:
        above, below = first, len(rows) - first - per_page
        pager(stage, (x + w + m.px(20, 12), y, m.pager, h), page, pages, above, below)


def _empty(stage: Stage, view: AccountView, box: Box) -> None:
    """Nothing in this section; or nothing that this ILS tells."""
    key = f"account.no-{view.section.value}" if view.complete else "account.not-known"
    _word(stage, stage.words.say(key), ICONS[view.section], box)


def _nothing_known(stage: Stage, view: AccountView, box: Box) -> None:
    words, m = stage.words, stage.m
    if view.asking or view.reason is None:
        _word(stage, words.say("notice.account-asked"), "asking", box, lives=True)
        return
    x, y, w, h = box
    wide = min(w, max(_side_width(stage, _AGAIN), m.px(260, 180)))
    _word(stage, words.reason(view.reason), "server", (x, y, w, h - m.target - m.gap))
    side(stage, _AGAIN, (x + (w - wide) / 2, y + h - m.target, wide, m.target))


def _word(stage: Stage, text: str, icon: str, box: Box, *, lives: bool = False) -> None:
    """One sentence under a large icon."""
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    disc = min(m.px(120, 62), h * 0.5)
    said = stage.fit(text, "h2", w - 2 * m.inset, 2, place="centre", height=h - disc - m.px(18, 8))
    top = y + (h - disc - m.px(18, 8) - said.height) / 2
    with stage.group((x, top, w, disc), key=f"account-{icon}", loop=Loop.DOTS if lives else None):
        stage.icon(icon, x + w / 2, top + disc / 2, disc * 0.7, palette.ink2)
    stage.put(said, x, top + disc + m.px(18, 8), palette.ink, width=w, place="centre")
    shape = (round(x), round(y), round(w), round(h))
    stage.control(Control("account", Role.STATUS, text, text, shape, None, m.radius_card))
