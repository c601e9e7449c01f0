"""The simulated devices as processes of their own: behind TCP, with a control socket that steers them.

`kiosk sim desk` runs all of them, `kiosk sim ils`, `kiosk sim reader` and `kiosk sim printer` one alone.
When everything listens, one line of JSON on standard output tells the ports: `{"ils": 40001, "reader":
40002, "printer": 40003, "chip": 40004, "control": 40005}` (0 was asked for, so the system chose); in the
stead of a reader's port it tells the path of its pseudo terminal, or the slot of the virtual card reader.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kiosk.simulator.cardlink import CardLink, Slot
from kiosk.simulator.lanternfield import lanternfield
from kiosk.simulator.libraryfile import read_library
from kiosk.simulator.makes import MAKES
from kiosk.simulator.outlets import Outlet, TcpPort, Terminal
from kiosk.simulator.padreaders import READERS
from kiosk.simulator.pcscd import PcscdError, Slots, borrow_pcscd
from kiosk.simulator.scenery import Scenery
from kiosk.simulator.world import World

LINE_LIMIT = 1 << 24
"""Longest line on the control socket; a report grows with the day."""

SIP2_PORT = 6001
OBID_PORT = 10001
RAW_PORT = 9100
"""The ports that ILSes, FEIG's network readers and network printers commonly use."""


class Stage:
    """A world on real sockets, all on one host; open it with `async with`.

    `ports` says which devices are served and where (0: the system chooses; the numbers are then filled
    in), `control` where the control socket is (None: none), `vpcd` the port of the virtual card reader
    (None: cards are only in the world's memory). `terminals` are devices on pseudo terminals, with the
    path of each (None: one is made up), `slots` those in virtual card readers, with the port of each.
    """

    def __init__(
        self,
        world: World,
        ports: Mapping[str, int],
        *,
        control: int | None = 0,
        vpcd: int | None = None,
        terminals: Mapping[str, Path | None] | None = None,
        slots: Mapping[str, int] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        places = [*ports, *(terminals or ()), *(slots or ())]
        if len(set(places)) < len(places):
            raise ValueError(f"one device in two places: {', '.join(sorted(places))}")
        self.world = world
        self.over = asyncio.Event()
        self.closing = False
        self._host = host
        self._control_port = control
        self._control: asyncio.Server | None = None
        devices = world.devices
        self._ports = {name: TcpPort(self, devices[name], host, port) for name, port in ports.items()}
        self._terminals = {
            name: Terminal(self, devices[name], path) for name, path in (terminals or {}).items()
        }
        self._outlets: list[Outlet] = [*self._ports.values(), *self._terminals.values()]
        self._outlets += [Slot(self, devices[name], port, host) for name, port in (slots or {}).items()]
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
        for outlet in self._outlets:
            await outlet.follow()
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
        for outlet in self._outlets:
            outlet.drop_all()
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

    @property
    def terminals(self) -> dict[str, Path]:
        """Where the devices on pseudo terminals are found, by name."""
        return {name: terminal.path for name, terminal in self._terminals.items()}

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
                for outlet in self._outlets:
                    outlet.pump(self.now())
                    if not outlet.device.reachable:
                        outlet.shut()
        finally:
            self._pumping = False
        for outlet in self._outlets:
            if outlet.behind:
                task = asyncio.ensure_future(outlet.follow())
                self._following.add(task)
                task.add_done_callback(self._following.discard)
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.closing:
            return
        due = min((at for outlet in self._outlets if (at := outlet.device.due()) is not None), default=None)
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
            for outlet in self._outlets:
                await outlet.follow()
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
        if getattr(options, "make", None) is not None:
            reader = dataclasses.replace(scenery.reader, make=options.make)
            scenery = dataclasses.replace(scenery, reader=reader)
        if options.strict:
            scenery = scenery.reading_strictly()
    except (OSError, ValueError) as error:
        sys.stderr.write(f"kiosk sim: {options.scenery}: {error}\n")
        return 2
    # A pcscd that is being started must be stopped again, whatever stops us.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with contextlib.ExitStack() as stack:
        where = _where(options, scenery.reader.make)
        virtual = None
        if where.card or where.in_slot:
            try:
                virtual = stack.enter_context(borrow_pcscd(getattr(options, "card_port", None)))
            except PcscdError as error:
                sys.stderr.write(f"kiosk sim: {error}\n")
                return 1
        try:
            return asyncio.run(_run(scenery, options, where, virtual))
        except OSError as error:
            sys.stderr.write(f"kiosk sim: {error}\n")
            return 1


class _Where(NamedTuple):
    """Which device is met where: on a TCP port, a pseudo terminal, in the pad's slot of the virtual card
    reader; and whether cards come into the other slot."""

    ports: dict[str, int]
    terminals: dict[str, Path | None]
    in_slot: tuple[str, ...]
    card: bool


def _where(options: argparse.Namespace, make: str) -> _Where:
    """Where the devices of a command line are."""
    card = options.what == "desk" and not options.no_card
    if options.what == "desk":
        ports = {
            "ils": options.ils_port,
            "reader": options.reader_port,
            "printer": options.printer_port,
            "chip": options.chip_port,
        }
    else:
        ports = {options.what: options.port}
    if "reader" in ports and options.pty is not None:
        del ports["reader"]
        return _Where(ports, {"reader": Path(options.pty) if options.pty else None}, (), card)
    if make == "pcsc" and ports.get("reader") is None and "reader" in ports:
        del ports["reader"]
        return _Where(ports, {}, ("reader",), card)
    default = OBID_PORT if options.what == "reader" else 0
    return _Where({name: default if port is None else port for name, port in ports.items()}, {}, (), card)


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
    pad = argparse.ArgumentParser(add_help=False)
    pad.add_argument(
        "--make", choices=tuple(READERS), help="the make of pad reader: feig (default), m3 or pcsc"
    )
    pad.add_argument(
        "--pty",
        nargs="?",
        const="",
        metavar="PATH",
        help="the reader on a pseudo terminal that PATH leads to",
    )
    ils = kinds.add_parser("ils", parents=[common], help="a library system (SIP2)")
    _listens(ils, "--port", SIP2_PORT, f"TCP port (default {SIP2_PORT})")
    reader = kinds.add_parser("reader", parents=[common, pad], help="a pad reader and its tags")
    _listens(
        reader, "--port", None, f"TCP port (default {OBID_PORT}; pcsc: the virtual card reader's pad slot)"
    )
    printer = kinds.add_parser("printer", parents=[common], help="a receipt printer (ESC/POS)")
    _listens(printer, "--port", RAW_PORT, f"TCP port (default {RAW_PORT})")
    desk = kinds.add_parser("desk", parents=[common, pad], help="all of them, and a card reader")
    _listens(desk, "--ils-port", 0, "SIP2 (default: any)")
    _listens(desk, "--reader-port", None, "the pad reader (default: any; pcsc: its slot)")
    _listens(desk, "--printer-port", 0, "ESC/POS (default: any)")
    _listens(desk, "--chip-port", 0, "GPIO (default: any)")
    _listens(desk, "--card-port", None, "vpcd's first slot (default: where it is)")
    desk.add_argument("--no-card", action="store_true", help="leave the PC/SC card reader out")
    return parser


def _listens(parser: argparse.ArgumentParser, name: str, default: int | None, text: str) -> None:
    parser.add_argument(name, type=_port, default=default, metavar="N", help=text)


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


async def _run(scenery: Scenery, options: argparse.Namespace, where: _Where, virtual: Slots | None) -> int:
    """Serve until `quit`, a signal, or (if asked) the end of standard input."""
    world = World(scenery, wall=time.time if scenery.ils.own_clock else None)
    control = options.control_port or 0 if options.what == "desk" else options.control_port
    slots = dict.fromkeys(where.in_slot, virtual.pad) if virtual else {}
    card = virtual.card if virtual and where.card else None
    async with Stage(
        world, where.ports, control=control, vpcd=card, terminals=where.terminals, slots=slots
    ) as stage:
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
        paths = {name: str(path) for name, path in stage.terminals.items()}
        sys.stdout.write(json.dumps({**paths, **slots, **stage.ports}) + "\n")
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
