"""The demo in a window: the kiosk, a patron who plays a journey in it at an eye's pace, and beside it the
tray, on which everything lies that somebody needs who wants to try it."""

from __future__ import annotations

import contextlib
import json
import queue
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kiosk.app import real_doors
from kiosk.circulation.intents import Intent, Pressed
from kiosk.circulation.views import FarewellView, LoanView, PinView, ScreenView, View
from kiosk.core import Core
from kiosk.demo.beside import Tray, display_size, places
from kiosk.demo.farsides import FarSides
from kiosk.demo.journeys import FINAL, JOURNEYS, Sees
from kiosk.demo.options import Options
from kiosk.demo.person import VirtualPatron
from kiosk.maintenance import FilePinStore
from kiosk.maintenance.pin import hash_pin
from kiosk.screens import Drawn
from kiosk.settings import Settings
from kiosk.station import ended_by_signals, open_window, scratch

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

STAFF_PIN = "2468"
"""Opens the maintenance screen of the demo. The tray tells it."""


def run_demo(options: Options) -> int:
    """Open the kiosk's window and the tray, play the journey slowly in it, and leave both open. Raises as
    `run_kiosk`."""
    simulated = options.settings.simulated
    drawn: queue.SimpleQueue[View] = queue.SimpleQueue()
    with contextlib.ExitStack() as stack:
        folder = scratch(stack)
        where = places(options.size, display_size())
        far = stack.enter_context(FarSides(options.scenery, folder / "far", with_card="cards" in simulated))
        places_said = {"ports": dict(far.ports), "kiosk": where.kiosk, "tray": where.tray}
        describer = Describer(places_said) if options.describe else None
        # receipts are set with the fonts of the screens: a process has one configuration for both
        core = Core(far.doors(real_doors(folder / "fonts"), options.settings))
        playing = threading.Event()

        def was_drawn(view: object, what: Drawn, at: float) -> None:
            del at
            if describer is not None:
                describer.say("kiosk", what.described())
            if playing.is_set() and isinstance(view, View):
                drawn.put(view)

        window = open_window(
            size=options.size,
            at=where.kiosk,
            font_cache=folder / "fonts",
            send=core.press,
            scanned=core.scanned,
            on_drawn=was_drawn,
            send_staff=core.press_staff,
            on_staff_drawn=was_drawn,
        )
        stack.enter_context(ended_by_signals(window.stop))
        if "ils" in simulated and not options.alone:
            far.do({"do": "slow", "device": "ils", "message": "11", "seconds": LOAN_S})
        # each show begins with an empty journal: what another ILS was asked is no business of this one
        journal = replace(options.settings.journal, folder=folder / "data", key_file=folder / "journal.key")
        pin_file = folder / "staff.pin"
        FilePinStore(pin_file).save(hash_pin(STAFF_PIN))

        def stand_in(settings: Settings) -> Settings:
            staff = replace(settings.staff, pin_file=pin_file)
            return replace(far.stand_in(settings), journal=journal, staff=staff)

        settings = stand_in(options.settings)
        config = _config(options, settings, folder)
        if not options.alone:
            playing.set()
        stack.enter_context(core.running(settings, [window], staff=window, config=config, stand_in=stand_in))
        stack.enter_context(
            Tray(
                far.ports["control"],
                options.settings,
                where,
                staff_pin=STAFF_PIN,
                scanned=core.scanned,
                described=None if describer is None else lambda what: describer.say("tray", what),
            )
        )

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
        if not options.alone:
            threading.Thread(
                target=_play_slowly,
                args=(options.journey, patron, drawn, playing),
                name="patron",
                daemon=True,
            ).start()
        window.run()
    return 0


class Describer:
    """Says on standard output, a line of JSON each, where everything is (`where`: at which ports the far
    sides listen, where the windows go), and then what can be pressed in which window, when it changes."""

    def __init__(self, where: dict[str, Any]) -> None:
        self._lock = threading.Lock()
        self._said: dict[str, dict[str, Any]] = {}
        self._write(where)

    def say(self, window: str, described: dict[str, Any]) -> None:
        """Something was drawn. From any thread."""
        with self._lock:
            if self._said.get(window) == described:
                return
            self._said[window] = described
            self._write({"window": window, **described})

    @staticmethod
    def _write(what: object) -> None:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.write(json.dumps(what, ensure_ascii=False) + "\n")
            sys.stdout.flush()


def _config(options: Options, settings: Settings, folder: Path) -> Path:
    """The settings file that the maintenance screen edits: a copy of the caller's, or one that says what the
    demo's own settings are, with the simulated ILS where it listens."""
    file = folder / "kiosk.toml"
    if options.config is not None:
        file.write_text(options.config.read_text("utf-8"), encoding="utf-8")
        return file
    ils = settings.ils.sip2
    assert ils is not None
    quoted = {name: json.dumps(value, ensure_ascii=False) for name, value in settings.library.name.items()}
    names = [f"name.{language or 'default'} = {value}" for language, value in quoted.items()]
    lines = [
        "[library]",
        *names,
        "[screen]",
        "fullscreen = false",
        "[policy]",
        f"languages = {json.dumps(list(settings.policy.languages))}",
        f'pin = "{settings.policy.pin.value}"',
        "[ils]",
        'driver = "sip2"',
        f"host = {json.dumps(ils.host)}",
        f"port = {ils.port}",
        f"institution = {json.dumps(ils.institution)}",
        f"login_user = {json.dumps(ils.login_user)}",
        f"login_password = {json.dumps(ils.login_password)}",
        f"charset = {json.dumps(ils.charset)}",
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _play_slowly(
    name: str, patron: VirtualPatron, drawn: queue.SimpleQueue[View], playing: threading.Event
) -> None:
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
                playing.clear()
                return


def _pause(view: View) -> float:
    """How long the patron takes before the next act."""
    if isinstance(view.screen, LoanView) and any(row.state not in FINAL for row in view.screen.rows):
        return BUSY_PAUSE_S
    return PAUSES_S.get(type(view.screen), PAUSE_S)
