"""What a story is drawn into: who comes, how they behave, what goes wrong when. Plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.circulation.intents import Do
from kiosk.circulation.policy import Mode, PinRule
from kiosk.circulation.views import Errand
from kiosk.simulator import scenery as sc

Command = dict[str, Any]
"""One command of `World.do`; the tag `*` in it stands for the tags that the moment is about."""

RELEASE_LINE = 17
"""The line that releases the gate (`GateLines`)."""


@dataclass(frozen=True, slots=True)
class When:
    """The `count`-th time that `moment` happens, and `after_s` seconds later."""

    moment: str
    count: int = 1
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong: `acts` on the far sides, and `later` others, each so many seconds after.

    `cut` is a power cut: so many steps of the loop later, with the kiosk dark for `dark_s` seconds.
    """

    name: str
    when: When
    acts: tuple[Command, ...] = ()
    later: tuple[tuple[float, Command], ...] = ()
    cut: int | None = None
    dark_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Manners:
    """How one patron behaves.

    `before` and `after` are the tags put down before the card and after it; `leaves` of them stay on the
    pad; `scans` are codes for the scanner; `wrong_pins` come before the right one. `walks_away`: so many
    seconds after the list appeared (None: stays and presses *Finish*). `patience_s`: *Finish* at the
    latest. `fiddles`: changes language and text size. `puts_back`: does what *Put it back* asks. `claims`:
    says *Mine* to leftovers. `lifts_to_scan`: takes the book off the pad to scan its barcode. `tries`: how
    often the card is shown. `pace_s`: how quick they are. `gap_s`: how long after the one before they come.
    `errand`: brings books back, without a card. `renews`: what they answer to *Renew?*, one time after the
    other. `receipt`: asks for one. `lingers`: takes the books off the pad before closing the farewell.
    """

    patron: str
    pin: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    wrong_pins: int = 0
    walks_away: float | None = None
    patience_s: float = 12.0
    fiddles: bool = False
    puts_back: bool = True
    claims: bool = False
    lifts_to_scan: bool = False
    tries: int = 3
    pace_s: float = 0.3
    gap_s: float = 1.0
    errand: Errand = Errand.LOAN
    renews: tuple[Do, ...] = ()
    receipt: bool = False
    lingers: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole story. `odd` names what goes wrong by itself (odd tags, wrong PINs, walk-aways); the
    `faults` are what the far sides do. `conscience`: at the end, books that are lent and still armed are
    brought back to the pad. `quick`: short time-outs and a lazy poll, for speed (docs/laboratory.md).
    `printer`: there is one; setting a receipt costs real time."""

    seed: int
    scenery: sc.Scenery
    people: tuple[Manners, ...]
    faults: tuple[Fault, ...]
    odd: tuple[str, ...]
    pin: PinRule
    quick: bool
    conscience: bool
    mode: Mode = Mode.LOANS_AND_RETURNS
    printer: bool = False
