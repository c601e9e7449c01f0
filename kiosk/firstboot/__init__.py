"""First boot: the settings file that a technician has edited on the card becomes the kiosk's own.

`kiosk setup` runs at each start, before the network. A `kiosk.toml` on the card's FAT partition that is not
the one taken over last is read like all settings; a good one becomes the kiosk's, its passwords in files of
their own, and is written anew without them; a wrong one changes nothing, and `kiosk-result.txt` beside it
says which lines. Then the machine is told its network, clock and name. A power cut at any moment is made good
at the next start. docs/firstboot.md tells it to technicians.
"""

from kiosk.firstboot.command import main
from kiosk.firstboot.disk import Disk, RealDisk, RealSystem, System
from kiosk.firstboot.setup import setup
from kiosk.firstboot.telling import LOST_FILE, REFUSED_FILE

__all__ = ["LOST_FILE", "REFUSED_FILE", "Disk", "RealDisk", "RealSystem", "System", "main", "setup"]
