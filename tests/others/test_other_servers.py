"""A visit, from login to end of session, at servers that we did not write, over real TCP."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from kiosk.circulation.answers import (
    Denied,
    FeeAsked,
    FeeBooked,
    FeeNotBooked,
    HoldNotPlaced,
    HoldPlaced,
    Lent,
    NotRenewed,
    NotReturned,
    Renewed,
    Returned,
    Welcome,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Due, ItemKey, Money, PatronId, Pin
from kiosk.ils import try_out
from kiosk.sip2 import (
    Checkin,
    Checkout,
    Client,
    Done,
    EndSession,
    ItemInformation,
    Login,
    LoginRefused,
    PatronStatusRequest,
    Profile,
    Refused,
)
from kiosk.wires import tcp
from tests.others.desk import EMILIE, PIN, PIN_TEXT, at_the_desk, only, play, settings
from tests.others.far_side import Server

pytestmark = pytest.mark.others

BOOKS = [f"390000{n:02d}" for n in range(1, 41)]
NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001 - SIP2 means local time
FOR_ANOTHER, REFERENCE, NOBODYS = "39000040", "39000039", "40400000"


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def client(far: Server, password: str = "pw", **profile: Any) -> Client:
    login = Login(login_user="kiosk", login_password=password, location="desk")
    return Client(tcp("127.0.0.1", far.port), Profile(**profile), login=login)


def no_doubt() -> None:
    raise AssertionError("an answer is overdue")


def test_a_terminal_logs_in_and_hears_what_the_server_can(far: Server):
    async def story():
        ours = client(far)
        await ours.connect()
        status = ours.status
        assert status is not None
        # invenio pads these numbers with spaces, pysip2 with zeros
        assert (status.timeout_tenths, status.retries) == (10, 10 if far.name == "invenio" else 3)
        assert all(status.supports(code) for code in ("11", "09", "29", "15", "37", "63", "17", "35", "97"))
        # neither does 65, and invenio would answer it with the word "None", and no end
        assert not any(status.supports(code) for code in ("65", "01", "19", "25"))
        await ours.disconnect()

    play(story)


def test_a_terminal_that_is_not_known_is_refused(far: Server):
    async def story():
        ours = client(far, "wrong")
        with pytest.raises(LoginRefused):
            await ours.connect()

    play(story)


def test_the_settings_are_tried_out_and_good(far: Server):
    async def story():
        steps = []
        await try_out(settings(far), tcp("127.0.0.1", far.port), time.time, steps.append)
        found = {step.name: step.ok for step in steps}
        # what invenio says in local time is UTC
        found.pop("clock")
        assert found == dict.fromkeys(("address", "login", "service", "lending", "returns"), True)

    play(story)


def test_a_patron_signs_in_borrows_renews_returns_and_leaves(far: Server):
    far.has(loans={BOOKS[4]: "21000002"})

    async def story():
        async with at_the_desk(far) as desk:
            ils = desk.ils
            assert await ils.sign_in(PatronId("404"), PIN, "en") == Denied(Reason.CARD_UNKNOWN)
            assert await ils.sign_in(EMILIE, Pin("0000"), "en") == Denied(Reason.PIN_WRONG)
            assert await ils.sign_in(EMILIE, PIN, "en") == Welcome("Émilie Brontë")

            for book in BOOKS[:3]:
                lent = await desk.lend(book)
                assert isinstance(lent, Lent)
                assert (lent.release, lent.renewal, lent.due) == (True, False, Due(date(2027, 1, 30)))
            again = await desk.lend(BOOKS[0])
            assert isinstance(again, Lent)
            assert again.renewal
            refused = {book: await desk.lend(book) for book in (FOR_ANOTHER, REFERENCE, BOOKS[4], NOBODYS)}
            assert {book: answer.reason for book, answer in refused.items()} == {
                FOR_ANOTHER: Reason.ON_HOLD,
                REFERENCE: Reason.NOT_FOR_LOAN,
                BOOKS[4]: Reason.ON_LOAN_TO_OTHER,
                NOBODYS: Reason.ITEM_UNKNOWN,
            }
            signed_in = await ils.sign_in(EMILIE, PIN, "en")
            assert signed_in == Welcome("Émilie Brontë", frozenset(BOOKS[:3]))

            assert await desk.renew(BOOKS[1]) == Renewed(Due(date(2027, 2, 27)), "Title 2")
            not_hers = await desk.renew(BOOKS[4])
            assert isinstance(not_hers, NotRenewed)
            assert not_hers.reason is Reason.RENEWAL_REFUSED

            assert await desk.take_back(BOOKS[0]) == Returned("Title 1", bin="A1")
            twice = await desk.take_back(BOOKS[0])
            assert isinstance(twice, Returned)
            assert (twice.was_on_loan, twice.title) == (False, "Title 1")
            stranger = await desk.take_back(NOBODYS)
            assert isinstance(stranger, NotReturned)
            assert stranger.reason is Reason.ITEM_UNKNOWN

            about = await ils.describe(ItemKey(BOOKS[1]))
            assert about is not None
            assert about.title == "Title 2"
            await ils.end_session(EMILIE, PIN)
            assert desk.frames[-1][1].startswith(b"36Y")

            said = [frame for way, frame in desk.frames if way == ">"]
            numbers = [int(frame[frame.rindex(b"AY") + 2 : frame.rindex(b"AZ")]) for frame in said]
            # strict servers want each number to be the next one, and invenio each frame in one piece
            assert numbers == [n % 10 for n in range(len(said))]
            assert desk.writes == [frame + b"\r" for frame in said]
            assert max(map(len, desk.writes)) < 1024
            assert desk.overdue == 0

    play(story)
    assert far.library.loans == {BOOKS[4]: "21000002", BOOKS[1]: "21000001", BOOKS[2]: "21000001"}
    assert [what for what, *_ in far.library.done] == ["lent"] * 4 + ["renewed", "returned"]


@pytest.mark.parametrize("error_detection", [True, False], ids=["with checksums", "without"])
def test_the_client_alone_borrows_and_returns(far: Server, error_detection: bool):
    """Without checksums of ours, pysip2 leaves out its own, and invenio writes them without a number."""

    async def story():
        ours = client(far, error_detection=error_detection)
        who = {"date": NOON, "institution": "lib", "patron": "21000001", "terminal_password": ""}
        status = await ours.ask(PatronStatusRequest(patron_password=PIN_TEXT, language="001", **who))
        # invenio does not say in a 24 whether the PIN is right
        assert (status.valid_patron, status.valid_password) == (True, None if far.name == "invenio" else True)
        loan = Checkout(
            item=BOOKS[0], nb_due_date=NOON, patron_password=PIN_TEXT, fee_acknowledged=False, **who
        )
        assert isinstance(await ours.change(loan, no_doubt), Done)
        what = {"date": NOON, "institution": "lib", "item": BOOKS[0]}
        about = await ours.ask(ItemInformation(**what))
        assert (about.circulation_status, about.security_marker, about.fee_type) == ("04", "00", "01")
        back = Checkin(return_date=NOON, current_location="Main", terminal_password="", **what)
        assert isinstance(await ours.change(back, no_doubt), Done)
        assert isinstance(await ours.change(back, no_doubt), Refused)
        assert (await ours.ask(EndSession(date=NOON, institution="lib", patron="21000001"))).ended
        await ours.disconnect()

    play(story)
    assert [what for what, *_ in far.library.done] == ["lent", "returned"]


def test_two_kiosks_lend_at_once(far: Server):
    async def story():
        async with at_the_desk(far) as one, at_the_desk(far) as other:
            for pair in zip(BOOKS[:10:2], BOOKS[1:10:2], strict=True):
                lent = await asyncio.gather(one.lend(pair[0]), other.lend(pair[1]))
                assert [type(answer) for answer in lent] == [Lent, Lent]

    play(story)
    assert far.library.loans == dict.fromkeys(BOOKS[:10], "21000001")


def test_a_connection_that_nobody_uses_is_kept(far: Server):
    async def story():
        async with at_the_desk(far, keepalive_s=0.05) as desk:
            await desk.heard("98", 15)
            assert len(desk.sent("93")) == 1
            assert isinstance(await desk.lend(BOOKS[0]), Lent)

    play(story)


def test_a_blocked_patron_is_not_let_in(far: Server):
    far.has(blocked=["21000001"])

    async def story():
        async with at_the_desk(far) as desk:
            answer = await desk.ils.sign_in(EMILIE, PIN, "en")
            assert isinstance(answer, Denied)
            assert answer.reason is Reason.PATRON_BLOCKED

    play(story)


@pytest.mark.parametrize("count", [7, 40, 90])
def test_however_much_a_patron_has_all_of_it_is_heard(far: Server, count: int):
    """Ninety loans make an answer of more than a thousand bytes."""
    books = [f"3900{n:04d}" for n in range(count)]
    far.has(loans=dict.fromkeys(books, "21000001"), titles=dict.fromkeys(books, "A title"))

    async def story():
        async with at_the_desk(far) as desk:
            assert await desk.ils.sign_in(EMILIE, PIN, "en") == Welcome("Émilie Brontë", frozenset(books))

    play(story)


@only("invenio")
def test_a_list_whose_checksum_is_a_digit_short_is_believed(far: Server):
    """invenio leaves out the leading zeros of a checksum. Of its answers of a thousand bytes and more, one in
    sixteen ends with three digits."""
    books = [f"3900{n:04d}" for n in range(83)]
    far.has(loans=dict.fromkeys(books, "21000001"), titles=dict.fromkeys(books, "A title"))

    async def story():
        async with at_the_desk(far) as desk:
            answer = await desk.ils.sign_in(EMILIE, PIN, "en")
            assert any(way == "<" and re.search(rb"AZ[0-9A-F]{3}$", frame) for way, frame in desk.frames)
            assert answer == Welcome("Émilie Brontë", frozenset(books))

    play(story)


@only("pysip2")
def test_a_fee_is_agreed_to(far: Server):
    """(invenio does not tell its library whether the patron has agreed.)"""
    far.has(rental={BOOKS[2]: "2.50"})

    async def story():
        async with at_the_desk(far) as desk:
            asked = await desk.lend(BOOKS[2])
            assert isinstance(asked, FeeAsked)
            assert asked.fee == euros("2.50")
            assert far.library.loans == {}
            assert isinstance(await desk.lend(BOOKS[2], agreed=True), Lent)

    play(story)
    assert far.library.done == [["lent", "21000001", BOOKS[2]]]


def test_a_fee_is_paid_once(far: Server):
    """(The 38 of invenio has the date before the verdict.)"""
    far.has(owed={"21000001": "1234.50"})

    async def story():
        async with at_the_desk(far, answer_timeout_s=1.0) as desk:
            assert await desk.ils.sign_in(EMILIE, PIN, "en") == Welcome(
                "Émilie Brontë", owed=euros("1234.50")
            )
            paid = await desk.pay(euros("1000"), "T-1")
            too_much = await desk.pay(euros("1000"), "T-2")
            assert paid == FeeBooked()
            assert isinstance(too_much, FeeNotBooked)
            assert [len(desk.sent("37")), *far.library.done] == [2, ["paid", "21000001", "1000.00"]]
            left = await desk.ils.sign_in(EMILIE, PIN, "en")
            assert isinstance(left, Welcome)
            assert left.owed == euros("234.50")

    play(story)


def test_a_hold_is_placed(far: Server):
    async def story():
        async with at_the_desk(far) as desk:
            assert await desk.hold(BOOKS[3]) == HoldPlaced("Title 4", "Main")
            nothing = await desk.hold(NOBODYS)
            assert isinstance(nothing, HoldNotPlaced)
            assert nothing.reason is Reason.ITEM_UNKNOWN

    play(story)
    assert far.library.done == [["held", "21000001", BOOKS[3]]]
