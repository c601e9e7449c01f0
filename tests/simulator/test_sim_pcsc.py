"""The simulated PC/SC reader by vpcd's messages: storage-card calls, transparent sessions, time."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulator import Hangup, Scenery, Send, World, passthrough, vpcdwire
from kiosk.simulator import pcscobjects as ts
from kiosk.simulator.card import ATR
from kiosk.simulator.scenery import ReaderManners, Tag

BOOK = "E004015012345678"
OTHER = "E004015012345679"
BEGIN, END = "FFC2000002810000", "FFC2000002820000"
RF_OFF, RF_ON = "FFC2000002830000", "FFC2000002840000"
TO_15693 = "FFC20002048F02020300"
DONE = "C00300900090 00".replace(" ", "")
LAST_DIGITS = 1e-9


class Host:
    """What sits behind vpcd and waits for each answer; `took` is how many ms the last one did."""

    def __init__(self, *tags: Tag, chance: int = 1, **manners: object) -> None:
        reader = ReaderManners(make="pcsc", **manners)  # type: ignore[arg-type]
        self.world = World(Scenery(tags=tags, reader=reader), chance=random.Random(chance))
        self.now, self.took = 10.0, 0.0
        self.world.reader.opened(1, 0.0)

    def message(self, payload: bytes) -> bytes | None:
        """The answer to one message of vpcd; None where none comes."""
        start = self.now
        self.world.reader.received(1, vpcdwire.write(payload), self.now)
        while (due := self.world.reader.due()) is not None:
            self.now = max(self.now, due)
            for out in self.world.reader.take(self.now):
                if isinstance(out, Send):
                    self.took = (self.now - start) * 1000
                    assert int.from_bytes(out.data[:2], "big") == len(out.data) - 2
                    return out.data[2:]
                return None
        return None

    def ask(self, apdu: str) -> str | None:
        """The response APDU, in hex."""
        answer = self.message(bytes.fromhex(apdu))
        return None if answer is None else answer.hex().upper()

    def begin(self) -> "Host":
        """A session in which frames of ISO 15693 can be sent."""
        assert self.ask(BEGIN) == DONE
        assert self.ask(TO_15693) == DONE
        return self

    def exchange(self, frame: str, timer: int = 20_000) -> str | None:
        """The frame that came back, None for silence; a collision is "!"."""
        data = "5F4604" + timer.to_bytes(4, "little").hex() + "95" + f"{len(frame) // 2:02X}" + frame
        answer = self.message(bytes.fromhex("FFC20001" + f"{len(data) // 2:02X}" + data + "00"))
        assert answer is not None
        assert answer[-2:] == ts.OK
        items = dict(ts.items(answer[:-2]) or [])
        if items[ts.RESULT] == bytes.fromhex("026401"):
            assert set(items) == {ts.RESULT}
            return None
        assert items[ts.RESULT] == bytes.fromhex("009000")
        assert items[ts.RX_FRAMING] == b"\0"
        if items[ts.STATUS] != b"\0\0":
            return "!"
        return items[ts.RESPONSE].hex().upper()

    def find(self) -> Iterator[tuple[str, int]]:
        """All tags, by inventories of one slot whose masks grow by a bit with each collision; and how many it
        took so far."""
        masks = [(0, 0)]
        for asked, (length, mask) in enumerate(masks, 1):
            size = (length + 7) // 8
            answer = self.exchange(f"2601{length:02X}" + mask.to_bytes(size, "little").hex())
            if answer == "!":
                masks += [(length + 1, mask), (length + 1, mask | 1 << length)]
            elif answer is not None:
                yield bytes.fromhex(answer)[:1:-1].hex().upper(), asked

    def do(self, **command: object) -> None:
        answer = self.world.do({name.rstrip("_"): value for name, value in command.items()}, self.now)
        assert answer["ok"], answer

    def put(self, *uids: str) -> "Host":
        self.do(do="put", tags=list(uids))
        return self


def turned(uid: str) -> str:
    return bytes.fromhex(uid)[::-1].hex().upper()


@pytest.fixture
def host() -> Host:
    return Host(Tag(BOOK, "1000000056", owner="DK-718500"), Tag(OTHER, "2", dsfid=0x06))


def test_power_is_taken_and_only_the_atr_is_answered(host: Host) -> None:
    assert [host.message(bytes([control])) for control in (0, 1, 2)] == [None] * 3
    assert host.message(b"\x04") == ATR


def test_storage_card_calls_mean_the_one_tag(host: Host) -> None:
    assert host.ask("FFCA000000") == "6300", "nobody there"
    host.put(BOOK)
    assert host.ask("FFCA000000") == turned(BOOK) + "9000"
    assert host.ask("FFCA010000") == "6A81"
    assert host.ask("FFB0000004") == "11010131" + "9000"
    assert host.ask("FFB0000110") == "30303030" + "30303035" + "36000000" + "00000098" + "9000"
    assert host.ask("FFB0001C04") == "6A82"
    assert host.ask("FFD600050455667788") == "9000"
    assert host.ask("FFB0000504") == "556677889000"
    assert host.ask("FFD60005025566") == "6700"
    host.put(OTHER)
    assert host.ask("FFB0000004") == "110101319000", "it still means the one that it picked"
    assert host.ask("FFCA000000") == "6300", "two at once are none"


def test_uids_come_in_either_order() -> None:
    host = Host(Tag(BOOK, "1"), uid_msb_first=True).put(BOOK)
    assert host.ask("FFCA000000") == BOOK + "9000"


def test_a_reader_without_transparent_sessions() -> None:
    host = Host(Tag(BOOK, "1"), transparent=False).put(BOOK)
    assert host.ask(BEGIN) == "6D00"
    assert host.ask("FFCA000000") == turned(BOOK) + "9000"


def test_frames_as_published_in_a_session(host: Host) -> None:
    host.begin().put(BOOK)
    assert host.exchange("260100") == "003E" + turned(BOOK)
    assert host.ask("FFC200010C" + "5F4604204E0000" + "9503260100" + "00") == (
        "C003009000" + "920100" + "96020000" + "970A" + "003E" + turned(BOOK) + "9000"
    )
    assert host.exchange("2220" + turned(BOOK) + "00") == "0011010131"
    assert host.exchange("2223" + turned(BOOK) + "0001") == "001101013130303030"
    assert host.exchange("6220" + turned(BOOK) + "00") == "000011010131", "with its security byte"
    assert host.exchange("222B" + turned(BOOK)) == "000F" + turned(BOOK) + "3E071B0301"
    assert host.exchange("2227" + turned(BOOK) + "C2", 40_000) == "00"
    assert host.exchange("36010700") is None, "nobody in stock any more"
    assert host.exchange("3601C200") == "003E" + turned(BOOK)
    assert host.exchange("2220" + turned(BOOK) + "1C") == "0110"
    assert host.exchange("2202" + turned(BOOK)) is None
    assert host.exchange("260100") is None
    assert host.ask(RF_OFF) == host.ask(RF_ON) == DONE
    assert host.exchange("260100") == "003E" + turned(BOOK), "without power nobody stays quiet"


def test_nobody_and_several(host: Host) -> None:
    host.begin()
    assert host.exchange("260100", 3_000) is None
    host.put(BOOK, OTHER)
    assert host.exchange("260100") == "!"
    assert host.exchange("26010100") == "003E" + turned(BOOK), "the lowest bit tells them apart"
    assert host.exchange("26010101") == "0006" + turned(OTHER)
    assert host.exchange("060100") is None, "nobody in the first of 16 slots"


@pytest.mark.parametrize("as_crc", [False, True])
@pytest.mark.parametrize(("count", "at_most"), [(1, 1), (2, 24), (5, 30), (10, 50), (20, 90)])
def test_a_heap_is_found_by_splitting(count: int, at_most: int, as_crc: bool) -> None:
    dice = random.Random(count)
    uids = {f"E0040150{dice.getrandbits(32):08X}" for _ in range(count)}
    host = Host(*(Tag(uid, "1") for uid in uids), collisions_as_crc=as_crc).begin().put(*uids)
    found = list(host.find())
    assert {uid for uid, _ in found} == uids
    assert len(found) == count
    assert found[-1][1] <= at_most


def test_a_collision_is_told_by_its_status() -> None:
    for as_crc, status in ((False, "02"), (True, "01")):
        host = Host(Tag(BOOK, "1"), Tag(OTHER, "2"), collisions_as_crc=as_crc).begin().put(BOOK, OTHER)
        answer = host.ask("FFC200010595032601 0000".replace(" ", ""))
        assert answer is not None
        assert answer.startswith("C003009000" + "920100" + "9602" + status + "00" + "97")


def test_time_is_that_of_the_air(host: Host) -> None:
    host.begin().put(BOOK)
    host.exchange("260100")
    assert host.took == pytest.approx(6.2, abs=0.05)
    host.exchange("2223" + turned(BOOK) + "0007")
    assert host.took == pytest.approx(15.85, abs=0.01)
    host.exchange("2227" + turned(BOOK) + "C2", 40_000)
    assert host.took == pytest.approx(5.88 + 33 * 0.30206, abs=0.01)
    host.exchange("2220" + turned(OTHER) + "00", 5_000)
    assert host.took == pytest.approx(0.1133 + 13 * 0.30206 + 5.0, abs=0.02), (
        "silence lasts as long as is said"
    )


def test_a_timer_that_is_too_short_for_a_write(host: Host) -> None:
    host.begin().put(BOOK)
    assert host.exchange("2227" + turned(BOOK) + "C2", 5_000) is None
    assert host.world.field.tags[BOOK].afi == 0xC2, "and it is written all the same"


def test_timers_come_in_either_order() -> None:
    """A time in the wrong order is a long one, and silence lasts."""
    for msb_first, took in ((False, 3.0 + 1.62), (True, 5000 + 1.62)):
        host = Host(timer_msb_first=msb_first).begin()
        host.exchange("260100", 3_000)
        assert host.took == pytest.approx(took, abs=0.05)


def test_a_pause_between_two_objects(host: Host) -> None:
    host.begin().put(BOOK)
    host.exchange("2202" + turned(BOOK))
    timed = "8300" + "5F4604" + (15_000).to_bytes(4, "little").hex() + "8400"
    assert host.ask("FFC20000" + "0B" + timed + "00") == DONE
    assert host.took == pytest.approx(15.0, abs=0.01)
    assert host.exchange("260100") == "003E" + turned(BOOK)


@pytest.mark.parametrize(
    ("apdu", "answer"),
    [
        (RF_ON, "C003016301"),
        (TO_15693, "C003016301"),
        ("FFC200010595032601 0000", "C003016301"),
        ("FFC200000381010000", "C003016700"),
        ("FFC20000028500 00", "C003016A81"),
        ("FFC2000005 8100 810100 00", "C003026700"),
        ("FFC20002048F02020400", "C003016301"),
    ],
)
def test_what_cannot_be_done_is_told_by_its_number(host: Host, apdu: str, answer: str) -> None:
    assert host.ask(apdu.replace(" ", "")) == answer + "9000"


@pytest.mark.parametrize(
    ("apdu", "status"),
    [
        ("00A4040007D2760000850101", "6E00"),
        ("FF82000006FFFFFFFFFFFF", "6D00"),
        ("FFCA", "6700"),
        ("FFC2000902810000", "6A81"),
    ],
)
def test_other_apdus(host: Host, apdu: str, status: str) -> None:
    assert host.ask(apdu) == status


def test_another_protocol_is_understood_by_no_tag_here(host: Host) -> None:
    host.put(BOOK)
    assert host.ask(BEGIN) == host.ask("FFC20002048F02000300") == DONE
    assert host.exchange("260100") is None


def test_a_host_may_bring_its_own_crc(host: Host) -> None:
    host.begin().put(BOOK)
    frame = bytes.fromhex("260100")
    whole = frame + passthrough.crc(frame)
    told = host.ask("FFC200010B" + "90020300" + "9505" + whole.hex() + "00")
    answer = bytes.fromhex("003E" + turned(BOOK))
    kept = (answer + passthrough.crc(answer)).hex().upper()
    assert told == f"C003009000920100960200 00970C{kept}9000".replace(" ", "")
    assert host.ask("FFC200010B" + "90020300" + "9505" + "2601000000" + "00") == "C003026401" + "9000"


def test_nothing_is_ever_locked(host: Host) -> None:
    host.begin().put(BOOK)
    assert host.exchange("2222" + turned(BOOK) + "00") is None
    assert host.exchange("2228" + turned(BOOK)) is None
    assert len(host.world.report()["locks"]) == 2


def test_faults_have_the_names_that_they_have_on_any_reader(host: Host) -> None:
    host.begin().put(BOOK)
    host.do(do="silent", device="reader", message="27", count=1)
    assert host.exchange("260100") is not None
    assert host.ask("FFC200010D" + "950B" + "2227" + turned(BOOK) + "C2" + "00") is None
    assert host.world.field.tags[BOOK].afi == 0xC2
    host.do(do="garble", device="reader", message="23", count=1, how="half")
    assert host.ask("FFB0000004") == "110101"
    host.do(do="slow", device="reader", seconds=0.5)
    host.exchange("260100")
    assert host.took > 500
    host.do(do="hang-up", device="reader", message="01", count=1)
    assert host.ask("FFCA000000") is None
    host.world.reader.received(1, vpcdwire.write(b"\x04"), host.now)
    assert host.world.reader.due() is None, "its link is gone"


def test_unplugged_it_forgets_its_session(host: Host) -> None:
    host.begin().put(BOOK)
    host.world.reader.received(1, vpcdwire.write(bytes.fromhex("FFB0000004")), host.now)
    host.do(do="unplug", device="reader")
    assert host.world.reader.take(host.now) == [Hangup(1)]
    host.do(do="plug", device="reader")
    host.world.reader.opened(1, host.now)
    assert host.ask("FFC200010595032601 0000".replace(" ", "")) == "C0030163019000"
    assert host.begin().exchange("260100") == "003E" + turned(BOOK)


def test_a_reset_ends_a_session_and_lights_the_field_again(host: Host) -> None:
    host.begin().put(BOOK)
    host.ask(RF_OFF)
    assert host.ask("FFCA000000") == "6300"
    assert host.message(b"\x02") is None
    assert host.ask("FFCA000000") == turned(BOOK) + "9000"
    assert host.ask(RF_ON) == "C0030163019000"


def test_what_is_foreseen_is_what_is_played() -> None:
    for frame in ("2223" + turned(BOOK) + "0007", "260100", "36010700", "222B" + turned(BOOK)):
        for tags in ((BOOK,), ()):
            played, foretold = (Host(Tag(BOOK, "1000000056")).begin().put(*tags) for _ in range(2))
            data = bytes.fromhex("5F4604204E000095" + f"{len(frame) // 2:02X}" + frame)
            message = bytes.fromhex("FFC20001") + bytes([len(data)]) + data + b"\0"
            reader = foretold.world.reader
            foreseen = reader.foresee(1, vpcdwire.write(message), foretold.now)
            answer = played.message(message)
            assert answer is not None
            if foreseen is None:
                assert frame[2:4] != "23" or not tags, "reads can be foreseen"
                continue
            assert foreseen.answer == vpcdwire.write(answer)
            assert foreseen.at == pytest.approx(played.now, abs=LAST_DIGITS)
            foreseen.fulfil()
            foretold.now = foreseen.at
            assert foretold.exchange("260100") == played.exchange("260100")
            assert foretold.now == pytest.approx(played.now, abs=LAST_DIGITS)


@given(st.binary(min_size=2, max_size=60), st.booleans())
def test_any_apdu_is_answered(noise: bytes, session: bool) -> None:
    host = Host(Tag(BOOK, "1")).put(BOOK)
    if session:
        host.begin()
    answer = host.message(noise)
    assert answer is not None
    assert len(answer) >= 2
    sent = host.message(b"\xff\xc2\x00\x01" + bytes([len(noise)]) + noise)
    assert sent is not None
    assert sent[:2] == b"\xc0\x03"


@given(
    st.lists(st.tuples(st.sampled_from([0x80, 0x95, 0x5F46, 0xFF6E]), st.binary(max_size=300)), max_size=4)
)
def test_data_objects_of_any_length(given_items: list[tuple[int, bytes]]) -> None:
    data = b"".join(ts.item(tag, value) for tag, value in given_items)
    assert ts.items(data) == [ts.Item(*each) for each in given_items]
    if data:
        assert ts.items(data[:-1]) is None or not given_items[-1][1]
