"""Whatever bytes come: no exception but ours, no more work than there are bytes, no more memory than a frame.

`python -m tests.sip2.fuzz` does for hours what is done here for a second.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from itertools import islice

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.lab import ledger
from kiosk.sip2 import Framer, decode, masked, seal
from kiosk.sip2.conversation import Broken, Conversation, Reply
from kiosk.sip2.profiles import Profile
from tests.sip2 import fuzz
from tests.sip2.garbage import DATE, hear, inputs

NO_COUNTS = " " * 24


def test_sound_frames_and_what_becomes_of_them():
    understood = sum(map(hear, islice(inputs(5), 1500)))
    assert understood > 500


@given(st.binary(max_size=400))
@example(b"")
@example(b"\x80\xff63001" + DATE.encode() + b" " * 10 + b"BP" + b"9" * 5000 + b"|")  # no number is that long
@example(b"\x80\xff18030001" + DATE.encode() + b"CF" + b"9" * 1500 + b"|BV" + b"9" * 900 + b"|")
@example(b"\x80\xff18030001" + DATE.encode() + b"CJ00000000    000000|CM99991231   M235959|")
@example(b"\x80\xff18030001" + "²0²70102    101112".encode() + "CF²|".encode())  # digits, and no digits
def test_any_bytes(data):
    hear(data)


# ---- work ---------------------------------------------------------------------------------------


def lines_run(act) -> int:
    """Lines of our code that run: work that can be counted."""
    count = 0

    def step(frame, event, arg):
        nonlocal count
        count += event == "line"
        return step

    def enter(frame, event, arg):
        return step if "sip2" in frame.f_code.co_filename else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


SHAPES = {
    "one field": lambda n: "64" + " " * 35 + NO_COUNTS + "AF" + "x" * n + "|",
    "many fields": lambda n: "64" + " " * 35 + NO_COUNTS + "AF|" * (n // 3),
    "many unknown fields": lambda n: "64" + " " * 35 + NO_COUNTS + "??1|" * (n // 4),
    "lists through one another": lambda n: "64" + " " * 35 + NO_COUNTS + "AU1|AFx|AS2|" * (n // 12),
    "one field again and again": lambda n: "64" + " " * 35 + NO_COUNTS + "AEx|" * (n // 4),
    "delimiters": lambda n: "64" + " " * 35 + NO_COUNTS + "|" * n,
    "digits": lambda n: "18030001" + DATE + "CF" + "7" * n + "|BV" + "7" * n + "|",
    "dates": lambda n: "18030001" + DATE + "CJ" + DATE * (n // 18) + "|",
    "patrons": lambda n: "AA" * n,
    "trailers": lambda n: "64" + "AY1AZ0000" * (n // 9),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twice_the_bytes_are_twice_the_work_at_most(shape):
    def work(n):
        frame = seal(shape(n).encode(), 0)

        def hear_it():
            conversation = Conversation(Profile())
            conversation.next(b"9900802.00")
            for piece in Framer().feed(frame + b"\r"):
                conversation.hear(piece)
            masked(frame)

        return lines_run(hear_it)

    some, twice = work(4000), work(8000)
    assert some < 15 * 4000
    assert twice <= 2.1 * some


@pytest.mark.parametrize("piece", [1, 100, 8000])
def test_bytes_that_come_one_by_one_are_not_looked_at_again_and_again(piece):
    def work(n):
        data = b"x" * n + b"\r"

        def feed():
            framer = Framer()
            for at in range(0, len(data), piece):
                framer.feed(data[at : at + piece])

        return lines_run(feed)

    assert work(16000) <= 2.1 * work(8000) + 20


# ---- memory -------------------------------------------------------------------------------------


def most_held(act) -> int:
    """Bytes at the peak."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_line_without_an_end_is_not_kept():
    framer, block = Framer(), b"x" * 4096

    def feed():
        for _ in range(2000):
            framer.feed(block)

    assert most_held(feed) < 5 * 65536


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_longest_frame_takes_a_bounded_multiple_of_its_size(shape):
    text = shape(60000)

    def read():
        decode(text)

    assert most_held(read) < 100 * len(text)


def test_a_long_conversation_keeps_nothing():
    conversation, framer = Conversation(Profile()), Framer()
    answer = f"18030001{DATE}AB39000001|AJMoby Dick|XXunknown|AF{'x' * 200}|".encode()

    def talk(times):
        for _ in range(times):
            conversation.next(b"17")
            (frame,) = framer.feed(seal(answer, conversation.sequence) + b"\r")
            assert isinstance(conversation.hear(frame), Reply)
            assert isinstance(conversation.hear(b"garbage"), Broken)

    def kept(times):
        gc.collect()
        tracemalloc.start()
        try:
            talk(times)
            gc.collect()
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    talk(50)
    assert kept(1000) < kept(50) + 2000


# ---- the long run -------------------------------------------------------------------------------


def test_a_long_run_is_written_into_the_ledger(tmp_path):
    file = tmp_path / "ledger.jsonl"
    command = ["--engine", "mutation", "--inputs", "300", "--jobs", "2", "--first", "7", "--commit", "abc"]
    assert fuzz.main([*command, "--folder", str(tmp_path), "--ledger", str(file)]) == 0
    (entry,) = ledger.read(file)
    assert isinstance(entry, ledger.Fuzzing)
    assert (entry.commit, entry.fuzzed, entry.engine) == ("abc", "sip2", "mutation")
    assert (entry.inputs, entry.violations, entry.jobs) == (300, 0, 2)
    assert "| sip2 | mutation | 300 | 0 |" in ledger.section([entry])
