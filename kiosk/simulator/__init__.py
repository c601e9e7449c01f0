"""The far side of every wire: an ILS, a pad reader with tags, a patron card, a receipt printer, the lines
of a gate, all of them made up.

A second, independent reading of each manual: nothing here shares wire code with the kiosk, so that one
misreading cannot hide on both sides. Devices do no I/O (`device.py` says how they are driven); `World`
holds them all and is steered by plain commands; `serve.py` puts them behind TCP and a control socket in
a process of their own, `control.py` is the client of that socket, the laboratory holds the very same
devices in memory.
"""

from kiosk.simulator.device import Device, Hangup, Out, Send
from kiosk.simulator.lanternfield import lanternfield
from kiosk.simulator.scenery import Scenery
from kiosk.simulator.world import World

__all__ = ["Device", "Hangup", "Out", "Scenery", "Send", "World", "lanternfield"]
