"""A window on a panel that hangs turned: a process of its own, since a window cannot be turned later.

Prints the picture's size, what was pressed by a finger at the place on the panel where `finish` is to be
seen, and whether there is a mouse cursor. Of a window that covers a display, first of all: whether that shows
nothing but its picture.
"""

import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageGrab

from kiosk.circulation.intents import Pressed
from kiosk.screens import KioskWindow
from kiosk.screens.examples import example

PANEL = (1280, 800)
FRAMES = 60


def main(rotation: int, folder: Path, *, covers: bool) -> None:
    sent: list[Pressed] = []
    window = KioskWindow(
        # what covers a display is as large as that, whatever was expected
        size=(800, 480) if covers else PANEL,
        offscreen=not covers,
        fullscreen=covers,
        font_cache=folder / "fonts",
        send=sent.append,
        scanned=lambda _: None,
        still=True,
        rotation=rotation,
    )
    window.show(example("loan"))
    window.pump(2)
    window.grab(folder / "panel.png")
    if covers:
        print(shown(window, folder / "panel.png"))
    drawn = window.drawn()
    x, y, w, h = next(control.box for control in drawn.controls if control.key == "finish")
    # the picture's place, seen from the panel's own top left corner
    across, down = x + w / 2, y + h / 2
    place = {
        0: (across, down),
        90: (down, PANEL[1] - across),
        180: (PANEL[0] - across, PANEL[1] - down),
        270: (PANEL[0] - down, across),
    }[rotation]

    from kivy.core.window import Window

    for what in ("down", "up"):
        Window.dispatch(f"on_mouse_{what}", *place, "left", [])
        window.pump(2)
    print(window.size, [str(each.intent) for each in sent], Window.show_cursor)


def shown(window: KioskWindow, picture: Path) -> bool:
    """Whether the whole display comes to look like this; it may lag behind the window by some frames."""
    with Image.open(picture) as expected:
        for _ in range(FRAMES):
            window.pump()
            display = ImageGrab.grab()
            if display.size == expected.size and not ImageChops.difference(display, expected).getbbox():
                return True
    return False


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), covers=sys.argv[3] == "covers")
