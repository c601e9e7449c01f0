"""A program that is a card: nfcpy emulates a Type 3 tag with an NDEF text, over its UDP driver.

    python -m tests.cards.emulated_card PORT IDM TEXT

It lies on the reader from its first line of output on, until it is ended.
"""

import sys

import nfc
import nfc.clf

SYSTEM = "12FC"
"""System code of NFC Forum Type 3 tags."""
READ, WRITE = 0x000B, 0x0009
"""Service codes of the NDEF data (NFC Forum Type 3 Tag, clause 4)."""


def memory(text: str) -> bytes:
    """The blocks of the tag: attribute information, then the message."""
    payload = b"\x02en" + text.encode()
    message = bytes([0xD1, 1, len(payload)]) + b"T" + payload
    blocks = -(-len(message) // 16)
    head = bytes([0x10, 4, 1]) + blocks.to_bytes(2, "big") + bytes([0, 0, 0, 0, 0, 0])
    head += len(message).to_bytes(3, "big")
    return head + sum(head).to_bytes(2, "big") + message.ljust(blocks * 16, b"\0")


def main(port: str, idm: str, text: str) -> None:
    held = memory(text)

    def read(block: int, _begin: bool, _end: bool) -> bytes | None:
        return held[block * 16 : block * 16 + 16] or None

    def refuse(*_args: object) -> bool:
        return False

    def on_startup(target: nfc.clf.LocalTarget) -> nfc.clf.LocalTarget:
        target.brty = "212F"
        target.sensf_res = bytearray.fromhex("01" + idm + "FFFFFFFFFFFFFFFF" + SYSTEM)
        return target

    def on_connect(tag: nfc.tag.TagEmulation) -> bool:
        tag.add_service(READ, read, refuse)
        tag.add_service(WRITE, read, refuse)
        return True

    with nfc.ContactlessFrontend(f"udp:localhost:{port}") as frontend:
        print("here", flush=True)
        while True:
            frontend.connect(card={"on-startup": on_startup, "on-connect": on_connect, "timeout": 60})


if __name__ == "__main__":
    main(*sys.argv[1:])
