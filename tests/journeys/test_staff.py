"""The maintenance screen from end to end: staff come and go, look, test, set and keep, at a kiosk whose
wires, settings file, journal and PIN are real. The last story has a real window."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import stat
from pathlib import Path

from kiosk.circulation import views
from kiosk.circulation.facts import DeviceNow
from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device
from kiosk.demo.farsides import FarSides
from kiosk.doctor.command import matter_says
from kiosk.maintenance.intents import EditField, StaffDo, Test, TypeText
from kiosk.maintenance.views import (
    Came,
    OverviewScreen,
    Page,
    PinPurpose,
    PinScreen,
    TestState,
)
from kiosk.simulator import lanternfield
from kiosk.words import Words
from tests.journeys import by_hand
from tests.journeys.kiosk_apart import KioskApart
from tests.journeys.staff_walk import walk
from tests.journeys.staffed_desk import PIN, card_of, field_of, staffed
from tests.journeys.wired_desk import LEILA, MOSSES, RELEASE, WILLOWS, quick

# ---- coming in ------------------------------------------------------------------------------


def everything_in(folder: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_the_first_start_asks_for_a_pin_and_serves_nobody_before(tmp_path):
    with staffed(tmp_path, pin=None) as (it, staff):
        staff.pad(PinPurpose.CHOOSE)
        it.sees(views.StaffView)
        it.scans(LEILA)
        for intent in (Do.RETURN, Do.CALL_STAFF):
            it.presses(intent)
        it.puts(WILLOWS)
        staff.types_pin("1234")
        staff.pad(PinPurpose.CHOOSE, weak=True)
        staff.types_pin(PIN)
        staff.pad(PinPurpose.REPEAT)
        staff.types_pin(PIN[::-1])
        staff.pad(PinPurpose.CHOOSE, wrong=True)
        assert not (tmp_path / "staff.pin").exists()
        for purpose in (PinPurpose.CHOOSE, PinPurpose.REPEAT):
            staff.pad(purpose)
            staff.types_pin(PIN)
        staff.overview()
        file = tmp_path / "staff.pin"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text().startswith("$argon2id$")
        it.lifts(WILLOWS)
        assert it.asked_about(WILLOWS) == []
        assert {type(view.screen) for view in it.seen} <= {views.CannotLendView, views.StaffView}
        assert {view.modal for view in it.seen} == {None}
        it.leaves_to_patrons()
        it.lends(MOSSES, LEILA)

        it.kiosk.close()
        it.starts()
        it.comes_in()  # with the PIN that was chosen
        it.leaves_to_patrons()
        assert PIN.encode() not in everything_in(tmp_path)


def test_wrong_pins_lock_the_pad_and_the_seconds_are_counted(tmp_path):
    with staffed(tmp_path) as (it, staff):
        it.comes()
        for _ in range(2):
            staff.types_pin("1357")
            staff.pad(wrong=True, typed=0, wait_s=0)
        staff.types_pin("1357")
        staff.pad(wait_s=2)
        # whoever goes and comes again finds it locked, and nothing that is typed counts
        at = len(staff.seen)
        staff.press(StaffDo.LEAVE)
        staff.sees_it_close()
        it.comes()
        staff.press(*map(TypeText, PIN), StaffDo.CONTINUE)
        staff.pad(wait_s=1)
        staff.pad(wait_s=0)
        pads = [view.screen for view in staff.seen[at:] if view is not None]
        assert all(isinstance(pad, PinScreen) and pad.typed == 0 for pad in pads)
        staff.types_pin(PIN)
        staff.overview()
        it.leaves_to_patrons()


# ---- devices --------------------------------------------------------------------------------


def test_devices_are_seen_going_and_coming(tmp_path):
    with staffed(tmp_path) as (it, staff):
        it.comes_in()
        for device in (Device.ILS, Device.PAD, Device.JOURNAL, Device.PRINTER, Device.GATE):
            card = staff.finds(device, Condition.READY)
            assert (card.reason, card.code) == (None, "")
            assert card.since is not None
        before = card_of(staff.view, Device.PRINTER).since
        assert not card_of(staff.view, Device.CARDS).fitted
        it.world("unplug", device="printer")
        gone = staff.finds(Device.PRINTER, Condition.MISSING)
        assert (gone.reason, gone.code) == (Reason.PRINTER_MISSING, "K-PRN-001")
        assert gone.since > before
        assert staff.screen.cards[0].device is Device.PRINTER  # what needs somebody stands first
        steps = staff.tests(Device.PRINTER)
        assert steps == {"paper-failed": TestState.FAILED}
        it.world("plug", device="printer")
        assert staff.finds(Device.PRINTER, Condition.READY).since > gone.since
        it.leaves_to_patrons()


def test_each_device_is_tested(tmp_path):
    with staffed(tmp_path) as (it, staff):
        it.comes_in()
        for device in (Device.ILS, Device.PAD, Device.PRINTER, Device.GATE):
            staff.finds(device, Condition.READY)
        staff.begins_test(Device.PAD)
        it.puts(WILLOWS)
        assert staff.end_of_test(Device.PAD) == {"book-armed": f"passed {WILLOWS}"}

        assert staff.tests(Device.PRINTER) == {"paper-proven": "passed"}
        (piece,) = it.world("report")["printer"]["pieces"]
        assert piece["t_cut"] is not None
        assert it.edges(RELEASE) == []
        it.finds("gate", "ready")
        assert staff.tests(Device.GATE) == {"gate-followed": "passed"}
        assert [level for level, _ in it.edges(RELEASE)] == [1, 0]

        steps = staff.tests(Device.ILS)
        assert list(steps)[:2] == ["address", "login"], steps
        assert {state.split()[0] for state in steps.values()} <= {"passed", "warned"}, steps
        (key,) = steps = staff.tests(Device.JOURNAL)
        assert (key, steps[key].split()[0]) == ("journal-read", "passed")
        staff.press(Test(Device.CARDS))  # not fitted
        staff.press(StaffDo.TEST_ALL)
        staff.sees(lambda view: view.screen.busy)
        staff.sees(lambda view: not view.screen.busy)
        assert card_of(staff.view, Device.CARDS).test is None
        assert len(it.world("report")["printer"]["pieces"]) == 2

        # the book that staff tried the pad with was never anybody's
        assert it.asked_about(WILLOWS) == []
        it.leaves_to_patrons()
        it.scans(LEILA)
        it.sees(views.LeftoversView)
        it.presses(Do.NOT_MINE)
        it.sees(views.LoanView)
        it.finishes()
        it.leaves()
        assert it.asked("11", WILLOWS) == 0


def test_a_card_is_tested_and_begins_no_session(tmp_path):
    with staffed(tmp_path, with_card=True) as (it, staff):
        it.sees(views.AttractView)
        it.finds("cards", "ready")
        it.comes_in()
        at = len(it.seen) - 1
        staff.begins_test(Device.CARDS)
        it.world("show-card", text=LEILA)
        assert staff.end_of_test(Device.CARDS) == {"card-read": "passed"}
        it.world("remove-card")
        it.puts(WILLOWS)
        assert staff.tests(Device.PAD) == {"book-armed": f"passed {WILLOWS}"}
        it.lifts(WILLOWS)
        assert {type(view.screen) for view in it.seen[at:]} == {views.StaffView}
        assert LEILA not in str(staff.seen)
        requests = [each["request"] for each in it.world("report")["ils"]["messages"]]
        assert not [each for each in requests if LEILA in each or WILLOWS in each]
        it.leaves_to_patrons()
        it.lends(MOSSES, LEILA)


def test_the_chain_is_tested_and_nothing_of_it_stays(tmp_path):
    with staffed(tmp_path, with_card=True) as (it, staff):
        it.sees(views.AttractView)
        it.finds("cards", "ready")
        it.comes_in()
        at = len(it.seen) - 1
        staff.goes_to(Page.CHAIN)

        it.world("show-card", text=LEILA, kind="ultralight")
        found = staff.chain(Came.CARD)
        told = {fact.key: fact.text or fact.says for fact in found.facts}
        assert told["kind"] == "maintenance.chain.kind.mifare-ultralight"
        assert (told["uid"], told["text"]) == ("044B4952CB6480", LEILA)
        assert [(end.asks, end.id) for end in found.ends] == [("patron", LEILA)]
        it.world("remove-card")

        it.world("show-card", kind="phone")
        assert [end.why for end in staff.chain(Came.CARD).ends] == ["random-uid"]
        it.world("remove-card")

        it.scans(WILLOWS)
        found = staff.chain(Came.CODE)
        assert ("item", WILLOWS) in [(end.asks, end.id) for end in found.ends]

        it.puts(MOSSES)
        found = staff.chain(Came.TAG)
        assert [(end.asks, end.source, end.id) for end in found.ends] == [("item", "tag", MOSSES)]
        it.lifts(MOSSES)

        staff.press(StaffDo.FORGET)
        staff.sees(lambda view: view.screen.found is None)
        assert {type(view.screen) for view in it.seen[at:]} == {views.StaffView}, "no session has begun"
        requests = [each["request"] for each in it.world("report")["ils"]["messages"]]
        assert not [each for each in requests if LEILA in each or WILLOWS in each]
        it.leaves_to_patrons()
    assert LEILA.encode() not in everything_in(tmp_path / "data")


# ---- settings -------------------------------------------------------------------------------


def test_another_ils_is_tried_kept_and_lends(tmp_path):
    with (
        FarSides(quick(lanternfield()), tmp_path / "other", with_card=False) as other,
        FarSides(quick(lanternfield()), tmp_path / "gone", with_card=False) as gone,
        staffed(tmp_path, simulated_ils=False) as (it, staff),
    ):
        file = tmp_path / "kiosk.toml"
        first = file.read_text()
        right, wrong = str(other.ports["ils"]), str(gone.ports["ils"])
        gone.do({"do": "unplug", "device": "ils"})
        it.comes_in()
        staff.goes_to(Page.ILS)
        assert not staff.screen.may_keep

        staff.writes("ils.port", wrong)
        assert not staff.form(lambda form: form.may_undo).may_keep
        staff.press(StaffDo.KEEP)
        failed = staff.tries_ils()
        assert failed.state is TestState.FAILED
        assert [(step.key, step.reason) for step in failed.steps] == [("address", Reason.ILS_DOWN)]
        assert not staff.screen.may_keep
        staff.press(StaffDo.KEEP)

        staff.writes("ils.port", right)
        assert staff.screen.test is None  # it was another address
        assert not staff.screen.may_keep
        assert staff.tries_ils().state in {TestState.PASSED, TestState.WARNED}
        assert file.read_text() == first  # until now nothing was written

        # somebody with an editor was faster
        by_editor = first.replace('"Entrance hall"', '"Kiosk 2"  # moved')
        file.write_text(by_editor)
        file.chmod(0o640)
        staff.keeps()
        assert (tmp_path / "kiosk.toml.before").read_text() == by_editor
        port = first.splitlines()[first.splitlines().index('host = "127.0.0.1"') + 1]
        assert file.read_text() == by_editor.replace(port, f"port = {right}  # the city's server")
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert sorted(each.name for each in tmp_path.glob("*kiosk.toml*")) == [
            "kiosk.toml",
            "kiosk.toml.before",
        ]
        assert staff.sees(lambda view: view.kiosk == "Kiosk 2").page is Page.ILS
        assert staff.field("ils.port").was is None

        it.leaves_to_patrons()
        it.lends(WILLOWS, LEILA)
        assert [loan["item"] for loan in other.do({"do": "report"})["ils"]["loans"]] == [WILLOWS]
        assert it.asked_about(WILLOWS) == []


def test_plain_text_to_another_machine_is_a_standing_warning_and_nothing_is_missing(tmp_path):
    with staffed(tmp_path) as (it, staff):
        it.comes_in()
        assert staff.finds(Device.ILS, Condition.READY).code == ""
        staff.goes_to(Page.ILS)
        staff.writes("ils.host", "0.0.0.0")  # reaches this machine, and is not the name of it
        assert staff.tries_ils().state is TestState.WARNED
        staff.keeps()
        staff.goes_to(Page.OVERVIEW)
        warned = staff.finds(Device.ILS, Condition.READY)
        assert (warned.reason, warned.code) == (Reason.ILS_EXPOSED, "K-ILS-006")
        it.leaves_to_patrons()
        it.lends(WILLOWS, LEILA)


def test_the_librarys_language_is_kept_and_greets_the_next_patron(tmp_path):
    with staffed(tmp_path) as (it, staff):
        assert it.sees(views.AttractView).header.language == "en"
        it.comes_in()
        staff.goes_to(Page.SETTINGS)
        staff.press(EditField("policy.languages"))
        staff.form(lambda form: field_of(form, "policy.languages").value == "de")
        staff.press(StaffDo.UNDO)
        staff.form(lambda form: not form.may_undo)
        for language in ("de", "ar"):
            staff.press(EditField("policy.languages"))
            staff.form(lambda form, language=language: field_of(form, "policy.languages").value == language)
        at = len(it.seen) - 1
        it.judged_anew()  # the judge knows one language of the house
        staff.keeps()
        it.sees(lambda view: view.header.language == "ar" and isinstance(view.screen, views.StaffView))
        assert {type(view.screen) for view in it.seen[at:]} <= {views.CannotLendView, views.StaffView}
        it.leaves_to_patrons()
        header = it.view.header
        assert (header.language, header.languages) == ("ar", ("ar", "en", "de"))
        line = next(
            line for line in (tmp_path / "kiosk.toml").read_text().splitlines() if "languages" in line
        )
        assert line.replace(" ", "").startswith('languages=["ar","en","de"]#thefirst')
        it.lends(MOSSES, LEILA)


# ---- open matters ---------------------------------------------------------------------------


def doctor(folder: Path, *how: str):
    return by_hand.kiosk("doctor", "--config", folder / "kiosk.toml", "--seconds", "0.8", *how)


def test_what_a_power_cut_left_open_is_told_here_and_by_the_doctor(tmp_path):
    with staffed(tmp_path, make=KioskApart) as (it, staff):
        it.signs_in(LEILA)
        it.world("silent", device="ils", message="11", count=1, execute=True)
        it.when({"kind": "loan", "item": WILLOWS}, {"do": "unplug", "device": "ils"})
        it.puts(WILLOWS)
        it.reports(lambda report: [loan["item"] for loan in report["ils"]["loans"]] == [WILLOWS])
        it.kiosk.kill()
        it.lifts(WILLOWS)
        alone = doctor(tmp_path)
        assert alone.returncode == 1, alone.stderr
        assert f"- Book {WILLOWS}: nobody knows whether it was lent." in alone.stdout
        assert "[K-ILS-001]" in alone.stdout

        it.starts()
        it.comes_in()
        assert staff.sees(lambda view: view.open_matters).screen.matters == 1
        staff.goes_to(Page.MATTERS)
        (matter,) = staff.sees(lambda view: view.screen.matters).screen.matters
        assert (matter.item, matter.key) == (WILLOWS, "loan-unknown")
        said = {}
        for language in ("en", "de", "ar"):
            staff.sees(lambda view, language=language: view.language == language)
            said[language] = matter_says(matter, Words(staff.view.language))
            staff.press(StaffDo.NEXT_LANGUAGE)
        assert len(set(said.values())) == 3
        assert all(WILLOWS in sentence for sentence in said.values())

        asked = doctor(tmp_path, "--json")  # while the kiosk runs
        assert asked.returncode == 1, asked.stderr
        report = json.loads(asked.stdout)
        assert [each["says"] for each in report["matters"]] == [said["en"]]
        conditions = {each["device"]: each["condition"] for each in report["devices"]}
        assert conditions == {
            "ils": "missing",
            "pad": "in-use",
            "cards": "not-fitted",
            "journal": "ready",  # it can be read beside the kiosk
            "printer": "in-use",
            "gate": "not-fitted",  # the file's is simulated, which beside a real pad is none
            "scanner": "not-fitted",
            "till": "not-fitted",
        }

        # the ILS is back, and says that it was lent, but not whether its label may be written
        it.world("plug", device="ils")
        it.reports(lambda _: "staff" in {row.kind for row in it.kiosk.rows()})
        (matter,) = staff.finds_matters(lambda matters: [each.key for each in matters] == ["loan-armed"])
        assert it.held(WILLOWS) == LEILA
        staff.closes(matter)
        it.leaves_to_patrons()
        it.lends(MOSSES, LEILA)
        it.reports(lambda _: it.open_rows() == set())


# ---- going ----------------------------------------------------------------------------------


def test_a_screen_that_is_left_alone_closes_itself(tmp_path):
    with staffed(tmp_path, leave_s=1.0) as (it, staff):
        it.comes_in()
        staff.sees_it_close()
        it.sees(views.AttractView)
        it.comes()
        staff.sees_it_close()
        it.lends(WILLOWS, LEILA)


def test_a_kiosk_that_falls_over_serves_nobody_behind_the_staff(tmp_path):
    faulty: list[str] = []

    def listens(fact):
        if isinstance(fact, DeviceNow) and fact.device is Device.PRINTER and faulty:
            raise RuntimeError(faulty.pop())

    with staffed(tmp_path, listens=listens) as (it, staff):
        it.comes_in()
        staff.finds(Device.PRINTER, Condition.READY)
        at, staff_at = len(it.seen) - 1, len(staff.seen) - 1
        staff.begins_test(Device.PAD)  # waits for a book
        faulty.append(f"a fault in the program, that quotes {LEILA} and The Wind in the Willows")
        it.world("unplug", device="printer")
        with it._news:
            assert it._news.wait_for(lambda: it.falls == 1, 15.0)
            it.devices.clear()
        assert staff.end_of_test(Device.PAD) == {"fault": "failed"}
        it.scans(LEILA)
        it.presses(Do.RETURN)
        it.puts(WILLOWS)
        # the screen is as usable as before, and tells of the new kiosk's devices
        staff.finds(Device.PRINTER, Condition.MISSING)
        it.finds("gate", "ready")
        assert staff.tests(Device.GATE) == {"gate-followed": "passed"}
        assert staff.tests(Device.PAD) == {"book-armed": f"passed {WILLOWS}"}
        it.world("plug", device="printer")
        staff.finds(Device.PRINTER, Condition.READY)
        assert None not in staff.seen[staff_at:]
        assert all(isinstance(view.screen, OverviewScreen) for view in staff.seen[staff_at:] if view)
        assert {type(view.screen) for view in it.seen[at:]} <= {views.CannotLendView, views.StaffView}
        assert it.asked_about(WILLOWS) == []
        it.lifts(WILLOWS)
        it.leaves_to_patrons()
        it.lends(MOSSES, LEILA)
        (error,) = it.errors.told
        assert "K-DESK-001" in error
        it.errors.told.clear()
        it.falls = 0


# ---- in a real window -----------------------------------------------------------------------


def test_all_of_it_is_walked_by_touches_and_by_the_five_keys(tmp_path):
    """Each walk has a process of its own, since Kivy has one window a process; both at once to save time."""
    hands = ("touch", "keys")
    for how in hands:
        (tmp_path / how).mkdir()
    apart = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(len(hands), apart) as processes:
        walks = [processes.submit(walk, how, tmp_path / how) for how in hands]
        for how, each in zip(hands, walks, strict=True):
            each.result(120)
            assert (tmp_path / how / "passed.png").stat().st_size > 10_000
