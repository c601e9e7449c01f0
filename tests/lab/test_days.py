"""What a seed draws: a whole day, its people, its books and its faults."""

from collections import Counter

from kiosk.circulation.policy import Mode, PinRule
from kiosk.circulation.views import Errand
from kiosk.lab import accounts
from kiosk.lab.days import FULL, LOSSY, PRINTING, RECORDED, draw
from kiosk.lab.fees import WALKING_OFF
from kiosk.lab.makes import OTHERS, UNCHOSEN, UNSEEN, profile_for, rules_of
from kiosk.simulator.makes import MAKES
from kiosk.sip2.profiles import load, names

PLANS = [draw(seed) for seed in range(200)]


def test_seeds_differ_and_stay_what_they_are() -> None:
    assert draw(1) != draw(2)
    assert draw(1) == draw(1)


def test_a_day_has_about_twenty_visits_of_all_kinds() -> None:
    visits = [len(plan.people) for plan in PLANS]
    assert 20 <= sum(visits) / len(visits) <= 22
    people = [person for plan in PLANS for person in plan.people]
    assert {person.errand for person in people} == set(Errand)
    stacks = Counter(len({*person.before, *person.after}) for person in people)
    assert stacks[1] + stacks[2] > len(people) / 3
    assert stacks[0]
    assert sum(count for size, count in stacks.items() if size >= 8)
    for kind in ("leaves-books", "two-cards", "walks-away", "renews", "no-tag", "damaged", "wrong-pin"):
        assert any(kind in person.odd for person in people), kind


def test_books_go_out_and_come_back_through_the_day() -> None:
    """The same book, borrowed by one and brought back by another."""
    moved = 0
    for plan in PLANS[:20]:
        lent: set[str] = set()
        for person in plan.people:
            tags = {*person.before, *person.after}
            if person.errand is Errand.RETURN:
                moved += len(tags & lent)
            else:
                lent |= tags
    assert moved > 40


def test_days_differ_in_what_the_kiosk_is() -> None:
    assert {plan.pin for plan in PLANS} == {PinRule.ALWAYS, PinRule.NEVER}
    assert {plan.mode for plan in PLANS} == {Mode.LOANS_AND_RETURNS, Mode.RETURNS}
    assert {plan.gate for plan in PLANS} == {True, False}
    assert {plan.till for plan in PLANS} == {plan.holds for plan in PLANS} == {True, False}
    assert any(person.staff for plan in PLANS for person in plan.people)
    walks_off = {person.walks_off for plan in PLANS for person in plan.people}
    assert walks_off == {"", *WALKING_OFF, accounts.WALKING_OFF}
    assert sum(not plan.quick for plan in PLANS) == len(PLANS) // FULL
    for which, count in (
        (PRINTING, sum(plan.printer for plan in PLANS)),
        (LOSSY, sum(plan.lossy for plan in PLANS)),
        (RECORDED, sum(plan.recorded for plan in PLANS)),
    ):
        assert count == len(PLANS) // which[0]


def test_some_of_those_who_borrow_look_into_their_account() -> None:
    borrowers = [
        person
        for plan in PLANS
        for person in plan.people
        if person.errand is Errand.LOAN and plan.mode is not Mode.RETURNS
    ]
    readers = [person for person in borrowers if person.reads]
    assert len(borrowers) / 8 < len(readers) < len(borrowers) / 4
    assert {person.reads for person in readers} == set(accounts.READINGS)
    assert {(person.reads_first, person.hurried) for person in readers} == {
        (first, hurried) for first in (True, False) for hurried in (True, False)
    }
    assert {plan.untitled for plan in PLANS} == {True, False}
    assert any(not item.renewals for plan in PLANS for item in plan.scenery.items)
    awaited = {fault.when.moment for plan in PLANS for fault in plan.faults}
    assert awaited >= set(accounts.MOMENTS)


def test_every_other_day_has_another_make_of_ils() -> None:
    makes = Counter(plan.scenery.ils.personality for plan in PLANS)
    assert len(PLANS) / 3 < makes["lantern"] < len(PLANS) * 2 / 3
    assert set(makes) == {"lantern", *OTHERS} == set(MAKES)


def test_a_kiosk_has_the_profile_of_its_make_unless_nobody_has_chosen_one() -> None:
    others = [plan for plan in PLANS if plan.scenery.ils.personality not in {"lantern", "standard"}]
    right = [plan for plan in others if plan.profile == profile_for(plan.scenery.ils.personality)]
    assert {plan.profile for plan in others if plan not in right} == {UNCHOSEN}
    assert len(others) / 8 < len(others) - len(right) < len(others) / 2
    assert {plan.profile for plan in right} == set(names())
    for plan in PLANS:
        assert plan.scenery.ils.charset == load(plan.profile).charset
        assert plan.scenery.ils.error_detection or plan.scenery.ils.personality in {"folio", "fsip2"}


def test_some_libraries_have_a_profile_of_their_own() -> None:
    """Who reads U as Y does so because the ILS never says anything else."""
    own = [plan for plan in map(draw, range(400)) if plan.knobs]
    assert own
    for plan in own:
        assert plan.profile == profile_for(plan.scenery.ils.personality)
        assert rules_of(plan).u_releases == (plan.scenery.ils.personality == "fsip2")
    assert {rules_of(plan).release_after_settling for plan in own} == {True, False}


def test_where_nobody_sends_checksums_nothing_is_spoilt_that_only_they_would_show() -> None:
    spoilt = {
        (plan.scenery.ils.error_detection, act["how"])
        for plan in map(draw, range(1000))
        for fault in plan.faults
        for act in fault.acts
        if act["do"] == "garble" and act["device"] == "ils"
    }
    assert {how for checked, how in spoilt if checked} >= UNSEEN
    assert {how for checked, how in spoilt if not checked} == {"garbage", "half", "trailer"}


def test_faults_wait_in_some_visits_and_most_visits_have_none() -> None:
    drawn = [len(plan.faults) for plan in PLANS]
    assert 5 <= sum(drawn) / len(drawn) <= 11
    struck = sum(len({fault.visit for fault in plan.faults}) for plan in PLANS)
    assert struck < sum(len(plan.people) for plan in PLANS) / 2
    assert all(1 <= fault.visit <= len(plan.people) for plan in PLANS for fault in plan.faults)


def test_visits_and_faults_can_be_left_out() -> None:
    plan = next(plan for plan in PLANS if len({fault.visit for fault in plan.faults}) > 3)
    fault, other = plan.faults[0], next(each for each in plan.faults if each.visit != plan.faults[0].visit)
    less = plan.without({f"v{fault.visit}", other.label})
    assert {person.number for person in plan.people} - {person.number for person in less.people} == {
        fault.visit
    }
    assert fault not in less.faults
    assert other not in less.faults
    assert less.scenery is plan.scenery
    assert plan.without(()) == plan
    assert set(less.cut_out) >= {f"v{fault.visit}", fault.label, other.label}
    assert less.without(less.cut_out) == less
