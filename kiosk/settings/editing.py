"""The settings file in the hands of staff: looked at, tried, kept, and the kiosk set up with it."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Awaitable, Callable, Mapping, Sequence

from kiosk.doors import RunBlocking
from kiosk.ils import IlsSettings
from kiosk.maintenance.views import FieldKind, TestState, TestStep
from kiosk.settings.keeping import Keeper
from kiosk.settings.reading import SettingsError
from kiosk.settings.sections import Settings
from kiosk.sip2.errors import ProfileError
from kiosk.sip2.profiles import find

TryIls = Callable[[IlsSettings, Callable[[TestStep], None]], Awaitable[None]]
"""Tries an ILS, step by step, on a connection of its own; changes nothing there."""


class SettingsFile:
    """The settings file in the hands of staff (meets `maintenance.ports.SettingsDesk`).

    Args:
        keeper: looks at the file and changes it.
        run_blocking: the door to blocking work.
        try_ils: tries the ILS that settings name.
        set_up: sets the kiosk up anew with these settings; returns when that is done.
    """

    def __init__(
        self,
        keeper: Keeper,
        run_blocking: RunBlocking,
        try_ils: TryIls,
        set_up: Callable[[Settings], Awaitable[None]],
    ) -> None:
        """Hold the parts together."""
        self._keeper = keeper
        self._run_blocking = run_blocking
        self._try_ils = try_ils
        self._set_up = set_up

    def field(self, name: str) -> tuple[FieldKind, str, Sequence[str]]:
        """A setting's kind, its value as the file has it, and its choices (blocks).

        Raises:
            OSError: the file cannot be read, or not understood.
        """
        found = self._keeper.setting(name)
        return found.kind, found.value, found.choices

    def problems(self, changes: Mapping[str, str]) -> Mapping[str, str]:
        """What is wrong with these values, by name (blocks)."""
        return self._keeper.problems(changes)

    def assumed(self, profiles: Sequence[str]) -> Mapping[str, int]:
        """How many details of these ILS profiles are only assumed (blocks)."""
        found = {}
        for name in profiles:
            with contextlib.suppress(ProfileError):
                found[name] = len(find(name).assumed)
        return found

    def exposed(self, changes: Mapping[str, str]) -> bool:
        """Whether what the kiosk says to the ILS would leave this machine as plain text (blocks); of values
        that are wrong nobody can say so."""
        try:
            sip2 = self._keeper.settings(changes).ils.sip2
        except (OSError, SettingsError):
            return False
        return sip2 is not None and sip2.exposed

    async def try_ils(self, changes: Mapping[str, str], step: Callable[[TestStep], None]) -> None:
        """Try the ILS that the file would name with these changes."""
        try:
            settings = await self._run_blocking(self._keeper.settings, changes)
        except (OSError, SettingsError):
            # the page has looked at the values and shows what is wrong with them
            step(TestStep("settings", TestState.FAILED))
            return
        if settings.ils.sip2 is None:
            step(TestStep("no-ils", TestState.FAILED))
            return
        await self._try_ils(settings.ils.sip2, step)

    async def keep(self, changes: Mapping[str, str]) -> None:
        """Write the file anew and set the kiosk up with it.

        Raises:
            OSError: it could not be written; the old file stands.
        """
        try:
            settings = await self._run_blocking(self._keeper.keep, changes)
        except SettingsError as error:
            raise OSError(errno.EINVAL, error.problems[0][1]) from None
        await self._set_up(settings)
