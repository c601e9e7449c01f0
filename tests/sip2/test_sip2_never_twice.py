"""A checkout is sent once. Whatever the far side does, the story of each test says how it ends."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.sip2 import (
    Done,
    EncodeError,
    LinkDown,
    LinkGarbled,
    LinkSilent,
    NotSent,
    NotSupported,
    Profile,
    Refused,
    Unknown,
    Untrusted,
)
from tests.sip2.lending_story import NO, YES, Story, checkout
from tests.sip2.scripted import in_turn, sealed, silent


@pytest.fixture
def story() -> Story:
    return Story()


def test_yes_and_no(story):
    story.acs.on["11"] = in_turn(lambda f, w: w.answer(f, YES), lambda f, w: w.answer(f, NO))

    async def tale():
        return await story.lend(), await story.lend()

    yes, no = story.play(tale)
    assert isinstance(yes, Done)
    assert isinstance(no, Refused)
    assert no.answer.screen_messages == (Untrusted("On hold"),)
    assert [frame[-9:-6] for frame in story.acs.frames] == ["AY0", "AY1", "AY2", "AY3"]
    assert len(story.acs.wires) == 1


def test_sequence_numbers_wrap_behind_nine(story):
    story.acs.on["11"] = lambda f, w: w.answer(f, YES)

    async def tale():
        for _ in range(9):
            await story.lend()

    story.play(tale)
    assert [frame[-7] for frame in story.acs.frames] == list("01234567890")


def test_silence_then_97_brings_the_lost_answer(story):
    last = []
    story.acs.on["11"] = lambda f, w: last.append(sealed(f, YES))
    story.acs.on["97"] = lambda f, w: w.say(last[0] + b"\r")
    outcome = story.play(story.lend)
    assert isinstance(outcome, Done)
    assert len(story.acs.sent("11")) == 1
    assert story.acs.sent("97") == ["97AZFEF5"]
    assert story.late == [10.0]


def test_silence_then_nothing_is_unknown_and_the_connection_is_closed(story):
    story.acs.on["11"] = silent

    async def tale():
        outcome = await story.lend()
        assert not story.client.connected
        return outcome

    outcome = story.play(tale)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, LinkSilent)
    assert len(story.acs.sent("11")) == len(story.acs.sent("97")) == 1
    assert story.late == [10.0]
    assert story.took == 20.0
    assert story.acs.wires[0].closed


def test_a_late_original_and_its_replay_are_both_drained(story):
    """The answer comes 11 s late, behind it the replay that the 97 asked for; then another item."""
    first = []

    def slow(frame, wire):
        first.append(sealed(frame, YES))
        wire.say(first[0] + b"\r", after=11.0)

    other = YES.replace("39000001", "39000002")
    story.acs.on["11"] = in_turn(slow, lambda f, w: w.answer(f, other))
    story.acs.on["97"] = lambda f, w: w.say(first[0] + b"\r", after=1.0001)

    async def tale():
        return await story.lend(), await story.lend("39000002")

    one, two = story.play(tale)
    assert one.answer.item == "39000001"
    assert two.answer.item == "39000002"
    assert len(story.acs.sent("11")) == 2
    assert len(story.acs.wires) == 1


def test_a_replay_that_stays_away_costs_the_connection(story):
    """It might still come; and one that is numbered wrongly would be the next message's answer."""
    first = []

    def slow(frame, wire):
        wire.answer(frame, YES, after=10.5)
        first.append(frame)

    def forged(frame, wire):
        next_number = (int(chr(first[0][-7])) + 1) % 10
        wire.say(sealed(b"AY%dAZ0000" % next_number, NO) + b"\r", after=4.0)

    story.acs.on["11"] = in_turn(slow, lambda f, w: w.answer(f, YES, after=5.0))
    story.acs.on["97"] = forged

    async def tale():
        return await story.lend(), await story.lend()

    one, two = story.play(tale)
    assert isinstance(one, Done)
    assert isinstance(two, Done)
    assert len(story.acs.wires) == 2


def test_drained_or_not_the_same_item_is_asked_for_on_a_fresh_connection(story):
    """Were the answer to come a third time, nothing could tell it from that of the second message."""
    first = []

    def slow(frame, wire):
        first.append(sealed(frame, YES))
        wire.say(first[0] + b"\r", after=11.0)

    story.acs.on["11"] = in_turn(slow, lambda f, w: w.answer(f, NO))
    story.acs.on["97"] = lambda f, w: w.say(first[0] + b"\r", after=1.0001)

    async def tale():
        return await story.lend(), await story.lend()

    one, two = story.play(tale)
    assert isinstance(one, Done)
    assert isinstance(two, Refused)
    assert len(story.acs.wires) == 2


def test_an_ils_that_goes_off_line_is_told_nothing_more(story):
    def off_line(frame, wire):
        wire.answer(frame, story.acs.status.replace("98Y", "98N"))

    story.acs.on["11"] = off_line

    async def tale():
        first = await story.lend()
        story.acs.status = story.acs.status.replace("98Y", "98N")
        return first, await story.client.change(checkout(), lambda: None)

    first, second = story.play(tale)
    assert isinstance(first, Unknown)
    assert isinstance(second, NotSent)
    assert len(story.acs.sent("11")) == 1


def test_an_answer_to_another_question_is_passed_over(story):
    def wrong_then_right(frame, wire):
        wire.say(sealed(b"AY0AZ0000", NO) + b"\r" + sealed(frame, YES) + b"\r")

    story.acs.on["11"] = wrong_then_right
    assert isinstance(story.play(story.lend), Done)
    assert story.acs.sent("97") == []


@pytest.mark.parametrize(
    "garbage",
    [b"\x00\xff\x13garbage\r", b"half\rof\nnothing\r", b"121NNY2027\r", b"12" + b"x" * 70000 + b"\r",
     YES.encode() + b"AY2AZ0000\r", YES.encode() + b"\r", YES.encode()[:60]],
    ids=["noise", "lines", "torn", "endless", "bad checksum", "no checksum", "half"],
)  # fmt: skip
def test_garbage_for_an_answer_is_asked_for_again_by_97_only(story, garbage):
    last = []

    def garbled(frame, wire):
        last.append(sealed(frame, YES))
        wire.say(garbage)

    story.acs.on["11"] = garbled
    story.acs.on["97"] = lambda f, w: w.say(last[0] + b"\r")
    assert isinstance(story.play(story.lend), Done)
    assert len(story.acs.sent("11")) == len(story.acs.sent("97")) == 1


def test_nothing_but_garbage_is_unknown(story):
    story.acs.on["11"] = story.acs.on["97"] = lambda f, w: w.say(b"#!?\r")
    outcome = story.play(story.lend)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, LinkGarbled)
    assert len(story.acs.sent("11")) == 1
    assert story.took < 5


def test_an_acs_that_takes_long_to_connect_again_is_waited_for_and_whoever_waits_is_told(story):
    """Of the message nothing was understood; so there is no hurry to give it up."""

    def slow_from_now_on(frame, wire):
        wire.say(b"96AZFEF6\r", after=7.0)
        story.acs.open_takes = 2.9

    story.acs.on["11"] = in_turn(slow_from_now_on, lambda f, w: w.answer(f, YES, after=1.0))
    assert isinstance(story.play(story.lend), Done)
    assert story.late == [10.0]
    assert story.took == pytest.approx(10.9)


def test_no_resend_when_the_answer_is_overdue_meanwhile(story):
    def slow_from_now_on(frame, wire):
        wire.say(b"96AZFEF6\r", after=7.0)
        story.acs.open_takes = 3.1

    story.acs.on["11"] = slow_from_now_on
    assert isinstance(story.play(story.lend), Unknown)
    assert len(story.acs.sent("11")) == 1
    assert story.took == pytest.approx(10.0)


def test_the_number_is_that_of_the_first_time(story):
    story.acs.on["11"] = in_turn(
        lambda f, w: w.say(b"96AZFEF6\r"), lambda f, w: w.answer(f, YES), lambda f, w: w.answer(f, NO), silent
    )

    async def tale():
        return [await story.lend() for _ in range(3)]

    one, two, three = story.play(tale)
    assert (type(one), type(two), type(three)) == (Done, Refused, Unknown)
    assert [one.sequence, two.sequence, three.sequence] == [2, 3, 4]
    assert [frame[-7] for frame in story.acs.sent("11")] == list("2234")


def test_a_status_in_place_of_the_answer_is_taken_over_and_the_answer_asked_for(story):
    last = []

    def status_first(frame, wire):
        last.append(sealed(frame, YES))
        wire.answer(frame, story.acs.status.replace("010003", "200003"))

    story.acs.on["11"] = status_first
    story.acs.on["97"] = lambda f, w: w.say(last[0] + b"\r")

    async def tale():
        outcome = await story.lend()
        assert story.client.status.timeout_tenths == 200
        return outcome

    assert isinstance(story.play(tale), Done)
    assert len(story.acs.sent("11")) == 1


def test_dropped_after_it_was_sent_is_unknown(story):
    story.acs.on["11"] = lambda f, w: w.hang_up()
    outcome = story.play(story.lend)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, LinkDown)
    assert story.took < 1
    assert len(story.acs.sent("11")) == 1


def test_a_wire_that_breaks_while_sending_is_unknown(story):
    async def tale():
        await story.client.connect()
        story.acs.wires[0].gone = True  # but nobody has told us yet
        return await story.lend()

    assert isinstance(story.play(tale), Unknown)


def test_dropped_before_anything_was_sent_is_sent_on_a_new_connection(story):
    story.acs.on["11"] = lambda f, w: w.answer(f, YES)

    async def tale():
        await story.client.connect()
        story.acs.wires[0].hang_up()
        return await story.lend()

    assert isinstance(story.play(tale), Done)
    assert len(story.acs.wires) == 2
    assert len(story.acs.sent("11")) == 1


def test_no_connection_to_be_had_is_not_sent_and_quickly(story):
    async def tale():
        await story.client.connect()
        story.acs.unplug()
        outcome = await story.client.change(checkout(), lambda: None)
        story.took = asyncio.get_running_loop().time()
        return outcome

    outcome = story.play(tale)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.why, LinkDown)
    assert story.took < 1
    assert story.acs.sent("11") == []


def test_an_ils_that_takes_long_to_connect_keeps_nobody_waiting(story):
    story.acs.open_takes = 4.0

    async def tale():
        outcome = await story.client.change(checkout(), lambda: None)
        story.took = asyncio.get_running_loop().time()
        return outcome

    assert isinstance(story.play(tale), NotSent)
    assert story.took == 1.0


def test_what_98_forbids_is_not_sent(story):
    story.acs.status = story.acs.status.replace("BXYY", "BXYN")
    outcome = story.play(story.lend)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.why, NotSupported)


def test_no_97_where_98_says_that_there_is_none(story):
    story.acs.status = story.acs.status.replace("BXYYYYYY", "BXYYYYYN")
    story.acs.on["11"] = lambda f, w: w.answer(f, YES, after=15.0)
    assert isinstance(story.play(story.lend), Done)
    assert story.acs.sent("97") == []
    assert story.late == [10.0]


def test_no_97_where_the_profile_says_that_there_is_none():
    story = Story(Profile(recall=False))
    story.acs.on["11"] = lambda f, w: w.answer(f, YES, after=15.0)
    assert isinstance(story.play(story.lend), Done)
    assert story.acs.sent("97") == []


@pytest.mark.parametrize("bx", ["", "BXY|", "BXYU??|"])
def test_a_bx_that_does_not_speak_of_it_forbids_nothing(story, bx):
    story.acs.status = story.acs.status.replace(f"BX{'Y' * 16}|", bx)
    story.acs.on["11"] = lambda f, w: w.answer(f, YES)
    assert isinstance(story.play(story.lend), Done)


def test_a_status_before_the_login():
    story = Story(Profile(status_before_login=True))
    story.play(story.client.connect)
    assert [frame[:2] for frame in story.acs.frames] == ["99", "93", "99"]


@pytest.mark.parametrize(("advertised", "wait"), [("005", 10.0), ("120", 12.0), ("600", 30.0), ("999", 10.0)])
def test_the_advertised_time_out_counts_within_bounds(story, advertised, wait):
    story.acs.status = story.acs.status.replace("010003", f"{advertised}003")
    asked = {}
    story.acs.on["11"] = lambda f, w: asked.setdefault("11", asyncio.get_running_loop().time())
    story.acs.on["97"] = lambda f, w: asked.setdefault("97", asyncio.get_running_loop().time())
    story.play(story.lend)
    assert asked["97"] - asked["11"] == pytest.approx(wait)
    assert story.late == [10.0]  # whoever waits is told, however long the ACS may take


def test_an_acs_that_takes_the_minute_that_it_asks_for_is_heard_out(story):
    story.acs.status = story.acs.status.replace("010003", "600003")
    story.acs.on["11"] = lambda f, w: w.answer(f, YES, after=58.0)
    story.acs.on["97"] = silent
    assert isinstance(story.play(story.lend), Done)
    assert story.late == [10.0]
    assert len(story.acs.sent("11")) == 1


@pytest.mark.parametrize("item", ["39|AO", "39\r11", "39\x00", "é\n"])
def test_a_poisoned_item_id_never_leaves_and_costs_nothing(story, item):
    story.acs.on["11"] = lambda f, w: w.answer(f, YES)

    async def tale():
        with pytest.raises(EncodeError):
            await story.lend(item)
        return await story.lend()

    assert isinstance(story.play(tale), Done)
    assert story.acs.sent("11")[0][-7] == "2"


def test_a_cancelled_checkout_does_not_leave_its_answer_to_the_next(story):
    story.acs.on["11"] = in_turn(
        lambda f, w: w.answer(f, YES, after=3.0), lambda f, w: w.answer(f, NO, after=3.0)
    )

    async def tale():
        await story.client.connect()
        task = asyncio.ensure_future(story.lend())
        await asyncio.sleep(1.0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await story.lend()

    assert isinstance(story.play(tale), Refused)
    assert len(story.acs.wires) == 2
