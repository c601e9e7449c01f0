"""The codec of 3M pads against the document's frames, a recording of a real 810, and noise."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import SystemInfo, TagFound, Told
from kiosk.rfid.wire import m3

UID = "E004010031269117"
OTHER = "E00401001F77FB98"
ALARM = iso15693.eas_alarm()


def answer_frame(body: str, start: int = 0xD6) -> bytes:
    """A frame with its length and BCC, made by hand; `body` is CMD ERR data."""
    content = bytes.fromhex(body)
    counted = (len(content) + 2).to_bytes(2) + content
    crc = 0xFFFF
    for byte in counted:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return bytes([start]) + counted + (crc ^ 0xFFFF).to_bytes(2)


def answer(body: str) -> m3.Answer:
    found = m3.whole_answer(answer_frame(body))
    assert found is not None
    return found


def test_the_bcc_of_the_document() -> None:
    assert m3.bcc(bytes.fromhex("0009030002000000 03".replace(" ", ""))) == 0x12E6


@pytest.mark.parametrize(
    ("request_frame", "document"),
    [
        (m3.GREETING, "D500050400118C66"),
        (m3.read_uids(options=0x05), "D60005FE0005FA40"),
        (m3.version(), "D60003116420"),
        (m3.get_afi(UID), "D6000B0AE004010031269117EC84"),
        (m3.read_blocks(UID, 0, 8), "D6000D02E00401003126911700084E9B"),
        (m3.get_afi(OTHER), "D6000B0AE00401001F77FB9894E8"),
        (m3.read_blocks(OTHER, 0, 8), "D6000D02E00401001F77FB9800086241"),
    ],
)
def test_requests_are_those_of_the_document_and_of_the_recording(request_frame: bytes, document: str) -> None:
    assert request_frame == bytes.fromhex(document)


@pytest.mark.parametrize(
    ("request_frame", "body"),
    [
        (m3.quiet(UID), "01" + UID),
        (m3.write_blocks(UID, 2, b"ABCDEFGH"), "04" + UID + "020200" + b"ABCDEFGH".hex()),
        (m3.write_afi(UID, 0xC2), "09" + UID + "C2"),
        (m3.write_dsfid(UID, 0x3E), "0B" + UID + "3E"),
        (m3.get_dsfid(UID), "0F" + UID),
        (m3.check_eas(UID), "03" + UID),
        (m3.set_eas(UID, True), "0C" + UID + "01"),
        (m3.set_eas(UID, False), "0C" + UID + "00"),
        (m3.tag_info(UID), "0D" + UID + "0F"),
        (m3.read_uids(0x07), "FE0707"),
        (m3.pass_through(ALARM, 32), "14" + "0003" + "0021" + "0000" + "02A504"),
        (m3.pass_through(ALARM, 32, host_crc=True), "14" + "0005" + "0023" + "0000" + "02A50417E4"),
    ],
)
def test_requests_by_hand(request_frame: bytes, body: str) -> None:
    assert request_frame == answer_frame(body)


def test_no_request_can_lock() -> None:
    commands = {
        m3.QUIET, m3.READ_BLOCKS, m3.CHECK_EAS, m3.WRITE_BLOCKS, m3.WRITE_AFI, m3.GET_AFI, m3.WRITE_DSFID,
        m3.SET_EAS, m3.TAG_INFO, m3.GET_DSFID, m3.VERSION, m3.PASS_THROUGH, m3.READ_UIDS,
    }  # fmt: skip
    assert not commands & {0x06, 0x07, 0x08, 0x0E}
    numbers = {value for name, value in vars(m3).items() if name.isupper() and isinstance(value, int)}
    assert commands <= numbers


@pytest.mark.parametrize("wrong", ["", "E0", UID + "00"])
def test_a_uid_has_eight_bytes(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a uid"):
        m3.get_afi(wrong)


@pytest.mark.parametrize(("first", "count"), [(0, 0), (0, 33), (256, 1), (-1, 1)])
def test_blocks_that_cannot_be_asked_for(first: int, count: int) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        m3.read_blocks(UID, first, count)
    with pytest.raises(ValueError, match="cannot write"):
        m3.write_blocks(UID, first, bytes(4 * count))


# ---- what a real 810 said --------------------------------------------------------------------


def test_the_greeting_of_a_210_and_of_an_810() -> None:
    parser = m3.AnswerParser()
    greetings = parser.feed(bytes.fromhex("D500090400110A05021B972A" + "D500090400110A0500027250"))
    assert [m3.version_of(each) for each in greetings] == ["10.5.2.27", "10.5.0.2"]
    assert {each.start for each in greetings} == {m3.GREETING_START}


def test_the_version_by_itself() -> None:
    assert m3.version_of(answer("1100" + "0A05021B")) == "10.5.2.27"
    with pytest.raises(errors.ReaderGarbled):
        m3.version_of(answer("1100" + "0A05"))


def test_two_tags_on_a_real_pad() -> None:
    assert m3.uids_of(answer("FE00000502E004010031269117E00401001F77FB98")) == [
        TagFound(UID),
        TagFound(OTHER),
    ]


def test_the_memory_of_a_real_tag() -> None:
    recorded = (
        "0200E00401003126911708"
        "0000041100010100313330320200303939390300393900000400000000000500000000000600000000000700"
        "00000000"
    )
    memory = m3.blocks_of(answer(recorded), UID, 0, 8)
    assert memory == b"\x04\x11\x00\x01" + b"1302099999" + bytes(18)


def test_the_afi_of_a_real_tag() -> None:
    assert m3.byte_of(answer("0A00E004010031269117DA"), UID) == 0xDA


# ---- answers ---------------------------------------------------------------------------------


def test_tags_with_their_dsfid_and_one_named_twice() -> None:
    named = m3.uids_of(answer("FE000007033E" + UID + "06" + OTHER + "3E" + UID))
    assert named == [TagFound(UID, 0x3E), TagFound(OTHER, 0x06), TagFound(UID, 0x3E)]


def test_no_tag_at_all() -> None:
    assert m3.uids_of(answer("FE00000700")) == m3.uids_of(answer("FE06")) == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("FE00", errors.ReaderGarbled),
        ("FE000007023E" + UID, errors.ReaderGarbled),
        ("FE02", errors.ReaderRefused),
        ("FE15", errors.Collision),
    ],
)
def test_polls_that_fail(body: str, kind: type[errors.RfidError]) -> None:
    with pytest.raises(kind):
        m3.uids_of(answer(body))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (0x02, errors.NotSupported),
        (0x06, errors.NoTag),
        (0x11, errors.NoBlock),
        (0x12, errors.Locked),
        (0x15, errors.Collision),
        (0x16, errors.NotWritten),
        (0x21, errors.NotSupported),
        (0x23, errors.NotSupported),
        (0x30, errors.TagRefused),
        (0x77, errors.TagRefused),
    ],
)
def test_errors_are_of_one_tag(code: int, kind: type[errors.TagError]) -> None:
    with pytest.raises(kind) as raised:
        m3.accepted(answer(f"09{code:02X}"), UID)
    assert type(raised.value) is kind


def test_system_information() -> None:
    assert m3.system_info_of(answer("0D00" + UID + "0F" + "3EC2031B0001"), UID) == SystemInfo(
        UID, dsfid=0x3E, afi=0xC2, blocks=28, block_size=4, ic_reference=1
    )
    some = m3.system_info_of(answer("0D00" + UID + "02" + "07"), UID)
    assert (some.afi, some.told, some.blocks) == (0x07, Told.AFI, 0)


@pytest.mark.parametrize("rest", ["", "0F3EC2", "023E07"])
def test_system_information_that_does_not_add_up(rest: str) -> None:
    with pytest.raises(errors.TagGarbled):
        m3.system_info_of(answer("0D00" + UID + rest), UID)


@pytest.mark.parametrize(
    ("blocks", "kind"),
    [
        ("", errors.TagGarbled),
        ("02" + "000041424344", errors.TagGarbled),
        ("02" + "000041424344" + "020041424344", errors.TagGarbled),
        ("03" + "000041424344" + "010041424344" + "020041424344", errors.TagGarbled),
        ("01" + "000041424344", errors.NoBlock),
        ("02" + "000041424344" + "011500000000", errors.Collision),
        ("02" + "000041424344" + "011100000000", errors.NoBlock),
    ],
)
def test_blocks_that_are_not_what_was_asked_for(blocks: str, kind: type[errors.TagError]) -> None:
    with pytest.raises(kind):
        m3.blocks_of(answer("0200" + UID + blocks), UID, 0, 2)


def test_locked_blocks_are_read_like_others() -> None:
    locked = answer("0200" + UID + "02" + "030141424344" + "040345464748")
    assert m3.blocks_of(locked, UID, 3, 2) == b"ABCDEFGH"


READS: list[Callable[[m3.Answer], object]] = [
    lambda it: m3.accepted(it, UID),
    lambda it: m3.byte_of(it, UID),
    lambda it: m3.blocks_of(it, UID, 0, 1),
    lambda it: m3.system_info_of(it, UID),
]


@pytest.mark.parametrize("read", READS)
def test_an_answer_about_another_tag(read: Callable[[m3.Answer], object]) -> None:
    with pytest.raises(errors.TagGarbled, match="another tag"):
        read(answer("0200" + OTHER + "01000041424344"))


def test_what_passes_through() -> None:
    assert m3.passed(answer("1400" + "80" + "0003" + "001234")) == m3.Passed(0x80, b"\x00\x12\x34")
    assert m3.passed(answer("1400" + "00" + "0000")).data == b""
    with pytest.raises(errors.NoTag):
        m3.passed(answer("1406"))
    with pytest.raises(errors.TagGarbled):
        m3.passed(answer("140000000412"))


# ---- the parser ------------------------------------------------------------------------------

FRAMES = [
    answer_frame("FE00000700"),
    answer_frame("0A00" + UID + "DA"),
    answer_frame("0400110A05021B", 0xD5),
    answer_frame("0200" + UID + "01" + "0000D6D6D500"),
]


@given(st.lists(st.sampled_from(FRAMES), max_size=6), st.lists(st.integers(1, 40)), st.binary(max_size=3))
def test_any_cut_of_the_stream_gives_the_same_answers(
    frames: list[bytes], cuts: list[int], noise: bytes
) -> None:
    noise = noise.replace(b"\xd6", b"").replace(b"\xd5", b"")
    stream, parser, heard = noise + b"".join(frames), m3.AnswerParser(), []
    for cut in cuts:
        heard += parser.feed(stream[:cut])
        stream = stream[cut:]
    heard += parser.feed(stream)
    assert heard == [m3.whole_answer(frame) for frame in frames]
    assert (parser.skipped, parser.pending) == (len(noise), 0)


@given(st.binary(max_size=400))
def test_the_parser_survives_anything(data: bytes) -> None:
    parser = m3.AnswerParser()
    parser.feed(data)
    assert parser.skipped + parser.pending <= len(data)
    m3.whole_answer(data)


@given(
    st.sampled_from([0x01, 0x02, 0x09, 0x0A, 0x0D, 0x14, 0xFE]), st.integers(0, 255), st.binary(max_size=60)
)
def test_no_answer_surprises_a_reader_of_it(command: int, code: int, data: bytes) -> None:
    it = m3.Answer(0xD6, command, code, data)
    for read in (*READS, m3.uids_of, m3.passed, m3.version_of):
        with contextlib.suppress(errors.RfidError):
            read(it)


@given(st.sampled_from(FRAMES), st.integers(1, 30), st.integers(1, 255))
def test_a_damaged_frame_is_never_an_answer(frame: bytes, at: int, change: int) -> None:
    at = min(at, len(frame) - 1)
    damaged = frame[:at] + bytes([frame[at] ^ change]) + frame[at + 1 :]
    assert m3.AnswerParser().feed(damaged) == []
