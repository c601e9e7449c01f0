"""One seed, one story: who comes, with which books, and what goes wrong when. All of it is drawn here.

A plan is plain frozen data, and the seed alone decides it. A fault is hooked to a *moment*, something
that happens on the far sides or at the desk ("the second loan is executed"), plus a delay: so faults fall
where they hurt, between a question and its answer, between a write and its proof.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from kiosk.circulation.policy import PinRule
from kiosk.simulator import scenery as sc
from kiosk.simulator.lanternfield import BLANK, DAMAGED, FOREIGN, PATRON_CARD, lanternfield

Command = dict[str, Any]
"""One command of `World.do`; the tag `*` in it stands for the tags that the moment is about."""

MOMENTS = ("card", "list", "11", "lent", "intent", "answer", "written", "read", "finish")
"""What a fault can be hooked to: a card was shown, the list appeared, the ILS hears an 11, the ILS lent,
a row was flushed (`intent`, `answer`), a tag took its AFI, a tag gave out its AFI, *Finish* was pressed."""

UNTAGGED = "39000008"
"""The one item of the scenery that has no tag."""

UNREADABLE = "39000016"
"""The book with the damaged tag. The kiosk cannot know which book the tag is in; the far sides do, so that
the judge sees that this book is never said to have no tag."""

SOUND = ("39000001", "39000002", "39000003", "39000004", "39000005", "39000009", "39000010")
"""Items that are lent to whoever asks."""

DIFFICULT = ("39000006", "39000007", "39000011", "39000012", "39000013", "39000014")
"""On hold, stays armed, Anna's already, with somebody else, not for loan, three parts."""

ODD = {"damaged": DAMAGED, "foreign": FOREIGN, "blank": BLANK, "card-on-pad": PATRON_CARD}
"""Tags that are no books, by the name of the fault."""

PINS = {"21000001": "50817263", "21000002": "61928374", "21000003": "", "21000004": "72039485"}
"""PINs of eight digits: a shorter one can stand in a time stamp by chance (see `canaries.SHORT`)."""

PATRONS = ("21000001",) * 4 + ("21000003",) * 4 + ("21000004", "21000002")
"""Who comes how often: one of them may borrow one book only, one is blocked."""

SHORT_S, LONG_S = (0.05, 1.0), (3.0, 8.0)
"""How long a lifted tag stays away: surely too short to count as new, or surely long enough (the judge
is tolerant in between, see `showing.AWAY_MS`)."""


@dataclass(frozen=True, slots=True)
class When:
    """The `count`-th time that `moment` happens, and `after_s` seconds later."""

    moment: str
    count: int = 1
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong: `acts` on the far sides, and `later` others, each so many seconds after.

    `cut` is a power cut: so many steps of the loop later, with the kiosk dark for `dark_s` seconds.
    """

    name: str
    when: When
    acts: tuple[Command, ...] = ()
    later: tuple[tuple[float, Command], ...] = ()
    cut: int | None = None
    dark_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Manners:
    """How one patron behaves.

    `before` and `after` are the tags put down before the card and after it; `leaves` of them stay on the
    pad; `scans` are codes for the scanner; `wrong_pins` come before the right one. `walks_away`: so many
    seconds after the list appeared (None: stays and presses *Finish*). `patience_s`: *Finish* at the
    latest. `fiddles`: changes language and text size. `puts_back`: does what *Put it back* asks. `claims`:
    says *Mine* to leftovers. `lifts_to_scan`: takes the book off the pad to scan its barcode. `tries`: how
    often the card is shown. `pace_s`: how quick they are. `gap_s`: how long after the one before they come.
    """

    patron: str
    pin: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    scans: tuple[str, ...] = ()
    wrong_pins: int = 0
    walks_away: float | None = None
    patience_s: float = 12.0
    fiddles: bool = False
    puts_back: bool = True
    claims: bool = False
    lifts_to_scan: bool = False
    tries: int = 3
    pace_s: float = 0.3
    gap_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole story. `odd` names what goes wrong by itself (odd tags, wrong PINs, walk-aways); the
    `faults` are what the far sides do. `conscience`: at the end, books that are lent and still armed are
    brought back to the pad. `quick`: short time-outs and a lazy poll, for speed (docs/laboratory.md)."""

    seed: int
    scenery: sc.Scenery
    people: tuple[Manners, ...]
    faults: tuple[Fault, ...]
    odd: tuple[str, ...]
    pin: PinRule
    quick: bool
    conscience: bool


def draw(seed: int) -> Plan:
    """The story of this seed."""
    chance = random.Random(f"kiosk story {seed}")
    quick = chance.random() < 0.95
    pin = chance.choice((PinRule.NEVER, PinRule.NEVER, PinRule.ALWAYS))
    books = _Books(chance)
    odd: list[str] = []
    people = tuple(
        _person(chance, books, odd, pin, first=number == 0) for number in range(chance.choice((1, 1, 2, 2)))
    )
    tags = [tag for person in people for tag in (*person.before, *person.after)]
    faults = tuple(_fault(chance, tags) for _ in range(chance.choice((1, 2, 2, 3, 4))))
    return Plan(
        seed=seed,
        scenery=_scenery(chance, quick=quick),
        people=people,
        faults=_one_cut(faults),
        odd=tuple(odd),
        pin=pin,
        quick=quick,
        conscience=chance.random() < 0.6,
    )


def _scenery(chance: random.Random, *, quick: bool) -> sc.Scenery:
    plain = lanternfield()
    return replace(
        plain,
        patrons=tuple(replace(patron, pin=PINS[patron.id]) for patron in plain.patrons),
        items=(*plain.items, sc.Item(UNREADABLE, "Torn Pages", "Ilse Brandt")),
        tags=tuple(replace(tag, barcode=UNREADABLE) if tag.uid == DAMAGED else tag for tag in plain.tags),
        ils=replace(
            plain.ils,
            answer_seconds=chance.choice((0.005, 0.02, 0.05, 0.3)),
            timeout="020" if quick else "100",
            replays=chance.random() < 0.3,
        ),
        reader=replace(plain.reader, ont=chance.random() < 0.7),
    )


# ---- people ---------------------------------------------------------------------------------


class _Books:
    """The stock: every book is taken from it once."""

    def __init__(self, chance: random.Random) -> None:
        scenery = lanternfield()
        self._chance = chance
        self._tags: dict[str, tuple[str, ...]] = {}
        for tag in scenery.tags:
            if tag.uid not in ODD.values():
                self._tags[tag.barcode] = (*self._tags.get(tag.barcode, ()), tag.uid)
        self._odd = list(ODD)

    def take(self) -> tuple[str, ...]:
        """The tags of one more book, mostly one that makes no difficulties."""
        pool = [book for book in SOUND if book in self._tags]
        if not pool or self._chance.random() < 0.2:
            pool = [book for book in DIFFICULT if book in self._tags] or pool
        return self._tags.pop(self._chance.choice(pool)) if pool else ()

    def take_odd(self) -> tuple[str, str]:
        """The name and the tag of something that is no book."""
        name = self._odd.pop(self._chance.randrange(len(self._odd)))
        return name, ODD[name]


def _person(chance: random.Random, books: _Books, odd: list[str], pin: PinRule, *, first: bool) -> Manners:
    stack = [books.take() for _ in range(chance.choice((1, 2, 2, 3)))]
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
    if chance.random() < 0.04:
        scans.append("39|\x02 000001")
        odd.append("bad-code")
    patron = chance.choice(PATRONS)
    right = PINS[patron]
    wrong_pins = 0
    if pin is PinRule.ALWAYS and right and chance.random() < 0.25:
        wrong_pins = chance.choice((1, 1, 3))
        odd.append("wrong-pin")
    walks_away = None
    if chance.random() < 0.12:
        walks_away = chance.uniform(0.0, 4.0)
        odd.append("walks-away")
    leaves: tuple[str, ...] = ()
    if chance.random() < 0.25:
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
    )


# ---- faults ---------------------------------------------------------------------------------


def _fault(chance: random.Random, tags: list[str]) -> Fault:
    return chance.choice(KINDS)(chance, tags)


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


KINDS = (
    *(_cut, _cut, _cut),
    *(_lifted, _lifted, _lifted),
    *(_ils_answers, _ils_answers, _ils_answers),
    _ils_away,
    *(_reader_away, _reader_away),
    _reader_answers,
)
"""What is drawn how often."""
