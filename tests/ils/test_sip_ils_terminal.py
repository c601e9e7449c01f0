"""What the ILS is told of the kiosk: who it is, how it is, what time it is, as each ILS wants it."""

from __future__ import annotations

import asyncio
import logging

import pytest

from kiosk.circulation.answers import NoAnswer, Welcome
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, ItemKey, PatronId, TerminalState
from kiosk.ils import IlsSettings
from kiosk.ils.forms import Forms
from kiosk.sip2 import Profile
from tests.ils.branch import ANNA, BOOK, PIN, Branch, about, charged, info
from tests.sip2.scripted import DATE, silent

NOON = 1.8e9


@pytest.fixture
def branch():
    return Branch()


def statuses(branch):
    """The status in each 99."""
    return [frame[2] for frame in branch.acs.sent("99")]


def test_paper_runs_out_and_is_filled_in(branch):
    async def tale():
        await branch.ils.terminal_status(TerminalState.PAPER_OUT)
        await asyncio.sleep(130)
        await branch.ils.terminal_status(TerminalState.READY)
        await asyncio.sleep(70)

    branch.play(tale)
    assert statuses(branch) == ["0", "1", "1", "1", "0", "0"]


def test_a_new_connection_begins_with_how_the_kiosk_is(branch):
    branch.answers("63", charged(BOOK.id))
    branch.answers("17", about("04"))

    async def tale():
        await branch.ils.terminal_status(TerminalState.PAPER_OUT)
        branch.acs.unplug()
        await asyncio.sleep(1)
        branch.acs.reachable = True
        await asyncio.sleep(40)
        before = len(branch.acs.sent("99"))
        await branch.ils.settle(ANNA, BOOK)
        return before

    before = branch.play(tale)
    assert set(statuses(branch)[1:]) == {"1"}
    assert len(statuses(branch)) == before + 1


def test_an_ils_that_is_away_learns_it_later(branch):
    async def tale():
        branch.acs.unplug()
        await asyncio.sleep(0.1)
        await branch.ils.terminal_status(TerminalState.PAPER_OUT)
        branch.acs.reachable = True
        await asyncio.sleep(40)

    branch.play(tale)
    assert statuses(branch) == ["0", "1"]


def test_the_kiosk_closes(branch):
    async def tale():
        await branch.ils.terminal_status(TerminalState.CLOSING)

    branch.play(tale)
    assert statuses(branch) == ["0", "2"]


def test_the_farewell_opens_no_connection(branch):
    """Neither when there was none, nor when it goes away just then."""

    async def tale():
        branch.acs.on["99"] = silent
        farewell = asyncio.ensure_future(branch.ils.terminal_status(TerminalState.CLOSING))
        await asyncio.sleep(0.5)
        branch.acs.unplug()
        await farewell
        branch.acs.reachable = True
        await branch.ils.terminal_status(TerminalState.CLOSING)
        return len(branch.acs.wires)

    assert branch.play(tale) == 1
    assert statuses(branch) == ["0", "2"]


# ---- libraries that share an ILS ------------------------------------------------------------------


CONSORTIUM = ("21=EAST", "2100=MAIN", "3 = WEST")


@pytest.mark.parametrize(
    ("patron", "institution"),
    [("21000001", "MAIN"), ("21010001", "EAST"), ("30000001", "WEST"), ("90000001", "lib"), ("", "lib")],
)
def test_each_patron_belongs_to_a_library_and_each_item_to_the_kiosks(patron, institution):
    settings = IlsSettings(institution="lib", institutions=CONSORTIUM)
    forms = Forms(settings, settings.sip_profile(), lambda: NOON)
    who = PatronId(patron)
    theirs = (
        forms.patron_information(who, PIN), forms.patron_status(who, PIN, "en"), forms.end_session(who, PIN),
        forms.checkout(who, PIN, BOOK), forms.renew(who, PIN, BOOK), forms.hold(who, PIN, BOOK),
        forms.renew_all(who, PIN),
    )  # fmt: skip
    assert {each.institution for each in theirs} == {institution}
    assert {each.institution for each in (forms.checkin(BOOK), forms.item_information(BOOK))} == {"lib"}


def test_on_the_wire():
    branch = Branch(institutions=CONSORTIUM)
    branch.answers("63", info())
    branch.answers("09", f"101YNN{DATE}AOlib|AB39000001|AQMain|AJMoby Dick|")

    async def tale():
        await branch.ils.sign_in(ANNA, PIN, "en")
        await branch.take_back()

    branch.play(tale)
    assert "AOMAIN|" in branch.acs.sent("63")[0]
    assert "AOlib|" in branch.acs.sent("09")[0]


@pytest.mark.parametrize("said", ["2100", "=MAIN", "2100=", "="])
def test_what_names_no_library_is_no_setting(said):
    with pytest.raises(ValueError, match=r"institutions: .* is not of the form 2100=MAIN"):
        IlsSettings(institutions=(said,))


DESKS = {"location": "HALL", "locations": ("21=EAST-DESK", "2100=MAIN-DESK")}


def places(branch):
    """CP of each login, in their order."""
    return [frame.partition("|CP")[2].partition("|")[0] for frame in branch.acs.sent("93")]


def test_the_kiosk_stands_where_the_patron_s_library_has_it_until_they_leave():
    branch = Branch(**DESKS)
    branch.answers("63", info())
    branch.answers("35", f"36Y{DATE}AOlib|AA21000001|")

    async def tale():
        said = [await branch.ils.sign_in(ANNA, PIN, "en") for _ in range(2)]
        await asyncio.sleep(10)
        await branch.ils.end_session(ANNA, PIN)
        await branch.ils.sign_in(PatronId("90000001"), PIN, "en")
        await branch.ils.end_session(PatronId("90000001"), PIN)
        return said

    assert all(isinstance(each, Welcome) for each in branch.play(tale))
    assert places(branch) == ["HALL", "MAIN-DESK", "HALL"]
    order = [frame[:2] for frame in branch.acs.frames]
    assert " ".join(order) == "93 99 93 99 63 63 35 93 99 63 35"
    assert [wire.closed for wire in branch.acs.wires] == [True, True, True]
    assert [report[1] for report in branch.reports] == [Condition.READY]


def test_a_place_that_the_ils_refuses_costs_its_patron_a_visit_and_nobody_else_one():
    branch = Branch(**DESKS)
    branch.answers("63", info())
    branch.acs.on["93"] = lambda frame, wire: wire.answer(frame, f"94{0 if b'-DESK' in frame else 1}")

    async def tale():
        refused = await branch.ils.sign_in(ANNA, PIN, "en")
        await asyncio.sleep(5)
        return refused, await branch.ils.sign_in(PatronId("90000001"), PIN, "en")

    refused, welcome = branch.play(tale)
    assert refused == NoAnswer(Reason.ILS_LOGIN_REFUSED)
    assert isinstance(welcome, Welcome)
    assert places(branch) == ["HALL", "MAIN-DESK", "HALL"]
    assert branch.reports[-1][1] is Condition.READY


def test_an_ils_that_goes_away_meanwhile_finds_the_kiosk_where_it_stands_for_nobody():
    branch = Branch(**DESKS)

    async def tale():
        branch.acs.unplug()
        gone = await branch.ils.sign_in(ANNA, PIN, "en")
        branch.acs.reachable = True
        await asyncio.sleep(60)
        return gone

    assert branch.play(tale) == NoAnswer(Reason.ILS_DOWN)
    assert places(branch) == ["HALL", "HALL"]


# ---- knobs of a profile ---------------------------------------------------------------------------


def forms(**knobs):
    return Forms(IlsSettings(institution="lib"), Profile(**knobs), lambda: NOON)


def test_dates_in_three_styles():
    local, utc, offset = (
        forms(date_zone=zone).item_information(BOOK).date for zone in ("local", "utc", "offset")
    )
    assert local.tzinfo is None
    assert utc.utcoffset().total_seconds() == 0
    assert offset.utcoffset() is not None
    assert local.timestamp() == utc.timestamp() == offset.timestamp() == NOON


@pytest.mark.parametrize("code", ["checkout", "renew"])
def test_the_no_block_due_date(code):
    def due(**knobs):
        return getattr(forms(**knobs), code)(ANNA, PIN, BOOK).nb_due_date

    assert due() is not None
    assert due(nb_due="date") is not None
    assert due(nb_due="blank") is None


def test_consent_to_a_fee():
    def sent(*, agreed, **knobs):
        return forms(**knobs).checkout(ANNA, PIN, BOOK, agreed=agreed).fee_acknowledged

    assert (sent(agreed=False), sent(agreed=True)) == (False, True)
    knobs = {"fee_acknowledged": "when-agreed"}
    assert (sent(agreed=False, **knobs), sent(agreed=True, **knobs)) == (None, True)
    quiet = forms(**knobs)
    assert quiet.renew(ANNA, PIN, BOOK).fee_acknowledged is None
    assert quiet.hold(ANNA, PIN, ItemKey("1")).fee_acknowledged is None
    assert quiet.renew_all(ANNA, PIN).fee_acknowledged is None


# ---- plain text -----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST."])
def test_this_machine_is_no_network(host):
    assert not IlsSettings(host=host).exposed


@pytest.mark.parametrize("host", ["ils.example", "10.0.0.1", "192.168.1.1", "::2", "localhost.example", ""])
def test_every_other_host_is_behind_one(host):
    assert IlsSettings(host=host).exposed
    assert not IlsSettings(host=host, tls="on").exposed


@pytest.mark.parametrize(("more", "warned"), [({}, True), ({"tls": "on"}, False), ({"host": "::1"}, False)])
def test_plain_text_is_warned_of_once_in_the_log(caplog, more, warned):
    branch = Branch(**{"host": "ils.example", **more})
    with caplog.at_level(logging.WARNING):
        branch.play(lambda: asyncio.sleep(100))
    said = [record.getMessage() for record in caplog.records]
    assert said == (
        ["card numbers and PINs go to ils.example as plain text: set tls, or a tunnel on this machine"]
        if warned
        else []
    )


# ---- settings of TLS ------------------------------------------------------------------------------

DIGITS = "ab" * 32


@pytest.mark.parametrize("said", [DIGITS, DIGITS.upper(), "SHA256:" + ":".join(["AB"] * 32), "ab " * 32])
def test_a_fingerprint_as_programs_show_it(said):
    assert IlsSettings(tls="on", tls_fingerprint=said).pinned == b"\xab" * 32


@pytest.mark.parametrize("said", ["ab" * 20, "xy" * 32, "AB:CD", "ab" * 33])
def test_what_is_no_sha_256_pins_nothing(said):
    with pytest.raises(ValueError, match="tls_fingerprint: must be SHA-256"):
        IlsSettings(tls="on", tls_fingerprint=said)


def test_tls_that_is_off_has_no_files(tmp_path):
    with pytest.raises(ValueError, match='tls: must be "on"'):
        IlsSettings(tls_ca=tmp_path / "ca.pem")
    with pytest.raises(ValueError, match='tls: must be "on"'):
        IlsSettings(tls_fingerprint=DIGITS)
    with pytest.raises(ValueError, match="without tls_certificate"):
        IlsSettings(tls="on", tls_key=tmp_path / "kiosk.key")
