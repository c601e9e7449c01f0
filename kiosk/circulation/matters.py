"""Open matters: what the journal's open rows leave for staff to look at. Pure; words are made elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.circulation import paying
from kiosk.circulation.frozen import changed
from kiosk.circulation.giving_back import GivingBack
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import ItemKey, Row, RowKind, SagaId
from kiosk.circulation.wish import WishKind

LOAN_UNKNOWN = "loan-unknown"
"""Asked, and nobody knows whether it was lent."""

LOAN_UNSECURED = "loan-unsecured"
"""Lent, and a tag of it is not proved to be on loan."""

LOAN_ARMED = "loan-armed"
"""Lent, and nobody has said that its tags may be released: they stay as they are."""

RETURN_UNKNOWN = "return-unknown"
"""Asked, and nobody knows whether it was taken back."""

RETURN_UNARMED = "return-unarmed"
"""Taken back, and a tag of it is not proved to be armed."""

RENEWAL_UNKNOWN = "renewal-unknown"
"""Asked, and nobody knows whether it was renewed; the next start closes it."""

HOLD_UNKNOWN = "hold-unknown"
"""Asked, and nobody knows whether there is a hold; the next start closes it."""

PAYMENT_UNKNOWN = "payment-unknown"
"""The till was asked, and nobody knows whether it has taken the money."""

PAYMENT_NOT_BOOKED = "payment-not-booked"
"""The till has taken the money, and the ILS is not known to have booked it."""

STAFF_ACT = "staff-act"
"""Staff were switching or writing a tag at the command line, and that was cut off."""

UNANSWERED = {
    GivingBack.act: RETURN_UNKNOWN,
    WishKind.RENEWAL.value: RENEWAL_UNKNOWN,
    WishKind.RENEW_ALL.value: RENEWAL_UNKNOWN,
    WishKind.HOLD.value: HOLD_UNKNOWN,
    paying.ACT: PAYMENT_UNKNOWN,
}
"""What an intent without an answer means, by its act; the intent of a loan may name none."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One item that staff must look at. `key` says in which way (`loan-unknown`...), `reason` why, where the
    journal names one. The item's id is empty when it may be a patron's number, which nobody shows."""

    saga: SagaId
    item: ItemKey
    key: str
    reason: Reason | None = None


def open_matters(rows: Sequence[Row]) -> tuple[Matter, ...]:
    """Fold the journal's open rows (oldest first) into one matter a saga, oldest first.

    A return that was refused leaves none: the item is on loan as it was.
    """
    matters: dict[SagaId, Matter] = {}
    closed: set[SagaId] = set()
    settled: set[SagaId] = set()
    for row in rows:
        known = matters.get(row.saga)
        if row.closes:
            settled.add(row.saga)
        match row.kind:
            case RowKind.INTENT:
                item = ItemKey(str(row.payload.get("item", "")), str(row.payload.get("owner", "")))
                key = UNANSWERED.get(str(row.payload.get("act", "")), LOAN_UNKNOWN)
                matters[row.saga] = Matter(row.saga, item, key)
                # a question about a fee was answered with yes
                closed.discard(row.saga)
            case RowKind.TAKEN if known is not None:
                matters[row.saga] = changed(known, key=PAYMENT_NOT_BOOKED)
            case RowKind.ANSWER if known is not None and known.key != PAYMENT_NOT_BOOKED:
                key = RETURN_UNARMED
                if row.payload.get("lent"):
                    key = LOAN_UNSECURED if row.payload.get("release") else LOAN_ARMED
                if not row.payload.get("lent") and not row.payload.get("returned"):
                    closed.add(row.saga)
                matters[row.saga] = changed(known, key=key, reason=None)
            case RowKind.STAFF if known is not None:
                matters[row.saga] = changed(known, reason=_reason(row))
            case RowKind.STAFF if row.payload.get("act"):
                matters[row.saga] = Matter(row.saga, ItemKey(str(row.payload.get("item", ""))), STAFF_ACT)
            case _:
                pass
    return tuple(matter for saga, matter in matters.items() if saga not in closed | settled)


def _reason(row: Row) -> Reason | None:
    try:
        return Reason(str(row.payload.get("reason", "")))
    except ValueError:
        # a newer kiosk wrote it
        return None
