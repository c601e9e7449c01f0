"""What a TCP wire does at its ends: silence, too much, a far side that stops, breaks off, takes nothing."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from kiosk.wires import Wire, tcp

Far = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def meet(far: Far, near: Callable[[Wire], Awaitable[None]]) -> None:
    """Let both talk with each other over a real connection."""

    async def story() -> None:
        gone = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await far(reader, writer)
            finally:
                writer.close()
                gone.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        wire = await tcp("127.0.0.1", server.sockets[0].getsockname()[1])()
        try:
            await near(wire)
        finally:
            await wire.close()
            await wire.close()
            await gone.wait()
            server.close()

    asyncio.run(story())


def test_one_asks_the_other_answers_and_stops() -> None:
    async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"to " + await reader.readexactly(3))

    async def near(wire: Wire) -> None:
        soon = asyncio.get_running_loop().time() + 5
        assert await wire.ask(b"ask", soon) == b"to ask"
        assert await wire.receive(soon) == b""
        assert await wire.receive() == b"", "the end stays"

    meet(far, near)


def test_each_question_is_waited_for_as_long_as_it_says() -> None:
    async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readexactly(1)
            writer.write(b"!")
        await reader.read()  # and no more

    async def near(wire: Wire) -> None:
        now = asyncio.get_running_loop().time
        begin = now()
        assert await wire.ask(b"?", begin + 0.05) == b"!"
        with pytest.raises(TimeoutError):
            await wire.receive(begin + 0.15)
        assert 0.15 <= now() - begin < 4, "it is not the first one's time that counts, which is over"
        assert await wire.ask(b"?", begin + 60) == b"!"
        with pytest.raises(TimeoutError):
            await wire.receive(begin + 0.2)
        assert now() - begin < 30, "nor that of one that was answered early"

    meet(far, near)


def test_silence_ends_when_it_was_said_to_and_what_comes_later_is_not_lost() -> None:
    async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        writer.write(b"late")

    async def near(wire: Wire) -> None:
        now = asyncio.get_running_loop().time()
        for until in (now - 1, now + 0.01):
            with pytest.raises(TimeoutError):
                await wire.receive(until)
        waiting = asyncio.ensure_future(wire.receive())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await wire.send(b"!")
        assert await wire.receive() == b"late"

    meet(far, near)


def test_what_nobody_takes_is_not_read_without_end_and_comes_whole() -> None:
    much = bytes(range(256)) * 20_000

    async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(much)
        await reader.readexactly(len(much))

    async def near(wire: Wire) -> None:
        sending = asyncio.ensure_future(wire.send(much))
        come = b""
        while len(come) < len(much):
            piece = await wire.receive()
            assert len(piece) < len(much) / 4
            come += piece
        assert come == much
        await sending

    meet(far, near)


def test_a_far_side_that_breaks_off() -> None:
    async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def near(wire: Wire) -> None:
        await wire.send(b"!")
        with pytest.raises(ConnectionError):
            await wire.receive()
        with pytest.raises(ConnectionError):
            await wire.send(b"!")

    meet(far, near)


def test_what_a_far_side_does_not_take_is_dropped_when_the_wire_is_closed() -> None:
    taken = []

    async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(1.5)
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        try:
            while data := await reader.read(1 << 20):
                taken.append(len(data))
        except ConnectionError:
            pass

    async def near(wire: Wire) -> None:
        sending = asyncio.ensure_future(wire.send(bytes(1 << 26)))
        await asyncio.sleep(0.1)
        assert not sending.done()
        await wire.close()
        with pytest.raises(ConnectionError):
            await sending

    meet(far, near)
    assert sum(taken) < 1 << 26
