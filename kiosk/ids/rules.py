"""The rules of one library: what its patrons' and its items' ids look like."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kiosk.ids.chain import Problem, Stage, check_chain, explain


@dataclass(frozen=True, slots=True)
class Code:
    """What a code can be: a patron's id, an item's, either (the rules do not tell), or `bad`: neither."""

    patron: str | None = None
    item: str | None = None

    @property
    def bad(self) -> bool:
        """Whether this can be no id at all."""
        return self.patron is None and self.item is None


@dataclass(frozen=True, slots=True)
class IdRules:
    """What the ids of a library look like; what is not set (empty, 0) asks for nothing.

    Attributes:
        patron_prefix: what every patron id begins with.
        patron_length: how many characters every patron id has.
        patron_pattern: regular expression that the whole patron id fits.
        item_prefix: what every item id begins with.
        item_length: how many characters every item id has.
        item_pattern: regular expression that the whole item id fits.
        patron_chain: steps that make a patron id of what a card or a scanner gives, in their order; the
            three rules above then look at the result.
        item_chain: the same for item ids, of what a tag or a scanner gives.
        uid_chain: the same for a card's uid, in place of `patron_chain` where it is not empty. A uid comes
            as upper-case hex, most significant byte first.

    Raises:
        ValueError: a pattern is no regular expression, a length is negative, or there is no such step.
    """

    patron_prefix: str = ""
    patron_length: int = 0
    patron_pattern: str = ""
    item_prefix: str = ""
    item_length: int = 0
    item_pattern: str = ""
    patron_chain: tuple[str, ...] = field(default=(), metadata={"like": "check-luhn"})
    item_chain: tuple[str, ...] = field(default=(), metadata={"like": "strip-prefix:K"})
    uid_chain: tuple[str, ...] = field(default=(), metadata={"like": "hex-to-decimal"})

    def __post_init__(self) -> None:
        for name in ("patron", "item"):
            pattern = getattr(self, f"{name}_pattern")
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{name}_pattern is no regular expression: {error}") from error
            if getattr(self, f"{name}_length") < 0:
                raise ValueError(f"{name}_length is negative")
            check_chain(f"{name}_chain", getattr(self, f"{name}_chain"))
        check_chain("uid_chain", self.uid_chain)

    def classify(self, code: str) -> Code:
        """What a scanned or typed code can be. Never raises."""
        return Code(patron=self.patron_of(code), item=self.item_of(code))

    def patron_of(self, raw: str) -> str | None:
        """The patron id in what a card or a scanner gave; None when it is none."""
        return self.explain_patron(raw)[-1].value

    def item_of(self, raw: str) -> str | None:
        """The item id in what a tag or a scanner gave; None when it is none."""
        return self.explain_item(raw)[-1].value

    def explain_patron(self, raw: str) -> tuple[Stage, ...]:
        """How a patron id comes out of `raw`, stage by stage, or where it does not. Never raises."""
        return _stages(raw, self.patron_chain, self.patron_prefix, self.patron_length, self.patron_pattern)

    def explain_uid(self, uid: str) -> tuple[Stage, ...]:
        """How a patron id comes out of a card's uid (hex), or where it does not. Never raises."""
        chain = self.uid_chain or self.patron_chain
        return _stages(uid, chain, self.patron_prefix, self.patron_length, self.patron_pattern)

    def explain_item(self, raw: str) -> tuple[Stage, ...]:
        """How an item id comes out of `raw`, stage by stage, or where it does not. Never raises."""
        return _stages(raw, self.item_chain, self.item_prefix, self.item_length, self.item_pattern)


def _stages(raw: str, chain: tuple[str, ...], prefix: str, length: int, pattern: str) -> tuple[Stage, ...]:
    """The stages of the chain, then one for each rule that is set, up to the first problem."""
    stages = explain(chain, raw)
    value = stages[-1].value
    if value is None:
        return stages
    rules: list[tuple[str, bool, Problem]] = []
    if prefix:
        rules.append((f"prefix:{prefix}", value.startswith(prefix), Problem.WRONG_PREFIX))
    if length:
        rules.append((f"length:{length}", len(value) == length, Problem.WRONG_LENGTH))
    if pattern:
        fits = re.fullmatch(pattern, value) is not None
        rules.append((f"pattern:{pattern}", fits, Problem.WRONG_PATTERN))
    for rule, holds, problem in rules:
        stages += (Stage(rule, value) if holds else Stage(rule, None, problem),)
        if not holds:
            break
    return stages
