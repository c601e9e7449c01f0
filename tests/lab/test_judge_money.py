"""The judge on fees, payments and holds: one honest folder, and many with one lie.

Anna agrees to a fee for a book without a tag, pays what she owes at the till, and asks for a hold on the book
that was refused.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.lab.evidence import (
    Evidence,
    Frame,
    HoldDone,
    JournalRow,
    LoanDone,
    MessageDone,
    MoneyDone,
    PaymentDone,
    Press,
    Shown,
    ShownRow,
    TillAsked,
    TillSeen,
)
from tests.lab import honest
from tests.lab.honest import ANNA, DATE, FREE, HELD, KEPT, REFUSED, SAFE, STAFF, hidden, judged, sealed, view

PRICEY = "39000031"
NAME = "Anna K."
TAKEN = MoneyDone(4300.0, "F1", "7.35", "EUR", "T1")
BOOKED = PaymentDone(4315.0, ANNA, "7.35", "EUR", "T1")


def checkout(seq: int, consent: str) -> str:
    return sealed(f"11NN{DATE}{DATE}AOLANTERN|AA{ANNA}|AB{PRICEY}|AC|BO{consent}|", seq)


def paid(reference: str = "T1", amount: str = "7.35", seq: int = 2) -> str:
    return sealed(f"37{DATE}0102EURBV{amount}|AOLANTERN|AA{ANNA}|BK{reference}|", seq)


FEE = "120NUN" + DATE + f"AOLANTERN|AA{ANNA}|AB{PRICEY}|AJAtlas|AH|BT06|BHEUR|BV2.50|"
LENT = "121NNY" + DATE + f"AOLANTERN|AA{ANNA}|AB{PRICEY}|AJAtlas|AH|"
HELD_FOR_HER = sealed(f"15+{DATE}BY2|AOLANTERN|AA{ANNA}|AB{HELD}|BON|", 3)
ON_HOLD = sealed(f"161N{DATE}AOLANTERN|AA{ANNA}|AB{HELD}|AJMoby-Dick|", 3)

EXCHANGES = [
    (3100.0, checkout(0, "N"), 3120.0, sealed(FEE, 0)),
    (3215.0, checkout(1, "Y"), 3240.0, sealed(LENT, 1)),
    (4311.0, paid(), 4340.0, sealed(f"38Y{DATE}AOLANTERN|AA{ANNA}|BKT1|", 2)),
    (4465.0, HELD_FOR_HER, 4490.0, ON_HOLD),
]

ROWS = (
    JournalRow(20, "L9", "intent", 3090.0, payload={"act": "loan", "item": PRICEY}),
    JournalRow(21, "L9", "answer", 3130.0, payload={"item": PRICEY, "lent": False, "reason": "fee"}),
    JournalRow(22, "L9", "intent", 3210.0, payload={"act": "loan", "item": PRICEY, "agreed": "2.50"}),
    JournalRow(23, "L9", "answer", 3245.0, closes=True, payload={"item": PRICEY, "lent": True}),
    JournalRow(24, "F1", "intent", 4105.0, payload={"act": "payment", "amount": "7.35", "currency": "EUR"}),
    JournalRow(25, "F1", "taken", 4310.0, payload={"reference": "T1"}),
    JournalRow(26, "F1", "answer", 4345.0, closes=True, payload={"taken": True, "booked": "yes"}),
    JournalRow(27, "H1", "intent", 4460.0, payload={"act": "hold", "item": HELD}),
    JournalRow(28, "H1", "answer", 4495.0, closes=True, payload={"item": HELD, "held": "yes"}),
)


def pricey(state: str, reason: str | None = None) -> ShownRow:
    return ShownRow(PRICEY, PRICEY, state, reason, "Atlas", None)


def listed(ms: float, *rows: ShownRow, **more: object) -> Shown:
    return replace(view(ms, 1, "loan", SAFE, REFUSED, STAFF, FREE, *rows, patron=NAME), **more)


PICTURES = (
    listed(3095.0, pricey("asking")),
    listed(3140.0, pricey("asking", "fee"), modal="ask-fee", about=PRICEY),
    listed(3205.0, pricey("asking")),
    listed(3250.0, pricey("no_tag")),
    listed(4000.0, pricey("no_tag"), modal="ask-payment"),
    listed(4100.0, pricey("no_tag"), modal="paying"),
    listed(4346.0, pricey("no_tag")),
    listed(4400.0, pricey("no_tag"), modal="ask-hold", about=HELD),
    listed(4455.0, pricey("no_tag")),
)

PRESSES = tuple(
    Press(ms, intent) for ms, intent in ((3200.0, "yes"), (3990.0, "pay"), (4090.0, "yes"), (4450.0, "yes"))
)


def masked(text: str) -> str:
    return hidden(text).replace("BKT1", "BK***")


def evidence() -> Evidence:
    plain = honest.evidence()
    assert plain.frames is not None
    assert plain.ils is not None
    frames = [*plain.frames, *(Frame(sent, True, masked(text)) for sent, text, _, _ in EXCHANGES)]
    frames += [Frame(heard, False, masked(text)) for _, _, heard, text in EXCHANGES]
    messages = [MessageDone(sent + 1, request, response) for sent, request, _, response in EXCHANGES]
    shown = tuple(
        replace(entry, rows=(*entry.rows, pricey("no_tag")), payment="booked")
        if entry.ms == 5000.0
        else entry
        for entry in honest.shown(plain)
    )
    return replace(
        plain,
        frames=tuple(sorted(frames, key=lambda frame: frame.ms)),
        shown=tuple(sorted((*shown, *PICTURES), key=lambda entry: entry.ms)),
        journal=(*(plain.journal or ()), *ROWS),
        ils=replace(
            plain.ils,
            loans=tuple(sorted((*plain.ils.loans, LoanDone(3218.0, ANNA, PRICEY)), key=lambda it: it.ms)),
            messages=tuple(sorted((*plain.ils.messages, *messages), key=lambda each: each.ms)),
            payments=(BOOKED,),
            holds=(HoldDone(4470.0, ANNA, HELD),),
        ),
        till=TillSeen((TillAsked(4110.0, "F1", "7.35", "EUR"),), (TAKEN,)),
        pressed=PRESSES,
    )


def without(given: Evidence, *seqs: int) -> Evidence:
    return honest.without_rows(given, *seqs)


def with_payments(given: Evidence, *payments: PaymentDone) -> Evidence:
    assert given.ils is not None
    return replace(given, ils=replace(given.ils, payments=payments))


def without_press(given: Evidence, ms: float) -> Evidence:
    return replace(given, pressed=tuple(press for press in given.pressed or () if press.ms != ms))


def unasked(given: Evidence, ms: float) -> Evidence:
    """The question was never on the screen."""
    return honest.with_view(given, ms, modal=None, about=None)


def told_again(given: Evidence) -> Evidence:
    assert given.ils is not None
    again = MessageDone(4601.0, paid(seq=4), "")
    with_message = replace(given, ils=replace(given.ils, messages=(*given.ils.messages, again)))
    return honest.with_frame(with_message, 4600.0, True, paid(seq=4).replace("BKT1", "BK***"))


def never_booked(given: Evidence) -> Evidence:
    """The ILS has not booked it, and the screen says so."""
    pending = honest.with_view(with_payments(given), 5000.0, payment="pending")
    return without(pending, 26)


def for_staff(given: Evidence, **more: object) -> Evidence:
    row = JournalRow(30, "F1", "staff", 4345.0, payload={"reason": "payment-unknown"}, **more)
    return replace(given, journal=(*(given.journal or ()), row))


def test_the_honest_folder_breaks_no_promise(tmp_path: Path) -> None:
    found = judged(tmp_path, evidence())
    assert found.promises == KEPT, found.findings


def test_where_fingers_were_not_written_down_the_screen_tells(tmp_path: Path) -> None:
    given = replace(evidence(), pressed=None)
    assert judged(tmp_path / "good", given).promises == KEPT
    rows = (SAFE, REFUSED, STAFF, FREE, pricey("refused", "fee"))
    refused = honest.with_view(given, 3205.0, rows=rows)
    assert not judged(tmp_path / "bad", refused).promises["p4"]


def test_a_payment_that_nobody_booked_and_staff_are_told_of(tmp_path: Path) -> None:
    assert judged(tmp_path / "open", for_staff(never_booked(evidence()))).promises == KEPT
    seen_to = for_staff(never_booked(evidence()))
    row = JournalRow(31, "F1", "settled", 13000.0, closes=True, payload={"state": "resolved"})
    seen_to = replace(seen_to, journal=(*(seen_to.journal or ()), row))
    assert judged(tmp_path / "resolved", seen_to).promises == KEPT


def test_without_a_till_nobody_asks_about_money(tmp_path: Path) -> None:
    assert judged(tmp_path, replace(evidence(), till=None)).promises == KEPT


LIES: dict[str, tuple[str, Callable[[Evidence], Evidence]]] = {
    "taken, not booked, nobody told": ("p3", never_booked),
    "named for staff, and closed by the kiosk itself": (
        "p3",
        lambda given: for_staff(never_booked(given), closes=True),
    ),
    "booked and not taken": (
        "p3",
        lambda given: with_payments(given, BOOKED, replace(BOOKED, reference="T9")),
    ),
    "booked before it was taken": ("p3", lambda given: with_payments(given, replace(BOOKED, ms=4290.0))),
    "another amount booked": ("p3", lambda given: with_payments(given, replace(BOOKED, amount="73.50"))),
    "the till asked without an intent": ("p3", lambda given: honest.with_row(given, 24, ms=4200.0)),
    "the ILS told without the taken row": ("p3", lambda given: honest.with_row(given, 25, ms=4400.0)),
    "a hold without an intent": ("p3", lambda given: honest.with_row(given, 27, ms=4480.0)),
    "a hold's answer that is not kept": ("p3", lambda given: without(given, 28)),
    "an agreed loan without its intent": ("p3", lambda given: honest.with_row(given, 22, ms=3230.0)),
    "booked twice": ("p4", lambda given: with_payments(given, BOOKED, replace(BOOKED, ms=4602.0))),
    "told twice": ("p4", told_again),
    "the till asked twice": (
        "p4",
        lambda given: replace(
            given,
            till=TillSeen(
                (*(given.till or TillSeen()).asked, TillAsked(4200.0, "F1", "7.35", "EUR")), (TAKEN,)
            ),
        ),
    ),
    "the till asked without a question": ("p4", lambda given: unasked(given, 4000.0)),
    "the till asked without a yes": ("p4", lambda given: without_press(given, 4090.0)),
    "a hold without a question": ("p4", lambda given: unasked(given, 4400.0)),
    "a hold without a yes": ("p4", lambda given: without_press(given, 4450.0)),
    "a fee without a question": ("p4", lambda given: unasked(given, 3140.0)),
    "a fee without a yes": ("p4", lambda given: without_press(given, 3200.0)),
    "a hold asked twice": (
        "p4",
        lambda given: honest.with_frame(given, 4600.0, True, HELD_FOR_HER.replace("1000", "1001")),
    ),
    "a fee agreed to twice": (
        "p4",
        lambda given: honest.with_frame(given, 4600.0, True, checkout(5, "Y").replace("1000", "1001")),
    ),
    "consent to a fee that was never asked for": (
        "p4",
        lambda given: replace(
            given, frames=tuple(frame for frame in given.frames or () if frame.ms not in {3100.0, 3120.0})
        ),
    ),
    "called paid before it was booked": (
        "p2",
        lambda given: honest.with_view(given, 4100.0, payment="booked"),
    ),
    "called paid and never booked": ("p2", lambda given: for_staff(without(with_payments(given), 26))),
    "money taken, and no word of it": ("p2", lambda given: honest.with_view(given, 5000.0, payment=None)),
    "a payment that the till was never asked for": (
        "p2",
        lambda given: honest.with_view(given, 12000.0, payment="pending"),
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_breaks_its_promise(tmp_path: Path, lie: str) -> None:
    promise, told = LIES[lie]
    found = judged(tmp_path, told(evidence()))
    assert found.promises[promise] is False, found.findings
