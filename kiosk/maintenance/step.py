"""`step(state, event, now) -> (state, acts)`: the one place where the maintenance screen decides. Pure."""

from __future__ import annotations

from dataclasses import replace

from kiosk.circulation.events import Moment
from kiosk.circulation.facts import DeviceNow, Fact, MatterClosed, StaffCame, StaffWent
from kiosk.circulation.values import Device
from kiosk.circulation.views import TEXT_SIZES, Theme
from kiosk.maintenance import closing, forms
from kiosk.maintenance.chain import Chain, ChainCame, FollowChain
from kiosk.maintenance.fields import FIELDS
from kiosk.maintenance.intents import (
    EditField,
    GoTo,
    StaffDo,
    StaffIntent,
    StaffPressed,
    Test,
    TypeText,
)
from kiosk.maintenance.pin import PIN_LEAST, PIN_MOST, Lock, is_weak
from kiosk.maintenance.show import screen_key, view_of
from kiosk.maintenance.state import (
    TEST_ORDER,
    Adoption,
    AskMatters,
    Attached,
    Check,
    Checked,
    CloseOver,
    FieldsRead,
    Form,
    Heard,
    JournalAdopted,
    KeepPin,
    KeepSettings,
    Kept,
    Known,
    Leave,
    LoadPin,
    MattersCame,
    Pad,
    PinKept,
    PinLoaded,
    PinTried,
    PinUnread,
    ReadFields,
    Running,
    RunTest,
    RunTrial,
    StaffAct,
    StaffEvent,
    Stage,
    State,
    StepCame,
    Stepped,
    StopTest,
    TestEnded,
    Then,
    Ticked,
    TryPin,
)
from kiosk.maintenance.views import FieldKind, Page, PinPurpose, TestState, TestStep, TestView

LOOK_AGAIN_S = 3.0
"""How often the journal is looked at while the open matters are on the screen."""


def step(state: State, event: StaffEvent, now: Moment) -> Stepped:
    """What follows from one event: the next state, and everything that is to be done."""
    if isinstance(event, StaffPressed) and not _current(state, event):
        return state, ()
    after, acts = _react(replace(state, now=now), event)
    return _revised(state, after), acts


def wake_at(state: State) -> float | None:
    """The loop time at which `Ticked` is due, if nothing else happens before: a second of a locked PIN pad,
    another look at the open matters, a card forgotten, or the end of staff's patience with an empty room."""
    if state.stage is Stage.CLOSED:
        return None
    now = state.now.mono
    moments = [] if state.engaged else [state.alive + state.staff.leave_s]
    wait = state.lock.wait(now)
    if state.stage is Stage.PIN and wait > 0:
        moments.append(state.lock.until - int(wait) if wait % 1.0 else now + 1.0)
    if _reads_matters(state):
        moments.append(now + LOOK_AGAIN_S)
    if state.chain.found is not None:
        moments.append(state.chain.until)
    return min(moments, default=None)


def _reads_matters(state: State) -> bool:
    return state.stage is Stage.INSIDE and state.page is Page.MATTERS


def _current(state: State, pressed: StaffPressed) -> bool:
    return state.stage is not Stage.CLOSED and pressed.revision >= state.since


def _revised(old: State, new: State) -> State:
    was, now = view_of(old), view_of(replace(new, revision=old.revision))
    if was == now:
        return new
    revision = old.revision + 1
    since = revision if screen_key(old) != screen_key(new) else old.since
    return replace(new, revision=revision, since=since)


def _react(state: State, event: StaffEvent) -> Stepped:
    match event:
        case Heard(fact):
            return _heard(state, fact)
        case Attached(staff, languages, fitted, warnings):
            now = replace(state, staff=staff, languages=languages, fitted=fitted, warnings=warnings)
            return _set_up_anew(now)
        case StaffPressed(_, intent):
            return _pressed(replace(state, alive=state.now.mono), intent)
        case PinLoaded() | PinUnread() | PinTried() | PinKept():
            return _pin_answered(state, event)
        case FieldsRead(page, settings, problem, exposed):
            if (form := state.forms.get(page)) is None:
                return state, ()  # staff have left meanwhile
            form = forms.read_anew(form, settings, exposed=exposed)
            return _put(state, page, replace(form, problem=problem or form.problem)), ()
        case Checked():
            return _checked(state, event)
        case StepCame(ticket, test_step):
            return _step_came(state, ticket, test_step), ()
        case TestEnded(ticket):
            return _test_ended(state, ticket)
        case MattersCame(matters):
            return (closing.with_matters(state, matters) if state.stage is Stage.INSIDE else state), ()
        case CloseOver(ticket):
            return closing.close_over(state, ticket)
        case JournalAdopted(problem):
            adoption = Adoption(done=not problem, problem=problem)
            return (replace(state, adoption=adoption) if state.adoption.under_way else state), ()
        case Kept(page, problem):
            return _kept(state, page, problem)
        case ChainCame(ticket, found):
            at = state.now.mono
            return replace(state, chain=state.chain.with_found(ticket, found, at), alive=at), ()
        case Ticked():
            state = replace(state, chain=state.chain.at(state.now.mono))
            away = state.now.mono - state.alive
            over = state.stage is not Stage.CLOSED and not state.engaged and away >= state.staff.leave_s
            # the kiosk settles much by itself: who reads the list sees it as it stands
            return _leave(state) if over else (state, (AskMatters(),) if _reads_matters(state) else ())


def _heard(state: State, fact: Fact) -> Stepped:
    match fact:
        case DeviceNow(device, condition, reason):
            known = state.devices.get(device)
            if known is not None and (known.condition, known.reason) == (condition, reason):
                return state, ()  # a kiosk that was set up anew reports everything once more
            fresh = Known(condition, reason, state.now.wall)
            state = replace(state, devices={**state.devices, device: fresh})
            return closing.journal_changed(state) if device is Device.JOURNAL else (state, ())
        case MatterClosed(saga) if state.stage is Stage.INSIDE:
            return closing.closed_one(state, saga)
        case StaffCame() if state.stage is Stage.CLOSED:
            language = state.languages[0] if state.languages else "en"
            opened = replace(_closed(state), stage=Stage.OPENING, alive=state.now.mono, language=language)
            return opened, (LoadPin(),)
        case StaffWent() if state.stage is not Stage.CLOSED:
            return _closed(state), (StopTest(), *state.chain.stopping)
    return state, ()


# ---- coming and going -----------------------------------------------------------------------


def _leave(state: State) -> Stepped:
    if any(form.keeping for form in state.forms.values()):
        return state, ()  # a file that is being written is not left alone
    return _closed(state), (StopTest(), *state.chain.stopping, Leave())


def _closed(state: State) -> State:
    """Nothing of a visit stays but the lock, what the devices said, and what they were last tested for."""
    return replace(
        state,
        stage=Stage.CLOSED,
        pad=Pad(),
        page=Page.OVERVIEW,
        tests=_done(state),
        running=None,
        queue=(),
        forms={},
        matters=(),
        opened=None,
        adoption=Adoption(),
        chain=Chain(),
        text_size=TEXT_SIZES[0],
        theme=Theme.LIGHT,
    )


def _done(state: State) -> dict[Device, TestView]:
    """The tests that have come to their end."""
    return {device: test for device, test in state.tests.items() if test.state is not TestState.RUNNING}


def _come_in(state: State) -> Stepped:
    return replace(state, stage=Stage.INSIDE, pad=Pad(), lock=Lock()), (AskMatters(),)


# ---- the PIN --------------------------------------------------------------------------------


def _pin_answered(state: State, event: PinLoaded | PinUnread | PinTried | PinKept) -> Stepped:
    pad = state.pad
    match event:
        case PinLoaded(hashed) if state.stage is Stage.OPENING:
            purpose = PinPurpose.CHOOSE if hashed is None else PinPurpose.ENTER
            return replace(state, stage=Stage.PIN, pad=Pad(purpose, hashed)), ()
        case PinUnread(problem) if state.stage in {Stage.OPENING, Stage.PIN}:
            # never "choose one" because the file cannot be read: a patron could
            shut = Pad(PinPurpose.ENTER, None, problem=problem)
            return replace(state, stage=Stage.PIN, pad=shut), ()
        case PinTried(ticket, right) if pad.trying == ticket:
            if right:
                return _come_in(state)
            lock = state.lock.wrong_at(state.now.mono, state.staff.pin_tries, state.staff.lock_s)
            return replace(state, lock=lock, pad=Pad(pad.purpose, pad.hashed, wrong=True)), ()
        case PinKept(ticket, problem) if pad.trying == ticket:
            if not problem:
                return _come_in(state)
            return replace(state, pad=Pad(PinPurpose.CHOOSE, problem=problem)), ()
    return state, ()


def _pin_pressed(state: State, intent: StaffIntent) -> Stepped:
    pad = state.pad
    shut = pad.hashed is None and pad.purpose is PinPurpose.ENTER
    if pad.trying is not None or shut or state.lock.wait(state.now.mono) > 0:
        return state, ()
    match intent:
        case TypeText(text):
            digits = "".join(ch for ch in text if ch in "0123456789")
            typed = (pad.typed + digits)[:PIN_MOST]
            return replace(state, pad=replace(pad, typed=typed, wrong=False, weak=False, problem="")), ()
        case StaffDo.DELETE:
            return replace(state, pad=replace(pad, typed=pad.typed[:-1])), ()
        case StaffDo.CONTINUE if len(pad.typed) >= PIN_LEAST:
            return _pin_typed(state, pad)
    return state, ()


def _pin_typed(state: State, pad: Pad) -> Stepped:
    ticket = state.ticket + 1
    trying = replace(state, ticket=ticket, pad=replace(pad, trying=ticket))
    match pad.purpose:
        case PinPurpose.ENTER:
            assert pad.hashed is not None
            return trying, (TryPin(ticket, pad.hashed, pad.typed),)
        case PinPurpose.CHOOSE if is_weak(pad.typed):
            return replace(state, pad=Pad(PinPurpose.CHOOSE, weak=True)), ()
        case PinPurpose.CHOOSE:
            return replace(state, pad=Pad(PinPurpose.REPEAT, first=pad.typed)), ()
        case PinPurpose.REPEAT if pad.typed == pad.first:
            return trying, (KeepPin(ticket, pad.typed),)
        case PinPurpose.REPEAT:
            return replace(state, pad=Pad(PinPurpose.CHOOSE, wrong=True)), ()


# ---- presses --------------------------------------------------------------------------------


def _pressed(state: State, intent: StaffIntent) -> Stepped:
    match intent:
        case StaffDo.LEAVE:
            return _leave(state)
        case StaffDo.TEXT_SIZE:
            at = TEXT_SIZES.index(state.text_size)
            return replace(state, text_size=TEXT_SIZES[(at + 1) % len(TEXT_SIZES)]), ()
        case StaffDo.CONTRAST:
            themes = list(Theme)
            return replace(state, theme=themes[(themes.index(state.theme) + 1) % len(themes)]), ()
        case StaffDo.NEXT_LANGUAGE:
            tags = state.languages or ("en",)
            at = tags.index(state.language) if state.language in tags else -1
            return replace(state, language=tags[(at + 1) % len(tags)]), ()
    if state.stage is Stage.PIN:
        return _pin_pressed(state, intent)
    if state.stage is not Stage.INSIDE:
        return state, ()
    match intent:
        case GoTo(page):
            return _go_to(state, page)
        case Test(device):
            free = state.testable and device in state.fitted
            return _start(replace(state, queue=(device,))) if free else (state, ())
        case StaffDo.TEST_ALL if state.testable:
            return _start(replace(state, queue=tuple(each for each in TEST_ORDER if each in state.fitted)))
    if state.page is Page.CHAIN and intent is StaffDo.FORGET:
        return replace(state, chain=Chain(state.chain.ticket)), ()
    if state.page is Page.MATTERS:
        return closing.matters_pressed(state, intent)
    form = state.forms.get(state.page)
    if form is None or form.checking or form.keeping:
        return state, ()
    return _form_pressed(state, form, intent)


def _listen(state: State) -> Stepped:
    ticket = state.ticket + 1
    return replace(state, ticket=ticket, chain=Chain(ticket)), (FollowChain(ticket),)


def _go_to(state: State, page: Page) -> Stepped:
    acts: list[StaffAct] = [*state.chain.stopping]
    left = state.forms.get(state.page)
    if left is not None and left.editing is not None:
        state = _put(state, state.page, replace(left, editing=None))
        acts.append(Check(state.page, left.changes))
    state = replace(state, page=page, opened=None, chain=Chain())
    state = replace(state, adoption=replace(state.adoption, asking=False))
    if page is Page.CHAIN:
        state, following = _listen(state)
        acts += following
    if page not in FIELDS:
        acts.append(AskMatters())
    elif page not in state.forms:
        state = _put(state, page, Form())
        acts.append(ReadFields(page))
    return state, tuple(acts)


# ---- forms ----------------------------------------------------------------------------------


def _form_pressed(state: State, form: Form, intent: StaffIntent) -> Stepped:
    page = state.page
    match intent:
        case EditField(name):
            setting = form.setting(name)
            if setting is None or setting.kind is FieldKind.GIVEN:
                return state, ()
            return _edited(state, form, forms.begin(form, setting), check=form.editing != name)
        case TypeText(text):
            return _edited(state, form, forms.type_in(form, text))
        case StaffDo.DELETE:
            return _edited(state, form, forms.delete(form))
        case StaffDo.CLOSE_FIELD if form.editing is not None:
            return _edited(state, form, replace(form, editing=None), check=True)
        case StaffDo.UNDO:
            return _edited(state, form, forms.undo(form), check=True)
        case StaffDo.TEST_SETTINGS if page is Page.ILS and state.running is None and form.now:
            return _check(state, replace(form, editing=None, then=Then.TEST))
        case StaffDo.KEEP if form.changes and (form.tested or page is not Page.ILS):
            return _check(state, replace(form, editing=None, then=Then.KEEP))
    return state, ()


def _edited(state: State, before: Form, after: Form, *, check: bool = False) -> Stepped:
    """After an edit: a test of what is no longer there is stopped."""
    acts: tuple[StaffAct, ...] = ()
    trial = state.running is not None and state.running.device is None
    if trial and after.changes != before.changes:
        state, acts = replace(state, running=None), (StopTest(),)
    if check:
        # the page stays open to fingers meanwhile: looking at the values changes nothing
        acts += (Check(state.page, after.changes),)
    return _put(state, state.page, after), acts


def _check(state: State, form: Form) -> Stepped:
    return _put(state, state.page, replace(form, checking=True)), (Check(state.page, form.changes),)


def _put(state: State, page: Page, form: Form) -> State:
    return replace(state, forms={**state.forms, page: form})


# ---- what the settings answered -------------------------------------------------------------


def _checked(state: State, event: Checked) -> Stepped:
    form = state.forms.get(event.page)
    if form is None or form.changes != event.changes:
        return state, ()  # typed on meanwhile, and will be looked at again
    then = form.then
    form = replace(form, problems=event.problems, exposed=event.exposed, checking=False, then=Then.NOTHING)
    state = _put(state, event.page, form)
    if then is Then.NOTHING or event.problems:
        return state, ()
    if then is Then.KEEP:
        # the kiosk is set up anew: the devices that are being tested go away
        state = replace(_put(state, event.page, replace(form, keeping=True, problem="")), queue=())
        return replace(state, running=None, tests=_done(state)), (
            StopTest(),
            KeepSettings(event.page, form.changes),
        )
    if state.running is not None:
        return state, ()
    ticket = state.ticket + 1
    test = TestView(Device.ILS, TestState.RUNNING, state.now.wall)
    state = _put(state, event.page, replace(form, test=test, tested=False, kept=False))
    running = Running(ticket, None)
    return replace(state, ticket=ticket, running=running), (RunTrial(ticket, form.changes),)


def _kept(state: State, page: Page, problem: str) -> Stepped:
    form = state.forms.get(page)
    if form is None or not form.keeping:
        return state, ()
    state = replace(state, alive=state.now.mono)
    if problem:
        return _put(state, page, replace(form, keeping=False, problem=problem)), ()
    done = replace(form, changes={}, problems={}, keeping=False, kept=True, tested=False, problem="")
    state = _put(state, page, done)
    return state, tuple(ReadFields(each) for each in FIELDS if each in state.forms)


# ---- tests ----------------------------------------------------------------------------------


def _set_up_anew(state: State) -> Stepped:
    """The journal was closed meanwhile; a device that was being tested belongs to a kiosk that fell over."""
    acts: tuple[StaffAct, ...] = (AskMatters(),) if state.stage is Stage.INSIDE else ()
    if state.chain.ticket is not None:  # other readers, other rules
        state, following = _listen(state)
        acts += following
    if state.running is None or state.running.device is None:
        return state, acts
    ticket = state.running.ticket
    state = _step_came(state, ticket, TestStep("fault", TestState.FAILED))
    state, ended = _test_ended(state, ticket)
    return state, (*acts, StopTest(), *ended)


def _start(state: State) -> Stepped:
    """Begin the next test of the queue."""
    if not state.queue:
        return state, ()
    device, *rest = state.queue
    ticket = state.ticket + 1
    test = TestView(device, TestState.RUNNING, state.now.wall)
    started = replace(
        state,
        ticket=ticket,
        queue=tuple(rest),
        running=Running(ticket, device),
        tests={**state.tests, device: test},
    )
    return started, (RunTest(ticket, device),)


def _step_came(state: State, ticket: int, came: TestStep) -> State:
    test = _test_of(state, ticket)
    if test is None:
        return state
    steps = test.steps
    if steps and steps[-1].state is TestState.RUNNING:
        steps = steps[:-1]
    return _put_test(state, replace(test, steps=(*steps, came)))


def _test_ended(state: State, ticket: int) -> Stepped:
    test = _test_of(state, ticket)
    if test is None:
        return state, ()
    steps = tuple(
        replace(each, state=TestState.FAILED) if each.state is TestState.RUNNING else each
        for each in test.steps
    )
    states = {each.state for each in steps}
    verdict = TestState.PASSED
    if TestState.FAILED in states or not states:
        verdict = TestState.FAILED
    elif TestState.WARNED in states:
        verdict = TestState.WARNED
    state = _put_test(state, replace(test, steps=steps, state=verdict))
    state = replace(state, running=None, alive=state.now.mono)
    form = state.forms.get(Page.ILS)
    if form is not None and form.test is not None:
        state = _put(state, Page.ILS, replace(form, tested=forms.passed(form)))
    return _start(state)


def _test_of(state: State, ticket: int) -> TestView | None:
    if state.running is None or state.running.ticket != ticket:
        return None
    if state.running.device is not None:
        return state.tests.get(state.running.device)
    form = state.forms.get(Page.ILS)
    return None if form is None else form.test


def _put_test(state: State, test: TestView) -> State:
    assert state.running is not None
    if state.running.device is not None:
        return replace(state, tests={**state.tests, state.running.device: test})
    return _put(state, Page.ILS, replace(state.forms[Page.ILS], test=test))
