"""The settings of the machine's network, clock and updates."""

from __future__ import annotations

import difflib
import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

DHCP = "dhcp"
"""The address that the network gives by itself."""

NO_GATEWAY = "none"
"""For a network out of which nothing leads."""

HOST_NAME = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""One label of a host's name (RFC 1123 section 2.1), in small letters."""

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
"""A host's name or address, and nothing that would mean more in a file of the system's."""

SSID_BYTES = 32
"""Longest name of a wireless network (IEEE 802.11-2020, 9.4.2.2)."""

_PASSPHRASE = re.compile(r"[\x20-\x7e]{8,63}|[0-9A-Fa-f]{64}")
"""A passphrase, or the key itself as 64 hex digits (IEEE 802.11-2020, J.4.1)."""


@dataclass(frozen=True, slots=True)
class WifiSettings:
    """A wireless network: WPA2 with a password, or an open one.

    Attributes:
        ssid: the network's name, as telephones show it; capitals count.
        password: its password; none for an open network.
        country: where the kiosk stands (ISO 3166-1): it decides which channels are allowed.

    Raises:
        ValueError: the name is too long, or the password cannot be one.
    """

    ssid: str = field(metadata={"like": "Library-Staff"})
    country: str = field(metadata={"pattern": r"[A-Z]{2}", "like": "DE"})
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.ssid.encode()) <= SSID_BYTES:
            raise ValueError(f"ssid: the name of a network has 1 to {SSID_BYTES} bytes")
        if self.password and not _PASSPHRASE.fullmatch(self.password):
            raise ValueError(
                "password: that of a wireless network has 8 to 63 letters, digits and signs, no umlauts"
            )


@dataclass(frozen=True, slots=True)
class AddressSettings:
    """The kiosk's place in the network.

    Attributes:
        address: `dhcp`, or a fixed address with the length of its network, such as `192.168.20.15/24`.
        gateway: the router, with a fixed address; `none` if nothing leads out of this network.
        dns: addresses of name servers; with `dhcp` in place of those that the network names.
        proxy: for updates over the network; the ILS and the devices are always spoken to directly.
        hostname: the name that the kiosk tells the network.

    Raises:
        ValueError: no address, or one that does not go with the gateway.
    """

    address: str = field(default=DHCP, metadata={"like": "192.168.20.15/24"})
    gateway: str = field(default="", metadata={"like": "192.168.20.1"})
    dns: tuple[str, ...] = field(default=(), metadata={"like": "192.168.20.1"})
    proxy: str = field(
        default="",
        metadata={"pattern": r"(https?://[A-Za-z0-9.\-]+:\d{1,5})?", "like": "http://proxy.example.org:3128"},
    )
    hostname: str = field(default="kiosk", metadata={"pattern": HOST_NAME, "like": "kiosk-2"})

    def __post_init__(self) -> None:
        for server in self.dns:
            _address("dns", server)
        if self.address == DHCP:
            if self.gateway:
                raise ValueError(
                    f'gateway: only a fixed address has one here; with address = "{DHCP}" leave it out'
                )
            return
        if "/" not in self.address:
            raise ValueError(
                f'address: write "{DHCP}", or it and the length of its network, such as 192.168.20.15/24'
            )
        try:
            interface = ipaddress.ip_interface(self.address)
        except ValueError:
            raise ValueError(
                f'address: {self.address!r} is none; write "{DHCP}", or one such as 192.168.20.15/24'
            ) from None
        ends = {interface.network.network_address, interface.network.broadcast_address}
        if interface.ip in ends and interface.network.num_addresses > 2:
            raise ValueError(f"address: {interface.ip} stands for the whole network, not for one machine")
        if not self.gateway:
            raise ValueError(f'address: a fixed one needs a gateway, or gateway = "{NO_GATEWAY}"')
        if self.gateway == NO_GATEWAY:
            return
        gateway = _address("gateway", self.gateway)
        if gateway not in interface.network:
            raise ValueError(f"gateway: {gateway} is not in the network {interface.network} of the address")
        if gateway == interface.ip:
            raise ValueError(f"gateway: {gateway} is the kiosk's own address")


def _address(key: str, text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(f"{key}: {text!r} is no address; write one such as 192.168.20.1") from None


@dataclass(frozen=True, slots=True)
class NetworkSection:
    """How an appliance reaches the network. With `none` the machine is set up by somebody else."""

    driver: Literal["wired", "wifi", "none"] = field(metadata={"help": "what it is connected with"})
    wifi: WifiSettings | None = field(default=None, metadata={"driver": "wifi"})
    place: AddressSettings = field(default_factory=AddressSettings)


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """The clock of an appliance.

    Attributes:
        zone: the time zone, such as `Europe/Berlin`; empty leaves it to the machine (an appliance: UTC).
        ntp: time servers; without any, those that the network names, else Debian's.

    Raises:
        ValueError: there is no such zone, or what should be a server cannot be one.
    """

    zone: str = field(default="", metadata={"like": "Europe/Berlin"})
    ntp: tuple[str, ...] = field(default=(), metadata={"like": "ntp.example.org"})

    def __post_init__(self) -> None:
        if self.zone and not _is_zone(self.zone):
            near = difflib.get_close_matches(self.zone, available_timezones(), n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else "write one such as Europe/Berlin"
            raise ValueError(f"zone: there is no time zone {self.zone!r}; {hint}")
        for server in self.ntp:
            if not _HOST.fullmatch(server):
                raise ValueError(f"ntp: {server!r} is no server's name or address")


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """Where an appliance gets its updates by itself.

    Attributes:
        url: a signed bundle, over https; looked at once a night. Empty: never.
    """

    url: str = field(
        default="",
        metadata={"pattern": r"(https://\S+)?", "like": "https://updates.example.org/kiosk-arm64.raucb"},
    )


def _is_zone(name: str) -> bool:
    # what is a folder, a link out of it or a table of zones is none
    if Path(name).suffix or not re.fullmatch(r"[A-Z][A-Za-z0-9_+/-]*", name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
