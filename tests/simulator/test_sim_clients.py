"""Clients and codecs that we did not write, against the simulated ILS."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pysip2
import pytest

from kiosk.simulator import World, lanternfield
from kiosk.simulator.serve import Stage
from tests.simulator.raw_kiosk import LOGIN, TODAY, Kiosk, checked

CLIENT = Path(__file__).with_name("sip2_client.py")
DAY = TODAY.decode()


REST = {"23": "24 ", "15": "161", "19": "201", "37": "38Y", "65": "660", "01": "24Y", "25": "26 "}
"""How the answers begin to what it asks last. It forgets the date of a 65, and so loses its patron."""


async def played(make: str, folder: Path) -> tuple[dict[str, Any], World]:
    """What the client heard from one make of ILS, and the world afterwards."""
    world = World(lanternfield().owing("21000001", "2.00").speaking_as(make))
    async with Stage(world, {"ils": 0}, control=None) as stage:
        client = await asyncio.create_subprocess_exec(
            sys.executable,
            str(CLIENT),
            str(stage.ports["ils"]),
            str(folder),
            *sorted(world.ils.make.unserved),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
        )
        _, err = await asyncio.wait_for(client.communicate(), 60)
    assert client.returncode == 0, err.decode()
    return json.loads((folder / "heard.json").read_text("utf-8")), world


@pytest.mark.parametrize("make", ["lantern", "koha", "evergreen", "alma", "horizon", "voyager"])
def test_a_self_check_that_we_did_not_write_lends_renews_and_takes_back(make: str, tmp_path: Path) -> None:
    heard, world = asyncio.run(played(make, tmp_path))
    assert heard["status"]["fixed"]["OnlineStatus"] == "Y"
    assert (heard["nobody"], heard["patron"], heard["end"]) == (False, True, True)
    assert heard["loan"]["fixed"]["Ok"] == "1"
    assert heard["loan"]["fixed"]["Desensitize"] == "Y"
    assert heard["loan"]["variable"]["AJ"] == ["The Wind in the Willows"]
    assert heard["refused"]["fixed"]["Ok"] == "0"
    assert heard["refused"]["variable"]["AF"] == ["Item is checked out to another patron."]
    assert heard["loans"] == ["39000011", "39000001"]
    assert heard["item"]["fixed"]["CirculationStatus"] == "04"
    assert heard["renewal"]["fixed"]["Ok"] == "1"
    assert heard["return"]["fixed"]["Ok"] == "1"
    ils = world.ils
    assert [loan.item for loan in ils.loans] == [each.item for each in ils.renewals] == ["39000001"]
    assert [back.item for back in ils.returns] == ["39000001"]
    served = {code: answer for code, answer in REST.items() if code not in ils.make.unserved}
    if "19" in ils.make.ineffective:
        served["19"] = "200"
    assert heard["rest"] == served | {"97": list(served.values())[-1]}
    # it leaves the nb due dates blank of a loan, of one that is refused and of a renewal
    blanks = [f"{code}: blanks for a date" for code in ("11", "11", "29")]
    forgotten = ["65: 'AOLANTERN|AA210000' is no date"]
    noted = [text for _, text in ils.complaints]
    assert noted[:4] == blanks + (forgotten if "65" in served else [])
    assert all(text.startswith("65: ") for text in noted[3:])


WHO = {"institution_id": "LANTERN", "patron_identifier": "21000001", "terminal_password": ""}
BOOK = {"item_identifier": "39000001"}
WHEN = {"transaction_date": DAY}
BOTH = {"transaction_date": DAY, "nb_due_date": DAY}
PLACE = {"institution_id": "LANTERN"}
LISTS = ("Y", " Y", "  Y", "   Y", "    Y", "     Y")

REQUESTS: list[tuple[Any, type]] = [
    (
        pysip2.SCStatusRequest(status_code="0", max_print_width="080", protocol_version="2.00"),
        pysip2.ACSStatusResponse,
    ),
    (
        pysip2.PatronStatusRequest(language="001", **WHEN, **WHO, patron_password="1234"),
        pysip2.PatronStatusResponse,
    ),
    *(
        (
            pysip2.PatronInformationRequest(language="001", **WHEN, **WHO, summary=summary.ljust(10)),
            pysip2.PatronInformationResponse,
        )
        for summary in LISTS
    ),
    (
        pysip2.CheckoutRequest(sc_renewal_policy="Y", no_block="N", **BOTH, **WHO, **BOOK),
        pysip2.CheckoutResponse,
    ),
    (pysip2.ItemInformationRequest(**WHEN, **PLACE, **BOOK), pysip2.ItemInformationResponse),
    (pysip2.RenewRequest(third_party_allowed="N", no_block="N", **BOTH, **WHO, **BOOK), pysip2.RenewResponse),
    (pysip2.RenewAllRequest(**WHEN, **WHO), pysip2.RenewAllResponse),
    (
        pysip2.CheckinRequest(
            no_block="N",
            return_date=DAY,
            current_location="desk",
            terminal_password="",
            **WHEN,
            **PLACE,
            **BOOK,
        ),
        pysip2.CheckinResponse,
    ),
    (pysip2.HoldRequest(hold_mode="+", **WHEN, **WHO, **BOOK), pysip2.HoldResponse),
    (
        pysip2.FeePaidRequest(
            fee_type="01", payment_type="02", currency_type="EUR", fee_amount="1.00", **WHEN, **WHO
        ),
        pysip2.FeePaidResponse,
    ),
    (
        pysip2.ItemStatusUpdateRequest(item_properties="", **WHEN, **PLACE, **BOOK),
        pysip2.ItemStatusUpdateResponse,
    ),
    (
        pysip2.BlockPatronRequest(card_retained="N", blocked_card_message="found", **WHEN, **WHO),
        pysip2.PatronStatusResponse,
    ),
    (pysip2.PatronEnableRequest(**WHEN, **WHO), pysip2.PatronEnableResponse),
    (pysip2.EndPatronSessionRequest(**WHEN, **WHO), pysip2.EndSessionResponse),
]


def test_a_codec_that_we_did_not_write_writes_all_that_the_strict_one_reads_and_reads_all_it_says() -> None:
    """Each request is encoded and each answer decoded by pysip2; twice, when much is so already."""
    scenery = lanternfield().owing("21000001", "2.00", "1.50")
    world = World(scenery.costing("1.50", "39000002").speaking_as("pysip2-strict"), wall=lambda: 0.0)
    kiosk = Kiosk(world)
    login = pysip2.LoginRequest(
        uid_algorithm="0", pwd_algorithm="0", login_user_id="selfcheck", login_password="lantern"
    )
    frames = [(login, pysip2.LoginResponse), *REQUESTS, *REQUESTS]
    for number, (request, kind) in enumerate(frames):
        digit = number % 10
        answer = kiosk.say(pysip2.encode_message(request, sequence_number=digit, checksum=True))
        decoded = pysip2.decode_message(answer, encoding="cp850")
        assert isinstance(decoded.message, kind)
        assert decoded.sequence_number == digit
        assert decoded.checksum is not None
    assert world.ils.complaints == []
    assert [len(world.ils.loans), len(world.ils.payments)] == [2, 2]


@pytest.mark.parametrize("make", ["lantern", "standard", "folio", "fsip2", "symphony", "evergreen", "alma"])
def test_it_reads_what_makes_say_that_keep_to_the_document(make: str) -> None:
    world = World(lanternfield().owing("21000001", "1234.50").speaking_as(make), wall=lambda: 0.0)
    charset = world.scenery.ils.charset
    kiosk = Kiosk(world)
    kiosk.say(checked(LOGIN))
    for number, (request, kind) in enumerate(REQUESTS, start=1):
        if pysip2.encode_message(request)[:2].decode() in world.ils.make.unserved:
            continue
        kiosk.digit = number % 10
        frame = pysip2.encode_message(request).rstrip(b"\r")
        answer = kiosk.say(checked(frame + b"AY%dAZ" % kiosk.digit))
        if answer != b"96AZFEF6\r":
            assert isinstance(pysip2.decode_message(answer, encoding=charset).message, kind)
