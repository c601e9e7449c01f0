"""The FEIG driver against a scripted wire: what it says, and how it bears what comes back.

Frames are the manuals' examples (H20800, H60301), typed as bytes.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from kiosk.lab import run
from kiosk.rfid import errors
from kiosk.rfid.iso15693 import TagFound
from kiosk.rfid.readers import FeigReader, FeigSettings, FeigTalk, feig_opener
from tests.rfid.scripted import Reply, ScriptedWire

UID = "E004010012345678"

INVENTORY = bytes.fromhex("07FFB001001C56")
MORE = bytes.fromhex("07FFB0018014D2")
RF_RESET = bytes.fromhex("05FF698901")
READ_0_TO_7 = bytes.fromhex("11FFB02301E004010012345678000807D6")
WRITE_C2 = bytes.fromhex("10FFB02701E004010012345678C2794F")
SYSTEM_INFO = bytes.fromhex("0FFFB02B01E00401001234567811A3")

TWO_TAGS = bytes.fromhex("1B00B00002033EE0040100123456780306E004010012345679FAD8")
NO_TAG = bytes.fromhex("0600B0015C63")


def crc(body: str) -> bytes:
    """A frame with its CRC (0x8408, preset FFFF, low byte first)."""
    data, value = bytes.fromhex(body), 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x8408 if value & 1 else 0)
    return data + bytes([value & 0xFF, value >> 8])


DONE = crc("0600B000")
RESET_DONE = crc("06006900")


def play(
    story: Callable[[FeigReader, ScriptedWire], Coroutine[Any, Any, None]],
    *script: tuple[bytes, list[Reply]],
) -> None:
    async def whole() -> None:
        wire = ScriptedWire(*script)
        await story(FeigReader(wire, FeigTalk()), wire)
        assert not wire.script

    run(whole())


def test_an_inventory_of_two_tags() -> None:
    async def story(reader: FeigReader, _wire: ScriptedWire) -> None:
        assert await reader.inventory() == [TagFound(UID, 0x3E), TagFound("E004010012345679", 6)]
        assert await reader.inventory() == []

    play(story, (INVENTORY, [TWO_TAGS]), (INVENTORY, [NO_TAG]))


def test_what_the_reader_has_left_over_is_fetched() -> None:
    first = crc("1100B09401033E" + UID)
    last = crc("1B00B00002033E" + UID + "0306E004010012345679")

    async def story(reader: FeigReader, _wire: ScriptedWire) -> None:
        assert [tag.uid for tag in await reader.inventory()] == [UID, "E004010012345679"]

    play(story, (INVENTORY, [first]), (MORE, [last]))


def test_reading_turns_each_block() -> None:
    blocks = ["0031010111", "0030303030", "0036353030", *["0000000000"] * 5]
    memory = crc("3000B0000804" + "".join(blocks))

    async def story(reader: FeigReader, _wire: ScriptedWire) -> None:
        assert (await reader.read(UID, 0, 8))[:12] == bytes.fromhex("110101313030303030303536")

    play(story, (READ_0_TO_7, [memory]))


def test_writing_the_afi_and_reading_it_back() -> None:
    info = crc("1300B0003E" + UID + "C2031B01")

    async def story(reader: FeigReader, _wire: ScriptedWire) -> None:
        await reader.rf_reset()
        await reader.write_afi(UID, 0xC2)
        assert (await reader.system_info(UID)).afi == 0xC2

    play(story, (RF_RESET, [RESET_DONE]), (WRITE_C2, [DONE]), (SYSTEM_INFO, [info]))


def test_an_answer_may_come_byte_by_byte() -> None:
    pieces: list[Reply] = []
    for byte in TWO_TAGS:
        pieces += [bytes([byte]), 0.005]

    async def story(reader: FeigReader, _wire: ScriptedWire) -> None:
        assert len(await reader.inventory()) == 2

    play(story, (INVENTORY, pieces[:-1]))


def test_a_tag_that_does_not_answer_costs_nothing_but_itself() -> None:
    async def story(reader: FeigReader, wire: ScriptedWire) -> None:
        with pytest.raises(errors.NoTag):
            await reader.write_afi(UID, 0xC2)
        with pytest.raises(errors.Protected):
            await reader.write_afi(UID, 0xC2)
        await reader.write_afi(UID, 0xC2)
        assert not wire.closed

    play(story, (WRITE_C2, [NO_TAG]), (WRITE_C2, [crc("0700B0950F")]), (WRITE_C2, [DONE]))


def test_silence_ends_the_connection_after_a_second() -> None:
    async def story(reader: FeigReader, wire: ScriptedWire) -> None:
        with pytest.raises(errors.ReaderSilent):
            await reader.inventory()
        assert asyncio.get_running_loop().time() == pytest.approx(1.0)
        assert wire.closed
        with pytest.raises(errors.ReaderGone):  # at once, and nothing is sent
            await reader.inventory()

    play(story, (INVENTORY, []))


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param([b"\x9agarbage"], id="garbage"),
        pytest.param([TWO_TAGS[:12]], id="half a frame"),
        pytest.param([TWO_TAGS[:-1] + b"\x00"], id="wrong CRC"),
        pytest.param([b"\x02\xff"], id="the beginning of a long frame"),
        pytest.param([crc("06006900")], id="an answer to something else"),
        pytest.param([TWO_TAGS + NO_TAG], id="two answers"),
        pytest.param([NO_TAG + b"\x07"], id="an answer and more"),
        pytest.param([crc("0700B00003")], id="an inventory that does not add up"),
    ],
)
def test_garbage_ends_the_connection_soon(reply: list[Reply]) -> None:
    async def story(reader: FeigReader, wire: ScriptedWire) -> None:
        with pytest.raises(errors.ReaderGarbled):
            await reader.inventory()
        assert asyncio.get_running_loop().time() <= 0.25
        assert wire.closed

    play(story, (INVENTORY, reply))


def test_garbage_before_a_good_answer_is_passed_over() -> None:
    async def story(reader: FeigReader, wire: ScriptedWire) -> None:
        assert len(await reader.inventory()) == 2
        assert not wire.closed

    play(story, (INVENTORY, [b"\x00\x01\x03", 0.01, TWO_TAGS]))


def test_a_reader_that_hangs_up() -> None:
    async def story(reader: FeigReader, wire: ScriptedWire) -> None:
        with pytest.raises(errors.ReaderGone):
            await reader.inventory()
        assert wire.closed

    play(story, (INVENTORY, [TWO_TAGS[:3], None]))


def test_a_reader_in_scan_mode_is_refused() -> None:
    async def story(reader: FeigReader, wire: ScriptedWire) -> None:
        with pytest.raises(errors.ReaderRefused, match="scan"):
            await reader.inventory()
        assert wire.closed

    play(story, (INVENTORY, [crc("0600B082")]))


def test_one_command_at_a_time() -> None:
    async def story(reader: FeigReader, _wire: ScriptedWire) -> None:
        inventory, write = await asyncio.gather(reader.inventory(), reader.write_afi(UID, 0xC2))
        assert (len(inventory), write) == (2, None)

    play(story, (INVENTORY, [0.1, TWO_TAGS]), (WRITE_C2, [0.1, DONE]))


async def broken_off(reader: FeigReader) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await reader.write_afi(UID, 0xC2)


def test_a_command_that_was_broken_off_leaves_no_answer_for_the_next() -> None:
    async def story(reader: FeigReader, _wire: ScriptedWire) -> None:
        await broken_off(reader)
        await broken_off(reader)  # it waits for the first one's answer still
        assert len(await reader.inventory()) == 2

    play(story, (WRITE_C2, [0.1, 0.1, DONE]), (INVENTORY, [TWO_TAGS]))


def test_an_answer_may_come_in_pieces_when_nobody_waits_for_it() -> None:
    async def story(reader: FeigReader, _wire: ScriptedWire) -> None:
        await broken_off(reader)
        assert len(await reader.inventory()) == 2

    play(story, (WRITE_C2, [0.1, DONE[:2], 0.1, DONE[2:]]), (INVENTORY, [TWO_TAGS]))


def test_a_command_that_was_broken_off_in_the_middle_of_its_answer_is_finished_too() -> None:
    async def story(reader: FeigReader, _wire: ScriptedWire) -> None:
        await broken_off(reader)
        assert len(await reader.inventory()) == 2

    play(story, (WRITE_C2, [DONE[:2], 0.1, DONE[2:]]), (INVENTORY, [TWO_TAGS]))


@pytest.mark.parametrize("reply", [[0.1], [0.1, None], [DONE[:2]], [DONE[:2], 0.1, None]])
def test_a_command_that_was_broken_off_and_whose_answer_is_lost_ends_the_connection(
    reply: list[Reply],
) -> None:
    async def story(reader: FeigReader, wire: ScriptedWire) -> None:
        await broken_off(reader)
        with pytest.raises(errors.TransportError):
            await reader.inventory()
        await reader.close()
        assert wire.closed

    play(story, (WRITE_C2, reply))


def test_closing_twice_is_fine() -> None:
    async def story(reader: FeigReader, _wire: ScriptedWire) -> None:
        await reader.close()
        await reader.close()
        with pytest.raises(errors.ReaderGone):
            await reader.inventory()

    play(story)


@pytest.mark.parametrize("failure", [ConnectionRefusedError("refused"), TimeoutError()])
def test_a_reader_that_cannot_be_reached(failure: OSError) -> None:
    async def refuse() -> ScriptedWire:
        raise failure

    async def whole() -> None:
        open_reader = feig_opener(refuse, FeigSettings())
        with pytest.raises(errors.ReaderGone):
            await open_reader()

    run(whole())
