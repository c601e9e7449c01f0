"""The ILS behind Debian's stunnel4, by which many an ILS gets its TLS: programs that we did not write, from
the handshake to the loan."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kiosk.app import ils_wire, real_doors
from kiosk.circulation.answers import Lent, NotLent, Welcome
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.ils import IlsSettings, SipIls, try_out
from tests.sip2.pysip2_acs import PIN as PIN_TEXT
from tests.sip2.pysip2_acs import Library, serving
from tests.wires.certificates import Authority

EMILIE = PatronId("21000001")
BOOK = ItemKey("39000001")
PIN = Pin(PIN_TEXT)
HOST = "127.0.0.1"
READY_WITHIN_S = 10.0


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@asynccontextmanager
async def stunnel(folder: Path, to: int, *more: str) -> AsyncIterator[int]:
    """stunnel in front of a port of this machine; gives its own port."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    ports = (f"accept = {HOST}:{port}", f"connect = {HOST}:{to}")
    lines = ("foreground = yes", "pid =", "[sip2]", *ports, *more)
    config = folder / "stunnel.conf"
    config.write_text("\n".join(lines) + "\n")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec("stunnel4", str(config), stderr=pipe)
    assert process.stderr is not None
    draining = None
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            said = b""
            while b"Configuration successful" not in said:
                line = await process.stderr.readline()
                assert line, said.decode()
                said += line
        draining = asyncio.ensure_future(process.stderr.read())
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        if draining is not None:
            await draining


def settings(port: int, **more: object) -> IlsSettings:
    return IlsSettings(
        host=HOST, port=port, institution="lib", login_user="kiosk", login_password="pw", tls="on", **more
    )


async def lend(settings: IlsSettings, folder: Path) -> tuple[object, object]:
    """A patron signs in and borrows a book."""
    wire = ils_wire(settings, real_doors(folder))
    ils = SipIls(settings, wire, time.time, random.Random(1))
    watching = asyncio.ensure_future(ils.run(lambda change: None))
    try:
        return await ils.sign_in(EMILIE, PIN, "en"), await ils.lend(EMILIE, PIN, BOOK, lambda: None)
    finally:
        watching.cancel()
        await asyncio.wait({watching})


def test_a_loan_through_stunnel(tmp_path: Path, authority: Authority) -> None:
    """With its authority, with its fingerprint, and with both."""
    theirs = authority.issue(HOST)
    pinned = theirs.fingerprint.hex(":").upper()

    async def story() -> None:
        for trust in ({"tls_ca": authority.file}, {"tls_fingerprint": pinned}):
            library = Library()
            async with serving(library) as (_, behind):
                files = (f"cert = {theirs.certificate}", f"key = {theirs.key}")
                async with stunnel(tmp_path, behind, *files) as port:
                    welcome, lent = await lend(settings(port, **trust), tmp_path)
            assert isinstance(welcome, Welcome)
            assert isinstance(lent, Lent)
            assert library.executed == [("21000001", "39000001")]

    asyncio.run(story())


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_a_stunnel_that_wants_our_certificate(tmp_path: Path, authority: Authority, version: str) -> None:
    theirs, ours = authority.issue(HOST), authority.issue("kiosk-2")

    async def story() -> list[str]:
        library = Library()
        asking = (
            f"cert = {theirs.certificate}", f"key = {theirs.key}", f"CAfile = {authority.file}",
            "requireCert = yes", "verifyChain = yes", f"sslVersion = {version}",
        )  # fmt: skip
        async with serving(library) as (_, behind), stunnel(tmp_path, behind, *asking) as port:
            nobody = settings(port, tls_ca=authority.file)
            known = settings(port, tls_ca=authority.file, tls_certificate=ours.certificate, tls_key=ours.key)
            _, lent = await lend(known, tmp_path)
            assert isinstance(lent, Lent)
            _, refused = await lend(nobody, tmp_path)
            assert isinstance(refused, NotLent)
            assert refused.reason is Reason.ILS_DOWN
            steps = []
            await try_out(nobody, ils_wire(nobody, real_doors(tmp_path)), time.time, steps.append)
        return [step.detail for step in steps if step.ok is False]

    (detail,) = asyncio.run(story())
    assert "certificate (tls_certificate)" in detail
