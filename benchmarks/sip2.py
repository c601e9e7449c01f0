"""`sip2/...-64-20-items`: a patron's account with twenty items, as bytes and back, beside other libraries.

All do the same work on the same frame: ours and pysip2 check every value that they write and every frame that
they read, and give out a typed message. (Sip2, a client, cannot write a 64 at all, and what it reads stays
text; it checks the sum of the bytes only.) All take turns, so that a busy machine is busy for all.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import logging
import math
import time
import timeit
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pysip2

from benchmarks.rows import Row, row
from kiosk.sip2 import Message, PatronInformationResponse, Untrusted, decode, seal, unseal
from kiosk.sip2.conversation import to_bytes
from kiosk.sip2.framing import Integrity
from kiosk.sip2.profiles import Profile

ITEMS = 20
RUNS = 20
TIMES = 200
"""Messages in one run, and runs in one repetition."""

PROFILE = Profile()

OURS = PatronInformationResponse(
    date=datetime(2027, 1, 2, 10, 11, 12),  # noqa: DTZ001 - local time, as SIP2 prefers it
    hold_count=1,
    overdue_count=0,
    charged_count=ITEMS,
    fine_count=2,
    recall_count=0,
    unavailable_hold_count=0,
    institution="LANTERN",
    patron="21000001",
    name=Untrusted("Émilie Brontë"),
    hold_limit=10,
    charged_limit=50,
    valid_patron=True,
    valid_password=True,
    currency="EUR",
    fee_amount_text="12.50",
    charged_items=tuple(f"{39000001 + number}" for number in range(ITEMS)),
    email=Untrusted("emilie@example.org"),
    screen_messages=(Untrusted("Greetings from the library."),),
)


def rows(repetitions: int) -> Iterator[Row]:
    """A row for writing, one for reading, and one for reading beside Sip2 if that is installed."""
    frame = _written(OURS)
    theirs = pysip2.decode_message(frame, encoding="utf-8").message
    assert _read(frame) == OURS
    assert _pysip2_written(theirs) == frame
    ours, others = _in_turn(repetitions, lambda: _written(OURS), lambda: _pysip2_written(theirs))
    yield row("sip2/encode-64-20-items", "us", ours, references=others, reference_name="pysip2 0.1.0")
    ours, others = _in_turn(
        repetitions, lambda: _read(frame), lambda: pysip2.decode_message(frame, encoding="utf-8")
    )
    yield row(
        "sip2/decode-64-20-items",
        "us",
        ours,
        references=others,
        reference_name="pysip2 0.1.0",
        note=f"{len(frame)} bytes",
    )
    if importlib.util.find_spec("Sip2") is not None:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints when it goes
            reads = _sip2_reader()
            assert reads(frame)["variable"]["AU"] == list(OURS.charged_items)
            ours, others = _in_turn(repetitions, lambda: _read(frame), lambda: reads(frame))
            del reads
        yield row("sip2/decode-64-20-items/untyped", "us", ours, references=others, reference_name="Sip2 1.1")


def _in_turn(
    repetitions: int, one: Callable[[], object], other: Callable[[], object]
) -> tuple[list[float], list[float]]:
    """Microseconds a call of both, measured in turn: the processor's time, and of each repetition the fastest
    run. What is slower is not the library, but what else the machine does."""
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(repetitions):
        fastest = [math.inf, math.inf]
        for _ in range(RUNS):
            for which, call in enumerate((one, other)):
                fastest[which] = min(
                    fastest[which], timeit.timeit(call, timer=time.process_time, number=TIMES) / TIMES * 1e6
                )
        for times, microseconds in zip(took, fastest, strict=True):
            times.append(microseconds)
    return took


def _written(message: Message) -> bytes:
    return seal(to_bytes(message, PROFILE), 3) + b"\r"


def _read(frame: bytes) -> object:
    bare = unseal(frame[:-1])
    assert bare.integrity is Integrity.RIGHT
    return decode(bare.body.decode(PROFILE.charset, errors="replace"), delimiter=PROFILE.delimiter)


def _pysip2_written(message: Any) -> bytes:
    return pysip2.encode_message(message, sequence_number=3, checksum=True, encoding="utf-8")


def _sip2_reader() -> Callable[[bytes], dict[str, Any]]:
    terminal = importlib.import_module("Sip2.sip2").Sip2()
    terminal.log = logging.getLogger("benchmarks.sip2")

    def read(frame: bytes) -> dict[str, Any]:
        text = frame.decode("utf-8")
        terminal._crc_verify(text)
        parsed: dict[str, Any] = terminal.sip_patron_information_response(text)
        return parsed

    return read
