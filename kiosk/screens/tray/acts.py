"""What a hand does on the tray. Some acts steer the simulated devices, some only turn over the paper."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Switch(StrEnum):
    """What can be made to go wrong, and put right again."""

    READER = "reader"
    ILS = "ils"
    PRINTER = "printer"
    PAPER = "paper"
    COVER = "cover"
    GATE = "gate"


@dataclass(frozen=True, slots=True)
class Put:
    """Put a book on the pad."""

    uid: str


@dataclass(frozen=True, slots=True)
class Lift:
    """Take it away again."""

    uid: str


@dataclass(frozen=True, slots=True)
class Scan:
    """Hold a code under the scanner."""

    code: str


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Lay a card on the reader, in place of any other."""

    id: str


class Do(StrEnum):
    """Acts that need no more words."""

    TAKE_CARD = "take-card"
    TEAR = "tear"
    LOOK = "look"
    CLOSE = "close"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn a switch; `wrong`: so that something goes wrong."""

    switch: Switch
    wrong: bool


Act = Put | Lift | Scan | ShowCard | Turn | Do
