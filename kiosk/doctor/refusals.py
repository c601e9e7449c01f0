"""What an ILS has said of refusals and no rule of the profile knows, and such a rule for it. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from kiosk.circulation.reasons import Reason
from kiosk.doctor.toml import toml
from kiosk.ils.notes import note_of
from kiosk.ils.standing import denied
from kiosk.ils.unheard import GAP, Unheard
from kiosk.sip2.messages import (
    CheckinResponse,
    CheckoutResponse,
    Message,
    PatronInformationResponse,
    Verdict,
)
from kiosk.sip2.profiles import Profile

LETTERS_AT_LEAST: Final = 8
"""Of a pattern; one of fewer matches what was never meant."""

WHAT_TO_DO = """\
What it says of refusals and no rule of the profile knows (names and numbers left out). Send it to whoever
supports the kiosk; or give it a rule yourself: put the lines below at the end of the profile, with the reason
that fits (the last table of docs/sip2.md has them all)."""


def unknown_texts(
    answers: Iterable[Message], blocking: Sequence[int], profile: Profile, secrets: Iterable[str]
) -> Mapping[str, Reason]:
    """Screen messages of refusals that no rule knows, scrubbed, each with the reason that a patron is given
    without one. What is said where nothing was refused is a greeting or a reminder, and left out.

    Args:
        answers: all that was answered.
        blocking: positions of the flags that bar a patron (`IlsSettings.blocking_flags`).
        profile: the present one.
        secrets: names and numbers that may stand in them.
    """
    hidden = tuple(secrets)
    found: dict[str, Reason] = {}
    for answer in answers:
        reason = _refused(answer, blocking, profile)
        if reason is None:
            continue
        unheard = Unheard()
        note = note_of(getattr(answer, "screen_messages", ()), profile)
        unheard.hear(note, profile, *hidden)
        found |= {each.text: reason for each in unheard.kept}
    return found


def _refused(answer: Message, blocking: Sequence[int], profile: Profile) -> Reason | None:
    """What a refusal is without any words; None: nothing was refused."""
    match answer:
        case CheckoutResponse(ok=False):
            return Reason.ITEM_REFUSED
        case CheckinResponse(ok=False):
            return Reason.RETURN_REFUSED
        case PatronInformationResponse(valid_patron=False):
            return Reason.CARD_UNKNOWN
        case PatronInformationResponse():
            said = denied(answer, blocking, profile)
            return said.reason if said is not None else None
        case Verdict(ok=False):
            return Reason.ITEM_REFUSED
        case _:
            return None


def rules(texts: Mapping[str, Reason], today: date) -> str:
    """The rules for these, as TOML; empty where there are none. Where words were left out, any fit."""
    source = toml(f"kiosk doctor ils, {today:%Y-%m-%d}")
    made = []
    for text, reason in texts.items():
        pattern = _pattern(text)
        if sum(map(str.isalpha, pattern)) < LETTERS_AT_LEAST:
            made.append(f"# {text}: so little of it is left that a rule would fit too much\n")
            continue
        made.append(
            f"[[screen_reasons]]\npattern = {toml(pattern)}\nreason = {toml(reason.value)}\n"
            f'how = "observed"\nsource = {source}\n'
        )
    return "\n".join(made)


def _pattern(text: str) -> str:
    kept = (part.strip() for part in text.split(GAP))
    return ".*".join(re.sub(r"([][(){}?*+|^$\\.])", r"\\\1", part) for part in kept if part)
