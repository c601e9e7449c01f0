"""What stands on a tag: decoders and encoders, pure, bytes in and frozen values out.

`decode_tag` reads a tag's memory, whatever it is, and says why it believes what it says. `encode_28560_3`
and `encode_28560_2` write the models that we write; `encode_501` serves tests and measurements. NDEF
(`decode_ndef`, `encode_ndef_text`, `encode_ndef_uri`) is what patron cards of the NFC kind carry.
"""

from kiosk.rfid.tags.datasets import DataSet, read_data_sets, write_data_sets
from kiosk.rfid.tags.decode import DEFAULT, TagRules, decode_tag
from kiosk.rfid.tags.elements import Element
from kiosk.rfid.tags.extension import ExtensionBlock, library_block, text_block
from kiosk.rfid.tags.iso28560_2 import encode_28560_2, encode_elements
from kiosk.rfid.tags.iso28560_3 import MEMORY_BYTES, encode_28560_3
from kiosk.rfid.tags.model import (
    BlankTag,
    BlockOrder,
    DamagedTag,
    Fields,
    ForeignTag,
    LibraryTag,
    Media,
    Model,
    TagMemory,
    Usage,
)
from kiosk.rfid.tags.ndef import (
    NdefError,
    NdefMessage,
    decode_ndef,
    decode_ndef_message,
    encode_ndef_text,
    encode_ndef_uri,
)
from kiosk.rfid.tags.rfid501 import encode_501

__all__ = [
    "DEFAULT",
    "MEMORY_BYTES",
    "BlankTag",
    "BlockOrder",
    "DamagedTag",
    "DataSet",
    "Element",
    "ExtensionBlock",
    "Fields",
    "ForeignTag",
    "LibraryTag",
    "Media",
    "Model",
    "NdefError",
    "NdefMessage",
    "TagMemory",
    "TagRules",
    "Usage",
    "decode_ndef",
    "decode_ndef_message",
    "decode_tag",
    "encode_28560_2",
    "encode_28560_3",
    "encode_501",
    "encode_elements",
    "encode_ndef_text",
    "encode_ndef_uri",
    "library_block",
    "read_data_sets",
    "text_block",
    "write_data_sets",
]
