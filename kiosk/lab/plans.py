"""What a day is drawn into: who comes, how they behave, what goes wrong when. Plain frozen values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from kiosk.circulation.intents import Do
from kiosk.circulation.policy import Mode, PinRule
from kiosk.circulation.views import Errand
from kiosk.simulator import scenery as sc

Command = dict[str, Any]
"""One command of `World.do`, or one of the day's own (see `happenings`); the tag `*` in it stands for the
tags that the moment is about."""

RELEASE_LINE = 17
"""The line that releases the gate (`GateLines`)."""


@dataclass(frozen=True, slots=True)
class When:
    """The `count`-th time in a visit that `moment` happens, and `after_s` seconds later."""

    moment: str
    count: int = 1
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong: `acts` on the far sides, and `later` others, each so many seconds after.

    `visit` is the number of the visit in which it waits for its moment, `number` its own in the day.
    `cut` is a power cut: so many steps of the loop later, with the kiosk dark for `dark_s` seconds.
    """

    name: str
    when: When
    acts: tuple[Command, ...] = ()
    later: tuple[tuple[float, Command], ...] = ()
    cut: int | None = None
    dark_s: float = 0.0
    visit: int = 1
    number: int = 0

    @property
    def label(self) -> str:
        """Its name in `--without`."""
        return f"f{self.number}"


@dataclass(frozen=True, slots=True)
class Manners:
    """How one patron behaves.

    `number`: of the visit, from 1. `before` and `after` are the tags put down before the card and after it;
    `leaves` of them stay on the pad; `scans` are codes for the scanner; `wrong_pins` come before the right
    one. `walks_away`: so many seconds after the list appeared (None: stays and presses *Finish*).
    `patience_s`: *Finish* at the latest. `fiddles`: changes language and text size. `puts_back`: does what
    *Put it back* asks. `claims`: says *Mine* to leftovers. `clears`: takes off the pad what is not theirs.
    `lifts_to_scan`: takes the book off the pad to scan its barcode. `tries`: how often the card is shown.
    `other_card`: this one is shown, too, when the list is there. `pace_s`: how quick they are. `gap_s`: how
    long after the one before they come. `errand`: brings books back, without a card. `renews`: what they
    answer to *Renew?*, one time after the other. `receipt`: asks for one. `lingers`: takes the books off the
    pad before closing the farewell. `pays`, `agrees` and `holds` are what they answer when they have pressed
    *Pay*, when a loan costs a fee, when they have asked for a hold. `walks_off`: at this question they turn
    and go (`WALKING_OFF`). `reads` is what they do in their account (`accounts.READINGS`), before they
    put down the rest of their books (`reads_first`) or after it; `sure` is what they answer there, and who is
    `hurried` does not wait to see what becomes of a renewal. `staff`: somebody of the staff looks in before
    them. `odd` names what goes wrong by itself (odd tags, wrong PINs...).
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
    clears: bool = True
    lifts_to_scan: bool = False
    tries: int = 3
    other_card: str = ""
    pace_s: float = 0.3
    gap_s: float = 1.0
    errand: Errand = Errand.LOAN
    renews: tuple[Do, ...] = ()
    receipt: bool = False
    lingers: bool = False
    pays: tuple[Do, ...] = ()
    agrees: tuple[Do, ...] = ()
    holds: tuple[Do, ...] = ()
    walks_off: str = ""
    reads: tuple[str, ...] = ()
    reads_first: bool = False
    sure: tuple[Do, ...] = ()
    hurried: bool = False
    staff: bool = False
    number: int = 1
    odd: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Their name in `--without`."""
        return f"v{self.number}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole day. `odd` names what is wrong with it from the start (weak or copied tags); the `faults`
    are what the far sides do. `conscience`: at the end, books that are lent and still armed are brought
    back to the pad. `quick`: short time-outs and a lazy poll, for speed, and still fields are jumped
    over (docs/laboratory.md). `printer`: there is one; setting a receipt costs real time. `gate`: there
    is one. `lossy`: the disk drops what was not flushed. `recorded`: the flight recorder runs. `till`:
    there is a payment terminal; `holds`: policy offers them. `profile`: the SIP2 profile that the kiosk is
    set to, or on which the library's own is based that turns on these `knobs`; `untitled`: it shows no titles
    in an account. `eas`: its gate hears EAS beside AFI; `password` is what it knows for protected tags, and
    `owners` whose books it serves (none: all). `cut_out`: what was taken out of the day that the seed draws
    (labels of visits and faults)."""

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
    gate: bool = True
    lossy: bool = False
    recorded: bool = False
    till: bool = False
    holds: bool = False
    profile: str = "standard"
    knobs: tuple[str, ...] = ()
    untitled: bool = False
    eas: bool = False
    password: str = ""
    owners: tuple[str, ...] = ()
    cut_out: tuple[str, ...] = ()

    def without(self, labels: Collection[str]) -> Plan:
        """The same day without these visits (their faults go with them) and faults."""
        people = tuple(person for person in self.people if person.label not in labels)
        here = {person.number for person in people}
        faults = tuple(fault for fault in self.faults if fault.label not in labels and fault.visit in here)
        kept = {*(person.label for person in people), *(fault.label for fault in faults)}
        drawn = (*(person.label for person in self.people), *(fault.label for fault in self.faults))
        gone = (label for label in drawn if label not in kept)
        return replace(self, people=people, faults=faults, cut_out=(*self.cut_out, *gone))
