"""A small library behind servers that we did not write: who has what, and what was done.

It is kept in a file, as an ILS keeps its database: a server that was killed knows afterwards what it has
done, and a test reads and writes the same file (between two messages, or while the server sleeps).

    with opened(file) as library:
        refusal = library.lend("21000001", "39000001")

Each server runs in an environment of its own, so nothing but the standard library is imported here.
"""

from __future__ import annotations

import dataclasses
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

LOGIN = ("kiosk", "pw")
PIN = "739164"
"""No time and no checksum of a log can hold these digits in a row."""
INSTITUTION = "lib"
DUE, RENEWED_DUE = "20270130    235900", "20270227    235900"


@dataclass
class Library:
    """The database. Loans are by item; `done` is every change that was made, in order: what, patron, item or
    amount. `slow` are seconds by message, which pass after the change was made and before it is answered."""

    patrons: dict[str, str] = field(
        default_factory=lambda: {"21000001": "Émilie Brontë", "21000002": "Samuel Pepys"}
    )
    titles: dict[str, str] = field(
        default_factory=lambda: {f"390000{n:02d}": f"Title {n}" for n in range(1, 41)}
    )
    blocked: list[str] = field(default_factory=list)
    on_hold: list[str] = field(default_factory=lambda: ["39000040"])
    reference: list[str] = field(default_factory=lambda: ["39000039"])
    rental: dict[str, str] = field(default_factory=dict)
    owed: dict[str, str] = field(default_factory=dict)
    loans: dict[str, str] = field(default_factory=dict)
    done: list[list[str]] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Library:
        return cls(**json.loads(file.read_text("utf-8")))

    def write(self, file: Path) -> None:
        new = file.with_suffix(".new")
        new.write_text(json.dumps(dataclasses.asdict(self)), "utf-8")
        new.replace(file)

    def charged(self, patron: str) -> list[str]:
        return [item for item, who in self.loans.items() if who == patron]

    def lend(self, patron: str, item: str, *, agreed: bool = False) -> str:
        """Why not, or an empty text. What the patron already has is renewed."""
        if item not in self.titles:
            return "Invalid Item"
        if item in self.on_hold:
            return "Item is on hold shelf for another patron."
        if item in self.reference:
            return "Item cannot be issued: NOT_FOR_LOAN"
        if self.loans.get(item, patron) != patron:
            return "Item checked out to another patron"
        if item in self.rental and not agreed:
            return "Do you agree to the fee?"
        self.loans[item] = patron
        self.done.append(["lent", patron, item])
        return ""

    def renew(self, patron: str, item: str) -> str:
        if self.loans.get(item) != patron:
            return "Item not checked out to this patron"
        if item in self.on_hold:
            return "Item is on hold for another patron"
        self.done.append(["renewed", patron, item])
        return ""

    def take_back(self, item: str) -> str:
        patron = self.loans.pop(item, None)
        if patron is None:
            return "Item not checked out"
        self.done.append(["returned", patron, item])
        return ""

    def hold(self, patron: str, item: str) -> str:
        if item not in self.titles:
            return "No such item"
        self.done.append(["held", patron, item])
        return ""

    def pay(self, patron: str, amount: str) -> str:
        left = Decimal(self.owed.get(patron, "0")) - Decimal(amount)
        if left < 0:
            return "Overpaid"
        self.owed[patron] = str(left)
        self.done.append(["paid", patron, amount])
        return ""


@contextmanager
def opened(file: Path) -> Iterator[Library]:
    """The library as it is now; what was changed is on the disk at the end."""
    library = Library.read(file)
    yield library
    library.write(file)


def nap(file: Path, code: str) -> float:
    """Seconds to wait before this message is answered; once only."""
    with opened(file) as library:
        return library.slow.pop(code, 0.0)


def say_and_live_with_stdin(port: int) -> None:
    """Tell the test where we listen, and end when it has ended, however that was."""

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
    print(json.dumps({"port": port}), flush=True)
