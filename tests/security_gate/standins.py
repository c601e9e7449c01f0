"""A board of lines, and two modules in front of it that offer the APIs of gpiod 2.x and RPi.GPIO.

Written from the packages' documentation. Wire levels are 0 and 1; a line can be jammed at a level, held by
another program, and the whole chip can vanish.
"""

import errno
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from types import SimpleNamespace
from typing import Any

LABEL = "pinctrl-rp1"


@dataclass
class Board:
    """The chip and what is wired to it. `clock` stamps the edges."""

    clock: Callable[[], float] = lambda: 0.0
    size: int = 54
    label: str = LABEL
    there: bool = True
    busy: set[int] = field(default_factory=set)
    jammed: dict[int, int] = field(default_factory=dict)
    tied: dict[int, int] = field(default_factory=dict)
    """An input that follows an output, by input (a relay's second contact)."""
    levels: dict[int, int] = field(default_factory=dict)
    owners: dict[int, str] = field(default_factory=dict)
    edges: list[tuple[float, int, int]] = field(default_factory=list)
    listeners: list[Callable[[int, int], None]] = field(default_factory=list)

    def check(self) -> None:
        if not self.there:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    def level(self, line: int) -> int:
        line = self.tied.get(line, line)
        return self.jammed.get(line, self.levels.get(line, 0))

    def drive(self, line: int, level: int) -> None:
        before = self.level(line)
        self.levels[line] = level
        if self.level(line) != before:
            self.edges.append((self.clock(), line, self.level(line)))
            for listener in self.listeners:
                listener(line, level)

    press = drive
    """Something outside changes an input."""

    def jam(self, line: int, level: int) -> None:
        self.jammed[line] = level

    def of(self, line: int) -> list[tuple[float, int]]:
        return [(round(at, 3), level) for at, which, level in self.edges if which == line]


# ---- gpiod 2.x ------------------------------------------------------------------------------


class Value(Enum):
    INACTIVE = 0
    ACTIVE = 1


class Direction(Enum):
    AS_IS = 1
    INPUT = 2
    OUTPUT = 3


class Bias(Enum):
    AS_IS = 1
    DISABLED = 3
    PULL_UP = 4
    PULL_DOWN = 5


class Edge(Enum):
    NONE = 1
    RISING = 2
    FALLING = 3
    BOTH = 4


@dataclass
class LineSettings:
    direction: Direction = Direction.AS_IS
    edge_detection: Edge = Edge.NONE
    bias: Bias = Bias.AS_IS
    active_low: bool = False
    debounce_period: timedelta = timedelta()
    output_value: Value = Value.INACTIVE


class EdgeEvent:
    class Type(Enum):
        RISING_EDGE = 1
        FALLING_EDGE = 2

    def __init__(self, kind: "EdgeEvent.Type", offset: int) -> None:
        self.event_type = kind
        self.line_offset = offset


class LineRequest:
    def __init__(self, board: Board, config: Mapping[int, LineSettings], consumer: str) -> None:
        self.board, self.config = board, config
        self.queue: list[EdgeEvent] = []
        self.bell = threading.Event()
        self.released = False
        for line in config:
            if line >= board.size:
                raise ValueError("line offset of out range")
            if line in board.busy or line in board.owners:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        for line, settings in config.items():
            board.owners[line] = consumer
            if settings.direction is Direction.OUTPUT:
                self.set_value(line, settings.output_value)
            elif settings.bias is Bias.PULL_UP and line not in board.tied:
                board.levels.setdefault(line, 1)
        board.listeners.append(self.heard)

    def heard(self, line: int, level: int) -> None:
        settings = self.config.get(line)
        if settings is not None and settings.edge_detection is Edge.BOTH:
            rising = bool(level) != settings.active_low
            self.queue.append(
                EdgeEvent(EdgeEvent.Type.RISING_EDGE if rising else EdgeEvent.Type.FALLING_EDGE, line)
            )
            self.bell.set()

    def _check(self) -> None:
        assert not self.released
        self.board.check()

    def set_value(self, line: int, value: Value) -> None:
        self._check()
        assert self.config[line].direction is Direction.OUTPUT
        self.board.drive(line, int(bool(value.value) != self.config[line].active_low))

    def get_value(self, line: int) -> Value:
        self._check()
        return Value(int(bool(self.board.level(line)) != self.config[line].active_low))

    def wait_edge_events(self, timeout: float | None = None) -> bool:
        self._check()
        if timeout:
            self.bell.wait(timeout)
        return bool(self.queue)

    def read_edge_events(self) -> list[EdgeEvent]:
        self._check()
        self.bell.clear()
        events, self.queue = self.queue, []
        return events

    def release(self) -> None:
        self.released = True
        self.board.listeners.remove(self.heard)
        for line in self.config:
            del self.board.owners[line]


class Chip:
    def __init__(self, path: str, board: Board) -> None:
        board.check()
        self.path, self.board = path, board

    def get_info(self) -> Any:
        return SimpleNamespace(name="gpiochip0", label=self.board.label, num_lines=self.board.size)

    def request_lines(self, config: Mapping[int, LineSettings], consumer: str) -> LineRequest:
        return LineRequest(self.board, config, consumer)

    def close(self) -> None:
        pass


class Gpiod:
    """Stands where the module `gpiod` would."""

    line = SimpleNamespace(Value=Value, Direction=Direction, Bias=Bias, Edge=Edge)
    LineSettings = LineSettings
    EdgeEvent = EdgeEvent

    def __init__(self, *boards: Board) -> None:
        self.boards = {f"/dev/gpiochip{number}": board for number, board in enumerate(boards)}
        self.standin_paths = tuple(self.boards)

    def Chip(self, path: str) -> Chip:  # noqa: N802 - the package's own name
        return Chip(path, self.boards[path])


# ---- RPi.GPIO -------------------------------------------------------------------------------


class RpiGpio:
    """Stands where the module `RPi.GPIO` would."""

    BOARD, BCM = 10, 11
    LOW, HIGH = 0, 1
    OUT, IN = 0, 1
    PUD_OFF, PUD_DOWN, PUD_UP = 20, 21, 22
    RISING, FALLING, BOTH = 31, 32, 33

    def __init__(self, board: Board, *, detects: bool = True, mode: int | None = None) -> None:
        self.board, self.detects, self.mode = board, detects, mode
        self.directions: dict[int, int] = {}
        self.callbacks: dict[int, Callable[[int], None]] = {}
        board.listeners.append(lambda line, _level: self.callbacks.get(line, lambda _line: None)(line))

    def setmode(self, mode: int) -> None:
        if self.mode not in {None, mode}:
            raise ValueError("A different mode has already been set!")
        self.mode = mode

    def setwarnings(self, on: bool) -> None:
        pass

    def setup(self, line: int, direction: int, pull_up_down: int = PUD_OFF, initial: int = -1) -> None:
        if not 0 <= line < self.board.size:
            raise ValueError("The channel sent is invalid on a Raspberry Pi")
        if line in self.board.busy:
            raise RuntimeError("GPIO busy")
        self.directions[line] = direction
        if direction == self.OUT and initial >= 0:
            self.board.drive(line, initial)
        elif pull_up_down == self.PUD_UP and line not in self.board.tied:
            self.board.levels.setdefault(line, 1)

    def _check(self, line: int) -> None:
        if line not in self.directions:
            raise RuntimeError("You must setup() the GPIO channel first")
        if not self.board.there:
            raise RuntimeError("bad handle")

    def output(self, line: int, level: int) -> None:
        self._check(line)
        assert self.directions[line] == self.OUT
        self.board.drive(line, level)

    def input(self, line: int) -> int:
        self._check(line)
        return self.board.level(line)

    def add_event_detect(self, line: int, edge: int, callback: Callable[[int], None]) -> None:
        self._check(line)
        if not self.detects:
            raise RuntimeError("Failed to add edge detection")
        assert self.directions[line] == self.IN
        assert edge == self.BOTH
        self.callbacks[line] = callback

    def cleanup(self, lines: list[int]) -> None:
        for line in lines:
            self.callbacks.pop(line, None)
            del self.directions[line]
