"""The loan journey through the command line, against ILSes that are not our simulator's."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.journeys.by_hand import config, kiosk, read
from tests.journeys.odd_ils import DATE, OddIls
from tests.journeys.odd_ils import serving as serving_odd
from tests.sip2.pysip2_acs import PIN, Library, serving


@contextlib.contextmanager
def pysip2(library: Library) -> Iterator[int]:
    """The port of a server built on pysip2, in a thread of its own."""
    started = threading.Event()
    ports: list[int] = []
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with serving(library) as (_, port):
            ports.append(port)
            started.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


def borrow(settings: Path, out: Path, items: str, stdin: str = PIN):
    return kiosk(
        *("demo", "--headless", "--journey", "loan", "--out", out, "--config", settings),
        *("--patron", "21000001", "--pin", "-", "--items", items),
        stdin=stdin,
    )


def test_the_account_journey_against_pysip2(tmp_path):
    """Of a patron who has nothing but what is borrowed now."""
    with pysip2(Library()) as port:
        settings = config(tmp_path / "kiosk.toml", port, "lib", "kiosk", "pw")
        run = kiosk(
            *("demo", "--headless", "--journey", "account", "--out", tmp_path / "out", "--config", settings),
            *("--patron", "21000001", "--pin", "-", "--items", "39000001"),
            stdin=f"{PIN}\n",
        )
        assert run.returncode == 0, run.stdout + run.stderr
        screens = {screen["screen"] for screen in read(tmp_path / "out/screen.json")}
        assert "account" in screens


def test_the_loan_journey_against_pysip2(tmp_path):
    library = Library()
    with pysip2(library) as port:
        settings = config(tmp_path / "kiosk.toml", port, "lib", "kiosk", "pw")
        # the last is on hold for somebody else: refused is final too
        run = borrow(settings, tmp_path / "out", "39000001,39000040,39000003", stdin=f"{PIN}\n")
        assert run.returncode == 0, run.stdout + run.stderr
        result = read(tmp_path / "out/result.json")
        assert result["ok"] is True
        ends = {item["barcode"]: item["state"] for item in result["items"]}
        assert ends == {"39000001": "safe", "39000040": "refused", "39000003": "safe"}
        assert False not in result["promises"].values()
        assert set(result["promises"]) == {f"p{n}" for n in range(1, 10)}
        assert library.loans == {"39000001": "21000001", "39000003": "21000001"}
        assert min(result["timings_ms"].values()) > 0
        assert not (tmp_path / "out/ils.json").exists()
        written = {tag["barcode"]: tag["afi_after"] for tag in read(tmp_path / "out/field.json")}
        assert written == {"39000001": "C2", "39000040": "07", "39000003": "C2"}
        log = (tmp_path / "out/sip2.log").read_text("utf-8")
        assert PIN not in log
        assert "21000001" not in log

        wrong = borrow(settings, tmp_path / "out", "39000005", stdin="4321\n")
        assert wrong.returncode == 1
        assert "the PIN was wrong" in wrong.stdout
        assert len(library.executed) == 2
        assert wrong.stderr == ""


def test_the_return_journey_against_pysip2(tmp_path):
    """Two books come back, and one that the ILS does not know to be on loan: all end armed."""
    books = ["39000001", "39000002", "39000003"]
    library = Library(loans=dict.fromkeys(books[:2], "21000001"))
    with pysip2(library) as port:
        settings = config(tmp_path / "kiosk.toml", port, "lib", "kiosk", "pw")
        run = kiosk(
            *("demo", "--headless", "--journey", "return", "--out", tmp_path / "out"),
            *("--config", settings, "--items", ",".join(books)),
        )
    assert run.returncode == 0, run.stdout + run.stderr
    result = read(tmp_path / "out/result.json")
    assert [(item["barcode"], item["state"]) for item in result["items"]] == [
        (book, "returned") for book in books
    ]
    assert False not in result["promises"].values()
    assert (library.loans, library.returned, library.branches) == ({}, books[:2], {"lib"})
    assert {tag["afi_after"] for tag in read(tmp_path / "out/field.json")} == {"07"}
    log = (tmp_path / "out/sip2.log").read_text("utf-8")
    assert [line.split()[2][:2] for line in log.splitlines() if " > 09" in line] == ["09"] * 3
    assert " > 63" not in log
    assert "21000001" not in log


def test_the_loan_journey_against_an_ils_with_every_oddity(tmp_path):
    odd = OddIls(
        end=b"\r\n",
        checksums=False,
        noise="Greetings from Koha.  -- Patron owes 12.50",
        without={"BL", "CQ", "AJ"},
        backwards=True,
        first_loan_takes=2.6,
        status=f"98YYYNYN025003{DATE}2.00AOLIB|BXYYYYYYYYYYYYYYYY|",
        loans=["49000001"],
        everything=True,
    )
    with serving_odd(odd) as port:
        settings = config(tmp_path / "kiosk.toml", port, "LIB", "kiosk", "pw")
        run = borrow(settings, tmp_path / "out", "A-1,A-2")
    assert run.returncode == 0, run.stdout + run.stderr
    result = read(tmp_path / "out/result.json")
    assert [(item["barcode"], item["state"]) for item in result["items"]] == [
        ("A-1", "safe"),
        ("A-2", "safe"),
    ]
    assert False not in result["promises"].values()
