"""`kiosk tag secure` and `kiosk tag release`: staff arm tags or let them leave, by name and with proof."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from typing import Any

from kiosk.circulation.reasons import CATALOGUE, Reason
from kiosk.circulation.values import ItemTag, Switched, Uid
from kiosk.tagging.acts import StaffActs, named
from kiosk.tagging.calling import DONE, NOT_DONE, Call, Trouble, add_common, say, say_json
from kiosk.tagging.field import Field, at_the_pad
from kiosk.tagging.uids import only_one, uid_of

NO_ITEM = "no-item"
"""Outcome of a tag that was not touched, since it is no identified item of ours."""

MISSING = "missing"
"""Outcome of a part of the item that is not on the pad."""

SAYS: Mapping[str, tuple[str, Reason | None]] = {
    Switched.SECURED: ("secured, and read back", None),
    Switched.RELEASED: ("released, and read back", None),
    Switched.NOT_NEEDED: ("nothing that can be switched secures it", None),
    Switched.LEFT: ("it was lifted, or lost for the reader: nobody knows how it is", Reason.TAG_GONE),
    Switched.PROTECTED: ("it refuses: locked, or protected by another password", Reason.TAG_PROTECTED),
    Switched.FAILED: ("it is there and does not take it", Reason.TAG_NOT_WRITTEN),
    NO_ITEM: ("not touched: no identified item of this library", Reason.TAG_FOREIGN),
    MISSING: ("this part is not on the pad", Reason.PART_MISSING),
}
"""What each outcome is called for people, and the reason whose support code goes with it."""

AGAIN = 2
"""How often a tag that was lost and is back is switched again; one that is there, the switch tries (ours)."""

GOOD = frozenset({Switched.SECURED, Switched.RELEASED, Switched.NOT_NEEDED})
"""Outcomes of a tag that is as it was wanted."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the commands understand."""
    add_common(parser)
    parser.add_argument("--who", type=named, required=True, metavar="NAME", help="who does it")
    parser.add_argument("--why", type=named, required=True, metavar="TEXT", help="and why")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("uid", nargs="?", type=uid_of, metavar="UID", help="that tag (16 hex digits)")
    which.add_argument("--barcode", metavar="ITEM", help="all tags of that item")
    which.add_argument("--all", action="store_true", help="all tags on the pad")


async def act(call: Call, given: argparse.Namespace) -> int:
    """Switch what is meant; the status is 0 only when each tag is as it was wanted.

    Raises:
        Trouble: the reader cannot be used, or nothing there is meant.
        JournalError: the act cannot be kept, or a kiosk runs.
    """
    armed = given.command == "secure"
    async with StaffActs(call, given.who, given.why) as acts, at_the_pad(call) as field:
        await field.ready()
        await field.settled()
        meant = _meant(field, given)
        ends = await asyncio.gather(
            *(_switched(field, acts, uid, given.command, armed=armed) for uid in sorted(meant))
        )
        ends += _missing(field, ends)
    if call.as_json:
        say_json({"act": given.command, "who": given.who, "why": given.why, "tags": ends})
    for each in () if call.as_json else ends:
        part = "" if each["parts"] in (None, 1) else f" {each['part']}/{each['parts'] or '?'}"
        afi = f" (AFI {each['afi']})" if each["afi"] else ""
        code = f"{each['code']}: " if each["code"] else ""
        say(f"{each['uid'] or '-':16}  {each['item'] or '-'}{part}  {code}{each['says']}{afi}")
    return DONE if all(each["outcome"] in GOOD for each in ends) else NOT_DONE


def _meant(field: Field, given: argparse.Namespace) -> set[Uid]:
    """The tags that are meant, items of ours or not."""
    if given.all:
        if not field.named:
            raise field.nobody
        return set(field.named)
    if given.barcode is not None:
        meant = {uid for uid, tag in field.items.items() if tag.item.id == given.barcode}
        if not meant:
            raise Trouble(f"no tag of item {given.barcode} lies on the pad")
        return meant
    return {only_one(field, given.uid)}


async def _switched(field: Field, acts: StaffActs, uid: Uid, name: str, *, armed: bool) -> dict[str, Any]:
    """Switch one tag, if it is an identified item of ours."""
    if not await field.back(uid):
        return _end(uid, None, Switched.LEFT)
    content = field.tags[uid].content
    if not isinstance(content, ItemTag):
        return _end(uid, None, NO_ITEM)
    before, _ = await field.switch.look(uid, content.media)
    async with acts.act(name, uid, content.item.id, afi=before) as begun:
        outcome, afi = await field.switch.switch(uid, begun.permit, armed=armed, media=content.media)
        for _ in range(AGAIN):
            if outcome is not Switched.LEFT or not await field.back(uid):
                break
            outcome, afi = await field.switch.switch(uid, begun.permit, armed=armed, media=content.media)
        begun.ends(outcome.value, afi=afi or None)
    return _end(uid, content, outcome, afi, begun.saga)


def _missing(field: Field, ends: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Parts of the items that were switched which do not lie there."""
    there: dict[str, tuple[ItemTag, set[int]]] = {}
    for tag in field.items.values():
        there.setdefault(tag.item.id, (tag, set()))[1].add(tag.part)
    found = []
    for item in dict.fromkeys(each["item"] for each in ends if each["item"] in there):
        tag, parts = there[item]
        absent = sorted(set(range(1, tag.parts + 1)) - parts)
        found += [_end(None, ItemTag(tag.item, part, tag.parts), MISSING) for part in absent]
    return found


def _end(uid: Uid | None, tag: ItemTag | None, outcome: str, afi: int = 0, saga: str = "") -> dict[str, Any]:
    """What came of one tag, for programs: always the same keys."""
    says, reason = SAYS[outcome]
    return {
        "uid": uid,
        "item": tag.item.id if tag is not None else None,
        "part": tag.part if tag is not None else None,
        "parts": tag.parts if tag is not None else None,
        "outcome": str(outcome),
        "afi": f"{afi:02X}" if afi else None,
        "says": says,
        "code": CATALOGUE[reason].code if reason is not None else None,
        "saga": saga or None,
    }
