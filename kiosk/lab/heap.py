"""What else lies on pads: tags of other layouts, protected ones, two with one UID, other libraries' books;
and whether the library's gate hears EAS beside AFI. On every other day, drawn apart, so that all else stays
what it was, and the other days are the very same.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from kiosk.lab.plans import Manners, Plan
from kiosk.lab.stock import COPIES, PLAIN
from kiosk.rfid.tags import encode_501, encode_28560_2
from kiosk.simulator import scenery as sc
from kiosk.simulator import tagdata
from kiosk.simulator.lanternfield import DAMAGED

PASSWORD, ANOTHERS = "C0FFEE42", "0BADF00D"
"""The library's password (EAS and AFI), and one that somebody else has set."""

NXP = "E004"
"""What the UIDs of NXP's tags begin with; only they have EAS."""

STRANGERS = (
    sc.Tag("E0040150F0AE1601", dsfid=6, data=encode_28560_2("39000021", "DE-666").hex()),
    sc.Tag("E0040150F0AE1602", data=tagdata.basic_block("39000022", "SE-Other").hex()),
    sc.Tag("E0040150F0AE1603", afi=0, dsfid=0, data=b"SAMPLE ONLY".hex()),
    sc.Tag("E0070150F0AE1604", afi=0, dsfid=0, data="E1400E01030BD1010755016C616E742E78FE", mute=True),
    sc.Tag("E0160150F0AE1605", afi=0x44, dsfid=0, data="00", blocks=8),
)
"""What people have in their bags: books of other libraries (one of ISO 28560-2, one of -3), whose numbers
ours has too; a sample; somebody's business card (Texas Instruments); a label with little memory (EM)."""

OWN_ONLY = (sc.OWNER,)
"""Whose books are served where strangers are about."""


def with_its_tags(plan: Plan) -> Plan:
    """The same day with what else lies on its pad."""
    chance = random.Random(f"kiosk heap {plan.seed}")
    if chance.random() < 0.5:
        return plan
    heap = _Heap(plan, chance)
    if chance.random() < 0.5:
        heap.write_otherwise()
    if chance.random() < 0.5:
        heap.protect()
    if chance.random() < 0.3:
        heap.clone()
    if chance.random() < 0.4:
        heap.put_strangers()
    if chance.random() < 0.5:
        heap.secure_by_eas()
    return heap.plan()


class _Heap:
    """The tags of a day while they are drawn."""

    def __init__(self, plan: Plan, chance: random.Random) -> None:
        self._plan = plan
        self._chance = chance
        self._tags = {tag.name: tag for tag in plan.scenery.tags}
        self._more: list[sc.Tag] = []
        self._people = list(plan.people)
        self._odd: list[str] = []
        brought = dict.fromkeys(uid for each in plan.people for uid in (*each.before, *each.after))
        self._brought = [uid for uid in brought if self._tags[uid].barcode in PLAIN]
        self._password = ""
        self._eas = False
        self._owners: tuple[str, ...] = ()

    def plan(self) -> Plan:
        """The day with them."""
        return replace(
            self._plan,
            scenery=replace(self._plan.scenery, tags=(*self._tags.values(), *self._more)),
            people=tuple(self._people),
            odd=(*self._plan.odd, *self._odd),
            eas=self._eas,
            password=self._password,
            owners=self._owners,
        )

    def _some(self, most: int) -> Iterable[str]:
        most = min(most, len(self._brought))
        return self._chance.sample(self._brought, k=self._chance.randint(min(1, most), most))

    def write_otherwise(self) -> None:
        """Some books have tags of other layouts; what stands on them is the same."""
        for uid in self._some(5):
            tag = self._tags[uid]
            how = self._chance.choice(("28560-2", "501", "backwards"))
            if how == "28560-2":
                tag = replace(tag, dsfid=6, data=encode_28560_2(tag.barcode, sc.OWNER).hex())
            elif how == "501":
                tag = replace(tag, dsfid=0, data=encode_501(tag.barcode).hex())
            else:
                tag = replace(tag, data=tagdata.backwards(tag.memory()).hex(), backwards=False)
            self._tags[uid] = tag
            self._odd.append(f"tag-{how}")

    def protect(self) -> None:
        """Some tags want a password, which the library knows or does not."""
        self._password = PASSWORD if self._chance.random() < 0.7 else ""
        for uid in self._some(4):
            theirs = self._chance.random() < 0.35
            self._tags[uid] = replace(
                self._tags[uid], guards=("afi", "eas"), password=ANOTHERS if theirs else PASSWORD
            )
            known = bool(self._password) and not theirs
            self._odd.append("tag-protected" if known else "tag-locked-out")

    def clone(self) -> None:
        """A book has two tags of one UID, which say the same: nobody can hear that they are two."""
        whole = [uid for uid in self._some(2) if not self._tags[uid].weak and uid not in COPIES]
        for uid in whole[:1]:
            self._more.append(replace(self._tags[uid], copy=1))
            self._odd.append("tag-twins")

    def put_strangers(self) -> None:
        """Some people have other things in their bags, and put them down too."""
        self._owners = OWN_ONLY
        for tag in self._chance.sample(STRANGERS, k=self._chance.randint(1, 3)):
            self._more.append(tag)
            number = self._chance.randrange(len(self._people))
            self._people[number] = _with(self._people[number], tag.uid, first=self._chance.random() < 0.5)

    def secure_by_eas(self) -> None:
        """The gate hears EAS as well as AFI."""
        self._eas = True
        self._tags = {name: _by_eas(tag) for name, tag in self._tags.items()}
        self._more = [_by_eas(tag) for tag in self._more]


def has_eas(tag: sc.Tag) -> bool:
    """Whether a tag is in a book that is secured by EAS where books are."""
    return bool(tag.barcode) and tag.usage == 1 and tag.uid.startswith(NXP) and tag.uid != DAMAGED


def _by_eas(tag: sc.Tag) -> sc.Tag:
    return replace(tag, eas=tag.afi == sc.ARMED) if has_eas(tag) else tag


def _with(person: Manners, uid: str, *, first: bool) -> Manners:
    odd = (*person.odd, "stranger")
    if first:
        return replace(person, before=(*person.before, uid), odd=odd)
    return replace(person, after=(*person.after, uid), odd=odd)
