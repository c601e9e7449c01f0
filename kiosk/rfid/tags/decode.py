"""Which model a tag's memory is of: the one face of all decoders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from kiosk.rfid.tags.iso28560_2 import DSFID, LEAST_TO_SAY, READ_ON_BYTES, decode_28560_2
from kiosk.rfid.tags.iso28560_3 import damaged_28560_3, decode_28560_3
from kiosk.rfid.tags.model import BlankTag, DamagedTag, ForeignTag, LibraryTag, Model, TagMemory
from kiosk.rfid.tags.rfid501 import decode_501

ASCII_BYTES = 128
"""How far plain text is looked for where a pattern is configured (ours)."""
NDEF_CONTAINERS = frozenset({0xE1, 0xE2})
"""First byte of a capability container (NFC Forum Type 5 Tag clause 4.3): the tag is for telephones."""
BLANK_3M = 0x55
"""What 3M's unwritten tags hold in their first 24 bytes (Biblio::RFID::RFID501)."""
_RUN = re.compile(rb"[\x20-\x7E]{3,}")


@dataclass(frozen=True)
class TagRules:
    """What a library knows of its tags; where it says nothing, structure alone decides.

    Attributes:
        by_dsfid, by_afi: the model of tags with that byte, whatever else they look like. DSFID goes first.
        by_owner: the model of tags that name that owner (ISIL); what looks like another is not believed.
        ascii: regular expressions for ids that stand on tags as plain text, tried in this order on each run
            of printable characters; a group `id` is the id, else the whole match.
        owners: whose items (ISIL) may be here; empty: anybody's. A tag that names no owner may be.
        uids: item ids by the uid of tags that nothing can be read from.
        media: whether `more` is also asked for by a tag that may say behind this memory what it is in.

    Raises:
        ValueError: a pattern is no regular expression.
    """

    by_dsfid: Mapping[int, Model] = field(default_factory=dict)
    by_afi: Mapping[int, Model] = field(default_factory=dict)
    by_owner: Mapping[str, Model] = field(default_factory=dict)
    ascii: tuple[str, ...] = ()
    owners: frozenset[str] = frozenset()
    uids: Mapping[str, str] = field(default_factory=dict)
    media: bool = False

    def __post_init__(self) -> None:
        for pattern in self.ascii:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error

    def told_model(self, dsfid: int | None, afi: int | None) -> Model | None:
        """The model that the settings give to tags with these bytes."""
        by_dsfid = self.by_dsfid.get(dsfid) if dsfid is not None else None
        return by_dsfid or (self.by_afi.get(afi) if afi is not None else None)

    def asks(self, dsfid: int | None) -> bool:
        """Whether a tag with this DSFID (None: not known yet) must say more of itself before its memory is
        understood."""
        if dsfid is None:
            return bool(self.by_dsfid or self.by_afi)
        return bool(self.by_afi) and dsfid not in self.by_dsfid

    def may_own(self, owner: str) -> bool:
        """Whether items of that owner may be here."""
        return not self.owners or not owner or owner in self.owners


DEFAULT = TagRules()


def decode_tag(
    memory: bytes,
    *,
    block_size: int = 4,
    dsfid: int | None = None,
    afi: int | None = None,
    uid: str = "",
    rules: TagRules = DEFAULT,
) -> TagMemory:
    """What the memory of a tag says. Never raises, for any content of any length.

    Args:
        memory: the tag's memory from byte 0, as far as it was read (see `more` of the result).
        block_size: bytes in a memory block, for tags whose blocks were written backwards.
        dsfid, afi: what the tag told of itself, None where nobody asked. Hints, unless `rules` say more.
        uid: whose memory it is, for `rules.uids`.
        rules: what the library knows of its tags.
    """
    found = _by_content(memory, max(block_size, 1), dsfid, afi, rules)
    if isinstance(found, LibraryTag):
        told = rules.by_owner.get(found.owner)
        if told is None or told is found.model:
            return found
        found = ForeignTag(
            f"it is laid out as {found.model}, but tags of {found.owner} are {told}", found.model
        )
    if uid and uid in rules.uids:
        why = f"its uid is in the list of the library ({found.why})"
        return LibraryTag(rules.uids[uid], model=Model.UNKNOWN, version=0, why=why)
    return found


def _by_content(
    memory: bytes, block_size: int, dsfid: int | None, afi: int | None, rules: TagRules
) -> TagMemory:
    if (blank := _blank(memory)) is not None:
        return blank
    told = rules.told_model(dsfid, afi)
    found = _structured(memory, block_size, dsfid, told, media=rules.media)
    if found is not None and 0 < found.more <= len(memory):  # read backwards, without the last half block
        found = replace(found, more=len(memory) + block_size - len(memory) % block_size)
    if isinstance(found, LibraryTag | BlankTag):
        return found
    if rules.ascii and told in {None, Model.ASCII}:
        text = _plain(memory, rules)
        if isinstance(text, LibraryTag) or found is None:
            return text
        return replace(found, more=max(found.more, text.more))
    return found if found is not None else _foreign(memory, told)


def _structured(
    memory: bytes, block_size: int, dsfid: int | None, told: Model | None, *, media: bool
) -> TagMemory | None:
    """What the first model says that knows this memory, else what looks like a damaged one."""
    found: TagMemory | None = None
    by_chance: TagMemory | None = None
    if told in {None, Model.ISO28560_3}:
        found = decode_28560_3(memory, block_size, media=media)
        if isinstance(found, DamagedTag | ForeignTag):  # 16 bits may fit where another model stands
            found, by_chance = None, found
    if found is None and told in {None, Model.RFID501}:
        found = decode_501(memory, block_size)
    damaged = None
    if found is None and told in {None, Model.ISO28560_3}:
        damaged = damaged_28560_3(memory, block_size)
    if found is None and told in {None, Model.ISO28560_2}:
        rival = damaged is not None and dsfid != DSFID
        found = decode_28560_2(
            memory, block_size, dsfid=dsfid, told=told is not None, rival=rival, media=media
        )
    if isinstance(found, LibraryTag):
        return found
    return next((each for each in (by_chance, damaged) if each is not None), found)


def _blank(memory: bytes) -> BlankTag | None:
    """Whether nobody has written anything."""
    if not memory:
        return BlankTag("there is no memory")
    if not memory.strip(memory[:1]) and memory[0] in {0x00, 0xFF}:
        return BlankTag(f"all {len(memory)} bytes are {memory[0]:02X}")
    if memory[0] == BLANK_3M and not memory.lstrip(bytes([BLANK_3M])).strip(b"\x00"):
        return BlankTag("55 and 00 only, as 3M's unwritten tags have it", Model.RFID501)
    return None


def _plain(memory: bytes, rules: TagRules) -> LibraryTag | ForeignTag:
    """An id in plain text that fits a pattern of the settings."""
    for run in _RUN.finditer(memory):
        text = run[0].decode("ascii")
        for pattern in rules.ascii:
            if match := re.search(pattern, text):
                item_id = match.groupdict().get("id") or match[0]
                if run.end() == len(memory) < ASCII_BYTES and match.end() == len(text):
                    break  # it may go on behind what was read
                why = f"plain text at byte {run.start()} fits the pattern {pattern}"
                return LibraryTag(item_id, model=Model.ASCII, version=0, why=why)
    more = ASCII_BYTES if len(memory) < ASCII_BYTES else 0
    return ForeignTag("no text on it fits a configured pattern", Model.UNKNOWN, more)


def _foreign(memory: bytes, told: Model | None) -> ForeignTag | DamagedTag:
    """What can be said of a memory that no model knows."""
    if told is not None:
        return DamagedTag(f"the settings say that it is {told}, but it cannot be read as that", told)
    if len(memory) < LEAST_TO_SAY:
        count = "1 byte is" if len(memory) == 1 else f"{len(memory)} bytes are"
        return ForeignTag(f"{count} too few to say anything", more=READ_ON_BYTES)
    if memory[0] in NDEF_CONTAINERS:
        return ForeignTag("a container for NDEF (telephones, patron cards)")
    if len(memory) > LEAST_TO_SAY and not memory.strip(memory[:1]):
        return ForeignTag(f"all {len(memory)} bytes are {memory[0]:02X}")
    texts = [run[0].decode("ascii") for run in _RUN.finditer(memory) if len(run[0]) >= 6]
    if texts and not memory.strip(b"\x00").replace(texts[0].encode(), b"", 1).strip(b"\x00\xff"):
        why = "nothing but plain text, which is believed only where a pattern for it is configured"
        return ForeignTag(why, Model.ASCII, fields=MappingProxyType({"text": texts[0]}))
    return ForeignTag("no structure of any known model")
