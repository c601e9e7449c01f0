"""Kill the kiosk, again and again: `python -m kiosk.lab.kill --kills 300 [--seed N] [--jobs 2]`.

The real process (`victim`), the real simulators over TCP, a real journal in a real file. Somebody borrows
or brings back a stack; at some moment, mostly a busy one, the process gets SIGKILL; it is started again,
sometimes killed again while it recovers, and then has to bring ILS, tags and journal to agreement, or to
name the item for staff. `inquest` decides after each round.

What this proves is that the *process* recovers: that the order of rows, messages and writes is right, that
a start on what a dead process left behind (its log, its locks, its half-open connections) works. It proves
nothing about flushes: the machine's page cache survives a SIGKILL, so that a row which was written and never
flushed is still there. For that there is `disk.LossyDisk`.

All choices come from the seed. Moments in time do not: two runs of one seed are killed at different
instructions, which is what a kill is for.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.lab import inquest, ledger
from kiosk.lab.inquest import Visit
from kiosk.lab.scene import LOOK_S, PATIENCE_S, Event, Lost, Scene, canaries
from kiosk.lab.victim import AWAY_S

DAY = 25
"""Kills on one journal; then a new day begins, with far sides whose reports are short again."""

LARGEST = 4
"""Books in the largest stack."""

FINAL = {"safe", "refused", "attention", "no_tag", "returned"}

MOMENTS = {
    "in a flush": 5,
    "while the ILS is asked": 4,
    "after its answer": 4,
    "while tags are written": 4,
    "at any time": 3,
}
"""When the kiosk is killed in a visit, and how often of twenty."""

AGAIN = 0.3
"""How often it is killed while it recovers, each time."""

STEPS_BACK = 0.5
"""How often somebody takes all books from the pad before they put down again what was not finished; else the
kiosk finds them there."""

GRACE_S = 3.0
"""How long a book that staff were told of may take to be finished; if it is not, they have it."""

WALKS_OFF = 0.3
"""How often the books are gone when the kiosk is back."""


@dataclass(slots=True)
class Found:
    """What came of a day: kills by their moment, how often it was well again, and what was not."""

    kills: Counter[str] = field(default_factory=Counter)
    recovered: int = 0
    staff: int = 0
    armed: int = 0
    violations: list[str] = field(default_factory=list)


class Day:
    """Some kills on one desk."""

    def __init__(self, scene: Scene, chance: random.Random) -> None:
        """Nothing happens before `live`."""
        self.found = Found()
        self._scene = scene
        self._chance = chance
        self._canaries = canaries(scene.library)
        self._data = scene.folder / "kiosk" / "data"

    def live(self, kills: int) -> Found:
        """Kill the kiosk so many times; each time it has to recover. One that does not ends the day."""
        self._scene.start()
        while self.found.kills.total() < kills:
            try:
                self._scene.sees("AttractView")
                visit = self._visit()
                struck = 1 + self._restart(kills)
                self._recover()
                wrong = self._verdict(visit)
            except Lost as lost:
                self.found.violations.append(str(lost))
                self._keep(found=[str(lost)], report=self._scene.report())
                break
            self.found.violations += wrong
            self.found.recovered += 0 if wrong else struck
            if wrong:
                break  # what comes after stands on what is broken
        return self.found

    # ---- a visit, and its end -----------------------------------------------------------------

    def _visit(self) -> Visit:
        """Somebody comes with a stack, and the power goes."""
        scene, chance = self._scene, self._chance
        report = scene.report()
        out = inquest.lent(report)
        # Staff have those; and what lay here just now would be taken for something that was left behind.
        others = inquest.opened(scene.rows()) | scene.cleared
        free = [item.barcode for item in scene.library.items if item.barcode not in others]
        stacks = {
            "11": [code for code in free if code not in out],
            "09": [code for code in free if code in out],
        }
        code = chance.choice(["11", "11", "09"]) if stacks["09"] and stacks["11"] else ""
        code = code or ("11" if stacks["11"] else "09")
        wanted = chance.sample(stacks[code], min(len(stacks[code]), chance.randint(1, LARGEST)))
        visit = Visit(code, tuple(wanted), report["now"])
        if code == "11":
            scene.scan(chance.choice(scene.library.patrons).id)
            scene.sees("LoanView")
        else:
            scene.press("return")
            scene.sees("ReturnView")
        moment = chance.choices(list(MOMENTS), list(MOMENTS.values()))[0]
        scene.put(wanted)
        if code == "09":
            self._put_anew(wanted)
        self._wait_for(moment, visit)
        self._kill(moment)
        return visit

    def _put_anew(self, wanted: list[str]) -> None:
        """A kiosk that was cut off takes what it finds at its first look for the books of whoever was here
        before, and says so. Then people do what the screen tells them."""
        view = self._scene.hears(lambda event: "view" in event and event["view"]["message"] != "put-returns")
        if view["view"]["message"] == "take-away-left":
            self._scene.clear()
            time.sleep(2 * AWAY_S)
            self._scene.put(wanted)

    def _wait_for(self, moment: str, visit: Visit) -> None:
        """Until that moment, and a little later: that little is what no event tells."""
        chance, count = self._chance, self._chance.randint(1, len(visit.items))
        answer = {"11": "<12", "09": "<10"}[visit.code]
        match moment:
            case "in a flush":
                count = chance.randint(1, 2 * len(visit.items) + 2)
                self._until(lambda event: event.get("disk") == "append", count)
                time.sleep(chance.uniform(0.0, 0.004))
            case "while the ILS is asked":
                self._until(lambda event: event.get("wire") == f">{visit.code}", count)
                time.sleep(chance.uniform(0.0, 0.03))
            case "after its answer":
                self._until(lambda event: event.get("wire") == answer, count)
                time.sleep(chance.uniform(0.0, 0.02))
            case "while tags are written":
                self._until(lambda event: event.get("wire") == answer, count)
                self._until(lambda event: event.get("disk") == "append", 1)
                time.sleep(chance.uniform(0.0, 0.05))
            case _:
                time.sleep(chance.uniform(0.0, 0.3 + 0.15 * len(visit.items)))

    def _until(self, test: Callable[[Event], bool], count: int) -> None:
        """Until the n-th of these events, or until the list or the start is done: there may be no n-th."""

        def done(event: Event) -> bool:
            rows = event["view"]["rows"] if "view" in event else []
            settled = bool(rows) and all(row["state"] in FINAL for row in rows)
            return settled or ("view" in event and event["view"]["screen"] == "AttractView")

        for _ in range(count):
            if done(self._scene.hears(lambda event: test(event) or done(event))):
                return

    def _kill(self, moment: str) -> None:
        self._scene.kill()
        self.found.kills[moment] += 1
        if self._chance.random() < WALKS_OFF and (there := self._scene.on_pad()):
            self._scene.lift(self._chance.sample(there, self._chance.randint(1, len(there))))

    def _restart(self, kills: int) -> int:
        """Start it again; says how often it was killed while it recovered."""
        struck = 0
        self._scene.start()
        while self._chance.random() < AGAIN and self.found.kills.total() < kills:
            if self._chance.random() < 0.5:
                self._until(lambda event: "disk" in event, self._chance.randint(1, 3))
            time.sleep(self._chance.uniform(0.0, 0.25))
            self._kill("while it recovers")
            struck += 1
            self._scene.start()
        return struck

    # ---- what comes after -----------------------------------------------------------------------

    def _recover(self) -> None:
        """Give the kiosk its time, and its books back. What it does not do in time, the verdict names."""
        scene = self._scene
        scene.sees("AttractView")
        self._patiently(lambda: not inquest.unknown(scene.rows()), PATIENCE_S)
        if self._chance.random() < STEPS_BACK:
            scene.clear()
        report, rows = scene.report(), scene.rows()
        # those that staff were told of, too: whoever comes back with one gets it finished
        scene.put(inquest.apart(report) - inquest.stays_armed(rows))
        self._patiently(lambda: not self._unfinished(inquest.stays_armed), GRACE_S)
        self._patiently(lambda: not self._unfinished(inquest.may_be_apart), PATIENCE_S)
        scene.clear()

    def _unfinished(self, but: Callable[[inquest.Rows], set[str]]) -> set[str]:
        """The books whose tag does not say what the ILS says, but those."""
        return inquest.apart(self._scene.report()) - but(self._scene.rows())

    def _patiently(self, test: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not test() and time.monotonic() < end:
            time.sleep(LOOK_S)

    def _verdict(self, visit: Visit) -> list[str]:
        report, rows = self._scene.report(), self._scene.rows()
        self.found.staff = len(inquest.named(rows) & inquest.apart(report))
        self.found.armed = len(inquest.stays_armed(rows) & inquest.apart(report))
        found = [
            *inquest.breaches(report, rows, visit),
            *inquest.personal(self._canaries, self._data),
            *(f"the kiosk logs an error: {trouble}" for trouble in self._scene.troubles),
        ]
        self._scene.troubles.clear()
        if found:
            self._keep(visit=[visit.code, *visit.items], found=found, report=report, rows=rows)
        return found

    def _keep(self, **what: object) -> None:
        """Leave what is known for whoever looks into it."""
        kept = json.dumps(what | {"told": list(self._scene.told)}, indent=1)
        (self._scene.folder / "found.json").write_text(kept, encoding="utf-8")


def run_day(seed: int, number: int, kills: int, keep: Path | None) -> Found:
    """One day of a seed, so many kills; what is wrong says which day it was."""
    chance = random.Random(f"kills {seed} {number}")
    with tempfile.TemporaryDirectory(prefix="kiosk-kill-") as made:
        folder = Path(made) if keep is None else keep / f"day-{number}"
        with Scene(folder, chance) as scene:
            found = Day(scene, chance).live(kills)
    found.violations = [f"seed {seed}, day {number}: {sentence}" for sentence in found.violations]
    return found


def run_days(seed: int, kills: int, jobs: int, keep: Path | None) -> Iterator[Found]:
    """So many kills, in days, in so many processes."""
    # in equal days, so that no process is left with a short one at the end
    days = max(1, -(-kills // DAY), min(jobs, kills))
    shares = [kills // days + (number < kills % days) for number in range(days)]
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run_day, [seed] * days, range(days), shares, [keep] * days)


def main(argv: Sequence[str]) -> int:
    """Carry it out; exit status 1 when anything was wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m kiosk.lab.kill", description="Kill the kiosk again and again."
    )
    parser.add_argument("--kills", type=int, default=300, metavar="N", help="how many (300)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="what chooses (0)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="how many desks at a time (2)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave what was found in DIR/day-N")
    parser.add_argument("--ledger", type=Path, metavar="FILE", help="add a line with the totals to FILE")
    given = parser.parse_args(argv)
    total, began = Found(), time.monotonic()
    for found in run_days(given.seed, given.kills, given.jobs, given.keep):
        total.kills += found.kills
        total.recovered += found.recovered
        total.staff += found.staff
        total.armed += found.armed
        for sentence in found.violations:
            print(sentence, flush=True)
        total.violations += found.violations
    for moment, count in sorted(total.kills.items()):
        print(f"{count:8} {moment}")
    print(f"{total.staff:8} items left to staff")
    print(f"{total.armed:8} items lent that stay armed, since nobody heard that they may be released")
    print(f"kills: {total.kills.total()}")
    print(f"recovered: {total.recovered}")
    print(f"violations: {len(total.violations)}")
    if given.ledger is not None:
        seconds = round(time.monotonic() - began, 1)
        kills, wrong = total.kills.total(), len(total.violations)
        ledger.append(given.ledger, ledger.Kills(ledger.commit(), kills, total.recovered, wrong, seconds))
    return 1 if total.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
