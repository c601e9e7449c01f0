"""Update bundles to try: of the tested image's own root slot, and each spoilt in another way.

`image/bundle` and `image/keys` make them, as they do for a library.
"""

from __future__ import annotations

import os
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.appliance import toolroot
from tests.appliance.disk import ROOT_A, Disk

BUNDLES = "bundles"
"""Where they lie, beside the folders of the scenarios."""

GOOD, BAD = "99.1", "99.2"
"""Versions that no real one has."""

_NO_SCREEN = """\
[Service]
Environment=SDL_VIDEODRIVER=no-such-driver
"""
_DROP_IN = "/etc/systemd/system/kiosk.service.d"

_KEYS = toolroot.REPO / "build" / "keys"


@dataclass(frozen=True)
class Maker:
    """Makes bundles for a machine in `folder`, once for each image that is tried there."""

    arch: str
    folder: Path

    def good(self, card: Disk) -> Path:
        """One that should be installed, boot and stay: the root slot of the image again."""
        return self._bundle("good", self._root(card), version=GOOD)

    def bad(self, card: Disk) -> Path:
        """One whose kiosk never draws: its window has no display driver."""
        root = self.folder / "bad.ext4"
        if not (self.folder / "bad.raucb").exists():
            toolroot.run(*("cp", "--sparse=always"), *map(toolroot.inside, (self._root(card), root)))
            drop_in = self.folder / "no-screen.conf"
            drop_in.write_text(_NO_SCREEN, "utf-8")
            words = f"mkdir {_DROP_IN}\nwrite {toolroot.inside(drop_in)} {_DROP_IN}/no-screen.conf\n"
            toolroot.run("debugfs", "-w", "-f", "-", toolroot.inside(root), text=words)
        return self._bundle("bad", root, version=BAD)

    def foreign(self) -> Path:
        """Signed by somebody whom the kiosk does not know."""
        keys = self.folder / "foreign"
        self._keys("leaf", "825", keys)
        return self._bundle("foreign-signature", self._little(), keys=keys, keyring="")

    def expired(self) -> Path:
        """Signed by a certificate that is no longer valid."""
        self._keys("expired", "-1", _KEYS)
        return self._bundle("expired", self._little(), leaf="expired", keyring="")

    def other_arch(self) -> Path:
        """Made for another kind of machine."""
        other = "arm64" if self.arch == "amd64" else "amd64"
        return self._bundle("other-arch", self._little(), arch=other)

    def changed(self, card: Disk) -> Path:
        """The good one, with four other bytes in its middle."""
        to = self.folder / "changed.raucb"
        to.write_bytes(self.good(card).read_bytes())
        with to.open("r+b") as file:
            file.seek(to.stat().st_size // 2)
            four = file.read(4)
            file.seek(-4, os.SEEK_CUR)
            file.write(bytes(byte ^ 0xFF for byte in four))
        return to

    # --- making ------------------------------------------------------------------------------------------

    def _root(self, card: Disk) -> Path:
        to = self.folder / "rootfs.ext4"
        if not to.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            card.copy(ROOT_A, to)
        return to

    def _little(self) -> Path:
        """A slot that nobody will look at: what is refused, is refused before."""
        to = self.folder / "little.ext4"
        self.folder.mkdir(parents=True, exist_ok=True)
        if not to.exists():
            # RAUC wants more than a block of it when it is packed, and of nothing that is nothing
            to.write_bytes(random.Random(1).randbytes(1 << 20))
        return to

    def _bundle(
        self,
        name: str,
        root: Path,
        *,
        version: str = GOOD,
        arch: str = "",
        keys: Path = _KEYS,
        leaf: str = "leaf",
        keyring: str | None = None,
    ) -> Path:
        to = self.folder / f"{name}.raucb"
        if not to.exists():
            around = {
                "ROOT": _here(root),
                "VERSION": version,
                "BUNDLE": _here(to),
                "CERT": _here(keys / f"{leaf}.pem"),
                "KEY": _here(keys / f"{leaf}-key.pem"),
                "KEYRING": _here(_KEYS / "keyring.pem") if keyring is None else keyring,
            }
            _script("bundle", arch or self.arch, **around)
        return to

    def _keys(self, leaf: str, days: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        _script("keys", leaf, days, KEYS=_here(folder))


def _here(path: Path) -> str:
    return str(path.resolve().relative_to(toolroot.REPO.resolve()))


def _script(name: str, *args: str, **around: str) -> None:
    done = subprocess.run(
        [str(toolroot.REPO / "image" / name), *args],
        env={**os.environ, **around},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise toolroot.ToolFailed(f"image/{name}: {done.stderr.strip() or done.stdout.strip()}")
