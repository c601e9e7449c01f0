"""Ids: what a scanned code, a card's text or a tag's id can be, by the library's own rules.

Pure, and imports nothing of ours: ids come in and go out as `str`. An id that could harm a message
to the ILS (control characters, `|`, too long) gets no further than here. `IdRules` are one library's
rules; its chains make ids of what cards and tags carry, and `explain_patron`, `explain_uid` and
`explain_item` tell step by step how.
"""

from kiosk.ids.chain import (
    FIELD_DELIMITER,
    LONGEST_ID,
    LONGEST_RAW,
    STEPS,
    Problem,
    Stage,
    check_chain,
    clean_id,
    explain,
)
from kiosk.ids.rules import Code, IdRules

__all__ = [
    "FIELD_DELIMITER",
    "LONGEST_ID",
    "LONGEST_RAW",
    "STEPS",
    "Code",
    "IdRules",
    "Problem",
    "Stage",
    "check_chain",
    "clean_id",
    "explain",
]
