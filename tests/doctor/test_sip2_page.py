"""The page for integrators says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from kiosk.circulation.reasons import CATALOGUE
from kiosk.doctor import sip2_page
from kiosk.sip2.messages import MESSAGES
from kiosk.sip2.profiles import load, names

PAGE = sip2_page.page()


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


def test_each_claim_of_each_profile_stands_there_with_its_source():
    for name in names():
        for claim in load(name).claims:
            assert f"| {claim.how} | {claim.source.replace('|', '&#124;')} |" in PAGE, (name, claim)


def test_each_reason_has_its_line():
    for reason, entry in CATALOGUE.items():
        assert re.search(rf"^\| {entry.code} \| `{reason.value}`", PAGE, re.MULTILINE), reason


def test_its_own_links_lead_somewhere():
    heads = {head.lower().replace(" ", "-") for head in re.findall(r"^## (.*)$", PAGE, re.MULTILINE)}
    assert set(re.findall(r"\(#([a-z-]+)\)", PAGE)) == heads
