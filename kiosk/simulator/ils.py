"""A simulated ILS: a SIP2 ACS with patrons, items, loans, holds and fees, as real ones behave.

It does what the document says and what was seen on real servers where those differ: an item that its
patron already has is renewed without a word when it is asked for again, the PIN is not looked at on a
loan or a payment, and a message that comes twice is executed twice (unless the scenery says otherwise).
It answers what it can understand; how that breaks the document is written down all the same, so that
nobody's client is found right because its ILS was kind. All of that is one make of ILS; it can be others
(`personality.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from kiosk.simulator import sip
from kiosk.simulator.accounts import ChargeRecord, PaymentRecord
from kiosk.simulator.answers import Answer, Answers, LineDropped
from kiosk.simulator.device import Agenda, Fault, Faults, Hangup, Out, Send
from kiosk.simulator.holds import HoldRecord
from kiosk.simulator.lending import Lending, LoanRecord, RenewalRecord, ReturnRecord
from kiosk.simulator.makes import make_of
from kiosk.simulator.mishaps import LIE, STORM, TWICE, UNASKED, Pieces, mishap
from kiosk.simulator.prompts import LOGIN, Prompts
from kiosk.simulator.scenery import Scenery

LONGEST = 4096
"""Bytes without a CR after which a link is dropped."""

REVIVAL = 5.0
"""Seconds until a server is back that one message took down."""


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
    last_heard: bytes = b""
    last_frame: bytes = b""
    last_reply: bytes = b""
    leaves: float = float("-inf")
    prompts: Prompts | None = None
    kept_back: tuple[MessageRecord, bytes] | None = None


class _Heard(NamedTuple):
    """One request with all that is needed to execute it, now or later."""

    link: int
    state: _Link
    record: MessageRecord
    request: sip.Request
    frame: bytes
    fault: Fault | None


class SimIls:
    """The ILS. `Device` says how it is driven.

    `wall` gives seconds since 1970 for the dates of its answers; without it they repeat the date of the
    request. `on_message(code, item, at)` is called before a message is executed, `on_loan(item, at)`
    when a loan was (not for renewals), `on_return`, `on_renewal`, `on_hold(item, at)` and `on_payment(patron,
    at)` when those were, all before the answer leaves.
    """

    def __init__(self, scenery: Scenery, wall: Callable[[], float] | None = None) -> None:
        """Raises:
        ValueError: the scenery asks for a make that there is not.
        """
        self.scenery = scenery
        self.make = make_of(scenery.ils.personality)
        self.on_message: Callable[[str, str, float], None] = lambda code, item, at: None
        self.on_loan: Callable[[str, float], None] = lambda item, at: None
        self.on_return: Callable[[str, float], None] = lambda item, at: None
        self.on_renewal: Callable[[str, float], None] = lambda item, at: None
        self.on_hold: Callable[[str, float], None] = lambda item, at: None
        self.on_payment: Callable[[str, float], None] = lambda patron, at: None
        self.faults = Faults()
        self.reachable = True
        """False while it is unplugged, and until it is back from a restart."""
        self.lending = Lending(scenery)
        self._answers = Answers(scenery, self.make, self.lending, self._executed, wall)
        strict, make = scenery.ils.strict, self.make
        self._refuses = sip.ALL_FLAWS if strict else make.refuses
        self._sequence = "drop" if strict and make.sequence == "any" else make.sequence
        self._status_first = make.status_first and not strict
        self._odd = make.unserved | make.crashes
        self.messages: list[MessageRecord] = []
        self.complaints: list[tuple[float, str]] = []
        """What it could not do, or did and should not have been asked like that."""
        self.deviations: list[tuple[float, str]] = []
        """Those of them that are the other side's fault, for what it sent: answered or not."""
        self._links: dict[int, _Link] = {}
        self._agenda = Agenda()
        self._late: deque[_Heard] = deque()
        self._plugged = True
        self._back_at: float | None = None
        self._finishes = False

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
    def holds(self) -> list[HoldRecord]:
        """The holds that were placed, deleted or changed."""
        return self.lending.holds.records

    @property
    def payments(self) -> list[PaymentRecord]:
        """The payments that were booked, each time that one was."""
        return self.lending.accounts.payments

    @property
    def charges(self) -> list[ChargeRecord]:
        """The fees of loans that were put on accounts."""
        return self.lending.accounts.charges

    @property
    def held_by(self) -> dict[str, tuple[str, str]]:
        """Item -> (patron, due date), for what is on loan now."""
        return self.lending.held_by

    # --- the device -----------------------------------------------------------------------------------

    def opened(self, link: int, now: float) -> None:
        """A kiosk connected."""
        manners = self.scenery.ils
        if 0 < manners.connections <= len(self._links):
            self._agenda.plan(now, Hangup(link))
            return
        self._links[link] = state = _Link()
        if manners.telnet:
            state.prompts = Prompts(manners.login)
            self._agenda.plan(now, Send(link, LOGIN))

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
        if self.make.whole:
            data = data.partition(sip.CR)[0] + sip.CR
        state.kept += data
        while sip.CR in state.kept:
            frame, _, state.kept = state.kept.partition(sip.CR)
            if self.make.skips_lf:
                frame = frame.lstrip(b"\n")
            if state.prompts is not None:
                self._at_prompt(link, state, state.prompts, frame, now)
            elif frame:
                self._message(link, state, frame, now)
            if self._links.get(link) is not state:
                return
        if len(state.kept) > LONGEST:
            self._deviates("no end of frame", now)
            self._drop(link, now)

    def due(self) -> float | None:
        """When the next answer leaves, a late execution happens, or it is back after a restart."""
        due = self._agenda.next
        if self._back_at is None:
            return due
        return self._back_at if due is None else min(due, self._back_at)

    def take(self, now: float) -> list[Out]:
        """Play on until `now`, and hand over what leaves."""
        if self._back_at is not None and self._back_at <= now:
            self._back_at = None
            self.reachable = self._plugged
        return self._agenda.take(now)

    # --- steering -------------------------------------------------------------------------------------

    def unplug(self, now: float) -> None:
        """Take it off the network: links drop, answers are lost, what was executed stays."""
        self._plugged = self.reachable = False
        self._late.clear()
        self._drop_all(now)

    def plug(self, now: float) -> None:
        """Put it back."""
        del now
        self._plugged = True
        self.reachable = self._back_at is None

    def restart(self, now: float, seconds: float, *, execute: bool) -> None:
        """Start again: links drop, answers are lost, and connects are refused for `seconds`.

        What was executed stays. What it had heard and not executed yet (the message at whose coming this
        happens, those that wait to be executed late) is executed before it goes down, or never.
        """
        late = list(self._late)
        self._late.clear()
        self._drop_all(now)
        self._back_at = now + seconds
        self.reachable = False
        self._finishes = execute
        if execute:
            for heard in late:
                self._serve(heard, now, now)

    # --- one message ------------------------------------------------------------------------------------

    def _message(self, link: int, state: _Link, frame: bytes, now: float) -> None:
        manners = self.scenery.ils
        record = MessageRecord(now, frame.decode(manners.charset, errors="replace"))
        self.messages.append(record)
        if not manners.error_detection:
            frame = sip.without_trailer(frame)
        try:
            request = sip.parse(frame, manners.charset)
        except sip.BadChecksumError:
            self._deviates(f"{sip.code_of(frame)}: bad checksum", now)
            self._plan(link, state, record, sip.resend_please(), now, None)
            return
        except sip.MalformedError as error:
            self._deviates(str(error), now)
            self._reject(link, state, record, str(error), self.make.malformed, now)
            return
        if request is not None and not self._takes(link, state, record, request, frame, now):
            return
        if request is None or request.code in self._odd:
            self._unserved(link, state, record, request, now)
            return
        self._finishes = False
        self.on_message(request.code, request.get("AB"), now)
        if self._links.get(link) is not state:
            if self._finishes:
                self._serve(_Heard(link, state, record, request, frame, None), now, now)
            return
        fault = self.faults.meet(request.code)
        if fault is not None and not fault.execute and fault.kind not in {STORM, LIE}:
            if fault.kind == "hang-up":
                self._drop(link, now)
            return
        seconds, late = self.faults.delay(request.code)
        at = now + manners.answer_seconds + seconds
        heard = _Heard(link, state, record, request, frame, fault)
        if fault is not None and fault.kind == STORM:
            self._plan(link, state, record, sip.resend_please(checked=request.checked), at, None)
        elif fault is not None and fault.kind == LIE and (request.code == "99" or fault.how == UNASKED):
            answer = self._answer(heard, self._answers.lie(fault.how))
            self._plan(link, state, record, answer, at, None)
        elif late:
            self._late.append(heard)
            self._agenda.plan(at, lambda t: self._serve_late(heard, t))
        else:
            self._serve(heard, now, at)

    def _takes(
        self,
        link: int,
        state: _Link,
        record: MessageRecord,
        request: sip.Request,
        frame: bytes,
        now: float,
    ) -> bool:
        """Whether a request is answered, however it breaks the document; that is written down."""
        for _, why in request.flaws:
            self._deviates(why, now)
        refused = next((why for flaw, why in request.flaws if flaw in self._refuses), "")
        if refused:
            self._reject(link, state, record, refused, self.make.malformed, now)
            return False
        misstep = _misstep(state, frame, request)
        if misstep:
            self._deviates(misstep, now)
            if self._sequence != "any":
                self._reject(link, state, record, misstep, self._sequence, now)
                return False
        if request.sequence is not None:
            state.last_sequence, state.last_heard = request.sequence, frame
        return True

    def _at_prompt(self, link: int, state: _Link, prompts: Prompts, line: bytes, now: float) -> None:
        """A line of the login before SIP2."""
        said = prompts.answer(line)
        self._agenda.plan(now, Send(link, said))
        if prompts.user is not None:
            state.user, state.prompts = prompts.user, None
        elif prompts.over:
            self._links.pop(link)
            self._agenda.plan(now, Hangup(link))

    def _unserved(
        self, link: int, state: _Link, record: MessageRecord, request: sip.Request | None, now: float
    ) -> None:
        """What comes of a message that this make does not serve."""
        if request is not None and request.code in self.make.crashes:
            self._complain(f"{request.code}: the server falls over it", now)
            self.restart(now, REVIVAL, execute=False)
        elif self.make.unknown == "96-bare":
            self._plan(link, state, record, sip.resend_please(checked=False), now, None)
        elif self.make.unknown != "silent":
            why = f"{record.request[:2]}: not served"
            self._complain(why, now)
            self._reject(link, state, record, why, self.make.unknown, now)

    def _reject(self, link: int, state: _Link, record: MessageRecord, why: str, how: str, now: float) -> None:
        """What is not taken is asked for again, answered by `why` in words, or ends the line."""
        if how == "96":
            self._plan(link, state, record, sip.resend_please(), now, None)
        elif how == "words":
            words = f"Problems with the request: {why}".encode(self.scenery.ils.charset, errors="replace")
            self._plan(link, state, record, words + sip.CR, now, None)
        else:
            self._drop(link, now)

    def _serve_late(self, heard: _Heard, at: float) -> None:
        if heard in self._late:
            self._late.remove(heard)
            self._serve(heard, at, at)

    def _serve(self, heard: _Heard, now: float, at: float) -> None:
        """Execute one request at `now`; its answer leaves at `at`, unless its fault forbids it."""
        link, state, record, request, frame, fault = heard
        manners = self.scenery.ils
        if request.code == "97" or (manners.replays and request.checked and frame == state.last_frame):
            answer = state.last_reply
            if request.code == "97" and self.make.open_repeats:
                answer = answer.rstrip(sip.CR)
        elif request.code == "93":
            answer = self._answer(heard, self._login(state, request))
        elif manners.login is not None and state.user is None:
            self._deviates(f"{request.code}: before login", now)
            if request.code != "99" or not self._status_first:
                self._drop(link, now)
                return
            answer = self._answer(heard, self._answers.stranger_status(request, now))
        else:
            try:
                answer = self._answer(heard, self._answers.to(request, now))
            except LineDropped as error:
                self._complain(str(error), now)
                self._drop(link, at)
                return
        if answer and self._links.get(link) is state:
            self._plan(link, state, record, answer, at, fault)
            if request.code == "93" and state.user is None and self.make.closes_on_bad_login:
                self._links.pop(link)
                self._agenda.plan(state.leaves, Hangup(link))

    def _answer(self, heard: _Heard, answer: Answer) -> bytes:
        """An answer as bytes, kept for those who ask for it again."""
        request, state, (fixed, fields) = heard.request, heard.state, answer
        tails, charset = self.make.tails, self.scenery.ils.charset
        tail = tails.get(fixed[:2], "") if tails else ""
        reply = sip.reply(fixed, fields, request.sequence, charset, checked=request.checked, tail=tail)
        if self.make.thin_checksums:
            reply = sip.without_zeros(reply)
        state.last_reply, state.last_frame = reply, heard.frame
        return reply

    def _login(self, state: _Link, request: sip.Request) -> Answer:
        user = (request.get("CN"), request.get("CO"))
        right = self.scenery.ils.login in {None, user}
        state.user = user[0] if right else None
        return ("941" if right else "940"), []

    def _plan(
        self, link: int, state: _Link, record: MessageRecord, answer: bytes, at: float, fault: Fault | None
    ) -> None:
        """Let an answer leave, after those that were asked for before."""
        if fault is not None and fault.kind in {"silent", "hang-up"}:
            if fault.kind == "hang-up":
                self._drop(link, at)
            return
        if self.make.end != sip.CR:
            answer = answer[:-1] + self.make.end
        if fault is None and state.kept_back is None:
            state.leaves = record.answered = max(state.leaves, at)
            record.response = answer.rstrip(b"\r\n").decode(self.scenery.ils.charset, errors="replace")
            self._agenda.plan(state.leaves, Send(link, answer))
            return
        state.leaves = max(state.leaves, at)
        pieces, kept = mishap(answer, fault)
        if state.kept_back is not None:
            earlier, its_answer = state.kept_back
            self._leave(link, state, earlier, [(0.0, its_answer)])
        state.kept_back = (record, kept) if kept else None
        if pieces:
            self._leave(link, state, record, pieces)
        if fault is not None and fault.kind == TWICE:
            record.response = _text(answer, self.scenery.ils.charset)

    def _leave(self, link: int, state: _Link, record: MessageRecord, pieces: Pieces) -> None:
        """Plan the pieces of an answer, and write down what it was."""
        whole = b""
        for seconds, piece in pieces:
            state.leaves += seconds
            whole += piece
            self._agenda.plan(state.leaves, Send(link, piece))
        record.response = _text(whole, self.scenery.ils.charset)
        record.answered = state.leaves

    def _drop_all(self, now: float) -> None:
        self._agenda.clear()
        for link in self._links:
            self._agenda.plan(now, Hangup(link))
        self._links.clear()

    def _drop(self, link: int, at: float) -> None:
        self._links.pop(link, None)
        self._agenda.forget(link)
        self._agenda.plan(at, Hangup(link))

    def _executed(self, kind: str, what: str, at: float) -> None:
        hooks = {
            "loan": self.on_loan,
            "return": self.on_return,
            "renewal": self.on_renewal,
            "hold": self.on_hold,
            "payment": self.on_payment,
        }
        hooks[kind](what, at)

    def _complain(self, text: str, now: float) -> None:
        self.complaints.append((now, text))

    def _deviates(self, text: str, now: float) -> None:
        self.deviations.append((now, text))
        self._complain(text, now)


def _text(answer: bytes, charset: str) -> str:
    """An answer as a record has it."""
    return answer.rstrip(b"\r\n").decode(charset, errors="replace")


def _misstep(state: _Link, frame: bytes, request: sip.Request) -> str:
    """How the digit breaks the rule, "" if it does not: it goes up by one with each new message, and a
    repeated message keeps its own."""
    digit, last = request.sequence, state.last_sequence
    if digit is None or last is None or frame == state.last_heard or digit == str((int(last) + 1) % 10):
        return ""
    return f"{request.code}: AY{digit} after AY{last}"
