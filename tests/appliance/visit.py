"""A patron's visit to an appliance: seen by the screen and by the far sides, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.appliance import screen
from tests.appliance.appliance import DRAWN_WITHIN
from tests.appliance.farside import BOOK, LOAN, PATRON, FarSide
from tests.appliance.machine import Machine
from tests.appliance.waiting import PICTURE_S, until

ANSWER_WITHIN = 300.0
"""Seconds until a thing is done that takes a second on a Pi."""


class Visit:
    """What a patron does at a machine; pictures go to `folder`."""

    def __init__(self, machine: Machine, far: FarSide, folder: Path) -> None:
        """`machine` was just switched on."""
        self.machine, self.far = machine, far
        self._folder = folder
        self._logged_in = far.since(lambda: far.asked("99"))

    def picture(self, name: str) -> Path:
        """Take a picture of the screen."""
        return self.machine.screen(self._folder / f"{name}.png")

    def sees(self, what: Callable[[Path], bool], called: str, within: float = ANSWER_WITHIN) -> None:
        """Wait for a screen of which `what` is true."""
        until(lambda: what(self.picture("now")), called, within, PICTURE_S)

    def waits_for_first_frame(self, within: float = DRAWN_WITHIN) -> float:
        """Wait for a screen of the kiosk; returns the seconds since power-on."""
        self.sees(screen.drawn, "a screen", within)
        return self.machine.seconds

    def waits_until_ready(self) -> None:
        """Wait until the kiosk has logged in to the ILS."""
        until(self._logged_in, "a login", DRAWN_WITHIN)

    def waits_until_it_attracts(self) -> float:
        """Wait for the attract screen; returns the seconds since power-on."""
        self.sees(screen.attracts, "the attract screen", DRAWN_WITHIN)
        return self.machine.seconds

    def signs_in(self) -> None:
        """Come when the screen invites, and hold a card under the scanner."""
        self.waits_until_it_attracts()
        known = self.far.since(lambda: self.far.asked("63") + self.far.asked("23"))
        self.machine.scan(PATRON)
        until(known, "a question about the patron", ANSWER_WITHIN)

    def comes_if_invited(self, refused: Callable[[Path], bool]) -> bool:
        """`signs_in`, unless a screen of which `refused` is true comes first; whether they did."""
        self.sees(lambda picture: screen.attracts(picture) or refused(picture), "either screen", DRAWN_WITHIN)
        if refused(self._folder / "now.png"):
            return False
        self.signs_in()
        return True

    def puts(self, *books: str) -> None:
        """Put books on the pad."""
        self.far.do("put", tags=list(books))

    def lifts(self, *books: str) -> None:
        """Take them away."""
        self.far.do("lift", tags=list(books))

    def waits_until_safe(self, books: Sequence[str], within: float = ANSWER_WITHIN) -> None:
        """Wait until all of them are lent and released."""
        until(lambda: all(self.far.afi(book) == "C2" for book in books), f"{len(books)} released", within)

    def waits_until_told(self, rows: int) -> None:
        """Wait until so many rows of the screen say that their book is safe."""
        self.sees(lambda picture: screen.safe_rows(picture) == rows, f"{rows} rows")

    def finishes(self) -> None:
        """Touch *Finish*, and wait for the receipt."""
        self.sees(screen.offers_finish, "the button Finish")
        came = self.far.since(self.far.pieces)
        self.machine.touch(*screen.FINISH[self.machine.hardware.display])
        until(came, "a receipt", ANSWER_WITHIN)

    def borrows(self, *books: str) -> None:
        """A whole visit."""
        self.signs_in()
        self.puts(*books)
        self.waits_until_safe(books)
        self.finishes()
        self.lifts(*books)


def lent_once(far: FarSide, *books: str) -> None:
    """What must be true of books that were lent in one piece."""
    for book in books or (BOOK,):
        assert far.holder(book) == PATRON, f"{book} is with {far.holder(book)}"
        assert far.loans(book) == 1, f"{book} was lent {far.loans(book)} times"
        assert far.afi(book) == "C2", f"{book} has AFI {far.afi(book)}"
    assert far.asked(LOAN) >= len(books)
