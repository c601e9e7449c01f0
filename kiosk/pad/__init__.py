"""The pad: the one owner of the field of tags.

`FieldPad` watches the field through any reader of `kiosk.rfid`: it posts each tag once when it has
been read and each uid once it has left, keeps the reader (opens, reopens with back-off), and carries
out the desk's writes and read-backs, which go before its own polling. It meets `desk.ports.Pad`.
"""

from kiosk.pad.field import FieldPad
from kiosk.pad.settings import PadSettings, TagSettings

__all__ = ["FieldPad", "PadSettings", "TagSettings"]
