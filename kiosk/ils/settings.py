"""Settings of the room: where the ILS is, who we are to it, and what of its word bars a patron."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from kiosk.sip2.errors import ProfileError
from kiosk.sip2.fields import PatronFlag
from kiosk.sip2.profiles import ALERTS, SHORTEST_WAIT_S, Profile, find

FINGERPRINT_DIGITS: Final = 64
"""SHA-256 in hexadecimal."""


@dataclass(frozen=True, slots=True)
class IlsSettings:
    """How to talk to the ILS over SIP2. Times are in seconds. `charset`, `delimiter`, `terminal_login`,
    `alert_alone`, `answer_timeout_s`, `question_timeout_s` and `keepalive_s` are as the profile says, where
    they are not set.

    Raises:
        ProfileError: `profile` is neither shipped nor a file, or charset, delimiter or alert are of no use.
        ValueError: a blocking flag or a time-out that cannot be.
    """

    host: str = "127.0.0.1"
    """Name or IP address of its SIP2 service"""
    port: int = 6001
    """The service's TCP port; there is no usual one"""
    tls: Literal["off", "on"] = "off"
    """Whether the ILS is spoken to through TLS (1.2 at least). Without it, card numbers and PINs travel as
    plain text"""
    tls_ca: Path | None = None
    """File (PEM) of the authorities that vouch for the ILS, instead of the system's own"""
    tls_certificate: Path | None = None
    """File (PEM) of our own certificate, where the ILS wants one"""
    tls_key: Path | None = None
    """File (PEM) of its key, unencrypted. Unset: it stands in the file of the certificate"""
    tls_fingerprint: str = ""
    """SHA-256 of the ILS's certificate, in hexadecimal: then that one is trusted, and no other. Neither a
    name nor, unless `tls_ca` is given, an authority is asked for"""
    tls_name: str = ""
    """The name in the ILS's certificate. Empty: `host`"""
    institution: str = ""
    """AO: the library, as the ILS names it."""
    institutions: tuple[str, ...] = ()
    """AO of patrons by the beginning of their card numbers, for libraries that share an ILS: each as
    `2100=MAIN`. The longest beginning counts; for all others it is `institution`, and for items always"""
    login_user: str = ""
    """CN. Empty: no login (93) is sent."""
    login_password: str = field(default="", repr=False)
    """CO: the password of `login_user`"""
    terminal_login: Literal["", "raw", "telnet"] = ""
    """How it is given: by a 93 (*raw*), or by answering `login:` and `password:` at the beginning of the
    connection (*telnet*). Empty: as the profile says"""
    location: str = ""
    """CP: where the kiosk stands, as the ILS names it."""
    locations: tuple[str, ...] = ()
    """CP by the beginning of card numbers, where libraries that share an ILS each have a place of their own
    at this kiosk: each as `2100=MAIN-DESK`. The longest beginning counts. CP is said at the login, so the
    kiosk logs in anew (93) for such a patron, and again when they leave"""
    terminal_password: str = field(default="", repr=False)
    """AC: the terminal's password, which some ILSs want in each message"""
    profile: str = "standard"
    """A shipped profile (`kiosk.sip2.profiles.names()`), or the path of a TOML file of one's own."""
    charset: str = ""
    """How the ILS writes its letters, such as `cp850`"""
    delimiter: str = ""
    """The character behind each field"""
    return_branch: str = ""
    """AP of a return: the branch that items come back to, as the ILS names it. Empty: `location`, or else
    `institution`."""
    alert_types: tuple[str, ...] = ()
    """What alert types (CV) of returns mean to this ILS, where that is not what they mean elsewhere: each
    as `05=ill`, with *hold-here*, *hold-elsewhere*, *transit*, *ill*, *other* or *none*."""
    alert_alone: Literal["", "other", "none"] = ""
    """What it means when the ILS wants attention for a returned item (alert) and says neither why (CV) nor
    where it goes (CT): *other* sends it to staff, *none* takes it for noise. Empty: as the profile says."""

    blocking_flags: tuple[int, ...] = (0, 4)
    """Positions of the patron status field that bar a patron from signing in, 0 to 13 as the standard
    counts them. By default *charge privileges denied* (0) and *card reported lost* (4). Others, such as
    *too many items charged* (5) or *excessive fines* (10), often stand while the ILS would still lend
    one item or another; it then refuses item by item, with its own words."""
    pin_required: bool = False
    """Whether the ILS wants a PIN of everybody: then a sign-in without one is answered PIN_NEEDED."""

    answer_timeout_s: float | None = field(default=None, metadata={"at_least": SHORTEST_WAIT_S})
    """Shortest wait for the answer to a loan, a return or a renewal, before doubt begins. Unset: as the
    profile says, which is 10. An ILS that asks for more (98) gets more"""
    question_timeout_s: float | None = field(default=None, metadata={"at_least": 0.5})
    """Wait for the answer to a question (asked twice at most). Unset: as the profile says"""
    keepalive_s: float | None = field(default=None, metadata={"at_least": 1.0})
    """A 99 is sent after so long without any message. Unset: as the profile says"""
    backoff_s: float = 1.0
    """Wait before the second attempt to connect; it doubles with each, up to `backoff_limit_s`."""
    backoff_limit_s: float = 30.0

    def __post_init__(self) -> None:
        unknown = [flag for flag in self.blocking_flags if flag not in PatronFlag._value2member_map_]
        if unknown:
            raise ValueError(f"blocking_flags: {unknown[0]} is not a position from 0 to 13")
        if not 0 < self.port < 65536:
            raise ValueError(f"port: {self.port} is not a TCP port")
        times = ("answer_timeout_s", "question_timeout_s", "keepalive_s", "backoff_s", "backoff_limit_s")
        for name in times:
            seconds = getattr(self, name)
            if seconds is not None and seconds <= 0:
                raise ValueError(f"{name}: must be more than 0")
        files = (self.tls_ca, self.tls_certificate, self.tls_key)
        if self.tls == "off" and (any(files) or self.tls_fingerprint):
            raise ValueError('tls: must be "on" where a tls_ file or fingerprint is given')
        if self.tls_key and not self.tls_certificate:
            raise ValueError("tls_key: is of no use without tls_certificate")
        _ = self.pinned, self.by_prefix, self.location_of("")  # which raise for what they cannot use
        profile = self.sip_profile()
        if self.locations and (not self.login_user or profile.terminal_login == "telnet"):
            raise ValueError("locations: are said with a 93, which needs login_user and no prompts")

    @property
    def pinned(self) -> bytes:
        """The fingerprint of the ILS's certificate, 32 bytes; empty where none is pinned."""
        if not self.tls_fingerprint:
            return b""
        digits = self.tls_fingerprint.lower().removeprefix("sha256:").replace(":", "").replace(" ", "")
        if len(digits) != FINGERPRINT_DIGITS or not set(digits) <= set("0123456789abcdef"):
            raise ValueError(f"tls_fingerprint: must be SHA-256, {FINGERPRINT_DIGITS} hexadecimal digits")
        return bytes.fromhex(digits)

    @property
    def exposed(self) -> bool:
        """Whether what is said to the ILS leaves this machine as plain text."""
        return self.tls == "off" and not _is_loopback(self.host)

    @property
    def by_prefix(self) -> tuple[tuple[str, str], ...]:
        """Beginnings of card numbers with their AO, the longest first."""
        return _by_prefix("institutions", self.institutions)

    def location_of(self, card: str) -> str:
        """CP for the patron with this card number; empty where none is set."""
        pairs = _by_prefix("locations", self.locations)
        return next((place for prefix, place in pairs if card.startswith(prefix)), self.location)

    def sip_profile(self) -> Profile:
        """The profile, with what these settings say otherwise."""
        said: dict[str, object] = {
            "charset": self.charset,
            "delimiter": self.delimiter,
            "terminal_login": self.terminal_login,
            "timeout_floor_s": self.answer_timeout_s,
            "question_timeout_s": self.question_timeout_s,
            "keepalive_s": self.keepalive_s,
            "alert_alone": self.alert_alone,
        }
        changes = {key: value for key, value in said.items() if value}
        if self.alert_types:
            changes["alert_types"] = tuple(map(_alert_type, self.alert_types))
        return find(self.profile).told(changes, "this library's settings")

    @property
    def branch(self) -> str:
        """The branch that items come back to (AP of a 09, which must name one)."""
        return self.return_branch or self.location or self.institution


def _is_loopback(host: str) -> bool:
    """Whether what is sent to this host stays in this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") in {"localhost", "ip6-localhost"}


def _by_prefix(name: str, said: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Pairs such as `2100=MAIN`, the longest beginning first."""
    pairs = {}
    for each in said:
        prefix, equals, value = (part.strip() for part in each.partition("="))
        if not (equals and prefix and value):
            raise ValueError(f"{name}: {each!r} is not of the form 2100=MAIN")
        pairs[prefix] = value
    return tuple(sorted(pairs.items(), key=lambda pair: -len(pair[0])))


def _alert_type(said: str) -> tuple[str, str]:
    """`05=ill` as a pair."""
    number, equals, meaning = (part.strip() for part in said.partition("="))
    if not (equals and len(number) == 2 and number.isascii() and number.isdigit()):
        raise ProfileError(f"alert_types: {said!r} is not of the form 05=ill")
    if meaning not in ALERTS:
        raise ProfileError(f"alert_types: {meaning!r} is none of {', '.join(ALERTS)}")
    return number, meaning
