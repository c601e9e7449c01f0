"""The simulated printer: paper that comes out in time, status bytes as Epson documents them, faults."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from kiosk.simulator import Hangup, Send, World, lanternfield

BLACK_8MM = bytes.fromhex("1D763000 4800 4000") + b"\xff" * (72 * 64)
"""GS v 0: 576 x 64 dots of black, 8 mm of paper."""
CUT = b"\x1dVB\x00"
"""Feed to the cutter, cut partially."""
CUTTER_ROWS = 112
START = 1000.0


class Host:
    """One connection to the printer of a world; time passes only when it is asked to."""

    def __init__(self, world: World | None = None, link: int = 1) -> None:
        self.world, self.link, self.now = world or World(lanternfield()), link, START
        self.printer = self.world.printer
        self.hung_up = False
        self.printer.opened(link, self.now)

    def say(self, data: bytes, wait: float = 0.01) -> bytes:
        self.printer.received(self.link, data, self.now)
        return self.wait(wait)

    def wait(self, seconds: float) -> bytes:
        """Let time pass as a driver does: from one due instant to the next."""
        end, heard = self.now + seconds, b""
        while (due := self.printer.due()) is not None and due <= end:
            heard += self._hear(due)
        self.now = end
        return heard + self._hear(end)

    def _hear(self, now: float) -> bytes:
        outs = self.printer.take(now)
        self.hung_up = self.hung_up or Hangup(self.link) in outs
        return b"".join(out.data for out in outs if isinstance(out, Send) and out.link == self.link)

    def do(self, name: str, **named: Any) -> dict[str, Any]:
        answer = self.world.do({"do": name, **named}, self.now)
        assert answer["ok"], answer
        return answer

    def status(self) -> str:
        """The four answers as hex."""
        return "".join(self.say(bytes([0x10, 0x04, n])).hex() for n in (1, 2, 3, 4))

    def picture(self, **named: Any) -> Image.Image:
        answer = self.do("printout", **named)
        picture = Image.open(io.BytesIO(base64.b64decode(answer["png"])))
        assert picture.size == (answer["width"], answer["height"])
        return picture

    def inked(self) -> int:
        """Rows that are black all over."""
        picture = self.picture()
        rows = (picture.crop((0, row, picture.width, row + 1)) for row in range(picture.height))
        return sum(row.getextrema() == (0, 0) for row in rows)

    def report(self) -> dict[str, Any]:
        printer: dict[str, Any] = self.world.report()["printer"]
        return printer


def test_status_bytes_of_every_state() -> None:
    host = Host()
    assert host.status() == "12121212"
    host.do("paper", state="near-end")
    assert host.status() == "1212121e"
    host.do("paper", state="out")
    assert host.status() == "1a32127e"
    host.do("paper", state="plenty")
    host.do("cover", open=True)
    assert host.status() == "1a161212"
    host.do("cover", open=False)
    host.do("cutter", jammed=True)
    assert host.status() == "12121212", "it notices at the next cut"
    host.say(CUT, wait=2)
    assert host.status() == "1a521a12"
    host.do("cutter", jammed=False)
    assert host.status() == "12121212"
    assert host.report()["status"][0] == {"t": START, "request": "100401", "answer": "12"}
    assert host.report()["complaints"] == []


def test_paper_appears_at_150_mm_a_second() -> None:
    host = Host()
    host.say(BLACK_8MM * 10, wait=0.1)
    assert host.inked() == 120
    assert host.status().startswith("12")
    host.wait(0.1 - 0.04)
    assert host.inked() == 240
    assert host.report()["pieces"] == [
        {"t": pytest.approx(START + 1 / 1200), "t_cut": None, "width": 576, "height": 352, "cut": None}
    ]
    host.wait(1)
    assert host.inked() == 640


def test_the_picture_is_what_was_composed() -> None:
    """A frame drawn by hand in a raster, a bit image below it."""
    host = Host()
    frame = bytes.fromhex("1D763000 0100 0300 FF81FF")
    column = b"\x1b3\x18" + bytes.fromhex("1B2A21 0100 F0F0F0") + b"\n"
    host.say(b"\x1b@" + frame + column + CUT, wait=2)
    picture = host.picture()
    assert picture.mode == "1"
    rows = [
        "".join("#" if picture.getpixel((x, CUTTER_ROWS + y)) == 0 else "." for x in range(10))
        for y in range(3 + 24)
    ]
    assert rows[:3] == ["########..", "#......#..", "########.."]
    assert [row[:2] for row in rows[3:]] == (["#."] * 4 + [".."] * 4) * 3
    assert picture.height == CUTTER_ROWS + 27
    (piece,) = host.report()["pieces"]
    assert piece["cut"] == "partial"
    assert piece["height"] == picture.height
    rows_before = 27 + CUTTER_ROWS
    assert piece["t_cut"] == pytest.approx(START + rows_before / 1200 + 0.2)


def test_a_cut_without_a_feed_leaves_the_end_in_the_printer() -> None:
    host = Host()
    host.say(BLACK_8MM * 2 + b"\x1dV\x00", wait=2)
    first, rest = host.report()["pieces"]
    assert (first["height"], first["cut"]) == (128, "full")
    assert (rest["height"], rest["t_cut"]) == (CUTTER_ROWS, None)
    assert host.picture(piece=0).height == 128
    assert host.do("printout")["pieces"] == 2
    host.do("tear")
    assert host.report()["pieces"] == []
    assert host.picture().height == 1


def test_out_of_paper_in_the_middle_it_stops_and_goes_on_with_a_new_roll() -> None:
    host = Host()
    host.say(b"\x1da\xff")
    host.do("paper", state="near-end", mm=20)
    told = host.say(BLACK_8MM * 5 + CUT + b"\x1d(H\x06\x0000id42", wait=3)
    assert told == bytes.fromhex("10000300 18000F00"), "near its end at once, then out and off-line"
    out = next(each for each in host.report()["status"] if each["answer"] == "18000F00")
    assert out["t"] == pytest.approx(START + 0.01 + 20 / 150)
    assert host.inked() == 160
    assert host.status() == "1a32127e"
    assert host.report()["paper"] == "out"
    told = host.wait(60)
    assert told == b""
    host.do("paper", state="plenty")
    told = host.wait(3)
    assert told == bytes.fromhex("10000000") + b"\x37\x22id42\x00", "printed at last, and said so"
    assert host.inked() == 320
    first, second = host.report()["pieces"]
    assert (first["cut"], first["height"]) == ("end", CUTTER_ROWS + 160)
    assert (second["cut"], second["height"]) == ("partial", CUTTER_ROWS + 160)


CLEAR = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")
"""DLE DC4 (fn = 8) as Epson's reference prints it."""


@pytest.mark.parametrize("cut_at", range(1, len(CLEAR)))
def test_told_to_clear_its_buffers_it_forgets_the_rest_of_a_job(cut_at: int) -> None:
    host = Host()
    host.do("paper", state="plenty", mm=12)
    host.say(BLACK_8MM * 3 + CUT, wait=1.0)
    assert host.status() == "1a32127e"
    assert host.say(CLEAR[:cut_at]) == b""
    assert host.say(CLEAR[cut_at:]) == bytes.fromhex("372500")
    inked = host.inked()
    host.do("paper", state="plenty")
    host.say(BLACK_8MM + CUT, wait=1.0)
    assert host.inked() == inked + 64, "nothing of the first job came out"
    assert host.report()["complaints"] == []


def test_an_open_cover_stops_it_too() -> None:
    host = Host()
    host.say(BLACK_8MM * 5, wait=0.05)
    host.do("cover", open=True)
    host.wait(10)
    assert host.inked() == 60
    assert host.report()["cover"] == "open"
    host.do("cover", open=False)
    host.wait(1)
    assert host.inked() == 320


def test_a_jammed_cutter_is_an_error_until_it_is_freed() -> None:
    host = Host()
    host.say(b"\x1da\x04")
    host.do("cutter", jammed=True)
    assert host.say(BLACK_8MM + CUT, wait=2) == bytes.fromhex("18080000")
    assert host.say(b"\x10\x05\x02", wait=1) == b"", "asking it to recover does not free it"
    host.do("cutter", jammed=False)
    assert host.wait(1) == bytes.fromhex("10000000")
    assert host.report()["pieces"][0]["cut"] == "partial"


def test_without_power_it_forgets_what_it_had_not_printed() -> None:
    host = Host()
    host.say(BLACK_8MM * 5, wait=0.05)
    host.do("unplug", device="printer")
    assert not host.printer.reachable
    host.wait(1)
    assert host.hung_up
    host.do("plug", device="printer")
    again = Host(host.world, link=2)
    again.now = host.now
    again.wait(5)
    assert again.inked() == 60
    assert again.status() == "12121212"


def test_what_came_whole_is_printed_after_the_host_is_gone() -> None:
    host = Host()
    host.say(BLACK_8MM * 2 + BLACK_8MM[:100], wait=0)
    host.printer.closed(1, host.now)
    host.wait(1)
    assert host.inked() == 128


def test_status_in_its_turn_and_who_it_is() -> None:
    host = Host()
    assert host.say(BLACK_8MM + b"\x1dr\x01", wait=0.02) == b"", "not before all before it was printed"
    assert host.wait(0.1) == b"\x00"
    host.do("paper", state="near-end")
    assert host.say(b"\x1dr1\x1dr\x02\x1dI\x02\x1dIB") == b"\x03\x00\x02" + b"\x5fLANTERN\x00"
    host.say(b"\x1dr\x09")
    assert [each["text"] for each in host.report()["complaints"]] == ["GS r 09"]


def test_automatic_status_goes_to_who_asked_for_it() -> None:
    host = Host()
    other = Host(host.world, link=2)
    assert host.say(b"\x1da\x08") == bytes.fromhex("10000000")
    host.do("cover", open=True)
    assert host.wait(0.1) == b"", "only the paper sensors are watched"
    host.do("paper", state="near-end")
    assert host.wait(0.1) == bytes.fromhex("38000300")
    host.say(b"\x1da\x00")
    host.do("cover", open=False)
    host.say(b"\x1da\x00")
    host.do("paper", state="out")
    assert host.wait(0.1) == b""
    assert other.wait(1) == b""


def test_silence_slowness_garbage_and_hanging_up() -> None:
    host = Host()
    host.do("silent", device="printer", count=1)
    assert host.say(b"\x10\x04\x01", wait=1) == b""
    assert host.report()["status"][0]["answer"] is None
    host.do("slow", device="printer", seconds=2)
    assert host.say(b"\x10\x04\x04", wait=1) == b""
    assert host.wait(1.1) == b"\x12"
    host.do("well", device="printer")
    host.do("garble", device="printer", count=1, message="DLE EOT 4", how="flip")
    assert host.say(b"\x10\x04\x01\x10\x04\x04") == b"\x12\x13"
    host.do("silent", device="printer", message="print", execute=False)
    host.say(BLACK_8MM, wait=1)
    assert host.inked() == 0
    host.do("hang-up", device="printer", message="print", execute=True)
    host.say(BLACK_8MM * 2, wait=1)
    assert host.hung_up
    assert host.inked() == 64


def test_triggers_at_the_first_dot_and_at_the_cut() -> None:
    host = Host()
    steps = [{"do": "unplug", "device": "printer"}]
    host.do("when", event={"kind": "print"}, steps=steps)
    host.say(b"\n" + BLACK_8MM + CUT, wait=1)
    assert host.hung_up
    assert host.inked() == 1
    host = Host()
    host.do("when", event={"kind": "cut"}, steps=[{"do": "paper", "state": "out"}])
    host.say(BLACK_8MM + CUT + BLACK_8MM, wait=3)
    assert host.inked() == 64
    assert host.world.report()["troubles"] == []


@pytest.mark.parametrize(
    "command",
    [
        {"do": "paper", "state": "some"},
        {"do": "paper", "state": "plenty", "mm": -1},
        {"do": "paper"},
        {"do": "cover"},
        {"do": "printout", "piece": 3},
    ],
)
def test_wrong_commands_say_so(command: dict[str, Any]) -> None:
    answer = World(lanternfield()).do(command, 1.0)
    assert not answer["ok"]
    assert answer["error"]
