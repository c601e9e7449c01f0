"""The doctor looks at the devices, for the maintenance screen (`Probes`) and as `kiosk doctor`.

`Probes` tests the devices that a running kiosk holds. `examine` builds the devices that the settings name,
lets their supervisors work for a few seconds without a desk, and reports what they say; the journal is only
read. It leaves alone what a running kiosk holds.

`Examination` asks a library system what it can do, without changing anything, and proposes a profile of it
(`kiosk doctor ils`); `Exercise` lends one item and takes it back. `card` is `kiosk card`.
"""

from kiosk.doctor.around import around
from kiosk.doctor.card_command import main as card
from kiosk.doctor.command import main
from kiosk.doctor.examination import About, Examination
from kiosk.doctor.exercise import Exercise
from kiosk.doctor.findings import Finding, IlsReport, State
from kiosk.doctor.looking import Report, examine
from kiosk.doctor.probes import Bench, Probes, ils_trial

__all__ = [
    "About",
    "Bench",
    "Examination",
    "Exercise",
    "Finding",
    "IlsReport",
    "Probes",
    "Report",
    "State",
    "around",
    "card",
    "examine",
    "ils_trial",
    "main",
]
