"""The command `kiosk demo`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kiosk.demo.farsides import FarSideFailed
from kiosk.demo.options import Options, OptionsError, SettingsError, display_here, parse

USAGE_ERROR = 2


def main(argv: Sequence[str]) -> int:
    """Play a journey; 0 only when it ended as its script says and no promise was broken."""
    try:
        options = parse(argv)
    except (OptionsError, SettingsError) as error:
        print(f"kiosk demo: {error}", file=sys.stderr)
        return USAGE_ERROR
    try:
        if options.headless:
            return _headless(options)
        if not display_here():
            print("kiosk demo: no display here; add --headless", file=sys.stderr)
            return USAGE_ERROR
        from kiosk.demo.window import run_demo

        return run_demo(options)
    except (FarSideFailed, OSError) as error:
        print(f"kiosk demo: {error}", file=sys.stderr)
        return 1


def _headless(options: Options) -> int:
    from kiosk.demo.play import play

    result, verdict, missing = play(options)
    print(f"journey {result.journey}: {'ok' if result.ok else 'NOT OK'}, evidence in {options.out}")
    for item in result.items:
        print(f"  {item.barcode}  {item.state:<10} {item.title}")
    if missing is not None:
        print(f"  the screen never showed {missing}")
    broken = [name for name, value in result.promises.items() if value is False]
    print("  promises: " + (f"BROKEN {', '.join(broken)}" if broken else "none broken"))
    for finding in verdict.findings:
        print(f"  {finding}")
    return 0 if result.ok else 1
