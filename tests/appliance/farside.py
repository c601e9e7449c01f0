"""The far sides of an appliance: an ILS, a reader and a printer, on fixed ports of the host.

The ports are fixed because an appliance reads its settings once, and is then booted again and again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiosk.simulator.control import BlockingControl
from kiosk.simulator.lanternfield import lanternfield
from kiosk.simulator.scenery import Item, Patron, Scenery, tag_for

LOGIN, PASSWORD = "selfcheck", "lantern-7Q"
"""Of the ILS. The password is a secret that must not be found where it does not belong."""

PORTS = {
    "amd64": {"ils": 46001, "reader": 46002, "printer": 46003},
    "arm64": {"ils": 47001, "reader": 47002, "printer": 47003},
}

PATRON = "21000050"
"""Has no PIN, and reads English."""

BOOK, OTHER, THIRD = "39000001", "39000003", "39000009"
TITLE = "The Wind in the Willows"

LOAN, RETURN = "11", "09"

_MANY = 100


def many_books() -> list[str]:
    """The barcodes of a hundred books."""
    return [f"39006{number:03}" for number in range(_MANY)]


def scenery() -> Scenery:
    """Lanternfield, with a patron more and a hundred books."""
    usual = lanternfield()
    return replace(
        usual,
        ils=replace(usual.ils, login=(LOGIN, PASSWORD)),
        patrons=(*usual.patrons, Patron(PATRON, "Ida Fenn", max_loans=2 * _MANY)),
        items=(*usual.items, *(Item(code, f"Collected Letters {code[-2:]}") for code in many_books())),
        tags=(*usual.tags, *(tag_for(code, number) for number, code in enumerate(many_books(), start=1))),
    )


class FarSide:
    """The process of the far sides, as a context manager."""

    def __init__(self, arch: str, folder: Path) -> None:
        """Prepare it; its files lie in `folder`."""
        self.ports = PORTS[arch]
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._control: BlockingControl | None = None

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            RuntimeError: it did not come up.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / "scenery.json"
        file.write_text(json.dumps(scenery().to_json(), ensure_ascii=False), "utf-8")
        words = self._folder / "farside.log"
        places = [word for name, port in self.ports.items() for word in (f"--{name}-port", str(port))]
        with words.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "kiosk", "sim", "desk", "--no-card", "--die-with-stdin"),
                    *("--scenery", str(file), *places),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(words.read_text("utf-8") or "the far sides ended at once")
        self._control = BlockingControl(json.loads(line)["control"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, and keep its report."""
        assert self._process is not None
        if self._control is not None:
            (self._folder / "report.json").write_text(json.dumps(self.report(), indent=1), "utf-8")
            self._control.close()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def do(self, what: str, **named: Any) -> dict[str, Any]:
        """One command to the far sides (`World.do`)."""
        assert self._control is not None
        return self._control.do(do=what, **named)

    def report(self) -> dict[str, Any]:
        """What all of them saw."""
        return self.do("report")

    # --- what they tell ----------------------------------------------------------------------------------

    def asked(self, code: str) -> int:
        """How many messages with this number the ILS got."""
        return sum(each["request"].startswith(code) for each in self.report()["ils"]["messages"])

    def loans(self, item: str) -> int:
        """How often the ILS has lent an item."""
        return sum(each["item"] == item for each in self.report()["ils"]["loans"])

    def holder(self, item: str) -> str | None:
        """Who has an item, as the ILS knows."""
        items = self.report()["ils"]["items"]
        holder: str | None = next(each["with"] for each in items if each["barcode"] == item)
        return holder

    def afi(self, item: str) -> str:
        """The AFI of an item's tag, as the field knows it (two hex digits); "" when it never lay there."""
        tags = self.report()["field"]
        return next((str(tag["afi_after"]) for tag in tags if tag["barcode"] == item), "")

    def pieces(self) -> int:
        """How many pieces of paper were cut."""
        return sum(each["t_cut"] is not None for each in self.report()["printer"]["pieces"])

    def since(self, count: Callable[[], int]) -> Callable[[], bool]:
        """Whether a count has gone up since now."""
        before = count()
        return lambda: count() > before
