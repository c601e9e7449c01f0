"""Stand-in for `RPi.GPIO`, in front of the simulated chip: names, numbers and errors of the published
module (0.7), which `rpi-lgpio` has too.

A line that another program has is refused, as rpi-lgpio does (RPi.GPIO itself would not notice).
"""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kiosk.simulator.chip import PATHS
from kiosk.simulator.gpiowire import Events, Questions

BOARD_TO_BCM = {
    3: 2, 5: 3, 7: 4, 8: 14, 10: 15, 11: 17, 12: 18, 13: 27, 15: 22, 16: 23, 18: 24, 19: 10, 21: 9, 22: 25,
    23: 11, 24: 8, 26: 7, 27: 0, 28: 1, 29: 5, 31: 6, 32: 12, 33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21,
}  # fmt: skip
"""Pins of the 40-pin header, as numbers of the chip."""


@dataclass(slots=True)
class _Channel:
    """A channel that was set up; `events` once its edges are watched."""

    line: int
    output: bool
    request: int
    events: Events | None = None
    happened: bool = False
    callbacks: list[Callable[[int], object]] | None = None


class RpiGpio:
    """Stands in for the module `RPi.GPIO`: what the module has, this has as attributes."""

    VERSION = "0.7.1"
    OUT, IN = 0, 1
    LOW, HIGH = 0, 1
    BOARD, BCM = 10, 11
    PUD_OFF, PUD_DOWN, PUD_UP = 20, 21, 22
    RISING, FALLING, BOTH = 31, 32, 33
    UNKNOWN = -1
    RPI_INFO = {"P1_REVISION": 3, "TYPE": "Pi 4 Model B", "MANUFACTURER": "simulated"}  # noqa: RUF012

    def __init__(self, host: str, port: int) -> None:
        """The simulated chip behind it need not be there yet."""
        self._place = (host, port)
        self._link: Questions | None = None
        self._mode: int | None = None
        self._warns = True
        self._channels: dict[int, _Channel] = {}
        self._calling = threading.Lock()

    # --- numbering --------------------------------------------------------------------------------------

    def setmode(self, mode: int) -> None:
        """How channels are numbered: `BCM` or `BOARD`."""
        if mode not in {self.BCM, self.BOARD}:
            raise ValueError("An invalid mode was passed to setmode()")
        if self._mode not in {None, mode}:
            raise ValueError("A different mode has already been set!")
        self._mode = mode

    def getmode(self) -> int | None:
        """What `setmode` was given."""
        return self._mode

    def setwarnings(self, flag: bool) -> None:
        """Whether warnings are given."""
        self._warns = bool(flag)

    def _line(self, channel: int) -> int:
        if self._mode is None:
            raise RuntimeError(
                "Please set pin numbering mode using GPIO.setmode(GPIO.BOARD) or GPIO.setmode(GPIO.BCM)"
            )
        line = BOARD_TO_BCM.get(channel) if self._mode == self.BOARD else channel
        if line is None or line not in BOARD_TO_BCM.values():
            raise ValueError("The channel sent is invalid on a Raspberry Pi")
        return line

    # --- channels ---------------------------------------------------------------------------------------

    def setup(
        self,
        channel: int | Iterable[int],
        direction: int,
        pull_up_down: int = PUD_OFF,
        initial: int = UNKNOWN,
    ) -> None:
        """Make channels inputs or outputs.

        Raises:
            RuntimeError: no mode was set, or somebody else has the line.
            ValueError: wrong arguments.
        """
        if direction not in {self.IN, self.OUT}:
            raise ValueError("An invalid direction was passed to setup()")
        if direction == self.OUT and pull_up_down != self.PUD_OFF:
            raise ValueError("pull_up_down parameter is not valid for outputs")
        if direction == self.IN and initial != self.UNKNOWN:
            raise ValueError("initial parameter is not valid for inputs")
        for each in _several(channel):
            line = self._line(each)
            if each in self._channels:
                self._free(each)
            self._channels[each] = self._take(line, direction, pull_up_down, initial)

    def _take(self, line: int, direction: int, pull: int, initial: int) -> _Channel:
        bias = {self.PUD_UP: "pull-up", self.PUD_DOWN: "pull-down"}.get(pull, "as-is")
        way = "output" if direction == self.OUT else "input"
        wanted = {"line": line, "direction": way, "bias": bias, "value": int(initial == self.HIGH)}
        try:
            if self._link is None:
                self._link = Questions(*self._place)
            answer = self._link.ask("request", path=PATHS[-1], consumer="RPi.GPIO", lines=[wanted])
        except OSError as error:
            raise RuntimeError(f"GPIO not allocated: {error.strerror}") from error
        return _Channel(line, direction == self.OUT, answer["request"])

    def _ask(self, op: str, channel: _Channel, **named: object) -> dict[str, int]:
        """A question about a channel; the published module knows no errors here, and so reads 0."""
        if self._link is None:
            raise RuntimeError("No access to /dev/mem.  Try running as root!")
        try:
            values = self._link.ask(op, request=channel.request, **named).get("values", {})
        except OSError as error:
            raise RuntimeError(f"GPIO error: {error.strerror}") from error
        return {str(line): int(value) for line, value in values.items()}

    def output(self, channel: int | Iterable[int], value: int | bool | Iterable[int]) -> None:
        """Drive outputs; one value for all, or one for each."""
        channels = _several(channel)
        values = _several(value) if isinstance(value, Iterable) else [int(bool(value))] * len(channels)
        if len(channels) != len(values):
            raise RuntimeError("Number of channels != number of values")
        for each, level in zip(channels, values, strict=True):
            line = self._line(each)
            known = self._channels.get(each)
            if known is None or not known.output:
                raise RuntimeError("The GPIO channel has not been set up as an OUTPUT")
            self._ask("set", known, values={str(line): int(bool(level))})

    def input(self, channel: int) -> int:
        """The level of a channel, of an output too."""
        line = self._line(channel)
        known = self._channels.get(channel)
        if known is None:
            raise RuntimeError("You must setup() the GPIO channel first")
        return self._ask("get", known, lines=[line])[str(line)]

    def gpio_function(self, channel: int) -> int:
        """`IN`, `OUT`, or `UNKNOWN` for a channel that was not set up here."""
        self._line(channel)
        known = self._channels.get(channel)
        return self.UNKNOWN if known is None else self.OUT if known.output else self.IN

    def cleanup(self, channel: int | Iterable[int] | None = None) -> None:
        """Make channels inputs again: these, or all that were set up here."""
        if not self._channels and self._warns:
            warnings.warn(
                "No channels have been set up yet - nothing to clean up!  Try cleaning up at the end of"
                " your program instead!",
                RuntimeWarning,
                stacklevel=2,
            )
        for each in list(self._channels) if channel is None else _several(channel):
            if each in self._channels:
                self._free(each)
        if channel is None:
            self._mode = None
        if not self._channels and self._link is not None:
            self._link.close()
            self._link = None

    def _free(self, channel: int) -> None:
        known = self._channels.pop(channel)
        if known.events is not None:
            known.events.close()
        with contextlib.suppress(RuntimeError):  # the chip is gone, and our lines with it
            self._ask("release", known)

    # --- edges ------------------------------------------------------------------------------------------

    def add_event_detect(
        self,
        channel: int,
        edge: int,
        callback: Callable[[int], object] | None = None,
        bouncetime: int = -666,
    ) -> None:
        """Watch an input for edges; `callback(channel)` runs in a thread. After an edge, others are
        ignored for `bouncetime` milliseconds.

        Raises:
            RuntimeError: it is no input, or is watched already.
        """
        line = self._line(channel)
        known = self._channels.get(channel)
        if known is None or known.output:
            raise RuntimeError("You must setup() the GPIO channel as an input first")
        if edge not in {self.RISING, self.FALLING, self.BOTH}:
            raise ValueError("The edge must be set to RISING, FALLING or BOTH")
        if bouncetime != -666 and bouncetime <= 0:
            raise ValueError("Bouncetime must be greater than 0")
        if known.events is not None:
            raise RuntimeError("Conflicting edge detection already enabled for this GPIO channel")
        name = {self.RISING: "rising", self.FALLING: "falling", self.BOTH: "both"}[edge]
        try:
            known.events = Events(*self._place)
            known.events.listen(known.request)
        except OSError as error:
            raise RuntimeError("Failed to add edge detection") from error
        self._ask("edge", known, line=line, edge=name)
        known.callbacks = [] if callback is None else [callback]
        quiet_ns = max(bouncetime, 0) * 1_000_000
        threading.Thread(
            target=self._watch, args=(channel, known, known.events, quiet_ns), name="RPi.GPIO", daemon=True
        ).start()

    def _watch(self, channel: int, known: _Channel, events: Events, quiet_ns: int) -> None:
        """Hear the edges of one channel until its link ends."""
        last: int | None = None
        with contextlib.suppress(OSError):
            while True:
                for event in events.read(1):
                    if last is not None and event["ns"] - last < quiet_ns:
                        continue
                    last = event["ns"]
                    known.happened = True
                    with self._calling:
                        for callback in list(known.callbacks or ()):
                            callback(channel)

    def add_event_callback(self, channel: int, callback: Callable[[int], object]) -> None:
        """Call this, too, for a channel that is watched."""
        known = self._channels.get(channel)
        if known is None or known.events is None or known.callbacks is None:
            raise RuntimeError("Add event detection using add_event_detect first before adding a callback")
        known.callbacks.append(callback)

    def event_detected(self, channel: int) -> bool:
        """Whether there was an edge since the last time that this was asked."""
        known = self._channels.get(channel)
        if known is None or not known.happened:
            return False
        known.happened = False
        return True

    def remove_event_detect(self, channel: int) -> None:
        """Watch a channel no longer."""
        known = self._channels.get(channel)
        if known is None or known.events is None:
            return
        self._ask("edge", known, line=known.line, edge="none")
        known.events.close()
        known.events, known.callbacks, known.happened = None, None, False


def _several(given: int | Iterable[int]) -> list[int]:
    """One, or several."""
    return list(given) if isinstance(given, Iterable) else [given]
