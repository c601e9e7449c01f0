"""From the state to the view. Pure; no sentence is made here."""

from __future__ import annotations

import math

from kiosk.circulation.values import Condition, Device
from kiosk.maintenance.codes import support_code
from kiosk.maintenance.fields import FIELDS, TLS, TLS_DETAILS
from kiosk.maintenance.pin import PIN_LEAST
from kiosk.maintenance.state import (
    ADOPTABLE,
    TEST_ORDER,
    Form,
    Setting,
    Stage,
    State,
)
from kiosk.maintenance.views import (
    AdoptScreen,
    ChainScreen,
    DeviceCard,
    FieldKind,
    FieldView,
    FormScreen,
    JournalTrouble,
    MaintenanceView,
    MatterScreen,
    MattersScreen,
    OverviewScreen,
    Page,
    PinScreen,
    StaffScreen,
)

BULLET = "•"

_WORST_FIRST = {Condition.MISSING: 0, Condition.DEGRADED: 1, Condition.READY: 3}


def view_of(state: State) -> MaintenanceView | None:
    """What is to be seen; None while it is closed."""
    if state.stage in {Stage.CLOSED, Stage.OPENING}:
        return None
    return MaintenanceView(
        revision=state.revision,
        page=state.page,
        kiosk=state.staff.kiosk_name,
        version=state.version,
        language=state.language,
        languages=state.languages,
        text_size=state.text_size,
        theme=state.theme,
        open_matters=len(state.matters or ()),
        screen=_screen(state),
    )


def screen_key(state: State) -> tuple[object, ...]:
    """What makes a screen another one, so that a press meant for the one before is dropped."""
    purpose = state.pad.purpose if state.stage is Stage.PIN else None
    opened = state.opened
    asked = (opened.saga, opened.asking) if opened is not None else None
    return state.stage, state.page, purpose, asked, state.adoption.asking


def _screen(state: State) -> StaffScreen:
    if state.stage is Stage.PIN:
        pad = state.pad
        return PinScreen(
            purpose=pad.purpose,
            typed=len(pad.typed),
            wrong=pad.wrong,
            wait_s=math.ceil(state.lock.wait(state.now.mono)),
            least=PIN_LEAST,
            weak=pad.weak,
            busy=pad.trying is not None,
            problem=pad.problem,
        )
    if state.page in FIELDS:
        return _form(state, state.page)
    if state.page is Page.MATTERS:
        return _matters(state)
    if state.page is Page.CHAIN:
        return ChainScreen(state.chain.found)
    cards = sorted((_card(state, device) for device in TEST_ORDER), key=_urgency)
    return OverviewScreen(tuple(cards), len(state.matters or ()), busy=not state.testable)


def _matters(state: State) -> StaffScreen:
    trouble, opened, matter = _trouble(state), state.opened, state.matter
    if trouble is not None and trouble.adoptable and state.adoption.asking:
        return AdoptScreen(trouble.reason, trouble.code)
    if opened is not None and matter is not None:
        return MatterScreen(
            matter,
            asking=opened.asking,
            closing=opened.closing is not None,
            not_closed=opened.failed,
            may_close=trouble is None and opened.closing is None,
        )
    return MattersScreen(state.matters or (), unread=state.matters is None, journal=trouble)


def _trouble(state: State) -> JournalTrouble | None:
    known, adoption = state.trouble, state.adoption
    if known is None or known.reason is None:
        return None
    return JournalTrouble(
        reason=known.reason,
        code=support_code(Device.JOURNAL, known.condition, known.reason),
        since=known.since,
        adoptable=known.reason in ADOPTABLE and not (adoption.under_way or adoption.done),
        adopting=adoption.under_way,
        adopted=adoption.done,
        problem=adoption.problem,
    )


def _urgency(card: DeviceCard) -> int:
    if not card.fitted:
        return 4
    return 2 if card.warned else _WORST_FIRST[card.condition]


def _card(state: State, device: Device) -> DeviceCard:
    fitted = device in state.fitted
    known = state.devices.get(device) if fitted else None
    condition = Condition.MISSING if known is None else known.condition
    reason = None if known is None else known.reason
    if condition is Condition.READY and reason is None:
        reason = state.warnings.get(device)
    return DeviceCard(
        device=device,
        condition=condition,
        reason=reason,
        since=None if known is None else known.since,
        code=support_code(device, condition, reason) if fitted else "",
        fitted=fitted,
        test=state.tests.get(device) if fitted else None,
    )


def _form(state: State, page: Page) -> FormScreen:
    form = state.forms.get(page, Form())
    busy = form.checking or form.keeping
    good = not any(form.problems.values())
    tested = form.tested or page is not Page.ILS
    return FormScreen(
        fields=tuple(_field(form, setting) for setting in form.now if _matters_now(form, setting)),
        test=form.test,
        may_test=page is Page.ILS and bool(form.now) and not busy and state.running is None,
        may_keep=bool(form.changes) and good and tested and not busy,
        may_undo=bool(form.changes) and not busy,
        kept=form.kept,
        problem=form.problem or form.problems.get("", ""),
    )


def _matters_now(form: Form, setting: Setting) -> bool:
    """Whom TLS trusts is asked where there is TLS, and shown where it is set without."""
    if setting.name not in TLS_DETAILS or form.value(setting) or setting.name in form.problems:
        return True
    through = form.setting(TLS)
    return through is not None and form.value(through) == "on"


def _field(form: Form, setting: Setting) -> FieldView:
    hide = setting.kind is FieldKind.SECRET
    value = form.value(setting)
    changed = setting.name in form.changes
    return FieldView(
        name=setting.name,
        kind=setting.kind,
        value=BULLET * len(value) if hide else value,
        was=(BULLET * len(setting.value) if hide else setting.value) if changed else None,
        choices=setting.choices,
        problem=form.problems.get(setting.name, ""),
        editing=form.editing == setting.name,
        assumed=setting.assumed.get(value, 0),
        exposed=setting.name == TLS and form.exposed,
    )
