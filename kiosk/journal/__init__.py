"""The journal: what the kiosk must not forget, row by row, on the disk before the next act.

A row has a saga, a kind, a payload that holds nothing personal, and perhaps a sealed part that may,
encrypted under a key of its own. One `append` is one flush, all rows or none. This room does not
know what a saga is about: it knows only that a row which `closes` a saga destroys the keys of that
saga's sealed parts in the same flush.
"""

from kiosk.journal.errors import (
    JournalDamaged,
    JournalError,
    JournalInUse,
    JournalTooNew,
    KeyUnusable,
    SealBroken,
)
from kiosk.journal.journal import JournalSettings, SqliteJournal
from kiosk.journal.store import StoredRow

__all__ = [
    "JournalDamaged",
    "JournalError",
    "JournalInUse",
    "JournalSettings",
    "JournalTooNew",
    "KeyUnusable",
    "SealBroken",
    "SqliteJournal",
    "StoredRow",
]
