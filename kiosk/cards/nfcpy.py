"""Cards on a reader that nfcpy drives."""

from __future__ import annotations

from random import Random

from kiosk.cards.following import CardFollower, Watcher
from kiosk.cards.settings import CardNaming, NfcSettings
from kiosk.doors import RunBlocking
from kiosk.ids import IdRules
from kiosk.rfid.cards import NfcWatcher


class NfcCards(CardFollower):
    """The card reader that nfcpy finds at a path."""

    def __init__(
        self,
        settings: NfcSettings,
        run_blocking: RunBlocking,
        ids: IdRules,
        random: Random,
        naming: CardNaming | None = None,
        watcher: Watcher | None = None,
    ) -> None:
        """Follow one reader.

        Args:
            settings: where it is, and patience.
            run_blocking: runs `watcher.next`; give it a thread of its own, for it waits there.
            ids: what a patron's id looks like.
            random: chance for the back-off.
            naming: what on a card names its patron.
            watcher: whom to ask instead of nfcpy.
        """
        watcher = watcher or NfcWatcher(settings.path)
        super().__init__(watcher, settings.sense_s, settings, run_blocking, ids, random, naming)
