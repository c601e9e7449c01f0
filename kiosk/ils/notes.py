"""Notes: what an ILS says in free text, made fit to be shown. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.circulation.values import Untrusted
from kiosk.sip2.profiles import Profile
from kiosk.sip2.untrusted import Untrusted as FreeText


def note_of(screen_messages: Sequence[FreeText], profile: Profile) -> Untrusted | None:
    """The screen messages as one untrusted text, without this ILS's noise; None when nothing is left."""
    if not screen_messages:
        return None
    kept = [text for said in screen_messages if (text := profile.without_noise(said.raw))]
    return Untrusted(" ".join(dict.fromkeys(kept))) if kept else None


def clean(text: FreeText | str | None) -> str:
    """A name or a title as one line, without control characters and without the marks that would turn
    the writing direction of what stands behind it (joiners, which some scripts need, stay)."""
    said = text if isinstance(text, FreeText) else FreeText(text or "")
    return said.plain()
