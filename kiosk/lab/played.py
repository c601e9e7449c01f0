"""What came of a day that was played."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.lab.evidence import Canary, Evidence, stamp
from kiosk.lab.plans import Plan
from kiosk.lab.seen import asked_of, far_sides_of, muted_of
from kiosk.simulator import World
from kiosk.simulator import scenery as sc


@dataclass(slots=True)
class Played:
    """What came of a day. `notes` tell what people and faults did, `wrong` what must never happen and
    is not seen from the far sides; `faults` are the names of those that struck, `struck` also in which
    visit; `began` says when each visit did (ms); `brought_back` are tags that were laid on the pad at the
    end; `sessions` is how many the kiosk had."""

    evidence: Evidence
    notes: tuple[tuple[float, str], ...]
    wrong: tuple[str, ...]
    faults: tuple[str, ...]
    struck: tuple[tuple[int, str], ...]
    began: tuple[tuple[float, int], ...]
    brought_back: tuple[str, ...]
    sessions: int


def with_far_sides(evidence: Evidence, world: World, plan: Plan, t0: float) -> Evidence:
    """The evidence with what the far sides saw; no printer and no gate where the plan has none."""
    sides = far_sides_of(world, t0, eas=plan.eas)
    muted = muted_of(world, t0)
    return replace(
        evidence,
        tags=sides.tags,
        air=sides.air,
        presence=sides.presence,
        ils=sides.ils,
        printer=sides.printer if plan.printer else None,
        gate=sides.gate if plan.gate else None,
        asked=asked_of(world, t0),
        faint={
            **evidence.faint,
            **{uid: (*evidence.faint.get(uid, ()), *each) for uid, each in muted.items()},
        },
        locks=tuple(stamp(lock.t, t0) for lock in world.field.locks),
    )


def canaries(scenery: sc.Scenery) -> tuple[Canary, ...]:
    """What must not be found on the disk after this day."""
    people, items = scenery.patrons, scenery.items
    return (
        *(Canary("name", patron.name) for patron in people),
        *(Canary("patron", patron.id) for patron in people),
        *(Canary("pin", patron.pin) for patron in people if patron.pin),
        *(Canary("title", item.title) for item in items),
    )
