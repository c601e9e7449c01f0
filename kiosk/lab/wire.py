"""The wire's side of the case: what was asked of the ILS, what it answered, what it did."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kiosk.lab.evidence import Frame, LoanDone, RenewalDone
from kiosk.lab.frames import CHANGING, Message, core, numbered, parse, spoilt
from kiosk.lab.onpad import Pace
from kiosk.lab.times import ByKey, Side, Times, reach


@dataclass(frozen=True, slots=True)
class Rules:
    """What the profile of this ILS allows, and what the reader is granted.

    `u_releases`: desensitise=U on a 12 counts as Y. `release_after_settling`: a loan that only a 63
    confirmed (the 12 never came) may be released too. `pace`: how quick the pad may be.
    """

    u_releases: bool = False
    release_after_settling: bool = False
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True)
class Asked:
    """A checkout (11), checkin (09), renewal (29; 65: of all, without a barcode) or hold (15) that was sent.
    `consent`: the patron accepted a fee (BO=Y). `again`: the ILS had said 96, it did not take the one
    before."""

    ms: float
    barcode: str
    text: str
    consent: bool
    again: bool

    @property
    def what(self) -> str:
        """What it is about, for a sentence."""
        return self.barcode or "everything"


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one of them (12, 10, 30, 66, 16) that arrived whole; the last two flags are a 12's."""

    ms: float
    barcode: str
    ok: bool
    renewal: bool
    release: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a patron information (64, 24) that arrived says: items on loan, and the name, which only the ILS's
    own list tells (several where answers differ in nothing else; none behind an ILS that is not ours)."""

    ms: float
    text: str
    names: frozenset[str]
    charged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """What an item information (18) that arrived says: the item's circulation status."""

    ms: float
    barcode: str
    status: str


@dataclass(frozen=True, slots=True)
class Back:
    """An item was taken back."""

    ms: float
    item: str


@dataclass(frozen=True, slots=True)
class RenewedAll:
    """What the answer to a renewal of all loans (66) that arrived whole names as renewed."""

    ms: float
    items: frozenset[str]


LOAN, RETURN, RENEWAL, RENEW_ALL, HOLD = "loan", "return", "renewal", "renew-all", "hold"
"""What a saga is about; its intent says so, but for a loan."""

QUESTIONS = {LOAN: "11", RETURN: "09", RENEWAL: "29", RENEW_ALL: "65", HOLD: "15"}
"""The message that asks for each; that for all renewals names no item."""

ANSWERS = {LOAN: "12", RETURN: "10", RENEWAL: "30", RENEW_ALL: "66", HOLD: "16"}
"""The message that answers each."""

NAMING = frozenset({"11", "09", "29", "15", "17"})
"""Messages about one item."""


GREETINGS = frozenset({"94", "98"})
"""What the ILS says when a connection is made."""

_DATE = re.compile(r"\d{8} {4}\d{6}")
"""The date of a transaction (SIP 2.00); the first in a message is when it was written."""


def _number(entry: str) -> str:
    """The item's number at the beginning of an entry of a list."""
    return entry.partition(" ")[0]


def _date(text: str) -> str | None:
    found = _DATE.search(text)
    return found[0] if found is not None else None


class WireSide(Side):
    """The frames, and what the ILS did. `rules` are those of its profile."""

    rules: Rules

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The wire to the ILS."""
        return reach(self.evidence.frames, "sip2.log")

    @cached_property
    def _parsed(self) -> Sequence[tuple[Frame, Message]]:
        return [(frame, parse(frame.text)) for frame in self.frames]

    @cached_property
    def _resent(self) -> frozenset[int]:
        """The numbers of the messages that followed a 96: the ILS has said that it did not take the one
        before. That they may go over a connection made anew (login and status come first) is no matter."""
        found, asked_for = set(), False
        for number, (frame, message) in enumerate(self._parsed):
            if not frame.sent and message.code not in GREETINGS:
                asked_for = message.code == "96"
            elif frame.sent and asked_for:
                found.add(number)
        return frozenset(found)

    # ---- questions --------------------------------------------------------------------------

    @cached_property
    def sent(self) -> Mapping[str, tuple[Asked, ...]]:
        """All questions that change something for an item, by what they ask for."""
        acts = {code: act for act, code in QUESTIONS.items()}
        found: dict[str, list[Asked]] = {act: [] for act in QUESTIONS}
        for number, (frame, message) in enumerate(self._parsed):
            if frame.sent and message.code in acts:
                consent = message.first("BO") == "Y" and message.code == "11"
                again = number in self._resent
                asked = Asked(frame.ms, message.first("AB"), frame.text, consent, again)
                found[acts[message.code]].append(asked)
        return {act: tuple(each) for act, each in found.items()}

    @cached_property
    def sent_of(self) -> Mapping[str, ByKey[str, Asked]]:
        """The same, by item too."""
        return {act: ByKey(sent, lambda each: each.barcode) for act, sent in self.sent.items()}

    @property
    def asked(self) -> tuple[Asked, ...]:
        """All checkouts sent."""
        return self.sent[LOAN]

    @cached_property
    def asked_all(self) -> Times[Asked]:
        """All checkouts sent, by time."""
        return Times(self.asked)

    def last_sent(self, barcode: str, act: str, since: float, until: float) -> Asked | None:
        """The last question of a kind about this item in a stretch of time."""
        return self.sent_of[act][barcode].last(since, until)

    @cached_property
    def named(self) -> ByKey[str, Frame]:
        """Each message sent about one item, by the item."""
        found = [
            (message.first("AB"), frame)
            for frame, message in self._parsed
            if frame.sent and message.code in NAMING
        ]
        about = {id(frame): barcode for barcode, frame in found}
        return ByKey((frame for _, frame in found), lambda frame: about[id(frame)])

    @cached_property
    def repeated(self) -> tuple[tuple[Frame, Frame], ...]:
        """Messages that change something and were sent with the very text of one before, without the
        ILS having said (96) that it did not take that; each after that other one."""
        seen: dict[str, Frame] = {}
        found = []
        for number, (frame, _) in enumerate(self._parsed):
            if frame.sent and frame.text[:2] in CHANGING:
                text = core(frame.text)
                if text in seen and number not in self._resent:
                    found.append((seen[text], frame))
                seen[text] = frame
        return tuple(found)

    @cached_property
    def told_of_payments(self) -> tuple[tuple[Frame, str], ...]:
        """The payments (37) of which the ILS was told, with their amounts; a resent one, after a 96, counts
        no more."""
        return tuple([
            (frame, message.first("BV"))
            for number, (frame, message) in enumerate(self._parsed)
            if frame.sent and message.code == "37" and number not in self._resent
        ])  # fmt: skip

    def clock_set_back(self, before: Frame, frame: Frame) -> bool:
        """Whether the kiosk's clock was set back between two messages: one that was sent between them bears a
        later date than the second."""
        date = _date(frame.text)
        between = self._sent_frames.within(before.ms, frame.ms)
        return date is not None and any((_date(each.text) or "") > date for each in between)

    @cached_property
    def _sent_frames(self) -> Times[Frame]:
        return Times(frame for frame in self.frames if frame.sent)

    # ---- answers ----------------------------------------------------------------------------

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

    @cached_property
    def heard_of(self) -> Mapping[str, ByKey[str, Answered]]:
        """The same, by item too."""
        return {act: ByKey(heard, lambda each: each.barcode) for act, heard in self.heard.items()}

    @property
    def answered(self) -> tuple[Answered, ...]:
        """All answers to checkouts that arrived whole."""
        return self.heard[LOAN]

    def last_answer(
        self, barcode: str, since: float = -math.inf, until: float = math.inf, *, act: str = LOAN
    ) -> Answered | None:
        """The last answer about this item, to a checkout or another question, in a stretch of time."""
        return self.heard_of[act][barcode].last(since, until)

    @cached_property
    def renewed_all(self) -> Times[RenewedAll]:
        """What each 66 names as renewed; some ILSes put the title behind the number."""
        return Times(
            RenewedAll(frame.ms, frozenset(map(_number, message.fields.get("BM", ()))))
            for frame, message in self._whole("66")
        )

    @cached_property
    def placed(self) -> ByKey[str, Placed]:
        """All item informations that arrived whole, by item."""
        found = (
            Placed(frame.ms, message.first("AB"), message.fixed[:2]) for frame, message in self._whole("18")
        )
        return ByKey(found, lambda each: each.barcode)

    @cached_property
    def told(self) -> Times[Told]:
        """All patron informations that arrived whole."""
        return Times(
            Told(
                frame.ms,
                frame.text,
                self._names_told.get(numbered(frame.text), frozenset()),
                message.fields.get("AU", ()),
            )
            for frame, message in self._whole("24", "64")
        )

    @cached_property
    def charged(self) -> Mapping[str, Times[Told]]:
        """Those that list an item as on loan, by the item."""
        found: dict[str, list[Told]] = defaultdict(list)
        for told in self.told:
            for entry in told.charged:
                found[_number(entry)].append(told)
        return {barcode: Times(each) for barcode, each in found.items()}

    def told_of(self, barcode: str) -> Times[Told]:
        """The patron informations that list this item as on loan."""
        return self.charged.get(barcode) or Times()

    def _whole(self, *codes: str) -> Iterator[tuple[Frame, Message]]:
        """Received messages that the wire did not spoil: as the ILS sent them where that is known, else
        with a checksum at their end where both sides send them (several ILSes never do)."""
        for frame, message in self._parsed:
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
        return {frame.sent for frame, message in self._parsed if message.checked} == {True, False}

    @cached_property
    def _sent_by_ils(self) -> frozenset[str] | None:
        if self.evidence.ils is None:
            return None
        responses = [each.response for each in self.evidence.ils.messages if each.response]
        return frozenset(core(response) for response in responses if not spoilt(response)) or None

    # ---- what the ILS did -------------------------------------------------------------------

    @cached_property
    def loans_of(self) -> ByKey[str, LoanDone]:
        """The loans that the ILS executed, by item."""
        return ByKey(self.evidence.ils.loans if self.evidence.ils else (), lambda loan: loan.item)

    @cached_property
    def renewals_of(self) -> ByKey[str, RenewalDone]:
        """The renewals that the ILS executed, by item."""
        return ByKey(self.evidence.ils.renewals if self.evidence.ils else (), lambda done: done.item)

    @cached_property
    def returned(self) -> ByKey[str, Back]:
        """When items were taken back: checkins (09) that the ILS executed, or a 10 that arrived."""
        done = self.evidence.ils.returns if self.evidence.ils is not None else ()
        found = [Back(back.ms, back.item) for back in done]
        if self.evidence.ils is not None:
            answers = (each for each in self.evidence.ils.messages if each.response.startswith("10"))
            pairs = [(each.ms, parse(each.response)) for each in answers]
        else:
            pairs = [(frame.ms, message) for frame, message in self._whole("10")]
        found += [Back(ms, message.first("AB")) for ms, message in pairs if message.flag(0) == "1"]
        return ByKey(found, lambda back: back.item)

    def last_return(self, barcode: str | None, before: float) -> float:
        """When the item was last taken back before an instant; -inf if it never was."""
        back = self.returned[barcode or ""].last(until=before)
        return -math.inf if back is None else back.ms

    @cached_property
    def _names_told(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """Whom a patron information names, by its text without what is personal, and its number."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for each in self.evidence.ils.messages if self.evidence.ils else ():
            if each.response[:2] in {"24", "64"}:
                found[numbered(each.response)].add(parse(each.response).first("AE"))
        return {text: frozenset(names) for text, names in found.items()}

    @cached_property
    def patrons_told(self) -> Mapping[str, frozenset[str]]:
        """Whom an answer of the ILS is about, by its text without what is personal."""
        return self._patrons("response")

    @cached_property
    def patrons_asking(self) -> Mapping[str, frozenset[str]]:
        """Whom a question is about, by its text without what is personal."""
        return self._patrons("request")

    def _patrons(self, side: str) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for each in self.evidence.ils.messages if self.evidence.ils else ():
            found[core(getattr(each, side))].add(parse(each.request).first("AA"))
        return {text: frozenset(patrons) for text, patrons in found.items()}
