"""Rows as they lie in the file, and what is checked of each when it is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.circulation.values import Row, RowKind, SagaId
from kiosk.journal.errors import JournalDamaged

ROW_SCHEMA = 1
"""Version of the payloads' shapes, kept with each row."""

AS_PAYLOAD = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
AS_READ = json.JSONDecoder()
"""How rows become text, and come back; made once, since that costs more than its use."""

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

Said = tuple[Any, Any, Any, Any, Any]
"""What a row says: `saga` to `payload` of `FIELDS`."""

SELECT = f"SELECT {', '.join(FIELDS)} FROM rows"  # noqa: S608  (names of our own)

Record = Sequence[Any]
"""One row of the table: its `FIELDS`, and perhaps more columns after them."""


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


def check(record: Record, path: Path) -> None:
    """Is the row what was written?

    Raises:
        JournalDamaged: it is not.
    """
    seq, saga, kind, schema, closes, payload, mono, wall, written, *_ = record
    try:
        whole = (
            isinstance(seq, int)
            and isinstance(saga, str)
            and isinstance(mono, float)
            and isinstance(wall, float)
            and written == digest((saga, kind, schema, closes, payload), mono, wall)
        )
        if not whole:
            raise ValueError(seq)
    except (TypeError, ValueError) as error:
        raise _not_what_was_written(seq, path) from error


def stored(record: Record, path: Path) -> StoredRow:
    """The row, when it is what was written.

    Raises:
        JournalDamaged: it is not.
    """
    check(record, path)
    seq, saga, kind, schema, closes, payload, mono, wall, _, key, *_ = record
    try:
        says = AS_READ.decode(payload)
        return StoredRow(
            seq, SagaId(saga), str(kind), int(schema), bool(closes), says, mono, wall, is_alive(key)
        )
    except (TypeError, ValueError) as error:
        raise _not_what_was_written(seq, path) from error


def _not_what_was_written(seq: object, path: Path) -> JournalDamaged:
    return JournalDamaged(f"row {seq!r} is not what was written", path)


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
    saga, kind, schema, closes, payload = said
    quoted = json.encoder.encode_basestring_ascii
    # what `json.dumps` writes for the list of all seven, at half its cost: each row is digested many times
    text = f"[{quoted(saga)}, {quoted(kind)}, {schema}, {closes}, {quoted(payload)}, {mono!r}, {wall!r}]"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
