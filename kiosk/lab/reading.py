"""What a visitor does in their account (`accounts.READINGS`): one thing after the other, and then back."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.circulation.intents import Do, Intent, Look, Renew
from kiosk.circulation.views import AccountView, LoanMark, Section
from kiosk.lab.plans import Manners

PATIENCE_S = 12.0
"""How long somebody waits for an account, or for what becomes of a renewal."""


@dataclass(frozen=True, slots=True)
class Put:
    """Nothing to press: the next book is put on the pad."""


class Reading:
    """One patron's reading: `wanted` before it begins, then `next` for each look at the screen."""

    def __init__(self, manners: Manners) -> None:
        """Nothing is read yet."""
        self.answers = list(manners.sure)
        self._steps = list(manners.reads)
        self._hurried = manners.hurried
        self._since: float | None = None
        self._again = False

    @property
    def wanted(self) -> bool:
        """Whether there is anything that they want to do in their account."""
        return bool(self._steps)

    def put_off(self) -> None:
        """The screen went dark: they open it again, and go on."""
        self._since = None

    def next(self, screen: AccountView, now: float) -> Intent | Put | None:
        """What they do next: press something, or `Put`; None: they wait."""
        if self._waits(screen, now):
            return None
        self._since = None
        if not screen.known and not self._again:
            self._again = True
            return Do.ACCOUNT
        if not screen.known:
            self._steps.clear()
        while self._steps:
            match self._steps.pop(0):
                case "renew":
                    key = next((row.key for row in screen.loans if row.renewable), None)
                    if key is not None:
                        return Renew(key)
                case "all":
                    if screen.renew_all:
                        return Do.RENEW_ALL
                case "put":
                    return Put()
                case "back":
                    return Do.BACK
                case section:
                    if screen.section is not Section(section):
                        return Look(Section(section))
        return Do.BACK

    def _waits(self, screen: AccountView, now: float) -> bool:
        """Whether they wait for what the kiosk is about to tell."""
        renewing = any(row.mark is LoanMark.ASKING for row in screen.loans)
        if not (screen.asking or (renewing and not self._hurried)):
            return False
        if self._since is None:
            self._since = now
        return now - self._since < PATIENCE_S
