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
