"""The journal: what the kiosk must not forget, row by row, on the disk before the next act.

A row has a saga, a kind, a payload that holds nothing personal, and perhaps a sealed part that may,
encrypted under a key of its own. One `append` is one flush, all rows or none. This room does not
know what a saga is about: it knows only that a row which `closes` a saga destroys the keys of that
saga's sealed parts in the same flush, and that a closed saga may one day be forgotten. What can go wrong
with the file, it knows by name. docs/journal.md tells it to whoever runs a kiosk.
"""

from kiosk.journal.adopting import Adopted
from kiosk.journal.errors import (
    JournalDamaged,
    JournalError,
    JournalFull,
    JournalInUse,
    JournalOlder,
    JournalReadOnly,
    JournalTooNew,
    KeyUnusable,
    SealBroken,
)
from kiosk.journal.journal import SqliteJournal
from kiosk.journal.reading import Readable, read_rows, read_what_can_be_read
from kiosk.journal.rows import StoredRow
from kiosk.journal.settings import JournalSettings

__all__ = [
    "Adopted",
    "JournalDamaged",
    "JournalError",
    "JournalFull",
    "JournalInUse",
    "JournalOlder",
    "JournalReadOnly",
    "JournalSettings",
    "JournalTooNew",
    "KeyUnusable",
    "Readable",
    "SealBroken",
    "SqliteJournal",
    "StoredRow",
    "read_rows",
    "read_what_can_be_read",
]
