"""A desk with real wires, a settings file, and somebody of the staff who can open the maintenance screen.

    with staffed(tmp_path) as (it, staff):
        staff.comes_in()
        staff.tests(Device.GATE)
        staff.leaves()

It is `wired_desk.Desk` (patrons, devices, judge) around a core that was given the settings file
`kiosk.toml` and a display for staff. Fingers that meet a real window are in `staff_walk`.
"""

from __future__ import annotations

import contextlib
import functools
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kiosk.app import real_doors
from kiosk.circulation import views
from kiosk.circulation.facts import Fact
from kiosk.circulation.intents import Do
from kiosk.circulation.values import Device
from kiosk.core import Core
from kiosk.demo.farsides import FarSides
from kiosk.maintenance import FilePinStore
from kiosk.maintenance.intents import (
    EditField,
    GoTo,
    OpenMatter,
    StaffDo,
    StaffIntent,
    StaffPressed,
    Test,
    TypeText,
)
from kiosk.maintenance.pin import hash_pin
from kiosk.maintenance.views import (
    Came,
    ChainFound,
    ChainScreen,
    DeviceCard,
    FieldView,
    FormScreen,
    MaintenanceView,
    MatterScreen,
    MattersScreen,
    MatterView,
    OverviewScreen,
    Page,
    PinPurpose,
    PinScreen,
    TestState,
    TestView,
)
from kiosk.settings import Settings, load
from kiosk.simulator import lanternfield
from kiosk.simulator.scenery import Scenery
from tests.journeys.desk_story import Errors, listened
from tests.journeys.till import Till
from tests.journeys.wired_desk import Desk, Plan, _Listener, _Screen, quick

PIN = "80492613"

FILE = """\
# The kiosk in the entrance hall.
[library]
name.default = "Lanternfield"

[policy]
languages = ["en", "de", "ar"]  # the first is the library's own
pin = "if-asked"

[ils]
driver = "sip2"
host = "127.0.0.1"
port = {ils}  # the city's server
institution = {institution}
login_user = {user}
login_password = {password}
charset = {charset}
question_timeout_s = 1.0
backoff_s = 0.1
backoff_limit_s = 0.3

[pad]
driver = "feig-tcp"
host = "127.0.0.1"
port = {reader}

[cards]
driver = "{cards}"

[printer]
driver = "escpos-tcp"
host = "127.0.0.1"
port = {printer}
answer_timeout_s = 0.3
watch_s = 1.0
reopen_longest_s = 0.5

[gate]
driver = "simulated"
pulse_s = 0.2
reopen_longest_s = 0.5

[staff]
kiosk_name = "Entrance hall"
lock_s = 2.0
pin_tries = 3
"""


def write_file(home: Path, far: FarSides, scenery: Scenery, *, with_card: bool = False) -> Path:
    """The settings file of a kiosk among these far sides."""
    manners = scenery.ils
    user, password = manners.login or ("", "")
    told = {
        "institution": manners.institution,
        "user": user,
        "password": password,
        "charset": manners.charset,
    }
    text = FILE.format(
        **{name: far.ports[name] for name in ("ils", "reader", "printer")},
        **{name: json.dumps(value) for name, value in told.items()},
        cards="simulated" if with_card else "none",
    )
    file = home / "kiosk.toml"
    file.write_text(text, encoding="utf-8")
    return file


class Staff:
    """Somebody of the staff: what they are shown, and what they press."""

    def __init__(self) -> None:
        self.seen: list[MaintenanceView | None] = [None]
        self.core: Core
        self._found: ChainFound | None = None
        self._news = threading.Condition()

    def show_staff(self, view: MaintenanceView | None) -> None:
        with self._news:
            self.seen.append(view)
            self._news.notify_all()

    # ---- what is seen -----------------------------------------------------------------------

    @property
    def view(self) -> MaintenanceView:
        view = self.seen[-1]
        assert view is not None, "the maintenance screen is closed"
        return view

    @property
    def screen(self) -> Any:
        return self.view.screen

    def sees(self, test: Callable[[MaintenanceView], Any], within: float = 15.0) -> MaintenanceView:
        """Wait for a view, from the newest on, that passes a test; the view that it was."""
        at = max(len(self.seen) - 1, 0)
        end = time.monotonic() + within
        with self._news:
            while True:
                for view in self.seen[at:]:
                    if view is not None and test(view):
                        return view
                at = len(self.seen)
                if not self._news.wait(end - time.monotonic()) and time.monotonic() >= end:
                    raise AssertionError(f"not seen within {within} s; the screen is {self.seen[-1]}")

    def sees_it_close(self, within: float = 15.0) -> None:
        with self._news:
            assert self._news.wait_for(lambda: self.seen[-1] is None, within), f"still {self.seen[-1]}"

    def is_asked_for_pin(self, within: float = 0.5) -> bool:
        with self._news:
            return self._news.wait_for(
                lambda: self.seen[-1] is not None and isinstance(self.screen, PinScreen), within
            )

    def pad(self, purpose: PinPurpose = PinPurpose.ENTER, **how: Any) -> PinScreen:
        """Wait for the PIN pad to be like this."""

        def there(view: MaintenanceView) -> bool:
            pad = view.screen
            if not isinstance(pad, PinScreen) or pad.purpose is not purpose:
                return False
            return all(getattr(pad, name) == value for name, value in how.items())

        return self.sees(there).screen

    def overview(self) -> OverviewScreen:
        return self.sees(lambda view: isinstance(view.screen, OverviewScreen)).screen

    def finds(self, device: Device, condition: str) -> DeviceCard:
        """Wait for the overview to show a device in this condition."""

        def there(view: MaintenanceView) -> bool:
            card = card_of(view, device)
            return card is not None and card.condition == condition

        return card_of(self.sees(there), device)

    def finds_matters(self, test: Callable[[Sequence[MatterView]], Any]) -> Sequence[MatterView]:
        """Wait on the page of open matters until they pass a test."""

        def there(view: MaintenanceView) -> bool:
            screen = view.screen
            return isinstance(screen, MattersScreen) and not screen.unread and bool(test(screen.matters))

        return self.sees(there).screen.matters

    def form(self, test: Callable[[FormScreen], Any]) -> FormScreen:
        """Wait for a page of settings that passes a test."""
        there = self.sees(lambda view: isinstance(view.screen, FormScreen) and test(view.screen))
        return there.screen

    def chain(self, came: Came) -> ChainFound:
        """Wait on *Test the chain* until something of this kind has come in that was not told here before."""
        before = self._found

        def there(view: MaintenanceView) -> bool:
            screen = view.screen
            if not isinstance(screen, ChainScreen) or screen.found is None:
                return False
            return screen.found.came is came and screen.found != before

        self._found = self.sees(there).screen.found
        return self._found

    def field(self, name: str) -> FieldView:
        return field_of(self.screen, name)

    # ---- what is done -----------------------------------------------------------------------

    def press(self, *intents: StaffIntent) -> None:
        for intent in intents:
            self.core.press_staff(StaffPressed(self.view.revision, intent))

    def types_pin(self, pin: str) -> None:
        """Type digits, each seen as a dot, and go on."""
        for count, digit in enumerate(pin, start=1):
            self.press(TypeText(digit))
            self.sees(lambda view, count=count: view.screen.typed == count)
        self.press(StaffDo.CONTINUE)

    def goes_to(self, page: Page) -> None:
        self.press(GoTo(page))
        self.sees(lambda view: view.page is page)
        if page in {Page.ILS, Page.SETTINGS}:
            self.form(lambda form: form.fields)

    def writes(self, name: str, text: str) -> None:
        """Put a new text into a field."""
        self.press(EditField(name))
        self.form(lambda form: field_of(form, name).editing)
        self.press(*[StaffDo.DELETE] * len(self.field(name).value), TypeText(text), StaffDo.CLOSE_FIELD)
        self.form(lambda form: field_of(form, name).value == text and not field_of(form, name).editing)

    def keeps(self) -> None:
        self.form(lambda form: form.may_keep)
        self.press(StaffDo.KEEP)
        self.form(lambda form: form.kept)

    def tries_ils(self) -> TestView:
        """Test what stands on the ILS page."""
        self.form(lambda form: form.may_test)
        self.press(StaffDo.TEST_SETTINGS)
        self.form(lambda form: form.test is not None and form.test.state is TestState.RUNNING)
        done = self.form(lambda form: form.test is not None and form.test.state is not TestState.RUNNING)
        assert done.test is not None
        return done.test

    def opens(self, matter: MatterView) -> MatterView:
        """Look at one open matter; all that is known of it."""
        self.press(OpenMatter(matter.saga))
        self.sees(lambda view: isinstance(view.screen, MatterScreen) and view.screen.may_close)
        return self.screen.matter

    def closes(self, matter: MatterView) -> None:
        """Say that it was seen to, and wait until it is not open any more."""
        self.opens(matter)
        self.press(StaffDo.CLOSE_MATTER)
        self.sees(lambda view: view.screen.asking)
        self.press(StaffDo.YES)
        self.finds_matters(lambda matters: matter.saga not in {each.saga for each in matters})

    def begins_test(self, device: Device) -> None:
        """Press its *Test*, and see that it runs."""
        at = self.view.revision
        self.press(Test(device))
        self.sees(lambda view: view.revision > at and _test_of(view, device) is not None)

    def tests(self, device: Device) -> dict[str, str]:
        """Test a device to its end; its steps (key: state and detail)."""
        self.begins_test(device)
        return self.end_of_test(device)

    def end_of_test(self, device: Device) -> dict[str, str]:
        def over(view: MaintenanceView) -> bool:
            test = _test_of(view, device)
            return test is not None and test.state is not TestState.RUNNING

        test = _test_of(self.sees(over), device)
        assert test is not None
        return {step.key: " ".join(filter(None, (step.state, step.detail))) for step in test.steps}


def card_of(view: MaintenanceView, device: Device) -> Any:
    cards = getattr(view.screen, "cards", ())
    return next((card for card in cards if card.device is device), None)


def field_of(form: FormScreen, name: str) -> FieldView:
    return next(each for each in form.fields if each.name == name)


def _test_of(view: MaintenanceView, device: Device) -> TestView | None:
    card = card_of(view, device)
    return None if card is None else card.test


class StaffedKiosk:
    """The kiosk in a thread of this process, as the station runs it: with a settings file and a display for
    staff (in place of `wired_desk.Kiosk`)."""

    def __init__(
        self,
        home: Path,
        plan: Plan,
        far: FarSides,
        hear: Callable[[str, Any], None],
        *,
        staff: Staff,
        leave_s: float,
        listens: Callable[[Fact], None],
    ) -> None:
        file = home / "kiosk.toml"
        settings = load(file)
        doors = real_doors(home.parent / "fonts", lambda *heard: hear("frame", heard))
        doors = replace(far.doors(doors, settings), chance=random.Random(1), till=plan.till)
        self._stack = contextlib.ExitStack()
        self.core = Core(doors, [_Other(listens), _Listener(hear)], fell=lambda: hear("fell", None))
        self.press, self.scanned, self.rows = self.core.press, self.core.scanned, self.core.rows
        staff.core = self.core

        def stand_in(settings: Settings) -> Settings:
            # less than the file may say: nobody waits for that in a test
            staff = replace(settings.staff, leave_s=leave_s)
            policy = replace(settings.policy, settle_pause_s=0.5)
            return replace(far.stand_in(settings), staff=staff, policy=policy)

        self._stack.enter_context(
            self.core.running(
                stand_in(settings),
                [_Screen(hear)],
                staff=staff,
                config=file,
                ask_pin=True,
                stand_in=stand_in,
            )
        )

    def close(self) -> None:
        """Stop it as the station does."""
        self._stack.close()


class _Other:
    def __init__(self, listens: Callable[[Fact], None]) -> None:
        self._listens = listens

    def heard(self, fact: Fact) -> None:
        self._listens(fact)


class StaffedDesk(Desk):
    """A desk, and the makings of its kiosk."""

    make: Callable[..., Any]
    errors: Errors
    staff: Staff

    def starts(self) -> None:
        """Start the kiosk (again)."""
        self.start(self.make)

    def judged_anew(self) -> None:
        """The screens that the judge reads begin here."""
        self._shown.clear()

    def comes(self) -> None:
        """The staff's gesture, again when the picture changed beneath the finger; the PIN pad is there."""
        end = time.monotonic() + 15.0
        while not self.staff.is_asked_for_pin():
            assert time.monotonic() < end, f"no PIN pad; the screen is {self.view}"
            if isinstance(self.screen, views.AttractView | views.CannotLendView):
                self.presses(Do.STAFF)

    def comes_in(self) -> None:
        self.comes()
        self.staff.types_pin(PIN)
        self.staff.overview()

    def leaves_to_patrons(self) -> None:
        """Staff leave, and the kiosk is there for patrons."""
        self.staff.press(StaffDo.LEAVE)
        self.staff.sees_it_close()
        self.sees(views.AttractView)

    def lends(self, item: str, patron: str) -> None:
        """A patron borrows a book, and leaves with it."""
        self.signs_in(patron)
        self.puts(item)
        assert self.settles(item) == {item: "safe"}
        before = len(self.edges())
        self.finishes()
        # nobody is let through in the next one's time, nor is a line that is still released called at rest
        self.reports(lambda _: len(self.edges()) >= before + 2)
        self.leaves(item)

    def asked_about(self, item: str) -> list[str]:
        """Every message about this item that reached the ILS."""
        messages = self.world("report")["ils"]["messages"]
        return [each["request"] for each in messages if f"|AB{item}|" in each["request"]]


@contextlib.contextmanager
def staffed(
    home: Path,
    *,
    pin: str | None = PIN,
    with_card: bool = False,
    leave_s: float = 60.0,
    make: Callable[..., Any] | None = None,
    listens: Callable[[Fact], None] = lambda _: None,
    simulated_ils: bool = True,
    scenery: Scenery | None = None,
    till: Till | None = None,
) -> Iterator[tuple[StaffedDesk, Staff]]:
    """A desk with its kiosk started, not yet looked at; judged in the end. `make`: another kiosk first."""
    scenery = quick(scenery or lanternfield())
    with listened(home) as errors, FarSides(scenery, home / "far", with_card=with_card) as far:
        write_file(home, far, scenery, with_card=with_card)
        if pin is not None:
            FilePinStore(home / "staff.pin").save(hash_pin(pin))
        staff = Staff()
        it = StaffedDesk(home, Plan(with_card=with_card, till=till), far, scenery)
        it.make = functools.partial(StaffedKiosk, staff=staff, leave_s=leave_s, listens=listens)
        it.errors, it.staff = errors, staff
        it.start(make or it.make)
        try:
            yield it, staff
            it.ends_well(simulated_ils=simulated_ils)
        finally:
            it.kiosk.close()
    assert not errors.told, errors.told
