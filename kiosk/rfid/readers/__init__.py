"""Readers: one contract, many drivers.

`Reader` is what the pad asks of any reader of tags; `OpenReader` is how it gets one. `feig_opener`
makes the driver for FEIG readers in ISO-host mode (TCP, port 10001, or a serial line).
"""

from kiosk.rfid.iso15693 import Password, SystemInfo, TagFound
from kiosk.rfid.readers.contract import (
    Abilities,
    ByteWire,
    OpenByteWire,
    OpenReader,
    Reader,
    TagWithMemory,
)
from kiosk.rfid.readers.feig import FeigReader, FeigSerialSettings, FeigSettings, FeigTalk, feig_opener

__all__ = [
    "Abilities",
    "ByteWire",
    "FeigReader",
    "FeigSerialSettings",
    "FeigSettings",
    "FeigTalk",
    "OpenByteWire",
    "OpenReader",
    "Password",
    "Reader",
    "SystemInfo",
    "TagFound",
    "TagWithMemory",
    "feig_opener",
]
