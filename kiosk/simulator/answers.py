"""What the simulated ILS does when it is asked, message by message, and what it says then.

Which bytes carry it, who is logged in and what goes wrong on the line is `ils.py`'s; what may be lent,
held and paid is decided by `lending.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.simulator import sip
from kiosk.simulator.accounts import NOTHING, plain
from kiosk.simulator.lending import ALERT_OTHER, AVAILABLE, Lending
from kiosk.simulator.scenery import Item, Scenery

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

SUPPORTED = "YYYNYYYYYYYNNYYN"
"""BX: 23, 11, 09, not 01, 99, 97, 93, 63, 35, 37, 17, not 19 and 25, 15, 29, not 65."""

OTHER_FEE = "01"
"""The fee type of an item without a fee: "other"."""

NO_SYNC = "0" * 8 + " " * 4 + "0" * 6
"""The date/time sync of a server that does not support it."""

HOLD_LIST, CHARGED_LIST, FINE_LIST, UNAVAILABLE_LIST = 0, 2, 3, 5
"""Positions in a 63's summary."""


Fields = list[tuple[str, str]]
Answer = tuple[str, Fields]
"""Code and fixed fields of an answer, and its variable fields."""

Tell = Callable[[str, str, float], None]
"""Called with what was just executed (`loan`, `return`, `renewal`, `hold`, `payment`), its item or, for a
payment, its patron, and the instant."""


class Answers:
    """All messages but those about the line itself (93, 96, 97).

    `wall` gives seconds since 1970 for the dates of the answers; without it they repeat the date of the
    request.
    """

    def __init__(
        self, scenery: Scenery, lending: Lending, tell: Tell, wall: Callable[[], float] | None = None
    ) -> None:
        self._lending = lending
        self._manners = scenery.ils
        self._tell = tell
        self._wall = wall
        self._second: tuple[int, str] = (0, "")
        self._serve: dict[str, Callable[[sip.Request, float], Answer]] = {
            "99": self._status,
            "23": self._patron_status,
            "63": self._patron_information,
            "11": self._checkout,
            "09": self._checkin,
            "29": self._renew,
            "15": self._hold,
            "37": self._fee_paid,
            "17": self._item_information,
            "35": self._end_session,
        }

    def to(self, request: sip.Request, now: float) -> Answer:
        """Do what is asked, and say what came of it."""
        return self._serve[request.code](request, now)

    # --- the line and the patron ------------------------------------------------------------------------

    def _status(self, request: sip.Request, now: float) -> Answer:
        del request, now
        manners = self._manners
        # on-line, checkin, checkout, renewal policy, no status update, no off-line
        fixed = f"98YYYYNN{manners.timeout}{manners.retries}{self._date(NO_SYNC)}2.00"
        return fixed, [("AO", manners.institution), ("AM", manners.library), ("BX", SUPPORTED)]

    def _patron_status(self, request: sip.Request, now: float) -> Answer:
        del now
        flags, fields = self._about(request)
        language, date = request.fixed
        return f"24{flags}{self._language(request, language)}{self._date(date)}", fields

    def _patron_information(self, request: sip.Request, now: float) -> Answer:
        """Holds are counted as two widespread ILSes do: those that wait apart from those that do not."""
        del now
        who = request.get("AA")
        flags, fields = self._about(request)
        language, date, summary = request.fixed
        charged = self._lending.charged(who)
        fees = self._lending.accounts.fees(who)
        ready, later = self._lending.waiting(who)
        counts = f"{len(ready):04d}0000{len(charged):04d}{len(fees):04d}0000{len(later):04d}"
        patron = self._lending.patrons.get(who)
        fields += [("BE", patron.email)] if patron is not None and patron.email else []
        if summary.count("Y") == 1:
            asked = summary.index("Y")
            if asked == CHARGED_LIST:
                fields += [("AU", item) for item in _window(request, charged)]
            elif asked == HOLD_LIST:
                fields += [("AS", item) for item in _window(request, ready)]
            elif asked == UNAVAILABLE_LIST:
                fields += [("CD", item) for item in _window(request, later)]
            elif asked == FINE_LIST:
                texts = [f"{fee.id} {plain(fee.amount)} {fee.reason}".rstrip() for fee in fees]
                fields += [("AV", text) for text in _window(request, texts)]
        return f"64{flags}{self._language(request, language)}{self._date(date)}{counts}", fields

    def _about(self, request: sip.Request) -> Answer:
        """What 24 and 64 share: the 14 flags, and who the patron is."""
        manners = self._manners
        who = request.get("AA")
        patron = self._lending.patrons.get(who)
        fields = [("AO", manners.institution), ("AA", who)]
        if patron is None:
            return "YYYY" + " " * 10, [*fields, ("AE", ""), ("BL", "N"), ("AF", "Invalid cardnumber")]
        right = not patron.pin or request.get("AD") == patron.pin
        flags = " " * 14
        if patron.blocked:
            flags = "".join(["Y" if flag in patron.blocked else " " for flag in STATUS_FLAGS])
        fields += [("AE", patron.name), ("BL", "Y"), ("CQ", "Y" if right else "N")]
        if self._lending.accounts.has(who):
            owed = max(self._lending.accounts.balance(who), NOTHING)
            fields += [("BH", manners.currency), ("BV", plain(owed))]
        fields += [("AF", text) for text in (manners.greeting, patron.message) if text]
        return flags, fields

    def _end_session(self, request: sip.Request, now: float) -> Answer:
        del now
        fields = [("AO", self._manners.institution), ("AA", request.get("AA"))]
        return f"36Y{self._date(request.fixed[0])}", fields

    # --- items ------------------------------------------------------------------------------------------

    def _checkout(self, request: sip.Request, now: float) -> Answer:
        """A loan that costs something is refused until the patron agreed (BO Y)."""
        who, what = request.get("AA"), request.get("AB")
        item = self._lending.items.get(what)
        fields = [("AO", self._manners.institution), ("AA", who), ("AB", what)]
        fields.append(("AJ", item.title if item else ""))
        date = self._date(request.fixed[2])
        refusal = self._lending.refusal(who, what)
        if refusal or item is None:
            return f"120NUN{date}", [*fields, ("AH", ""), ("AF", refusal)]
        fee = self._fee(item) if self._lending.costs(who, what) else []
        if fee and request.get("BO") != "Y":
            why = f"This loan costs {plain(item.fee)} {self._manners.currency}"
            return f"120NUN{date}", [*fields, ("AH", ""), *fee, ("AF", why)]
        loan = self._lending.lend(who, what, now)
        if not loan.renewal:
            self._tell("loan", what, now)
        flags = f"{'Y' if loan.renewal else 'N'}N{'Y' if item.desensitise else 'N'}"
        return f"121{flags}{date}", [*fields, ("AH", loan.due), *fee]

    def _checkin(self, request: sip.Request, now: float) -> Answer:
        """BI (cancel) is ignored, as the real servers do that were tried: a 09 is a return."""
        manners = self._manners
        what = request.get("AB")
        item = self._lending.items.get(what)
        date = self._date(request.fixed[1])
        if item is None:
            fields = [("AO", manners.institution), ("AB", what), ("AQ", manners.institution)]
            return f"100NUY{date}", [*fields, ("CV", ALERT_OTHER), ("AF", "Invalid item")]
        taken = self._lending.take_back(item, now)
        record = taken.record
        fields = [("AO", manners.institution), ("AB", what), ("AQ", item.home or manners.institution)]
        fields.append(("AJ", item.title))
        if item.bin:
            fields.append(("CL", item.bin))
        if record.patron is not None:
            fields.append(("AA", record.patron))
        if record.alert is not None:
            fields += [("CV", record.alert), ("CT", taken.destination)]
        if taken.held_for:
            # Whom it is kept for goes out too: that is what such servers tell, and nobody's business.
            fields.append(("CY", taken.held_for))
            patron = self._lending.patrons.get(taken.held_for)
            if patron is not None:
                fields.append(("DA", patron.name))
        if not record.was_on_loan:
            fields.append(("AF", "Item was not checked out."))
        self._tell("return", what, now)
        resensitise = "Y" if record.ok and item.resensitise else "N"
        flags = f"{'1' if record.ok else '0'}{resensitise}N{'Y' if record.alert else 'N'}"
        return f"10{flags}{date}", fields

    def _renew(self, request: sip.Request, now: float) -> Answer:
        """One loan gets a new date; without AB it is named by its title (AJ)."""
        who, what = request.get("AA"), request.get("AB")
        if not what:
            titles = {self._lending.items[each].title: each for each in self._lending.charged(who)}
            what = titles.get(request.get("AJ"), "")
        item = self._lending.items.get(what)
        fields = [("AO", self._manners.institution), ("AA", who), ("AB", what)]
        fields.append(("AJ", item.title if item else request.get("AJ")))
        date = self._date(request.fixed[2])
        refusal = self._lending.renewal_refusal(who, what)
        if refusal or item is None:
            due = self._lending.due(what) if self._lending.holder(what) == who else ""
            return f"300NUN{date}", [*fields, ("AH", due), ("AF", refusal)]
        renewal = self._lending.renew(who, what, now)
        self._tell("renewal", what, now)
        return f"301YN{'Y' if item.desensitise else 'N'}{date}", [*fields, ("AH", renewal.due)]

    def _hold(self, request: sip.Request, now: float) -> Answer:
        """A hold is placed, deleted or changed; without AB the item is named by its title (AJ).

        `available` says that the item could be had at once.
        """
        mode, date = request.fixed[0], self._date(request.fixed[1])
        who, what, title = request.get("AA"), request.get("AB"), request.get("AJ")
        if not what and title:
            what = next((each.barcode for each in self._lending.items.values() if each.title == title), "")
        item = self._lending.items.get(what)
        fields = [("AO", self._manners.institution), ("AA", who), ("AB", what)]
        fields.append(("AJ", item.title if item else title))
        refusal = self._lending.hold_refusal(mode, who, what)
        if refusal or item is None:
            return f"160N{date}", [*fields, ("AF", refusal)]
        free = self._lending.status(item) == AVAILABLE and self._lending.held_for(item) in {"", who}
        hold = self._lending.hold(mode, who, what, request.get("BS"), now)
        self._tell("hold", what, now)
        if hold.position is not None:
            fields += [("BR", str(hold.position)), ("BS", hold.pickup or self._manners.institution)]
        if request.get("BW"):
            fields.append(("BW", request.get("BW")))
        return f"161{'Y' if free else 'N'}{date}", fields

    def _item_information(self, request: sip.Request, now: float) -> Answer:
        del now
        what = request.get("AB")
        item = self._lending.items.get(what)
        date = self._date(request.fixed[0])
        if item is None:
            return f"18010001{date}", [("AB", what), ("AJ", ""), ("AF", "Invalid item")]
        fields: Fields = []
        queue = self._lending.holds.queue(what)
        if queue:
            fields.append(("CF", str(len(queue))))
        due = self._lending.due(what)
        if due:
            fields.append(("AH", due))
        fields += [("AB", what), ("AJ", item.title)]
        if item.fee:
            fields += [("BH", self._manners.currency), ("BV", plain(item.fee))]
        if item.author:
            fields.append(("EA", item.author))
        fields.append(("AQ", item.home or self._manners.institution))
        kind = item.fee_type if item.fee else OTHER_FEE
        return f"18{self._lending.status(item)}00{kind}{date}", fields

    # --- money ------------------------------------------------------------------------------------------

    def _fee_paid(self, request: sip.Request, now: float) -> Answer:
        """A payment is booked, on the fee that CG names or on the oldest; the PIN is not looked at."""
        date, _, _, currency = request.fixed
        who, amount, reference = request.get("AA"), request.get("BV"), request.get("BK")
        accounts = self._lending.accounts
        refusal = accounts.refusal(who, amount, currency, request.get("CG"))
        if not refusal:
            accounts.pay(who, amount, request.get("CG"), reference, now)
            self._tell("payment", who, now)
        fields = [("AO", self._manners.institution), ("AA", who)]
        if reference:
            fields.append(("BK", reference))
        if refusal:
            fields.append(("AF", refusal))
        return f"38{'N' if refusal else 'Y'}{self._date(date)}", fields

    def _fee(self, item: Item) -> Fields:
        return [("BT", item.fee_type), ("BH", self._manners.currency), ("BV", plain(item.fee))]

    # --- small matters ----------------------------------------------------------------------------------

    def _language(self, request: sip.Request, asked: str) -> str:
        """The patron's own language wins, as on real servers."""
        patron = self._lending.patrons.get(request.get("AA"))
        return patron.language if patron is not None else asked

    def _date(self, asked: str) -> str:
        """The transaction date of an answer, 18 characters, local time."""
        if self._wall is None:
            return asked
        wall = self._wall()
        second, text = self._second
        if int(wall) != second or not text:
            # not by strftime, which looks each time whether the zone of this machine has changed
            year, month, day, hour, minute, second, *_ = time.localtime(wall)
            text = f"{year:04d}{month:02d}{day:02d}    {hour:02d}{minute:02d}{second:02d}"
            self._second = int(wall), text
        return text


def _window(request: sip.Request, entries: list[str]) -> list[str]:
    """The entries that were asked for (BP to BQ, from 1); all without them."""
    first, last = request.get("BP"), request.get("BQ")
    start = max(int(first), 1) - 1 if first.isdecimal() else 0
    return entries[start : int(last) if last.isdecimal() else None]
