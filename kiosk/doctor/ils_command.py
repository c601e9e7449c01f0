"""`kiosk doctor ils`: what can this library system do?"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import importlib.metadata
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.commands import INTERRUPTED, USAGE_ERROR, add_config
from kiosk.doctor.examination import About, Examination
from kiosk.doctor.findings import IlsReport, State
from kiosk.doctor.opening import DESK_WORDS
from kiosk.doctor.refusals import WHAT_TO_DO
from kiosk.doctor.toml import toml
from kiosk.ils import IlsSettings
from kiosk.settings import SettingsError, load

if TYPE_CHECKING:
    from kiosk.app import Doors

ABOUT: Final = """\
What can the library system of [ils] do? Questions are asked and nothing is changed; with --exercise one item
is lent and taken back. A table tells what was found, and a profile is proposed as TOML.
"""

STATUS: Final = """\
Exit status: 0 nothing stands in the way of lending; 1 something does (failed), or an exercise did not come to
a good end; 2 a wrong call, or a wrong settings file: then nothing is asked, and no JSON printed; 130 Ctrl-C.

Card numbers, PINs, names and titles are neither printed nor kept. A number on the command line stands in the
list of processes while this runs: take a test patron.
"""


def main(argv: Sequence[str], doors: Doors) -> int:
    """Carry out the command; returns its exit status.

    Args:
        argv: what follows `kiosk doctor ils`.
        doors: the ways to the world.
    """
    parser = _parser()
    given, more = parser.parse_known_args(argv)
    if more:  # which may be a number, and is not repeated
        parser.error(f"{len(more)} argument(s) too many, or not known")
    if given.exercise and (given.patron or given.item):
        parser.error("--exercise names patron and item; leave --patron and --item out")
    try:
        settings = load(given.config).in_earnest.ils.sip2
    except SettingsError as error:
        _hint(str(error))
        return USAGE_ERROR
    if settings is None:
        _hint(f'{given.config}: there is no library system to ask: [ils] with driver = "sip2" is missing')
        return USAGE_ERROR
    patron, item = given.exercise or (given.patron, given.item)
    if given.pin and not patron:
        parser.error("--pin is of no use without --patron")
    pin = _pin() if given.pin or given.exercise else ""
    about = About(
        PatronId(patron) if patron else None,
        Pin(pin) if pin else None,
        ItemKey(item) if item else None,
        exercise=bool(given.exercise),
    )
    try:
        report = asyncio.run(_examined(settings, doors, about))
    except KeyboardInterrupt:
        return INTERRUPTED
    if given.json:
        # in ASCII, whatever the terminal's charset is
        print(json.dumps(as_json(report, settings, doors.wall()), indent=2))  # noqa: T201
    else:
        print(f"{settings.host}:{settings.port}, as {report.profile}\n")  # noqa: T201
        print(as_text(report))  # noqa: T201
    return 0 if report.well else 1


async def _examined(settings: IlsSettings, doors: Doors, about: About) -> IlsReport:
    from kiosk.app import ils_wire

    wire = ils_wire(settings, doors)
    return await Examination(settings, wire, doors.wall, about, say=_hint, tap=doors.tap).run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiosk doctor ils",
        description=ABOUT,
        epilog=STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--patron", type=_number, metavar="CARD", help="a test patron to ask about")
    parser.add_argument("--item", type=_number, metavar="BARCODE", help="an item to ask about")
    parser.add_argument(
        "--pin", type=_dash, metavar="-", help="'-': read the patron's PIN from standard input"
    )
    parser.add_argument(
        "--exercise",
        nargs=2,
        type=_number,
        metavar=("PATRON", "ITEM"),
        help="lend this item to this test patron and take it back, once each; the PIN is read from standard "
        "input (an empty line: none). Refused where the item may be on loan",
    )
    return parser


def _number(text: str) -> str:
    """A card number or a barcode; what is wrong with it is told without it."""
    if not text or len(text) > 255 or not text.isprintable() or "|" in text:
        raise argparse.ArgumentTypeError("must be a number as the library system knows it")
    return text


def _dash(text: str) -> str:
    if text != "-":
        raise argparse.ArgumentTypeError("takes only '-': the PIN is read from standard input")
    return text


def _pin() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("PIN: ").strip()
    return sys.stdin.readline().strip()


def _hint(said: str) -> None:
    """What somebody must know at once stands beside the output, which may be read by a program."""
    print(said, file=sys.stderr, flush=True)  # noqa: T201


def as_text(report: IlsReport) -> str:
    """A table of what was found, then the times, the unknown screen messages and the profile."""
    marks = {State.OK: "ok", State.WARNING: "look", State.FAILED: "FAILED", State.UNKNOWN: "?"}
    lines = [f"{each.check:15} {marks[each.state]:7} {each.says}" for each in report.findings]
    failed = [each.check for each in report.findings if each.state is State.FAILED]
    looks = [each.check for each in report.findings if each.state is State.WARNING]
    lines += ["", f"In the way of lending: {', '.join(failed) or 'nothing'}."]
    lines += [f"To be looked at: {', '.join(looks)}."] if looks else []
    if report.latencies:
        lines += ["", f"{'message':36} {'answers':>7} {'p50':>9} {'p95':>9}"]
        for time in report.latencies:
            name = f"{time.message} {DESK_WORDS[time.message]}"
            few = "" if time.enough else "  (of so few the longest)"
            lines.append(f"{name:36} {time.count:7} {time.p50_ms:6.1f} ms {time.p95_ms:6.1f} ms{few}")
    if report.texts:
        lines += ["", WHAT_TO_DO, *(f"  {text}" for text in report.texts), "", report.rules.rstrip()]
    if report.proposal:
        lines += ["", *_of_proposal(report), "", report.proposal.rstrip()]
    return "\n".join(lines)


def _of_proposal(report: IlsReport) -> Iterator[str]:
    """How the knobs of the proposal are known, what is still to be seen, and what it would change."""
    known = report.evidence
    yield (
        f"Of {sum(known.values())} knobs of the profile {known['seen']} were seen at work now, "
        f"{known['observed']} were observed before or elsewhere, {known['documented']} are documented."
    )
    if report.assumed:
        are = "is" if len(report.assumed) == 1 else "are"
        yield f"{len(report.assumed)} {are} still only assumed; what would show it:"
        yield from (f"  {each.knob:28} {each.to_see}" for each in report.assumed)
    else:
        yield "None is only assumed."
    if report.changes:
        yield "The proposal differs from the present profile:"
        yield from (
            f"  {each.knob:28} {toml(each.proposed)}, so far {toml(each.present)}" for each in report.changes
        )
    else:
        yield "Its values are those of the present profile."


def as_json(report: IlsReport, settings: IlsSettings, now: float) -> dict[str, Any]:
    """The same for programs, as docs/integration.md lists it: keys are never taken away or given another
    meaning. `now`: seconds since 1970."""
    return {
        "version": importlib.metadata.version("kiosk"),
        "when": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
        "host": settings.host,
        "port": settings.port,
        "profile": report.profile,
        "well": report.well,
        "checks": [
            {"check": each.check, "state": each.state.value, "says": each.says, "seen": dict(each.seen)}
            for each in report.findings
        ],
        "latency": [
            {"message": each.message, "count": each.count, "p50_ms": each.p50_ms, "p95_ms": each.p95_ms}
            for each in report.latencies
        ],
        "unknown_texts": list(report.texts),
        "rules": report.rules or None,
        "proposal": report.proposal or None,
        "evidence": dict(report.evidence) or None,
        "assumed": [{"knob": each.knob, "to_see": each.to_see} for each in report.assumed],
        "changes": [
            {"knob": each.knob, "present": each.present, "proposed": each.proposed} for each in report.changes
        ],
    }
