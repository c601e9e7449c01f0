"""The far sides of a measurement: the simulated ILS and reader, in a process of their own, and a record
of what the air was spent on.

The record is taken around what is played on the air: `{"do": "air"}` on the control socket gives it, a list
of `{what, start, end, tags}` in monotonic seconds; of a round also its `slots`, the bits of its `mask`, and
how many `blocks` it asked for. Its clock is the field's own, which is absolute; the loop's timers are made
finer than asyncio's usual millisecond, since an answer that leaves late is a fault of the simulation and
would be counted as ours.
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

from kiosk.simulator import rounds
from kiosk.simulator.control import BlockingControl
from kiosk.simulator.field import Air, Instant, Request, TagField
from kiosk.simulator.rounds import WHO, Slot, Wanted
from kiosk.simulator.scenery import Scenery
from kiosk.simulator.serve import Stage
from kiosk.simulator.world import Answer, Command, World

ASKED = {0x20: "read", 0x23: "read", 0x27: "write_afi", 0x2B: "system_information"}
"""What was asked of a tag, by the command (15693-3, 10.3 and 10.4); another is called by its code."""

UID_BYTES = 8


class RecordedWorld(World):
    """A world that also writes down each program of the air.

    What it takes for those are the field's methods `ask` and `stay_quiet`, and the functions of
    `kiosk.simulator.rounds` that play one round: they are replaced, in the whole process.
    """

    def __init__(self, scenery: Scenery) -> None:
        super().__init__(scenery)
        self.air: list[dict[str, Any]] = []
        ask, stay_quiet = self.field.ask, self.field.stay_quiet

        def asked(start: float, request: Request) -> Air:
            heard = yield from ask(start, request)
            self._note(ASKED.get(request.code, f"{request.code:02X}"), start, heard.end, [request.uid])
            return heard

        def quieted(start: float, uid: str) -> Generator[Instant, None, float]:
            end = yield from stay_quiet(start, uid)
            self._note("stay_quiet", start, end, [uid])
            return end

        vars(self.field).update(ask=asked, stay_quiet=quieted)
        self._record_rounds()

    def _record_rounds(self) -> None:
        of_16, of_1 = rounds.round_of_16, rounds.inventory_once

        def round_of_16(
            field: TagField, start: float, length: int = 0, mask: int = 0, wanted: Wanted = WHO
        ) -> Generator[Instant, None, tuple[float, dict[int, Slot]]]:
            end, slots = yield from of_16(field, start, length, mask, wanted)
            tags = [slot.tag.plan.uid for slot in slots.values() if slot.tag is not None]
            self._note("round", start, end, tags, slots=16, mask=length, blocks=wanted.blocks)
            return end, slots

        def inventory_once(
            field: TagField, start: float, length: int = 0, mask: int = 0, wanted: Wanted = WHO
        ) -> Air:
            heard = yield from of_1(field, start, length, mask, wanted)
            tags = [] if heard.data is None or heard.collision else [_named(heard.data, length, mask, wanted)]
            self._note("round", start, heard.end, tags, slots=1, mask=length, blocks=wanted.blocks)
            return heard

        vars(rounds).update(round_of_16=round_of_16, inventory_once=inventory_once)

    def _note(self, what: str, start: float, end: float, tags: list[str], **more: int) -> None:
        self.air.append({"what": what, "start": start, "end": end, "tags": tags, **more})

    def _do_air(self, command: Command, now: float) -> Answer:
        """The record of the air since it was last asked for."""
        del command, now
        air, self.air = self.air, []
        return {"air": air}


def _named(data: bytes, length: int, mask: int, wanted: Wanted) -> str:
    """The UID in the answer to a round of one slot; of an inventory read, what of it is not in the mask."""
    known = length // 8 if wanted.blocks else 0
    rest = data[: UID_BYTES - known] if wanted.blocks else data[1:]
    return (mask.to_bytes(UID_BYTES, "little")[:known] + rest)[::-1].hex().upper()


class FarSide:
    """The process, as a context manager; steer it by `do`. `ports` are known once it is entered: numbers,
    and the path of the reader's terminal where it is on a serial line."""

    def __init__(self, scenery: Scenery, folder: Path, *, terminal: bool = False) -> None:
        self._scenery = scenery
        self._terminal = terminal
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._control: BlockingControl | None = None
        self.ports: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "scenery.json"
        file.write_text(json.dumps(self._scenery.to_json()), encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.farside", str(file), "terminal" if self._terminal else "port"],
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


async def _serve(scenery: Scenery, *, terminal: bool) -> None:
    ports = {"ils": 0} if terminal else {"ils": 0, "reader": 0}
    terminals = {"reader": None} if terminal else {}
    async with Stage(RecordedWorld(scenery), ports, terminals=terminals) as stage:
        loop = asyncio.get_running_loop()

        def until_stdin_ends() -> None:
            while os.read(0, 4096):
                pass
            loop.call_soon_threadsafe(stage.over.set)

        threading.Thread(target=until_stdin_ends, daemon=True).start()
        paths = {name: str(path) for name, path in stage.terminals.items()}
        sys.stdout.write(json.dumps({**stage.ports, **paths}) + "\n")
        sys.stdout.flush()
        await stage.over.wait()


def main(argv: Sequence[str]) -> None:
    """Serve the scenery of a file until standard input ends."""
    scenery = Scenery.from_json(json.loads(Path(argv[0]).read_text("utf-8")))
    # epoll, asyncio's choice, counts in milliseconds and rounds up; select counts in microseconds
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(_serve(scenery, terminal=argv[1] == "terminal"))


if __name__ == "__main__":
    main(sys.argv[1:])
