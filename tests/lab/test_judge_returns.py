"""The judge on returns, renewals, the gate and paper: one honest folder, and many with one lie.

What looks like a lie and is none stands beside them.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.lab import folder
from kiosk.lab.evidence import (
    AfiAt,
    Evidence,
    Frame,
    GateEdge,
    JournalRow,
    LoanDone,
    MessageDone,
    Piece,
    Shown,
    Stay,
    TagSeen,
)
from tests.lab import honest_return as honest
from tests.lab.honest import (
    ANNA,
    KEPT,
    judged,
    shown,
    with_air,
    with_end,
    with_frame,
    with_row,
    with_stays,
    with_tag,
    with_view,
    without_rows,
)
from tests.lab.honest_return import (
    BACK,
    BOOK,
    BOOK_TAG,
    HELD,
    HELD_TAG,
    MINE,
    NOBODYS,
    NOVEL,
    NOVEL_TAG,
    OWN,
    OWN_TAG,
    REFUSED,
    RENEWED,
    SAFE,
    SET_1,
    SET_2,
    SET_BACK,
    answer,
    ask,
    listed,
    status,
    view,
)

Change = Callable[[Evidence], Evidence]


def test_the_honest_folder_keeps_every_promise(tmp_path: Path) -> None:
    verdict = judged(tmp_path, honest.evidence())
    assert verdict.findings == ()
    assert verdict.promises == KEPT


def test_what_is_written_is_read_back_equal(tmp_path: Path) -> None:
    given = honest.evidence()
    folder.write(tmp_path, given)
    assert folder.read(tmp_path) == given


# ---- changing one thing ---------------------------------------------------------------------


def both(*changes: Change) -> Change:
    def change(given: Evidence) -> Evidence:
        for each in changes:
            given = each(given)
        return given

    return change


def without_frames(given: Evidence, *at: float) -> Evidence:
    return replace(given, frames=tuple(frame for frame in given.frames or () if frame.ms not in at))


def exchange(given: Evidence, sent: float, request: str, heard: float, response: str) -> Evidence:
    given = with_frame(with_frame(given, sent, True, request), heard, False, response)
    assert given.ils is not None
    messages = (*given.ils.messages, MessageDone(sent + 1, request, response))
    return replace(given, ils=replace(given.ils, messages=messages))


def other_answer(given: Evidence, heard: float, response: str) -> Evidence:
    """What arrived then was another answer, and that is what the ILS had sent."""
    assert given.ils is not None
    asked = max(frame.ms for frame in given.frames or () if frame.sent and frame.ms < heard)
    messages = tuple(
        replace(each, response=response) if each.ms == asked + 1 else each for each in given.ils.messages
    )
    given = replace(given, ils=replace(given.ils, messages=messages))
    return with_frame(without_frames(given, heard), heard, False, response)


def plus_rows(given: Evidence, *rows: JournalRow) -> Evidence:
    return replace(given, journal=(*(given.journal or ()), *rows))


def plus_view(given: Evidence, *entries: Shown) -> Evidence:
    return replace(given, shown=tuple(sorted((*shown(given), *entries), key=lambda entry: entry.ms)))


def released(*at: float, by: str = "kiosk gate") -> Change:
    """The gate is released then, and only then."""

    def change(given: Evidence) -> Evidence:
        assert given.gate is not None
        edges = [GateEdge(ms + more, 17, level, by) for ms in at for more, level in ((0.0, 1), (300.0, 0))]
        return replace(given, gate=replace(given.gate, edges=tuple(edges)))

    return change


def printed(*at: float, cut: str = "partial") -> Change:
    """Pieces of paper begin then, and only then."""

    def change(given: Evidence) -> Evidence:
        assert given.printer is not None
        pieces = tuple(Piece(ms, ms + 200, 576, 200, cut) for ms in at)
        return replace(given, printer=replace(given.printer, pieces=pieces))

    return change


def came_at_once(given: Evidence) -> Evidence:
    """Who brings books back comes at the moment in which the one before leaves."""
    entries = (replace(each, ms=6001.0) if each.ms == 9000.0 else each for each in shown(given))
    return replace(given, shown=tuple(entries))


def asked_again(code: str, barcode: str, sent: float) -> Change:
    """One more question about an item, with an answer and with all that belongs to it on the disk."""
    act, kind, flags = {"09": ("return", "10", "1YNN"), "29": ("renewal", "30", "1YNY")}[code]

    def change(given: Evidence) -> Evidence:
        rows = (
            JournalRow(20, "X1", "intent", sent - 5, False, {"item": barcode, "act": act}),
            JournalRow(21, "X1", "answer", sent + 40, True, {"item": barcode, "returned": True}),
        )
        request = ask(code, barcode, 9).replace("100000", "100007")
        return plus_rows(exchange(given, sent, request, sent + 20, answer(kind, flags, barcode, 9)), *rows)

    return change


def late_finish(given: Evidence) -> Evidence:
    """The farewell of the loan is shown again at a later moment, with the novel on its way until then."""
    lent = listed(NOVEL, "lent")
    given = with_view(given, 5000.0, rows=(lent, REFUSED, RENEWED))
    given = with_view(given, 3060.0, rows=(lent, REFUSED, RENEWED))
    given = with_view(given, 3000.0, rows=(lent, REFUSED, listed(OWN, "asking")))
    given = with_view(given, 2900.0, rows=(lent, REFUSED, MINE))
    given = with_view(given, 1141.0, rows=(lent, REFUSED, MINE))
    return plus_view(given, view(5700.0, 1, "farewell", SAFE, REFUSED, RENEWED, patron="Anna K."))


def no_loan(given: Evidence) -> Evidence:
    """Everything of Anna's visit but the loan: she only renews."""
    assert given.ils is not None
    given = replace(given, ils=replace(given.ils, loans=()))
    given = with_tag(with_end(given, NOVEL, "attention"), NOVEL_TAG, afi_after="07", writes=())
    given = without_rows(without_frames(given, 1070.0, 1100.0), 1, 3, 5)
    for entry in shown(given):
        rows = tuple(listed(NOVEL, "attention") if row.barcode == NOVEL else row for row in entry.rows)
        given = with_view(given, entry.ms, rows=rows)
    return printed(9300.0, 12500.0)(with_stays(given, NOVEL_TAG, Stay(500.0, 5300.0)))


def left_behind(given: Evidence) -> Evidence:
    """The refused book stays where it is, and is taken back for whoever comes next."""
    given = with_stays(released()(given), HELD_TAG, Stay(500.0, 13_000.0))
    given = asked_again("09", HELD, 9300.0)(given)
    given = with_tag(given, HELD_TAG, writes=(AfiAt(9350.0, "07"),))
    given = with_air(given, HELD_TAG, AfiAt(610.0, "07"), AfiAt(9360.0, "07"))
    given = with_view(given, 12000.0, rows=(BACK, SET_BACK, listed(NOBODYS, "returned"), BACK_HELD))
    return with_end(given, HELD, "returned")


BACK_HELD = listed(HELD, "returned")


def questioned(given: Evidence) -> Evidence:
    """Whoever comes next is asked whose it is."""
    return plus_view(
        left_behind(given), view(8990.0, 3, "leftovers", listed(HELD, "seen")), view(8999.0, 3, "return")
    )


def at_home(given: Evidence) -> Evidence:
    """The second part of the set was in an earlier visit only, and is still on loan."""
    given = with_air(with_tag(given, SET_2, afi_after="C2", writes=()), SET_2, AfiAt(700.0, "C2"))
    return with_stays(given, SET_2, Stay(500.0, 900.0))


def lent_before(given: Evidence) -> Evidence:
    """The book that comes back was lent here, before the visits that were seen, and its tag released."""
    assert given.ils is not None
    given = replace(given, ils=replace(given.ils, loans=(*given.ils.loans, LoanDone(110.0, ANNA, BOOK))))
    request, response = ask("11", BOOK, 8), answer("12", "1NNY", BOOK, 8)
    given = exchange(given, 105.0, request.replace("100000", "095900"), 120.0, response)
    given = with_tag(given, BOOK_TAG, afi_before="07", writes=(AfiAt(140.0, "C2"), AfiAt(9170.0, "07")))
    given = with_stays(given, BOOK_TAG, Stay(50.0, 180.0), Stay(9090.0, 13_000.0))
    given = with_air(given, BOOK_TAG, AfiAt(60.0, "07"), AfiAt(150.0, "C2"), AfiAt(9175.0, "07"))
    return plus_rows(
        given,
        JournalRow(20, "L0", "intent", 100.0, False, {"item": BOOK}),
        JournalRow(21, "L0", "answer", 130.0, False, {"item": BOOK, "lent": True}),
        JournalRow(22, "L0", "settled", 170.0, True, {"item": BOOK}),
    )


def written(*writes: tuple[float, str], after: str = "07") -> Change:
    """These are the writes of the book that comes back."""
    return lambda given: with_tag(
        given, BOOK_TAG, afi_after=after, writes=tuple(AfiAt(ms, afi) for ms, afi in writes)
    )


def unarmed(given: Evidence) -> Evidence:
    """The book that came back was never armed: its tag was lifted, and is not called returned."""
    given = with_tag(given, BOOK_TAG, afi_after="C2", writes=())
    for entry in shown(given):
        rows = tuple(listed(BOOK, "asking") if row.barcode == BOOK else row for row in entry.rows)
        given = with_view(given, entry.ms, rows=rows)
    return with_stays(with_end(given, BOOK, "asking"), BOOK_TAG, Stay(9090.0, 9165.0))


def named(given: Evidence) -> Evidence:
    return plus_rows(unarmed(given), JournalRow(20, "R1", "staff", 12_500.0, False, {"item": BOOK}))


def still_open(given: Evidence) -> Evidence:
    return without_rows(unarmed(given), 14)


def refused(given: Evidence) -> Evidence:
    """The ILS does not take back what nobody had, and nobody says where it belongs."""
    given = other_answer(given, 9230.0, status(NOBODYS, "04", 8))
    return without_rows(given, 13, 16)


def attention(given: Evidence) -> Evidence:
    row = listed(NOBODYS, "refused", "return-refused")
    given = with_view(given, 9260.0, rows=(BACK, SET_BACK, row))
    given = with_view(given, 12_000.0, rows=(BACK, SET_BACK, row))
    rows = JournalRow(13, "R3", "answer", 9240.0, True, {"item": NOBODYS, "returned": False})
    return plus_rows(with_end(refused(given), NOBODYS, "refused"), rows)


def kept_all_the_same(given: Evidence) -> Evidence:
    return plus_rows(
        refused(given), JournalRow(13, "R3", "answer", 9240.0, True, {"item": NOBODYS, "returned": True})
    )


def hangs(given: Evidence) -> Evidence:
    """One item of the return is never asked, beside another that goes to staff."""
    uid = "E004015000000109"
    given = replace(given, tags=(*(given.tags or ()), TagSeen(uid, HELD, "07", "07")))
    given = with_air(with_stays(given, uid, Stay(9090.0, 13_000.0)), uid, AfiAt(9114.0, "07"))
    for entry in shown(given):
        if 9100 < entry.ms < 14_000:
            given = with_view(given, entry.ms, rows=(*entry.rows, listed(HELD, "seen")))
    return with_end(attention(given), HELD, "seen")


def asked_too(given: Evidence) -> Evidence:
    """The same, but it was asked, and the answer never came."""
    given = with_frame(hangs(given), 9240.0, True, ask("09", HELD, 9, "20261122    100019"))
    return plus_rows(
        attention(given), JournalRow(20, "R4", "intent", 9235.0, False, {"item": HELD, "act": "return"})
    )


def hung(change: Change) -> Change:
    """`attention` puts its own rows on the screen: what hangs is put there last."""

    def with_it(given: Evidence) -> Evidence:
        given = change(given)
        for ms in (9260.0, 12_000.0):
            rows = next(entry.rows for entry in shown(given) if entry.ms == ms)
            if not any(row.barcode == HELD for row in rows):
                given = with_view(given, ms, rows=(*rows, listed(HELD, "seen")))
        return given

    return with_it


def doubted(given: Evidence) -> Evidence:
    """A book that was lent here comes back; the ILS never hears of it, and an 18 says that it is on loan.
    Its tag is armed all the same, and whoever brings it is sent to staff with it."""
    assert given.ils is not None
    given = lent_before(given)
    returns = tuple(back for back in given.ils.returns if back.item != BOOK) if given.ils else ()
    messages = tuple(each for each in given.ils.messages if each.ms != 9121.0) if given.ils else ()
    assert given.ils is not None
    given = replace(given, ils=replace(given.ils, returns=returns, messages=messages))
    given = without_frames(given, 9150.0)
    given = exchange(given, 9152.0, ask("17", BOOK, 9), 9155.0, status(BOOK, "04", 9))
    row = JournalRow(11, "R1", "answer", 9160.0, False, {"item": BOOK, "returned": False})
    given = plus_rows(without_rows(given, 11), row)
    given = printed(9220.0, 12_500.0)(given)
    for entry in shown(given):
        rows = tuple(
            listed(BOOK, "refused", "ils-silent") if row.key == BOOK and row.state == "returned" else row
            for row in entry.rows
        )
        given = with_view(given, entry.ms, rows=rows)
    return with_end(given, BOOK, "refused")


def nobody_told(given: Evidence) -> Evidence:
    """The same, but the last that was seen of it is that it is being asked about."""
    given = doubted(given)
    for entry in shown(given):
        rows = tuple(listed(BOOK, "asking") if row.state == "refused" else row for row in entry.rows)
        if entry.session == 3:
            given = with_view(given, entry.ms, rows=rows)
    return with_end(given, BOOK, "asking")


def brought_again(given: Evidence) -> Evidence:
    """The book is brought once more, and the power is cut before anybody learns what came of that: the 09
    was never heard, an 18 says afterwards that the item is on loan."""
    again = Frame(20_000.0, True, ask("09", BOOK, 9).replace("100000", "100020"))
    rows = (
        JournalRow(30, "R9", "intent", 19_990.0, False, {"item": BOOK, "act": "return"}),
        JournalRow(31, "R9", "answer", 29_000.0, False, {"item": BOOK, "returned": False}),
        JournalRow(32, "R9", "settled", 29_010.0, True, {"item": BOOK}),
    )
    return plus_rows(with_end(replace(given, frames=(*given.frames, again)), BOOK, "asking"), *rows)


def no_answer_to_yes(given: Evidence) -> Evidence:
    """The patron says no: what follows the question is the row as it was."""
    return with_view(given, 3000.0, rows=(SAFE, REFUSED, MINE))


def one_more_book(ms: float) -> Change:
    """One more book is put down at the farewell, and is being asked about for a while."""
    rows = (SAFE, REFUSED, RENEWED)
    more = listed(BOOK, "asking")
    request, response = ask("11", BOOK, 8), answer("12", "0NUN", BOOK, 8)

    def change(given: Evidence) -> Evidence:
        given = exchange(given, 5480.0, request.replace("100000", "100005"), 5490.0, response)
        given = plus_rows(
            given,
            JournalRow(20, "L9", "intent", 5470.0, False, {"item": BOOK}),
            JournalRow(21, "L9", "answer", 5495.0, True, {"item": BOOK, "lent": False}),
        )
        given = with_stays(given, BOOK_TAG, Stay(ms - 50, 5950.0), Stay(9090.0, 13_000.0))
        reads = (AfiAt(ms - 20, "C2"), AfiAt(9110.0, "C2"), AfiAt(9175.0, "07"))
        given = with_air(given, BOOK_TAG, *reads)
        return plus_view(
            given,
            view(ms - 15, 1, "farewell", *rows, patron="Anna K."),
            view(ms, 1, "loan", *rows, more, patron="Anna K."),
            view(5500.0, 1, "farewell", *rows, listed(BOOK, "refused"), patron="Anna K."),
        )

    return change


def staff_try(given: Evidence) -> Evidence:
    return plus_view(
        given,
        view(7000.0, 2, "staff"),
        view(8000.0, 2, "attract"),
    )


PAIRS: dict[str, tuple[str, Change, Change]] = {
    # 1: never released without a loan
    "p1 lent before, and released again after it came back": (
        "p1",
        lent_before,
        both(lent_before, written((140.0, "C2"), (9170.0, "07"), (9172.0, "C2"), (9173.0, "07"))),
    ),
    "p1 lent before, and released again while it is asked back": (
        "p1",
        lent_before,
        both(lent_before, written((140.0, "C2"), (9122.0, "C2"), (9170.0, "07"))),
    ),
    # 2: no success without proof
    "p2 one part was not read back": (
        "p2",
        lambda e: e,
        lambda e: with_air(e, SET_2, AfiAt(9112.0, "C2")),
    ),
    "p2 read back only after it was shown": (
        "p2",
        lambda e: with_air(e, BOOK_TAG, AfiAt(9110.0, "C2"), AfiAt(9179.0, "07")),
        lambda e: with_air(e, BOOK_TAG, AfiAt(9110.0, "C2"), AfiAt(9181.0, "07")),
    ),
    "p2 a tag that lay there in an earlier visit only": (
        "p2",
        lambda e: at_home(with_tag(with_tag(e, SET_1, parts=0), SET_2, parts=0)),
        lambda e: with_air(with_tag(e, SET_2, writes=()), SET_2, AfiAt(9112.0, "C2")),
    ),
    "p2 a part that lay there in an earlier visit only": (
        "p2",
        lambda e: at_home(with_tag(with_tag(e, SET_1, parts=0), SET_2, parts=0)),
        at_home,
    ),
    "p2 renewed and its tag is armed": (
        "p2",
        lambda e: e,
        lambda e: with_air(e, OWN_TAG, AfiAt(620.0, "07")),
    ),
    "p2 let through with the refused book on the pad": (
        "p2",
        released(5401.0),
        released(5399.0),
    ),
    "p2 the refused book is put back a moment before": (
        "p2",
        lambda e: with_stays(released(5560.0)(e), HELD_TAG, Stay(500.0, 5400.0), Stay(5440.0, 5600.0)),
        lambda e: with_air(
            with_stays(released(5560.0)(e), HELD_TAG, Stay(500.0, 5400.0), Stay(5440.0, 5600.0)),
            HELD_TAG,
            *(AfiAt(610.0, "07"), AfiAt(5445.0, "07")),
        ),
    ),
    "p2 let through while an item is on its way": (
        "p2",
        late_finish,
        both(late_finish, lambda e: with_stays(e, HELD_TAG, Stay(500.0, 2000.0)), released(2500.0)),
    ),
    "p2 let through before the last read-back": (
        "p2",
        released(5450.0),
        both(lambda e: with_stays(e, HELD_TAG), lambda e: with_air(e, HELD_TAG), released(1125.0)),
    ),
    "p2 let through and nothing was lent": ("p2", both(no_loan, released()), no_loan),
    "p2 let through a moment after the end": ("p2", released(6020.0), released(7500.0)),
    "p2 staff try the gate": ("p2", both(staff_try, released(7500.0)), released(7500.0)),
    "p2 somebody else moves the line": ("p2", released(7500.0, by="jammed"), released(7500.0)),
    "p2 a book comes to the list while the line is being set": (
        "p2",
        both(one_more_book(5420.0), released(5450.0)),
        both(one_more_book(5320.0), released(5450.0)),
    ),
    "p2 let through with what came back": ("p2", lambda e: e, released(12_100.0)),
    "p2 a receipt before the last read-back": ("p2", printed(1140.0), printed(1125.0)),
    "p2 a slip before the read-back": ("p2", printed(9180.0), printed(9172.0)),
    "p2 more slips than returns": ("p2", printed(9180.0), printed(9180.0, 9190.0)),
    "p2 a slip that comes late": ("p2", printed(14_500.0), printed(300.0)),
    "p2 a receipt for which nobody waited": (
        "p2",
        both(came_at_once, printed(6050.0)),
        both(came_at_once, printed(7050.0)),
    ),
    "p2 a roll that ends in a slip": (
        "p2",
        printed(9180.0, 9190.0, cut="end"),
        printed(9180.0, 9190.0),
    ),
    "p2 staff try the printer": ("p2", both(staff_try, printed(7500.0)), printed(100.0)),
    # 3: nothing is lost
    "p3 no intent of the return": ("p3", lambda e: e, lambda e: without_rows(e, 8)),
    "p3 the intent of a loan is none of a return": (
        "p3",
        lambda e: e,
        lambda e: with_row(e, 8, payload={"item": BOOK}),
    ),
    "p3 the intent of the return was late": (
        "p3",
        lambda e: with_row(e, 8, ms=9119.0),
        lambda e: with_row(e, 8, ms=9121.0),
    ),
    "p3 the intent of the renewal was late": (
        "p3",
        lambda e: with_row(e, 6, ms=3009.0),
        lambda e: with_row(e, 6, ms=3011.0),
    ),
    "p3 armed before the answer was on the disk": (
        "p3",
        lambda e: with_row(e, 11, ms=9169.0),
        lambda e: with_row(e, 11, ms=9171.0),
    ),
    "p3 the answer to a renewal was not kept": ("p3", lambda e: e, lambda e: without_rows(e, 7)),
    "p3 taken back, not armed, and named": ("p3", named, unarmed),
    "p3 taken back, not armed, and open": ("p3", still_open, unarmed),
    "p3 not taken back, armed, and sent to staff": ("p3", doubted, nobody_told),
    "p3 sent to staff when it was armed, and brought again": (
        "p3",
        both(doubted, brought_again),
        both(nobody_told, brought_again),
    ),
    # 4: never twice
    "p4 asked back twice in a visit": (
        "p4",
        asked_again("09", BOOK, 15_000.0),
        asked_again("09", BOOK, 9300.0),
    ),
    "p4 renewed twice in a visit": ("p4", lambda e: e, asked_again("29", OWN, 4000.0)),
    "p4 renewed without a question": (
        "p4",
        lambda e: e,
        lambda e: with_view(e, 2900.0, modal=None, about=None),
    ),
    "p4 the question was about another book": (
        "p4",
        lambda e: e,
        lambda e: with_view(e, 2900.0, about=NOVEL),
    ),
    "p4 renewed though the patron said no": ("p4", lambda e: e, no_answer_to_yes),
    # 5: one poisoned item never blocks the others
    "p5 one item of a return is never asked": ("p5", hung(asked_too), hung(hangs)),
    # 7: every text is ours
    "p7 not taken back, and shown as returned": ("p7", attention, kept_all_the_same),
    "p7 what the item was before it was asked proves nothing": (
        "p7",
        attention,
        both(
            kept_all_the_same,
            lambda e: exchange(e, 9100.0, ask("17", NOBODYS, 9), 9105.0, status(NOBODYS, "03", 9)),
        ),
    ),
    "p7 taken back, and shown as refused": (
        "p7",
        lambda e: e,
        lambda e: with_end(
            with_view(e, 12_000.0, rows=(listed(BOOK, "refused"), SET_BACK, listed(NOBODYS, "returned"))),
            BOOK,
            "refused",
        ),
    ),
    "p7 not renewed, and shown as renewed": (
        "p7",
        lambda e: e,
        both(
            lambda e: other_answer(e, 3040.0, answer("30", "0NUN", OWN, 4)),
            printed(9300.0, 12_500.0),
        ),
    ),
    # 9: sessions do not leak
    "p9 what was left is taken back without a question": ("p9", questioned, left_behind),
    "p9 a row of a loan in the return": (
        "p9",
        lambda e: e,
        lambda e: with_view(e, 9000.0, rows=(SAFE,)),
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


def test_without_gate_and_printer_there_is_nothing_to_judge(tmp_path: Path) -> None:
    given = replace(released(100.0)(honest.evidence()), gate=None, printer=None)
    assert judged(tmp_path, given).promises == KEPT
