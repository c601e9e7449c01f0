"""The boot script, played: what U-Boot does on an ARM machine, for amd64 machines, which have none.

`image/boot.cmd` is the original. The environment lies raw in the gap before the first partition, as U-Boot
and RAUC's fw_setenv keep it: CRC-32 of the rest (4 bytes, little endian), then `NAME=VALUE`, each ended by a
zero, the last by two. One copy, no flags byte. (U-Boot: env/common.c, `env import -c`.)
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from pathlib import Path

ENV_AT = 0x80000
ENV_SIZE = 0x4000
"""Where the environment lies on the disk, and its length: bytes."""

TRIES = 3
"""How often a slot is tried before it is confirmed."""

PARTITIONS = {"A": 2, "B": 3}
"""The partition of each slot."""


def read_env(disk: Path) -> dict[str, str]:
    """The environment of a disk; empty when its checksum is wrong, as U-Boot has it."""
    with disk.open("rb") as file:
        file.seek(ENV_AT)
        return decode_env(file.read(ENV_SIZE))


def write_env(disk: Path, env: Mapping[str, str]) -> None:
    """Write the environment of a disk."""
    with disk.open("r+b") as file:
        file.seek(ENV_AT)
        file.write(encode_env(env))


def decode_env(raw: bytes) -> dict[str, str]:
    """The variables in an environment block; none when its checksum is wrong."""
    if zlib.crc32(raw[4:]) != int.from_bytes(raw[:4], "little"):
        return {}
    text = raw[4:].split(b"\0\0", 1)[0].decode("ascii")
    return dict(each.split("=", 1) for each in text.split("\0") if each)


def encode_env(env: Mapping[str, str]) -> bytes:
    """An environment block.

    Raises:
        ValueError: it does not fit.
    """
    text = b"".join(f"{name}={value}".encode("ascii") + b"\0" for name, value in sorted(env.items()))
    if len(text) + 5 > ENV_SIZE:
        raise ValueError(f"{len(text)} bytes are too many for the environment")
    rest = text.ljust(ENV_SIZE - 4, b"\0")
    return zlib.crc32(rest).to_bytes(4, "little") + rest


def choose(env: Mapping[str, str]) -> tuple[str | None, dict[str, str]]:
    """The slot to boot, and the environment afterwards: the first in `BOOT_ORDER` that has a try left, with
    one less. None when no slot has any: then all get new ones, and the machine is reset."""
    after = {"BOOT_ORDER": "A B", **dict.fromkeys(("BOOT_A_LEFT", "BOOT_B_LEFT"), str(TRIES)), **env}
    for slot in after["BOOT_ORDER"].split():
        left = int(after[f"BOOT_{slot}_LEFT"])
        if left > 0:
            # U-Boot's setexpr writes hexadecimal
            return slot, {**after, f"BOOT_{slot}_LEFT": f"{left - 1:x}"}
    return None, {**after, **{f"BOOT_{slot}_LEFT": str(TRIES) for slot in PARTITIONS}}


def boot_arguments(script: str, slot: str, root_uuid: str, extra: str = "") -> str:
    """The kernel's command line as `script` (boot.cmd) makes it, with the `kargs` of the FAT's extra.txt.

    Raises:
        ValueError: the script sets no bootargs, or uses variables that are not known here.
    """
    line = re.search(r'setenv bootargs "(root=[^"]*)"', script)
    if line is None:
        raise ValueError("boot.cmd sets no bootargs")
    known = {"rootuuid": root_uuid, "slot": slot, "part": str(PARTITIONS[slot])}
    try:
        text = re.sub(r"\$\{(\w+)\}", lambda found: known[found[1]], line[1])
    except KeyError as error:
        raise ValueError(f"boot.cmd uses {error} in its bootargs") from error
    kargs = re.search(r"^kargs=(.*)$", extra, re.MULTILINE)
    return f"{text} {kargs[1].strip()}" if kargs else text
