"""`kiosk doctor ils` at library systems that are ill: it ends, with a line that says why."""

import asyncio
import contextlib
import errno
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.doctor import About, Examination, IlsReport
from kiosk.doctor.charsets import charset_of
from kiosk.doctor.credentials import weakness_of
from kiosk.doctor.lists import hold_counting, windows
from kiosk.ils import IlsSettings
from kiosk.lab import run
from kiosk.simulator import World
from kiosk.wires import Tls, Wire, tls
from tests.doctor.examined import EVERYTHING, scenery, visit
from tests.sip2.scripted import STATUS, ScriptedAcs, sealed, silent
from tests.wires.certificates import Authority

NOW = 1.8e9
ABOUT = About(PatronId("21000001"), Pin("1234"), ItemKey("39000001"))


def with_fault(**command: Any) -> Callable[[World], object]:
    def prepare(world: World) -> None:
        done = world.do({"device": "ils", **command}, asyncio.get_running_loop().time())
        assert done["ok"], done

    return prepare


FAULTS = {
    "silent from the beginning": ({"do": "silent", "count": 999}, "login", "no answer"),
    "silent to 99": ({"do": "silent", "message": "99", "count": 999}, "service", "no answer"),
    "silent to 63": ({"do": "silent", "message": "63", "count": 999}, "patron", "no answer"),
    "silent to 17": ({"do": "silent", "message": "17", "count": 999}, "item", "no answer"),
    "half frames": ({"do": "garble", "how": "half", "count": 999}, "login", "no answer"),
    "wrong checksums": ({"do": "garble", "how": "checksum", "count": 999}, "login", "garbage"),
    "hangs up on 93": ({"do": "hang-up", "message": "93", "count": 999}, "login", "closed"),
    "hangs up on 63": ({"do": "hang-up", "message": "63", "count": 999}, "patron", "closed"),
    "96 for ever": ({"do": "storm", "count": 999}, "login", "never understands"),
    "off-line": ({"do": "lie", "how": "offline", "message": "99", "count": 999}, "service", "off-line"),
    "unplugged": ({"do": "unplug"}, "address", ""),
}


@pytest.mark.parametrize("name", FAULTS)
def test_it_ends_with_a_line_that_says_what_is_wrong(name: str) -> None:
    command, check, why = FAULTS[name]
    checked = visit(scenery("lantern"), EVERYTHING, prepare=with_fault(**command), question_timeout_s=0.1)
    assert why in checked.found[check].says
    assert checked.state(check) in {"failed", "warning"}
    assert checked.report.well == (check == "item")
    if check == "patron":
        assert sum("AD1234" in frame for frame in checked.sent("63")) <= 2, "a question and its repetition"
    assert checked.changes() == []


@pytest.mark.parametrize("how", ["trailer", "sequence"])
def test_one_bad_answer_does_not_spoil_the_visit(how: str) -> None:
    fault = with_fault(do="garble", how=how, message="63", count=1)
    checked = visit(scenery("lantern"), EVERYTHING, prepare=fault, question_timeout_s=0.2)
    assert checked.report.well
    assert checked.state("patron") == "ok"


@pytest.mark.parametrize(("how", "state"), [("short", "warning"), ("mute", "warning"), ("denies", "ok")])
def test_bx_that_lies(how: str, state: str) -> None:
    fault = with_fault(do="lie", how=how, message="99", count=999)
    checked = visit(scenery("lantern"), EVERYTHING, prepare=fault)
    assert checked.state("messages") == state
    assert checked.report.well == (how != "denies")
    if how == "denies":
        assert checked.state("lending") == "failed"
        assert "11 N" in checked.found["lending"].says
        assert not checked.sent("63")


# ---- in virtual time: a far side that does exactly what is written here -----------------------------------


def examined(acs: ScriptedAcs, **settings: Any) -> tuple[IlsReport, float]:
    async def story() -> tuple[IlsReport, float]:
        given = IlsSettings(**{"login_user": "kiosk", "login_password": "geheim", **settings})
        began = asyncio.get_running_loop().time()
        report = await Examination(given, acs.open, lambda: NOW, ABOUT).run()
        return report, asyncio.get_running_loop().time() - began

    return run(story())


def test_the_most_patient_visit_is_over_in_three_minutes() -> None:
    acs = ScriptedAcs()
    acs.on["63"] = acs.on["17"] = lambda frame, wire: wire.answer(frame, acs.status, after=4.0)
    report, took = examined(acs)
    assert took < 180
    assert not report.well


def test_an_ils_that_falls_silent_is_not_asked_for_ever() -> None:
    acs = ScriptedAcs()
    acs.on["63"] = acs.on["17"] = silent
    report, took = examined(acs)
    assert took < 60
    assert not report.well
    assert any("no answer" in each.says for each in report.findings)


def test_an_ils_that_hangs_up_on_each_question_is_not_stormed() -> None:
    acs = ScriptedAcs()
    acs.on["63"] = acs.on["17"] = lambda frame, wire: wire.hang_up()
    examined(acs)
    assert len(acs.wires) <= 12
    assert all(wire.closed for wire in acs.wires)


def test_a_patron_that_is_garbage_is_not_told() -> None:
    acs = ScriptedAcs()
    acs.status = acs.status.replace("AOlib|", "AOlib|AMLibrary of 21000001 and geheim|AF\x1b[2J1234|")
    report, _ = examined(acs)
    assert "21000001" not in repr(report)
    assert "geheim" not in repr(report)
    assert "\x1b" not in repr(report)
    assert next(each for each in report.findings if each.check == "service").seen["name"]


# ---- TLS ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "state"), [(400, "ok"), (10, "warning")])
def test_tls_is_told_with_version_and_certificate(days: int, state: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    issued = authority.issue("127.0.0.1", days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while frame := (await reader.read(1000)).rstrip(b"\r"):
                body = {"93": "941", "99": STATUS}.get(frame[:2].decode())
                if body is not None:
                    writer.write(sealed(frame, body) + b"\r")
        writer.close()

    async def story() -> IlsReport:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        async with server:
            port = server.sockets[0].getsockname()[1]
            settings = IlsSettings(
                port=port, tls="on", tls_fingerprint=issued.fingerprint.hex(), question_timeout_s=0.1,
                login_user="kiosk", login_password="geheim",
            )  # fmt: skip
            wire = tls("127.0.0.1", port, Tls(fingerprint=issued.fingerprint))
            return await Examination(settings, wire, time.time, About()).run()

    report = asyncio.run(story())
    told = next(each for each in report.findings if each.check == "encryption")
    assert told.state == state
    assert told.seen["tls"] == "TLSv1.3"
    assert told.seen["subject"] == "CN=127.0.0.1"
    assert told.seen["issuer"] == "CN=Town Library CA"
    assert told.seen["fingerprint"] == issued.fingerprint.hex()


def test_a_port_without_tls_is_reached_and_told(tmp_path: Path) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"login: ")
        await writer.drain()
        writer.close()

    async def story(trust: Tls) -> dict[str, str]:
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            settings = IlsSettings(port=port, tls="on")
            wire = tls("127.0.0.1", port, trust)
            report = await Examination(settings, wire, time.time, About()).run()
        assert not report.well
        return {each.check: each.says for each in report.findings if each.check != "credentials"}

    told = asyncio.run(story(Tls()))
    assert list(told) == ["address", "encryption"]
    assert told["encryption"].startswith("No TLS: 127.0.0.1:")
    told = asyncio.run(story(Tls(ca=tmp_path / "none.pem")))
    assert list(told) == ["encryption"], "nothing was asked"
    assert "there is no such file" in told["encryption"]


# ---- the small judgements ---------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["utf-8", "cp850", "latin-1"])
@pytest.mark.parametrize(
    "title", ["Émilie Brontë", "Die Blechtrommel für Ängstliche", "Crème brûlée", "Pippi Långstrump", "¿Qué?"]
)
def test_the_charset_by_its_bytes(charset: str, title: str) -> None:
    guess = charset_of([b"only ASCII", f"64AE{title}|".encode(charset)])
    assert guess.charset == charset
    assert guess.evidence == 1


def test_ascii_tells_no_charset() -> None:
    assert charset_of([b"Moby Dick", b""]) == charset_of([])


@pytest.mark.parametrize(
    ("user", "password", "weak"),
    [
        ("scclient", "clientpwd", True),
        ("kiosk7", "kiosk7", True),
        ("kiosk7", "7ksoik", True),
        ("maria", "Maria2024!", True),
        ("maria", "", True),
        ("maria", "Password1", True),
        ("maria", "MAIN-2024", True),
        ("maria", "x7!q", True),
        ("maria", "fog-Lantern-quorum-9", False),
    ],
)
def test_logins_that_anybody_would_try(user: str, password: str, weak: bool) -> None:
    settings = IlsSettings(login_user=user, login_password=password, institution="MAIN")
    why = weakness_of(settings)
    assert bool(why) == weak
    assert not password or password not in why


def test_holds_and_windows_of_which_nothing_can_be_said() -> None:
    assert hold_counting(None, [], None, []) is None
    assert hold_counting(1, ["a"], 0, []) is None
    assert hold_counting(1, ["title"], 1, ["other"]) == "waiting"
    assert hold_counting(0, [], 2, []) == "waiting"
    assert hold_counting(2, ["a", "b"], 1, ["b"]) == "all"
    assert windows(["a", "b"], ["b"], ["a"]) is None
    assert windows(["a", "b"], ["a", "b"], ["b"]) == "off-by-one"
    assert windows(["a", "b"], ["a", "b"], ["a", "b"]) == "ignored"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), "no machine of that name"),
        (ConnectionRefusedError(), "takes no connections"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "no way to it"),
        (TimeoutError(), "no answer in time"),
        (TimeoutError(errno.ETIMEDOUT, "Connection timed out"), "no answer in time"),
    ],
    ids=["no such name", "refused", "no route", "too late", "too late, says the system"],
)
def test_why_there_is_no_connection_is_said_in_words(trouble: OSError, words: str) -> None:
    async def nobody() -> Wire:
        raise trouble

    async def story() -> IlsReport:
        return await Examination(IlsSettings(), nobody, lambda: NOW, About()).run()

    report = run(story())
    assert report.findings[0].check == "address"
    assert words in report.findings[0].says
    assert "Errno" not in report.findings[0].says


def test_what_is_not_served_has_the_words_of_the_desk() -> None:
    acs = ScriptedAcs()
    acs.status = acs.status.replace("BXYYYYYYYYYYYYYYYY", "BXYYYNYYYYYYYNYNYN")
    report, _ = examined(acs)
    says = next(each.says for each in report.findings if each.check == "messages")
    assert says == (
        "It does not serve: holds (15), renewal of all loans at once (65). "
        "(Nor what no kiosk asks for: blocking of a card that was left behind (01), marks on an item (19))"
    )
