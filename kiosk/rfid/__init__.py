"""RFID for libraries: tags, the wires to readers, readers, and card readers. Imports nothing of ours.

It could be published alone. From the tag outwards:

- `tags`: what stands on a tag (ISO 28560, RFID 501, NDEF): bytes in, frozen values out, and back. Pure.
- `iso15693`: the air: requests, what is heard after them, whose chip it is, the CRC. Pure.
- `wire`: the languages that readers speak, as codecs without I/O.
- `readers`: drivers that speak them; all meet one contract, `readers.Reader` (docs/readers.md).
- `cards`: readers of patron cards (PC/SC). Blocking: give them a thread of their own.
- `errors`: one tree of everything that can go wrong between us and a tag.

A uid is everywhere a `str` of 16 upper-case hex digits, most significant byte first (`E004...`).
"""

from kiosk.rfid.errors import RfidError, TagError, TransportError

__all__ = ["RfidError", "TagError", "TransportError"]
