"""The simulated GPIO chip by its messages: who has a line, what it is driven to, what became of it when."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.simulator import Hangup, Send, World, lanternfield

CHIP = "/dev/gpiochip1"


class Program:
    """One link to the chip of a world; time passes only when it is asked to."""

    def __init__(self, world: World | None = None, link: int = 1) -> None:
        self.world, self.link, self.now = world or World(lanternfield()), link, 50.0
        self.chip = self.world.chip
        self.chip.opened(link, self.now)

    def wait(self, seconds: float) -> list[dict[str, Any]]:
        self.now += seconds
        outs = self.chip.take(self.now)
        data = b"".join(out.data for out in outs if isinstance(out, Send) and out.link == self.link)
        return [json.loads(line) for line in data.splitlines()]

    def ask(self, op: str, **named: Any) -> dict[str, Any]:
        self.chip.received(self.link, json.dumps({"op": op, **named}).encode() + b"\n", self.now)
        (answer,) = self.wait(0.001)
        return answer

    def request(self, line: int, direction: str = "output", **named: Any) -> int:
        wanted = {"line": line, "direction": direction, **named}
        answer = self.ask("request", path=CHIP, consumer="kiosk", lines=[wanted])
        assert answer["ok"], answer
        request = answer["request"]
        assert isinstance(request, int)
        return request

    def do(self, name: str, **named: Any) -> None:
        answer = self.world.do({"do": name, **named}, self.now)
        assert answer["ok"], answer

    def edges(self) -> list[tuple[float, int, int, str]]:
        edges = self.world.report()["gate"]["edges"]
        return [(round(edge["t"] - 50.0, 3), edge["line"], edge["level"], edge["by"]) for edge in edges]

    def levels(self) -> dict[int, int]:
        return {line["line"]: line["level"] for line in self.world.report()["gate"]["lines"]}


def test_chips_are_told_by_their_labels() -> None:
    program = Program()
    first = program.ask("info", path="/dev/gpiochip0")
    assert (first["label"], first["lines"]) == ("raspberrypi-exp-gpio", 8)
    second = program.ask("info", path=CHIP)
    assert (second["name"], second["label"], second["lines"]) == ("gpiochip1", "pinctrl-bcm2711", 58)
    assert program.ask("info", path="/dev/gpiochip7")["errno"] == 2


def test_a_pulse_is_two_edges_with_their_times() -> None:
    program = Program()
    request = program.request(17)
    program.wait(1.0)
    program.ask("set", request=request, values={"17": 1})
    program.wait(3.0)
    program.ask("set", request=request, values={"17": 0})
    assert program.edges() == [(1.001, 17, 1, "kiosk"), (4.002, 17, 0, "kiosk")]
    (line,) = program.world.report()["gate"]["lines"]
    assert line == {"line": 17, "consumer": "kiosk", "direction": "output", "level": 0}


def test_a_link_that_ends_in_the_middle_of_a_pulse_lets_the_line_fall() -> None:
    program = Program()
    request = program.request(17)
    program.ask("set", request=request, values={"17": 1})
    program.wait(0.5)
    program.chip.closed(1, program.now)
    assert program.edges()[-1] == (0.502, 17, 0, "released")
    (line,) = program.world.report()["gate"]["lines"]
    assert (line["consumer"], line["direction"]) == ("", "input")


def test_active_low_is_reckoned_by_the_chip() -> None:
    program = Program()
    request = program.request(17, active_low=True, value=0)
    assert program.edges() == [(0.0, 17, 1, "requested")]
    program.ask("set", request=request, values={"17": 1})
    assert program.levels() == {17: 0}
    assert program.ask("get", request=request, lines=[17])["values"] == {"17": 1}
    program.ask("release", request=request)
    assert program.levels() == {17: 1}, "an active-low output rests high"


def test_a_line_is_one_consumers() -> None:
    program = Program()
    request = program.request(17)
    other = Program(program.world, link=2)
    wanted = [{"line": 17, "direction": "input"}]
    assert other.ask("request", path=CHIP, consumer="x", lines=wanted)["errno"] == 16
    assert other.ask("set", request=request, values={"17": 1})["errno"] == 9
    assert program.ask("set", request=request, values={"18": 1})["errno"] == 22
    program.do("busy", line=27)
    wanted = [{"line": 27, "direction": "input"}]
    assert program.ask("request", path=CHIP, consumer="x", lines=wanted)["errno"] == 16
    program.do("busy", line=27, busy=False)
    request = program.request(27, "input")
    assert program.ask("set", request=request, values={"27": 1})["errno"] == 1
    wanted = [{"line": 0, "direction": "input"}]
    assert program.ask("request", path="/dev/gpiochip0", consumer="x", lines=wanted)["errno"] == 16
    wanted = [{"line": 58, "direction": "input"}]
    assert program.ask("request", path=CHIP, consumer="x", lines=wanted)["errno"] == 22


def test_a_jammed_line_stays_where_it_is_and_reads_so() -> None:
    program = Program()
    request = program.request(17)
    program.do("jam", line=17, level=0)
    program.ask("set", request=request, values={"17": 1})
    assert program.ask("get", request=request, lines=[17])["values"] == {"17": 0}
    assert program.edges() == []
    program.do("unjam", line=17)
    assert program.edges()[-1][1:] == (17, 1, "unjammed")


def test_a_contact_follows_its_relay_even_when_that_is_jammed() -> None:
    program = Program()
    program.do("tie", line=22, to=17, inverted=True)
    relay, contact = program.request(17), program.request(22, "input")
    assert program.ask("get", request=contact, lines=[22])["values"] == {"22": 1}
    program.ask("set", request=relay, values={"17": 1})
    assert program.ask("get", request=contact, lines=[22])["values"] == {"22": 0}
    program.do("jam", line=17, level=0)
    assert program.ask("get", request=contact, lines=[22])["values"] == {"22": 1}
    assert [edge[1:] for edge in program.edges()][1:3] == [(17, 1, "kiosk"), (22, 0, "tied")]


def test_inputs_are_pulled_pressed_and_heard() -> None:
    program = Program()
    request = program.request(27, "input", bias="pull-up", active_low=True, edge="both")
    assert program.levels()[27] == 1
    program.ask("listen", request=request)
    program.do("press", line=27, level=0)
    (event,) = program.wait(0)
    assert event == {"line": 27, "rising": True, "ns": round(program.now * 1e9), "seq": 1, "line_seq": 1}
    program.do("press", line=27, level=None)
    (event,) = program.wait(0.5)
    assert (event["rising"], event["seq"]) == (False, 2)
    program.ask("edge", request=request, line=27, edge="rising")
    program.do("press", line=27, level=0)
    program.do("press", line=27, level=1)
    assert [event["rising"] for event in program.wait(0.1)] == [True]


def test_what_lasts_less_than_the_debounce_period_is_no_edge() -> None:
    program = Program()
    request = program.request(27, "input", edge="both", debounce=0.03)
    program.ask("listen", request=request)
    program.do("press", line=27, level=1)
    program.wait(0.01)
    program.do("press", line=27, level=0)
    assert program.wait(1) == []
    program.do("press", line=27, level=1)
    assert program.chip.due() == pytest.approx(program.now + 0.03)
    (event,) = program.wait(0.03)
    assert event["rising"]
    assert event["ns"] == round(program.now * 1e9)


def test_faults_of_the_chip() -> None:
    program = Program()
    request = program.request(17)
    program.do("silent", device="chip", message="set")
    program.chip.received(1, b'{"op":"set","request":%d,"values":{"17":1}}\n' % request, program.now)
    assert program.wait(1) == []
    assert program.levels()[17] == 1
    program.do("slow", device="chip", seconds=2)
    program.chip.received(1, b'{"op":"get","request":%d,"lines":[17]}\n' % request, program.now)
    assert program.wait(1.9) == []
    assert program.wait(0.2) == [{"ok": True, "values": {"17": 1}}]
    program.do("well", device="chip")
    program.do("garble", device="chip", how="half")
    program.chip.received(1, b'{"op":"get","request":%d,"lines":[17]}\n' % request, program.now)
    (out,) = program.chip.take(program.now + 1)
    assert isinstance(out, Send)
    assert out.data == b'{"ok": true, "val\n'
    program.do("unplug", device="chip")
    assert not program.chip.reachable
    assert program.chip.take(program.now) == [Hangup(1)]
    assert program.edges()[-1][1:] == (17, 0, "unplugged")


def test_a_trigger_waits_for_an_edge() -> None:
    program = Program()
    program.do(
        "when",
        event={"kind": "gate-edge", "line": 17, "level": 1},
        steps=[{"do": "press", "line": 27, "level": 1}],
    )
    request = program.request(17)
    program.ask("set", request=request, values={"17": 1})
    assert [edge[1:3] for edge in program.edges()] == [(17, 1), (27, 1)]
    assert program.world.report()["troubles"] == []


@pytest.mark.parametrize(
    "command",
    [
        {"do": "jam", "line": 99, "level": 1},
        {"do": "jam", "line": 17, "level": 2},
        {"do": "press", "line": "x", "level": 1},
        {"do": "press", "line": 17},
        {"do": "tie", "line": 17, "to": 17},
        {"do": "busy"},
    ],
)
def test_wrong_commands_say_so(command: dict[str, Any]) -> None:
    answer = World(lanternfield()).do(command, 1.0)
    assert not answer["ok"]
    assert answer["error"]


@given(
    st.lists(st.binary(max_size=30) | st.sampled_from([b"\n", b'{"op":"get"}\n', b'{"op":[]}\n', b"[1]\n"]))
)
def test_noise_never_breaks_it(pieces: list[bytes]) -> None:
    chip = World(lanternfield()).chip
    for number, piece in enumerate(pieces):
        chip.opened(number // 4, 1.0) if number % 4 == 0 else None
        chip.received(number // 4, piece, 1.0)
        chip.take(2.0)
