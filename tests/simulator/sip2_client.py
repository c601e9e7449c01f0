"""A self-check made with the library Sip2 1.1, which we did not write; a process of its own.

Arguments: the port, a folder, the messages that are not asked. It leaves `heard.json` there: what it was
answered, by message.
"""

import json
import sys
from pathlib import Path
from typing import Any

from Sip2.wrapper import Sip2Wrapper


def main(port: int, folder: str, unserved: list[str]) -> dict[str, Any]:
    desk = Sip2Wrapper(
        {
            "hostName": "127.0.0.1",
            "hostPort": port,
            "tlsEnable": False,
            "institutionId": "LANTERN",
            "scLocation": "desk",
            "logfile_path": folder,
            "loglevel": "ERROR",
        }
    )
    # Once it has asked for the status, it takes a patron whose charges are not denied for one whose are.
    desk.login_device("selfcheck", "lantern", autoSelfCheck=False)
    plain = desk.return_sip2()
    heard: dict[str, Any] = {
        "status": plain.sip_sc_status_response(plain.get_response(plain.sip_sc_status_request()))
    }
    heard["nobody"] = desk.login_patron("21000001", "9999")
    heard["patron"] = desk.login_patron("21000001", "1234")
    heard["loan"] = desk.sip_item_checkout("39000001")
    heard["refused"] = desk.sip_item_checkout("39000012")
    heard["loans"] = desk.get_patron_chargedItems()
    heard["item"] = desk.sip_item_information("39000001")
    heard["renewal"] = desk.sip_item_renew("39000001")
    heard["return"] = desk.sip_item_checkin("39000001")
    rest = {
        "23": plain.sip_patron_status_request,
        "15": lambda: plain.sip_hold_request("+", itemIdentifier="39000001", holdType=3),
        "19": lambda: plain.sip_item_status_update_request("39000001", "torn"),
        "37": lambda: plain.sip_fee_paid_request(1, 0, "1.00"),
        "65": plain.sip_renew_all_request,
        "01": lambda: plain.sip_block_patron_request("found"),
        "25": plain.sip_patron_enable_request,
        "97": plain.sip_sc_resend_request,
    }
    asked = [code for code in rest if code not in unserved]
    heard["rest"] = {code: plain.get_response(rest[code]())[:3] for code in asked}
    heard["end"] = desk.sip_patron_session_end() is desk
    desk.disconnect()
    return heard


if __name__ == "__main__":
    answers = main(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
    Path(sys.argv[2], "heard.json").write_text(json.dumps(answers), encoding="utf-8")
