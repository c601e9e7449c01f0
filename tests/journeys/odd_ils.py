"""An ILS with the manners of real ones: everything that was seen to differ between them can be set.

    odd = OddIls(end=b"\\r\\n", noise="Greetings from Koha.", without={"BL", "CQ"})
    play(story, ils=odd.open)

It lends everything to everybody. On memory wires, in virtual time; `serving` puts it behind TCP.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kiosk.sip2 import unseal
from tests.sip2.scripted import ScriptedAcs, ScriptedWire, sealed

DATE = "20261122    101112"
SUPPORTED = "BXYYYYYYYYYYYYYYYY"


@dataclass
class OddIls:
    """See the module; `loans` are item ids, by default nothing is on loan."""

    login: bool = True
    """Anything before 93 ends the connection; without it, 93 does."""
    checksums: bool = True
    """Answers carry AY and AZ when the question did."""
    end: bytes = b"\r"
    """What ends an answer."""
    status: str = f"98YYYNYN100003{DATE}2.00AOLIB|{SUPPORTED}|"
    noise: str = ""
    """An AF in every answer that may have one."""
    without: frozenset[str] | set[str] = frozenset()
    """Fields that it leaves out."""
    backwards: bool = False
    """Fields in the reverse order, with some that nobody knows."""
    first_loan_takes: float = 0.0
    desensitise: str = "Y"
    due: str = "20270130    235900"
    pieces: bool = False
    """An answer arrives byte by byte."""
    no_63: bool = False
    """It answers a 63 as if it had been damaged (96)."""
    ends_sessions: bool = True
    """Without it, a 35 is never answered."""
    loans: list[str] = field(default_factory=list)
    everything: bool = False
    """It ignores BP and BQ and sends the whole list each time."""
    charset: str = "utf-8"

    def __post_init__(self) -> None:
        self.acs = ScriptedAcs()
        self._logged_in: set[int] = set()
        self._lent_before = False
        answers: dict[str, Callable[[str], str]] = {
            "23": self._24,
            "63": self._64,
            "11": self._12,
            "17": self._18,
            "35": lambda frame: f"36Y{DATE}{self._fields(AO='LIB', AA=value(frame, 'AA'))}",
        }
        self.acs.on = {"93": self._93, "99": self._guarded(lambda frame: self.status)}
        self.acs.on |= {code: self._guarded(answer) for code, answer in answers.items()}

    async def open(self) -> ScriptedWire:
        return await self.acs.open()

    def _93(self, frame: bytes, wire: ScriptedWire) -> None:
        if not self.login:
            wire.hang_up()
            return
        self._logged_in.add(id(wire))
        self._say(frame, wire, "941")

    def _guarded(self, answer: Callable[[str], str]) -> Callable[[bytes, ScriptedWire], None]:
        def heard(frame: bytes, wire: ScriptedWire) -> None:
            code = frame[:2]
            if self.login and id(wire) not in self._logged_in:
                wire.hang_up()
            elif code == b"63" and self.no_63:
                wire.say(b"96" + self.end)
            elif code != b"35" or self.ends_sessions:
                slow = self.first_loan_takes if code == b"11" and not self._lent_before else 0.0
                self._lent_before |= code == b"11"
                self._say(frame, wire, answer(unseal(frame).body.decode(self.charset)), slow)

        return heard

    def _say(self, frame: bytes, wire: ScriptedWire, body: str, after: float = 0.0) -> None:
        raw = body.encode(self.charset)
        if self.checksums:
            raw = sealed(frame, raw.decode("latin-1")) if self.charset == "utf-8" else raw
        raw += self.end
        size = 1 if self.pieces else len(raw)
        for n, start in enumerate(range(0, len(raw), size)):
            wire.say(raw[start : start + size], after + n / 1000)

    def _fields(self, **fields: str) -> str:
        if self.noise:
            fields["AF"] = self.noise
        pairs = [f"{name}{text}|" for name, text in fields.items() if name not in self.without]
        if self.backwards:
            # what Koha 19.06 puts before AY; without AY it could not be told from half a frame
            junk = "C4::SIP::SIPServer=HASH(0x1)" + ("" if self.checksums else "|")
            pairs = ["ZZ?|", *reversed(pairs), junk]
        return "".join(pairs)

    def _24(self, frame: str) -> str:
        who = value(frame, "AA")
        return f"24{' ' * 14}001{DATE}{self._fields(AO='LIB', AA=who, AE='Émilie Brontë', BL='Y', CQ='Y')}"

    def _64(self, frame: str) -> str:
        who = value(frame, "AA")
        first, last = (int(value(frame, name) or limit) for name, limit in (("BP", "1"), ("BQ", "999")))
        listed = self.loans if self.everything else self.loans[first - 1 : last]
        fields = self._fields(AO="LIB", AA=who, AE="Émilie Brontë", BL="Y", CQ="Y")
        charged = "".join(f"AU{item}|" for item in listed)
        return f"64{' ' * 14}001{DATE}00000000{len(self.loans):04d}000000000000{charged}{fields}"

    def _12(self, frame: str) -> str:
        who, item = value(frame, "AA"), value(frame, "AB")
        fields = self._fields(AO="LIB", AA=who, AB=item, AJ=f"Title of {item}", AH=self.due)
        return f"121NN{self.desensitise}{DATE}{fields}"

    def _18(self, frame: str) -> str:
        item = value(frame, "AB")
        return f"18030001{DATE}{self._fields(AB=item, AJ=f'Title of {item}')}"


def value(frame: str, name: str) -> str:
    """The value of a field in a request whose fields stand behind `AO`, or ''."""
    fields = frame[frame.index("AO") :].split("|") if "AO" in frame else []
    return next((each[2:] for each in fields if each[:2] == name), "")


@contextlib.contextmanager
def serving(odd: OddIls) -> Iterator[int]:
    """The port of this ILS on the loopback, in a thread of its own."""
    loop = asyncio.new_event_loop()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = await odd.open()

        async def answers() -> None:
            while said := await wire.receive():
                writer.write(said)
            writer.close()

        speaking = asyncio.ensure_future(answers())
        with contextlib.suppress(ConnectionError):
            while heard := await reader.read(4096):
                await wire.send(heard)
        speaking.cancel()
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(talk, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:

        async def stop() -> None:
            server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0.05)
            loop.stop()

        asyncio.run_coroutine_threadsafe(stop(), loop)
        thread.join()
        loop.close()
