"""Why an ILS refuses: from its flags first, from its fields second, from its words last, and those decide
nothing. Answers come as they stand on the wire."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.circulation import loan, returning, wish
from kiosk.circulation.answers import Denied, FeeAsked, NotLent, NotReturned, Returned, Welcome
from kiosk.circulation.reasons import PRIVATE, Reason
from kiosk.circulation.values import ItemKey, PatronId, SagaId, Uid
from kiosk.ils import IlsSettings
from kiosk.ils.reading import (
    HOLD_WORDS,
    RENEWAL_WORDS,
    RETURN_WORDS,
    SAFE_STATUSES,
    WORDS,
    hold_not_placed,
    lent,
    not_renewed,
    not_taken_back,
    refused,
    taken_back,
)
from kiosk.ils.standing import OF_DENIAL, PATRON_WORDS, barred, denied
from kiosk.sip2 import PatronFlag, decode
from kiosk.sip2.profiles import NamedPattern, Profile, load, names
from tests.ils.branch import ANNA, BOOK, PIN, Branch, info

DATE = "20270102    120000"
DEFAULT = IlsSettings().blocking_flags
GENERAL = {Reason.ITEM_REFUSED, Reason.RENEWAL_REFUSED, Reason.HOLD_REFUSED, Reason.RETURN_REFUSED}


def afs(*texts):
    return "".join(f"AF{text}|" for text in texts)


def no_loan(*texts, fields=""):
    return decode(f"120NUN{DATE}AOlib|AA2100|AB3000|AJMoby Dick|AH|{fields}{afs(*texts)}")


def no_renewal(*texts):
    return decode(f"300NUN{DATE}AOlib|AA2100|AB3000|AJMoby Dick|AH|{afs(*texts)}")


def no_hold(*texts):
    return decode(f"160N{DATE}AOlib|AA2100|{afs(*texts)}")


def no_return(*texts, fields=""):
    return decode(f"100NUY{DATE}AOlib|AB3000|AQ|{fields}{afs(*texts)}")


def about(status="04", title="Moby Dick"):
    return decode(f"18{status}0001{DATE}AB3000|AJ{title}|")


def patron(flags, *texts, counts="", fields=""):
    status = "".join("Y" if position in flags else " " for position in range(14))
    return decode(f"64{status}001{DATE}{counts:24}AOlib|AA2100|AEAnna|{fields}{afs(*texts)}")


# ---- the words of each make ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        # Koha 19.06 on the wire
        ("koha", "Patron Blocked", Reason.PATRON_BLOCKED),
        ("koha", "Item cannot be issued: TOO_MANY", Reason.TOO_MANY_LOANS),
        ("koha", "Issue failed : NOT_FOR_LOAN", Reason.NOT_FOR_LOAN),
        ("koha", "Item is on hold shelf for another patron.", Reason.ON_HOLD),
        ("koha", "Invalid cardnumber", Reason.CARD_UNKNOWN),
        ("koha", "PATRON EXPIRED", Reason.PATRON_EXPIRED),
        ("koha", "Invalid Item", Reason.ITEM_UNKNOWN),
        # and in its source
        ("koha", "Item is on hold for another patron.", Reason.ON_HOLD),
        ("koha", "Item is reserved for another patron upon return.", Reason.ON_HOLD),
        ("koha", "Item has been recalled for another patron", Reason.RECALLED),
        ("koha", "Issue failed : AGE_RESTRICTION", Reason.AGE_RESTRICTED),
        ("koha", "Issue failed : ITEMNOTSAMEBRANCH", Reason.BRANCH_RESTRICTED),
        ("koha", "Issue failed : USERBLOCKEDOVERDUE", Reason.TOO_MANY_OVERDUE),
        ("koha", "Issue failed : WTHDRAWN", Reason.ITEM_WITHDRAWN),
        ("koha", "Issue failed : ITEM_LOST", Reason.ITEM_LOST),
        ("koha", "Issue failed : CARD_LOST", Reason.CARD_LOST),
        ("koha", "Issue failed : GNA", Reason.ADDRESS_NEEDED),
        ("koha", "Issue failed : DEBARRED", Reason.PATRON_BLOCKED),
        ("koha", "Outstanding Fines block issue", Reason.FINES_OWED),
        ("koha", "Item must be checked out at a circulation desk", Reason.LOAN_NEEDS_STAFF),
        ("koha", "This item is currently checked out by you", Reason.LENT_TO_YOU),
        ("standard", "Item is already checked out to this patron.", Reason.LENT_TO_YOU),
        ("koha", "This item was previously checked out by you", Reason.HAD_BEFORE),
        (
            "koha",
            "Item already checked out to another patron.  Please return item for check-in.",
            Reason.ON_LOAN_TO_OTHER,
        ),
        # OpenILS
        ("evergreen", "This item is already checked out", Reason.ON_LOAN_TO_OTHER),
        ("evergreen", "Item checked out to another patron", Reason.ON_LOAN_TO_OTHER),
        ("evergreen", "Patron is not allowed to check out the selected item", Reason.ITEM_REFUSED),
        ("evergreen", "Invalid Item Barcode: '3000'", Reason.ITEM_UNKNOWN),
        ("evergreen", "Invalid Patron Barcode '2100'", Reason.CARD_UNKNOWN),
        ("evergreen", "Renewals not permitted", Reason.LENT_TO_YOU),
        ("evergreen", "blocked", Reason.PATRON_BLOCKED),
        # mod-circulation behind edge-sip2
        (
            "folio",
            "Dune (Barcode: 1) cannot be checked out to Kern because it has been requested by another patron",
            Reason.ON_HOLD,
        ),
        ("folio", "Patron has reached maximum limit of 1 items for material type", Reason.TOO_MANY_OF_KIND),
        ("folio", "Patron has reached maximum limit of 10 items", Reason.TOO_MANY_LOANS),
        ("folio", "Dune (Barcode:1) has the item status Missing and cannot be", Reason.ITEM_MISSING),
        ("folio", "Dune (Barcode:1) has the item status Declared lost and cannot be", Reason.ITEM_LOST),
        ("folio", "Cannot check out item that already has an open loan", Reason.ON_LOAN_TO_OTHER),
        ("folio", "Cannot check out to inactive user", Reason.PATRON_EXPIRED),
        ("folio", "Item is not loanable", Reason.NOT_FOR_LOAN),
        ("folio", "Patron blocked from borrowing", Reason.PATRON_BLOCKED),
        ("folio", "You have recalled library materials that must be returned.", Reason.RECALL_OVERDUE),
        ("folio", "No item with barcode 3000 exists", Reason.ITEM_UNKNOWN),
        # messages of libraries, as others have published them
        ("symphony", "User BLOCKED", Reason.PATRON_BLOCKED),
        ("symphony", "User BARRED", Reason.PATRON_BLOCKED),
        ("symphony", "You membership has expired. To renew your membership, please", Reason.PATRON_EXPIRED),
        ("horizon", "#Lost card - please refer to the circulation desk.", Reason.CARD_LOST),
        ("horizon", "#You are barred from borrowing - Please refer to the desk.", Reason.PATRON_BLOCKED),
        ("polaris", "Patron has blocks.", Reason.PATRON_BLOCKED),
        ("polaris", "Patron does not exist.", Reason.CARD_UNKNOWN),
        ("sierra", "Cannot locate item record. Please see a staff member", Reason.ITEM_UNKNOWN),
        ("sierra", "Patron has exceeded 25-item limit.", Reason.TOO_MANY_LOANS),
        ("sierra", "Patron has reached maximum check-outs for this type of item.", Reason.TOO_MANY_OF_KIND),
        ("sierra", "There are unresolved issues with your account.", Reason.PATRON_BLOCKED),
        ("standard", "Nö.", Reason.ITEM_REFUSED),
    ],
)  # fmt: skip
def test_what_each_make_of_ils_means(name, text, reason):
    assert refused(no_loan(text), load(name)).reason is reason


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("koha", "Item unavailable due to outstanding holds", Reason.RENEWAL_ON_HOLD),
        ("koha", "Item has reached maximum renewals", Reason.RENEWAL_LIMIT),
        ("koha", "Item has reached maximum consecutive renewals without being seen", Reason.LOAN_NEEDS_STAFF),
        ("koha", "Item is booked for another borrower", Reason.BOOKED),
        ("koha", "Item renewal is not allowed", Reason.RENEWAL_REFUSED),
        ("koha", "Item already issued to other borrower", Reason.NOT_LENT_TO_YOU),
        ("koha", "Item not checked out to Anna Kern", Reason.NOT_LENT_TO_YOU),
        ("koha", "Renewals not allowed.", Reason.RENEWALS_DENIED),
        ("koha", "too_soon", Reason.RENEWAL_TOO_SOON),
        ("folio", "loan at maximum renewal number", Reason.RENEWAL_LIMIT),
        ("folio", "items cannot be renewed when there is an active recall request", Reason.RECALLED),
        (
            "folio",
            "Items with this loan policy cannot be renewed when there is an active, pending hold request",
            Reason.RENEWAL_ON_HOLD,
        ),
        ("folio", "renewal would not change the due date", Reason.RENEWAL_TOO_SOON),
        ("folio", "loan is not renewable", Reason.RENEWAL_REFUSED),
        ("sierra", "Borrower has a booking for this item until 07-06.", Reason.BOOKED),
        # it is this patron's own loan, and "too many" speaks of renewals
        ("standard", "checked out to another patron", Reason.RENEWAL_REFUSED),
        ("standard", "too many", Reason.RENEWAL_REFUSED),
    ],
)  # fmt: skip
def test_why_a_loan_is_not_renewed(name, text, reason):
    assert not_renewed(no_renewal(text), load(name)).reason is reason


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("sierra", "Patron has reached 10 hold limit.", Reason.HOLD_LIMIT),
        ("koha", "Excessive fees blocking placement of hold.", Reason.FEES_OWED),
        ("koha", "No such item.", Reason.ITEM_UNKNOWN),
        ("standard", "on hold", Reason.HOLD_REFUSED),
    ],
)
def test_why_a_hold_is_not_placed(name, text, reason):
    assert hold_not_placed(no_hold(text), load(name)).reason is reason


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("koha", "Item withdrawn, return not allowed", Reason.ITEM_WITHDRAWN),
        ("koha", "Item lost, return not allowed", Reason.ITEM_LOST),
        ("koha", "Item is on hold, please return to circulation desk", Reason.LOAN_NEEDS_STAFF),
        ("koha", "Checkin failed", Reason.RETURN_REFUSED),
        ("standard", "too many loans", Reason.RETURN_REFUSED),
    ],
)
def test_why_an_item_is_not_taken_back(name, text, reason):
    said = not_taken_back(no_return(text), about(), load(name), "Main")
    assert isinstance(said, NotReturned)
    assert said.reason is reason


def test_two_screen_messages_are_read_as_one():
    said = no_loan("Title Not Found", "Patron blocked from borrowing")
    assert refused(said, load("folio")).reason is Reason.PATRON_BLOCKED


def test_a_fee_comes_before_any_word():
    said = no_loan("Patron Blocked", fields="BV5.00|BHEUR|BT06|")
    assert isinstance(refused(said, load("koha")), FeeAsked)
    assert refused(said, load("koha"), agreed=True).reason is Reason.FEE


# ---- patrons ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({0}, Reason.PATRON_BLOCKED),
        ({0, 4}, Reason.CARD_LOST),
        ({0, 5}, Reason.TOO_MANY_LOANS),
        ({0, 6}, Reason.TOO_MANY_OVERDUE),
        ({0, 8}, Reason.CLAIMS_RETURNED),
        ({0, 9}, Reason.TOO_MANY_LOST),
        ({0, 10}, Reason.FINES_OWED),
        ({0, 11}, Reason.FEES_OWED),
        ({0, 12, 6, 10}, Reason.RECALL_OVERDUE),
        ({0, 13}, Reason.TOO_MANY_BILLED),
        ({0, 1, 2, 3, 7}, Reason.PATRON_BLOCKED),
        # edge-sip2 sets all of them for one block, Sierra nearly all for a wrong PIN
        (set(range(14)), Reason.PATRON_BLOCKED),
        ({0, *range(3, 14)}, Reason.PATRON_BLOCKED),
        ({5, 10}, None),
        (set(), None),
    ],
)
def test_flags_say_why_once_they_say_that(flags, reason):
    assert barred(frozenset(map(PatronFlag, flags)), DEFAULT) is reason


def test_a_library_may_take_other_flags_seriously():
    assert barred(frozenset({PatronFlag.EXCESSIVE_FINES}), (10,)) is Reason.FINES_OWED
    assert barred(frozenset({PatronFlag.RENEWAL_DENIED}), (1,)) is Reason.PATRON_BLOCKED


@pytest.mark.parametrize(
    ("name", "answer", "reason"),
    [
        # the card is valid until the day that it names
        ("evergreen", patron({0, 1, 2, 3}, "blocked", fields="PA20261231|"), Reason.PATRON_EXPIRED),
        ("evergreen", patron({0, 1, 2, 3}, "blocked", fields="PA20270102|"), Reason.PATRON_BLOCKED),
        ("polaris", patron({0, 1, 2, 3}, fields="PX20161025    235959|"), Reason.PATRON_EXPIRED),
        ("horizon", patron({0}, fields="PE20140812    235900|"), Reason.PATRON_EXPIRED),
        ("polaris", patron({0, 10}, fields="PX20161025    235959|"), Reason.FINES_OWED),
        ("koha", patron({0}, fields="PA20161025|"), Reason.PATRON_BLOCKED),
        ("symphony", patron({0}, fields="PA00000000|"), Reason.PATRON_BLOCKED),
        ("symphony", patron({0}, fields="PANEVER|"), Reason.PATRON_BLOCKED),
        # limits: hold, overdue, charged...
        ("koha", patron({0}, counts="000000030001", fields="CA0003|"), Reason.TOO_MANY_OVERDUE),
        ("koha", patron({0}, counts="000000000005", fields="CB0005|"), Reason.TOO_MANY_LOANS),
        ("koha", patron({0}, counts="000000000005", fields="CB0000|"), Reason.PATRON_BLOCKED),
        # words last
        ("koha", patron({0}, "Greetings from Koha.  -- PATRON EXPIRED"), Reason.PATRON_EXPIRED),
        ("koha", patron({0, 10}, "PATRON EXPIRED"), Reason.FINES_OWED),
        ("koha", patron({0}, "Item is on hold shelf for another patron."), Reason.PATRON_BLOCKED),
    ],
)
def test_dates_limits_and_words_say_more_of_somebody_who_is_barred(name, answer, reason):
    assert denied(answer, DEFAULT, load(name)).reason is reason


@pytest.mark.parametrize(
    "answer",
    [
        patron(set(), "PATRON EXPIRED", fields="PA20161025|CB0005|", counts="000000000005"),
        patron({5, 6, 10}, "Patron Blocked"),
    ],
)
def test_nobody_is_barred_by_words_dates_or_limits(answer):
    for name in names():
        assert denied(answer, DEFAULT, load(name)) is None


@given(st.sets(st.integers(0, 13)), st.text(max_size=60))
def test_a_condition_of_a_patron_is_one_that_neighbours_may_not_read(flags, text):
    answer = patron(flags, on_the_wire(text))
    said = denied(answer, DEFAULT, load("koha"))
    if flags & set(DEFAULT):
        assert isinstance(said, Denied)
        assert said.reason in PATRON_WORDS
        assert said.reason in PRIVATE
    else:
        assert said is None


# ---- denied altogether ---------------------------------------------------------------------------------

RENEWALS, HOLDS = frozenset({PatronFlag.RENEWAL_DENIED}), frozenset({PatronFlag.HOLD_DENIED})


def test_a_flag_says_why_a_hold_or_a_renewal_was_refused_that_the_answer_does_not_explain():
    profile = load("standard")
    assert hold_not_placed(no_hold("No."), profile, flags=HOLDS).reason is Reason.HOLDS_DENIED
    assert hold_not_placed(no_hold("No."), profile, flags=RENEWALS).reason is Reason.HOLD_REFUSED
    assert not_renewed(no_renewal("No."), profile, flags=RENEWALS).reason is Reason.RENEWALS_DENIED
    assert not_renewed(no_renewal("No."), profile, flags=HOLDS).reason is Reason.RENEWAL_REFUSED
    # a reason that the answer itself gives is the nearer one
    assert hold_not_placed(no_hold("Unknown item"), profile, flags=HOLDS).reason is Reason.ITEM_UNKNOWN
    assert not_renewed(no_renewal("Item is on hold"), profile, flags=RENEWALS).reason is Reason.ON_HOLD


def test_the_flags_are_those_of_whoever_signed_in_and_go_with_them():
    branch = Branch()
    branch.answers("15", f"160N{DATE}AOlib|AA21000001|AB39000001|")
    branch.answers("35", f"36Y{DATE}AOlib|AA21000001|")

    async def reserve():
        return await branch.ils.hold(ANNA, PIN, BOOK, branch.was_late)

    async def tale():
        branch.answers("63", info(flags="   Y          "))
        assert isinstance(await branch.ils.sign_in(ANNA, PIN, "en"), Welcome)
        first = await reserve()
        await branch.ils.end_session(ANNA, PIN)
        return first, await reserve()

    first, second = branch.play(tale)
    assert first.reason is Reason.HOLDS_DENIED
    assert second.reason is Reason.HOLD_REFUSED


# ---- words decide nothing -----------------------------------------------------------------------------

ALL_WORDS = WORDS | RENEWAL_WORDS | HOLD_WORDS | RETURN_WORDS


def test_every_reason_in_a_shipped_profile_exists_and_may_be_a_word_somewhere():
    for name in names():
        for one in load(name).screen_reasons:
            assert Reason(one.reason) in ALL_WORDS, (name, one)


def test_every_word_is_spoken_by_some_ils_or_stands_for_all_others():
    spoken = {one.reason for name in names() for one in load(name).screen_reasons}
    flags = {Reason.CLAIMS_RETURNED, Reason.TOO_MANY_LOST, Reason.TOO_MANY_BILLED}
    denials = set(OF_DENIAL.values())
    assert ALL_WORDS - {Reason(each) for each in spoken} - flags - denials - GENERAL == set()


def on_the_wire(text):
    """What may stand in a field."""
    return re.sub(r"[|\x00-\x1f]", " ", text)


SPOKEN = [
    "Item cannot be issued: TOO_MANY", "Checkout OK", "ok=1", "Item is on hold shelf", "Patron Blocked",
    "loan approved, desensitize Y", "Item renewed", "FEE 5.00 EUR accepted", "ILS is down",
]  # fmt: skip

TEXTS = st.lists(st.sampled_from(SPOKEN) | st.text(max_size=60).map(on_the_wire), min_size=1, max_size=3)

PROFILES = st.sampled_from(names()).map(load) | st.sampled_from(list(Reason)).map(
    lambda reason: Profile(screen_reasons=(NamedPattern("", reason.value),))
)


def saga(kind, reply):
    tag = Uid("E004010000000001")
    return kind(SagaId("L1-1"), ItemKey("3000"), 1, PatronId("2100"), reply=reply, uids=(tag,))


def without_words(answer):
    return dataclasses.replace(answer, reason=Reason.ITEM_REFUSED, note=None)


@given(TEXTS, PROFILES)
def test_no_word_of_the_ils_changes_what_follows_from_a_refused_loan(texts, profile):
    silent, wordy = (refused(no_loan(*said), profile) for said in ((), texts))
    assert isinstance(wordy, NotLent)
    assert without_words(wordy) == without_words(silent)
    assert wordy.reason in WORDS
    assert loan.verdict(saga(loan.Loan, wordy)) is loan.verdict(saga(loan.Loan, silent))


@given(TEXTS, PROFILES)
def test_nor_from_a_refused_renewal_or_hold(texts, profile):
    for kind, answer, words in (
        (not_renewed, no_renewal, RENEWAL_WORDS),
        (hold_not_placed, no_hold, HOLD_WORDS),
    ):
        silent, wordy = (kind(answer(*said), profile) for said in ((), texts))
        assert without_words(wordy) == without_words(silent)
        assert wordy.reason in words
        verdicts = {wish.verdict(wish.Wish(SagaId("N1-1"), ItemKey("3000"), 1, reply=each))
                    for each in (silent, wordy)}  # fmt: skip
        assert len(verdicts) == 1


@given(TEXTS, PROFILES, st.sampled_from(["01", "03", "04", "08", "12", "  "]), st.booleans())
def test_nor_from_a_refused_return(texts, profile, status, known):
    found = about(status, "Moby Dick" if known else "")
    silent, wordy = (
        not_taken_back(no_return(*said), found, profile, "Main") for said in ((), texts)
    )  # fmt: skip
    assert type(wordy) is type(silent)
    assert isinstance(wordy, Returned) is (known and status in SAFE_STATUSES)
    assert returning.verdict(saga(returning.Return, wordy)) is returning.verdict(
        saga(returning.Return, silent)
    )
    if isinstance(wordy, NotReturned):
        assert wordy.reason in RETURN_WORDS | {Reason.ITEM_UNKNOWN}


@given(TEXTS, PROFILES)
def test_nor_from_what_was_done(texts, profile):
    for desensitize in "YNU":
        loans = [
            lent(decode(f"121NU{desensitize}{DATE}AOlib|AA2100|AB3000|AJ|AH|{afs(*said)}"), profile)
            for said in ((), texts)
        ]
        assert len({(each.release, each.renewal, each.due) for each in loans}) == 1
        assert len({loan.verdict(saga(loan.Loan, each)) for each in loans}) == 1
    returns = [
        taken_back(decode(f"101YNY{DATE}AOlib|AB3000|AQ|CV04|{afs(*said)}"), None, profile, "Main")
        for said in ((), texts)
    ]
    assert len({(each.was_on_loan, each.alert, each.bin, each.destination) for each in returns}) == 1
