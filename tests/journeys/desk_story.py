"""A story at the desk: the real kiosk in virtual time, in front of Lanternfield's devices in memory.

    async def story(desk):
        await desk.signs_in()
        desk.world("garble", device="ils", message="11")
        desk.puts(WILLOWS)
        await desk.settles(WILLOWS)

    play(story)

`play` builds the kiosk as `kiosk.app` does for a library; only its five doors are the laboratory's. A
story ends well only if nothing anywhere raised or logged an error, every text that was to be shown
exists in English and in Arabic and tells a next step, the laboratory's judge finds no promise broken,
and then, with the devices well again, the next patron borrows the next book.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import random
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from kiosk.app import Doors, Kiosk, build
from kiosk.circulation import views
from kiosk.circulation.intents import Digit, Do, Intent, Pressed
from kiosk.circulation.policy import PinRule, Policy
from kiosk.circulation.values import PatronId
from kiosk.circulation.views import ItemState, Message, RowView, View
from kiosk.ils import IlsSettings
from kiosk.journal import JournalSettings
from kiosk.lab import evidence, folder, recorder, run
from kiosk.lab.evidence import Canary, Evidence, Frame, Result, Shown
from kiosk.lab.judge import judge
from kiosk.lab.wires import Bench
from kiosk.rfid.readers.feig import FeigSettings
from kiosk.screens.sayings import message_lines, say_row
from kiosk.settings import CardSection, GateSection, IlsSection, PadSection, PrinterSection, Settings
from kiosk.simulator import World, lanternfield
from kiosk.simulator.scenery import Scenery
from kiosk.wires import OpenWire
from kiosk.words import Words

WILLOWS, KALILA, MOSSES = "39000001", "39000002", "39000003"
ON_HOLD, STAYS_ARMED, WITHOUT_TAG, HAS_BAD_TWIN = "39000006", "39000007", "39000008", "39000009"
NEXT_BOOK, ANNAS_ALREADY, WITH_ANOTHER, NOT_FOR_LOAN = "39000010", "39000011", "39000012", "39000013"
ANNA, BRUNO_BLOCKED, LEILA_NO_PIN = "21000001", "21000002", "21000003"
ANNAS_PIN = "1234"

T0 = 1000.0
WALL = 1_795_341_600.0
FINAL = {ItemState.SAFE, ItemState.REFUSED, ItemState.ATTENTION, ItemState.NO_TAG}
TROUBLED = {ItemState.REFUSED, ItemState.ATTENTION}
LANGUAGES = ("en", "ar")

Tell = Callable[["Desk"], Awaitable[None]]


class Disk:
    """The door to blocking work: at once, unless the disk is `full`."""

    def __init__(self) -> None:
        self.full = False

    def __call__(self, name: str) -> Any:
        async def inline(fn: Callable[..., Any], *args: Any) -> Any:
            if self.full and name == "journal":
                raise OSError(errno.ENOSPC, "no space left on device")
            return fn(*args)

        return inline


class Desk:
    """What a story can do and see."""

    def __init__(
        self, home: Path, policy: Policy, scenery: Scenery, ils: OpenWire | None, about: dict[str, Any]
    ) -> None:
        self.disk = Disk()
        self.seen: list[View] = []
        self.frames: list[Frame] = []
        self._home = home
        self._policy = policy
        self._another_ils = ils
        self._about_ils = about
        self._shown: list[Shown] = []
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._world = World(scenery, chance=random.Random(1), wall=lambda: WALL + self._loop.time())
        self._bench = Bench(self._world.devices)
        self._world.watch(self._bench.play)
        self.kiosk: Kiosk
        self._work: asyncio.Future[None]

    async def open(self) -> None:
        usual = {"institution": "LANTERN", "login_user": "selfcheck", "login_password": "lantern"}
        ils = IlsSettings(host="ils", **(usual | self._about_ils))
        charset = ils.sip_profile().charset
        doors = Doors(
            wall=lambda: WALL + self._loop.time(),
            mono=self._loop.time,
            open_wire=lambda host, port: self._wire_to(host),
            open_serial=lambda device, baud, parity="none": self._wire_to(device),
            run_blocking=self.disk,
            chance=random.Random(7),
            fonts=self._home / "fonts",
            tap=lambda way, frame, at: self.frames.append(recorder.frame(way, frame, at, T0, charset)),
        )
        settings = Settings(
            ils=IlsSection("sip2", ils),
            pad=PadSection("feig-tcp", FeigSettings(host="reader")),
            cards=CardSection("none"),
            printer=PrinterSection("none"),
            gate=GateSection("none"),
            journal=JournalSettings(self._home / "data", self._home / "journal.key"),
            policy=self._policy,
        )
        self.kiosk = await build(settings, doors, screens=[self])
        self._work = asyncio.ensure_future(self.kiosk.run())
        await self.sees(views.AttractView)

    def _wire_to(self, host: str) -> OpenWire:
        if host == "ils" and self._another_ils is not None:
            return self._another_ils
        return self._bench.wire_to(host)

    def show(self, view: View) -> None:
        """The screen's port: keep every view, and see that each can be said."""
        assert_can_be_said(view)
        self.seen.append(view)
        self._shown.append(recorder.shown(view, evidence.stamp(self._loop.time(), T0)))
        self._news.set()

    # ---- what happens -----------------------------------------------------------------------

    def world(self, do: str, **what: Any) -> None:
        """One command to the far sides (`World.do`)."""
        answer = self._world.do({"do": do, **what}, self._loop.time())
        assert answer["ok"], answer
        self._bench.play()

    def puts(self, *tags: str) -> None:
        self.world("put", tags=list(tags))

    def lifts(self, *tags: str) -> None:
        self.world("lift", tags=list(tags))

    def shows_card(self, patron: str) -> None:
        self.kiosk.show_card(PatronId(patron))

    def scans(self, code: str) -> None:
        self.kiosk.scanned(code)

    def presses(self, intent: Intent) -> None:
        """Touches what is on the screen now."""
        self.kiosk.press(Pressed(self.view.session, self.view.revision, intent))

    async def types(self, pin: str) -> None:
        for digit in pin:
            self.presses(Digit(digit))
        self.presses(Do.CONTINUE)
        await asyncio.sleep(0)

    async def signs_in(self, patron: str = LEILA_NO_PIN) -> None:
        self.shows_card(patron)
        await self.sees(views.LoanView, views.LeftoversView)

    async def finishes(self) -> None:
        self.presses(Do.FINISH)
        await self.sees(views.FarewellView, within=60)

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._still_runs()

    # ---- what is seen -----------------------------------------------------------------------

    @property
    def view(self) -> View:
        return self.seen[-1]

    @property
    def screen(self) -> Any:
        return self.view.screen

    @property
    def rows(self) -> dict[str, RowView]:
        return {row.key: row for row in getattr(self.screen, "rows", ())}

    @property
    def ends(self) -> dict[str, str]:
        """Each row with its state, and its reason behind it when it has one."""
        return {key: " ".join(filter(None, (row.state, row.reason))) for key, row in self.rows.items()}

    @property
    def message(self) -> str:
        """The message line: notice and reason."""
        message = self.screen.message
        return " ".join(filter(None, (message.notice, message.reason)))

    @property
    def messages(self) -> list[str]:
        """Every message line that was shown."""
        found = [
            each for view in self.seen if isinstance(each := getattr(view.screen, "message", None), Message)
        ]
        return [" ".join(filter(None, (each.notice, each.reason))) for each in found]

    def asked(self, item: str) -> int:
        """How many 11 for this item went over the wire."""
        sent = [frame.text for frame in self.frames if frame.sent]
        return sum(text.startswith("11") and f"|AB{item}|" in text for text in sent)

    def lent(self, item: str) -> bool:
        """Whether the ILS has it on loan now."""
        return any(each["barcode"] == item and each["with"] for each in self._world.report()["ils"]["items"])

    def afi(self, item: str) -> list[str]:
        """The AFI of each of its tags, as the field knows it."""
        field = self._world.report()["field"]
        return [tag["afi_after"] for tag in field if item in {tag["barcode"], tag["uid"]}]

    async def sees(self, *kinds: type | Callable[[View], bool], within: float = 30.0) -> None:
        """Wait for a screen or modal of one of these kinds, or for a view that passes a test."""

        def there(view: View) -> bool:
            return any(
                isinstance(view.screen, kind) or isinstance(view.modal, kind)
                if isinstance(kind, type)
                else kind(view)
                for kind in kinds
            )

        try:
            async with asyncio.timeout(within):
                while not self.seen or not there(self.view):
                    self._news.clear()
                    await self._news.wait()
                    self._still_runs()
        except TimeoutError:
            self._still_runs()
            raise AssertionError(f"after {within} s the screen is still {self.view}") from None

    async def settles(self, *keys: str, within: float = 60.0) -> dict[str, str]:
        """Wait until these rows are at their ends; all rows, as `ends`."""
        await self.sees(
            lambda view: all(key in self.rows and self.rows[key].state in FINAL for key in keys),
            within=within,
        )
        return self.ends

    def _still_runs(self) -> None:
        if self._work.done():
            self._work.result()
            raise AssertionError("the kiosk has stopped")

    # ---- the end of every story --------------------------------------------------------------

    async def next_patron_borrows(self) -> None:
        """With all devices well again: everybody leaves, and the next patron borrows the next book."""
        await self.wait(1)
        self.disk.full = False
        for device in ("ils", "reader"):
            self.world("well", device=device)
            self.world("plug", device=device)
        self.world("lift", tags=[tag.uid for tag in self._world.scenery.tags])
        if isinstance(self.screen, views.LoanView):
            self.presses(Do.FINISH)
            await self.sees(views.FarewellView, views.AttractView, within=120)
        self.presses(Do.FINISH)
        await self.sees(views.AttractView, within=120)
        await self.wait(3)
        self.puts(NEXT_BOOK)
        self.shows_card(ANNA)
        await self.sees(views.LoanView, views.PinView)
        if isinstance(self.screen, views.PinView):
            await self.types(ANNAS_PIN)
            await self.sees(views.LoanView)
        assert await self.settles(NEXT_BOOK) == {NEXT_BOOK: "safe"}
        await self.finishes()
        self.lifts(NEXT_BOOK)
        self.presses(Do.FINISH)
        await self.sees(views.AttractView)

    async def close(self) -> None:
        """Stop the kiosk, and let the judge read what is left."""
        rows = await self.kiosk.journal.all_rows()
        report = self._world.do({"do": "report"}, self._loop.time())
        self._work.cancel()
        with suppress(asyncio.CancelledError):
            await self._work
        await self.kiosk.journal.close()
        sides = evidence.far_sides(report, T0)
        folder.write(
            self._home,
            Evidence(
                frames=tuple(self.frames),
                tags=sides.tags,
                air=sides.air,
                presence=sides.presence,
                ils=sides.ils if self._another_ils is None else None,
                shown=tuple(self._shown),
                journal=recorder.journal_rows(rows, T0),
                canaries=tuple(canaries(self._world.scenery)),
                result=Result("story", items=evidence.items_shown(self._shown)),
            ),
        )
        verdict = judge(self._home, self._home / "data")
        assert not verdict.broken, "\n".join(map(str, verdict.findings))


def play(
    tell: Tell,
    *,
    scenery: Scenery | None = None,
    ils: OpenWire | None = None,
    about_ils: dict[str, Any] | None = None,
    **policy: Any,
) -> None:
    """Tell one story. `ils` is another one than Lanternfield's and `about_ils` its settings; `policy` are
    settings of the library, by default no PIN is asked for."""
    shm = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(dir=shm if shm.is_dir() else None) as home,
        listened(Path(home)) as errors,
    ):
        rules = Policy(**{"pin": PinRule.NEVER, **policy})
        story = _told(tell, (Path(home), rules, scenery or lanternfield(), ils, about_ils or {}))
        run(story, start=T0)
    assert not errors.told, errors.told


async def _told(tell: Tell, made_of: tuple[Any, ...]) -> None:
    desk = Desk(*made_of)
    await desk.open()
    await tell(desk)
    await desk.next_patron_borrows()
    await desk.close()


class Errors(logging.Handler):
    """What was logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(self.format(record))


@contextmanager
def listened(home: Path | None = None) -> Iterator[Errors]:
    """Hear what is logged as an error; whatever a kiosk would say in its log is kept in `home`."""
    errors = Errors()
    handlers: list[logging.Handler] = [errors]
    if home is not None:
        handlers.append(log_in(home))
    try:
        for handler in handlers:
            logging.getLogger().addHandler(handler)
        yield errors
    finally:
        for handler in handlers:
            logging.getLogger().removeHandler(handler)
            handler.close()


def log_in(home: Path) -> logging.Handler:
    """A log as `kiosk run` has it, where the judge looks for it."""
    handler = logging.FileHandler(home / "kiosk.log", encoding="utf-8")
    handler.setLevel(logging.WARNING)
    return handler


def canaries(scenery: Scenery) -> list[Canary]:
    """What must not be found in what the kiosk has written."""
    found = [Canary("message", scenery.ils.greeting)]
    for patron in scenery.patrons:
        found += [Canary("patron", patron.id), Canary("name", patron.name), Canary("pin", patron.pin)]
        found += [Canary("e-mail", patron.email), Canary("message", patron.message)]
    for item in scenery.items:
        found += [Canary("title", item.title), Canary("author", item.author), Canary("message", item.refusal)]
    return [canary for canary in found if canary.text]


# ---- words --------------------------------------------------------------------------------------

WORDS = {language: Words(language) for language in LANGUAGES}


def assert_can_be_said(view: View) -> None:
    """Every reason in a view has its words and every trouble a next step, in each language."""
    for words in WORDS.values():
        for row in getattr(view.screen, "rows", ()):
            said = say_row(row, words)
            assert said.title, row
            assert said.word, row
            if row.state in TROUBLED:
                assert row.reason is not None, row
                assert words.reason(row.reason), row
                assert said.second or said.word == words.say("status.see-staff-word"), f"no next step: {row}"
        message = getattr(view.screen, "message", None)
        if isinstance(message, Message):
            assert all(text for text, _ in message_lines(message, words)), message
        if isinstance(view.screen, views.CannotLendView | views.SeeStaffView):
            assert words.reason(view.screen.reason)
