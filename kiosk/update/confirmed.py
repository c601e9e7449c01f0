"""What is remembered of slots that have proved themselves, and where everything of an update lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kiosk.update.rauc import Slot

FLAG = Path("/run/kiosk-confirmed")
DOWNLOADS = Path("/data/update")
STATE = Path("/data/rauc")


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie on an appliance.

    Attributes:
        flag: is there while this boot is confirmed; other units ask for it.
        downloads: bundles that are being fetched; tmpfiles.d removes what nobody has touched for a week.
        state: what RAUC remembers, and beside it a file `proved-A`, `proved-B` for each slot whose system
            has passed the self-test at least once; it holds when that was installed.
            kiosk-roll-back.service asks for these files, too.
    """

    flag: Path = FLAG
    downloads: Path = DOWNLOADS
    state: Path = STATE

    @property
    def is_confirmed(self) -> bool:
        """Whether this boot is confirmed."""
        return self.flag.exists()

    def was_proved(self, slot: Slot) -> bool:
        """Whether what is in the slot now was confirmed once: it works, and if it does not today, then for
        another reason than an update."""
        try:
            return self._proof(slot.name).read_text(encoding="ascii") == slot.installed
        except (OSError, ValueError):
            return False

    def confirm(self, slot: Slot, *, proved: bool) -> None:
        """This boot is confirmed; `proved`: because its slot has proved itself just now.

        Raises:
            OSError: it cannot be written down.
        """
        self.flag.touch()
        if proved and not self.was_proved(slot):
            self._proof(slot.name).write_text(slot.installed, encoding="ascii")

    def forget(self, name: str) -> None:
        """Something else is about to be written to this slot."""
        self._proof(name).unlink(missing_ok=True)

    @property
    def seen(self) -> tuple[str, str]:
        """The address of the bundle that came by itself last, and what its server calls it."""
        try:
            address, _, etag = self._seen.read_text(encoding="utf-8").partition("\n")
        except (OSError, ValueError):
            return "", ""
        return address, etag

    def see(self, address: str, etag: str) -> None:
        """Remember it: what was tried, whatever came of it, is not tried again every night.

        Raises:
            OSError: it cannot be written down.
        """
        self._seen.write_text(f"{address}\n{etag}", encoding="utf-8")

    @property
    def _seen(self) -> Path:
        return self.state / "seen"

    def _proof(self, name: str) -> Path:
        return self.state / f"proved-{name}"
