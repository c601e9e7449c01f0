"""Stories of the true world (tests.circulation.world), with everything that happens at the desk recorded."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from kiosk.circulation.effects import Effect
from kiosk.circulation.events import Stamped
from kiosk.circulation.state import State
from kiosk.recorder import RecorderSettings, lines_of, paths_of
from kiosk.recorder.recorder import FlightRecorder
from kiosk.recorder.segment import Segment, segments_of
from tests.circulation.story import Story
from tests.circulation.watch import Watch
from tests.circulation.world import World

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

WALL = 1.7e9 + 3000.0
"""Now: the stories happen in the hour before."""

Step = tuple[State, Stamped, State, tuple[Effect, ...]]


class Watching(Watch):
    """Hears each step as the desk's recorder does."""

    def __init__(self, hear: Callable[[State, Stamped, State, tuple[Effect, ...]], None]) -> None:
        super().__init__()
        self._hear = hear

    def step(self, state: State, stamped: Stamped) -> tuple[State, tuple[Effect, ...]]:
        after, effects = super().step(state, stamped)
        self._hear(state, stamped, after, effects)
        return after, effects


class RecordedWorld(World):
    """A world whose every step is kept in `steps`, over all lives of its kiosk."""

    def __init__(self, seed: int) -> None:
        self.steps: list[Step] = []
        super().__init__(seed)

    def start(self, story: Story) -> None:
        story.watch = Watching(lambda *step: self.steps.append(step))
        super().start(story)


def steps_of(*seeds: int, acts: int = 120) -> list[Step]:
    """Everything that happens at the desk in these stories."""
    steps: list[Step] = []
    for seed in seeds:
        world = RecordedWorld(seed)
        for _ in range(acts):
            world.act()
        world.end()
        steps += world.steps
    return steps


async def at_once(fn: Callable[[*Ts], T], /, *args: *Ts) -> T:
    """The door to blocking work, without a thread."""
    return fn(*args)


def recorder_in(folder: Path, **settings: float) -> FlightRecorder:
    """A recorder whose keys are the same each time."""
    count = itertools.count(1)
    return FlightRecorder(
        folder,
        RecorderSettings(**settings),  # type: ignore[arg-type]
        version="1.2.3",
        run_blocking=at_once,
        wall=lambda: WALL,
        key=lambda length: next(count).to_bytes(length, "big"),
    )


def record(folder: Path, steps: list[Step], **settings: float) -> FlightRecorder:
    """Record these steps to the end."""
    recorder = recorder_in(folder, **settings)
    for step in steps:
        recorder.stepped(*step)
    asyncio.run(recorder.close())
    return recorder


def text_of(folder: Path) -> str:
    """Everything that the ring says."""
    return "\n".join(line for path in paths_of(folder) for line in lines_of(path))


def segments_in(folder: Path) -> list[Segment]:
    """The segments of the ring."""
    return [segment for path in paths_of(folder) for segment in segments_of(lines_of(path))]
