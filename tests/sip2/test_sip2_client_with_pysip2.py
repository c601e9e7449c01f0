"""The client over real TCP against a server that we did not write."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from kiosk.sip2 import (
    Checkin,
    Checkout,
    Client,
    Done,
    EndSession,
    ItemInformation,
    Login,
    LoginRefused,
    PatronInformation,
    Profile,
    Refused,
    Renew,
    Untrusted,
    charged_list,
    masked,
)
from kiosk.wires import tcp
from tests.sip2.pysip2_acs import PIN, Library, serving

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001


def checkout(item):
    return Checkout(
        date=NOON, nb_due_date=NOON, institution="lib", patron="21000001", item=item, terminal_password="",
        patron_password=PIN, fee_acknowledged=False,
    )  # fmt: skip


def no_doubt():
    raise AssertionError("nothing was late")


@pytest.mark.parametrize("error_detection", [True, False])
def test_a_patron_borrows(error_detection):
    async def story():
        library = Library()
        log: list[str] = []
        async with serving(library) as (host, port):
            client = Client(
                tcp(host, port), Profile(error_detection=error_detection),
                login=Login(login_user="kiosk", login_password="pw", location="desk"),
                tap=lambda way, frame, at: log.append(f"{way} {masked(frame)}"),
            )  # fmt: skip
            who = PatronInformation(date=NOON, institution="lib", patron="21000001", patron_password=PIN)
            before = await charged_list(client, who)
            assert before.answer.name.raw == "Émilie Brontë"
            assert before.answer.valid_password is True
            assert (before.entries, before.complete) == ((), True)
            for item in ("39000001", "39000002"):
                assert isinstance(await client.change(checkout(item), no_doubt), Done)
            refused = await client.change(checkout("39000040"), no_doubt)
            assert isinstance(refused, Refused)
            after = await charged_list(client, who)
            assert after.entries == ("39000001", "39000002")
            about = await client.ask(ItemInformation(date=NOON, institution="lib", item="39000001"))
            assert (about.circulation_status, about.title.raw) == ("04", "Title 1")
            bye = await client.ask(EndSession(date=NOON, institution="lib", patron="21000001"))
            assert bye.ended
            await client.disconnect()
        assert library.executed == [("21000001", "39000001"), ("21000001", "39000002")]
        assert not any("21000001" in line or PIN in line or "|COpw" in line for line in log)
        assert len(log) == 2 * (2 + 1 + 3 + 1 + 1 + 1)

    asyncio.run(story())


def test_a_wrong_login_is_refused():
    async def story():
        async with serving(Library()) as (host, port):
            client = Client(tcp(host, port), Profile(), login=Login(login_user="kiosk", login_password="no"))
            with pytest.raises(LoginRefused):
                await client.connect()

    asyncio.run(story())


def test_a_lost_answer_comes_back_by_97():
    """The wire loses the first 12; the server replays it when asked by 97, and executes once."""

    async def story():
        library = Library()
        async with serving(library) as (host, port):
            wires = []

            async def lossy():
                wire = await tcp(host, port)()
                receive = wire.receive

                async def lose_the_first_12():
                    data = await receive()
                    if data.startswith(b"12") and not wires:
                        wires.append(wire)
                        return await receive()
                    return data

                wire.receive = lose_the_first_12
                return wire

            client = Client(
                lossy, Profile(timeout_floor_s=0.2, timeout_ceiling_s=0.2),
                login=Login(login_user="kiosk", login_password="pw"),
            )  # fmt: skip
            late = []
            outcome = await client.change(checkout("39000001"), lambda: late.append(True))
            assert isinstance(outcome, Done)
            assert late == [True]
            await client.disconnect()
        assert library.executed == [("21000001", "39000001")]

    asyncio.run(story())


@pytest.mark.parametrize("error_detection", [True, False])
def test_an_item_is_renewed_and_returned(error_detection):
    async def story():
        library = Library(loans={"39000001": "21000001"})
        log: list[str] = []
        async with serving(library) as (host, port):
            client = Client(
                tcp(host, port), Profile(error_detection=error_detection),
                login=Login(login_user="kiosk", login_password="pw"),
                tap=lambda way, frame, at: log.append(f"{way} {masked(frame)}"),
            )  # fmt: skip
            renew = Renew(
                date=NOON, nb_due_date=NOON, institution="lib", patron="21000001", item="39000001",
                patron_password=PIN, fee_acknowledged=False,
            )  # fmt: skip
            renewed = await client.change(renew, no_doubt)
            assert isinstance(renewed, Done)
            assert (renewed.answer.due.raw, renewed.answer.title.raw) == ("20270227    235900", "Title 1")
            back = Checkin(
                date=NOON, return_date=NOON, current_location="Main", institution="lib", item="39000001",
                terminal_password="",
            )  # fmt: skip
            returned = await client.change(back, no_doubt)
            assert isinstance(returned, Done)
            assert (returned.answer.sort_bin, returned.answer.patron) == (Untrusted("A1"), "21000001")
            assert isinstance(await client.change(back, no_doubt), Refused)
            assert isinstance(await client.change(renew, no_doubt), Refused)
            await client.disconnect()
        assert (library.renewed, library.returned, library.loans) == (["39000001"], ["39000001"], {})
        (answer,) = [line for line in log if line.startswith("< 101")]
        assert "|AA***|" in answer
        assert not any("21000001" in line or PIN in line for line in log)

    asyncio.run(story())
