"""Promises 2, 7, 8 and 9: what the screen showed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kiosk.lab.case import IDLE, RELEASED, RETURN, Case, OutOfReach, Told, Visit
from kiosk.lab.evidence import Control, Frame, Shown, ShownRow, Text
from kiosk.lab.frames import parse
from kiosk.lab.leaving import let_through, on_paper
from kiosk.lab.proof import NOTICED_AFTER_MS, REOPENED_AFTER_MS, armed_since, unarmed, unproved, untagged
from kiosk.lab.returning import ARMED, by_the_flags

AWAY_MS = 1500.0
"""Away for less than this, a tag that was left is surely not new: the promise says two seconds, and the
pad, which polls, may see a tag return half a second later than it saw it leave."""

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
    yield from let_through(case)
    yield from on_paper(case)


def _end(case: Case, barcode: str, state: str) -> Iterator[str]:
    tags = case.tags_of(barcode)
    if state == "no_tag" and tags:
        yield f"{barcode} ends as no_tag and its tag {tags[0].uid} was in the field"
    if state == "safe":
        for tag in tags:
            if tag.afi_after != RELEASED:
                yield f"{barcode} ends as safe and its tag {tag.uid} holds {tag.afi_after}"
        since = case.last_shown_in(barcode).start
        answer = case.last_answer(barcode, since) if case.evidence.frames is not None else None
        if answer and answer.ok and not answer.release:
            yield f"{barcode} ends as safe though the ILS said that it stays armed"
    if state == "returned":
        visit = case.last_shown_in(barcode)
        for tag in armed_since(case, barcode, visit):
            lent_since = any(write.afi == RELEASED and write.ms >= visit.end for write in tag.writes)
            if tag.afi_after != ARMED and not lent_since:
                yield f"{barcode} ends as returned and its tag {tag.uid} holds {tag.afi_after}"


# ---- 7: every text is ours ------------------------------------------------------------------


def p7(case: Case) -> Iterator[str]:
    """AF never stands as our word or as data, only as a sanitised second line beside a word of ours;
    and what an item becomes follows the flags of its 12 (10, 30), whatever AF says."""
    yield from by_the_flags(case)
    notes = _notes(case)
    for entry in case.shown:
        for place, texts in _groups(entry):
            yield from _foreign_words(entry, place, texts, notes)
    for barcode, state in case.ends.items():
        answer = case.last_answer(barcode, case.last_shown_in(barcode).start)
        if answer and not answer.ok and state in {"lent", "safe", "no_tag"}:
            yield f"{barcode} ends as {state} and its 12 says ok=0"
        if answer and answer.ok and state == "refused":
            yield f"{barcode} ends as refused and its 12 says ok=1"
    for entry, row, visit in case.turns("lent", "safe", "no_tag"):
        answer = case.last_answer(row.barcode, visit.start, entry.ms) if row.barcode else None
        if answer and not answer.ok:
            yield f"{row.barcode} was shown {row.state} at {entry.ms} ms and its 12 says ok=0"


def _groups(entry: Shown) -> Iterator[tuple[str, tuple[Text, ...]]]:
    """The texts that are read together: each row, and each named group outside the rows."""
    for row in entry.rows:
        yield f"row {row.key}", row.texts
    for name in dict.fromkeys(text.at for text in entry.texts):
        yield name or entry.screen, tuple(text for text in entry.texts if text.at == name)


def _foreign_words(
    entry: Shown, place: str, texts: tuple[Text, ...], notes: tuple[Frame, ...]
) -> Iterator[str]:
    where = f"in {place} at {entry.ms} ms"
    origins = {text.origin for text in texts if text.text.strip()}
    if "untrusted" in origins and "ours" not in origins:
        yield f"a text of the ILS stands alone {where}"
    for text in texts:
        shown = text.text.strip(ISOLATES)
        if text.origin == "untrusted":
            if not shown.isprintable():
                yield f"a text of the ILS is not sanitised {where}: {text.text!r}"
            continue
        if any(_control(character) for character in shown):
            yield f"a text holds control characters {where}: {text.text!r}"
        for note in notes:
            if note.ms <= entry.ms and _contains(shown, note.text):
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
            for value in map(_clean, values):
                if name in {"AF", "AG"}:
                    first.setdefault(value, frame.ms)
                else:
                    other.add(value)
    return tuple(
        Frame(ms, sent=False, text=value)
        for value, ms in first.items()
        if len(value) > 2
        and not any(_contains(each, value) for each in other)
        and not any(_contains(text, value) for text in _own_before(case, ms))
    )


def _own_before(case: Case, ms: float) -> Iterator[str]:
    for entry in case.shown:
        if entry.ms >= ms:
            return
        for _, texts in _groups(entry):
            yield from (text.text for text in texts if text.origin != "untrusted")


def _contains(text: str, note: str) -> bool:
    return text == note if len(note) < 6 else note[:TELLING] in text


def _clean(raw: str) -> str:
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


# ---- 9: sessions do not leak ----------------------------------------------------------------


def p9(case: Case) -> Iterator[str]:
    """Nothing of one visit is shown in a later one unless it arose anew; language, size and theme are
    back at the next attract screen; a tag that was left is asked only after *Are these yours?*."""
    yield from _names(case)
    yield from _titles(case)
    yield from _preferences(case)
    yield from _leftovers(case)


def _names(case: Case) -> Iterator[str]:
    names: set[str] = set()
    for visit in case.visits:
        own: set[str] = set()
        for entry in visit.entries:
            name = entry.header.patron
            if name and entry.screen in IDLE:
                yield f"a name stands on the {entry.screen} screen at {entry.ms} ms"
            told = _signed_in(case, visit, entry.ms)
            if name in names and not _means(name, told):
                yield f"the name of an earlier patron stands in the header at {entry.ms} ms"
            if name:
                own.add(name)
            for text in _all_texts(entry):
                found = [each for each in names if len(each) > 3 and each in text.text]
                if found and not any(_means(each, told) for each in found):
                    yield f"the name of an earlier patron stands in {text.text!r} at {entry.ms} ms"
        names |= own


def _signed_in(case: Case, visit: Visit, until: float) -> list[Told]:
    """Who signed in, in this visit and before an instant: what the ILS told while the screen said *one
    moment*, else the last thing it told (a kiosk also asks about patrons whose loans are in doubt)."""
    told = [each for each in case.told if visit.holds(each.ms) and each.ms <= until]
    waits = [
        (entry.ms, following.ms)
        for entry, following in zip(visit.entries, visit.entries[1:], strict=False)
        if entry.screen == "wait"
    ]
    return [each for each in told if any(a <= each.ms <= b for a, b in waits)] or told[-1:]


def _means(shown: str, told: list[Told]) -> bool:
    """Whether a name as shown (whole, shortened, initials) can be that of somebody who was told of."""
    parts = re.findall(r"\w+", shown.casefold())
    for each in told:
        words = re.findall(r"\w+", each.name.casefold())
        if all(any(word.startswith(part) for word in words) for part in parts):
            return True
    return False


def _titles(case: Case) -> Iterator[str]:
    past: dict[str, str] = {}
    for visit in case.visits:
        own: dict[str, str] = {}
        fresh: set[str] = set()
        for entry in visit.entries:
            for row in entry.rows:
                if not row.barcode or row.barcode not in past:
                    anew = True
                else:
                    anew = _arose(case, visit, row, entry.ms, entry.screen)
                if anew:
                    fresh.add(row.title)
                else:
                    yield f"{row.barcode}, an item of an earlier visit, is shown at {entry.ms} ms"
                if row.barcode:
                    own[row.barcode] = row.title
            stale = {title for title in past.values() if title} - fresh
            for text in _all_texts(entry):
                if text.origin == "data" and text.text.strip(ISOLATES) in stale:
                    yield f"a title of an earlier visit is shown at {entry.ms} ms: {text.text!r}"
        past |= own


def _arose(case: Case, visit: Visit, row: ShownRow, ms: float, screen: str) -> bool:
    """Whether an item came up in this visit: its tag lay in the field, or it was asked about. (What was
    scanned is on the screen before it is asked, and is never asked where nobody can be.)"""
    if case.evidence.presence is None or case.evidence.tags is None:
        return True  # a real pad: who can say what lay there
    tags = case.tags_of(row.barcode or "")
    since = max(visit.start, visit.entries[0].ms)
    if screen == "leftovers":
        # a book is known to be gone after two polls; until then somebody may be asked whose it is
        since = min(since, ms - NOTICED_AFTER_MS)
    if any(case.was_there(tag.uid, since, ms) for tag in tags):
        return True
    if not tags and row.reason is not None and row.reason.startswith(("ils-", "journal-")):
        return True
    return any(
        frame.sent
        and visit.holds(frame.ms)
        and (frame.ms <= ms or not tags)
        and frame.text[:2] in {"11", "09", "29", "17"}
        and parse(frame.text).first("AB") == row.barcode
        for frame in case.frames
    )


def _all_texts(entry: Shown) -> Iterable[Text]:
    return (*entry.texts, *(text for row in entry.rows for text in row.texts))


def _preferences(case: Case) -> Iterator[str]:
    if not case.shown or case.shown[0].screen not in IDLE:
        return
    default = case.shown[0].header
    for visit in case.visits[1:]:
        entry = visit.entries[0]
        if entry.screen not in IDLE:
            continue
        for name in ("language", "text_size", "theme"):
            now, usual = getattr(entry.header, name), getattr(default, name)
            if now != usual:
                yield f"the {name} at the attract screen at {entry.ms} ms is {now}, not {usual}"


def _leftovers(case: Case) -> Iterator[str]:
    """What lay on the pad at the end of a visit, or when the power went, is asked about before it is asked
    of the ILS."""
    if case.evidence.presence is None or case.evidence.tags is None:
        return
    for number, visit in enumerate(case.visits):
        before = case.visits[number - 1] if number else None
        both = (*case.asked, *case.sent[RETURN])
        for asked in sorted((each for each in both if visit.holds(each.ms)), key=lambda each: each.ms):
            left = _left(case, before, visit, asked.ms)
            if left is None:
                continue
            over, cut = left
            for tag in case.tags_of(asked.barcode):
                if not case.was_there(tag.uid, over, over):
                    continue
                if case.longest_absence(tag.uid, over, asked.ms) >= AWAY_MS:
                    continue
                if visit.lists_tag(tag.uid, asked.ms):
                    continue  # the tag names no item, and whoever scanned its book meant it
                known = _seen_again(case, over, asked.ms) if cut else _known(case, tag.uid, over, asked.ms)
                if known and not _was_answered(visit, asked.barcode, asked.ms):
                    yield (
                        f"{asked.barcode} was left on the pad at {over} ms and asked at {asked.ms} ms "
                        "without a question"
                    )
                    break


def _left(case: Case, before: Visit | None, visit: Visit, asked: float) -> tuple[float, bool] | None:
    """Since when what lies on the pad is nobody's, and whether a power cut made it so; None where nothing
    was left as far as the kiosk can know.

    A kiosk that comes back after a cut knows from its journal that there was somebody: a saga is open.
    With none open it knows nothing of a visit, nor of what was left there before.
    """
    cut = max((cut for cut in case.cuts if cut <= asked), default=None)
    if cut is not None and (before is None or cut >= before.entries[-1].ms):
        return (cut, True) if case.open_at(cut) else None
    return None if before is None else (visit.start, False)


def _seen_again(case: Case, cut: float, asked: float) -> bool:
    """Whether the kiosk that came back after a cut could look at once at what lay there: the reader was
    there from its first attract screen on."""
    woken = [entry for entry in case.shown if cut < entry.ms <= asked]
    ready = next((number for number, entry in enumerate(woken) if entry.screen == "attract"), len(woken))
    reasons = (reason for entry in woken[ready:] for reason in entry.reasons)
    return ready < len(woken) and not any(reason.startswith("reader-") for reason in reasons)


def _known(case: Case, uid: str, over: float, asked: float) -> bool:
    """Whether the kiosk could know, when the visit was over, of a tag that lay there: it had shown it, or
    had had time to read it. (A book put down while the reader was away was nobody's before the reader
    came back; who put it there, only the patrons know. The screen does not always say that the reader is
    away: the ILS may be, too.)"""
    stays = (case.evidence.presence or {}).get(uid, ())
    since = max((stay.since for stay in stays if stay.since <= over), default=over)
    lying = [entry for entry in case.shown if since <= entry.ms <= asked]
    barcode = next((tag.barcode for tag in case.tags if tag.uid == uid), None)
    if any(row.barcode == barcode for entry in lying if entry.ms <= over for row in entry.rows):
        return True
    away = any(reason.startswith("reader-") for entry in lying for reason in entry.reasons)
    return over - since >= REOPENED_AFTER_MS and not away


def _was_answered(visit: Visit, barcode: str, until: float) -> bool:
    """Whether *Are these yours?* named this item and another screen followed, before an instant."""
    questioned = False
    for entry in visit.entries:
        if entry.ms > until:
            break
        if entry.screen == "leftovers":
            questioned = questioned or any(_names_item(row, barcode) for row in entry.rows)
        elif questioned:
            return True
    return False


def _names_item(row: ShownRow, barcode: str) -> bool:
    return row.barcode == barcode
