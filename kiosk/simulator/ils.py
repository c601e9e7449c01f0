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
from kiosk.simulator.lending import ALERT_OTHER, Lending, LoanRecord, RenewalRecord, ReturnRecord
from kiosk.simulator.scenery import Scenery

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

SUPPORTED = "YYYNYYYYYNYNNNYN"
"""BX: 23, 11, 09, not 01, 99, 97, 93, 63, 35, not 37, 17, not 19, 25 and 15, 29, not 65."""

CHARGED_LIST = 2
"""Position of the charged items in a 63's summary."""

Answer = tuple[str, list[tuple[str, str]]]
"""Code and fixed fields of an answer, and its variable fields."""

LONGEST = 4096
"""Bytes without a CR after which a link is dropped."""


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
    when a loan was (not for renewals), `on_return` and `on_renewal` when those were, all before the answer
    leaves.
    """

    def __init__(self, scenery: Scenery, wall: Callable[[], float] | None = None) -> None:
        self.scenery = scenery
        self.on_message: Callable[[str, str, float], None] = lambda code, item, at: None
        self.on_loan: Callable[[str, float], None] = lambda item, at: None
        self.on_return: Callable[[str, float], None] = lambda item, at: None
        self.on_renewal: Callable[[str, float], None] = lambda item, at: None
        self.faults = Faults()
        self.lending = Lending(scenery)
        self.messages: list[MessageRecord] = []
        self.complaints: list[tuple[float, str]] = []
        self._wall = wall
        self._links: dict[int, _Link] = {}
        self._agenda = Agenda()
        self._plugged = True

    @property
    def loans(self) -> list[LoanRecord]:
        """The loans that were executed."""
        return self.lending.loans

    @property
    def returns(self) -> list[ReturnRecord]:
        """The returns that were executed."""
        return self.lending.returns

    @property
    def renewals(self) -> list[RenewalRecord]:
        """The renewals that were executed."""
        return self.lending.renewals

    @property
    def held_by(self) -> dict[str, tuple[str, str]]:
        """Item -> (patron, due date), for what is on loan now."""
        return self.lending.held_by

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
            "09": self._checkin,
            "29": self._renew,
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
        # on-line, checkin, checkout, renewal policy, no status update, no off-line
        fixed = f"98YYYYNN{manners.timeout}{manners.retries}{self._date('0' * 8 + ' ' * 4 + '0' * 6)}2.00"
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
        charged = self.lending.charged(request.get("AA"))
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
        patron = self.lending.patrons.get(request.get("AA"))
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
        who, what = request.get("AA"), request.get("AB")
        item = self.lending.items.get(what)
        fields = [("AO", self.scenery.ils.institution), ("AA", who), ("AB", what)]
        fields.append(("AJ", item.title if item else ""))
        date = self._date(request.fixed[2])
        refusal = self.lending.refusal(who, what)
        if refusal or item is None:
            return f"120NUN{date}", [*fields, ("AH", ""), ("AF", refusal)]
        loan = self.lending.lend(who, what, now)
        if not loan.renewal:
            self.on_loan(what, now)
        flags = f"{'Y' if loan.renewal else 'N'}N{'Y' if item.desensitise else 'N'}"
        return f"121{flags}{date}", [*fields, ("AH", loan.due)]

    def _checkin(self, state: _Link, request: sip.Request, now: float) -> Answer:
        """BI (cancel) is ignored, as the real servers do that were tried: a 09 is a return."""
        del state
        manners = self.scenery.ils
        what = request.get("AB")
        item = self.lending.items.get(what)
        date = self._date(request.fixed[1])
        if item is None:
            fields = [("AO", manners.institution), ("AB", what), ("AQ", manners.institution)]
            return f"100NUY{date}", [*fields, ("CV", ALERT_OTHER), ("AF", "Invalid item")]
        taken = self.lending.take_back(item, now)
        record = taken.record
        fields = [("AO", manners.institution), ("AB", what), ("AQ", item.home or manners.institution)]
        fields.append(("AJ", item.title))
        if item.bin:
            fields.append(("CL", item.bin))
        if record.patron is not None:
            fields.append(("AA", record.patron))
        if record.alert is not None:
            fields += [("CV", record.alert), ("CT", taken.destination)]
        if taken.held_for:
            # Whom it is kept for goes out too: that is what such servers tell, and nobody's business.
            fields.append(("CY", taken.held_for))
            patron = self.lending.patrons.get(taken.held_for)
            if patron is not None:
                fields.append(("DA", patron.name))
        if not record.was_on_loan:
            fields.append(("AF", "Item was not checked out."))
        self.on_return(what, now)
        resensitise = "Y" if record.ok and item.resensitise else "N"
        flags = f"{'1' if record.ok else '0'}{resensitise}N{'Y' if record.alert else 'N'}"
        return f"10{flags}{date}", fields

    def _renew(self, state: _Link, request: sip.Request, now: float) -> Answer:
        """One loan gets a new date; without AB it is named by its title (AJ)."""
        del state
        who, what = request.get("AA"), request.get("AB")
        if not what:
            titles = {self.lending.items[each].title: each for each in self.lending.charged(who)}
            what = titles.get(request.get("AJ"), "")
        item = self.lending.items.get(what)
        fields = [("AO", self.scenery.ils.institution), ("AA", who), ("AB", what)]
        fields.append(("AJ", item.title if item else request.get("AJ")))
        date = self._date(request.fixed[2])
        refusal = self.lending.renewal_refusal(who, what)
        if refusal or item is None:
            due = self.lending.due(what) if self.lending.holder(what) == who else ""
            return f"300NUN{date}", [*fields, ("AH", due), ("AF", refusal)]
        renewal = self.lending.renew(who, what, now)
        self.on_renewal(what, now)
        return f"301YN{'Y' if item.desensitise else 'N'}{date}", [*fields, ("AH", renewal.due)]

    def _item_information(self, state: _Link, request: sip.Request, now: float) -> Answer:
        del state, now
        what = request.get("AB")
        item = self.lending.items.get(what)
        date = self._date(request.fixed[0])
        if item is None:
            return f"18010001{date}", [("AB", what), ("AJ", ""), ("AF", "Invalid item")]
        due = self.lending.due(what)
        fields = [("AB", what), ("AJ", item.title)]
        if due:
            fields.insert(0, ("AH", due))
        if item.author:
            fields.append(("EA", item.author))
        home = item.home or self.scenery.ils.institution
        return f"18{self.lending.status(item)}0001{date}", [*fields, ("AQ", home)]

    def _end_session(self, state: _Link, request: sip.Request, now: float) -> Answer:
        del state, now
        fields = [("AO", self.scenery.ils.institution), ("AA", request.get("AA"))]
        return f"36Y{self._date(request.fixed[0])}", fields

    # --- small matters ------------------------------------------------------------------------------------

    def _language(self, request: sip.Request) -> str:
        """The patron's own language wins, as on real servers."""
        patron = self.lending.patrons.get(request.get("AA"))
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
