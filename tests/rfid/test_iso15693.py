"""ISO 15693-3 in the air, against computed frames, a small tag of our own, and against noise."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import Answered, Mask, Noise, Password, Refused, SystemInfo, TagFound, Told

UID = "E004010012345678"
TI = "E007000012345678"

uids = st.integers(0, (1 << 56) - 1).map(lambda number: f"E0{number:014X}")
bytes_ = st.integers(0, 255)


def slow_crc(data: bytes) -> bytes:
    """The CRC as the standard's annex C computes it, bit by bit."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x8408 if crc & 1 else 0)
    return (crc ^ 0xFFFF).to_bytes(2, "little")


def air(data: str) -> bytes:
    """An answer as it is in the air."""
    frame = bytes.fromhex(data)
    return frame + slow_crc(frame)


@pytest.mark.parametrize(
    ("request_", "frame"),
    [
        (iso15693.inventory(), "06 01 00 CD 09"),
        (iso15693.inventory(one_slot=True), "26 01 00 F6 0A"),
        (iso15693.inventory(afi=0x07), "16 01 07 00 31 63"),
        (iso15693.inventory(Mask(5, 4)), "06 01 04 05 55 DD"),
        (iso15693.stay_quiet(UID), "22 02 78 56 34 12 00 01 04 E0 B8 2C"),
        (iso15693.read_single(UID, 0), "22 20 78 56 34 12 00 01 04 E0 00 6C 3D"),
        (iso15693.read_multiple(UID, 0, 8), "22 23 78 56 34 12 00 01 04 E0 00 07 23 D3"),
        (
            iso15693.write_single(UID, 0, bytes.fromhex("11010131")),
            "22 21 78 56 34 12 00 01 04 E0 00 11 01 01 31 21 49",
        ),
        (iso15693.write_afi(UID, 0xC2), "22 27 78 56 34 12 00 01 04 E0 C2 87 1C"),
        (iso15693.system_info(UID), "22 2B 78 56 34 12 00 01 04 E0 B6 E9"),
        (iso15693.set_eas(UID, True), "22 A2 04 78 56 34 12 00 01 04 E0 55 0F"),
        (iso15693.set_eas(UID, False), "22 A3 04 78 56 34 12 00 01 04 E0 72 23"),
        (iso15693.eas_alarm(), "02 A5 04 17 E4"),
        (iso15693.inventory_read(0, 8, afi=0x07, uids=False), "16 A0 04 07 00 00 07 38 EF"),
    ],
)
def test_requests_are_the_computed_frames(request_: iso15693.Request, frame: str) -> None:
    assert request_.on_air == bytes.fromhex(frame)
    assert request_.frame == bytes.fromhex(frame)[:-2]


@pytest.mark.parametrize(
    ("request_", "flags", "command"),
    [
        (iso15693.read_multiple(UID, 0, 8, security=True), 0x62, 0x23),
        (iso15693.read_single(UID, 3, security=True), 0x62, 0x20),
        (iso15693.write_afi(TI, 7), 0x62, 0x27),
        (iso15693.write_dsfid(TI, 6), 0x62, 0x29),
        (iso15693.write_single(TI, 0, b"abcd"), 0x62, 0x21),
        (iso15693.write_multiple(TI, 0, b"abcdefgh"), 0x62, 0x24),
        (iso15693.write_dsfid(UID, 6), 0x22, 0x29),
        (iso15693.select(UID), 0x22, 0x25),
        (iso15693.reset_to_ready(UID), 0x22, 0x26),
        (iso15693.all_to_ready(), 0x02, 0x26),
        (iso15693.block_security(UID, 0, 8), 0x22, 0x2C),
        (iso15693.inventory_read(0, 8, one_slot=True), 0x66, 0xA0),
        (iso15693.eas_alarm(UID), 0x22, 0xA5),
        (iso15693.random_number(UID), 0x22, 0xB2),
        (iso15693.set_password(UID, Password.EAS_AFI, 0, b"\0\0"), 0x22, 0xB3),
    ],
)
def test_each_request_has_its_flags(request_: iso15693.Request, flags: int, command: int) -> None:
    assert (request_.frame[0], request_.frame[1]) == (flags, command)


@given(st.binary(max_size=300))
def test_both_crcs_are_those_of_the_standard(data: bytes) -> None:
    assert iso15693.air_crc(data) == slow_crc(data)
    assert iso15693.crc16(data).to_bytes(2, "little") == bytes(byte ^ 0xFF for byte in slow_crc(data))
    assert iso15693.is_intact(data + iso15693.crc16(data).to_bytes(2, "little"))
    assert iso15693.is_intact_on_air(data + slow_crc(data)) is bool(data)


@given(st.binary(min_size=1, max_size=40), st.integers(0, 7), st.data())
def test_one_wrong_bit_is_noise(data: bytes, bit: int, draw: st.DataObject) -> None:
    frame = bytearray(data + slow_crc(data))
    frame[draw.draw(st.integers(0, len(frame) - 1))] ^= 1 << bit
    assert iso15693.heard(bytes(frame)) == Noise()


def test_silence_refusal_noise_and_answers_are_four_things() -> None:
    assert iso15693.heard(b"") == iso15693.Silent()
    assert iso15693.heard(air("010F")) == Refused(0x0F)
    assert iso15693.heard(b"\x00\x12\x34") == Noise()
    assert iso15693.heard(air("00C2")) == Answered(b"\xc2")
    assert iso15693.heard(bytes.fromhex("00C2"), crc=False) == Answered(b"\xc2")
    assert iso15693.heard(bytes.fromhex("01"), crc=False) == Noise()


@pytest.mark.parametrize(
    ("heard", "error"),
    [
        (iso15693.Silent(), errors.NoTag),
        (Noise(), errors.Collision),
        (Refused(0x01), errors.NotSupported),
        (Refused(0x03), errors.NotSupported),
        (Refused(0x0F), errors.Protected),
        (Refused(0x10), errors.NoBlock),
        (Refused(0x11), errors.Locked),
        (Refused(0x12), errors.Locked),
        (Refused(0x13), errors.NotWritten),
        (Refused(0xA7), errors.TagRefused),
    ],
)
def test_each_has_its_error(heard: iso15693.Heard, error: type[errors.TagError]) -> None:
    with pytest.raises(error):
        iso15693.data_of(heard)


def test_who_refuses_is_there_and_who_is_silent_may_be() -> None:
    """The tree says so: code that asks for absence cannot catch a refusal."""
    assert not issubclass(errors.TagRefused, errors.NoTag)
    assert not issubclass(errors.Collision, errors.NoTag)


def test_an_inventory_answer() -> None:
    data = iso15693.data_of(iso15693.heard(air("00 3E 78 56 34 12 00 01 04 E0")))
    assert iso15693.tag_found(data) == TagFound(UID, 0x3E)


def info(flags: int, fields: str) -> SystemInfo:
    data = bytes([flags]) + bytes.fromhex(UID)[::-1] + bytes.fromhex(fields)
    return iso15693.info_of(data, UID)


def test_system_information_with_all_its_fields() -> None:
    assert info(0x0F, "3E C2 1B 03 01") == SystemInfo(UID, 0x3E, 0xC2, 28, 4, 1)


@pytest.mark.parametrize(
    ("flags", "fields", "afi", "blocks"),
    [(0x00, "", 0, 0), (0x02, "C2", 0xC2, 0), (0x04, "4F 03", 0, 80), (0x0B, "3E C2 01", 0xC2, 0)],
)
def test_system_information_that_tells_less(flags: int, fields: str, afi: int, blocks: int) -> None:
    it = info(flags, fields)
    assert (it.afi, it.blocks, it.told) == (afi, blocks, Told(flags))


@pytest.mark.parametrize(("flags", "fields"), [(0x0F, "3E C2 1B 03"), (0x02, ""), (0x00, "C2"), (0x04, "1B")])
def test_system_information_that_does_not_add_up(flags: int, fields: str) -> None:
    with pytest.raises(errors.TagGarbled):
        info(flags, fields)


def test_system_information_of_another_tag_is_no_proof() -> None:
    with pytest.raises(errors.TagGarbled):
        iso15693.info_of(bytes([0]) + bytes.fromhex(TI)[::-1], UID)


@given(st.integers(1, 32), st.integers(1, 32), st.data())
def test_memory_with_and_without_lock_bytes(count: int, size: int, draw: st.DataObject) -> None:
    blocks = draw.draw(st.lists(st.binary(min_size=size, max_size=size), min_size=count, max_size=count))
    locks = draw.draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
    plain = b"".join(blocks)
    locked = b"".join(bytes([lock]) + block for lock, block in zip(locks, blocks, strict=True))
    assert iso15693.memory_of(plain, count) == (plain, ())
    assert iso15693.memory_of(locked, count, security=True) == (plain, tuple(locks))


@given(uids, st.integers(0, 64), st.binary(min_size=8, max_size=8))
def test_an_inventory_read_is_put_together_with_its_mask(uid: str, bits: int, memory: bytes) -> None:
    number = int(uid, 16)
    mask = Mask(number & ((1 << bits) - 1), bits)
    told = bytes.fromhex(uid)[::-1][bits // 8 :]
    assert mask.fits(uid)
    assert iso15693.tag_and_memory(told + memory, 2, mask) == (uid, memory)
    with pytest.raises(errors.TagGarbled):
        iso15693.tag_and_memory(told + memory[1:], 2, mask)


def test_a_uid_that_was_not_asked_is_no_answer() -> None:
    with pytest.raises(errors.TagGarbled):
        iso15693.tag_and_memory(bytes.fromhex(UID)[::-1] + bytes(4), 1, Mask(0x7, 4))


@given(st.lists(uids, unique=True, min_size=1, max_size=30), st.booleans())
def test_masks_take_any_heap_apart(heap: list[str], one_slot: bool) -> None:
    """As a host does it: whoever is alone under a mask is heard, the others are asked with longer ones."""
    found, asked = [], [Mask()]
    while asked:
        mask = asked.pop()
        fitting = [uid for uid in heap if mask.fits(uid)]
        if len(fitting) == 1:
            found += fitting
        elif fitting and one_slot:
            asked += mask.halves()
        elif fitting:
            asked += [mask.slot(number) for number in range(16)]
    assert sorted(found) == sorted(heap)


def test_the_password_is_hidden_by_the_random_number() -> None:
    assert iso15693.hidden_password(0x0F0F0F0F, b"\xff\x00") == bytes.fromhex("F00FF00F")
    request = iso15693.set_password(UID, Password.EAS_AFI, 0x0F0F0F0F, b"\xff\x00")
    assert request.frame == bytes.fromhex("22 B3 04 78 56 34 12 00 01 04 E0 10 F0 0F F0 0F")


@given(st.integers(0, (1 << 32) - 1), st.binary(min_size=2, max_size=2))
def test_a_tag_finds_the_password_again(password: int, random: bytes) -> None:
    hidden = iso15693.hidden_password(password, random)
    once = int.from_bytes(random, "little")
    assert int.from_bytes(hidden, "little") ^ (once | once << 16) == password


def test_the_alarm() -> None:
    sequence = "002FB36270D5A7907FE8B18038D281497682DA9A866FAF8BB0F19CD112A57237EF"
    assert iso15693.sounds_alarm(iso15693.heard(air(sequence)))
    assert not iso15693.sounds_alarm(iso15693.heard(b""))
    with pytest.raises(errors.Collision):
        iso15693.sounds_alarm(iso15693.heard(air("00" + "AA" * 32)))
    with pytest.raises(errors.Collision):
        iso15693.sounds_alarm(iso15693.heard(b"\x00\x2f\xb3"))
    with pytest.raises(errors.NotSupported):
        iso15693.sounds_alarm(iso15693.heard(air("0101")))


@pytest.mark.parametrize(
    ("uid", "maker", "chip"),
    [
        ("E004010012345678", "NXP", "ICODE SLI"),
        ("E004015012345678", "NXP", "ICODE SLIX"),
        ("E004010812345678", "NXP", "ICODE SLIX2"),
        ("E004011812345678", "NXP", "ICODE DNA"),
        ("E004020012345678", "NXP", "ICODE SLI-S"),
        ("E004030012345678", "NXP", "ICODE SLI-L"),
        ("E004990012345678", "NXP", None),
        ("E007000012345678", "TEXAS", None),
        ("E002000012345678", "ST", None),
        ("E0AA000012345678", None, None),
        ("1234010012345678", None, None),
    ],
)
def test_a_uid_tells_who_made_the_chip(uid: str, maker: str | None, chip: str | None) -> None:
    made_by, kind = iso15693.maker_of(uid), iso15693.chip_of(uid)
    assert (made_by and made_by.name, kind and kind.name) == (maker, chip)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: iso15693.read_multiple(UID, 250, 7),
        lambda: iso15693.read_multiple(UID, 0, 0),
        lambda: iso15693.write_single(UID, 0, b""),
        lambda: iso15693.write_multiple(UID, 0, b"abcde"),
        lambda: iso15693.write_afi(UID, 256),
        lambda: iso15693.write_afi("E004", 7),
        lambda: iso15693.set_password(UID, Password.READ, 1 << 32, b"\0\0"),
        lambda: iso15693.set_password(UID, Password.READ, 1, b"\0"),
        lambda: iso15693.inventory(Mask(0, 61)),
        lambda: Mask(2, 1),
        lambda: Mask(0, 65),
    ],
)
def test_what_no_tag_could_understand_is_not_made(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"uid|block|mask|password|range"):
        wrong()


@given(st.binary(max_size=80), st.integers(1, 64), st.booleans())
def test_any_bytes_are_an_answer_or_one_of_our_errors(data: bytes, count: int, flag: bool) -> None:
    for parse in (
        lambda: iso15693.data_of(iso15693.heard(data, crc=flag)),
        lambda: iso15693.data_of(iso15693.heard(data + slow_crc(data))),
        lambda: iso15693.tag_found(data),
        lambda: iso15693.info_of(data, UID),
        lambda: iso15693.info_of(bytes([count & 0x0F]) + bytes.fromhex(UID)[::-1] + data, UID),
        lambda: iso15693.memory_of(data, count, security=flag),
        lambda: iso15693.tag_and_memory(data, count),
        lambda: iso15693.random_of(data),
        lambda: iso15693.sounds_alarm(iso15693.heard(data, crc=flag)),
    ):
        with contextlib.suppress(errors.TagError):
            parse()
