"""The account: opened, read, renewed from and closed, while the pad goes on working."""

from datetime import date
from decimal import Decimal

import pytest

from kiosk.circulation.answers import (
    Account,
    AccountFee,
    AccountHold,
    AccountLoan,
    Denied,
    Doubt,
    ItemDescription,
    Lent,
    NoAnswer,
    NotLent,
    NotRenewed,
    Renewed,
    RenewedAll,
    Unsupported,
)
from kiosk.circulation.effects import AppendRow, AskAccount, AskRenewAll, PrintPaper
from kiosk.circulation.events import AccountAnswered, AnswerLate, RenewAllAnswered
from kiosk.circulation.facts import ItemRenewed
from kiosk.circulation.intents import Do, Look, Renew
from kiosk.circulation.policy import AccountRule
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import (
    AFI_ON_LOAN,
    Device,
    Due,
    ItemKey,
    Money,
    PatronId,
    Pin,
    Proof,
    RowKind,
    Untrusted,
)
from kiosk.circulation.views import (
    AccountView,
    AskFee,
    AskRenewal,
    AttractView,
    FarewellView,
    HelpCalled,
    LoanView,
    Notice,
    PutBack,
    Section,
    StillThere,
    Weight,
)
from kiosk.circulation.views import AskRenewAll as QuestionAll
from tests.circulation.story import FEE, Story, book, kiosk

LATER = Due(date(2026, 12, 24))
NO = NotRenewed(Reason.RENEWAL_REFUSED)


def reading(*barcodes: str, **more: object) -> Story:
    """Somebody reads their account, in which these loans are."""
    return kiosk().card().press(Do.ACCOUNT).has(*(barcodes or ("A1", "A2")), **more)


def asked(story: Story) -> int:
    return len(story.all(AskAccount))


# ---- opening, reading, closing --------------------------------------------------------------


def test_the_account_is_asked_for_when_somebody_wants_it_and_not_before() -> None:
    story = kiosk().shows("p1").signed(Denied(Reason.PIN_NEEDED)).types("1234").card()
    assert story.loan.account
    assert asked(story) == 0
    story.press(Do.ACCOUNT)
    (question,) = story.all(AskAccount)
    assert (question.patron, question.pin) == (PatronId("p1"), Pin("1234"))
    assert (story.account.known, story.account.asking) == (False, True)
    assert story.account.message.notice is Notice.ACCOUNT_ASKED
    story.has("A1", "A2", overdue=("A2",))
    assert story.marks == {"A1": "on-loan", "A2": "overdue"}
    assert (story.account.message.notice, story.account.message.count) == (Notice.OVERDUE, 1)
    assert isinstance(story.press(Do.BACK).screen, LoanView)
    assert story.all(AppendRow) == [], "reading leaves no trace on the disk"


def test_holds_and_fees_have_sections_of_their_own() -> None:
    holds = (AccountHold("Momo", ItemKey("H1"), waiting=True), AccountHold("Emma"))
    fees = (AccountFee(Untrusted("Overdue: Momo"), FEE), AccountFee(Untrusted("Card")))
    story = kiosk().card().press(Do.ACCOUNT)
    story.accounts(Account((), holds, fees, owed=Money(Decimal("3.50"), "EUR")))
    assert story.account.section is Section.LOANS
    assert story.account.message.notice is Notice.HOLDS_WAITING
    story.press(Look(Section.HOLDS))
    assert [(row.title, row.waiting) for row in story.account.holds] == [("Momo", True), ("Emma", False)]
    story.press(Look(Section.FEES))
    assert story.account.section is Section.FEES
    assert [row.amount for row in story.account.fees] == [FEE, None]
    assert story.account.owed == Money(Decimal("3.50"), "EUR")


def test_nothing_overdue_is_said_only_of_a_list_that_is_whole() -> None:
    assert reading("A1").account.message.notice is Notice.NOTHING_OVERDUE
    story = reading("A1", complete=False)
    assert (story.account.complete, story.account.message.notice) == (False, Notice.ACCOUNT_PARTIAL)


def test_titles_and_dates_are_asked_for_of_what_is_shown_first() -> None:
    story = reading(*(f"B{n}" for n in range(14)))
    assert story.described == [f"B{n}" for n in range(10)]
    story.describes("B0", ItemDescription(ItemKey("B0"), "Momo", due=LATER))
    row = story.loan_row("B0")
    assert (row.title, row.due) == ("Momo", LATER)
    story.press(Look(Section.HOLDS), Look(Section.LOANS))
    assert len(story.described) == 10, "once is enough"


def test_what_the_list_itself_tells_is_not_asked_for() -> None:
    story = kiosk().card().press(Do.ACCOUNT)
    story.accounts(Account((AccountLoan(ItemKey("A1"), "Momo", LATER), AccountLoan(ItemKey(""), "No id"))))
    assert story.described == []
    assert [(row.key, row.title, row.renewable) for row in story.account.loans] == [
        ("A1", "Momo", True),
        ("loan:1", "No id", False),
    ]


def test_a_library_may_hide_titles_or_the_whole_account() -> None:
    story = kiosk(account=AccountRule.NO_TITLES).card().press(Do.ACCOUNT)
    fees = (AccountFee(Untrusted("Overdue: Momo"), FEE),)
    story.accounts(Account((AccountLoan(ItemKey("A1"), "Momo"),), (AccountHold("Emma"),), fees))
    assert story.loan_row("A1").title == story.account.holds[0].title == ""
    assert story.account.fees[0].text == Untrusted("")
    assert story.press(Renew("A1")).modal.row.title == ""
    story = kiosk(account=AccountRule.NONE).card()
    assert not story.loan.account
    assert isinstance(story.press(Do.ACCOUNT).screen, LoanView)


def test_nobody_but_a_patron_at_their_list_has_an_account_here() -> None:
    assert asked(kiosk().press(Do.ACCOUNT)) == 0
    assert asked(kiosk().press(Do.RETURN, Do.ACCOUNT)) == 0
    assert asked(kiosk().card().press(Do.FINISH, Do.ACCOUNT)) == 0


# ---- an ILS that is away --------------------------------------------------------------------


def test_an_ils_that_does_not_answer_can_be_asked_again() -> None:
    story = kiosk().card().press(Do.ACCOUNT).accounts(NoAnswer(Reason.ILS_SILENT))
    assert (story.account.known, story.account.reason) == (False, Reason.ILS_SILENT)
    assert story.account.message.notice is Notice.ACCOUNT_AWAY
    assert story.press(Do.ACCOUNT).has("A1").marks == {"A1": "on-loan"}
    assert asked(story) == 2


def test_an_ils_that_is_away_is_asked_when_it_is_back() -> None:
    story = kiosk().card().missing(Device.ILS).press(Do.ACCOUNT)
    assert asked(story) == 0
    assert story.account.reason is Reason.ILS_DOWN
    assert story.ready(Device.ILS).has("A1").marks == {"A1": "on-loan"}


def test_pressed_twice_it_is_asked_once() -> None:
    assert asked(kiosk().card().press(Do.ACCOUNT, Do.ACCOUNT)) == 1


def test_an_answer_that_comes_when_it_is_closed_does_not_open_it() -> None:
    story = kiosk().card().press(Do.ACCOUNT, Do.BACK).has("A1")
    assert isinstance(story.screen, LoanView)


# ---- nothing outlives the session -----------------------------------------------------------


def test_the_account_ends_with_its_session_and_a_late_answer_is_nobodys() -> None:
    story = kiosk().card().press(Do.ACCOUNT)
    late = story.all(AskAccount)[-1].attempt
    story.press(Do.FINISH, Do.FINISH).card("p2", "Ben Lo").press(Do.ACCOUNT)
    story.tell(AccountAnswered(late, Account((AccountLoan(ItemKey("A1"), "Momo"),))))
    assert not story.account.known
    story.has()
    assert story.account.loans == ()
    assert "Momo" not in repr(story.state)


def test_walking_away_closes_it_after_a_longer_while() -> None:
    story = reading().wait(61)
    assert story.modal is None, "there is more to read here than on the list"
    assert isinstance(story.wait(30).modal, StillThere)
    assert isinstance(story.press(Do.MORE_TIME).screen, AccountView)
    assert isinstance(story.wait(110).screen, AttractView)
    assert story.state.session is None


def test_finish_ends_it_and_another_card_waits() -> None:
    story = reading().shows("p2")
    assert story.account.message.notice is Notice.FINISH_FIRST
    assert isinstance(story.press(Do.FINISH).screen, FarewellView)


# ---- the pad goes on ------------------------------------------------------------------------


def test_a_book_put_down_meanwhile_is_lent_and_the_list_is_asked_for_anew() -> None:
    story = reading("A1").put("B1")
    assert story.account.message.notice is Notice.KEEP_ON_PAD
    story.flush().lends("B1")
    assert asked(story) == 2, "once it is lent, the account has one more"
    story.proves("B1").has("A1", "B1")
    assert story.marks == {"A1": "on-loan", "B1": "on-loan"}
    assert not story.loan_row("B1").renewable, "lent just now"
    assert story.account.books.borrowed == 1
    assert story.press(Do.BACK).states == {"B1": "safe"}


def test_a_book_that_must_be_put_back_is_said_first() -> None:
    story = reading("A1").put("B1").flush().lends("B1").lift("B1")
    assert isinstance(story.modal, PutBack)
    assert isinstance(story.put("B1").screen, AccountView)
    assert story.modal is None


def test_a_refusal_is_said_before_what_the_account_says() -> None:
    story = reading("A1", overdue=("A1",)).put("B1").flush()
    story.answers("B1", NotLent(Reason.ON_HOLD)).flush()
    assert (story.account.message.notice, story.account.message.weight) == (
        Notice.LEAVE_HERE,
        Weight.REFUSAL,
    )


def test_what_the_account_lists_is_never_asked_for_as_a_loan() -> None:
    """The list at sign-in may have been short; an 11 would renew it on some ILSes."""
    story = reading("A1").put(book("A1", AFI_ON_LOAN)).flush()
    assert story.asked == []
    assert story.press(Do.BACK).row("A1").reason is Reason.ALREADY_YOURS


# ---- renewing one ---------------------------------------------------------------------------


def test_a_book_that_is_at_home_is_renewed() -> None:
    story = reading("A1", "A2").press(Renew("A1"))
    assert isinstance(story.modal, AskRenewal)
    assert story.modal.row.key == "A1"
    assert story.flush().renewed == []
    story.press(Do.YES).flush()
    assert story.renewed == ["A1"]
    assert story.marks == {"A1": "asking", "A2": "on-loan"}
    story.renews("A1", Renewed(LATER))
    assert (story.loan_row("A1").mark, story.loan_row("A1").due) == ("renewed", LATER)
    assert asked(story) == 2
    story.has("A1", "A2")
    assert (story.loan_row("A1").due, story.loan_row("A1").renewable) == (LATER, False)
    assert ItemRenewed(ItemKey("A1")) in story.facts
    assert asked(story) == 2, "and not again and again"
    assert story.open_on_disk() == []


def test_its_rows_have_neither_patron_nor_number_in_the_open() -> None:
    """What a list calls an id may be any text."""
    story = reading("A1").press(Renew("A1"), Do.YES).flush().renews("A1", Renewed(LATER))
    rows = [effect.row for effect in story.all(AppendRow)]
    assert [row.kind for row in rows] == [RowKind.INTENT, RowKind.ANSWER]
    assert rows[0].sealed == {"patron": "p1", "item": "A1"}
    assert all("A1" not in repr(row.payload) for row in rows)


def test_no_and_a_refusal_leave_it_as_it_was() -> None:
    story = reading("A1").press(Renew("A1"), Do.NO)
    assert story.marks == {"A1": "on-loan"}
    assert story.loan_row("A1").renewable
    story.press(Renew("A1"), Do.YES).flush().renews("A1", NO)
    row = story.loan_row("A1")
    assert (row.mark, row.reason, row.renewable) == ("not-renewed", Reason.RENEWAL_REFUSED, False)
    assert story.account.message.notice is Notice.NOT_RENEWED
    story.press(Renew("A1"))
    assert story.modal is None


def test_a_renewal_that_nobody_knows_about_is_unclear_and_not_repeated() -> None:
    story = reading("A1").press(Renew("A1"), Do.YES).flush()
    story.tell(AnswerLate(list(story.state.wishes)[-1]))
    assert story.loan_row("A1").late
    story.renews("A1", Doubt())
    assert (story.marks, story.loan_row("A1").renewable) == ({"A1": "unclear"}, False)


def test_a_renewal_here_shows_on_the_list_too_where_the_book_lies_on_the_pad() -> None:
    story = kiosk().card(charged=("A1",)).put(book("A1", AFI_ON_LOAN)).press(Do.ACCOUNT).has("A1", "A2")
    story.press(Renew("A1"), Do.YES).flush().renews("A1", Renewed(LATER)).press(Do.BACK)
    assert story.states == {"A1": "renewed"}


def test_what_was_renewed_stands_on_the_receipt() -> None:
    story = kiosk().ready(Device.PRINTER).card().press(Do.ACCOUNT).has("A1", "A2")
    story.press(Renew("A2"), Do.YES).flush().renews("A2", Renewed(LATER, "Momo")).press(Do.FINISH)
    (row,) = story.screen.rows
    assert (row.key, row.state, row.due) == ("A2", "renewed", LATER)
    story.press(Do.PRINT).prints(Proof.PROVEN)
    (line,) = story.all(PrintPaper)[0].paper.lines
    assert (line.item, line.due) == (ItemKey("A2"), LATER)


# ---- renewing all ---------------------------------------------------------------------------


def all_asked(*barcodes: str) -> Story:
    return reading(*barcodes).press(Do.RENEW_ALL, Do.YES).flush()


def test_renewing_all_is_asked_back_and_sent_once_when_the_intent_is_on_the_disk() -> None:
    story = reading("A1", "A2", "A3").press(Do.RENEW_ALL)
    assert story.modal == QuestionAll(3)
    story.press(Do.YES)
    assert story.all(AskRenewAll) == []
    story.flush()
    assert len(story.all(AskRenewAll)) == 1
    assert set(story.marks.values()) == {"asking"}
    assert story.account.message.notice is Notice.RENEWING
    assert not story.account.renew_all
    story.renews_all(RenewedAll((ItemKey("A1"), ItemKey("A2")), (ItemKey("A3"),)))
    assert story.marks == {"A1": "renewed", "A2": "renewed", "A3": "not-renewed"}
    message = story.account.message
    assert (message.notice, message.count, message.weight) == (Notice.SOME_RENEWED, 2, Weight.REFUSAL)
    assert asked(story) == 2
    story.accounts(Account((AccountLoan(ItemKey("A1"), due=LATER), AccountLoan(ItemKey("A3")))))
    assert story.loan_row("A1").due == LATER
    assert not any(row.renewable for row in story.account.loans)
    assert not story.account.renew_all
    rows = [row for row in story.disk if row.saga.startswith("A")]
    assert [(row.kind, row.closes) for row in rows] == [(RowKind.INTENT, False), (RowKind.ANSWER, True)]
    assert rows[0].payload["act"] == "renew-all"
    assert rows[1].payload["count"] == 2
    assert story.open_on_disk() == []


def test_one_loan_alone_has_its_own_button() -> None:
    assert not reading("A1").account.renew_all


def test_no_renews_nothing() -> None:
    story = reading().press(Do.RENEW_ALL, Do.NO).flush()
    assert story.all(AskRenewAll) == story.all(AppendRow) == []
    assert story.account.renew_all


def test_all_that_nobody_knows_about_is_never_repeated() -> None:
    story = all_asked("A1", "A2").renews_all(Doubt())
    assert set(story.marks.values()) == {"unclear"}
    assert story.account.message.reason is Reason.RENEWAL_UNKNOWN
    story.has("A1", "A2").press(Do.RENEW_ALL, Renew("A1"))
    assert story.modal is None
    assert len(story.all(AskRenewAll)) == 1


def test_all_that_was_refused_may_be_asked_for_one_by_one() -> None:
    story = all_asked("A1", "A2").renews_all(NO).has("A1", "A2")
    assert story.account.message.notice is Notice.NOT_RENEWED
    assert not story.account.renew_all
    assert story.press(Renew("A1"), Do.YES).flush().renewed == ["A1"]


def test_what_was_never_sent_may_be_asked_again() -> None:
    story = all_asked("A1", "A2").renews_all(NotRenewed(Reason.ILS_DOWN))
    assert story.marks == {"A1": "on-loan", "A2": "on-loan"}
    assert story.press(Do.RENEW_ALL, Do.YES).flush().all(AskRenewAll)[1:]


@pytest.mark.parametrize("device", [Device.ILS, Device.JOURNAL])
def test_without_ils_or_disk_nothing_is_sent(device: Device) -> None:
    story = reading().missing(device).press(Do.RENEW_ALL, Do.YES).flush()
    assert story.all(AskRenewAll) == []
    assert story.account.message.notice is Notice.NOT_RENEWED


def test_an_ils_without_the_message_renews_one_after_the_other() -> None:
    story = all_asked("A1", "A2", "A3").renews_all(Unsupported()).flush()
    assert story.renewed == ["A1"]
    assert story.marks == {"A1": "asking", "A2": "asking", "A3": "asking"}
    story.renews("A1", Doubt()).flush()
    assert story.renewed == ["A1", "A2"], "one of which nobody knows stops no other"
    story.renews("A2", NO).flush().renews("A3", Renewed(LATER))
    assert story.marks == {"A1": "unclear", "A2": "not-renewed", "A3": "renewed"}
    assert (story.account.message.notice, story.account.message.count) == (Notice.SOME_RENEWED, 1)
    assert asked(story) == 2, "asked for anew once, at the end"
    assert story.open_on_disk() == []
    assert len(story.all(AskRenewAll)) == 1


def test_after_a_loan_or_a_renewal_of_this_visit_each_is_renewed_by_itself() -> None:
    """A 65 would renew those too."""
    story = kiosk().card().borrows("B1").press(Do.ACCOUNT).has("A1", "A2", "B1").press(Do.RENEW_ALL)
    assert story.modal == QuestionAll(2)
    story.press(Do.YES).flush().renews("A1", Renewed(LATER)).flush().renews("A2", Renewed(LATER))
    assert story.renewed == ["A1", "A2"]
    assert story.all(AskRenewAll) == []
    assert story.account.message.notice is Notice.ALL_RENEWED


def test_an_ils_that_goes_away_between_two_ends_it_and_says_so() -> None:
    story = all_asked("A1", "A2").renews_all(Unsupported()).flush().missing(Device.ILS)
    story.renews("A1", Renewed(LATER))
    assert story.renewed == ["A1"]
    assert story.marks == {"A1": "renewed", "A2": "on-loan"}
    message = story.account.message
    assert (message.notice, message.count, message.reason) == (Notice.SOME_RENEWED, 1, Reason.ILS_DOWN)
    story.ready(Device.ILS).has("A1", "A2")
    assert story.press(Renew("A2"), Do.YES).flush().renewed == ["A1", "A2"]


def test_finish_waits_until_all_had_their_turn_and_walking_away_does_not() -> None:
    story = all_asked("A1", "A2").renews_all(Unsupported()).flush().press(Do.FINISH)
    assert story.loan.closing
    story.renews("A1", Renewed()).flush()
    assert story.renewed == ["A1", "A2"]
    assert isinstance(story.renews("A2", Renewed()).screen, FarewellView)
    story = all_asked("A1", "A2").renews_all(Unsupported()).flush().wait(120)
    assert isinstance(story.renews("A1", Renewed()).screen, AttractView)
    assert story.renewed == ["A1"]
    assert story.state.wishes == {}


def test_an_answer_that_the_disk_refused_is_told_and_kept_later() -> None:
    story = all_asked("A1", "A2")
    saga = story.all(AskRenewAll)[-1].intent.saga
    story.tell(RenewAllAnswered(saga, RenewedAll((ItemKey("A1"),)))).disk_refuses()
    assert story.marks["A1"] == "renewed"
    assert story.open_on_disk() == [""]
    story.press(Do.FINISH, Do.FINISH).ready(Device.JOURNAL).flush()
    assert story.open_on_disk() == []
    assert story.state.session is None


def test_a_disk_that_takes_nothing_more_ends_it() -> None:
    story = all_asked("A1", "A2")
    saga = story.all(AskRenewAll)[-1].intent.saga
    story.tell(RenewAllAnswered(saga, Unsupported())).disk_refuses().disk_refuses()
    assert story.renewed == []
    assert story.account.message.reason is Reason.JOURNAL_FAILED
    story.press(Do.FINISH, Do.FINISH).ready(Device.JOURNAL).flush()
    assert story.open_on_disk() == []


def test_one_that_was_cut_off_is_closed_at_the_start() -> None:
    story = all_asked("A1", "A2").power_cut().began().flush()
    assert story.open_on_disk() == []
    assert story.all(AskRenewAll) == []
    assert [row.payload.get("renewed") for row in story.disk if row.closes] == ["unknown"]


# ---- other questions while it is open -------------------------------------------------------


def test_a_loan_that_costs_a_fee_is_asked_about_over_the_account() -> None:
    story = reading("A1").put("B1").flush().asks_fee("B1")
    assert isinstance(story.modal, AskFee)
    story.press(Do.YES).flush()
    assert story.agreed == ["B1"]
    story.answers("B1", Lent(release=True)).flush().proves("B1")
    assert isinstance(story.screen, AccountView)
    assert story.press(Do.BACK).states == {"B1": "safe"}


def test_fees_can_be_paid_from_it() -> None:
    story = kiosk().ready(Device.TILL).card().press(Do.ACCOUNT)
    story.accounts(Account(fees=(AccountFee(Untrusted("Card"), FEE),), owed=FEE))
    assert story.account.books.payable == FEE, "what the account says is newer than what the sign-in said"
    story.press(Do.PAY, Do.YES).flush()
    assert story.taken == [FEE]


def test_help_and_sizes_work_in_it() -> None:
    story = reading("A1").press(Do.TEXT_SIZE, Do.CALL_STAFF)
    assert isinstance(story.modal, HelpCalled)
    story.press(Renew("A1"))
    assert isinstance(story.press(Do.CLOSE_HELP).modal, AskRenewal)


def test_a_question_outlives_a_list_in_which_its_book_is_no_more() -> None:
    story = kiosk().card().press(Do.ACCOUNT).has("A1", "A2").press(Do.BACK, Do.ACCOUNT)
    story.press(Renew("A1")).has("A2")
    assert story.modal.row.key == "A1"
    assert story.press(Do.NO).modal is None


def test_a_list_that_comes_while_a_loan_is_being_asked_says_nothing_against_that_loan() -> None:
    """The book may stand in it on account of that very loan."""
    story = kiosk().card().press(Do.ACCOUNT).put("B1").has("B1").flush()
    assert story.asked == ["B1"]
    story.lends("B1").proves("B1").has("B1")
    assert story.press(Do.BACK).states == {"B1": "safe"}


def test_what_the_list_has_is_not_asked_for_again_when_the_ils_is_back() -> None:
    story = (
        kiosk().card().put("B1").missing(Device.ILS).flush().answers("B1", NotLent(Reason.ILS_DOWN)).flush()
    )
    story.press(Do.ACCOUNT).ready(Device.ILS).flush()
    assert story.asked == ["B1", "B1"], "nothing had been sent"
    story.answers("B1", NotLent(Reason.ILS_DOWN)).flush().has("B1").missing(Device.ILS).ready(
        Device.ILS
    ).flush()
    assert story.asked == ["B1", "B1"], "now the ILS has said whose it is"
    assert story.press(Do.BACK).row("B1").reason is Reason.ALREADY_YOURS


def test_what_was_once_on_the_list_is_theirs_also_when_a_later_list_leaves_it_out() -> None:
    story = kiosk().card().press(Do.ACCOUNT).accounts(Account((AccountLoan(ItemKey("B0")),)))
    story.press(Renew("B0"), Do.YES).flush().renews("B0", Renewed()).flush().accounts(Account())
    story.press(Do.BACK).put("B0").flush()
    assert story.row("B0").reason is Reason.ALREADY_YOURS
    assert story.asked == []


def test_rows_stay_in_their_places_when_the_ils_lists_them_otherwise() -> None:
    first = [AccountLoan(ItemKey(each)) for each in ("B0", "B1", "B2")]
    story = kiosk().card().press(Do.ACCOUNT).accounts(Account(tuple(first)))
    story.press(Renew("B0"), Do.YES).flush().renews("B0", Renewed()).flush()
    story.accounts(Account((AccountLoan(ItemKey("B3")), *reversed(first))))
    assert [row.key for row in story.account.loans] == ["B0", "B1", "B2", "B3"]
