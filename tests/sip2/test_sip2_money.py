"""Amounts as ACS write them: read surely or not at all, and written as their currency wants it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sip2 import EncodeError, decode, in_currency, read_amount
from tests.sip2.scripted import DATE


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12.50", "EUR", "12.50"),
        ("12.5", "EUR", "12.50"),  # Koha
        ("12,50", "EUR", "12.50"),
        ("5.000000", "USD", "5.00"),  # a database's own
        ("1,234.50", "USD", "1234.50"),  # FOLIO
        ("1.234,50", "EUR", "1234.50"),
        ("1 234,50", "EUR", "1234.50"),
        ("1\u202f234,50", "EUR", "1234.50"),
        ("1\u2019234.50", "CHF", "1234.50"),
        ("1,234,567.8", "", "1234567.80"),
        ("1 234", "EUR", "1234.00"),
        ("1.234.567", "", "1234567.00"),
        ("1234.500", "EUR", "1234.50"),
        ("0.500", "EUR", "0.50"),
        ("  7.00 ", "EUR", "7.00"),
        (".5", "", "0.50"),
        ("7", "", "7.00"),
        ("0", "", "0.00"),
        ("-3.20", "EUR", "-3.20"),
        ("1.250", "KWD", "1.250"),
        ("1,234.500", "KWD", "1234.500"),
        ("1,234", "JPY", "1234"),
        ("1234", "JPY", "1234"),
    ],
)
def test_amounts_as_they_come(text, currency, amount):
    assert read_amount(text, currency) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "   ", "much", "5 00", "1 2 3", "- 5.00",
        "1.234", "1,234", "1.005", "12.34.56", "1,23,456.00",
        "1.234,5,6", "1,2345.00", "1.2345", "5.", "5,-", ".", "-", "+", "--5", "NaN", "Infinity", "1e3",
        "٣.٥", ",123,456.00", "1.234.567.89",
    ],
)  # fmt: skip
def test_what_is_not_sure_is_no_amount(text):
    assert read_amount(text) is None


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("$12.50", "USD", "12.50"),
        ("$12.50", "", "12.50"),
        ("$ .50", "USD", "0.50"),
        ("US$1,234.50", "USD", "1234.50"),
        ("12.50 EUR", "EUR", "12.50"),
        ("€12,50", "EUR", "12.50"),
        ("12,50\u00a0€", "EUR", "12.50"),
        ("EUR 12.50", "", "12.50"),
        ("EUR12.50", "eur", "12.50"),
        ("12.50 Kr.", "DKK", "12.50"),
        ("kr. 12,50", "NOK", "12.50"),
        ("1\u00a0234,50\u00a0kr", "SEK", "1234.50"),
        ("CHF 1’234.50", "CHF", "1234.50"),
        ("£3.20", "GBP", "3.20"),
        ("¥1,234", "JPY", "1234"),
        ("JPY 1,234", "", "1234"),
        ("$12.50 USD", "", "12.50"),
        ("(5.00)", "USD", "-5.00"),
        ("($5.00)", "USD", "-5.00"),
        ("5.00-", "EUR", "-5.00"),
        ("5.00- EUR", "EUR", "-5.00"),
        ("-$5.00", "USD", "-5.00"),
        ("$-5.00", "USD", "-5.00"),
        ("5.00", "Thaler", "5.00"),
    ],
)
def test_an_amount_with_its_currency(text, currency, amount):
    assert read_amount(text, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.50 USD", "EUR"), ("€12.50", "USD"), ("$12.50", "EUR"), ("$5.00 EUR", ""), ("Kr. 5", "EUR"),
        ("EUR.50", "EUR"), ("Kr.50", "SEK"), ("¥1,234", ""), ("(5.00", ""), ("5.00)", ""), ("(-5.00)", ""),
        ("-5.00-", ""), ("5.00 owed", ""), ("FEE 5.00", ""), ("max 5", ""), ("$", "USD"), ("EUR", "EUR"),
        ("$5.00 $5.00", "USD"), ("5 EUR 50", "EUR"), ("EUR  5.00", "EUR"), ("12.50 e", "EUR"),
    ],
)  # fmt: skip
def test_nothing_is_guessed_of_an_amount_or_between_two_currencies(text, currency):
    assert read_amount(text, currency) is None


@pytest.mark.parametrize(
    ("fields", "currency", "amount"),
    [
        ("BHEUR|BV12.50|", "EUR", "12.50"),
        ("BV12.50 EUR|", "EUR", "12.50"),
        ("BV€12.50|", "EUR", "12.50"),
        ("BV$12.50|", "", "12.50"),  # which dollars, nobody says
        ("BHCAD|BV$12.50|", "CAD", "12.50"),
        ("BHEUR|BV12.50 USD|", "EUR", None),
        ("BV12.50|", "", "12.50"),
    ],
)
def test_bh_says_the_currency_or_else_the_amount_itself(fields, currency, amount):
    loan = decode(f"120NNN{DATE}AOlib|AA1|AB2|AJ|AH|{fields}")
    assert loan.fee_amount.currency == currency
    assert loan.fee_amount.value == (amount and Decimal(amount))
    assert loan.fee_amount.raw == fields.partition("BV")[2][:-1]


@given(st.text(max_size=20) | st.text(alphabet="0123456789.,- $(E)", max_size=12))
def test_no_text_is_too_odd_to_read(text):
    amount = read_amount(text)
    assert amount is None or amount.is_finite()


@given(st.decimals(0, 10**7, places=2), st.sampled_from([",.", ".,", " ,", "\u00a0.", "'."]))
def test_any_amount_is_read_in_every_way_of_writing_it(amount, marks):
    group, point = marks
    written = f"{amount:,.2f}".translate({ord(","): group, ord("."): point})
    assert read_amount(written) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [("5", "EUR", "5.00"), ("5.5", "USD", "5.50"), ("1.25", "KWD", "1.250"), ("300", "JPY", "300"),
     ("300.00", "JPY", "300"), ("5", "", "5.00")],
)  # fmt: skip
def test_an_amount_has_as_many_digits_as_its_currency(amount, currency, written):
    assert str(in_currency(Decimal(amount), currency)) == written


@pytest.mark.parametrize(
    ("amount", "currency"), [("5.005", "EUR"), ("0.5", "JPY"), ("NaN", "EUR"), ("Infinity", "EUR")]
)
def test_nobody_pays_a_part_of_a_cent(amount, currency):
    with pytest.raises(EncodeError) as caught:
        in_currency(Decimal(amount), currency)
    assert caught.value.field == "BV"
