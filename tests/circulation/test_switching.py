"""What circulation makes of the security switch: which outcomes are proof, and what the others mean."""

import pytest

from kiosk.circulation.answers import Lent, Returned
from kiosk.circulation.effects import SwitchTag
from kiosk.circulation.facts import ItemNeedsStaff, ItemSafe
from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import AfiSeen
from kiosk.circulation.sagas import switch_wanted
from kiosk.circulation.values import (
    AFI_ON_LOAN,
    Device,
    ItemKey,
    ItemTag,
    Media,
    Security,
    SeenTag,
    Switched,
)
from tests.circulation.story import Story, book, kiosk, part, uid


def lent(*names: str) -> Story:
    return kiosk().card().put(*names).flush().lends(*names)


def returning(name: str = "A1") -> Story:
    return kiosk().press(Do.RETURN).put(book(name, AFI_ON_LOAN)).flush().takes_back(name)


# ---- what proves it -------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", list(Switched))
def test_only_its_own_outcomes_prove_a_loan(outcome: Switched) -> None:
    safe = lent("A1").switched("A1", outcome).row("A1").state == "safe"
    assert safe is (outcome in {Switched.RELEASED, Switched.NOT_NEEDED})


@pytest.mark.parametrize("outcome", list(Switched))
def test_only_its_own_outcomes_prove_a_return(outcome: Switched) -> None:
    back = returning().switched("A1", outcome).row("A1").state == "returned"
    assert back is (outcome in {Switched.SECURED, Switched.NOT_NEEDED})


def test_a_proof_that_nobody_asked_for_proves_nothing() -> None:
    story = kiosk().card().put("A1").flush()
    assert story.switched("A1", Switched.RELEASED, AFI_ON_LOAN).row("A1").state == "asking"
    story.lends("A1").switched("A2", Switched.RELEASED)
    assert story.row("A1").state == "lent"


# ---- what refuses ---------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Switched.PROTECTED, Switched.FAILED])
def test_one_part_that_fails_leaves_the_whole_set_to_staff(outcome: Switched) -> None:
    parts = [part("S", number, 3) for number in (1, 2, 3)]
    story = kiosk().card().put(*parts).flush().lends("S")
    story.switched(parts[0], Switched.RELEASED).switched(parts[1], outcome).switched(
        parts[2], Switched.RELEASED
    )
    why = Reason.TAG_PROTECTED if outcome is Switched.PROTECTED else Reason.TAG_NOT_WRITTEN
    assert (story.row("S").state, story.row("S").reason) == ("attention", why)
    assert ItemNeedsStaff(ItemKey("S"), why) in story.facts
    assert ItemSafe(ItemKey("S")) not in story.facts
    assert story.press(Do.FINISH).screen.attention == 1
    assert story.flush().open_on_disk() == ["S"]


def test_one_part_that_fails_leaves_a_set_that_came_back_to_staff() -> None:
    parts = [part("S", number, 2, AFI_ON_LOAN) for number in (1, 2)]
    story = kiosk().press(Do.RETURN).put(*parts).flush().takes_back("S")
    story.switched(parts[0], Switched.PROTECTED).switched(parts[1], Switched.SECURED)
    assert (story.row("S").state, story.row("S").reason) == ("attention", Reason.TAG_PROTECTED)


def test_a_tag_that_left_is_switched_when_it_is_back() -> None:
    story = lent("A1").lift("A1").switched("A1", Switched.LEFT).wait(5)
    assert story.written == [uid("A1")]
    assert story.put("A1").written == [uid("A1")] * 2


# ---- what else tells that a tag is as it should be ------------------------------------------


def eas_book(name: str, security: Security) -> SeenTag:
    """A book that EAS secures: its AFI says nothing."""
    return SeenTag(uid(name), 0, ItemTag(ItemKey(name)), security)


def test_a_book_of_the_patron_is_looked_at_where_no_afi_tells() -> None:
    story = kiosk().card(charged=("A1",)).put(eas_book("A1", Security.UNKNOWN))
    assert story.looked_at == [uid("A1")]
    assert story.row("A1").state == "asking"
    story.tag_says("A1", AFI_ON_LOAN)
    assert story.row("A1").state == "safe"


def test_a_book_of_the_patron_that_is_known_to_be_armed_goes_to_staff_at_once() -> None:
    story = kiosk().card(charged=("A1",)).put(eas_book("A1", Security.ARMED))
    assert story.looked_at == []
    assert (story.row("A1").state, story.row("A1").reason) == ("attention", Reason.ALREADY_YOURS)


def test_an_afi_that_is_told_in_passing_unsays_no_proof() -> None:
    story = lent("A1").switched("A1", Switched.RELEASED)  # by EAS alone: its AFI was never read
    story.tell(AfiSeen(uid("A1"), 0x07))
    assert story.state.pad[uid("A1")].tag.security is Security.RELEASED
    assert story.state.pad[uid("A1")].tag.afi == 0x07  # and the rows of the journal have it


# ---- what is switched -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on_tag", "said", "chosen"),
    [
        (Media.UNKNOWN, Media.CD, Media.CD),
        (Media.DVD, Media.CD, Media.DVD),
        (Media.BOOK, Media.UNKNOWN, Media.BOOK),
        (Media.UNKNOWN, Media.UNKNOWN, Media.UNKNOWN),
    ],
)
def test_the_tag_says_what_an_item_is_made_of_or_else_the_ils(
    on_tag: Media, said: Media, chosen: Media
) -> None:
    tag = SeenTag(uid("A1"), 7, ItemTag(ItemKey("A1"), media=on_tag), Security.ARMED)
    story = kiosk().card().put(tag).flush().answers("A1", Lent(release=True, media=said)).flush()
    assert [effect.media for effect in story.all(SwitchTag)] == [chosen]
    back = kiosk().press(Do.RETURN).put(tag).flush().says_of("A1", Returned(media=said)).flush()
    assert [effect.media for effect in back.all(SwitchTag)] == [chosen]


def test_what_the_ils_said_of_it_is_remembered_over_a_power_cut() -> None:
    """Or else a CD would be called safe by its AFI, and the gate rings for its EAS bit."""
    before = kiosk().card().put("A1").flush().answers("A1", Lent(release=True, media=Media.CD)).flush()
    story = before.power_cut().began().put("A1").settles("A1", Lent(release=True)).flush()
    assert [effect.media for effect in story.all(SwitchTag)] == [Media.CD]
    before = kiosk().press(Do.RETURN).put(book("A1", AFI_ON_LOAN)).flush()
    before.says_of("A1", Returned(media=Media.CD)).flush()
    story = before.power_cut().began().put(book("A1", AFI_ON_LOAN)).settles_return("A1", Returned()).flush()
    assert [effect.media for effect in story.all(SwitchTag)] == [Media.CD]


def test_a_switch_is_wanted_no_more_once_the_visit_is_over_and_its_tag_has_gone() -> None:
    story = lent("A1")
    assert switch_wanted(story.state, uid("A1"))
    assert not switch_wanted(story.state, uid("A2"))
    story.lift("A1").press(Do.FINISH).wait(80)
    assert uid("A1") in story.state.air  # the switch has not answered yet
    assert not switch_wanted(story.state, uid("A1"))
    story.press(Do.RETURN).put(book("A1")).flush().takes_back("A1")
    assert not switch_wanted(story.state, uid("A1"))
    story.switched("A1", Switched.LEFT)
    assert [effect.armed for effect in story.all(SwitchTag)] == [False, True]
    assert switch_wanted(story.state, uid("A1"))


def test_a_switch_is_not_wanted_when_nothing_is_under_way() -> None:
    story = lent("A1").proves("A1")
    assert not switch_wanted(story.state, uid("A1"))
    assert not switch_wanted(story.missing(Device.PAD).state, uid("A1"))
