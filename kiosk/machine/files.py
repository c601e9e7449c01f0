"""What the programs of the system are told, as the files that they read. Nothing is written here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from kiosk.machine.settings import DHCP, NO_GATEWAY, ClockSettings, NetworkSection, WifiSettings

OWN = PurePosixPath("kiosk-setup")
"""The folder, in /run, of what no program looks for by itself: links and units of the image lead there."""

NETWORK = PurePosixPath("systemd/network/10-kiosk.network")
TIME_SERVERS = PurePosixPath("systemd/timesyncd.conf.d/kiosk.conf")
WIFI = OWN / "wpa_supplicant.conf"
ENVIRONMENT = OWN / "environment"
TIME_ZONE = OWN / "localtime"

ZONES = PurePosixPath("/usr/share/zoneinfo")
"""Where Debian has its time zones (tzdata)."""

PUBLIC, SECRET = 0o644, 0o600

PSK_ROUNDS, PSK_BYTES = 4096, 32
"""The key of a passphrase (IEEE 802.11-2020, J.4.1)."""

_HEAD = "# Written by kiosk setup at each start, from [network] and [clock] of kiosk.toml\n"


@dataclass(frozen=True, slots=True)
class Told:
    """One file: its text and its mode."""

    text: str
    mode: int = PUBLIC

    def __repr__(self) -> str:
        return f"Told(mode={self.mode:#o})"


def files(network: NetworkSection, clock: ClockSettings) -> Mapping[PurePosixPath, Told | None]:
    """What belongs below /run, by path; None: it must not be there."""
    managed = network.driver != "none"
    proxy = network.place.proxy if managed else ""
    return {
        NETWORK: Told(_network(network)) if managed else None,
        WIFI: Told(_wifi(network.wifi), SECRET) if network.wifi is not None else None,
        TIME_SERVERS: Told(f"{_HEAD}[Time]\nNTP={' '.join(clock.ntp)}\n") if clock.ntp else None,
        ENVIRONMENT: Told(_environment(proxy)) if proxy else None,
    }


def time_zone(clock: ClockSettings) -> PurePosixPath | None:
    """What the link `TIME_ZONE` leads to, None: there is none."""
    return ZONES / clock.zone if clock.zone else None


def _network(network: NetworkSection) -> str:
    """For systemd-networkd (systemd.network(5)). By the kind of interface, whatever its name."""
    place = network.place
    match = "Type=wlan\n" if network.driver == "wifi" else "Type=ether\nKind=!*\n"
    lines = [_HEAD, "[Match]\n", match, "\n[Network]\n"]
    if place.address == DHCP:
        lines.append("DHCP=yes\n")
    else:
        lines.append(f"DHCP=no\nAddress={place.address}\n")
        if place.gateway != NO_GATEWAY:
            lines.append(f"Gateway={place.gateway}\n")
    lines += [f"DNS={server}\n" for server in place.dns]
    if place.address == DHCP:
        # the machine-id is another one after each start; the address should not be
        lines.append("\n[DHCPv4]\nClientIdentifier=mac\n")
        if place.dns:
            lines.append("UseDNS=no\n\n[DHCPv6]\nUseDNS=no\n")
    return "".join(lines)


def _wifi(wifi: WifiSettings) -> str:
    """For wpa_supplicant (its wpa_supplicant.conf(5)). Name and key stand there as hex digits: nothing in
    them can mean anything else, and the password itself is not there."""
    network = [f"ssid={wifi.ssid.encode().hex()}", "scan_ssid=1"]
    if wifi.password:
        network += ["key_mgmt=WPA-PSK WPA-PSK-SHA256", f"psk={_psk(wifi)}"]
    else:
        network.append("key_mgmt=NONE")
    inside = "".join(f"\t{line}\n" for line in network)
    return f"{_HEAD}country={wifi.country}\nnetwork={{\n{inside}}}\n"


def _psk(wifi: WifiSettings) -> str:
    if len(wifi.password) == 2 * PSK_BYTES:
        return wifi.password.lower()
    secret, salt = wifi.password.encode(), wifi.ssid.encode()
    return hashlib.pbkdf2_hmac("sha1", secret, salt, PSK_ROUNDS, PSK_BYTES).hex()


def _environment(proxy: str) -> str:
    """For units (systemd.exec(5), EnvironmentFile=)."""
    return f"{_HEAD}http_proxy={proxy}\nhttps_proxy={proxy}\nno_proxy=localhost,127.0.0.1,::1\n"
