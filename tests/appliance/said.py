"""Do something that needs no emulator, and keep what it said for the page of the appliance:

    python -m tests.appliance.said NAME COMMAND...

What it said lies in build/said/NAME.json, with the commit that it ran on. The exit status is the command's.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.appliance import toolroot
from tests.appliance.bench import commit, now

SAID = toolroot.REPO / "build" / "said"


def keep(name: str, command: Sequence[str], folder: Path) -> int:
    """Run it, show what it says, and keep that; returns its exit status."""
    done: dict[str, Any] = {"name": name, "commit": commit(), "date": now()}
    start = time.monotonic()
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip().replace(f"{toolroot.REPO}/", ""))
    done |= {"passed": running.returncode == 0, "seconds": round(time.monotonic() - start), "lines": lines}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(done, indent=1, ensure_ascii=False), "utf-8")
    return running.returncode


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1], sys.argv[2:], SAID))
