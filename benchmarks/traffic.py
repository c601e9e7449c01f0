"""`sip2/messages-per-second/...` and `sip2/month-growth-bytes`: our whole client over loopback, before a far
side in a process of its own (`benchmarks.answers`).

A message is a question about an item with its answer, written, sent, received, checked and read. Beside it
stands `Sip2` 1.1, which blocks: eight connections are eight threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import importlib.util
import io
import logging
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from benchmarks.rows import Row, row
from kiosk.sip2 import Checkout, Client, Done, ItemInformation, Login, PatronInformation, Profile
from kiosk.wires import tcp

CONNECTIONS = (1, 8)
MESSAGES = 4000
"""In one repetition, over all connections together."""

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001 - local time, as SIP2 prefers it
WHAT = ItemInformation(date=NOON, institution="LANTERN", item="39000001")
WHO = PatronInformation(date=NOON, institution="LANTERN", patron="21000001")
LOAN = Checkout(
    date=NOON,
    nb_due_date=NOON,
    institution="LANTERN",
    patron="21000001",
    item="39000001",
    terminal_password="",
)

KEEP_ALIVES = 30 * 24 * 60
"""One a minute for thirty days."""
VISITS = 30 * 96
"""With four questions and four loans each."""
WARM_UP_VISITS = 50


class FarSide:
    """The process that answers, as a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.answers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()


def rows(repetitions: int, only: tuple[str, ...]) -> Iterator[Row]:
    """A row for each number of connections, and one for a month."""
    with FarSide() as far:
        for connections in CONNECTIONS:
            name = f"sip2/messages-per-second/{connections}"
            if name.startswith(only):
                yield _per_second(name, repetitions, far.port, connections)
        if "sip2/month-growth-bytes".startswith(only):
            grown, messages = asyncio.run(_month(far.port))
            yield row(
                "sip2/month-growth-bytes", "bytes", [grown], note=f"{messages} messages on one connection"
            )


def _per_second(name: str, repetitions: int, port: int, connections: int) -> Row:
    """Both take turns, so that a busy machine is busy for both."""
    ours, others = [], []
    theirs = importlib.util.find_spec("Sip2") is not None
    for _ in range(repetitions):
        ours.append(asyncio.run(_our_rate(port, connections)))
        if theirs:
            others.append(_their_rate(port, connections))
    return row(
        name,
        "1/s",
        ours,
        references=others,
        reference_name="Sip2 1.1" if theirs else None,
        note="more is better",
    )


def _client(port: int) -> Client:
    login = Login(login_user="kiosk", login_password="pw")
    return Client(tcp("127.0.0.1", port), Profile(), login=login)


async def _our_rate(port: int, connections: int) -> float:
    clients = [_client(port) for _ in range(connections)]
    for client in clients:
        await client.connect()

    async def ask(client: Client) -> None:
        for _ in range(MESSAGES // connections):
            answer = await client.ask(WHAT)
            assert answer.item == WHAT.item

    began = time.monotonic()
    await asyncio.gather(*map(ask, clients))
    took = time.monotonic() - began
    for client in clients:
        await client.disconnect()
    return MESSAGES / took


def _their_rate(port: int, connections: int) -> float:
    with contextlib.redirect_stdout(io.StringIO()):  # it prints when it goes
        terminals = [_their_terminal(port) for _ in range(connections)]
        asking = [threading.Thread(target=_asks(terminal, MESSAGES // connections)) for terminal in terminals]
        began = time.monotonic()
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        took = time.monotonic() - began
        for terminal in terminals:
            terminal.disconnect()
        del terminal, terminals
    return MESSAGES / took


def _their_terminal(port: int) -> Any:
    terminal = importlib.import_module("Sip2.sip2").Sip2()
    terminal.log = logging.getLogger("benchmarks.sip2")
    terminal.log.setLevel(logging.CRITICAL)
    terminal.hostName, terminal.hostPort, terminal.hostEncoding = "127.0.0.1", port, "utf-8"
    terminal.tlsEnable, terminal.institutionId = False, WHAT.institution
    terminal.connect()
    return terminal


def _asks(terminal: Any, messages: int) -> Callable[[], None]:
    def ask() -> None:
        for _ in range(messages):
            answer = terminal.get_response(terminal.sip_item_information_request(WHAT.item))
            assert terminal.sip_item_information_response(answer)["variable"]["AB"] == [WHAT.item]

    return ask


async def _month(port: int) -> tuple[int, int]:
    """By how many bytes all that Python holds has grown in as many messages as a kiosk has in a month, and
    how many those were."""
    tracemalloc.start()
    try:
        client = _client(port)
        await client.connect()
        await _visits(client, WARM_UP_VISITS)
        before = _held()
        messages = await _visits(client, VISITS)
        grown = _held() - before
        await client.disconnect()
    finally:
        tracemalloc.stop()
    return grown, messages


async def _visits(client: Client, visits: int) -> int:
    for _ in range(visits):
        for _ in range(KEEP_ALIVES // VISITS):
            await client.keep_alive()
        for _ in range(4):
            await client.ask(WHO)
            assert isinstance(await client.change(LOAN, lambda: None), Done)
    return visits * (KEEP_ALIVES // VISITS + 8)


def _held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
