"""What the machine is told about network, clock and name, and what [network] and [clock] may hold."""

from pathlib import PurePosixPath

import pytest

from kiosk import machine
from kiosk.machine import AddressSettings, ClockSettings, NetworkSection, Told, WifiSettings
from kiosk.settings import SettingsError, parse

NETWORK = PurePosixPath("systemd/network/10-kiosk.network")
WIFI = PurePosixPath("kiosk-setup/wpa_supplicant.conf")


def told(toml: str, path: PurePosixPath) -> str:
    """One file, without its head."""
    settings = parse(toml)
    found = machine.files(settings.network, settings.clock)[path]
    assert found is not None
    return found.text.partition("\n")[2]


def wrong(toml: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse(toml)
    (said,) = caught.value.messages
    return said


def test_a_cable_and_an_address_from_the_network() -> None:
    text = told('[network]\ndriver = "wired"\n', NETWORK)
    assert text == "[Match]\nType=ether\nKind=!*\n\n[Network]\nDHCP=yes\n\n[DHCPv4]\nClientIdentifier=mac\n"


def test_name_servers_of_one_s_own_beside_dhcp() -> None:
    text = told('[network]\ndriver = "wired"\ndns = ["192.168.20.2"]\n', NETWORK)
    assert text.endswith(
        "DHCP=yes\nDNS=192.168.20.2\n\n[DHCPv4]\nClientIdentifier=mac\nUseDNS=no\n\n[DHCPv6]\nUseDNS=no\n"
    )


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        (
            'address = "192.168.20.15/24"\ngateway = "192.168.20.1"\ndns = ["192.168.20.1", "9.9.9.9"]',
            "Address=192.168.20.15/24\nGateway=192.168.20.1\nDNS=192.168.20.1\nDNS=9.9.9.9\n",
        ),
        ('address = "10.0.0.4/31"\ngateway = "none"', "Address=10.0.0.4/31\n"),
        (
            'address = "2001:db8::15/64"\ngateway = "2001:db8::1"',
            "Address=2001:db8::15/64\nGateway=2001:db8::1\n",
        ),
    ],
)
def test_a_fixed_address(keys: str, lines: str) -> None:
    assert told(f'[network]\ndriver = "wired"\n{keys}\n', NETWORK).endswith(f"\n[Network]\nDHCP=no\n{lines}")


def test_a_wireless_network_is_known_by_hex_digits_alone() -> None:
    toml = '[network]\ndriver = "wifi"\nssid = "IEEE"\npassword = "password"\ncountry = "DE"\n'
    assert told(toml, NETWORK).startswith("[Match]\nType=wlan\n")
    # the key is the first test vector of IEEE 802.11-2020, J.4.2
    assert told(toml, WIFI) == (
        "country=DE\nnetwork={\n\tssid=49454545\n\tscan_ssid=1\n\tkey_mgmt=WPA-PSK WPA-PSK-SHA256\n"
        "\tpsk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e\n}\n"
    )


def test_no_name_of_a_network_can_mean_anything_else() -> None:
    toml = '[network]\ndriver = "wifi"\nssid = "x\\"\\n}"\ncountry = "DE"\n'
    text = told(toml, WIFI)
    assert "ssid=78220a7d\n" in text
    assert "key_mgmt=NONE" in text


def test_a_key_of_hex_digits_is_taken_as_it_is() -> None:
    key = "AB" * 32
    toml = f'[network]\ndriver = "wifi"\nssid = "x"\ncountry = "DE"\npassword = "{key}"\n'
    assert f"psk={key.lower()}\n" in told(toml, WIFI)


def test_clock_and_proxy() -> None:
    toml = (
        '[network]\ndriver = "wired"\nproxy = "http://proxy.example.org:3128"\n'
        '[clock]\nzone = "America/Argentina/Buenos_Aires"\nntp = ["ntp.example.org", "192.168.20.1"]\n'
    )
    servers = PurePosixPath("systemd/timesyncd.conf.d/kiosk.conf")
    assert told(toml, servers) == "[Time]\nNTP=ntp.example.org 192.168.20.1\n"
    proxy = told(toml, PurePosixPath("kiosk-setup/environment"))
    assert "https_proxy=http://proxy.example.org:3128\n" in proxy
    zone = machine.time_zone(parse(toml).clock)
    assert zone == PurePosixPath("/usr/share/zoneinfo/America/Argentina/Buenos_Aires")


def test_what_is_not_said_is_not_told() -> None:
    settings = parse("")
    assert set(machine.files(settings.network, settings.clock).values()) == {None}
    assert machine.time_zone(settings.clock) is None


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[network]\n", '1: [network] driver is missing: one of "wired", "wifi", "none"'),
        ('[network]\ndriver = "lan"\n', '2: [network] driver = "lan": must be one of "wired"'),
        (
            '[network]\ndriver = "wifi"\ncountry = "DE"\n',
            '1: [network] ssid is missing: a text such as "Library-Staff"',
        ),
        (
            '[network]\ndriver = "wifi"\nssid = "x"\ncountry = "Germany"\n',
            '4: [network] country = "Germany": must be a text such as "DE"',
        ),
        (
            f'[network]\ndriver = "wifi"\ncountry = "DE"\nssid = "{"ü" * 17}"\n',
            "4: [network] ssid: the name of a network has 1 to 32 bytes",
        ),
        (
            '[network]\ndriver = "wifi"\ncountry = "DE"\nssid = "x"\npassword = "seven77"\n',
            "5: [network] password: that of a wireless network has 8 to 63",
        ),
        (
            '[network]\ndriver = "wired"\naddress = "192.168.20.15"\n',
            "3: [network] address: write",
        ),
        (
            '[network]\ndriver = "wired"\naddress = "192.168.20.0/24"\ngateway = "192.168.20.1"\n',
            "3: [network] address: 192.168.20.0 stands for the whole network",
        ),
        (
            '[network]\ndriver = "wired"\naddress = "192.168.20.15/24"\n',
            "3: [network] address: a fixed one needs a gateway",
        ),
        (
            '[network]\ndriver = "wired"\naddress = "192.168.20.15/24"\ngateway = "192.168.21.1"\n',
            "4: [network] gateway: 192.168.21.1 is not in the network 192.168.20.0/24",
        ),
        (
            '[network]\ndriver = "wired"\naddress = "192.168.20.15/24"\ngateway = "192.168.20.15"\n',
            "4: [network] gateway: 192.168.20.15 is the kiosk's own address",
        ),
        (
            '[network]\ndriver = "wired"\ngateway = "192.168.20.1"\n',
            "3: [network] gateway: only a fixed address has one here",
        ),
        ('[network]\ndriver = "wired"\ndns = ["dns"]\n', "3: [network] dns: 'dns' is no address"),
        (
            '[network]\ndriver = "wired"\nhostname = "Kiosk_2"\n',
            '3: [network] hostname = "Kiosk_2": must be a text such as "kiosk-2"',
        ),
        (
            '[network]\ndriver = "wired"\nproxy = "http://u:p@proxy:1\\nX=1"\n',
            '3: [network] proxy = "http://u:p@proxy:1\\nX=1": must be a text such as',
        ),
        (
            '[clock]\nzone = "Europe/Berln"\n',
            "2: [clock] zone: there is no time zone 'Europe/Berln'; did you",
        ),
        ('[clock]\nzone = "../../etc/passwd"\n', "2: [clock] zone: there is no time zone"),
        ('[clock]\nzone = "zone.tab"\n', "2: [clock] zone: there is no time zone"),
        ('[clock]\nntp = ["a b\\n[X]"]\n', "2: [clock] ntp:"),
        ('[staff]\npin = "123"\n', "2: [staff] pin: it has 4 to 12 digits"),
        ('[staff]\npin = "4321"\n', "2: [staff] pin: this is one that anybody tries first"),
    ],
)
def test_what_cannot_be_is_said_with_its_line(toml: str, says: str) -> None:
    assert wrong(toml).startswith(f"kiosk.toml:{says}")


def test_nothing_shows_the_password() -> None:
    wifi = WifiSettings("Staff", "DE", "correct staple")
    network = NetworkSection("wifi", wifi, AddressSettings())
    files = machine.files(network, ClockSettings())
    assert "staple" not in f"{network!r} {files!r}"
    text = files[WIFI]
    assert isinstance(text, Told)
    assert text.mode == 0o600
