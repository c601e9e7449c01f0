"""What takes long is left out, unless it is asked for (`pytest -m long`, `make mutations`)."""

import pytest

LONG = "long: takes minutes; left out unless a marker expression (-m) asks for it"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", LONG)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("markexpr"):
        return
    left_out = [item for item in items if item.get_closest_marker("long") is not None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item.get_closest_marker("long") is None]
