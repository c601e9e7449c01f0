"""The printer: what it reports, and when a print counts as proven, unproven or failed."""

import asyncio
from random import Random

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import Condition, Device, Printout, Proof
from kiosk.lab.loop import run
from kiosk.receipts import EscposPrinter, PaperSettings, paper_job
from kiosk.typeset import Typesetter
from tests.receipts.paper_machine import CLEAR, Machine
from tests.receipts.papers import ARABIC, line, loans

READY = (Condition.READY, None)
SILENT = (Condition.DEGRADED, Reason.PRINTER_SILENT)
PROVEN = Printout(Proof.PROVEN)
UNPROVEN = Printout(Proof.UNPROVEN, Reason.PRINTER_SILENT)
PAPER = loans(*[line(), line(ARABIC)] * 4)


def missing(reason):
    return (Condition.MISSING, reason)


def failed(reason):
    return Printout(Proof.FAILED, reason)


@pytest.fixture(scope="module")
def typesetter(tmp_path_factory: pytest.TempPathFactory) -> Typesetter:
    return Typesetter(tmp_path_factory.mktemp("fonts"))


@pytest.fixture
def tell(typesetter):
    """Runs a story: a coroutine function that gets (printer, machine, reports), in virtual time."""

    def telling(story, **machine_is):
        async def in_line(fn, /, *args):
            return fn(*args)

        async def whole():
            machine = Machine(**machine_is)
            printer = EscposPrinter(
                PaperSettings(),
                machine.open_wire,
                run_blocking=in_line,
                typesetter=lambda: typesetter,
                random=Random(7),
            )
            reports: list[tuple[Condition, Reason | None]] = []

            def post(report: DeviceChanged) -> None:
                assert report.device is Device.PRINTER
                reports.append((report.condition, report.reason))

            running = asyncio.create_task(printer.run(post))
            await asyncio.sleep(8)
            try:
                await story(printer, machine, reports)
            finally:
                running.cancel()
                machine.stop()
                await asyncio.gather(running, return_exceptions=True)

        run(whole())

    return telling


def took():
    return asyncio.get_running_loop().time()


# ---- what is reported


@pytest.mark.parametrize(
    ("machine_is", "condition"),
    [
        ({}, READY),
        ({"near_end": True}, (Condition.DEGRADED, Reason.PAPER_LOW)),
        ({"paper_rows": 0}, missing(Reason.PAPER_OUT)),
        ({"cover": True}, missing(Reason.COVER_OPEN)),
        ({"cutter_jam": True}, missing(Reason.PRINTER_ERROR)),
        ({"plugged": False}, missing(Reason.PRINTER_MISSING)),
        ({"mute_realtime": 10**9, "mute_in_order": True}, SILENT),
        ({"says": b"HTTP/1.1 400 Bad Request\r\n"}, missing(Reason.PRINTER_GARBLED)),
        ({"says": b"\xff\x12"}, missing(Reason.PRINTER_GARBLED)),
    ],
)
def test_how_the_printer_is(tell, machine_is, condition):
    async def story(printer, machine, reports):
        assert reports == [condition]
        await asyncio.sleep(60)
        assert reports == [condition]

    tell(story, **machine_is)


def test_changes_are_seen_while_nobody_prints(tell):
    async def story(printer, machine, reports):
        machine.cover = True
        await asyncio.sleep(11)
        machine.cover = False
        machine.paper_rows = 0
        await asyncio.sleep(11)
        machine.paper_rows = 10_000
        await asyncio.sleep(11)
        assert reports == [READY, missing(Reason.COVER_OPEN), missing(Reason.PAPER_OUT), READY]
        assert machine.opened == 1

    tell(story)


def test_an_unplugged_printer_is_missed_at_once_and_found_again(tell):
    async def story(printer, machine, reports):
        machine.unplug()
        await asyncio.sleep(0.1)
        assert reports == [READY, missing(Reason.PRINTER_MISSING)]
        before = took()
        assert await printer.print(PAPER) == failed(Reason.PRINTER_MISSING)
        assert took() == before
        await asyncio.sleep(300)
        machine.plugged = True
        await asyncio.sleep(19)  # the longest rest and its jitter
        assert reports[2:] == [READY]
        assert await printer.print(PAPER) == PROVEN

    tell(story)


def test_a_printer_that_hangs_up_on_everybody_is_not_asked_all_the_time(tell):
    async def story(printer, machine, reports):
        for _ in range(200):
            await asyncio.sleep(0.1)
            for wire in machine.wires:
                wire.hang_up()
        assert machine.opened < 40

    tell(story)


# ---- printing


def test_a_print_is_proven(tell, typesetter):
    async def story(printer, machine, reports):
        job = paper_job(PAPER, typesetter, PaperSettings())
        assert await printer.print(PAPER) == PROVEN
        assert machine.pieces == [len(machine.rows)]
        assert len(b"".join(machine.rows)) == len(job.data) - 8 * (len(job.pieces) - 1) - len(
            b"\x1b@\x1dVB\x00"
        )
        assert await printer.print(PAPER) == PROVEN
        assert len(machine.pieces) == 2
        assert reports == [READY]
        assert (machine.cleared, machine.opened) == (0, 1)

    tell(story)


def test_the_answer_comes_after_the_paper_and_not_before(tell):
    async def story(printer, machine, reports):
        before = took()
        assert await printer.print(PAPER) == PROVEN
        assert took() - before > len(machine.rows) / machine.rows_a_second - 0.01
        assert took() - before < len(machine.rows) / machine.rows_a_second + 0.2

    tell(story)


def test_the_paper_is_nearly_out_after_the_print(tell):
    async def story(printer, machine, reports):
        machine.near_end = True
        assert await printer.print(PAPER) == PROVEN
        assert reports == [READY, (Condition.DEGRADED, Reason.PAPER_LOW)]

    tell(story)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"paper_rows": 0}, Reason.PAPER_OUT),
        ({"cover": True}, Reason.COVER_OPEN),
        ({"cutter_jam": True}, Reason.PRINTER_ERROR),
        ({"says": b"\x00\xff"}, Reason.PRINTER_GARBLED),
    ],
)
def test_trouble_before_the_print_sends_nothing(tell, what, reason):
    async def story(printer, machine, reports):
        for name, value in what.items():
            setattr(machine, name, value)
        assert await printer.print(PAPER) == failed(reason)
        assert reports[-1] == missing(reason)
        assert b"\x1dv0" not in machine.data
        assert CLEAR not in machine.data

    tell(story)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"paper_rows": 0}, Reason.PAPER_OUT),
        ({"cover": True}, Reason.COVER_OPEN),
        ({"cutter_jam": True}, Reason.PRINTER_ERROR),
        ({"says": b"\x00\xff"}, Reason.PRINTER_GARBLED),
    ],
)
def test_trouble_in_the_middle_fails_and_the_rest_never_comes_out(tell, what, reason):
    async def story(printer, machine, reports):
        before = took()
        printing = asyncio.create_task(printer.print(PAPER))
        await asyncio.sleep(0.3)
        was = {name: getattr(machine, name) for name in what}
        for name, value in what.items():
            setattr(machine, name, value)
        if "says" in what:
            machine.cover = True  # so that it is asked what is wrong
        assert await printing == failed(reason)
        assert took() - before < 3
        assert missing(reason) in reports
        # somebody puts it right: what was left of the job must not come out
        out = len(machine.rows)
        for name, value in {**was, "cover": False}.items():
            setattr(machine, name, value or (10_000 if name == "paper_rows" else value))
        await asyncio.sleep(60)
        assert len(machine.rows) == out
        assert not machine.buffer
        assert machine.cleared >= 1
        assert reports[-1] == READY
        # and the next one comes out whole
        assert await printer.print(PAPER) == PROVEN
        assert machine.pieces[-1] == len(machine.rows)

    tell(story, rows_a_second=800)


def test_a_printer_that_cannot_forget_holds_little(tell):
    """One that does not know DLE DC4 8 prints at most the pieces that were sent ahead; and what it
    answers then, late, to questions within them, proves nothing of the next job."""

    async def story(printer, machine, reports):
        machine.paper_rows = 300
        assert await printer.print(PAPER) == failed(Reason.PAPER_OUT)
        assert len(machine.buffer) <= 3 * (128 * 72 + 32)
        await asyncio.sleep(20)
        machine.paper_rows = 10_000
        printing = asyncio.create_task(printer.print(PAPER))
        await asyncio.sleep(0)
        assert await printing == PROVEN
        assert len(machine.pieces) == 1
        # it was proven when it was cut, and not by an older answer
        assert len(machine.rows) == sum(machine.pieces)

    tell(story, knows_clear=False)


def test_late_answers_do_not_prove_the_next_job(tell):
    async def story(printer, machine, reports):
        assert (await printer.print(PAPER)).proof is Proof.UNPROVEN  # too slow
        assert await printer.print(PAPER) == UNPROVEN
        machine.rows_a_second = 2000
        await asyncio.sleep(60)
        assert len(machine.pieces) == 2
        assert await printer.print(PAPER) == PROVEN
        assert len(machine.pieces) == 3

    tell(story, rows_a_second=40)


def test_unplugged_in_the_middle(tell):
    async def story(printer, machine, reports):
        printing = asyncio.create_task(printer.print(PAPER))
        await asyncio.sleep(0.3)
        machine.unplug()
        assert await printing == failed(Reason.PRINTER_MISSING)
        await asyncio.sleep(0.1)
        assert reports == [READY, missing(Reason.PRINTER_MISSING)]
        # the printer kept its power, and what it had been sent: it is emptied first of all
        machine.plugged = True
        at = len(machine.data)
        await asyncio.sleep(3)
        assert machine.data[at:].startswith(CLEAR)
        assert reports[-1] == READY

    tell(story, rows_a_second=100)


def test_a_mute_printer_gets_its_bytes_but_proves_nothing(tell):
    async def story(printer, machine, reports):
        before = took()
        assert await printer.print(PAPER) == UNPROVEN
        assert took() - before < 5  # nobody waits for one that never spoke
        await asyncio.sleep(5)
        assert len(machine.pieces) == 1
        assert await printer.print(PAPER) == UNPROVEN
        assert reports == [SILENT]
        assert CLEAR not in machine.data

    tell(story, mute_realtime=10**9, mute_in_order=True)


def test_one_that_answers_only_at_once_proves_nothing(tell):
    async def story(printer, machine, reports):
        assert await printer.print(PAPER) == UNPROVEN
        assert await printer.print(PAPER) == UNPROVEN
        assert reports == [READY]
        await asyncio.sleep(5)
        assert len(machine.pieces) == 2
        machine.paper_rows = 0
        assert await printer.print(PAPER) == failed(Reason.PAPER_OUT)

    tell(story, mute_in_order=True)


def test_one_that_falls_silent_proves_nothing_and_is_believed_again_later(tell):
    async def story(printer, machine, reports):
        assert await printer.print(PAPER) == PROVEN
        machine.mute_in_order, machine.mute_realtime = True, 10**9
        before = took()
        assert await printer.print(PAPER) == UNPROVEN
        assert took() - before < 20
        assert reports[-1] == SILENT
        machine.mute_in_order, machine.mute_realtime = False, 0
        await asyncio.sleep(11)
        assert await printer.print(PAPER) == PROVEN

    tell(story)


def test_one_that_stops_answering_in_order_gets_all_and_proves_nothing(tell):
    async def story(printer, machine, reports):
        machine.mute_in_order = True
        before = took()
        assert await printer.print(PAPER) == UNPROVEN
        assert took() - before < 16
        assert len(machine.pieces) == 1
        # the answers that are owed must not prove the next print
        await asyncio.sleep(1)
        assert machine.opened == 2

    tell(story)


def test_a_slow_printer_proves_late(tell):
    async def story(printer, machine, reports):
        before = took()
        machine.delay_s = 2.5
        assert await printer.print(PAPER) == PROVEN
        assert took() - before > 2.5
        await asyncio.sleep(20)
        machine.delay_s = 0
        await asyncio.sleep(20)
        assert reports == [READY, SILENT, READY]
        assert await printer.print(PAPER) == PROVEN

    tell(story)


def test_a_very_slow_mechanism_is_unproven_not_failed(tell):
    async def story(printer, machine, reports):
        before = took()
        assert (await printer.print(PAPER)).proof is Proof.UNPROVEN
        assert took() - before < 20
        assert CLEAR not in machine.data
        await asyncio.sleep(60)
        assert len(machine.pieces) == 1

    tell(story, rows_a_second=40)


def test_a_long_paper_on_a_slow_line_is_waited_for(typesetter):
    """3840 bytes a second, as a serial line of 38400 bits/s carries them."""
    machine = Machine()

    async def in_line(fn, /, *args):
        return fn(*args)

    async def open_wire():
        wire = await machine.open_wire()
        at_once = wire.send

        async def send(data):
            await asyncio.sleep(len(data) / 3840)
            await at_once(data)

        wire.send = send
        return wire

    async def story():
        printer = EscposPrinter(
            PaperSettings(),
            open_wire,
            run_blocking=in_line,
            typesetter=lambda: typesetter,
            random=Random(7),
            bytes_s=3840,
        )
        running = asyncio.create_task(printer.run(lambda _: None))
        await asyncio.sleep(8)
        before = took()
        assert await printer.print(PAPER) == PROVEN
        assert took() - before > PaperSettings().print_timeout_s
        running.cancel()
        machine.stop()
        await asyncio.gather(running, return_exceptions=True)

    run(story())


def test_two_papers_do_not_mix(tell):
    async def story(printer, machine, reports):
        papers = [loans(line()), loans(line(ARABIC)), PAPER]
        assert await asyncio.gather(*[printer.print(paper) for paper in papers]) == [PROVEN] * 3
        assert len(machine.pieces) == 3

    tell(story)


def test_a_print_that_is_cancelled_does_not_come_out_later(tell):
    async def story(printer, machine, reports):
        printing = asyncio.create_task(printer.print(PAPER))
        await asyncio.sleep(0.3)
        printing.cancel()
        await asyncio.gather(printing, return_exceptions=True)
        await asyncio.sleep(5)
        assert machine.cleared == 1
        assert not machine.pieces
        assert reports == [READY]

    tell(story, rows_a_second=100)


def test_before_it_runs_there_is_no_printer(typesetter):
    async def whole():
        async def in_line(fn, /, *args):
            return fn(*args)

        machine = Machine()
        printer = EscposPrinter(
            PaperSettings(),
            machine.open_wire,
            run_blocking=in_line,
            typesetter=lambda: typesetter,
            random=Random(1),
        )
        assert await printer.print(PAPER) == failed(Reason.PRINTER_MISSING)
        assert machine.opened == 0

    run(whole())
