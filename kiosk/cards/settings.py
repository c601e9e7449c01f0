"""The settings of the card reader."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CardSettings:
    """How cards are read. Times in seconds.

    Attributes:
        reader: part of the name of the reader to use; empty for any.
        uid_is_patron: a card that carries nothing else names its patron by its uid. Off unless the
            ILS knows cards by their uids: a uid can be copied, and phones make a new one each time.
        debounce_s: a card that is gone for less than this was only moved.
        wait_s: how long one question to the service may wait.
        reopen_first_s: rest before the first attempt to find a lost service; then it doubles.
        reopen_longest_s: the longest such rest.
    """

    reader: str = ""
    uid_is_patron: bool = False
    debounce_s: float = 1.0
    wait_s: float = field(default=0.5, metadata={"at_least": 0.05, "at_most": 5.0})
    reopen_first_s: float = field(default=0.5, metadata={"at_least": 0.05})
    reopen_longest_s: float = field(default=5.0, metadata={"at_least": 0.05})


@dataclass(frozen=True, slots=True)
class NfcSettings:
    """A reader that nfcpy drives. Times in seconds.

    Attributes:
        path: where nfcpy finds it: `usb`, `usb:054c:06c3`, `tty:AMA0:pn532`, `udp:HOST:PORT`.
        uid_is_patron: as with PC/SC: a card that carries nothing else names its patron by its uid.
        debounce_s: a card that is gone for less than this was only moved.
        sense_s: pause between two looks for a card.
        reopen_first_s: rest before the first attempt to open a lost reader; then it doubles.
        reopen_longest_s: the longest such rest.
    """

    path: str = "usb"
    uid_is_patron: bool = False
    debounce_s: float = 1.0
    sense_s: float = field(default=0.2, metadata={"at_least": 0.02})
    reopen_first_s: float = field(default=0.5, metadata={"at_least": 0.05})
    reopen_longest_s: float = field(default=5.0, metadata={"at_least": 0.05})
