"""A kiosk that is there to be killed: what `kiosk run` runs, without its window.

`python -m kiosk.lab.victim` imports everything once and then waits. For each line on its standard input
(JSON, see `Life`) it forks a process that is a kiosk: `kiosk.core.Core` in its thread, its own asyncio
loop, real sockets, a real journal. Forked since importing takes most of a second and is not what is tried;
at that moment there is one thread and nothing is open.

A life connects to the Unix socket that the line names and tells there, in lines of JSON, what happens:

    {"alive": PID}                       before anything of it is built
    {"view": {"screen", "session", "revision", "modal", "message", "rows"}}
    {"wire": ">11"}                      a SIP2 message is sent, or was received (`<12`)
    {"disk": NAME}                       the journal's thread begins something, such as `append`
    {"rows": [...]}                      the journal's rows, when asked
    {"polled": N}                        so often was the reader asked since that was wanted
    {"trouble": TEXT}                    an error was logged, or the core fell over

and hears what a patron does, {"press": [SESSION, REVISION, INTENT]} and {"scan": CODE}, and what is wanted,
{"rows": null} and {"polls": N}. When the other end closes the socket the life is over.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.app import real_doors
from kiosk.circulation.intents import Do, Pressed
from kiosk.circulation.policy import PinRule, Policy
from kiosk.circulation.views import View
from kiosk.core import Core
from kiosk.doors import Threads
from kiosk.ids import IdRules
from kiosk.ils import IlsSettings
from kiosk.journal import JournalSettings
from kiosk.pad import PadSettings
from kiosk.rfid.readers.feig import FeigSettings
from kiosk.settings import CardSection, GateSection, IlsSection, PadSection, PrinterSection, Settings
from kiosk.wires import OpenWire, Wire, tcp

HOST = "127.0.0.1"

AWAY_S = 0.5
"""How long a book that was left behind must be away to be new; the shortest that policy allows."""

LONGEST_ASK_S = 1.0
"""How long the kiosk waits for an answer of the ILS, which takes 20 ms here."""


@dataclass(frozen=True, slots=True)
class Life:
    """One life of the kiosk, as it is ordered: the journal is in `home`, the far sides at their ports."""

    socket: str
    home: str
    ils: int
    reader: int
    login: tuple[str, str]
    institution: str
    seed: int

    def settings(self) -> Settings:
        """The kiosk's settings. It waits less long than in a library, where nothing depends on it."""
        user, password = self.login
        ils = IlsSettings(
            HOST,
            self.ils,
            institution=self.institution,
            login_user=user,
            login_password=password,
            answer_timeout_s=LONGEST_ASK_S,
            question_timeout_s=LONGEST_ASK_S,
            backoff_s=0.1,
            backoff_limit_s=0.3,
        )
        home = Path(self.home)
        return Settings(
            ils=IlsSection("sip2", ils),
            pad=PadSection("feig-tcp", FeigSettings(HOST, self.reader), PadSettings(reopen_longest_s=0.4)),
            cards=CardSection("none"),
            printer=PrinterSection("none"),
            gate=GateSection("none"),
            ids=IdRules(patron_prefix="21", item_prefix="39"),
            journal=JournalSettings(home / "data", home / "journal.key"),
            policy=Policy(pin=PinRule.NEVER, settle_pause_s=1.0, farewell_s=5, leftover_away_s=AWAY_S),
        )


class Line:
    """The way to whoever watches; safe to use from all threads."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._turn = threading.Lock()
        self._polls = 0
        self._wanted = 0

    def tell(self, **what: Any) -> None:
        """Tell one thing; when nobody listens any more, this life is soon over."""
        line = json.dumps(what, ensure_ascii=False).encode() + b"\n"
        with self._turn, contextlib.suppress(OSError):
            self._socket.sendall(line)

    def heard(self) -> Any:
        """All that comes, line by line."""
        return map(json.loads, self._socket.makefile("rb"))

    def show(self, view: View) -> None:
        """Be the kiosk's screen."""
        rows = [
            {
                "item": row.item.id if row.item is not None else "",
                "state": str(row.state),
                "reason": str(row.reason or ""),
            }
            for row in getattr(view.screen, "rows", ())
        ]
        modal = type(view.modal).__name__ if view.modal is not None else ""
        message = getattr(view.screen, "message", None)
        self.tell(
            view={
                "screen": type(view.screen).__name__,
                "session": view.session,
                "revision": view.revision,
                "modal": modal,
                "message": str(message.notice) if message is not None else "",
                "rows": rows,
            }
        )

    def wire(self, direction: str, frame: bytes, at: float) -> None:
        """Be the tap of the SIP2 client. Only the code is told: a frame holds names."""
        del at
        self.tell(wire=direction + frame[:2].decode("latin-1"))

    def polls(self, wanted: int) -> None:
        """Tell when the reader was asked so many times more."""
        self._polls, self._wanted = 0, wanted

    def opener(self, reader: int) -> Callable[[str, int], OpenWire]:
        """Be the door to wires, and count what is asked of the one to the reader (at this port)."""

        def opener(host: str, port: int) -> OpenWire:
            opened = tcp(host, port)

            async def counted() -> Wire:
                return _Counted(await opened(), self._polled)

            return counted if port == reader else opened

        return opener

    def _polled(self) -> None:
        self._polls += 1
        if self._polls == self._wanted:
            self.tell(polled=self._polls)

    def blocking(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Be the door to blocking work, with one thread for each name."""
        threads = Threads(name)

        async def work(fn: Callable[..., Any], /, *args: Any) -> Any:
            def told(*args: Any) -> Any:
                if name == "journal":
                    self.tell(disk=getattr(fn, "__name__", ""))
                return fn(*args)

            return await threads(told, *args)

        return work


class _Counted:
    """A wire on which somebody counts."""

    def __init__(self, wire: Wire, sent: Callable[[], None]) -> None:
        self._wire, self._sent = wire, sent
        self.receive, self.close = wire.receive, wire.close

    async def send(self, data: bytes) -> None:
        """As that wire."""
        await self._wire.send(data)
        self._sent()

    async def ask(self, data: bytes, until: float) -> bytes:
        """As that wire."""
        await self.send(data)
        return await self._wire.receive(until)


class Troubles(logging.Handler):
    """Errors in the log are news."""

    def __init__(self, line: Line) -> None:
        super().__init__(logging.ERROR)
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of one; what it was in full goes to standard error, for whoever keeps that."""
        self._line.tell(trouble=record.getMessage())
        sys.stderr.write(f"{self.format(record)}\n")


def live(life: Life) -> None:
    """Be a kiosk until the other end closes the socket, or until the kill."""
    line = Line(life.socket)
    line.tell(alive=os.getpid())
    logging.getLogger().addHandler(Troubles(line))
    doors = dataclasses.replace(
        real_doors(Path(life.home) / "fonts", line.wire),
        open_wire=line.opener(life.reader),
        run_blocking=line.blocking,
        chance=random.Random(life.seed),
    )
    core = Core(doors, fell=lambda: line.tell(trouble="the core fell over"))
    with core.running(life.settings(), [line]):
        for heard in line.heard():
            match heard:
                case {"press": [session, revision, intent]}:
                    core.press(Pressed(session, revision, Do(intent)))
                case {"scan": code}:
                    core.scanned(code)
                case {"polls": wanted}:
                    line.polls(wanted)
                case {"rows": _}:
                    rows = [dataclasses.replace(row, payload=dict(row.payload)) for row in core.rows()]
                    line.tell(rows=[dataclasses.asdict(row) for row in rows])


def main() -> None:
    """Fork a life for each line."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    child = 0
    for order in sys.stdin:
        if child:
            os.waitpid(child, 0)
        child = os.fork()
        if not child:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever watches ends it
            raw = json.loads(order)
            try:
                live(Life(**(raw | {"login": tuple(raw["login"])})))
            finally:
                logging.shutdown()
                os._exit(0)  # not through what the parent has in its buffers
    if child:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
