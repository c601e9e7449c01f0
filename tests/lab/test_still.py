"""The still field: with its polls jumped over or played, all else happens at the same instants."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.circulation.reports import PadReport
from kiosk.circulation.values import Uid
from kiosk.ids import IdRules
from kiosk.lab.loop import VirtualLoop, run
from kiosk.lab.pcsc import apdus_over
from kiosk.lab.runs import unlogged
from kiosk.lab.wires import Bench
from kiosk.pad import FieldPad, PadSettings
from kiosk.rfid.errors import RfidError
from kiosk.rfid.readers import (
    FeigSettings,
    M3Settings,
    OpenReader,
    PcscSettings,
    feig_opener,
    m3_opener,
    pcsc_opener,
)
from kiosk.simulator import Scenery, World
from kiosk.simulator import scenery as sc

TAGS = tuple(sc.tag_for(f"3900000{number}", number) for number in range(1, 5))
UIDS = [tag.uid for tag in TAGS]
QUICK = PadSettings(poll_pause_s=0.25)


@dataclass
class Played:
    """What happened beside the polls, each with its instant, and what it cost."""

    happened: list[tuple[float, object]] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    skipped: int = 0
    steps: int = 0


@dataclass
class Stage:
    """A pad before its simulated reader, and somebody who steers."""

    loop: VirtualLoop
    world: World
    bench: Bench
    pad: FieldPad
    played: Played

    def do(self, **command: object) -> None:
        """Steer, as the laboratory does."""
        assert self.world.do(command, self.loop.time())["ok"]
        self.bench.play()

    async def write(self, uid: str, afi: int) -> None:
        """As the security switch does: write, then read back."""
        held: int | None = None
        try:
            await self.pad.write(lambda reader: reader.write_afi(uid, afi))
            self.played.happened.append((self.loop.time(), ("written", uid)))
            held = (await self.pad.verify(lambda reader: reader.system_info(uid))).afi
            self.pad.knows_afi(Uid(uid))
        except RfidError as error:
            self.played.happened.append((self.loop.time(), ("not written", uid, type(error))))
        self.played.happened.append((self.loop.time(), ("read", held)))


Story = Callable[[Stage], Coroutine[Any, Any, None]]


def opener(world: World, bench: Bench) -> OpenReader:
    """How the driver of its make opens the reader."""
    wire = bench.wire_to("reader")
    match world.scenery.reader.make:
        case "m3":
            return m3_opener(wire, M3Settings())
        case "pcsc":
            return pcsc_opener(apdus_over(wire), PcscSettings("reader"))
    return feig_opener(wire, FeigSettings())


def play(
    story: Story,
    *,
    jump: bool,
    reader: sc.ReaderManners | None = None,
    tags: tuple[sc.Tag, ...] = TAGS,
    pad_settings: PadSettings = QUICK,
    before_each: Callable[[], None] | None = None,
) -> Played:
    """Play a story with a pad, jumping or not."""

    async def whole() -> Played:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        played = Played()
        scenery = replace(Scenery(tags=tags), reader=reader or sc.ReaderManners())
        world = World(scenery, chance=random.Random(1))
        bench = Bench({"reader": world.reader}, jump=jump)
        pad = FieldPad(opener(world, bench), pad_settings, IdRules(), random.Random(2))

        def post(report: PadReport) -> None:
            played.happened.append((loop.time(), report))

        running = asyncio.create_task(pad.run(post))
        await story(Stage(loop, world, bench, pad, played))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        played.report = world.do({"do": "report"}, loop.time())
        played.skipped, played.steps = bench.rounds_skipped, loop.steps
        return played

    return run(whole(), start=1000.0, before_each=before_each)


def agree(story: Story, **how: Any) -> Played:
    """Play it both ways, and once with each step looked at, which nothing is left out of; gives back the one
    that jumped."""
    jumped, full = play(story, jump=True, **how), play(story, jump=False, **how)
    stepped = play(story, jump=False, before_each=lambda: None, **how)
    assert jumped.happened == full.happened == stepped.happened
    assert jumped.report == full.report == stepped.report
    assert full.skipped == 0
    return jumped


async def three_quiet_minutes(stage: Stage) -> None:
    stage.do(do="put", tags=UIDS[:2])
    await asyncio.sleep(180)
    stage.do(do="lift", tags=UIDS[:1])
    await asyncio.sleep(5)


every_reader = pytest.mark.parametrize(
    "reader",
    [
        sc.ReaderManners(),
        sc.ReaderManners(ont=False),
        sc.ReaderManners(persistence_reset=4.0),
        sc.ReaderManners(answer_seconds=0.0037),
        sc.ReaderManners(make="m3"),
        sc.ReaderManners(make="m3", capture=0.3),
        sc.ReaderManners(make="pcsc"),
        sc.ReaderManners(make="pcsc", capture=0.3, collisions_as_crc=True),
    ],
    ids=["ONT=1", "ONT=0", "persistence", "slow", "m3", "m3 captures", "pcsc", "pcsc captures"],
)


every_make = pytest.mark.parametrize("make", ["feig", "m3", "pcsc"])


@every_reader
@pytest.mark.parametrize("pad_settings", [QUICK, PadSettings(poll_pause_s=0.25, full_every_s=1e6)])
def test_minutes_in_which_nothing_happens(reader: sc.ReaderManners, pad_settings: PadSettings) -> None:
    """The same to the last bit: the tag that is lifted after it is missed in the same phase of the poll."""
    played = agree(three_quiet_minutes, reader=reader, pad_settings=pad_settings)
    # a round takes 3M 60 ms beside the pause, and the others 20 at most
    assert played.skipped > (450 if reader.make == "m3" else 540)


def test_what_is_not_jumped_over_is_played() -> None:
    jumped, full = play(three_quiet_minutes, jump=True), play(three_quiet_minutes, jump=False)
    assert jumped.steps < full.steps / 8


def test_what_was_proven_once_is_known_again_at_its_first_round() -> None:
    async def story(stage: Stage) -> None:
        stage.do(do="put", tags=UIDS)
        await asyncio.sleep(3)
        for number in range(20):
            await stage.write(UIDS[number % 4], 0xC2)
            await asyncio.sleep(0.9)

    # three rounds lie between two writes: the first is played, and where the phase allows it no other
    played = agree(story, pad_settings=PadSettings(poll_pause_s=0.25, full_every_s=1e6))
    assert played.skipped >= 20 + 6


@every_make
def test_the_pause_of_a_library_agrees_too(make: str) -> None:
    async def story(stage: Stage) -> None:
        stage.do(do="put", tags=UIDS)
        await asyncio.sleep(60)
        await stage.write(UIDS[2], 0xC2)
        await asyncio.sleep(2)
        stage.do(do="lift", tags=UIDS)
        await asyncio.sleep(2)

    played = agree(story, pad_settings=PadSettings(), reader=sc.ReaderManners(make=make))
    assert played.skipped > 300


def test_a_tag_that_chance_has_a_hand_in_is_never_still() -> None:
    weak = (replace(TAGS[0], weak=0.02), TAGS[1])

    async def story(stage: Stage) -> None:
        stage.do(do="put", tags=[weak[0].uid])
        await asyncio.sleep(30)
        stage.do(do="lift", tags=[weak[0].uid])
        await asyncio.sleep(10)
        stage.do(do="put", tags=[weak[0].uid])
        await asyncio.sleep(10)

    assert agree(story, tags=weak).skipped < 70  # while it is away


def test_a_reader_that_stutters_is_never_still_while_something_lies_there() -> None:
    played = agree(three_quiet_minutes, reader=sc.ReaderManners(make="m3", stutter=0.1))
    assert played.skipped == 0


@every_make
def test_a_reader_that_garbles_now_and_then(make: str) -> None:
    async def story(stage: Stage) -> None:
        stage.do(do="put", tags=UIDS)
        for how in ("garbage", "half", "flip"):
            await asyncio.sleep(7.3)
            stage.do(do="garble", device="reader", count=1, how=how)
        await asyncio.sleep(20)
        stage.do(do="slow", device="reader", seconds=0.1)
        await asyncio.sleep(10)
        stage.do(do="well", device="reader")
        stage.do(do="silent", device="reader", count=1, message="27", execute=True)
        await asyncio.sleep(10)
        await stage.write(UIDS[0], 0xC2)
        await asyncio.sleep(10)

    assert agree(story, reader=sc.ReaderManners(make=make)).skipped > 50


def test_while_steps_are_counted_each_is_played() -> None:
    counted: list[int] = []
    played = play(three_quiet_minutes, jump=True, before_each=lambda: counted.append(1))
    assert played.skipped == 0
    assert len(counted) >= played.steps


def test_the_switch_may_be_set_in_a_still_field() -> None:
    """From the moment at which the power cut is coming, its steps are those of a full run."""

    def counting(into: list[float]) -> Story:
        async def story(stage: Stage) -> None:
            stage.do(do="put", tags=UIDS[:1])
            await asyncio.sleep(25.02)
            stage.loop.before_each = lambda: into.append(stage.loop.time())
            await asyncio.sleep(5)
            stage.loop.before_each = None
            await asyncio.sleep(5)

        return story

    jumped: list[float] = []
    full: list[float] = []
    assert play(counting(jumped), jump=True).skipped > 50
    assert play(counting(full), jump=False).skipped == 0
    assert jumped == full


ACTS = st.sampled_from(
    ["put", "lift", "write", "unplug", "plug", "silent", "garble", "hang-up", "slow", "well", "nothing"]
)


@every_reader
@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 6.0), ACTS, st.integers(0, 3)), max_size=12))
def test_any_story_is_the_same_both_ways(
    reader: sc.ReaderManners, acts: list[tuple[float, str, int]]
) -> None:
    async def story(stage: Stage) -> None:
        jobs = []
        for pause, act, number in acts:
            await asyncio.sleep(pause)
            match act:
                case "put" | "lift":
                    stage.do(do=act, tags=[UIDS[number]])
                case "write":
                    jobs.append(asyncio.create_task(stage.write(UIDS[number], 0xC0 + number)))
                case "unplug" | "plug" | "well":
                    stage.do(do=act, device="reader")
                case "silent":
                    stage.do(do="silent", device="reader", count=1, execute=bool(number % 2))
                case "garble":
                    how = ("garbage", "half", "flip")[number % 3]
                    stage.do(do="garble", device="reader", count=1, how=how)
                case "hang-up":
                    stage.do(do="hang-up", device="reader", count=1, execute=bool(number % 2))
                case "slow":
                    stage.do(do="slow", device="reader", seconds=0.03 * number)
        await asyncio.sleep(12)
        await asyncio.gather(*jobs)

    with unlogged():
        agree(story, reader=reader)
