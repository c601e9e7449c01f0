"""The desk: the interpreter of circulation's effects, with one worker for each outside party.

It stamps every event, gives it to the reducer, and carries the effects to the ports. It decides
nothing; it only keeps the order that the promises need (row before question, row before write).
"""

from kiosk.desk.desk import Desk

__all__ = ["Desk"]
