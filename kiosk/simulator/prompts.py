"""The login that some ILSes want before SIP2 begins: a terminal's, user and password at prompts.

The words are those of SIPServer, from which two widespread ILSes come; others differ in them.
"""

from __future__ import annotations

LOGIN = b"login: "
PASSWORD = b"password: "
RIGHT = b"Login OK.  Initiating SIP\r\n"
WRONG = b"Invalid login\r\n"
STRIKES = 3
"""Wrong logins after which the line is dropped."""


class Prompts:
    """One line's login. `user` is None until it is right; `over` when there is no further try."""

    def __init__(self, login: tuple[str, str] | None) -> None:
        self._login = login
        self._name: str | None = None
        self._left = STRIKES
        self.user: str | None = None

    @property
    def over(self) -> bool:
        """Whether it was wrong too often."""
        return self._left <= 0

    def answer(self, line: bytes) -> bytes:
        """What is said to one line, without its end."""
        text = line.strip(b"\r\n\0 ").decode("utf-8", errors="replace")
        if self._name is None:
            self._name = text
            return PASSWORD
        given, self._name = (self._name, text), None
        if self._login in {None, given}:
            self.user = given[0]
            return RIGHT
        self._left -= 1
        return WRONG if self.over else WRONG + LOGIN
