"""The account over SIP2: what the lists of 63 are to a patron, and the 65, against a scripted far side."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from kiosk.circulation.answers import (
    Account,
    AccountFee,
    AccountHold,
    AccountLoan,
    Doubt,
    ItemDescription,
    NoAnswer,
    NotRenewed,
    RenewedAll,
    Unsupported,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Due, ItemKey, Money, Untrusted
from kiosk.ils.account import amount_in, fees_of, holds_of, loans_of, parted
from kiosk.sip2.messages import PatronInformationResponse
from tests.ils.branch import ANNA, BOOK, PIN, Branch, info
from tests.sip2.scripted import DATE, in_turn, sealed, silent

LISTS = {0: ("AS", 0), 1: ("AT", 4), 2: ("AU", 8), 3: ("AV", 12), 5: ("CD", 20)}
"""Of each summary: the id of its entries, and where its count stands."""


def counts_of(lists):
    counts = list("000000000000000000000000")
    for summary, entries in lists.items():
        at = LISTS[summary][1]
        counts[at : at + 4] = f"{len(entries):04d}"
    return "".join(counts)


class Shelf(Branch):
    """A branch whose ILS knows what a patron has: lists by the position of their Y in the summary."""

    def __init__(self, lists=None, *, counts=None, tail="", **settings):
        super().__init__(**settings)
        self.lists = lists or {}
        self.counts = counts_of(self.lists) if counts is None else counts
        self.tail = tail
        self.acs.on["63"] = self.patron

    def patron(self, frame, wire):
        wanted = frame.decode()[23:33].find("Y")
        id_ = LISTS[wanted][0] if wanted in LISTS else ""
        listed = "".join(f"{id_}{entry}|" for entry in self.lists.get(wanted, ()))
        wire.answer(frame, info(counts=self.counts, tail=f"AEAnna Kern|BLY|CQY|{self.tail}{listed}"))

    def account(self):
        return self.play(lambda: self.ils.account(ANNA, PIN))

    def renew_all(self, pin=PIN):
        return self.play(lambda: self.ils.renew_all(ANNA, pin, self.was_late))

    @property
    def asked(self):
        """The summaries of all 63, by the position of their Y."""
        return [frame[23:33].find("Y") for frame in self.acs.sent("63")]


def test_an_account_with_everything():
    shelf = Shelf(
        {
            0: ["39000009"],
            1: ["39000002"],
            2: ["39000001", "39000002"],
            3: ["Overdue: Moby Dick 1.50", "Lost card"],
            5: ["39000010"],
        },
        tail="BHEUR|BV3.50|",
    )
    assert shelf.account() == Account(
        loans=(AccountLoan(ItemKey("39000002"), overdue=True), AccountLoan(ItemKey("39000001"))),
        holds=(
            AccountHold("", ItemKey("39000009"), waiting=True),
            AccountHold("", ItemKey("39000010"), waiting=False),
        ),
        fees=(
            AccountFee(Untrusted("Overdue: Moby Dick 1.50"), Money(Decimal("1.50"), "EUR")),
            AccountFee(Untrusted("Lost card")),
        ),
        complete=True,
        owed=Money(Decimal("3.50"), "EUR"),
    )
    assert shelf.asked == [2, 1, 0, 5, 3], "one list a message: with two, several ILSes send neither"


def test_what_the_counts_say_is_empty_is_not_asked_for():
    shelf = Shelf({2: ["39000001"]})
    assert shelf.account() == Account((AccountLoan(BOOK),))
    assert shelf.asked == [2]


def test_nothing_at_all():
    assert Shelf().account() == Account()


def test_an_ils_that_gives_no_counts_is_asked_for_each_list_and_never_believed_to_be_whole():
    shelf = Shelf({2: ["39000001"], 0: ["39000009"]}, counts=" " * 24)
    answer = shelf.account()
    assert (len(answer.loans), len(answer.holds), answer.complete) == (1, 1, False)
    assert shelf.asked == [2, 1, 0, 5, 3]


def test_a_list_that_comes_in_windows():
    items = [f"390000{n:02d}" for n in range(1, 13)]
    shelf = Shelf({2: items})

    def windowed(frame, wire):
        text = frame.decode()
        first = int(text.split("|BP")[1].split("|")[0]) if "|BP" in text else 1
        page = "".join(f"AU{item}|" for item in items[first - 1 : first + 4])
        wire.answer(frame, info(counts=counts_of({2: items}), tail=f"AEAnna|BLY|CQY|{page}"))

    shelf.acs.on["63"] = windowed
    answer = shelf.account()
    assert [loan.item.id for loan in answer.loans] == items
    assert answer.complete
    assert len(shelf.acs.sent("63")) == 3


def test_a_list_that_stays_short_is_shown_as_far_as_it_goes():
    shelf = Shelf({2: ["39000001"]}, counts="000000000007000000000000")
    answer = shelf.account()
    assert (answer.loans, answer.complete) == ((AccountLoan(BOOK),), False)


def test_a_list_that_is_not_to_be_had_takes_the_others_away_from_nobody():
    shelf = Shelf({2: ["39000001"], 3: ["Fee 1.00"], 0: ["39000009"]})
    usual = shelf.patron
    shelf.acs.on["63"] = lambda frame, wire: (
        silent(frame, wire) if frame.decode()[23:33].find("Y") == 0 else usual(frame, wire)
    )
    answer = shelf.account()
    assert (len(answer.loans), answer.holds, len(answer.fees), answer.complete) == (1, (), 1, False)


@pytest.mark.parametrize(
    ("how", "reason"),
    [(silent, Reason.ILS_SILENT), (lambda f, w: w.hang_up(), Reason.ILS_DOWN)],
    ids=["silent", "dropped"],
)
def test_an_ils_that_does_not_answer(how, reason):
    shelf = Shelf()
    shelf.acs.on["63"] = how
    assert shelf.account() == NoAnswer(reason)


def test_a_patron_who_is_unknown_has_no_account():
    shelf = Shelf()
    shelf.answers("63", info(tail="AE|BLN|"))
    assert shelf.account() == NoAnswer(Reason.CARD_UNKNOWN)


def test_when_the_patron_has_left_no_further_list_is_asked_for():
    shelf = Shelf({2: ["39000001"], 0: ["39000009"], 3: ["Fee"]})

    async def tale():
        usual = shelf.patron
        shelf.acs.on["63"] = lambda frame, wire: asyncio.get_running_loop().call_later(
            1.0, usual, frame, wire
        )
        shelf.answers("35", f"36Y{DATE}AOlib|AA21000001|")
        asking = asyncio.ensure_future(shelf.ils.account(ANNA, PIN))
        await asyncio.sleep(0.5)
        await shelf.ils.end_session(ANNA, PIN)
        return await asking

    assert isinstance(shelf.play(tale), NoAnswer)
    assert len(shelf.acs.sent("63")) == 1


# ---- entries --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "name", "text"),
    [
        ("39000001", "39000001", ""),
        ("39000001 Moby Dick", "39000001", "Moby Dick"),
        ("39000001: Moby Dick / Melville", "39000001", "Moby Dick / Melville"),
        ("Moby Dick", "", "Moby Dick"),
        ("B-1.2", "B-1.2", ""),
        ("2001 A Space Odyssey", "2001", "A Space Odyssey"),  # nobody can tell: a 17 or a 29 will
        ("a\x07b", "", "a b"),
        ("", "", ""),
    ],
)
def test_entries_of_lists(entry, name, text):
    assert parted(entry) == (name, text)


def test_each_loan_is_listed_once_and_what_is_overdue_is_a_loan_too():
    loans = loans_of(["39000001", "39000001", "39000002 Emma"], ["39000003", "39000002"])
    assert [(loan.item.id, loan.title, loan.overdue) for loan in loans] == [
        ("39000002", "Emma", True),
        ("39000003", "", True),
        ("39000001", "", False),
    ]


def test_loans_without_numbers_are_kept_as_texts():
    (loan,) = loans_of(["Moby Dick"], [])
    assert loan == AccountLoan(ItemKey(""), "Moby Dick")


def test_an_ils_whose_hold_list_has_all_of_them():
    assert [hold.waiting for hold in holds_of(["39000001", "39000002"], ["39000002"])] == [True, True, False]
    holds = holds_of(["39000001", "39000002"], ["39000002"], all_are_holds=True)
    assert [(hold.item.id, hold.waiting) for hold in holds] == [("39000001", True), ("39000002", False)]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Overdue fine 2.50", ("2.50", "EUR")),
        ("USD 12,40 Lost", ("12.40", "USD")),
        ("12.40USD", ("12.40", "USD")),
        ("€ 3.00 fee", ("3.00", "EUR")),
        ("1.50 of 3.00 left", None),
        ("due 01.02.2027", None),
        ("Fee 0.00", None),
        ("Replacement", None),
    ],
)
def test_an_amount_is_read_only_where_it_is_sure(text, amount):
    expected = Money(Decimal(amount[0]), amount[1]) if amount else None
    assert amount_in(text, "EUR") == expected


def test_two_fees_that_read_the_same_are_two():
    answer = PatronInformationResponse(date=None, institution="", patron="", name="", currency="EUR")
    assert len(fees_of(["Photocopy 0.10", "Photocopy 0.10"], answer)) == 2
    assert len(Shelf({3: ["Photocopy 0.10"] * 2}).account().fees) == 2


def test_due_dates_come_with_the_title_of_what_is_on_loan():
    shelf = Shelf()
    shelf.answers("17", f"18040001{DATE}AB39000001|AJMoby Dick|AH20270130    235900|")
    described = shelf.play(lambda: shelf.ils.describe(BOOK))
    assert described == ItemDescription(BOOK, "Moby Dick", due=Due(date(2027, 1, 30)), wanted=True)
    shelf.answers("17", f"18030001{DATE}AB39000001|AJMoby Dick|AH20270130    235900|")
    assert shelf.play(lambda: shelf.ils.describe(BOOK)).due is None


# ---- renewing everything --------------------------------------------------------------------

DONE = f"66100020001{DATE}AOlib|BM39000001|BM39000002 Emma|BN39000003|"


def test_everything_is_renewed_by_one_message():
    shelf = Shelf()
    shelf.answers("65", DONE + "AFTwo renewed|")
    assert shelf.renew_all() == RenewedAll(
        (ItemKey("39000001"), ItemKey("39000002")), (ItemKey("39000003"),), Untrusted("Two renewed")
    )
    (frame,) = shelf.acs.sent("65")
    assert frame[20:-9] == "AOlib|AA21000001|AD1234|BON|"


def test_garbage_behind_a_number_and_empty_entries_are_cut_off():
    shelf = Shelf()
    shelf.answers("65", f"66100010000{DATE}AOlib|BM39000001|BM|BNHASH(0x1f)|")
    assert shelf.renew_all() == RenewedAll((BOOK,), ())


def test_an_ils_that_names_nothing():
    shelf = Shelf()
    shelf.answers("65", f"66100020000{DATE}AOlib|")
    assert shelf.renew_all() == RenewedAll()


def test_a_refusal_and_its_words():
    shelf = Shelf()
    shelf.answers("65", f"66000000002{DATE}AOlib|BN39000001|AFPatron Blocked|")
    assert shelf.renew_all() == NotRenewed(Reason.PATRON_BLOCKED, Untrusted("Patron Blocked"))


def test_a_refusal_that_names_what_it_renewed_is_none():
    shelf = Shelf()
    shelf.answers("65", f"66000010001{DATE}AOlib|BM39000001|BN39000002|")
    assert shelf.renew_all() == RenewedAll((BOOK,), (ItemKey("39000002"),))


def test_an_ils_that_does_not_know_it_is_not_sent_it():
    shelf = Shelf()
    shelf.acs.status = shelf.acs.status.replace("BX" + "Y" * 16, "BX" + "Y" * 15 + "N")
    assert shelf.renew_all() == Unsupported()
    assert shelf.acs.sent("65") == []


def test_an_ils_that_is_away_is_not_sent_it():
    shelf = Shelf()

    async def tale():
        shelf.acs.unplug()
        return await shelf.ils.renew_all(ANNA, PIN, shelf.was_late)

    assert shelf.play(tale) == NotRenewed(Reason.ILS_DOWN)
    assert shelf.acs.sent("65") == []


@pytest.mark.parametrize(
    "how",
    [silent, lambda f, w: w.hang_up(), lambda f, w: w.say(b"#!?\r"), lambda f, w: w.say(b"96\r")],
    ids=["silent", "dropped", "garbage", "96"],
)
def test_whatever_hides_the_answer_it_is_sent_once_and_ends_in_doubt(how):
    shelf = Shelf()
    shelf.acs.on["65"] = how
    assert shelf.renew_all() == Doubt()
    assert len(shelf.acs.sent("65")) == 1


def test_a_lost_answer_is_recalled():
    shelf, last = Shelf(), []
    shelf.acs.on["65"] = lambda f, w: last.append(sealed(f, DONE))
    shelf.acs.on["97"] = in_turn(lambda f, w: w.say(last[0] + b"\r"))
    assert isinstance(shelf.renew_all(), RenewedAll)
    assert len(shelf.acs.sent("65")) == 1
