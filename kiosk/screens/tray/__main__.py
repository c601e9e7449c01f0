"""`python -m kiosk.screens.tray --control PORT`: show the tray until its window is closed, the far sides
are gone, or standard input ends."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import re
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kiosk.screens.drawn import Drawn
from kiosk.screens.tray.acts import Act
from kiosk.screens.tray.plan import SMALLEST, TALL, sheet
from kiosk.screens.tray.steering import Steering, Wiring
from kiosk.screens.tray.window import TrayWindow
from kiosk.simulator.control import BlockingControl
from kiosk.words import languages

DEVICES = ("ils", "pad", "cards", "printer", "gate")


def main(argv: Sequence[str] | None = None) -> int:
    """Show the tray; 0 when it was closed, 1 when there is nothing to steer."""
    given = _parser().parse_args(argv)
    terminal = logging.StreamHandler()
    terminal.setLevel(logging.ERROR)  # Kivy's logger has a level of its own, and chatters
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", handlers=[terminal])
    simulated = frozenset(given.simulated.split(","))
    wiring = Wiring(
        pad="pad" in simulated,
        cards="cards" in simulated,
        scan_cards=given.scan_cards,
        gate_line=given.gate_line,
        active_low=given.gate_active_low,
    )
    try:
        control = BlockingControl(given.control)
    except OSError as error:
        sys.stderr.write(f"tray: nothing to steer at port {given.control}: {error}\n")
        return 1
    with contextlib.closing(control), tempfile.TemporaryDirectory(prefix="kiosk-tray-") as folder:
        _run(given, control, wiring, simulated, Path(folder))
    return 0


def _run(
    given: argparse.Namespace,
    control: BlockingControl,
    wiring: Wiring,
    simulated: frozenset[str],
    folder: Path,
) -> None:
    say = Speaker()

    def act(what: Act) -> None:
        steering.act(what)

    window = TrayWindow(
        size=given.size,
        offscreen=False,
        at=given.at,
        font_cache=folder,
        language=given.language,
        staff_pin=given.staff_pin,
        simulated=simulated,
        act=act,
        on_drawn=say.drawn if given.describe else None,
    )
    _, room = sheet(given.size)
    steering = Steering(
        control,
        wiring,
        show=window.show,
        scan=say.scan,
        ended=window.stop,
        page=(int(room[2]), int(room[3])),
    )
    steering.start()
    if given.die_with_stdin:
        threading.Thread(target=_until_stdin_ends, args=(window,), name="stdin", daemon=True).start()
    try:
        window.run()
    finally:
        steering.stop()


class Speaker:
    """Says on standard output, a line of JSON each, what was scanned and what can be pressed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: dict[str, Any] = {}

    def scan(self, code: str) -> None:
        """A code was held under the scanner. From any thread."""
        self._say({"scan": code})

    def drawn(self, drawn: Drawn) -> None:
        """Something was drawn; says it if the controls are others than before."""
        described = drawn.described()
        if described != self._said:
            self._said = described
            self._say(described)

    def _say(self, what: object) -> None:
        with self._lock, contextlib.suppress(BrokenPipeError):
            sys.stdout.write(json.dumps(what, ensure_ascii=False) + "\n")
            sys.stdout.flush()


def _until_stdin_ends(window: TrayWindow) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    window.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kiosk.screens.tray", description="The virtual desk's tray."
    )
    parser.add_argument("--control", type=int, required=True, metavar="PORT", help="of `kiosk sim desk`")
    parser.add_argument("--size", type=_size, default=TALL, metavar="WxH", help="of the window")
    parser.add_argument("--at", type=_at, metavar="X,Y", help="where its top left corner is")
    parser.add_argument("--language", default="en", choices=languages(), help="of all texts")
    parser.add_argument(
        "--simulated", default=",".join(DEVICES), metavar="A,B", help="what there is to steer"
    )
    parser.add_argument("--scan-cards", action="store_true", help="the kiosk has no card reader: scan them")
    parser.add_argument("--gate-line", type=int, default=17, metavar="N", help="the gate's release")
    parser.add_argument("--gate-active-low", action="store_true", help="it releases when it is low")
    parser.add_argument("--staff-pin", default="", metavar="PIN", help="is told on the tray")
    parser.add_argument("--describe", action="store_true", help="say as JSON lines what can be pressed")
    parser.add_argument("--die-with-stdin", action="store_true", help="stop when standard input ends")
    return parser


def _size(text: str) -> tuple[int, int]:
    width, height = _pair(text, "x")
    if not any(width >= least[0] and height >= least[1] for least in SMALLEST):
        smallest = " or ".join(f"{least[0]}x{least[1]}" for least in SMALLEST)
        raise argparse.ArgumentTypeError(f"at least {smallest}")
    return width, height


def _at(text: str) -> tuple[int, int]:
    return _pair(text, ",")


def _pair(text: str, between: str) -> tuple[int, int]:
    found = re.fullmatch(rf"([0-9]{{1,5}}){between}([0-9]{{1,5}})", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"write two numbers with {between!r} between them")
    return int(found[1]), int(found[2])


if __name__ == "__main__":
    sys.exit(main())
