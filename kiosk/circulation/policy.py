"""Policy: what a library decides, as one frozen value inside the state.

It changes only by the event `PolicyChanged`. Field metadata (`help`, `at_least`, `at_most`) feeds the
settings file and its documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from kiosk.circulation.sets import UnknownSize


class PinRule(StrEnum):
    """When a patron is asked for a PIN: before the ILS is asked, only when it asks, or never."""

    ALWAYS = "always"
    IF_ASKED = "if-asked"
    NEVER = "never"


class NameRule(StrEnum):
    """How much of a patron's name the screen shows: `Anna K.`, `A. K.`, or nothing."""

    FIRST = "first"
    INITIALS = "initials"
    NONE = "none"


class AccountRule(StrEnum):
    """What a patron sees of their own account: all of it, all without titles, or nothing."""

    ALL = "all"
    NO_TITLES = "no-titles"
    NONE = "none"


class Mode(StrEnum):
    """What the kiosk is for. Where it only takes books back, a book on the pad begins a return."""

    LOANS_AND_RETURNS = "loans-and-returns"
    LOANS = "loans"
    RETURNS = "returns"


class ReceiptRule(StrEnum):
    """Whether a patron gets a receipt: when they ask for it, always, or never."""

    ASK = "ask"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a library decides about its patrons and its items."""

    library: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({"": "Library"}),
        metadata={"help": "the library's name, by language tag; the entry '' serves all others"},
    )
    languages: tuple[str, ...] = field(
        default=("en", "ar"),
        metadata={"help": "languages that a patron can choose, the library's own first"},
    )
    mode: Mode = field(default=Mode.LOANS_AND_RETURNS, metadata={"help": "what the kiosk is for"})
    receipt: ReceiptRule = field(
        default=ReceiptRule.ASK, metadata={"help": "when a patron gets a receipt on paper"}
    )
    receipt_titles: bool = field(
        default=True, metadata={"help": "print titles (else the last digits of each barcode)"}
    )
    slips: bool = field(
        default=True, metadata={"help": "print a slip for each returned item that goes to a shelf of its own"}
    )
    holds: bool = field(
        default=False, metadata={"help": "offer a hold on an item that somebody else has or waits for"}
    )
    payments: bool = field(
        default=True, metadata={"help": "offer to pay open fees, where the kiosk has a till"}
    )
    account: AccountRule = field(
        default=AccountRule.ALL,
        metadata={"help": "what a patron sees of their own account (loans, holds, fees)"},
    )
    unknown_sets: UnknownSize = field(
        default=UnknownSize.ACCEPT,
        metadata={
            "help": "an item whose tags do not say how many parts it has (0, as plain books in some"
            " libraries do): taken as it lies, the patron asked whether that is all of it, or left to staff"
        },
    )
    pin: PinRule = field(default=PinRule.IF_ASKED, metadata={"help": "when a patron types a PIN"})
    pin_tries: int = field(
        default=3, metadata={"help": "wrong PINs in one session", "at_least": 1, "at_most": 10}
    )
    pin_length: int = field(
        default=12, metadata={"help": "longest PIN, in digits", "at_least": 4, "at_most": 32}
    )
    show_name: NameRule = field(
        default=NameRule.FIRST, metadata={"help": "how much of the patron's name is shown"}
    )
    idle_s: float = field(
        default=60.0,
        metadata={"help": "seconds without a sign of life until the kiosk asks", "at_least": 10.0},
    )
    account_idle_s: float = field(
        default=90.0,
        metadata={"help": "the same while a patron reads their account", "at_least": 10.0},
    )
    warning_s: int = field(
        default=20,
        metadata={"help": "seconds to answer 'Are you still there?' (WCAG 2.2.1)", "at_least": 20},
    )
    farewell_s: int = field(default=25, metadata={"help": "seconds until the farewell closes", "at_least": 5})
    leftover_away_s: float = field(
        default=2.0,
        metadata={"help": "seconds that a left book must be away to be new", "at_least": 0.5},
    )
    settle_tries: int = field(
        default=3,
        metadata={"help": "attempts to learn what became of a loan in doubt", "at_least": 1},
    )
    settle_pause_s: float = field(
        default=4.0, metadata={"help": "seconds between these attempts", "at_least": 1.0}
    )

    def __post_init__(self) -> None:
        """Refuse values with which a promise could not be kept.

        Raises:
            ValueError: no language.
        """
        if not self.languages:
            raise ValueError("languages: at least one")

    def library_name(self, language: str) -> str:
        """The library's name in `language`, or the one that serves all."""
        return self.library.get(language) or self.library.get("", "")
