"""Pango's own threads: none is left that looks into the environment, which others still change."""

import subprocess
import sys

SCRIPT = """
import sys
from pathlib import Path
from kiosk.typeset import Typesetter
Typesetter(Path(sys.argv[1]))
print([task.joinpath("comm").read_text().strip()[:6] for task in Path("/proc/self/task").iterdir()])
"""


def test_fontconfig_is_read_when_a_typesetter_is_there(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert run.stdout == "['python']\n"
