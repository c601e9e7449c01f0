"""The real RAUC of the tool root, with its service on a bus of its own: slots are files, and the boot
loader's variables a text file. There is no dm-verity here, so that a bundle as kiosks take it is refused once
it is to be mounted; what is to be written to a slot must be of RAUC's plain format, which kiosks do not take.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.update.rauc import Ran

HERE = Path(__file__).parents[3]
INSIDE = Path("/kiosk")
"""Where the tool root has the repository."""

PATIENCE_S = 20.0

SLOT = 1 << 20
"""Bytes of a slot, and of the root in a bundle."""

PRINTENV = """#!/bin/sh
if [ $# = 0 ]; then cat "{env}"; else grep "^$1=" "{env}"; fi
"""
SETENV = """#!/bin/sh
grep -v "^$1=" "{env}" >"{env}.new"; echo "$1=$2" >>"{env}.new"; mv "{env}.new" "{env}"
"""


def inside(path: Path) -> str:
    """A file of the repository, as the tool root has it."""
    return str(INSIDE / path.absolute().relative_to(HERE))


class Machine:
    """A context manager. `folder` lies in the repository, and is made anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = HERE / folder
        self._bus = self.folder / "bus"
        self._env = self.folder / "env"
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "bin").mkdir(parents=True)
        (self.folder / "state").mkdir()
        self._conf()
        for name, text in (("fw_printenv", PRINTENV), ("fw_setenv", SETENV)):
            program = self.folder / "bin" / name
            program.write_text(text.format(env=inside(self._env)))
            program.chmod(0o755)
        for slot in "ab":
            (self.folder / f"slot-{slot}").write_bytes(bytes(SLOT))
        self._start("dbus-daemon", "--session", "--nofork", f"--address=unix:path={inside(self._bus)}")
        self._until(self._bus.exists, "the bus")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends(0)

    def no_service(self) -> None:
        """RAUC's service ends."""
        self._ends(1)

    def no_bus(self) -> None:
        """The bus ends, and with it the service."""
        self._ends(0)

    def _ends(self, kept: int) -> None:
        while len(self._started) > kept:
            process = self._started.pop()
            process.terminate()
            process.wait()

    def boots(self, slot: str, **variables: str) -> None:
        """RAUC's service starts in this slot, and boot.scr has left these variables."""
        self.no_service()
        self._env.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        self._start(
            "rauc", "-c", inside(self.folder / "system.conf"), "service", f"--override-boot-slot={slot}"
        )
        self._until(lambda: self.run(["rauc", "status"]).status == 0, "RAUC's service")

    @property
    def variables(self) -> dict[str, str]:
        """What the boot loader will find."""
        pairs = (line.split("=", 1) for line in self._env.read_text().splitlines())
        return dict(pairs)  # type: ignore[arg-type]

    def run(self, words: Sequence[str]) -> Ran:
        """Run a program there (meets `kiosk.update.rauc.Run`); files of the repository are named as there."""
        given = [inside(Path(each)) if each.startswith(str(HERE)) else each for each in words]
        if given[:2] == ["rauc", "info"]:
            given[1:1] = ["-c", inside(self.folder / "system.conf")]
        done = subprocess.run(
            ["image/in-tools", *self._around(), *given],
            cwd=HERE, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    def bundle(self, name: str, arch: str = "amd64", **more: str) -> Path:
        """A bundle of a little root, by `image/bundle`."""
        root = self.folder / "little.ext4"
        if not root.exists():
            root.write_bytes(os.urandom(SLOT))
        to = self.folder / f"{name}.raucb"
        given = {"ROOT": str(root), "BUNDLE": str(to), "VERSION": "9.9", **more}
        self._script("bundle", arch, **given)
        return to

    def plain_bundle(self, name: str, arch: str = "amd64", *, version: str, size: int = SLOT) -> Path:
        """A bundle of the plain format, with a root of so many bytes."""
        content = self.folder / f"{name}-content"
        content.mkdir()
        (content / "rootfs.ext4").write_bytes(os.urandom(size))
        manifest = (HERE / "image/rauc/manifest.raucm.in").read_text()
        manifest, times = re.subn(r"\[bundle\]\nformat=verity\n", "", manifest)
        assert times == 1, manifest
        manifest = manifest.replace("@KIND@", arch).replace("@VERSION@", version)
        (content / "manifest.raucm").write_text(manifest)
        to = self.folder / f"{name}.raucb"
        keys = HERE / "build/keys"
        signed = [f"--cert={inside(keys / 'leaf.pem')}", f"--key={inside(keys / 'leaf-key.pem')}"]
        self._well("rauc", "bundle", *signed, inside(content), inside(to))
        return to

    def certificate(self, name: str, *options: str) -> Mapping[str, str]:
        """One of the development root's, with these options of `openssl req`; how `bundle` signs with it."""
        keys = HERE / "build/keys"
        cert, key = self.folder / f"{name}.pem", self.folder / f"{name}-key.pem"
        self._well(
            "openssl", "req", "-x509", "-subj", f"/CN={name}", "-noenc",
            "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-CA", inside(keys / "keyring.pem"), "-CAkey", inside(keys / "ca-key.pem"),
            "-addext", "keyUsage=critical,digitalSignature", *options,
            "-out", inside(cert), "-keyout", inside(key),
        )  # fmt: skip
        return {"CERT": str(cert), "KEY": str(key), "KEYRING": ""}

    @contextlib.contextmanager
    def slot_as_device(self, slot: str) -> Iterator[None]:
        """Meanwhile this slot is a block device, which has an end where a file would grow."""
        file = self.folder / f"slot-{slot}"
        content = file.rename(file.with_suffix(".content"))
        device = subprocess.run(
            ["losetup", "--find", "--show", content], capture_output=True, text=True, check=True
        ).stdout.strip()
        try:
            file.symlink_to(device)
            yield
        finally:
            subprocess.run(["losetup", "--detach", device], check=True)
            content.rename(file)

    def begins(self, words: Sequence[str]) -> subprocess.Popen[str]:
        """Start a program there, and wait for the first line that it says."""
        given = [inside(Path(each)) if each.startswith(str(HERE)) else each for each in words]
        process = subprocess.Popen(
            ["image/in-tools", *self._around(), *given],
            cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline()
        return process

    def _well(self, *words: str) -> None:
        done = self.run(words)
        assert done.status == 0, done

    def keys(self, *words: str, folder: Path = HERE / "build/keys") -> Path:
        """Keys, by `image/keys`; gives their folder."""
        self._script("keys", *words, KEYS=str(folder))
        return folder

    def _script(self, name: str, *words: str, **around: str) -> None:
        done = subprocess.run(
            [HERE / "image" / name, *words],
            env={**os.environ, **around}, cwd=HERE, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def _conf(self) -> None:
        text = (HERE / "image/rauc/system.conf").read_text().replace("@KIND@", "amd64")
        for number, slot in (("2", "a"), ("3", "b")):
            text, times = re.subn(
                rf"device=\S+-0{number}\b", f"device={inside(self.folder)}/slot-{slot}", text
            )
            assert times == 1, text
        text = text.replace("bundle-formats=verity", "bundle-formats=verity plain")
        text = text.replace("=/data/rauc", f"={inside(self.folder / 'state')}")
        text = text.replace("=/etc/rauc/keyring.pem", f"={INSIDE}/build/keys/keyring.pem")
        (self.folder / "system.conf").write_text(text)

    def _around(self) -> list[str]:
        path = f"PATH={inside(self.folder / 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin"
        bus = f"DBUS_SESSION_BUS_ADDRESS=unix:path={inside(self._bus)}"
        return ["env", path, bus, "DBUS_STARTER_BUS_TYPE=session", "LC_ALL=C.UTF-8"]

    def _start(self, *words: str) -> None:
        log = (self.folder / f"{words[0]}.log").open("ab")
        command = ["image/in-tools", *self._around(), *words]
        self._started.append(
            subprocess.Popen(command, cwd=HERE, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        )
        log.close()

    def _until(self, there: object, what: str) -> None:
        assert callable(there)
        until = time.monotonic() + PATIENCE_S
        while not there():
            assert time.monotonic() < until, f"{what} does not come"
            time.sleep(0.1)
