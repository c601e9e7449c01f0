"""Exchange: one message and its answer on one link, by two rules, since not every message may be repeated.

`ask` is for messages that change nothing: silence, garbage and 96 are met by sending the same frame
again, within a limit.

`Change` is for messages that change something in the ILS. Two of four ACS that were tried execute a
retransmitted 11 a second time (a renewal), so it is sent once. What is allowed instead:

| what happens                           | what we do                                              |
|----------------------------------------|---------------------------------------------------------|
| sound answer                           | done or refused, as it says                             |
| connection lost                        | unknown: it may have been executed                      |
| no answer in time                      | `late`, one 97 on the same socket, the same wait again  |
| garbage, answer of the wrong kind, 98  | one 97, without waiting for the time to run out         |
| 96, checksum right, first and only one | it was not understood: again, on a fresh connection     |
| 96 in any other case                   | unknown                                                 |

A 96 has no number, it may be late, and it may come twice. On a link where something was repeated or recalled
before, it may be meant for that; behind another 96, it may be that one once more, while the ACS has
understood the repetition and executes it. So on each link only the very first 96 counts, only where each
message before has had its one answer, and what it permits is said on a link of its own. Nor does it buy
time: twice the wait is all that a change ever takes, on however many links.

After a 97 both the original and its replay may come, and they are the same, byte for byte. The first sound
one counts; the link is used again only once the other one has come, too (`Link.drained`), and nothing but
them, and even then not for a message that this answer would fit. Otherwise it is closed, as it is without
sequence numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, Generic, TypeVar, cast

from kiosk.sip2.conversation import Broken, Heard, Reply, ResendWanted, Straggler, to_bytes
from kiosk.sip2.errors import LinkDown, LinkGarbled, LinkSilent, NotSupported, Trouble
from kiosk.sip2.item_messages import same_id
from kiosk.sip2.link import Link
from kiosk.sip2.messages import AcsStatus, Message, Request, Verdict

A = TypeVar("A", bound=Message)

NUMBER_UNKNOWN: Final = 999


async def ask(link: Link, request: Request[A], body: bytes | None = None) -> A:
    """Ask a question that changes nothing; `body` is the request, if it has been written already.

    Raises:
        EncodeError: nothing was sent.
        Trouble: no sound answer (`LinkDown`, `LinkSilent`, `LinkGarbled`, `NotSupported`).
    """
    profile = link.profile
    if body is None:
        body = to_bytes(request, profile)
    await link.send(link.prepare(body))
    act_at = link.now() + profile.question_timeout_s
    give_up_at = act_at + profile.question_timeout_s
    resends = profile.resends_at_most
    garbled = False
    while True:
        try:
            heard = await link.hear(act_at)
        except TimeoutError:
            if link.now() >= give_up_at or not resends:
                raise LinkGarbled("only garbage") if garbled else LinkSilent("no answer") from None
            await link.send_again()
        else:
            match heard:
                case Straggler():
                    continue
                case Reply(message) if _answers(link, request, message):
                    return cast(A, message)
                case Reply(AcsStatus() as status) if resends:
                    # The standard: take the status over and ask again, as a new message.
                    link.status = status
                    if not status.online:
                        raise LinkDown("the ACS says that it is off-line")
                    await link.send(link.prepare(body))
                case ResendWanted(sound=False):
                    raise NotSupported(f"the ACS does not do {request.code}")
                case ResendWanted() if resends:
                    await link.send_again(answered=link.quiet and not garbled)
                case ResendWanted():
                    raise LinkGarbled("the ACS never understands us")
                case _:
                    garbled = True
                    act_at = min(act_at, link.now() + profile.garbage_pause_s)
                    continue
        resends -= 1
        act_at = min(give_up_at, link.now() + profile.question_timeout_s)


class NotUnderstood(Trouble):
    """The first and only answer was a 96: nothing was done, and it may be said again, on a fresh link."""


class Change(Generic[A]):
    """One message that changes something, on its way by the table above: `on` one link, and on a further one
    each time that `NotUnderstood` permits it. `late` is called once, if the answer is overdue."""

    def __init__(self, request: Request[A], late: Callable[[], None]) -> None:
        self.request = request
        self.overdue_at = math.inf
        """Loop time at which the answer is overdue; known once it was sent."""
        self._late = late
        self._wait = 0.0
        self._act_at = 0.0
        self._resends = 0
        self._alone = True
        self._recalled = False
        self._in_doubt = False
        self._why: Trouble = LinkSilent("no answer")

    @property
    def sent(self) -> bool:
        """Whether anything of it was ever sent."""
        return self.overdue_at < math.inf

    async def on(self, link: Link, frame: bytes) -> A:
        """Say it; `frame` is the request as `link` has prepared it.

        Raises:
            NotUnderstood: it may be said once more, on another link.
            Trouble: it was sent, and nobody knows what became of it.
        """
        if not self.sent:
            self._wait = answer_timeout(link)
            self._resends = link.profile.resends_at_most
            self.overdue_at = link.now() + self._wait
        self._alone, self._recalled = True, False
        self._act_at = self.overdue_at
        await link.send(frame)
        while True:
            try:
                heard = await link.hear(self._act_at)
            except TimeoutError:
                await self._time_ran_out(link)
                continue
            if isinstance(heard, Reply) and _answers(link, self.request, heard.message):
                if self._recalled:
                    link.answered_after_recall(heard.message, alone=self._alone)
                return cast(A, heard.message)
            await self._heard_no_answer(link, heard)

    async def _time_ran_out(self, link: Link) -> None:
        self._resends = 0
        if self._in_doubt or (self._recalled and link.now() < self.overdue_at):
            raise self._why
        if link.now() >= self.overdue_at:
            self._in_doubt = True
            self._late()
        self._act_at = link.now() + self._wait if self._in_doubt else self.overdue_at
        if not self._recalled:
            self._recalled = True
            can = link.status is None or link.status.supports("97") is not False
            if can and link.profile.recall:
                await link.send_recall()

    async def _heard_no_answer(self, link: Link, heard: Heard) -> None:
        first, self._alone = self._alone, False  # whatever it is, a 96 behind it would not be the first
        match heard:
            case Straggler():
                return
            case ResendWanted() if not link.quiet:
                # Something stands right behind it: perhaps the answer after all.
                self._why = LinkGarbled("a 96 with more behind it")
            case ResendWanted(sound=True) if first and self._resends and _spotless(link):
                self._resends -= 1
                raise NotUnderstood("the ACS asks for a repetition")
            case ResendWanted(sound=False):
                raise NotSupported(f"the ACS does not do {self.request.code}")
            case ResendWanted():
                # To a 97, or behind another answer, or once too often: no more to be learned here.
                raise LinkGarbled("the ACS asks for a repetition")
            case Broken(why):
                self._why = LinkGarbled(why)
            case Reply(AcsStatus() as status):
                link.status = status
                self._why = LinkGarbled("a status came instead of an answer")
            case Reply(message):
                self._why = LinkGarbled(f"{message.code} came instead of an answer")
        patience = link.profile.recall_patience_s if self._recalled else link.profile.garbage_pause_s
        self._act_at = min(self._act_at, link.now() + patience)


def answer_timeout(link: Link) -> float:
    """Seconds to wait for the answer to a changing message: what 98 says, within the profile's bounds."""
    floor = link.profile.timeout_floor_s
    tenths = link.status.timeout_tenths if link.status else None
    if tenths is None or tenths == NUMBER_UNKNOWN:
        return floor
    return max(floor, min(tenths / 10, link.profile.timeout_ceiling_s))


def _spotless(link: Link) -> bool:
    """Whether the 96 that was heard can mean nothing but the last message."""
    return link.misunderstood == 1 and not link.polluted


def _answers(link: Link, request: Request[Message], message: Message) -> bool:
    if not isinstance(message, request.answer):
        return False
    if not (link.plain or link.polluted):
        # The number tells, and the ACS may call an item or a patron by another of their ids.
        return True
    if not request.answered_by(message):
        return False
    if link.plain or issubclass(request.answer, Verdict):
        return True
    # Of two patrons' lists that may come, each goes to its own.
    asked, answered = (getattr(each, "patron", None) for each in (request, message))
    return same_id(asked or "", answered or "")
