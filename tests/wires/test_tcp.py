"""TCP wires: what cannot be opened is an OSError, whatever the settings say."""

import asyncio

import pytest

from kiosk.wires import tcp


@pytest.mark.parametrize("host", ["printer..local", "x" * 70, "a\0b", "\ud800"])
def test_a_host_name_that_is_none(host: str) -> None:
    with pytest.raises(OSError, match="is no host name"):
        asyncio.run(tcp(host, 9100)())
