"""`SipIls`: the library's system, asked over SIP2. Meets the desk's port `Ils`."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Final

from kiosk.circulation.answers import (
    AccountAnswer,
    Denied,
    Doubt,
    FeeAnswer,
    FeeNotBooked,
    HoldAnswer,
    HoldNotPlaced,
    ItemDescription,
    Lent,
    LoanAnswer,
    NoAnswer,
    NotLent,
    NotRenewed,
    NotReturned,
    RenewalAnswer,
    RenewAllAnswer,
    ReturnAnswer,
    SignInAnswer,
    Welcome,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import Exchange, ItemKey, Media, Money, PatronId, Pin, TerminalState, Untrusted
from kiosk.ils.account import Accounts
from kiosk.ils.connection import Connection
from kiosk.ils.fees import booked, not_booked, owed
from kiosk.ils.forms import Forms
from kiosk.ils.notes import clean, note_of
from kiosk.ils.reading import (
    CHARGED_STATUSES,
    SAFE_STATUSES,
    back_already,
    charged_ids,
    described,
    due_of,
    hold_not_placed,
    hold_placed,
    lent,
    media_of,
    not_renewed,
    not_taken_back,
    reason_of,
    refused,
    renewed,
    taken_back,
)
from kiosk.ils.settings import IlsSettings
from kiosk.ils.standing import denied
from kiosk.ils.unheard import Unheard
from kiosk.sip2.client import Client, Done, NotSent, Refused, Unknown
from kiosk.sip2.errors import EncodeError, NotSupported, SipError, Trouble
from kiosk.sip2.fields import PatronFlag
from kiosk.sip2.link import OpenWire, Tap, no_tap
from kiosk.sip2.lists import charged_list
from kiosk.sip2.messages import (
    ItemInformationResponse,
    PatronInformationResponse,
    PatronStatusResponse,
)

TITLE_PATIENCE_S: Final = 2.0
"""How long a return that is done waits for the title that its answer did not give."""


class SipIls:
    """The ILS behind a SIP2 connection, and a second one for doubts (see `kiosk.ils.connection`).

    `wall` is the wall clock in seconds since 1970, `randomness` spreads the attempts of many kiosks to
    reconnect, `tap` hears every frame (see `kiosk.sip2.link.Tap`).
    """

    def __init__(
        self,
        settings: IlsSettings,
        open_wire: OpenWire,
        wall: Callable[[], float],
        randomness: random.Random,
        tap: Tap = no_tap,
    ) -> None:
        self._settings = settings
        self._profile = settings.sip_profile()
        self.unheard = Unheard()
        """What it said of refusals and no rule knows, for staff."""
        self._name = ""
        self._flags: frozenset[PatronFlag] = frozenset()
        self._forms = Forms(settings, self._profile, wall)
        self._connection = Connection(settings, self._profile, open_wire, randomness, tap)
        self._client = self._connection.client
        self._accounts = Accounts(self._client, self._forms, self._profile)

    # ---- the connection ---------------------------------------------------------------------

    async def run(self, post: Callable[[DeviceChanged], None]) -> None:
        """Keep the connection (see the port). Ends only when it is cancelled."""
        await self._connection.keep(post)

    async def terminal_status(self, status: TerminalState) -> None:
        """99 with it, now and from now on (see the port)."""
        await self._connection.tell(status)

    # ---- patrons ----------------------------------------------------------------------------

    async def sign_in(self, patron: PatronId, pin: Pin | None, language: str) -> SignInAnswer:
        """63 with the charged list, or 23 where the ILS does no 63 (see the port)."""
        if self._settings.pin_required and pin is None:
            return Denied(Reason.PIN_NEEDED)
        try:
            await self._connection.speak_for(patron.value)
            answer, charged = await self._who_is(patron, pin, language)
        except EncodeError as error:
            return Denied(Reason.PIN_WRONG if error.field == "AD" else Reason.CARD_UNKNOWN)
        except Trouble as trouble:
            return NoAnswer(reason_of(trouble))
        self._name, self._flags = clean(answer.name), answer.flags
        if refusal := self._turned_away(answer, pin):
            self._keep(refusal.note, patron.value)
            return refusal
        return Welcome(self._name, charged, owed(answer))

    def _turned_away(
        self, answer: PatronInformationResponse | PatronStatusResponse, pin: Pin | None
    ) -> Denied | None:
        note = note_of(answer.screen_messages, self._profile)
        if answer.valid_patron is False:
            return Denied(Reason.CARD_UNKNOWN, note)
        # Without AD, several ILSes answer CQ N even where no PIN is wanted: it counts only with one.
        if pin is not None and answer.valid_password is False:
            return Denied(Reason.PIN_WRONG, note)
        return denied(answer, self._settings.blocking_flags, self._profile)

    async def _who_is(
        self, patron: PatronId, pin: Pin | None, language: str
    ) -> tuple[PatronInformationResponse | PatronStatusResponse, frozenset[str]]:
        try:
            request = self._forms.patron_information(patron, pin, language)
            listed = await charged_list(self._client, request)
        except NotSupported:
            short = self._forms.patron_status(patron, pin, language)
            return await self._client.ask(short), frozenset()
        return listed.answer, charged_ids(listed.entries)

    async def end_session(self, patron: PatronId, pin: Pin | None) -> None:
        """35, if there is a connection to say it on."""
        self._name, self._flags = "", frozenset()
        self._accounts.left()
        with contextlib.suppress(SipError):  # the patron is done, whatever the ILS makes of it
            if self._client.connected:
                await self._client.ask(self._forms.end_session(patron, pin))
        with contextlib.suppress(SipError):
            await self._connection.speak_for("")

    async def account(self, patron: PatronId, pin: Pin | None) -> AccountAnswer:
        """63 for each list (see the port)."""
        return await self._accounts.account(patron, pin)

    async def renew_all(self, patron: PatronId, pin: Pin | None, late: Callable[[], None]) -> RenewAllAnswer:
        """65, once (see the port)."""
        said = await self._accounts.renew_all(patron, pin, late, self._by, self._flags)
        if isinstance(said, NotRenewed):
            self._keep(said.note, patron.value)
        return said

    # ---- items ------------------------------------------------------------------------------

    async def lend(
        self,
        patron: PatronId,
        pin: Pin | None,
        item: ItemKey,
        late: Callable[[], None],
        *,
        agreed: bool = False,
    ) -> LoanAnswer:
        """11, once (see the port)."""
        if not item.id:
            return NotLent(Reason.CODE_BAD, by=self._by())
        try:
            outcome = await self._client.change(self._forms.checkout(patron, pin, item, agreed=agreed), late)
        except EncodeError as error:
            return NotLent(_unsaid(error, Reason.ITEM_REFUSED), by=self._by())
        match outcome:
            case Done(answer, sequence):
                return lent(answer, self._profile, self._by(sequence))
            case Refused(answer, sequence):
                said = refused(answer, self._profile, agreed=agreed, by=self._by(sequence))
                self._keep(said.note, patron.value, item.id, clean(answer.title))
                return said
            case NotSent(why):
                return NotLent(_unsent(why), by=self._by())
            case Unknown(_, sequence):
                return Doubt(self._by(sequence))

    async def settle(self, patron: PatronId, item: ItemKey) -> LoanAnswer:
        """63, then 17, on a connection of its own (see the port).

        In the patron's list: lent. Not in a list that is complete, of a patron whom the ILS knows, and of a
        status that no item on loan has: not lent. Anything else stays in doubt.
        """
        try:
            async with self._connection.apart() as client:
                listed = await charged_list(client, self._forms.patron_information(patron, None))
                by = self._by(client.sequence)
                held = item.id in charged_ids(listed.entries)
                about = await self._about(item, client)
        except SipError:
            return Doubt(self._by())
        if held:
            return Lent(
                release=self._profile.release_when_settled,
                title=clean(about.title) if about else "",
                due=due_of(about.due.raw, self._profile) if about and about.due else None,
                media=media_of(about.media_type) if about else Media.UNKNOWN,
                by=by,
            )
        whole = listed.complete and listed.answer.valid_patron is not False
        if whole and about is not None and about.circulation_status in SAFE_STATUSES:
            return NotLent(Reason.ITEM_REFUSED, title=clean(about.title), by=by)
        return Doubt(by)

    async def take_back(self, item: ItemKey, late: Callable[[], None]) -> ReturnAnswer:
        """09, once (see the port). After a refusal, 17 says whether it was on loan at all."""
        if not item.id:
            return NotReturned(Reason.CODE_BAD, by=self._by())
        try:
            outcome = await self._client.change(self._forms.checkin(item), late)
        except EncodeError as error:
            return NotReturned(_unsaid(error, Reason.RETURN_REFUSED), by=self._by())
        branch = self._settings.branch
        match outcome:
            case Done(answer, sequence):
                about = None if clean(answer.title or "") else await self._quickly_about(item)
                return taken_back(answer, about, self._profile, branch, self._by(sequence))
            case Refused(answer, sequence):
                about = await self._about(item)
                said = not_taken_back(answer, about, self._profile, branch, self._by(sequence))
                self._keep(said.note, item.id, said.title)
                return said
            case NotSent(why):
                return NotReturned(_unsent(why), by=self._by())
            case Unknown(_, sequence):
                return Doubt(self._by(sequence))

    async def settle_return(self, item: ItemKey) -> ReturnAnswer:
        """17 on a connection of its own (see the port).

        Of a status that no item on loan has: back. On loan: not back. Anything else stays in doubt.
        """
        try:
            async with self._connection.apart() as client:
                about = await self._about(item, client)
                by = self._by(client.sequence)
        except SipError:
            return Doubt(self._by())
        if about is not None and about.circulation_status in SAFE_STATUSES:
            return back_already(about, by)
        if about is not None and about.circulation_status in CHARGED_STATUSES:
            return NotReturned(Reason.ILS_SILENT, title=clean(about.title), by=by)
        return Doubt(by)

    async def renew(
        self, patron: PatronId, pin: Pin | None, item: ItemKey, late: Callable[[], None]
    ) -> RenewalAnswer:
        """29, once (see the port)."""
        if not item.id:
            return NotRenewed(Reason.CODE_BAD, by=self._by())
        try:
            outcome = await self._client.change(self._forms.renew(patron, pin, item), late)
        except EncodeError as error:
            return NotRenewed(_unsaid(error, Reason.RENEWAL_REFUSED), by=self._by())
        match outcome:
            case Done(answer, sequence):
                return renewed(answer, self._profile, self._by(sequence))
            case Refused(answer, sequence):
                said = not_renewed(answer, self._profile, self._by(sequence), self._flags)
                self._keep(said.note, patron.value, item.id, clean(answer.title))
                return said
            case NotSent(why):
                return NotRenewed(_unsent(why), by=self._by())
            case Unknown(_, sequence):
                return Doubt(self._by(sequence))

    async def hold(
        self, patron: PatronId, pin: Pin | None, item: ItemKey, late: Callable[[], None]
    ) -> HoldAnswer:
        """15, once (see the port)."""
        if not item.id:
            return HoldNotPlaced(Reason.CODE_BAD, by=self._by())
        try:
            outcome = await self._client.change(self._forms.hold(patron, pin, item), late)
        except EncodeError as error:
            return HoldNotPlaced(_unsaid(error, Reason.HOLD_REFUSED), by=self._by())
        match outcome:
            case Done(answer, sequence):
                return hold_placed(answer, self._profile, self._by(sequence))
            case Refused(answer, sequence):
                said = hold_not_placed(answer, self._profile, self._by(sequence), self._flags)
                self._keep(said.note, patron.value, item.id)
                return said
            case NotSent(why):
                return HoldNotPlaced(_unsent(why), by=self._by())
            case Unknown(_, sequence):
                return Doubt(self._by(sequence))

    async def book_fee(
        self,
        patron: PatronId,
        pin: Pin | None,
        amount: Money,
        reference: str,
        late: Callable[[], None],
    ) -> FeeAnswer:
        """37, once (see the port)."""
        try:
            request = self._forms.fee_paid(patron, pin, amount, reference)
            outcome = await self._client.change(request, late)
        except EncodeError:
            return FeeNotBooked(Reason.NOT_BOOKED, by=self._by())
        match outcome:
            case Done(answer, sequence):
                return booked(answer, self._profile, self._by(sequence))
            case Refused(answer, sequence):
                said = not_booked(answer, self._profile, self._by(sequence))
                self._keep(said.note, patron.value)
                return said
            case NotSent(why):
                return FeeNotBooked(_unsent(why), by=self._by())
            case Unknown(_, sequence):
                return Doubt(self._by(sequence))

    async def describe(self, item: ItemKey) -> ItemDescription | None:
        """17 (see the port)."""
        try:
            about = await self._about(item)
        except EncodeError:
            return None
        return described(item, about, self._profile) if about is not None else None

    def _keep(self, note: Untrusted | None, *secrets: str) -> None:
        """What a refusal says and no rule knows, kept for staff without the names and numbers in question."""
        self.unheard.hear(note, self._profile, self._name, *secrets)

    def _by(self, sequence: int | None = None) -> Exchange:
        return Exchange(self._profile.name, sequence)

    async def _about(self, item: ItemKey, client: Client | None = None) -> ItemInformationResponse | None:
        try:
            return await (client or self._client).ask(self._forms.item_information(item))
        except Trouble:
            return None

    async def _quickly_about(self, item: ItemKey) -> ItemInformationResponse | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TITLE_PATIENCE_S):
                return await self._about(item)
        return None


def _unsaid(error: EncodeError, otherwise: Reason) -> Reason:
    """Why a message could not even be written: mostly for what was scanned."""
    return Reason.CODE_BAD if error.field == "AB" else otherwise


def _unsent(why: Trouble) -> Reason:
    """Why nothing of a message was sent: the ILS is away, or does not do such messages at all."""
    return Reason.NOT_SERVED if isinstance(why, NotSupported) else Reason.ILS_DOWN
