"""What stands beside the kiosk's window in a demo: the tray, a process of its own, and where both go."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kiosk.screens.tray.plan import TALL, WIDE
from kiosk.settings import Settings

Pixels = tuple[int, int]

BETWEEN = 8
"""Pixels between the two windows."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the two windows go; None: wherever the display puts it."""

    kiosk: Pixels | None
    tray: Pixels | None
    size: Pixels
    """The tray's."""


def places(kiosk: Pixels, display: Pixels | None) -> Places:
    """Side by side where the display is wide enough, else the tray at its far corner."""
    if display is None:
        return Places(None, None, TALL)
    size = TALL if display[1] >= TALL[1] else WIDE
    beside = kiosk[0] + BETWEEN
    if beside + size[0] <= display[0]:
        return Places((0, 0), (beside, 0), size)
    corner = (max(0, display[0] - size[0]), max(0, display[1] - size[1]))
    return Places((0, 0), corner, size)


def display_size() -> Pixels | None:
    """Width and height of the X display; None where there is none (on Wayland, windows place themselves)."""
    if not os.environ.get("DISPLAY"):
        return None
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return None
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    if display.value is None:
        return None
    try:
        return int(x11.XDisplayWidth(display, 0)), int(x11.XDisplayHeight(display, 0))
    finally:
        x11.XCloseDisplay(display)


class Tray:
    """The tray's process, as a context manager. It may be closed; the kiosk goes on without it."""

    def __init__(
        self,
        control: int,
        settings: Settings,
        where: Places,
        *,
        staff_pin: str,
        scanned: Callable[[str], None],
        described: Callable[[dict[str, Any]], None] | None,
    ) -> None:
        """Prepare it.

        Args:
            control: the port of the far sides' control socket.
            settings: of the kiosk, before its simulated devices were given addresses.
            where: where its window goes.
            staff_pin: is told on it.
            scanned: takes codes that are held under its scanner.
            described: takes what can be pressed on it; None: nobody asks.
        """
        gate = settings.gate.lines
        options = {
            "--control": str(control),
            "--size": "{}x{}".format(*where.size),
            "--language": settings.policy.languages[0],
            "--simulated": ",".join(settings.simulated),
            "--gate-line": str(gate.release_line),
            "--staff-pin": staff_pin,
        }
        if where.tray is not None:
            options["--at"] = "{},{}".format(*where.tray)
        flags = {
            "--die-with-stdin": True,
            "--describe": described is not None,
            "--gate-active-low": gate.active_low,
            "--scan-cards": settings.cards.driver == "none",
        }
        given = [part for option in options.items() for part in option]
        given += [name for name, wanted in flags.items() if wanted]
        self._command = [sys.executable, "-m", "kiosk.screens.tray", *given]
        self._scanned, self._described = scanned, described
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start it."""
        # a session of its own: Ctrl-C is for the demo, which then ends the tray
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, args=(self._process,), name="tray", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                said = json.loads(line)
                if "scan" in said:
                    self._scanned(said["scan"])
                elif self._described is not None:
                    self._described(said)
