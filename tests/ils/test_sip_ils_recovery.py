"""After an interruption: what was asked is settled on a fresh connection, against an ILS that keeps its loans
whatever happens to its connections. Nothing is ever asked a second time."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from kiosk.circulation.answers import Doubt, Lent, NotLent, NotReturned, Renewed, Returned
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import ItemKey, Money
from tests.ils.branch import ANNA, BOOK, PIN, Branch, charged, info
from tests.sip2.scripted import DATE, sealed

OTHER = ItemKey("39000002")


class KeptState:
    """An ILS behind a branch's wires: its loans outlive its connections, its last answers do not.

    `trouble` strikes at the next change: `drop` hangs up, `restart` is gone for five seconds besides and
    starts anew, `silent` does not answer it, nor the 97 behind it; each `before` or `after` it is executed.
    """

    def __init__(self, branch: Branch) -> None:
        self.acs = branch.acs
        self.loans: dict[str, str] = {}
        self.executed: list[str] = []
        self.trouble: str | None = None
        for code, act in {"11": self._lend, "09": self._take_back, "29": self._renew}.items():
            self.acs.on[code] = self._changing(act)
        self.acs.on["63"] = lambda f, w: w.answer(f, charged(*self.loans))
        self.acs.on["17"] = lambda f, w: w.answer(f, self._about(_item(f)))
        self.acs.on["35"] = lambda f, w: w.answer(f, f"36Y{DATE}AOlib|AA21000001|")

    def _changing(self, act):
        last = []

        def handler(frame, wire):
            kind, _, when = (self.trouble or "").partition(" ")
            self.trouble = None
            if when != "before":
                last[:] = [sealed(frame, act(_item(frame)))]
            if kind == "restart":
                self.restart()
            elif kind == "drop":
                wire.hang_up()
            elif not kind:
                wire.say(last[0] + b"\r")

        return handler

    def restart(self):
        self.acs.unplug()

        def back() -> None:
            self.acs.reachable = True

        asyncio.get_running_loop().call_later(5.0, back)

    def _lend(self, item):
        self.loans[item] = "21000001"
        self.executed.append(f"lent {item}")
        return f"121NNY{DATE}AOlib|AA21000001|AB{item}|AJMoby Dick|AH20270130|"

    def _take_back(self, item):
        was_out = self.loans.pop(item, None)
        self.executed.append(f"returned {item}")
        return f"10{'1' if was_out else '0'}YNN{DATE}AOlib|AB{item}|AQMain|AJMoby Dick|"

    def _renew(self, item):
        self.executed.append(f"renewed {item}")
        return f"301YNN{DATE}AOlib|AA21000001|AB{item}|AJMoby Dick|AH20270227|"

    def _about(self, item):
        return f"18{'04' if item in self.loans else '03'}0001{DATE}AB{item}|AJMoby Dick|"


def _item(frame):
    return next(part[2:] for part in frame.decode().split("|") if part.startswith("AB"))


TROUBLES = [f"{kind} {when}" for kind in ("drop", "restart", "silent") for when in ("before", "after")]


@pytest.fixture
def branch():
    return Branch(location="Main")


@pytest.fixture
def ils(branch):
    return KeptState(branch)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_loan_in_doubt_is_settled_as_it_is(branch, ils, trouble):
    ils.trouble = trouble

    async def tale():
        first = await branch.lend()
        await asyncio.sleep(10)
        return first, await branch.ils.settle(ANNA, BOOK)

    first, settled = branch.play(tale)
    assert first == Doubt()
    if "after" in trouble:
        assert isinstance(settled, Lent)
        assert settled.release is False
    else:
        assert settled == NotLent(Reason.ITEM_REFUSED, title="Moby Dick")
    assert isinstance(settled, Lent) == (BOOK.id in ils.loans)
    assert len(branch.acs.sent("11")) == 1


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_return_in_doubt_is_settled_as_it_is(branch, ils, trouble):
    ils.loans[BOOK.id] = "21000001"
    ils.trouble = trouble

    async def tale():
        first = await branch.take_back()
        await asyncio.sleep(10)
        return first, await branch.ils.settle_return(BOOK)

    first, settled = branch.play(tale)
    assert first == Doubt()
    if "after" in trouble:
        assert settled == Returned("Moby Dick")
    else:
        assert settled == NotReturned(Reason.ILS_SILENT, title="Moby Dick")
    assert len(branch.acs.sent("09")) == 1


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_renewal_in_doubt_is_never_repeated(branch, ils, trouble):
    ils.loans[BOOK.id] = "21000001"
    ils.trouble = trouble
    assert branch.play(branch.renew) == Doubt()
    assert len(branch.acs.sent("29")) == 1


def test_an_ils_that_is_still_away_leaves_the_doubt_until_it_is_back(branch, ils):
    ils.trouble = "restart after"

    async def tale():
        first = await branch.lend()
        at_once = await branch.ils.settle(ANNA, BOOK)
        await asyncio.sleep(10)
        return first, at_once, await branch.ils.settle(ANNA, BOOK)

    first, at_once, later = branch.play(tale)
    assert (first, at_once) == (Doubt(), Doubt())
    assert isinstance(later, Lent)


def test_a_restart_between_two_loans_is_not_even_noticed(branch, ils):
    async def tale():
        one = await branch.lend()
        ils.restart()
        await asyncio.sleep(20)
        return one, await branch.lend(OTHER), await branch.renew(OTHER)

    one, two, three = branch.play(tale)
    assert isinstance(one, Lent)
    assert isinstance(two, Lent)
    assert isinstance(three, Renewed)
    assert ils.executed == ["lent 39000001", "lent 39000002", "renewed 39000002"]


@pytest.mark.parametrize("code", ["63", "17"])
@pytest.mark.parametrize("out", [True, False])
def test_a_connection_that_breaks_while_settling_settles_nothing_falsely(branch, ils, code, out):
    """The 63 is asked again on another connection. So is the 17."""
    if out:
        ils.loans[BOOK.id] = "21000001"
    honest = branch.acs.on[code]

    def first_time(frame, wire):
        branch.acs.on[code] = honest
        wire.hang_up()

    branch.acs.on[code] = first_time
    settled = branch.play(lambda: branch.ils.settle(ANNA, BOOK))
    assert isinstance(settled, Lent if out else NotLent)


def test_lent_between_the_63_and_the_17_stays_in_doubt(branch, ils):
    honest = branch.acs.on["63"]

    def then_the_loan(frame, wire):
        honest(frame, wire)
        ils.loans[BOOK.id] = "21000001"

    branch.acs.on["63"] = then_the_loan
    assert branch.play(lambda: branch.ils.settle(ANNA, BOOK)) == Doubt()


def test_the_list_of_a_patron_whom_the_ils_does_not_know_proves_nothing(branch, ils):
    branch.answers("63", info(counts="0" * 24, tail="AE|BLN|"))
    assert branch.play(lambda: branch.ils.settle(ANNA, BOOK)) == Doubt()


def test_settling_asks_on_a_connection_of_its_own_and_changes_nothing(branch, ils):
    ils.trouble = "drop after"

    async def tale():
        await branch.lend()
        await branch.ils.settle(ANNA, BOOK)
        before = len(branch.acs.wires)
        await branch.ils.settle_return(BOOK)
        return len(branch.acs.wires) - before

    assert branch.play(tale) == 1
    assert ils.executed == ["lent 39000001"]


@pytest.mark.parametrize("trouble", [None, *TROUBLES])
def test_nothing_is_ever_cancelled_by_bi(trouble):
    """Many an ILS ignores it and lends or takes back instead."""
    branch = Branch(location="Main")
    ils = KeptState(branch)

    async def tale():
        late = branch.was_late
        for change in (
            branch.lend, branch.take_back, branch.renew, lambda: branch.lend(pin=PIN),
            lambda: branch.ils.lend(ANNA, PIN, BOOK, late, agreed=True),
            lambda: branch.ils.hold(ANNA, PIN, BOOK, late),
            lambda: branch.ils.book_fee(ANNA, PIN, Money(Decimal("5"), "EUR"), "T-1", late),
        ):  # fmt: skip
            ils.trouble = trouble
            await change()
            await branch.ils.settle(ANNA, BOOK)
            await branch.ils.settle_return(BOOK)
            await asyncio.sleep(10)
        await branch.ils.end_session(ANNA, PIN)

    branch.play(tale)
    frames = branch.acs.frames
    assert len(frames) > 20
    assert not [frame for frame in frames if "|BI" in frame or frame[39:].startswith("BI")]
