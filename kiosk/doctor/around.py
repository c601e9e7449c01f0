"""What a running kiosk hands to its maintenance screen, each time when it is set up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from kiosk.circulation.values import Device, Paper, PaperKind, SeenTag, Uid
from kiosk.doctor.chain import ChainWatch, Pad
from kiosk.doctor.looking import warnings
from kiosk.doctor.probes import Bench, Probes, StepCame, ils_trial
from kiosk.ils import Unheard
from kiosk.journal import SqliteJournal
from kiosk.maintenance.matters import JournalMatters
from kiosk.maintenance.ports import SettingsDesk
from kiosk.maintenance.runner import Around
from kiosk.pad import FieldPad
from kiosk.rfid.tags import TagMemory
from kiosk.settings import Settings

if TYPE_CHECKING:
    from kiosk.app import Devices, Doors


def around(
    devices: Devices,
    settings: Settings,
    doors: Doors,
    *,
    tags: Callable[[], Sequence[SeenTag]],
    file: SettingsDesk,
    till: Callable[[], bool] | None = None,
    adopted: Callable[[], None] = lambda: None,
) -> tuple[Around, Probes, ChainWatch]:
    """What the maintenance screen needs of a kiosk that was just set up; the probes, which must hear what
    card readers and scanners report (`Probes.reported`); and the watch over the chain, which must hear of
    cards and codes as they came.

    Args:
        devices: what the kiosk is made of.
        settings: what it was made from.
        doors: the ways to the world.
        tags: the tags that lie on its pad now.
        file: its settings file.
        till: whether its till is there now; None: nobody can say.
        adopted: called when staff have decided about the journal: it can be opened now.
    """
    sip2 = settings.ils.sip2

    async def try_ils(step: StepCame) -> None:
        assert sip2 is not None
        await ils_trial(doors)(sip2, step)

    unheard: Unheard | None = getattr(devices.ils, "unheard", None)

    def page() -> Paper:
        language = settings.policy.languages[0]
        library = settings.policy.library_name(language)
        return Paper(PaperKind.TEST, language, library, doors.wall())

    probes = Probes(
        Bench(
            tags=tags,
            look=devices.switch.look,
            journal=devices.journal,
            try_ils=None if sip2 is None else try_ils,
            printer=devices.printer,
            paper=page,
            gate=devices.gate,
            cards=devices.cards is not None,
            till=till,
            unheard=tuple if unheard is None else lambda: unheard.kept,
        )
    )
    chain = ChainWatch(settings.cards.naming, settings.ids, Pad(tags, _memory_of(devices.pad)))
    fitted = {device for device in Device if getattr(devices, device.value) is not None}
    if till is None:
        # it could not be tested, nor would anybody believe what is said of it
        fitted.discard(Device.TILL)
    return (
        Around(
            prober=probes,
            settings=file,
            matters=_Matters(devices.journal, adopted),
            staff=settings.staff,
            languages=settings.policy.languages,
            fitted=frozenset(fitted),
            warnings=warnings(settings),
            chain=chain,
        ),
        probes,
        chain,
    )


def _memory_of(pad: object) -> Callable[[Uid], Awaitable[TagMemory | None]]:
    async def memory(uid: Uid) -> TagMemory | None:
        return await pad.read_memory(uid) if isinstance(pad, FieldPad) else None

    return memory


class _Matters(JournalMatters):
    """The journal of a running kiosk, which need not wait until it would have looked again by itself."""

    def __init__(self, journal: SqliteJournal, adopted: Callable[[], None]) -> None:
        super().__init__(journal)
        self._adopted = adopted

    async def adopt(self) -> object:
        done = await super().adopt()
        self._adopted()
        return done
