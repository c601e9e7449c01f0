"""Our codec against that of pysip2, which we did not write, in both directions, on every message."""

from __future__ import annotations

import dataclasses
import typing
from datetime import UTC, datetime

import msgspec
import pysip2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysip2.models import MESSAGE_SPECS_BY_ID

from kiosk.sip2 import Supported, decode, encode, seal, unseal
from kiosk.sip2.dates import write_date
from kiosk.sip2.messages import MESSAGES
from tests.sip2.strategies import DATES, VALUES, messages_of

CODES = sorted(MESSAGES)

# Where pysip2 is stricter than the standard: values that both take, by id or by name of a fixed field.
STRICT = {
    "BX": Supported("Y" * 16), "BH": "EUR", "CC": "10.00", "currency": "EUR", "mode": "+", "status": "0",
    "BY": "2", "uid_algorithm": "0", "pwd_algorithm": "0", "timeout_tenths": 100, "retries": 3,
    "max_print_width": 80, "renewed_count": 1, "unrenewed_count": 0,
    "clock": datetime(2027, 1, 2, 10, 11, 12, tzinfo=UTC),
    # extensions, which pysip2 passes over
    "CT": None, "CV": None, "CY": None, "DA": None, "CR": None, "CS": None, "PA": None, "PC": None,
}  # fmt: skip


def _tame(message):
    strict = {spec.name: STRICT[key] for spec in message.specs if (key := spec.id or spec.name) in STRICT}
    if getattr(message, "nb_due_date", True) is None:  # blanks, which pysip2 takes for an error
        strict["nb_due_date"] = message.date
    return dataclasses.replace(message, **strict)


@pytest.mark.parametrize("code", CODES)
@settings(max_examples=25)
@given(data=st.data())
def test_what_we_write_pysip2_reads_and_writes_back(code, data):
    message = _tame(data.draw(messages_of(MESSAGES[code])))
    sequence = None if code in {"96", "97"} else data.draw(st.integers(0, 9))
    frame = seal(encode(message).encode(), sequence) + b"\r"
    read = pysip2.decode_message(frame, encoding="utf-8")
    assert type(read.message) is MESSAGE_SPECS_BY_ID[code].struct_type
    assert read.sequence_number == sequence
    again = pysip2.encode_message(read.message, sequence_number=sequence, checksum=True, encoding="utf-8")
    bare = unseal(again[:-1])
    assert bare.sequence == sequence
    assert decode(bare.body.decode()) == message


# What pysip2 leaves open, and the standard does not.
NARROW = {
    **dict.fromkeys(
        ("transaction_date", "nb_due_date", "return_date", "expiration_date", "recall_date",
         "hold_pickup_date", "date_time_sync"),
        DATES.map(write_date),
    ),
    **dict.fromkeys(
        ("hold_queue_length", "queue_position", "start_item", "end_item"), st.integers(0, 9999).map(str)
    ),
    "summary": st.integers(0, 5).map(lambda at: " " * at + "Y" + " " * (9 - at)),
    **dict.fromkeys(("uid_algorithm", "pwd_algorithm"), st.sampled_from("01")),
}  # fmt: skip


def _theirs(struct):
    """Any message of a class of theirs, by its own table of types."""
    hints = typing.get_type_hints(struct, include_extras=True)
    return st.builds(struct, **{name: _of(hint, NARROW.get(name)) for name, hint in hints.items()})


def _of(hint, narrow=None):
    if typing.get_origin(hint) is tuple:
        return st.lists(VALUES, max_size=4).map(tuple)
    if type(None) in typing.get_args(hint):
        return st.none() | _of(typing.get_args(hint)[0], narrow)
    if narrow is not None:
        return narrow
    if typing.get_origin(hint) is typing.Annotated:
        (meta,) = (one for one in hint.__metadata__ if isinstance(one, msgspec.Meta))
        return st.from_regex(meta.pattern, fullmatch=True)
    return VALUES


@pytest.mark.parametrize("code", CODES)
@settings(max_examples=25)
@given(data=st.data())
def test_what_pysip2_writes_we_read_and_write_back(code, data):
    theirs = data.draw(_theirs(MESSAGE_SPECS_BY_ID[code].struct_type))
    if code == "37":
        theirs = msgspec.structs.replace(theirs, fee_amount=f"{data.draw(st.decimals(0, 10**6, places=2)):f}")
    frame = pysip2.encode_message(theirs, encoding="utf-8")
    ours = decode(frame[:-1].decode())
    assert type(ours) is MESSAGES[code]
    assert pysip2.decode_message(encode(ours).encode() + b"\r", encoding="utf-8").message == theirs


def test_the_two_tables_have_the_same_fields():
    """Order and width of the fixed ones; ids, required and repeated of the variable ones."""
    for code, cls in MESSAGES.items():
        theirs = MESSAGE_SPECS_BY_ID[code].fields
        fixed = [spec.kind.width for spec in cls.specs if not spec.id]
        assert fixed == [field.width for field in theirs if field.field_id is None], code
        variable = {
            spec.id: (spec.required, spec.repeated)
            for spec in cls.specs
            if spec.id and STRICT.get(spec.id, "") is not None
        }
        expected = {
            field.field_id: (field.required, field.repeatable)
            for field in theirs
            if field.field_id is not None
        }
        assert variable == expected, code


def test_both_make_the_same_control_frames():
    assert pysip2.encode_message(pysip2.RequestACSResend(), checksum=True) == seal(b"97", None) + b"\r"
    assert pysip2.encode_message(pysip2.RequestSCResend(), checksum=True) == seal(b"96", None) + b"\r"
