"""`kiosk tag COMMAND`: finds who carries it out."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kiosk.commands import INTERRUPTED, USAGE_ERROR, said_of
from kiosk.tagging import decoding

if TYPE_CHECKING:
    from kiosk.app import Doors


class AtThePad(NamedTuple):
    """A command that asks the reader: where it stands, and what it is for. It is imported when it is asked
    for: `decode` needs none of what stands around a reader."""

    module: str
    about: str


PAD_COMMANDS = {
    "watch": AtThePad("watching", "a live list of what lies on the pad"),
    "read": AtThePad("reading", "once, everything that the tags on the pad tell"),
    "secure": AtThePad("switching", "arm tags, as a named act of staff"),
    "release": AtThePad("switching", "let tags leave, as a named act of staff"),
    "write": AtThePad("writing", "write the one tag on the pad, with proof"),
}


def main(
    argv: Sequence[str],
    make_doors: Callable[[], Doors] | None = None,
    run: Callable[[Coroutine[Any, Any, int]], int] = asyncio.run,
) -> int:
    """Carry out the command; returns its exit status (2 for a wrong call, as argparse has it).

    Args:
        argv: what follows `kiosk tag`.
        make_doors: makes the ways to the world, on the running loop; None: those of this machine.
        run: runs the program of a command at the pad.
    """
    parser = argparse.ArgumentParser(prog="kiosk tag", description="Single tags, at a command line.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    decoding.add_options(commands.add_parser("decode", help="what the bytes of a tag mean"))
    for name, (module, about) in PAD_COMMANDS.items():
        command = commands.add_parser(name, help=about, description=about)
        if name in argv[:1]:
            importlib.import_module(f"kiosk.tagging.{module}").add_options(command)
    given, rest = parser.parse_known_args(argv)
    if any(each.startswith("-") for each in rest) or (rest and given.command != "decode"):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if given.command == "decode":
        given.hex += rest  # bytes behind an option
        return decoding.decode(given)
    return _at_the_pad(given, make_doors, run)


def _at_the_pad(
    given: argparse.Namespace,
    make_doors: Callable[[], Doors] | None,
    run: Callable[[Coroutine[Any, Any, int]], int],
) -> int:
    """Whatever happens there ends in one sentence, with its support code where there is one."""
    from kiosk.app import real_doors
    from kiosk.circulation.reasons import CATALOGUE
    from kiosk.journal import JournalError
    from kiosk.settings import SettingsError
    from kiosk.tagging import calling

    act = importlib.import_module(f"kiosk.tagging.{PAD_COMMANDS[given.command].module}").act

    async def whole() -> int:
        call = calling.call_of(given, make_doors or (lambda: real_doors(Path())))
        status: int = await act(call, given)
        return status

    # what the drivers and the supervisor log on their way is said by the command, once
    ours = logging.getLogger("kiosk")
    level = ours.level
    ours.setLevel(logging.ERROR)
    try:
        return run(whole())
    except calling.Trouble as error:
        trouble = error
    except SettingsError as error:
        trouble = calling.Trouble(str(error), status=USAGE_ERROR)
    except JournalError as error:
        code = CATALOGUE[error.reason].code
        trouble = calling.Trouble(f"{error.filename}: {error.problem}. {error.remedy}", code)
    except BrokenPipeError:
        # whoever read this has heard enough; the interpreter must not try to tell them the rest
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return calling.DONE
    except OSError as error:
        trouble = calling.Trouble(said_of(error))
    except KeyboardInterrupt:
        # it is how a list that goes on for ever is ended
        return calling.DONE if given.command == "watch" else INTERRUPTED
    finally:
        ours.setLevel(level)
    return calling.complain(given.command, trouble, as_json=given.json)
