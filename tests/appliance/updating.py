"""Updates: one that stays, one that goes back by itself, one cut off by the power, and some refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from kiosk.update.trouble import Exit
from tests.appliance import probe, screen
from tests.appliance.appliance import DRAWN_WITHIN, Appliance
from tests.appliance.bench import Bench
from tests.appliance.bootscript import TRIES, read_env
from tests.appliance.bundles import BUNDLES, Maker
from tests.appliance.disk import ROOT_A, Disk
from tests.appliance.farside import BOOK, FarSide
from tests.appliance.machine import HOST, Machine
from tests.appliance.technician import kiosk_toml
from tests.appliance.visit import Visit, lent_once
from tests.appliance.waiting import PICTURE_S, until
from tests.update.server import Shop

INSTALLED_WITHIN = 900.0
BUNDLE = "update.raucb"
INSTALL = f"""\
kiosk update install /run/probe/{BUNDLE} 2>&1 | sed 's/^/said /'
kiosk update status 2>&1 | sed 's/^/status /'
"""
RESTART = "systemctl reboot\n"
NIGHT = """\
cp /run/probe/authority.pem /run/authority.pem
echo REQUESTS_CA_BUNDLE=/run/authority.pem >>/run/kiosk-setup/environment
systemctl start --no-block kiosk-update.service
journalctl --follow --output cat --unit kiosk-update.service | sed -u 's/^/said /'
"""
"""Half past two: what the timer starts is started, and believes the authority of the tests."""
WORDS = {
    "foreign-signature": "nobody whom this kiosk trusts",
    "expired": "has expired",
    "other-architecture": "is for library-kiosk-",
    "changed-bytes": "was changed after it was signed",
}
"""What is said of a bundle that is refused."""


def _maker(bench: Bench) -> Maker:
    return Maker(bench.arch, bench.folder.parent / BUNDLES)


def _confirmed(appliance: Appliance, slot: str) -> Callable[[], bool]:
    """Whether a slot has all its tries again: it gets them when it is confirmed, and when both had none."""
    return lambda: read_env(appliance.card.path).get(f"BOOT_{slot}_LEFT") == str(TRIES)


def _order(appliance: Appliance) -> str:
    return read_env(appliance.card.path)["BOOT_ORDER"]


def _installs(bench: Bench, appliance: Appliance, far: FarSide, bundle: Path) -> None:
    """Boot, install, and restart."""
    inside = probe.made(bench.arch, bench.folder, INSTALL + RESTART, {BUNDLE: bundle})
    with appliance.on(inside) as machine:
        Visit(machine, far, bench.folder).waits_for_first_frame()
        start = time.monotonic()
        told = probe.answers(machine, INSTALLED_WITHIN)
        bench.figure("install, s", time.monotonic() - start)
        bench.figure("kiosk update install says", " ".join(told.get("said", ["nothing"])[-1:]))
        machine.waits_until_off(DRAWN_WITHIN)
    assert _order(appliance) == "B A", f"after the install the order is {_order(appliance)}: {told}"


def _boots_and_confirms(bench: Bench, appliance: Appliance, far: FarSide, slot: str) -> None:
    """Boot, wait for the slot to be confirmed, and borrow a book."""
    with appliance.on() as machine:
        visit = Visit(machine, far, bench.folder)
        visit.waits_for_first_frame()
        until(_confirmed(appliance, slot), f"slot {slot} to be confirmed", DRAWN_WITHIN)
        bench.figure(f"power-on until slot {slot} is confirmed, s", machine.seconds)
        visit.waits_until_ready()
        visit.borrows(BOOK)
        bench.keeps(visit.picture(f"slot-{slot}"))
        lent_once(far, BOOK)


def good_update(bench: Bench) -> None:
    """kiosk.toml names the address of updates, and a signed bundle lies there. At night the kiosk fetches it,
    over a line that breaks in the middle, installs it, and restarts into it when nobody is there; there it is
    confirmed. A book is lent."""
    with bench.far() as far:
        bundle = _maker(bench).good(Disk(bench.image))
        size = bundle.stat().st_size
        bench.figure("bundle, MB", size / 1e6)
        shop = Shop(bundle.read_bytes())
        shop.breaks.append(size // 2)
        place = bench.folder / "shop"
        place.mkdir()
        with shop.open(place, name=HOST) as authority:
            more = f'[update]\nurl = "{shop.url_for(HOST)}"\n'
            with bench.flashed(settings=kiosk_toml(far.ports, more)) as appliance:
                _updates_at_night(bench, appliance, far, shop, authority)
                start = time.monotonic()
                _boots_and_confirms(bench, appliance, far, "B")
                bench.figure("restart until a loan from slot B, s", time.monotonic() - start)


def _updates_at_night(bench: Bench, appliance: Appliance, far: FarSide, shop: Shop, authority: Path) -> None:
    """Boot for the first time, and let the update of the night run until the machine restarts."""
    inside = probe.made(bench.arch, bench.folder, NIGHT, {"authority.pem": authority})
    with appliance.on(inside) as machine:
        Visit(machine, far, bench.folder).waits_for_first_frame()
        until(lambda: bool(shop.asked), "a download", DRAWN_WITHIN)
        start = time.monotonic()
        until(lambda: _order(appliance) == "B A", "the other slot first", INSTALLED_WITHIN)
        bench.figure("fetch and install, s", time.monotonic() - start)
        machine.waits_until_off(DRAWN_WITHIN)
        bench.figure("the journal of kiosk-update.service says", " ".join(probe.heard(machine, "said")))
    assert [bool(each) for each in shop.asked] == [False, True], f"not fetched in two pieces: {shop.asked}"


def bad_update(bench: Bench) -> None:
    """A signed bundle whose kiosk never draws is installed; each boot of it ends in another, and after its
    tries the machine is back in the old slot by itself, and lends."""
    with bench.far() as far, bench.settled(far) as appliance:
        _installs(bench, appliance, far, _maker(bench).bad(appliance.card))
        start = time.monotonic()
        for left in reversed(range(TRIES)):
            with appliance.on() as machine:
                _goes_off(bench, machine)
            env = read_env(appliance.card.path)
            assert env["BOOT_B_LEFT"] == str(left), f"slot B was not tried: {env}"
        _boots_and_confirms(bench, appliance, far, "A")
        bench.figure("restart until a loan from slot A again, s", time.monotonic() - start)


def _goes_off(bench: Bench, machine: Machine) -> None:
    """Wait for the machine to restart itself; what a patron sees until then must be the picture that says so,
    and is kept."""
    now, picture = bench.folder / "now.png", bench.folder / "out-of-service.png"

    picture.unlink(missing_ok=True)

    def off() -> bool:
        if machine.on and screen.out_of_service(machine.screen(now)):
            now.replace(picture)
        return not machine.on

    until(off, "a restart", 2 * DRAWN_WITHIN, PICTURE_S)
    assert picture.exists(), "out of service, and the screen does not say so"
    if str(picture.relative_to(bench.folder.parent)) not in bench.outcome.pictures:
        bench.keeps(picture)


def killed_in_install(bench: Bench) -> None:
    """The power goes while the bundle is being written: the old slot boots, is confirmed, and lends."""
    with bench.far() as far, bench.settled(far) as appliance:
        bundle = _maker(bench).good(appliance.card)
        inside = probe.made(bench.arch, bench.folder, INSTALL, {BUNDLE: bundle})
        with appliance.on(inside) as machine:
            Visit(machine, far, bench.folder).waits_for_first_frame()
            before = machine.written()["bytes"]
            half = bundle.stat().st_size // 2
            until(lambda: machine.written()["bytes"] - before > half, "half an install", INSTALLED_WITHIN)
            machine.kill()
        env = read_env(appliance.card.path)
        bench.figure("boot order after the power cut", f"{env['BOOT_ORDER']}, B has {env['BOOT_B_LEFT']}")
        _boots_and_confirms(bench, appliance, far, "A")


def refused(bench: Bench) -> None:
    """A foreign signature, an expired certificate, another architecture and changed bytes are each refused,
    with a word; the running slot is as it was, and stays."""
    with bench.far() as far, bench.settled(far) as appliance:
        maker = _maker(bench)
        bundles = {
            "foreign-signature": maker.foreign(),
            "expired": maker.expired(),
            "other-architecture": maker.other_arch(),
            "changed-bytes": maker.changed(appliance.card),
        }
        script = "".join(
            f"kiosk update install /run/probe/{name} >/run/said 2>&1; echo {name} $?;"
            f" sed 's/^/{name}-said /' /run/said\n"
            for name in bundles
        )
        before = appliance.card.digest(ROOT_A)
        with appliance.on(probe.made(bench.arch, bench.folder, script, bundles)) as machine:
            Visit(machine, far, bench.folder).waits_for_first_frame()
            told = probe.answers(machine, INSTALLED_WITHIN)
        for name in bundles:
            (status,) = told[name]
            bench.figure(name, told[f"{name}-said"][-1])
            assert status == str(Exit.REFUSED.value), f"{name} was not refused: {told}"
            assert WORDS[name] in told[f"{name}-said"][-1], told
        assert appliance.card.digest(ROOT_A) == before, "slot A was changed"
        env = read_env(appliance.card.path)
        bench.figure("boot order", env["BOOT_ORDER"])
        assert env["BOOT_ORDER"].split()[0] == "A", env
        _boots_and_confirms(bench, appliance, far, "A")


SCENARIOS = {
    "good-update": good_update,
    "bad-update": bad_update,
    "killed-in-install": killed_in_install,
    "refused": refused,
}
