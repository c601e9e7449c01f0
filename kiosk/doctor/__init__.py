"""The doctor looks at the devices, for the maintenance screen (`Probes`) and as `kiosk doctor`.

`Probes` tests the devices that a running kiosk holds. `examine` builds the devices that the settings name,
lets their supervisors work for a few seconds without a desk, and reports what they say; the journal is only
read. It leaves alone what a running kiosk holds.
"""

from kiosk.doctor.around import around
from kiosk.doctor.command import main
from kiosk.doctor.looking import Report, examine
from kiosk.doctor.probes import Bench, Probes, ils_trial

__all__ = ["Bench", "Probes", "Report", "around", "examine", "ils_trial", "main"]
