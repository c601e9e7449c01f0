"""QEMU's monitor (QMP): JSON lines over a socket, of which the other end is QEMU's own."""

from __future__ import annotations

import json
import socket
from typing import Any

PATIENCE_S = 120.0
"""A busy emulator answers late; it answers, though."""


class QmpError(RuntimeError):
    """QEMU refused a command, or is gone."""


class Qmp:
    """One connection. `ours` is our end; greeting and handshake happen with the first command."""

    def __init__(self, ours: socket.socket) -> None:
        ours.settimeout(PATIENCE_S)
        self._socket = ours
        self._file = ours.makefile("rb")
        self._greeted = False

    def do(self, name: str, **arguments: Any) -> Any:
        """Carry out one command; returns what it returns.

        Raises:
            QmpError: it was refused, or QEMU is gone.
        """
        if not self._greeted:
            self._greeted = True
            self._next()
            self._do("qmp_capabilities", {})
        return self._do(name, arguments)

    def close(self) -> None:
        """Close our end."""
        self._file.close()
        self._socket.close()

    def _do(self, name: str, arguments: dict[str, Any]) -> Any:
        line = json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n"
        try:
            self._socket.sendall(line)
            while True:
                answer = self._next()
                if "error" in answer:
                    raise QmpError(f"{name}: {answer['error']['desc']}")
                if "return" in answer:
                    return answer["return"]
                # anything else is an event, and none of them matters here
        except OSError as error:
            raise QmpError(f"{name}: {error}") from error

    def _next(self) -> dict[str, Any]:
        line = self._file.readline()
        if not line:
            raise QmpError("QEMU is gone")
        answer: dict[str, Any] = json.loads(line)
        return answer
