"""A PC/SC reader that shows one tag at a time, against scripted APDUs."""

from collections.abc import Coroutine
from typing import Any

import pytest

from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import TagFound
from kiosk.rfid.readers import PcscSettings, Reader
from kiosk.rfid.wire import pcsc
from tests.rfid.pcsc_script import (
    OTHER,
    UID,
    Script,
    play,
)
from tests.rfid.scripted import ScriptedApdus

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
