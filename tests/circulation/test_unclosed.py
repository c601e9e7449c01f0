"""A row that closes a saga is written in the end, whatever the disk does: no seal stays for nothing."""

from collections.abc import Callable

import pytest

from kiosk.circulation.answers import Doubt, NotReturned
from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import AFI_ON_LOAN, Device, RowKind
from kiosk.circulation.views import AttractView
from tests.circulation.story import Story, book, kiosk


def returned() -> Story:
    return kiosk().press(Do.RETURN).brings("A1")


def refused() -> Story:
    story = kiosk().press(Do.RETURN).put(book("A1", AFI_ON_LOAN)).flush()
    return story.says_of("A1", NotReturned(Reason.ITEM_UNKNOWN)).flush().arms("A1")


def not_wanted() -> Story:
    return kiosk().card().put("A1").flush().asks_fee("A1").press(Do.NO)


WAYS = (lambda: kiosk().card().borrows("A1"), returned, refused, not_wanted)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("times", [1, 3])
def test_a_closing_row_that_the_disk_refused_is_written_when_it_is_back(
    way: Callable[[], Story], times: int
) -> None:
    story = way()
    states = dict(story.states)
    for _ in range(times):
        assert len(story.pending) == 1
        story.disk_refuses()
        assert story.open_on_disk() == ["A1"]
        assert story.states == states, "nothing changes for the patron"
        story.ready(Device.JOURNAL)
    assert story.flush().open_on_disk() == []
    story.missing(Device.JOURNAL).ready(Device.JOURNAL)
    assert story.pending == [], "once is enough"
    assert story.press(Do.FINISH, Do.FINISH).state.loans == {}


@pytest.mark.parametrize("way", WAYS)
def test_also_when_the_visit_has_ended_before_the_disk_was_back(way: Callable[[], Story]) -> None:
    story = way().press(Do.FINISH, Do.FINISH).disk_refuses()
    assert not isinstance(story.screen, AttractView)
    story.ready(Device.JOURNAL).flush()
    assert isinstance(story.screen, AttractView)
    assert story.open_on_disk() == []
    story.card("p2", "Ben Lo").press(Do.NOT_MINE, Do.FINISH, Do.FINISH).flush()
    assert list(story.state.sagas()) == []


def test_what_staff_were_to_be_told_is_written_when_the_disk_is_back() -> None:
    story = kiosk(settle_tries=1).card().put("A1").flush().answers("A1", Doubt()).settles("A1", Doubt())
    story.disk_refuses().ready(Device.JOURNAL).flush()
    assert [row.payload["reason"] for row in story.disk if row.kind is RowKind.STAFF] == ["outcome-unknown"]
