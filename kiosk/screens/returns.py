"""The return: as the loan, but each row says where its book goes."""

from __future__ import annotations

from kiosk.circulation.views import Errand, Header, ReturnView
from kiosk.screens.stage import Stage
from kiosk.screens.widgets.counts import counts_of_return
from kiosk.screens.widgets.header import header
from kiosk.screens.widgets.shelf import shelf


def returns(stage: Stage, view: ReturnView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=True)
    shelf(
        stage,
        view.rows,
        counts_of_return(stage, view),
        view.message,
        view.next_message,
        closing=view.closing,
        errand=Errand.RETURN,
    )
