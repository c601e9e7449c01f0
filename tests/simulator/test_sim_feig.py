"""The simulated FEIG reader beyond the plain ISO-host commands: customs, transparent frames, outputs and
inputs, buffers, and the speed of its line; by raw bytes."""

import random
from typing import Any

import pytest

from kiosk.simulator import Scenery, Send, World, obid, passthrough
from kiosk.simulator.scenery import ReaderManners, Tag

SLIX = "E004015000000001"
SECOND = "E004015000000011"
SLI = "E004010012345678"
TI = "E007000000000001"
ALARM = "2FB36270D5A7907FE8B18038D281497682DA9A866FAF8BB0F19CD112A57237EF"


class Host:
    """A host that waits for each answer; `took` is how many ms the last one did."""

    def __init__(self, *tags: Tag, **manners: Any) -> None:
        self.world = World(Scenery(tags=tags, reader=ReaderManners(**manners)), chance=random.Random(1))
        self.now, self.took = 10.0, 0.0
        self.world.reader.opened(1, 0.0)
        if tags:
            self.do(do="put", tags=[tag.name for tag in tags])

    def ask(self, command: str, *, advanced: bool = False) -> tuple[int, str]:
        """Status and data (hex) of the answer to a command, given from its control byte on."""
        start, reader = self.now, self.world.reader
        body = b"\xff" + bytes.fromhex(command)
        head = b"\x02" + (len(body) + 5).to_bytes(2, "big") if advanced else bytes([len(body) + 3])
        reader.received(1, head + body + obid.crc(head + body), self.now)
        while (due := reader.due()) is not None:
            self.now = max(self.now, due)
            for out in reader.take(self.now):
                assert isinstance(out, Send)
                self.took = (self.now - start) * 1000
                answer = out.data[5:] if out.data[0] == 2 else out.data[3:]
                return answer[0], answer[1:-2].hex().upper()
        raise AssertionError("no answer")

    def do(self, **command: Any) -> dict[str, Any]:
        answer = self.world.do({name.rstrip("_"): value for name, value in command.items()}, self.now)
        assert answer["ok"], answer
        return answer

    def told(self, uid: str = SLIX) -> dict[str, Any]:
        (tag,) = (each for each in self.do(do="report")["field"] if each["uid"] == uid)
        assert isinstance(tag, dict)
        return tag


def turned(uid: str) -> str:
    return bytes.fromhex(uid)[::-1].hex().upper()


def test_eas_by_the_custom_commands_of_the_maker() -> None:
    host = Host(Tag(SLIX, "1"), Tag(TI, "2"))
    assert host.ask("B104A501" + SLIX) == (0x01, ""), "off is silence"
    assert host.ask("B104A201" + SLIX) == (0x00, "")
    assert host.ask("B104A501" + SLIX) == (0x00, ""), "the alarm is told by the status alone"
    assert host.ask("B104A500") == (0x00, ""), "whoever sounds"
    assert host.ask("B104A301" + SLIX) == (0x00, "")
    assert host.ask("B104A500") == (0x01, "")
    assert host.ask("B104A201" + TI) == (0x01, ""), "another maker's tag"
    assert host.ask("B107A201" + TI) == (0x80, "")
    assert host.ask("B104A501E004") == (0x81, "")
    assert [each["eas"] for each in host.told()["eas_writes"]] == [True, False]


def test_a_password_and_what_it_opens() -> None:
    host = Host(Tag(SLIX, "1", guards=("afi", "eas"), password="0F1E2D3C"))
    assert host.ask("B02701" + SLIX + "C2") == (0x95, "0F")
    assert host.ask("B104A301" + SLIX) == (0x95, "0F")
    status, number = host.ask("B104B201" + SLIX)
    assert (status, len(number)) == (0x00, 4)
    low, high = bytes.fromhex(number)
    mixed = bytes(a ^ b for a, b in zip(bytes.fromhex("3C2D1E0F"), (low, high, low, high), strict=True))
    assert host.ask("B104B301" + SLIX + "10" + mixed.hex()) == (0x00, "")
    assert host.ask("B02701" + SLIX + "C2") == (0x00, "")
    host.ask("B104B201" + SLIX)
    assert host.ask("B104B301" + SLIX + "10" + "00000000") == (0x01, ""), "a wrong one: it is mute"
    assert host.ask("B02B01" + SLIX) == (0x01, "")
    assert host.ask("69") == (0x00, "")
    assert host.ask("B02B01" + SLIX)[0] == 0x00
    assert [(each["id"], each["right"]) for each in host.told()["passwords"]] == [("10", True), ("10", False)]


def test_dsfid_blocks_and_their_security() -> None:
    host = Host(Tag(SLIX, "1"), Tag(TI, "2"))
    assert host.ask("B02901" + SLIX + "06") == (0x00, "")
    assert host.ask("B02B01" + SLIX)[1][:2] == "06"
    assert host.ask("B02C01" + SLIX + "0003") == (0x00, "03000000")
    assert host.ask("B02401" + TI + "000204" + "04030201" + "08070605") == (0x00, ""), "with its option flag"
    blocks = host.told(TI)["block_writes"]
    assert [(each["block"], each["data"]) for each in blocks] == [(0, "01020304"), (1, "05060708")]
    (report,) = (each for each in host.do(do="report")["field"] if each["uid"] == SLIX)
    assert [(each["dsfid"]) for each in report["dsfid_writes"]] == ["06"]


def test_a_tag_that_cannot_read_several_blocks_is_read_one_by_one() -> None:
    host = Host(Tag(SLIX, data="0011223344556677", lacks=("23",)))
    assert host.ask("B02301" + SLIX + "0002") == (0x00, "0204" + "0033221100" + "0077665544")
    assert host.took > 3 * 6
    eight = Host(Tag(SLIX, data="0011223344556677", block_size=8, blocks=4))
    assert eight.ask("B02301" + SLIX + "0001") == (0x00, "0108" + "007766554433221100")


def test_nobody_can_lock_anything() -> None:
    host = Host(Tag(SLIX, "1"))
    locks = ["B02201" + SLIX + "0001", "B02801" + SLIX, "B02A01" + SLIX, "B104A401" + SLIX, "B104BA01" + SLIX]
    assert {host.ask(lock)[0] for lock in locks} == {0x80}
    transparent = "BF02" + "0018" + "0000" + "2228" + turned(SLIX)
    assert host.ask(transparent) == (0x01, "")
    assert [lock["frame"] for lock in host.do(do="report")["locks"]] == [*locks, "2228" + turned(SLIX)]


def test_a_transparent_read_brings_the_answer_as_it_is_on_the_air() -> None:
    host = Host(Tag(SLIX, data="0011223344556677"))
    status, data = host.ask("BF01" + "0058" + "0000" + "2223" + turned(SLIX) + "0001")
    assert (status, data[:18]) == (0x00, "000011223344556677")
    assert passthrough.crc(bytes.fromhex(data[:18])).hex().upper() == data[18:]
    assert host.ask("BF01" + "0038" + "0000" + "2220" + turned(SLIX) + "7F")[1][:4] == "0110", "an error"
    assert host.ask("BF01" + "0100" + "0000" + "2223" + turned(SLIX) + "0001")[0] == 0x02, "not so long"
    assert host.ask("BF01" + "0038" + "0000" + "2220" + turned(SECOND) + "00") == (0x01, "")
    assert host.ask("BF01" + "0118" + "0000" + "02A504") == (0x01, "")
    assert host.ask("BF02" + "0018" + "0000" + "22A204" + turned(SLIX))[0] == 0x00
    assert host.ask("BF01" + "0118" + "0000" + "02A504")[1][2:66] == ALARM
    for wrong in ("BF01", "BF06000300002220", "BF0300030000" + "84", "BF010003000022"):
        assert host.ask(wrong) == (0x81, "")


def test_a_transparent_write_with_the_option_flag_waits_for_its_eof() -> None:
    host = Host(Tag(TI, "1"))
    assert host.ask("BF03" + "0018" + "0000" + "846A" + "6227" + turned(TI) + "C2")[0] == 0x00
    assert host.took == pytest.approx(4.04 + 20 + 0.04 + 0.32 + 1.21 + 0.31, abs=0.1)
    assert host.told(TI)["afi_after"] == "C2"


def test_transparent_inventories() -> None:
    host = Host(Tag(SLIX, "1"), Tag(SECOND, "2", afi=0xC2), Tag(SLI, "3", afi=0xC2))
    one = host.ask("BF04" + "0060" + "0000" + "0000" + "260100")
    assert one == (0x02, ""), "three at once"
    one = host.ask("BF04" + "0060" + "0000" + "0000" + "36010700")
    assert (one[0], one[1][:20]) == (0x00, "003E" + turned(SLIX))
    status, data = host.ask("BF04" + "0060" + "0000" + "0000" + "1601C200")
    assert status == 0x00
    assert [data[at + 4 : at + 20] for at in (0, 24)] == [turned(SECOND), turned(SLI)], "slots 1 and 8"
    assert host.took == pytest.approx(1.925 + 0.302 + 2 * 4.595 + 14 * 0.512, abs=0.5)
    status, data = host.ask("BF04" + "0060" + "0000" + "0000" + "060100")
    assert (status, len(data)) == (0x02, 48), "one slot of the two is noise"
    assert [passthrough.crc(bytes.fromhex(data[at : at + 20])).hex().upper() for at in (0, 24)] != [
        data[20:24],
        data[44:48],
    ]


def test_inventory_read_through_the_reader() -> None:
    host = Host(Tag(SLIX, data="0011223344556677"), Tag(SLI, data="8899AABBCCDDEEFF"), Tag(TI, "3"))
    status, data = host.ask("BF04" + "0098" + "0000" + "0000" + "46A004000001")
    assert (status, len(data)) == (0x00, 2 * 38)
    assert data[2:34] == turned(SLIX) + "0011223344556677"
    assert data[40:72] == turned(SLI) + "8899AABBCCDDEEFF"


def test_outputs_are_switched_for_their_time() -> None:
    host = Host()
    assert host.ask("71" + "4000" + "0000" + "0000" + "000A") == (0x00, ""), "the relay for a second"
    start = host.now
    host.now += 0.5
    assert host.ask("71" + "0003" + "0001" + "FFFF" + "0000") == (0x00, ""), "the green light flashes"
    host.now += 5
    assert host.ask("71" + "0002" + "0000" + "0001" + "0000") == (0x00, ""), "until it is put out"
    assert host.ask("72" + "01" + "01" + "81" + "01" + "0005") == (0x00, "")
    assert host.ask("71" + "00") == (0x81, "")
    assert host.ask("72" + "0102" + "810100") == (0x81, "")
    host.now += 0.1
    host.do(do="unplug", device="reader")
    edges = [
        (round(edge["t"] - start, 3), edge["output"], edge["on"], edge["flashes"])
        for edge in host.do(do="report")["reader"]["outputs"]
    ]
    assert edges == [
        (0.0, "relay", True, False),
        (0.5, "led-green", True, True),
        (1.0, "relay", False, False),
        (5.5, "led-green", False, False),
        (5.5, "81", True, False),
        (5.6, "81", False, False),
    ]


def test_inputs_and_what_it_says_of_itself() -> None:
    host = Host(rx_buffer=64, tx_buffer=128)
    assert host.ask("74") == (0x00, "00")
    host.do(do="input", number=2, active=True)
    assert host.ask("74") == (0x00, "02")
    host.do(do="input", number=2, active=False)
    assert host.ask("74") == (0x00, "00")
    assert not host.world.do({"do": "input", "number": 9, "active": True}, host.now)["ok"]
    assert host.ask("5200") == (0x00, "")
    assert host.ask("6600")[1][-8:] == "00400080"


def test_what_its_buffers_do_not_hold_is_refused() -> None:
    host = Host(Tag(SLIX, "1"), tx_buffer=64, rx_buffer=32)
    assert host.ask("B02301" + SLIX + "000A")[0] == 0x00
    assert host.ask("B02301" + SLIX + "000B") == (0x93, "")
    assert host.ask("B02301" + SLIX + "000B", advanced=True)[0] == 0x00
    assert host.ask("B02401" + SLIX + "000404" + "00" * 16) == (0x93, "")
    assert host.told()["block_writes"] == []


def test_it_reads_no_more_blocks_than_it_can() -> None:
    host = Host(Tag(SLIX, "1", blocks=80))
    assert host.ask("B02301" + SLIX + "0020")[0] == 0x00
    assert host.ask("B02301" + SLIX + "0021") == (0x11, "")
    few = Host(Tag(SLIX, "1"), most_blocks=4)
    assert few.ask("B02301" + SLIX + "0004")[0] == 0x00
    assert few.ask("B02301" + SLIX + "0005") == (0x11, "")


def test_now_and_then_an_inventory_names_a_tag_twice() -> None:
    host = Host(Tag(SLIX, "1"), ont=False, stutter=0.5)
    counts = {host.ask("B00100")[1][:2] for _ in range(20)}
    assert counts == {"01", "02"}


def test_on_a_serial_line_every_byte_takes_its_time() -> None:
    network, line = Host(Tag(SLIX, "1")), Host(Tag(SLIX, "1"), baud=115200)
    for host in (network, line):
        host.ask("B02301" + SLIX + "0008")
    asked, answered = 17, 8 + 40
    assert line.took - network.took == pytest.approx((asked + answered) * 11 / 115.2, abs=0.001)
    for command in ("B02701" + SLIX + "C2", "B02B01" + SLIX, "65"):
        network.ask(command)
        line.ask(command)
        assert line.took > network.took + 12 * 11 / 115.2


def test_what_is_said_while_the_line_is_busy_comes_after_it() -> None:
    host = Host(Tag(SLIX, "1"), baud=9600)
    reader = host.world.reader
    version = bytes.fromhex("05FF65E5CB")
    reader.received(1, version, 20.0)
    reader.received(1, version[:3], 20.0)
    reader.received(1, version[3:], 20.0)
    leaving = []
    while (due := reader.due()) is not None:
        leaving += [due - 20.0 for _ in reader.take(due)]
    byte = 11 / 9600
    assert leaving == [pytest.approx((5 + 13) * byte), pytest.approx((5 + 13 + 13) * byte)]
