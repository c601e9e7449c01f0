"""The demo in a window: the kiosk, and a patron who plays a journey in it at an eye's pace."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from kiosk.app import real_doors
from kiosk.circulation.intents import Intent, Pressed
from kiosk.circulation.views import FarewellView, LoanView, PinView, ScreenView, View
from kiosk.core import Core
from kiosk.demo.farsides import FarSides
from kiosk.demo.journeys import FINAL, JOURNEYS, Sees
from kiosk.demo.options import Options
from kiosk.demo.person import VirtualPatron
from kiosk.station import open_window, scratch

PAUSE_S = 1.6
"""Pause before each act of the patron who plays in the window, so that an eye can follow."""

PAUSES_S: Mapping[type[ScreenView], float] = MappingProxyType(
    {PinView: 0.7, LoanView: 3.0, FarewellView: 5.0}
)
"""The same on screens that need less time, or deserve more."""

BUSY_PAUSE_S = 0.4
"""The same while books are still being lent: what befalls the patron then must not come too late."""

LOAN_S = 1.2
"""What the simulated ILS takes for a loan in the window, for the same reason; real ones do too."""


def run_demo(options: Options) -> int:
    """Open the kiosk's window, play the journey slowly in it, and leave it open. Raises as `run_kiosk`."""
    simulated = options.settings.simulated
    core = Core(real_doors())
    drawn: queue.SimpleQueue[View] = queue.SimpleQueue()
    with contextlib.ExitStack() as stack:
        folder = scratch(stack)
        window = open_window(
            size=options.size,
            font_cache=folder / "fonts",
            send=core.press,
            scanned=core.scanned,
            on_drawn=lambda view, what, at: drawn.put(view),
        )
        far = stack.enter_context(FarSides(options.scenery, folder / "far", with_card="cards" in simulated))
        if "ils" in simulated:
            far.do({"do": "slow", "device": "ils", "message": "11", "seconds": LOAN_S})
        # each show begins with an empty journal: what another ILS was asked is no business of this one
        journal = replace(options.settings.journal, folder=folder / "data", key_file=folder / "journal.key")
        settings = replace(far.stand_in(options.settings), journal=journal)
        stack.enter_context(core.running(settings, [window]))

        def touch(intent: Intent) -> None:
            core.press(Pressed(patron.view.session, patron.view.revision, intent))

        patron = VirtualPatron(
            far,
            card=options.patron,
            pin=options.pin,
            books=options.items or JOURNEYS[options.journey].books,
            touch=touch,
            scan=core.scanned if settings.cards.driver == "none" else None,
        )
        player = threading.Thread(
            target=_play_slowly, args=(options.journey, patron, drawn), name="patron", daemon=True
        )
        player.start()
        window.run()
    return 0


def _play_slowly(name: str, patron: VirtualPatron, drawn: queue.SimpleQueue[View]) -> None:
    """Play a script at the pace of a person, from what was really drawn."""
    waiting: Sees | None = None
    script = JOURNEYS[name].script(patron)
    while True:
        patron.latest = drawn.get()
        with contextlib.suppress(queue.Empty):
            while True:
                patron.latest = drawn.get_nowait()
        while waiting is None or waiting.test(patron.latest):
            time.sleep(_pause(patron.latest))
            with contextlib.suppress(queue.Empty):
                while True:
                    patron.latest = drawn.get_nowait()
            try:
                waiting = next(script)
            except (StopIteration, LookupError):
                return


def _pause(view: View) -> float:
    """How long the patron takes before the next act."""
    if isinstance(view.screen, LoanView) and any(row.state not in FINAL for row in view.screen.rows):
        return BUSY_PAUSE_S
    return PAUSES_S.get(type(view.screen), PAUSE_S)
