"""What is recorded names nobody, and the reducer takes the same ways with it."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given

from kiosk.circulation.answers import Welcome
from kiosk.circulation.effects import AppendRow, Effect, SignIn
from kiosk.circulation.events import Event
from kiosk.circulation.intents import Digit, Language, Pressed, Renew
from kiosk.circulation.policy import Policy
from kiosk.circulation.reports import CardShown, CodeScanned
from kiosk.circulation.state import State
from kiosk.circulation.step import initial
from kiosk.circulation.values import (
    ItemKey,
    ItemTag,
    PatronId,
    Pin,
    Row,
    RowKind,
    SagaId,
    SeenTag,
    Uid,
    Untrusted,
)
from kiosk.recorder import AsIs, StandIns
from kiosk.recorder.codec import ENCODER, plan
from kiosk.recorder.replay import first_divergence
from kiosk.recorder.segment import told
from kiosk.recorder.table import FIELDS, Kept
from tests.recorder.recorded import record, recorder_in, segments_in, steps_of, text_of
from tests.recorder.strategies import TEXTS, st

SECRET = StandIns(b"k" * 32)


def scrubbed(value: Any) -> Any:
    planned = plan(type(value))
    return planned.unpack(json.loads(ENCODER.encode(planned.pack(value, SECRET))))


@dataclass(frozen=True, slots=True)
class Complaint:
    """What somebody adds tomorrow."""

    text: str
    about: Mapping[str, str]
    parts: tuple[str, ...]
    loose: object = None
    count: int = 0


def test_a_new_field_of_text_that_nobody_has_classified_is_scrubbed() -> None:
    complaint = Complaint("Anna", {"Kern": "Moby Dick"}, ("21000001",), ["Anna", {"Kern": "Dick"}], 3)
    written = ENCODER.encode(plan(Complaint | Digit).pack(complaint, SECRET))
    assert not re.search("Anna|Kern|Dick|2100", written)
    assert scrubbed(complaint).count == 3


def test_one_text_has_one_stand_in_wherever_it_stands() -> None:
    card = scrubbed(CodeScanned(PatronId("4711"), ItemKey("4711")))
    assert card.patron.value == card.item.id
    assert scrubbed(Welcome("x", frozenset({"4711"}))).charged == {card.item.id}
    assert card.item != scrubbed(ItemKey("4712"))
    assert scrubbed(Renew("tag:E004")).key == f"tag:{scrubbed(ItemKey('E004')).id}"


def test_what_is_empty_stays_empty() -> None:
    assert scrubbed(ItemKey("")) == ItemKey("")
    assert scrubbed(Untrusted(" ")) == Untrusted(" ")


def test_of_a_pin_only_its_length_is_kept() -> None:
    assert scrubbed(Pin("4711")) == Pin("0000")
    assert scrubbed(Digit("7")) == Digit("0")
    assert scrubbed(Digit("q")) == Digit("x")
    assert scrubbed(SignIn(1, PatronId("a"), Pin("123"), "de")).pin == Pin("000")


def test_a_language_is_kept_and_nothing_else_in_its_place() -> None:
    assert scrubbed(Language("zh-Hant")) == Language("zh-Hant")
    assert scrubbed(Language("21000001")) != Language("21000001")


def test_a_row_keeps_its_saga_and_the_words_that_are_ours() -> None:
    payload = {"item": "39012", "uids": ["E004A"], "reason": "tag-gone", "afi": [7, None], "who": "Anna"}
    row = scrubbed(Row(SagaId("L3-12"), RowKind.STAFF, payload, {"patron": "21000001"}))
    assert (row.saga, row.kind) == ("L3-12", RowKind.STAFF)
    assert row.payload["reason"] == "tag-gone"
    assert row.payload["afi"] == [7, None]
    assert row.payload["item"] == SECRET.personal("39012")
    assert row.sealed == {"patron": SECRET.personal("21000001")}
    assert not {"Anna", "39012", "E004A"} & {*map(str, row.payload.values())}
    assert scrubbed(Row(SagaId("Anna Kern"), RowKind.STAFF)).saga != "Anna Kern"


def test_a_text_of_the_reducers_own_in_a_payload_is_not_compared() -> None:
    def said(names: AsIs, words: str) -> tuple[str, str]:
        row = Row(SagaId("L3-12"), RowKind.STAFF, {"item": names.personal("39012"), "advice": words})
        return told(initial(Policy()), (AppendRow(row),), names)

    assert said(AsIs(), "see the shelf") == said(AsIs(), "call me")
    assert said(AsIs(), "see the shelf") != said(AsIs(), "")


@given(TEXTS, TEXTS)
def test_different_texts_have_different_stand_ins_that_no_other_segment_has(one: str, other: str) -> None:
    assert (SECRET.personal(one) == SECRET.personal(other)) == (one == other)
    if one.strip() and one != "tag:":
        assert StandIns(b"q" * 32).personal(one) not in (one, SECRET.personal(one))


@given(st.text(min_size=1))
def test_a_stand_in_tells_nothing_of_its_text(text: str) -> None:
    if not text.isspace() and not text.startswith("tag:"):
        assert re.fullmatch("[a-z]{12}", SECRET.personal(text))


def _classes(hint: Any, seen: dict[str, type]) -> dict[str, type]:
    hint = getattr(hint, "__supertype__", hint)
    for part in get_args(hint) if get_origin(hint) else ():
        _classes(part, seen)
    if isinstance(hint, type) and is_dataclass(hint) and hint.__name__ not in seen:
        seen[hint.__name__] = hint
        for each in get_type_hints(hint).values():
            _classes(each, seen)
    return seen


def test_the_table_names_only_what_there_is() -> None:
    classes = _classes(Event | Effect | State, {})
    for line in FIELDS:
        owner, _, name = line.partition(".")
        if owner in classes:
            assert name in {each.name for each in fields(classes[owner])}, line
    assert {line.partition(".")[0] for line in FIELDS} - set(classes) <= {"Exchange", "Money"}
    assert any(isinstance(treatment, Kept) for treatment in FIELDS.values())


@pytest.mark.parametrize("seeds", [range(6), range(6, 12)])
def test_stories_leave_nothing_personal_and_replay_to_the_same_effects(tmp_path: Path, seeds: range) -> None:
    record(tmp_path, steps_of(*seeds))
    said = text_of(tmp_path)
    for personal in ("Anna", "Kern", '"p1"', '"p2"', '"A1"', '"A2"', '"S"', "E004", "nobody"):
        assert personal not in said
    segments = segments_in(tmp_path)
    assert sum(len(segment.entries) for segment in segments) > 500
    assert [first_divergence(segment) for segment in segments] == [None] * len(segments)


def test_a_segment_may_begin_anywhere_even_in_the_middle_of_a_visit(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    for number, step in enumerate(steps_of(21, 22, 23)):
        recorder.stepped(*step)
        if number % 7 == 0:
            asyncio.run(recorder.close())
    asyncio.run(recorder.close())
    segments = segments_in(tmp_path)
    assert sum(1 for segment in segments if segment.state().session is not None) > 10
    assert [first_divergence(segment) for segment in segments] == [None] * len(segments)


def test_events_that_hold_a_patron_hold_them_only_as_a_stand_in() -> None:
    event = Pressed(3, 4711, Digit("4"))
    tag = SeenTag(Uid("E004"), 7, ItemTag(ItemKey("39012")))
    written = ENCODER.encode(plan(Event).pack(event, SECRET))
    assert "4711" not in written
    assert "21000001" not in ENCODER.encode(plan(Event).pack(CardShown(PatronId("21000001")), SECRET))
    assert "E004" not in ENCODER.encode(plan(SeenTag).pack(tag, SECRET))
