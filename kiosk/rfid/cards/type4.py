"""The NDEF message of a Type 4 tag: a DESFire, a smart card, or a telephone that plays one.

NFC Forum Type 4 Tag 2.0: the NDEF application (clause 5.4.2), its capability container (clause 5.1), the
file that it names. Pure but for `ask`.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.rfid.errors import CardGarbled

SELECT_APPLICATION = bytes.fromhex("00A4040007D276000085010100")
SELECT_FILE = bytes.fromhex("00A4000C02")
"""Then the identifier of the file, two bytes."""
CONTAINER = bytes.fromhex("E103")
READ_BINARY = bytes.fromhex("00B0")
"""Then the offset (2) and how many bytes."""

CONTAINER_BYTES = 15
NDEF_FILE = bytes.fromhex("0406")
"""Tag and length of the NDEF file control TLV, which stands at byte 7 of the container."""
MOST_AT_ONCE = 0xF0
"""Bytes that one READ BINARY asks for at most, whatever the card could give."""
MESSAGE_AT_MOST = 1024
"""Bytes of a message that are read: a patron's id comes early, and nobody waits for a picture."""


def type_4_message(ask: Callable[[bytes], bytes | None]) -> bytes | None:
    """The NDEF message of a card; None when it has none.

    Args:
        ask: sends an APDU and gives the data of a successful answer, None when it is a refusal.

    Raises:
        CardGarbled: the card contradicts itself, or its message is longer than any of a patron.
        CardPulled: it was taken away meanwhile.
    """
    if ask(SELECT_APPLICATION) is None or ask(SELECT_FILE + CONTAINER) is None:
        return None
    container = ask(_read(0, CONTAINER_BYTES)) or b""
    if len(container) < CONTAINER_BYTES or container[7:9] != NDEF_FILE:
        return None
    at_once = min(int.from_bytes(container[3:5]), MOST_AT_ONCE)
    if not at_once or ask(SELECT_FILE + container[9:11]) is None:
        return None
    size = int.from_bytes(ask(_read(0, 2)) or b"")
    if size > MESSAGE_AT_MOST:
        raise CardGarbled(f"an NDEF message of {size} bytes")
    message = b""
    while len(message) < size:
        piece = ask(_read(2 + len(message), min(at_once, size - len(message))))
        if not piece:
            raise CardGarbled("the NDEF file ends before its message")
        message += piece
    return message[:size] or None


def _read(offset: int, length: int) -> bytes:
    return READ_BINARY + offset.to_bytes(2) + bytes([length])
