"""Both back ends, over stand-ins of the modules that they drive."""

import contextlib
import importlib
import inspect
import subprocess
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from kiosk.security_gate import (
    Chip,
    GateAway,
    GateGone,
    GateLines,
    GpiodChip,
    GpiodLines,
    LineBusy,
    NoChip,
    NoLine,
    RpiLines,
    gpiod_opener,
    rpi_opener,
)
from tests.security_gate.standins import Board, Gpiod, RpiGpio

LINES = GateLines(alarm_line=5, feedback_line=6, debounce_s=0.02)
RELEASE, ALARM, FEEDBACK = 17, 5, 6

Opener = Callable[[Board, GateLines], Chip]


def through_gpiod(board: Board, lines: GateLines = LINES) -> Chip:
    return gpiod_opener(lambda: Gpiod(board), GpiodChip(), lines)()


def through_rpi_gpio(board: Board, lines: GateLines = LINES) -> Chip:
    return rpi_opener(lambda: RpiGpio(board), lines)()


both = pytest.mark.parametrize("open_it", [through_gpiod, through_rpi_gpio])


@both
@pytest.mark.parametrize("active_low", [False, True])
def test_a_line_is_idle_from_the_start_and_follows(open_it: Opener, active_low: bool) -> None:
    board = Board(levels={RELEASE: int(not active_low)})  # a crash has left the gate open
    chip = open_it(board, GateLines(active_low=active_low))
    assert board.of(RELEASE) == [(0, int(active_low))]
    assert not chip.read(RELEASE)
    chip.write(RELEASE, True)
    assert chip.read(RELEASE)
    assert board.level(RELEASE) == int(not active_low)
    chip.close()
    assert board.level(RELEASE) == int(active_low)


@both
def test_a_jammed_line_reads_as_it_is(open_it: Opener) -> None:
    board = Board()
    chip = open_it(board, LINES)
    board.jam(RELEASE, 0)
    chip.write(RELEASE, True)
    assert not chip.read(RELEASE)


@both
def test_an_input_that_follows(open_it: Opener) -> None:
    board = Board(tied={FEEDBACK: RELEASE})
    chip = open_it(board, LINES)
    chip.write(RELEASE, True)
    assert chip.read(FEEDBACK)


@both
def test_the_alarm_contact_pulls_its_line_low(open_it: Opener) -> None:
    board = Board()
    chip = open_it(board, LINES)
    assert chip.edges(0.0) == []
    board.press(ALARM, 0)
    assert chip.edges(0.01) == [(ALARM, True)]
    board.press(ALARM, 1)
    assert chip.edges(0.01) == [(ALARM, False)]
    assert chip.edges(0.0) == []


@both
def test_closing_lets_go_of_our_lines_and_ends_use(open_it: Opener) -> None:
    board = Board()
    chip = open_it(board, LINES)
    chip.write(RELEASE, True)
    chip.close()
    chip.close()
    assert board.level(RELEASE) == 0
    assert board.owners == {}
    for use in (lambda: chip.write(RELEASE, True), lambda: chip.read(RELEASE), lambda: chip.edges(0.0)):
        with pytest.raises(GateGone):
            use()
    open_it(board, LINES).close()  # and they can be had again


@both
def test_a_line_that_somebody_else_holds(open_it: Opener) -> None:
    board = Board(busy={ALARM})
    with pytest.raises(LineBusy):
        open_it(board, LINES)
    assert board.owners == {}, "the lines that were had already are let go"


@both
def test_a_line_that_the_chip_has_not(open_it: Opener) -> None:
    with pytest.raises(NoLine):
        open_it(Board(), GateLines(release_line=99))


@both
def test_a_chip_that_vanishes(open_it: Opener) -> None:
    board = Board()
    chip = open_it(board, LINES)
    board.there = False
    with pytest.raises(GateGone):
        chip.write(RELEASE, True)
    with pytest.raises(GateGone):
        chip.read(RELEASE)
    chip.close()


def test_version_1_of_gpiod_is_no_chip() -> None:
    with pytest.raises(NoChip, match="not version 2"):
        gpiod_opener(lambda: SimpleNamespace(Chip=object, line_request=object), GpiodChip(), LINES)()


@both
def test_a_module_that_is_not_there(open_it: Opener) -> None:
    def missing() -> Any:
        raise ImportError("No module named 'gpiod'")

    with pytest.raises(NoChip, match="No module"):
        gpiod_opener(missing, GpiodChip(), LINES)()
    with pytest.raises(NoChip, match="No module"):
        rpi_opener(missing, LINES)()


# ---- gpiod ----------------------------------------------------------------------------------


def test_the_chip_is_found_by_its_label() -> None:
    other, pi = Board(label="pinctrl-other"), Board(label="pinctrl-bcm2711")
    GpiodLines(Gpiod(other, pi), GpiodChip(), LINES)
    assert pi.owners == dict.fromkeys((RELEASE, FEEDBACK, ALARM), "kiosk gate")
    assert other.owners == {}
    GpiodLines(Gpiod(other, pi), GpiodChip("pinctrl-other"), LINES)
    assert RELEASE in other.owners


def test_no_chip_has_this_label() -> None:
    with pytest.raises(NoChip, match=r"pinctrl-rp1.*gpiochip0"):
        GpiodLines(Gpiod(Board(label="pinctrl-other")), GpiodChip("pinctrl-rp1"), LINES)
    with pytest.raises(NoChip):
        GpiodLines(Gpiod(Board(there=False)), GpiodChip(), LINES)


def test_the_kernel_debounces() -> None:
    chip = GpiodLines(Gpiod(Board()), GpiodChip(), LINES)
    assert chip._heard.config[ALARM].debounce_period.total_seconds() == 0.02


def test_the_real_gpiod_has_what_we_call() -> None:
    gpiod = importlib.import_module("gpiod")
    assert {"config", "consumer"} <= inspect.signature(gpiod.Chip.request_lines).parameters.keys()
    ours = {"direction", "edge_detection", "bias", "active_low", "debounce_period", "output_value"}
    assert ours <= inspect.signature(gpiod.LineSettings).parameters.keys()
    for name in ("set_value", "get_value", "wait_edge_events", "read_edge_events", "release"):
        assert callable(getattr(gpiod.LineRequest, name))
    assert {"event_type", "line_offset"} <= gpiod.EdgeEvent.__dataclass_fields__.keys()
    for name in ("Value", "Direction", "Bias", "Edge"):
        assert hasattr(gpiod.line, name)
    assert gpiod.EdgeEvent.Type.RISING_EDGE


def test_the_real_gpiod_where_there_is_no_such_chip() -> None:
    def load() -> Any:
        return importlib.import_module("gpiod")

    with pytest.raises(NoChip):
        gpiod_opener(load, GpiodChip("no such chip"), LINES)()


# ---- RPi.GPIO -------------------------------------------------------------------------------


def test_the_real_rpi_gpio_only_works_on_a_pi() -> None:
    def load() -> Any:
        return importlib.import_module("RPi.GPIO")

    with pytest.raises(NoChip):
        rpi_opener(load, LINES)()


def test_a_module_that_counts_pins_otherwise() -> None:
    with pytest.raises(NoChip, match="different mode"):
        RpiLines(RpiGpio(Board(), mode=RpiGpio.BOARD), LINES)


def test_only_our_own_lines_are_cleaned_up() -> None:
    gpio = RpiGpio(Board())
    gpio.setup(23, gpio.OUT)
    RpiLines(gpio, LINES).close()
    assert gpio.directions == {23: gpio.OUT}


def test_a_bounce_is_no_alarm() -> None:
    board = Board()
    chip = RpiLines(RpiGpio(board), LINES)
    board.press(ALARM, 0)
    board.press(ALARM, 1)
    assert chip.edges(0.01) == []
    for level in (0, 1, 0):
        board.press(ALARM, level)
    assert chip.edges(0.01) == [(ALARM, True)]
    assert chip.edges(0.0) == []


def test_where_edges_cannot_be_detected_the_input_is_polled() -> None:
    board = Board()
    chip = RpiLines(RpiGpio(board, detects=False), LINES)
    assert chip.edges(0.01) == []
    board.press(ALARM, 0)
    assert chip.edges(0.01) == [(ALARM, True)]


def test_closing_ends_a_wait_in_another_thread() -> None:
    chip = RpiLines(RpiGpio(Board()), LINES)

    def wait() -> None:
        with contextlib.suppress(GateGone):
            chip.edges(30.0)

    waiting = threading.Thread(target=wait)
    waiting.start()
    chip.close()
    waiting.join(10)
    assert not waiting.is_alive()


# ---- the end of the program -----------------------------------------------------------------

CRASH = """
from kiosk.security_gate import {cls}, GateLines, GpiodChip
from tests.security_gate.standins import Board, Gpiod, RpiGpio
class Loud(Board):
    def drive(self, line, level):
        print(line, level, flush=True)
        super().drive(line, level)
chip = {made}
chip.write(17, True)
raise ValueError("crash")
"""


@pytest.mark.parametrize(
    ("cls", "made"),
    [
        ("GpiodLines", "GpiodLines(Gpiod(Loud()), GpiodChip(), GateLines())"),
        ("RpiLines", "RpiLines(RpiGpio(Loud()), GateLines())"),
    ],
)
def test_a_program_that_falls_over_leaves_the_gate_idle(cls: str, made: str) -> None:
    program = CRASH.format(cls=cls, made=made)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.rstrip().endswith("ValueError: crash")
    assert ran.stdout.splitlines() == ["17 0", "17 1", "17 0"]


def test_two_uses_of_one_line() -> None:
    with pytest.raises(ValueError, match="alarm_line"):
        GateLines(alarm_line=17)
    with pytest.raises(ValueError, match="feedback_line"):
        GateLines(alarm_line=5, feedback_line=5)


def test_every_trouble_says_in_one_line_what_it_is() -> None:
    from kiosk.security_gate import errors

    troubles = [each for each in vars(errors).values() if isinstance(each, type)]
    assert all(issubclass(each, errors.GateTrouble) for each in troubles)
    assert all(each.__doc__ and "\n" not in each.__doc__ for each in troubles)
    assert issubclass(GateGone, GateAway)
