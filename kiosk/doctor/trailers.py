"""What an ILS makes of sequence number and checksum: said twice, asked for again (97), spoilt.

Only 99 is used for it. Each question goes over a connection of its own if the one before was lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from kiosk.doctor.findings import Finding, Observed, State
from kiosk.doctor.line import Line, NoWay
from kiosk.sip2 import exchange
from kiosk.sip2.conversation import Heard, Reply, ResendWanted, Straggler, to_bytes
from kiosk.sip2.errors import LinkDown, Trouble
from kiosk.sip2.link import Link
from kiosk.sip2.messages import AcsStatus, ScStatus

SECOND_S: Final = 1.1
"""A clock that counts seconds has moved on behind it."""

RECOMMENDED: Final = (
    "The profile does without them; take error_detection = true from the proposal, as without numbers an "
    "answer that comes twice can be taken for that to the next message"
)

Came = Heard | Literal["nothing", "hung-up"]


class Looked(NamedTuple):
    """What was found, and the knobs that were seen at work."""

    findings: list[Finding]
    knobs: dict[str, Observed]


async def look(line: Line) -> Looked:
    """Look at it. Where the profile does without error detection, that is tried on a connection of its own.

    Raises:
        NoWay: there is no connection any more.
    """
    findings: list[Finding] = []
    knobs: dict[str, Observed] = {}
    own = line.profile
    line.profile = replace(own, error_detection=True)
    try:
        link = await _opened(line, needed=own.error_detection)
        if link is None or link.plain:
            why = "answers have neither AY nor AZ" if link else "a message with AY and AZ has no answer"
            knobs["error_detection"] = Observed(False, why)
            findings.append(_without(why, wanted=own.error_detection))
        else:
            knobs["error_detection"] = Observed(True, "answers have AY and AZ")
            findings.append(_of_replay(await _again(link)))
            findings.append(_of_checksum(await _spoilt(await line.open()), used=own.error_detection))
    finally:
        line.profile = own
    recall = await _recalled(line, await line.open())
    findings.append(recall)
    answered = recall.seen.get("answers")
    if isinstance(answered, bool):
        knobs["recall"] = Observed(answered, f"97 behind a 98: {recall.says[0].lower()}{recall.says[1:]}")
    return Looked(findings, knobs)


async def _opened(line: Line, *, needed: bool) -> Link | None:
    """A connection; None where there is none to be had and none is `needed`."""
    try:
        return await line.open()
    except NoWay:
        if needed:
            raise
        return None


def _without(why: str, *, wanted: bool) -> Finding:
    state = State.WARNING if wanted else State.OK
    says = f"It does no error detection: {why}"
    return Finding("checksum", state, says, {"answers": False, "verifies": None, "used": wanted})


async def _again(link: Link) -> bool | None:
    """Whether the very same frame, said once more, has the very same answer. The clock in it tells, since
    a second has passed; None where it tells nothing."""
    try:
        before = await exchange.ask(link, ScStatus())
        if before.clock is None:
            return None
        await asyncio.sleep(SECOND_S)
        await link.send_again()
    except Trouble:
        return None
    match await _heard(link):
        case Reply(AcsStatus() as after):
            return after.clock == before.clock
        case _:
            return None


async def _spoilt(link: Link) -> Came:
    frame = link.prepare(to_bytes(ScStatus(), link.profile))
    other = b"0000" if frame[-4:] != b"0000" else b"0001"
    try:
        await link.send(frame[:-4] + other)
    except LinkDown:
        return "hung-up"
    return await _heard(link)


async def _recalled(line: Line, link: Link) -> Finding:
    status = line.status
    if status is not None and not status.supports("97"):
        return Finding("recall", State.WARNING, "Its 98 says that it knows no 97", {"answers": False})
    try:
        await exchange.ask(link, ScStatus())
        await link.send_recall()
    except Trouble as trouble:
        return Finding("recall", State.UNKNOWN, f"It could not be tried: {trouble}", {"answers": None})
    came = await _heard(link)
    match came:
        case Reply(AcsStatus()):
            return Finding(
                "recall", State.OK, "Its last answer comes again when a 97 asks for it", {"answers": True}
            )
        case Reply() | Straggler():
            says = "Another answer than its last one comes when a 97 asks for it"
        case ResendWanted():
            says = "A 96 comes"
        case "hung-up":
            says = "It hangs up"
        case "nothing":
            says = "No answer comes"
        case _:
            says = "Garbage comes"
    return Finding("recall", State.WARNING, says, {"answers": False})


async def _heard(link: Link) -> Came:
    try:
        return await link.hear(link.now() + link.profile.question_timeout_s)
    except TimeoutError:
        return "nothing"
    except LinkDown:
        return "hung-up"


def _of_replay(same: bool | None) -> Finding:
    if same is None:
        says = "Its 98 tells no time, or the second one did not come"
        return Finding("repetition", State.UNKNOWN, says, {"replays": None})
    if same:
        says = "A message that comes twice is answered as before"
        return Finding("repetition", State.OK, says, {"replays": True})
    says = "A message that comes twice is carried out twice (the kiosk sends no loan twice)"
    return Finding("repetition", State.OK, says, {"replays": False})


def _of_checksum(came: Came, *, used: bool) -> Finding:
    verifies: bool | None
    match came:
        case ResendWanted():
            verifies, says = True, "they are looked at: a wrong one is answered by 96"
        case Reply() | Straggler():
            verifies, says = False, "nobody looks at them: a wrong one is taken for right"
        case "hung-up":
            verifies, says = True, "it hangs up on a wrong one"
        case "nothing":
            verifies, says = True, "a wrong one has no answer"
        case _:
            verifies, says = None, "a wrong one is answered by garbage"
    state = State.OK if isinstance(came, ResendWanted) and used else State.WARNING
    advice = "" if used else f". {RECOMMENDED}"
    seen = {"answers": True, "verifies": verifies, "used": used}
    return Finding("checksum", state, f"There are numbers and checksums, and {says}{advice}", seen)
