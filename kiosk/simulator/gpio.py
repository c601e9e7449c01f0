"""Stand-ins for the Python modules that drive GPIO lines, in front of the simulated chip.

`Gpiod(host, port)` behaves as the module `gpiod` 2.x (the Python bindings of libgpiod) as far as a kiosk
needs it: chips, line requests with settings, values, edge events. `RpiGpio(host, port)` behaves as
`RPi.GPIO`, see `rpigpio.py`. Names, arguments and errors are those of the published modules.

There are no device files, so `standin_paths` says where the chips are said to be; a program that would
look for `/dev/gpiochip*` takes these instead.
"""

from __future__ import annotations

import errno
import functools
import os
import select
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from kiosk.simulator.chip import PATHS
from kiosk.simulator.gpiowire import Events, Questions, gone
from kiosk.simulator.rpigpio import RpiGpio

__all__ = ["Chip", "Gpiod", "LineRequest", "RpiGpio"]

EVENTS = 64
"""Edge events that one read gives at the most, as many as libgpiod's buffer holds."""


class Value(Enum):
    """Logical line states."""

    INACTIVE = 0
    ACTIVE = 1

    def __bool__(self) -> bool:
        return self is Value.ACTIVE


class Direction(Enum):
    """Direction settings."""

    AS_IS = 1
    INPUT = 2
    OUTPUT = 3


class Bias(Enum):
    """Bias settings."""

    AS_IS = 1
    UNKNOWN = 2
    DISABLED = 3
    PULL_UP = 4
    PULL_DOWN = 5


class Drive(Enum):
    """Drive settings."""

    PUSH_PULL = 1
    OPEN_DRAIN = 2
    OPEN_SOURCE = 3


class Edge(Enum):
    """Edge detection settings."""

    NONE = 1
    RISING = 2
    FALLING = 3
    BOTH = 4


class Clock(Enum):
    """Clocks of edge events; the simulated chip has the monotonic one."""

    MONOTONIC = 1
    REALTIME = 2
    HTE = 3


@dataclass
class LineSettings:
    """Properties of a line that is requested."""

    direction: Direction = Direction.AS_IS
    edge_detection: Edge = Edge.NONE
    bias: Bias = Bias.AS_IS
    drive: Drive = Drive.PUSH_PULL
    active_low: bool = False
    debounce_period: timedelta = timedelta()
    event_clock: Clock = Clock.MONOTONIC
    output_value: Value = Value.INACTIVE


Config = Mapping[Iterable[int | str] | int | str, LineSettings | None]


@dataclass(frozen=True)
class EdgeEvent:
    """One edge."""

    class Type(Enum):
        """Which way it went, logically."""

        RISING_EDGE = 1
        FALLING_EDGE = 2

    event_type: Type
    timestamp_ns: int
    line_offset: int
    global_seqno: int
    line_seqno: int


@dataclass(frozen=True)
class ChipInfo:
    """What a chip says of itself."""

    name: str
    label: str
    num_lines: int


class ChipClosedError(Exception):
    """A closed chip was used."""

    def __init__(self) -> None:
        super().__init__("I/O operation on closed chip")


class RequestReleasedError(Exception):
    """A released request was used."""

    def __init__(self) -> None:
        super().__init__("GPIO lines have been released")


def _seconds(timeout: timedelta | float | None) -> float | None:
    return timeout.total_seconds() if isinstance(timeout, timedelta) else timeout


class LineRequest:
    """Lines that are ours until they are released, or our process ends."""

    def __init__(self, chip_name: str, questions: Questions, events: Events, lines: dict[int, int | str]):
        """Made by `Chip.request_lines`; `lines` are offsets and as what each was requested."""
        self._chip_name, self._questions, self._events = chip_name, questions, events
        self._requested = lines
        self._names = {f"GPIO{offset}": offset for offset in lines}
        self._id = 0
        self._live = True

    def begin(self, consumer: str | None, path: str, lines: list[dict[str, Any]]) -> None:
        """Not part of the published module: take the lines."""
        answer = self._questions.ask("request", path=path, consumer=consumer or "?", lines=lines)
        self._id = answer["request"]
        self._events.listen(self._id)

    def __bool__(self) -> bool:
        return self._live

    def __enter__(self) -> Self:
        self._check()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def _check(self) -> None:
        if not self._live:
            raise RequestReleasedError

    def release(self) -> None:
        """Give the lines back."""
        if self._live:
            self._live = False
            self._questions.close()
            self._events.close()

    def get_value(self, line: int | str) -> Value:
        """The logical value of one line."""
        return self.get_values([line])[0]

    def get_values(self, lines: Iterable[int | str] | None = None) -> list[Value]:
        """The logical values of these lines, or of all."""
        self._check()
        offsets = [self._offset(line) for line in lines or self._requested.values()]
        values = self._questions.ask("get", request=self._id, lines=offsets)["values"]
        return [Value(values[str(offset)]) for offset in offsets]

    def set_value(self, line: int | str, value: Value) -> None:
        """Drive one output."""
        self.set_values({line: value})

    def set_values(self, values: dict[int | str, Value]) -> None:
        """Drive outputs."""
        self._check()
        mapped = {str(self._offset(line)): int(bool(value)) for line, value in values.items()}
        self._questions.ask("set", request=self._id, values=mapped)

    def wait_edge_events(self, timeout: timedelta | float | None = None) -> bool:
        """Whether there are edges to read, within `timeout` (None: waits for ever)."""
        self._check()
        readable, _, _ = select.select([self.fd], [], [], _seconds(timeout))
        return bool(readable)

    def read_edge_events(self, max_events: int | None = None) -> list[EdgeEvent]:
        """The edges that wait, at least one."""
        self._check()
        return [
            EdgeEvent(
                EdgeEvent.Type.RISING_EDGE if each["rising"] else EdgeEvent.Type.FALLING_EDGE,
                each["ns"],
                each["line"],
                each["seq"],
                each["line_seq"],
            )
            for each in self._events.read(max_events or EVENTS)
        ]

    def fileno(self) -> int:
        """The same as `fd`."""
        return self.fd

    def _offset(self, line: int | str) -> int:
        if isinstance(line, int):
            return line
        if line not in self._names:
            raise ValueError(f"unknown line name: {line}")
        return self._names[line]

    @property
    def chip_name(self) -> str:
        """The chip's name."""
        self._check()
        return self._chip_name

    @property
    def num_lines(self) -> int:
        """How many lines were requested."""
        self._check()
        return len(self._requested)

    @property
    def offsets(self) -> list[int]:
        """Their offsets."""
        self._check()
        return list(self._requested)

    @property
    def lines(self) -> list[int | str]:
        """As what they were requested."""
        self._check()
        return list(self._requested.values())

    @property
    def fd(self) -> int:
        """Readable when an edge waits."""
        self._check()
        return self._events.socket.fileno()


class Chip:
    """A chip, opened by its path."""

    def __init__(self, path: str, *, place: tuple[str, int]):
        """Open it. `place` is where the simulated chip is; users of the module know nothing of it.

        Raises:
            FileNotFoundError: there is none.
        """
        self._path, self._place = path, place
        self._questions: Questions | None = Questions(*place)
        try:
            self._known = self._questions.ask("info", path=path)
        except OSError:
            self.close()
            raise

    def __bool__(self) -> bool:
        return self._questions is not None

    def __enter__(self) -> Self:
        self._check()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _check(self) -> None:
        if self._questions is None:
            raise ChipClosedError

    def close(self) -> None:
        """Close it; requests live on."""
        if self._questions is not None:
            self._questions.close()
            self._questions = None

    @property
    def path(self) -> str:
        """The path by which it was opened."""
        self._check()
        return self._path

    def get_info(self) -> ChipInfo:
        """Its name, label and number of lines."""
        self._check()
        return ChipInfo(self._known["name"], self._known["label"], self._known["lines"])

    def line_offset_from_id(self, id: int | str) -> int:  # noqa: A002
        """The offset of a line that is given by offset or by name.

        Raises:
            OSError: no line has this name.
            ValueError: there is no such offset.
        """
        self._check()
        if isinstance(id, str):
            digits = id.removeprefix("GPIO")
            if not digits.isdecimal():
                raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
            id = int(digits)  # noqa: A001
        if id >= self.get_info().num_lines:
            raise ValueError("line offset of out range")
        return id

    def request_lines(
        self,
        config: Config,
        consumer: str | None = None,
        event_buffer_size: int | None = None,
        output_values: dict[int | str, Value] | None = None,
    ) -> LineRequest:
        """Take lines for oneself.

        Raises:
            OSError: EBUSY, a line is somebody else's already.
            ValueError: a line is configured twice, or does not exist.
        """
        del event_buffer_size
        self._check()
        values = {self.line_offset_from_id(line): value for line, value in (output_values or {}).items()}
        wanted: list[dict[str, Any]] = []
        lines: dict[int, int | str] = {}
        for line, settings in _each(config):
            offset = self.line_offset_from_id(line)
            if offset in lines:
                raise ValueError(f"line must be configured exactly once - offset {offset} repeats")
            lines[offset] = line
            wanted.append(_wanted(offset, settings or LineSettings(), values.get(offset)))
        questions = Questions(*self._place)
        try:
            events = Events(*self._place)
        except OSError as error:
            questions.close()
            raise gone() from error
        request = LineRequest(self._known["name"], questions, events, lines)
        try:
            request.begin(consumer, self._path, wanted)
        except OSError:
            request.release()
            raise
        return request


def _each(config: Config) -> Iterator[tuple[int | str, LineSettings | None]]:
    """The lines of a request, one by one; a key may be several lines."""
    for key, settings in config.items():
        if isinstance(key, int | str):
            yield key, settings
        else:
            for line in key:
                yield line, settings


def _wanted(offset: int, settings: LineSettings, value: Value | None) -> dict[str, Any]:
    """One line as the simulated chip is asked for it."""
    if settings.direction is Direction.OUTPUT and settings.edge_detection is not Edge.NONE:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return {
        "line": offset,
        "direction": "output" if settings.direction is Direction.OUTPUT else "input",
        "value": int(bool(settings.output_value if value is None else value)),
        "active_low": settings.active_low,
        "bias": settings.bias.name.lower().replace("_", "-"),
        "edge": settings.edge_detection.name.lower(),
        "debounce": settings.debounce_period.total_seconds(),
    }


class Gpiod:
    """Stands in for the module `gpiod`: what the module has, this has as attributes."""

    __version__ = "2.2.0"
    line = SimpleNamespace(Value=Value, Direction=Direction, Bias=Bias, Drive=Drive, Edge=Edge, Clock=Clock)
    standin_paths: tuple[str, ...] = PATHS
    """Where the chips are said to be (there is nothing under these paths)."""

    def __init__(self, host: str, port: int) -> None:
        """The simulated chip behind it need not be there yet."""
        self._place = (host, port)
        self.Chip = functools.partial(Chip, place=self._place)
        self.LineSettings, self.LineRequest = LineSettings, LineRequest
        self.EdgeEvent, self.ChipInfo = EdgeEvent, ChipInfo
        self.ChipClosedError, self.RequestReleasedError = ChipClosedError, RequestReleasedError

    def is_gpiochip_device(self, path: str) -> bool:
        """Whether there is a chip at a path."""
        try:
            self.Chip(path).close()
        except OSError:
            return False
        return True

    def request_lines(
        self,
        path: str,
        config: Config,
        consumer: str | None = None,
        event_buffer_size: int | None = None,
        output_values: dict[int | str, Value] | None = None,
    ) -> LineRequest:
        """Open a chip, request lines, close the chip."""
        with self.Chip(path) as chip:
            return chip.request_lines(config, consumer, event_buffer_size, output_values)
