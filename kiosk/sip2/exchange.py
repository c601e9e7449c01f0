"""Exchange: one message and its answer on one link, by two rules, since not every message may be repeated.

`ask` is for messages that change nothing: silence, garbage and 96 are met by sending the same frame
again, within a limit.

`change` is for messages that change something in the ILS. Two of four ACS that were tried execute a
retransmitted 11 a second time (a renewal), so it is sent once. What is allowed instead:

| what happens                           | what we do                                              |
|----------------------------------------|---------------------------------------------------------|
| sound answer                           | done or refused, as it says                             |
| connection lost                        | unknown: it may have been executed                      |
| no answer in time                      | one 97 on the same socket, the same wait again          |
| garbage, answer of the wrong kind, 98, | one 97, without waiting for the time to run out         |
| an answer that has lost its trailer    |                                                         |
| 96, checksum right, first and only one | it was not understood: send again, on a new connection  |
| any other 96                           | as garbage; to a 97: unknown                            |

The standard would have it sent again at each 96. But a 96 has no number, it may be late, and it may come
twice. On a link where something was repeated or recalled before, it may be meant for that; behind another
96, it may be that one once more, while the ACS has understood the repetition and executes it. So on each
link the very first 96 counts, if each message before has had its one answer, and no other; and the repetition
leaves on a link of its own, where no 96 can be but its own. So there may be several, one on each, until the
profile's `resends_at_most`. (A client has its link made anew, too, when nobody waits for it.) Nor does a 96
buy time: there is no repetition once the answer is overdue, and twice the wait is all that a change ever
takes.

Without sequence numbers an answer may be one that came before: a 97 brings it again while the message is not
executed yet, and answers come twice. What is the same, byte for byte, as an earlier answer that could be one
to a change is passed over there, as a straggler is where there are numbers.

After a 97 both the original and its replay may come, and they are the same, byte for byte. The first sound
one counts; the link is used again only once the other one has come, too (`Link.drained`), and nothing but
them, and even then not for a message that this answer would fit. Otherwise it is closed, as it is without
sequence numbers.
"""

from __future__ import annotations

from typing import Final, TypeVar, cast

from kiosk.sip2.conversation import Broken, Heard, Reply, ResendWanted, Straggler, to_bytes
from kiosk.sip2.errors import LinkDown, LinkGarbled, LinkSilent, NotSupported, Trouble
from kiosk.sip2.link import Link
from kiosk.sip2.messages import ANSWERS_TO_CHANGES, AcsStatus, Change, Message, Request
from kiosk.sip2.shape import same_id

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
                case Reply(message, sealed) if _answers(link, request, message, sealed=sealed):
                    link.remember(ids_of(request), ids_of(message))
                    if type(message) in ANSWERS_TO_CHANGES:
                        link.note_answer(message)
                    return cast(A, message)
                case Reply(AcsStatus() as status, True) if resends:
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


async def change(link: Link, request: Change[A], frame: bytes, overdue_at: float) -> A:
    """Send a message that changes something, by the table above; `frame` is the request as `link` has
    prepared it, `overdue_at` (loop time) when its answer is overdue.

    Raises:
        NotUnderstood: it may be sent again, on another link.
        Trouble: it was sent, and nobody knows what became of it.
    """
    return cast(A, await _Change(link, request, overdue_at).run(frame))


class NotUnderstood(LinkGarbled):
    """A 96, of which it is certain what it means: this message was not understood, and nothing of it done."""


class _Change:
    """One changing message on its way. `run` is the table above."""

    def __init__(self, link: Link, request: Request[Message], overdue_at: float) -> None:
        self.link = link
        self.request = request
        self.overdue_at = self.act_at = overdue_at
        self.wait = answer_timeout(link)
        self.certain = link.spotless
        """Whether a 96 would be the first and only answer."""
        self.alone = True
        self.recalled = False
        self.in_doubt = False
        self.why: Trouble = LinkSilent("no answer")

    async def run(self, frame: bytes) -> Message:
        await self.link.send(frame)
        while True:
            try:
                heard = await self.link.hear(self.act_at)
            except TimeoutError:
                await self._time_ran_out()
                continue
            if isinstance(heard, Reply) and self.link.has_said(heard.message):
                heard = Straggler()
            if isinstance(heard, Reply) and heard.sealed and _answers(self.link, self.request, heard.message):
                self.link.note_answer(heard.message)
                if self.recalled:
                    self.link.answered_after_recall(heard.message, alone=self.alone)
                self.link.remember(ids_of(self.request), ids_of(heard.message))
                return heard.message
            self._heard_no_answer(heard)
            self.alone = self.certain = False

    async def _time_ran_out(self) -> None:
        self.certain = False
        if self.in_doubt or (self.recalled and self.link.now() < self.overdue_at):
            raise self.why
        if self.link.now() >= self.overdue_at:
            self.in_doubt = True
        self.act_at = self.link.now() + self.wait if self.in_doubt else self.overdue_at
        if not self.recalled:
            self.recalled = True
            can = self.link.status is None or self.link.status.supports("97") is not False
            if can and self.link.profile.recall:
                await self.link.send_recall()

    def _heard_no_answer(self, heard: Heard) -> None:
        match heard:
            case Straggler():
                return
            case ResendWanted() if not self.link.quiet:
                # Something stands right behind it: perhaps the answer after all.
                self.why = LinkGarbled("a 96 with more behind it")
            case ResendWanted(sound=True) if self.certain:
                raise NotUnderstood("the ACS asks for a repetition")
            case ResendWanted(sound=False):
                raise NotSupported(f"the ACS does not do {self.request.code}")
            case ResendWanted() if self.recalled:
                # Its answer was a 96 too: no more to be learned here.
                raise LinkGarbled("the ACS asks for a repetition")
            case ResendWanted():
                self.why = LinkGarbled("the ACS asks for a repetition")
            case Broken(why):
                self.why = LinkGarbled(why)
            case Reply(sealed=False):
                self.why = LinkGarbled("an answer without a checksum")
            case Reply(AcsStatus() as status):
                self.link.status = status
                self.why = LinkGarbled("a status came instead of an answer")
            case Reply(message):
                self.why = LinkGarbled(f"{message.code} came instead of an answer")
        patience = self.link.profile.recall_patience_s if self.recalled else self.link.profile.garbage_pause_s
        self.act_at = min(self.act_at, self.link.now() + patience)


def answer_timeout(link: Link) -> float:
    """Seconds to wait for the answer to a changing message: what 98 says, within the profile's bounds."""
    floor = link.profile.timeout_floor_s
    tenths = link.status.timeout_tenths if link.status else None
    if tenths is None or tenths == NUMBER_UNKNOWN:
        return floor
    return max(floor, min(tenths / 10, link.profile.timeout_ceiling_s))


def ids_of(message: Message) -> tuple[str, str]:
    """The item and the patron that a message names; empty where it names none."""
    return getattr(message, "item", None) or "", getattr(message, "patron", None) or ""


def _answers(link: Link, request: Request[Message], message: Message, *, sealed: bool = True) -> bool:
    if not isinstance(message, request.answer):
        return False
    asked, answered = ids_of(request), ids_of(message)
    if not sealed and (link.polluted or not _names(asked, answered)):
        return False  # whose answer it is, nothing else tells
    for one, other in zip(asked, answered, strict=True):
        # An ACS may call an item or a patron by another of their ids, but not by one that was another's.
        if one and other and not same_id(one, other) and link.knows_as_another(one, other):
            return False
    if link.plain and not request.answered_by(message):
        return False  # without a number, not even that
    if link.polluted:
        return request.answered_by(message) and (
            isinstance(request, Change) or same_id(asked[1], answered[1])
        )
    return True


def _names(asked: tuple[str, str], answered: tuple[str, str]) -> bool:
    """Whether an answer says whatever was asked about."""
    return all(not one or (other and same_id(one, other)) for one, other in zip(asked, answered, strict=True))
