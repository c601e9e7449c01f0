"""Sins put into the code on purpose: the laboratory finds each of them within a few seeds.

A sin is a named patch on a copy of the tree. One whose old text no longer stands in its file fails: it
would sin no more and prove nothing.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent

WITHIN = 200
"""Seeds in which each sin must be found."""


class Edit(NamedTuple):
    """In this file, this text becomes that."""

    file: str
    old: str
    new: str


LENDING = "kiosk/circulation/lending.py"
LISTING = "kiosk/circulation/listing.py"
GIVING_BACK = "kiosk/circulation/giving_back.py"
LEAVING = "kiosk/circulation/leaving.py"
RENEWING = "kiosk/circulation/renewing.py"
ROWS = "kiosk/circulation/rows.py"
SAGAS = "kiosk/circulation/sagas.py"

SINS: dict[str, tuple[str, tuple[Edit, ...]]] = {
    # "Unlock first, lock again if it fails": the tag is written when the ILS is asked. The desk would
    # stop a write without an answer row, so the sin forges one.
    "write AFI before the answer": (
        "p1",
        (
            Edit(
                LENDING,
                "                d.do(AskLoan(token, loan.patron, pin, loan.item))\n",
                "                d.do(AskLoan(token, loan.patron, pin, loan.item))\n"
                "                forged = Flushed(token.seq, token.saga, RowKind.ANSWER)\n"
                "                for uid in loan.uids:\n"
                "                    d.do(WriteAfi(uid, d.state.policy.afi_on_loan, forged))\n",
            ),
        ),
    ),
    # The ILS has said yes, and the tag is written while that is still on its way to the disk.
    "write AFI before the answer is on the disk": (
        "p3",
        (
            Edit(
                LENDING,
                "        d.do(AppendRow(_answer_row(known, reply)))\n",
                "        d.do(AppendRow(_answer_row(known, reply)))\n"
                "        if isinstance(reply, Lent) and reply.release:\n"
                "            forged = Flushed(0, loan.id, RowKind.ANSWER)\n"
                "            for uid in loan.uids:\n"
                "                d.do(WriteAfi(uid, d.state.policy.afi_on_loan, forged))\n",
            ),
        ),
    ),
    # What the tag said to the write is taken for proof.
    "skip the read-back": (
        "p2",
        (
            Edit(
                SAGAS,
                "        d.do(ReadAfi(uid))\n",
                "        afi_read(d, uid, d.state.policy.afi_on_loan)\n",
            ),
        ),
    ),
    # A book whose tag could not be read is lifted for its barcode, and is called one without a tag.
    "forget the tag that could not be read": (
        "p2",
        (Edit(LISTING, "    unread = d.session.unread\n", "    unread = frozenset[Uid]()\n"),),
    ),
    # The ILS has taken it back, and the tag is armed while that is still on its way to the disk.
    "arm a tag before the answer is on the disk": (
        "p3",
        (
            Edit(
                GIVING_BACK,
                "        d.do(AppendRow(_answer_row(known, reply)))\n",
                "        d.do(AppendRow(_answer_row(known, reply)))\n"
                "        forged = Flushed(0, saga.id, RowKind.ANSWER)\n"
                "        for uid in saga.uids:\n"
                "            d.do(WriteAfi(uid, d.state.policy.afi_in_stock, forged))\n",
            ),
        ),
    ),
    # The ILS has taken it back, and that is called returned.
    "show returned before the read-back": (
        "p2",
        (
            Edit(
                ROWS,
                "    ReturnState.ARMING: ItemState.ASKING,\n",
                "    ReturnState.ARMING: ItemState.RETURNED,\n",
            ),
        ),
    ),
    # The ILS has lent it, and the gate need not wait for the tag, nor for *Finish*.
    "release the gate while an item is lent": (
        "p2",
        (
            Edit(
                LEAVING,
                "    if session is None or state.phase is not Phase.FAREWELL or session.errand is not "
                "Errand.LOAN:\n",
                "    if session is None or session.errand is not Errand.LOAN:\n",
            ),
            Edit(
                LEAVING,
                "    if row.state in PROVED:\n        return True\n",
                "    if row.state in PROVED or row.state is ItemState.LENT:\n        return True\n",
            ),
        ),
    ),
    # A book that was refused lies on the pad, and its patron is let through.
    "release the gate before the refused book is off the pad": (
        "p2",
        (Edit(LEAVING, " and not row.on_pad and ", " and "),),
    ),
    # *Renew* itself sends the 29.
    "renew without a question": (
        "p4",
        (
            Edit(
                RENEWING,
                "        d.set_session(renewing=key)\n",
                "        d.set_session(renewing=key)\n        yes(d)\n",
            ),
        ),
    ),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "kiosk", tmp_path / "kiosk", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize("name", SINS)
def test_the_laboratory_finds_the_sin(tree: Path, name: str) -> None:
    promise, edits = SINS[name]
    for edit in edits:
        path = tree / edit.file
        text = path.read_text(encoding="utf-8")
        assert text.count(edit.old) == 1, f"{name}: the patch no longer applies to {edit.file}"
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "kiosk", "lab", "--seeds", f"0-{WITHIN - 1}", "--first"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    found = re.findall(r"^seed \d+: (p\d): ", ran.stdout, flags=re.MULTILINE)
    assert promise in found, ran.stdout
    runs = re.search(r"^runs: (\d+)$", ran.stdout, flags=re.MULTILINE)
    assert runs is not None
    print(f"{name}: found within {runs[1]} seeds")
