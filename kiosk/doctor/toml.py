"""Values as TOML writes them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SHORT: Mapping[str, str] = MappingProxyType(
    {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
)
"""Signs that a basic string has an escape for (TOML 1.0, Strings)."""


def toml(value: object) -> str:
    """A text, a truth value, a number, or a list of such. A text with backslashes is a literal string, where
    it can be one: patterns are full of them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(toml, value))}]"
    text = str(value)
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(map(_sign, text)) + '"'


def _sign(ch: str) -> str:
    if ch in SHORT:
        return SHORT[ch]
    return f"\\u{ord(ch):04x}" if ch < " " or ch == "\x7f" else ch
