"""Benchmarks: how fast the kiosk is, each figure beside what it is measured against.

`python -m benchmarks` plays stacks of books through the whole kiosk against far sides in a process of
their own, starts and idles the kiosk's window, and writes `build/bench.json`. `floor.py` is what the air
and the ILS alone would take; `docs/benchmarks.md` says how to read the figures.
"""
