"""Lines through RPi.GPIO (https://sourceforge.net/p/raspberry-gpio-python/wiki), or through `rpi-lgpio`,
which offers the same module where RPi.GPIO cannot work (a Pi 5, newer kernels).

Lines have their BCM numbers. RPi.GPIO does not ask the kernel: it shares lines with anybody and its
`bouncetime` only mutes edges that follow a first one, so that busy lines go unnoticed and debouncing
is ours. Where it cannot detect edges (Linux 6.6 and newer), the input is polled.
"""

from __future__ import annotations

import atexit
import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from kiosk.security_gate.errors import GateAway, GateGone, LineBusy, NoChip, NoLine
from kiosk.security_gate.settings import GateLines

POLL_S = 0.1
"""Pause between two looks at an input whose edges cannot be detected; an alarm sounds for seconds."""

UNREST_AT_MOST = 20
"""Edges in a row that may each be a bounce before the level is taken as it is."""


class RpiLines:
    """The gate's lines by their BCM numbers; meets `lines.Chip`. Made, all outputs are idle."""

    def __init__(self, gpio: Any, lines: GateLines) -> None:
        """Take the lines.

        Args:
            gpio: the module `RPi.GPIO`, or what stands in for it.
            lines: which lines, and their polarity.

        Raises:
            GateAway: they are not to be had; which subclass says why.
        """
        self._gpio = gpio
        self._outputs = tuple(lines.outputs)
        self._alarm_line = lines.alarm_line
        self._debounce_s = lines.debounce_s
        self._low_is_active = {
            **lines.outputs,
            lines.feedback_line: lines.feedback_active_low,
            lines.alarm_line: lines.alarm_active_low,
        }
        self._ours: list[int] = []
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._detects = False
        self._alarm = False
        self._closed = False
        self._hearing = threading.Lock()
        atexit.register(self.close)
        try:
            with _named(NoChip):
                gpio.setmode(gpio.BCM)
                gpio.setwarnings(False)  # it would warn of lines that a crash left set up
            with _named(NoLine):
                self._set_up(lines)
        except GateAway:
            self.close()
            raise

    def _set_up(self, lines: GateLines) -> None:
        gpio = self._gpio
        for output in self._outputs:
            gpio.setup(output, gpio.OUT, initial=self._wire_level(output, level=False))
            self._ours.append(output)
        for line in (lines.feedback_line, lines.alarm_line):
            if line >= 0:
                pull = gpio.PUD_UP if self._low_is_active[line] else gpio.PUD_DOWN
                gpio.setup(line, gpio.IN, pull_up_down=pull)
                self._ours.append(line)
        if lines.alarm_line >= 0:
            self._alarm = self.read(lines.alarm_line)
            try:
                gpio.add_event_detect(lines.alarm_line, gpio.BOTH, callback=self._ring)
                self._detects = True
            except RuntimeError:
                self._detects = False

    def write(self, line: int, level: bool) -> None:
        """Set an output (see `lines.Chip`)."""
        self._check_open()
        with _named(GateGone):
            self._gpio.output(line, self._wire_level(line, level=level))

    def read(self, line: int) -> bool:
        """The level that a line really has (see `lines.Chip`)."""
        self._check_open()
        with _named(GateGone):
            return bool(self._gpio.input(line)) != self._low_is_active[line]

    def edges(self, timeout_s: float) -> list[tuple[int, bool]]:
        """Wait for the alarm input to change (see `lines.Chip`)."""
        with self._hearing:
            self._check_open()
            if not self._rings(timeout_s if self._detects else min(timeout_s, POLL_S)) and self._detects:
                return []
            level = self._alarm
            for _ in range(UNREST_AT_MOST):
                level = self.read(self._alarm_line)
                if level == self._alarm or not self._debounce_s:
                    break
                if not self._rings(self._debounce_s) and self.read(self._alarm_line) == level:
                    break
            if level == self._alarm:
                return []
            self._alarm = level
            return [(self._alarm_line, level)]

    def _ring(self, _line: int) -> None:
        """An edge was detected; called in a thread of the library."""
        self._bell.put(None)

    def _rings(self, timeout_s: float) -> bool:
        """Whether an edge was detected within this time."""
        with contextlib.suppress(queue.Empty):
            self._bell.get(timeout=timeout_s) if timeout_s else self._bell.get_nowait()
            return True
        return False

    def close(self) -> None:
        """Make the outputs idle and let go of our own lines (see `lines.Chip`)."""
        atexit.unregister(self.close)
        ours, self._ours, self._closed = self._ours, [], True
        self._bell.put(None)  # a wait that is on ends
        for output in self._outputs:
            if output in ours:
                with contextlib.suppress(GateAway), _named(GateGone):
                    self._gpio.output(output, self._wire_level(output, level=False))
        with self._hearing:
            if ours:
                with contextlib.suppress(GateAway), _named(GateGone):
                    self._gpio.cleanup(ours)

    def _wire_level(self, line: int, *, level: bool) -> Any:
        return self._gpio.HIGH if level != self._low_is_active[line] else self._gpio.LOW

    def _check_open(self) -> None:
        if self._closed:
            raise GateGone("the lines are closed")


def rpi_opener(module: Callable[[], Any], lines: GateLines) -> Callable[[], RpiLines]:
    """How to open the lines through RPi.GPIO; blocking. `module` imports it, or raises.

    The function that it gives raises GateAway.
    """

    def open_it() -> RpiLines:
        try:
            gpio = module()
        except (ImportError, RuntimeError, OSError) as error:
            raise NoChip(f"RPi.GPIO cannot be used: {error}") from error
        return RpiLines(gpio, lines)

    return open_it


@contextlib.contextmanager
def _named(otherwise: type[GateAway]) -> Iterator[None]:
    """Whatever the library raises becomes one of ours; it has no error numbers, only texts."""
    try:
        yield
    except GateAway:
        raise
    except (RuntimeError, ValueError, OSError) as error:
        if "busy" in str(error).lower():  # rpi-lgpio: "GPIO busy"
            raise LineBusy(f"another program holds a line of the gate: {error}") from error
        raise otherwise(str(error)) from error
