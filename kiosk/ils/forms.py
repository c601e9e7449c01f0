"""Forms: the messages that this kiosk sends, filled in with who it is and what time it is. No I/O."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from kiosk.circulation.values import ItemKey, Money, PatronId, Pin
from kiosk.ils.settings import IlsSettings
from kiosk.sip2.dates import moment_of
from kiosk.sip2.fields import FeeType, HoldMode, HoldType, PaymentType, language_number
from kiosk.sip2.messages import (
    Checkin,
    Checkout,
    EndSession,
    FeePaid,
    Hold,
    ItemInformation,
    Login,
    PatronInformation,
    PatronStatusRequest,
    Renew,
    RenewAll,
    Request,
    Verdict,
)
from kiosk.sip2.money import in_currency
from kiosk.sip2.profiles import Profile

NB_LOAN: Final = timedelta(days=28)
"""The no-block due date of an 11 or a 29 counts only for loans made off-line, which we do not make;
but some ILSes close the connection when it is blank, so a real date stands there (unless the profile says
blanks)."""


R = TypeVar("R", bound=Request[Any])


def login_of(settings: IlsSettings, card: str = "") -> Login | None:
    """The terminal's own login (for the patron with this card number); None when the ILS wants none."""
    if not settings.login_user:
        return None
    return Login(
        login_user=settings.login_user,
        login_password=settings.login_password,
        location=settings.location_of(card) or None,
    )


class Forms:
    """Makes messages; `wall` is the wall clock in seconds since 1970."""

    def __init__(self, settings: IlsSettings, profile: Profile, wall: Callable[[], float]) -> None:
        self._settings = settings
        self._profile = profile
        self._by_prefix = settings.by_prefix
        self._wall = wall
        self._clock: tuple[int, datetime] | None = None

    def patron_information(self, patron: PatronId, pin: Pin | None, language: str = "") -> PatronInformation:
        """63, its list still to be chosen."""
        return self._whole(
            PatronInformation(
                language=language_number(language),
                date=self._now(),
                institution=self._institution_of(patron),
                patron=patron.value,
                terminal_password=self._settings.terminal_password or None,
                patron_password=pin.value if pin else None,
            )
        )

    def patron_status(self, patron: PatronId, pin: Pin | None, language: str) -> PatronStatusRequest:
        """23."""
        return PatronStatusRequest(
            language=language_number(language),
            date=self._now(),
            institution=self._institution_of(patron),
            patron=patron.value,
            terminal_password=self._settings.terminal_password,
            patron_password=pin.value if pin else "",
        )

    def end_session(self, patron: PatronId, pin: Pin | None) -> EndSession:
        """35."""
        return self._whole(
            EndSession(
                date=self._now(),
                institution=self._institution_of(patron),
                patron=patron.value,
                terminal_password=self._settings.terminal_password or None,
                patron_password=pin.value if pin else None,
            )
        )

    def item_information(self, item: ItemKey) -> ItemInformation:
        """17."""
        return self._whole(
            ItemInformation(
                date=self._now(),
                institution=self._settings.institution,
                item=item.id,
                terminal_password=self._settings.terminal_password or None,
            )
        )

    def checkout(self, patron: PatronId, pin: Pin | None, item: ItemKey, *, agreed: bool = False) -> Checkout:
        """11; `agreed`: to the fee that the ILS has asked for."""
        return self._whole(
            Checkout(
                date=self._now(),
                nb_due_date=self._nb_due(),
                institution=self._institution_of(patron),
                patron=patron.value,
                item=item.id,
                terminal_password=self._settings.terminal_password,
                patron_password=self._pin_with_loan(pin),
                fee_acknowledged=self._fee_acknowledged(agreed=agreed),
            )
        )

    def checkin(self, item: ItemKey) -> Checkin:
        """09, for a return at this very moment."""
        now = self._now()
        return Checkin(
            no_block=self._profile.no_block == "returns",
            date=now,
            return_date=now,
            current_location=self._settings.branch,
            institution=self._settings.institution,
            item=item.id,
            terminal_password=self._settings.terminal_password,
        )

    def renew(self, patron: PatronId, pin: Pin | None, item: ItemKey) -> Renew:
        """29, by the patron who has it, with no fee agreed to."""
        return self._whole(
            Renew(
                date=self._now(),
                nb_due_date=self._nb_due(),
                institution=self._institution_of(patron),
                patron=patron.value,
                patron_password=self._pin_with_loan(pin),
                item=item.id,
                terminal_password=self._settings.terminal_password or None,
                fee_acknowledged=self._fee_acknowledged(agreed=False),
            )
        )

    def renew_all(self, patron: PatronId, pin: Pin | None) -> RenewAll:
        """65, by the patron who has them, with no fee agreed to."""
        return self._whole(
            RenewAll(
                date=self._now(),
                institution=self._institution_of(patron),
                patron=patron.value,
                patron_password=self._pin_with_loan(pin),
                terminal_password=self._settings.terminal_password or None,
                fee_acknowledged=self._fee_acknowledged(agreed=False),
            )
        )

    def hold(self, patron: PatronId, pin: Pin | None, item: ItemKey) -> Hold:
        """15: a hold on any copy of what this item is, to be picked up where the ILS thinks best, with no fee
        agreed to."""
        return self._whole(
            Hold(
                mode=HoldMode.ADD,
                date=self._now(),
                hold_type=HoldType.ANY_COPY,
                institution=self._institution_of(patron),
                patron=patron.value,
                patron_password=self._pin_with_loan(pin),
                item=item.id,
                terminal_password=self._settings.terminal_password or None,
                fee_acknowledged=self._fee_acknowledged(agreed=False),
            )
        )

    def fee_paid(self, patron: PatronId, pin: Pin | None, amount: Money, reference: str) -> FeePaid:
        """37, for money that the till has taken by card.

        Raises:
            EncodeError: nobody can pay this amount in its currency.
        """
        return self._whole(
            FeePaid(
                date=self._now(),
                fee_type=FeeType.OTHER,
                payment_type=PaymentType.CREDIT_CARD,
                currency=amount.currency,
                fee_amount=in_currency(amount.amount, amount.currency),
                institution=self._institution_of(patron),
                patron=patron.value,
                terminal_password=self._settings.terminal_password or None,
                patron_password=self._pin_with_loan(pin),
                transaction=reference or None,
            )
        )

    def _whole(self, request: R) -> R:
        """The request with an empty AC and AD where there is none, if the ILS misses them."""
        if self._profile.empty_passwords == "left-out":
            return request
        wanted = {"AC", "AD"}
        if issubclass(request.answer, Verdict) and not self._profile.patron_password_on_checkout:
            wanted.remove("AD")
        empty = [each for each in request.specs if each.id in wanted and not getattr(request, each.name)]
        # An optional field that is empty is left out when it is written; what is extra is not.
        extras = tuple((each.id, "") for each in empty if not each.required)
        return dataclasses.replace(request, extras=extras)

    def _pin_with_loan(self, pin: Pin | None) -> str | None:
        return pin.value if pin and self._profile.patron_password_on_checkout else None

    def _institution_of(self, patron: PatronId) -> str:
        """AO of a patron: libraries that share an ILS have each their own."""
        for prefix, institution in self._by_prefix:
            if patron.value.startswith(prefix):
                return institution
        return self._settings.institution

    def _nb_due(self) -> datetime | None:
        return self._now() + NB_LOAN if self._profile.nb_due == "date" else None

    def _fee_acknowledged(self, *, agreed: bool) -> bool | None:
        return agreed if agreed or self._profile.fee_acknowledged == "always-sent" else None

    def _now(self) -> datetime:
        second = math.floor(self._wall())
        if self._clock is None or self._clock[0] != second:
            self._clock = second, moment_of(second, self._profile.date_zone)
        return self._clock[1]
