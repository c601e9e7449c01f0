"""The doctor's line to an ILS: one connection at a time, on which questions are asked and timed.

It is no client: it wants to see what a client hides, the prompts before SIP2, the bytes as they came, an
answer that stays away. Nothing that changes the ILS leaves through it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, Literal, TypeVar

from kiosk.ils.forms import login_of
from kiosk.ils.settings import IlsSettings
from kiosk.sip2 import exchange, telnet
from kiosk.sip2.client import log_in
from kiosk.sip2.errors import EncodeError, LinkSilent, LoginRefused, SipError, Trouble
from kiosk.sip2.framing import Framer, Overlong, unseal
from kiosk.sip2.link import Link, OpenWire, Tap, Wire
from kiosk.sip2.messages import AcsStatus, Message, Question, ScStatus
from kiosk.sip2.profiles import Profile
from kiosk.wires import NoTls

A = TypeVar("A", bound=Message)
T = TypeVar("T")

PROMPT_PAUSE_S: Final = 1.0
"""A login at a prompt begins by itself; who has said nothing for so long waits for a 93."""

STEP_AT_MOST_S: Final = 12.0
"""For one stage of a connection, whatever the profile says."""

REST_S: Final = 0.5
"""Before a connection is made anew: an ILS that grants one only must have seen the other one go."""

REOPENED_AT_MOST: Final = 12
"""An ILS that hangs up on everything is not stormed."""

TROUBLES_AT_MOST: Final = 3
"""Questions in a row without an answer, after which no more are asked."""

KEPT_AT_MOST: Final = 1 << 19
"""Bytes that are kept of what came."""

NO_ANSWER: Final = "no answer in time; is the address right, and does a firewall let the kiosk through?"

UNREACHABLE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})

Stage = Literal["address", "encryption", "login", "service"]


class NoWay(Exception):
    """There is no connection to be had; `stage` says how far it came. Its text holds no secret. `reached`:
    something was asked at the address at all."""

    def __init__(self, stage: Stage, why: str, *, refused: bool = False, reached: bool = True) -> None:
        super().__init__(why)
        self.stage = stage
        self.reached = reached
        self.refused = refused


class GaveUp(Exception):
    """So many questions were not answered that no more are asked."""


class Ear:
    """A wire that keeps what comes in, and can be listened to before anybody reads."""

    def __init__(self, wire: Wire, kept: bytearray) -> None:
        """Take over an open wire; what comes is added to `kept`."""
        self.wire = wire
        self._kept = kept
        self._coming: asyncio.Task[bytes] | None = None

    async def listen(self, seconds: float) -> bytes:
        """What comes by itself within this time (nothing, mostly). It will be received all the same."""
        self._coming = asyncio.create_task(self.wire.receive(), name="doctor listening")
        await asyncio.wait({self._coming}, timeout=seconds)
        if self._coming.done() and self._coming.exception() is None:
            return self._coming.result()
        return b""

    async def send(self, data: bytes) -> None:
        """See `Wire`."""
        await self.wire.send(data)

    async def receive(self) -> bytes:
        """See `Wire`."""
        data = await (self._coming or self.wire.receive())
        self._coming = None
        self._kept += data[: KEPT_AT_MOST - len(self._kept)]
        return data

    async def close(self) -> None:
        """See `Wire`."""
        if self._coming is not None:
            self._coming.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await self._coming
            self._coming = None
        await self.wire.close()


class Line:
    """A way to ask; `open` it first, `close` it in the end.

    Attributes:
        profile: the knobs of this ILS, as far as they are known by now.
        status: its latest 98.
        took: seconds of each answer, by code of the question.
        troubles: what became of the last question that had no answer, by its code.
        wire: the latest wire, open or not.
        answers: all that was answered.
        began_in_silence: whether nothing was said on the first connection before we spoke.
    """

    def __init__(self, settings: IlsSettings, open_wire: OpenWire, tap: Tap) -> None:
        self.settings = settings
        self.profile: Profile = settings.sip_profile()
        self.status: AcsStatus | None = None
        self.took: dict[str, list[float]] = defaultdict(list)
        self.troubles: dict[str, str] = {}
        self.wire: Wire | None = None
        self.answers: list[Message] = []
        self.began_in_silence = False
        self._open_wire = open_wire
        self._tap = tap
        self._kept = bytearray()
        self._link: Link | None = None
        self._opened = 0
        self._in_a_row = 0
        self._now: Callable[[], float] = asyncio.get_running_loop().time

    async def open(self) -> Link:
        """A connection, logged in, behind its first 98; the one that stands is closed.

        Raises:
            NoWay: there is none.
        """
        await self.close()
        again = self._opened > 0
        if self._opened >= REOPENED_AT_MOST:
            raise NoWay("service", "it closes the connection again and again")
        self._opened += 1
        if again:
            await asyncio.sleep(REST_S)
        try:
            return await self._establish()
        except NoWay as trouble:
            # A login that was taken before is no guess when it is said once more; no other is.
            if not again or trouble.refused:
                raise
        await asyncio.sleep(REST_S)
        return await self._establish()

    async def close(self) -> None:
        """Hang up."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def ask(self, request: Question[A]) -> A | None:
        """Ask a question, on a new connection if need be; None when there is no answer, or the 98 says that
        there will be none (`troubles`).

        Raises:
            GaveUp: too many had none.
            TypeError: it is none.
        """
        if not isinstance(request, Question):
            raise TypeError(f"{request.code} changes something")
        if self.status is not None and not self.status.supports(request.code):
            self.troubles[request.code] = "its 98 says N"
            return None
        try:
            link = self._link
            if link is None or link.lost:
                link = await self.open()
            began = self._now()
            answer = await exchange.ask(link, request)
        except (Trouble, NoWay) as trouble:
            self.troubles[request.code] = str(trouble)
            await self.close()
            self._in_a_row += 1
            if self._in_a_row >= TROUBLES_AT_MOST:
                raise GaveUp(str(trouble)) from trouble
            return None
        except EncodeError as error:
            self.troubles[request.code] = str(error)
            return None
        self._in_a_row = 0
        self.took[request.code].append(self._now() - began)
        self.answers.append(answer)
        if isinstance(answer, AcsStatus):
            self.status = answer
        if link.polluted:  # one more answer may be under way, and would be taken for the next one
            await self.close()
        return answer

    @property
    def frames(self) -> list[bytes]:
        """All frames that came, without trailers."""
        frames = Framer().feed(bytes(self._kept) + b"\r")
        return [unseal(each).body for each in frames if not isinstance(each, Overlong)]

    @property
    def endings(self) -> frozenset[str]:
        """What they ended in: CR, LF or CRLF."""
        names = {b"\r": "CR", b"\n": "LF", b"\r\n": "CRLF"}
        return frozenset(names[each] for each in re.findall(rb"\r\n|\r|\n", bytes(self._kept)))

    async def _establish(self) -> Link:
        wire = await self._connected()
        login = login_of(self.settings)
        try:
            if self._opened == 1 and self.profile.terminal_login == "raw":
                await self._look_for_prompt(wire)
            if self.profile.terminal_login == "telnet":
                inner: Wire = await self._stage("login", telnet.logged_in(wire, login, self.profile))
                login = None
            else:
                inner = wire
        except BaseException:
            await wire.close()
            raise
        link = Link(inner, self.profile, self._tap, lambda: None)
        try:
            if login is not None:
                await self._stage("login", log_in(link, login))
            self.status = await self._stage("service", exchange.ask(link, ScStatus()))
            if not self.status.online:
                raise NoWay("service", "it says that it is off-line (98)")
        except BaseException:
            await link.close()
            raise
        self.answers.append(self.status)
        self._link = link
        return link

    async def _connected(self) -> Ear:
        try:
            async with asyncio.timeout(min(self.profile.connect_timeout_s, STEP_AT_MOST_S)):
                self.wire = await self._open_wire()
        except TimeoutError:
            raise NoWay("address", NO_ANSWER) from None
        except NoTls as error:
            raise NoWay("encryption", error.strerror or "", reached=error.reached) from error
        except (OSError, ValueError) as error:  # ValueErrors are odd host names
            raise NoWay("address", _no_way(error)) from error
        return Ear(self.wire, self._kept)

    async def _look_for_prompt(self, wire: Ear) -> None:
        said = (await wire.listen(PROMPT_PAUSE_S)).decode("latin-1")
        self.began_in_silence = not said
        if re.search(self.profile.login_prompt, said, re.IGNORECASE):
            self.profile = replace(self.profile, terminal_login="telnet")

    async def _stage(self, stage: Stage, talk: Awaitable[T]) -> T:
        began = self._now()
        try:
            async with asyncio.timeout(STEP_AT_MOST_S):
                result = await talk
        except LoginRefused as error:
            raise NoWay(stage, str(error), refused=True) from error
        except (LinkSilent, TimeoutError):
            prompted = stage == "login" and self.profile.terminal_login == "telnet"
            remedy = '; where it shows no prompts, set terminal_login = "raw"' if prompted else ""
            raise NoWay(stage, f"no answer{remedy}") from None
        except SipError as error:
            raise NoWay(stage, str(error)) from error
        if not (stage == "login" and self.profile.terminal_login == "telnet"):  # which waits for a greeting
            self.took["93" if stage == "login" else "99"].append(self._now() - began)
        return result


def _no_way(error: OSError | ValueError) -> str:
    """Why there is no connection, in words of ours where the system's tell little."""
    match error:
        case socket.gaierror():
            return "no machine of that name is known; is the host right, and does its name server answer?"
        case OSError(errno=code) if code in UNREACHABLE:
            return "there is no way to it; is the kiosk's network plugged in and set up?"
        case TimeoutError():
            return NO_ANSWER
        case ConnectionRefusedError(strerror=None):
            return "it takes no connections; is the port right, and the service running?"
        case _:
            return getattr(error, "strerror", None) or str(error)
