"""What goes wrong through the day, and when.

A fault waits in one visit for a *moment*, something that happens on the far sides or at the desk ("the
second loan is executed"), plus a delay: so faults fall where they hurt, between a question and its answer,
between a write and its proof, inside a flush. Not every visit has one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from kiosk.circulation.views import Errand
from kiosk.lab.plans import RELEASE_LINE, Command, Fault, Manners, When
from kiosk.simulator.device import SPOILT
from kiosk.simulator.lanternfield import BLANK
from kiosk.simulator.mishaps import SIP2_SPOILT

MOMENTS = ("card", "list", "11", "lent", "intent", "answer", "written", "read", "finish")
"""What a fault can wait for: a card was shown (or *Return* pressed), the list appeared, the ILS hears
an 11, the ILS lent, a row was flushed (`intent`, `answer`), a tag took its AFI, a tag gave out its AFI,
*Finish* was pressed. See `INSTEAD` for those of returns and renewals; `flushing` and `flushed` are just
before and after a flush, any flush, reached the disk."""

INSTEAD = {"09": {"11": "09", "lent": "returned"}, "29": {"11": "29", "lent": "renewed"}}
"""What takes the place of the 11 and of the loan where a fault is about a return or a renewal."""

SHORT_S, LONG_S = (0.05, 1.0), (3.0, 8.0)
"""How long a lifted tag stays away: surely too short to count as new, or surely long enough (the judge
is tolerant in between, see `leaking.AWAY_MS`)."""

CUTS = 4
"""Power cuts of a day, at most: each is a start of the kiosk, which takes as long as a visit."""


def draw(
    chance: random.Random, people: tuple[Manners, ...], count: int, *, printer: bool, gate: bool
) -> tuple[Fault, ...]:
    """The faults of a day."""
    kinds: list[Kind] = [*KINDS, *([_gate] * 2 if gate else []), *([_paper] * 12 if printer else [])]
    found = []
    for number in range(1, count + 1):
        person = chance.choice(people)
        fault = chance.choice(kinds)(chance, [*person.before, *person.after] or [BLANK])
        found.append(replace(_about(chance, person, fault), visit=person.number, number=number))
    cuts = [fault for fault in found if fault.cut is not None]
    return tuple(fault for fault in found if fault not in cuts[CUTS:])


def _about(chance: random.Random, person: Manners, fault: Fault) -> Fault:
    """The same fault, about a return or a renewal where there is one."""
    code = "09" if person.errand is Errand.RETURN else "11"
    if code == "11" and person.renews and chance.random() < 0.5:
        code = "29"
    if code == "11":
        return fault
    instead = INSTEAD[code]
    moment = instead.get(fault.when.moment, fault.when.moment)
    return replace(
        fault,
        when=replace(fault.when, moment=moment, count=1 if code == "29" else fault.when.count),
        acts=tuple(_asking(act, code) for act in fault.acts),
        later=tuple((late, _asking(act, code)) for late, act in fault.later),
    )


def _asking(act: Command, code: str) -> Command:
    return act | {"message": code} if act.get("message") == "11" else act


def _when(chance: random.Random, *moments: str, most: int = 3) -> When:
    moment = chance.choice(moments or MOMENTS)
    count = (
        1
        if moment in {"card", "list", "finish"}
        else chance.randint(1, 3 * most if moment == "read" else most)
    )
    after = chance.choice(
        (0.0, 0.0, chance.uniform(0.0, 0.02), chance.uniform(0.0, 0.5), chance.uniform(0, 4))
    )
    return When(moment, count, after)


def _cut(chance: random.Random, tags: list[str]) -> Fault:
    """The power goes: a few steps of the loop after a moment, or anywhere."""
    del tags
    steps = chance.choice((chance.randint(0, 30), chance.randint(0, 200), chance.randint(0, 2000)))
    when = replace(_when(chance), after_s=0.0)
    return Fault("power-cut", when, cut=steps, dark_s=chance.uniform(4.0, 9.0))


def _lifted(chance: random.Random, tags: list[str]) -> Fault:
    """A tag leaves the pad, the one that the moment is about or any, and mostly comes back."""
    when = _when(chance, "11", "lent", "answer", "written", "read", "list", "intent")
    uids = ["*"] if when.moment not in {"list"} and chance.random() < 0.7 else [chance.choice(tags)]
    lift = {"do": "lift", "tags": uids}
    if chance.random() < 0.25:
        return Fault("lifted-for-good", when, (lift,))
    away = chance.uniform(*chance.choice((SHORT_S, SHORT_S, LONG_S)))
    return Fault("lifted", when, (lift,), ((away, {"do": "put", "tags": uids}),))


def _ils_answers(chance: random.Random, tags: list[str]) -> Fault:
    """The ILS is slow, silent or garbled, or drops the line, when it is asked for a loan (or anything).

    What is executed late is executed before anybody gives up waiting (or restarts): a loan that begins to
    exist after 63 and 17 have said that it does not is beyond what SIP2 can tell.
    """
    del tags
    when = replace(_when(chance, "card", "card", "list", "lent", "11", most=2), after_s=0.0)
    about = chance.choice(("11", "11", "11", "63", "17", None))
    message = {} if about is None else {"message": about}
    executes = {"execute": chance.random() < 0.5}
    name = chance.choice(("slow", "silent", "silent", "hang-up", "hang-up", "garble", "garble", "odd"))
    count = chance.choice((1, 1, 2))
    if name == "slow":
        seconds = chance.choice((0.4, 1.5, 2.5, 6.0))
        late = about == "11" and seconds < 2.0 and chance.random() < 0.3
        slow: Command = {"do": "slow", "device": "ils", "seconds": seconds, "late": late} | message
        return Fault("ils-slow", when, (slow,), ((chance.uniform(3, 15), slow | {"seconds": 0}),))
    if name == "garble":
        how = chance.choice((*SPOILT, *SIP2_SPOILT))
        act = {"do": name, "device": "ils", "count": count, "how": how} | message
        return Fault(f"ils-garbled-{how}", when, (act,))
    if name == "odd":
        kind = chance.choice(("twice", "pieces", "keep-back", "lie"))
        act = {"do": kind, "device": "ils", "count": 1} | message
        if kind == "lie":
            act["how"] = chance.choice(("offline", "mute", "unasked", "unasked"))
        elif kind != "keep-back":
            act["seconds"] = chance.choice((0.0, 0.02, 0.5)) if kind == "twice" else 0.02
        return Fault(f"ils-answers-{kind}", when, (act,))
    done = "executed" if executes["execute"] else "not-executed"
    act = {"do": name, "device": "ils", "count": count} | message | executes
    return Fault(f"ils-{'silent' if name == 'silent' else 'dropped'}-{done}", when, (act,))


def _ils_away(chance: random.Random, tags: list[str]) -> Fault:
    """The ILS leaves the network and comes back."""
    del tags
    back = {"do": "plug", "device": "ils"}
    away = chance.choice((chance.uniform(0.1, 1.0), chance.uniform(2.0, 12.0)))
    return Fault("ils-away", _when(chance), ({"do": "unplug", "device": "ils"},), ((away, back),))


def _ils_storm(chance: random.Random, tags: list[str]) -> Fault:
    """The ILS says 96 (send it again) to whatever it is asked, for some questions."""
    del tags
    when = replace(_when(chance, "card", "list", "11", "lent"), after_s=0.0)
    act: Command = {"do": "storm", "device": "ils", "count": chance.choice((1, 1, 2, 3, 6, 12))}
    if chance.random() < 0.5:
        act |= {"message": "11"}
    return Fault("ils-96-storm", when, (act,))


def _ils_changed(chance: random.Random, tags: list[str]) -> Fault:
    """The ILS is started anew and then says other things of itself (98): nothing of what it does, half of it,
    or that it is off-line. After the next start it says the truth again."""
    del tags
    when = replace(_when(chance, "card", "card", "list", "11", "lent", "answer"), after_s=0.0)
    how = chance.choice(("denies", "denies", "short", "mute", "offline"))
    lie: Command = {"do": "lie", "device": "ils", "how": how, "count": chance.choice((1, 1, 3))}
    start: Command = {"do": "restart", "device": "ils", "seconds": chance.choice((0.0, 0.3)), "execute": True}
    again = start | {"seconds": 0.0}
    return Fault(f"ils-says-{how}", when, (lie, start), ((chance.uniform(4.0, 20.0), again),))


def _ils_restarted(chance: random.Random, tags: list[str]) -> Fault:
    """The ILS is restarted with its state kept: lines drop, and what it had heard is done first or not."""
    del tags
    when = replace(_when(chance, "card", "list", "11", "lent"), after_s=0.0)
    act: Command = {
        "do": "restart",
        "device": "ils",
        "seconds": chance.choice((0.0, 0.3, 2.0, 10.0)),
        "execute": chance.random() < 0.5,
    }
    if chance.random() < 0.5:
        act |= {"message": "11"}
    return Fault("ils-restarted", when, (act,))


def _reader_away(chance: random.Random, tags: list[str]) -> Fault:
    """The reader is unplugged, also in the middle of a write, and comes back."""
    del tags
    back = {"do": "plug", "device": "reader"}
    away = chance.choice((chance.uniform(0.1, 1.0), chance.uniform(2.0, 8.0)))
    when = _when(chance, "11", "answer", "answer", "written", "written", "read", "list")
    return Fault("reader-away", when, ({"do": "unplug", "device": "reader"},), ((away, back),))


def _reader_answers(chance: random.Random, tags: list[str]) -> Fault:
    """The reader is silent, garbled or slow, or drops the line, for a few answers."""
    del tags
    when = _when(chance, "11", "answer", "answer", "written", "read", "list")
    count = chance.choice((1, 1, 2, 4))
    name = chance.choice(("silent", "garble", "hang-up", "slow"))
    if name == "slow":
        slow: Command = {"do": "slow", "device": "reader", "seconds": chance.choice((0.05, 0.3, 1.2))}
        return Fault("reader-slow", when, (slow,), ((chance.uniform(1, 4), slow | {"seconds": 0}),))
    act: Command = {"do": name, "device": "reader", "count": count, "execute": chance.random() < 0.5}
    if name == "garble":
        act = {
            "do": name,
            "device": "reader",
            "count": count,
            "how": chance.choice(("garbage", "half", "flip")),
        }
    return Fault(f"reader-{'dropped' if name == 'hang-up' else name}", when, (act,))


def _gate(chance: random.Random, tags: list[str]) -> Fault:
    """The gate's chip is away for a while, or its line does not follow."""
    del tags
    when = _when(chance, "list", "finish", "lent", "written")
    if chance.random() < 0.5:
        away: Command = {"do": "unplug", "device": "chip"}
        return Fault("gate-away", when, (away,), ((chance.uniform(0.5, 8.0), away | {"do": "plug"}),))
    stuck: Command = {"do": "jam", "line": RELEASE_LINE, "level": chance.choice((0, 0, 1))}
    free: Command = {"do": "unjam", "line": RELEASE_LINE}
    return Fault("gate-stuck", when, (stuck,), ((chance.uniform(0.5, 8.0), free),))


def _paper(chance: random.Random, tags: list[str]) -> Fault:
    """The printer runs out of paper, is opened or goes away. (In most stories there is none.)"""
    del tags
    when = _when(chance, "list", "finish", "written")
    name, act, mend = chance.choice(
        (
            ("paper-out", {"do": "paper", "state": "out", "mm": 30.0}, {"do": "paper", "state": "plenty"}),
            ("cover-open", {"do": "cover", "open": True}, {"do": "cover", "open": False}),
            ("printer-away", {"do": "unplug", "device": "printer"}, {"do": "plug", "device": "printer"}),
        )
    )
    return Fault(name, when, (act,), ((chance.uniform(0.5, 8.0), mend),))


def _torn(chance: random.Random, tags: list[str]) -> Fault:
    """The power goes inside a flush: before the rows are durable, or after, so that nobody learns of it."""
    del tags
    moment = chance.choice(("flushing", "flushed"))
    return Fault(
        "power-cut-in-flush", When(moment, chance.randint(1, 8)), cut=0, dark_s=chance.uniform(4.0, 9.0)
    )


def _disk(chance: random.Random, tags: list[str]) -> Fault:
    """The disk is full, or refuses, for a while."""
    del tags
    how = chance.choice(("full", "refuses"))
    act: Command = {"do": "disk", "how": how}
    when = _when(chance, "card", "list", "11", "lent", "intent", "answer", "finish")
    return Fault(f"disk-{how}", when, (act,), ((chance.uniform(0.2, 12.0), {"do": "disk", "how": "well"}),))


def _clock(chance: random.Random, tags: list[str]) -> Fault:
    """Somebody, or a time server, sets the kiosk's wall clock."""
    del tags
    far = chance.choice((1.0, 61.0, 3600.0, 86400.0, 400 * 86400.0))
    seconds = chance.choice((far, -far))
    return Fault(
        f"clock-{'forward' if seconds > 0 else 'back'}", _when(chance), ({"do": "clock", "seconds": seconds},)
    )


def _weak(chance: random.Random, tags: list[str]) -> Fault:
    """A tag misses requests for a while: some of them, or all."""
    when = _when(chance, "list", "11", "lent", "answer", "written", "read")
    share = chance.choice((0.2, 0.5, 1.0))
    uids = ["*"] if chance.random() < 0.7 else [chance.choice(tags)]
    act: Command = {"do": "weaken", "tags": uids, "share": share}
    well = act | {"share": 0.0}
    name = "tag-silent" if share == 1.0 else "tag-weak"
    return Fault(name, when, (act,), ((chance.uniform(0.3, 6.0), well),))


Kind = Callable[[random.Random, list[str]], Fault]

KINDS: tuple[Kind, ...] = (
    *(_cut, _cut, _torn),
    *(_lifted, _lifted, _lifted),
    *(_ils_answers, _ils_answers, _ils_answers),
    *(_ils_away, _ils_storm, _ils_restarted, _ils_changed),
    *(_reader_away, _reader_away),
    _reader_answers,
    _weak,
    _disk,
    _clock,
)
"""What is drawn how often."""
