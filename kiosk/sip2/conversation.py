"""Conversation: one connection's side of the protocol, as bytes in and heard things out. No I/O.

The rules of this room:

- Each new message takes the next sequence number, 0 after 9; a repeated one keeps its own. 96 and 97
  have none.
- An answer counts when its checksum is right and its sequence number is the request's. Right checksum
  and another number: a straggler of an earlier question, to be passed over. Wrong checksum: broken.
- An ACS that answers its first message whole but without a trailer, or with a checksum and no number,
  does no error detection: from then on neither side does, and `plain` is true.
- Once there was a whole trailer, a frame without one proves nothing: it is a `Reply` that is not `sealed`.
- Without any trailer, a message is whole where it ends as messages do, with a delimiter. A 98 counts all
  the same; and an ACS whose 98 ends with a whole BX and no delimiter behind it leaves it out always.
- What to do about any of this is decided above (`exchange`), since it depends on whether the message
  changes anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiosk.sip2.codec import Unrecognised, decode, encode, well_ended
from kiosk.sip2.errors import DecodeError, EncodeError
from kiosk.sip2.framing import Integrity, Overlong, seal, unseal
from kiosk.sip2.mending import run_together
from kiosk.sip2.messages import BX_ORDER, AcsStatus, Message, RequestAcsResend, RequestScResend
from kiosk.sip2.profiles import Profile

_WHOLE_BX = re.compile(rf"BX[YNyn]{{{len(BX_ORDER)}}}\Z")


@dataclass(frozen=True, slots=True)
class Reply:
    """A sound answer to the last message sent. Its class may still be the wrong one.

    Not `sealed`: it should have had a number and a checksum, and has none, so that it is whole, but may be
    the answer to anything."""

    message: Message
    sealed: bool = True


@dataclass(frozen=True, slots=True)
class Straggler:
    """A sound answer to an earlier message."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that are no sound message; `why` in a few words."""

    why: str


@dataclass(frozen=True, slots=True)
class ResendWanted:
    """A 96. `sound` is false for a bare one where checksums are used: some ACS say by it that they
    do not know the message at all."""

    sound: bool


Heard = Reply | Straggler | Broken | ResendWanted


class Conversation:
    """The state of one connection: sequence number, error detection, the last frame sent."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._sealing = profile.error_detection
        self._sealed_once = False
        self._open_ended = False
        self._sequence: int | None = None
        self._last = b""

    @property
    def plain(self) -> bool:
        """Whether messages go without sequence number and checksum."""
        return not self._sealing

    @property
    def sequence(self) -> int | None:
        """The sequence number of the last message; None where there are none."""
        return self._sequence if self._sealing else None

    def next(self, body: bytes) -> bytes:
        """The frame of a new message (see `to_bytes`), without terminator."""
        self._sequence = 0 if self._sequence is None else (self._sequence + 1) % 10
        self._last = seal(body, self._sequence) if self._sealing else body
        return self._last

    def again(self) -> bytes:
        """The last frame once more, with its own sequence number."""
        return self._last

    def recall(self) -> bytes:
        """The frame of a 97: say your last answer again. What was asked stays asked."""
        body = to_bytes(RequestAcsResend(), self._profile)
        return seal(body, None) if self._sealing else body

    def hear(self, frame: bytes | Overlong) -> Heard:
        """What a frame (without terminator) is to us. Never raises."""
        if isinstance(frame, Overlong):
            return Broken(f"{frame.size} bytes without an end")
        bare = unseal(frame)
        if bare.integrity is Integrity.WRONG:
            return Broken("wrong checksum")
        text = bare.body.decode(self._profile.charset, errors="replace")
        try:
            message = decode(text, delimiter=self._profile.delimiter)
        except DecodeError as error:
            return Broken(str(error))
        if isinstance(message, Unrecognised):
            return Broken(f"unknown message {message.code!r}")
        whole = bare.integrity is Integrity.RIGHT
        if isinstance(message, RequestScResend):
            return ResendWanted(sound=whole or not self._sealing)
        if not whole:
            return self._hear_plain(message, text)
        if self._sealing:
            if bare.sequence is None:
                if self._sealed_once:
                    return Reply(message, sealed=False)
                self._sealing = False
                return Reply(message)
            self._sealed_once = True
            if bare.sequence != self._sequence:
                return Straggler()
        return Reply(message)

    def _hear_plain(self, message: Message, text: str) -> Heard:
        if run_together(text, type(message)):
            return Broken("two messages in one")
        if not well_ended(text, delimiter=self._profile.delimiter):
            if self._sealed_once or not (self._open_ended or isinstance(message, AcsStatus)):
                return Broken("torn")
            self._open_ended = self._open_ended or _WHOLE_BX.search(text) is not None
        if self._sealed_once:
            return Reply(message, sealed=False)
        self._sealing = False
        return Reply(message)


def to_bytes(message: Message, profile: Profile) -> bytes:
    """The bytes of a message, without trailer and terminator.

    Raises:
        EncodeError: a value holds what no frame may hold, or what the profile's charset has not.
    """
    text = encode(message, delimiter=profile.delimiter)
    try:
        return text.encode(profile.charset)
    except UnicodeEncodeError as error:
        field = _field_at(text, error.start, profile.delimiter)
        raise EncodeError(field, f"does not fit into {profile.charset}") from None


def _field_at(text: str, position: int, delimiter: str) -> str:
    """The id of the variable field around a position (only those can hold more than ASCII)."""
    start = text.rfind(delimiter, 0, position) + 1
    return text[start : start + 2]
