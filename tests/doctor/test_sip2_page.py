"""The page for integrators says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from kiosk.circulation.reasons import CATALOGUE
from kiosk.doctor import sip2_page
from kiosk.doctor.sip2_told import BY_FIELDS, SENT
from kiosk.ils.reading import HOLD_WORDS, RENEWAL_WORDS, RETURN_WORDS, WORDS
from kiosk.sip2 import Request, RequestAcsResend
from kiosk.sip2.messages import MESSAGES
from kiosk.sip2.profiles import load, names

PAGE = sip2_page.page()

ALL_WORDS = WORDS | RENEWAL_WORDS | HOLD_WORDS | RETURN_WORDS


def test_the_page_is_up_to_date():
    """`python -m kiosk.doctor.sip2_page > docs/sip2.md`"""
    docs = Path(__file__).resolve().parents[2] / "docs"
    assert (docs / "sip2.md").read_text(encoding="utf-8") == PAGE


def test_each_message_stands_there_with_its_fields():
    for code, kind in MESSAGES.items():
        chapter = re.search(rf"^### {code} {kind.__name__}$(.*?)^##", PAGE, re.MULTILINE | re.DOTALL)
        assert chapter, code
        for spec in kind.specs:
            assert f"| `{spec.name}` |" in chapter[1], (code, spec.name)


def test_each_question_stands_there_with_the_moment_when_it_is_asked():
    asked = {code for code, kind in MESSAGES.items() if issubclass(kind, Request | RequestAcsResend)}
    assert set(SENT) == asked
    for code in asked:
        assert re.search(rf"^\| {code} \| .*{re.escape(SENT[code])}", PAGE, re.MULTILINE), code


def test_each_claim_of_each_profile_stands_there_with_its_source():
    for name in names():
        for claim in load(name).claims:
            assert f"| {claim.how} | {claim.source.replace('|', '&#124;')} |" in PAGE, (name, claim)


def test_each_reason_has_its_line():
    for reason, entry in CATALOGUE.items():
        assert re.search(rf"^\| {entry.code} \| `{reason.value}`", PAGE, re.MULTILINE), reason


def test_a_reason_that_words_or_flags_choose_says_which():
    for reason in ALL_WORDS | set(BY_FIELDS):
        line = re.search(rf"^\| \S+ \| `{reason.value}`[^|]*\|[^|]*\|([^|]*)\|", PAGE, re.MULTILINE)
        assert line, reason
        assert line[1].strip(), reason


def test_its_own_links_lead_somewhere():
    heads = {head.lower().replace(" ", "-") for head in re.findall(r"^## (.*)$", PAGE, re.MULTILINE)}
    assert set(re.findall(r"\(#([a-z-]+)\)", PAGE)) == heads
