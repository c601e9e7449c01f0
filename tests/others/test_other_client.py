"""A client that we did not write (PyPI's Sip2) at our simulated ILS, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.others.far_side import HERE, around, python_of

pytestmark = pytest.mark.others

PATIENCE_S = 60


@contextmanager
def simulated_ils() -> Iterator[int]:
    """The port of `kiosk sim ils`, called as others call it."""
    command = [sys.executable, "-m", "kiosk", "sim", "ils", "--port", "0", "--die-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as ils:
        assert ils.stdout is not None
        yield json.loads(ils.stdout.readline())["ils"]
        ils.communicate(timeout=PATIENCE_S)


def test_another_client_borrows_renews_and_returns_at_our_simulated_ils(tmp_path: Path):
    script = HERE / "clients" / "sip2_client.py"
    with simulated_ils() as port:
        run = subprocess.run(
            [python_of("sip2"), script, str(port), tmp_path],
            env=around(), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    assert run.returncode == 0, run.stderr + (tmp_path / "sip2.log").read_text()
    heard = json.loads(run.stdout.splitlines()[-1])

    def fixed(step: str, *names: str) -> tuple[str, ...]:
        return tuple(heard[step]["fixed"][name] for name in names)

    def said(step: str, field: str) -> list[str]:
        return heard[step]["variable"].get(field, [])

    assert heard["version"] == "1.1"
    assert fixed("status", "OnlineStatus", "CheckoutOk", "CheckinOk", "ProtocolVersion") == (*"YYY", "2.00")
    assert (heard["wrong PIN"], heard["right PIN"]) == (False, True)
    for step in ("patron", "patron status"):
        assert [said(step, field) for field in ("AE", "BL", "CQ")] == [["Anna Kern"], ["Y"], ["Y"]]
        assert fixed(step, "PatronStatus", "Language") == (" " * 14, "001")
    assert (fixed("item", "CirculationStatus"), said("item", "AJ")) == (("03",), ["The Wind in the Willows"])

    flags = ("Ok", "RenewalOk", "Desensitize")
    assert [fixed(step, *flags) for step in ("lent", "not lent", "renewed")] == [
        tuple("1NY"),
        tuple("0NN"),
        tuple("1YY"),
    ]
    assert said("lent", "AB") == ["39000001"]
    assert said("lent", "AH") != said("renewed", "AH")
    assert said("not lent", "AF") == ["Invalid item"]
    assert set(said("charged", "AU")) - set(said("patron", "AU")) == {"39000001"}
    assert int(*fixed("charged", "ChargedItemsCount")) == int(*fixed("patron", "ChargedItemsCount")) + 1

    flags = ("Ok", "Resensitize", "Alert")
    assert [fixed(step, *flags) for step in ("returned", "returned again")] == [tuple("1YN"), tuple("0NN")]
    assert said("returned", "AA") == ["21000001"]
    assert fixed("item again", "CirculationStatus") == ("03",)
    # answers came in step: each bears the number of its message, ten and more of them
    numbers = [said(step, "AY")[0] for step in heard if isinstance(heard[step], dict)]
    assert numbers == list("1456789012" + "3")
