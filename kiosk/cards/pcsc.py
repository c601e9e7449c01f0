"""Cards on PC/SC readers."""

from __future__ import annotations

from random import Random

from kiosk.cards.following import CardFollower, Watcher
from kiosk.cards.settings import CardNaming, CardSettings
from kiosk.doors import RunBlocking
from kiosk.ids import IdRules
from kiosk.rfid.cards import PcscService, PcscWatcher
from kiosk.rfid.tags import DEFAULT, TagRules


class PcscCards(CardFollower):
    """The card readers of this machine."""

    def __init__(
        self,
        settings: CardSettings,
        run_blocking: RunBlocking,
        ids: IdRules,
        random: Random,
        naming: CardNaming | None = None,
        tags: TagRules = DEFAULT,
        watcher: Watcher | None = None,
        pad: str = "",
    ) -> None:
        """Follow the readers of the PC/SC service.

        Args:
            settings: which reader, and patience.
            run_blocking: runs `watcher.next`; give it a thread of its own, for it waits there.
            ids: what a patron's id looks like.
            random: chance for the back-off.
            naming: what on a card names its patron.
            tags: what the library knows of its tags, that no book is taken for a card.
            watcher: whom to ask instead of pcscd.
            pad: part of the name of the reader that books are put on; no card is looked for there.
        """
        watcher = watcher or PcscWatcher(
            PcscService(), settings.reader, not_part=pad, turned=settings.uid_turned, rules=tags
        )
        super().__init__(watcher, settings.wait_s, settings, run_blocking, ids, random, naming)
