"""GPIO in the laboratory: the published module's shape, with the simulated chip right behind it.

The demo's stand-in asks the same chip over a socket; here its messages are handed over in memory, in
the loop's own time. Only outputs are served, since no gate of these stories has a contact of its own.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from kiosk.simulator.chip import PATHS, SimChip
from kiosk.simulator.device import Send
from kiosk.simulator.gpio import Bias, Direction, Edge, EdgeEvent, LineSettings, Value


class MemoryGpiod:
    """Stands in for the module `gpiod` 2.x, as far as a gate without inputs needs it."""

    line = SimpleNamespace(Value=Value, Direction=Direction, Bias=Bias, Edge=Edge)
    standin_paths: tuple[str, ...] = PATHS

    def __init__(self, chip: SimChip, now: Callable[[], float]) -> None:
        """Lines of `chip`; `now` gives monotonic seconds."""
        self.LineSettings, self.EdgeEvent = LineSettings, EdgeEvent
        self._chip = chip
        self._now = now
        self._links: Iterator[int] = itertools.count(1)
        self._open: set[int] = set()

    def Chip(self, path: str) -> _Chip:  # noqa: N802 - the module's own name
        """Open a chip (raises OSError)."""
        return _Chip(self, path)

    def open(self) -> int:
        """Open a link to the chip.

        Raises:
            FileNotFoundError: it is not there.
        """
        if not self._chip.reachable:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        link = next(self._links)
        self._chip.opened(link, self._now())
        self._open.add(link)
        return link

    def ask(self, link: int, op: str, **named: Any) -> dict[str, Any]:
        """Ask the chip, and get its answer.

        Raises:
            OSError: it refuses, or is gone.
        """
        if link in self._open:
            self._chip.received(link, json.dumps({"op": op, **named}).encode() + b"\n", self._now())
            while (due := self._chip.due()) is not None:
                for out in self._chip.take(due):
                    if isinstance(out, Send) and out.link == link:
                        answer: dict[str, Any] = json.loads(out.data)
                        if not answer["ok"]:
                            raise OSError(answer["errno"], os.strerror(answer["errno"]))
                        return answer
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    def close(self, link: int) -> None:
        """End a link: its lines are released."""
        if link in self._open:
            self._open.remove(link)
            self._chip.closed(link, self._now())

    def cut(self) -> None:
        """The kiosk's power is cut: nothing drives a line any more."""
        for link in sorted(self._open):
            self.close(link)


class _Chip:
    """A chip, opened by its path."""

    def __init__(self, gpiod: MemoryGpiod, path: str) -> None:
        self._gpiod, self._path = gpiod, path
        self._link = gpiod.open()
        self._known = gpiod.ask(self._link, "info", path=path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get_info(self) -> SimpleNamespace:
        """Its name, label and number of lines."""
        return SimpleNamespace(
            name=self._known["name"], label=self._known["label"], num_lines=self._known["lines"]
        )

    def request_lines(self, config: Mapping[int, LineSettings], consumer: str) -> _Request:
        """Take outputs (raises OSError)."""
        return _Request(self._gpiod, self._path, config, consumer)

    def close(self) -> None:
        """Close it; requests live on."""
        self._gpiod.close(self._link)


class _Request:
    """Outputs that are ours until they are released, or the power is cut."""

    def __init__(
        self, gpiod: MemoryGpiod, path: str, config: Mapping[int, LineSettings], consumer: str
    ) -> None:
        self._gpiod = gpiod
        self._link = gpiod.open()
        lines = [
            {
                "line": line,
                "direction": "output",
                "value": int(bool(settings.output_value)),
                "active_low": settings.active_low,
            }
            for line, settings in config.items()
        ]
        answer = gpiod.ask(self._link, "request", path=path, consumer=consumer, lines=lines)
        self._id = answer["request"]

    def get_value(self, line: int) -> Value:
        """The logical value of a line."""
        values = self._gpiod.ask(self._link, "get", request=self._id, lines=[line])["values"]
        return Value(values[str(line)])

    def set_value(self, line: int, value: Value) -> None:
        """Drive a line."""
        self._gpiod.ask(self._link, "set", request=self._id, values={str(line): int(bool(value))})

    def release(self) -> None:
        """Give the lines back."""
        self._gpiod.close(self._link)
