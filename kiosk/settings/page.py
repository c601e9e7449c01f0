"""The page about all settings, written from the definitions that the file is read with."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import get_type_hints

from kiosk.settings.reading import Key, keys, shown
from kiosk.settings.sections import Settings

_INTRO = """# Settings

The kiosk reads one file in TOML: `kiosk run --config kiosk.toml`. Whatever it does not say has the
default below. A wrong value stops the start, with its line and what is allowed. Relative paths count
from the file's folder. Each device has a `driver`; a device whose section is missing is simulated, but
beside a real ILS and a real pad it is not there.

This page is written by the program from the same definitions that it reads the file with:
`.venv/bin/python -c "from kiosk.settings import describe; print(describe(), end='')" > docs/settings.md`
"""


def describe() -> str:
    """All settings as a page in Markdown (docs/settings.md)."""
    hints = get_type_hints(Settings)
    parts = [_INTRO]
    for each in dataclasses.fields(Settings):
        kind = hints[each.name]
        about = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
        parts.append(f"\n## [{each.name}]\n\n{about}\n\n| key | is | default | about |\n|---|---|---|---|\n")
        for key in keys(kind, None, each.metadata.get("elsewhere", ())):
            about = f"{key.help} (only `{key.driver}`)".strip() if key.driver else key.help
            row: list[str] = [f"`{key.name}`", key.allowed, _default_shown(key), about]
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n")
    return "".join(parts)


def _default_shown(key: Key) -> str:
    if key.default is dataclasses.MISSING:
        return "needed"
    if key.default is None:
        return ""
    default = key.default.get("", "") if isinstance(key.default, Mapping) else key.default
    return "" if key.secret else f"`{shown(default)}`"
