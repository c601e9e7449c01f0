"""Taking heaps of tags apart by masks: whoever lies there is found, whatever lies there."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid.iso15693 import Mask
from kiosk.rfid.readers.splitting import Splitting

UIDS = st.integers(0, 2**64 - 1).map(lambda number: f"{number:016X}")


def walk(
    uids: list[str], ghost: frozenset[int] = frozenset(), at_most: int = 512
) -> tuple[set[str], int, bool]:
    """Walk through a heap: who was found, after how many questions, and whether it was noisy. Questions whose
    number is in `ghost` meet noise, whoever answers."""
    splitting = Splitting(at_most)
    found, asked = set(), 0
    while (mask := splitting.next()) is not None:
        answering = [uid for uid in uids if mask.fits(uid)]
        if asked in ghost or len(answering) > 1:
            splitting.collided(mask)
        elif answering:
            found.add(answering[0])
        else:
            splitting.silent(mask)
        asked += 1
    return found, asked, splitting.noisy


def test_an_empty_field_is_one_question() -> None:
    assert walk([]) == (set(), 1, False)


def test_a_single_tag_is_one_question() -> None:
    assert walk(["E004010012345678"]) == ({"E004010012345678"}, 1, False)


def test_two_that_differ_in_the_last_bit_of_all() -> None:
    two = ["E004010012345678", "6004010012345678"]
    found, asked, noisy = walk(two)
    assert (found, noisy) == (set(two), False)
    assert asked <= 2 * 64 + 1


def test_twins_cannot_be_told_apart_and_others_can() -> None:
    found, _, noisy = walk(["E004010012345678", "E004010012345678", "E004010087654321"])
    assert (found, noisy) == ({"E004010087654321"}, True)


@given(st.sets(UIDS, max_size=40))
def test_every_heap_is_taken_apart(uids: set[str]) -> None:
    found, _, noisy = walk(sorted(uids), at_most=10_000)
    assert (found, noisy) == (uids, False)


@given(st.sets(UIDS, max_size=12), st.frozensets(st.integers(0, 60), max_size=12))
def test_noise_hides_nobody(uids: set[str], ghost: frozenset[int]) -> None:
    found, _, noisy = walk(sorted(uids), ghost, at_most=10_000)
    assert found == uids or noisy


def test_noise_without_end_ends() -> None:
    found, asked, noisy = walk([], frozenset(range(10_000)))
    assert (found, asked, noisy) == (set(), 512, True)


def test_heaps_take_as_many_questions_as_they_should() -> None:
    chance = Random(15693)

    def mean(tags: int) -> float:
        counts = [walk([f"E00401{chance.getrandbits(40):010X}" for _ in range(tags)])[1] for _ in range(300)]
        return sum(counts) / len(counts)

    assert mean(5) < 13.3  # a plain binary tree takes so many
    assert mean(10) < 27.9
    assert mean(20) < 56.8


def test_a_question_is_not_asked_twice() -> None:
    splitting, masks = Splitting(), []
    uids = [f"E00401{number * 977:010X}" for number in range(20)]
    while (mask := splitting.next()) is not None:
        masks.append(mask)
        answering = sum(mask.fits(uid) for uid in uids)
        if answering > 1:
            splitting.collided(mask)
        elif not answering:
            splitting.silent(mask)
    assert masks[0] == Mask()
    assert len(set(masks)) == len(masks)
