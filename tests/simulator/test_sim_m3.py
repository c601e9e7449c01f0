"""The simulated 3M reader by raw bytes: published frames, its errors, its slow line, faults, the field."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulator import Hangup, Scenery, Send, World, m3wire, passthrough
from kiosk.simulator.m3wire import Frame
from kiosk.simulator.scenery import ReaderManners, Tag

BOOK = "E004010031269117"
CARD = "E00401001F77FB98"
GREETING = bytes.fromhex("D5000504001 18C66".replace(" ", ""))
VERSION = bytes.fromhex("D60003116420")
FIND = bytes.fromhex("D60005FE0005FA40")
GET_AFI = bytes.fromhex("D6000B0AE004010031269117EC84")
READ_8 = bytes.fromhex("D6000D02E00401003126911700084E9B")
BYTE_MS = 10 / 19.2
RFID501 = "04110001313330323039393939390000000000000000000000000000" + "00000000"


class Host:
    """A host on the reader's line that waits for each answer; `took` is how many ms the last one did."""

    def __init__(self, *tags: Tag, **manners: object) -> None:
        reader = ReaderManners(make="m3", **manners)  # type: ignore[arg-type]
        self.world = World(Scenery(tags=tags, reader=reader), chance=random.Random(1))
        self.now, self.took = 10.0, 0.0
        self.world.reader.opened(1, 0.0)

    def say(self, frame: bytes) -> bytes | None:
        """What comes back as it is, None for nothing."""
        start = self.now
        self.world.reader.received(1, frame, self.now)
        while (due := self.world.reader.due()) is not None:
            self.now = max(self.now, due)
            for out in self.world.reader.take(self.now):
                if isinstance(out, Send):
                    self.took = (self.now - start) * 1000
                    return out.data
                return None
        return None

    def ask(self, command: str) -> str | None:
        """Command and data of the answer to a command, all in hex; its length and check are looked at."""
        answer = self.say(framed(command))
        if answer is None:
            return None
        assert answer[0] == 0xD6
        assert int.from_bytes(answer[1:3], "big") == len(answer) - 3
        assert m3wire.bcc(answer[1:-2]) == answer[-2:]
        return answer[3:-2].hex().upper()

    def do(self, **command: object) -> None:
        answer = self.world.do({name.rstrip("_"): value for name, value in command.items()}, self.now)
        assert answer["ok"], answer

    def put(self, *uids: str) -> "Host":
        self.do(do="put", tags=list(uids))
        return self


def framed(command: str) -> bytes:
    body = bytes.fromhex(command)
    checked = (len(body) + 2).to_bytes(2, "big") + body
    return b"\xd6" + checked + m3wire.bcc(checked)


def passed(request: str, size: int = 0) -> str:
    """A pass-through of this request."""
    data = bytes.fromhex(request)
    return "14" + len(data).to_bytes(2, "big").hex() + size.to_bytes(2, "big").hex() + "0000" + data.hex()


def turned(uid: str) -> str:
    """A UID as the air has it: least significant byte first."""
    return bytes.fromhex(uid)[::-1].hex()


@pytest.fixture
def host() -> Host:
    return Host(
        Tag(BOOK, "1302099999", afi=0xDA, data=RFID501, dsfid=0x00), Tag(CARD, "2", afi=0xD7, dsfid=0x3E)
    )


def test_the_check_of_the_specification() -> None:
    assert m3wire.bcc(bytes.fromhex("0009030002000000 03".replace(" ", ""))) == bytes.fromhex("12E6")


def test_the_greeting_that_every_host_begins_with(host: Host) -> None:
    assert host.say(GREETING) == bytes.fromhex("D5000904001 10A05021B972A".replace(" ", ""))
    assert host.ask("13040100020003000400") == "1300020101030202030 0".replace(" ", "")
    assert host.say(VERSION) == framed("11000A05021B")


def test_frames_from_the_line_of_a_real_810(host: Host) -> None:
    assert host.say(FIND) == framed("FE00000500"), "an empty pad"
    host.put(BOOK, CARD)
    answer = host.say(FIND)
    assert answer is not None
    assert answer[3:-2] == bytes.fromhex("FE00000502" + BOOK + CARD), "most significant byte first"
    assert host.say(GET_AFI) == framed("0A00" + BOOK + "DA")
    blocks = host.say(READ_8)
    assert blocks is not None
    assert blocks[3:-2].hex().upper().startswith("0200" + BOOK + "08" + "000004110001" + "010031333032")
    assert len(blocks) == 3 + 2 + 8 + 1 + 8 * 6 + 2


def test_what_fe_is_told_to_tell(host: Host) -> None:
    host.put(BOOK, CARD)
    assert host.ask("FE0007") == "FE00000702" + "00" + BOOK + "3E" + CARD
    assert host.ask("FE0002") == "FE00000202003E"
    assert host.ask("FEDA01") == "FE00DA0101" + BOOK, "the AFI is asked for on the air"
    assert host.ask("FE0001") == "FE00000102" + BOOK + CARD, "whoever was found is found again"
    host.ask("01" + BOOK)
    assert host.ask("FE0001") == "FE00000101" + CARD, "but not who was silenced"


def test_styles_of_blocks(host: Host) -> None:
    host.put(BOOK)
    assert host.ask("02" + BOOK + "000201") == "0200" + BOOK + "0002" + "0411000131333032"
    assert host.ask("02" + BOOK + "000205") == "0200" + BOOK + "0002" + "000411000100" + "31333032"
    assert host.ask("02" + BOOK + "0101") == "0200" + BOOK + "01" + "010031333032"


def test_writing_and_reading_back(host: Host) -> None:
    host.put(BOOK)
    assert host.ask("09" + BOOK + "D7") == "0900" + BOOK
    assert host.ask("0A" + BOOK) == "0A00" + BOOK + "D7"
    assert host.ask("0B" + BOOK + "06") == "0B00" + BOOK
    assert host.ask("0F" + BOOK) == "0F00" + BOOK + "06"
    assert host.ask("04" + BOOK + "020200" + "AABBCCDD" + "11223344") == "0400" + BOOK + "04"
    assert host.ask("05" + BOOK + "04" + "01020304") == "0500" + BOOK
    assert host.ask("02" + BOOK + "020301") == "0200" + BOOK + "0203" + "AABBCCDD1122334401020304"
    assert host.ask("0D" + BOOK + "0F") == "0D00" + BOOK + "0F" + "06" + "D7" + "031B" + "0001"
    assert host.ask("0D" + BOOK + "02") == "0D00" + BOOK + "02" + "D7"


def test_eas_is_told_though_silence_is_ambiguous(host: Host) -> None:
    host.put(BOOK)
    assert host.ask("03" + BOOK) == "0300" + BOOK + "00"
    assert host.ask("0C" + BOOK + "01") == "0C00" + BOOK
    assert host.ask("03" + BOOK) == "0300" + BOOK + "01"
    assert host.ask("03" + CARD) == "0300" + CARD + "00", "who is not there is silent as well"


def test_errors(host: Host) -> None:
    assert host.ask("0A" + BOOK) == "0A06" + BOOK, "no transponder"
    host.put(BOOK)
    assert host.ask("02" + BOOK + "1C01") == "0211" + BOOK, "block not available"
    assert host.ask("04" + BOOK + "1B0200" + "00" * 8) == "0411" + BOOK + "1C", "and which"
    assert host.ask("77") == "7702"
    assert host.ask("0A0102") == "0A02"
    guarded = Host(Tag(CARD, "1", guards=("afi",), password="12345678"), write_seconds=0.005).put(CARD)
    assert guarded.world.field.tags[CARD].knows_passwords is False
    guarded = Host(Tag("E00401501F77FB98", "1", guards=("afi",), password="12345678")).put("E00401501F77FB98")
    assert guarded.ask("09E00401501F77FB98C2") == "0916E00401501F77FB98", "not put"


@pytest.mark.parametrize(
    "command", ["06" + BOOK, "08" + BOOK + "00", "07" + BOOK + "00AABBCCDD", "0E" + BOOK]
)
def test_nothing_is_ever_locked(host: Host, command: str) -> None:
    host.put(BOOK)
    assert host.ask(command) == command[:2] + "02"
    (lock,) = host.world.report()["locks"]
    assert lock["frame"] == command


def test_requests_of_the_air_are_passed_on(host: Host) -> None:
    host.put(BOOK)
    info = "0F" + turned(BOOK).upper() + "00DA1B0301"
    assert host.ask(passed("222B" + turned(BOOK))) == "140000" + "000F" + "00" + info
    assert host.ask(passed("260100")) == "140000" + "000A" + "0000" + turned(BOOK).upper()
    with_crc = bytes.fromhex("260100") + passthrough.crc(bytes.fromhex("260100"))
    assert host.ask(passed(with_crc.hex())) == host.ask(passed("260100")), "a CRC that is there counts once"
    assert host.ask(passed("2220" + turned(BOOK) + "50")) == "140000" + "0002" + "0110"
    assert host.ask(passed("2220" + turned(CARD) + "00")) == "1406" + "000000"
    host.put(CARD)
    assert host.ask(passed("260100")) == "1415" + "000000", "two at once"
    assert host.ask(passed("2222" + turned(BOOK) + "00")) == "1406" + "000000"
    assert len(host.world.field.locks) == 1


def test_time_is_that_of_the_air_and_of_the_line(host: Host) -> None:
    host.put(BOOK)
    host.say(READ_8)
    line = (len(READ_8) + 64) * BYTE_MS
    assert host.took == pytest.approx(15.85 + line, abs=0.02), "64 bytes come back"
    host.ask("FE0021")
    assert host.took == pytest.approx(13.9 + (8 + 18) * BYTE_MS, abs=0.02), "one round of 16 slots"
    one_poll = host.took
    host.ask("FE0001")
    assert host.took == pytest.approx(one_poll + 4.05 + 9.81 + 5.58, abs=0.02), (
        "silencing, a second poll, freeing"
    )


def test_a_command_that_comes_while_it_works_is_ignored(host: Host) -> None:
    host.put(BOOK)
    host.world.reader.received(1, GET_AFI + VERSION, host.now)
    answers = []
    while (due := host.world.reader.due()) is not None:
        answers += host.world.reader.take(due)
    assert [out.data for out in answers if isinstance(out, Send)] == [framed("0A00" + BOOK + "DA")]


def test_the_same_tag_may_be_told_twice() -> None:
    host = Host(Tag(BOOK, "1"), Tag(CARD, "2"), stutter=1.0).put(BOOK, CARD)
    assert host.ask("FE0001") == "FE00000104" + BOOK + BOOK + CARD + CARD


def test_a_book_lifted_in_mid_write_gives_no_answer(host: Host) -> None:
    host.put(BOOK)
    event = {"kind": "afi-written", "uid": BOOK}
    host.do(do="when", event=event, steps=[{"do": "lift", "tags": [BOOK]}])
    assert host.ask("09" + BOOK + "D7") == "0906" + BOOK
    assert host.world.field.tags[BOOK].afi == 0xD7, "though it was written"


def test_faults_have_the_names_that_they_have_on_any_reader(host: Host) -> None:
    host.put(BOOK)
    host.do(do="silent", device="reader", message="27", count=1)
    assert host.ask("0A" + BOOK) is not None
    assert host.ask("09" + BOOK + "D7") is None
    assert host.world.field.tags[BOOK].afi == 0xD7
    host.do(do="garble", device="reader", message="2B", count=1, how="flip")
    spoilt = host.say(GET_AFI)
    assert spoilt is not None
    assert m3wire.bcc(spoilt[1:-2]) != spoilt[-2:]
    host.do(do="slow", device="reader", seconds=0.5, message="01")
    host.ask("FE0001")
    assert host.took > 500
    host.do(do="silent", device="reader", message="23", count=1, execute=False)
    assert host.ask(passed("2220" + turned(BOOK) + "00")) is None
    host.do(do="hang-up", device="reader", count=1)
    host.world.reader.received(1, VERSION, host.now)
    due = host.world.reader.due()
    assert due is not None
    assert host.world.reader.take(due) == [Hangup(1)]


def test_unplugged_in_mid_write_it_says_nothing_more(host: Host) -> None:
    host.put(BOOK)
    host.world.reader.received(1, framed("09" + BOOK + "D7"), host.now)
    host.do(do="unplug", device="reader")
    assert host.world.reader.take(host.now) == [Hangup(1)]
    assert host.world.field.tags[BOOK].afi == 0xDA
    host.do(do="plug", device="reader")
    host.world.reader.opened(2, host.now)
    host.world.reader.received(2, GET_AFI, host.now)
    (out,) = host.world.reader.take(host.now + 1)
    assert out == Send(2, framed("0A00" + BOOK + "DA"))


@given(st.binary(max_size=40), st.integers(0, 40))
def test_no_frame_of_its_own_no_answer(noise: bytes, cut: int) -> None:
    host = Host()
    noise = noise.replace(b"\xd6", b"").replace(b"\xd5", b"")
    assert host.say(noise) is None
    assert host.say(VERSION) == framed("11000A05021B"), "what came before is forgotten at its start byte"
    spoilt = bytearray(VERSION)
    spoilt[cut % len(VERSION)] ^= 1 + cut
    host.now += 1
    assert host.say(bytes(spoilt)) is None


def test_what_is_foreseen_is_what_is_played() -> None:
    for command in ("02" + BOOK + "0008", "FE0001", "FEDA21", passed("260100"), "0A" + BOOK):
        for tags in ((BOOK,), ()):
            played, foretold = (Host(Tag(BOOK, "1302099999", data=RFID501)).put(*tags) for _ in range(2))
            reader = foretold.world.reader
            foreseen = reader.foresee(1, framed(command), foretold.now)
            answer = played.say(framed(command))
            if foreseen is None:
                continue
            assert (foreseen.answer, foreseen.at) == (answer, pytest.approx(played.now, abs=1e-9))
            foreseen.fulfil()
            foretold.now = foreseen.at
            assert foretold.say(FIND) == played.say(FIND)
            assert foretold.now == pytest.approx(played.now, abs=1e-9)


def test_frames_in_pieces_of_any_size() -> None:
    splitter = m3wire.Splitter()
    frames: list[Frame] = []
    for byte in b"\x00\xd6\xd6" + FIND + GREETING:
        frames += splitter.feed(bytes([byte]), 0.0)
    assert [frame.command for frame in frames] == [0xFE, 0x04]
