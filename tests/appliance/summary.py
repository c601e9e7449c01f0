"""The results as a page: `python -m tests.appliance.summary > docs/appliance-tests.md`.

Nothing in it is typed: it is made of the `result.json` of each kind of machine, below build/image-test.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.appliance import toolroot

HEAD = """\
# What was tried of the appliance

`make image-test [ARCH=amd64|arm64] [ONLY=first-boot,refused]` boots the image in QEMU as a library would: the
card is flashed, kiosk.toml is edited on its FAT, the machine is switched on. ILS, reader and printer are
simulated, and run outside the machine, over TCP; the patron's card is read by a scanner that types, and
*Finish* is touched. The image is the shipped one, byte for byte but for kiosk.toml. What must be seen or
done inside comes from outside: a unit as a credential of systemd (fw_cfg), its script on a further disk
that can only be read.

An arm64 machine boots through U-Boot, as a Pi does (`-M virt`). An amd64 machine has none here: the tests
play `image/boot.cmd` themselves (tests/appliance/bootscript.py). A power cut is a killed QEMU: what the
guest had flushed is there, what it had not may be. No real Pi, card or touch panel has met any of this.

`make image-ci` is the amd64 image, its first boot and a loan; every change must pass it.

Times are those of an emulator (no KVM) on two cores, whatever else ran there; they say what was waited for,
not what a Pi takes. This page is written by the program, of what the tests have written:
`.venv/bin/python -m tests.appliance.summary > docs/appliance-tests.md`
"""


def markdown(result: dict[str, Any]) -> str:
    """The section of one `result.json`."""
    scenarios = result["scenarios"]
    passed = sum(each["passed"] for each in scenarios)
    lines = [
        f"## {result['arch']}: {passed} of {len(scenarios)} passed",
        "",
        f"`{result['image']}`, SHA-256 `{result['sha256']}`.",
        "",
        "| scenario | came out | s | figures | commit, when |",
        "|---|---|---|---|---|",
    ]
    for each in scenarios:
        figures = "; ".join(f"{_cell(what)}: {_cell(value)}" for what, value in each["figures"].items())
        verdict = "passed" if each["passed"] else f"**failed**: {_cell(each['trouble'])}"
        when = f"`{each['commit']}`, {each['date']}"
        lines.append(f"| `{each['name']}` | {verdict} | {each['seconds']:.0f} | {figures} | {when} |")
    lines += ["", *(f"- `{each['name']}`: {' '.join(each['about'].split())}" for each in scenarios)]
    return "\n".join(lines) + "\n"


def page(results: Iterable[dict[str, Any]]) -> str:
    """The whole page."""
    return "\n".join([HEAD, *map(markdown, results)])


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def main() -> None:
    """Write the page to standard output."""
    files = sorted((toolroot.REPO / "build" / "image-test").glob("*/result.json"))
    print(page(json.loads(file.read_text("utf-8")) for file in files), end="")


if __name__ == "__main__":
    main()
