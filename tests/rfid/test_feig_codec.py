"""The FEIG codec against frames of the manuals (H20800, H60301), and against noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid import errors
from kiosk.rfid.iso15693 import TagFound
from kiosk.rfid.wire import feig

UID = "E004010012345678"
OTHER = "E004010012345679"
ASK = feig.Requests()

TWO_TAGS = bytes.fromhex("1B00B0000203 3EE004010012345678 0306E004010012345679 FAD8".replace(" ", ""))
NO_TAG = bytes.fromhex("0600B0015C63")


def frame_of(status: int, data: bytes = b"", command: int = 0xB0, *, advanced: bool = False) -> bytes:
    """An answer frame, built by hand."""
    body = bytes([0, command, status]) + data
    body = b"\x02" + (len(body) + 5).to_bytes(2) + body if advanced else bytes([len(body) + 3]) + body
    crc = 0xFFFF
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x8408 if crc & 1 else 0)
    return body + bytes([crc & 0xFF, crc >> 8])


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
