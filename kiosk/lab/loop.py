"""Virtual time: an asyncio loop that never waits.

Rules of this loop:

- `time()` stands still while callbacks run. When nothing is ready, it jumps to the next timer. A callback
  that would only wait may let it jump by itself, where the loop would do nothing else (`passes_to`).
- Nothing ready, no timer and no end in sight is a `Deadlock`, told with the tasks that wait.
- There are no sockets, threads, pipes or signals: what needs them raises.
- Nothing is swallowed: a callback that raises ends the run, and so does a failed task whose
  exception nobody has asked for (at the end of the run).
- The same program makes the same steps: timers, callbacks and the cancelling at the end have one
  order. (A program that iterates a set of tasks, as `asyncio.wait` returns them, loses that.)
- Timers fire in the order of their deadlines, those of one deadline in the order in which they were set.
- Time only stands on multiples of `GRID_S`: a timer fires at the first of them that is not before its
  deadline. Sums of such instants are exact, which a poll that is jumped over needs (`kiosk.lab.still`).

It stands on `asyncio.BaseEventLoop`, which has all of asyncio's tasks, timers and futures, and
replaces the one method that waits, `_run_once`, with what feeds it, since most of a story's time goes there;
the private names it touches are the same in Python 3.11 to 3.13.
"""

from __future__ import annotations

import asyncio
import heapq
import inspect
import math
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from contextvars import Context, copy_context
from typing import Any, Protocol, TypeVar, TypeVarTuple

from kiosk.lab.handles import Soon, Timer

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

STILL_AT_MOST = 100_000
"""Rounds of the loop at one instant before it is called stuck: a stack of 40 items needs hundreds."""

LEFTOVERS_S = 3600.0
"""Virtual seconds that cancelled tasks get for their farewells when a run ends."""

PURGE_FROM = 100
"""Cancelled timers that may lie in the heap before it is cleaned (asyncio's own figure)."""

SWEEP_FROM = 64
"""Tasks, beside those that live, that are kept before those that have ended are dropped."""

GRID = 2.0**30
GRID_S = 1 / GRID
"""Where time stands: on whole multiples of this (0.93 ns). A float holds them exactly up to 97 days."""


def on_grid(seconds: float) -> float:
    """The first instant of the grid that is not before `seconds`."""
    return math.ceil(seconds * GRID) / GRID


class Deadlock(RuntimeError):
    """Nothing is ready and no timer is set, but the program has not ended."""


class Stuck(RuntimeError):
    """The program goes on and on at one instant and lets no time pass."""


class FarSide(Protocol):
    """What acts beside the program, at instants of its own: the devices on a bench."""

    def at_rest(self) -> None:
        """Nothing is left to do at this instant: say when you go on (`VirtualLoop.wake_far_side`), and
        `postpone` what need not be played."""

    def play(self) -> None:
        """Do what is due by now."""

    def lets_pass(self, until: float) -> bool:
        """Whether nothing of it is due up to then (beside what it lets the time pass for itself), and it has
        nothing to do at rest."""


class VirtualLoop(asyncio.BaseEventLoop):
    """An asyncio loop in virtual time; use it through `run`.

    `before_each`, when set, is called before each single callback. What it raises ends the run
    there: this is how a power cut falls between any two steps. It may be set and taken away while the
    loop runs (from the next callback on), and costs nothing while it is None. `steps` counts the callbacks
    that were run so far, so that a step can be named and found again; `ready` are those still to be run at
    this instant.

    `far_side`, when set, is told each time that nothing is left to do at an instant, before the loop goes on
    to the next timer; it says when it goes on itself, as it would by a timer that it may set anew at any
    rest, and may `postpone` one. (Not while `before_each` is set: a power cut that is counted in steps must
    find each of them.)
    """

    def __init__(self, *, start: float = 0.0, before_each: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.before_each = before_each
        self.far_side: FarSide | None = None
        self.steps = 0
        self.ready: deque[asyncio.Handle] = self._ready  # type: ignore[attr-defined]
        self._place: int | None = None
        # (deadline, how many were set before it, the timer): tuples are compared without a line of Python
        self._timers: list[tuple[float, int, Timer]] = []
        self._set_so_far = 0
        self._set_before = 0
        self.far_due = math.inf
        """When the far side goes on by itself."""
        self._far_number = 0
        self._far_context = copy_context()
        self._now = on_grid(start)
        self._still = 0
        self._failures: list[BaseException] = []
        # In the order in which they were made, unlike asyncio.all_tasks(): cancelling must replay. Those that
        # have ended are swept out now and then; a callback of each would be a step of its own.
        self._tasks: list[asyncio.Task[Any]] = []
        self._sweep_at = SWEEP_FROM
        self.set_exception_handler(VirtualLoop._note_failure)
        self.set_task_factory(VirtualLoop._make_task)

    # ---- time -------------------------------------------------------------------------------

    def time(self) -> float:
        """Virtual seconds."""
        return self._now

    def spend(self, seconds: float) -> None:
        """Let time pass inside a callback, as blocking work does (`run_blocking` of the lab)."""
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds}")
        if seconds:
            self._now = on_grid(self._now + seconds)
            self._still = 0

    def passes_to(self, when: float, until: float | None = None) -> bool:
        """Let time pass to `when` at once, inside a callback that would only wait for it (and no longer than
        `until`); whether it did.

        It does what the loop would do next, without a timer, a future and two rounds, and nothing else: not
        when anything is ready, when anything fires up to that instant or is at the far side's mind before it,
        or when somebody looks before each step. Then the caller waits as everybody does.
        """
        if self.ready or self._failures or self.before_each is not None or self._stopping:  # type: ignore[attr-defined]
            return False
        instant = math.ceil(when * GRID) / GRID
        timers = self._timers
        while timers and timers[0][2]._cancelled:
            self._forget_the_first()
        if instant <= self._now or self.far_due <= instant or (timers and timers[0][0] <= instant):
            return False
        if until is not None and until <= instant:
            return False
        if self.far_side is not None and not self.far_side.lets_pass(instant):
            return False
        self._now = instant
        self._still = 0
        self._set_before = self._set_so_far
        return True

    async def queue_up(self, place: int) -> None:
        """Go on only when so many of those that are ready have run, and before the others."""
        self._place = place
        await asyncio.sleep(0)  # whose next step takes that place

    # ---- what is to be done -----------------------------------------------------------------

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Like any loop's."""
        if self._closed:  # type: ignore[attr-defined]
            raise RuntimeError("Event loop is closed")
        handle = Soon(callback, args, self, context)
        if self._place is None:
            self.ready.append(handle)
        else:
            self.ready.insert(self._place, handle)
            self._place = None
        return handle

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Like any loop's."""
        if self._closed:  # type: ignore[attr-defined]
            raise RuntimeError("Event loop is closed")
        timer = Timer(when, callback, args, self, context)
        self._set_so_far += 1
        heapq.heappush(self._timers, (when, self._set_so_far, timer))
        return timer

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Like any loop's."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def wake_far_side(self, when: float) -> None:
        """Let the far side play when time has come to `when` (never, if that is infinite), in the stead of
        what was said before: a timer of its own, which costs nothing to set anew."""
        if when != self.far_due:
            self.far_due = when
            self._set_so_far += 1
            self._far_number = self._set_so_far

    # ---- one round --------------------------------------------------------------------------

    def _run_once(self) -> None:
        """Round after round, until somebody stops the loop: asyncio looks for that after each."""
        ready = self.ready
        timers = self._timers
        pop = heapq.heappop
        while True:
            self._still += 1
            if not ready and not self._stopping:  # type: ignore[attr-defined]
                self._to_the_next_timer()
            elif self._still > STILL_AT_MOST:
                raise Stuck(f"{self._still} rounds at {self._now} s; alive:\n{self._waiting()}")
            now = self._now
            if self.far_due <= now:
                self._fire_far_side()
            while timers and timers[0][0] <= now:
                timer = pop(timers)[2]
                timer._scheduled = False
                if timer._cancelled:
                    self._timer_cancelled_count -= 1
                else:
                    ready.append(timer)
            # Only what is ready now: what these callbacks add belongs to the next round.
            for _ in range(len(ready)):
                handle = ready[0]
                if self.before_each is not None and not handle._cancelled:
                    self.before_each()  # if it raises, the callback stays for the farewells
                ready.popleft()
                if handle._cancelled:
                    continue
                self.steps += 1
                # what it raises ends the run: nothing is swallowed
                handle._context.run(handle._callback, *handle._args)  # type: ignore[attr-defined]
                if self._failures:
                    raise self._failures.pop(0)
            if self._stopping:  # type: ignore[attr-defined]
                return

    def _to_the_next_timer(self) -> None:
        """Nothing is left to do at this instant: let time pass."""
        timers = self._timers
        if self._timer_cancelled_count > PURGE_FROM and self._timer_cancelled_count * 2 > len(timers):
            self._drop_cancelled()
        while timers and timers[0][2]._cancelled:
            self._forget_the_first()
        if self.far_side is not None:
            self.far_side.at_rest()
        when = self.far_due
        if timers and timers[0][0] < when:
            when = timers[0][0]
        if when == math.inf:
            raise Deadlock(f"nothing is ready and no timer is set; waiting:\n{self._waiting()}")
        if when > self._now:
            self._now = math.ceil(when * GRID) / GRID
            self._still = 0
            self._set_before = self._set_so_far

    def _fire_far_side(self) -> None:
        """The far side takes its place among the timers that fire now."""
        assert self.far_side is not None
        timer = Timer(self.far_due, self.far_side.play, (), self, self._far_context)
        heapq.heappush(self._timers, (self.far_due, self._far_number, timer))
        self.far_due = math.inf

    def _forget_the_first(self) -> None:
        """The next timer was cancelled."""
        self._timer_cancelled_count -= 1
        heapq.heappop(self._timers)[2]._scheduled = False

    # ---- looking at the timers, at rest -------------------------------------------------------

    def set_at_this_instant(self) -> list[asyncio.TimerHandle]:
        """The timers that were set since time came to this instant, and still run."""
        before = self._set_before
        return [timer for _, number, timer in self._timers if number > before and not timer._cancelled]

    def next_but(self, timer: asyncio.TimerHandle) -> float | None:
        """When the next timer after `timer` fires, or the far side goes on; None when `timer` is not the next
        one of all, or the only one."""
        timers, far = self._timers, self.far_due
        if not timers or timers[0][2] is not timer or timer.cancelled() or far <= timers[0][0]:
            return None
        if len(timers) == 1:
            return far if far < math.inf else None
        after = min(timers[1:3])  # in a heap the second smallest is one of the two below the first
        if after[2]._cancelled:
            self._drop_cancelled()
            return self.next_but(timer)
        return min(after[0], far)

    def postpone(self, timer: asyncio.TimerHandle, when: float) -> None:
        """Let the timer that is next of all fire later, behind all that are set already."""
        assert isinstance(timer, Timer)
        assert self._timers[0][2] is timer
        timer._when = when
        self._set_so_far += 1
        heapq.heapreplace(self._timers, (when, self._set_so_far, timer))

    def _drop_cancelled(self) -> None:
        kept = []
        for entry in self._timers:
            if entry[2].cancelled():
                entry[2]._scheduled = False
            else:
                kept.append(entry)
        heapq.heapify(kept)
        self._timers[:] = kept
        self._timer_cancelled_count = 0

    # ---- what goes wrong --------------------------------------------------------------------

    @staticmethod
    def _note_failure(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        assert isinstance(loop, VirtualLoop)
        exception = context.get("exception")
        if exception is None:
            subject = context.get("task") or context.get("future") or ""
            exception = RuntimeError(f"{context['message']} {subject!r}")
        loop._failures.append(exception)

    @staticmethod
    def _make_task(
        loop: asyncio.AbstractEventLoop,
        coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
        *,
        context: Context | None = None,
        **more: Any,
    ) -> asyncio.Task[T]:
        assert isinstance(loop, VirtualLoop)
        task: asyncio.Task[T] = asyncio.Task(coro, loop=loop, context=context, **more)
        loop._tasks.append(task)
        if len(loop._tasks) >= loop._sweep_at:
            # `_log_traceback` is asyncio's own mark for "has failed, and nobody has asked".
            loop._tasks = [each for each in loop._tasks if not each.done() or each._log_traceback]
            loop._sweep_at = 2 * len(loop._tasks) + SWEEP_FROM
        return task

    def _alive(self) -> list[asyncio.Task[Any]]:
        return [task for task in self._tasks if not task.done()]

    def _waiting(self) -> str:
        lines = [f"  {task.get_name()} {_place(task)}" for task in self._alive()]
        return "\n".join(lines) or "  (no task)"

    # ---- the end ----------------------------------------------------------------------------

    def wind_up(self) -> list[BaseException]:
        """Cancel what is left, let it say farewell, close the loop; give back what went wrong."""
        self.before_each = None
        self._still = 0
        wrong: list[BaseException] = []
        try:
            for farewell in (self._dismiss, self.shutdown_asyncgens):
                try:
                    self.run_until_complete(farewell())
                except Exception as error:  # noqa: BLE001 - reported by `run`
                    wrong.append(error)
        finally:
            self.close()
            self._timers.clear()
        unheard = [task.exception() for task in self._tasks if task.done() and task._log_traceback]
        wrong.extend(failure for failure in unheard if failure is not None)
        wrong.extend(self._failures)
        self._tasks.clear()
        self._failures.clear()
        return wrong

    async def _dismiss(self) -> None:
        leftovers = [task for task in self._alive() if task is not asyncio.current_task()]
        for task in leftovers:
            task.cancel()
        if leftovers:
            _, pending = await asyncio.wait(leftovers, timeout=LEFTOVERS_S)
            if pending:
                names = ", ".join(sorted(task.get_name() for task in pending))
                raise RuntimeError(f"these tasks do not end when they are cancelled: {names}")

    # ---- doors that are shut ----------------------------------------------------------------

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Raise: there are no threads in virtual time."""
        raise RuntimeError("no threads in virtual time: blocking work goes through `run_blocking`")

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Like `call_soon`; from another thread it raises."""
        if self.is_running() and threading.get_ident() != self._thread_id:  # type: ignore[attr-defined]
            raise RuntimeError("no threads in virtual time")
        return self.call_soon(callback, *args, context=context)

    def _write_to_self(self) -> None:
        """There is nobody to wake."""

    def _process_events(self, event_list: object) -> None:
        """There are no events of a selector."""


async def sleep(seconds: float) -> None:
    """Like `asyncio.sleep`, and without its timer where nothing else happens meanwhile."""
    loop = asyncio.get_running_loop()
    if not (isinstance(loop, VirtualLoop) and loop.passes_to(loop.time() + seconds)):
        await asyncio.sleep(seconds)


def _place(task: asyncio.Task[Any]) -> str:
    """Where a task waits, at its innermost `await`."""
    coro = task.get_coro()
    while inspect.iscoroutine(awaited := getattr(coro, "cr_await", None)):
        coro = awaited
    frame = getattr(coro, "cr_frame", None)
    return f"at {frame.f_code.co_filename}:{frame.f_lineno}" if frame else "(ended)"


def run(
    coro: Coroutine[Any, Any, T], *, start: float = 0.0, before_each: Callable[[], None] | None = None
) -> T:
    """Run a program in virtual time that begins at `start` seconds; like `asyncio.run`.

    Raises whatever the program raises; or what a callback or an unheard task raised; or `Deadlock`
    or `Stuck`; or what `before_each` raised. Tasks that are left are cancelled in every case, and
    their `finally` clauses run: whoever cuts the power cuts the wires and the disk first.
    """
    if asyncio._get_running_loop() is not None:
        coro.close()
        raise RuntimeError("another loop is running in this thread")
    loop = VirtualLoop(start=start, before_each=before_each)
    try:
        result = loop.run_until_complete(coro)
    except BaseException as error:
        for failure in loop.wind_up():
            if failure is not error:
                error.add_note(f"besides: {failure!r}")
        raise
    failures = loop.wind_up()
    if failures:
        for other in failures[1:]:
            failures[0].add_note(f"besides: {other!r}")
        raise failures[0]
    return result
