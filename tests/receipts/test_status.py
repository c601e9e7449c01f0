"""Every bit of the four answers, as Epson documents them, and everything else that a printer may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition
from kiosk.receipts import Garbled, Status
from kiosk.receipts.status import Ear, Heard, InOrder

READY = (0x12, 0x12, 0x12, 0x12)


def with_bit(question, bit):
    answers = list(READY)
    answers[question - 1] |= bit
    return Status.of(*answers)


@pytest.mark.parametrize(
    ("question", "bit", "name", "condition", "reason"),
    [
        (1, 0x04, "drawer_pin_high", Condition.READY, None),
        (1, 0x08, "offline", Condition.MISSING, Reason.PRINTER_ERROR),
        (1, 0x20, "waiting_for_recovery", Condition.READY, None),
        (1, 0x40, "feed_pressed", Condition.READY, None),
        (2, 0x04, "cover_open", Condition.MISSING, Reason.COVER_OPEN),
        (2, 0x08, "feeding_by_button", Condition.READY, None),
        (2, 0x20, "stopped_by_paper_end", Condition.MISSING, Reason.PAPER_OUT),
        (2, 0x40, "error", Condition.MISSING, Reason.PRINTER_ERROR),
        (3, 0x04, "recoverable_error", Condition.MISSING, Reason.PRINTER_ERROR),
        (3, 0x08, "cutter_error", Condition.MISSING, Reason.PRINTER_ERROR),
        (3, 0x20, "unrecoverable_error", Condition.MISSING, Reason.PRINTER_ERROR),
        (3, 0x40, "auto_recoverable_error", Condition.MISSING, Reason.PRINTER_ERROR),
        (4, 0x0C, "paper_near_end", Condition.DEGRADED, Reason.PAPER_LOW),
        (4, 0x04, "paper_near_end", Condition.DEGRADED, Reason.PAPER_LOW),
        (4, 0x60, "paper_end", Condition.MISSING, Reason.PAPER_OUT),
        (4, 0x20, "paper_end", Condition.MISSING, Reason.PAPER_OUT),
    ],
)
def test_each_bit(question, bit, name, condition, reason):
    status = with_bit(question, bit)
    on = [each for each in Status.__slots__ if getattr(status, each)]
    assert on == [name]
    assert status.condition == (condition, reason)


def test_all_is_well():
    assert Status.of(*READY) == Status()
    assert Status().condition == (Condition.READY, None)


def test_what_is_named_when_several_things_are_wrong():
    # an open printer sees no paper either; an empty one is offline with an error
    assert Status(cover_open=True, paper_end=True, offline=True).trouble is Reason.COVER_OPEN
    assert Status(paper_end=True, offline=True, error=True).trouble is Reason.PAPER_OUT
    # python-escpos reads 72 as no paper, 1E as near the end, 12 as plenty
    assert Status.of(0x12, 0x12, 0x12, 0x72).trouble is Reason.PAPER_OUT
    assert Status.of(0x12, 0x12, 0x12, 0x1E).condition == (Condition.DEGRADED, Reason.PAPER_LOW)


@given(st.integers(0, 255), st.integers(0, 3))
def test_the_fixed_bits_tell_a_status_from_garbage(byte, place):
    answers = list(READY)
    answers[place] = byte
    fixed = (byte & 0x01, byte & 0x02, byte & 0x10, byte & 0x80) == (0, 2, 0x10, 0)
    if fixed:
        Status.of(*answers)
    else:
        with pytest.raises(Garbled):
            Status.of(*answers)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("12", [0x12]),
        ("1a 72", [0x1A, 0x72]),
        ("00", [InOrder(0)]),
        ("0f", [InOrder(0x0F)]),
        ("13 12 11", [0x12]),  # XOFF and XON of a serial line
        ("14 00 00 0f 12", [0x12]),  # automatic status: four bytes that nobody asked for
        ("10 00 00 00 00", [InOrder(0)]),
        ("10 12", [0x12]),  # one that was cut off
        ("37 25 00", [Heard.CLEARED]),
        ("37 22 41 42 43 44 00 12", [0x12]),  # the answer to GS ( H, which is not ours
        ("ff", [Heard.GARBAGE]),
        ("9f 12", [Heard.GARBAGE, 0x12]),
        ("37" + "41" * 80, [Heard.GARBAGE, *[InOrder(0x41)] * 15]),
    ],
)
def test_what_a_printer_says_is_sorted(said, heard):
    data = bytes.fromhex(said)
    assert Ear().hear(data) == heard
    ear = Ear()
    assert [each for byte in data for each in ear.hear(bytes((byte,)))] == heard


@given(st.binary())
def test_any_noise_is_survived(noise):
    assert len(Ear().hear(noise)) <= len(noise)


def test_no_paper_in_an_answer_in_order():
    assert [InOrder(byte).paper_end for byte in (0x00, 0x03, 0x0C, 0x0F)] == [False, False, True, True]
