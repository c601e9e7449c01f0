"""Pictures of what is on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image


def shot(window: Any, path: Path) -> None:
    """Write what is in Kivy's `window` as a PNG.

    Raises:
        OSError: `path` cannot be written.
    """
    from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glFinish, glReadPixels

    # Read before the flip: after it the back buffer may hold anything.
    window.canvas.ask_update()
    window.dispatch("on_draw")
    glFinish()
    width, height = window.system_size
    pixels = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
    image = Image.frombytes("RGB", (width, height), pixels)
    image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(path, "PNG", compress_level=3)
