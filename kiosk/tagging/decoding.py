"""`kiosk tag decode HEX`: what the bytes of a tag from anywhere mean, and why."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from kiosk.commands import add_config
from kiosk.rfid.tags import BlankTag, DamagedTag, LibraryTag, Model, TagMemory, TagRules, decode_tag


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command understands."""
    parser.add_argument(
        "hex", nargs="*", metavar="HEX", help="the tag's memory from byte 0, in hex; spaces do not matter"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--dsfid", default="", metavar="HH", help="the tag's DSFID, where it is known")
    parser.add_argument("--afi", default="", metavar="HH", help="its AFI")
    parser.add_argument("--uid", default="", metavar="HEX", help="its uid")
    parser.add_argument("--block-size", default="4", metavar="N", help="bytes in a memory block (default: 4)")
    add_config(parser, "settings, for what they say of tags", default=None)


def decode(given: argparse.Namespace) -> int:
    """Print what the tag says. The status is 0 whatever it says: also of what is no tag, and no hex."""
    shown = _read(given)
    if given.json:
        print(json.dumps(shown, indent=2))
    else:
        encoding = sys.stdout.encoding or "utf-8"
        print(_table(shown).encode(encoding, "backslashreplace").decode(encoding))
    return 0


def _read(given: argparse.Namespace) -> dict[str, Any]:
    """What the bytes mean, or why nothing can be said of them."""
    try:
        memory = _bytes("".join(given.hex))
        dsfid, afi = _byte("DSFID", given.dsfid), _byte("AFI", given.afi)
        block_size = int(given.block_size) if re.fullmatch("[1-9][0-9]?", given.block_size) else 0
        if not block_size:
            raise ValueError(f"no block size: {given.block_size!r}")
        rules = _rules(given.config) if given.config else TagRules()
    except ValueError as error:
        return shown(None, str(error))
    uid = re.sub(r"[\s:]", "", given.uid).upper()
    return shown(decode_tag(memory, block_size=block_size, dsfid=dsfid, afi=afi, uid=uid, rules=rules))


def _rules(config: Path) -> TagRules:
    """What the settings say of tags. (They know every room of the kiosk, and take a second to import.)"""
    from kiosk.settings import SettingsError, load

    try:
        return load(config, secrets=False).pad.watching.tags.rules()
    except SettingsError as error:
        raise ValueError(str(error)) from error


def _bytes(text: str) -> bytes:
    digits = re.sub(r"0[xX]|[\s:,.|-]", "", text)
    if not re.fullmatch("[0-9A-Fa-f]*", digits):
        raise ValueError("no hex: there is something else in it than the digits 0 to 9 and A to F")
    if len(digits) % 2:
        raise ValueError(f"no whole bytes: {len(digits)} hex digits")
    return bytes.fromhex(digits)


def _byte(name: str, text: str) -> int | None:
    if text and not re.fullmatch("(0[xX])?[0-9A-Fa-f]{1,2}", text):
        raise ValueError(f"no {name}: {text!r} is no byte in hex")
    return int(text, 16) if text else None


def shown(tag: TagMemory | None, trouble: str = "") -> dict[str, Any]:
    """A decoded tag as it is printed: the same keys for all, null where there is nothing to say.

    `valid` is whether it is believed to be a library's tag of that model: an item, or a patron's card
    (`usage` tells). `item_id` of a tag that is not valid is what stands there without any proof.
    """
    believed = tag if isinstance(tag, LibraryTag) else None
    unproven = tag.item_id if isinstance(tag, DamagedTag) else None
    return {
        "model": str(tag.model if tag is not None else Model.UNKNOWN),
        "valid": believed is not None,
        "state": _state(tag),
        "item_id": believed.item_id if believed else unproven,
        "owner_isil": believed.owner or None if believed else None,
        "part": believed.part if believed else None,
        "parts": believed.parts if believed else None,
        "usage": believed.usage.word if believed else None,
        "media": believed.media if believed else None,
        "fields": {} if tag is None or isinstance(tag, BlankTag) else dict(tag.fields),
        "written": _written(believed) if believed else None,
        "why": tag.why if tag is not None else trouble,
    }


def _state(tag: TagMemory | None) -> str:
    """What kind of tag it is, in a word."""
    if tag is None:
        return "no-tag"
    if isinstance(tag, LibraryTag):
        return "patron-card" if tag.is_patron_card else "item"
    return "blank" if isinstance(tag, BlankTag) else "damaged" if isinstance(tag, DamagedTag) else "foreign"


def _written(tag: LibraryTag) -> str:
    """In which order the bytes of a memory block lie, and the nibbles of the first."""
    return tag.order.value + (", nibbles swapped" if tag.swapped else "")


def _table(tag: dict[str, Any]) -> str:
    """The same for people: a line for each thing that is known."""
    rows = {**tag, **{f"  {name}": value for name, value in tag["fields"].items()}}
    del rows["fields"]
    rows["valid"] = "yes" if tag["valid"] else "no"
    rows["why"] = rows.pop("why")
    width = max(map(len, rows))
    return "\n".join(f"{name:{width}}  {value}" for name, value in rows.items() if value is not None)
