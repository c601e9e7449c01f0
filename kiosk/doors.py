"""What every adapter is handed, and does in the same way: a door to blocking work, and patience.

Imports nothing of ours. `app.Doors` holds the doors themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections.abc import Callable
from queue import SimpleQueue
from random import Random
from typing import Any, Protocol, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

JITTER = 0.25
"""Largest part of a rest that chance adds, so that the kiosks of a library do not reconnect in step."""


class RunBlocking(Protocol):
    """The door to blocking work: one worker thread in the kiosk, inline in the laboratory."""

    async def __call__(self, fn: Callable[[*Ts], T], /, *args: *Ts) -> T:
        """Run `fn(*args)` there and give back what it returns or raises."""


Job = tuple[Callable[..., Any], tuple[Any, ...], "asyncio.Future[Any]"]


class Threads:
    """`RunBlocking` in one worker thread of its own: SQLite and PC/SC handles belong to their thread.

    What `concurrent.futures` does for any number of threads and callers costs three times as much, and the
    journal is written to twice for each book. A worker that hangs in its work ends with the process.
    """

    def __init__(self, name: str) -> None:
        """Name the thread; it begins with the first call, and ends when nobody has this any more."""
        self._name = name
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._begun = False

    async def __call__(self, fn: Callable[[*Ts], T], /, *args: *Ts) -> T:
        """Run `fn(*args)` in the thread and give back what it returns or raises. What is broken off before
        it was begun is not done."""
        if not self._begun:
            self._begun = True
            threading.Thread(target=_work, args=(self._jobs,), name=self._name, daemon=True).start()
            weakref.finalize(self, self._jobs.put, None)
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((fn, args, done))
        return await done


def _work(jobs: SimpleQueue[Job | None]) -> None:
    """One job after the other."""
    while (job := jobs.get()) is not None:
        fn, args, done = job
        if done.cancelled():
            continue
        tell: tuple[Callable[..., None], Any]
        try:
            tell = done.set_result, fn(*args)
        except BaseException as error:  # noqa: BLE001 - it is raised where the work was asked for
            tell = done.set_exception, error
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            done.get_loop().call_soon_threadsafe(_tell, done, *tell)
        del job, fn, args, done, tell  # what they hold may be waited for while there is nothing to do


def _tell(done: asyncio.Future[Any], tell: Callable[[Any], None], what: Any) -> None:
    if not done.done():
        tell(what)


def rest(losses: int, first_s: float, longest_s: float, random: Random) -> float:
    """Seconds for which a device is left alone after it was lost `losses` times in a row (from 1): `first_s`,
    then twice as long each time up to `longest_s`, and a little more by chance."""
    return min(first_s * 2.0 ** min(losses - 1, 16), longest_s) * (1 + JITTER * random.random())
