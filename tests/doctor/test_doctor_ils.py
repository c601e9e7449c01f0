"""`kiosk doctor ils` against every make of ILS that we can play: what it says is what the make does, and
nothing has changed afterwards."""

import dataclasses
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.doctor import About, Examination, IlsReport
from kiosk.doctor.ils_command import as_text
from kiosk.doctor.proposal import proposal
from kiosk.doctor.refusals import rules
from kiosk.ils import IlsSettings
from kiosk.lab import run
from kiosk.simulator.makes import MAKES
from kiosk.sip2.profiles import KNOBS, OURS, Evidence, load, load_file, names
from tests.doctor.examined import ANNA, BOOK, EVERYTHING, FREE, PIN, Visit, scenery, visit, visits
from tests.sip2.scripted import DATE, ScriptedAcs


def seen(make: str) -> Visit:
    """The visit to a make as it comes."""
    return visits(EVERYTHING)[make]


def observed(checked: Visit, folder: Path) -> set[str]:
    return {one.knob for one in checked.profile(folder).claims if one.how is Evidence.OBSERVED}


@pytest.mark.parametrize("make", sorted(MAKES))
def test_what_it_says_is_what_the_make_does(make: str) -> None:
    played, found = MAKES[make], seen(make).found
    manners = seen(make).world.scenery.ils

    # "standard" gives its login by 93: a kiosk so configured gets nowhere where prompts ask for it
    assert seen(make).state("login") == ("failed" if manners.telnet else "ok")
    assert seen(make).report.well is not manners.telnet
    windows = found["paging"].seen["windows"]
    assert windows == played.paging
    assert found["holds"].seen["counts"] == {"wait": "waiting", "all": "all"}[played.counts_holds]
    assert found["numbers"].seen["padding"] == ("blank" if " " in manners.timeout else "zero")
    bx = found["messages"].seen["supported"]
    said = "".join({True: "Y", False: "N", None: ""}[each] for each in bx.values())  # type: ignore[attr-defined]
    assert said == played.bx
    assert found["charset"].seen["charset"] == manners.charset
    assert found["login"].seen["way"] == ("telnet" if manners.telnet else "raw")
    assert found["repetition"].seen["replays"] in ({manners.replays} if manners.own_clock else {None, False})
    assert found["checksum"].seen["verifies"] is True
    assert found["recall"].seen["answers"] is True
    assert (found["patron"].seen["valid_patron"] is True) == played.tells_valid
    assert found["item"].state == "ok"
    assert found["clock"].seen["ahead_s"] in ({-1, 0, 1} if manners.own_clock else {-1, 0, 1, None})
    timeout = int(manners.timeout) / 10
    assert found["timeouts"].seen["timeout_s"] == timeout


@pytest.mark.parametrize("make", sorted(MAKES))
def test_it_changes_nothing_and_says_no_pin_more_often_than_it_must(make: str) -> None:
    checked = seen(make)
    assert checked.changes() == []
    codes = {each.request[:2] for each in checked.world.ils.messages}
    assert codes <= {"93", "99", "63", "17", "97"}
    if not MAKES[make].tells_valid:
        assert sum("AD1234" in frame for frame in checked.sent("63")) == 1


@pytest.mark.parametrize("make", sorted(set(MAKES) & set(names())))
def test_nor_does_it_where_the_kiosk_is_set_to_that_make(make: str, tmp_path: Path) -> None:
    checked = visit(scenery(make), profile=make)
    assert checked.changes() == []
    assert {each.request[:2] for each in checked.world.ils.messages} <= {"93", "99", "63", "17", "97"}
    profile = checked.profile(tmp_path)
    assert [each.knob for each in checked.report.assumed] == list(profile.assumed)
    assert set(profile.assumed) <= set(load(make).assumed), "nothing is known less than before"


@pytest.mark.parametrize("make", sorted(MAKES))
def test_the_proposed_profile_is_read_and_is_right(make: str, tmp_path: Path) -> None:
    checked, played = seen(make), MAKES[make]
    profile = checked.profile(tmp_path)
    manners = checked.world.scenery.ils
    assert profile.paging == ("none" if played.paging == "ignored" else "window")
    assert profile.hold_count == {"wait": "waiting", "all": "all"}[played.counts_holds]
    assert profile.charset == manners.charset
    assert profile.terminal_login == ("telnet" if manners.telnet else "raw")
    assert profile.recall
    assert profile.error_detection
    by_eye = {"paging", "hold_count", "charset", "terminal_login", "recall", "error_detection"}
    assert by_eye <= observed(checked, tmp_path)
    assert all("kiosk doctor ils, 2" in one.source for one in profile.claims if one.knob in by_eye)


@pytest.mark.parametrize("make", sorted(MAKES))
def test_each_knob_stands_in_the_proposal_with_its_evidence(make: str, tmp_path: Path) -> None:
    report = seen(make).report
    table = tomllib.loads(report.proposal)
    about_an_ils = {knob for knob in KNOBS if knob not in OURS}
    assert about_an_ils - {"screen_noise", "screen_reasons"} <= set(table)
    assert all(knob in report.proposal for knob in KNOBS), "those of the kiosk itself too, as a remark"
    profile = seen(make).profile(tmp_path)
    assert report.evidence["seen"] >= 10
    assert sum(report.evidence.values()) == len(about_an_ils)
    assert [each.knob for each in report.assumed] == list(profile.assumed)
    said = as_text(report)
    assert re.search(rf"^{len(report.assumed)} (is|are) still only assumed", said, re.MULTILINE)
    for each in report.assumed:
        assert re.search(rf"^  {each.knob} +(--patron|--item|--exercise|no run)", said, re.MULTILINE), each


@pytest.mark.parametrize("name", names())
def test_what_was_not_seen_is_inherited_word_by_word_and_read_back_the_same(
    name: str, tmp_path: Path
) -> None:
    made = proposal(IlsSettings(profile=name), load(name), {}, date(2026, 11, 22))
    before, file = load(name), tmp_path / f"{name}.toml"
    file.write_text(made.text, "utf-8")
    after = load_file(file)
    for knob in KNOBS:
        assert getattr(after, knob) == getattr(before, knob), knob
    assert set(before.claims) <= set(after.claims)
    assert after.assumed == before.assumed, "nothing is known better than it was"
    assert made.changes == ()
    again = proposal(IlsSettings(profile=str(file)), after, {}, date(2026, 11, 23))
    file.write_text(again.text, "utf-8")
    assert set(load_file(file).claims) >= set(after.claims)
    assert load_file(file).assumed == after.assumed


def test_a_look_at_all_leaves_only_what_no_run_can_show(tmp_path: Path) -> None:
    asked = About(PatronId(ANNA), Pin(PIN), ItemKey(FREE), exercise=True)
    checked = visit(scenery("koha"), asked, profile="koha")
    left = {each.knob: each.to_see for each in checked.report.assumed}
    assert all(to_see.startswith("no run") for to_see in left.values()), left
    heads = re.findall(r"^# (Seen at work now|Not seen.*)$", checked.report.proposal, re.MULTILINE)
    assert heads[0] == "Seen at work now", "what others have seen of this make stands apart"
    barely = visit(scenery("koha"), About(), profile="eos").report
    assert len(barely.assumed) > len(left)
    assert any("--exercise" in each.to_see for each in barely.assumed)


def test_what_the_proposal_changes_is_said(tmp_path: Path) -> None:
    checked = visit(scenery("evergreen"), profile="koha")
    changed = {each.knob: (each.present, each.proposed) for each in checked.report.changes}
    assert changed["hold_count"] == ("waiting", "all")
    assert checked.state("holds") == "warning"
    assert 'hold_count                   "all", so far "waiting"' in as_text(checked.report)
    assert "\\u000d" not in checked.report.proposal
    assert 'terminator = { value = "\\r"' in checked.report.proposal


def test_until_when_a_card_is_valid_is_looked_for(tmp_path: Path) -> None:
    nowhere = visit(scenery("koha"), profile="polaris")
    assert nowhere.state("expiry") == "warning"
    assert "PX" in nowhere.found["expiry"].says
    assert "expiry_field" not in observed(nowhere, tmp_path)
    without = visit(scenery("koha"), profile="koha")
    assert without.state("expiry") == "ok"
    assert "expiry_field" in observed(without, tmp_path)


@pytest.mark.parametrize(
    ("profile", "field", "state", "seen_so"),
    [
        ("standard", "PA20280101", "warning", False),
        ("symphony", "PA20280101", "ok", True),
        ("standard", "PB19900101", "ok", True),
        ("horizon", "PE20280101    235900", "ok", True),
    ],
    ids=["a day to come that nobody asked for", "where it is looked for", "a birthday", "with a time"],
)
def test_a_day_to_come_may_be_the_end_of_a_card(
    profile: str, field: str, state: str, seen_so: bool, tmp_path: Path
) -> None:
    acs = ScriptedAcs()
    patron = f"64{' ' * 14}001{DATE}{'0000' * 6}AOlib|AA21000001|AEB|BLY|CQY|{field}|"
    acs.on["63"] = lambda frame, wire: wire.answer(frame, patron)

    async def story() -> IlsReport:
        settings = IlsSettings(profile=profile, login_user="kiosk", login_password="geheim")
        return await Examination(settings, acs.open, lambda: 1.8e9, About(PatronId(ANNA))).run()

    report = run(story())
    found = next(each for each in report.findings if each.check == "expiry")
    assert found.state == state
    file = tmp_path / "ours.toml"
    file.write_text(report.proposal, "utf-8")
    claim = next(one for one in load_file(file).claims if one.knob == "expiry_field")
    assert (claim.how is Evidence.OBSERVED) == seen_so


@pytest.mark.parametrize("make", sorted(MAKES))
def test_no_number_name_or_title_stands_in_what_it_finds(make: str) -> None:
    said = repr(seen(make).report)
    for secret in (ANNA, "Anna", "Kern", BOOK, "39000011", "Crème", "lantern'", "kern@"):
        assert secret not in said
    # four digits may stand anywhere: not where the far side's own words do
    assert not any(PIN in text for text in seen(make).report.texts)


@pytest.mark.parametrize("make", ["koha", "pysip2-strict"])
def test_latencies_are_of_so_many_answers_that_a_percentile_says_something(make: str) -> None:
    times = {each.message: each for each in seen(make).report.latencies}
    assert set(times) == {"93", "99", "63", "17"}
    assert all(times[code].enough for code in ("99", "63", "17"))
    assert all(0 < each.p50_ms <= each.p95_ms for each in times.values())


def test_a_slow_ils_is_asked_ten_times_and_its_longest_answer_is_called_so() -> None:
    checked = visit(scenery("koha", answer_seconds=0.5))
    times = {each.message: each for each in checked.report.latencies}
    assert [times[code].count for code in ("17", "63")] == [10, 10]
    assert len(checked.sent("99")) < 20
    assert "(of so few the longest)" in as_text(checked.report)


def test_a_default_login_is_told_from_another_without_trying_one() -> None:
    weak = seen("koha")
    assert weak.state("credentials") == "warning"
    assert weak.sent("93")
    assert all("COlantern|" in frame for frame in weak.sent("93"))
    strong = visit(
        scenery("koha", login=("selfcheck", "a7-Gnarled-Oak")), About(), login_password="a7-Gnarled-Oak"
    )
    assert strong.state("credentials") == "ok"
    assert "Gnarled" not in repr(strong.report)


@pytest.mark.parametrize("make", ["koha", "evergreen", "sierra"])
def test_a_refused_login_is_said_once(make: str) -> None:
    checked = visit(scenery(make, telnet=False), login_password="not it")
    assert not checked.report.well
    assert checked.state("login") == "failed"
    assert "refuses" in checked.found["login"].says
    assert len(checked.sent("93")) == 1
    assert checked.report.proposal == ""


def test_a_wrong_pin_is_said_once() -> None:
    checked = visit(scenery("koha"), About(PatronId(ANNA), Pin("9876"), ItemKey(BOOK)))
    assert checked.state("patron") == "warning"
    assert "PIN is wrong" in checked.found["patron"].says
    assert sum("AD9876" in frame for frame in checked.sent("63")) == 1
    assert len(checked.sent("63")) >= 10


def test_without_patron_and_item_it_says_what_it_could_not_see(tmp_path: Path) -> None:
    checked = visit(scenery("evergreen"), About(), profile="evergreen")
    for check in ("patron", "holds", "paging", "item", "charset"):
        assert checked.state(check) == "unknown"
    assert checked.report.well
    claims = {one.knob: one for one in checked.profile(tmp_path).claims}
    kept = next(one for one in load("evergreen").claims if one.knob == "hold_count")
    assert claims["hold_count"] == kept, "what was not seen keeps its claim"
    assert claims["recall"].how is Evidence.OBSERVED


def test_a_clock_that_is_wrong_is_seen() -> None:
    checked = visit(scenery("koha", clock_ahead_s=300.0), About())
    assert checked.state("clock") == "warning"
    assert abs(checked.found["clock"].seen["ahead_s"] - 300) <= 1  # type: ignore[operator]


def test_an_ils_in_greenwich_is_seen_to_be_there() -> None:
    checked = visit(scenery("koha", zone="Z"), About())
    assert checked.found["dates"].seen["zones"] == ["utc"]
    assert checked.state("clock") == "ok"


@pytest.mark.parametrize(("profile", "state"), [("standard", "warning"), ("folio", "ok")])
def test_an_ils_without_error_detection_is_told(profile: str, state: str, tmp_path: Path) -> None:
    checked = visit(scenery("folio", error_detection=False), profile=profile)
    assert checked.found["checksum"].seen["answers"] is False
    assert checked.state("checksum") == state, "it is a surprise only where the profile says otherwise"
    assert not checked.profile(tmp_path).error_detection
    assert "error_detection" in observed(checked, tmp_path)
    assert checked.changes() == []


def test_error_detection_is_tried_where_the_profile_does_without(tmp_path: Path) -> None:
    assert not load("folio").error_detection
    checked = visit(scenery("folio"), profile="folio")
    assert checked.found["checksum"].seen == {"answers": True, "verifies": True, "used": False}
    assert checked.state("checksum") == "warning"
    assert "take error_detection = true" in checked.found["checksum"].says
    assert checked.profile(tmp_path).error_detection
    assert "error_detection" in observed(checked, tmp_path)
    assert checked.report.well
    assert not all("AZ" in frame for frame in checked.sent("63")), "asked as the kiosk asks"


def test_an_ils_that_cannot_bear_error_detection_is_found_to_be_so() -> None:
    acs = ScriptedAcs()
    plain = acs.on["93"]
    acs.on["93"] = lambda frame, wire: wire.hang_up() if b"AY" in frame else plain(frame, wire)

    async def story() -> IlsReport:
        settings = IlsSettings(profile="folio", login_user="kiosk", login_password="geheim")
        return await Examination(settings, acs.open, lambda: 1.8e9, About()).run()

    report = run(story())
    found = {each.check: each for each in report.findings}
    assert found["checksum"].seen["answers"] is False
    assert "has no answer" in found["checksum"].says
    assert report.well
    assert "recall" in found, "and it goes on without"


def test_a_file_of_ones_own_is_carried_over_whole(tmp_path: Path) -> None:
    own = tmp_path / "town.toml"
    own.write_text(
        """
based_on = "koha"
release_when_settled = { value = true, how = "documented", source = "our decision" }
expiry_field = { value = "PA", how = "documented", source = "our \\"handbook\\"" }
charset = { value = "cp850", how = "assumed", source = "nobody knows" }

[alert_types]
"05" = { value = "ill", how = "observed", source = "our returns" }

[[screen_reasons]]
pattern = '\\bmay not leave "the" house\\b'
reason = "library-use"
how = "observed"
source = "our refusals"
""",
        "utf-8",
    )
    checked = visit(scenery("koha"), profile=str(own), alert_types=("06=transit",))
    profile = checked.profile(tmp_path)
    before = load("koha")
    assert profile.expiry_field == "PA"
    assert profile.release_when_settled
    assert profile.charset == "utf-8"
    assert dict(profile.alert_types)["05"] == "ill"
    assert dict(profile.alert_types)["06"] == "transit"
    assert profile.reason_of('It may not leave "the" house') == "library-use"
    assert {one.pattern for one in before.screen_reasons} <= {one.pattern for one in profile.screen_reasons}
    assert set(before.screen_noise) <= set(profile.screen_noise)
    claims = {(one.knob, one.about): one for one in profile.claims}
    assert claims["expiry_field", ""].source == 'our "handbook"'
    assert claims["nb_due", ""] == next(one for one in before.claims if one.knob == "nb_due")
    assert claims["charset", ""].how is Evidence.OBSERVED


def test_what_is_said_without_a_refusal_is_no_unknown_text() -> None:
    told = scenery("polaris", greeting="Welcome to Lanternfield Library. ")
    people = [dataclasses.replace(each, message="Patron owes 3.00") for each in told.patrons]
    checked = visit(dataclasses.replace(told, patrons=tuple(people)), EVERYTHING)
    assert any("Welcome" in each.response for each in checked.world.ils.messages), "it was said"
    assert checked.report.texts == ()
    assert checked.report.rules == ""


def test_an_unknown_refusal_is_told_without_whom_it_is_about_and_with_a_rule_for_it(tmp_path: Path) -> None:
    told = scenery("koha")
    says = "Anna Kern 21000001: please see the desk (twice)"
    people = [dataclasses.replace(each, message=says, blocked=("charge denied",)) for each in told.patrons]
    items = [
        dataclasses.replace(each, refusal='sits in the old "wing"') if each.barcode == FREE else each
        for each in told.items
    ]
    barred = visit(dataclasses.replace(told, patrons=tuple(people)), EVERYTHING)
    asked = About(PatronId(ANNA), Pin(PIN), ItemKey(FREE), exercise=True)
    refused = visit(dataclasses.replace(told, items=tuple(items)), asked)
    for checked, words, reason in (
        (barred, "please see the desk (twice)", "patron-blocked"),
        (refused, "sits in the old", "item-refused"),
    ):
        assert any(words in text for text in checked.report.texts), checked.report.texts
        assert not any("Anna" in text or ANNA in text for text in checked.report.texts)
        said = as_text(checked.report)
        assert "no rule of the profile knows" in said
        assert checked.report.rules.rstrip() in said
        file = tmp_path / "ours.toml"
        file.write_text(checked.report.proposal + checked.report.rules, "utf-8")
        assert load_file(file).reason_of(f"Ben Lowe: {words}") == reason


def test_of_a_text_of_which_little_is_left_no_rule_is_made() -> None:
    told = rules({"… to …": Reason.ITEM_REFUSED, "see the bindery": Reason.ITEM_REFUSED}, date(2026, 11, 22))
    assert tomllib.loads(told)["screen_reasons"] == [
        {
            "pattern": "see the bindery",
            "reason": "item-refused",
            "how": "observed",
            "source": "kiosk doctor ils, 2026-11-22",
        }
    ]
    assert "# … to …: so little" in told
