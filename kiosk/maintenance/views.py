"""What the maintenance screen shows, as frozen values. Like circulation's views it holds no sentence: keys,
states, numbers and what staff typed; `words` makes the sentences, `screens.maintenance` draws them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device, Money, SagaId
from kiosk.circulation.views import Theme

NO_SAGA = SagaId("")
"""Of a matter that has no page of its own."""


class Page(StrEnum):
    """The pages, in the order of the menu."""

    OVERVIEW = "overview"
    ILS = "ils"
    MATTERS = "matters"
    CHAIN = "chain"
    SETTINGS = "settings"


class TestState(StrEnum):
    """Where a test, or one step of it, is."""

    __test__ = False  # pytest: a name, not a test

    RUNNING = "running"
    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TestStep:
    """One step of a test. `key` chooses its words (`maintenance.step.<key>`), `detail` is data (a title, a
    number of seconds, what the far side wrote) or empty, `reason` says why it failed. A RUNNING step waits
    for somebody or something, and the next step takes its place."""

    __test__: ClassVar[bool] = False  # pytest: a name, not a test

    key: str
    state: TestState
    detail: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class TestView:
    """A test of one device: `at` is when it began, in wall seconds."""

    __test__: ClassVar[bool] = False  # pytest: a name, not a test

    device: Device
    state: TestState
    at: float
    steps: tuple[TestStep, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """One device: how it is, why, and since when (wall seconds; None: it never said anything).

    `code` is the support code (`K-PRN-002`), empty when it is ready and nothing is to be said of it. `fitted`
    False: the settings say that this kiosk has none.
    """

    device: Device
    condition: Condition
    reason: Reason | None
    since: float | None
    code: str
    fitted: bool = True
    test: TestView | None = None

    @property
    def warned(self) -> bool:
        """Whether it works, and staff should see to something all the same."""
        return self.fitted and self.condition is Condition.READY and self.reason is not None


@dataclass(frozen=True, slots=True)
class MatterFact:
    """One thing that the journal knows of a matter. `key` names it (`matter.fact.<key>`), and what is known
    is a `text` (data), a moment (`wall`, in seconds), an amount, a reason, or words of ours: `says` is their
    whole key, in which `text` may be filled in."""

    key: str
    text: str = ""
    wall: float | None = None
    money: Money | None = None
    reason: Reason | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class MatterView:
    """One thing from the journal that staff must look at. `item` is its barcode (empty: a number that may
    be a patron's, and is not shown); `key` chooses the sentence (`matter.<key>`); `wall` when it began.
    `saga` is its number in the journal, `code` the support code (`K-MAT-001`)."""

    item: str
    key: str
    wall: float
    saga: SagaId = NO_SAGA
    code: str = ""
    facts: tuple[MatterFact, ...] = ()


class FieldKind(StrEnum):
    """How a setting is edited."""

    TEXT = "text"
    NUMBER = "number"
    SECRET = "secret"
    CHOICE = "choice"
    GIVEN = "given"
    """A secret that the system hands to the kiosk: its name is shown, and it cannot be changed here."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One setting that can be edited. `name` is its dotted path in the settings file (`ils.host`) and its
    words are `maintenance.field.<name>`. `value` is what it would be (a secret: one bullet a character; one
    that is GIVEN: its name); `was` what it is now, if that differs; `choices` for CHOICE; `problem` is the
    settings' own message.
    `assumed`: so many details of the ILS profile that it names have not been looked at yet. `exposed`: with
    this value card numbers and PINs leave this machine as plain text."""

    name: str
    kind: FieldKind
    value: str
    was: str | None = None
    choices: tuple[str, ...] = ()
    problem: str = ""
    editing: bool = False
    assumed: int = 0
    exposed: bool = False


class Came(StrEnum):
    """What came in where the chain is tested."""

    CARD = "card"
    CODE = "code"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class ChainFact:
    """One thing that a card, a code or a tag carries. `key` names it (`maintenance.chain.fact.<key>`), and it
    is a `text` (data), or words of ours: `says` is their whole key. Personal, so never printed."""

    key: str
    text: str = field(default="", repr=False)
    says: str = ""


@dataclass(frozen=True, slots=True)
class ChainStage:
    """What one step of a chain, as the settings write it, made of it: a value, or the problem that ended the
    chain there (`maintenance.chain.problem.<problem>`)."""

    step: str
    value: str = field(default="", repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """What came out at the end of a chain. `asks`: what kind of id was looked for (`patron`, `item`);
    `source`: the fact that it was looked for in; `id`: what the ILS would be asked for, else `why` it would
    not be (`maintenance.chain.why.<why>`)."""

    asks: str
    source: str = ""
    stages: tuple[ChainStage, ...] = ()
    id: str = field(default="", repr=False)
    why: str = ""


@dataclass(frozen=True, slots=True)
class ChainFound:
    """Something that came in, and what the chains made of it."""

    came: Came
    facts: tuple[ChainFact, ...] = ()
    ends: tuple[ChainEnd, ...] = ()


class PinPurpose(StrEnum):
    """What the PIN is typed for."""

    ENTER = "enter"
    CHOOSE = "choose"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class PinScreen:
    """The PIN pad. `typed` digits so far; `wrong`: the last one was (or the two differ); `wait_s` seconds
    until the pad takes digits again (0: now); `least` digits are needed. `weak`: the chosen one is too
    easy to guess; `busy`: it is being looked at; `problem`: what the disk said, if the PIN cannot be read
    or kept."""

    purpose: PinPurpose
    typed: int
    wrong: bool = False
    wait_s: int = 0
    least: int = 4
    weak: bool = False
    busy: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OverviewScreen:
    """All devices: what needs somebody first. `busy`: a test is running."""

    cards: tuple[DeviceCard, ...]
    matters: int
    busy: bool = False


@dataclass(frozen=True, slots=True)
class FormScreen:
    """A page of settings (ILS, SETTINGS). `test` is the last test of these very values; `may_keep` only when
    something changed and, for the ILS, its test has passed. `kept`: they were written just now."""

    fields: tuple[FieldView, ...]
    test: TestView | None
    may_test: bool
    may_keep: bool
    may_undo: bool
    kept: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class JournalTrouble:
    """What keeps the journal from being used: why, since when (wall seconds), and its support code.
    `adoptable`: staff may decide to go on with it as it is. `adopting`: that is under way, `adopted`: it is
    done, `problem`: what the system said when it did not work."""

    reason: Reason
    code: str
    since: float
    adoptable: bool = False
    adopting: bool = False
    adopted: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class MattersScreen:
    """Open matters, oldest first, below what is wrong with the journal itself. `unread`: the journal cannot
    be read, so nobody knows."""

    matters: tuple[MatterView, ...]
    unread: bool = False
    journal: JournalTrouble | None = None


@dataclass(frozen=True, slots=True)
class MatterScreen:
    """One open matter: what is known, and what staff should do. `asking`: shall it be closed? `closing`: it
    is being closed; `not_closed`: that did not work. Nothing can be closed while the journal is away."""

    matter: MatterView
    asking: bool = False
    closing: bool = False
    not_closed: bool = False
    may_close: bool = True


@dataclass(frozen=True, slots=True)
class AdoptScreen:
    """The question before the kiosk goes on with a journal in trouble (`reason`)."""

    reason: Reason
    code: str


@dataclass(frozen=True, slots=True)
class ChainScreen:
    """*Test the chain*: what came in last, if that is still to be seen."""

    found: ChainFound | None = None


StaffScreen = (
    PinScreen | OverviewScreen | FormScreen | MattersScreen | MatterScreen | AdoptScreen | ChainScreen
)


@dataclass(frozen=True, slots=True)
class MaintenanceView:
    """All of the maintenance screen. `revision` counts changes and goes back with every press."""

    revision: int
    page: Page
    kiosk: str
    version: str
    language: str
    languages: tuple[str, ...]
    text_size: int
    theme: Theme
    open_matters: int
    screen: StaffScreen
