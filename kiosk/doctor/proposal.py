"""The profile that the doctor proposes, as TOML: each knob with its evidence."""

from __future__ import annotations

import dataclasses
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from kiosk.doctor.findings import Change, Observed
from kiosk.doctor.toml import toml
from kiosk.ils.settings import IlsSettings
from kiosk.sip2.profiles import (
    BY_THE_STANDARD,
    KNOBS,
    OURS,
    Claim,
    Evidence,
    Profile,
    find,
    from_table,
    load,
    names,
)

HEAD: Final = """\
# Proposed by kiosk doctor ils, {today:%Y-%m-%d}. Save it beside the settings file and name its path:
# [ils] profile = "/etc/kiosk/ours.toml". What [ils] itself says of charset, delimiter and the like still
# counts before it. Behind each line that was not seen at work stands whose claim it is.
"""

STANDARD: Final = "standard"

ROWS: Final = ("screen_noise", "screen_reasons")

SEEN: Final = "Seen at work now"

SECTIONS: Final[Mapping[Evidence, str]] = {
    Evidence.OBSERVED: "Not seen now; observed before, or of this make elsewhere",
    Evidence.DOCUMENTED: "Not seen; documented by the make, or by the standard that it professes to follow",
    Evidence.ASSUMED: "Not seen, and only assumed",
}


class Proposal(NamedTuple):
    """A profile as TOML, and what is read from it: the profile itself, and where it differs from the present
    one."""

    text: str
    profile: Profile
    changes: tuple[Change, ...]


def proposal(
    settings: IlsSettings, profile: Profile, observed: Mapping[str, Observed], today: date
) -> Proposal:
    """A profile in the form of `kiosk.sip2.profiles.files`, with all knobs that say something of an ILS.

    What was observed counts before the present `profile`, whose claims are inherited word by word. It is
    based on the shipped profile that the settings name, or that their file is based on; all rows of a file
    are written out.
    """
    shipped = settings.profile in names()
    based_on = settings.profile if shipped else _based_on(settings.profile)
    base = load(based_on or STANDARD)
    lines = [HEAD.format(today=today), *([f'based_on = "{based_on}"'] if based_on else [])]
    seen_now: list[str] = []
    written: dict[Evidence, list[str]] = {how: [] for how in SECTIONS}
    for knob in KNOBS:
        if knob in OURS or knob in ROWS or knob == "alert_types":
            continue
        if (seen := observed.get(knob)) is not None:
            claim = Claim(knob, Evidence.OBSERVED, f"kiosk doctor ils, {today:%Y-%m-%d}: {seen.by}")
            seen_now.append(_knob(knob, seen.value, claim))
        else:
            claim = _inherited(profile, base, knob)
            line = _knob(knob, getattr(profile, knob), claim)
            written[claim.how].append(f"{line}  # {_whose(claim, profile, base)}")
    lines += ["", f"# {SEEN}", *seen_now] if seen_now else []
    for how, heading in SECTIONS.items():
        lines += ["", f"# {heading}", *written[how]] if written[how] else []
    lines += ["", *_of_ours(settings.profile, base), *_about_rows(profile, base)]
    lines += ["", "[alert_types]", *_alerts(profile, base)]
    lines += [] if shipped else _rows(profile, base)
    text = "\n".join(lines) + "\n"
    proposed = from_table("proposed", tomllib.loads(text))
    return Proposal(text, proposed, tuple(_changes(settings.sip_profile(), proposed)))


def _based_on(file: str) -> str | None:
    """The shipped profile that a library's own is based on, if it is."""
    said = tomllib.loads(Path(file).read_text("utf-8")).get("based_on")
    return said if isinstance(said, str) else None


def _knob(name: str, value: object, claim: Claim) -> str:
    return (
        f"{name} = {{ value = {toml(value)}, how = {toml(claim.how.value)}, source = {toml(claim.source)} }}"
    )


def _inherited(profile: Profile, base: Profile, knob: str, about: str = "") -> Claim:
    """What the profile claims of a knob; where it is silent, by the rule of `Profile.assumed`."""
    for claim in profile.claims:
        if (claim.knob, claim.about) == (knob, about):
            return claim
    said = next((one for one in load(STANDARD).claims if (one.knob, one.about) == (knob, about)), None)
    source = said.source if said is not None else "a default"
    if knob in BY_THE_STANDARD:
        return Claim(knob, Evidence.DOCUMENTED, source, about)
    return Claim(knob, Evidence.ASSUMED, f"{base.name} does not say; standard has: {source}", about)


def _whose(claim: Claim, profile: Profile, base: Profile) -> str:
    """Who claims it: a shipped profile, the library's own, or its settings."""
    if claim in profile.claims and claim not in base.claims:
        shipped = (name for name in names() if claim in load(name).claims)
        return next(shipped, "[ils] or a profile of this library")
    return base.name if claim in base.claims else STANDARD


def _of_ours(named: str, base: Profile) -> Iterator[str]:
    """How patient the kiosk is says nothing of an ILS; what the library's own file says of it is kept."""
    own = find(named)
    claims = {one.knob: one for one in own.claims}
    kept = [knob for knob in KNOBS if knob in OURS and getattr(own, knob) != getattr(base, knob)]
    for knob in kept:
        yield _knob(knob, getattr(own, knob), claims[knob])
    rest = ", ".join(f"{knob} = {toml(getattr(base, knob))}" for knob in KNOBS if knob in OURS - {*kept})
    yield "# No claims about a library system, but what the kiosk does itself, left as it is:"
    yield f"# {rest}"


def _about_rows(profile: Profile, base: Profile) -> Iterator[str]:
    """How the patterns are known, which are inherited as they are."""
    yield "# What screen messages mean is inherited too:"
    for knob in ROWS:
        mine = [one for one in profile.claims if one.knob == knob]
        seen = {one.about for one in mine}
        theirs = [one for one in load(STANDARD).claims if one.knob == knob and one.about not in seen]
        counts = Counter(one.how for one in mine)
        told = [f"{counts[how]} {how}" for how in SECTIONS if counts[how]]
        told += [f"{len(theirs)} of standard, so assumed of this make"] if theirs else []
        yield f"# {knob}: {', '.join(told) or 'none'} ({base.name})"


def _alerts(profile: Profile, base: Profile) -> Iterator[str]:
    for number, meaning in profile.alert_types:
        claim = _inherited(profile, base, "alert_types", number)
        yield f"{_knob(toml(number), meaning, claim)}  # {_whose(claim, profile, base)}"


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


def _changes(present: Profile, proposed: Profile) -> Iterator[Change]:
    for each in dataclasses.fields(Profile):
        if each.name in KNOBS and each.name not in OURS | {*ROWS}:
            before, after = getattr(present, each.name), getattr(proposed, each.name)
            if before != after:
                yield Change(each.name, before, after)
