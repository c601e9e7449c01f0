"""The examination of an ILS: it is asked what it can do, and nothing in it is changed.

Only 93, 99, 17, 63 and 97 are sent, and one 99 with a wrong checksum. A PIN is sent as often as 63 is, but
only as long as the ILS calls it right: a wrong one is said once, since accounts are locked after a few.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.doctor import opening, rounds, trailers
from kiosk.doctor.charsets import charset_of
from kiosk.doctor.findings import Finding, IlsReport, Latency, Observed, State
from kiosk.doctor.line import GaveUp, Line, NoWay
from kiosk.doctor.lists import hold_counting, windows
from kiosk.doctor.proposal import proposal
from kiosk.ils.forms import Forms, in_zone
from kiosk.ils.notes import clean, note_of
from kiosk.ils.settings import IlsSettings
from kiosk.ils.unheard import Unheard
from kiosk.sip2.fields import CirculationStatus, Summary
from kiosk.sip2.link import OpenWire, Tap, no_tap
from kiosk.sip2.messages import ItemInformationResponse, PatronInformation, PatronInformationResponse

ALL_AT_MOST_S: Final = 150.0
"""For all of it: somebody sits there and waits."""

MASK: Final = "***"


@dataclass(frozen=True)
class About:
    """Whom and what to ask about: a test patron, their PIN, an item. All may be left out."""

    patron: PatronId | None = None
    pin: Pin | None = None
    item: ItemKey | None = None


class Examination:
    """One look at an ILS; `run` it once."""

    def __init__(
        self,
        settings: IlsSettings,
        open_wire: OpenWire,
        wall: Callable[[], float],
        about: About,
        *,
        tap: Tap = no_tap,
    ) -> None:
        """Needs a running loop. `wall`: seconds since 1970."""
        self.findings: list[Finding] = []
        self.knobs: dict[str, Observed] = {}
        self._settings = settings
        self._wall = wall
        self._about = about
        self._pin = about.pin
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
        if reached:
            self._from_bytes()
        took = self._line.took
        today = in_zone(self._wall(), self._line.profile).date()
        return IlsReport(
            self._settings.profile,
            tuple(self.findings),
            tuple(Latency.of(code, took[code]) for code in sorted(took) if took[code]),
            self._unknown_texts(),
            proposal(self._settings, self._line.profile, self.knobs, today) if reached else "",
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
        if settings.login_user:
            self.knobs["terminal_login"] = Observed(way, "the login was taken")
        if settings.login_user and way == "raw" and not line.profile.status_before_login:
            self.knobs["status_before_login"] = Observed(False, "a 93 was answered without a 99 before it")
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

    # ---- a patron -----------------------------------------------------------------------------

    async def _patron(self, forms: Forms, patron: PatronId) -> None:
        asked = forms.patron_information(patron, self._pin)
        first = await self._line.ask(replace(asked, summary=Summary.CHARGED))
        if first is None:
            why = self._line.troubles.get("63", "")
            denied = self._line.status is not None and not self._line.status.supports("63")
            self._find("patron", State.FAILED, f"63 has no answer: {why}" if not denied else f"No 63: {why}")
            return
        self._secrets += [first.name.raw, first.patron]
        if self._pin is not None and first.valid_password is not True:
            # It may be wrong, or never be looked at. Said again and again it might lock the card.
            self._pin = None
            asked = forms.patron_information(patron, None)
        self._of_patron(first)
        answers = {Summary.CHARGED: first}
        for summary in (Summary.HOLD, Summary.UNAVAILABLE_HOLD):
            answer = await self._line.ask(replace(asked, summary=summary))
            if answer is not None:
                answers[summary] = answer
        self._of_holds(answers)
        await self._paging(asked, answers)

    def _of_patron(self, answer: PatronInformationResponse) -> None:
        seen = {
            "valid_patron": answer.valid_patron,
            "valid_password": answer.valid_password if self._about.pin else None,
            "flags": [flag.name.lower() for flag in sorted(answer.flags)],
        }
        if answer.valid_patron is False:
            self._find("patron", State.WARNING, "It does not know this patron (BL N)", seen)
        elif self._about.pin is not None and answer.valid_password is False:
            self._find("patron", State.WARNING, "It knows the patron; the PIN is wrong (CQ N)", seen)
        elif answer.valid_patron is None:
            self._find("patron", State.WARNING, "64 says nothing of a valid patron (BL): any card may do", seen)
        else:
            pin = ", and the PIN is right" if answer.valid_password and self._about.pin else ""
            self._find("patron", State.OK, f"It knows the patron{pin}", seen)

    def _of_holds(self, answers: dict[Summary, PatronInformationResponse]) -> None:
        hold, later = answers.get(Summary.HOLD), answers.get(Summary.UNAVAILABLE_HOLD)
        if hold is None or later is None:
            self._find("holds", State.UNKNOWN, f"No list of holds: {self._line.troubles.get('63', '')}")
            return
        waiting, unavailable = _entries(hold.hold_items), _entries(later.unavailable_hold_items)
        seen = {
            "hold_count": hold.hold_count,
            "holds_listed": len(waiting),
            "unavailable_count": hold.unavailable_hold_count,
            "unavailable_listed": len(unavailable),
        }
        counting = hold_counting(hold.hold_count, waiting, hold.unavailable_hold_count, unavailable)
        if counting is None:
            says = "This patron's holds do not tell; one would whose hold is not ready to be fetched"
            self._find("holds", State.UNKNOWN, says, seen)
            return
        words = {"all": "The hold count is of all holds", "waiting": "The hold count is of those that wait"}
        numbers = f"{hold.hold_count} counted, {len(unavailable)} of them not ready"
        if counting == "waiting":
            numbers = f"{hold.hold_count} counted, {len(unavailable)} besides"
        self.knobs["hold_count"] = Observed(counting, f"hold counts and lists of a patron: {numbers}")
        self._find("holds", State.OK, f"{words[counting]} ({numbers})", {**seen, "counts": counting})

    async def _paging(
        self, asked: PatronInformation, answers: dict[Summary, PatronInformationResponse]
    ) -> None:
        lists = {
            summary: _entries(getattr(answer, f"{_FIELD[summary]}_items")) for summary, answer in answers.items()
        }
        summary = max(lists, key=lambda each: len(lists[each]))
        whole = lists[summary]
        if len(whole) < 2:
            says = "Not asked: it takes a patron with two loans or two holds at least"
            self._find("paging", State.UNKNOWN, says)
            return
        pages = []
        for number in (1, 2):
            window = replace(asked, summary=summary, start=number, end=number)
            answer = await self._line.ask(window)
            if answer is None:
                why = self._line.troubles.get("63", "")
                self.knobs["paging"] = Observed("none", f"a 63 with BP and BQ has no answer: {why}")
                says = f"A 63 with BP and BQ has no answer: {why}"
                self._find("paging", State.WARNING, says, {"windows": "unanswered"})
                return
            pages.append(_entries(getattr(answer, f"{_FIELD[summary]}_items")))
        seen = windows(whole, pages[0], pages[1])
        told = {"windows": seen, "entries": len(whole)}
        if seen is None:
            says = "Windows of a list (BP, BQ) bring what nobody can make something of"
            self._find("paging", State.WARNING, says, told)
        elif seen == "ignored":
            self.knobs["paging"] = Observed("none", "BP and BQ are ignored: the whole list comes")
            self._find("paging", State.OK, "Windows of a list (BP, BQ) are ignored: all of it comes", told)
        else:
            off = seen == "off-by-one"
            how = "hold one entry too many" if off else "hold what was asked for"
            self.knobs["paging"] = Observed("window", f"windows (BP, BQ) {how}")
            self._find("paging", State.OK, f"Windows of a list (BP, BQ) {how}", told)

    # ---- an item ------------------------------------------------------------------------------

    async def _item(self, forms: Forms, item: ItemKey) -> None:
        answer: ItemInformationResponse | None = await self._line.ask(forms.item_information(item))
        if answer is None:
            why = self._line.troubles.get("17", "")
            self._find("item", State.WARNING, f"17 has no answer: {why}. Doubts are settled by 63 alone")
            return
        self._secrets += [answer.title.raw, answer.item]
        status = answer.circulation_status
        known = isinstance(status, CirculationStatus)
        name = status.name.lower().replace("_", " ") if isinstance(status, CirculationStatus) else "unknown"
        seen = {"status": str(status)[:2] if known else None, "title": bool(answer.title)}
        if not answer.title:
            self._find("item", State.WARNING, f"18 has no title; circulation status: {name}", seen)
        else:
            self._find("item", State.OK, f"It knows the item; circulation status: {name}", seen)

    # ---- what came --------------------------------------------------------------------------

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
            right = guess.charset == said.lower().replace("_", "-")
            state = State.OK if right else State.WARNING
            says = f"{guess.charset}, by {number}" + ("" if right else f"; the kiosk reads it as {said}")
            self.knobs["charset"] = Observed(guess.charset, number)
            self._find("charset", state, says, seen)
        padded = opening.padded(line.frames)
        words = "filled up with blanks" if padded else "filled up with zeros"
        self._find("numbers", State.OK, f"Numbers are {words}", {"padding": "blank" if padded else "zero"})
        zones = opening.zones(line.frames)
        if zones:
            same = zones == {line.profile.date_zone}
            if same:
                self.knobs["date_zone"] = Observed(line.profile.date_zone, "its own dates are written so")
            named = ", ".join(sorted(zones))
            says = f"Its dates: {named}" + ("" if same else f"; ours: {line.profile.date_zone}")
            self._find("dates", State.OK if same else State.WARNING, says, {"zones": sorted(zones)})

    def _unknown_texts(self) -> tuple[str, ...]:
        unheard = Unheard()
        profile = self._line.profile
        for answer in self._line.answers:
            note = note_of(getattr(answer, "screen_messages", ()), profile)
            unheard.hear(note, profile, *self._secrets)
        return tuple(each.text for each in unheard.kept)

    def _hidden(self, text: str) -> str:
        """What the far side calls itself, without anything that is nobody's business."""
        text = clean(text)[:80]
        for secret in (*self._secrets, self._settings.login_password, self._settings.terminal_password):
            if secret:
                text = text.replace(secret, MASK)
        return text

    def _find(self, check: str, state: State, says: str, seen: dict[str, object] | None = None) -> None:
        self.findings.append(Finding(check, state, says, seen or {}))


_FIELD: Final = {
    Summary.CHARGED: "charged",
    Summary.HOLD: "hold",
    Summary.UNAVAILABLE_HOLD: "unavailable_hold",
}


def _entries(listed: tuple[str, ...]) -> list[str]:
    """The entries of a list; empty ones are filling."""
    return [entry for entry in map(str.strip, listed) if entry]


