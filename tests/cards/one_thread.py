"""A door to blocking work: one thread, as the kiosk gives each device."""

import asyncio
import concurrent.futures
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class OneThread:
    def __init__(self, name: str) -> None:
        self.pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix=name)

    async def __call__(self, fn: Callable[[*Ts], T], /, *args: *Ts) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.pool, fn, *args)

    def end(self) -> None:
        """Wait for what is still on in the thread."""
        self.pool.shutdown()
