"""What is known of one tag in the field, and when it has left.

A tag that is silent to one question may be weak, shaded by a hand or turned for a moment. It is asked again
`AGAIN_S` after it was last asked, and has left when it was silent so many times in a row that no tag which
lies there is:

- one that has always answered: `PadSettings.misses`, five, which take 50 ms over a network;
- one that was silent before and answered again is known to be weak: `MORE_OF_A_WEAK_ONE` more.

Where a tag misses a question with chance p and is asked some seven times a second, that is a false leaving
in p ** 9 of 420 questions a minute: at p = 0.3 one in two hours. Before it is known to be weak it has a
chance of p ** 4, once in each stay, to be told gone (0.8 % at 0.3).
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.circulation.values import TagContent

AGAIN_S = 0.01
"""A silent tag is asked again so long after it was last asked (seconds): so a spark, or a moment's noise,
does not outlast all questions. On a slow line a question itself takes as long."""

MORE_OF_A_WEAK_ONE = 4
"""Questions that a tag which is known to be weak may miss beyond the others."""

PASSED_BY = 2
"""Rounds in which a tag that was never read is neither named nor heard, until it has only passed by: three
silences each."""

AFI_QUESTIONS = 2
"""How often a tag is asked for its AFI that the desk has not asked about; what is silent twice does not know
the command, or is on its way."""


@dataclass(slots=True)
class Presence:
    """What is known of one tag in the field.

    Attributes:
        weak: it has been silent, and answered again; or it had left, and the next look found it.
        dsfid: its data storage format as an inventory told it; None where none did.
        named: it was told to be there, since the reader was opened.
        posted: it was told what it is.
        misses: silences in a row.
        failures: how often it could not be read.
        mute_memory: it answers, but not when its memory is read.
        afi_questions: how often its AFI may yet be asked for.
        lay_there: it lay there when the field was seen for the first time.
        content: what it says; None while it was not read.
    """

    weak: bool = False
    dsfid: int | None = None
    named: bool = False
    posted: bool = False
    misses: int = 0
    failures: int = 0
    mute_memory: bool = False
    afi_questions: int = AFI_QUESTIONS
    lay_there: bool = False
    content: TagContent | None = None

    def answered(self) -> None:
        """It was heard."""
        if self.misses:
            self.weak = True
            self.misses = 0

    def has_left(self, misses: int) -> bool:
        """Whether it was silent too often, where one that always answered may miss `misses` questions."""
        return self.misses >= misses + (MORE_OF_A_WEAK_ONE if self.weak else 0)
