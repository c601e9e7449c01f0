"""A simulated ILS: a SIP2 ACS with patrons, items and loans, as real ones behave.

It does what the document says and what was seen on real servers where those differ: an item that its
patron already has is renewed without a word when it is asked for again, the PIN is not looked at on a
loan, and a message that comes twice is executed twice (unless the scenery says otherwise). Checksums
and sequence digits are verified strictly; what breaks the document is written down as a complaint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from kiosk.simulator import sip
from kiosk.simulator.device import Agenda, Fault, Faults, Hangup, Out, Send, spoil
from kiosk.simulator.scenery import Item, Scenery

STATUS_FLAGS = (
    "charge denied",
    "renewal denied",
    "recall denied",
    "hold denied",
    "card lost",
    "too many charged",
    "too many overdue",
    "too many renewals",
    "claims returned",
    "too many lost",
    "excessive fines",
    "excessive fees",
    "recall overdue",
    "too many billed",
)
"""The 14 positions of the patron status."""

SUPPORTED = "YYNNYYYYYNYNNNNN"
"""BX: 23, 11, not 09, not 01, 99, 97, 93, 63, 35, not 37, 17, and none of the rest."""

CHARGED_LIST = 2
"""Position of the charged items in a 63's summary."""

Answer = tuple[str, list[tuple[str, str]]]
"""Code and fixed fields of an answer, and its variable fields."""

LONGEST = 4096
"""Bytes without a CR after which a link is dropped."""


@dataclass(slots=True)
class LoanRecord:
    """One loan that was executed (or renewed)."""

    t: float
    patron: str
    item: str
    renewal: bool
    due: str


@dataclass(slots=True)
class MessageRecord:
    """One message as the ILS saw it; `answered` is when its answer left, None if it never did."""

    t: float
    request: str
    response: str | None = None
    answered: float | None = None


@dataclass(slots=True)
class _Link:
    kept: bytes = b""
    user: str | None = None
    last_sequence: str | None = None
    last_frame: bytes = b""
    last_reply: bytes = b""
    leaves: float = float("-inf")


class SimIls:
    """The ILS. `Device` says how it is driven.

    `wall` gives seconds since 1970 for the dates of its answers; without it they repeat the date of the
    request. `on_message(code, item, at)` is called before a message is executed, `on_loan(item, at)`
    when a loan was (not for renewals), both before the answer leaves.
    """

    def __init__(self, scenery: Scenery, wall: Callable[[], float] | None = None) -> None:
        self.scenery = scenery
        self.on_message: Callable[[str, str, float], None] = lambda code, item, at: None
        self.on_loan: Callable[[str, float], None] = lambda item, at: None
        self.faults = Faults()
        self.loans: list[LoanRecord] = []
        self.messages: list[MessageRecord] = []
        self.complaints: list[tuple[float, str]] = []
        self.held_by = {loan.item: (loan.patron, loan.due or scenery.ils.due) for loan in scenery.loans}
        self._wall = wall
        self._patrons = {patron.id: patron for patron in scenery.patrons}
        self._items = {item.barcode: item for item in scenery.items}
        self._links: dict[int, _Link] = {}
        self._agenda = Agenda()
        self._plugged = True

    # --- the device -----------------------------------------------------------------------------------

    @property
    def reachable(self) -> bool:
        """False while it is unplugged."""
        return self._plugged

    def opened(self, link: int, now: float) -> None:
        """A kiosk connected."""
        del now
        self._links[link] = _Link()

    def closed(self, link: int, now: float) -> None:
        """A kiosk is gone; what it asked for stays done."""
        del now
        self._links.pop(link, None)
        self._agenda.forget(link)

    def received(self, link: int, data: bytes, now: float) -> None:
        """Bytes from a kiosk."""
        if link not in self._links:
            return
        state = self._links[link]
        state.kept += data
        while sip.CR in state.kept:
            frame, _, state.kept = state.kept.partition(sip.CR)
            frame = frame.lstrip(b"\n")
            if frame:
                self._message(link, state, frame, now)
            if self._links.get(link) is not state:
                return
        if len(state.kept) > LONGEST:
            self._complain("no end of frame", now)
            self._drop(link, now)

    def due(self) -> float | None:
        """When the next answer leaves, or a late execution happens."""
        return self._agenda.due()

    def take(self, now: float) -> list[Out]:
        """Play on until `now`, and hand over what leaves."""
        return self._agenda.take(now)

    # --- steering -------------------------------------------------------------------------------------

    def unplug(self, now: float) -> None:
        """Take it off the network: links drop, answers are lost, what was executed stays."""
        self._plugged = False
        self._agenda.clear()
        for link in self._links:
            self._agenda.plan(now, Hangup(link))
        self._links.clear()

    def plug(self, now: float) -> None:
        """Put it back."""
        del now
        self._plugged = True

    # --- one message ------------------------------------------------------------------------------------

    def _message(self, link: int, state: _Link, frame: bytes, now: float) -> None:
        record = MessageRecord(now, frame.decode(self.scenery.ils.charset, errors="replace"))
        self.messages.append(record)
        try:
            request = sip.parse(frame, self.scenery.ils.charset)
            if request is not None:
                _check_sequence(state, frame, request)
        except sip.BadChecksumError:
            self._complain(f"{sip.code_of(frame)}: bad checksum", now)
            self._plan(link, state, record, sip.resend_please(), now, None)
            return
        except sip.MalformedError as error:
            self._complain(str(error), now)
            self._drop(link, now)
            return
        if request is None:
            return
        self.on_message(request.code, request.get("AB"), now)
        if self._links.get(link) is not state:
            return
        fault = self.faults.meet(request.code)
        if fault is not None and not fault.execute:
            if fault.kind == "hang-up":
                self._drop(link, now)
            return
        seconds, late = self.faults.delay(request.code)
        at = now + self.scenery.ils.answer_seconds + seconds
        if late:
            self._agenda.plan(at, lambda t: self._serve(link, state, record, request, frame, t, t, fault))
        else:
            self._serve(link, state, record, request, frame, now, at, fault)

    def _serve(
        self,
        link: int,
        state: _Link,
        record: MessageRecord,
        request: sip.Request,
        frame: bytes,
        now: float,
        at: float,
        fault: Fault | None,
    ) -> None:
        """Execute one request at `now`; its answer leaves at `at`, unless the fault forbids it."""
        manners = self.scenery.ils
        repeated = request.checked and frame == state.last_frame
        if request.code == "97" or (repeated and manners.replays):
            answer = state.last_reply
        elif request.code != "93" and manners.login is not None and state.user is None:
            self._complain(f"{request.code}: before login", now)
            self._drop(link, now)
            return
        else:
            fixed, fields = self._execute(state, request, now)
            answer = sip.reply(fixed, fields, request.sequence, manners.charset, checked=request.checked)
            state.last_reply, state.last_frame = answer, frame
        if not answer or self._links.get(link) is not state:
            return
        self._plan(link, state, record, answer, at, fault)

    def _plan(
        self, link: int, state: _Link, record: MessageRecord, answer: bytes, at: float, fault: Fault | None
    ) -> None:
        """Let an answer leave, after those that were asked for before."""
        if fault is not None and fault.kind == "silent":
            return
        if fault is not None and fault.kind == "hang-up":
            self._drop(link, at)
            return
        sent = spoil(answer, fault.how) if fault is not None else answer
        state.leaves = max(state.leaves, at)
        record.response = sent.rstrip(b"\r").decode(self.scenery.ils.charset, errors="replace")
        record.answered = state.leaves
        self._agenda.plan(state.leaves, Send(link, sent))

    def _drop(self, link: int, at: float) -> None:
        self._links.pop(link, None)
        self._agenda.forget(link)
        self._agenda.plan(at, Hangup(link))

    def _complain(self, text: str, now: float) -> None:
        self.complaints.append((now, text))

    # --- what the messages do ---------------------------------------------------------------------------

    def _execute(self, state: _Link, request: sip.Request, now: float) -> Answer:
        """Do what is asked: code and fixed fields of the answer, and its variable fields."""
        serve = {
            "93": self._login,
            "99": self._status,
            "23": self._patron_status,
            "63": self._patron_information,
            "11": self._checkout,
            "17": self._item_information,
            "35": self._end_session,
        }[request.code]
        return serve(state, request, now)

    def _login(self, state: _Link, request: sip.Request, now: float) -> Answer:
        del now
        user = (request.get("CN"), request.get("CO"))
        right = self.scenery.ils.login in {None, user}
        state.user = user[0] if right else None
        return ("941" if right else "940"), []

    def _status(self, state: _Link, request: sip.Request, now: float) -> Answer:
        del state, request, now
        manners = self.scenery.ils
        # on-line, no checkin yet, checkout, renewal policy, no status update, no off-line
        fixed = f"98YNYYNN{manners.timeout}{manners.retries}{self._date('0' * 8 + ' ' * 4 + '0' * 6)}2.00"
        return fixed, [("AO", manners.institution), ("AM", manners.library), ("BX", SUPPORTED)]

    def _patron_status(self, state: _Link, request: sip.Request, now: float) -> Answer:
        del state, now
        flags, fields = self._about(request)
        _, date = request.fixed
        return f"24{flags}{self._language(request)}{self._date(date)}", fields

    def _patron_information(self, state: _Link, request: sip.Request, now: float) -> Answer:
        del state, now
        flags, fields = self._about(request)
        _, date, summary = request.fixed
        charged = self._charged(request.get("AA"))
        counts = f"00000000{len(charged):04d}000000000000"
        if summary.count("Y") == 1 and summary[CHARGED_LIST] == "Y":
            first, last = request.get("BP"), request.get("BQ")
            window = slice(
                max(int(first), 1) - 1 if first.isdecimal() else 0, int(last) if last.isdecimal() else None
            )
            fields += [("AU", item) for item in charged[window]]
        return f"64{flags}{self._language(request)}{self._date(date)}{counts}", fields

    def _about(self, request: sip.Request) -> Answer:
        """What 24 and 64 share: the 14 flags, and who the patron is."""
        manners = self.scenery.ils
        patron = self._patrons.get(request.get("AA"))
        fields = [("AO", manners.institution), ("AA", request.get("AA"))]
        if patron is None:
            return "YYYY" + " " * 10, [*fields, ("AE", ""), ("BL", "N"), ("AF", "Invalid cardnumber")]
        right = not patron.pin or request.get("AD") == patron.pin
        flags = "".join("Y" if flag in patron.blocked else " " for flag in STATUS_FLAGS)
        messages = [("AF", text) for text in (manners.greeting, patron.message) if text]
        known = [("AE", patron.name), ("BL", "Y"), ("CQ", "Y" if right else "N")]
        return flags, [*fields, *known, *messages]

    def _checkout(self, state: _Link, request: sip.Request, now: float) -> Answer:
        del state
        manners = self.scenery.ils
        who, what = request.get("AA"), request.get("AB")
        item = self._items.get(what)
        fields = [("AO", manners.institution), ("AA", who), ("AB", what), ("AJ", item.title if item else "")]
        date = self._date(request.fixed[2])
        refusal = self._refusal(who, item, what)
        if refusal or item is None:
            return f"120NUN{date}", [*fields, ("AH", ""), ("AF", refusal)]
        renewal = self.held_by.get(what, ("", ""))[0] == who
        due = manners.renewed_due if renewal else item.due or manners.due
        self.held_by[what] = (who, due)
        self.loans.append(LoanRecord(now, who, what, renewal, due))
        if not renewal:
            self.on_loan(what, now)
        flags = f"{'Y' if renewal else 'N'}N{'Y' if item.desensitise else 'N'}"
        return f"121{flags}{date}", [*fields, ("AH", due)]

    def _refusal(self, who: str, item: Item | None, what: str) -> str:
        """Why this loan is refused; "" if it is not."""
        patron = self._patrons.get(who)
        holder = self.held_by.get(what, ("", ""))[0]
        if patron is None:
            return "Invalid patron"
        if item is None:
            return "Invalid item"
        if "charge denied" in patron.blocked:
            return patron.message or "Patron Blocked"
        if item.refusal:
            return item.refusal
        if item.held_for not in {"", who}:
            return "Item is on hold shelf for another patron."
        if holder not in {"", who}:
            return "Item is checked out to another patron."
        if not holder and len(self._charged(who)) >= patron.max_loans:
            return "Item cannot be issued: TOO_MANY"
        return ""

    def _item_information(self, state: _Link, request: sip.Request, now: float) -> Answer:
        del state, now
        what = request.get("AB")
        item = self._items.get(what)
        date = self._date(request.fixed[0])
        if item is None:
            return f"18010001{date}", [("AB", what), ("AJ", ""), ("AF", "Invalid item")]
        holder, due = self.held_by.get(what, ("", ""))
        status = "04" if holder else "08" if item.held_for else item.circulation
        fields = [("AB", what), ("AJ", item.title)]
        if due:
            fields.insert(0, ("AH", due))
        if item.author:
            fields.append(("EA", item.author))
        return f"18{status}0001{date}", [*fields, ("AQ", self.scenery.ils.institution)]

    def _end_session(self, state: _Link, request: sip.Request, now: float) -> Answer:
        del state, now
        fields = [("AO", self.scenery.ils.institution), ("AA", request.get("AA"))]
        return f"36Y{self._date(request.fixed[0])}", fields

    # --- small matters ------------------------------------------------------------------------------------

    def _charged(self, who: str) -> list[str]:
        return [item for item, (holder, _) in self.held_by.items() if holder == who]

    def _language(self, request: sip.Request) -> str:
        """The patron's own language wins, as on real servers."""
        patron = self._patrons.get(request.get("AA"))
        return patron.language if patron is not None else request.fixed[0]

    def _date(self, asked: str) -> str:
        """The transaction date of an answer, 18 characters, local time."""
        if self._wall is None:
            return asked
        return datetime.fromtimestamp(self._wall(), UTC).astimezone().strftime("%Y%m%d    %H%M%S")


def _check_sequence(state: _Link, frame: bytes, request: sip.Request) -> None:
    """The digit goes up by one with each new message; a repeated message keeps its own.

    Raises:
        MalformedError: it does not.
    """
    digit = request.sequence
    if digit is None:
        return
    last = state.last_sequence
    if last is not None and digit != str((int(last) + 1) % 10) and frame != state.last_frame:
        raise sip.MalformedError(f"{request.code}: AY{digit} after AY{last}")
    state.last_sequence = digit
