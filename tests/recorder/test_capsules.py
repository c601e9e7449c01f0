"""Every capsule in tests/capsules happens again as it happened in the kiosk: each is a regression test.

One that ends with a fall of the reducer must not fall any more. tests/capsules/README.md says what is to be
done when one of these tests fails.
"""

from pathlib import Path

import pytest

from kiosk.recorder.replay import Outcome, first_divergence
from kiosk.recorder.story import tell
from kiosk.support.capsule_command import main, read
from tests.recorder.headless import CAPSULES

FILES = sorted(CAPSULES.glob("*.gz"))


def test_there_are_capsules() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_what_happened_happens_again(path: Path) -> None:
    _, segments = read(path)
    number = 0
    for number, segment in enumerate(segments, 1):
        fell = any(entry.fall is not None for entry in segment.entries)
        divergence = first_divergence(segment)
        if fell:
            assert divergence is not None, "it falls over as it did in the kiosk"
            assert divergence.outcome is Outcome.MENDED, divergence
        elif divergence is not None:
            told = "\n".join(line for line, _ in tell(segment))
            pytest.fail(f"segment {number}, event {divergence.number}: {divergence.outcome}\n{told[-4000:]}")
    assert number


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_it_is_small_and_tells_its_story(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert path.stat().st_size < 100_000
    main(["--replay", str(path)])
    assert "-> " in capsys.readouterr().out
