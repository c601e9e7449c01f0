"""A panel that hangs turned: the picture is turned against it, and a finger meets what it sees."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.screens.display import x_server
from tests.screens.turned import PANEL


def turned(rotation: int, folder: Path, *, display: str = "") -> str:
    """What a window tells; it covers the display, if one is given."""
    # without what a window in this process has settled
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("KIVY_", "SDL_"))
    }
    if display:
        environment |= {"DISPLAY": display, "SDL_VIDEODRIVER": "x11"}
    how = "covers" if display else "window"
    return subprocess.run(
        [sys.executable, "-m", "tests.screens.turned", str(rotation), str(folder), how],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment,
    ).stdout


@pytest.mark.parametrize(
    ("rotation", "size"), [(0, (1280, 800)), (90, (800, 1280)), (180, (1280, 800)), (270, (800, 1280))]
)
def test_the_picture_is_turned_and_touch_with_it(
    rotation: int, size: tuple[int, int], tmp_path: Path
) -> None:
    assert turned(rotation, tmp_path) == f"{size} ['finish'] True\n"
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


@pytest.mark.parametrize(("rotation", "size"), [(0, (1280, 800)), (270, (800, 1280))])
def test_what_covers_a_display_fills_it_and_has_no_cursor(
    rotation: int, size: tuple[int, int], tmp_path: Path
) -> None:
    with x_server("x".join(map(str, PANEL))) as display:
        assert turned(rotation, tmp_path, display=display) == f"True\n{size} ['finish'] False\n"
