"""A barcode scanner on a serial line, supervised."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import Random
from typing import NoReturn, Protocol

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CodeScanned, DeviceChanged, ScanReport
from kiosk.circulation.values import Condition, Device
from kiosk.doors import rest
from kiosk.ids import IdRules
from kiosk.scanner.codes import CodeCutter, code_scanned
from kiosk.scanner.settings import SerialScanner

log = logging.getLogger(__name__)

Post = Callable[[ScanReport], None]


class Wire(Protocol):
    """The open line, as far as a scanner needs it (see `kiosk.wires.Wire`)."""

    async def receive(self) -> bytes:
        """Wait for the next bytes; `b""` at the end. Raises ConnectionError."""

    async def close(self) -> None:
        """Close the line. May be called again."""


OpenWire = Callable[[], Awaitable[Wire]]
"""Opens the line. Raises OSError."""


class SerialBarcodeScanner:
    """A scanner that sends its codes over a line of its own; meets `desk.ports.Scanner`.

    Nothing is ever sent to it. A code ends with CR, LF or TAB, or with a rest.
    """

    def __init__(self, settings: SerialScanner, open_wire: OpenWire, ids: IdRules, random: Random) -> None:
        """Follow the scanner at the end of a line.

        Args:
            settings: times.
            open_wire: opens the line; called again each time it is lost.
            ids: what the ids of a library look like.
            random: chance for the back-off.
        """
        self._settings = settings
        self._open_wire = open_wire
        self._ids = ids
        self._random = random
        self._condition: tuple[Condition, Reason | None] | None = None
        self._others: Callable[[str], None] = lambda _: None

    def also(self, hear: Callable[[str], None]) -> None:
        """Let somebody else hear each code as it came."""
        self._others = hear

    async def run(self, post: Post) -> NoReturn:
        """Follow the scanner until cancelled; post each code."""
        losses = 0
        while True:
            heard, why = await self._attend(post)
            losses = 1 if heard else losses + 1
            log.log(logging.WARNING if losses == 1 else logging.DEBUG, "no scanner: %s", why)
            self._report(post, Condition.MISSING, Reason.SCANNER_MISSING)
            await asyncio.sleep(self._rest(losses))

    async def _attend(self, post: Post) -> tuple[bool, str]:
        """Open the line and read codes; gives back whether any byte came, and what ended it."""
        try:
            wire = await self._open_wire()
        except OSError as error:
            return False, str(error)
        self._report(post, Condition.READY, None)
        cutter, heard = CodeCutter(), False
        try:
            while True:
                rest = self._settings.rest_s if cutter.begun else None
                try:
                    async with asyncio.timeout(rest):
                        data = await wire.receive()
                except TimeoutError:
                    post(self._scanned(cutter.end()))
                    continue
                if not data:
                    return heard, "the line has ended"
                heard = True
                for code in cutter.feed(data):
                    post(self._scanned(code))
        except OSError as error:
            return heard, str(error)
        finally:
            await wire.close()

    def _scanned(self, code: str | None) -> CodeScanned:
        if code is None:
            return CodeScanned(problem=Reason.CODE_BAD)
        self._others(code)
        return code_scanned(code, self._ids)

    def _rest(self, losses: int) -> float:
        settings = self._settings
        return rest(losses, settings.reopen_first_s, settings.reopen_longest_s, self._random)

    def _report(self, post: Post, condition: Condition, reason: Reason | None) -> None:
        if self._condition != (condition, reason):
            self._condition = (condition, reason)
            post(DeviceChanged(Device.SCANNER, condition, reason))
