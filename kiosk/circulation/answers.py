"""What the ILS and the till answer. Adapters make these, and the desk posts them inside events."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert, Due, Exchange, ItemKey, Media, Money, Untrusted


@dataclass(frozen=True, slots=True)
class Welcome:
    """The patron may borrow. `charged` are the item ids already on loan to this patron, `owed` the fees that
    the ILS says are open (None: it says nothing, or nothing is owed)."""

    name: str
    charged: frozenset[str] = frozenset()
    owed: Money | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """The patron may not borrow, or not yet (`reason` PIN_WRONG or PIN_NEEDED: ask again)."""

    reason: Reason
    note: Untrusted | None = None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The ILS could not be asked, or did not answer a question that changes nothing."""

    reason: Reason


SignInAnswer = Welcome | Denied | NoAnswer


@dataclass(frozen=True, slots=True)
class Lent:
    """The ILS has lent the item. `release`: the security bit may be cleared (the profile's rule). `media`:
    what it is made of (SIP2 CK), where the ILS says so."""

    release: bool
    title: str = ""
    due: Due | None = None
    renewal: bool = False
    media: Media = Media.UNKNOWN
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NotLent:
    """The ILS refused, or could not be asked at all: the item is surely not lent by us."""

    reason: Reason
    title: str = ""
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FeeAsked:
    """The item is not lent, and would be if the patron agreed to this fee (SIP2 BO, BT, BV)."""

    fee: Money
    title: str = ""
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Doubt:
    """It was asked and nobody knows what became of it: to be settled, never to be repeated."""

    by: Exchange | None = field(default=None, compare=False)


LoanAnswer = Lent | NotLent | FeeAsked | Doubt


@dataclass(frozen=True, slots=True)
class Returned:
    """The ILS has taken the item back, or says that it was not on loan at all (`was_on_loan` False).

    `destination` is where it goes (SIP2 CT, a branch as the ILS calls it), `bin` the sort bin as it is
    printed on it (CL); both may be empty. `media` as in `Lent`. Who waits for it is nobody's business here
    (CY, DA are not kept).
    """

    title: str = ""
    was_on_loan: bool = True
    alert: Alert | None = None
    destination: str = ""
    bin: str = ""
    media: Media = Media.UNKNOWN
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NotReturned:
    """The ILS does not take the item back (it does not know it, or wants staff), or could not be asked
    (a reason of `UNASKED`: nothing was sent)."""

    reason: Reason
    title: str = ""
    bin: str = ""
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


ReturnAnswer = Returned | NotReturned | Doubt


@dataclass(frozen=True, slots=True)
class Renewed:
    """The loan was renewed."""

    due: Due | None = None
    title: str = ""
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NotRenewed:
    """The loan stands as it was (a reason of `UNASKED`: nothing was sent)."""

    reason: Reason
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


RenewalAnswer = Renewed | NotRenewed | Doubt


@dataclass(frozen=True, slots=True)
class RenewedAll:
    """The ILS has gone through the patron's loans (SIP2 65/66): which it renewed (BM) and which not (BN). An
    ILS may name neither."""

    renewed: tuple[ItemKey, ...] = ()
    not_renewed: tuple[ItemKey, ...] = ()
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Unsupported:
    """The ILS does not know this message, and says so beforehand (BX): nothing was sent."""


RenewAllAnswer = RenewedAll | NotRenewed | Unsupported | Doubt


@dataclass(frozen=True, slots=True)
class HoldPlaced:
    """The patron has a hold on the item (SIP2 15/16). `pickup` is where it will wait (BS), as the ILS calls
    it, `available`: it waits there already."""

    title: str = ""
    pickup: str = ""
    available: bool = False
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class HoldNotPlaced:
    """There is no hold by us (a reason of `UNASKED`: nothing was sent)."""

    reason: Reason
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


HoldAnswer = HoldPlaced | HoldNotPlaced | Doubt


# ---- fees -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MoneyTaken:
    """The till has taken the money. `reference` is its own number of the payment (SIP2 BK)."""

    reference: str


@dataclass(frozen=True, slots=True)
class MoneyNotTaken:
    """The till has taken nothing: the patron gave up, or the card was declined, or it is away."""

    reason: Reason


TillAnswer = MoneyTaken | MoneyNotTaken | Doubt
"""`Doubt`: nobody knows whether the till has taken the money."""


@dataclass(frozen=True, slots=True)
class FeeBooked:
    """The ILS has booked the payment (SIP2 37/38)."""

    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FeeNotBooked:
    """The ILS has surely not booked it (a reason of `UNASKED`: nothing was sent)."""

    reason: Reason
    note: Untrusted | None = None
    by: Exchange | None = field(default=None, compare=False)


FeeAnswer = FeeBooked | FeeNotBooked | Doubt


@dataclass(frozen=True, slots=True)
class ItemDescription:
    """What the ILS says of an item, asked without changing anything (SIP2 17/18). `title`: "" where it does
    not say; `due`: until when it is on loan, to whomever, where the ILS says so; `wanted`: somebody has it
    or waits for it, by its circulation status."""

    item: ItemKey
    title: str
    author: str = ""
    due: Due | None = None
    wanted: bool = False


# ---- the account ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccountLoan:
    """One loan of the patron. `title` and `due` where the list itself tells them, which few ILSes do; an
    empty id where an entry has none that could be asked about. `overdue`: the ILS says that it is."""

    item: ItemKey
    title: str = ""
    due: Due | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class AccountHold:
    """One hold of the patron; `waiting`: it lies on the hold shelf for them."""

    title: str
    item: ItemKey | None = None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class AccountFee:
    """One fee, in the ILS's own words (SIP2 AV); `amount` only where it is sure."""

    text: Untrusted
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What the ILS has about a patron (SIP2 63/64). `complete`: these are all of them, as far as the ILS's
    own counts say; `owed` the sum of the fees, where it says one."""

    loans: tuple[AccountLoan, ...] = ()
    holds: tuple[AccountHold, ...] = ()
    fees: tuple[AccountFee, ...] = ()
    complete: bool = True
    owed: Money | None = None


AccountAnswer = Account | NoAnswer
