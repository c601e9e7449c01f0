"""The Debian package says what pyproject.toml and the lock say: nothing that a kiosk runs on is forgotten."""

import re
import tomllib
from pathlib import Path

TREE = Path(__file__).parents[1]

FROM_DEBIAN = {
    "argon2-cffi": "python3-argon2",
    "cryptography": "python3-cryptography",
    "gpiod": "python3-libgpiod",
    "kivy": "python3-kivy",
    "pillow": "python3-pil",
    "pyscard": "python3-pyscard",
    "pyyaml": "python3-yaml",
    "requests": "python3-requests",
    "tzdata": "tzdata",
}
"""Packages of the lock, and Debian's names for those that the package takes from there."""

BY_DEBIAN = {
    # what the ones above stand on; Debian's own dependencies bring it
    *("argon2-cffi-bindings", "cffi", "pycparser"),
    *("certifi", "charset-normalizer", "idna", "urllib3"),
    *("docutils", "filetype", "kivy-garden", "pygments"),
    # sqlite-utils and python-escpos name them for what no kiosk does: installing plug-ins
    *("pip", "setuptools"),
    # on arm64, for those who ask for it
    "rpi-gpio",
}


def vendored() -> set[str]:
    lines = (TREE / "debian/vendored").read_text().splitlines()
    return {name for line in lines if (name := line.partition("#")[0].strip())}


def locked() -> dict[str, str]:
    return dict(re.findall(r"^([a-z][^=\s]*)==(\S+)", (TREE / "requirements.lock").read_text(), re.M))


def depends() -> dict[str, str]:
    """What the package depends on; with the least version, where one is named."""
    control = (TREE / "debian/control").read_text()
    field = re.search(r"^Depends:\n((?:[ #].*\n)+)", control, re.M)
    assert field
    found: dict[str, str] = {}
    for name, least in re.findall(r"^ ([a-z0-9.+-]+)(?: \(>= ([^)~]+)~?\))?", field[1], re.M):
        found[name] = found.get(name) or least
    return found


def parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def test_every_package_of_the_lock_is_carried_along_or_comes_from_debian() -> None:
    places = [vendored(), set(FROM_DEBIAN), BY_DEBIAN]
    assert set().union(*places) == set(locked())
    assert sum(map(len, places)) == len(locked()), "one of them has two places"
    assert set(FROM_DEBIAN.values()) <= set(depends())


def test_debians_versions_are_those_that_the_project_allows() -> None:
    project = tomllib.loads((TREE / "pyproject.toml").read_text())["project"]
    bounds = 0
    for line in project["dependencies"]:
        name, least = re.fullmatch(r"([\w.-]+)(?:[>=]=([\d.]+))?", line).groups()  # type: ignore[union-attr]
        debian = FROM_DEBIAN.get(name.lower().replace(".", "-"))
        if debian and least:
            assert parts(depends()[debian]) >= parts(least), debian
            bounds += 1
    assert bounds >= 5


def test_the_package_bears_the_projects_version() -> None:
    project = tomllib.loads((TREE / "pyproject.toml").read_text())["project"]
    first = (TREE / "debian/changelog").read_text().splitlines()[0]
    assert first.startswith(f"kiosk ({project['version']}) ")
