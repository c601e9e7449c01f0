"""Stand-ins for the outside parties, at the shape of the desk's ports, each with its own slowness.

They keep what they were asked and when (virtual seconds), and do what the test told them beforehand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from kiosk.circulation.answers import (
    Account,
    AccountAnswer,
    FeeAnswer,
    FeeBooked,
    HoldAnswer,
    HoldPlaced,
    ItemDescription,
    Lent,
    LoanAnswer,
    MoneyTaken,
    NotLent,
    RenewalAnswer,
    RenewAllAnswer,
    Renewed,
    RenewedAll,
    ReturnAnswer,
    Returned,
    SignInAnswer,
    TillAnswer,
    Welcome,
)
from kiosk.circulation.effects import Effect
from kiosk.circulation.events import Stamped
from kiosk.circulation.facts import Fact
from kiosk.circulation.policy import Policy
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged, GateReport, PadReport, TagRead, TagsLeft
from kiosk.circulation.state import State
from kiosk.circulation.values import (
    AFI_IN_STOCK,
    AFI_ON_LOAN,
    AFI_UNKNOWN,
    Condition,
    Device,
    Flushed,
    ItemKey,
    ItemTag,
    Media,
    Money,
    OpenRows,
    Paper,
    PatronId,
    Pin,
    Printout,
    Proof,
    Row,
    SagaId,
    Security,
    SeenTag,
    Switched,
    TerminalState,
    Uid,
)
from kiosk.circulation.views import View
from kiosk.desk import Desk, ports
from kiosk.lab.loop import run
from tests.circulation.story import outcome_of, security_of

WALL = 1.7e9
"""Wall time at virtual second 0."""


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass(frozen=True)
class Did:
    """One piece of work: what, on what, from when to when."""

    what: str
    on: str
    began: float
    ended: float

    def overlaps(self, other: Did) -> bool:
        return self.began < other.ended and other.began < self.ended


@dataclass
class SlowIls:
    """Says yes to everything after a while, unless it was told otherwise."""

    takes: float = 0.4
    late_after: float = 99.0
    answers: dict[str, LoanAnswer] = field(default_factory=dict)
    settled: dict[str, LoanAnswer] = field(default_factory=dict)
    back: dict[str, ReturnAnswer] = field(default_factory=dict)
    settled_back: dict[str, ReturnAnswer] = field(default_factory=dict)
    booked: FeeAnswer = field(default_factory=FeeBooked)
    welcome: SignInAnswer = field(default_factory=lambda: Welcome("Anna Kern"))
    account_takes: float = 0.4
    listed: AccountAnswer = field(default_factory=Account)
    all_renewed: RenewAllAnswer = field(default_factory=RenewedAll)
    did: list[Did] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    told: list[TerminalState] = field(default_factory=list)
    post: Callable[[DeviceChanged], None] = lambda _: None

    async def run(self, post: Callable[[DeviceChanged], None]) -> None:
        self.post = post
        post(DeviceChanged(Device.ILS, Condition.READY))
        await asyncio.Event().wait()

    async def _work(self, what: str, on: str, late: Callable[[], None] | None = None) -> None:
        began = now()
        self.begun.append(f"{what} {on}")
        if late is not None and self.late_after < self.takes:
            await asyncio.sleep(self.late_after)
            late()
        await asyncio.sleep(began + self.takes - now())
        self.did.append(Did(what, on, began, now()))

    async def terminal_status(self, status: TerminalState) -> None:
        self.told.append(status)

    async def sign_in(self, patron: PatronId, pin: Pin | None, language: str) -> SignInAnswer:
        await self._work("sign-in", patron.value)
        return self.welcome

    async def lend(
        self,
        patron: PatronId,
        pin: Pin | None,
        item: ItemKey,
        late: Callable[[], None],
        *,
        agreed: bool = False,
    ) -> LoanAnswer:
        await self._work("lend agreed" if agreed else "lend", item.id, late)
        if agreed:
            return Lent(release=True)
        return self.answers.get(item.id, Lent(release=True, title=f"Title of {item.id}"))

    async def settle(self, patron: PatronId, item: ItemKey) -> LoanAnswer:
        await self._work("settle", item.id)
        return self.settled.get(item.id, Lent(release=True))

    async def take_back(self, item: ItemKey, late: Callable[[], None]) -> ReturnAnswer:
        await self._work("take-back", item.id, late)
        return self.back.get(item.id, Returned(title=f"Title of {item.id}"))

    async def settle_return(self, item: ItemKey) -> ReturnAnswer:
        await self._work("settle-return", item.id)
        return self.settled_back.get(item.id, Returned(was_on_loan=False))

    async def renew(
        self, patron: PatronId, pin: Pin | None, item: ItemKey, late: Callable[[], None]
    ) -> RenewalAnswer:
        await self._work("renew", item.id, late)
        return Renewed(title=f"Title of {item.id}")

    async def hold(
        self, patron: PatronId, pin: Pin | None, item: ItemKey, late: Callable[[], None]
    ) -> HoldAnswer:
        await self._work("hold", item.id, late)
        return HoldPlaced(pickup="Main desk")

    async def book_fee(
        self, patron: PatronId, pin: Pin | None, amount: Money, reference: str, late: Callable[[], None]
    ) -> FeeAnswer:
        await self._work("book", reference, late)
        return self.booked

    async def renew_all(self, patron: PatronId, pin: Pin | None, late: Callable[[], None]) -> RenewAllAnswer:
        await self._work("renew-all", patron.value, late)
        return self.all_renewed

    async def account(self, patron: PatronId, pin: Pin | None) -> AccountAnswer:
        began = now()
        self.begun.append(f"account {patron.value}")
        await asyncio.sleep(self.account_takes)
        self.did.append(Did("account", patron.value, began, now()))
        return self.listed

    async def describe(self, item: ItemKey) -> ItemDescription | None:
        await self._work("describe", item.id)
        wanted = isinstance(self.answers.get(item.id), NotLent)
        return ItemDescription(item, f"Title of {item.id}", wanted=wanted)

    async def end_session(self, patron: PatronId, pin: Pin | None) -> None:
        await self._work("end", patron.value)


@dataclass
class Field:
    """A pad with tags that take what is written, and the switch over it."""

    write_takes: float = 0.02
    read_takes: float = 0.01
    afi: dict[Uid, int] = field(default_factory=dict)
    there: set[Uid] = field(default_factory=set)
    slow: dict[Uid, float] = field(default_factory=dict)
    did: list[Did] = field(default_factory=list)
    post: Callable[[PadReport], None] = lambda _: None

    async def run(self, post: Callable[[PadReport], None]) -> None:
        self.post = post
        post(DeviceChanged(Device.PAD, Condition.READY))
        await asyncio.Event().wait()

    def put(self, *barcodes: str) -> None:
        for barcode in barcodes:
            uid = Uid(barcode)
            self.there.add(uid)
            afi = self.afi.setdefault(uid, AFI_IN_STOCK)
            self.post(TagRead(SeenTag(uid, afi, ItemTag(ItemKey(barcode)), security_of(afi))))

    def lift(self, *barcodes: str) -> None:
        self.there -= {Uid(barcode) for barcode in barcodes}
        self.post(TagsLeft(tuple(Uid(barcode) for barcode in barcodes)))

    async def switch(
        self, uid: Uid, permit: Flushed, wanted: Callable[[], bool], *, armed: bool, media: Media
    ) -> tuple[Switched, int]:
        if not wanted():
            return Switched.LEFT, AFI_UNKNOWN
        began = now()
        await asyncio.sleep(self.slow.get(uid, self.write_takes))
        if uid in self.there:
            self.afi[uid] = AFI_IN_STOCK if armed else AFI_ON_LOAN
        self.did.append(Did("write", uid, began, now()))
        afi, _ = await self.look(uid, media)
        return outcome_of(afi, armed=armed), afi or AFI_UNKNOWN

    async def look(self, uid: Uid, media: Media) -> tuple[int | None, Security]:
        began = now()
        await asyncio.sleep(self.read_takes)
        self.did.append(Did("read", uid, began, now()))
        afi = self.afi[uid] if uid in self.there else None
        return afi, security_of(afi)


@dataclass
class Disk:
    """A journal in memory; `broken` refuses rows, `full` says so before, `unreadable` refuses to be read so
    many times."""

    takes: float = 0.008
    rows: list[Row] = field(default_factory=list)
    flushes: list[Did] = field(default_factory=list)
    broken: bool = False
    full: bool = False
    unreadable: int = 0
    openings: int = 0
    reason: Reason | None = None

    async def append(self, rows: Sequence[Row]) -> tuple[Flushed, ...]:
        began = now()
        await asyncio.sleep(self.takes)
        if self.broken:
            raise OSError(28, "no space left on device")
        self.rows.extend(rows)
        kinds = ", ".join(f"{row.kind} {row.payload.get('item', row.saga)}" for row in rows)
        self.flushes.append(Did("flush", kinds, began, now()))
        first = len(self.rows) - len(rows) + 1
        return tuple(Flushed(first + n, row.saga, row.kind) for n, row in enumerate(rows))

    async def look_for_room(self) -> None:
        await asyncio.sleep(0.001)
        if self.full:
            raise OSError(28, "no space left on device")

    async def open_rows(self) -> OpenRows:
        await asyncio.sleep(0.008)
        self.openings += 1
        if self.unreadable:
            self.unreadable -= 1
            raise OSError(5, "input/output error")
        closed = {row.saga for row in self.rows if row.closes}
        still_open = tuple(row for row in self.rows if row.saga not in closed)
        return OpenRows(still_open, self.openings, self.reason)

    @property
    def still_open(self) -> tuple[Row, ...]:
        """The rows that the next start would find."""
        closed = {row.saga for row in self.rows if row.closes}
        return tuple(row for row in self.rows if row.saga not in closed)


@dataclass
class Paperback:
    """A printer that takes its time over each piece."""

    takes: float = 1.5
    ends: Printout = field(default_factory=lambda: Printout(Proof.PROVEN))
    papers: list[Paper] = field(default_factory=list)
    did: list[Did] = field(default_factory=list)

    async def run(self, post: Callable[[DeviceChanged], None]) -> None:
        post(DeviceChanged(Device.PRINTER, Condition.READY))
        await asyncio.Event().wait()

    async def print(self, paper: Paper) -> Printout:
        began = now()
        self.papers.append(paper)
        await asyncio.sleep(self.takes)
        self.did.append(Did("print", paper.kind, began, now()))
        return self.ends


@dataclass
class Turnstile:
    """A gate whose line follows, or does not."""

    follows: bool = True
    released: list[float] = field(default_factory=list)
    post: Callable[[GateReport], None] = lambda _: None

    async def run(self, post: Callable[[GateReport], None]) -> None:
        self.post = post
        post(DeviceChanged(Device.GATE, Condition.READY))
        await asyncio.Event().wait()

    async def release(self) -> bool:
        self.released.append(now())
        await asyncio.sleep(0.1)
        return self.follows


@dataclass
class Purse:
    """A till that takes what it is asked to, after a while, unless it was told otherwise."""

    takes: float = 3.0
    answer: TillAnswer = field(default_factory=lambda: MoneyTaken("T-1"))
    taken: list[tuple[Money, SagaId]] = field(default_factory=list)

    async def run(self, post: Callable[[DeviceChanged], None]) -> None:
        post(DeviceChanged(Device.TILL, Condition.READY))
        await asyncio.Event().wait()

    async def take(self, amount: Money, saga: SagaId) -> TillAnswer:
        self.taken.append((amount, saga))
        await asyncio.sleep(self.takes)
        return self.answer


@dataclass
class Tape:
    """A flight recorder that keeps everything."""

    steps: list[tuple[State, Stamped, State, tuple[Effect, ...]]] = field(default_factory=list)
    fallen: list[tuple[State, Stamped, Exception]] = field(default_factory=list)
    running: bool = False

    def stepped(self, before: State, stamped: Stamped, after: State, effects: tuple[Effect, ...]) -> None:
        self.steps.append((before, stamped, after, effects))

    def fell(self, before: State, stamped: Stamped, error: Exception) -> None:
        self.fallen.append((before, stamped, error))

    async def run(self) -> None:
        self.running = True
        await asyncio.Event().wait()


@dataclass
class Wall:
    """A screen and a listener: everything that was shown and told."""

    views: list[View] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def show(self, view: View) -> None:
        self.views.append(view)

    def heard(self, fact: Fact) -> None:
        self.facts.append(fact)


@dataclass
class House:
    """A desk with everything around it."""

    ils: SlowIls = field(default_factory=SlowIls)
    pad: Field = field(default_factory=Field)
    disk: Disk = field(default_factory=Disk)
    wall: Wall = field(default_factory=Wall)
    policy: Policy = field(default_factory=Policy)
    printer: Paperback | None = None
    gate: Turnstile | None = None
    till: Purse | None = None
    recorder: Tape | None = None
    stirs: list[float] = field(default_factory=list)
    """When somebody came."""

    def open_for(self, story: Callable[[House, Desk], Awaitable[None]], *, ticks: float = 0.05) -> House:
        """Run the desk in virtual time until the story is told."""

        async def main() -> None:
            desk = Desk(
                self.policy,
                ils=self.ils,
                pad=self.pad,
                switch=self.pad,
                journal=self.disk,
                screens=(self.wall,),
                listeners=(self.wall,),
                wall=lambda: WALL + now(),
                printer=self.printer,
                gate=self.gate,
                till=self.till,
                recorder=self.recorder,
                stirred=lambda: self.stirs.append(now()),
            )
            work = asyncio.create_task(desk.run())
            await asyncio.sleep(ticks)
            try:
                await story(self, desk)
            finally:
                if work.done():
                    work.result()
                work.cancel()
                await asyncio.wait([work])

        run(main())
        return self

    @property
    def view(self) -> View:
        return self.wall.views[-1]

    def states(self) -> dict[str, str]:
        rows = getattr(self.view.screen, "rows", ())
        return {row.key: row.state.value for row in rows}

    def did(self, what: str, on: str) -> Did:
        return next(did for did in (*self.ils.did, *self.pad.did) if (did.what, did.on) == (what, on))


# the doubles meet the ports: a double of another shape would prove nothing
_ils: ports.Ils = SlowIls()
_pad: ports.Pad = Field()
_journal: ports.Journal = Disk()
_screen: ports.Screen = Wall()
_listener: ports.Listener = Wall()
_printer: ports.Printer = Paperback()
_gate: ports.Gate = Turnstile()
_till: ports.Till = Purse()
_recorder: ports.Recorder = Tape()
