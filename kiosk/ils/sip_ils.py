"""`SipIls`: the library's system, asked over SIP2. Meets the desk's port `Ils`."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import (
    Condition,
    Denied,
    Device,
    DeviceChanged,
    Doubt,
    ItemDescription,
    ItemKey,
    Lent,
    LoanAnswer,
    NoAnswer,
    NotLent,
    PatronId,
    Pin,
    SignInAnswer,
    Welcome,
)
from kiosk.ils.reading import (
    SAFE_STATUSES,
    barred,
    charged_ids,
    clean,
    due_of,
    lent,
    note_of,
    reason_of,
    refused,
)
from kiosk.ils.settings import IlsSettings
from kiosk.sip2.client import Client, Done, NotSent, Refused, Unknown
from kiosk.sip2.errors import EncodeError, NotSupported, SipError, Trouble
from kiosk.sip2.fields import language_number
from kiosk.sip2.link import OpenWire, Tap, no_tap
from kiosk.sip2.lists import ChargedList, charged_list
from kiosk.sip2.messages import (
    Checkout,
    EndSession,
    ItemInformation,
    ItemInformationResponse,
    Login,
    PatronInformation,
    PatronInformationResponse,
    PatronStatusRequest,
    PatronStatusResponse,
    ScStatus,
)

NB_LOAN: Final = timedelta(days=28)
"""The no-block due date of an 11 counts only for loans made off-line, which we do not make; but some
ILSes close the connection when it is blank, so a real date stands there."""


class SipIls:
    """The ILS behind one SIP2 connection.

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
        self._wall = wall
        self._randomness = randomness
        login = None
        if settings.login_user:
            login = Login(
                login_user=settings.login_user,
                login_password=settings.login_password,
                location=settings.location or None,
            )
        self._client = Client(open_wire, self._profile, login=login, tap=tap)

    # ---- the connection ---------------------------------------------------------------------

    async def run(self, post: Callable[[DeviceChanged], None]) -> None:
        """Keep the connection (see the port). Ends only when it is cancelled."""
        said: DeviceChanged | None = None
        failures = 0
        try:
            while True:
                self._client.news.clear()
                trouble: SipError | None = None
                try:
                    await self._client.connect()
                except SipError as error:
                    trouble = error
                now = _condition(trouble)
                if now != said:
                    post(now)
                    said = now
                lasted = 0.0 if trouble else await self._watch()
                # An ILS that takes us in and throws us out at once must not be stormed either.
                failures = failures + 1 if lasted < self._settings.backoff_s else 0
                if failures:
                    await self._heard_news(asyncio.get_running_loop().time() + self._backoff(failures))
        finally:
            await self._client.disconnect()

    async def _watch(self) -> float:
        """Wait while the connection stands; say 99 when nobody else says anything. Seconds it stood."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while self._client.connected:
            due = self._client.last_used + self._settings.keepalive_s
            if loop.time() < due:
                await self._heard_news(due)
                self._client.news.clear()
                continue
            with contextlib.suppress(SipError):
                await self._client.ask(ScStatus())
        return loop.time() - began

    async def _heard_news(self, until: float) -> None:
        # An instant, not a length: what is left of a length may be too short for the clock to move.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._client.news.wait()

    def _backoff(self, failures: int) -> float:
        limit = min(self._settings.backoff_s * 2.0 ** min(failures - 1, 16), self._settings.backoff_limit_s)
        return limit * self._randomness.uniform(0.5, 1.0)

    # ---- patrons ----------------------------------------------------------------------------

    async def sign_in(self, patron: PatronId, pin: Pin | None, language: str) -> SignInAnswer:
        """63 with the charged list, or 23 where the ILS does no 63 (see the port)."""
        if self._settings.pin_required and pin is None:
            return Denied(Reason.PIN_NEEDED)
        try:
            answer, charged = await self._who_is(patron, pin, language)
        except EncodeError as error:
            return Denied(Reason.PIN_WRONG if error.field == "AD" else Reason.CARD_UNKNOWN)
        except Trouble as trouble:
            return NoAnswer(reason_of(trouble))
        note = note_of(answer.screen_messages, self._profile)
        if answer.valid_patron is False:
            return Denied(Reason.CARD_UNKNOWN, note)
        # Without AD, several ILSes answer CQ N even where no PIN is wanted: it counts only with one.
        if pin is not None and answer.valid_password is False:
            return Denied(Reason.PIN_WRONG, note)
        if reason := barred(answer.flags, self._settings.blocking_flags):
            return Denied(reason, note)
        return Welcome(clean(answer.name), charged)

    async def _who_is(
        self, patron: PatronId, pin: Pin | None, language: str
    ) -> tuple[PatronInformationResponse | PatronStatusResponse, frozenset[str]]:
        try:
            listed = await self._charged(patron, pin, language)
        except NotSupported:
            request = PatronStatusRequest(
                language=language_number(language),
                date=self._now(),
                institution=self._settings.institution,
                patron=patron.value,
                terminal_password=self._settings.terminal_password,
                patron_password=pin.value if pin else "",
            )
            return await self._client.ask(request), frozenset()
        return listed.answer, charged_ids(listed.entries)

    async def _charged(self, patron: PatronId, pin: Pin | None, language: str = "") -> ChargedList:
        request = PatronInformation(
            language=language_number(language),
            date=self._now(),
            institution=self._settings.institution,
            patron=patron.value,
            terminal_password=self._settings.terminal_password or None,
            patron_password=pin.value if pin else None,
        )
        return await charged_list(self._client, request)

    async def end_session(self, patron: PatronId, pin: Pin | None) -> None:
        """35, if there is a connection to say it on."""
        if not self._client.connected:
            return
        request = EndSession(
            date=self._now(),
            institution=self._settings.institution,
            patron=patron.value,
            terminal_password=self._settings.terminal_password or None,
            patron_password=pin.value if pin else None,
        )
        with contextlib.suppress(SipError):  # the patron is done, whatever the ILS makes of it
            await self._client.ask(request)

    # ---- items ------------------------------------------------------------------------------

    async def lend(
        self, patron: PatronId, pin: Pin | None, item: ItemKey, late: Callable[[], None]
    ) -> LoanAnswer:
        """11, once (see the port)."""
        if not item.id:
            return NotLent(Reason.CODE_BAD)
        with_pin = pin is not None and self._profile.patron_password_on_checkout
        request = Checkout(
            date=self._now(),
            nb_due_date=self._now() + NB_LOAN,
            institution=self._settings.institution,
            patron=patron.value,
            item=item.id,
            terminal_password=self._settings.terminal_password,
            patron_password=pin.value if pin and with_pin else None,
            fee_acknowledged=False,
        )
        try:
            outcome = await self._client.change(request, late)
        except EncodeError as error:
            return NotLent(Reason.CODE_BAD if error.field == "AB" else Reason.ITEM_REFUSED)
        match outcome:
            case Done(answer):
                return lent(answer, self._profile)
            case Refused(answer):
                return refused(answer, self._profile)
            case NotSent(NotSupported()):
                return NotLent(Reason.ITEM_REFUSED)
            case NotSent():
                return NotLent(Reason.ILS_DOWN)
            case Unknown():
                return Doubt()

    async def settle(self, patron: PatronId, item: ItemKey) -> LoanAnswer:
        """63, then 17, on a fresh connection (see the port).

        In the patron's list: lent. Not in a list that is complete, and of a status that no item on loan
        has: not lent. Anything else stays in doubt.
        """
        try:
            await self._client.reconnect(self._profile.connect_timeout_s)
            listed = await self._charged(patron, None)
            held = item.id in charged_ids(listed.entries)
            about = await self._about(item)
        except SipError:
            return Doubt()
        if held:
            return Lent(
                release=self._profile.release_when_settled,
                title=clean(about.title) if about else "",
                due=due_of(about.due or "", self._profile) if about else None,
            )
        if listed.complete and about is not None and about.circulation_status in SAFE_STATUSES:
            return NotLent(Reason.ITEM_REFUSED, title=clean(about.title))
        return Doubt()

    async def describe(self, item: ItemKey) -> ItemDescription | None:
        """17, for the title (see the port)."""
        try:
            about = await self._about(item)
        except EncodeError:
            return None
        title = clean(about.title) if about else ""
        return ItemDescription(item, title) if title else None

    async def _about(self, item: ItemKey) -> ItemInformationResponse | None:
        request = ItemInformation(
            date=self._now(),
            institution=self._settings.institution,
            item=item.id,
            terminal_password=self._settings.terminal_password or None,
        )
        try:
            return await self._client.ask(request)
        except Trouble:
            return None

    def _now(self) -> datetime:
        """Local time, naive: the way in which SIP2 prefers it."""
        return datetime.fromtimestamp(self._wall(), UTC).astimezone().replace(tzinfo=None, microsecond=0)


def _condition(trouble: SipError | None) -> DeviceChanged:
    if trouble is None:
        return DeviceChanged(Device.ILS, Condition.READY)
    reason = reason_of(trouble) if isinstance(trouble, Trouble) else Reason.ILS_DOWN
    return DeviceChanged(Device.ILS, Condition.MISSING, reason)
