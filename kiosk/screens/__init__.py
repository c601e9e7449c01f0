"""The screens: Kivy, and Kivy nowhere else. A screen is a function from a view to a *scene* of frozen
values (`attract.py`, `pin.py`, `loan.py`...), drawn with the parts in `widgets/` on a `Stage`; a scene
is mirrored as a whole for Arabic, looked at by tests without a window, and drawn by the `painter`. There
are no .kv files, on purpose: their rules live in one table of the process and are multiplied when a
file is read twice, mypy does not see into them, and positions that follow from numbers of the theme, a
text size and a direction would be Python in strings. Every control has a role, a name, a spoken text and
its place in the focus order, or it cannot be made (`scene.Control`). Intents leave through `send`.
The maintenance screen (`maintenance/`) is drawn on the same stage; its intents are `scene.Foreign` to all
but the window, which hands them to `send_staff`."""

from kiosk.screens.blanking import Blanking
from kiosk.screens.drawn import Drawn, DrawnText
from kiosk.screens.window import KioskWindow
from kiosk.screens.wrong_settings import WrongSettings, WrongSettingsWindow

__all__ = ["Blanking", "Drawn", "DrawnText", "KioskWindow", "WrongSettings", "WrongSettingsWindow"]
