"""A member of staff in front of the maintenance screen: what they press, and what they see."""

from __future__ import annotations

import asyncio
import errno
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from kiosk.circulation.facts import DeviceNow, MatterClosed, StaffCame, StaffWent
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device, SagaId
from kiosk.lab.loop import run
from kiosk.maintenance import StaffSettings
from kiosk.maintenance.intents import EditField, GoTo, StaffDo, StaffIntent, StaffPressed, TypeText
from kiosk.maintenance.pin import hash_pin
from kiosk.maintenance.runner import Around, Maintenance
from kiosk.maintenance.views import (
    ChainFound,
    DeviceCard,
    FieldKind,
    FieldView,
    FormScreen,
    MaintenanceView,
    MatterView,
    OverviewScreen,
    Page,
    PinScreen,
    TestState,
    TestStep,
)

T = TypeVar("T")

PIN = "4711"


async def inline(fn: Callable[..., T], /, *args: object) -> T:
    """Blocking work takes a moment, during which others may act."""
    await asyncio.sleep(0.3)
    return fn(*args)


class Pins:
    """A PIN's file in memory."""

    def __init__(self, hashed: str | None = None, broken: OSError | None = None) -> None:
        self.hashed = hashed
        self.broken = broken

    def load(self) -> str | None:
        if self.broken is not None:
            raise self.broken
        return self.hashed

    def save(self, hashed: str) -> None:
        if self.broken is not None:
            raise self.broken
        self.hashed = hashed


class Bench:
    """Tests whose steps are told beforehand: (seconds, step)."""

    def __init__(self) -> None:
        self.plans: dict[Device, Sequence[tuple[float, TestStep]]] = {}
        self.faulty: set[Device] = set()
        self.tested: list[Device] = []
        self.stopped: list[Device] = []

    async def probe(self, device: Device, step: Callable[[TestStep], None]) -> None:
        self.tested.append(device)
        if device in self.faulty:
            raise RuntimeError("a fault in the program")
        try:
            for seconds, each in self.plans.get(device, [(1.0, TestStep("works", TestState.PASSED))]):
                await asyncio.sleep(seconds)
                step(each)
        except asyncio.CancelledError:
            self.stopped.append(device)
            raise


class SettingsPaper:
    """A settings file in memory; port 1 is wrong, host `bad` does not pass its test."""

    KINDS: Mapping[str, tuple[FieldKind, Sequence[str]]] = {
        "ils.port": (FieldKind.NUMBER, ()),
        "ils.login_password": (FieldKind.SECRET, ()),
        "ils.profile": (FieldKind.CHOICE, ("standard", "koha")),
        "ils.tls": (FieldKind.CHOICE, ("off", "on")),
        "policy.languages": (FieldKind.CHOICE, ("en", "de", "ar")),
        "policy.receipt": (FieldKind.CHOICE, ("ask", "always", "never")),
        "policy.mode": (FieldKind.CHOICE, ("loans", "returns")),
    }

    def __init__(self) -> None:
        self.values = {
            "ils.host": "ils.example.org",
            "ils.port": "6001",
            "ils.login_user": "kiosk1",
            "ils.login_password": "secret",
            "ils.institution": "LNF",
            "ils.profile": "standard",
            "ils.tls": "off",
            "ils.tls_name": "",
            "ils.tls_ca": "",
            "ils.tls_fingerprint": "",
            "ils.tls_certificate": "",
            "ils.tls_key": "",
            "policy.languages": "en",
            "policy.receipt": "ask",
            "policy.mode": "loans",
            "library.name": "Lanternfield",
            "staff.kiosk_name": "Kiosk 2",
        }
        self.full = False
        self.faulty = False
        self.tried: list[Mapping[str, str]] = []

    def field(self, name: str) -> tuple[FieldKind, str, Sequence[str]]:
        kind, choices = self.KINDS.get(name, (FieldKind.TEXT, ()))
        return kind, self.values[name], choices

    def problems(self, changes: Mapping[str, str]) -> Mapping[str, str]:
        return {"ils.port": "must be a port"} if changes.get("ils.port") == "1" else {}

    def assumed(self, profiles: Sequence[str]) -> Mapping[str, int]:
        return {name: {"standard": 2, "koha": 0}.get(name, 0) for name in profiles}

    def exposed(self, changes: Mapping[str, str]) -> bool:
        wanted = {**self.values, **changes}
        return wanted["ils.tls"] == "off" and wanted["ils.host"] != "127.0.0.1"

    async def try_ils(self, changes: Mapping[str, str], step: Callable[[TestStep], None]) -> None:
        self.tried.append(dict(changes))
        await asyncio.sleep(0.5)
        if changes.get("ils.host") == "bad":
            step(TestStep("address", TestState.FAILED, reason=Reason.ILS_DOWN))
            return
        step(TestStep("address", TestState.PASSED, "0.01 s"))
        await asyncio.sleep(0.5)
        step(TestStep("clock", TestState.WARNED, "+48 s"))

    async def keep(self, changes: Mapping[str, str]) -> None:
        await asyncio.sleep(0.5)
        if self.faulty:
            raise RuntimeError("a fault in the program")
        if self.full:
            raise OSError(28, "No space left on device", "kiosk.toml")
        self.values.update(changes)


class Book:
    """Open matters."""

    def __init__(self) -> None:
        self.found: list[MatterView] = []
        self.torn = False
        self.adopted = 0
        self.hopeless = False

    async def matters(self) -> Sequence[MatterView]:
        if self.torn:
            raise OSError(errno.EIO, "Input/output error")
        return tuple(self.found)

    async def adopt(self) -> None:
        await asyncio.sleep(0.5)
        self.adopted += 1
        if self.hopeless:
            raise OSError(errno.ENOSPC, "No space left on device", "journal.db")


class Arriving:
    """Cards, codes and tags, when the story says so."""

    def __init__(self) -> None:
        self.told: Callable[[ChainFound], None] | None = None

    def follow(self, came: Callable[[ChainFound], None] | None) -> None:
        self.told = came

    def comes(self, found: ChainFound) -> None:
        if self.told is not None:
            self.told(found)


class Staff:
    """Somebody from the staff, with everything around them."""

    def __init__(self, pins: Pins, **how: Any) -> None:
        self.pins = pins
        self.bench = Bench()
        self.file = SettingsPaper()
        self.book = Book()
        self.arriving = Arriving()
        self.views: list[MaintenanceView | None] = []
        self.left = 0
        self.around = Around(
            self.bench,
            self.file,
            self.book,
            StaffSettings(kiosk_name="Kiosk 2", **how),
            languages=("en", "de", "ar"),
            fitted=frozenset(Device) - {Device.SCANNER},
            resolve=self._resolve,
            chain=self.arriving,
        )
        self.resolved: list[SagaId] = []
        self.deaf = False
        self.room = Maintenance(
            pins=pins,
            display=self,
            left=self._leave,
            wall=lambda: 1_000_000.0 + asyncio.get_running_loop().time(),
            run_blocking=inline,
            version="1.4.0",
        )
        self.room.attach(self.around)

    def _leave(self) -> None:
        self.left += 1
        self.room.heard(StaffWent())

    def _resolve(self, saga: SagaId) -> None:
        """The desk closes the matter, and says so after a flush; unless it does not hear."""
        self.resolved.append(saga)
        if not self.deaf:
            self.book.found = [each for each in self.book.found if each.saga != saga]
            asyncio.get_running_loop().call_later(0.2, self.room.heard, MatterClosed(saga))

    def show_staff(self, view: MaintenanceView | None) -> None:
        self.views.append(view)

    # ---- doing ------------------------------------------------------------------------------

    async def comes(self) -> None:
        self.room.heard(StaffCame())
        await asyncio.sleep(1.0)

    async def comes_in(self) -> None:
        await self.comes()
        await self.types_pin(PIN)

    async def types_pin(self, pin: str) -> None:
        await self.press(*(TypeText(digit) for digit in pin), StaffDo.CONTINUE)

    async def press(self, *intents: StaffIntent, wait: float = 1.0) -> None:
        for intent in intents:
            self.room.press(StaffPressed(self.view.revision, intent))
        await asyncio.sleep(wait)

    async def writes(self, name: str, text: str) -> None:
        """Put a new text into a field, as fingers do."""
        await self.press(EditField(name), wait=0.5)
        for _ in range(len(self.field(name).value)):
            self.room.press(StaffPressed(self.view.revision, StaffDo.DELETE))
        await self.press(TypeText(text), StaffDo.CLOSE_FIELD)

    async def goes_to(self, page: Page) -> None:
        # twelve settings, each read from the disk
        await self.press(GoTo(page), wait=6.0)

    def says(self, device: Device, condition: Condition, reason: Reason | None = None) -> None:
        self.room.heard(DeviceNow(device, condition, reason))

    # ---- seeing -----------------------------------------------------------------------------

    @property
    def view(self) -> MaintenanceView:
        assert self.views
        assert self.views[-1] is not None, "the screen is closed"
        return self.views[-1]

    @property
    def sees_nothing(self) -> bool:
        return not self.views or self.views[-1] is None

    @property
    def pad(self) -> PinScreen:
        assert isinstance(self.view.screen, PinScreen)
        return self.view.screen

    @property
    def overview(self) -> OverviewScreen:
        assert isinstance(self.view.screen, OverviewScreen)
        return self.view.screen

    def card(self, device: Device) -> DeviceCard:
        return next(each for each in self.overview.cards if each.device is device)

    @property
    def form(self) -> FormScreen:
        assert isinstance(self.view.screen, FormScreen)
        return self.view.screen

    def field(self, name: str) -> FieldView:
        return next(each for each in self.form.fields if each.name == name)


@functools.cache
def hashed(pin: str) -> str:
    """Slow, as it should be: once is enough."""
    return hash_pin(pin)


def story(tell: Callable[[Staff], Awaitable[None]], pins: Pins | None = None, **how: Any) -> Staff:
    """Let a story happen in virtual time."""
    stores = pins if pins is not None else Pins(hashed(PIN))

    async def whole() -> Staff:
        staff = Staff(stores, **how)
        await tell(staff)
        staff.room.close()
        return staff

    return run(whole())
