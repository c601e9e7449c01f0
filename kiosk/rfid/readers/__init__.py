"""Readers: one contract, many drivers.

`Reader` is what the pad asks of any reader of tags; `OpenReader` is how it gets one. `feig_opener`
makes the driver for FEIG readers in ISO-host mode (TCP, port 10001, or a serial line), `m3_opener` that for
the pads 210 and 810 of 3M / Bibliotheca (USB serial), `pcsc_opener` that for readers of the PC/SC service.
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
from kiosk.rfid.readers.m3 import M3Reader, M3Settings, m3_opener
from kiosk.rfid.readers.pcsc import PcscSettings, pcsc_apdus, pcsc_opener
from kiosk.rfid.readers.talk import Apdus, OpenApdus

__all__ = [
    "Abilities",
    "Apdus",
    "ByteWire",
    "FeigReader",
    "FeigSerialSettings",
    "FeigSettings",
    "FeigTalk",
    "M3Reader",
    "M3Settings",
    "OpenApdus",
    "OpenByteWire",
    "OpenReader",
    "Password",
    "PcscSettings",
    "Reader",
    "SystemInfo",
    "TagFound",
    "TagWithMemory",
    "feig_opener",
    "m3_opener",
    "pcsc_apdus",
    "pcsc_opener",
]
