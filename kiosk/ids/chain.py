"""Chains: how the id that the ILS knows is made of what a card, a tag or a scanner gives, step by step.

A chain is a tuple of steps as the settings write them, each a name, some with an argument behind a colon:
`("strip-prefix:K", "require-length:14", "check-luhn")`. Pure; no input makes a step raise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

from kiosk.ids.digits import ean13_digit, luhn_digit, mod11_digit

LONGEST_ID = 64
"""Characters; no barcode, card or tag id in a library comes near it (ours)."""

LONGEST_RAW = 1024
"""Characters of what an id is made of: a card may carry a long URI with the id in it (ours)."""

FIELD_DELIMITER = "|"
"""Ends a field in SIP2 (3M SIP2 2.00, "variable-length fields"): it can be in no id."""


class Problem(StrEnum):
    """Why a code can be no id of this kind."""

    NO_ID = "no-id"
    """Empty, longer than any id, or with characters that no id has (control, invisible, `|`)."""
    WRONG_PREFIX = "wrong-prefix"
    WRONG_LENGTH = "wrong-length"
    WRONG_PATTERN = "wrong-pattern"
    WRONG_CHECK_DIGIT = "wrong-check-digit"
    NOT_DECIMAL = "not-decimal"
    """Something else than the digits 0 to 9."""
    NOT_HEX = "not-hex"
    """Something else than hex digits."""
    HALF_A_BYTE = "half-a-byte"
    """An odd number of hex digits."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What one step made of a code: the value behind it, or the problem that ended the chain there."""

    step: str
    value: str | None
    problem: Problem | None = None


Work = Callable[[str], "str | Problem"]
"""What a step does to a value that is not empty."""


def clean_id(raw: str, longest: int = LONGEST_ID) -> str | None:
    """`raw` without blanks around it, or None when no id of so many characters can look like that.

    Control characters, invisible ones (text direction marks, zero-width), lone surrogates and line
    separators are not printable; they and `|` are refused rather than removed, since what is left
    could be somebody else's id.
    """
    clean = raw.strip(" ")
    if not clean or len(clean) > longest or FIELD_DELIMITER in clean or not clean.isprintable():
        return None
    return clean


def explain(chain: Sequence[str], raw: str) -> tuple[Stage, ...]:
    """What each step makes of `raw`, the cleaning before them included; ends at the first problem. Only what
    the last step leaves must be as short as an id.

    Raises:
        ValueError: the chain has a step that there is not (see `check_chain`).
    """
    stages = [_stage("clean", raw, _clean, LONGEST_RAW if chain else LONGEST_ID)]
    for left, step in zip(range(len(chain), 0, -1), chain, strict=True):
        value = stages[-1].value
        if value is None:
            break
        stages.append(_stage(step, value, _work_of(step), LONGEST_ID if left == 1 else LONGEST_RAW))
    return tuple(stages)


def _stage(step: str, value: str, work: Work, longest: int) -> Stage:
    """What one step makes of a value."""
    result = work(value)
    if isinstance(result, Problem):
        return Stage(step, None, result)
    clean = clean_id(result, longest)
    return Stage(step, clean, Problem.NO_ID if clean is None else None)


def check_chain(name: str, chain: Sequence[str]) -> None:
    """See that every step of a chain exists.

    Raises:
        ValueError: one does not; the text begins with `name` and says what is allowed.
    """
    for step in chain:
        try:
            _work_of(step)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None


# ---- the steps ------------------------------------------------------------------------------


def _clean(value: str) -> str | Problem:
    return value


def _require_prefix(prefix: str) -> Work:
    return lambda value: value if value.startswith(prefix) else Problem.WRONG_PREFIX


def _require_length(length: int) -> Work:
    return lambda value: value if len(value) == length else Problem.WRONG_LENGTH


def _keep_first(count: int) -> Work:
    return lambda value: value[:count] if len(value) >= count else Problem.WRONG_LENGTH


def _keep_last(count: int) -> Work:
    return lambda value: value[-count:] if len(value) >= count else Problem.WRONG_LENGTH


def _remove(characters: str) -> Work:
    return lambda value: "".join(each for each in value if each not in characters)


def _query(name: str) -> Work:
    """The value of a parameter of a URI; whatever has no such parameter stays as it is."""

    def work(value: str) -> str:
        try:
            return next((held for each, held in parse_qsl(urlsplit(value).query) if each == name), value)
        except ValueError:  # brackets that are no address
            return value

    return work


def _strip_zeros(value: str) -> str | Problem:
    return value.lstrip("0") or "0"


def _hex_to_decimal(value: str) -> str | Problem:
    return str(int(value, 16)) if re.fullmatch("[0-9A-Fa-f]+", value) else Problem.NOT_HEX


def _decimal_to_hex(value: str) -> str | Problem:
    """Whole bytes, so that they can be reversed; `pad-left` makes them as many as the card has."""
    if not re.fullmatch("[0-9]+", value):
        return Problem.NOT_DECIMAL
    digits = f"{int(value):X}"
    return digits.zfill(len(digits) + len(digits) % 2)


def _reverse_bytes(value: str) -> str | Problem:
    if not re.fullmatch("[0-9A-Fa-f]+", value):
        return Problem.NOT_HEX
    if len(value) % 2:
        return Problem.HALF_A_BYTE
    return "".join(value[at : at + 2] for at in range(len(value) - 2, -1, -2))


def _checked(digit: Callable[[str], str], lengths: range) -> Work:
    """Whether the last character is the check digit of those before it."""

    def work(value: str) -> str | Problem:
        if len(value) not in lengths:
            return Problem.WRONG_LENGTH
        if not re.fullmatch("[0-9]+", value[:-1]):
            return Problem.NOT_DECIMAL
        return value if value[-1] == digit(value[:-1]) else Problem.WRONG_CHECK_DIGIT

    return work


def _with_digit(digit: Callable[[str], str], lengths: range) -> Work:
    def work(value: str) -> str | Problem:
        if len(value) + 1 not in lengths:
            return Problem.WRONG_LENGTH
        return value + digit(value) if re.fullmatch("[0-9]+", value) else Problem.NOT_DECIMAL

    return work


_ANY = range(2, LONGEST_ID + 1)
_EAN = range(13, 14)

_PLAIN: dict[str, Work] = {
    "upper-case": str.upper,
    "lower-case": str.lower,
    "strip-zeros": _strip_zeros,
    "hex-to-decimal": _hex_to_decimal,
    "decimal-to-hex": _decimal_to_hex,
    "reverse-bytes": _reverse_bytes,
    "check-luhn": _checked(luhn_digit, _ANY),
    "check-mod11": _checked(mod11_digit, _ANY),
    "check-ean13": _checked(ean13_digit, _EAN),
    "drop-check-digit": lambda value: value[:-1],
    "add-luhn": _with_digit(luhn_digit, _ANY),
    "add-mod11": _with_digit(mod11_digit, _ANY),
    "add-ean13": _with_digit(ean13_digit, _EAN),
}
"""Steps without an argument."""

_WITH_TEXT: dict[str, Callable[[str], Work]] = {
    "strip-prefix": lambda text: lambda value: value.removeprefix(text),
    "strip-suffix": lambda text: lambda value: value.removesuffix(text),
    "require-prefix": _require_prefix,
    "after-last": lambda text: lambda value: value.rpartition(text)[2],
    "before-first": lambda text: lambda value: value.partition(text)[0],
    "query": _query,
    "remove": _remove,
    "add-prefix": lambda text: lambda value: text + value,
}
"""Steps with a text behind their colon."""

_WITH_NUMBER: dict[str, Callable[[int], Work]] = {
    "require-length": _require_length,
    "keep-first": _keep_first,
    "keep-last": _keep_last,
    "pad-left": lambda length: lambda value: value.rjust(length, "0"),
}
"""Steps with a number of characters behind their colon."""

STEPS = (
    *(f"{name}:TEXT" for name in _WITH_TEXT),
    *(f"{name}:N" for name in _WITH_NUMBER),
    *_PLAIN,
)
"""All steps, as a person writes them."""


def _work_of(step: str) -> Work:
    """What a step does. Raises ValueError when there is no such step."""
    name, colon, argument = step.partition(":")
    if name in _PLAIN and not colon:
        return _PLAIN[name]
    if name in _WITH_TEXT:
        if not argument or len(argument) > LONGEST_RAW:
            raise ValueError(f"step {step!r} needs a text behind a colon")
        return _WITH_TEXT[name](argument)
    if name in _WITH_NUMBER:
        if not re.fullmatch("[0-9]{1,2}", argument) or not 1 <= int(argument) <= LONGEST_ID:
            raise ValueError(f"step {step!r} needs a number from 1 to {LONGEST_ID} behind a colon")
        return _WITH_NUMBER[name](int(argument))
    raise ValueError(f"no step {step!r}; allowed are {', '.join(STEPS)}")
