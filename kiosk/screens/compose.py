"""From a view to a scene: the one place that knows all screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kiosk.circulation.views import (
    AccountView,
    AskFee,
    AskHold,
    AskParts,
    AskPayment,
    AskRenewal,
    AskRenewAll,
    AttractView,
    CannotLendView,
    Errand,
    FarewellView,
    HelpCalled,
    LeftoversView,
    LoanView,
    Modal,
    Paying,
    PinView,
    PutBack,
    ReturnView,
    ScreenView,
    SeeStaffView,
    StaffView,
    StillThere,
    Theme,
    View,
    WaitView,
)
from kiosk.screens.account import account
from kiosk.screens.attract import attract
from kiosk.screens.cannot_lend import cannot_lend
from kiosk.screens.farewell import farewell
from kiosk.screens.leftovers import leftovers
from kiosk.screens.loan import loan
from kiosk.screens.pin import pin
from kiosk.screens.put_back import put_back
from kiosk.screens.returns import returns
from kiosk.screens.scene import Scene
from kiosk.screens.see_staff import see_staff
from kiosk.screens.sheets import (
    ask_fee,
    ask_hold,
    ask_parts,
    ask_payment,
    ask_renew_all,
    ask_renewal,
    help_called,
    paying,
    still_there,
)
from kiosk.screens.staff import staff
from kiosk.screens.stage import Stage
from kiosk.screens.theme import Metrics
from kiosk.screens.wait import wait
from kiosk.screens.widgets.shelf import page_of
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
        AccountView: "account",
        ReturnView: "return",
        FarewellView: "farewell",
        SeeStaffView: "see-staff",
        StaffView: "staff",
    }
)
"""Names of screens, as they stand in records of what was drawn."""

MODALS: Mapping[type[Modal], str] = MappingProxyType(
    {
        PutBack: "put-back",
        StillThere: "still-there",
        HelpCalled: "help-called",
        AskRenewal: "ask-renewal",
        AskRenewAll: "ask-renew-all",
        AskFee: "ask-fee",
        AskParts: "ask-parts",
        AskHold: "ask-hold",
        AskPayment: "ask-payment",
        Paying: "paying",
    }
)

HEADER_CONTROLS = frozenset({"text-size", "contrast", "language", "help"})


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes scenes for a window of `size`. `words` has every language that views may ask for."""

    size: tuple[int, int]
    typesetter: Typesetter
    words: dict[str, Words]

    def stage(self, theme: Theme, text_size: int, language: str, page: int | None = None) -> Stage:
        """An empty stage of the window's size, for whoever draws.

        Raises:
            KeyError: there are no words in `language`.
        """
        metrics = Metrics.of(self.size, text_size)
        return Stage(theme, metrics, self.words[language], self.typesetter, page)

    def compose(self, view: View, page: int | None = None) -> Scene:
        """The scene of a view; `page` of the list (None: the first).

        Raises:
            KeyError: the view is in a language that there are no words for.
        """
        head = view.header
        stage = self.stage(head.theme, head.text_size, head.language, page)
        _screen(stage, view)
        modal = None
        if view.modal is not None:
            # What lies behind a modal can be seen but not reached; the header can.
            stage.controls = [each for each in stage.controls if each.key in HEADER_CONTROLS]
            modal = MODALS[type(view.modal)]
            _modal(stage, view.modal, _errand(view.screen))
        return stage.scene(SCREENS[type(view.screen)], modal)

    def page_with(self, view: View, key: str) -> int:
        """The page of the list of a loan or a return on which a row stands."""
        if not isinstance(view.screen, LoanView | ReturnView):
            return 0
        head = view.header
        stage = self.stage(head.theme, head.text_size, head.language)
        return page_of(stage, view.screen.rows, key, payable=_payable(view.screen))


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
        case AccountView() as screen:
            account(stage, screen, head)
        case ReturnView() as screen:
            returns(stage, screen, head)
        case FarewellView() as screen:
            farewell(stage, screen, head)
        case SeeStaffView() as screen:
            see_staff(stage, screen, head)
        case StaffView() as screen:
            staff(stage, screen, head)


def _payable(screen: ScreenView) -> bool:
    return isinstance(screen, LoanView) and screen.payable is not None and not screen.closing


def _errand(screen: ScreenView) -> Errand:
    if isinstance(screen, FarewellView):
        return screen.errand
    return Errand.RETURN if isinstance(screen, ReturnView) else Errand.LOAN


def _modal(stage: Stage, modal: Modal, errand: Errand) -> None:
    match modal:
        case PutBack():
            put_back(stage, modal, errand)
        case StillThere():
            still_there(stage, modal)
        case HelpCalled():
            help_called(stage, modal)
        case AskRenewal():
            ask_renewal(stage, modal)
        case AskRenewAll():
            ask_renew_all(stage, modal)
        case AskFee():
            ask_fee(stage, modal)
        case AskParts():
            ask_parts(stage, modal)
        case AskHold():
            ask_hold(stage, modal)
        case AskPayment():
            ask_payment(stage, modal)
        case Paying():
            paying(stage, modal)
