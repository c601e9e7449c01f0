"""What an ILS says and no rule knows is kept for staff, without anything that tells of whom it spoke."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.circulation.values import Untrusted
from kiosk.ils import Unheard
from kiosk.ils.unheard import GAP, KEPT_MOST, KNOWN_WORDS, LONGEST, scrubbed
from kiosk.sip2.profiles import load

KOHA = load("koha")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("This policy forbids it on Sundays", "This policy forbids it on …"),
        ("ERR_NO_POLICY (see rule 12)", "ERR_NO_POLICY (see rule …"),
        # who and what was meant
        ("Not for Stuart, Rebecca today", "Not for … today"),
        ("Item not available to Émilie Brontë", "Item not available to …"),
        ("ITEM NOT CHECKED OUT TO ALICE SHELDON", "ITEM NOT CHECKED OUT TO …"),
        ("The Long Way to a Small, Angry Planet is odd", "The … to a … is odd"),
        ("see 'the key of the attic' there", "see … there"),
        ("write to anna.kern@example.org or call 0361/55 12", "write to … or call …"),
        ("card 21000001 of 1.2.1990, owes 12.50", "card … of … owes …"),
        ("21000001", "…"),
        ("هذا الكتاب محجوز لمحمد", "…"),
        ("Ausgeliehen an Frau Kern bis 3.4.", "Ausgeliehen an … bis …"),
        ("a\x00b\u202ec", "…"),
    ],
)
def test_only_words_that_are_no_names_are_left(text, left):
    assert scrubbed(text) == left


def test_names_and_titles_that_are_known_go_however_they_are_written():
    text = "sorry, anna kern, moby dick is odd"
    assert scrubbed(text, "Kern, Anna", "Moby-Dick; or, The Whale") == "sorry, … is odd"
    assert scrubbed("sorry, anna-maria", "Anna Maria Kern") == "sorry, …"


@given(st.text(max_size=600), st.text(max_size=40))
def test_whatever_is_kept_is_short_and_printable(text, secret):
    left = scrubbed(text, secret)
    assert len(left) <= LONGEST
    assert left.isprintable()
    assert not any(ch.isdigit() for ch in left)
    words = {word.casefold() for word in secret.split() if word.isalpha()} - KNOWN_WORDS
    assert not words & {word.casefold() for word in left.split()}


def test_what_a_rule_knows_is_not_kept():
    unheard = Unheard()
    unheard.hear(None, KOHA)
    unheard.hear(Untrusted("Patron Blocked"), KOHA)
    unheard.hear(Untrusted("21000001"), KOHA)
    assert unheard.kept == ()


def test_the_same_words_are_counted():
    unheard = Unheard()
    for number in (21000001, 21000002):
        unheard.hear(Untrusted(f"Closed stacks: ask {number}"), KOHA)
    unheard.hear(Untrusted("quite another thing"), KOHA)
    assert [(each.text, each.times) for each in unheard.kept] == [
        ("quite another thing", 1),
        (f"{GAP} stacks: ask {GAP}", 2),
    ]


def test_no_more_than_a_few_are_kept_and_the_oldest_goes():
    unheard = Unheard()
    for letter in "abcdefghijklmnopqrstuvwxyz":
        unheard.hear(Untrusted(f"odd thing {letter * 3}"), KOHA)
    texts = [each.text for each in unheard.kept]
    assert len(texts) == KEPT_MOST
    assert texts[0] == "odd thing zzz"
    assert "odd thing aaa" not in texts
