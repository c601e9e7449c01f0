"""Measure everything, print the table, write `build/bench.json`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import lift, readings, receipt, released, sip2, stack, tag, traffic, window
from benchmarks.rows import Row, table, wanted


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="How fast the kiosk is.")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"), metavar="FILE")
    parser.add_argument("--repeat", type=int, default=7, metavar="N", help="stacks of each kind (default 7)")
    parser.add_argument("--only", default="", metavar="A,B", help="rows whose names begin with A, or B")
    options = parser.parse_args()
    # the parts print nothing; a reader that goes when a run ends is no news
    logging.getLogger("kiosk").setLevel(logging.ERROR)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    folder = options.out.parent / "bench-work"
    shutil.rmtree(folder, ignore_errors=True)
    began = time.monotonic()
    rows = []
    try:
        for each in _measure(tuple(options.only.split(",")), options.repeat, folder):
            sys.stderr.write(f"bench: {each.name} {each.value:.1f} {each.unit}\n")
            rows.append(each)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    options.out.write_text(json.dumps([each.as_json() for each in rows], indent=1) + "\n", encoding="utf-8")
    load = os.getloadavg()[0]
    print(table(rows))
    print(
        f"\n{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {load:.1f}, {time.monotonic() - began:.0f} s; medians, spread is half of slowest minus fastest"
    )


def _measure(only: tuple[str, ...], repetitions: int, folder: Path) -> Iterator[Row]:
    groups: dict[str, Callable[[], Iterator[Row]]] = {
        "stack/": lambda: stack.rows(repetitions, folder, only),
        "pad/lifted-to-event/": lambda: lift.rows(max(1, repetitions), folder, only),
        "pad/released/": lambda: released.rows(max(1, repetitions), folder, only),
        "air/": lambda: readings.rows(max(1, repetitions // 2), folder, only),
        "tag/": lambda: tag.rows(max(1, repetitions)),
        "start/ idle/ memory/ tap/": lambda: window.rows(max(1, repetitions // 2), folder / "window"),
        "receipt/": lambda: receipt.rows(max(1, repetitions)),
        "sip2/encode sip2/decode": lambda: sip2.rows(max(1, repetitions)),
        "sip2/messages sip2/month": lambda: traffic.rows(max(1, repetitions), only),
    }
    for names, measure in groups.items():
        if any(wanted(name, only) for name in names.split()):
            yield from (each for each in measure() if each.name.startswith(only))


if __name__ == "__main__":
    main()
