"""One catalogue of reasons: words for patrons and for staff in every language, an icon, a sound, a code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.circulation.reasons import CATALOGUE, PRIVATE, Reason, Sound
from kiosk.circulation.values import Condition
from kiosk.maintenance.codes import PREFIXES, support_code
from kiosk.words import Words, languages

PROJECT = Path(__file__).resolve().parent.parent.parent
ICONS = set(re.findall(r'<symbol id="([a-z]+)"', (PROJECT / "kiosk/screens/icons.svg").read_text("utf-8")))
SUPPORT = (PROJECT / "docs" / "support.md").read_text(encoding="utf-8")

FAMILIES = {"K-PAT", "K-ITM", "K-PAY", "K-TAG"}


@pytest.fixture(scope="module", params=languages())
def words(request: pytest.FixtureRequest) -> Words:
    return Words(request.param)


def test_every_reason_is_in_the_catalogue_with_an_icon_that_there_is():
    assert CATALOGUE.keys() == set(Reason)
    assert {entry.icon for entry in CATALOGUE.values()} <= ICONS
    assert all(isinstance(entry.sound, Sound) for entry in CATALOGUE.values())


def test_no_code_means_two_things():
    codes = [entry.code for entry in CATALOGUE.values()]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"K-[A-Z]{3}-\d{3}", code) for code in codes)
    assert {code[:5] for code in codes} == FAMILIES | set(PREFIXES.values())
    assert not any(code.endswith(("000", "099")) for code in codes)


def test_codes_that_were_given_out_stay():
    given = {
        Reason.CARD_LOST: "K-PAT-003",
        Reason.TOO_MANY_BILLED: "K-PAT-013",
        Reason.PIN_TOO_MANY: "K-PAT-018",
        Reason.ITEM_REFUSED: "K-ITM-002",
        Reason.HOLD_LIMIT: "K-ITM-035",
        Reason.NOT_BOOKED: "K-PAY-004",
        Reason.CODE_BAD: "K-TAG-009",
    }
    assert {reason: CATALOGUE[reason].code for reason in given} == given


def test_a_device_s_code_is_the_catalogue_s():
    for device, prefix in PREFIXES.items():
        for reason, entry in CATALOGUE.items():
            if entry.code.startswith(prefix):
                assert support_code(device, Condition.MISSING, reason) == entry.code


def test_the_families_of_codes_are_explained():
    assert all(f"`{family}`" in SUPPORT for family in FAMILIES)


def test_every_reason_has_words_for_patrons_and_a_hint_for_staff(words: Words):
    for reason in Reason:
        patron, staff = words.reason(reason), words.hint(reason)
        assert patron, reason
        assert staff, reason
        assert patron.strip() == patron
        assert patron.endswith((".", "؟", "?")), reason


def test_what_a_patron_reads_fits_a_row(words: Words):
    for reason in Reason:
        if CATALOGUE[reason].code[:5] in {"K-PAT", "K-ITM"} and reason is not Reason.PIN_TOO_MANY:
            assert len(words.reason(reason)) <= 48, reason


def test_conditions_of_a_patron_have_neutral_words(words: Words):
    # Others may read over the patron's shoulder.
    for reason in PRIVATE:
        said = words.reason(reason).casefold()
        for word in (
            "block", "lost", "fee", "fine", "owe", "overdue", "expired", "bill", "claim",
            "gesperrt", "verloren", "gebühr", "überfällig", "mahn", "rechnung", "abgelaufen",
            "محظور", "غرام", "رسوم", "متأخر", "مفقود", "فاتور", "منته",
        ):  # fmt: skip
            assert word not in said, reason


def test_no_hint_is_said_to_patrons():
    english = Words("en")
    patron = {english.reason(reason) for reason in Reason}
    assert not patron & {english.hint(reason) for reason in Reason}
