"""Named acts of staff in the journal: a row of kind STAFF before a tag is touched, a closing row after.

`who` and `why` stay in the journal as long as its rows are kept; they never leave it in a capsule.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Self

from kiosk.circulation.values import Flushed, Row, RowKind, SagaId, Uid
from kiosk.journal import SqliteJournal
from kiosk.tagging.calling import Call

LETTER = "T"
"""What the number of a saga about a tag begins with, as L is for loans."""

BROKEN_OFF = "broken-off"
"""How an act ends of which nobody knows how far it came."""

LONGEST = 200
"""Characters of a name or a reason (ours)."""


def named(text: str) -> str:
    """Who or why, as an argument: something that can be read later. Raises ArgumentTypeError."""
    text = text.strip()
    if not text or not text.isprintable() or len(text) > LONGEST:
        raise argparse.ArgumentTypeError(f"1 to {LONGEST} printable characters are wanted")
    return text


class StaffActs:
    """The journal, held for one command of staff; nobody else, no kiosk, can use it meanwhile."""

    def __init__(self, call: Call, who: str, why: str) -> None:
        """`who` acts, and `why`."""
        self._who = {"who": who, "why": why}
        self._journal = SqliteJournal(
            call.settings.journal,
            run_blocking=call.doors.run_blocking("journal"),
            mono=call.doors.mono,
            wall=call.doors.wall,
            credentials=call.doors.credentials,
        )
        self._opening = 0
        self._counter = itertools.count(1)

    async def __aenter__(self) -> Self:
        """Open the journal.

        Raises:
            JournalError: it cannot be used; also when a kiosk has it.
        """
        self._opening = (await self._journal.open_rows()).opening
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of it."""
        await self._journal.close()

    @contextlib.asynccontextmanager
    async def act(self, act: str, uid: Uid, item: str, **more: object) -> AsyncIterator[Act]:
        """One act on one tag. Its row is on the disk when the context begins; when that ends, whatever has
        happened, a row closes it with what came of it.

        Args:
            act: what is done: `secure`, `release`, `write`.
            uid: to which tag.
            item: the item that it names, or will.
            more: what else is worth keeping.

        Raises:
            JournalError: the disk did not take it; the tag must not be touched.
        """
        saga = SagaId(f"{LETTER}{self._opening:x}-{next(self._counter)}")
        payload: Mapping[str, object] = {"act": act, "item": item, "uid": uid, **self._who, **more}
        (permit,) = await self._journal.append([Row(saga, RowKind.STAFF, payload)])
        begun = Act(saga, permit)
        try:
            yield begun
        finally:
            end = {"item": item, "uid": uid, "state": f"{act}-{begun.state}", **begun.found}
            await self._journal.append([Row(saga, RowKind.SETTLED, end, closes=True)])


class Act:
    """One act that is on the disk: `permit` is the proof of that."""

    def __init__(self, saga: SagaId, permit: Flushed) -> None:
        self.saga = saga
        self.permit = permit
        self.state = BROKEN_OFF
        """What came of it."""
        self.found: dict[str, object] = {}
        """What else its closing row says."""

    def ends(self, state: str, **found: object) -> None:
        """It has come to its end."""
        self.state, self.found = state, found
