"""The judge, tried on one honest folder and on many that were falsified, each in one thing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.lab import folder
from kiosk.lab.case import Rules
from kiosk.lab.evidence import (
    PROMISES,
    AfiAt,
    Evidence,
    Frame,
    JournalRow,
    LoanDone,
    MessageDone,
    Shown,
    Stay,
    TagSeen,
    Text,
)
from tests.lab import honest
from tests.lab.honest import (
    AF,
    ANNA,
    ARMED,
    ARMED_TAG,
    BO,
    DATE,
    FINISH,
    HELD,
    HELD_TAG,
    KEPT,
    NOVEL,
    NOVEL_TAG,
    REFUSED,
    SAFE,
    SET,
    SET_1,
    SET_2,
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
    without_rows,
)

Falsify = Callable[[Evidence], Evidence]


def test_the_honest_folder_keeps_every_promise(tmp_path: Path) -> None:
    verdict = judged(tmp_path, honest.evidence())
    assert verdict.findings == ()
    assert verdict.promises == KEPT
    assert list(verdict.promises) == list(PROMISES)


def test_what_is_written_is_read_back_equal(tmp_path: Path) -> None:
    given = honest.evidence()
    folder.write(tmp_path, given)
    assert folder.read(tmp_path) == given


# ---- one lie at a time ----------------------------------------------------------------------


def ils(given: Evidence, **changes: object) -> Evidence:
    assert given.ils is not None
    return replace(given, ils=replace(given.ils, **changes))


def loans(given: Evidence) -> tuple[LoanDone, ...]:
    assert given.ils is not None
    return given.ils.loans


def messages(given: Evidence) -> tuple[MessageDone, ...]:
    assert given.ils is not None
    return given.ils.messages


def plus_view(given: Evidence, *entries: Shown) -> Evidence:
    return replace(given, shown=tuple(sorted((*shown(given), *entries), key=lambda entry: entry.ms)))


def exchange(given: Evidence, sent: float, request: str, heard: float, response: str) -> Evidence:
    """One more question to the ILS, seen by both sides."""
    given = with_frame(with_frame(given, sent, True, request), heard, False, response)
    return ils(given, messages=(*messages(given), MessageDone(sent + 1, request, response)))


def stray_tag(given: Evidence) -> Evidence:
    uid = "E004015000000009"
    given = replace(given, tags=(*given.tags, TagSeen(uid, None, "07", "C2", (AfiAt(4000.0, "C2"),))))
    return with_air(with_stays(given, uid, Stay(3500.0, 5000.0)), uid)


def stuck(given: Evidence) -> Evidence:
    """A novel lies beside the refused book from the start, is listed, and is never asked."""
    for entry in shown(given):
        if entry.session == 1 and entry.screen in {"loan", "farewell"}:
            given = with_view(given, entry.ms, rows=(*entry.rows, listed(NOVEL, "seen")))
    return with_stays(given, NOVEL_TAG, Stay(500.0, 6100.0), Stay(10000.0, 12500.0))


def overlooked(given: Evidence) -> Evidence:
    """A tag lay half a minute beside the refused book and never got a row."""
    uid = "E004015000000008"
    later = {entry.ms: entry.ms + 26_000 for entry in shown(given) if entry.ms >= 5000}
    given = replace(
        given,
        shown=tuple(replace(entry, ms=later.get(entry.ms, entry.ms)) for entry in shown(given)),
        frames=tuple(
            replace(frame, ms=frame.ms + (26_000 if frame.ms >= 5000 else 0)) for frame in given.frames or ()
        ),
        tags=(*(given.tags or ()), TagSeen(uid, "39000008", "07", "07")),
        ils=replace(
            given.ils,
            loans=tuple(
                replace(loan, ms=loan.ms + (26_000 if loan.ms >= 5000 else 0)) for loan in loans(given)
            ),
        ),
        journal=tuple(
            replace(row, ms=row.ms + (26_000 if row.ms >= 5000 else 0)) for row in given.journal or ()
        ),
    )
    given = with_tag(given, NOVEL_TAG, writes=(AfiAt(36_170.0, "C2"),))
    given = with_air(given, NOVEL_TAG, AfiAt(36_100.0, "07"), AfiAt(36_180.0, "C2"))
    given = with_stays(given, NOVEL_TAG, Stay(36_000.0, 38_500.0))
    given = with_stays(given, HELD_TAG, Stay(500.0, 35_800.0))
    given = with_view(given, 31_000.0, screen="loan")
    return with_stays(with_air(given, uid, AfiAt(700.0, "07")), uid, Stay(500.0, 31_500.0))


def connected_anew(given: Evidence) -> Evidence:
    """A new connection between the answers and a question that follows: login and status."""
    for ms, sent, text in (
        (1140.2, True, "9300CNkiosk|COpw|AY0AZF000"),
        (1140.4, False, "941AY0AZFDFD"),
        (1140.6, True, "9900302.00AY1AZFCA0"),
        (1140.8, False, "98YYYYNN10000320261112    0800002.00AOMAIN|BXYYYYYYYYYYYYYYYY|AY1AZE000"),
    ):
        given = with_frame(given, ms, sent, text)
    return given


def asked_on_a_new_connection(given: Evidence) -> Evidence:
    return with_frame(connected_anew(given), 1141.0, True, ask(ARMED, ANNA, 4))


def renewed_by_checkout(given: Evidence) -> Evidence:
    """The ILS renewed at an 11 which, for all that the log shows, was the first."""
    return ils(given, loans=tuple(replace(loan, renewal=loan.item == NOVEL) for loan in loans(given)))


def left_and_taken(given: Evidence) -> Evidence:
    """The held book is taken for Bo, and nobody asked him whose it is."""
    given = with_view(given, 9041.0, screen="loan", rows=(listed(HELD, "asking"),))
    given = with_view(given, 9500.0, rows=(REFUSED,))
    given = exchange(given, 9302.0, ask(HELD, BO, 4), 9400.0, answer(HELD, BO, 4, flags="0NUN", af=AF))
    rows = (
        JournalRow(13, "L6", "intent", 9300.0, False, {"item": HELD}),
        JournalRow(14, "L6", "answer", 9450.0, True, {"item": HELD, "lent": False}),
    )
    return replace(given, journal=(*(given.journal or ()), *rows))


def in_header(given: Evidence, ms: float, **changes: object) -> Evidence:
    entry = next(entry for entry in shown(given) if entry.ms == ms)
    return with_view(given, ms, header=replace(entry.header, **changes))


def with_text(given: Evidence, ms: float, *texts: Text) -> Evidence:
    entry = next(entry for entry in shown(given) if entry.ms == ms)
    return with_view(given, ms, texts=(*entry.texts, *texts))


def with_control(given: Evidence, **changes: object) -> Evidence:
    return with_view(given, 5000.0, controls=(replace(FINISH, **changes), honest.HELP))


LIES: dict[str, tuple[str, Falsify]] = {
    # 1: never released without a loan
    "p1 the ILS never lent it": (
        "p1",
        lambda e: ils(e, loans=tuple(loan for loan in loans(e) if loan.item != SET)),
    ),
    "p1 a refused item is released": (
        "p1",
        lambda e: with_tag(e, HELD_TAG, afi_after="C2", writes=(AfiAt(1300.0, "C2"),)),
    ),
    "p1 released and locked again": (
        "p1",
        lambda e: with_tag(e, HELD_TAG, writes=(AfiAt(1050.0, "C2"), AfiAt(1300.0, "07"))),
    ),
    "p1 released before the 12 came": (
        "p1",
        lambda e: with_tag(e, SET_1, writes=(AfiAt(1090.0, "C2"),)),
    ),
    "p1 an item that must stay armed is released": (
        "p1",
        lambda e: with_tag(e, ARMED_TAG, afi_after="C2", writes=(AfiAt(1200.0, "C2"),)),
    ),
    "p1 a tag without an item is released": ("p1", stray_tag),
    "p1 a tag changed and nobody saw it written": ("p1", lambda e: with_tag(e, HELD_TAG, afi_after="C2")),
    "p1 naming an item for staff permits nothing": (
        "p1",
        lambda e: replace(
            with_tag(e, HELD_TAG, afi_after="C2", writes=(AfiAt(1300.0, "C2"),)),
            journal=(*e.journal, JournalRow(13, "L2", "staff", 1200.0, False, {"item": HELD})),
        ),
    ),
    # 2: no success without proof
    "p2 one part was never read back": ("p2", lambda e: with_air(e, SET_2, AfiAt(610.0, "07"))),
    "p2 read back as armed": (
        "p2",
        lambda e: with_air(e, SET_2, AfiAt(610.0, "07"), AfiAt(1150.0, "07")),
    ),
    "p2 read only before the write": (
        "p2",
        lambda e: with_air(e, NOVEL_TAG, AfiAt(10100.0, "07"), AfiAt(10165.0, "C2")),
    ),
    "p2 shown before it was read back": (
        "p2",
        lambda e: with_air(e, NOVEL_TAG, AfiAt(10100.0, "07"), AfiAt(10182.0, "C2")),
    ),
    "p2 no tag, and there it lies": (
        "p2",
        lambda e: with_view(with_end(e, NOVEL, "no_tag"), 12000.0, rows=(listed(NOVEL, "no_tag"),)),
    ),
    "p2 safe without a part that never lay there": ("p2", lambda e: with_tag(e, SET_1, parts=3)),
    "p2 safe with one part there twice and the other never": ("p2", lambda e: with_tag(e, SET_2, part=1)),
    "p2 safe though it stays armed": (
        "p2",
        lambda e: with_end(
            with_air(with_tag(e, ARMED_TAG, afi_before="C2", afi_after="C2"), ARMED_TAG, AfiAt(630.0, "C2")),
            ARMED,
            "safe",
        ),
    ),
    # 3: nothing is lost
    "p3 no intent": ("p3", lambda e: without_rows(e, 1)),
    "p3 the intent was late": ("p3", lambda e: with_row(e, 10, ms=10130.0)),
    "p3 no answer": ("p3", lambda e: without_rows(e, 11)),
    "p3 the tag was written before the answer was kept": ("p3", lambda e: with_row(e, 11, ms=10175.0)),
    "p3 a refusal was not kept": ("p3", lambda e: without_rows(e, 5)),
    "p3 lent, armed, and nobody is told": (
        "p3",
        lambda e: with_end(
            with_view(
                with_view(
                    with_view(
                        with_tag(e, NOVEL_TAG, afi_after="07", writes=()),
                        10181.0,
                        rows=(listed(NOVEL, "refused"),),
                    ),
                    10161.0,
                    rows=(listed(NOVEL, "asking"),),
                ),
                12000.0,
                rows=(),
            ),
            NOVEL,
            "returned",
        ),
    ),
    # 4: never twice
    "p4 the same 11 word by word": (
        "p4",
        lambda e: with_frame(e, 10140.0, True, ask(NOVEL, BO, 9)),
    ),
    "p4 the same 11 on a new connection": ("p4", asked_on_a_new_connection),
    "p4 asked again in the same visit": (
        "p4",
        lambda e: with_frame(
            replace(
                e, journal=(*(e.journal or ()), JournalRow(13, "L6", "intent", 1185.0, False, {"item": HELD}))
            ),
            1190.0,
            True,
            ask(HELD, ANNA, 5).replace("100000", "100001"),
        ),
    ),
    "p4 lent twice": (
        "p4",
        lambda e: ils(e, loans=(*loans(e), LoanDone(10126.0, BO, NOVEL))),
    ),
    "p4 renewed by a checkout": ("p4", renewed_by_checkout),
    "p4 asked though the 64 lists it": (
        "p4",
        lambda e: exchange(
            with_row(e, 1, ms=900.0), 995.0, who(ANNA, 0), 1000.0, is_who(ANNA, "Anna Kowalska", 0, SET)
        ),
    ),
    # 5: one poisoned item never blocks the others
    "p5 one item is never asked": ("p5", stuck),
    "p5 one item is never listed": ("p5", overlooked),
    "p5 the result has an item that hangs": (
        "p5",
        lambda e: with_stays(with_end(e, ARMED, "asking"), ARMED_TAG, Stay(500.0, None)),
    ),
    # 7: every text is ours
    "p7 AF as our word": ("p7", lambda e: with_text(e, 1171.0, Text(AF, "ours", "message"))),
    "p7 AF as a title": (
        "p7",
        lambda e: with_text(e, 5000.0, Text("Item is on hold shelf for another…", "data", "list")),
    ),
    "p7 AF not sanitised": (
        "p7",
        lambda e: with_text(e, 1171.0, Text("Paid\x1b[2J \u202eback", "untrusted", "message")),
    ),
    "p7 AF alone": ("p7", lambda e: with_text(e, 1171.0, Text(AF, "untrusted", "sheet"))),
    "p7 a control character in a title": ("p7", lambda e: with_text(e, 1171.0, Text("Em\x07ma", "data"))),
    "p7 lent by words": ("p7", lambda e: with_end(e, HELD, "lent")),
    "p7 refused by words": ("p7", lambda e: with_end(e, NOVEL, "refused")),
    # 8: five keys and speech
    "p8 no role": ("p8", lambda e: with_control(e, role="")),
    "p8 no name": ("p8", lambda e: with_control(e, name=" ")),
    "p8 nothing to say": ("p8", lambda e: with_control(e, spoken="")),
    "p8 two at one place": ("p8", lambda e: with_control(e, order=2)),
    "p8 beyond the edge": ("p8", lambda e: with_control(e, box=(1200, 670, 100, 100))),
    "p8 without a size": ("p8", lambda e: with_control(e, box=(900, 670, 0, 118))),
    "p8 no control": ("p8", lambda e: with_view(e, 9041.0, controls=())),
    # 9: sessions do not leak
    "p9 a name at the attract screen": ("p9", lambda e: in_header(e, 6000.0, patron="Anna K.")),
    "p9 a name in the next visit": ("p9", lambda e: in_header(e, 9500.0, patron="Anna K.")),
    "p9 a name in a text": (
        "p9",
        lambda e: with_text(e, 9500.0, Text("Welcome back, Anna K.!", "ours", "message")),
    ),
    "p9 a row in the next visit": ("p9", lambda e: with_view(e, 9500.0, rows=(SAFE,))),
    "p9 a title in the next visit": (
        "p9",
        lambda e: with_text(e, 9500.0, Text("Chess in a box", "data", "message")),
    ),
    "p9 the language stays": ("p9", lambda e: in_header(e, 14000.0, language="ar")),
    "p9 the size stays": ("p9", lambda e: in_header(e, 6000.0, text_size=160)),
    "p9 the theme stays": ("p9", lambda e: in_header(e, 6000.0, theme="contrast")),
    "p9 what was left is taken without a question": ("p9", left_and_taken),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_breaks_its_promise_and_no_other(tmp_path: Path, name: str) -> None:
    promise, falsify = LIES[name]
    verdict = judged(tmp_path, falsify(honest.evidence()))
    assert verdict.promises == {**KEPT, promise: False}, [str(each) for each in verdict.findings]
    assert {finding.promise for finding in verdict.findings} == {promise}


def test_every_promise_has_its_lie() -> None:
    assert {promise for promise, _ in LIES.values()} | {"p6"} == set(PROMISES)


# ---- what is no lie -------------------------------------------------------------------------


def staff_released(given: Evidence) -> Evidence:
    act = JournalRow(13, "S1", "staff", 1200.0, True, {"item": HELD, "act": "release", "by": "desk 2"})
    given = replace(given, journal=(*(given.journal or ()), act))
    return with_tag(given, HELD_TAG, afi_after="C2", writes=(AfiAt(1300.0, "C2"),))


def asked_after_96(given: Evidence) -> Evidence:
    given = with_frame(given, 1140.0, False, "96AZFEF6")
    return with_frame(given, 1141.0, True, ask(ARMED, ANNA, 4))


def asked_after_96_on_a_new_connection(given: Evidence) -> Evidence:
    return connected_anew(asked_after_96(given))


def garbled_twice(given: Evidence) -> Evidence:
    """One flipped bit makes another item of the answer; the client asks again by 97."""
    right = answer(SET, ANNA, 2)
    given = with_frame(given, 1080.0, False, right.replace(f"AB{SET}", f"AB{NOVEL}"))
    given = with_frame(given, 1081.0, True, "97AZFEF5")
    spoilt = MessageDone(1071.0, ask(SET, ANNA, 2), right.replace(f"AB{SET}", f"AB{NOVEL}"))
    return ils(given, messages=(*messages(given), spoilt))


def cut_before_answer_was_kept(given: Evidence) -> Evidence:
    """The 12 came, the power went: the saga is open, the tag is armed, the screen said *asking*."""
    given = without_rows(given, 11, 12)
    given = with_tag(given, NOVEL_TAG, afi_after="07", writes=())
    given = replace(
        given, shown=tuple(entry for entry in shown(given) if entry.ms < 10161 or entry.ms == 14000)
    )
    given = with_end(given, NOVEL, "asking")
    assert given.result is not None
    return replace(given, result=replace(given.result, cuts=(10155.0,)))


def returned_and_lent_again(given: Evidence) -> Evidence:
    """Anna's set comes back through the drop; Bo borrows it: a loan of its own, not a second one."""
    back = sealed(f"101YNN{DATE}AOLANTERN|AB{SET}|AQLANTERN|", 3)
    given = ils(
        given,
        loans=(*loans(given), LoanDone(11010.0, BO, SET)),
        messages=(
            *messages(given),
            MessageDone(8000.0, sealed(f"09N{DATE}{DATE}AP|AO|AB{SET}|AC|", 3), back),
        ),
    )
    given = exchange(given, 11005.0, ask(SET, BO, 0), 11030.0, answer(SET, BO, 0))
    rows = (
        JournalRow(13, "L6", "intent", 11001.0, False, {"item": SET}),
        JournalRow(14, "L6", "answer", 11040.0, False, {"item": SET, "lent": True}),
    )
    given = replace(given, journal=(*(given.journal or ()), *rows))
    for number, uid in enumerate((SET_1, SET_2)):
        writes = (AfiAt(1120.0 + 20 * number, "C2"), AfiAt(8000.0, "07"), AfiAt(11050.0, "C2"))
        given = with_tag(given, uid, writes=writes)
        given = with_stays(given, uid, Stay(500.0, 5500.0), Stay(11000.0, 12500.0))
        given = with_air(given, uid, AfiAt(600.0, "07"), AfiAt(1150.0, "C2"), AfiAt(11060.0, "C2"))
    return with_view(given, 12000.0, rows=(listed(NOVEL, "safe"), SAFE))


def own_words_sent_back(given: Evidence) -> Evidence:
    """An ILS that says what our screen says anyway."""
    return with_frame(given, 1120.0, False, sealed(f"36Y{DATE}AOLANTERN|AA{ANNA}|AFKeep on the pad|", 4))


def away_for_long(given: Evidence) -> Evidence:
    """The book that was left is away for three seconds and comes back: it is new, and simply asked."""
    given = with_view(given, 9041.0, screen="wait", rows=())
    given = with_stays(given, HELD_TAG, Stay(500.0, 6500.0), Stay(9600.0, 9800.0))
    given = exchange(given, 9702.0, ask(HELD, BO, 4), 9720.0, answer(HELD, BO, 4, flags="0NUN", af=AF))
    rows = (
        JournalRow(13, "L6", "intent", 9701.0, False, {"item": HELD}),
        JournalRow(14, "L6", "answer", 9730.0, True, {"item": HELD, "lent": False}),
    )
    given = replace(given, journal=(*(given.journal or ()), *rows))
    return plus_view(given, view(9735.0, 3, "loan", REFUSED, patron="Bo L."))


def ils_went_away(given: Evidence) -> Evidence:
    """Everything else stands still, but because the ILS is away, and the screen says so."""
    given = stuck(given)
    for entry in shown(given):
        if entry.session == 1 and entry.screen == "loan":
            given = with_view(given, entry.ms, reasons=("ils-down",))
    return given


NO_LIES: dict[str, Falsify] = {
    "a staff act releases": staff_released,
    "an 11 again after 96": asked_after_96,
    "an 11 again after 96, on a new connection": asked_after_96_on_a_new_connection,
    "a garbled answer counts for nothing": garbled_twice,
    "the power cut ate an answer": cut_before_answer_was_kept,
    "returned and lent again": returned_and_lent_again,
    "our own words sent back": own_words_sent_back,
    "away for long enough": away_for_long,
    "the ILS is away for all": ils_went_away,
}


@pytest.mark.parametrize("name", NO_LIES)
def test_what_is_no_lie_breaks_nothing(tmp_path: Path, name: str) -> None:
    verdict = judged(tmp_path, NO_LIES[name](honest.evidence()))
    assert verdict.promises == KEPT, [str(each) for each in verdict.findings]


def settled_only(given: Evidence) -> Evidence:
    """The 12 never came; a 63 on a fresh connection lists the novel, and it is released."""
    given = replace(given, frames=tuple(frame for frame in given.frames or () if frame.ms != 10150.0))
    return exchange(given, 10152.0, who(BO, 0), 10158.0, is_who(BO, "Bo Lind", 0, NOVEL))


def test_a_release_after_settling_is_for_the_profile_to_allow(tmp_path: Path) -> None:
    given = settled_only(honest.evidence())
    assert judged(tmp_path / "no", given).broken == ("p1",)
    assert judged(tmp_path / "yes", given, Rules(release_after_settling=True)).broken == ()


def test_whether_u_releases_is_for_the_profile_to_say(tmp_path: Path) -> None:
    given = honest.evidence()
    u = answer(NOVEL, BO, 9, flags="1NUU")
    given = replace(
        given,
        frames=tuple(
            Frame(frame.ms, False, honest.hidden(u)) if frame.ms == 10150.0 else frame
            for frame in given.frames or ()
        ),
    )
    given = ils(given, messages=(*messages(given), MessageDone(10121.0, ask(NOVEL, BO, 9), u)))
    assert judged(tmp_path / "no", given).broken == ("p1", "p2")
    assert judged(tmp_path / "yes", given, Rules(u_releases=True)).broken == ()
