"""The client of the control socket: steer the simulated devices, and hear what they saw.

async with await Control.connect(port) as control:
    await control.do(do="put", tags=["39000001"])
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from typing import Any, Self

LINE_LIMIT = 1 << 24
"""Longest answer; a report grows with the day."""


class ControlError(Exception):
    """A command was not carried out; the text says why."""


class Control:
    """A connection to the control socket, for asyncio; commands queue up behind each other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._turn = asyncio.Lock()

    @classmethod
    async def connect(cls, port: int, host: str = "127.0.0.1") -> Self:
        """Connect to a simulator.

        Raises:
            OSError: there is none.
        """
        return cls(*await asyncio.open_connection(host, port, limit=LINE_LIMIT))

    async def __aenter__(self) -> Self:
        """Nothing more to do."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self.close()

    async def do(self, command: dict[str, Any] | None = None, **named: Any) -> dict[str, Any]:
        """Send one command (see `World.do`), as a dict or as keywords; returns its answer.

        Raises:
            ControlError: it was not carried out, or the simulator is gone.
        """
        async with self._turn:
            try:
                self._writer.write(_line(command, named))
                await self._writer.drain()
                return _answer(await self._reader.readline())
            except ConnectionError as error:
                raise ControlError(f"the simulator is gone: {error}") from error

    async def close(self) -> None:
        """Close the connection; the simulator goes on."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


class BlockingControl:
    """The same for code without asyncio."""

    def __init__(self, port: int, host: str = "127.0.0.1", timeout: float = 30.0) -> None:
        """Connect to a simulator.

        Raises:
            OSError: there is none.
        """
        self._socket = socket.create_connection((host, port), timeout=timeout)
        self._file = self._socket.makefile("rb")

    def do(self, command: dict[str, Any] | None = None, **named: Any) -> dict[str, Any]:
        """Send one command; see `Control.do`."""
        try:
            self._socket.sendall(_line(command, named))
            return _answer(self._file.readline())
        except OSError as error:
            raise ControlError(f"the simulator is gone: {error}") from error

    def close(self) -> None:
        """Close the connection; the simulator goes on."""
        self._file.close()
        self._socket.close()


def _line(command: dict[str, Any] | None, named: dict[str, Any]) -> bytes:
    return json.dumps({**(command or {}), **named}, ensure_ascii=False).encode() + b"\n"


def _answer(line: bytes) -> dict[str, Any]:
    if not line:
        raise ControlError("the simulator is gone")
    answer: dict[str, Any] = json.loads(line)
    if not answer["ok"]:
        raise ControlError(answer["error"])
    return answer
