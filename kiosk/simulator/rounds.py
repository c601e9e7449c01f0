"""Who is there: inventories of a tag field, in rounds of 16 slots or of one (15693-3, 8 and 10.3.1).

A tag takes part in a round if its UID ends as the mask does, lowest bits first, and if its AFI is the one
that is asked for (0: any). In a round of 16 slots it answers in the slot of the next four bits of its UID.
Several in one slot are a collision, except tags of one UID: they say the same, bit by bit. NXP's inventory
read (SL2S2002, 9.4.3.11) is the same, with memory in the stead of the DSFID; other makers' tags are silent.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from kiosk.simulator.airtime import (
    INVENTORY_BYTES,
    SILENCE,
    SLOT_EMPTY,
    SLOTS,
    T1,
    T2,
    answer_seconds,
    request_seconds,
    slot_seconds,
)
from kiosk.simulator.field import Air, Heard, Instant, TagField
from kiosk.simulator.tag import NXP, Tag

UID_BITS = 64
SLOT_BITS = 4
IDENTITY_BYTES = 9
"""DSFID and UID."""


class Wanted(NamedTuple):
    """What is asked of the tags that take part: their DSFID and UID or, of `blocks` blocks from `first` on,
    their memory, with what of the UID is not in mask and slot (`named`) or without."""

    afi: int | None = None
    first: int = 0
    blocks: int = 0
    named: bool = True

    @property
    def one_afi(self) -> bool:
        """Whether who answers has told its AFI by that: no whole family was asked for."""
        return bool(self.afi is not None and self.afi & 0x0F)

    @property
    def size(self) -> int:
        """Bytes of the request of a round beside the mask's; a custom command names its maker."""
        return INVENTORY_BYTES + (self.afi is not None) + (3 if self.blocks else 0)


WHO = Wanted()


class Slot(NamedTuple):
    """What was heard in one slot: a tag and its answer (without flags and CRC), or a collision of several."""

    tag: Tag | None
    data: bytes = b""


def inventory(
    field: TagField, start: float, wanted: Wanted = WHO
) -> Generator[Instant, None, tuple[float, list[Slot]]]:
    """Find all tags that are ready, in rounds of 16 slots with growing masks: a slot in which several answer
    gets a round of its own. Returns the end, and what the tags said in the order in which they were heard.
    """
    found: list[Slot] = []
    masks = [(0, 0)]
    at = start
    for length, mask in masks:  # grows by a round for each collision
        at, slots = yield from round_of_16(field, at, length, mask, wanted)
        for number, slot in slots.items():
            if slot.tag is not None:
                found.append(slot)
            elif length < UID_BITS - SLOT_BITS:
                masks.append((length + SLOT_BITS, mask | number << length))
    return at, found


def round_of_16(
    field: TagField, start: float, length: int = 0, mask: int = 0, wanted: Wanted = WHO
) -> Generator[Instant, None, tuple[float, dict[int, Slot]]]:
    """One round of 16 slots. Returns the end, and what was heard in those slots that were not empty."""
    voices: dict[int, list[Tag]] = {}
    for tag in _taking_part(field, length, mask, wanted):
        voices.setdefault(tag.uid >> length & 0xF, []).append(tag)
    full = len(voices)
    at = start + request_seconds(wanted.size + (length + 7) // 8)
    at += full * slot_seconds(_bytes(voices, length + SLOT_BITS, wanted)) + (SLOTS - full) * SLOT_EMPTY
    heard = {number: (tags, field.loudest(tags)) for number, tags in sorted(voices.items())}
    yield at, at
    slots: dict[int, Slot] = {}
    for number, (tags, loudest) in heard.items():
        slot = _slot(field, start, at, tags, loudest, length + SLOT_BITS, wanted)
        if slot is not None:
            slots[number] = slot
    return at, slots


def inventory_once(
    field: TagField, start: float, length: int = 0, mask: int = 0, wanted: Wanted = WHO
) -> Air:
    """One round of one slot: nobody (no data), one tag's answer (DSFID, UID lowest byte first), or a
    collision."""
    tags = _taking_part(field, length, mask, wanted)
    asked = request_seconds(wanted.size + (length + 7) // 8)
    if not tags:
        end = start + asked + SILENCE
        yield end, end
        return Heard(end)
    loudest = field.loudest(tags)
    at = start + asked + T1 + answer_seconds(_bytes({0: tags}, length, wanted))
    yield at, at
    slot = _slot(field, start, at, tags, loudest, length, wanted)
    if slot is None:
        return Heard(at + T2)
    return Heard(at + T2, slot.data) if slot.tag is not None else Heard(at + T2, collision=True)


def _taking_part(field: TagField, length: int, mask: int, wanted: Wanted) -> list[Tag]:
    tags = field.hearing(length, mask, wanted.afi or 0)
    if wanted.blocks:  # an error would be silence, too
        tags = [
            tag for tag in tags if tag.maker == NXP and "A0" not in tag.plan.lacks and _holds(tag, wanted)
        ]
    return tags


def _holds(tag: Tag, wanted: Wanted) -> bool:
    return (wanted.first + wanted.blocks) * tag.plan.block_size <= len(tag.memory)


def _slot(
    field: TagField, began: float, at: float, tags: list[Tag], loudest: Tag | None, known: int, wanted: Wanted
) -> Slot | None:
    """What is heard of a slot in which these had begun to answer: those that left meanwhile are not."""
    if loudest is None:
        return Slot(None)
    there = [tag for tag in tags if field.carrier and tag.since <= began]
    if loudest not in there:
        return None
    for tag in there:
        if tag.same_voice(loudest):
            tag.answered = at
    if wanted.blocks and any(_said(tag, known, wanted) != _said(loudest, known, wanted) for tag in there):
        return Slot(None)
    if wanted.one_afi:
        for tag in there:
            if tag.same_voice(loudest):
                field.tells_afi(tag, at)
    return Slot(loudest, _said(loudest, known, wanted))


def _said(tag: Tag, known: int, wanted: Wanted) -> bytes:
    """A tag's answer without flags and CRC; `known` bits of its UID are in mask and slot."""
    uid = tag.uid.to_bytes(8, "little")
    if not wanted.blocks:
        return bytes([tag.dsfid]) + uid
    size = tag.plan.block_size
    memory = bytes(tag.memory[wanted.first * size : (wanted.first + wanted.blocks) * size])
    return (uid[known // 8 :] if wanted.named else b"") + memory


def _bytes(voices: dict[int, list[Tag]], known: int, wanted: Wanted) -> int:
    """How long the answers are, flags and CRC included."""
    if not wanted.blocks:
        return IDENTITY_BYTES + 3
    size = max((tag.plan.block_size for tags in voices.values() for tag in tags), default=0)
    return 3 + (8 - known // 8 if wanted.named else 0) + wanted.blocks * size
