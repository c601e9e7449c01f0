"""The open matters of a journal, each with the moment at which it began and all that its rows tell of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Protocol

from kiosk.circulation.matters import STAFF_ACT, Matter, open_matters
from kiosk.circulation.values import AFI_IN_STOCK, AFI_ON_LOAN, Money, Row, RowKind, SagaId
from kiosk.maintenance.codes import matter_code
from kiosk.maintenance.views import MatterFact, MatterView

OUTCOMES = ("lent", "returned", "renewed", "held", "booked")
"""Keys of an answer row's payload that say what became of it."""

AFI_SAYINGS = {AFI_IN_STOCK: "matter.afi.armed", AFI_ON_LOAN: "matter.afi.released"}


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

    async def stored_rows(self, *, only_open: bool = False) -> Sequence[JournalRow]:
        """Every row, or only those of open sagas, oldest first.

        Raises:
            OSError: it cannot be read.
        """

    async def adopt(self) -> object:
        """Go on with what there is of it.

        Raises:
            OSError: it cannot be used even so.
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
        return matters_in(await self._journal.stored_rows(only_open=True))

    async def adopt(self) -> object:
        """Go on with what there is of it.

        Raises:
            OSError: it cannot be used even so.
        """
        return await self._journal.adopt()


def matters_in(rows: Sequence[JournalRow]) -> tuple[MatterView, ...]:
    """The open matters of these rows, oldest first. Rows of a kind that this kiosk does not know (a later
    version wrote them) are left out."""
    closed = {row.saga for row in rows if row.closes}
    told: dict[SagaId, list[JournalRow]] = {}
    open_rows = []
    for row in rows:
        if row.saga not in closed and row.kind in RowKind.__members__.values():
            told.setdefault(row.saga, []).append(row)
            open_rows.append(Row(row.saga, RowKind(row.kind), row.payload, None, row.closes))
    found = [_view(each, told[each.saga]) for each in open_matters(open_rows)]
    return tuple(sorted(found, key=lambda each: each.wall))


def _view(matter: Matter, rows: Sequence[JournalRow]) -> MatterView:
    began = rows[0].wall
    facts = [MatterFact("asked", wall=began)]
    if matter.key != STAFF_ACT:  # which asked nobody
        facts += _answered(rows)
    facts += _before(rows)
    if matter.item.id:
        facts.insert(0, MatterFact("item", matter.item.id))
    if matter.reason is not None:
        facts.append(MatterFact("reason", reason=matter.reason))
    facts.append(MatterFact("saga", matter.saga))
    return MatterView(matter.item.id, matter.key, began, matter.saga, matter_code(matter.key), tuple(facts))


def _answered(rows: Sequence[JournalRow]) -> list[MatterFact]:
    """What the ILS said, and how it was asked: the last row that tells it counts."""
    facts = []
    if money := _money(rows):
        facts.append(MatterFact("amount", money=money))
    if reference := _last(rows, "reference"):
        facts.append(MatterFact("reference", str(reference)))
    # what was said before it was asked once more (the patron agreed to a fee) does not count
    asked = max((at for at, row in enumerate(rows) if row.kind == RowKind.INTENT), default=0)
    answers = [row for row in rows[asked:] if row.kind == RowKind.ANSWER]
    said = "nothing"
    if answers:
        payload = answers[-1].payload
        outcome = next((each for each in OUTCOMES if each in payload), "")
        known = payload.get(outcome)
        said = outcome if known in (True, "yes") else "unknown" if known == "unknown" else "refused"
    facts.append(MatterFact("said", says=f"matter.said.{said}"))
    profile, sequence = _last(rows, "profile"), _last(rows, "sequence")
    how = " · ".join(str(each) for each in (profile, sequence) if each is not None and each != "")
    if how:
        facts.append(MatterFact("by", how))
    return facts


def _before(rows: Sequence[JournalRow]) -> list[MatterFact]:
    """What the labels of the item said before they were written, each value once."""
    found: list[int] = []
    for row in rows:
        known = row.payload.get("afi")
        values = known if isinstance(known, list | tuple) else [known]
        found = found or sorted({each for each in values if isinstance(each, int) and 0 < each <= 0xFF})
    return [
        MatterFact("afi", f"{each:02X}", says=AFI_SAYINGS.get(each, "matter.afi.other")) for each in found
    ]


def _money(rows: Sequence[JournalRow]) -> Money | None:
    amount = _last(rows, "amount") or _last(rows, "fee")
    try:
        value = Decimal(str(amount)) if amount is not None else None
    except InvalidOperation:
        return None
    if value is None or not value.is_finite():
        return None
    return Money(value, str(_last(rows, "currency") or ""))


def _last(rows: Sequence[JournalRow], key: str) -> object:
    return next((row.payload[key] for row in reversed(rows) if row.payload.get(key) is not None), None)
