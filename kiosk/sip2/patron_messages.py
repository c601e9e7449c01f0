"""Messages about patrons: who they are (23, 63), that they are done (35), cards that are blocked (01) and
enabled again (25)."""

from __future__ import annotations

from datetime import datetime

from kiosk.sip2.fields import Language, PatronFlag, Summary
from kiosk.sip2.kinds import (
    COUNT,
    CURRENCY_CODE,
    DATE,
    FLAG,
    FREE_TEXT,
    LANGUAGE,
    LIMIT,
    PATRON_FLAGS,
    SUMMARY,
    YES_NO,
    number,
)
from kiosk.sip2.money import Amount, Priced, amount_of
from kiosk.sip2.shape import Change, Message, Question, fixed, message, repeated, variable
from kiosk.sip2.untrusted import Untrusted


@message("24")
class PatronStatusResponse(Priced):
    """24: who the patron is and what is barred to them. PA and PC are extensions, whose meaning varies (PA is
    the day on which the card expires, except on Polaris)."""

    flags: frozenset[PatronFlag] = fixed(PATRON_FLAGS, default=frozenset())
    language: Language | str = fixed(LANGUAGE, default=Language.UNKNOWN)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    name: Untrusted = variable("AE", kind=FREE_TEXT)
    valid_patron: bool | None = variable("BL", kind=FLAG, default=None)
    valid_password: bool | None = variable("CQ", kind=FLAG, default=None)
    currency: str | None = variable("BH", kind=CURRENCY_CODE, default=None)
    fee_amount_text: str | None = variable("BV", default=None)
    expiry: Untrusted | None = variable("PA", kind=FREE_TEXT, default=None)
    patron_class: Untrusted | None = variable("PC", kind=FREE_TEXT, default=None)
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())


@message("23", PatronStatusResponse)
class PatronStatusRequest(Question[PatronStatusResponse]):
    """23: the short question about a patron; AC and AD are required, if only empty."""

    language: Language | str = fixed(LANGUAGE, default=Language.UNKNOWN)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    terminal_password: str = variable("AC")
    patron_password: str = variable("AD")


@message("01", PatronStatusResponse)
class BlockPatron(Change[PatronStatusResponse]):
    """01: block this card, for this reason. Staff may have enabled it again in between, and some ACS tell
    somebody each time: never send it twice.

    Its answer has no verdict, only the patron's status, in which the card is blocked, or it is not. (An ACS
    that does not know the patron has blocked nothing, whatever flags it sends.)"""

    card_retained: bool = fixed(YES_NO, default=False)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    blocked_card_message: str = variable("AL")
    patron: str = variable("AA")
    terminal_password: str = variable("AC")

    def done_by(self, answer: Message) -> bool:
        """Whether the card is blocked."""
        return (
            isinstance(answer, PatronStatusResponse) and answer.valid_patron is not False and _blocked(answer)
        )


@message("64")
class PatronInformationResponse(Priced):
    """64: as 24, with counts (None: unknown) and at most one list.

    The standard has item ids in all lists but the fines; some ACS send an id with a text behind it, or a
    title instead.
    """

    flags: frozenset[PatronFlag] = fixed(PATRON_FLAGS, default=frozenset())
    language: Language | str = fixed(LANGUAGE, default=Language.UNKNOWN)
    date: datetime | None = fixed(DATE)
    hold_count: int | None = fixed(number(4), default=None)
    overdue_count: int | None = fixed(number(4), default=None)
    charged_count: int | None = fixed(number(4), default=None)
    fine_count: int | None = fixed(number(4), default=None)
    recall_count: int | None = fixed(number(4), default=None)
    unavailable_hold_count: int | None = fixed(number(4), default=None)
    institution: str = variable("AO")
    patron: str = variable("AA")
    name: Untrusted = variable("AE", kind=FREE_TEXT)
    hold_limit: int | None = variable("BZ", kind=LIMIT, default=None)
    overdue_limit: int | None = variable("CA", kind=LIMIT, default=None)
    charged_limit: int | None = variable("CB", kind=LIMIT, default=None)
    valid_patron: bool | None = variable("BL", kind=FLAG, default=None)
    valid_password: bool | None = variable("CQ", kind=FLAG, default=None)
    currency: str | None = variable("BH", kind=CURRENCY_CODE, default=None)
    fee_amount_text: str | None = variable("BV", default=None)
    fee_limit_text: str | None = variable("CC", default=None)
    hold_items: tuple[str, ...] = repeated("AS", default=())
    overdue_items: tuple[str, ...] = repeated("AT", default=())
    charged_items: tuple[str, ...] = repeated("AU", default=())
    fine_items: tuple[Untrusted, ...] = repeated("AV", kind=FREE_TEXT, default=())
    recall_items: tuple[str, ...] = repeated("BU", default=())
    unavailable_hold_items: tuple[str, ...] = repeated("CD", default=())
    home_address: Untrusted | None = variable("BD", kind=FREE_TEXT, default=None)
    email: Untrusted | None = variable("BE", kind=FREE_TEXT, default=None)
    home_phone: Untrusted | None = variable("BF", kind=FREE_TEXT, default=None)
    expiry: Untrusted | None = variable("PA", kind=FREE_TEXT, default=None)  # see 24
    patron_class: Untrusted | None = variable("PC", kind=FREE_TEXT, default=None)
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())

    @property
    def fee_limit(self) -> Amount:
        """How much a patron may owe (CC)."""
        return amount_of(self.fee_limit_text, self.currency)


@message("63", PatronInformationResponse)
class PatronInformation(Question[PatronInformationResponse]):
    """63: the long question. `summary` is one list or none: with two, several ACS send neither."""

    language: Language | str = fixed(LANGUAGE, default=Language.UNKNOWN)
    date: datetime | None = fixed(DATE)
    summary: Summary | None = fixed(SUMMARY, default=None)
    institution: str = variable("AO")
    patron: str = variable("AA")
    terminal_password: str | None = variable("AC", default=None)
    patron_password: str | None = variable("AD", default=None)
    start: int | None = variable("BP", kind=COUNT, default=None)  # from 1, both included
    end: int | None = variable("BQ", kind=COUNT, default=None)


@message("36")
class EndSessionResponse(Message):
    """36: the patron is done, says the ACS too."""

    ended: bool = fixed(YES_NO)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())


@message("35", EndSessionResponse)
class EndSession(Question[EndSessionResponse]):
    """35: the patron is done."""

    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    terminal_password: str | None = variable("AC", default=None)
    patron_password: str | None = variable("AD", default=None)


@message("26")
class PatronEnableResponse(Message):
    """26: who the patron is, and what is barred to them still."""

    flags: frozenset[PatronFlag] = fixed(PATRON_FLAGS, default=frozenset())
    language: Language | str = fixed(LANGUAGE, default=Language.UNKNOWN)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    name: Untrusted = variable("AE", kind=FREE_TEXT)
    valid_patron: bool | None = variable("BL", kind=FLAG, default=None)
    valid_password: bool | None = variable("CQ", kind=FLAG, default=None)
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())


@message("25", PatronEnableResponse)
class PatronEnable(Change[PatronEnableResponse]):
    """25: unblock this card. Staff may have blocked it again in between: never send it twice.

    Its answer has no verdict, only the patron's status, in which the card is good again, or it is not. (Where
    something else still bars the patron from all loans, too, it is not.)"""

    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    terminal_password: str | None = variable("AC", default=None)
    patron_password: str | None = variable("AD", default=None)

    def done_by(self, answer: Message) -> bool:
        """Whether the patron is enabled."""
        return (
            isinstance(answer, PatronEnableResponse)
            and answer.valid_patron is not False
            and not _blocked(answer)
        )


def _blocked(answer: PatronStatusResponse | PatronEnableResponse) -> bool:
    """Whether a card is of no use, as its patron's status says: the flags that an ACS raises when it blocks
    it (Koha the four of all that is denied, others that the card is lost)."""
    return not answer.flags.isdisjoint({PatronFlag.CHARGE_DENIED, PatronFlag.CARD_LOST})
