"""The maintenance screens: what `kiosk.maintenance` shows, drawn on the same stage as the patrons' screens.

`compose(stage, view)` makes the scene; controls carry maintenance intents as foreign acts. A page is a
*frame* (header, menu, bar) around blocks that *flow* over as many pages as they need. While a field is
edited the keyboard covers the lower part: its layers (capitals, signs) are turned as pages are, since
they are nobody's business but the window's.
"""

from kiosk.screens.maintenance.compose import compose

__all__ = ["compose"]
