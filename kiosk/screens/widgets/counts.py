"""The counts: large, true, and never rolling."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.circulation.views import LoanView
from kiosk.screens.scene import Box, Control, Origin, Role
from kiosk.screens.stage import Stage


@dataclass(frozen=True, slots=True)
class Count:
    """One number with its label."""

    number: int
    label: str
    colour: str
    spoken: str
    aside: str = ""


def counts_of(stage: Stage, view: LoanView) -> list[Count]:
    """On the pad and borrowed always; refused and for staff only if there are any."""
    words, palette = stage.words, stage.palette
    aside = words.count("count.scanned", view.scanned) if view.scanned else ""
    counts = [
        Count(
            view.on_pad,
            words.say("count.on-pad"),
            palette.ink,
            words.count("spoken.on-pad", view.on_pad),
            aside,
        ),
        Count(
            view.borrowed,
            words.say("count.borrowed"),
            palette.safe.text,
            words.count("spoken.borrowed", view.borrowed),
        ),
    ]
    if view.not_borrowed:
        number = view.not_borrowed
        said = words.count("spoken.not-borrowed", number)
        counts.append(Count(number, words.say("count.not-borrowed"), palette.refused.text, said))
    if view.attention:
        number = view.attention
        said = words.count("spoken.attention", number)
        counts.append(Count(number, words.say("count.attention"), palette.staff.text, said))
    return counts


def counts_panel(stage: Stage, counts: list[Count], box: Box) -> None:
    """Side by side in the panel under the pad."""
    if len(counts) > 3:
        _two_by_two(stage, counts, box)
        _control(stage, counts, box)
        return
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    role = "count" if len(counts) == 2 else "counts"
    pad = m.px(8)
    share = (w - 2 * pad) / len(counts)
    widths = [share] * len(counts)
    if len(counts) > 2:
        natural = [
            max(stage.set(word, "tiny").width for word in count.label.split() + ["0"]) + m.px(18) for count in counts
        ]
        natural[0] = max(natural[0], stage.set(counts[0].label, "tiny").width + m.px(18))
        spare = (w - 2 * pad - sum(natural)) / len(counts)
        widths = [max(m.px(60), each + spare) for each in natural] if spare > 0 else widths
    left = x + pad
    numbers = [stage.set(str(count.number), role, tabular=True) for count in counts]
    labels = [
        stage.fit(
            f"{count.label}\n{count.aside}" if count.aside else count.label,
            "tiny",
            width - m.px(8),
            2,
            place="centre",
        )
        for count, width in zip(counts, widths, strict=True)
    ]
    deepest = max(label.height for label in labels)
    gap = m.px(3)
    top = y + (h - numbers[0].height - gap - deepest) / 2
    for at, (count, width, number, label) in enumerate(zip(counts, widths, numbers, labels, strict=True)):
        stage.put(number, left, top, count.colour, width=width, place="centre", origin=Origin.DATA)
        stage.put(label, left, top + numbers[0].height + gap, palette.ink2, width=width, place="centre")
        if at:
            stage.panel((left, y + m.px(26), 2, h - m.px(54)), palette.hair)
        left += width
    _control(stage, counts, box)


def _two_by_two(stage: Stage, counts: list[Count], box: Box, *, ruled: bool = True) -> float:
    """Four counts: two lines of two, labels beside the numbers. Returns how wide they are."""
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    inset, gap = m.px(18, 0), m.px(10, 7)
    numbers = [stage.set(str(count.number), "four", tabular=True) for count in counts]
    widest = max(number.width for number in numbers)
    share = (w - 2 * inset) / 2
    lines = 2 if ruled else 1
    between = m.px(14, 12)
    for at, (count, number) in enumerate(zip(counts, numbers, strict=True)):
        line, column = divmod(at, 2)
        left, middle = x + inset + column * share, y + h * (0.27 + 0.46 * line)
        text = f"{count.label}\n{count.aside}" if count.aside and ruled else count.label
        if count.aside and not ruled:
            text = f"{count.label} {count.aside}"
        label = stage.fit(text, "tiny", share - widest - gap - between, lines)
        stage.put(
            number, left, middle - number.height / 2, count.colour, width=widest, place="centre", origin=Origin.DATA
        )
        stage.put(label, left + widest + gap, middle - label.height / 2, palette.ink2)
    if ruled:
        stage.panel((x + w / 2 - between / 2, y + m.px(20), 2, h - m.px(40)), palette.hair)
    return w


def counts_bar(stage: Stage, counts: list[Count], middle: float, height: float, until: float) -> float:
    """At the start of the bar; labels beside the numbers, or below them where there is no room.
    Returns where they end."""
    m, palette = stage.m, stage.palette
    if len(counts) > 3:
        width = min(until - m.inset, m.px(470, 330) * (1 + (m.k - 1) * 0.6))
        box = (m.inset, middle - height / 2, width, height)
        _two_by_two(stage, counts, box, ruled=False)
        _control(stage, counts, box)
        return m.inset + width + m.px(16, 10)
    beside = len(counts) == 2 and not any(count.aside for count in counts)
    x = float(m.inset)
    gap = m.px(16, 10)
    role = "count" if len(counts) == 2 else "counts"
    for at, count in enumerate(counts):
        number = stage.set(str(count.number), role, tabular=False, scale=0.95 if beside else 0.9)
        if at:
            tall = height * 0.58
            stage.panel((x, middle - tall / 2, 2, tall), palette.hair)
            x += gap
        text = f"{count.label}\n{count.aside}" if count.aside else count.label
        if beside:
            label = stage.fit(text, "label", (until - x) / (len(counts) - at) - number.width - m.px(10, 8), 2)
            stage.put(number, x, middle - number.height / 2, count.colour, origin=Origin.DATA)
            stage.put(label, x + number.width + m.px(12, 8), middle - label.height / 2, palette.ink2)
            x += number.width + m.px(12, 8) + label.width + gap
        else:
            share = (until - x) / (len(counts) - at) - gap
            label = stage.fit(text, "tiny", share, 3 if count.aside else 2, place="centre")
            width = max(label.width, number.width)
            top = middle - (number.height + label.height) / 2
            stage.put(number, x, top, count.colour, width=width, place="centre", origin=Origin.DATA)
            stage.put(label, x, top + number.height, palette.ink2, width=width, place="centre")
            x += width + gap
    _control(stage, counts, (m.inset, middle - height / 2, x - gap - m.inset, height))
    return x


def _control(stage: Stage, counts: list[Count], box: Box) -> None:
    said = [count.spoken + (f" {count.aside}" if count.aside else "") for count in counts]
    x, y, w, h = (round(each) for each in box)
    spoken = ". ".join(said) + "."
    stage.control(Control("counts", Role.STATUS, said[0], spoken, (x, y, w, h), None, stage.m.radius_row))

