"""The settings of the card reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Source(StrEnum):
    """What a card can carry that names its patron."""

    TEXT = "text"
    """Its first NDEF text."""
    URI = "uri"
    """Its first NDEF URI; a step of the chain says which part of it is the id."""
    LIBRARY = "library"
    """The id of a library's own patron card (ISO 28560 type of usage)."""
    UID = "uid"


@dataclass(frozen=True, slots=True)
class CardNaming:
    """What names the patron, by families of cards.

    Attributes:
        proximity: what names the patron on ISO 14443 cards (MIFARE, NTAG, DESFire, telephones): the first of
            these that the card carries, and no other. No `uid`, unless the ILS knows cards so: it can be
            copied. One that is another each time, as a telephone's is, names nobody in any case.
        felica: the same on FeliCa cards; their uid is the IDm.
        vicinity: the same on ISO 15693 cards, the kind that is in books, too: a book never names a patron.

    Raises:
        ValueError: `library` can stand on ISO 15693 cards only.
    """

    proximity: tuple[Source, ...] = (Source.TEXT, Source.URI)
    felica: tuple[Source, ...] = (Source.TEXT, Source.URI)
    vicinity: tuple[Source, ...] = (Source.TEXT, Source.URI, Source.LIBRARY)

    def __post_init__(self) -> None:
        for name in ("proximity", "felica"):
            if Source.LIBRARY in getattr(self, name):
                raise ValueError(f"{name}: only an ISO 15693 card can be a library's own ('library')")


@dataclass(frozen=True, slots=True)
class CardSettings:
    """How cards are read. Times in seconds.

    Attributes:
        reader: part of the name of the reader to use; empty for any.
        uid_turned: this reader gives all uids least significant byte first. (Those of ISO 15693 cards are put
            right without it, since they begin with E0.)
        debounce_s: a card that is gone for less than this was only moved.
        wait_s: how long one question to the service may wait.
        reopen_first_s: rest before the first attempt to find a lost service; then it doubles.
        reopen_longest_s: the longest such rest.
    """

    reader: str = ""
    uid_turned: bool = False
    debounce_s: float = 1.0
    wait_s: float = field(default=0.5, metadata={"at_least": 0.05, "at_most": 5.0})
    reopen_first_s: float = field(default=0.5, metadata={"at_least": 0.05})
    reopen_longest_s: float = field(default=5.0, metadata={"at_least": 0.05})


@dataclass(frozen=True, slots=True)
class NfcSettings:
    """A reader that nfcpy drives. Times in seconds.

    Attributes:
        path: where nfcpy finds it: `usb`, `usb:054c:06c3`, `tty:AMA0:pn532`, `udp:HOST:PORT`.
        debounce_s: a card that is gone for less than this was only moved.
        sense_s: pause between two looks for a card.
        reopen_first_s: rest before the first attempt to open a lost reader; then it doubles.
        reopen_longest_s: the longest such rest.
    """

    path: str = "usb"
    debounce_s: float = 1.0
    sense_s: float = field(default=0.2, metadata={"at_least": 0.02})
    reopen_first_s: float = field(default=0.5, metadata={"at_least": 0.05})
    reopen_longest_s: float = field(default=5.0, metadata={"at_least": 0.05})
