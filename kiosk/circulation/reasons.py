"""Why something did not happen: one enum, the same in the ILS adapter, on the screen and in the journal.

A reason chooses words (the room `words` has a text for patrons and a hint for staff for each), an icon, a
sound and a support code: those stand in `CATALOGUE`. Its value is stable: it stands in journals, logs and
profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Reason(StrEnum):
    """Every reason that the kiosk can give. Names say what is so, not what was tried."""

    # the patron
    CARD_UNKNOWN = "card-unknown"
    CARD_UNREADABLE = "card-unreadable"
    CARD_IS_BOOK = "card-is-book"
    CARD_RANDOM = "card-random"
    CARD_LOST = "card-lost"
    PATRON_BLOCKED = "patron-blocked"
    PATRON_EXPIRED = "patron-expired"
    ADDRESS_NEEDED = "address-needed"
    TOO_MANY_OVERDUE = "too-many-overdue"
    RECALL_OVERDUE = "recall-overdue"
    FINES_OWED = "fines-owed"
    FEES_OWED = "fees-owed"
    CLAIMS_RETURNED = "claims-returned"
    TOO_MANY_LOST = "too-many-lost"
    TOO_MANY_BILLED = "too-many-billed"
    RENEWALS_DENIED = "renewals-denied"
    HOLDS_DENIED = "holds-denied"
    PIN_NEEDED = "pin-needed"
    PIN_WRONG = "pin-wrong"
    PIN_TOO_MANY = "pin-too-many"

    # the item, as the ILS sees it
    ITEM_UNKNOWN = "item-unknown"
    ITEM_REFUSED = "item-refused"
    ON_HOLD = "on-hold"
    ON_LOAN_TO_OTHER = "on-loan-to-other"
    NOT_FOR_LOAN = "not-for-loan"
    TOO_MANY_LOANS = "too-many-loans"
    TOO_MANY_OF_KIND = "too-many-of-kind"
    LIBRARY_USE = "library-use"
    LOAN_NEEDS_STAFF = "loan-needs-staff"
    AGE_RESTRICTED = "age-restricted"
    BRANCH_RESTRICTED = "branch-restricted"
    RECALLED = "recalled"
    BOOKED = "booked"
    LENT_TO_YOU = "lent-to-you"
    HAD_BEFORE = "had-before"
    ITEM_LOST = "item-lost"
    ITEM_MISSING = "item-missing"
    ITEM_DAMAGED = "item-damaged"
    ITEM_WITHDRAWN = "item-withdrawn"
    IN_TRANSIT = "in-transit"
    IN_PROCESS = "in-process"
    FEE = "fee"
    ALREADY_YOURS = "already-yours"
    STAYS_ARMED = "stays-armed"
    OUTCOME_UNKNOWN = "outcome-unknown"
    RETURN_REFUSED = "return-refused"
    RENEWAL_REFUSED = "renewal-refused"
    RENEWAL_UNKNOWN = "renewal-unknown"
    RENEWAL_LIMIT = "renewal-limit"
    RENEWAL_ON_HOLD = "renewal-on-hold"
    RENEWAL_TOO_SOON = "renewal-too-soon"
    NOT_LENT_TO_YOU = "not-lent-to-you"
    HOLD_REFUSED = "hold-refused"
    HOLD_UNKNOWN = "hold-unknown"
    HOLD_LIMIT = "hold-limit"
    PAYMENT_REFUSED = "payment-refused"
    PAYMENT_CANCELLED = "payment-cancelled"
    PAYMENT_UNKNOWN = "payment-unknown"
    NOT_BOOKED = "not-booked"

    # the tag
    TAG_BLANK = "tag-blank"
    TAG_DAMAGED = "tag-damaged"
    TAG_FOREIGN = "tag-foreign"
    TAG_DUPLICATE = "tag-duplicate"
    TAG_NOT_WRITTEN = "tag-not-written"
    TAG_PROTECTED = "tag-protected"
    TAG_GONE = "tag-gone"
    PART_MISSING = "part-missing"
    PART_EXTRA = "part-extra"
    PART_FOREIGN = "part-foreign"
    PARTS_UNKNOWN = "parts-unknown"
    CARD_ON_PAD = "card-on-pad"

    # a scanned or typed code
    CODE_BAD = "code-bad"

    # devices and the ILS as a party
    ILS_DOWN = "ils-down"
    ILS_SILENT = "ils-silent"
    ILS_GARBLED = "ils-garbled"
    ILS_LOGIN_REFUSED = "ils-login-refused"
    NOT_SERVED = "not-served"
    ILS_EXPOSED = "ils-exposed"
    READER_MISSING = "reader-missing"
    READER_GARBLED = "reader-garbled"
    READER_READS_ONLY = "reader-reads-only"
    CARD_READER_MISSING = "card-reader-missing"
    JOURNAL_FAILED = "journal-failed"
    JOURNAL_FULL = "journal-full"
    JOURNAL_READ_ONLY = "journal-read-only"
    JOURNAL_DAMAGED = "journal-damaged"
    JOURNAL_OLDER = "journal-older"
    JOURNAL_TOO_NEW = "journal-too-new"
    JOURNAL_KEY = "journal-key"
    JOURNAL_IN_USE = "journal-in-use"
    CLOCK_BACK = "clock-back"
    PRINTER_MISSING = "printer-missing"
    PRINTER_SILENT = "printer-silent"
    PRINTER_GARBLED = "printer-garbled"
    PRINTER_ERROR = "printer-error"
    PAPER_OUT = "paper-out"
    PAPER_LOW = "paper-low"
    COVER_OPEN = "cover-open"
    GATE_MISSING = "gate-missing"
    GATE_STUCK = "gate-stuck"
    SCANNER_MISSING = "scanner-missing"
    TILL_MISSING = "till-missing"


UNASKED = frozenset({Reason.ILS_DOWN, Reason.NOT_SERVED})
"""Of an answer of the ILS: nothing was sent, since there was no connection, or since it has said that it does
not do such a thing. What was never asked may be asked later."""


class Sound(StrEnum):
    """What is heard with a reason. Sounds differ in pitch and rhythm, each has its picture."""

    NOTICE = "notice"
    """One soft tone: nothing is wrong, there is something to do."""
    REFUSED = "refused"
    """Two falling tones: it was not done."""
    STAFF = "staff"
    """The bell of the help button: somebody of the library is needed."""
    ALARM = "alarm"
    """Repeated until it is looked at: what lies there is not secured, or leaves unseen."""
    NONE = "none"
    """Nothing: no patron has to know."""


@dataclass(frozen=True, slots=True)
class Catalogued:
    """What goes with a reason besides words: its icon (a symbol of the screens' icons), its sound, and its
    support code, which never changes its meaning and is never given again."""

    icon: str
    sound: Sound
    code: str


_R, _S = Reason, Sound

CATALOGUE: Mapping[Reason, Catalogued] = MappingProxyType(
    {
        _R.CARD_UNKNOWN: Catalogued("card", _S.REFUSED, "K-PAT-001"),
        _R.CARD_UNREADABLE: Catalogued("card", _S.NOTICE, "K-PAT-002"),
        _R.CARD_LOST: Catalogued("card", _S.STAFF, "K-PAT-003"),
        _R.PATRON_BLOCKED: Catalogued("person", _S.STAFF, "K-PAT-004"),
        _R.PATRON_EXPIRED: Catalogued("calendar", _S.STAFF, "K-PAT-005"),
        _R.ADDRESS_NEEDED: Catalogued("mail", _S.STAFF, "K-PAT-006"),
        _R.TOO_MANY_OVERDUE: Catalogued("clock", _S.STAFF, "K-PAT-007"),
        _R.RECALL_OVERDUE: Catalogued("return", _S.STAFF, "K-PAT-008"),
        _R.FINES_OWED: Catalogued("person", _S.STAFF, "K-PAT-009"),
        _R.FEES_OWED: Catalogued("person", _S.STAFF, "K-PAT-010"),
        _R.CLAIMS_RETURNED: Catalogued("person", _S.STAFF, "K-PAT-011"),
        _R.TOO_MANY_LOST: Catalogued("person", _S.STAFF, "K-PAT-012"),
        _R.TOO_MANY_BILLED: Catalogued("person", _S.STAFF, "K-PAT-013"),
        _R.RENEWALS_DENIED: Catalogued("refresh", _S.REFUSED, "K-PAT-014"),
        _R.HOLDS_DENIED: Catalogued("hold", _S.REFUSED, "K-PAT-015"),
        _R.PIN_NEEDED: Catalogued("lock", _S.NOTICE, "K-PAT-016"),
        _R.PIN_WRONG: Catalogued("lock", _S.REFUSED, "K-PAT-017"),
        _R.PIN_TOO_MANY: Catalogued("lock", _S.STAFF, "K-PAT-018"),
        _R.CARD_IS_BOOK: Catalogued("card", _S.NOTICE, "K-PAT-019"),
        _R.CARD_RANDOM: Catalogued("card", _S.NOTICE, "K-PAT-020"),
        _R.ITEM_UNKNOWN: Catalogued("help", _S.REFUSED, "K-ITM-001"),
        _R.ITEM_REFUSED: Catalogued("refused", _S.REFUSED, "K-ITM-002"),
        _R.ON_HOLD: Catalogued("hold", _S.REFUSED, "K-ITM-003"),
        _R.ON_LOAN_TO_OTHER: Catalogued("person", _S.REFUSED, "K-ITM-004"),
        _R.NOT_FOR_LOAN: Catalogued("home", _S.REFUSED, "K-ITM-005"),
        _R.TOO_MANY_LOANS: Catalogued("list", _S.REFUSED, "K-ITM-006"),
        _R.TOO_MANY_OF_KIND: Catalogued("list", _S.REFUSED, "K-ITM-007"),
        _R.LIBRARY_USE: Catalogued("home", _S.REFUSED, "K-ITM-008"),
        _R.LOAN_NEEDS_STAFF: Catalogued("staff", _S.STAFF, "K-ITM-009"),
        _R.AGE_RESTRICTED: Catalogued("person", _S.REFUSED, "K-ITM-010"),
        _R.BRANCH_RESTRICTED: Catalogued("transit", _S.REFUSED, "K-ITM-011"),
        _R.RECALLED: Catalogued("hold", _S.REFUSED, "K-ITM-012"),
        _R.BOOKED: Catalogued("calendar", _S.REFUSED, "K-ITM-013"),
        _R.LENT_TO_YOU: Catalogued("lent", _S.NOTICE, "K-ITM-014"),
        _R.HAD_BEFORE: Catalogued("lent", _S.REFUSED, "K-ITM-015"),
        _R.ITEM_LOST: Catalogued("staff", _S.STAFF, "K-ITM-016"),
        _R.ITEM_MISSING: Catalogued("staff", _S.STAFF, "K-ITM-017"),
        _R.ITEM_DAMAGED: Catalogued("warn", _S.STAFF, "K-ITM-018"),
        _R.ITEM_WITHDRAWN: Catalogued("none", _S.STAFF, "K-ITM-019"),
        _R.IN_TRANSIT: Catalogued("transit", _S.STAFF, "K-ITM-020"),
        _R.IN_PROCESS: Catalogued("gear", _S.STAFF, "K-ITM-021"),
        _R.FEE: Catalogued("coins", _S.NOTICE, "K-ITM-022"),
        _R.ALREADY_YOURS: Catalogued("lent", _S.NOTICE, "K-ITM-023"),
        _R.STAYS_ARMED: Catalogued("gate", _S.STAFF, "K-ITM-024"),
        _R.OUTCOME_UNKNOWN: Catalogued("help", _S.STAFF, "K-ITM-025"),
        _R.RETURN_REFUSED: Catalogued("return", _S.STAFF, "K-ITM-026"),
        _R.RENEWAL_REFUSED: Catalogued("refresh", _S.REFUSED, "K-ITM-027"),
        _R.RENEWAL_UNKNOWN: Catalogued("refresh", _S.STAFF, "K-ITM-028"),
        _R.RENEWAL_LIMIT: Catalogued("refresh", _S.REFUSED, "K-ITM-029"),
        _R.RENEWAL_ON_HOLD: Catalogued("hold", _S.REFUSED, "K-ITM-030"),
        _R.RENEWAL_TOO_SOON: Catalogued("clock", _S.REFUSED, "K-ITM-031"),
        _R.NOT_LENT_TO_YOU: Catalogued("person", _S.REFUSED, "K-ITM-032"),
        _R.HOLD_REFUSED: Catalogued("hold", _S.REFUSED, "K-ITM-033"),
        _R.HOLD_UNKNOWN: Catalogued("hold", _S.STAFF, "K-ITM-034"),
        _R.HOLD_LIMIT: Catalogued("hold", _S.REFUSED, "K-ITM-035"),
        _R.PAYMENT_REFUSED: Catalogued("coins", _S.REFUSED, "K-PAY-001"),
        _R.PAYMENT_CANCELLED: Catalogued("coins", _S.NOTICE, "K-PAY-002"),
        _R.PAYMENT_UNKNOWN: Catalogued("coins", _S.STAFF, "K-PAY-003"),
        _R.NOT_BOOKED: Catalogued("coins", _S.STAFF, "K-PAY-004"),
        _R.TAG_BLANK: Catalogued("scanner", _S.NOTICE, "K-TAG-001"),
        _R.TAG_DAMAGED: Catalogued("scanner", _S.NOTICE, "K-TAG-002"),
        _R.TAG_FOREIGN: Catalogued("refused", _S.REFUSED, "K-TAG-003"),
        _R.TAG_DUPLICATE: Catalogued("staff", _S.STAFF, "K-TAG-004"),
        _R.TAG_NOT_WRITTEN: Catalogued("gate", _S.STAFF, "K-TAG-005"),
        _R.TAG_GONE: Catalogued("putback", _S.ALARM, "K-TAG-006"),
        _R.PART_MISSING: Catalogued("part", _S.STAFF, "K-TAG-007"),
        _R.CARD_ON_PAD: Catalogued("card", _S.NOTICE, "K-TAG-008"),
        _R.TAG_PROTECTED: Catalogued("lock", _S.STAFF, "K-TAG-010"),
        _R.PART_EXTRA: Catalogued("part", _S.STAFF, "K-TAG-011"),
        _R.PART_FOREIGN: Catalogued("part", _S.STAFF, "K-TAG-012"),
        _R.PARTS_UNKNOWN: Catalogued("part", _S.STAFF, "K-TAG-013"),
        _R.CODE_BAD: Catalogued("scanner", _S.REFUSED, "K-TAG-009"),
        _R.ILS_DOWN: Catalogued("server", _S.STAFF, "K-ILS-001"),
        _R.ILS_SILENT: Catalogued("server", _S.STAFF, "K-ILS-002"),
        _R.ILS_GARBLED: Catalogued("server", _S.STAFF, "K-ILS-003"),
        _R.ILS_LOGIN_REFUSED: Catalogued("server", _S.STAFF, "K-ILS-004"),
        _R.NOT_SERVED: Catalogued("server", _S.STAFF, "K-ILS-005"),
        _R.ILS_EXPOSED: Catalogued("server", _S.NONE, "K-ILS-006"),
        _R.READER_MISSING: Catalogued("pad", _S.STAFF, "K-PAD-001"),
        _R.READER_GARBLED: Catalogued("pad", _S.STAFF, "K-PAD-002"),
        _R.READER_READS_ONLY: Catalogued("pad", _S.STAFF, "K-PAD-003"),
        _R.CARD_READER_MISSING: Catalogued("card", _S.STAFF, "K-CRD-001"),
        _R.JOURNAL_FAILED: Catalogued("list", _S.STAFF, "K-JRN-001"),
        _R.JOURNAL_FULL: Catalogued("list", _S.STAFF, "K-JRN-002"),
        _R.JOURNAL_READ_ONLY: Catalogued("list", _S.STAFF, "K-JRN-003"),
        _R.JOURNAL_DAMAGED: Catalogued("list", _S.STAFF, "K-JRN-004"),
        _R.JOURNAL_OLDER: Catalogued("list", _S.STAFF, "K-JRN-005"),
        _R.JOURNAL_TOO_NEW: Catalogued("list", _S.STAFF, "K-JRN-006"),
        _R.JOURNAL_KEY: Catalogued("list", _S.STAFF, "K-JRN-007"),
        _R.JOURNAL_IN_USE: Catalogued("list", _S.STAFF, "K-JRN-008"),
        _R.CLOCK_BACK: Catalogued("clock", _S.NONE, "K-JRN-009"),
        _R.PRINTER_MISSING: Catalogued("printer", _S.NOTICE, "K-PRN-001"),
        _R.PRINTER_SILENT: Catalogued("printer", _S.NOTICE, "K-PRN-002"),
        _R.PRINTER_GARBLED: Catalogued("printer", _S.NOTICE, "K-PRN-003"),
        _R.PRINTER_ERROR: Catalogued("printer", _S.NOTICE, "K-PRN-004"),
        _R.PAPER_OUT: Catalogued("printer", _S.NOTICE, "K-PRN-005"),
        _R.PAPER_LOW: Catalogued("printer", _S.NONE, "K-PRN-006"),
        _R.COVER_OPEN: Catalogued("printer", _S.NOTICE, "K-PRN-007"),
        _R.GATE_MISSING: Catalogued("gate", _S.STAFF, "K-GAT-001"),
        _R.GATE_STUCK: Catalogued("gate", _S.STAFF, "K-GAT-002"),
        _R.SCANNER_MISSING: Catalogued("scanner", _S.NONE, "K-SCN-001"),
        _R.TILL_MISSING: Catalogued("till", _S.NONE, "K-TIL-001"),
    }
)
"""Every reason. The codes of devices are those of the maintenance screen and of `kiosk doctor`."""

PRIVATE = frozenset(
    {
        Reason.CARD_LOST,
        Reason.PATRON_BLOCKED,
        Reason.PATRON_EXPIRED,
        Reason.ADDRESS_NEEDED,
        Reason.TOO_MANY_OVERDUE,
        Reason.RECALL_OVERDUE,
        Reason.FINES_OWED,
        Reason.FEES_OWED,
        Reason.CLAIMS_RETURNED,
        Reason.TOO_MANY_LOST,
        Reason.TOO_MANY_BILLED,
        Reason.TOO_MANY_LOANS,
    }
)
"""Conditions of a patron that neighbours must not read: their words are neutral, and what the ILS wrote with
them, which names fees and blocks, is not shown."""
