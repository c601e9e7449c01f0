"""The tray's other thread: it looks at the desk again and again, and carries out what hands do."""

from __future__ import annotations

import base64
import io
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from PIL import Image

from kiosk.screens.tray.acts import Act, Do, Lift, Put, Scan, ShowCard, Switch, Turn
from kiosk.screens.tray.things import Desk, Opening, Paper, things
from kiosk.simulator.control import ControlError
from kiosk.typeset import Bitmap

LOOKS_A_SECOND = 5

_LONGEST_PAPER = 12_000
"""Rows of paper that are kept in the picture, the newest: a metre and a half."""


class Far(Protocol):
    """The control socket (`BlockingControl`)."""

    def do(self, command: dict[str, Any]) -> dict[str, Any]:
        """Carry out one command, or raise `ControlError`."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What of the desk is simulated, and how it is wired.

    `pad` and `cards` say that the pad and the card reader are simulated; without the latter a card is
    scanned if `scan_cards`. The gate's release is `gate_line`, `active_low`.
    """

    pad: bool = True
    cards: bool = True
    scan_cards: bool = False
    gate_line: int = 17
    active_low: bool = False


class Steering:
    """Carries acts to the far sides, and tells how the desk stands. `act` may be called in any thread."""

    def __init__(
        self,
        far: Far,
        wiring: Wiring,
        *,
        show: Callable[[Desk], None],
        scan: Callable[[str], None],
        ended: Callable[[], None],
        page: tuple[int, int],
    ) -> None:
        """Prepare it.

        Args:
            far: the far sides, used in the worker thread only.
            wiring: what of the desk is simulated.
            show: takes the desk whenever it has changed.
            scan: takes a code that was held under the scanner.
            ended: called when the far sides are gone.
            page: width and height, in pixels, of one page of the paper's picture.
        """
        self._far, self._wiring = far, wiring
        self._show, self._scan, self._ended = show, scan, ended
        self._page = page
        self._acts: queue.SimpleQueue[Act | None] = queue.SimpleQueue()
        self._desk: Desk | None = None
        self._jammed = False
        self._paper: tuple[Sequence[int], Paper] = ((), Paper(0))
        self._thread = threading.Thread(target=self._work, name="steering", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for it."""
        self._acts.put(None)
        self._thread.join(5.0)

    def act(self, act: Act) -> None:
        """Carry out an act, soon."""
        self._acts.put(act)

    # ---- the worker -------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            everything = things(
                self._far.do({"do": "scenery"}),
                pad=self._wiring.pad,
                cards=self._wiring.cards or self._wiring.scan_cards,
            )
            start = Desk(everything)
            while True:
                self._look(start)
                try:
                    act = self._acts.get(timeout=1 / LOOKS_A_SECOND)
                except queue.Empty:
                    continue
                if act is None:
                    return
                self._carry_out(act)
        except (ControlError, OSError):
            self._ended()

    def _carry_out(self, act: Act) -> None:
        if isinstance(act, Scan):
            self._scan(act.code)
        elif isinstance(act, ShowCard) and not self._wiring.cards:
            self._scan(act.id)
        else:
            if isinstance(act, Turn) and act.switch is Switch.GATE:
                self._jammed = act.wrong
            for command in commands(act, self._wiring):
                self._far.do(command)

    def _look(self, start: Desk) -> None:
        seen = self._far.do({"do": "look"})
        heights = seen["pieces"]
        if heights != self._paper[0]:
            self._paper = (heights, Paper(len(heights), self._pages() if heights else ()))
        desk = replace(
            start,
            pad=frozenset(seen["pad"]),
            card=seen["card"],
            unplugged=frozenset(seen["unplugged"]),
            paper_out=seen["paper"] == "out",
            cover_open=seen["cover"] == "open",
            jammed=self._jammed,
            gate_open=_is_open(seen["lines"], self._wiring),
            opened=openings(seen["edges"], self._wiring, time.time() - seen["now"]),
            lent=seen["lent"],
            paper=self._paper[1],
        )
        desk = replace(desk, opened=self._steady(desk.opened))
        if desk != self._desk:
            self._desk = desk
            self._show(desk)

    def _steady(self, opened: tuple[Opening, ...]) -> tuple[Opening, ...]:
        """The same openings as before keep their times: the two clocks drift by microseconds."""
        known = self._desk.opened if self._desk is not None else ()
        return tuple(
            next((old for old in known if abs(old.at - new.at) < 0.05 and old.lasted == new.lasted), new)
            for new in opened
        )

    def _pages(self) -> tuple[Bitmap, ...]:
        """The paper as wide as a page, cut into pages."""
        width, height = self._page
        png = base64.b64decode(self._far.do({"do": "printout"})["png"])
        paper = Image.open(io.BytesIO(png)).convert("RGBA")
        if paper.height > _LONGEST_PAPER:
            paper = paper.crop((0, paper.height - _LONGEST_PAPER, paper.width, paper.height))
        if paper.width > width:
            size = (width, max(1, round(paper.height * width / paper.width)))
            paper = paper.resize(size, Image.Resampling.LANCZOS)
        pages = []
        for top in range(0, paper.height, height):
            page = paper.crop((0, top, paper.width, min(paper.height, top + height)))
            pages.append(Bitmap(page.width, page.height, page.tobytes()))
        return tuple(pages)


def commands(act: Act, wiring: Wiring) -> list[dict[str, Any]]:
    """The commands of the control socket that an act stands for."""
    match act:
        case Put(uid):
            return [{"do": "put", "tags": [uid]}]
        case Lift(uid):
            return [{"do": "lift", "tags": [uid]}]
        case ShowCard(patron):
            return [{"do": "show-card", "text": patron}]
        case Do.TAKE_CARD:
            return [{"do": "remove-card"}]
        case Do.TEAR:
            return [{"do": "tear"}]
        case Turn(switch, wrong):
            return [_turned(switch, wrong, wiring)]
        case _:
            return []


def _turned(switch: Switch, wrong: bool, wiring: Wiring) -> dict[str, Any]:
    if switch is Switch.PAPER:
        return {"do": "paper", "state": "out" if wrong else "plenty"}
    if switch is Switch.COVER:
        return {"do": "cover", "open": wrong}
    if switch is Switch.GATE:
        closed = 1 if wiring.active_low else 0
        jam = {"do": "jam", "line": wiring.gate_line, "level": closed}
        return jam if wrong else {"do": "unjam", "line": wiring.gate_line}
    return {"do": "unplug" if wrong else "plug", "device": switch.value}


def _is_open(lines: Sequence[Mapping[str, Any]], wiring: Wiring) -> bool:
    active = 0 if wiring.active_low else 1
    return any(
        line["line"] == wiring.gate_line and line["direction"] == "output" and line["level"] == active
        for line in lines
    )


def openings(edges: Sequence[Mapping[str, Any]], wiring: Wiring, offset: float) -> tuple[Opening, ...]:
    """The releases that edges tell of, the last one last; `offset` makes wall time of theirs."""
    active = 0 if wiring.active_low else 1
    found: list[Opening] = []
    since: float | None = None
    for edge in edges:
        if edge["line"] != wiring.gate_line:
            continue
        if edge["level"] == active and since is None:
            since = float(edge["t"])
        elif edge["level"] != active and since is not None:
            found.append(Opening(since + offset, round(float(edge["t"]) - since, 1)))
            since = None
    if since is not None:
        found.append(Opening(since + offset, None))
    return tuple(found)
