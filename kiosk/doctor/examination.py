"""The examination of an ILS: it is asked what it can do, and nothing in it is changed.

Only 93, 99, 17, 63 and 97 are sent, and one 99 with a wrong checksum. A PIN is sent as often as 63 is, but
only as long as the ILS calls it right: a wrong one is said once, since accounts are locked after a few.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.doctor import opening, rounds, trailers
from kiosk.doctor.assumptions import evidence_of, still_assumed
from kiosk.doctor.charsets import charset_of
from kiosk.doctor.duedates import layout_of
from kiosk.doctor.exercise import Exercise
from kiosk.doctor.findings import Finding, IlsReport, Latency, Observed, State
from kiosk.doctor.line import GaveUp, Line, NoWay
from kiosk.doctor.patron_look import PatronLook
from kiosk.doctor.proposal import proposal
from kiosk.doctor.refusals import rules, unknown_texts
from kiosk.ils.forms import Forms
from kiosk.ils.notes import clean
from kiosk.ils.settings import IlsSettings
from kiosk.sip2.dates import moment_of
from kiosk.sip2.fields import CirculationStatus
from kiosk.sip2.link import OpenWire, Tap, no_tap
from kiosk.sip2.messages import CheckoutResponse, ItemInformationResponse

ALL_AT_MOST_S: Final = 150.0
"""For all of it: somebody sits there and waits."""

MASK: Final = "***"


@dataclass(frozen=True)
class About:
    """Whom and what to ask about: a test patron, their PIN, an item. All may be left out. `exercise`: lend
    that item to that patron, and take it back."""

    patron: PatronId | None = None
    pin: Pin | None = None
    item: ItemKey | None = None
    exercise: bool = False


class Examination:
    """One look at an ILS; `run` it once."""

    def __init__(
        self,
        settings: IlsSettings,
        open_wire: OpenWire,
        wall: Callable[[], float],
        about: About,
        *,
        say: Callable[[str], None] = lambda said: None,
        tap: Tap = no_tap,
    ) -> None:
        """Needs a running loop. `wall`: seconds since 1970; `say` hears what somebody must know at once."""
        self.findings: list[Finding] = []
        self.knobs: dict[str, Observed] = {}
        self._settings = settings
        self._wall = wall
        self._about = about
        self._pin = about.pin
        self._pin_wrong = False
        self._open_wire = open_wire
        self._say = say
        self._tap = tap
        self._line = Line(settings, open_wire, tap)
        self._secrets = [about.patron.value] if about.patron else []
        self._secrets += [about.pin.value] if about.pin else []
        self._secrets += [about.item.id] if about.item else []

    async def run(self) -> IlsReport:
        """Look at everything that can be looked at. Never raises for what the ILS does, and ends in two and a
        half minutes, whatever it does not do."""
        reached = False
        try:
            async with asyncio.timeout(ALL_AT_MOST_S):
                reached = await self._reach()
                if reached:
                    await self._questions()
        except GaveUp as trouble:
            self._find("patience", State.FAILED, f"It stopped answering ({trouble}); no more was asked")
        except NoWay as trouble:
            self._find("patience", State.FAILED, f"No new connection: {trouble}; no more was asked")
        except TimeoutError:
            text = f"Not all was asked within {ALL_AT_MOST_S:.0f} s: it answers very slowly"
            self._find("patience", State.FAILED, text)
        finally:
            await self._line.close()
        if self._about.exercise:
            await self._exercise(able=reached)
        if reached:
            self._due_dates()
            self._from_bytes()
        return self._report(reached=reached)

    def _report(self, *, reached: bool) -> IlsReport:
        profile, took = self._line.profile, self._line.took
        today = moment_of(self._wall(), profile.date_zone).date()
        blocking = self._settings.blocking_flags
        texts = unknown_texts(self._line.answers, blocking, profile, self._secrets)
        report = IlsReport(
            self._settings.profile,
            tuple(self.findings),
            tuple(Latency.of(code, took[code]) for code in sorted(took) if took[code]),
            tuple(texts),
            rules(texts, today),
        )
        if not reached:
            return report
        proposed = proposal(self._settings, profile, self.knobs, today)
        return replace(
            report,
            proposal=proposed.text,
            evidence=dict(evidence_of(proposed.profile, self.knobs)),
            assumed=still_assumed(proposed.profile),
            changes=proposed.changes,
        )

    # ---- the connection ---------------------------------------------------------------------

    async def _reach(self) -> bool:
        line, settings = self._line, self._settings
        try:
            await line.open()
        except NoWay as trouble:
            self.findings += [*opening.not_reached(settings, line, trouble), opening.credentials(settings)]
            return False
        self.findings += [*opening.reached(settings, line, self._wall), opening.credentials(settings)]
        status = line.status
        assert status is not None
        self.findings += opening.of_status(status, line.profile, self._wall(), self._hidden)
        way = line.profile.terminal_login
        if settings.login_user or way != settings.sip_profile().terminal_login:
            self.knobs["terminal_login"] = Observed(way, "the login was taken")
        if settings.login_user and way == "raw" and not line.profile.status_before_login:
            self.knobs["status_before_login"] = Observed(False, "a 93 was answered without a 99 before it")
        if way == "telnet":
            value, how = line.profile.status_before_login, "the login is at a prompt, so that it is not used"
            self.knobs["status_before_login"] = Observed(value, how)
        if way == "telnet" or line.began_in_silence:
            how = (
                "it was asked and answered" if way == "telnet" else "no prompt comes, so that it is not used"
            )
            for knob in ("login_prompt", "password_prompt"):
                self.knobs[knob] = Observed(getattr(line.profile, knob), how)
        for knob in ("delimiter", "terminator"):
            self.knobs[knob] = Observed(getattr(line.profile, knob), "messages were understood")
        return True

    async def _questions(self) -> None:
        forms = Forms(self._settings, self._line.profile, self._wall)
        about = self._about
        if about.patron is not None:
            await self._patron(forms, about.patron)
        else:
            for check in ("patron", "holds", "paging"):
                self._find(check, State.UNKNOWN, "Not asked: give a test patron (--patron)")
        if about.item is not None:
            await self._item(forms, about.item)
        else:
            self._find("item", State.UNKNOWN, "Not asked: give an item (--item)")
        await rounds.of_questions(
            self._line,
            item=None if about.item is None else forms.item_information(about.item),
            patron=None if about.patron is None else forms.patron_information(about.patron, self._pin),
        )
        found, knobs = await trailers.look(self._line)
        self.findings += found
        self.knobs |= knobs

    # ---- a patron, an item ------------------------------------------------------------------

    async def _patron(self, forms: Forms, patron: PatronId) -> None:
        look = PatronLook(self._line, forms, patron, self._about.pin)
        try:
            await look.run()
        finally:
            self.findings += look.findings
            self.knobs |= look.knobs
            self._secrets += look.names
            self._pin, self._pin_wrong = look.pin, look.pin_wrong

    async def _item(self, forms: Forms, item: ItemKey) -> None:
        answer: ItemInformationResponse | None = await self._line.ask(forms.item_information(item))
        if answer is None:
            why = self._line.troubles.get("17", "")
            self._find("item", State.WARNING, f"17 has no answer: {why}. Doubts are settled by 63 alone")
            return
        self._secrets += [answer.title.raw, answer.item]
        if not self._settings.terminal_password:
            how = "with an empty AC" if self._line.profile.empty_passwords == "sent" else "without AC"
            value = self._line.profile.empty_passwords
            self.knobs["empty_passwords"] = Observed(value, f"a 17 {how} was answered")
        status = answer.circulation_status
        known = isinstance(status, CirculationStatus)
        name = status.name.lower().replace("_", " ") if isinstance(status, CirculationStatus) else "unknown"
        seen = {"status": str(status)[:2] if known else None, "title": bool(answer.title)}
        if not answer.title:
            self._find("item", State.WARNING, f"18 has no title; circulation status: {name}", seen)
        else:
            self._find("item", State.OK, f"It knows the item; circulation status: {name}", seen)

    async def _exercise(self, *, able: bool) -> None:
        about = self._about
        assert about.patron is not None
        assert about.item is not None
        # (a login in another way than is set was found, and is used here)
        failed = {each.check for each in self.findings if each.state is State.FAILED}
        hindered = sorted(failed - {"login"} if able else failed)
        if self._pin_wrong:
            self._find("exercise", State.FAILED, "Nothing was lent: the PIN is wrong")
            return
        if not able or hindered:
            says = f"Nothing was lent: see {', '.join(hindered)}"
            self._find("exercise", State.FAILED, says)
            return
        line = self._line
        exercise = Exercise(
            self._settings,
            line.profile,
            self._open_wire,
            self._wall,
            self._tap,
            about.patron,
            about.pin,
            about.item,
            self._say,
        )
        await exercise.run()
        self.findings += exercise.findings
        self.knobs |= exercise.knobs
        line.answers += exercise.answers
        for answer in exercise.answers:
            told = (getattr(answer, name, None) for name in ("name", "title", "hold_patron_name"))
            self._secrets += [text.raw for text in told if text]

    # ---- what came --------------------------------------------------------------------------

    def _due_dates(self) -> None:
        """How they are written, by all that came: an item's own, and that of the loan of an exercise."""
        line = self._line
        said = [each.due.raw for each in line.answers if isinstance(each, CheckoutResponse) and each.ok]
        said += [
            each.due.raw for each in line.answers if isinstance(each, ItemInformationResponse) and each.due
        ]
        if not said:
            says = "None was seen: give an item that is on loan (--item), or --exercise"
            self._find("due-date", State.UNKNOWN, says, {"layout": None})
            return
        finding, knob = layout_of(sorted(set(said)), line.profile, self._wall())
        self.findings.append(finding)
        if knob is not None:
            self.knobs["due_formats"] = knob

    def _from_bytes(self) -> None:
        line = self._line
        guess = charset_of(line.frames)
        said = line.profile.charset
        seen = {"charset": guess.charset, "configured": said, "texts": guess.evidence}
        if not guess.evidence:
            says = "Nothing came but ASCII; a title or a name with other letters would tell"
            self._find("charset", State.UNKNOWN, says, seen)
        elif guess.charset is None:
            says = "Neither UTF-8, nor more likely CP850 than Latin-1"
            self._find("charset", State.UNKNOWN, says, seen)
        else:
            number = f"{guess.evidence} answer{'s' if guess.evidence > 1 else ''} with more than ASCII"
            right = codecs.lookup(guess.charset).name == codecs.lookup(said).name
            state = State.OK if right else State.WARNING
            says = f"{guess.charset}, by {number}" + ("" if right else f"; the kiosk reads it as {said}")
            self.knobs["charset"] = Observed(said if right else guess.charset, number)
            self._find("charset", state, says, seen)
        padded = opening.padded(line.frames)
        words = "filled up with blanks" if padded else "filled up with zeros"
        self._find("numbers", State.OK, f"Numbers are {words}", {"padding": "blank" if padded else "zero"})
        zones = opening.zones(line.frames)
        if zones:
            same = zones == {line.profile.date_zone}
            if same:
                self.knobs["date_zone"] = Observed(line.profile.date_zone, "its own dates are written so")
            named = ", ".join(opening.ZONES[zone] for zone in sorted(zones))
            ours = "" if same else f"; the kiosk sends them {opening.ZONES[line.profile.date_zone]}"
            says = f"They come {named}{ours}"
            self._find("dates", State.OK if same else State.WARNING, says, {"zones": sorted(zones)})

    def _hidden(self, text: str) -> str:
        """What the far side calls itself, without anything that is nobody's business."""
        text = clean(text)[:80]
        for secret in (*self._secrets, self._settings.login_password, self._settings.terminal_password):
            if secret:
                text = text.replace(secret, MASK)
        return text

    def _find(self, check: str, state: State, says: str, seen: Mapping[str, object] | None = None) -> None:
        self.findings.append(Finding(check, state, says, seen or {}))
