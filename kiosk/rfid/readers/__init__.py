"""Readers: one contract, many drivers.

`Reader` is what the pad asks of any reader of tags; `OpenReader` is how it gets one. `feig_opener`
makes the driver for FEIG readers in ISO-host mode (TCP, port 10001).
"""

from kiosk.rfid.iso15693 import SystemInfo, TagFound
from kiosk.rfid.readers.contract import ByteWire, OpenByteWire, OpenReader, Reader
from kiosk.rfid.readers.feig import FeigReader, FeigSettings, feig_opener

__all__ = [
    "ByteWire",
    "FeigReader",
    "FeigSettings",
    "OpenByteWire",
    "OpenReader",
    "Reader",
    "SystemInfo",
    "TagFound",
    "feig_opener",
]
