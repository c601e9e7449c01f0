"""`kiosk doctor`: how are the devices, and what is open?"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kiosk.circulation.values import Condition
from kiosk.commands import INTERRUPTED, USAGE_ERROR, add_config
from kiosk.doctor import ils_command
from kiosk.doctor.looking import Look, Make, Report, examine
from kiosk.maintenance import saying_of, support_code
from kiosk.maintenance.views import MatterView
from kiosk.settings import SecretAsText, SettingsError, load, secrets_as_text
from kiosk.words import Words

if TYPE_CHECKING:
    from kiosk.app import Doors

SECONDS = 5.0
"""How long the devices get to say how they are."""

NO_ISOLATES = str.maketrans("", "", "\u2068\u2069")
"""A terminal shows the marks that keep directions apart as rubbish."""


def main(argv: Sequence[str], make: Make, doors: Doors) -> int:
    """Carry out the command; returns its exit status: 0 nothing is missing, 1 something is, 2 a wrong file.

    Args:
        argv: what follows `kiosk doctor`.
        make: makes a device of the settings.
        doors: the ways to the world.
    """
    if list(argv[:1]) == ["ils"]:
        return ils_command.main(argv[1:], doors)
    parser = argparse.ArgumentParser(
        prog="kiosk doctor",
        description="How are the devices of this kiosk, and what is open?",
        epilog="`kiosk doctor ils` asks the library system what it can do (see its own --help).",
    )
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--seconds",
        type=seconds,
        default=SECONDS,
        metavar="N",
        help=f"how long the devices get to answer (default {SECONDS:g})",
    )
    given = parser.parse_args(argv)
    try:
        settings = load(given.config).in_earnest
        bare = secrets_as_text(given.config)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return USAGE_ERROR
    try:
        report = asyncio.run(examine(settings, make, doors.wall, given.seconds, doors.credentials))
    except KeyboardInterrupt:
        return INTERRUPTED
    words = Words("en")
    said = as_text(report, bare, words)
    if given.json:
        document = as_json(report, bare, settings.staff.kiosk_name, doors.wall(), words)
        said = json.dumps(document, indent=2, ensure_ascii=False)
    print(said)  # noqa: T201
    return 0 if report.well else 1


def seconds(text: str) -> float:
    """A number of seconds, as an argument. Raises ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.1 <= number <= 600:
        raise argparse.ArgumentTypeError(f"{text}: must be a number from 0.1 to 600")
    return number


def as_text(report: Report, bare: Sequence[SecretAsText], words: Words) -> str:
    """One line for each device, one for each secret that stands in the settings file, and one for each open
    matter."""
    lines = []
    for look in report.looks:
        line = f"{words.say(f'maintenance.device.{look.device.value}'):18}"
        line += words.say(f"maintenance.condition.{look.condition}")
        if said := _says(look, words):
            line += f". {said} -> {_remedy(look, words)} [{_code(look)}]"
        if look.since is not None:
            line += f" since {datetime.fromtimestamp(look.since).astimezone():%H:%M:%S}"
        lines.append(line)
    lines += [f"{'Settings':18}line {each.line}. {each.says} -> {each.remedy} [{each.code}]" for each in bare]
    if report.matters is None:
        lines.append(words.say("matter.unread"))
    elif not report.matters:
        lines.append(words.say("matter.none"))
    else:
        lines += [f"- {matter_says(each, words)}" for each in report.matters]
    return "\n".join(lines)


def as_json(
    report: Report, bare: Sequence[SecretAsText], kiosk: str, now: float, words: Words
) -> dict[str, Any]:
    """The same for programs. `condition` is ready, degraded, missing, in-use, simulated or not-fitted; times
    are ISO 8601 in UTC; `matters` is null when the journal cannot be read."""
    matters = None
    if report.matters is not None:
        matters = [
            {"item": each.item, "says": matter_says(each, words), "since": _moment(each.wall)}
            for each in report.matters
        ]
    return {
        "kiosk": kiosk,
        "version": importlib.metadata.version("kiosk"),
        "when": _moment(now),
        "devices": [
            {
                "device": look.device.value,
                "fitted": look.fitted,
                "condition": str(look.condition),
                "reason": None if look.reason is None else look.reason.value,
                "says": _says(look, words),
                "remedy": _remedy(look, words),
                "code": _code(look),
                "since": None if look.since is None else _moment(look.since),
            }
            for look in report.looks
        ],
        "settings": [
            {"line": each.line, "says": each.says, "remedy": each.remedy, "code": each.code} for each in bare
        ],
        "matters": matters,
    }


def matter_says(matter: MatterView, words: Words) -> str:
    """An open matter in one sentence."""
    book = matter.item or words.say("matter.nameless")
    # a later kiosk may have written what this one has no words for
    key = f"matter.{matter.key}"
    if key not in words.catalogue.keys:
        key = "matter.other"
    return words.say(key, book=book).translate(NO_ISOLATES)


def _moment(wall: float) -> str:
    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="seconds")


def _key(look: Look) -> str:
    if look.condition not in set(Condition):
        return ""
    return saying_of(look.device, Condition(look.condition), look.reason)


def _says(look: Look, words: Words) -> str:
    key = _key(look)
    said = words.say(f"maintenance.reason.{key}") if key else ""
    return f"{said} ({look.detail})" if look.detail else said


def _remedy(look: Look, words: Words) -> str:
    key = _key(look)
    return words.say(f"maintenance.remedy.{key}") if key else ""


def _code(look: Look) -> str:
    if look.condition not in set(Condition):
        return ""
    return support_code(look.device, Condition(look.condition), look.reason)
