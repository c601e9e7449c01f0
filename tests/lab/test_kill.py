"""The kiosk's process is killed, and recovers; and an inquest that finds what does not agree."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from kiosk.lab import inquest
from kiosk.lab.inquest import Visit

ITEM = "39000001"
VISIT = Visit("11", (ITEM,), 10.0)
KILLS = 8


def test_a_handful_of_kills_on_two_desks(tmp_path: Path) -> None:
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "kiosk.lab.kill",
            "--kills",
            str(KILLS),
            "--seed",
            "5",
            "--keep",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith(f"kills: {KILLS}\nrecovered: {KILLS}\nviolations: 0\n")
    moments = re.findall(r"^ +(\d+) (?:in|while|after|at) ", ran.stdout, flags=re.MULTILINE)
    assert sum(map(int, moments)) == KILLS
    # real files of real lives
    assert all((tmp_path / day / "kiosk" / "data" / "journal.db").exists() for day in ("day-0", "day-1"))


# ---- the inquest ----------------------------------------------------------------------------------


def row(saga: str, kind: str, *, closes: bool = False, **payload: Any) -> dict[str, Any]:
    return {"saga": saga, "kind": kind, "closes": closes, "payload": payload}


def report(
    afi: str = "C2",
    having: str | None = "21000001",
    writes: tuple[tuple[float, str], ...] = ((12.0, "C2"),),
    requests: tuple[str, ...] = ("11",),
    loans: tuple[float, ...] = (11.0,),
    returns: tuple[float, ...] = (),
) -> dict[str, Any]:
    return {
        "field": [
            {"barcode": ITEM, "afi_after": afi, "writes": [{"t": t, "afi": value} for t, value in writes]}
        ],
        "ils": {
            "items": [{"barcode": ITEM, "with": having}],
            "loans": [{"t": t, "item": ITEM} for t in loans],
            "returns": [{"t": t, "item": ITEM} for t in returns],
            "messages": [{"t": 10.5, "request": f"{code}NN0|AOX|AA21000001|AB{ITEM}|"} for code in requests],
        },
        "troubles": [],
    }


LENT = row("L1", "answer", item=ITEM, lent=True, release=True)
DONE = [row("L1", "intent", item=ITEM), LENT, row("L1", "settled", closes=True, item=ITEM)]


def found(seen: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    return list(inquest.breaches(seen, rows, VISIT))


def test_what_agrees_is_no_breach() -> None:
    assert not found(report(), DONE)


def test_a_loan_whose_tag_is_armed_is_one_unless_somebody_knows() -> None:
    armed = report(afi="07", writes=())
    assert "lent and armed" in found(armed, DONE)[0]
    assert "its saga is open" in found(armed, DONE[:2])[0]
    assert not found(armed, [*DONE[:2], row("L1", "staff", item=ITEM, reason="tag-not-released")])
    never_released = row("L1", "answer", closes=True, item=ITEM, lent=True, release=False)
    assert not found(armed, [DONE[0], never_released])


def test_a_released_tag_without_a_loan_is_one() -> None:
    seen = found(report(having=None, loans=()), DONE)
    assert any("not lent and released" in each for each in seen)
    assert any("released while the ILS had no loan" in each for each in seen)


def test_a_tag_that_was_released_before_the_loan_or_after_the_return_is_one() -> None:
    early = report(writes=((10.8, "C2"),))
    assert found(early, DONE) == [f"{ITEM} was released while the ILS had no loan of it"]
    late = report(having=None, afi="07", writes=((12.0, "C2"), (13.0, "07")), returns=(11.5,))
    assert found(late, DONE) == [f"{ITEM} was released while the ILS had no loan of it"]


def test_asking_twice_or_for_something_else_is_one() -> None:
    assert found(report(requests=("11", "11")), DONE) == [f"a 11 for {ITEM} was sent 2 times in one visit"]
    assert found(report(requests=("11", "09")), DONE) == [f"a 09 for {ITEM} was sent, which nobody wanted"]


def test_a_question_that_nobody_will_answer_is_one() -> None:
    seen = report(having=None, afi="07", writes=(), loans=())
    assert "nobody knows" in found(seen, DONE[:1])[0]
    assert not found(seen, [DONE[0], row("L1", "staff", item=ITEM)])
