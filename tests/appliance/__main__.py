"""`make image-test [ARCH=] [KERNEL=] [ONLY=a,b]`: try an image as a library would use it.

    python -m tests.appliance [--arch amd64] [--kernel stable] [--only first-boot,refused] [--image FILE]

What came of it lies in build/image-test/KIND (`image/kind`): result.json, summary.md, and a folder for each
scenario.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
from pathlib import Path

from tests.appliance import gate, inside, mishaps, starting, toolroot, updating, wear
from tests.appliance.bench import SETTLED, Scenario, digest_of, play, results
from tests.appliance.bundles import BUNDLES
from tests.appliance.summary import markdown

SCENARIOS: dict[str, Scenario] = {
    **starting.SCENARIOS,
    **mishaps.SCENARIOS,
    **updating.SCENARIOS,
    **inside.SCENARIOS,
    **wear.SCENARIOS,
}
ONLY_BACKPORTS: dict[str, Scenario] = {**gate.SCENARIOS}
"""These need a kernel that Debian 13 does not have by itself: `make image KERNEL=backports`."""


def main(argv: list[str]) -> int:
    """Returns 0 when every scenario passed."""
    # whatever ends us, no machine stays on behind us
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    parser = argparse.ArgumentParser(prog="make image-test")
    parser.add_argument("--arch", choices=("amd64", "arm64"), default="amd64")
    parser.add_argument("--kernel", choices=("stable", "backports"), default="stable")
    parser.add_argument("--only", default="", help="scenarios, with commas between them")
    parser.add_argument("--image", type=Path, help="default: the newest in build/image")
    options = parser.parse_args(argv)
    known = SCENARIOS | (ONLY_BACKPORTS if options.kernel == "backports" else {})
    wanted = [name for name in options.only.split(",") if name] or list(known)
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    kind = options.arch if options.kernel == "stable" else f"{options.arch}-{options.kernel}"
    image = options.image or _newest(kind)
    if image is None:
        parser.error(f"there is no image: make image ARCH={options.arch} KERNEL={options.kernel}")
    folder = toolroot.REPO / "build" / "image-test" / kind
    folder.mkdir(parents=True, exist_ok=True)
    digest = digest_of(image)
    _forget_other(folder, digest)
    file = folder / "result.json"
    result = json.loads(file.read_text("utf-8")) if file.exists() else {}
    passed = True
    for outcome in play({name: known[name] for name in wanted}, options.arch, image, folder):
        passed = passed and outcome.passed
        result = results(options.arch, image, digest, result, [outcome])
        file.write_text(json.dumps(result, indent=1, ensure_ascii=False), "utf-8")
        (folder / "summary.md").write_text(markdown(result), "utf-8")
    print(f"image-test: {folder / 'summary.md'}")
    return 0 if passed else 1


def _newest(kind: str) -> Path | None:
    found = (toolroot.REPO / "build" / "image").glob(f"kiosk-*-{kind}.img")
    return max(found, key=lambda file: file.stat().st_mtime, default=None)


def _forget_other(folder: Path, digest: str) -> None:
    """A settled card of another image is no longer one, nor are its bundles."""
    of = folder / "image.sha256"
    if not of.exists() or of.read_text("utf-8") != digest:
        (folder / SETTLED).unlink(missing_ok=True)
        shutil.rmtree(folder / BUNDLES, ignore_errors=True)
    of.write_text(digest, "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
