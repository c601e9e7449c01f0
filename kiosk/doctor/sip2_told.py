"""What docs/sip2.md says and no table of the program holds: when a message is sent, what fields mean."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.circulation.reasons import Reason

SENT: Mapping[str, str] = MappingProxyType(
    {
        "93": "At the beginning of each connection, where an account is set and no prompt asks for it.",
        "99": "Behind the login, and after a minute without any message; with 1 while the printer has no "
        "paper, with 2 before the kiosk shuts down. Nothing works without it.",
        "63": "When a card is shown (with the list of loans), for *My account* (list by list), and to settle "
        "a loan that is in doubt.",
        "23": "When a card is shown, where the ILS serves no 63; the patron's loans are not known then.",
        "17": "For titles that no other answer gave, after a return that was refused, and to settle what is "
        "in doubt.",
        "11": "For each item that is lent, once; once more after a patron has agreed to its fee.",
        "09": "For each item that is returned, once.",
        "29": "For a loan that a patron renews, once; and for each loan where all shall be renewed and the "
        "ILS serves no 65.",
        "65": "When a patron renews all loans, once.",
        "15": "When a patron reserves an item, once.",
        "37": "When a till has taken money for the fees, once.",
        "35": "When the patron leaves.",
        "97": "When an answer did not come, or cannot be read; before anything else is done about it.",
        "01": "",
        "19": "",
        "25": "",
    }
)
"""When the kiosk sends a message; empty: never."""

BY_FIELDS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.CARD_UNKNOWN: "64 or 24: BL N",
        Reason.PATRON_BLOCKED: "a blocking flag, and none that says more",
        Reason.PIN_NEEDED: "`pin_required`, and none was typed",
        Reason.PIN_WRONG: "64 or 24: CQ N, where a PIN was sent",
        Reason.PATRON_EXPIRED: "64 or 24: the day in `expiry_field` is past",
        Reason.TOO_MANY_OVERDUE: "64: as many overdue as CA says",
        Reason.TOO_MANY_LOANS: "64: as many charged as CB says",
        Reason.FEE: "12 or 30 with ok 0, BT and BV",
        Reason.ALREADY_YOURS: "64: it is in the list of loans",
        Reason.STAYS_ARMED: "12: desensitise is not Y",
        Reason.ITEM_UNKNOWN: "10: CV 98 or 99, or no title in 10 and 18",
        Reason.ILS_DOWN: "no connection, or 98: on-line N",
        Reason.ILS_SILENT: "no answer in time",
        Reason.ILS_GARBLED: "what came is no answer",
        Reason.NOT_SERVED: "BX: N for the message, or a bare 96 for it",
        Reason.ILS_LOGIN_REFUSED: "94 with ok 0, or no at the prompt",
        Reason.OUTCOME_UNKNOWN: "an 11 or 09 without an answer, which 63 and 17 did not settle",
        Reason.RENEWAL_UNKNOWN: "a 29 or 65 without an answer",
        Reason.HOLD_UNKNOWN: "a 15 without an answer",
        Reason.NOT_BOOKED: "38: not accepted",
        Reason.ITEM_REFUSED: "12 with ok 0, and nothing else said",
        Reason.RETURN_REFUSED: "10 with ok 0, and nothing else said",
        Reason.RENEWAL_REFUSED: "30 or 66 with ok 0, and nothing else said",
        Reason.HOLD_REFUSED: "16 with ok 0, and nothing else said",
    }
)
"""What besides a flag of the patron status makes it that reason, in the standard's words."""
