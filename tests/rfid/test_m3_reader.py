"""The driver for 3M pads against a scripted wire: what it says, and how it bears what comes back."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from kiosk.lab import run
from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import Password, SystemInfo, TagFound, Told
from kiosk.rfid.readers import M3Settings, Reader, m3_opener
from kiosk.rfid.wire import m3
from tests.rfid.m3_far_side import frame
from tests.rfid.scripted import Reply, ScriptedWire

UID = "E004010031269117"
OTHER = "E00401001F77FB98"

GREETING = bytes.fromhex("D500050400118C66")
GREETED = bytes.fromhex("D500090400110A05021B972A")
POLL, ONCE = m3.read_uids(), m3.read_uids(options=m3.POLL | m3.ONCE)


def says(body: str) -> bytes:
    """A frame of the reader."""
    return frame(bytes.fromhex(body))


TWO_TAGS = says("FE000007023E" + UID + "06" + OTHER)
NO_TAG = says("FE00000700")
WRITE_C2 = m3.write_afi(UID, 0xC2)
WRITTEN = says("0900" + UID)

NOBODY = iso15693.inventory(iso15693.Mask(0, 64), one_slot=True)
PROBE = m3.pass_through(NOBODY, 9)
PASSES, PASSES_NOT = says("1406"), says("1402")
WAKE = m3.pass_through(iso15693.all_to_ready(), 0)
NO_TAG_PASSED = says("1406")

OPENING: tuple[tuple[bytes, list[Reply]], ...] = ((GREETING, [GREETED]), (PROBE, [PASSES]))

Story = Callable[[Reader, ScriptedWire], Coroutine[Any, Any, None]]


def play(
    story: Story,
    *script: tuple[bytes, list[Reply]],
    opening: tuple[tuple[bytes, list[Reply]], ...] = OPENING,
    settings: M3Settings | None = None,
) -> None:
    async def whole() -> None:
        wire = ScriptedWire(*opening, *script)

        async def open_wire() -> ScriptedWire:
            return wire

        await story(await m3_opener(open_wire, settings or M3Settings())(), wire)
        assert not wire.script

    run(whole())


def open_only(
    *opening: tuple[bytes, list[Reply]], settings: M3Settings | None = None
) -> tuple[type[BaseException] | None, ScriptedWire, float]:
    """Open a reader: what went wrong, the wire, and how long it took."""
    wire = ScriptedWire(*opening)
    took = 0.0

    async def open_wire() -> ScriptedWire:
        return wire

    async def whole() -> type[BaseException] | None:
        nonlocal took
        try:
            await m3_opener(open_wire, settings or M3Settings())()
        except errors.TransportError as error:
            return type(error)
        finally:
            took = asyncio.get_running_loop().time()
        return None

    return run(whole()), wire, took


# ---- opening ---------------------------------------------------------------------------------


def test_opening_greets_and_asks_what_the_reader_can() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        can = reader.abilities
        assert (can.afi_filter, can.customs, can.blocks_at_most) == (True, True, 32)
        assert (can.inventory_read, can.reports_new_only, can.outputs) == (False, False, 0)

    play(story)


def test_a_reader_that_passes_nothing_on_has_no_customs() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        assert not reader.abilities.customs
        for refused in (
            reader.present_password(UID, Password.EAS_AFI, 1),
            reader.set_eas(UID, True),
            reader.eas_alarm(UID),
        ):
            with pytest.raises(errors.NotSupported):
                await refused

    play(story, opening=(OPENING[0], (PROBE, [PASSES_NOT])))
    play(story, opening=OPENING[:1], settings=M3Settings(pass_through="none"))


def test_what_an_earlier_connection_asked_is_passed_over() -> None:
    late: list[Reply] = [says("0200" + UID)[4:], NO_TAG, 0.01, GREETED]
    assert open_only((GREETING, late), OPENING[1])[0] is None


@pytest.mark.parametrize(
    ("opening", "kind"),
    [
        (((GREETING, []),), errors.ReaderSilent),
        (((GREETING, [b"\x05\x00\x65"]),), errors.ReaderGarbled),
        (((GREETING, [NO_TAG]),), errors.ReaderGarbled),
        (((GREETING, [GREETED[:5], None]),), errors.ReaderGone),
        (((GREETING, [GREETED]), (PROBE, [])), errors.ReaderSilent),
        (((GREETING, [GREETED]), (PROBE, [b"\xff" * 20])), errors.ReaderGarbled),
    ],
)
def test_who_does_not_answer_as_a_3m_pad_is_let_go(
    opening: tuple[tuple[bytes, list[Reply]], ...], kind: type[errors.TransportError]
) -> None:
    failed, wire, _ = open_only(*opening)
    assert (failed, wire.closed) == (kind, True)


@pytest.mark.parametrize("failure", [FileNotFoundError("no such line"), TimeoutError()])
def test_a_line_that_cannot_be_opened(failure: OSError) -> None:
    async def refuse() -> ScriptedWire:
        raise failure

    async def whole() -> None:
        with pytest.raises(errors.ReaderGone):
            await m3_opener(refuse, M3Settings())()

    run(whole())


def test_opening_that_is_broken_off_gives_the_line_back() -> None:
    wire = ScriptedWire((GREETING, []))

    async def open_wire() -> ScriptedWire:
        return wire

    async def whole() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await m3_opener(open_wire, M3Settings())()

    run(whole())
    assert wire.closed


# ---- commands --------------------------------------------------------------------------------


def test_an_inventory_names_each_tag_once() -> None:
    twice = says("FE000007033E" + UID + "06" + OTHER + "3E" + UID)

    async def story(reader: Reader, wire: ScriptedWire) -> None:
        assert await reader.inventory() == [TagFound(UID, 0x3E), TagFound(OTHER, 6)]
        assert await reader.inventory() == []

    play(story, (POLL, [twice]), (ONCE, [NO_TAG]))


def test_while_nothing_changes_nobody_is_asked_a_second_time() -> None:
    """That would find whom others have drowned, and makes a lifted book wait."""

    async def story(reader: Reader, wire: ScriptedWire) -> None:
        for _ in range(5):
            await reader.inventory()
        await reader.rf_reset()
        await reader.inventory()

    woken = (WAKE, [NO_TAG_PASSED])
    asked = [(POLL, [TWO_TAGS]), (ONCE, [TWO_TAGS]), (ONCE, [NO_TAG]), (POLL, [NO_TAG]), (ONCE, [NO_TAG])]
    play(story, *asked, woken, woken, (POLL, [TWO_TAGS]))


def test_only_the_tags_of_an_afi() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        assert await reader.inventory(0xC2) == [TagFound(UID, 0x3E)]

    play(story, (m3.read_uids(0xC2), [says("FE00C207013E" + UID)]))


def test_reading_keeps_the_order_of_memory() -> None:
    blocks = says("0200" + UID + "02" + "040041424344" + "050045464748")

    async def story(reader: Reader, wire: ScriptedWire) -> None:
        assert await reader.read(UID, 4, 2) == b"ABCDEFGH"

    play(story, (m3.read_blocks(UID, 4, 2), [blocks]))


def test_a_long_write_goes_in_pieces_and_stops_where_it_fails() -> None:
    data = bytes(range(80))
    done, failed = says("0400" + UID + "08"), says("0416" + UID + "0A")

    async def story(reader: Reader, wire: ScriptedWire) -> None:
        with pytest.raises(errors.NotWritten):
            await reader.write(UID, 1, data)

    play(
        story,
        (m3.write_blocks(UID, 1, data[:32]), [done]),
        (m3.write_blocks(UID, 9, data[32:64]), [failed]),
    )


def test_what_is_no_whole_block_or_no_block_of_four_is_not_sent() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        with pytest.raises(ValueError, match="whole blocks"):
            await reader.write(UID, 0, b"12345")
        with pytest.raises(errors.NotSupported):
            await reader.write(UID, 0, bytes(8), block_size=8)
        with pytest.raises(errors.NotSupported):
            await reader.inventory_read(0, 8)
        with pytest.raises(errors.NotSupported):
            await reader.set_output(1, 1.0)

    play(story)


def test_writing_afi_and_dsfid_and_reading_them_back() -> None:
    info = says("0D00" + UID + "0F" + "3EC2031B0001")

    async def story(reader: Reader, wire: ScriptedWire) -> None:
        await reader.write_afi(UID, 0xC2)
        await reader.write_dsfid(UID, 0x3E)
        assert await reader.system_info(UID) == SystemInfo(UID, 0x3E, 0xC2, 28, 4, 1)

    play(
        story,
        (WRITE_C2, [WRITTEN]),
        (m3.write_dsfid(UID, 0x3E), [says("0B00" + UID)]),
        (m3.tag_info(UID), [info]),
    )


def test_a_reader_without_tag_info_is_asked_for_the_afi_itself() -> None:
    no_info = says("0D02")
    afi, dsfid, no_dsfid = says("0A00" + UID + "DA"), says("0F00" + UID + "3E"), says("0F02")

    async def story(reader: Reader, wire: ScriptedWire) -> None:
        known = await reader.system_info(UID)
        assert (known.afi, known.dsfid, known.blocks, known.block_size) == (0xDA, 0x3E, 28, 4)
        assert known.told == Told.AFI | Told.DSFID
        assert (await reader.system_info(UID)).told == Told.AFI
        with pytest.raises(errors.NoTag):
            await reader.system_info(UID)

    play(
        story,
        (m3.tag_info(UID), [no_info]),
        (m3.get_afi(UID), [afi]),
        (m3.get_dsfid(UID), [dsfid]),
        (m3.get_afi(UID), [afi]),
        (m3.get_dsfid(UID), [no_dsfid]),
        (m3.get_afi(UID), [says("0A06")]),
    )


def test_eas_is_set_and_heard() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        await reader.set_eas(UID, True)
        assert await reader.eas_alarm(UID)
        assert not await reader.eas_alarm(UID)
        assert not await reader.eas_alarm(UID)  # silence is all that an unarmed tag has to say
        with pytest.raises(errors.Collision):
            await reader.eas_alarm(UID)

    ask = m3.check_eas(UID)
    play(
        story,
        (m3.set_eas(UID, True), [says("0C00" + UID)]),
        (ask, [says("0300" + UID + "01")]),
        (ask, [says("0300" + UID + "00")]),
        (ask, [says("0306")]),
        (ask, [says("0315")]),
    )


@pytest.mark.parametrize("host_crc", [False, True])
def test_a_password_passes_through_hidden_by_the_random_number(host_crc: bool) -> None:
    get = iso15693.random_number(UID)
    give = iso15693.set_password(UID, Password.EAS_AFI, 0x01020304, b"\xaa\xbb")
    assert give.frame.endswith(bytes.fromhex("10AEB8A8BA"))  # 04030201 XOR AABBAABB

    def passing(request: iso15693.Request, size: int) -> bytes:
        return m3.pass_through(request, size, host_crc=host_crc)

    def heard(data: str) -> bytes:
        frame = bytes.fromhex(data) + (iso15693.air_crc(bytes.fromhex(data)) if host_crc else b"")
        return says("140000" + len(frame).to_bytes(2).hex() + frame.hex())

    async def story(reader: Reader, wire: ScriptedWire) -> None:
        await reader.present_password(UID, Password.EAS_AFI, 0x01020304)
        with pytest.raises(errors.NoTag):  # the wrong one: the tag is mute
            await reader.present_password(UID, Password.EAS_AFI, 0x01020304)
        with pytest.raises(errors.Protected):
            await reader.present_password(UID, Password.EAS_AFI, 0x01020304)

    play(
        story,
        (passing(get, 2), [heard("00AABB")]),
        (passing(give, 0), [heard("00")]),
        (passing(get, 2), [heard("00AABB")]),
        (passing(give, 0), [says("1406")]),
        (passing(get, 2), [heard("010F")]),
        opening=(OPENING[0], (passing(NOBODY, 9), [PASSES])),
        settings=M3Settings(pass_through="host" if host_crc else "reader"),
    )


def test_a_reset_tells_all_tags_to_answer_again() -> None:
    """Twice, as a weak one may miss it; what is heard of all at once is noise, and of none is silence."""

    async def story(reader: Reader, wire: ScriptedWire) -> None:
        await reader.rf_reset()

    play(story, (WAKE, [says("1415")]), (WAKE, [NO_TAG_PASSED]))


def test_a_reset_of_a_reader_that_passes_nothing_on_is_a_poll_that_names_nobody() -> None:
    ask = m3.read_uids(options=m3.COUNT_ONLY)

    async def story(reader: Reader, wire: ScriptedWire) -> None:
        await reader.rf_reset()
        await reader.rf_reset()

    play(
        story,
        (ask, [says("FE00000402")]),
        (ask, [says("FE06")]),
        opening=OPENING[:1],
        settings=M3Settings(pass_through="none"),
    )


# ---- faults ----------------------------------------------------------------------------------


def test_an_answer_may_come_byte_by_byte() -> None:
    pieces: list[Reply] = []
    for byte in TWO_TAGS:
        pieces += [bytes([byte]), 0.005]

    async def story(reader: Reader, wire: ScriptedWire) -> None:
        assert len(await reader.inventory()) == 2

    play(story, (POLL, pieces[:-1]))


def test_a_tag_that_does_not_answer_costs_nothing_but_itself() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        with pytest.raises(errors.NoTag):
            await reader.write_afi(UID, 0xC2)
        with pytest.raises(errors.NotWritten):
            await reader.write_afi(UID, 0xC2)
        await reader.write_afi(UID, 0xC2)
        assert not wire.closed

    play(story, (WRITE_C2, [says("0906")]), (WRITE_C2, [says("0916")]), (WRITE_C2, [WRITTEN]))


def test_silence_ends_the_connection() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        with pytest.raises(errors.ReaderSilent):
            await reader.write_afi(UID, 0xC2)
        assert asyncio.get_running_loop().time() == pytest.approx(1.5)
        assert wire.closed
        with pytest.raises(errors.ReaderGone):  # at once, and nothing is sent
            await reader.inventory()

    play(story, (WRITE_C2, []))


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param([b"\x9agarbage"], id="garbage"),
        pytest.param([TWO_TAGS[:12]], id="half a frame"),
        pytest.param([TWO_TAGS[:-1] + b"\x00"], id="wrong BCC"),
        pytest.param([b"\xd6\x0f\xff"], id="the beginning of a long frame"),
        pytest.param([WRITTEN], id="an older answer"),
        pytest.param([GREETED], id="an older greeting"),
        pytest.param([TWO_TAGS + NO_TAG], id="two answers"),
        pytest.param([NO_TAG + b"\xd6"], id="an answer and more"),
        pytest.param([says("FE0000070300")], id="an inventory that does not add up"),
    ],
)
def test_garbage_ends_the_connection_soon(reply: list[Reply]) -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        with pytest.raises(errors.ReaderGarbled):
            await reader.inventory()
        assert asyncio.get_running_loop().time() < 0.5
        assert wire.closed

    play(story, (POLL, reply))


def test_garbage_before_a_good_answer_is_passed_over() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        assert len(await reader.inventory()) == 2
        assert not wire.closed

    play(story, (POLL, [b"\x00\x01\x03", 0.01, TWO_TAGS]))


def test_a_pad_that_is_pulled_out_in_mid_write() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        with pytest.raises(errors.ReaderGone):
            await reader.write_afi(UID, 0xC2)
        assert wire.closed

    play(story, (WRITE_C2, [WRITTEN[:3], None]))


def test_one_command_at_a_time() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        inventory, write = await asyncio.gather(reader.inventory(), reader.write_afi(UID, 0xC2))
        assert (len(inventory), write) == (2, None)

    play(story, (POLL, [0.1, TWO_TAGS]), (WRITE_C2, [0.1, WRITTEN]))


async def broken_off(reader: Reader) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await reader.write_afi(UID, 0xC2)


@pytest.mark.parametrize(
    "late", [[0.1, WRITTEN], [0.1, WRITTEN[:2], 0.1, WRITTEN[2:]], [WRITTEN[:2], 0.1, WRITTEN[2:]]]
)
def test_a_command_that_was_broken_off_leaves_no_answer_for_the_next(late: list[Reply]) -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        await broken_off(reader)
        assert len(await reader.inventory()) == 2

    play(story, (WRITE_C2, late), (POLL, [TWO_TAGS]))


@pytest.mark.parametrize("reply", [[0.1], [0.1, None], [WRITTEN[:2], 0.1]])
def test_a_command_that_was_broken_off_and_whose_answer_is_lost_ends_the_connection(
    reply: list[Reply],
) -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        await broken_off(reader)
        with pytest.raises(errors.TransportError):
            await reader.inventory()
        await reader.close()
        assert wire.closed

    play(story, (WRITE_C2, reply))


def test_closing_twice_is_fine() -> None:
    async def story(reader: Reader, wire: ScriptedWire) -> None:
        await reader.close()
        await reader.close()
        with pytest.raises(errors.ReaderGone):
            await reader.inventory()

    play(story)
