"""Whatever happens in the library, tags, journal and ILS come to agree, or staff are told of the item."""

import pytest

from tests.circulation.world import World


@pytest.mark.parametrize("first", range(0, 100, 20))
def test_tags_journal_and_ils_come_to_agree_or_the_item_is_named(first: int) -> None:
    for seed in range(first, first + 20):
        world = World(seed)
        try:
            for _ in range(120):
                world.act()
            world.end()
        except AssertionError as broken:
            broken.add_note(f"seed {seed}")
            raise
