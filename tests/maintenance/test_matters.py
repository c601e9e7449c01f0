"""Open matters, from a real journal: each with the moment at which it began, and what is known of it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Money, Row, RowKind, SagaId
from kiosk.journal import JournalSettings, SqliteJournal
from kiosk.maintenance.matters import JournalMatters, matters_in
from kiosk.maintenance.views import MatterFact, MatterView

T = TypeVar("T")


async def inline(fn: Callable[..., T], /, *args: object) -> T:
    return fn(*args)


def test_what_is_open_is_listed_with_its_first_moment(tmp_path: Path) -> None:
    clock = [99.0]

    async def story() -> tuple[MatterView, ...]:
        journal = await SqliteJournal.open(
            JournalSettings(tmp_path / "data", tmp_path / "journal.key"),
            run_blocking=inline,
            mono=lambda: 0.0,
            wall=lambda: clock[0],
        )
        lent, asked, done, nameless = (SagaId(name) for name in ("L1", "L2", "L3", "L4"))
        for row in (
            Row(lent, RowKind.INTENT, {"item": "33330001"}, {"patron": "21000001"}),
            Row(done, RowKind.INTENT, {"item": "33330003"}),
            Row(asked, RowKind.INTENT, {"item": "33330002"}),
            Row(nameless, RowKind.INTENT, {"item": ""}),
            Row(lent, RowKind.ANSWER, {"lent": True, "release": True}),
            Row(done, RowKind.ANSWER, {"lent": True, "release": True}),
            Row(done, RowKind.SETTLED, {}, closes=True),
        ):
            clock[0] += 1.0
            await journal.append([row])
        matters = tuple(await JournalMatters(journal).matters())
        await journal.close()
        return matters

    found = asyncio.run(story())
    assert [(each.item, each.key, each.wall, each.saga, each.code) for each in found] == [
        ("33330001", "loan-unsecured", 100.0, "L1", "K-MAT-002"),
        ("33330002", "loan-unknown", 102.0, "L2", "K-MAT-001"),
        ("", "loan-unknown", 103.0, "L4", "K-MAT-001"),
    ]


# ---- what is known of one -------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """A row as it lies in the journal."""

    saga: SagaId
    kind: str
    payload: Mapping[str, object]
    wall: float
    closes: bool = False


def known(*rows: tuple[str, Mapping[str, object]]) -> dict[str, MatterFact]:
    """What is told of the one matter that these rows leave, by name."""
    written = [Written(SagaId("X1-1"), kind, payload, 100.0 + at) for at, (kind, payload) in enumerate(rows)]
    (matter,) = matters_in(written)
    assert len({fact.key for fact in matter.facts}) == len(matter.facts)
    return {fact.key: fact for fact in matter.facts}


def test_a_loan_whose_tag_did_not_take_its_mark_tells_all_that_was_known() -> None:
    facts = known(
        ("intent", {"act": "loan", "item": "33330001", "uids": ["E0"], "afi": [7]}),
        ("answer", {"lent": True, "release": True, "profile": "koha", "sequence": 3, "afi": [194]}),
        ("staff", {"reason": "tag-not-written"}),
    )
    assert facts == {
        "item": MatterFact("item", "33330001"),
        "asked": MatterFact("asked", wall=100.0),
        "said": MatterFact("said", says="matter.said.lent"),
        "by": MatterFact("by", "koha · 3"),
        "afi": MatterFact("afi", "07", says="matter.afi.armed"),
        "reason": MatterFact("reason", reason=Reason.TAG_NOT_WRITTEN),
        "saga": MatterFact("saga", "X1-1"),
    }


def test_what_was_not_learnt_is_not_made_up() -> None:
    facts = known(("intent", {"item": "33330001", "afi": [None]}))
    assert set(facts) == {"item", "asked", "said", "saga"}
    assert facts["said"].says == "matter.said.nothing"


def test_an_answer_before_the_patron_agreed_to_the_fee_is_not_the_answer() -> None:
    facts = known(
        ("intent", {"item": "33330001"}),
        ("answer", {"lent": False, "reason": "fee", "fee": "2.50", "currency": "EUR"}),
        ("intent", {"item": "33330001"}),
    )
    assert facts["said"].says == "matter.said.nothing"
    assert facts["amount"].money == Money(Decimal("2.50"), "EUR")


@pytest.mark.parametrize(
    ("payload", "said"),
    [({"booked": "no", "taken": True}, "refused"), ({"booked": "unknown"}, "unknown"), ({}, "nothing")],
)
def test_a_payment_tells_amount_and_number_and_never_the_patron(
    payload: Mapping[str, object], said: str
) -> None:
    rows: list[tuple[str, Mapping[str, object]]] = [
        ("intent", {"act": "payment", "amount": "12.40", "currency": "EUR"}),
        ("taken", {"reference": "T-0042"}),
    ]
    facts = known(*rows, *([("answer", payload)] if payload else []))
    assert facts["amount"].money == Money(Decimal("12.40"), "EUR")
    assert facts["reference"].text == "T-0042"
    assert facts["said"].says == f"matter.said.{said}"
    assert "item" not in facts


def test_rows_that_make_no_sense_are_survived() -> None:
    facts = known(
        ("intent", {"item": "1", "afi": "07", "amount": "much", "currency": 3}),
        ("answer", {"lent": True, "release": True, "profile": "", "sequence": None}),
    )
    assert set(facts) == {"item", "asked", "said", "saga"}
