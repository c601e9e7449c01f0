"""The driver for PC/SC readers against scripted APDUs: what it says, and how it bears what comes back."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from kiosk.lab import run
from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import Mask, TagFound
from kiosk.rfid.readers import PcscSettings, Reader, pcsc_opener
from kiosk.rfid.wire import pcsc
from kiosk.rfid.wire.pcsc import TimerOrder
from tests.rfid.pcsc_script import (
    COLLISION,
    END,
    LOST,
    OK,
    OTHER,
    RESET,
    SILENCE,
    START,
    UID,
    WRITE_C2,
    Script,
    frame,
    heard,
    inventory,
    play,
    quiet,
    tag,
)
from tests.rfid.scripted import ScriptedApdus

# ---- a heap of tags --------------------------------------------------------------------------


def test_a_collision_is_taken_apart_and_what_was_found_is_silenced() -> None:
    low, high = Mask(0, 1), Mask(1, 1)

    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert await reader.inventory() == [TagFound(UID, 0x3E), TagFound(OTHER, 6)]
        assert await reader.inventory() == []

    play(
        story,
        (inventory(), COLLISION),
        (inventory(low), tag(UID)),
        (inventory(high), tag(OTHER, "06")),
        quiet(UID),
        quiet(OTHER),
        (inventory(), SILENCE),
        (inventory(), SILENCE),
    )


def test_who_was_drowned_is_heard_when_the_others_are_quiet() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert [each.uid for each in await reader.inventory()] == [UID, OTHER]

    play(
        story,
        (inventory(), tag(UID)),
        quiet(UID),
        (inventory(), tag(OTHER)),
        quiet(OTHER),
        (inventory(), SILENCE),
    )


class Twins(ScriptedApdus):
    """Two tags with one uid: they collide at every mask that fits."""

    async def transmit(self, apdu: bytes) -> bytes:
        if apdu[3] != pcsc.EXCHANGE:
            return OK
        bits, *value = apdu[apdu.index(b"\x26\x01") + 2 : -1]
        return COLLISION if Mask(int.from_bytes(bytes(value), "little"), bits).fits(UID) else SILENCE


def test_nothing_but_noise() -> None:
    async def open_apdus() -> Twins:
        return Twins()

    async def whole() -> None:
        reader = await pcsc_opener(open_apdus, PcscSettings("Pad"))()
        with pytest.raises(errors.Collision):
            await reader.inventory()

    run(whole())


def test_an_afi_is_asked_of_all_that_lie_there() -> None:
    """Those that were named before would say nothing: the field goes off and on first."""

    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert len(await reader.inventory()) == 1
        assert [each.uid for each in await reader.inventory(0xC2)] == [UID]
        assert [each.uid for each in await reader.inventory()] == [OTHER, UID]  # it is owed both

    play(
        story,
        (inventory(), tag(UID)),
        quiet(UID),
        (inventory(), SILENCE),
        *RESET,
        (inventory(afi=0xC2), tag(UID)),
        quiet(UID),
        (inventory(afi=0xC2), SILENCE),
        (inventory(), tag(OTHER)),
        quiet(OTHER),
        (inventory(), SILENCE),
    )


def test_a_field_that_cannot_be_switched_is_begun_anew() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        await reader.rf_reset()

    play(story, (pcsc.manage(pcsc.Manage.RF_OFF), bytes.fromhex("C003016A819000")), END, *START)


def test_a_single_tag_gives_its_memory_at_once() -> None:
    ask = frame(iso15693.inventory_read(0, 2, one_slot=True), 16)
    both = heard(bytes.fromhex(UID)[::-1].hex() + b"ABCDEFGH".hex())

    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        [(found, memory)] = await reader.inventory_read(0, 2)
        assert (found.uid, memory) == (UID, b"ABCDEFGH")
        assert await reader.inventory_read(0, 2) == []
        assert await reader.inventory() == []

    play(story, (ask, both), quiet(UID), (ask, SILENCE), (ask, SILENCE), (inventory(), SILENCE))


def test_a_heap_is_taken_apart_before_its_memory_is_read() -> None:
    ask = frame(iso15693.inventory_read(0, 2, one_slot=True), 16)

    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        found = await reader.inventory_read(0, 2)
        assert [(each.tag.uid, each.memory) for each in found] == [(UID, b"ABCDEFGH"), (OTHER, b"")]

    play(
        story,
        (ask, COLLISION),
        (inventory(), COLLISION),
        (inventory(Mask(0, 1)), tag(UID)),
        (inventory(Mask(1, 1)), tag(OTHER)),
        quiet(UID),
        quiet(OTHER),
        (inventory(), SILENCE),
        (frame(iso15693.read_multiple(UID, 0, 2), 8), heard(b"ABCDEFGH".hex())),
        (frame(iso15693.read_multiple(OTHER, 0, 2), 8), SILENCE),
    )


# ---- one tag ---------------------------------------------------------------------------------


def test_a_tag_that_knows_no_read_of_several_blocks() -> None:
    refused = bytes.fromhex("C003009000" + "9702" + "0101" + "9000")

    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert await reader.read(UID, 4, 2) == b"ABCDEFGH"

    play(
        story,
        (frame(iso15693.read_multiple(UID, 4, 2), 8), refused),
        (frame(iso15693.read_single(UID, 4), 4), heard(b"ABCD".hex())),
        (frame(iso15693.read_single(UID, 5), 4), heard(b"EFGH".hex())),
    )


def test_silence_noise_and_refusal_are_the_affair_of_one_tag() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        for kind in (errors.NoTag, errors.Collision, errors.Protected):
            with pytest.raises(kind):
                await reader.write_afi(UID, 0xC2)
        await reader.write_afi(UID, 0xC2)

    refused = bytes.fromhex("C003009000" + "9702" + "010F" + "9000")
    play(story, (WRITE_C2, SILENCE), (WRITE_C2, COLLISION), (WRITE_C2, refused), (WRITE_C2, heard("")))


def test_what_is_not_whole_blocks_or_too_many_is_not_sent() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        with pytest.raises(ValueError, match="whole blocks"):
            await reader.write(UID, 0, b"12345")
        with pytest.raises(ValueError, match="33 blocks"):
            await reader.read(UID, 0, 33)
        with pytest.raises(errors.NotSupported):
            await reader.set_output(1, 1.0)

    play(story)


@pytest.mark.parametrize("order", [TimerOrder.MSB_FIRST, TimerOrder.NONE])
def test_a_reader_is_told_the_time_as_it_wants_it(order: TimerOrder) -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        await reader.write_afi(UID, 0xC2)

    ask = frame(iso15693.write_afi(UID, 0xC2), 0, 20_000, order)
    play(story, (ask, heard("")), settings=PcscSettings("Pad", timer=order))


# ---- faults ----------------------------------------------------------------------------------


def test_a_session_that_got_lost_is_begun_again_and_the_command_given_again() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        await reader.write_afi(UID, 0xC2)

    play(story, (WRITE_C2, LOST), *START, (WRITE_C2, heard("")))


def test_a_password_is_not_given_in_another_session_than_its_random_number() -> None:
    random = frame(iso15693.random_number(UID), 2)
    password = iso15693.set_password(UID, iso15693.Password.EAS_AFI, 42, b"\xaa\xbb")

    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        with pytest.raises(errors.NoTag):
            await reader.present_password(UID, iso15693.Password.EAS_AFI, 42)

    play(story, (random, heard("AABB")), (frame(password, 0), LOST), *START)


NO_SESSION: list[Script] = [(pcsc.manage(pcsc.Manage.START), LOST)] * 2
IS_THERE: Script = (pcsc.GET_UID, bytes.fromhex("7856341200 0104E0 9000"))


@pytest.mark.parametrize(
    "then",
    [[*NO_SESSION, IS_THERE, *NO_SESSION], [*START, (WRITE_C2, LOST)]],
    ids=["no session", "lost again"],
)
def test_a_reader_that_takes_frames_no_more(then: list[Script]) -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        with pytest.raises(errors.ReaderRefused):
            await reader.write_afi(UID, 0xC2)
        with pytest.raises(errors.ReaderGone):
            await reader.inventory()
        assert apdus.closed

    play(story, (WRITE_C2, LOST), *then)


@pytest.mark.parametrize("answer", [b"", b"\x90", bytes.fromhex("C0030090"), bytes.fromhex("971000009000")])
def test_garbage_ends_the_connection(answer: bytes) -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        with pytest.raises(errors.TransportError):
            await reader.inventory()
        with pytest.raises(errors.ReaderGone):
            await reader.inventory()
        assert apdus.closed

    play(story, (inventory(), answer))


def test_a_service_that_hangs_is_left_to_itself() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        with pytest.raises(errors.ReaderSilent):
            await reader.write_afi(UID, 0xC2)
        assert asyncio.get_running_loop().time() == pytest.approx(3.0, abs=0.02)
        assert apdus.closed
        await reader.close()

    play(story, (WRITE_C2, None))


def test_a_reader_that_is_pulled_out_in_mid_write() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        with pytest.raises(errors.ReaderGone):
            await reader.write_afi(UID, 0xC2)
        assert apdus.closed

    play(story, (WRITE_C2, errors.ReaderGone("unplugged")))


async def broken_off(action: Coroutine[Any, Any, Any]) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await action


def test_a_command_that_was_broken_off_is_finished_before_the_next() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        await broken_off(reader.write_afi(UID, 0xC2))
        await broken_off(reader.write_afi(UID, 0xC2))
        assert await reader.inventory() == []

    play(story, (WRITE_C2, [0.2, heard("")]), (inventory(), SILENCE))


@pytest.mark.parametrize("outcome", [errors.ReaderGone("unplugged"), errors.NoTag("lifted")])
def test_what_became_of_it_is_nobodys_affair_unless_the_reader_is_gone(outcome: errors.RfidError) -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        await broken_off(reader.write_afi(UID, 0xC2))
        if isinstance(outcome, errors.ReaderGone):
            with pytest.raises(errors.ReaderGone):
                await reader.inventory()
        else:
            assert await reader.inventory() == []

    gone = isinstance(outcome, errors.ReaderGone)
    play(story, (WRITE_C2, [0.2, outcome]), *([] if gone else [(inventory(), SILENCE)]))


def test_who_was_silenced_for_somebody_who_left_is_named_to_the_next() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        await broken_off(reader.inventory())
        assert [each.uid for each in await reader.inventory()] == [UID]
        assert await reader.inventory() == []

    play(
        story,
        (inventory(), tag(UID)),
        (frame(iso15693.stay_quiet(UID), 0), [0.1, SILENCE]),
        (inventory(), SILENCE),
        (inventory(), SILENCE),
    )


def test_one_command_at_a_time() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        found, _ = await asyncio.gather(reader.inventory(), reader.write_afi(UID, 0xC2))
        assert len(found) == 1

    play(
        story,
        (inventory(), [0.1, tag(UID)]),
        quiet(UID),
        (inventory(), [0.1, SILENCE]),
        (WRITE_C2, heard("")),
    )
