"""The far sides of a measurement: the simulated ILS and reader, in a process of their own, and a record
of what the air was spent on.

The record is taken around the field's programs: `{"do": "air"}` on the control socket gives it, a list
of `{what, start, end, tags}` in monotonic seconds. Its clock is the field's own, which is absolute; the
loop's timers are made finer than asyncio's usual millisecond, since an answer that leaves late is a
fault of the simulation and would be counted as ours.
"""

from __future__ import annotations

import asyncio
import json
import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiosk.simulator.control import BlockingControl
from kiosk.simulator.field import Air, Instant, Request, Tag
from kiosk.simulator.scenery import Scenery
from kiosk.simulator.serve import Stage
from kiosk.simulator.world import Answer, Command, World


class RecordedWorld(World):
    """A world that also writes down each program of the air.

    What it takes for the field's programs are its methods `inventory`, `stay_quiet` and `ask`; what was asked
    is called as the function of `kiosk.simulator.requests` that made the request.
    """

    def __init__(self, scenery: Scenery) -> None:
        super().__init__(scenery)
        self.air: list[dict[str, Any]] = []
        field = self.field
        inventory, stay_quiet, ask = field.inventory, field.stay_quiet, field.ask

        def inventoried(start: float) -> Generator[Instant, None, tuple[float, list[Tag]]]:
            end, tags = yield from inventory(start)
            self._note("inventory", start, end, [tag.plan.uid for tag in tags])
            return end, tags

        def quieted(start: float, uid: str) -> Generator[Instant, None, float]:
            end = yield from stay_quiet(start, uid)
            self._note("stay_quiet", start, end, [uid])
            return end

        def asked(start: float, request: Request) -> Air:
            heard = yield from ask(start, request)
            self._note(request.act.__qualname__.partition(".")[0], start, heard.end, [request.uid])
            return heard

        vars(field).update(inventory=inventoried, stay_quiet=quieted, ask=asked)

    def _note(self, what: str, start: float, end: float, tags: list[str]) -> None:
        self.air.append({"what": what, "start": start, "end": end, "tags": tags})

    def _do_air(self, command: Command, now: float) -> Answer:
        """The record of the air since it was last asked for."""
        del command, now
        air, self.air = self.air, []
        return {"air": air}


class FarSide:
    """The process, as a context manager; steer it by `do`. `ports` are known once it is entered."""

    def __init__(self, scenery: Scenery, folder: Path) -> None:
        self._scenery = scenery
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._control: BlockingControl | None = None
        self.ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "scenery.json"
        file.write_text(json.dumps(self._scenery.to_json()), encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.farside", str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.__exit__(None, None, None)
            raise RuntimeError("the far sides ended at once")
        self.ports = json.loads(line)
        self._control = BlockingControl(self.ports["control"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait(30)
            self._process.stdout.close()

    def do(self, **command: Any) -> dict[str, Any]:
        """Carry out one command (see `World.do`)."""
        assert self._control is not None
        return self._control.do(command)


async def _serve(scenery: Scenery) -> None:
    async with Stage(RecordedWorld(scenery), {"ils": 0, "reader": 0}) as stage:
        loop = asyncio.get_running_loop()

        def until_stdin_ends() -> None:
            while os.read(0, 4096):
                pass
            loop.call_soon_threadsafe(stage.over.set)

        threading.Thread(target=until_stdin_ends, daemon=True).start()
        sys.stdout.write(json.dumps(stage.ports) + "\n")
        sys.stdout.flush()
        await stage.over.wait()


def main(argv: Sequence[str]) -> None:
    """Serve the scenery of a file until standard input ends."""
    scenery = Scenery.from_json(json.loads(Path(argv[0]).read_text("utf-8")))
    # epoll, asyncio's choice, counts in milliseconds and rounds up; select counts in microseconds
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(_serve(scenery))


if __name__ == "__main__":
    main(sys.argv[1:])
