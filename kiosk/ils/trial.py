"""Trial: are these the right settings for the ILS? One connection of its own, step by step.

| step         | asks                                                 | detail                        |
|--------------|------------------------------------------------------|-------------------------------|
| `address`    | does something answer at this address?               | seconds, or the error         |
| `encryption` | does it go through TLS? Left out within this machine | none, or the error            |
| `login`      | does it take our login? Left out when none is set    | seconds, or what was wrong    |
| `service`    | is it on-line (98)?                                  | what it calls itself, seconds |
| `lending`    | may we lend (98: checkout, and 11 in BX)?            | what says no                  |
| `returns`    | may we take back (98: checkin, and 09 in BX)?        | what says no                  |
| `clock`      | is its clock ours? Left out when it tells no time    | seconds that it is ahead      |

The first of `address`, `encryption`, `login` and `service` that fails is the last step. A file of ours that
is of no use to TLS is found before anything is asked: `encryption` is the only step then. Nothing is changed
in the ILS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeVar

from kiosk.circulation.reasons import Reason
from kiosk.ils.forms import login_of
from kiosk.ils.notes import clean
from kiosk.ils.reading import reason_of
from kiosk.ils.settings import IlsSettings
from kiosk.sip2 import exchange, telnet
from kiosk.sip2.client import log_in
from kiosk.sip2.dates import moment_of
from kiosk.sip2.errors import EncodeError, Trouble
from kiosk.sip2.link import Link, OpenWire, Tap, Wire, no_tap
from kiosk.sip2.messages import AcsStatus, Login, ScStatus
from kiosk.sip2.untrusted import Untrusted

T = TypeVar("T")

STEP_AT_MOST_S: Final = 8.0
"""Time for one step, whatever the profile says: somebody stands there and waits."""

CLOCKS_APART_S: Final = 60
"""A due date or a log that is off by more than this is somebody's puzzle later."""

NAME_LIMIT: Final = 120
"""Characters of what a far side calls itself."""

DETAIL_LIMIT: Final = 200
"""Characters of what went wrong, with the remedy."""

StepName = Literal["address", "encryption", "login", "service", "lending", "returns", "clock"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: it passed, it did not, or (None) it passed with a warning. `detail` is data, no sentence;
    `reason` says why a step with the far side failed."""

    name: StepName
    ok: bool | None
    detail: str = ""
    reason: Reason | None = None


async def try_out(
    settings: IlsSettings,
    open_wire: OpenWire,
    wall: Callable[[], float],
    report: Callable[[Step], None],
    tap: Tap = no_tap,
) -> None:
    """Try these settings; `report` hears each step as it ends (see the table). Never raises for what the
    world does, ends within half a minute, and leaves no connection behind. `wall`: seconds since 1970."""
    trial = _Trial(settings, wall, report, tap)
    await trial.run(open_wire)


class _Trial:
    def __init__(
        self, settings: IlsSettings, wall: Callable[[], float], report: Callable[[Step], None], tap: Tap
    ) -> None:
        self._settings = settings
        self._profile = settings.sip_profile()
        self._wall = wall
        self._report = report
        self._tap = tap
        self._loop = asyncio.get_running_loop()

    async def run(self, open_wire: OpenWire) -> None:
        wire = await self._address(open_wire)
        if wire is None:
            return
        if self._settings.tls == "on" or self._settings.exposed:
            self._report(Step("encryption", True if self._settings.tls == "on" else None))
        login = login_of(self._settings)
        if self._profile.terminal_login == "telnet":
            wire, login = await self._prompted(wire, login), None
            if wire is None:
                return
        link = Link(wire, self._profile, self._tap, lambda: None)
        try:
            if login is not None and not await self._login(link, login):
                return
            status = await self._service(link)
            told_at = self._wall()
        finally:
            await link.close()
        if status is not None:
            self._allowed("lending", status, "checkout", status.checkout_ok, "11")
            self._allowed("returns", status, "checkin", status.checkin_ok, "09")
            self._clock(status.clock, told_at)

    async def _address(self, open_wire: OpenWire) -> Wire | None:
        try:
            wire, took = await self._timed(open_wire(), self._profile.connect_timeout_s)
        except ConnectionAbortedError as error:
            # so a wire says that there is no TLS: with a far side that is there, or (not `reached`) with
            # these files of ours
            if getattr(error, "reached", True):
                self._report(Step("address", True))
            self._report(Step("encryption", False, _short(error.strerror)))
            return None
        except (OSError, ValueError) as error:  # TimeoutError is an OSError; ValueErrors are odd host names
            why = "" if isinstance(error, TimeoutError) else getattr(error, "strerror", None) or str(error)
            self._report(Step("address", False, _short(why), Reason.ILS_DOWN))
            return None
        self._report(Step("address", True, took))
        return wire

    async def _prompted(self, wire: Wire, login: Login | None) -> Wire | None:
        try:
            wire, took = await self._timed(telnet.logged_in(wire, login, self._profile))
        except (Trouble, TimeoutError) as error:
            self._report(_failed("login", error))
            return None
        self._report(Step("login", True, took))
        return wire

    async def _login(self, link: Link, login: Login) -> bool:
        try:
            _, took = await self._timed(log_in(link, login))
        except EncodeError as error:
            self._report(Step("login", False, str(error), Reason.ILS_LOGIN_REFUSED))
            return False
        except (Trouble, TimeoutError) as error:
            self._report(_failed("login", error))
            return False
        self._report(Step("login", True, took))
        return True

    async def _service(self, link: Link) -> AcsStatus | None:
        try:
            status, took = await self._timed(exchange.ask(link, ScStatus()))
        except (Trouble, TimeoutError) as error:
            self._report(_failed("service", error))
            return None
        if not status.online:
            self._report(Step("service", False, "98: on-line N", Reason.ILS_DOWN))
            return None
        name = (_short(status.library) or _short(status.institution))[:NAME_LIMIT]
        self._report(Step("service", True, f"{name}, {took}" if name else took))
        return status

    def _allowed(self, name: StepName, status: AcsStatus, flag: str, allowed: bool, code: str) -> None:
        noes = [] if allowed else [f"98: {flag} N"]
        if status.supports(code) is False:
            noes.append(f"BX: {code} N")
        self._report(Step(name, not noes, ", ".join(noes)))

    def _clock(self, clock: datetime | None, told_at: float) -> None:
        if clock is None:
            return
        ours = moment_of(told_at) if clock.tzinfo is None else datetime.fromtimestamp(told_at, UTC)
        ahead = round((clock - ours).total_seconds())
        self._report(Step("clock", True if abs(ahead) <= CLOCKS_APART_S else None, f"{ahead:+d} s"))

    async def _timed(self, awaited: Awaitable[T], at_most: float = STEP_AT_MOST_S) -> tuple[T, str]:
        """What came of it, and how long it took. Raises TimeoutError."""
        began = self._loop.time()
        async with asyncio.timeout(min(at_most, STEP_AT_MOST_S)):
            result = await awaited
        return result, f"{self._loop.time() - began:.2f} s"


def _failed(name: StepName, error: Trouble | TimeoutError) -> Step:
    if isinstance(error, Trouble):
        return Step(name, False, _short(str(error)), reason_of(error))
    return Step(name, False, "", Reason.ILS_SILENT)


def _short(text: Untrusted | str | None) -> str:
    return clean(text)[:DETAIL_LIMIT]
