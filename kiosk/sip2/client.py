"""Client: a connection that is kept, and two ways to use it: `ask` and `change`.

Results of `change` that nobody can confuse: `Done` and `Refused` are the ACS's word; `NotSent` means
that not a byte of it left, so that it may be tried again; `Unknown` means that it left, and then it
must never be repeated before somebody has found out.

After an `Unknown` the connection is closed: its answer may still come, and must not meet another message. So
whatever connection stands is younger than every doubt. Whoever wants to find out what became of it, while
this client goes on with something else, does so on a `second` one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from kiosk.sip2 import exchange, telnet
from kiosk.sip2.conversation import to_bytes
from kiosk.sip2.errors import LinkDown, LoginRefused, NotSupported, Trouble
from kiosk.sip2.fields import TerminalStatus
from kiosk.sip2.link import Link, OpenWire, Tap, no_tap, wake_up
from kiosk.sip2.messages import AcsStatus, Change, Login, Message, Question, Request, ScStatus
from kiosk.sip2.profiles import Profile

A = TypeVar("A", bound=Message)


@dataclass(frozen=True, slots=True)
class Done(Generic[A]):
    """The ACS has done it. `sequence`: the number (AY) with which it was asked first, None without error
    detection."""

    answer: A
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Refused(Generic[A]):
    """The ACS has not done it, and says so (`sequence` as with `Done`)."""

    answer: A
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It was sent, and nobody knows what became of it (`sequence` as with `Done`)."""

    why: Trouble
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Nothing of it was sent."""

    why: Trouble


class Client:
    """A SIP2 terminal. Calls from several tasks take turns.

    `open_wire` opens the connection, `login` is sent first when given, `tap` hears every frame.
    `news` is set whenever the connection came or went (whoever waits for it clears it).
    """

    def __init__(
        self, open_wire: OpenWire, profile: Profile, *, login: Login | None = None, tap: Tap = no_tap
    ) -> None:
        self.news = asyncio.Event()
        self.last_used = float("-inf")
        """Loop time of the end of the last exchange."""
        self._open_wire = open_wire
        self._profile = profile
        self._login = login
        self._tap = tap
        self._terminal = TerminalStatus.OK
        self._link: Link | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    @property
    def connected(self) -> bool:
        """Whether a connection stands, logged in, as far as anybody can know."""
        return self._link is not None and not self._link.lost

    @property
    def profile(self) -> Profile:
        """The knobs of this ACS."""
        return self._profile

    @property
    def status(self) -> AcsStatus | None:
        """The latest 98 of this connection."""
        return self._link.status if self._link else None

    @property
    def sequence(self) -> int | None:
        """The number (AY) of the last message of this connection; None without error detection."""
        return self._link.sequence if self._link else None

    async def connect(self, patience_s: float | None = None) -> None:
        """Connect and log in, unless that is so already.

        Several callers share one attempt; whoever does not want to wait longer than `patience_s`
        leaves it running for the others.

        Raises:
            Trouble: `LinkDown`, `LinkSilent`, `LinkGarbled` or `LoginRefused`.
        """
        if self.connected:
            return
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._establish(), name="sip2 connecting")
            self._connecting.add_done_callback(_look_at)
        attempt = self._connecting
        await asyncio.wait({attempt}, timeout=patience_s)
        if not attempt.done() or attempt.cancelled():
            raise LinkDown("no connection yet")
        if (failure := attempt.exception()) is not None:
            raise failure

    async def disconnect(self) -> None:
        """Close the connection, and give up one that is being made."""
        if self._connecting is not None and not self._connecting.done():
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        await self._drop()

    async def reconnect(self, patience_s: float | None = None) -> None:
        """Close the connection and make a fresh one.

        Raises:
            Trouble: as `connect`.
        """
        async with self._turn:
            await self._drop()
            await self.connect(patience_s)

    async def log_in_as(self, login: Login | None, patience_s: float | None = None) -> None:
        """Be this terminal from now on, with a fresh connection, unless that is so already.

        Raises:
            Trouble: as `connect`. The next connection is made with this login too.
        """
        async with self._turn:
            if login != self._login:
                self._login = login
                await self.disconnect()
            await self.connect(patience_s)

    def second(self) -> Client:
        """Another terminal of the same kind, with a connection of its own, not yet made. Who makes one closes
        it: many an ACS counts them."""
        other = Client(self._open_wire, self._profile, login=self._login, tap=self._tap)
        other._terminal = self._terminal
        return other

    async def keep_alive(self) -> None:
        """Say 99, as every terminal does that has nothing else to say; on a new connection, if the one that
        stands was heard to misunderstand, or had to be asked twice (see `exchange`).

        Raises:
            Trouble: as `ask`.
        """
        if self._link is not None and not self._link.spotless:
            await self.reconnect(self._profile.connect_timeout_s)
        else:
            await self.ask(self._status_now())

    async def tell_status(self, status: TerminalStatus) -> None:
        """How the terminal is, for every 99 from now on; if a connection stands, it is told at once. None is
        made for it: it would begin with that 99 anyway, and this may be the last thing that is said.

        Raises:
            Trouble: as `ask`.
        """
        self._terminal = status
        request = self._status_now()
        async with self._turn:
            if self._link is not None and not await self._fit(self._link, request):
                await self._drop()
            if self._link is not None:
                await self._ask(self._link, request, to_bytes(request, self._profile))

    async def ask(self, request: Question[A]) -> A:
        """Ask a question that changes nothing; if the connection is lost meanwhile, on a new one.

        Raises:
            TypeError: it is none.
            EncodeError: nothing was sent.
            Trouble: there is no answer to be had. A connection that is down is waited for no longer
                than the profile's `reconnect_patience_s`.
        """
        if not isinstance(request, Question):
            raise TypeError(f"{request.code} changes something: it must not be repeated")
        body = to_bytes(request, self._profile)  # what cannot be sent needs no connection
        async with self._turn:
            link = await self._ready(request)
            try:
                return await self._ask(link, request, body)
            except LinkDown:
                return await self._ask(await self._ready(request), request, body)

    async def change(
        self, request: Change[A], late: Callable[[], None]
    ) -> Done[A] | Refused[A] | Unknown | NotSent:
        """Send a message that changes something, once (see `exchange`). `late` tells whoever waits that it
        takes long: it is called after the shortest wait, however much longer the ACS has asked us to wait.

        Raises:
            TypeError: it is none.
            EncodeError: nothing was sent.
        """
        if not isinstance(request, Change):
            raise TypeError(f"{request.code} is no message that changes something")
        body = to_bytes(request, self._profile)
        async with self._turn:
            try:
                link = await self._ready(request)
            except Trouble as trouble:
                return NotSent(trouble)
            frame = link.prepare(body)
            sequence = link.sequence
            alarm = asyncio.get_running_loop().call_later(self._profile.timeout_floor_s, late)
            try:
                answer = await self._change(link, request, body, frame)
            except Trouble as trouble:
                await self._drop()
                return Unknown(trouble, sequence)
            finally:
                alarm.cancel()
            return Done(answer, sequence) if request.done_by(answer) else Refused(answer, sequence)

    # ---- inside -----------------------------------------------------------------------------

    async def _change(self, link: Link, request: Change[A], body: bytes, frame: bytes) -> A:
        """Send it, and after each 96 that permits it again, on a connection of its own."""
        overdue_at = link.now() + exchange.answer_timeout(link)
        resends = self._profile.resends_at_most
        while True:
            try:
                return await self._using(link, exchange.change(link, request, frame, overdue_at))
            except exchange.NotUnderstood:
                if not resends:
                    raise
                resends -= 1
                await self._drop()
                link = await self._ready(request, overdue_at - link.now())
                if link.now() >= overdue_at:
                    raise
                frame = link.prepare(body)

    async def _ready(self, request: Request[Any], patience_s: float | None = None) -> Link:
        """A connection for this message, the one that stands or a quick new one."""
        if isinstance(request, Change):
            # An end that has already arrived is seen before we send: the loop polls the socket, the stream
            # wakes the reading task, and that one notes it. (A question may be said again.)
            await _next_rounds()
        if self._link is not None and not await self._fit(self._link, request):
            await self._drop()
        if not self.connected:
            await self.connect(self._profile.reconnect_patience_s if patience_s is None else patience_s)
        link = self._link
        if link is None or link.lost:
            raise LinkDown("the connection was lost at once")
        if link.status is not None and link.status.supports(request.code) is False:
            raise NotSupported(f"the ACS does not do {request.code}, says its 98")
        return link

    async def _fit(self, link: Link, request: Request[Any]) -> bool:
        """Whether no answer but its own can come to this message."""
        if link.lost or (link.status is not None and not link.status.online):
            return False
        return await link.drained() and not (link.recalled and request.answered_by(link.recalled))

    async def _ask(self, link: Link, request: Request[A], body: bytes) -> A:
        try:
            answer = await self._using(link, exchange.ask(link, request, body))
        except NotSupported:
            raise
        except Trouble:
            await self._drop()
            raise
        if isinstance(answer, AcsStatus):
            link.status = answer
            if not answer.online:
                await self._drop()
                raise LinkDown("the ACS says that it is off-line")
        return answer

    async def _using(self, link: Link, talk: Coroutine[Any, Any, A]) -> A:
        try:
            return await talk
        except asyncio.CancelledError:
            # Nobody waits for the answer any more; it must not meet the next question.
            await self._drop()
            raise
        finally:
            self.last_used = link.now()
            if link.polluted and link.plain:
                await self._drop()

    async def _establish(self) -> None:
        """Open the wire, log in, ask for the status."""
        await self._drop()
        try:
            async with asyncio.timeout(self._profile.connect_timeout_s):
                wire = await self._open_wire()
        except (OSError, UnicodeError) as error:  # TimeoutError is one, and an odd host name the other
            # strerror: without the number of the error, which tells nobody anything
            why = getattr(error, "strerror", None) or str(error) or "no answer in time"
            raise LinkDown(f"no connection: {why}") from error
        login = self._login
        if self._profile.terminal_login == "telnet":
            wire, login = await telnet.logged_in(wire, login, self._profile), None
        link = Link(wire, self._profile, self._tap, self._link_lost)
        try:
            if login is not None:
                await log_in(link, login)
            link.status = await exchange.ask(link, self._status_now())
            if not link.status.online:
                raise LinkDown("the ACS says that it is off-line")
        except BaseException:
            await link.close()
            raise
        self._link = link
        self.last_used = link.now()
        self.news.set()

    def _status_now(self) -> ScStatus:
        return ScStatus(status=self._terminal)

    async def _drop(self) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        was_up = not link.lost
        await link.close()
        if was_up:
            self.news.set()

    def _link_lost(self) -> None:
        # Only the connection that others know of is news: one that never got through its login is not.
        if self._link is not None and self._link.lost:
            self.news.set()


async def log_in(link: Link, login: Login) -> None:
    """Log in by a 93 (behind a 99, where the profile says so).

    Raises:
        EncodeError: the login cannot be written.
        Trouble: `LoginRefused`, or as `exchange.ask`.
    """
    if link.profile.status_before_login:
        await exchange.ask(link, ScStatus())
    if not (await exchange.ask(link, login)).ok:
        raise LoginRefused("the ACS refuses this terminal's login")


async def _next_rounds() -> None:
    """Until the loop has been round three times. (Three times `sleep(0)` would each time wake all who await
    this, one through the other.)"""
    loop = asyncio.get_running_loop()
    round_again = loop.create_future()
    loop.call_soon(loop.call_soon, wake_up, round_again)
    await round_again


def _look_at(attempt: asyncio.Task[None]) -> None:
    """Take note of a failed attempt, even when nobody waits for it any more."""
    if not attempt.cancelled():
        attempt.exception()
