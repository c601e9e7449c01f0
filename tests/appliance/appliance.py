"""An appliance under test: the shipped image on a card of its own, switched on, unplugged, looked into."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from kiosk.journal import StoredRow, read_rows
from tests.appliance import bootscript, toolroot
from tests.appliance.disk import DATA, ROOT_A, Disk
from tests.appliance.machine import WIDE, Hardware, Machine

DRAWN_WITHIN = 1200.0
"""Seconds from power-on to the first screen: an emulator on two busy cores is slow."""

BOOT_CMD = toolroot.REPO / "image" / "boot.cmd"


@dataclass
class Inside:
    """What is put beside the shipped image to see what it does: a unit of systemd by a credential, and files
    on a further disk that can only be read."""

    credentials: dict[str, Path] = field(default_factory=dict)
    wants: tuple[str, ...] = ()
    disks: tuple[Path, ...] = ()


class Appliance:
    """One card. `folder` is where everything of it lies."""

    def __init__(self, arch: str, image: Path, folder: Path) -> None:
        """Flash it: a sparse copy of `image`."""
        self.arch, self.folder = arch, folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "card.img"
        path.unlink(missing_ok=True)
        toolroot.run("cp", "--sparse=always", toolroot.inside(image), toolroot.inside(path))
        self.card = Disk(path)
        self._extra: str | None = None

    def keep(self, path: Path) -> None:
        """Keep a copy of the card."""
        toolroot.run("cp", "--sparse=always", toolroot.inside(self.card.path), toolroot.inside(path))

    def throw_away(self) -> None:
        """The card has served."""
        self.card.path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def on(self, beside: Inside | None = None, display: tuple[int, int] = WIDE) -> Iterator[Machine]:
        """Switch it on; its plug is pulled when the context ends."""
        hardware = replace(self._hardware(beside or Inside()), display=display)
        with Machine(hardware, self.folder / "qemu.log") as machine:
            yield machine

    # --- at rest -----------------------------------------------------------------------------------------

    def data(self) -> Path:
        """The files of /data, after its file system has replayed its journal, as a mount does."""
        copy, tree = self.folder / "data.ext4", self.folder / "data"
        self.card.copy(DATA, copy)
        # 1: something was repaired, as a replay is (e2fsck(8))
        toolroot.run("sh", "-c", f"e2fsck -p {toolroot.inside(copy)} || [ $? = 1 ]")
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir()
        toolroot.run("debugfs", "-R", f"rdump / {toolroot.inside(tree)}", toolroot.inside(copy))
        copy.unlink()
        return tree

    def journal(self) -> tuple[StoredRow, ...]:
        """The rows of the kiosk's journal."""
        return read_rows(self.data() / "kiosk" / "data")

    # --- booting -----------------------------------------------------------------------------------------

    def _hardware(self, beside: Inside) -> Hardware:
        wants = " ".join(f"systemd.wants={unit}" for unit in beside.wants)
        extra = ""
        with contextlib.suppress(toolroot.ToolFailed):
            extra = self.card.get("extra.txt")
        if self.arch == "arm64":
            # U-Boot reads the command line's rest from the FAT; what a test added before goes away again
            self._extra = extra if self._extra is None else self._extra
            self.card.put("extra.txt", f"{self._extra}\n{f'kargs={wants}' if wants else ''}\n")
            return Hardware(self.arch, self.card.path, credentials=beside.credentials, disks=beside.disks)
        slot = self._play_boot_script()
        part = ROOT_A + "AB".index(slot)
        arguments = bootscript.boot_arguments(BOOT_CMD.read_text("utf-8"), slot, self.card.uuid(part), extra)
        return Hardware(
            self.arch,
            self.card.path,
            kernel=self.card.dump(part, "/boot/vmlinuz", self.folder / "vmlinuz"),
            initrd=self.card.dump(part, "/boot/initrd.img", self.folder / "initrd.img"),
            arguments=f"{arguments} {wants}".strip(),
            credentials=beside.credentials,
            disks=beside.disks,
        )

    def _play_boot_script(self) -> str:
        while True:
            slot, env = bootscript.choose(bootscript.read_env(self.card.path))
            bootscript.write_env(self.card.path, env)
            if slot is not None:
                return slot
