"""What a connection through TLS is made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from kiosk.wires import TlsWire


@dataclass(frozen=True, slots=True)
class Secured:
    """Protocol version, cipher suite and the far side's certificate."""

    version: str
    cipher: str
    subject: str
    issuer: str
    expires: datetime
    fingerprint: str
    """SHA-256, in hexadecimal."""


def secured(wire: object) -> Secured | None:
    """How this wire is secured; None where it is not."""
    if not isinstance(wire, TlsWire):
        return None
    # The wire gives its fingerprint away and no more; who looks at the rest is the doctor alone.
    ssl_object: Any = vars(wire)["_writer"].get_extra_info("ssl_object")
    shown: bytes = ssl_object.getpeercert(binary_form=True)
    certificate = x509.load_der_x509_certificate(shown)
    return Secured(
        version=ssl_object.version() or "",
        cipher=ssl_object.cipher()[0],
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        expires=certificate.not_valid_after_utc.astimezone(UTC),
        fingerprint=hashlib.sha256(shown).hexdigest(),
    )
