"""The flight recorder: what happened at the desk in the last hours, without anything personal.

It hears every step of the reducer (event in, effects out), replaces whatever could name somebody or
something before it keeps anything, and writes the rest to a ring of segments in the data folder. A segment
begins with a whole state, so it can be replayed: the same reducer, fed with it, must come to the same
effects. What leaves the kiosk is a capsule (`kiosk capsule`), a file with all segments; put into a folder of
the tests, it is a regression test.
"""

from kiosk.recorder.names import AsIs, StandIns
from kiosk.recorder.recorder import FlightRecorder
from kiosk.recorder.replay import Divergence, Outcome, Replayed, first_divergence, replay
from kiosk.recorder.ring import lines_of, paths_of
from kiosk.recorder.segment import Entry, Fall, Segment, Unreadable, segments_of
from kiosk.recorder.settings import RecorderSettings
from kiosk.recorder.trace import trace_of

FOLDER = "recorder"
"""The ring's folder, in the kiosk's data folder."""

__all__ = [
    "FOLDER",
    "AsIs",
    "Divergence",
    "Entry",
    "Fall",
    "FlightRecorder",
    "Outcome",
    "RecorderSettings",
    "Replayed",
    "Segment",
    "StandIns",
    "Unreadable",
    "first_divergence",
    "lines_of",
    "paths_of",
    "replay",
    "segments_of",
    "trace_of",
]
