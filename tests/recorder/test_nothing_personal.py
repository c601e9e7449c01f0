"""The real kiosk, whole stories long: nothing personal is written, and the recorder and the reducer agree."""

import logging
from pathlib import Path

import pytest

from kiosk.lab.canaries import hunt
from kiosk.lab.evidence import Canary
from kiosk.recorder import FOLDER, paths_of
from kiosk.recorder.replay import first_divergence
from kiosk.simulator import lanternfield
from tests.recorder.headless import STORIES, capsule_of, play
from tests.recorder.recorded import segments_in


def canaries() -> list[Canary]:
    scenery = lanternfield()
    found = [Canary("title", item.title) for item in scenery.items]
    found += [Canary("author", item.author) for item in scenery.items]
    for patron in scenery.patrons:
        found += [Canary("patron", patron.id), Canary("name", patron.name), Canary("pin", patron.pin)]
        found += [Canary("e-mail", patron.email), Canary("address", patron.address)]
        found += [Canary("phone", patron.phone), Canary("message", patron.message)]
    return found


@pytest.mark.parametrize("name", STORIES)
def test_a_kiosk_leaves_nothing_personal_anywhere(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        kiosk = play(STORIES[name], tmp_path)
    (tmp_path / "kiosk.log").write_text(caplog.text)
    capsule_of(kiosk, tmp_path / "capsule.jsonl.gz")
    ring = tmp_path / "data" / FOLDER
    assert paths_of(ring), "the kiosk records nothing"
    assert list(hunt(canaries(), tmp_path)) == []
    # ids of items are the journal's business alone
    items = [Canary("item", item.barcode) for item in lanternfield().items]
    items += [Canary("tag", tag.uid) for tag in lanternfield().tags]
    assert list(hunt(items, ring, tmp_path / "capsule.jsonl.gz")) == []
    segments = segments_in(ring)
    assert [first_divergence(segment) for segment in segments] == [None] * len(segments)
    assert sum(len(segment.entries) for segment in segments) > 70
