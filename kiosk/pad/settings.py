"""The pad's settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kiosk.rfid.tags import Model, TagRules

_RULE = re.compile(r"(?:(dsfid|afi):([0-9A-Fa-f]{2})|owner:([^=\s]+))=(\S+)")
_UID = re.compile(r"([0-9A-Fa-f]{16})=(\S.*)")


@dataclass(frozen=True, slots=True)
class TagSettings:
    """What the library knows of its tags; where it says nothing, a tag's own structure decides.

    Attributes:
        tag_models: how tags with a DSFID, AFI or owner are laid out, where they do not say so themselves
            (`dsfid:00=iso28560-3`, `afi:D7=rfid501`, `owner:FI-He=iso28560-2`).
        tag_owners: the owners (ISIL) whose items are served; none: all.
        tag_texts: regular expressions for item ids that stand on tags as plain text.
        tag_uids: item ids of tags that hold none, by their uid (`E004015012345678=39000001`).

    Raises:
        ValueError: an entry has another form.
    """

    tag_models: tuple[str, ...] = field(default=(), metadata={"like": "dsfid:00=iso28560-3"})
    tag_owners: tuple[str, ...] = field(default=(), metadata={"like": "DK-718500"})
    tag_texts: tuple[str, ...] = field(default=(), metadata={"like": "[0-9]{10}"})
    tag_uids: tuple[str, ...] = field(default=(), metadata={"like": "E004015012345678=39000001"})

    def __post_init__(self) -> None:
        self.rules()

    def rules(self) -> TagRules:
        """The same as the decoders want it."""
        by_dsfid: dict[int, Model] = {}
        by_afi: dict[int, Model] = {}
        by_owner: dict[str, Model] = {}
        for entry in self.tag_models:
            match = _RULE.fullmatch(entry)
            if match is None or match[4] not in list(Model):
                raise ValueError(f"tag_models: {entry!r} is not like dsfid:00=iso28560-3")
            what, code, owner, model = match[1], match[2], match[3], Model(match[4])
            if what is None:
                by_owner[owner] = model
            else:
                (by_dsfid if what == "dsfid" else by_afi)[int(code, 16)] = model
        uids: dict[str, str] = {}
        for entry in self.tag_uids:
            match = _UID.fullmatch(entry)
            if match is None:
                raise ValueError(f"tag_uids: {entry!r} is not like E004015012345678=39000001")
            uids[match[1].upper()] = match[2]
        try:
            return TagRules(by_dsfid, by_afi, by_owner, self.tag_texts, frozenset(self.tag_owners), uids)
        except ValueError as error:
            raise ValueError(f"tag_texts: {error}") from error


@dataclass(frozen=True, slots=True)
class PadSettings:
    """How the field is watched. Times in seconds.

    Attributes:
        poll_pause_s: rest between two rounds of the poll.
        full_every_s: how often the field is reset and listed anew without any cause.
        misses: how many questions in a row a tag must miss before it has left; one that is known to be weak
            may miss more.
        read_tries: how often reading a new tag may fail before it is called damaged.
        reopen_first_s: rest before the first attempt to reopen a lost reader; then it doubles.
        reopen_longest_s: the longest such rest.
        tags: what the library knows of its tags.
    """

    poll_pause_s: float = field(default=0.02, metadata={"at_least": 0.0, "at_most": 1.0})
    full_every_s: float = field(default=10.0, metadata={"at_least": 1.0})
    misses: int = field(default=5, metadata={"at_least": 1, "at_most": 10})
    read_tries: int = field(default=6, metadata={"at_least": 1, "at_most": 50})
    reopen_first_s: float = field(default=0.2, metadata={"at_least": 0.05})
    reopen_longest_s: float = field(default=5.0, metadata={"at_least": 0.05})
    tags: TagSettings = field(default_factory=TagSettings)
