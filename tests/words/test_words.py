"""Every enum that a screen may have to put into words has words, in every language, and they agree."""

import re
import string
from datetime import date, datetime
from decimal import Decimal

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert
from kiosk.circulation.views import Errand, ItemState, Notice, RowView, Theme, Weight
from kiosk.circulation.views import Message as MessageView
from kiosk.maintenance.codes import MATTERS
from kiosk.maintenance.matters import OUTCOMES
from kiosk.maintenance.state import ADOPTABLE
from kiosk.screens.sayings import Goes, goes_to, message_lines, message_spoken, say_row
from kiosk.words import CatalogueBroken, Words, isolate, languages
from kiosk.words.catalogue import parse_catalogue

LANGUAGES = languages()


@pytest.fixture(scope="module", params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Words:
    return Words(request.param)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_english_german_and_arabic_are_spoken():
    assert {"ar", "de", "en"} <= set(LANGUAGES)


def test_every_language_has_the_same_keys(words):
    english = Words("en")
    assert words.catalogue.keys == english.catalogue.keys
    assert words.catalogue.plural_keys == english.catalogue.plural_keys


def test_placeholders_agree(words):
    english = Words("en").catalogue.all_forms
    for key, forms in words.catalogue.all_forms.items():
        wanted = placeholders(english[key][-1])
        for form in forms:
            # A plural form may say "one" or "two" in words instead of {n}.
            assert placeholders(form) <= wanted, key
            assert wanted - placeholders(form) <= {"n"}, key


def test_every_reason_has_a_text(words):
    texts = {reason: words.reason(reason) for reason in Reason}
    assert all(texts.values())


def test_every_notice_has_a_sentence_for_any_number(words):
    for notice in Notice:
        for weight in Weight:
            for count in (0, 1, 2, 3, 11, 100):
                message = MessageView(weight, notice, count, Reason.ON_HOLD)
                assert message_lines(message, words)[0][0]
                assert message_spoken(message, words)


def test_every_state_with_every_reason_has_words(words):
    for state in ItemState:
        for reason in (None, *Reason):
            for late in (False, True):
                row = RowView("k", None, "", "", state, reason, late=late, parts=3, parts_missing=(1, 2))
                for errand in Errand:
                    saying = say_row(row, words, errand)
                    assert saying.title
                    assert saying.word
                    assert saying.spoken


def test_what_the_patron_had_before_and_has_no_tag_may_be_taken(words):
    row = RowView("k", None, "Title", "", ItemState.NO_TAG, Reason.ALREADY_YOURS, on_pad=False)
    saying = say_row(row, words)
    assert saying.word == words.say("status.already-yours")
    assert saying.second == words.say("status.take-it")


def test_a_code_that_means_nothing_gets_an_act_and_then_why():
    message = MessageView(Weight.INFO, Notice.BAD_CODE, 0, Reason.CODE_BAD)
    assert [text for text, _ in message_lines(message, Words("en"))] == [
        "Please try another code, or ask staff.",
        "This code is not from a book or a card.",
    ]


def test_some_of_the_books_are_counted():
    english = Words("en")
    said = [message_lines(MessageView(Weight.INFO, Notice.SOME_SAFE, n), english)[0][0] for n in (1, 2)]
    assert said == ["One book is safe to leave.", "2 books are safe to leave."]


def test_patrons_read_of_books():
    """Not of items and tags; and nobody is paged, so no sentence says that staff were called."""
    for key, forms in Words("en").catalogue.all_forms.items():
        if key.startswith(("maintenance.", "matter.", "tray.")):
            # Patrons do not see these.
            continue
        for text in forms:
            assert not re.search(r"\b(items?|tags?|transactions?|invalid)\b|have called", text, re.I), key


@pytest.mark.parametrize("alert", [None, *Alert])
@pytest.mark.parametrize("destination", ["", "Fernhollow"])
@pytest.mark.parametrize("bin_", ["", "2"])
def test_every_returned_book_says_where_it_goes(words, alert, destination, bin_):
    row = RowView("k", None, "Title", "", ItemState.RETURNED, alert=alert, destination=destination, bin=bin_)
    saying = say_row(row, words, Errand.RETURN)
    assert saying.word == words.say("status.returned")
    assert bin_ in saying.spoken
    assert goes_to(row) is (Goes.BIN if bin_ else Goes.STAFF if alert else Goes.ANY_BIN)


def test_a_book_that_was_not_on_loan_is_not_a_trouble():
    row = RowView("k", None, "Title", "", ItemState.RETURNED, bin="1", was_on_loan=False)
    saying = say_row(row, Words("en"), Errand.RETURN)
    assert saying.subs == ("It was not on loan. All good.",)
    assert saying.status.tone == "safe"


def test_in_a_return_nothing_is_said_of_borrowing(words):
    lent = {words.say("status.lent"), words.say("status.not-borrowed"), words.say("status.safe")}
    for reason in (None, *Reason):
        for state in (ItemState.REFUSED, ItemState.ATTENTION):
            saying = say_row(RowView("k", None, "T", "", state, reason), words, Errand.RETURN)
            assert saying.word not in lent, reason


def test_every_theme_has_a_name(words):
    assert all(words.say(f"theme.{theme.value}") for theme in Theme)


def test_plurals_have_as_many_forms_as_the_language(words):
    assert words.catalogue.forms == {"en": 2, "de": 2, "ar": 6}[words.language]
    for key in words.catalogue.plural_keys:
        assert len(words.catalogue.all_forms[key]) == words.catalogue.forms


def test_arabic_counts_in_six_ways():
    arabic = Words("ar")
    said = [arabic.count("farewell.books", n) for n in (0, 1, 2, 3, 11, 100)]
    assert len(set(said)) == 6
    assert said[3] == "3 كتب"


def test_digits_are_western(words):
    text = words.day(date(2026, 12, 12)) + words.count("farewell.books", 7)
    assert re.search("12", text)
    assert not re.search("[٠-٩]", text)


def test_days_are_written_out():
    assert Words("en").day(date(2026, 12, 12)) == "Saturday 12 December"
    assert Words("de").day(date(2026, 12, 12)) == "Samstag, 12. Dezember"
    assert Words("ar").day(date(2026, 12, 12)) == "السبت 12 ديسمبر"
    assert "18:30" in Words("en").day(datetime(2026, 12, 12, 18, 30))  # noqa: DTZ001 - a due moment has no zone


@pytest.mark.parametrize(
    ("language", "amount", "currency", "said"),
    [
        ("en", "2.5", "EUR", "€2.50"),
        ("de", "1250", "EUR", "1.250,00\u00a0€"),
        ("ar", "2.5", "EUR", "\u200f2.50\u00a0€"),
        ("en", "2.5", "", "2.50"),
        ("de", "2.5", "", "2,50"),
        ("en", "3", "JPY", "JP¥3"),
        ("en", "2.5", "eur", "2.50"),
        ("en", "2.5", "<b>", "2.50"),
    ],
)
def test_money_is_written_as_the_language_does(language, amount, currency, said):
    assert Words(language).money(Decimal(amount), currency) == said


def test_no_digit_of_an_amount_is_rounded_away(words):
    for currency in ("EUR", "JPY", "", "KWD"):
        written = words.money(Decimal("12.3456"), currency)
        assert re.sub(r"[^0-9]", "", written) == "123456"


def test_a_question_about_money_keeps_it_in_one_piece():
    arabic = Words("ar")
    asked = arabic.say("fee.title", amount=arabic.money(Decimal("2.5"), "EUR"))
    assert "\u2068\u200f2.50\u00a0€\u2069" in asked


def test_a_row_that_is_kept_for_the_patron_says_so_whatever_refused_it(words):
    for reason in (Reason.ON_HOLD, Reason.ON_LOAN_TO_OTHER, None):
        for pickup in ("", "Fernhollow"):
            row = RowView("k", None, "T", "", ItemState.REFUSED, reason, held=True, pickup=pickup)
            saying = say_row(row, words)
            assert saying.word == words.say("status.held")
            assert pickup in saying.subs[0]
            assert saying.second == words.say("status.leave-here")


def test_each_matter_has_a_sentence_and_what_to_do(words):
    for kind in (*MATTERS, "other"):
        assert words.say(f"matter.{kind}", book="30001")
        assert words.say(f"matter.do.{kind}")
    for said in (*OUTCOMES, "nothing", "refused", "unknown"):
        assert words.say(f"matter.said.{said}")


def test_each_journal_that_may_be_gone_on_with_says_what_is_lost(words):
    for reason in ADOPTABLE:
        assert words.say(f"maintenance.journal.{reason.value}")
        assert words.say(f"maintenance.journal.adopt-{reason.value}")


def test_values_stand_inside_isolates():
    said = Words("ar").say("row.due", day="12 December")
    assert said == "يُعاد \u206812 December\u2069"
    assert isolate("") == ""


def test_directions():
    assert Words("ar").rtl
    assert not Words("en").rtl


def test_languages_call_themselves_by_their_own_names():
    assert [Words.language_name(tag) for tag in ("en", "de", "ar")] == ["English", "Deutsch", "العربية"]


def test_who_has_read_a_catalogue_is_known():
    assert Words("en").catalogue.read_by_native
    assert not Words("ar").catalogue.read_by_native
    assert not Words("de").catalogue.read_by_native


def test_words_that_are_missing_are_an_error():
    with pytest.raises(KeyError):
        Words("en").say("no.such.words")
    with pytest.raises(KeyError):
        Words("en").say("row.due")
    with pytest.raises(CatalogueBroken, match="only in"):
        Words("xx")


@pytest.mark.parametrize(
    "po",
    [b'msgid "a"\nmsgstr ""\n', b'"a"\nmsgid', b"\xff\xfe"],
    ids=["an empty text", "no catalogue at all", "not UTF-8"],
)
def test_a_broken_catalogue_says_which(po):
    with pytest.raises(CatalogueBroken, match=r"en\.po"):
        parse_catalogue("en", po)


def test_neutral_words_for_a_blocked_patron(words):
    # Others may read over the patron's shoulder.
    for reason in (Reason.PATRON_BLOCKED, Reason.CARD_LOST):
        said = words.reason(reason).casefold()
        for word in ("block", "lost", "fee", "fine", "gesperrt", "verloren", "gebühr", "محظور", "غرامة"):
            assert word not in said


def test_in_a_return_a_message_does_not_speak_of_the_gate():
    message = MessageView(Weight.REFUSAL, Notice.TO_STAFF, 1, Reason.TAG_NOT_WRITTEN)
    assert [text for text, _ in message_lines(message, Words("en"))] == [
        "Please give one book to staff.",
        "It is not ready for the shelf.",
    ]


def test_the_parts_of_a_set_are_named_by_their_numbers(words):
    def said(reason, **more):
        return say_row(
            RowView("k", None, "Box", "", ItemState.ATTENTION, reason, parts=3, **more), words
        ).subs[0]

    assert "2" in said(Reason.PART_MISSING, parts_missing=(2,))
    for reason in (Reason.PART_EXTRA, Reason.PART_FOREIGN, Reason.TAG_DUPLICATE):
        assert "3" in said(reason, parts_odd=(3,)) != said(reason)
    swapped = said(Reason.PART_FOREIGN, parts_odd=(1, 3), odd_of="Salt and Cedar")
    assert "Salt and Cedar" in swapped
    assert "3" in swapped
    assert {said(Reason.PARTS_UNKNOWN), said(Reason.PART_EXTRA), said(Reason.PART_FOREIGN)} == {
        words.reason(reason) for reason in (Reason.PARTS_UNKNOWN, Reason.PART_EXTRA, Reason.PART_FOREIGN)
    }


def test_a_set_that_is_not_returned_goes_to_staff_unless_the_patron_can_mend_it():
    def row(reason, **more):
        return RowView("k", None, "Box", "", ItemState.ATTENTION, reason, **more)

    assert goes_to(row(Reason.PART_EXTRA, parts_odd=(3,))) is Goes.STAFF
    assert goes_to(row(Reason.PARTS_UNKNOWN)) is Goes.STAFF
    assert goes_to(row(Reason.PART_MISSING)) is None
    assert goes_to(row(Reason.PART_FOREIGN, parts_odd=(2,), odd_of="Salt and Cedar")) is None


def test_the_question_says_how_many_parts_are_there():
    english = Words("en")
    assert english.count("parts.title", 1) == "One part is here. Is that all of it?"
    assert english.count("parts.title", 3) == "3 parts are here. Is that all of it?"
