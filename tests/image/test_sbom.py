"""The list of parts, made of a little root as `make image` makes it of a whole one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

IMAGE = Path(__file__).parents[2] / "image"

STATUS = """\
Package: libc6
Architecture: amd64
Source: glibc (2.41-12)
Version: 2.41-12
Description: GNU C Library
 with a second line

Package: kiosk
Architecture: amd64
Version: 0.1.0

"""

METADATA = """\
Metadata-Version: 2.1
Name: Tomlkit
Version: 0.13.3
License: MIT
Classifier: License :: OSI Approved :: MIT License

What it is for.
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    files = {
        "var/lib/dpkg/status": STATUS,
        "usr/share/doc/libc6/copyright": "Format: x\n\nFiles: *\nLicense: LGPL-2.1+\n\nLicense: GPL-2\n",
        "usr/lib/kiosk/lib/tomlkit-0.13.3.dist-info/METADATA": METADATA,
        "boot/pi/u-boot-rpi.control": "Package: u-boot-rpi\nVersion: 2025.01-3\nArchitecture: arm64\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def made(root: Path, name: str = "kiosk-0.1.0-amd64") -> tuple[dict[str, Any], str]:
    """The list of parts, and that of licences."""
    out = root.parent / name
    parts = subprocess.run(
        [sys.executable, IMAGE / "parts", root, "amd64"], stdout=subprocess.PIPE, check=True
    )
    subprocess.run(
        [sys.executable, IMAGE / "sbom", out],
        input=parts.stdout,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1767225600"},
        check=True,
    )
    return json.loads(Path(f"{out}.sbom.spdx.json").read_bytes()), Path(f"{out}.licenses.txt").read_text(
        "utf-8"
    )


def test_installed_unpacked_and_brought_along_are_all_named(root: Path) -> None:
    sbom, _ = made(root)
    purls = [each["externalRefs"][0]["referenceLocator"] for each in sbom["packages"]]
    assert purls == [
        "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=trixie",
        "pkg:deb/debian/kiosk@0.1.0?arch=amd64&distro=trixie",
        "pkg:deb/debian/u-boot-rpi@2025.01-3?arch=arm64&distro=trixie",
        "pkg:pypi/tomlkit@0.13.3",
    ]
    assert sbom["packages"][0]["sourceInfo"] == "built from glibc"


def test_each_part_has_its_licences_or_says_where_they_are(root: Path) -> None:
    _, licences = made(root)
    assert licences.splitlines() == [
        "libc6 2.41-12: GPL-2; LGPL-2.1+",
        "kiosk 0.1.0: see /usr/share/doc/kiosk/copyright",
        "u-boot-rpi 2025.01-3: see /usr/share/doc/u-boot-rpi/copyright",
        "Tomlkit 0.13.3: MIT License",
    ]


def test_it_has_what_spdx_asks_for(root: Path) -> None:
    """SPDX 2.3, clauses 6 and 7: what is mandatory; and each part is one that the document describes."""
    sbom, _ = made(root)
    assert (sbom["spdxVersion"], sbom["dataLicense"], sbom["SPDXID"]) == (
        "SPDX-2.3",
        "CC0-1.0",
        "SPDXRef-DOCUMENT",
    )
    assert sbom["creationInfo"] == {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: image/sbom"]}
    ids = [each["SPDXID"] for each in sbom["packages"]]
    assert len(set(ids)) == len(ids)
    assert [each["relatedSpdxElement"] for each in sbom["relationships"]] == ids
    for each in sbom["packages"]:
        assert each["name"]
        assert each["versionInfo"]
        assert each["downloadLocation"]


def test_the_same_root_gives_the_same_bytes_and_another_another_name(root: Path) -> None:
    first, second = made(root), made(root)
    assert first == second
    status = root / "var/lib/dpkg/status"
    status.write_text(status.read_text("utf-8").replace("2.41-12", "2.41-13"), "utf-8")
    assert made(root)[0]["documentNamespace"] != first[0]["documentNamespace"]
