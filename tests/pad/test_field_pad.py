"""The pad: stories of tags that come, go, move and refuse, and of readers that are lost."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import AfiSeen, DeviceChanged, TagRead, TagsLeft, TagsNamed
from kiosk.circulation.values import (
    CardTag,
    Condition,
    Device,
    ItemKey,
    ItemTag,
    PatronId,
    SeenTag,
    TagContent,
    Uid,
    UnreadTag,
)
from kiosk.lab import run
from kiosk.pad import PadSettings
from kiosk.rfid import errors
from kiosk.rfid.readers import Abilities
from kiosk.rfid.tags import Usage, encode_28560_3
from tests.pad.field_of_tags import READY, Field, Story, item, left, tell

A, B, C = "E00401000000000A", "E00401000000000B", "E00401000000000C"


def play(
    field: Field, story: Callable[[Story], Awaitable[None]], settings: PadSettings | None = None
) -> None:
    run(tell(field, story, settings))


def missing(reason: Reason = Reason.READER_MISSING) -> DeviceChanged:
    return DeviceChanged(Device.PAD, Condition.MISSING, reason)


both_kinds_of_reader = pytest.mark.parametrize("ont", [True, False], ids=["ONT=1", "ONT=0"])


# ---- tags come and go -----------------------------------------------------------------------


@both_kinds_of_reader
def test_a_stack_is_read_once_each(ont: bool) -> None:
    field = Field(ont=ont)
    field.put(A)
    field.put(B)

    async def story(told: Story) -> None:
        await asyncio.sleep(3)
        assert told.take() == [READY, item(A), item(B)]
        field.put(C)
        await asyncio.sleep(0.4)
        assert told.take() == [item(C)]
        await asyncio.sleep(30)  # several full inventories later
        assert told.take() == []

    play(field, story)


@both_kinds_of_reader
def test_a_lifted_tag_is_noticed_and_may_come_again(ont: bool) -> None:
    field = Field(ont=ont)
    for uid in (A, B, C):
        field.put(uid)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        field.lift(A, C)
        await asyncio.sleep(0.4)
        gone = told.take()  # in one report or two: a round may have been under way
        assert sorted(uid for report in gone if isinstance(report, TagsLeft) for uid in report.uids) == [A, C]
        field.put(A)
        await asyncio.sleep(0.4)
        assert told.take() == [item(A)]

    play(field, story)


@both_kinds_of_reader
def test_a_uid_that_is_named_twice_counts_once(ont: bool) -> None:
    """3M's manual warns of it (chapter 7.1)."""
    field = Field(ont=ont)
    field.stutters = True
    field.put(A)
    field.put(B)

    async def story(told: Story) -> None:
        await asyncio.sleep(3)
        assert told.take() == [READY, item(A), item(B)]
        field.lift(A)
        await asyncio.sleep(3)
        assert told.take() == [left(A)]

    play(field, story)


@pytest.mark.parametrize("names_all", [True, False])
def test_a_tag_that_flickers_does_not_blink(names_all: bool) -> None:
    """At the edge of the field every other exchange with it fails."""
    field = Field(ont=not names_all, abilities=Abilities(reports_new_only=not names_all))
    tag = field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        for _ in range(50):
            tag.quiet = True  # no inventory hears it
            tag.faults = [errors.NoTag("weak")]
            await asyncio.sleep(0.11)
        assert told.take() == []

    play(field, story)


@both_kinds_of_reader
def test_one_miss_is_no_leaving(ont: bool) -> None:
    field = Field(ont=ont)
    tag = field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        for _ in range(5):
            tag.faults.append(errors.NoTag("shaded"))
            await asyncio.sleep(0.5)
        assert told.take() == []

    play(field, story)


def test_noise_says_neither_yes_nor_no() -> None:
    field = Field()
    tag = field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        tag.faults += [errors.Collision("noise")] * 5
        await asyncio.sleep(2)
        assert told.take() == []

    play(field, story)


def test_a_tag_that_refuses_is_there() -> None:
    field = Field()
    tag = field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        tag.faults += [errors.Protected("no")] * 5
        await asyncio.sleep(2)
        assert told.take() == []

    play(field, story)


def test_silenced_tags_are_not_reset_without_cause() -> None:
    field = Field()
    field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(9)
        assert len(field.said("reset")) == 1
        await asyncio.sleep(2)
        assert len(field.said("reset")) == 2

    play(field, story)


def test_a_tag_that_was_overlooked_is_found_at_the_next_reset() -> None:
    field = Field()
    field.put(A).quiet = True

    async def story(told: Story) -> None:
        await asyncio.sleep(1)  # the first thing the pad does is a reset, so wait it out
        told.take()
        field.put(B).quiet = True
        await asyncio.sleep(11)
        assert told.take() == [item(B)]

    play(field, story)


@both_kinds_of_reader
def test_a_tag_that_was_too_weak_for_a_moment_is_found_again_at_once(ont: bool) -> None:
    """It counts as away for that moment only: two seconds later, it would pass for somebody else's."""
    field = Field(ont=ont)
    tag = field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        tag.faults += [errors.NoTag("weak")] * PadSettings().misses
        await asyncio.sleep(1)
        assert told.take() == ([TagsLeft((Uid(A),)), item(A)] if ont else [])

    play(field, story)


def test_noise_in_an_inventory_is_followed_by_a_reset() -> None:
    field = Field()

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        field.noise = 1
        field.put(A).quiet = True
        await asyncio.sleep(0.4)
        assert told.take() == [item(A)]

    play(field, story)


# ---- what stands on a tag -------------------------------------------------------------------

GOOD = encode_28560_3("3100000001", size=112)


@pytest.mark.parametrize(
    ("memory", "content"),
    [
        (encode_28560_3("3100000001", "DK-1", 2, 3), ItemTag(ItemKey("3100000001", "DK-1"), 2, 3)),
        (encode_28560_3("3100000001", part=2, parts=1), ItemTag(ItemKey("3100000001"), 2, 1)),
        (
            encode_28560_3("3100000001", "DK-12345678901", size=112),
            ItemTag(ItemKey("3100000001", "DK-12345678901")),
        ),
        (encode_28560_3("21000001", usage=Usage.PATRON_CARD), CardTag(PatronId("21000001"))),
        (bytes(112), UnreadTag(Reason.TAG_BLANK)),
        (GOOD.replace(b"3100000001", b"3100000002"), UnreadTag(Reason.TAG_DAMAGED)),
        (bytes(range(112)), UnreadTag(Reason.TAG_FOREIGN)),
        (bytes(range(16)), UnreadTag(Reason.TAG_FOREIGN)),
        (encode_28560_3("31|2"), UnreadTag(Reason.TAG_FOREIGN)),
    ],
)
def test_what_a_tag_says(memory: bytes, content: TagContent) -> None:
    field = Field()
    field.put(A, memory)

    async def story(told: Story) -> None:
        await asyncio.sleep(0.5)
        ready, read = told.take()
        assert ready == READY
        assert isinstance(read, TagRead)
        assert read.tag.content == content

    play(field, story)


def test_one_exchange_reads_a_tag_of_a_library() -> None:
    field = Field()
    field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(0.035)
        assert field.log == ["reset", "inventory", f"read {A}"]
        assert told.take() == [READY, item(A)]

    play(field, story)


@both_kinds_of_reader
def test_a_tag_that_moves_while_it_is_read_is_tried_again(ont: bool) -> None:
    field = Field(ont=ont)
    field.put(A).faults += [errors.NoTag("moved"), errors.Collision("moved"), errors.NoTag("moved")]

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        # silent, as one with too few blocks may be, it was asked for its system information
        assert told.take() == [READY, item(A, 0x07)]

    play(field, story)


@both_kinds_of_reader
def test_a_tag_that_only_passed_by_is_never_read(ont: bool) -> None:
    field = Field(ont=ont)
    field.put(A).faults += [errors.NoTag("leaving")] * 10

    async def story(told: Story) -> None:
        await asyncio.sleep(0.05)
        field.lift(A)
        await asyncio.sleep(2)
        assert told.posts == [READY, TagsNamed((Uid(A),)), left(A)]

    play(field, story)


@both_kinds_of_reader
def test_what_lies_there_is_named_before_it_is_read(ont: bool) -> None:
    field = Field(ont=ont)
    for uid in (A, B):
        field.put(uid)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        reports = [report for report in told.posts if not isinstance(report, AfiSeen)]
        assert reports == [READY, TagsNamed((Uid(A), Uid(B))), item(A), item(B)]
        told.take()
        field.put(C)
        await asyncio.sleep(1)
        reports = [report for report in told.posts if not isinstance(report, AfiSeen)]
        assert reports == [TagsNamed((Uid(C),)), item(C)]

    play(field, story)


@both_kinds_of_reader
def test_what_was_named_and_not_read_is_named_again_when_the_reader_is_back(ont: bool) -> None:
    field = Field(ont=ont)
    field.put(A).faults += [errors.NoTag("shaded")] * 2

    async def story(told: Story) -> None:
        await asyncio.sleep(0.05)
        field.plugged = False
        await asyncio.sleep(5)
        field.plugged = True
        await asyncio.sleep(9)
        named = TagsNamed((Uid(A),))
        reports = [report for report in told.posts if not isinstance(report, AfiSeen)]
        assert reports[:-1] == [READY, named, missing(), READY, named]
        assert isinstance(reports[-1], TagRead)

    play(field, story)


@both_kinds_of_reader
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (errors.Collision("worn"), Reason.TAG_DAMAGED),
        (errors.NoTag("weak"), Reason.TAG_DAMAGED),
        (errors.NotSupported("odd"), Reason.TAG_FOREIGN),
    ],
)
def test_a_tag_that_is_never_read_is_named_once_and_does_not_block_the_others(
    ont: bool, fault: errors.TagError, reason: Reason
) -> None:
    field = Field(ont=ont)
    field.put(A).own_faults = {"read": [fault] * 6, "info": [fault] * 6}
    field.put(B)

    async def story(told: Story) -> None:
        await asyncio.sleep(5)
        bad = TagRead(SeenTag(Uid(A), 0, UnreadTag(reason)))
        assert told.times[1] < 0.2
        assert told.take() == [READY, item(B), bad]
        field.lift(A)
        await asyncio.sleep(0.5)
        assert told.take() == [left(A)]

    play(field, story)


def test_a_tag_with_mute_memory_does_not_come_and_go() -> None:
    field = Field()
    field.put(A).mute_memory = True

    async def story(told: Story) -> None:
        await asyncio.sleep(30)
        assert told.take() == [READY, TagRead(SeenTag(Uid(A), 0, UnreadTag(Reason.TAG_DAMAGED)))]

    play(field, story)


# ---- writing and reading back ---------------------------------------------------------------


def test_an_afi_is_written_and_read_back() -> None:
    field = Field()
    tag = field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        assert await told.write_afi(A, 0xC2)
        assert tag.afi == 0xC2
        assert await told.read_afi(A) == 0xC2

    play(field, story)


def test_silence_and_refusal_are_no_write() -> None:
    field = Field()
    tag = field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        for fault in (errors.NoTag("silent"), errors.Protected("no"), errors.NotWritten("weak")):
            tag.own_faults["write"] = [fault]
            assert not await told.write_afi(A, 0xC2)
        tag.own_faults["info"] = [errors.NoTag("silent")]
        assert await told.read_afi(A) is None
        assert not await told.write_afi(C, 0xC2)
        assert await told.read_afi(A) == 0x07

    play(field, story)


def test_write_before_verify_before_read_before_poll() -> None:
    field = Field()
    for uid in (A, B):
        field.put(uid)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        field.put(C)
        # until C has come and its memory is about to be read; virtual time makes this cheap
        while not field.tags[C].quiet:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        seen = len(field.log)
        verifying = asyncio.create_task(told.read_afi(A))
        writing = asyncio.create_task(told.write_afi(B, 0xC2))
        await asyncio.gather(verifying, writing)
        await asyncio.sleep(0.05)
        # one exchange was under way, the reading of C; then the desk's two, the write first
        assert field.log[seen : seen + 4] == [f"read {C}", f"write {B}", f"info {A}", f"read {A}"]

    play(field, story)


def test_a_full_pad_keeps_a_write_waiting_for_one_exchange_only() -> None:
    field = Field()
    for number in range(20):
        field.put(f"E0040100000000{number:02X}")

    async def story(told: Story) -> None:
        await asyncio.sleep(3.003)
        loop = asyncio.get_running_loop()
        for _ in range(10):
            began = loop.time()
            assert await told.write_afi("E004010000000000", 0xC2)
            assert loop.time() - began <= 0.0201
            await asyncio.sleep(0.017)

    play(field, story)


def test_a_write_that_nobody_waits_for_does_no_harm() -> None:
    field = Field()
    field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.005):
                await told.write_afi(A, 0xC2)
        await asyncio.sleep(0.1)
        assert await told.read_afi(A) == 0xC2
        assert told.take() == []
        assert field.opened == 1

    play(field, story)


# ---- the reader is lost ---------------------------------------------------------------------


def test_without_a_reader_nothing_is_written_and_the_answer_comes_at_once() -> None:
    field = Field()
    field.plugged = False

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        assert told.take() == [missing()]
        before = asyncio.get_running_loop().time()
        assert not await told.write_afi(A, 0xC2)
        assert await told.read_afi(A) is None
        assert asyncio.get_running_loop().time() == before

    play(field, story)


@both_kinds_of_reader
def test_what_lay_there_is_known_when_the_reader_comes_back(ont: bool) -> None:
    field = Field(ont=ont)
    field.put(A)
    field.put(B)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        field.plugged = False
        await asyncio.sleep(60)
        assert told.take() == [missing()]
        field.lift(B)
        field.put(C)
        await asyncio.sleep(60)
        assert told.take() == []  # nobody looks, so nothing left
        field.plugged = True
        await asyncio.sleep(7)
        assert told.take() == [item(C), left(B), READY]  # and nobody is asked about B meanwhile

    play(field, story)


def test_the_reader_goes_in_the_middle_of_a_write() -> None:
    field = Field()
    field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        writing = asyncio.create_task(told.write_afi(A, 0xC2))
        queued = asyncio.create_task(told.write_afi(A, 0x07))
        await asyncio.sleep(0)
        field.plugged = False
        assert not await writing
        assert not await queued
        field.plugged = True
        await asyncio.sleep(1)
        assert told.take() == [missing(), READY]
        assert await told.write_afi(A, 0xC2)

    play(field, story)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (errors.ReaderGone("broke"), Reason.READER_MISSING),
        (errors.ReaderSilent("dead"), Reason.READER_MISSING),
        (errors.ReaderGarbled("noise"), Reason.READER_GARBLED),
        (errors.ReaderRefused("scan mode"), Reason.READER_GARBLED),
    ],
)
def test_each_loss_has_its_reason_and_is_mended(fault: errors.TransportError, reason: Reason) -> None:
    field = Field()
    field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        told.take()
        field.fault = fault
        await asyncio.sleep(1)
        assert told.take() == [missing(reason), READY]

    play(field, story)


def test_a_reader_that_does_not_come_back_is_asked_ever_less_often() -> None:
    field = Field()
    field.plugged = False
    attempts: list[float] = []
    really_open = field.open_reader

    async def counted() -> object:
        attempts.append(asyncio.get_running_loop().time())
        return await really_open()

    field.open_reader = counted  # type: ignore[assignment,method-assign]

    async def story(told: Story) -> None:
        await asyncio.sleep(60)
        rests = [b - a for a, b in itertools.pairwise(attempts)]
        assert 0.2 <= rests[0] <= 0.25
        assert all(later >= earlier * 0.8 for earlier, later in itertools.pairwise(rests))
        assert 5.0 <= rests[-1] <= 6.25
        assert told.take() == [missing()]

    play(field, story)


def test_a_reader_that_accepts_but_never_answers_is_never_ready() -> None:
    field = Field()
    field.deaf = True

    async def story(told: Story) -> None:
        await asyncio.sleep(20)
        assert told.take() == [missing()]
        assert 5 <= field.opened <= 10

    play(field, story)


def test_a_reader_that_can_only_read_does_half_the_work() -> None:
    """It tells what lies there, and that nothing there can be secured or released; so it does anew each time
    it is back, and is tried again as soon as any."""
    field = Field(ont=False, abilities=Abilities(secures=False))
    field.put(A)
    half = DeviceChanged(Device.PAD, Condition.DEGRADED, Reason.READER_READS_ONLY)

    async def story(told: Story) -> None:
        await asyncio.sleep(1)
        assert told.take() == [half, item(A)]
        field.fault = errors.ReaderGone("unplugged")
        await asyncio.sleep(1)
        assert told.take() == [missing(), half]

    play(field, story)


# ---- how fast -------------------------------------------------------------------------------


def test_a_lift_from_a_full_idle_pad_is_noticed_in_time() -> None:
    field = Field()
    uids = [f"E0040100000000{number:02X}" for number in range(10)]
    for uid in uids:
        field.put(uid)

    async def story(told: Story) -> None:
        await asyncio.sleep(3)
        told.take()
        lifted_at = asyncio.get_running_loop().time()
        field.lift(uids[4])
        await asyncio.sleep(1)
        # ten tags at 10 ms each, an inventory, the pause: less than two rounds and a half
        assert told.times[0] - lifted_at <= 0.42
        assert told.take() == [left(uids[4])]

    play(field, story)


# ---- the AFI, beside ------------------------------------------------------------------------


@both_kinds_of_reader
def test_each_tag_is_asked_for_its_afi_once_after_all_have_been_read(ont: bool) -> None:
    field = Field(ont=ont)
    for uid, afi in ((A, 0x07), (B, 0xC2), (C, 0x07)):
        field.put(uid).afi = afi

    async def story(told: Story) -> None:
        await asyncio.sleep(25)
        assert sorted(told.afis()) == [(A, 0x07), (B, 0xC2), (C, 0x07)]
        assert field.said("info") == [f"info {A}", f"info {B}", f"info {C}"]
        spoken = [line for line in field.log if line.startswith(("read", "info"))]
        assert spoken[:3] == [f"read {A}", f"read {B}", f"read {C}"]
        assert told.times == sorted(told.times)

    play(field, story)


def test_a_tag_that_the_desk_asked_is_not_asked_again() -> None:
    field = Field()
    field.put(A)

    async def story(told: Story) -> None:
        await asyncio.sleep(0.035)
        assert item(A) in told.posts
        assert await told.read_afi(A) == 0x07
        await asyncio.sleep(5)
        assert told.afis() == []
        assert len(field.said("info")) == 1

    play(field, story)


@pytest.mark.parametrize(
    "fault", [errors.NoTag("silent"), errors.NotSupported("no"), errors.Collision("noise")]
)
def test_a_tag_that_does_not_tell_its_afi_stays(fault: errors.TagError) -> None:
    """The command is optional: some refuse it, some are silent."""
    field = Field()
    field.put(A).own_faults = {"info": [fault] * 100}

    async def story(told: Story) -> None:
        await asyncio.sleep(30)
        assert told.afis() == []
        assert told.take() == [READY, item(A)]
        assert len(field.said("info")) == 2

    play(field, story)


def test_a_write_goes_before_the_question_for_the_afi() -> None:
    field = Field()
    for uid in (A, B):
        field.put(uid)

    async def story(told: Story) -> None:
        await asyncio.sleep(0.041)
        assert item(B) in told.posts
        began = len(field.log)
        assert await told.write_afi(B, 0xC2)
        assert await told.read_afi(B) == 0xC2
        spoken = field.log[began:]
        # at most one exchange of the poll had begun before the write came
        assert spoken.index(f"write {B}") <= 1
        assert spoken[spoken.index(f"write {B}") + 1] == f"info {B}"
        await asyncio.sleep(1)
        assert told.afis() == [(A, 0x07)]

    play(field, story)
