"""The kiosk in its place: it ends in its order, whoever ends it."""

import contextlib
import queue
import signal
import threading
from collections.abc import Iterator

import pytest

from kiosk.station import ended_by_signals


@contextlib.contextmanager
def beginning_with(number: signal.Signals, handler: signal.Handlers) -> Iterator[None]:
    """As a shell starts a program, whatever these tests were started by (nohup ignores SIGHUP)."""
    before = signal.signal(number, handler)
    try:
        yield
        assert signal.getsignal(number) is handler, "it is left as it was found"
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_window(number: signal.Signals) -> None:
    ended: queue.SimpleQueue[threading.Thread] = queue.SimpleQueue()
    with (
        beginning_with(number, signal.SIG_DFL),
        ended_by_signals(lambda: ended.put(threading.current_thread())),
    ):
        signal.raise_signal(number)
        signal.raise_signal(number)  # an end that takes its time may be asked for again
        for _ in range(2):
            by = ended.get(timeout=30)
            assert by is not threading.main_thread(), "that one stands wherever it was, with its locks"


def test_a_kiosk_under_nohup_outlives_its_terminal() -> None:
    ended: list[signal.Signals] = []
    hangup = signal.SIGHUP
    with beginning_with(hangup, signal.SIG_IGN), ended_by_signals(lambda: ended.append(hangup)):
        assert signal.getsignal(hangup) is signal.SIG_IGN
        signal.raise_signal(hangup)
    assert ended == []
