"""One start: the card's file looked at, taken over or refused, and the machine told what it says."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from kiosk import machine
from kiosk.firstboot import telling
from kiosk.firstboot.card import MEMORY, Memory, Wiping, digest, draft_of, filler, noted
from kiosk.firstboot.disk import Disk, System
from kiosk.firstboot.parting import parted
from kiosk.firstboot.reading import NAME, Unusable, curly, found, text_of
from kiosk.machine.files import OWN, PUBLIC, SECRET, TIME_ZONE
from kiosk.maintenance import FilePinStore
from kiosk.settings import Settings, SettingsError, for_patrons, load, parse
from kiosk.settings.keeping import BEFORE
from kiosk.settings.parting import FOLDER as SECRETS
from kiosk.settings.parting import unnamed

log = logging.getLogger(__name__)


def setup(
    boot: Path, state: Path, run: Path, disk: Disk, system: System, *, hash_pin: Callable[[str], str]
) -> tuple[str, ...]:
    """Take over what is new on the card, and tell the machine.

    Args:
        boot: the card's FAT partition; it need not be there.
        state: the folder of the kiosk's own settings.
        run: where the files for the system's programs go; empty at each start.
        disk: the door to files.
        system: the door to what only root may do.
        hash_pin: makes the hash of a PIN, as `kiosk.maintenance` keeps it.

    Returns:
        What is wrong with the card's file, each with its line, or with the card; empty when nothing is.

    Raises:
        OSError: the kiosk's own settings cannot be read or written.
    """
    system.give(state)
    settled = _Setup(boot, state, disk, system, hash_pin)
    wrong: tuple[str, ...] = ()
    # else the card's secrets would be written over, and what was taken of them gone with the next start
    lost = () if system.keeps(state) else (telling.LOST,)
    if lost:
        settled.answer(telling.lost())
    else:
        try:
            settled.card()
        except Unusable as error:
            wrong = error.messages
            settled.answer(telling.refused(wrong, stays=settled.stays))
    # that it is there tells `kiosk run` that its settings come from a card
    disk.folder(run / OWN, 0o755)
    _put_or_remove(disk, run / telling.REFUSED_FILE, "\n".join(wrong), PUBLIC)
    _put_or_remove(disk, run / telling.LOST_FILE, "\n".join(lost), PUBLIC)
    with system.as_owner_of(state):
        settings = _own(state)
    tell_machine(run, disk, system, settings)
    return lost or wrong


def tell_machine(run: Path, disk: Disk, system: System, settings: Settings) -> None:
    """Write what the system's programs read. What cannot be told costs a warning: the kiosk starts.

    Raises:
        OSError: `run` cannot be written.
    """
    for path, told in machine.files(settings.network, settings.clock).items():
        text, mode = (told.text, told.mode) if told is not None else ("", PUBLIC)
        _put_or_remove(disk, run / path, text, mode)
    link = run / TIME_ZONE
    disk.remove(link)
    if (zone := machine.time_zone(settings.clock)) is not None:
        disk.folder(link.parent, 0o755)
        disk.link(link, Path(zone))
    if settings.network.driver != "none":
        try:
            system.set_host_name(settings.network.place.hostname)
        except OSError as error:
            log.warning("the machine's name could not be set: %s", error)


def _own(state: Path) -> Settings:
    """The kiosk's own settings; where there are none, or they are wrong, what an empty file says. (That they
    are wrong, `kiosk run` says on its screen.)"""
    try:
        return load(state / NAME)
    except SettingsError as error:
        log.warning("%s", error)
        return Settings()


class _Setup:
    """The card's file at one start."""

    def __init__(
        self, boot: Path, state: Path, disk: Disk, system: System, hash_pin: Callable[[str], str]
    ) -> None:
        self._boot = boot
        self._state = state
        self._disk = disk
        self._system = system
        self._hash_pin = hash_pin

    @property
    def stays(self) -> str:
        """What the kiosk does while the card's file is refused."""
        with self._system.as_owner_of(self._state):
            there = self._state.joinpath(NAME).exists()
        return telling.STAYS if there else telling.NOTHING_STAYS

    def card(self) -> None:
        """Look at the card's file, and take it over when it is new.

        Raises:
            Unusable: it is wrong; nothing was taken over.
            OSError: the kiosk's own settings cannot be written.
        """
        try:
            name = found(self._disk.names(self._boot))
            raw = self._disk.read(self._boot / name) if name else b""
        except OSError as error:
            log.info("no card to set up from: %s", error)
            return
        if name is None:
            return
        with self._system.as_owner_of(self._state):
            memory = self._memory()
        if memory.wiping is not None and memory.wiping.begun_on(raw):
            # the power went, or the card could not be written: go on where that was
            self._wipe(self._boot / name, memory)
            return
        text = text_of(raw)
        settings = self._read(text)
        if digest(raw) == memory.taken:
            self.answer(telling.taken(settings))
            return
        with self._system.as_owner_of(self._state):
            memory = self._keep(raw, text, settings)
        if memory.wiping is not None:
            self._wipe(self._boot / name, memory)
        else:
            self.answer(telling.taken(settings))

    def answer(self, text: str) -> None:
        """Write the answer onto the card, unless it is there; a card that cannot be written has none."""
        path, data = self._boot / telling.RESULT, text.replace("\n", "\r\n").encode()
        try:
            if self._disk.read(path) == data:
                return
        except OSError:
            pass  # there is none yet
        try:
            with self._system.writable(self._boot):
                _put(self._disk, path, data, PUBLIC)
        except OSError as error:
            log.warning("no answer could be written onto the card: %s", error)

    def _read(self, text: str) -> Settings:
        try:
            with self._system.as_owner_of(self._state):
                settings = parse(text, NAME, self._state)
            for_patrons(settings, NAME)
        except SettingsError as error:
            raise Unusable(curly(text) or error.messages) from None
        return settings

    def _memory(self) -> Memory:
        try:
            return Memory.parsed(self._disk.read(self._state / MEMORY))
        except FileNotFoundError:
            return Memory()

    def _keep(self, raw: bytes, text: str, settings: Settings) -> Memory:
        """Make the file the kiosk's own; a power cut leaves the old settings, or the new ones."""
        disk, state = self._disk, self._state
        parts = parted(text, state)
        disk.folder(state / SECRETS, 0o700)
        for name, secret in parts.secrets.items():
            _put(disk, state / SECRETS / name, secret.encode(), SECRET)
        if settings.staff.pin:
            FilePinStore(settings.staff.pin_file).save(self._hash_pin(settings.staff.pin))
        own, new = state / NAME, parts.text.encode()
        try:
            old = disk.read(own)
        except FileNotFoundError:
            old = new
        if old != new:
            _put(disk, own.with_name(NAME + BEFORE), old, SECRET)
        _put(disk, own, new, SECRET)
        secretive = parts.text != text
        left = noted(parts.text).encode() if secretive else raw
        memory = Memory(digest(left), Wiping.of(raw) if secretive else None)
        _put(disk, state / MEMORY, memory.written(), SECRET)
        # of the file before the last, and of starts that the power cut short
        for path in unnamed(set((state / SECRETS).iterdir()), own):
            disk.remove(path)
        return memory

    def _wipe(self, path: Path, memory: Memory) -> None:
        """Write the card's file anew without its secrets. If that fails, the next start tries again."""
        assert memory.wiping is not None
        with self._system.as_owner_of(self._state):
            text = self._disk.read(self._state / NAME).decode()
            settings = _own(self._state)
        left = noted(text).encode()
        try:
            with self._system.writable(self._boot):
                self._disk.overwrite(path, filler(memory.wiping.length))
                _put(self._disk, path, left, PUBLIC)
                self.answer(telling.taken(settings))
        except OSError as error:
            log.warning("the passwords are still on the card, which could not be written: %s", error)
            return
        with self._system.as_owner_of(self._state):
            done = replace(memory, taken=digest(left), wiping=None)
            _put(self._disk, self._state / MEMORY, done.written(), SECRET)


def _put(disk: Disk, path: Path, data: bytes, mode: int) -> None:
    """A file with this content in place of what was there; the old one or the new one, whenever the power
    goes."""
    draft = draft_of(path)
    disk.remove(draft)  # of a start that the power cut short
    disk.write(draft, data, mode)
    disk.rename(draft, path)
    disk.sync_folder(path.parent)


def _put_or_remove(disk: Disk, path: Path | PurePosixPath, text: str, mode: int) -> None:
    path = Path(path)
    if not text:
        disk.remove(path)
        return
    disk.folder(path.parent, 0o755)
    _put(disk, path, text.encode(), mode)
