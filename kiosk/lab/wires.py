"""Memory wires: the real drivers on one end, simulated devices on the other, in the loop's own time.

A `Bench` holds the devices of one run. Whatever happens on it (a link opens, bytes arrive, a command
is done) it lets *every* device play on to this instant, since an act of one may touch another ("when
the loan is executed, unplug the reader"), and sets one timer for the next instant at which any of
them is due. Bytes take no time on the wire: delays belong to the devices.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping

from kiosk.simulator.device import Device, Send
from kiosk.wires import OpenWire, Wire


class MemoryWire:
    """One open link to a simulated device (see `kiosk.wires.Wire`)."""

    def __init__(self, bench: Bench, device: Device, link: int) -> None:
        self._bench = bench
        self._device = device
        self._link = link
        self._inbox: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._over = False
        self._broken = False

    async def send(self, data: bytes) -> None:
        """Hand all of `data` to the device, at once.

        Raises:
            ConnectionResetError: the link is gone.
        """
        if self._over:
            raise ConnectionResetError("the far side is gone")
        self._device.received(self._link, data, self._bench.now())
        self._bench.play()

    async def receive(self) -> bytes:
        """Wait for what the device sends next; `b""` once it has hung up or the wire is closed.

        Raises:
            ConnectionResetError: the power was cut.
        """
        while not self._inbox:
            if self._broken:
                raise ConnectionResetError("the power was cut")
            if self._over:
                return b""
            self._news.clear()
            await self._news.wait()
        return self._inbox.popleft()

    async def close(self) -> None:
        """Close the link; the device hears of it. May be called again."""
        if not self._over:
            self.hung_up()
            self._inbox.clear()
            self._bench.left(self._device, self._link)

    def arrived(self, data: bytes) -> None:
        """Bytes come from the device."""
        self._inbox.append(data)
        self._news.set()

    def hung_up(self, *, broken: bool = False) -> None:
        """The link is over; what has arrived may still be read, unless it is `broken`."""
        self._over = True
        if broken:
            self._broken = True
            self._inbox.clear()
        self._news.set()


class Bench:
    """The devices of one run and the wires to them. Wants a running loop."""

    def __init__(self, devices: Mapping[str, Device]) -> None:
        """`devices` by the names that `wire_to` is asked for (`ils`, `reader`)."""
        self._devices = dict(devices)
        self._wires: dict[int, tuple[Device, MemoryWire]] = {}
        self._links = 0
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """The loop's time, which is the devices' own."""
        return asyncio.get_running_loop().time()

    def wire_to(self, name: str) -> OpenWire:
        """The factory that a driver gets. It raises ConnectionRefusedError while the device is away."""
        device = self._devices[name]

        async def open_it() -> Wire:
            await asyncio.sleep(0)
            if not device.reachable:
                raise ConnectionRefusedError(f"the {name} is unplugged")
            self._links += 1
            wire = MemoryWire(self, device, self._links)
            self._wires[self._links] = (device, wire)
            device.opened(self._links, self.now())
            self.play()
            return wire

        return open_it

    def play(self) -> None:
        """Let all devices play on to this instant. Call it after steering one of them."""
        now = self.now()
        while self._round(now):
            pass
        self._set_timer(now)

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

    def _round(self, now: float) -> bool:
        """Every device once; whether there is more at this instant, since one may have stirred another."""
        for device in self._devices.values():
            for out in device.take(now):
                if isinstance(out, Send):
                    if out.link in self._wires:
                        self._wires[out.link][1].arrived(out.data)
                elif out.link in self._wires:
                    self._wires.pop(out.link)[1].hung_up()
        for device in self._devices.values():
            if not device.reachable:
                self._unplug(device, now)
        due = self._due()
        return due is not None and due <= now

    def _unplug(self, device: Device, now: float) -> None:
        for link in [link for link, (owner, _) in self._wires.items() if owner is device]:
            self._wires.pop(link)[1].hung_up()
            device.closed(link, now)

    def _due(self) -> float | None:
        dues = [due for device in self._devices.values() if (due := device.due()) is not None]
        return min(dues, default=None)

    def _set_timer(self, now: float) -> None:
        """One timer for the next thing that any device does; kept where it stands right already."""
        due = self._due()
        if self._timer is not None:
            if self._timer.when() == due and due > now:
                return
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self.play)
