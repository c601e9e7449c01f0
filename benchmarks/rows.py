"""Rows of the table: what was measured, and what it is measured against."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. `value` and `reference` are in `unit`; `spread` is half the distance between the
    fastest and the slowest repetition, and `note` is for the reader of the table only."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    reference_name: str | None = None
    spread: float = 0.0
    note: str = ""
    ratio: float | None = None

    def as_json(self) -> dict[str, object]:
        """The six fields that other programs read."""
        return {
            "name": self.name,
            "value": round(self.value, 2),
            "unit": self.unit,
            "reference": None if self.reference is None else round(self.reference, 2),
            "reference_name": self.reference_name,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
        }


def wanted(name: str, only: tuple[str, ...]) -> bool:
    """Whether a row, or a group of rows whose names begin with `name`, is among those whose names begin with
    one of `only`."""
    return any(name.startswith(each) or each.startswith(name) for each in only)


def row(
    name: str,
    unit: str,
    samples: Sequence[float],
    *,
    references: Sequence[float] = (),
    reference_name: str | None = None,
    note: str = "",
) -> Row:
    """The median of `samples`; with as many `references`, the ratio is the median of the pairs' ratios,
    since what they are measured against changes from one repetition to the next."""
    reference = statistics.median(references) if references else None
    ratio = None
    if reference is not None:
        pairs = len(references) == len(samples)
        ratio = (
            statistics.median(value / floor for value, floor in zip(samples, references, strict=True))
            if pairs
            else statistics.median(samples) / reference
        )
    return Row(
        name,
        statistics.median(samples),
        unit,
        reference,
        reference_name,
        (max(samples) - min(samples)) / 2,
        note,
        ratio,
    )


def table(rows: Sequence[Row]) -> str:
    """The rows as text, one a line."""
    head = ("name", "value", "spread", "unit", "reference", "ratio", "against")
    lines = [head, *(_cells(each) for each in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    left = {0, 3, 6}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(each: Row) -> tuple[str, ...]:
    against = "; ".join(filter(None, (each.reference_name, each.note)))
    return (
        each.name,
        f"{each.value:.1f}",
        f"±{each.spread:.1f}",
        each.unit,
        "-" if each.reference is None else f"{each.reference:.1f}",
        "-" if each.ratio is None else f"{each.ratio:.2f}",
        against,
    )
