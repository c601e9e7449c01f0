"""What can go wrong, by name. Every exception that leaves this package is a `SipError`."""

from __future__ import annotations


class SipError(Exception):
    """The base of all."""


class EncodeError(SipError):
    """A message cannot be put on the wire as it is; nothing of it was sent.

    `field` is the two-letter id of the field at fault, or the name of a fixed field.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class DecodeError(SipError):
    """A frame is not the message that its first two characters promise."""


class ProfileError(SipError):
    """A profile holds a value that nobody can act on."""


class Trouble(SipError):
    """The far side, or the way to it, failed: what `Client.ask` raises."""


class LinkDown(Trouble):
    """No connection: refused, unreachable, closed by the far side, or the ACS says it is off-line."""


class LinkSilent(Trouble):
    """The connection stands, but no answer came in time."""


class LinkGarbled(Trouble):
    """What came is no answer, even when asked for again."""


class LoginRefused(Trouble):
    """The ACS does not accept this terminal's login (94 with ok 0)."""


class NotSupported(Trouble):
    """The ACS does not do this message: its 98 says so in BX, or it answered with a bare 96."""
