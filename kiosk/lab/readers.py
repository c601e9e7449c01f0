"""Which reader the pad of a day has, how it behaves, and what a technician has set the kiosk to for it. Drawn
apart, so that all else of a day stays what it was; a day with FEIG's is the very same.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from kiosk.lab.onpad import Pace
from kiosk.lab.plans import Plan
from kiosk.pad import PadSettings
from kiosk.rfid.readers import FeigSettings, M3Settings, PcscSettings
from kiosk.rfid.wire.pcsc import TimerOrder
from kiosk.settings import PadSection
from kiosk.simulator import scenery as sc

MAKES = ("feig",) * 11 + ("m3",) * 5 + ("pcsc",) * 4
"""How often there is which. No day has a storage-card reader: it cannot write an AFI, and lends nothing."""

AT = "reader"
"""What the far side of each is called: an address, a serial line, or the name of a slot."""

PACES: Mapping[str, Pace] = {
    "feig": Pace(),
    "m3": Pace(notice_ms=700.0, a_tag_ms=140.0, reopened_ms=M3Settings().answer_timeout_s * 1000 + 2000),
    "pcsc": Pace(a_tag_ms=120.0, reopened_ms=PcscSettings(AT).answer_timeout_s * 1000 + 2000),
}
"""What the judge grants each make (`Pace`).

3M's line takes 0.52 ms a byte: 26 of the first read's 62 bytes, then an AFI written (28 bytes) and read back
(40) make 68 ms on the line and 40 on the air, and the poll names each tag with eight bytes more. A poll of
few tags takes a tenth of a second.
PC/SC asks one slot at a time: of a stack each tag costs two rounds in which several answer and one that it
has for itself (25 ms), the word that silences it, which nobody answers (6), and its share of the next walk;
then read, written and read back it is as with FEIG.
A reader that does not answer is given up when its driver says so, and opened anew in two seconds at the
latest."""


def before_its_reader(plan: Plan) -> Plan:
    """The same day with the reader that it has."""
    chance = random.Random(f"kiosk reader {plan.seed}")
    make = chance.choice(MAKES)
    if make == "feig":
        return plan
    manners = replace(
        plan.scenery.reader,
        make=make,
        # the nearest of several is heard now and then, and a 3M names a tag twice (its 7.1 warns of it)
        capture=chance.choice((0.0, 0.0, 0.2, 0.5)),
        stutter=0.1 if make == "m3" and chance.random() < 0.1 else 0.0,
        timer_msb_first=chance.random() < 0.5,
        collisions_as_crc=chance.random() < 0.5,
    )
    return replace(plan, scenery=replace(plan.scenery, reader=manners))


def pad_of(reader: sc.ReaderManners, watching: PadSettings) -> PadSection:
    """The settings that fit a reader."""
    match reader.make:
        case "m3":
            return PadSection("m3-serial", watching=watching, m3=M3Settings(AT))
        case "pcsc":
            order = TimerOrder.MSB_FIRST if reader.timer_msb_first else TimerOrder.LSB_FIRST
            return PadSection("pcsc", watching=watching, pcsc=PcscSettings(AT, timer=order))
    return PadSection("feig-tcp", FeigSettings(host=AT), watching)
