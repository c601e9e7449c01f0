"""The stand-in modules on a real socket, used as the published modules are used."""

import asyncio
import errno
import inspect
import select
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import gpiod as published
import pytest

from kiosk.simulator import World, lanternfield
from kiosk.simulator.control import BlockingControl
from kiosk.simulator.gpio import Gpiod, RpiGpio
from kiosk.simulator.serve import Stage

HOST = "127.0.0.1"


def on_a_desk(story: Callable[[int, BlockingControl], None]) -> dict[str, Any]:
    """Run a blocking story beside the chip; gives the report of the gate when it is over."""
    world = World(lanternfield())

    async def play() -> None:
        async with Stage(world, {"chip": 0}) as served:
            control = await asyncio.to_thread(BlockingControl, served.ports["control"])
            try:
                await asyncio.wait_for(asyncio.to_thread(story, served.ports["chip"], control), 30)
            finally:
                control.close()

    asyncio.run(play())
    gate: dict[str, Any] = world.report()["gate"]
    return gate


def edges(gate: dict[str, Any]) -> list[tuple[int, int, str]]:
    return [(edge["line"], edge["level"], edge["by"]) for edge in gate["edges"]]


# --- gpiod ------------------------------------------------------------------------------------------------


def chip_by_label(gpiod: Gpiod, label: str) -> str:
    for path in gpiod.standin_paths:
        if gpiod.is_gpiochip_device(path):
            with gpiod.Chip(path) as chip:
                if chip.get_info().label == label:
                    return path
    raise AssertionError(label)


def test_names_and_arguments_are_those_of_the_published_module() -> None:
    gpiod = Gpiod(HOST, 1)
    pairs = [
        (gpiod.Chip, published.Chip),
        (gpiod.LineSettings, published.LineSettings),
        (gpiod.request_lines, published.request_lines),
        (gpiod.is_gpiochip_device, published.is_gpiochip_device),
    ]
    for ours, theirs in pairs:
        names = [name for name in inspect.signature(ours).parameters if name != "place"]
        assert names == list(inspect.signature(theirs).parameters), theirs
    for name in ("request_lines", "line_offset_from_id", "get_info", "close"):
        ours, theirs = getattr(gpiod.Chip.func, name), getattr(published.Chip, name)
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)
    values = ("get_value", "get_values", "set_value", "set_values")
    for name in (*values, "wait_edge_events", "read_edge_events", "fileno", "release"):
        ours, theirs = getattr(gpiod.LineRequest, name), getattr(published.LineRequest, name)
        assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)
    for name in ("fd", "offsets", "lines", "num_lines", "chip_name"):
        assert isinstance(getattr(gpiod.LineRequest, name), property)
        assert isinstance(getattr(published.LineRequest, name), property)
    for name in ("Value", "Direction", "Bias", "Drive", "Edge", "Clock"):
        ours, theirs = getattr(gpiod.line, name), getattr(published.line, name)
        assert [each.name for each in ours] == [each.name for each in theirs]
    assert [each.name for each in gpiod.EdgeEvent.Type] == [each.name for each in published.EdgeEvent.Type]
    assert str(gpiod.ChipClosedError()) == str(published.ChipClosedError())
    assert str(gpiod.RequestReleasedError()) == str(published.RequestReleasedError())
    assert bool(gpiod.line.Value.ACTIVE)
    assert not gpiod.line.Value.INACTIVE


def test_a_pulse_by_gpiod() -> None:
    def story(port: int, control: BlockingControl) -> None:
        gpiod = Gpiod(HOST, port)
        line = gpiod.line
        path = chip_by_label(gpiod, "pinctrl-bcm2711")
        assert path != gpiod.standin_paths[0]
        output = gpiod.LineSettings(direction=line.Direction.OUTPUT, output_value=line.Value.INACTIVE)
        with gpiod.request_lines(path, consumer="kiosk", config={17: output}) as request:
            assert (request.offsets, request.num_lines, request.chip_name) == ([17], 1, "gpiochip1")
            request.set_value(17, line.Value.ACTIVE)
            assert request.get_value(17) is line.Value.ACTIVE
            request.set_values({"GPIO17": line.Value.INACTIVE})
            assert request.get_values() == [line.Value.INACTIVE]
            control.do(do="jam", line=17, level=0)
            request.set_value(17, line.Value.ACTIVE)
            assert request.get_value(17) is line.Value.INACTIVE
            with pytest.raises(OSError, match="busy") as busy:
                gpiod.request_lines(path, config={17: output})
            assert busy.value.errno == errno.EBUSY
        with pytest.raises(gpiod.RequestReleasedError):
            request.set_value(17, line.Value.ACTIVE)

    gate = on_a_desk(story)
    assert edges(gate) == [(17, 1, "kiosk"), (17, 0, "kiosk")]
    assert gate["edges"][0]["t"] < gate["edges"][1]["t"]


def test_settings_go_to_the_lines() -> None:
    def story(port: int, control: BlockingControl) -> None:
        gpiod = Gpiod(HOST, port)
        line = gpiod.line
        with gpiod.Chip(gpiod.standin_paths[1]) as chip:
            assert chip.line_offset_from_id("GPIO22") == chip.line_offset_from_id("22") == 22
            with pytest.raises(FileNotFoundError):
                chip.line_offset_from_id("DOOR")
            with pytest.raises(ValueError, match="out range"):
                chip.line_offset_from_id(99)
            low = gpiod.LineSettings(direction=line.Direction.OUTPUT, active_low=True)
            pulled = gpiod.LineSettings(direction=line.Direction.INPUT, bias=line.Bias.PULL_UP)
            values = {5: line.Value.ACTIVE}
            request = chip.request_lines({(4, 5): low, 6: pulled}, consumer="kiosk", output_values=values)
        with pytest.raises(gpiod.ChipClosedError):
            chip.get_info()
        assert request.get_values([4, 5, 6]) == [line.Value.INACTIVE, line.Value.ACTIVE, line.Value.ACTIVE]
        gate = control.do(do="report")["gate"]
        assert {each["line"]: each["level"] for each in gate["lines"]} == {4: 1, 5: 0, 6: 1}
        control.do(do="unplug", device="chip")
        with pytest.raises(OSError, match="device") as gone:
            request.get_value(4)
        assert gone.value.errno == errno.ENODEV
        with pytest.raises(FileNotFoundError):
            gpiod.Chip(gpiod.standin_paths[1])
        assert not gpiod.is_gpiochip_device(gpiod.standin_paths[1])
        request.release()

    on_a_desk(story)


def test_edges_by_gpiod() -> None:
    def story(port: int, control: BlockingControl) -> None:
        gpiod = Gpiod(HOST, port)
        line = gpiod.line
        alarm = gpiod.LineSettings(
            direction=line.Direction.INPUT,
            edge_detection=line.Edge.BOTH,
            bias=line.Bias.PULL_UP,
            active_low=True,
            debounce_period=timedelta(milliseconds=5),
        )
        request = gpiod.request_lines(gpiod.standin_paths[1], config={27: alarm}, consumer="kiosk")
        assert not request.wait_edge_events(0)
        pressed = control.do(do="press", line=27, level=0)["now"]
        assert request.wait_edge_events(timedelta(seconds=10))
        (event,) = request.read_edge_events()
        assert event.event_type is gpiod.EdgeEvent.Type.RISING_EDGE
        assert event.line_offset == 27
        assert event.timestamp_ns >= round((pressed + 0.005) * 1e9)
        control.do(do="press", line=27, level=1)
        assert request.wait_edge_events(10.0)
        control.do(do="press", line=27, level=0)
        read = request.read_edge_events(max_events=1)
        assert [each.event_type.name for each in read] == ["FALLING_EDGE"]
        assert select.select([request], [], [], 10)[0] == [request], "what was not read keeps it readable"
        assert request.read_edge_events()[0].line_seqno == 3
        waiting = threading.Thread(target=lambda: heard.append(request.wait_edge_events(10)))
        heard: list[bool] = []
        waiting.start()
        control.do(do="unplug", device="chip")
        waiting.join(10)
        assert heard == [True]
        with pytest.raises(OSError, match="device"):
            request.read_edge_events()
        request.release()

    on_a_desk(story)


def test_a_program_that_dies_lets_its_lines_fall() -> None:
    def story(port: int, control: BlockingControl) -> None:
        gpiod = Gpiod(HOST, port)
        output = gpiod.LineSettings(
            direction=gpiod.line.Direction.OUTPUT, output_value=gpiod.line.Value.ACTIVE
        )
        request = gpiod.request_lines(gpiod.standin_paths[1], config={17: output}, consumer="kiosk")
        control.do(do="hang-up", device="chip", message="get")
        with pytest.raises(OSError, match="device"):
            request.get_value(17)
        request.release()

    assert edges(on_a_desk(story)) == [(17, 1, "requested"), (17, 0, "released")]


# --- RPi.GPIO ---------------------------------------------------------------------------------------------


def test_a_pulse_by_rpi_gpio() -> None:
    def story(port: int, control: BlockingControl) -> None:
        GPIO = RpiGpio(HOST, port)  # noqa: N806
        with pytest.raises(RuntimeError, match="setmode"):
            GPIO.setup(17, GPIO.OUT)
        GPIO.setwarnings(False)
        GPIO.setmode(GPIO.BOARD)
        with pytest.raises(ValueError, match="different mode"):
            GPIO.setmode(GPIO.BCM)
        GPIO.setup(11, GPIO.OUT, initial=GPIO.LOW)
        with pytest.raises(ValueError, match="invalid on a Raspberry Pi"):
            GPIO.setup(1, GPIO.OUT)
        with pytest.raises(RuntimeError, match="OUTPUT"):
            GPIO.output(13, GPIO.HIGH)
        GPIO.output(11, GPIO.HIGH)
        assert GPIO.input(11) == GPIO.HIGH
        assert GPIO.gpio_function(11) == GPIO.OUT
        assert GPIO.gpio_function(13) == GPIO.UNKNOWN
        control.do(do="jam", line=17, level=0)
        assert GPIO.input(11) == GPIO.LOW
        control.do(do="unjam", line=17)
        control.do(do="busy", line=27)
        with pytest.raises(RuntimeError, match="busy"):
            GPIO.setup(13, GPIO.IN)
        GPIO.cleanup()
        assert GPIO.getmode() is None
        with pytest.raises(RuntimeError, match="setmode"):
            GPIO.input(11)

    assert edges(on_a_desk(story))[0::3] == [(17, 1, "RPi.GPIO"), (17, 0, "released")]


def test_edges_by_rpi_gpio() -> None:
    def story(port: int, control: BlockingControl) -> None:
        GPIO = RpiGpio(HOST, port)  # noqa: N806
        GPIO.setmode(GPIO.BCM)
        GPIO.setup([22, 27], GPIO.IN, pull_up_down=GPIO.PUD_UP)
        heard: list[int] = []
        ringing = threading.Event()

        def rang(channel: int) -> None:
            heard.append(channel)
            ringing.set()

        GPIO.add_event_detect(27, GPIO.FALLING, callback=rang, bouncetime=60_000)
        with pytest.raises(RuntimeError, match="Conflicting"):
            GPIO.add_event_detect(27, GPIO.BOTH)
        control.do(do="press", line=27, level=0)
        assert ringing.wait(10)
        assert GPIO.event_detected(27)
        assert not GPIO.event_detected(27)
        ringing.clear()
        GPIO.add_event_detect(22, GPIO.BOTH, callback=rang)
        for level in (1, 0):  # another press of the first one within its bounce time, and one of the second
            control.do(do="press", line=27, level=level)
        control.do(do="press", line=22, level=0)
        assert ringing.wait(10)
        assert heard == [27, 22]
        GPIO.remove_event_detect(22)
        GPIO.remove_event_detect(27)
        GPIO.add_event_detect(27, GPIO.RISING)
        GPIO.cleanup([22, 27])
        with pytest.raises(RuntimeError, match="setup"):
            GPIO.input(27)

    on_a_desk(story)


def test_there_are_no_real_chips_behind_the_paths() -> None:
    """The stand-ins must not be taken for the machine's own chips, or the other way round."""
    assert not [path for path in Gpiod.standin_paths if Path(path).exists()]
