"""Receipts: paper composed, printed, and proven to have come out.

A `Paper` (circulation's word) is typeset like a screen, turned into a raster of dots, sent to an ESC/POS
printer, and followed until the printer says that it came out: *proven*, *unproven* or *failed*.
`EscposPrinter` meets the desk's port; its wire is TCP, a serial line, or `usb(...)`. `paper_job` does
all of it but the printing.
"""

from kiosk.receipts.compose import Composer
from kiosk.receipts.encode import Job, paper_job
from kiosk.receipts.line import OpenWire, Wire
from kiosk.receipts.printer import EscposPrinter
from kiosk.receipts.settings import NetworkPrinter, PaperSettings, SerialPrinter, UsbPrinter
from kiosk.receipts.status import Garbled, Status
from kiosk.receipts.usb import UsbDevice, usb

__all__ = [
    "Composer",
    "EscposPrinter",
    "Garbled",
    "Job",
    "NetworkPrinter",
    "OpenWire",
    "PaperSettings",
    "SerialPrinter",
    "Status",
    "UsbDevice",
    "UsbPrinter",
    "Wire",
    "paper_job",
    "usb",
]
