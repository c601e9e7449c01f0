"""A printer on USB as a wire: python-escpos carries the bytes, in the worker thread.

Its `Usb` waits for ever unless it is told otherwise, guesses the endpoints, and never reads more than
16 bytes; a printer's answers are shorter than that. It needs pyusb and libusb.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, TypeVarTuple

from kiosk.doors import RunBlocking
from kiosk.receipts.encode import escpos
from kiosk.receipts.line import OpenWire, Wire
from kiosk.receipts.settings import UsbPrinter

log = logging.getLogger(__name__)

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

WRITE_TIMEOUT_MS = 4000
"""How long the printer may take nothing before it counts as lost."""
READ_TIMEOUT_MS = 10
"""How long one read keeps the thread: a printer that has nothing to say says nothing."""
LISTEN_S = 0.02
"""Pause between two reads for `ATTENTIVE_S` after something was sent."""
ATTENTIVE_S = 2.0
IDLE_S = 0.5
"""Pause between two reads otherwise."""
AT_ONCE = 4096
"""Bytes of one write, so that the thread is free again soon."""


class UsbDevice(Protocol):
    """What we use of an open `escpos.printer.Usb`, blocking. All raise OSError."""

    def write(self, data: bytes) -> None:
        """Send all of `data`."""

    def read(self) -> bytes:
        """What the printer has said, `b""` when that is nothing."""

    def close(self) -> None:
        """Let it go."""


OpenUsb = Callable[[UsbPrinter], UsbDevice]


class EscposUsb:
    """A printer that python-escpos has opened."""

    def __init__(self, printer: Any) -> None:
        """Take over an open `escpos.printer.Usb`."""
        self._printer = printer

    def write(self, data: bytes) -> None:
        """Send all of `data` (see `UsbDevice`)."""
        self._printer._raw(data)

    def read(self) -> bytes:
        """What the printer has said (see `UsbDevice`)."""
        try:
            return bytes(self._printer._read())
        except OSError as error:
            if error.errno == errno.ETIMEDOUT:
                return b""
            raise

    def close(self) -> None:
        """Let it go (see `UsbDevice`)."""
        self._printer.close()


def open_usb(printer: UsbPrinter) -> UsbDevice:
    """Open a printer, its endpoints as the device itself describes them.

    Raises:
        OSError: it is not there, belongs to somebody else, or pyusb or libusb is missing.
    """
    module = escpos()
    if not module.Usb.is_usable():
        raise OSError("printing over USB needs pyusb, which is not installed")
    from escpos.exceptions import DeviceNotFoundError

    opened = module.Usb(int(printer.vendor, 16), int(printer.product, 16), timeout=WRITE_TIMEOUT_MS)
    try:
        opened.open()
    except (DeviceNotFoundError, ValueError) as error:  # ValueError: pyusb without libusb (NoBackendError)
        raise OSError(f"no USB printer {printer.vendor}:{printer.product}: {error}") from error
    device = opened.device
    device.default_timeout = READ_TIMEOUT_MS
    for endpoint in device.get_active_configuration()[(0, 0)]:
        address = endpoint.bEndpointAddress
        if address & 0x80:
            opened.in_ep = address
        else:
            opened.out_ep = address
    return EscposUsb(opened)


class UsbWire:
    """A printer on USB as a byte stream."""

    def __init__(self, device: UsbDevice, run_blocking: RunBlocking) -> None:
        """Take over an open device."""
        self._device = device
        self._run_blocking = run_blocking
        self._closed = False
        self._sent_at = 0.0

    async def send(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            ConnectionError: the printer is gone, or takes nothing.
        """
        for at in range(0, len(data), AT_ONCE):
            if self._closed:
                raise ConnectionResetError("the USB printer was closed")
            try:
                await self._run_blocking(self._device.write, data[at : at + AT_ONCE])
            except OSError as error:
                raise ConnectionResetError(f"the USB printer is gone: {error}") from error
            self._sent_at = asyncio.get_running_loop().time()

    async def receive(self) -> bytes:
        """The next bytes; `b""` once it was closed.

        Raises:
            ConnectionError: the printer is gone.
        """
        loop = asyncio.get_running_loop()
        while not self._closed:
            try:
                data = await self._run_blocking(self._device.read)
            except OSError as error:
                raise ConnectionResetError(f"the USB printer is gone: {error}") from error
            if data:
                return data
            attentive = loop.time() - self._sent_at < ATTENTIVE_S
            await asyncio.sleep(LISTEN_S if attentive else IDLE_S)
        return b""

    async def close(self) -> None:
        """Let the device go. May be called again."""
        if not self._closed:
            self._closed = True
            await self._run_blocking(self._device.close)


def usb(printer: UsbPrinter, run_blocking: RunBlocking, open_device: OpenUsb = open_usb) -> OpenWire:
    """The factory for one printer on USB; `run_blocking` must have one thread, of its own."""

    async def open_it() -> Wire:
        return UsbWire(await run_blocking(open_device, printer), run_blocking)

    return open_it
