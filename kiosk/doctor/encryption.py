"""What a connection through TLS is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

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
    tunnel = wire.tunnel
    certificate = x509.load_der_x509_certificate(tunnel.certificate)
    return Secured(
        version=tunnel.version,
        cipher=tunnel.cipher,
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        expires=certificate.not_valid_after_utc.astimezone(UTC),
        fingerprint=tunnel.fingerprint.hex(),
    )
