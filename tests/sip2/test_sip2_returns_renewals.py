"""Returns (09/10) and renewals (29/30), on the wire; they and holds (15/16) are never sent twice."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import datetime

import pytest

from kiosk.lab import run
from kiosk.sip2 import (
    AlertType,
    Checkin,
    CheckinResponse,
    CheckoutResponse,
    Client,
    DecodeError,
    Done,
    EncodeError,
    Hold,
    HoldType,
    Integrity,
    LinkDown,
    LinkGarbled,
    LinkSilent,
    Login,
    NotSent,
    NotSupported,
    Profile,
    Refused,
    Renew,
    RenewResponse,
    Tristate,
    Unknown,
    Untrusted,
    decode,
    encode,
    seal,
    unseal,
)
from kiosk.sip2.codec import well_ended
from kiosk.sip2.dates import write_date
from tests.sip2.scripted import DATE, ScriptedAcs, in_turn, sealed, silent

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001 - local time, as SIP2 prefers it

CHECKIN = Checkin(
    date=NOON, return_date=NOON, current_location="Main", institution="lib", item="39000001",
    terminal_password="",
)  # fmt: skip
RENEW = Renew(
    date=NOON, nb_due_date=NOON, institution="lib", patron="21000001", item="39000001", fee_acknowledged=False
)
BACK = f"101YNN{DATE}AOlib|AB39000001|AQMain|AJMoby Dick|AA21000001|"
NOT_BACK = f"100NNN{DATE}AOlib|AB39000001|AQMain|"
RENEWED = f"301YNN{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH20270227|"
NOT_RENEWED = f"300NNN{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH|AFOn hold|"


# ---- on the wire --------------------------------------------------------------------------------------


def test_the_published_checkin_is_understood():
    frame = (
        b"09N19980821    085721                  APCertification Terminal Location|"
        b"AOCertification Institute ID|ABCheckInBook|ACTPWord|BIN|AY2AZD6A5"
    )
    bare = unseal(frame)
    assert (bare.integrity, bare.sequence) == (Integrity.RIGHT, 2)
    assert decode(bare.body.decode()) == Checkin(
        date=datetime(1998, 8, 21, 8, 57, 21),  # noqa: DTZ001
        return_date=None, current_location="Certification Terminal Location",
        institution="Certification Institute ID", item="CheckInBook",
        terminal_password="TPWord", cancel=False,
    )  # fmt: skip


def test_a_return_and_a_renewal_as_they_leave():
    now = "20270102    120000"
    assert encode(CHECKIN) == f"09N{now}{now}APMain|AOlib|AB39000001|AC|"
    with_pin = dataclasses.replace(RENEW, patron_password="1234")
    assert encode(with_pin) == f"29NN{now}{now}AOlib|AA21000001|AD1234|AB39000001|BON|"


def test_a_date_is_never_blank_but_the_one_that_only_counts_off_line():
    with pytest.raises(EncodeError):
        encode(dataclasses.replace(CHECKIN, return_date=None))
    now = write_date(RENEW.date)
    blanks = dataclasses.replace(RENEW, nb_due_date=None)
    assert encode(blanks) == encode(RENEW).replace(now + write_date(RENEW.nb_due_date), now + " " * 18, 1)


def test_an_empty_title_is_not_sent_with_a_renewal():
    """One ACS takes `AJ|` for the renewal of a title, and refuses."""
    empty = dataclasses.replace(RENEW, title="", patron_password="", terminal_password="", item_properties="")
    assert encode(empty) == encode(RENEW)
    assert "AJ" not in encode(empty)


def test_what_a_10_says():
    answer = decode(
        f"101NUY{DATE}AB39000001|AOlib|AQMain|CLA1|CTBranch|CV02|CY21000002|DAEmily|AA21000001|CK001|CHx|"
        "CRfiction|CM20270109|AFone|AFtwo|"
    )
    assert isinstance(answer, CheckinResponse)
    assert (answer.ok, answer.resensitize, answer.alert) == (True, False, True)
    assert answer.magnetic_media is Tristate.UNKNOWN
    assert (answer.sort_bin, answer.destination) == (Untrusted("A1"), Untrusted("Branch"))
    assert answer.alert_type == AlertType.HOLD_ELSEWHERE
    assert answer.title is None
    assert answer.collection == Untrusted("fiction")
    assert answer.extras == (("CM", "20270109"),)
    assert not any(secret in repr(answer) for secret in ("21000001", "21000002", "Emily"))


def test_koha_s_garbage_in_a_10_hides_nothing():
    """Koha 19.06: a number of its own where patron and name belong, and no delimiter before the trailer."""
    body = (
        f"101YNN{DATE}AOCPL|AB39000001|AQCPL|AJMoby Dick|CYC4::SIP::SIPServer=HASH(0x5)|DAC4::SIP::SIPServer"
    )
    bare = unseal(seal(body.encode(), 4))
    assert (bare.integrity, bare.sequence) == (Integrity.RIGHT, 4)
    answer = decode(bare.body.decode())
    assert isinstance(answer, CheckinResponse)
    assert (answer.ok, answer.title, answer.alert_type) == (True, Untrusted("Moby Dick"), None)


def test_a_30_is_no_12():
    answer = decode(RENEWED)
    assert type(answer) is RenewResponse
    assert not isinstance(answer, CheckoutResponse)
    assert (answer.ok, answer.due) == (True, Untrusted("20270227"))
    assert well_ended(RENEWED)


@pytest.mark.parametrize("body", [BACK, RENEWED])
def test_ok_is_never_guessed(body):
    with pytest.raises(DecodeError):
        decode(f"{body[:2]}Y{body[3:]}")
    with pytest.raises(DecodeError):
        decode(body[:20])


# ---- what the alert means -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "cv", "elsewhere", "meant"),
    [
        (True, "01", False, "hold-here"),
        (True, "02", True, "hold-elsewhere"),
        (True, "03", False, "ill"),
        (True, "04", True, "transit"),
        (True, "98", False, "other"),
        (True, "99", False, "other"),
        (False, "01", False, "hold-here"),  # some never set the flag
        (False, "00", False, "none"),  # some send 00 with everything
        (True, "00", True, "transit"),
        (True, "00", False, "other"),
        (True, "05", False, "other"),
        (False, "05", True, "none"),
        (True, None, True, "transit"),
        (True, None, False, "other"),
        (False, None, True, "none"),  # some send CT with everything
        (True, "", False, "other"),
        (False, "", False, "none"),
    ],
)
def test_what_an_alert_means(flag, cv, elsewhere, meant):
    assert Profile().alert_of(flag, cv, elsewhere=elsewhere) == meant


# ---- never twice --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Case:
    """One kind of change: its request, a yes and a no, its place in BX."""

    request: Checkin | Renew | Hold
    yes: str
    no: str
    bx: int

    @property
    def code(self) -> str:
        return self.request.code

    def about(self, item: str) -> str:
        """The yes, for another item."""
        return self.yes.replace("39000001", item)


HOLD = Hold(date=NOON, hold_type=HoldType.ANY_COPY, institution="lib", patron="21000001", item="39000001")
HELD = f"161N{DATE}BR2|BSMain|AOlib|AA21000001|AB39000001|AJMoby Dick|"
NOT_HELD = f"160N{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AFPatron Blocked|"

CASES = [
    Case(CHECKIN, BACK, NOT_BACK, 2),
    Case(RENEW, RENEWED, NOT_RENEWED, 14),
    Case(HOLD, HELD, NOT_HELD, 13),
]


class Story:
    """A client against a scripted ACS."""

    def __init__(self, *, plain: bool = False) -> None:
        self.acs = ScriptedAcs()
        self.late: list[float] = []
        self.took = 0.0
        self.client = Client(
            self.acs.open, Profile(error_detection=not plain),
            login=Login(login_user="kiosk", login_password="pw"),
        )  # fmt: skip

    def forbid(self, position: int) -> None:
        bx = "Y" * position + "N" + "Y" * (15 - position)
        self.acs.status = self.acs.status.replace("BX" + "Y" * 16, "BX" + bx)

    def change(self, *requests: Checkin | Renew | Hold):
        async def tale():
            loop = asyncio.get_running_loop()
            await self.client.connect()
            outcomes = []
            try:
                for request in requests:
                    began = loop.time()

                    def late(began: float = began) -> None:
                        self.late.append(loop.time() - began)

                    outcomes.append(await self.client.change(request, late))
                    self.took = loop.time() - began
            finally:
                await self.client.disconnect()
            return outcomes

        return run(tale())


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture(params=CASES, ids=lambda case: case.code)
def case(request) -> Case:
    return request.param


def test_yes_and_no(story, case):
    story.acs.on[case.code] = in_turn(lambda f, w: w.answer(f, case.yes), lambda f, w: w.answer(f, case.no))
    yes, no = story.change(case.request, case.request)
    assert isinstance(yes, Done)
    assert isinstance(no, Refused)
    assert yes.answer.item == "39000001"


def test_silence_is_unknown_and_nothing_is_repeated(story, case):
    story.acs.on[case.code] = silent
    (outcome,) = story.change(case.request)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, LinkSilent)
    assert len(story.acs.sent(case.code)) == len(story.acs.sent("97")) == 1
    assert (story.late, story.took) == ([10.0], 20.0)
    assert story.acs.wires[0].closed


def test_a_lost_answer_comes_back_by_97(story, case):
    last = []
    story.acs.on[case.code] = lambda f, w: last.append(sealed(f, case.yes))
    story.acs.on["97"] = lambda f, w: w.say(last[0] + b"\r")
    (outcome,) = story.change(case.request)
    assert isinstance(outcome, Done)
    assert len(story.acs.sent(case.code)) == 1


def test_a_late_answer_is_taken_and_not_for_the_next_one(story, case):
    """It comes 12 s late, and the replay that the 97 asked for behind it; then another item's."""
    first = []

    def slow(frame, wire):
        first.append(sealed(frame, case.yes))
        wire.say(first[0] + b"\r", after=12.0)

    story.acs.on[case.code] = in_turn(slow, lambda f, w: w.answer(f, case.about("39000002")))
    story.acs.on["97"] = lambda f, w: w.say(first[0] + b"\r", after=2.0001)
    one, two = story.change(case.request, dataclasses.replace(case.request, item="39000002"))
    assert (one.answer.item, two.answer.item) == ("39000001", "39000002")
    assert story.late == [10.0]
    assert len(story.acs.sent(case.code)) == 2


def test_dropped_after_it_was_sent_is_unknown(story, case):
    story.acs.on[case.code] = lambda f, w: w.hang_up()
    (outcome,) = story.change(case.request)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, LinkDown)
    assert len(story.acs.sent(case.code)) == 1


def test_a_bare_96_is_unknown(story, case):
    story.acs.on[case.code] = lambda f, w: w.say(b"96\r")
    (outcome,) = story.change(case.request)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, NotSupported)
    assert len(story.acs.sent(case.code)) == 1


def test_what_98_forbids_is_not_sent(story, case):
    story.forbid(case.bx)
    (outcome,) = story.change(case.request)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.why, NotSupported)
    assert story.acs.sent(case.code) == []


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_note_with_a_line_break_is_a_note(story, case, end):
    story.acs.on[case.code] = lambda f, w: w.answer(f, f"{case.yes}AFPlease put it{end}on the cart|")
    (outcome,) = story.change(case.request)
    assert isinstance(outcome, Done)
    assert outcome.answer.screen_messages[-1].plain() == "Please put it on the cart"
    assert story.acs.sent("97") == []


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_without_numbers_a_note_with_a_line_break_tears_the_answer_and_nobody_believes_the_halves(case, end):
    story = Story(plain=True)
    torn = f"{case.yes}AFPlease put it{end}on the cart|"
    story.acs.on[case.code] = story.acs.on["97"] = lambda f, w: w.answer(f, torn)
    (outcome,) = story.change(case.request)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, LinkGarbled)
    assert len(story.acs.sent(case.code)) == 1


def test_without_numbers_another_item_s_answer_is_none(case):
    story = Story(plain=True)
    story.acs.on[case.code] = lambda f, w: w.answer(f, case.about("39000009"))
    story.acs.on["97"] = lambda f, w: w.answer(f, case.yes)
    (outcome,) = story.change(case.request)
    assert isinstance(outcome, Done)
    assert outcome.answer.item == "39000001"
    assert len(story.acs.sent("97")) == 1


def test_a_loan_s_answer_is_no_renewal(story):
    story.acs.on["29"] = story.acs.on["97"] = lambda f, w: w.answer(f, RENEWED.replace("301", "121"))
    (outcome,) = story.change(RENEW)
    assert isinstance(outcome, Unknown)
