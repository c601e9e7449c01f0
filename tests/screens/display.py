"""A display that nobody looks at."""

import contextlib
import os
import subprocess
from collections.abc import Iterator


@contextlib.contextmanager
def x_server(size: str) -> Iterator[str]:
    """An X server of our own, with a screen of this size; it chooses a free display and says which."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as said:
            yield f":{said.readline().strip()}"
    finally:
        server.terminate()
        server.wait(30)
