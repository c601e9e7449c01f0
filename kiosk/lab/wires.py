"""Memory wires: the real drivers on one end, simulated devices on the other, in the loop's own time.

A `Bench` holds the devices of one run. Whatever happens on it (a link opens, bytes arrive, a command
is done) it lets *every* device that is due play on to this instant, since an act of one may touch another
("when the loan is executed, unplug the reader"), and sets one timer for the next instant at which any of
them is due. Bytes take no time on the wire: delays belong to the devices. A device that is polled, and says
when that is of no consequence, is watched by `kiosk.lab.still`; one that can tell its answer beforehand is
not played up to it where nothing else happens before (`Foreseeing`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sized
from math import inf
from typing import Protocol, runtime_checkable

from kiosk.lab.loop import VirtualLoop
from kiosk.lab.still import Stillness, Watched
from kiosk.simulator.device import Device, Foreseen, Send
from kiosk.wires import OpenWire, Wire


@runtime_checkable
class Foreseeing(Protocol):
    """A device that can tell the answer to some questions beforehand, which saves playing on to it."""

    def foresee(self, link: int, data: bytes, now: float) -> Foreseen | None:
        """What it will answer; None when it cannot tell, or has more to do than to answer."""


class MemoryWire:
    """One open link to a simulated device (see `kiosk.wires.Wire`)."""

    def __init__(self, bench: Bench, device: Device, link: int, watcher: Stillness | None) -> None:
        self._bench = bench
        self._now = bench.now
        self._ready = bench.ready
        self._device = device
        self._foreseeing = device if isinstance(device, Foreseeing) else None
        self._link = link
        self._watcher = watcher
        self._inbox: deque[bytes] = deque()
        self._news: asyncio.Future[None] | None = None
        self._behind = -1
        self._over = False
        self._broken = False

    async def send(self, data: bytes) -> None:
        """Hand all of `data` to the device, at once.

        Raises:
            ConnectionResetError: the link is gone.
        """
        if self._over:
            raise ConnectionResetError("the far side is gone")
        if self._watcher is not None:
            self._watcher.asked(data, self._now())
        self._hand_over(data)

    def _hand_over(self, data: bytes) -> None:
        self._device.received(self._link, data, self._now())
        self._bench.play()

    async def receive(self, until: float | None = None) -> bytes:
        """Wait for what the device sends next; `b""` once it has hung up or the wire is closed. One at a
        time may wait.

        Raises:
            ConnectionResetError: the power was cut.
            TimeoutError: nothing came until then.
        """
        while not self._inbox:
            if self._broken:
                raise ConnectionResetError("the power was cut")
            if self._over:
                return b""
            self._news, self._behind = None, -1
            if not self._bench.plays_ahead(until):
                await self._hear_of_it(until)
            elif self._behind >= 0 and self._ready:
                await self._bench.queue_up(self._behind)
        return self._inbox.popleft()

    async def ask(self, data: bytes, until: float) -> bytes:
        """Send, then receive. Where the device foresees its answer and nothing happens before that, it is
        given at once.

        Raises:
            ConnectionResetError: the link is gone, or the power was cut.
            TimeoutError: nothing came until then.
        """
        device, watcher = self._foreseeing, self._watcher
        foreseen = None
        if device is not None and not (self._over or self._inbox):
            foreseen = device.foresee(self._link, data, self._now())
        if device is None or foreseen is None:
            await self.send(data)
            return await self.receive(until)
        if watcher is not None:
            watcher.asked(data, self._now())
        if not self._bench.passes_to(foreseen.at, until):
            self._hand_over(data)
            return await self.receive(until)
        foreseen.fulfil()
        if watcher is not None:
            watcher.answered(foreseen.answer, self._now())
        return foreseen.answer

    async def _hear_of_it(self, until: float | None) -> None:
        loop = asyncio.get_running_loop()
        self._news = loop.create_future()
        patience = loop.call_at(until, _give_up, self._news) if until is not None else None
        try:
            await self._news
        finally:
            if patience is not None:
                patience.cancel()

    async def close(self) -> None:
        """Close the link; the device hears of it. May be called again."""
        if not self._over:
            self.hung_up()
            self._inbox.clear()
            self._bench.left(self._device, self._link)

    def arrived(self, data: bytes, now: float) -> None:
        """Bytes come from the device."""
        if self._watcher is not None:
            self._watcher.answered(data, now)
        self._inbox.append(data)
        self._tell()

    def hung_up(self, *, broken: bool = False) -> None:
        """The link is over; what has arrived may still be read, unless it is `broken`."""
        self._over = True
        if broken:
            self._broken = True
            self._inbox.clear()
        if self._watcher is not None:
            self._watcher.broken()
        self._tell()

    def _tell(self) -> None:
        """Whoever waits for news goes on, behind all that are ready by now."""
        if self._news is None:
            if self._behind < 0:
                self._behind = len(self._ready)
        elif not self._news.done():
            self._news.set_result(None)


def _give_up(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())


class Bench:
    """The devices of one run and the wires to them. Wants a running loop."""

    def __init__(self, devices: Mapping[str, Device], *, jump: bool = True) -> None:
        """`devices` by the names that `wire_to` is asked for (`ils`, `reader`). `jump`: jump over polls of a
        still field where the loop is one in virtual time; otherwise every one is played."""
        self._loop = asyncio.get_running_loop()
        self.now: Callable[[], float] = self._loop.time
        """The loop's time, which is the devices' own."""
        self._devices = dict(devices)
        self._played = tuple(self._devices.values())
        self._wires: dict[int, tuple[Device, MemoryWire]] = {}
        self._links = 0
        self._first: Device | None = None
        self._due = inf
        self._timer: asyncio.TimerHandle | None = None
        self._watchers: dict[str, Stillness] = {}
        self._virtual = self._loop if isinstance(self._loop, VirtualLoop) else None
        self.ready: Sized = ()
        if self._virtual is not None:
            self.ready = self._virtual.ready
            self._virtual.far_side = self
            if jump:
                self._watchers = {
                    name: Stillness(self._virtual, device)
                    for name, device in self._devices.items()
                    if isinstance(device, Watched)
                }
        self._watching = tuple(self._watchers.values())

    @property
    def rounds_skipped(self) -> int:
        """Rounds of polls that were jumped over."""
        return sum(watcher.rounds_skipped for watcher in self._watching)

    def wire_to(self, name: str) -> OpenWire:
        """The factory that a driver gets. It raises ConnectionRefusedError while the device is away."""
        device = self._devices[name]

        async def open_it() -> Wire:
            await asyncio.sleep(0)
            if not device.reachable:
                raise ConnectionRefusedError(f"the {name} is unplugged")
            self._links += 1
            watcher = self._watchers.get(name)
            wire = MemoryWire(self, device, self._links, watcher)
            self._wires[self._links] = (device, wire)
            if watcher is not None:
                watcher.broken()
            device.opened(self._links, self.now())
            self.play()
            return wire

        return open_it

    def play(self) -> None:
        """Let all devices play on to this instant. Call it after steering one of them."""
        now = self._loop.time()
        while True:
            first: Device | None = None
            next_due = inf
            away = False
            for device in self._played:
                due = device.due()
                if due is not None and due < next_due:
                    first, next_due = device, due
                if not device.reachable:
                    away = True
            if first is not None and next_due <= now:
                self._take(first, now)  # then all again, since one may have stirred another
            elif not (away and self._hung_up(now)):
                break
        self._first, self._due = first, next_due
        if self._virtual is None:
            self._set_timer()

    def plays_ahead(self, until: float | None) -> bool:
        """Play on to the next instant at which a device is due, if that is before `until`, inside the
        callback that would only wait for it; whether that was possible (see `VirtualLoop.passes_to`)."""
        first, due, loop = self._first, self._due, self._virtual
        if first is None or loop is None:
            return False
        self._due = inf  # it does not stand in its own way
        if not self.passes_to(due, until):
            self._due = due
            return False
        self._take(first, loop.time())
        self.play()
        return True

    def passes_to(self, when: float, until: float | None) -> bool:
        """Let time pass to `when`, at which a device has something to say (see `VirtualLoop.passes_to`)."""
        loop = self._virtual
        if loop is None:
            return False
        if loop.far_due < inf:
            loop.wake_far_side(inf)
        return loop.passes_to(when, until)

    async def queue_up(self, place: int) -> None:
        """Go on only when so many of those that are `ready` have run, and before the others."""
        if self._virtual is not None:
            await self._virtual.queue_up(place)

    def left(self, device: Device, link: int) -> None:
        """Our side closed a link."""
        if self._wires.pop(link, None) is not None:
            device.closed(link, self.now())
            self.play()

    def cut(self) -> None:
        """The kiosk's power is cut: every wire breaks at this instant, bytes under way are lost."""
        wires, self._wires = self._wires, {}
        for link, (device, wire) in wires.items():
            wire.hung_up(broken=True)
            device.closed(link, self.now())
        self.play()

    def _take(self, device: Device, now: float) -> None:
        for out in device.take(now):
            open_link = self._wires.get(out.link)
            if open_link is None:
                continue
            if isinstance(out, Send):
                open_link[1].arrived(out.data, now)
            else:
                del self._wires[out.link]
                open_link[1].hung_up()

    def _hung_up(self, now: float) -> bool:
        """Hang up the wires to devices that are away; whether there were any."""
        gone = [link for link, (device, _) in self._wires.items() if not device.reachable]
        for link in gone:
            device, wire = self._wires.pop(link)
            wire.hung_up()
            device.closed(link, now)
        return bool(gone)

    def _set_timer(self) -> None:
        """One timer for the next thing that any device does; kept where it stands right already."""
        due = self._due
        if self._timer is not None:
            if self._timer.when() == due:
                return
            self._timer.cancel()
            self._timer = None
        if due < inf:
            self._timer = self._loop.call_at(due, self._played_on)

    def _played_on(self) -> None:
        self._timer = None
        self.play()

    # ---- what the loop asks -----------------------------------------------------------------

    def at_rest(self) -> None:
        """Nothing is left to do at this instant (see `FarSide`). When the devices go on is told only now:
        until then the next thing may have changed, or somebody may have played ahead to it."""
        assert self._virtual is not None
        self._virtual.wake_far_side(self._due)
        if self._virtual.before_each is None:
            for watcher in self._watching:
                watcher.at_rest()

    def lets_pass(self, until: float) -> bool:
        """Whether no device is due up to then, and no poll is to be weighed (see `FarSide`)."""
        if self._due <= until:
            return False
        for watcher in self._watching:  # noqa: SIM110 - a generator would cost more than all else here
            if watcher.ended and watcher.weighs():
                return False
        return True
