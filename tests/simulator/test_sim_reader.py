"""The simulated FEIG reader and its field, by raw bytes: published frames, states, and the air clock."""

import random
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulator import Hangup, Scenery, Send, World, obid, rounds
from kiosk.simulator.scenery import ReaderManners, Tag

UID = "E004010012345678"
OTHER = "E004010012345679"
SLIX = "E004015000000001"
GUESSING = [("B104A501", ""), ("B104B201", ""), ("B104B301", "1000000000"), ("B02301", "0002")]
"""To sound, to give a random number, to take a wrong password, to be read."""
INVENTORY = bytes.fromhex("07FFB001001C56")
MORE = bytes.fromhex("07FFB0018014D2")
RF_RESET = bytes.fromhex("05FF698901")
VERSION = bytes.fromhex("05FF65E5CB")
READ_8 = bytes.fromhex("11FFB02301E0040100123456780008" + "07D6")
WRITE_C2 = bytes.fromhex("10FFB02701E004010012345678C2" + "794F")
SYSTEM_INFO = bytes.fromhex("0FFFB02B01E004010012345678" + "11A3")
STAY_QUIET = bytes.fromhex("0FFFB00201E004010012345678" + "AA4A")
RESET_TO_READY = bytes.fromhex("07FFB026002738")
RF_OFF, RF_ON = bytes.fromhex("06FF6A006D16"), bytes.fromhex("06FF6A01E407")
NO_TAG = bytes.fromhex("0600B0015C63")
TWO_TAGS = bytes.fromhex("1B00B0000203" + "3E" + UID + "0306" + OTHER + "FAD8")
DONE = obid.write(obid.Frame(0xFF, 0xB0, b"", advanced=False), 0, b"")


def world_of(*tags: Tag, reader: ReaderManners | None = None) -> World:
    world = World(Scenery(tags=tags, reader=reader or ReaderManners()), chance=random.Random(1))
    world.reader.opened(1, 0.0)
    return world


class Host:
    """A host that waits for each answer; `took` is how many ms the last one did."""

    def __init__(self, world: World) -> None:
        self.world, self.now, self.took = world, 10.0, 0.0

    def ask(self, frame: bytes) -> bytes | None:
        start = self.now
        self.world.reader.received(1, frame, self.now)
        while True:
            due = self.world.reader.due()
            if due is None:
                return None
            self.now = max(self.now, due)
            for out in self.world.reader.take(self.now):
                if isinstance(out, Send):
                    self.took = (self.now - start) * 1000
                    return out.data
                return None

    def do(self, **command: object) -> dict[str, object]:
        answer = self.world.do({name.rstrip("_"): value for name, value in command.items()}, self.now)
        assert answer["ok"], answer
        return answer

    def put(self, *uids: str) -> Self:
        self.do(do="put", tags=list(uids))
        return self


def frame(command: str) -> bytes:
    """A standard frame to any reader, from the hex of its command and data."""
    body = bytes([len(command) // 2 + 4, 0xFF]) + bytes.fromhex(command)
    return body + obid.crc(body)


@pytest.fixture
def host() -> Host:
    tags = (Tag(UID, "1000000056", owner="DK-718500"), Tag(OTHER, "2", dsfid=0x06))
    return Host(world_of(*tags))


def test_published_frames_in_and_out(host: Host) -> None:
    assert host.ask(INVENTORY) == NO_TAG
    host.put(UID, OTHER)
    assert host.ask(INVENTORY) == TWO_TAGS
    assert host.ask(MORE) == NO_TAG
    version = host.ask(VERSION)
    assert version is not None
    assert (len(version), version[:4]) == (13, bytes.fromhex("0D006500"))
    reset = host.ask(RF_RESET)
    assert reset is not None
    assert reset[:-2] == bytes.fromhex("06006900")
    assert host.ask(WRITE_C2) == DONE
    assert host.world.field.tags[UID].afi == 0xC2


def test_block_data_comes_most_significant_byte_first(host: Host) -> None:
    host.put(UID)
    answer = host.ask(READ_8)
    assert answer is not None
    assert answer[:6] == bytes([6 + 2 + 40, 0, 0xB0, 0, 8, 4])
    blocks = [answer[6 + 5 * number :][:5] for number in range(8)]
    assert blocks[0] == bytes.fromhex("0031010111"), "SEC-STATUS, then the block from its last byte"
    memory = b"".join(block[:0:-1] for block in blocks)
    assert memory == bytes.fromhex("1101013130303030303030353600000000000098A4444B373138353030000000")[:32]


def test_system_information(host: Host) -> None:
    host.put(UID)
    answer = host.ask(SYSTEM_INFO)
    assert answer is not None
    assert answer[3:-2] == bytes.fromhex("003E" + UID + "071B0301")


def test_the_air_takes_what_the_standard_says(host: Host) -> None:
    host.put(UID)
    host.ask(READ_8)
    assert host.took == pytest.approx(15.85, abs=0.01)
    host.ask(SYSTEM_INFO)
    assert host.took == pytest.approx(9.81, abs=0.01)
    host.ask(WRITE_C2)
    assert host.took == pytest.approx(5.88 + 33 * 0.30206, abs=0.01), "10 ms in the tag, on the 302 us grid"
    host.ask(STAY_QUIET)
    assert host.took == pytest.approx(4.05, abs=0.01)
    host.ask(RF_RESET)
    assert host.took == pytest.approx(15.0)
    for _ in range(8):
        host.ask(frame("B02301" + UID + "0001"))
        assert host.took == pytest.approx(7.09, abs=0.01)


@pytest.mark.parametrize(("write_ms", "took"), [(0.0, 5.88), (0.3, 5.88), (20.0, 25.81)])
def test_a_write_takes_as_long_as_the_memory(write_ms: float, took: float) -> None:
    host = Host(world_of(Tag(UID, "1"), reader=ReaderManners(write_seconds=write_ms / 1000))).put(UID)
    host.ask(WRITE_C2)
    assert host.took == pytest.approx(took, abs=0.01)


@pytest.mark.parametrize(
    ("count", "mean", "spread"), [(1, 13.9, 0.1), (5, 38.8, 4), (10, 81.6, 8), (20, 183, 12)]
)
def test_inventory_rounds_cost_what_collisions_cost(count: int, mean: float, spread: float) -> None:
    dice = random.Random(5)
    times = []
    for _ in range(60):
        uids = {f"E0040150{dice.getrandbits(32):08X}" for _ in range(count)}
        world = world_of(*(Tag(uid, "1") for uid in uids))
        program = rounds.inventory(world.field, 0.0)
        for uid in uids:
            world.do({"do": "put", "tags": [uid]}, 0.0)
        while True:
            try:
                next(program)
            except StopIteration as done:
                end, found = done.value
                break
        assert {slot.tag.plan.uid for slot in found if slot.tag} == uids
        times.append(end * 1000)
    assert sum(times) / len(times) == pytest.approx(mean, abs=spread)


def test_nothing_drifts_when_timers_are_late(host: Host) -> None:
    """Answers are due at exact instants, however late the driver looks."""
    host.put(UID)
    reader = host.world.reader
    for _ in range(3):
        reader.received(1, SYSTEM_INFO, 20.0)
    outs = reader.take(21.0)
    assert len(outs) == 3
    reads = [at for at, _ in host.world.field.tags[UID].reads]
    assert reads[2] - reads[0] == pytest.approx(2 * 0.00981, abs=1e-5)


def test_only_new_tags_answer_until_an_rf_reset(host: Host) -> None:
    host.put(UID)
    assert host.ask(INVENTORY) != NO_TAG
    assert host.ask(INVENTORY) == NO_TAG, "silenced"
    assert host.ask(SYSTEM_INFO) is not None, "but it answers by its name"
    host.put(OTHER)
    answer = host.ask(INVENTORY)
    assert answer is not None
    assert bytes.fromhex(OTHER) in answer
    assert bytes.fromhex(UID) not in answer
    host.ask(RF_RESET)
    assert host.ask(INVENTORY) == TWO_TAGS
    host.do(do="lift", tags=[UID])
    host.put(UID)
    again = host.ask(INVENTORY)
    assert again is not None
    assert bytes.fromhex(UID) in again, "it lost its power on the way"


def test_without_ont_every_inventory_resets_the_field() -> None:
    host = Host(world_of(Tag(UID, "1"), reader=ReaderManners(ont=False))).put(UID)
    first = host.ask(INVENTORY)
    assert host.took == pytest.approx(15 + 13.9, abs=0.05)
    assert host.ask(INVENTORY) == first


def test_a_persistence_reset_frees_tags_after_a_while() -> None:
    host = Host(world_of(Tag(UID, "1"), reader=ReaderManners(persistence_reset=0.2))).put(UID)
    first = host.ask(INVENTORY)
    assert host.ask(INVENTORY) == NO_TAG
    host.now += 0.25
    assert host.ask(INVENTORY) == first


def test_stay_quiet_and_reset_to_ready(host: Host) -> None:
    host.put(UID)
    assert host.ask(STAY_QUIET) == DONE
    assert host.ask(INVENTORY) == NO_TAG
    assert host.ask(frame("B02601" + UID)) == DONE
    assert host.ask(INVENTORY) != NO_TAG
    assert host.ask(frame("B02501" + UID)) == DONE, "selected"
    assert host.ask(frame("B02702C2")) == DONE
    assert host.world.field.tags[UID].afi == 0xC2
    assert host.ask(RF_OFF) is not None
    assert host.ask(SYSTEM_INFO) == NO_TAG
    assert host.ask(RF_ON) is not None
    assert host.ask(frame("B02B02")) == NO_TAG, "its selection is lost"


def test_more_than_one_answer_holds_comes_in_portions() -> None:
    tags = [Tag(f"E0040150000000{number:02X}", "1") for number in range(30)]
    host = Host(world_of(*tags)).put(*(tag.uid for tag in tags))
    first, rest = host.ask(INVENTORY), host.ask(MORE)
    assert first is not None
    assert rest is not None
    assert (first[3], first[4]) == (0x94, 24)
    assert (rest[3], rest[4]) == (0x00, 6)


def test_advanced_frames_are_answered_in_advanced_frames() -> None:
    tags = [Tag(f"E0040150000000{number:02X}", "1") for number in range(30)]
    host = Host(world_of(*tags)).put(*(tag.uid for tag in tags))
    answer = host.ask(bytes.fromhex("020009FFB001001843"))
    assert answer is not None
    assert answer[:6] == b"\x02" + len(answer).to_bytes(2, "big") + bytes([0, 0xB0, 0])
    assert answer[6] == 30
    assert obid.crc(answer[:-2]) == answer[-2:]


@pytest.mark.parametrize(
    "noise", [b"\x07\xff\xb0\x01\x00\x1c\x57", b"\x03\x00", b"\x02\x00\x01\x00", b"\x07\xff\xb0"]
)
def test_what_is_no_frame_is_not_answered(host: Host, noise: bytes) -> None:
    assert host.ask(noise) is None
    host.now += 1
    assert host.ask(INVENTORY) == NO_TAG


def test_another_address_and_unknown_commands(host: Host) -> None:
    other = bytes.fromhex("0705B00100")
    assert host.ask(other + obid.crc(other)) is None
    unknown = host.ask(frame("B0FF01" + UID))
    assert unknown is not None
    assert unknown[3] == 0x80
    short = host.ask(frame("B02B01E004"))
    assert short is not None
    assert short[3] == 0x81


def test_a_block_that_is_not_there() -> None:
    mute = Tag(OTHER, "2", blocks=8, mute=True)
    host = Host(world_of(Tag(UID, "1", blocks=9), mute)).put(UID, OTHER)
    answer = host.ask(frame("B02301" + UID + "0009"))
    assert answer is not None
    assert answer[3] == 0
    answer = host.ask(frame("B02301" + UID + "000A"))
    assert answer is not None
    assert answer[3:5] == b"\x95\x10"
    assert host.ask(frame("B02301" + OTHER + "0009")) == NO_TAG, "silence instead of an error"


def test_two_tags_at_once_are_noise(host: Host) -> None:
    host.put(UID, OTHER)
    answer = host.ask(frame("B02B00"))
    assert answer is not None
    assert answer[3] == 0x02


def test_blocks_are_written_from_their_last_byte(host: Host) -> None:
    host.put(UID)
    assert host.ask(frame("B02401" + UID + "1A02040403020108070605")) == DONE
    assert host.world.field.tags[UID].memory[-8:] == bytes(range(1, 9))


@pytest.mark.parametrize(
    ("lifted_after_ms", "written", "answered"), [(5, False, False), (15, True, False), (17, True, True)]
)
def test_a_tag_lifted_during_a_write(lifted_after_ms: float, written: bool, answered: bool) -> None:
    """The request takes 4.0 ms, the memory 10 ms more, the answer is over at 15.5 ms."""
    host = Host(world_of(Tag(UID, "1"))).put(UID)
    host.world.reader.received(1, WRITE_C2, host.now)
    at = host.now + lifted_after_ms / 1000
    host.world.do({"do": "lift", "tags": [UID]}, at)
    (out,) = host.world.reader.take(host.now + 1)
    assert isinstance(out, Send)
    assert out.data == (DONE if answered else NO_TAG)
    tag = host.world.field.tags[UID]
    assert tag.afi == (0xC2 if written else 0x07)
    assert [t - host.now for t, _ in tag.writes] == ([pytest.approx(0.01404, abs=1e-4)] if written else [])


def test_a_tag_lifted_and_put_back_within_one_exchange_is_silent(host: Host) -> None:
    host.put(UID)
    host.world.reader.received(1, READ_8, host.now)
    host.world.do({"do": "lift", "tags": [UID]}, host.now + 0.003)
    host.world.do({"do": "put", "tags": [UID]}, host.now + 0.004)
    (out,) = host.world.reader.take(host.now + 1)
    assert isinstance(out, Send)
    assert out.data == NO_TAG


def test_a_weak_tag_misses_some_requests() -> None:
    host = Host(world_of(Tag(UID, "1", weak=0.5))).put(UID)
    heard = [host.ask(SYSTEM_INFO) != NO_TAG for _ in range(40)]
    assert 5 < sum(heard) < 35


def test_silence_garble_and_hanging_up(host: Host) -> None:
    host.put(UID)
    host.do(do="silent", device="reader", count=1, message="27")
    assert host.ask(WRITE_C2) is None
    assert host.world.field.tags[UID].afi == 0xC2, "written, and not said"
    host.do(do="silent", device="reader", count=1, execute=False)
    assert host.ask(frame("B02701" + UID + "07")) is None
    assert host.world.field.tags[UID].afi == 0xC2
    host.do(do="garble", device="reader", count=1, how="flip")
    garbled = host.ask(SYSTEM_INFO)
    assert garbled is not None
    assert obid.crc(garbled[:-2]) != garbled[-2:]
    host.do(do="slow", device="reader", seconds=0.5)
    host.ask(SYSTEM_INFO)
    assert host.took == pytest.approx(509.81, abs=0.1)
    host.do(do="hang-up", device="reader", message="2B")
    host.world.reader.received(1, SYSTEM_INFO, host.now)
    assert host.world.reader.take(host.now) == [Hangup(1)]


def test_unplugged_in_mid_write_the_tag_stays_as_it_was(host: Host) -> None:
    host.put(UID)
    host.ask(INVENTORY)
    host.world.reader.received(1, WRITE_C2, host.now)
    host.world.do({"do": "unplug", "device": "reader"}, host.now + 0.006)
    assert host.world.reader.take(host.now + 1) == [Hangup(1)]
    assert not host.world.reader.reachable
    assert host.world.field.tags[UID].afi == 0x07
    host.now += 2
    host.do(do="plug", device="reader")
    host.world.reader.opened(1, host.now)
    assert host.ask(INVENTORY) != NO_TAG, "without power it forgot that it was silenced"


def test_a_trigger_acts_before_the_answer_leaves(host: Host) -> None:
    host.put(UID, OTHER)
    step = {"do": "lift", "tags": [UID]}
    host.do(do="when", event={"kind": "afi-written", "uid": UID}, steps=[step])
    assert host.ask(WRITE_C2) == NO_TAG, "written, lifted in the same instant, never confirmed"
    tag = host.world.field.tags[UID]
    assert tag.there[-1][1] == tag.writes[0][0]
    unplug = {"do": "unplug", "device": "reader"}
    host.do(do="when", event={"kind": "afi-read", "afi": "C2"}, steps=[unplug])
    host.put(UID)
    assert host.ask(SYSTEM_INFO) is None
    assert not host.world.reader.reachable


def test_what_comes_when_a_trigger_has_just_unplugged_it_is_lost(host: Host) -> None:
    host.put(UID)
    unplug = {"do": "unplug", "device": "reader"}
    host.do(do="when", event={"kind": "afi-read", "uid": UID}, steps=[unplug])
    host.world.reader.received(1, SYSTEM_INFO, host.now)
    host.world.reader.received(1, READ_8, host.now + 1)
    assert host.world.reader.take(host.now + 1) == [Hangup(1)]
    assert host.world.reader.due() is None


@pytest.mark.parametrize("cut", range(1, len(READ_8)))
def test_frames_come_in_pieces_of_any_size(host: Host, cut: int) -> None:
    host.put(UID)
    whole = host.ask(READ_8)
    host.world.reader.received(1, READ_8[:cut], host.now)
    assert host.world.reader.due() is None
    assert host.ask(READ_8[cut:]) == whole
    host.world.reader.received(1, READ_8 + INVENTORY, host.now)
    answers = [out.data for out in host.world.reader.take(host.now + 1) if isinstance(out, Send)]
    assert answers[:1] == [whole]


def test_the_same_question_is_asked_of_what_lies_there_now(host: Host) -> None:
    host.put(UID)
    before = host.ask(READ_8)
    other = Host(world_of(Tag(UID, "1000000057", owner="DK-718500"))).put(UID)
    assert other.ask(READ_8) not in {None, before}, "another library, the same bytes"
    host.do(do="lift", tags=[UID])
    assert host.ask(READ_8) == NO_TAG
    host.put(UID)
    assert host.ask(READ_8) == before


@given(
    st.lists(
        st.binary(max_size=30)
        | st.binary(max_size=14).map(lambda data: frame("B0" + data.hex()))
        | st.sampled_from([INVENTORY, WRITE_C2, READ_8, RF_OFF]),
        max_size=20,
    )
)
def test_noise_never_breaks_it(pieces: list[bytes]) -> None:
    host = Host(world_of(Tag(UID, "1"), Tag(OTHER, "2"))).put(UID, OTHER)
    for piece in pieces:
        host.ask(piece)
        host.now += 0.2
    assert host.world.reader.due() is None


class FarSighted(Host):
    """A host that takes the answers that are foreseen, and so has nothing to wait for."""

    foresaw = 0

    def ask(self, frame: bytes) -> bytes | None:
        foreseen = self.world.reader.foresee(1, frame, self.now)
        if foreseen is None:
            return super().ask(frame)
        self.foresaw += 1
        self.took = (foreseen.at - self.now) * 1000
        self.now = foreseen.at
        foreseen.fulfil()
        return foreseen.answer


def lives(host: Host, acts: list[bytes | str]) -> list[object]:
    """What a host hears, and when; and what is left behind."""
    heard: list[object] = []
    for act in acts:
        if isinstance(act, bytes):
            heard += [host.ask(act), host.took, host.world.reader.still()]
        elif act in {"put", "lift"}:
            host.do(do=act, tags=[UID])
        elif act == "plug":
            host.do(do="unplug", device="reader")
            host.do(do="plug", device="reader")
            host.world.reader.opened(1, host.now)
        elif act == "metal":
            host.do(do=act, places=[[0, 0, 3]])
        else:
            host.do(do=act, device="reader", count=1, message="23", seconds=0.03125)
        host.now += 0.0625
    return [*heard, host.now, host.do(do="report"), host.ask(RF_RESET), host.ask(INVENTORY)]


@given(
    st.lists(
        st.sampled_from([INVENTORY, READ_8, MORE, frame("B02301" + UID + "FF01"), frame("B0230000" + "01")])
        | st.sampled_from([RF_OFF, RF_ON, RF_RESET, SYSTEM_INFO, WRITE_C2, STAY_QUIET, READ_8[:9]])
        | st.sampled_from([frame(f"{each}{SLIX}{rest}") for each, rest in GUESSING])
        | st.sampled_from(["put", "lift", "plug", "silent", "garble", "slow", "well", "metal"]),
        max_size=20,
    ),
    st.sampled_from(
        [
            ReaderManners(),
            ReaderManners(ont=False),
            ReaderManners(answer_seconds=0.0037),
            ReaderManners(persistence_reset=0.25),
            ReaderManners(baud=38400),
            ReaderManners(rx_buffer=20),
        ]
    ),
    st.sampled_from([{}, {"weak": 0.5}, {"mute": True}, {"lacks": ("23",)}, {"block_size": 8, "eas": True}]),
)
def test_what_is_foreseen_comes_true(
    acts: list[bytes | str], manners: ReaderManners, kind: dict[str, Any]
) -> None:
    tags = (Tag(UID, "1000000056", owner="DK-718500", **kind), Tag(OTHER, "2"), Tag(SLIX, "3", **kind))
    played, foreseen = (kind_of(world_of(*tags, reader=manners)) for kind_of in (Host, FarSighted))
    assert lives(foreseen.put(OTHER, SLIX), acts) == lives(played.put(OTHER, SLIX), acts)


def test_what_a_poll_asks_of_a_still_field_is_foreseen(host: Host) -> None:
    still = FarSighted(host.world)
    still.put(UID)
    assert [still.ask(INVENTORY) for _ in range(3)][1:] == [NO_TAG, NO_TAG]
    assert still.ask(READ_8) is not None
    assert still.foresaw == 3
    still.do(do="lift", tags=[UID])
    assert still.ask(READ_8) == NO_TAG, "whether a tag is silent is played"
    assert still.foresaw == 3


READ_SLIX = frame("B02301" + SLIX + "0002")


def test_a_muted_tag_is_played() -> None:
    host = FarSighted(world_of(Tag(SLIX, "1"))).put(SLIX)
    assert host.ask(frame("B104B201" + SLIX)) is not None
    assert host.ask(frame("B104B301" + SLIX + "1012345678")) is not None
    assert host.world.reader.foresee(1, READ_SLIX, host.now) is None
    assert host.ask(READ_SLIX) == NO_TAG
    assert host.world.reader.foresee(1, INVENTORY, host.now) is not None, "it takes no part, for sure"


def test_what_two_tags_of_one_uid_say_is_played() -> None:
    host = FarSighted(world_of(Tag(SLIX, "1000000001"), Tag(SLIX, "1000000002", copy=1))).put(
        SLIX, SLIX + "#1"
    )
    answer = host.ask(READ_SLIX)
    assert host.world.reader.foresee(1, READ_SLIX, host.now) is None
    assert answer is not None
    assert answer[3] == 0x00, "in the first two blocks they do not differ"
    answer = host.ask(frame("B02301" + SLIX + "0008"))
    assert answer is not None
    assert answer[3] == 0x02


def test_what_lies_at_the_edge_is_played() -> None:
    host = FarSighted(world_of(Tag(SLIX, "1"))).put(SLIX)
    assert host.world.reader.foresee(1, READ_SLIX, host.now) is not None
    host.do(do="put", tags=[SLIX], at=[18, 0, 0])
    assert host.world.reader.foresee(1, READ_SLIX, host.now) is None
    host.do(do="put", tags=[SLIX], at=[0, 0, 0])
    host.do(do="metal", places=[[0, 0, 0]])
    assert host.world.reader.foresee(1, READ_SLIX, host.now) is None
