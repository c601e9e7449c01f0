"""What can go wrong between us and a tag. A `TagError` is one tag's; a `TransportError` the reader's."""

from __future__ import annotations


class RfidError(Exception):
    """Something between us and a tag went wrong."""


# ---- one tag: the reader works, others may answer -------------------------------------------


class TagError(RfidError):
    """One tag did not do what it was asked to do."""


class NoTag(TagError):
    """No tag answered: it is gone, too far, muted, or silent instead of refusing."""


class Collision(TagError):
    """Something answered in the air, but not in one clean frame (collision, CRC, noise)."""


class TagGarbled(TagError):
    """The reader passed on something that makes no sense as an answer of this tag."""


class TagRefused(TagError):
    """The tag answered with an error (ISO 15693-3 clause 7.4.2)."""


class NotSupported(TagRefused):
    """The tag does not know this command or option."""


class NoBlock(TagRefused):
    """The tag has no such block."""


class Locked(TagRefused):
    """What should be written is locked for ever."""


class Protected(TagRefused):
    """What should be written or read is protected by a password."""


class NotWritten(TagRefused):
    """The tag tried and could not write (too little power, a worn cell)."""


# ---- the reader: nothing can be said of any tag ---------------------------------------------


class TransportError(RfidError):
    """The reader cannot be used; what became of the command is not known."""


class ReaderGone(TransportError):
    """There is no connection to the reader, or it broke."""


class ReaderSilent(TransportError):
    """The reader did not answer in time."""


class ReaderGarbled(TransportError):
    """What came from the reader is not its protocol."""


class ReaderRefused(TransportError):
    """The reader answered that it cannot carry out commands (wrong mode, broken, not permitted)."""


# ---- cards ----------------------------------------------------------------------------------


class CardError(RfidError):
    """A card was shown that could not be read."""


class CardPulled(CardError):
    """The card was taken away while it was being read."""


class CardMute(CardError):
    """The card answered none of our questions."""


class CardGarbled(CardError):
    """What the card answered makes no sense, or is half an answer."""


class CardReaderGone(RfidError):
    """There is no card reader, or it was pulled out."""


class CardServiceGone(CardReaderGone):
    """The PC/SC service (pcscd) does not run or was restarted."""
