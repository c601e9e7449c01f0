"""A simulated ILS, behind TCP or in virtual time, and the doctor in front of it."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.doctor import About, Examination, Finding, IlsReport
from kiosk.ils import IlsSettings
from kiosk.lab import run
from kiosk.lab.wires import Bench
from kiosk.simulator import Scenery, World, lanternfield
from kiosk.simulator.makes import MAKES
from kiosk.simulator.scenery import Hold, Loan
from kiosk.simulator.serve import Stage
from kiosk.sip2.profiles import Profile, load_file
from kiosk.wires import OpenWire, tcp

ANNA, PIN, BOOK = "21000001", "1234", "39000001"

FREE = "39000017"
"""A book that nobody has or waits for."""

NOW = 1_790_000_000.0

EVERYTHING = About(PatronId(ANNA), Pin(PIN), ItemKey(BOOK))


def scenery(make: str, **manners: Any) -> Scenery:
    """Anna has three books, one hold that waits for her and one that does not."""
    told = lanternfield().speaking_as(make)
    items = [
        dataclasses.replace(item, title="Crème brûlée, Märchen, Çédille")
        if item.barcode in {BOOK, "39000014"}
        else item
        for item in told.items
    ]
    return dataclasses.replace(
        told,
        ils=dataclasses.replace(told.ils, **{"answer_seconds": 0.0, **manners}),
        items=tuple(items),
        loans=(Loan(ANNA, "39000008"), Loan(ANNA, "39000009"), Loan(ANNA, "39000010")),
        holds=(Hold(ANNA, "39000011", ready=True), Hold("21000003", "39000012"), Hold(ANNA, "39000012")),
    )


class Visit:
    """What the doctor found of one ILS, and what that one saw."""

    def __init__(self, report: IlsReport, world: World, said: list[str]) -> None:
        self.report = report
        self.world = world
        self.said = said
        self.found: dict[str, Finding] = {each.check: each for each in report.findings}

    def state(self, check: str) -> str:
        return self.found[check].state.value

    def profile(self, folder: Path) -> Profile:
        """The proposed profile, as a kiosk reads it."""
        file = folder / "ours.toml"
        file.write_text(self.report.proposal, "utf-8")
        return load_file(file)

    def changes(self) -> list[Any]:
        """Everything that was changed in the ILS."""
        ils = self.world.ils
        return [*ils.loans, *ils.returns, *ils.renewals, *ils.holds, *ils.payments, *ils.charges]

    def sent(self, code: str) -> list[str]:
        return [each.request for each in self.world.ils.messages if each.request.startswith(code)]


def no_fault(world: World) -> None:
    """Everything works."""


async def _visited(
    world: World,
    about: About,
    wire: OpenWire,
    wall: Callable[[], float],
    settings: Mapping[str, Any],
) -> Visit:
    said: list[str] = []
    given = {
        "institution": "LANTERN",
        "login_user": "selfcheck",
        "login_password": "lantern",
        **settings,
    }
    before = len(asyncio.all_tasks())
    report = await Examination(IlsSettings(**given), wire, wall, about, say=said.append).run()
    if "port" not in settings:
        await asyncio.sleep(0)  # a task that was cancelled ends in its turn
        assert len(asyncio.all_tasks()) == before, "nothing is left behind"
    return Visit(report, world, said)


def visit(
    told: Scenery,
    about: About = EVERYTHING,
    *,
    prepare: Callable[[World], object] = no_fault,
    **settings: Any,
) -> Visit:
    """The doctor's visit to this ILS, in virtual time."""

    async def story() -> Visit:
        loop = asyncio.get_running_loop()

        def wall() -> float:
            return NOW + loop.time()

        world = World(told, wall=wall)
        prepare(world)
        wire = Bench({"ils": world.ils}).wire_to("ils")
        return await _visited(world, about, wire, wall, settings)

    return run(story())


@cache
def visits(about: About) -> dict[str, Visit]:
    """A visit to each make as it comes, over TCP, all at the same time: most of a visit is waiting."""

    async def over_tcp(make: str) -> Visit:
        world = World(scenery(make), wall=time.time)
        async with Stage(world, {"ils": 0}, control=None) as stage, asyncio.timeout(120):
            port = stage.ports["ils"]
            return await _visited(world, about, tcp("127.0.0.1", port), time.time, {"port": port})

    async def story() -> list[Visit]:
        return await asyncio.gather(*map(over_tcp, MAKES))

    return dict(zip(MAKES, asyncio.run(story()), strict=True))
