"""The page of the saga tables is drawn from the tables."""

from pathlib import Path

from kiosk.circulation.tables import describe, unused

PROJECT = Path(__file__).resolve().parent.parent.parent


def test_the_page_is_as_the_tables_are() -> None:
    """Drawn by `kiosk.circulation.tables.describe()`."""
    assert (PROJECT / "docs" / "sagas.md").read_text() == describe()


def test_every_signal_and_every_act_stands_in_a_table() -> None:
    assert unused() == ()
