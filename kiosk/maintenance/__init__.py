"""Maintenance: what staff can do at the kiosk, apart from how it is drawn.

A gesture on the attract screen and a PIN open it. It shows each device with its condition and why, tests
them, edits the ILS's address, account and language (*Test* before *Keep*), lists the open matters and closes
them, and lets staff decide about a journal in trouble.
It is pure (`step`, `show`) but for its ports, which `app.py` supplies, and for `Maintenance`, which
carries out what `step` decides.
"""

from kiosk.maintenance.codes import all_codes, matter_code, saying_of, support_code
from kiosk.maintenance.matters import JournalMatters
from kiosk.maintenance.pin import FilePinStore
from kiosk.maintenance.runner import Around, Maintenance
from kiosk.maintenance.settings import StaffSettings

__all__ = [
    "Around",
    "FilePinStore",
    "JournalMatters",
    "Maintenance",
    "StaffSettings",
    "all_codes",
    "matter_code",
    "saying_of",
    "support_code",
]
