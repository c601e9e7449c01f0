"""The loan and the return journey, through the command line, at servers that we did not write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.by_hand import config, kiosk, read
from tests.others.far_side import Server
from tests.others.servers.library import INSTITUTION, LOGIN, PIN

pytestmark = pytest.mark.others

PATRON = "21000001"
BOOKS = ["39000001", "39000002", "39000003"]
FOR_ANOTHER = "39000040"


def test_the_loan_journey(far: Server, tmp_path: Path):
    """Two books are lent, one is on hold for somebody else; then somebody comes with a wrong PIN."""
    settings = config(tmp_path / "kiosk.toml", far.port, INSTITUTION, *LOGIN)
    out = tmp_path / "out"

    def borrow(items: list[str], pin: str):
        return kiosk(
            *("demo", "--headless", "--journey", "loan", "--out", out, "--config", settings),
            *("--patron", PATRON, "--pin", "-", "--items", ",".join(items)),
            stdin=f"{pin}\n",
        )

    run = borrow([BOOKS[0], FOR_ANOTHER, BOOKS[2]], PIN)
    assert run.returncode == 0, run.stdout + run.stderr
    result = read(out / "result.json")
    assert result["ok"] is True
    assert {item["barcode"]: item["state"] for item in result["items"]} == {
        BOOKS[0]: "safe",
        FOR_ANOTHER: "refused",
        BOOKS[2]: "safe",
    }
    assert False not in result["promises"].values()
    written = {tag["barcode"]: tag["afi_after"] for tag in read(out / "field.json")}
    assert written == {BOOKS[0]: "C2", FOR_ANOTHER: "07", BOOKS[2]: "C2"}
    assert far.library.loans == {BOOKS[0]: PATRON, BOOKS[2]: PATRON}
    assert far.library.done == [["lent", PATRON, BOOKS[0]], ["lent", PATRON, BOOKS[2]]]
    log = (out / "sip2.log").read_text("utf-8")
    assert PIN not in log
    assert PATRON not in log

    wrong = borrow([BOOKS[1]], "4321")
    assert wrong.returncode == 1
    assert "the PIN was wrong" in wrong.stdout
    assert len(far.library.done) == 2


def test_the_return_journey(far: Server, tmp_path: Path):
    """Two books come back, and one that was not on loan: all end armed."""
    far.has(loans=dict.fromkeys(BOOKS[:2], PATRON))
    settings = config(tmp_path / "kiosk.toml", far.port, INSTITUTION, *LOGIN)
    out = tmp_path / "out"
    run = kiosk(
        *("demo", "--headless", "--journey", "return", "--out", out),
        *("--config", settings, "--items", ",".join(BOOKS)),
    )
    assert run.returncode == 0, run.stdout + run.stderr
    result = read(out / "result.json")
    assert [(item["barcode"], item["state"]) for item in result["items"]] == [
        (book, "returned") for book in BOOKS
    ]
    assert False not in result["promises"].values()
    assert {tag["afi_after"] for tag in read(out / "field.json")} == {"07"}
    assert far.library.loans == {}
    assert far.library.done == [["returned", PATRON, book] for book in BOOKS[:2]]
    assert PATRON not in (out / "sip2.log").read_text("utf-8")
