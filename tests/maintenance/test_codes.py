"""Support codes: each reason of a device has one, each code has its section, and words in every language."""

import re
from pathlib import Path

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device
from kiosk.maintenance import all_codes, saying_of, support_code
from kiosk.maintenance.codes import NUMBERS
from kiosk.maintenance.fields import FIELDS
from kiosk.maintenance.views import Page, PinPurpose, TestState
from kiosk.words import Words, languages

PROJECT = Path(__file__).resolve().parent.parent.parent
SUPPORT = (PROJECT / "docs" / "support.md").read_text(encoding="utf-8")

# "devices and the ILS as a party" is the last chapter of the reasons
DEVICE_REASONS = list(Reason)[list(Reason).index(Reason.ILS_DOWN) :]


def test_each_code_has_its_section() -> None:
    assert tuple(sorted(re.findall(r"^### (K-\w+-\d+)$", SUPPORT, re.MULTILINE))) == all_codes()


def test_each_section_says_something() -> None:
    sections = re.split(r"^##+ .*$", SUPPORT, flags=re.MULTILINE)[1:]
    assert all(section.strip() for section in sections)


@pytest.mark.parametrize("reason", DEVICE_REASONS)
def test_each_reason_of_a_device_has_a_code(reason: Reason) -> None:
    assert any(known is reason for _, known in NUMBERS)


def test_no_code_means_two_things() -> None:
    codes = [support_code(device, Condition.MISSING, reason) for device, reason in NUMBERS]
    assert len(codes) == len(set(codes))


def test_codes_that_were_given_out_stay() -> None:
    assert support_code(Device.PRINTER, Condition.MISSING, Reason.PRINTER_SILENT) == "K-PRN-002"
    assert support_code(Device.ILS, Condition.MISSING, Reason.ILS_LOGIN_REFUSED) == "K-ILS-004"


def test_ready_has_no_code_and_silence_and_the_unforeseen_have_one() -> None:
    assert support_code(Device.GATE, Condition.READY, None) == ""
    assert support_code(Device.GATE, Condition.MISSING, None) == "K-GAT-000"
    assert support_code(Device.GATE, Condition.MISSING, Reason.PAPER_OUT) == "K-GAT-099"
    assert saying_of(Device.GATE, Condition.MISSING, Reason.PAPER_OUT) == "another"


def test_each_file_in_the_log_that_is_named_here_is_in_the_docs() -> None:
    named: set[str] = set()
    for module in (PROJECT / "kiosk").rglob("*.py"):
        named |= set(re.findall(r"\bK-(?:DESK|CORE|STF)-\d{3}\b", module.read_text(encoding="utf-8")))
    assert named
    assert all(code in SUPPORT for code in named)


@pytest.fixture(params=languages())
def words(request: pytest.FixtureRequest) -> Words:
    return Words(request.param)


def test_what_staff_read_has_words(words: Words) -> None:
    for device in Device:
        assert words.say(f"maintenance.device.{device.value}")
        for condition in Condition:
            assert words.say(f"maintenance.condition.{condition.value}")
            for reason in (None, *Reason):
                if said := saying_of(device, condition, reason):
                    assert words.say(f"maintenance.reason.{said}")
                    assert words.say(f"maintenance.remedy.{said}")
    for page in Page:
        assert words.say(f"maintenance.page.{page.value}")
    for purpose in PinPurpose:
        assert words.say(f"maintenance.pin.{purpose.value}")
    for state in TestState:
        assert words.say(f"maintenance.test.{state.value}")
    for names in FIELDS.values():
        for name in names:
            assert words.say(f"maintenance.field.{name}")


def test_each_step_that_a_test_can_take_has_words(words: Words) -> None:
    steps: set[str] = set()
    for name in ("doctor/probes.py", "maintenance/runner.py", "settings/editing.py"):
        text = (PROJECT / "kiosk" / name).read_text(encoding="utf-8")
        steps |= set(re.findall(r'TestStep\(\s*"([a-z-]+)"', text))
    steps |= {"address", "encryption", "login", "service", "lending", "returns", "clock"}  # the ILS adapter's
    assert {"too-long", "settings", "put-book"} <= steps
    for step in steps:
        assert words.say(f"maintenance.step.{step}")
