"""`kiosk tag watch`: a live list of what lies on the pad, with all that is to be doubted."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kiosk.circulation.reports import DeviceChanged, PadReport, TagRead, TagsLeft, TagsNamed
from kiosk.circulation.values import ItemTag, Uid
from kiosk.doctor.command import seconds
from kiosk.rfid.errors import TransportError
from kiosk.tagging.calling import DONE, Call, add_common, say, say_json
from kiosk.tagging.field import Field, at_the_pad
from kiosk.tagging.looks import Look, as_json, in_a_line, look_at

AGAIN_S = 1.5
"""How old a look may get before the tag is looked at again: so what others switch is seen (ours)."""

IDLE_S = 0.2
"""Rest between two glances at whose turn it is."""

POLLS_SHARE = 3.0
"""So much longer than such a look takes the air is left to the poll, which finds who comes and who leaves: on
a slow line it would have none of it (ours)."""

REMEMBERED = 8
"""Looks at a tag by which it is judged."""

WEAK_SILENCES = 3
"""So many questions left without an answer in those looks are called weak."""

FLICKER_S = 2.0
"""Who left and is back within this time has flickered: nobody's hand is so quick twice."""

FLICKERS = 2
"""So often it must have."""

HOME_AND_CLEAR = "\x1b[H\x1b[J"
"""To the upper left corner, and clear from there (ECMA-48 CUP, ED)."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command understands."""
    add_common(parser, patience=False)
    parser.add_argument(
        "--seconds", dest="lasting", type=seconds, metavar="N", help="end after so long (default: at Ctrl-C)"
    )


async def act(call: Call, given: argparse.Namespace) -> int:
    """Show what lies there until it is ended."""
    on_terminal = sys.stdout.isatty() and not call.as_json
    async with at_the_pad(call) as pad:
        watch = Watch(call, pad, Screen(call.reader) if on_terminal else Lines(as_json=call.as_json))
        pad.also(watch.hear)
        try:
            async with asyncio.timeout(given.lasting):
                await watch.run()
        except TimeoutError:
            pass
    return DONE


@dataclass
class _Known:
    """One tag, as long as anybody remembers it."""

    there: bool = True
    look: Look | None = None
    told: Mapping[str, Any] | None = None
    looked_at: float = -1.0
    silences: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    left_at: float = -FLICKER_S
    flickers: int = 0

    def doubts(self) -> dict[str, str]:
        """What only shows when a tag is watched."""
        found = {}
        if sum(self.silences) >= WEAK_SILENCES:
            found["weak"] = "it leaves questions without an answer: too far away, or beside metal"
        if self.flickers >= FLICKERS:
            found["flickering"] = "it comes and goes by itself"
        return found


def _fell_silent(before: Look | None, now: Look) -> bool:
    """Whether a tag did not answer the last question, as it did before: it may have been lifted meanwhile."""
    return before is not None and before.eas is not None and now.eas is None


class Watch:
    """Looks at each tag when it comes and now and then, and tells what has changed."""

    def __init__(self, call: Call, pad: Field, shown: Lines | Screen) -> None:
        """`shown` hears of each change."""
        self._settings = call.settings
        self._pad = pad
        self._shown = shown
        self._wall = call.doors.wall
        self._known: dict[Uid, _Known] = {}
        self._loop = asyncio.get_running_loop()

    def hear(self, report: PadReport) -> None:
        """What the pad reports: who came, who left, how the reader is."""
        now = self._loop.time()
        match report:
            case TagsNamed(uids):
                for uid in uids:
                    self._arrives(uid, now)
            case TagRead(tag):
                self._arrives(tag.uid, now)
            case TagsLeft(uids):
                for uid in uids:
                    known = self._known.setdefault(uid, _Known())
                    if known.there and known.told is not None:
                        self._tell("left", {"uid": uid})
                    known.there, known.left_at, known.look, known.told = False, now, None, None
                    known.silences.clear()
            case DeviceChanged():
                trouble = self._pad.trouble
                says = None if trouble is None else trouble.says
                code = None if trouble is None else trouble.code
                self._tell("reader", {"ready": trouble is None, "says": says, "code": code})
            case _:
                pass

    async def run(self) -> None:
        """Look after look, until cancelled."""
        self._shown.show(self._told())
        while True:
            uid = self._next()
            if uid is None:
                await asyncio.sleep(IDLE_S)
                continue
            known, began = self._known[uid], self._loop.time()
            known_before = known.look is not None
            try:
                look = await look_at(self._pad.pad, uid, self._settings)
            except TransportError:
                await asyncio.sleep(IDLE_S)  # the pad opens the reader again
                continue
            known.looked_at = self._loop.time()
            if not known.there:
                continue  # it was lifted meanwhile
            took = self._loop.time() - began
            whole = look.whole and not _fell_silent(known.look, look)
            if whole:  # else it may be on its way, which the pad will say
                known.silences.append(look.asked.silences)
            if known.look is None or whole or not (look.asked.silences or look.asked.noises):
                known.look = look  # what was not heard this time is not forgotten: the pad says who has left
            self._compare()
            if known_before:
                await asyncio.sleep(took * POLLS_SHARE)

    def _arrives(self, uid: Uid, now: float) -> None:
        known = self._known.setdefault(uid, _Known())
        if not known.there:
            known.there = True
            known.looked_at = -1.0
            if now - known.left_at < FLICKER_S:
                known.flickers += 1

    def _next(self) -> Uid | None:
        """Whose turn it is: the new ones first, then whoever was not looked at for longest."""
        # what was not read yet is the pad's to read first
        there = [uid for uid, known in self._known.items() if known.there and uid in self._pad.tags]
        first = min(there, key=lambda uid: self._known[uid].looked_at, default=None)
        if first is None:
            return None
        age = self._loop.time() - self._known[first].looked_at
        return first if self._known[first].looked_at < 0 or age >= AGAIN_S else None

    def _compare(self) -> None:
        """Tell of each tag that is not as it was told; one's doubts may be the other's doing."""
        for uid, known in self._known.items():
            if known.look is None:
                continue
            told = as_json(known.look, {**known.doubts(), **self._double(uid, known.look)})
            if told != known.told:
                event = "came" if known.told is None else "changed"
                known.told = told
                self._tell(event, told)

    def _double(self, uid: Uid, look: Look) -> dict[str, str]:
        """Whether another tag here says that it is the same part of the same item."""
        if not isinstance(look.content, ItemTag):
            return {}
        mine = (look.content.item, look.content.part)
        others = [
            other
            for other, known in self._known.items()
            if other != uid
            and known.look is not None
            and isinstance(content := known.look.content, ItemTag)
            and (content.item, content.part) == mine
        ]
        return {"same-item": f"{others[0]} says that it is the same item and part"} if others else {}

    def _tell(self, event: str, told: Mapping[str, Any]) -> None:
        self._shown.tell(self._wall(), event, told)
        self._shown.show(self._told())

    def _told(self) -> list[Mapping[str, Any]]:
        return [known.told for _, known in sorted(self._known.items()) if known.told is not None]


SIGNS = {"came": "+", "left": "-", "changed": "~"}


class Lines:
    """One line for each change."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def tell(self, wall: float, event: str, told: Mapping[str, Any]) -> None:
        """Something has changed at `wall` (seconds since 1970): `came`, `changed`, `left`, `reader`."""
        if self._as_json:
            at = datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds")
            say_json({"at": at, "event": event, **told}, one_line=True)
            return
        clock = f"{datetime.fromtimestamp(wall, UTC).astimezone():%H:%M:%S}"
        if event == "reader":
            says = "the reader is ready" if told["ready"] else f"{told['code']}: {told['says']}"
        else:
            says = f"{SIGNS[event]} {told['uid'] if event == 'left' else in_a_line(told)}"
        say(f"{clock} {says}")

    def show(self, tags: list[Mapping[str, Any]]) -> None:
        """What lies there now is what the lines have told."""


class Screen:
    """A list on a terminal that is drawn anew with each change."""

    def __init__(self, reader: str) -> None:
        self._reader = reader
        self._state = "the reader is asked ..."

    def tell(self, _wall: float, event: str, told: Mapping[str, Any]) -> None:
        """Only the reader's own state is kept: all else is in the list."""
        if event == "reader":
            self._state = "ready" if told["ready"] else f"{told['code']}: {told['says']}"

    def show(self, tags: list[Mapping[str, Any]]) -> None:
        """Draw what lies there."""
        width, height = shutil.get_terminal_size()
        lines = [f"{self._reader}: {self._state}", f"{len(tags)} tags; Ctrl-C ends", ""]
        lines += [in_a_line(each) for each in tags]
        if len(lines) > height - 1:
            lines = [*lines[: height - 2], f"... and {len(lines) - height + 2} more"]
        say("\n".join(line[: width - 1] for line in lines), before=HOME_AND_CLEAR)
