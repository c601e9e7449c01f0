"""What the simulated ILS says of patrons: 23, 63, 01, 25 and 35."""

from __future__ import annotations

from kiosk.simulator import sip
from kiosk.simulator.accounts import plain
from kiosk.simulator.lending import Lending
from kiosk.simulator.personality import Personality
from kiosk.simulator.phrases import Answer, Fields, Phrases, window
from kiosk.simulator.scenery import Patron, Scenery

STATUS_FLAGS = (
    "charge denied",
    "renewal denied",
    "recall denied",
    "hold denied",
    "card lost",
    "too many charged",
    "too many overdue",
    "too many renewals",
    "claims returned",
    "too many lost",
    "excessive fines",
    "excessive fees",
    "recall overdue",
    "too many billed",
)
"""The 14 positions of the patron status."""

LIST_FIELDS = ("AS", "AT", "AU", "AV", "BU", "CD")
"""The field that an entry of each list is, by its position in a 63's summary."""

HOLD_LIST, FINE_LIST = 0, 3
"""Two of these positions."""

COUNTS = "%04d" * 6
"""How many there are of each, in a 64."""

LONGEST_WINDOW = 200
"""Entries that a window is filled up to, at most."""


class PatronSide:
    """The messages about a patron."""

    def __init__(self, scenery: Scenery, make: Personality, lending: Lending, phrases: Phrases) -> None:
        self._lending = lending
        self._manners = scenery.ils
        self._make = make
        self._phrases = phrases
        self._amounts = make.amounts != "none"
        self._extra = 1 if make.paging == "off-by-one" else 0

    def status(self, request: sip.Request, now: float) -> Answer:
        """23, answered by 24."""
        del now
        language, asked = request.fixed
        date = self._phrases.today(asked)
        flags, fields = self._about(request, date)
        if self._make.institution_last:
            fields.append(fields.pop(0))
        return f"24{flags}{self._phrases.language(request, language)}{date}", fields

    def block(self, request: sip.Request, now: float) -> Answer:
        """01, answered by 24 as well."""
        del now
        retained, asked = request.fixed
        date = self._phrases.today(asked)
        if "01" not in self._make.ineffective:
            self._lending.block(request.get("AA"), request.get("AL"), lost=retained == "Y")
        flags, fields = self._about(request, date)
        if self._make.institution_last:
            fields.append(fields.pop(0))
        return f"24{flags}{self._phrases.language(request, '000')}{date}", fields

    def enable(self, request: sip.Request, now: float) -> Answer:
        """25, answered by 26."""
        del now
        date = self._phrases.today(request.fixed[0])
        if "25" not in self._make.ineffective:
            self._lending.enable(request.get("AA"))
        flags, fields = self._about(request, date)
        fields = [field for field in fields if field[0] not in {"BH", "BV"}]
        return f"26{flags}{self._phrases.language(request, '000')}{date}", fields

    def end_session(self, request: sip.Request, now: float) -> Answer:
        """35, answered by 36."""
        del now
        fields = [("AO", self._manners.institution), ("AA", request.get("AA"))]
        return f"36Y{self._phrases.today(request.fixed[0])}", fields

    def information(self, request: sip.Request, now: float) -> Answer:
        """63, answered by 64. Holds are counted as the make does: those that wait apart, or all of them."""
        del now
        lending = self._lending
        who = request.get("AA")
        language, asked_date, summary = request.fixed
        date = self._phrases.today(asked_date)
        flags, fields = self._about(request, date)
        charged = lending.charged(who)
        fees = lending.accounts.fees(who)
        ready, later = lending.waiting(who)
        overdue: list[str] = []
        recalled: list[str] = []
        if lending.may_be_late:
            overdue, recalled = lending.overdue(who, date), lending.recalled(who)
        holds = ready if self._make.counts_holds == "wait" else ready + later
        counted = (len(holds), len(overdue), len(charged), len(fees), len(recalled), len(later))
        counts = COUNTS % counted
        patron = lending.patrons.get(who)
        if patron is not None:
            if self._make.tells_limits:
                fields += self._limits(patron)
            if patron.address:
                fields.append(("BD", patron.address))
            if patron.email:
                fields.append(("BE", patron.email))
            if patron.phone:
                fields.append(("BF", patron.phone))
        ys = summary.count("Y")
        if ys == 1 or (ys > 1 and self._make.two_lists == "first"):
            asked = summary.index("Y")
            if asked == FINE_LIST:
                texts = [f"{fee.id} {plain(fee.amount)} {fee.reason}".rstrip() for fee in fees]
                fields += self._list(request, asked, texts)
            elif asked < len(LIST_FIELDS):
                lists: tuple[list[str], ...] = (holds, overdue, charged, [], recalled, later)
                fields += self._list(request, asked, lists[asked])
        if self._make.institution_last:
            fields.append(fields.pop(0))
        return f"64{flags}{self._phrases.language(request, language)}{date}{counts}", fields

    def _list(self, request: sip.Request, asked: int, entries: list[str]) -> Fields:
        """One list as the make gives it out."""
        name = LIST_FIELDS[asked]
        if self._make.paging != "ignored":
            entries = window(request, entries, self._extra)
        elif asked == HOLD_LIST and self._make.pads_holds and request.get("BQ").isdecimal():
            first = max(int(request.get("BP")), 1) if request.get("BP").isdecimal() else 1
            size = min(int(request.get("BQ")) - first + 1, LONGEST_WINDOW)
            entries = entries + [""] * (size - len(entries))
        if self._manners.window:
            entries = entries[: self._manners.window + self._extra]
        return [(name, entry) for entry in entries]

    def _limits(self, patron: Patron) -> Fields:
        """BZ, CA, CB and CC."""
        manners = self._manners
        overdue = min(manners.overdue_limit or 9999, 9999)
        limits = [("BZ", "9999"), ("CA", f"{overdue:04d}"), ("CB", f"{min(patron.max_loans, 9999):04d}")]
        return [*limits, ("CC", self._phrases.amount(manners.fine_limit))] if manners.fine_limit else limits

    def _about(self, request: sip.Request, date: str) -> Answer:
        """What 24, 26 and 64 share: the 14 flags, and who the patron is."""
        manners, make = self._manners, self._make
        who = request.get("AA")
        patron = self._lending.patrons.get(who)
        fields = [("AO", manners.institution), ("AA", who)]
        if patron is None:
            fields.append(("AE", ""))
            if make.tells_valid:
                fields.append(("BL", "N"))
            return "YYYY" + " " * 10, [*fields, ("AF", self._phrases.says("Invalid cardnumber"))]
        right = request.get("AD") == patron.pin if patron.pin else not make.wants_pin
        flags = " " * 14
        stated: frozenset[str] | tuple[str, ...] = patron.blocked
        if manners.tells_standing:
            stated = self._lending.standing(who, date).union(stated)
        if stated:
            flags = "".join(["Y" if flag in stated else " " for flag in STATUS_FLAGS])
        fields.append(("AE", patron.name))
        if make.tells_valid:
            fields += [("BL", "Y"), ("CQ", "Y" if right else "N")]
        greeting = manners.greeting
        if self._lending.accounts.has(who):
            owed = self._phrases.amount(self._phrases.owed(who))
            if self._amounts:
                fields += [("BH", manners.currency), ("BV", owed)]
            if make.greets_debtors and self._phrases.owed(who):
                greeting = f"{greeting} -- Patron owes {plain(self._phrases.owed(who))}"
        fields += [("AF", text) for text in (greeting, patron.message) if text]
        return flags, fields
