"""TLS to an ILS on this machine, with certificates of our own. Who is not whom we trust gets not a byte."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kiosk.wires import NoTls, OpenWire, Tls, TlsWire, Tunnel, tls
from tests.wires.certificates import Authority, Issued

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def ours(authority: Authority) -> Issued:
    return authority.issue(HOST)


class Ils:
    """A far side that echoes; `heard` is all that reached it, `spoke` the TLS versions."""

    def __init__(self, issued: Issued) -> None:
        self.heard = b""
        self.spoke: list[str | None] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(issued.certificate, issued.key)

    @asynccontextmanager
    async def serving(self, *, plain: bool = False) -> AsyncIterator[int]:
        more = {} if plain else {"ssl": self.context}
        server = await asyncio.start_server(self._serve, HOST, 0, **more)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tunnel = writer.get_extra_info("ssl_object")
        self.spoke.append(tunnel and tunnel.version())
        try:
            while data := await reader.read(1000):
                self.heard += data
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()


async def said(open_wire: OpenWire) -> bytes:
    """What comes back when we say something."""
    wire = await open_wire()
    try:
        await wire.send(b"9300CN\r")
        return await wire.receive()
    finally:
        await wire.close()


def trying(ils: Ils, trust: Tls, host: str = HOST) -> bytes:
    async def tale() -> bytes:
        async with ils.serving() as port:
            return await said(tls(host, port, trust))

    return asyncio.run(tale())


def test_an_authority_of_the_librarys_own(authority: Authority, ours: Issued) -> None:
    ils = Ils(ours)
    assert trying(ils, Tls(ca=authority.file)) == b"9300CN\r"
    assert ils.spoke == ["TLSv1.3"]


def test_a_wire_tells_what_the_handshake_agreed_on(authority: Authority, ours: Issued) -> None:
    async def tale() -> Tunnel:
        async with Ils(ours).serving() as port:
            wire = await tls(HOST, port, Tls(ca=authority.file))()
            assert isinstance(wire, TlsWire)
            await wire.close()
            return wire.tunnel

    tunnel = asyncio.run(tale())
    assert tunnel.version == "TLSv1.3"
    assert tunnel.cipher.startswith("TLS_")
    assert tunnel.certificate == ssl.PEM_cert_to_DER_cert(ours.certificate.read_text())
    assert tunnel.fingerprint == ours.fingerprint


def test_the_oldest_tls_that_is_spoken_is_1_2(authority: Authority, ours: Issued) -> None:
    ils = Ils(ours)
    ils.context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert trying(ils, Tls(ca=authority.file)) == b"9300CN\r"
    assert ils.spoke == ["TLSv1.2"]


def test_what_is_older_is_refused(authority: Authority, ours: Issued) -> None:
    ils = Ils(ours)
    ils.context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        ils.context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError, match=r"no TLS of|speak 1\.2 or later"):
        trying(ils, Tls(ca=authority.file))


def test_one_whom_nobody_vouches_for_hears_nothing(ours: Issued) -> None:
    ils = Ils(ours)
    with pytest.raises(OSError, match=r"127.0.0.1:\d+: not vouched for by the system") as told:
        trying(ils, Tls())
    assert "tls_ca" in str(told.value)
    assert ils.heard == b""


def test_another_name(authority: Authority) -> None:
    ils = Ils(authority.issue("ils.example"))
    with pytest.raises(OSError, match=r"bears another name.*tls_name"):
        trying(ils, Tls(ca=authority.file))
    assert ils.heard == b""
    assert trying(ils, Tls(ca=authority.file, name="ils.example")) == b"9300CN\r"


def test_a_certificate_that_has_expired(authority: Authority) -> None:
    ils = Ils(authority.issue(HOST, days=-2))
    with pytest.raises(OSError, match="expired; renew it there"):
        trying(ils, Tls(ca=authority.file))


def test_a_pinned_certificate_needs_no_authority_and_no_name(authority: Authority) -> None:
    issued = authority.issue("ils.example", days=-2)
    ils = Ils(issued)
    assert trying(ils, Tls(fingerprint=issued.fingerprint)) == b"9300CN\r"


def test_any_other_certificate_than_the_pinned_one_hears_nothing(authority: Authority, ours: Issued) -> None:
    other = authority.issue(HOST)
    ils = Ils(ours)
    for trust in (Tls(fingerprint=other.fingerprint), Tls(ca=authority.file, fingerprint=other.fingerprint)):
        with pytest.raises(OSError, match="another certificate than the pinned one") as told:
            trying(ils, trust)
        assert ours.fingerprint.hex() in str(told.value)  # for whoever finds that it is right
    assert ils.heard == b""


def test_a_pinned_certificate_of_the_wrong_authority(tmp_path: Path, ours: Issued) -> None:
    other = Authority(tmp_path, "Other CA")
    with pytest.raises(OSError, match="not vouched for"):
        trying(Ils(ours), Tls(ca=other.file, fingerprint=ours.fingerprint))


def test_our_own_certificate(authority: Authority, ours: Issued) -> None:
    ils = Ils(ours)
    ils.context.verify_mode = ssl.CERT_REQUIRED
    ils.context.load_verify_locations(authority.file)
    mine = authority.issue("kiosk-2")
    trust = Tls(ca=authority.file, certificate=mine.certificate, key=mine.key)
    assert trying(ils, trust) == b"9300CN\r"
    both = mine.certificate.with_suffix(".both")
    both.write_bytes(mine.key.read_bytes() + mine.certificate.read_bytes())
    assert trying(ils, dataclasses.replace(trust, certificate=both, key=None)) == b"9300CN\r"


@pytest.mark.parametrize("field", ["ca", "certificate"])
@pytest.mark.parametrize(
    ("content", "why"), [(None, "there is no such file"), (b"hello", r"is not a .*PEM")], ids=["none", "odd"]
)
def test_files_that_are_of_no_use(tmp_path: Path, field: str, content: bytes | None, why: str) -> None:
    place = tmp_path / "some.pem"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(OSError, match=f"some.pem: {why}"):
        asyncio.run(tls(HOST, 1, dataclasses.replace(Tls(), **{field: place}))())


def test_a_key_that_is_encrypted_asks_nobody(authority: Authority) -> None:
    mine = authority.issue("kiosk-2", secret=b"geheim")
    with pytest.raises(OSError, match="unencrypted"):
        asyncio.run(tls(HOST, 1, Tls(certificate=mine.certificate, key=mine.key))())


def test_a_port_that_speaks_no_tls(ours: Issued) -> None:
    async def tale() -> None:
        async with Ils(ours).serving(plain=True) as port:
            await said(tls(HOST, port, Tls()))

    with pytest.raises(OSError, match="it does not speak TLS; is this its plain port"):
        asyncio.run(tale())


def test_a_port_that_waits_for_something_else(ours: Issued) -> None:
    """So do most ILSes: the beginning of a handshake ends in no CR."""

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()

    async def tale() -> None:
        async with await asyncio.start_server(wait, HOST, 0) as server:
            await said(tls(HOST, server.sockets[0].getsockname()[1], Tls()))

    with pytest.raises(NoTls, match="takes no part in TLS; is this its plain port"):
        asyncio.run(tale())


def test_a_port_that_hangs_up(ours: Issued) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    async def tale() -> None:
        async with await asyncio.start_server(hang_up, HOST, 0) as server:
            await said(tls(HOST, server.sockets[0].getsockname()[1], Tls()))

    with pytest.raises(OSError, match="closed the connection within the handshake"):
        asyncio.run(tale())


def test_nobody_there() -> None:
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(tls(HOST, 1, Tls())())


@pytest.mark.parametrize("host", ["ils..local", "x" * 70, "a\0b"])
def test_a_host_name_that_is_none(host: str) -> None:
    with pytest.raises(OSError, match="is no host name"):
        asyncio.run(tls(host, 6443, Tls())())


def test_an_end_without_a_farewell_is_the_end(authority: Authority, ours: Issued) -> None:
    async def tale() -> bytes:
        context = Ils(ours).context

        async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.transport.abort()

        async with await asyncio.start_server(cut, HOST, 0, ssl=context) as server:
            wire = await tls(HOST, server.sockets[0].getsockname()[1], Tls(ca=authority.file))()
            await wire.send(b"99\r")
            try:
                return await wire.receive()
            except ConnectionError:
                return b""
            finally:
                await wire.close()

    assert asyncio.run(tale()) == b""
