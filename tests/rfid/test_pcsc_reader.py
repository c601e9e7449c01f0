"""The driver for PC/SC readers against scripted APDUs: what it says, and how it bears what comes back."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from kiosk.lab import run
from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import Mask, Request, TagFound
from kiosk.rfid.readers import PcscSettings, Reader, pcsc_opener
from kiosk.rfid.wire import pcsc
from kiosk.rfid.wire.pcsc import TimerOrder
from tests.rfid.scripted import Said, ScriptedApdus

UID = "E004010012345678"
OTHER = "E004010012345679"

Script = tuple[bytes, Said | Sequence[Said]]

OK = bytes.fromhex("C0030090009000")
SILENCE = bytes.fromhex("C0030164019000")
COLLISION = bytes.fromhex("C00300900096020200" + "9000")
LOST = bytes.fromhex("6985")
RESET: list[Script] = [
    (pcsc.manage(pcsc.Manage.RF_OFF), OK),
    (pcsc.manage(pcsc.Manage.RF_ON), OK),
    (pcsc.switch_protocol(), OK),
]
START: list[Script] = [(pcsc.manage(pcsc.Manage.START), OK), *RESET]
END: Script = (pcsc.manage(pcsc.Manage.END), OK)


def frame(
    request: Request, data_bytes: int, more_us: int = 0, order: TimerOrder = TimerOrder.LSB_FIRST
) -> bytes:
    return pcsc.transceive(request, 1000 + (3 + data_bytes) * 302 + more_us, order)


def heard(data: str) -> bytes:
    content = bytes.fromhex("00" + data)
    size = bytes([len(content)]) if len(content) < 128 else bytes([0x81, len(content)])
    return bytes.fromhex("C0030090009201009602000097") + size + content + b"\x90\x00"


def inventory(mask: Mask = iso15693.EVERY_TAG, afi: int = 0) -> bytes:
    return frame(iso15693.inventory(mask, afi=afi, one_slot=True), 9)


def quiet(uid: str) -> Script:
    return frame(iso15693.stay_quiet(uid), 0), SILENCE


def tag(uid: str, dsfid: str = "3E") -> bytes:
    return heard(dsfid + bytes.fromhex(uid)[::-1].hex())


WRITE_C2 = frame(iso15693.write_afi(UID, 0xC2), 0, 20_000)


def opened(*script: Script, settings: PcscSettings | None = None) -> tuple[ScriptedApdus, Any]:
    apdus = ScriptedApdus(*script)

    async def open_apdus() -> ScriptedApdus:
        return apdus

    return apdus, pcsc_opener(open_apdus, settings or PcscSettings("Pad"))


def play(
    story: Callable[[Reader, ScriptedApdus], Coroutine[Any, Any, None]],
    *script: Script,
    opening: Sequence[Script] = tuple(START),
    settings: PcscSettings | None = None,
) -> None:
    async def whole() -> None:
        apdus, open_reader = opened(*opening, *script, settings=settings)
        await story(await open_reader(), apdus)
        assert not apdus.script

    run(whole())


# ---- opening ---------------------------------------------------------------------------------


def test_a_reader_that_knows_sessions_can_do_everything() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        can = reader.abilities
        assert (can.afi_filter, can.inventory_read, can.customs, can.reports_new_only) == (True,) * 4
        await reader.close()
        await reader.close()
        assert apdus.closed

    play(story, END)


@pytest.mark.parametrize(
    "answer", [bytes.fromhex("6A81"), bytes.fromhex("6E00"), bytes.fromhex("C003016A819000")]
)
def test_one_that_knows_none_is_one_for_single_tags(answer: bytes) -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert reader.abilities == type(reader.abilities)()

    play(story, opening=[(pcsc.manage(pcsc.Manage.START), answer)])


def test_one_that_should_know_sessions_and_does_not_is_refused() -> None:
    async def whole() -> None:
        settings = PcscSettings("Pad", session="transparent")
        apdus, open_reader = opened(
            (pcsc.manage(pcsc.Manage.START), bytes.fromhex("6A81")), settings=settings
        )
        with pytest.raises(errors.ReaderRefused):
            await open_reader()
        assert apdus.closed

    run(whole())


def test_one_that_takes_commands_only_for_a_card() -> None:
    nothing: Script = (pcsc.manage(pcsc.Manage.START), errors.NoTag("no card"))

    async def none_after_all(reader: Reader, apdus: ScriptedApdus) -> None:
        assert await reader.inventory() == []
        with pytest.raises(errors.ReaderRefused):
            await reader.inventory()

    async def later(reader: Reader, apdus: ScriptedApdus) -> None:
        assert reader.abilities.customs
        assert await reader.inventory() == []
        await reader.rf_reset()
        assert await reader.inventory() == [TagFound(UID, 0x3E)]
        await reader.close()

    play(none_after_all, nothing, (pcsc.manage(pcsc.Manage.START), bytes.fromhex("6A81")), opening=[nothing])
    play(
        later,
        nothing,
        nothing,
        *START,
        (inventory(), tag(UID)),
        quiet(UID),
        (inventory(), SILENCE),
        END,
        opening=[nothing],
    )


@pytest.mark.parametrize("failure", [errors.ReaderGone("no service"), None])
def test_a_reader_that_fails_at_once_is_given_back(failure: errors.ReaderGone | None) -> None:
    async def whole() -> None:
        apdus, open_reader = opened((pcsc.manage(pcsc.Manage.START), failure))
        with pytest.raises(errors.TransportError):
            await open_reader()
        assert apdus.closed

    run(whole())


def test_a_service_that_does_not_answer_at_all() -> None:
    async def open_apdus() -> ScriptedApdus:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def whole() -> None:
        with pytest.raises(errors.ReaderSilent):
            await pcsc_opener(open_apdus, PcscSettings("Pad"))()
        assert asyncio.get_running_loop().time() == pytest.approx(3.0)

    run(whole())


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


@pytest.mark.parametrize(
    "then",
    [[(pcsc.manage(pcsc.Manage.START), LOST)], [*START, (WRITE_C2, LOST)]],
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


# ---- one tag at a time -----------------------------------------------------------------------

IS_THERE: Script = (pcsc.GET_UID, bytes.fromhex("7856341200 0104E0 9000"))
STORAGE = PcscSettings("Pad", session="storage")


def test_the_tag_that_lies_alone() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert await reader.inventory() == [TagFound(UID)]
        assert await reader.inventory() == []
        assert await reader.inventory() == []
        assert await reader.read(UID, 0, 2) == b"ABCDEFGH"
        await reader.write(UID, 7, b"ABCDEFGH")
        await reader.rf_reset()

    play(
        story,
        IS_THERE,
        (pcsc.GET_UID, bytes.fromhex("6300")),
        (pcsc.GET_UID, errors.NoTag("no card")),
        IS_THERE,
        (pcsc.read_block(0, 4), b"ABCD\x90\x00"),
        (pcsc.read_block(1, 4), b"EFGH\x90\x00"),
        IS_THERE,
        (pcsc.write_block(7, b"ABCD"), b"\x90\x00"),
        (pcsc.write_block(8, b"EFGH"), b"\x90\x00"),
        opening=[],
        settings=STORAGE,
    )


def test_nothing_is_written_to_another_tag_than_the_one_that_is_meant() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        for attempt in (reader.read(OTHER, 0, 1), reader.write(OTHER, 0, b"ABCD"), reader.system_info(OTHER)):
            with pytest.raises(errors.NoTag):
                await attempt
        with pytest.raises(errors.NoTag):
            await reader.write(UID, 0, b"ABCDEFGH")

    play(
        story,
        *[IS_THERE] * 3,
        IS_THERE,
        (pcsc.write_block(0, b"ABCD"), errors.NoTag("the card was removed")),
        opening=[],
        settings=STORAGE,
    )


def test_what_such_a_reader_cannot_it_says_and_sends_nothing() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        refused: list[Coroutine[Any, Any, Any]] = [
            reader.inventory(7),
            reader.inventory_read(0, 8),
            reader.write_afi(UID, 7),
            reader.write_dsfid(UID, 6),
            reader.set_eas(UID, True),
            reader.eas_alarm(UID),
            reader.present_password(UID, iso15693.Password.EAS_AFI, 0),
            reader.set_output(1, 1),
            reader.write(UID, 0, bytes(8), block_size=8),
            reader.system_info(UID),
        ]
        for attempt in refused:
            with pytest.raises(errors.NotSupported):
                await attempt

    play(story, IS_THERE, opening=[], settings=STORAGE)


@pytest.mark.parametrize("answer", [b"ABC\x90\x00", b"\x90\x00"])
def test_a_block_that_is_too_short(answer: bytes) -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        with pytest.raises(errors.TagGarbled):
            await reader.read(UID, 0, 1)

    play(story, IS_THERE, (pcsc.read_block(0, 4), answer), opening=[], settings=STORAGE)
