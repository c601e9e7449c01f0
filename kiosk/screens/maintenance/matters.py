"""Open matters: one sentence each, the oldest first; above them what is wrong with the journal itself."""

from __future__ import annotations

from datetime import date

from kiosk.maintenance.intents import OpenMatter, StaffDo
from kiosk.maintenance.views import (
    AdoptScreen,
    JournalTrouble,
    MaintenanceView,
    MattersScreen,
    MatterView,
)
from kiosk.screens.maintenance import sayings
from kiosk.screens.maintenance.flow import Block, flow
from kiosk.screens.maintenance.foot import Push, Saying, either, pushes, say
from kiosk.screens.maintenance.frame import bar_start, frame, title_of
from kiosk.screens.maintenance.prose import heading, question, sentences
from kiosk.screens.scene import Box, Control, Foreign, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.widgets.button import button

_SECURITY = frozenset({"loan-unsecured", "loan-armed", "return-unarmed"})
"""What a gate, or somebody behind it, will notice."""


def matters(stage: Stage, view: MaintenanceView, screen: MattersScreen, today: date) -> None:
    """Draw the page."""
    trouble = screen.journal
    foot = trouble is not None and (trouble.adoptable or trouble.adopting or trouble.adopted)
    box = frame(stage, view, title_of(stage, view.page), foot=foot)
    if not screen.matters and trouble is None:
        _none(stage, box, unread=screen.unread)
        return
    found = list(enumerate(screen.matters))

    def blocks(width: float) -> list[Block]:
        above = _trouble(stage, trouble, width, today) if trouble is not None else []
        return [*above, *(_block(stage, at, each, width, today) for at, each in found)]

    flow(stage, box, blocks)
    if foot and trouble is not None:
        _foot(stage, trouble)


def adopt(stage: Stage, view: MaintenanceView, screen: AdoptScreen) -> None:
    """Draw the question before the kiosk goes on with a journal in trouble."""
    words = stage.words
    question(
        stage,
        view,
        words.say("maintenance.journal.adopt-title"),
        words.say(f"maintenance.journal.adopt-{screen.reason.value}"),
        yes=(words.say("maintenance.journal.adopt"), words.say("button.go-on")),
        no=(words.say("button.back"), words.say("button.back")),
        about=screen.code,
    )


# ---- the journal ----------------------------------------------------------------------------


def _trouble(stage: Stage, trouble: JournalTrouble, width: float, today: date) -> list[Block]:
    """Why the journal cannot be used, since when, its code; what it means; and what the system said."""
    words, palette = stage.words, stage.palette
    since = words.say("maintenance.since", time=sayings.moment(words, trouble.since, today))
    name = words.say("maintenance.device.journal")
    about = f"{name} · {since} · {trouble.code}"
    why = words.say(f"maintenance.reason.{_known(stage, 'maintenance.reason', trouble.reason.value)}")
    key = (
        f"maintenance.journal.{_known(stage, 'maintenance.journal', trouble.reason.value, 'journal-failed')}"
    )
    blocks = [heading(stage, "journal", why, about, "missing", palette.refused, width)]
    blocks += sentences(stage, "journal", words.say(key), width)
    remedy = _known(stage, "maintenance.remedy", trouble.reason.value)
    if not (trouble.adoptable or trouble.adopting or trouble.adopted):
        said = words.say(f"maintenance.remedy.{remedy}")
        blocks += sentences(stage, "remedy", said, width, weight=700, icon="arrow")
    if trouble.problem:
        said = words.say("maintenance.journal.not-adopted")
        blocks += sentences(stage, "not-adopted", said, width, weight=700, icon="warn")
        blocks += sentences(stage, "problem", sayings.plain(trouble.problem), width, origin=Origin.DATA)
    return blocks


def _known(stage: Stage, under: str, key: str, otherwise: str = "another") -> str:
    return key if f"{under}.{key}" in stage.words.catalogue.keys else otherwise


def _foot(stage: Stage, trouble: JournalTrouble) -> None:
    m, words, palette = stage.m, stage.words, stage.palette
    end = float(m.width - m.inset)
    if trouble.adoptable:
        label = words.say("maintenance.journal.adopt")
        go_on = Push("adopt", label, "arrow", Foreign(StaffDo.ADOPT), turns=True)
        pushes(stage, [either(stage, go_on, words.say("button.go-on"))], end)
        return
    if trouble.adopting:
        what = Saying("asking", palette.asking, words.say("wait.title"))
    else:
        what = Saying("ready", palette.safe, words.say("maintenance.journal.adopted"))
    say(stage, what, bar_start(stage), end)


# ---- the list -------------------------------------------------------------------------------


def _block(stage: Stage, number: int, what: MatterView, width: float, today: date) -> Block:
    m, palette, words = stage.m, stage.palette, stage.words
    size, inset = m.px(44, 32), m.px(22, 12)
    room = width - size - 2 * inset - m.px(20, 12)
    sentence = sayings.matter(words, what)
    said = stage.set(sentence, "body", width=room, lines=6, weight=500)
    since_text = words.say("maintenance.since", time=sayings.moment(words, what.wall, today))
    about = " · ".join(part for part in (since_text, what.code) if part)
    since = stage.set(about, "small", width=room, lines=1)
    height = max(m.target, size + 2 * m.px(14, 8), said.height + since.height + 2 * m.px(14, 8))
    tone = palette.refused if what.key in _SECURITY else palette.staff
    spoken = f"{sentence} {about}."

    def draw(x: float, y: float) -> None:
        box = (round(x), round(y), round(width), round(height))
        key = f"matter-{number}"
        if what.saga:
            # its page tells the rest; the whole card is the button
            button(
                stage,
                key,
                box,
                sentence,
                Foreign(OpenMatter(what.saga)),
                radius=m.radius_row,
                worded=False,
                spoken=spoken,
            )
        else:
            stage.card(box, radius=m.radius_row)
            stage.control(Control(key, Role.ROW, sentence, spoken, box, None, m.radius_row))
        stage.icon("warn", x + inset + size / 2, y + height / 2, size, tone.text)
        lines = [
            Line(said, palette.ink, Origin.DATA, may_cut=True),
            Line(since, palette.ink2),
        ]
        top = y + (height - said.height - since.height) / 2
        stage.stack(lines, x + inset + size + m.px(20, 12), top, width=room)

    return Block(height, draw, m.gap)


def _none(stage: Stage, box: Box, *, unread: bool) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    stage.card(box)
    disc = m.px(150, 88)
    room = w - 2 * m.px(40, 20)
    said = stage.words.say("matter.unread" if unread else "matter.none")
    text = stage.balanced(said, "h2", room, 4, place="centre")
    top = y + (h - disc - m.px(24, 14) - text.height) / 2
    tone = palette.staff if unread else palette.safe
    ring = tone.text if palette.boxed else None
    stage.disc(x + w / 2, top + disc / 2, disc / 2, tone.tint, outline=ring, width=palette.outline)
    stage.icon("warn" if unread else "check", x + w / 2, top + disc / 2, disc * 0.5, tone.text)
    stage.put(text, x + (w - room) / 2, top + disc + m.px(24, 14), palette.ink, width=room, place="centre")
    shape = (round(x), round(y), round(w), round(h))
    stage.control(Control("nothing", Role.STATUS, text.text, text.text, shape, None, m.radius_card))
