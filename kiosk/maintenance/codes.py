"""Support codes: one for each reason, so that a telephone call can begin with it.

A code never changes its meaning and is never given again. docs/support.md has a section for each that a
device or an open matter can have, docs/sip2.md a line for each reason. `K-PAD-000` stands for a device
that has not said anything yet, `K-PAD-099` for a reason that has no code of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.circulation.reasons import CATALOGUE, Reason
from kiosk.circulation.values import Condition, Device

PREFIXES: Mapping[Device, str] = MappingProxyType(
    {
        Device.ILS: "K-ILS",
        Device.PAD: "K-PAD",
        Device.CARDS: "K-CRD",
        Device.JOURNAL: "K-JRN",
        Device.PRINTER: "K-PRN",
        Device.GATE: "K-GAT",
        Device.SCANNER: "K-SCN",
        Device.TILL: "K-TIL",
    }
)

SILENT_YET = 0
"""Number of the code of a device that has not said anything since the start."""

ANOTHER = 99
"""Number of the code of a reason that has none."""

NUMBERS: Mapping[tuple[Device, Reason], int] = MappingProxyType(
    {
        (device, reason): int(entry.code.removeprefix(f"{prefix}-"))
        for reason, entry in CATALOGUE.items()
        for device, prefix in PREFIXES.items()
        if entry.code.startswith(f"{prefix}-")
    }
)
"""Numbers of the reasons that a device can give."""

MATTERS: Mapping[str, int] = MappingProxyType(
    {
        "loan-unknown": 1,
        "loan-unsecured": 2,
        "return-unknown": 3,
        "return-unarmed": 4,
        "renewal-unknown": 5,
        "hold-unknown": 6,
        "payment-unknown": 7,
        "payment-not-booked": 8,
        "loan-armed": 9,
        "staff-act": 10,
    }
)
"""Numbers of the kinds of open matters (`K-MAT-001`)."""


def support_code(device: Device, condition: Condition, reason: Reason | None) -> str:
    """The code, such as `K-PRN-002`; empty for a device that is ready and has nothing to say."""
    if reason is None:
        return "" if condition is Condition.READY else _code(device, SILENT_YET)
    return _code(device, NUMBERS.get((device, reason), ANOTHER))


def saying_of(device: Device, condition: Condition, reason: Reason | None) -> str:
    """Which words go with it: `maintenance.reason.<this>` says what is so, `maintenance.remedy.<this>` what
    to do. Empty for a device that is ready and has nothing to say."""
    if reason is None:
        return "" if condition is Condition.READY else "silent-yet"
    return reason.value if (device, reason) in NUMBERS else "another"


def matter_code(kind: str) -> str:
    """The code of an open matter of a kind (`loan-unknown`...), such as `K-MAT-001`."""
    return f"K-MAT-{MATTERS.get(kind, ANOTHER):03d}"


def all_codes() -> tuple[str, ...]:
    """Every code that `support_code` and `matter_code` can give, sorted."""
    numbered = {_code(device, number) for (device, _), number in NUMBERS.items()}
    others = {_code(device, number) for device in Device for number in (SILENT_YET, ANOTHER)}
    matters = {matter_code(kind) for kind in (*MATTERS, "")}
    return tuple(sorted(numbered | others | matters))


def _code(device: Device, number: int) -> str:
    return f"{PREFIXES[device]}-{number:03d}"
