"""Playing a journey without a display: the real kiosk in its thread, the window pumped by hand.

Every view is drawn in its turn and seen before the next, so that no screen and no changed row goes by
unpictured; the script goes on when it sees what it waits for. Afterwards the evidence is written and
the laboratory's judge reads it.
"""

from __future__ import annotations

import base64
import contextlib
import errno
import logging
import queue
import random
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from pathlib import Path

from kiosk.app import product_version, real_doors
from kiosk.circulation.intents import Intent
from kiosk.circulation.views import (
    AccountView,
    AttractView,
    CannotLendView,
    ItemState,
    PinView,
    SeeStaffView,
    View,
)
from kiosk.core import Core
from kiosk.demo.farsides import SCENERY_FILE, FarSides
from kiosk.demo.journeys import FINAL, JOURNEYS, Journey, Sees
from kiosk.demo.options import Options
from kiosk.demo.person import VirtualPatron
from kiosk.lab import evidence, folder, recorder
from kiosk.lab.evidence import Canary, Control, Evidence, Frame, Result, Shown, Text
from kiosk.lab.judge import Verdict, judge
from kiosk.recorder import FOLDER as RING
from kiosk.screens import Drawn, KioskWindow
from kiosk.simulator.scenery import Scenery
from kiosk.support.capsule import capsule_lines
from kiosk.support.capsule import write as write_capsule

PATIENCE_S = 60.0
"""Longest wait for one thing to appear on the screen: more than the doubts about an ILS can last."""

BREATH_S = 0.01
"""Pause between two looks at the queue of views while nothing happens."""

START_S = 10.0
"""The journey begins at the attract screen; a kiosk that is not there after so long has something to
say, and that is shown."""


class Views:
    """A screen that keeps every view, in order, for the thread that draws."""

    def __init__(self) -> None:
        """Empty."""
        self._queue: queue.SimpleQueue[View] = queue.SimpleQueue()

    def show(self, view: View) -> None:
        """Take the newest view (from the core's thread)."""
        self._queue.put(view)

    def opening(self) -> View | None:
        """The first view of a kiosk that has found its devices; the last one there was where it did not."""
        deadline = time.monotonic() + START_S
        view = None
        while not (view and isinstance(view.screen, AttractView)) and time.monotonic() < deadline:
            with contextlib.suppress(queue.Empty):
                view = self._queue.get(timeout=BREATH_S)
        return view

    def next(self) -> View | None:
        """The next view that was not drawn yet, or None."""
        with contextlib.suppress(queue.Empty):
            return self._queue.get_nowait()
        return None


class Recording:
    """What happened on our side of the wires: frames and drawn screens."""

    def __init__(self, t0: float, charset: str) -> None:
        """Count `ms` from `t0`, monotonic seconds; `charset` is that of the ILS."""
        self.t0 = t0
        self._charset = charset
        self.frames: list[Frame] = []
        self.shown: list[Shown] = []

    def tap(self, direction: str, raw: bytes, at: float) -> None:
        """Hear one SIP2 frame."""
        self.frames.append(recorder.frame(direction, raw, at, self.t0, self._charset))


class Player:
    """Draws views, takes pictures, and lets the script go on."""

    def __init__(
        self, window: KioskWindow, views: Views, recording: Recording, out: Path, fell: threading.Event
    ) -> None:
        """Play on `window`; pictures go to `out`; `fell` is set when the kiosk falls over."""
        self._window = window
        self._views = views
        self._recording = recording
        self._out = out
        self._pictures = 0
        self._pictured: tuple[object, ...] | None = None
        self._drawn: View | None = None
        self._deadline = 0.0
        self._in_session = False
        self._fell = fell

    def play(self, journey: Journey, patron: VirtualPatron) -> str | None:
        """Play the script to its end; returns why it did not get there, or None."""
        script = journey.script(patron)
        waiting: Sees | None = None
        view = self._views.opening()
        self._deadline = time.monotonic() + PATIENCE_S
        while not self._fell.is_set():
            if view is None:
                if time.monotonic() > self._deadline:
                    return self._never(waiting)
                self._window.pump()
                time.sleep(BREATH_S)
            else:
                self._draw(view)
                patron.latest = view
                while waiting is None or waiting.test(view):
                    try:
                        waiting = next(script)
                    except StopIteration:
                        return None
                    except LookupError as error:
                        return str(error)
                    self._deadline = time.monotonic() + PATIENCE_S
                if self._turned_away(view):
                    return self._never(waiting)
            view = self._views.next()
        return "the kiosk fell over"

    def _turned_away(self, view: View) -> bool:
        """Whether this patron's session is over, so that there is nothing to wait for any more."""
        at_rest = isinstance(view.screen, AttractView | CannotLendView)
        signed_out = self._in_session and at_rest
        self._in_session = not at_rest
        refused = isinstance(view.screen, PinView) and view.screen.wrong
        return signed_out or refused or isinstance(view.screen, SeeStaffView)

    def _never(self, waiting: Sees | None) -> str:
        """What was waited for in vain, and what stood there instead."""
        what = waiting.what if waiting else "anything"
        if not self._recording.shown:
            return f"the screen never showed {what}; it stayed empty"
        last = self._recording.shown[-1]
        if self._drawn and isinstance(self._drawn.screen, PinView) and self._drawn.screen.wrong:
            return f"the screen never showed {what}; the PIN was wrong"
        rows = [f"{row.barcode or row.key} {row.state} {row.reason or ''}".rstrip() for row in last.rows]
        there = ", ".join(filter(None, (last.screen, last.modal, *last.reasons, *rows)))
        return f"the screen never showed {what}; at last it was: {there}"

    def _draw(self, view: View) -> None:
        self._drawn = view
        self._window.show(view)
        self._window.pump(2)
        shown = recorder.shown(view, self._now(), as_evidence(self._window.drawn(), self._window.size))
        self._recording.shown.append(shown)
        rows = tuple((row.key, row.state, row.reason) for row in shown.rows)
        rows += _of_account(view)
        key = (shown.session, shown.screen, shown.modal, rows, shown.header)
        if key != self._pictured:
            if self._pictured is None or self._pictured[3] != rows:
                self._deadline = time.monotonic() + PATIENCE_S
            self._pictured = key
            name = "-".join(filter(None, (shown.screen, shown.modal)))
            self._pictures += 1
            self._window.grab(self._out / f"{self._pictures:02}-{name}.png")

    def touch(self, intent: Intent) -> None:
        """Touch the control on the screen that means `intent`.

        Raises:
            LookupError: there is none: the script asks for what a patron could not do.
        """
        for control in self._window.drawn().controls:
            if control.act == intent and self._window.press(control.key):
                return
        raise LookupError(f"nothing on the screen means {intent}")

    def _now(self) -> float:
        return evidence.stamp(time.monotonic(), self._recording.t0)


def _of_account(view: View) -> tuple[tuple[str, str, str | None], ...]:
    """The section of the account, and its loans with what is said of them, as rows."""
    if not isinstance(view.screen, AccountView):
        return ()
    loans = ((loan.key, loan.mark.value, loan.reason) for loan in view.screen.loans)
    return (("", view.screen.section.value, None), *loans)


def as_evidence(drawn: Drawn, size: tuple[int, int]) -> recorder.Drawn:
    """What the painter drew, in the words of the evidence."""
    of_rows: dict[str, list[Text]] = {}
    texts: list[Text] = []
    for text in drawn.texts:
        where = of_rows.setdefault(text.row, []) if text.row else texts
        where.append(Text(text.text, text.origin.value))
    controls = [
        Control(control.role.value, control.name, order, control.spoken, control.box)
        for order, control in enumerate(drawn.controls)
    ]
    return recorder.Drawn(texts, of_rows, controls, size)


def play(options: Options) -> tuple[Result, Verdict, str | None]:
    """Play one journey and leave its evidence in `options.out`; the third word says why the script
    did not come to its end, None when it did.

    Raises:
        FarSideFailed: the far sides could not be set up, or went away.
        OSError: `options.out` or the journal in it cannot be used.
    """
    journey = _journey(options)
    out = options.out
    _clear(out)
    recording = Recording(time.monotonic(), _charset(options))
    simulated = options.settings.simulated
    views = Views()
    fell = threading.Event()
    real = replace(real_doors(out / "tmp" / "fonts", recording.tap), chance=random.Random(options.seed))
    with (
        _all_in(out),
        FarSides(options.scenery, out / "far", with_card="cards" in simulated) as far,
    ):
        core = Core(far.doors(real, options.settings), fell=fell.set)
        window = KioskWindow(
            size=options.size,
            offscreen=True,
            font_cache=out / "tmp" / "fonts",
            send=core.press,
            scanned=core.scanned,
            still=True,
        )
        settings = far.stand_in(options.settings)
        with core.running(settings, [views]):
            player = Player(window, views, recording, out, fell)
            patron = VirtualPatron(
                far,
                card=options.patron,
                pin=options.pin,
                books=journey.books,
                touch=player.touch,
                scan=core.scanned if settings.cards.driver == "none" else None,
            )
            missing = player.play(journey, patron)
            rows = recorder.journal_rows(core.rows(), recording.t0)
        report = far.do({"do": "report"})
        _keep_paper(out, far)
    shutil.rmtree(out / "far", ignore_errors=True)
    sides = evidence.far_sides(report, recording.t0)
    everything = Evidence(
        frames=tuple(recording.frames),
        tags=sides.tags,
        air=sides.air,
        presence=sides.presence,
        ils=sides.ils if "ils" in simulated else None,
        printer=sides.printer if "printer" in simulated else None,
        gate=sides.gate if "gate" in simulated else None,
        shown=tuple(recording.shown),
        journal=rows,
        canaries=_canaries(options, simulated="ils" in simulated),
        result=Result(journey.name),
    )
    folder.write(out, everything)
    capsule = capsule_lines(
        kiosk=product_version(),
        wall=time.time(),
        settings=settings,
        journal=settings.journal,
        ring=settings.journal.folder / RING,
    )
    write_capsule(out / "capsule.jsonl.gz", capsule)
    verdict = judge(out, out / "data")
    result = _result(journey, everything, verdict, missing, patron, recording, options)
    folder.write_result(out, result)
    return result, verdict, missing


@contextlib.contextmanager
def _all_in(out: Path) -> Iterator[None]:
    """Whatever the program writes while it works goes into the run's folder, to be searched afterwards: its
    log, and its temporary files."""
    temporary = out / "tmp"
    temporary.mkdir(mode=0o700, exist_ok=True)
    log = logging.FileHandler(out / "kiosk.log")
    logging.getLogger().addHandler(log)
    before, tempfile.tempdir = tempfile.tempdir, str(temporary)
    try:
        yield
    finally:
        tempfile.tempdir = before
        logging.getLogger().removeHandler(log)
        log.close()


def _keep_paper(out: Path, far: FarSides) -> None:
    """Keep a picture of the paper that came out, if any did."""
    paper = far.do({"do": "printout"})
    if paper["pieces"]:
        (out / "receipt.png").write_bytes(base64.b64decode(paper["png"]))


def _charset(options: Options) -> str:
    sip2 = options.settings.ils.sip2
    return sip2.sip_profile().charset if sip2 is not None else options.scenery.ils.charset


def _journey(options: Options) -> Journey:
    journey = JOURNEYS[options.journey]
    if options.items is None:
        return journey
    return replace(journey, books=options.items, ends={})


OURS = re.compile(
    r"\d{2,}-[a-z-]+\.png|receipt\.png|sip2\.log|kiosk\.log|journal\.(key|mark)|capsule\.jsonl\.gz"
    r"|(air|canaries|field|gate|ils|journal|presence|printer|result|screen)\.json"
)
"""Files that a run leaves in its folder."""


class FolderInUse(OSError):
    """The folder holds what no run of the demo has left there."""


def _clear(out: Path) -> None:
    """Make the folder, and take away what an earlier run has left there and nothing else.

    Raises:
        FolderInUse: `out/data` is somebody else's.
    """
    out.mkdir(parents=True, exist_ok=True)
    data, far = out / "data", out / "far"
    if any("journal.db" not in path.name and path.name != RING for path in data.glob("*")):
        raise FolderInUse(errno.EEXIST, "holds files that are not the demo's; give another --out", str(data))
    for path in out.iterdir():
        if OURS.fullmatch(path.name):
            path.unlink()
    shutil.rmtree(data, ignore_errors=True)
    shutil.rmtree(out / "tmp", ignore_errors=True)
    if (far / SCENERY_FILE).exists():
        shutil.rmtree(far)


def _canaries(options: Options, *, simulated: bool) -> tuple[Canary, ...] | None:
    """What must not rest on the disk. Behind a real ILS only what the call gave, and never the PIN,
    since this list lies on a disk too."""
    if not simulated:
        return (Canary("patron", options.patron),)
    scenery: Scenery = options.scenery
    found: list[Canary] = []
    for patron in scenery.patrons:
        found += [Canary("patron", patron.id), Canary("name", patron.name)]
        found += [Canary("e-mail", patron.email)] if patron.email else []
        found += [Canary("address", patron.address)] if patron.address else []
        found += [Canary("phone", patron.phone)] if patron.phone else []
        found += [Canary("message", patron.message)] if patron.message else []
        if patron.pin:
            found.append(Canary("pin", patron.pin))
    found += [Canary("title", item.title) for item in scenery.items]
    found += [Canary("author", item.author) for item in scenery.items if item.author]
    found += [Canary("message", item.refusal) for item in scenery.items if item.refusal]
    found += [Canary("message", scenery.ils.greeting)] if scenery.ils.greeting else []
    return tuple(found)


def _result(
    journey: Journey,
    everything: Evidence,
    verdict: Verdict,
    missing: str | None,
    patron: VirtualPatron,
    recording: Recording,
    options: Options,
) -> Result:
    items = evidence.items_shown(everything.shown or ())
    states = {item.barcode: item.state for item in items}
    if journey.ends:
        as_written = states == {barcode: state.value for barcode, state in journey.ends.items()}
    else:
        promised = GOOD & set(JOURNEYS[journey.name].ends.values())
        # what is renewed in the account need not be in the bag
        brought = {barcode for barcode in states if barcode in journey.books or states[barcode] != RENEWED}
        as_written = brought == set(journey.books) and _ended_well(states, promised)
    kept = all(value is not False for value in verdict.promises.values())
    if "ils" in options.settings.simulated:
        kept = kept and all(verdict.promises.values())
    return Result(
        journey=journey.name,
        ok=missing is None and as_written and kept,
        items=items,
        promises=verdict.promises,
        timings_ms=_timings(recording, patron),
    )


GOOD = frozenset({ItemState.SAFE, ItemState.RETURNED})
"""What a patron came for."""


RENEWED = ItemState.RENEWED.value


def _ended_well(states: Mapping[str, str], promised: Set[ItemState]) -> bool:
    """With books of the caller's choice: every item final, and at least one as the journey promises of
    any."""
    final = {state.value for state in FINAL}
    good = {state.value for state in promised}
    return set(states.values()) <= final and (not good or bool(good & set(states.values())))


def _timings(recording: Recording, patron: VirtualPatron) -> dict[str, float]:
    """How long the parts took, in milliseconds, from what was drawn."""
    timings: dict[str, float] = {}
    card = next((evidence.stamp(at, recording.t0) for act, at in patron.acts if act == "card"), None)
    screens: dict[str, float] = {}
    for shown in recording.shown:
        screens.setdefault(shown.screen, shown.ms)
    settled = next(
        (
            shown.ms
            for shown in recording.shown
            if shown.screen in {"loan", "return"}
            and len(shown.rows) >= len(patron.books)
            and all(row.state in {state.value for state in FINAL} for row in shown.rows)
        ),
        None,
    )
    if card is not None:
        timings["card"] = card
    timings |= {f"first_{name}": at for name, at in screens.items()}
    if settled is not None:
        timings["all_settled"] = settled
    if recording.shown:
        timings["end"] = recording.shown[-1].ms
    return timings
