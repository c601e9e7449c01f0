"""Days with faults drawn from seeds: no promise is false in any, and each is the same each time."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.lab.days import PRINTING, draw
from kiosk.lab.evidence import Evidence, JournalRow, TagSeen
from kiosk.lab.plans import Fault, Plan, When
from kiosk.lab.rest import hanging, sagas_of, unexplained
from kiosk.lab.runs import SeedResult, play, play_seed, run_seed
from kiosk.lab.seeds import main, report, total
from kiosk.lab.tell import tell

SEEDS = 60

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


def test_no_promise_is_false_in_any_day_and_everything_goes_wrong() -> None:
    ran = lab("--seeds", f"0-{SEEDS - 1}", "--jobs", "2", "--unshrunk")
    print(ran.stdout)
    lines = ran.stdout.splitlines()
    assert lines[-1] == "violations: 0", ran.stdout
    assert lines[-3] == f"runs: {SEEDS}"
    assert ran.returncode == 0, ran.stderr
    assert int(lines[0].removeprefix("sessions: ")) > 18 * SEEDS
    met = {line.split()[1]: int(line.split()[0]) for line in lines[2:-3]}
    assert lines[-2] == f"faults: {sum(met.values())}"
    wanted = (
        *("power-cut", "power-cut-in-flush", "lifted", "lifted-for-good", "tag-weak", "tag-silent"),
        *("reader-away", "reader-silent", "reader-garble", "reader-slow", "reader-dropped"),
        *("ils-slow", "ils-silent-executed", "ils-silent-not-executed", "ils-away"),
        *("ils-dropped-executed", "ils-dropped-not-executed", "ils-garbled-garbage", "ils-garbled-half"),
        *("ils-96-storm", "ils-restarted", "disk-full", "disk-refuses", "clock-back", "clock-forward"),
        *("no-tag", "damaged", "foreign", "blank", "card-on-pad", "wrong-pin", "walks-away", "bad-code"),
        *("returns", "renews", "two-cards", "leaves-books", "weak-tag", "gate-away", "gate-stuck"),
        *("fee", "pays", "holds", "staff", "till-away", "till-declines", "till-cancelled", "till-late"),
        *("till-slow", "till-silent", "till-silent-taken", "account", "ils-says-denies"),
    )
    assert [name for name in wanted if not met.get(name)] == []


def evidence_of(folder: Path) -> dict[str, bytes]:
    """All files of a kept folder but the kiosk's own, whose keys are secret and drawn anew."""
    return {
        path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in {".json", ".log"}
    }


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[int, dict[str, bytes]]:
    """What days leave that are played in this process, by seed: one with several power cuts, and one of those
    whose disk also drops what was not flushed."""
    folder = tmp_path_factory.mktemp("here")
    often = [seed for seed in range(200) if sum(fault.cut is not None for fault in draw(seed).faults) > 1]
    seeds = [often[0], *[seed for seed in often if draw(seed).lossy][:1]]
    for seed in seeds:
        run_seed(seed, keep=folder)
    return {seed: evidence_of(folder / f"seed-{seed}") for seed in seeds}


@pytest.mark.parametrize("hashing", ["1", "2"])
def test_a_seed_is_replayed_exactly(kept: dict[int, dict[str, bytes]], tmp_path: Path, hashing: str) -> None:
    assert kept
    for seed, here in kept.items():
        ran = lab("--seed", str(seed), "--keep", str(tmp_path), PYTHONHASHSEED=hashing)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert len(here) >= 8
        assert here == evidence_of(tmp_path / f"seed-{seed}")


def test_a_day_is_told_in_the_order_in_which_it_happened() -> None:
    seed = next(seed for seed in range(100) if any(fault.cut == 0 for fault in draw(seed).faults))
    _, played = play_seed(seed)
    told = tell(played)
    times = [float(line.split()[0]) for line in told]
    assert times == sorted(times)
    visits = [line.split()[4] for line in told if "==== visit" in line]
    assert visits == [str(number) for number in range(1, len(draw(seed).people) + 1)]
    assert any("attract" in line for line in told)


def test_the_command_ends_with_its_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7", "--story"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in printed[-3:]] == ["runs", "faults", "violations"]
    assert any(re.match(r" +\d+\.\d{3}  +screen: ", line) for line in printed)


def test_a_day_can_be_told_without_some_of_its_visits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7", "--story", "--without", "v2-40,f1-99"]) == 0
    printed = capsys.readouterr().out
    assert "==== visit 1 ====" in printed
    assert "==== visit 2 ====" not in printed
    assert "FAULT" not in printed


@pytest.mark.parametrize("seeds", ["9-3", "x", "-1"])
def test_seeds_that_are_none_are_a_wrong_call(seeds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--seeds", seeds])
    assert ended.value.code == 2


@pytest.mark.parametrize("labels", ["x1", "v", "3", "v1-x", "f1,,f2"])
def test_labels_that_are_none_are_a_wrong_call(labels: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--seed", "1", "--without", labels])
    assert ended.value.code == 2


def test_any_violation_is_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    results = [
        SeedResult(1, ("lifted",), (), 20),
        SeedResult(2, (), ("p1: no",), 18),
        SeedResult(3, (), (), 1),
    ]
    assert report(total(results)) == 1
    printed = capsys.readouterr().out
    assert printed.startswith("seed 2: p1: no\nsessions: 39\n")
    assert printed.endswith("runs: 3\nfaults: 1\nviolations: 1\n")
    assert report(total(results, first=True)) == 1
    assert "runs: 2\n" in capsys.readouterr().out
    assert report(total(results[:1])) == 0


# ---- what is left hanging at the end --------------------------------------------------------


def at_the_end(
    *kinds: str, afi: str = "07", brought_back: Sequence[str] = ("U1",), act: str = "loan"
) -> list[str]:
    rows = tuple(
        JournalRow(seq, "L1", kind, float(seq), kind == "settled", {"item": "A1", "act": act})
        for seq, kind in enumerate(kinds, start=1)
    )
    tags = (TagSeen("U1", "A1", "07", afi),)
    evidence = Evidence(journal=rows, tags=tags)
    return list(hanging(evidence, sagas_of(evidence), brought_back))


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


# ---- rows that nobody can explain -----------------------------------------------------------


def told(*rows: tuple[str, str, bool]) -> list[str]:
    journal = tuple(
        JournalRow(seq, "L1", kind, float(seq), closes, {"item": item})
        for seq, (kind, item, closes) in enumerate(rows)
    )
    return list(unexplained(sagas_of(Evidence(journal=journal))))


def test_a_saga_begins_with_an_intent_and_ends_where_it_is_closed() -> None:
    assert not told(("intent", "A1", False), ("answer", "A1", False), ("settled", "A1", True))
    assert not told(("intent", "A1", False), ("staff", "A1", False))
    assert told(("answer", "A1", False))
    assert told(("intent", "A1", False), ("settled", "A1", True), ("answer", "A1", False))
    assert told(("intent", "A1", False), ("answer", "A2", False))


# ---- the gate, and paper --------------------------------------------------------------------


def plays(wanted: Callable[[Evidence], bool], drawn: Callable[[Plan], bool] = lambda _: True) -> Evidence:
    """The first day of which this is true; only those are played that are `drawn` so."""
    for day in filter(drawn, map(draw, range(30))):
        evidence = play(day)[1].evidence
        if wanted(evidence):
            return evidence
    raise AssertionError("on no day")


def first(wanted: Callable[[Plan], bool]) -> Plan:
    """The first day of which this is true."""
    return next(day for day in map(draw, range(500)) if wanted(day))


def safe(evidence: Evidence) -> int:
    """How many books went out, released and read back."""
    assert evidence.result is not None
    return sum(item.state == "safe" for item in evidence.result.items)


def test_a_kiosk_logs_in_at_prompts_where_its_ils_asks_so() -> None:
    """Sierra's: no 93 is on the wire, and books go out."""
    result, played = play(first(lambda day: day.scenery.ils.personality == "sierra"))
    assert result.violations == ()
    assert not any(frame.text.startswith("93") for frame in played.evidence.frames or ())
    assert safe(played.evidence)


def test_an_ils_that_never_says_y_lends_all_the_same_where_the_library_says_what_u_means() -> None:
    day = first(lambda day: day.scenery.ils.personality == "fsip2" and bool(day.knobs))
    result, played = play(day)
    assert result.violations == ()
    assert safe(played.evidence)
    _, armed = play(replace(day, knobs=()))
    assert not safe(armed.evidence)


def test_all_loans_are_renewed_by_one_message() -> None:
    seen = plays(lambda evidence: any(frame.text.startswith("66") for frame in evidence.frames or ()))
    assert seen.ils is not None
    assert seen.ils.renewals
    marks = {loan.mark for entry in seen.shown or () for loan in entry.account or ()}
    assert marks >= {"on-loan", "asking", "renewed"}


def test_the_gate_is_really_tried() -> None:
    seen = plays(
        lambda evidence: evidence.gate is not None and bool(evidence.gate.edges), lambda day: day.gate
    )
    assert seen.gate is not None
    assert seen.gate.edges[0].by == "kiosk gate"
    assert seen.gate.lines[0].level == 0


def test_a_power_cut_lets_the_line_fall() -> None:
    """Nobody drives a line of a kiosk that is dark."""
    day = draw(0)
    cuts = [
        Fault("power-cut", When("finish"), cut=40, dark_s=5.0, visit=number, number=number)
        for number in range(1, len(day.people) + 1)
    ]
    result, played = play(replace(day, gate=True, faults=tuple(cuts)))
    assert result.violations == ()
    assert played.evidence.gate is not None
    assert any(edge.by == "released" for edge in played.evidence.gate.edges)


def test_paper_comes_out_of_a_printer_on_a_memory_wire() -> None:
    every, first = PRINTING
    for seed in range(first, 3 * every, every):
        printer = play_seed(seed)[1].evidence.printer
        assert printer is not None
        if printer.pieces:
            return
    raise AssertionError("no day came to a receipt")
