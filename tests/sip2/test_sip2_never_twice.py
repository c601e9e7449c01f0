"""A checkout is sent once. Whatever the far side does, the story of each test says how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from kiosk.lab import run
from kiosk.sip2 import (
    Checkout,
    Client,
    Done,
    EncodeError,
    ItemInformation,
    LinkDown,
    LinkGarbled,
    LinkSilent,
    Login,
    NotSent,
    NotSupported,
    Profile,
    Refused,
    Unknown,
)
from tests.sip2.scripted import DATE, ScriptedAcs, in_turn, sealed, silent

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001
YES = f"121NNY{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH20270130|"
NO = f"120NNN{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH|AFOn hold|"


def checkout(item: str = "39000001") -> Checkout:
    return Checkout(
        date=NOON, nb_due_date=NOON, institution="lib", patron="21000001", item=item, terminal_password=""
    )


class Story:
    """A client against a scripted ACS; `lend()` gives the outcome, the seconds, and when doubt began."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.acs = ScriptedAcs()
        self.heard: list[tuple[str, str, float]] = []
        self.late: list[float] = []
        self.client = Client(
            self.acs.open,
            profile or Profile(),
            login=Login(login_user="kiosk", login_password="pw"),
            tap=lambda way, frame, at: self.heard.append((way, frame.decode(errors="replace"), at)),
        )

    async def lend(self, item: str = "39000001"):
        await self.client.connect()
        loop = asyncio.get_running_loop()
        began = loop.time()
        outcome = await self.client.change(checkout(item), lambda: self.late.append(loop.time() - began))
        self.took = loop.time() - began
        return outcome

    def play(self, tale: Callable[[], Awaitable[object]]):
        async def whole():
            try:
                return await tale()
            finally:
                await self.client.disconnect()

        return run(whole())


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
    assert no.answer.screen_messages == ("On hold",)
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


def test_a_sound_96_permits_three_resends_and_no_more(story):
    story.acs.on["11"] = lambda f, w: w.say(b"96AZFEF6\r")
    outcome = story.play(story.lend)
    assert isinstance(outcome, Unknown)
    assert len(story.acs.sent("11")) == 4
    assert len(set(story.acs.sent("11"))) == 1  # the very same frame, same sequence number


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


@pytest.mark.parametrize(("advertised", "wait"), [("005", 10.0), ("120", 12.0), ("600", 15.0), ("999", 10.0)])
def test_the_advertised_time_out_counts_within_bounds(story, advertised, wait):
    story.acs.status = story.acs.status.replace("010003", f"{advertised}003")
    story.acs.on["11"] = silent
    story.play(story.lend)
    assert story.late == [wait]


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
    assert isinstance(story.play(story.lend), Done)
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


# ---- questions may be repeated ---------------------------------------------------------------------


WHAT = ItemInformation(date=NOON, institution="lib", item="39000001")
IS = f"18030001{DATE}AB39000001|AJMoby Dick|"


def ask(story: Story):
    async def tale():
        return await story.client.ask(WHAT)

    return story.play(tale)


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
    assert ask(story).title == "Moby Dick"
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
