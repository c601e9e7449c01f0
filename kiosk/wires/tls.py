"""TCP connections through TLS."""

from __future__ import annotations

import errno
import hashlib
import hmac
import ssl
from dataclasses import dataclass
from pathlib import Path

from kiosk.wires.tcp import Stream, TcpWire, connected
from kiosk.wires.wire import OpenWire, Wire


@dataclass(frozen=True, slots=True)
class Tunnel:
    """What a handshake agreed on: protocol version (`TLSv1.3`), cipher suite, and the certificate that the
    far side showed (DER), from which subject and expiry can be read."""

    version: str
    cipher: str
    certificate: bytes

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the certificate, 32 bytes."""
        return hashlib.sha256(self.certificate).digest()


class NoTls(ConnectionAbortedError):
    """There is no TLS with a far side, or not with one whom we trust; the text helps whoever set it up.
    `reached`: it was asked, so that something answers there; else a file of ours is of no use."""

    def __init__(self, text: str, *, reached: bool = True) -> None:
        super().__init__(errno.ECONNABORTED, text)
        self.reached = reached


class TlsWire(TcpWire):
    """A TCP connection through TLS."""

    def __init__(self, stream: Stream) -> None:
        """Take over an open connection, its handshake done."""
        super().__init__(stream)
        self._heard = False

    @property
    def tunnel(self) -> Tunnel:
        """What the handshake agreed on."""
        ssl_object = self._stream.transport.get_extra_info("ssl_object")
        suite, version, _ = ssl_object.cipher()
        return Tunnel(ssl_object.version() or version, suite, ssl_object.getpeercert(binary_form=True))

    async def send(self, data: bytes) -> None:
        """Send all of `data` (see `Wire`)."""
        try:
            await super().send(data)
        except (ssl.SSLError, ConnectionError) as error:
            raise self._broken(error) from error

    async def receive(self, until: float | None = None) -> bytes:
        """Wait for the next bytes (see `Wire`)."""
        try:
            data = await super().receive(until)
        except (ssl.SSLError, ConnectionError) as error:
            raise self._broken(error) from error
        if not data and not self._heard:
            raise self._broken(None)
        self._heard = True
        return data

    def _broken(self, error: OSError | None) -> ConnectionResetError:
        """Since TLS 1.3 a far side that wants a certificate says so only behind the handshake, and mostly
        just hangs up."""
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "closed"
        wanted = "" if self._heard else "; perhaps it wants a certificate (tls_certificate)"
        return ConnectionResetError(errno.ECONNRESET, f"TLS: {reason}{wanted}")


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom TLS trusts at the far side, and who we are to it. Files are PEM.

    Attributes:
        ca: the certificates of the authorities to trust, instead of the system's own.
        certificate: ours, where the far side wants one, with those between it and its authority.
        key: its key, unencrypted; None where it stands in the file of the certificate.
        fingerprint: SHA-256 of the far side's certificate (DER), 32 bytes; empty: none is pinned. One that is
            pinned is trusted by that alone: by no authority unless `ca` is given, and under any name.
        name: the name in the far side's certificate; empty: the host's.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    fingerprint: bytes = b""
    name: str = ""


def tls(host: str, port: int, trust: Tls) -> OpenWire:
    """The factory for one TCP address that is spoken to through TLS, 1.2 at least.

    The certificate is checked against the authorities and the host's name, or against the pinned
    fingerprint. The files are read anew each time, so that a renewed certificate needs no restart. What is
    wrong with TLS, and not with the way there, is told by a `NoTls`.
    """

    async def open_it() -> Wire:
        context = _context(trust)
        try:
            wire = TlsWire(await connected(host, port, context, trust.name or host))
        except ConnectionRefusedError:
            raise  # nobody is there at all
        except (ssl.SSLError, ConnectionError) as error:
            raise _tls_trouble(f"{host}:{port}", trust, error) from error
        shown = wire.tunnel.fingerprint
        if trust.fingerprint and not hmac.compare_digest(shown, trust.fingerprint):
            await wire.close()
            raise NoTls(
                f"{host}:{port} shows another certificate than the pinned one; if that is right, pin "
                f"{shown.hex()}"
            )
        return wire

    return open_it


def _context(trust: Tls) -> ssl.SSLContext:
    """What OpenSSL shall check and show.

    Raises:
        NoTls: a file cannot be read, or is not what it should be.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if trust.fingerprint:
        context.check_hostname = False
        if not trust.ca:
            context.verify_mode = ssl.CERT_NONE  # the fingerprint says it all
    try:
        if trust.ca:
            context.load_verify_locations(trust.ca)
        elif not trust.fingerprint:
            context.load_default_certs()
    except (OSError, ValueError) as error:
        place = str(trust.ca or "the system's authorities")
        raise _file_trouble(place, "a file of certificates (PEM)", error) from error
    if trust.certificate:
        try:
            # a key that is encrypted would have OpenSSL ask at the terminal
            context.load_cert_chain(trust.certificate, trust.key, password=lambda: "")
        except (OSError, ValueError) as error:
            files = " and ".join(str(path) for path in (trust.certificate, trust.key) if path)
            what = "a certificate (PEM) with its own key, unencrypted"
            raise _file_trouble(files, what, error) from error
    return context


def _file_trouble(path: str, what: str, error: Exception) -> NoTls:
    match error:
        case ssl.SSLError() | ValueError():
            said = f"is not {what}"
        case PermissionError():
            said = "the kiosk has no right to read it"
        case FileNotFoundError():
            said = "there is no such file"
        case _:
            said = str(error)
    return NoTls(f"{path}: {said}", reached=False)


def _tls_trouble(place: str, trust: Tls, error: Exception) -> NoTls:
    """The error with a text that helps whoever set the kiosk up."""
    match error:
        case ssl.SSLCertVerificationError(verify_message=said) if "ostname" in said or "IP address" in said:
            text = f"{place}: its certificate bears another name; say that one (tls_name), or pin it"
        case ssl.SSLCertVerificationError(verify_message=said) if "expired" in said or "yet valid" in said:
            text = f"{place}: {said}; renew it there, or set the kiosk's clock"
        case ssl.SSLCertVerificationError(verify_message=said):
            where = trust.ca or "the system's authorities"
            text = f"{place}: not vouched for by {where} ({said}); give its CA (tls_ca), or pin it"
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "UNEXPECTED_MESSAGE" | "HTTP_REQUEST"):
            text = f"{place}: it does not speak TLS; is this its plain port?"
        case ssl.SSLError(reason=str(reason)) if "PROTOCOL" in reason or "VERSION" in reason:
            text = f"{place}: no TLS of 1.2 or later ({reason}); it must be renewed there"
        case ssl.SSLError(reason=str(reason)) if "ALERT" in reason:
            mine = "another certificate" if trust.certificate else "a certificate (tls_certificate)"
            text = f"{place}: it refuses us ({reason}); perhaps it wants {mine}"
        case ssl.SSLError(reason=reason):
            text = f"{place}: no TLS with it ({reason or error})"
        case ConnectionAbortedError() if "longer" in str(error):  # so says asyncio
            text = f"{place}: it takes no part in TLS; is this its plain port?"
        case _:
            text = (
                f"{place}: it closed the connection within the handshake; is it its port for TLS, does it "
                "speak 1.2 or later, or want a certificate (tls_certificate)?"
            )
    return NoTls(text)
