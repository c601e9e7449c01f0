"""What needs the environments of `scripts/others` is left out, unless it is asked for (`make others`)."""

from collections.abc import Iterator

import pytest

from tests.others.far_side import Server

OTHERS = (
    "others: needs SIP2 software that we did not write; left out unless a marker expression (-m) asks for it"
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", OTHERS)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("markexpr"):
        return
    left_out = [item for item in items if item.get_closest_marker("others") is not None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item.get_closest_marker("others") is None]


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Server]]:
    """Each server that was wanted so far, by name."""
    wanted: dict[str, Server] = {}
    yield wanted
    for server in wanted.values():
        server.kill()


@pytest.fixture(params=["pysip2", "invenio"])
def far(
    request: pytest.FixtureRequest, servers: dict[str, Server], tmp_path_factory: pytest.TempPathFactory
) -> Server:
    """A server that runs, before a library in which nothing has happened. A test plays with each of them,
    unless it is marked `@only("invenio")`."""
    name = request.param
    if name not in servers:
        servers[name] = Server(name, tmp_path_factory.mktemp(name))
    servers[name].has()
    servers[name].start()
    return servers[name]
