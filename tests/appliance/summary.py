"""The results as a page: `python -m tests.appliance.summary` writes docs/appliance.md.

Nothing in it is typed: it is made of the `result.json` of each kind of machine, below build/image-test, and
of what was tried without an emulator, below build/said. What they say is kept in docs/appliance.json, so that
not everything need be played again on one day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.appliance import toolroot
from tests.appliance.bench import Result, newest
from tests.appliance.said import SAID

HEAD = """\
# The appliance, in figures

What the card of the [image](image.md) holds, how long it takes to start, what it writes, and what was tried
of it. All was measured in an emulator (QEMU without KVM, two cores, now and then other work beside it): the
seconds say what was waited for there, and not what a Pi takes. How exposed each service is:
[the service](service.md).

It is written by the program, of what the tests have said: `.venv/bin/python -m tests.appliance.summary`.
Each figure is of the commit and the image that stand beside its scenario below.
"""

TRIED = """\
## How it is tried

`make image-test [ARCH=amd64|arm64] [KERNEL=backports] [ONLY=first-boot,refused]` boots the image in QEMU as a
library would: the card is flashed, kiosk.toml is edited on its FAT, the machine is switched on. ILS, reader
and printer are simulated, and run outside the machine, over TCP; the patron's card is read by a scanner that
types, and *Finish* is touched. The image is the shipped one, byte for byte but for kiosk.toml. What must be
seen or done inside comes from outside: a unit as a credential of systemd (fw_cfg), its script on a further
disk that can only be read.

An arm64 machine boots through U-Boot, as a Pi does (`-M virt`). An amd64 machine has none here: the tests
play `image/boot.cmd` themselves (tests/appliance/bootscript.py). A power cut is a killed QEMU: what the
guest had flushed is there, what it had not may be. No real Pi, card or touch panel has met any of this
([what never has](image.md#what-has-never-met-hardware)).

`gpio-sim` needs the image with the backports kernel. `make image-ci` is the amd64 image, its first boot and a
loan.
"""

FIGURES = (
    ("sizes", "card, MB", "the card, MB"),
    ("sizes", "compressed, MB", "compressed, MB"),
    ("sizes", "files of the root, MB", "files of the root, MB"),
    ("sizes", "Debian packages", "Debian packages"),
    ("sizes", "Python packages beside them", "Python packages beside them"),
    ("sizes", "making it, s", "making it, s (the root of Debian's packages is kept from the first time)"),
    ("good-update", "bundle, MB", "an update, MB"),
    ("first-boot", "power-on to first frame, s", "power-on to the first frame, first boot, s"),
    (
        "read-only-root",
        "kiosk's process to its first frame, s",
        "of a later one, from the kiosk's process on, s",
    ),
    ("first-boot", "power-on to attract screen, s", "power-on to the attract screen, first boot, s"),
    ("first-boot", "card to both books released, s", "card shown to two books lent and released, s"),
    ("read-only-root", "most memory of the kiosk, MB", "most memory of the kiosk, MB"),
    ("read-only-root", "ports that listen to others", "ports that listen to others"),
    ("idle-hour", "bytes in an hour", "written to the card in an idle hour, bytes"),
    ("hundred-loans", "bytes written", "written to the card by a hundred loans, bytes"),
    ("bad-update", "install, s", "installing an update from a file, s"),
    ("good-update", "fetch and install, s", "fetching and installing one, s"),
    ("good-update", "restart until a loan from slot B, s", "restart into it until a loan, s"),
    (
        "bad-update",
        "restart until a loan from slot A again, s",
        "a bad one: restart until a loan from the old slot, s",
    ),
)
"""Which figures of which scenarios stand at the top: scenario, its figure, what it is called there."""


def table(results: Sequence[Result], said: Sequence[dict[str, Any]] = ()) -> str:
    """The figures at the top, a column for each kind of machine."""
    found = [
        {
            (each["name"], what): value
            for each in result["scenarios"]
            for what, value in each["figures"].items()
        }
        for result in results
    ]
    archs = [result["arch"] for result in results]
    lines = ["## Figures", "", f"| | {' | '.join(archs)} |", "|---" * (len(archs) + 1) + "|"]
    for scenario, what, called in FIGURES:
        values = [_cell(of_arch.get((scenario, what), "not measured")) for of_arch in found]
        lines.append(f"| {called} | {' | '.join(values)} |")
    twice = " | ".join(_twice(arch, said) for arch in archs)
    lines.append(f"| made twice, the second time from nothing | {twice} |")
    return "\n".join(lines) + "\n"


def _twice(arch: str, said: Sequence[dict[str, Any]]) -> str:
    """What `make image-repro` came to for this kind of machine."""
    for each in said:
        if each["name"] == f"image-repro ARCH={arch}":
            return f"{'the same, bit for bit' if each['passed'] else '**not the same**'}, `{each['commit']}`"
    return "not tried"


def markdown(result: Result) -> str:
    """The section of one `result.json`."""
    scenarios = result["scenarios"]
    passed = sum(each["passed"] for each in scenarios)
    lines = [
        f"## {result['arch']}: {passed} of {len(scenarios)} passed",
        "",
        "| scenario | came out | s | figures | commit, when | image (SHA-256) |",
        "|---|---|---|---|---|---|",
    ]
    for each in scenarios:
        figures = "; ".join(f"{_cell(what)}: {_cell(value)}" for what, value in each["figures"].items())
        verdict = "passed" if each["passed"] else f"**failed**: {_cell(each['trouble'])}"
        when = f"`{each['commit']}`, {each['date']}"
        image = f"`{each['sha256'][:12]}`"
        lines.append(
            f"| `{each['name']}` | {verdict} | {each['seconds']:.0f} | {figures} | {when} | {image} |"
        )
    lines += ["", *(f"- `{each['name']}`: {' '.join(each['about'].split())}" for each in scenarios)]
    return "\n".join(lines) + "\n"


def beside(said: Sequence[dict[str, Any]]) -> str:
    """The section of what was tried without an emulator."""
    lines = ["## Beside the emulator"]
    for each in said:
        verdict = "passed" if each["passed"] else "**failed**"
        head = f"`make {each['name']}`: {verdict}, {each['seconds']} s, `{each['commit']}`, {each['date']}."
        lines += ["", head, "", "```", *each["lines"], "```"]
    return "\n".join(lines) + "\n"


def page(results: Sequence[Result], said: Sequence[dict[str, Any]] = ()) -> str:
    """The whole page."""
    return "\n".join(
        [HEAD, table(results, said), TRIED, *map(markdown, results), *([beside(said)] if said else [])]
    )


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def kept(old: Sequence[Result], new: Sequence[Result]) -> list[Result]:
    """The results of old and new together: of each kind of machine, the newest of each scenario."""
    both = [*old, *new]
    return [
        {"arch": arch, "scenarios": newest(*(each["scenarios"] for each in both if each["arch"] == arch))}
        for arch in sorted({each["arch"] for each in both})
    ]


def main() -> None:
    """Take over what is below build/image-test and build/said, and write both files."""
    ledger, to = (toolroot.REPO / "docs" / f"appliance.{kind}" for kind in ("json", "md"))
    old = json.loads(ledger.read_text("utf-8"))
    results = kept(old["played"], _read((toolroot.REPO / "build" / "image-test").glob("*/result.json")))
    said = newest(old["said"], _read(SAID.glob("*.json")))
    text = json.dumps({"played": results, "said": said}, indent=1, ensure_ascii=False)
    ledger.write_text(text + "\n", "utf-8")
    to.write_text(page(results, said), "utf-8")


def _read(files: Iterable[Path]) -> list[dict[str, Any]]:
    return [json.loads(file.read_text("utf-8")) for file in sorted(files)]


if __name__ == "__main__":
    main()
