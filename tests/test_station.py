"""The kiosk in its place: it ends in its order, whoever ends it."""

import signal

import pytest

from kiosk.station import ended_by_signals


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_window(number: signal.Signals) -> None:
    before, ended = signal.getsignal(number), []
    with ended_by_signals(lambda: ended.append(number)):
        signal.raise_signal(number)
        signal.raise_signal(number)
    assert ended == [number, number], "an end that takes its time may be asked for again"
    assert signal.getsignal(number) is before


def test_a_kiosk_under_nohup_outlives_its_terminal() -> None:
    before, ended = signal.signal(signal.SIGHUP, signal.SIG_IGN), []
    try:
        with ended_by_signals(lambda: ended.append(signal.SIGHUP)):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert ended == []
