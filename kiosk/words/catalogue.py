"""Catalogues: gettext's .po files, read by Babel and compiled in memory."""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

_NATIVE = b"X-Read-By-Native-Speaker: yes"


class CatalogueBroken(ValueError):
    """A catalogue cannot be read; the message names the file and why."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One language. `keys` of plain texts, `plural_keys` of those that depend on a number; `forms`
    is how many forms a plural has here; `read_by_native`: a native speaker has read it."""

    language: str
    keys: frozenset[str]
    plural_keys: frozenset[str]
    forms: int
    read_by_native: bool
    all_forms: dict[str, tuple[str, ...]]
    _text: Callable[[str], str]
    _plural: Callable[[str, str, int], str]

    def text(self, key: str) -> str:
        """The text of a key.

        Raises:
            KeyError: there is none.
        """
        if key not in self.keys:
            raise KeyError(key)
        return self._text(key)

    def plural(self, key: str, number: int) -> str:
        """The form of a text for a number.

        Raises:
            KeyError: there is none.
        """
        if key not in self.plural_keys:
            raise KeyError(key)
        return self._plural(key, key, number)


def languages() -> tuple[str, ...]:
    """The tags of all languages that there is a catalogue for, sorted."""
    folder = resources.files("kiosk.words").joinpath("catalogues")
    return tuple(sorted(each.name[:-3] for each in folder.iterdir() if each.name.endswith(".po")))


def read_catalogue(language: str) -> Catalogue:
    """Read the catalogue of a language.

    Raises:
        CatalogueBroken: there is none, or it cannot be read.
    """
    path = resources.files("kiosk.words").joinpath("catalogues", f"{language}.po")
    if language not in languages():
        raise CatalogueBroken(f"there are no words in {language!r}, only in {', '.join(languages())}")
    return parse_catalogue(language, path.read_bytes())


def parse_catalogue(language: str, po: bytes) -> Catalogue:
    """Read a catalogue from the bytes of a .po file.

    Raises:
        CatalogueBroken: it cannot be read.
    """
    try:
        catalogue = read_po(io.BytesIO(po), locale=language, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError, ValueError) as error:
        raise CatalogueBroken(f"{language}.po: {error}") from error
    forms: dict[str, tuple[str, ...]] = {}
    plural_keys, keys = set[str](), set[str]()
    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.id, str):
            keys.add(message.id)
            forms[message.id] = (str(message.string),)
        else:
            plural_keys.add(message.id[0])
            forms[message.id[0]] = tuple(message.string or ())
    empty = sorted(key for key, texts in forms.items() if not all(texts))
    if empty:
        raise CatalogueBroken(f"{language}.po: no text for {', '.join(empty)}")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translations = gettext.GNUTranslations(compiled)
    return Catalogue(
        language=language,
        keys=frozenset(keys),
        plural_keys=frozenset(plural_keys),
        forms=catalogue.num_plurals,
        read_by_native=_NATIVE in po,
        all_forms=forms,
        _text=translations.gettext,
        _plural=translations.ngettext,
    )
