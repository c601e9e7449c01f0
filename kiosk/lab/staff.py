"""Staff who look in: they open the maintenance screen and see to what the journal names for them."""

from __future__ import annotations

import asyncio
import random

from kiosk.circulation.intents import Do
from kiosk.circulation.values import SagaId
from kiosk.circulation.views import AttractView, CannotLendView, StaffView
from kiosk.lab.hands import PeoplesHands
from kiosk.lab.happenings import Happenings

FREE_S = 12.0
"""How long they wait until the kiosk is free; then they go without."""

STAYS_S = (0.5, 3.0)
"""How long they stand there before and after they see to something."""

SEEN_TO = 0.7
"""How likely they have seen to a matter."""


class Staff:
    """The staff of one day. Who was there is remembered through power cuts."""

    def __init__(self, hands: PeoplesHands, happenings: Happenings, seed: int) -> None:
        """Nobody comes before `look_in`."""
        self._hands = hands
        self._happenings = happenings
        self._seed = seed
        self._came: set[int] = set()

    async def look_in(self, visit: int) -> None:
        """Somebody comes before this visit, does their work, and goes."""
        if visit in self._came:
            return  # the power was cut while they were here
        self._came.add(visit)
        chance = random.Random(f"kiosk staff {self._seed} {visit}")
        if not await self._free():
            return
        hands = self._hands
        assert hands.view is not None
        hands.press(hands.view, Do.STAFF)
        await asyncio.sleep(chance.uniform(*STAYS_S))
        if not isinstance(hands.view.screen, StaffView):
            return  # somebody was quicker
        for saga in await self._matters():
            if chance.random() < SEEN_TO:
                hands.resolve(saga)
        await asyncio.sleep(chance.uniform(*STAYS_S))
        hands.staff_leave()

    async def _free(self) -> bool:
        """Whether nobody is signed in, at once or soon."""
        until = self._hands.now() + FREE_S
        while self._hands.now() < until:
            if self._hands.view is not None and isinstance(
                self._hands.view.screen, AttractView | CannotLendView
            ):
                return True
            await asyncio.sleep(1.0)
        return False

    async def _matters(self) -> list[SagaId]:
        """What the journal names for staff and nobody has closed."""
        assert self._hands.kiosk is not None
        try:
            rows = await self._hands.kiosk.journal.all_rows()
        except OSError:
            return []
        closed = {row.saga for row in rows if row.closes}
        named = dict.fromkeys(row.saga for row in rows if row.kind == "staff")
        return [SagaId(saga) for saga in named if saga not in closed]
