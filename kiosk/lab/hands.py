"""What people can do at the kiosk of the day: the one way in which visitors touch it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kiosk.app import Kiosk
from kiosk.circulation.intents import Do, Hold, Intent, Look, Pressed, Renew
from kiosk.circulation.values import PatronId, SagaId
from kiosk.circulation.views import View
from kiosk.lab.happenings import Happenings
from kiosk.simulator import World


class PeoplesHands:
    """Meets `visitor.Hands`. `kiosk` is None while it is dark, and so is `view`, what its screen shows."""

    def __init__(
        self, world: World, happenings: Happenings, now: Callable[[], float], note: Callable[[str], None]
    ) -> None:
        self.kiosk: Kiosk | None = None
        self.view: View | None = None
        self.now = now
        self._world = world
        self._happenings = happenings
        self._note = note
        self.presses: list[tuple[float, str, str]] = []
        """When somebody pressed what."""

    def look(self) -> View | None:
        """What the screen shows."""
        return self.view

    def press(self, view: View, intent: Intent) -> None:
        """Press a control of this view."""
        if self.kiosk is None:
            return
        self._note(f"somebody presses {_name(intent)}")
        if isinstance(intent, Do):
            self.presses.append((self.now(), intent.value, ""))
        self.kiosk.press(Pressed(view.session, view.revision, intent))
        if intent is Do.FINISH:
            self._happenings.happens("finish")
        elif intent is Do.RETURN:
            self._happenings.happens("card")

    def resolve(self, saga: SagaId) -> None:
        """Staff have seen to an open matter."""
        if self.kiosk is not None:
            self._note(f"staff have seen to {saga}")
            self.kiosk.resolve(saga)

    def staff_leave(self) -> None:
        """Staff close the maintenance screen."""
        if self.kiosk is not None:
            self._note("staff leave")
            self.kiosk.staff_left()

    def show_card(self, patron: str) -> None:
        """Show a patron's card."""
        if self.kiosk is not None:
            self._note(f"the card of {patron} is shown")
            self.kiosk.show_card(PatronId(patron))
            self._happenings.happens("card")

    def scan(self, code: str) -> None:
        """Scan a barcode."""
        if self.kiosk is not None:
            self._note(f"the barcode {code!r} is scanned")
            self.presses.append((self.now(), "scan", code))
            self.kiosk.scanned(code)

    def put(self, uids: Iterable[str]) -> None:
        """Put tags on the pad."""
        self._happenings.do({"do": "put", "tags": list(uids)})

    def lift(self, uids: Iterable[str]) -> None:
        """Take tags from the pad."""
        self._happenings.do({"do": "lift", "tags": list(uids)})

    def tags_of(self, barcode: str) -> tuple[str, ...]:
        """The tags of an item."""
        return tuple(uid for uid, tag in self._world.field.tags.items() if tag.plan.barcode == barcode)

    def on_pad(self) -> tuple[str, ...]:
        """The tags that lie on the pad."""
        return tuple(uid for uid, tag in self._world.field.tags.items() if tag.present)


def _name(intent: Intent) -> str:
    match intent:
        case Do():
            return intent.value
        case Renew(key):
            return f"renew {key}"
        case Hold(key):
            return f"hold {key}"
        case Look(at):
            return f"the {at.value} of the account"
        case _:
            return "a key"
