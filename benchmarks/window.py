"""`start/...`, `idle/...`, `memory/...`, `tap/...`: the kiosk's process, with its window.

The window draws off screen, by Mesa in software where there is no GPU; beside it stands a bare process
that opens the same window by the same settings, with nothing in it. Idle needs the window's own loop,
so it runs on a display: the one that is here, or Xvfb's.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import setting
from benchmarks.farside import FarSide
from benchmarks.rows import Row, row

SIZE = (1280, 800)
TAPS = 20
IDLE_S = 6.0
SETTLE_S = 3.0
"""Before idling is measured: the attract screen has faded in, the devices are found."""


# ---- here: processes are started, and what they say is made into rows ------------------------------


def rows(repetitions: int, folder: Path) -> Iterator[Row]:
    """All rows of the window."""
    bare = [_child("bare", {}, folder / f"bare{turn}") for turn in range(repetitions)]
    with FarSide(setting.scenery(1, 1, seed=1), folder / "far") as far:
        whole = [_child("kiosk", far.ports, folder / f"whole{turn}") for turn in range(repetitions)]
        with _display() as display:
            idle = _child("idle", far.ports, folder / "idle", display) if display else None
    yield row(
        "start/first-frame",
        "ms",
        [each["first_frame_ms"] for each in whole],
        references=[statistics.median(each["first_frame_ms"] for each in bare)],
        reference_name="Python and an empty Kivy window",
    )
    if idle is not None:
        yield row(
            "idle/cpu-percent", "%", idle["cpu_percent"], note="of one core, attract screen, Mesa in software"
        )
    yield row(
        "memory/rss-mb",
        "MB",
        [each["rss_mb"] for each in whole],
        references=[statistics.median(each["rss_mb"] for each in bare)],
        reference_name="Python and an empty Kivy window",
    )
    yield row(
        "tap/to-picture-ms",
        "ms",
        [tap for each in whole for tap in each["taps_ms"]],
        note="Help opened and closed; Mesa in software",
    )


def _child(
    what: str, ports: Mapping[str, int], folder: Path, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run one process of `main` below; what it says."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "benchmarks.window",
        what,
        json.dumps(dict(ports)),
        str(folder),
        str(began),
    ]
    done = subprocess.run(
        command, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True, check=True
    )
    shutil.rmtree(folder, ignore_errors=True)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@contextmanager
def _display() -> Iterator[Mapping[str, str] | None]:
    """The environment of a display, or None where there is none to be had."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield {}
        return
    if shutil.which("Xvfb") is None:
        sys.stderr.write("bench: no display and no Xvfb: idle/cpu-percent is left out\n")
        yield None
        return
    reading, writing = os.pipe()
    size = "x".join(map(str, (*SIZE, 24)))
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            yield {"DISPLAY": f":{pipe.readline().strip()}", "SDL_VIDEODRIVER": "x11"}
    finally:
        process.terminate()
        process.wait()


# ---- there: one process each ------------------------------------------------------------------------


def _bare(folder: Path, began: float) -> dict[str, Any]:
    from kiosk.screens.kivy_setup import set_up

    set_up(SIZE, offscreen=True, fullscreen=False, home=folder / "kivy")
    from kivy.base import EventLoop, runTouchApp
    from kivy.core.window import Window
    from kivy.graphics.opengl import glFinish

    drawn: list[float] = []

    def flipped(*_: object) -> None:
        glFinish()
        drawn.append(time.monotonic())

    EventLoop.ensure_window()
    Window.bind(on_flip=flipped)
    runTouchApp(embedded=True)
    while not drawn:
        Window.canvas.ask_update()
        EventLoop.idle()
    return {"first_frame_ms": 1000 * (drawn[0] - began), "rss_mb": _rss_mb()}


def _kiosk(ports: Mapping[str, int], folder: Path, began: float) -> dict[str, Any]:
    drawn: list[tuple[Any, float]] = []
    with _running(ports, folder, offscreen=True, drawn=drawn) as window:
        _pump(window, lambda: bool(drawn))
        first_frame = drawn[0][1] - began
        _pump(window, lambda: type(drawn[-1][0].screen).__name__ == "AttractView")
        taps = [_tap(window, drawn, opening=turn % 2 == 0) for turn in range(TAPS)]
        return {
            "first_frame_ms": 1000 * first_frame,
            "rss_mb": _rss_mb(),
            "taps_ms": [1000 * tap for tap in taps],
        }


def _tap(window: Any, drawn: Sequence[tuple[Any, float]], *, opening: bool) -> float:
    """Seconds from a tap on a control until the picture that it leads to was drawn."""
    from kiosk.circulation.intents import Do

    act = Do.CALL_STAFF if opening else Do.CLOSE_HELP
    control = next(each for each in window.drawn().controls if each.act is act)
    seen, began = len(drawn), time.monotonic()
    window.press(control.key)
    _pump(window, lambda: any((view.modal is not None) is opening for view, _ in drawn[seen:]))
    return drawn[-1][1] - began


def _idle(ports: Mapping[str, int], folder: Path) -> dict[str, Any]:
    drawn: list[tuple[Any, float]] = []
    shares: list[float] = []
    with _running(ports, folder, offscreen=False, drawn=drawn) as window:

        def measure() -> None:
            time.sleep(SETTLE_S)
            for _ in range(3):
                began, used = time.monotonic(), time.process_time()
                time.sleep(IDLE_S / 3)
                shares.append(100 * (time.process_time() - used) / (time.monotonic() - began))
            window.stop()

        threading.Thread(target=measure, daemon=True).start()
        window.run()
    return {"cpu_percent": shares}


@contextmanager
def _running(
    ports: Mapping[str, int], folder: Path, *, offscreen: bool, drawn: list[tuple[Any, float]]
) -> Iterator[Any]:
    """The kiosk as a process of its own has it: a window, and the core in its thread."""
    from kiosk.app import real_doors
    from kiosk.core import Core
    from kiosk.screens import KioskWindow

    core = Core(real_doors(folder / "paper"))
    window = KioskWindow(
        size=SIZE,
        offscreen=offscreen,
        font_cache=folder / "fonts",
        send=core.press,
        scanned=core.scanned,
        on_drawn=lambda view, what, at: drawn.append((view, at)),
    )
    with core.running(setting.kiosk_settings(ports, folder), [window]):
        yield window


def _pump(window: Any, until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + setting.PATIENCE_S
    while not until():
        if time.monotonic() > deadline:
            raise TimeoutError("the window never showed what was waited for")
        window.pump()


def _rss_mb() -> float:
    status = Path("/proc/self/status").read_text("utf-8")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return int(kilobytes) * 1024 / 1e6


def main(argv: Sequence[str]) -> None:
    """One process: `bare`, `kiosk` or `idle`; says what it measured as a line of JSON."""
    what, ports, folder, began = argv[0], json.loads(argv[1]), Path(argv[2]), float(argv[3])
    if what == "bare":
        said = _bare(folder, began)
    elif what == "kiosk":
        said = _kiosk(ports, folder, began)
    else:
        said = _idle(ports, folder)
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
