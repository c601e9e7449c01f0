"""The demo: a virtual desk around the real kiosk, and journeys that are played on it.

Everything between the touch and the tag is the code that runs in a library; only the far side of each
wire is simulated, in a process of its own. A headless journey leaves its evidence in a folder, where
the laboratory's judge reads it.
"""

from kiosk.demo.journeys import JOURNEYS, Journey

__all__ = ["JOURNEYS", "Journey"]
