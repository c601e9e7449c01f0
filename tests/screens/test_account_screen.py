"""The account on the screen: what it says, what can be pressed, and what stays of the list behind it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kiosk.circulation.intents import Do, Look, Renew
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import ItemKey, Money, Untrusted
from kiosk.circulation.views import TEXT_SIZES, AccountFeeRow, AccountLoanRow, LoanMark, Section
from kiosk.screens.account_examples import ACCOUNTS, account
from kiosk.screens.account_sayings import number_of, say_fee, say_loan
from kiosk.screens.compose import Composer
from kiosk.screens.examples import example, view
from kiosk.screens.scene import Origin, Role, texts
from kiosk.typeset import Typesetter
from kiosk.words import Words, languages

LARGE, SMALL = (1280, 800), (800, 480)


@pytest.fixture(scope="module")
def composers(tmp_path_factory):
    typesetter = Typesetter(tmp_path_factory.mktemp("fonts"))
    words = {language: Words(language) for language in languages()}
    return {size: Composer(size, typesetter, words) for size in (LARGE, SMALL)}


def controls(scene):
    return {control.key: control for control in scene.controls}


def said(scene):
    return {text.setting.text for text in texts(scene.nodes)}


# ---- what can be pressed --------------------------------------------------------------------


def test_the_account_is_opened_from_the_list_and_left_again(composers):
    for composer in composers.values():
        for name in ("loan", "loan-empty"):
            assert controls(composer.compose(example(name)))["account"].act is Do.ACCOUNT
        assert controls(composer.compose(example("account")))["to-books"].act is Do.BACK
    hidden = replace(example("loan"), screen=replace(example("loan").screen, account=False))
    assert "account" not in controls(composers[LARGE].compose(hidden))
    assert "account" not in controls(composers[SMALL].compose(hidden))
    assert "account" not in controls(composers[SMALL].compose(example("loan-closing")))


def test_behind_a_question_nothing_of_it_can_be_reached(composers):
    for composer in composers.values():
        assert "account" not in controls(composer.compose(example("put-back")))
        keys = set(controls(composer.compose(example("account-ask-renew-all"))))
        assert not {each for each in keys if each.startswith(("section-", "renew-", "row-", "to-books"))}
        assert {"yes", "no"} <= keys


@pytest.mark.parametrize("size", [LARGE, SMALL])
@pytest.mark.parametrize("text_size", TEXT_SIZES)
@pytest.mark.parametrize("language", languages())
def test_everything_can_be_pressed_in_every_size_and_language(composers, size, text_size, language):
    found = controls(composers[size].compose(example("account", language=language, text_size=text_size)))
    acts = {control.act for control in found.values()}
    assert {Look(section) for section in Section} <= acts
    assert {Do.BACK, Do.RENEW_ALL, Do.FINISH, Do.CALL_STAFF, Renew("30010")} <= acts
    assert all(control.spoken for control in found.values())


def test_a_finger_asks_for_another_section_and_for_a_renewal(kiosk):
    kiosk.show(example("account"))
    kiosk.touch("section-fees")
    kiosk.touch("renew-30010")
    kiosk.touch("to-books")
    assert [pressed.intent for pressed in kiosk.sent] == [Look(Section.FEES), Renew("30010"), Do.BACK]


def test_each_section_begins_at_its_first_page(kiosk):
    shown = kiosk.show(example("account"))
    kiosk.touch("page-down")
    assert "row-30010" not in {control.key for control in kiosk.window.drawn().controls}
    kiosk.show(example("account-holds"), session=shown.session, revision=2)
    assert "row-hold:0" in {control.key for control in kiosk.window.drawn().controls}
    kiosk.show(example("account"), session=shown.session, revision=3)
    assert "row-30010" in {control.key for control in kiosk.window.drawn().controls}


def test_a_row_that_changes_does_not_turn_the_page(kiosk):
    shown = kiosk.show(example("account"))
    kiosk.touch("page-down")
    before = {control.key for control in kiosk.window.drawn().controls}
    kiosk.show(example("account-keep"), session=shown.session, revision=2)
    assert {control.key for control in kiosk.window.drawn().controls} == before


# ---- what it says ---------------------------------------------------------------------------


def test_the_section_that_is_shown_is_said_to_be(composers):
    found = controls(composers[LARGE].compose(example("account-holds")))
    assert "shown now" in found["section-holds"].spoken
    assert found["section-loans"].spoken == "On loan 7"
    assert found["section-loans"].role is Role.BUTTON


def test_what_may_be_more_is_not_counted_as_all():
    whole = account()
    assert [number_of(whole, section) for section in Section] == ["7", "4", "3"]
    partial = replace(whole, complete=False)
    assert [number_of(partial, section).strip("\u2066\u2069") for section in Section] == ["7+", "4+", "3+"]
    assert number_of(replace(partial, loans=()), Section.LOANS) == ""
    assert number_of(replace(whole, known=False), Section.LOANS) == ""


def test_an_empty_section_says_so_and_an_unknown_one_does_not(composers):
    composer = composers[LARGE]
    assert "Nothing reserved" in said(composer.compose(example("account-no-holds")))
    unknown = said(composer.compose(example("account-not-known")))
    assert "Nothing reserved" not in unknown
    assert "Not known here. Please ask staff." in unknown


def test_an_ils_that_is_away_can_be_asked_again(composers):
    found = controls(composers[SMALL].compose(example("account-away")))
    assert found["again"].act is Do.ACCOUNT
    assert "again" not in controls(composers[SMALL].compose(example("account-asking")))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("mark", LoanMark)
def test_every_mark_has_words(language, mark):
    words = Words(language)
    row = AccountLoanRow("1", ItemKey("1"), "Momo", None, mark, Reason.ON_HOLD)
    for each in (row, replace(row, late=True), replace(row, title=""), replace(row, item=ItemKey(""))):
        _, saying = say_loan(each, words)
        assert saying.title
        assert saying.word
        assert saying.spoken.endswith(".")


def test_what_the_ils_wrote_of_a_fee_stands_in_the_second_line_and_is_marked():
    text = Untrusted("Overdue\x07: \u202eMomo")
    _, saying = say_fee(AccountFeeRow("fee:0", text, Money(Decimal(2), "EUR")), Words("en"))
    assert (saying.title, saying.title_origin) == ("Fee", Origin.OURS)
    assert (saying.subs, saying.sub_origin) == ((text.shown(),), Origin.UNTRUSTED)
    assert "\u202e" not in saying.subs[0]


def test_rows_of_the_account_are_none_of_the_visit(composers):
    """What is recorded of a picture as rows of the visit has states of the visit."""
    assert composers[LARGE].compose(example("account")).rows == ()


def test_the_pad_and_its_counts_keep_their_place(composers):
    left = controls(composers[LARGE].compose(example("loan")))["counts"].box
    assert controls(composers[LARGE].compose(example("account")))["counts"].box == left


def test_every_example_is_of_one_of_the_sections():
    shown = {screen.section for screen, _ in ACCOUNTS.values()}
    assert shown == set(Section)
    assert view(account()).screen.known
