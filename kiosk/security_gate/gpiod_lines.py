"""Lines through gpiod 2.x, the Python binding of libgpiod (https://libgpiod.readthedocs.io).

The kernel keeps each line for one program, debounces inputs and queues their edges. Outputs and the
alarm input are requested apart, so that one thread can wait for edges while another sets levels.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from kiosk.security_gate.errors import GateAway, GateGone, LineBusy, NoChip, NoLine
from kiosk.security_gate.settings import GateLines, GpiodChip

CONSUMER = "kiosk gate"
"""What `gpioinfo` shows beside our lines."""

PI_LABELS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")
"""Labels of the chips that carry the header of a Raspberry Pi: up to 3, 4, 5 (Linux device trees)."""


class GpiodLines:
    """The gate's lines on one chip; meets `lines.Chip`. Made, all outputs are idle."""

    def __init__(self, gpiod: Any, chip: GpiodChip, lines: GateLines) -> None:
        """Find the chip and take the lines.

        Args:
            gpiod: the module `gpiod`, or what stands in for it.
            chip: the chip's label.
            lines: which lines, and their polarity.

        Raises:
            GateAway: they are not to be had; which subclass says why.
        """
        self._gpiod = gpiod
        self._active = gpiod.line.Value.ACTIVE
        self._idle = gpiod.line.Value.INACTIVE
        self._outputs = tuple(lines.outputs)
        self._feedback_line = lines.feedback_line
        self._driven: Any = None
        self._heard: Any = None
        self._hearing = threading.Lock()
        atexit.register(self.close)
        try:
            with _named(NoChip), contextlib.closing(_find(gpiod, chip.chip)) as found:
                self._request(found, lines)
        except GateAway:
            self.close()
            raise

    def _request(self, found: Any, lines: GateLines) -> None:
        gpiod, line = self._gpiod, self._gpiod.line
        driven = {
            output: gpiod.LineSettings(
                direction=line.Direction.OUTPUT, active_low=active_low, output_value=self._idle
            )
            for output, active_low in lines.outputs.items()
        }
        if lines.feedback_line >= 0:
            driven[lines.feedback_line] = self._input(lines.feedback_active_low)
        with _named(NoLine):
            self._driven = found.request_lines(config=driven, consumer=CONSUMER)
            if lines.alarm_line >= 0:
                alarm = self._input(
                    lines.alarm_active_low,
                    edge_detection=line.Edge.BOTH,
                    debounce_period=timedelta(seconds=lines.debounce_s),
                )
                self._heard = found.request_lines(config={lines.alarm_line: alarm}, consumer=CONSUMER)

    def _input(self, active_low: bool, **more: Any) -> Any:
        """An input that an open contact leaves idle: pulled away from its active level."""
        line = self._gpiod.line
        return self._gpiod.LineSettings(
            direction=line.Direction.INPUT,
            bias=line.Bias.PULL_UP if active_low else line.Bias.PULL_DOWN,
            active_low=active_low,
            **more,
        )

    def write(self, line: int, level: bool) -> None:
        """Set an output (see `lines.Chip`)."""
        with _named(GateGone):
            self._open(self._driven).set_value(line, self._active if level else self._idle)

    def read(self, line: int) -> bool:
        """The level that a line really has (see `lines.Chip`)."""
        with _named(GateGone):
            return bool(self._open(self._driven).get_value(line) == self._active)

    def edges(self, timeout_s: float) -> list[tuple[int, bool]]:
        """Wait for the alarm input to change (see `lines.Chip`)."""
        with self._hearing, _named(GateGone):
            heard = self._open(self._heard)
            if not heard.wait_edge_events(timeout_s):
                return []
            rising = self._gpiod.EdgeEvent.Type.RISING_EDGE
            # With `active_low` the kernel turns the edges too: rising is "became active".
            return [(event.line_offset, event.event_type == rising) for event in heard.read_edge_events()]

    def close(self) -> None:
        """Make the outputs idle and let go of the lines (see `lines.Chip`)."""
        atexit.unregister(self.close)
        driven, self._driven = self._driven, None
        if driven is not None:
            for output in self._outputs:
                with contextlib.suppress(GateAway), _named(GateGone):
                    driven.set_value(output, self._idle)
            with contextlib.suppress(GateAway), _named(GateGone):
                driven.release()
        with self._hearing:  # a wait that is on ends by itself
            heard, self._heard = self._heard, None
            if heard is not None:
                with contextlib.suppress(GateAway), _named(GateGone):
                    heard.release()

    def _open(self, request: Any) -> Any:
        if request is None:
            raise GateGone("the lines are closed")
        return request


def gpiod_opener(module: Callable[[], Any], chip: GpiodChip, lines: GateLines) -> Callable[[], GpiodLines]:
    """How to open the lines through gpiod; blocking. `module` imports it, or raises.

    The function that it gives raises GateAway.
    """

    def open_it() -> GpiodLines:
        try:
            gpiod = module()
        except (ImportError, RuntimeError, OSError) as error:
            raise NoChip(f"gpiod cannot be used: {error}") from error
        if not hasattr(gpiod, "LineSettings"):  # Debian's python3-libgpiod of bookworm is version 1
            raise NoChip("gpiod cannot be used: this is not version 2")
        return GpiodLines(gpiod, chip, lines)

    return open_it


def _find(gpiod: Any, label: str) -> Any:
    """The open chip with this label. Raises NoChip, or what the last chip that would not open raised."""
    paths = getattr(gpiod, "standin_paths", None)
    if paths is None:
        paths = sorted(str(path) for path in Path("/dev").glob("gpiochip*"))
    wanted = (label,) if label else PI_LABELS
    seen: list[str] = []
    trouble: OSError | None = None
    for path in paths:
        try:
            chip = gpiod.Chip(path)
        except OSError as error:
            trouble = error
            continue
        try:
            there = chip.get_info().label
        except OSError as error:
            trouble, there = error, None
        if there in wanted:
            return chip
        chip.close()
        seen.append(f"{there} ({path})")
    if trouble is not None:
        raise trouble
    raise NoChip(f"no GPIO chip {' or '.join(wanted)}; there are: {', '.join(seen) or 'none'}")


@contextlib.contextmanager
def _named(otherwise: type[GateAway]) -> Iterator[None]:
    """Whatever the library raises becomes one of ours: by its errno, or else `otherwise`."""
    try:
        yield
    except GateAway:
        raise
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise LineBusy(f"another program holds a line of the gate: {error}") from error
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise NoChip(f"no right to use the GPIO chip (group gpio?): {error}") from error
        raise otherwise(str(error)) from error
    except (ValueError, RuntimeError) as error:  # an offset that the chip has not
        raise otherwise(str(error)) from error
