"""The maintenance screen at work: hears the desk, takes presses, carries out what `step` decides.

It lives on the core's loop and outlives the kiosk that it looks after: *Keep* sets the kiosk up anew, and
`attach` then names what belongs to the new one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from kiosk.circulation.events import Moment
from kiosk.circulation.facts import Fact
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Device, SagaId
from kiosk.doors import RunBlocking
from kiosk.maintenance.chain import ChainCame, FollowChain
from kiosk.maintenance.fields import FIELDS, PROFILE
from kiosk.maintenance.intents import StaffPressed
from kiosk.maintenance.pin import PinBroken, hash_pin, is_right
from kiosk.maintenance.ports import ChainSource, Matters, PinStore, Prober, SettingsDesk, StaffDisplay
from kiosk.maintenance.settings import StaffSettings
from kiosk.maintenance.show import view_of
from kiosk.maintenance.state import (
    AdoptJournal,
    AskMatters,
    Attached,
    Check,
    Checked,
    CloseMatter,
    CloseOver,
    FieldsRead,
    Heard,
    JournalAdopted,
    KeepPin,
    KeepSettings,
    Kept,
    Leave,
    LoadPin,
    MattersCame,
    PinKept,
    PinLoaded,
    PinTried,
    PinUnread,
    ReadFields,
    RunTest,
    RunTrial,
    Setting,
    StaffAct,
    StaffEvent,
    Stage,
    State,
    StepCame,
    StopTest,
    TestEnded,
    Ticked,
    TryPin,
)
from kiosk.maintenance.step import step, wake_at
from kiosk.maintenance.views import ChainFound, MaintenanceView, Page, TestState, TestStep

log = logging.getLogger(__name__)

TEST_LIMIT_S = 40.0
"""Longest test of one device, whatever its prober promises: a print may take 15 s, and so may its status."""

FAULT = "a fault in the program (K-STF-002)"
"""What stands where the system's own words would."""

KEEP_LIMIT_S = 60.0
"""Longest wait for the settings to be written and the kiosk to be set up anew."""

CLOSE_LIMIT_S = 5.0
"""Longest wait for the desk to close a matter: one flush, behind a few others on a slow card."""

ADOPT_LIMIT_S = 60.0
"""Longest wait for a journal to be adopted: all of it is read and checked."""


class NothingComes:
    """No card, code or tag ever comes in (meets `ports.ChainSource`)."""

    def follow(self, came: Callable[[ChainFound], None] | None) -> None:
        """Nothing to tell."""


def nobody_resolves(saga: SagaId) -> None:
    """There is no desk: nothing is closed."""


@dataclass(frozen=True, slots=True)
class Around:
    """The kiosk around the maintenance screen, as it was last set up.

    Attributes:
        prober: tests of the devices.
        settings: the settings file.
        matters: the journal's open matters.
        resolve: tells the desk that staff have seen to a matter (`MatterResolved`).
        warnings: what staff should see to of devices that work all the same, as long as the settings stay.
        chain: cards, codes and tags as they come in.
        staff: the room's own settings.
        languages: tags of the languages, the library's own first.
        fitted: the devices that this kiosk has.
    """

    prober: Prober
    settings: SettingsDesk
    matters: Matters
    staff: StaffSettings = field(default_factory=StaffSettings)
    languages: tuple[str, ...] = ("en",)
    fitted: frozenset[Device] = frozenset(Device)
    resolve: Callable[[SagaId], None] = nobody_resolves
    warnings: Mapping[Device, Reason] = field(default_factory=dict)
    chain: ChainSource = field(default_factory=NothingComes)


class Maintenance:
    """The maintenance screen (meets `desk.ports.Listener`). Everything is called on the core's loop.

    Args:
        pins: where the PIN rests.
        display: where views go.
        left: called when staff have left; the kiosk then posts `StaffLeft`.
        wall: seconds since 1970.
        run_blocking: the door to blocking work (hashing takes a part of a second).
        version: the kiosk's version.
    """

    def __init__(
        self,
        *,
        pins: PinStore,
        display: StaffDisplay,
        left: Callable[[], None],
        wall: Callable[[], float],
        run_blocking: RunBlocking,
        version: str = "",
    ) -> None:
        """Prepare it; it does nothing before `attach`."""
        self._pins = pins
        self._display = display
        self._left = left
        self._wall = wall
        self._run_blocking = run_blocking
        self._around: Around | None = None
        self._state = State(version=version)
        self._shown: MaintenanceView | None = None
        self._jobs: set[asyncio.Task[None]] = set()
        self._test: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def open(self) -> bool:
        """Whether staff are here: a kiosk that is set up anew meanwhile must not serve patrons."""
        return self._state.stage is not Stage.CLOSED

    def attach(self, around: Around) -> None:
        """The kiosk was set up, perhaps anew."""
        if self._around is not None:
            self._around.chain.follow(None)
        self._around = around
        self._take(Attached(around.staff, around.languages, around.fitted, around.warnings))

    async def needs_pin(self) -> bool:
        """Whether nobody has chosen a PIN yet: then the kiosk asks for one when it starts."""
        try:
            return await self._run_blocking(self._pins.load) is None
        except OSError as error:
            log.warning("K-STF-001: the PIN's file cannot be read: %s", error)
            return False

    def heard(self, fact: Fact) -> None:
        """A fact from the desk."""
        self._take(Heard(fact))

    def press(self, pressed: StaffPressed) -> None:
        """Staff pressed a control."""
        self._take(pressed)

    def close(self) -> None:
        """Stop whatever is under way."""
        for job in self._jobs:
            job.cancel()
        if self._alarm is not None:
            self._alarm.cancel()

    # ---- one event --------------------------------------------------------------------------

    def _take(self, event: StaffEvent) -> None:
        loop = asyncio.get_running_loop()
        self._state, acts = step(self._state, event, Moment(loop.time(), self._wall()))
        self._show()
        for act in acts:
            self._carry_out(act)
        if self._alarm is not None:
            self._alarm.cancel()
        due = wake_at(self._state)
        self._alarm = None if due is None else loop.call_at(due, self._take, Ticked())

    def _show(self) -> None:
        view = view_of(self._state)
        if view != self._shown:
            self._shown = view
            self._display.show_staff(view)

    def _carry_out(self, act: StaffAct) -> None:
        assert self._around is not None, "attach comes first"
        around = self._around
        match act:
            case LoadPin():
                self._start(self._load_pin(), PinUnread(FAULT))
            case TryPin(ticket, hashed, pin):
                self._start(self._try_pin(ticket, hashed, pin), PinUnread(FAULT))
            case KeepPin(ticket, pin):
                self._start(self._keep_pin(ticket, pin), PinKept(ticket, FAULT))
            case ReadFields(page):
                self._start(self._read_fields(around.settings, page), FieldsRead(page, (), FAULT))
            case Check(page, changes):
                wrong = Checked(page, changes, {"": FAULT})
                self._start(self._check(around.settings, page, dict(changes)), wrong)
            case RunTest(ticket, device):
                self._run_test(ticket, lambda step_came: around.prober.probe(device, step_came))
            case RunTrial(ticket, changes):
                self._run_test(ticket, lambda step_came: around.settings.try_ils(dict(changes), step_came))
            case FollowChain(None):
                around.chain.follow(None)
            case FollowChain(int(asked)):
                around.chain.follow(lambda found: self._take(ChainCame(asked, found)))
            case StopTest():
                if self._test is not None:
                    self._test.cancel()
            case AskMatters():
                self._start(self._ask_matters(around.matters), MattersCame(None))
            case CloseMatter(ticket, saga):
                self._start(self._close_matter(around.resolve, ticket, saga), CloseOver(ticket))
            case AdoptJournal():
                self._start(self._adopt(around.matters), JournalAdopted(FAULT))
            case KeepSettings(page, changes):
                self._start(self._keep(around.settings, page, dict(changes)), Kept(page, FAULT))
            case Leave():
                self._left()

    def _start(self, work: Coroutine[Any, Any, None], failed: StaffEvent) -> asyncio.Task[None]:
        """Let it work; `failed` says that it fell over, lest somebody waits for ever for its answer."""

        async def watched() -> None:
            try:
                await work
            except Exception:
                log.exception("K-STF-002: a fault in the program at the maintenance screen")
                self._take(failed)

        job = asyncio.get_running_loop().create_task(watched())
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return job

    # ---- the PIN ----------------------------------------------------------------------------

    async def _load_pin(self) -> None:
        try:
            hashed = await self._run_blocking(self._pins.load)
        except OSError as error:
            self._take(PinUnread(_said(error)))
        else:
            self._take(PinLoaded(hashed))

    async def _try_pin(self, ticket: int, hashed: str, pin: str) -> None:
        try:
            right = await self._run_blocking(is_right, hashed, pin)
        except PinBroken as error:
            self._take(PinUnread(str(error)))
        else:
            self._take(PinTried(ticket, right))

    async def _keep_pin(self, ticket: int, pin: str) -> None:
        try:
            hashed = await self._run_blocking(hash_pin, pin)
            await self._run_blocking(self._pins.save, hashed)
        except OSError as error:
            self._take(PinKept(ticket, _said(error)))
        else:
            self._take(PinKept(ticket))

    # ---- settings ---------------------------------------------------------------------------

    async def _read_fields(self, settings: SettingsDesk, page: Page) -> None:
        read = []
        try:
            for name in FIELDS[page]:
                kind, value, choices = await self._run_blocking(settings.field, name)
                assumed: Mapping[str, int] = {}
                if name == PROFILE:
                    assumed = await self._run_blocking(settings.assumed, (value, *choices))
                read.append(Setting(name, kind, value, tuple(choices), assumed))
        except OSError as error:
            self._take(FieldsRead(page, tuple(read), _said(error)))
        else:
            exposed = await self._run_blocking(settings.exposed, {})
            self._take(FieldsRead(page, tuple(read), exposed=exposed))

    async def _check(self, settings: SettingsDesk, page: Page, changes: dict[str, str]) -> None:
        problems, exposed = await self._run_blocking(_looked_at, settings, changes)
        self._take(Checked(page, changes, problems, exposed))

    async def _keep(self, settings: SettingsDesk, page: Page, changes: dict[str, str]) -> None:
        try:
            async with asyncio.timeout(KEEP_LIMIT_S):
                await settings.keep(changes)
        except TimeoutError:
            self._take(Kept(page, "the kiosk is not ready again yet"))
        except OSError as error:
            self._take(Kept(page, _said(error)))
        else:
            self._take(Kept(page))

    # ---- tests ------------------------------------------------------------------------------

    def _run_test(
        self, ticket: int, test: Callable[[Callable[[TestStep], None]], Coroutine[Any, Any, None]]
    ) -> None:
        def step_came(came: TestStep) -> None:
            self._take(StepCame(ticket, came))

        async def work() -> None:
            try:
                async with asyncio.timeout(TEST_LIMIT_S):
                    await test(step_came)
            except TimeoutError:
                step_came(TestStep("too-long", TestState.FAILED))
            except Exception:
                log.exception("K-STF-002: a fault in the program ended a test")
                step_came(TestStep("fault", TestState.FAILED))
            self._take(TestEnded(ticket))

        self._test = self._start(work(), TestEnded(ticket))

    async def _ask_matters(self, matters: Matters) -> None:
        try:
            found = await matters.matters()
        except OSError as error:
            log.warning("K-STF-003: the journal's open matters cannot be read: %s", error)
            self._take(MattersCame(None))
        else:
            self._take(MattersCame(tuple(found)))

    async def _close_matter(self, resolve: Callable[[SagaId], None], ticket: int, saga: SagaId) -> None:
        resolve(saga)
        await asyncio.sleep(CLOSE_LIMIT_S)
        self._take(CloseOver(ticket))

    async def _adopt(self, matters: Matters) -> None:
        try:
            async with asyncio.timeout(ADOPT_LIMIT_S):
                done = await matters.adopt()
        except TimeoutError:
            self._take(JournalAdopted("it took too long"))
        except OSError as error:
            log.warning("K-STF-004: the journal could not be adopted: %s", error)
            self._take(JournalAdopted(_said(error)))
        else:
            log.warning("K-STF-005: staff have decided to go on with the journal: %s", done)
            self._take(JournalAdopted())


def _looked_at(settings: SettingsDesk, changes: dict[str, str]) -> tuple[Mapping[str, str], bool]:
    return settings.problems(changes), settings.exposed(changes)


def _said(error: OSError) -> str:
    """What the system says of a file, without what was to be written."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or type(error).__name__}"
