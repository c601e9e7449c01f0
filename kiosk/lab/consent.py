"""What was done only because the patron said yes: was the question on the screen, and was it answered so?

Where fingers were written down (`pressed.json`) a yes is one that was pressed while the question stood on the
screen; else it is what the next picture without the question shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.lab.case import HOLD, LOAN, RENEW_ALL, RENEWAL, Asked, Case, Visit
from kiosk.lab.evidence import Shown

ASKS = {RENEWAL: "ask-renewal", RENEW_ALL: "ask-renew-all", HOLD: "ask-hold", LOAN: "ask-fee"}
"""The modal that asks before each (before a loan: where it costs a fee). That for all loans counts whether
they are renewed by one message or one by one."""

WISHED = "renew-all"
"""The control without which nobody is asked about all loans."""

AFTER_YES = {
    RENEWAL: frozenset({"asking", "renewed"}),
    LOAN: frozenset({"asking", "lent", "safe", "no_tag"}),
}
"""What a row is, when the patron has just said yes. (That of a hold stays refused.)"""

CODES = {RENEWAL: "renewed", RENEW_ALL: "renewed", HOLD: "put on hold", LOAN: "lent for a fee"}


def without_consent(case: Case) -> Iterator[str]:
    """Renewals, holds and loans for a fee to which nobody said yes."""
    if case.evidence.shown is None:
        return
    for act in (RENEWAL, RENEW_ALL, HOLD, LOAN):
        for asked in case.sent[act]:
            if not asked.again and (act != LOAN or asked.consent):
                yield from _consented(case, act, asked)


def _consented(case: Case, act: str, asked: Asked) -> Iterator[str]:
    visit = case.visit_at(asked.ms)
    what = f"{asked.what} was asked to be {CODES[act]} at {asked.ms} ms"
    if act == RENEWAL and answered(case, visit, ASKS[RENEW_ALL], None, asked.ms, None):
        act = RENEW_ALL
    if act == RENEW_ALL and not _wished(case, visit, asked.ms):
        yield f"{what} and nobody had pressed {WISHED}"
    about = asked.barcode if act != RENEW_ALL else None
    match answered(case, visit, ASKS[act], about, asked.ms, AFTER_YES.get(act)):
        case None:
            yield f"{what} and the patron was not asked"
        case False:
            yield f"{what} and the patron had said no"


def _wished(case: Case, visit: Visit, until: float) -> bool:
    """Whether somebody pressed the control that asks for all renewals, as far as that was written down."""
    pressed = case.presses.within(visit.start, until)
    return case.evidence.pressed is None or any(press.intent == WISHED for press in pressed)


def answered(
    case: Case, visit: Visit, modal: str, about: str | None, until: float, after_yes: frozenset[str] | None
) -> bool | None:
    """Whether a question was answered with yes, in a visit and before an instant; None: it was not asked.
    `about`: the key of the row that it is about, if it is about one; `after_yes`: see `AFTER_YES`."""
    numbers = [
        number
        for number, entry in enumerate(visit.entries)
        if entry.ms <= until and _asks(entry, modal, about)
    ]
    if not numbers:
        return None
    if case.evidence.pressed is not None:
        return any(_pressed_yes(case, visit, number, until) for number in numbers)
    for entry in visit.entries[numbers[-1] + 1 :] if after_yes is not None else ():
        if not _asks(entry, modal, about):
            states = [row.state for row in entry.rows if row.key == about]
            return not states or after_yes is None or states[0] in after_yes
    return True


def _asks(entry: Shown, modal: str, about: str | None) -> bool:
    return entry.modal == modal and entry.about == about


def _pressed_yes(case: Case, visit: Visit, number: int, until: float) -> bool:
    """Whether somebody pressed *Yes* while this picture was on the screen."""
    since = visit.entries[number].ms
    last = visit.entries[number + 1].ms if number + 1 < len(visit.entries) else visit.end
    return any(press.intent == "yes" for press in case.presses.within(since, min(last, until)))
