"""The wire between the stand-in modules and the simulated chip: JSON, a line a message, blocking."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import select
import socket
import threading
import time
from typing import Any

Message = dict[str, Any]

ANSWER_SECONDS = 5.0
"""Patience for one answer; a real chip takes microseconds."""
CHUNK = 4096
PIECE_SECONDS = 0.001
"""Pause while only a piece of a line is there."""


def gone() -> OSError:
    """What the kernel says of a chip that is no longer there."""
    return OSError(errno.ENODEV, os.strerror(errno.ENODEV))


class Questions:
    """One link for questions and their answers; may be used by several threads."""

    def __init__(self, host: str, port: int) -> None:
        """Connect.

        Raises:
            FileNotFoundError: the chip is not there.
        """
        try:
            self._socket = socket.create_connection((host, port), timeout=ANSWER_SECONDS)
        except OSError as error:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._turn = threading.Lock()

    def ask(self, op: str, **named: Any) -> Message:
        """Ask, and wait for the answer.

        Raises:
            OSError: the chip refuses (its errno), is gone (ENODEV), is silent (ETIMEDOUT), talks nonsense
                (EIO).
        """
        with self._turn:
            try:
                self._socket.sendall(json.dumps({"op": op, **named}).encode() + b"\n")
                line = self._file.readline()
            except TimeoutError as error:
                # A late answer would be taken for that to the next question.
                self.close()
                raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)) from error
            except (OSError, ValueError) as error:
                raise gone() from error
        if not line:
            raise gone()
        try:
            answer: Message = json.loads(line)
            refused = not answer["ok"]
        except (ValueError, TypeError, KeyError) as error:
            raise OSError(errno.EIO, os.strerror(errno.EIO)) from error
        if refused:
            raise OSError(answer["errno"], os.strerror(answer["errno"]))
        return answer

    def close(self) -> None:
        """End the link: lines that were requested over it are released."""
        self._file.close()
        self._socket.close()


class Events:
    """One link on which edges arrive. Its socket is readable when there is one to read."""

    def __init__(self, host: str, port: int) -> None:
        """Connect.

        Raises:
            FileNotFoundError: the chip is not there.
        """
        try:
            self.socket = socket.create_connection((host, port), timeout=ANSWER_SECONDS)
        except OSError as error:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from error

    def listen(self, request: int) -> None:
        """Hear the edges of one request from now on.

        Raises:
            OSError: the chip is gone, or silent.
        """
        self.socket.sendall(json.dumps({"op": "listen", "request": request}).encode() + b"\n")
        if not self._read(1)[0].get("ok"):
            raise gone()
        self.socket.settimeout(None)

    def wait(self, seconds: float | None) -> bool:
        """Whether there is an edge, within so many seconds (None: for ever)."""
        readable, _, _ = select.select([self.socket], [], [], seconds)
        return bool(readable)

    def read(self, most: int) -> list[Message]:
        """At least one edge, `most` at the most; waits for the first.

        Raises:
            OSError: ENODEV, the chip is gone.
        """
        return self._read(most)

    def _read(self, most: int) -> list[Message]:
        """Whole lines only are taken off the socket: what stays there keeps it readable."""
        try:
            while True:
                waiting = self.socket.recv(CHUNK, socket.MSG_PEEK)
                if not waiting:
                    raise gone()
                lines = waiting.split(b"\n")[:-1][:most]
                if lines:
                    self.socket.recv(sum(len(line) + 1 for line in lines))
                    return [json.loads(line) for line in lines]
                time.sleep(PIECE_SECONDS)
        except (ConnectionError, ValueError) as error:
            raise gone() from error

    def close(self) -> None:
        """End the link, also under a thread that reads."""
        with contextlib.suppress(OSError):  # the other side was first
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
