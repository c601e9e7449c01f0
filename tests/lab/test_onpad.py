"""The judge's questions about the pad: how many tags lay there is what each tag says for itself."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kiosk.lab.case import Case, Rules
from kiosk.lab.evidence import Evidence, Stay
from tests.lab import honest

INSTANTS = st.integers(0, 12).map(float)


@st.composite
def stays(draw: st.DrawFn) -> tuple[Stay, ...]:
    """A tag's stays one after the other; some begin when the one before ends, the last may not end."""
    at = draw(st.lists(INSTANTS, max_size=6).map(sorted))
    pairs = [Stay(since, until) for since, until in zip(at[::2], at[1::2], strict=False)]
    if len(at) % 2:
        pairs.append(Stay(at[-1], None))
    return tuple(pairs)


def lying(*presence: tuple[Stay, ...]) -> Case:
    """A case of which only the pad is known."""
    uids = [f"E00401000000000{number}" for number in range(len(presence))]
    tags = tuple(replace(honest.tags()[0], uid=uid) for uid in uids)
    evidence = Evidence(tags=tags, presence=dict(zip(uids, presence, strict=True)))
    return Case(evidence, Rules())


@given(st.lists(stays(), max_size=4), INSTANTS)
def test_as_many_tags_lie_there_as_were_there_one_by_one(presence: list[tuple[Stay, ...]], ms: float) -> None:
    case = lying(*presence)
    assert case.how_many(ms) == sum(case.was_there(tag.uid, ms, ms) for tag in case.tags)
