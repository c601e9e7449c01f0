"""A simulated receipt printer: ESC/POS over TCP, paper that comes out in time, status as documented.

Status bytes are those of Epson's command reference (DLE EOT, GS a, GS r, GS I, GS ( H). Out of paper or
with its cover open it stops in the middle, goes off-line, keeps what it has and goes on when it can;
without power it forgets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.simulator import escpos
from kiosk.simulator.device import Agenda, Fault, Faults, Hangup, Out, Send, spoil
from kiosk.simulator.roll import DOTS_PER_MM, Roll
from kiosk.simulator.scenery import PrinterManners

# --- DLE EOT n ----------------------------------------------------------------------------------------
FIXED = 0x12
"""Bits 1 and 4 are always on in each of the four answers, bits 0 and 7 off: so they are told from ASB."""
OFFLINE = 0x08
"""n = 1, bit 3."""
COVER_OPEN, PAPER_STOP, ERROR = 0x04, 0x20, 0x40
"""n = 2: bits 2, 5 and 6."""
CUTTER_ERROR = 0x08
"""n = 3, bit 3."""
NEAR_END, PAPER_END = 0x0C, 0x60
"""n = 4: bits 2-3 and 5-6. A roll that has ended is near its end, too."""

# --- GS a: automatic status back, four bytes ---------------------------------------------------------
ASB_FIXED, ASB_OFFLINE, ASB_COVER = 0x10, 0x08, 0x20
"""First byte."""
ASB_CUTTER = 0x08
"""Second byte."""
ASB_NEAR_END, ASB_PAPER_END = 0x03, 0x0C
"""Third byte; the same bits answer GS r 1."""
ASB_WATCHES = ((0x02, 0, 0xFF), (0x04, 1, 0xFF), (0x08, 2, 0xFF))
"""Which bit of GS a watches which byte: on-line, errors, paper sensors (bit 0 is the drawer's)."""

# --- GS I, GS ( H -------------------------------------------------------------------------------------
IDENTITY = {1: b"\x20", 2: b"\x02", 3: b"\x01", 49: b"\x20", 50: b"\x02", 51: b"\x01"}
"""Model, type (bit 1: it has a cutter), firmware."""
NAMES = {65: b"1.00", 66: b"LANTERN", 67: b"SIM-80", 68: b"0000001"}
"""Sent as header 5F, text, NUL."""
PROCESS_ID = b"\x30\x30"
"""GS ( H, function 48: the four bytes after these two are sent back when all before was printed."""

CLEARED = b"\x37\x25\x00"
"""The answer to DLE DC4 8, clear buffers: header, identifier, NUL."""

SLACK = 1e-6
"""Seconds of rounding that must not hold back a row."""


@dataclass(slots=True)
class StatusRecord:
    """One question and its answer, as hex; `answer` None: it got none. An unasked answer has `request`
    `"ASB"`."""

    t: float
    request: str
    answer: str | None


class SimPrinter:
    """The printer. `Device` says how it is driven.

    `on_print(at)` is called when a piece of paper gets its first dots, `on_cut(at)` when it is cut.
    """

    def __init__(self, manners: PrinterManners | None = None) -> None:
        self.manners = manners or PrinterManners()
        self.faults = Faults()
        self.roll = Roll(self.manners.width, round(self.manners.cutter_mm * DOTS_PER_MM))
        self.cover_open = False
        self.cutter_jammed = False
        self.statuses: list[StatusRecord] = []
        self.complaints: list[tuple[float, str]] = []
        self.on_print: Callable[[float], None] = lambda at: None
        self.on_cut: Callable[[float], None] = lambda at: None
        self._links: dict[int, tuple[escpos.RealTime, escpos.Decoder]] = {}
        self._watched: dict[int, int] = {}
        self._queue: deque[tuple[int, escpos.Op]] = deque()
        self._agenda = Agenda()
        self._free = float("-inf")
        self._stuck = False
        self._plugged = True
        self._playing = False

    # --- the device -------------------------------------------------------------------------------------

    @property
    def reachable(self) -> bool:
        """False while it has no power."""
        return self._plugged

    @property
    def offline(self) -> bool:
        """Whether it cannot print now."""
        return self.cover_open or self.roll.ended or self._stuck

    @property
    def printing(self) -> bool:
        """Whether something waits to be printed."""
        return bool(self._queue)

    def opened(self, link: int, now: float) -> None:
        """A host connected."""
        del now
        self._links[link] = escpos.RealTime(), escpos.Decoder(self.manners.width)

    def received(self, link: int, data: bytes, now: float) -> None:
        """Bytes from a host."""
        if link not in self._links:
            return
        self.play(now)
        real_time, decoder = self._links[link]
        done = 0
        for command, end in real_time.feed(data):
            if command == escpos.CLEAR:
                self._queue.clear()
                decoder.forget()
                done = end
            self._at_once(link, command, now)
            if link not in self._links:
                return
        data = data[done:]
        if not self._queue:
            self._free = max(self._free, now)
        for op in decoder.feed(data):
            if isinstance(op, escpos.Complaint):
                self.complaints.append((now, op.text))
            elif self._heeds(link, op, now):
                self._queue.append((link, op))
            if link not in self._links:
                break
        self.play(now)

    def closed(self, link: int, now: float) -> None:
        """A host is gone; what came whole is still printed."""
        self.play(now)
        self._links.pop(link, None)
        self._watched.pop(link, None)
        self._agenda.forget(link)

    def due(self) -> float | None:
        """When the next answer leaves, or the mechanism comes to the next command."""
        instants = [self._agenda.next]
        if self._queue and not self.offline:
            instants.append(self._done(self._queue[0][1]))
        return min((at for at in instants if at is not None), default=None)

    def take(self, now: float) -> list[Out]:
        """Play on until `now`, and hand over what leaves."""
        self.play(now)
        return self._agenda.take(now)

    # --- steering ---------------------------------------------------------------------------------------

    def unplug(self, now: float) -> None:
        """Cut its power: what it kept is lost, what is on the paper stays."""
        self.play(now)
        self._plugged = False
        self._queue.clear()
        self._agenda.clear()
        self._stuck = False
        for link in self._links:
            self._agenda.plan(now, Hangup(link))
        self._links.clear()
        self._watched.clear()

    def plug(self, now: float) -> None:
        """Give it power."""
        self._free = now
        self._plugged = True

    def put_paper(self, state: str, mm: float | None, now: float) -> None:
        """Make the roll `plenty`, `near-end` or `out`, with `mm` more to go (None: enough)."""
        self._change(lambda: self.roll.put_in(state, mm, now), now)

    def move_cover(self, now: float, *, is_open: bool) -> None:
        """Open or close the cover."""

        def move() -> None:
            self.cover_open = is_open

        self._change(move, now)

    def jam_cutter(self, now: float, *, jammed: bool) -> None:
        """Block the cutter (it notices at the next cut), or free it."""

        def jam() -> None:
            self.cutter_jammed = jammed
            self._stuck = self._stuck and jammed

        self._change(jam, now)

    def _change(self, act: Callable[[], None], now: float) -> None:
        """Do something that may change the status, and tell who watches."""
        self.play(now)
        before, was_offline = self._asb(), self.offline
        act()
        if was_offline and not self.offline:
            self._free = max(self._free, now)
        self._tell(before, now)
        self.play(now)

    # --- what is answered at once -----------------------------------------------------------------------

    def _at_once(self, link: int, command: bytes, now: float) -> None:
        if command == escpos.CLEAR:
            self._answer(link, "DLE DC4 8", command, CLEARED, now)
            return
        kind, n = command[1], command[2]
        if kind == escpos.ENQ:
            if n in {1, 2} and self._stuck:
                self._change(self._recover, now)
            return
        if n in {1, 2, 3, 4}:
            self._answer(link, f"DLE EOT {n}", command, bytes([self._status(n)]), now)
        else:
            self.complaints.append((now, f"DLE EOT {n}"))

    def _recover(self) -> None:
        self._stuck = self.cutter_jammed

    def _status(self, n: int) -> int:
        """The answer to DLE EOT n."""
        if n == 1:
            return FIXED | (OFFLINE if self.offline else 0)
        if n == 2:
            cause = COVER_OPEN if self.cover_open else 0
            cause |= PAPER_STOP if self.roll.ended else 0
            return FIXED | cause | (ERROR if self._stuck else 0)
        if n == 3:
            return FIXED | (CUTTER_ERROR if self._stuck else 0)
        near = self.roll.state != "plenty"
        return FIXED | (NEAR_END if near else 0) | (PAPER_END if self.roll.ended else 0)

    def _asb(self) -> bytes:
        first = ASB_FIXED | (ASB_OFFLINE if self.offline else 0) | (ASB_COVER if self.cover_open else 0)
        return bytes([first, ASB_CUTTER if self._stuck else 0, self._sensors(), 0])

    def _sensors(self) -> int:
        near = self.roll.state != "plenty"
        return (ASB_NEAR_END if near else 0) | (ASB_PAPER_END if self.roll.ended else 0)

    def _tell(self, before: bytes, at: float) -> None:
        """Send the automatic status to every host that watches what has changed."""
        after = self._asb()
        for link, mask in list(self._watched.items()):
            if any(mask & bit and (before[byte] ^ after[byte]) & which for bit, byte, which in ASB_WATCHES):
                self._answer(link, "ASB", b"", after, at)

    def _answer(self, link: int, name: str, request: bytes, answer: bytes, at: float) -> None:
        """Let an answer leave, unless a fault forbids it."""
        asked = request.hex().upper() or name
        fault = self.faults.meet(name)
        if fault is not None and fault.kind == "hang-up":
            self.statuses.append(StatusRecord(at, asked, None))
            self._drop(link, at)
            return
        if fault is not None and fault.kind == "silent":
            self.statuses.append(StatusRecord(at, asked, None))
            return
        if fault is not None:
            answer = spoil(answer, fault.how)
        seconds, _ = self.faults.delay(name)
        self.statuses.append(StatusRecord(at, asked, answer.hex().upper()))
        if link in self._links:
            self._agenda.plan(at + self.manners.answer_seconds + seconds, Send(link, answer))

    def _drop(self, link: int, at: float) -> None:
        self._links.pop(link, None)
        self._watched.pop(link, None)
        self._agenda.forget(link)
        self._agenda.plan(at, Hangup(link))

    def _heeds(self, link: int, op: escpos.Op, now: float) -> bool:
        """Whether print data is done at all: faults with the message `print` or `cut` meet it here."""
        name = {escpos.Rows: "print", escpos.Cut: "cut"}.get(type(op))
        if name is None or not any(each.message == name for each in self.faults.waiting):
            return True
        fault: Fault | None = self.faults.meet(name)
        if fault is None:
            return True
        if fault.kind == "hang-up":
            self._drop(link, now)
        return fault.execute

    # --- the mechanism ----------------------------------------------------------------------------------

    def play(self, now: float) -> None:
        """Print on until `now`."""
        if self._playing:
            return  # a trigger steers us in the middle of it
        self._playing = True
        try:
            while self._queue and not self.offline:
                link, op = self._queue[0]
                if isinstance(op, escpos.Rows):
                    if not self._rows(op, now):
                        return
                elif isinstance(op, escpos.Cut):
                    if not self._cut(op, now):
                        return
                else:
                    assert isinstance(op, escpos.Question)
                    if self._free > now + SLACK:
                        return
                    self._queue.popleft()
                    self._reply(link, op, self._free)
        finally:
            self._playing = False

    @property
    def _speed(self) -> float:
        """Rows a second."""
        return self.manners.mm_per_second * DOTS_PER_MM

    def _done(self, op: escpos.Op) -> float:
        """When the mechanism is through with the first thing in the queue, or out of paper."""
        if isinstance(op, escpos.Rows):
            return self._free + self.roll.room(op.count) / self._speed
        if isinstance(op, escpos.Cut):
            return self._free + self.manners.cut_seconds
        return self._free

    def _instead(self, *ops: escpos.Op) -> None:
        """Put these in the place of the first thing in the queue."""
        link, _ = self._queue.popleft()
        self._queue.extendleft((link, op) for op in reversed(ops))

    def _part(self, op: escpos.Rows, count: int) -> tuple[escpos.Rows, escpos.Rows]:
        """The first `count` rows, and the rest."""
        at = count * (self.manners.width // 8)
        return escpos.Rows(op.data[:at], count), escpos.Rows(op.data[at:], op.count - count)

    def _rows(self, op: escpos.Rows, now: float) -> bool:
        """Print rows of the first thing in the queue; True when it is done."""
        if not self.roll.begun and any(op.data):
            # The first dots of a piece are an instant of their own: triggers wait for it.
            ink = len(op.data) - len(op.data.lstrip(b"\0"))
            first = ink // (self.manners.width // 8) + 1
            if first < op.count:
                self._instead(*self._part(op, first))
                return True
        count = min(self.roll.room(op.count), int((now - self._free + SLACK) * self._speed))
        if count <= 0:
            return False
        before = self._asb()
        self._free += count / self._speed
        printed, left = self._part(op, count)
        if left.count:
            self._instead(left)
        else:
            self._queue.popleft()
        begins = self.roll.print(printed.data, self._free)
        self._tell(before, self._free)
        if begins:
            self.on_print(self._free)
        return not left.count

    def _cut(self, op: escpos.Cut, now: float) -> bool:
        """Feed, then cut; True when it is done."""
        if op.feed is not None:
            # The feed is a matter of rows like any other, and may find the end of the roll.
            rows = self.roll.behind + op.feed
            blank = escpos.Rows(bytes(rows * (self.manners.width // 8)), rows)
            self._instead(blank, replace(op, feed=None))
            return True
        at = self._free + self.manners.cut_seconds
        if at > now + SLACK:
            return False
        before = self._asb()
        self._free = at
        if self.cutter_jammed:
            self._stuck = True
            self._tell(before, at)
            return False
        self._queue.popleft()
        self.roll.cut(op.kind, at)
        self.on_cut(at)
        return True

    def _reply(self, link: int, question: escpos.Question, at: float) -> None:
        """Answer what is answered in its turn."""
        name, data = question.name, question.data
        asked = {"GS a": b"\x1da", "GS r": b"\x1dr", "GS I": b"\x1dI"}.get(name, b"\x1d(H") + data
        n = data[0] if data else 0
        if name == "GS a":
            if link in self._links:
                self._watched[link] = n
            if n:
                self._answer(link, name, asked, self._asb(), at)
        elif name == "GS r" and n in {1, 49}:
            self._answer(link, name, asked, bytes([self._sensors()]), at)
        elif name == "GS r" and n in {2, 50}:
            self._answer(link, name, asked, b"\x00", at)
        elif name == "GS I" and n in IDENTITY:
            self._answer(link, name, asked, IDENTITY[n], at)
        elif name == "GS I" and n in NAMES:
            self._answer(link, name, asked, b"\x5f" + NAMES[n] + b"\x00", at)
        elif name == "GS ( H" and data[:2] == PROCESS_ID and len(data) == 6:
            self._answer(link, name, asked, b"\x37\x22" + data[2:] + b"\x00", at)
        else:
            self.complaints.append((at, f"{name} {data.hex(' ')}"))
