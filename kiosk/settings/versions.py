"""The version of the settings: files of older ones are brought forward, newer ones refused.

The number stands in the file, `version = 1`; a file that names none is of the first. It changes only when a
file that was right would be read otherwise: a key that moves, or means something else. New keys need none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tomlkit
from tomlkit import TOMLDocument

VERSION = "version"
"""The key, which stands in no section."""

FIRST = 1
"""The version of a file that does not name one."""

Migration = Callable[[TOMLDocument], None]
"""Changes a file of one version, in place, into one of the next; comments and order stay where they can."""

MIGRATIONS: tuple[Migration, ...] = ()
"""From the first version to the second, and so on: none may ever change, since files of all ages come in."""


class NotThisVersion(ValueError):
    """The number is none, or that of a newer version; the text says so, and what to do."""


def newest(migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """The version that this kiosk writes."""
    return FIRST + len(migrations)


def forward(text: str, version: object, migrations: Sequence[Migration] = MIGRATIONS) -> str:
    """The text of a settings file as the newest version has it; the very same, where it is of that one.

    Args:
        text: TOML.
        version: what it says of itself; None: nothing.
        migrations: the way from each version to the next.

    Raises:
        NotThisVersion: there is no way from that version to ours.
    """
    ours = newest(migrations)
    if version is None:
        version = FIRST
    if not isinstance(version, int) or isinstance(version, bool) or version < FIRST:
        raise NotThisVersion(f"version: must be a whole number from {FIRST} to {ours}")
    if version > ours:
        raise NotThisVersion(
            f"version = {version}: these settings are of a newer kiosk; this one reads them up to version "
            f"{ours}. Update the kiosk, or put back kiosk.toml.before"
        )
    if version == ours:
        return text
    document = tomlkit.parse(text)
    for at in range(version, ours):
        migrations[at - FIRST](document)
    if VERSION in document:
        document[VERSION] = ours
        return tomlkit.dumps(document)
    return f"{VERSION} = {ours}\n{tomlkit.dumps(document)}"
