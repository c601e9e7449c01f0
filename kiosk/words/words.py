"""Words: one language, ready to speak."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal

from kiosk.circulation.reasons import Reason
from kiosk.words.catalogue import Catalogue, read_catalogue

_FIRST_STRONG_ISOLATE = "\u2068"
_POP_ISOLATE = "\u2069"

# ISO 4217; what an ILS says instead is not shown.
_CURRENCY = re.compile(r"[A-Z]{3}")

# Babel's `en` is American; the kiosk writes days before months.
_LOCALES: Mapping[str, str] = MappingProxyType({"en": "en_GB"})


def isolate(value: str) -> str:
    """A value that goes into a sentence: its direction is its own and stays inside (Unicode UAX 9)."""
    return f"{_FIRST_STRONG_ISOLATE}{value}{_POP_ISOLATE}" if value else ""


class Words:
    """The sentences of one language. Digits are Western ones in every language."""

    def __init__(self, language: str, catalogue: Catalogue | None = None) -> None:
        """Open a language (`en`, `de`, `ar`).

        Raises:
            CatalogueBroken: there is no such catalogue, or it cannot be read.
        """
        self.language = language
        self.catalogue = catalogue or read_catalogue(language)
        self._locale = Locale.parse(_LOCALES.get(language, language), sep="_")
        self.rtl = self._locale.character_order == "right-to-left"

    def say(self, key: str, **values: str | int) -> str:
        """The text of a key, with `values` filled in (strings inside isolates).

        Raises:
            KeyError: there is no such text, or a value that it asks for is missing.
        """
        return _filled(self.catalogue.text(key), values)

    def count(self, key: str, n: int, **values: str | int) -> str:
        """The text of a key for a number `n`, which is filled in too.

        Raises:
            KeyError: there is no such text, or a value that it asks for is missing.
        """
        return _filled(self.catalogue.plural(key, n), {"n": n, **values})

    def say_or_count(self, key: str, n: int) -> str:
        """The text of a key that may or may not depend on a number."""
        return self.count(key, n) if key in self.catalogue.plural_keys else self.say(key)

    def reason(self, reason: Reason) -> str:
        """A reason as one short sentence for a patron."""
        return self.say(f"reason.{reason.value}")

    def hint(self, reason: Reason) -> str:
        """For staff: what is behind a reason, and what they can do."""
        remedy = f"maintenance.remedy.{reason.value}"
        return self.say(remedy if remedy in self.catalogue.keys else f"maintenance.hint.{reason.value}")

    def day(self, value: date | datetime, form: str = "long") -> str:
        """A day in words: `long` with its weekday, `middle` with a short one, `short` without."""
        written = format_date(value, self.say(f"date.{form}"), self._locale)
        if not isinstance(value, datetime):
            return str(written)
        time = format_time(value.time(), self.say("date.time"), locale=self._locale)
        return self.say("date.moment", day=str(written), time=str(time))

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency (ISO 4217) as the language writes it; bare where that is not known. No
        digit of it is rounded away."""
        if not _CURRENCY.fullmatch(currency):
            return str(format_decimal(amount, "#,##0.00", self._locale, decimal_quantization=False))
        return str(format_currency(amount, currency, locale=self._locale, decimal_quantization=False))

    @staticmethod
    def language_name(tag: str) -> str:
        """What a language calls itself, as it stands on a button."""
        return _language_name(tag)


@lru_cache(maxsize=64)
def _language_name(tag: str) -> str:
    locale = Locale.parse(tag, sep="-")
    name = str(locale.get_language_name(locale) or tag)
    return name[:1].upper() + name[1:]


def _filled(text: str, values: dict[str, str | int]) -> str:
    return text.format_map(
        {name: value if isinstance(value, int) else isolate(value) for name, value in values.items()}
    )
