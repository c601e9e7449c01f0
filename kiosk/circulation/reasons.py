"""Why something did not happen: one enum, the same in the ILS adapter, on the screen and in the journal.

A reason chooses words (the room `words` has a text for each), an icon and a sound. Its value is
stable: it stands in journals, logs and profiles.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Every reason that the kiosk can give. Names say what is so, not what was tried."""

    # the patron
    CARD_UNKNOWN = "card-unknown"
    CARD_UNREADABLE = "card-unreadable"
    CARD_LOST = "card-lost"
    PATRON_BLOCKED = "patron-blocked"
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
    FEE = "fee"
    ALREADY_YOURS = "already-yours"
    STAYS_ARMED = "stays-armed"
    OUTCOME_UNKNOWN = "outcome-unknown"
    RETURN_REFUSED = "return-refused"
    RENEWAL_REFUSED = "renewal-refused"
    RENEWAL_UNKNOWN = "renewal-unknown"
    HOLD_REFUSED = "hold-refused"
    HOLD_UNKNOWN = "hold-unknown"
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
    TAG_GONE = "tag-gone"
    PART_MISSING = "part-missing"
    CARD_ON_PAD = "card-on-pad"

    # a scanned or typed code
    CODE_BAD = "code-bad"

    # devices and the ILS as a party
    ILS_DOWN = "ils-down"
    ILS_SILENT = "ils-silent"
    ILS_GARBLED = "ils-garbled"
    ILS_LOGIN_REFUSED = "ils-login-refused"
    READER_MISSING = "reader-missing"
    READER_GARBLED = "reader-garbled"
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
