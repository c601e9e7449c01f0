"""What is to stand on a tag: an item in a model that we write, proved before anything is touched."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.circulation.values import ItemTag, Uid
from kiosk.commands import USAGE_ERROR
from kiosk.pad.content import content_of
from kiosk.rfid.tags import (
    Element,
    LibraryTag,
    Media,
    Model,
    Usage,
    decode_tag,
    encode_28560_2,
    encode_28560_3,
    library_block,
)
from kiosk.rfid.tags.extension import MEDIA
from kiosk.settings import Settings
from kiosk.tagging.calling import Trouble

DSFIDS = {Model.ISO28560_3: 0x3E, Model.ISO28560_2: 0x06}
"""Data storage format of each model that we write (ISO 28560-3 clause 6.3; ISO/IEC 15962: no directory, as
ISO 28560-2 has it)."""

MARC = {Media.BOOK: "ta", Media.TAPE: "ss", Media.CD: "sd", Media.DVD: "vd", Media.VIDEO: "vf"}
"""MARC 21, field 007, characters 0 and 1: what ISO 28560-2 says of the kind of thing (element 8)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An item that a tag shall carry."""

    item_id: str
    owner: str = ""
    part: int = 1
    parts: int = 1
    model: Model = Model.ISO28560_3
    usage: Usage = Usage.CIRCULATING
    media: Media | None = None

    @property
    def dsfid(self) -> int:
        """The DSFID that goes with it."""
        return DSFIDS[self.model]

    def memory(self, size: int, block_size: int) -> bytes:
        """All `size` bytes of a tag that carries it; what is not needed is 00.

        Raises:
            Trouble: it does not fit, or this model cannot say it.
        """
        try:
            if self.model is Model.ISO28560_2:
                others: dict[int, str] = {}
                if self.media is not None:
                    if self.media not in MARC:
                        raise ValueError(f"{self.model} has no code of ours for media {self.media}")
                    others[Element.MARC_MEDIA_FORMAT] = MARC[self.media]
                return encode_28560_2(
                    self.item_id,
                    self.owner,
                    self.part,
                    self.parts,
                    self.usage,
                    size,
                    others=others,
                    block_size=block_size,
                )
            codes = {media: code for code, media in reversed(list(MEDIA.items()))}
            if self.media is not None and self.media not in codes:
                raise ValueError(f"{self.model} has no code for media {self.media}")
            extensions = () if self.media is None else (library_block(codes[self.media]),)
            return encode_28560_3(
                self.item_id,
                self.owner,
                self.part,
                self.parts,
                self.usage,
                size,
                extensions=extensions,
                block_size=block_size,
            )
        except ValueError as error:
            raise Trouble(f"this cannot be written: {error}", status=USAGE_ERROR) from error

    def read_from(self, memory: bytes, block_size: int, settings: Settings, uid: Uid) -> ItemTag:
        """What the kiosk will make of such a memory.

        Raises:
            Trouble: not what is planned.
        """
        rules = settings.pad.watching.tags.rules()
        afi = settings.security.afi(armed=True)
        tag = decode_tag(memory, block_size=block_size, dsfid=self.dsfid, afi=afi, uid=uid, rules=rules)
        if not isinstance(tag, LibraryTag) or not self.is_on(tag):
            raise Trouble(
                f"this cannot be written: with these settings it would be read otherwise ({tag.why})"
            )
        content = content_of(tag, settings.ids, rules)
        if not isinstance(content, ItemTag):
            stages = settings.ids.explain_item(self.item_id)
            why = f": {stages[-1].step} says {stages[-1].problem}" if stages[-1].value is None else ""
            raise Trouble(f"the kiosk would not take it for an item of this library ([ids], [pad]{why})")
        return content

    def is_on(self, tag: LibraryTag) -> bool:
        """Whether a tag says all of it."""
        usage = self.usage if self.model is Model.ISO28560_2 else Usage.of(self.usage.kind << 4)
        return (
            tag.model is self.model
            and (tag.item_id, tag.owner) == (self.item_id, self.owner)
            and (tag.part, tag.parts) == (self.part, self.parts)
            and tag.usage in (self.usage, usage)
            and (self.media is None or tag.media is self.media)
        )
