"""Who may import whom.

The contracts stand in pyproject.toml. A contract that can never turn red
proves nothing, so each has its sin here: one forbidden import which must break
this contract and no other. All of them are added to one copy of the tree: what
is found there names the line of each import.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).resolve().parent.parent
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = [contract["name"] for contract in SETTINGS["contracts"]]


class Sin(NamedTuple):
    """One forbidden import: the file that it is added to, and its line."""

    file: str
    line: str


SINS = {
    "the floors: each module stands on one, and imports nothing from above": Sin(
        "kiosk/app.py", "import kiosk.demo"
    ),
    "circulation, sip2, rfid, typeset, commands, doors, ids and wires import nothing of ours": Sin(
        "kiosk/sip2/__init__.py", "import kiosk.circulation.values"
    ),
    "machine imports nothing of ours": Sin("kiosk/machine/__init__.py", "import kiosk.doors"),
    "firstboot sees settings, machine and the staff PIN": Sin(
        "kiosk/firstboot/__init__.py", "import kiosk.ils"
    ),
    "desk imports only circulation": Sin("kiosk/desk/__init__.py", "import kiosk.sip2"),
    "adapters see of circulation only its values and facts": Sin(
        "kiosk/ils/__init__.py", "import kiosk.circulation.events"
    ),
    "journal imports only circulation and doors": Sin("kiosk/journal/__init__.py", "import kiosk.words"),
    "recorder imports only circulation and doors": Sin("kiosk/recorder/__init__.py", "import kiosk.journal"),
    "support reads what the kiosk has written: journal, recorder, settings": Sin(
        "kiosk/support/__init__.py", "import kiosk.ils"
    ),
    "tagging stands between the pad, its switch and the journal": Sin(
        "kiosk/tagging/__init__.py", "import kiosk.ils"
    ),
    "ils imports only circulation and sip2": Sin("kiosk/ils/__init__.py", "import kiosk.journal"),
    "pad imports only circulation, rfid, doors and ids": Sin("kiosk/pad/__init__.py", "import kiosk.wires"),
    "cards imports only circulation, rfid, pad, doors and ids": Sin(
        "kiosk/cards/__init__.py", "import kiosk.ils"
    ),
    "receipts imports only circulation, words, typeset and doors": Sin(
        "kiosk/receipts/__init__.py", "import kiosk.pad"
    ),
    "security_gate imports only circulation, rfid and doors": Sin(
        "kiosk/security_gate/__init__.py", "import kiosk.receipts"
    ),
    "scanner imports only circulation, doors and ids": Sin("kiosk/scanner/__init__.py", "import kiosk.wires"),
    "maintenance imports only circulation and doors": Sin(
        "kiosk/maintenance/__init__.py", "import kiosk.journal"
    ),
    "service imports only circulation's facts and doors": Sin(
        "kiosk/service/__init__.py", "import kiosk.circulation.views"
    ),
    "words imports only circulation's reasons": Sin(
        "kiosk/words/__init__.py", "import kiosk.circulation.values"
    ),
    "screens imports only circulation's views and intents, words and typeset": Sin(
        "kiosk/screens/__init__.py", "import kiosk.pad"
    ),
    "simulator imports nothing of ours but rfid.tags": Sin(
        "kiosk/simulator/__init__.py", "import kiosk.rfid.iso15693"
    ),
    "settings knows nothing of the simulator": Sin("kiosk/settings/__init__.py", "import kiosk.simulator"),
    "Kivy is imported by screens only": Sin("kiosk/app.py", "from kivy.clock import Clock"),
    "Pango and Cairo are imported by typeset only": Sin("kiosk/screens/__init__.py", "import cairo"),
    "sqlite-utils is imported by journal only": Sin("kiosk/desk/__init__.py", "import sqlite_utils"),
    "pyscard and nfcpy are imported by rfid.cards only": Sin(
        "kiosk/rfid/__init__.py", "from smartcard.System import readers"
    ),
    "python-escpos is imported by receipts only": Sin("kiosk/app.py", "import escpos"),
    "GPIO modules are imported by security_gate only": Sin("kiosk/app.py", "import gpiod"),
    "update sees what a tag's round trip needs, and no room's inside": Sin(
        "kiosk/update/__init__.py", "import kiosk.desk"
    ),
    "requests is imported by update only": Sin("kiosk/app.py", "import requests"),
    "argon2 is imported by maintenance only": Sin("kiosk/settings/__init__.py", "import argon2"),
}


def lint_imports(tree: Path) -> tuple[dict[str, bool], str]:
    """Run lint-imports in a tree: which contracts are kept, and all it said."""
    program = Path(sys.executable).with_name("lint-imports")
    wide = {**os.environ, "COLUMNS": "200"}  # else it breaks the names of contracts
    ran = subprocess.run(
        [program, "--no-logo", "--no-cache"], cwd=tree, env=wide, capture_output=True, text=True, check=False
    )
    said = ran.stdout + ran.stderr
    verdicts = re.findall(r"^(.+) (KEPT|BROKEN)\b", ran.stdout, flags=re.MULTILINE)
    kept = {name: verdict == "KEPT" for name, verdict in verdicts}
    if kept:
        assert (ran.returncode == 0) == all(kept.values()), said
    return kept, said


def copied(folder: Path) -> Path:
    """Copy what lint-imports reads into a folder of its own."""
    shutil.copy(PROJECT / "pyproject.toml", folder)
    shutil.copytree(PROJECT / "kiosk", folder / "kiosk", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copied(tmp_path)


def test_every_contract_is_kept(tree: Path) -> None:
    kept, said = lint_imports(tree)
    assert list(kept) == CONTRACTS, said
    assert all(kept.values()), said


def test_every_contract_has_its_sin() -> None:
    assert sorted(SINS) == sorted(CONTRACTS)


class Found(NamedTuple):
    """One import that breaks a contract: the module, and the line in it."""

    importer: str
    line: int


@pytest.fixture(scope="module")
def sinful(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Found], dict[str, list[Found]], str]:
    """A tree with all sins: where each stands, what lint-imports found by contract, and all it said."""
    tree = copied(tmp_path_factory.mktemp("sinful"))
    stands: dict[str, Found] = {}
    for contract, sin in SINS.items():
        sinner = tree / sin.file
        text = f"{sinner.read_text()}\n{sin.line}\n"
        sinner.write_text(text)
        importer = ".".join(Path(sin.file).with_suffix("").parts).removesuffix(".__init__")
        stands[contract] = Found(importer, text.count("\n"))
    _, said = lint_imports(tree)
    # below the verdicts: the name of each broken contract, underlined, and the imports that break it
    parts = re.split(r"^(.+)\n-{3,}\n", said, flags=re.MULTILINE)
    found = {
        name: [
            Found(importer, int(line))
            for importer, line in re.findall(r"([\w.]+) -> [\w.]+ \(l\.(\d+)\)", part)
        ]
        for name, part in zip(parts[1::2], parts[2::2], strict=True)
        if name in CONTRACTS
    }
    return stands, found, said


@pytest.mark.parametrize("contract", SINS)
def test_one_forbidden_import_turns_the_contract_red(
    sinful: tuple[dict[str, Found], dict[str, list[Found]], str], contract: str
) -> None:
    stands, found, said = sinful
    # broken by this line, by nothing that was there before, and by no other's sin
    assert found.get(contract) == [stands[contract]], said


def test_a_module_without_a_floor_is_noticed(tree: Path) -> None:
    (tree / "kiosk" / "shed.py").touch()
    kept, said = lint_imports(tree)
    assert [name for name in kept if not kept[name]] == [CONTRACTS[0]], said
    assert "shed" in said
