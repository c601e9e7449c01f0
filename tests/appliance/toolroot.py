"""The tool root: QEMU, mtools, debugfs and what else a host need not have (`image/in-tools` runs them there).

The repository is seen there at `/kiosk`, so whatever a tool reads or writes lies in it, mostly below
`build/`. A command replaces the script that starts it: its process is the tool's own, its open files, too.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

REPO = Path(__file__).parents[2]

_INSIDE = Path("/kiosk")


class ToolFailed(RuntimeError):
    """A tool did not do what it was asked for; the text is what it said."""


def command(*args: str) -> list[str]:
    """The command line that runs `args` in the tool root."""
    return [str(REPO / "image" / "in-tools"), *args]


def inside(path: Path) -> str:
    """How a file of the repository is called in the tool root.

    Raises:
        ValueError: it does not lie in the repository.
    """
    return str(_INSIDE / path.resolve().relative_to(REPO.resolve()))


def run(*args: str, text: str = "") -> str:
    """Run a tool to its end, `text` as its standard input; returns its standard output.

    Raises:
        ToolFailed: its exit status is not 0.
    """
    done = subprocess.run(command(*args), input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolFailed(f"{' '.join(args)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout
