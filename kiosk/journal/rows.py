"""Rows as they lie in the file, and what is checked of each when it is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from kiosk.circulation.values import Row, RowKind, SagaId
from kiosk.journal.errors import JournalDamaged

ROW_SCHEMA = 1
"""Version of the payloads' shapes, kept with each row."""

AS_PAYLOAD = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
AS_DIGESTED = json.JSONEncoder()
"""How rows become text; made once, since that costs more than its use."""

KINDS = frozenset(kind.value for kind in RowKind)

FIELDS = (
    "seq",
    "saga",
    "kind",
    "schema",
    "closes",
    "payload",
    "mono",
    "wall",
    "digest",
    "key",
    "box",
)
"""Columns of a row that all versions of the file have. `key` and `box` are the sealed part."""

SAID = ("saga", "kind", "schema", "closes", "payload")
Said = tuple[Any, ...]
"""What a row says, in the order of `SAID`."""

_said = itemgetter(*SAID)
_checked = itemgetter("seq", "saga", "mono", "wall", "key")

SELECT = f"SELECT {', '.join(FIELDS)} FROM rows"  # noqa: S608  (names of our own)

Record = Mapping[str, Any]
"""One row of the table, by column."""


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row as it lies in the journal, its sealed part left out.

    `mono` (seconds of the monotonic clock of that boot) and `wall` (seconds since 1970, UTC) are of
    its flush; `sealed` says that it has a sealed part whose key still exists.
    """

    seq: int
    saga: SagaId
    kind: str
    schema: int
    closes: bool
    payload: Mapping[str, object]
    mono: float
    wall: float
    sealed: bool


def record_of(values: Sequence[object]) -> dict[str, Any]:
    """What `SELECT` gave for one row, by column."""
    return dict(zip(FIELDS, values, strict=True))


def stored(record: Record, path: Path) -> StoredRow:
    """The row, when it is what was written.

    Raises:
        JournalDamaged: it is not.
    """
    seq, saga, mono, wall, key = _checked(record)
    try:
        whole = (
            isinstance(seq, int)
            and isinstance(saga, str)
            and isinstance(mono, float)
            and isinstance(wall, float)
            and record["digest"] == digest(_said(record), mono, wall)
        )
        if not whole:
            raise ValueError(seq)
        return StoredRow(
            seq=seq,
            saga=SagaId(saga),
            kind=str(record["kind"]),
            schema=int(record["schema"]),
            closes=bool(record["closes"]),
            payload=json.loads(record["payload"]),
            mono=mono,
            wall=wall,
            sealed=is_alive(key),
        )
    except (TypeError, ValueError) as error:
        raise JournalDamaged(f"row {seq!r} is not what was written", path) from error


def is_alive(key: object) -> bool:
    """Whether this is a key that was not destroyed."""
    return isinstance(key, bytes) and any(key)


def payload_text(row: Row) -> str:
    """A row's payload as it is written. Raises TypeError, ValueError for what JSON cannot say."""
    return AS_PAYLOAD.encode(dict(row.payload))


def bound_name(saga: str, kind: str) -> str:
    """What a sealed part is bound to."""
    return f"{saga}\n{kind}"


def digest(said: Said, mono: float, wall: float) -> bytes:
    """16 bytes over all that a row says (not over its sealed part, which has a seal of its own)."""
    return hashlib.blake2b(AS_DIGESTED.encode([*said, mono, wall]).encode(), digest_size=16).digest()
