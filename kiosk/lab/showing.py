"""Promises 2, 7 and 8: what the screen showed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

from kiosk.lab.case import LOAN, RELEASED, Answered, Case, OutOfReach, Visit, different, rows_of, texts_of
from kiosk.lab.evidence import Control, Frame, Shown, Text
from kiosk.lab.frames import parse
from kiosk.lab.leaving import let_through, on_paper
from kiosk.lab.money import paid_for
from kiosk.lab.proof import armed_since, unarmed, unheard, unproved, untagged
from kiosk.lab.renewing import as_answered
from kiosk.lab.returning import ARMED, by_the_flags

ISOLATES = "\u2066\u2067\u2068\u2069"
"""Unicode's isolates: our own words wrap foreign text into them."""

_ESCAPE = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[nrt])")
"""How the log writes control characters (`frames.visible`)."""

TELLING = 24
"""Characters of a foreign text that are enough to know it again, where it is cut short."""


# ---- 2: no success without proof ------------------------------------------------------------


def p2(case: Case) -> Iterator[str]:
    """*Safe* (*renewed*) is shown only after each of the item's tags was read as C2, after its last write;
    *returned* after it was read as 07; *no tag* only where no tag of it was in the field; a loan that stays
    armed is never safe. Gate and paper wait for the same proof."""
    for entry, row, visit in case.turns("safe", "renewed", "returned", "no_tag"):
        if row.barcode is None:
            yield f"a row without an item ({row.key}) was shown {row.state} at {entry.ms} ms"
        elif row.state == "no_tag":
            yield from untagged(case, row.barcode, entry.ms)
        elif row.state == "returned":
            yield from unarmed(case, row.barcode, entry.ms, visit)
        else:
            yield from unproved(case, row.barcode, entry.ms, visit, row.state)
    for barcode, state in case.ends.items():
        yield from _end(case, barcode, state)
    yield from paid_for(case)
    yield from let_through(case)
    yield from on_paper(case)


def _end(case: Case, barcode: str, state: str) -> Iterator[str]:
    tags = case.tags_of(barcode)
    if state == "no_tag" and tags:
        yield f"{barcode} ends as no_tag and its tag {tags[0].uid} was in the field"
    if state == "safe":
        visit = case.last_shown_in(barcode)
        for tag in tags:
            if tag.afi_after != RELEASED and not _out_of_reach(case, tag.uid, visit):
                yield f"{barcode} ends as safe and its tag {tag.uid} holds {tag.afi_after}"
        answer = case.last_answer(barcode, visit.start) if case.evidence.frames is not None else None
        if answer and answer.ok and not answer.release:
            yield f"{barcode} ends as safe though the ILS said that it stays armed"
    if state == "returned":
        visit = case.last_shown_in(barcode)
        for tag in armed_since(case, barcode, visit):
            lent_since = any(write.afi == RELEASED and write.ms >= visit.end for write in tag.writes)
            if tag.afi_after != ARMED and not lent_since:
                yield f"{barcode} ends as returned and its tag {tag.uid} holds {tag.afi_after}"


def _out_of_reach(case: Case, uid: str, visit: Visit) -> bool:
    """Whether a visit is none of a tag's: it did not lie there, or was too weak to be heard."""
    if case.evidence.presence is None:
        return False
    return not case.was_there(uid, visit.since, visit.end) or unheard(case, uid, visit)


# ---- 7: every text is ours ------------------------------------------------------------------


def p7(case: Case) -> Iterator[str]:
    """AF never stands as our word or as data, only as a sanitised second line beside a word of ours;
    and what an item becomes follows the flags of its 12 (10, 30, 66), whatever AF says."""
    yield from by_the_flags(case)
    yield from as_answered(case)
    yield from _foreign_words(case)
    for barcode, state in case.ends.items():
        answer = _its_12(case, barcode, case.last_shown_in(barcode).start, math.inf)
        if answer and not answer.ok and state in {"lent", "safe", "no_tag"}:
            yield f"{barcode} ends as {state} and its 12 says ok=0"
        if answer and answer.ok and state == "refused":
            yield f"{barcode} ends as refused and its 12 says ok=1"
    for entry, row, visit in case.turns("lent", "safe", "no_tag"):
        answer = _its_12(case, row.barcode, visit.start, entry.ms) if row.barcode else None
        if answer and not answer.ok:
            yield f"{row.barcode} was shown {row.state} at {entry.ms} ms and its 12 says ok=0"


def _its_12(case: Case, barcode: str, since: float, until: float) -> Answered | None:
    """The answer to the last loan that was asked for; None where it never came, and the patron's list (63)
    has to tell instead: what was said to the 11 before it (that it costs a fee) is no answer to this one."""
    answer = case.last_answer(barcode, since, until)
    asked = case.last_sent(barcode, LOAN, since, until)
    return None if answer and asked and answer.ms < asked.ms else answer


def groups(entry: Shown) -> Iterator[tuple[str, tuple[Text, ...]]]:
    """The texts that are read together: each row, and each named group outside the rows."""
    for row in entry.rows:
        yield f"row {row.key}", row.texts
    for name, texts in _by_place(entry.texts):
        yield name or entry.screen, texts


def _by_place(texts: tuple[Text, ...]) -> Iterator[tuple[str, tuple[Text, ...]]]:
    for name in dict.fromkeys([text.at for text in texts]):
        yield name, tuple([text for text in texts if text.at == name])


def _foreign_words(case: Case) -> Iterator[str]:
    notes = _notes(case)
    suspects = _suspects(case, notes)
    for entry in case.shown if suspects else ():
        if suspects.isdisjoint(map(id, (entry.texts, *[row.texts for row in entry.rows]))):
            continue
        for place, texts in groups(entry):
            yield from _in_group(f"in {place} at {entry.ms} ms", entry.ms, texts, notes)


def _suspects(case: Case, notes: tuple[Frame, ...]) -> set[int]:
    """The texts with which something is wrong, or would be if all notes had come before them. Mostly there
    are none, and nobody need look through the pictures."""
    rows = different([row.texts for row in rows_of(case.news)])
    outside = texts_of(case.news)
    texts = [text for each in (*rows, *outside) for text in each]
    said = "\n".join([text.text for text in texts if text.origin != "untrusted"])
    notes = tuple(note for note in notes if note.text[:TELLING] in said)
    found = {id(each) for each in rows if _is_wrong(each, notes)}
    found |= {id(each) for each in outside if any(_is_wrong(part, notes) for _, part in _by_place(each))}
    return found


def _is_wrong(texts: tuple[Text, ...], notes: tuple[Frame, ...]) -> bool:
    return next(_in_group("", math.inf, texts, notes), None) is not None


def _in_group(where: str, ms: float, texts: tuple[Text, ...], notes: tuple[Frame, ...]) -> Iterator[str]:
    if "untrusted" in {text.origin for text in texts}:
        origins = {text.origin for text in texts if text.text.strip()}
        if "untrusted" in origins and "ours" not in origins:
            yield f"a text of the ILS stands alone {where}"
    for text in texts:
        printable = text.text.isprintable()
        if printable and not notes:
            continue
        shown = text.text.strip(ISOLATES)
        if text.origin == "untrusted":
            if not shown.isprintable():
                yield f"a text of the ILS is not sanitised {where}: {text.text!r}"
            continue
        if not printable and any(_control(character) for character in shown):
            yield f"a text holds control characters {where}: {text.text!r}"
        for note in notes:
            if note.ms <= ms and _contains(shown, note.text):
                yield f"AF {note.text!r} stands as {text.origin} {where}"


def _control(character: str) -> bool:
    return character != "\n" and (character < " " or "\x7f" <= character <= "\x9f")


def _notes(case: Case) -> tuple[Frame, ...]:
    """Each AF and AG that arrived, when it first did, and only those whose words were not on the
    screen before and stand in no other field: what is equal by chance proves nothing."""
    first: dict[str, float] = {}
    other: set[str] = set()
    for frame in case.frames:
        if frame.sent:
            continue
        for name, values in parse(frame.text).fields.items():
            if name in {"AF", "AG"}:
                for value in values:
                    first.setdefault(value, frame.ms)
            else:
                other.update(values)
    cleaned: dict[str, float] = {}
    for raw, ms in first.items():
        cleaned.setdefault(_clean(raw), ms)
    others = _Texts(dict.fromkeys(map(_clean, other) if cleaned else (), -math.inf))
    own = _Texts(_own(case) if cleaned else {})
    return tuple(
        Frame(ms, sent=False, text=value)
        for value, ms in cleaned.items()
        if len(value) > 2 and not others.contain(value) and not own.contain(value, ms)
    )


class _Texts:
    """Texts, each with the moment since when it is known."""

    def __init__(self, known: Mapping[str, float]) -> None:
        self._known = known
        self._together = "\n".join(known)

    def contain(self, note: str, before: float = math.inf) -> bool:
        """Whether a note stands in one of those that were known before an instant."""
        # a note is one line: what is not in all of them together is in none
        return note[:TELLING] in self._together and any(
            since < before and _contains(text, note) for text, since in self._known.items()
        )


def _own(case: Case) -> Mapping[str, float]:
    """All texts that were shown as ours or as data, each with the moment when it first was."""
    first: dict[str, float] = {}
    for entry in case.news:
        for texts in (entry.texts, *[row.texts for row in entry.rows]):
            for text in texts:
                if text.origin != "untrusted" and text.text not in first:
                    first[text.text] = entry.ms
    return first


def _contains(text: str, note: str) -> bool:
    return text == note if len(note) < 6 else note[:TELLING] in text


def _clean(raw: str) -> str:
    if raw.isprintable() and "\\" not in raw:
        return " ".join(raw.split())
    plain = _ESCAPE.sub(" ", raw)
    return " ".join("".join(ch if ch.isprintable() else " " for ch in plain).split())


# ---- 8: five keys and speech ----------------------------------------------------------------


def p8(case: Case) -> Iterator[str]:
    """Each control on each screen has a role, a name, its own place in the focus order, something to
    say, and a box on the screen; and there is at least one, since Help is always there."""
    drawn = [entry for entry in case.shown if entry.controls is not None]
    for entry in drawn:
        where = f"on {entry.modal or entry.screen} at {entry.ms} ms"
        if not entry.controls:
            yield f"there is no control {where}"
        orders: set[int] = set()
        for control in entry.controls or ():
            wrong = _unreachable(control, entry.size)
            if control.order in orders:
                wrong.append(f"the focus order {control.order} of another")
            orders.add(control.order)
            if wrong:
                yield f"the control {control.name or control.role!r} {where} has {', '.join(wrong)}"
    if not drawn:
        raise OutOfReach("nothing was really drawn")


def _unreachable(control: Control, size: tuple[int, int] | None) -> list[str]:
    wrong = [
        f"no {name}"
        for name, value in (("role", control.role), ("name", control.name), ("spoken text", control.spoken))
        if not value.strip()
    ]
    x, y, width, height = control.box
    if width <= 0 or height <= 0 or x < 0 or y < 0:
        wrong.append("no box on the screen")
    elif size is not None and (x + width > size[0] or y + height > size[1]):
        wrong.append("a box that leaves the screen")
    return wrong
