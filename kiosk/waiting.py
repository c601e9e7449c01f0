"""A kiosk without usable settings: its screen says what is wrong, until somebody has put it right.

Only a service waits so; a kiosk that is started by hand says it in its terminal, and ends.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.app import product_version
from kiosk.firstboot import LOST_FILE, REFUSED_FILE
from kiosk.screens import WrongSettings, WrongSettingsWindow
from kiosk.service import Health, Notify, process_age
from kiosk.service.health import NAME as HEALTH
from kiosk.settings import Settings, SettingsError, for_patrons, load, rotation_of, secret_files
from kiosk.station import ended_by_signals, on_display, scratch

log = logging.getLogger(__name__)

LOOK_S = 2.0
"""Seconds between two looks at the file. A frame is drawn each time, and the watchdog fed by it."""

PANEL = (1280, 800)
"""Size of the window where it does not cover the display."""


@dataclass(frozen=True, slots=True)
class UnderSystemd:
    """What systemd has given to this process.

    Attributes:
        notify: the way to the service manager.
        runtime: the folder of the health file, None when there is none.
        run: where `kiosk setup` has left its word.
    """

    notify: Notify
    runtime: Path | None
    run: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> UnderSystemd | None:
        """From the environment; None when no service manager waits for us."""
        notify = Notify(environment.get("NOTIFY_SOCKET", ""))
        if not notify.heard:
            return None
        given = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
        runtime = Path(given) if given else None
        return cls(notify, runtime, runtime.parent if runtime is not None else Path("/run"))


def by_card(run: Path) -> bool:
    """Whether this machine gets its settings from a card: `kiosk setup` has made its folder in `run`."""
    return (run / REFUSED_FILE).parent.is_dir()


def unfilled(settings: Settings, run: Path) -> bool:
    """Whether nobody has written a library into these settings yet, on a machine that gets them from a card:
    neither the ILS nor the pad is real."""
    return by_card(run) and {"ils", "pad"} <= set(settings.simulated)


DATA_PARTITION = "/data"


class Waiting:
    """What is known of settings that cannot be used, and whether they can by now.

    Attributes:
        rotation: how the panel hangs, as far as the file says so (degrees); as of the last look.
    """

    def __init__(self, config: Path, run: Path) -> None:
        """`config` is the file that the kiosk is to run with; `run` as in `UnderSystemd`."""
        self._config = config
        self._run = run
        self.rotation = 0
        self._refused, self._lost = run / REFUSED_FILE, run / LOST_FILE
        self._seen: object = None
        self._wrong: WrongSettings | None = None

    def look(self) -> WrongSettings | None:
        """What is wrong now; None: nothing any more. Reads only when a file has changed."""
        files = (self._config, self._refused, *secret_files(self._config))
        seen = tuple(_signature(path) for path in files)
        if seen != self._seen:
            self._seen, self._wrong = seen, self._looked()
            self.rotation = rotation_of(self._config)
        return self._wrong

    def _looked(self) -> WrongSettings | None:
        nothing = "There is no kiosk.toml on the card."
        messages: Sequence[str] = ()
        try:
            settings = for_patrons(load(self._config), str(self._config))
        except SettingsError as error:
            messages = error.messages
            missing = not self._config.exists()
        else:
            if not unfilled(settings, self._run):
                return None
            nothing = "The kiosk.toml on the card says nothing of the library yet: neither [ils] nor [pad]."
            missing = True
        on_card = by_card(self._run)
        if missing and (lost := _lines(self._lost)):
            return WrongSettings(lost, DATA_PARTITION, on_card=True, by_card=True, lost=True)
        if missing and (refused := _lines(self._refused)):
            return WrongSettings(refused, "kiosk.toml", on_card=True, by_card=True)
        if missing and on_card:
            return WrongSettings((nothing,), "kiosk.toml", on_card=True, by_card=True, missing=True)
        return WrongSettings(
            tuple(messages), str(self._config), on_card=False, by_card=on_card, missing=missing
        )


def _lines(path: Path) -> tuple[str, ...]:
    try:
        return tuple(path.read_text(encoding="utf-8").splitlines())
    except OSError:
        return ()


def _signature(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    # whose it is and who may read it decides about a secret
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode, found.st_uid


def wait_for_settings(config: Path, systemd: UnderSystemd, again: Callable[[], int]) -> int:
    """Show what is wrong until the settings can be used, or say that the panel hangs in another way; then do
    `again`, whose exit status it is. 0: the service was stopped before.

    Raises:
        NoWindow: no window could be opened.
        FontsMissing: a Debian package with fonts is not installed.
    """
    waiting = Waiting(config, systemd.run)
    wrong = waiting.look()
    with contextlib.ExitStack() as stack:
        if wrong is None:  # put right meanwhile
            return again()
        fonts, rotation = scratch(stack), waiting.rotation
        window = on_display(
            lambda: WrongSettingsWindow(
                size=PANEL, offscreen=False, fullscreen=True, font_cache=fonts, rotation=rotation
            )
        )
        stack.enter_context(ended_by_signals(window.stop))
        beating = _Beating(systemd, "no-settings" if wrong.missing or wrong.on_card else "wrong-settings")
        anew: list[bool] = []

        def look() -> None:
            now = waiting.look()
            # a window cannot be turned while it is open
            if now is None or waiting.rotation != rotation:
                anew.append(True)
                window.stop()
            else:
                window.show(now)

        window.show(wrong)
        window.every(LOOK_S, look, drawn=beating.drawn)
        window.run()
    return again() if anew else 0


class _Beating:
    """Tells the service manager of each frame, and the programs beside us what is on the screen."""

    def __init__(self, systemd: UnderSystemd, screen: str) -> None:
        self._systemd = systemd
        self._screen = screen
        self._frames = 0
        self._first: float | None = None

    def drawn(self) -> None:
        """One more frame was drawn."""
        self._frames += 1
        if self._first is None:
            self._first = round(process_age(), 3)
            self._systemd.notify.say("READY=1", "STATUS=these settings cannot be used")
        self._systemd.notify.say("WATCHDOG=1")
        if self._systemd.runtime is None:
            return
        health = Health(product_version(), self._first, self._frames, self._screen, "missing", time.time())
        try:
            health.write(self._systemd.runtime / HEALTH)
        except OSError as error:
            log.warning("K-SRV-001: the health file cannot be written: %s", error)


def begin_anew() -> int:
    """Start this very command again, in this process: Kivy has one window in the life of one, and to the
    service manager nothing has ended."""
    # what holds the display must be let go of, or nobody gets it again
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606
