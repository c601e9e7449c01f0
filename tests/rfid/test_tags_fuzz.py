"""Whatever stands on a tag: no exception, a reason for all, and noise is never a library's tag.

`python -m tests.rfid.fuzz` does for hours what is done here for a second.
"""

from itertools import islice

from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.lab import ledger
from tests.rfid import fuzz
from tests.rfid.garbage_tags import RULES, Input, inputs, judge


def test_sound_tags_and_what_becomes_of_them() -> None:
    assert sum(map(judge, islice(inputs(5, noise=0.0), 1500))) > 300


@given(
    st.binary(max_size=300),
    st.sampled_from(RULES),
    st.fixed_dictionaries(
        {},
        optional={
            "block_size": st.integers(-1, 40),
            "dsfid": st.integers(0, 255),
            "afi": st.integers(0, 255),
        },
    ),
)
@example(b"\x11", RULES[0], {})
@example(b"\x9f\xff\xff\xff", RULES[0], {})
@example(b"\x11\xff\xff", RULES[0], {})
@example(b"\x11\x02\x04\xd2\x1f\x00", RULES[0], {})
def test_any_bytes(memory, rules, hints) -> None:
    judge(Input(memory, False), rules, **hints)


def test_a_long_run_is_written_into_the_ledger(tmp_path) -> None:
    file = tmp_path / "ledger.jsonl"
    command = ["--inputs", "400", "--jobs", "2", "--first", "7", "--commit", "abc", "--folder", str(tmp_path)]
    assert fuzz.main([*command, "--ledger", str(file)]) == 0
    assert fuzz.main([*command, "--noise", "112", "--ledger", str(file)]) == 0
    tags, noise = ledger.read(file)
    assert isinstance(tags, ledger.Fuzzing)
    assert isinstance(noise, ledger.Fuzzing)
    assert (tags.fuzzed, tags.inputs, tags.violations) == ("tags", 400, 0)
    assert (noise.fuzzed, noise.inputs, noise.violations) == ("tags (noise of 112 bytes)", 400, 0)
