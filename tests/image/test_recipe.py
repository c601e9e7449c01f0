"""The image's recipe, without making it: what stands in two of its files says the same in both."""

import configparser
import itertools
import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
IMAGE = REPO / "image"
MIB = 2048
"""Sectors in a MiB."""


def _lines(*names: str) -> set[str]:
    """What stands in lists, without comments."""
    text = "\n".join((IMAGE / name).read_text("utf-8") for name in names)
    return {line.split("#")[0].strip() for line in text.splitlines()} - {""}


def _partitions() -> list[tuple[int, int]]:
    """First sector and length of each partition of the card."""
    text = (IMAGE / "card").read_text("utf-8")
    return [(int(start), int(size)) for start, size in re.findall(r"^start=(\d+), size=(\d+)", text, re.M)]


def test_the_image_has_what_our_package_depends_on() -> None:
    control = (REPO / "debian" / "control").read_text("utf-8")
    depends = control.split("\nDepends:\n")[1].split("\nRecommends:")[0]
    names = (line.strip() for line in depends.splitlines())
    wanted = {re.split(r"[ (,]", name)[0] for name in names if not name.startswith(("#", "$"))}
    recommended = {"pcscd", "libccid", "polkitd"}
    assert wanted | recommended <= _lines("packages")


def test_partitions_follow_each_other_and_fit_a_card_of_4_gb() -> None:
    parts = _partitions()
    assert len(parts) == 4
    for (start, size), (following, _) in itertools.pairwise(parts):
        assert start + size == following
    assert all(start % MIB == 0 for start, _ in parts)
    assert sum(parts[-1]) * 512 < 4_000_000_000


def test_both_slots_are_as_long_as_the_root_that_an_update_writes() -> None:
    _, a, b, _ = _partitions()
    size = re.search(r'"\$out\.ext4" (\d+)M', (IMAGE / "card").read_text("utf-8"))
    assert size is not None
    assert a[1] == b[1] == int(size[1]) * MIB


def test_the_boot_loaders_variables_lie_where_all_three_look_for_them() -> None:
    lines = _lines("root/etc/fw_env.config")
    assert lines == {"/dev/kiosk-disk 0x80000 0x4000"}
    assert _partitions()[0][0] * 512 >= 0x80000 + 0x4000, "before the first partition"
    script = (IMAGE / "boot.cmd").read_text("utf-8")
    assert script.count(f"{0x80000 // 512:#x} {0x4000 // 512:#x}") == 2, "read and written, in blocks"
    assert f'put "$work/env.bin" {0x80000 // 512}\n' in (IMAGE / "card").read_text("utf-8")


def test_slots_of_the_updater_are_partitions_of_the_card() -> None:
    config = configparser.ConfigParser()
    config.read(IMAGE / "rauc" / "system.conf", "utf-8")
    script = (IMAGE / "boot.cmd").read_text("utf-8")
    for number, name in ((0, "A"), (1, "B")):
        slot = config[f"slot.rootfs.{number}"]
        assert slot["bootname"] == name
        assert slot["device"].endswith(f"-{number + 2:02}")
        assert f"setenv slot {name}; setenv part {number + 2}" in script


def test_nobody_can_log_in() -> None:
    units = IMAGE / "root" / "etc" / "systemd" / "system"
    for name in ("getty@", "serial-getty@", "console-getty", "autovt@", "rescue"):
        assert (units / f"{name}.service").readlink() == Path("/dev/null")
    packages = _lines("packages", "packages.arm64", "packages.amd64")
    assert not packages & {"openssh-server", "dropbear", "sudo", "apt"}


def test_each_unit_of_ours_that_is_to_start_is_in_the_preset() -> None:
    preset = (IMAGE / "root/usr/lib/systemd/system-preset/00-kiosk.preset").read_text("utf-8")
    ours = (REPO / "systemd" / "90-kiosk.preset").read_text("utf-8")
    for line in re.findall(r"^enable .*$", ours, re.M):
        assert line in preset
