"""Profiles: what is shipped, what a library writes itself, and how each thing is known."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from kiosk.sip2 import Profile, ProfileError
from kiosk.sip2.profiles import (
    BY_THE_STANDARD,
    CHOICES,
    OURS,
    SHORTEST_WAIT_S,
    Claim,
    Evidence,
    NamedPattern,
    find,
    from_table,
    load,
    load_file,
    names,
    profile,
)

SHIPPED = names()

MAKES = ("alma", "eos", "evergreen", "folio", "horizon", "koha", "polaris", "sierra", "symphony", "voyager")

KNOBS = [each for each in dataclasses.fields(Profile) if each.init and each.name not in {"name", "claims"}]

LISTS = {"screen_noise", "screen_reasons"}


def said(value, how="observed", source="seen"):
    return {"value": value, "how": how, "source": source}


# ---- what is shipped ----------------------------------------------------------------------------


def test_ten_makes_and_the_standard_are_shipped():
    assert set(SHIPPED) == {*MAKES, "standard"}


@pytest.mark.parametrize("name", SHIPPED)
def test_each_knob_of_a_shipped_profile_is_claimed_inherited_from_the_standard_or_assumed(name):
    shipped = load(name)
    assert shipped.name == name
    assert all(claim.source.strip() for claim in shipped.claims)
    claimed = {claim.knob for claim in shipped.claims}
    for knob in KNOBS:
        if knob.name not in claimed | OURS | set(shipped.assumed):
            assert knob.name in BY_THE_STANDARD
            assert getattr(shipped, knob.name) == getattr(load("standard"), knob.name)


def test_the_standard_itself_claims_each_knob():
    claimed = {claim.knob for claim in load("standard").claims}
    assert claimed == {knob.name for knob in KNOBS} - OURS


def test_what_is_inherited_of_evidence_is_what_the_document_says():
    documented = {
        claim.knob: claim.source
        for claim in load("standard").claims
        if claim.how is Evidence.DOCUMENTED and claim.knob not in LISTS
    }
    assert documented.keys() == BY_THE_STANDARD
    for source in documented.values():
        assert source.startswith("3M SIP 2.00 rev. 2.12")


@pytest.mark.parametrize("name", SHIPPED)
def test_what_differs_from_the_standard_is_claimed(name):
    shipped, claimed = load(name), {claim.knob for claim in load(name).claims}
    for knob in KNOBS:
        if getattr(shipped, knob.name) != knob.default and knob.name not in LISTS:
            assert knob.name in claimed, knob.name


@pytest.mark.parametrize("name", SHIPPED)
def test_who_assumes_something_does_not_call_it_observed(name):
    for claim in load(name).claims:
        looked = "nobody has looked" in claim.source or "no public word" in claim.source
        assert claim.how is Evidence.ASSUMED if looked else True, claim


def test_nothing_about_koha_is_assumed_and_nearly_everything_about_eos():
    assert load("koha").assumed == ()
    assert set(load("eos").assumed) == {knob.name for knob in KNOBS} - OURS - {
        "delimiter",
        "terminator",
        "no_block",
        "empty_passwords",
    }


def test_what_was_seen_of_one_make_is_only_assumed_of_another_that_says_nothing_of_it():
    assert {"nb_due", "alert_types", "login_prompt"} <= set(from_table("mine", {}).assumed)
    koha = {claim.knob: claim.how for claim in load("koha").claims}
    assert koha["nb_due"] is Evidence.OBSERVED
    assert "nb_due" not in from_table("mine", {"based_on": "koha"}).assumed


def test_one_alert_type_that_is_known_does_not_vouch_for_the_others():
    known = {"01": said("hold-here"), "04": said("transit")}
    assert "alert_types" in from_table("mine", {"alert_types": known}).assumed
    rest = {number: said(meaning) for number, meaning in load("standard").alert_types}
    assert "alert_types" not in from_table("mine", {"alert_types": rest}).assumed
    assert "alert_types" not in from_table("mine", {"based_on": "koha", "alert_types": known}).assumed


@pytest.mark.parametrize("name", MAKES)
def test_a_make_s_own_words_stand_before_those_of_all(name):
    own = [claim.about for claim in load(name).claims if claim.knob == "screen_reasons"]
    patterns = [one.pattern for one in load(name).screen_reasons]
    assert patterns[: len(own)] == own
    assert patterns[len(own) :] == [one.pattern for one in load("standard").screen_reasons]


@pytest.mark.parametrize("name", SHIPPED)
def test_no_pattern_takes_long_over_a_long_text(name):
    # A nested repetition would run for years on one of these.
    texts = ("a" * 255, "to " * 85, "x y " * 64, "_" * 255, "on hold " * 30)
    shipped = load(name)
    for text in texts:
        shipped.without_noise(text)
        shipped.reason_of(text)


def test_evergreen_counts_all_holds_and_gets_no_windows():
    evergreen, koha = load("evergreen"), load("koha")
    assert (evergreen.hold_count, evergreen.paging) == ("all", "none")
    assert (koha.hold_count, koha.paging) == ("waiting", "window")


@pytest.mark.parametrize(
    ("name", "noise"),
    [
        ("koha", "Greetings from Koha. "),
        ("koha", "Thank you !"),
        ("evergreen", "Thank you!"),
        ("symphony", "OK"),
        ("polaris", "Patron status is ok."),
        ("voyager", "Item Info retrieved successfully."),
    ],
)
def test_what_an_ils_says_on_every_occasion_is_dropped(name, noise):
    assert load(name).without_noise(noise) == ""


def test_each_knob_is_explained():
    source = Path(profile.__file__).read_text(encoding="utf-8")
    for knob in KNOBS:
        assert re.search(rf'^    {knob.name}: .*\n    """', source, re.MULTILINE), knob.name


# ---- a library's own ------------------------------------------------------------------------------

OWN = """
based_on = "koha"
charset = { value = "cp850", how = "observed", source = "titles of ours" }
due_formats = { value = ["%d.%m.%Y"], how = "observed", source = "receipts" }
timeout_floor_s = { value = 12, how = "observed", source = "a slow link" }

[alert_types]
"05" = { value = "ill", how = "documented", source = "our supplier" }

[[screen_reasons]]
pattern = 'darf das Haus nicht verlassen'
reason = "library-use"
how = "observed"
source = "our refusals"

[[screen_noise]]
pattern = 'Willkommen!'
how = "observed"
source = "every 64"
"""


def test_a_library_s_own_file_builds_on_a_shipped_profile(tmp_path):
    path = tmp_path / "lanternfield.toml"
    path.write_text(OWN, encoding="utf-8")
    own = find(str(path))
    assert own == load_file(path)
    assert (own.name, own.charset, own.timeout_floor_s) == ("lanternfield", "cp850", 12.0)
    assert own.due_formats == ("%d.%m.%Y",)
    assert dict(own.alert_types)["05"] == "ill"
    assert dict(own.alert_types)["01"] == "hold-here"
    assert own.reason_of("Darf das Haus nicht verlassen") == "library-use"
    assert own.reason_of("Item cannot be issued: TOO_MANY") == "too-many-loans"
    assert own.without_noise("Willkommen! Greetings") == "Greetings"
    charsets = [claim for claim in own.claims if claim.knob == "charset"]
    assert charsets == [Claim("charset", Evidence.OBSERVED, "titles of ours")]
    assert Claim("alert_types", Evidence.DOCUMENTED, "our supplier", "05") in own.claims
    assert "hold_count" in {claim.knob for claim in own.claims}


def test_without_a_base_it_builds_on_the_standard_and_claims_only_its_own():
    own = from_table("mine", {"hold_count": said("all", "assumed", "no idea"), "charset": said("cp850")})
    assert {"hold_count", "due_formats", "screen_reasons"} <= set(own.assumed)
    assert not {"charset", "delimiter", "paging"} & set(own.assumed)
    assert own.claims == (
        Claim("hold_count", Evidence.ASSUMED, "no idea"),
        Claim("charset", Evidence.OBSERVED, "seen"),
    )
    assert own.screen_reasons == load("standard").screen_reasons


def test_a_shipped_profile_is_found_by_its_name():
    assert find("koha") is load("koha")


@pytest.mark.parametrize(
    ("table", "remedy"),
    [
        ({"nonsense": said(1)}, "nonsense: there is no such key"),
        ({"name": said("x")}, "name: there is no such key"),
        ({"charset": "cp850"}, r"charset: 'cp850' must be written as \{ value = "),
        ({"charset": said(5)}, "charset: 5 is not a text"),
        ({"charset": said("klingon")}, "charset: 'klingon' is no charset.*to 'utf-8'"),
        ({"charset": said("utf-16")}, "charset: 'utf-16' does not write ASCII as it is"),
        ({"charset": {"value": "cp850", "source": "x"}}, "charset: how: None is none of observed"),
        ({"charset": said("cp850", "seen")}, "charset: how: 'seen' is none of observed, documented, assumed"),
        ({"charset": said("cp850", source=" ")}, "charset: source: say where"),
        ({"charset": {"how": "observed", "source": "x"}}, "charset: has no value"),
        ({"charset": said("cp850") | {"who": "I"}}, "charset: who: there is no such key"),
        ({"timeout_floor_s": said("ten")}, "timeout_floor_s: 'ten' is not a number"),
        (
            {"timeout_floor_s": said(9.9)},
            "timeout_floor_s: 9.9 is too short.*; say 10 or more, or leave it out",
        ),
        ({"keepalive_s": said(0)}, "keepalive_s: 0 must be more than 0 seconds"),
        ({"question_timeout_s": said(float("nan"))}, "question_timeout_s: nan must be more than 0"),
        ({"connect_timeout_s": said(float("inf"))}, "connect_timeout_s: inf must be more than 0"),
        ({"no_block": said("always")}, "no_block: 'always' is none of never, returns"),
        ({"empty_passwords": said(True)}, "empty_passwords: True is not a text"),
        ({"error_detection": said(1)}, "error_detection: 1 is not true or false"),
        ({"resends_at_most": said(1.5)}, "resends_at_most: 1.5 is not a whole number"),
        ({"resends_at_most": said(-1)}, "resends_at_most: -1 must not be less than 0"),
        ({"due_formats": said("%d")}, "due_formats: '%d' is no list of texts"),
        ({"terminator": said("\n")}, "terminator: .*neither CR"),
        ({"delimiter": said("\n")}, "delimiter: .*such as"),
        ({"paging": said("some")}, "paging: 'some' is none of window, none"),
        ({"alert_alone": said("shelf")}, "alert_alone: 'shelf' is none of hold-here"),
        ({"alert_types": {"05": said("shelf")}}, "alert_types: 05: 'shelf' is none of hold-here"),
        ({"alert_types": {"05": said(5)}}, "alert_types: 05: 5 is no text"),
        ({"alert_types": {"05": "ill"}}, "alert_types: 05: 'ill' must be written as"),
        ({"alert_types": ["05"]}, r"alert_types: is written as \[alert_types\]"),
        ({"expiry_field": said("P")}, "expiry_field: 'P' is no field id"),
        ({"login_prompt": said("(")}, r"login_prompt: '\(' is no pattern"),
        ({"screen_noise": said("x")}, r"screen_noise: is written as \[\[screen_noise\]\]"),
        ({"screen_noise": [{"pattern": "x"}]}, "screen_noise: how: None is none of"),
        (
            {"screen_noise": [{"pattern": "(", "how": "observed", "source": "x"}]},
            "screen_noise: .*no pattern",
        ),
        ({"screen_reasons": [{"pattern": "x"}]}, "screen_reasons: each .* needs pattern and reason"),
        ({"based_on": "aleph"}, "based_on: 'aleph' is none of alma"),
    ],
)
def test_what_cannot_be_is_named_with_its_remedy(table, remedy):
    with pytest.raises(ProfileError, match=remedy):
        from_table("mine", table)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ProfileError, match=r"gone\.toml: cannot be read"):
        load_file(tmp_path / "gone.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("charset = ")
    with pytest.raises(ProfileError, match=r"broken\.toml: is not TOML"):
        load_file(broken)
    broken.write_bytes(b"\xff")
    with pytest.raises(ProfileError, match=r"broken\.toml: cannot be read"):
        load_file(broken)
    broken.write_text('charset = "x"')
    with pytest.raises(ProfileError, match=r"broken\.toml: charset: 'x' must be"):
        load_file(broken)


def test_an_unknown_name_says_which_there_are():
    with pytest.raises(ProfileError, match=r"'aleph'; there are: alma, .*\.toml"):
        load("aleph")


# ---- what a profile does -----------------------------------------------------------------------------


def test_what_the_library_itself_says_is_no_assumption_any_more():
    before = load("eos")
    told = before.told({"charset": "cp850", "alert_alone": "none"}, "kiosk.toml")
    assert (told.charset, told.alert_alone) == ("cp850", "none")
    assert set(before.assumed) - set(told.assumed) == {"charset", "alert_alone"}
    assert Claim("charset", Evidence.DOCUMENTED, "kiosk.toml") in told.claims


def test_what_the_library_says_of_one_alert_type_leaves_the_others_as_they_were():
    told = load("folio").told({"alert_types": [("05", "ill"), ("99", "none")]}, "kiosk.toml")
    assert dict(told.alert_types) == dict(load("folio").alert_types) | {"05": "ill", "99": "none"}
    assert "alert_types" in told.assumed
    mine = {(claim.about, claim.source) for claim in told.claims if claim.knob == "alert_types"}
    assert mine == {("05", "kiosk.toml"), ("99", "kiosk.toml")}


def test_a_profile_with_alerts_of_its_own():
    own = from_table(
        "mine",
        {"alert_types": {"05": said("ill"), "00": said("none")}, "alert_alone": said("none")},
    )
    assert own.alert_of(True, "05", elsewhere=False) == "ill"
    assert own.alert_of(True, "00", elsewhere=True) == "none"
    assert own.alert_of(True, "04", elsewhere=False) == "transit"
    assert own.alert_of(True, None, elsewhere=False) == "none"
    assert own.alert_of(True, None, elsewhere=True) == "transit"


def test_the_first_pattern_that_matches_counts():
    own = Profile(screen_reasons=(NamedPattern("one", "a"), NamedPattern(".", "b")))
    assert [own.reason_of(text) for text in ("ONE", "two", "")] == ["a", "b", None]


def test_nobody_waits_less_than_ten_seconds_for_a_loan():
    assert SHORTEST_WAIT_S == 10.0
    for name in SHIPPED:
        assert load(name).timeout_floor_s >= SHORTEST_WAIT_S


def test_each_default_is_one_of_the_choices():
    defaults = {each.name: each.default for each in KNOBS}
    for knob, choices in CHOICES.items():
        assert defaults[knob] in choices


def test_shipped_files_hold_nothing_but_profiles():
    folder = Path(profile.__file__).parent
    for path in folder.glob("*.toml"):
        assert tomllib.loads(path.read_text(encoding="utf-8"))
