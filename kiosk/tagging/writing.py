"""`kiosk tag write`: an item onto the one tag on the pad: memory, DSFID, then armed; all of it read back."""

from __future__ import annotations

import argparse
import getpass
import re
from enum import StrEnum
from typing import Any

from kiosk.circulation.reasons import CATALOGUE, Reason
from kiosk.circulation.values import Flushed, Switched, Uid
from kiosk.rfid.errors import TransportError
from kiosk.rfid.iso15693 import Told
from kiosk.rfid.tags import BlankTag, LibraryTag, Media, Model, Usage
from kiosk.security_gate import TagSwitch
from kiosk.tagging.acts import StaffActs, named
from kiosk.tagging.calling import DONE, NOT_DONE, Call, Trouble, add_common, say, say_json
from kiosk.tagging.field import Field, at_the_pad
from kiosk.tagging.looks import Look, as_json, look_at
from kiosk.tagging.onto import Gone, Onto, Refused, Verified
from kiosk.tagging.plans import DSFIDS, Plan
from kiosk.tagging.switching import GOOD
from kiosk.tagging.uids import only_one, uid_of


class Outcome(StrEnum):
    """What came of writing a tag."""

    WRITTEN = "written"
    """All is as it was wanted, and was read back and understood."""
    NOT_SECURED = "written-not-secured"
    """The item stands on it; what arms it was not proved."""
    HALF_WRITTEN = "half-written"
    """It was lifted, or the reader lost, in the middle: nobody knows what stands on it."""
    UNTOUCHED = "untouched"
    """It was gone before the first write."""
    PROTECTED = "protected"
    """It refuses: locked, or protected by a password. What stands there is not what was wanted."""
    NOT_VERIFIED = "not-verified"
    """It took the writes, and reads in another way."""


AGAIN = "Put it on the pad again, alone, and give the same command with --overwrite"

SAYS = {
    Outcome.WRITTEN: "written, read back and understood, and armed",
    Outcome.NOT_SECURED: "written, read back and understood; but it is not proved to be armed. Put it on the"
    " pad and give: kiosk tag secure",
    Outcome.HALF_WRITTEN: "it was lost in the middle and may be half written: nobody knows what it holds."
    f" {AGAIN}",
    Outcome.UNTOUCHED: "it was lost before anything was written: it is as it was. Put it on the pad again",
    Outcome.PROTECTED: "it refuses to be written: it is locked, or protected by a password. Use another tag",
    Outcome.NOT_VERIFIED: f"it took the writes and reads in another way: worn, or too far away. {AGAIN}",
}
"""What each is called for people."""

CODES = {
    Outcome.NOT_SECURED: Reason.TAG_NOT_WRITTEN,
    Outcome.HALF_WRITTEN: Reason.TAG_GONE,
    Outcome.UNTOUCHED: Reason.TAG_GONE,
    Outcome.PROTECTED: Reason.TAG_PROTECTED,
    Outcome.NOT_VERIFIED: Reason.TAG_NOT_WRITTEN,
}
"""The reasons whose support codes go with them."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command understands."""
    add_common(parser)
    parser.add_argument("--barcode", required=True, metavar="ID", help="the item that it shall name")
    parser.add_argument(
        "--parts", type=_parts, default=(1, 1), metavar="N/M", help="which part of how many (default: 1/1)"
    )
    parser.add_argument("--owner", default="", metavar="ISIL", help="whose item it is, such as DK-718500")
    parser.add_argument(
        "--model",
        type=Model,
        choices=list(DSFIDS),
        default=Model.ISO28560_3,
        help=f"how it is laid out (default: {Model.ISO28560_3})",
    )
    parser.add_argument(
        "--usage",
        choices=sorted(each.word for each in Usage),
        default=Usage.CIRCULATING.word,
        metavar="USAGE",
        help="type of usage, such as circulating, not-for-circulation (default: circulating)",
    )
    parser.add_argument("--media", type=Media, choices=list(Media), help="what kind of thing it is in")
    parser.add_argument(
        "--overwrite", action="store_true", help="also a tag that is not blank: an item, a card, anything"
    )
    parser.add_argument(
        "--who", type=named, default=_login(), metavar="NAME", help="who (default: the login)"
    )
    parser.add_argument("--why", type=named, default="a tag was written", metavar="TEXT", help="and why")
    parser.add_argument(
        "uid", nargs="?", type=uid_of, metavar="UID", help="that tag, where several lie there"
    )


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "staff"


def _parts(text: str) -> tuple[int, int]:
    """Part and parts, as an argument. Raises ArgumentTypeError."""
    match = re.fullmatch("([0-9]{1,3})/([0-9]{1,3})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 2/3")
    part, parts = int(match[1]), int(match[2])
    if not part or (parts and part > parts):
        raise argparse.ArgumentTypeError(f"there is no part {part} of {parts}")
    return part, parts


async def act(call: Call, given: argparse.Namespace) -> int:
    """Write the tag; the status is 0 only when all of it was proved.

    Raises:
        Trouble: nothing was touched: the text says why.
        JournalError: the act cannot be kept, or a kiosk runs: nothing was touched.
    """
    part, parts = given.parts
    usage = next(each for each in Usage if each.word == given.usage)
    plan = Plan(given.barcode, given.owner, part, parts, given.model, usage, given.media)
    async with StaffActs(call, given.who, given.why) as acts, at_the_pad(call) as field:
        await field.ready()
        await field.settled()
        uid = only_one(field, given.uid)
        look = await _looked(field, call, uid)
        memory = plan.memory(look.size, look.block_size)
        item = plan.read_from(memory, look.block_size, call.settings, uid)
        if look.memory != memory:
            _may_be_written(look, overwrite=given.overwrite)
        held = None
        if isinstance(look.tag, LibraryTag) and not look.tag.is_patron_card:  # a patron's number is not kept
            held = look.tag.item_id
        async with acts.act("write", uid, item.item.id, before=held) as begun:
            onto = Onto(field.pad, look, call.settings)
            outcome, switched = await _written(onto, plan, memory, begun.permit, call, field)
            begun.ends(outcome.value)
        after = None
        if field.trouble is None and uid in field.tags:
            after = await _looked_again(field, call, uid)
    return _told(call, uid, outcome, switched, after, begun.saga)


async def _looked(field: Field, call: Call, uid: Uid) -> Look:
    """All of the tag.

    Raises:
        Trouble: it cannot be read whole, so that nobody would know what is overwritten.
    """
    try:
        look = await look_at(field.pad, uid, call.settings, whole=True)
    except TransportError as error:
        raise field.trouble or Trouble(f"the reader was lost: {error}") from error
    doubts = look.doubts()
    if "duplicate-uid" in doubts:
        raise Trouble(f"{uid}: {doubts['duplicate-uid']}. Take all but one off the pad")
    if look.info is None or Told.MEMORY not in look.info.told or len(look.memory) < look.size:
        why = look.trouble or "it does not tell its size"
        raise Trouble(f"{uid} cannot be read whole ({why}), so nothing is written")
    return look


def _may_be_written(look: Look, *, overwrite: bool) -> None:
    """Raises Trouble when something stands there that nobody has allowed to be lost."""
    if overwrite or isinstance(look.tag, BlankTag):
        return
    if isinstance(look.tag, LibraryTag):
        what = "a patron's card" if look.tag.is_patron_card else f"item {look.tag.item_id}"
        raise Trouble(f"{look.uid} holds {what}: it is not overwritten without --overwrite")
    why = look.tag.why if look.tag is not None else look.trouble
    raise Trouble(f"{look.uid} is not blank ({why}): it is not overwritten without --overwrite")


async def _written(
    onto: Onto, plan: Plan, memory: bytes, permit: Flushed, call: Call, field: Field
) -> tuple[Outcome, Switched | None]:
    """Memory, DSFID, then the switch. What came of it, and of the switch."""
    try:
        await onto.write_memory(memory)
        await onto.write_dsfid(plan.dsfid)
        read = await onto.whole()
    except Refused:
        return Outcome.PROTECTED, None
    except (Gone, TransportError):
        return (Outcome.HALF_WRITTEN if onto.touched else Outcome.UNTOUCHED), None
    if read != memory or onto.dsfid != plan.dsfid:
        return Outcome.NOT_VERIFIED, None
    item = plan.read_from(read, onto.block_size, call.settings, onto.uid)
    # it is an identified item of ours now, whatever the pad has read when it came
    switch = TagSwitch(Verified(field.pad, onto.uid, item), call.settings.security)
    switched, _ = await switch.switch(onto.uid, permit, armed=True, media=item.media)
    return (Outcome.WRITTEN if switched in GOOD else Outcome.NOT_SECURED), switched


async def _looked_again(field: Field, call: Call, uid: Uid) -> Look | None:
    try:
        look = await look_at(field.pad, uid, call.settings)
    except TransportError:
        return None
    return look if look.asked.answers else None


def _told(
    call: Call, uid: Uid, outcome: Outcome, switched: Switched | None, after: Look | None, saga: str
) -> int:
    reason = CODES.get(outcome)
    code = CATALOGUE[reason].code if reason is not None else None
    told: dict[str, Any] = {
        "act": "write",
        "uid": uid,
        "outcome": outcome.value,
        "security": switched.value if switched is not None else None,
        "says": SAYS[outcome],
        "code": code,
        "saga": saga,
        "tag": as_json(after) if after is not None else None,
    }
    if call.as_json:
        say_json(told)
    else:
        say(f"{uid}  {code + ': ' if code else ''}{told['says']}")
    return DONE if outcome is Outcome.WRITTEN else NOT_DONE
