"""The kiosk of a story, as its settings describe it (docs/laboratory.md says what is shorter than usual)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from kiosk.circulation.policy import AccountRule, PinRule, Policy
from kiosk.ids import IdRules
from kiosk.ils import IlsSettings
from kiosk.journal import JournalSettings
from kiosk.lab.plans import Plan
from kiosk.lab.readers import pad_of
from kiosk.pad import PadSettings, TagSettings
from kiosk.receipts import NetworkPrinter
from kiosk.recorder import RecorderSettings
from kiosk.security_gate import GateLines, GpiodChip, Kind, SwitchSettings
from kiosk.settings import CardSection, GateSection, IlsSection, PrinterSection, Settings


def settings(plan: Plan, folder: Path) -> Settings:
    """The settings of the kiosk in this story; its data goes to `folder`."""
    manners, quick = plan.scenery.ils, plan.quick
    user, password = manners.login or ("", "")
    tags = TagSettings(tag_owners=plan.owners)
    watching = PadSettings(tags=tags)
    if quick:
        watching = replace(watching, poll_pause_s=0.25, reopen_longest_s=2.0)
    return Settings(
        ils=IlsSection(
            "sip2", _ils(manners.institution, user, password, _profile(plan, folder), manners.telnet, quick)
        ),
        pad=pad_of(plan.scenery.reader, watching),
        cards=CardSection("none"),
        printer=PrinterSection("escpos-tcp", tcp=NetworkPrinter("printer"))
        if plan.printer
        else PrinterSection("none"),
        gate=GateSection("gpiod", GpiodChip(), GateLines(pulse_s=0.5 if quick else 3.0))
        if plan.gate
        else GateSection("none"),
        security=SwitchSettings(
            switches=(Kind.AFI, Kind.EAS) if plan.eas else (Kind.AFI,), password=plan.password
        ),
        # with rules that tell items from patrons the journal names a scanned item unsealed, and the
        # judge can find its rows
        ids=IdRules(patron_prefix="21", item_prefix="39"),
        journal=JournalSettings(folder / "data", folder / "journal.key"),
        recorder=RecorderSettings(hours=8.0 if plan.recorded else 0.0),
        policy=Policy(
            mode=plan.mode,
            holds=plan.holds,
            pin=plan.pin if plan.pin is not PinRule.IF_ASKED else PinRule.NEVER,
            idle_s=10.0,
            account_idle_s=15.0,
            account=AccountRule.NO_TITLES if plan.untitled else AccountRule.ALL,
            warning_s=5 if quick else 20,
            farewell_s=5,
            settle_pause_s=1.0 if quick else 4.0,
        ),
    )


def _profile(plan: Plan, folder: Path) -> str:
    """The profile's name, or the path of the library's own, written into `folder`."""
    if not plan.knobs:
        return plan.profile
    how = 'value = true, how = "observed", source = "what this library has seen"'
    own = folder / "own.toml"
    lines = (f'based_on = "{plan.profile}"', *[f"{knob} = {{ {how} }}" for knob in plan.knobs])
    own.write_text("\n".join(lines), encoding="utf-8")
    return str(own)


@lru_cache(maxsize=64)
def _ils(institution: str, user: str, password: str, profile: str, telnet: bool, quick: bool) -> IlsSettings:
    """Made once for each: to check them reads the profile's file. A login at prompts is set by hand."""
    settings = IlsSettings(
        host="ils",
        institution=institution,
        login_user=user,
        login_password=password,
        terminal_login="telnet" if telnet else "",
        profile=profile,
    )
    if quick:
        settings = replace(settings, answer_timeout_s=2.0, question_timeout_s=1.5, backoff_limit_s=4.0)
    return settings
