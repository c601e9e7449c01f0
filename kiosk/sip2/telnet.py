"""Telnet: the login at a prompt, as several ACS want it before SIP2 begins.

They ask `login:` and `password:` in so many words, at the beginning of the connection; the answers are lines.
Behind them comes a greeting, or nothing, and then a plain SIP2 connection whose 93 is not needed. A prompt
that comes once more means that the login was refused.

Some are true telnet servers (RFC 854, 855) and negotiate options: each of them is declined, and what was
negotiated is taken out of what is read, as long as the connection lasts. A byte 255 that is no command is
left alone: in Latin-1 and CP850 it is a character, and in UTF-8 it does not occur. For the same reason
nothing that is sent is doubled: most of those that ask so are no telnet servers at all.
"""

from __future__ import annotations

import asyncio
import re
from typing import Final

from kiosk.sip2.errors import LinkDown, LinkSilent, LoginRefused
from kiosk.sip2.link import CLOSE_PATIENCE_S, Wire
from kiosk.sip2.messages import Login
from kiosk.sip2.profiles import Profile

IAC: Final = 255
DONT, DO, WONT, WILL = 254, 253, 252, 251
SUBNEGOTIATION, SUBNEGOTIATION_END = 250, 240
FIRST_COMMAND: Final = 240
"""RFC 854, "Telnet Command Structure": what follows IAC; below this is no command."""

LINE_END: Final = b"\r\n"
"""RFC 854; the one that also servers take that wait for CR or for LF alone."""

GREETING_PAUSE_S: Final = 0.5
"""How long the far side may be silent behind the password before SIP2 begins."""

PROSE_LIMIT: Final = 16384
"""Bytes of a greeting before it is taken for something else."""

_REFUSAL = re.compile(r"\b(invalid|incorrect|denied|refused|failed|failure)\b", re.IGNORECASE)


class Stripper:
    """Takes telnet's commands out of a stream, piece by piece. No I/O."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """What was said in `data`, and what is to be answered to the commands in it."""
        data = self._kept + data
        self._kept = b""
        said, answer = bytearray(), bytearray()
        at = 0
        while (found := data.find(IAC, at)) >= 0:
            said += data[at:found]
            size = _size(data, found)
            if size is None:
                # It goes on in the next piece; but nobody sends so long a command.
                if len(data) - found < PROSE_LIMIT:
                    self._kept = data[found:]
                return bytes(said), bytes(answer)
            command = data[found : found + size]
            if size == 1 or command == bytes((IAC, IAC)):
                said.append(IAC)
            elif size == 3 and command[1] == DO:
                answer += bytes((IAC, WONT, command[2]))
            elif size == 3 and command[1] == WILL:
                answer += bytes((IAC, DONT, command[2]))
            at = found + size
        said += data[at:]
        return bytes(said), bytes(answer)


def _size(data: bytes, at: int) -> int | None:
    """Bytes of the command that begins there (1: it is none); None when its end has not come yet."""
    if at + 1 >= len(data):
        return None
    match data[at + 1]:
        case command if command in {DONT, DO, WONT, WILL}:
            return 3 if at + 2 < len(data) else None
        case command if command == SUBNEGOTIATION:
            end = data.find(bytes((IAC, SUBNEGOTIATION_END)), at + 2)
            return end + 2 - at if end >= 0 else None
        case command if command >= FIRST_COMMAND:
            return 2
        case _:
            return 1


class StrippedWire:
    """A wire without telnet's commands."""

    def __init__(self, wire: Wire) -> None:
        """Take over an open wire."""
        self._wire = wire
        self._stripper = Stripper()

    async def send(self, data: bytes) -> None:
        """See `Wire`."""
        await self._wire.send(data)

    async def receive(self) -> bytes:
        """See `Wire`."""
        said = b""
        while not said:
            data = await self._wire.receive()
            if not data:
                return b""
            said, answer = self._stripper.feed(data)
            if answer:
                await self._wire.send(answer)
        return said

    async def close(self) -> None:
        """See `Wire`."""
        await self._wire.close()


async def logged_in(wire: Wire, login: Login | None, profile: Profile) -> StrippedWire:
    """Answer the prompts with `login`; gives the wire on which SIP2 begins. Closes it if that fails.

    Raises:
        LoginRefused: there is no login, or the far side does not take it.
        LinkSilent: a prompt did not come in time (`question_timeout_s` each).
        LinkDown: the far side hung up.
    """
    stripped = StrippedWire(wire)
    try:
        if login is None:
            raise LoginRefused("this ACS wants a login at its prompt, and none is set")
        await _answer_prompts(stripped, login, profile)
    except BaseException as error:
        try:
            async with asyncio.timeout(CLOSE_PATIENCE_S):
                await wire.close()
        except OSError:
            pass
        if isinstance(error, OSError):
            raise LinkDown("the connection broke during the login") from error
        raise
    return stripped


async def _answer_prompts(wire: StrippedWire, login: Login, profile: Profile) -> None:
    steps = (
        (profile.login_prompt, "login", login.login_user),
        (profile.password_prompt, "password", login.login_password),
    )
    for pattern, what, answer in steps:
        await _prompt(wire, pattern, what, profile)
        line = _line(answer, what, profile)
        await wire.send(line)
    greeting = await _greeting(wire, profile)
    unfinished = re.split(r"[\r\n]", greeting)[-1].rstrip()
    asked_again = unfinished.endswith((":", ">", "?")) and re.search(
        f"{profile.login_prompt}|{profile.password_prompt}", unfinished + " ", re.IGNORECASE
    )
    if asked_again or _REFUSAL.search(greeting):
        raise LoginRefused("the ACS refuses this terminal's login at its prompt")


async def _prompt(wire: StrippedWire, pattern: str, what: str, profile: Profile) -> None:
    """Wait until the prompt was said."""
    sought = re.compile(pattern, re.IGNORECASE)
    prose = b""
    try:
        async with asyncio.timeout(profile.question_timeout_s):
            while not sought.search(prose.decode(profile.charset, errors="replace")):
                said = await wire.receive()
                if not said:
                    raise LinkDown(f"the far side hung up instead of a {what} prompt")
                prose = (prose + said)[-PROSE_LIMIT:]
    except TimeoutError:
        raise LinkSilent(f"the {what} prompt ({pattern!r}) never came") from None


async def _greeting(wire: StrippedWire, profile: Profile) -> str:
    """What the far side says behind the password, until it has been silent for a moment."""
    prose = b""
    loop = asyncio.get_running_loop()
    until = loop.time() + profile.question_timeout_s
    while len(prose) < PROSE_LIMIT:
        try:
            async with asyncio.timeout_at(min(until, loop.time() + GREETING_PAUSE_S)):
                said = await wire.receive()
        except TimeoutError:
            break
        if not said:
            raise LoginRefused("the far side hung up behind the password")
        prose += said
    return prose.decode(profile.charset, errors="replace")


def _line(answer: str, what: str, profile: Profile) -> bytes:
    """An answer as a line.

    Raises:
        LoginRefused: it cannot be written as one.
    """
    if not answer.isprintable():
        raise LoginRefused(f"the {what} holds what cannot be typed at a prompt")
    try:
        return answer.encode(profile.charset) + LINE_END
    except UnicodeEncodeError:
        raise LoginRefused(f"the {what} does not fit into {profile.charset}") from None
