"""What a test patron's record tells of an ILS: how it counts holds, and what it makes of a window."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from kiosk.circulation.values import PatronId, Pin
from kiosk.doctor.findings import Finding, Observed, State
from kiosk.doctor.line import Line
from kiosk.doctor.lists import hold_counting, windows
from kiosk.ils.forms import Forms
from kiosk.sip2.fields import Summary
from kiosk.sip2.messages import PatronInformation, PatronInformationResponse

_FIELD: Final = {
    Summary.CHARGED: "charged",
    Summary.HOLD: "hold",
    Summary.UNAVAILABLE_HOLD: "unavailable_hold",
}


_DAY: Final = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)", re.ASCII)
"""A day, as fields of a 64 have it that the standard does not know."""


def _entries(listed: tuple[str, ...]) -> list[str]:
    """The entries of a list; empty ones are filling."""
    return [entry for entry in map(str.strip, listed) if entry]


class PatronLook:
    """One look at a patron; `run` it once.

    Attributes:
        findings, knobs: what was found.
        pin: the PIN, as long as the ILS calls it right.
        pin_wrong: whether the ILS says that it is wrong.
        names: what must not be told to anybody.
    """

    def __init__(self, line: Line, forms: Forms, patron: PatronId, pin: Pin | None) -> None:
        self.findings: list[Finding] = []
        self.knobs: dict[str, Observed] = {}
        self.pin = pin
        self.pin_wrong = False
        self.names: list[str] = []
        self._line = line
        self._forms = forms
        self._patron = patron
        self._given = pin

    async def run(self) -> None:
        """Ask 63 for three lists, and for two windows of the longest.

        Raises:
            GaveUp: as `Line.ask`.
        """
        asked = self._forms.patron_information(self._patron, self.pin)
        first = await self._line.ask(replace(asked, summary=Summary.CHARGED))
        if first is None:
            self.pin = None  # nobody knows whether it is right
            why = self._line.troubles.get("63", "")
            denied = self._line.status is not None and not self._line.status.supports("63")
            self._find("patron", State.FAILED, f"63 has no answer: {why}" if not denied else f"No 63: {why}")
            return
        self.names += [first.name.raw, first.patron]
        if self.pin is not None and first.valid_password is not True:
            # It may be wrong, or never be looked at. Said again and again it might lock the card.
            self.pin = None
            self.pin_wrong = first.valid_password is False
            asked = self._forms.patron_information(self._patron, None)
        self._of_patron(first)
        self._of_expiry(first)
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
            "valid_password": answer.valid_password if self._given else None,
            "flags": [flag.name.lower() for flag in sorted(answer.flags)],
        }
        if answer.valid_patron is False:
            self._find("patron", State.WARNING, "It does not know this patron (BL N)", seen)
        elif self._given is not None and answer.valid_password is False:
            self._find("patron", State.WARNING, "It knows the patron; the PIN is wrong (CQ N)", seen)
        elif answer.valid_patron is None:
            self._find(
                "patron", State.WARNING, "64 says nothing of a valid patron (BL): any card may do", seen
            )
        else:
            pin = ", and the PIN is right" if answer.valid_password and self._given else ""
            flags = ", ".join(flag.name.lower().replace("_", " ") for flag in sorted(answer.flags))
            state = State.WARNING if flags else State.OK
            told = f"; it says: {flags}" if flags else ""
            self._find("patron", state, f"It knows the patron{pin}{told}", seen)

    def _of_expiry(self, answer: PatronInformationResponse) -> None:
        """In which field it says until when the card is valid: where the profile has it, or nowhere. A day to
        come in another field may be anything."""
        if not answer.valid_patron or answer.date is None:
            return
        told = {id_: text for id_, text in answer.extras if id_.isalnum() and _DAY.match(text)}
        if answer.expiry is not None and _DAY.match(answer.expiry.raw):
            told["PA"] = answer.expiry.raw
        field = self._line.profile.expiry_field
        today = f"{answer.date:%Y%m%d}"
        to_come = sorted(id_ for id_, text in told.items() if text[:8] >= today)
        seen = {"field": field or None, "to_come": to_come}
        if field and field in told:
            self.knobs["expiry_field"] = Observed(field, f"a 64 has a day in {field}")
            self._find("expiry", State.OK, f"Its 64 says in {field} until when the card is valid", seen)
        elif field:
            says = (
                f"Its 64 of this patron has no day in {field}, where the profile looks for the end of a card"
            )
            self._find("expiry", State.WARNING, says, seen)
        elif to_come:
            where = ", ".join(to_come)
            says = f"A day to come stands in {where}: if the card is valid until then, set expiry_field"
            self._find("expiry", State.WARNING, says, seen)
        else:
            self.knobs["expiry_field"] = Observed("", "no field of a 64 has a day to come")
            self._find("expiry", State.OK, "Its 64 does not say until when the card is valid", seen)

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
            says = "Not to be seen: it takes a patron with a hold that cannot be fetched yet"
            self._find("holds", State.UNKNOWN, says, seen)
            return
        later_ones = len(unavailable)
        if counting == "all":
            numbers = f"{hold.hold_count} counted, {later_ones} of which cannot be fetched yet"
            says = f"Its number of holds is of all, those too that cannot be fetched yet ({numbers})"
        else:
            numbers = f"{hold.hold_count} counted, {later_ones} more cannot be fetched yet"
            says = f"Its number of holds is of those that are ready to be fetched ({numbers})"
        self.knobs["hold_count"] = Observed(counting, f"a test patron's holds: {numbers}")
        self._compared("holds", "hold_count", counting, says, {**seen, "counts": counting})

    async def _paging(
        self, asked: PatronInformation, answers: dict[Summary, PatronInformationResponse]
    ) -> None:
        lists = {
            summary: _entries(getattr(answer, f"{_FIELD[summary]}_items"))
            for summary, answer in answers.items()
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
            says = "Windows of a list (BP, BQ) are ignored: all of it comes"
            self._compared("paging", "paging", "none", says, told)
        else:
            off = seen == "off-by-one"
            how = "hold one entry too many" if off else "hold what was asked for"
            self.knobs["paging"] = Observed("window", f"windows (BP, BQ) {how}")
            self._compared("paging", "paging", "window", f"Windows of a list (BP, BQ) {how}", told)

    def _compared(self, check: str, knob: str, value: str, says: str, seen: Mapping[str, object]) -> None:
        """A finding that somebody has to look at where the profile says otherwise."""
        same = getattr(self._line.profile, knob) == value
        more = "" if same else "; the profile says otherwise, and the proposal mends it"
        self._find(check, State.OK if same else State.WARNING, f"{says}{more}", seen)

    def _find(self, check: str, state: State, says: str, seen: Mapping[str, object] | None = None) -> None:
        self.findings.append(Finding(check, state, says, seen or {}))
