"""The desk's questions and what comes of them, against a scripted far side in virtual time."""

from __future__ import annotations

import asyncio
import random

import pytest

from kiosk.circulation.answers import Denied, Doubt, ItemDescription, Lent, NoAnswer, NotLent, Welcome
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, ItemKey, PatronId, Pin
from kiosk.ils import IlsSettings, SipIls
from kiosk.lab import run
from tests.ils.branch import ANNA, BLANKS, BOOK, LENT, PIN, Branch, about, charged, info
from tests.sip2.scripted import DATE, ScriptedAcs, in_turn, sealed, silent


@pytest.fixture
def branch():
    return Branch()


# ---- signing in -------------------------------------------------------------------------------------


def sign_in(branch, pin=None):
    return branch.play(lambda: branch.ils.sign_in(ANNA, pin, "ar"))


def test_a_patron_is_welcome_with_what_they_have_already(branch):
    branch.answers("63", charged("39000007", "39000008"))
    assert sign_in(branch) == Welcome("Anna", frozenset({"39000007", "39000008"}))
    (frame,) = branch.acs.sent("63")
    assert frame[:5] == "63016"
    assert frame[23:33] == "  Y       "
    assert "AD" not in frame
    assert "BP" not in frame


def test_a_pin_is_sent_and_believed(branch):
    branch.answers("63", info(tail="AEAnna|BLY|CQN|"))
    assert sign_in(branch, PIN) == Denied(Reason.PIN_WRONG)
    assert "AD1234|" in branch.acs.sent("63")[0]


def test_without_a_pin_cq_says_nothing(branch):
    branch.answers("63", info(tail="AEAnna|BLY|CQN|"))
    assert sign_in(branch) == Welcome("Anna")


def test_an_ils_that_wants_a_pin_of_everybody():
    branch = Branch(pin_required=True)
    assert sign_in(branch) == Denied(Reason.PIN_NEEDED)
    assert branch.acs.sent("63") == []


def test_an_unknown_card(branch):
    branch.answers("63", info(tail="AE|BLN|CQN|AFInvalid cardnumber|"))
    answer = sign_in(branch, PIN)
    assert answer.reason is Reason.CARD_UNKNOWN
    assert answer.note.raw == "Invalid cardnumber"


@pytest.mark.parametrize(("position", "reason"), [(0, Reason.PATRON_BLOCKED), (4, Reason.CARD_LOST)])
def test_a_barred_patron(branch, position, reason):
    flags = BLANKS[:position] + "Y" + BLANKS[position + 1 :]
    branch.answers("63", info(flags=flags, tail="AEAnna|BLY|CQY|AFPlease see us|"))
    answer = sign_in(branch)
    assert answer.reason is reason
    assert answer.note.raw == "Please see us"


def test_bl_and_cq_may_be_missing(branch):
    branch.answers("63", info(tail="AEAnna|"))
    assert sign_in(branch, PIN) == Welcome("Anna")


def test_an_ils_without_63_is_asked_with_23(branch):
    branch.acs.status = branch.acs.status.replace("BXYYYYYYYY", "BXYYYYYYYN")
    branch.answers("23", f"24{BLANKS}001{DATE}AEAnna|AA21000001|BLY|CQY|AOlib|")
    assert sign_in(branch, PIN) == Welcome("Anna")
    assert branch.acs.sent("63") == []
    assert "AC|AD1234|" in branch.acs.sent("23")[0]


def test_an_ils_that_knows_neither_63_nor_23(branch):
    branch.acs.status = branch.acs.status.replace("BXYYYYYYYY", "BXNYYYYYYN")
    assert sign_in(branch, PIN) == NoAnswer(Reason.NOT_SERVED)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (silent, Reason.ILS_SILENT),
        (lambda f, w: w.say(b"#!?\r"), Reason.ILS_GARBLED),
        (lambda f, w: w.say(b"96AZFEF6\r"), Reason.ILS_GARBLED),
        (lambda f, w: w.hang_up(), Reason.ILS_DOWN),
    ],
)
def test_each_kind_of_trouble_has_its_name(branch, how, reason):
    branch.acs.on["63"] = how
    assert sign_in(branch) == NoAnswer(reason)


@pytest.mark.parametrize(
    ("patron", "pin", "reason"), [("21|AO", None, Reason.CARD_UNKNOWN), ("21", "12\r", Reason.PIN_WRONG)]
)
def test_a_card_or_pin_that_no_frame_can_carry(branch, patron, pin, reason):
    answer = branch.play(lambda: branch.ils.sign_in(PatronId(patron), Pin(pin) if pin else None, "en"))
    assert answer == Denied(reason)
    assert branch.acs.sent("63") == []


def test_a_long_list_comes_in_windows_that_overlap_as_koha_s_do(branch):
    """Koha's windows are one too long and overlap; ids count once, and the count says when to stop."""
    items = [f"390000{n:02d}" for n in range(10)]

    def windows(frame, wire):
        fields = {part[:2]: part[2:] for part in frame.decode()[33:].split("|")}
        start = int(fields.get("BP", "1"))
        wire.answer(frame, charged(*items[start - 1 : start + 3], count=10))

    branch.acs.on["63"] = windows
    assert sign_in(branch).charged == frozenset(items)


@pytest.mark.parametrize("listed", [[], ["39000001", ""], ["39000001"]])
def test_a_list_that_does_not_grow_is_not_asked_for_for_ever(branch, listed):
    branch.answers("63", charged(*listed, count=7))
    assert sign_in(branch).charged == frozenset(item for item in listed if item)
    assert len(branch.acs.sent("63")) <= 2


# ---- lending ---------------------------------------------------------------------------------------


def test_a_loan(branch):
    branch.answers("11", LENT)
    answer = branch.play(lambda: branch.lend(pin=PIN))
    assert isinstance(answer, Lent)
    assert (answer.release, answer.title) == (True, "Moby Dick")
    (frame,) = branch.acs.sent("11")
    assert frame.startswith("11NN2027011")
    assert frame[:-9].endswith("AOlib|AA21000001|AB39000001|AC|AD1234|BON|")
    assert frame[22:40].strip("0 ") != ""  # a real no-block due date


def test_a_loan_that_must_stay_armed(branch):
    branch.answers("11", LENT.replace("121NNY", "121NNN"))
    assert branch.play(branch.lend).release is False


def test_a_refusal(branch):
    branch.answers("11", LENT.replace("121NNY", "120NNN") + "AFItem is on hold shelf for another patron.|")
    answer = branch.play(branch.lend)
    assert isinstance(answer, NotLent)
    assert answer.reason is Reason.ON_HOLD


@pytest.mark.parametrize("item", ["", "39|AO", "39\r", "39\x1b[2J", "x" * 300])
def test_a_code_that_no_frame_can_carry(branch, item):
    branch.answers("11", LENT)
    assert branch.play(lambda: branch.lend(ItemKey(item))) == NotLent(Reason.CODE_BAD)
    assert branch.acs.sent("11") == []


def test_a_bad_code_is_bad_even_while_the_ils_is_down(branch):
    branch.acs.reachable = False
    assert branch.play(lambda: branch.lend(ItemKey("39|AO"))) == NotLent(Reason.CODE_BAD)


def test_the_ils_goes_away_before_the_first_loan(branch):
    async def tale():
        branch.acs.unplug()
        return [await branch.lend(), await branch.lend(ItemKey("39000002"))]

    answers, took = branch.seconds(tale)
    assert answers == [NotLent(Reason.ILS_DOWN)] * 2
    assert took < 2.5
    assert branch.acs.sent("11") == []


def test_silence_after_the_question_ends_in_doubt(branch):
    branch.acs.on["11"] = silent
    answer, took = branch.seconds(branch.lend)
    assert answer == Doubt()
    assert branch.late == 1
    assert took == 20.0
    assert len(branch.acs.sent("11")) == 1


def test_a_connection_dropped_after_the_question_ends_in_doubt_at_once(branch):
    branch.acs.on["11"] = lambda frame, wire: wire.hang_up()
    answer, took = branch.seconds(branch.lend)
    assert answer == Doubt()
    assert took < 0.5


def test_an_item_is_described(branch):
    branch.answers("17", about("03", title="Moby Dick /"))
    assert branch.play(lambda: branch.ils.describe(BOOK)) == ItemDescription(BOOK, "Moby Dick /")
    assert branch.play(lambda: branch.ils.describe(ItemKey("a|b"))) is None


@pytest.mark.parametrize(
    ("status", "queue", "wanted"),
    [
        ("03", "", False),
        ("01", "", False),
        ("01", "CF2|", True),
        ("04", "", True),
        ("05", "", True),
        ("07", "", True),
        ("08", "", True),
        ("12", "CF0|", False),
    ],
)
def test_an_item_that_somebody_has_or_waits_for_is_wanted(branch, status, queue, wanted):
    branch.answers("17", about(status, title="") + queue)
    assert branch.play(lambda: branch.ils.describe(BOOK)) == ItemDescription(BOOK, "", wanted=wanted)


def test_the_end_of_a_session_is_told_and_nobody_waits_for_a_dead_ils(branch):
    branch.answers("35", f"36Y{DATE}AOlib|AA21000001|")

    async def tale():
        await branch.ils.end_session(ANNA, PIN)
        branch.acs.unplug()
        await asyncio.sleep(0.5)
        await branch.ils.end_session(ANNA, PIN)

    _, took = branch.seconds(tale)
    assert len(branch.acs.sent("35")) == 1
    assert "AA21000001|AD1234|" in branch.acs.sent("35")[0]
    assert took == 0.5


# ---- settling a doubt ---------------------------------------------------------------------------------


def settle(branch):
    return branch.play(lambda: branch.ils.settle(ANNA, BOOK))


def test_a_loan_in_the_patron_s_list_was_made_and_stays_armed_by_default(branch):
    branch.answers("63", charged("39000001"))
    branch.answers("17", about("04") + "AH20270130    235900|")
    answer = settle(branch)
    assert isinstance(answer, Lent)
    assert answer.release is False
    assert answer.title == "Moby Dick"
    assert len(branch.acs.wires) == 2  # a fresh connection


@pytest.mark.parametrize("status", ["02", "03", "06", "08", "09", "10", "13"])
def test_not_in_the_list_and_on_no_loan_was_not_made(branch, status):
    branch.answers("63", charged("39000009"))
    branch.answers("17", about(status))
    assert settle(branch) == NotLent(Reason.ITEM_REFUSED, title="Moby Dick")


@pytest.mark.parametrize("status", ["01", "04", "05", "07", "11", "12", "99"])
def test_not_in_the_list_but_perhaps_on_loan_stays_in_doubt(branch, status):
    branch.answers("63", charged())
    branch.answers("17", about(status))
    assert settle(branch) == Doubt()


def test_a_list_that_lacks_entries_proves_nothing(branch):
    branch.answers("63", charged(count=2))
    branch.answers("17", about("03"))
    assert settle(branch) == Doubt()


def test_an_ils_that_is_away_cannot_settle_anything(branch):
    async def tale():
        branch.acs.unplug()
        return await branch.ils.settle(ANNA, BOOK)

    answer, took = branch.seconds(tale)
    assert answer == Doubt()
    assert took < 2


# ---- the supervisor -----------------------------------------------------------------------------------


def test_ready_away_and_ready_again_are_reported_once_each(branch):
    async def tale():
        await asyncio.sleep(5)
        branch.acs.unplug()
        await asyncio.sleep(60)
        branch.acs.reachable = True
        await asyncio.sleep(60)

    branch.play(tale)
    assert [(condition, reason) for _, condition, reason in branch.reports] == [
        (Condition.READY, None),
        (Condition.MISSING, Reason.ILS_DOWN),
        (Condition.READY, None),
    ]
    assert branch.reports[1][0] < 5.2
    assert branch.reports[2][0] < 65.1 + 30


def test_a_short_interruption_is_not_worth_a_report(branch):
    async def tale():
        await asyncio.sleep(5)
        branch.acs.wires[-1].hang_up()
        await asyncio.sleep(5)

    branch.play(tale)
    assert len(branch.reports) == 1
    assert len(branch.acs.wires) == 2


def test_a_password_that_no_frame_can_carry_is_a_login_that_is_refused():
    branch = Branch(login_password="p|w")
    branch.play(lambda: asyncio.sleep(5))
    assert [report[1:] for report in branch.reports] == [(Condition.MISSING, Reason.ILS_LOGIN_REFUSED)]


def test_an_ils_that_refuses_the_login_is_not_stormed(branch):
    branch.answers("93", "940")
    branch.play(lambda: asyncio.sleep(300))
    assert [report[2] for report in branch.reports] == [Reason.ILS_LOGIN_REFUSED]
    assert 5 < len(branch.acs.wires) < 30
    assert all(wire.closed for wire in branch.acs.wires)


def test_an_ils_that_throws_us_out_at_once_is_not_stormed(branch):
    def status_and_goodbye(frame, wire):
        wire.answer(frame, branch.acs.status)
        wire.hang_up(after=0.01)

    branch.acs.on["99"] = status_and_goodbye
    branch.play(lambda: asyncio.sleep(300))
    assert 5 < len(branch.acs.wires) < 40


@pytest.mark.parametrize(
    ("code", "how", "reason"),
    [
        ("99", silent, Reason.ILS_SILENT),
        ("93", lambda f, w: w.say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Reason.ILS_GARBLED),
        ("99", lambda f, w: w.answer(f, f"98NYYYYN010003{DATE}2.00AO|BXYYYYYYYYYYYYYYYY|"), Reason.ILS_DOWN),
    ],
)
def test_why_there_is_no_connection(branch, code, how, reason):
    branch.acs.on[code] = how
    branch.play(lambda: asyncio.sleep(30))
    assert branch.reports[0][1:] == (Condition.MISSING, reason)


def test_the_connection_is_kept_alive_when_nobody_speaks(branch):
    branch.play(lambda: asyncio.sleep(200))
    assert len(branch.acs.sent("99")) == 4  # one to connect, one a minute
    assert len(branch.acs.wires) == 1


def test_an_ils_that_falls_silent_is_noticed_by_the_keep_alive(branch):
    async def tale():
        branch.acs.on["93"] = branch.acs.on["99"] = silent
        await asyncio.sleep(100)

    branch.play(tale)
    assert [report[2] for report in branch.reports] == [None, Reason.ILS_SILENT]


def test_a_question_brings_a_lost_connection_back_and_the_supervisor_hears_of_it(branch):
    branch.answers("11", LENT)

    async def tale():
        branch.acs.unplug()
        await asyncio.sleep(20)
        branch.acs.reachable = True
        answer = await branch.lend()
        await asyncio.sleep(0.1)
        return answer

    assert isinstance(branch.play(tale), Lent)
    assert branch.reports[-1][1] is Condition.READY


def test_two_kiosks_do_not_come_back_in_step():
    def attempts(seed):
        acs = ScriptedAcs()
        acs.reachable = False
        times = []

        async def refuse():
            times.append(asyncio.get_running_loop().time())
            raise ConnectionRefusedError

        async def watch():
            ils = SipIls(IlsSettings(), refuse, lambda: 1.8e9, random.Random(seed))
            watching = asyncio.ensure_future(ils.run(lambda change: None))
            await asyncio.sleep(200)
            watching.cancel()
            await asyncio.wait({watching})

        run(watch())
        return times

    assert attempts(1) == attempts(1)
    assert attempts(1)[1:] != attempts(2)[1:]
    assert max(attempts(1)) > 100


def test_questions_from_two_tasks_take_turns(branch):
    branch.acs.on["63"] = lambda f, w: w.answer(f, info(), after=0.5)
    branch.acs.on["17"] = lambda f, w: w.answer(f, about("03"), after=0.2)

    async def tale():
        return await asyncio.gather(branch.ils.sign_in(ANNA, None, "en"), branch.ils.describe(BOOK))

    (who, what), took = branch.seconds(tale)
    assert who == Welcome("Anna")
    assert what.title == "Moby Dick"
    assert took == pytest.approx(0.7)


def test_a_lost_answer_is_recalled(branch):
    last = []
    branch.acs.on["11"] = in_turn(lambda f, w: last.append(sealed(f, LENT)))
    branch.acs.on["97"] = lambda f, w: w.say(last[0] + b"\r")
    answer = branch.play(branch.lend)
    assert isinstance(answer, Lent)
    assert branch.late == 1
