"""Tests of the devices of a running kiosk: what each says when it works and when it does not."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk import ils
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardShown, CardUnread, CodeScanned
from kiosk.circulation.values import (
    CardTag,
    Device,
    ItemKey,
    ItemTag,
    Media,
    Paper,
    PaperKind,
    PatronId,
    Printout,
    Proof,
    Security,
    SeenTag,
    TagContent,
    Uid,
    UnreadTag,
)
from kiosk.doctor import Bench, Probes
from kiosk.doctor.probes import trial_step
from kiosk.lab.loop import run
from kiosk.maintenance.views import TestState, TestStep
from kiosk.security_gate import SwitchSettings


class Pad:
    """Tags whose AFI nobody asked for yet, as a library's tags are reported."""

    def __init__(self, *contents: TagContent, afi: int | None = 0x07) -> None:
        self.tags = [SeenTag(Uid(f"E00401000000000{n}"), 0, content) for n, content in enumerate(contents, 1)]
        self.afi = afi

    async def look(self, uid: Uid, _media: Media) -> tuple[int | None, Security]:
        assert uid in {tag.uid for tag in self.tags}
        return self.afi, SwitchSettings().together(Media.UNKNOWN, self.afi, None)


class Disk:
    def __init__(self, broken: OSError | None = None) -> None:
        self.broken = broken

    async def all_rows(self) -> tuple[object, ...]:
        await asyncio.sleep(0.25)
        if self.broken is not None:
            raise self.broken
        return ()


class Printer:
    def __init__(self, outcome: Printout) -> None:
        self.outcome = outcome
        self.papers: list[Paper] = []

    async def run(self, post: Callable[[Any], None]) -> None: ...

    async def print(self, paper: Paper) -> Printout:
        self.papers.append(paper)
        return self.outcome


class Gate:
    def __init__(self, *, follows: bool) -> None:
        self.follows = follows

    async def run(self, post: Callable[[Any], None]) -> None: ...

    async def release(self) -> bool:
        return self.follows


def bench(pad: Pad | None = None, disk: Disk | None = None, **more: Any) -> Bench:
    lying = pad or Pad()
    return Bench(lambda: lying.tags, lying.look, disk or Disk(), **more)


def outcome_of(
    around: Bench, device: Device, meanwhile: Callable[[Probes], Awaitable[None]] | None = None
) -> tuple[list[TestStep], float]:
    """The steps of a test, and how long it took."""
    steps: list[TestStep] = []

    async def story() -> float:
        probes = Probes(around)
        test = asyncio.ensure_future(probes.probe(device, steps.append))
        if meanwhile is not None:
            await meanwhile(probes)
        await test
        return asyncio.get_running_loop().time()

    return steps, run(story())


BOOK = ItemTag(ItemKey("33330001"))


@pytest.mark.parametrize(
    ("content", "afi", "step"),
    [
        (BOOK, 0x07, TestStep("book-armed", TestState.PASSED, "33330001")),
        (BOOK, 0xC2, TestStep("book-on-loan", TestState.PASSED, "33330001")),
        (BOOK, 0x00, TestStep("book-afi", TestState.WARNED, "33330001 · AFI 00")),
        (BOOK, None, TestStep("book-unread", TestState.FAILED, "33330001", Reason.TAG_GONE)),
        (replace(BOOK, part=2, parts=3), 0x07, TestStep("book-armed", TestState.PASSED, "33330001 · 2/3")),
        (replace(BOOK, parts=0), 0x07, TestStep("book-armed", TestState.PASSED, "33330001 · 1/?")),
        (CardTag(PatronId("21000001")), 0x07, TestStep("card-on-pad", TestState.WARNED)),
        (
            UnreadTag(Reason.TAG_BLANK),
            0x07,
            TestStep("book-unread", TestState.FAILED, "E004010000000001", Reason.TAG_BLANK),
        ),
    ],
)
def test_a_book_on_the_pad_is_read_out(content: TagContent, afi: int | None, step: TestStep) -> None:
    steps, _ = outcome_of(bench(Pad(content, afi=afi)), Device.PAD)
    assert steps == [step]


def test_somebody_is_asked_for_a_book_and_puts_it_down() -> None:
    pad = Pad()

    async def put_down(_: Probes) -> None:
        await asyncio.sleep(4.0)
        pad.tags = Pad(BOOK).tags

    steps, took = outcome_of(bench(pad), Device.PAD, put_down)
    assert [(each.key, each.state) for each in steps] == [
        ("put-book", TestState.RUNNING),
        ("book-armed", TestState.PASSED),
    ]
    assert took < 6


def test_nobody_waits_for_a_book_for_ever() -> None:
    steps, took = outcome_of(bench(), Device.PAD)
    assert [each.key for each in steps] == ["put-book", "no-book"]
    assert took == pytest.approx(10.0)


def test_a_whole_stack_is_cut_short() -> None:
    steps, _ = outcome_of(bench(Pad(*[BOOK] * 9)), Device.PAD)
    assert len(steps) == 5


def test_a_card_is_read_and_nobody_is_named() -> None:
    async def show(probes: Probes) -> None:
        await asyncio.sleep(1)
        probes.reported(CardShown(PatronId("21000001")))
        probes.reported(CardShown(PatronId("21000001")))

    steps, _ = outcome_of(bench(), Device.CARDS, show)
    assert steps == [TestStep("show-card", TestState.RUNNING), TestStep("card-read", TestState.PASSED)]


def test_a_card_that_names_nobody_and_no_card_at_all() -> None:
    async def show(probes: Probes) -> None:
        await asyncio.sleep(1)
        probes.reported(CardUnread(Reason.CARD_UNREADABLE))

    steps, _ = outcome_of(bench(), Device.CARDS, show)
    assert steps[-1] == TestStep("card-unread", TestState.FAILED, reason=Reason.CARD_UNREADABLE)
    steps, took = outcome_of(bench(), Device.CARDS)
    assert (steps[-1].key, took) == ("no-card", 10.0)


@pytest.mark.parametrize(
    ("code", "step"),
    [
        (CodeScanned(item=ItemKey("33330001")), TestStep("code-read", TestState.PASSED, "33330001")),
        (CodeScanned(patron=PatronId("2"), item=ItemKey("2")), TestStep("code-read", TestState.PASSED)),
        (
            CodeScanned(problem=Reason.CODE_BAD),
            TestStep("code-bad", TestState.FAILED, reason=Reason.CODE_BAD),
        ),
    ],
)
def test_a_code_is_scanned(code: CodeScanned, step: TestStep) -> None:
    async def scan(probes: Probes) -> None:
        await asyncio.sleep(1)
        probes.reported(CardShown(PatronId("1")))
        probes.reported(code)

    steps, _ = outcome_of(bench(), Device.SCANNER, scan)
    assert steps == [TestStep("scan-code", TestState.RUNNING), step]


def test_reports_while_nothing_is_tested_are_nobodys_business() -> None:
    probes = Probes(bench())
    probes.reported(CardShown(PatronId("1")))
    probes.reported(CodeScanned(problem=Reason.CODE_BAD))


@pytest.mark.parametrize(
    ("outcome", "step"),
    [
        (Printout(Proof.PROVEN), TestStep("paper-proven", TestState.PASSED)),
        (
            Printout(Proof.UNPROVEN, Reason.PRINTER_SILENT),
            TestStep("paper-unproven", TestState.WARNED, reason=Reason.PRINTER_SILENT),
        ),
        (
            Printout(Proof.FAILED, Reason.PAPER_OUT),
            TestStep("paper-failed", TestState.FAILED, reason=Reason.PAPER_OUT),
        ),
    ],
)
def test_a_test_page_is_printed(outcome: Printout, step: TestStep) -> None:
    page = Paper(PaperKind.TEST, "en", "Library", 0.0)
    printer = Printer(outcome)
    steps, _ = outcome_of(bench(printer=printer, paper=lambda: page), Device.PRINTER)
    assert steps[-1] == step
    assert printer.papers == [page]


def test_the_gate_is_pulsed() -> None:
    assert outcome_of(bench(gate=Gate(follows=True)), Device.GATE)[0][-1].key == "gate-followed"
    assert outcome_of(bench(gate=Gate(follows=False)), Device.GATE)[0][-1].state is TestState.FAILED


def test_what_is_not_fitted_is_said() -> None:
    for device in (Device.PRINTER, Device.GATE, Device.CARDS, Device.TILL):
        assert outcome_of(bench(cards=False), device)[0][-1].key == "not-fitted"
    assert outcome_of(bench(), Device.ILS)[0][-1].key == "no-ils"


def test_a_till_is_asked_for_no_money() -> None:
    there, _ = outcome_of(bench(till=lambda: True), Device.TILL)
    assert there == [TestStep("till-there", TestState.PASSED)]
    away, _ = outcome_of(bench(till=lambda: False), Device.TILL)
    assert away == [TestStep("till-there", TestState.FAILED, reason=Reason.TILL_MISSING)]


def test_each_device_has_a_test() -> None:
    for device in Device:
        assert outcome_of(bench(), device)[0], device


def test_the_journal_is_read() -> None:
    steps, _ = outcome_of(bench(), Device.JOURNAL)
    assert steps == [TestStep("journal-read", TestState.PASSED, "0.250 s")]
    broken = Disk(OSError(5, "Input/output error"))
    steps, _ = outcome_of(bench(disk=broken), Device.JOURNAL)
    assert steps == [
        TestStep("journal-failed", TestState.FAILED, "Input/output error", Reason.JOURNAL_FAILED)
    ]


def test_a_step_of_the_ils_is_a_step_of_the_test() -> None:
    assert trial_step(ils.Step("login", True, "0.2 s")) == TestStep("login", TestState.PASSED, "0.2 s")
    refused = ils.Step("login", False, "", Reason.ILS_LOGIN_REFUSED)
    assert trial_step(refused).state is TestState.FAILED
    assert trial_step(ils.Step("clock", None, "+90 s")).state is TestState.WARNED
    assert trial_step(ils.Step("encryption", None)) == TestStep("encryption", TestState.WARNED)
    assert trial_step(ils.Step("encryption", False, "why")) == TestStep("no-tls", TestState.FAILED, "why")
    # the values are right: what the ILS does not allow is no reason not to keep them
    assert trial_step(ils.Step("lending", False, "98: checkout N")).state is TestState.WARNED


def test_words_of_the_ils_without_a_rule_stand_behind_its_test() -> None:
    async def tried(step: Callable[[TestStep], None]) -> None:
        step(TestStep("address", TestState.PASSED))

    def unheard() -> list[ils.Unknown]:
        return [ils.Unknown(f"odd {letter}", 3) for letter in "abcdefgh"]

    steps, _ = outcome_of(bench(try_ils=tried, unheard=unheard), Device.ILS)
    assert steps[:2] == [
        TestStep("address", TestState.PASSED),
        TestStep("unheard", TestState.WARNED, "odd a (3)"),
    ]
    assert len(steps) == 6
