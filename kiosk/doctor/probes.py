"""Tests of the devices of a running kiosk, for the maintenance screen. Each ends within seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kiosk import ils
from kiosk.app import ils_wire
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardReport, CardShown, CardUnread, CodeScanned, ScanReport
from kiosk.circulation.values import (
    CardTag,
    Device,
    ItemTag,
    Media,
    Paper,
    Proof,
    Security,
    SeenTag,
    Uid,
    UnreadTag,
)
from kiosk.desk.ports import Gate, Printer
from kiosk.maintenance.views import TestState, TestStep

if TYPE_CHECKING:
    from kiosk.app import Doors

StepCame = Callable[[TestStep], None]

WAIT_S = 10.0
"""Longest wait for a book, a card or a code that somebody is asked for."""

LOOK_S = 0.2
"""Pause between two looks at the pad."""

SETTLE_S = 0.6
"""From the first tag that was read until the rest of a small stack was read too."""

TAGS_MOST = 5
"""Tags that one test shows."""

UNHEARD_MOST = 5
"""Words of the ILS without a rule that its test shows."""


class Readable(Protocol):
    """The journal, as far as a test goes: reading changes nothing."""

    async def all_rows(self) -> Sequence[object]:
        """Every row. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a kiosk has to be tested; None: it has none.

    Attributes:
        tags: the tags that lie on the pad now; the pad need not have been told their AFI.
        look: the AFI as that very tag holds it, None when it did not answer, and what it is to a gate.
        journal: the journal.
        try_ils: tries the ILS as the kiosk has it set.
        printer: the receipt printer.
        paper: a test page.
        gate: the gate.
        cards: whether there is a card reader.
        till: whether the till, as the desk knows it, is there now. A test takes no money.
        unheard: what the ILS has said of refusals that no rule knows, scrubbed, the latest first.
    """

    tags: Callable[[], Sequence[SeenTag]]
    look: Callable[[Uid, Media], Awaitable[tuple[int | None, Security]]]
    journal: Readable
    try_ils: Callable[[StepCame], Awaitable[None]] | None = None
    printer: Printer | None = None
    paper: Callable[[], Paper] | None = None
    gate: Gate | None = None
    cards: bool = True
    till: Callable[[], bool] | None = None
    unheard: Callable[[], Sequence[ils.Unknown]] = tuple


class Probes:
    """Tests of the devices that the running kiosk holds (meets `maintenance.ports.Prober`)."""

    def __init__(self, bench: Bench) -> None:
        """`bench` is what there is to test."""
        self._bench = bench
        self._card: asyncio.Future[CardShown | CardUnread] | None = None
        self._code: asyncio.Future[CodeScanned] | None = None

    def reported(self, report: CardReport | ScanReport) -> None:
        """Hear what a card reader or a scanner (also one that types) reports, besides the desk."""
        match report:
            case CardShown() | CardUnread() if self._card is not None and not self._card.done():
                self._card.set_result(report)
            case CodeScanned() if self._code is not None and not self._code.done():
                self._code.set_result(report)

    async def probe(self, device: Device, step: StepCame) -> None:
        """Test one device; `step` hears each step as it ends. Never raises for what the world does."""
        tests = {
            Device.ILS: self._ils,
            Device.PAD: self._pad,
            Device.CARDS: self._cards,
            Device.PRINTER: self._printer,
            Device.GATE: self._gate,
            Device.SCANNER: self._scanner,
            Device.TILL: self._till,
            Device.JOURNAL: self._journal,
        }
        await tests[device](step)

    async def _ils(self, step: StepCame) -> None:
        if self._bench.try_ils is None:
            step(TestStep("no-ils", TestState.FAILED))
            return
        await self._bench.try_ils(step)
        for each in self._bench.unheard()[:UNHEARD_MOST]:
            step(TestStep("unheard", TestState.WARNED, f"{each.text} ({each.times})"))

    async def _pad(self, step: StepCame) -> None:
        if not self._bench.tags():
            step(TestStep("put-book", TestState.RUNNING))
            for _ in range(round(WAIT_S / LOOK_S)):
                await asyncio.sleep(LOOK_S)
                if self._bench.tags():
                    break
            else:
                step(TestStep("no-book", TestState.FAILED))
                return
        await asyncio.sleep(SETTLE_S)
        seen = sorted(self._bench.tags(), key=lambda tag: tag.uid)
        if not seen:  # lifted again already: it was not held still
            step(TestStep("no-book", TestState.FAILED, reason=Reason.TAG_GONE))
        for tag in seen[:TAGS_MOST]:
            step(await self._tag_step(tag))

    async def _tag_step(self, tag: SeenTag) -> TestStep:
        match tag.content:
            case ItemTag(item, part, parts, media):
                named = item.id if parts == 1 else f"{item.id} · {part}/{parts or '?'}"
                afi, security = await self._bench.look(tag.uid, media)
                if afi is None:
                    return TestStep("book-unread", TestState.FAILED, named, Reason.TAG_GONE)
                if security is Security.ARMED:
                    return TestStep("book-armed", TestState.PASSED, named)
                if security is Security.RELEASED:
                    return TestStep("book-on-loan", TestState.PASSED, named)
                return TestStep("book-afi", TestState.WARNED, f"{named} · AFI {afi:02X}")
            case CardTag():
                return TestStep("card-on-pad", TestState.WARNED)
            case UnreadTag(reason):
                return TestStep("book-unread", TestState.FAILED, tag.uid, reason)

    async def _cards(self, step: StepCame) -> None:
        if not self._bench.cards:
            step(TestStep("not-fitted", TestState.FAILED))
            return
        step(TestStep("show-card", TestState.RUNNING))
        self._card = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(WAIT_S):
                card = await self._card
        except TimeoutError:
            step(TestStep("no-card", TestState.FAILED))
            return
        finally:
            self._card = None
        # whose card it is, is shown to nobody
        if isinstance(card, CardShown):
            step(TestStep("card-read", TestState.PASSED))
        else:
            step(TestStep("card-unread", TestState.FAILED, reason=card.reason))

    async def _scanner(self, step: StepCame) -> None:
        step(TestStep("scan-code", TestState.RUNNING))
        self._code = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(WAIT_S):
                code = await self._code
        except TimeoutError:
            step(TestStep("no-code", TestState.FAILED))
            return
        finally:
            self._code = None
        if code.patron is None and code.item is None:
            step(TestStep("code-bad", TestState.FAILED, reason=code.problem))
        else:
            # a number that may be a patron's is not shown
            named = code.item.id if code.item is not None and code.patron is None else ""
            step(TestStep("code-read", TestState.PASSED, named))

    async def _printer(self, step: StepCame) -> None:
        if self._bench.printer is None or self._bench.paper is None:
            step(TestStep("not-fitted", TestState.FAILED))
            return
        step(TestStep("print", TestState.RUNNING))
        printed = await self._bench.printer.print(self._bench.paper())
        match printed.proof:
            case Proof.PROVEN:
                step(TestStep("paper-proven", TestState.PASSED))
            case Proof.UNPROVEN:
                step(TestStep("paper-unproven", TestState.WARNED, reason=printed.reason))
            case Proof.FAILED:
                step(TestStep("paper-failed", TestState.FAILED, reason=printed.reason))

    async def _gate(self, step: StepCame) -> None:
        if self._bench.gate is None:
            step(TestStep("not-fitted", TestState.FAILED))
            return
        step(TestStep("gate-pulse", TestState.RUNNING))
        if await self._bench.gate.release():
            step(TestStep("gate-followed", TestState.PASSED))
        else:
            step(TestStep("gate-not-followed", TestState.FAILED))

    async def _till(self, step: StepCame) -> None:
        if self._bench.till is None:
            step(TestStep("not-fitted", TestState.FAILED))
        elif self._bench.till():
            step(TestStep("till-there", TestState.PASSED))
        else:
            step(TestStep("till-there", TestState.FAILED, reason=Reason.TILL_MISSING))

    async def _journal(self, step: StepCame) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self._bench.journal.all_rows()
        except OSError as error:
            said = error.strerror or type(error).__name__
            reason = getattr(error, "reason", Reason.JOURNAL_FAILED)
            step(TestStep("journal-failed", TestState.FAILED, said, reason))
        else:
            step(TestStep("journal-read", TestState.PASSED, f"{loop.time() - began:.3f} s"))


def ils_trial(doors: Doors) -> Callable[[ils.IlsSettings, StepCame], Awaitable[None]]:
    """A trial of any ILS settings through these doors, as the maintenance screen wants it."""

    async def try_ils(settings: ils.IlsSettings, step: StepCame) -> None:
        wire = ils_wire(settings, doors)
        await ils.try_out(settings, wire, doors.wall, lambda each: step(trial_step(each)), doors.tap)

    return try_ils


def trial_step(step: ils.Step) -> TestStep:
    """A step of the ILS's trial as a step of a test. What the ILS does not allow is a warning: the values are
    right, and a kiosk for returns needs no lending. That there is no TLS to be had (no-tls) is another thing
    than that none is asked for (encryption)."""
    key = "no-tls" if step.name == "encryption" and step.ok is False else step.name
    if step.ok:
        state = TestState.PASSED
    elif step.ok is None or step.name in {"lending", "returns"}:
        state = TestState.WARNED
    else:
        state = TestState.FAILED
    return TestStep(key, state, step.detail, step.reason)
