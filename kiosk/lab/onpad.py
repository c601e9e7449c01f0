"""The pad's side of the case: which tags lay there when, and what was read from them."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kiosk.lab.evidence import EAS, AfiAt, Stay, TagSeen
from kiosk.lab.times import Side, Times, reach


@dataclass(frozen=True, slots=True)
class Pace:
    """How quick a reader may be expected to be, in milliseconds; the defaults are FEIG's.

    Attributes:
        notice_ms: a tag that was put down less than this before a word was shown, and was not read yet, could
            not be known to the kiosk; two polls of a full pad fit into it.
        rest_ms: how long the pad rests between two looks.
        a_tag_ms: what one tag of a stack that was put down at once may take from then on until it was read:
            others are read, and as soon as the ILS has answered for them written and read back, before it.
            (With FEIG's, seven tags were read 550 ms after they had been put down.)
        slow_ms: how long a look may take while the reader takes its time for each answer (`Evidence.slow`).
        reopened_ms: a lost reader is found to be lost (a second), and is open again (two), in this time.
    """

    notice_ms: float = 500.0
    rest_ms: float = 250.0
    a_tag_ms: float = 50.0
    slow_ms: float = 10_000.0
    reopened_ms: float = 3000.0


class PadSide(Side):
    """The field of tags."""

    @property
    def tags(self) -> tuple[TagSeen, ...]:
        """The tags that were in the field."""
        return reach(self.evidence.tags, "field.json")

    @cached_property
    def _tags_of(self) -> Mapping[str | None, tuple[TagSeen, ...]]:
        found: dict[str | None, list[TagSeen]] = defaultdict(list)
        for tag in self.tags:
            found[tag.barcode].append(tag)
        return {barcode: tuple(tags) for barcode, tags in found.items()}

    def tags_of(self, barcode: str) -> tuple[TagSeen, ...]:
        """The item's tags that were ever in the field."""
        return self._tags_of.get(barcode, ())

    @cached_property
    def barcode_of(self) -> Mapping[str, str | None]:
        """The items, by tag."""
        return {tag.uid: tag.barcode for tag in self.tags}

    @cached_property
    def _reads(self) -> Mapping[str, Times[AfiAt]]:
        air = reach(self.evidence.air, "air.json")
        return {uid: Times(reads) for uid, reads in air.items()}

    def reads(self, uid: str) -> Times[AfiAt]:
        """Each AFI that the tag gave out over the air."""
        return self._reads.get(uid) or Times()

    # ---- presence ---------------------------------------------------------------------------

    @cached_property
    def _stays(self) -> Mapping[str, tuple[tuple[Stay, ...], list[float]]]:
        """The stays of each tag in their order, and when each began."""
        found = {}
        for uid, stays in reach(self.evidence.presence, "presence.json").items():
            ordered = tuple(sorted(stays, key=lambda stay: stay.since))
            found[uid] = (ordered, [stay.since for stay in ordered])
        return found

    def stays(self, uid: str, since: float = -math.inf, until: float = math.inf) -> tuple[Stay, ...]:
        """The times that the tag spent in the field, as far as they touch a stretch of time."""
        ordered, begun = self._stays.get(uid, ((), []))
        # they do not overlap: of those that began before, only the last can reach into it
        first = max(0, bisect_right(begun, since) - 1)
        touching = ordered[first : bisect_right(begun, until)]
        return tuple([stay for stay in touching if stay.until is None or stay.until >= since])

    def was_there(self, uid: str, since: float, until: float) -> bool:
        """Whether the tag was in the field at some time between two instants."""
        return bool(self.stays(uid, since, until))

    @cached_property
    def _comings_and_goings(self) -> tuple[list[float], list[float]]:
        """When tags came into the field, and when they went, each in order of time."""
        came: list[float] = []
        went: list[float] = []
        for tag in self.tags:
            last: float | None = -math.inf
            for stay in self.stays(tag.uid):
                if stay.since == last:
                    went.pop()  # it was there all the time
                else:
                    came.append(stay.since)
                last = stay.until
                went.append(math.inf if last is None else last)
        return sorted(came), sorted(went)

    def how_many(self, ms: float, since: float = math.inf) -> int:
        """How many tags were in the field at an instant; or at some time from `since` on up to it."""
        came, went = self._comings_and_goings
        return bisect_right(came, ms) - bisect_left(went, min(ms, since))

    def was_asked(self, uid: str, since: float, until: float) -> bool:
        """Whether the kiosk had asked the tag, by its UID, when it lay there last."""
        instants = self.evidence.asked.get(uid.removesuffix(EAS), ())
        return bisect_right(instants, until) > bisect_left(instants, since)

    def was_slow(self, since: float, until: float) -> bool:
        """Whether the reader took its time for each answer at some time between two instants."""
        return _touch(self.evidence.slow, since, until)

    def faint(self, uid: str, since: float, until: float) -> bool:
        """Whether the tag missed some of what it was asked at some time between two instants, so that nobody
        could know whether it lay there."""
        return _touch(self.evidence.faint.get(uid.removesuffix(EAS), ()), since, until)

    def longest_stay(self, uid: str, since: float, until: float) -> float:
        """The longest unbroken time (ms) that the tag spent in the field between two instants."""
        overlaps = (
            min(until, math.inf if stay.until is None else stay.until) - max(since, stay.since)
            for stay in self.stays(uid, since, until)
        )
        return max((*overlaps, 0.0))

    def longest_absence(self, uid: str, since: float, until: float) -> float:
        """The longest time (ms) that the tag was out of the field between two instants."""
        longest, gone = 0.0, since
        for stay in self.stays(uid, since, until):
            longest = max(longest, stay.since - gone)
            gone = math.inf if stay.until is None else stay.until
        return max(longest, until - gone)

    def there_at_end(self, uid: str) -> bool:
        """Whether the tag was still in the field when the run ended."""
        ordered, _ = self._stays.get(uid, ((), []))
        return bool(ordered) and any(stay.until is None for stay in ordered)


def _touch(stays: Iterable[Stay], since: float, until: float) -> bool:
    """Whether one of these stretches touches the time between two instants."""
    return any(stay.since <= until and (stay.until is None or stay.until >= since) for stay in stays)
