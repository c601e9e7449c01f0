"""What stands on a tag: decoders and encoders, pure, bytes in and frozen values out.

`decode_tag` reads a tag's memory, whatever it is; `encode_28560_3` writes the one model that we
write. NDEF (`decode_ndef`, `encode_ndef_text`, `encode_ndef_uri`) is what patron cards of the NFC kind carry.
"""

from kiosk.rfid.tags.iso28560 import (
    MEMORY_BYTES,
    BlankTag,
    BlockOrder,
    DamagedTag,
    ForeignTag,
    LibraryTag,
    TagMemory,
    Usage,
    decode_tag,
    encode_28560_3,
)
from kiosk.rfid.tags.ndef import (
    NdefError,
    NdefMessage,
    decode_ndef,
    decode_ndef_message,
    encode_ndef_text,
    encode_ndef_uri,
)

__all__ = [
    "MEMORY_BYTES",
    "BlankTag",
    "BlockOrder",
    "DamagedTag",
    "ForeignTag",
    "LibraryTag",
    "NdefError",
    "NdefMessage",
    "TagMemory",
    "Usage",
    "decode_ndef",
    "decode_ndef_message",
    "decode_tag",
    "encode_28560_3",
    "encode_ndef_text",
    "encode_ndef_uri",
]
