"""One machine in QEMU: power, a disk, a display (of 1280x800, or another), a finger, a keyboard (a scanner
is one), and a network in which the host is 10.0.2.2."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.appliance import toolroot
from tests.appliance.qmp import Qmp, QmpError

HOST = "10.0.2.2"
"""The host, as QEMU's user network has it."""

WIDE, SMALL = (1280, 800), (800, 480)
"""Displays, in pixels."""

_ABSOLUTE = 0x7FFF
"""The far end of an absolute axis (QEMU: INPUT_EVENT_ABS_MAX)."""

_KEYS = {"\n": "ret", **{digit: digit for digit in "0123456789"}}

UBOOT = "/usr/lib/u-boot/qemu_arm64/u-boot.bin"


class EmulatorCrashed(RuntimeError):
    """QEMU has failed, and not the machine in it. (10.0 does so now and then, in the first seconds of an
    amd64 machine with two processors: `iotlb_to_section: Assertion ... failed`.)"""


@dataclass(frozen=True)
class Hardware:
    """What differs between two machines.

    `kernel`, `initrd` and `arguments` stand in for a boot loader (amd64); without a kernel the machine
    has U-Boot (arm64). `credentials` are handed to systemd by name; `disks` are further disks that the
    machine may only read; `display` is the display's width and height in pixels.
    """

    arch: str
    disk: Path
    kernel: Path | None = None
    initrd: Path | None = None
    arguments: str = ""
    credentials: dict[str, Path] = field(default_factory=dict)
    disks: tuple[Path, ...] = ()
    display: tuple[int, int] = WIDE
    memory_mb: int = 1024

    def command(self, qmp: int, serial: Path) -> list[str]:
        """QEMU's command line; `qmp` is the open socket that it gets, `serial` the file that takes what the
        machine says on its serial line."""
        at = toolroot.inside
        if self.arch == "arm64":
            board = ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72"]
            # a Pi's initrd knows of no PCI
            disk_kind = "virtio-blk-device"
        else:
            board = ["qemu-system-x86_64", "-M", "q35,sata=off,smbus=off,i8042=off", "-cpu", "max"]
            board += ["-vga", "none"]
            disk_kind = "virtio-blk-pci"
        if self.kernel is None:
            board += ["-bios", UBOOT]
        else:
            assert self.initrd is not None
            board += ["-kernel", at(self.kernel), "-initrd", at(self.initrd), "-append", self.arguments]
        board += ["-m", str(self.memory_mb), *_processors(self.arch)]
        board += ["-nodefaults", "-display", "none", "-rtc", "base=utc"]
        # a reset switches it off: what happened until then is looked at, and where the boot script is
        # played, it must be played again
        board.append("-no-reboot")
        # U-Boot has no driver for virtio-gpu and must not wait for keys, so all it sees is the disk
        for number, disk in enumerate((self.disk, *self.disks)):
            only = ",readonly=on" if number else ""
            drive = f"if=none,id=d{number},format=raw,file={at(disk)}{only}"
            board += ["-drive", drive, "-device", f"{disk_kind},drive=d{number},serial=d{number}"]
        board += ["-device", f"virtio-gpu-pci,xres={self.display[0]},yres={self.display[1]}"]
        board += ["-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci"]
        board += ["-netdev", "user,id=n", "-device", "virtio-net-pci,netdev=n,romfile="]
        board += ["-chardev", f"socket,id=qmp,fd={qmp}", "-mon", "chardev=qmp,mode=control"]
        # not a socket: U-Boot waits at one whose other end nobody reads
        board += ["-serial", f"file:{at(serial)}"]
        for name, file in self.credentials.items():
            board += ["-fw_cfg", f"name=opt/io.systemd.credentials/{name},file={at(file)}"]
        return board


class Machine:
    """A machine that is on while the context is open. `since` is the monotonic instant of power-on; `serial`
    is where what it says on its serial line since then can be read."""

    def __init__(self, hardware: Hardware, log: Path) -> None:
        """Prepare it; QEMU's own words go to `log`."""
        self.hardware = hardware
        self.since = 0.0
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._qmp: Qmp | None = None
        self.serial = log.with_name("serial.txt")

    def __enter__(self) -> Self:
        """Switch it on."""
        qmp, theirs = socket.socketpair()
        self.serial.unlink(missing_ok=True)
        with theirs, self._log.open("ab") as log:
            self.since = time.monotonic()
            self._process = subprocess.Popen(
                toolroot.command(*self.hardware.command(theirs.fileno(), self.serial)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(theirs.fileno(),),
            )
        self._qmp = Qmp(qmp)
        try:
            self.do("query-status")
        except QmpError as error:
            self.kill()
            raise QmpError(f"QEMU did not start: {self._log.read_text(errors='replace')[-2000:]}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Pull its plug, if it is still in.

        Raises:
            EmulatorCrashed: QEMU had ended by an assertion of its own.
        """
        if self._process is not None and self._process.poll() == -signal.SIGABRT:
            raise EmulatorCrashed(self._log.read_text(errors="replace")[-500:]) from error
        self.kill()

    @property
    def on(self) -> bool:
        """Whether it is still running."""
        return self._process is not None and self._process.poll() is None

    @property
    def seconds(self) -> float:
        """Since power-on."""
        return time.monotonic() - self.since

    def do(self, name: str, **arguments: Any) -> Any:
        """A command to QEMU's monitor."""
        assert self._qmp is not None
        return self._qmp.do(name, **arguments)

    def kill(self) -> None:
        """Pull its plug: nothing in the guest hears of it, and what it had not flushed is QEMU's to lose."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._qmp is not None:
            self._qmp.close()

    def waits_until_off(self, within: float) -> None:
        """Wait until it has switched itself off, or has reset itself.

        Raises:
            subprocess.TimeoutExpired: it is still on after so many seconds.
        """
        assert self._process is not None
        self._process.wait(within)

    # --- what a patron sees and does ---------------------------------------------------------------------

    def screen(self, to: Path) -> Path:
        """Take a picture of the screen (PNG)."""
        to.parent.mkdir(parents=True, exist_ok=True)
        self.do("screendump", filename=toolroot.inside(to), format="png")
        return to

    def touch(self, x: int, y: int) -> None:
        """A finger comes down on a pixel of the screen, and goes up."""
        width, height = self.hardware.display
        axes = [("x", x, width), ("y", y, height)]
        move = [
            {"type": "abs", "data": {"axis": axis, "value": value * _ABSOLUTE // size}}
            for axis, value, size in axes
        ]
        down, up = ({"type": "btn", "data": {"button": "left", "down": pressed}} for pressed in (True, False))
        for events in (move, [down], [up]):
            self.do("input-send-event", events=events)

    def scan(self, code: str) -> None:
        """A scanner that types reads a barcode of digits."""
        for letter in (*code, "\n"):
            key = {"type": "qcode", "data": _KEYS[letter]}
            self.do("send-key", keys=[key], **{"hold-time": 20})

    def written(self) -> dict[str, int]:
        """What was written to the disk since power-on: bytes, requests, flushes."""
        (stats,) = (each["stats"] for each in self.do("query-blockstats") if each.get("device") == "d0")
        return {
            "bytes": stats["wr_bytes"],
            "requests": stats["wr_operations"],
            "flushes": stats["flush_operations"],
        }


def _processors(arch: str) -> list[str]:
    """Two, by KVM where this processor can (/dev/kvm alone is no proof of it), else emulated, each on a
    processor of the host."""
    can = {"vmx", "svm"} & set(Path("/proc/cpuinfo").read_text("utf-8").split())
    ours = arch == "amd64" and os.uname().machine == "x86_64"
    if can and ours and os.access("/dev/kvm", os.R_OK | os.W_OK):
        return ["-smp", "2", "-accel", "kvm"]
    return ["-smp", "2", "-accel", "tcg,thread=multi"]
