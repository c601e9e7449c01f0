"""Partition tables, who listens, and what could be written and run."""

import pytest

from tests.appliance.disk import DATA, FAT, Disk, Partition
from tests.appliance.inside import open_ports, written_and_run


def test_partitions_are_read_as_linux_names_them(tmp_path):
    head = bytearray(512)
    head[440:444] = bytes.fromhex("534f494b")
    for number, (start, size) in {1: (2048, 131072), 4: (5048320, 2097152)}.items():
        at = 446 + 16 * (number - 1)
        head[at + 8 : at + 16] = start.to_bytes(4, "little") + size.to_bytes(4, "little")
    head[510:] = b"\x55\xaa"
    (tmp_path / "card.img").write_bytes(head)
    disk = Disk(tmp_path / "card.img")
    assert disk.uuid(2) == "4b494f53-02"
    assert disk.partitions == {
        FAT: Partition(1 << 20, 64 << 20),
        DATA: Partition(5048320 * 512, 1 << 30),
    }


def test_a_file_that_is_no_disk_is_none(tmp_path):
    (tmp_path / "card.img").write_bytes(bytes(512))
    with pytest.raises(ValueError, match="no partition table"):
        Disk(tmp_path / "card.img")


def test_a_port_that_only_the_machine_itself_reaches_is_not_open():
    told = {
        "tcp": [
            "0: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000 991 0 1",
            "1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 2",
            "2: 0F02000A:9C40 0202000A:B3B1 01 00000000:00000000 00:00000000 00000000 900 0 3",
        ],
        "tcp6": ["0: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A 0 0 0"],
        "udp": ["7: 0F02000A:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000 998 0 4"],
    }
    assert open_ports(told) == {"tcp/22", "udp/68"}


def test_what_can_be_written_and_run_is_found_by_the_mount_that_is_on_top():
    told = {
        "view": [
            "look-kiosk.service 1 0 0:1 / / ro,noexec - ext4 /dev/vda2 rw",
            "look-kiosk.service 2 1 0:2 / /tmp rw,nosuid - tmpfs tmpfs rw",
            "look-kiosk.service 3 2 0:3 / /tmp rw,nosuid,noexec - tmpfs tmpfs rw",
            "look-kiosk.service 4 1 0:4 / /usr ro,nosuid - ext4 /dev/vda2 rw",
            "look-kiosk.service 5 1 0:5 / /dev rw,nosuid - devtmpfs udev rw",
            "look-kiosk-setup.service 1 0 0:6 / /var/tmp rw,nosuid - tmpfs tmpfs rw",
            "look-kiosk-setup.service 2 0 0:7 / /run rw,noexec - tmpfs tmpfs rw",
        ]
    }
    assert written_and_run(told) == {"kiosk.service": [], "kiosk-setup.service": ["/var/tmp"]}
