"""Editing settings: typed, tested, kept; and never kept without its test."""

import asyncio

import pytest

from kiosk.circulation.events import Moment
from kiosk.circulation.values import Device
from kiosk.maintenance.intents import EditField, GoTo, StaffDo, StaffPressed, Test, TypeText
from kiosk.maintenance.state import Checked, FieldsRead, Form, Setting, Stage, State, Then
from kiosk.maintenance.step import step
from kiosk.maintenance.views import FieldKind, Page, TestState
from tests.maintenance.staff_story import Staff, story


async def on_the_ils_page(staff: Staff) -> None:
    await staff.comes_in()
    await staff.goes_to(Page.ILS)


def test_the_page_shows_the_file_and_hides_the_password() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        assert [each.name.partition(".")[2] for each in staff.form.fields] == [
            "host",
            "port",
            "tls",
            "profile",
            "login_user",
            "login_password",
            "institution",
        ]
        assert staff.field("ils.host").value == "ils.example.org"
        assert staff.field("ils.login_password").value == "••••••"
        assert (staff.form.may_test, staff.form.may_keep, staff.form.may_undo) == (True, False, False)

    story(tell)


def test_whom_tls_trusts_is_asked_once_there_is_tls() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        assert not [each.name for each in staff.form.fields if each.name.startswith("ils.tls_")]
        await staff.press(EditField("ils.tls"), wait=1)
        assert staff.field("ils.tls").value == "on"
        await staff.writes("ils.tls_ca", "/etc/kiosk/ca.pem")
        await staff.press(EditField("ils.tls"), wait=1)
        shown = [each.name for each in staff.form.fields if each.name.startswith("ils.tls_")]
        assert shown == ["ils.tls_ca"], "what is written and of no use is seen"

    story(tell)


def test_plain_text_over_a_network_is_said_at_the_form() -> None:
    def warned(staff: Staff) -> list[str]:
        return [each.name for each in staff.form.fields if each.exposed]

    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        assert warned(staff) == ["ils.tls"], "before anything is pressed"
        await staff.press(EditField("ils.tls"), wait=1)
        assert warned(staff) == []
        await staff.press(StaffDo.UNDO, wait=1)
        assert warned(staff) == ["ils.tls"]
        await staff.writes("ils.host", "127.0.0.1")
        assert warned(staff) == []

    story(tell)


def test_test_before_keep() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        await staff.writes("ils.port", "6443")
        port = staff.field("ils.port")
        assert (port.value, port.was, port.editing) == ("6443", "6001", False)
        assert not staff.form.may_keep
        await staff.press(StaffDo.KEEP)
        assert staff.file.values["ils.port"] == "6001"
        await staff.press(StaffDo.TEST_SETTINGS, wait=1)
        assert staff.form.test is not None
        assert staff.form.test.state is TestState.RUNNING
        assert not staff.form.may_keep
        await asyncio.sleep(2)
        assert [each.key for each in staff.form.test.steps] == ["address", "clock"]
        assert staff.form.test.state is TestState.WARNED, "a warning is no obstacle"
        assert staff.form.may_keep
        await staff.press(StaffDo.KEEP, wait=5)
        assert staff.file.values["ils.port"] == "6443"
        assert staff.form.kept
        assert (staff.field("ils.port").was, staff.form.may_keep) == (None, False)
        assert staff.file.tried == [{"ils.port": "6443"}]

    story(tell)


def test_an_edit_takes_the_test_back() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        await staff.writes("ils.port", "6443")
        await staff.press(StaffDo.TEST_SETTINGS, wait=3)
        assert staff.form.may_keep
        await staff.writes("ils.host", "ils.example.net")
        assert not staff.form.may_keep
        assert staff.form.test is None
        await staff.press(StaffDo.KEEP, wait=3)
        assert staff.file.values["ils.port"] == "6001"

    story(tell)


def test_an_edit_while_the_test_runs_stops_it() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        await staff.writes("ils.port", "6443")
        await staff.press(StaffDo.TEST_SETTINGS, wait=0.5)
        await staff.press(EditField("ils.host"), TypeText("x"), wait=5)
        assert staff.form.test is None
        assert not staff.form.may_keep
        assert staff.form.may_test

    story(tell)


def test_what_did_not_pass_is_not_kept() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        await staff.writes("ils.host", "bad")
        await staff.press(StaffDo.TEST_SETTINGS, wait=3)
        assert staff.form.test is not None
        assert staff.form.test.state is TestState.FAILED
        assert not staff.form.may_keep
        await staff.press(StaffDo.KEEP, wait=3)
        assert staff.file.values["ils.host"] == "ils.example.org"

    story(tell)


def test_a_test_of_a_device_does_not_stand_for_a_test_of_the_values() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        await staff.writes("ils.port", "6443")
        await staff.press(GoTo(Page.OVERVIEW), Test(Device.ILS), wait=5)
        await staff.goes_to(Page.ILS)
        assert staff.field("ils.port").value == "6443", "what was typed is still there"
        assert not staff.form.may_keep

    story(tell)


def test_a_wrong_value_is_said_at_its_field_and_not_even_tested() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        await staff.writes("ils.port", "1")
        assert staff.field("ils.port").problem == "must be a port"
        await staff.press(StaffDo.TEST_SETTINGS, wait=3)
        assert staff.file.tried == []
        await staff.press(EditField("ils.port"), TypeText("2"), StaffDo.TEST_SETTINGS, wait=5)
        assert staff.field("ils.port").problem == ""
        assert staff.file.tried == [{"ils.port": "12"}]
        assert not staff.field("ils.port").editing

    story(tell)


def test_a_credential_is_shown_by_its_name_and_not_changed_here() -> None:
    async def tell(staff: Staff) -> None:
        staff.file.KINDS = {**staff.file.KINDS, "ils.login_password": (FieldKind.GIVEN, ())}
        staff.file.values["ils.login_password"] = "ils-password"
        await on_the_ils_page(staff)
        await staff.press(EditField("ils.login_password"), TypeText("x"), wait=2)
        field = staff.field("ils.login_password")
        assert (field.value, field.was, field.editing) == ("ils-password", None, False)
        assert not staff.form.may_undo

    story(tell)


def test_a_secret_is_typed_anew_as_a_whole() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        await staff.press(EditField("ils.login_password"), TypeText("x"), TypeText("yz"), wait=2)
        assert staff.field("ils.login_password").value == "•••"
        assert staff.field("ils.login_password").was == "••••••"
        assert "xyz" not in repr(staff.view)
        assert "xyz" not in repr(vars(staff.room))
        await staff.press(StaffDo.TEST_SETTINGS, wait=3)
        await staff.press(StaffDo.KEEP, wait=5)
        assert staff.file.values["ils.login_password"] == "xyz"

    story(tell)


def test_a_field_takes_what_belongs_into_it() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        await staff.press(EditField("ils.port"), TypeText("a1\n"), StaffDo.CLOSE_FIELD)
        assert staff.field("ils.port").value == "60011"
        await staff.press(EditField("ils.host"), TypeText("\x1b\t" + "x" * 1000), StaffDo.CLOSE_FIELD)
        assert len(staff.field("ils.host").value) == 200
        await staff.press(TypeText("nobody is editing"))
        assert len(staff.field("ils.host").value) == 200

    story(tell)


def test_a_choice_takes_the_next_one_and_comes_round() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.goes_to(Page.SETTINGS)
        assert staff.field("policy.languages").kind is FieldKind.CHOICE
        seen = []
        for _ in range(3):
            await staff.press(EditField("policy.languages"))
            seen.append(staff.field("policy.languages").value)
        assert seen == ["de", "ar", "en"]
        assert not staff.form.may_keep, "as it was"

    story(tell)


def test_settings_that_need_no_test_are_kept_at_once() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.goes_to(Page.SETTINGS)
        await staff.press(EditField("policy.languages"))
        assert (staff.form.may_keep, staff.form.may_test) == (True, False)
        await staff.press(StaffDo.KEEP, wait=5)
        assert staff.file.values["policy.languages"] == "de"
        assert staff.form.kept

    story(tell)


def test_undo_brings_the_file_back() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        await staff.writes("ils.port", "6443")
        assert staff.form.may_undo
        await staff.press(StaffDo.UNDO)
        assert (staff.field("ils.port").value, staff.form.may_undo) == ("6001", False)

    story(tell)


def test_a_full_disk_is_said_and_nothing_typed_is_lost() -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        staff.file.full = True
        await staff.writes("ils.port", "6443")
        await staff.press(StaffDo.TEST_SETTINGS, wait=3)
        await staff.press(StaffDo.KEEP, wait=3)
        assert staff.form.problem == "kiosk.toml: No space left on device"
        assert (staff.field("ils.port").value, staff.form.kept) == ("6443", False)
        staff.file.full = False
        await staff.press(StaffDo.KEEP, wait=5)
        assert staff.file.values["ils.port"] == "6443"

    story(tell)


@pytest.mark.parametrize("intent", [StaffDo.LEAVE, StaffDo.UNDO, EditField("ils.host")])
def test_while_the_file_is_written_nothing_interferes(intent: StaffDo | EditField) -> None:
    async def tell(staff: Staff) -> None:
        await on_the_ils_page(staff)
        await staff.writes("ils.port", "6443")
        await staff.press(StaffDo.TEST_SETTINGS, wait=3)
        await staff.press(StaffDo.KEEP, wait=0.5)
        await staff.press(intent, wait=5)
        assert staff.file.values["ils.port"] == "6443"
        assert staff.left == 0

    story(tell)


def test_keep_pressed_on_another_page_means_nothing() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.goes_to(Page.SETTINGS)
        await staff.press(EditField("policy.mode"))
        revision = staff.view.revision
        await staff.press(GoTo(Page.OVERVIEW), GoTo(Page.SETTINGS))
        staff.room.press(StaffPressed(revision, StaffDo.KEEP))
        await asyncio.sleep(3)
        assert staff.file.values["policy.mode"] == "loans"

    story(tell)


def test_a_file_that_changes_while_it_is_looked_at_does_not_lock_the_page() -> None:
    name = "policy.mode"
    form = Form((Setting(name, FieldKind.CHOICE, "loans"),), {name: "returns"}, checking=True, then=Then.KEEP)
    looking = State(stage=Stage.INSIDE, page=Page.SETTINGS, forms={Page.SETTINGS: form})
    now = Setting(name, FieldKind.CHOICE, "returns")
    read, _acts = step(looking, FieldsRead(Page.SETTINGS, (now,)), Moment(0.0, 0.0))
    assert not read.engaged
    late, acts = step(read, Checked(Page.SETTINGS, {name: "returns"}, {}), Moment(0.0, 0.0))
    assert (late.forms[Page.SETTINGS].keeping, acts) == (False, ())


def test_a_fault_while_keeping_does_not_lock_staff_in() -> None:
    async def tell(staff: Staff) -> None:
        await staff.comes_in()
        await staff.goes_to(Page.SETTINGS)
        await staff.press(EditField("policy.mode"))
        staff.file.faulty = True
        await staff.press(StaffDo.KEEP, wait=5)
        assert "K-STF-002" in staff.form.problem
        assert not staff.form.kept
        await staff.press(StaffDo.LEAVE)
        assert staff.left == 1

    story(tell)
