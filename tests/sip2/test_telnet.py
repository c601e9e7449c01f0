"""A login at a prompt, before SIP2 begins: what the far side asks is answered, what it negotiates
declined."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.lab import run
from kiosk.sip2 import Client, Done, LinkDown, LinkSilent, Login, LoginRefused, NotSent, Profile, Trouble
from kiosk.sip2.telnet import Stripper
from tests.sip2.lending_story import YES, checkout
from tests.sip2.prompting import Prompting

LOGIN = Login(login_user="kiosk", login_password="geheim")


def connecting(acs: Prompting, login: Login | None = LOGIN, **knobs: object) -> Client:
    """Connect, lend a book, disconnect."""
    acs.on["11"] = lambda f, w: w.answer(f, YES)
    profile = Profile(terminal_login="telnet", **knobs)
    heard: list[bytes] = []
    client = Client(acs.open, profile, login=login, tap=lambda way, frame, at: heard.append(frame))

    async def tale() -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await client.connect()
            acs.took = loop.time() - began
            assert isinstance(await client.change(checkout(), lambda: None), Done)
        finally:
            acs.took = loop.time() - began
            await client.disconnect()

    try:
        run(tale())
    finally:
        assert not [frame for frame in heard if b"geheim" in frame]
        assert all(wire.closed for wire in acs.wires)
    return client


def test_the_prompts_are_answered_and_sip2_begins():
    acs = Prompting()
    connecting(acs)
    assert acs.wires[0].typed == b"kiosk\r\ngeheim\r\n"
    assert [frame[:2] for frame in acs.frames] == ["99", "11"]  # no 93: it is logged in


def test_no_greeting_at_all():
    acs = Prompting(greeting=b"")
    connecting(acs)
    assert acs.sent("11")


def test_byte_by_byte():
    acs = Prompting(b"\xff\xfd\x18Town Library\r\nlogin: ", b"password: ")
    acs.pieces = True
    connecting(acs)
    assert acs.wires[0].typed == b"\xff\xfc\x18kiosk\r\ngeheim\r\n"


def test_what_is_negotiated_is_declined_whenever_it_comes():
    acs = Prompting(
        b"\xff\xfd\x01\xff\xfb\x03\xff\xfa\x18\x01\xff\xf0login: ", b"\xff\xfb\x01password: ",
        greeting=b"\xff\xfc\x01OK\r\n",
    )  # fmt: skip
    acs.on["99"] = lambda f, w: w.say(b"\xff\xf1") or w.answer(f, acs.status)
    connecting(acs)
    declined = b"\xff\xfc\x01\xff\xfe\x03"
    assert acs.wires[0].typed == declined + b"kiosk\r\n\xff\xfe\x01geheim\r\n"


@pytest.mark.parametrize(
    ("prompts", "said"),
    [
        ((b"Welcome.\r\n", b""), "login prompt"),
        ((b"login: ", b"hm\r\n"), "password prompt"),
        ((b"\xff\xfa\x18", b""), "login prompt"),
    ],
)
def test_a_prompt_that_never_comes(prompts, said):
    acs = Prompting(*prompts)
    with pytest.raises(LinkSilent, match=f"the {said} .* never came"):
        connecting(acs)
    assert acs.took == 5.0


def test_a_flood_without_a_prompt():
    acs = Prompting(b"#" * 200_000)
    with pytest.raises(LinkSilent):
        connecting(acs)


@pytest.mark.parametrize(
    "greeting", [b"\r\nlogin: ", b"Invalid login\r\nlogin: ", b"Login incorrect\r\n", b"Access denied.\r\n"]
)
def test_a_login_that_is_refused(greeting):
    acs = Prompting(greeting=greeting)
    with pytest.raises(LoginRefused, match="at its prompt"):
        connecting(acs)
    assert acs.frames == []


def test_hung_up_behind_the_password():
    acs = Prompting()
    said = acs.ask
    acs.ask = lambda wire, number: said(wire, number) if number < 2 else wire.hang_up()
    with pytest.raises(LoginRefused, match="hung up"):
        connecting(acs)


def test_hung_up_instead_of_asking():
    acs = Prompting()
    acs.ask = lambda wire, number: wire.hang_up()
    with pytest.raises(LinkDown, match="instead of a login prompt"):
        connecting(acs)


def test_prompts_of_another_make():
    acs = Prompting(b"Benutzer> ", b"Kennwort> ")
    connecting(acs, login_prompt="benutzer", password_prompt="kennwort")
    assert acs.sent("11")


def test_without_a_login_there_is_nothing_to_say():
    with pytest.raises(LoginRefused, match="none is set"):
        connecting(Prompting(), login=None)


@pytest.mark.parametrize("password", ["ge\nheim", "ge\x00heim", "ge\u2028heim"])
def test_a_password_that_would_be_two_lines_never_leaves(password):
    acs = Prompting()
    with pytest.raises(LoginRefused, match="cannot be typed") as told:
        connecting(acs, Login(login_user="kiosk", login_password=password))
    assert "heim" not in str(told.value)
    assert b"heim" not in acs.wires[0].typed


def test_a_prompt_that_never_comes_means_that_nothing_was_sent():
    acs = Prompting(b"Welcome.\r\n")
    client = Client(acs.open, Profile(terminal_login="telnet"), login=LOGIN)

    async def tale():
        try:
            return await client.change(checkout(), lambda: None)
        finally:
            await client.disconnect()

    outcome = run(tale())
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.why, Trouble)


@given(st.lists(st.binary(max_size=20), max_size=6))
def test_stripping_never_fails_and_does_not_depend_on_the_pieces(pieces):
    whole, piecewise = Stripper(), Stripper()
    parts = [piecewise.feed(piece) for piece in pieces]
    said, answer = whole.feed(b"".join(pieces))
    assert b"".join(part[0] for part in parts) == said
    assert b"".join(part[1] for part in parts) == answer
    assert len(answer) % 3 == 0


@given(st.binary().filter(lambda data: b"\xff" not in data))
def test_what_holds_no_command_stays_as_it_is(data):
    assert Stripper().feed(data) == (data, b"")


@pytest.mark.parametrize(
    ("stream", "said", "answer"),
    [
        (b"a\xff\xffb", b"a\xffb", b""),
        (b"a\xff\xf1b", b"ab", b""),
        (b"na\xffve", b"na\xffve", b""),
        (b"\xff\xfb\x01\xff\xfd\x01\xff\xfc\x01\xff\xfe\x01", b"", b"\xff\xfe\x01\xff\xfc\x01"),
        (b"\xff\xfa\x18\x01xterm\xff\xf0c", b"c", b""),
    ],
    ids=["doubled", "no operation", "a letter", "options", "suboption"],
)
def test_commands(stream, said, answer):
    assert Stripper().feed(stream) == (said, answer)
