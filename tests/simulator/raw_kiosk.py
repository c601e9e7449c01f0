"""A kiosk that speaks to the simulated ILS in raw bytes, written apart from the real client."""

from __future__ import annotations

from kiosk.simulator import Send, World

LOGIN = b"9300CNselfcheck|COlantern|AY0AZ"
TODAY = b"20261121    101500"


def checked(text: bytes) -> bytes:
    """Complete a frame that ends in AZ."""
    return text + b"%04X\r" % (-sum(text) & 0xFFFF)


def checkout(item: bytes, patron: bytes, sequence: int, agreed: bytes = b"") -> bytes:
    """`agreed`: BO, whether the patron agrees to a fee (b"": it is left out)."""
    consent = b"BO" + agreed + b"|" if agreed else b""
    text = b"11YN" + TODAY + TODAY + b"AOLANTERN|AA" + patron + b"|AB" + item + b"|AC|" + consent
    return checked(text + b"AY%dAZ" % sequence)


class Kiosk:
    """One connection to the ILS of a world; time passes only when it is asked to."""

    def __init__(self, world: World, link: int = 1) -> None:
        self.world, self.link, self.now = world, link, 100.0
        self.digit = 0
        self.out: list[object] = []
        world.ils.opened(link, self.now)

    def say(self, frame: bytes, wait: float = 5.0) -> bytes:
        self.world.ils.received(self.link, frame, self.now)
        self.now += wait
        self.out = list(self.world.ils.take(self.now))
        return b"".join(each.data for each in self.out if isinstance(each, Send))

    def login(self) -> Kiosk:
        assert self.say(checked(LOGIN)) == b"941AY0AZFDFD\r"
        return self

    def asks(self, text: bytes, wait: float = 5.0) -> str:
        """Send a message without its trailer, with the digit that is due; the answer without its own."""
        self.digit = (self.digit + 1) % 10
        return self.say(checked(text + b"AY%dAZ" % self.digit), wait).decode().rpartition("AY")[0]


def checkin(item: bytes, sequence: int) -> bytes:
    return checked(b"09N" + TODAY + TODAY + b"APdesk|AOLANTERN|AB" + item + b"|AC|AY%dAZ" % sequence)


def renew(item: bytes, patron: bytes, sequence: int) -> bytes:
    text = b"29NN" + TODAY + TODAY + b"AOLANTERN|AA" + patron + b"|AB" + item + b"|AY%dAZ" % sequence
    return checked(text)


def agree(item: bytes, patron: bytes, agreed: bytes) -> bytes:
    """A loan with BO, as `Kiosk.asks` takes it."""
    return checkout(item, patron, 0, agreed).rpartition(b"AY")[0]


def pay(
    patron: bytes, amount: bytes, *, reference: bytes = b"", fee: bytes = b"", currency: bytes = b"EUR"
) -> bytes:
    """A payment, as `Kiosk.asks` takes it."""
    text = b"37" + TODAY + b"0102" + currency + b"BV" + amount + b"|AOLANTERN|AA" + patron + b"|"
    if fee:
        text += b"CG" + fee + b"|"
    return text + (b"BK" + reference + b"|" if reference else b"")


def hold(patron: bytes, item: bytes, mode: bytes = b"+", more: bytes = b"") -> bytes:
    """A hold, as `Kiosk.asks` takes it."""
    return b"15" + mode + TODAY + b"AOLANTERN|AA" + patron + b"|AB" + item + b"|" + more


def information(patron: bytes, summary: bytes = b" " * 10) -> bytes:
    """What the ILS knows of a patron, as `Kiosk.asks` takes it."""
    return b"63001" + TODAY + summary + b"AOLANTERN|AA" + patron + b"|"
