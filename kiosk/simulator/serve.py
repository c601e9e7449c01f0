"""The simulated devices as processes of their own: behind TCP, with a control socket that steers them.

`kiosk sim desk` runs all of them, `kiosk sim ils`, `kiosk sim reader` and `kiosk sim printer` one alone.
When everything listens, one line of JSON on standard output tells the ports: `{"ils": 40001, "reader":
40002, "printer": 40003, "chip": 40004, "control": 40005}` (0 was asked for, so the system chose).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, cast

from kiosk.simulator.cardlink import CardLink
from kiosk.simulator.device import Device, Hangup
from kiosk.simulator.lanternfield import lanternfield
from kiosk.simulator.libraryfile import read_library
from kiosk.simulator.makes import MAKES
from kiosk.simulator.pcscd import VPCD_PORT, PcscdError, borrow_pcscd
from kiosk.simulator.scenery import Scenery
from kiosk.simulator.world import World

LINE_LIMIT = 1 << 24
"""Longest line on the control socket; a report grows with the day."""

SIP2_PORT = 6001
OBID_PORT = 10001
RAW_PORT = 9100
"""The ports that ILSes, FEIG's network readers and network printers commonly use."""


class _Line(asyncio.Protocol):
    """One connection to one device."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._link = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._link = self._port.opened(cast("asyncio.Transport", transport))

    def data_received(self, data: bytes) -> None:
        self._port.received(self._link, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._port.closed(self._link)


class Port:
    """One device behind one TCP port."""

    def __init__(self, stage: Stage, device: Device, host: str, port: int) -> None:
        self.stage, self.device, self.host, self.port = stage, device, host, port
        self._server: asyncio.Server | None = None
        self._lines: dict[int, asyncio.Transport] = {}
        self._links = 0
        self._turn = asyncio.Lock()

    @property
    def behind(self) -> bool:
        """Whether the device can be reached and its port cannot."""
        return self.device.reachable and self._server is None and not self.stage.closing

    async def follow(self) -> None:
        """Listen if the device is reachable, always on the same port."""
        async with self._turn:
            if self.behind:
                loop = asyncio.get_running_loop()
                self._server = await loop.create_server(
                    lambda: _Line(self), self.host, self.port, reuse_address=True
                )
                self.port = self._server.sockets[0].getsockname()[1]
        if not self.device.reachable:
            self.shut()

    def shut(self) -> None:
        """Stop listening, at once: connections are refused from now on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def pump(self, now: float) -> None:
        """Let leave what is due."""
        for out in self.device.take(now):
            transport = self._lines.get(out.link)
            if transport is None:
                continue
            if isinstance(out, Hangup):
                transport.abort()
            else:
                transport.write(out.data)

    def opened(self, transport: asyncio.Transport) -> int:
        """A connection was made; its number."""
        self._links += 1
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.device.reachable:
            self._lines[self._links] = transport
            self.device.opened(self._links, self.stage.now())
            self.stage.pump()
        else:
            transport.abort()
        return self._links

    def received(self, link: int, data: bytes) -> None:
        """Bytes arrived."""
        if link in self._lines:
            self.device.received(link, data, self.stage.now())
            self.stage.pump()

    def closed(self, link: int) -> None:
        """A connection is gone."""
        if self._lines.pop(link, None) is not None:
            self.device.closed(link, self.stage.now())
            self.stage.pump()

    def drop_all(self) -> None:
        """End all connections."""
        self.shut()
        for transport in list(self._lines.values()):
            transport.abort()


class Stage:
    """A world on real sockets, all on one host; open it with `async with`.

    `ports` says which devices are served and where (0: the system chooses; the numbers are then filled
    in), `control` where the control socket is (None: none), `vpcd` the port of the virtual card reader
    (None: cards are only in the world's memory).
    """

    def __init__(
        self,
        world: World,
        ports: dict[str, int],
        *,
        control: int | None = 0,
        vpcd: int | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.world = world
        self.over = asyncio.Event()
        self.closing = False
        self._host = host
        self._control_port = control
        self._control: asyncio.Server | None = None
        self._ports = {name: Port(self, world.devices[name], host, port) for name, port in ports.items()}
        self._card = CardLink(vpcd) if vpcd is not None else None
        self._timer: asyncio.TimerHandle | None = None
        self._following: set[asyncio.Task[None]] = set()
        self._steerers: dict[asyncio.StreamWriter, asyncio.Task[Any]] = {}
        self._pumping = False
        self._again = False
        self._steering = asyncio.Lock()
        world.watch(self.pump)

    async def __aenter__(self) -> Stage:
        """Listen everywhere."""
        for port in self._ports.values():
            await port.follow()
        if self._control_port is not None:
            self._control = await asyncio.start_server(
                self._steer, self._host, self._control_port, limit=LINE_LIMIT
            )
            self._control_port = self._control.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close everything."""
        self.closing = True
        if self._timer is not None:
            self._timer.cancel()
        for port in self._ports.values():
            port.drop_all()
        if self._control is not None:
            self._control.close()
        for writer in self._steerers:
            writer.close()
        await asyncio.gather(*self._steerers.values(), return_exceptions=True)
        if self._card is not None:
            await self._card.show(None)
        await asyncio.gather(*self._following, return_exceptions=True)

    @property
    def ports(self) -> dict[str, int]:
        """Where everything listens, by name, `control` too."""
        ports = {name: port.port for name, port in self._ports.items()}
        return ports if self._control_port is None else {**ports, "control": self._control_port}

    @staticmethod
    def now() -> float:
        """The monotonic instant, in seconds."""
        return asyncio.get_running_loop().time()

    def pump(self) -> None:
        """Let everything leave that is due, and come back when the next thing is."""
        if self._pumping:
            self._again = True
            return
        self._pumping = True
        try:
            self._again = True
            while self._again:
                self._again = False
                for port in self._ports.values():
                    port.pump(self.now())
                    if not port.device.reachable:
                        port.shut()
        finally:
            self._pumping = False
        for port in self._ports.values():
            if port.behind:
                task = asyncio.ensure_future(port.follow())
                self._following.add(task)
                task.add_done_callback(self._following.discard)
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.closing:
            return
        due = min(
            (at for port in self._ports.values() if (at := port.device.due()) is not None), default=None
        )
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self.pump)

    # --- the control socket ----------------------------------------------------------------------------

    async def _steer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client of the control socket: a command a line in, an answer a line out."""
        task = asyncio.current_task()
        assert task is not None
        self._steerers[writer] = task
        try:
            while line := await reader.readline():
                answer = await self.do(line)
                writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
                if self.world.over:
                    self.over.set()
        except ConnectionError:
            pass  # the client is gone; what it asked for is done
        finally:
            del self._steerers[writer]
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def do(self, line: bytes) -> dict[str, Any]:
        """Carry out one line of the control socket; answers when it has come to pass on the wires too."""
        try:
            command = json.loads(line)
        except ValueError as error:
            return {"ok": False, "error": f"not JSON: {error}"}
        if not isinstance(command, dict):
            return {"ok": False, "error": "a command is a JSON object"}
        async with self._steering:
            now = self.now()
            answer = {"now": now, **self.world.do(command, now)}
            self.pump()
            for port in self._ports.values():
                await port.follow()
            if self._card is not None:
                try:
                    await self._card.show(self.world.card)
                except OSError as error:
                    return {**answer, "ok": False, "error": f"the virtual card reader: {error}"}
        return answer


# --- the command line -----------------------------------------------------------------------------------


def main(argv: list[str]) -> int:
    """`kiosk sim ils|reader|printer|desk`: run until told to stop. Returns the exit status."""
    options = _parser().parse_args(argv)
    try:
        scenery = _scenery(options.scenery)
        if options.personality is not None:
            scenery = scenery.speaking_as(options.personality)
        if options.strict:
            scenery = scenery.reading_strictly()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"kiosk sim: {options.scenery}: {error}\n")
        return 2
    # A pcscd that is being started must be stopped again, whatever stops us.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with contextlib.ExitStack() as stack:
        vpcd = None
        if options.what == "desk" and not options.no_card:
            try:
                stack.enter_context(borrow_pcscd(options.card_port))
            except PcscdError as error:
                sys.stderr.write(f"kiosk sim: {error}\n")
                return 1
            vpcd = options.card_port
        try:
            return asyncio.run(_run(scenery, options, vpcd))
        except OSError as error:
            sys.stderr.write(f"kiosk sim: {error}\n")
            return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk sim", description="The far side of the wires, simulated.")
    kinds = parser.add_subparsers(dest="what", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--scenery", metavar="FILE", help="TOML or JSON: patrons, items, tags (else Lanternfield)"
    )
    common.add_argument(
        "--personality", choices=tuple(MAKES), metavar="NAME", help=f"the make of ILS: {', '.join(MAKES)}"
    )
    common.add_argument(
        "--strict", action="store_true", help="the ILS refuses what it would answer though it breaks SIP2"
    )
    common.add_argument("--control-port", type=_port, metavar="N", help="steer it by JSON lines on this port")
    common.add_argument("--put", default="", metavar="A,B", help="barcodes or UIDs that lie on the pad")
    common.add_argument("--die-with-stdin", action="store_true", help="stop when standard input ends")
    for name, port, text in (
        ("ils", SIP2_PORT, "a library system (SIP2)"),
        ("reader", OBID_PORT, "a FEIG pad reader (OBID) and its tags"),
        ("printer", RAW_PORT, "a receipt printer (ESC/POS)"),
    ):
        alone = kinds.add_parser(name, parents=[common], help=text)
        alone.add_argument("--port", type=_port, default=port, metavar="N", help=f"TCP port (default {port})")
    desk = kinds.add_parser("desk", parents=[common], help="all of them, and a card reader")
    desk.add_argument("--ils-port", type=_port, default=0, metavar="N", help="SIP2 (default: any)")
    desk.add_argument("--reader-port", type=_port, default=0, metavar="N", help="OBID (default: any)")
    desk.add_argument("--printer-port", type=_port, default=0, metavar="N", help="ESC/POS (default: any)")
    desk.add_argument("--chip-port", type=_port, default=0, metavar="N", help="GPIO (default: any)")
    desk.add_argument("--card-port", type=_port, default=VPCD_PORT, metavar="N", help="vpcd's port")
    desk.add_argument("--no-card", action="store_true", help="leave the PC/SC card reader out")
    return parser


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) < 1 << 16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text}: must be a whole number from 0 to 65535")


def _scenery(file: str | None) -> Scenery:
    """The scenery of a file, or the shipped one. A name that ends in `.toml` is a `libraryfile`.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no scenery.
    """
    if file is None:
        return lanternfield()
    text = Path(file).read_text("utf-8")
    return read_library(text) if Path(file).suffix == ".toml" else Scenery.from_json(json.loads(text))


async def _run(scenery: Scenery, options: argparse.Namespace, vpcd: int | None) -> int:
    """Serve until `quit`, a signal, or (if asked) the end of standard input."""
    world = World(scenery, wall=time.time if scenery.ils.own_clock else None)
    if options.what == "desk":
        ports = {
            "ils": options.ils_port,
            "reader": options.reader_port,
            "printer": options.printer_port,
            "chip": options.chip_port,
        }
        control = options.control_port or 0
    else:
        ports = {options.what: options.port}
        control = options.control_port
    async with Stage(world, ports, control=control, vpcd=vpcd) as stage:
        if options.put:
            answer = world.do({"do": "put", "tags": options.put.split(",")}, stage.now())
            if not answer["ok"]:
                sys.stderr.write(f"kiosk sim: {answer['error']}\n")
                return 2
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stage.over.set)
        if options.die_with_stdin:
            _watch_stdin(loop, stage.over)
        sys.stdout.write(json.dumps(stage.ports) + "\n")
        sys.stdout.flush()
        await stage.over.wait()
    return 0


def _watch_stdin(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    """Set `over` when standard input ends; in a thread, since it may be a file, a pipe or a terminal."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(over.set)

    threading.Thread(target=wait, name="stdin", daemon=True).start()
