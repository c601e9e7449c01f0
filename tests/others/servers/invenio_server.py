"""invenio-sip2 (the server of RERO's library system) before our small library, without a database of its own.

    environment/bin/python invenio_server.py LIBRARY-FILE [PORT]

invenio-sip2 is under the AGPL: it runs here as a program of its own, and nothing of it is in this project.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import Babel
from invenio_sip2 import InvenioSIP2, models
from invenio_sip2.datastore import Datastore
from invenio_sip2.server import SocketServer
from library import DUE, INSTITUTION, LOGIN, PIN, RENEWED_DUE, Library, nap, opened, say_and_live_with_stdin

FILE = Path(sys.argv[1])


class InMemory(Datastore):
    """Where invenio keeps its servers and clients, in place of Redis."""

    def __init__(self, app: Flask) -> None:
        self.records: dict[str, dict[str, Any]] = {}

    def get(self, id_: str, record_type: str | None = None) -> dict[str, Any] | None:
        return next((r for key, r in self.records.items() if key.startswith(f"{record_type}:{id_}")), None)

    def add(self, record: Any, id_: str | None = None, **more: Any) -> None:
        self.records[record.get_key()] = record.dumps()

    def update(self, record: Any, **more: Any) -> None:
        self.add(record)

    def delete(self, record: Any, record_type: str | None = None) -> None:
        self.records.pop(record.get_key(), None)

    def flush(self) -> None:
        self.records.clear()

    def all(self, record_type: str = "") -> Iterator[dict[str, Any]]:
        return (record for key, record in self.records.items() if key.startswith(record_type))

    def search(self, query: str, index_type: str = "", filter_query: str = "") -> list[dict[str, Any]]:
        return [r for key, r in self.records.items() if key.startswith(index_type) and filter_query in key]


def login(user: str, password: str, **more: Any) -> dict[str, Any] | None:
    if (user, password) != LOGIN:
        return None
    return {
        "authenticated": True,
        "terminal": "kiosk",
        "transaction_user_id": user,
        "institution_id": INSTITUTION,
        "library_name": "Small Library",
        "library_language": "en",
    }


def account(patron: str, **more: Any) -> models.SelfcheckPatronInformation:
    with opened(FILE) as library:
        status = models.PatronStatus()
        if patron in library.blocked:
            status.add_patron_status_type(models.PatronStatusTypes.CHARGE_PRIVILEGES_DENIED)
        owed = library.owed.get(patron)
        answer = models.SelfcheckPatronInformation(
            patron, INSTITUTION, library.patrons.get(patron, ""), status, "eng",
            currency_type="EUR" if owed else None, fee_amount=owed,
        )  # fmt: skip
        answer["valid_patron"] = patron in library.patrons
        answer["charged_items"] += library.charged(patron)
    return answer


def changing(code: str, do: Callable[..., Any]) -> Callable[..., Any]:
    """The handler of a message that changes something; whoever is slow has done it before."""

    def handler(*args: Any, **more: Any) -> Any:
        with opened(FILE) as library:
            answer, refusal = do(library, *args, **more)
        if refusal:
            answer["screen_messages"].append(refusal)
        time.sleep(nap(FILE, code))
        return answer

    return handler


def lend(library: Library, user: str, item: str, patron: str, **more: Any) -> tuple[Any, str]:
    had = library.loans.get(item) == patron
    refusal = library.lend(patron, item)
    answer = models.SelfcheckCheckout(
        library.titles.get(item, ""), not refusal, had, desensitize=not refusal, due_date=DUE
    )
    return answer, refusal


def take_back(library: Library, user: str, item: str, **more: Any) -> tuple[Any, str]:
    patron, refusal = library.loans.get(item), library.take_back(item)
    answer = models.SelfcheckCheckin(
        "Main", not refusal, item in library.on_hold, resensitize=not refusal,
        title_id=library.titles.get(item) if patron else None, patron_id=patron,
        sort_bin="A1" if patron else None,
    )  # fmt: skip
    return answer, refusal


def renew(library: Library, user: str, item: str, patron_id: str, **more: Any) -> tuple[Any, str]:
    refusal = library.renew(patron_id, item)
    title = library.titles.get(item, "")
    return models.SelfcheckRenew(title, not refusal, not refusal, due_date=RENEWED_DUE), refusal


def hold(library: Library, user: str, item: str, patron_id: str, **more: Any) -> tuple[Any, str]:
    refusal = library.hold(patron_id, item)
    title = library.titles.get(item)
    return models.SelfcheckHold(not refusal, title_id=title, pickup_location="Main"), refusal


def pay(library: Library, user: str, patron: str, fee: str, payment: str, currency: str, amount: str,
        **more: Any) -> tuple[Any, str]:  # fmt: skip
    refusal = library.pay(patron, amount) if currency == "EUR" else "What currency is that?"
    return models.SelfcheckFeePaid(not refusal), refusal


def item(item_id: str, **more: Any) -> models.SelfcheckItemInformation:
    with opened(FILE) as library:
        status = (
            "CHARGED" if item_id in library.loans else "AVAILABLE" if item_id in library.titles else "OTHER"
        )
        due = DUE if item_id in library.loans else None
        return models.SelfcheckItemInformation(item_id, library.titles.get(item_id), status, due_date=due)


HANDLERS = {
    "login_handler": login,
    "system_status_handler": lambda user, **more: {"institution_id": INSTITUTION},
    "patron_handlers": {
        "validate_patron": lambda patron, **more: account(patron)["valid_patron"],
        "authorize_patron": lambda patron, pin, **more: pin == PIN,
        "patron_status": account,
        "account": account,
    },
    "item_handlers": {"item": item},
    "circulation_handlers": {
        "checkout": changing("11", lend),
        "checkin": changing("09", take_back),
        "renew": changing("29", renew),
        "hold": changing("15", hold),
    },
    "fee_paid_handler": changing("37", pay),
}


def main() -> None:
    app = Flask("small-library")
    app.config.update(
        SIP2_DATASTORE_HANDLER=InMemory,
        SIP2_REMOTE_ACTION_HANDLERS={"library": HANDLERS},
        SIP2_LOGGING_CONSOLE=False,
    )
    Babel(app)
    InvenioSIP2(app)
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with app.test_request_context():
        server = SocketServer("library", "127.0.0.1", port, remote="library", process_id=0)
        (listening,) = server.selector.get_map().values()
        say_and_live_with_stdin(listening.fileobj.getsockname()[1])
        server.run()


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    main()
