"""Machine: what the operating system is told about network, clock and name, and how it reads that.

The settings are typed like all others; `files` writes from them what systemd-networkd, systemd-timesyncd and
wpa_supplicant read below /run, since the root of an appliance is read-only. Nothing here touches a disk.
"""

from kiosk.machine.files import Told, files, time_zone
from kiosk.machine.settings import (
    AddressSettings,
    ClockSettings,
    NetworkSection,
    UpdateSettings,
    WifiSettings,
)

__all__ = [
    "AddressSettings",
    "ClockSettings",
    "NetworkSection",
    "Told",
    "UpdateSettings",
    "WifiSettings",
    "files",
    "time_zone",
]
