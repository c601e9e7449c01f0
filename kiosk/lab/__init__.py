"""The laboratory: the real desk, client and drivers against simulated devices, in virtual time."""

from kiosk.lab.loop import Deadlock, Stuck, VirtualLoop, run

__all__ = ["Deadlock", "Stuck", "VirtualLoop", "run"]
