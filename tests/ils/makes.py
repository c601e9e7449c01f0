"""A library whose ILS is of some make, and the kiosk's ILS adapter before it, in virtual time.

The ILS is the simulated one (`kiosk.simulator`), with the profile that a technician would choose for it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import ItemKey, Money, PatronId, Pin
from kiosk.ils import IlsSettings, SipIls
from kiosk.lab import run
from kiosk.lab.wires import Bench
from kiosk.simulator import Scenery, World
from kiosk.simulator.makes import MAKES
from kiosk.simulator.scenery import Debt, Hold, IlsManners, Item, Loan, Patron

T = TypeVar("T")

NOW = 1_790_000_000.0
"""Wall time when a story begins."""

ANNA, BEN, PIN = PatronId("21000001"), PatronId("21000002"), Pin("1234")

SHELF = tuple(f"390000{n:02d}" for n in range(1, 10))
"""Books that nobody has or waits for."""
DEAR = tuple(f"390001{n:02d}" for n in range(1, 10))
"""The same, of which each loan costs 1.50."""
HERS = tuple(f"390002{n:02d}" for n in range(1, 13))
"""What Anna has. The first is overdue, Ben waits for the last but one, the last cannot be renewed."""
HIS = tuple(f"390003{n:02d}" for n in range(1, 10))
"""What Ben has."""
WAITING, COMING = "39000401", "39000402"
"""What waits for Anna, and what does not yet."""
NOWHERE = "39009999"
"""A number that is no book's."""

OWED = ("10.00", "2.50", "1000.00")

CHOSEN: Mapping[str, Mapping[str, Any]] = {
    "lantern": {},
    "standard": {},
    "pysip2-strict": {"charset": "cp850"},
    "invenio": {},
    "fsip2": {"profile": str(Path(__file__).with_name("fsip2.toml"))},
    "sierra": {"profile": "sierra", "terminal_login": "telnet"},
    **{
        make: {"profile": make}
        for make in ("koha", "evergreen", "folio", "symphony", "horizon", "polaris", "voyager", "alma", "eos")
    },
}
"""What a technician sets for each make, beside the login."""

assert set(CHOSEN) == set(MAKES)


def scenery(make: str, **manners: Any) -> Scenery:
    """The library, with an ILS of this make."""
    told = Scenery(
        patrons=(
            Patron(
                ANNA.value,
                "Anna Kern",
                pin=PIN.value,
                owes=tuple(Debt(f"F{n}", amount, "Overdue") for n, amount in enumerate(OWED, start=1)),
            ),
            Patron(BEN.value, "Ben Ode", pin="2222"),
        ),
        items=(
            *(Item(item, f"Title {item}") for item in (*SHELF, *HERS[:-1], *HIS, WAITING, COMING)),
            *(Item(item, f"Title {item}", fee="1.50") for item in DEAR),
            Item(HERS[-1], f"Title {HERS[-1]}", renewals=0),
        ),
        loans=(
            Loan(ANNA.value, HERS[0], overdue=True),
            *(Loan(ANNA.value, item) for item in HERS[1:]),
            *(Loan(BEN.value, item) for item in HIS),
        ),
        holds=(
            Hold(ANNA.value, WAITING, ready=True),
            Hold(BEN.value, COMING),
            Hold(ANNA.value, COMING),
            Hold(BEN.value, HERS[-2]),
        ),
        ils=IlsManners(login=("selfcheck", "lantern")),
    ).speaking_as(make)
    return dataclasses.replace(told, ils=dataclasses.replace(told.ils, **manners))


class House:
    """The library, its ILS (`world.ils`) and the adapter before it (`ils`); `play` gives it time."""

    def __init__(self, make: str, manners: Mapping[str, Any] | None = None, **settings: Any) -> None:
        self.make = MAKES[make]
        self.news: list[DeviceChanged] = []
        self._told = scenery(make, **(manners or {}))
        self._settings = IlsSettings(
            **{
                "institution": "LANTERN",
                "login_user": "selfcheck",
                "login_password": "lantern",
                **CHOSEN[make],
                **settings,
            }
        )

    @property
    def plain(self) -> bool:
        """Whether its profile goes without numbers and checksums: then a wrong bit may pass."""
        return not self._settings.sip_profile().error_detection

    def serves(self, code: str) -> bool:
        """Whether this make does such messages."""
        return code not in self.make.unserved | self.make.crashes

    def says_so(self, code: str) -> bool:
        """Whether it says beforehand that it does not do them: else a kiosk has to try."""
        return not self.serves(code) and bool(self.make.bx)

    def play(self, tale: Callable[[], Awaitable[T]]) -> T:
        """Run a tale beside the adapter's supervisor, which has connected; gives what the tale gives."""

        async def whole() -> T:
            loop = asyncio.get_running_loop()
            self.world = World(self._told, wall=lambda: NOW + loop.time())
            self._bench = Bench({"ils": self.world.ils})
            self.ils = SipIls(
                self._settings, self._bench.wire_to("ils"), lambda: NOW + loop.time(), random.Random(1)
            )
            watch = loop.create_task(self.ils.run(self.news.append))
            try:
                await asyncio.sleep(1.0)
                return await tale()
            finally:
                watch.cancel()
                await asyncio.wait({watch})

        return run(whole())

    def order(self, do: str, **more: Any) -> None:
        """A command to the ILS, at this very moment."""
        answer = self.world.do({"do": do, "device": "ils", **more}, asyncio.get_running_loop().time())
        assert answer["ok"], answer
        self._bench.play()

    def asked(self, code: str) -> list[str]:
        """All messages of this kind that the ILS heard."""
        return [each.request for each in self.world.ils.messages if each.request.startswith(code)]

    def done(self) -> Counter[str]:
        """What the ILS has really done, and how often: the code of what asked for it, and the item (of a
        payment: its reference)."""
        ils = self.world.ils
        return Counter(
            [
                *(f"11 {each.item}" for each in ils.loans),
                *(f"09 {each.item}" for each in ils.returns if each.was_on_loan),
                *(f"29 {each.item}" for each in ils.renewals),
                *(f"15 {each.item}" for each in ils.holds),
                *(f"37 {each.reference}" for each in ils.payments),
            ]
        )


@dataclass(frozen=True)
class Deed:
    """One thing that the desk asks for: the SIP2 message of it, and what it is about (of a payment: its
    reference). `agreed`: to the fee, where there is one."""

    code: str
    about: str = ""
    agreed: bool = True

    async def ask(self, ils: SipIls, late: Callable[[], None] = lambda: None) -> object:
        """Ask for it, as the desk does."""
        item = ItemKey(self.about)
        match self.code:
            case "11":
                return await ils.lend(ANNA, PIN, item, late, agreed=self.agreed and self.about in DEAR)
            case "09":
                return await ils.take_back(item, late)
            case "29":
                return await ils.renew(ANNA, PIN, item, late)
            case "65":
                return await ils.renew_all(ANNA, PIN, late)
            case "15":
                return await ils.hold(ANNA, PIN, item, late)
            case "37":
                return await ils.book_fee(ANNA, PIN, Money(Decimal("1.00"), "EUR"), self.about, late)
            case "17":
                return await ils.describe(item)
            case "account":
                return await ils.account(ANNA, PIN)
            case "35":
                return await ils.end_session(ANNA, PIN)
            case _:
                return await ils.sign_in(ANNA, PIN, "en")
