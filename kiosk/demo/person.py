"""The patron of a journey: hands that steer the far sides, and a finger that touches the window."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from kiosk.circulation.intents import Intent
from kiosk.circulation.views import View
from kiosk.demo.farsides import FarSides


class VirtualPatron:
    """A `Person` whose acts go to the far sides and to the screen."""

    def __init__(
        self,
        far: FarSides,
        *,
        card: str,
        pin: str,
        books: tuple[str, ...],
        touch: Callable[[Intent], None],
        scan: Callable[[str], None] | None,
    ) -> None:
        """Take card, PIN and books in hand.

        Args:
            far: the far sides.
            card: the patron id that the card carries.
            pin: the PIN, empty for none.
            books: barcodes, in order.
            touch: touches the control that means an intent.
            scan: scans a code; given where cards are scanned instead of laid on a reader.
        """
        self._far = far
        self._card = card
        self._touch = touch
        self._scan = scan
        self.pin = pin
        self.books = books
        self.latest: View | None = None
        self.acts: list[tuple[str, float]] = []

    @property
    def view(self) -> View:
        """What is on the screen."""
        assert self.latest is not None
        return self.latest

    def put(self, *barcodes: str) -> None:
        """Put books on the pad."""
        self._far.do(self.puts(*barcodes))

    def lift(self, *barcodes: str) -> None:
        """Take books off the pad."""
        self._far.do(self.lifts(*barcodes))

    def show_card(self) -> None:
        """Lay the card on the reader, or scan it."""
        if self._scan is not None:
            self._scan(self._card)
            self._note("card", time.monotonic())
        else:
            answer = self._far.do({"do": "show-card", "text": self._card})
            self._note("card", answer["now"])

    def take_card(self) -> None:
        """Take the card away."""
        if self._scan is None:
            self._far.do({"do": "remove-card"})

    def press(self, intent: Intent) -> None:
        """Touch the control that means `intent`."""
        self._touch(intent)

    def fate(self, *commands: Mapping[str, Any]) -> None:
        """What happens to the world, all at one instant."""
        self._far.all(commands)

    @staticmethod
    def puts(*barcodes: str) -> dict[str, Any]:
        """The command that puts books on the pad."""
        return {"do": "put", "tags": list(barcodes)}

    @staticmethod
    def lifts(*barcodes: str) -> dict[str, Any]:
        """The command that lifts books."""
        return {"do": "lift", "tags": list(barcodes)}

    def _note(self, act: str, at: float) -> None:
        self.acts.append((act, at))
