"""Memories that no library wrote, and what must hold for all of them: the one judge of all fuzzing of tags.

Most are sound tags to which something happened; the rest is noise of any length. A sound tag that was damaged
may be read as another one where its model has no checksum; noise must not be read as any.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from kiosk.rfid.tags import (
    BlankTag,
    DamagedTag,
    Element,
    ForeignTag,
    LibraryTag,
    Model,
    TagRules,
    Usage,
    decode_tag,
    encode_501,
    encode_28560_2,
    encode_28560_3,
    read_data_sets,
    text_block,
    write_data_sets,
)
from tests.rfid.tags_seen import SEEN

LONGEST = 300
RULES = (
    TagRules(),
    TagRules(ascii=(r"\d{8,14}",), uids={"E004015012345678": "39000001"}),
    TagRules(by_dsfid={0x06: Model.ISO28560_2, 0x3E: Model.ISO28560_3}, by_afi={0xD7: Model.RFID501}),
)
SIZES = (6, 7, 8, 11, 16, 20, 28, 32, 36, 40, 64, 112, 128, 160, 256, 300)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Input(NamedTuple):
    """One memory; `noise`: nothing of it came from a tag."""

    memory: bytes
    noise: bool


def inputs(seed: int, noise: float = 0.5) -> Iterator[Input]:
    """Memories for ever; `noise` is how many of them are nothing but chance."""
    rng = random.Random(seed)
    while True:
        if rng.random() < noise:
            yield Input(rng.randbytes(rng.choice(SIZES)), True)
        else:
            yield Input(_damaged(rng, _sound(rng))[:LONGEST], False)


def _sound(rng: random.Random) -> bytes:
    item_id = "".join(rng.choices(ALPHABET[: rng.choice((10, 36))], k=rng.randint(3, 15))) + "1"
    owner = rng.choice(("", "FI-Mamk-M", "DK-718500", "NO-02030000", "DE-Heu1"))
    parts = rng.randint(1, 12)
    part, usage = rng.randint(1, parts), rng.choice(list(Usage))
    size = rng.choice((0, 32, 112, 256))
    match rng.randrange(4):
        case 0:
            return encode_28560_3(item_id, owner, part, parts, usage, size or 36)
        case 1:
            blocks = (text_block(4, "The Wind in the Willows"), text_block(3, "QA268", "t", "BA"))
            return encode_28560_3(item_id, owner, part, parts, usage, 112, extensions=blocks)
        case 2:
            others = {Element.SHELF_LOCATION: "QA268.L55", Element.TITLE: "Émile"} if size > 32 else {}
            locked = rng.sample(range(1, 8), rng.randint(0, 3))
            memory = encode_28560_2(item_id, owner, part, parts, usage, others=others, locked=locked)
            return memory.ljust(size, b"\0")
        case _:
            if rng.random() < 0.3:
                return encode_501(item_id, part, parts)
            return rng.choice(SEEN).memory


def _damaged(rng: random.Random, memory: bytes) -> bytes:
    for _ in range(rng.choice((0, 1, 1, 2, 4, 8))):
        at, length = rng.randrange(len(memory) + 1), rng.choice((1, 1, 2, 4, 16))
        match rng.randrange(6):
            case 0:
                memory = memory[:at] + memory[at + length :]
            case 1:
                memory = memory[:at] + memory[at : at + length] + memory[at:]
            case 2:
                memory = memory[:at] + rng.randbytes(length) + memory[at + length :]
            case 3:
                memory = memory[:at]
            case 4:
                memory = memory[:at] + bytes([rng.choice((0, 0x80, 0xFF))]) * length + memory[at + length :]
            case _:
                turned = bytearray(memory)
                if turned:
                    turned[at % len(turned)] ^= 1 << rng.randrange(8)
                memory = bytes(turned)
    return memory


def judge(given: Input, rules: TagRules = RULES[0], **hints: int) -> bool:
    """Decode one memory; whether a library's tag was seen in it.

    Raises:
        AssertionError: something does not hold. (And nothing else may be raised.)
    """
    memory = given.memory
    tag = decode_tag(memory, rules=rules, **hints)
    assert isinstance(tag, LibraryTag | BlankTag | DamagedTag | ForeignTag)
    assert tag.why, "a result says why"
    assert "\n" not in tag.why
    assert tag.more == 0 or tag.more > len(memory) or isinstance(tag, LibraryTag), tag
    assert tag == decode_tag(bytearray(memory), rules=rules, **hints) if memory else True
    _data_sets_are_theirs(memory)
    if isinstance(tag, LibraryTag):
        _is_plain(tag)
        return True
    return False


def _is_plain(tag: LibraryTag) -> None:
    """What is believed can be shown and written."""
    assert tag.item_id, tag
    assert tag.item_id.isprintable(), tag
    assert tag.owner.isprintable(), tag
    assert 0 <= tag.part <= 255, tag
    assert 0 <= tag.parts <= 255, tag
    assert all(isinstance(each, str | int) for each in tag.fields.values()), tag
    if tag.model is Model.ISO28560_3 and len(tag.item_id.encode()) <= 16:
        fits = tag.part >= 1 and len(tag.owner) <= 13
        again = decode_tag(encode_28560_3(tag.item_id, tag.owner if fits else "", max(tag.part, 1), size=36))
        assert isinstance(again, LibraryTag), again
        assert again.item_id == tag.item_id


def _data_sets_are_theirs(memory: bytes) -> None:
    """Data sets that were read can be written as they were."""
    found = read_data_sets(memory)
    assert found.end <= len(memory)
    sets = [one for one, _ in found.sets]
    assert [one for one, _ in read_data_sets(write_data_sets(sets)).sets] == sets
