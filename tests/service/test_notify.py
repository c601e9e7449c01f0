"""Words to a service manager: over real sockets, and never at the price of waiting."""

import secrets

import pytest

from kiosk.service import Notify
from kiosk.service.notify import watchdog_s
from tests.service.manager import Manager


def test_what_is_said_comes_as_one_datagram(manager: Manager) -> None:
    assert Notify(manager.address).say("READY=1", "STATUS=attract")
    assert manager.hears(1) == ["READY=1", "STATUS=attract"]
    assert manager.all() == []


def test_an_abstract_name_is_an_address_too() -> None:
    manager = Manager(f"@kiosk-test-{secrets.token_hex(8)}")
    try:
        assert Notify(manager.address).say("WATCHDOG=1")
        assert manager.hears(1) == ["WATCHDOG=1"]
    finally:
        manager.close()


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "notify"])
def test_without_a_manager_nothing_is_said(address: str) -> None:
    notify = Notify(address)
    assert not notify.heard
    assert not notify.say("READY=1")


def test_a_manager_that_is_gone_is_no_trouble(manager: Manager) -> None:
    manager.close()
    assert not Notify(manager.address).say("WATCHDOG=1")


def test_a_manager_that_does_not_listen_keeps_nobody_waiting(manager: Manager) -> None:
    """The queue of a socket is short; a word that finds it full is lost, and that is told."""
    notify = Notify(manager.address)
    delivered = sum(notify.say("WATCHDOG=1") for _ in range(10_000))
    assert 0 < delivered < 10_000
    assert len(manager.all()) == delivered
    assert notify.say("WATCHDOG=1")


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "17"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "18"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": ""}, None),
    ],
)
def test_the_manager_says_how_often_it_wants_to_be_fed(
    environment: dict[str, str], seconds: float | None
) -> None:
    assert watchdog_s(environment, 17) == seconds
