"""Pango's own threads: none is left that looks into the environment, which others still change."""

import subprocess
import sys

SCRIPT = """
import sys
from pathlib import Path
from kiosk.typeset import Typesetter
Typesetter(Path(sys.argv[1]))
for task in Path("/proc/self/task").iterdir():
    print(task.joinpath("comm").read_text().strip())
"""

WORKER = "[pango] fontcon"
"""The thread that newer Pangos keep for looking fonts up (`fontconfig`, cut by the system). It stays for
ever; it has read the files, and with them the environment, before the families could be listed."""


def test_fontconfig_is_read_when_a_typesetter_is_there(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=True
    )
    threads = set(run.stdout.splitlines()) - {WORKER}
    assert len(threads) == 1, threads
