"""What was really drawn: told by the painter, for records of a run and for whoever reads the screen aloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kiosk.screens.scene import Box, Control, Origin, RowShown


@dataclass(frozen=True, slots=True)
class DrawnText:
    """A text that stands on the screen: who wrote it, where it is, in which row."""

    text: str
    origin: Origin
    box: Box
    row: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the painter has drawn."""

    screen: str
    modal: str | None
    texts: tuple[DrawnText, ...]
    rows: tuple[RowShown, ...]
    controls: tuple[Control, ...]
    focus: str | None

    def described(self) -> dict[str, Any]:
        """What can be reached, as plain JSON values: for programs that press, or read aloud. Boxes are
        pixels from the window's top left corner."""
        controls = [
            {"key": each.key, "role": each.role.value, "spoken": each.spoken, "box": list(each.box)}
            for each in self.controls
        ]
        return {"screen": self.screen, "modal": self.modal, "controls": controls}
