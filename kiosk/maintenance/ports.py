"""Ports of the maintenance screen: what it asks of the kiosk around it. `app.py` supplies them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from kiosk.circulation.values import Device
from kiosk.maintenance.views import ChainFound, FieldKind, MaintenanceView, MatterView, TestStep

T = TypeVar("T")


class Prober(Protocol):
    """Tests of the devices that the running kiosk holds."""

    async def probe(self, device: Device, step: Callable[[TestStep], None]) -> None:
        """Test one device: a tag on the pad decoded, a test receipt, a gate pulse, an ILS login, a card, a
        flush of the journal, a scan. Calls `step` with each step as it ends. Never raises for what the
        world does; every probe ends within seconds."""


class ChainSource(Protocol):
    """Cards, codes and tags as they come in, and what the library's chains make of them."""

    def follow(self, came: Callable[[ChainFound], None] | None) -> None:
        """Tell of each from now on; None: of none any more. Returns at once. Nothing that came in is kept, or
        logged."""


class SettingsDesk(Protocol):
    """The settings file. Values are texts, named by their dotted path (`ils.host`)."""

    def field(self, name: str) -> tuple[FieldKind, str, Sequence[str]]:
        """A setting's kind, its value now, and its choices. Reads the file: called through `run_blocking`.

        Raises:
            OSError: the file cannot be read, or not understood.
        """

    def problems(self, changes: Mapping[str, str]) -> Mapping[str, str]:
        """What is wrong with these values, by name (`""`: the file as a whole); empty: nothing.

        Never raises for what the file holds. Called through `run_blocking`.
        """

    def assumed(self, profiles: Sequence[str]) -> Mapping[str, int]:
        """How many details of these ILS profiles are only assumed, by name.

        One that cannot be read is left out. Reads files: called through `run_blocking`.
        """

    def exposed(self, changes: Mapping[str, str]) -> bool:
        """Whether with these values card numbers and PINs would leave this machine as plain text.

        Never raises for what the file holds. Called through `run_blocking`.
        """

    async def try_ils(self, changes: Mapping[str, str], step: Callable[[TestStep], None]) -> None:
        """Connect to the ILS with these values, log in, and ask what it allows; changes nothing."""

    async def keep(self, changes: Mapping[str, str]) -> None:
        """Write the file anew, atomically, the old one beside it (`kiosk.toml.before`), and set the kiosk up
        with it.

        Raises:
            OSError: it could not be written; the old file stands.
        """


class Matters(Protocol):
    """The journal's open matters, and the journal itself where staff must decide about it."""

    async def matters(self) -> Sequence[MatterView]:
        """All of them, oldest first.

        Raises:
            OSError: the journal cannot be read.
        """

    async def adopt(self) -> object:
        """Go on with what there is of the journal, although it is damaged, older than it was, too new, or
        without its key; what comes back says what was done, for the log.

        Raises:
            OSError: it cannot be used even so.
        """


class PinStore(Protocol):
    """Where the PIN's hash rests."""

    def load(self) -> str | None:
        """The hash, or None while no PIN was chosen.

        Raises:
            OSError: it cannot be read.
        """

    def save(self, hashed: str) -> None:
        """Keep it (mode 0600, atomically).

        Raises:
            OSError: it cannot be written.
        """


class StaffDisplay(Protocol):
    """Where maintenance views go: the kiosk's window."""

    def show_staff(self, view: MaintenanceView | None) -> None:
        """Take the newest view; None: the maintenance screen is closed. Must return at once."""
