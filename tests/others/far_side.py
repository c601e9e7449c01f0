"""The far side: SIP2 software that we did not write, in processes and environments of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.others.servers.library import Library

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parents[1] / "build" / "others"


def python_of(name: str) -> Path:
    """The interpreter of an environment that `scripts/others` has made from its lock."""
    lock = hashlib.sha256((HERE / "environments" / f"{name}.lock").read_bytes()).hexdigest()
    made_of = ENVIRONMENTS / name / "made-of"
    if not made_of.is_file() or lock not in made_of.read_text():
        pytest.fail(f"the environment of {name} is missing or old; please run: bash scripts/others", False)
    return ENVIRONMENTS / name / "bin" / "python"


def around() -> dict[str, str]:
    """The variables around a program of an environment: nothing of ours that its Python would listen to."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


class Server:
    """A SIP2 server of others before our small library; `name` is that of its environment.

    Once started it keeps its port, also when it is killed and started again. It ends when we do.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.port = 0
        self._python = python_of(name)
        self._file = folder / "library.json"
        self._log = folder / "errors.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def library(self) -> Library:
        """Who has what now."""
        return Library.read(self._file)

    def has(self, **what: Any) -> None:
        """Make the library anew, with this (see `Library`)."""
        Library(**what).write(self._file)

    def start(self) -> None:
        """Start it, unless it runs; it listens when this returns."""
        if self._process is not None and self._process.poll() is None:
            return
        script = HERE / "servers" / f"{self.name}_server.py"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._python, script, self._file, str(self.port)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=around(),
            )  # fmt: skip
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said, self._log.read_text()
        self.port = json.loads(said)["port"]

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
