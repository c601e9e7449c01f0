"""The FEIG codec against frames of the manuals (H20800, H60301), and against noise."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import TagFound
from kiosk.rfid.wire import feig

UID = "E004010012345678"
OTHER = "E004010012345679"
TEXAS = "E007000012345678"
ASK = feig.Requests()

TWO_TAGS = bytes.fromhex("1B00B0000203 3EE004010012345678 0306E004010012345679 FAD8".replace(" ", ""))
NO_TAG = bytes.fromhex("0600B0015C63")


def crc_of(body: bytes) -> bytes:
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x8408 if crc & 1 else 0)
    return bytes([crc & 0xFF, crc >> 8])


def with_crc(body: bytes) -> bytes:
    """Address, command and what follows, as a standard frame."""
    whole = bytes([len(body) + 3]) + body
    return whole + crc_of(whole)


def frame_of(status: int, data: bytes = b"", command: int = 0xB0, *, advanced: bool = False) -> bytes:
    """An answer frame, built by hand."""
    body = bytes([0, command, status]) + data
    body = b"\x02" + (len(body) + 5).to_bytes(2) + body if advanced else bytes([len(body) + 3]) + body
    return body + crc_of(body)


def answer(status: int, data: str = "") -> feig.Answer:
    return feig.Answer(0, 0xB0, status, bytes.fromhex(data))


@pytest.mark.parametrize(
    ("request_frame", "manual"),
    [
        (ASK.inventory(), "07FFB001001C56"),
        (ASK.inventory(more=True), "07FFB0018014D2"),
        (ASK.rf_reset(), "05FF698901"),
        (ASK.read_blocks(UID, 0, 8), "11FFB02301E0040100123456780008 07D6"),
        (ASK.write_afi(UID, 0xC2), "10FFB02701E004010012345678C2794F"),
        (ASK.system_info(UID), "0FFFB02B01E00401001234567811A3"),
        (feig.Requests(advanced=True).inventory(), "020009FFB001001843"),
    ],
)
def test_requests_are_those_of_the_manuals(request_frame: bytes, manual: str) -> None:
    assert request_frame == bytes.fromhex(manual.replace(" ", ""))


@pytest.mark.parametrize(
    ("request_frame", "body"),
    [
        # blocks and their bytes: DB-ADR, DB-N, DB-SIZE, each block from its last byte on
        (ASK.write_blocks(UID, 2, b"ABCDEFGH"), "FF B0 24 01" + UID + "02 02 04 44434241 48474645"),
        (ASK.write_blocks(UID, 0, bytes(range(8)), 8), "FF B0 24 01" + UID + "00 01 08 0706050403020100"),
        (ASK.write_dsfid(UID, 0x06), "FF B0 29 01" + UID + "06"),
        # NXP's own, in the envelope of makers (H60301 clause 8.3)
        (ASK.set_eas(UID, True), "FF B1 04 A2 01" + UID),
        (ASK.set_eas(UID, False), "FF B1 04 A3 01" + UID),
        (ASK.eas_alarm(UID), "FF B1 04 A5 01" + UID),
        # passed on: mode, answer in bits, t1 in 590 ns, then the frame as it goes into the air
        (
            ASK.passed_on(iso15693.random_number(UID), 2),
            "FF BF 02 0028 021F 22 B2 04 78 56 34 12 00 01 04 E0",
        ),
        (
            ASK.passed_on(iso15693.set_password(UID, iso15693.Password.EAS_AFI, 0, b"\x5a\xc3"), 0),
            "FF BF 02 0018 021F 22 B3 04 78 56 34 12 00 01 04 E0 10 5AC35AC3",
        ),
        # ... and for Texas Instruments the second EOF after 20 ms
        (
            ASK.passed_on(iso15693.write_afi(TEXAS, 0xC2), 0),
            "FF BF 03 0018 021F 846A 62 27 78 56 34 12 00 00 07 E0 C2",
        ),
        (ASK.set_output(8, 1.0), "FF 71 4000 0000 000A 000A"),
        (ASK.set_relay(1, 0.0), "FF 72 01 01 81 02 0001"),
        (feig.Requests(address=7).rf_reset(), "07 69"),
    ],
)
def test_requests_byte_by_byte(request_frame: bytes, body: str) -> None:
    assert request_frame == with_crc(bytes.fromhex(body))


@pytest.mark.parametrize(
    ("heard", "command", "status", "data"),
    [
        ("02000A00B100D339DBFA", 0xB1, 0x00, "D339"),  # the answer to B1 04 B2
        ("02000900B1950FDC5A", 0xB1, 0x95, "0F"),
    ],
)
def test_answers_of_a_real_reader(heard: str, command: int, status: int, data: str) -> None:
    """A trace of an LRM1002 that somebody showed in NXP's forum: the CRC's low byte comes first in advanced
    frames too, where H60301 clause 2.1 has it the other way round."""
    [answer] = feig.AnswerParser().feed(bytes.fromhex(heard))
    assert (answer.command, answer.status, answer.data.hex().upper()) == (command, status, data)


def test_an_alarm_is_a_status() -> None:
    assert feig.sounds_alarm(answer(0x00))
    assert not feig.sounds_alarm(answer(0x01))
    for status, error in [(0x83, errors.Collision), (0x95, errors.TagRefused), (0x80, errors.NotSupported)]:
        with pytest.raises(error):
            feig.sounds_alarm(answer(status, "01"))


@pytest.mark.parametrize(
    ("status", "data", "heard"),
    [
        (0x00, "00 5AC3 DC1C", iso15693.Answered(b"\x5a\xc3")),
        (0x00, "01 0F 68EE", iso15693.Refused(0x0F)),
        (0x00, "01 0F 68EE 000000", iso15693.Refused(0x0F)),  # filled up to the length that was asked for
        (0x00, "00 5AC3 0000", iso15693.Noise()),
        (0x00, "", iso15693.Silent()),
        (0x01, "", iso15693.Silent()),
        (0x02, "", iso15693.Noise()),
        (0x83, "", iso15693.Noise()),
        (0x95, "12", iso15693.Refused(0x12)),
    ],
)
def test_what_was_passed_on_comes_back_as_it_was_heard(status: int, data: str, heard: iso15693.Heard) -> None:
    assert feig.passed_back(answer(status, data)) == heard


@pytest.mark.parametrize("status", [0x11, 0x81, 0x93])
def test_too_long_is_told_from_not_possible(status: int) -> None:
    with pytest.raises(feig.TooLong):
        feig.blocks_of(answer(status))


@pytest.mark.parametrize("status", [0x01, 0x80, 0x82, 0xF1, 0x77])
def test_a_reader_that_does_not_obey_is_none(status: int) -> None:
    with pytest.raises(errors.ReaderRefused):
        feig.obeyed(answer(status))


@given(st.integers(0, 255), st.binary(max_size=80))
def test_any_answer_is_one_of_our_errors_or_a_value(status: int, data: bytes) -> None:
    it = feig.Answer(0, 0xB0, status, data)
    for read in (
        feig.accepted,
        feig.blocks_of,
        feig.inventory_of,
        feig.obeyed,
        feig.output_set,
        feig.passed_back,
        feig.sounds_alarm,
        lambda one: feig.system_info_of(one, UID),
    ):
        with contextlib.suppress(errors.RfidError):
            read(it)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: ASK.write_blocks(UID, 0, b"abc"),
        lambda: ASK.write_blocks(UID, 0, b""),
        lambda: ASK.write_blocks(UID, 0, bytes(132)),
        lambda: ASK.read_blocks(UID, 0, 33),
        lambda: ASK.set_output(0, 1.0),
        lambda: ASK.set_output(9, 1.0),
        lambda: ASK.set_relay(16, 1.0),
        lambda: ASK.write_afi(UID, 256),
    ],
)
def test_what_no_reader_could_understand_is_not_made(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"block|output|relay|range"):
        wrong()


def test_the_inventory_of_the_manual() -> None:
    [two] = feig.AnswerParser().feed(TWO_TAGS)
    assert feig.inventory_of(two) == ([TagFound(UID, 0x3E), TagFound(OTHER, 0x06)], False)


def test_no_transponder_is_an_empty_inventory() -> None:
    [none] = feig.AnswerParser().feed(NO_TAG)
    assert feig.inventory_of(none) == ([], False)


def test_status_94_asks_for_more() -> None:
    assert feig.inventory_of(answer(0x94, "01033E" + UID)) == ([TagFound(UID, 0x3E)], True)


def test_what_was_read_before_the_noise_counts() -> None:
    assert feig.inventory_of(answer(0x83, "010300" + UID)) == ([TagFound(UID, 0)], False)
    with pytest.raises(errors.Collision):
        feig.inventory_of(answer(0x83))


def test_other_transponders_are_left_out() -> None:
    assert feig.inventory_of(answer(0, "020100" + OTHER + "0306" + UID)) == ([TagFound(UID, 6)], False)


@pytest.mark.parametrize("data", ["", "02033E" + UID, "01033E" + UID + "00"])
def test_an_inventory_that_does_not_add_up(data: str) -> None:
    with pytest.raises(errors.ReaderGarbled):
        feig.inventory_of(answer(0, data))


def test_blocks_come_backwards_and_are_turned() -> None:
    assert feig.blocks_of(answer(0, "020400310101110030303030")) == bytes.fromhex("1101013130303030")


@pytest.mark.parametrize("data", ["", "02", "02040031010111", "010431010111"])
def test_blocks_that_do_not_add_up(data: str) -> None:
    with pytest.raises(errors.TagGarbled):
        feig.blocks_of(answer(0, data))


@pytest.mark.parametrize(
    ("memory", "blocks", "block_size"),
    [
        # block size first, as programs that work with real readers find it
        *(("031B", 28, 4), ("034F", 80, 4), ("0307", 8, 4), ("073F", 64, 8)),
        # and the other way round
        *(("1B03", 28, 4), ("4F03", 80, 4), ("3F07", 64, 8), ("0703", 8, 4)),
        # sizes that are possible and rare
        *(("001F", 32, 1), ("0FFF", 256, 16), ("1F40", 65, 32), ("401F", 65, 32)),
    ],
)
def test_system_information(memory: str, blocks: int, block_size: int) -> None:
    info = feig.system_info_of(answer(0, "3E" + UID + "C2" + memory + "01"), UID)
    assert (info.blocks, info.block_size) == (blocks, block_size)
    assert (info.dsfid, info.afi, info.ic_reference) == (0x3E, 0xC2, 1)


@pytest.mark.parametrize(
    ("memory", "blocks", "block_size"), [("FFFF", 256, 32), ("6040", 65, 1), ("1305", 6, 20), ("E21B", 28, 3)]
)
def test_an_impossible_size_of_memory_is_still_one_that_can_be_read(
    memory: str, blocks: int, block_size: int
) -> None:
    """No tag has blocks of 3, 6, 20 or 256 bytes; a tag that says so is read by its five bits."""
    info = feig.system_info_of(answer(0, "3E" + UID + "C2" + memory + "01"), UID)
    assert (info.blocks, info.block_size) == (blocks, block_size)


@given(st.integers(0, 255), st.integers(0, 255))
def test_any_size_of_memory_fits_the_standard(high: int, low: int) -> None:
    info = feig.system_info_of(answer(0, f"3E{UID}C2{high:02X}{low:02X}01"), UID)
    assert 1 <= info.blocks <= 256
    assert 1 <= info.block_size <= 32


@given(st.integers(1, 256).filter(lambda blocks: blocks not in {4, 8}), st.sampled_from([4, 8]))
def test_usual_tags_are_told_in_either_order(blocks: int, block_size: int) -> None:
    """But where the number of blocks is itself a usual block size, and nobody can know."""
    one, other = f"{block_size - 1:02X}", f"{blocks - 1:02X}"
    for memory in (one + other, other + one):
        info = feig.system_info_of(answer(0, f"3E{UID}C2{memory}01"), UID)
        assert (info.blocks, info.block_size) == (blocks, block_size)


def test_system_information_of_another_tag_is_no_proof() -> None:
    with pytest.raises(errors.TagGarbled):
        feig.system_info_of(answer(0, "3E" + OTHER + "C2031B01"), UID)


@pytest.mark.parametrize(
    ("status", "data", "error"),
    [
        (0x01, "", errors.NoTag),
        (0x02, "", errors.Collision),
        (0x83, "", errors.Collision),
        (0x03, "", errors.NotWritten),
        (0x95, "0F", errors.Protected),
        (0x95, "10", errors.NoBlock),
        (0x95, "12", errors.Locked),
        (0x95, "A7", errors.TagRefused),
        (0x95, "", errors.TagRefused),
        (0x77, "", errors.TagRefused),
        (0x82, "", errors.ReaderRefused),
        (0xF1, "", errors.ReaderRefused),
    ],
)
def test_each_status_has_its_error(status: int, data: str, error: type[errors.RfidError]) -> None:
    with pytest.raises(error):
        feig.accepted(answer(status, data))


def test_a_refused_inventory_is_the_reader_s_fault() -> None:
    with pytest.raises(errors.ReaderRefused):
        feig.inventory_of(answer(0x77))


def test_a_bad_uid_is_not_sent() -> None:
    with pytest.raises(ValueError, match="uid"):
        ASK.system_info("E00401")


@given(st.lists(st.integers(1, 30)))
def test_answers_in_any_pieces(cuts: list[int]) -> None:
    stream, parser, answers = (
        TWO_TAGS + NO_TAG + frame_of(0, bytes(300), advanced=True),
        feig.AnswerParser(),
        [],
    )
    for cut in cuts:
        answers += parser.feed(stream[:cut])
        stream = stream[cut:]
    answers += parser.feed(stream)
    assert [one.status for one in answers] == [0, 1, 0]
    assert (parser.pending, parser.skipped) == (0, 0)
    assert answers[2].data == bytes(300)


@given(st.binary(max_size=600))
def test_noise_never_raises(noise: bytes) -> None:
    parser = feig.AnswerParser()
    parser.feed(noise)
    assert parser.pending + parser.skipped <= len(noise)


@given(st.binary(max_size=40))
def test_an_answer_behind_noise_is_found_once_enough_has_come(noise: bytes) -> None:
    # A damaged length waits for at most 64 KiB, a plain one for 255 bytes.
    parser = feig.AnswerParser()
    answers = parser.feed(noise.replace(b"\x02", b"") + TWO_TAGS + bytes(255))
    assert feig.Answer(0, 0xB0, 0, TWO_TAGS[4:-2]) in answers


@pytest.mark.parametrize("position", range(len(TWO_TAGS)))
def test_one_damaged_byte_is_no_answer(position: int) -> None:
    damaged = bytearray(TWO_TAGS)
    damaged[position] ^= 0x10
    parser = feig.AnswerParser()
    assert parser.feed(bytes(damaged)) == []
    assert parser.pending or parser.skipped
