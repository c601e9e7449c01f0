"""From a maintenance view to a scene: the one place that knows all maintenance screens."""

from __future__ import annotations

from datetime import UTC, date, datetime

from kiosk.maintenance.views import (
    AdoptScreen,
    ChainScreen,
    FormScreen,
    MaintenanceView,
    MatterScreen,
    MattersScreen,
    OverviewScreen,
    PinScreen,
)
from kiosk.screens.maintenance.chain import chain
from kiosk.screens.maintenance.form import form
from kiosk.screens.maintenance.keyboard import keyboard
from kiosk.screens.maintenance.matter import matter
from kiosk.screens.maintenance.matters import adopt, matters
from kiosk.screens.maintenance.overview import overview
from kiosk.screens.maintenance.pin import pin
from kiosk.screens.scene import Scene
from kiosk.screens.stage import Stage


def compose(stage: Stage, view: MaintenanceView, today: date | None = None) -> Scene:
    """The scene of a view on an empty stage. `today`: a time of this day is told without its day (None:
    the day that it is)."""
    today = today or datetime.now(UTC).astimezone().date()
    match view.screen:
        case PinScreen() as screen:
            pin(stage, view, screen)
            return stage.scene("maintenance-pin", None)
        case OverviewScreen() as screen:
            overview(stage, view, screen, today)
        case MattersScreen() as screen:
            matters(stage, view, screen, today)
        case MatterScreen() as screen:
            matter(stage, view, screen, today)
        case AdoptScreen() as screen:
            adopt(stage, view, screen)
        case ChainScreen() as screen:
            chain(stage, view, screen)
        case FormScreen() as screen:
            edited = next((each for each in screen.fields if each.editing), None)
            if edited is not None:
                keyboard(stage, view, edited)
            else:
                form(stage, view, screen, today)
    return stage.scene(f"maintenance-{view.page.value}", None)
