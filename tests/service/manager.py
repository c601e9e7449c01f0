"""A service manager as far as a service sees it: a datagram socket, and what was said into it."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

PATIENCE_S = 60.0


class Manager:
    """Hears what a process says by sd_notify. `address` is a path, or an abstract name that begins with @."""

    def __init__(self, address: Path | str) -> None:
        self.address = str(address)
        self.said: list[str] = []
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        bound = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        self._line.bind(bound)

    def hears(self, wait_s: float = 0.0) -> list[str]:
        """The assignments of the next datagram; empty when none comes within so many seconds."""
        # not 0: that would be another mode of the socket
        self._line.settimeout(max(wait_s, 0.001))
        with contextlib.suppress(TimeoutError):
            words = self._line.recv(65536).decode().split("\n")
            self.said += words
            return words
        return []

    def all(self) -> list[str]:
        """What has come so far and was not heard before, datagram after datagram."""
        said: list[str] = []
        while words := self.hears():
            said += words
        return said

    def until(self, comes: str | Callable[[str], bool]) -> str:
        """Listen until a word comes."""
        wanted = comes if callable(comes) else comes.__eq__
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            for word in self.hears(end - time.monotonic()):
                if wanted(word):
                    return word
        raise AssertionError(f"it never came: {comes}; but {self.said}")

    def environment(self, runtime: Path, watchdog_s: float) -> Mapping[str, str]:
        """What the manager gives to its service."""
        return {
            "NOTIFY_SOCKET": self.address,
            "WATCHDOG_USEC": str(round(watchdog_s * 1_000_000)),
            "RUNTIME_DIRECTORY": str(runtime),
        }

    def close(self) -> None:
        self._line.close()
