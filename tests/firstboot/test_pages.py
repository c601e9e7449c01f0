"""What the pages for technicians tell: their kiosk.toml is taken, and the screens have these words."""

import re
from pathlib import Path

import pytest

from kiosk.settings import for_patrons, parse
from kiosk.words import Words

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"


def blocks(page: str) -> list[str]:
    """The pieces of kiosk.toml on a page."""
    return re.findall(r"^```toml\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def screens() -> list[str]:
    """What screens say, as the table of docs/install.md has it."""
    table = (DOCS / "install.md").read_text("utf-8").split("\n## 7. ")[1].split("\n## ")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return [words for row in rows for words in re.findall(r"\*([^*]+)\*", f"{row[0]} {row[1]}")]


def spoken() -> set[str]:
    """All that the kiosk can say in English, and what the picture "out of service" does."""
    said = {form for forms in Words("en").catalogue.all_forms.values() for form in forms}
    return said | set(re.findall(r'"([^"\n]+)"', (PROJECT / "systemd/pictures.py").read_text("utf-8")))


@pytest.mark.parametrize("page", ["install.md", "firstboot.md"])
def test_each_piece_of_kiosk_toml_is_right(page: str, tmp_path: Path) -> None:
    found = blocks(page)
    assert found
    for text in found:
        for_patrons(parse(text, page, tmp_path), page)


def test_the_least_kiosk_of_the_first_page_is_simulated_nowhere_that_counts(tmp_path: Path) -> None:
    settings = parse(blocks("install.md")[0], "install.md", tmp_path)
    assert not {"ils", "pad"} & set(settings.simulated)


def test_what_the_screens_say_is_what_they_say() -> None:
    named = screens()
    assert len(named) > 8
    assert set(named) - spoken() == set()
