"""What FEIG's driver does beyond the contract: buffers that are too small, option flags, outputs, the first
words on a line, and the time that a serial line takes."""

import asyncio
import math
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.lab import run
from kiosk.rfid import errors
from kiosk.rfid.readers import (
    FeigReader,
    FeigSerialSettings,
    FeigSettings,
    FeigTalk,
    Password,
    Reader,
    feig_opener,
)
from tests.rfid.far_side import EXCHANGE_S, FarSide
from tests.rfid.feig_far_side import FeigFarSide, frame
from tests.rfid.reader_contract import MEMORY, SLIX, TEXAS, Story, tag
from tests.rfid.scripted import Reply, ScriptedWire

UID = bytes.fromhex(SLIX)
RESET = bytes.fromhex("05FF698901")
RESET_DONE = frame(b"\x00\x69\x00")
DONE = frame(b"\x00\xb0\x00")
INFO = frame(b"\xff\xb0\x2b\x01" + UID)
TOLD = frame(b"\x00\xb0\x00\x3e" + UID + b"\xc2\x03\x1b\x01")


def play(far: FeigFarSide, story: Story, uids: tuple[str, ...] = (SLIX,)) -> None:
    async def whole() -> None:
        far.tags = {uid: tag(uid) for uid in uids}
        reader = await far.open()
        far.heard.clear()
        await story(reader, far)
        await reader.close()

    run(whole())


def counts(far: FarSide, command: int) -> list[int]:
    """Blocks asked for in each request with that ISO command."""
    return [request[14] for request in far.heard if request[2:4] == bytes([0xB0, command])]


# ---- buffers --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0x93, 0x81, 0x11])
def test_a_reader_with_a_small_buffer_is_asked_for_less_from_then_on(status: int) -> None:
    async def story(reader: Reader, far: FarSide) -> None:
        assert await reader.read(SLIX, 0, 8) == MEMORY[:32]
        assert counts(far, 0x23) == [8, 4, 4]
        assert await reader.read(SLIX, 4, 8) == MEMORY[16:48]
        assert counts(far, 0x23)[3:] == [4, 4]

    play(FeigFarSide(buffer=30, too_long=status), story)


def test_one_odd_tag_does_not_make_the_reader_slow() -> None:
    """What no length helped against was not the length."""

    async def story(reader: Reader, far: FarSide) -> None:
        with pytest.raises(errors.NotSupported):
            await reader.read(SLIX, 0, 8)
        assert counts(far, 0x23) == [8, 4, 2, 1]
        far.buffer = 255  # type: ignore[attr-defined]
        assert await reader.read(SLIX, 0, 8) == MEMORY[:32]
        assert counts(far, 0x23)[4:] == [8]

    play(FeigFarSide(buffer=10), story)


def test_writes_are_made_shorter_too() -> None:
    async def story(reader: Reader, far: FarSide) -> None:
        await reader.write(SLIX, 0, bytes(40))
        await reader.write(SLIX, 10, bytes(8))
        assert bytes(far.tags[SLIX].memory) == bytes(48) + MEMORY[48:]
        written = [len(request) for request in far.heard if request[2:4] == b"\xb0\x24"]
        assert max(written[2:]) == 18 + 8  # two blocks

    play(FeigFarSide(buffer=30), story)


def test_more_than_a_reader_gives_is_not_asked_for() -> None:
    async def story(reader: Reader, far: FarSide) -> None:
        with pytest.raises(ValueError, match="33 blocks"):
            await reader.read(SLIX, 0, 33)
        assert not far.heard

    play(FeigFarSide(), story)


def test_an_inventory_without_end_is_no_reader() -> None:
    class Endless(FeigFarSide):
        def inventory(self, more: bool) -> tuple[int, bytes]:
            return 0x94, bytes([1, 3, 0]) + UID

    async def story(reader: Reader, far: FarSide) -> None:
        with pytest.raises(errors.ReaderGarbled):
            await reader.inventory()
        assert len(far.heard) == 64

    play(Endless(), story)


# ---- tags that want the option flag -----------------------------------------------------------


def test_a_reader_that_leaves_the_option_flag_to_us_is_told_once() -> None:
    async def story(reader: Reader, far: FarSide) -> None:
        await reader.write_afi(TEXAS, 0xC2)
        await reader.write_afi(TEXAS, 0x07)
        assert [request[2] for request in far.heard] == [0xB0, 0xBF, 0xBF]
        await reader.write_afi(SLIX, 0xC2)
        assert far.heard[-1][2] == 0xB0
        assert far.tags[SLIX].afi == 0xC2

    play(FeigFarSide(sets_option=False), story, (SLIX, TEXAS))


def test_a_tag_of_nxp_that_does_not_know_a_command_is_not_asked_in_another_way() -> None:
    class Refusing(FeigFarSide):
        def host(self, command: int, uid: str, rest: bytes) -> tuple[int, bytes]:
            return 0x95, b"\x01"

    async def story(reader: Reader, far: FarSide) -> None:
        with pytest.raises(errors.NotSupported):
            await reader.write_dsfid(SLIX, 6)
        assert len(far.heard) == 1

    play(Refusing(), story)


@pytest.mark.parametrize(
    "act",
    [
        lambda reader: reader.set_eas(SLIX, True),
        lambda reader: reader.eas_alarm(SLIX),
        lambda reader: reader.present_password(SLIX, Password.EAS_AFI, 1),
        lambda reader: reader.set_output(1, 1.0),
    ],
)
def test_a_reader_that_does_not_know_a_command_is_alive(act: Callable[[Reader], Awaitable[object]]) -> None:
    class Old(FeigFarSide):
        def carry_out(self, command: int, data: bytes) -> tuple[int, bytes]:
            return super().carry_out(command, data) if command in {0x69, 0xB0} else (0x80, b"")

    async def story(reader: Reader, far: FarSide) -> None:
        with pytest.raises(errors.NotSupported):
            await act(reader)
        assert await reader.read(SLIX, 0, 1) == MEMORY[:4]

    play(Old(extra={"outputs": 1}), story)


# ---- outputs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "seconds", "words"),
    [
        (8, 1.0, "4000 0000 000A 000A"),  # the relay of an MR200, as its manual's second example
        (1, 0.0, "0002 0000 0001 0001"),
        (3, math.inf, "0010 0000 FFFF FFFF"),
        (2, 0.01, "0004 0000 0001 0001"),
    ],
)
def test_outputs_of_older_readers(number: int, seconds: float, words: str) -> None:
    async def story(reader: Reader, far: FarSide) -> None:
        await reader.set_output(number, seconds)
        assert far.heard == [frame(b"\xff\x71" + bytes.fromhex(words))]

    play(FeigFarSide(extra={"outputs": 8}), story)


@pytest.mark.parametrize("answered_as", [0x71, 0x72])
def test_relays_of_newer_readers(answered_as: int) -> None:
    """One manual answers this command under the other's number."""
    request = frame(b"\xff\x72\x01\x01\x82\x01\x00\x0f")
    answer = frame(bytes([0, answered_as, 0]))

    async def whole() -> None:
        wire = ScriptedWire((request, [answer]))
        await FeigReader(wire, FeigTalk(outputs=2, output_command="72")).set_output(2, 1.5)

    run(whole())


# ---- the first words on a line ------------------------------------------------------------------


def opened(*replies: Reply, talk: FeigTalk | None = None, serial: bool = False) -> tuple[Reader, float]:
    """The reader that was opened, and when."""
    talk = talk or FeigTalk()

    async def whole() -> tuple[Reader, float]:
        wire = ScriptedWire((frame(bytes([talk.address, 0x69])), list(replies)))

        async def open_wire() -> ScriptedWire:
            return wire

        settings = FeigSerialSettings(talk=talk) if serial else FeigSettings(talk=talk)
        try:
            reader = await feig_opener(open_wire, settings)()
        except errors.TransportError:
            assert wire.closed
            raise
        return reader, asyncio.get_running_loop().time()

    return run(whole())


def test_opening_resets_the_field() -> None:
    assert opened(RESET_DONE)[1] == 0


@pytest.mark.parametrize(
    "left_over",
    [[DONE], [DONE] * 2, [b"\x55"], [b"\x55", 0.4], [TOLD[-2:]], [TOLD[7:], 0.01, DONE], [DONE, RESET_DONE]],
)
def test_what_is_left_over_on_a_line_is_passed_over(left_over: list[Reply]) -> None:
    _, at = opened(0.1, *left_over, RESET_DONE)
    assert at < 0.9


def test_a_silent_line_tells_what_to_look_at() -> None:
    with pytest.raises(errors.ReaderSilent, match=r"38400 bits/s with even parity"):
        opened(serial=True)
    with pytest.raises(errors.ReaderSilent, match="ISO-host"):
        opened()


def test_a_line_of_another_speed_is_told_from_a_silent_one() -> None:
    with pytest.raises(errors.ReaderGarbled, match="38400"):
        opened(b"\x80\xf8\x00\xf8\x80", serial=True)


@pytest.mark.parametrize("status", [0x82, 0xF1, 0x10])
def test_a_reader_in_another_mode_is_refused_at_once(status: int) -> None:
    with pytest.raises(errors.ReaderRefused):
        opened(frame(bytes([0, 0x69, status])))


def test_a_reader_that_hangs_up_at_once() -> None:
    with pytest.raises(errors.ReaderGone):
        opened(None)


def test_opening_that_is_given_up_closes_the_line() -> None:
    async def whole() -> None:
        wire = ScriptedWire((RESET, []))

        async def open_wire() -> ScriptedWire:
            return wire

        opening = asyncio.create_task(feig_opener(open_wire, FeigSettings())())
        await asyncio.sleep(0.1)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        assert wire.closed

    run(whole())


def test_another_reader_of_the_bus_is_not_ours() -> None:
    with pytest.raises(errors.TransportError):
        opened(frame(b"\x08\x69\x00"), talk=FeigTalk(address=7))
    opened(frame(b"\x07\x69\x00"), talk=FeigTalk(address=7))


# ---- serial lines -------------------------------------------------------------------------------


def test_a_serial_reader_gets_its_silence_before_each_question() -> None:
    async def story(reader: Reader, far: FarSide) -> None:
        start = asyncio.get_running_loop().time()
        for _ in range(10):
            await reader.read(SLIX, 0, 1)
        took = asyncio.get_running_loop().time() - start
        assert took == pytest.approx(10 * (EXCHANGE_S + 0.005), abs=0.002)

    play(FeigFarSide(serial=True), story)


def test_after_a_rest_it_is_not_waited_for() -> None:
    async def story(reader: Reader, far: FarSide) -> None:
        await asyncio.sleep(1)
        start = asyncio.get_running_loop().time()
        await reader.read(SLIX, 0, 1)
        assert asyncio.get_running_loop().time() - start == pytest.approx(EXCHANGE_S)

    play(FeigFarSide(serial=True), story)


@pytest.mark.parametrize(("baud", "longest_s"), [(4800, 1.2), (38400, 0.15), (230400, 0.03)])
def test_a_slow_line_is_given_the_time_that_it_takes(baud: int, longest_s: float) -> None:
    """512 bytes with parity, on top of what is set."""

    async def whole() -> None:
        wire = ScriptedWire((RESET, [RESET_DONE]), (INFO, []))

        async def open_wire() -> ScriptedWire:
            return wire

        reader = await feig_opener(open_wire, FeigSerialSettings(baud=baud, pause_s=0))()
        with pytest.raises(errors.ReaderSilent):
            await reader.system_info(SLIX)
        assert asyncio.get_running_loop().time() == pytest.approx(1 + 512 * 11 / baud)
        assert 512 * 11 / baud < longest_s

    run(whole())


@given(st.lists(st.integers(1, 12), max_size=12), st.floats(0.0, 0.02))
def test_answers_in_any_pieces_at_any_pace(cuts: list[int], pace: float) -> None:
    memory = frame(b"\x00\xb0\x00\x02\x04\x00\x03\x02\x01\x00\x00\x07\x06\x05\x04")
    read = frame(b"\xff\xb0\x23\x01" + UID + b"\x00\x02")

    def in_pieces(answer: bytes) -> list[Reply]:
        pieces: list[Reply] = []
        for cut in cuts:
            if answer[cut:]:
                pieces += [answer[:cut], pace]
                answer = answer[cut:]
        return [*pieces, answer]

    async def whole() -> None:
        wire = ScriptedWire((INFO, in_pieces(TOLD)), (read, in_pieces(memory)))
        reader = FeigReader(wire, FeigTalk())
        assert (await reader.system_info(SLIX)).afi == 0xC2
        assert await reader.read(SLIX, 0, 2) == MEMORY[:8]

    run(whole())


@given(st.binary(max_size=40))
def test_any_noise_is_one_of_our_errors(noise: bytes) -> None:
    async def whole() -> None:
        wire = ScriptedWire((INFO, [noise, 0.1, noise[::-1]] if noise else []))
        with pytest.raises(errors.RfidError):
            await FeigReader(wire, FeigTalk()).system_info(SLIX)

    run(whole())
