"""Looking and acting inside a running appliance, without a change to its image.

A unit comes as a credential of systemd (fw_cfg), is wanted by the kernel's command line, mounts a further
disk that can only be read, and runs the script on it. What the script says comes out of the serial port: a
line of `NAME VALUE` each, and at its end `done STATUS`. (systemd.system-credentials(7): systemd.extra-unit.)
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.appliance import toolroot
from tests.appliance.appliance import Inside
from tests.appliance.machine import Machine
from tests.appliance.waiting import LOOK_S, TooLate

_UNIT = """\
[Unit]
Description=Test of the appliance, from outside
After=kiosk.service kiosk-confirm.service

[Service]
Type=oneshot
RuntimeDirectory=probe
ExecStart=mount -o ro /dev/disk/by-id/virtio-d1 /run/probe
ExecStart=sh -c 'sh /run/probe/run; echo "done $$?"'
ExecStart=umount /run/probe
StandardOutput=file:/dev/%s
StandardError=file:/dev/%s
"""
_SERIAL = {"amd64": "ttyS0", "arm64": "ttyAMA0"}
_NAME = "p.service"
"""QEMU takes no longer one: 55 bytes with what stands before it (QEMU, hw/nvram/fw_cfg.c)."""


def made(arch: str, folder: Path, script: str, files: Mapping[str, Path] | None = None) -> Inside:
    """The unit, and a disk with `script` (of sh) and `files` by their names."""
    tree = folder / "probe"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    (tree / "run").write_text(script, "utf-8")
    for name, file in (files or {}).items():
        shutil.copy(file, tree / name)
    unit, disk = folder / _NAME, folder / "probe.ext4"
    unit.write_text(_UNIT % (_SERIAL[arch], _SERIAL[arch]), "utf-8")
    size = sum(file.stat().st_size for file in tree.iterdir())
    disk.unlink(missing_ok=True)
    blocks = f"{size // 1024 * 11 // 10 + 4096}k"
    toolroot.run(
        "mke2fs", "-q", "-F", "-t", "ext4", "-d", toolroot.inside(tree), toolroot.inside(disk), blocks
    )
    return Inside({f"systemd.extra-unit.{_NAME}": unit}, (_NAME,), (disk,))


def said(machine: Machine, within: float) -> Iterator[tuple[str, str]]:
    """What the script says, as name and value, until it is done; the last is `done` and its exit status.

    Raises:
        TooLate: it was not done within so many seconds.
    """
    end = time.monotonic() + within
    for line in _lines(machine, end):
        name, _, value = line.partition(" ")
        yield name, value
        if name == "done":
            return
    raise TooLate(f"the probe was not done within {within:.0f} s, or the machine went off")


def heard(machine: Machine, name: str) -> list[str]:
    """What a script that never ends has said until now under this name."""
    lines = machine.serial.read_text("utf-8", "replace").splitlines()
    return [line.strip().removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]


def answers(machine: Machine, within: float) -> dict[str, list[str]]:
    """All that the script says, by name.

    Raises:
        AssertionError: it failed.
    """
    told: dict[str, list[str]] = {}
    for name, value in said(machine, within):
        told.setdefault(name, []).append(value)
    assert told["done"] == ["0"], f"the probe ended with {told}"
    return told


def _lines(machine: Machine, end: float) -> Iterator[str]:
    rest, read = b"", 0
    while time.monotonic() < end:
        on = machine.on
        with machine.serial.open("rb") as file:
            file.seek(read)
            heard = file.read()
        read += len(heard)
        *whole, rest = (rest + heard).split(b"\n")
        for each in whole:
            yield each.decode("utf-8", "replace").strip()
        if not on:
            return
        time.sleep(LOOK_S)
