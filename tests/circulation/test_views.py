"""Views of one state after another: rows stay the very same while nothing about them changes. (That such a
view equals the one that is made from nothing is watched in every story: `watch.Watch`.)"""

import weakref

from kiosk.circulation.answers import Lent
from kiosk.circulation.intents import Do
from kiosk.circulation.show import Views
from kiosk.circulation.views import LoanView, RowView, View
from tests.circulation.story import kiosk


def listed(view: View) -> dict[str, RowView]:
    assert isinstance(view.screen, LoanView)
    return {row.key: row for row in view.screen.rows}


def test_a_row_about_which_nothing_changed_is_the_very_same_in_the_next_view() -> None:
    views, story = Views(), kiosk().card().put("A1", "A2").flush()
    before = listed(views.of(story.state))

    story.lends("A1")

    after = listed(views.of(story.state))
    assert after["A2"] is before["A2"]
    assert after["A1"] != before["A1"]


def test_a_book_that_is_lifted_has_another_row_at_once() -> None:
    views, story = Views(), kiosk().card().put("A1", "A2").flush()
    views.of(story.state)

    story.lift("A1")

    after = listed(views.of(story.state))
    assert (after["A1"].on_pad, after["A2"].on_pad) == (False, True)


def test_the_header_follows_language_and_patron() -> None:
    views, story = Views(), kiosk().card(name="Anna Kern")
    assert views.of(story.state).header.patron == "Anna K."

    story.press(Do.TEXT_SIZE)
    assert views.of(story.state).header.text_size == 130

    story.press(Do.FINISH, Do.FINISH)
    assert views.of(story.state).header.patron == ""


def test_nothing_of_a_session_is_kept_when_the_next_one_is_shown() -> None:
    views, story = Views(), kiosk().card().put("A1").flush()
    story.answers("A1", Lent(release=True, title="A secret reading")).flush().proves("A1")
    row = weakref.ref(listed(views.of(story.state))["A1"])
    assert row() is not None, "the next view would make it anew"

    story.press(Do.FINISH).flush().press(Do.FINISH).flush()
    views.of(story.state)

    assert row() is None
