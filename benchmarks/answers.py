"""`python -m benchmarks.answers`: the far side of a connection and nothing else. A process that answers each
SIP2 message at once with bytes that it has had ready since it began, so that what is measured is the client.

It says its port in one line and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading

DATE = "20270102    101112"
ANSWERS = {
    "93": "941",
    "99": f"98YYYYYN100003{DATE}2.00AOLANTERN|AMLantern|BXYYYYYYYYYYYYYYYY|",
    "17": f"18030001{DATE}CF0|AB39000001|AJThe Lighthouse Keeper's Almanac|CK001|AQMain|APMain|",
    "11": f"121NNY{DATE}AOLANTERN|AA21000001|AB39000001|AJThe Lighthouse Keeper's Almanac|AH20270130|",
    "63": f"64{' ' * 14}001{DATE}000000000002000000000000AOLANTERN|AA21000001|AEAnna|BLY|CQY|AU1|AU2|",
}


def _sealed(body: str, number: int) -> bytes:
    through = f"{body}AY{number}AZ".encode()
    return through + b"%04X\r" % (-sum(through) & 0xFFFF)


FRAMES = {
    (code.encode(), b"%d" % number): _sealed(body, number)
    for code, body in ANSWERS.items()
    for number in range(10)
}


class Answering(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._begun = b""

    def data_received(self, data: bytes) -> None:
        *frames, self._begun = (self._begun + data).split(b"\r")
        # `17...AY3AZFFFF`: the code, and the number
        self._transport.write(b"".join(FRAMES[frame.lstrip(b"\n")[:2], frame[-7:-6]] for frame in frames))


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    def until_stdin_ends() -> None:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(over.set)

    server = await loop.create_server(Answering, "127.0.0.1", 0)
    threading.Thread(target=until_stdin_ends, daemon=True).start()
    print(server.sockets[0].getsockname()[1], flush=True)
    await over.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(_serve()))
