"""Example views: every maintenance screen in every state. For the gallery and for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device, Money, SagaId
from kiosk.circulation.views import Theme
from kiosk.maintenance.codes import matter_code, support_code
from kiosk.maintenance.views import (
    AdoptScreen,
    Came,
    ChainEnd,
    ChainFact,
    ChainFound,
    ChainScreen,
    ChainStage,
    DeviceCard,
    FieldKind,
    FieldView,
    FormScreen,
    JournalTrouble,
    MaintenanceView,
    MatterFact,
    MatterScreen,
    MattersScreen,
    MatterView,
    OverviewScreen,
    Page,
    PinPurpose,
    PinScreen,
    StaffScreen,
    TestState,
    TestStep,
    TestView,
)

NOW = datetime(2026, 11, 21, 14, 40, tzinfo=UTC)
"""When these views were made."""


def _at(hour: int, minute: int, day: int = 21) -> float:
    # As the kiosk's own clock would say it, wherever the kiosk is.
    return datetime(2026, 11, day, hour, minute).astimezone().timestamp()


def _card(
    device: Device,
    condition: Condition = Condition.READY,
    reason: Reason | None = None,
    since: float | None = None,
    *,
    fitted: bool = True,
    test: TestView | None = None,
) -> DeviceCard:
    since = _at(8, 0) if since is None else since
    return DeviceCard(device, condition, reason, since, support_code(device, condition, reason), fitted, test)


def _test(device: Device, state: TestState, *steps: TestStep) -> TestView:
    return TestView(device, state, _at(14, 33), steps)


_PASSED, _WARNED, _FAILED, _RUNNING = (
    TestState.PASSED,
    TestState.WARNED,
    TestState.FAILED,
    TestState.RUNNING,
)

_PRINTER = _card(Device.PRINTER, Condition.MISSING, Reason.PRINTER_SILENT, _at(13, 52))
_PAPER = _card(Device.PRINTER, Condition.DEGRADED, Reason.PAPER_LOW, _at(9, 40))
_ILS = _card(Device.ILS)
_EXPOSED = _card(Device.ILS, reason=Reason.ILS_EXPOSED)
_PAD = _card(Device.PAD)
_CARDS = _card(Device.CARDS)
_GATE = _card(Device.GATE, since=_at(11, 15))
_SCANNER = _card(Device.SCANNER)
_JOURNAL = _card(Device.JOURNAL, since=_at(18, 2, day=19))
_REST = (_PAD, _CARDS, _GATE, _SCANNER, _JOURNAL)

_TRIAL = (
    TestStep("address", _PASSED, "0.012 s"),
    TestStep("login", _PASSED, "0.034 s"),
    TestStep("service", _PASSED, "Lanternfield ILS 4.2, 0.021 s"),
    TestStep("lending", _PASSED),
    TestStep("returns", _PASSED),
    TestStep("clock", _WARNED, "75 s"),
)
_WORDS = TestStep("unheard", _WARNED, "… rule … forbids this for … members (3)")
_WORDY = "the far side of this line wrote very much about itself and did not come to an end " * 2

_ALL = (
    replace(
        _PRINTER, test=_test(Device.PRINTER, _FAILED, TestStep("paper-failed", _FAILED, "", Reason.PAPER_OUT))
    ),
    replace(_ILS, test=_test(Device.ILS, _WARNED, *_TRIAL, _WORDS)),
    replace(
        _PAD,
        test=_test(Device.PAD, _PASSED, TestStep("book-armed", _PASSED, "كليلة ودمنة 30022")),
    ),
    replace(_CARDS, test=_test(Device.CARDS, _PASSED, TestStep("card-read", _PASSED))),
    replace(_GATE, test=_test(Device.GATE, _PASSED, TestStep("gate-followed", _PASSED))),
    replace(
        _SCANNER, test=_test(Device.SCANNER, _FAILED, TestStep("code-bad", _FAILED, _WORDY, Reason.CODE_BAD))
    ),
    replace(_JOURNAL, test=_test(Device.JOURNAL, _PASSED, TestStep("journal-read", _PASSED, "0.003 s"))),
)

_HOST, _PORT = (
    FieldView("ils.host", FieldKind.TEXT, "ils.example.net"),
    FieldView("ils.port", FieldKind.NUMBER, "6001"),
)
_TLS = FieldView("ils.tls", FieldKind.CHOICE, "on", choices=("off", "on"))
_PLAIN = replace(_TLS, value="off", exposed=True)
_PROFILE = FieldView("ils.profile", FieldKind.CHOICE, "koha", choices=("koha", "sierra"))
_USER, _PASSWORD, _CODE = (
    FieldView("ils.login_user", FieldKind.TEXT, "kiosk-2"),
    FieldView("ils.login_password", FieldKind.SECRET, "••••••"),
    FieldView("ils.institution", FieldKind.TEXT, "LNF"),
)
_GIVEN = replace(_PASSWORD, kind=FieldKind.GIVEN, value="kiosk.ils-password")
_TRUST = (
    FieldView("ils.tls_name", FieldKind.TEXT, ""),
    FieldView("ils.tls_ca", FieldKind.TEXT, "/etc/kiosk/town-library-ca.pem"),
    FieldView("ils.tls_fingerprint", FieldKind.TEXT, ""),
    FieldView("ils.tls_certificate", FieldKind.TEXT, "/etc/kiosk/kiosk-2.pem"),
    FieldView("ils.tls_key", FieldKind.TEXT, ""),
)
_FIELDS = (_HOST, _PORT, _TLS, _PROFILE, _USER, _PASSWORD, _CODE, *_TRUST)
_NO_TLS = (
    "ils.example.net:6443: not vouched for by the system's authorities (self-signed certificate in "
    "certificate chain); give its CA (tls_ca), or pin it"
)
_LONG_HOST = "a-very-long-host-name.of-a-department.in-a-library.of-a-town.example.net"
_CHANGED = (
    replace(_HOST, value=_LONG_HOST, was="ils.example.net"),
    replace(_PORT, value="6443", was="6001"),
    *_FIELDS[2:],
)
_WRONG = (
    _HOST,
    replace(_PORT, value="99999", was="6001", problem="must be at most 65535"),
    replace(_PLAIN, was="on", problem='must be "on" where a tls_ file or fingerprint is given'),
    replace(_PROFILE, value="sierra", was="koha", assumed=8),
    _USER,
    replace(_PASSWORD, value="•••", was="••••••"),
    replace(_CODE, value="", was="LNF", problem="is needed; the name by which the ILS knows the library"),
    _TRUST[1],
)
_SETTINGS = (
    FieldView("policy.languages", FieldKind.CHOICE, "en", choices=("en", "de", "ar")),
    FieldView("library.name", FieldKind.TEXT, "Lanternfield Library"),
    FieldView("policy.receipt", FieldKind.CHOICE, "always", "ask", ("ask", "always", "never")),
    FieldView(
        "policy.mode",
        FieldKind.CHOICE,
        "loans-and-returns",
        choices=("loans-and-returns", "loans", "returns"),
    ),
    FieldView("staff.kiosk_name", FieldKind.TEXT, "Kiosk 2, ground floor"),
)


def _form(
    fields: tuple[FieldView, ...] = _FIELDS,
    test: TestView | None = None,
    *,
    edit: str = "",
    may_test: bool = True,
    may_keep: bool = False,
    kept: bool = False,
    problem: str = "",
) -> FormScreen:
    fields = tuple(replace(each, editing=each.name == edit) for each in fields)
    changed = any(each.was is not None for each in fields)
    return FormScreen(fields, test, may_test, may_keep, changed, kept, problem)


def _matter(item: str, key: str, wall: float, saga: str, *facts: MatterFact) -> MatterView:
    around = (MatterFact("asked", wall=wall), *facts, MatterFact("saga", saga))
    named = (MatterFact("item", item), *around) if item else around
    return MatterView(item, key, wall, SagaId(saga), matter_code(key), named)


_LENT = (
    MatterFact("said", says="matter.said.lent"),
    MatterFact("by", "standard · 412"),
    MatterFact("afi", "07", says="matter.afi.armed"),
    MatterFact("reason", reason=Reason.TAG_NOT_WRITTEN),
)
_PAID = (
    MatterFact("amount", money=Money(Decimal("12.4"), "EUR")),
    MatterFact("reference", "T-0042-118"),
    MatterFact("said", says="matter.said.refused"),
    MatterFact("reason", reason=Reason.NOT_BOOKED),
)
_MATTERS = (
    _matter(
        "30013", "loan-unknown", _at(17, 20, day=18), "L1c-4", MatterFact("said", says="matter.said.nothing")
    ),
    _matter("30004", "loan-unsecured", _at(11, 4, day=20), "L1c-71", *_LENT),
    _matter("30027", "return-unarmed", _at(9, 31), "R1d-3"),
    _matter("", "return-unknown", _at(10, 2), "R1d-12"),
    _matter("30031", "renewal-unknown", _at(12, 45), "N1d-2"),
    _matter("30040", "hold-unknown", _at(12, 50), "H1d-1"),
    _matter("", "payment-unknown", _at(13, 5), "F1d-1", _PAID[0]),
    _matter("", "payment-not-booked", _at(13, 20), "F1d-2", *_PAID),
    _matter("30055", "of-a-later-version", _at(13, 30), "X1d-1"),
)


def _journal(reason: Reason, **how: bool | str) -> MattersScreen:
    code = support_code(Device.JOURNAL, Condition.MISSING, reason)
    trouble = JournalTrouble(reason, code, _at(13, 40))
    return MattersScreen((), unread=True, journal=replace(trouble, **how))  # type: ignore[arg-type]


def _adopt(reason: Reason) -> AdoptScreen:
    return AdoptScreen(reason, support_code(Device.JOURNAL, Condition.MISSING, reason))


_ADOPTABLE = (Reason.JOURNAL_DAMAGED, Reason.JOURNAL_OLDER, Reason.JOURNAL_TOO_NEW, Reason.JOURNAL_KEY)
_STUCK = (Reason.JOURNAL_FAILED, Reason.JOURNAL_FULL, Reason.JOURNAL_READ_ONLY, Reason.JOURNAL_IN_USE)

_OVERVIEWS: Mapping[str, StaffScreen] = MappingProxyType(
    {
        "overview": OverviewScreen((_PRINTER, _ILS, *_REST), 0),
        "overview-two": OverviewScreen(
            (
                _card(Device.PAD, Condition.MISSING, Reason.READER_MISSING, _at(13, 52)),
                _PAPER,
                _ILS,
                *_REST[1:4],
            ),
            1,
        ),
        "overview-journal": OverviewScreen(
            (
                _card(Device.JOURNAL, Condition.MISSING, Reason.JOURNAL_OLDER, _at(13, 40)),
                _card(Device.TILL, Condition.MISSING, Reason.TILL_MISSING, _at(9, 12)),
                _ILS,
                *_REST[:3],
            ),
            0,
        ),
        "overview-plain": OverviewScreen((_EXPOSED, _card(Device.PRINTER), *_REST), 1),
        "overview-ready": OverviewScreen((_ILS, _card(Device.PRINTER), *_REST), 0),
        "overview-unfitted": OverviewScreen(
            (
                _ILS,
                *_REST[:2],
                _JOURNAL,
                replace(_card(Device.PRINTER), fitted=False),
                replace(_GATE, fitted=False),
                replace(_SCANNER, fitted=False),
            ),
            2,
        ),
        "overview-silent": OverviewScreen(
            tuple(
                replace(_card(each, Condition.MISSING), since=None)
                for each in (Device.ILS, Device.PAD, Device.CARDS, Device.PRINTER)
            ),
            0,
        ),
        "overview-testing": OverviewScreen(
            (
                _PRINTER,
                _ILS,
                replace(_PAD, test=_test(Device.PAD, _RUNNING, TestStep("put-book", _RUNNING))),
                *_REST[1:],
            ),
            0,
            busy=True,
        ),
        "overview-tested": OverviewScreen(_ALL, 5),
    }
)

_URI = "https://lanternfield.example/p/K21000001"
_KIND = ChainFact("kind", says="maintenance.chain.kind.mifare-ultralight")
_UIDS = (ChainFact("uid", "04A1B2C3D4E5F6"), ChainFact("uid-turned", "F6E5D4C3B2A104"))
_FIRST = (ChainStage("clean", _URI), ChainStage("after-last:/", "K21000001"))
_GOOD = (*_FIRST, ChainStage("strip-prefix:K", "21000001"), ChainStage("check-luhn", "21000001"))
_BAD = (*_FIRST, ChainStage("check-luhn", problem="not-decimal"))
_CODED = (ChainStage("clean", "3100000123"),)
_VICINITY = ChainFact("kind", says="maintenance.chain.kind.iso15693")
_BOOK = (
    ChainFact("uid", "E00401001234ABCD"),
    ChainFact("uid-turned", "CDAB3412000104E0"),
    ChainFact("use", says="maintenance.chain.use.item"),
    ChainFact("model", "iso28560-3"),
    ChainFact("tag", "3100000123"),
    ChainFact("owner", "DE-Heu1"),
    ChainFact("part", "1/2"),
)
_WIDE_URI = "https://cards.lanternfield.example/patron?branch=north&lang=" + "x" * 180

_CHAINS: Mapping[str, ChainFound | None] = MappingProxyType(
    {
        "chain": None,
        "chain-card": ChainFound(
            Came.CARD,
            (_KIND, *_UIDS, ChainFact("uri", _URI)),
            (ChainEnd("patron", "uri", _GOOD, "21000001"),),
        ),
        "chain-refused": ChainFound(
            Came.CARD,
            (_KIND, *_UIDS, ChainFact("text", "Lanternfield"), ChainFact("uri", _WIDE_URI)),
            (ChainEnd("patron", "uri", _BAD, why="refused"),),
        ),
        "chain-phone": ChainFound(
            Came.CARD,
            (
                ChainFact("kind", says="maintenance.chain.kind.smart-card"),
                ChainFact("uid", "08A1B2C3"),
                ChainFact("uid-turned", "C3B2A108"),
            ),
            (ChainEnd("patron", "uid", why="random-uid"),),
        ),
        "chain-book": ChainFound(Came.CARD, (_VICINITY, *_BOOK), (ChainEnd("patron", why="book"),)),
        "chain-code": ChainFound(
            Came.CODE,
            (ChainFact("code", "3100000123"),),
            (
                ChainEnd(
                    "patron",
                    "code",
                    (*_CODED, ChainStage("prefix:21", problem="wrong-prefix")),
                    why="refused",
                ),
                ChainEnd("item", "code", (*_CODED, ChainStage("prefix:31", "3100000123")), "3100000123"),
            ),
        ),
        "chain-tag": ChainFound(Came.TAG, _BOOK, (ChainEnd("item", "tag", _CODED, "3100000123"),)),
        "chain-unread": ChainFound(Came.CARD, (), (ChainEnd("patron", why="unread"),)),
    }
)

_OTHERS: Mapping[str, StaffScreen] = MappingProxyType(
    {
        **{name: ChainScreen(found) for name, found in _CHAINS.items()},
        "pin": PinScreen(PinPurpose.ENTER, 3),
        "pin-wrong": PinScreen(PinPurpose.ENTER, 0, wrong=True),
        "pin-locked": PinScreen(PinPurpose.ENTER, 0, wrong=True, wait_s=27),
        "pin-choose": PinScreen(PinPurpose.CHOOSE, 0),
        "pin-weak": PinScreen(PinPurpose.CHOOSE, 0, weak=True),
        "pin-repeat": PinScreen(PinPurpose.REPEAT, 12),
        "pin-differ": PinScreen(PinPurpose.CHOOSE, 0, wrong=True),
        "pin-busy": PinScreen(PinPurpose.ENTER, 6, busy=True),
        "pin-unusable": PinScreen(PinPurpose.ENTER, 0, problem="/var/lib/kiosk/staff.pin: Permission denied"),
        "ils": _form(),
        "ils-given": _form((*_FIELDS[:5], _GIVEN, *_FIELDS[6:])),
        "ils-reading": replace(_form((), may_test=False), problem=""),
        "ils-unread": _form((), may_test=False, problem="kiosk.toml: Input/output error"),
        "ils-changed": _form(_CHANGED),
        "ils-wrong": _form(_WRONG),
        "ils-testing": _form(
            _CHANGED,
            _test(Device.ILS, _RUNNING, *_TRIAL[:1], TestStep("login", _RUNNING)),
            may_test=False,
        ),
        "ils-passed": _form(_CHANGED, _test(Device.ILS, _WARNED, *_TRIAL), may_keep=True),
        "ils-assumed": _form(
            (
                _HOST,
                _PORT,
                _PLAIN,
                replace(_PROFILE, value="eos", was="koha", assumed=14),
                _USER,
                _PASSWORD,
                _CODE,
            )
        ),
        "ils-plain": _form((_HOST, _PORT, _PLAIN, _PROFILE, _USER, _PASSWORD, _CODE)),
        "ils-no-tls": _form(
            _CHANGED,
            _test(
                Device.ILS,
                _FAILED,
                TestStep("address", _PASSED),
                TestStep("no-tls", _FAILED, _NO_TLS),
            ),
        ),
        "ils-failed": _form(
            _CHANGED, _test(Device.ILS, _FAILED, TestStep("address", _FAILED, _WORDY, Reason.ILS_DOWN))
        ),
        "ils-kept": _form(kept=True),
        "ils-not-kept": _form(_CHANGED, problem="/etc/kiosk.toml: Read-only file system"),
        "ils-edit-host": _form(_CHANGED, edit="ils.host"),
        "ils-edit-port": _form(_WRONG, edit="ils.port"),
        "ils-edit-password": _form(edit="ils.login_password"),
        "ils-edit-ca": _form(edit="ils.tls_ca"),
        "matters": MattersScreen(_MATTERS),
        "matters-many": MattersScreen(_MATTERS * 4),
        "matters-none": MattersScreen(()),
        "matters-unread": MattersScreen((), unread=True),
        **{f"matters-{each.key}": MatterScreen(each) for each in _MATTERS},
        "matters-asking": MatterScreen(_MATTERS[0], asking=True),
        "matters-asking-payment": MatterScreen(_MATTERS[7], asking=True),
        "matters-closing": MatterScreen(_MATTERS[0], closing=True, may_close=False),
        "matters-not-closed": MatterScreen(_MATTERS[1], not_closed=True),
        "matters-journal-away": MatterScreen(_MATTERS[1], may_close=False),
        **{f"matters-{each.value}": _journal(each) for each in _STUCK},
        **{f"matters-{each.value}": _journal(each, adoptable=True) for each in _ADOPTABLE},
        **{f"matters-adopt-{each.value}": _adopt(each) for each in _ADOPTABLE},
        "matters-adopting": _journal(Reason.JOURNAL_OLDER, adopting=True),
        "matters-adopted": _journal(Reason.JOURNAL_OLDER, adopted=True),
        "matters-not-adopted": _journal(
            Reason.JOURNAL_DAMAGED,
            adoptable=True,
            problem="/var/lib/kiosk/journal.db: No space left on device",
        ),
        "matters-journal-and-list": replace(
            _journal(Reason.JOURNAL_READ_ONLY), matters=_MATTERS[:3], unread=False
        ),
        "settings": _form(_SETTINGS, may_test=False, may_keep=True),
        "settings-edit-name": _form(_SETTINGS, edit="library.name", may_test=False),
    }
)

EXAMPLES: Mapping[str, StaffScreen] = MappingProxyType(
    {f"maintenance-{name}": screen for name, screen in [*_OTHERS.items(), *_OVERVIEWS.items()]}
)
"""Name -> screen."""

_NAMES = {"en": "Kiosk 2, ground floor", "de": "Kiosk 2, Erdgeschoss", "ar": "الكشك 2، الطابق الأرضي"}


def example(
    name: str, *, language: str = "en", theme: Theme = Theme.LIGHT, text_size: int = 100
) -> MaintenanceView:
    """One example by its name.

    Raises:
        KeyError: there is none.
    """
    screen = EXAMPLES[name]
    part = name.split("-")[1]
    page = Page(part) if part in set(Page) else Page.OVERVIEW
    matters = len(screen.matters) if isinstance(screen, MattersScreen) else 2
    if isinstance(screen, OverviewScreen):
        matters = screen.matters
    kiosk = _NAMES[language]
    return MaintenanceView(
        1, page, kiosk, "0.1.0", language, ("en", "de", "ar"), text_size, theme, matters, screen
    )
