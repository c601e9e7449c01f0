"""The exercise: one loan and one return of one item, for the flags in their answers.

Each is sent once, by the client's own rule, and nothing is sent to make good what nobody knows. An item that
may be on loan to somebody is not touched: to several ILSes a second 11 is a renewal, and a 09 ends a loan
whosever it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from kiosk.circulation.answers import NotLent
from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.doctor.findings import Finding, Observed, State
from kiosk.doctor.line import REST_S
from kiosk.ils.forms import Forms, login_of
from kiosk.ils.reading import SAFE_STATUSES, charged_ids, refused
from kiosk.ils.settings import IlsSettings
from kiosk.sip2.client import Client, Done, NotSent, Refused, Unknown
from kiosk.sip2.errors import EncodeError, SipError
from kiosk.sip2.fields import CirculationStatus, Tristate
from kiosk.sip2.link import OpenWire, Tap
from kiosk.sip2.lists import charged_list
from kiosk.sip2.messages import CheckinResponse, CheckoutResponse, Message, Verdict
from kiosk.sip2.profiles import Profile
from kiosk.words import Words

V = TypeVar("V", bound=Verdict)

BEFORE: Final = (
    "This changes something in the library system: the item is lent to this patron, once, and taken back, "
    "once. Nothing is written to its tag."
)

LEFT_ON_LOAN: Final = "THE ITEM IS ON LOAN TO THIS PATRON: take it back at the desk"

IN_DOUBT: Final = "THE OUTCOME IS UNKNOWN"

FREE: Final = frozenset({CirculationStatus.AVAILABLE, CirculationStatus.TO_RESHELVE})
"""Where an item may be that nobody has, and nobody waits for."""


@dataclass
class Exercise:
    """One exercise; `run` it once. `say` hears what somebody at the terminal must know at once."""

    settings: IlsSettings
    profile: Profile
    open_wire: OpenWire
    wall: Callable[[], float]
    tap: Tap
    patron: PatronId
    pin: Pin | None
    item: ItemKey
    say: Callable[[str], None]
    findings: list[Finding] = field(default_factory=list)
    knobs: dict[str, Observed] = field(default_factory=dict)
    answers: list[Message] = field(default_factory=list)

    async def run(self) -> None:
        """Lend it and take it back; `findings` holds what came of it. Never raises for what the ILS does."""
        self._forms = Forms(self.settings, self.profile, self.wall)
        self._client = Client(self.open_wire, self.profile, login=login_of(self.settings), tap=self.tap)
        on_loan = False
        try:
            if (why := await self._why_not()) is not None:
                self._find("exercise", State.FAILED, f"Nothing was lent: {why}")
                return
            self.say(BEFORE)
            on_loan = True  # from here on it may be, whatever happens
            on_loan = await self._lend()
            if on_loan:
                on_loan = not await self._take_back()
        finally:
            if on_loan:
                self.say(f"{LEFT_ON_LOAN}, unless the library system knows better.")
            await self._client.disconnect()

    # ---- before -----------------------------------------------------------------------------

    async def _why_not(self) -> str | None:
        """Why nothing may be lent; None where all is clear."""
        await asyncio.sleep(REST_S)
        client = self._client
        try:
            await client.connect()
            status = client.status
            if status is not None and not (status.checkin_ok and status.supports("09")):
                return "its 98 allows no returns, so that it could not be taken back"
            about = await client.ask(self._forms.item_information(self.item))
            self.answers.append(about)
            listed = await charged_list(client, self._forms.patron_information(self.patron, self.pin))
        except SipError as error:
            return f"it cannot be known whether the item is on loan ({error})"
        patron = listed.answer
        self.answers.append(patron)
        if self.item.id in charged_ids(listed.entries):
            return "the patron has it on loan already"
        where = about.circulation_status
        if where == CirculationStatus.HOLD_SHELF:
            return "somebody waits for it (circulation status: hold shelf)"
        if where not in FREE or about.due:
            if not about.title.raw.strip():
                return "the library system does not seem to know the item"
            name = where.name.lower().replace("_", " ") if isinstance(where, CirculationStatus) else "odd"
            return f"it may be on loan to somebody (circulation status: {name})"
        if about.hold_queue or about.hold_patron:
            return "somebody waits for it"
        if patron.valid_patron is False:
            return "the library system does not know the patron"
        if self.pin is not None and patron.valid_password is False:
            return "the PIN is wrong"
        return None

    # ---- the loan -----------------------------------------------------------------------------

    async def _lend(self) -> bool:
        """Whether it is on loan now, and is to be taken back."""
        try:
            result = await self._client.change(
                self._forms.checkout(self.patron, self.pin, self.item), self._late
            )
        except EncodeError as error:
            result = None
            self._find("loan", State.FAILED, f"It cannot be written: {error}")
        match result:
            case Done(answer):
                self.answers.append(answer)
                return self._lent(answer)
            case Refused(answer):
                self.answers.append(answer)
                fee = answer.fee_amount.value
                why = "it wants a fee to be agreed to first (BV)" if fee else self._reason(answer)
                self._find("loan", State.FAILED, f"Refused: {why}. Nothing was lent", {"outcome": "refused"})
            case NotSent(why):
                says = f"Nothing was sent: {why}"
                self._find("loan", State.FAILED, says, {"outcome": "not-sent"})
            case Unknown(why):
                return await self._settle_loan(str(why))
        return False

    def _reason(self, answer: CheckoutResponse) -> str:
        """What the kiosk would make of a refusal, as it tells staff."""
        said = refused(answer, self.profile)
        return Words("en").hint(said.reason).rstrip(".") if isinstance(said, NotLent) else "it wants a fee"

    def _lent(self, answer: CheckoutResponse) -> bool:
        if answer.renewal_ok:
            says = "It calls the loan a renewal: the patron had the item. It was not taken back"
            self._find("loan", State.FAILED, says, {"outcome": "renewed"})
            return False
        self._find("loan", State.OK, "Done", {"outcome": "done"})
        self._loan_flags(answer)
        profile = self.profile
        with_pin = "with" if profile.patron_password_on_checkout else "without"
        no_block_due = "a no-block due date" if profile.nb_due == "date" else "a blank no-block due date"
        agreed = "with BO N" if profile.fee_acknowledged == "always-sent" else "without BO"
        self._seen("nb_due", f"an 11 with {no_block_due} was carried out")
        self._seen("fee_acknowledged", f"an 11 {agreed} was carried out")
        if self.pin is not None:
            self._seen("patron_password_on_checkout", f"an 11 {with_pin} AD was carried out")
        return True

    def _seen(self, knob: str, by: str) -> None:
        """This knob was seen at work as the profile has it."""
        self.knobs[knob] = Observed(getattr(self.profile, knob), by)

    def _loan_flags(self, answer: CheckoutResponse) -> None:
        said = answer.desensitize
        seen = {
            "desensitize": said.value,
            "magnetic": answer.magnetic_media.value,
            "inhibit": answer.security_inhibit,
        }
        flags = f"desensitize {said.value}, magnetic {answer.magnetic_media.value}"
        if said is Tristate.YES:
            self.knobs["desensitize_unknown_as_yes"] = Observed(False, "a 12 says desensitize Y")
            self._find("loan-security", State.OK, f"{flags}: the kiosk releases the item", seen)
        elif self.profile.releases(said):
            says = f"{flags}: the kiosk releases the item, as the profile has it"
            self._find("loan-security", State.OK, says, seen)
        else:
            says = f"{flags}: the kiosk lends it and leaves it armed; the gate will alarm"
            if said is Tristate.UNKNOWN:
                says += ". If that is so for every item, see desensitize_unknown_as_yes"
            self._find("loan-security", State.WARNING, says, seen)

    async def _settle_loan(self, why: str) -> bool:
        has = await self._patron_has_it()
        outcome = {"outcome": "unknown", "listed": has}
        if has:
            says = f"No answer ({why}), but the patron's list has it: it was lent. Its flags are not known"
            self._find("loan", State.WARNING, says, outcome)
            return True
        if has is False:
            says = f"{IN_DOUBT} ({why}). The patron's list does not have it now; look there once more"
        else:
            says = f"{IN_DOUBT} ({why}). Look whether the patron has the item, and take it back"
        self._find("loan", State.FAILED, says, outcome)
        self.say(f"Loan: {says}.")
        return False

    # ---- the return -----------------------------------------------------------------------------

    async def _take_back(self) -> bool:
        """Whether it is back."""
        try:
            result = await self._client.change(self._forms.checkin(self.item), self._late)
        except EncodeError as error:
            result = None
            self._find("return", State.FAILED, f"It cannot be written: {error}. {LEFT_ON_LOAN}")
        match result:
            case Done(answer):
                self.answers.append(answer)
                self._find("return", State.OK, "Done", {"outcome": "done"})
                no_block = "N" if self.profile.no_block == "never" else "Y"
                self._seen("no_block", f"a 09 with no block {no_block} was carried out")
                self._return_flags(answer)
                return await self._is_back(sure=True)
            case Refused(answer):
                self.answers.append(answer)
                self._find("return", State.FAILED, f"Refused. {LEFT_ON_LOAN}", {"outcome": "refused"})
            case NotSent(why):
                says = f"Nothing was sent: {why}. {LEFT_ON_LOAN}"
                self._find("return", State.FAILED, says, {"outcome": "not-sent"})
            case Unknown(why):
                self._find("return", State.WARNING, f"{IN_DOUBT} ({why})", {"outcome": "unknown"})
                return await self._is_back(sure=False)
        return False

    def _return_flags(self, answer: CheckinResponse) -> None:
        kind = answer.alert_type
        alert_type = getattr(kind, "value", kind)
        seen = {
            "resensitize": answer.resensitize,
            "magnetic": answer.magnetic_media.value,
            "alert": answer.alert,
            "alert_type": alert_type if isinstance(alert_type, str) and len(alert_type) == 2 else None,
            "sort_bin": bool(answer.sort_bin),
        }
        yes, no = "Y", "N"
        flags = (
            f"resensitize {yes if answer.resensitize else no}, magnetic {answer.magnetic_media.value}, "
            f"alert {yes if answer.alert else no}"
        )
        meant = self.profile.alert_of(answer.alert, alert_type, elsewhere=bool(answer.destination))
        if meant != "none":
            flags += f" ({meant})"
        state = State.OK if answer.resensitize else State.WARNING
        self._find("return-security", state, flags, seen)

    async def _is_back(self, *, sure: bool) -> bool:
        has = await self._patron_has_it()
        if has:
            self._find("left", State.FAILED, LEFT_ON_LOAN, {"on_loan": True})
            return False
        if has is None and not sure:
            says = f"{IN_DOUBT}: look whether the patron has the item, and take it back"
            self._find("left", State.FAILED, says, {"on_loan": None})
            return False
        says = (
            "The patron has it no more" if has is False else "It was taken back; the list was not to be had"
        )
        self._find("left", State.OK, says, {"on_loan": False})
        return True

    # ---- both -----------------------------------------------------------------------------------

    async def _patron_has_it(self) -> bool | None:
        """By the rule by which a kiosk settles a doubt (`SipIls.settle`): as the patron's list has it, asked
        for on a new connection, and that it is not, only where 18 says so too; None without proof."""
        await self._client.disconnect()
        await asyncio.sleep(REST_S)
        try:
            listed = await charged_list(self._client, self._forms.patron_information(self.patron, self.pin))
            if self.item.id in charged_ids(listed.entries):
                return True
            about = await self._client.ask(self._forms.item_information(self.item))
        except SipError:
            return None
        whole = listed.complete and listed.answer.valid_patron is not False
        return False if whole and about.circulation_status in SAFE_STATUSES else None

    def _late(self) -> None:
        self.say("The answer is late; it is waited for.")

    def _find(self, check: str, state: State, says: str, seen: Mapping[str, object] | None = None) -> None:
        self.findings.append(Finding(check, state, says, seen or {}))
