"""A simulated GPIO chip behind TCP: lines that are requested, driven, read and watched.

It speaks JSON, a line a message, with the stand-in modules of `gpio.py`; behind those it behaves as the
kernel's character device does: a line belongs to one request, a request belongs to the link that made
it, and a link that ends gives its lines back. Levels are those on the wire (0 or 1); active-low is
reckoned here, as in the kernel.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kiosk.simulator.device import Agenda, Faults, Hangup, Out, Send, spoil
from kiosk.simulator.scenery import ChipManners

PATHS = ("/dev/gpiochip0", "/dev/gpiochip1")
"""Where the chips are said to be. The one with the lines is the second: nobody may count on a number."""
EXPANDER = ("raspberrypi-exp-gpio", 8)
"""Label and lines of the first one; its lines belong to the firmware."""

LONGEST = 1 << 16
"""Bytes without a line end after which a link is dropped."""

Message = dict[str, Any]


class Refused(Exception):
    """The chip says no: an `errno` and a text."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number


@dataclass(slots=True)
class EdgeRecord:
    """One change of a line's level. `by`: the consumer that drove it, `requested`, `released`, `pressed`,
    `jammed`, `unjammed`, `tied` or `unplugged`."""

    t: float
    line: int
    level: int
    by: str


@dataclass(slots=True)
class _Request:
    """Lines that one consumer has."""

    id: int
    link: int
    consumer: str
    lines: list[int]
    listeners: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Line:
    """One line. `driven` is what the chip puts out (None: an input), `outside` what the other end holds it
    at (None: nothing), `pull` the bias, `rest` where it falls when nobody holds it."""

    request: _Request | None = None
    driven: int | None = None
    outside: int | None = None
    pull: int | None = None
    rest: int = 0
    jammed: int | None = None
    tied: tuple[int, bool] | None = None
    active_low: bool = False
    edge: str = "none"
    debounce: float = 0.0
    told: int = 0
    changes: int = 0
    events: int = 0
    busy: bool = False
    touched: bool = False
    level: int = 0


class SimChip:
    """The chip. `Device` says how it is driven. `on_edge(line, level, at)` hears every change."""

    def __init__(self, manners: ChipManners | None = None) -> None:
        self.manners = manners or ChipManners()
        self.faults = Faults()
        self.edges: list[EdgeRecord] = []
        self.on_edge: Callable[[int, int, float], None] = lambda line, level, at: None
        self._lines = [_Line() for _ in range(self.manners.lines)]
        self._links: dict[int, bytes] = {}
        self._requests: dict[int, _Request] = {}
        self._count = 0
        self._events = 0
        self._agenda = Agenda()
        self._plugged = True

    # --- the device -------------------------------------------------------------------------------------

    @property
    def reachable(self) -> bool:
        """False while it is unplugged."""
        return self._plugged

    def opened(self, link: int, now: float) -> None:
        """A stand-in connected."""
        del now
        self._links[link] = b""

    def received(self, link: int, data: bytes, now: float) -> None:
        """Bytes from a stand-in."""
        if link not in self._links:
            return
        *lines, kept = (self._links[link] + data).split(b"\n")
        self._links[link] = kept
        for line in lines:
            self._message(link, line, now)
            if link not in self._links:
                return
        if len(kept) > LONGEST:
            self._drop(link, now)

    def closed(self, link: int, now: float) -> None:
        """A stand-in is gone, or its program is: its lines are released."""
        self._agenda.forget(link)
        self._end(link, now, "released")

    def due(self) -> float | None:
        """When the next answer or event leaves."""
        return self._agenda.next

    def take(self, now: float) -> list[Out]:
        """Play on until `now`, and hand over what leaves."""
        return self._agenda.take(now)

    # --- steering ---------------------------------------------------------------------------------------

    def unplug(self, now: float) -> None:
        """Take the chip away: links drop, nothing is driven any more."""
        self._plugged = False
        self._agenda.clear()
        for link in list(self._links):
            self._agenda.plan(now, Hangup(link))
            self._end(link, now, "unplugged")

    def plug(self, now: float) -> None:
        """Put it back."""
        del now
        self._plugged = True

    def jam(self, line: int, level: int | None, now: float) -> None:
        """Hold a line at a level whatever drives it; None lets it go."""
        self._line(line).jammed = None if level is None else _bit(level)
        self._settle(line, "unjammed" if level is None else "jammed", now)

    def press(self, line: int, level: int | None, now: float) -> None:
        """Hold a line at a level from outside, as long as the chip does not drive it; None lets it go."""
        self._line(line).outside = None if level is None else _bit(level)
        self._settle(line, "pressed", now)

    def tie(self, line: int, to: int | None, now: float, *, inverted: bool = False) -> None:
        """Let an input follow another line, as a relay's second contact does; None unties it."""
        if to is not None and (to == line or self._line(to).tied is not None):
            raise ValueError(f"line {line} cannot follow line {to}")
        self._line(line).tied = None if to is None else (to, inverted)
        self._settle(line, "tied", now)

    def occupy(self, line: int, *, busy: bool) -> None:
        """Say that some other program has this line, or no longer has."""
        self._line(line).busy = busy

    def lines(self) -> list[dict[str, Any]]:
        """All lines that anything ever happened to."""
        return [
            {
                "line": number,
                "consumer": line.request.consumer if line.request else "",
                "direction": "input" if line.driven is None else "output",
                "level": line.level,
            }
            for number, line in enumerate(self._lines)
            if line.touched
        ]

    def _line(self, number: Any) -> _Line:
        """A line of this chip.

        Raises:
            ValueError: it has none of this number.
        """
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(self._lines):
            raise ValueError(f"there is no line {number!r}")
        line = self._lines[number]
        line.touched = True
        return line

    # --- messages ---------------------------------------------------------------------------------------

    def _message(self, link: int, text: bytes, now: float) -> None:
        asked: Any = None
        try:
            asked = json.loads(text)
            name = str(asked["op"])
            serve = {
                "info": self._info,
                "request": self._request,
                "set": self._set,
                "get": self._get,
                "edge": self._edge,
                "listen": self._listen,
                "release": self._release,
            }[name]
        except (ValueError, TypeError, KeyError):
            self._drop(link, now)
            return
        fault = self.faults.meet(name)
        if fault is not None and not fault.execute:
            if fault.kind == "hang-up":
                self._drop(link, now)
            return
        try:
            answer: Message = {"ok": True, **serve(link, asked, now)}
        except Refused as refusal:
            answer = {"ok": False, "errno": refusal.number, "error": str(refusal)}
        except (ValueError, TypeError, KeyError) as error:
            answer = {"ok": False, "errno": errno.EINVAL, "error": str(error)}
        if link not in self._links or (fault is not None and fault.kind == "silent"):
            return
        if fault is not None and fault.kind == "hang-up":
            self._drop(link, now)
            return
        data = json.dumps(answer).encode() + b"\n"
        if fault is not None:
            data = spoil(data, fault.how).rstrip(b"\n") + b"\n"
        seconds = self.manners.answer_seconds + self.faults.delay(name)[0]
        # No edge may leave before the answer that says that edges will come.
        self._agenda.plan(now if name == "listen" else now + seconds, Send(link, data))

    def _info(self, link: int, asked: Message, now: float) -> Message:
        """Name, label and lines of the chip at a path."""
        del link, now
        path = asked["path"]
        if path not in PATHS:
            raise Refused(errno.ENOENT, "No such file or directory")
        label, lines = EXPANDER if path == PATHS[0] else (self.manners.label, len(self._lines))
        return {"name": path.rpartition("/")[2], "label": label, "lines": lines}

    def _request(self, link: int, asked: Message, now: float) -> Message:
        """Take `lines`: each has `line`, `direction`, `value` (of an output), `active_low`, `bias`, `edge`
        and `debounce`."""
        if asked["path"] != PATHS[1]:
            raise Refused(errno.EBUSY, "Device or resource busy")
        wanted = [(each["line"], self._line(each["line"]), each) for each in asked["lines"]]
        if any(line.busy or line.request is not None for _, line, _ in wanted):
            raise Refused(errno.EBUSY, "Device or resource busy")
        self._count += 1
        numbers = [number for number, _, _ in wanted]
        request = _Request(self._count, link, str(asked.get("consumer") or "?"), numbers)
        self._requests[request.id] = request
        for number, line, each in wanted:
            line.request = request
            line.active_low = bool(each.get("active_low"))
            line.pull = {"pull-up": 1, "pull-down": 0}.get(each.get("bias", ""))
            line.debounce = float(each.get("debounce", 0.0))
            if each["direction"] == "output":
                line.rest = int(line.active_low)
                line.driven = _bit(each.get("value", 0)) ^ line.active_low
            self._settle(number, "requested", now)
            line.edge, line.told = str(each.get("edge", "none")), line.level
        return {"request": request.id}

    def _owned(self, link: int, asked: Message) -> _Request:
        request = self._requests.get(asked["request"])
        if request is None or request.link != link:
            raise Refused(errno.EBADF, "Bad file descriptor")
        return request

    def _set(self, link: int, asked: Message, now: float) -> Message:
        """`values`: line -> logical value."""
        request = self._owned(link, asked)
        values = {int(number): _bit(value) for number, value in asked["values"].items()}
        for number in values:
            if number not in request.lines:
                raise Refused(errno.EINVAL, "Invalid argument")
            if self._lines[number].driven is None:
                raise Refused(errno.EPERM, "Operation not permitted")
        for number, value in values.items():
            line = self._lines[number]
            line.driven = value ^ line.active_low
            self._settle(number, request.consumer, now)
        return {}

    def _get(self, link: int, asked: Message, now: float) -> Message:
        """`lines`: their logical values, as they are on the wire (of outputs, too)."""
        del now
        request = self._owned(link, asked)
        if not set(asked["lines"]) <= set(request.lines):
            raise Refused(errno.EINVAL, "Invalid argument")
        lines = {number: self._lines[number] for number in asked["lines"]}
        return {"values": {str(number): line.level ^ line.active_low for number, line in lines.items()}}

    def _edge(self, link: int, asked: Message, now: float) -> Message:
        """Change what edges of a `line` are told: `none`, `rising`, `falling`, `both`."""
        del now
        request = self._owned(link, asked)
        if asked["line"] not in request.lines:
            raise Refused(errno.EINVAL, "Invalid argument")
        line = self._lines[asked["line"]]
        line.edge, line.told = asked["edge"], line.level
        return {}

    def _listen(self, link: int, asked: Message, now: float) -> Message:
        """Send the edges of a request over this link."""
        del now
        if asked["request"] not in self._requests:
            raise Refused(errno.EBADF, "Bad file descriptor")
        self._requests[asked["request"]].listeners.add(link)
        return {}

    def _release(self, link: int, asked: Message, now: float) -> Message:
        self._give_back(self._owned(link, asked), now, "released")
        return {}

    # --- ends -------------------------------------------------------------------------------------------

    def _give_back(self, request: _Request, now: float, by: str) -> None:
        """The lines of a request are nobody's; outputs fall to where they rest."""
        del self._requests[request.id]
        for number in request.lines:
            line = self._lines[number]
            line.request, line.driven, line.pull = None, None, None
            line.edge, line.debounce, line.active_low = "none", 0.0, False
            self._settle(number, by, now)

    def _end(self, link: int, now: float, by: str) -> None:
        self._links.pop(link, None)
        for request in list(self._requests.values()):
            request.listeners.discard(link)
            if request.link == link:
                self._give_back(request, now, by)

    def _drop(self, link: int, now: float) -> None:
        self._agenda.forget(link)
        self._agenda.plan(now, Hangup(link))
        self._end(link, now, "released")

    # --- levels -----------------------------------------------------------------------------------------

    def _settle(self, number: int, by: str, now: float) -> None:
        """Reckon a line's level anew, tell of it if it changed, and let follow what is tied to it."""
        line = self._lines[number]
        line.touched = True
        held = [line.jammed, line.driven, self._followed(line), line.outside, line.pull, line.rest]
        level = next(each for each in held if each is not None)
        if level == line.level:
            return
        line.level = level
        line.changes += 1
        self.edges.append(EdgeRecord(now, number, level, by))
        self._notice(number, line, now)
        for other, follower in enumerate(self._lines):
            if follower.tied is not None and follower.tied[0] == number:
                self._settle(other, "tied", now)
        self.on_edge(number, level, now)

    def _followed(self, line: _Line) -> int | None:
        if line.tied is None:
            return None
        to, inverted = line.tied
        return self._lines[to].level ^ inverted

    def _notice(self, number: int, line: _Line, now: float) -> None:
        """Tell of an edge, once the line has been still for its debounce period."""
        if line.request is None or line.driven is not None or line.edge == "none":
            return
        if line.debounce <= 0:
            self._event(number, line, now)
            return
        change, request = line.changes, line.request

        def still(at: float) -> None:
            if line.changes == change and line.request is request:
                self._event(number, line, at)

        self._agenda.plan(now + line.debounce, still)

    def _event(self, number: int, line: _Line, at: float) -> None:
        if line.level == line.told or line.request is None:
            return
        line.told = line.level
        rising = bool(line.level ^ line.active_low)
        if line.edge not in {"both", "rising" if rising else "falling"}:
            return
        line.events += 1
        self._events += 1
        event = {"line": number, "rising": rising, "ns": round(at * 1e9), "seq": self._events}
        data = json.dumps({**event, "line_seq": line.events}).encode() + b"\n"
        for link in sorted(line.request.listeners):
            self._agenda.plan(at, Send(link, data))


def _bit(value: object) -> int:
    """A level.

    Raises:
        ValueError: it is neither 0 nor 1.
    """
    if value not in {0, 1}:
        raise ValueError(f"a level is 0 or 1, not {value!r}")
    return int(bool(value))
