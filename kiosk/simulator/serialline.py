"""What a serial line costs: bytes one after another, each with its start, parity and stop bits.

Whoever carries bytes to and from a device here (TCP, a pseudo terminal, the laboratory) carries them at
once, so the device itself says when they would have been heard, and when its own would have come.
"""

from __future__ import annotations

from math import inf

from kiosk.simulator.airtime import ticks


class SerialLine:
    """Both directions of one line; `seconds` is what one byte takes, put on the air clock's grid, so that
    sums of both are exact. 0: it is a network, which costs nothing and where nothing waits for its turn."""

    def __init__(self, seconds: float) -> None:
        self._byte = ticks(seconds)
        self._heard = self._said = -inf

    def heard(self, now: float, size: int) -> float:
        """When the last of `size` bytes has been heard that the host began to send `now`."""
        self._heard = self.would_hear(now, size)
        return self._heard

    def said(self, at: float, size: int) -> float:
        """When the host has the last of `size` bytes that the device began to send `at`."""
        self._said = self.would_say(at, size)
        return self._said

    def would_hear(self, now: float, size: int) -> float:
        """When it will be, if the host begins `now`; nothing is done yet."""
        if not self._byte:
            return now
        return max(now, self._heard) + size * self._byte

    def would_say(self, at: float, size: int) -> float:
        """When it will be, if the device begins `at`; nothing is done yet."""
        if not self._byte:
            return at
        return max(at, self._said) + size * self._byte

    def did(self, heard: float, said: float) -> None:
        """It came as foreseen."""
        self._heard, self._said = heard, said

    def cut(self) -> None:
        """What was under way is lost."""
        self._heard = self._said = -inf
