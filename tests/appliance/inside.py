"""What an attacker would look for: a root that can be written, a port that listens, a secret in the image."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from tests.appliance import probe, toolroot
from tests.appliance.appliance import Appliance
from tests.appliance.bench import Bench
from tests.appliance.disk import DATA, FAT, ROOT_A
from tests.appliance.visit import Visit

# ---- how large it is ------------------------------------------------------------------------------


def sizes(bench: Bench) -> None:
    """The image as it was made: its sizes, its parts, and how long the making took."""
    made = bench.image
    for what, ending in (("card", ".img"), ("compressed", ".img.zst")):
        bench.figure(f"{what}, MB", made.with_suffix(ending).stat().st_size / 1e6)
    slot = toolroot.inside(made.with_suffix(".ext4"))
    said = toolroot.run("dumpe2fs", "-h", slot)
    count, free, block = (
        int(re.findall(rf"^{what}: +([0-9]+)$", said, re.M)[0])
        for what in ("Block count", "Free blocks", "Block size")
    )
    bench.figure("files of the root, MB", (count - free) * block / 1e6)
    listed = json.loads(made.with_suffix(".sbom.spdx.json").read_text("utf-8"))["packages"]
    found = [ref["referenceLocator"] for each in listed for ref in each["externalRefs"]]
    for what, kind in (("Debian packages", "pkg:deb/"), ("Python packages beside them", "pkg:pypi/")):
        bench.figure(what, sum(each.startswith(kind) for each in found))
    bench.figure("making it, s", int(made.with_suffix(".seconds").read_text("utf-8")))


# ---- seen from inside ---------------------------------------------------------------------------

_LOOK = r"""
echo root "$(findmnt -no OPTIONS /)"
for place in / /etc /usr /usr/lib/kiosk /boot /boot/firmware; do
    (: >"$place/probe-was-here") 2>/dev/null || continue
    echo writable "$place"
    rm -f "$place/probe-was-here"
done
findmnt -rno TARGET,FSTYPE,OPTIONS | sed 's/^/mount /'
cat /proc/swaps | tail -n +2 | sed 's/^/swap /'
for file in tcp tcp6 udp udp6; do tail -n +2 /proc/net/$file | sed "s/^/$file /"; done
systemctl list-units --no-legend --plain '*getty*.service' 'ssh*' | sed 's/^/login /'
systemctl --failed --no-legend --plain | sed 's/^/failed /'
systemctl list-units --no-legend --plain --type=service --state=running | cut -d' ' -f1 | sed 's/^/running /'
cut -d: -f1,2 /etc/shadow | grep -v ':[!*]' | sed 's/^/password /'
echo machine-id "$(cat /etc/machine-id)"
echo watchdog "$(systemctl show -p RuntimeWatchdogUSec --value)"
for place in /run/log/journal /var/log/journal; do test ! -e $place || echo journal $place; done
systemd-analyze cat-config systemd/journald.conf | sed -n 's/^RuntimeMaxUse=/journal-most /p'
find /data -mindepth 1 -maxdepth 1 | sed 's/^/data /'
echo started "$(cat /run/kiosk/health.json)"
echo ready "$(systemctl show -p ActiveEnterTimestampMonotonic --value kiosk.service)"
echo memory "$(systemctl show -p MemoryPeak --value kiosk.service)"
"""

# Each service's sandbox, without what it does: the same [Service], which shows its mounts instead.
_SANDBOXES = r"""
at=/run/systemd/system
for unit in $(grep -l ^NoExecPaths= /usr/lib/systemd/system/kiosk*.service); do
    look=look-$(basename "$unit")
    sed -n '/^\[Service\]/,/^\[Install\]/{/^\[Install\]/d;p}' "$unit" >$at/$look
    for what in ExecCondition ExecStartPre ExecStart ExecStartPost ExecStop ExecStopPost LoadCredential; do
        echo $what= >>$at/$look
    done
    cat >>$at/$look <<END
Type=oneshot
RemainAfterExit=no
Restart=no
WatchdogSec=0
StandardInput=null
ExecStart=cat /proc/self/mountinfo
StandardOutput=file:/run/$look
END
done
systemctl daemon-reload
for look in $at/look-*.service; do
    look=$(basename $look)
    systemctl start $look
    while read -r line; do echo "view $look $line"; done </run/$look
done
"""

WATCHDOG = "14s"
"""What the hardware watchdog is armed with (image/root/etc/systemd/system.conf.d); a Pi's waits 15 s."""

ON_DATA = frozenset({"kiosk", "rauc", "update", "timesync", "lost+found"})
"""All that /data may hold: journal, settings and recorder; RAUC's state; an update on its way; the last time
of the clock."""

_LISTENS = "0A"
"""TCP_LISTEN (Linux: include/net/tcp_states.h)."""

PORTS_DOCUMENTED = frozenset({"udp/68"})
"""Ports that may listen on other addresses than the machine's own (docs/image.md): the DHCP client's."""


def read_only_root(bench: Bench) -> None:
    """Seen from inside: the root cannot be written, there is no swap, no login, no password, no failed unit;
    the watchdog is armed, systemd's journal is in memory, and /data holds what it should and nothing else; no
    port listens to anybody but the machine itself; and nothing that a service could write can be run."""
    with bench.far() as far, bench.settled(far) as appliance:
        with appliance.on(probe.made(bench.arch, bench.folder, _LOOK + _SANDBOXES)) as machine:
            Visit(machine, far, bench.folder).waits_for_first_frame()
            told = probe.answers(machine, 600)
        (bench.folder / "inside.txt").write_text(
            "".join(f"{name} {value}\n" for name, values in told.items() for value in values), "utf-8"
        )
        assert told["root"][0].startswith("ro,"), told["root"]
        assert "writable" not in told, told.get("writable")
        for what in ("swap", "login", "failed", "password"):
            assert what not in told, told[what]
        assert told["watchdog"] == [WATCHDOG], told["watchdog"]
        assert told["journal"] == ["/run/log/journal"], told["journal"]
        bench.figure("most of systemd's journal", told["journal-most"][-1])
        assert {Path(each).name for each in told["data"]} <= ON_DATA, told["data"]
        listening = sorted(open_ports(told))
        bench.figure("ports that listen to others", ", ".join(listening) or "none")
        bench.figure("services that run", len(told["running"]))
        bench.figure("kernel's start to the kiosk's readiness, s", int(told["ready"][0]) / 1e6)
        bench.figure("kiosk's process to its first frame, s", json.loads(told["started"][0])["first_frame_s"])
        bench.figure("most memory of the kiosk, MB", int(told["memory"][0]) / 1e6)
        assert re.fullmatch("[0-9a-f]{32}", told["machine-id"][0]), "no machine-id was made"
        assert set(listening) <= PORTS_DOCUMENTED, listening
        runnable = written_and_run(told)
        bench.figure("sandboxes whose mounts were seen", len(runnable))
        assert not any(runnable.values()), runnable


def open_ports(told: dict[str, list[str]]) -> set[str]:
    """TCP ports that listen and UDP ports that are open, but not those of the loopback only."""
    found = set()
    for kind in ("tcp", "tcp6", "udp", "udp6"):
        for line in told.get(kind, ()):
            _, local, remote, state, *_ = line.split()
            address, port = local.split(":")
            heard = state == _LISTENS if kind.startswith("tcp") else remote.endswith(":0000")
            if heard and not _own(address):
                found.add(f"{kind}/{int(port, 16)}")
    return found


def written_and_run(told: dict[str, list[str]]) -> dict[str, list[str]]:
    """By service, the mounts it sees that can both be written and hold a program that runs. Not `/dev`
    itself, where only root can make a file."""
    found: dict[str, list[str]] = {}
    for line in told["view"]:
        look, _, _, _, _, place, options, *_ = line.split()
        # a later mount at the same place hides the earlier
        places = found.setdefault(look.removeprefix("look-"), [])
        if place in places:
            places.remove(place)
        if place != "/dev" and {"rw", "noexec"} & set(options.split(",")) == {"rw"}:
            places.append(place)
    return found


def _own(address: str) -> bool:
    """Whether this is an address of the loopback, as /proc/net has them (little endian words)."""
    return address.endswith("7F") or address == "0" * 24 + "01000000"


# ---- seen from outside --------------------------------------------------------------------------

_SECRET = re.compile(
    rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}"
    rb"|root:\$[0-9a-z]+\$"
    rb"|login_password\s*=\s*\"[^\"]+\""
)
"""What a private key, a password in /etc/shadow and one of an ILS look like in any file."""

_PUBLIC = re.compile(r"usr/lib/[^/]+/libgnutls\.so[0-9.]*")
"""Holds private keys that everybody has: those of its self-test (GnuTLS, lib/crypto-selftests-pk.c)."""

_NOT_ALLOWED = (
    "/etc/machine-id",
    "/etc/ssh/ssh_host_ed25519_key",
    "/etc/ssh/ssh_host_rsa_key",
    "/var/lib/systemd/random-seed",
    "/var/lib/dbus/machine-id",
    "/var/lib/kiosk/journal.key",
    "/etc/ssl/private/ssl-cert-snakeoil.key",
)


def no_secret_in_image(bench: Bench) -> None:
    """The shipped image is searched: every file of the root, every byte of the FAT and of /data. There is no
    private key, no password, no machine-id, no random seed."""
    appliance = Appliance(bench.arch, bench.image, bench.folder)
    try:
        assert appliance.card.fat_bytes().count(b"PRIVATE KEY") == 0
        found = _searched(bench, appliance)
        assert not found, found
        assert _inner_secrets(appliance) == []
    finally:
        appliance.throw_away()


def _searched(bench: Bench, appliance: Appliance) -> list[str]:
    tree = appliance.folder / "root"
    tree.mkdir()
    appliance.card.dump_tree(ROOT_A, "/", tree)
    count = size = 0
    found = []
    for file in sorted(tree.rglob("*")):
        if file.is_symlink() or not file.is_file():
            continue
        content = file.read_bytes()
        count, size = count + 1, size + len(content)
        name = str(file.relative_to(tree))
        if _SECRET.search(content) and not _PUBLIC.fullmatch(name):
            found.append(name)
    bench.figure("files searched", count)
    bench.figure("MB searched", size / 1e6)
    for name in _NOT_ALLOWED:
        file = tree / name.lstrip("/")
        if file.is_file() and file.read_bytes().strip() not in (b"", b"uninitialized"):
            found.append(name)
    shutil.rmtree(tree)
    return found


def _inner_secrets(appliance: Appliance) -> list[str]:
    """Files on /data, which a new card has none of, and secrets in the raw bytes of FAT and /data."""
    raw = {FAT: appliance.card.raw(FAT), DATA: appliance.card.raw(DATA)}
    found = [f"partition {part}" for part, content in raw.items() if _SECRET.search(content)]
    data = appliance.data()
    found += [str(file.relative_to(data)) for file in data.rglob("*") if file.is_file()]
    shutil.rmtree(data)
    return found


SCENARIOS = {"sizes": sizes, "read-only-root": read_only_root, "no-secret-in-image": no_secret_in_image}
