"""The disk of an appliance from outside: partitions, the FAT, file systems at rest."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from tests.appliance import toolroot

SECTOR = 512
_TABLE = 446
"""Where the four entries of an MBR begin; the disk's signature stands six bytes before. (UEFI 2.10, 5.2.1)"""

FAT, ROOT_A, ROOT_B, DATA = 1, 2, 3, 4
"""Partitions."""


@dataclass(frozen=True)
class Partition:
    """Where it begins and how long it is, in bytes."""

    start: int
    size: int


class Disk:
    """An image file below the repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            head = file.read(SECTOR)
        if head[510:] != b"\x55\xaa":
            raise ValueError(f"{path} has no partition table")
        self.label_id = head[440:444][::-1].hex()
        self.partitions: dict[int, Partition] = {}
        for number in range(4):
            entry = head[_TABLE + 16 * number :][:16]
            start, size = (int.from_bytes(entry[at : at + 4], "little") * SECTOR for at in (8, 12))
            if size:
                self.partitions[number + 1] = Partition(start, size)

    def uuid(self, partition: int) -> str:
        """PARTUUID, as Linux makes it of an MBR."""
        return f"{self.label_id}-{partition:02}"

    # --- the FAT -----------------------------------------------------------------------------------------

    def put(self, name: str, content: str) -> None:
        """Write a file into the FAT, as a technician's laptop does."""
        file = self.path.with_suffix(".put")
        file.write_text(content, "utf-8")
        toolroot.run("mcopy", "-o", "-i", self._fat, toolroot.inside(file), f"::{name}")
        file.unlink()

    def get(self, name: str) -> str:
        """Read a text file of the FAT.

        Raises:
            ToolFailed: it is not there.
        """
        return toolroot.run("mtype", "-i", self._fat, f"::{name}")

    def fat_bytes(self) -> bytes:
        """The whole partition, with what its files no longer hold."""
        return self.raw(FAT)

    def raw(self, partition: int) -> bytes:
        """All bytes of a partition."""
        place = self.partitions[partition]
        with self.path.open("rb") as file:
            file.seek(place.start)
            return file.read(place.size)

    def digest(self, partition: int) -> str:
        """SHA-256 of a partition."""
        place = self.partitions[partition]
        found, left = hashlib.sha256(), place.size
        with self.path.open("rb") as file:
            file.seek(place.start)
            while left and (some := file.read(min(left, 1 << 20))):
                found.update(some)
                left -= len(some)
        return found.hexdigest()

    def copy(self, partition: int, to: Path) -> None:
        """Copy a partition into a sparse file."""
        place = self.partitions[partition]
        to.unlink(missing_ok=True)
        toolroot.run(
            *("dd", "bs=1M", "conv=sparse", "iflag=skip_bytes,count_bytes", "status=none"),
            *(f"skip={place.start}", f"count={place.size}"),
            *(f"if={toolroot.inside(self.path)}", f"of={toolroot.inside(to)}"),
        )

    def erase(self, partition: int) -> None:
        """Make all its bytes zeros."""
        place = self.partitions[partition]
        span = ("--offset", str(place.start), "--length", str(place.size))
        toolroot.run("fallocate", "--punch-hole", *span, toolroot.inside(self.path))

    @property
    def _fat(self) -> str:
        return f"{toolroot.inside(self.path)}@@{self.partitions[FAT].start}"

    # --- ext4 --------------------------------------------------------------------------------------------

    def dump(self, partition: int, name: str, to: Path) -> Path:
        """Copy one file out of a file system at rest; links are followed.

        Raises:
            ToolFailed: it is not there.
        """
        real = self._follow(partition, name)
        to.unlink(missing_ok=True)
        self._debugfs(partition, f'dump "{real}" {toolroot.inside(to)}')
        if not to.exists():
            raise toolroot.ToolFailed(f"{name} is not on partition {partition}")
        return to

    def dump_tree(self, partition: int, name: str, to: Path) -> Path:
        """Copy a folder out of a file system at rest, into the folder `to`."""
        to.mkdir(parents=True, exist_ok=True)
        self._debugfs(partition, f'rdump "{name}" {toolroot.inside(to)}')
        return to / Path(name).name

    def has(self, partition: int, name: str) -> bool:
        """Whether there is such a file."""
        return "Inode:" in self._debugfs(partition, f'stat "{name}"')

    def _follow(self, partition: int, name: str) -> str:
        for _ in range(8):
            target = re.search(r'Fast link dest: "([^"]*)"', self._debugfs(partition, f'stat "{name}"'))
            if target is None:
                return name
            name = str(Path(name).parent / target[1])
        raise toolroot.ToolFailed(f"{name}: too many links")

    def _debugfs(self, partition: int, request: str) -> str:
        at = f"{toolroot.inside(self.path)}?offset={self.partitions[partition].start}"
        return toolroot.run("debugfs", "-R", request, at)
