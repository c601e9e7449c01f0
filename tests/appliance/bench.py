"""The bench: what a scenario is given, and what becomes of it."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.appliance import toolroot
from tests.appliance.appliance import Appliance
from tests.appliance.farside import FarSide
from tests.appliance.machine import EmulatorCrashed
from tests.appliance.technician import kiosk_toml

Figure = float | int | str

SETTLED = "settled.img"
"""A card whose first boot and first loan are over, kept for all scenarios of one image."""


@dataclass
class Outcome:
    """What came of one scenario: `passed`, figures by what they are, pictures, and why it failed."""

    name: str
    about: str
    passed: bool = False
    seconds: float = 0.0
    figures: dict[str, Figure] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)
    trouble: str = ""
    commit: str = ""
    date: str = ""


class Bench:
    """For one scenario: the image, a folder of its own, and a place for its figures."""

    def __init__(self, arch: str, image: Path, folder: Path, outcome: Outcome) -> None:
        self.arch, self.image, self.folder = arch, image, folder
        self.outcome = outcome
        folder.mkdir(parents=True, exist_ok=True)

    def figure(self, what: str, value: Figure) -> None:
        """Keep a measured figure."""
        self.outcome.figures[what] = round(value, 2) if isinstance(value, float) else value

    def keeps(self, picture: Path) -> Path:
        """Name a picture in the result."""
        self.outcome.pictures.append(str(picture.relative_to(self.folder.parent)))
        return picture

    @contextlib.contextmanager
    def far(self) -> Iterator[FarSide]:
        """The far sides, fresh."""
        with FarSide(self.arch, self.folder / "farside") as far:
            yield far

    @contextlib.contextmanager
    def flashed(self, far: FarSide | None = None, settings: str | None = None) -> Iterator[Appliance]:
        """A card as the technician hands it in: the shipped image with a kiosk.toml."""
        appliance = Appliance(self.arch, self.image, self.folder)
        if settings is None:
            assert far is not None
            settings = kiosk_toml(far.ports)
        appliance.card.put("kiosk.toml", settings)
        try:
            yield appliance
        finally:
            appliance.throw_away()

    @contextlib.contextmanager
    def settled(self, far: FarSide) -> Iterator[Appliance]:
        """A card whose first boot is over: `first-boot` leaves one, or the first scenario that needs it."""
        kept = self.folder.parent / SETTLED
        if not kept.exists():
            from tests.appliance.visit import Visit

            with self.flashed(far) as first:
                with first.on() as machine:
                    Visit(machine, far, self.folder).waits_for_first_frame()
                first.keep(kept)
        appliance = Appliance(self.arch, kept, self.folder)
        try:
            yield appliance
        finally:
            appliance.throw_away()


Scenario = Callable[[Bench], None]

_AGAIN = 2
"""So often a scenario begins anew: an emulator that crashes says nothing about the appliance."""


def play(scenarios: dict[str, Scenario], arch: str, image: Path, folder: Path) -> Iterator[Outcome]:
    """Play them one after the other; what fails does not stop the others."""
    for name, scenario in scenarios.items():
        start = time.monotonic()
        print(f"image-test: {name} ...", flush=True)
        attempt = 0
        outcome = _once(name, scenario, arch, image, folder / name)
        while outcome.trouble.startswith(EmulatorCrashed.__name__) and attempt < _AGAIN:
            attempt += 1
            outcome = _once(name, scenario, arch, image, folder / name)
            outcome.figures["begun anew since the emulator crashed"] = attempt
        outcome.seconds = round(time.monotonic() - start, 1)
        verdict = "ok" if outcome.passed else outcome.trouble
        print(f"image-test: {name}: {verdict} ({outcome.seconds:.0f} s)", flush=True)
        yield outcome


def _once(name: str, scenario: Scenario, arch: str, image: Path, place: Path) -> Outcome:
    outcome = Outcome(name, (scenario.__doc__ or "").strip(), commit=commit(), date=now())
    shutil.rmtree(place, ignore_errors=True)
    try:
        scenario(Bench(arch, image, place, outcome))
        outcome.passed = True
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        # the result goes into the docs, which name no place on somebody's machine
        outcome.trouble = f"{type(error).__name__}: {error}".replace(f"{toolroot.REPO}/", "")
        (place / "trouble.txt").write_text(traceback.format_exc(), "utf-8")
    return outcome


def now() -> str:
    """This moment."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())


Result = dict[str, Any]
"""What stands in `result.json`."""


def results(arch: str, image: Path, digest: str, old: Result, outcomes: Iterable[Outcome]) -> Result:
    """These outcomes, and those of other scenarios that were played before, with this image or another
    (`old`; a scenario that is played again forgets what it said). Each names its image."""
    of = {"image": image.name, "sha256": digest}
    played = [vars(each) | of for each in outcomes]
    return {"arch": arch, "scenarios": newest(old.get("scenarios", ()), played)}


def newest(*runs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What each scenario said last, in the order in which they were first played."""
    return list({each["name"]: each for run in runs for each in run}.values())


def digest_of(image: Path) -> str:
    """SHA-256 of an image."""
    with image.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def commit() -> str:
    """The commit that is tried, with a plus when files were changed since."""
    said = [
        subprocess.run(
            ["git", "-C", str(toolroot.REPO), *words], capture_output=True, text=True, check=False
        ).stdout.strip()
        for words in (("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
    ]
    return said[0] + ("+" if said[1] else "")
