"""The case before the judge: one folder's evidence, with the questions that verdicts ask of it.

What counts as a *visit*: from the end of the visit before (the attract screen is back, or another
session's number is shown) to its own end. The attract screen belongs to the visit that follows it, so
that a sign-in counts even when the screen that says *one moment* was drawn a frame later.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from kiosk.lab.evidence import AfiAt, Evidence, Frame, JournalRow, Shown, ShownRow, TagSeen
from kiosk.lab.frames import CHANGING, Message, core, parse, spoilt

_Part = TypeVar("_Part")

RELEASED = "C2"
"""AFI of an item that may leave (ISO 28560-1), as evidence writes it."""

IDLE = frozenset({"attract", "cannot-lend"})
"""Screens at which nobody is signed in."""


class OutOfReach(Exception):
    """What a verdict needs is not in this folder."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the profile of this ILS allows.

    `u_releases`: desensitise=U on a 12 counts as Y. `release_after_settling`: a loan that only a 63
    confirmed (the 12 never came) may be released too.
    """

    u_releases: bool = False
    release_after_settling: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A checkout (11), checkin (09) or renewal (29) that was sent. `consent`: the patron accepted a fee
    (BO=Y). `again`: the ILS had said 96, it did not take the one before."""

    ms: float
    barcode: str
    text: str
    consent: bool
    again: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one of them (12, 10, 30) that arrived whole; the last two flags are a 12's."""

    ms: float
    barcode: str
    ok: bool
    renewal: bool
    release: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a patron information (64, 24) that arrived says: name and items on loan."""

    ms: float
    text: str
    name: str
    charged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """What an item information (18) that arrived says: the item's circulation status."""

    ms: float
    barcode: str
    status: str


LOAN, RETURN, RENEWAL = "loan", "return", "renewal"
"""What a saga is about; its intent says so, but for a loan."""

QUESTIONS = {LOAN: "11", RETURN: "09", RENEWAL: "29"}
"""The message that asks for each."""

ANSWERS = {LOAN: "12", RETURN: "10", RENEWAL: "30"}
"""The message that answers each."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What was shown for one patron, from `start` up to but not including `end`."""

    start: float
    end: float
    entries: tuple[Shown, ...]

    def holds(self, ms: float) -> bool:
        """Whether an instant belongs to this visit."""
        return self.start <= ms < self.end

    @property
    def since(self) -> float:
        """When somebody came: the first screen of a session. `inf` where none did."""
        return next((entry.ms for entry in self.entries if entry.screen not in IDLE), math.inf)

    def lists_tag(self, uid: str, until: float) -> bool:
        """Whether the tag had a row of its own up to an instant: it could not be read."""
        entries = (entry for entry in self.entries if entry.ms <= until)
        return any(row.key == f"tag:{uid}" for entry in entries for row in entry.rows)


class Case:
    """One folder's evidence; properties raise `OutOfReach` where a part is missing."""

    def __init__(self, evidence: Evidence, rules: Rules) -> None:
        self.evidence = evidence
        self.rules = rules

    # ---- parts ------------------------------------------------------------------------------

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The wire to the ILS."""
        return _reach(self.evidence.frames, "sip2.log")

    @property
    def tags(self) -> tuple[TagSeen, ...]:
        """The tags that were in the field."""
        return _reach(self.evidence.tags, "field.json")

    @property
    def journal(self) -> tuple[JournalRow, ...]:
        """The rows on the disk."""
        return _reach(self.evidence.journal, "journal.json")

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """What the screen showed, in order."""
        return tuple(sorted(_reach(self.evidence.shown, "screen.json"), key=lambda entry: entry.ms))

    # ---- the wire ---------------------------------------------------------------------------

    @cached_property
    def sent(self) -> Mapping[str, tuple[Asked, ...]]:
        """All questions that change something for an item, by what they ask for."""
        acts = {code: act for act, code in QUESTIONS.items()}
        found: dict[str, list[Asked]] = {act: [] for act in QUESTIONS}
        resend = False
        for frame in self.frames:
            message = parse(frame.text)
            if not frame.sent:
                resend = message.code == "96"
            elif message.code in acts:
                consent = message.first("BO") == "Y" and message.code == "11"
                asked = Asked(frame.ms, message.first("AB"), frame.text, consent, resend)
                found[acts[message.code]].append(asked)
        return {act: tuple(each) for act, each in found.items()}

    @property
    def asked(self) -> tuple[Asked, ...]:
        """All checkouts sent."""
        return self.sent[LOAN]

    @cached_property
    def heard(self) -> Mapping[str, tuple[Answered, ...]]:
        """All answers to such questions that arrived whole."""
        acts = {code: act for act, code in ANSWERS.items()}
        found: dict[str, list[Answered]] = {act: [] for act in ANSWERS}
        for frame, message in self._whole(*acts):
            release = message.flag(3) == "Y" or (message.flag(3) == "U" and self.rules.u_releases)
            answer = Answered(
                frame.ms,
                message.first("AB"),
                ok=message.flag(0) == "1",
                renewal=message.flag(1) == "Y",
                release=release,
            )
            found[acts[message.code]].append(answer)
        return {act: tuple(each) for act, each in found.items()}

    @property
    def answered(self) -> tuple[Answered, ...]:
        """All answers to checkouts that arrived whole."""
        return self.heard[LOAN]

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """All item informations that arrived whole."""
        return tuple(
            Placed(frame.ms, message.first("AB"), message.fixed[:2]) for frame, message in self._whole("18")
        )

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """All patron informations that arrived whole."""
        return tuple(
            Told(frame.ms, frame.text, message.first("AE"), message.fields.get("AU", ()))
            for frame, message in self._whole("24", "64")
        )

    @cached_property
    def returned(self) -> dict[str, tuple[float, ...]]:
        """When items were taken back: checkins (09) that the ILS executed, or a 10 that arrived."""
        found: dict[str, tuple[float, ...]] = {}
        for back in self.evidence.ils.returns if self.evidence.ils is not None else ():
            found[back.item] = (*found.get(back.item, ()), back.ms)
        if self.evidence.ils is not None:
            pairs = ((each.ms, parse(each.response)) for each in self.evidence.ils.messages)
        else:
            pairs = ((frame.ms, message) for frame, message in self._whole("10"))
        for ms, message in pairs:
            if message.code == "10" and message.flag(0) == "1":
                barcode = message.first("AB")
                found[barcode] = (*found.get(barcode, ()), ms)
        return found

    def last_return(self, barcode: str | None, before: float) -> float:
        """When the item was last taken back before an instant; -inf if it never was."""
        times = self.returned.get(barcode or "", ())
        return max((ms for ms in times if ms <= before), default=-math.inf)

    def last_answer(
        self, barcode: str, since: float = -math.inf, until: float = math.inf, *, act: str = LOAN
    ) -> Answered | None:
        """The last answer about this item, to a checkout or another question, in a stretch of time."""
        found = [each for each in self.heard[act] if each.barcode == barcode and since <= each.ms <= until]
        return found[-1] if found else None

    def last_sent(self, barcode: str, act: str, since: float, until: float) -> Asked | None:
        """The last question of a kind about this item in a stretch of time."""
        found = [each for each in self.sent[act] if each.barcode == barcode and since <= each.ms <= until]
        return found[-1] if found else None

    @cached_property
    def repeated(self) -> tuple[Frame, ...]:
        """Messages that change something and were sent with the very text of one before, without the
        ILS having said (96) that it did not take that."""
        seen: set[str] = set()
        found = []
        resend = False
        for frame in self.frames:
            if not frame.sent:
                resend = parse(frame.text).code == "96"
            elif frame.text[:2] in CHANGING:
                text = core(frame.text)
                if text in seen and not resend:
                    found.append(frame)
                seen.add(text)
        return tuple(found)

    def _whole(self, *codes: str) -> Iterator[tuple[Frame, Message]]:
        """Received messages that the wire did not spoil: as the ILS sent them where that is known, else
        with a checksum at their end where both sides send them (several ILSes never do)."""
        for frame in self.frames:
            message = parse(frame.text)
            if frame.sent or message.code not in codes:
                continue
            if self._sent_by_ils is None:
                whole = message.checked or not self._checking
            else:
                whole = core(frame.text) in self._sent_by_ils
            if whole:
                yield frame, message

    @cached_property
    def _checking(self) -> bool:
        checking = {frame.sent for frame in self.frames if parse(frame.text).checked}
        return checking == {True, False}

    @cached_property
    def _sent_by_ils(self) -> frozenset[str] | None:
        if self.evidence.ils is None:
            return None
        responses = [each.response for each in self.evidence.ils.messages if each.response]
        return frozenset(core(response) for response in responses if not spoilt(response)) or None

    # ---- the field --------------------------------------------------------------------------

    def tags_of(self, barcode: str) -> tuple[TagSeen, ...]:
        """The item's tags that were ever in the field."""
        return tuple(tag for tag in self.tags if tag.barcode == barcode)

    def reads(self, uid: str) -> tuple[AfiAt, ...]:
        """Each AFI that the tag gave out over the air."""
        return _reach(self.evidence.air, "air.json").get(uid, ())

    def was_there(self, uid: str, since: float, until: float) -> bool:
        """Whether the tag was in the field at some time between two instants."""
        return any(
            stay.since <= until and (stay.until is None or stay.until >= since)
            for stay in _reach(self.evidence.presence, "presence.json").get(uid, ())
        )

    def longest_stay(self, uid: str, since: float, until: float) -> float:
        """The longest unbroken time (ms) that the tag spent in the field between two instants."""
        stays = _reach(self.evidence.presence, "presence.json").get(uid, ())
        overlaps = (
            min(until, math.inf if stay.until is None else stay.until) - max(since, stay.since)
            for stay in stays
        )
        return max((*overlaps, 0.0))

    def longest_absence(self, uid: str, since: float, until: float) -> float:
        """The longest time (ms) that the tag was out of the field between two instants."""
        longest, gone = 0.0, since
        for stay in sorted(
            _reach(self.evidence.presence, "presence.json").get(uid, ()), key=lambda stay: stay.since
        ):
            if stay.until is not None and stay.until < since:
                continue
            if stay.since > until:
                break
            longest = max(longest, stay.since - gone)
            gone = math.inf if stay.until is None else stay.until
        return max(longest, until - gone)

    def there_at_end(self, uid: str) -> bool:
        """Whether the tag was still in the field when the run ended."""
        stays = _reach(self.evidence.presence, "presence.json").get(uid, ())
        return any(stay.until is None for stay in stays)

    # ---- the journal ------------------------------------------------------------------------

    def sagas_of(self, barcode: str | None, act: str | None = None) -> dict[str, tuple[JournalRow, ...]]:
        """The sagas that name this item, with all their rows; all of them, or those about one act."""
        sagas = self._sagas.get(barcode or "", {})
        return {
            saga: rows for saga, rows in sagas.items() if act is None or self._acts.get(saga, LOAN) == act
        }

    @cached_property
    def _acts(self) -> dict[str, str]:
        intents = (row for row in self.journal if row.kind == "intent")
        return {row.saga: str(row.payload.get("act") or LOAN) for row in intents}

    @cached_property
    def _sagas(self) -> dict[str, dict[str, tuple[JournalRow, ...]]]:
        items: dict[str, str] = {}
        for row in self.journal:
            if row.payload.get("item"):
                items.setdefault(row.saga, str(row.payload["item"]))
        items |= self._nameless(items)
        found: dict[str, dict[str, tuple[JournalRow, ...]]] = {}
        for row in sorted(self.journal, key=lambda row: row.seq):
            sagas = found.setdefault(items.get(row.saga, ""), {})
            sagas[row.saga] = (*sagas.get(row.saga, ()), row)
        return found

    def _nameless(self, named: Mapping[str, str]) -> dict[str, str]:
        """The items of sagas whose rows name none: a scanned code that might be a patron's number is
        only sealed (promise 6). Such a saga is that of the first question of its kind that was sent while it
        was open and that no saga with a name, and no other without one, was for."""
        if self.evidence.frames is None:
            return {}
        closed = {row.saga: row.ms for row in self.journal if row.closes}
        begun = [row for row in sorted(self.journal, key=lambda row: row.seq) if row.kind == "intent"]

        def open_when_sent(row: JournalRow, asked: Asked) -> bool:
            return row.ms <= asked.ms <= closed.get(row.saga, math.inf)

        free = {
            act: [
                each
                for each in sent
                if not any(named.get(row.saga) == each.barcode and open_when_sent(row, each) for row in begun)
            ]
            for act, sent in self.sent.items()
        }
        found: dict[str, str] = {}
        for row in begun:
            if row.saga in named or row.saga in found:
                continue  # an intent may be kept again, with a tag that turned up
            before = str(row.payload.get("after", ""))
            if before:
                # it follows another saga of the item, and asks nothing
                if item := named.get(before) or found.get(before):
                    found[row.saga] = item
            else:
                of_kind = free.get(self._acts[row.saga], [])
                asked = next((each for each in of_kind if open_when_sent(row, each)), None)
                if asked is not None:
                    found[row.saga] = asked.barcode
                    of_kind.remove(asked)
        return found

    def rows_of(self, barcode: str | None, kind: str, act: str = LOAN) -> tuple[JournalRow, ...]:
        """The rows of one kind that stand in the item's sagas about an act."""
        return tuple(row for rows in self.sagas_of(barcode, act).values() for row in rows if row.kind == kind)

    def open_at(self, ms: float) -> bool:
        """Whether the journal held a saga at an instant that was begun and not closed."""
        begun = {row.saga for row in self.journal if row.ms <= ms}
        return bool(begun - {row.saga for row in self.journal if row.closes and row.ms <= ms})

    def staff_act(self, barcode: str | None, uid: str, until: float) -> bool:
        """Whether a named staff act on this item or tag (kind `staff`, payload `act`) is on the disk.
        A `staff` row without an act only names the item for staff, and permits nothing."""
        return any(
            row.kind == "staff"
            and row.payload.get("act")
            and row.ms <= until
            and (row.payload.get("uid") == uid or (barcode and row.payload.get("item") == barcode))
            for row in self.journal
        )

    # ---- the screen -------------------------------------------------------------------------

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """What was shown, cut into visits."""
        parts: list[list[Shown]] = []
        for entry in self.shown:
            last = parts[-1][-1] if parts else None
            if last is None or (
                last.screen not in IDLE and (entry.screen in IDLE or entry.session != last.session)
            ):
                parts.append([])
            parts[-1].append(entry)
        starts = [-math.inf, *(part[0].ms for part in parts[1:]), math.inf]
        return tuple(
            Visit(starts[number], starts[number + 1], tuple(part)) for number, part in enumerate(parts)
        )

    def visit_at(self, ms: float) -> Visit:
        """The visit that an instant belongs to."""
        for visit in self.visits:
            if visit.holds(ms):
                return visit
        return Visit(-math.inf, math.inf, ())

    def last_shown_in(self, barcode: str) -> Visit:
        """The visit that an item's end belongs to: in an earlier one it may have ended otherwise, for
        somebody else. All of the run when no visit shows it."""
        for visit in reversed(self.visits if self.evidence.shown is not None else ()):
            for entry in visit.entries:
                if entry.screen != "leftovers" and any(row.barcode == barcode for row in entry.rows):
                    return visit
        return Visit(-math.inf, math.inf, ())

    def turns(self, *states: str) -> Iterator[tuple[Shown, ShownRow, Visit]]:
        """Each time that a row turned into one of these states."""
        for visit in self.visits:
            before: dict[str, str] = {}
            for entry in visit.entries:
                for row in entry.rows:
                    if row.state in states and before.get(row.key) != row.state:
                        yield entry, row, visit
                    before[row.key] = row.state

    # ---- the end ----------------------------------------------------------------------------

    @property
    def ends(self) -> dict[str, str]:
        """The end state of each item by barcode; empty where there is no result."""
        result = self.evidence.result
        return {item.barcode: item.state for item in result.items} if result else {}

    def cut_after(self, ms: float) -> bool:
        """Whether the power was cut at or after an instant."""
        return any(cut >= ms for cut in self.cuts)

    def cut_in(self, visit: Visit, since: float) -> bool:
        """Whether the power was cut in this visit, at or after an instant."""
        return any(cut >= since and visit.holds(cut) for cut in self.cuts)

    @property
    def cuts(self) -> tuple[float, ...]:
        """When the power was cut."""
        return self.evidence.result.cuts if self.evidence.result else ()


def _reach(part: _Part | None, name: str) -> _Part:
    if part is None:
        raise OutOfReach(f"there is no {name}")
    return part
