"""After a kill: do the ILS, the tags and the journal agree, or does somebody know where they do not?

Decided from the far sides' report, the journal's rows and the bytes in the data folder, as the judge of
the laboratory does; that one also wants every view and every frame of a whole day, and a process that was
killed takes some of those with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.lab.canaries import p6
from kiosk.lab.evidence import Canary

RELEASED, ARMED = "C2", "07"
"""AFI of an item that may leave, and of one in stock (ISO 28560-1)."""

Report = Mapping[str, Any]
"""What the far sides report (`World.report`)."""

Rows = Sequence[Mapping[str, Any]]
"""All rows of the journal, oldest first, as plain JSON."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What one patron wanted: these items, by messages of this code (11 or 09), since this instant."""

    code: str
    items: tuple[str, ...]
    since: float


def lent(report: Report) -> set[str]:
    """The items that somebody has, as the ILS knows."""
    return {item["barcode"] for item in report["ils"]["items"] if item["with"]}


def apart(report: Report) -> set[str]:
    """The items whose tag does not say what the ILS says."""
    have = lent(report)
    return {
        tag["barcode"]
        for tag in report["field"]
        if tag["afi_after"] != (RELEASED if tag["barcode"] in have else ARMED)
    }


def unknown(rows: Rows) -> dict[str, str]:
    """Sagas that were asked, and neither an answer nor staff's attention came of it; with their items."""
    found = {}
    for saga, its in _sagas(rows).items():
        if not any(row["closes"] or row["kind"] in {"answer", "staff"} for row in its):
            found[saga] = _item(its)
    return found


def named(rows: Rows) -> set[str]:
    """The items that staff were told to look at, by a saga that is still open."""
    return {
        _item(its)
        for its in _sagas(rows).values()
        if any(row["kind"] == "staff" for row in its) and not any(row["closes"] for row in its)
    }


def stays_armed(rows: Rows) -> set[str]:
    """The items of which the journal says that they are lent and were not to be released: nobody heard the
    ILS say that they may (the judge's rule, too)."""
    said = {}
    for its in _sagas(rows).values():
        for row in its:
            if row["kind"] == "answer" and row["payload"].get("lent"):
                said[_item(its)] = not row["payload"].get("release")
    return {item for item, so in said.items() if so}


def may_be_apart(rows: Rows) -> set[str]:
    """The items of which somebody knows that tag and ILS may not agree."""
    return named(rows) | stays_armed(rows)


def opened(rows: Rows) -> set[str]:
    """The items of sagas that are still open."""
    return {_item(its) for its in _sagas(rows).values() if not any(row["closes"] for row in its)}


def breaches(report: Report, rows: Rows, visit: Visit) -> Iterator[str]:
    """What must not be, when the kiosk has had its time and every book that is apart was put on the pad."""
    for saga, item in unknown(rows).items():
        yield f"{saga} ({item}): nobody knows or is told what became of it"
    for item in sorted(apart(report) - _known(report, rows)):
        having = "lent and armed" if item in lent(report) else "not lent and released"
        still = "its saga is open" if item in opened(rows) else "no saga of it is open"
        yield f"{item} was put on the pad again, is {having}, and is not named for staff ({still})"
    yield from _releases(report, visit.since)
    yield from _messages(report, visit)
    for trouble in report["troubles"]:
        yield f"the trial itself: {trouble}"


def _known(report: Report, rows: Rows) -> set[str]:
    """A tag that is released without a loan is never explained by a loan of before."""
    return named(rows) | (stays_armed(rows) & lent(report))


def _releases(report: Report, since: float) -> Iterator[str]:
    """No tag was ever written as on loan while the ILS had no loan of its item."""
    for tag in report["field"]:
        for write in tag["writes"]:
            if write["t"] < since or write["afi"] != RELEASED:
                continue
            item = tag["barcode"]
            loans = [loan["t"] for loan in report["ils"]["loans"] if loan["item"] == item]
            backs = [back["t"] for back in report["ils"]["returns"] if back["item"] == item]
            last = max((t for t in loans if t <= write["t"]), default=None)
            if last is None or any(last <= t <= write["t"] for t in backs):
                yield f"{item} was released while the ILS had no loan of it"


def _messages(report: Report, visit: Visit) -> Iterator[str]:
    """An item is asked for once in a visit, and nothing else is asked."""
    asked: dict[tuple[str, str], int] = {}
    for message in report["ils"]["messages"]:
        code = message["request"][:2]
        if message["t"] >= visit.since and code in {"11", "09", "29", "15", "37"}:
            item = _field(message["request"], "AB")
            asked[code, item] = asked.get((code, item), 0) + 1
    for (code, item), times in sorted(asked.items()):
        if code != visit.code or item not in visit.items:
            yield f"a {code} for {item} was sent, which nobody wanted"
        elif times > 1:
            yield f"a {code} for {item} was sent {times} times in one visit"


def personal(canaries: Sequence[Canary], data: Path) -> Iterator[str]:
    """No name, number or title in any byte that the kiosk wrote."""
    return p6(canaries, data)


def _sagas(rows: Rows) -> dict[str, list[Mapping[str, Any]]]:
    sagas: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        sagas.setdefault(row["saga"], []).append(row)
    return sagas


def _item(rows: Rows) -> str:
    return next((str(row["payload"]["item"]) for row in rows if row["payload"].get("item")), "")


def _field(request: str, name: str) -> str:
    """The first field of that name in a SIP2 message; never its first one, which the fixed part precedes."""
    return next((part[len(name) :] for part in request.split("|")[1:] if part.startswith(name)), "")
