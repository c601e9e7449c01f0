"""FEIG OBID, the ISO-host protocol of library pads and gates: frames, requests, answers.

Sources: system manuals H20800-16e (CPR), H60301-3e (MR/PR101), H40801-5e (MR200), H01113 (MR102).

Rules of this wire:

- One request, one answer. A request whose frame is damaged gets no answer at all.
- Standard frame `LEN ADR CMD [STATUS] data CRC`, LEN counting the whole frame; advanced frame
  `02 LEN(2) ADR CMD [STATUS] data CRC` for what is longer. No standard frame is 2 bytes long, so the
  first byte tells them apart. Only answers carry STATUS.
- A uid goes over the wire most significant byte first, and so does each memory block: byte 0 of
  a block comes last. `blocks_of` turns them, so that callers see memory in its own order.
- An answer carries data only under status 00, 83, 94 and 95.
"""

from kiosk.rfid.wire.feig.answers import (
    TooLong,
    accepted,
    blocks_of,
    failure_of,
    inventory_of,
    obeyed,
    output_set,
    passed_back,
    sounds_alarm,
    system_info_of,
)
from kiosk.rfid.wire.feig.frames import ANY_ADDRESS, STX, Answer, AnswerParser, whole_answer
from kiosk.rfid.wire.feig.requests import (
    ANSWERED_AS,
    BLOCKS_AT_MOST,
    BYTES_AT_MOST,
    STATE_PAIRS,
    Control,
    Requests,
    control_of,
)

__all__ = [
    "ANSWERED_AS",
    "ANY_ADDRESS",
    "Answer",
    "AnswerParser",
    "BLOCKS_AT_MOST",
    "BYTES_AT_MOST",
    "Control",
    "Requests",
    "STATE_PAIRS",
    "STX",
    "TooLong",
    "accepted",
    "blocks_of",
    "control_of",
    "failure_of",
    "inventory_of",
    "obeyed",
    "output_set",
    "passed_back",
    "sounds_alarm",
    "system_info_of",
    "whole_answer",
]
