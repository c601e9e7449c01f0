"""What may come over a wire, and what must hold for all of it: the one judge of all fuzzing.

An input is a manner (one byte), the size of the pieces in which the bytes come (one byte), and the bytes. In
half of the manners each line is sealed first, so that a fuzzer need not guess checksums to be heard out; in
one of four the bytes are what a whole client gets for answers (`garbled`), which takes fifty times as long.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from kiosk.sip2 import (
    EncodeError,
    Framer,
    Message,
    Overlong,
    ScStatus,
    Untrusted,
    decode,
    encode,
    masked,
    seal,
)
from kiosk.sip2.conversation import Broken, Conversation, Reply, ResendWanted, Straggler, to_bytes
from kiosk.sip2.messages import MESSAGES
from kiosk.sip2.money import Priced
from kiosk.sip2.profiles import Profile
from tests.sip2.garbled import converse

SEALED, EXCHANGE = 0x80, 0x60
"""Bits of the manner."""

LIMIT = 2048
"""Bytes of the longest frame here: what is longer must be found to be so by fuzzers too."""

MANNERS = (
    Profile(),
    Profile(error_detection=False),
    Profile(charset="cp850"),
    Profile(charset="latin-1", delimiter="^"),
)


def hear(data: bytes) -> int:
    """Play one input; how many messages were understood.

    Raises:
        AssertionError: something does not hold. (And nothing else may be raised.)
    """
    manner, size = (*data[:2], 0, 0)[:2]
    stream = data[2:]
    profile = MANNERS[manner % len(MANNERS)]
    if manner & EXCHANGE == EXCHANGE:
        return converse(manner, size, stream[:LIMIT], profile)
    sealed = manner & SEALED
    conversation, framer, understood, size_heard = Conversation(profile), Framer(LIMIT), 0, 0
    conversation.next(to_bytes(ScStatus(), profile))
    if sealed:
        stream = b"\r".join(seal(line, 0) for line in stream.split(b"\r")) + b"\r"
    step = 1 + size * 4
    for at in range(0, len(stream), step):
        for frame in framer.feed(stream[at : at + step]):
            size_heard += frame.size if isinstance(frame, Overlong) else len(frame)
            heard = conversation.hear(frame)
            assert isinstance(heard, Reply | Straggler | Broken | ResendWanted), heard
            if isinstance(heard, Reply):
                understood += 1
                _judge(heard.message, profile)
            if isinstance(frame, bytes):
                line = masked(frame, charset=profile.charset, delimiter=profile.delimiter)
                assert len(line.splitlines()) <= 1, line
    # a line is heard twice at most: by itself, and within its frame
    assert size_heard <= 2 * len(stream), "more was heard than was said"
    return understood


def _judge(message: Message, profile: Profile) -> None:
    """A message that was read can be shown, calculated with and written."""
    for value in vars(message).values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Untrusted):
                plain = one.plain(80)
                assert len(plain) <= 80, plain
                assert not any(ord(ch) < 0x20 or 0x7F <= ord(ch) < 0xA0 for ch in plain), plain
    if isinstance(message, Priced):
        amount = message.fee_amount.value
        assert amount is None or amount.is_finite(), amount
    try:
        text = encode(message, delimiter=profile.delimiter)
    except EncodeError:
        return  # not all that may be read may be written
    again = decode(text, delimiter=profile.delimiter)
    assert type(again) is type(message), again
    if not message.extras:
        assert decode(encode(again, delimiter=profile.delimiter), delimiter=profile.delimiter) == again


# ---- inputs where there is no fuzzer that finds its own way ---------------------------------------

DATE = "20270102    101112"
SOUND = tuple(
    text.encode()
    for text in [
        "941",
        f"98YYYYYN010003{DATE}2.00AOlib|AMLibrary|BXYYYYYYYYYYYYYYYY|AFWelcome|",
        f"24{' ' * 14}001{DATE}AOlib|AA21000001|AEÉmilie Brontë|BLY|CQY|BHEUR|BV1,234.50|AFGreetings|",
        f"64Y   Y         001{DATE}000000010002    00000000AOlib|AA2100001|AEAnna|BZ0010|BLY|CQN|BHEUR|BV12|",
        f"64{' ' * 14}001{DATE}000000010002    00000000AU39000001|AU39000002 Moby|AV5.00 late|PA2027|AGx|",
        f"121NNY{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH20270130    235900|BT06|CK001|AFYes|",
        f"120NNN{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH|BT06|BHUSD|BV5.00|BK77|AFFee|",
        f"101YNY{DATE}AOlib|AB39000001|AQMain|AJMoby Dick|CLA1|CTBranch|CV02|CY21000002|DAEmily|CRfiction|",
        f"301NNY{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH20270227|",
        f"66100010001{DATE}AOlib|BM39000001|BN39000002|C4::SIP::SIPServer=HASH(0x5)",
        f"18080001{DATE}CF3|AH2027-01-30|CJ{DATE}|CM{DATE}|AB39000001|AJMoby Dick|BHEUR|BV0.50|CK001|",
        f"201{DATE}AB39000001|AJMoby Dick|CHx|",
        f"38Y{DATE}AOlib|AA21000001|BKacs-1|",
        f"36Y{DATE}AOlib|AA21000001|",
        f"161Y{DATE}BW{DATE}|BR2|BSMain|AOlib|AA21000001|AB39000001|",
        f"26{' ' * 14}021{DATE}AOlib|AA21000001|AEAnna|",
        "96",
    ]
)
TOKENS = (
    b"|", b"\r", b"\n", b"\r\n", b"AY0", b"AY1AZ", b"AZ", b"AZFEF6", b"\x00", b"\xff\xfe", b"\xc3", b"9" * 20,
    b"1.234,5", b"-", b"Y", b"N", b"U", b" ", b"   Z", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\x1b[2J",
    b"AA", b"AF", b"AU", b"BV", b"BH", b"CV", b"BP", b"|" * 40, *map(str.encode, MESSAGES),
)  # fmt: skip


EXCHANGES = 0.02
"""How many of the inputs below are answers to a client."""


def inputs(seed: int) -> Iterator[bytes]:
    """Sound frames and what becomes of them, for ever."""
    rng = random.Random(seed)
    while True:
        stream = b"\r".join(_damaged(rng, rng.choice(SOUND)) for _ in range(rng.choice((1, 1, 1, 2, 4))))
        sealed = rng.random() < 0.5
        if not sealed and rng.random() < 0.5:
            stream = b"\r".join(seal(line, rng.choice((0, 0, 1, None))) for line in stream.split(b"\r"))
        manner = rng.randrange(len(MANNERS)) | (SEALED if sealed else 0)
        if rng.random() < EXCHANGES:
            manner |= EXCHANGE
        yield bytes((manner, rng.choice((255, 255, 0, 3, 60)))) + stream + b"\r"


def _damaged(rng: random.Random, frame: bytes) -> bytes:
    for _ in range(rng.choice((0, 1, 1, 2, 4, 8))):
        at, length = rng.randrange(len(frame) + 1), rng.choice((1, 1, 2, 4, 16, 64))
        piece = frame[at : at + length]
        match rng.randrange(6):
            case 0:
                frame = frame[:at] + frame[at + length :]
            case 1:
                frame = frame[:at] + piece + frame[at:]
            case 2:
                frame = frame[:at] + rng.choice(TOKENS) + frame[at:]
            case 3:
                frame = frame[:at] + rng.choice(TOKENS) + frame[at + length :]
            case 4:
                frame = frame[:at] + rng.randbytes(length) + frame[at + length :]
            case _:
                other = rng.choice(SOUND)
                frame = frame[:at] + other[rng.randrange(len(other)) :]
    return frame[:4096]
