"""Books come back over real wires, whatever goes wrong between the 09 and the armed tag."""

import asyncio
import time
from dataclasses import replace

from kiosk.circulation import views
from kiosk.circulation.intents import Do
from kiosk.circulation.policy import Mode
from kiosk.doors import Threads
from kiosk.journal import JournalSettings, SqliteJournal
from kiosk.simulator import lanternfield
from kiosk.simulator.scenery import LOANED, tag_for
from tests.journeys.kiosk_apart import KioskApart
from tests.journeys.wired_desk import (
    FOR_HOLD_SHELF,
    NEVER_LENT,
    ON_LOAN,
    ON_LOAN_TOO,
    TO_RIVERSIDE,
    Desk,
    Plan,
    desk,
    rows_of,
)

STRANGER = "39009999"
"""A barcode that the ILS does not know."""

_USUAL = lanternfield()
WITH_STRANGER = replace(_USUAL, tags=(*_USUAL.tags, replace(tag_for(STRANGER, 1), afi=LOANED)))


def is_back(it: Desk, item: str, *, asked: int = 1) -> None:
    """It is shown as returned, the ILS has it, its tag is armed, and it was asked so often."""
    assert it.settles(item)[item] == "returned"
    assert (it.asked("09", item), it.held(item), it.afi(item)) == (asked, None, ["07"])


def test_a_lost_answer_is_never_asked_for_by_a_second_return(tmp_path):
    """Silence is settled by a 17; damaged answers are sent again (97)."""
    with desk(tmp_path) as it:
        it.begins_return()
        it.world("silent", device="ils", message="09", execute=True)
        it.puts(ON_LOAN)
        is_back(it, ON_LOAN)

        it.world("silent", device="ils", message="09", execute=False)
        it.puts(ON_LOAN_TOO)
        assert it.settles(ON_LOAN_TOO)[ON_LOAN_TOO].startswith("refused")
        assert (it.asked("09", ON_LOAN_TOO), it.held(ON_LOAN_TOO)) == (1, "21000098")

        for item, how in ((TO_RIVERSIDE, "garbage"), (FOR_HOLD_SHELF, "half")):
            it.world("garble", device="ils", message="09", how=how)
            it.puts(item)
            is_back(it, item)
        it.world("garble", device="ils", message="09", how="flip")
        it.puts(NEVER_LENT)
        is_back(it, NEVER_LENT)
        assert not it.rows[NEVER_LENT].was_on_loan
        farewell = it.finishes()
        assert (farewell.returned, farewell.attention) == (4, 1)


def test_an_item_that_the_ils_does_not_know_goes_to_staff_armed(tmp_path):
    with desk(tmp_path, scenery=WITH_STRANGER) as it:
        it.begins_return()
        it.puts(STRANGER)
        assert it.settles(STRANGER)[STRANGER].startswith("refused")
        it.reports(lambda _: it.afi(STRANGER) == ["07"])
        it.finishes()
        it.leaves(STRANGER)


def test_an_ils_that_hangs_up_on_what_it_does_not_know_takes_the_next_book(tmp_path):
    with desk(tmp_path, scenery=WITH_STRANGER) as it:
        it.begins_return()
        it.world("hang-up", device="ils", message="09", execute=True)
        it.puts(STRANGER)
        assert it.settles(STRANGER)[STRANGER].split()[0] in {"refused", "attention"}
        assert it.asked("09", STRANGER) == 1
        it.puts(ON_LOAN)
        is_back(it, ON_LOAN)
        it.finishes()


def test_a_book_that_is_lifted_before_it_is_armed_is_demanded_back(tmp_path):
    with desk(tmp_path) as it:
        it.begins_return()
        it.when({"kind": "return", "item": ON_LOAN}, {"do": "lift", "tags": [ON_LOAN]})
        it.puts(ON_LOAN)
        it.sees(views.PutBack)
        it.presses(Do.FINISH)
        it.puts(ON_LOAN)
        it.sees(lambda view: view.modal is None)
        is_back(it, ON_LOAN)


def test_a_reader_that_goes_away_in_between_arms_the_tag_when_it_is_back(tmp_path):
    with desk(tmp_path) as it:
        it.begins_return()
        it.when({"kind": "return", "item": ON_LOAN}, {"do": "unplug", "device": "reader"})
        it.puts(ON_LOAN)
        it.says("reader-away")
        assert it.ends == {ON_LOAN: "asking"}
        assert it.afi(ON_LOAN) == ["C2"]
        it.world("plug", device="reader")
        is_back(it, ON_LOAN)


def test_a_power_cut_between_the_answer_and_the_armed_tag(tmp_path):
    """The tag is armed as soon as it lies on the pad after the restart, and the journal is closed."""
    with desk(tmp_path, make=KioskApart) as it:
        it.begins_return()
        it.when({"kind": "return", "item": ON_LOAN}, {"do": "unplug", "device": "reader"})
        it.puts(ON_LOAN)
        it.says("reader-away")
        it.sees(lambda view: rows_of(view)[ON_LOAN].title != "")  # the 10 was heard
        it.kiosk.kill()
        rows = journal_of(tmp_path)
        assert [(row.kind, row.payload.get("returned")) for row in rows] == [
            ("intent", None),
            ("answer", True),
        ]
        assert len(it.open_rows(rows)) == 1
        assert it.afi(ON_LOAN) == ["C2"]

        it.start()
        it.world("plug", device="reader")
        it.reports(lambda _: it.afi(ON_LOAN) == ["07"])
        assert (it.asked("09", ON_LOAN), it.held(ON_LOAN)) == (1, None)
        is_closed(it)
        it.sees(views.AttractView)


def test_a_power_cut_before_the_answer(tmp_path):
    """Nobody knows what became of it: the ILS is asked, by 17, and then the tag is armed."""
    with desk(tmp_path, make=KioskApart) as it:
        it.begins_return()
        it.world("slow", device="ils", message="09", seconds=30)
        it.puts(ON_LOAN)
        it.reports(lambda report: report["ils"]["returns"])
        it.kiosk.kill()
        assert [row.kind for row in journal_of(tmp_path)] == ["intent"]
        it.world("well", device="ils")
        it.start()
        it.reports(lambda _: it.afi(ON_LOAN) == ["07"])
        assert (it.asked("09", ON_LOAN), it.held(ON_LOAN)) == (1, None)
        is_closed(it)


def journal_of(home):
    """What lies in the journal of a kiosk that is not there any more."""

    async def read():
        settings = JournalSettings(home / "data", home / "journal.key")
        journal = await SqliteJournal.open(
            settings, run_blocking=Threads("reader"), mono=time.monotonic, wall=time.time
        )
        try:
            return await journal.all_rows()
        finally:
            await journal.close()

    return asyncio.run(read())


def is_closed(it: Desk) -> None:
    end = time.monotonic() + 15
    while it.open_rows():
        assert time.monotonic() < end, it.kiosk.rows()
        time.sleep(0.05)  # what is settled is written when the disk has time


def test_a_book_at_the_attract_screen_is_nobodys_business(tmp_path):
    with desk(tmp_path) as it:
        it.puts(ON_LOAN)
        # the pad has looked dozens of times until the printer was looked at twice
        looks = len(it.world("report")["printer"]["status"])
        it.reports(lambda report: len(report["printer"]["status"]) >= looks + 8)
        messages = it.world("report")["ils"]["messages"]
        assert {each["request"][:2] for each in messages} <= {"93", "99"}
        assert it.afi(ON_LOAN) == ["C2"]
        it.begins_return()
        is_back(it, ON_LOAN)


def test_a_kiosk_that_only_takes_books_back_begins_with_a_book(tmp_path):
    with desk(tmp_path, Plan(policy={"mode": Mode.RETURNS})) as it:
        it.puts(ON_LOAN)
        it.sees(views.ReturnView)
        is_back(it, ON_LOAN)
        it.finishes()
        it.leaves(ON_LOAN)
        it.puts(ON_LOAN_TOO)
        is_back(it, ON_LOAN_TOO)
