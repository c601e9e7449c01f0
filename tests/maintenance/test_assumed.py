"""The maintenance screen says how much of an ILS profile nobody has looked at yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.maintenance.intents import EditField
from kiosk.maintenance.views import FieldKind, FieldView, Page
from kiosk.screens.maintenance import sayings
from kiosk.words import Words, languages
from tests.maintenance.staff_story import Staff, story


def test_the_number_follows_the_profile_that_is_chosen() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.goes_to(Page.ILS)
        assert (staff.field("ils.profile").value, staff.field("ils.profile").assumed) == ("standard", 2)
        await staff.press(EditField("ils.profile"))
        assert (staff.field("ils.profile").value, staff.field("ils.profile").assumed) == ("koha", 0)
        assert all(each.assumed == 0 for each in staff.form.fields if each.name != "ils.profile")

    story(tell)


@pytest.mark.parametrize("language", languages())
def test_it_is_shown_and_spoken(language: str) -> None:
    words = Words(language)
    field = FieldView("ils.profile", FieldKind.CHOICE, "eos", choices=("eos", "koha"))
    assert sayings.aside(words, field) == ""
    for number in (1, 2, 3, 14):
        aside = sayings.aside(words, replace(field, assumed=number))
        assert aside
        assert aside.rstrip(".") in sayings.field_spoken(words, replace(field, assumed=number))
    assert sayings.aside(Words("en"), replace(field, assumed=14)) == "14 details of it are only assumed."
