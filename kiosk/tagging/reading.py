"""`kiosk tag read`: once, everything that can be learnt of the tags on the pad."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from kiosk.circulation.values import Uid
from kiosk.rfid.errors import TransportError
from kiosk.tagging.calling import DONE, NOT_DONE, Call, Trouble, add_common, say, say_json
from kiosk.tagging.field import Field, at_the_pad
from kiosk.tagging.looks import Look, as_json, look_at
from kiosk.tagging.uids import uid_of

TEXT = range(0x20, 0x7F)
"""Bytes that are printable in ASCII."""

UNREAD = frozenset({"unread", "duplicate-uid"})
"""Doubts of a tag of which nobody can say what it holds."""

HEADS = (
    "item_id",
    "ils_item",
    "owner_isil",
    "model",
    "usage",
    "media",
    "dsfid",
    "afi",
    "security",
    "maker",
    "chip",
    "ic_reference",
)
"""What is told of a tag in lines of its own, where it is known."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command understands."""
    add_common(parser)
    parser.add_argument("--raw", action="store_true", help="all of its memory, block by block")
    parser.add_argument("uid", nargs="?", type=uid_of, metavar="UID", help="that tag alone (16 hex digits)")


async def act(call: Call, given: argparse.Namespace) -> int:
    """Read what lies there; the status is 0 when each could be read, 1 when there is none or one could not.

    Raises:
        Trouble: the reader cannot be used, or the tag is not there.
    """
    async with at_the_pad(call) as field:
        await field.ready()
        await field.settled()
        looks = await _looks(field, call, given)
    told = [as_json(look) for look in looks]
    if call.as_json:
        say_json({"reader": call.reader, "tags": told})
    for look, each in zip(looks, told, strict=True):
        if not call.as_json:
            say("\n".join(_lines(each)))
            if given.raw:
                say("\n".join(hex_blocks(look)))
    if not looks and not call.as_json:
        say(f"{field.nobody.says.capitalize()}.")
    return DONE if told and not any(each["doubts"].keys() & UNREAD for each in told) else NOT_DONE


async def _looks(field: Field, call: Call, given: argparse.Namespace) -> Sequence[Look]:
    wanted: Uid | None = given.uid
    if wanted is not None and wanted not in field.named:
        raise Trouble(f"there is no tag {wanted} on the pad")
    try:
        return [
            await look_at(field.pad, uid, call.settings, whole=given.raw)
            for uid in sorted(field.named)
            if wanted in (None, uid)
        ]
    except TransportError as error:
        raise field.trouble or Trouble(f"the reader was lost: {error}") from error


def _lines(told: dict[str, Any]) -> list[str]:
    """One tag for people."""
    rows: list[tuple[str, object]] = [("state", f"{told['state']}: {told['why']}")]
    rows += [(name.replace("_", " "), told[name]) for name in HEADS]
    if told["parts"] is not None:
        rows.append(("part", f"{told['part']} of {told['parts'] or '?'}"))
    if told["eas"] is not None:
        rows.append(("EAS", "on" if told["eas"] else "off"))
    if told["blocks"] is not None:
        rows.append(("memory", f"{told['blocks']} blocks of {told['block_size']} bytes"))
    rows += [(f"  {name}", value) for name, value in told["fields"].items()]
    rows += [("doubt", f"{says} [{name}]") for name, says in told["doubts"].items()]
    return [told["uid"], *(f"  {name:12} {value}" for name, value in rows if value is not None)]


def hex_blocks(look: Look) -> list[str]:
    """The memory block by block: its number, its bytes in hex, and as text where they are any."""
    size = look.block_size
    blocks = [look.memory[at : at + size] for at in range(0, len(look.memory), size)]
    return [f"  {number:3}  {each.hex(' ').upper()}  {_text(each)}" for number, each in enumerate(blocks)]


def _text(block: bytes) -> str:
    return "".join(chr(each) if each in TEXT else "." for each in block)
