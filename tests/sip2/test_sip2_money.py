"""Amounts as ACS write them: read surely or not at all, and written as their currency wants it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sip2 import EncodeError, in_currency, read_amount


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
        None, "", "   ", "much", "$5.00", "5.00 EUR", "5 00", "1 2 3", "- 5.00",
        "1.234", "1,234", "1.005", "12.34.56", "1,23,456.00",
        "1.234,5,6", "1,2345.00", "1.2345", "5.", "5,-", ".", "-", "+", "--5", "NaN", "Infinity", "1e3",
        "٣.٥", ",123,456.00", "1.234.567.89",
    ],
)  # fmt: skip
def test_what_is_not_sure_is_no_amount(text):
    assert read_amount(text) is None


@given(st.text(max_size=20) | st.text(alphabet="0123456789.,- ", max_size=12))
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
