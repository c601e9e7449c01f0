"""Open matters, from a real journal: each with the moment at which it began."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kiosk.circulation.values import Row, RowKind, SagaId
from kiosk.journal import JournalSettings, SqliteJournal
from kiosk.maintenance import JournalMatters
from kiosk.maintenance.views import MatterView

T = TypeVar("T")


async def inline(fn: Callable[..., T], /, *args: object) -> T:
    return fn(*args)


def test_what_is_open_is_listed_with_its_first_moment(tmp_path: Path) -> None:
    moments = iter(float(n) for n in range(100, 200))

    async def story() -> tuple[MatterView, ...]:
        journal = await SqliteJournal.open(
            JournalSettings(tmp_path / "data", tmp_path / "journal.key"),
            run_blocking=inline,
            mono=lambda: 0.0,
            wall=lambda: next(moments),
        )
        lent, asked, done, nameless = (SagaId(name) for name in ("L1", "L2", "L3", "L4"))
        for row in (
            Row(lent, RowKind.INTENT, {"item": "33330001"}, {"patron": "21000001"}),
            Row(done, RowKind.INTENT, {"item": "33330003"}),
            Row(asked, RowKind.INTENT, {"item": "33330002"}),
            Row(nameless, RowKind.INTENT, {"item": ""}),
            Row(lent, RowKind.ANSWER, {"lent": True}),
            Row(done, RowKind.ANSWER, {"lent": True}),
            Row(done, RowKind.SETTLED, {}, closes=True),
        ):
            await journal.append([row])
        matters = tuple(await JournalMatters(journal).matters())
        await journal.close()
        return matters

    assert asyncio.run(story()) == (
        MatterView("33330001", "loan-unsecured", 100.0),
        MatterView("33330002", "loan-unknown", 102.0),
        MatterView("", "loan-unknown", 103.0),
    )
