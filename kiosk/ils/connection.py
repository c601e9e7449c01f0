"""Connection: the way to the ILS, kept open, and a second one for finding out what became of a doubt.

The first connection carries everything that patrons wait for. It is opened again whenever it is lost, with
back-off, and a 99 is said on it when nothing else is.

Doubts are settled `apart`, on a connection of its own that lasts for one question: a message that changes
something may be under way on the first one, and whatever that runs into must not keep a doubt from being
settled, nor the other way round. How that stands with the doubt itself:

- A message whose outcome is unknown closes the first connection (`kiosk.sip2.client`), which is opened anew
at once. So a doubt never waits on the first connection, and each connection that stands is younger than all
doubts. - The first one goes first: `apart` waits until it stands. An ILS that grants each kiosk a single
connection would otherwise grant it to the second, and refuse the first one's login. - Such an ILS refuses
the second login, does not answer it, or drops the first connection for its sake. Then the kiosk has seen it,
asks on the first one from now on, taking turns with what is under way there, and does not try it again:
dropping the first would make doubts of loans. The first one is not opened anew for it, being younger than
the doubt as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import Condition, Device, TerminalState
from kiosk.ils.forms import login_of
from kiosk.ils.reading import reason_of
from kiosk.ils.settings import IlsSettings
from kiosk.sip2.client import Client
from kiosk.sip2.errors import LoginRefused, SipError, Trouble
from kiosk.sip2.fields import TerminalStatus
from kiosk.sip2.link import OpenWire, Tap
from kiosk.sip2.profiles import Profile

log = logging.getLogger(__name__)

STATUSES: Final = {
    TerminalState.READY: TerminalStatus.OK,
    TerminalState.PAPER_OUT: TerminalStatus.PAPER_OUT,
    TerminalState.CLOSING: TerminalStatus.SHUTTING_DOWN,
}


class Connection:
    """The connection to an ILS: `client` is the first one. See `SipIls` for the arguments."""

    def __init__(
        self,
        settings: IlsSettings,
        profile: Profile,
        open_wire: OpenWire,
        randomness: random.Random,
        tap: Tap,
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._randomness = randomness
        self._only_one = False
        self._login = login_of(settings)
        self.client = Client(open_wire, profile, login=self._login, tap=tap)

    async def keep(self, post: Callable[[DeviceChanged], None]) -> None:
        """Keep it. Ends only when it is cancelled."""
        if self._settings.exposed:
            log.warning(
                "card numbers and PINs go to %s as plain text: set tls, or a tunnel on this machine",
                self._settings.host,
            )
        said: DeviceChanged | None = None
        failures = 0
        try:
            while True:
                self.client.news.clear()
                trouble: SipError | None = None
                try:
                    await self.client.connect()
                except SipError as error:
                    trouble = error
                now = _condition(trouble)
                if now != said:
                    if trouble is not None:
                        log.warning("no ILS: %s", trouble)
                    post(now)
                    said = now
                lasted = 0.0 if trouble else await self._watch()
                # An ILS that takes us in and throws us out at once must not be stormed either.
                failures = failures + 1 if lasted < self._settings.backoff_s else 0
                if failures:
                    await self._heard_news(asyncio.get_running_loop().time() + self._backoff(failures))
        finally:
            await self.client.disconnect()

    async def tell(self, status: TerminalState) -> None:
        """How the kiosk is: now, if there is a connection to say it on, and with each 99 from now on."""
        with contextlib.suppress(SipError):  # the next connection begins with it
            await self.client.tell_status(STATUSES[status])

    async def speak_for(self, card: str) -> None:
        """Stand where this patron's library has the kiosk (CP), until this is called for another; empty:
        where it stands for nobody. CP is said with the login, so that each change takes a fresh connection.

        Raises:
            Trouble: it cannot stand there. Then it stands where it does for nobody.
        """
        login = login_of(self._settings, card)
        if login == self._login:
            return
        self._login = login
        try:
            await self.client.log_in_as(login, self._profile.connect_timeout_s)
        except SipError as error:
            self._login = login_of(self._settings)
            with contextlib.suppress(SipError):  # `keep` goes on with it
                await self.client.log_in_as(self._login, self._profile.connect_timeout_s)
            raise error if isinstance(error, Trouble) else LoginRefused(str(error)) from error

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[Client]:
        """A client for finding out about a doubt (see the module).

        Raises:
            SipError: the ILS is away.
        """
        await self.client.connect(self._profile.connect_timeout_s)
        second = None if self._only_one else await self._second()
        if second is None:
            yield self.client
            return
        try:
            yield second
            self._only_one = second.connected and not self.client.connected
        finally:
            await second.disconnect()

    async def _second(self) -> Client | None:
        second = self.client.second()
        try:
            await second.connect(self._profile.connect_timeout_s)
        except SipError as error:
            await second.disconnect()
            self._only_one = self.client.connected
            log.info("no second connection to the ILS: %s", error)
            return None
        except BaseException:
            await second.disconnect()
            raise
        return second

    async def _watch(self) -> float:
        """Wait while the connection stands; say 99 when nobody else says anything. Seconds it stood."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while self.client.connected:
            due = self.client.last_used + self._profile.keepalive_s
            if loop.time() < due:
                await self._heard_news(due)
                self.client.news.clear()
                continue
            with contextlib.suppress(SipError):
                await self.client.keep_alive()
        return loop.time() - began

    async def _heard_news(self, until: float) -> None:
        # An instant, not a length: what is left of a length may be too short for the clock to move.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self.client.news.wait()

    def _backoff(self, failures: int) -> float:
        limit = min(self._settings.backoff_s * 2.0 ** min(failures - 1, 16), self._settings.backoff_limit_s)
        return limit * self._randomness.uniform(0.5, 1.0)


def _condition(trouble: SipError | None) -> DeviceChanged:
    if trouble is None:
        return DeviceChanged(Device.ILS, Condition.READY)
    # What is no Trouble is our own login: it cannot even be written as the ILS reads it.
    reason = reason_of(trouble) if isinstance(trouble, Trouble) else Reason.ILS_LOGIN_REFUSED
    return DeviceChanged(Device.ILS, Condition.MISSING, reason)
