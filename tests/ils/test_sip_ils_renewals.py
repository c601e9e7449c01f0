"""Renewals: what comes of a 29, against a scripted far side in virtual time."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from kiosk.circulation.answers import Doubt, NotRenewed, Renewed
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Due, ItemKey, Untrusted
from kiosk.ils import IlsSettings
from kiosk.ils.forms import Forms
from kiosk.ils.reading import RENEWAL_WORDS
from kiosk.sip2.profiles import load, names
from tests.ils.branch import ANNA, BOOK, PIN, Branch
from tests.sip2.scripted import DATE, sealed, silent

RENEWED = f"301YNN{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH20270227    235900|"
NOT_RENEWED = f"300NNN{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH|"


@pytest.fixture
def branch():
    return Branch()


def renew(branch, answer, pin=None):
    branch.answers("29", answer)
    return branch.play(lambda: branch.renew(pin=pin))


def test_a_renewal(branch):
    answer = renew(branch, RENEWED + "AFRenewed twice|", PIN)
    assert answer == Renewed(Due(date(2027, 2, 27)), "Moby Dick", Untrusted("Renewed twice"))
    (frame,) = branch.acs.sent("29")
    assert frame[:4] == "29NN"
    assert frame[22:40].strip("0 ") != ""  # a real no-block due date
    assert frame[40:-9] == "AOlib|AA21000001|AD1234|AB39000001|BON|"


def test_without_a_pin_none_is_sent_and_ac_only_when_there_is_one():
    branch = Branch(terminal_password="tp")
    assert isinstance(renew(branch, RENEWED), Renewed)
    assert branch.acs.sent("29")[0][40:-9] == "AOlib|AA21000001|AB39000001|ACtp|BON|"


@pytest.mark.parametrize(("with_pin", "sent"), [(True, "1234"), (False, None)])
def test_the_profile_says_whether_the_pin_goes_with_it(with_pin, sent):
    profile = dataclasses.replace(load("standard"), patron_password_on_checkout=with_pin)
    forms = Forms(IlsSettings(), profile, lambda: 1.8e9)
    assert forms.renew(ANNA, PIN, BOOK).patron_password == sent
    assert forms.checkout(ANNA, PIN, BOOK).patron_password == sent


def test_a_renewal_without_a_due_date(branch):
    assert renew(branch, RENEWED.replace("AH20270227    235900|", "AH|")) == Renewed(None, "Moby Dick")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.RENEWAL_REFUSED),
        ("Item cannot be renewed: on_reserve", Reason.ON_HOLD),
        ("Item is on hold for another patron", Reason.ON_HOLD),
        ("Patron Blocked", Reason.PATRON_BLOCKED),
        ("Renewal failed: TOO_MANY", Reason.RENEWAL_REFUSED),  # renewals, not loans
        ("Item already checked out", Reason.RENEWAL_REFUSED),  # to this very patron
        ("OK, renewed until tomorrow", Reason.RENEWAL_REFUSED),
    ],
)
def test_refusals(branch, text, reason):
    answer = renew(branch, NOT_RENEWED + f"AF{text}|")
    assert answer == NotRenewed(reason, Untrusted(text) if text else None)


def test_a_fee_that_wants_consent(branch):
    assert renew(branch, NOT_RENEWED + "BT06|BV5.00|BHEUR|") == NotRenewed(Reason.FEE)


def test_words_for_renewals_are_those_of_shipped_profiles():
    named = {Reason(each.reason) for name in names() for each in load(name).screen_reasons}
    assert named & RENEWAL_WORDS
    assert not {Reason.ON_LOAN_TO_OTHER, Reason.TOO_MANY_LOANS, Reason.ITEM_REFUSED} & RENEWAL_WORDS


@pytest.mark.parametrize(
    "how",
    [silent, lambda f, w: w.hang_up(), lambda f, w: w.say(b"#!?\r"), lambda f, w: w.say(b"96\r")],
    ids=["silent", "dropped", "garbage", "96"],
)
def test_whatever_hides_the_answer_it_is_sent_once_and_ends_in_doubt(branch, how):
    branch.acs.on["29"] = how
    assert branch.play(branch.renew) == Doubt()
    assert len(branch.acs.sent("29")) == 1


def test_a_late_answer(branch):
    branch.acs.on["29"] = lambda f, w: w.answer(f, RENEWED, after=12.0)
    answer, took = branch.seconds(branch.renew)
    assert isinstance(answer, Renewed)
    assert (branch.late, took) == (1, 12.0)
    assert len(branch.acs.sent("29")) == 1


def test_a_lost_answer_is_recalled(branch):
    last = []
    branch.acs.on["29"] = lambda f, w: last.append(sealed(f, RENEWED))
    branch.acs.on["97"] = lambda f, w: w.say(last[0] + b"\r")
    assert isinstance(branch.play(branch.renew), Renewed)
    assert len(branch.acs.sent("29")) == 1


@pytest.mark.parametrize("item", ["", "39|AO", "39\r"])
def test_a_code_that_no_frame_can_carry(branch, item):
    branch.acs.reachable = False
    assert branch.play(lambda: branch.renew(ItemKey(item))) == NotRenewed(Reason.CODE_BAD)


def test_an_ils_that_renews_nothing(branch):
    branch.acs.status = branch.acs.status.replace("BX" + "Y" * 16, "BX" + "Y" * 14 + "NY")
    assert renew(branch, RENEWED) == NotRenewed(Reason.NOT_SERVED)
    assert branch.acs.sent("29") == []


def test_an_ils_that_is_away(branch):
    async def tale():
        branch.acs.unplug()
        return await branch.renew()

    answer, took = branch.seconds(tale)
    assert answer == NotRenewed(Reason.ILS_DOWN)
    assert took < 2
    assert branch.acs.sent("29") == []
