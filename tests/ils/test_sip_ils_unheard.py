"""What the ILS says of refusals and no rule knows: the adapter keeps it for staff, and no name with it."""

from __future__ import annotations

from decimal import Decimal

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Money
from kiosk.sip2 import PatronFlag
from tests.ils.branch import ANNA, BOOK, Branch, about, info
from tests.sip2.scripted import DATE

ODD = "closed stacks: tell anna kern that moby dick 39000001 is not for card 21000001"
LEFT = "closed stacks: tell … that … is not for card …"


def test_each_refusal_is_heard_and_scrubbed():
    branch = Branch()
    branch.answers("63", info(tail="AEKern, Anna|BLY|CQY|"))
    branch.answers("11", f"120NUN{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH|AF{ODD}|")
    branch.answers("29", f"300NUN{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH|AF{ODD}|")
    branch.answers("09", f"100NUN{DATE}AOlib|AB39000001|AQ|AJMoby Dick|AFPatron Blocked|")
    branch.answers("17", about("04"))

    async def tale():
        await branch.ils.sign_in(ANNA, None, "en")
        assert (await branch.lend()).reason is Reason.ITEM_REFUSED
        assert (await branch.renew()).reason is Reason.RENEWAL_REFUSED
        await branch.take_back(BOOK)

    branch.play(tale)
    assert [(each.text, each.times) for each in branch.ils.unheard.kept] == [(LEFT, 2)]


def test_who_is_turned_away_a_fee_and_a_renewal_of_all_are_heard_too():
    branch = Branch()
    no = f"closed till: tell anna kern {ANNA.value}"
    branch.answers("63", info(tail=f"AEKern, Anna|BLN|AF{no}|"))
    branch.answers("37", f"38N{DATE}AOlib|AA21000001|AF{no}|")
    branch.answers("65", f"6600000000{DATE}AOlib|AF{no}|")

    async def tale():
        assert (await branch.ils.sign_in(ANNA, None, "en")).reason is Reason.CARD_UNKNOWN
        fee = Money(Decimal("2.50"), "EUR")
        assert (
            await branch.ils.book_fee(ANNA, None, fee, "T-1", branch.was_late)
        ).reason is Reason.NOT_BOOKED
        assert (await branch.ils.renew_all(ANNA, None, branch.was_late)).reason is Reason.RENEWAL_REFUSED

    branch.play(tale)
    assert [(each.text, each.times) for each in branch.ils.unheard.kept] == [("closed till: tell …", 3)]


def test_why_a_patron_is_barred_is_said_by_the_flags_and_else_by_the_words():
    barred = "".join("Y" if flag == PatronFlag.CHARGE_DENIED else " " for flag in range(14))
    for text, reason in (("PATRON EXPIRED", Reason.PATRON_EXPIRED), ("something odd", Reason.PATRON_BLOCKED)):
        branch = Branch()
        branch.answers("63", info(flags=barred, tail=f"AEKern, Anna|BLY|CQY|AF{text}|"))
        answer = branch.play(lambda branch=branch: branch.ils.sign_in(ANNA, None, "en"))
        assert answer.reason is reason
        assert len(branch.ils.unheard.kept) == (reason is Reason.PATRON_BLOCKED)
