"""Views: everything that a screen may show, as frozen values, one `View` at a time.

A view holds no sentence: it holds reasons, states, counts, days and names, and the room `words`
makes the sentences. Views are serialisable, so that a screen in a process of its own stays possible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert, Due, ItemKey, Money, Payment, Untrusted


class ItemState(StrEnum):
    """The state of an item as a patron sees it (the values are a contract: result.json has them)."""

    SEEN = "seen"
    ASKING = "asking"
    LENT = "lent"
    SAFE = "safe"
    REFUSED = "refused"
    ATTENTION = "attention"
    NO_TAG = "no_tag"
    RETURNED = "returned"
    RENEWED = "renewed"


class Errand(StrEnum):
    """What a session is for."""

    LOAN = "loan"
    RETURN = "return"


class Section(StrEnum):
    """The sections of a patron's account."""

    LOANS = "loans"
    HOLDS = "holds"
    FEES = "fees"


class LoanMark(StrEnum):
    """What is said of a loan in the account. `UNCLEAR`: it was to be renewed, and nobody knows whether it
    was."""

    ON_LOAN = "on-loan"
    OVERDUE = "overdue"
    ASKING = "asking"
    RENEWED = "renewed"
    NOT_RENEWED = "not-renewed"
    UNCLEAR = "unclear"


class Theme(StrEnum):
    """Colour schemes, in the order in which the *Contrast* control walks them."""

    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


TEXT_SIZES = (100, 130, 160)
"""Per cent, in the order in which the *Text size* control walks them."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above every screen. `patron` is the name as policy lets it be shown, or empty."""

    library: str
    patron: str
    language: str
    languages: tuple[str, ...]
    text_size: int
    theme: Theme


@dataclass(frozen=True)
class RowView:
    """One item in the list.

    `key` is stable for the row's life (the item id, or `tag:UID` for a tag that names no item).
    `title` may be empty: then the id stands in its place. `late`: the ILS has not answered in good
    time (*Checking...*). `reason` says why, for `refused` and `attention`, and ALREADY_YOURS for a
    `safe` item that the patron had before. `parts_missing` of `parts` matter for PART_MISSING only;
    `parts_odd` are numbers that do not belong there (PART_EXTRA, PART_FOREIGN) or are there
    twice (TAG_DUPLICATE); `odd_of` is the title, or else the number, of the item that they are of.
    `on_pad` is false while none of its tags is in the field (or it has none). `renewable`: it is this
    patron's already, and may be asked to be renewed; `holdable`: it was refused, and a hold may be asked
    for; `held`: a hold was placed, and it will wait at `pickup`, where the ILS says so. The last four belong
    to returns: where it goes (`alert`, `destination`), the sort `bin` as printed on it, and whether it was on
    loan at all.
    """

    key: str
    item: ItemKey | None
    title: str
    author: str
    state: ItemState
    reason: Reason | None = None
    note: Untrusted | None = None
    due: Due | None = None
    late: bool = False
    on_pad: bool = True
    parts: int = 1
    parts_missing: tuple[int, ...] = ()
    parts_odd: tuple[int, ...] = ()
    odd_of: str = ""
    renewable: bool = False
    holdable: bool = False
    held: bool = False
    pickup: str = ""
    alert: Alert | None = None
    destination: str = ""
    bin: str = ""
    was_on_loan: bool = True


class Notice(StrEnum):
    """What the one message line can say, apart from reasons."""

    KEEP_ON_PAD = "keep-on-pad"
    PUT_BOOKS = "put-books"
    ALL_SAFE = "all-safe"
    SOME_SAFE = "some-safe"
    FINISH_FIRST = "finish-first"
    ONE_MOMENT = "one-moment"
    LEAVE_HERE = "leave-here"
    SEE_STAFF = "see-staff"
    SCAN_BARCODE = "scan-barcode"
    READER_AWAY = "reader-away"
    ALREADY_LISTED = "already-listed"
    BAD_CODE = "bad-code"
    CARD_ON_PAD = "card-on-pad"
    TAKE_AWAY_LEFT = "take-away-left"
    TAKE_CARD = "take-card"
    CARD_UNREADABLE = "card-unreadable"
    PUT_RETURNS = "put-returns"
    ALL_RETURNED = "all-returned"
    SOME_RETURNED = "some-returned"
    USE_BINS = "use-bins"
    TO_STAFF = "to-staff"
    NO_CARD_NEEDED = "no-card-needed"
    GATE_AWAY = "gate-away"
    NOT_RENEWED = "not-renewed"
    HOLD_NOT_PLACED = "hold-not-placed"
    NOT_PAID = "not-paid"
    PAID = "paid"
    PAYMENT_PENDING = "payment-pending"
    ACCOUNT_ASKED = "account-asked"
    ACCOUNT_AWAY = "account-away"
    ACCOUNT_PARTIAL = "account-partial"
    OVERDUE = "overdue"
    HOLDS_WAITING = "holds-waiting"
    NOTHING_OVERDUE = "nothing-overdue"
    ALL_RENEWED = "all-renewed"
    SOME_RENEWED = "some-renewed"
    RENEWING = "renewing"


class Weight(StrEnum):
    """Priority of a message: security goes before refusal, refusal before information."""

    SECURITY = "security"
    REFUSAL = "refusal"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Message:
    """The one message line. `count` items are meant; `reason` is its second line; `note` the AF."""

    weight: Weight
    notice: Notice
    count: int = 0
    reason: Reason | None = None
    note: Untrusted | None = None


@dataclass(frozen=True, slots=True)
class AttractView:
    """Nobody is here. `message` tells what went wrong with a card or a code just now; `lends` and
    `returns` say what the kiosk is for."""

    message: Message | None = None
    lends: bool = True
    returns: bool = True


@dataclass(frozen=True, slots=True)
class CannotLendView:
    """Nobody is here, and nothing can be lent; `reason` says what is away."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class WaitView:
    """The card was read and the ILS is being asked who that is."""


@dataclass(frozen=True, slots=True)
class PinView:
    """The PIN is asked for: `typed` digits so far, never which; `wrong`: the last one was."""

    typed: int
    wrong: bool
    tries_left: int


@dataclass(frozen=True, slots=True)
class LeftoversView:
    """'Are these yours?': items that lay on the pad before this patron came."""

    rows: tuple[RowView, ...]
    errand: Errand = Errand.LOAN


@dataclass(frozen=True, slots=True)
class LoanView:
    """The list of this session. Counts are true: `on_pad` items sensed, `borrowed` lent or safe,
    `scanned` of them without a tag, `not_borrowed` refused, `attention` for staff. `closing`: Finish
    was pressed and something is still open. `next_message` is what waits behind the message. `payable` is
    what this patron owes and may pay here now (None: nothing, or there is no till); `account`: they may open
    their account."""

    rows: tuple[RowView, ...]
    on_pad: int
    scanned: int
    borrowed: int
    not_borrowed: int
    attention: int
    message: Message
    next_message: Message | None
    closing: bool
    payable: Money | None = None
    account: bool = False


@dataclass(frozen=True, slots=True)
class AccountLoanRow:
    """One loan of the account. `key` is stable: the item's id where it has one. An empty `title` is unknown,
    or nobody's business (policy): then the id stands in its place. `reason` says why it was not renewed;
    `late`: the ILS has not answered in good time; `renewable`: it may be asked to be renewed."""

    key: str
    item: ItemKey
    title: str
    due: Due | None
    mark: LoanMark
    reason: Reason | None = None
    late: bool = False
    renewable: bool = False


@dataclass(frozen=True, slots=True)
class AccountHoldRow:
    """One hold of the account; `waiting`: it can be fetched."""

    key: str
    title: str
    item: ItemKey | None
    waiting: bool


@dataclass(frozen=True, slots=True)
class AccountFeeRow:
    """One fee of the account, in the ILS's own words (empty: policy). `amount` None: not sure."""

    key: str
    text: Untrusted
    amount: Money | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """A patron's own account, over the list of their visit: `books` is that list, whose pad goes on working.

    `known` false: nothing is known yet (`asking`), or cannot be had (`reason`). `complete`: the lists hold
    everything, as far as the ILS says; only then the lengths of the lists are the patron's counts. `owed` is
    the sum of all fees, where the ILS says one; `renew_all`: all loans may be asked to be renewed.
    """

    books: LoanView
    section: Section
    loans: tuple[AccountLoanRow, ...]
    holds: tuple[AccountHoldRow, ...]
    fees: tuple[AccountFeeRow, ...]
    owed: Money | None
    known: bool
    complete: bool
    asking: bool
    reason: Reason | None
    renew_all: bool
    message: Message
    next_message: Message | None


@dataclass(frozen=True, slots=True)
class ReturnView:
    """The list of books that come back. Counts are true: `on_pad` items sensed, `returned` taken back by
    the ILS and armed, `attention` for staff (not returned, or not armed). `closing`: Finish was pressed
    and something is still open. `next_message` is what waits behind the message."""

    rows: tuple[RowView, ...]
    on_pad: int
    returned: int
    attention: int
    message: Message
    next_message: Message | None
    closing: bool


class ReceiptState(StrEnum):
    """Where the receipt is. `failed`: the farewell shows what it would have said."""

    OFFERED = "offered"
    PRINTING = "printing"
    PRINTED = "printed"
    UNPROVEN = "unproven"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """The receipt of this session, as far as it has come; `reason` says why it failed."""

    state: ReceiptState
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class FarewellView:
    """The end of a session: what was borrowed and when it is due, or what came back; `seconds` until it
    closes. `receipt` is None where none can be had (policy, no printer, nothing to print). `payment` is the
    fee that was paid in this session, or may have been (`pending`)."""

    rows: tuple[RowView, ...]
    borrowed: int
    safe: int
    not_borrowed: int
    attention: int
    message: Message
    seconds: int
    of_seconds: int
    errand: Errand = Errand.LOAN
    returned: int = 0
    receipt: ReceiptView | None = None
    payment: Payment | None = None


@dataclass(frozen=True, slots=True)
class StaffView:
    """Staff are at the maintenance screen, which draws itself; nobody can be served meanwhile."""


@dataclass(frozen=True, slots=True)
class SeeStaffView:
    """This patron cannot borrow here; neutral words only. `seconds` until it closes."""

    reason: Reason
    note: Untrusted | None
    seconds: int
    of_seconds: int


ScreenView = (
    AttractView
    | CannotLendView
    | WaitView
    | PinView
    | LeftoversView
    | LoanView
    | AccountView
    | ReturnView
    | FarewellView
    | SeeStaffView
    | StaffView
)


@dataclass(frozen=True, slots=True)
class PutBack:
    """A lent item left the pad before it was safe. Cannot be dismissed; only *Call staff*."""

    row: RowView
    more: int
    after: Message | None
    staff_called: bool


@dataclass(frozen=True, slots=True)
class StillThere:
    """'Are you still there?' with `seconds` of `of_seconds` left, drawn inside Finish."""

    seconds: int
    of_seconds: int
    borrowed: int
    safe: int
    errand: Errand = Errand.LOAN


@dataclass(frozen=True, slots=True)
class HelpCalled:
    """Help or *Call staff* was pressed; the sheet says who can help, and can be closed."""


@dataclass(frozen=True, slots=True)
class AskRenewal:
    """'It is yours already. Renew it?': nothing is sent before `Do.YES`; `Do.NO` closes it."""

    row: RowView


@dataclass(frozen=True, slots=True)
class AskRenewAll:
    """'Renew everything that you have?' `count` loans may be renewed, as far as is known. Nothing is sent
    before `Do.YES`; `Do.NO` closes it."""

    count: int


@dataclass(frozen=True, slots=True)
class AskFee:
    """'Borrowing this costs a fee. Borrow it?': nothing is lent before `Do.YES`; `Do.NO` leaves it here."""

    row: RowView
    fee: Money


@dataclass(frozen=True, slots=True)
class AskParts:
    """'Is that all of it?': `parts` of an item lie there, and no tag says how many it has. Nothing is sent
    before `Do.YES`; `Do.NO` leaves it here."""

    row: RowView
    parts: int


@dataclass(frozen=True, slots=True)
class AskHold:
    """'Shall it be kept for you?': nothing is sent before `Do.YES`; `Do.NO` closes it."""

    row: RowView


@dataclass(frozen=True, slots=True)
class AskPayment:
    """'You owe this. Pay it now?': the till is asked for nothing before `Do.YES`; `Do.NO` closes it."""

    amount: Money


@dataclass(frozen=True, slots=True)
class Paying:
    """The till has the patron's attention (`booking` False), or the ILS is being told of the payment.
    Cannot be dismissed: the till ends it."""

    amount: Money
    booking: bool = False


Modal = (
    PutBack
    | StillThere
    | HelpCalled
    | AskRenewal
    | AskRenewAll
    | AskFee
    | AskParts
    | AskHold
    | AskPayment
    | Paying
)


@dataclass(frozen=True, slots=True)
class View:
    """All of the screen. `session` and `revision` go back with every intent; `since` is the revision
    at which this screen (or its modal) appeared: an intent older than that is dropped.

    Views are equal when nothing on the screen differs. A finger that saw the earlier of two equal views meant
    the same, and `since` lets it through: the later one need not be drawn.
    """

    session: int
    revision: int = field(compare=False)
    since: int
    header: Header
    screen: ScreenView
    modal: Modal | None
