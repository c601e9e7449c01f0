"""A simulated ILS behind TCP, and the doctor in front of it."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.doctor import About, Examination, Finding, IlsReport
from kiosk.ils import IlsSettings
from kiosk.simulator import Scenery, World, lanternfield
from kiosk.simulator.scenery import Hold, Loan
from kiosk.simulator.serve import Stage
from kiosk.sip2.profiles import Profile, load_file
from kiosk.wires import tcp

ANNA, PIN, BOOK = "21000001", "1234", "39000001"

FREE = "39000017"
"""A book that nobody has or waits for."""

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


def visit(
    told: Scenery,
    about: About = EVERYTHING,
    *,
    prepare: Callable[[World], object] = lambda world: None,
    **settings: Any,
) -> Visit:
    """The doctor's visit to this ILS, in earnest time; whoever hangs is given up after a minute."""
    said: list[str] = []

    async def story() -> tuple[IlsReport, World]:
        world = World(told, wall=time.time)
        prepare(world)
        async with Stage(world, {"ils": 0}, control=None) as stage:
            given = {
                "port": stage.ports["ils"],
                "institution": "LANTERN",
                "login_user": "selfcheck",
                "login_password": "lantern",
                "question_timeout_s": 1.0,
                **settings,
            }
            ils = IlsSettings(**given)
            before = len(asyncio.all_tasks())
            examination = Examination(ils, tcp(ils.host, ils.port), time.time, about, say=said.append)
            async with asyncio.timeout(60):
                report = await examination.run()
            assert len(asyncio.all_tasks()) == before, "nothing is left behind"
        return report, world

    return Visit(*asyncio.run(story()), said)
