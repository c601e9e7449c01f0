"""What stands on paper: in any script, legible, and never a name or a whole number."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from kiosk.circulation.values import Alert, Due, Money, PaperKind, PaperLine, Payment, Untrusted
from kiosk.receipts import Composer
from kiosk.typeset import Direction, Style, Typesetter
from kiosk.words import languages
from tests.receipts.papers import ARABIC, CHINESE, LATIN, TITLES, line, loans, plain, slip

WIDTHS = (576, 384)


@pytest.fixture(scope="module")
def typesetter(tmp_path_factory: pytest.TempPathFactory) -> Typesetter:
    return Typesetter(tmp_path_factory.mktemp("fonts"))


@pytest.fixture(params=WIDTHS)
def composer(request, typesetter) -> Composer:
    return Composer(typesetter, request.param)


def black(dots):
    return sum(byte.bit_count() for byte in dots.bits)


def spans(dots):
    """For each row with ink, its first and its last black dot."""
    image = dots.image().convert("L").point(lambda grey: 255 - grey)
    rows = (image.crop((0, y, dots.width, y + 1)).getbbox() for y in range(dots.height))
    return {y: (box[0], box[2] - 1) for y, box in enumerate(rows) if box}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("kind", PaperKind)
def test_every_paper_in_every_language_fits_and_has_ink(composer, kind, language):
    paper = plain(kind, line(), line(ARABIC, alert=Alert.HOLD_HERE, bin="B7"), language=language)
    dots = composer.compose(paper)
    assert dots.width in WIDTHS
    assert len(dots.bits) == dots.width // 8 * dots.height
    assert 200 < dots.height < 2500
    assert 0.01 < black(dots) / (dots.width * dots.height) < 0.5


@pytest.mark.parametrize("script", TITLES)
def test_titles_are_no_tofu(composer, typesetter, script):
    title = TITLES[script]
    layout = typesetter._layout(title, Style(31, 600), None, None, Direction.AUTO, 0)
    assert layout.get_unknown_glyphs_count() == 0
    missing = "\U0010fffd" * len(title)  # a character that no font has
    assert composer.compose(loans(line(title))) != composer.compose(loans(line(missing)))


def test_two_titles_of_a_script_differ(composer):
    assert composer.compose(loans(line("红楼梦"))) != composer.compose(loans(line("西游记")))
    assert composer.compose(loans(line("كليلة"))) != composer.compose(loans(line("ودمنة")))


def test_an_arabic_receipt_begins_at_the_right(composer):
    for language, at_the_left in (("en", True), ("ar", False)):
        # between the two thick lines, which go over the whole width, only text counts
        rows = spans(composer.compose(loans(line(ARABIC), language=language))).values()
        text = [(first, last) for first, last in rows if last - first < composer._width * 0.7]
        left = sum(first < 40 for first, _ in text)
        right = sum(last > composer._width - 40 for _, last in text)
        assert (left > right) is at_the_left


def test_a_title_takes_two_lines_at_most(composer):
    one = composer.compose(loans(line("Short"))).height
    long = composer.compose(loans(line(LATIN * 5))).height
    assert 0 < long - one < 50


def test_without_a_title_the_end_of_the_number_is_printed(composer):
    """And no more of it: the same end gives the same paper."""

    def shown(number):
        return composer.compose(loans(line("", number)))

    assert shown("30000001234") == shown("99999991234")
    assert shown("30000001234") != shown("30000001235")
    assert shown("1234") == shown("9934")
    assert shown("7") == shown("8")
    assert composer.compose(loans(PaperLine("", None))).height > 100


def test_a_due_date_of_every_kind(composer):
    moment = composer.compose(loans(PaperLine(LATIN, None, Due(datetime(2026, 8, 17, 18, 30, tzinfo=UTC)))))
    text = composer.compose(loans(PaperLine(LATIN, None, Due(Untrusted("soon\x1b@\n" * 30)))))
    none = composer.compose(loans(PaperLine(LATIN, None)))
    assert len({moment.bits, text.bits, none.bits}) == 3


def test_what_was_renewed_is_not_called_borrowed(composer):
    borrowed, renewed = line(), line(renewed=True)
    papers = [
        composer.compose(loans(*lines))
        for lines in ((borrowed,), (renewed,), (borrowed, borrowed), (borrowed, renewed), (renewed, renewed))
    ]
    assert len({paper.bits for paper in papers}) == len(papers)
    one, _, two, mixed, _ = papers
    assert mixed.height > two.height > one.height, "a line for each, and a count for each"


def test_see_staff_stands_out(composer):
    plainly = composer.compose(loans(line()))
    marked = composer.compose(loans(line(see_staff=True)))
    assert marked.height > plainly.height + 20
    assert black(marked) > black(plainly) + 2000


FEE = Payment(Money(Decimal("12.40"), "EUR"), "T-0042-118")


@pytest.mark.parametrize("language", languages())
def test_a_payment_stands_on_the_receipt(composer, language):
    without = composer.compose(loans(language=language))
    paid = composer.compose(replace(loans(language=language), payment=FEE))
    alone = composer.compose(replace(plain(PaperKind.LOANS, language=language), payment=FEE))
    assert paid.height > without.height + 60
    assert 100 < alone.height < without.height, "no list of nothing"
    other = replace(FEE, amount=Money(Decimal("12.41"), "EUR"))
    assert composer.compose(replace(loans(language=language), payment=other)) != paid


def test_a_payment_that_is_pending_is_no_proof_of_payment(composer):
    paid = composer.compose(replace(loans(), payment=FEE))
    pending = composer.compose(replace(loans(), payment=replace(FEE, pending=True)))
    assert black(pending) > black(paid) + 5000, "white on black"
    assert pending.height > paid.height


def test_what_the_till_calls_a_payment_cannot_leave_its_line(composer):
    wild = replace(FEE, reference="T\x1b@\n" * 30 + "9" * 300)
    usual = composer.compose(replace(loans(), payment=FEE)).height
    assert composer.compose(replace(loans(), payment=wild)).height < usual + 60


def test_a_bin_number_is_very_large(composer):
    """More than 20 mm: it is read from where the bins stand."""
    rows = spans(composer.compose(slip(sort_bin="8")))
    solid = [y for y, (first, last) in rows.items() if first > 80 and last < composer._width - 80]
    assert len(solid) > 160


@pytest.mark.parametrize("name", ["12", "SHELF-B", "Return shelf on the second floor"])
def test_a_long_bin_name_is_not_cut(composer, name):
    first, last = zip(*spans(composer.compose(slip(sort_bin=name))).values(), strict=True)
    assert min(first) >= 0
    assert max(last) < composer._width


@pytest.mark.parametrize("alert", [*Alert, None])
def test_each_alert_has_a_slip_of_its_own(composer, alert):
    others = {composer.compose(slip(alert=each)).bits for each in Alert if each is not (alert or Alert.OTHER)}
    assert composer.compose(slip(alert=alert)).bits not in others


def test_the_test_page_reaches_the_first_and_the_last_dot(composer):
    dots = composer.compose(plain(PaperKind.TEST))
    assert (0, dots.width - 1) in spans(dots).values()


def test_nothing_of_a_patron_stays_in_the_typesetter(composer, typesetter):
    composer.compose(loans(line(CHINESE)))
    assert not typesetter._kept
