"""An ACS that does to each message what a list of faults says, and counts what it executes.

Each message has a token of its own in AO, and its answer bears it, too (a 20, which has no AO, in its title):
so whoever gets an answer can tell whose it is, which the client cannot. The ACS is as naive as most: whatever
whole frame it gets it executes, the same one twice if it comes twice. Answers leave when their fault says, in
any order, however long another message has been waiting. What it never does is to execute a message *and* say
96 to it: a 96 means that.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Final

from kiosk.sip2 import Integrity, seal, unseal
from tests.sip2.scripted import BX, DATE, ScriptedWire

FIXED_WIDTHS: Final = {
    "11": 38, "09": 37, "29": 38, "65": 18, "15": 19, "37": 25, "19": 18, "01": 19, "25": 18, "23": 21,
    "63": 31, "17": 18,
}  # fmt: skip
NOT_UNDERSTOOD: Final = b"96AZFEF6\r"
GARBAGE: Final = (b"#!?\r", b"\x00\xff" * 9, b"12\r\n\r12|\r", b"x" * 70_000 + b"\r")
CHANGING: Final = frozenset({"11", "09", "29", "65", "15", "37", "19", "01", "25"})
KINDS: Final = (
    "honest",
    "silent",
    "half",
    "half and the rest",
    "garbage",
    "garbage and the answer",
    "wrong number",
    "wrong checksum",
    "no trailer",
    "no end",
    "twice",
    "drop",
    "half and drop",
    "96",
    "96 twice",
    "96 storm",
    "bare 96",
    "status",
    "status and the answer",
)
STATUSES: Final = (
    f"98YYYYYN010003{DATE}2.00AOlib|BX{BX}|",
    f"98NYYYYN000000{DATE}2.00AOlib|BX{BX}|",
    f"98YNNNNN999999{DATE}2.00AOlib|",
    f"98YYYYYN001000{DATE}2.00AOlib|BXYNNNNYNYYYYYNNNN|",
    f"98YYYYYN600003{DATE}2.00AOlib|BXYY|",
    "98YYYYYN",
)


@dataclass(frozen=True)
class Fault:
    """What happens to one message: its `kind`, whether it is executed where that is open, when the answer (or
    its second part) leaves, and which of several (the wrong number, the lying status)."""

    kind: str = "honest"
    executed: bool = True
    after: float = 0.0
    which: int = 0


class FaultyAcs:
    """`faults` are used up one by one, those of logins (93, 99) from a list of their own; then it is honest.
    `refusing` holds tokens of messages that it refuses.

    `arrived`, `executed` and `refused` count by token."""

    def __init__(
        self,
        faults: list[Fault],
        refusing: set[str],
        *,
        at_login: list[Fault] | None = None,
        plain: bool = False,
    ) -> None:
        self.faults = list(faults)
        self.at_login = list(at_login or [])
        self.refusing = refusing
        self.plain = plain
        self.arrived: Counter[str] = Counter()
        self.executed: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.wires: list[FaultyWire] = []

    async def open(self) -> FaultyWire:
        self.wires.append(FaultyWire(self))
        return self.wires[-1]

    def heard(self, frame: bytes, wire: FaultyWire) -> None:
        left = self.at_login if frame[:2] in {b"93", b"99"} else self.faults
        fault = left.pop(0) if left else Fault()
        bare = unseal(frame)
        text = bare.body.decode()
        if bare.integrity is Integrity.WRONG:
            wire.say(NOT_UNDERSTOOD)
            return
        code = text[:2]
        if code in CHANGING:
            self.arrived[_field(text, "AO")] += 1
        if fault.kind.startswith(("96", "bare 96")):
            self._misunderstand(fault, wire)
            return
        if code == "97":
            answer = wire.last
        elif not fault.executed and fault.kind not in {"honest", "twice", "garbage and the answer"}:
            answer = None
        else:
            answer = self._sealed(self._answer(text), bare.sequence)
            wire.last = answer
        self._say(fault, answer, bare.sequence, wire)

    def _misunderstand(self, fault: Fault, wire: FaultyWire) -> None:
        match fault.kind:
            case "bare 96":
                wire.say(b"96\r", fault.after)
            case "96":
                wire.say(NOT_UNDERSTOOD, fault.after)
            case "96 twice":
                wire.say(NOT_UNDERSTOOD)
                wire.say(NOT_UNDERSTOOD, fault.after)
            case _:
                for at in range(8):
                    wire.say(NOT_UNDERSTOOD, at * fault.after / 4)

    def _say(self, fault: Fault, answer: bytes | None, number: int | None, wire: FaultyWire) -> None:
        """`answer` is None where nothing was executed; the fault strikes all the same."""
        whole = answer or self._sealed(STATUSES[0], number)
        half = len(whole) // 2
        if whole[half - 1 : half] == b"|":
            half -= 2  # without checksums, what ends there would be whole
        match fault.kind:
            case "silent":
                return
            case "half":
                wire.say(whole[:half], fault.after)
            case "half and the rest":
                wire.say(whole[:half])
                if answer is not None:
                    wire.say(whole[half:] + b"\r", fault.after)
            case "garbage":
                wire.say(GARBAGE[fault.which % len(GARBAGE)])
            case "garbage and the answer":
                wire.say(b"#!?\r")
                wire.say(whole + b"\r", fault.after)
            case "wrong number" if number is not None and not self.plain:
                body, another = unseal(whole).body.decode(), (number + 1 + fault.which % 9) % 10
                wire.say(self._sealed(body, another) + b"\r", fault.after)
            case "wrong checksum" if not self.plain:
                wire.say(whole[:-4] + b"0000\r", fault.after)
            case "no trailer" if answer is not None:
                wire.say(unseal(whole).body + b"\r", fault.after)
            case "no end" if answer is not None:
                wire.say(whole, fault.after)
            case "twice" if answer is not None:
                wire.say(whole + b"\r")
                wire.say(whole + b"\r", fault.after)
            case "drop":
                wire.hang_up(fault.after)
            case "half and drop":
                wire.say(whole[:half])
                wire.hang_up(fault.after)
            case "status" | "status and the answer":
                lie = STATUSES[fault.which % len(STATUSES)]
                wire.say(self._sealed(lie, number) + b"\r")
                if fault.kind != "status" and answer is not None:
                    wire.say(whole + b"\r", fault.after)
            case _ if answer is not None:
                wire.say(whole + b"\r", fault.after)

    def _answer(self, text: str) -> str:
        token, item, patron = (_field(text, id_) for id_ in ("AO", "AB", "AA"))
        code = text[:2]
        if code not in CHANGING:
            return {
                "93": "941",
                "99": STATUSES[0],
                "63": f"64{' ' * 14}001{DATE}{'0' * 24}AO{token}|AA{patron}|AEAnna|BLY|",
                "23": f"24{' ' * 14}001{DATE}AO{token}|AA{patron}|AEAnna|BLY|",
                "17": f"18030001{DATE}AO{token}|AB{item}|AJMoby Dick|",
            }[code]
        ok = token not in self.refusing
        (self.executed if ok else self.refused)[token] += 1
        one, yes = ("1", "Y") if ok else ("0", "N")
        ids = f"AO{token}|AA{patron}|AB{item}|"
        return {
            "11": f"12{one}NN{yes}{DATE}{ids}AJMoby Dick|AH20270130|",
            "29": f"30{one}YN{yes}{DATE}{ids}AJMoby Dick|AH20270130|",
            "09": f"10{one}YNN{DATE}{ids}AQMain|AJMoby Dick|",
            "15": f"16{one}N{DATE}{ids}",
            "65": f"66{one}00010000{DATE}AO{token}|BM39000001|",
            "37": f"38{yes}{DATE}{ids}",
            "19": f"20{one}{DATE}AB{item}|AJ{token}|",
            "01": f"24{yes * 4:14}001{DATE}AO{token}|AA{patron}|AEAnna|BLY|",
            "25": f"26{'' if ok else 'YYYY':14}001{DATE}AO{token}|AA{patron}|AEAnna|BLY|",
        }[code]

    def _sealed(self, body: str, number: int | None) -> bytes:
        return body.encode() if self.plain or number is None else seal(body.encode(), number)


class FaultyWire(ScriptedWire):
    """One connection; `last` is the last answer, as a 97 recalls it."""

    def __init__(self, acs: FaultyAcs) -> None:
        super().__init__(acs)  # type: ignore[arg-type]
        self.last: bytes | None = None

    def say(self, data: bytes, after: float = 0.0) -> None:
        asyncio.get_running_loop().call_later(after, self._deliver, data)

    def _deliver(self, data: bytes) -> None:
        if not self.gone:
            self._chunks.put_nowait(data)


def _field(text: str, id_: str) -> str:
    fixed = FIXED_WIDTHS.get(text[:2], 0)
    return next((part[2:] for part in text[2 + fixed :].split("|") if part.startswith(id_)), "")
