"""Folders that look like a lie and are honest, each beside the lie that it looks like.

The honest one keeps every promise; the other differs from it in one thing, and breaks exactly one.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.lab.case import Rules
from kiosk.lab.evidence import AfiAt, Evidence, JournalRow, MessageDone, Shown, ShownRow, Stay, TagSeen
from tests.lab import honest
from tests.lab.honest import (
    AF,
    ANNA,
    ARMED,
    ARMED_TAG,
    BARE,
    BO,
    HELD,
    HELD_TAG,
    KEPT,
    LATER,
    NOVEL,
    SET,
    answer,
    ask,
    is_who,
    judged,
    listed,
    sealed,
    shown,
    view,
    who,
    with_air,
    with_end,
    with_frame,
    with_row,
    with_stays,
    with_tag,
    with_view,
)

Change = Callable[[Evidence], Evidence]

BEHIND = "E00401500000000A"
"""A tag that a visit of these tests leaves behind."""


def exchange(given: Evidence, sent: float, request: str, heard: float, response: str) -> Evidence:
    given = with_frame(with_frame(given, sent, True, request), heard, False, response)
    assert given.ils is not None
    messages = (*given.ils.messages, MessageDone(sent + 1, request, response))
    return replace(given, ils=replace(given.ils, messages=messages))


def asked(given: Evidence, ms: float, barcode: str, *, flags: str = "0NUN", af: str = "") -> Evidence:
    """Bo asks for one more item, with all that belongs to it on the wire and on the disk."""
    lent = flags.startswith("1")
    rows = (
        JournalRow(13, "L6", "intent", ms - 1, False, {"item": barcode}),
        JournalRow(14, "L6", "answer", ms + 30, True, {"item": barcode, "lent": lent, "release": False}),
    )
    given = replace(given, journal=(*(given.journal or ()), *rows))
    return exchange(given, ms, ask(barcode, BO, 3), ms + 20, answer(barcode, BO, 3, flags=flags, af=af))


def plus_view(given: Evidence, *entries: Shown) -> Evidence:
    return replace(given, shown=tuple(sorted((*shown(given), *entries), key=lambda entry: entry.ms)))


def with_cuts(given: Evidence, *cuts: float) -> Evidence:
    assert given.result is not None
    return replace(given, result=replace(given.result, cuts=cuts))


def both(*changes: Change) -> Change:
    def change(given: Evidence) -> Evidence:
        for each in changes:
            given = each(given)
        return given

    return change


# ---- 9: what was left, and the power cut ----------------------------------------------------


def taken(given: Evidence) -> Evidence:
    """Anna's refused book lies there; Bo is not asked whose it is, and it is taken for him."""
    given = with_view(given, 9041.0, screen="loan", rows=(listed(HELD, "asking"),))
    return asked(with_view(given, 9500.0, rows=(listed(HELD, "asking"),)), 9702.0, HELD, af=AF)


def questioned(given: Evidence) -> Evidence:
    """Bo is asked whose it is, says that it is his, and only then it is taken."""
    return asked(with_view(given, 9500.0, rows=(listed(HELD, "asking"),)), 9702.0, HELD, af=AF)


def cut(*at: float) -> Change:
    """The power is cut, the last time at the attract screen; the kiosk is back in less than a second."""
    return lambda given: plus_view(with_cuts(given, *at), view(at[-1] + 800.0, 0, "attract"))


def saga_open(given: Evidence) -> Evidence:
    """The saga of the book without a tag is not closed when the power goes."""
    return with_row(given, 9, closes=False)


def closed_later(given: Evidence) -> Evidence:
    """It was open at the cut, and is closed by the kiosk that came back."""
    row = JournalRow(15, "L4", "settled", 8000.0, True, {"item": BARE})
    return replace(saga_open(given), journal=(*(saga_open(given).journal or ()), row))


def woken(reason: str) -> Change:
    """The kiosk that came back stands at its attract screen and says for a while what it lacks."""

    def change(given: Evidence) -> Evidence:
        lacks = replace(view(8000.0, 0, "cannot-lend"), reasons=(reason,))
        return plus_view(given, view(7900.0, 0, "attract"), lacks, view(8900.0, 0, "attract"))

    return change


def lifted_at(ms: float) -> Change:
    """The refused book is lifted at that moment and soon put back, for no longer than a tag may be missed."""
    return lambda given: with_stays(given, HELD_TAG, Stay(500.0, ms), Stay(ms + 900.0, 12_500.0))


def cut_off(given: Evidence) -> Evidence:
    """The power goes in the very instant in which Anna's list is drawn for the last time."""
    return with_cuts(given, 5000.0)


# ---- 9: what nobody had seen ----------------------------------------------------------------


def behind(since: float, *, row_at: float | None = None, reason: str = "") -> Change:
    """A novel lies there since an instant, also when Anna's visit ends, and is taken for Bo."""

    def change(given: Evidence) -> Evidence:
        given = replace(given, tags=(*(given.tags or ()), TagSeen(BEHIND, "39000008", "07", "07")))
        given = with_air(with_stays(given, BEHIND, Stay(since, 12_500.0)), BEHIND, AfiAt(9300.0, "07"))
        for entry in shown(given):
            if entry.ms == row_at:
                given = with_view(given, entry.ms, rows=(*entry.rows, novel("attention")))
            elif reason and since <= entry.ms <= 9500:
                given = with_view(given, entry.ms, reasons=(reason,))
        given = with_view(given, 9500.0, rows=(novel("refused"),))
        request, response = ask(NOVEL, BO, 3), answer(NOVEL, BO, 3, flags="0NUN")
        request, response = request.replace(NOVEL, "39000008"), response.replace(NOVEL, "39000008")
        given = exchange(given, 9302.0, resealed(request), 9320.0, resealed(response))
        rows = (
            JournalRow(13, "L6", "intent", 9300.0, False, {"item": "39000008"}),
            JournalRow(14, "L6", "answer", 9330.0, True, {"item": "39000008", "lent": False}),
        )
        return replace(given, journal=(*(given.journal or ()), *rows))

    return change


def novel(state: str) -> ShownRow:
    return replace(listed(NOVEL, state), key="39000008", barcode="39000008", title="Persuasion", texts=())


def resealed(text: str) -> str:
    body, _, seq = text[:-6].rpartition("AY")
    return honest.sealed(body, int(seq))


# ---- 9: a tag that names no item ------------------------------------------------------------


def unreadable(listed_at: float | None) -> Change:
    """The tag that lay there cannot be read: no question names it. Bo scans the barcode of its book."""

    def change(given: Evidence) -> Evidence:
        given = behind(2500.0)(given)
        if listed_at is None:
            return given
        row = ShownRow(f"tag:{BEHIND}", None, "attention", "tag-damaged")
        return plus_view(given, view(listed_at, 3, "loan", row, patron="Bo L."))

    return change


# ---- 9: who is signed in --------------------------------------------------------------------


def settling(name: str) -> Change:
    """Bo comes again, and while he is there the kiosk asks what became of a loan of Anna's."""

    def change(given: Evidence) -> Evidence:
        given = exchange(given, 15_001.0, who(BO, 1), 15_040.0, is_who(BO, "Bo Lind", 1))
        given = exchange(given, 15_101.0, who(ANNA, 2), 15_140.0, is_who(ANNA, "Anna Kowalska", 2))
        return plus_view(
            given,
            view(15_000.0, 5, "wait"),
            view(15_041.0, 5, "loan", patron="Bo L."),
            view(15_200.0, 5, "loan", patron=name),
        )

    return change


# ---- 9: scanned, and not yet asked ----------------------------------------------------------


def scanned(barcode: str) -> Change:
    """Bo scans what Anna had; it is on the screen, and a moment later it is asked."""

    def change(given: Evidence) -> Evidence:
        given = asked(scanned_only(barcode)(given), 11_005.0, barcode)
        given = with_view(given, 12_000.0, rows=(listed(NOVEL, "safe"), listed(barcode, "refused")))
        return with_end(given, barcode, "refused")

    return change


def scanned_only(barcode: str) -> Change:
    row = listed(barcode, "asking")
    return lambda given: plus_view(
        given, view(11_000.0, 3, "loan", listed(NOVEL, "safe"), row, patron="Bo L.")
    )


# ---- 9: gone, and not yet known to be ---------------------------------------------------------


def early_question(given: Evidence) -> Evidence:
    """Bo comes in the very moment in which Anna leaves."""
    row = listed(HELD, "seen")
    given = with_view(given, 9041.0, screen="wait", rows=())
    given = exchange(given, 6101.0, who(BO, 3), 6110.0, is_who(BO, "Bo Lind", 3))
    return plus_view(
        given,
        view(6100.0, 3, "wait"),
        view(6120.0, 3, "leftovers", row, patron="Bo L."),
        view(6500.0, 3, "loan", patron="Bo L."),
    )


def lifted_late(until: float) -> Change:
    """Anna's refused book is lifted before Bo comes; he is asked whose it is."""
    return lambda given: with_stays(given, HELD_TAG, Stay(500.0, until))


# ---- 2 and 7: which 12 an end is compared with ----------------------------------------------


def released_by_staff(barcode: str, uid: str) -> Change:
    """Staff lend Anna's refused (or armed) book at their desk and release it; Bo's visit shows it as safe."""

    def change(given: Evidence) -> Evidence:
        act = JournalRow(12, "S1", "staff", 8000.0, True, {"item": barcode, "act": "release", "by": "desk 2"})
        given = replace(given, journal=(*(given.journal or ()), replace(act, seq=15)))
        given = with_tag(given, uid, afi_after="C2", writes=(AfiAt(8050.0, "C2"),))
        given = with_air(given, uid, AfiAt(620.0, "07"), AfiAt(8060.0, "C2"), AfiAt(9650.0, "C2"))
        given = with_stays(given, uid, Stay(500.0, 5600.0), Stay(8040.0, 8070.0), Stay(9600.0, 9990.0))
        given = with_view(given, 9041.0, screen="wait", rows=())
        row = listed(barcode, "safe", "already-yours")
        given = plus_view(given, view(9760.0, 3, "loan", row, patron="Bo L."))
        return with_end(given, barcode, "safe")

    return change


PAIRS: dict[str, tuple[str, Change, Change]] = {
    "p9 the power was cut while nobody was there": (
        "p9",
        both(taken, cut(7000.0)),
        both(taken, saga_open, cut(7000.0)),
    ),
    "p9 a saga was open at the cut, and the question was asked": (
        "p9",
        both(questioned, saga_open, cut(7000.0)),
        both(taken, saga_open, cut(7000.0)),
    ),
    "p9 a saga that is closed after the cut was open at it": (
        "p9",
        both(questioned, closed_later, cut(7000.0)),
        both(taken, closed_later, cut(7000.0)),
    ),
    "p9 the cut itself ended the visit": (
        "p9",
        both(taken, cut_off),
        both(taken, saga_open, cut_off),
    ),
    "p9 an earlier cut has nothing to do with what was left later": (
        "p9",
        lambda e: with_cuts(questioned(e), 300.0),
        lambda e: with_cuts(taken(e), 300.0),
    ),
    "p9 of two cuts the last one counts": (
        "p9",
        both(taken, cut(300.0, 7000.0)),
        both(taken, saga_open, cut(300.0, 7000.0)),
    ),
    "p9 after the cut the reader was away": (
        "p9",
        both(taken, saga_open, cut(7000.0), woken("reader-missing")),
        both(taken, saga_open, cut(7000.0), woken("ils-down")),
    ),
    "p9 it was lifted before the kiosk that came back could see it": (
        "p9",
        both(taken, saga_open, cut(7000.0), lifted_at(7700.0)),
        both(taken, saga_open, cut(7000.0), lifted_at(7900.0)),
    ),
    "p9 put down at the last moment, and never shown": ("p9", behind(3500.0), behind(2500.0)),
    "p9 put down at the last moment, and shown": ("p9", behind(4500.0), behind(4500.0, row_at=5000.0)),
    "p9 put down while the reader was away": (
        "p9",
        behind(2500.0, reason="reader-missing"),
        behind(2500.0, reason="ils-down"),
    ),
    "p9 a tag that names no item, and its book is scanned": ("p9", unreadable(9100.0), unreadable(None)),
    "p9 a loan of somebody else is settled": ("p9", settling("Bo L."), settling("Anna K.")),
    "p9 scanned, and asked a moment later": ("p9", scanned(BARE), scanned_only(BARE)),
    "p9 scanned, and it has a tag that is not there": ("p9", scanned(BARE), scanned(SET)),
    "p9 somebody is asked about a book that has just been lifted": (
        "p9",
        lambda e: early_question(lifted_late(5950.0)(e)),
        lambda e: early_question(lifted_late(4700.0)(e)),
    ),
    "p2 it stayed armed for somebody else": (
        "p2",
        released_by_staff(ARMED, ARMED_TAG),
        lambda e: asked(released_by_staff(ARMED, ARMED_TAG)(e), 9702.0, ARMED, flags="1NNN"),
    ),
    "p7 it was refused to somebody else": (
        "p7",
        released_by_staff(HELD, HELD_TAG),
        lambda e: asked(released_by_staff(HELD, HELD_TAG)(e), 9702.0, HELD, af=AF),
    ),
}
"""By name: the promise, the honest folder, the lie beside it."""


@pytest.mark.parametrize("name", PAIRS)
def test_what_looks_like_a_lie_is_honest(tmp_path: Path, name: str) -> None:
    _, true, _ = PAIRS[name]
    verdict = judged(tmp_path, true(honest.evidence()))
    assert verdict.promises == KEPT, [str(each) for each in verdict.findings]


@pytest.mark.parametrize("name", PAIRS)
def test_the_lie_beside_it_breaks_its_promise_and_no_other(tmp_path: Path, name: str) -> None:
    promise, _, false = PAIRS[name]
    verdict = judged(tmp_path, false(honest.evidence()))
    assert verdict.promises == {**KEPT, promise: False}, [str(each) for each in verdict.findings]


def test_what_an_item_became_in_an_earlier_visit_is_judged_there(tmp_path: Path) -> None:
    """What Anna had is refused to Bo: that it ends as hers is a lie, and that he saw it refused is none."""
    given = scanned(BARE)(honest.evidence())
    assert judged(tmp_path, with_end(given, BARE, "no_tag")).broken == ("p7",)


def costing(given: Evidence) -> Evidence:
    """The novel costs a fee, says the 12; and the patron's list shows it to be lent all the same."""
    given = replace(given, frames=tuple(frame for frame in given.frames or () if frame.ms != 10_150.0))
    refused = answer(NOVEL, BO, 9, flags="0NUN", af="It costs 2.50")
    assert given.ils is not None
    messages = (*given.ils.messages, MessageDone(10_121.0, ask(NOVEL, BO, 9), refused))
    given = with_frame(replace(given, ils=replace(given.ils, messages=messages)), 10_122.0, False, refused)
    return exchange(given, 10_152.0, who(BO, 0), 10_158.0, is_who(BO, "Bo Lind", 0, NOVEL))


def agreed(given: Evidence) -> Evidence:
    """Bo agrees to it, and the answer to that never comes."""
    text = sealed(f"11NN{LATER}{LATER}AOLANTERN|AA{BO}|AB{NOVEL}|AC|BOY|", 1)
    given = with_frame(costing(given), 10_140.0, True, text)
    row = JournalRow(13, "L5", "intent", 10_135.0, False, {"item": NOVEL, "agreed": "2.50"})
    given = replace(given, journal=(*(given.journal or ()), row))
    question = replace(view(10_125.0, 3, "loan", listed(NOVEL, "asking"), patron="Bo L."), modal="ask-fee")
    after = view(10_130.0, 3, "loan", listed(NOVEL, "asking"), patron="Bo L.")
    return plus_view(given, replace(question, about=NOVEL), after)


def test_a_12_that_names_a_fee_is_no_answer_to_the_11_that_agrees_to_it(tmp_path: Path) -> None:
    trusting = Rules(release_after_settling=True)
    assert judged(tmp_path / "agreed", agreed(honest.evidence()), trusting).findings == ()
    assert judged(tmp_path / "not", costing(honest.evidence()), trusting).broken == ("p7",)


SECOND = "E00401500000000B"
"""A second tag in the novel that Bo borrows: armed to the end."""


BOTH_THERE = Stay(10_000.0, 12_500.0)


def second_tag(*, asked: bool = False, faint: bool = True, stay: Stay = BOTH_THERE) -> Evidence:
    """It lies there with the other one, and nothing is heard of it."""
    given = honest.evidence()
    given = replace(given, tags=(*(given.tags or ()), TagSeen(SECOND, NOVEL, "07", "07")))
    given = with_air(with_stays(given, SECOND, stay), SECOND)
    return replace(
        given,
        asked={SECOND: (10_100.0,)} if asked else {},
        faint={SECOND: (Stay(0.0, None),)} if faint else {},
    )


def test_of_a_tag_that_is_too_weak_to_be_heard_nobody_can_know(tmp_path: Path) -> None:
    assert judged(tmp_path / "unheard", second_tag()).promises == KEPT
    assert judged(tmp_path / "strong", second_tag(faint=False)).broken == ("p2", "p3")
    assert judged(tmp_path / "asked", second_tag(asked=True)).broken == ("p2", "p3")


def test_a_tag_that_was_lifted_as_the_visit_before_ended_does_not_speak_against_safe(tmp_path: Path) -> None:
    slow = Rules(pace=replace(Rules().pace, notice_ms=4500.0))
    lifted, left = Stay(5_000.0, 6_000.0), Stay(5_000.0, 6_500.0)
    # of the item's tags one is armed in the end, and nobody was told: that is promise 3's
    assert judged(tmp_path / "lifted", second_tag(faint=False, stay=lifted), slow).broken == ("p3",)
    assert judged(tmp_path / "left", second_tag(faint=False, stay=left), slow).broken == ("p2", "p3")


def test_without_a_journal_nobody_knows_what_the_kiosk_knew_after_a_cut(tmp_path: Path) -> None:
    given = replace(both(taken, cut(7000.0))(honest.evidence()), journal=None)
    assert judged(tmp_path, given).promises["p9"] is None
