"""Settings of the room: where the ILS is, who we are to it, and what of its word bars a patron."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from kiosk.sip2.fields import PatronFlag
from kiosk.sip2.profiles import Profile, load


@dataclass(frozen=True, slots=True)
class IlsSettings:
    """How to talk to the ILS over SIP2. Times are in seconds; an empty text or 0.0 for `charset`,
    `delimiter` and the time-outs means "as the profile says".

    Raises:
        ProfileError: `profile` is not shipped, or `charset` or `delimiter` cannot be used.
        ValueError: a blocking flag or a time-out that cannot be.
    """

    host: str = "127.0.0.1"
    port: int = 6001
    institution: str = ""
    """AO: the library, as the ILS names it."""
    login_user: str = ""
    """CN. Empty: no login (93) is sent."""
    login_password: str = field(default="", repr=False)
    """CO."""
    location: str = ""
    """CP: where the kiosk stands, as the ILS names it."""
    terminal_password: str = field(default="", repr=False)
    """AC."""
    profile: str = "standard"
    """A shipped profile (`kiosk.sip2.profiles.names()`)."""
    charset: str = ""
    delimiter: str = ""

    blocking_flags: tuple[int, ...] = (0, 4)
    """Positions of the patron status field that bar a patron from signing in, 0 to 13 as the standard
    counts them. By default *charge privileges denied* (0) and *card reported lost* (4). Others, such as
    *too many items charged* (5) or *excessive fines* (10), often stand while the ILS would still lend
    one item or another; it then refuses item by item, with its own words."""
    pin_required: bool = False
    """Whether the ILS wants a PIN of everybody: then a sign-in without one is answered PIN_NEEDED."""

    answer_timeout_s: float = 0.0
    """Shortest wait for the answer to a loan, before doubt begins."""
    question_timeout_s: float = 0.0
    """Wait for the answer to a question (asked twice at most)."""
    keepalive_s: float = 60.0
    """A 99 is sent after so long without any message."""
    backoff_s: float = 1.0
    """Wait before the second attempt to connect; it doubles with each, up to `backoff_limit_s`."""
    backoff_limit_s: float = 30.0

    def __post_init__(self) -> None:
        unknown = [flag for flag in self.blocking_flags if flag not in PatronFlag._value2member_map_]
        if unknown:
            raise ValueError(f"blocking_flags: {unknown[0]} is not a position from 0 to 13")
        if not 0 < self.port < 65536:
            raise ValueError(f"port: {self.port} is not a TCP port")
        for name in ("keepalive_s", "backoff_s", "backoff_limit_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}: must be more than 0")
        for name in ("answer_timeout_s", "question_timeout_s"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: must not be less than 0")
        self.sip_profile()

    def sip_profile(self) -> Profile:
        """The profile, with what these settings say otherwise."""
        said = {
            "charset": self.charset,
            "delimiter": self.delimiter,
            "timeout_floor_s": self.answer_timeout_s,
            "question_timeout_s": self.question_timeout_s,
        }
        changes = {key: value for key, value in said.items() if value}
        return dataclasses.replace(load(self.profile), **changes)  # type: ignore[arg-type]
