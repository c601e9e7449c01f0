"""When the ILS itself is unwell: it asks for everything again, or it is started again."""

import pytest

from kiosk.simulator import Hangup, World, lanternfield
from tests.simulator.raw_kiosk import TODAY, Kiosk, checkout, hold, information, pay

ANNA = b"21000001"


@pytest.fixture
def world() -> World:
    return World(lanternfield().owing("21000001", "2.00"))


def test_in_a_storm_everything_is_asked_for_again_and_nothing_done(world: World) -> None:
    kiosk = Kiosk(world).login()
    world.do({"do": "storm", "device": "ils", "count": 2}, kiosk.now)
    frame = checkout(b"39000001", ANNA, 1)
    assert [kiosk.say(frame), kiosk.say(frame)] == [b"96AZFEF6\r"] * 2
    assert world.ils.loans == []
    assert kiosk.say(frame).startswith(b"121N"), "sent a third time, with its own digit"
    assert len(world.ils.loans) == 1
    assert [message.response for message in world.ils.messages[1:3]] == ["96AZFEF6"] * 2
    assert world.ils.complaints == []


def test_who_gives_up_in_a_storm_goes_on_with_the_next_digit(world: World) -> None:
    kiosk = Kiosk(world).login()
    world.do({"do": "storm", "device": "ils", "count": 1, "message": "37"}, kiosk.now)
    assert kiosk.asks(information(ANNA)).startswith("64")
    assert kiosk.asks(pay(ANNA, b"2.00")) == ""
    assert kiosk.asks(information(ANNA)).startswith("64")
    assert world.ils.payments == []


def test_a_storm_is_slow_when_the_ils_is_and_plain_to_who_sends_no_checksums(world: World) -> None:
    world.do({"do": "slow", "device": "ils", "seconds": 2}, 100.0)
    world.do({"do": "storm", "device": "ils", "count": 1}, 100.0)
    kiosk = Kiosk(world)
    assert kiosk.say(b"9300CNselfcheck|COlantern|\r", wait=2.0) == b""
    assert kiosk.say(b"", wait=0.1) == b"96\r"


def test_a_storm_can_be_called_off(world: World) -> None:
    kiosk = Kiosk(world).login()
    world.do({"do": "storm", "device": "ils", "count": 100}, kiosk.now)
    assert kiosk.say(checkout(b"39000001", ANNA, 1)) == b"96AZFEF6\r"
    world.do({"do": "well", "device": "ils"}, kiosk.now)
    assert kiosk.say(checkout(b"39000001", ANNA, 1)).startswith(b"121")


def test_a_restart_that_waits_can_be_called_off_too(world: World) -> None:
    kiosk = Kiosk(world).login()
    world.do({"do": "restart", "device": "ils", "seconds": 30, "message": "11"}, kiosk.now)
    world.do({"do": "well", "device": "ils"}, kiosk.now)
    assert kiosk.say(checkout(b"39000001", ANNA, 1)).startswith(b"121")


def test_a_restart_drops_the_lines_and_keeps_what_it_knows(world: World) -> None:
    kiosk = Kiosk(world).login()
    kiosk.say(checkout(b"39000001", ANNA, 1))
    kiosk.digit = 1
    kiosk.asks(hold(ANNA, b"39000002"))
    kiosk.asks(pay(ANNA, b"0.50"))
    start = kiosk.now
    assert world.do({"do": "restart", "device": "ils", "seconds": 30}, start)["ok"]
    assert world.ils.take(start) == [Hangup(1)]
    assert not world.ils.reachable
    assert world.ils.due() == start + 30
    assert world.ils.take(start + 29.9) == []
    assert not world.ils.reachable
    assert world.do({"do": "look"}, start + 29.9)["unplugged"] == ["ils"]
    world.ils.take(start + 30)
    assert world.ils.reachable
    assert world.ils.due() is None
    again = Kiosk(world, link=2).login()
    told = again.asks(information(ANNA, b"  Y       "))
    assert "|BV1.50|" in told
    assert "|AU39000001|" in told
    assert told[37:61] == "000000000002000100000001"


@pytest.mark.parametrize("execute", [True, False])
@pytest.mark.parametrize("message", ["11", "37"])
def test_a_restart_meets_a_message_under_way(world: World, message: str, *, execute: bool) -> None:
    kiosk = Kiosk(world).login()
    restart = {"do": "restart", "device": "ils", "seconds": 5, "message": message, "execute": execute}
    world.do(restart, kiosk.now)
    kiosk.asks(information(ANNA))
    said = kiosk.asks(pay(ANNA, b"2.00")) if message == "37" else kiosk.say(checkout(b"39000001", ANNA, 2))
    assert not said
    assert kiosk.out == [Hangup(1)]
    assert len(world.ils.loans) + len(world.ils.payments) == execute
    assert world.ils.messages[-1].response is None
    again = Kiosk(world, link=2).login()
    assert again.asks(information(ANNA)).startswith("64"), "it happens once"
    assert world.report()["troubles"] == []


@pytest.mark.parametrize("execute", [True, False])
def test_a_restart_meets_what_was_to_be_done_late(world: World, *, execute: bool) -> None:
    kiosk = Kiosk(world).login()
    world.do({"do": "slow", "device": "ils", "seconds": 60, "late": True}, kiosk.now)
    kiosk.say(checkout(b"39000001", ANNA, 1), wait=1)
    assert world.ils.loans == []
    world.do({"do": "restart", "device": "ils", "seconds": 5, "execute": execute}, kiosk.now)
    assert len(world.ils.loans) == execute
    assert world.ils.take(kiosk.now + 100) == [Hangup(1)]
    assert len(world.ils.loans) == execute


def test_a_restart_at_a_loan_comes_after_it(world: World) -> None:
    kiosk = Kiosk(world).login()
    steps = [{"do": "restart", "device": "ils", "seconds": 5}]
    world.do({"do": "when", "event": {"kind": "loan"}, "steps": steps}, kiosk.now)
    assert kiosk.say(checkout(b"39000001", ANNA, 1)) == b""
    assert len(world.ils.loans) == 1


def test_started_again_without_a_network_it_stays_away(world: World) -> None:
    Kiosk(world).login()
    world.do({"do": "unplug", "device": "ils"}, 200.0)
    world.do({"do": "restart", "device": "ils", "seconds": 5}, 201.0)
    world.ils.take(210.0)
    assert not world.ils.reachable
    world.do({"do": "plug", "device": "ils"}, 211.0)
    assert world.ils.reachable


@pytest.mark.parametrize(
    "command",
    [
        {"do": "storm", "device": "reader", "count": 1},
        {"do": "storm"},
        {"do": "restart", "device": "printer", "seconds": 1},
        {"do": "restart", "device": "ils"},
        {"do": "restart", "device": "ils", "seconds": -1},
        {"do": "restart", "device": "ils", "seconds": float("nan")},
        {"do": "when", "event": {"kind": "payment", "item": "39000001"}, "steps": []},
        {"do": "when", "event": {"kind": "hold", "patron": "21000001"}, "steps": []},
    ],
)
def test_commands_that_are_wrong(world: World, command: dict[str, object]) -> None:
    assert not world.do(command, 1.0)["ok"]
    assert world.ils.reachable


def test_a_day_of_three_hundred_messages_is_reported_whole(world: World) -> None:
    kiosk = Kiosk(world).login()
    for number in range(300):
        kiosk.asks(b"17" + TODAY + b"AOLANTERN|AB390000%02d|" % (number % 20))
    messages = world.report()["ils"]["messages"]
    assert len(messages) == 301
    assert set(messages[-1]) == {"t", "request", "response", "answered"}
