"""The real kiosk without a window, in virtual time, for the capsules in tests/capsules.

    python -m tests.recorder.headless

makes them anew, each from a story below. tests/capsules/README.md says when that is right.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from kiosk.app import Doors, Kiosk, build
from kiosk.circulation.intents import Digit, Do, Intent, Pressed, Renew
from kiosk.circulation.policy import PinRule, Policy
from kiosk.circulation.values import PatronId
from kiosk.circulation.views import (
    AttractView,
    FarewellView,
    LeftoversView,
    LoanView,
    PinView,
    ReturnView,
    View,
)
from kiosk.ils import IlsSettings
from kiosk.journal import JournalSettings
from kiosk.lab.loop import run
from kiosk.lab.wires import Bench
from kiosk.pad import PadSettings
from kiosk.receipts import NetworkPrinter
from kiosk.recorder import FOLDER
from kiosk.rfid.readers.feig import FeigSettings
from kiosk.settings import CardSection, GateSection, IlsSection, PadSection, PrinterSection, Settings
from kiosk.simulator import World, lanternfield
from kiosk.simulator.scenery import Scenery
from kiosk.support.capsule import capsule_lines, write

T = TypeVar("T")

CAPSULES = Path(__file__).parent.parent / "capsules"
"""Where the capsules are that are tests."""

T0 = 1000.0
WALL = 1_795_341_600.0 - T0

PATIENCE_S = 120.0
"""Virtual seconds to wait for anything."""


class Headless:
    """One kiosk with its far sides, and somebody before it."""

    def __init__(self, home: Path, scenery: Scenery) -> None:
        self.home = home
        self.scenery = scenery
        self.world = World(scenery, chance=random.Random(1), wall=lambda: self.now() + WALL)
        self.view: View | None = None
        self._bench: Bench
        self._kiosk: Kiosk

    @property
    def settings(self) -> Settings:
        manners = self.scenery.ils
        user, password = manners.login or ("", "")
        ils = IlsSettings(
            host="ils",
            institution=manners.institution,
            login_user=user,
            login_password=password,
            answer_timeout_s=2.0,
            question_timeout_s=1.5,
        )
        return Settings(
            policy=Policy(pin=PinRule.ALWAYS, idle_s=20.0, farewell_s=10),
            ils=IlsSection("sip2", ils),
            cards=CardSection("none"),
            pad=PadSection("feig-tcp", FeigSettings(host="reader"), PadSettings(poll_pause_s=0.25)),
            printer=PrinterSection("escpos-tcp", tcp=NetworkPrinter("printer")),
            gate=GateSection("none"),
            journal=JournalSettings(self.home / "data", self.home / "journal.key"),
        )

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    # ---- the kiosk --------------------------------------------------------------------------

    def show(self, view: View) -> None:
        self.view = view

    async def live(self, story: Callable[[Headless], Awaitable[None]]) -> None:
        """Start it, let the story happen, close it."""
        self._bench = Bench({name: self.world.devices[name] for name in ("ils", "reader", "printer")})
        self._bench.play()
        self._kiosk = await build(self.settings, self._doors(), screens=[self])
        work = asyncio.create_task(self._kiosk.run())
        try:
            await self.sees(AttractView)
            await story(self)
            await asyncio.sleep(5.0)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await self._kiosk.journal.close()

    def _doors(self) -> Doors:
        return Doors(
            wall=lambda: self.now() + WALL,
            mono=self.now,
            open_wire=lambda host, port: self._bench.wire_to(host),
            open_serial=lambda device, baud, parity="none": self._bench.wire_to(device),
            run_blocking=lambda name: _a_little_later,
            chance=random.Random(2),
            fonts=self.home / "fonts",
        )

    # ---- the patron -------------------------------------------------------------------------

    async def sees(self, screen: type[T], such: Callable[[T], bool] = lambda _: True) -> T:
        """Wait for a screen."""
        deadline = self.now() + PATIENCE_S
        while self.view is None or not (isinstance(self.view.screen, screen) and such(self.view.screen)):
            if self.now() > deadline:
                raise AssertionError(f"{screen.__name__} never came: {self.view}")
            await asyncio.sleep(0.05)
        return self.view.screen

    async def rests(self, screen: type[LoanView | ReturnView], *states: str) -> Any:
        """Wait until the rows of a list have these states."""
        return await self.sees(screen, lambda view: sorted(row.state for row in view.rows) == sorted(states))

    def press(self, *intents: Intent) -> None:
        """Press controls of the view that stands there."""
        assert self.view is not None
        for intent in intents:
            self._kiosk.press(Pressed(self.view.session, self.view.revision, intent))

    def card(self, patron: str) -> None:
        """Show a card."""
        self._kiosk.show_card(PatronId(patron))

    def scan(self, code: str) -> None:
        """Scan a barcode."""
        self._kiosk.scanned(code)

    async def sign_in(self, patron: str, pin: str) -> None:
        """Card and PIN."""
        self.card(patron)
        await self.sees(PinView)
        self.press(*map(Digit, pin), Do.CONTINUE)

    async def goes(self) -> None:
        """Finish, and leave."""
        self.press(Do.FINISH)
        await self.sees(FarewellView)
        self.lift_all()
        self.press(Do.FINISH)
        await self.sees(AttractView)
        await asyncio.sleep(5.0)

    def do(self, **command: Any) -> None:
        """Steer the far sides."""
        answer = self.world.do(command, self.now())
        assert answer["ok"], answer
        asyncio.get_running_loop().call_soon(self._bench.play)

    def put(self, *barcodes: str) -> None:
        """Put books on the pad."""
        self.do(do="put", tags=[uid for barcode in barcodes for uid in self._tags(barcode)])

    def lift(self, *barcodes: str) -> None:
        """Take books from the pad."""
        self.do(do="lift", tags=[uid for barcode in barcodes for uid in self._tags(barcode)])

    def lift_all(self) -> None:
        """Take everything."""
        there = [uid for uid, tag in self.world.field.tags.items() if tag.present]
        if there:
            self.do(do="lift", tags=there)

    def _tags(self, barcode: str) -> Iterable[str]:
        return (uid for uid, tag in self.world.field.tags.items() if tag.plan.barcode == barcode)


async def _a_little_later(fn: Callable[..., T], /, *args: Any) -> T:
    await asyncio.sleep(0.002)
    return fn(*args)


# ---- the stories ----------------------------------------------------------------------------


async def a_quiet_hour(kiosk: Headless) -> None:
    """Loans, one of them lifted too early, one refused, one renewed; then two returns."""
    kiosk.put("39000001", "39000002")
    await kiosk.sign_in("21000001", "1111")
    await kiosk.sees(PinView, lambda view: view.wrong)
    kiosk.press(*map(Digit, "12"), Do.DELETE, *map(Digit, "234"), Do.CONTINUE)
    await kiosk.rests(LoanView, "safe", "safe")
    kiosk.put("39000013", "39000011")
    await kiosk.sees(LoanView, lambda view: len(view.rows) == 4 and view.not_borrowed == 1)
    await asyncio.sleep(2.0)
    kiosk.press(Renew("39000011"), Do.YES)
    await asyncio.sleep(3.0)
    kiosk.scan("39000008")
    await kiosk.sees(LoanView, lambda view: view.scanned >= 1)
    kiosk.put("39000010")
    await asyncio.sleep(0.4)
    kiosk.lift("39000010")
    await asyncio.sleep(4.0)
    kiosk.put("39000010")
    await asyncio.sleep(4.0)
    kiosk.lift("39000013")
    await asyncio.sleep(2.0)
    await kiosk.goes()
    kiosk.press(Do.RETURN)
    await kiosk.sees(ReturnView)
    kiosk.put("39000019", "39000015")
    await kiosk.rests(ReturnView, "returned", "returned")
    await kiosk.goes()


async def a_bad_hour(kiosk: Headless) -> None:
    """The ILS lends and does not say so, the reader goes in mid-write, a patron walks away, another comes."""
    kiosk.do(do="silent", device="ils", message="11", count=1, execute=True)
    await kiosk.sign_in("21000001", "1234")
    await kiosk.sees(LoanView)
    kiosk.put("39000003", "39000004")
    await asyncio.sleep(25.0)
    kiosk.do(
        do="when",
        event={"kind": "loan", "item": "39000005"},
        steps=[{"do": "unplug", "device": "reader"}],
    )
    kiosk.put("39000005")
    await asyncio.sleep(3.0)
    kiosk.do(do="plug", device="reader")
    await asyncio.sleep(200.0)
    await kiosk.sees(AttractView)
    await kiosk.sign_in("21000004", "4444")
    await kiosk.sees(LeftoversView)
    kiosk.press(Do.NOT_MINE)
    await kiosk.sees(LoanView)
    kiosk.do(do="unplug", device="ils")
    await asyncio.sleep(4.0)
    kiosk.put("39000010")
    await asyncio.sleep(4.0)
    kiosk.do(do="plug", device="ils")
    await asyncio.sleep(20.0)
    await kiosk.goes()
    kiosk.card("21000002")
    await kiosk.sees(PinView)
    kiosk.press(Do.BACK)
    await kiosk.sees(AttractView)


STORIES = {"a-quiet-hour": a_quiet_hour, "a-bad-hour": a_bad_hour}


def play(story: Callable[[Headless], Awaitable[None]], home: Path) -> Headless:
    """Play a story in a folder."""
    kiosk = Headless(home, lanternfield())
    run(kiosk.live(story), start=T0)
    return kiosk


def capsule_of(kiosk: Headless, path: Path) -> int:
    """Make its capsule; returns its size."""
    settings = kiosk.settings
    lines = capsule_lines(
        kiosk="of a test",
        wall=WALL,
        settings=settings,
        journal=settings.journal,
        ring=settings.journal.folder / FOLDER,
    )
    return write(path, lines)


def main(names: list[str]) -> None:
    """Make the capsules anew, all or those that are named."""
    for name in names or STORIES:
        with tempfile.TemporaryDirectory() as home:
            size = capsule_of(play(STORIES[name], Path(home)), CAPSULES / f"{name}.jsonl.gz")
            print(f"{name}: {size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
