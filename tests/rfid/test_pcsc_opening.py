"""Which of two ways a PC/SC reader takes: transparent sessions, or storage cards for good."""

import asyncio

import pytest

from kiosk.lab import run
from kiosk.rfid import errors
from kiosk.rfid.iso15693 import TagFound
from kiosk.rfid.readers import Abilities, PcscSettings, Reader, pcsc_opener
from kiosk.rfid.wire import pcsc
from tests.rfid.pcsc_script import (
    END,
    SILENCE,
    START,
    UID,
    Script,
    inventory,
    opened,
    play,
    quiet,
    tag,
)
from tests.rfid.scripted import ScriptedApdus

ASK = pcsc.manage(pcsc.Manage.START)
IS_THERE: Script = (pcsc.GET_UID, bytes.fromhex("7856341200 0104E0 9000"))
NOBODY: Script = (pcsc.GET_UID, bytes.fromhex("6300"))
UNKNOWN = bytes.fromhex("6D00")


def refused(answer: bytes, times: int = 2) -> list[Script]:
    return [(ASK, answer)] * times


def proof(answer: bytes = UNKNOWN) -> list[Script]:
    """What a reader without sessions says as often as it is asked, and that a tag lies there."""
    return [*refused(answer), IS_THERE, *refused(answer)]


def test_a_reader_that_knows_sessions_can_do_everything() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        can = reader.abilities
        assert (can.afi_filter, can.inventory_read, can.customs, can.reports_new_only) == (True,) * 4
        await reader.close()
        await reader.close()
        assert apdus.closed

    play(story, END)


@pytest.mark.parametrize("answer", ["6D00", "6E00", "6A81", "6881", "C003016A819000"])
def test_one_that_says_four_times_that_it_knows_none_is_one_for_single_tags(answer: str) -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert reader.abilities == Abilities(secures=False)

    play(story, opening=proof(bytes.fromhex(answer)))


BAD_MOMENTS = [
    pytest.param([(ASK, bytes.fromhex(said))], id=said) for said in ("6F00", "6300", "6D00", "C003006F009000")
] + [
    # the service has reset the card meanwhile; nothing in the field
    pytest.param([*START[:-1], (pcsc.switch_protocol(), bytes.fromhex(said)), END], id=f"then {said}")
    for said in ("6985", "C0030064009000")
]


@pytest.mark.parametrize("moment", BAD_MOMENTS)
def test_one_bad_moment_is_no_proof(moment: list[Script]) -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert reader.abilities.customs
        assert await reader.inventory() == []

    play(story, (inventory(), SILENCE), opening=[*moment, *START])
    play(story, (inventory(), SILENCE), opening=[*moment, *moment, IS_THERE, *moment, *START])


@pytest.mark.parametrize("moment", BAD_MOMENTS)
def test_whatever_is_said_of_an_empty_pad_a_session_is_begun_when_a_tag_comes(moment: list[Script]) -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert await reader.inventory() == []
        assert await reader.inventory() == [TagFound(UID, 0x3E)]
        assert reader.abilities.customs

    empty = [*moment, *moment, NOBODY]
    play(story, *empty, *START, (inventory(), tag(UID)), quiet(UID), (inventory(), SILENCE), opening=empty)


def test_one_that_never_begins_and_never_says_that_it_cannot_is_missing_with_a_hint() -> None:
    async def whole() -> None:
        never = bytes.fromhex("6F00")
        apdus, open_reader = opened(*refused(never), IS_THERE, *refused(never))
        with pytest.raises(errors.ReaderRefused, match="set session to storage"):
            await open_reader()
        assert apdus.closed

    run(whole())


def test_one_for_single_tags_is_asked_again_when_another_tag_comes() -> None:
    other: Script = (pcsc.GET_UID, bytes.fromhex("7956341200 0104E0 9000"))

    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert await reader.inventory() == [TagFound(UID)]
        assert await reader.inventory() == [TagFound(UID)]
        assert await reader.inventory() == []
        with pytest.raises(errors.ReaderGone, match="after all"):
            await reader.inventory()
        assert apdus.closed

    play(
        story,
        IS_THERE,
        (ASK, UNKNOWN),  # it stands by it
        IS_THERE,
        NOBODY,
        other,
        *START,
        END,
        opening=proof(),
    )


def test_one_that_is_told_to_be_for_single_tags_is_never_asked() -> None:
    async def story(reader: Reader, apdus: ScriptedApdus) -> None:
        assert await reader.inventory() == [TagFound(UID)]

    play(story, IS_THERE, opening=[], settings=PcscSettings("Pad", session="storage"))


def test_one_that_should_know_sessions_and_does_not_is_refused() -> None:
    async def whole() -> None:
        settings = PcscSettings("Pad", session="transparent")
        apdus, open_reader = opened(*proof(), settings=settings)
        with pytest.raises(errors.ReaderRefused):
            await open_reader()
        assert apdus.closed

    run(whole())


def test_one_that_takes_commands_only_for_a_card() -> None:
    nothing: Script = (ASK, errors.NoTag("no card"))

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

    play(none_after_all, nothing, *proof(), opening=[nothing])
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
        apdus, open_reader = opened((ASK, failure))
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
