"""Stories with faults drawn from seeds: no promise is false in any, and each is the same each time."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from kiosk.circulation.policy import Mode, PinRule
from kiosk.circulation.views import Errand
from kiosk.lab.evidence import Evidence, JournalRow, TagSeen
from kiosk.lab.faults import PRINTING, draw
from kiosk.lab.rest import hanging
from kiosk.lab.seeds import SeedResult, main, play_seed, report, run_seed
from kiosk.lab.tell import tell

SEEDS = 500

PROJECT = Path(__file__).resolve().parent.parent.parent


def lab(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk", "lab", *options],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_promise_is_false_in_any_of_500_stories() -> None:
    ran = lab("--seeds", f"0-{SEEDS - 1}", "--jobs", "2")
    print(ran.stdout)
    lines = ran.stdout.splitlines()
    assert lines[-1] == "violations: 0", ran.stdout
    assert lines[-3] == f"runs: {SEEDS}"
    assert ran.returncode == 0, ran.stderr
    met = {line.split()[1]: int(line.split()[0]) for line in lines[:-3]}
    assert lines[-2] == f"faults: {sum(met.values())}"
    wanted = (
        *("power-cut", "lifted", "lifted-for-good", "reader-away", "reader-silent", "reader-garble"),
        *("ils-slow", "ils-silent-executed", "ils-silent-not-executed", "ils-away"),
        *("ils-dropped-executed", "ils-dropped-not-executed", "ils-garbled-garbage", "ils-garbled-half"),
        *("no-tag", "damaged", "foreign", "blank", "card-on-pad", "wrong-pin", "walks-away", "bad-code"),
        *("returns", "renews", "gate-away", "gate-stuck"),
    )
    assert [name for name in wanted if not met.get(name)] == []


def evidence_of(folder: Path) -> dict[str, bytes]:
    """All files of a kept folder but the kiosk's own, whose keys are secret and drawn anew."""
    return {
        path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in {".json", ".log"}
    }


@pytest.mark.parametrize("hashing", ["1", "2"])
def test_a_seed_is_replayed_exactly(tmp_path: Path, hashing: str) -> None:
    seeds = [seed for seed in range(100) if any(fault.cut for fault in draw(seed).faults)][:6]
    for seed in seeds:
        run_seed(seed, keep=tmp_path / "here")
        ran = lab("--seed", str(seed), "--keep", str(tmp_path / "there"), PYTHONHASHSEED=hashing)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        here = evidence_of(tmp_path / "here" / f"seed-{seed}")
        assert len(here) >= 8
        assert here == evidence_of(tmp_path / "there" / f"seed-{seed}")


def test_seeds_differ() -> None:
    assert draw(1) != draw(2)
    assert draw(1) == draw(1)
    plans = [draw(seed) for seed in range(200)]
    assert {len(plan.people) for plan in plans} == {1, 2}
    assert {plan.pin for plan in plans} == {PinRule.ALWAYS, PinRule.NEVER}
    assert any(not plan.quick for plan in plans)
    assert {plan.mode for plan in plans} == {Mode.LOANS_AND_RETURNS, Mode.RETURNS}
    assert {person.errand for plan in plans for person in plan.people} == set(Errand)
    assert 0 < sum(plan.printer for plan in plans) < 10


def test_a_story_is_told_in_the_order_in_which_it_happened() -> None:
    seed = next(
        seed for seed in range(100) if any(fault.cut == 0 or fault.cut for fault in draw(seed).faults)
    )
    _, played = play_seed(seed)
    told = tell(played)
    times = [float(line.split()[0]) for line in told]
    assert times == sorted(times)
    assert any("attract" in line for line in told)


def test_the_command_ends_with_its_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7", "--story"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in printed[-3:]] == ["runs", "faults", "violations"]
    assert any(re.match(r" +\d+\.\d{3}  +screen: ", line) for line in printed)


@pytest.mark.parametrize("seeds", ["9-3", "x", "-1"])
def test_seeds_that_are_none_are_a_wrong_call(seeds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--seeds", seeds])
    assert ended.value.code == 2


def test_any_violation_is_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    results = [SeedResult(1, ("lifted",), ()), SeedResult(2, (), ("p1: no",)), SeedResult(3, (), ())]
    assert report(results) == 1
    assert capsys.readouterr().out.endswith("runs: 3\nfaults: 1\nviolations: 1\n")
    assert report(results, first=True) == 1
    assert "runs: 2\n" in capsys.readouterr().out
    assert report(results[:1]) == 0


# ---- what is left hanging at the end --------------------------------------------------------


def at_the_end(
    *kinds: str, afi: str = "07", brought_back: Sequence[str] = ("U1",), act: str = "loan"
) -> list[str]:
    rows = tuple(
        JournalRow(seq, "L1", kind, float(seq), kind == "settled", {"item": "A1", "act": act})
        for seq, kind in enumerate(kinds, start=1)
    )
    tags = (TagSeen("U1", "A1", "07", afi),)
    return list(hanging(Evidence(journal=rows, tags=tags), brought_back))


def test_a_loan_that_nobody_learns_of_is_hanging() -> None:
    assert at_the_end("intent")
    assert not at_the_end("intent", "staff")
    assert not at_the_end("intent", "settled")


def test_a_lent_book_that_came_back_to_the_pad_and_stays_armed_is_hanging() -> None:
    assert at_the_end("intent", "answer")
    assert not at_the_end("intent", "answer", afi="C2")
    assert not at_the_end("intent", "answer", "staff")
    assert not at_the_end("intent", "answer", brought_back=())


def test_a_returned_book_that_came_back_to_the_pad_and_is_not_armed_is_hanging() -> None:
    assert at_the_end("intent", act="return")
    assert at_the_end("intent", "answer", afi="C2", act="return")
    assert not at_the_end("intent", "answer", act="return")
    assert not at_the_end("intent", "answer", "staff", afi="C2", act="return")


# ---- the gate, and paper --------------------------------------------------------------------


def plays(wanted: Callable[[Evidence], bool]) -> Evidence:
    """The first story of which this is true."""
    for seed in range(200):
        evidence = play_seed(seed)[1].evidence
        if wanted(evidence):
            return evidence
    raise AssertionError("in no story")


def test_the_gate_is_really_tried() -> None:
    seen = plays(lambda evidence: evidence.gate is not None and bool(evidence.gate.edges))
    assert seen.gate is not None
    assert seen.gate.edges[0].by == "kiosk gate"
    assert seen.gate.lines[0].level == 0


def test_a_power_cut_lets_the_line_fall() -> None:
    """Nobody drives a line of a kiosk that is dark."""

    def falls(evidence: Evidence) -> bool:
        return any(edge.by == "released" for edge in evidence.gate.edges) if evidence.gate else False

    assert plays(falls).result is not None


def test_paper_comes_out_of_a_printer_on_a_memory_wire() -> None:
    for seed in range(PRINTING - 1, 12 * PRINTING, PRINTING):
        printer = play_seed(seed)[1].evidence.printer
        assert printer is not None
        if printer.pieces:
            return
    raise AssertionError("no story came to a receipt")
