"""What vpcd, the virtual reader of PC/SC, and a card in it say to each other (vsmartcard, `vpcd.h`).

Each message is a length in two bytes, most significant first, and that many bytes. One byte alone is a
control, and only the one that asks for the ATR is answered; all else is a command APDU and its response.
"""

from __future__ import annotations

# vpcd's control bytes, which come alone
POWER_OFF = 0x00
POWER_ON = 0x01
RESET = 0x02
GET_ATR = 0x04


def write(payload: bytes) -> bytes:
    """One message."""
    return len(payload).to_bytes(2, "big") + payload


class Splitter:
    """Cuts what arrives on one link into messages."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, data: bytes, now: float) -> tuple[bytes, ...]:
        """All messages that are complete now."""
        del now
        messages, self._kept = cut(self._kept + data)
        return tuple(messages)

    def only(self, data: bytes) -> bytes | None:
        """The message that arrives, when it is one, whole, and nothing was kept before."""
        if self._kept:
            return None
        messages, rest = cut(data)
        return messages[0] if len(messages) == 1 and not rest else None


def cut(data: bytes) -> tuple[list[bytes], bytes]:
    """The messages at the front, and what is left: the beginning of one."""
    messages = []
    while len(data) >= 2:
        size = int.from_bytes(data[:2], "big")
        if len(data) < 2 + size:
            break
        messages.append(data[2 : 2 + size])
        data = data[2 + size :]
    return messages, data
