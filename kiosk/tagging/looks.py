"""Everything that can be learnt of one tag on the pad, and what is to be doubted of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from kiosk.circulation.reasons import CATALOGUE
from kiosk.circulation.values import ItemTag, Media, Security, TagContent, Uid, UnreadTag
from kiosk.pad import FieldPad
from kiosk.pad.content import content_of
from kiosk.rfid.errors import Collision, NoTag, TagError, TagGarbled
from kiosk.rfid.iso15693 import Maker, Told, chip_of, maker_of
from kiosk.rfid.readers import Reader, SystemInfo
from kiosk.rfid.tags import TagMemory, decode_tag
from kiosk.security_gate.switch import sounds_eas
from kiosk.settings import Settings
from kiosk.tagging.decoding import shown

T = TypeVar("T")

TRIES = 4
"""How often a tag is asked the same before it counts as silent."""

BLOCK = 4
"""Bytes of a memory block where a tag does not say it, as in nearly all libraries."""

FIRST_BLOCKS = 8
"""Blocks that are read before anything is known."""

MOST_BYTES = 256
"""So much of a tag is read in search of its item, as the kiosk does."""

MOST_BLOCKS = 256
"""All blocks that a tag can have (ISO 15693-3: the number of a block is a byte)."""

NOISE_OF_TWINS = 3
"""So many answers of one tag that were nothing but noise look like those of two tags with one uid (ours)."""


@dataclass
class Asked:
    """How a tag has answered what it was asked."""

    answers: int = 0
    silences: int = 0
    noises: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """One tag, as far as it let itself be looked at.

    Attributes:
        uid: whose look this is.
        info: what it says of itself; None where it did not.
        memory: its memory from byte 0, as far as it was read.
        block_size: bytes in a memory block.
        tag: what its memory says; None where none could be read.
        content: what that is to the kiosk.
        eas: whether its EAS bit is set; None where nobody can ask for it.
        security: what it is to a gate, by these settings.
        asked: how it answered.
        trouble: why it could not be read, in words of the reader.
    """

    uid: Uid
    info: SystemInfo | None = None
    memory: bytes = b""
    block_size: int = BLOCK
    tag: TagMemory | None = None
    content: TagContent | None = None
    eas: bool | None = None
    security: Security = Security.UNKNOWN
    asked: Asked = field(default_factory=Asked, compare=False)
    trouble: str = ""

    @property
    def afi(self) -> int | None:
        """Its AFI; None where it did not tell it."""
        return self.info.afi if self.info is not None and Told.AFI in self.info.told else None

    @property
    def dsfid(self) -> int | None:
        """Its DSFID; None where it did not tell it."""
        return self.info.dsfid if self.info is not None and Told.DSFID in self.info.told else None

    @property
    def size(self) -> int:
        """Bytes of memory that it says it has; 0: it does not say."""
        return self.info.blocks * self.info.block_size if self.info is not None else 0

    @property
    def whole(self) -> bool:
        """Whether it told both what it is and what it holds."""
        return self.info is not None and self.tag is not None

    def doubts(self) -> dict[str, str]:
        """What is to be doubted of it by itself: a word for programs and a clause for people, each."""
        found: dict[str, str] = {}
        if self.tag is None:
            found["unread"] = self.trouble or "it gave none of its memory"
        elif isinstance(self.content, UnreadTag):
            found[self.content.reason.value] = self.tag.why
        if self.asked.noises >= NOISE_OF_TWINS and self.asked.noises > self.asked.answers:
            found["duplicate-uid"] = "its answers collide: two tags may have this uid"
        if self.info is None and self.tag is not None:
            found["no-system-info"] = "it does not tell its AFI, DSFID and size"
        return found


async def look_at(pad: FieldPad, uid: Uid, settings: Settings, *, whole: bool = False) -> Look:
    """Look at one tag; `whole`: read all of its memory, and not only what tells what it is.

    Raises:
        TransportError: the reader was lost.
    """
    asked = Asked()
    ask = _Asker(pad, asked)
    info = await ask.maybe(lambda reader: reader.system_info(uid))
    block_size = info.block_size if info is not None and info.block_size else BLOCK
    blocks = info.blocks if info is not None and info.blocks else 0
    rules = settings.pad.watching.tags.rules()

    def decoded(memory: bytes) -> TagMemory:
        return decode_tag(
            memory,
            block_size=block_size,
            dsfid=info.dsfid if info is not None and Told.DSFID in info.told else None,
            afi=info.afi if info is not None and Told.AFI in info.told else None,
            uid=uid,
            rules=rules,
        )

    memory = await _read_on(ask, uid, b"", block_size, FIRST_BLOCKS, blocks)
    while memory:
        wanted = (blocks or MOST_BLOCKS) * block_size if whole else min(decoded(memory).more, MOST_BYTES)
        if wanted <= len(memory):
            break
        read = len(memory)
        memory = await _read_on(ask, uid, memory, block_size, -(-wanted // block_size), blocks)
        if len(memory) == read:
            break
    tag = decoded(memory) if memory else None
    content = content_of(tag, settings.ids, rules) if tag is not None else None
    eas = await _eas(ask, uid) if memory else None
    media = content.media if isinstance(content, ItemTag) else Media.UNKNOWN
    look = Look(uid, info, memory, block_size, tag, content, eas, asked=asked, trouble=ask.trouble)
    return replace(look, security=settings.security.together(media, look.afi, eas))


class _Asker:
    """Asks one tag, again where it is silent or not understood."""

    def __init__(self, pad: FieldPad, asked: Asked) -> None:
        self._pad = pad
        self._asked = asked
        self.trouble = ""
        """Why the last question had no answer."""

    async def maybe(self, act: Callable[[Reader], Awaitable[T]]) -> T | None:
        """The answer; None when there was none, or the tag refused. Raises TransportError."""
        for _ in range(TRIES):
            try:
                answer = await self._pad.verify(act)
            except NoTag:
                self._asked.silences += 1
                self.trouble = "it is silent"
            except (Collision, TagGarbled):
                self._asked.noises += 1
                self.trouble = "what it answers is not understood"
            except TagError as error:
                self._asked.answers += 1
                self.trouble = f"it refuses ({error})"
                return None
            else:
                self._asked.answers += 1
                return answer
        return None

    @property
    def blocks_at_once(self) -> int:
        """Blocks that one read may ask for."""
        abilities = self._pad.abilities
        return abilities.blocks_at_most if abilities is not None else FIRST_BLOCKS

    @property
    def reaches_eas(self) -> bool:
        """Whether the reader can ask for EAS."""
        abilities = self._pad.abilities
        return abilities is not None and abilities.customs


async def _read_on(ask: _Asker, uid: Uid, memory: bytes, block_size: int, until: int, blocks: int) -> bytes:
    """`memory`, read on up to block `until`, or to the tag's end, or as far as it gives it; `blocks`: how
    many it says it has, 0: it does not say."""
    last = min(until, blocks) if blocks else until
    while (first := len(memory) // block_size) < last:
        count = min(last - first, ask.blocks_at_once)
        piece = await ask.maybe(_blocks(uid, first, count))
        if not piece and not blocks:
            # it does not say where it ends, and refuses or is silent beyond: block by block up to there
            while (one := await ask.maybe(_blocks(uid, first, 1))) and first < last:
                memory += one
                first += 1
            return memory
        if not piece:
            return memory
        memory += piece
        if len(piece) != count * block_size:
            break
    return memory


def _blocks(uid: Uid, first: int, count: int) -> Callable[[Reader], Awaitable[bytes]]:
    return lambda reader: reader.read(uid, first, count)


async def _eas(ask: _Asker, uid: Uid) -> bool | None:
    """Its EAS bit; None where it has none, or this reader cannot ask for it."""
    if not ask.reaches_eas or maker_of(uid) is not Maker.NXP:
        return None
    return await ask.maybe(lambda reader: sounds_eas(reader, uid))


# ---- showing --------------------------------------------------------------------------------


def as_json(look: Look, doubts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A look for programs: always the same keys (docs/tags.md tells what each is), null where nothing is
    known. `doubts` are those of whoever has looked for longer, besides its own."""
    info, content = look.info, look.content
    chip = chip_of(look.uid)
    maker = maker_of(look.uid)
    reason = content.reason if isinstance(content, UnreadTag) else None
    return {
        "uid": look.uid,
        "maker": maker.name if maker is not None else None,
        "chip": chip.name if chip is not None else None,
        "ic_reference": info.ic_reference if info is not None and Told.IC_REFERENCE in info.told else None,
        "blocks": info.blocks if info is not None and Told.MEMORY in info.told else None,
        "block_size": look.block_size,
        "dsfid": _hex(look.dsfid),
        "afi": _hex(look.afi),
        "eas": look.eas,
        "security": look.security.value,
        **shown(look.tag, look.trouble or "it gave none of its memory"),
        "ils_item": content.item.id if isinstance(content, ItemTag) else None,
        "reason": reason.value if reason is not None else None,
        "code": CATALOGUE[reason].code if reason is not None else None,
        "doubts": {**look.doubts(), **(doubts or {})},
        "memory": look.memory.hex().upper(),
    }


def in_a_line(told: Mapping[str, Any]) -> str:
    """The same for people, in one line."""
    parts = [told["uid"], told["state"]]
    if told["item_id"] is not None:
        parts.append(told["item_id"] if told["valid"] else f"({told['item_id']}?)")
    if told["parts"] is not None and (told["part"], told["parts"]) != (1, 1):
        parts.append(f"{told['part']}/{told['parts'] or '?'}")
    parts += [told["owner_isil"], told["model"] if told["model"] != "unknown" else None]
    parts += [told["usage"], told["media"]]
    parts.append(f"AFI {told['afi'] or '??'}")
    if told["eas"] is not None:
        parts.append("EAS on" if told["eas"] else "EAS off")
    parts += [f"{name}={value}" for name, value in told["fields"].items()]
    line = "  ".join(str(each) for each in parts if each)
    return f"{line}  ! {'; '.join(told['doubts'].values())}" if told["doubts"] else line


def _hex(value: int | None) -> str | None:
    return None if value is None else f"{value:02X}"
