"""The account of a patron as far as the ILS has told it: one frozen value in the session, forgotten with it.

`accounting` asks for it, `account_rows` makes what is shown of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.circulation.answers import Account, AccountLoan
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import ItemKey
from kiosk.circulation.views import Section


@dataclass(frozen=True)
class OpenAccount:
    """What is known, and what is on the screen.

    `shown`: it is on the screen, at `section`. `attempt` is the number of the question that was asked last,
    `asked`: it is still out. `known`: the latest answer that told something; `reason`: why the last question
    brought none. `told`: how many renewals and loans of this visit had ended when it was asked, so that it is
    asked anew after the next. `described`: items whose title was asked for.
    """

    shown: bool = True
    section: Section = Section.LOANS
    attempt: int = 0
    asked: bool = False
    known: Account | None = None
    reason: Reason | None = None
    told: int = 0
    described: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"OpenAccount({self.section}, {'known' if self.known is not None else 'not known'})"

    @property
    def loans(self) -> tuple[AccountLoan, ...]:
        """The loans, as far as they are known."""
        return self.known.loans if self.known is not None else ()

    def loan(self, key: str) -> AccountLoan | None:
        """The loan of an item, by the item's id."""
        return next((loan for loan in self.loans if loan.item.id == key), None) if key else None


def row_key(loan: AccountLoan, place: int) -> str:
    """The key of a loan's row: the item's id, or its place where it has none that could be asked about."""
    return loan.item.id or f"loan:{place}"


def items_of(loans: tuple[AccountLoan, ...]) -> tuple[ItemKey, ...]:
    """The items of loans, those that can be asked about."""
    return tuple(loan.item for loan in loans if loan.item.id)
