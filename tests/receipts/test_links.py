"""The ways to a printer: a chatty serial line, USB through python-escpos, and the typesetter's thread."""

import asyncio
import errno
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Printout, Proof
from kiosk.lab.loop import run
from kiosk.receipts import Composer, EscposPrinter, PaperSettings, UsbPrinter, usb
from kiosk.receipts.usb import EscposUsb, open_usb
from kiosk.typeset import Style, Typesetter
from tests.receipts.paper_machine import Machine
from tests.receipts.papers import ARABIC, CHINESE, line, loans

PAPER = loans(line(), line(ARABIC), line(CHINESE))
EPSON = UsbPrinter()


@pytest.fixture(scope="module")
def typesetter(tmp_path_factory: pytest.TempPathFactory) -> Typesetter:
    return Typesetter(tmp_path_factory.mktemp("fonts"))


async def in_line(fn, /, *args):
    return fn(*args)


def printer_on(open_wire, typesetter):
    return EscposPrinter(
        PaperSettings(), open_wire, run_blocking=in_line, typesetter=lambda: typesetter, random=Random(3)
    )


async def with_printer(printer, story):
    reports = []
    running = asyncio.create_task(printer.run(lambda said: reports.append((said.condition, said.reason))))
    await asyncio.sleep(8)
    try:
        await story(reports)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class Chatty(Machine):
    """On a serial line with XON and XOFF, and set to send its status whenever it changes."""

    def answer(self, data):
        super().answer(b"\x13\x14\x00")
        super().answer(b"\x00\x0f" + data + b"\x11")


def test_flow_control_and_automatic_status_are_no_answers(typesetter):
    async def whole():
        machine = Chatty()

        async def story(reports):
            assert await printer.print(PAPER) == Printout(Proof.PROVEN)
            assert reports == [(Condition.READY, None)]
            machine.paper_rows = 200
            assert await printer.print(PAPER) == Printout(Proof.FAILED, Reason.PAPER_OUT)

        printer = printer_on(machine.open_wire, typesetter)
        await with_printer(printer, story)
        machine.stop()

    run(whole())


# ---- USB


class Blocking:
    """A machine in the shape of an open USB device."""

    def __init__(self, machine, wire):
        self.machine, self.wire, self.closed = machine, wire, False

    def write(self, data):
        assert len(data) <= 4096
        if self.wire.over:
            raise OSError(errno.ENODEV, "No such device (it may have been disconnected)")
        self.machine.received(data)

    def read(self):
        if self.wire.over and not self.closed:
            raise OSError(errno.ENODEV, "No such device (it may have been disconnected)")
        said = b""
        while not self.wire.inbox.empty():
            said += self.wire.inbox.get_nowait()
        return said

    def close(self):
        self.closed = True


def test_a_printer_on_usb(typesetter):
    async def whole():
        machine = Machine()
        wires = [await machine.open_wire(), await machine.open_wire()]
        opened = []

        def open_device(printer):
            assert printer == EPSON
            if not machine.plugged:
                raise OSError("no USB printer")
            device = Blocking(machine, wires[len(opened)])
            machine.wires = [device.wire]
            opened.append(device)
            return device

        async def story(reports):
            assert await printer.print(PAPER) == Printout(Proof.PROVEN)
            assert machine.pieces == [len(machine.rows)]
            machine.unplug()
            await asyncio.sleep(1)
            assert reports == [(Condition.READY, None), (Condition.MISSING, Reason.PRINTER_MISSING)]
            assert opened[0].closed
            machine.plugged = True
            await asyncio.sleep(3)
            assert reports[2:] == [(Condition.READY, None)]
            assert await printer.print(PAPER) == Printout(Proof.PROVEN)

        printer = printer_on(usb(EPSON, in_line, open_device), typesetter)
        await with_printer(printer, story)
        machine.stop()

    run(whole())


def test_a_read_that_takes_too_long_has_nothing_to_say():
    class Quiet:
        def __init__(self, number):
            self.number = number

        def _read(self):
            raise OSError(self.number, "libusb says so")

    assert EscposUsb(Quiet(errno.ETIMEDOUT)).read() == b""
    with pytest.raises(OSError, match="libusb"):
        EscposUsb(Quiet(errno.ENODEV)).read()


def test_without_pyusb_or_without_the_printer_there_is_no_wire():
    with pytest.raises(OSError, match=r"pyusb|no USB printer"):
        open_usb(UsbPrinter("04b8", "ffff"))


USB_CORE = """
import array
class USBError(IOError): pass
class NoBackendError(ValueError): pass
class Backend: pass
class Endpoint:
    def __init__(self, address): self.bEndpointAddress = address
class Device:
    default_timeout = 1000
    def __init__(self): self.log, self.backend = [], Backend()
    def set_configuration(self): pass
    def reset(self): pass
    def get_active_configuration(self): return {(0, 0): [Endpoint(0x03), Endpoint(0x84)]}
    def write(self, endpoint, data, timeout): self.log.append(("write", endpoint, data, timeout))
    def read(self, endpoint, size):
        self.log.append(("read", endpoint, self.default_timeout))
        return array.array("B", [0x12])
DEVICE = Device()
def find(idVendor, idProduct): return DEVICE if (idVendor, idProduct) == (0x04b8, 0x0202) else None
"""
USB_STORY = """
import usb.core
from kiosk.receipts import UsbPrinter
from kiosk.receipts.usb import open_usb
device = open_usb(UsbPrinter("04b8", "0202"))
device.write(b"\\x10\\x04\\x01")
assert device.read() == b"\\x12"
device.close()
log = usb.core.DEVICE.log
assert log == [("write", 3, b"\\x10\\x04\\x01", 4000), ("read", 0x84, 10)], log
try:
    open_usb(UsbPrinter("04b8", "0203"))
except OSError as error:
    assert "04b8:0203" in str(error)
else:
    raise AssertionError
"""


def test_python_escpos_is_given_the_endpoints_of_the_device_and_timeouts(tmp_path):
    """With a stand-in of pyusb: python-escpos would guess the endpoints and wait for ever."""
    (tmp_path / "usb").mkdir()
    (tmp_path / "usb" / "__init__.py").write_text("")
    (tmp_path / "usb" / "core.py").write_text(USB_CORE)
    (tmp_path / "usb" / "util.py").write_text("def dispose_resources(device): pass\n")
    script = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n{USB_STORY}"
    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


# ---- threads


def test_paper_is_set_in_a_thread_while_the_screens_set_theirs(typesetter, tmp_path):
    expected = Composer(typesetter, 576).compose(PAPER)
    over = threading.Event()

    def screens():
        drawn = 0
        while not over.is_set():
            typesetter.forget()
            drawn += typesetter.set(f"{ARABIC} {CHINESE} {drawn}", Style(30, 600)).width > 0
        return drawn

    def papers():
        composer = Composer(Typesetter(tmp_path), 576)
        return [composer.compose(PAPER) for _ in range(15)]

    with ThreadPoolExecutor(1) as pool:
        setting = pool.submit(papers)
        setting.add_done_callback(lambda _: over.set())
        assert screens() > 0
        assert setting.result() == [expected] * 15
