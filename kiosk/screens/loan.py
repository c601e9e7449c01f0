"""The loan: the pad with its books, the list with two steps a row, the counts, one message, Finish."""

from __future__ import annotations

from kiosk.circulation.views import Errand, Header, LoanView
from kiosk.screens.stage import Stage
from kiosk.screens.widgets.counts import counts_of_loan
from kiosk.screens.widgets.header import header
from kiosk.screens.widgets.shelf import shelf


def loan(stage: Stage, view: LoanView, head: Header) -> None:
    """Draw the screen."""
    account = view.account and not view.closing
    header(stage, head, language_button=True, account=account)
    shelf(
        stage,
        view.rows,
        counts_of_loan(stage, view),
        view.message,
        view.next_message,
        closing=view.closing,
        errand=Errand.LOAN,
        payable=view.payable is not None and not view.closing,
        account=account,
    )
