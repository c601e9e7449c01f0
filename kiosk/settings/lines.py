"""Lines of a TOML text: on which one a key stands."""

from __future__ import annotations

import re

_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_LINE = re.compile(rf"\s*(\[\[?\s*)?({_NAME}(?:\s*\.\s*{_NAME})*)\s*(?:\]|=)")


def line_of(text: str, section: str, key: str) -> int:
    """The line, from 1, of a key, or else of its section."""
    lines = lines_of(text)
    return lines.get((section, key), lines.get((section,), 1))


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """The line, from 1, of each section and key in a TOML text (tomllib tells no lines).

    Its limits: keys of an inline table count as the line of that table, and what looks like a key
    inside a text of several lines is taken for one, unless the true one stood before it.
    """
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), 1):
        if found := _LINE.match(line):
            names = tuple(name.strip("'\"") for name in re.findall(_NAME, found[2]))
            section = names if found[1] else section
            path = names if found[1] else section + names
            for n in range(1, len(path) + 1):
                lines.setdefault(path[:n], number)
    return lines
