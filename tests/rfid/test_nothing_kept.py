"""What a tag or a card has said is kept by nobody but who asked: a patron's card may lie on the pad, too."""

import functools
import pkgutil
from importlib import import_module
from types import ModuleType

import pytest

from kiosk.rfid import cards, iso15693, readers, wire


def modules(package: ModuleType) -> list[str]:
    return [
        package.__name__,
        *(each.name for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")),
    ]


@pytest.mark.parametrize(
    "name", [name for package in (cards, iso15693, readers, wire) for name in modules(package)]
)
def test_no_module_keeps_answers_or_requests(name: str) -> None:
    """Neither do classes: a cache on a method lives as long as the process."""
    module = import_module(name)
    classes = [each for each in vars(module).values() if isinstance(each, type)]
    values = [value for owner in (module, *classes) for value in vars(owner).values()]
    assert not [value for value in values if isinstance(value, functools._lru_cache_wrapper)]
