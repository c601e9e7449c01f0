"""The page of the saga tables is drawn from the tables."""

from pathlib import Path

from kiosk.circulation.loan import Loan
from kiosk.circulation.returning import Return
from kiosk.circulation.saga import Stage
from kiosk.circulation.tables import describe, unused

PROJECT = Path(__file__).resolve().parent.parent.parent


def test_the_page_is_as_the_tables_are() -> None:
    """Drawn by `kiosk.circulation.tables.describe()`."""
    assert (PROJECT / "docs" / "sagas.md").read_text() == describe()


def test_tags_are_secured_and_patrons_asked_in_the_one_state_that_the_stages_name() -> None:
    for kind in (Loan, Return):
        assert [state for state, stage in kind.STAGES.items() if stage is Stage.SECURING] == [kind.SECURES]
        asking = [state for state, stage in kind.STAGES.items() if stage is Stage.ASKING]
        assert asking == ([] if kind.ASKS is None else [kind.ASKS])


def test_every_signal_and_every_act_stands_in_a_table() -> None:
    assert unused() == ()
