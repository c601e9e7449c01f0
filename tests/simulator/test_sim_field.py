"""The simulated field by raw frames of the air (ISO/IEC 15693-3, NXP's datasheets): states, passwords, EAS,
inventories of one slot, places and metal."""

import random
from collections.abc import Generator
from typing import Any, TypeVar

import pytest

from kiosk.simulator import Scenery, World, passthrough, rounds
from kiosk.simulator.field import Instant, TagField
from kiosk.simulator.passthrough import Said
from kiosk.simulator.rounds import Wanted
from kiosk.simulator.scenery import Tag

Made = TypeVar("Made")

SLIX = "E004015000000001"
SECOND = "E004015000000011"
SLI = "E004010012345678"
TI = "E007000000000001"
ALARM = "2FB36270D5A7907FE8B18038D281497682DA9A866FAF8BB0F19CD112A57237EF"


def played(program: Generator[Instant, None, Made]) -> Made:
    """What a program on an undisturbed air comes to."""
    while True:
        try:
            next(program)
        except StopIteration as done:
            made: Made = done.value
            return made


class Antenna:
    """Says frames one after the other, each when the last was over."""

    def __init__(self, *tags: Tag, **manners: Any) -> None:
        self.field = TagField(tags, chance=random.Random(1), **manners)
        self.now, self.took = 10.0, 0.0
        for tag in tags:
            self.field.put(tag.name, 0.0)

    def said(self, frame: str) -> Said:
        """`UID` after a space stands for a UID as the air has it: `22 2B @E004...`."""
        parts = [part if part[0] != "@" else bytes.fromhex(part[1:])[::-1].hex() for part in frame.split()]
        said = played(passthrough.say(self.field, self.now, bytes.fromhex("".join(parts))))
        self.took = (said.end - self.now) * 1000
        self.now = said.end
        return said

    def say(self, frame: str) -> str | None:
        """The answer's hex without CRC."""
        answer = self.said(frame).answer
        if answer is None:
            return None
        assert passthrough.crc(answer[:-2]) == answer[-2:]
        return answer[:-2].hex().upper()


def test_the_crc_is_the_one_of_the_standard() -> None:
    for frame in ("060100CD09", "260100F60A", "0601040555DD", "222B78563412000104E0B6E9", "02A50417E4"):
        whole = bytes.fromhex(frame)
        assert passthrough.crc(whole[:-2]) == whole[-2:]


def test_one_slot_nobody_one_or_a_collision() -> None:
    air = Antenna(Tag(SLIX, "1", dsfid=0x3E), Tag(SECOND, "2", dsfid=0x06, afi=0xC2))
    assert air.said("26 01 00").collision
    assert air.say("26 01 08 01") == "003E" + bytes.fromhex(SLIX)[::-1].hex().upper()
    assert air.took == pytest.approx(1.925 + 0.3209 + 3.927 + 0.309, abs=0.01)
    assert air.say("26 01 08 11") == "0006" + bytes.fromhex(SECOND)[::-1].hex().upper()
    assert air.said("26 01 08 21") == Said(air.now), "nobody"
    assert air.took == pytest.approx(1.925 + 0.323 + 0.151, abs=0.01)
    assert air.say("36 01 C2 00") == "0006" + bytes.fromhex(SECOND)[::-1].hex().upper()
    assert air.say("36 01 C0 00") == "0006" + bytes.fromhex(SECOND)[::-1].hex().upper(), "a whole family"
    assert air.say("36 01 D7 00") is None
    assert air.said("36 01 00 00").collision, "any"
    assert air.say("06 01 00") is None, "of sixteen slots the first is heard, and both answer in the second"
    assert air.said("06 01 04 01").answer is not None, "after those four bits one of them is in slot 0"


def test_a_tag_that_leaves_in_the_middle_of_its_answer_is_not_heard() -> None:
    field = TagField([Tag(SLIX, "1")])
    field.put(SLIX, 0.0)
    program = rounds.inventory_once(field, 1.0)
    next(program)
    field.lift(SLIX, 1.001)
    field.put(SLIX, 1.002)
    with pytest.raises(StopIteration) as done:
        next(program)
    assert done.value.value.data is None
    assert not done.value.value.collision


def test_a_filtered_inventory_finds_only_its_family() -> None:
    uids = [f"E00401500000{number * 4099:04X}" for number in range(12)]
    air = Antenna(*(Tag(uid, "1", afi=0xC2 if number % 3 else 0x07) for number, uid in enumerate(uids)))
    _, found = played(rounds.inventory(air.field, 1.0, Wanted(0x07)))
    assert sorted(slot.tag.plan.uid for slot in found if slot.tag) == uids[::3]
    _, found = played(rounds.inventory(air.field, 2.0))
    assert len(found) == 12


def test_inventory_read_gives_memory_and_what_is_not_known_of_the_uid() -> None:
    air = Antenna(Tag(SLIX, data="00112233445566778899AABBCCDDEEFF"), Tag(TI, "2"))
    said = air.say("66 A0 04 00 00 01")
    assert said == "00" + "01000000500104E0" + "0011223344556677"
    assert air.say("26 A0 04 00 00 01") == "00" + "0011223344556677", "without the option no name"
    assert air.say("66 A0 04 08 01 02 00") == "00" + "000000500104E0" + "8899AABB"
    assert air.say("66 A0 04 00 1B 01") is None, "a block too many is silence"
    end, found = played(rounds.inventory(air.field, air.now, Wanted(first=0, blocks=8)))
    assert [slot.tag.plan.uid for slot in found if slot.tag] == [SLIX], "others do not know this"
    assert end - air.now == pytest.approx(0.00253 + 15 * 0.000512 + 0.0139, abs=0.0002)


def test_eas_is_set_and_reset_and_sounds() -> None:
    air = Antenna(Tag(SLIX, "1"), Tag(SECOND, "2"), Tag(TI, "3"))
    assert air.say("02 A5 04") is None, "nobody has it set: silence"
    assert air.say(f"22 A2 04 @{SLIX}") == "00"
    assert air.took == pytest.approx(1.1 + 12 * 0.302 + 10, abs=2.0), "a write"
    assert air.say("02 A5 04") == "00" + ALARM
    assert air.say(f"22 A2 04 @{SECOND}") == "00"
    assert air.say("02 A5 04") == "00" + ALARM, "both say the same bits at once"
    assert air.say(f"22 A5 04 @{SLIX}") == "00" + ALARM
    assert air.say(f"22 A3 04 @{SLIX}") == "00"
    assert air.say(f"22 A5 04 @{SLIX}") is None
    assert air.say(f"22 A2 04 @{TI}") is None, "another maker's tag does not know it"
    tag = air.field.tags[SLIX]
    assert [eas for _, eas in tag.eas_writes] == [True, False]


def protected(**how: Any) -> Antenna:
    return Antenna(Tag(SLIX, "1", guards=("afi", "eas", "write"), password="0F1E2D3C", **how))


def give(air: Antenna, password: int, which: str = "10") -> str | None:
    answer = air.say(f"22 B2 04 @{SLIX}")
    assert answer is not None
    assert len(answer) == 6
    number = int.from_bytes(bytes.fromhex(answer[2:]), "little")
    mixed = password ^ (number << 16 | number)
    return air.say(f"22 B3 04 @{SLIX} {which} {mixed.to_bytes(4, 'little').hex()}")


@pytest.mark.parametrize(("mute", "refusal"), [(False, "010F"), (True, None)])
def test_a_protected_tag_wants_its_password_first(mute: bool, refusal: str | None) -> None:
    air = protected(mute=mute)
    for write in ("27 @ C2", "A2 04 @", "29 @ 06", "21 @ 00 01020304"):
        assert air.say(f"22 {write.replace('@', '@' + SLIX)}") == refusal
    assert give(air, 0x0F1E2D3C) == "00"
    assert air.say(f"22 27 @{SLIX} C2") == "00"
    assert air.say(f"22 A2 04 @{SLIX}") == "00"
    assert air.say(f"22 21 @{SLIX} 00 01020304") == refusal, "that is another password's"
    assert give(air, 0x0F1E2D3C, "02") == "00"
    assert air.say(f"22 21 @{SLIX} 00 01020304") == "00"
    assert air.say(f"22 29 @{SLIX} 06") == "00"
    tag = air.field.tags[SLIX]
    assert [(each.which, each.right) for each in tag.attempts] == [(0x10, True), (0x02, True)]
    assert [(each.block, each.data.hex()) for each in tag.block_writes] == [(0, "01020304")]
    assert [dsfid for _, dsfid in tag.dsfid_writes] == [0x06]


def test_a_wrong_password_mutes_the_tag_until_it_loses_its_power() -> None:
    air = protected()
    assert give(air, 0x12345678) is None
    assert air.say(f"22 2B @{SLIX}") is None
    assert air.say("26 01 00") is None
    assert air.say(f"22 26 @{SLIX}") is None
    air.field.power(on=False)
    air.field.power(on=True)
    assert air.say("26 01 00") is not None
    assert give(air, 0x0F1E2D3C) == "00"
    air.field.lift(SLIX, air.now)
    air.field.put(SLIX, air.now)
    assert air.say(f"22 27 @{SLIX} C2") == "010F", "what was open is closed again"


def test_a_password_without_its_random_number() -> None:
    air = protected()
    assert air.say(f"22 B3 04 @{SLIX} 10 3C2D1E0F") == "010F"
    assert air.say(f"22 2B @{SLIX}") is not None, "it was no wrong one"
    old = Antenna(Tag(SLI, "1"))
    assert old.say(f"22 B2 04 @{SLI}") == "0101", "the plain SLI has no passwords"


def test_reading_with_the_option_flag_brings_the_security_of_each_block() -> None:
    air = Antenna(Tag(SLIX, data="0011223344556677"))
    assert air.say(f"22 20 @{SLIX} 00") == "0000112233"
    assert air.say(f"62 20 @{SLIX} 01") == "000044556677"
    assert air.say(f"62 23 @{SLIX} 00 01") == "0000001122330044556677"
    assert air.say(f"22 23 @{SLIX} 00 00") == "0000112233"
    assert air.say(f"22 2C @{SLIX} 00 03") == "0000000000"
    assert air.say(f"22 2C @{SLIX} 1A 03") == "0110"


def test_texas_instruments_want_the_option_flag_in_writes() -> None:
    air = Antenna(Tag(TI, "1"))
    assert air.say(f"22 27 @{TI} C2") == "0103"
    assert air.field.tags[TI].afi == 0x07
    assert air.say(f"62 27 @{TI} C2") == "00"
    assert air.took == pytest.approx(4.04 + 20 + 0.04 + 0.32 + 1.21 + 0.31, abs=0.05), "after an EOF"
    assert air.field.tags[TI].afi == 0xC2


def test_a_tag_may_lack_commands() -> None:
    air = Antenna(Tag(SLIX, "1", lacks=("2B", "23")), Tag(SECOND, "2", lacks=("2B",), mute=True))
    assert air.say(f"22 2B @{SLIX}") == "0101"
    assert air.say(f"22 23 @{SLIX} 00 01") == "0101"
    assert air.say(f"22 20 @{SLIX} 00") is not None
    assert air.say(f"22 2B @{SECOND}") is None
    assert air.say(f"22 7F @{SLIX}") == "0101"
    assert air.say(f"22 20 @{SLIX}") == "0102", "the parameters are wrong"
    assert air.say("02") is None
    assert air.say(f"20 2B @{SLIX}") is None, "at the low rate"


def test_blocks_of_eight_bytes() -> None:
    air = Antenna(Tag(SLIX, "1", block_size=8, blocks=10))
    four = Antenna(Tag(SLIX, "1"))
    answer, short = air.say(f"22 23 @{SLIX} 00 01"), four.say(f"22 23 @{SLIX} 00 03")
    assert answer == short
    assert air.took == pytest.approx(four.took)
    information = air.say(f"22 2B @{SLIX}")
    assert information is not None
    assert information[-6:] == "090701"
    assert air.say(f"22 21 @{SLIX} 00 01020304") == "0102"
    assert air.say(f"22 21 @{SLIX} 09 0102030405060708") == "00"


def test_two_tags_of_one_uid_say_their_name_with_one_voice() -> None:
    twins = Tag(SLIX, "1"), Tag(SLIX, "2", copy=1), Tag(SECOND, "3")
    air = Antenna(*twins)
    _, found = played(rounds.inventory(air.field, 1.0))
    assert sorted(slot.tag.plan.uid for slot in found if slot.tag) == [SLIX, SECOND]
    assert air.say("26 01 08 01") is not None
    assert air.said(f"22 23 @{SLIX} 00 07").collision, "what they hold is not the same"
    assert air.say(f"22 27 @{SLIX} C2") == "00"
    assert [air.field.tags[twin.name].afi for twin in twins] == [0xC2, 0xC2, 0x07], "both took it"
    air.field.lift(SLIX, air.now)
    assert air.say(f"22 23 @{SLIX} 00 07") is not None, "one is left"


def test_stay_quiet_selected_and_ready() -> None:
    air = Antenna(Tag(SLIX, "1"), Tag(SECOND, "2"))
    assert air.say(f"22 02 @{SLIX}") is None
    assert air.say("26 01 00") is not None, "only the other one is heard"
    assert air.say(f"22 25 @{SLIX}") == "00"
    assert air.say("12 2B") is not None
    assert air.say("12 26") == "00"
    assert air.said("26 01 00").collision


def test_what_cannot_be_undone_is_recorded_and_not_done() -> None:
    air = Antenna(Tag(SLIX, "1"))
    frames = [f"22 22 @{SLIX} 00", f"22 28 @{SLIX}", f"22 2A @{SLIX}", f"22 A4 04 @{SLIX}"]
    frames += [f"22 A6 04 @{SLIX}", f"22 B9 04 @{SLIX} 00000000", f"22 BA 04 @{SLIX} 00000000"]
    assert [air.say(frame) for frame in frames] == [None] * len(frames)
    assert [lock.frame[1] for lock in air.field.locks] == [0x22, 0x28, 0x2A, 0xA4, 0xA6, 0xB9, 0xBA]


def share_heard(air: Antenna, uid: str) -> float:
    return sum(air.say(f"22 20 @{uid} 00") is not None for _ in range(200)) / 200


def test_what_lies_beyond_the_pad_is_weak_and_then_not_there() -> None:
    air = Antenna(Tag(SLIX, "1"))
    for place, low, high in (
        ((14.0, -14.0, 19.0), 1.0, 1.0),
        ((18.0, 0.0, 0.0), 0.35, 0.65),
        ((0.0, 0.0, 25.0), 0.05, 0.3),
        ((25.0, 0.0, 0.0), 0.0, 0.0),
        ((0.0, 0.0, 0.0), 1.0, 1.0),
    ):
        air.field.put(SLIX, air.now, place)
        assert low <= share_heard(air, SLIX) <= high, place


def test_metal_detunes_what_lies_near_it() -> None:
    air = Antenna(Tag(SLIX, "1"), Tag(SECOND, "2"))
    air.field.put(SECOND, air.now, (10.0, 0.0, 0.0))
    air.field.lay_metal([(0.0, 0.0, 1.0)])
    assert 0.1 < share_heard(air, SLIX) < 0.5
    assert share_heard(air, SECOND) == 1.0
    air.field.lay_metal([])
    assert share_heard(air, SLIX) == 1.0


def test_now_and_then_the_nearer_one_is_heard_above_the_other() -> None:
    air = Antenna(Tag(SLIX, "1"), Tag(SECOND, "2"), capture=0.5)
    heard = [air.said("26 01 00").collision for _ in range(100)]
    assert 30 < sum(heard) < 70


def test_what_the_report_tells_of_it_all() -> None:
    tag = Tag(SLIX, "1", eas=True, guards=("write",), password="00000007")
    world = World(Scenery(tags=(tag,)), chance=random.Random(1))
    assert world.do({"do": "make-tag", "uid": SLIX, "copy": 1, "guards": ["afi"]}, 0.0)["uid"] == SLIX + "#1"
    lifted = {"do": "lift", "tags": [SLIX]}
    steps = [
        {"do": "put", "tags": [SLIX], "at": [1, 2, 3]},
        {"do": "metal", "places": [[14, 0, 0]]},
        {"do": "when", "event": {"kind": "eas-written", "uid": SLIX, "eas": "0"}, "steps": [lifted]},
    ]
    assert world.do({"do": "all", "steps": steps}, 0.0)["ok"]
    uid = bytes.fromhex(SLIX)[::-1]
    for frame in (b"\x22\x29" + uid + b"\x06", b"\x22\x22" + uid + b"\0", b"\x22\xa3\x04" + uid):
        played(passthrough.say(world.field, 1.0, frame))
    report = world.do({"do": "report"}, 2.0)
    (told,) = report["field"]
    assert (told["eas_before"], told["eas_after"]) == (True, False)
    assert [each["eas"] for each in told["eas_writes"]] == [False]
    assert (told["dsfid_before"], told["dsfid_after"], told["dsfid_writes"]) == ("3E", "3E", []), "protected"
    assert told["there"][0][1] == told["eas_writes"][0]["t"], "lifted in that instant"
    assert [lock["frame"] for lock in report["locks"]] == ["2222" + uid.hex().upper() + "00"]
    assert not world.do({"do": "put", "tags": [SLIX], "at": [1, 2]}, 3.0)["ok"]


@pytest.mark.parametrize(
    "how", [{"guards": ("lid",)}, {"guards": ("afi",), "password": "secret"}, {"uid": "E0"}]
)
def test_a_tag_that_cannot_be_is_refused(how: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"guards|UID"):
        TagField([Tag(**{"uid": SLIX, "barcode": "1", **how})])
    assert not World(Scenery()).do({"do": "make-tag", "uid": SLIX, **how}, 0.0)["ok"]
