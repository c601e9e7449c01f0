"""The profile that the doctor proposes, as TOML: what was observed, and the rest as it was claimed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date

from kiosk.doctor.findings import Observed
from kiosk.doctor.toml import toml
from kiosk.ils.settings import IlsSettings
from kiosk.sip2.profiles import OURS, Claim, Evidence, Profile, load, names

HEAD = """\
# Proposed by kiosk doctor ils, {today:%Y-%m-%d}. Save it beside the settings file and name its path:
# [ils] profile = "/etc/kiosk/ours.toml". What [ils] itself says of charset, delimiter and the like still
# counts before it.
"""

ROWS = ("screen_noise", "screen_reasons")


def proposal(settings: IlsSettings, profile: Profile, observed: Mapping[str, Observed], today: date) -> str:
    """A profile in the form of `kiosk.sip2.profiles.files`.

    It is based on the shipped one that the settings name, and holds what differs from that and what was
    observed. Where they name a file, all that the file claims is written out, since a profile can only be
    based on a shipped one.
    """
    shipped = settings.profile in names()
    base = load(settings.profile if shipped else "standard")
    claims = {one.knob: one for one in profile.claims if not one.about}
    lines = [HEAD.format(today=today), f'based_on = "{base.name}"', ""]
    source = f"kiosk doctor ils, {today:%Y-%m-%d}"
    for each in dataclasses.fields(Profile):
        if not each.init or each.name in {"name", "claims", "alert_types", *ROWS, *OURS}:
            continue
        value = getattr(profile, each.name)
        if (seen := observed.get(each.name)) is not None:
            lines.append(_knob(each.name, seen.value, Evidence.OBSERVED, f"{source}: {seen.by}"))
        elif value != getattr(base, each.name) or (not shipped and each.name in claims):
            claim = claims.get(each.name) or Claim(each.name, Evidence.DOCUMENTED, "our settings")
            lines.append(_knob(each.name, value, claim.how, claim.source))
    lines += _alerts(profile, base)
    if not shipped:
        lines += _rows(profile, base)
    return "\n".join(lines) + "\n"


def _knob(name: str, value: object, how: Evidence, source: str) -> str:
    return f"{name} = {{ value = {toml(value)}, how = {toml(how.value)}, source = {toml(source)} }}"


def _alerts(profile: Profile, base: Profile) -> Iterator[str]:
    claims = {one.about: one for one in profile.claims if one.knob == "alert_types"}
    known = dict(base.alert_types)
    changed = [(number, meaning) for number, meaning in profile.alert_types if known.get(number) != meaning]
    if changed:
        yield ""
        yield "[alert_types]"
    for number, meaning in changed:
        claim = claims.get(number) or Claim("alert_types", Evidence.DOCUMENTED, "our settings")
        yield _knob(toml(number), meaning, claim.how, claim.source)


def _rows(profile: Profile, base: Profile) -> Iterator[str]:
    """The patterns that a library's own file has, in their order."""
    inherited = {(one.knob, one.about) for one in base.claims}
    reasons = {one.pattern: one.reason for one in reversed(profile.screen_reasons)}
    for claim in profile.claims:
        if claim.knob not in ROWS or (claim.knob, claim.about) in inherited:
            continue
        yield ""
        yield f"[[{claim.knob}]]"
        yield f"pattern = {toml(claim.about)}"
        if claim.knob == "screen_reasons":
            yield f"reason = {toml(reasons[claim.about])}"
        yield f"how = {toml(claim.how.value)}"
        yield f"source = {toml(claim.source)}"
