"""The flight recorder: what happened at the desk in the last hours, without anything personal.

It hears every step of the reducer (event in, effects out), replaces whatever could name somebody or
something before it keeps anything, and writes the rest to a ring of segments in the data folder. A segment
begins with a whole state, so it can be replayed: the same reducer, fed with it, must come to the same
effects. What leaves the kiosk is a capsule (`kiosk capsule`), a file with all segments; put into a folder of
the tests, it is a regression test.

What knows the reducer (`recorder`, `segment`, `replay`) is imported from its own module: settings come
through here, and every command reads them.
"""

from kiosk.recorder.names import AsIs, StandIns
from kiosk.recorder.ring import lines_of, paths_of
from kiosk.recorder.settings import RecorderSettings
from kiosk.recorder.trace import trace_of

FOLDER = "recorder"
"""The ring's folder, in the kiosk's data folder."""

__all__ = [
    "FOLDER",
    "AsIs",
    "RecorderSettings",
    "StandIns",
    "lines_of",
    "paths_of",
    "trace_of",
]
