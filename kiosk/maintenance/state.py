"""The state of the maintenance screen, what happens to it (events) and what it wants done (acts).

All frozen, without I/O, as in circulation: `step` turns a state and an event into the next state and acts,
`show` makes the view, and `Maintenance` (runner.py) carries out the acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from kiosk.circulation.events import Moment
from kiosk.circulation.facts import Fact
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device, SagaId
from kiosk.circulation.views import Theme
from kiosk.maintenance.chain import Chain, ChainCame, FollowChain
from kiosk.maintenance.intents import StaffPressed
from kiosk.maintenance.pin import Lock
from kiosk.maintenance.settings import StaffSettings
from kiosk.maintenance.views import FieldKind, MatterView, Page, PinPurpose, TestStep, TestView

TEST_ORDER = (
    Device.ILS,
    Device.PAD,
    Device.CARDS,
    Device.PRINTER,
    Device.GATE,
    Device.SCANNER,
    Device.TILL,
    Device.JOURNAL,
)
"""The order in which *Test all* goes through them."""

TEXT_LONGEST = 200
"""Longest text of a setting, in characters."""


ADOPTABLE = frozenset(
    {Reason.JOURNAL_OLDER, Reason.JOURNAL_DAMAGED, Reason.JOURNAL_TOO_NEW, Reason.JOURNAL_KEY}
)
"""What is wrong with a journal that staff may decide to go on with."""

NOWHERE = Moment(0.0, 0.0)


class Stage(StrEnum):
    """How far staff have come in."""

    CLOSED = "closed"
    OPENING = "opening"
    """The PIN's file is being read."""
    PIN = "pin"
    INSIDE = "inside"


class Then(StrEnum):
    """What follows once the values were looked at."""

    NOTHING = "nothing"
    TEST = "test"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Pad:
    """The PIN pad. `hashed` is what rests on the disk (None: no PIN yet); `first` the PIN that must be
    repeated; `trying` is the ticket of the PIN that is being looked at."""

    purpose: PinPurpose = PinPurpose.ENTER
    hashed: str | None = field(default=None, repr=False)
    typed: str = field(default="", repr=False)
    first: str = field(default="", repr=False)
    wrong: bool = False
    weak: bool = False
    trying: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A device as it last reported itself; `since` in wall seconds."""

    condition: Condition
    reason: Reason | None
    since: float


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as the file has it now. `assumed` tells for values that name an ILS profile how many of its
    details are only assumed."""

    name: str
    kind: FieldKind
    value: str = field(repr=False)
    choices: tuple[str, ...] = ()
    assumed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """A page of settings. `changes` are the values that differ from the file's; `untouched`: the secret
    that is being edited was not typed at yet, so that the first character takes the place of all of it.
    `exposed`: with these values card numbers and PINs would leave this machine as plain text.
    `tested`: these very values have passed. `checking`, `keeping`: the file is being looked at, written."""

    now: tuple[Setting, ...] = ()
    changes: Mapping[str, str] = field(default_factory=dict, repr=False)
    editing: str | None = None
    untouched: bool = False
    problems: Mapping[str, str] = field(default_factory=dict)
    exposed: bool = False
    test: TestView | None = None
    tested: bool = False
    checking: bool = False
    then: Then = Then.NOTHING
    keeping: bool = False
    kept: bool = False
    problem: str = ""

    def setting(self, name: str) -> Setting | None:
        """The setting of this name, if it stands on the page."""
        return next((each for each in self.now if each.name == name), None)

    def value(self, setting: Setting) -> str:
        """What it would be."""
        return self.changes.get(setting.name, setting.value)


@dataclass(frozen=True, slots=True)
class Opened:
    """The matter whose page is open. `asking`: shall it be closed? `closing`: it is being closed, by the
    question of this ticket; `failed`: that came to nothing."""

    saga: SagaId
    asking: bool = False
    closing: int | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Adoption:
    """Going on with a journal that is damaged or older: asked about, under way, done, or (`problem`) not."""

    asking: bool = False
    under_way: bool = False
    done: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """The one test that is running: of a device, or (None) of the values on the ILS page."""

    ticket: int
    device: Device | None


@dataclass(frozen=True, slots=True)
class State:
    """All that the maintenance screen knows.

    `revision` counts views, `since` is the revision at which the present screen appeared: a press that is
    older than that was meant for another screen. `alive` is the loop time of the last sign of life.
    `ticket` counts what was asked for: answers to an older question fall through.
    """

    staff: StaffSettings = field(default_factory=StaffSettings)
    version: str = ""
    languages: tuple[str, ...] = ("en",)
    fitted: frozenset[Device] = frozenset(Device)
    warnings: Mapping[Device, Reason] = field(default_factory=dict)
    now: Moment = NOWHERE
    revision: int = 0
    since: int = 0
    ticket: int = 0
    alive: float = 0.0
    stage: Stage = Stage.CLOSED
    pad: Pad = field(default_factory=Pad)
    lock: Lock = field(default_factory=Lock)
    page: Page = Page.OVERVIEW
    devices: Mapping[Device, Known] = field(default_factory=dict)
    tests: Mapping[Device, TestView] = field(default_factory=dict)
    running: Running | None = None
    queue: tuple[Device, ...] = ()
    forms: Mapping[Page, Form] = field(default_factory=dict)
    matters: tuple[MatterView, ...] | None = ()
    opened: Opened | None = None
    adoption: Adoption = field(default_factory=Adoption)
    chain: Chain = field(default_factory=Chain)
    language: str = "en"
    text_size: int = 100
    theme: Theme = Theme.LIGHT

    @property
    def engaged(self) -> bool:
        """Whether something is under way that nobody should be thrown out of."""
        return (
            self.running is not None
            or self.pad.trying is not None
            or self.adoption.under_way
            or (self.opened is not None and self.opened.closing is not None)
            or any(form.checking or form.keeping for form in self.forms.values())
        )

    @property
    def trouble(self) -> Known | None:
        """The journal as it last reported itself, if it cannot be used and says why."""
        journal = self.devices.get(Device.JOURNAL)
        away = journal is not None and journal.condition is Condition.MISSING
        return journal if away and journal is not None and journal.reason is not None else None

    @property
    def matter(self) -> MatterView | None:
        """The matter whose page is open, as long as it is open itself."""
        saga = self.opened.saga if self.opened is not None else None
        return next((each for each in self.matters or () if each.saga == saga), None)

    @property
    def testable(self) -> bool:
        """Whether a device may be tested: nothing else is, and the kiosk is not being set up anew."""
        return self.running is None and not any(form.keeping for form in self.forms.values())


# ---- events ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact from the desk."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Attached:
    """The kiosk was set up, perhaps anew: what it has, what it is called, and what staff should see to of
    devices that work all the same."""

    staff: StaffSettings
    languages: tuple[str, ...]
    fitted: frozenset[Device]
    warnings: Mapping[Device, Reason] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PinLoaded:
    """The PIN's file was read (None: there is none)."""

    hashed: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class PinUnread:
    """The PIN's file cannot be used."""

    problem: str


@dataclass(frozen=True, slots=True)
class PinTried:
    """The PIN was compared."""

    ticket: int
    right: bool


@dataclass(frozen=True, slots=True)
class PinKept:
    """The new PIN was written (`problem`: it was not)."""

    ticket: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FieldsRead:
    """The settings of a page, as the file has them; `exposed` as in `Form`."""

    page: Page
    settings: tuple[Setting, ...]
    problem: str = ""
    exposed: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """These changes were looked at; `exposed` as in `Form`."""

    page: Page
    changes: Mapping[str, str] = field(repr=False)
    problems: Mapping[str, str]
    exposed: bool = False


@dataclass(frozen=True, slots=True)
class StepCame:
    """A test came on by a step."""

    ticket: int
    step: TestStep


@dataclass(frozen=True, slots=True)
class TestEnded:
    """A test is over."""

    __test__: ClassVar[bool] = False  # pytest: a name, not a test

    ticket: int


@dataclass(frozen=True, slots=True)
class MattersCame:
    """The open matters, oldest first; None: the journal cannot be read."""

    matters: tuple[MatterView, ...] | None


@dataclass(frozen=True, slots=True)
class CloseOver:
    """The desk was given its time to close a matter."""

    ticket: int


@dataclass(frozen=True, slots=True)
class JournalAdopted:
    """The kiosk goes on with the journal (`problem`: it does not)."""

    problem: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """The settings of a page were written (`problem`: they were not)."""

    page: Page
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Ticked:
    """The moment that `wake_at` named has come."""


StaffEvent = (
    Heard
    | Attached
    | StaffPressed
    | PinLoaded
    | PinUnread
    | PinTried
    | PinKept
    | FieldsRead
    | Checked
    | StepCame
    | TestEnded
    | MattersCame
    | CloseOver
    | JournalAdopted
    | Kept
    | ChainCame
    | Ticked
)


# ---- acts -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoadPin:
    """Read the PIN's file: `PinLoaded` or `PinUnread` follows."""


@dataclass(frozen=True, slots=True)
class TryPin:
    """Compare: `PinTried` follows, or `PinUnread`."""

    ticket: int
    hashed: str = field(repr=False)
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeepPin:
    """Hash and write: `PinKept` follows."""

    ticket: int
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadFields:
    """Read a page's settings: `FieldsRead` follows."""

    page: Page


@dataclass(frozen=True, slots=True)
class Check:
    """Look at these changes: `Checked` follows."""

    page: Page
    changes: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RunTest:
    """Test a device: any number of `StepCame`, then `TestEnded`."""

    ticket: int
    device: Device


@dataclass(frozen=True, slots=True)
class RunTrial:
    """Try the ILS with these changes: any number of `StepCame`, then `TestEnded`."""

    ticket: int
    changes: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class StopTest:
    """Whatever test is running: stop it; nothing follows."""


@dataclass(frozen=True, slots=True)
class AskMatters:
    """Read the open matters: `MattersCame` follows."""


@dataclass(frozen=True, slots=True)
class CloseMatter:
    """Tell the desk that staff have seen to this matter: the fact `MatterClosed` follows when it is closed,
    and `CloseOver` in any case."""

    ticket: int
    saga: SagaId


@dataclass(frozen=True, slots=True)
class AdoptJournal:
    """Go on with the journal as it is: `JournalAdopted` follows."""


@dataclass(frozen=True, slots=True)
class KeepSettings:
    """Write these changes: `Kept` follows."""

    page: Page
    changes: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leave:
    """Staff have left: the kiosk may serve patrons again."""


StaffAct = (
    LoadPin
    | TryPin
    | KeepPin
    | ReadFields
    | Check
    | RunTest
    | RunTrial
    | StopTest
    | AskMatters
    | CloseMatter
    | AdoptJournal
    | KeepSettings
    | FollowChain
    | Leave
)

Stepped = tuple[State, tuple[StaffAct, ...]]
"""What follows from one event: the next state, and everything that is to be done."""
