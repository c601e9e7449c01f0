"""A profile: the knobs of one make of ACS, with the defaults that the standard suggests.

Reasons are plain strings here, for whoever uses the package to resolve. Profiles are written in TOML:
`files` reads them.
"""

from __future__ import annotations

import dataclasses
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, Self, get_args

from kiosk.sip2.errors import ProfileError
from kiosk.sip2.fields import AlertType, Tristate
from kiosk.sip2.profiles.charsets import check_charset
from kiosk.sip2.profiles.evidence import Claim, Evidence, NamedPattern

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

TerminalLogin = Literal["raw", "telnet"]
DateZone = Literal["local", "utc", "offset"]
NbDue = Literal["date", "blank"]
HoldCount = Literal["waiting", "all"]
Paging = Literal["window", "none"]
FeeAcknowledged = Literal["always-sent", "when-agreed"]
NoBlock = Literal["never", "returns"]
EmptyPasswords = Literal["left-out", "sent"]

CHOICES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "terminal_login": get_args(TerminalLogin),
        "date_zone": get_args(DateZone),
        "nb_due": get_args(NbDue),
        "hold_count": get_args(HoldCount),
        "paging": get_args(Paging),
        "no_block": get_args(NoBlock),
        "fee_acknowledged": get_args(FeeAcknowledged),
        "empty_passwords": get_args(EmptyPasswords),
        "alert_alone": ALERTS,
    }
)
"""Knobs that have few values, and those."""

OURS: Final = frozenset(
    {
        "timeout_floor_s",
        "timeout_ceiling_s",
        "keepalive_s",
        "question_timeout_s",
        "connect_timeout_s",
        "reconnect_patience_s",
        "garbage_pause_s",
        "recall_patience_s",
        "resends_at_most",
        "release_when_settled",
    }
)
"""Knobs that say what we do, not what an ACS does: how long we wait, how often we try, how much proof we
want. Nobody can observe them, so a profile that leaves them alone claims nothing of them."""

BY_THE_STANDARD: Final = frozenset(
    {
        "terminal_login",
        "status_before_login",
        "delimiter",
        "terminator",
        "error_detection",
        "date_zone",
        "recall",
        "patron_password_on_checkout",
        "no_block",
        "fee_acknowledged",
        "empty_passwords",
        "desensitize_unknown_as_yes",
        "hold_count",
        "paging",
        "expiry_field",
        "alert_alone",
    }
)
"""Knobs of which the document says what their default says (3M SIP 2.00, rev. 2.12: `standard.toml` has the
places). This is all that a profile inherits of evidence: where it is silent about such a knob, it is
*documented*, since that is what its make professes to follow. All else that it is silent about is *assumed*,
whatever was observed of other makes."""

SHORTEST_WAIT_S: Final = 10.0
"""Neither an ACS nor who configures a kiosk may have it wait less for the answer to a message that changes
something: else it would doubt loans that are under way."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The knobs of one make of ACS. All times are in seconds.

    Raises:
        ProfileError: a value that nobody can act on.
    """

    name: str = "standard"

    terminal_login: TerminalLogin = "raw"
    """How a connection begins: `raw` with the first SIP2 message, `telnet` with a login as on a terminal,
    whose two prompts are answered with the account and the password of the 93."""
    login_prompt: str = "login[: ]"
    """What asks for the account: a pattern, found anywhere and in any case."""
    password_prompt: str = "password[: ]"
    """What asks for the password."""
    status_before_login: bool = False
    """Send a 99 before the 93, for an ACS that wants to be greeted first. Others hang up on it."""

    charset: str = "utf-8"
    """Must write ASCII as it is, and no other letter with a control byte or the delimiter in it. The standard
    says CP850; ACS of today are set to UTF-8. Theirs that does not fit into it is read as U+FFFD."""
    delimiter: str = "|"
    """The character behind each field."""
    terminator: str = "\r"
    """What ends our messages: CR, or CR and LF. Theirs may end in either."""
    error_detection: bool = True
    """Send AY and AZ; given up on a connection whose first answer carries none."""
    date_zone: DateZone = "local"
    """The zone of the dates that we send: `local` time with four blanks, which the standard prefers, `utc`
    with a Z, or local time with the military letter of its `offset`, right-aligned (ANSI X3.43)."""

    recall: bool = True
    """Whether a 97 asks for the last answer again when one did not come or was garbage."""
    resends_at_most: int = 3
    """How often a 96 is answered with the same message (one that changes something, each time on a new
    connection): some ACS say by it that they do not know the message at all."""

    patron_password_on_checkout: bool = True
    """Send AD with an 11, 15, 29, 37 or 65 when there is one."""
    nb_due: NbDue = "date"
    """The no-block due date of an 11 or a 29, which counts only for loans made off-line: a real `date`, or
    eighteen blanks. Some ACS close the connection on blanks."""
    no_block: NoBlock = "never"
    """NB, by which an ACS shall not refuse what has happened already: `never`, or with `returns` (09), for
    one that would not take back what lies in the bin. Never with a loan, which it has to agree to."""
    fee_acknowledged: FeeAcknowledged = "always-sent"
    """BO before the patron has agreed to a fee: sent as N, or left out (`when-agreed`)."""
    empty_passwords: EmptyPasswords = "left-out"
    """AC and AD of which there is none, in messages that need not have them: `left-out`, or `sent` with
    nothing in them, for an ACS that misses them. No other field is sent empty unless it must be there: some
    ACS take `AJ|` for a question about a title."""

    desensitize_unknown_as_yes: bool = False
    """Treat desensitise U as Y. The standard treats it as N; some ACS never send anything else."""
    release_when_settled: bool = False
    """Whether a loan found only in the patron's list (63) may clear the security bit. It is a proof
    of the loan, but no answer ever said desensitise Y."""

    hold_count: HoldCount = "waiting"
    """What the hold count and the list AS of a 64 mean: the holds that are `waiting` on the shelf, as the
    standard has it, or `all` of them, those in the list CD included."""
    paging: Paging = "window"
    """Whether BP and BQ of a 63 may be sent: as a `window` of a list, or not at all (`none`)."""
    expiry_field: str = ""
    """The id of the field of a 64 that says until when the card is valid; empty where there is none."""

    alert_types: tuple[tuple[str, str], ...] = OFFICIAL_ALERTS
    """What each alert type (CV) means, as pairs of two digits and one of `ALERTS`. It counts without the
    alert flag too, which some ACS never set."""
    alert_alone: str = "other"
    """What the alert flag means with neither a known CV nor a destination (CT): `none` where it is noise."""

    timeout_floor_s: float = 10.0
    """Shortest wait for the answer to a changing message, whatever 98 says: real checkouts take up to
    2.6 s, while sample configurations advertise 2.5 s. No file may say less than 10."""
    timeout_ceiling_s: float = 30.0
    """Longest wait for it, whatever 98 says, and after a 97 once more: an ACS that advertises a minute has a
    minute before its answer is given up. The patron is told that it takes long after `timeout_floor_s`."""
    question_timeout_s: float = 5.0
    """Wait for the answer to a question; then it is asked once more."""
    keepalive_s: float = 60.0
    """A 99 is said after so long without any message."""
    connect_timeout_s: float = 5.0
    """Wait for a connection to stand."""
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

    claims: tuple[Claim, ...] = ()
    """How each thing above is known, as far as this profile says so itself (see `assumed`)."""

    _noise: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)
    _reasons: tuple[tuple[re.Pattern[str], str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.delimiter) != 1 or self.delimiter not in string.punctuation:
            raise ProfileError(f"delimiter: {self.delimiter!r} is not one sign of ASCII, such as '|'")
        check_charset(self.charset, self.delimiter)
        if self.terminator not in {"\r", "\r\n"}:
            raise ProfileError(f"terminator: {self.terminator!r} is neither CR ('\\r') nor CRLF ('\\r\\n')")
        if self.resends_at_most < 0:
            raise ProfileError(f"resends_at_most: {self.resends_at_most} must not be less than 0")
        if self.expiry_field and not (len(self.expiry_field) == 2 and self.expiry_field.isalnum()):
            raise ProfileError(f"expiry_field: {self.expiry_field!r} is no field id, such as 'PA'")
        for key, alert in self.alert_types:
            if alert not in ALERTS:
                raise ProfileError(f"alert_types: {key}: {alert!r} is none of {', '.join(ALERTS)}")
        for knob, choices in CHOICES.items():
            if getattr(self, knob) not in choices:
                raise ProfileError(f"{knob}: {getattr(self, knob)!r} is none of {', '.join(choices)}")
        _compiled("login_prompt", self.login_prompt)
        _compiled("password_prompt", self.password_prompt)
        # Compiled once, as this is frozen and every answer asks for them.
        noise = tuple(_compiled("screen_noise", pattern) for pattern in self.screen_noise)
        object.__setattr__(self, "_noise", noise)
        reasons = tuple((_compiled("screen_reasons", one.pattern), one.reason) for one in self.screen_reasons)
        object.__setattr__(self, "_reasons", reasons)

    @property
    def assumed(self) -> tuple[str, ...]:
        """The names of the knobs of which something is only assumed: what is claimed so, and what is not
        claimed and not in `BY_THE_STANDARD` either."""
        return tuple(filter(self._is_assumed, KNOBS))

    def _is_assumed(self, knob: str) -> bool:
        claims = [one for one in self.claims if one.knob == knob]
        if any(one.how is Evidence.ASSUMED for one in claims):
            return True
        if knob == "alert_types":
            return not {one.about for one in claims}.issuperset(dict(self.alert_types))
        return not claims and knob not in BY_THE_STANDARD | OURS

    def told(self, changes: Mapping[str, Any], source: str) -> Self:
        """The same with other values, by somebody who must know (`source` says who): whatever was claimed of
        these knobs is theirs now. Of `alert_types` only those that differ are given.

        Raises:
            ProfileError: a value that nobody can act on.
        """
        values = dict(changes)
        theirs = [Claim(knob, Evidence.DOCUMENTED, source) for knob in changes if knob != "alert_types"]
        if "alert_types" in changes:
            pairs = tuple(changes["alert_types"])
            values["alert_types"] = with_alerts(self.alert_types, pairs)
            theirs += [Claim("alert_types", Evidence.DOCUMENTED, source, number) for number, _ in pairs]
        gone = {(one.knob, one.about) for one in theirs}
        kept = [one for one in self.claims if (one.knob, one.about) not in gone]
        return dataclasses.replace(self, claims=(*kept, *theirs), **values)

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


KNOBS: Final = tuple(
    each.name for each in dataclasses.fields(Profile) if each.init and each.name not in {"name", "claims"}
)
"""All of them, in their order."""


def _compiled(knob: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ProfileError(
            f"{knob}: {pattern!r} is no pattern ({error}); put \\ before signs that mean themselves"
        ) from error


def with_alerts(
    known: Iterable[tuple[str, str]], changes: Iterable[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """The meanings of alert types, with some of them changed or added."""
    return tuple({**dict(known), **dict(changes)}.items())
