"""A patron's lists, from ACS that page as they like."""

from __future__ import annotations

from datetime import datetime

import pytest

from kiosk.sip2 import (
    PatronInformation,
    PatronInformationResponse,
    Profile,
    Summary,
    Untrusted,
    charged_list,
    decode,
    encode,
    patron_list,
)
from tests.sip2.lending_story import Story
from tests.sip2.scripted import DATE

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001
WHO = PatronInformation(date=NOON, institution="lib", patron="21000001")
IDS = {
    Summary.HOLD: "AS", Summary.OVERDUE: "AT", Summary.CHARGED: "AU", Summary.FINE: "AV",
    Summary.RECALL: "BU", Summary.UNAVAILABLE_HOLD: "CD",
}  # fmt: skip


def acs_with(entries, window, *, count=None, profile=None):
    """A story whose ACS has these entries in every list; `window(start, end)` are those it sends."""
    story = Story(profile)

    def answer(frame, wire):
        asked = decode(frame.decode())
        assert isinstance(asked, PatronInformation)
        assert asked.summary is not None
        sent = window(entries, asked.start, asked.end)
        counts = ["0000"] * 6
        counts[asked.summary] = f"{len(entries) if count is None else count:04}"
        listed = "".join(f"{IDS[asked.summary]}{entry}|" for entry in sent)
        wire.answer(frame, f"64{' ' * 14}001{DATE}{''.join(counts)}AOlib|AA21000001|AEAnna|{listed}")

    story.acs.on["63"] = answer
    return story


def in_pages_of_two(entries, start, end):
    return entries[:2] if start is None else entries[start - 1 : end]


def off_by_one(entries, start, end):
    return entries[:2] if start is None else entries[max(0, start - 2) : end]


def everything(entries, start, end):
    return entries


def filled_up(entries, start, end):
    return [*entries[:2], "", ""] if start is None else [*entries[start - 1 : end], "", "", ""]


def windows_asked(story):
    return [frame for frame in story.acs.sent("63") if "|BP" in frame]


@pytest.mark.parametrize("window", [in_pages_of_two, off_by_one, everything, filled_up])
@pytest.mark.parametrize("summary", [one for one in Summary if one is not Summary.FINE])
def test_every_list_is_whole_however_it_is_paged(summary, window):
    items = [f"3900000{number}" for number in range(1, 6)]
    story = acs_with(items, window)
    listed = story.play(lambda: patron_list(story.client, WHO, summary))
    assert listed.entries == tuple(items)
    assert listed.complete
    assert all(frame[23:33].index("Y") == summary for frame in story.acs.sent("63"))
    assert bool(windows_asked(story)) == (window is not everything)


def test_where_windows_must_not_be_sent_a_list_may_be_incomplete():
    story = acs_with(["1", "2", "3"], in_pages_of_two, profile=Profile(paging="none"))
    listed = story.play(lambda: charged_list(story.client, WHO))
    assert (listed.entries, listed.complete) == (("1", "2"), False)
    assert not windows_asked(story)


def test_a_page_that_brings_nothing_new_is_the_end():
    story = acs_with(["1", "2"], lambda entries, start, end: entries, count=7)
    listed = story.play(lambda: charged_list(story.client, WHO))
    assert (listed.entries, listed.complete) == (("1", "2"), False)
    assert len(windows_asked(story)) == 1


def test_two_fines_with_the_same_words_are_two_fines():
    story = acs_with(["2.00 overdue", "2.00 overdue", "5.00 lost", " "], everything, count=3)
    listed = story.play(lambda: patron_list(story.client, WHO, Summary.FINE))
    assert listed.entries == ("2.00 overdue", "2.00 overdue", "5.00 lost")
    assert listed.complete


def test_the_six_lists_of_a_64():
    lists = "".join(f"{id_}{id_.lower()}1|{id_}{id_.lower()}2|" for id_ in IDS.values())
    text = f"64{' ' * 14}001{DATE}{'0002' * 6}AOlib|AA21000001|AEAnna|{lists}"
    answer = decode(text)
    assert isinstance(answer, PatronInformationResponse)
    assert (answer.hold_items, answer.overdue_items) == (("as1", "as2"), ("at1", "at2"))
    assert (answer.charged_items, answer.recall_items) == (("au1", "au2"), ("bu1", "bu2"))
    assert answer.unavailable_hold_items == ("cd1", "cd2")
    assert answer.fine_items == (Untrusted("av1"), Untrusted("av2"))
    assert encode(answer) == text
