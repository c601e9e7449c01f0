"""Each story has an appliance of its own."""

from pathlib import Path

import pytest

from tests.update.appliance import Appliance


@pytest.fixture
def appliance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Appliance:
    return Appliance(tmp_path, monkeypatch, capsys)
