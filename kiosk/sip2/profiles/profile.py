"""A profile: the knobs of one make of ACS, with the defaults that the standard suggests.

Shipped profiles are TOML files beside this module; each names only what differs. Reasons are plain
strings here, for whoever uses the package to resolve.
"""

from __future__ import annotations

import codecs
import dataclasses
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

from kiosk.sip2.errors import ProfileError
from kiosk.sip2.fields import AlertType, Tristate

NO_ALERT: Final = "none"

ALERTS: Final = ("hold-here", "hold-elsewhere", "transit", "ill", "other", NO_ALERT)
"""What a returned item may want: the hold shelf here or at another branch, its own branch, its own library
(interlibrary loan), somebody's look, nothing."""

OFFICIAL_ALERTS: Final = (
    (AlertType.HOLD_HERE.value, "hold-here"),
    (AlertType.HOLD_ELSEWHERE.value, "hold-elsewhere"),
    (AlertType.INTERLIBRARY_LOAN.value, "ill"),
    (AlertType.SEND_TO_BRANCH.value, "transit"),
    (AlertType.BAD_DATA.value, "other"),
    (AlertType.OTHER.value, "other"),
)
"""00 is not among them: it means "unknown", or nothing at all, so that the alert flag decides."""


@dataclass(frozen=True, slots=True)
class NamedPattern:
    """Text that matches `pattern` (anywhere, in any case) means `reason`."""

    pattern: str
    reason: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The knobs of one make of ACS. All times are in seconds.

    Raises:
        ProfileError: a value that nobody can act on.
    """

    name: str = "standard"

    charset: str = "utf-8"
    """Must contain ASCII as it is. The standard says CP850; ACS of today are set to UTF-8."""
    delimiter: str = "|"
    terminator: str = "\r"
    error_detection: bool = True
    """Send AY and AZ; given up on a connection whose first answer carries none."""

    terminal_login: Literal["raw", "telnet"] = "raw"
    """How the terminal logs in: by a 93, or (`telnet`) by answering the prompts of a telnet-like login,
    behind which SIP2 begins."""
    login_prompt: str = "login[: ]"
    """Pattern (anywhere, in any case) of the prompt for the user."""
    password_prompt: str = "password[: ]"
    status_before_login: bool = False
    """Send a 99 before the 93 too. Some ACS close the connection then, and some want it."""

    recall: bool = True
    """Send a 97 when the answer to a changing message is in doubt."""
    resends_at_most: int = 3
    """How often a message that the ACS has not understood (96) is sent again; one that changes something,
    once at most."""

    date_zone: Literal["local", "utc", "offset"] = "local"
    """How dates are written: local time with a blank zone, UTC with `   Z`, or local time with the letter of
    its zone."""
    nb_due: Literal["date", "blank"] = "date"
    """The no-block due date of an 11 or a 29: a real date, or blanks. Some ACS close the connection when it
    is blank."""
    hold_count: Literal["waiting", "all"] = "waiting"
    """What the hold count and the hold list (AS) of a 64 speak of: the holds that wait to be picked up, or
    all of them."""
    paging: Literal["window", "none"] = "window"
    """Whether a 63 may ask for a part of a list (BP, BQ)."""
    fee_acknowledged: Literal["always-sent", "when-agreed"] = "always-sent"
    """Whether BO stands in every 11 and 29 (as N before the patron has agreed to a fee), or only once they
    have."""

    patron_password_on_checkout: bool = True
    """Send AD with an 11, 15, 29 or 37 when there is one."""
    desensitize_unknown_as_yes: bool = False
    """Treat desensitise U as Y. The standard treats it as N; some ACS never send anything else."""
    release_when_settled: bool = False
    """Whether a loan found only in the patron's list (63) may clear the security bit. It is a proof
    of the loan, but no answer ever said desensitise Y."""

    alert_types: tuple[tuple[str, str], ...] = OFFICIAL_ALERTS
    """What each alert type (CV) means, as pairs of two digits and one of `ALERTS`. It counts without the
    alert flag too, which some ACS never set."""
    alert_alone: str = "other"
    """What the alert flag means with neither a known CV nor a destination (CT): `none` where it is noise."""

    timeout_floor_s: float = 10.0
    """Shortest wait for the answer to a changing message, whatever 98 says: real checkouts take up to
    2.6 s, while sample configurations advertise 2.5 s."""
    timeout_ceiling_s: float = 15.0
    """Longest wait, whatever 98 says (some advertise a minute, and a patron stands there)."""
    question_timeout_s: float = 5.0
    """Wait for the answer to a question; then it is asked once more."""
    connect_timeout_s: float = 5.0
    reconnect_patience_s: float = 1.0
    """How long a question waits for a connection that is down."""
    garbage_pause_s: float = 0.2
    """Garbage may come in pieces: wait this long for it to run out before asking again."""
    recall_patience_s: float = 2.0
    """Wait for a sound answer after the answer to a 97 was garbage too."""

    screen_noise: tuple[str, ...] = ()
    """Patterns cut out of screen messages (AF)."""
    screen_reasons: tuple[NamedPattern, ...] = ()
    """What a refusal's screen message means; the first that matches counts."""
    due_formats: tuple[str, ...] = ()
    """Further `strptime` formats of AH."""

    _noise: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)
    _reasons: tuple[tuple[re.Pattern[str], str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            ascii_stays = bytes(range(0x20, 0x7F)).decode(self.charset).encode("ascii")
            codecs.lookup(self.charset)
        except (LookupError, UnicodeError) as error:
            raise ProfileError(f"charset: {self.charset!r} is no charset that contains ASCII") from error
        if ascii_stays != bytes(range(0x20, 0x7F)):
            raise ProfileError(f"charset: {self.charset!r} does not contain ASCII as it is")
        if len(self.delimiter) != 1 or not self.delimiter.isascii() or not self.delimiter.isprintable():
            raise ProfileError(f"delimiter: {self.delimiter!r} is not one printable ASCII character")
        if self.terminator not in {"\r", "\r\n"}:
            raise ProfileError(f"terminator: {self.terminator!r} is neither CR nor CRLF")
        for key, alert in (*self.alert_types, ("alert_alone", self.alert_alone)):
            if alert not in ALERTS:
                raise ProfileError(f"{key}: {alert!r} is none of {', '.join(ALERTS)}")
        # Compiled once, as this is frozen and every answer asks for them.
        object.__setattr__(self, "_noise", tuple(map(_compiled, self.screen_noise)))
        reasons = tuple((_compiled(named.pattern), named.reason) for named in self.screen_reasons)
        object.__setattr__(self, "_reasons", reasons)

    def releases(self, desensitize: Tristate) -> bool:
        """Whether this answer of a 12 with ok 1 permits clearing the security bit."""
        return desensitize is Tristate.YES or (
            desensitize is Tristate.UNKNOWN and self.desensitize_unknown_as_yes
        )

    def alert_of(self, flag: bool, alert_type: str | None, *, elsewhere: bool) -> str:
        """What a returned item wants, one of `ALERTS`: by its CV, else by the alert flag of its 10.
        `elsewhere`: the answer says that it belongs to another branch."""
        meant = dict(self.alert_types).get((alert_type or "").strip())
        if meant is not None:
            return meant
        if not flag:
            return NO_ALERT
        return "transit" if elsewhere else self.alert_alone

    def without_noise(self, screen_message: str) -> str:
        """A screen message without what this ACS says on every occasion."""
        for pattern in self._noise:
            screen_message = pattern.sub("", screen_message)
        return screen_message.strip()

    def reason_of(self, screen_message: str) -> str | None:
        """The name of the reason that a screen message speaks of, if the profile knows it."""
        for pattern, reason in self._reasons:
            if pattern.search(screen_message):
                return reason
        return None


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ProfileError(f"pattern {pattern!r}: {error}") from error


def with_alerts(
    known: Iterable[tuple[str, str]], changes: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """The meanings of alert types, with some of them changed or added."""
    return tuple({**dict(known), **dict(changes)}.items())


def names() -> tuple[str, ...]:
    """The shipped profiles."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


@cache  # what is shipped does not change while the kiosk runs
def load(name: str) -> Profile:
    """A shipped profile by its name.

    Raises:
        ProfileError: there is none of this name.
    """
    if name not in names():
        raise ProfileError(f"no profile {name!r}; there are: {', '.join(names())}")
    table = tomllib.loads(resources.files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))
    return from_table(name, table)


def from_table(name: str, table: dict[str, Any]) -> Profile:
    """A profile from its TOML table: scalars, lists of strings, `[[screen_reasons]]`, and `[alert_types]`
    (which stand before the standard's).

    Raises:
        ProfileError: a key that does not exist, or a value of the wrong type.
    """
    values: dict[str, Any] = {"name": name}
    fields = {each.name: each for each in dataclasses.fields(Profile) if each.init}
    for key, value in table.items():
        if key not in fields:
            raise ProfileError(f"{key}: there is no such key")
        values[key] = _converted(key, value, fields[key].default)
    return Profile(**values)


def _converted(key: str, value: Any, default: object) -> object:
    if key == "screen_reasons":
        try:
            return tuple(NamedPattern(str(row["pattern"]), str(row["reason"])) for row in value)
        except (TypeError, KeyError) as error:
            raise ProfileError(f"{key}: needs tables with pattern and reason") from error
    if key == "alert_types":
        if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
            return with_alerts(OFFICIAL_ALERTS, value.items())
        raise ProfileError(f"{key}: needs a table of texts")
    if isinstance(default, tuple):
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise ProfileError(f"{key}: needs a list of strings")
    if isinstance(default, float) and type(value) in {int, float}:
        return float(value)
    if type(value) is not type(default):
        raise ProfileError(f"{key}: {value!r} is not of type {type(default).__name__}")
    return value
