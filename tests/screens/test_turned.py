"""A panel that hangs turned: the picture is turned against it, and a finger meets what it sees."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.screens.turned import PANEL


@pytest.mark.parametrize(
    ("rotation", "size"), [(0, (1280, 800)), (90, (800, 1280)), (180, (1280, 800)), (270, (800, 1280))]
)
def test_the_picture_is_turned_and_touch_with_it(
    rotation: int, size: tuple[int, int], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.screens.turned", str(rotation), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout == f"{size} ['finish']\n"
    with Image.open(tmp_path / "panel.png") as panel:
        assert panel.size == PANEL
        upright = panel.rotate(-rotation, expand=True)  # Pillow turns against the clock
        assert upright.size == size
        # the one dark thing at the bottom is the Finish button, at the right
        wide, high = size
        corners = [(0, high - 100, 100, high), (wide - 140, high - 100, wide - 40, high)]
        left, right = (
            upright.crop(corner).convert("L").resize((1, 1)).getpixel((0, 0)) for corner in corners
        )
        assert right < 150 < left
