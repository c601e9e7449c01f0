"""Which reader stands before the field: made by name, driven and steered alike."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.simulator.feig import SimFeig
from kiosk.simulator.field import TagField
from kiosk.simulator.m3 import SimM3
from kiosk.simulator.outputs import Outputs
from kiosk.simulator.pcscreader import SimPcsc
from kiosk.simulator.scenery import ReaderManners

PadReader = SimFeig | SimM3 | SimPcsc

READERS: dict[str, Callable[[TagField, ReaderManners], PadReader]] = {
    "feig": SimFeig,
    "m3": SimM3,
    "pcsc": SimPcsc,
}
"""By `ReaderManners.make`."""


def make_reader(field: TagField, manners: ReaderManners) -> PadReader:
    """The reader that `manners` name, in front of this field.

    Raises:
        ValueError: there is no such reader.
    """
    make = READERS.get(manners.make)
    if make is None:
        raise ValueError(f"there is no reader {manners.make!r}: {', '.join(READERS)}")
    return make(field, manners)


def outputs_of(reader: PadReader) -> Outputs | None:
    """Its outputs; None: it has none."""
    return reader.programs.outputs if isinstance(reader, SimFeig) else None


def inputs_of(reader: PadReader) -> set[int] | None:
    """Its inputs that are active, which whoever stands before it may change; None: it has none."""
    return reader.programs.inputs if isinstance(reader, SimFeig) else None
