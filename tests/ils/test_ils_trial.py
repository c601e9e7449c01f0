"""Trying out settings: each step tells what is so, and nothing is left behind."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.ils import IlsSettings, Step, try_out
from kiosk.lab import run
from kiosk.sip2.dates import moment_of
from kiosk.wires import NoTls, tcp
from tests.sip2.prompting import Prompting
from tests.sip2.pysip2_acs import Library, serving
from tests.sip2.scripted import ScriptedAcs, silent

NOW = 1.8e9


def status(*, flags="YYYYYN", clock="0" * 18, bx="Y" * 16, rest="AOlib|"):
    return f"98{flags}010003{clock}2.00{rest}BX{bx}|"


def stamp(moment, zone="    "):
    return f"{moment:%Y%m%d}{zone}{moment:%H%M%S}"


class Desk:
    """Staff at the ILS page: `steps` is what they saw, `took` the seconds."""

    def __init__(self, **settings):
        self.acs = ScriptedAcs()
        self.acs.status = status()
        self.settings = IlsSettings(**{"login_user": "kiosk", "login_password": "geheim", **settings})
        self.steps: list[Step] = []
        self.took = 0.0

    def press_test(self):
        async def tale():
            loop = asyncio.get_running_loop()
            before = len(asyncio.all_tasks())
            began = loop.time()
            await try_out(self.settings, self.acs.open, lambda: NOW, self.steps.append)
            self.took = loop.time() - began
            await asyncio.sleep(0)
            assert len(asyncio.all_tasks()) == before
            assert all(wire.closed for wire in self.acs.wires)

        run(tale())
        assert len(self.acs.wires) <= 1
        return self.steps

    def told(self):
        return {step.name: (step.ok, step.reason) for step in self.press_test()}


class Impatient(IlsSettings):
    """Settings of an ILS that wants a 99 first."""

    def sip_profile(self):
        return dataclasses.replace(super().sip_profile(), status_before_login=True)


@pytest.fixture
def desk():
    return Desk()


def test_all_is_well(desk):
    desk.acs.status = status(clock=stamp(moment_of(NOW)), rest="AOlib|AMTown Library|")
    assert desk.press_test() == [
        Step("address", True, "0.00 s"),
        Step("login", True, "0.00 s"),
        Step("service", True, "Town Library, 0.00 s"),
        Step("lending", True),
        Step("returns", True),
        Step("clock", True, "+0 s"),
    ]
    assert [frame[:2] for frame in desk.acs.frames] == ["93", "99"]


def test_how_long_each_step_took(desk):
    desk.acs.open_takes = 1.5
    desk.acs.on["93"] = lambda f, w: w.answer(f, "941", after=0.25)
    desk.acs.on["99"] = lambda f, w: w.answer(f, desk.acs.status, after=2.0)
    details = {step.name: step.detail for step in desk.press_test()}
    assert (details["address"], details["login"]) == ("1.50 s", "0.25 s")
    assert details["service"].endswith(", 2.00 s")


def test_without_a_login_none_is_tried():
    desk = Desk(login_user="")
    assert list(desk.told()) == ["address", "service", "lending", "returns"]
    assert [frame[:2] for frame in desk.acs.frames] == ["99"]


def test_nobody_at_this_address(desk):
    desk.acs.reachable = False
    assert desk.press_test() == [Step("address", False, "refused", Reason.ILS_DOWN)]


def test_an_address_that_never_answers(desk):
    desk.acs.open_takes = 1000.0
    assert desk.told() == {"address": (False, Reason.ILS_DOWN)}
    assert desk.took == 5.0


def test_an_odd_host_name_is_no_crash(desk):
    async def odd():
        raise UnicodeError("label empty or too long")

    desk.acs.open = odd
    assert desk.press_test() == [Step("address", False, "label empty or too long", Reason.ILS_DOWN)]


def test_a_login_that_is_refused(desk):
    desk.acs.on["93"] = lambda f, w: w.answer(f, "940")
    assert desk.told() == {"address": (True, None), "login": (False, Reason.ILS_LOGIN_REFUSED)}
    assert desk.acs.sent("99") == []


def test_a_password_that_no_frame_can_carry_is_not_shown():
    desk = Desk(login_password="geh|eim")
    login = desk.press_test()[-1]
    assert (login.name, login.ok, login.reason) == ("login", False, Reason.ILS_LOGIN_REFUSED)
    assert login.detail.startswith("CO: ")
    assert "geh" not in login.detail
    assert desk.acs.frames == []


@pytest.mark.parametrize(
    ("how", "reason", "at_most"),
    [
        (silent, Reason.ILS_SILENT, 8.0),
        (lambda f, w: w.hang_up(), Reason.ILS_DOWN, 0.1),
        (lambda f, w: w.say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Reason.ILS_GARBLED, 8.0),
        (lambda f, w: w.say(b"96\r"), Reason.NOT_SERVED, 0.1),
    ],
    ids=["silent", "hung up", "no SIP2", "96"],
)
@pytest.mark.parametrize(("code", "name"), [("93", "login"), ("99", "service")])
def test_what_is_wrong_behind_the_address(desk, code, name, how, reason, at_most):
    desk.acs.on[code] = how
    told = desk.told()
    assert list(told.items())[-1] == (name, (False, reason))
    assert desk.took <= at_most


def test_an_ils_that_drips_is_given_up(desk):
    """Every half second a status in place of the login's answer, for ever."""

    def drip(frame, wire):
        for n in range(200):
            wire.say(b"#\r", after=0.5 * n)

    desk.acs.on["93"] = drip
    assert list(desk.told())[-1] == "login"
    assert desk.took <= 8.0


@pytest.mark.parametrize(
    ("settings", "ok"), [({"host": "ils.example"}, None), ({"host": "ils.example", "tls": "on"}, True)]
)
def test_plain_text_over_a_network_is_a_warning(settings, ok):
    desk = Desk(**settings)
    assert desk.press_test()[:2] == [Step("address", True, "0.00 s"), Step("encryption", ok)]


@pytest.mark.parametrize(
    ("reached", "steps"),
    [
        (True, [Step("address", True), Step("encryption", False, "who are you?")]),
        (False, [Step("encryption", False, "who are you?")]),
    ],
    ids=["handshake", "file"],
)
def test_no_tls_is_another_thing_than_nobody_there(reached, steps):
    async def no_tls():
        raise NoTls("who are you?", reached=reached)

    async def tale(told):
        await try_out(IlsSettings(host="ils.example", tls="on"), no_tls, lambda: NOW, told.append)

    told: list[Step] = []
    run(tale(told))
    assert told == steps


@pytest.mark.parametrize(
    ("prompts", "greeting", "login"),
    [
        ((), b"Login OK.\r\n", (True, None)),
        ((), b"Login incorrect\r\nlogin: ", (False, Reason.ILS_LOGIN_REFUSED)),
        ((b"Welcome.\r\n",), b"", (False, Reason.ILS_SILENT)),
    ],
    ids=["taken", "refused", "never asked"],
)
def test_a_login_at_a_prompt(prompts, greeting, login):
    desk = Desk(terminal_login="telnet")
    status = desk.acs.status
    desk.acs = Prompting(*prompts, greeting=greeting)
    desk.acs.status = status
    told = desk.told()
    assert told["login"] == login
    assert ("service" in told) == login[0]
    assert desk.acs.sent("93") == []
    assert desk.took <= 8.0


def test_a_status_before_the_login_is_no_step_of_its_own(desk):
    desk.settings = Impatient(login_user="kiosk", login_password="geheim")
    assert list(desk.told())[:3] == ["address", "login", "service"]
    assert [frame[:2] for frame in desk.acs.frames] == ["99", "93", "99"]


def test_an_ils_that_is_off_line(desk):
    desk.acs.status = status(flags="NYYYYN")
    assert desk.press_test()[-1] == Step("service", False, "98: on-line N", Reason.ILS_DOWN)


@pytest.mark.parametrize(
    ("flags", "bx", "lending", "returns"),
    [
        ("YYYYYN", "Y" * 16, Step("lending", True), Step("returns", True)),
        ("YNYYYN", "Y" * 16, Step("lending", True), Step("returns", False, "98: checkin N")),
        ("YYNYYN", "Y" * 16, Step("lending", False, "98: checkout N"), Step("returns", True)),
        ("YYYYYN", "YNN" + "Y" * 13, Step("lending", False, "BX: 11 N"), Step("returns", False, "BX: 09 N")),
        ("YYNYYN", "YN", Step("lending", False, "98: checkout N, BX: 11 N"), Step("returns", True)),
    ],
)
def test_what_the_ils_allows(desk, flags, bx, lending, returns):
    desk.acs.status = status(flags=flags, bx=bx)
    assert desk.press_test()[-2:] == [lending, returns]


@pytest.mark.parametrize(
    ("seconds", "ok"), [(0, True), (60, True), (-60, True), (61, None), (-61, None), (3600, None)]
)
@pytest.mark.parametrize("zone", ["    ", "   Z"])
def test_clocks(desk, seconds, ok, zone):
    ours = moment_of(NOW) if zone.isspace() else datetime.fromtimestamp(NOW, UTC)
    desk.acs.status = status(clock=stamp(ours + timedelta(seconds=seconds), zone))
    assert desk.press_test()[-1] == Step("clock", ok, f"{seconds:+d} s")


def test_a_clock_at_the_end_of_time(desk):
    desk.acs.status = status(clock="99991231   M235959")
    assert desk.press_test()[-1].ok is None


def test_what_an_ils_calls_itself_is_one_short_line(desk):
    desk.acs.status = status(rest="AOlib|AM\u202eTown\x07 " + "x" * 300 + "|")
    detail = next(step.detail for step in desk.press_test() if step.name == "service")
    assert detail.startswith("Town x")
    assert len(detail) < 140
    assert detail.isprintable()


def test_against_a_server_that_we_did_not_write():
    async def tale(password):
        steps = []
        async with serving(Library()) as (host, port):
            settings = IlsSettings(host=host, port=port, login_user="kiosk", login_password=password)
            await try_out(settings, tcp(host, port), time.time, steps.append)
        await try_out(settings, tcp(host, port), time.time, steps.append)
        return [(step.name, step.ok, step.reason) for step in steps]

    gone = ("address", False, Reason.ILS_DOWN)
    *told, last = asyncio.run(tale("pw"))
    assert told[:5] == [(name, True, None) for name in ("address", "login", "service", "lending", "returns")]
    assert last == gone
    assert asyncio.run(tale("no")) == [
        ("address", True, None), ("login", False, Reason.ILS_LOGIN_REFUSED), gone
    ]  # fmt: skip
