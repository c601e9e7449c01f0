"""Whatever staff press and whatever the world answers, in whatever order: the rules of the room hold."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.circulation.events import Moment
from kiosk.circulation.facts import DeviceNow, MatterClosed, StaffCame, StaffWent
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device, SagaId
from kiosk.maintenance.chain import SHOWN_S, ChainCame, FollowChain
from kiosk.maintenance.fields import FIELDS
from kiosk.maintenance.intents import EditField, GoTo, OpenMatter, StaffDo, StaffPressed, Test, TypeText
from kiosk.maintenance.show import view_of
from kiosk.maintenance.state import (
    AdoptJournal,
    Check,
    Checked,
    CloseMatter,
    CloseOver,
    FieldsRead,
    Heard,
    JournalAdopted,
    KeepPin,
    KeepSettings,
    Kept,
    Leave,
    LoadPin,
    MattersCame,
    PinKept,
    PinLoaded,
    PinTried,
    PinUnread,
    ReadFields,
    RunTest,
    RunTrial,
    Setting,
    StaffAct,
    StaffEvent,
    Stage,
    State,
    StepCame,
    TestEnded,
    Ticked,
    TryPin,
)
from kiosk.maintenance.step import step, wake_at
from kiosk.maintenance.views import (
    AdoptScreen,
    Came,
    ChainEnd,
    ChainFound,
    FieldKind,
    FormScreen,
    MatterScreen,
    MatterView,
    Page,
    TestState,
    TestStep,
)

names = st.sampled_from([name for page in FIELDS.values() for name in page])
intents = st.one_of(
    st.sampled_from(list(StaffDo)),
    st.sampled_from([StaffDo.KEEP, StaffDo.TEST_SETTINGS, StaffDo.CONTINUE]),
    st.sampled_from(list(Page)).map(GoTo),
    st.sampled_from(list(Device)).map(Test),
    names.map(EditField),
    st.sampled_from([OpenMatter(SagaId("L1")), GoTo(Page.MATTERS), StaffDo.YES, StaffDo.CLOSE_MATTER]),
    st.sampled_from(["1", "4711", "x", ""]).map(TypeText),
)
# a press (and how stale), an answer to what was asked (which, and how it went), or something else
moves = st.lists(
    st.one_of(
        st.tuples(st.just("press"), intents, st.integers(0, 3)),
        st.tuples(st.just("answer"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("comes"), st.booleans(), st.none()),
        st.tuples(st.just("device"), st.sampled_from(list(Device)), st.sampled_from(list(Condition))),
        st.tuples(st.just("time"), st.floats(0, 400), st.none()),
    ),
    max_size=60,
)


# a walk that begins on the ILS page, with a port typed
INSIDE: list[tuple[str, object, object]] = [
    ("answer", 0, True),
    ("press", TypeText("4711"), 0),
    ("press", StaffDo.CONTINUE, 0),
    ("answer", 0, True),
    ("press", GoTo(Page.ILS), 0),
    ("answer", 0, True),
    ("press", EditField("ils.port"), 0),
    ("press", TypeText("1"), 0),
]
TESTED: list[tuple[str, object, object]] = [
    *INSIDE,
    ("press", StaffDo.TEST_SETTINGS, 0),
    ("answer", 0, True),
    ("answer", 0, True),
]


def answers(act: StaffAct, well: bool) -> list[StaffEvent]:
    """What the world may answer."""
    match act:
        case LoadPin():
            return [PinLoaded("hash") if well else PinUnread("broken")]
        case TryPin(ticket, _, pin):
            return [PinTried(ticket, pin == "4711")]
        case KeepPin(ticket, _):
            return [PinKept(ticket, "" if well else "full")]
        case ReadFields(page):
            kinds = {"ils.port": FieldKind.NUMBER, "policy.mode": FieldKind.CHOICE}
            read = (
                Setting(name, kinds.get(name, FieldKind.TEXT), "7", ("7", "8") if "mode" in name else ())
                for name in FIELDS[page]
            )
            return [FieldsRead(page, tuple(read))]
        case Check(page, changes):
            return [Checked(page, changes, {} if well else {"": "wrong"})]
        case RunTest(ticket, _) | RunTrial(ticket, _):
            state = TestState.PASSED if well else TestState.FAILED
            return [StepCame(ticket, TestStep("address", state)), TestEnded(ticket)]
        case KeepSettings(page, _):
            return [Kept(page, "" if well else "full")]
        case CloseMatter(ticket, saga):
            return [Heard(MatterClosed(saga)), CloseOver(ticket)] if well else [CloseOver(ticket)]
        case AdoptJournal():
            return [JournalAdopted("" if well else "full")]
        case FollowChain(ticket):
            return [ChainCame(ticket or 0, ChainFound(Came.CODE, ends=(ChainEnd("patron", id="21"),)))]
        case _:
            return [MattersCame((MatterView("1", "loan-unknown", 0.0, SagaId("L1")),))]


# a walk to the page of a matter, and one to a journal that is older than it was
MATTER: list[tuple[str, object, object]] = [
    *INSIDE[:4],
    ("answer", 0, True),
    ("press", GoTo(Page.MATTERS), 0),
    ("press", OpenMatter(SagaId("L1")), 0),
]
# and one to a code that was scanned to see what becomes of it
CHAIN: list[tuple[str, object, object]] = [*INSIDE[:4], ("press", GoTo(Page.CHAIN), 0), ("answer", 1, True)]
OLDER: list[tuple[str, object, object]] = [
    *INSIDE[:4],
    ("device", Device.JOURNAL, Condition.MISSING),
    ("press", GoTo(Page.MATTERS), 0),
    ("press", StaffDo.ADOPT, 0),
]


@settings(max_examples=400)
@given(st.sampled_from([[], INSIDE, TESTED, MATTER, OLDER, CHAIN]), moves)
def test_the_rules_of_the_room(
    beginning: list[tuple[str, object, object]], moves: list[tuple[str, object, object]]
) -> None:
    state = State()
    asked: list[StaffAct] = [LoadPin()]
    passed: list[Mapping[str, str]] = []
    now = 0.0

    def take(event: StaffEvent) -> None:
        nonlocal state
        before = state
        state, acts = step(state, event, Moment(now, 1000.0 + now))
        assert step(before, event, Moment(now, 1000.0 + now)) == (state, acts), "nothing but state and event"
        assert state.revision - before.revision == (view_of(before) != view_of(state))
        if state.stage is Stage.INSIDE and before.stage is not Stage.INSIDE:
            assert isinstance(event, PinTried | PinKept), "nobody comes in but by the PIN"
        if before.stage is Stage.CLOSED and state.stage is not Stage.CLOSED:
            assert event == Heard(StaffCame())
        for act in acts:
            if isinstance(act, KeepSettings) and act.page is Page.ILS:
                assert act.changes in passed, "these very values have passed"
            if isinstance(act, RunTest | RunTrial):
                assert before.running is None or isinstance(event, TestEnded), "one test at a time"
            if isinstance(act, Leave):
                assert state.stage is Stage.CLOSED
            if isinstance(act, CloseMatter):
                asked_first = view_of(before)
                assert asked_first is not None
                assert isinstance(asked_first.screen, MatterScreen), "from its own page"
                assert asked_first.screen.asking, "the question comes first"
                assert before.trouble is None
            if isinstance(act, AdoptJournal):
                asked_first = view_of(before)
                assert asked_first is not None
                assert isinstance(asked_first.screen, AdoptScreen), "the question comes first"
        on_the_page = state.stage is Stage.INSIDE and state.page is Page.CHAIN
        assert (state.chain.ticket is not None) == on_the_page, "nobody listens behind another page"
        if state.chain.found is not None:
            assert state.chain.until <= now + SHOWN_S
            assert state.chain.until > now or not isinstance(event, Ticked), "forgotten after a minute"
        if state.stage is Stage.CLOSED:
            assert wake_at(state) is None
            assert view_of(state) is None
            assert not state.forms
            assert state.running is None
        else:
            due = wake_at(state)
            assert state.engaged or due is not None, "an empty room is left some day"
        asked.extend(acts)

    take(Heard(StaffCame()))
    for kind, first, second in (*beginning, *moves):
        match kind:
            case "press":
                take(StaffPressed(max(0, state.revision - int(str(second))), first))  # type: ignore[arg-type]
            case "answer" if asked:
                act = asked[-1 - int(str(first)) % len(asked)]
                for event in answers(act, bool(second)):
                    running = state.running
                    take(event)
                    ended = isinstance(event, TestEnded) and running is not None
                    if ended and isinstance(act, RunTrial) and second and running.ticket == act.ticket:
                        passed.append(act.changes)
            case "comes":
                take(Heard(StaffCame() if first else StaffWent()))
            case "device":
                why = Reason.JOURNAL_OLDER if first is Device.JOURNAL else Reason.ILS_DOWN
                take(Heard(DeviceNow(first, second, why)))  # type: ignore[arg-type]
            case "time":
                now += float(str(first))
                take(Ticked())
        view = view_of(state)
        if view is not None and isinstance(view.screen, FormScreen) and view.page is Page.ILS:
            assert not view.screen.may_keep or state.forms[Page.ILS].changes in passed
