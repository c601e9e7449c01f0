"""The open matters of a journal, each with the moment at which it began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from kiosk.circulation.matters import open_matters
from kiosk.circulation.values import Row, RowKind, SagaId
from kiosk.maintenance.views import MatterView


class JournalRow(Protocol):
    """A row as it lies in the journal, its sealed part left out (`journal.StoredRow`)."""

    @property
    def saga(self) -> SagaId: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def payload(self) -> Mapping[str, object]: ...  # noqa: D102
    @property
    def closes(self) -> bool: ...  # noqa: D102
    @property
    def wall(self) -> float: ...  # noqa: D102


class ReadableJournal(Protocol):
    """A journal that lists its rows."""

    async def all_rows(self) -> Sequence[JournalRow]:
        """Every row, oldest first.

        Raises:
            OSError: it cannot be read.
        """


class JournalMatters:
    """The open matters of a journal (meets `ports.Matters`)."""

    def __init__(self, journal: ReadableJournal) -> None:
        """The journal is read each time anew."""
        self._journal = journal

    async def matters(self) -> Sequence[MatterView]:
        """All of them, oldest first.

        Raises:
            OSError: the journal cannot be read.
        """
        return matters_in(await self._journal.all_rows())


def matters_in(rows: Sequence[JournalRow]) -> tuple[MatterView, ...]:
    """The open matters of these rows, oldest first. Rows of a kind that this kiosk does not know (a later
    version wrote them) are left out."""
    closed = {row.saga for row in rows if row.closes}
    began: dict[SagaId, float] = {}
    open_rows = []
    for row in rows:
        if row.saga not in closed and row.kind in RowKind.__members__.values():
            began.setdefault(row.saga, row.wall)
            open_rows.append(Row(row.saga, RowKind(row.kind), row.payload, None, row.closes))
    found = [MatterView(each.item.id, each.key, began[each.saga]) for each in open_matters(open_rows)]
    return tuple(sorted(found, key=lambda each: each.wall))
