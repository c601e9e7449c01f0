"""The file as it comes from a laptop: found by its name, and made text of."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence

NAME = "kiosk.toml"
"""The settings file on the card."""

OTHER_NAMES = ("kiosk.toml.txt", "kiosk.txt", "kiosk.toml.toml")
"""What editors make of it, that add an ending and show none."""

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

_DOCUMENTS = (b"{\\rtf", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How RTF, zipped (docx, odt) and older Word documents begin."""

_STRINGS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")
"""Texts between straight marks, in which everything is right."""

_CURLY = re.compile(r"^[^#\"']*[=\[,]\s*([\u00ab\u00bb\u2018-\u201f\u2039\u203a\u300c\u300d])")
"""A value that begins with a quotation mark of a word processor's."""

_ODD_BLANK = re.compile(r"^[^#\"']*([\u00a0\u2007\u202f\u200b\ufeff])")


class Unusable(Exception):
    """The file cannot be read as settings; `messages` say why, each with its line, if it is about one."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("\n".join(messages))


def found(names: Iterable[str]) -> str | None:
    """The settings file among the names on the card, None when there is none. FAT knows no capitals.

    Raises:
        Unusable: there is another beside it, and nobody can tell which one is meant.
    """
    by_small = {name.lower(): name for name in names}
    others = [by_small[name] for name in OTHER_NAMES if name in by_small]
    here = [by_small[NAME]] if NAME in by_small else []
    if len(here + others) > 1:
        said = (
            f"{' and '.join(here + others)}: only one of them can be meant. Keep the one that is right,"
            f" call it {NAME}, and delete the other (Windows hides endings such as .txt)"
        )
        raise Unusable([said])
    return next(iter(here + others), None)


def text_of(raw: bytes) -> str:
    """The text, whatever editor wrote it: UTF-8 with and without its mark, Notepad's UTF-16.

    Raises:
        Unusable: it is no text, or of an encoding that cannot be known.
    """
    if raw.startswith(_DOCUMENTS):
        raise Unusable(
            [f"{NAME}:1: this is a document of a word processor: save it as plain text (Notepad, TextEdit)"]
        )
    encoding = _UTF16.get(raw[:2], "")
    if not encoding and len(raw) > 3 and raw[1:4:2] == b"\0\0":
        encoding = "utf-16-le"
    try:
        text = raw.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unusable(
            [f"{NAME}:{line}: not UTF-8 text: save the file again with the encoding UTF-8"]
        ) from None
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise Unusable([f"{NAME}:{line}: this is no text: the card may be damaged; write the file anew"])
    return text if "\n" in text else text.replace("\r", "\n")


def curly(text: str) -> tuple[str, ...]:
    """The lines in which a word processor has put quotation marks or blanks of its own, as messages."""
    said = []
    for number, whole in enumerate(text.split("\n"), 1):
        line = _STRINGS.sub("0", whole)
        if mark := _CURLY.match(line):
            said.append(
                f'{NAME}:{number}: curly quotation mark {mark[1]}: write straight ones, "like this"'
                " (a word processor makes curly ones)"
            )
        elif blank := _ODD_BLANK.match(line):
            said.append(
                f"{NAME}:{number}: an odd blank (U+{ord(blank[1]):04X}), which looks like any other: type it"
                " again"
            )
    return tuple(said)
