"""Fields: what may stand in them, by name. The enumerations bear the standard's own numbers.

An ACS may send a number that the standard does not know. All enumerations here are texts (`StrEnum`), and
wherever one is read, **an unknown value stays the text that came**: it compares as itself, shows as itself
and is written again as itself, and nobody has to catch anything. Flags are no enumerations: what is not Y is
no (or U, where there is a U).

Numbers and limits: 3M Standard Interchange Protocol, document revision 2.12 (2006). What is an extension says
so.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final

VALUE_LIMIT: Final = 255
"""Longest value of a variable field, in characters."""

SECRET_IDS: Final = frozenset(
    {"AA", "AC", "AD", "AE", "BC", "BD", "BE", "BF", "BK", "CO", "CY", "DA", "PB", "PZ", "XI"}
)
"""Ids whose values say which patron, lead to one or are a password: kept out of `repr` and out of logs.

AA patron id, AC terminal password, AD patron password, AE name, BD address, BE e-mail address, BF telephone
number, BK number of a payment, CO login password. Extensions: CY and DA the patron on hold; PB and BC
(Polaris) the day of birth, PZ the postal code, XI the ILS's own number of a patron."""

DATE_WIDTH: Final = 18
"""Characters of a date."""


class Tristate(StrEnum):
    """Y, N or U (magnetic media, desensitise). The standard calls U obsolete: "treated as N"."""

    YES = "Y"
    NO = "N"
    UNKNOWN = "U"


class PatronFlag(IntEnum):
    """The 14 positions of the patron status field."""

    CHARGE_DENIED = 0
    RENEWAL_DENIED = 1
    RECALL_DENIED = 2
    HOLD_DENIED = 3
    CARD_LOST = 4
    TOO_MANY_CHARGED = 5
    TOO_MANY_OVERDUE = 6
    TOO_MANY_RENEWALS = 7
    TOO_MANY_CLAIMS_RETURNED = 8
    TOO_MANY_LOST = 9
    EXCESSIVE_FINES = 10
    EXCESSIVE_FEES = 11
    RECALL_OVERDUE = 12
    TOO_MANY_BILLED = 13


class Summary(IntEnum):
    """Which list a 63 asks for: the position of the one Y in its summary field."""

    HOLD = 0
    OVERDUE = 1
    CHARGED = 2
    FINE = 3
    RECALL = 4
    UNAVAILABLE_HOLD = 5


class TerminalStatus(StrEnum):
    """How the terminal is, in a 99."""

    OK = "0"
    PAPER_OUT = "1"
    SHUTTING_DOWN = "2"


class CirculationStatus(StrEnum):
    """Where an item is, in an 18."""

    OTHER = "01"
    ON_ORDER = "02"
    AVAILABLE = "03"
    CHARGED = "04"
    CHARGED_NOT_RECALLABLE = "05"
    IN_PROCESS = "06"
    RECALLED = "07"
    HOLD_SHELF = "08"
    TO_RESHELVE = "09"
    IN_TRANSIT = "10"
    CLAIMED_RETURNED = "11"
    LOST = "12"
    MISSING = "13"


class SecurityMarker(StrEnum):
    """How an item is secured, in an 18. (Both trade marks are 3M's magnetic strips.)"""

    OTHER = "00"
    NONE = "01"
    TATTLE_TAPE = "02"
    WHISPER_TAPE = "03"


class MediaType(StrEnum):
    """What an item is made of (CK)."""

    OTHER = "000"
    BOOK = "001"
    MAGAZINE = "002"
    BOUND_JOURNAL = "003"
    AUDIO_TAPE = "004"
    VIDEO_TAPE = "005"
    CD = "006"
    DISKETTE = "007"
    BOOK_WITH_DISKETTE = "008"
    BOOK_WITH_CD = "009"
    BOOK_WITH_AUDIO_TAPE = "010"


class AlertType(StrEnum):
    """Why a returned item wants attention (CV, an extension of 3M that most ACS send). ACS have further
    values of their own."""

    UNKNOWN = "00"  # and "nothing", from an ACS that sends it with every return
    HOLD_HERE = "01"
    HOLD_ELSEWHERE = "02"
    INTERLIBRARY_LOAN = "03"
    SEND_TO_BRANCH = "04"
    BAD_DATA = "98"  # Koha: the item's data are corrupt
    OTHER = "99"


class FeeType(StrEnum):
    """What a fee is for (18, 37, BT of a 12)."""

    OTHER = "01"
    ADMINISTRATIVE = "02"
    DAMAGE = "03"
    OVERDUE = "04"
    PROCESSING = "05"
    RENTAL = "06"
    REPLACEMENT = "07"
    COMPUTER = "08"
    HOLD = "09"


class PaymentType(StrEnum):
    """How a fee was paid (37)."""

    CASH = "00"
    VISA = "01"
    CREDIT_CARD = "02"


class HoldMode(StrEnum):
    """What a 15 does with a hold."""

    ADD = "+"
    DELETE = "-"
    CHANGE = "*"


class HoldType(StrEnum):
    """What a hold is on (BY of a 15)."""

    OTHER = "1"
    ANY_COPY = "2"
    SPECIFIC_COPY = "3"
    ANY_COPY_AT_BRANCH = "4"


class Language(StrEnum):
    """Which language a patron is spoken to in."""

    UNKNOWN = "000"
    ENGLISH = "001"
    FRENCH = "002"
    GERMAN = "003"
    ITALIAN = "004"
    DUTCH = "005"
    SWEDISH = "006"
    FINNISH = "007"
    SPANISH = "008"
    DANISH = "009"
    PORTUGUESE = "010"
    CANADIAN_FRENCH = "011"
    NORWEGIAN = "012"
    HEBREW = "013"
    JAPANESE = "014"
    RUSSIAN = "015"
    ARABIC = "016"
    POLISH = "017"
    GREEK = "018"
    CHINESE = "019"
    KOREAN = "020"
    NORTH_AMERICAN_SPANISH = "021"


LANGUAGES: Final = {
    "en": Language.ENGLISH, "fr": Language.FRENCH, "de": Language.GERMAN, "it": Language.ITALIAN,
    "nl": Language.DUTCH, "sv": Language.SWEDISH, "fi": Language.FINNISH, "es": Language.SPANISH,
    "da": Language.DANISH, "pt": Language.PORTUGUESE, "no": Language.NORWEGIAN, "nb": Language.NORWEGIAN,
    "nn": Language.NORWEGIAN, "he": Language.HEBREW, "iw": Language.HEBREW, "ja": Language.JAPANESE,
    "ru": Language.RUSSIAN, "ar": Language.ARABIC, "pl": Language.POLISH, "el": Language.GREEK,
    "zh": Language.CHINESE, "ko": Language.KOREAN, "fr-ca": Language.CANADIAN_FRENCH,
    **dict.fromkeys(("es-us", "es-mx", "es-pr", "es-003", "es-419"), Language.NORTH_AMERICAN_SPANISH),
}  # fmt: skip
"""SIP2's numbers of languages by ISO 639 code, with a region (ISO 3166 or UN M.49) where that matters."""


def language_number(tag: str) -> Language:
    """SIP2's language for a language tag such as `ar`, `de-AT` or `zh-Hans`; unknown when it has none."""
    parts = tag.replace("_", "-").lower().split("-")
    regional = (LANGUAGES.get(f"{parts[0]}-{region}") for region in parts[1:])
    return next(filter(None, regional), LANGUAGES.get(parts[0], Language.UNKNOWN))
