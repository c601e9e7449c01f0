"""From a view to a scene: the one place that knows all screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kiosk.circulation.views import (
    AttractView,
    CannotLendView,
    FarewellView,
    HelpCalled,
    LeftoversView,
    LoanView,
    Modal,
    PinView,
    PutBack,
    ScreenView,
    SeeStaffView,
    StillThere,
    View,
    WaitView,
)
from kiosk.screens.attract import attract
from kiosk.screens.cannot_lend import cannot_lend
from kiosk.screens.farewell import farewell
from kiosk.screens.leftovers import leftovers
from kiosk.screens.loan import loan, ordered, page_of
from kiosk.screens.pin import pin
from kiosk.screens.put_back import put_back
from kiosk.screens.scene import Scene
from kiosk.screens.see_staff import see_staff
from kiosk.screens.sheets import help_called, still_there
from kiosk.screens.stage import Stage
from kiosk.screens.theme import Metrics
from kiosk.screens.wait import wait
from kiosk.screens.widgets.row import rows_that_fit
from kiosk.typeset import Typesetter
from kiosk.words import Words

SCREENS: Mapping[type[ScreenView], str] = MappingProxyType(
    {
        AttractView: "attract",
        CannotLendView: "cannot-lend",
        WaitView: "wait",
        PinView: "pin",
        LeftoversView: "leftovers",
        LoanView: "loan",
        FarewellView: "farewell",
        SeeStaffView: "see-staff",
    }
)
"""Names of screens, as they stand in records of what was drawn."""

MODALS: Mapping[type[Modal], str] = MappingProxyType(
    {PutBack: "put-back", StillThere: "still-there", HelpCalled: "help-called"}
)

HEADER_CONTROLS = frozenset({"text-size", "contrast", "language", "help"})


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes scenes for a window of `size`. `words` has every language that views may ask for."""

    size: tuple[int, int]
    typesetter: Typesetter
    words: dict[str, Words]

    def metrics(self, view: View) -> Metrics:
        """The numbers of the window at the view's text size."""
        return Metrics.of(self.size, view.header.text_size)

    def compose(self, view: View, page: int | None = None) -> Scene:
        """The scene of a view; `page` of the list (None: the first).

        Raises:
            KeyError: the view is in a language that there are no words for.
        """
        head = view.header
        stage = Stage(head.theme, self.metrics(view), self.words[head.language], self.typesetter, page)
        _screen(stage, view)
        modal = None
        if view.modal is not None:
            # What lies behind a modal can be seen but not reached; the header can.
            stage.controls = [each for each in stage.controls if each.key in HEADER_CONTROLS]
            modal = MODALS[type(view.modal)]
            _modal(stage, view.modal)
        return stage.scene(SCREENS[type(view.screen)], modal)

    def page_with(self, view: View, key: str) -> int:
        """The page of the loan's list on which a row stands."""
        if not isinstance(view.screen, LoanView):
            return 0
        metrics = self.metrics(view)
        words = self.words[view.header.language]
        stage = Stage(view.header.theme, metrics, words, self.typesetter)
        height = metrics.height - metrics.header - metrics.bar - 2 * metrics.padding
        return page_of(ordered(view.screen.rows), key, rows_that_fit(stage, height)[0])


def _screen(stage: Stage, view: View) -> None:
    head = view.header
    match view.screen:
        case AttractView() as screen:
            attract(stage, screen, head)
        case CannotLendView() as screen:
            cannot_lend(stage, screen, head)
        case WaitView() as screen:
            wait(stage, screen, head)
        case PinView() as screen:
            pin(stage, screen, head)
        case LeftoversView() as screen:
            leftovers(stage, screen, head)
        case LoanView() as screen:
            loan(stage, screen, head)
        case FarewellView() as screen:
            farewell(stage, screen, head)
        case SeeStaffView() as screen:
            see_staff(stage, screen, head)


def _modal(stage: Stage, modal: Modal) -> None:
    match modal:
        case PutBack():
            put_back(stage, modal)
        case StillThere():
            still_there(stage, modal)
        case HelpCalled():
            help_called(stage, modal)
