"""An ACS without error detection, and questions, which may be repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kiosk.sip2 import (
    BlockPatron,
    Change,
    Done,
    LinkDown,
    LinkGarbled,
    LinkSilent,
    NotSupported,
    PatronEnable,
    PatronFlag,
    PatronStatusRequest,
    Question,
    Refused,
    Request,
    Unknown,
)
from kiosk.sip2.messages import MESSAGES
from tests.sip2.lending_story import IS, NO, NOON, WHAT, YES, Story
from tests.sip2.scripted import DATE, in_turn, sealed, silent

ENABLE = PatronEnable(date=NOON, institution="lib", patron="21000001")
STATUS = PatronStatusRequest(
    date=NOON, institution="lib", patron="21000001", terminal_password="", patron_password=""
)
BLOCK = BlockPatron(
    date=NOON, institution="lib", patron="21000001", terminal_password="", blocked_card_message="found"
)


@pytest.fixture
def story() -> Story:
    return Story()


# ---- an ACS without error detection --------------------------------------------------------------


def bare(body: str) -> Callable[..., None]:
    return lambda frame, wire: wire.say(body.encode() + b"\r")


def plain_story() -> Story:
    story = Story()
    story.acs.on["93"] = bare("941")
    story.acs.on["99"] = bare(story.acs.status)
    return story


def test_an_acs_without_checksums_is_met_without():
    story = plain_story()
    story.acs.on["11"] = bare(YES)
    outcome = story.play(story.lend)
    assert isinstance(outcome, Done)
    assert outcome.sequence is None
    assert "AY" not in story.acs.sent("11")[0]


def test_without_numbers_a_torn_answer_or_one_for_another_item_is_none():
    for wrong in (YES[:-4], YES.replace("39000001", "39000009")):
        story = plain_story()
        story.acs.on["11"] = bare(wrong)
        story.acs.on["97"] = bare(YES)
        assert isinstance(story.play(story.lend), Done)
        assert len(story.acs.sent("11")) == len(story.acs.sent("97")) == 1


def test_without_numbers_a_connection_with_an_answer_too_many_is_not_used_again():
    story = plain_story()
    story.acs.on["11"] = in_turn(
        lambda f, w: w.say(YES.encode() + b"\r", after=11.0),
        bare(NO.replace("39000001", "39000002")),
    )
    story.acs.on["97"] = lambda f, w: w.say(YES.encode() + b"\r", after=1.5)

    async def tale():
        return await story.lend(), await story.lend("39000002")

    one, two = story.play(tale)
    assert isinstance(one, Done)
    assert isinstance(two, Refused)
    assert len(story.acs.wires) == 2


@pytest.mark.parametrize("torn", [2, 3, 9, 12, 36, 60])
def test_without_numbers_an_answer_behind_half_of_another_is_none(torn):
    """`12` and behind it `120NNN...`: the third character is no verdict."""
    story = plain_story()
    story.acs.on["11"] = bare(YES[:torn] + NO)
    story.acs.on["97"] = bare(NO)
    assert isinstance(story.play(story.lend), Refused)
    assert len(story.acs.sent("11")) == len(story.acs.sent("97")) == 1


# ---- questions may be repeated ---------------------------------------------------------------------


def ask(story: Story):
    async def tale():
        return await story.client.ask(WHAT)

    return story.play(tale)


QUESTIONS = {"99", "23", "63", "17", "35"}
CHANGES = {"11", "09", "29", "15", "37", "65", "19", "01", "25"}


def blank(code: str) -> Request[Any]:
    cls = MESSAGES[code]
    return cls(**{spec.name: "" for spec in cls.specs})


def test_every_request_but_the_login_is_a_question_or_a_change():
    requests = {code for code, cls in MESSAGES.items() if issubclass(cls, Request)}
    assert requests == QUESTIONS | CHANGES | {"93"}


@pytest.mark.parametrize("code", sorted(CHANGES | {"93"}))
def test_what_changes_something_is_no_question(story, code):
    assert not isinstance(blank(code), Question)  # so that mypy says it first

    async def tale():
        with pytest.raises(TypeError):
            await story.client.ask(blank(code))

    story.play(tale)
    assert story.acs.wires == []


@pytest.mark.parametrize("code", sorted(QUESTIONS | {"93"}))
def test_what_changes_nothing_is_no_change(story, code):
    assert not isinstance(blank(code), Change)

    async def tale():
        with pytest.raises(TypeError):
            await story.client.change(blank(code), lambda: None)

    story.play(tale)
    assert story.acs.wires == []


@pytest.mark.parametrize("trouble", ["silence", "dropped"])
def test_a_card_is_blocked_once_whatever_comes_of_it(story, trouble):
    story.acs.on["01"] = silent if trouble == "silence" else lambda f, w: w.hang_up()

    async def tale():
        return await story.client.change(BLOCK, lambda: None)

    assert isinstance(story.play(tale), Unknown)
    assert len(story.acs.sent("01")) == 1


@pytest.mark.parametrize(
    ("flags", "more", "outcome"),
    [("YYYY", "BLY|", Done), ("    Y", "", Done), ("", "BLY|", Refused), ("YYYY", "BLN|", Refused)],
    ids=["all denied", "card lost", "as it was", "nobody"],
)
def test_whether_a_card_was_blocked_says_its_status(story, flags, more, outcome):
    story.acs.on["01"] = lambda f, w: w.answer(f, f"24{flags:14}001{DATE}AOlib|AA21000001|AEAnna|{more}")
    assert type(story.play(lambda: story.client.change(BLOCK, lambda: None))) is outcome


@pytest.mark.parametrize(
    ("flags", "more", "outcome"),
    [("", "BLY|", Done), ("      Y", "", Done), ("YYYY", "BLY|", Refused), ("", "BLN|", Refused)],
    ids=["free", "something overdue", "still denied", "nobody"],
)
def test_whether_a_card_was_enabled_says_its_status(story, flags, more, outcome):
    story.acs.on["25"] = lambda f, w: w.answer(f, f"26{flags:14}001{DATE}AOlib|AA21000001|AEAnna|{more}")
    assert type(story.play(lambda: story.client.change(ENABLE, lambda: None))) is outcome


def test_without_numbers_the_status_that_was_asked_for_is_not_the_answer_to_a_block():
    """It comes twice; the second time when the card is being blocked."""
    story = plain_story()
    status = f"24{' ' * 14}001{DATE}AOlib|AA21000001|AEAnna|BLY|"

    def twice(frame, wire):
        for after in (0.0, 1.0):
            wire.say(status.encode() + b"\r", after=after)

    story.acs.on["23"] = twice
    story.acs.on["01"] = lambda f, w: w.say(status.replace("24 ", "24Y").encode() + b"\r", after=2.0)

    async def tale():
        assert PatronFlag.CHARGE_DENIED not in (await story.client.ask(STATUS)).flags
        return await story.client.change(BLOCK, lambda: None)

    assert isinstance(story.play(tale), Done)


@pytest.mark.parametrize(
    "trouble",
    [
        silent,
        lambda f, w: w.say(b"garbage\r"),
        lambda f, w: w.say(b"gar\rba\rge"),
        lambda f, w: w.say(b"96AZFEF6\r"),
        lambda f, w: w.hang_up(),
        lambda f, w: w.answer(f, f"98YYYYYN010003{DATE}2.00AOlib|BXYYYYYYYYYYYYYYYY|"),
        lambda f, w: w.answer(f, YES),
    ],
    ids=["silence", "garbage", "pieces", "96", "dropped", "status", "another kind"],
)
def test_a_question_survives_one_trouble(story, trouble):
    story.acs.on["17"] = in_turn(trouble, lambda f, w: w.answer(f, IS))
    assert ask(story).title.raw == "Moby Dick"
    assert len(story.acs.sent("17")) == 2


def test_a_question_does_not_wait_for_ever(story):
    story.acs.on["17"] = silent
    with pytest.raises(LinkSilent):
        ask(story)
    assert len(story.acs.sent("17")) == 2


@pytest.mark.parametrize(
    ("storm", "error"),
    [(b"96AZFEF6\r", LinkGarbled), (b"96\r", NotSupported), (b"#\r", LinkGarbled), (b"98Y", LinkGarbled)],
)
def test_a_storm_comes_to_an_end(story, storm, error):
    story.acs.on["17"] = lambda f, w: w.say(storm)
    with pytest.raises((error, LinkSilent) if storm == b"98Y" else error):
        ask(story)
    assert len(story.acs.sent("17")) <= 4


def test_an_acs_that_goes_off_line_is_down(story):
    story.acs.on["17"] = lambda f, w: w.answer(f, f"98NYYYYN010003{DATE}2.00AOlib|BXYYYYYYYYYYYYYYYY|")
    with pytest.raises(LinkDown):
        ask(story)


def test_frames_are_tapped_as_they_pass(story):
    def in_two_pieces(frame, wire):
        wire.say(sealed(frame, IS)[:10])
        wire.say(sealed(frame, IS)[10:] + b"\r\n", after=2.0)

    story.acs.on["17"] = in_two_pieces
    ask(story)
    ways = [f"{way} {frame[:2]} {at}" for way, frame, at in story.heard]
    assert ways == ["> 93 0.0", "< 94 0.0", "> 99 0.0", "< 98 0.0", "> 17 0.0", "< 18 2.0"]
    assert not any("\r" in frame or "\n" in frame for _, frame, _ in story.heard)
