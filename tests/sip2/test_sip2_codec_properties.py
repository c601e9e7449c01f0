"""What must hold for all messages and for all bytes."""

import contextlib
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sip2 import DecodeError, Framer, Integrity, Overlong, checksum, decode, encode, seal, unseal
from kiosk.sip2.codec import FIXED_WIDTHS, well_ended
from kiosk.sip2.conversation import Broken, Conversation, Reply, ResendWanted, Straggler
from kiosk.sip2.messages import MESSAGES
from kiosk.sip2.profiles import Profile
from tests.sip2.strategies import MESSAGES_ANY, VALUES

CODES = st.sampled_from(sorted(MESSAGES))
FRAMES = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda code, rest: code.encode() + rest, CODES, st.binary(max_size=300)),
    st.builds(lambda message, cut: encode(message).encode()[:cut], MESSAGES_ANY, st.integers(0, 120)),
)


@given(MESSAGES_ANY)
def test_what_is_written_is_read_again(message):
    text = encode(message)
    assert decode(text) == message
    assert well_ended(text)


@given(MESSAGES_ANY)
def test_a_message_that_was_read_is_as_whole_and_as_frozen_as_one_that_was_made(message):
    read = decode(encode(message))
    assert vars(read).keys() == {field.name for field in dataclasses.fields(message)}
    assert dataclasses.replace(read) == read
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.extras = ()


@given(MESSAGES_ANY, st.lists(st.tuples(st.sampled_from(["XI", "GG", "C4"]), VALUES), max_size=3))
def test_unknown_fields_go_through(message, extras):
    message = dataclasses.replace(message, extras=tuple(extras))
    assert decode(encode(message)) == message


@given(st.text(max_size=300) | st.builds(str.__add__, CODES, st.text(max_size=300)))
def test_reading_any_text_raises_nothing_but_its_own_error(text):
    with contextlib.suppress(DecodeError):
        decode(text)


@given(st.lists(FRAMES, max_size=6), st.booleans())
def test_a_conversation_survives_any_bytes(chunks, error_detection):
    conversation = Conversation(Profile(error_detection=error_detection))
    framer = Framer(limit=200)
    for chunk in chunks:
        for frame in framer.feed(chunk):
            assert isinstance(conversation.hear(frame), Reply | Straggler | Broken | ResendWanted)


# A code and anything behind it: what stands before a code is no part of a frame.
bodies = st.binary(max_size=200).map(b"64".__add__)


@given(bodies, st.none() | st.integers(0, 9))
def test_a_seal_can_be_checked_and_taken_off(body, sequence):
    bare = unseal(seal(body, sequence))
    assert bare.integrity is Integrity.RIGHT
    if sequence is not None or body[-3:-1] != b"AY":
        assert (bare.body, bare.sequence) == (body, sequence)


@given(st.binary(max_size=1000) | st.integers(0, 3000).map(lambda size: b"\xff" * size))
def test_a_checksum_is_what_the_standard_says(data):
    assert checksum(data) == b"%04X" % (-sum(data) & 0xFFFF)
    assert (sum(data) + int(checksum(data), 16)) & 0xFFFF == 0


@given(bodies, st.integers(0, 9))
def test_a_seal_in_small_letters_is_right_too_and_a_number_that_is_none_is_not_taken_for_one(body, sequence):
    frame = seal(body, sequence)
    assert unseal(frame[:-4] + frame[-4:].lower()) == unseal(frame)
    through = body + b"AYxAZ"
    odd = through + checksum(through)
    assert unseal(odd) == (body + b"AYx", None, Integrity.RIGHT)


@given(st.binary(max_size=400), st.lists(st.integers(1, 30), min_size=1, max_size=40))
def test_how_the_bytes_are_cut_makes_no_difference(data, sizes):
    whole = Framer(limit=100).feed(data)
    framer, pieces, at = Framer(limit=100), [], 0
    for size in sizes:
        pieces += framer.feed(data[at : at + size])
        at += size
    pieces += framer.feed(data[at:])

    def kinds(frames):
        return [frame if isinstance(frame, bytes) else Overlong for frame in frames]

    assert kinds(whole) == kinds(pieces)


WIDTHS = {
    "01": 19, "09": 37, "10": 22, "11": 38, "12": 22, "15": 19, "16": 20, "17": 18, "18": 24, "19": 18,
    "20": 19, "23": 21, "24": 35, "25": 18, "26": 35, "29": 38, "30": 22, "35": 18, "36": 19, "37": 25,
    "38": 19, "63": 31, "64": 59, "65": 18, "66": 27, "93": 2, "94": 1, "96": 0, "97": 0, "98": 34, "99": 8,
}  # fmt: skip
"""Width of all fixed fields of each message together, added up from the standard's own pages."""


def test_every_message_of_the_standard_is_there_and_as_wide_as_it_says():
    assert dict(FIXED_WIDTHS) == WIDTHS
