"""What the real RAUC says to what `kiosk update` asks: the files of `tests/update/recorded`.

    python -m tests.update.real.recording     (make rauc-record; needs root and the tool root)

writes them anew. Each is taken through `Rauc`, so it is the answer to the very command that a kiosk gives.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from kiosk.update.rauc import Ran, Rauc
from kiosk.update.trouble import UpdateFailed
from tests.update.appliance import RECORDED
from tests.update.real.machine import HERE, SLOT, Machine, inside

FOLDER = Path("build/rauc-record")

Ask = Callable[[Rauc], object]

WHAT_CHANGES = {
    r"\b[0-9a-f]{64}\b": "HASH",
    r"\d\d:\d\d:\d\d\.\d{3}": "TIME",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ": "DATE",
    r"\(rauc:\d+\)": "PROCESS",
    r"Signature size \(\d+\)": "Signature size",
    # the last words come through the bus and may be late
    r"(?m)^idle\n": "",
    r"(?m)^ *\d+% .*\n": "",
}


def same(told: Mapping[str, object]) -> Mapping[str, object]:
    """Without what another time, key or process changes."""
    return {name: _masked(text) if isinstance(text, str) else text for name, text in told.items()}


def _masked(text: str) -> str:
    for pattern, word in WHAT_CHANGES.items():
        text = re.sub(pattern, word, text)
    return text


def recordings() -> Iterator[tuple[str, Mapping[str, object]]]:
    """Each with the name of its file."""
    with Machine(FOLDER) as machine:
        yield "version", _told(machine, lambda rauc: rauc.here)
        yield from _of_bundles(machine)
        yield from _of_slots(machine)
        machine.no_service()
        yield "status-no-service", _told(machine, Rauc.status)
        yield "install-no-service", _told(machine, _install(machine.folder / "good.raucb"))
        machine.no_bus()
        yield "status-no-bus", _told(machine, Rauc.status)


def _of_bundles(machine: Machine) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Of what is refused, and of one that is good; no slot is touched."""
    machine.boots("A", BOOT_ORDER="A B", BOOT_A_LEFT="3", BOOT_B_LEFT="3")
    for name, bundle in _bundles(machine).items():
        yield f"info-{name}", _told(machine, lambda rauc, bundle=bundle: rauc.bundle(bundle))
        if name not in {"good", "arm64"}:  # which need dm-verity
            yield f"install-{name}", _told(machine, _install(bundle))


def _bundles(machine: Machine) -> Mapping[str, Path]:
    machine.keys()
    machine.keys("expired", "-1")
    foreign = machine.keys(folder=machine.folder / "foreign-keys")
    keys = HERE / "build/keys"
    made = {
        "foreign": {"CERT": str(foreign / "leaf.pem"), "KEY": str(foreign / "leaf-key.pem"), "KEYRING": ""},
        "expired": {"CERT": str(keys / "expired.pem"), "KEY": str(keys / "expired-key.pem"), "KEYRING": ""},
        "not-yet-valid": machine.certificate(
            "not-yet", "-addext", "extendedKeyUsage=codeSigning",
            "-not_before", "20480101000000Z", "-not_after", "20490101000000Z",
        ),
        "other-purpose": machine.certificate("purpose", "-addext", "extendedKeyUsage=serverAuth"),
    }  # fmt: skip
    bundles = {name: machine.bundle(name, **{"VERSION": "0.1.0", **signed}) for name, signed in made.items()}
    good = bundles["good"] = machine.bundle("good", VERSION="0.1.0")
    bundles["arm64"] = machine.bundle("arm64", "arm64", VERSION="0.1.0")
    cut, text = machine.folder / "cut-off.raucb", machine.folder / "text.raucb"
    cut.write_bytes(good.read_bytes()[:-1000])
    text.write_text("hello")
    return {**bundles, "cut-off": cut, "text": text, "missing": machine.folder / "missing.raucb"}


def _of_slots(machine: Machine) -> Iterator[tuple[str, Mapping[str, object]]]:
    """A life: a new card, installations that fail and one that does not, slot B, and either slot given up."""
    yield "status-a-as-flashed", _told(machine, Rauc.status)
    # the service is busy as long as nobody writes into this
    slow = machine.folder / "slow.raucb"
    os.mkfifo(slow)
    first = machine.begins(["rauc", "install", str(slow)])
    yield "install-busy", _told(machine, _install(machine.folder / "good.raucb"))
    with slow.open("wb"):
        pass
    first.communicate()
    other = machine.plain_bundle("other-kind", "arm64", version="0.2.0")
    yield "install-other-kind", _told(machine, _install(other))
    large = machine.plain_bundle("too-large", version="0.2.0", size=2 * SLOT)
    with machine.slot_as_device("b"):
        yield "install-too-large", _told(machine, _install(large))
    plain = machine.plain_bundle("plain", version="0.2.0")
    yield "install-done", _told(machine, _install(plain))
    machine.boots("B", BOOT_ORDER="B A", BOOT_A_LEFT="3", BOOT_B_LEFT="2")
    yield "status-b-tried", _told(machine, Rauc.status)
    yield "mark-good", _told(machine, Rauc.mark_good)
    yield "mark-active-other", _told(machine, Rauc.activate_other)
    machine.boots("A", BOOT_ORDER="B A", BOOT_A_LEFT="2", BOOT_B_LEFT="0")
    yield "status-a-came-back", _told(machine, Rauc.status)
    machine.boots("B", BOOT_ORDER="B A", BOOT_A_LEFT="0", BOOT_B_LEFT="2")
    yield "status-b-and-a-used-up", _told(machine, Rauc.status)


def _install(bundle: Path) -> Ask:
    return lambda rauc: rauc.install(bundle)


def _told(machine: Machine, ask: Ask) -> Mapping[str, object]:
    heard: list[Mapping[str, object]] = []

    def run(words: Sequence[str]) -> Ran:
        ran = machine.run(words)
        if words[0] == "rauc":
            given = [inside(Path(each)) if each.startswith(str(HERE)) else each for each in words]
            heard.append({"command": " ".join(given), "status": ran.status, "out": ran.out, "err": ran.err})
        return ran

    with contextlib.suppress(UpdateFailed):
        ask(Rauc(run))
    (told,) = heard
    return told


def main() -> None:
    written = set()
    for name, told in recordings():
        path = RECORDED / f"{name}.json"
        path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written.add(path)
    for old in set(RECORDED.glob("*.json")) - written:
        old.unlink()


if __name__ == "__main__":
    main()
