"""What stands on the keys, by language. A layer is a page of the keyboard; all of ASCII can be typed in
every language, since passwords and addresses are made of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Cap:
    """A key, so many `units` wide. It types `text`, or (`name`) does something; `to` is the layer that it
    turns to."""

    text: str = ""
    units: float = 1
    name: str = ""
    to: int | None = None


Row = tuple[Cap, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One page of the keyboard."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """All pages. A row is at most `units` wide; `native` is the page to write names of the language with."""

    units: float
    layers: tuple[Layer, ...]
    native: int = 0


_LOWER, _UPPER, _SIGNS, _MORE, _ARABIC = range(5)

_QWERTY = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_QWERTZ = ("qwertzuiopü", "asdfghjklöä", "yxcvbnmß")
_SIGN_ROWS = ("1234567890", "_:/@,;?!\"'", "#$%&*+=")
_MORE_ROWS = ("()[]{}<>\\|", "`^~", "")
_ARABIC_ROWS = ("ضصثقفغعهخحج", "شسيبلاتنمكط", "ئءؤرىةوزظدذ")
_ARABIC_FOOT = "أإآ"

DIGITS = Layout(
    3,
    (
        Layer(
            "digits",
            (
                tuple(Cap(digit) for digit in "123"),
                tuple(Cap(digit) for digit in "456"),
                tuple(Cap(digit) for digit in "789"),
                (Cap("⌫", name="erase"), Cap("0"), Cap("✓", name="done")),
            ),
        ),
    ),
)


@lru_cache(maxsize=16)
def layout_of(language: str) -> Layout:
    """The keyboard of a language: Latin letters as they lie there, and its own where it has others."""
    rows = _QWERTZ if language == "de" else _QWERTY
    units = 11 if language in {"de", "ar"} else 10
    native = _ARABIC if language == "ar" else None
    layers = [
        _letters("lower", rows, units, native, upper=False),
        _letters("upper", rows, units, native, upper=True),
        _signs("signs", _SIGN_ROWS, Cap("()<>", 1.5, "more", _MORE), units),
        _signs("more", _MORE_ROWS, Cap("123", 1.5, "signs", _SIGNS), units),
    ]
    if native is not None:
        layers.append(_arabic(units))
    return Layout(units, tuple(layers), native or 0)


def _caps(texts: str) -> Row:
    return tuple(Cap(text) for text in texts)


def _letters(
    name: str, rows: tuple[str, str, str], units: float, native: int | None, *, upper: bool
) -> Layer:
    # The capital of ß is not what a password means by it.
    first, second, third = ("".join(ch.upper() if upper and ch != "ß" else ch for ch in row) for row in rows)
    shift = Cap("", 1.5, "shift", _LOWER if upper else _UPPER)
    erase = Cap("", units - 1.5 - len(third), "erase")
    return Layer(
        name,
        (
            _caps(first),
            _caps(second),
            (shift, *_caps(third), erase),
            _foot("123", "signs", _SIGNS, units, native),
        ),
    )


def _signs(name: str, rows: tuple[str, str, str], turn: Cap, units: float) -> Layer:
    first, second, third = rows
    erase = Cap("", 1.5, "erase")
    return Layer(
        name,
        (
            _caps(first),
            _caps(second),
            (turn, *_caps(third), erase),
            _foot("abc", "letters", _LOWER, units, None),
        ),
    )


def _arabic(units: float) -> Layer:
    foot = (
        Cap("abc", 1.5, "letters", _LOWER),
        *_caps(_ARABIC_FOOT),
        Cap("", units - 8, "space"),
        Cap("", 1.5, "erase"),
        Cap("", 2, "done"),
    )
    return Layer("arabic", (*(_caps(row) for row in _ARABIC_ROWS), foot))


def _foot(text: str, name: str, to: int, units: float, native: int | None) -> Row:
    more = (Cap("ع", 1, "arabic", native),) if native is not None else ()
    used = 1.5 + len(more) + 2 + 2.5
    return (
        Cap(text, 1.5, name, to),
        *more,
        Cap("."),
        Cap("", units - used, "space"),
        Cap("-"),
        Cap("", 2.5, "done"),
    )
