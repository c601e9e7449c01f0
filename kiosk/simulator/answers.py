"""What the simulated ILS does when it is asked, message by message, and what it says then.

Which bytes carry it, who is logged in and what goes wrong on the line is `ils.py`'s; what may be lent,
held and paid is decided by `lending.py`; what is said of patrons stands in `patronside.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.simulator import sip
from kiosk.simulator.lending import ALERT_OTHER, AVAILABLE, HOLD_SHELF, RECALLED, Lending
from kiosk.simulator.patronside import STATUS_FLAGS, PatronSide
from kiosk.simulator.personality import Personality
from kiosk.simulator.phrases import Answer, Fields, Phrases
from kiosk.simulator.scenery import Item, Scenery

__all__ = ["STATUS_FLAGS", "Answer", "Answers", "Fields", "LineDropped"]

OTHER_FEE = "01"
"""The fee type of an item without a fee: "other"."""

NO_SYNC = "0" * 18
"""The date/time sync of a server that does not support it (3M SIP 2.00, message 98)."""

WRONG_PIN = "Invalid PIN"

Tell = Callable[[str, str, float], None]
"""Called with what was just executed (`loan`, `return`, `renewal`, `hold`, `payment`), its item or, for a
payment, its patron, and the instant."""


class LineDropped(Exception):
    """The server falls over what it was asked, and the line with it; its text says over what."""


class Answers:
    """All messages but those about the line itself (93, 96, 97).

    `wall` gives seconds since 1970 for the dates of the answers; without it they repeat the date of the
    request.
    """

    def __init__(
        self,
        scenery: Scenery,
        make: Personality,
        lending: Lending,
        tell: Tell,
        wall: Callable[[], float] | None = None,
    ) -> None:
        self._lending = lending
        self._manners = scenery.ils
        self._make = make
        self._tell = tell
        self._particular = make.pin_on_loan or make.again != "renews"
        self._phrases = Phrases(scenery, make, lending, wall)
        self._today = self._phrases.today
        patrons = PatronSide(scenery, make, lending, self._phrases)
        self._serve: dict[str, Callable[[sip.Request, float], Answer]] = {
            "99": self._status,
            "23": patrons.status,
            "63": patrons.information,
            "01": patrons.block,
            "25": patrons.enable,
            "35": patrons.end_session,
            "11": self._checkout,
            "09": self._checkin,
            "29": self._renew,
            "65": self._renew_all,
            "15": self._hold,
            "37": self._fee_paid,
            "17": self._item_information,
            "19": self._item_status_update,
        }

    def to(self, request: sip.Request, now: float) -> Answer:
        """Do what is asked, and say what came of it.

        Raises:
            LineDropped: this make falls over it.
        """
        return self._serve[request.code](request, now)

    # --- the line ---------------------------------------------------------------------------------------

    def _status(self, request: sip.Request, now: float) -> Answer:
        del request, now
        manners = self._manners
        fixed = f"98{self._make.says}{manners.timeout}{manners.retries}{self._today(NO_SYNC)}2.00"
        fields = [("AO", manners.institution), ("AM", manners.library)]
        return fixed, [*fields, ("BX", self._make.bx)] if self._make.bx else fields

    def stranger_status(self, request: sip.Request, now: float) -> Answer:
        """The 98 to whoever has not logged in."""
        fixed, fields = self._status(request, now)
        return fixed, [("AO", self._make.leaks or fields[0][1]), *fields[1:]]

    def lie(self, how: str) -> Answer:
        """A 98 that is not true: `offline`, `denies` (serves nothing), `short` (half a BX), `mute` (none)."""
        manners, bx = self._manners, self._make.bx
        fields = [("AO", manners.institution), ("AM", manners.library)]
        says, timeout = self._make.says, manners.timeout
        if how == "offline":
            says, timeout = "N" + says[1:], "000"
        elif how == "denies":
            says, bx = "YNNNNN", "N" * 16
        elif how == "short":
            bx = bx[:8]
        elif how == "mute":
            bx = ""
        fixed = f"98{says}{timeout}{manners.retries}{self._today(NO_SYNC)}2.00"
        return fixed, [*fields, ("BX", bx)] if bx else fields

    # --- loans and returns ------------------------------------------------------------------------------

    def _checkout(self, request: sip.Request, now: float) -> Answer:
        """A loan that costs something is refused until the patron agreed (BO Y)."""
        make, lending = self._make, self._lending
        who, what = request.get("AA"), request.get("AB")
        item = lending.items.get(what)
        fields = [("AO", self._manners.institution), ("AA", who), ("AB", what)]
        fields.append(("AJ", item.title if item else ""))
        date = self._today(request.fixed[2])
        if make.honours_cancel and request.get("BI") == "Y" and item is not None:
            return self._undo_loan(item, who, fields, date, now)
        unblocked = make.honours_no_block and request.fixed[1] == "Y" and who in lending.patrons
        if unblocked and item is not None:
            refusal = ""
        elif self._particular:
            refusal = self._loan_refusal(request, who, what, date)
        else:
            refusal = lending.refusal(who, what, date)
        if refusal or item is None:
            return f"120N{make.magnetic or 'U'}N{date}", [*fields, ("AH", ""), ("AF", self._says(refusal))]
        fee = self._fee(item) if make.asks_fees and lending.costs(who, what) else []
        if fee and request.get("BO") != "Y" and not unblocked:
            why = f"This loan costs {self._phrases.amount(item.fee)} {self._manners.currency}"
            return f"120N{make.magnetic or 'U'}N{date}", [*fields, ("AH", ""), *fee, ("AF", why)]
        if unblocked:
            self._lending.held_by.pop(what, None)
        due = request.fixed[3].strip() if unblocked else ""
        loan = lending.lend(who, what, now, date, due, free=not make.asks_fees)
        if not loan.renewal:
            self._tell("loan", what, now)
        renewal = make.renewal_flag or ("Y" if loan.renewal else "N")
        flags = f"{renewal}{self._magnetic(item)}{self._desensitise(item, make.desensitise)}"
        fields.append(("AH", self._phrases.due(loan.due)))
        fields += fee
        if item.media or item.inhibit:
            fields += self._about(item)
        return f"121{flags}{date}", fields

    def _loan_refusal(self, request: sip.Request, who: str, what: str, date: str) -> str:
        make, lending = self._make, self._lending
        if make.pin_on_loan and self._wrong_pin(request, who):
            return WRONG_PIN
        refusal = lending.refusal(who, what, date)
        if not refusal and make.again != "renews" and lending.holder(what) == who:
            allowed = make.again == "as-asked" and request.fixed[0] == "Y"
            return "" if allowed else "Item is already checked out to this patron."
        return refusal

    def _undo_loan(self, item: Item, who: str, fields: Fields, date: str, now: float) -> Answer:
        """11 with BI: the return that came before is what was not meant; else the loan is."""
        if self._lending.holder(item.barcode) == who:
            self._lending.take_back(item, now)
            self._tell("return", item.barcode, now)
            return f"121NNN{date}", [*fields, ("AH", "")]
        return f"120NUN{date}", [*fields, ("AH", ""), ("AF", "There is nothing to cancel.")]

    def _checkin(self, request: sip.Request, now: float) -> Answer:
        """BI (cancel) is ignored, as the real servers do that were tried: a 09 is a return."""
        manners, make, lending = self._manners, self._make, self._lending
        what = request.get("AB")
        item = lending.items.get(what)
        date = self._today(request.fixed[1])
        alarm = "Y" if make.alerts else "N"
        if item is None:
            if make.drops_unknown_item:
                raise LineDropped(f"09: {what} is not in the catalogue")
            fields = [("AO", manners.institution), ("AB", what), ("AQ", manners.institution)]
            return f"100NU{alarm}{date}", [*fields, ("CV", ALERT_OTHER), ("AF", self._says("Invalid item"))]
        fields = [("AO", manners.institution), ("AB", what), ("AQ", item.home or manners.institution)]
        fields.append(("AJ", item.title))
        if make.honours_cancel and request.get("BI") == "Y":
            undone = lending.undo_return(what, now, date)
            if undone is not None:
                self._tell("loan", what, now)
            return f"10{'1' if undone else '0'}NNN{date}", fields
        if make.keeps_special and lending.wanted_elsewhere(item):
            away = item.home or manners.institution
            return f"100NN{alarm}{date}", [*fields, ("CT", away), ("AF", "See staff.")]
        taken = lending.take_back(item, now)
        record = taken.record
        if item.bin:
            fields.append(("CL", item.bin))
        if record.patron is not None:
            fields.append(("AA", record.patron))
        if record.alert is not None:
            fields += [("CV", record.alert), ("CT", taken.destination)]
        if taken.held_for:
            # Whom it is kept for goes out too: that is what such servers tell, and nobody's business.
            fields.append(("CY", taken.held_for))
            patron = lending.patrons.get(taken.held_for)
            if patron is not None:
                fields.append(("DA", patron.name))
        elif make.haunted:
            fields += [("CY", make.haunted), ("DA", make.haunted)]
        if not record.was_on_loan:
            fields.append(("AF", self._says("Item was not checked out.")))
        self._tell("return", what, now)
        resensitise = "Y" if record.ok and item.resensitise else "N"
        flags = f"{resensitise}{self._magnetic(item)}{alarm if record.alert else 'N'}"
        if item.media:
            fields.append(("CK", item.media))
        return f"10{'1' if record.ok else '0'}{flags}{date}", fields

    # --- renewals ---------------------------------------------------------------------------------------

    def _renew(self, request: sip.Request, now: float) -> Answer:
        """One loan gets a new date; without AB it is named by its title (AJ)."""
        make, lending = self._make, self._lending
        who, what = request.get("AA"), request.get("AB")
        if not what:
            titles = {lending.items[each].title: each for each in lending.charged(who)}
            what = titles.get(request.get("AJ"), "")
        if make.empty_title_refuses and "AJ" in request.fields and not request.get("AJ"):
            what = ""
        item = lending.items.get(what)
        fields = [("AO", self._manners.institution), ("AA", who), ("AB", what)]
        fields.append(("AJ", item.title if item else request.get("AJ")))
        date = self._today(request.fixed[2])
        refusal = WRONG_PIN if make.pin_on_loan and self._wrong_pin(request, who) else ""
        refusal = refusal or lending.renewal_refusal(who, what, date)
        if refusal or item is None:
            due = self._phrases.due(lending.due(what)) if lending.holder(what) == who else ""
            return f"300N{make.magnetic or 'U'}N{date}", [*fields, ("AH", due), ("AF", self._says(refusal))]
        renewal = lending.renew(who, what, now, date)
        self._tell("renewal", what, now)
        flags = f"{self._magnetic(item)}{self._desensitise(item, make.desensitise_renewal)}"
        fields.append(("AH", self._phrases.due(renewal.due)))
        if item.media or item.inhibit:
            fields += self._about(item)
        return f"301{make.renewal_flag or 'Y'}{flags}{date}", fields

    def _renew_all(self, request: sip.Request, now: float) -> Answer:
        """All loans of a patron; each that is refused is named."""
        lending = self._lending
        who, date = request.get("AA"), self._today(request.fixed[0])
        fields = [("AO", self._manners.institution)]
        refusal = "" if who in lending.patrons else "Invalid patron"
        if self._make.pin_on_loan and self._wrong_pin(request, who):
            refusal = WRONG_PIN
        if refusal:
            return f"66000000000{date}", [*fields, ("AF", self._says(refusal))]
        done: Fields = []
        left: Fields = []
        for what in lending.charged(who):
            if lending.renewal_refusal(who, what, date):
                left.append(("BN", what))
                continue
            lending.renew(who, what, now, date)
            self._tell("renewal", what, now)
            done.append(("BM", what))
        return f"661{len(done):04d}{len(left):04d}{date}", fields + done + left

    # --- holds ------------------------------------------------------------------------------------------

    def _hold(self, request: sip.Request, now: float) -> Answer:
        """A hold is placed, deleted or changed; without AB the item is named by its title (AJ).

        `available` says that the item could be had at once.
        """
        lending = self._lending
        mode, date = request.fixed[0], self._today(request.fixed[1])
        who, what, title = request.get("AA"), request.get("AB"), request.get("AJ")
        if not what and title:
            what = next((each.barcode for each in lending.items.values() if each.title == title), "")
        pickup = request.get("BS")
        if self._make.drops_unknown_branch and not lending.knows_branch(pickup):
            raise LineDropped(f"15: there is no branch {pickup}")
        item = lending.items.get(what)
        fields = [("AO", self._manners.institution), ("AA", who), ("AB", what)]
        fields.append(("AJ", item.title if item else title))
        refusal = lending.hold_refusal(mode, who, what, pickup)
        if refusal or item is None:
            return f"160N{date}", [*fields, ("AF", self._says(refusal))]
        free = lending.status(item) == AVAILABLE and lending.held_for(item) in {"", who}
        hold = lending.hold(mode, who, what, pickup, now)
        self._tell("hold", what, now)
        if hold.position is not None:
            fields += [("BR", str(hold.position)), ("BS", hold.pickup or self._manners.institution)]
        if request.get("BW"):
            fields.append(("BW", request.get("BW")))
        return f"161{'Y' if free else 'N'}{date}", fields

    # --- items ------------------------------------------------------------------------------------------

    def _item_information(self, request: sip.Request, now: float) -> Answer:
        del now
        lending = self._lending
        what = request.get("AB")
        item = lending.items.get(what)
        date = self._today(request.fixed[0])
        if item is None:
            return f"18010001{date}", [("AB", what), ("AJ", ""), ("AF", self._says("Invalid item"))]
        fields: Fields = []
        queue = lending.holds.queue(what)
        status = lending.status(item)
        if queue:
            fields.append(("CF", str(len(queue))))
        due = lending.due(what)
        if due:
            fields.append(("AH", self._phrases.due(due)))
        if status == RECALLED and len(due) == len(date):
            fields.append(("CJ", due))
        if status == HOLD_SHELF and self._manners.loan_days:
            fields.append(("CM", date))
        fields += [("AB", what), ("AJ", item.title)]
        if item.fee:
            fields += [("BH", self._manners.currency), ("BV", self._phrases.amount(item.fee))]
        if item.author:
            fields.append(("EA", item.author))
        fields.append(("AQ", item.home or self._manners.institution))
        properties = lending.properties.get(what, item.properties)
        if properties:
            fields.append(("CH", properties))
        if item.media:
            fields.append(("CK", item.media))
        kind = item.fee_type if item.fee else OTHER_FEE
        return f"18{status}{item.marker}{kind}{date}", fields

    def _item_status_update(self, request: sip.Request, now: float) -> Answer:
        """19: what CH says is what 17 will tell of it."""
        del now
        what, date = request.get("AB"), self._today(request.fixed[0])
        item = self._lending.items.get(what)
        if item is None:
            return f"200{date}", [("AB", what), ("AF", self._says("Invalid item"))]
        fields = [("AB", what), ("AJ", item.title)]
        if "19" in self._make.ineffective:
            return f"200{date}", fields
        self._lending.properties[what] = request.get("CH")
        return f"201{date}", [*fields, ("CH", request.get("CH"))]

    # --- money ------------------------------------------------------------------------------------------

    def _fee_paid(self, request: sip.Request, now: float) -> Answer:
        """A payment is booked, on the fee that CG names or on the oldest."""
        date, _, _, currency = request.fixed
        who, amount, reference = request.get("AA"), request.get("BV"), request.get("BK")
        accounts = self._lending.accounts
        refusal = WRONG_PIN if self._make.pin_on_loan and self._wrong_pin(request, who) else ""
        refusal = refusal or accounts.refusal(who, amount, currency, request.get("CG"))
        if not refusal:
            accounts.pay(who, amount, request.get("CG"), reference, now)
            self._tell("payment", who, now)
        fields = [("AO", self._manners.institution), ("AA", who)]
        if reference:
            fields.append(("BK", reference))
        if refusal:
            fields.append(("AF", self._says(refusal)))
        flag, date = "N" if refusal else "Y", self._today(date)
        return f"38{date}{flag}" if self._make.flag_last else f"38{flag}{date}", fields

    def _fee(self, item: Item) -> Fields:
        return [
            ("BT", item.fee_type),
            ("BH", self._manners.currency),
            ("BV", self._phrases.amount(item.fee)),
        ]

    # --- small matters ----------------------------------------------------------------------------------

    def _says(self, text: str) -> str:
        return self._phrases.says(text)

    def _wrong_pin(self, request: sip.Request, who: str) -> bool:
        patron = self._lending.patrons.get(who)
        return patron is not None and bool(patron.pin) and request.get("AD") != patron.pin

    def _magnetic(self, item: Item) -> str:
        return self._make.magnetic or ("Y" if item.magnetic else "N")

    @staticmethod
    def _desensitise(item: Item, rule: str) -> str:
        if rule == "item":
            return "Y" if item.desensitise else "N"
        return "Y" if rule == "success" else "U"

    @staticmethod
    def _about(item: Item) -> Fields:
        """What is told of an item where it says so."""
        fields = [("CI", "Y")] if item.inhibit else []
        return [*fields, ("CK", item.media)] if item.media else fields
