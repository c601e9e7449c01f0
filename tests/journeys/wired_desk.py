"""A desk with real wires: the real kiosk, and the simulated devices in a process of their own.

    with desk(tmp_path) as it:
        it.scans(LEILA)
        it.puts(WILLOWS)
        it.settles(WILLOWS)

The kiosk is `kiosk.core.Core` as the station runs it, only without a window: its thread, its five real
doors, its recovery. What `kill` is for runs it in a process of its own (`kiosk_apart`). A story is judged
from outside: by the views that were shown, by the far sides' reports and by the journal; when it ends well
the laboratory's judge must find no promise broken and nobody may have logged an error.
"""

from __future__ import annotations

import contextlib
import io
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

from kiosk.app import real_doors
from kiosk.circulation import views
from kiosk.circulation.facts import DeviceNow, Fact
from kiosk.circulation.intents import Do, Intent, Pressed
from kiosk.circulation.policy import PinRule, Policy
from kiosk.circulation.views import Message, RowView, View
from kiosk.core import Core
from kiosk.demo.farsides import FarSides
from kiosk.ils import IlsSettings
from kiosk.journal import JournalSettings, StoredRow
from kiosk.lab import evidence, folder, recorder
from kiosk.lab.evidence import Evidence, Frame, Result, Shown
from kiosk.lab.judge import judge
from kiosk.receipts import PaperSettings
from kiosk.scanner import SerialScanner
from kiosk.security_gate import GateLines, SwitchSettings
from kiosk.settings import (
    CardSection,
    GateSection,
    IlsSection,
    PrinterSection,
    ScannerSection,
    Settings,
)
from kiosk.simulator import lanternfield
from kiosk.simulator.scenery import Scenery
from tests.journeys.desk_story import assert_can_be_said, canaries, listened
from tests.journeys.till import Till

WILLOWS, KALILA, MOSSES = "39000001", "39000002", "39000003"
ON_HOLD, NOT_FOR_LOAN = "39000006", "39000013"
FOR_HOLD_SHELF, TO_RIVERSIDE, NEVER_LENT = "39000015", "39000016", "39000017"
ON_LOAN, ON_LOAN_TOO, ANNAS = "39000019", "39000020", "39000011"
ANNA, LEILA = "21000001", "21000003"

RELEASE = 17
"""The line that releases the gate."""

FINAL = {"safe", "refused", "attention", "no_tag", "returned", "renewed"}
LOOK_S = 0.02

QUICK_PAPER = PaperSettings(answer_timeout_s=0.3, watch_s=1.0, reopen_longest_s=0.5)
QUICK_LINES = GateLines(pulse_s=0.2, reopen_longest_s=0.5)

Test = type | Callable[[View], bool]


def quick(scenery: Scenery) -> Scenery:
    """The same library, with an ILS that promises to answer within a second."""
    return replace(scenery, ils=replace(scenery.ils, timeout="010"))


@dataclass(frozen=True)
class Plan:
    """How this desk differs from the usual one. Whatever is in it goes to another process as it is."""

    policy: dict[str, Any] = field(default_factory=dict)
    paper: PaperSettings = QUICK_PAPER
    lines: GateLines = QUICK_LINES
    security: SwitchSettings = field(default_factory=SwitchSettings)
    with_card: bool = False
    scanner: str = ""
    ils: IlsSettings | None = None
    """Another ILS than the simulated one."""
    till: Till | None = None
    """What takes money; not in another process."""

    def settings(self, home: Path) -> Settings:
        """The settings of the kiosk; devices are still simulated."""
        scanner = ScannerSection("none")
        if self.scanner:
            scanner = ScannerSection("serial", SerialScanner(self.scanner, reopen_longest_s=0.2))
        settings = Settings(
            policy=Policy(**{"pin": PinRule.IF_ASKED, "settle_pause_s": 0.5, **self.policy}),
            cards=CardSection("simulated" if self.with_card else "none"),
            printer=PrinterSection("simulated", paper=self.paper),
            gate=GateSection("simulated", lines=self.lines),
            security=self.security,
            scanner=scanner,
            journal=JournalSettings(home / "data", home / "journal.key"),
        )
        return settings if self.ils is None else replace(settings, ils=IlsSection("sip2", self.ils))

    def stand_in(self, settings: Settings, far: FarSides) -> Settings:
        """`settings` with addresses, and an ILS that is not waited for long."""
        settings = far.stand_in(settings)
        assert settings.ils.sip2 is not None
        hasty = replace(
            settings.ils.sip2,
            answer_timeout_s=1.0,
            question_timeout_s=1.0,
            backoff_s=0.1,
            backoff_limit_s=0.3,
        )
        return replace(settings, ils=IlsSection("sip2", hasty))


class Kiosk:
    """The kiosk in a thread of this process."""

    def __init__(self, home: Path, plan: Plan, far: FarSides, hear: Callable[[str, Any], None]) -> None:
        settings = plan.settings(home)
        doors = real_doors(home.parent / "fonts", lambda *heard: hear("frame", heard))
        doors = replace(far.doors(doors, settings), chance=random.Random(1), till=plan.till)
        self._stack = contextlib.ExitStack()
        self.core = Core(doors, [_Listener(hear)], fell=lambda: hear("fell", None))
        self.press, self.scanned, self.rows = self.core.press, self.core.scanned, self.core.rows
        shown = _Screen(hear)
        self._stack.enter_context(self.core.running(plan.stand_in(settings, far), [shown]))

    def close(self) -> None:
        """Stop it as the station does."""
        self._stack.close()


class _Screen:
    def __init__(self, hear: Callable[[str, Any], None]) -> None:
        self._hear = hear

    def show(self, view: View) -> None:
        self._hear("view", (time.monotonic(), view))


class _Listener:
    def __init__(self, hear: Callable[[str, Any], None]) -> None:
        self._hear = hear

    def heard(self, fact: Fact) -> None:
        if isinstance(fact, DeviceNow):
            self._hear("device", fact)


class Desk:
    """What a story can do and see."""

    def __init__(self, home: Path, plan: Plan, far: FarSides, scenery: Scenery) -> None:
        self.far = far
        self.seen: list[View] = []
        self.falls = 0
        self.devices: dict[str, str] = {}
        self._over = False
        self._since = 0
        self.t0 = time.monotonic()
        self._home, self._plan, self._scenery = home, plan, scenery
        self._shown: list[Shown] = []
        self._frames: list[Frame] = []
        self._lost: tuple[StoredRow, ...] = ()
        self._news = threading.Condition()
        self.kiosk: Any = None

    def start(self, make: Callable[..., Any] = Kiosk) -> None:
        """Start a kiosk (again). What is waited for from now on is what this one shows."""
        self._since = len(self.seen)
        self.kiosk = make(self._home, self._plan, self.far, self._hear)

    def _hear(self, kind: str, what: Any) -> None:
        with self._news:
            if kind == "view":
                at, view = what
                self.seen.append(view)
                self._shown.append(recorder.shown(view, evidence.stamp(at, self.t0)))
            elif kind == "frame":
                self._frames.append(recorder.frame(*what, self.t0))
            elif kind == "device":
                self.devices[what.device] = " ".join(filter(None, (what.condition, what.reason)))
            else:
                self.falls += 1
            self._news.notify_all()

    # ---- what happens -----------------------------------------------------------------------

    def world(self, do: str, **what: Any) -> dict[str, Any]:
        """One command to the far sides (`World.do`)."""
        return self.far.do({"do": do, **what})

    def when(self, event: dict[str, Any], *steps: dict[str, Any]) -> None:
        """Let the far sides do something at the instant of an event."""
        self.world("when", event=event, steps=list(steps))

    def puts(self, *tags: str) -> None:
        self.world("put", tags=list(tags))

    def lifts(self, *tags: str) -> None:
        self.world("lift", tags=list(tags))

    def scans(self, code: str) -> None:
        self.kiosk.scanned(code)

    def presses(self, intent: Intent) -> None:
        """Touch what is on the screen now."""
        view = self.view
        self.kiosk.press(Pressed(view.session, view.revision, intent))

    def signs_in(self, patron: str = LEILA) -> None:
        """Scan the card and come to the list."""
        self.sees(views.AttractView)
        self.scans(patron)
        self.sees(views.LoanView)

    def begins_return(self) -> None:
        self.sees(views.AttractView)
        self.presses(Do.RETURN)
        self.sees(views.ReturnView)

    def finishes(self) -> views.FarewellView:
        self.presses(Do.FINISH)
        return self.sees(views.FarewellView).screen

    def leaves(self, *tags: str) -> None:
        """Take these along and go, no faster than a reader can see."""
        if tags:
            self.lifts(*tags)
            self.sees(lambda view: not any(row.on_pad for key, row in rows_of(view).items() if key in tags))
        self.presses(Do.FINISH)
        self.sees(views.AttractView, views.CannotLendView)

    # ---- what is seen -----------------------------------------------------------------------

    @property
    def view(self) -> View:
        return self.seen[-1]

    @property
    def screen(self) -> Any:
        return self.view.screen

    @property
    def rows(self) -> dict[str, RowView]:
        return rows_of(self.view)

    @property
    def ends(self) -> dict[str, str]:
        return ends_of(self.view)

    def finds(self, device: str, condition: str, within: float = 15.0) -> None:
        """Wait until the kiosk finds a device in this condition (with its reason behind it)."""
        with self._news:
            there = self._news.wait_for(lambda: self.devices.get(device) == condition, within)
        assert there, f"{device} is {self.devices.get(device)}"

    def sees(self, *tests: Test, within: float = 15.0) -> View:
        """Wait for a screen or modal of one of these kinds, or for a view that passes a test; the view
        that it was, which need not be the newest."""
        at = max(len(self.seen) - 1, self._since)
        end = time.monotonic() + within
        with self._news:
            while True:
                for view in self.seen[at:]:
                    if any(_passes(view, test) for test in tests):
                        return view
                at = len(self.seen)
                if not self._news.wait(end - time.monotonic()) and time.monotonic() >= end:
                    raise AssertionError(f"not seen within {within} s; the screen is {self.seen[-1:]}")

    def settles(self, *keys: str, within: float = 15.0) -> dict[str, str]:
        """Wait until these rows are at their ends; all rows with their reasons."""

        def settled(view: View) -> bool:
            rows = rows_of(view)
            return all(key in rows and rows[key].state in FINAL for key in keys)

        return ends_of(self.sees(settled, within=within))

    def says(self, notice: str, within: float = 15.0) -> None:
        """Wait for the message line to say this (notice, or notice and reason)."""
        self.sees(lambda view: notice in {message_of(view), message_of(view).split(" ")[0]}, within=within)

    def receipt(self, *states: str) -> views.ReceiptView:
        """Wait for the farewell's receipt to be in one of these states."""

        def there(view: View) -> bool:
            receipt = getattr(view.screen, "receipt", None)
            return receipt is not None and receipt.state in states

        return self.sees(there).screen.receipt

    def prints(self) -> views.ReceiptView:
        """Press *Print* and wait for what becomes of it."""
        assert self.screen.receipt.state == "offered"
        self.presses(Do.PRINT)
        return self.receipt("printed", "unproven", "failed")

    def reports(self, test: Callable[[dict[str, Any]], Any], within: float = 15.0) -> dict[str, Any]:
        """Wait until the far sides' report passes a test."""
        end = time.monotonic() + within
        while not test(report := self.world("report")):
            if time.monotonic() > end:
                raise AssertionError(f"never reported: {report['gate']} {report['printer']}")
            time.sleep(LOOK_S)  # the far sides tell nothing unasked
        return report

    def asked(self, code: str, item: str) -> int:
        """How often this message about this item reached the ILS."""
        messages = self.world("report")["ils"]["messages"]
        return sum(each["request"].startswith(code) and f"|AB{item}|" in each["request"] for each in messages)

    def held(self, item: str) -> str | None:
        """Who has it, as the ILS knows."""
        items = self.world("report")["ils"]["items"]
        return next(each["with"] for each in items if each["barcode"] == item)

    def afi(self, item: str) -> list[str]:
        """The AFI of each of its tags that was ever put down, as the field knows it."""
        return [tag["afi_after"] for tag in self.world("report")["field"] if tag["barcode"] == item]

    def edges(self, line: int = RELEASE) -> list[tuple[int, str]]:
        """What happened to a line: levels and who made them."""
        edges = self.world("report")["gate"]["edges"]
        return [(each["level"], each["by"]) for each in edges if each["line"] == line]

    def paper(self) -> list[bytes]:
        """All pieces of paper, as they look."""
        count = self.world("printout")["pieces"]
        return [picture(self.far, n) for n in range(count)]

    def open_rows(self, rows: Sequence[StoredRow] | None = None) -> set[str]:
        """Sagas in the journal that are not closed."""
        rows = self.kiosk.rows() if rows is None else rows
        return {row.saga for row in rows} - {row.saga for row in rows if row.closes}

    def remembers(self) -> None:
        """Keep the journal's rows as they are now, for the judge: the file will be lost."""
        self._lost = self.kiosk.rows()

    # ---- the end of every story -------------------------------------------------------------

    def ends_well(self, *, simulated_ils: bool = True) -> None:
        """Stop the kiosk and let the judge read what is left, once."""
        if self._over:
            return
        self._over = True
        report = self.world("report")
        lost = {(row.saga, row.kind, row.wall): row for row in self._lost}
        rows = lost | {(row.saga, row.kind, row.wall): row for row in self.kiosk.rows()}
        self.kiosk.close()
        assert self.falls == 0, "the kiosk fell over"
        assert not report["troubles"], report["troubles"]
        for view in self.seen:
            assert_can_be_said(view)
        sides = evidence.far_sides(report, self.t0)
        found = Evidence(
            frames=tuple(self._frames),
            tags=sides.tags,
            air=sides.air,
            presence=sides.presence,
            ils=sides.ils if simulated_ils else None,
            shown=tuple(self._shown),
            journal=recorder.journal_rows(rows.values(), self.t0),
            canaries=tuple(canaries(self._scenery)),
            result=Result("story", items=evidence.items_shown(self._shown)),
            printer=sides.printer,
            gate=sides.gate,
        )
        folder.write(self._home, found)
        verdict = judge(self._home, self._home / "data")
        assert not verdict.broken, "\n".join(map(str, verdict.findings))


def rows_of(view: View) -> dict[str, RowView]:
    """The rows of a list by key."""
    return {row.key: row for row in getattr(view.screen, "rows", ())}


def ends_of(view: View) -> dict[str, str]:
    """Each row with its state, and its reason behind it when it has one."""
    return {key: " ".join(filter(None, (row.state, row.reason))) for key, row in rows_of(view).items()}


def message_of(view: View) -> str:
    """The message line: notice and reason."""
    message = getattr(view.screen, "message", None)
    if not isinstance(message, Message):
        return ""
    return " ".join(filter(None, (message.notice, message.reason)))


def picture(far: FarSides, piece: int) -> bytes:
    """One piece of paper as the bytes of its dots."""
    import base64

    answer = far.do({"do": "printout", "piece": piece})
    with Image.open(io.BytesIO(base64.b64decode(answer["png"]))) as image:
        return image.convert("1").tobytes()


def _passes(view: View, test: Test) -> bool:
    if isinstance(test, type):
        return isinstance(view.screen, test) or isinstance(view.modal, test)
    return test(view)


@contextlib.contextmanager
def desk(
    home: Path,
    plan: Plan | None = None,
    *,
    scenery: Scenery | None = None,
    make: Callable[..., Any] = Kiosk,
) -> Iterator[Desk]:
    """A desk at its attract screen; in the end it is judged, unless the story has failed before."""
    plan = plan or Plan()
    scenery = quick(scenery or lanternfield())
    with listened(home) as errors, FarSides(scenery, home / "far", with_card=plan.with_card) as far:
        it = Desk(home, plan, far, scenery)
        it.start(make)
        try:
            it.sees(views.AttractView)
            yield it
            it.ends_well(simulated_ils=plan.ils is None)
        finally:
            it.kiosk.close()
    assert not errors.told, errors.told
