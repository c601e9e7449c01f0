"""What is left of an error when everything personal is taken out: kinds and places.

The message of an exception may quote what it choked on, so it is not kept: only the names of the exceptions,
and where each line of the traceback stands.
"""

from __future__ import annotations

import traceback
from pathlib import PurePath

LONGEST = 40
"""Places of one traceback that are kept, the innermost ones."""


def kind_of(error: BaseException) -> str:
    """The name of an exception's class; a group's with those that are in it."""
    name = type(error).__name__
    if isinstance(error, BaseExceptionGroup):
        return f"{name}({', '.join(kind_of(each) for each in error.exceptions)})"
    return name


def places_of(error: BaseException) -> tuple[str, ...]:
    """Where it came from, outermost first: `circulation/step.py:1_20 in _react`; causes before it."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = (*places_of(cause), f"then {kind_of(error)}") if cause is not None else ()
    within: tuple[str, ...] = ()
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            within += (f"within: {kind_of(each)}", *places_of(each))
    frames = traceback.extract_tb(error.__traceback__)[-LONGEST:]
    places = tuple(
        f"{'/'.join(PurePath(frame.filename).parts[-2:])}:{frame.lineno or 0:_} in {frame.name}"
        for frame in frames
    )
    return before + places + within


def trace_of(error: BaseException) -> str:
    """An error in lines for a log: its kind, then its places."""
    return "\n".join((kind_of(error), *(f"  {place}" for place in places_of(error))))
