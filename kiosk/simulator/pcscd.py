"""A PC/SC service that shows the virtual reader vpcd: the one that runs, or one of our own.

Only one can run on a machine, and only one card lies on the virtual reader, so whoever uses it holds a
lock; another waits for it. What was started here is stopped here, what ran before is left alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

CONFIG = Path("/etc/reader.conf.d/vpcd")
"""Debian's vsmartcard-vpcd: its driver, and where that waits for a card."""

VPCD_PORT = 0x8C7B
"""Where it waits for a card in its first slot; the second slot's port is the next one. Linux gives this
port to any connection that goes out, so a service of our own waits elsewhere."""

OWN_PORTS = range(27771, 27791, 2)
"""First slots of a service of our own: below the ports that Linux gives away by itself (from 32768)."""

RUN = Path("/run/pcscd")
SERVICE = RUN / "pcscd.comm"
"""The socket on which pcscd serves its clients."""

INSTALL = "sudo apt-get install -y pcscd vsmartcard-vpcd"
BY_HAND = "sudo mkdir -p /run/pcscd && sudo pcscd"

START_SECONDS = 15.0
LISTEN = "0A"
TIME_WAIT = "06"
"""States in /proc/net/tcp (Linux, include/net/tcp_states.h): the second is of a closed connection that is
remembered for a minute; vpcd listens beside one."""

POLL_SECONDS = 0.05


T = TypeVar("T")


class Slots(NamedTuple):
    """The TCP ports on which the virtual reader waits: for a card, and for the pad's reader."""

    card: int
    pad: int


class PcscdError(Exception):
    """There is no virtual card reader to be had; the text says what to do."""


@contextlib.contextmanager
def borrow_pcscd(port: int | None = None, patience: float = 90.0) -> Iterator[Slots]:
    """Have the virtual reader to oneself, with a pcscd that shows it; waits `patience` seconds for others.

    `port` is that of its first slot, where it is known.

    Raises:
        PcscdError: it cannot be had.
    """
    with _lock(patience), contextlib.ExitStack() as stack:
        client = _knock()
        if client is None:
            first = _unused(OWN_PORTS if port is None else (port,))
            stack.enter_context(_own(first))
        else:
            # systemd starts the service when somebody knocks, and stops it when nobody is there.
            stack.enter_context(client)
            # a service of our own may have outlived a kiosk that was killed
            first = _shown((VPCD_PORT, *OWN_PORTS) if port is None else (port,))
        yield Slots(first, first + 1)


def _unused(ports: Iterable[int]) -> int:
    """The first of these ports that nothing uses, nor the next one."""
    states = _states()
    for port in ports:
        if not (states[port] | states[port + 1]) - {TIME_WAIT}:
            return port
    tried = ", ".join(map(str, ports))
    raise PcscdError(f"the virtual card reader cannot listen: other programs use the ports {tried}")


def _shown(ports: Iterable[int]) -> int:
    """On which of these ports the PC/SC service that runs has its virtual reader."""
    if (port := _wait(lambda: _listening(ports), START_SECONDS)) is None:
        raise PcscdError(
            f"pcscd runs, but without the virtual card reader: run '{INSTALL}', then restart pcscd"
        )
    return port


def _listening(ports: Iterable[int]) -> int | None:
    """The first of these ports on which, as on the next one, somebody listens (seen without connecting, which
    would be a card)."""
    states = _states()
    return next((port for port in ports if LISTEN in states[port] & states[port + 1]), None)


def _states() -> defaultdict[int, set[str]]:
    """For each port the states (as /proc has them) of all TCP sockets of this machine on it."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text("ascii").splitlines()[1:]:
                _, local, _, state = line.split()[:4]
                found[int(local.rpartition(":")[2], 16)].add(state)
    return found


def _knock() -> socket.socket | None:
    """Connect to the PC/SC service; None when none answers."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.connect(str(SERVICE))
    except OSError:
        client.close()
        return None
    return client


@contextlib.contextmanager
def _own(port: int) -> Iterator[None]:
    """Run a pcscd in the foreground, its virtual reader on this port and the next, as long as this lasts."""
    program = shutil.which("pcscd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None or not CONFIG.exists():
        raise PcscdError(f"pcscd or its virtual reader is not installed: run '{INSTALL}'")
    sudo = _may_run()
    subprocess.run([*sudo, "mkdir", "-p", str(RUN)], check=True)
    with tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory(prefix="kiosk-pcscd-") as config:
        readers = re.sub(r"0x[0-9A-Fa-f]+", f"0x{port:04X}", CONFIG.read_text("utf-8"))
        (Path(config) / CONFIG.name).write_text(readers, "utf-8")
        service = subprocess.Popen(
            [*sudo, program, "--foreground", "--config", config, *_open_to_all(program)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            if not _wait(
                lambda: service.poll() is not None or (_listening((port,)) and SERVICE.exists()),
                START_SECONDS,
            ) or (service.poll() is not None):
                said.seek(0)
                text = said.read().decode(errors="replace").strip()
                raise PcscdError(f"pcscd did not come up with a reader on port {port}: {text[-500:]}")
            yield
        finally:
            _stop(service, sudo)


def _open_to_all(program: str) -> list[str]:
    """The option that lets everybody in, where the program has it: since 2.0 it asks polkit, and in a
    container or a chroot, where no polkit runs, it then turns everybody away."""
    said = subprocess.run([program, "--help"], check=False, capture_output=True, text=True)
    return ["--disable-polkit"] if "--disable-polkit" in said.stdout + said.stderr else []


def _may_run() -> list[str]:
    """What goes in front of a command that needs root: nothing, or sudo where it asks nothing."""
    if os.geteuid() == 0 or os.access(RUN, os.W_OK):
        return []
    with contextlib.suppress(OSError):
        if subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0:
            return ["sudo", "-n"]
    raise PcscdError(f"no pcscd runs here, and only root may start it: run '{BY_HAND}'")


def _stop(service: subprocess.Popen[bytes], sudo: list[str]) -> None:
    """Stop our own service and wait for its end."""
    if service.poll() is None:
        if sudo:
            number = (RUN / "pcscd.pid").read_text("ascii").strip()
            subprocess.run([*sudo, "kill", number], check=False)
        else:
            service.terminate()
        try:
            service.wait(10)
        except subprocess.TimeoutExpired:
            service.kill()
            service.wait()


@contextlib.contextmanager
def _lock(patience: float) -> Iterator[None]:
    """Hold the machine's lock on the virtual reader."""
    path = Path(tempfile.gettempdir()) / "kiosk-vpcd.lock"
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        with contextlib.suppress(OSError):
            path.chmod(0o666)
    try:
        if not _wait(lambda: _locked(handle), patience):
            raise PcscdError(
                f"the virtual card reader is in use by another kiosk demo or test ({path}); "
                f"waited {patience:.0f} s"
            )
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(until: Callable[[], T], seconds: float) -> T:
    """Ask until the answer is true, or the time is up; the last answer."""
    end = time.monotonic() + seconds
    while not (answer := until()) and time.monotonic() <= end:
        time.sleep(POLL_SECONDS)
    return answer
