"""Knobs of a profile, from the file that a library writes to the bytes that its ILS gets."""

from __future__ import annotations

import asyncio
import json

import pytest

from kiosk.circulation.answers import Lent
from kiosk.circulation.values import Condition
from kiosk.ils import IlsSettings
from kiosk.ils.forms import Forms
from kiosk.settings import SettingsError, parse
from kiosk.sip2 import encode
from tests.ils.branch import ANNA, BOOK, LENT, PIN, Branch, about, charged, info
from tests.sip2.scripted import DATE

BACK = f"101YNN{DATE}AOlib|AB39000001|AQMain|AJMoby Dick|"


@pytest.fixture
def with_knobs(tmp_path):
    """A branch whose library has a profile of its own."""

    def made(settings=None, **knobs):
        path = tmp_path / "ours.toml"
        path.write_text(
            "\n".join(
                f'{knob} = {{ value = {json.dumps(value)}, how = "observed", source = "our ILS" }}'
                for knob, value in knobs.items()
            )
        )
        return Branch(profile=str(path), **(settings or {}))

    return made


# ---- what is sent -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "before"), [("\r", ""), ("\r\n", "\n")])
def test_how_a_message_ends(with_knobs, end, before):
    branch = with_knobs(terminator=end)
    branch.play(lambda: asyncio.sleep(1))
    second = branch.acs.frames[1]
    assert second.startswith(f"{before}99")


@pytest.mark.parametrize(("said", "flag"), [("never", "N"), ("returns", "Y")])
def test_a_return_that_must_not_be_refused(with_knobs, said, flag):
    branch = with_knobs(no_block=said)
    branch.answers("09", BACK)
    branch.answers("11", LENT)

    async def tale():
        await branch.take_back()
        await branch.lend()

    branch.play(tale)
    assert branch.acs.sent("09")[0][2] == flag
    assert branch.acs.sent("11")[0][3] == "N"  # nothing is lent that the ILS might refuse


def passwords(**knobs):
    """What stands of AC and AD in each message of a patron without a PIN, and of the item's own."""
    settings = IlsSettings(institution="lib")
    forms = Forms(settings, settings.sip_profile().told(knobs, "our ILS"), lambda: 1.8e9)
    sent = (
        forms.patron_information(ANNA, None), forms.patron_status(ANNA, None, ""),
        forms.end_session(ANNA, None),
        forms.checkout(ANNA, None, BOOK), forms.renew(ANNA, None, BOOK), forms.renew_all(ANNA, None),
        forms.hold(ANNA, None, BOOK), forms.item_information(BOOK), forms.checkin(BOOK),
    )  # fmt: skip
    texts = [encode(each) for each in sent]
    return {text[:2]: "".join(id_ for id_ in ("AC", "AD") if f"|{id_}|" in text) for text in texts}


def test_passwords_of_which_there_is_none():
    must = {"23": "ACAD", "11": "AC", "09": "AC"}
    may = {"63": "", "35": "", "29": "", "65": "", "15": "", "17": ""}
    assert passwords() == must | may
    both = dict.fromkeys(("23", "63", "35", "11", "29", "65", "15"), "ACAD")
    assert passwords(empty_passwords="sent") == both | {"17": "AC", "09": "AC"}
    loans = dict.fromkeys(("11", "29", "65", "15"), "AC")
    assert passwords(empty_passwords="sent", patron_password_on_checkout=False) == both | loans | {
        "17": "AC",
        "09": "AC",
    }


def test_a_password_that_there_is_stands_there_once(with_knobs):
    branch = with_knobs(empty_passwords="sent", settings={"terminal_password": "gate"})
    branch.answers("63", info())
    branch.play(lambda: branch.ils.sign_in(ANNA, PIN, "en"))
    (frame,) = branch.acs.sent("63")
    assert (frame.count("|AC"), frame.count("|AD")) == (1, 1)
    assert "|ACgate|" in frame
    assert "|AD1234|" in frame


# ---- how long is waited -------------------------------------------------------------------------------


@pytest.mark.parametrize(("settings", "said"), [({}, 12), ({"keepalive_s": 45.0}, 2)])
def test_a_silent_connection_is_kept_alive(with_knobs, settings, said):
    branch = with_knobs(settings, keepalive_s=10)
    branch.play(lambda: asyncio.sleep(125))
    assert len(branch.acs.sent("99")) == 1 + said  # the first is the login's


def test_an_ils_that_takes_long_to_let_us_in(with_knobs):
    branch = with_knobs(connect_timeout_s=20)
    branch.acs.open_takes = 15.0
    branch.play(lambda: asyncio.sleep(16))
    assert [report[1] for report in branch.reports] == [Condition.READY]


# ---- what is believed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("enough", [False, True])
def test_whether_the_list_alone_releases_a_loan(with_knobs, enough):
    branch = with_knobs(release_when_settled=enough)
    branch.answers("63", charged(BOOK.id))
    branch.answers("17", about("04"))
    found = branch.play(lambda: branch.ils.settle(ANNA, BOOK))
    assert isinstance(found, Lent)
    assert found.release is enough


# ---- what a file may not say ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        (
            "answer_timeout_s = 1.0",
            r"kiosk\.toml:3: \[ils\] answer_timeout_s = 1\.0: must be a number, at least 10",
        ),
        ("answer_timeout_s = 0", "answer_timeout_s = 0: must be a number, at least 10"),
        ("keepalive_s = 0", "keepalive_s = 0: must be a number, at least 1"),
        (
            'charset = "iso2022_jp"',
            r"kiosk\.toml:3: \[ils\] charset: 'iso2022_jp' writes control bytes; set the ILS",
        ),
        ('charset = "gbk"', r"charset: 'gbk' writes some letters with the byte of the delimiter '\|'"),
        ('locations = ["2100=A"]', "locations: are said with a 93, which needs login_user and no prompts"),
        ('locations = ["2100"]', "locations: '2100' is not of the form 2100=MAIN"),
    ],
)
def test_a_setting_that_would_do_harm_is_named_with_its_remedy(line, remedy):
    with pytest.raises(SettingsError, match=remedy):
        parse(f'[ils]\ndriver = "sip2"\n{line}\n')


def test_a_file_of_a_profile_that_is_too_hasty_is_named_with_its_remedy(tmp_path):
    path = tmp_path / "hasty.toml"
    path.write_text('timeout_floor_s = { value = 2, how = "observed", source = "it is quick" }')
    with pytest.raises(SettingsError, match=r"\[ils\] .*hasty\.toml: timeout_floor_s: 2 is too short"):
        parse(f'[ils]\ndriver = "sip2"\nprofile = "{path}"\n')
