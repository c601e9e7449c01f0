"""`kiosk` called as others call it: a process of its own, nothing but arguments and standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE_S = 200
"""The card reader is one for the whole machine: another demo may hold it for a while."""


def kiosk(*args: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run it to its end, without a display."""
    around = {name: value for name, value in os.environ.items() if "DISPLAY" not in name and name != "CI"}
    return subprocess.run(
        [sys.executable, "-m", "kiosk", *map(str, args)],
        input=stdin,
        capture_output=True,
        text=True,
        env=around,
        timeout=PATIENCE_S,
        check=False,
    )


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def config(path: Path, port: int, institution: str, user: str = "", password: str = "") -> Path:
    """A settings file in which only the ILS is real, and cards are scanned."""
    path.write_text(
        f"""
[ils]
driver = "sip2"
host = "127.0.0.1"
port = {port}
institution = "{institution}"
login_user = "{user}"
login_password = "{password}"

[cards]
driver = "none"
"""
    )
    return path
