"""Circulation: the pure heart of the kiosk.

`step(state, event) -> (state, effects)` decides everything and does nothing: no I/O, no clock, no
await. Whatever happens arrives as an event, whatever the kiosk does leaves as an effect.
"""
