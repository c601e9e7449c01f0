"""The settings of the security switch: what secures an item, by what it is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.circulation.values import (
    AFI_IN_STOCK,
    AFI_ON_LOAN,
    AFI_UNKNOWN,
    ItemTag,
    Media,
    Security,
    TagContent,
)


class Kind(StrEnum):
    """What may secure an item."""

    AFI = "afi"
    """The application family identifier of its tag (ISO 28560-1)."""
    EAS = "eas"
    """The EAS bit of its tag (NXP ICODE)."""
    CASE_LOCK = "case-lock"
    """The lock of the case that it is in. Staff lock it; the kiosk opens it (`[gate] case_line`)."""
    NONE = "none"
    """Nothing: alone in its list."""


_BY_MEDIA = {Media.BOOK, Media.MAGAZINE, Media.TAPE, Media.VIDEO, Media.CD, Media.DVD}


@dataclass(frozen=True, slots=True)
class SwitchSettings:
    """What secures the library's items.

    Attributes:
        afi_in_stock: AFI of an armed item.
        afi_on_loan: AFI of an item that may leave.
        switches: what secures an item; where several do, all of them are switched and proved.
        switches_book: the same for books; empty, as for `switches`.
        switches_magazine: for magazines.
        switches_tape: for sound on tapes.
        switches_video: for pictures on tapes.
        switches_cd: for CDs.
        switches_dvd: for DVDs. SIP2 and ISO 28560-3 know them as CDs: only a tag of ISO 28560-2 tells one.
        password: the password of protected tags (EAS and AFI of NXP ICODE SLIX), 8 hex digits; empty for
            none. It is tried once for each stay of a tag on the pad.
        attempts: how often a tag that is there is written before staff are asked.
        pause_s: rest between two such attempts.

    Raises:
        ValueError: an AFI that proves nothing, or lists of switches that contradict themselves.
    """

    afi_in_stock: int = field(default=AFI_IN_STOCK, metadata={"at_least": 0, "at_most": 255})
    afi_on_loan: int = field(default=AFI_ON_LOAN, metadata={"at_least": 0, "at_most": 255})
    switches: tuple[Kind, ...] = (Kind.AFI,)
    switches_book: tuple[Kind, ...] = ()
    switches_magazine: tuple[Kind, ...] = ()
    switches_tape: tuple[Kind, ...] = ()
    switches_video: tuple[Kind, ...] = ()
    switches_cd: tuple[Kind, ...] = ()
    switches_dvd: tuple[Kind, ...] = ()
    password: str = field(
        default="", repr=False, metadata={"pattern": "([0-9A-Fa-f]{8})?", "like": "0F0F0F0F"}
    )
    attempts: int = field(default=3, metadata={"at_least": 1, "at_most": 20})
    pause_s: float = field(default=0.3, metadata={"at_least": 0.0, "at_most": 2.0})

    def __post_init__(self) -> None:
        if self.afi_on_loan in (AFI_UNKNOWN, self.afi_in_stock):
            raise ValueError("afi_on_loan: must not be 0 and must differ from afi_in_stock")
        if not self.switches:
            raise ValueError('switches: at least one; ["none"] where nothing secures an item')
        for name in ("switches", *(f"switches_{media}" for media in sorted(_BY_MEDIA))):
            listed = getattr(self, name)
            if len(set(listed)) < len(listed) or (Kind.NONE in listed and len(listed) > 1):
                raise ValueError(f"{name}: each once, and none only alone")

    def kinds(self, media: Media) -> frozenset[Kind]:
        """What secures an item that is made of this; empty when nothing does."""
        own: tuple[Kind, ...] = getattr(self, f"switches_{media}") if media in _BY_MEDIA else ()
        return frozenset(own or self.switches) - {Kind.NONE}

    @property
    def opens_cases(self) -> bool:
        """Whether some item is in a locked case."""
        return any(Kind.CASE_LOCK in self.kinds(media) for media in Media)

    @property
    def asks_media(self) -> bool:
        """Whether it matters to some item what it is made of."""
        return any(self.kinds(media) != self.kinds(Media.UNKNOWN) for media in Media)

    @property
    def writes_tags(self) -> bool:
        """Whether something on the tag itself secures some item."""
        return any(self.kinds(media) - {Kind.CASE_LOCK} for media in Media)

    def afi(self, *, armed: bool) -> int:
        """The AFI of an item that is armed, or is not."""
        return self.afi_in_stock if armed else self.afi_on_loan

    def meaning(self, afi: int, content: TagContent) -> Security:
        """What a tag with this AFI is to a gate, as far as the AFI alone says it."""
        kinds = self.kinds(content.media if isinstance(content, ItemTag) else Media.UNKNOWN)
        return _all_told({self._of_afi(afi)}) if kinds - {Kind.CASE_LOCK} == {Kind.AFI} else _unread(kinds)

    def together(self, media: Media, afi: int | None, sounds: bool | None) -> Security:
        """What a tag is to a gate: by its AFI and whether it sounds the EAS alarm, None where that was not
        learnt. The lock of a case cannot be read: where it is all there is, nobody knows."""
        kinds = self.kinds(media)
        told = set()
        if Kind.AFI in kinds:
            told.add(Security.UNKNOWN if afi is None else self._of_afi(afi))
        if Kind.EAS in kinds:
            by_eas = {None: Security.UNKNOWN, True: Security.ARMED, False: Security.RELEASED}
            told.add(by_eas[sounds])
        return _all_told(told) if told else _unread(kinds)

    def _of_afi(self, afi: int) -> Security:
        known = {self.afi_in_stock: Security.ARMED, self.afi_on_loan: Security.RELEASED}
        return known.get(afi, Security.UNKNOWN)


def _all_told(told: set[Security]) -> Security:
    return next(iter(told)) if len(told) == 1 else Security.UNKNOWN


def _unread(kinds: frozenset[Kind]) -> Security:
    """What nothing can be read of: it may leave when nothing secures it."""
    return Security.UNKNOWN if kinds else Security.RELEASED
