"""Chains: ids made of what cards and tags carry, and the reason when none comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ids import STEPS, IdRules, Problem, Stage, clean_id, explain

DIGITS = st.text("0123456789", min_size=1, max_size=30)
HEX = st.text("0123456789ABCDEF", min_size=1, max_size=20)

SOME_STEPS = st.one_of(
    st.sampled_from([step for step in STEPS if ":" not in step]),
    st.builds(
        "{}:{}".format,
        st.sampled_from([step[:-5] for step in STEPS if step.endswith(":TEXT")]),
        st.text(min_size=1, max_size=3),
    ),
    st.builds(
        "{}:{}".format,
        st.sampled_from([step[:-2] for step in STEPS if step.endswith(":N")]),
        st.integers(1, 64),
    ),
)


def through(raw: str, *steps: str) -> str | Problem | None:
    last = explain(steps, raw)[-1]
    return last.value if last.problem is None else last.problem


@pytest.mark.parametrize(
    ("raw", "steps", "id_"),
    [
        ("K21000001", ["strip-prefix:K"], "21000001"),
        ("21000001", ["strip-prefix:K"], "21000001"),
        ("21000001#", ["strip-suffix:#"], "21000001"),
        ("K2", ["require-prefix:K", "strip-prefix:K"], "2"),
        ("2", ["require-prefix:K"], Problem.WRONG_PREFIX),
        ("K", ["strip-prefix:K"], Problem.NO_ID),
        ("123", ["require-length:3"], "123"),
        ("123", ["require-length:4"], Problem.WRONG_LENGTH),
        ("12345", ["keep-first:3"], "123"),
        ("12345", ["keep-last:3"], "345"),
        ("12", ["keep-last:3"], Problem.WRONG_LENGTH),
        ("04:11:22", ["remove::"], "041122"),
        ("04-11 22", ["remove:- "], "041122"),
        ("123", ["pad-left:10"], "0000000123"),
        ("0000000123", ["strip-zeros"], "123"),
        ("000", ["strip-zeros"], "0"),
        ("12", ["add-prefix:DE-"], "DE-12"),
        ("ab", ["upper-case"], "AB"),
        ("AB", ["lower-case"], "ab"),
        ("04A1B2C3", ["hex-to-decimal"], "77705923"),
        ("04A1B2C3", ["reverse-bytes", "hex-to-decimal", "pad-left:10"], "3283263748"),
        ("77705923", ["decimal-to-hex"], "04A1B2C3"),
        ("12G4", ["hex-to-decimal"], Problem.NOT_HEX),
        ("12A4", ["decimal-to-hex"], Problem.NOT_DECIMAL),
        ("123", ["reverse-bytes"], Problem.HALF_A_BYTE),
        ("٣٤", ["decimal-to-hex"], Problem.NOT_DECIMAL),
        ("1_0", ["hex-to-decimal"], Problem.NOT_HEX),
        # published examples: Luhn's own, an ISBN-10, an ISSN, an EAN
        ("79927398713", ["check-luhn", "drop-check-digit"], "7992739871"),
        ("79927398710", ["check-luhn"], Problem.WRONG_CHECK_DIGIT),
        ("0306406152", ["check-mod11"], "0306406152"),
        ("080442957X", ["check-mod11", "drop-check-digit"], "080442957"),
        ("0306406153", ["check-mod11"], Problem.WRONG_CHECK_DIGIT),
        ("03178471", ["check-mod11"], "03178471"),
        ("4006381333931", ["check-ean13"], "4006381333931"),
        ("4006381333932", ["check-ean13"], Problem.WRONG_CHECK_DIGIT),
        ("40063813", ["check-ean13"], Problem.WRONG_LENGTH),
        ("7992739871X", ["check-luhn"], Problem.WRONG_CHECK_DIGIT),
        ("799Z7398713", ["check-luhn"], Problem.NOT_DECIMAL),
        ("7", ["check-luhn"], Problem.WRONG_LENGTH),
        ("7992739871", ["add-luhn"], "79927398713"),
        ("030640615", ["add-mod11"], "0306406152"),
        ("400638133393", ["add-ean13"], "4006381333931"),
        ("9" * 64, ["add-prefix:1"], Problem.NO_ID),
        ("12", ["add-prefix:|"], Problem.NO_ID),
        # what stands on a card as a URI; a plain number stays what it is
        ("https://lib.example/p/21000001", ["after-last:/"], "21000001"),
        ("21000001", ["after-last:/"], "21000001"),
        ("urn:lib:21000001", ["after-last::"], "21000001"),
        ("https://lib.example/p/21000001?v=2#x", ["before-first:?", "after-last:/"], "21000001"),
        ("https://lib.example/p/", ["after-last:/"], Problem.NO_ID),
        ("https://lib.example/card?v=2&patron=21000001", ["query:patron"], "21000001"),
        ("https://lib.example/card?patron=2%7C1", ["query:patron"], Problem.NO_ID),
        ("https://lib.example/card?other=1", ["query:patron", "require-prefix:21"], Problem.WRONG_PREFIX),
        ("https://[lib/card?patron=1", ["query:patron"], "https://[lib/card?patron=1"),
        ("https://lib.example/" + "x" * 200 + "/7", ["after-last:/"], "7"),
        ("https://lib.example/" + "x" * 1024 + "/7", ["after-last:/"], Problem.NO_ID),
        ("https://lib.example/" + "x" * 200, ["strip-prefix:https://"], Problem.NO_ID),
    ],
)
def test_each_step(raw: str, steps: list[str], id_: str | Problem) -> None:
    assert through(raw, *steps) == id_


def test_a_library_s_14_digit_barcode() -> None:
    rules = IdRules(
        patron_prefix="2",
        item_prefix="3",
        patron_chain=("require-length:14", "check-luhn"),
        item_chain=("require-length:14", "check-luhn"),
    )
    thirteen = "2123456789012"
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(thirteen)]
    check = -sum(value // 10 + value % 10 for value in doubled) % 10
    assert rules.classify(f"{thirteen}{check}").patron == f"{thirteen}{check}"
    assert rules.classify(f"{thirteen}{(check + 1) % 10}").bad
    assert rules.classify(f"{thirteen}{check}").item is None


def test_a_chain_is_explained_step_by_step() -> None:
    rules = IdRules(patron_length=10, patron_chain=("strip-prefix:K", "reverse-bytes", "hex-to-decimal"))
    assert rules.explain_patron(" K04A1B2C3 ") == (
        Stage("clean", "K04A1B2C3"),
        Stage("strip-prefix:K", "04A1B2C3"),
        Stage("reverse-bytes", "C3B2A104"),
        Stage("hex-to-decimal", "3283263748"),
        Stage("length:10", "3283263748"),
    )
    assert rules.explain_patron("K04A") == (
        Stage("clean", "K04A"),
        Stage("strip-prefix:K", "04A"),
        Stage("reverse-bytes", None, Problem.HALF_A_BYTE),
    )
    assert rules.explain_patron("K04")[-1] == Stage("length:10", None, Problem.WRONG_LENGTH)
    assert rules.explain_item("a\rb") == (Stage("clean", None, Problem.NO_ID),)


@pytest.mark.parametrize(
    "step",
    [
        "",
        "checkluhn",
        "pad-left",
        "pad-left:",
        "pad-left:x",
        "pad-left:0",
        "pad-left:65",
        "strip-prefix:",
        "check-luhn:14",
        "require-length:١",
        "hex-to-decimal ",
        "keep-last:-1",
    ],
)
def test_a_wrong_step_is_named(step: str) -> None:
    with pytest.raises(ValueError, match=r"item_chain: .*step '") as caught:
        IdRules(item_chain=("check-luhn", step))
    assert repr(step) in str(caught.value)


def test_what_is_allowed_is_said() -> None:
    with pytest.raises(ValueError, match=r"patron_chain: no step 'luhn'; .*check-luhn.*") as caught:
        IdRules(patron_chain=("luhn",))
    assert all(step in str(caught.value) for step in STEPS)


@given(st.lists(SOME_STEPS, max_size=5), st.text())
def test_no_chain_raises_or_lets_harm_through(chain: list[str], raw: str) -> None:
    rules = IdRules(patron_chain=tuple(chain), item_pattern=r"\d*", item_chain=tuple(chain))
    passed = rules.patron_of(raw)
    assert passed is None or clean_id(passed) == passed
    stages = rules.explain_patron(raw)
    assert [(each.value is None) == (each.problem is not None) for each in stages] == [True] * len(stages)
    assert all(each.problem is None for each in stages[:-1])
    assert stages[-1].value == passed
    assert rules.item_of(raw) in {None, passed}


@given(HEX)
def test_hex_and_decimal_and_back(raw: str) -> None:
    width = len(raw)
    assert through(raw, "hex-to-decimal", "decimal-to-hex", "strip-zeros", f"pad-left:{width}") == raw


@given(HEX.filter(lambda raw: len(raw) % 2 == 0))
def test_bytes_reversed_twice(raw: str) -> None:
    assert through(raw, "reverse-bytes", "reverse-bytes") == raw
    assert through(raw, "reverse-bytes") == bytes.fromhex(raw)[::-1].hex().upper()


@given(DIGITS, st.sampled_from(["luhn", "mod11"]), st.data())
def test_check_digits_find_every_single_wrong_digit(raw: str, kind: str, data: st.DataObject) -> None:
    whole = through(raw, f"add-{kind}")
    assert isinstance(whole, str)
    assert through(whole, f"check-{kind}") == whole
    place = data.draw(st.integers(0, len(raw) - 1))
    wrong = data.draw(st.sampled_from([each for each in "0123456789" if each != raw[place]]))
    spoiled = whole[:place] + wrong + whole[place + 1 :]
    # a weight that 11 divides (place 11 of 10 and more digits) hides a wrong digit from mod 11
    if kind == "luhn" or (len(raw) - place + 1) % 11:
        assert through(spoiled, f"check-{kind}") == Problem.WRONG_CHECK_DIGIT


def test_a_uid_has_a_chain_of_its_own_where_one_is_set() -> None:
    plain = IdRules(patron_chain=("check-luhn",), uid_chain=("reverse-bytes", "hex-to-decimal"))
    assert plain.explain_uid("04A1B2C3")[-1].value == "3283263748"
    assert plain.patron_of("79927398713") == "79927398713"
    assert IdRules(patron_chain=("lower-case",)).explain_uid("04A1B2C3")[-1].value == "04a1b2c3"
    with pytest.raises(ValueError, match="uid_chain: no step"):
        IdRules(uid_chain=("turn",))
