"""A checkout that was not understood, says the ACS (96): when it is sent again, and when that is too much."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.sip2 import (
    Done,
    LinkDown,
    LinkGarbled,
    NotSent,
    NotSupported,
    Profile,
    Unknown,
)
from tests.sip2.lending_story import IS, NO, WHAT, YES, Story, checkout
from tests.sip2.scripted import DATE, in_turn, sealed, silent


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_sound_96_permits_a_resend_three_times_at_most(story):
    """Each on a connection of its own, where no 96 can be meant for anything else."""
    story.acs.on["11"] = story.acs.on["97"] = lambda f, w: w.say(b"96AZFEF6\r")
    outcome = story.play(story.lend)
    assert isinstance(outcome, Unknown)
    assert len(story.acs.sent("11")) == len(story.acs.wires) == 4
    assert story.took < 1


@pytest.mark.parametrize("resends", [1, 2, 3])
@pytest.mark.parametrize("numbers", [True, False])
def test_a_chain_of_96_and_then_understanding(numbers, resends):
    story = Story(Profile(error_detection=numbers))
    resend = b"96AZFEF6\r" if numbers else b"96\r"
    story.acs.on["11"] = in_turn(*[lambda f, w: w.say(resend)] * resends, lambda f, w: w.answer(f, YES))
    outcome = story.play(story.lend)
    assert isinstance(outcome, Done)
    assert len(story.acs.sent("11")) == 1 + resends
    assert story.late == []


def test_a_96_when_no_other_connection_is_to_be_had_is_unknown(story):
    def last_words(frame, wire):
        wire.say(b"96AZFEF6\r")
        story.acs.reachable = False

    story.acs.on["11"] = last_words
    outcome = story.play(story.lend)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, LinkDown)
    assert len(story.acs.sent("11")) == 1


def test_a_storm_of_96_is_over_at_once(story):
    """Not one answer to each message but a whole storm of them, whatever we say."""
    story.acs.on["11"] = story.acs.on["97"] = lambda f, w: w.say(b"96AZFEF6\r" * 50)
    outcome = story.play(story.lend)
    assert isinstance(outcome, Unknown)
    assert len(story.acs.sent("11")) == 1
    assert story.took < 3


def test_a_storm_of_96_from_the_first_message_on_means_that_nothing_was_sent(story):
    story.acs.on["93"] = lambda f, w: w.say(b"96AZFEF6\r")

    async def tale():
        outcome = await story.client.change(checkout(), lambda: None)
        story.took = asyncio.get_running_loop().time()
        return outcome

    outcome = story.play(tale)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.why, LinkGarbled)
    assert story.acs.sent("11") == []
    assert story.took < 1


def test_a_slow_storm_of_96_buys_no_time(story):
    """Each 96 comes a moment before the answer is overdue."""
    story.acs.on["11"] = lambda f, w: w.say(b"96AZFEF6\r", after=9.9)
    assert isinstance(story.play(story.lend), Unknown)
    assert len(story.acs.sent("11")) == 2
    assert story.late == [10.0]
    assert story.took <= 20.0


def test_a_96_after_the_wait_permits_nothing(story):
    story.acs.status = story.acs.status.replace("BXYYYYYY", "BXYYYYYN")  # no 97 in between either
    story.acs.on["11"] = lambda f, w: w.say(b"96AZFEF6\r", after=12.0)
    assert isinstance(story.play(story.lend), Unknown)
    assert len(story.acs.sent("11")) == 1


@pytest.mark.parametrize(
    "before",
    [
        lambda f, w: w.say(sealed(b"AY0AZ0000", NO) + b"\r"),
        lambda f, w: w.answer(f, NO.replace("120", "300")),
        lambda f, w: w.answer(f, f"98YYYYYN010003{DATE}2.00AOlib|BXYYYYYYYYYYYYYYYY|"),
    ],
    ids=["straggler", "another kind", "status"],
)
def test_a_96_behind_anything_else_permits_nothing(story, before):
    def then_96(frame, wire):
        before(frame, wire)
        wire.say(b"96AZFEF6\r", after=0.1)

    story.acs.on["11"] = then_96
    assert isinstance(story.play(story.lend), Unknown)
    assert len(story.acs.sent("11")) == 1


def test_a_96_that_was_meant_for_the_97_before_permits_nothing(story):
    """The first 12 comes late, so that there was a 97, and its 96 comes when the next 11 is said: which is
    not said on this connection."""
    story.acs.on["11"] = in_turn(
        lambda f, w: w.answer(f, YES, after=10.5), lambda f, w: w.answer(f, YES, after=3.0)
    )
    story.acs.on["97"] = lambda f, w: w.say(b"96AZFEF6\r", after=1.0)

    async def tale():
        return await story.lend(), await story.lend("39000002")

    assert [type(one) for one in story.play(tale)] == [Done, Done]
    assert len(story.acs.sent("11")) == len(story.acs.wires) == 2


def test_a_96_that_comes_twice_permits_only_what_it_permits_once(story):
    """The repetition was understood, and is being executed, when the 96 comes once more."""

    def twice(frame, wire):
        wire.say(b"96AZFEF6\r")
        wire.say(b"96AZFEF6\r", after=1.0)

    story.acs.on["11"] = in_turn(twice, lambda f, w: w.answer(f, YES, after=4.0))
    assert isinstance(story.play(story.lend), Done)
    assert len(story.acs.sent("11")) == 2
    assert story.took == 4.0


def test_a_96_of_a_question_that_comes_twice_permits_nothing(story):
    def twice(frame, wire):
        wire.say(b"96AZFEF6\r")
        wire.say(b"96AZFEF6\r", after=1.0)

    story.acs.on["17"] = in_turn(twice, lambda f, w: w.answer(f, IS))
    story.acs.on["11"] = lambda f, w: w.answer(f, YES, after=2.0)

    async def tale():
        await story.client.ask(WHAT)
        return await story.lend()

    assert isinstance(story.play(tale), Done)
    assert len(story.acs.sent("11")) == 1


def test_a_96_that_was_meant_for_a_question_asked_twice_permits_nothing(story):
    story.acs.on["17"] = in_turn(lambda f, w: w.answer(f, IS, after=5.5), silent)
    story.acs.on["11"] = lambda f, w: w.say(b"96AZFEF6\r", after=0.1)

    async def tale():
        await story.client.ask(WHAT)
        return await story.lend()

    assert isinstance(story.play(tale), Unknown)
    assert len(story.acs.sent("17")) == 2
    assert len(story.acs.sent("11")) == 1


def test_a_link_that_has_misunderstood_a_question_is_made_anew_by_the_next_keep_alive(story):
    story.acs.on["11"] = in_turn(
        lambda f, w: w.say(b"96AZFEF6\r"),
        lambda f, w: w.answer(f, YES),
        lambda f, w: w.say(b"96AZFEF6\r"),
        lambda f, w: w.answer(f, YES),
    )

    async def tale():
        await story.client.ask(WHAT)
        outcomes = [await story.lend()]  # on the same connection
        await story.client.ask(WHAT)
        await story.client.keep_alive()
        return *outcomes, await story.lend(), await story.lend()

    story.acs.on["17"] = in_turn(*[lambda f, w: w.say(b"96AZFEF6\r"), lambda f, w: w.answer(f, IS)] * 2)
    one, two, three = story.play(tale)
    assert (type(one), type(two), type(three)) == (Unknown, Done, Done)
    assert len(story.acs.sent("11")) == 1 + 1 + 2


def test_a_96_and_then_understanding(story):
    story.acs.on["11"] = in_turn(lambda f, w: w.say(b"96AZFEF6\r"), lambda f, w: w.answer(f, YES))
    assert isinstance(story.play(story.lend), Done)
    assert len(story.acs.sent("11")) == 2


def test_a_bare_96_says_unsupported_and_permits_nothing(story):
    story.acs.on["11"] = lambda f, w: w.say(b"96\r")
    outcome = story.play(story.lend)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, NotSupported)
    assert len(story.acs.sent("11")) == 1


def test_a_96_to_a_97_permits_nothing(story):
    story.acs.on["11"] = silent
    story.acs.on["97"] = lambda f, w: w.say(b"96AZFEF6\r")
    assert isinstance(story.play(story.lend), Unknown)
    assert len(story.acs.sent("11")) == 1


def test_a_96_behind_garbage_permits_nothing(story):
    story.acs.on["11"] = lambda f, w: w.say(b"#!?\r96AZFEF6\r")
    assert isinstance(story.play(story.lend), Unknown)
    assert len(story.acs.sent("11")) == 1


def test_a_96_with_the_answer_right_behind_it(story):
    story.acs.on["11"] = lambda f, w: w.say(b"96AZFEF6\r" + sealed(f, YES) + b"\r")
    assert isinstance(story.play(story.lend), Done)
    assert len(story.acs.sent("11")) == 1


@pytest.mark.parametrize(("resends", "sent"), [(0, 1), (1, 2), (3, 4)])
def test_the_profile_says_whether_a_96_permits_it(resends, sent):
    story = Story(Profile(resends_at_most=resends))
    story.acs.on["11"] = lambda f, w: w.say(b"96AZFEF6\r")
    assert isinstance(story.play(story.lend), Unknown)
    assert len(story.acs.sent("11")) == sent
