"""A visit made by PyPI's Sip2, a client that we did not write; prints what it understood, as JSON.

environment/bin/python sip2_client.py PORT LOG-FOLDER
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any

from Sip2.wrapper import Sip2Wrapper

PATRON, PIN = "21000001", "1234"
BOOK, NOBODYS = "39000001", "40400000"
DUE = ""
"""Blank, as this client leaves it by itself; a strict server ends the connection."""


def visit(port: int, folder: str) -> dict[str, Any]:
    """Everything that this client does of what a kiosk does. Each message is read by its own reader."""
    terminal = {
        "hostName": "127.0.0.1",
        "hostPort": port,
        "tlsEnable": False,
        "institutionId": "LANTERN",
        "scLocation": "Desk",
        "logfile_path": folder,
    }
    wrapper = Sip2Wrapper(terminal, True, "Sip2")
    wrapper.login_device("selfcheck", "lantern")
    heard: dict[str, Any] = {"status": wrapper.return_sc_status()}
    heard["wrong PIN"] = wrapper.login_patron(PATRON, "0000")
    heard["right PIN"] = wrapper.login_patron(PATRON, PIN)
    heard["patron"] = wrapper.sip_patron_information("charged")

    # The wrapper takes a patron's "may not" (Y) for "may", and would not lend. Below it is the client itself.
    sip = wrapper.return_sip2()

    def status() -> Any:
        return sip.sip_patron_status_response(sip.get_response(sip.sip_patron_status_request()))

    def lend(item: str) -> Any:
        return sip.sip_checkout_response(sip.get_response(sip.sip_checkout_request(item, DUE)))

    heard["patron status"] = status()
    heard["item"] = wrapper.sip_item_information(BOOK)
    heard["lent"] = lend(BOOK)
    heard["not lent"] = lend(NOBODYS)
    heard["charged"] = sip.sip_patron_information_response(
        sip.get_response(sip.sip_patron_information_request("charged"))
    )
    heard["renewed"] = sip.sip_renew_response(sip.get_response(sip.sip_renew_request(BOOK, nbDuDate=DUE)))
    heard["returned"] = wrapper.sip_item_checkin(BOOK, currentLocation="LANTERN")
    heard["returned again"] = wrapper.sip_item_checkin(BOOK, currentLocation="LANTERN")
    heard["item again"] = wrapper.sip_item_information(BOOK)
    wrapper.sip_patron_session_end()
    wrapper.disconnect()
    return {"version": version("Sip2"), **heard}


if __name__ == "__main__":
    found = visit(int(sys.argv[1]), sys.argv[2])
    sys.stdout.write(json.dumps(found) + "\n")
