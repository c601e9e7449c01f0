"""What a day's pad is: its reader, what lies on it, what befalls it; and what the judge asks of that."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.lab import pulled
from kiosk.lab.days import draw
from kiosk.lab.evidence import EAS, AfiAt, Evidence, PasswordGiven, Result, Stay, TagSeen
from kiosk.lab.folder import read, write
from kiosk.lab.heap import ANOTHERS, PASSWORD, STRANGERS, has_eas
from kiosk.lab.kit import settings
from kiosk.lab.makes import rules_of
from kiosk.lab.onpad import Pace
from kiosk.lab.plans import Fault, Plan, When
from kiosk.lab.pulled import PLUG, UNPLUG
from kiosk.lab.readers import MAKES, PACES, before_its_reader
from kiosk.lab.rest import harmed
from kiosk.lab.runs import play, unlogged
from kiosk.rfid.tags import LibraryTag, Model, decode_tag
from kiosk.rfid.wire.pcsc import TimerOrder
from kiosk.simulator import scenery as sc
from tests.lab import honest
from tests.lab.honest import KEPT, NOVEL, judged, with_air

PLANS = [draw(seed) for seed in range(300)]


# ---- which reader ---------------------------------------------------------------------------


def test_days_have_readers_of_all_makes() -> None:
    makes = Counter(plan.scenery.reader.make for plan in PLANS)
    assert set(makes) == set(PACES) == set(MAKES)
    assert makes["feig"] > makes["m3"] > makes["pcsc"] > len(PLANS) / 10
    assert {plan.scenery.reader.ont for plan in PLANS} == {True, False}
    for make in ("m3", "pcsc"):
        manners = [plan.scenery.reader for plan in PLANS if plan.scenery.reader.make == make]
        assert len({each.capture for each in manners}) == 3
        assert {each.collisions_as_crc for each in manners} == {True, False}
    assert any(plan.scenery.reader.stutter for plan in PLANS)


def test_a_day_with_feig_is_the_very_same() -> None:
    for plan in PLANS[:50]:
        drawn = before_its_reader(plan)
        if plan.scenery.reader.make == "feig":
            assert drawn is plan
        else:
            feig = replace(plan.scenery, reader=sc.ReaderManners(ont=plan.scenery.reader.ont))
            assert replace(drawn, scenery=feig) == replace(plan, scenery=feig)


def test_the_kiosk_is_set_to_its_reader(tmp_path: Path) -> None:
    for plan in PLANS[:60]:
        pad, reader = settings(plan, tmp_path).pad, plan.scenery.reader
        assert pad.driver == {"feig": "feig-tcp", "m3": "m3-serial", "pcsc": "pcsc"}[reader.make]
        if pad.pcsc is not None:
            assert pad.pcsc.timer == (
                TimerOrder.MSB_FIRST if reader.timer_msb_first else TimerOrder.LSB_FIRST
            )
        assert rules_of(plan).pace == PACES[reader.make]


def test_what_feig_is_granted_is_granted_to_no_slower_reader_less() -> None:
    assert PACES["feig"] == Pace()
    for pace in PACES.values():
        assert pace.a_tag_ms >= Pace().a_tag_ms
        assert pace.reopened_ms >= Pace().reopened_ms


# ---- what lies on it ------------------------------------------------------------------------


def test_other_things_lie_on_the_pads_of_every_other_day() -> None:
    odd = Counter(name for plan in PLANS for name in set(plan.odd))
    for name in ("28560-2", "501", "backwards", "protected", "locked-out", "twins"):
        assert odd[f"tag-{name}"] > 5, name
    strange = [plan for plan in PLANS if any("stranger" in person.odd for person in plan.people)]
    usual = [plan for plan in PLANS if not (plan.eas or plan.password or plan.owners)]
    assert len(PLANS) / 8 < len(strange) < len(PLANS) / 3
    assert len(usual) > len(PLANS) / 2
    assert {plan.eas for plan in PLANS} == {True, False}
    assert {plan.password for plan in PLANS} == {"", PASSWORD}


def test_what_is_written_otherwise_says_the_same() -> None:
    models = set()
    for plan in PLANS[:100]:
        for tag in plan.scenery.tags:
            if tag.data is not None and tag.usage == 1 and tag.barcode and not tag.damaged:
                content = decode_tag(tag.memory(), dsfid=tag.dsfid)
                assert isinstance(content, LibraryTag)
                assert (content.item_id, content.parts) == (tag.barcode, tag.parts)
                models.add(content.model)
    assert models == {Model.ISO28560_2, Model.ISO28560_3, Model.RFID501}


def test_what_is_protected_opens_to_the_librarys_password_or_to_anothers() -> None:
    guarded = [(plan.password, tag) for plan in PLANS for tag in plan.scenery.tags if tag.guards]
    assert {tag.password for _, tag in guarded} == {PASSWORD, ANOTHERS}
    assert {(password, tag.password) for password, tag in guarded} == {
        (password, theirs) for password in ("", PASSWORD) for theirs in (PASSWORD, ANOTHERS)
    }


def test_where_the_gate_hears_eas_each_book_sounds_as_its_afi_says() -> None:
    for plan in (plan for plan in PLANS if plan.eas):
        bearing = [tag for tag in plan.scenery.tags if has_eas(tag)]
        assert all(tag.eas == (tag.afi == sc.ARMED) for tag in bearing)
        assert {tag.eas for tag in bearing} == {True, False}
    assert not any(tag.eas for plan in PLANS if not plan.eas for tag in plan.scenery.tags)


def test_strangers_are_served_nowhere() -> None:
    for plan in PLANS:
        known = {tag.uid for tag in plan.scenery.tags} & {tag.uid for tag in STRANGERS}
        assert bool(known) == (plan.owners == (sc.OWNER,))


# ---- what befalls it ------------------------------------------------------------------------


def test_plugs_are_pulled_in_mid_write_and_in_mid_frame() -> None:
    names = Counter(
        (fault.name, plan.scenery.reader.make)
        for plan in PLANS
        for fault in plan.faults
        if fault.name in {"reader-pulled", "reader-half", "reader-late"}
    )
    assert len(names) == 3 * len(PACES)
    for plan in PLANS:
        numbers = [fault.number for fault in plan.faults]
        assert len(set(numbers)) == len(numbers)
        assert {fault.visit for fault in plan.faults} <= {person.number for person in plan.people}
    assert pulled.with_pulled_plugs(PLANS[0]).people is PLANS[0].people


INSTANTS = 16


def one_visit(make: str) -> Plan:
    """A day with this reader on which somebody borrows two books or more at once, and nothing goes wrong."""
    for plan in PLANS:
        for person in plan.people:
            alone = replace(
                plan, people=(person,), faults=(), printer=False, gate=False, recorded=False, lossy=False
            )
            if plan.scenery.reader.make != make or not plan.quick or person.odd or len(person.before) < 2:
                continue
            ends = play(alone)[1].evidence.result
            if ends is not None and [item.state for item in ends.items] == ["safe"] * len(person.before):
                return alone
    raise AssertionError(f"nobody borrows two books over {make}")


@pytest.mark.parametrize("make", PACES)
@pytest.mark.parametrize("away_s", [0.05, 3.0])
def test_a_plug_that_is_pulled_at_any_instant_of_a_write_loses_nothing(make: str, away_s: float) -> None:
    """From the row that lets the first tag be written on, every few milliseconds: the days end as they
    should. Some of these instants come before a tag has taken anything, some after it."""
    written = 0
    with unlogged():
        plan = one_visit(make)
        for number in range(INSTANTS):
            when = When("answer", 1, number * 0.007)
            pulled_out = Fault(
                "reader-pulled", when, (UNPLUG,), ((away_s, PLUG),), visit=plan.people[0].number, number=1
            )
            result, played = play(replace(plan, faults=(pulled_out,)))
            assert result.violations == (), when
            assert result.faults == ("reader-pulled",)
            assert played.evidence.tags is not None
            at = next(ms for ms, note in played.notes if note == "unplug reader")
            written += any(write.ms < at for tag in played.evidence.tags for write in tag.writes)
    assert 0 < written < INSTANTS


# ---- what the judge asks --------------------------------------------------------------------

BIT = f"{honest.NOVEL_TAG}{EAS}"


def by_eas(*, written: float | None = 10172.0, asked: float | None = 10178.0) -> Evidence:
    """Bo's novel in a library whose gate hears EAS: its bit is reset, and asked for."""
    given = honest.evidence()
    writes = () if written is None else (AfiAt(written, "C2"),)
    bit = TagSeen(BIT, NOVEL, "07", "07" if written is None else "C2", writes)
    assert given.tags is not None
    assert given.presence is not None
    given = replace(
        given,
        tags=(*given.tags, bit),
        presence={**given.presence, BIT: given.presence[honest.NOVEL_TAG]},
    )
    return with_air(given, BIT, *(() if asked is None else (AfiAt(asked, "C2"),)))


def test_safe_needs_eas_reset_and_asked_for(tmp_path: Path) -> None:
    assert judged(tmp_path / "honest", by_eas()).promises == KEPT
    unasked = judged(tmp_path / "unasked", by_eas(asked=None))
    assert unasked.broken == ("p2",)
    assert BIT in str(unasked.findings[0])
    before = judged(tmp_path / "before", by_eas(written=10180.0))
    assert before.broken == ("p2",)
    never = judged(tmp_path / "never", by_eas(written=None, asked=None))
    assert set(never.broken) == {"p2", "p3"}


def test_eas_is_reset_only_for_a_loan(tmp_path: Path) -> None:
    early = judged(tmp_path / "early", by_eas(written=10050.0))
    assert "p1" in early.broken


def given_passwords(*given: PasswordGiven, cuts: tuple[float, ...] = ()) -> Evidence:
    stays = (Stay(0.0, 5000.0), Stay(6000.0, None))
    tag = TagSeen("E00401500000000A", "39000001", "07", "07", passwords=given)
    return Evidence(tags=(tag,), presence={tag.uid: stays}, result=Result("", cuts=cuts))


@pytest.mark.parametrize(
    ("given", "cuts", "wrong"),
    [
        ([(1000.0, False)], (), False),
        ([(1000.0, False), (2000.0, False)], (), True),
        ([(1000.0, False), (7000.0, False)], (), False),
        ([(1000.0, True), (2000.0, True), (3000.0, False)], (), False),
        ([(1000.0, False), (4000.0, False)], (2000.0,), False),
    ],
    ids=["once", "twice", "once each time", "right ones", "the power was cut between"],
)
def test_a_wrong_password_is_given_once_for_each_stay(
    given: list[tuple[float, bool]], cuts: tuple[float, ...], wrong: bool
) -> None:
    evidence = given_passwords(*(PasswordGiven(*each) for each in given), cuts=cuts)
    assert bool(list(harmed(evidence))) == wrong


def test_whoever_asks_to_lock_is_found(tmp_path: Path) -> None:
    evidence = Evidence(locks=(12.0,))
    assert list(harmed(evidence)) == ["a command that cannot be undone was sent at 12.0 ms"]
    write(tmp_path, evidence)
    assert read(tmp_path).locks == (12.0,)


@pytest.mark.parametrize("make", ["m3", "pcsc"])
def test_a_day_with_eas_and_passwords_is_played_to_its_end(make: str) -> None:
    """And evidence tells of all of it."""
    plan = next(
        plan
        for plan in PLANS
        if plan.eas and plan.password and plan.quick and plan.scenery.reader.make == make
    )
    with unlogged():
        result, played = play(plan)
    assert result.violations == ()
    bits = [tag for tag in played.evidence.tags or () if tag.uid.endswith(EAS)]
    assert any(tag.writes and (played.evidence.air or {})[tag.uid] for tag in bits)
