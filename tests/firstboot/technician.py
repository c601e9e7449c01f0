"""A technician with a card and a kiosk that is switched on and off, sometimes by its plug."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from kiosk.firstboot import RealDisk, setup
from kiosk.settings import Settings, load

GOOD = """\
# Ground floor; ask Maria.
[library]
name = "Lanternfield Library"

[ils]
driver = "sip2"
host = "ils.example.org"
login_user = "kiosk1"
login_password = "horse battery"  # from the ILS's admin

[pad]
driver = "feig-tcp"
host = "192.168.20.30"

[network]
driver = "wifi"
ssid = "Staff"
country = "DE"
password = "correct staple"
hostname = "kiosk-2"

[clock]
zone = "Europe/Berlin"
ntp = ["ntp.example.org"]

[staff]
pin = "274951"
kiosk_name = "Kiosk 2"
"""

SECRETS = ("horse battery", "correct staple", "274951")


def hashed(pin: str) -> str:
    """What stands for Argon2, which is tried elsewhere and takes its time."""
    return f"hash of {pin[::-1]}"


class QuietSystem:
    """The system, where nothing is mounted and no rights change; it notes what it is told."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self.mounted: list[str] = []
        self.write_protected = False
        self.forgets = False

    @contextlib.contextmanager
    def writable(self, folder: Path) -> Iterator[None]:
        if self.write_protected:
            raise OSError(f"{folder} is write-protected")
        self.mounted.append("rw")
        try:
            yield
        finally:
            self.mounted.append("ro")

    @contextlib.contextmanager
    def as_owner_of(self, folder: Path) -> Iterator[None]:
        yield

    def give(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)

    def keeps(self, folder: Path) -> bool:
        del folder
        return not self.forgets

    def set_host_name(self, name: str) -> None:
        self.named.append(name)


class PowerCut(BaseException):
    """The plug was pulled."""


class CutDisk(RealDisk):
    """A disk that loses its power right after one step, or, if that takes a while, in its middle. Step 0: it
    only counts. `long` are the steps that take a while."""

    def __init__(self, step: int = 0, *, half: bool = False) -> None:
        self.steps = 0
        self.long: list[int] = []
        self._step, self._half = step, half

    @contextlib.contextmanager
    def at_a_step(self, *, takes_a_while: bool = False) -> Iterator[bool]:
        """Around a step; says whether it is to be done by half."""
        self.steps += 1
        if takes_a_while:
            self.long.append(self.steps)
        mine = self.steps == self._step
        yield mine and self._half
        if mine:
            raise PowerCut

    def folder(self, path: Path, mode: int) -> None:
        with self.at_a_step():
            super().folder(path, mode)

    def write(self, path: Path, data: bytes, mode: int) -> None:
        with self.at_a_step(takes_a_while=True) as half:
            super().write(path, data[: len(data) // 2] if half else data, mode)

    def overwrite(self, path: Path, data: bytes) -> None:
        with self.at_a_step(takes_a_while=True) as half:
            super().overwrite(path, data[:512] if half else data)

    def rename(self, path: Path, to: Path) -> None:
        with self.at_a_step():
            super().rename(path, to)

    def link(self, path: Path, to: Path) -> None:
        with self.at_a_step():
            super().link(path, to)

    def sync_folder(self, folder: Path) -> None:
        with self.at_a_step():
            super().sync_folder(folder)

    def remove(self, path: Path) -> None:
        with self.at_a_step():
            super().remove(path)


class Appliance:
    """A kiosk and its card."""

    def __init__(self, place: Path) -> None:
        self.card, self.state = place / "card", place / "state"
        self.card.mkdir(parents=True)
        self.run = place / "run"
        self.system = QuietSystem()

    def edit(self, text: str | bytes, name: str = "kiosk.toml") -> None:
        """The technician writes a file onto the card."""
        self.card.joinpath(name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def on(self, disk: RealDisk | None = None) -> tuple[str, ...]:
        """Switch it on: /run is empty then. What is wrong with the card's file."""
        self.run = self.run.with_name(f"{self.run.name}+")
        self.run.mkdir()
        real = disk or RealDisk()
        pins = hashed
        if isinstance(real, CutDisk):
            cut = real

            def pins(pin: str) -> str:
                with cut.at_a_step():
                    return hashed(pin)

        return setup(self.card, self.state, self.run, real, self.system, hash_pin=pins)

    @property
    def toml(self) -> str:
        return self.card.joinpath("kiosk.toml").read_bytes().decode()

    @property
    def answer(self) -> str:
        return self.card.joinpath("kiosk-result.txt").read_bytes().decode()

    @property
    def settings(self) -> Settings:
        return load(self.state / "kiosk.toml")

    @property
    def pin(self) -> str:
        return self.state.joinpath("staff.pin").read_text().strip()

    def on_card(self, secret: str) -> bool:
        """Whether this can be read anywhere on the card."""
        return any(secret.encode() in each.read_bytes() for each in self.card.iterdir())

    def files(self) -> dict[str, bytes]:
        """Everything that lasts."""
        return {
            str(each.relative_to(self.card.parent)): each.read_bytes()
            for folder in (self.card, self.state)
            for each in sorted(folder.rglob("*"))
            if each.is_file()
        }
