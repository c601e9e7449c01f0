"""The counts: large, true, and never rolling."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.circulation.views import LoanView, ReturnView
from kiosk.screens.scene import Box, Control, Origin, Role
from kiosk.screens.stage import Stage, fits


@dataclass(frozen=True, slots=True)
class Count:
    """One number with its label, and the icon that stands for the label where words have no room."""

    icon: str
    number: int
    label: str
    colour: str
    spoken: str
    aside: str = ""


def counts_of_loan(stage: Stage, view: LoanView) -> list[Count]:
    """On the pad and borrowed always; refused and for staff only if there are any."""
    words, palette = stage.words, stage.palette
    aside = words.count("count.scanned", view.scanned) if view.scanned else ""
    counts = [
        Count(
            "pad",
            view.on_pad,
            words.say("count.on-pad"),
            palette.ink,
            words.count("spoken.on-pad", view.on_pad),
            aside,
        ),
        Count(
            "bag",
            view.borrowed,
            words.say("count.borrowed"),
            palette.safe.text,
            words.count("spoken.borrowed", view.borrowed),
        ),
    ]
    if view.not_borrowed:
        number = view.not_borrowed
        said = words.count("spoken.not-borrowed", number)
        counts.append(Count("refused", number, words.say("count.not-borrowed"), palette.refused.text, said))
    if view.attention:
        number = view.attention
        said = words.count("spoken.attention", number)
        counts.append(Count("staff", number, words.say("count.attention"), palette.staff.text, said))
    return counts


def counts_of_return(stage: Stage, view: ReturnView) -> list[Count]:
    """On the pad and returned always; to staff only if there are any."""
    words, palette = stage.words, stage.palette
    counts = [
        Count(
            "pad",
            view.on_pad,
            words.say("count.on-pad"),
            palette.ink,
            words.count("spoken.on-pad", view.on_pad),
        ),
        Count(
            "return",
            view.returned,
            words.say("count.returned"),
            palette.safe.text,
            words.count("spoken.returned", view.returned),
        ),
    ]
    if view.attention:
        said = words.count("spoken.to-staff", view.attention)
        counts.append(Count("staff", view.attention, words.say("count.to-staff"), palette.refused.text, said))
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
            max(stage.set(word, "tiny").width for word in [*count.label.split(), "0"]) + m.px(18)
            for count in counts
        ]
        natural[0] = max(natural[0], stage.set(counts[0].label, "tiny").width + m.px(18))
        whole = [stage.set(count.label, "tiny").width + m.px(18) for count in counts]
        natural = whole if sum(whole) <= w - 2 * pad else natural
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


def _two_by_two(stage: Stage, counts: list[Count], box: Box) -> None:
    """Four counts: two lines of two, labels beside the numbers."""
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    inset, near, between = m.px(14), m.px(8), m.px(10)
    numbers = [stage.set(str(count.number), "four", tabular=True) for count in counts]
    widest = max(number.width for number in numbers)
    share = (w - 2 * inset) / 2
    for at, (count, number) in enumerate(zip(counts, numbers, strict=True)):
        line, column = divmod(at, 2)
        left, middle = x + inset + column * share, y + h * (0.27 + 0.46 * line)
        text = f"{count.label}\n{count.aside}" if count.aside else count.label
        label = stage.fit(text, "tiny", share - widest - near - between, 2)
        top = middle - number.height / 2
        stage.put(number, left, top, count.colour, width=widest, place="centre", origin=Origin.DATA)
        stage.put(label, left + widest + near, middle - label.height / 2, palette.ink2)
    stage.panel((x + w / 2 - between / 2, y + m.px(20), 2, h - m.px(40)), palette.hair)


def counts_bar(stage: Stage, counts: list[Count], middle: float, height: float, until: float) -> float:
    """At the start of the bar: labels beside the numbers, or below them, or, where words have no room,
    icons. Returns where they end."""
    m = stage.m
    for draw in (_beside, _below, _squared, _with_icons):
        end = draw(stage, counts, middle, height, until)
        if end is not None:
            _control(stage, counts, (m.inset, middle - height / 2, end - m.px(16, 14) - m.inset, height))
            return end
    raise AssertionError("icons always have room")


def _rule(stage: Stage, x: float, middle: float, height: float) -> None:
    tall = height * 0.58
    stage.panel((x, middle - tall / 2, 2, tall), stage.palette.hair)


def _beside(stage: Stage, counts: list[Count], middle: float, height: float, until: float) -> float | None:
    if len(counts) > 2 or any(count.aside for count in counts):
        return None
    m, palette = stage.m, stage.palette
    gap, near = m.px(16, 14), m.px(12, 8)
    numbers = [stage.set(str(count.number), "count", scale=0.95) for count in counts]
    room = (until - m.inset) / 2 - gap - near - max(number.width for number in numbers)
    labels = [stage.fit(count.label, "label", room, 2) for count in counts]
    if not all(fits(label, 2) for label in labels):
        return None
    x = float(m.inset)
    for at, (count, number, label) in enumerate(zip(counts, numbers, labels, strict=True)):
        if at:
            _rule(stage, x, middle, height)
            x += gap
        stage.put(number, x, middle - number.height / 2, count.colour, origin=Origin.DATA)
        stage.put(label, x + number.width + near, middle - label.height / 2, palette.ink2)
        x += number.width + near + label.width + gap
    return x


def _below(stage: Stage, counts: list[Count], middle: float, height: float, until: float) -> float | None:
    if len(counts) > 3:
        return None
    m, palette = stage.m, stage.palette
    gap = m.px(16, 14)
    share = (until - m.inset) / len(counts) - gap
    texts = [f"{count.label}\n{count.aside}" if count.aside else count.label for count in counts]
    labels = [stage.fit(text, "tiny", share, 2, place="centre") for text in texts]
    numbers = [stage.set(str(count.number), "counts", scale=0.9) for count in counts]
    deepest = max(label.height for label in labels)
    high = numbers[0].height + deepest
    if high > height or not all(fits(label, 2) for label in labels):
        return None
    x, top = float(m.inset), middle - high / 2
    for at, (count, number, label) in enumerate(zip(counts, numbers, labels, strict=True)):
        if at:
            _rule(stage, x, middle, height)
            x += gap
        width = max(label.width, number.width)
        stage.put(number, x, top, count.colour, width=width, place="centre", origin=Origin.DATA)
        stage.put(label, x, top + number.height, palette.ink2, width=width, place="centre")
        x += width + gap
    return x


def _squared(stage: Stage, counts: list[Count], middle: float, height: float, until: float) -> float | None:
    m, palette = stage.m, stage.palette
    near, gap = m.px(10, 7), m.px(16, 14)
    numbers = [stage.set(str(count.number), "four", scale=0.9) for count in counts]
    widest = max(number.width for number in numbers)
    room = (until - m.inset) / 2 - widest - near - gap
    texts = [f"{count.label}\n{count.aside}" if count.aside else count.label for count in counts]
    labels = [stage.fit(text, "tiny", room, 2) for text in texts]
    if len(counts) != 4 or not all(fits(label, 2, height / 2) for label in labels):
        return None
    columns = [max(labels[0].width, labels[2].width), max(labels[1].width, labels[3].width)]
    for at, (count, number, label) in enumerate(zip(counts, numbers, labels, strict=True)):
        line, column = divmod(at, 2)
        x = m.inset + column * (widest + near + columns[0] + gap)
        y = middle + height * (0.25 if line else -0.25)
        stage.put(
            number, x, y - number.height / 2, count.colour, width=widest, place="centre", origin=Origin.DATA
        )
        stage.put(label, x + widest + near, y - label.height / 2, palette.ink2)
    return m.inset + 2 * (widest + near + gap) + sum(columns)


def _with_icons(stage: Stage, counts: list[Count], middle: float, height: float, until: float) -> float:
    m = stage.m
    near, gap = m.px(10, 6), m.px(18, 14)
    size = m.px(46, 34) * (1 + (m.k - 1) * 0.3)
    numbers = [stage.set(str(count.number), "four") for count in counts]
    x = float(m.inset)
    for at, (count, number) in enumerate(zip(counts, numbers, strict=True)):
        if at:
            _rule(stage, x - gap / 2, middle, height)
        stage.icon(count.icon, x + size / 2, middle, size, count.colour)
        stage.put(number, x + size + near, middle - number.height / 2, count.colour, origin=Origin.DATA)
        x += size + near + number.width + gap
    return x


def _control(stage: Stage, counts: list[Count], box: Box) -> None:
    said = [count.spoken + (f" {count.aside}" if count.aside else "") for count in counts]
    x, y, w, h = (round(each) for each in box)
    spoken = ". ".join(said) + "."
    stage.control(Control("counts", Role.STATUS, said[0], spoken, (x, y, w, h), None, stage.m.radius_row))
