"""`kiosk card test`: what a card carries, what each step of the chain makes of it, and whom it names."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.cards import CardFollower, CardSettings, Named, Why, name_of
from kiosk.circulation.values import Device
from kiosk.commands import HERE, INTERRUPTED, USAGE_ERROR, add_config
from kiosk.doctor.command import seconds
from kiosk.ids import Problem, Stage
from kiosk.rfid.cards import Card, CardKind, card_of
from kiosk.rfid.errors import CardError
from kiosk.rfid.tags import LibraryTag, NdefMessage
from kiosk.settings import CardSection, Settings, SettingsError, load

if TYPE_CHECKING:
    from kiosk.doctor.looking import Make

SECONDS = 15.0
"""How long a card is waited for."""

WHYS = {
    Why.BOOK: "this is the tag of an item, and no card",
    Why.DAMAGED: "it was written by a library, and what stands on it does not hold together",
    Why.NOTHING: "it carries nothing of what may name a patron here ([cards] says what may)",
    Why.RANDOM_UID: "its uid is another one each time, so it can name nobody",
    Why.ODD_UID: "its uid has another length than 4, 7, 8 or 10 bytes",
}
"""Why a card names nobody; of a chain that refuses, its last step says why."""

PROBLEMS = {
    Problem.NO_ID: "this can be no id",
    Problem.WRONG_PREFIX: "it begins in another way",
    Problem.WRONG_LENGTH: "it has another length",
    Problem.WRONG_PATTERN: "it does not fit the pattern",
    Problem.WRONG_CHECK_DIGIT: "the check digit is wrong",
    Problem.NOT_DECIMAL: "there is something else than the digits 0 to 9",
    Problem.NOT_HEX: "there is something else than hexadecimal digits",
    Problem.HALF_A_BYTE: "there is an odd number of hexadecimal digits",
}
"""What is wrong at a step."""


def main(argv: Sequence[str], make: Make) -> int:
    """Carry out the command; returns its exit status: 0 the card names a patron, 1 it names nobody, or none
    was shown, 2 a wrong call or a wrong file.

    Args:
        argv: what follows `kiosk card`.
        make: makes a device of the settings.
    """
    parser = argparse.ArgumentParser(prog="kiosk card", description="Patron cards.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    test = commands.add_parser(
        "test",
        help="what the library's chain makes of a card",
        description="Show a card at the reader, or say what is on one: what comes in, what each step of the "
        "chain makes of it, and whom the library system would be asked for. Nothing is kept.",
    )
    add_config(test, f"settings (default: {HERE}, if there is one)", default=None)
    test.add_argument("--json", action="store_true", help="for programs")
    test.add_argument(
        "--seconds",
        type=seconds,
        default=SECONDS,
        metavar="N",
        help=f"how long to wait (default {SECONDS:g})",
    )
    test.add_argument("--uid", type=_hex, metavar="HEX", help="a card with this uid, as its reader gives it")
    test.add_argument("--atr", type=_hex, default=b"", metavar="HEX", help="... and this ATR")
    test.add_argument("--text", metavar="TEXT", help="a card with this NDEF text")
    test.add_argument("--uri", metavar="URI", help="a card with this NDEF URI")
    test.add_argument("given", nargs="*", metavar="TEXT", help="the same as --text, or as --uri if it is one")
    given = parser.parse_args(argv)
    try:
        settings = _settings(given.config)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return USAGE_ERROR
    try:
        card = _described(given, settings) or asyncio.run(_shown(settings, make, given.seconds))
    except KeyboardInterrupt:
        return INTERRUPTED
    if isinstance(card, str):
        print(json.dumps({"patron": None, "why": card}) if given.json else card)  # noqa: T201
        return 1
    named = name_of(card, settings.cards.naming, settings.ids)
    said = (
        json.dumps(as_json(card, named), indent=2, ensure_ascii=False) if given.json else as_text(card, named)
    )
    print(said)  # noqa: T201
    return 0 if named.patron is not None else 1


def _settings(config: Path | None) -> Settings:
    """The settings of the file, of the one in this folder, or else any PC/SC reader's."""
    if config is not None or HERE.is_file():
        return load(config or HERE, secrets=False).in_earnest
    return Settings(cards=CardSection("pcsc", CardSettings()))


def _described(given: argparse.Namespace, settings: Settings) -> Card | None:
    """The card that was described; None when there is none and one must be shown."""
    texts, uris = [given.text] if given.text is not None else [], [given.uri] if given.uri is not None else []
    for each in given.given:
        (uris if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", each) else texts).append(each)
    if given.uid is None and not texts and not uris:
        return None
    turned = settings.cards.pcsc is not None and settings.cards.pcsc.uid_turned
    card = card_of(given.uid or b"", given.atr, turned=turned)
    ndef = NdefMessage(tuple(texts), tuple(uris)) if texts or uris else None
    return Card(card.uid, card.atr, card.kind, card.raw_uid, ndef)


async def _shown(settings: Settings, make: Make, seconds: float) -> Card | str:
    """The card that is shown next; or why there is none."""
    cards = make(Device.CARDS, settings)
    if not isinstance(cards, CardFollower):
        return "these settings name no card reader"
    print("show a card ...", file=sys.stderr)  # noqa: T201
    came: asyncio.Future[Card | CardError] = asyncio.get_running_loop().create_future()
    cards.also(lambda card: None if came.done() else came.set_result(card))
    running = asyncio.create_task(cards.run(lambda _report: None))
    try:
        async with asyncio.timeout(seconds):
            card = await came
    except TimeoutError:
        return "nobody has shown a card, or there is no reader"
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    return f"the card could not be read: {card}" if isinstance(card, CardError) else card


def why(named: Named) -> str | None:
    """Why a card names nobody, as a clause; None when it names a patron."""
    if named.why is None:
        return None
    if named.why is Why.REFUSED:
        last = named.stages[-1]
        assert last.problem is not None
        return f"{last.step}: {PROBLEMS[last.problem]}"
    return WHYS[named.why]


def as_json(card: Card, named: Named) -> dict[str, Any]:
    """What came in, and what came of it.

    `kind` is a `CardKind`; `uid` and `raw_uid` are upper-case hex, as we use it and as the reader gave it;
    `texts` and `uris` are all, `text` and `uri` the first; `source` is what names the patron (text, uri,
    library, uid); `steps` are those of the chain, each with its value or the problem that ended the chain
    there; `patron` is what the ILS would be asked for, `why` why it would not be asked.
    """
    ndef = card.ndef or NdefMessage()
    return {
        "kind": card.kind.value,
        "atr": card.atr.hex().upper() or None,
        "uid": card.uid or None,
        "raw_uid": card.raw_uid or None,
        "text": card.text,
        "uri": card.uri,
        "texts": list(ndef.texts),
        "uris": list(ndef.uris),
        "library": _library(card),
        "source": None if named.source is None else named.source.value,
        "steps": [_step(stage) for stage in named.stages],
        "patron": named.patron,
        "why": why(named),
    }


def _step(stage: Stage) -> dict[str, str | None]:
    problem = None if stage.problem is None else stage.problem.value
    return {"step": stage.step, "value": stage.value, "problem": problem}


def _library(card: Card) -> dict[str, Any] | None:
    tag = card.memory
    if not isinstance(tag, LibraryTag):
        return None
    return {
        "model": tag.model.value,
        "item_id": tag.item_id,
        "owner_isil": tag.owner or None,
        "usage": tag.usage.word,
        "patron_card": tag.is_patron_card,
        "why": tag.why,
    }


def as_text(card: Card, named: Named) -> str:
    """The same for people, a line for each thing."""
    lines: list[tuple[str, str]] = [("kind", card.kind.value)] if card.kind is not CardKind.UNKNOWN else []
    if card.atr:
        lines.append(("ATR", card.atr.hex().upper()))
    if card.uid:
        backwards = bytes.fromhex(card.uid)[::-1].hex().upper()
        lines.append(("uid", f"{card.uid} (backwards {backwards}; the reader gave {card.raw_uid})"))
    ndef = card.ndef or NdefMessage()
    lines += [("text", each) for each in ndef.texts] + [("uri", each) for each in ndef.uris]
    library = _library(card)
    if library is not None:
        held = [library["model"], library["usage"], library["item_id"], library["owner_isil"]]
        lines.append(("library tag", ", ".join(each for each in held if each)))
    if named.source is not None:
        lines.append(("the id is in", named.source.value))
    lines += [
        (f"  {each.step}", each.value if each.value is not None else _wrong(each)) for each in named.stages
    ]
    lines.append(("patron", named.patron) if named.patron is not None else ("nobody", why(named) or ""))
    return "\n".join(f"{name:22} {_plain(held)}" for name, held in lines)


def _wrong(stage: Stage) -> str:
    assert stage.problem is not None
    return f"-- {PROBLEMS[stage.problem]}"


def _plain(text: str) -> str:
    """What a card carries must not steer the terminal."""
    return "".join(ch if ch.isprintable() else "\N{REPLACEMENT CHARACTER}" for ch in text)


def _hex(text: str) -> bytes:
    try:
        held = bytes.fromhex(re.sub(r"[\s:-]", "", text))
    except ValueError:
        held = b""
    if not held:
        raise argparse.ArgumentTypeError(f"{text}: must be hexadecimal bytes")
    return held
