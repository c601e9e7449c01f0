"""Memory wires: a device on one end, our drivers' `Wire` on the other, in virtual time."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.lab import run
from kiosk.lab.loop import sleep
from kiosk.lab.wires import Bench
from kiosk.simulator.device import Agenda, Hangup, Out, Send


class Echo:
    """Answers what it hears after `delay` seconds; `bye` makes it hang up."""

    def __init__(self, delay: float = 0.5) -> None:
        self.agenda = Agenda()
        self.delay = delay
        self.plugged = True
        self.heard: list[tuple[float, str, bytes]] = []
        self.on_heard: Callable[[], None] = lambda: None

    def opened(self, link: int, now: float) -> None:
        self.heard.append((now, f"open {link}", b""))

    def received(self, link: int, data: bytes, now: float) -> None:
        self.heard.append((now, f"data {link}", data))
        self.on_heard()
        self.agenda.plan(now + self.delay, Hangup(link) if data == b"bye" else Send(link, data.upper()))

    def closed(self, link: int, now: float) -> None:
        self.heard.append((now, f"closed {link}", b""))
        self.agenda.forget(link)

    def due(self) -> float | None:
        return self.agenda.due()

    def take(self, now: float) -> list[Out]:
        return self.agenda.take(now)

    @property
    def reachable(self) -> bool:
        return self.plugged


def now() -> float:
    return asyncio.get_running_loop().time()


def test_an_answer_comes_when_the_device_says_so() -> None:
    async def story() -> tuple[bytes, float]:
        wire = await Bench({"ils": Echo(0.5)}).wire_to("ils")()
        await wire.send(b"hello")
        return await wire.receive(), now()

    assert run(story()) == (b"HELLO", 0.5)


def test_what_arrived_before_a_hang_up_can_still_be_read() -> None:
    async def story() -> list[bytes]:
        wire = await Bench({"ils": Echo()}).wire_to("ils")()
        await wire.send(b"one")
        await wire.send(b"bye")
        await asyncio.sleep(2)
        heard = [await wire.receive(), await wire.receive(), await wire.receive()]
        with pytest.raises(ConnectionResetError):
            await wire.send(b"two")
        return heard

    assert run(story()) == [b"ONE", b"", b""]


def test_while_a_device_is_away_connections_are_refused_and_open_ones_end() -> None:
    async def story() -> list[tuple[float, str, bytes]]:
        ils = Echo()
        bench = Bench({"ils": ils})
        wire = await bench.wire_to("ils")()
        waiting = asyncio.create_task(wire.receive())
        await asyncio.sleep(1)
        ils.plugged = False
        bench.play()
        assert await waiting == b""
        with pytest.raises(ConnectionRefusedError, match="the ils is unplugged"):
            await bench.wire_to("ils")()
        ils.plugged = True
        again = await bench.wire_to("ils")()
        await again.send(b"back")
        assert await again.receive() == b"BACK"
        return ils.heard

    heard = run(story())
    assert [what for _, what, _ in heard] == ["open 1", "closed 1", "open 2", "data 2"]


def test_closing_tells_the_device_and_may_be_done_twice() -> None:
    async def story() -> list[str]:
        ils = Echo()
        wire = await Bench({"ils": ils}).wire_to("ils")()
        waiting = asyncio.create_task(wire.receive())
        await asyncio.sleep(0)
        await wire.close()
        await wire.close()
        assert await waiting == b""
        with pytest.raises(ConnectionResetError):
            await wire.send(b"too late")
        return [what for _, what, _ in ils.heard]

    assert run(story()) == ["open 1", "closed 1"]


def test_a_power_cut_loses_what_was_under_way() -> None:
    async def story() -> list[str]:
        ils, reader = Echo(), Echo()
        bench = Bench({"ils": ils, "reader": reader})
        wire, other = await bench.wire_to("ils")(), await bench.wire_to("reader")()
        await wire.send(b"read")
        await asyncio.sleep(0.6)
        await wire.send(b"never heard")
        bench.cut()
        for each in (wire, other):
            with pytest.raises(ConnectionResetError, match="power"):
                await each.receive()
        await asyncio.sleep(5)
        return [what for _, what, _ in (*ils.heard, *reader.heard)]

    assert run(story()) == ["open 1", "data 1", "data 1", "closed 1", "open 2", "closed 2"]


def test_what_one_device_does_to_another_happens_at_that_instant() -> None:
    async def story() -> float:
        ils, reader = Echo(), Echo()
        bench = Bench({"ils": ils, "reader": reader})
        ils_wire, reader_wire = await bench.wire_to("ils")(), await bench.wire_to("reader")()

        def unplug() -> None:
            reader.plugged = False

        ils.on_heard = unplug
        await asyncio.sleep(3)
        await ils_wire.send(b"11")
        assert await reader_wire.receive() == b""
        return now()

    assert run(story()) == 3.0


def test_two_wires_to_one_device_are_kept_apart() -> None:
    async def story() -> tuple[bytes, bytes]:
        bench = Bench({"ils": Echo()})
        first, second = await bench.wire_to("ils")(), await bench.wire_to("ils")()
        await second.send(b"second")
        await first.send(b"first")
        return await first.receive(), await second.receive()

    assert run(story()) == (b"FIRST", b"SECOND")


DELAYS = st.sampled_from([0.0, 0.1, 0.25, 0.25, 0.5, 0.7310585786])
"""Some of them alike, so that things happen at one instant."""

Deed = tuple[str, float]
DEEDS: st.SearchStrategy[list[Deed]] = st.lists(
    st.tuples(st.sampled_from(["ask", "rest", "doze", "give up", "both", "unplug"]), DELAYS), max_size=6
)


@settings(max_examples=300)
@given(st.lists(st.tuples(DELAYS, DEEDS), min_size=1, max_size=3))
def test_whoever_plays_ahead_lives_as_all_others_do(people: list[tuple[float, list[Deed]]]) -> None:
    """Where each step is looked at, nobody plays ahead: the same happens at the same instants."""
    assert run(lives(people)) == run(lives(people), before_each=lambda: None)


async def lives(people: list[tuple[float, list[Deed]]]) -> list[tuple[float, int, object]]:
    """Each of these people has a device with its delay, and does these deeds."""
    happened: list[tuple[float, int, object]] = []
    echoes = {str(who): Echo(delay) for who, (delay, _) in enumerate(people)}
    bench = Bench(dict(echoes))

    async def ask(who: int, until: float | None = None) -> None:
        try:
            wire = await bench.wire_to(str(who))()
            await wire.send(b"so?")
            happened.append((now(), who, await wire.receive(until)))
        except OSError as error:  # TimeoutError is one
            happened.append((now(), who, repr(error)))

    async def live(who: int, deeds: list[Deed]) -> None:
        for deed, seconds in deeds:
            match deed:
                case "ask":
                    await ask(who)
                case "rest":
                    await asyncio.sleep(seconds)
                case "doze":
                    await sleep(seconds)
                case "give up":
                    await ask(who, now() + seconds)
                case "both":
                    await asyncio.gather(ask(who), ask((who + 1) % len(people)))
                case "unplug":
                    echoes[str(who)].plugged = not echoes[str(who)].plugged
                    bench.play()
            happened.append((now(), who, deed))

    await asyncio.gather(*(live(who, deeds) for who, (_, deeds) in enumerate(people)))
    return happened
