"""What the judge says where evidence is out of reach: behind a real ILS, a real pad, without a screen."""

from dataclasses import replace
from pathlib import Path

from kiosk.lab.evidence import PROMISES, AfiAt, ShownHeader
from kiosk.lab.judge import judge
from tests.lab import honest
from tests.lab.honest import HELD_TAG, KEPT, judged, shown, with_tag, without_rows


def test_behind_a_real_ils_the_wire_decides(tmp_path: Path) -> None:
    given = replace(honest.evidence(), ils=None)
    assert judged(tmp_path / "good", given).promises == KEPT
    lie = with_tag(given, HELD_TAG, writes=(AfiAt(1300.0, "C2"), AfiAt(1310.0, "07")))
    assert judged(tmp_path / "bad", lie).promises == {**KEPT, "p1": False}


def test_behind_a_real_ils_an_answer_that_never_came_leaves_it_open(tmp_path: Path) -> None:
    given = replace(honest.evidence(), ils=None)
    given = replace(given, frames=tuple(frame for frame in given.frames or () if frame.ms != 3050.0))
    assert judged(tmp_path, given).promises == {**KEPT, "p3": None}


def test_behind_a_real_ils_a_renewing_12_leaves_it_open(tmp_path: Path) -> None:
    given = replace(honest.evidence(), ils=None)
    frames = tuple(
        replace(frame, text=frame.text.replace("121N", "121Y")) if frame.ms == 10150.0 else frame
        for frame in given.frames or ()
    )
    assert judged(tmp_path, replace(given, frames=frames)).promises == {**KEPT, "p4": None}


def test_behind_a_real_pad_nobody_sees_the_tags(tmp_path: Path) -> None:
    given = replace(honest.evidence(), tags=None, air=None, presence=None)
    promises = judged(tmp_path, given).promises
    assert {name for name, kept in promises.items() if kept is None} == {"p1", "p2", "p5"}
    assert False not in promises.values()


def test_without_a_screen_nobody_can_say_what_it_showed(tmp_path: Path) -> None:
    promises = judged(tmp_path, replace(honest.evidence(), shown=None)).promises
    assert {name for name, kept in promises.items() if kept is None} == {"p2", "p5", "p7", "p8", "p9"}


def test_what_was_never_drawn_has_no_controls(tmp_path: Path) -> None:
    given = honest.evidence()
    entries = tuple(replace(entry, controls=None, size=None) for entry in shown(given))
    assert judged(tmp_path, replace(given, shown=entries)).promises == {**KEPT, "p8": None}


def test_a_breach_counts_even_where_the_rest_is_out_of_reach(tmp_path: Path) -> None:
    given = without_rows(replace(honest.evidence(), ils=None), 1)
    given = replace(given, frames=tuple(frame for frame in given.frames or () if frame.ms != 3050.0))
    assert judged(tmp_path, given).promises == {**KEPT, "p3": False}


def test_an_empty_folder_says_nothing(tmp_path: Path) -> None:
    assert judge(tmp_path, tmp_path / "data").promises == dict.fromkeys(PROMISES)


def test_a_header_may_be_missing_its_preferences(tmp_path: Path) -> None:
    given = honest.evidence()
    entries = tuple(replace(entry, header=ShownHeader(entry.header.patron)) for entry in shown(given))
    assert judged(tmp_path, replace(given, shown=entries)).promises == KEPT
