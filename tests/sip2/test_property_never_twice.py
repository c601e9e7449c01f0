"""No sequence of faults makes the client execute a changing message twice, take one message's answer for
another's, or report as done what was not done, as refused what was, as not sent what was sent.

(The number of a message has one digit. Answers here are late by up to nine messages, as many as it can tell.)
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from kiosk.lab import run
from kiosk.sip2 import (
    BlockPatron,
    Checkin,
    Checkout,
    Client,
    Done,
    FeePaid,
    FeeType,
    Hold,
    HoldMode,
    ItemInformation,
    ItemStatusUpdate,
    ItemStatusUpdateResponse,
    Login,
    NotSent,
    PatronEnable,
    PatronInformation,
    PatronStatusRequest,
    PaymentType,
    Profile,
    Refused,
    Renew,
    RenewAll,
    Trouble,
    Unknown,
    in_currency,
)
from tests.sip2.faulty import KINDS, Fault, FaultyAcs

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001
PATIENCE_S = 66.0
"""A change takes at most twice its wait (30 s), and a quick connection before it."""

delays = st.sampled_from([0.0, 0.05, 0.3, 1.0, 4.0, 6.0, 9.9, 10.0, 10.5, 11.9, 12.5, 19.0, 25.0])
faults = st.builds(Fault, st.sampled_from(KINDS), st.booleans(), delays, st.integers(0, 8))


CHANGES = ["lend", "take back", "renew", "renew all", "hold", "fee", "mark", "block", "enable"]
QUESTIONS = ["who", "standing", "what"]


@dataclass(frozen=True)
class Deed:
    """One thing that the kiosk does: what, about which item and patron, whether the ILS will refuse it, and
    how long it has been idle before."""

    what: str
    item: str = "39000001"
    patron: str = "21000001"
    refused: bool = False
    pause: float = 0.0

    def request(self, token: str):
        about = {"date": NOON, "institution": token}
        patron, item = {"patron": self.patron}, {"item": self.item}
        match self.what:
            case "lend":
                return Checkout(**about, **patron, **item, nb_due_date=NOON, terminal_password="")
            case "take back":
                return Checkin(
                    **about, **item, return_date=NOON, current_location="Main", terminal_password=""
                )
            case "renew":
                return Renew(**about, **patron, **item, nb_due_date=NOON)
            case "hold":
                return Hold(**about, **patron, **item, mode=HoldMode.ADD)
            case "fee":
                money = in_currency(Decimal("1.50"), "EUR")
                return FeePaid(
                    **about, **patron, fee_type=FeeType.OTHER, payment_type=PaymentType.CREDIT_CARD,
                    currency="EUR", fee_amount=money,
                )  # fmt: skip
            case "renew all":
                return RenewAll(**about, **patron)
            case "mark":
                return ItemStatusUpdate(**about, **item, item_properties="")
            case "block":
                return BlockPatron(**about, **patron, blocked_card_message="found", terminal_password="")
            case "enable":
                return PatronEnable(**about, **patron)
            case "standing":
                return PatronStatusRequest(**about, **patron, terminal_password="", patron_password="")
            case "who":
                return PatronInformation(**about, **patron)
            case _:
                return ItemInformation(**about, **item)


deeds = st.builds(
    Deed,
    st.sampled_from([*CHANGES, "lend", *QUESTIONS]),
    st.sampled_from(["39000001", "39000002"]),
    st.sampled_from(["21000001", "21000002"]),
    st.booleans(),
    st.sampled_from([0.0, 0.0, 0.5, 15.0]),
)


def play(deeds: list[Deed], acs: FaultyAcs, profile: Profile) -> list[object]:
    """What the client makes of each deed; `T0`, `T1` and so on are their tokens."""
    login = Login(login_user="kiosk", login_password="pw")
    client = Client(acs.open, profile, login=login)

    async def story() -> list[object]:
        outcomes: list[object] = []
        loop = asyncio.get_running_loop()
        for number, deed in enumerate(deeds):
            await asyncio.sleep(deed.pause)
            request = deed.request(f"T{number}")
            began = loop.time()
            if deed.what in QUESTIONS:
                try:
                    outcomes.append(await client.ask(request))
                except Trouble as trouble:
                    outcomes.append(trouble)
            else:
                outcomes.append(await client.change(request, lambda: None))
            assert loop.time() - began < PATIENCE_S
        await asyncio.sleep(30)  # whatever is still under way
        await client.disconnect()
        return outcomes

    return run(story())


def token_of(answer) -> str:
    """Whose answer it is, as the client cannot see it."""
    return answer.title.raw if isinstance(answer, ItemStatusUpdateResponse) else answer.institution


def judge(deeds: list[Deed], acs: FaultyAcs, outcomes: list[object]) -> None:
    for number, (deed, outcome) in enumerate(zip(deeds, outcomes, strict=True)):
        token = f"T{number}"
        assert acs.executed[token] <= 1, f"{token} was executed twice"
        assert acs.refused[token] <= 1, f"{token} was asked twice"
        match outcome:
            case Done(answer):
                assert acs.executed[token] == 1
                assert acs.plain or token_of(answer) == token
            case Refused(answer):
                assert acs.refused[token] == 1
                assert acs.plain or token_of(answer) == token
            case NotSent():
                assert acs.arrived[token] == 0
            case Unknown() | Trouble():
                pass
            case answer if deed.what in {"who", "standing"}:
                assert answer.patron == deed.patron
            case answer:
                assert answer.item == deed.item


def tokens(deeds: list[Deed]) -> set[str]:
    """The tokens of those that the ILS will refuse."""
    return {f"T{number}" for number, deed in enumerate(deeds) if deed.refused}


some_deeds = st.lists(deeds, min_size=1, max_size=6)
some_faults = st.lists(faults, min_size=1, max_size=12)
faults_at_login = st.one_of(st.just([]), st.lists(st.one_of(st.just(Fault()), faults), max_size=6))


@settings(max_examples=200)
@given(some_deeds, some_faults, faults_at_login)
# the repetition was understood, its execution takes a while, and the 96 comes once more
@example([Deed("lend")], [Fault("96 twice", after=1.0), Fault(after=6.0)], [])
# a question's 96 comes again when a loan is under way
@example([Deed("what"), Deed("lend")], [Fault("96 twice", after=1.0), Fault(), Fault(after=6.0)], [])
# the late original bears the next message's number
@example([Deed("renew")] * 2, [Fault("wrong number", after=12.5), Fault(), Fault(after=6.0)], [])
@example([Deed("renew")] * 2, [Fault(after=10.5), Fault("wrong number", after=1.0), Fault(after=6.0)], [])
# executed, its answer lost, and an ILS that cannot recall it
@example([Deed("lend")], [Fault("silent"), Fault("96 storm", after=1.0)], [])
def test_with_sequence_numbers(deeds: list[Deed], faults: list[Fault], at_login: list[Fault]) -> None:
    acs = FaultyAcs(faults, tokens(deeds), at_login=at_login)
    judge(deeds, acs, outcomes := play(deeds, acs, Profile()))
    event(", ".join(sorted({type(each).__name__ for each in outcomes})))


@settings(max_examples=200)
@given(some_deeds, some_faults, faults_at_login)
# the loan before was refused, and that comes once more, behind half an answer to the 97
@example(
    [Deed("lend", refused=True), Deed("lend")],
    [Fault("twice", after=10.5), Fault("silent", executed=False), Fault("half")],
    [],
)
# a status that was asked for comes once more while the card is being blocked
@example([Deed("standing"), Deed("block")], [Fault("twice", after=1.0), Fault(after=6.0)], [])
def test_without_sequence_numbers(deeds: list[Deed], faults: list[Fault], at_login: list[Fault]) -> None:
    """Then only the item and the patron tell answers apart, and they may be the same in all messages."""
    acs = FaultyAcs(faults, tokens(deeds), at_login=at_login, plain=True)
    judge(deeds, acs, play(deeds, acs, Profile(error_detection=False)))


HARMLESS = {
    "honest", "half", "half and the rest", "garbage", "garbage and the answer", "wrong number",
    "wrong checksum", "no trailer", "no end", "twice", "silent", "status and the answer",
}  # fmt: skip
"""What an ILS that has executed the message, and recalls its answer, makes up for."""


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_alone(kind: str, what: str) -> None:
    """And behind it, all is well again."""
    deeds = [Deed(what), Deed(what, item="39000002", pause=60.0)]
    acs = FaultyAcs([Fault(kind, after=1.0)], set())
    outcomes = play(deeds, acs, Profile())
    judge(deeds, acs, outcomes)
    assert isinstance(outcomes[1], Done)
    if kind in HARMLESS:
        assert isinstance(outcomes[0], Done)
