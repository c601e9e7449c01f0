"""Sets: the tags of one item, counted. Whether all its parts are there, which are missing, and what is there
that should not be. Pure; every function is total.

A part is numbered from 1, and its tag says of how many; 0 is a tag that does not know. A set is what several
tags of one item are together, whatever lies there: one barcode stands for all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import ItemKey, ItemTag, Uid


class UnknownSize(StrEnum):
    """What becomes of a set of which no tag says how many parts it has."""

    ACCEPT = "accept"
    """What lies there is taken for all of it."""
    ASK = "ask"
    """The patron says whether all parts are there."""
    STAFF = "staff"
    """Staff look at it."""


class Standing(StrEnum):
    """How a set stands, the worst first: only one is told."""

    DISAGREEING = "disagreeing"
    """Its tags say different numbers of parts: some were never written for this set."""
    FOREIGN = "foreign"
    """A tag of it belongs to the item of another library that bears the same number."""
    BEYOND = "beyond"
    """There is a part with a number that the set does not have."""
    TWICE = "twice"
    """A part is there twice: a copied tag, or a part of another copy."""
    LACKING = "lacking"
    """Parts are missing."""
    UNCOUNTED = "uncounted"
    """Nothing is known to be missing, and no tag says how many there are."""
    WHOLE = "whole"


class PartTag(NamedTuple):
    """One tag of a set; `there`: it lies on the pad now, else it was there in this visit."""

    uid: Uid
    content: ItemTag
    there: bool = True


@dataclass(frozen=True, slots=True)
class Counted:
    """The tags of one item, counted.

    Attributes:
        size: how many parts it has; 0: no tag knows, or they do not agree.
        sizes: every number of parts that a tag claims, ascending; more than one: they do not agree.
        present: numbers of the parts that lie there, ascending, each once.
        missing: numbers of those that do not, ascending. Where the size is not known, those below the highest
            that was seen.
        twice: numbers that more than one tag bears, there or not.
        beyond: numbers above the size, there or not.
        foreign: tags that name another owner than most of the set, there or not.
        strange: the numbers of these, ascending.

    A tag that does not belong there counts also when it is not heard any more: it may still be in the case,
    and make a gate ring.
    """

    size: int
    sizes: tuple[int, ...]
    present: tuple[int, ...]
    missing: tuple[int, ...] = ()
    twice: tuple[int, ...] = ()
    beyond: tuple[int, ...] = ()
    foreign: tuple[Uid, ...] = ()
    strange: tuple[int, ...] = ()

    @property
    def parts(self) -> int:
        """How many parts it has, or at least: the highest number that was seen; 1: one piece."""
        return max(self.size, 1, *self.present, *self.missing)

    @property
    def standing(self) -> Standing:
        """The worst that is to be said."""
        if len(self.sizes) > 1:
            return Standing.DISAGREEING
        if self.foreign:
            return Standing.FOREIGN
        if self.beyond:
            return Standing.BEYOND
        if self.twice:
            return Standing.TWICE
        if self.missing:
            return Standing.LACKING
        return Standing.WHOLE if self.size else Standing.UNCOUNTED


def count_set(tags: Iterable[PartTag]) -> Counted:
    """Count the tags of one item: those that lie there, and those that were there in this visit."""
    held = tuple(tags)
    foreign = _foreign(held)
    own = [tag for tag in held if tag.uid not in foreign]
    sizes = tuple(sorted({tag.content.parts for tag in own} - {0}))
    size = sizes[0] if len(sizes) == 1 else 0
    numbers = Counter(tag.content.part for tag in own)
    present = {tag.content.part for tag in own if tag.there}
    highest = size or max(numbers, default=0)
    return Counted(
        size=size,
        sizes=sizes,
        present=tuple(sorted(present)),
        missing=tuple(part for part in range(1, highest + 1) if part not in present),
        twice=tuple(sorted(part for part, times in numbers.items() if times > 1)),
        beyond=tuple(sorted(part for part in numbers if 0 < size < part)),
        foreign=foreign,
        strange=tuple(sorted({tag.content.part for tag in held if tag.uid in foreign})),
    )


def _foreign(tags: tuple[PartTag, ...]) -> tuple[Uid, ...]:
    """Tags of another owner than most of them; of two that are as many, the later ones. A tag that names no
    owner may be anybody's."""
    owners = Counter(tag.content.item.owner for tag in tags if tag.content.item.owner)
    if len(owners) < 2:
        return ()
    own = owners.most_common(1)[0][0]  # of equals the first that was counted
    return tuple(tag.uid for tag in tags if tag.content.item.owner not in {"", own})


class Stray(NamedTuple):
    """A part that lies where another item's part is missing: somebody has put it into the wrong case."""

    item: ItemKey
    part: int


def strays(heap: Mapping[ItemKey, Counted]) -> dict[ItemKey, tuple[Stray, ...]]:
    """Of each set that lacks parts, the parts of other sets in the heap that may be in their place: of the
    same number and size, and their own set lacks parts too."""
    lacking = {item: counted for item, counted in heap.items() if counted.standing is Standing.LACKING}
    found = {
        item: tuple(
            Stray(other, part)
            for other, there in lacking.items()
            if other != item and there.size == counted.size
            for part in counted.missing
            if part in there.present
        )
        for item, counted in lacking.items()
    }
    return {item: those for item, those in found.items() if those}


class Verdict(StrEnum):
    """What becomes of a set."""

    GO = "go"
    """The ILS may be asked for it."""
    WAIT = "wait"
    """Parts must be put there first."""
    ASK = "ask"
    """The patron is asked whether all parts are there."""
    STAFF = "staff"
    """Staff must look at it."""


class Decided(NamedTuple):
    """A verdict, and why it is not `GO`."""

    verdict: Verdict
    reason: Reason | None = None


_STAFF = {
    Standing.DISAGREEING: Reason.PART_FOREIGN,
    Standing.FOREIGN: Reason.PART_FOREIGN,
    Standing.BEYOND: Reason.PART_EXTRA,
    Standing.TWICE: Reason.TAG_DUPLICATE,
}


def misfit(known: Iterable[PartTag], more: Iterable[PartTag]) -> Reason | None:
    """Why `more` tags do not belong to a set of which the others are `known`; None: they may."""
    return _STAFF.get(count_set((*known, *more)).standing)


def decide(counted: Counted, rule: UnknownSize, all_there: bool | None = None) -> Decided:
    """What becomes of a set.

    Args:
        counted: its tags, counted.
        rule: the library's policy for sets of unknown size.
        all_there: what the patron has said of them; None: was not asked.
    """
    match counted.standing:
        case Standing.WHOLE:
            return Decided(Verdict.GO)
        case Standing.LACKING:
            return Decided(Verdict.WAIT, Reason.PART_MISSING)
        case Standing.UNCOUNTED:
            if rule is UnknownSize.ACCEPT or (rule is UnknownSize.ASK and all_there):
                return Decided(Verdict.GO)
            if rule is UnknownSize.ASK and all_there is None:
                return Decided(Verdict.ASK, Reason.PARTS_UNKNOWN)
            return Decided(Verdict.STAFF, Reason.PARTS_UNKNOWN)
        case standing:
            return Decided(Verdict.STAFF, _STAFF[standing])
