"""One seed, one story: who comes, with which books, and what goes wrong when. All of it is drawn here.

A plan is plain frozen data, and the seed alone decides it. A fault is hooked to a *moment*, something
that happens on the far sides or at the desk ("the second loan is executed"), plus a delay: so faults fall
where they hurt, between a question and its answer, between a write and its proof.
"""

from __future__ import annotations

import random
from dataclasses import replace

from kiosk.circulation.intents import Do
from kiosk.circulation.policy import Mode, PinRule
from kiosk.circulation.views import Errand
from kiosk.lab.plans import RELEASE_LINE, Command, Fault, Manners, Plan, When
from kiosk.lab.stock import OTHERS, UNREADABLE, UNTAGGED, Books
from kiosk.simulator import scenery as sc
from kiosk.simulator.lanternfield import BLANK, DAMAGED, lanternfield

MOMENTS = ("card", "list", "11", "lent", "intent", "answer", "written", "read", "finish")
"""What a fault can be hooked to: a card was shown (or *Return* pressed), the list appeared, the ILS hears
an 11, the ILS lent, a row was flushed (`intent`, `answer`), a tag took its AFI, a tag gave out its AFI,
*Finish* was pressed. See `INSTEAD` for those of returns and renewals."""

INSTEAD = {"09": {"11": "09", "lent": "returned"}, "29": {"11": "29", "lent": "renewed"}}
"""What takes the place of the 11 and of the loan where a fault is about a return or a renewal."""

PINS = {"21000001": "50817263", "21000002": "61928374", "21000003": "", "21000004": "72039485"}
"""PINs of eight digits: a shorter one can stand in a time stamp by chance (see `canaries.SHORT`)."""

PATRONS = ("21000001",) * 4 + ("21000003",) * 4 + ("21000004", "21000002")
"""Who comes how often: one of them may borrow one book only, one is blocked."""

SHORT_S, LONG_S = (0.05, 1.0), (3.0, 8.0)
"""How long a lifted tag stays away: surely too short to count as new, or surely long enough (the judge
is tolerant in between, see `showing.AWAY_MS`)."""


def draw(seed: int) -> Plan:
    """The story of this seed."""
    chance = random.Random(f"kiosk story {seed}")
    quick = chance.random() < 0.95
    pin = chance.choice((PinRule.NEVER, PinRule.NEVER, PinRule.ALWAYS))
    books = Books(chance)
    odd: list[str] = []
    people = [
        _person(chance, books, odd, pin, first=number == 0) for number in range(chance.choice((1, 1, 2, 2)))
    ]
    if len(people) > 1 and chance.random() < 0.25:
        people[1] = _with_the_others_book(chance, people[0], people[1])
    tags = [tag for person in people for tag in (*person.before, *person.after)]
    errands = [person.errand for person in people]
    faults = tuple(
        _about(chance, people, _fault(chance, tags)) for _ in range(chance.choice((1, 2, 2, 3, 4)))
    )
    printer = seed % PRINTING == PRINTING - 1
    if printer and chance.random() < 0.7:
        faults = (*faults, _paper(chance, tags))
    takes_only = errands == [Errand.RETURN] * len(errands) and chance.random() < 0.3
    return Plan(
        seed=seed,
        scenery=_scenery(chance, books, quick=quick),
        people=tuple(people),
        faults=_one_cut(faults),
        odd=tuple(odd),
        pin=pin,
        quick=quick,
        conscience=chance.random() < 0.6,
        mode=Mode.RETURNS if takes_only else Mode.LOANS_AND_RETURNS,
        printer=printer,
    )


PRINTING = 50
"""One seed in so many has a printer."""


def _with_the_others_book(chance: random.Random, first: Manners, second: Manners) -> Manners:
    """What the first one brought or borrowed, the second one brings or borrows too."""
    taken = [uid for uid in (*first.before, *first.after) if uid not in first.leaves]
    if not taken:
        return second
    barcode_of = {tag.uid: tag.barcode for tag in lanternfield().tags}
    book = barcode_of[chance.choice(taken)]
    same = tuple(uid for uid in taken if barcode_of[uid] == book)
    return replace(second, before=(*second.before, *same))


def _about(chance: random.Random, people: list[Manners], fault: Fault) -> Fault:
    """The same fault, about a return or a renewal where there is one."""
    person = chance.choice(people)
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


def _scenery(chance: random.Random, books: Books, *, quick: bool) -> sc.Scenery:
    plain = lanternfield()
    loans = {loan.item: loan for loan in (*plain.loans, *books.loans)}
    return replace(
        plain,
        loans=tuple(loans.values()),
        patrons=tuple(replace(patron, pin=PINS[patron.id]) for patron in plain.patrons),
        items=(*plain.items, sc.Item(UNREADABLE, "Torn Pages", "Ilse Brandt")),
        tags=tuple(
            replace(tag, barcode=UNREADABLE)
            if tag.uid == DAMAGED
            else replace(tag, afi=books.afi.get(tag.uid, tag.afi))
            for tag in plain.tags
        ),
        ils=replace(
            plain.ils,
            answer_seconds=chance.choice((0.005, 0.02, 0.05, 0.3)),
            timeout="020" if quick else "100",
            replays=chance.random() < 0.3,
            returns_unlent=chance.random() < 0.4,
        ),
        reader=replace(plain.reader, ont=chance.random() < 0.7),
    )


# ---- people ---------------------------------------------------------------------------------


def _person(chance: random.Random, books: Books, odd: list[str], pin: PinRule, *, first: bool) -> Manners:
    errand = chance.choice((Errand.LOAN, Errand.LOAN, Errand.RETURN))
    patron = chance.choice(PATRONS)
    if errand is Errand.RETURN:
        odd.append("returns")
        stack = [books.take_back() for _ in range(chance.choice((1, 2, 2, 3)))]
    else:
        stack = [books.take() for _ in range(chance.choice((1, 2, 2, 3)))]
    renews: tuple[Do, ...] = ()
    if errand is Errand.LOAN and chance.random() < 0.25:
        odd.append("renews")
        stack.append(books.take_own(patron))
        renews = chance.choice(((Do.YES,), (Do.YES, Do.YES), (Do.NO,), (Do.NO, Do.YES)))
    split = chance.choice((len(stack), len(stack), chance.randint(0, len(stack))))
    before = [uid for tags in stack[:split] for uid in tags]
    after = [uid for tags in stack[split:] for uid in tags]
    if len(before) > 2 and chance.random() < 0.3:
        chance.shuffle(before)
    scans: list[str] = []
    if chance.random() < 0.12:
        name, uid = books.take_odd()
        odd.append(name)
        chance.choice((before, after)).append(uid)
    if chance.random() < 0.1:
        scans.append(UNTAGGED if first else "39000098")
        odd.append("no-tag")
        if first and errand is Errand.RETURN:
            books.lend_out(UNTAGGED, OTHERS)
    if chance.random() < 0.04:
        scans.append("39|\x02 000001")
        odd.append("bad-code")
    right = PINS[patron]
    wrong_pins = 0
    if pin is PinRule.ALWAYS and right and errand is Errand.LOAN and chance.random() < 0.25:
        wrong_pins = chance.choice((1, 1, 3))
        odd.append("wrong-pin")
    walks_away = None
    if chance.random() < 0.12:
        walks_away = chance.uniform(0.0, 4.0)
        odd.append("walks-away")
    leaves: tuple[str, ...] = ()
    if [*before, *after] and chance.random() < 0.25:
        leaves = tuple(chance.sample([*before, *after], k=chance.randint(1, len([*before, *after]))))
    return Manners(
        patron=patron,
        pin=right or "00000000",
        before=tuple(before),
        after=tuple(after),
        leaves=leaves,
        scans=tuple(scans),
        wrong_pins=wrong_pins,
        walks_away=walks_away,
        patience_s=chance.choice((2.0, 8.0, 20.0)),
        fiddles=chance.random() < 0.15,
        puts_back=chance.random() < 0.8,
        claims=chance.random() < 0.3,
        lifts_to_scan=chance.random() < 0.6,
        tries=chance.choice((1, 3)),
        pace_s=chance.uniform(0.15, 0.6),
        gap_s=chance.choice((0.1, 0.5, 1.2, 4.0)),
        errand=errand,
        renews=renews,
        receipt=chance.random() < 0.7,
        lingers=chance.random() < 0.5,
    )


# ---- faults ---------------------------------------------------------------------------------


def _fault(chance: random.Random, tags: list[str]) -> Fault:
    return chance.choice(KINDS)(chance, tags or [BLANK])


def _one_cut(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """All faults, with two power cuts at most: a third shows nothing new and takes long."""
    cuts = [fault for fault in faults if fault.cut is not None]
    return tuple(fault for fault in faults if fault not in cuts[2:])


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
    name = chance.choice(("slow", "silent", "silent", "hang-up", "hang-up", "garble"))
    count = chance.choice((1, 1, 2))
    if name == "slow":
        seconds = chance.choice((0.4, 1.5, 2.5, 6.0))
        late = about == "11" and seconds < 2.0 and chance.random() < 0.3
        slow: Command = {"do": "slow", "device": "ils", "seconds": seconds, "late": late} | message
        return Fault("ils-slow", when, (slow,), ((chance.uniform(3, 15), slow | {"seconds": 0}),))
    if name == "garble":
        how = chance.choice(("garbage", "half", "flip"))
        act = {"do": name, "device": "ils", "count": count, "how": how} | message
        return Fault(f"ils-garbled-{how}", when, (act,))
    done = "executed" if executes["execute"] else "not-executed"
    act = {"do": name, "device": "ils", "count": count} | message | executes
    return Fault(f"ils-{'silent' if name == 'silent' else 'dropped'}-{done}", when, (act,))


def _ils_away(chance: random.Random, tags: list[str]) -> Fault:
    """The ILS leaves the network and comes back."""
    del tags
    back = {"do": "plug", "device": "ils"}
    away = chance.choice((chance.uniform(0.1, 1.0), chance.uniform(2.0, 12.0)))
    return Fault("ils-away", _when(chance), ({"do": "unplug", "device": "ils"},), ((away, back),))


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


KINDS = (
    *(_cut, _cut, _cut),
    *(_lifted, _lifted, _lifted),
    *(_ils_answers, _ils_answers, _ils_answers),
    _ils_away,
    *(_reader_away, _reader_away),
    _reader_answers,
    _gate,
)
"""What is drawn how often."""
