"""What needs the tool root is left out, unless it is asked for (`make rauc-test`)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.update.real.machine import Machine

RAUC = "rauc: needs root and the tool root; left out unless a marker expression (-m) asks for it"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", RAUC)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("markexpr"):
        return
    left_out = [item for item in items if item.get_closest_marker("rauc") is not None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item.get_closest_marker("rauc") is None]


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with Machine(Path("build/rauc-test")) as machine:
        yield machine
