"""What goes wrong with answers of the ILS alone, beside what can befall any device (`device.Fault`).

Kinds of `Fault` here: `storm` (96 instead of doing it), `lie` (a 98 that is not true, `how` in `LIES`; or
`unasked`: a 98 instead of the answer to any message, which is not executed), `twice` (the answer comes twice,
`seconds` apart), `pieces` (it comes in pieces so far apart), `keep-back` (it comes when the next message is
answered, right before that answer). `garble` knows three more ways (`SIP2_SPOILT`): `trailer` puts words
between the last field and AY, `sequence` answers another digit, both with a checksum that is right,
`checksum` is wrong in the checksum alone.
"""

from __future__ import annotations

from kiosk.simulator.device import Fault, spoil
from kiosk.simulator.sip import CR, checksum

STORM = "storm"
"""The fault of an ILS that asks for every message again (96) instead of executing it."""

LIE, UNASKED = "lie", "unasked"
LIES = ("offline", "denies", "short", "mute", UNASKED)
TWICE, PIECES, KEEP_BACK = "twice", "pieces", "keep-back"
SIP2_SPOILT = ("trailer", "sequence", "checksum")

WORDS = b"SIPServer=HASH(0x55d6c2f1a8e0)"
"""What stands before the trailer: no id of a field, no delimiter."""

BITE = 7
"""Bytes of a piece: less than any date, so that no field of some length stays whole."""

Pieces = list[tuple[float, bytes]]
"""Bytes that leave, each so many seconds after the one before."""


def mishap(answer: bytes, fault: Fault | None) -> tuple[Pieces, bytes]:
    """What leaves of an answer now, and what is kept back for later."""
    if fault is None:
        return [(0.0, answer)], b""
    if fault.kind == TWICE:
        return [(0.0, answer), (fault.seconds, answer)], b""
    if fault.kind == PIECES:
        cut = [answer[at : at + BITE] for at in range(0, len(answer), BITE)]
        return [(fault.seconds if number else 0.0, piece) for number, piece in enumerate(cut)], b""
    if fault.kind == KEEP_BACK:
        return [], answer
    if fault.kind == "garble":
        return [(0.0, _spoilt(answer, fault.how))], b""
    return [(0.0, answer)], b""


def _spoilt(answer: bytes, how: str) -> bytes:
    """An answer that is wrong in one respect; where error detection is off, two of them cannot be."""
    if how not in SIP2_SPOILT:
        return spoil(answer, how)
    frame = answer.rstrip(b"\r\n")
    end = answer[len(frame) :] or CR
    if frame[-6:-4] != b"AZ":
        return frame + WORDS + end if how == "trailer" else answer
    if how == "checksum":
        return frame[:-4] + checksum(frame[:-4] + b"!") + end
    if frame[-9:-7] != b"AY":
        return answer
    body, digit = frame[:-9], frame[-7]
    if how == "trailer":
        body += WORDS
    else:
        digit = ord("0") + (digit - ord("0") + 1) % 10
    sound = body + b"AY" + bytes([digit]) + b"AZ"
    return sound + checksum(sound) + end
