"""The judge on accounts and on the renewal of all loans: one honest folder, and many with one lie.

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
    JournalRow,
    MessageDone,
    Press,
    RenewalDone,
    Shown,
    Stay,
    TagSeen,
)
from tests.lab import honest_account as honest
from tests.lab.honest import (
    ANNA,
    DATE,
    KEPT,
    judged,
    shown,
    with_air,
    with_frame,
    with_row,
    with_stays,
    with_view,
    without_rows,
)
from tests.lab.honest_account import (
    ANNAS,
    BOS,
    DONE,
    FAR,
    HOME,
    PRESSED,
    QUESTION,
    WANTED,
    account,
    annas,
    ask_all,
    ask_one,
    listed,
    one_renewed,
    renewed,
)

Change = Callable[[Evidence], Evidence]

AGAIN = "20261122    100004"
"""Another moment of the same visit."""


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


def unheard(*at: float) -> Change:
    """Nothing was on the wire at these moments."""
    return lambda given: replace(
        given, frames=tuple(frame for frame in given.frames or () if frame.ms not in at)
    )


def said(ms: float, text: str) -> Change:
    """The ILS sends this, and it arrives then."""

    def change(given: Evidence) -> Evidence:
        assert given.ils is not None
        messages = (*given.ils.messages, MessageDone(ms - 20, "", text))
        return with_frame(replace(given, ils=replace(given.ils, messages=messages)), ms, False, text)

    return change


def asked(ms: float, text: str) -> Change:
    return lambda given: with_frame(given, ms, True, text)


def executed(*renewals: tuple[float, str]) -> Change:
    """The ILS renewed these, and nothing else."""

    def change(given: Evidence) -> Evidence:
        assert given.ils is not None
        done = tuple(RenewalDone(ms, ANNA, item) for ms, item in renewals)
        return replace(given, ils=replace(given.ils, renewals=done))

    return change


def pressed(*presses: Press) -> Change:
    return lambda given: replace(given, pressed=tuple(sorted(presses, key=lambda each: each.ms)))


def without_press(intent: str) -> Change:
    return pressed(*[press for press in PRESSED if press.intent != intent])


def plus_rows(*rows: JournalRow) -> Change:
    return lambda given: replace(given, journal=(*(given.journal or ()), *rows))


def plus_view(*entries: Shown) -> Change:
    return lambda given: replace(
        given, shown=tuple(sorted((*shown(given), *entries), key=lambda entry: entry.ms))
    )


def marks(*said_of: str, at: float = 3060.0) -> Change:
    """What the account says of Anna's loans from a moment on."""
    return lambda given: with_view(given, at, account=annas(at, *said_of).account)


def answered(text: str) -> Change:
    """The ILS sent another 66."""

    def change(given: Evidence) -> Evidence:
        assert given.ils is not None
        messages = tuple(
            replace(each, response=text) if each.ms == 3011.0 else each for each in given.ils.messages
        )
        given = replace(given, ils=replace(given.ils, messages=messages))
        return with_frame(unheard(3040.0)(given), 3040.0, False, text)

    return change


def unquestioned(given: Evidence) -> Evidence:
    """The question was never on the screen."""
    return replace(given, shown=tuple(entry for entry in shown(given) if entry.ms != QUESTION.ms))


def one_by_one(given: Evidence) -> Evidence:
    """The ILS knows no 65: after the yes each loan is renewed by a message of its own, and a row."""
    given = without_rows(executed((3011.0, HOME), (3016.0, FAR))(unheard(3010.0, 3040.0)(given)), 1, 2)
    answers = ((HOME, True), (FAR, True), (WANTED, False))
    for number, (item, ok) in enumerate(answers):
        ms = 3010.0 + 5 * number
        rows = (
            JournalRow(10 + number, f"N{number}", "intent", ms - 2, False, {"item": item, "act": "renewal"}),
            JournalRow(20 + number, f"N{number}", "answer", ms + 4, True, {"item": item}),
        )
        given = asked(ms, ask_one(item, number))(plus_rows(*rows)(given))
        given = said(ms + 3, one_renewed(item, number, ok=ok))(given)
    return given


def another_visit(given: Evidence) -> Evidence:
    """Anna comes once more, after Bo, and asks for the same again."""
    later = DATE.replace("1000", "1030")
    given = plus_view(
        honest.view(15_000.0, 5, "wait"),
        honest.view(15_100.0, 5, "loan", patron="Anna K."),
        replace(QUESTION, ms=15_200.0, session=5, account=()),
        honest.view(16_000.0, 5, "farewell", patron="Anna K."),
        honest.view(17_000.0, 6, "attract"),
    )(given)
    given = said(15_050.0, honest.is_who(ANNA, "Anna Kowalska", 6, *ANNAS))(given)
    given = said(15_400.0, renewed(7, HOME, FAR))(asked(15_350.0, ask_all(7, later))(given))
    given = plus_rows(
        JournalRow(30, "A2", "intent", 15_340.0, False, {"item": "", "act": "renew-all"}),
        JournalRow(31, "A2", "answer", 15_410.0, True, {"item": "", "renewed": "yes"}),
    )(given)
    given = executed((3011.0, HOME), (3011.0, FAR), (15_360.0, HOME), (15_360.0, FAR))(given)
    return pressed(*PRESSED, Press(15_190.0, "renew-all"), Press(15_300.0, "yes"))(given)


def unsaid(given: Evidence) -> Evidence:
    """The second time nobody says yes."""
    return pressed(*PRESSED, Press(15_190.0, "renew-all"), Press(15_300.0, "no"))(another_visit(given))


RESEND = both(said(3005.0, "96"), asked(3000.0, ask_all(2)), lambda e: with_row(e, 1, ms=2990.0))
"""The ILS had not taken the first one, and said so."""

NOT_SAID = both(unheard(3005.0), asked(3000.0, ask_all(2)), lambda e: with_row(e, 1, ms=2990.0))

OPEN_LOAN = plus_rows(
    JournalRow(8, "L1", "intent", 2000.0, False, {"item": WANTED}),
    JournalRow(9, "L1", "staff", 2100.0, False, {"item": WANTED, "reason": "outcome-unknown"}),
)
NAMELESS = both(
    one_by_one, *(lambda e, seq=seq: with_row(e, seq, payload={"act": "renewal"}) for seq in (10, 11, 12))
)


def left_there(given: Evidence) -> Evidence:
    """One of Anna's books, armed, lies on the pad: she has left it before, and is not asked about it."""
    given = replace(given, tags=(TagSeen("E1", HOME, "07", "07"),))
    return with_air(
        with_stays(given, "E1", Stay(50.0, 13_000.0)), "E1", AfiAt(90.0, "07"), AfiAt(1020.0, "07")
    )


def put_down_late(given: Evidence) -> Evidence:
    """Another one is put down, armed, as the farewell comes; it is read, and the list is back with it."""
    given = replace(given, tags=(TagSeen("E1", HOME, "07", "07"),))
    given = with_air(with_stays(given, "E1", Stay(4500.0, 13_000.0)), "E1", AfiAt(5300.0, "07"))
    return plus_view(honest.view(5400.0, 1, "loan", listed(HOME, "seen"), patron="Anna K."))(given)


def goodbye_again(*states: tuple[str, str]) -> Change:
    """The farewell after that."""
    rows = [listed(item, state) for item, state in states]
    return plus_view(honest.view(5800.0, 1, "farewell", *rows, patron="Anna K."))


PAIRS: dict[str, tuple[str, Change, Change]] = {
    # 2: no success without proof
    "p2 renewed in the account, and put down armed": (
        "p2",
        left_there,
        both(left_there, lambda e: with_view(e, 4500.0, rows=(listed(HOME, "seen"),))),
    ),
    "p2 renewed in the farewell, and put down armed as it came": (
        "p2",
        both(put_down_late, goodbye_again((HOME, "seen"), (FAR, "renewed"))),
        both(put_down_late, goodbye_again((HOME, "renewed"), (FAR, "renewed"))),
    ),
    # 3: nothing is lost
    "p3 asked before the intent was on the disk": (
        "p3",
        lambda e: with_row(e, 1, ms=3010.0),
        lambda e: with_row(e, 1, ms=3011.0),
    ),
    "p3 asked with an intent to renew one loan": (
        "p3",
        lambda e: e,
        lambda e: with_row(e, 1, payload={"item": HOME, "act": "renewal"}),
    ),
    "p3 the 66 is not kept": ("p3", lambda e: e, lambda e: without_rows(e, 2)),
    "p3 renewals whose rows name no item, beside an open loan": (
        "p3",
        both(OPEN_LOAN, NAMELESS),
        both(OPEN_LOAN, NAMELESS, lambda e: without_rows(e, 12, 22)),
    ),
    # 4: never twice
    "p4 all asked for twice": (
        "p4",
        RESEND,
        NOT_SAID,
    ),
    "p4 all asked for again with another date": (
        "p4",
        lambda e: e,
        both(
            asked(3500.0, ask_all(3, AGAIN)),
            plus_rows(JournalRow(5, "A2", "intent", 3490.0, False, {"act": "renew-all"})),
        ),
    ),
    "p4 one loan renewed twice": (
        "p4",
        executed((3011.0, HOME), (3011.0, FAR)),
        executed((3011.0, HOME), (3011.0, FAR), (3300.0, HOME)),
    ),
    "p4 all renewed in each of two visits": (
        "p4",
        another_visit,
        both(another_visit, executed((3011.0, HOME), (15_360.0, HOME), (15_361.0, HOME))),
    ),
    "p4 at home somebody renewed what the kiosk renews": (
        "p4",
        executed((2000.0, HOME), (3011.0, HOME), (3011.0, FAR)),
        executed((3011.0, HOME), (3012.0, HOME), (3012.0, FAR)),
    ),
    "p4 renewed without a question": ("p4", lambda e: e, unquestioned),
    "p4 the question comes after the 65": (
        "p4",
        lambda e: e,
        both(unquestioned, plus_view(replace(QUESTION, ms=3011.0))),
    ),
    "p4 the patron says no": (
        "p4",
        lambda e: e,
        both(without_press("yes"), lambda e: replace(e, pressed=(*(e.pressed or ()), Press(2900.0, "no")))),
    ),
    "p4 the yes of the visit before": ("p4", another_visit, unsaid),
    "p4 nobody had asked for it": ("p4", lambda e: replace(e, pressed=None), without_press("renew-all")),
    "p4 one by one, without a question": ("p4", one_by_one, both(one_by_one, unquestioned)),
    "p4 one by one, and nobody had asked for it": (
        "p4",
        one_by_one,
        both(one_by_one, without_press("renew-all")),
    ),
    "p4 one by one, and all at once, too": (
        "p4",
        one_by_one,
        both(one_by_one, executed((3011.0, HOME), (3016.0, FAR), (3030.0, FAR))),
    ),
    # 7: every text is ours
    "p7 renewed before the 66": ("p7", lambda e: e, marks(*DONE, at=3000.0)),
    "p7 renewed and the 66 names it among the others": (
        "p7",
        lambda e: e,
        marks("renewed", "renewed", "renewed"),
    ),
    "p7 renewed and the 66 names nobody": (
        "p7",
        both(answered(renewed(3, f"{HOME} Emma", f"{FAR} Walden", left=(WANTED,)))),
        both(answered(renewed(3))),
    ),
    "p7 renewed by a 66 that never came whole": (
        "p7",
        lambda e: e,
        both(unheard(3040.0), lambda e: with_frame(e, 3040.0, False, renewed(3, HOME, FAR)[:-6] + "AZ0000")),
    ),
    "p7 renewed by a 66 of another visit": (
        "p7",
        both(another_visit, plus_view(account(15_500.0, 5, "Anna K.", **{f"b{HOME}": "renewed"}))),
        both(another_visit, plus_view(account(15_320.0, 5, "Anna K.", **{f"b{HOME}": "renewed"}))),
    ),
    "p7 not renewed and the 66 names it": (
        "p7",
        lambda e: e,
        marks("not-renewed", "renewed", "not-renewed"),
    ),
    "p7 one by one, and renewed what was refused": (
        "p7",
        one_by_one,
        both(one_by_one, marks("renewed", "renewed", "renewed")),
    ),
    "p7 renewed in the farewell, and no 66 had said so": (
        "p7",
        lambda e: e,
        lambda e: with_view(e, 5000.0, rows=tuple(listed(each, "renewed") for each in ANNAS)),
    ),
    # 9: sessions do not leak
    "p9 the account of the patron before": (
        "p9",
        lambda e: e,
        lambda e: with_view(
            e,
            9600.0,
            account=account(9600.0, 3, "Bo L.", **{f"b{HOME}": "on-loan", f"b{BOS}": "overdue"}).account,
        ),
    ),
    "p9 a list that came late, for whoever is gone": (
        "p9",
        said(9560.0, honest.is_who(ANNA, "Anna Kowalska", 2, *ANNAS)),
        both(
            said(9560.0, honest.is_who(ANNA, "Anna Kowalska", 2, *ANNAS)),
            lambda e: with_view(e, 9600.0, account=annas(9600.0, "on-loan", "on-loan", "on-loan").account),
        ),
    ),
    "p9 loans that the ILS has not listed": (
        "p9",
        lambda e: e,
        both(unheard(1050.0, 1550.0), said(1051.0, honest.is_who(ANNA, "Anna Kowalska", 1))),
    ),
}


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
