"""Words to the service manager, as sd_notify(3) has them, without its library."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping


class Notify:
    """Sends datagrams to the service manager. From any thread; never waits."""

    def __init__(self, address: str = "") -> None:
        """`address` as in $NOTIFY_SOCKET: a path, or an abstract name that begins with @. Empty: nobody
        listens. sd_notify(3) knows other kinds, for virtual machines; they count as nobody."""
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.heard = address.startswith(("@", "/"))
        """Whether somebody listens."""

    def say(self, *words: str) -> bool:
        """Say these assignments in one datagram (`READY=1`, `STATUS=...`). False when it could not be
        delivered at once: to wait for a service manager would freeze what it is to watch."""
        if not self.heard:
            return False
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto("\n".join(words).encode(), self._address)
            return True
        return False


def watchdog_s(environment: Mapping[str, str], process: int) -> float | None:
    """Seconds within which the service manager wants to be fed; None: it does not watch this process
    (sd_watchdog_enabled(3): $WATCHDOG_USEC, which $WATCHDOG_PID may give to another)."""
    given = environment.get("WATCHDOG_USEC", "")
    meant = environment.get("WATCHDOG_PID", str(process))
    if not given.isascii() or not given.isdigit() or int(given) == 0 or meant != str(process):
        return None
    return int(given) / 1_000_000
