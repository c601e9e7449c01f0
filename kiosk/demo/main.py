"""The command `kiosk demo`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kiosk.commands import INTERRUPTED, USAGE_ERROR, said_of
from kiosk.demo.farsides import FarSideFailed
from kiosk.demo.options import Options, OptionsError, SettingsError, display_here, parse
from kiosk.typeset import FontsMissing


def main(argv: Sequence[str]) -> int:
    """Play a journey; 0 only when it ended as its script says and no promise was broken."""
    try:
        options = parse(argv)
    except (OptionsError, SettingsError) as error:
        print(f"kiosk demo: {error}", file=sys.stderr)
        return USAGE_ERROR
    if not (options.headless or display_here()):
        print(
            "kiosk demo: there is no display here to open a window on; add --headless, "
            "and the journey is drawn into pictures",
            file=sys.stderr,
        )
        return USAGE_ERROR
    try:
        return _headless(options) if options.headless else _in_a_window(options)
    except OSError as error:
        print(f"kiosk demo: {said_of(error)}", file=sys.stderr)
    except (FarSideFailed, FontsMissing) as error:
        print(f"kiosk demo: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1


def _in_a_window(options: Options) -> int:
    from kiosk.demo.window import run_demo
    from kiosk.station import NoWindow

    try:
        return run_demo(options)
    except NoWindow as error:
        print(f"kiosk demo: {error}; or add --headless", file=sys.stderr)
        return USAGE_ERROR


def _headless(options: Options) -> int:
    from kiosk.demo.play import play

    result, verdict, missing = play(options)
    print(f"journey {result.journey}: {'ok' if result.ok else 'NOT OK'}, evidence in {options.out}")
    for item in result.items:
        print(f"  {item.barcode}  {item.state:<10} {item.title}")
    if missing is not None:
        print(f"  it did not end as its script says: {missing}")
    broken = [name for name, value in result.promises.items() if value is False]
    print("  promises: " + (f"BROKEN {', '.join(broken)}" if broken else "none broken"))
    for finding in verdict.findings:
        print(f"  {finding}")
    return 0 if result.ok else 1
