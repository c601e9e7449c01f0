"""Maintenance: what staff can do at the kiosk, apart from how it is drawn.

A gesture on the attract screen and a PIN open it. It shows each device with its condition and why, tests
them, edits the ILS's address, account and language (*Test* before *Keep*), lists the open matters and closes
them, and lets staff decide about a journal in trouble.
It is pure (`step`, `show`) but for its ports, which `app.py` supplies, and for `Maintenance`, which
carries out what `step` decides. That one (`runner`) and what finds the open matters (`matters`) are imported
from their own modules: settings come through here, and every command reads them.
"""

from kiosk.maintenance.codes import all_codes, matter_code, saying_of, support_code
from kiosk.maintenance.pin import FilePinStore
from kiosk.maintenance.settings import StaffSettings

__all__ = [
    "FilePinStore",
    "StaffSettings",
    "all_codes",
    "matter_code",
    "saying_of",
    "support_code",
]
