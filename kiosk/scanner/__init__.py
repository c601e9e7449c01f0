"""Barcode scanners with a line of their own. (One that types is a keyboard, and heard by the window.)

`SerialBarcodeScanner` follows a scanner on a serial line. `code_scanned` says what a code can be, from
whatever scanner it came.
"""

from kiosk.scanner.codes import code_scanned
from kiosk.scanner.serial_scanner import SerialBarcodeScanner
from kiosk.scanner.settings import SerialScanner

__all__ = ["SerialBarcodeScanner", "SerialScanner", "code_scanned"]
