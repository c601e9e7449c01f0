"""`tag/decode/MODEL`, `tag/encode/MODEL`: the memory of a tag as what it means to a library, and back.

The memories are the published examples, or what the encoders make of the same book. Whoever decodes does not
know beforehand which model it is: each is found by its structure, among all others.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.rows import Row, row
from kiosk.rfid.tags import (
    BlankTag,
    BlockOrder,
    ForeignTag,
    LibraryTag,
    TagRules,
    decode_tag,
    encode_501,
    encode_28560_2,
    encode_28560_3,
    library_block,
    text_block,
)

TIMES = 500
"""Tags in one run."""

EXTENDED = bytes.fromhex(
    "110101313030303030303133360000000000003615444B3731383530300000000000"
    "050100050122020071426F67766F676E656E0031323334353637383930000061373839363536630000"
)
"""ISO 28560-3, B.2: with a library and an acquisition block."""

DATA_SETS = bytes.fromhex("9100051CBE991A140201D0140204B34607441CB6E2E335D6830207ACC09EBAA06F6B0000")
"""ISO 28560-2, annex D."""

BOOK = ("39000001", "DK-718500")

DECODED: dict[str, tuple[bytes, type[Any], TagRules]] = {
    "iso28560-3": (encode_28560_3(*BOOK), LibraryTag, TagRules()),
    "iso28560-3/extended": (EXTENDED, LibraryTag, TagRules()),
    "iso28560-3/reversed": (encode_28560_3(*BOOK, order=BlockOrder.REVERSED), LibraryTag, TagRules()),
    "iso28560-2": (DATA_SETS, LibraryTag, TagRules()),
    "rfid501": (encode_501("39000001", library=1), LibraryTag, TagRules()),
    "ascii": (b"LIB:39000001".ljust(32, b"\0"), LibraryTag, TagRules(ascii=(r"LIB:(?P<id>\d{8})",))),
    "blank": (bytes(112), BlankTag, TagRules()),
    "foreign": (bytes(range(7, 119)), ForeignTag, TagRules()),
}
"""By the name of the row: a memory, as what it is decoded, and by which rules."""


ENCODED: dict[str, Callable[[], bytes]] = {
    "iso28560-3": lambda: encode_28560_3(*BOOK),
    "iso28560-3/extended": lambda: encode_28560_3(
        *BOOK, size=112, extensions=(library_block(1), text_block(4, "The Lighthouse Keeper's Almanac"))
    ),
    "iso28560-2": lambda: encode_28560_2(*BOOK),
    "rfid501": lambda: encode_501(BOOK[0], library=1),
}


def rows(repetitions: int) -> Iterator[Row]:
    """A row for each memory that is read, and for each that is written."""
    for name, (memory, kind, rules) in DECODED.items():
        found = decode_tag(memory, rules=rules)
        assert isinstance(found, kind), f"{name} is decoded as {found}"

        def decode(memory: bytes = memory, rules: TagRules = rules) -> object:
            return decode_tag(memory, rules=rules)

        yield row(f"tag/decode/{name}", "us", _took(decode, repetitions), note=f"{len(memory)} bytes")
    for name, encode in ENCODED.items():
        yield row(f"tag/encode/{name}", "us", _took(encode, repetitions), note=f"{len(encode())} bytes")


def _took(work: Callable[[], object], repetitions: int) -> list[float]:
    """Microseconds of each repetition."""
    work()
    return [1e6 * timeit.timeit(work, number=TIMES) / TIMES for _ in range(repetitions)]
