"""Sets: parts that are there, missing, there twice, of another set; and sets whose size nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.circulation.reasons import Reason
from kiosk.circulation.sets import (
    Counted,
    Decided,
    PartTag,
    Standing,
    Stray,
    UnknownSize,
    Verdict,
    count_set,
    decide,
    strays,
)
from kiosk.circulation.values import ItemKey, ItemTag, Uid

BOX = ItemKey("3100000123", "DE-Heu1")
OTHER = ItemKey("3100000456", "DE-Heu1")


def tags(*parts: str, item: ItemKey = BOX) -> list[PartTag]:
    """Parts as `1/3`; `-2/3` was there and is not any more; `@` before it: of another owner."""
    made = []
    for number, text in enumerate(parts):
        owner = "SE-X" if "@" in text else item.owner
        part, size = text.lstrip("@-").split("/")
        content = ItemTag(ItemKey(item.id, owner), int(part), int(size))
        made.append(PartTag(Uid(f"{item.id}-{number}"), content, "-" not in text))
    return made


@pytest.mark.parametrize(
    ("parts", "standing", "missing"),
    [
        (["1/1"], Standing.WHOLE, ()),
        (["1/3", "2/3", "3/3"], Standing.WHOLE, ()),
        (["3/3", "1/3"], Standing.LACKING, (2,)),
        (["1/3", "-2/3", "3/3"], Standing.LACKING, (2,)),
        (["1/3", "2/0", "3/3"], Standing.WHOLE, ()),
        (["1/0"], Standing.UNCOUNTED, ()),
        (["1/0", "2/0"], Standing.UNCOUNTED, ()),
        (["1/0", "3/0"], Standing.LACKING, (2,)),
        (["1/0", "-2/0"], Standing.LACKING, (2,)),
        (["1/3", "1/3", "2/3", "3/3"], Standing.TWICE, ()),
        (["1/3", "1/3"], Standing.TWICE, (2, 3)),
        (["1/0", "1/0"], Standing.TWICE, ()),
        (["1/2", "2/2", "4/0"], Standing.BEYOND, ()),
        (["1/2", "2/3"], Standing.DISAGREEING, ()),
        (["1/1", "2/2"], Standing.DISAGREEING, ()),
        (["1/3", "2/3", "@3/3"], Standing.FOREIGN, (3,)),
        (["3/2"], Standing.BEYOND, (1, 2)),
        (["1/2", "2/2", "-3/2"], Standing.BEYOND, ()),
        (["1/2", "2/2", "-@2/2"], Standing.FOREIGN, ()),
        (["1/2", "2/2", "-1/3"], Standing.DISAGREEING, ()),
        (["-1/2"], Standing.LACKING, (1, 2)),
    ],
)
def test_how_a_set_stands(parts: list[str], standing: Standing, missing: tuple[int, ...]) -> None:
    counted = count_set(tags(*parts))
    assert (counted.standing, counted.missing) == (standing, missing)


def test_what_does_not_belong_there_is_named() -> None:
    counted = count_set(tags("1/2", "2/2", "2/2", "5/0", "@1/2"))
    assert counted == Counted(
        size=2,
        sizes=(2,),
        present=(1, 2, 5),
        missing=(),
        twice=(2,),
        beyond=(5,),
        foreign=(Uid("3100000123-4"),),
        strange=(1,),
    )


def test_a_tag_that_names_no_owner_may_be_anybody_s() -> None:
    no_owner = PartTag(Uid("x"), ItemTag(ItemKey(BOX.id), 3, 3))
    assert count_set([*tags("1/3", "2/3"), no_owner]).standing is Standing.WHOLE


def test_a_part_in_the_wrong_case_is_found_in_the_heap() -> None:
    heap = {
        BOX: count_set(tags("1/3", "3/3")),
        OTHER: count_set(tags("2/3", item=OTHER)),
        ItemKey("3"): count_set(tags("1/2", item=ItemKey("3"))),
        ItemKey("4"): count_set(tags("1/2", "2/2", item=ItemKey("4"))),
    }
    assert strays(heap) == {BOX: (Stray(OTHER, 2),), OTHER: (Stray(BOX, 1), Stray(BOX, 3))}


@pytest.mark.parametrize(
    ("rule", "all_there", "verdict"),
    [
        (UnknownSize.ACCEPT, None, Verdict.GO),
        (UnknownSize.ASK, None, Verdict.ASK),
        (UnknownSize.ASK, True, Verdict.GO),
        (UnknownSize.ASK, False, Verdict.STAFF),
        (UnknownSize.STAFF, None, Verdict.STAFF),
        (UnknownSize.STAFF, True, Verdict.STAFF),
    ],
)
def test_a_set_of_unknown_size(rule: UnknownSize, all_there: bool | None, verdict: Verdict) -> None:
    assert decide(count_set(tags("1/0", "2/0")), rule, all_there).verdict is verdict


@pytest.mark.parametrize("rule", UnknownSize)
@pytest.mark.parametrize("all_there", [None, True, False])
def test_what_a_patron_says_changes_nothing_of_what_is_known(
    rule: UnknownSize, all_there: bool | None
) -> None:
    assert decide(count_set(tags("1/2", "2/2")), rule, all_there) == Decided(Verdict.GO)
    lacking = decide(count_set(tags("1/2")), rule, all_there)
    assert lacking == Decided(Verdict.WAIT, Reason.PART_MISSING)
    twice = decide(count_set(tags("1/2", "2/2", "2/2")), rule, all_there)
    assert twice == Decided(Verdict.STAFF, Reason.TAG_DUPLICATE)
    gap = decide(count_set(tags("1/0", "3/0")), rule, all_there)
    assert gap == Decided(Verdict.WAIT, Reason.PART_MISSING)


PARTS = st.lists(
    st.builds(
        lambda number, part, size, owner, there: PartTag(
            Uid(str(number)), ItemTag(ItemKey("1", owner), part, size), there
        ),
        st.integers(0, 99),
        st.integers(1, 6),
        st.integers(0, 5),
        st.sampled_from(["", "A", "B"]),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda tag: tag.uid,
)


@given(PARTS, st.sampled_from(UnknownSize))
def test_nothing_goes_of_which_a_part_is_known_to_be_missing(held: list[PartTag], rule: UnknownSize) -> None:
    counted = count_set(held)
    decided = decide(counted, rule)
    assert (decided.reason is None) == (decided.verdict is Verdict.GO)
    if decided.verdict is Verdict.GO:
        there = {tag.content.part for tag in held if tag.there}
        seen = {tag.content.part for tag in held}
        assert seen == there, "nothing that was there has gone"
        assert there == set(range(1, len(there) + 1)), "no number is left out"
        assert len(held) == len(there), "none is there twice"
        assert len({tag.content.parts for tag in held} - {0}) <= 1, "all tags agree"
        assert len({tag.content.item.owner for tag in held} - {""}) <= 1, "all are of one library"
    assert set(counted.missing).isdisjoint(counted.present)


@given(PARTS, st.randoms())
def test_the_order_of_the_tags_matters_only_for_whose_the_set_is(held: list[PartTag], chance: object) -> None:
    owned = [tag for tag in held if tag.content.item.owner != "B"]
    shuffled = list(owned)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert count_set(shuffled) == count_set(owned)
