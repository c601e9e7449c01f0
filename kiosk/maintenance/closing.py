"""Open matters and the journal: what staff decide about them, each after a question. Pure."""

from __future__ import annotations

from dataclasses import replace

from kiosk.circulation.values import SagaId
from kiosk.maintenance.intents import OpenMatter, StaffDo, StaffIntent
from kiosk.maintenance.state import (
    ADOPTABLE,
    Adoption,
    AdoptJournal,
    AskMatters,
    CloseMatter,
    Opened,
    Stage,
    State,
    Stepped,
)
from kiosk.maintenance.views import MatterView


def matters_pressed(state: State, intent: StaffIntent) -> Stepped:
    """Staff pressed something on the page of open matters."""
    opened, adoption = state.opened, state.adoption
    match intent:
        case OpenMatter(saga) if opened is None and any(each.saga == saga for each in state.matters or ()):
            return replace(state, opened=Opened(saga)), ()
        case StaffDo.ADOPT if adoptable(state):
            return replace(state, opened=None, adoption=Adoption(asking=True)), ()
        case StaffDo.YES if adoption.asking and adoptable(state):
            return replace(state, adoption=Adoption(under_way=True)), (AdoptJournal(),)
        case StaffDo.NO if adoption.asking:
            return replace(state, adoption=Adoption()), ()
    if opened is None or state.matter is None:
        return state, ()
    free = opened.closing is None and state.trouble is None
    match intent:
        case StaffDo.BACK if opened.closing is None:
            return replace(state, opened=None), (AskMatters(),)
        case StaffDo.CLOSE_MATTER if free and not opened.asking:
            return replace(state, opened=Opened(opened.saga, asking=True)), ()
        case StaffDo.NO if opened.asking:
            return replace(state, opened=Opened(opened.saga)), ()
        case StaffDo.YES if free and opened.asking:
            ticket = state.ticket + 1
            state = replace(state, ticket=ticket, opened=Opened(opened.saga, closing=ticket))
            return state, (CloseMatter(ticket, opened.saga),)
    return state, ()


def adoptable(state: State) -> bool:
    """Whether staff may decide now that the kiosk goes on with its journal."""
    known, adoption = state.trouble, state.adoption
    return known is not None and known.reason in ADOPTABLE and not (adoption.under_way or adoption.done)


def with_matters(state: State, matters: tuple[MatterView, ...] | None) -> State:
    """The list was read again: a matter that is no longer in it (the kiosk may have finished it by itself)
    has no page any more."""
    state = replace(state, matters=matters)
    waits = state.opened is not None and state.opened.closing is not None
    return state if state.matter is not None or waits else replace(state, opened=None)


def closed_one(state: State, saga: SagaId) -> Stepped:
    """The desk has closed a matter."""
    mine = state.opened is not None and state.opened.saga == saga
    left = None if state.matters is None else tuple(each for each in state.matters if each.saga != saga)
    return replace(state, matters=left, opened=None if mine else state.opened), (AskMatters(),)


def close_over(state: State, ticket: int) -> Stepped:
    """The desk had its time; a matter that is not closed yet may be tried again."""
    if state.opened is None or state.opened.closing != ticket:
        return state, ()
    state = replace(state, opened=Opened(state.opened.saga, failed=True), alive=state.now.mono)
    return state, (AskMatters(),)


def journal_changed(state: State) -> Stepped:
    """What was decided about one trouble does not hold for the next one; and one that works is read."""
    state = replace(state, adoption=replace(state.adoption, asking=False, done=False, problem=""))
    inside = state.stage is Stage.INSIDE and state.trouble is None
    return state, (AskMatters(),) if inside else ()
